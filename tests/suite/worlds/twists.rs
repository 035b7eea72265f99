//! Shapes beyond the ordinary ones: other selectors, object maps, brackets, broken paths, subjects made of other claims,
//! attributes that are to be had elsewhere. One twist a world, put onto what is there.

use serde_json::{Map, Value, json};

use super::{Tape, Words};

/// What is twisted: the source, the rules and the login of a request.
pub fn twist(tape: &mut Tape, words: &Words, config: &mut Value, login: &mut Value, snapshot: &mut Value) {
    match tape.below(13) {
        0 => any_case(tape, config, login),
        1 => friendly_name(tape, config, login),
        2 | 3 => object_map(tape, config, login),
        4 => brackets(tape, config, login),
        5 => broken_path(tape, config, login),
        6 | 7 => elsewhere(tape, config, login),
        8 => subject(tape, config, login, snapshot),
        9 | 10 => name_id(tape, words, config, login, snapshot),
        11 => email(tape, config, login),
        _ => attribute_selectors(tape, config, login),
    }
}

fn groups(config: &mut Value) -> &mut Value {
    &mut config["source"]["groups"]
}

/// Every token of a login, or the attributes of its assertion as a list.
fn tokens(login: &mut Value) -> Vec<&mut Map<String, Value>> {
    let login = login.as_object_mut().unwrap();
    login
        .iter_mut()
        .filter(|(key, _)| *key == "id_token" || *key == "userinfo")
        .filter_map(|(_, token)| token.as_object_mut())
        .collect()
}

fn attributes(login: &mut Value) -> Option<&mut Vec<Value>> {
    login.pointer_mut("/saml/attributes")?.as_array_mut()
}

/// The values of the claim `groups`, wherever they are.
fn groups_claims(login: &mut Value) -> Vec<&mut Value> {
    if login.get("saml").is_some() {
        let all = attributes(login).into_iter().flatten();
        return all.filter(|attribute| attribute["name"] == "groups").map(|one| &mut one["values"]).collect();
    }
    tokens(login).into_iter().filter_map(|token| token.get_mut("groups")).collect()
}

fn any_case(tape: &mut Tape, config: &mut Value, login: &mut Value) {
    let name = tape.pick(&["groups", "Groups", "GROUPS"]);
    groups(config)["claims"] = json!([{ "name": name, "case": tape.pick(&["ascii", "ascii", "sensitive"]) }]);
    for token in tokens(login) {
        if tape.chance(40)
            && let Some(value) = token.get("groups").cloned()
        {
            token.insert("Groups".to_owned(), value);
        }
        if tape.chance(20) {
            token.insert("_claim_names".to_owned(), json!({ "gROUPS": "src1" }));
        }
    }
    for attribute in attributes(login).into_iter().flatten() {
        if attribute["name"] == "groups" && tape.chance(50) {
            attribute["name"] = json!("gRoups");
        }
    }
}

fn friendly_name(tape: &mut Tape, config: &mut Value, login: &mut Value) {
    let mut claims = vec![json!({ "friendly_name": "grp" })];
    if tape.chance(50) {
        claims.push(json!("groups"));
    }
    groups(config)["claims"] = json!(claims);
    for attribute in attributes(login).into_iter().flatten() {
        if tape.chance(60) {
            attribute["friendly_name"] = json!(tape.pick(&["grp", "Grp", "dep"]));
        }
    }
}

/// Each list of groups becomes an object whose keys are the groups.
fn object_map(tape: &mut Tape, config: &mut Value, login: &mut Value) {
    let mut object = json!({ "keys": true });
    if tape.chance(60) {
        object["organization"] = json!("o1");
    }
    groups(config)["object"] = object;
    groups(config)["claims"] = json!(["groups"]);
    let is_saml = login.get("saml").is_some();
    for claim in groups_claims(login) {
        let mut map = Map::new();
        for group in claim.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let organizations = [
                json!({ "o1": "x.example" }),
                json!({ "o1": "x.example", "o2": "y.example" }),
                json!({ "o2": "y.example" }),
                json!({}),
                json!(true),
                json!({ "o1": null }),
            ];
            let organizations = if tape.chance(8) { tape.pick(&organizations) } else { tape.pick(&organizations[..4]) };
            map.insert(group.to_owned(), organizations);
        }
        if is_saml || tape.chance(40) {
            *claim = json!([map]);
        } else {
            *claim = json!(map);
        }
    }
}

/// Each list of groups becomes one string in brackets, now and then without one of them.
fn brackets(tape: &mut Tape, config: &mut Value, login: &mut Value) {
    groups(config)["bracketed"] = json!(!tape.chance(10));
    groups(config)["claims"] = json!(["groups"]);
    let delimiter = groups(config)["delimiter"].as_str().unwrap_or(", ").to_owned();
    if groups(config)["delimiter"].is_null() {
        groups(config).as_object_mut().unwrap().remove("delimiter");
    }
    let is_saml = login.get("saml").is_some();
    for claim in groups_claims(login) {
        let list: Vec<&str> = claim.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut text = format!("[{}]", list.join(&delimiter));
        match tape.below(12) {
            0 => drop(text.pop()),
            1 => drop(text.remove(0)),
            2 => text = "[".to_owned(),
            _ => {}
        }
        *claim = if is_saml || tape.chance(30) { json!([text]) } else { json!(text) };
    }
}

fn broken_path(tape: &mut Tape, config: &mut Value, login: &mut Value) {
    groups(config)["claims"] =
        tape.pick(&[json!([["realm_access", "roles"]]), json!(["groups", ["a", "b", "c"]]), json!([["groups", "x"]])]);
    for token in tokens(login) {
        let value = tape.pick(&[json!(null), json!("x"), json!([]), json!(7), json!({}), json!({ "b": null })]);
        if tape.chance(80) {
            token.insert(tape.pick(&["realm_access", "a"]).to_owned(), value);
        }
    }
}

fn elsewhere(tape: &mut Tape, config: &mut Value, login: &mut Value) {
    config["source"]["attributes"] = json!({ "absent": "empty" });
    for token in tokens(login) {
        if tape.chance(50) {
            token.remove("department");
        }
        if tape.chance(70) {
            let names = json!({ tape.pick(&["department", "org", "level", "Department"]): "src1" });
            token.insert("_claim_names".to_owned(), names);
        }
    }
    if tape.chance(30) {
        attribute_selectors(tape, config, login);
    }
}

fn subject(tape: &mut Tape, config: &mut Value, login: &mut Value, snapshot: &mut Value) {
    let selectors = [
        json!(["tid", "oid"]),
        json!(["oid"]),
        json!(["sub", "tid"]),
        json!(["name_id"]),
        json!(["name_id", "tid"]),
        json!([{ "name": "OID", "case": "ascii" }]),
        json!([["org", "unit"]]),
    ];
    if tape.chance(80) {
        config["source"]["identity"] = json!({ "subject": tape.pick(&selectors) });
    }
    let texts = [json!("t1"), json!("a/b~c"), json!("t1"), json!(""), json!(7), json!(null)];
    for token in tokens(login) {
        for name in ["tid", "oid"] {
            if tape.chance(85) {
                token.insert(name.to_owned(), tape.pick(&texts));
            }
        }
    }
    if let Some(attributes) = attributes(login) {
        for name in ["tid", "oid"] {
            let values = [json!(["t1"]), json!(["t1", "t1"]), json!(["t1", "t2"]), json!([]), json!([7]), json!([""])];
            attributes.push(json!({ "name": name, "values": tape.pick(&values) }));
        }
    }
    if tape.chance(40) {
        snapshot["account"]["subject"] = json!(tape.pick(&["t1/t1", "t1", "u1", "u1/t1", "a~1b~0c/t1", "eng"]));
    }
}

/// Formats of the `NameID`, and providers that know better subjects.
fn name_id(tape: &mut Tape, words: &Words, config: &mut Value, login: &mut Value, snapshot: &mut Value) {
    let subjects = [
        "urn:oasis:names:tc:SAML:attribute:subject-id",
        "urn:oasis:names:tc:SAML:attribute:pairwise-id",
        "http://schemas.microsoft.com/identity/claims/tenantid",
        "http://schemas.microsoft.com/identity/claims/objectidentifier",
    ];
    // What the preset would say otherwise is stated.
    let groups = groups(config);
    if groups["claims"].is_null() {
        groups["claims"] = json!(["groups"]);
    }
    groups["identified_by"] = json!(words.identified_by);
    config["source"]["provider"] = match words.identified_by {
        "id" if words.provider == "entra" => json!("entra"),
        _ => json!(tape.pick(&["shibboleth", "shibboleth", "custom"])),
    };
    let Some(saml) = login.get_mut("saml") else {
        for token in tokens(login) {
            token.insert("tid".to_owned(), json!("t1"));
            token.insert("oid".to_owned(), json!(tape.pick(&["o1", ""])));
        }
        return;
    };
    let formats = ["2.0:nameid-format:transient", "2.0:nameid-format:persistent", "1.1:nameid-format:unspecified"];
    let format = format!("urn:oasis:names:tc:SAML:{}", tape.pick(&formats));
    saml["name_id"] = tape.pick(&[
        json!({ "value": "u1", "format": format }),
        json!({ "value": "u1", "format": format }),
        json!({ "value": "", "format": format }),
        json!({ "value": "u1" }),
        json!({}),
    ]);
    if let Some(attributes) = attributes(login) {
        for name in subjects {
            if tape.chance(35) {
                attributes.push(json!({ "name": name, "values": [tape.pick(&["s1", "s1", ""])] }));
            }
        }
    }
    if tape.chance(30) {
        snapshot["account"]["subject"] = json!(tape.pick(&["s1", "u1", "s1/s1"]));
    }
}

fn email(tape: &mut Tape, config: &mut Value, login: &mut Value) {
    config["source"]["identity"] =
        json!({ "email": tape.pick(&[json!("mail"), json!("email"), json!({ "name": "MAIL", "case": "ascii" })]) });
    config["accounts"]["link"] = json!(tape.pick(&["verified-email", "any-email"]));
    let texts = [json!("u1@x.example"), json!("u3@x.example"), json!(""), json!(["u1@x.example"])];
    for token in tokens(login) {
        if tape.chance(80) {
            token.insert("mail".to_owned(), tape.pick(&texts));
        }
    }
    if let Some(attributes) = attributes(login) {
        let values =
            [json!(["u1@x.example"]), json!(["u1@x.example", "u2@x.example"]), json!(["u1@x.example", "u1@x.example"])];
        attributes.push(json!({ "name": tape.pick(&["mail", "email"]), "values": tape.pick(&values) }));
    }
    replace_names(config, "level", &tape.pick(&[json!("mail"), json!({ "name": "email", "case": "ascii" })]));
}

fn attribute_selectors(tape: &mut Tape, config: &mut Value, login: &mut Value) {
    let selectors = [
        json!({ "name": "DEPARTMENT", "case": "ascii" }),
        json!({ "friendly_name": "dep" }),
        json!({ "name": "groups", "case": "ascii" }),
        json!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"),
    ];
    replace_names(config, "department", &tape.pick(&selectors));
    for attribute in attributes(login).into_iter().flatten() {
        if tape.chance(40) {
            attribute["friendly_name"] = json!(tape.pick(&["dep", "grp"]));
        }
    }
    for token in tokens(login) {
        if tape.chance(30) {
            token.insert("Department".to_owned(), tape.pick(&[json!("eng"), json!(["it"]), json!(null)]));
        }
    }
}

/// The attribute of a name, in every test of the rules.
fn replace_names(config: &mut Value, name: &str, selector: &Value) {
    let rules = config["rules"].to_string();
    let replaced = rules.replace(&format!("\"name\":\"{name}\""), &format!("\"name\":{selector}"));
    config["rules"] = serde_json::from_str(&replaced).unwrap();
}
