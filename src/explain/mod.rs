//! Why a plan is what it is: for each target what the rules said, who won its slot, what happened and what held it back.
//!
//! An explanation is read off the judgement that the plan was made from, never judged anew.

mod account;
mod answer;
mod display;
mod slot;
mod target;

pub(crate) use self::account::sentence;
pub(crate) use self::answer::{judgement, of_draft, shown};
pub(crate) use self::target::Explainer;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Choose, Selector};
use crate::identity::{Completeness, UnreadReason};
use crate::plan::{Access, AccountChange, Note, Setting, Status, WithheldChange, WithheldCode};
use crate::rules::Truth;
use crate::snapshot::AccountStatus;
use crate::target::Target;

/// Why a plan is what it is.
///
/// Made by [`Engine::explain`](crate::Engine::explain). It names every rule that is true for a target, and no other as
/// one that is: the plan's verdicts follow from what stands here. Targets are in target order, rules in the order of their
/// ids.
///
/// `Display` prints it for a ticket. Subject, address and the values of attributes are in it only after
/// [`Explanation::with_personal_data`]. Group names that matched are in it, escaped; `Debug` hides them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Explanation {
    /// Whether the plan is whole.
    pub status: Status,
    /// Whether the login is let in.
    pub access: Access,
    /// What becomes of the account, and why.
    pub account: AccountExplained,
    /// What was known of the person's groups.
    pub groups: GroupsExplained,
    /// The other claims that rules ask for, and whether they are there.
    pub attributes: Vec<AttributeExplained>,
    /// Every target that a rule speaks for, that is held, or that is not known to be denied.
    pub targets: Vec<TargetExplained>,
    /// What an operator should know.
    pub notes: Vec<Note>,
    /// Who it is about; only after [`Explanation::with_personal_data`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonExplained>,
}

/// What is known of a rule or a target: in three values, since missing evidence is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there are three truth values")]
pub enum Verdict {
    /// Certainly not.
    False,
    /// The evidence does not say.
    Unknown,
    /// Certainly.
    True,
}

/// What becomes of the account, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountExplained {
    /// What it was.
    pub before: AccountStatus,
    /// What becomes of it.
    pub change: AccountChange,
    /// Why.
    pub because: AccountReason,
    /// The setting that decides it, or that would change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
}

/// Why an account becomes what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AccountReason {
    /// Nothing is granted, and `unmatched` admits all the same.
    Admitted,
    /// A deny rule took what was granted, or perhaps did, and nothing is left.
    Denied,
    /// The person is left alone.
    Exempt,
    /// Something is granted.
    Granted,
    /// The mapping is not active.
    Inactive,
    /// Something is granted, and a local account may be this person's.
    LinkNeeded,
    /// Access would have ended, and a safeguard prevents it.
    Protected,
    /// Something is granted, and new accounts are not made.
    ProvisioningDisabled,
    /// Something is granted, and accounts are not switched on again.
    ReactivationDisabled,
    /// Nothing is granted for certain, and something may be.
    Undecided,
    /// Nothing is granted.
    Unmatched,
    /// No rule grants anything, and `unmatched.grant` does.
    UnmatchedGrant,
}

/// What was known of a person's groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GroupsExplained {
    /// How far the groups that were seen are all there are.
    pub completeness: Completeness,
    /// How many distinct groups could be read.
    pub count: u64,
    /// What could not be read, by reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadExplained>,
}

/// Elements of the groups claims that cannot be read for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UnreadExplained {
    /// Why.
    pub reason: UnreadReason,
    /// How many different ones.
    pub count: u64,
}

/// A claim beside the groups that some rule asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AttributeExplained {
    /// Which.
    pub name: Selector,
    /// Whether it is there; unknown where a missing one is no evidence.
    pub present: Verdict,
}

/// Why one target is what it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TargetExplained {
    /// Which.
    pub target: Target,
    /// What the rules say in the end: granted and not denied.
    pub verdict: Verdict,
    /// Whether some rule or setting grants it.
    pub allow: Verdict,
    /// Whether some rule denies it.
    pub deny: Verdict,
    /// The rules that grant it, true ones first, each with what matched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub granted_by: Vec<RuleWord>,
    /// The rules that deny it, or its organization.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied_by: Vec<RuleWord>,
    /// The settings that grant it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// Of an organization itself: the targets in it that are granted, or may be, and so imply it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implied_by: Vec<Target>,
    /// How many more undecided rules, or targets that imply it, are not listed: of those only the first 16 are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unlisted: u64,
    /// What became of it in its slot, if it stands in one and something speaks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotExplained>,
    /// Whether it is held, and whose membership it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldExplained>,
    /// What happens.
    pub happens: Happening,
    /// The other target of a replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Target>,
    /// What would have happened, and why it does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<WithheldExplained>,
}

/// One rule's word on a target.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RuleWord {
    /// Its id.
    pub rule: String,
    /// Its place in the config, such as `rules[3]`.
    pub path: String,
    /// Whether it is true, or undecided. A rule that is false is not listed.
    pub truth: Verdict,
    /// The first group, in order, that met it; escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What the rule's author calls that group, where only its id is known; escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The first attribute of the rule whose test is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<Selector>,
    /// Whether it denies the organization as a whole.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub whole_organization: bool,
}

/// What became of a target in its slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SlotExplained {
    /// Who wins there when rules grant several.
    pub choose: Choose,
    /// How it went.
    pub result: SlotResult,
    /// What settled it, where two certain candidates were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<WonBy>,
    /// What this target weighs on the slot's scale, if anything: its rank, or the best priority or specificity of its
    /// true rules; for a target that is undecided, of the rules that are not false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// The target that it won over, lost to or waits for, with the weight of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Target>,
    /// What the other weighs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_weight: Option<i64>,
}

/// How a target fared in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SlotResult {
    /// It is the only one that is granted, and nothing undecided could beat it.
    Alone,
    /// Several are granted and none may be preferred.
    Ambiguous,
    /// Nothing else is granted, and it is the slot's default.
    Default,
    /// Another one won.
    Lost,
    /// It is not granted, and neither is any other of the slot.
    Open,
    /// It could beat the winner, and that is undecided: whether it is granted, or by which rule.
    Rival,
    /// It is the best of those that are granted, and an undecided one could beat it.
    Undecided,
    /// It won over another one.
    Won,
}

/// What settled a contest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WonBy {
    /// The earlier in target order, all else being equal.
    Order,
    /// The higher priority of its rules.
    Priority,
    /// The higher rank.
    Rank,
    /// The more specific condition of its rules.
    Specificity,
}

/// Whose a membership is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HeldExplained {
    /// The source that gave it; nothing where it was given by hand.
    #[serde(default)]
    pub managed_by: Option<String>,
    /// Whether this mapping may take it away.
    pub removable: bool,
}

/// What happens to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Happening {
    /// It is given.
    Add,
    /// It is held and stays, because of a rule or because it is not known that it should go.
    Keep,
    /// It is held and goes, to make room for the other one.
    MakeRoom,
    /// Nothing: it is not held, and not given.
    Nothing,
    /// It is held and goes.
    Remove,
    /// It is given in place of the other one.
    Replace,
    /// It is held, no rule wants it, and it stays all the same: it is not this mapping's to take, or a safeguard keeps
    /// it.
    Untouched,
}

/// What would have happened to a target, and why it does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WithheldExplained {
    /// What would have happened.
    pub change: WithheldChange,
    /// Why it does not.
    pub code: WithheldCode,
    /// How many eligible holders the target has, where that is why and the host says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holders: Option<u64>,
    /// How many must remain (`keep_at_least`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_at_least: Option<u64>,
    /// What is held and stands in the way, where that is why: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Target>,
}

/// Who an explanation is about.
///
/// `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PersonExplained {
    /// The issuer of the claims; escaped, as everything here.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The subject.
    pub subject: String,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the provider says that it is verified.
    pub email_verified: bool,
    /// The values of the attributes that rules ask for, each as JSON.
    pub attributes: Vec<(Selector, Vec<String>)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl From<Truth> for Verdict {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::False => Self::False,
            Truth::Unknown => Self::Unknown,
            Truth::True => Self::True,
        }
    }
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("status", &self.status)
            .field("account", &self.account)
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TargetExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TargetExplained")
            .field("target", &self.target)
            .field("verdict", &self.verdict)
            .field("granted_by", &self.granted_by)
            .field("denied_by", &self.denied_by)
            .field("happens", &self.happens)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RuleWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleWord").field("rule", &self.rule).field("truth", &self.truth).finish_non_exhaustive()
    }
}

impl fmt::Debug for PersonExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonExplained").finish_non_exhaustive()
    }
}
