//! What a person is to hold: verdicts, and in slots the one that wins.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::bounds::Bounds;
use super::verdicts::{Verdict, Verdicts};
use crate::config::{Choose, Condition, Config, Slot};
use crate::target::{Target, TargetKind};

/// What is to become of each target of the catalog.
#[derive(Debug, Default)]
pub(super) struct Wanted<'a> {
    /// Certain: to be held. Impossible: not to be held. Open: to stay as it is.
    pub(super) states: BTreeMap<&'a Target, Bounds>,
    /// Winners that are not given, since an undecided rival could beat them.
    pub(super) waiting: BTreeSet<&'a Target>,
    /// Certain candidates of slots in which none may be preferred.
    pub(super) ambiguous: BTreeSet<&'a Target>,
    /// Winners of such slots with rivals that are possible: perhaps none is preferred.
    pub(super) doubtful: BTreeSet<&'a Target>,
    /// What the default of a slot gives.
    pub(super) defaults: BTreeSet<&'a Target>,
    /// Whether undecided candidates contest some slot.
    pub(super) is_contested: bool,
}

/// How candidates compare: score, then rank, then the earlier in target order.
type Strength<'a> = (Option<i64>, Option<i64>, Reverse<&'a Target>);

type Candidate<'v, 'a> = (&'a Target, &'v Verdict<'a>);

impl<'a> Wanted<'a> {
    pub(super) fn of(config: &'a Config, verdicts: &Verdicts<'a>, holds: &dyn Fn(&Target) -> bool) -> Self {
        let states = verdicts.iter().map(|(target, verdict)| (*target, verdict.value)).collect();
        let mut wanted = Self { states, ..Self::default() };
        let mut without_winner = Vec::new();
        for slot in &config.slots {
            let kind = TargetKind::from_word(&slot.kind);
            let of_kind = verdicts.keys().copied().filter(|target| *target.kind() == kind);
            let places: BTreeSet<Option<&str>> = of_kind.map(Target::organization_name).collect();
            for place in places {
                let inside = |target: &Target| *target.kind() == kind && target.organization_name() == place;
                let candidates: Vec<Candidate<'_, 'a>> =
                    verdicts.iter().filter(|(target, _)| inside(target)).map(|(t, v)| (*t, v)).collect();
                if let Some(contested) = wanted.choose(slot, &candidates, holds) {
                    let default = candidates.iter().find(|(target, _)| Some(target.name()) == slot.default.as_deref());
                    without_winner.extend(default.map(|default| (*default, contested)));
                }
            }
        }
        let before = wanted.states.clone();
        for ((target, verdict), contested) in without_winner {
            let beside = |other: &Target| {
                other != target
                    && (target.organization_name().is_none() || other.organization_name() == target.organization_name())
            };
            let worth = |(other, state): (&&Target, &Bounds)| {
                let is_doubtful = wanted.ambiguous.contains(*other) || wanted.doubtful.contains(*other);
                if is_doubtful { Bounds::OPEN } else { *state }
            };
            let waits = wanted.waiting.iter().any(|other| beside(other));
            let others = before.iter().filter(|(other, _)| beside(other)).map(worth);
            let something = if contested {
                Bounds::OPEN
            } else {
                Bounds::any(others).or(if waits { Bounds::OPEN } else { Bounds::NO })
            };
            let state = something.and(verdict.deny.not());
            if something.certain {
                wanted.defaults.insert(target);
                if state.is_open() && !holds(target) {
                    wanted.waiting.insert(target);
                }
            }
            wanted.states.insert(target, state);
        }
        wanted
    }

    /// Whether anything is to be held, a winner that waits included, unless perhaps none is preferred.
    pub(super) fn is_something(&self) -> bool {
        let certain = self.states.iter().filter(|(_, state)| state.certain).map(|(target, _)| target);
        let mut certain = certain.filter(|target| !self.ambiguous.contains(*target)).chain(&self.waiting);
        certain.any(|target| !self.doubtful.contains(target))
    }

    /// Decides one slot in one place. Where nobody wins, says whether somebody undecided might.
    fn choose(&mut self, slot: &Slot, all: &[Candidate<'_, 'a>], holds: &dyn Fn(&Target) -> bool) -> Option<bool> {
        let certain: Vec<Candidate<'_, 'a>> =
            all.iter().copied().filter(|(_, verdict)| verdict.value.certain).collect();
        let is_unambiguous = slot.choose == Choose::Unambiguous;
        if is_unambiguous && certain.len() > 1 {
            self.ambiguous.extend(certain.iter().map(|(target, _)| *target));
            self.leave_open(all, holds);
            return None;
        }
        let winner = certain.into_iter().max_by_key(|(target, verdict)| strength(slot, target, verdict, true));
        let is_winner = |target: &Target| winner.is_some_and(|(winner, _)| winner == target);
        let beats = |(target, verdict): &Candidate<'_, 'a>| match winner {
            None => true,
            Some(_) if is_unambiguous => true,
            Some((w, own)) => strength(slot, target, verdict, false) > strength(slot, w, own, true),
        };
        let rivals: Vec<Candidate<'_, 'a>> = all
            .iter()
            .copied()
            .filter(|(target, verdict)| verdict.value.possible && !is_winner(target))
            .filter(beats)
            .collect();
        self.is_contested |= !rivals.is_empty();
        if is_unambiguous && !rivals.is_empty() {
            self.doubtful.extend(winner.map(|(target, _)| target));
        }
        let is_rival = |target: &Target| rivals.iter().any(|(rival, _)| *rival == target);
        let outranks = |rank: Option<i64>| rivals.iter().all(|(_, rival)| rival.rank > rank);
        if rivals.iter().any(|(rival, _)| holds(rival)) {
            // What is held of those in question stays; nothing comes.
            self.close(all, |target| holds(target) && (is_rival(target) || is_winner(target)));
            self.wait(winner, holds);
        } else if let Some((target, verdict)) = winner {
            if rivals.is_empty() || (!is_unambiguous && outranks(verdict.rank)) {
                self.close(all, |other| other == target);
            } else {
                self.leave_open(all, holds);
                self.wait(winner, holds);
            }
        }
        winner.is_none().then_some(!rivals.is_empty())
    }

    /// Nothing is to be held but what stays.
    fn close(&mut self, all: &[Candidate<'_, 'a>], stays: impl Fn(&Target) -> bool) {
        let closed = all.iter().filter(|(target, _)| !stays(target));
        self.states.extend(closed.map(|(target, _)| (*target, Bounds::NO)));
    }

    /// Nothing comes, and nothing goes that is possible.
    fn leave_open(&mut self, all: &[Candidate<'_, 'a>], holds: &dyn Fn(&Target) -> bool) {
        let coming = all.iter().filter(|(target, verdict)| verdict.value.certain && !holds(target));
        self.states.extend(coming.map(|(target, _)| (*target, Bounds::NO)));
    }

    fn wait(&mut self, winner: Option<Candidate<'_, 'a>>, holds: &dyn Fn(&Target) -> bool) {
        self.waiting.extend(winner.map(|(target, _)| target).filter(|target| !holds(target)));
    }
}

/// How strong a candidate is by the rules that are certain, or could be by those that are possible.
fn strength<'t>(slot: &Slot, target: &'t Target, verdict: &Verdict<'_>, certain: bool) -> Strength<'t> {
    let words = verdict.grants.iter().filter(|word| word.bounds.certain || !certain);
    let score = match slot.choose {
        Choose::Priority => words.map(|word| word.rule.priority).max(),
        Choose::Specificity => words.map(|word| specificity(&word.rule.when)).max(),
        _ => None,
    };
    (score, verdict.rank, Reverse(target))
}

/// The best leaf under no `not`.
fn specificity(condition: &Condition) -> i64 {
    match condition {
        Condition::Id { .. } => 3,
        Condition::Name(_) | Condition::Path(_) | Condition::Dn(_) | Condition::Email(_) => 2,
        Condition::Regex(_) | Condition::Glob(_) | Condition::PathUnder(_) | Condition::DnUnder(_) => 1,
        Condition::Any(inner) | Condition::All(inner) => inner.iter().map(specificity).max().unwrap_or(0),
        Condition::Attribute(_) | Condition::Not(_) | Condition::Everyone => 0,
    }
}
