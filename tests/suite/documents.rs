//! What documents may say, and what is said of those that may not.

use groupmap::{Condition, Config, Engine, Plan};
use serde_json::{Value, json};

use crate::checked::{Checked, checked_batch_answer};
use crate::worlds;

fn refused<T: serde::de::DeserializeOwned>(document: Value) -> String {
    serde_json::from_value::<T>(document).err().unwrap().to_string()
}

fn plan() -> Plan {
    let engine: Engine = Engine::compile(
        serde_json::from_value::<Config>(json!({
            "version": 1,
            "source": { "id": "idp", "provider": "okta" },
            "catalog": [{ "flag": "staff" }, { "group": "ops" }],
            "rules": [{ "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] }]
        }))
        .unwrap(),
    )
    .unwrap();
    let claims = serde_json::from_value(json!({ "id_token": { "sub": "u1", "groups": ["Staff"] } })).unwrap();
    let snapshot = serde_json::from_value(json!({
        "revision": "1", "account": { "status": "active" }, "memberships": [{ "group": "ops", "managed_by": "idp" }]
    }));
    let (identity, snapshot) = (engine.normalize(&claims).unwrap(), snapshot.unwrap());
    let plan = engine.checked_plan(&identity, &snapshot).unwrap();
    assert_eq!(groupmap::verify(&plan, &engine, &identity, &snapshot), []);
    plan
}

#[test]
fn a_digest_is_64_hexadecimal_digits() {
    let document = serde_json::to_value(plan()).unwrap();
    assert!(serde_json::from_value::<Plan>(document.clone()).is_ok());
    let digest = document["digest"].as_str().unwrap();
    let (start, end) = digest.split_at(63);
    for wrong in [start.to_owned(), format!("{digest}0"), format!("{start}g"), format!("{start}F"), String::new()] {
        let mut document = document.clone();
        document["digest"] = json!(wrong);
        let error = refused::<Plan>(document);
        assert!(error.contains("`digest` is 64 hexadecimal digits"), "{error} for {wrong}, which ends in {end}");
    }
}

/// Each thing that a plan says tells it from another one.
#[test]
fn plans_are_equal_if_they_say_the_same_and_are_made_from_the_same() {
    let plan = plan();
    assert_eq!(plan, plan.clone());
    let document = serde_json::to_value(&plan).unwrap();
    assert_eq!(plan, serde_json::from_value(document.clone()).unwrap());
    let reason = json!([{ "setting": "slots.default" }]);
    let changes = [
        ("status", json!("withheld")),
        ("access", json!("refused")),
        ("account", json!("deactivate")),
        ("groups", json!({ "completeness": "complete", "count": 2 })),
        ("add", json!([])),
        (
            "replace",
            json!([{ "target": { "flag": "staff" }, "replaces": { "group": "ops" }, "managed_by": "idp", "because": reason }]),
        ),
        ("keep", json!([{ "target": { "group": "ops" }, "because": reason }])),
        ("remove", json!([])),
        ("withheld", json!([{ "change": "remove", "target": { "group": "ops" }, "code": "in-use" }])),
        ("notes", json!([{ "code": "undecided", "message": "" }])),
        ("requires", json!({ "revision": "2", "holders": [] })),
        ("digest", json!("0".repeat(64))),
    ];
    let told: Vec<&str> = changes.iter().map(|(key, _)| *key).collect();
    assert!(document.as_object().unwrap().keys().all(|key| told.contains(&&**key)), "{document}");
    for (key, value) in changes {
        let mut other = document.clone();
        assert_ne!(other[key], value);
        other[key] = value;
        let other: Plan = serde_json::from_value(other).unwrap();
        assert_ne!(plan, other, "{key}");
        assert_ne!(other, plan, "{key}");
    }
}

#[test]
fn a_condition_has_one_form_and_a_label_goes_with_an_id() {
    let labelled = json!({ "id": "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5", "label": "Ops" });
    assert!(serde_json::from_value::<Condition>(labelled).is_ok());
    for (document, said) in [
        (json!({ "name": "x", "label": "y" }), "`label` goes with `id` only"),
        (json!({ "label": "y" }), "a condition needs one of its forms"),
        (json!({}), "a condition needs one of its forms"),
        (json!({ "name": "x", "glob": "y" }), "exactly one form"),
        (json!({ "id": "x", "label": "y", "name": "z" }), "exactly one form"),
    ] {
        let error = refused::<Condition>(document.clone());
        assert!(error.contains(said), "{document}: {error}");
    }
}

/// What is no condition and no value at all is told what it should have been.
#[test]
fn what_should_have_stood_there_is_said() {
    let error = refused::<Condition>(json!(7));
    assert!(error.contains("expected a condition: a table with one of its forms, or \"everyone\""), "{error}");
    let error = refused::<Condition>(json!({ "attribute": { "name": "n", "equals": [] } }));
    assert!(error.contains("expected a string, a number or a boolean"), "{error}");
}

#[test]
fn a_kind_that_the_source_never_sends_is_named() {
    let problem = |source: &Value, kind: Value| {
        let config = json!({
            "version": 1, "source": source, "catalog": [{ "flag": "staff" }],
            "rules": [{ "id": "r", "when": kind, "grant": [{ "flag": "staff" }] }]
        });
        Engine::compile(serde_json::from_value(config).unwrap()).unwrap_err().as_slice()[0].to_string()
    };
    let said = [
        ("entra", json!({ "name": "x" }), "by `name`", "by `id`"),
        ("okta", json!({ "id": "00g1" }), "by `id`", "by `name`"),
        ("okta", json!({ "dn": "CN=x" }), "by `dn`", "by `name`"),
        ("okta", json!({ "path": ["x"] }), "by `path`", "by `name`"),
        ("okta", json!({ "email": "user@example.com" }), "by `email`", "by `name`"),
        ("custom", json!({ "name": "x" }), "by `name`", "by `email`"),
    ];
    for (provider, kind, never, instead) in said {
        let mut source = json!({ "id": "idp", "provider": provider });
        if provider == "custom" {
            source["groups"] = json!({ "claims": ["groups"], "identified_by": "email" });
        }
        let text = problem(&source, kind);
        assert!(text.starts_with("rules[0].when"), "{text}");
        assert!(text.contains(&format!("the source never sends groups {never} ")), "{text}");
        assert!(text.contains(&format!("it identifies them {instead};")), "{text}");
    }
}

/// What is printed for developers names no group and nobody.
#[test]
fn debug_hides_who_it_is() {
    let plan = plan();
    let text = format!("{plan:?}");
    assert!(text.contains("Rule { rule: \"staff\", .. }"), "{text}");
    assert!(text.contains("Seal(..)"), "{text}");
    assert!(!text.contains("\"Staff\"") && !text.contains("u1"), "{text}");
    let setting: groupmap::Reason = serde_json::from_value(json!({ "setting": "slots.default" })).unwrap();
    assert_eq!(format!("{setting:?}"), "Setting(SlotDefault)");
    // The world of the tests has an address in it.
    let request = worlds::of_numbers(vec![7; 200]);
    let claims: groupmap::Claims = serde_json::from_value(request["login"].clone()).unwrap();
    assert!(!format!("{claims:?}").contains("u1"));
}

/// A claim is compared by its value, to the last bit: what JSON says is what is in a config that was built.
#[test]
fn numbers_are_those_that_are_written() {
    for text in ["1.3333333333333333", "1234567890.125", "0.1", "5e-324", "4503599627370495.5", "0.30000000000000004"] {
        let number: f64 = text.parse().unwrap();
        let token = format!(r#"{{ "id_token": {{ "sub": "u1", "n": {text} }} }}"#);
        let claims: groupmap::Claims = serde_json::from_str(&token).unwrap();
        let config: Config = serde_json::from_str(&format!(
            r#"{{ "version": 1, "source": {{ "id": "idp", "provider": "okta" }}, "catalog": [{{ "flag": "staff" }}],
                 "rules": [{{ "id": "r", "when": {{ "attribute": {{ "name": "n", "equals": {text} }} }}, "grant": [{{ "flag": "staff" }}] }}] }}"#
        ))
        .unwrap();
        // The condition as its own document, written from the number and not from the text.
        let when = json!({ "attribute": { "name": "n", "equals": number } });
        assert_eq!(serde_json::to_value(&config.rules[0].when).unwrap(), when, "{text}");
        let engine = Engine::compile(config).unwrap();
        let snapshot = serde_json::from_value(json!({ "account": { "status": "active" }, "memberships": [] })).unwrap();
        let plan = engine.checked_plan(&engine.normalize(&claims).unwrap(), &snapshot).unwrap();
        assert_eq!(plan.add.len(), 1, "{text}: {plan}");
    }
}

/// Numbers that Rust can build and no document holds.
#[test]
fn a_rule_asks_for_no_number_that_equals_nothing() {
    for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e300] {
        let config = json!({
            "version": 1, "source": { "id": "idp", "provider": "okta" }, "catalog": [{ "flag": "staff" }],
            "rules": [{ "id": "r", "when": { "attribute": { "name": "n", "one_of": [1, 2] } }, "grant": [{ "flag": "staff" }] }]
        });
        let mut config: Config = serde_json::from_value(config).unwrap();
        let groupmap::Condition::Attribute(test) = &mut config.rules[0].when else { panic!() };
        test.test = groupmap::TestKind::OneOf([groupmap::Scalar::from(1_i64), groupmap::Scalar::from(number)].into());
        let problems = Engine::compile(config).unwrap_err().to_string();
        assert!(problems.starts_with("rules[0].when.attribute.one_of[1]: invalid-number: "), "{problems}");
    }
}

#[test]
fn what_is_wrong_with_a_pattern_is_said_in_one_line() {
    for (pattern, said) in
        [("(ops", "unclosed group"), ("[z-a]", "invalid character class range"), ("a{2,1}", "repetition")]
    {
        let config = json!({
            "version": 1, "source": { "id": "idp", "provider": "okta" }, "catalog": [{ "flag": "staff" }],
            "rules": [{ "id": "r", "when": { "regex": pattern }, "grant": [{ "flag": "staff" }] }]
        });
        let problems = Engine::compile(serde_json::from_value(config).unwrap()).unwrap_err();
        let text = problems.to_string();
        assert!(text.starts_with("rules[0].when.regex: invalid-regex: "), "{text}");
        assert!(text.contains(said) && !text.contains('\n') && !text.contains("error:"), "{text}");
    }
}

fn identity(groups: Value, also: Value) -> groupmap::Identity {
    let config = json!({ "version": 1, "source": { "id": "idp", "provider": "okta" }, "catalog": [], "rules": [] });
    let engine = Engine::compile(serde_json::from_value::<Config>(config).unwrap()).unwrap();
    let mut token = also;
    token["sub"] = json!("u1");
    token["groups"] = groups;
    engine.normalize(&serde_json::from_value(json!({ "id_token": token })).unwrap()).unwrap()
}

/// Evidence is equal if the same groups were seen and it is as complete, in whatever order they came.
#[test]
fn evidence_is_equal_if_the_same_was_seen() {
    let seen = [
        identity(json!(["a"]), json!({})),
        identity(json!(["b"]), json!({})),
        identity(json!(["a", "b"]), json!({})),
        identity(json!([]), json!({})),
        identity(json!(["a"]), json!({ "hasgroups": true })),
        identity(json!(["a", 7]), json!({})),
        identity(json!(["a", 7, 8]), json!({})),
        identity(json!(["a", ""]), json!({})),
    ];
    for (at, one) in seen.iter().enumerate() {
        for (other_at, other) in seen.iter().enumerate() {
            assert_eq!(one.evidence() == other.evidence(), at == other_at, "{at} and {other_at}");
        }
    }
    let turned = identity(json!(["b", "a", "b"]), json!({}));
    assert_eq!(seen[2].evidence(), turned.evidence());
    assert_eq!(format!("{:?}", turned.evidence()), "Evidence { completeness: Complete, count: 2, .. }");
    let entry = turned.evidence().entries().next().unwrap();
    assert_eq!(format!("{entry:?}"), "GroupEntry { kind: Name, .. }");
}

/// What a plan was made from includes claims that are no groups, and no order or repetition of values.
#[test]
fn a_digest_knows_the_other_attributes_of_an_assertion() {
    let engine = Engine::compile(
        serde_json::from_value::<Config>(json!({
            "version": 1, "source": { "id": "idp", "provider": "okta" }, "catalog": [{ "flag": "staff" }],
            "rules": [{ "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] }]
        }))
        .unwrap(),
    )
    .unwrap();
    let digest = |departments: Value, groups: Value| {
        let saml = json!({ "saml": { "name_id": "u1", "attributes": [
            { "name": "department", "values": departments }, { "name": "groups", "values": groups }
        ] } });
        let identity = engine.normalize(&serde_json::from_value(saml).unwrap()).unwrap();
        let snapshot = serde_json::from_value(json!({ "account": { "status": "active" }, "memberships": [] })).unwrap();
        engine.checked_plan(&identity, &snapshot).unwrap().digest()
    };
    let one = digest(json!(["x", "y"]), json!(["Staff"]));
    assert_eq!(one, digest(json!(["y", "x", "y"]), json!(["Staff"])));
    assert_ne!(one, digest(json!(["x"]), json!(["Staff"])));
    assert_ne!(one, digest(json!(["x", "y"]), json!(["Staff", "Other"])));
}

/// What a host builds is what it could have written.
#[test]
fn a_snapshot_is_the_same_whether_written_or_built() {
    use groupmap::{Account, Holders, Host, Membership, Snapshot, Target};
    let owner = Target::role("owner").in_organization("acme");
    let built = Snapshot::new(Account::active().exempt().of_subject("u1"))
        .with_revision("7")
        .with_memberships([Membership::managed(owner.clone(), "idp"), Membership::manual(Target::flag("staff"))])
        .with_holders([Holders::new(owner, 2)]);
    let written = json!({
        "revision": "7",
        "account": { "status": "active", "exempt": true, "subject": "u1" },
        "memberships": [{ "organization": "acme", "role": "owner", "managed_by": "idp" }, { "flag": "staff" }],
        "holders": [{ "organization": "acme", "role": "owner", "count": 2 }]
    });
    assert_eq!(serde_json::from_value::<Snapshot>(written).unwrap(), built);
    for (account, written) in [
        (Account::absent(), json!({ "status": "absent" })),
        (Account::inactive(), json!({ "status": "inactive" })),
        (
            Account::absent().with_candidate("user@example.com"),
            json!({ "status": "absent", "candidate": { "email": "user@example.com" } }),
        ),
    ] {
        assert_eq!(serde_json::from_value::<Account>(written).unwrap(), account);
        assert!(!format!("{account:?}").contains("user@example.com"), "{account:?}");
    }
    let host = Host::default().auto_join(false).with_default_targets([Target::flag("staff")]);
    let written = json!({ "auto_join": false, "default_targets": [{ "flag": "staff" }] });
    assert_eq!(serde_json::from_value::<Host>(written).unwrap(), host);
}

/// A batch that was written down is the same batch, plans and errors of people alike.
#[test]
fn a_batch_survives_a_round_trip() {
    let person = |id: &str, subject: &str| {
        json!({ "id": id, "login": { "id_token": { "sub": subject, "groups": ["Staff"] } },
                "snapshot": { "account": { "status": "active", "subject": "s1" }, "memberships": [] } })
    };
    let request: groupmap::BatchRequest = serde_json::from_value(json!({
        "config": {
            "version": 1, "source": { "id": "idp", "provider": "okta" }, "catalog": [{ "flag": "staff" }],
            "rules": [{ "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] }]
        },
        "people": [person("p1", "s1"), person("p2", "s2")], "holders": []
    }))
    .unwrap();
    let answer = serde_json::to_value(checked_batch_answer(request)).unwrap();
    let plans = answer["batch"]["plans"].as_array().unwrap();
    assert!(plans[0].get("plan").is_some() && plans[1]["error"]["code"].is_string(), "{answer}");
    let read: groupmap::Batch = serde_json::from_value(answer["batch"].clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), answer["batch"]);
    for wrong in [json!({ "id": "p1" }), json!({ "id": "p1", "plan": plans[0]["plan"], "error": plans[1]["error"] })] {
        let error = refused::<groupmap::PersonPlan>(wrong);
        assert!(error.contains("either a `plan` or an `error`"), "{error}");
    }
}

/// People can choose their address: a condition on it is wide, whatever the provider or the config calls it.
#[test]
fn a_condition_on_an_address_reaches_nothing_privileged_unasked() {
    let codes = |source: Value, attribute: Value| {
        let config = json!({
            "version": 1, "source": source, "catalog": [{ "role": "owner", "privileged": true }],
            "rules": [{ "id": "r", "when": { "attribute": { "name": attribute, "equals": "user@example.com" } },
                        "grant": [{ "role": "owner" }] }]
        });
        let compiled = Engine::compile(serde_json::from_value(config).unwrap());
        compiled.err().map_or(Vec::new(), |problems| problems.as_slice().iter().map(|p| p.code.to_string()).collect())
    };
    let entra = json!({ "id": "idp", "provider": "entra" });
    let own = json!({ "id": "idp", "provider": "okta", "identity": { "email": "mail" } });
    let claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
    let wide = vec!["privileged-pattern".to_owned()];
    assert_eq!(codes(entra.clone(), json!("email")), wide);
    assert_eq!(codes(entra.clone(), json!(claim)), wide);
    assert_eq!(codes(own.clone(), json!("mail")), wide);
    assert_eq!(codes(own, json!("department")), Vec::<String>::new());
    assert_eq!(codes(entra, json!("mail")), Vec::<String>::new());
}
