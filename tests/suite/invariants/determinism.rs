//! P01 to P14: the same input gives the same plan, and plans follow their algebra.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::cases::{applied_to, groups_shuffled};
use crate::comparison::answer_text;

#[test]
fn p01_same_input_same_bytes_in_every_thread() {
    let texts: Vec<(String, Value)> = pool().iter().step_by(10).map(|(r, p)| (r.to_string(), p.clone())).collect();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| texts.iter().for_each(|(request, plan)| assert_eq!(answer_text(request)["plan"], *plan)));
        }
    });
}

#[test]
fn p02_order_changes_no_byte() {
    of_every(4, |request, plan| {
        let mut other = groups_shuffled(request);
        for list in ["/config/rules", "/config/catalog", "/config/slots", "/snapshot/memberships", "/snapshot/holders"]
        {
            other.pointer_mut(list).and_then(Value::as_array_mut).into_iter().for_each(|list| list.reverse());
        }
        assert_eq!(answer(&other)["plan"], *plan, "{request}");
        true
    });
}

#[test]
fn p03_repeated_groups_change_nothing_and_repeated_rules_and_keys_are_errors() {
    of_every(4, |request, plan| {
        assert_eq!(answer(&groups_shuffled(request))["plan"], *plan, "{request}");
        let Some(first) = rules(request).first().cloned() else { return false };
        let mut twice = request.clone();
        twice["config"]["rules"].as_array_mut().unwrap().push(first);
        assert!(answer(&twice)["problems"].to_string().contains("duplicate-rule-id"), "{twice}");
        let key = request.to_string().replacen("\"version\":1", "\"version\":1,\"version\":1", 1);
        assert_eq!(answer_text(&key)["error"]["code"], "invalid-request");
        true
    });
}

#[test]
fn p04_planning_again_after_applying_a_plan_changes_nothing() {
    of_every(1, |request, _| {
        let Some(after) = applied_to(request) else { return false };
        let again = &answer(&after)["plan"];
        for list in ["add", "replace", "remove"] {
            assert_eq!(&again[list], &json!([]), "{list} of {again} after {after}");
        }
        true
    });
}

/// What is held once a plan's lists have been carried out, as a host that repeats itself would.
fn after(before: &BTreeSet<String>, plan: &Value) -> BTreeSet<String> {
    let mut held = before.clone();
    held.extend(targets(plan, "add").into_iter().chain(targets(plan, "replace")));
    held.retain(|target| !taken(plan).contains(target));
    held
}

#[test]
fn p05_applying_twice_is_applying_once() {
    of_every(1, |request, plan| {
        let before: BTreeSet<String> = held(request).into_iter().map(|(target, _)| target).collect();
        let once = after(&before, plan);
        assert_eq!(after(&once, plan), once);
        once != before
    });
}

#[test]
fn p06_no_target_stands_in_two_operations_and_only_removable_ones_go() {
    of_every(1, |request, plan| {
        let held = held(request);
        let all = ["add", "replace", "keep", "remove"].map(|list| lines(plan, list).len()).iter().sum::<usize>();
        let distinct: BTreeSet<String> = kept_and_given(plan).union(&taken(plan)).cloned().collect();
        assert_eq!(distinct.len(), all + lines(plan, "replace").len(), "{plan}");
        for gone in taken(plan) {
            let (_, manager) = held.iter().find(|(target, _)| *target == gone).unwrap();
            assert!(is_removable(request, manager.as_deref()), "{gone} is not removable: {request}");
        }
        for given in targets(plan, "add").union(&targets(plan, "replace")) {
            assert!(!held.iter().any(|(target, _)| target == given), "{given} is held: {request}");
        }
        !taken(plan).is_empty()
    });
}

/// A host may describe an account as absent and still list what it left behind.
#[test]
fn p06_what_an_absent_account_still_holds_is_not_added() {
    let accounts = json!({ "accounts": { "new_grant": [{ "flag": "staff" }] } });
    let snapshot =
        json!({ "account": { "status": "absent" }, "memberships": [{ "flag": "staff" }, { "group": "ops" }] });
    let plan = &answer(&small(accounts, json!(["ops"]), snapshot))["plan"];
    assert_eq!((&plan["account"], &plan["add"]), (&json!("provision"), &json!([])), "{plan}");
}

#[test]
fn p07_what_is_held_and_not_wanted_is_removed_or_withheld_and_nothing_else() {
    of_plans(1, |request, plan| {
        if plan["status"] == "refused" && !is_active(request) {
            return false;
        }
        let catalog: BTreeSet<String> = catalog(request).iter().map(Value::to_string).collect();
        let withheld: BTreeSet<String> = lines(plan, "withheld")
            .iter()
            .filter(|line| line["change"] == "remove" || line["change"] == "replace")
            .map(|line| line["target"].to_string())
            .collect();
        let (stays, goes) = (kept_and_given(plan), taken(plan));
        let once = |target: &str| request["config"]["accounts"]["new_grant"].to_string().contains(target);
        for (target, manager) in held(request) {
            let spoken = usize::from(stays.contains(&target)) + usize::from(goes.contains(&target));
            let must = catalog.contains(&target) && is_removable(request, manager.as_deref());
            assert!(spoken <= 1);
            if must && !(manager.is_none() && once(&target)) {
                assert!(spoken == 1 || withheld.contains(&target), "{target} is left out: {plan} of {request}");
            }
            assert!(!(goes.contains(&target) && withheld.contains(&target)), "{target} goes and is withheld: {plan}");
        }
        for named in stays.union(&goes).chain(&withheld) {
            assert!(catalog.contains(named), "{named} is not in the catalog");
        }
        true
    });
}

fn without_denies(request: &mut Value) {
    let rules: Vec<Value> = rules(request).into_iter().filter(|rule| rule.get("deny").is_none()).collect();
    request["config"]["rules"] = json!(rules);
}

fn with_rule(request: &mut Value, effect: &str, target: &Value) {
    let rule = json!({ "id": "zz", "when": "everyone", effect: [target], "priority": 1_000_003, "acknowledge_privileged": true });
    request["config"]["rules"].as_array_mut().unwrap().push(rule);
}

#[test]
fn p08_a_target_that_any_rule_allows_and_none_denies_is_not_removed() {
    of_plans(1, |request, plan| {
        let gone = lines(plan, "remove").iter().map(|line| &line["target"]).find(|target| !is_slotted(request, target));
        let Some(gone) = gone else { return false };
        let granted = plan_of(request, |request| {
            without_denies(request);
            with_rule(request, "grant", gone);
        });
        // A target that exempts may be granted by no rule.
        granted.is_some_and(|plan| {
            assert!(!taken(&plan).contains(&gone.to_string()), "{gone} goes: {plan} of {request}");
            true
        })
    });
}

fn id_token_groups(request: &mut Value) -> Option<&mut Vec<Value>> {
    let claims = request["config"]["source"]["groups"]["claims"].clone();
    let plain = claims.is_null() || claims == json!(["groups"]);
    let provider = request["config"]["source"]["provider"].as_str().unwrap_or_default().to_owned();
    let fetched = request["login"].get("fetched_groups").is_some();
    if fetched || !plain || (claims.is_null() && ["cognito", "adfs"].contains(&&*provider)) {
        return None;
    }
    request["login"].get_mut("id_token")?.get_mut("groups")?.as_array_mut()
}

#[test]
fn p09_a_group_that_no_rule_matches_changes_no_operation() {
    of_plans(1, |request, plan| {
        let text = request["config"]["rules"].to_string();
        let groups = &request["config"]["source"]["groups"];
        let kind = groups["identified_by"].as_str().unwrap_or("name");
        if text.contains("regex") || text.contains("glob") || kind != "name" || groups.get("limit").is_some() {
            return false;
        }
        let mut other = request.clone();
        let Some(list) = id_token_groups(&mut other) else { return false };
        list.push(json!("zz-of-no-rule"));
        let other = &answer(&other)["plan"];
        let operations =
            |plan: &Value| ["add", "replace", "remove", "keep", "account", "access"].map(|key| plan[key].clone());
        // A list of ids alone is taken for drift; a name among them is not.
        if other["groups"]["completeness"] != plan["groups"]["completeness"] {
            return false;
        }
        assert_eq!(operations(other), operations(plan), "{request}");
        true
    });
}

#[test]
fn p10_a_new_grant_rule_takes_nothing_away() {
    of_plans(3, |request, plan| {
        let free = catalog(request).into_iter().find(|target| !is_slotted(request, target));
        let (Some(target), true) = (free, is_active(request) && has_no_slots(request)) else { return false };
        // What `unmatched` gave to somebody for whom no rule spoke is another matter.
        if request["config"]["unmatched"].is_object() {
            return false;
        }
        let Some(more) = plan_of(request, |request| with_rule(request, "grant", &target)) else { return false };
        assert!(kept_and_given(plan).is_subset(&kept_and_given(&more)), "{plan} and {more} of {request}");
        assert!(taken(&more).is_subset(&taken(plan)), "{plan} and {more} of {request}");
        true
    });
}

#[test]
fn p11_a_new_deny_rule_gives_nothing_wherever_it_stands() {
    of_plans(3, |request, plan| {
        let free = catalog(request).into_iter().find(|target| !is_slotted(request, target));
        let (Some(target), true) = (free, is_active(request) && has_no_slots(request)) else { return false };
        if request["config"]["unmatched"].is_object() {
            return false;
        }
        let denied = |at: usize, priority: i64| {
            plan_of(request, |request| {
                let rule = json!({ "id": "zz", "when": "everyone", "deny": [target], "priority": priority });
                request["config"]["rules"].as_array_mut().unwrap().insert(at, rule);
            })
            .unwrap()
        };
        let less = denied(0, -1_000_003);
        let last = denied(rules(request).len(), 1_000_003);
        assert_eq!(
            ["add", "keep", "remove"].map(|l| less[l].clone()),
            ["add", "keep", "remove"].map(|l| last[l].clone())
        );
        assert!(targets(&less, "add").is_subset(&targets(plan, "add")), "{plan} and {less} of {request}");
        assert!(targets(&less, "keep").is_subset(&targets(plan, "keep")), "{plan} and {less} of {request}");
        assert!(taken(plan).is_subset(&taken(&less)) || less["withheld"] != plan["withheld"], "{plan} and {less}");
        true
    });
}

#[test]
fn p11_denying_an_organization_covers_everything_in_it() {
    of_plans(3, |request, _| {
        let inside = catalog(request).into_iter().find(|target| target.get("organization").is_some());
        let Some(organization) = inside.map(|target| target["organization"].clone()) else { return false };
        let Some(plan) = plan_of(request, |r| with_rule(r, "deny", &json!({ "organization": organization }))) else {
            return false;
        };
        for list in ["add", "replace"] {
            let in_it =
                lines(&plan, list).iter().find(|line| line["target"].get("organization") == Some(&organization));
            assert!(in_it.is_none(), "{plan} of {request}");
        }
        true
    });
}

#[test]
fn p12_more_groups_give_more_where_nothing_is_denied_or_negated() {
    of_plans(1, |request, plan| {
        let plain = !request["config"]["rules"].to_string().contains("\"not\"") && has_no_slots(request);
        if !plain || !is_active(request) || request["config"]["unmatched"].is_object() {
            return false;
        }
        let mut fewer = request.clone();
        without_denies(&mut fewer);
        let Some(list) = id_token_groups(&mut fewer) else { return false };
        let Some(last) = list.pop() else { return false };
        let complete = |plan: &Value| plan["groups"]["completeness"] == "complete";
        let few = answer(&fewer)["plan"].clone();
        id_token_groups(&mut fewer).unwrap().push(last);
        let more = &answer(&fewer)["plan"];
        if few.is_null() || more.is_null() || !complete(&few) || !complete(more) || few["status"] == "inactive" {
            return false;
        }
        assert!(kept_and_given(&few).is_subset(&kept_and_given(more)), "{few} and {more} of {plan}");
        true
    });
}

#[test]
fn p13_a_slot_gets_at_most_one() {
    of_plans(1, |request, plan| {
        let mut places = BTreeSet::new();
        for line in lines(plan, "add").iter().chain(lines(plan, "replace")) {
            let target = &line["target"];
            if is_slotted(request, target) {
                let place = (kind_of(target).to_owned(), target["organization"].to_string());
                assert!(places.insert(place), "two in one slot: {plan} of {request}");
            }
        }
        !places.is_empty()
    });
}

/// The choice is by a total order, or the config does not compile.
#[test]
fn p13_every_tie_is_broken_or_a_compile_error() {
    for choose in ["highest", "priority", "specificity", "unambiguous"] {
        for (first, second) in [(1, 2), (2, 1), (1, 1)] {
            let config = json!({
                "catalog": [{ "role": "a", "rank": first }, { "role": "b", "rank": second }],
                "slots": [{ "kind": "role", "choose": choose }],
                "rules": [
                    { "id": "a", "when": { "name": "g" }, "grant": [{ "role": "a" }], "priority": first },
                    { "id": "b", "when": { "regex": "g" }, "grant": [{ "role": "b" }], "priority": second }
                ]
            });
            let answer = answer(&small(config, json!(["g"]), active(json!([]))));
            let given: Vec<&Value> =
                answer["plan"]["add"].as_array().into_iter().flatten().map(|line| &line["target"]["role"]).collect();
            match (choose, first == second) {
                ("highest" | "priority", false) => {
                    assert_eq!(given, [if first > second { "a" } else { "b" }], "{choose}")
                }
                // An exact name is more specific than a pattern.
                ("specificity", _) => assert_eq!(given, ["a"]),
                ("unambiguous", _) => assert_eq!(given, [&Value::Null; 0]),
                (_, _) => {
                    assert!(answer["problems"][0]["code"].as_str().unwrap().starts_with("ambiguous-"), "{answer}")
                }
            }
        }
    }
}

#[test]
fn p14_precedence_never_comes_from_the_place_in_a_list() {
    of_plans(2, |request, plan| {
        if has_no_slots(request) {
            return false;
        }
        let other = plan_of(request, |request| {
            for list in ["rules", "catalog", "slots"] {
                request["config"][list].as_array_mut().unwrap().rotate_left(1);
            }
        });
        assert_eq!(other.as_ref(), Some(plan), "{request}");
        true
    });
}
