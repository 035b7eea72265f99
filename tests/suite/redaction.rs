//! What is said of a person stays out of every message: keys, texts, numbers and truth values.

use groupmap::{Answer, BatchAnswer, Claims, ReviewAnswer, Snapshot, Token, Value};
use serde_json::json;

use crate::comparison::answer_text;

const LOGIN: &str = r#"{ "id_token": { "sub": "u1" } }"#;
const SNAPSHOT: &str = r#"{ "account": { "status": "active" }, "memberships": [] }"#;

/// Each is a mistake that holds one of the [`SECRETS`].
const LOGINS: [&str; 12] = [
    r#"{ "id_token": { "sub": "u1", "u7secret@example.com": 1, "u7secret@example.com": 2 } }"#,
    r#"{ "id_token": { "sub": "u1", "a": [{ "u7secret@example.com": 1, "u7secret@example.com": 2 }] } }"#,
    r#"{ "id_token": "u7secret@example.com" }"#,
    r#"{ "id_token": 11203948571 }"#,
    r#"{ "id_token": {}, "u7secret@example.com": 1 }"#,
    r#""u7secret@example.com""#,
    "11203948571",
    "[1.12039]",
    r#"{ "saml": { "u7secret@example.com": 1 } }"#,
    r#"{ "saml": { "attributes": [{ "name": "u7secret@example.com" }] } }"#,
    r#"{ "saml": { "attributes": [{ "name": "u7secret@example.com", "values": "u7secret@example.com" }] } }"#,
    r#"{ "id_token": {}, "fetched_groups": { "complete": true, "groups": [{ "u7secret@example.com": "x" }] } }"#,
];

const SNAPSHOTS: [&str; 9] = [
    r#"{ "account": { "status": "active", "subject": 11203948571 } }"#,
    r#"{ "account": { "status": "active", "subject": 1.12039 } }"#,
    r#"{ "account": { "status": "active", "subject": true } }"#,
    r#"{ "account": { "status": "u7secret@example.com" } }"#,
    r#"{ "account": { "u7secret@example.com": "active" } }"#,
    r#"{ "account": { "status": "active", "candidate": { "u7secret@example.com": 1 } } }"#,
    r#"{ "account": { "status": "active" }, "u7secret`, expected @example.com": 1 }"#,
    r#"{ "account": { "status": "active" }, "memberships": [{ "team": 11203948571 }] }"#,
    r#"{ "account": { "status": "active" }, "memberships": [{ "team": "a", "u7secret@example.com": 1 }] }"#,
];

const SECRETS: [&str; 5] = ["u7secret", "@example", "1203", "`true`", "1.12"];

fn assert_silent(told: &str, input: &str) {
    for secret in SECRETS {
        assert!(!told.contains(secret), "{told}\n    to {input}");
    }
}

fn request(login: &str, snapshot: &str) -> String {
    let config = json!({
        "version": 1,
        "source": { "id": "idp", "provider": "custom" },
        "catalog": [{ "team": "a" }],
        "rules": [{ "id": "a", "when": { "name": "a" }, "grant": [{ "team": "a" }] }]
    });
    format!(r#"{{ "config": {config}, "login": {login}, "snapshot": {snapshot} }}"#)
}

#[test]
fn answers_show_nothing_of_a_person() {
    let answer = answer_text(&request(LOGIN, SNAPSHOT));
    assert!(answer.get("plan").is_some(), "{answer}");
    let mistakes = LOGINS.map(|login| request(login, SNAPSHOT)).into_iter();
    for request in mistakes.chain(SNAPSHOTS.map(|snapshot| request(LOGIN, snapshot))) {
        let answer = answer_text(&request);
        assert_eq!(answer["error"]["code"], "invalid-request", "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(" at line 1 column "), "{answer}");
        assert_silent(&answer.to_string(), &request);
    }
}

#[test]
fn answers_about_many_people_show_nothing_of_them() {
    for (login, snapshot) in LOGINS.map(|login| (login, SNAPSHOT)).into_iter().chain(SNAPSHOTS.map(|one| (LOGIN, one)))
    {
        let person = format!(r#"{{ "id": "p", "login": {login}, "snapshot": {snapshot} }}"#);
        let error = serde_json::from_str::<groupmap::Person>(&person).unwrap_err();
        let answers = [
            serde_json::to_string(&BatchAnswer::invalid_request(&error)).unwrap(),
            serde_json::to_string(&ReviewAnswer::invalid_request(&error)).unwrap(),
        ];
        answers.iter().for_each(|answer| assert_silent(answer, &person));
        assert_silent(&error.to_string(), &person);
        assert_silent(&format!("{error:?}"), &person);
    }
}

/// A host that reads parts by itself shows what the parser says.
#[test]
fn errors_of_claims_show_nothing_of_them() {
    for login in LOGINS {
        let error = serde_json::from_str::<Claims>(login).unwrap_err();
        assert_silent(&error.to_string(), login);
        assert_silent(&format!("{error:?}"), login);
    }
    for token in [
        r#"{ "u7secret@example.com": 1, "u7secret@example.com": 2 }"#,
        r#""u7secret@example.com""#,
        "11203948571",
        r#"{ "sub": "u7secret@example.com" "#,
        r#"{ "sub": u7secret@example.com }"#,
        r#"{ "sub": 1e1203 }"#,
    ] {
        let error = Token::from_json(token.as_bytes()).unwrap_err();
        assert_silent(&error.to_string(), token);
        assert_silent(&format!("{error:?}"), token);
    }
    let twice = || [("u7secret@example.com", Value::Null), ("u7secret@example.com", Value::Null)];
    for error in [Value::object(twice()).unwrap_err(), Token::new(twice()).unwrap_err()] {
        assert_eq!(error.to_string(), "a key stands twice in one object");
        assert_silent(&format!("{error:?}"), "the same key twice");
    }
}

#[test]
fn what_was_expected_is_told() {
    let told = |request: &str| answer_text(request)["error"]["message"].as_str().unwrap().to_owned();
    let message = told(&request(LOGIN, r#"{ "account": { "status": "actve" } }"#));
    assert!(
        message.starts_with("unknown variant, expected one of `absent`, `active`, `inactive` at line"),
        "{message}"
    );
    let message = told(&request(LOGIN, r#"{ "account": { "status": "active", "subject": 7 } }"#));
    assert!(message.starts_with("invalid type: an integer, expected a string at line"), "{message}");
    let message = told(&request(LOGIN, SNAPSHOT).replace(r#""rules""#, r#""ruels""#));
    assert!(message.starts_with("unknown field `ruels`, expected one of `version`"), "{message}");
}

/// What a host passes on of a snapshot is without values; keys show where it reads a snapshot by itself.
#[test]
fn a_snapshot_on_its_own() {
    let error = serde_json::from_str::<Snapshot>(SNAPSHOTS[0]).unwrap_err();
    let answer = serde_json::to_string(&Answer::invalid_request(&error)).unwrap();
    assert_silent(&answer, SNAPSHOTS[0]);
}
