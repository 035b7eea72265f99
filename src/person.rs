//! One person of a directory: what the identity provider says of them, and what the host knows.

use alloc::string::String;
use core::fmt;

use serde::Deserialize;

use crate::claims::Claims;
use crate::snapshot::Snapshot;

/// One person of a directory: `{ "id", "login", "snapshot" }`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Person {
    /// What the host calls the person; findings and plans name people by it.
    pub id: String,
    /// What the identity provider says of them, or would say at their next login.
    pub login: Claims,
    /// What the host knows of them. Its `holders` are not looked at: there is one count for all people.
    pub snapshot: Snapshot,
}

impl Person {
    /// A person whom the host calls by this id.
    pub fn new(id: impl Into<String>, login: Claims, snapshot: Snapshot) -> Self {
        Self { id: id.into(), login, snapshot }
    }
}

impl fmt::Debug for Person {
    /// Hides who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("snapshot", &self.snapshot).finish_non_exhaustive()
    }
}
