//! What happens to one person over time: logins, edits of the rules, hosts that crash in the middle of a plan.

use std::collections::BTreeMap;

use groupmap::{Change, Claims, Config, Engine, Membership, Plan, Snapshot, Target, verify};
use serde_json::{Value, json};

use crate::worlds::Tape;

const TARGETS: usize = 5;
const GROUPS: [&str; 4] = ["a", "b", "c", "d"];

fn target(which: usize) -> Value {
    match which {
        0 => json!({ "organization": "acme", "role": "owner" }),
        1 => json!({ "organization": "acme", "role": "viewer" }),
        2 => json!({ "organization": "acme" }),
        3 => json!({ "flag": "staff" }),
        _ => json!({ "team": "red" }),
    }
}

/// The mapping at one moment.
fn config(tape: &mut Tape) -> Config {
    let mut catalog: Vec<Value> = (0..TARGETS).map(target).collect();
    catalog[0]["keep_at_least"] = json!(1);
    catalog[0]["rank"] = json!(2);
    catalog[1]["rank"] = json!(1);
    catalog[3]["keep_at_least"] = json!(2);
    let condition = |tape: &mut Tape| {
        let name = json!({ "name": tape.pick(&GROUPS) });
        match tape.below(4) {
            0 => json!({ "not": name }),
            1 => json!({ "any": [name, { "regex": "[ab]" }] }),
            _ => name,
        }
    };
    let rules: Vec<Value> = (0..1 + tape.below(4))
        .map(|at| {
            let effect = if tape.chance(25) { "deny" } else { "grant" };
            json!({ "id": format!("r{at}"), "when": condition(tape), effect: [target(tape.below(TARGETS))] })
        })
        .collect();
    let slots = if tape.chance(50) { json!([{ "kind": "role", "choose": "highest" }]) } else { json!([]) };
    let config = json!({
        "version": 1,
        "authority": tape.pick(&["managed", "exclusive", "additive"]),
        "unmatched": tape.pick(&["refuse", "deactivate", "admit"]),
        "source": { "id": "idp", "provider": "okta" },
        "accounts": { "reactivate": tape.chance(50) },
        "catalog": catalog, "slots": slots, "rules": rules
    });
    serde_json::from_value(config).unwrap()
}

fn login(tape: &mut Tape) -> Claims {
    let groups: Vec<&str> = GROUPS.into_iter().filter(|_| tape.chance(40)).collect();
    let token = match tape.below(6) {
        0 => json!({ "sub": "u1" }),
        1 => json!({ "sub": "u1", "groups": groups, "hasgroups": true }),
        2 => json!({ "sub": "u1", "groups": [groups, 7] }),
        _ => json!({ "sub": "u1", "groups": groups }),
    };
    serde_json::from_value(json!({ "id_token": token })).unwrap()
}

/// The host's own state: the person, and how many others hold what is protected.
struct Host {
    snapshot: Snapshot,
    others: BTreeMap<Target, u64>,
}

impl Host {
    fn new(tape: &mut Tape) -> Host {
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
        let others = [0, 3].map(|which| (serde_json::from_value(target(which)).unwrap(), tape.below(4) as u64));
        Host { snapshot: serde_json::from_value(snapshot).unwrap(), others: others.into() }
    }

    fn holds(&self, target: &Target) -> bool {
        self.snapshot.memberships.iter().any(|held| held.target == *target)
    }

    fn is_active(&self) -> bool {
        self.snapshot.account.status == groupmap::AccountStatus::Active
    }

    /// The eligible holders of a target, the person included.
    fn count(&self, target: &Target) -> u64 {
        self.others.get(target).copied().unwrap_or(0) + u64::from(self.is_active() && self.holds(target))
    }

    /// The snapshot that a plan is made from.
    fn read(&self) -> Snapshot {
        let mut snapshot = self.snapshot.clone();
        snapshot.holders =
            self.others.keys().map(|target| groupmap::Holders::new(target.clone(), self.count(target))).collect();
        snapshot
    }

    /// Carries out the first few operations of a plan: a host that crashes has done a prefix.
    fn apply(&mut self, plan: &Plan, most: usize) {
        for change in plan.changes().take(most) {
            match change {
                Change::Provision(lines) => {
                    self.snapshot.account.status = groupmap::AccountStatus::Active;
                    lines.iter().for_each(|line| self.give(&line.target, line.managed_by.as_deref()));
                }
                Change::Link | Change::Reactivate => self.snapshot.account.status = groupmap::AccountStatus::Active,
                Change::Add(line) => self.give(&line.target, line.managed_by.as_deref()),
                Change::Replace(line) => {
                    self.take(&line.replaces);
                    self.give(&line.target, line.managed_by.as_deref());
                }
                Change::Remove(line) => self.take(&line.target),
                Change::Deactivate => self.snapshot.account.status = groupmap::AccountStatus::Inactive,
            }
        }
    }

    fn give(&mut self, target: &Target, manager: Option<&str>) {
        assert!(!self.holds(target), "{target} is given twice");
        let membership = match manager {
            Some(manager) => Membership::managed(target.clone(), manager),
            None => Membership::manual(target.clone()),
        };
        self.snapshot.memberships.push(membership);
    }

    fn take(&mut self, target: &Target) {
        assert!(self.holds(target), "{target} is taken and not held");
        self.snapshot.memberships.retain(|held| held.target != *target);
    }

    /// How many of each protected target are there, or were needed and never there.
    fn counts(&self) -> Vec<u64> {
        self.others.keys().map(|target| self.count(target)).collect()
    }
}

fn planned(engine: &Engine, claims: &Claims, host: &Host) -> Plan {
    let identity = engine.normalize(claims).unwrap();
    let snapshot = host.read();
    let plan = engine.plan(&identity, &snapshot).unwrap();
    assert_eq!(verify(&plan, engine, &identity, &snapshot), [], "{plan}");
    plan
}

/// A tape of logins, edits and crashes.
pub fn sequences(data: &[u8]) {
    let mut tape = Tape::new(super::numbers(data));
    let mut host = Host::new(&mut tape);
    let Ok(mut engine) = Engine::compile(config(&mut tape)) else { return };
    let mut claims = login(&mut tape);
    for _ in 0..1 + tape.below(6) {
        if tape.chance(40)
            && let Ok(edited) = Engine::compile(config(&mut tape))
        {
            engine = edited;
        }
        claims = login(&mut tape);
        let before = host.counts();
        let plan = planned(&engine, &claims, &host);
        let most = if tape.chance(30) { tape.below(4) } else { usize::MAX };
        host.apply(&plan, most);
        // Whatever part of a plan was carried out: what had enough holders has.
        // In target order: the flag, of which two are to be kept, stands before what is in an organization.
        let minima = [(0, 2), (1, 1)];
        for (place, least) in minima {
            let (was, is) = (before[place], host.counts()[place]);
            assert!(is >= was.min(least), "{least} are to be kept, {was} were there, {is} are: {plan}");
        }
    }
    // A crash leaves nothing that the next login does not mend, and then there is nothing more to do.
    let mut plan = planned(&engine, &claims, &host);
    host.apply(&plan, usize::MAX);
    // This host counts active people as holders. Of somebody who was not, what is protected may only now be taken.
    if plan.changes().any(|change| matches!(change, Change::Reactivate)) {
        plan = planned(&engine, &claims, &host);
        host.apply(&plan, usize::MAX);
    }
    let again = planned(&engine, &claims, &host);
    assert!(again.add.is_empty() && again.replace.is_empty() && again.remove.is_empty(), "{again} after {plan}");
}
