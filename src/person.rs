//! One person of a directory: what the identity provider says of them, and what the host knows.

use alloc::string::String;
use core::fmt;

use serde::Deserialize;

use crate::claims::Claims;
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::identity::Identity;
use crate::planner::Removals;
use crate::redaction::anonymously;
use crate::scratch::Scratch;
use crate::snapshot::Snapshot;

/// One person of a directory: `{ "id", "login", "snapshot", "switched_off"? }`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Person {
    /// What the host calls the person; findings and plans name people by it.
    pub id: String,
    /// What the identity provider says of them, or would say at their next login.
    pub login: Claims,
    /// What the host knows of them. Its `holders` are not looked at: there is one count for all people.
    #[serde(deserialize_with = "anonymously")]
    pub snapshot: Snapshot,
    /// Whether the source has switched the person off or deleted them. They are planned for as
    /// [`Engine::plan_deactivation`] does, and as [`Engine::plan`] otherwise. Default: no.
    #[serde(default)]
    pub switched_off: bool,
}

impl Person {
    /// A person whom the host calls by this id, and whom the source has not switched off.
    pub fn new(id: impl Into<String>, login: Claims, snapshot: Snapshot) -> Self {
        Self { id: id.into(), login, snapshot, switched_off: false }
    }

    /// The same person, switched off by the source or not.
    #[must_use]
    pub fn switched_off(mut self, switched_off: bool) -> Self {
        self.switched_off = switched_off;
        self
    }
}

impl Engine {
    /// The draft for a person, as the source wants it for them.
    pub(crate) fn draft_for<'a>(
        &'a self,
        person: &Person,
        identity: &'a Identity,
        snapshot: &'a Snapshot,
        scratch: &'a mut Scratch,
        removals: Removals,
    ) -> Result<Draft<'a>, Error> {
        if person.switched_off {
            self.deactivation_with(identity, snapshot, scratch, removals)
        } else {
            self.draft_with(identity, snapshot, scratch, removals)
        }
    }
}

impl fmt::Debug for Person {
    /// Hides who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("snapshot", &self.snapshot).finish_non_exhaustive()
    }
}
