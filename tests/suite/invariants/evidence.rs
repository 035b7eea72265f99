//! P15 to P23: what was not seen is no evidence. P15, P16 and P21 are tried on every small world as well, in
//! `small_worlds.rs`, against everything that the missing evidence could turn out to be.

use serde_json::{Value, json};

use super::*;

/// Every way in which evidence falls short, with the completeness that says so.
fn shortcomings() -> Vec<(&'static str, Value, Value)> {
    let token = |more: Value| {
        let mut token = json!({ "sub": "u1", "groups": ["x"] });
        more.as_object().unwrap().iter().for_each(|(key, value)| token[key] = value.clone());
        token
    };
    vec![
        ("absent", json!({ "sub": "u1" }), json!({})),
        ("overage", token(json!({ "hasgroups": true })), json!({})),
        ("overage", token(json!({ "_claim_names": { "groups": "s" } })), json!({})),
        ("malformed", token(json!({ "groups": null })), json!({})),
        ("malformed", token(json!({ "groups": ["x", 7] })), json!({})),
        ("malformed", token(json!({ "groups": {} })), json!({})),
        ("suspect", token(json!({})), json!({ "count": 1, "at": "suspect" })),
        ("over-limit", token(json!({ "groups": ["x", "y"] })), json!({ "count": 1, "at": "suspect" })),
    ]
}

fn with_token(token: &Value, limit: &Value, rules: Value, held: Value) -> Value {
    let mut request = small(json!({ "rules": rules }), json!([]), active(held));
    request["login"]["id_token"] = token.clone();
    if limit != &json!({}) {
        request["config"]["source"]["groups"] = json!({ "limit": limit });
    }
    request
}

#[test]
fn p15_groups_that_were_not_seen_remove_nothing() {
    let ours = json!([{ "group": "ops", "managed_by": "idp" }]);
    let rules = json!([{ "id": "r", "when": { "name": "ops" }, "grant": [{ "group": "ops" }] }]);
    for (completeness, token, limit) in shortcomings() {
        for unmatched in ["refuse", "deactivate", "admit"] {
            for authority in ["managed", "exclusive", "additive"] {
                let mut request = with_token(&token, &limit, rules.clone(), ours.clone());
                request["config"]["unmatched"] = json!(unmatched);
                request["config"]["authority"] = json!(authority);
                let plan = &answer(&request)["plan"];
                assert_eq!(plan["groups"]["completeness"], completeness, "{plan}");
                assert_eq!((&plan["remove"], &plan["replace"]), (&json!([]), &json!([])), "{plan}");
                assert_eq!((&plan["access"], &plan["account"]), (&json!("granted"), &json!("none")), "{plan}");
            }
        }
    }
}

/// What is False whatever was not seen: no rule at all, a deny that matched, an attribute that is there.
#[test]
fn p15_what_is_false_without_the_missing_groups_still_goes() {
    let ours = json!([{ "group": "ops", "managed_by": "idp" }]);
    let grants = json!({ "id": "r", "when": { "name": "ops" }, "grant": [{ "group": "ops" }] });
    let other = json!({ "id": "s", "when": { "name": "ops" }, "grant": [{ "team": "red" }] });
    let denies =
        json!({ "id": "d", "when": { "attribute": { "name": "dep", "equals": "x" } }, "deny": [{ "group": "ops" }] });
    let both = json!({ "id": "r", "when": { "all": [{ "name": "ops" }, { "attribute": { "name": "dep", "equals": "y" } }] }, "grant": [{ "group": "ops" }] });
    for (_, mut token, limit) in shortcomings() {
        token["dep"] = json!("x");
        for rules in [json!([other]), json!([grants, denies]), json!([both])] {
            let plan = &answer(&with_token(&token, &limit, rules.clone(), ours.clone()))["plan"];
            assert_eq!(targets(plan, "remove"), [json!({ "group": "ops" }).to_string()].into(), "{plan} of {rules}");
        }
    }
}

#[test]
fn p16_what_relies_on_absence_grants_nothing_and_a_matched_deny_denies() {
    for (_, token, limit) in shortcomings() {
        let not = json!([{ "id": "r", "when": { "not": { "name": "ops" } }, "grant": [{ "group": "ops" }] }]);
        let plan = &answer(&with_token(&token, &limit, not, json!([])))["plan"];
        assert_eq!((&plan["add"], &plan["remove"]), (&json!([]), &json!([])), "{plan}");
        let denied = json!([
            { "id": "r", "when": "everyone", "grant": [{ "group": "ops" }, { "team": "red" }] },
            { "id": "d", "when": { "name": "x" }, "deny": [{ "group": "ops" }] }
        ]);
        let plan = &answer(&with_token(&token, &limit, denied, json!([])))["plan"];
        let seen = plan["groups"]["count"] != 0;
        // A deny that was not seen to match leaves the target open; one that matched takes it.
        assert!(!targets(plan, "add").contains(&json!({ "group": "ops" }).to_string()), "{plan}");
        assert_eq!(lines(plan, "withheld").is_empty(), seen, "{plan}");
        assert!(targets(plan, "add").contains(&json!({ "team": "red" }).to_string()), "{plan}");
    }
}

#[test]
fn p17_absent_empty_null_and_malformed_are_four_things() {
    let held = || json!([{ "group": "ops", "managed_by": "idp" }]);
    for (absent, groups, completeness, removes) in [
        ("unknown", None, "absent", false),
        ("empty", None, "complete", true),
        ("unknown", Some(json!([])), "complete", true),
        ("empty", Some(json!([])), "complete", true),
        ("refuse", Some(json!([])), "complete", true),
        ("unknown", Some(json!(null)), "malformed", false),
        ("empty", Some(json!(null)), "malformed", false),
        ("refuse", Some(json!(null)), "malformed", false),
        ("empty", Some(json!({})), "malformed", false),
        ("empty", Some(json!([null])), "malformed", false),
        ("empty", Some(json!([[]])), "malformed", false),
        ("empty", Some(json!([{ "name": "ops" }])), "malformed", false),
        ("empty", Some(json!("")), "malformed", false),
    ] {
        let mut request = small(json!({}), json!([]), active(held()));
        request["config"]["source"]["groups"] = json!({ "absent": absent });
        match &groups {
            Some(groups) => request["login"]["id_token"]["groups"] = groups.clone(),
            None => drop(request["login"]["id_token"].as_object_mut().unwrap().remove("groups")),
        }
        let plan = &answer(&request)["plan"];
        assert_eq!(plan["groups"]["completeness"], completeness, "{absent} {groups:?}: {plan}");
        assert_eq!(!lines(plan, "remove").is_empty(), removes, "{absent} {groups:?}: {plan}");
    }
    let mut refused = small(json!({}), json!([]), active(held()));
    refused["config"]["source"]["groups"] = json!({ "absent": "refuse" });
    refused["login"] = json!({ "id_token": { "sub": "u1" } });
    assert_eq!(answer(&refused)["error"]["code"], "groups-absent");
}

#[test]
fn p17_without_a_groups_claim_nobody_is_deactivated_or_refused_for_it() {
    of_plans(3, |request, _| {
        let wanted = catalog(request);
        let plan = plan_of(request, |request| {
            request["config"]["source"]["groups"]["absent"] = "unknown".into();
            request["login"] = json!({ "id_token": { "sub": "u1", "iss": request["config"]["source"]["issuer"] } });
            let rule = json!({ "id": "r", "when": unseen(request), "grant": wanted, "acknowledge_privileged": true });
            request["config"]["rules"] = json!([rule]);
        });
        let Some(plan) = plan.filter(|plan| is_active(request) && plan["status"] != "inactive") else { return false };
        assert_eq!((&plan["access"], &plan["account"]), (&json!("granted"), &json!("none")), "{plan} of {request}");
        assert!(taken(&plan).is_empty(), "{plan} of {request}");
        true
    });
}

/// A condition that some unseen group could meet.
fn unseen(request: &Value) -> Value {
    match request["config"]["source"]["groups"]["identified_by"].as_str() {
        Some("id") => json!({ "id": "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }),
        Some("path") => json!({ "path": ["a"] }),
        Some("dn") => json!({ "dn": "CN=a" }),
        Some("email") => json!({ "email": "a@example.com" }),
        _ => json!({ "name": "a" }),
    }
}

#[test]
fn p18_an_unreadable_element_leaves_the_others_and_is_counted() {
    for (bad, count) in [(json!([7]), 1), (json!([null, "", 3]), 3), (json!(["a\u{202e}b", ["x"]]), 2)] {
        let mut groups = vec![json!("ops")];
        groups.extend(bad.as_array().unwrap().clone());
        let held = json!([{ "team": "red", "managed_by": "idp" }]);
        let rules = json!([
            { "id": "r", "when": { "name": "ops" }, "grant": [{ "group": "ops" }] },
            { "id": "s", "when": { "name": "reds" }, "grant": [{ "team": "red" }] }
        ]);
        let plan = &answer(&small(json!({ "rules": rules }), json!(groups), active(held)))["plan"];
        assert_eq!(plan["groups"], json!({ "completeness": "malformed", "count": 1 }));
        assert_eq!((lines(plan, "add").len(), lines(plan, "remove").len()), (1, 0), "{plan}");
        let note = lines(plan, "notes").iter().find(|note| note["code"] == "groups-malformed").unwrap();
        let said = note["message"].as_str().unwrap();
        assert!(said.contains(&if count == 1 { "one element".into() } else { format!("{count} elements") }), "{said}");
    }
}

#[test]
fn p19_markers_and_limits_at_one_less_at_and_one_more() {
    for limit in [1_usize, 2, 5] {
        for at in ["complete", "suspect"] {
            for count in [limit - 1, limit, limit + 1] {
                let groups: Vec<String> = (0..count).map(|n| format!("g{n}")).collect();
                let held = json!([{ "group": "ops", "managed_by": "idp" }]);
                let mut request = small(json!({}), json!(groups), active(held));
                request["config"]["source"]["groups"] =
                    json!({ "limit": { "count": limit, "at": at, "over": "incomplete" } });
                let plan = &answer(&request)["plan"];
                let expected = match count.cmp(&limit) {
                    std::cmp::Ordering::Less => "complete",
                    std::cmp::Ordering::Equal => at,
                    std::cmp::Ordering::Greater => "over-limit",
                };
                assert_eq!(plan["groups"]["completeness"], expected, "{count} of {limit}, {at}");
                assert_eq!(lines(plan, "remove").len(), usize::from(expected == "complete"), "{plan}");
                request["config"]["source"]["groups"]["limit"]["over"] = json!("refuse");
                assert_eq!(answer(&request)["error"]["code"] == "groups-over-limit", expected == "over-limit");
            }
        }
    }
    // A marker beats a list that could be read.
    let markers = [
        ("hasgroups", json!(true), "overage"),
        ("hasgroups", json!("true"), "overage"),
        ("hasgroups", json!(false), "complete"),
        ("_claim_names", json!({ "groups": "src" }), "overage"),
        ("_claim_names", json!({ "address": "src" }), "complete"),
        ("http://schemas.microsoft.com/claims/groups.link", json!("https://x"), "overage"),
        ("GROUPS.LINK", json!("x"), "overage"),
    ];
    for (marker, value, completeness) in markers {
        let mut request = small(json!({}), json!(["ops"]), active(json!([])));
        request["login"]["id_token"][marker] = value;
        let plan = &answer(&request)["plan"];
        assert_eq!(plan["groups"], json!({ "completeness": completeness, "count": 1 }), "{marker}");
        assert_eq!(lines(plan, "add").len(), 1, "what was seen still counts");
    }
}

#[test]
fn p20_whatever_made_evidence_incomplete_is_noted() {
    of_every(1, |_, plan| {
        let completeness = plan["groups"]["completeness"].as_str().unwrap();
        let noted = |code: &str| lines(plan, "notes").iter().any(|note| note["code"] == code);
        if completeness == "complete" {
            assert!(
                !lines(plan, "notes").iter().any(|note| note["code"].as_str().unwrap().starts_with("groups-")),
                "{plan}"
            );
            return false;
        }
        assert!(noted(&format!("groups-{completeness}")) || noted("kind-drift"), "{plan}");
        assert!(lines(plan, "notes").iter().all(|note| note["message"].as_str().is_some_and(|text| text.len() > 10)));
        true
    });
}

#[test]
fn p21_less_evidence_never_takes_or_gives_more() {
    of_plans(2, |request, plan| {
        let oidc = request["login"].get("id_token").is_some() && request["login"].get("fetched_groups").is_none();
        if !oidc || !is_active(request) || !has_no_slots(request) {
            return false;
        }
        let Some(less) = plan_of(request, |request| request["login"]["id_token"]["hasgroups"] = json!(true)) else {
            return false;
        };
        assert_ne!(less["groups"]["completeness"], "complete");
        assert!(taken(&less).is_subset(&taken(plan)), "{plan} and {less} of {request}");
        assert!(targets(&less, "add").is_subset(&targets(plan, "add")), "{plan} and {less} of {request}");
        assert!(plan["access"] == "refused" || less["access"] == "granted", "{plan} and {less}");
        true
    });
}

#[test]
fn p22_a_fetch_that_the_host_calls_incomplete_takes_nothing_more() {
    of_plans(1, |request, plan| {
        if request["login"]["fetched_groups"]["complete"] != true || !is_active(request) || !has_no_slots(request) {
            return false;
        }
        let less = plan_of(request, |request| request["login"]["fetched_groups"]["complete"] = json!(false)).unwrap();
        assert_ne!(less["groups"]["completeness"], "complete");
        assert!(taken(&less).is_subset(&taken(plan)), "{plan} and {less} of {request}");
        true
    });
}

/// Evidence has no age: a host that holds old groups hands them over as `complete = false`, or not at all. What would be
/// an age is refused, not ignored.
#[test]
fn p23_evidence_has_no_age() {
    for key in ["age", "fetched_at", "at", "expires"] {
        let mut request = small(json!({}), json!([]), active(json!([])));
        request["login"]["fetched_groups"] = json!({ "complete": true, "groups": [], key: 7 });
        assert_eq!(answer(&request)["error"]["code"], "invalid-request", "{key}");
    }
}
