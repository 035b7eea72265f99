//! Selectors: which claim is meant.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::present;
use crate::text::Brief;

/// Names a claim. Nothing is guessed: each form means one thing.
///
/// | as a document | means |
/// |---|---|
/// | `"https://example.com/groups"` | one literal key, whatever it holds; in an assertion the `Name` of an attribute |
/// | `["realm_access", "roles"]` | a path through nested objects |
/// | `{ name = "firstName", case = "ascii" }` | a literal key in any ASCII case; what matches unites |
/// | `{ friendly_name = "isMemberOf" }` | the `FriendlyName` of an attribute; in a token nothing |
///
/// A friendly name is only informational (SAML Core 2.0, section 2.7.3.1): whoever fills it in is free to change it, so
/// prefer the name.
///
/// # Examples
///
/// ```
/// use groupmap::Selector;
///
/// let literal: Selector = serde_json::from_str(r#""https://example.com/groups""#)?;
/// assert_eq!(literal, Selector::key("https://example.com/groups"));
/// let nested: Selector = serde_json::from_str(r#"["realm_access", "roles"]"#)?;
/// assert_eq!(Some(nested), Selector::nested(["realm_access", "roles"]));
/// let any_case: Selector = serde_json::from_str(r#"{ "name": "firstName", "case": "ascii" }"#)?;
/// assert_eq!(any_case, Selector::ignoring_case("firstName"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector(Form);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    /// INVARIANT: at least one key.
    Path(Vec<String>),
    AnyCase(String),
    FriendlyName(String),
}

impl Selector {
    /// One literal key.
    pub fn key(key: impl Into<String>) -> Self {
        Self(Form::Path([key.into()].into()))
    }

    /// A path through nested objects, or `None` without any key.
    pub fn nested<S: Into<String>>(keys: impl IntoIterator<Item = S>) -> Option<Self> {
        let keys: Vec<String> = keys.into_iter().map(Into::into).collect();
        (!keys.is_empty()).then_some(Self(Form::Path(keys)))
    }

    /// One literal key, in any ASCII case.
    pub fn ignoring_case(key: impl Into<String>) -> Self {
        Self(Form::AnyCase(key.into()))
    }

    /// The friendly name of a SAML attribute.
    pub fn friendly_name(name: impl Into<String>) -> Self {
        Self(Form::FriendlyName(name.into()))
    }

    pub(crate) fn form(&self) -> &Form {
        &self.0
    }

    /// Whether it is this one literal key.
    pub(crate) fn is_key(&self, wanted: &str) -> bool {
        matches!(&self.0, Form::Path(keys) if matches!(keys.as_slice(), [key] if key == wanted))
    }

    /// Whether it names one claim and no other.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.0, Form::Path(_))
    }

    /// Whether one claim can be what both name. Any attribute may have any friendly name.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Path(own), Form::Path(other)) => own == other,
            (Form::FriendlyName(own), Form::FriendlyName(other)) => own == other,
            (Form::AnyCase(name), Form::AnyCase(other)) => name.eq_ignore_ascii_case(other),
            (Form::Path(keys), Form::AnyCase(name)) | (Form::AnyCase(name), Form::Path(keys)) => {
                matches!(keys.as_slice(), [key] if key.eq_ignore_ascii_case(name))
            }
            (Form::Path(keys), Form::FriendlyName(_)) | (Form::FriendlyName(_), Form::Path(keys)) => keys.len() == 1,
            (Form::AnyCase(_), Form::FriendlyName(_)) | (Form::FriendlyName(_), Form::AnyCase(_)) => true,
        }
    }

    /// Whether a key at the top of a token is where it begins.
    pub(crate) fn begins_with(&self, key: &str) -> bool {
        match &self.0 {
            Form::Path(keys) => keys.first().is_some_and(|first| first == key),
            Form::AnyCase(name) => name.eq_ignore_ascii_case(key),
            Form::FriendlyName(_) => false,
        }
    }

    /// Whether a path is what it names, or leads further into it.
    pub(crate) fn covers(&self, path: &[String]) -> bool {
        match &self.0 {
            Form::Path(keys) => path.starts_with(keys),
            Form::AnyCase(_) | Form::FriendlyName(_) => path.first().is_some_and(|key| self.begins_with(key)),
        }
    }

    /// Whether it means an attribute of an assertion.
    pub(crate) fn names_attribute(&self, name: &str, friendly_name: Option<&str>) -> bool {
        match &self.0 {
            Form::Path(_) => self.is_key(name),
            Form::AnyCase(wanted) => wanted.eq_ignore_ascii_case(name),
            Form::FriendlyName(wanted) => friendly_name == Some(wanted),
        }
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
        match &self.0 {
            Form::Path(keys) => {
                for (index, key) in keys.iter().enumerate() {
                    if index > 0 {
                        f.write_str(" → ")?;
                    }
                    write!(f, "{}", Brief(key))?;
                }
                Ok(())
            }
            Form::AnyCase(name) => write!(f, "{} (any case)", Brief(name)),
            Form::FriendlyName(name) => write!(f, "{} (friendly name)", Brief(name)),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default, deserialize_with = "present")]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    case: Option<NameCase>,
    #[serde(default, deserialize_with = "present")]
    friendly_name: Option<String>,
}

#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum NameCase {
    Sensitive,
    Ascii,
}

impl Table {
    fn selector(self) -> Result<Selector, &'static str> {
        match self {
            Self { name: Some(name), .. } if name.is_empty() => Err("the name of a claim must not be empty"),
            Self { friendly_name: Some(name), .. } if name.is_empty() => Err("a friendly name must not be empty"),
            Self { name: Some(name), case: Some(NameCase::Ascii), friendly_name: None } => {
                Ok(Selector::ignoring_case(name))
            }
            Self { name: Some(name), friendly_name: None, .. } => Ok(Selector::key(name)),
            Self { name: None, case: None, friendly_name: Some(name) } => Ok(Selector::friendly_name(name)),
            Self { name: None, friendly_name: None, .. } => Err("a selector needs `name` or `friendly_name`"),
            _ => Err("`friendly_name` stands alone in a selector"),
        }
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;

        impl<'de> Visitor<'de> for Forms {
            type Value = Selector;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a claim, a list of names that leads to it, or a table with `name` and `case`, or `friendly_name`")
            }

            fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Selector, E> {
                if key.is_empty() {
                    return Err(E::custom("the name of a claim must not be empty"));
                }
                Ok(Selector::key(key))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut keys: A) -> Result<Selector, A::Error> {
                let mut path: Vec<String> = Vec::new();
                while let Some(key) = keys.next_element()? {
                    path.push(key);
                }
                if path.is_empty() || path.iter().any(String::is_empty) {
                    return Err(serde::de::Error::custom("a nested claim needs at least one name, none of them empty"));
                }
                Ok(Selector(Form::Path(path)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Selector, A::Error> {
                let table = <Table as serde::Deserialize>::deserialize(MapAccessDeserializer::new(map))?;
                table.selector().map_err(serde::de::Error::custom)
            }
        }

        deserializer.deserialize_any(Forms)
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Path(keys) => match keys.as_slice() {
                [key] => serializer.serialize_str(key),
                keys => keys.serialize(serializer),
            },
            Form::AnyCase(name) => {
                let mut table = serializer.serialize_map(Some(2))?;
                table.serialize_entry("name", name)?;
                table.serialize_entry("case", "ascii")?;
                table.end()
            }
            Form::FriendlyName(name) => {
                let mut table = serializer.serialize_map(Some(1))?;
                table.serialize_entry("friendly_name", name)?;
                table.end()
            }
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Selector {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Selector".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Names a claim: one literal key, a path of keys through nested objects, a key in any ASCII case, or the friendly name of an attribute.",
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["name"],
                    "properties": { "name": { "type": "string", "minLength": 1 }, "case": { "enum": ["sensitive", "ascii"] } },
                },
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["friendly_name"],
                    "properties": { "friendly_name": { "type": "string", "minLength": 1 } },
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn read(json: &str) -> Result<Selector, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn every_form_is_written_as_it_is_read() -> Result<(), serde_json::Error> {
        for json in [
            r#""a.b/c:d""#,
            r#"["realm_access","roles"]"#,
            r#"{"name":"Groups","case":"ascii"}"#,
            r#"{"friendly_name":"isMemberOf"}"#,
        ] {
            assert_eq!(serde_json::to_string(&read(json)?)?, json);
        }
        assert_eq!(read(r#"{"name":"a"}"#)?, Selector::key("a"));
        assert_eq!(read(r#"{"name":"a","case":"sensitive"}"#)?, Selector::key("a"));
        Ok(())
    }

    #[test]
    fn what_means_nothing_or_two_things_is_refused_with_a_reason() {
        for (json, reason) in [
            (r#""""#, "must not be empty"),
            ("[]", "at least one name"),
            (r#"["a",""]"#, "none of them empty"),
            ("{}", "needs `name` or `friendly_name`"),
            (r#"{"case":"ascii"}"#, "needs `name` or `friendly_name`"),
            (r#"{"name":""}"#, "must not be empty"),
            (r#"{"friendly_name":""}"#, "must not be empty"),
            (r#"{"name":"a","friendly_name":"b"}"#, "stands alone"),
            (r#"{"friendly_name":"b","case":"ascii"}"#, "stands alone"),
            (r#"{"name":"a","case":"unicode"}"#, "unknown variant"),
            (r#"{"nome":"a"}"#, "unknown field"),
            ("7", "a list of names"),
        ] {
            let message = read(json).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(message.contains(reason), "{json}: {message}");
        }
    }
}
