//! The visitor that reads values from outside: repeated keys are errors, size is counted while it streams.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::number::Number;
use super::value::Value;

/// How deep values may be nested.
pub const MAX_DEPTH: usize = 32;

/// How many values a document may hold in all, elements of lists and values of keys alike.
pub const MAX_ELEMENTS: usize = 100_000;

/// How many bytes of text a document may hold in all, keys included.
pub const MAX_BYTES: usize = 8 * 1_024 * 1_024;

/// What a document has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    /// What was counted: `levels`, `values` or `bytes`.
    pub(crate) what: &'static str,
    /// How many there are, as far as they were counted: at least this many.
    pub(crate) used: usize,
    /// How many there may be.
    pub(crate) allowed: usize,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} used, {} allowed", self.used, self.what, self.allowed)
    }
}

/// A value from outside, whole unless it says otherwise.
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) excess: Option<Excess>,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let budget = Budget::default();
        let value = Reader { budget: &budget, depth: 0 }.deserialize(deserializer)?;
        Ok(Self { value, excess: budget.excess() })
    }
}

/// What has been read so far of one document.
#[derive(Default)]
struct Budget {
    elements: Cell<usize>,
    bytes: Cell<usize>,
    depth: Cell<usize>,
}

impl Budget {
    /// Counts one more value, and says whether it may be kept.
    fn admits_element(&self) -> bool {
        self.elements.set(self.elements.get().saturating_add(1));
        self.elements.get() <= MAX_ELEMENTS
    }

    /// Counts a text, and says whether it may be kept.
    fn admits_text(&self, text: &str) -> bool {
        self.bytes.set(self.bytes.get().saturating_add(text.len()));
        self.bytes.get() <= MAX_BYTES
    }

    fn admits_depth(&self, depth: usize) -> bool {
        self.depth.set(self.depth.get().max(depth));
        depth <= MAX_DEPTH
    }

    fn excess(&self) -> Option<Excess> {
        let counts = [
            ("levels", self.depth.get(), MAX_DEPTH),
            ("values", self.elements.get(), MAX_ELEMENTS),
            ("bytes", self.bytes.get(), MAX_BYTES),
        ];
        counts.into_iter().find(|(_, used, allowed)| used > allowed).map(|(what, used, allowed)| Excess {
            what,
            used,
            allowed,
        })
    }
}

#[derive(Clone, Copy)]
struct Reader<'b> {
    budget: &'b Budget,
    depth: usize,
}

impl<'b> Reader<'b> {
    fn below(self) -> Reader<'b> {
        Reader { budget: self.budget, depth: self.depth.saturating_add(1) }
    }

    fn text(self, text: &str) -> Value {
        if self.budget.admits_text(text) { Value::String(text.into()) } else { Value::Null }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value as JSON knows it")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::from(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(Number::from(number)))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Value, E> {
        Ok(Value::Number(Number::from(number)))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(Number::from(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(self.text(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        if self.budget.admits_text(&text) { Ok(Value::String(text.into())) } else { Ok(Value::Null) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let below = self.below();
        let keep = self.budget.admits_depth(below.depth);
        let mut values = Vec::new();
        loop {
            if keep && self.budget.elements.get() < MAX_ELEMENTS {
                let Some(value) = seq.next_element_seed(below)? else { break };
                self.budget.admits_element();
                values.push(value);
            } else {
                if seq.next_element::<IgnoredAny>()?.is_none() {
                    break;
                }
                self.budget.admits_element();
            }
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let below = self.below();
        let keep = self.budget.admits_depth(below.depth);
        let mut entries: Vec<(Box<str>, Value)> = Vec::new();
        while let Some(key) = map.next_key_seed(Key(self.budget))? {
            if keep && self.budget.admits_element() {
                entries.push((key, map.next_value_seed(below)?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Value::from_entries(entries).map_err(A::Error::custom)
    }
}

/// Reads a key; formats whose keys are not text are refused.
struct Key<'b>(&'b Budget);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Box<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Box<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Box<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Box<str>, E> {
        Ok(if self.0.admits_text(key) { key.into() } else { Box::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert_eq!(document.value.len(), MAX_ELEMENTS);
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
        assert!(document.value == Value::Null);
        assert_eq!(document.excess.map(|excess| excess.what), Some("bytes"));
        Ok(())
    }
}
