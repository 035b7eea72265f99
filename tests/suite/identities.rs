//! What must hold of every identity, over random sources and claims of any shape.

use groupmap::{Claims, Config, Engine, Error, Identity, Provider, Token};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::agreement::runner;
use crate::hostile::any_json;

/// A source with settings of every kind.
fn source() -> impl Strategy<Value = Value> {
    let settings = prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({ "claims": ["groups", ["ops", "groups"]], "identified_by": "name" })),
        1 => Just(json!({ "claims": [{ "name": "GROUPS", "case": "ascii" }], "identified_by": "auto" })),
        1 => Just(json!({ "claims": [{ "friendly_name": "ops" }, "name"], "case": "unicode" })),
        1 => Just(json!({ "identified_by": "name", "delimiter": "-", "limit": { "count": 2 } })),
        1 => Just(json!({ "identified_by": "name", "bracketed": true })),
        1 => Just(json!({ "object": { "id": "sub", "name": "name" } })),
        1 => Just(json!({ "object": { "keys": true }, "absent": "empty" })),
        1 => Just(json!({ "object": { "keys": true, "organization": "ops" } })),
        1 => Just(json!({ "identified_by": "path", "case": "ascii" })),
        1 => Just(json!({ "identified_by": "dn", "case": "unicode" })),
        1 => Just(json!({ "identified_by": "email" })),
    ];
    (select(Provider::ALL.to_vec()), settings)
        .prop_map(|(provider, groups)| json!({ "id": "idp", "provider": provider, "groups": groups }))
}

/// A value of a groups claim: mostly a list of texts.
fn groups() -> impl Strategy<Value = Value> {
    let text =
        select(vec!["ops", "Ops", "a-b", "[a, b]", "/a/b", "a/b", "CN=a,DC=b", "cn=A, dc=b", "é", "", "\u{202e}"]);
    prop_oneof![
        4 => prop::collection::vec(text.prop_map(Value::from), 0..6).prop_map(Value::from),
        1 => any_json(),
    ]
}

fn token() -> impl Strategy<Value = Value> {
    let key = select(vec!["groups", "GROUPS", "ops", "member", "memberOf", "group", "name", "email", "oid", "tid"]);
    prop::collection::vec((key, groups()), 0..6).prop_map(|entries| {
        let mut token = json!({ "sub": "u1" });
        for (key, value) in entries {
            token[key] = value;
        }
        token
    })
}

fn attributes() -> impl Strategy<Value = Vec<Value>> {
    let name = select(vec!["groups", "GROUPS", "ops", "member", "email", "mail", "firstName", "a/groups.link"]);
    let friendly = prop::option::of(select(vec!["ops", "groups"]));
    let attribute = (name, friendly, prop::collection::vec(groups(), 0..4)).prop_map(|(name, friendly, values)| {
        let mut attribute = json!({ "name": name, "values": values });
        if let Some(friendly) = friendly {
            attribute["friendly_name"] = friendly.into();
        }
        attribute
    });
    prop::collection::vec(attribute, 0..6)
}

fn normalize(source: &Value, login: &Value) -> Result<Identity, Error> {
    let config = json!({
        "version": 1, "source": source, "catalog": [{ "flag": "staff" }],
        "rules": [{ "id": "all", "when": "everyone", "grant": [{ "flag": "staff" }] }],
    });
    let config: Config = serde_json::from_value(config).unwrap();
    let claims: Claims = serde_json::from_value(login.clone()).unwrap();
    Engine::compile(config).unwrap().normalize(&claims)
}

fn assertion(attributes: &[Value]) -> Value {
    json!({ "saml": { "name_id": "u1", "attributes": attributes } })
}

/// All that an identity says of a person.
fn told(identity: &Identity) -> String {
    let evidence = identity.evidence();
    let entries: Vec<_> = evidence.entries().map(|entry| (entry.kind(), entry.text().to_owned())).collect();
    let unread: Vec<_> = identity.unread().map(|unread| (unread.reason, unread.value.to_owned())).collect();
    let names = [identity.email(), identity.given_name(), identity.family_name(), identity.display_name()];
    let seen = (evidence.completeness(), evidence.count(), entries, unread);
    format!("{:?} {:?} {names:?} {seen:?}", identity.subject(), identity.email_verified())
}

fn judge<S: Strategy>(cases: u32, strategy: S, judge: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    if let Err(error) = runner(cases).run(&strategy, judge) {
        panic!("{error}");
    }
}

/// A list from back to front, with its first element once more.
fn shuffled(list: &[Value]) -> Vec<Value> {
    list.iter().rev().chain(list.first()).cloned().collect()
}

#[test]
fn order_and_repetition_in_groups_claims_change_nothing() {
    judge(3_000, (source(), token()), |(source, token)| {
        let mut other = token.clone();
        for value in other.as_object_mut().unwrap().values_mut() {
            if let Value::Array(list) = value {
                *list = shuffled(list);
            }
        }
        let read = |token: Value| normalize(&source, &json!({ "id_token": token })).map(|identity| told(&identity));
        prop_assert_eq!(read(token.clone()), read(other), "{} {}", source, token);
        Ok(())
    });
}

#[test]
fn order_and_repetition_of_attributes_and_their_values_change_nothing() {
    judge(3_000, (source(), attributes()), |(source, attributes)| {
        let mut other = shuffled(&attributes);
        for attribute in &mut other {
            let values = attribute["values"].as_array().unwrap();
            attribute["values"] = shuffled(values).into();
        }
        let read = |attributes: &[Value]| normalize(&source, &assertion(attributes)).map(|identity| told(&identity));
        prop_assert_eq!(read(&attributes), read(&other), "{} {:?}", source, attributes);
        Ok(())
    });
}

#[test]
fn one_attribute_in_two_parts_is_one_attribute() {
    judge(2_000, (source(), attributes()), |(source, attributes)| {
        let mut parts = Vec::new();
        for attribute in &attributes {
            let values = attribute["values"].as_array().unwrap();
            for half in [values.split_at(values.len() / 2).0, values.split_at(values.len() / 2).1] {
                let mut part = attribute.clone();
                part["values"] = half.into();
                parts.push(part);
            }
        }
        let read = |attributes: &[Value]| normalize(&source, &assertion(attributes)).map(|identity| told(&identity));
        prop_assert_eq!(read(&attributes), read(&parts), "{} {:?}", source, attributes);
        Ok(())
    });
}

#[test]
fn order_of_keys_changes_nothing() {
    let text = |entries: &[(String, Value)]| {
        let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{}:{value}", json!(key))).collect();
        format!("{{\"id_token\":{{{}}}}}", entries.join(","))
    };
    judge(2_000, (source(), token()), |(source, token)| {
        let mut entries: Vec<(String, Value)> = token.as_object().unwrap().clone().into_iter().collect();
        let config = json!({
            "version": 1, "source": source, "catalog": [{ "flag": "staff" }],
            "rules": [{ "id": "all", "when": "everyone", "grant": [{ "flag": "staff" }] }],
        });
        let engine = Engine::compile(serde_json::from_value(config).unwrap()).unwrap();
        let read = |text: String| engine.normalize(&serde_json::from_str(&text).unwrap());
        let forward = read(text(&entries));
        entries.reverse();
        prop_assert_eq!(forward, read(text(&entries)), "{} {}", source, token);
        Ok(())
    });
}

#[test]
fn a_string_is_a_list_of_one() {
    judge(
        2_000,
        (source(), any::<String>(), select(vec!["groups", "group", "memberOf", "ops"])),
        |(source, text, key)| {
            let read = |value: Value| {
                normalize(&source, &json!({ "id_token": { "sub": "u1", key: value } })).map(|identity| told(&identity))
            };
            prop_assert_eq!(read(json!(text)), read(json!([text])), "{} {:?}", source, text);
            Ok(())
        },
    );
}

#[test]
fn no_claims_make_it_panic_and_none_are_complete_that_hold_what_cannot_be_read() {
    let login = prop_oneof![
        (token(), any_json()).prop_map(|(mut token, value)| {
            token["groups"] = value;
            json!({ "id_token": token })
        }),
        attributes().prop_map(|attributes| assertion(&attributes)),
    ];
    judge(4_000, (source(), login), |(source, login)| {
        if let Ok(identity) = normalize(&source, &login) {
            let unread = identity.unread().count();
            prop_assert!(unread == 0 || !identity.evidence().is_complete(), "{} {}", source, login);
            prop_assert!(!identity.subject().is_empty());
        }
        Ok(())
    });
}

/// JSON with every second character of its strings written as an escape.
fn escaped(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let mut out = String::from("\"");
            for (place, character) in text.chars().enumerate() {
                if place % 2 == 0 {
                    let mut units = [0; 2];
                    for unit in character.encode_utf16(&mut units) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                } else {
                    let quoted = json!(character.to_string()).to_string();
                    out.push_str(&quoted[1..quoted.len() - 1]);
                }
            }
            out + "\""
        }
        Value::Array(values) => format!("[ {}]", values.iter().map(escaped).collect::<Vec<_>>().join(" ,\n")),
        Value::Object(map) => {
            let members: Vec<String> =
                map.iter().map(|(key, value)| format!("{} : {}", escaped(&json!(key)), escaped(value))).collect();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn bytes_and_documents_are_read_alike_however_they_are_written() {
    judge(3_000, (source(), token(), any_json()), |(source, mut token, other)| {
        token["x"] = other;
        let config = json!({
            "version": 1, "source": source, "catalog": [{ "flag": "staff" }],
            "rules": [{ "id": "all", "when": "everyone", "grant": [{ "flag": "staff" }] }],
        });
        let engine = Engine::compile(serde_json::from_value(config).unwrap()).unwrap();
        let plain: Token = serde_json::from_str(&token.to_string()).unwrap();
        let expected = engine.normalize(&Claims::oidc(plain.clone()));
        for text in [token.to_string(), escaped(&token), serde_json::to_string_pretty(&token).unwrap()] {
            let read = Token::from_json(text.as_bytes()).unwrap();
            prop_assert!(read == plain, "{}", text);
            prop_assert!(read == serde_json::from_str(&text).unwrap(), "{}", text);
            prop_assert_eq!(&engine.normalize(&Claims::oidc(read)), &expected, "{}", text);
        }
        Ok(())
    });
}
