//! One request and its answer as documents, for hosts in other languages, for the example programs and for tests.

use serde::{Deserialize, Serialize};

use crate::claims::Claims;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, ErrorDocument};
use crate::plan::Plan;
use crate::problem::Problems;
use crate::snapshot::{Host, Snapshot};

/// Everything that one plan is made from: `{ "config", "login", "snapshot", "host"? }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Request {
    /// What the admin wrote.
    pub config: Config,
    /// What the identity provider sent.
    pub login: Claims,
    /// What the host knows of the person.
    pub snapshot: Snapshot,
    /// What the host does with the people of the domain. Default: adds them automatically, hands out nothing by itself.
    #[serde(default)]
    pub host: Host,
}

/// What is said to a request: `{ "plan" }`, `{ "problems" }` or `{ "error" }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a plan, or one of the two reasons for which there is none")]
#[expect(clippy::large_enum_variant, reason = "it is made to be written out at once")]
pub enum Answer {
    /// What is to be changed.
    Plan(Plan),
    /// The config did not compile.
    Problems(Problems),
    /// There is nothing that a plan should be built on.
    Error(ErrorDocument),
}

impl Request {
    /// Compiles, normalises and plans.
    pub fn answer(self) -> Answer {
        let Self { config, login, snapshot, host } = self;
        match Engine::compile(config) {
            Ok(engine) => match plan(&engine.with_host(host), &login, &snapshot) {
                Ok(plan) => Answer::Plan(plan),
                Err(error) => Answer::Error(ErrorDocument::from(&error)),
            },
            Err(problems) => Answer::Problems(problems),
        }
    }
}

/// The snapshot is judged before the claims.
fn plan(engine: &Engine, login: &Claims, snapshot: &Snapshot) -> Result<Plan, Error> {
    snapshot.check()?;
    if !login.is_too_large() {
        snapshot.check_subject(login.subject().unwrap_or_default())?;
    }
    engine.plan(&engine.normalize(login)?, snapshot)
}

impl Answer {
    /// The answer to something that is no request; the message is the parser's.
    pub fn invalid_request(message: impl core::fmt::Display) -> Self {
        Self::Error(ErrorDocument::new("invalid-request", message))
    }
}
