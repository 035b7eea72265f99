//! Rules: conditions of every sort, templates, what they grant and deny.

use serde_json::{Value, json};

use super::config::{kind_of, target_of};
use super::{Tape, Words};

pub fn rules(tape: &mut Tape, words: &Words, catalog: &[Value], exempt: &[Value], slots: &[Value]) -> Value {
    let by_priority = |target: &Value| {
        let kind = kind_of(target);
        slots.iter().any(|slot| slot["choose"] == "priority" && slot["kind"] == kind)
    };
    let exempting = |target: &Value| {
        exempt.iter().any(|exempt| {
            exempt == target || kind_of(exempt) == "organization" && exempt["organization"] == target["organization"]
        })
    };
    let grantable: Vec<Value> = catalog.iter().map(target_of).filter(|target| !exempting(target)).collect();
    let mut rules = Vec::new();
    let most = if tape.chance(3) { 0 } else { tape.pick(&[2, 1, 3, 4, 5, 6, 3, 4]) };
    for at in 0..most {
        let denies = tape.chance(25);
        let template = (!words.captures_team.is_empty() && tape.chance(18)).then(|| template(tape, words)).filter(
            |(_, target)| denies || (!by_priority(target) && exempt.iter().all(|one| kind_of(one) != kind_of(target))),
        );
        let (when, target) = match template {
            Some((when, target)) => (when, Some(target)),
            None => (condition(tape, words, 0), None),
        };
        let mut targets: Vec<Value> = target.into_iter().collect();
        let mut wanted = 1 + tape.below(3);
        while wanted > targets.len() {
            wanted -= 1;
            let mut from: Vec<Value> = if denies { catalog.iter().map(target_of).collect() } else { grantable.clone() };
            let slotted = |target: &Value| slots.iter().any(|slot| slot["kind"] == kind_of(target));
            if from.iter().any(slotted) && tape.chance(40) {
                from.retain(slotted);
            }
            if from.is_empty() {
                break;
            }
            let mut target = tape.pick(&from);
            if denies && target.get("organization").is_some() && tape.chance(25) {
                target = json!({ "organization": target["organization"] });
            }
            // One rule grants one target of a kind that is chosen by priority.
            let clash =
                !denies && by_priority(&target) && targets.iter().any(|other| kind_of(other) == kind_of(&target));
            if !clash && !targets.contains(&target) {
                targets.push(target);
            }
        }
        if targets.is_empty() {
            continue;
        }
        let mut rule = json!({ "id": format!("r{at}"), "when": when });
        rule[if denies { "deny" } else { "grant" }] = json!(targets);
        let any_priority = slots.iter().any(|slot| slot["choose"] == "priority");
        if any_priority || tape.chance(15) {
            rule["priority"] = json!((at * 7 + 3) % 11);
        }
        if !denies && catalog.iter().any(|line| line.get("privileged").is_some()) && !tape.chance(4) {
            rule["acknowledge_privileged"] = json!(true);
        }
        if tape.chance(6) {
            rule["enabled"] = json!(false);
        }
        rules.push(rule);
    }
    json!(rules)
}

/// A condition that captures, and a target that it fills.
fn template(tape: &mut Tape, words: &Words) -> (Value, Value) {
    let (regex, targets) = if tape.chance(40) {
        (
            tape.pick(words.captures_both),
            vec![
                json!({ "organization": "{org}", "team": "{team}" }),
                json!({ "organization": "{org}" }),
                json!({ "organization": "{org}", "kind": "workspace", "name": "{team}" }),
            ],
        )
    } else {
        (
            tape.pick(words.captures_team),
            vec![
                json!({ "team": "{team}" }),
                json!({ "organization": "acme", "team": "{team}" }),
                json!({ "organization": "acme", "role": "{team}" }),
            ],
        )
    };
    let regex = json!({ "regex": regex });
    let when = match tape.below(5) {
        0..=2 => regex,
        3 => json!({ "all": [regex, plain_leaf(tape, words)] }),
        _ => json!({ "any": [plain_leaf(tape, words), regex] }),
    };
    (when, tape.pick(&targets))
}

fn condition(tape: &mut Tape, words: &Words, depth: usize) -> Value {
    if depth < 3 && tape.chance(if depth == 0 { 32 } else { 22 }) {
        let mut inner = vec![condition(tape, words, depth + 1)];
        while inner.len() < 3 && tape.chance(50) {
            inner.push(condition(tape, words, depth + 1));
        }
        return match tape.below(3) {
            0 => json!({ "any": inner }),
            1 => json!({ "all": inner }),
            _ => json!({ "not": inner.remove(0) }),
        };
    }
    match tape.below(10) {
        0..=4 => plain_leaf(tape, words),
        5 if !words.regexes.is_empty() => json!({ "regex": tape.pick(words.regexes) }),
        6 if !words.globs.is_empty() => json!({ "glob": tape.pick(words.globs) }),
        7 if words.identified_by == "path" => {
            json!({ "path_under": tape.pick(&[vec!["org"], vec!["org", "eng"], vec!["ORG"], vec!["or"]]) })
        }
        7 if words.identified_by == "dn" => {
            json!({ "dn_under": tape.pick(&["OU=groups,DC=x", "ou=teams, dc=x", "DC=x", "OU=x"]) })
        }
        8 if tape.chance(40) => json!("everyone"),
        _ => attribute(tape),
    }
}

/// Exactly one group.
fn plain_leaf(tape: &mut Tape, words: &Words) -> Value {
    let group = tape.pick(&words.groups);
    match words.identified_by {
        "path" => {
            let segments: Vec<&str> = group.split('/').filter(|segment| !segment.is_empty()).collect();
            json!({ "path": segments })
        }
        "auto" if group.len() == 36 && !tape.chance(15) => json!({ "id": group }),
        "auto" => json!({ "name": group }),
        "id" if tape.chance(20) => json!({ "id": group, "label": "for people" }),
        kind => json!({ kind: group }),
    }
}

fn attribute(tape: &mut Tape) -> Value {
    let name = tape.pick(&[
        json!("department"),
        json!("level"),
        json!("mfa"),
        json!(["level"]),
        json!(["org", "unit"]),
        json!("email"),
        json!("groups"),
    ]);
    let mut test = match tape.below(6) {
        0 | 1 => json!({ "equals": tape.pick(&[
            json!("eng"), json!(1), json!(1.0), json!("1"), json!(true), json!("true"), json!("u1@x.example"),
        ]) }),
        2 => json!({ "one_of": tape.pick(&[
            vec![json!("eng"), json!("it")], vec![json!(1), json!(2)], vec![json!("true"), json!(false)],
        ]) }),
        3 => json!({ "regex": tape.pick(&["e.*", "eng|it", "(?i)ENG", ".*"]) }),
        4 => json!({ "glob": tape.pick(&["e*", "*", "?t", "ENG"]) }),
        _ => json!({ "present": tape.chance(60) }),
    };
    test["name"] = name;
    json!({ "attribute": test })
}
