//! P24 to P28: what may be taken from whom.

use serde_json::{Value, json};

use super::*;

#[test]
fn p24_only_what_the_authority_says_goes() {
    of_every(1, |request, plan| {
        let held = held(request);
        for gone in taken(plan) {
            let (_, manager) = held.iter().find(|(target, _)| *target == gone).unwrap();
            assert!(is_removable(request, manager.as_deref()), "{gone}: {plan} of {request}");
            assert!(catalog(request).iter().any(|target| target.to_string() == gone), "{gone} is not in the catalog");
        }
        let authority = request["config"]["authority"].as_str().unwrap_or("managed");
        assert!(authority != "additive" || taken(plan).is_empty());
        !taken(plan).is_empty()
    });
}

/// The table of authority and manager, whole.
#[test]
fn p24_every_authority_and_every_manager() {
    for (authority, manager, goes) in [
        ("additive", Some("idp"), false),
        ("additive", None, false),
        ("additive", Some("other"), false),
        ("managed", Some("idp"), true),
        ("managed", None, false),
        ("managed", Some("other"), false),
        ("exclusive", Some("idp"), true),
        ("exclusive", None, true),
        ("exclusive", Some("other"), false),
        // Managers are told apart by every byte.
        ("exclusive", Some("IDP"), false),
        ("managed", Some("idp "), false),
    ] {
        let held = json!([{ "group": "ops", "managed_by": manager }]);
        let plan = &answer(&small(json!({ "authority": authority }), json!([]), active(held)))["plan"];
        assert_eq!(!lines(plan, "remove").is_empty(), goes, "{authority} {manager:?}");
    }
}

#[test]
fn p25_what_is_held_and_wanted_is_kept_and_a_manual_one_stays_without_its_rule() {
    of_plans(1, |request, plan| {
        let managers = held(request);
        for kept in targets(plan, "keep") {
            assert!(managers.iter().any(|(target, _)| *target == kept), "{plan}");
        }
        let never = json!([{ "id": "never", "when": { "attribute": { "name": "no such", "equals": "x" } }, "grant": [catalog(request)[0]], "acknowledge_privileged": true, "priority": 99 }]);
        let bare = plan_of(request, |request| request["config"]["rules"] = never);
        let Some(bare) = bare.filter(|_| request["config"]["authority"] != "exclusive") else { return false };
        for gone in taken(&bare) {
            let (_, manager) = managers.iter().find(|(target, _)| *target == gone).unwrap();
            assert!(manager.is_some(), "{gone} was given by hand: {bare} of {request}");
        }
        managers.iter().any(|(_, manager)| manager.is_none())
    });
}

#[test]
fn p26_a_rule_that_is_gone_takes_its_memberships_and_no_rule_at_all_takes_none() {
    for completeness in ["complete", "absent", "overage", "malformed"] {
        let token = match completeness {
            "complete" => json!({ "sub": "u1", "groups": ["ops"] }),
            "absent" => json!({ "sub": "u1" }),
            "overage" => json!({ "sub": "u1", "groups": ["ops"], "hasgroups": true }),
            _ => json!({ "sub": "u1", "groups": ["ops", null] }),
        };
        let held = json!([{ "group": "ops", "managed_by": "idp" }, { "team": "red", "managed_by": "idp" }]);
        let ops = json!({ "id": "r", "when": { "name": "ops" }, "grant": [{ "group": "ops" }] });
        let mut request = small(json!({ "rules": [ops] }), json!([]), active(held));
        request["login"]["id_token"] = token;
        let plan = &answer(&request)["plan"];
        assert_eq!(targets(plan, "remove"), [json!({ "team": "red" }).to_string()].into(), "{completeness}: {plan}");
        for rules in [
            json!([]),
            json!([{ "id": "r", "when": { "name": "ops" }, "grant": [{ "group": "ops" }], "enabled": false }]),
        ] {
            request["config"]["rules"] = rules;
            let plan = &answer(&request)["plan"];
            assert_eq!((&plan["status"], &plan["remove"]), (&json!("inactive"), &json!([])), "{completeness}: {plan}");
            assert!(lines(plan, "notes").iter().any(|note| note["code"] == "orphaned"), "{plan}");
        }
    }
}

#[test]
fn p27_another_sources_memberships_are_never_changed() {
    of_every(1, |request, _| {
        let foreign = plan_of(request, |request| {
            let memberships = request["snapshot"]["memberships"].as_array_mut();
            memberships.into_iter().flatten().for_each(|held| held["managed_by"] = json!("another-source"));
        });
        let Some(plan) = foreign else { return false };
        assert!(taken(&plan).is_empty(), "{plan} of {request}");
        let about =
            lines(&plan, "withheld").iter().filter(|line| line["change"] == "remove" || line["change"] == "replace");
        assert_eq!(about.count(), 0, "{plan} of {request}");
        !held(request).is_empty()
    });
}

#[test]
fn p28_only_targets_of_the_catalog_by_their_own_kind() {
    of_every(1, |request, plan| {
        let catalog: std::collections::BTreeSet<String> = catalog(request).iter().map(Value::to_string).collect();
        for list in ["add", "replace", "keep", "remove", "withheld"] {
            for target in targets(plan, list) {
                assert!(catalog.contains(&target), "{target}: {plan} of {request}");
            }
        }
        true
    });
    // A group that is called like a target, in whatever kind, gets nothing for it.
    for group in ["ops", "red", "staff", "group:ops", "acme/role:owner", "{ \"group\": \"ops\" }"] {
        let rules = json!([{ "id": "r", "when": { "name": "another" }, "grant": [{ "group": "ops" }, { "team": "red" }, { "flag": "staff" }] }]);
        let plan = &answer(&small(json!({ "rules": rules }), json!([group]), active(json!([]))))["plan"];
        assert_eq!(plan["add"], json!([]), "{group}");
    }
}
