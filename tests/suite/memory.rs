//! What a scratch remembers, how much of it, and that no answer depends on it.

use groupmap::{Claims, Config, Engine, Scratch, Snapshot};
use serde_json::{Value, json};

/// An engine whose rules, one for each condition, grant one team.
fn engine(conditions: &[Value], team: &str) -> Engine {
    let rules: Vec<Value> = conditions
        .iter()
        .enumerate()
        .map(|(at, when)| json!({ "id": format!("r{at}"), "when": when, "grant": [{ "team": team }] }))
        .collect();
    let config = json!({
        "version": 1, "source": { "id": "idp", "provider": "okta" },
        "catalog": [{ "team": "red" }, { "team": "blue" }], "rules": rules
    });
    Engine::compile(serde_json::from_value::<Config>(config).unwrap()).unwrap()
}

/// The targets that a login of these groups is given.
fn given(engine: &Engine, groups: &[String], scratch: &mut Scratch) -> Vec<String> {
    let claims: Claims = serde_json::from_value(json!({ "id_token": { "sub": "u1", "groups": groups } })).unwrap();
    let identity = engine.normalize(&claims).unwrap();
    let snapshot: Snapshot =
        serde_json::from_value(json!({ "account": { "status": "active" }, "memberships": [] })).unwrap();
    engine.draft(&identity, &snapshot, scratch).unwrap().add().map(ToString::to_string).collect()
}

fn groups(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("g{number}")).collect()
}

#[test]
fn a_scratch_remembers_as_many_groups_as_it_may_and_begins_anew() {
    let engine = engine(&[json!({ "name": "g1" }), json!({ "regex": ".*7" })], "red");
    let mut scratch = Scratch::with_memo(10);
    assert_eq!(scratch.remembered(), 0);
    assert_eq!(given(&engine, &groups(0..3), &mut scratch), ["team:red"]);
    assert_eq!(scratch.remembered(), 3);
    // Seen before, twice over.
    assert_eq!(given(&engine, &groups(0..3), &mut scratch), ["team:red"]);
    assert_eq!(scratch.remembered(), 3);
    assert!(given(&engine, &groups(2..7), &mut scratch).is_empty());
    assert_eq!(scratch.remembered(), 7);
    assert_eq!(given(&engine, &groups(7..10), &mut scratch), ["team:red"]);
    assert_eq!(scratch.remembered(), 10);
    // One more than it may: it forgets all, and holds what came after.
    assert_eq!(given(&engine, &groups(16..18), &mut scratch), ["team:red"]);
    assert_eq!(scratch.remembered(), 2);
    assert_eq!(given(&engine, &groups(1..2), &mut scratch), ["team:red"]);
    assert_eq!(format!("{scratch:?}"), "Scratch { remembered: 3, .. }");
}

#[test]
fn a_scratch_without_a_memo_remembers_nothing() {
    let engine = engine(&[json!({ "name": "g1" })], "red");
    for mut scratch in [Scratch::new(), Scratch::with_memo(0)] {
        assert_eq!(given(&engine, &groups(0..3), &mut scratch), ["team:red"]);
        assert_eq!(scratch.remembered(), 0);
    }
}

/// Groups that meet many conditions take more room, and fewer are remembered.
#[test]
fn groups_that_meet_many_conditions_are_not_remembered_without_end() {
    let conditions: Vec<Value> = (0..40).map(|at| json!({ "regex": format!("g.*|x{at}") })).collect();
    let engine = engine(&conditions, "red");
    let mut scratch = Scratch::with_memo(2);
    assert_eq!(given(&engine, &groups(0..1), &mut scratch), ["team:red"]);
    assert_eq!(scratch.remembered(), 1);
    assert_eq!(given(&engine, &groups(1..2), &mut scratch), ["team:red"]);
    assert_eq!(scratch.remembered(), 1);
}

/// What was learned of one engine's rules says nothing of another's, also where the other's are fewer.
#[test]
fn what_is_remembered_is_of_one_engine() {
    let red = engine(&[json!({ "name": "g1" }), json!({ "regex": "g[2-5]" })], "red");
    let blue = engine(&[json!({ "regex": "g[1-3]" }), json!({ "name": "g9" })], "blue");
    let mut scratch = Scratch::with_memo(100);
    let steps = [
        (&red, 0..2, Some("team:red"), 2),
        (&blue, 0..2, Some("team:blue"), 2),
        (&blue, 9..10, Some("team:blue"), 3),
        (&red, 9..10, None, 1),
        (&red, 4..5, Some("team:red"), 2),
        (&blue, 4..5, None, 1),
    ];
    for (engine, numbers, expected, remembered) in steps {
        let expected: Vec<String> = expected.map(str::to_owned).into_iter().collect();
        assert_eq!(given(engine, &groups(numbers.clone()), &mut scratch), expected, "{numbers:?}");
        assert_eq!(scratch.remembered(), remembered, "{numbers:?}");
    }
}
