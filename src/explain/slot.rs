//! Who won a slot, and by what: asked of the scale that the planner weighs with.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{SlotExplained, SlotResult, WonBy};
use crate::catalog::TargetId;
use crate::config::Choose;
use crate::draft::Draft;
use crate::resolution::{Scale, SlotRule};
use crate::rules::{Judgement, Truth};

/// The contests of one person, each looked at once.
pub(super) struct Contests<'d> {
    draft: &'d Draft<'d>,
    judgement: &'d Judgement<'d>,
    known: BTreeMap<TargetId, Contest<'d>>,
}

/// One slot in one place.
struct Contest<'d> {
    scale: Scale<'d>,
    /// Everything in the slot that is not known to be denied or ungranted.
    candidates: Vec<(TargetId, Truth)>,
    winner: Option<TargetId>,
    rivals: Vec<TargetId>,
    is_ambiguous: bool,
}

impl<'d> Contests<'d> {
    pub(super) fn new(draft: &'d Draft<'d>, judgement: &'d Judgement<'d>) -> Self {
        Self { draft, judgement, known: BTreeMap::new() }
    }

    /// What became of a target in its slot; nothing where it stands in none, or nothing speaks for it.
    pub(super) fn of(&mut self, target: TargetId, verdict: Truth) -> Option<SlotExplained> {
        // Nothing is contested where nothing is planned.
        self.draft.outcome.judgement.as_ref()?;
        let compiled = self.draft.compiled;
        let kind = compiled.catalog.target(target).kind();
        let slot = compiled.slots.iter().find(|slot| slot.kind == *kind)?;
        let siblings = compiled.catalog.siblings(target);
        let judgement = self.judgement;
        let contest = self.known.entry(siblings.start).or_insert_with(|| Contest::new(judgement, slot, siblings));
        if self.draft.work.resolution.defaults.contains(target) {
            let result = SlotResult::Default;
            return Some(SlotExplained { result, ..contest.bare(target, verdict) });
        }
        if verdict == Truth::False { None } else { Some(contest.of(target, verdict)) }
    }
}

impl<'d> Contest<'d> {
    fn new(judgement: &'d Judgement<'d>, slot: &'d SlotRule, siblings: core::ops::Range<TargetId>) -> Self {
        let judged = siblings.map(|target| (target, judgement.verdict(target)));
        let candidates: Vec<_> = judged.filter(|(_, verdict)| *verdict != Truth::False).collect();
        let scale = Scale { judgement, slot };
        let is_ambiguous = scale.is_ambiguous(&candidates);
        let winner = scale.winner(&candidates).filter(|_| !is_ambiguous);
        let rivals = winner.into_iter().flat_map(|winner| scale.rivals(&candidates, winner)).collect();
        Self { scale, candidates, winner, rivals, is_ambiguous }
    }

    fn weight(&self, target: TargetId, verdict: Truth) -> Option<i64> {
        self.scale.standing(target, verdict == Truth::True).0
    }

    fn bare(&self, target: TargetId, verdict: Truth) -> SlotExplained {
        SlotExplained {
            choose: self.scale.slot.choose,
            result: SlotResult::Open,
            by: None,
            weight: self.weight(target, verdict),
            other: None,
            other_weight: None,
        }
    }

    fn of(&self, target: TargetId, verdict: Truth) -> SlotExplained {
        let bare = self.bare(target, verdict);
        if self.is_ambiguous {
            let result = if verdict == Truth::True { SlotResult::Ambiguous } else { SlotResult::Rival };
            let others = self.candidates.iter().filter(|(other, verdict)| *other != target && *verdict == Truth::True);
            return self.beside(SlotExplained { result, ..bare }, others.map(|(other, _)| *other).next());
        }
        let Some(winner) = self.winner else { return bare };
        if target != winner {
            let is_rival = self.rivals.contains(&target);
            let result = if is_rival { SlotResult::Rival } else { SlotResult::Lost };
            let by = if is_rival { None } else { self.won_by(winner, (target, verdict)) };
            return self.beside(SlotExplained { result, by, ..bare }, Some(winner));
        }
        if let Some(rival) = self.rivals.first() {
            return self.beside(SlotExplained { result: SlotResult::Undecided, ..bare }, Some(*rival));
        }
        let others = self.candidates.iter().filter(|(other, _)| *other != winner);
        match others.max_by_key(|(other, verdict)| self.scale.standing(*other, *verdict == Truth::True)) {
            Some(runner_up) => {
                let by = self.won_by(winner, *runner_up);
                self.beside(SlotExplained { result: SlotResult::Won, by, ..bare }, Some(runner_up.0))
            }
            None => SlotExplained { result: SlotResult::Alone, ..bare },
        }
    }

    /// The same with the other target of the comparison.
    fn beside(&self, mut explained: SlotExplained, other: Option<TargetId>) -> SlotExplained {
        let catalog = self.scale.judgement.catalog;
        let verdict = other.and_then(|other| self.candidates.iter().find(|(candidate, _)| *candidate == other));
        explained.other_weight = verdict.and_then(|(other, verdict)| self.weight(*other, *verdict));
        explained.other = other.map(|other| catalog.target(other).clone());
        explained
    }

    /// What the winner has more of.
    fn won_by(&self, winner: TargetId, (other, verdict): (TargetId, Truth)) -> Option<WonBy> {
        let (score, rank, _) = self.scale.standing(winner, true);
        let (other_score, other_rank, _) = self.scale.standing(other, verdict == Truth::True);
        let scored = match self.scale.slot.choose {
            Choose::Highest => WonBy::Rank,
            Choose::Priority => WonBy::Priority,
            Choose::Specificity => WonBy::Specificity,
            Choose::Unambiguous => return None,
        };
        Some(if score != other_score {
            scored
        } else if rank != other_rank {
            WonBy::Rank
        } else {
            WonBy::Order
        })
    }
}
