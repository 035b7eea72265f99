//! From verdicts to what is desired: slots, where at most one target of a kind wins.

use alloc::vec::Vec;
use core::ops::Range;

use crate::catalog::{Catalog, TargetId};
use crate::config::Choose;
use crate::rules::{Judgement, Truth, Weight};
use crate::sorted::SortedMap;
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
/// Lists that are emptied and filled anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolution {
    /// True: to be held. False: not to be held. Unknown: to stay as it is.
    pub(crate) states: SortedMap<TargetId, Truth>,
    /// Winners that are not added, since an undecided rival could beat them.
    pub(crate) waiting: SortedMap<TargetId, ()>,
    /// Targets that are granted as the default of their slot, denied or not.
    pub(crate) defaults: SortedMap<TargetId, ()>,
    /// Whether an undecided target contests some slot.
    pub(crate) undecided_slots: bool,
    /// Slots in which several targets are granted and none may be preferred.
    pub(crate) ambiguous: SortedMap<TargetId, ()>,
    /// Winners of such slots with undecided rivals: with all groups seen, nobody might be preferred.
    doubtful: SortedMap<TargetId, ()>,
    /// The places in which a slot matters: the slot, its targets, and of one that nobody has won whether undecided
    /// targets contest it.
    instances: Vec<Instance>,
    candidates: Vec<(TargetId, Truth)>,
    rivals: Vec<TargetId>,
}

/// A slot in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Instance {
    slot: usize,
    start: TargetId,
    end: TargetId,
    open: Option<Contested>,
}

impl Instance {
    fn targets(self) -> Range<TargetId> {
        self.start..self.end
    }
}

impl Resolution {
    /// What the person is to hold for certain, ambiguous targets and those that could become so left out.
    fn desired_in(&self, range: Range<TargetId>) -> impl Iterator<Item = TargetId> + '_ {
        let certain = self.states.range(range).iter().filter(|(_, state)| *state == Truth::True);
        let is_plain = |target: &TargetId| !self.ambiguous.contains(*target) && !self.doubtful.contains(*target);
        certain.map(|(target, _)| *target).filter(is_plain)
    }

    /// Whether anything is desired, a winner that has to wait included, unless it waits for whether it is one.
    pub(crate) fn is_anything_desired(&self) -> bool {
        let mut waiting = self.waiting.iter().filter(|(target, ())| !self.doubtful.contains(*target));
        self.desired_in(0..TargetId::MAX).next().is_some() || waiting.next().is_some()
    }

    /// Resolves the verdicts on one person, in place of those on an earlier one.
    pub(crate) fn resolve(&mut self, judgement: &Judgement<'_>, slots: &[SlotRule], held: &[TargetId]) {
        let catalog = judgement.catalog;
        let evidence_is_complete = judgement.evidence.is_complete();
        self.waiting.clear();
        self.defaults.clear();
        self.ambiguous.clear();
        self.doubtful.clear();
        self.undecided_slots = false;
        self.judge(judgement, held);
        if slots.is_empty() {
            return;
        }
        let mut instances = core::mem::take(&mut self.instances);
        let mut resolver = Resolver { judgement, catalog, held, evidence_is_complete, result: self };
        resolver.find_instances(slots, &mut instances);
        for instance in &mut instances {
            if let Some(slot) = slots.get(instance.slot) {
                instance.open = resolver.contest(slot, &instance.targets());
            }
        }
        resolver.look_at_untouched(slots, &instances);
        for instance in &instances {
            if let (Some(slot), Some(contested)) = (slots.get(instance.slot), instance.open) {
                resolver.default(slot, &instance.targets(), contested);
            }
        }
        self.instances = instances;
    }

    /// Takes the verdicts on what judged rules grant, what is held, and what those imply.
    fn judge(&mut self, judgement: &Judgement<'_>, held: &[TargetId]) {
        let Self { states, .. } = self;
        states.clear();
        states.reserve(judgement.words().saturating_add(held.len()));
        let mut held = held.iter().copied().peekable();
        for (target, said) in judgement.granted() {
            while let Some(before) = held.next_if(|held| *held < target) {
                states.push(before, judgement.verdict_beside(before, Truth::False));
            }
            held.next_if_eq(&target);
            states.push(target, judgement.verdict_beside(target, said));
        }
        for target in held {
            states.push(target, judgement.verdict_beside(target, Truth::False));
        }
        let implied = judgement.touched().filter_map(|target| judgement.catalog.implied(target));
        for target in implied.chain(judgement.given()) {
            if !states.contains(target) {
                states.insert(target, judgement.verdict(target));
            }
        }
    }
}

struct Resolver<'a> {
    judgement: &'a Judgement<'a>,
    catalog: &'a Catalog,
    /// INVARIANT: sorted.
    held: &'a [TargetId],
    evidence_is_complete: bool,
    result: &'a mut Resolution,
}

/// Whether undecided targets contest a slot that nobody has won.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Contested(bool);

/// How a candidate compares: score, then rank, then the earlier in target order.
pub(crate) type Standing = (Option<i64>, Option<i64>, core::cmp::Reverse<TargetId>);

/// How the candidates of a slot compare: the one place that knows who wins.
#[derive(Clone, Copy)]
pub(crate) struct Scale<'a> {
    pub(crate) judgement: &'a Judgement<'a>,
    pub(crate) slot: &'a SlotRule,
}

impl<'a> Scale<'a> {
    /// What a candidate weighs by its rules that are true, or by those that are not false.
    pub(crate) fn standing(self, target: TargetId, certain: bool) -> Standing {
        let rank = self.judgement.catalog.entry(target).rank;
        let score = match self.slot.choose {
            Choose::Highest => rank,
            Choose::Priority => self.judgement.best(target, certain, Weight::Priority),
            Choose::Specificity => self.judgement.best(target, certain, Weight::Specificity),
            Choose::Unambiguous => None,
        };
        (score, rank, core::cmp::Reverse(target))
    }

    /// Whether several are granted and none may be preferred.
    pub(crate) fn is_ambiguous(self, candidates: &[(TargetId, Truth)]) -> bool {
        let granted = candidates.iter().filter(|(_, verdict)| *verdict == Truth::True);
        self.slot.choose == Choose::Unambiguous && granted.count() > 1
    }

    /// The best of those that are granted.
    pub(crate) fn winner(self, candidates: &[(TargetId, Truth)]) -> Option<TargetId> {
        let granted = candidates.iter().filter(|(_, verdict)| *verdict == Truth::True).map(|(target, _)| *target);
        granted.max_by_key(|target| self.standing(*target, true))
    }

    /// The others that would beat the winner if all that is not false of them were true.
    pub(crate) fn rivals<'c>(
        self,
        candidates: &'c [(TargetId, Truth)],
        winner: TargetId,
    ) -> impl Iterator<Item = TargetId> + use<'a, 'c> {
        let bar = self.standing(winner, true);
        let others = candidates.iter().filter(move |(target, verdict)| *target != winner && *verdict != Truth::False);
        let beating = others.filter(move |(target, verdict)| match self.slot.choose {
            Choose::Unambiguous => *verdict == Truth::Unknown,
            _ => self.standing(*target, false) > bar,
        });
        beating.map(|(target, _)| *target)
    }
}

impl Resolver<'_> {
    fn is_held(&self, target: TargetId) -> bool {
        self.held.binary_search(&target).is_ok()
    }

    fn rank(&self, target: TargetId) -> Option<i64> {
        self.catalog.entry(target).rank
    }

    /// The places in which slots matter: where a target of their kind does, or their default could.
    fn find_instances(&self, slots: &[SlotRule], instances: &mut Vec<Instance>) {
        instances.clear();
        for (place, slot) in slots.iter().enumerate() {
            let of_kind = |target: &TargetId| *self.catalog.target(*target).kind() == slot.kind;
            let contested = self.result.states.iter().map(|(target, _)| target).filter(of_kind);
            let defaulted = slot.defaults.iter().copied().filter(|default| {
                let place = self.place_of(*default);
                !self.result.states.range(place).is_empty()
            });
            instances.extend(contested.chain(defaulted).map(|target| {
                let Range { start, end } = self.catalog.siblings(target);
                Instance { slot: place, start, end, open: None }
            }));
        }
        instances.sort_unstable();
        instances.dedup();
    }

    /// Everything in the organization of a target; for one outside any, everything there is.
    fn place_of(&self, target: TargetId) -> Range<TargetId> {
        match self.catalog.organization_of(target) {
            Some(organization) => self.catalog.in_organization(organization),
            None => self.catalog.ids(),
        }
    }

    /// Settles who holds a slot; where nobody wins, says whether somebody undecided might.
    fn contest(&mut self, slot: &SlotRule, range: &Range<TargetId>) -> Option<Contested> {
        let mut candidates = core::mem::take(&mut self.result.candidates);
        candidates.clear();
        if self.evidence_is_complete {
            candidates.extend_from_slice(self.result.states.range(range.clone()));
        } else {
            candidates.extend(range.clone().map(|target| (target, self.judgement.verdict(target))));
        }
        let open = self.settle_slot(slot, &candidates);
        self.result.candidates = candidates;
        open
    }

    fn settle_slot(&mut self, slot: &SlotRule, candidates: &[(TargetId, Truth)]) -> Option<Contested> {
        let of =
            |truth: Truth| candidates.iter().filter(move |(_, verdict)| *verdict == truth).map(|(target, _)| *target);
        let scale = Scale { judgement: self.judgement, slot };
        if scale.is_ambiguous(candidates) {
            self.leave_ambiguous(candidates);
            return None;
        }
        let Some(winner) = scale.winner(candidates) else {
            let contested = of(Truth::Unknown).next().is_some();
            self.result.undecided_slots |= contested;
            // While an undecided one is held, no other is in question.
            let kept = of(Truth::Unknown).any(|target| self.is_held(target));
            self.settle(
                candidates,
                |this, target, verdict| {
                    if kept && !this.is_held(target) { Truth::False } else { verdict }
                },
            );
            return Some(Contested(contested));
        };
        let mut rivals = core::mem::take(&mut self.result.rivals);
        rivals.clear();
        rivals.extend(scale.rivals(candidates, winner));
        self.decide(slot, winner, &rivals, candidates);
        self.result.rivals = rivals;
        None
    }

    /// Sees whether an unseen group could bring something into a slot that nothing has touched.
    fn look_at_untouched(&mut self, slots: &[SlotRule], instances: &[Instance]) {
        if self.evidence_is_complete || self.result.undecided_slots {
            return;
        }
        let is_untouched = |id: &TargetId| {
            let slot = slots.iter().position(|slot| slot.kind == *self.catalog.target(*id).kind());
            slot.is_some_and(|slot| {
                let place = (slot, self.catalog.siblings(*id).start);
                instances.binary_search_by_key(&place, |instance| (instance.slot, instance.start)).is_err()
            })
        };
        let mut untouched = self.catalog.ids().filter(is_untouched);
        self.result.undecided_slots = untouched.any(|id| self.judgement.verdict(id) == Truth::Unknown);
    }

    /// The cases of a slot with a winner.
    fn decide(&mut self, slot: &SlotRule, winner: TargetId, rivals: &[TargetId], candidates: &[(TargetId, Truth)]) {
        if rivals.is_empty() {
            return self.settle(candidates, |_, target, _| Truth::from(target == winner));
        }
        self.result.undecided_slots = true;
        if slot.choose == Choose::Unambiguous {
            self.result.doubtful.insert(winner, ());
        }
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
    fn leave_ambiguous(&mut self, candidates: &[(TargetId, Truth)]) {
        self.hold_open(candidates);
        for (target, _) in candidates.iter().filter(|(_, verdict)| *verdict == Truth::True) {
            self.result.ambiguous.insert(*target, ());
        }
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
            // What nothing touches and nobody holds is never desired, and nothing becomes of it.
            self.result.states.update(*target, state);
        }
    }

    /// The winner is held back, unless it is held already.
    fn wait(&mut self, winner: TargetId) {
        if !self.is_held(winner) {
            self.result.waiting.insert(winner, ());
        }
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
            let Resolution { ambiguous, doubtful, waiting, .. } = &*self.result;
            let mut open = [ambiguous, doubtful, waiting].into_iter().flat_map(|open| open.range(place.clone()));
            let open = open.any(|(target, ())| elsewhere(target));
            let touched = self.result.states.range(place.clone()).iter().any(|(target, _)| unknown(*target));
            if open || touched || (!self.evidence_is_complete && place.clone().any(unknown)) {
                something = Truth::Unknown;
            }
        }
        let verdict = something.and(self.judgement.deny(default).not());
        if verdict == Truth::Unknown && something == Truth::True && !self.is_held(default) {
            self.result.waiting.insert(default, ());
        }
        self.result.states.insert(default, verdict);
        if something == Truth::True {
            self.result.defaults.insert(default, ());
        }
    }
}
