//! Logins: tokens, assertions, groups that the host fetched.

use serde_json::{Value, json};

use super::{Tape, Words};

pub fn login(tape: &mut Tape, words: &Words, config: &mut Value) -> Value {
    let is_saml = tape.chance(25);
    let mut tokens = vec![json!({})];
    if !is_saml && tape.chance(30) {
        tokens.push(json!({}));
    }
    put_groups(tape, words, config, &mut tokens, is_saml);
    for token in &mut tokens {
        put_attributes(tape, token, is_saml);
    }
    if tape.chance(9) {
        let marker = tape.below(tokens.len());
        put_marker(tape, &mut tokens[marker]);
    }
    let issuer = match tape.below(60) {
        0..=57 => json!("https://idp.example"),
        58 => json!("https://evil.example"),
        _ => Value::Null,
    };
    let subject = if tape.chance(1) { tape.pick(&[json!(""), json!(7)]) } else { json!("u1") };
    let mut login = if is_saml {
        assertion(&tokens[0], &issuer, &subject, tape)
    } else {
        let mut login = json!({});
        for (at, (key, mut token)) in ["id_token", "userinfo"].into_iter().zip(tokens).enumerate() {
            token["sub"] = subject.clone();
            if at == 0 && !issuer.is_null() {
                token["iss"] = issuer.clone();
            }
            if at == 1 && tape.chance(2) {
                token["sub"] = json!("u2");
            }
            login[key] = token;
        }
        login
    };
    if tape.chance(8) {
        login["fetched_groups"] = fetched(tape, words);
    }
    login
}

/// The configured claims, or those of the preset.
fn claims(config: &Value) -> Vec<Vec<String>> {
    let source = &config["source"];
    let stated = source["groups"]["claims"].as_array();
    let preset = match source["provider"].as_str() {
        Some("cognito") => "cognito:groups",
        Some("adfs") => "group",
        _ => "groups",
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match stated {
        None => vec![vec![preset.to_owned()]],
        Some(claims) => claims
            .iter()
            .map(|claim| match claim {
                Value::Array(path) => path.iter().map(text).collect(),
                key => vec![text(key)],
            })
            .collect(),
    }
}

fn put_groups(tape: &mut Tape, words: &Words, config: &mut Value, tokens: &mut [Value], is_saml: bool) {
    if tape.chance(12) {
        return;
    }
    let mut longest = 0;
    for (at, claim) in claims(config).iter().enumerate() {
        if at > 0 && tape.chance(50) {
            continue;
        }
        let value = groups(tape, words, config, is_saml);
        longest = longest.max(value.as_array().map_or(1, Vec::len));
        let token = tape.below(tokens.len());
        let mut here = &mut tokens[token];
        for key in claim {
            here = &mut here[key];
        }
        *here = value;
    }
    if tape.chance(22) {
        let count = (longest + tape.below(3)).saturating_sub(1);
        let mut limit = json!({ "count": count });
        limit["at"] = json!(tape.pick(&["complete", "suspect", "suspect"]));
        limit["over"] = json!(tape.pick(&["incomplete", "incomplete", "refuse"]));
        config["source"]["groups"]["limit"] = limit;
    }
}

/// The value of one claim: a list, one string, or what is neither.
fn groups(tape: &mut Tape, words: &Words, config: &Value, is_saml: bool) -> Value {
    let mut list = Vec::new();
    for _ in 0..tape.pick(&[1, 2, 3, 0, 4, 5]) {
        list.push(json!(tape.pick(&words.groups)));
    }
    if tape.chance(25) {
        let strangers = match words.identified_by {
            "id" | "auto" => ["99999999-9999-4999-8999-999999999999"; 2],
            "path" => ["/nobody", "some/one"],
            "dn" => ["CN=nobody,DC=x", "OU=groups,DC=x"],
            _ => ["nobody", "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5"],
        };
        list.push(json!(tape.pick(&strangers)));
    }
    if let Some(delimiter) = config["source"]["groups"]["delimiter"].as_str() {
        let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        if !texts.is_empty() && tape.chance(70) {
            list = vec![json!(texts.join(delimiter))];
        }
    }
    if tape.chance(7) {
        list.push(tape.pick(&[
            json!(""),
            json!(7),
            json!(null),
            json!({ "id": "x" }),
            json!(["ops"]),
            json!("a\u{202e}b"),
            json!("a\u{7}"),
            json!("l\u{2028}"),
            json!("x".repeat(1025)),
            json!("é".repeat(512)),
            json!(true),
        ]));
    }
    if words.identified_by == "path" && tape.chance(4) {
        list.push(json!(tape.pick(&["/", "//a", "a//b", "a/"])));
    }
    if words.identified_by == "dn" && tape.chance(4) {
        list.push(json!(tape.pick(&["ops", "CN=a\\", "=x", "CN=a;OU=b", "CN=\\zz"])));
    }
    if is_saml {
        return json!(list);
    }
    match tape.below(30) {
        0 => json!(null),
        1 => json!(7),
        2 => json!({ "ops": true }),
        3..=5 if list.len() == 1 => list.remove(0),
        _ => json!(list),
    }
}

fn put_attributes(tape: &mut Tape, token: &mut Value, is_saml: bool) {
    let attributes: [(&str, &[Value]); 4] = [
        ("department", &[json!("eng"), json!("it"), json!(["eng", "it"]), json!(null), json!([])]),
        ("level", &[json!(1), json!("1"), json!(1.0), json!(2), json!([1, "1"]), json!(true), json!({})]),
        ("mfa", &[json!(true), json!("true"), json!(false)]),
        ("org", &[json!({ "unit": "eng" }), json!({ "unit": null }), json!("eng")]),
    ];
    for (name, values) in attributes {
        if tape.chance(45) {
            token[name] = tape.pick(values);
        }
    }
    if tape.chance(80) {
        let name = if is_saml && tape.chance(50) {
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
        } else {
            "email"
        };
        token[name] = tape.pick(&[
            json!("u1@x.example"),
            json!("u1@x.example"),
            json!("U1@X.example"),
            json!("u2@x.example"),
            json!(""),
        ]);
        if !is_saml {
            token["email_verified"] = tape.pick(&[json!(true), json!(true), json!("true"), json!(false)]);
        }
    }
}

fn put_marker(tape: &mut Tape, token: &mut Value) {
    let (key, value) = tape.pick(&[
        ("hasgroups", json!(true)),
        ("hasgroups", json!("true")),
        ("_claim_names", json!({ "groups": "src1" })),
        ("_claim_names", json!({ "realm_access": "src1" })),
        ("http://schemas.microsoft.com/Claims/Groups.Link", json!("https://graph.example/x")),
        ("hasgroups", json!("false")),
        ("_claim_names", json!({ "address": "src1" })),
        ("_claim_names", json!(null)),
    ]);
    token[key] = value;
}

/// The claims as attributes with lists of values; sometimes one attribute comes in two parts.
fn assertion(claims: &Value, issuer: &Value, subject: &Value, tape: &mut Tape) -> Value {
    let mut attributes = Vec::new();
    for (name, value) in claims.as_object().into_iter().flatten() {
        let mut values = match value {
            Value::Array(values) => values.clone(),
            Value::Object(_) | Value::Null => continue,
            Value::String(_) => vec![value.clone()],
            other => vec![json!(other.to_string())],
        };
        if values.len() > 1 && tape.chance(20) {
            attributes.push(json!({ "name": name, "values": [values.remove(0)] }));
        }
        attributes.push(json!({ "name": name, "values": values }));
    }
    let mut saml = json!({ "name_id": subject.as_str().unwrap_or_default(), "attributes": attributes });
    if !issuer.is_null() {
        saml["issuer"] = issuer.clone();
    }
    json!({ "saml": saml })
}

fn fetched(tape: &mut Tape, words: &Words) -> Value {
    let mut groups = Vec::new();
    for _ in 0..tape.below(4) {
        let group = tape.pick(&words.groups);
        let kind = match words.identified_by {
            "auto" if group.len() == 36 => "id",
            "auto" => "name",
            kind => kind,
        };
        let mut object = json!({ kind: group });
        if kind == "id" && tape.chance(40) {
            object["name"] = json!(tape.pick(&["ops", "team-red", "", "a\u{202e}"]));
        }
        if kind == "name" && tape.chance(25) {
            object["email"] = json!(tape.pick(&["ops@x.example", "team-red@x.example"]));
        }
        groups.push(object);
    }
    json!({ "complete": !tape.chance(30), "groups": groups })
}
