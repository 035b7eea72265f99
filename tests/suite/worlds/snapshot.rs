//! What the host knows.

use serde_json::{Value, json};

use super::Tape;
use super::config::{SOURCE, kind_of, target_of};

pub fn snapshot(tape: &mut Tape, config: &Value) -> Value {
    let catalog: Vec<Value> = config["catalog"].as_array().cloned().unwrap_or_default();
    let status = tape.pick(&["active", "active", "absent", "inactive"]);
    let mut account = json!({ "status": status });
    if tape.chance(50) {
        account["exempt"] = json!(tape.chance(5));
    }
    let mut has_memberships = status != "absent";
    if status == "absent" && tape.chance(45) {
        account["candidate"] =
            json!({ "email": tape.pick(&["u1@x.example", "U1@x.example", "u1@X.example", "u3@x.example"]) });
        has_memberships = true;
    }
    if tape.chance(5) {
        account["subject"] = json!(if tape.chance(10) { "u9" } else { "u1" });
    }
    let mut memberships = Vec::new();
    if has_memberships {
        let held = 20 + tape.below(40);
        memberships = tape.some(&catalog.iter().map(target_of).collect::<Vec<_>>(), held);
        let outside = [
            json!({ "group": "Legacy" }),
            json!({ "organization": "acme", "role": "legacy" }),
            json!({ "organization": "acme", "team": "gone" }),
            json!({ "role": "legacy" }),
            json!({ "organization": "gone" }),
        ];
        memberships.extend(tape.some(&outside, 4));
        if tape.chance(75) {
            hold_one_in_each_slot(config, &mut memberships);
        }
        for membership in &mut memberships {
            match tape.below(20) {
                0..=12 => membership["managed_by"] = json!(SOURCE),
                13..=15 => {}
                16 | 17 => membership["managed_by"] = Value::Null,
                _ => membership["managed_by"] = json!("other-idp"),
            }
        }
        if tape.chance(1) {
            memberships.extend(memberships.first().cloned());
        }
    }
    json!({
        "revision": tape.below(100).to_string(),
        "account": account,
        "memberships": memberships,
        "holders": holders(tape, &catalog),
    })
}

fn hold_one_in_each_slot(config: &Value, memberships: &mut Vec<Value>) {
    let mut taken = Vec::new();
    memberships.retain(|target| {
        let slot = json!([kind_of(target), target.get("organization")]);
        let slots = config["slots"].as_array();
        let slotted = slots.is_some_and(|slots| slots.iter().any(|one| one["kind"] == slot[0]));
        let free = !slotted || !taken.contains(&slot);
        taken.push(slot);
        free
    });
}

/// Counts near the least that must remain; some are not given.
fn holders(tape: &mut Tape, catalog: &[Value]) -> Vec<Value> {
    let mut holders = Vec::new();
    for line in catalog {
        let least = line.get("keep_at_least").and_then(Value::as_u64);
        let given = if least.is_some() { !tape.chance(18) } else { tape.chance(5) };
        if given {
            let mut holder = target_of(line);
            let count = least.unwrap_or(0) as usize + tape.pick(&[1, 0, 2, 3]);
            holder["count"] = json!(count);
            holders.push(holder);
        }
    }
    holders
}

pub fn host(tape: &mut Tape) -> Value {
    let mut host = json!({});
    if tape.chance(80) {
        host["auto_join"] = json!(!tape.chance(4));
    }
    if tape.chance(80) {
        let targets = if tape.chance(3) { vec![json!({ "group": "Newcomers" })] } else { vec![] };
        host["default_targets"] = json!(targets);
    }
    host
}
