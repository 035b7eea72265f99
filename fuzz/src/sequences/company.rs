//! The host's own state: the people, and how many others hold what is protected.

use groupmap::{AccountStatus, Change, Holders, Membership, Plan, Snapshot, Target};
use serde_json::{Value, json};

use super::setting::{PROTECTED, TARGETS, target};
use crate::worlds::Tape;

pub const PEOPLE: usize = 3;

pub struct Company {
    people: Vec<Snapshot>,
    /// What is protected, how many must hold it, and how many hold it beside the people.
    protected: Vec<(Target, u64, u64)>,
}

impl Company {
    pub fn new(tape: &mut Tape) -> Company {
        let protected = PROTECTED
            .map(|(which, least)| (serde_json::from_value(target(which)).unwrap(), least, tape.below(4) as u64));
        Company { people: (0..PEOPLE).map(|_| someone(tape)).collect(), protected: protected.into() }
    }

    pub fn snapshot(&self, who: usize) -> Snapshot {
        self.people[who].clone()
    }

    fn holds(&self, who: usize, target: &Target) -> bool {
        self.people[who].memberships.iter().any(|held| held.target == *target)
    }

    fn is_active(&self, who: usize) -> bool {
        self.people[who].account.status == AccountStatus::Active
    }

    /// The eligible holders of what is protected: others, and the people who are active.
    pub fn holders(&self) -> Vec<Holders> {
        let mut holders: Vec<Holders> = self
            .protected
            .iter()
            .map(|(target, _, others)| {
                let people = (0..PEOPLE).filter(|who| self.is_active(*who) && self.holds(*who, target)).count();
                Holders::new(target.clone(), others + people as u64)
            })
            .collect();
        holders.sort_by(|one, other| one.target.cmp(&other.target));
        holders
    }

    /// How many hold each protected target.
    pub fn counts(&self) -> Vec<(Target, u64)> {
        self.holders().into_iter().map(|holders| (holders.target, holders.count)).collect()
    }

    /// Whatever part of the plans was carried out, in whatever order: what had enough holders has.
    pub fn check(&self, before: &[(Target, u64)], plans: &[(usize, Plan)]) {
        for ((target, was), (_, is)) in before.iter().zip(self.counts()) {
            let (_, least, _) = self.protected.iter().find(|(known, ..)| known == target).unwrap();
            let told = || plans.iter().map(|(_, plan)| plan.to_string()).collect::<String>();
            assert!(is >= *was.min(least), "{least} are to keep {target}, {was} did, {is} do: {}", told());
        }
    }

    /// Carries out the first few operations of a plan: a host that crashes has done a prefix.
    pub fn apply(&mut self, who: usize, plan: &Plan, most: usize) {
        for change in plan.changes().take(most) {
            match change {
                Change::Provision(lines) => {
                    self.switch(who, AccountStatus::Active);
                    lines.iter().for_each(|line| self.give(who, &line.target, line.managed_by.as_deref()));
                }
                Change::Link | Change::Reactivate => self.switch(who, AccountStatus::Active),
                Change::Add(line) => self.give(who, &line.target, line.managed_by.as_deref()),
                Change::Replace(line) => {
                    self.take(who, &line.replaces);
                    self.give(who, &line.target, line.managed_by.as_deref());
                }
                Change::Remove(line) => self.take(who, &line.target),
                Change::Deactivate => self.switch(who, AccountStatus::Inactive),
            }
        }
    }

    fn switch(&mut self, who: usize, status: AccountStatus) {
        self.people[who].account.status = status;
    }

    fn give(&mut self, who: usize, target: &Target, manager: Option<&str>) {
        assert!(!self.holds(who, target), "{target} is given twice");
        let membership = match manager {
            Some(manager) => Membership::managed(target.clone(), manager),
            None => Membership::manual(target.clone()),
        };
        self.people[who].memberships.push(membership);
    }

    fn take(&mut self, who: usize, target: &Target) {
        assert!(self.holds(who, target), "{target} is taken and not held");
        self.people[who].memberships.retain(|held| held.target != *target);
    }
}

/// Somebody with any account who holds anything.
fn someone(tape: &mut Tape) -> Snapshot {
    let memberships: Vec<Value> = (0..TARGETS)
        .filter_map(|which| {
            let mut held = target(which);
            match tape.below(4) {
                0 => return None,
                1 => {}
                2 => held["managed_by"] = json!("idp"),
                _ => held["managed_by"] = json!("other"),
            }
            Some(held)
        })
        .collect();
    let status = tape.pick(&["active", "absent", "inactive"]);
    let memberships = if status == "absent" { json!([]) } else { json!(memberships) };
    let snapshot = json!({ "account": { "status": status }, "memberships": memberships });
    serde_json::from_value(snapshot).unwrap()
}
