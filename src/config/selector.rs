//! Selectors: which claim is meant.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::text::Brief;

/// Names a claim: a string is one literal key, whatever it holds; a list is a path through nested objects.
///
/// # Examples
///
/// ```
/// use groupmap::Selector;
///
/// let literal: Selector = serde_json::from_str(r#""https://example.com/groups""#)?;
/// assert_eq!(literal, Selector::key("https://example.com/groups"));
/// let nested: Selector = serde_json::from_str(r#"["realm_access", "roles"]"#)?;
/// assert_eq!(nested.segments(), ["realm_access", "roles"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector(Vec<String>);

impl Selector {
    /// One literal key.
    pub fn key(key: impl Into<String>) -> Self {
        Self([key.into()].into())
    }

    /// A path through nested objects, or `None` without any segment.
    pub fn nested<S: Into<String>>(segments: impl IntoIterator<Item = S>) -> Option<Self> {
        let segments: Vec<String> = segments.into_iter().map(Into::into).collect();
        (!segments.is_empty()).then_some(Self(segments))
    }

    /// The keys from the outermost on; never empty.
    pub fn segments(&self) -> &[String] {
        &self.0
    }
}

impl From<&str> for Selector {
    fn from(key: &str) -> Self {
        Self::key(key)
    }
}

impl fmt::Display for Selector {
    /// The literal key, or the path with ` → ` between its keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" → ")?;
            }
            write!(f, "{}", Brief(segment))?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Selector;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a claim, or a list of names that leads to it")
            }

            fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Selector, E> {
                if key.is_empty() {
                    return Err(E::custom("the name of a claim must not be empty"));
                }
                Ok(Selector::key(key))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut keys: A) -> Result<Selector, A::Error> {
                let mut segments: Vec<String> = Vec::new();
                while let Some(key) = keys.next_element()? {
                    segments.push(key);
                }
                if segments.is_empty() || segments.iter().any(String::is_empty) {
                    return Err(serde::de::Error::custom("a nested claim needs at least one name, none of them empty"));
                }
                Ok(Selector(segments))
            }
        }

        deserializer.deserialize_any(Keys)
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [key] => serializer.serialize_str(key),
            segments => segments.serialize(serializer),
        }
    }
}
