//! Previews: what plans come to over a population, in numbers that can be added up.

mod tally;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

pub use self::tally::Tally;
pub(crate) use self::tally::{Sums, lost_with_access, may_lose_access};
use crate::plan::{WithheldChange, WithheldCode};
use crate::target::Target;

/// What the plans for some people come to, in numbers: how many people, and how often what.
///
/// It names nobody, so that its size depends on the config and not on how many people there are; a
/// [`Review`](crate::Review) names people. Two previews of different people under one config are added with
/// [`Preview::merge`], in any order and grouping, and the empty preview changes nothing: a fold over a directory can be
/// split in any way, also across processes, since a preview is serde data. Sums stop at `u64::MAX`.
///
/// A [`Tally`] makes one. All lists are in order and hold no zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Preview {
    /// How many people were looked at, those without a plan included.
    pub people: u64,
    /// Those without a plan, by the code of the [`Error`](crate::Error).
    #[serde(default)]
    pub errors: Vec<CodeCount>,
    /// Plans by status.
    #[serde(default)]
    pub statuses: StatusCounts,
    /// Plans by what becomes of the account.
    #[serde(default)]
    pub accounts: AccountCounts,
    /// People with an active account that is not exempt who are not let in any longer: refused, deactivated, or without a
    /// plan, which is a refusal too.
    #[serde(default)]
    pub losing_access: u64,
    /// Privileged targets that people get, by addition or replacement.
    #[serde(default)]
    pub gaining_privileged: Vec<TargetCount>,
    /// Privileged targets that people lose: by removal or replacement, or with their access.
    #[serde(default)]
    pub losing_privileged: Vec<TargetCount>,
    /// Additions.
    #[serde(default)]
    pub add: Vec<TargetCount>,
    /// Replacements.
    #[serde(default)]
    pub replace: Vec<ReplacementCount>,
    /// Removals.
    #[serde(default)]
    pub remove: Vec<TargetCount>,
    /// What is held back.
    #[serde(default)]
    pub withheld: Vec<WithheldCount>,
    /// Notes, by code.
    #[serde(default)]
    pub notes: Vec<CodeCount>,
}

/// How many plans have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct StatusCounts {
    /// Whole plans.
    pub ready: u64,
    /// Plans of which something is held back.
    pub withheld: u64,
    /// Plans of a mapping that is not active.
    pub inactive: u64,
    /// Plans for exempt people.
    pub exempt: u64,
    /// Refusals.
    pub refused: u64,
}

/// How many accounts are changed in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AccountCounts {
    /// Made.
    pub provision: u64,
    /// Joined to the identity.
    pub link: u64,
    /// Switched on.
    pub reactivate: u64,
    /// Switched off.
    pub deactivate: u64,
}

/// How often something stands for a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TargetCount {
    /// The target.
    pub target: Target,
    /// How often.
    pub count: u64,
}

/// How often one target comes in place of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReplacementCount {
    /// What comes.
    pub target: Target,
    /// What goes.
    pub replaces: Target,
    /// How often.
    pub count: u64,
}

/// How often something is held back; see [`Withheld`](crate::Withheld).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WithheldCount {
    /// Which target, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Why.
    pub code: WithheldCode,
    /// What would have happened.
    pub change: WithheldChange,
    /// How often.
    pub count: u64,
}

/// How often a code stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CodeCount {
    /// The code, such as `groups-absent`.
    pub code: String,
    /// How often.
    pub count: u64,
}

impl Preview {
    /// The preview of the people of both.
    ///
    /// ```
    /// use groupmap::Preview;
    ///
    /// let parts: Vec<Preview> = serde_json::from_str(r#"[{ "people": 3 }, { "people": 4 }]"#)?;
    /// let whole = parts.into_iter().fold(Preview::default(), Preview::merge);
    /// assert_eq!(whole.people, 7);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            people: self.people.saturating_add(other.people),
            errors: merged(self.errors, other.errors),
            statuses: self.statuses.merge(other.statuses),
            accounts: self.accounts.merge(other.accounts),
            losing_access: self.losing_access.saturating_add(other.losing_access),
            gaining_privileged: merged(self.gaining_privileged, other.gaining_privileged),
            losing_privileged: merged(self.losing_privileged, other.losing_privileged),
            add: merged(self.add, other.add),
            replace: merged(self.replace, other.replace),
            remove: merged(self.remove, other.remove),
            withheld: merged(self.withheld, other.withheld),
            notes: merged(self.notes, other.notes),
        }
    }
}

impl StatusCounts {
    fn merge(self, other: Self) -> Self {
        Self {
            ready: self.ready.saturating_add(other.ready),
            withheld: self.withheld.saturating_add(other.withheld),
            inactive: self.inactive.saturating_add(other.inactive),
            exempt: self.exempt.saturating_add(other.exempt),
            refused: self.refused.saturating_add(other.refused),
        }
    }
}

impl AccountCounts {
    fn merge(self, other: Self) -> Self {
        Self {
            provision: self.provision.saturating_add(other.provision),
            link: self.link.saturating_add(other.link),
            reactivate: self.reactivate.saturating_add(other.reactivate),
            deactivate: self.deactivate.saturating_add(other.deactivate),
        }
    }
}

/// A line that counts something. INVARIANT: the order of lines goes by what they count, and then by how often.
trait Line: Ord {
    fn counts_the_same(&self, other: &Self) -> bool;
    fn count(&mut self) -> &mut u64;
}

macro_rules! lines {
    ($($line:ident by $($key:ident)*;)*) => {$(
        impl Line for $line {
            fn counts_the_same(&self, other: &Self) -> bool {
                $(self.$key == other.$key)&&*
            }

            fn count(&mut self) -> &mut u64 {
                &mut self.count
            }
        }
    )*};
}

lines! {
    TargetCount by target;
    ReplacementCount by target replaces;
    WithheldCount by target code change;
    CodeCount by code;
}

/// Both lists as one, whatever order they are in and however often they name one thing.
fn merged<L: Line>(mut lines: Vec<L>, others: Vec<L>) -> Vec<L> {
    lines.extend(others);
    lines.sort_unstable();
    lines.dedup_by(|next, line| {
        let same = line.counts_the_same(next);
        if same {
            *line.count() = line.count().saturating_add(*next.count());
        }
        same
    });
    lines.retain_mut(|line| *line.count() > 0);
    lines
}
