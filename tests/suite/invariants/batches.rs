//! P44 to P46: many people at once. One ledger of holders, a threshold on removals, and a review that blocks.

use serde_json::{Value, json};

use super::*;
use crate::many::{batch_answer as batch, review_answer as review};

fn owner() -> Value {
    json!({ "role": "owner" })
}

/// Somebody in these groups who holds these by the source.
fn person(id: &str, groups: &[&str], held: &[Value]) -> Value {
    let memberships: Vec<Value> = held
        .iter()
        .map(|target| {
            let mut held = target.clone();
            held["managed_by"] = json!("idp");
            held
        })
        .collect();
    json!({
        "id": id,
        "login": { "id_token": { "sub": id, "groups": groups } },
        "snapshot": { "account": { "status": "active" }, "memberships": memberships }
    })
}

fn config(keep: u64, max: Value) -> Value {
    json!({
        "version": 1,
        "unmatched": "admit",
        "source": { "id": "idp", "provider": "okta" },
        "catalog": [{ "role": "owner", "keep_at_least": keep }, { "group": "ops" }],
        "safeguards": max,
        "rules": [
            { "id": "owners", "when": { "name": "owners" }, "grant": [owner()] },
            { "id": "ops", "when": { "name": "ops" }, "grant": [{ "group": "ops" }] }
        ]
    })
}

fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(of - 1) {
        for at in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(at, of - 1);
            all.push(longer);
        }
    }
    all
}

fn loses(plan: &Value) -> bool {
    taken(plan).contains(&owner().to_string())
}

/// Four owners, each of whom stays one or not, in every order, with every minimum, cut into two batches anywhere.
#[test]
fn p44_no_order_of_a_batch_leaves_too_few_holders() {
    let mut tried = 0;
    for leaving in 0..16_u32 {
        let people: Vec<Value> = (0..4)
            .map(|at| person(&format!("u{at}"), if leaving >> at & 1 == 1 { &[] } else { &["owners"] }, &[owner()]))
            .collect();
        let gone = u64::from(leaving.count_ones());
        for order in orders(4) {
            let keep = 1 + u64::from(leaving + order[0] as u32) % 4;
            let cut = order[1];
            let mut count = 4_u64;
            for part in [&order[..cut], &order[cut..]] {
                let people: Vec<&Value> = part.iter().map(|at| &people[*at]).collect();
                let request = json!({ "config": config(keep, json!({})), "people": people, "holders": [{ "role": "owner", "count": count }] });
                let answer = batch(&request);
                for line in answer["batch"]["plans"].as_array().unwrap_or_else(|| panic!("{answer}")) {
                    if loses(&line["plan"]) {
                        count -= 1;
                        let required = &line["plan"]["requires"]["holders"];
                        assert_eq!(required[0]["at_least"], keep + 1, "{line}");
                    }
                    assert!(count >= keep.min(4), "{count} of {keep} are left: {answer}");
                }
                assert_eq!(answer["batch"]["holders"], json!([{ "role": "owner", "count": count }]), "{answer}");
            }
            // As many go as may.
            assert_eq!(4 - count, gone.min(4 - keep.min(4)), "{leaving:b} in {order:?}, at least {keep}");
            tried += 1;
        }
    }
    assert_eq!(tried, 16 * 24);
}

/// So many of so many people lose what they hold, and one more gains it.
fn losing(losers: u64, people: u64, max: &Value) -> Value {
    let mut all: Vec<Value> = (0..people)
        .map(|at| person(&format!("u{at:03}"), if at < losers { &[] } else { &["ops"] }, &[json!({ "group": "ops" })]))
        .collect();
    all.pop();
    all.push(person("newcomer", &["ops"], &[]));
    json!({ "config": config(0, json!({ "max_removals": max })), "people": all, "holders": [] })
}

fn removals(answer: &Value) -> u64 {
    answer["batch"]["plans"].as_array().unwrap().iter().map(|line| lines(&line["plan"], "remove").len() as u64).sum()
}

/// At, one below and one above each threshold, in whole numbers.
#[test]
fn p45_removals_that_reach_the_threshold_are_all_withheld() {
    for people in [9_u64, 10, 11, 20] {
        for losers in 0..people - 1 {
            for max in [
                json!({ "count": 3 }),
                json!({ "percent": 20, "floor": 10 }),
                json!({ "count": 4, "percent": 33, "floor": 0 }),
                json!({ "percent": 100, "floor": 0 }),
            ] {
                let request = losing(losers, people, &max);
                let answer = batch(&request);
                let by_count = max["count"].as_u64().is_some_and(|count| losers >= count);
                let floor = max["floor"].as_u64().unwrap_or(0);
                let by_percent =
                    max["percent"].as_u64().is_some_and(|percent| people >= floor && losers * 100 >= percent * people);
                let is_mass = losers > 0 && (by_count || by_percent);
                let plans = answer["batch"]["plans"].as_array().unwrap_or_else(|| panic!("{answer}"));
                assert_eq!(answer["batch"]["mass_removal"], is_mass, "{losers} of {people}, {max}");
                assert_eq!(removals(&answer), if is_mass { 0 } else { losers }, "{losers} of {people}, {max}");
                let withheld = plans
                    .iter()
                    .flat_map(|line| lines(&line["plan"], "withheld"))
                    .filter(|line| line["code"] == "mass-removal");
                assert_eq!(withheld.count() as u64, if is_mass { losers } else { 0 });
                // Adds go on.
                assert_eq!(lines(&plans.last().unwrap()["plan"], "add").len(), 1, "{max}");
                if is_mass {
                    let mut permitted = request.clone();
                    permitted["override"] = answer["batch"]["digest"].clone();
                    assert_eq!(removals(&batch(&permitted)), losers, "the override of exactly this batch");
                    permitted["people"].as_array_mut().unwrap().last_mut().unwrap()["login"]["id_token"]["groups"] =
                        json!([]);
                    assert_eq!(removals(&batch(&permitted)), 0, "another batch");
                }
            }
        }
    }
}

/// An incident of 2017 asked for a stop above ten per cent; Rancher let a second account block the first.
#[test]
fn cve_2024_58260_a_person_who_comes_twice_is_an_error_of_their_own() {
    let people = [person("u1", &["ops"], &[]), person("u2", &["ops"], &[]), person("u1", &[], &[])];
    let request = json!({ "config": config(0, json!({})), "people": people, "holders": [] });
    let answer = batch(&request);
    let text = answer.to_string();
    assert!(text.contains("u1") || answer.get("error").is_some(), "{answer}");
    if let Some(plans) = answer["batch"]["plans"].as_array() {
        let of = |id: &str| plans.iter().filter(|line| line["id"] == id && line.get("plan").is_some()).count();
        assert_eq!((of("u2"), of("u1") < 2), (1, true), "{answer}");
    }
}

/// What would lock people out blocks the activation until somebody says, by code and digest, that it is meant.
#[test]
fn p46_a_review_blocks_what_locks_out() {
    let mut config = config(1, json!({}));
    config["unmatched"] = json!("refuse");
    config["catalog"][0]["privileged"] = json!(true);
    let people = [person("admin", &[], &[owner()]), person("u2", &["ops"], &[])];
    let request =
        json!({ "config": config, "people": people, "holders": [{ "role": "owner", "count": 2 }], "acting": "admin" });
    let found = |answer: &Value, code: &str| -> bool {
        answer["review"]["findings"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
            .iter()
            .any(|finding| finding["code"] == code)
    };
    let answer = review(&request);
    assert!(found(&answer, "self-lockout") && found(&answer, "loses-access"), "{answer}");
    assert_eq!(answer["review"]["blocked"], true);
    let digest = answer["review"]["digest"].clone();
    let denies: Vec<Value> = answer["review"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["severity"] == "deny")
        .map(|f| f["code"].clone())
        .collect();
    let with = |codes: &Value, digest: &Value| {
        let mut request = request.clone();
        request["acknowledge"] = json!({ "codes": codes, "digest": digest });
        review(&request)["review"]["blocked"].clone()
    };
    assert_eq!(with(&json!(denies), &digest), false);
    assert_eq!(with(&json!([]), &digest), true, "no code");
    assert_eq!(with(&json!(denies), &json!("0".repeat(64))), true, "another review's digest");
    // SigNoz locked the only root out by switching SSO on; here an owner that no rule reaches is no path.
    let mut without = request.clone();
    without["config"]["rules"].as_array_mut().unwrap().remove(0);
    assert!(found(&review(&without), "no-path-to-admin"), "{}", review(&without));
    // A mapping that keeps everybody in is not blocked.
    let mut fine = request.clone();
    fine["people"] = json!([person("admin", &["owners"], &[owner()]), person("u2", &["ops"], &[])]);
    assert_eq!(review(&fine)["review"]["blocked"], false, "{}", review(&fine));
}
