//! From verdicts to what is desired: slots, where at most one target of a kind wins.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Range;

use crate::catalog::{Catalog, TargetId};
use crate::config::Choose;
use crate::rules::{Judgement, Truth};
use crate::target::TargetKind;

/// A slot as the engine holds it.
#[derive(Debug)]
pub(crate) struct SlotRule {
    pub(crate) kind: TargetKind,
    pub(crate) choose: Choose,
    /// The default in each organization that has it, in target order.
    pub(crate) defaults: Vec<TargetId>,
}

/// What is to become of each target that matters for a person: those that a judged rule touches and those held.
#[derive(Debug, Default)]
pub(crate) struct Resolution {
    /// True: to be held. False: not to be held. Unknown: to stay as it is.
    pub(crate) states: BTreeMap<TargetId, Truth>,
    /// Winners that are not added, since an undecided rival could beat them.
    pub(crate) waiting: BTreeSet<TargetId>,
    /// Targets that are granted as the default of their slot, denied or not.
    pub(crate) defaults: BTreeSet<TargetId>,
    /// Whether an undecided target contests some slot.
    pub(crate) undecided_slots: bool,
    /// Slots in which several targets are granted and none may be preferred.
    pub(crate) ambiguous: BTreeSet<TargetId>,
}

impl Resolution {
    pub(crate) fn state(&self, target: TargetId) -> Truth {
        self.states.get(&target).copied().unwrap_or(Truth::False)
    }

    /// What the person is to hold for certain, ambiguous targets left out.
    pub(crate) fn desired(&self) -> impl Iterator<Item = TargetId> + '_ {
        self.desired_in(0..TargetId::MAX)
    }

    /// The same within a range.
    fn desired_in(&self, range: Range<TargetId>) -> impl Iterator<Item = TargetId> + '_ {
        let certain = self.states.range(range).filter(|(_, state)| **state == Truth::True).map(|(target, _)| *target);
        certain.filter(|target| !self.ambiguous.contains(target))
    }

    /// Whether anything is desired, a winner that has to wait included.
    pub(crate) fn is_anything_desired(&self) -> bool {
        self.desired().next().is_some() || !self.waiting.is_empty()
    }
}

/// Resolves the verdicts on one person.
pub(crate) fn resolve(
    judgement: &Judgement<'_>,
    catalog: &Catalog,
    slots: &[SlotRule],
    held: &[TargetId],
    evidence_is_complete: bool,
) -> Resolution {
    let mut resolver = Resolver { judgement, catalog, held, evidence_is_complete, result: Resolution::default() };
    let touched: Vec<TargetId> = judgement.touched().collect();
    let implied = touched.iter().filter_map(|target| catalog.implied(*target));
    for target in touched.iter().copied().chain(implied).chain(held.iter().copied()) {
        resolver.result.states.entry(target).or_insert_with(|| judgement.verdict(target));
    }
    let mut open = Vec::new();
    for slot in slots {
        for range in resolver.instances(slot) {
            if let Some(contested) = resolver.contest(slot, &range) {
                open.push((slot, range, contested));
            }
        }
    }
    resolver.look_at_untouched(slots);
    for (slot, range, contested) in open {
        resolver.default(slot, &range, contested);
    }
    resolver.result
}

struct Resolver<'a> {
    judgement: &'a Judgement<'a>,
    catalog: &'a Catalog,
    /// INVARIANT: sorted.
    held: &'a [TargetId],
    evidence_is_complete: bool,
    result: Resolution,
}

/// Whether undecided targets contest a slot that nobody has won.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Contested(bool);

/// How a candidate compares: score, then rank, then the earlier in target order.
type Standing = (Option<i64>, Option<i64>, core::cmp::Reverse<TargetId>);

impl Resolver<'_> {
    fn is_held(&self, target: TargetId) -> bool {
        self.held.binary_search(&target).is_ok()
    }

    fn rank(&self, target: TargetId) -> Option<i64> {
        self.catalog.entry(target).rank
    }

    /// The places in which a slot matters: where a target of its kind does, or its default could.
    fn instances(&self, slot: &SlotRule) -> Vec<Range<TargetId>> {
        let of_kind = |target: &TargetId| *self.catalog.target(*target).kind() == slot.kind;
        let contested = self.result.states.keys().copied().filter(of_kind);
        let defaulted = slot.defaults.iter().copied().filter(|default| {
            let place = self.place_of(*default);
            self.result.states.range(place).next().is_some()
        });
        let mut ranges: Vec<Range<TargetId>> =
            contested.chain(defaulted).map(|target| self.catalog.siblings(target)).collect();
        ranges.sort_by_key(|range| range.start);
        ranges.dedup();
        ranges
    }

    /// Everything in the organization of a target; for one outside any, everything there is.
    fn place_of(&self, target: TargetId) -> Range<TargetId> {
        match self.catalog.target(target).organization_name() {
            Some(name) => self.catalog.in_organization(name),
            None => self.catalog.ids(),
        }
    }

    /// Settles who holds a slot; where nobody wins, says whether somebody undecided might.
    fn contest(&mut self, slot: &SlotRule, range: &Range<TargetId>) -> Option<Contested> {
        let candidates: Vec<(TargetId, Truth)> = if self.evidence_is_complete {
            self.result.states.range(range.clone()).map(|(target, state)| (*target, *state)).collect()
        } else {
            range.clone().map(|target| (target, self.judgement.verdict(target))).collect()
        };
        let of =
            |truth: Truth| candidates.iter().filter(move |(_, verdict)| *verdict == truth).map(|(target, _)| *target);
        if slot.choose == Choose::Unambiguous && of(Truth::True).nth(1).is_some() {
            self.leave_ambiguous(of(Truth::True).collect(), &candidates);
            return None;
        }
        let Some(winner) = of(Truth::True).max_by_key(|target| self.standing(slot, *target, true)) else {
            let contested = of(Truth::Unknown).next().is_some();
            self.result.undecided_slots |= contested;
            // While an undecided one is held, no other is in question.
            let kept = of(Truth::Unknown).any(|target| self.is_held(target));
            self.settle(
                &candidates,
                |this, target, verdict| {
                    if kept && !this.is_held(target) { Truth::False } else { verdict }
                },
            );
            return Some(Contested(contested));
        };
        let bar = self.standing(slot, winner, true);
        let rivals: Vec<TargetId> = candidates
            .iter()
            .filter(|(target, verdict)| *target != winner && *verdict != Truth::False)
            .filter(|(target, verdict)| match slot.choose {
                Choose::Unambiguous => *verdict == Truth::Unknown,
                _ => self.standing(slot, *target, false) > bar,
            })
            .map(|(target, _)| *target)
            .collect();
        self.decide(slot, winner, &rivals, &candidates);
        None
    }

    /// Sees whether an unseen group could bring something into a slot that nothing has touched.
    fn look_at_untouched(&mut self, slots: &[SlotRule]) {
        if self.evidence_is_complete || self.result.undecided_slots {
            return;
        }
        let slotted = |id: &TargetId| slots.iter().any(|slot| slot.kind == *self.catalog.target(*id).kind());
        let mut untouched = self.catalog.ids().filter(|id| slotted(id) && !self.result.states.contains_key(id));
        self.result.undecided_slots = untouched.any(|id| self.judgement.verdict(id) == Truth::Unknown);
    }

    /// The cases of a slot with a winner.
    fn decide(&mut self, slot: &SlotRule, winner: TargetId, rivals: &[TargetId], candidates: &[(TargetId, Truth)]) {
        if rivals.is_empty() {
            return self.settle(candidates, |_, target, _| Truth::from(target == winner));
        }
        self.result.undecided_slots = true;
        if rivals.iter().any(|rival| self.is_held(*rival)) {
            self.settle(candidates, |this, target, verdict| {
                let stays = this.is_held(target) && (target == winner || rivals.contains(&target));
                if stays { verdict } else { Truth::False }
            });
            return self.wait(winner);
        }
        // A target without a rank is below every one that has one.
        let outranked = |rival: &TargetId| self.rank(*rival) > self.rank(winner);
        // What cannot be told apart is no lesser evil.
        if slot.choose != Choose::Unambiguous && rivals.iter().all(outranked) {
            return self.settle(candidates, |_, target, _| Truth::from(target == winner));
        }
        self.hold_open(candidates);
        self.wait(winner);
    }

    /// Several are granted and none may be preferred.
    fn leave_ambiguous(&mut self, granted: Vec<TargetId>, candidates: &[(TargetId, Truth)]) {
        self.hold_open(candidates);
        self.result.ambiguous.extend(granted);
    }

    /// Nothing is added, and nothing that is granted or undecided goes.
    fn hold_open(&mut self, candidates: &[(TargetId, Truth)]) {
        self.settle(
            candidates,
            |this, target, verdict| {
                if verdict == Truth::True && !this.is_held(target) { Truth::False } else { verdict }
            },
        );
    }

    fn settle(&mut self, candidates: &[(TargetId, Truth)], state: impl Fn(&Self, TargetId, Truth) -> Truth) {
        for (target, verdict) in candidates {
            let state = state(self, *target, *verdict);
            self.result.states.insert(*target, state);
        }
    }

    /// The winner is held back, unless it is held already.
    fn wait(&mut self, winner: TargetId) {
        if !self.is_held(winner) {
            self.result.waiting.insert(winner);
        }
    }

    fn standing(&self, slot: &SlotRule, target: TargetId, certain: bool) -> Standing {
        let rank = self.rank(target);
        let score = match slot.choose {
            Choose::Highest => rank,
            Choose::Priority => self.judgement.best(target, certain, |rule| rule.priority),
            Choose::Specificity => self.judgement.best(target, certain, |rule| i64::from(rule.specificity)),
            Choose::Unambiguous => None,
        };
        (score, rank, core::cmp::Reverse(target))
    }

    /// Gives a slot that nobody has won to its default, if the person has something else there.
    fn default(&mut self, slot: &SlotRule, range: &Range<TargetId>, contested: Contested) {
        let first = slot.defaults.partition_point(|default| *default < range.start);
        let Some(default) = slot.defaults.get(first).copied().filter(|default| range.contains(default)) else { return };
        let place = self.place_of(default);
        let elsewhere = |target: &TargetId| *target != default;
        let mut something = Truth::from(self.result.desired_in(place.clone()).any(|target| elsewhere(&target)));
        if contested.0 {
            something = Truth::Unknown;
        } else if something == Truth::False {
            let unknown = |target: TargetId| elsewhere(&target) && self.judgement.verdict(target) == Truth::Unknown;
            let ambiguous = self.result.ambiguous.range(place.clone());
            let open = ambiguous.chain(self.result.waiting.range(place.clone())).any(elsewhere);
            let touched = self.result.states.range(place.clone()).any(|(target, _)| unknown(*target));
            if open || touched || (!self.evidence_is_complete && place.clone().any(unknown)) {
                something = Truth::Unknown;
            }
        }
        let verdict = something.and(self.judgement.deny(default).not());
        if verdict == Truth::Unknown && something == Truth::True && !self.is_held(default) {
            self.result.waiting.insert(default);
        }
        self.result.states.insert(default, verdict);
        if something == Truth::True {
            self.result.defaults.insert(default);
        }
    }
}
