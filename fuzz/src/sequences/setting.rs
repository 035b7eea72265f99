//! The mapping and what people log in with.

use groupmap::{Claims, Config};
use serde_json::{Value, json};

use crate::worlds::Tape;

pub const TARGETS: usize = 5;
const GROUPS: [&str; 4] = ["a", "b", "c", "d"];

pub fn target(which: usize) -> Value {
    match which {
        0 => json!({ "organization": "acme", "role": "owner" }),
        1 => json!({ "organization": "acme", "role": "viewer" }),
        2 => json!({ "organization": "acme" }),
        3 => json!({ "flag": "staff" }),
        _ => json!({ "team": "red" }),
    }
}

/// The targets that some must keep, and how many.
pub const PROTECTED: [(usize, u64); 2] = [(0, 1), (3, 2)];

/// The mapping at one moment.
pub fn config(tape: &mut Tape) -> Config {
    let mut catalog: Vec<Value> = (0..TARGETS).map(target).collect();
    for (which, least) in PROTECTED {
        catalog[which]["keep_at_least"] = json!(least);
    }
    catalog[0]["rank"] = json!(2);
    catalog[1]["rank"] = json!(1);
    let condition = |tape: &mut Tape| {
        let name = json!({ "name": tape.pick(&GROUPS) });
        match tape.below(4) {
            0 => json!({ "not": name }),
            1 => json!({ "any": [name, { "regex": "[ab]" }] }),
            _ => name,
        }
    };
    let rules: Vec<Value> = (0..1 + tape.below(4))
        .map(|at| {
            let effect = if tape.chance(25) { "deny" } else { "grant" };
            json!({ "id": format!("r{at}"), "when": condition(tape), effect: [target(tape.below(TARGETS))] })
        })
        .collect();
    let slots = if tape.chance(50) { json!([{ "kind": "role", "choose": "highest" }]) } else { json!([]) };
    let mut config = json!({
        "version": 1,
        "authority": tape.pick(&["managed", "exclusive", "additive"]),
        "unmatched": tape.pick(&["refuse", "deactivate", "admit"]),
        "source": { "id": "idp", "provider": "okta" },
        "accounts": { "reactivate": tape.chance(50) },
        "catalog": catalog, "slots": slots, "rules": rules
    });
    if tape.chance(30) {
        config["safeguards"] = json!({ "max_removals": { "count": 1 + tape.below(4) } });
    }
    serde_json::from_value(config).unwrap()
}

pub fn login(tape: &mut Tape, who: usize) -> Claims {
    let sub = format!("u{who}");
    let groups: Vec<&str> = GROUPS.into_iter().filter(|_| tape.chance(40)).collect();
    let token = match tape.below(6) {
        0 => json!({ "sub": sub }),
        1 => json!({ "sub": sub, "groups": groups, "hasgroups": true }),
        2 => json!({ "sub": sub, "groups": [groups, 7] }),
        _ => json!({ "sub": sub, "groups": groups }),
    };
    serde_json::from_value(json!({ "id_token": token })).unwrap()
}
