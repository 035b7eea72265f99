//! Which rules cost something at every login.

use core::fmt;

use crate::text::Escaped;

/// A rule that costs something at every login, whoever logs in. All others cost something only where a group or another
/// claim could meet them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleCost<'a> {
    /// Its id.
    pub rule: &'a str,
    /// Why.
    pub why: Cost,
}

/// Why a rule costs something at every login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Cost {
    /// It could be true of people in no group that it names, as with `everyone`, a `not` by itself or a test of whether
    /// a claim is there; so that it is judged for everybody.
    FitsStrangers,
    /// Its pattern has a literal text only in its middle: every group is searched for it, once for all such patterns.
    LiteralWithin,
    /// Its pattern has no literal text: every group is run through an automaton, once for all such patterns.
    NoLiteral,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FitsStrangers => {
                "it could be true of people in no group that it names, so that it is judged for everybody"
            }
            Self::LiteralWithin => {
                "its pattern has no fixed text at its start or end, so that every group is searched for one within"
            }
            Self::NoLiteral => "its pattern holds no fixed text, so that every group is run through an automaton",
        })
    }
}

impl fmt::Display for RuleCost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}`: {}", Escaped(self.rule), self.why)
    }
}
