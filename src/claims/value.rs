//! A claim's value, as hosts build it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::number::Number;

/// The value of a claim.
///
/// Objects hold their keys sorted and once. `Debug` shows the shape, never the content.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `null`.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(Box<str>),
    /// A list.
    List(Vec<Value>),
    /// An object; made by [`Value::object`], which holds its keys sorted and once.
    Object(Vec<(Box<str>, Value)>),
}

/// A key stands twice in one object. Which one is not said: keys may be personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateKey(pub(super) ());

impl Value {
    /// An object with these keys.
    ///
    /// # Errors
    ///
    /// A key stands twice.
    pub fn object<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self, DuplicateKey> {
        let mut entries: Vec<(Box<str>, Value)> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let is_repeated = entries.iter().zip(entries.iter().skip(1)).any(|(a, b)| a.0 == b.0);
        if is_repeated { Err(DuplicateKey(())) } else { Ok(Self::Object(entries)) }
    }

    /// The value under a key of an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Object(entries) => {
                let index = entries.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
                entries.get(index).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::from(number))
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bool(_) => f.write_str("Bool(..)"),
            Self::Number(_) => f.write_str("Number(..)"),
            Self::String(_) => f.write_str("String(..)"),
            Self::List(values) => write!(f, "List({} elements)", values.len()),
            Self::Object(entries) => write!(f, "Object({} keys)", entries.len()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl fmt::Display for DuplicateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key stands twice in one object")
    }
}

impl core::error::Error for DuplicateKey {}
