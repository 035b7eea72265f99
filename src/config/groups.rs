//! How groups are read: which claims, what they hold, and when a list is the whole truth.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::present;
use super::selector::Selector;
use crate::text::CasePolicy;

/// How groups are read; whatever is left out is as in the provider's preset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GroupSettings {
    /// The claims that hold groups, united.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Selector>"))]
    pub claims: Option<Vec<Selector>>,
    /// What a string in those claims is.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "IdentifiedBy"))]
    pub identified_by: Option<IdentifiedBy>,
    /// What separates groups within a string. Left out: a string is one group, whatever it holds.
    #[serde(deserialize_with = "delimiter", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String", length(min = 1)))]
    pub delimiter: Option<String>,
    /// Whether every string is a list as Java prints it, `[a, b]`, split at the delimiter or at `, `. Default: no.
    #[serde(skip_serializing_if = "is_false")]
    pub bracketed: bool,
    /// How upper and lower case compare.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "CasePolicy"))]
    pub case: Option<CasePolicy>,
    /// What it means when no such claim is there.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Absent"))]
    pub absent: Option<Absent>,
    /// From how many groups on a list is no longer the whole truth.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "GroupLimit"))]
    pub limit: Option<GroupLimit>,
    /// How objects in those claims are read.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "ObjectShape"))]
    pub object: Option<ObjectShape>,
}

impl GroupSettings {
    /// Sets the claims that hold groups.
    #[must_use]
    pub fn claims<S: Into<Selector>>(mut self, claims: impl IntoIterator<Item = S>) -> Self {
        self.claims = Some(claims.into_iter().map(Into::into).collect());
        self
    }

    /// Sets what a string in those claims is.
    #[must_use]
    pub fn identified_by(mut self, kind: IdentifiedBy) -> Self {
        self.identified_by = Some(kind);
        self
    }

    /// Sets how upper and lower case compare.
    #[must_use]
    pub fn case(mut self, case: CasePolicy) -> Self {
        self.case = Some(case);
        self
    }

    /// Sets what it means when no groups claim is there.
    #[must_use]
    pub fn absent(mut self, absent: Absent) -> Self {
        self.absent = Some(absent);
        self
    }

    /// Sets from how many groups on a list is no longer the whole truth.
    #[must_use]
    pub fn limit(mut self, limit: GroupLimit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Splits every string at a delimiter; an empty one splits nothing.
    #[must_use]
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.delimiter = Some(delimiter.into()).filter(|delimiter| !delimiter.is_empty());
        self
    }

    /// Takes every string for a list as Java prints it, `[a, b]`.
    #[must_use]
    pub fn bracketed(mut self) -> Self {
        self.bracketed = true;
        self
    }

    /// Takes each object for one group, whose id and name stand under these keys.
    #[must_use]
    pub fn object(mut self, id: Option<&str>, name: Option<&str>) -> Self {
        self.object = Some(ObjectShape::Group { id: id.map(Into::into), name: name.map(Into::into) });
        self
    }

    /// Takes each key of an object for a group, whose value says which organizations grant it; with an organization,
    /// only what that one grants.
    #[must_use]
    pub fn object_map(mut self, organization: Option<&str>) -> Self {
        self.object = Some(ObjectShape::Map { organization: organization.map(Into::into) });
        self
    }
}

fn delimiter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(serde::de::Error::custom("`delimiter` must not be empty; leave it out to keep strings whole"));
    }
    Ok(Some(text))
}

/// What it means when no groups claim is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Absent {
    /// The person may be in any group: nothing is taken away that a group could save, nothing is granted through a `not`.
    #[default]
    Unknown,
    /// The person is in no group.
    Empty,
    /// The login is an error.
    Refuse,
}

/// What a string in a groups claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IdentifiedBy {
    /// An object id.
    Id,
    /// A name.
    Name,
    /// A path such as `/org/eng`.
    Path,
    /// A distinguished name.
    Dn,
    /// An e-mail address.
    Email,
    /// An object id if it has the shape of a GUID, else a name.
    Auto,
}

/// From how many groups on a list is no longer the whole truth, or `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupLimit {
    /// Lists of any length are whole.
    None,
    /// Lists of `count` and more are judged by `at` and `over`.
    At {
        /// How many groups.
        count: u64,
        /// What exactly that many mean. Default: `suspect`.
        at: AtLimit,
        /// What more than that mean. Default: `incomplete`.
        over: OverLimit,
    },
}

/// What a list of exactly the limit's count means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AtLimit {
    /// It is whole.
    Complete,
    /// It may have been cut.
    #[default]
    Suspect,
}

/// What a list of more than the limit's count means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OverLimit {
    /// Groups that are not in it are unknown.
    #[default]
    Incomplete,
    /// The login is an error.
    Refuse,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct LimitShape {
    /// How many groups.
    count: u64,
    /// What exactly that many mean. Default: `suspect`.
    #[serde(default)]
    at: AtLimit,
    /// What more than that mean. Default: `incomplete`.
    #[serde(default)]
    over: OverLimit,
}

impl<'de> Deserialize<'de> for GroupLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Limit;

        impl<'de> Visitor<'de> for Limit {
            type Value = GroupLimit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with `count`, `at` and `over`, or \"none\"")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<GroupLimit, E> {
                match word {
                    "none" => Ok(GroupLimit::None),
                    other => Err(E::unknown_variant(other, &["none"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<GroupLimit, A::Error> {
                let LimitShape { count, at, over } = LimitShape::deserialize(MapAccessDeserializer::new(map))?;
                Ok(GroupLimit::At { count, at, over })
            }
        }

        deserializer.deserialize_any(Limit)
    }
}

impl Serialize for GroupLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::None => serializer.serialize_str("none"),
            Self::At { count, at, over } => LimitShape { count, at, over }.serialize(serializer),
        }
    }
}

/// How objects in a groups claim are read.
///
/// As a document: `{ "id"?, "name"? }` or `{ "keys": true, "organization"? }`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectShape {
    /// Each object is a group.
    Group {
        /// The key that holds the object id. Default: none.
        id: Option<String>,
        /// The key that holds the name. Default: none.
        name: Option<String>,
    },
    /// Each key of an object is a group; its value is an object whose keys are the ids of the organizations that grant
    /// it, as Zitadel sends roles. A key with an empty object is no group.
    Map {
        /// The organization whose grants count. Default: any.
        organization: Option<String>,
    },
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ObjectTable {
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    keys: Option<bool>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
}

impl<'de> Deserialize<'de> for ObjectShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match ObjectTable::deserialize(deserializer)? {
            ObjectTable { id, name, keys: None, organization: None } => Ok(Self::Group { id, name }),
            ObjectTable { id: None, name: None, keys: Some(true), organization } => Ok(Self::Map { organization }),
            ObjectTable { keys: Some(false), .. } => {
                Err(serde::de::Error::custom("`keys` is true, or left out where objects have an id or a name"))
            }
            _ => Err(serde::de::Error::custom(
                "an object is read by `id` and `name`, or by `keys = true` and `organization`, not by both",
            )),
        }
    }
}

impl Serialize for ObjectShape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = match self.clone() {
            Self::Group { id, name } => ObjectTable { id, name, ..ObjectTable::default() },
            Self::Map { organization } => ObjectTable { keys: Some(true), organization, ..ObjectTable::default() },
        };
        table.serialize(serializer)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(feature = "schema")]
mod schema {
    use alloc::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{GroupLimit, LimitShape, ObjectShape};

    impl JsonSchema for GroupLimit {
        fn schema_name() -> Cow<'static, str> {
            "GroupLimit".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "From how many groups on a list is no longer the whole truth, or \"none\".",
                "anyOf": [{ "const": "none", "description": "Lists of any length are whole." }, LimitShape::json_schema(generator)],
            })
        }
    }

    impl JsonSchema for ObjectShape {
        fn schema_name() -> Cow<'static, str> {
            "ObjectShape".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "How objects in a groups claim are read: by the keys that hold id and name, or each key as a group.",
                "anyOf": [
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "properties": {
                            "id": { "type": "string", "description": "The key that holds the object id. Default: none." },
                            "name": { "type": "string", "description": "The key that holds the name. Default: none." },
                        },
                    },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["keys"],
                        "properties": {
                            "keys": { "const": true, "description": "Each key of an object is a group." },
                            "organization": { "type": "string", "description": "The organization whose grants count. Default: any." },
                        },
                    },
                ],
            })
        }
    }
}
