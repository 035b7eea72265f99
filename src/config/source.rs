//! The source of claims: which provider, which claims, and what they mean.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::condition::present;
use super::provider::Provider;
use crate::text::CasePolicy;

/// Where claims come from and how they are read.
///
/// Settings that are left out have the value of the provider's preset; see [the providers](crate::manual::providers).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Source {
    /// Who owns the memberships that this config manages: the `managed_by` of every membership it adds.
    pub id: String,
    /// The preset.
    pub provider: Provider,
    /// The issuer that a token or assertion must name, compared byte by byte. Default: any.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// How groups are read.
    #[serde(default)]
    pub groups: GroupSettings,
    /// How other claims are read.
    #[serde(default)]
    pub attributes: AttributeSettings,
}

impl Source {
    /// A source that reads claims as the provider's preset says.
    pub fn new(id: impl Into<String>, provider: Provider) -> Self {
        Self {
            id: id.into(),
            provider,
            issuer: None,
            groups: GroupSettings::default(),
            attributes: AttributeSettings::default(),
        }
    }

    /// Refuses claims of any other issuer.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets whether a missing attribute is evidence.
    #[must_use]
    pub fn with_absent_attributes(mut self, absent: AbsentAttribute) -> Self {
        self.attributes.absent = absent;
        self
    }

    /// Overrides how groups are read.
    #[must_use]
    pub fn with_groups(mut self, groups: GroupSettings) -> Self {
        self.groups = groups;
        self
    }
}

/// How groups are read; whatever is left out is as in the provider's preset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GroupSettings {
    /// The claims that hold groups, united.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub claims: Option<Vec<Selector>>,
    /// What a string in those claims is.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub identified_by: Option<IdentifiedBy>,
    /// What separates groups within a string. Left out: a string is one group, whatever it holds.
    #[serde(deserialize_with = "delimiter", skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// How upper and lower case compare.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub case: Option<CasePolicy>,
    /// What it means when no such claim is there.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub absent: Option<Absent>,
    /// From how many groups on a list is no longer the whole truth.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub limit: Option<GroupLimit>,
    /// Which keys count where elements are objects.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectKeys>,
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

    /// Sets which keys count where elements are objects.
    #[must_use]
    pub fn object(mut self, id: Option<&str>, name: Option<&str>) -> Self {
        self.object = Some(ObjectKeys { id: id.map(Into::into), name: name.map(Into::into) });
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

/// How other claims are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AttributeSettings {
    /// Whether a missing attribute is evidence. Default: `unknown`.
    pub absent: AbsentAttribute,
}

/// What a missing attribute means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AbsentAttribute {
    /// It may have any value.
    #[default]
    Unknown,
    /// The person has no such attribute.
    Empty,
}

/// What it means when no groups claim is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Absent {
    /// The person may be in any group: nothing is taken away, nothing is granted through a `not`.
    #[default]
    Unknown,
    /// The person is in no group.
    Empty,
    /// The login is an error.
    Refuse,
}

/// What a string in a groups claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[serde(deny_unknown_fields)]
struct LimitShape {
    count: u64,
    #[serde(default)]
    at: AtLimit,
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

/// Which keys count where the elements of a groups claim are objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ObjectKeys {
    /// The key that holds the object id. Default: none.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The key that holds the name. Default: none.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

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
            write!(f, "{}", crate::text::Brief(segment))?;
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
