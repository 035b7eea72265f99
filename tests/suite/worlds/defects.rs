//! One thing wrong in a config, for every problem code that does not hang on a size limit.

use serde_json::{Value, json};

use super::Tape;
use super::config::{kind_of, target_of};

type Defect = fn(&mut Tape, &mut Value) -> Option<()>;

/// Tries defects until one fits this config.
pub fn spoil(tape: &mut Tape, request: &mut Value) {
    let defects: &[Defect] = &[
        unknown_target,
        duplicate_rule_id,
        duplicate_target,
        duplicate_slot,
        unsupported_version,
        invalid_regex,
        regex_too_large,
        empty_condition,
        no_effect,
        invalid_id,
        kind_mismatch,
        unknown_capture,
        capture_under_not,
        privileged_pattern,
        privileged_setting,
        exempt_granted,
        missing_rank,
        ambiguous_rank,
        ambiguous_priority,
        new_grant_in_slot,
        slot_of_organizations,
        unknown_slot_default,
        invalid_dn,
        delimiter_with_dn,
        invalid_request,
    ];
    let first = tape.below(defects.len());
    for at in 0..defects.len() {
        let defect = defects[(first + at) % defects.len()];
        if defect(tape, &mut request["config"]).is_some() {
            return;
        }
    }
}

fn rule<'a>(tape: &mut Tape, config: &'a mut Value) -> Option<&'a mut Value> {
    let rules = config.get_mut("rules")?.as_array_mut()?;
    let at = tape.below(rules.len());
    rules.get_mut(at)
}

fn granting<'a>(tape: &mut Tape, config: &'a mut Value) -> Option<&'a mut Value> {
    rule(tape, config).filter(|rule| rule.get("grant").is_some())
}

fn identified_by(config: &Value) -> &str {
    let source = &config["source"];
    match (source["groups"]["identified_by"].as_str(), source["provider"].as_str()) {
        (Some(kind), _) => kind,
        (None, Some("entra")) => "id",
        (None, Some("keycloak")) => "path",
        _ => "name",
    }
}

/// Puts a condition somewhere into a rule.
fn put_condition(tape: &mut Tape, config: &mut Value, condition: Value) -> Option<()> {
    let rule = rule(tape, config)?;
    let old = rule["when"].take();
    rule["when"] = match tape.below(4) {
        0 => condition,
        1 => json!({ "any": [old, condition] }),
        2 => json!({ "all": [old, { "not": condition }] }),
        _ => json!({ "not": { "any": [condition] } }),
    };
    let templates = ["grant", "deny"]
        .iter()
        .filter_map(|key| rule.get(key))
        .any(|targets| targets.to_string().contains("{team}") || targets.to_string().contains("{org}"));
    if templates {
        // Whether its captures are still there is another question.
        rule.as_object_mut()?.retain(|key, _| key != "grant" && key != "deny");
    }
    Some(())
}

fn unknown_target(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let target = tape.pick(&[
        json!({ "group": "Nobody" }),
        json!({ "organization": "acme", "role": "nobody" }),
        json!({ "kind": "workspace", "name": "nowhere" }),
    ]);
    match tape.below(5) {
        0 | 1 => granting(tape, config)?.get_mut("grant")?.as_array_mut()?.push(target),
        2 => rule(tape, config)?.get_mut("deny")?.as_array_mut()?.push(json!({ "organization": "nowhere" })),
        3 => config["accounts"]["exempt"] = json!([target]),
        _ => config["unmatched"] = json!({ "grant": [target] }),
    }
    Some(())
}

fn duplicate_rule_id(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let mut copy = rule(tape, config)?.clone();
    copy["enabled"] = json!(false);
    copy["priority"] = json!(900);
    config["rules"].as_array_mut()?.push(copy);
    Some(())
}

fn duplicate_target(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let catalog = config["catalog"].as_array_mut()?;
    let at = tape.below(catalog.len());
    let copy = target_of(catalog.get(at)?);
    catalog.push(copy);
    Some(())
}

fn duplicate_slot(_: &mut Tape, config: &mut Value) -> Option<()> {
    let slots = config.get_mut("slots")?.as_array_mut()?;
    let kind = slots.first()?["kind"].clone();
    slots.push(json!({ "kind": kind, "choose": "specificity" }));
    Some(())
}

fn unsupported_version(tape: &mut Tape, config: &mut Value) -> Option<()> {
    config["version"] = json!(tape.pick(&[2, 0]));
    Some(())
}

fn invalid_regex(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let pattern = tape.pick(&["[a", "a{2,1}", "a)|(b", "(?m)^a$", "(?s:.)", "(?x)a b", "*"]);
    if identified_by(config) != "id" && tape.chance(60) {
        return put_condition(tape, config, json!({ "regex": pattern }));
    }
    put_condition(tape, config, json!({ "attribute": { "name": "department", "regex": pattern } }))
}

fn regex_too_large(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let pattern = "a{1000}{1000}";
    put_condition(tape, config, json!({ "attribute": { "name": "department", "regex": pattern } }))
}

fn empty_condition(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let empty = match (tape.below(4), identified_by(config)) {
        (0, _) => json!({ "any": [] }),
        (1, _) => json!({ "all": [] }),
        (2, _) => json!({ "attribute": { "name": "department", "equals": "" } }),
        (_, "path") => json!({ "path": [] }),
        (_, "name" | "auto") => json!({ "name": "" }),
        _ => json!({ "any": [] }),
    };
    put_condition(tape, config, empty)
}

fn no_effect(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let empty = tape.chance(50);
    let rule = rule(tape, config)?.as_object_mut()?;
    for key in ["grant", "deny"] {
        if empty && rule.contains_key(key) {
            rule.insert(key.into(), json!([]));
        } else {
            rule.remove(key);
        }
    }
    Some(())
}

fn invalid_id(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let is_entra = config["source"]["provider"] == "entra";
    let id = match identified_by(config) {
        "auto" => tape.pick(&["00g1abc", "efa39f24-e8db-4526-b65d"]),
        "id" if is_entra => tape.pick(&["00g1abc", "efa39f24-e8db-4526-b65d"]),
        "id" => tape.pick(&["a b", "a\u{7}"]),
        _ => return None,
    };
    put_condition(tape, config, json!({ "id": id }))
}

fn kind_mismatch(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let wrong = match identified_by(config) {
        "id" => tape.pick(&[json!({ "name": "ops" }), json!({ "regex": "o.*" }), json!({ "glob": "*" })]),
        "path" => tape.pick(&[json!({ "name": "ops" }), json!({ "dn_under": "DC=x" })]),
        _ => tape.pick(&[json!({ "path": ["ops"] }), json!({ "path_under": ["org"] })]),
    };
    put_condition(tape, config, wrong)
}

fn unknown_capture(tape: &mut Tape, config: &mut Value) -> Option<()> {
    granting(tape, config)?.get_mut("grant")?.as_array_mut()?.push(json!({ "team": "{squad}" }));
    Some(())
}

fn capture_under_not(tape: &mut Tape, config: &mut Value) -> Option<()> {
    if identified_by(config) == "id" {
        return None;
    }
    let rule = rule(tape, config)?;
    rule["when"] = json!({ "all": ["everyone", { "not": { "regex": "x-(?P<squad>[a-z]+)" } }] });
    rule.as_object_mut()?.remove("deny");
    rule["grant"] = json!([{ "flag": "{squad}" }]);
    Some(())
}

/// A privileged target outside of slots, so that nothing else is wrong with it.
fn privileged(config: &mut Value) -> Option<Value> {
    let target = json!({ "kind": "vault", "name": "root" });
    let mut line = target.clone();
    line["privileged"] = json!(true);
    config["catalog"].as_array_mut()?.push(line);
    Some(target)
}

fn privileged_pattern(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let target = privileged(config)?;
    let when = tape.pick(&[
        json!("everyone"),
        json!({ "attribute": { "name": "department", "glob": "e*" } }),
        json!({ "attribute": { "name": "email", "equals": "u1@x.example" } }),
        json!({ "any": [{ "attribute": { "name": "mfa", "present": true } }] }),
        json!({ "all": [{ "attribute": { "name": "mfa", "equals": true } }, "everyone"] }),
    ]);
    config["rules"].as_array_mut()?.push(json!({ "id": "loose", "when": when, "grant": [target] }));
    Some(())
}

fn privileged_setting(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let target = privileged(config)?;
    if tape.chance(50) {
        config["unmatched"] = json!({ "grant": [target] });
    } else {
        config["accounts"]["new_grant"] = json!([target]);
    }
    Some(())
}

fn exempt_granted(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let granted = granting(tape, config)?["grant"][0].clone();
    if granted.to_string().contains("}\"") {
        return None;
    }
    config["accounts"]["exempt"] = json!([granted]);
    Some(())
}

fn slot<'a>(config: &'a mut Value, kind: &str) -> Option<&'a mut Value> {
    let slots = config.get_mut("slots")?.as_array_mut()?;
    slots.iter_mut().find(|slot| slot["kind"] == kind)
}

fn missing_rank(_: &mut Tape, config: &mut Value) -> Option<()> {
    let line = config["catalog"].as_array_mut()?.iter_mut().find(|line| kind_of(line) == "role")?;
    line.as_object_mut()?.remove("rank");
    choose(config, "role", "highest")
}

fn ambiguous_rank(_: &mut Tape, config: &mut Value) -> Option<()> {
    for line in config["catalog"].as_array_mut()? {
        if kind_of(line) == "role" {
            line["rank"] = json!(5);
        }
    }
    choose(config, "role", "highest")
}

fn choose(config: &mut Value, kind: &str, how: &str) -> Option<()> {
    if slot(config, kind).is_none() {
        let slots = json!({ "kind": kind, "choose": how });
        match config.get_mut("slots").and_then(Value::as_array_mut) {
            Some(list) => list.push(slots),
            None => config["slots"] = json!([slots]),
        }
    }
    slot(config, kind)?["choose"] = json!(how);
    Some(())
}

fn ambiguous_priority(_: &mut Tape, config: &mut Value) -> Option<()> {
    for rule in config["rules"].as_array_mut()? {
        rule["priority"] = json!(1);
    }
    choose(config, "role", "priority")?;
    choose(config, "team", "priority")
}

fn new_grant_in_slot(_: &mut Tape, config: &mut Value) -> Option<()> {
    let catalog = config["catalog"].as_array()?;
    let line = catalog.iter().find(|line| line.get("privileged").is_none() && kind_of(line) == "role")?;
    config["accounts"]["new_grant"] = json!([target_of(line)]);
    choose(config, "role", "specificity")
}

fn slot_of_organizations(_: &mut Tape, config: &mut Value) -> Option<()> {
    choose(config, "organization", "unambiguous")
}

fn unknown_slot_default(tape: &mut Tape, config: &mut Value) -> Option<()> {
    let kind = tape.pick(&["role", "team", "flag"]);
    choose(config, kind, "specificity")?;
    slot(config, kind)?["default"] = json!("nobody");
    Some(())
}

fn invalid_dn(tape: &mut Tape, config: &mut Value) -> Option<()> {
    if identified_by(config) != "dn" {
        return None;
    }
    let dn = tape.pick(&["ops", "CN=a\\", "CN=a,,DC=x", "=x"]);
    let member = tape.pick(&["dn", "dn_under"]);
    put_condition(tape, config, json!({ member: dn }))
}

fn delimiter_with_dn(tape: &mut Tape, config: &mut Value) -> Option<()> {
    if identified_by(config) != "dn" {
        return None;
    }
    config["source"]["groups"]["delimiter"] = json!(tape.pick(&[";", ","]));
    Some(())
}

fn invalid_request(tape: &mut Tape, config: &mut Value) -> Option<()> {
    match tape.below(4) {
        0 => rule(tape, config)?["when"] = json!({}),
        1 => rule(tape, config)?["when"] = Value::Null,
        2 => config["unknown"] = json!(1),
        _ => config["authority"] = json!("total"),
    }
    Some(())
}
