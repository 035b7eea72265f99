//! Requests about many people, and their answers.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::batch::Batch;
use crate::comparison::{Comparer, Comparison};
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, ErrorDocument};
use crate::person::Person;
use crate::problem::Problems;
use crate::review::{Acknowledgement, Review};
use crate::snapshot::{Holders, Host};

use super::invalid_request;

/// Everything that a review is made from: `{ "config", "host"?, "people", "holders"?, "acting"?, "acknowledge"? }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReviewRequest {
    /// What the admin wrote.
    pub config: Config,
    /// What the host does with the people of the domain. Default: adds them automatically, hands out nothing by itself.
    #[serde(default)]
    pub host: Host,
    /// Everybody whom the mapping concerns, in any order.
    pub people: Vec<Person>,
    /// How many eligible holders protected targets have before any plan. Default: none are known.
    #[serde(default)]
    pub holders: Vec<Holders>,
    /// The id of the admin who is about to activate the mapping. Default: nobody.
    #[serde(default)]
    pub acting: Option<String>,
    /// Which findings that admin knows of. Default: none.
    #[serde(default)]
    pub acknowledge: Option<Acknowledgement>,
}

/// Everything that a batch is made from: `{ "config", "host"?, "people", "holders"?, "override"? }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BatchRequest {
    /// What the admin wrote.
    pub config: Config,
    /// What the host does with the people of the domain. Default: adds them automatically, hands out nothing by itself.
    #[serde(default)]
    pub host: Host,
    /// For whom to plan, in this order.
    pub people: Vec<Person>,
    /// How many eligible holders protected targets have before any plan. Default: none are known.
    #[serde(default)]
    pub holders: Vec<Holders>,
    /// The digest of the batch whose removals are to happen although they are many. Default: none.
    #[serde(default, rename = "override")]
    pub permitted: Option<String>,
}

/// What is said to a [`ReviewRequest`]: `{ "review" }`, `{ "problems" }` or `{ "error" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a review, or one of the two reasons for which there is none")]
pub enum ReviewAnswer {
    /// What was found.
    Review(Review),
    /// The config did not compile.
    Problems(Problems),
    /// There is nothing that a review should be built on.
    Error(ErrorDocument),
}

/// What is said to a [`BatchRequest`]: `{ "batch" }`, `{ "problems" }` or `{ "error" }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a batch, or one of the two reasons for which there is none")]
pub enum BatchAnswer {
    /// What is to be changed for whom.
    Batch(Batch),
    /// The config did not compile.
    Problems(Problems),
    /// There is nothing that plans should be built on.
    Error(ErrorDocument),
}

impl ReviewRequest {
    /// Compiles, and reviews everybody.
    pub fn answer(self) -> ReviewAnswer {
        let Self { config, host, people, holders, acting, acknowledge } = self;
        let review = |engine: &Engine| -> Result<Review, Error> {
            let mut reviewer = engine.review(holders)?;
            if let Some(acting) = acting {
                reviewer = reviewer.acting(acting);
            }
            for person in &people {
                reviewer.add(person);
            }
            let review = reviewer.finish();
            Ok(match &acknowledge {
                Some(acknowledgement) => review.acknowledged(acknowledgement),
                None => review,
            })
        };
        match Engine::compile(config) {
            Ok(engine) => match review(&engine.with_host(host)) {
                Ok(review) => ReviewAnswer::Review(review),
                Err(error) => ReviewAnswer::Error(ErrorDocument::from(&error)),
            },
            Err(problems) => ReviewAnswer::Problems(problems),
        }
    }
}

impl BatchRequest {
    /// Compiles, and plans for everybody.
    pub fn answer(self) -> BatchAnswer {
        let Self { config, host, people, holders, permitted } = self;
        match Engine::compile(config) {
            Ok(engine) => match engine.with_host(host).batch(&people, holders, permitted.as_deref()) {
                Ok(batch) => BatchAnswer::Batch(batch),
                Err(error) => BatchAnswer::Error(ErrorDocument::from(&error)),
            },
            Err(problems) => BatchAnswer::Problems(problems),
        }
    }
}

/// Everything that a comparison is made from: `{ "before", "after", "host"?, "people", "holders"? }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CompareRequest {
    /// The config that is in force.
    pub before: Config,
    /// The config that is to take its place.
    pub after: Config,
    /// What the host does with the people of the domain. Default: adds them automatically, hands out nothing by itself.
    #[serde(default)]
    pub host: Host,
    /// Everybody whom the mapping concerns.
    pub people: Vec<Person>,
    /// How many eligible holders protected targets have before any plan. Default: none are known.
    #[serde(default)]
    pub holders: Vec<Holders>,
}

/// What is said to a [`CompareRequest`]: `{ "comparison" }`, `{ "problems_before" }`, `{ "problems_after" }` or
/// `{ "error" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a comparison, or one of the reasons for which there is none")]
pub enum CompareAnswer {
    /// What becomes different for whom.
    Comparison(Comparison),
    /// The config that is in force did not compile.
    ProblemsBefore(Problems),
    /// The config that is to take its place did not compile.
    ProblemsAfter(Problems),
    /// There is nothing that a comparison should be built on.
    Error(ErrorDocument),
}

impl CompareRequest {
    /// Compiles both, and compares what becomes of everybody.
    pub fn answer(self) -> CompareAnswer {
        let Self { before, after, host, people, holders } = self;
        let before = match Engine::compile(before) {
            Ok(engine) => engine.with_host(host.clone()),
            Err(problems) => return CompareAnswer::ProblemsBefore(problems),
        };
        let after = match Engine::compile(after) {
            Ok(engine) => engine.with_host(host),
            Err(problems) => return CompareAnswer::ProblemsAfter(problems),
        };
        match Comparer::new(&before, &after, holders) {
            Ok(mut comparer) => {
                for person in &people {
                    comparer.add(person);
                }
                CompareAnswer::Comparison(comparer.finish())
            }
            Err(error) => CompareAnswer::Error(ErrorDocument::from(&error)),
        }
    }
}

impl CompareAnswer {
    /// The answer to something that is no request, without the values that the parser's message quotes.
    pub fn invalid_request(message: impl core::fmt::Display) -> Self {
        Self::Error(invalid_request(message))
    }
}

impl ReviewAnswer {
    /// The answer to something that is no request, without the values that the parser's message quotes.
    pub fn invalid_request(message: impl core::fmt::Display) -> Self {
        Self::Error(invalid_request(message))
    }
}

impl BatchAnswer {
    /// The answer to something that is no request, without the values that the parser's message quotes.
    pub fn invalid_request(message: impl core::fmt::Display) -> Self {
        Self::Error(invalid_request(message))
    }
}
