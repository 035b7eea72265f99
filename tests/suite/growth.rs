//! What costs grow with: the size of what is sent, not its square.

use std::time::{Duration, Instant};

use groupmap::{Claims, Config, Engine, Identity, Scratch, Snapshot};
use serde_json::{Value, json};

/// Eight times as much takes about eight times as long where a cost grows with the size, and sixty-four times where it
/// grows with its square. Whatever else a machine does makes some runs longer, but not all of them.
#[track_caller]
fn grows_with_the_size(size: usize, run: impl Fn(usize) -> Duration) {
    let mut small = [(); 5].map(|()| run(size));
    small.sort();
    let (small, large) = (small[2], (0..3).map(|_| run(8 * size)).min().unwrap());
    assert!(large < 24 * small, "{small:?} for {size}, {large:?} for {}", 8 * size);
}

fn engine(config: Value) -> Engine {
    Engine::compile(serde_json::from_value::<Config>(config).unwrap()).unwrap()
}

fn identity(engine: &Engine, claims: Value) -> Identity {
    engine.normalize(&serde_json::from_value::<Claims>(json!({ "id_token": claims })).unwrap()).unwrap()
}

/// How long it takes to plan for an active account, how many targets are added and how many changes are withheld.
fn time(engine: &Engine, identity: &Identity) -> (Duration, (usize, usize)) {
    let snapshot: Snapshot =
        serde_json::from_value(json!({ "account": { "status": "active" }, "memberships": [] })).unwrap();
    let mut scratch = Scratch::new();
    let start = Instant::now();
    let draft = engine.draft(identity, &snapshot, &mut scratch).unwrap();
    (start.elapsed(), (draft.add().count(), draft.withheld().count()))
}

/// The same for a login of so many groups, whose names begin alike and which give so many targets.
fn time_of_groups(engine: &Engine, start: &str, size: usize, added: usize) -> Duration {
    let groups: Vec<String> = (0..size).map(|n| format!("{start}{n}")).collect();
    let (time, changes) = time(engine, &identity(engine, json!({ "sub": "u1", "groups": groups })));
    assert_eq!(changes, (added, 0));
    time
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
    grows_with_the_size(1_000, |size| time_of_groups(&engine, "team-", size, 1));
}

/// All of them fill it with the same text, for a target that another such rule denies.
#[test]
fn many_groups_that_fill_one_placeholder_alike() {
    let engine = engine(json!({
        "version": 1, "source": source(),
        "catalog": [{ "organization": "acme" }, { "organization": "acme", "team": "a" }],
        "rules": [filled("teams", "grant"), filled("none", "deny")]
    }));
    grows_with_the_size(1_000, |size| time_of_groups(&engine, "team-a.", size, 0));
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
        time_of_groups(&engine, "g", size, 1)
    });
}

/// A slot of many teams, one of which everybody has; and as many rules whose placeholders groups that were not seen
/// could fill with them.
fn contested(size: usize, team: impl Fn(usize) -> String, written: impl Fn(usize) -> String) -> Engine {
    let teams: Vec<Value> = (0..size).map(|n| json!({ "team": team(n) })).collect();
    let rules = (0..size).map(|n| {
        let when =
            json!({ "all": [{ "regex": format!("{n}-(?P<t>.*)") }, { "attribute": { "name": "x", "equals": n } }] });
        json!({ "id": format!("r{n}"), "when": when, "grant": [{ "team": written(n) }], "priority": n + 1 })
    });
    let all = json!({ "id": "all", "when": "everyone", "grant": [{ "team": team(0) }] });
    let rules: Vec<Value> = rules.chain([all]).collect();
    engine(json!({
        "version": 1, "source": source(), "catalog": teams, "rules": rules,
        "slots": [{ "kind": "team", "choose": "specificity" }]
    }))
}

#[test]
fn a_contested_slot_that_many_templates_reach_one_target_each_of() {
    grows_with_the_size(100, |size| {
        let engine = contested(size, |n| format!("t{n}.x"), |n| format!("t{n}.{{t}}"));
        let (time, changes) = time(&engine, &identity(&engine, json!({ "sub": "u1" })));
        assert_eq!(changes, (0, 1));
        time
    });
}

#[test]
fn a_contested_slot_that_many_rules_reach_the_whole_of() {
    grows_with_the_size(100, |size| {
        let engine = contested(size, |n| format!("t{n}"), |_| "{t}".to_owned());
        // All rules but the last are known to be false.
        let (time, changes) = time(&engine, &identity(&engine, json!({ "sub": "u1", "x": size - 1 })));
        assert_eq!(changes, (0, 1));
        time
    });
}

#[test]
fn many_targets_for_whoever_no_rule_knows() {
    grows_with_the_size(2_000, |size| {
        let flags: Vec<Value> = (0..size).map(|n| json!({ "flag": format!("f{n}") })).collect();
        let engine = engine(json!({
            "version": 1, "source": source(), "catalog": flags, "unmatched": { "grant": flags },
            "rules": [{ "id": "a", "when": { "name": "a" }, "grant": [{ "flag": "f0" }] }]
        }));
        let (time, changes) = time(&engine, &identity(&engine, json!({ "sub": "u1", "groups": [] })));
        assert_eq!(changes, (size, 0));
        time
    });
}
