//! What must hold of every plan, each under the number that the manual's page on proof gives it.
//!
//! Most properties look at one pool of random plans, all of which have passed the checker; those that compare two plans
//! look at every so many of them. `GROUPMAP_WORLDS` says how many worlds are made for the pool.

#![expect(clippy::cmp_owned, reason = "targets are compared by their text; a JSON value would not equal it")]

mod batches;
mod determinism;
mod evidence;
mod explanation;
mod identity_matching;
mod ownership;
mod safeguards;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::comparison::answer;
use crate::worlds;

/// Numbers that look random; `GROUPMAP_SEED` gives others.
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Dice {
        Dice(std::env::var("GROUPMAP_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7))
    }

    pub fn number(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.number() as usize % limit
    }
}

/// Requests with their plans.
fn pool() -> &'static [(Value, Value)] {
    static POOL: OnceLock<Vec<(Value, Value)>> = OnceLock::new();
    POOL.get_or_init(|| {
        let worlds = std::env::var("GROUPMAP_WORLDS").ok().and_then(|count| count.parse().ok()).unwrap_or(600_usize);
        let mut dice = Dice::new();
        let mut pool = Vec::new();
        for _ in 0..worlds {
            let request = worlds::of_numbers((0..600).map(|_| dice.number()).collect());
            if let Some(plan) = answer(&request).get("plan") {
                pool.push((request, plan.clone()));
            }
        }
        pool
    })
}

/// Looks at every so many plans of the pool, and counts how many the judge had something to say about.
fn of_every(stride: usize, judge: impl Fn(&Value, &Value) -> bool) {
    let judged = pool().iter().step_by(stride).filter(|(request, plan)| judge(request, plan)).count();
    // A property that nothing reaches holds of anything.
    let least = pool().len() / stride / 1_000;
    assert!(judged > least || pool().len() < 1_000, "{judged} plans were judged, more than {least} are to be");
}

/// Looks at every plan that speaks of an active mapping, of a person who is not exempt.
fn of_plans(stride: usize, judge: impl Fn(&Value, &Value) -> bool) {
    of_every(stride, |request, plan| {
        plan["status"] != "inactive" && plan["status"] != "exempt" && judge(request, plan)
    });
}

fn lines<'p>(plan: &'p Value, list: &str) -> &'p [Value] {
    plan[list].as_array().unwrap()
}

fn targets(plan: &Value, list: &str) -> BTreeSet<String> {
    lines(plan, list).iter().map(|line| line["target"].to_string()).collect()
}

/// What a person is to hold, as far as the plan says: what comes and what stays.
fn kept_and_given(plan: &Value) -> BTreeSet<String> {
    ["add", "replace", "keep"].into_iter().flat_map(|list| targets(plan, list)).collect()
}

/// What a person loses by removal or replacement.
fn taken(plan: &Value) -> BTreeSet<String> {
    let replaced = lines(plan, "replace").iter().map(|line| line["replaces"].to_string());
    targets(plan, "remove").into_iter().chain(replaced).collect()
}

/// What the snapshot says is held, with the manager.
fn held(request: &Value) -> Vec<(String, Option<String>)> {
    let memberships = request["snapshot"]["memberships"].as_array().cloned().unwrap_or_default();
    let split = |mut held: Value| {
        let manager = held.as_object_mut().unwrap().remove("managed_by").and_then(|m| m.as_str().map(str::to_owned));
        (held.to_string(), manager)
    };
    memberships.into_iter().map(split).collect()
}

fn catalog(request: &Value) -> Vec<Value> {
    let plain = |line: &Value| {
        let mut target = line.clone();
        let is_target = |key: &str| !["rank", "privileged", "keep_at_least"].contains(&key);
        target.as_object_mut().unwrap().retain(|key, _| is_target(key));
        target
    };
    request["config"]["catalog"].as_array().unwrap().iter().map(plain).collect()
}

/// Whether the mapping may take a membership away.
fn is_removable(request: &Value, manager: Option<&str>) -> bool {
    let ours = manager == request["config"]["source"]["id"].as_str();
    match request["config"]["authority"].as_str().unwrap_or("managed") {
        "additive" => false,
        "exclusive" => ours || manager.is_none(),
        _ => ours,
    }
}

fn kind_of(target: &Value) -> &str {
    let built_in = ["role", "group", "team", "flag"].into_iter().find(|kind| target.get(*kind).is_some());
    built_in.or_else(|| target.get("kind").and_then(Value::as_str)).unwrap_or("organization")
}

/// Whether a target stands in a slot.
fn is_slotted(request: &Value, target: &Value) -> bool {
    let slots = request["config"]["slots"].as_array();
    slots.into_iter().flatten().any(|slot| slot["kind"] == kind_of(target))
}

fn has_no_slots(request: &Value) -> bool {
    request["config"]["slots"].as_array().is_none_or(Vec::is_empty)
}

fn is_active(request: &Value) -> bool {
    request["snapshot"]["account"]["status"] == "active"
}

fn rules(request: &Value) -> Vec<Value> {
    request["config"]["rules"].as_array().unwrap().clone()
}

/// The plan once something has been changed; nothing where there is none then.
fn plan_of(request: &Value, change: impl FnOnce(&mut Value)) -> Option<Value> {
    let mut request = request.clone();
    change(&mut request);
    answer(&request).get("plan").cloned()
}

/// A plan without its digest, and without what only says why.
fn without_digest(plan: &Value) -> Value {
    let mut plan = plan.clone();
    plan.as_object_mut().unwrap().remove("digest");
    plan
}

/// A small request by names, for what is tried out by hand.
fn small(config: Value, groups: Value, snapshot: Value) -> Value {
    let mut whole = json!({
        "version": 1,
        "source": { "id": "idp", "provider": "okta" },
        "catalog": [{ "group": "ops" }, { "team": "red" }, { "flag": "staff" }],
        "rules": [{ "id": "r", "when": { "name": "ops" }, "grant": [{ "group": "ops" }] }]
    });
    for (key, value) in config.as_object().unwrap() {
        whole[key] = value.clone();
    }
    json!({ "config": whole, "login": { "id_token": { "sub": "u1", "groups": groups } }, "snapshot": snapshot })
}

fn active(memberships: Value) -> Value {
    json!({ "account": { "status": "active" }, "memberships": memberships })
}
