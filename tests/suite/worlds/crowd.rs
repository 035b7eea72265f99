//! People for a config: logins that meet what its rules ask for, and snapshots of what its catalog lists.

use serde_json::{Map, Value, json};

use super::snapshot::snapshot;
use super::{Tape, words};

/// Texts that patterns and templates of every vocabulary meet.
const TEXTS: [&str; 12] = [
    "team-red",
    "team-blue",
    "team-x",
    "acme-red",
    "beta-owner",
    "eng-admins",
    "/team/red",
    "/org/eng/admins",
    "acme/red",
    "CN=team-red,OU=teams,DC=x",
    "team-blue@x.example",
    "ops",
];

/// A request for somebody else under the same config.
pub fn somebody(tape: &mut Tape, request: &Value) -> Value {
    let mut request = request.clone();
    let config = request["config"].clone();
    request["login"] = login(tape, &config);
    request["snapshot"] = snapshot(tape, &config);
    request
}

fn login(tape: &mut Tape, config: &Value) -> Value {
    let mut asked = Vec::new();
    groups_of(&config["rules"], &mut asked);
    let mut groups = tape.some(&asked, 35);
    for text in tape.some(&TEXTS, 15) {
        let kind = tape.pick(&["name", "path", "dn", "email"]);
        groups.push(json!({ kind: text }));
    }
    if tape.chance(20) {
        groups.push(json!({ "id": tape.pick(&words::GUIDS) }));
    }
    let mut token = json!({ "sub": "u1", "iss": "https://idp.example" });
    let claims = [
        ("department", vec![json!("eng"), json!("it"), json!(["eng", "it"]), json!([]), json!("x"), json!("ENG")]),
        ("level", vec![json!(1), json!("1"), json!(2), json!([1, "1"])]),
        ("mfa", vec![json!(true), json!("true"), json!(false)]),
        ("org", vec![json!({ "unit": "eng" }), json!({ "unit": ["it", 1] }), json!({})]),
        ("email", vec![json!("u1@x.example"), json!("eng"), json!("it")]),
    ];
    for (name, values) in claims {
        if tape.chance(50) {
            token[name] = tape.pick(&values);
        }
    }
    if tape.chance(10) {
        token["_claim_names"] = json!({ tape.pick(&["department", "level"]): "src1" });
    }
    json!({ "id_token": token, "fetched_groups": { "complete": !tape.chance(30), "groups": groups } })
}

/// Every group that a condition names.
fn groups_of(part: &Value, found: &mut Vec<Value>) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| groups_of(part, found)),
        Value::Object(map) => {
            found.extend(group(map));
            // Neither tests of claims nor effects name groups.
            let inner = map.iter().filter(|(key, _)| ["when", "any", "all", "not"].contains(&key.as_str()));
            inner.for_each(|(_, part)| groups_of(part, found));
        }
        _ => {}
    }
}

fn group(condition: &Map<String, Value>) -> Option<Value> {
    let (key, value) = condition.iter().find(|(key, _)| key.as_str() != "label")?;
    let segments = |below: &str| {
        let segments: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
        Some(json!({ "path": format!("/{}{below}", segments.join("/")) }))
    };
    match (key.as_str(), value.as_str()) {
        ("id" | "name" | "dn" | "email", Some(text)) => Some(json!({ key.as_str(): text })),
        ("dn_under", Some(text)) => Some(json!({ "dn": format!("CN=below,{text}") })),
        ("path", _) => segments(""),
        ("path_under", _) => segments("/below"),
        _ => None,
    }
}
