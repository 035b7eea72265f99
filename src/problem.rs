//! What is wrong with a config: code, path, message, help.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{Brief, distance};

/// The reasons for which a config does not compile. Each is explained, with an example, in
/// [the config reference](crate::manual::config).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProblemCode {
    /// Two rules of equal priority grant different targets of a slot that chooses by priority.
    AmbiguousPriority,
    /// Two targets of a slot that chooses the highest have the same rank.
    AmbiguousRank,
    /// Placeholders stand in a rule whose only pattern with that capture is under a `not`.
    CaptureUnderNot,
    /// The delimiter occurs in distinguished names.
    DelimiterWithDn,
    /// Two rules have the same id.
    DuplicateRuleId,
    /// Two slots are of the same kind.
    DuplicateSlot,
    /// The catalog lists a target twice.
    DuplicateTarget,
    /// A condition that holds nothing to test.
    EmptyCondition,
    /// A source or rule without an id.
    EmptyId,
    /// A rule or setting can grant a target that exempts its holders.
    ExemptGranted,
    /// A distinguished name in a rule does not parse.
    InvalidDn,
    /// A glob is not usable.
    InvalidGlob,
    /// An id could never be sent by the source.
    InvalidId,
    /// A number that a rule asks for cannot be told from others.
    InvalidNumber,
    /// A regular expression does not parse.
    InvalidRegex,
    /// A condition asks for a kind of group that the source never sends.
    KindMismatch,
    /// More rules, patterns, nesting or bytes than allowed.
    LimitExceeded,
    /// A target of a slot that chooses the highest has no rank.
    MissingRank,
    /// `accounts.new_grant` names a target of a slot.
    NewGrantInSlot,
    /// A rule grants and denies nothing.
    NoEffect,
    /// A privileged target can be reached through a condition that is not exact.
    PrivilegedPattern,
    /// A regular expression is too large once compiled.
    RegexTooLarge,
    /// Organizations themselves cannot be a slot.
    SlotOfOrganizations,
    /// A placeholder that no pattern of the rule captures.
    UnknownCapture,
    /// A slot's default exists in no organization.
    UnknownSlotDefault,
    /// A target that the catalog does not list.
    UnknownTarget,
    /// A version of the document that this crate does not read.
    UnsupportedVersion,
}

/// One thing that is wrong with a config.
///
/// As a document: `{ "code", "path", "message", "help"? }`. The path leads to the place in the config, such as
/// `rules[3].when.any[1].name`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// Where it is.
    pub path: String,
    /// What is wrong, in one line, lower case, without a full stop.
    pub message: String,
    /// How it could be mended, where that can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// Everything that is wrong with a config, sorted by path and code; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl ProblemCode {
    /// Every code, in the order of the alphabet.
    pub const ALL: [Self; 27] = [
        Self::AmbiguousPriority,
        Self::AmbiguousRank,
        Self::CaptureUnderNot,
        Self::DelimiterWithDn,
        Self::DuplicateRuleId,
        Self::DuplicateSlot,
        Self::DuplicateTarget,
        Self::EmptyCondition,
        Self::EmptyId,
        Self::ExemptGranted,
        Self::InvalidDn,
        Self::InvalidGlob,
        Self::InvalidId,
        Self::InvalidNumber,
        Self::InvalidRegex,
        Self::KindMismatch,
        Self::LimitExceeded,
        Self::MissingRank,
        Self::NewGrantInSlot,
        Self::NoEffect,
        Self::PrivilegedPattern,
        Self::RegexTooLarge,
        Self::SlotOfOrganizations,
        Self::UnknownCapture,
        Self::UnknownSlotDefault,
        Self::UnknownTarget,
        Self::UnsupportedVersion,
    ];

    /// The code as documents spell it, such as `unknown-target`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AmbiguousPriority => "ambiguous-priority",
            Self::AmbiguousRank => "ambiguous-rank",
            Self::CaptureUnderNot => "capture-under-not",
            Self::DelimiterWithDn => "delimiter-with-dn",
            Self::DuplicateRuleId => "duplicate-rule-id",
            Self::DuplicateSlot => "duplicate-slot",
            Self::DuplicateTarget => "duplicate-target",
            Self::EmptyCondition => "empty-condition",
            Self::EmptyId => "empty-id",
            Self::ExemptGranted => "exempt-granted",
            Self::InvalidDn => "invalid-dn",
            Self::InvalidGlob => "invalid-glob",
            Self::InvalidId => "invalid-id",
            Self::InvalidNumber => "invalid-number",
            Self::InvalidRegex => "invalid-regex",
            Self::KindMismatch => "kind-mismatch",
            Self::LimitExceeded => "limit-exceeded",
            Self::MissingRank => "missing-rank",
            Self::NewGrantInSlot => "new-grant-in-slot",
            Self::NoEffect => "no-effect",
            Self::PrivilegedPattern => "privileged-pattern",
            Self::RegexTooLarge => "regex-too-large",
            Self::SlotOfOrganizations => "slot-of-organizations",
            Self::UnknownCapture => "unknown-capture",
            Self::UnknownSlotDefault => "unknown-slot-default",
            Self::UnknownTarget => "unknown-target",
            Self::UnsupportedVersion => "unsupported-version",
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Problem {
    /// `rules[3].grant[0]: unknown-target: … (help: …)` on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.path, self.code, self.message)?;
        match &self.help {
            Some(help) => write!(f, " (help: {help})"),
            None => Ok(()),
        }
    }
}

impl Problems {
    /// The problems, sorted by path and code.
    pub fn iter(&self) -> core::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The problems as a slice.
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = core::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    /// One problem a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for Problems {}

/// A way into a config, spelled out only where something is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'a> {
    before: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Key(&'a str),
    Place(usize),
}

impl<'a> Path<'a> {
    /// The way to a key of the config itself.
    pub(crate) fn of(key: &'a str) -> Self {
        Self { before: None, step: Step::Key(key) }
    }

    /// The way on to a key.
    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Self { before: Some(self), step: Step::Key(key) }
    }

    /// The way on to an element of a list.
    pub(crate) fn at(&'a self, place: usize) -> Self {
        Self { before: Some(self), step: Step::Place(place) }
    }
}

impl fmt::Display for Path<'_> {
    /// `rules[3].when.any[1].name`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            before.fmt(f)?;
        }
        match self.step {
            Step::Key(key) if self.before.is_some() => write!(f, ".{key}"),
            Step::Key(key) => f.write_str(key),
            Step::Place(place) => write!(f, "[{place}]"),
        }
    }
}

/// Collects problems while a config is checked.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Problem>);

impl Report {
    pub(crate) fn add(&mut self, code: ProblemCode, path: impl fmt::Display, message: impl Into<String>) {
        self.0.push(Problem { code, path: path.to_string(), message: message.into(), help: None });
    }

    pub(crate) fn add_with_help(
        &mut self,
        code: ProblemCode,
        path: impl fmt::Display,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.0.push(Problem { code, path: path.to_string(), message: message.into(), help: Some(help.into()) });
    }

    /// Adds a problem whose help is a guess, if there is one.
    pub(crate) fn add_with_guess(
        &mut self,
        code: ProblemCode,
        path: impl fmt::Display,
        message: impl Into<String>,
        guess: Option<String>,
    ) {
        let help = guess.map(|guess| alloc::format!("did you mean `{}`?", Brief(&guess)));
        self.0.push(Problem { code, path: path.to_string(), message: message.into(), help });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_problems(mut self) -> Problems {
        self.0.sort_by(|a, b| natural(&a.path, &b.path).then(a.code.cmp(&b.code)).then(a.message.cmp(&b.message)));
        self.0.dedup();
        Problems(self.0)
    }
}

/// Compares paths so that `rules[2]` stands before `rules[10]`.
fn natural(left: &str, right: &str) -> core::cmp::Ordering {
    split_numbers(left).cmp(split_numbers(right))
}

/// The path in pieces: numbers by value, everything else as text.
fn split_numbers(path: &str) -> impl Iterator<Item = (Option<u64>, &str)> {
    path.split(['[', ']', '.']).map(|piece| (piece.parse().ok(), piece))
}

/// The nearest of the known words, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let allowed = wanted.chars().count().div_ceil(3).min(3);
    known
        .filter_map(|word| {
            let edits = if word.eq_ignore_ascii_case(wanted) { 0 } else { distance(wanted, word)? };
            (edits <= allowed).then_some((edits, word))
        })
        .min()
        .map(|(_, word)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_and_spelled_as_serialised() {
        let mut sorted = ProblemCode::ALL;
        sorted.sort_by_key(|code| code.as_str());
        assert_eq!(sorted, ProblemCode::ALL);
        for code in ProblemCode::ALL {
            let json = serde_json::to_string(&code).ok();
            assert_eq!(json, Some(alloc::format!("\"{code}\"")));
        }
    }

    #[test]
    fn paths_are_spelled_as_documents_are_written() {
        let rules = Path::of("rules");
        let (rule, place) = (rules.at(3), 1);
        let when = rule.key("when");
        let any = when.key("any");
        assert_eq!(any.at(place).key("name").to_string(), "rules[3].when.any[1].name");
    }

    #[test]
    fn paths_sort_by_number() {
        assert!(natural("rules[2].when", "rules[10]").is_lt());
        assert!(natural("catalog[4]", "rules[0]").is_lt());
    }

    #[test]
    fn suggestions_are_near() {
        let known = ["Circuit Manager", "Viewers"];
        assert_eq!(nearest("Circuit Managers", known.into_iter()).as_deref(), Some("Circuit Manager"));
        assert_eq!(nearest("zzz", known.into_iter()), None);
    }
}
