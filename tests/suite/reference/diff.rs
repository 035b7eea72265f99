//! From desired to diff (section 6), and the safeguards (section 7).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::config::{Authority, Config};
use super::kleene::Kleene;
use super::slots::Desired;
use super::snapshot::Snapshot;
use super::target::{Kind, Target};
use super::verdict::{Reason, Verdict};

type Because = BTreeSet<Reason>;

#[derive(Debug, Default)]
pub struct Diff {
    /// With who manages it and why.
    add: BTreeMap<Target, (Option<String>, Because)>,
    /// With what it replaces and why.
    replace: BTreeMap<Target, (Target, Because)>,
    keep: BTreeMap<Target, Because>,
    remove: BTreeSet<Target>,
    /// By target, then code, then change.
    pub withheld: BTreeSet<(Target, &'static str, &'static str)>,
    /// Protected targets taken away, with the holders that must exist then.
    required: BTreeMap<Target, u64>,
}

impl Diff {
    /// The verdicts are there where an account is made.
    pub fn between(config: &Config, snapshot: &Snapshot, desired: &Desired, newcomer: Option<&[Verdict<'_>]>) -> Diff {
        let mut diff = Diff::default();
        let mut stale = BTreeSet::new();
        let mut wanted = BTreeSet::new();
        for (target, state) in &desired.state {
            let because = desired.because[target].clone();
            let removable = is_removable(config, snapshot, desired, target);
            match (state, snapshot.holds(target)) {
                (Kleene::True, true) => drop(diff.keep.insert(target.clone(), because)),
                (Kleene::True, false) => drop(wanted.insert(target.clone())),
                (Kleene::False, true) if removable => drop(stale.insert(target.clone())),
                (Kleene::False, _) => {}
                (Kleene::Unknown, true) => {
                    diff.keep.insert(target.clone(), because);
                    if removable && !desired.quiet.contains(target) {
                        diff.withhold("remove", target, "undecided");
                    }
                }
                (Kleene::Unknown, false) => {
                    if desired.allow[target] == Kleene::True {
                        diff.withhold("add", target, "undecided");
                    }
                }
            }
        }
        for slot in &config.slots {
            diff.change_slot(&slot.kind, &mut wanted, &mut stale, config, snapshot, desired);
        }
        for target in wanted {
            diff.add(config, desired, target);
        }
        if let Some(verdicts) = newcomer {
            diff.grant_newcomers(config, snapshot, verdicts);
        }
        // Organizations last: they go once nothing in them stays or comes.
        let (organizations, others): (Vec<Target>, Vec<Target>) = stale.into_iter().partition(Target::is_organization);
        for target in others {
            diff.remove("remove", target, config, snapshot);
        }
        for organization in organizations {
            let stays = |target: &&Target| target.is_in(&organization) && !diff.takes(target);
            let comes = diff.add.keys().any(|target| target.is_in(&organization));
            if comes || snapshot.held.keys().any(|target| stays(&target)) {
                diff.withhold("remove", &organization, "in-use");
            } else {
                diff.remove("remove", organization, config, snapshot);
            }
        }
        diff
    }

    /// Within a slot a change is one operation, and nothing is added beside a holder that stays.
    fn change_slot(
        &mut self,
        kind: &Kind,
        wanted: &mut BTreeSet<Target>,
        stale: &mut BTreeSet<Target>,
        config: &Config,
        snapshot: &Snapshot,
        desired: &Desired,
    ) {
        let in_slot: Vec<Target> = wanted.iter().filter(|target| target.kind == *kind).cloned().collect();
        for new in in_slot {
            wanted.remove(&new);
            let same_slot = |target: &&Target| target.kind == *kind && target.organization == new.organization;
            let held: Vec<Target> = snapshot.held.keys().filter(same_slot).cloned().collect();
            let (going, staying): (Vec<Target>, Vec<Target>) =
                held.into_iter().partition(|target| stale.contains(target));
            for target in &going {
                stale.remove(target);
            }
            let last = going.iter().any(|target| holders_code(config, snapshot, target).is_some());
            if !staying.is_empty() || last {
                self.withhold("add", &new, "slot-held");
                for (at, target) in going.into_iter().enumerate() {
                    let replaces = staying.is_empty() && at == 0;
                    let change = if replaces { "replace" } else { "remove" };
                    self.remove(change, target, config, snapshot);
                }
                continue;
            }
            match going.split_first() {
                None => self.add(config, desired, new),
                Some((first, rest)) => {
                    self.require(config, first);
                    let because = desired.because[&new].clone();
                    self.replace.insert(new, (first.clone(), because));
                    for target in rest {
                        self.remove("remove", target.clone(), config, snapshot);
                    }
                }
            }
        }
    }

    /// `new_grant` comes with a new account: manual, unless a deny rule is not False.
    fn grant_newcomers(&mut self, config: &Config, snapshot: &Snapshot, verdicts: &[Verdict<'_>]) {
        for target in &config.accounts.new_grant {
            let Some(verdict) = verdicts.iter().find(|verdict| verdict.target == *target) else {
                continue;
            };
            if snapshot.holds(target) || self.add.contains_key(target) {
                continue;
            }
            match verdict.deny {
                Kleene::True => {}
                Kleene::Unknown => self.withhold("add", target, "undecided"),
                Kleene::False => {
                    let because = [Reason::Setting("accounts.new_grant")].into();
                    self.withheld.remove(&(target.clone(), "undecided", "add"));
                    self.add.insert(target.clone(), (None, because));
                }
            }
        }
    }

    /// Access is lost with all that is held, whoever manages it. Answers whether that is withheld.
    pub fn lose_access(&mut self, change: &'static str, config: &Config, snapshot: &Snapshot) -> bool {
        let mut withheld = false;
        for target in snapshot.held.keys() {
            if let Some(code) = holders_code(config, snapshot, target) {
                self.withhold(change, target, code);
                withheld = true;
            }
        }
        if !withheld {
            for target in snapshot.held.keys() {
                self.require(config, target);
            }
        }
        withheld
    }

    fn add(&mut self, config: &Config, desired: &Desired, target: Target) {
        let because = desired.because[&target].clone();
        self.add.insert(target, (Some(config.source.id.clone()), because));
    }

    /// Removes a target, or withholds that change.
    fn remove(&mut self, change: &'static str, target: Target, config: &Config, snapshot: &Snapshot) {
        match holders_code(config, snapshot, &target) {
            Some(code) => self.withhold(change, &target, code),
            None => {
                self.require(config, &target);
                self.remove.insert(target);
            }
        }
    }

    fn withhold(&mut self, change: &'static str, target: &Target, code: &'static str) {
        self.withheld.insert((target.clone(), code, change));
    }

    fn require(&mut self, config: &Config, target: &Target) {
        if let Some(least) = config.keep_at_least(target) {
            self.required.insert(target.clone(), least.saturating_add(1));
        }
    }

    fn takes(&self, target: &Target) -> bool {
        self.remove.contains(target) || self.replace.values().any(|(old, _)| old == target)
    }

    /// The lists of the document, in target order; removes in reverse.
    pub fn lists(&self) -> Vec<(&'static str, Vec<Value>)> {
        let add = self.add.iter().map(|(target, (manager, because))| {
            json!({ "target": target.write(), "managed_by": manager, "because": reasons(because) })
        });
        let replace = self.replace.iter().map(|(target, (old, because))| {
            json!({ "target": target.write(), "replaces": old.write(), "because": reasons(because) })
        });
        let keep =
            self.keep.iter().map(|(target, because)| json!({ "target": target.write(), "because": reasons(because) }));
        let remove = self.remove.iter().rev().map(|target| json!({ "target": target.write() }));
        let withheld = self
            .withheld
            .iter()
            .map(|(target, code, change)| json!({ "change": change, "target": target.write(), "code": code }));
        vec![
            ("add", add.collect()),
            ("replace", replace.collect()),
            ("keep", keep.collect()),
            ("remove", remove.collect()),
            ("withheld", withheld.collect()),
        ]
    }

    pub fn required_holders(&self) -> Vec<Value> {
        let lines = self.required.iter();
        lines.map(|(target, least)| json!({ "target": target.write(), "at_least": least })).collect()
    }
}

fn reasons(because: &Because) -> Vec<Value> {
    let reason = |reason: &Reason| match reason {
        Reason::Rule(id) => json!({ "rule": id }),
        Reason::Setting(name) => json!({ "setting": name }),
    };
    because.iter().map(reason).collect()
}

/// `additive` nothing; `managed` what this source manages; `exclusive` that and what is manual, of
/// `new_grant` only what is denied.
fn is_removable(config: &Config, snapshot: &Snapshot, desired: &Desired, target: &Target) -> bool {
    let own = snapshot.is_managed_by(target, &config.source.id);
    match config.authority {
        Authority::Additive => false,
        Authority::Managed => own,
        Authority::Exclusive => {
            own || snapshot.is_manual(target)
                && (!config.accounts.new_grant.contains(target) || desired.denied.contains(target))
        }
    }
}

/// Why a holder can't be spared: one fewer must still be enough.
fn holders_code(config: &Config, snapshot: &Snapshot, target: &Target) -> Option<&'static str> {
    let least = config.keep_at_least(target)?;
    match snapshot.holders.get(target) {
        None => Some("holders-unknown"),
        Some(count) if *count <= least => Some("last-holder"),
        Some(_) => None,
    }
}
