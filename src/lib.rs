#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod account;
mod batch;
mod catalog;
mod claims;
mod comparison;
mod compile;
mod config;
mod cost;
mod diff;
mod digest;
mod dn;
mod draft;
mod engine;
mod error;
mod explain;
mod holdings;
mod identity;
mod ledger;
pub mod lint;
pub mod manual;
mod matching;
mod person;
mod plan;
mod planner;
mod preview;
mod problem;
mod request;
mod resolution;
mod review;
mod rules;
mod safeguards;
#[cfg(feature = "schema")]
pub mod schema;
pub mod scim;
mod scratch;
mod self_test;
mod snapshot;
mod sorted;
mod target;
mod text;
mod verify;
mod why_not;

pub use crate::batch::{Batch, BatchTerms, Earlier, PersonPlan};
pub use crate::claims::{
    Assertion, Claims, DuplicateKey, FetchedGroup, FetchedGroups, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, Number,
    SamlAttribute, Token, UnreadableToken, Value,
};
pub use crate::comparison::{Comparer, Comparison, PersonComparison, Standing, TargetComparison};
pub use crate::config::{
    Absent, AbsentAttribute, Accounts, AtLimit, AttributeSettings, AttributeTest, Authority, Catalogued, Choose,
    Condition, Config, Effect, Expectation, ExpectedWithheld, GroupLimit, GroupSettings, IdentifiedBy,
    IdentitySettings, Link, MappingTest, MaxRemovals, ObjectShape, OverLimit, Preset, PresetObject, Provider, Rule,
    Safeguards, Scalar, Selector, Slot, Source, TestKind, Unmatched, VERSION,
};
pub use crate::cost::{Cost, RuleCost};
pub use crate::draft::Draft;
pub use crate::engine::Engine;
pub use crate::error::{Error, ErrorDocument};
pub use crate::explain::{
    AccountExplained, AccountReason, AttributeExplained, Explanation, GroupsExplained, Happening, HeldExplained,
    PersonExplained, RuleWord, SlotExplained, SlotResult, TargetExplained, UnreadExplained, Verdict, WithheldExplained,
    WonBy,
};
pub use crate::identity::{Completeness, Evidence, GroupEntry, GroupKind, Identity, Unread, UnreadReason};
pub use crate::ledger::Ledger;
pub use crate::person::Person;
pub use crate::plan::{
    Access, AccountChange, Addition, Change, GroupsSeen, HoldersRequired, Kept, Note, NoteCode, Plan, Reason, Removal,
    Replacement, Requires, Setting, Status, Withheld, WithheldChange, WithheldCode,
};
pub use crate::preview::{
    AccountCounts, CodeCount, Preview, ReplacementCount, StatusCounts, Tally, TargetCount, WithheldCount,
};
pub use crate::problem::{Problem, ProblemCode, Problems};
pub use crate::request::{
    Answer, BatchAnswer, BatchRequest, CompareAnswer, CompareRequest, Request, ReviewAnswer, ReviewRequest,
};
pub use crate::review::{
    Acknowledgement, Finding, FindingCode, PersonError, PrivilegeGained, Review, ReviewPreview, Reviewer, Severity,
};
pub use crate::scratch::Scratch;
pub use crate::self_test::{Coverage, FailedTest, SelfTest};
pub use crate::snapshot::{Account, AccountStatus, Candidate, Holders, Host, Membership, Snapshot};
pub use crate::target::{Target, TargetKind};
pub use crate::text::{CasePolicy, MAX_ELEMENT_BYTES};
pub use crate::verify::{
    Violation, ViolationCode, verify, verify_deactivation, verify_deactivation_held_back, verify_held_back,
};
pub use crate::why_not::{
    Alteration, AlterationKind, Asked, ChangeOutcome, Difference, Missing, NearMiss, Obstacle, ObstacleCode, RuleMiss,
    SmallestChange, WhyNot,
};
