//! From verdicts to what is desired: at most one target in each slot (section 5).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::condition::Condition;
use super::config::{Choose, Config, Rule, Slot};
use super::kleene::{Kleene, any};
use super::snapshot::Snapshot;
use super::target::Target;
use super::verdict::{Reason, Verdict};

#[derive(Debug, Default)]
pub struct Desired {
    pub state: BTreeMap<Target, Kleene>,
    pub allow: BTreeMap<Target, Kleene>,
    pub because: BTreeMap<Target, BTreeSet<Reason>>,
    /// Held ones of an ambiguous slot: they stay, and nothing is said about it.
    pub quiet: BTreeSet<Target>,
    /// What a deny rule denies.
    pub denied: BTreeSet<Target>,
    /// Some slot's best candidate is only withheld.
    pub withheld: bool,
    pub ambiguous: bool,
    /// The targets that are True in an ambiguous slot, or in one that could turn out to be: for a default beside them,
    /// and for section 9, they are Unknown.
    pub contested: BTreeSet<Target>,
    pub undecided: bool,
}

impl Desired {
    pub fn something(&self) -> bool {
        let mut certain = self.state.iter().filter(|(_, state)| **state == Kleene::True);
        self.withheld || certain.any(|(target, _)| !self.contested.contains(target))
    }
}

pub fn resolve(config: &Config, verdicts: &[Verdict<'_>], snapshot: &Snapshot) -> Desired {
    let mut desired = Desired::default();
    for verdict in verdicts {
        desired.state.insert(verdict.target.clone(), verdict.value);
        desired.allow.insert(verdict.target.clone(), verdict.allow);
        if verdict.deny == Kleene::True {
            desired.denied.insert(verdict.target.clone());
        }
        desired.because.insert(verdict.target.clone(), verdict.because.clone());
    }
    let mut defaults = Vec::new();
    for slot in &config.slots {
        let in_slot = |verdict: &&Verdict<'_>| verdict.target.kind == slot.kind;
        let organizations: BTreeSet<Option<String>> =
            verdicts.iter().filter(in_slot).map(|verdict| verdict.target.organization.clone()).collect();
        for organization in organizations {
            let candidates: Vec<&Verdict<'_>> =
                verdicts.iter().filter(in_slot).filter(|verdict| verdict.target.organization == organization).collect();
            if let Some(base) = choose(slot, &candidates, snapshot, &mut desired) {
                let default = slot.default_beside(organization);
                defaults.extend(default.and_then(|target| Some((find(verdicts, &target)?, base))));
            }
        }
    }
    apply_defaults(&defaults, &mut desired);
    desired
}

fn find<'a, 'b>(verdicts: &'a [Verdict<'b>], target: &Target) -> Option<&'a Verdict<'b>> {
    verdicts.iter().find(|verdict| verdict.target == *target)
}

/// Decides one slot; the page's *w* is `best`, its *U* `rivals`. Answers something if there is no
/// *w*, so that a default may serve.
fn choose(slot: &Slot, candidates: &[&Verdict<'_>], snapshot: &Snapshot, desired: &mut Desired) -> Option<Open> {
    let certain: Vec<&&Verdict<'_>> = candidates.iter().filter(|verdict| verdict.value == Kleene::True).collect();
    if slot.choose == Choose::Unambiguous && certain.len() > 1 {
        desired.contested.extend(certain.iter().map(|verdict| verdict.target.clone()));
        settle_ambiguous(candidates, snapshot, desired);
        return None;
    }
    let best = certain.into_iter().max_by_key(|verdict| strength(slot, verdict, Kleene::True)).copied();
    // The other candidates that could beat the best one.
    let rivals: Vec<&Verdict<'_>> = candidates
        .iter()
        .copied()
        .filter(|verdict| verdict.value != Kleene::False)
        .filter(|verdict| match best {
            None => true,
            Some(best) if best.target == verdict.target => false,
            Some(_) if slot.choose == Choose::Unambiguous => true,
            Some(best) => strength(slot, verdict, Kleene::Unknown) > strength(slot, best, Kleene::True),
        })
        .collect();
    let is_best = |target: &Target| best.is_some_and(|best| best.target == *target);
    let is_rival = |target: &Target| rivals.iter().any(|rival| rival.target == *target);
    let open = best.is_none().then_some(Open { rivals: !rivals.is_empty() });
    desired.undecided |= !rivals.is_empty();
    if slot.choose == Choose::Unambiguous && !rivals.is_empty() {
        desired.contested.extend(best.map(|best| best.target.clone()));
    }

    if rivals.iter().any(|rival| snapshot.holds(&rival.target)) {
        // Held rivals stay, and the best one if held; nothing is added.
        for candidate in candidates {
            let target = &candidate.target;
            let stays = snapshot.holds(target) && (is_rival(target) || is_best(target));
            if !stays && !is_best(target) {
                desired.state.insert(target.clone(), Kleene::False);
            }
        }
        withhold_unless_held(best, snapshot, desired);
        return open;
    }
    if let Some(best) = best {
        let outranked = slot.choose != Choose::Unambiguous
            && rivals.iter().all(|rival| slot.choose == Choose::Highest || rival.rank > best.rank);
        if rivals.is_empty() || outranked {
            for candidate in candidates.iter().filter(|candidate| !is_best(&candidate.target)) {
                desired.state.insert(candidate.target.clone(), Kleene::False);
            }
            return None;
        }
        // Held candidates that are not False stay as they are; those not held are not added.
        for candidate in candidates {
            let target = &candidate.target;
            if candidate.value == Kleene::True && !is_best(target) && !snapshot.holds(target) {
                desired.state.insert(target.clone(), Kleene::False);
            }
        }
        withhold_unless_held(Some(best), snapshot, desired);
    }
    open
}

/// A slot without a best candidate.
#[derive(Debug, Clone, Copy)]
struct Open {
    rivals: bool,
}

/// A best candidate that is not held is Unknown to the diff: withheld add `undecided`.
fn withhold_unless_held(best: Option<&Verdict<'_>>, snapshot: &Snapshot, desired: &mut Desired) {
    let Some(best) = best else { return };
    desired.withheld |= !desired.contested.contains(&best.target);
    if !snapshot.holds(&best.target) {
        desired.state.insert(best.target.clone(), Kleene::Unknown);
    }
}

/// Several certain candidates: none is added, held ones stay.
fn settle_ambiguous(candidates: &[&Verdict<'_>], snapshot: &Snapshot, desired: &mut Desired) {
    desired.ambiguous = true;
    for candidate in candidates {
        let target = &candidate.target;
        match (candidate.value, snapshot.holds(target)) {
            (Kleene::True, true) => {
                desired.state.insert(target.clone(), Kleene::Unknown);
                desired.quiet.insert(target.clone());
            }
            (Kleene::Unknown, true) => {}
            _ => drop(desired.state.insert(target.clone(), Kleene::False)),
        }
    }
}

/// A default is worth what else is desired in its organization, or anywhere if it is in none.
fn apply_defaults(defaults: &[(&Verdict<'_>, Open)], desired: &mut Desired) {
    let before = desired.state.clone();
    let contested = desired.contested.clone();
    let worth = |(target, state): (&Target, &Kleene)| match contested.contains(target) {
        true => Kleene::Unknown,
        false => *state,
    };
    for (verdict, open) in defaults {
        let target = &verdict.target;
        let others = before.iter().filter(|(other, _)| {
            *other != target && (target.organization.is_none() || other.organization == target.organization)
        });
        let base = if open.rivals { Kleene::Unknown } else { any(others.map(worth)) };
        desired.state.insert(target.clone(), base.and(verdict.deny.not()));
        desired.allow.insert(target.clone(), verdict.allow.or(base));
        if base == Kleene::True {
            let because = desired.because.entry(target.clone()).or_default();
            because.insert(Reason::Setting("slots.default"));
        }
    }
}

/// How candidates compare: score, then rank, then target order, the first being the best.
/// Only rules worth at least `least` count.
fn strength(slot: &Slot, verdict: &Verdict<'_>, least: Kleene) -> (i64, Option<i64>, Reverse<Target>) {
    let rules = verdict.grants.iter().filter(|(_, granted)| *granted >= least).map(|(rule, _)| rule);
    let score = match slot.choose {
        Choose::Highest | Choose::Unambiguous => 0,
        Choose::Priority => rules.map(|rule| rule.priority).max().unwrap_or(i64::MIN),
        Choose::Specificity => rules.map(|rule| specificity(rule)).max().unwrap_or(0),
    };
    (score, verdict.rank, Reverse(verdict.target.clone()))
}

/// The best leaf under no `not`.
fn specificity(rule: &Rule) -> i64 {
    let leaves = rule.when.leaves("when").into_iter().filter(|leaf| !leaf.under_not);
    leaves.map(|leaf| leaf_specificity(leaf.condition)).max().unwrap_or(0)
}

fn leaf_specificity(leaf: &Condition) -> i64 {
    match leaf {
        Condition::Exact { kind: super::text::Kind::Id, .. } => 3,
        Condition::Exact { .. } => 2,
        Condition::Under { .. } | Condition::Regex(_) | Condition::Glob(_) => 1,
        _ => 0,
    }
}
