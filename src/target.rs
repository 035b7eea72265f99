//! What a host can hand out: targets, their kinds and their order.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::text::Escaped;

/// One thing that a user can hold: a role, group, team, flag or a kind of the host's own, inside an organization or
/// outside any; or the organization itself, that is, being a member of it.
///
/// As a document it is `{ organization?, role | group | team | flag }`, or `{ organization }` alone, or
/// `{ organization?, kind, name }`.
///
/// The order of targets is the order of every list in a plan: no organization first, then organization by bytes; then
/// the organization itself, role, group, team, flag, other kinds by name; then name by bytes.
///
/// # Examples
///
/// ```
/// use groupmap::Target;
///
/// let owner = Target::role("owner").in_organization("acme");
/// assert_eq!(owner.to_string(), "acme/role:owner");
/// assert!(Target::flag("staff") < Target::organization("acme"));
/// assert!(Target::organization("acme") < owner);
/// assert_eq!(serde_json::to_string(&owner)?, r#"{"organization":"acme","role":"owner"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    // INVARIANT: the derived order is the documented one, so the fields stand in this sequence.
    organization: Option<Box<str>>,
    kind: TargetKind,
    name: Box<str>,
}

/// What kind of thing a [`Target`] is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TargetKind {
    /// Being a member of the organization.
    Organization,
    /// A role.
    Role,
    /// A group.
    Group,
    /// A team.
    Team,
    /// A yes/no property, such as `staff` or `superuser`.
    Flag,
    /// A kind of the host's own, such as `workspace`.
    Other(Box<str>),
}

impl Target {
    fn new(kind: TargetKind, name: &str) -> Self {
        Self { organization: None, kind, name: name.into() }
    }

    /// A role outside any organization.
    pub fn role(name: &str) -> Self {
        Self::new(TargetKind::Role, name)
    }

    /// A group outside any organization.
    pub fn group(name: &str) -> Self {
        Self::new(TargetKind::Group, name)
    }

    /// A team outside any organization.
    pub fn team(name: &str) -> Self {
        Self::new(TargetKind::Team, name)
    }

    /// A flag outside any organization.
    pub fn flag(name: &str) -> Self {
        Self::new(TargetKind::Flag, name)
    }

    /// A target of a kind of the host's own; the names of the built-in kinds give those.
    pub fn other(kind: &str, name: &str) -> Self {
        let kind = match kind {
            "role" => TargetKind::Role,
            "group" => TargetKind::Group,
            "team" => TargetKind::Team,
            "flag" => TargetKind::Flag,
            other => TargetKind::Other(other.into()),
        };
        Self::new(kind, name)
    }

    /// The organization itself: being a member of it.
    pub fn organization(organization: &str) -> Self {
        Self { organization: Some(organization.into()), kind: TargetKind::Organization, name: "".into() }
    }

    /// A target from the words that documents use, such as a row of a host's table: an organization or none, a kind
    /// (`organization`, `role`, `group`, `team`, `flag` or one of the host's own) and a name, which an organization
    /// itself does not have.
    ///
    /// # Errors
    ///
    /// Something is empty that must not be, or an organization has a name of its own.
    ///
    /// ```
    /// use groupmap::Target;
    ///
    /// assert_eq!(Target::from_parts(Some("acme"), "team", "red"), Ok(Target::team("red").in_organization("acme")));
    /// assert_eq!(Target::from_parts(Some("acme"), "organization", ""), Ok(Target::organization("acme")));
    /// assert!(Target::from_parts(None, "team", "").is_err());
    /// ```
    pub fn from_parts(organization: Option<&str>, kind: &str, name: &str) -> Result<Self, &'static str> {
        let kind = TargetKind::from_word(kind);
        let is_organization = kind == TargetKind::Organization;
        match (organization, name) {
            (Some(""), _) => Err("the name of an organization must not be empty"),
            (None, _) if is_organization => Err("an organization needs a name, and it goes into `organization`"),
            (Some(_), name) if is_organization && !name.is_empty() => Err("an organization itself has no other name"),
            (_, "") if !is_organization => Err("the name of a target must not be empty"),
            _ if kind.as_str().is_empty() => Err("the kind of a target must not be empty"),
            _ => Ok(Self { organization: organization.map(Into::into), kind, name: name.into() }),
        }
    }

    /// The same target inside an organization.
    #[must_use]
    pub fn in_organization(mut self, organization: &str) -> Self {
        self.organization = Some(organization.into());
        self
    }

    /// The organization that this target is in, if any; for [`TargetKind::Organization`] the organization itself.
    pub fn organization_name(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> &TargetKind {
        &self.kind
    }

    /// Its name; empty for an organization itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is the organization itself.
    pub fn is_organization(&self) -> bool {
        self.kind == TargetKind::Organization
    }

    /// The same kind in the same place under another name or organization.
    pub(crate) fn with_texts(&self, organization: Option<String>, name: String) -> Self {
        Self { organization: organization.map(String::into_boxed_str), kind: self.kind.clone(), name: name.into() }
    }

    /// Writes the keys that name this target into a document that may hold more keys.
    pub(crate) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if let Some(organization) = &self.organization {
            map.serialize_entry("organization", organization)?;
        }
        match &self.kind {
            TargetKind::Organization => Ok(()),
            TargetKind::Other(kind) => {
                map.serialize_entry("kind", kind)?;
                map.serialize_entry("name", &self.name)
            }
            built_in => map.serialize_entry(built_in.as_str(), &self.name),
        }
    }
}

impl TargetKind {
    /// The word for this kind in documents: `organization`, `role`, `group`, `team`, `flag`, or the host's own.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Organization => "organization",
            Self::Role => "role",
            Self::Group => "group",
            Self::Team => "team",
            Self::Flag => "flag",
            Self::Other(kind) => kind,
        }
    }

    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "organization" => Self::Organization,
            "role" => Self::Role,
            "group" => Self::Group,
            "team" => Self::Team,
            "flag" => Self::Flag,
            other => Self::Other(other.into()),
        }
    }
}

impl fmt::Display for Target {
    /// `acme/role:owner`, `flag:staff`, `acme` for the organization itself; names are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.organization, &self.kind) {
            (Some(organization), TargetKind::Organization) => write!(f, "{}", Escaped(organization)),
            (Some(organization), kind) => {
                write!(f, "{}/{}:{}", Escaped(organization), Escaped(kind.as_str()), Escaped(&self.name))
            }
            (None, kind) => write!(f, "{}:{}", Escaped(kind.as_str()), Escaped(&self.name)),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}

/// Declares the private shape of a document that names a target beside other keys, without `flatten`, so that unknown
/// and repeated keys stay errors with good messages.
macro_rules! target_document {
    ($shape:ident { $($(#[$meta:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $shape {
            #[serde(default)]
            organization: Option<alloc::string::String>,
            #[serde(default)]
            role: Option<alloc::string::String>,
            #[serde(default)]
            group: Option<alloc::string::String>,
            #[serde(default)]
            team: Option<alloc::string::String>,
            #[serde(default)]
            flag: Option<alloc::string::String>,
            #[serde(default)]
            kind: Option<alloc::string::String>,
            #[serde(default)]
            name: Option<alloc::string::String>,
            $($(#[$meta])* $field: $ty,)*
        }

        impl $shape {
            fn target(&mut self) -> Result<$crate::target::Target, alloc::string::String> {
                $crate::target::TargetWords {
                    organization: self.organization.take(),
                    named: [
                        ("role", self.role.take()),
                        ("group", self.group.take()),
                        ("team", self.team.take()),
                        ("flag", self.flag.take()),
                    ],
                    kind: self.kind.take(),
                    name: self.name.take(),
                }
                .into_target()
            }
        }
    };
}
pub(crate) use target_document;

/// The keys of a document that may name a target.
pub(crate) struct TargetWords {
    pub(crate) organization: Option<String>,
    pub(crate) named: [(&'static str, Option<String>); 4],
    pub(crate) kind: Option<String>,
    pub(crate) name: Option<String>,
}

impl TargetWords {
    pub(crate) fn into_target(self) -> Result<Target, String> {
        let mut found: Option<(TargetKind, String)> = None;
        for (word, name) in self.named {
            if let Some(name) = name
                && found.replace((TargetKind::from_word(word), name)).is_some()
            {
                return Err("a target has exactly one of `role`, `group`, `team`, `flag` or `kind`".to_owned());
            }
        }
        match (self.kind, self.name) {
            (None, None) => {}
            (Some(kind), Some(name)) => {
                if !matches!(TargetKind::from_word(&kind), TargetKind::Other(_)) {
                    return Err(format!("write the built-in kind as `{kind} = …`"));
                }
                if kind.is_empty() {
                    return Err("`kind` must not be empty".to_owned());
                }
                if found.replace((TargetKind::Other(kind.into()), name)).is_some() {
                    return Err("a target has exactly one of `role`, `group`, `team`, `flag` or `kind`".to_owned());
                }
            }
            (Some(_), None) => return Err("a target with `kind` needs a `name`".to_owned()),
            (None, Some(_)) => return Err("a target with `name` needs a `kind`".to_owned()),
        }
        let (kind, name) = match (found, &self.organization) {
            (Some(found), _) => found,
            (None, Some(_)) => (TargetKind::Organization, String::new()),
            (None, None) => {
                return Err("a target needs `organization`, `role`, `group`, `team`, `flag` or `kind`".to_owned());
            }
        };
        if self.organization.as_deref() == Some("") {
            return Err("`organization` must not be empty".to_owned());
        }
        if kind != TargetKind::Organization && name.is_empty() {
            return Err(format!("the name of a {} must not be empty", Escaped(kind.as_str())));
        }
        Ok(Target { organization: self.organization.map(String::into_boxed_str), kind, name: name.into() })
    }
}

target_document!(TargetShape {});

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        TargetShape::deserialize(deserializer)?.target().map_err(D::Error::custom)
    }
}

/// The schema of a document that names a target, beside other keys of which some are required.
#[cfg(feature = "schema")]
pub(crate) fn target_schema(description: &str, others: serde_json::Value, required: &[&str]) -> schemars::Schema {
    use schemars::json_schema;

    let text = |description: &str| serde_json::json!({ "type": ["string", "null"], "minLength": 1, "description": description });
    let mut properties = serde_json::json!({
        "organization": text("The organization that it is in; alone, being a member of it."),
        "role": text("The name of a role."),
        "group": text("The name of a group."),
        "team": text("The name of a team."),
        "flag": text("The name of a yes/no property."),
        "kind": text("A kind of the host's own, with the name under `name`."),
        "name": text("The name of a target of the host's own kind."),
    });
    if let (Some(properties), serde_json::Value::Object(others)) = (properties.as_object_mut(), others) {
        properties.extend(others);
    }
    // Null is a key that is left out.
    let (there, gone) = (serde_json::json!({ "type": "string" }), serde_json::json!({ "type": "null" }));
    let built_in = ["role", "group", "team", "flag"];
    let mut forms: alloc::vec::Vec<serde_json::Value> = built_in
        .iter()
        .map(|kind| serde_json::json!({ "required": [kind], "properties": { *kind: there, "kind": gone, "name": gone } }))
        .collect();
    forms.push(serde_json::json!({
        "required": ["kind", "name"],
        "properties": {
            "kind": { "type": "string", "not": { "enum": ["organization", "role", "group", "team", "flag"] } },
            "name": there,
        },
    }));
    forms.push(serde_json::json!({
        "required": ["organization"],
        "properties": {
            "organization": there, "role": gone, "group": gone, "team": gone, "flag": gone, "kind": gone, "name": gone,
        },
    }));
    json_schema!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
        "oneOf": forms,
    })
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Target {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        target_schema(
            "One thing that a user can hold: a role, group, team, flag or a kind of the host's own, inside an organization or outside any; or the organization itself.",
            serde_json::json!({}),
            &[],
        )
    }
}
