//! Configs that compile, nearly always.

use serde_json::{Value, json};

use super::rules::rules;
use super::{Tape, Words};

/// Everything that a catalog may list; the names of teams are what templates capture.
fn universe() -> Vec<Value> {
    vec![
        json!({ "organization": "acme" }),
        json!({ "organization": "acme", "role": "owner" }),
        json!({ "organization": "acme", "role": "admin" }),
        json!({ "organization": "acme", "role": "member" }),
        json!({ "organization": "acme", "team": "red" }),
        json!({ "organization": "acme", "team": "blue" }),
        json!({ "organization": "acme", "group": "Design" }),
        json!({ "organization": "acme", "kind": "workspace", "name": "red" }),
        json!({ "organization": "beta" }),
        json!({ "organization": "beta", "role": "member" }),
        json!({ "organization": "beta", "role": "owner" }),
        json!({ "organization": "beta", "team": "red" }),
        json!({ "role": "viewer" }),
        json!({ "role": "auditor" }),
        json!({ "team": "red" }),
        json!({ "team": "blue" }),
        json!({ "flag": "staff" }),
        json!({ "flag": "superuser" }),
        json!({ "group": "Circuit Manager" }),
        json!({ "kind": "workspace", "name": "design" }),
    ]
}

pub const SOURCE: &str = "acme-idp";

/// The keys of a target alone, as a line of the catalog or of a snapshot has more.
pub fn target_of(line: &Value) -> Value {
    let mut target = line.clone();
    if let Some(map) = target.as_object_mut() {
        for key in ["rank", "privileged", "keep_at_least", "managed_by", "count"] {
            map.remove(key);
        }
    }
    target
}

/// The kind that a slot names.
pub fn kind_of(target: &Value) -> String {
    for kind in ["role", "team", "group", "flag"] {
        if target.get(kind).is_some() {
            return kind.to_owned();
        }
    }
    target.get("kind").and_then(Value::as_str).unwrap_or("organization").to_owned()
}

fn name_of(target: &Value) -> Value {
    let kind = kind_of(target);
    target.get(&kind).or_else(|| target.get("name")).cloned().unwrap_or(Value::Null)
}

pub fn config(tape: &mut Tape, words: &Words) -> Value {
    let mut config = json!({
        "version": 1,
        "authority": tape.pick(&["managed", "exclusive", "additive"]),
        "source": source(tape, words),
    });
    let catalog = catalog(tape);
    let exempt = if tape.chance(12) { vec![tape.pick(&catalog)] } else { Vec::new() };
    let exempt: Vec<Value> = exempt.iter().map(target_of).collect();
    // What settings may hand out: nothing privileged or exempting, nor by its organization.
    let guarded: Vec<Value> = catalog
        .iter()
        .filter(|line| line.get("privileged").is_some() || exempt.contains(&target_of(line)))
        .map(target_of)
        .collect();
    let plain: Vec<Value> = catalog
        .iter()
        .map(target_of)
        .filter(|target| {
            let organization = json!({ "organization": target.get("organization") });
            !guarded.contains(target) && !guarded.contains(&organization)
        })
        .collect();
    let slots = slots(tape, &catalog, &plain);
    config["rules"] = rules(tape, words, &catalog, &exempt, &slots);
    config["unmatched"] = unmatched(tape, &plain);
    config["accounts"] = accounts(tape, &plain, &exempt, &slots);
    config["catalog"] = json!(catalog);
    if !slots.is_empty() || tape.chance(50) {
        config["slots"] = json!(slots);
    }
    config
}

fn source(tape: &mut Tape, words: &Words) -> Value {
    let mut groups = json!({});
    if words.provider == "custom" || !default_kind(words) || tape.chance(30) {
        groups["identified_by"] = json!(words.identified_by);
    }
    if words.provider == "custom" || tape.chance(70) {
        groups["claims"] = tape.pick(&[
            json!(["groups"]),
            json!(["groups"]),
            json!(["groups", "roles"]),
            json!([["realm_access", "roles"]]),
            json!(["https://x.example/groups", ["groups"]]),
        ]);
    }
    if tape.chance(75) {
        groups["case"] = json!(tape.pick(&["sensitive", "ascii", "unicode"]));
    }
    if tape.chance(70) {
        groups["absent"] = json!(tape.pick(&["empty", "unknown", "empty", "refuse"]));
    }
    if tape.chance(12) {
        let delimiters = if words.identified_by == "dn" { ["|", "||", "/"] } else { [";", ",", "||"] };
        groups["delimiter"] = json!(tape.pick(&delimiters));
    }
    let mut source = json!({ "id": SOURCE, "provider": words.provider, "groups": groups });
    if tape.chance(50) {
        source["attributes"] = json!({ "absent": tape.pick(&["empty", "unknown"]) });
    }
    if tape.chance(25) {
        source["issuer"] = json!("https://idp.example");
    }
    source
}

fn default_kind(words: &Words) -> bool {
    match words.provider {
        "entra" => words.identified_by == "id",
        "keycloak" => words.identified_by == "path",
        _ => words.identified_by == "name",
    }
}

fn catalog(tape: &mut Tape) -> Vec<Value> {
    let mut chosen = tape.some(&universe(), 35);
    // Slots are about several of a kind in one organization.
    let several = match tape.below(5) {
        0 | 1 => 1..4,
        2 => 12..16,
        _ => 0..0,
    };
    for line in &universe()[several] {
        if !chosen.contains(line) && !tape.chance(15) {
            let at = tape.below(chosen.len() + 1);
            chosen.insert(at, line.clone());
        }
    }
    if chosen.is_empty() {
        chosen.push(tape.pick(&universe()));
    }
    let mut ranks: Vec<usize> = (1..=20).collect();
    for line in &mut chosen {
        if tape.chance(85) {
            let at = tape.below(ranks.len());
            line["rank"] = json!(ranks.remove(at));
        }
        if tape.chance(12) {
            line["privileged"] = json!(true);
        }
        if tape.chance(35) {
            line["keep_at_least"] = json!(1 + tape.below(2));
        }
    }
    chosen
}

fn slots(tape: &mut Tape, catalog: &[Value], plain: &[Value]) -> Vec<Value> {
    let mut slots = Vec::new();
    for kind in ["role", "team", "group", "flag", "workspace"] {
        if !tape.chance(if kind == "role" || kind == "team" { 55 } else { 8 }) {
            continue;
        }
        let ranked =
            catalog.iter().filter(|line| kind_of(&target_of(line)) == kind).all(|line| line.get("rank").is_some());
        let choices = ["highest", "priority", "specificity", "unambiguous"];
        let choose = tape.pick(if ranked { &choices } else { &choices[1..] });
        let mut slot = json!({ "kind": kind, "choose": choose });
        let names: Vec<Value> = plain
            .iter()
            .filter(|target| kind_of(target) == kind)
            .map(name_of)
            .filter(|name| is_plain_everywhere(name, kind, catalog, plain))
            .collect();
        if !names.is_empty() && tape.chance(50) {
            slot["default"] = tape.pick(&names);
        }
        slots.push(slot);
    }
    slots
}

/// A default serves in every organization that has it.
fn is_plain_everywhere(name: &Value, kind: &str, catalog: &[Value], plain: &[Value]) -> bool {
    let targets = catalog.iter().map(target_of);
    let mut named = targets.filter(|target| kind_of(target) == kind && name_of(target) == *name);
    named.all(|target| plain.contains(&target))
}

fn unmatched(tape: &mut Tape, plain: &[Value]) -> Value {
    match tape.below(6) {
        0 => json!("refuse"),
        1 => json!("deactivate"),
        2 | 3 => json!("admit"),
        _ if plain.is_empty() => json!("refuse"),
        _ => {
            let mut grant = vec![tape.pick(plain)];
            if tape.chance(30) {
                let more = tape.pick(plain);
                grant.extend((!grant.contains(&more)).then_some(more));
            }
            json!({ "grant": grant })
        }
    }
}

fn accounts(tape: &mut Tape, plain: &[Value], exempt: &[Value], slots: &[Value]) -> Value {
    let mut accounts = json!({});
    if tape.chance(70) {
        accounts["provision"] = json!(!tape.chance(25));
    }
    if tape.chance(85) {
        accounts["reactivate"] = json!(!tape.chance(25));
    }
    if tape.chance(80) {
        accounts["link"] = json!(tape.pick(&["any-email", "verified-email", "any-email", "never"]));
    }
    let free: Vec<Value> =
        plain.iter().filter(|target| slots.iter().all(|slot| slot["kind"] != kind_of(target))).cloned().collect();
    if !free.is_empty() && tape.chance(30) {
        accounts["new_grant"] = json!([tape.pick(&free)]);
    }
    if !exempt.is_empty() {
        accounts["exempt"] = json!(exempt);
    }
    accounts
}
