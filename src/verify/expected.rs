//! The lines that a plan must have, target by target, with the safeguards.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::account::{Fate, Judged};
use super::bounds::Bounds;
use super::verdicts::is_inside;
use crate::config::{Authority, Config};
use crate::plan::{Access, AccountChange, Status, WithheldChange, WithheldCode};
use crate::snapshot::{AccountStatus, Snapshot};
use crate::target::Target;

/// What a plan must say.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) status: Status,
    pub(super) access: Access,
    pub(super) account: AccountChange,
    pub(super) add: BTreeSet<&'a Target>,
    /// Those of the additions that `accounts.new_grant` makes.
    pub(super) given: BTreeSet<&'a Target>,
    /// The new targets with the old.
    pub(super) replace: BTreeMap<&'a Target, &'a Target>,
    pub(super) keep: BTreeSet<&'a Target>,
    pub(super) remove: BTreeSet<&'a Target>,
    pub(super) withheld: BTreeSet<(Option<&'a Target>, WithheldCode, WithheldChange)>,
    /// The protected targets that are taken away, with the holders that must exist.
    pub(super) requires: BTreeMap<&'a Target, u64>,
}

/// The config and the snapshot, and what is held.
#[derive(Clone, Copy)]
struct Ground<'a> {
    config: &'a Config,
    snapshot: &'a Snapshot,
}

impl<'a> Expected<'a> {
    /// A plan that changes nothing.
    pub(super) fn nothing(status: Status, snapshot: &Snapshot) -> Self {
        let is_let_in = status != Status::Refused && snapshot.account.status == AccountStatus::Active;
        Self {
            status,
            access: if is_let_in { Access::Granted } else { Access::Refused },
            account: AccountChange::None,
            add: BTreeSet::new(),
            given: BTreeSet::new(),
            replace: BTreeMap::new(),
            keep: BTreeSet::new(),
            remove: BTreeSet::new(),
            withheld: BTreeSet::new(),
            requires: BTreeMap::new(),
        }
    }

    pub(super) fn of(config: &'a Config, snapshot: &'a Snapshot, judged: &Judged<'a>) -> Self {
        let ground = Ground { config, snapshot };
        let mut expected = Self::nothing(Status::Ready, snapshot);
        if let Fate::Stranger(_) = judged.fate {
            return Self::nothing(Status::Refused, snapshot);
        }
        let mut leaving = BTreeSet::new();
        let mut coming = BTreeSet::new();
        for (target, state) in &judged.wanted.states {
            let is_held = ground.holds(target);
            if is_held && state.possible {
                expected.keep.insert(target);
                if state.is_open() && ground.is_removable(target, judged) {
                    expected.withheld.insert((Some(target), WithheldCode::Undecided, WithheldChange::Remove));
                }
            } else if is_held && ground.is_removable(target, judged) {
                leaving.insert(*target);
            } else if !is_held && state.certain {
                coming.insert(*target);
            } else if !is_held && state.possible && judged.verdicts.get(target).is_some_and(|v| v.allow.certain) {
                expected.withheld.insert((Some(target), WithheldCode::Undecided, WithheldChange::Add));
            }
        }
        let waiting = judged.wanted.waiting.iter();
        expected.withheld.extend(waiting.map(|target| (Some(*target), WithheldCode::Undecided, WithheldChange::Add)));
        for target in coming {
            expected.place(target, &mut leaving, ground);
        }
        if judged.fate == Fate::In(AccountChange::Provision) {
            expected.give(judged, ground);
        }
        let (organizations, others): (Vec<&Target>, Vec<&Target>) =
            leaving.into_iter().partition(|target| target.is_organization());
        for target in others {
            expected.take(target, ground);
        }
        for organization in organizations {
            if expected.is_in_use(organization, ground) {
                expected.withheld.insert((Some(organization), WithheldCode::InUse, WithheldChange::Remove));
            } else {
                expected.take(organization, ground);
            }
        }
        expected.conclude(judged, ground);
        expected
    }

    /// What is left of the plan in a batch that takes away too much: nothing goes, and nobody is shut out.
    pub(super) fn without_removals(mut self, snapshot: &Snapshot) -> Self {
        let code = WithheldCode::MassRemoval;
        let shut_out = match (self.access, self.account) {
            (_, AccountChange::Deactivate) => Some(WithheldChange::Deactivate),
            (Access::Refused, _) if snapshot.account.status == AccountStatus::Active => Some(WithheldChange::Refuse),
            _ => None,
        };
        if let Some(change) = shut_out {
            self.withheld.insert((None, code, change));
            (self.access, self.account) = (Access::Granted, AccountChange::None);
        }
        for target in core::mem::take(&mut self.remove) {
            self.withheld.insert((Some(target), code, WithheldChange::Remove));
        }
        for (new, old) in core::mem::take(&mut self.replace) {
            self.withheld.insert((Some(old), code, WithheldChange::Replace));
            self.withheld.insert((Some(new), WithheldCode::SlotHeld, WithheldChange::Add));
        }
        self.requires.clear();
        if self.status == Status::Ready || shut_out.is_some() {
            self.status = if self.withheld.is_empty() { Status::Ready } else { Status::Withheld };
        }
        self
    }

    /// Lets something come: into an empty place, or in place of what leaves.
    fn place(&mut self, new: &'a Target, leaving: &mut BTreeSet<&'a Target>, ground: Ground<'a>) {
        let holders = ground.beside(new);
        let Some(first) = holders.first().copied() else {
            self.add.insert(new);
            return;
        };
        let all_leave = holders.iter().all(|holder| leaving.contains(holder));
        if all_leave && holders.iter().all(|holder| ground.needs(holder).is_none()) {
            self.replace.insert(new, first);
            leaving.remove(first);
            self.require(first, ground);
            return;
        }
        self.withheld.insert((Some(new), WithheldCode::SlotHeld, WithheldChange::Add));
        if let (true, Some(code)) = (all_leave, ground.needs(first)) {
            self.withheld.insert((Some(first), code, WithheldChange::Replace));
            leaving.remove(first);
        }
    }

    /// Takes something away, unless too few would be left with it.
    fn take(&mut self, target: &'a Target, ground: Ground<'a>) {
        if let Some(code) = ground.needs(target) {
            self.withheld.insert((Some(target), code, WithheldChange::Remove));
        } else {
            self.remove.insert(target);
            self.require(target, ground);
        }
    }

    fn require(&mut self, target: &'a Target, ground: Ground<'a>) {
        if let Some(least) = ground.least(target) {
            self.requires.insert(target, least.saturating_add(1));
        }
    }

    /// Whether anything in an organization stays or comes.
    fn is_in_use(&self, organization: &Target, ground: Ground<'a>) -> bool {
        let goes = |target: &Target| self.remove.contains(target) || self.replace.values().any(|old| *old == target);
        let stays = ground.held().any(|target| is_inside(target, organization) && !goes(target));
        stays || self.add.iter().chain(self.replace.keys()).any(|target| is_inside(target, organization))
    }

    /// What becomes of the account.
    fn conclude(&mut self, judged: &Judged<'a>, ground: Ground<'a>) {
        match judged.fate {
            Fate::In(change) => {
                self.access = Access::Granted;
                self.account = change;
            }
            Fate::Out(change) => self.expel(change, ground),
            Fate::Stranger(_) => {}
        }
        self.status = match self.access {
            Access::Refused if self.account == AccountChange::None => Status::Refused,
            _ if self.withheld.is_empty() => Status::Ready,
            _ => Status::Withheld,
        };
    }

    /// What a new account is given once.
    fn give(&mut self, judged: &Judged<'a>, ground: Ground<'a>) {
        for target in &ground.config.accounts.new_grant {
            let deny = judged.verdicts.get(target).map_or(Bounds::NO, |verdict| verdict.deny);
            if ground.holds(target) || self.add.contains(target) || deny.certain {
                continue;
            }
            if deny.possible {
                self.withheld.insert((Some(target), WithheldCode::Undecided, WithheldChange::Add));
            } else {
                self.given.insert(target);
            }
        }
        self.add.extend(&self.given);
    }

    /// Refuses or deactivates, unless that would leave too few with something.
    fn expel(&mut self, change: WithheldChange, ground: Ground<'a>) {
        let mut needed =
            ground.held().filter_map(|target| Some((Some(target), ground.needs(target)?, change))).peekable();
        if needed.peek().is_some() {
            self.withheld.extend(needed);
            self.access = Access::Granted;
            return;
        }
        self.access = Access::Refused;
        if change == WithheldChange::Deactivate {
            self.account = AccountChange::Deactivate;
        }
        ground.held().for_each(|target| self.require(target, ground));
    }
}

impl<'a> Ground<'a> {
    fn held(self) -> impl Iterator<Item = &'a Target> {
        self.snapshot.memberships.iter().map(|held| &held.target)
    }

    fn holds(self, target: &Target) -> bool {
        self.held().any(|held| held == target)
    }

    /// What is held in the slot of a target, in order; nothing where its kind has none.
    fn beside(self, target: &Target) -> Vec<&'a Target> {
        let is_slotted = self.config.slots.iter().any(|slot| slot.kind == target.kind().as_str());
        let place = |target: &'a Target| (target.organization_name(), target.kind());
        let same = |held: &&'a Target| is_slotted && place(held) == (target.organization_name(), target.kind());
        let mut beside: Vec<&Target> = self.held().filter(same).collect();
        beside.sort();
        beside
    }

    /// Whether the mapping may take away what is held.
    fn is_removable(self, target: &Target, judged: &Judged<'_>) -> bool {
        let membership = self.snapshot.memberships.iter().find(|held| held.target == *target);
        let manager = membership.and_then(|held| held.managed_by.as_deref());
        let is_denied = judged.verdicts.get(target).is_some_and(|verdict| verdict.deny.certain);
        let was_given_once = self.config.accounts.new_grant.contains(target) && !is_denied;
        match (self.config.authority, manager) {
            (Authority::Additive, _) | (Authority::Managed, None) => false,
            (_, Some(manager)) => manager == self.config.source.id,
            (Authority::Exclusive, None) => !was_given_once,
        }
    }

    /// How many must keep a target.
    fn least(self, target: &Target) -> Option<u64> {
        let entry = self.config.catalog.iter().find(|entry| entry.target == *target)?;
        entry.keep_at_least.filter(|least| *least > 0)
    }

    /// Why a target may not be taken from one holder, if it may not.
    fn needs(self, target: &Target) -> Option<WithheldCode> {
        let least = self.least(target)?;
        match self.snapshot.holders.iter().find(|holders| holders.target == *target) {
            None => Some(WithheldCode::HoldersUnknown),
            Some(holders) => (holders.count <= least).then_some(WithheldCode::LastHolder),
        }
    }
}
