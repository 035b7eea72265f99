//! What must hold of every plan, over random worlds.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::agreement::runner;
use crate::cases::{applied_to, groups_shuffled};
use crate::comparison::answer;
use crate::worlds;

/// Judges the plans of so many random worlds.
fn of_plans(worlds: u32, judge: impl Fn(&Value, &Value) -> Result<(), TestCaseError>) {
    let result = runner(worlds).run(&worlds::world(), |request| match answer(&request).get("plan") {
        Some(plan) => judge(&request, plan),
        None => Ok(()),
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn targets(plan: &Value, list: &str) -> Vec<String> {
    plan[list].as_array().unwrap().iter().map(|line| line["target"].to_string()).collect()
}

fn held(request: &Value) -> Vec<(String, Value)> {
    let memberships = request["snapshot"]["memberships"].as_array().cloned().unwrap_or_default();
    memberships
        .into_iter()
        .map(|mut membership| {
            let manager = membership.as_object_mut().unwrap().remove("managed_by").unwrap_or_default();
            (membership.to_string(), manager)
        })
        .collect()
}

#[test]
fn p02_p03_order_and_repetition_of_groups_change_no_byte() {
    of_plans(2_000, |request, plan| {
        prop_assert_eq!(plan, &answer(&groups_shuffled(request))["plan"]);
        Ok(())
    });
}

#[test]
fn p04_planning_again_after_applying_a_plan_changes_nothing() {
    of_plans(4_000, |request, _| {
        let Some(after) = applied_to(request) else { return Ok(()) };
        let again = &answer(&after)["plan"];
        for list in ["add", "replace", "remove"] {
            prop_assert_eq!(&again[list], &json!([]), "{} of {} after {}", list, again, after);
        }
        Ok(())
    });
}

#[test]
fn p06_no_target_stands_in_two_operations_and_only_removable_ones_go() {
    of_plans(4_000, |request, plan| {
        let held = held(request);
        let (add, remove) = (targets(plan, "add"), targets(plan, "remove"));
        let (new, replace) = (targets(plan, "replace"), plan["replace"].as_array().unwrap());
        let old: Vec<String> = replace.iter().map(|line| line["replaces"].to_string()).collect();
        let keep = targets(plan, "keep");
        let all: Vec<&String> = add.iter().chain(&remove).chain(&new).chain(&old).chain(&keep).collect();
        prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{}", plan);
        for gone in remove.iter().chain(&old) {
            let (_, manager) = held.iter().find(|(target, _)| target == gone).unwrap();
            let authority = request["config"]["authority"].as_str().unwrap_or("managed");
            let ours = *manager == request["config"]["source"]["id"];
            let removable = authority != "additive" && (ours || (authority == "exclusive" && manager.is_null()));
            prop_assert!(removable, "{} is not removable: {}", gone, request);
        }
        for given in add.iter().chain(&new) {
            prop_assert!(!held.iter().any(|(target, _)| target == given), "{} is held", given);
        }
        Ok(())
    });
}

#[test]
fn p17_without_a_groups_claim_nobody_is_deactivated_or_refused_for_it() {
    of_plans(4_000, |request, _| {
        let mut request = request.clone();
        request["config"]["source"]["groups"]["absent"] = "unknown".into();
        // The reading of a login that certainly holds no groups.
        request["login"] = json!({ "id_token": { "sub": "u1", "iss": request["config"]["source"]["issuer"] } });
        request["config"]["rules"] = json!([{ "id": "r", "when": { "any": [group_condition(&request)] }, "grant": plan_targets(&request), "acknowledge_privileged": true }]);
        if request["snapshot"]["account"]["subject"].is_string() {
            request["snapshot"]["account"]["subject"] = "u1".into();
        }
        let Some(absent) = answer(&request).get("plan").cloned() else { return Ok(()) };
        if request["snapshot"]["account"]["status"] == "active" && absent["status"] != "inactive" {
            prop_assert_eq!(&absent["access"], "granted", "{} {}", absent, request);
            prop_assert_eq!(&absent["account"], "none");
            let granted: Vec<String> =
                plan_targets(&request).as_array().unwrap().iter().map(Value::to_string).collect();
            for gone in targets(&absent, "remove") {
                prop_assert!(!granted.contains(&gone), "{} goes without evidence: {}", gone, request);
            }
        }
        Ok(())
    });
}

/// A condition that some unseen group could meet.
fn group_condition(request: &Value) -> Value {
    match request["config"]["source"]["groups"]["identified_by"].as_str() {
        Some("id") => json!({ "id": "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }),
        Some("path") => json!({ "path": ["a"] }),
        Some("dn") => json!({ "dn": "CN=a" }),
        Some("email") => json!({ "email": "a@example.com" }),
        _ => json!({ "name": "a" }),
    }
}

/// The whole catalog, as targets to grant.
fn plan_targets(request: &Value) -> Value {
    let catalog = request["config"]["catalog"].as_array().unwrap().iter().map(|entry| {
        let mut target = entry.clone();
        target
            .as_object_mut()
            .unwrap()
            .retain(|key, _| !["rank", "privileged", "keep_at_least"].contains(&key.as_str()));
        target
    });
    catalog.collect()
}
