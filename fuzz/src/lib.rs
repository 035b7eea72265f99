//! What the fuzzer tries: functions of bytes that panic where a promise is broken.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code)]
#[path = "../../tests/suite/checked.rs"]
mod checked;
#[allow(dead_code)]
#[path = "../../tests/suite/comparison.rs"]
mod comparison;
#[allow(dead_code)]
#[path = "../../tests/suite/reference/mod.rs"]
mod reference;
mod scim;
mod seeds;
mod sequences;
#[allow(dead_code, unused_imports)]
#[path = "../../tests/suite/worlds/mod.rs"]
mod worlds;

use groupmap::{Answer, Config, Engine, Plan, Request, Token};
use serde_json::{Value, json};

use crate::checked::checked_answer;
use crate::comparison::{answer, bare};
pub use crate::scim::{scim_filter, scim_patch, scim_resource};
pub use crate::seeds::seeds;
pub use crate::sequences::sequences;

/// A target of the fuzzer.
pub type Fuzzed = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Fuzzed); 12] = [
    ("oidc", oidc),
    ("saml", saml),
    ("config", config),
    ("regex", regex),
    ("canonical", canonical),
    ("dn_path", dn_path),
    ("plan", plan),
    ("sequences", sequences),
    ("rendering", rendering),
    ("scim_resource", scim_resource),
    ("scim_patch", scim_patch),
    ("scim_filter", scim_filter),
];

/// Ways in which a source may read its groups.
fn sources() -> [Value; 6] {
    let custom = |groups: Value| json!({ "id": "idp", "provider": "custom", "groups": groups });
    [
        json!({ "id": "idp", "provider": "okta" }),
        json!({ "id": "idp", "provider": "entra" }),
        json!({ "id": "idp", "provider": "keycloak" }),
        json!({ "id": "idp", "provider": "cognito" }),
        custom(json!({ "claims": ["groups", ["realm_access", "roles"]], "identified_by": "dn", "case": "unicode" })),
        custom(json!({ "claims": ["groups"], "identified_by": "auto", "delimiter": ";", "case": "ascii" })),
    ]
}

/// A config in which every target depends on a group.
fn mapping(source: &Value) -> Value {
    let kind = match (source["provider"].as_str(), source["groups"]["identified_by"].as_str()) {
        (Some("entra"), _) => json!({ "id": "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }),
        (Some("keycloak"), _) => json!({ "path": ["ops"] }),
        (_, Some("dn")) => json!({ "dn": "CN=ops,DC=x" }),
        _ => json!({ "name": "ops" }),
    };
    json!({
        "version": 1,
        "source": source,
        "catalog": [{ "group": "ops" }, { "organization": "acme", "role": "owner", "keep_at_least": 1 }],
        "rules": [
            { "id": "ops", "when": kind, "grant": [{ "group": "ops" }] },
            { "id": "owners", "when": { "any": [kind, { "attribute": { "name": "dep", "equals": "eng" } }] },
              "grant": [{ "organization": "acme", "role": "owner" }] }
        ]
    })
}

fn snapshot() -> Value {
    json!({
        "account": { "status": "active" },
        "memberships": [{ "group": "ops", "managed_by": "idp" }, { "organization": "acme", "role": "owner", "managed_by": "idp" }],
        "holders": [{ "organization": "acme", "role": "owner", "count": 1 }]
    })
}

/// What must be true of every plan for that person, whatever was sent.
fn harmless(answer: &Value) {
    let Some(plan) = answer.get("plan") else {
        assert!(answer.get("error").is_some() || answer.get("problems").is_some(), "{answer}");
        return;
    };
    if plan["groups"]["completeness"] != "complete" {
        assert_eq!((&plan["remove"], &plan["replace"]), (&json!([]), &json!([])), "{plan}");
        assert_eq!((&plan["access"], &plan["account"]), (&json!("granted"), &json!("none")), "{plan}");
    }
    let owner = json!({ "organization": "acme", "role": "owner" });
    assert!(!plan["remove"].as_array().unwrap().iter().any(|line| line["target"] == owner), "the last owner: {plan}");
    assert_eq!(plan["access"], "granted", "the last owner is locked out: {plan}");
}

/// An ID token of any JSON.
pub fn oidc(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        assert!(serde_json::from_slice::<Token>(data).is_err(), "what is no text is no token");
        return;
    };
    let (by_text, by_bytes) = (serde_json::from_str::<Token>(text), serde_json::from_slice::<Token>(data));
    assert_eq!(by_text.is_ok(), by_bytes.is_ok());
    if let (Ok(one), Ok(other)) = (by_text, by_bytes) {
        assert!(one == other, "text and bytes are read differently");
    }
    for source in sources() {
        let config = mapping(&source);
        let request = format!(r#"{{"config":{config},"login":{{"id_token":{text}}},"snapshot":{}}}"#, snapshot());
        harmless(&comparison::answer_text(&request));
    }
}

/// An assertion of any JSON.
pub fn saml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for source in sources() {
        let config = mapping(&source);
        let request = format!(r#"{{"config":{config},"login":{{"saml":{text}}},"snapshot":{}}}"#, snapshot());
        harmless(&comparison::answer_text(&request));
    }
}

/// A config of any JSON.
pub fn config(data: &[u8]) {
    let Ok(config) = serde_json::from_slice::<Config>(data) else { return };
    let written = serde_json::to_value(&config).unwrap();
    let again: Config = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), written);
    match Engine::compile(config) {
        Ok(_) => {}
        Err(problems) => {
            assert!(problems.iter().next().is_some(), "refused without a problem");
            is_shown_safely(&problems.to_string());
            return;
        }
    }
    for login in [json!({ "sub": "u1" }), json!({ "sub": "u1", "groups": [] }), json!({ "sub": "u1", "groups": ["a"] })]
    {
        let request = json!({ "config": written, "login": { "id_token": login }, "snapshot": snapshot() });
        answer(&request);
    }
}

/// Engine and model say the same.
fn agree(request: &Value) {
    let (model, engine) = (bare(&reference::answer(request)), bare(&answer(request)));
    assert_eq!(model, engine, "\nrequest {request}");
}

fn with_condition(when: &Value, identified_by: &str, case: &str, group: &str) -> Value {
    json!({
        "config": {
            "version": 1,
            "source": { "id": "idp", "provider": "custom", "groups": { "claims": ["groups"], "identified_by": identified_by, "case": case } },
            "catalog": [{ "group": "ops" }, { "team": "red" }],
            "rules": [{ "id": "r", "when": when, "grant": [{ "group": "ops" }] }, { "id": "n", "when": { "not": when }, "grant": [{ "team": "red" }] }]
        },
        "login": { "id_token": { "sub": "u1", "groups": [group] } },
        "snapshot": { "revision": "1", "account": { "status": "active" }, "memberships": [{ "group": "ops", "managed_by": "idp" }], "holders": [] }
    })
}

const CASES: [&str; 3] = ["sensitive", "ascii", "unicode"];

fn two(data: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(data).ok()?.split_once('\n')
}

/// A pattern and a value.
pub fn regex(data: &[u8]) {
    let Some((pattern, value)) = two(data) else { return };
    // The model says "ASCII letters in both cases" with a stand-in for each of these two, and with the flag `i`.
    let beyond_the_model = data_holds(data, &['\u{17F}', '\u{283}', '\u{212A}', '\u{2126}']) || pattern.contains("(?");
    for case in CASES.into_iter().filter(|case| *case != "ascii" || !beyond_the_model) {
        agree(&with_condition(&json!({ "regex": pattern }), "name", case, value));
        agree(&with_condition(&json!({ "glob": pattern }), "name", case, value));
    }
}

fn data_holds(data: &[u8], any: &[char]) -> bool {
    std::str::from_utf8(data).is_ok_and(|text| text.contains(any))
}

/// Two texts that are equal or not: simple case folding is what the flag `i` of a plain `Regex` means.
pub fn canonical(data: &[u8]) {
    let Some((one, other)) = two(data) else { return };
    if one.is_empty() || other.is_empty() {
        return;
    }
    for case in CASES {
        let equal = match case {
            "sensitive" => one == other,
            "ascii" => one.eq_ignore_ascii_case(other),
            _ => regex::Regex::new(&format!(r"\A(?i:{})\z", regex::escape(one))).unwrap().is_match(other),
        };
        for kind in ["name", "email"] {
            for (rule, group) in [(one, other), (other, one)] {
                let answer = answer(&with_condition(&json!({ kind: rule }), kind, case, group));
                let Some(plan) = answer.get("plan") else { continue };
                if plan["groups"]["completeness"] == "complete" {
                    let kept = plan["keep"].as_array().unwrap().len();
                    assert_eq!(kept == 1, equal, "{one:?} and {other:?} under {case}");
                }
            }
        }
        agree(&with_condition(&json!({ "id": one }), "auto", case, other));
    }
}

/// Two distinguished names, or two paths.
pub fn dn_path(data: &[u8]) {
    let Some((one, other)) = two(data) else { return };
    let segments: Vec<&str> = one.split('/').collect();
    // The model folds by another table of Unicode; `canonical` is about that.
    for case in CASES.into_iter().filter(|case| *case != "unicode") {
        agree(&with_condition(&json!({ "dn": one }), "dn", case, other));
        agree(&with_condition(&json!({ "dn_under": one }), "dn", case, other));
        agree(&with_condition(&json!({ "path": segments }), "path", case, other));
        agree(&with_condition(&json!({ "path_under": segments }), "path", case, other));
    }
}

/// Bytes as numbers, four at a time.
fn numbers(data: &[u8]) -> Vec<u32> {
    data.chunks(2).map(|chunk| chunk.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))).collect()
}

/// A whole world.
pub fn plan(data: &[u8]) {
    agree(&worlds::of_numbers(numbers(data)));
}

/// A text in every place where texts come from outside.
pub fn rendering(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let text = if text.is_empty() { "x" } else { text };
    let mut request = json!({
        "config": {
            "version": 1,
            "source": { "id": text, "provider": "custom", "groups": { "claims": ["groups"], "identified_by": "name" } },
            "accounts": { "new_grant": [{ "team": text }] },
            "catalog": [{ "group": text }, { "team": text }, { "organization": text }, { "organization": text, "role": text },
                        { "kind": format!("k{text}"), "name": text }, { "flag": "f" }],
            "rules": [
                { "id": text, "when": { "any": [{ "glob": "*" }, "everyone"] }, "description": text,
                  "grant": [{ "group": text }, { "organization": text, "role": text }, { "kind": format!("k{text}"), "name": text }] },
                { "id": format!("{text}2"), "when": { "attribute": { "name": text, "equals": text } }, "grant": [{ "flag": "f" }] }
            ]
        },
        "login": { "id_token": { "sub": text, "iss": text, "email": text, text: text, "groups": [text] } },
        "snapshot": { "revision": text, "account": { "status": "absent" } }
    });
    shown(&request);
    request["snapshot"]["account"]["status"] = json!("active");
    request["snapshot"]["memberships"] =
        json!([{ "team": text, "managed_by": text }, { "role": text, "managed_by": text }]);
    shown(&request);
    // What does not compile, and what contradicts itself.
    request["config"]["catalog"] = json!([{ "group": format!("{text}3") }]);
    shown(&request);
    request["snapshot"]["holders"] = json!([{ "team": text, "count": 1 }, { "team": text, "count": 2 }]);
    request["config"] = mapping(&sources()[0]);
    shown(&request);
    request["login"] = json!({ "saml": { "name_id": text, text: [] } });
    shown(&request);
}

fn shown(request: &Value) {
    let answer = match serde_json::from_str::<Request>(&request.to_string()) {
        Ok(request) => {
            is_shown_safely(&format!("{request:?}").replace("\\u{", "\\ u{"));
            checked_answer(request)
        }
        Err(error) => Answer::invalid_request(error),
    };
    match &answer {
        Answer::Plan(plan) => {
            is_shown_safely(&plan.to_string());
            let mut spoiled: Plan = plan.clone();
            spoiled.add.clear();
        }
        Answer::Problems(problems) => is_shown_safely(&problems.to_string()),
        Answer::Error(error) => is_shown_safely(&error.message),
    }
}

/// No control, bidi or line separator character but the line breaks of the crate's own.
fn is_shown_safely(text: &str) {
    let raw = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{200B}'..='\u{200F}')
    };
    assert!(!text.contains(raw), "{text:?}");
}
