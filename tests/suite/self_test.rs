//! Tests beside the rules: what they say, and that they change nothing.

use groupmap::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::agreement::{count, runner};
use crate::comparison::answer;
use crate::worlds;

fn config(tests: Json) -> Json {
    json!({ "version": 1,
            "source": { "id": "s", "provider": "okta", "groups": { "absent": "refuse" } },
            "catalog": [{ "role": "owner", "keep_at_least": 1 }, { "flag": "staff" }, { "flag": "other" }],
            "rules": [{ "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] },
                      { "id": "owners", "when": { "name": "Owners" }, "grant": [{ "role": "owner" }] },
                      { "id": "off", "enabled": false, "when": { "name": "x" }, "grant": [{ "flag": "other" }] }],
            "tests": tests })
}

fn engine(tests: Json) -> Engine {
    Engine::compile(serde_json::from_value(config(tests)).unwrap()).unwrap()
}

fn test(groups: Json, snapshot: Json, expect: Json) -> Json {
    let token = if groups.is_null() { json!({ "sub": "u1" }) } else { json!({ "sub": "u1", "groups": groups }) };
    json!({ "id": "t", "login": { "id_token": token }, "snapshot": snapshot, "expect": expect })
}

fn differences(test: Json) -> Vec<String> {
    let tested = engine(json!([test])).self_test();
    assert_eq!(tested.passed.len() + tested.failed.len(), 1);
    tested.failed.into_iter().flat_map(|failed| failed.differences).collect()
}

fn owner() -> Json {
    json!({ "account": { "status": "active" },
            "memberships": [{ "role": "owner", "managed_by": "s" }, { "flag": "other" }],
            "holders": [{ "role": "owner", "count": 1 }] })
}

#[test]
fn everything_that_can_be_expected_can_be_met() {
    let absent = json!({ "account": { "status": "absent" } });
    let staff = json!({ "flag": "staff" });
    for met in [
        test(
            json!(["Staff"]),
            absent.clone(),
            json!({ "access": "granted", "account": "provision", "status": "ready", "holds": [staff] }),
        ),
        test(json!(["x"]), absent.clone(), json!({ "access": "refused", "holds": [], "notes": ["unmatched"] })),
        test(
            json!([]),
            owner(),
            json!({ "access": "granted", "includes": [{ "role": "owner" }], "lacks": [staff],
            "withheld": [{ "change": "refuse", "target": { "role": "owner" }, "code": "last-holder" },
                         { "change": "remove", "target": { "role": "owner" }, "code": "last-holder" }] }),
        ),
        test(Json::Null, absent, json!({ "error": "groups-absent" })),
    ] {
        assert_eq!(differences(met), [""; 0]);
    }
}

#[test]
fn what_comes_otherwise_is_told_in_words() {
    let absent = json!({ "account": { "status": "absent" } });
    let staff = json!(["Staff"]);
    for (expect, said) in [
        (json!({ "access": "refused" }), "access: expected refused, came granted"),
        (json!({ "account": "none" }), "account: expected none, came provision"),
        (json!({ "holds": [] }), "held, and not expected to be: flag:staff (rules that speak for it: `staff`)"),
        (json!({ "lacks": [{ "flag": "staff" }] }), "held, and not expected to be: flag:staff"),
        (json!({ "includes": [{ "flag": "other" }] }), "expected to be held, and is not: flag:other"),
        (
            json!({ "withheld": [{ "change": "add", "target": { "flag": "staff" }, "code": "undecided" }] }),
            "expected to be withheld, and is not: add of flag:staff, undecided",
        ),
        (json!({ "notes": ["undecided"] }), "expected to be noted, and is not: undecided"),
        (json!({ "error": "wrong-issuer" }), "error: expected wrong-issuer, came a plan"),
        (json!({ "access": "grantd" }), "access: unknown variant `grantd`"),
        (json!({ "holds": [{ "flag": "stuff" }] }), "the catalog does not list flag:stuff"),
        (json!({}), "it expects nothing"),
    ] {
        let differences = differences(test(staff.clone(), absent.clone(), expect));
        assert!(differences.iter().any(|difference| difference.starts_with(said)), "{said}: {differences:?}");
    }
    let differences = differences(test(Json::Null, absent, json!({ "access": "granted" })));
    assert!(differences[0].starts_with("there is no plan"), "{differences:?}");
}

#[test]
fn rules_that_nobody_reaches_are_named() {
    let absent = json!({ "account": { "status": "absent" } });
    let engine = engine(json!([test(json!(["Staff"]), absent, json!({ "access": "granted" }))]));
    let tested = engine.self_test();
    assert_eq!((tested.coverage.rules, tested.coverage.reached), (2, 1));
    assert_eq!(tested.coverage.never, ["owners"]);
    let person: Claims = serde_json::from_value(json!({ "id_token": { "sub": "u2", "groups": ["Owners"] } })).unwrap();
    let identity = engine.normalize(&person).unwrap();
    let met = engine.coverage_of([(&identity, &Snapshot::new(Account::absent()))]);
    assert_eq!(met.never, ["staff"]);
    assert!(tested.coverage.and(&met).never.is_empty());
}

#[test]
fn two_tests_of_one_name_are_told() {
    let absent = json!({ "account": { "status": "absent" } });
    let one = test(json!(["Staff"]), absent, json!({ "access": "granted" }));
    let tested = engine(json!([one, one])).self_test();
    assert_eq!((tested.passed.len(), tested.failed.len()), (1, 1));
    assert_eq!(tested.failed[0].path, "tests[1]");
}

#[test]
fn a_config_with_tests_is_written_as_it_is_read() {
    let saml = json!({ "saml": { "issuer": "i", "name_id": { "value": "u1", "format": "f" },
        "attributes": [{ "name": "groups", "friendly_name": "g", "values": ["a", 7, true] }] },
        "fetched_groups": { "complete": false, "groups": [{ "id": "1", "dn": "CN=a" }] } });
    let tests = json!([
        { "id": "saml", "login": saml, "expect": { "access": "granted" } },
        { "id": "oidc", "login": { "id_token": { "sub": "u1", "a": { "b": [1, 2.5, "x"] } }, "userinfo": { "sub": "u1" } },
          "snapshot": owner(), "host": { "auto_join": false, "default_targets": [] }, "expect": { "lacks": [{ "flag": "staff" }] } }
    ]);
    let config: Config = serde_json::from_value(config(tests.clone())).unwrap();
    let written = serde_json::to_value(&config).unwrap();
    assert_eq!(serde_json::from_value::<Config>(written.clone()).unwrap(), config);
    assert_eq!(written["tests"][0], tests[0]);
    assert_eq!(toml::from_str::<Config>(&toml::to_string(&config).unwrap()).unwrap(), config);
    for unknown in [
        json!([{ "id": "t", "login": { "id_token": { "sub": "u" } }, "expect": {}, "x": 1 }]),
        json!([{ "id": "t", "login": { "id_token": { "sub": "u" } }, "expect": { "acess": "granted" } }]),
        json!([{ "id": "t", "login": { "token": {} }, "expect": {} }]),
    ] {
        let mut wrong = serde_json::to_value(&config).unwrap();
        wrong["tests"] = unknown;
        assert!(serde_json::from_value::<Config>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn tests_change_no_byte_of_a_plan_and_a_test_made_of_a_plan_passes() {
    let result = runner(count() / 2).run(&worlds::world(), |request| {
        let plan = answer(&request)["plan"].clone();
        if plan.is_null() {
            return Ok(());
        }
        let test = json!({ "id": "t", "login": request["login"], "snapshot": request["snapshot"],
            "host": request.get("host").cloned().unwrap_or_else(|| json!({})),
            "expect": { "access": plan["access"], "account": plan["account"], "status": plan["status"],
                        "withheld": plan["withheld"],
                        "notes": plan["notes"].as_array().unwrap().iter().map(|note| note["code"].clone()).collect::<Vec<_>>(),
                        "includes": plan["add"].as_array().unwrap().iter().map(|add| add["target"].clone()).collect::<Vec<_>>(),
                        "lacks": plan["remove"].as_array().unwrap().iter().map(|add| add["target"].clone()).collect::<Vec<_>>() } });
        let mut tested = request.clone();
        tested["config"]["tests"] = json!([test]);
        prop_assert_eq!(&answer(&tested)["plan"], &plan);
        let config: Config = serde_json::from_value(tested["config"].clone()).unwrap();
        let outcome = Engine::compile(config).unwrap().self_test();
        prop_assert!(outcome.is_passed(), "{} in {}", outcome, request);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
