//! Why there is no plan: claims or a snapshot that nothing should be built on.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::text::Brief;

/// Why there is no plan.
///
/// Only input that nothing should be built on is an error; everything else, doubts and held-back changes included, is
/// part of a plan. Every variant asks the host for the same thing, to refuse the login and change nothing, and the
/// enum is exhaustive so that a new reason breaks the build of whoever tells them apart.
///
/// As a document: `{ "code", "message" }`. No claim of the person is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle every reason; a new one is to break their build")]
pub enum Error {
    /// The subject is missing, empty or no string.
    EmptySubject,
    /// The identity was normalised by an engine whose source reads claims in another way.
    ForeignIdentity,
    /// No groups claim is there, and the source's `absent` is `refuse`.
    GroupsAbsent,
    /// A list holds more groups than the source's limit, whose `over` is `refuse`.
    GroupsOverLimit {
        /// How many distinct groups the list holds.
        count: u64,
        /// How many it may hold.
        limit: u64,
    },
    /// The snapshot contradicts itself or is of another person.
    InvalidSnapshot {
        /// What is wrong with it.
        message: String,
    },
    /// The userinfo response is of another subject than the ID token.
    SubjectMismatch,
    /// The claims hold more than this crate reads.
    TooLarge {
        /// What there is too much of: `levels`, `values` or `bytes`.
        what: &'static str,
        /// How many there are, as far as they were counted.
        used: usize,
        /// How many there may be.
        allowed: usize,
    },
    /// The only subject is a `NameID` that is another one at every login.
    TransientSubject,
    /// The claims are of another issuer than the source's, or of none.
    WrongIssuer {
        /// The issuer that the source names.
        expected: String,
    },
}

impl Error {
    /// The code in documents, such as `wrong-issuer`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptySubject => "empty-subject",
            Self::ForeignIdentity => "foreign-identity",
            Self::GroupsAbsent => "groups-absent",
            Self::GroupsOverLimit { .. } => "groups-over-limit",
            Self::InvalidSnapshot { .. } => "invalid-snapshot",
            Self::SubjectMismatch => "subject-mismatch",
            Self::TooLarge { .. } => "too-large",
            Self::TransientSubject => "transient-subject",
            Self::WrongIssuer { .. } => "wrong-issuer",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptySubject => f.write_str("the subject is missing, empty or no string"),
            Self::ForeignIdentity => {
                f.write_str("the identity was normalised under other source settings; normalise it with this engine")
            }
            Self::GroupsAbsent => f.write_str("the claims hold no groups claim, and the source refuses such logins"),
            Self::GroupsOverLimit { count, limit } => {
                write!(f, "the claims hold {count} groups, and the source refuses more than {limit}")
            }
            Self::InvalidSnapshot { message } => write!(f, "the snapshot is not usable: {message}"),
            Self::SubjectMismatch => f.write_str("the userinfo response is of another subject than the ID token"),
            Self::TooLarge { what, used, allowed } => {
                write!(f, "the claims are too large: {used} {what} used, {allowed} allowed")
            }
            Self::TransientSubject => f.write_str(
                "the NameID is transient, another one at every login; have the provider send a persistent one, or name an \
                 attribute in source.identity.subject",
            ),
            Self::WrongIssuer { expected } => write!(f, "the claims are not of the issuer `{}`", Brief(expected)),
        }
    }
}

impl core::error::Error for Error {}

/// The document of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorDocument {
    /// The code, such as `wrong-issuer`.
    pub code: String,
    /// What it means, in one line.
    pub message: String,
}

impl ErrorDocument {
    /// A document with this code and message.
    pub fn new(code: impl Into<String>, message: impl fmt::Display) -> Self {
        Self { code: code.into(), message: alloc::format!("{message}") }
    }
}

impl From<&Error> for ErrorDocument {
    fn from(error: &Error) -> Self {
        Self::new(error.code(), error)
    }
}
