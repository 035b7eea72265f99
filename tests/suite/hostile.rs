//! Bad input is normal input: a clear error, problem or note, never a panic, and little memory.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::agreement::runner;
use crate::comparison::{answer, answer_text};

fn config() -> Value {
    json!({
        "version": 1,
        "source": { "id": "idp", "provider": "okta" },
        "catalog": [{ "group": "ops" }, { "organization": "acme", "role": "owner", "keep_at_least": 1 }],
        "rules": [
            { "id": "ops", "when": { "name": "ops" }, "grant": [{ "group": "ops" }] },
            { "id": "owners", "when": { "name": "owners" }, "grant": [{ "organization": "acme", "role": "owner" }] }
        ]
    })
}

fn request(login: &str) -> String {
    let snapshot = json!({
        "account": { "status": "active" },
        "memberships": [{ "group": "ops", "managed_by": "idp" }],
        "holders": []
    });
    format!(r#"{{ "config": {}, "login": {login}, "snapshot": {snapshot} }}"#, config())
}

fn error_of(request: &str) -> (String, String) {
    let answer = answer_text(request);
    let field = |name: &str| answer["error"][name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (field("code"), field("message"))
}

#[test]
fn what_is_no_request_is_an_invalid_request() {
    let valid = request(r#"{ "id_token": { "sub": "u1", "groups": [] } }"#);
    assert!(answer_text(&valid).get("plan").is_some());
    let broken = [
        String::new(),
        "null".into(),
        "[]".into(),
        "{}".into(),
        "{".into(),
        format!("{valid} {{}}"),
        valid.replacen("\"snapshot\"", "\"snapshots\"", 1),
        valid.replacen("\"provider\"", "\"providers\"", 1),
        valid.replacen("\"okta\"", "\"oktta\"", 1),
        valid.replacen("\"sub\"", "\"groups\": [], \"sub\"", 1),
        valid.replacen("\"version\":1", "\"version\":1,\"version\":1", 1),
        valid.replacen("\"version\":1", "\"version\":\"1\"", 1),
        valid.replacen("\"active\"", "\"asleep\"", 1),
        valid.replacen("{ \"id_token\"", "{ \"saml\": { \"name_id\": \"u1\", \"attributes\": [] }, \"id_token\"", 1),
        format!("{}{}{}", valid.replacen("[] }", "", 1), "[".repeat(500), "]".repeat(500)),
    ];
    for request in broken {
        let (code, _) = error_of(&request);
        assert_eq!(code, "invalid-request", "{request}");
    }
}

#[test]
fn a_repeated_claim_is_an_error_at_any_depth_and_says_where() {
    let (code, message) = error_of(&request(r#"{ "id_token": { "sub": "u1", "x": { "role": 1, "role": 2 } } }"#));
    assert_eq!(code, "invalid-request");
    assert!(message.contains("a key stands twice in one object at line 1 column"), "{message}");
}

#[test]
fn a_million_groups_are_too_large_and_take_nothing() {
    let groups = "\"g\",".repeat(999_999);
    let (code, message) =
        error_of(&request(&format!(r#"{{ "id_token": {{ "sub": "u1", "groups": [{groups}"g"] }} }}"#)));
    assert_eq!(code, "too-large");
    assert!(message.contains("1000002 values used, 100000 allowed"), "{message}");
}

/// A string that is split holds no more groups than a list.
#[test]
fn groups_in_one_string_are_counted_like_a_list() {
    let answer = |groups: Value, text: String| {
        let mut config = config();
        config["source"]["groups"] = groups;
        let login = json!({ "id_token": { "sub": "u1", "groups": [text] } });
        answer_text(
            &json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }).to_string(),
        )
    };
    let apart = || json!({ "delimiter": ";", "limit": { "count": 1_000_000 } });
    let most = answer(apart(), format!("{}ops", "ops;".repeat(99_999)));
    assert_eq!(most["plan"]["groups"], json!({ "completeness": "complete", "count": 1 }));
    let more = answer(apart(), format!("{}ops", "ops;".repeat(100_000)));
    assert_eq!(more["error"]["code"], "too-large");
    assert!(more["error"]["message"].as_str().unwrap().contains("100001 values used, 100000 allowed"), "{more}");
    let bracketed = answer(json!({ "bracketed": true }), format!("[{}ops]", "ops, ".repeat(100_000)));
    assert_eq!(bracketed["error"], more["error"]);
}

#[test]
fn ten_megabytes_in_one_string_are_too_large() {
    let long = "x".repeat(10 * 1_024 * 1_024);
    let (code, message) = error_of(&request(&format!(r#"{{ "id_token": {{ "sub": "u1", "groups": ["{long}"] }} }}"#)));
    assert_eq!(code, "too-large");
    assert!(message.contains("bytes used, 8388608 allowed"), "{message}");
}

#[test]
fn nesting_beyond_the_cap_is_too_large() {
    let deep = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    let (code, message) = error_of(&request(&format!(r#"{{ "id_token": {{ "sub": "u1", "groups": {deep} }} }}"#)));
    assert_eq!(code, "too-large");
    assert!(message.contains("levels used, 32 allowed"), "{message}");
}

#[test]
fn unreadable_groups_never_remove_anything() {
    for groups in
        ["null", "{}", "7", "true", "[null]", "[[\"ops\"]]", "[{\"name\":\"ops\"}]", "[\"\"]", "[\"a\\nb\"]", "[1]"]
    {
        let answer = answer_text(&request(&format!(r#"{{ "id_token": {{ "sub": "u1", "groups": {groups} }} }}"#)));
        let plan = &answer["plan"];
        assert_eq!(plan["groups"]["completeness"], "malformed", "{groups}: {answer}");
        assert_eq!((&plan["remove"], &plan["access"]), (&json!([]), &json!("granted")), "{groups}");
        assert!(plan["notes"].as_array().unwrap().iter().any(|note| note["code"] == "groups-malformed"), "{groups}");
    }
}

#[test]
fn one_long_name_is_unreadable_and_not_cut() {
    let long = "o".repeat(1_025);
    let answer = answer_text(&request(&format!(r#"{{ "id_token": {{ "sub": "u1", "groups": ["{long}", "ops"] }} }}"#)));
    assert_eq!(answer["plan"]["groups"], json!({ "completeness": "malformed", "count": 1 }));
}

#[test]
fn contradictory_snapshots_are_errors() {
    let valid = request(r#"{ "id_token": { "sub": "u1", "groups": [] } }"#);
    let twice = valid.replacen(r#""memberships":["#, r#""memberships":[{"group":"ops"},"#, 1);
    let (code, message) = error_of(&twice);
    assert_eq!(
        (code.as_str(), message.contains("`group:ops` stands twice in `memberships`")),
        ("invalid-snapshot", true)
    );
    let holders = r#""holders":[{"group":"ops","count":1},{"group":"ops","count":2}]"#;
    assert_eq!(error_of(&valid.replacen(r#""holders":[]"#, holders, 1)).0, "invalid-snapshot");
}

#[test]
fn patterns_that_explode_are_problems() {
    for (pattern, code) in [
        (r"\w{1000}", "regex-too-large"),
        ("a{100}{100}{100}", "regex-too-large"),
        ("((((((((((a{10}){10}){10}){10}){10}){10}){10}){10}){10}){10})", "regex-too-large"),
        (&"(".repeat(200), "invalid-regex"),
        (&"a".repeat(513), "limit-exceeded"),
        ("(?m)^a$", "invalid-regex"),
    ] {
        let mut config = config();
        config["rules"][0]["when"] = json!({ "regex": pattern });
        let login = json!({ "id_token": { "sub": "u1" } });
        let answer =
            answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }));
        assert_eq!(answer["problems"][0]["code"], code, "{pattern}: {answer}");
    }
}

#[test]
fn limits_of_a_config_say_what_was_used_and_allowed() {
    let mut nested = json!({ "name": "x" });
    for _ in 0..40 {
        nested = json!({ "not": nested });
    }
    let mut config = config();
    config["rules"][0]["when"] = nested;
    let login = json!({ "id_token": { "sub": "u1" } });
    let answer =
        answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }));
    assert_eq!(answer["problems"][0]["code"], "limit-exceeded", "{answer}");
    assert!(answer["problems"][0]["message"].as_str().unwrap().contains("32 allowed"), "{answer}");
}

#[test]
fn texts_of_rules_are_no_longer_than_names_of_the_catalog() {
    let with = |path: &str, value: Value| {
        let mut config = config();
        config["rules"][0]["when"] = json!({ "all": [{ "name": "ops" }] });
        *config["rules"][0].pointer_mut(path).unwrap() = value;
        let login = json!({ "id_token": { "sub": "u1" } });
        answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }))
    };
    let (most, more) = ("x".repeat(1_024), "x".repeat(1_025));
    let test = |test: Value| json!({ "attribute": test });
    assert!(with("/when/all/0", test(json!({ "name": "a", "equals": most }))).get("plan").is_some());
    assert!(with("/when/all/0", test(json!({ "name": "a", "one_of": [most, 7] }))).get("plan").is_some());
    assert_eq!(with("/grant/0", json!({ "group": most }))["problems"][0]["code"], "unknown-target");
    for (path, value, at) in [
        ("/when/all/0", test(json!({ "name": "a", "equals": more })), "rules[0].when.all[0].attribute.equals"),
        (
            "/when/all/0",
            test(json!({ "name": "a", "one_of": ["a", more] })),
            "rules[0].when.all[0].attribute.one_of[1]",
        ),
        ("/grant/0", json!({ "group": format!("{{a}}{}", &more[3..]) }), "rules[0].grant[0]"),
        ("/grant/0", json!({ "organization": more, "role": "owner" }), "rules[0].grant[0]"),
    ] {
        let answer = with(path, value);
        let problem = &answer["problems"][0];
        assert_eq!((&problem["code"], &problem["path"]), (&json!("limit-exceeded"), &json!(at)), "{answer}");
        assert_eq!(problem["message"], "1025 bytes used, 1024 allowed");
    }
}

#[test]
fn slots_are_counted() {
    let with = |count: usize| {
        let mut config = config();
        config["slots"] = (0..count).map(|n| json!({ "kind": format!("k{n}"), "choose": "unambiguous" })).collect();
        let login = json!({ "id_token": { "sub": "u1" } });
        answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }))
    };
    assert!(with(1_000).get("plan").is_some());
    let problem = &with(1_001)["problems"][0];
    assert_eq!((&problem["code"], &problem["path"]), (&json!("limit-exceeded"), &json!("slots")));
    assert_eq!(problem["message"], "1001 slots used, 1000 allowed");
}

#[test]
fn a_slow_pattern_is_linear() {
    let mut config = config();
    config["rules"][0]["when"] = json!({ "regex": "(a+)+b" });
    let groups: Vec<String> = (0..2_000).map(|n| format!("{}{n}", "a".repeat(1_000))).collect();
    let login = json!({ "id_token": { "sub": "u1", "groups": groups } });
    let answer =
        answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }));
    assert_eq!(answer["plan"]["groups"]["count"], 2_000);
}

/// Any JSON at all, with the words of requests among its keys and texts.
pub fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "config",
        "login",
        "snapshot",
        "id_token",
        "saml",
        "groups",
        "sub",
        "name_id",
        "attributes",
        "name",
        "values",
        "ops",
        "_claim_names",
        "hasgroups",
        "",
        "\u{202e}",
        "CN=a,DC=b",
        "/a//b",
        "memberships",
        "account",
        "status",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner), 0..6)
                .prop_map(|entries| entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

#[test]
fn no_json_makes_it_panic() {
    let run = runner(4_000).run(&(any_json(), any_json(), 0..5_u8), |(value, other, place)| {
        let mut request = json!({
            "config": config(),
            "login": { "id_token": { "sub": "u1", "groups": ["ops"] } },
            "snapshot": { "account": { "status": "active" }, "memberships": [] }
        });
        match place {
            0 => request = value,
            1 => request["login"] = json!({ "id_token": { "sub": "u1", "groups": value, "x": other } }),
            2 => request["login"] = json!({ "saml": { "name_id": "u1", "attributes": [{ "name": "groups", "values": [value, other] }] } }),
            3 => request["config"]["rules"][0]["when"] = value,
            _ => request["login"] = value,
        }
        let answer = answer(&request);
        prop_assert_eq!(answer.as_object().map(serde_json::Map::len), Some(1));
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}

#[test]
fn no_pattern_makes_it_panic() {
    let run =
        runner(2_000).run(&("[a-c(){}|*+?\\[\\]^$.\\\\wdsi:P<>,0-9é-]{0,24}", any::<bool>()), |(pattern, glob)| {
            let mut config = config();
            config["rules"][0]["when"] = if glob { json!({ "glob": pattern }) } else { json!({ "regex": pattern }) };
            config["source"]["groups"] = json!({ "case": "ascii" });
            let login = json!({ "id_token": { "sub": "u1", "groups": ["abc", "é", "a-b"] } });
            let answer =
                answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }));
            prop_assert!(answer.get("plan").is_some() || answer.get("problems").is_some(), "{}", answer);
            Ok(())
        });
    if let Err(error) = run {
        panic!("{error}");
    }
}

#[test]
fn rendered_plans_hold_no_raw_control_or_bidi_character() {
    let mut config = config();
    config["rules"] = json!([{ "id": "r\u{1b}[31m\u{202e}", "when": { "glob": "*" }, "grant": [{ "group": "ops" }] }]);
    let login = json!({ "id_token": { "sub": "u1", "groups": ["a\u{200b}b"] } });
    let request = json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } });
    let plan: groupmap::Plan = serde_json::from_value(answer(&request)["plan"].clone()).unwrap();
    let mut text = String::new();
    write!(text, "{plan}").unwrap();
    assert!(text.contains("\\u{202e}") && text.contains("\\u{200b}"), "{text}");
    assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}')), "{text:?}");
}

/// What a bad request can make the crate say is small, whatever its size.
#[test]
fn answers_to_hostile_requests_are_small() {
    let long = "x".repeat(2 * 1_024 * 1_024);
    let many = format!("[{}\"g\"]", "\"g\",".repeat(200_000));
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let nested = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    for token in [
        format!(r#"{{ "sub": "u1", "{long}": 1, "{long}": 2 }}"#),
        format!(r#"{{ "sub": "u1", "groups": ["{long}"] }}"#),
        format!(r#"{{ "sub": "{long}" }}"#),
        format!(r#"{{ "sub": "u1", "groups": {many} }}"#),
        format!(r#"{{ "sub": "u1", "groups": {deep} }}"#),
        format!(r#"{{ "sub": "u1", "groups": {nested} }}"#),
        format!(r#"{{ "sub": "u1", "groups": [{}] }}"#, "[],".repeat(200_000).trim_end_matches(',')),
    ] {
        let answer = answer_text(&request(&format!(r#"{{ "id_token": {token} }}"#))).to_string();
        assert!(answer.len() < 4_096, "{} bytes said of {} sent: {}", answer.len(), token.len(), &answer[..200]);
    }
    // A field that nobody knows, where documents of the host stand.
    let unknown =
        request(r#"{ "id_token": { "sub": "u1" } }"#).replacen("\"version\"", &format!("\"{long}\":1,\"version\""), 1);
    assert!(answer_text(&unknown).to_string().len() < 4_096);
}

/// Names that look like another are other names, and are told apart where they are shown.
#[test]
fn look_alikes_are_other_groups_and_are_shown_as_such() {
    let alike = ["ops", "оps", "ops\u{200b}", "\u{200d}ops", "ｏps", "op\u{455}", "ops\u{fe0f}", "ops\u{ad}", "OPS"];
    let mut config = config();
    config["rules"] = json!([{ "id": "every", "when": { "glob": "*" }, "grant": [{ "group": "ops" }] }]);
    let mut shown = std::collections::BTreeSet::new();
    for name in alike {
        let login = json!({ "id_token": { "sub": "u1", "groups": [name] } });
        let exact = answer(
            &json!({ "config": self::config(), "login": login, "snapshot": { "account": { "status": "absent" } } }),
        );
        assert_eq!(exact["plan"]["account"] == "provision", name == "ops", "{name:?}");
        let any =
            answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }));
        let group = any["plan"]["add"][0]["because"][0]["group"].as_str().unwrap().to_owned();
        assert!(group.is_ascii() || !group.contains(['\u{200b}', '\u{200d}', '\u{fe0f}', '\u{ad}']), "{group:?}");
        shown.insert(group);
    }
    assert_eq!(shown.len(), alike.len());
    // All of them at once are as many groups.
    let login = json!({ "id_token": { "sub": "u1", "groups": alike } });
    let all = answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }));
    assert_eq!(all["plan"]["groups"]["count"], alike.len());
}

/// Names chosen so that simple hashes of them collide: equal in length, in sum and in all but two places.
#[test]
fn names_that_collide_under_simple_hashes_are_told_apart() {
    let names: Vec<String> = (0..20_000)
        .map(|n| {
            let (high, low) = (n / 100, n % 100);
            format!("{}{:03}{:03}{:03}{:03}", "g".repeat(40), high, 300 - high, low, 300 - low)
        })
        .collect();
    let last = names.last().unwrap().clone();
    let mut config = config();
    config["source"]["groups"] = json!({ "limit": { "count": 1_000_000 } });
    config["rules"][0]["when"] = json!({ "name": last });
    let login = json!({ "id_token": { "sub": "u1", "groups": names } });
    let plan = &answer(&json!({ "config": config, "login": login, "snapshot": { "account": { "status": "absent" } } }))
        ["plan"];
    assert_eq!(plan["groups"]["count"], 20_000);
    assert_eq!(plan["add"][0]["because"], json!([{ "rule": "ops", "group": last }]));
}
