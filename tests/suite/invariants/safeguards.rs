//! P43 to P51: what a plan may not do whatever the rules say.

use serde_json::{Value, json};

use super::*;

/// Every count, every minimum and every way to lose a target.
#[test]
fn p43_nothing_leaves_too_few_holders() {
    let mut tried = 0;
    for least in 0..5_u64 {
        for count in [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(u64::MAX)] {
            for way in ["remove", "replace", "deactivate", "refuse"] {
                let manager = if way == "remove" || way == "replace" { json!("idp") } else { json!(null) };
                let config = json!({
                    "unmatched": if way == "deactivate" { "deactivate" } else { "refuse" },
                    "catalog": [{ "role": "owner", "rank": 2, "keep_at_least": least }, { "role": "viewer", "rank": 1 }, { "flag": "staff" }],
                    "slots": [{ "kind": "role", "choose": "highest" }],
                    "rules": [
                        { "id": "o", "when": { "name": "owners" }, "grant": [{ "role": "owner" }] },
                        { "id": "v", "when": { "name": "viewers" }, "grant": [{ "role": "viewer" }] },
                        { "id": "s", "when": { "name": "all" }, "grant": [{ "flag": "staff" }] }
                    ]
                });
                let groups = match way {
                    "replace" => json!(["viewers"]),
                    "remove" => json!(["all"]),
                    _ => json!([]),
                };
                let mut request = small(config, groups, active(json!([{ "role": "owner", "managed_by": manager }])));
                if let Some(count) = count {
                    request["snapshot"]["holders"] = json!([{ "role": "owner", "count": count }]);
                }
                let plan = &answer(&request)["plan"];
                let lost = plan["access"] == "refused" || !taken(plan).is_empty();
                let enough = least == 0 || count.is_some_and(|count| count > least);
                assert_eq!(lost, enough, "{way}, {count:?} of {least}: {plan}");
                let withheld = lines(plan, "withheld").iter().find(|line| line["change"] == way);
                assert_eq!(withheld.is_some(), !enough, "{way}, {count:?} of {least}: {plan}");
                if let Some(line) = withheld {
                    assert_eq!(line["code"], if count.is_none() { "holders-unknown" } else { "last-holder" });
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 160);
}

#[test]
fn p43_of_random_plans_too() {
    of_every(1, |request, plan| {
        let minimum = |target: &str| {
            let entries = request["config"]["catalog"].as_array().unwrap();
            let index = catalog(request).iter().position(|known| known.to_string() == target);
            index.and_then(|index| entries[index].get("keep_at_least")).and_then(Value::as_u64).unwrap_or(0)
        };
        let count = |target: &str| {
            let mut holders = request["snapshot"]["holders"].as_array().into_iter().flatten();
            holders.find_map(|line| {
                let mut plain = line.clone();
                let count = plain.as_object_mut().unwrap().remove("count")?;
                (plain.to_string() == target).then_some(count)?.as_u64()
            })
        };
        let expelled = is_active(request) && plan["access"] == "refused" && plan["status"] != "inactive";
        let lost = taken(plan).into_iter().chain(held(request).into_iter().map(|(t, _)| t).filter(|_| expelled));
        let mut judged = false;
        for target in lost.filter(|target| minimum(target) > 0) {
            assert!(count(&target) > Some(minimum(&target)), "{target}: {plan} of {request}");
            let required = lines(&plan["requires"], "holders").iter().find(|line| line["target"].to_string() == target);
            assert_eq!(required.unwrap()["at_least"], minimum(&target) + 1, "{plan}");
            judged = true;
        }
        judged || !lines(plan, "withheld").is_empty()
    });
}

#[test]
fn p47_nothing_becomes_of_the_exempt() {
    of_plans(2, |request, _| {
        let plan = plan_of(request, |request| request["snapshot"]["account"]["exempt"] = json!(true)).unwrap();
        assert_eq!((&plan["status"], &plan["account"]), (&json!("exempt"), &json!("none")), "{plan}");
        for list in ["add", "replace", "keep", "remove", "withheld"] {
            assert_eq!(plan[list], json!([]), "{plan}");
        }
        assert_eq!(plan["access"] == "granted", is_active(request), "{plan}");
        assert_eq!(plan["requires"]["holders"], json!([]));
        true
    });
}

#[test]
fn p48_a_safeguard_is_a_line_and_the_rest_goes_on() {
    of_plans(2, |request, plan| {
        let guarded = plan_of(request, |request| {
            request["snapshot"]["holders"] = json!([]);
            for entry in request["config"]["catalog"].as_array_mut().unwrap() {
                entry["keep_at_least"] = json!(9);
            }
        });
        let guarded = guarded.unwrap_or_else(|| panic!("no plan for {request}"));
        assert!(taken(&guarded).is_empty(), "{guarded}");
        assert!(
            !is_active(request)
                || guarded["access"] == "granted"
                || held(request).is_empty()
                || lines(&guarded, "withheld").is_empty()
        );
        // What takes nothing away goes on, but into a slot whose holder now stays.
        let free = |plan: &Value| -> BTreeSet<String> {
            lines(plan, "add")
                .iter()
                .map(|line| &line["target"])
                .filter(|target| !is_slotted(request, target))
                .map(Value::to_string)
                .collect()
        };
        assert_eq!(free(&guarded), free(plan), "{guarded} and {plan} of {request}");
        !taken(plan).is_empty()
    });
}

#[test]
fn p49_nothing_reaches_beyond_the_catalog_given() {
    of_plans(3, |request, _| {
        let mut smaller = request.clone();
        let gone = smaller["config"]["catalog"].as_array_mut().unwrap().pop().unwrap();
        let target = catalog(request).pop().unwrap();
        let answer = answer(&smaller);
        match answer.get("plan") {
            Some(plan) => {
                let named = ["add", "replace", "keep", "remove", "withheld"]
                    .iter()
                    .any(|list| targets(plan, list).contains(&target.to_string()));
                assert!(!named, "{gone}: {plan}");
            }
            None => assert!(answer.get("problems").is_some() || answer.get("error").is_some()),
        }
        true
    });
    // Every place in which a config can name a target.
    let beyond = json!([{ "group": "beyond" }]);
    for config in [
        json!({ "rules": [{ "id": "r", "when": "everyone", "grant": beyond }] }),
        json!({ "rules": [{ "id": "r", "when": "everyone", "deny": beyond }] }),
        json!({ "rules": [{ "id": "r", "when": "everyone", "grant": beyond, "enabled": false }] }),
        json!({ "unmatched": { "grant": beyond } }),
        json!({ "accounts": { "new_grant": beyond } }),
        json!({ "accounts": { "exempt": beyond } }),
        json!({ "slots": [{ "kind": "group", "choose": "unambiguous", "default": "beyond" }] }),
    ] {
        let answer = answer(&small(config.clone(), json!([]), active(json!([]))));
        let codes: Vec<&Value> =
            answer["problems"].as_array().unwrap().iter().map(|problem| &problem["code"]).collect();
        assert!(
            codes.contains(&&json!("unknown-target")) || codes.contains(&&json!("unknown-slot-default")),
            "{config}: {answer}"
        );
    }
}

#[test]
fn p50_a_plan_says_what_it_was_made_from() {
    of_every(5, |request, plan| {
        assert_eq!(plan["requires"]["revision"], request["snapshot"]["revision"], "{plan}");
        type Change = fn(&mut Value);
        let changes: [Change; 6] = [
            |r| r["snapshot"]["revision"] = json!("another"),
            |r| {
                r["config"]["rules"]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut()
                    .for_each(|rule| rule["description"] = json!("new"))
            },
            |r| r["config"]["source"]["attributes"] = json!({ "absent": if r["config"]["source"]["attributes"]["absent"] == "empty" { "unknown" } else { "empty" } }),
            |r| r["config"]["safeguards"] = json!({ "max_removals": { "count": 1_234_567 } }),
            |r| r["snapshot"]["holders"].as_array_mut().unwrap().push(json!({ "flag": "another", "count": 1 })),
            |r| {
                if let Some(token) = r["login"].get_mut("id_token") {
                    token["another"] = json!("claim");
                } else {
                    r["login"]["saml"]["attributes"]
                        .as_array_mut()
                        .unwrap()
                        .push(json!({ "name": "another", "values": ["claim"] }));
                }
            },
        ];
        for (at, change) in changes.into_iter().enumerate() {
            if at == 1 && rules(request).is_empty() {
                continue;
            }
            let Some(other) = plan_of(request, change) else { continue };
            assert_ne!(other["digest"], plan["digest"], "change {at} of {request}");
        }
        true
    });
}

#[test]
fn p51_every_prefix_of_the_operations_is_safe() {
    use groupmap::{Change, Plan};
    of_every(1, |request, plan| {
        let read: Plan = serde_json::from_value(plan.clone()).unwrap();
        let places = read.changes().map(|change| match change {
            Change::Provision(_) | Change::Link | Change::Reactivate => 0,
            Change::Add(_) => 1,
            Change::Replace(_) => 2,
            Change::Remove(_) => 3,
            Change::Deactivate => 4,
        });
        assert!(places.is_sorted(), "{plan}");
        // Whatever prefix was carried out, no organization is gone while something in it is held.
        let mut now: BTreeSet<String> = held(request).into_iter().map(|(target, _)| target).collect();
        let is_inside = |target: &str, organization: &Value| {
            let target: Value = serde_json::from_str(target).unwrap();
            target.get("organization") == Some(organization) && target.as_object().unwrap().len() > 1
        };
        for line in lines(plan, "remove") {
            now.remove(&line["target"].to_string());
            if kind_of(&line["target"]) == "organization" {
                let organization = &line["target"]["organization"];
                assert!(!now.iter().any(|target| is_inside(target, organization)), "{plan} of {request}");
            }
        }
        read.changes().count() > 1
    });
}
