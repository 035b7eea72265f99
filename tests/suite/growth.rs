//! What costs grow with: the size of what is sent, not its square.

use std::time::{Duration, Instant};

use groupmap::{Claims, Config, Engine, Identity, Plan, Snapshot};
use serde_json::{Value, json};

/// How many times longer eight times as much takes: about eight where a cost grows with the size, sixty-four where it
/// grows with its square.
#[track_caller]
fn grows_with_the_size(size: usize, run: impl Fn(usize) -> Duration) {
    let least = |size: usize| (0..3).map(|_| run(size)).min().unwrap();
    let (small, large) = (least(size), least(8 * size));
    assert!(large < 24 * small, "{small:?} for {size}, {large:?} for {}", 8 * size);
}

fn engine(config: Value) -> Engine {
    Engine::compile(serde_json::from_value::<Config>(config).unwrap()).unwrap()
}

fn identity(engine: &Engine, claims: Value) -> Identity {
    engine.normalize(&serde_json::from_value::<Claims>(json!({ "id_token": claims })).unwrap()).unwrap()
}

/// How long a plan for an active account takes.
fn time(engine: &Engine, identity: &Identity) -> (Duration, Plan) {
    let snapshot: Snapshot = serde_json::from_value(json!({ "account": { "status": "active" } })).unwrap();
    let start = Instant::now();
    let plan = engine.plan(identity, &snapshot).unwrap();
    (start.elapsed(), plan)
}

fn source() -> Value {
    json!({ "id": "idp", "provider": "okta", "groups": { "limit": { "count": 1_000_000 } } })
}

/// A rule whose placeholder is filled by a group's name up to a full stop, and whether it grants.
fn filled(id: &str, effect: &str) -> Value {
    let target = json!({ "organization": "acme", "team": "{team}" });
    json!({ "id": id, "when": { "regex": "team-(?P<team>[^.]*).*" }, effect: [target] })
}

#[test]
fn many_groups_that_fill_one_placeholder() {
    let engine = engine(json!({
        "version": 1, "source": source(),
        "catalog": [{ "organization": "acme", "team": "7" }], "rules": [filled("teams", "grant")]
    }));
    grows_with_the_size(1_000, |size| {
        let groups: Vec<String> = (0..size).map(|n| format!("team-{n}")).collect();
        let (time, plan) = time(&engine, &identity(&engine, json!({ "sub": "u1", "groups": groups })));
        assert_eq!((plan.groups.count, plan.add.len()), (size as u64, 1));
        time
    });
}

/// All of them fill it with the same text, for a target that another such rule denies.
#[test]
fn many_groups_that_fill_one_placeholder_alike() {
    let engine = engine(json!({
        "version": 1, "source": source(),
        "catalog": [{ "organization": "acme" }, { "organization": "acme", "team": "a" }],
        "rules": [filled("teams", "grant"), filled("none", "deny")]
    }));
    grows_with_the_size(1_000, |size| {
        let groups: Vec<String> = (0..size).map(|n| format!("team-a.{n}")).collect();
        let (time, plan) = time(&engine, &identity(&engine, json!({ "sub": "u1", "groups": groups })));
        assert_eq!((plan.groups.count, plan.add.len(), plan.access), (size as u64, 0, groupmap::Access::Refused));
        time
    });
}

/// Many rules that one group meets, among many groups that meet them all.
#[test]
fn many_rules_on_one_condition_that_many_groups_meet() {
    let rules = |size: usize| {
        (0..size).map(|n| json!({ "id": format!("r{n}"), "when": { "glob": "g*" }, "grant": [{ "flag": "f" }] }))
    };
    grows_with_the_size(200, |size| {
        let rules: Vec<Value> = rules(size).collect();
        let engine = engine(json!({ "version": 1, "source": source(), "catalog": [{ "flag": "f" }], "rules": rules }));
        let groups: Vec<String> = (0..size).map(|n| format!("g{n}")).collect();
        let (time, plan) = time(&engine, &identity(&engine, json!({ "sub": "u1", "groups": groups })));
        assert_eq!(plan.add[0].because.len(), size);
        time
    });
}
