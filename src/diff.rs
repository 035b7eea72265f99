//! From what is desired to what changes: the difference to what is held, with the safeguards in between.

use alloc::vec::Vec;

use crate::catalog::{Catalog, OrganizationId, TargetId};
use crate::config::Authority;
use crate::holdings::{Held, Holdings, Owner};
use crate::plan::{WithheldChange, WithheldCode};
use crate::resolution::{Resolution, SlotRule};
use crate::rules::{Judgement, Truth};
use crate::safeguards::HolderCounts;
use crate::snapshot::Snapshot;

/// Whose memberships may go.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) authority: Authority,
    /// What new accounts are given by hand, in order.
    pub(crate) new_grant: &'a [TargetId],
}

impl Scope<'_> {
    /// Whether the mapping may take a membership away at all.
    pub(crate) fn is_removable(self, held: &Held, judgement: &Judgement<'_>) -> bool {
        match (self.authority, held.owner) {
            (Authority::Additive, _) | (_, Owner::Other) | (Authority::Managed, Owner::Nobody) => false,
            (_, Owner::Source) => true,
            // What a new account was given once stays, unless a rule speaks against it.
            (Authority::Exclusive, Owner::Nobody) => {
                self.new_grant.binary_search(&held.id).is_err() || judgement.deny(held.id) == Truth::True
            }
        }
    }
}

/// Something that would have changed, and why it does not; by target, then code, then change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HeldBack {
    /// Nothing where it is about the account as a whole.
    pub(crate) target: Option<TargetId>,
    pub(crate) code: WithheldCode,
    pub(crate) change: WithheldChange,
}

/// The changes to what a person holds, by target; nothing stands in two of the lists, which are emptied and filled
/// anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diff {
    pub(crate) add: Vec<TargetId>,
    /// The new target and the one that makes room.
    pub(crate) replace: Vec<(TargetId, TargetId)>,
    /// Those of the additions that a new account gets once, by hand as it were.
    pub(crate) given: Vec<TargetId>,
    pub(crate) keep: Vec<TargetId>,
    pub(crate) remove: Vec<TargetId>,
    pub(crate) withheld: Vec<HeldBack>,
    /// What is desired, not held, and stands in a slot.
    newcomers: Vec<TargetId>,
    /// What is held and is to go.
    leavers: Vec<TargetId>,
    /// What is held and another newcomer or safeguard has decided on.
    settled: Vec<TargetId>,
    /// Organizations in which anything is held and stays, or is given.
    occupied: Vec<OrganizationId>,
}

impl Diff {
    pub(crate) fn clear(&mut self) {
        let Self { add, replace, given, keep, remove, withheld, newcomers, leavers, settled, occupied } = self;
        [add, given, keep, remove, newcomers, leavers, settled, occupied].into_iter().for_each(Vec::clear);
        replace.clear();
        withheld.clear();
    }

    /// Everything that is taken away.
    pub(crate) fn taken(&self) -> impl Iterator<Item = TargetId> + '_ {
        self.remove.iter().copied().chain(self.replace.iter().map(|(_, old)| *old))
    }

    pub(crate) fn withhold(&mut self, change: WithheldChange, target: TargetId, code: WithheldCode) {
        self.withheld.push(HeldBack { target: Some(target), code, change });
    }

    /// Holds back what would become of the account as a whole.
    pub(crate) fn spare_account(&mut self, change: WithheldChange, code: WithheldCode) {
        self.withheld.push(HeldBack { target: None, code, change });
    }

    /// Holds back everything that would be taken away, and with it whoever would come in its place. Nothing else depends
    /// on it: an organization that would go goes with the last target in it, and both stay.
    pub(crate) fn spare_holdings(&mut self, code: WithheldCode) {
        let Self { remove, replace, withheld, .. } = self;
        let held_back = |change, target, code| HeldBack { target: Some(target), code, change };
        withheld.extend(remove.drain(..).map(|target| held_back(WithheldChange::Remove, target, code)));
        withheld.extend(replace.drain(..).flat_map(|(new, old)| {
            let newcomer = held_back(WithheldChange::Add, new, WithheldCode::SlotHeld);
            [held_back(WithheldChange::Replace, old, code), newcomer]
        }));
        self.arrange_withheld();
    }

    /// Puts what is withheld in order.
    pub(crate) fn arrange_withheld(&mut self) {
        self.withheld.sort_unstable();
        self.withheld.dedup();
    }
}

/// Everything that the difference is made from.
pub(crate) struct Sides<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) slots: &'a [SlotRule],
    pub(crate) judgement: &'a Judgement<'a>,
    pub(crate) resolution: &'a Resolution,
    pub(crate) holdings: &'a Holdings,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) scope: Scope<'a>,
    /// Whether an account is to be made.
    pub(crate) is_new: bool,
}

impl Sides<'_> {
    /// The difference between what is desired and what is held, in place of an earlier one.
    pub(crate) fn diff(&self, diff: &mut Diff) {
        diff.clear();
        diff.keep.reserve(self.holdings.held().len());
        let mut held = self.holdings.held().iter().peekable();
        for (target, state) in self.resolution.states.iter() {
            // What is held has a state in any case.
            if let Some(held) = held.next_if(|held| held.id == target) {
                self.sort_held(held, state, diff);
            } else if state == Truth::True {
                let list = if self.is_slotted(target) { &mut diff.newcomers } else { &mut diff.add };
                list.push(target);
            } else if state == Truth::Unknown && self.judgement.allow(target) == Truth::True {
                diff.withhold(WithheldChange::Add, target, WithheldCode::Undecided);
            }
        }
        for (target, ()) in self.resolution.waiting.iter() {
            diff.withhold(WithheldChange::Add, target, WithheldCode::Undecided);
        }
        self.settle_places(diff);
        diff.add.sort_unstable();
        if self.is_new {
            self.give(diff);
        }
        self.let_go(diff);
        diff.replace.sort_unstable();
        diff.remove.sort_unstable();
        diff.arrange_withheld();
    }

    /// Decides on one membership by itself: it stays, or it is to leave.
    fn sort_held(&self, held: &Held, state: Truth, diff: &mut Diff) {
        match state {
            Truth::False if self.scope.is_removable(held, self.judgement) => diff.leavers.push(held.id),
            Truth::False => {}
            state => {
                diff.keep.push(held.id);
                if state == Truth::Unknown && self.scope.is_removable(held, self.judgement) {
                    diff.withhold(WithheldChange::Remove, held.id, WithheldCode::Undecided);
                }
            }
        }
    }

    fn forbids(&self, target: TargetId) -> Option<WithheldCode> {
        HolderCounts { catalog: self.catalog, holdings: self.holdings }.forbids(target)
    }

    /// Lets newcomers into their places: an empty one is an addition, a holder that may go makes room, and any other
    /// holder keeps the newcomer out.
    fn settle_places(&self, diff: &mut Diff) {
        let newcomers = core::mem::take(&mut diff.newcomers);
        for newcomer in newcomers.iter().copied() {
            let holders = self.holdings.held_in(self.catalog.siblings(newcomer));
            let stray = self.is_held_by_stray(newcomer);
            if holders.is_empty() && !stray {
                diff.add.push(newcomer);
                continue;
            }
            let all_leave = !stray && holders.iter().all(|held| diff.leavers.binary_search(&held.id).is_ok());
            let first = holders.first().map(|held| held.id);
            if all_leave && holders.iter().all(|held| self.forbids(held.id).is_none()) {
                if let Some(old) = first {
                    diff.replace.push((newcomer, old));
                    diff.settled.push(old);
                }
                continue;
            }
            diff.withhold(WithheldChange::Add, newcomer, WithheldCode::SlotHeld);
            // Where nothing but a safeguard stands in the way, the first would have been replaced.
            if all_leave && let Some((old, code)) = first.and_then(|old| Some((old, self.forbids(old)?))) {
                diff.withhold(WithheldChange::Replace, old, code);
                diff.settled.push(old);
            }
        }
        diff.newcomers = newcomers;
        // Newcomers come in target order, and so do those in whose place they stand.
        let settled = &diff.settled;
        diff.leavers.retain(|leaver| settled.binary_search(leaver).is_err());
    }

    /// Whether something that the catalog does not list is held in the place of a target.
    fn is_held_by_stray(&self, target: TargetId) -> bool {
        self.holdings.has_stray_beside(self.catalog.target(target), self.snapshot)
    }

    /// Adds what a new account is given by hand, unless a rule speaks against it or grants it as well.
    fn give(&self, diff: &mut Diff) {
        let is_held = |target: &TargetId| self.holdings.ids().binary_search(target).is_ok();
        for target in self.scope.new_grant.iter().copied().filter(|target| !is_held(target)) {
            match self.judgement.deny(target) {
                Truth::True => {}
                _ if diff.add.binary_search(&target).is_ok() => {}
                Truth::Unknown => diff.withhold(WithheldChange::Add, target, WithheldCode::Undecided),
                Truth::False => diff.given.push(target),
            }
        }
        diff.add.extend_from_slice(&diff.given);
        diff.add.sort_unstable();
    }

    /// Takes away what leaves: organizations last, since one is not taken away while anything in it stays or comes.
    fn let_go(&self, diff: &mut Diff) {
        let leavers = core::mem::take(&mut diff.leavers);
        let is_organization = |id: &TargetId| self.catalog.is_organization(*id);
        for id in leavers.iter().copied().filter(|id| !is_organization(id)) {
            match self.forbids(id) {
                Some(code) => diff.withhold(WithheldChange::Remove, id, code),
                None => diff.remove.push(id),
            }
        }
        let mut organizations = leavers.iter().copied().filter(is_organization).peekable();
        if organizations.peek().is_some() {
            self.find_occupied(diff);
        }
        for id in organizations {
            let own = self.catalog.organization_of(id);
            let in_use = own.is_some_and(|own| diff.occupied.binary_search(&own).is_ok());
            match in_use.then_some(WithheldCode::InUse).or_else(|| self.forbids(id)) {
                Some(code) => diff.withhold(WithheldChange::Remove, id, code),
                None => diff.remove.push(id),
            }
        }
        diff.leavers = leavers;
    }

    /// Finds the organizations in which anything is held and stays, or is given.
    fn find_occupied(&self, diff: &mut Diff) {
        let mut occupied = core::mem::take(&mut diff.occupied);
        diff.remove.sort_unstable();
        diff.settled.clear();
        diff.settled.extend(diff.replace.iter().map(|(_, old)| *old));
        diff.settled.sort_unstable();
        let taken = |id: TargetId| diff.remove.binary_search(&id).is_ok() || diff.settled.binary_search(&id).is_ok();
        let staying = self.holdings.ids().iter().copied().filter(|id| !taken(*id));
        let given = diff.add.iter().chain(diff.replace.iter().map(|(new, _)| new)).copied();
        let within = staying.chain(given).filter(|id| !self.catalog.is_organization(*id));
        occupied.extend(within.filter_map(|id| self.catalog.organization_of(id)));
        let strays = self.holdings.strays(self.snapshot).filter(|stray| !stray.is_organization());
        occupied.extend(strays.filter_map(|stray| self.catalog.organization(stray.organization_name()?)));
        occupied.sort_unstable();
        occupied.dedup();
        diff.occupied = occupied;
    }

    /// Whether a person may hold only one of the target's kind in its place.
    fn is_slotted(&self, target: TargetId) -> bool {
        !self.slots.is_empty() && self.slots.iter().any(|slot| slot.kind == *self.catalog.target(target).kind())
    }
}
