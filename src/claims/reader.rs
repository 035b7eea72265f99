//! The visitor that reads values from outside: repeated keys are errors, size is counted while it streams.

use core::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::builder::{Builder, Key};
use super::document::{Document, MAX_BYTES};
use super::number::Number;

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut builder = Builder::with_room(128);
        Reader { builder: &mut builder, depth: 0 }.deserialize(deserializer)?;
        Ok(builder.finish())
    }
}

/// More text than this is read piece by piece rather than kept whole.
const MAX_SHARED: usize = 2 * MAX_BYTES;

impl Document {
    /// Reads JSON, of which the document keeps the whole text, so that no string is copied by itself.
    pub(super) fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        if json.len() > MAX_SHARED {
            return serde_json::from_str(json);
        }
        let mut builder = Builder::reading(json);
        let mut deserializer = serde_json::Deserializer::from_str(json);
        Reader { builder: &mut builder, depth: 0 }.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(builder.finish())
    }
}

/// Reads one value onto the builder's stack; its depth is that of what holds it.
struct Reader<'b, 's> {
    builder: &'b mut Builder<'s>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Reader<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value as JSON knows it")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.builder.null();
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.builder.null();
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.builder.bool(value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.builder.number(Number::from(number));
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.builder.number(Number::from(number));
        Ok(())
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<(), E> {
        self.builder.number(Number::from(number));
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.builder.number(Number::from(number));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.builder.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { builder, depth } = self;
        let depth = depth.saturating_add(1);
        let open = builder.open_list(depth);
        loop {
            if open.is_kept && builder.has_room() {
                if seq.next_element_seed(Reader { builder: &mut *builder, depth })?.is_none() {
                    break;
                }
                builder.element();
            } else {
                if seq.next_element::<IgnoredAny>()?.is_none() {
                    break;
                }
                builder.skip();
            }
        }
        builder.close_list(open);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { builder, depth } = self;
        let depth = depth.saturating_add(1);
        let open = builder.open_object(depth);
        while let Some(key) = map.next_key_seed(KeyReader(&mut *builder))? {
            if open.is_kept && builder.has_room() {
                map.next_value_seed(Reader { builder: &mut *builder, depth })?;
                builder.member(key);
            } else {
                map.next_value::<IgnoredAny>()?;
                builder.skip();
            }
        }
        builder.close_object(open).map_err(A::Error::custom)
    }
}

/// Reads a key; formats whose keys are not text are refused.
struct KeyReader<'b, 's>(&'b mut Builder<'s>);

impl<'de> DeserializeSeed<'de> for KeyReader<'_, '_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyReader<'_, '_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
        Ok(self.0.key(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::document::{Excess, MAX_DEPTH, MAX_ELEMENTS};
    use alloc::format;

    fn read(json: &str) -> Result<Document, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn repeated_keys_are_errors_at_any_depth() {
        for json in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"b":2,"a":3}]}"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(read(json).is_err(), "{json}");
        }
        assert!(read(r#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn caps_are_counted_to_the_end_and_nothing_is_kept_beyond_them() -> Result<(), serde_json::Error> {
        let many = format!("[{}0]", "0,".repeat(MAX_ELEMENTS));
        let document = read(&many)?;
        assert_eq!(document.view().elements().len(), MAX_ELEMENTS);
        let excess = Excess { what: "values", used: MAX_ELEMENTS + 1, allowed: MAX_ELEMENTS };
        assert_eq!(document.excess, Some(excess));

        let exact = format!("[{}0]", "0,".repeat(MAX_ELEMENTS - 1));
        assert_eq!(read(&exact)?.excess, None);

        let deep = format!("{}0{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1));
        assert_eq!(read(&deep)?.excess.map(|excess| (excess.what, excess.used)), Some(("levels", MAX_DEPTH + 1)));
        let level = format!("{}0{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(read(&level)?.excess, None);

        let long = format!("\"{}\"", "x".repeat(MAX_BYTES + 1));
        let document = read(&long)?;
        assert!(document.view().is_null());
        assert_eq!(document.excess.map(|excess| excess.what), Some("bytes"));
        Ok(())
    }
}
