//! One request and its answer as documents, for hosts in other languages, for the example programs and for tests.

mod many;

use alloc::string::{String, ToString};

use serde::{Deserialize, Serialize};

pub use self::many::{BatchAnswer, BatchRequest, CompareAnswer, CompareRequest, ReviewAnswer, ReviewRequest};
use crate::claims::Claims;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, ErrorDocument};
use crate::plan::Plan;
use crate::problem::Problems;
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
    /// The answer to something that is no request. The message is the parser's, without the texts that it quotes: they
    /// may be personal data. Names of fields that it does not know stay, escaped, and it is cut where they are endless.
    pub fn invalid_request(message: impl core::fmt::Display) -> Self {
        Self::Error(invalid_request(message))
    }
}

/// How many characters of a parser's message are shown.
const MOST_OF_A_MESSAGE: usize = 400;

fn invalid_request(message: impl core::fmt::Display) -> ErrorDocument {
    let mut message = escaped(&redacted(&message.to_string()));
    if let Some((end, _)) = message.char_indices().nth(MOST_OF_A_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    ErrorDocument::new("invalid-request", message)
}

/// A parser's message with every text that it quotes from the input left out: serde writes them as `string "…"`.
fn redacted(message: &str) -> String {
    const QUOTE: &str = "string \"";
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, quoted)) = rest.split_once(QUOTE) {
        out.push_str(before);
        out.push_str("a string");
        let mut escaped = false;
        let end = quoted.char_indices().find(|(_, character)| {
            let closes = *character == '"' && !escaped;
            escaped = *character == '\\' && !escaped;
            closes
        });
        rest = end.and_then(|(index, _)| quoted.get(index.saturating_add(1)..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_input_stays_out_of_messages() {
        let error = serde_json::from_str::<Request>(r#"{"login": "u1\"@example.com", "config": 1}"#).err();
        let message = error.map(|error| redacted(&error.to_string())).unwrap_or_default();
        assert!(message.starts_with("invalid type: a string, expected"), "{message}");
        assert!(!message.contains("example"), "{message}");
        assert_eq!(redacted("missing field `config` at line 1"), "missing field `config` at line 1");
    }
}
