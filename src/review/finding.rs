//! What a review finds.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::target::Target;

/// One thing that a review finds, with everybody whom it concerns: `{ "code", "severity", "target"?, "people" }`.
///
/// `Display` says what it is, without naming people; `Debug` hides them too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub code: FindingCode,
    /// Whether it stands in the way of activation.
    pub severity: Severity,
    /// Which target it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Whom it concerns, by the ids that the host gave, in the order of their bytes. Nobody where it is about the config or
    /// the host.
    pub people: Vec<String>,
}

/// Whether a finding stands in the way of activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "it blocks, or it does not")]
pub enum Severity {
    /// It does, unless it is acknowledged.
    Deny,
    /// It does not; an admin should know it.
    Warn,
}

/// What a review may find; in the order in which a review lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingCode {
    /// Fewer eligible holders of a target than must remain would be left, and fewer than there are. Names those who lose
    /// it.
    Lockout,
    /// The acting admin would be refused (without a target), or would lose a privileged target, by replacement too.
    SelfLockout,
    /// No rule grants a target of which holders must remain.
    NoPathToAdmin,
    /// The host hands this target out by itself, so that the mapping cannot become active.
    DefaultTargetsConflict,
    /// People get a privileged target.
    GainsPrivileged,
    /// People lose a privileged target, by removal or replacement, or with their access.
    LosesPrivileged,
    /// People who are active would not be let in any longer.
    LosesAccess,
    /// No rule grants a target of the catalog.
    UncoveredTarget,
    /// People hold a target by this source that the catalog does not list. Nothing takes it away.
    Orphaned,
    /// It is not known in which groups people are, or their login is an error: what the mapping does to them once the
    /// evidence is whole, the review cannot say.
    IncompleteEvidence,
}

impl FindingCode {
    /// All codes, in the order in which a review lists them.
    pub const ALL: [Self; 10] = [
        Self::Lockout,
        Self::SelfLockout,
        Self::NoPathToAdmin,
        Self::DefaultTargetsConflict,
        Self::GainsPrivileged,
        Self::LosesPrivileged,
        Self::LosesAccess,
        Self::UncoveredTarget,
        Self::Orphaned,
        Self::IncompleteEvidence,
    ];

    /// The code as documents spell it, such as `self-lockout`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lockout => "lockout",
            Self::SelfLockout => "self-lockout",
            Self::NoPathToAdmin => "no-path-to-admin",
            Self::DefaultTargetsConflict => "default-targets-conflict",
            Self::GainsPrivileged => "gains-privileged",
            Self::LosesPrivileged => "loses-privileged",
            Self::LosesAccess => "loses-access",
            Self::UncoveredTarget => "uncovered-target",
            Self::Orphaned => "orphaned",
            Self::IncompleteEvidence => "incomplete-evidence",
        }
    }

    /// Whether it stands in the way of activation.
    pub fn severity(self) -> Severity {
        match self {
            Self::Lockout | Self::SelfLockout | Self::NoPathToAdmin | Self::DefaultTargetsConflict => Severity::Deny,
            Self::GainsPrivileged
            | Self::LosesPrivileged
            | Self::LosesAccess
            | Self::UncoveredTarget
            | Self::Orphaned
            | Self::IncompleteEvidence => Severity::Warn,
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Lockout => "too few eligible holders would remain",
            Self::SelfLockout => "the acting admin would lose access or a privileged target",
            Self::NoPathToAdmin => "holders of this target must remain, and no rule grants it",
            Self::DefaultTargetsConflict => {
                "the host hands this target out by itself, which keeps the mapping inactive"
            }
            Self::GainsPrivileged => "people get a privileged target",
            Self::LosesPrivileged => "people lose a privileged target",
            Self::LosesAccess => "people who are active would be refused",
            Self::UncoveredTarget => "no rule grants this target",
            Self::Orphaned => "people hold it by this source, and the catalog does not list it",
            Self::IncompleteEvidence => "it is not known in which groups people are",
        }
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
        })
    }
}

impl Finding {
    pub(crate) fn new(code: FindingCode, target: Option<Target>, people: Vec<String>) -> Self {
        Self { code, severity: code.severity(), target, people }
    }
}

impl fmt::Display for Finding {
    /// ``deny lockout of acme/role:owner: too few eligible holders would remain (2 people)``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.severity, self.code)?;
        if let Some(target) = &self.target {
            write!(f, " of {target}")?;
        }
        write!(f, ": {}", self.code.message())?;
        match self.people.len() {
            0 => Ok(()),
            1 => f.write_str(" (1 person)"),
            count => write!(f, " ({count} people)"),
        }
    }
}

impl fmt::Debug for Finding {
    /// Hides whom it concerns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finding")
            .field("code", &self.code)
            .field("target", &self.target)
            .field("people", &self.people.len())
            .finish_non_exhaustive()
    }
}
