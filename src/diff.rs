//! From what is desired to what changes: the difference to what is held, with the safeguards in between.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::catalog::{Catalog, TargetId};
use crate::config::Authority;
use crate::plan::{Withheld, WithheldChange, WithheldCode};
use crate::resolution::{Resolution, SlotRule};
use crate::rules::{Judgement, Truth};
use crate::safeguards::HolderCounts;
use crate::snapshot::Membership;
use crate::target::{Target, TargetKind};

/// One membership of the person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held<'a> {
    pub(crate) membership: &'a Membership,
    /// Its place in the catalog, if it has one.
    pub(crate) id: Option<TargetId>,
}

/// Whose memberships may go.
pub(crate) struct Scope<'a> {
    pub(crate) source: &'a str,
    pub(crate) authority: Authority,
    /// What new accounts are given by hand.
    pub(crate) new_grant: &'a [TargetId],
}

/// The changes to what a person holds, by target; nothing stands in two of the lists.
#[derive(Debug, Default)]
pub(crate) struct Diff {
    pub(crate) add: Vec<TargetId>,
    /// The new target and the one that makes room.
    pub(crate) replace: Vec<(TargetId, TargetId)>,
    pub(crate) keep: Vec<TargetId>,
    pub(crate) remove: Vec<TargetId>,
    pub(crate) withheld: Vec<Withheld>,
}

impl Diff {
    /// Everything that is taken away.
    pub(crate) fn taken(&self) -> impl Iterator<Item = TargetId> + '_ {
        self.remove.iter().copied().chain(self.replace.iter().map(|(_, old)| *old))
    }

    pub(crate) fn withhold(&mut self, change: WithheldChange, target: &Target, code: WithheldCode) {
        self.withheld.push(Withheld { target: target.clone(), change, code });
    }
}

/// Everything that the difference is made from.
pub(crate) struct Sides<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) slots: &'a [SlotRule],
    pub(crate) judgement: &'a Judgement<'a>,
    pub(crate) resolution: &'a Resolution,
    /// INVARIANT: in target order.
    pub(crate) held: &'a [Held<'a>],
    /// Those of them that the catalog lists, in the same order.
    pub(crate) held_ids: &'a [TargetId],
    pub(crate) scope: Scope<'a>,
    pub(crate) holders: &'a HolderCounts<'a>,
}

/// A place for at most one target: its organization and kind.
type Place<'a> = (Option<&'a str>, &'a TargetKind);

impl<'a> Sides<'a> {
    /// The difference between what is desired and what is held.
    pub(crate) fn diff(&self) -> Diff {
        let mut diff = Diff::default();
        let mut newcomers: BTreeMap<Place<'a>, TargetId> = BTreeMap::new();
        let mut leavers: Vec<&Held<'a>> = Vec::new();
        for held in self.held {
            self.sort_held(held, &mut leavers, &mut diff);
        }
        for (target, state) in &self.resolution.states {
            if self.holds(*target) {
                continue;
            }
            match state {
                Truth::True => match self.place(self.catalog.target(*target)) {
                    Some(place) => drop(newcomers.insert(place, *target)),
                    None => diff.add.push(*target),
                },
                Truth::Unknown if self.judgement.allow(*target) == Truth::True => {
                    diff.withhold(WithheldChange::Add, self.catalog.target(*target), WithheldCode::Undecided);
                }
                Truth::Unknown | Truth::False => {}
            }
        }
        for target in &self.resolution.waiting {
            diff.withhold(WithheldChange::Add, self.catalog.target(*target), WithheldCode::Undecided);
        }
        self.settle_places(&newcomers, &mut leavers, &mut diff);
        self.let_go(&leavers, &mut diff);
        diff.add.sort_unstable();
        diff.replace.sort_unstable();
        diff.remove.sort_unstable();
        diff.withheld.sort();
        diff.withheld.dedup();
        diff
    }

    /// Decides on one membership by itself: it stays, or it is to leave.
    fn sort_held<'h>(&self, held: &'h Held<'a>, leavers: &mut Vec<&'h Held<'a>>, diff: &mut Diff) {
        let Some(id) = held.id else { return };
        match self.resolution.state(id) {
            Truth::False if self.is_removable(held) => leavers.push(held),
            Truth::False => {}
            state => {
                diff.keep.push(id);
                if state == Truth::Unknown && self.is_removable(held) {
                    diff.withhold(WithheldChange::Remove, self.catalog.target(id), WithheldCode::Undecided);
                }
            }
        }
    }

    /// Whether the mapping may take a membership away at all.
    fn is_removable(&self, held: &Held<'_>) -> bool {
        let Some(id) = held.id else { return false };
        match (self.scope.authority, held.membership.managed_by.as_deref()) {
            (Authority::Additive, _) | (Authority::Managed, None) => false,
            (_, Some(source)) => source == self.scope.source,
            // What a new account was given once stays, unless a rule speaks against it.
            (Authority::Exclusive, None) => {
                !self.scope.new_grant.contains(&id) || self.judgement.deny(id) == Truth::True
            }
        }
    }

    /// Lets newcomers into their places: an empty one is an addition, a holder that may go makes room, and any other
    /// holder keeps the newcomer out.
    fn settle_places(&self, newcomers: &BTreeMap<Place<'a>, TargetId>, leavers: &mut Vec<&Held<'a>>, diff: &mut Diff) {
        for (place, newcomer) in newcomers {
            let leaving = |held: &Held<'a>| leavers.iter().any(|leaver| leaver.id == held.id);
            let holders = self.holders_of(*place);
            if holders.is_empty() {
                diff.add.push(*newcomer);
                continue;
            }
            let forbidden = |held: &Held<'a>| held.id.and_then(|id| self.holders.forbids(id));
            if holders.iter().all(|held| leaving(held) && forbidden(held).is_none()) {
                if let Some(old) = holders.first().and_then(|held| held.id) {
                    diff.replace.push((*newcomer, old));
                    leavers.retain(|leaver| leaver.id != Some(old));
                }
                continue;
            }
            diff.withhold(WithheldChange::Add, self.catalog.target(*newcomer), WithheldCode::SlotHeld);
            // Where nothing but a safeguard stands in the way, the first would have been replaced.
            if let [first, ..] = holders
                && holders.iter().all(leaving)
                && let (Some(id), Some(code)) = (first.id, forbidden(first))
            {
                diff.withhold(WithheldChange::Replace, self.catalog.target(id), code);
                leavers.retain(|leaver| leaver.id != Some(id));
            }
        }
    }

    /// Takes away what leaves: organizations last, since one is not taken away while anything in it stays or comes.
    fn let_go(&self, leavers: &[&Held<'a>], diff: &mut Diff) {
        let ids = || leavers.iter().filter_map(|held| held.id);
        let is_organization = |id: &TargetId| self.catalog.target(*id).is_organization();
        let mut occupied: Option<BTreeSet<&str>> = None;
        for id in ids().filter(|id| !is_organization(id)).chain(ids().filter(is_organization)) {
            let in_use = is_organization(&id) && {
                let occupied = occupied.get_or_insert_with(|| self.occupied(diff));
                self.catalog.target(id).organization_name().is_some_and(|name| occupied.contains(name))
            };
            match in_use.then_some(WithheldCode::InUse).or_else(|| self.holders.forbids(id)) {
                Some(code) => diff.withhold(WithheldChange::Remove, self.catalog.target(id), code),
                None => diff.remove.push(id),
            }
        }
    }

    /// The organizations in which anything is held and stays, or is given.
    fn occupied(&self, diff: &Diff) -> BTreeSet<&str> {
        let taken: BTreeSet<TargetId> = diff.taken().collect();
        let stays = self.held.iter().filter(|held| held.id.is_none_or(|id| !taken.contains(&id)));
        let given = diff.add.iter().map(|id| self.catalog.target(*id));
        let targets = stays.map(|held| &held.membership.target).chain(given);
        targets.filter(|target| !target.is_organization()).filter_map(Target::organization_name).collect()
    }

    /// What is held in a place, in target order.
    fn holders_of(&self, place: Place<'_>) -> &'a [Held<'a>] {
        let start = self.held.partition_point(|held| place_of(&held.membership.target) < place);
        let rest = self.held.split_at_checked(start).map_or(&[] as &[Held<'a>], |(_, rest)| rest);
        let length = rest.partition_point(|held| place_of(&held.membership.target) == place);
        rest.split_at_checked(length).map_or(&[], |(found, _)| found)
    }

    fn holds(&self, target: TargetId) -> bool {
        self.held_ids.binary_search(&target).is_ok()
    }

    /// The place that a target takes, where it may hold only one.
    fn place<'t>(&self, target: &'t Target) -> Option<Place<'t>> {
        let slotted = self.slots.iter().any(|slot| slot.kind == *target.kind());
        slotted.then(|| place_of(target))
    }
}

fn place_of(target: &Target) -> Place<'_> {
    (target.organization_name(), target.kind())
}
