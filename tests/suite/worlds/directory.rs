//! Directories: a few people under one config, with one count of holders.

use serde_json::{Value, json};

use super::{Tape, Words, config, login, snapshot, twists};

/// A request of section 11 without `acting` and `override`, for which there is `more` to read off the tape.
pub fn directory(tape: &mut Tape) -> Value {
    let words = Words::choose(tape);
    let mut config = config::config(tape, &words);
    let mut first = login::login(tape, &words, &mut config);
    let mut held = snapshot::snapshot(tape, &config);
    if tape.chance(20) {
        twists::twist(tape, &words, &mut config, &mut first, &mut held);
    }
    // Everybody's are those of the first.
    let holders = held["holders"].take();
    let mut people = vec![json!({ "id": "u1", "login": first, "snapshot": held })];
    for number in 2..=1 + tape.below(4) {
        let mut own = config.clone();
        let login = login::login(tape, &words, &mut own);
        let mut held = snapshot::snapshot(tape, &config);
        held.as_object_mut().unwrap().remove("holders");
        let number = if tape.chance(3) { 1 } else { number };
        people.push(json!({ "id": format!("u{number}"), "login": login, "snapshot": held }));
    }
    people[0]["snapshot"].as_object_mut().unwrap().remove("holders");
    if tape.chance(60) {
        let mut limit = json!({});
        if tape.chance(60) {
            limit["count"] = json!(tape.pick(&[2, 1, 3, 4]));
        }
        if tape.chance(60) {
            limit["percent"] = json!(tape.pick(&[100, 50, 150, 34]));
        }
        limit["floor"] = json!(tape.below(5));
        config["safeguards"] = json!({ "max_removals": limit });
    }
    let mut request = json!({ "config": config, "people": people, "holders": holders });
    if tape.chance(50) {
        request["host"] = snapshot::host(tape);
    }
    request
}
