//! What is wrong with a plan, as data.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::target::Target;

/// Something in a plan that does not follow from what it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Violation {
    /// What is wrong.
    pub code: ViolationCode,
    /// The target that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// What it says, in one line, without personal data.
    pub message: String,
}

/// What is wrong with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ViolationCode {
    /// There can be no plan for these at all: the snapshot or the evidence forbids it.
    NoPlan,
    /// A line is not there that must be.
    MissingLine,
    /// A line is there that nothing justifies.
    UnjustifiedLine,
    /// A line gives a reason that is none, or lacks one.
    WrongReason,
    /// A line names another manager than the membership has or gets.
    WrongManager,
    /// Lines are not in order, or one stands twice.
    WrongOrder,
    /// The status does not follow.
    WrongStatus,
    /// The login is let in or refused without cause.
    WrongAccess,
    /// The account changes, or does not, without cause.
    WrongAccount,
    /// The groups are not those that were seen.
    WrongGroups,
    /// A note is missing or says what is not so.
    WrongNote,
    /// What must hold when the plan is applied is not what it says.
    WrongRequirement,
    /// The digest is that of another plan, or of a plan made from something else.
    WrongDigest,
}

impl ViolationCode {
    /// The code as documents spell it, such as `missing-line`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoPlan => "no-plan",
            Self::MissingLine => "missing-line",
            Self::UnjustifiedLine => "unjustified-line",
            Self::WrongReason => "wrong-reason",
            Self::WrongManager => "wrong-manager",
            Self::WrongOrder => "wrong-order",
            Self::WrongStatus => "wrong-status",
            Self::WrongAccess => "wrong-access",
            Self::WrongAccount => "wrong-account",
            Self::WrongGroups => "wrong-groups",
            Self::WrongNote => "wrong-note",
            Self::WrongRequirement => "wrong-requirement",
            Self::WrongDigest => "wrong-digest",
        }
    }
}

impl Violation {
    pub(super) fn new(code: ViolationCode, target: Option<&Target>, message: impl Into<String>) -> Self {
        Self { code, target: target.cloned(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    /// `missing-line at flag:staff: it is to be added`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        if let Some(target) = &self.target {
            write!(f, " at {target}")?;
        }
        write!(f, ": {}", self.message)
    }
}
