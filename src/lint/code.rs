//! What can be said against a config: codes, each with the severity it has unless the caller says otherwise.

use core::fmt;

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing need be done.
    Info,
    /// Probably not what is meant.
    Warn,
    /// Better not put to use before somebody has looked.
    Deny,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Deny => "deny",
        })
    }
}

/// Declares the codes, in the order of the alphabet.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $word:literal $severity:ident)*) => {
        /// The kinds of findings. Each is explained, with an example, in [the manual](crate::manual::lint).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum LintCode {
            $($(#[$doc])* $variant,)*
        }

        impl LintCode {
            /// Every code, in the order of the alphabet.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as documents spell it, such as `never-matters`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The severity that it has unless the caller says otherwise.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    /// An alternation that reaches further, or less far, than it seems to.
    AlternationConfusion "alternation-confusion" Warn
    /// Whoever a grant matches, a deny of the same target matches too.
    AlwaysDenied "always-denied" Warn
    /// A condition is true of everybody without saying so.
    AlwaysTrue "always-true" Warn
    /// Accounts are joined by an address that nobody has verified.
    AnyEmailLink "any-email-link" Warn
    /// A pattern that matches everything, or every ordinary word.
    BroadPattern "broad-pattern" Warn
    /// A rule that costs something at every login.
    CostsEveryLogin "costs-every-login" Info
    /// A slot's default that nobody can get.
    DefaultNeverUsed "default-never-used" Warn
    /// A name that holds the delimiter at which names are split.
    DelimiterInName "delimiter-in-name" Warn
    /// A deny of what nothing grants.
    DenyWithoutGrant "deny-without-grant" Info
    /// A rule that is switched off.
    DisabledRule "disabled-rule" Info
    /// Two rules with the same condition and the same effect.
    DuplicateRule "duplicate-rule" Warn
    /// A grant to people for what they are not in.
    GrantThroughNot "grant-through-not" Warn
    /// A name that is shaped like an object id.
    GuidAsName "guid-as-name" Warn
    /// An object id without a word for people on what it is.
    IdWithoutLabel "id-without-label" Info
    /// A pattern that matches one value.
    LiteralPattern "literal-pattern" Info
    /// Two names in rules that differ in case or outer blanks alone.
    LookAlikeNames "look-alike-names" Warn
    /// A rule that changes no verdict, since others say the same.
    NeverMatters "never-matters" Warn
    /// A condition that is true of nobody.
    NeverTrue "never-true" Warn
    /// A rule for a target of a slot that loses to another target whenever it is true.
    NeverWins "never-wins" Warn
    /// A protected target that no rule grants.
    NoPathToAdmin "no-path-to-admin" Deny
    /// A question that is too large to be answered.
    NotDecided "not-decided" Info
    /// A name with characters that are hard to see.
    OddSpelling "odd-spelling" Warn
    /// A protected target that one group alone leads to.
    OnePathToAdmin "one-path-to-admin" Info
    /// A pattern on distinguished names as they are spelled.
    PatternOnDn "pattern-on-dn" Warn
    /// A privileged target that a claim grants which people may set themselves.
    PrivilegedByClaim "privileged-by-claim" Warn
    /// A privileged target that a name grants where ids are to be had.
    PrivilegedByName "privileged-by-name" Warn
    /// A privileged target that a pattern grants.
    PrivilegedByPattern "privileged-by-pattern" Warn
    /// A template that no target of the catalog can come of.
    TemplateReachesNothing "template-reaches-nothing" Warn
    /// A target that no rule and no setting grants.
    UncoveredTarget "uncovered-target" Info
    /// A dot that matches any character in what looks like a literal.
    UnescapedDot "unescaped-dot" Warn
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spelled_as_serialised() {
        for code in LintCode::ALL {
            assert_eq!(serde_json::to_string(code).ok(), Some(alloc::format!("\"{code}\"")));
        }
    }
}
