//! JSON from outside: repeated keys are errors, also those that differ only in case, and size is capped.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{Error, ErrorKind};

/// How deep a SCIM document may be nested.
pub const MAX_DEPTH: usize = 16;

/// How many values a SCIM document may hold in all, elements of lists and values of keys alike: a group of 100,000
/// members with four sub-attributes each.
pub const MAX_VALUES: usize = 500_000;

/// A request body: any JSON object in which no key stands twice, not even in another case (RFC 7643, section 2.1).
///
/// Read it with [`Body::from_json`], or with serde. `Debug` shows no value.
#[derive(Clone, PartialEq)]
pub struct Body(pub(super) Map<String, Value>);

impl Body {
    /// Reads JSON.
    ///
    /// # Errors
    ///
    /// `invalidSyntax`: it is no JSON object or a key stands twice; `tooMany`: it is nested deeper than [`MAX_DEPTH`] or
    /// holds more than [`MAX_VALUES`] values.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let Document(value) = Document::from_json(json)?;
        Self::new(value)
    }

    /// Takes a value that was made in Rust or read already.
    ///
    /// # Errors
    ///
    /// Those of [`Body::from_json`].
    pub fn new(value: Value) -> Result<Self, Error> {
        check(&value)?;
        match value {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(Error::new(ErrorKind::InvalidSyntax, "a request is a JSON object")),
        }
    }

    /// The value under a key, whose case does not count.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        find(&self.0, key)
    }
}

/// The value under a key, whose ASCII case does not count.
pub(super) fn find<'m>(members: &'m Map<String, Value>, key: &str) -> Option<&'m Value> {
    match members.get(key) {
        Some(value) => Some(value),
        None => members.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value),
    }
}

/// The key as it is spelled in an object, or else as it is given.
pub(super) fn spelling(members: &Map<String, Value>, key: &str) -> String {
    match members.keys().find(|name| name.eq_ignore_ascii_case(key)) {
        Some(name) => name.clone(),
        None => key.into(),
    }
}

/// Checks depth, number of values, and that no key of an object stands twice in different cases.
fn check(value: &Value) -> Result<(), Error> {
    let mut values = 0_usize;
    check_below(value, 0, &mut values)
}

fn check_below(value: &Value, depth: usize, values: &mut usize) -> Result<(), Error> {
    *values = values.saturating_add(1);
    if *values > MAX_VALUES {
        return Err(too_many());
    }
    let depth = match value {
        Value::Array(_) | Value::Object(_) => depth.saturating_add(1),
        _ => depth,
    };
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    match value {
        Value::Array(elements) => elements.iter().try_for_each(|element| check_below(element, depth, values)),
        Value::Object(members) => {
            let mut keys: Vec<String> = members.keys().map(|key| key.to_ascii_lowercase()).collect();
            keys.sort_unstable();
            if keys.iter().zip(keys.iter().skip(1)).any(|(a, b)| a == b) {
                return Err(repeated());
            }
            members.values().try_for_each(|value| check_below(value, depth, values))
        }
        _ => Ok(()),
    }
}

fn too_many() -> Error {
    Error::new(ErrorKind::TooMany, format!("more than {MAX_VALUES} values"))
}

fn too_deep() -> Error {
    Error::new(ErrorKind::TooMany, format!("more than {MAX_DEPTH} levels"))
}

fn repeated() -> Error {
    Error::new(ErrorKind::InvalidSyntax, "a key stands twice in one object, be it in another case")
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Document(value) = Document::deserialize(deserializer)?;
        Self::new(value).map_err(D::Error::custom)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("keys", &self.0.len()).finish_non_exhaustive()
    }
}

/// Any JSON value in which no key stands twice; `serde_json::Value` would keep the later one without a word.
#[derive(Clone, Default)]
pub(super) struct Document(pub(super) Value);

impl Document {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(json).map_err(|error| {
            // What a parser says quotes what it read.
            let place = format!("line {} column {}", error.line(), error.column());
            Error::new(ErrorKind::InvalidSyntax, "no JSON, too large, or a key stands twice in one object").at(place)
        })
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values = 0;
        Reader { depth: 0, values: &mut values }.deserialize(deserializer).map(Self)
    }
}

/// Reads one value below so many levels.
struct Reader<'c> {
    depth: usize,
    values: &'c mut usize,
}

impl Reader<'_> {
    fn below(&mut self) -> Reader<'_> {
        Reader { depth: self.depth.saturating_add(1), values: self.values }
    }

    fn open<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.depth >= MAX_DEPTH { Err(E::custom(too_deep())) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.values = self.values.saturating_add(1);
        if *self.values > MAX_VALUES {
            return Err(D::Error::custom(too_many()));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom("a number that JSON has not"))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        self.open()?;
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(self.below())? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        self.open()?;
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(self.below())?;
            if members.insert(key, value).is_some() {
                return Err(A::Error::custom(repeated()));
            }
        }
        Ok(Value::Object(members))
    }
}
