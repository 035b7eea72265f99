//! Comparisons of two configs.

use groupmap::{CompareAnswer, CompareRequest};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::many::of_directories;

pub fn answer(request: &Value) -> Value {
    let answer = match serde_json::from_str::<CompareRequest>(&request.to_string()) {
        Ok(request) => request.answer(),
        Err(error) => CompareAnswer::invalid_request(error),
    };
    serde_json::to_value(answer).unwrap()
}

fn between(request: &Value, before: &Value, after: &Value) -> Value {
    let mut compare = request.clone();
    compare.as_object_mut().unwrap().remove("config");
    compare["before"] = before.clone();
    compare["after"] = after.clone();
    answer(&compare)
}

#[test]
fn a_config_differs_from_itself_in_nothing_and_what_one_gives_the_other_lacks() {
    of_directories(|request, tape| {
        let config = &request["config"];
        let same = between(request, config, config);
        let Some(comparison) = same.get("comparison") else {
            prop_assert!(same.get("problems_before").is_some(), "{}", same);
            return Ok(());
        };
        prop_assert_eq!(&comparison["changed"], &json!([]));
        prop_assert_eq!(&comparison["people"], &json!(request["people"].as_array().unwrap().len()));

        let mut other = config.clone();
        let rules = other["rules"].as_array_mut().unwrap();
        if !rules.is_empty() {
            rules.remove(tape.below(rules.len()));
        }
        let there = between(request, config, &other);
        if there.get("problems_after").is_some() {
            return Ok(());
        }
        let back = between(request, &other, config);
        let swapped = |line: &Value| -> Value {
            let targets = |list: &Value| -> Vec<Value> {
                let lines = list.as_array().unwrap().iter();
                lines
                    .map(|line| json!({ "target": line["target"], "before": line["after"], "after": line["before"] }))
                    .collect()
            };
            json!({ "id": line["id"], "before": line["after"], "after": line["before"],
                    "gains": targets(&line["loses"]), "loses": targets(&line["gains"]) })
        };
        let there: Vec<Value> = there["comparison"]["changed"].as_array().unwrap().iter().map(swapped).collect();
        prop_assert_eq!(&json!(there), &back["comparison"]["changed"]);
        Ok(())
    });
}

#[test]
fn who_gains_and_loses_is_told_with_the_rules_of_both_sides() {
    let config = |rules: Value| {
        json!({ "version": 1, "unmatched": "admit", "source": { "id": "s", "provider": "okta" },
                "catalog": [{ "flag": "staff" }, { "team": "red" }], "rules": rules })
    };
    let before = config(json!([{ "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] }]));
    let after = config(json!([
        { "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] },
        { "id": "no-ext", "when": { "name": "Externals" }, "deny": [{ "flag": "staff" }] },
        { "id": "red", "when": { "name": "Externals" }, "grant": [{ "team": "red" }] },
    ]));
    let person = |id: &str, groups: Value| {
        json!({ "id": id, "login": { "id_token": { "sub": id, "groups": groups } },
                "snapshot": { "account": { "status": "active" },
                              "memberships": [{ "flag": "staff", "managed_by": "s" }] } })
    };
    let people = json!([person("u1", json!(["Staff", "Externals"])), person("u2", json!(["Staff"]))]);
    let compared = between(&json!({ "people": people }), &before, &after);
    let stands = json!({ "access": "granted", "account": "none" });
    let reason = |rule: &str, group: &str| json!([{ "rule": rule, "group": group }]);
    assert_eq!(
        compared["comparison"],
        json!({ "people": 2, "changed": [{
            "id": "u1", "before": stands, "after": stands,
            "gains": [{ "target": { "team": "red" }, "before": [], "after": reason("red", "Externals") }],
            "loses": [{ "target": { "flag": "staff" }, "before": reason("staff", "Staff"),
                        "after": reason("no-ext", "Externals") }],
        }] })
    );
}

#[test]
fn whoever_only_gains_only_loses_or_only_stands_elsewhere_is_told() {
    let config = |unmatched: &str, red: &str| {
        json!({ "version": 1, "unmatched": unmatched, "source": { "id": "s", "provider": "okta" },
                "catalog": [{ "flag": "staff" }, { "team": "red" }],
                "rules": [{ "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] },
                          { "id": "red", "when": { "name": red }, "grant": [{ "team": "red" }] }] })
    };
    let person = |id: &str, groups: Value, held: Value| {
        json!({ "id": id, "login": { "id_token": { "sub": id, "groups": groups } },
                "snapshot": { "account": { "status": "active" }, "memberships": held } })
    };
    let staff = json!({ "flag": "staff", "managed_by": "s" });
    let red = json!({ "team": "red", "managed_by": "s" });
    let people = json!([
        person("gains", json!(["Staff", "New"]), json!([staff])),
        person("stays", json!(["Staff"]), json!([staff])),
        person("loses", json!(["Staff", "Old"]), json!([staff, red])),
        person("comes in", json!(["Other"]), json!([])),
    ]);
    let compared = between(&json!({ "people": people }), &config("refuse", "Old"), &config("admit", "New"));
    let changed = compared["comparison"]["changed"].as_array().unwrap();
    let told: Vec<_> = changed
        .iter()
        .map(|line| {
            let count = |list: &str| line[list].as_array().unwrap().len();
            (line["id"].as_str().unwrap(), count("gains"), count("loses"), line["before"] == line["after"])
        })
        .collect();
    assert_eq!(told, [("gains", 1, 0, true), ("loses", 0, 1, true), ("comes in", 0, 0, false)], "{compared}");
}
