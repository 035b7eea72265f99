//! The plan: what a host is to change for one person, why, and what must still hold when it does.

mod display;
mod note;
mod reason;
mod seal;

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

pub use self::note::{Note, NoteCode};
pub(crate) use self::note::{evidence_codes, evidence_notes};
pub use self::reason::{Reason, Setting};
pub(crate) use self::seal::{Inputs, Seal};
use crate::identity::Completeness;
use crate::target::Target;

/// What a host is to change for one person.
///
/// No target stands in two operations; nothing is added that is held; nothing is removed that the mapping may not take
/// away; and planning again after applying a plan gives an empty one, if nothing else has changed and the host counts the
/// person among the holders in any case. All lists are in target order, removals reversed. [`Plan::changes`] gives the
/// operations in an order of which every prefix is safe. How to apply a plan is in [the manual](crate::manual::applying).
///
/// `Display` prints a plan for people; `Debug` hides group names.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Plan {
    /// Whether the plan is whole.
    pub status: Status,
    /// Whether the login is let in.
    pub access: Access,
    /// What becomes of the account.
    pub account: AccountChange,
    /// What was known of the person's groups.
    pub groups: GroupsSeen,
    /// What the person gets.
    pub add: Vec<Addition>,
    /// What the person gets in place of something else, where they may hold only one.
    pub replace: Vec<Replacement>,
    /// What the person holds and keeps because of a rule, or because nothing certain speaks against it.
    pub keep: Vec<Kept>,
    /// What the person loses.
    pub remove: Vec<Removal>,
    /// What would have changed, and why it does not.
    pub withheld: Vec<Withheld>,
    /// What an operator should know.
    pub notes: Vec<Note>,
    /// What must still hold at the moment in which the plan is applied.
    pub requires: Requires,
    /// SHA-256, in hex, over everything that the plan was made from and everything in it.
    #[cfg_attr(feature = "schema", schemars(rename = "digest", with = "String", extend("pattern" = "^[0-9a-f]{64}$")))]
    pub(crate) seal: Seal,
}

/// Whether a plan is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// Everything that the rules want is in it.
    Ready,
    /// Something was held back; the rest is in it.
    Withheld,
    /// The mapping is not active: nothing changes.
    Inactive,
    /// The person is left alone: nothing changes.
    Exempt,
    /// The login is refused.
    Refused,
}

/// Whether a login is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no third answer at a door")]
pub enum Access {
    /// It is.
    Granted,
    /// It is not.
    Refused,
}

/// What becomes of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a host must carry out each of them; a new one is to break its build")]
pub enum AccountChange {
    /// It stays as it is.
    None,
    /// A new one is made, together with everything in `add`.
    Provision,
    /// The local account named as the candidate becomes the identity's.
    Link,
    /// It is switched on.
    Reactivate,
    /// It is switched off.
    Deactivate,
}

/// What was known of a person's groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GroupsSeen {
    /// How far the groups that were seen are all there are.
    pub completeness: Completeness,
    /// How many distinct groups could be read.
    pub count: u64,
}

/// A target that the person gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Addition {
    /// What.
    pub target: Target,
    /// Whose membership it becomes: the source's, or nobody's for `accounts.new_grant`.
    #[serde(default)]
    pub managed_by: Option<String>,
    /// Why.
    pub because: Vec<Reason>,
}

/// A target that the person gets in place of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Replacement {
    /// What.
    pub target: Target,
    /// What goes in the same operation.
    pub replaces: Target,
    /// Whose membership it becomes: the source's.
    #[serde(default)]
    pub managed_by: Option<String>,
    /// Why.
    pub because: Vec<Reason>,
}

/// A target that the person holds and keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Kept {
    /// What.
    pub target: Target,
    /// Why; nothing where it only is not known that it should go.
    pub because: Vec<Reason>,
}

/// A target that the person loses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Removal {
    /// What.
    pub target: Target,
    /// Whose membership it was: the source's, or nobody's for one that was given by hand (`authority = "exclusive"`).
    #[serde(default)]
    pub managed_by: Option<String>,
    /// The rules that deny it; nothing where it goes because no rule grants it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

/// Something that would have changed, and why it does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Withheld {
    /// What would have happened.
    pub change: WithheldChange,
    /// Which target; for `deactivate` and `refuse` the one that the person must not lose. Nothing where it is the account
    /// as a whole that is spared, as with `mass-removal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Why it does not.
    pub code: WithheldCode,
}

/// What would have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WithheldChange {
    /// The target would have been given.
    Add,
    /// The account would have been switched off.
    Deactivate,
    /// The login would have been refused.
    Refuse,
    /// The target would have been taken away.
    Remove,
    /// The target would have made room for another.
    Replace,
}

/// Why something was held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WithheldCode {
    /// The host did not say how many eligible holders the target has.
    HoldersUnknown,
    /// A target in the organization is still held.
    InUse,
    /// Too few eligible holders would remain.
    LastHolder,
    /// The plans of one batch would take away too much together.
    MassRemoval,
    /// The person holds another target of the slot that cannot go.
    SlotHeld,
    /// The evidence does not say.
    Undecided,
}

/// What must still hold at the moment in which a plan is applied; a host checks it in the same transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Requires {
    /// The snapshot's revision: a person who has changed since is planned again.
    #[serde(default)]
    pub revision: Option<String>,
    /// For each protected target that is taken away, the eligible holders that must exist.
    #[serde(default)]
    pub holders: Vec<HoldersRequired>,
}

/// How many eligible holders a target must have before the plan is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HoldersRequired {
    /// What is held.
    pub target: Target,
    /// By at least this many, the person included.
    pub at_least: u64,
}

/// One operation of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a host must carry out each of them; a new one is to break its build")]
pub enum Change<'p> {
    /// Make an account that holds these from the start, in one step.
    Provision(&'p [Addition]),
    /// Join the local account named as the candidate to the identity.
    Link,
    /// Switch the account on.
    Reactivate,
    /// Give a target.
    Add(&'p Addition),
    /// Give a target and take another, in one step.
    Replace(&'p Replacement),
    /// Take a target.
    Remove(&'p Removal),
    /// Switch the account off.
    Deactivate,
}

impl Plan {
    /// The operations in the order in which they are to be applied: provision, link or reactivate; adds; replacements;
    /// removals; deactivate. Whatever prefix of them a host gets to apply, nobody is locked out.
    pub fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let first = match self.account {
            AccountChange::Provision => Some(Change::Provision(&self.add)),
            AccountChange::Link => Some(Change::Link),
            AccountChange::Reactivate => Some(Change::Reactivate),
            AccountChange::None | AccountChange::Deactivate => None,
        };
        let apart: &[Addition] = if self.account == AccountChange::Provision { &[] } else { &self.add };
        let last = (self.account == AccountChange::Deactivate).then_some(Change::Deactivate);
        first
            .into_iter()
            .chain(apart.iter().map(Change::Add))
            .chain(self.replace.iter().map(Change::Replace))
            .chain(self.remove.iter().map(Change::Remove))
            .chain(last)
    }

    /// Whether there is no operation to carry out. A plan without one may still refuse the login, and then
    /// [`Plan::requires`] counts all the same: two owners who are refused at once are two owners fewer.
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// SHA-256, in hex, over the canonical bytes of config, evidence, snapshot and everything else in the plan: equal
    /// digests are equal plans from equal inputs. It is made anew at each call. A plan that was read from a document
    /// gives the digest that stood there.
    pub fn digest(&self) -> String {
        self.seal.digest(self)
    }
}

impl PartialEq for Plan {
    /// Plans are equal if they say the same and were made from the same, that is, have the same digest.
    fn eq(&self, other: &Self) -> bool {
        let Self { status, access, account, groups, add, replace, keep, remove, withheld, notes, requires, seal: _ } =
            self;
        (status, access, account, groups) == (&other.status, &other.access, &other.account, &other.groups)
            && (add, replace, keep, remove) == (&other.add, &other.replace, &other.keep, &other.remove)
            && (withheld, notes, requires) == (&other.withheld, &other.notes, &other.requires)
            && self.digest() == other.digest()
    }
}

impl PartialOrd for Withheld {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Withheld {
    /// By target, none first, then code, then change.
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.target, self.code, self.change).cmp(&(&other.target, other.code, other.change))
    }
}

/// The document of a plan; the digest is made when it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanShape {
    status: Status,
    access: Access,
    account: AccountChange,
    groups: GroupsSeen,
    add: Vec<Addition>,
    replace: Vec<Replacement>,
    keep: Vec<Kept>,
    remove: Vec<Removal>,
    withheld: Vec<Withheld>,
    notes: Vec<Note>,
    requires: Requires,
    digest: String,
}

impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shape = PlanShape::deserialize(deserializer)?;
        let PlanShape {
            status,
            access,
            account,
            groups,
            add,
            replace,
            keep,
            remove,
            withheld,
            notes,
            requires,
            digest,
        } = shape;
        let seal = Seal::stated(digest).ok_or_else(|| D::Error::custom("`digest` is 64 hexadecimal digits"))?;
        Ok(Self { status, access, account, groups, add, replace, keep, remove, withheld, notes, requires, seal })
    }
}

/// A plan as a document, without the digest or with it.
#[derive(Serialize)]
pub(crate) struct PlanRecord<'p> {
    status: Status,
    access: Access,
    account: AccountChange,
    groups: GroupsSeen,
    add: &'p [Addition],
    replace: &'p [Replacement],
    keep: &'p [Kept],
    remove: &'p [Removal],
    withheld: &'p [Withheld],
    notes: &'p [Note],
    requires: &'p Requires,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl Plan {
    pub(crate) fn record(&self, digest: Option<String>) -> PlanRecord<'_> {
        PlanRecord {
            status: self.status,
            access: self.access,
            account: self.account,
            groups: self.groups,
            add: &self.add,
            replace: &self.replace,
            keep: &self.keep,
            remove: &self.remove,
            withheld: &self.withheld,
            notes: &self.notes,
            requires: &self.requires,
            digest,
        }
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record(Some(self.digest())).serialize(serializer)
    }
}
