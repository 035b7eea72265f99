//! Tests beside the rules: a login, a state, and what is to come of it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::present;
use crate::claims::Claims;
use crate::snapshot::{Host, Snapshot};
use crate::target::Target;

/// A test of the mapping: this login and this state, and what is to come of it.
///
/// Tests are kept in the config for whoever changes it. They change no plan and no digest, and compiling does not look at
/// them: [`Engine::self_test`](crate::Engine::self_test) runs them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MappingTest {
    /// Its name, unique among the tests.
    pub id: String,
    /// What the identity provider sends: claims as in a request.
    pub login: Claims,
    /// What the host knows of the person. Default: no account.
    #[serde(default = "nobody", skip_serializing_if = "is_nobody")]
    pub snapshot: Snapshot,
    /// What the host does by itself. Default: it adds people automatically and hands out nothing.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub host: Host,
    /// What is to come of it; what is left out is not judged.
    pub expect: Expectation,
}

/// What is to come of a login. Words are those of plans, such as `granted` or `provision`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Expectation {
    /// Whether the login is let in: `granted` or `refused`.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub access: Option<String>,
    /// What becomes of the account: `none`, `provision`, `link`, `reactivate` or `deactivate`.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub account: Option<String>,
    /// The status of the plan, such as `ready` or `withheld`.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub status: Option<String>,
    /// Everything that the person holds of the catalog once the plan is applied.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Target>"))]
    pub holds: Option<Vec<Target>>,
    /// Some of what the person holds then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub includes: Vec<Target>,
    /// Some of what the person does not hold then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<Target>,
    /// Everything that is held back.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ExpectedWithheld>"))]
    pub withheld: Option<Vec<ExpectedWithheld>>,
    /// Some of the plan's notes, by code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// That there is no plan, with the code of the error.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub error: Option<String>,
}

/// Something that is to be held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ExpectedWithheld {
    /// What would have happened, such as `remove`.
    pub change: String,
    /// To which target, if to one.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Target"))]
    pub target: Option<Target>,
    /// Why it does not, such as `last-holder`.
    pub code: String,
}

fn nobody() -> Snapshot {
    Snapshot::new(crate::snapshot::Account::absent())
}

fn is_nobody(snapshot: &Snapshot) -> bool {
    *snapshot == nobody()
}

fn is_usual(host: &Host) -> bool {
    *host == Host::default()
}

impl MappingTest {
    /// A test of a login of somebody without an account.
    pub fn new(id: impl Into<String>, login: Claims, expect: Expectation) -> Self {
        Self { id: id.into(), login, snapshot: nobody(), host: Host::default(), expect }
    }

    /// Sets what the host knows of the person.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: Snapshot) -> Self {
        self.snapshot = snapshot;
        self
    }
}
