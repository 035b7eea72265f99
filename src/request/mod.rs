//! One request and its answer as documents, for hosts in other languages, for the example programs and for tests.

mod many;

use alloc::string::ToString;

use serde::{Deserialize, Serialize};

pub use self::many::{BatchAnswer, BatchRequest, CompareAnswer, CompareRequest, ReviewAnswer, ReviewRequest};
use crate::claims::Claims;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, ErrorDocument};
use crate::plan::Plan;
use crate::problem::Problems;
use crate::redaction::{anonymously, without_values};
use crate::snapshot::{Host, Snapshot};
use crate::text::escaped;

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
    #[serde(deserialize_with = "anonymously")]
    pub snapshot: Snapshot,
    /// What the host does with the people of the domain. Default: adds them automatically, hands out nothing by itself.
    #[serde(default)]
    pub host: Host,
}

/// What is said to a request: `{ "plan" }`, `{ "problems" }` or `{ "error" }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a plan, or one of the two reasons for which there is none")]
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

fn plan(engine: &Engine, login: &Claims, snapshot: &Snapshot) -> Result<Plan, Error> {
    engine.plan(&engine.identify(login, snapshot)?, snapshot)
}

impl Answer {
    /// The answer to something that is no request. The message is the parser's, without the values that it quotes: they
    /// may be personal data. Names of fields of the config that it does not know stay, escaped, and it is cut where they
    /// are endless; of what is said of a person no word is shown.
    pub fn invalid_request(message: impl core::fmt::Display) -> Self {
        Self::Error(invalid_request(message))
    }
}

/// How many characters of a parser's message are shown.
const MOST_OF_A_MESSAGE: usize = 400;

fn invalid_request(message: impl core::fmt::Display) -> ErrorDocument {
    let mut message = escaped(&without_values(&message.to_string()));
    if let Some((end, _)) = message.char_indices().nth(MOST_OF_A_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    ErrorDocument::new("invalid-request", message)
}
