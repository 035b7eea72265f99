//! What the host knows of a person and of the holders of protected targets.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};

use crate::error::Error;
use crate::target::{Target, target_document};

/// What the host knows of one person, read at one moment.
///
/// As a document:
/// `{ "revision"?, "account": { "status", "exempt"?, "subject"?, "candidate"? }, "memberships": [ … ], "holders"?: [ … ] }`.
/// Only a person without an account, and without one to link, may be said nothing of under `memberships`: a host that failed
/// to read what somebody holds does not say by it that they hold nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Snapshot {
    /// The host's mark for this state of the person, handed back in the plan's `requires`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The person's account.
    pub account: Account,
    /// What the person holds; of a candidate for linking, what the candidate holds.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub memberships: Vec<Membership>,
    /// How many eligible holders protected targets have. A target that is missing here has an unknown number.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub holders: Vec<Holders>,
}

/// The person's account at the host.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Account {
    /// Whether there is one.
    pub status: AccountStatus,
    /// Whether it is a break-glass account, which no plan touches. Default: false.
    #[serde(default)]
    pub exempt: bool,
    /// The subject that the account belongs to; where given, it must be the login's. Default: not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// An existing local account that is not yet linked. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Candidate>,
}

/// Whether a person has an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountStatus {
    /// There is none.
    #[default]
    Absent,
    /// There is one, and it can be used.
    Active,
    /// There is one, and it is switched off.
    Inactive,
}

/// An existing local account that may be the person's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Candidate {
    /// Its address.
    pub email: String,
}

/// One target that the person holds: `{ TARGET, managed_by? }`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Membership {
    /// What is held.
    pub target: Target,
    /// The source that gave it; nothing where it was given by hand.
    pub managed_by: Option<String>,
}

/// How many eligible holders a target has: `{ TARGET, count }`. Eligible is who is active, not exempt and was not refused
/// at the last login; the person of the snapshot is counted too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holders {
    /// What is held.
    pub target: Target,
    /// By how many.
    pub count: u64,
}

/// What the host does with the people of the mapping's domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Host {
    /// Whether it adds them automatically. Without that the mapping is not active. Default: true.
    pub auto_join: bool,
    /// What it hands out by itself to everybody. With any the mapping is not active. Default: nothing.
    pub default_targets: Vec<Target>,
}

impl Default for Host {
    fn default() -> Self {
        Self { auto_join: true, default_targets: Vec::new() }
    }
}

impl Host {
    /// A host that adds people automatically, or not.
    #[must_use]
    pub fn auto_join(mut self, auto_join: bool) -> Self {
        self.auto_join = auto_join;
        self
    }

    /// Adds what it hands out by itself.
    #[must_use]
    pub fn with_default_targets(mut self, targets: impl IntoIterator<Item = Target>) -> Self {
        self.default_targets.extend(targets);
        self
    }
}

/// A snapshot as it stands in a document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    revision: Option<String>,
    account: Account,
    #[serde(default, deserialize_with = "stated")]
    memberships: Option<Vec<Membership>>,
    #[serde(default)]
    holders: Vec<Holders>,
}

/// Null is no way to say what somebody holds.
fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Membership>>, D::Error> {
    Vec::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { revision, account, memberships, holders } = Written::deserialize(deserializer)?;
        let holds_nothing = account.status == AccountStatus::Absent && account.candidate.is_none();
        match memberships {
            None if !holds_nothing => {
                Err(D::Error::custom("`memberships` is missing; an empty list says that the person holds nothing"))
            }
            memberships => Ok(Self { revision, account, memberships: memberships.unwrap_or_default(), holders }),
        }
    }
}

impl Snapshot {
    /// A person with this account who holds nothing.
    pub fn new(account: Account) -> Self {
        Self { revision: None, account, memberships: Vec::new(), holders: Vec::new() }
    }

    /// Sets the host's mark for this state.
    #[must_use]
    pub fn with_revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = Some(revision.into());
        self
    }

    /// Adds what the person holds.
    #[must_use]
    pub fn with_memberships(mut self, memberships: impl IntoIterator<Item = Membership>) -> Self {
        self.memberships.extend(memberships);
        self
    }

    /// Adds how many eligible holders targets have.
    #[must_use]
    pub fn with_holders(mut self, holders: impl IntoIterator<Item = Holders>) -> Self {
        self.holders.extend(holders);
        self
    }

    /// Checks that it does not contradict itself.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`]: a target stands twice among the memberships or among the holders.
    pub fn check(&self) -> Result<(), Error> {
        let twice = |mut targets: Vec<&Target>, list: &str| {
            targets.sort();
            match targets.iter().zip(targets.iter().skip(1)).find(|(a, b)| a == b) {
                Some((target, _)) => {
                    Err(Error::InvalidSnapshot { message: format!("`{target}` stands twice in `{list}`") })
                }
                None => Ok(()),
            }
        };
        twice(self.memberships.iter().map(|membership| &membership.target).collect(), "memberships")?;
        twice(self.holders.iter().map(|holders| &holders.target).collect(), "holders")
    }

    /// Checks that it is of the person who logs in.
    pub(crate) fn check_subject(&self, subject: &str) -> Result<(), Error> {
        match &self.account.subject {
            Some(expected) if expected != subject => {
                Err(Error::InvalidSnapshot { message: "it is of another subject than the login".into() })
            }
            _ => Ok(()),
        }
    }

    /// The same facts in one order, whatever order they came in.
    pub(crate) fn canonical(&self) -> Self {
        let mut canonical = self.clone();
        canonical.memberships.sort_by(|a, b| a.target.cmp(&b.target));
        canonical.holders.sort_by(|a, b| a.target.cmp(&b.target));
        canonical
    }
}

impl Account {
    /// No account.
    pub fn absent() -> Self {
        Self::default()
    }

    /// An account that can be used.
    pub fn active() -> Self {
        Self { status: AccountStatus::Active, ..Self::default() }
    }

    /// An account that is switched off.
    pub fn inactive() -> Self {
        Self { status: AccountStatus::Inactive, ..Self::default() }
    }

    /// Marks it as a break-glass account.
    #[must_use]
    pub fn exempt(mut self) -> Self {
        self.exempt = true;
        self
    }

    /// Sets the subject that the login must have.
    #[must_use]
    pub fn of_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the address of a local account that may be the person's.
    #[must_use]
    pub fn with_candidate(mut self, email: impl Into<String>) -> Self {
        self.candidate = Some(Candidate { email: email.into() });
        self
    }
}

impl fmt::Debug for Account {
    /// Hides the subject.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("status", &self.status)
            .field("exempt", &self.exempt)
            .field("candidate", &self.candidate.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").finish_non_exhaustive()
    }
}

impl Membership {
    /// A membership that was given by hand.
    pub fn manual(target: Target) -> Self {
        Self { target, managed_by: None }
    }

    /// A membership that a source gave.
    pub fn managed(target: Target, source: impl Into<String>) -> Self {
        Self { target, managed_by: Some(source.into()) }
    }
}

impl Holders {
    /// This many eligible holders.
    pub fn new(target: Target, count: u64) -> Self {
        Self { target, count }
    }
}

target_document!(MembershipShape {
    #[serde(default)]
    managed_by: Option<String>,
});

impl<'de> Deserialize<'de> for Membership {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shape = MembershipShape::deserialize(deserializer)?;
        Ok(Self { target: shape.target().map_err(D::Error::custom)?, managed_by: shape.managed_by })
    }
}

impl Serialize for Membership {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.target.serialize_into(&mut map)?;
        if let Some(source) = &self.managed_by {
            map.serialize_entry("managed_by", source)?;
        }
        map.end()
    }
}

target_document!(HoldersShape { count: u64 });

impl<'de> Deserialize<'de> for Holders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shape = HoldersShape::deserialize(deserializer)?;
        Ok(Self { target: shape.target().map_err(D::Error::custom)?, count: shape.count })
    }
}

impl Serialize for Holders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.target.serialize_into(&mut map)?;
        map.serialize_entry("count", &self.count)?;
        map.end()
    }
}

#[cfg(feature = "schema")]
mod schema {
    use alloc::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator};
    use serde_json::json;

    use super::{Holders, Membership};
    use crate::target::target_schema;

    impl JsonSchema for Membership {
        fn schema_name() -> Cow<'static, str> {
            "Membership".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let managed_by = json!({ "type": ["string", "null"], "description": "The source that gave it; null where it was given by hand." });
            target_schema("Something that a person holds.", json!({ "managed_by": managed_by }), &[])
        }
    }

    impl JsonSchema for Holders {
        fn schema_name() -> Cow<'static, str> {
            "Holders".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let count = json!({ "type": "integer", "minimum": 0, "description": "How many eligible holders there are, the person included." });
            target_schema("How many people hold a target.", json!({ "count": count }), &["count"])
        }
    }
}
