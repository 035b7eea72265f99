//! What must hold of every review.

use std::cell::Cell;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::many::{of_directories, review_answer};
use crate::reference::review::{Findings, findings};

const DENY: [&str; 4] = ["lockout", "self-lockout", "no-path-to-admin", "default-targets-conflict"];

/// Findings about a person, each by itself: what others do makes no difference to them.
const OF_A_PERSON: [&str; 5] =
    ["loses-access", "gains-privileged", "loses-privileged", "orphaned", "incomplete-evidence"];

fn found(review: &Value) -> Findings {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let people = |finding: &Value| finding["people"].as_array().unwrap().iter().map(text).collect();
    let lines = review["findings"].as_array().unwrap().iter();
    lines.map(|finding| (text(&finding["code"]), finding["target"].to_string(), people(finding))).collect()
}

fn with_acting(request: &Value, acting: &str) -> Value {
    let mut request = request.clone();
    request["acting"] = acting.into();
    request
}

#[test]
fn a_review_finds_what_the_model_finds() {
    let (compiled, blocked) = (Cell::new(0), Cell::new(0));
    of_directories(|request, tape| {
        let mut request = request.clone();
        if tape.chance(70) {
            request["acting"] = json!(tape.pick(&["u1", "u2", "u9"]));
        }
        let answer = review_answer(&request);
        let Some(modelled) = findings(&request) else {
            prop_assert!(answer.get("problems").is_some(), "{}", answer);
            return Ok(());
        };
        // The only error is a target that stands twice among the holders, which no directory has.
        let Some(review) = answer.get("review") else { panic!("{answer}\nto {request}") };
        compiled.set(compiled.get() + 1);
        prop_assert_eq!(&found(review), &modelled, "\nrequest {}\nreview {}", request, review);

        let lines = review["findings"].as_array().unwrap();
        let is_deny = |finding: &Value| DENY.contains(&finding["code"].as_str().unwrap());
        let severity = |line: &Value| if is_deny(line) { "deny" } else { "warn" };
        let is_right = lines.iter().all(|line| line["severity"] == severity(line));
        prop_assert!(is_right, "{}", review);
        prop_assert!(lines.is_sorted_by_key(|line| !is_deny(line)), "{}", review);
        prop_assert_eq!(&review["blocked"], &json!(lines.iter().any(is_deny)));
        blocked.set(blocked.get() + u32::from(review["blocked"] == true));
        let losing: Vec<&Value> = review["preview"]["lose_access"].as_array().unwrap().iter().collect();
        let named = lines.iter().filter(|line| line["code"] == "loses-access");
        let named: Vec<&Value> = named.flat_map(|line| line["people"].as_array().unwrap()).collect();
        prop_assert_eq!(losing, named);
        Ok(())
    });
    assert!(compiled.get() * 2 > blocked.get() && blocked.get() > 0, "{compiled:?} {blocked:?}");
}

#[test]
fn more_people_take_nothing_from_what_is_found_of_others_and_their_order_changes_no_byte() {
    of_directories(|request, _| {
        let whole = review_answer(request);
        if whole.get("review").is_none() {
            return Ok(());
        }
        let mut other = request.clone();
        other["people"].as_array_mut().unwrap().reverse();
        prop_assert_eq!(&whole, &review_answer(&other));
        other["people"].as_array_mut().unwrap().pop();
        let whole = found(&whole["review"]);
        for (code, target, people) in found(&review_answer(&other)["review"]) {
            if !OF_A_PERSON.contains(&&*code) {
                continue;
            }
            let still = whole.iter().find(|(same, there, _)| (same, there) == (&code, &target));
            let still = still.map_or(&[][..], |(_, _, people)| people);
            prop_assert!(people.iter().all(|id| still.contains(id)), "{} {}\n{}", code, target, request);
        }
        Ok(())
    });
}

fn owners() -> Value {
    let person = |id: &str, group: &str| {
        json!({ "id": id,
                "login": { "id_token": { "sub": id, "groups": [group] } },
                "snapshot": { "account": { "status": "active" },
                              "memberships": [{ "role": "owner", "managed_by": "s" }] } })
    };
    json!({ "config": { "version": 1, "unmatched": "admit",
                        "source": { "id": "s", "provider": "okta" },
                        "catalog": [{ "role": "owner", "privileged": true, "keep_at_least": 1 }],
                        "rules": [{ "id": "owners", "when": { "name": "Owners" }, "grant": [{ "role": "owner" }] }] },
            "people": [person("u1", "Staff"), person("u2", "Staff")],
            "holders": [{ "role": "owner", "count": 2 }] })
}

#[test]
fn everybody_is_judged_against_the_start_so_that_two_who_may_each_go_are_a_lockout() {
    let review = &review_answer(&owners())["review"];
    let lockout =
        json!({ "code": "lockout", "severity": "deny", "target": { "role": "owner" }, "people": ["u1", "u2"] });
    assert!(review["findings"].as_array().unwrap().contains(&lockout), "{review}");
    assert_eq!(review["preview"]["remove"], json!([{ "target": { "role": "owner" }, "count": 2 }]));
    assert_eq!(review["blocked"], true);
}

#[test]
fn an_acknowledgement_names_every_code_and_this_review() {
    let request = with_acting(&owners(), "u1");
    let digest = review_answer(&request)["review"]["digest"].clone();
    let blocked = |request: &Value, codes: &[&str], digest: &Value| {
        let mut request = request.clone();
        request["acknowledge"] = json!({ "codes": codes, "digest": digest });
        let review = review_answer(&request)["review"].clone();
        assert!(review["blocked"].is_boolean(), "{review}");
        review["blocked"] == true
    };
    let both = ["self-lockout", "lockout"];
    assert!(!blocked(&request, &both, &digest));
    assert!(!blocked(&request, &["self-lockout", "lockout", "no-path-to-admin"], &digest));
    assert!(blocked(&request, &["lockout"], &digest));
    assert!(blocked(&request, &[], &digest));
    assert!(blocked(&request, &both, &json!("00")));

    // Whatever else the review was made from, the word does not hold for it.
    let mut others = Vec::new();
    let mut other = |path: &str, value: Value| {
        let mut changed = request.clone();
        *changed.pointer_mut(path).unwrap() = value;
        others.push(changed);
    };
    other("/config/source/id", json!("t"));
    other("/config/rules/0/when/name", json!("Bosses"));
    other("/people/1/login/id_token/groups", json!(["Others"]));
    other("/people/1/id", json!("u3"));
    other("/people/1/snapshot/memberships/0/managed_by", Value::Null);
    other("/holders/0/count", json!(1));
    other("/acting", json!("u2"));
    let mut more = request.clone();
    let mut person = request["people"][1].clone();
    person["id"] = json!("u3");
    more["people"].as_array_mut().unwrap().push(person);
    others.push(more);
    let mut default = request.clone();
    default["host"] = json!({ "default_targets": [{ "group": "Everybody" }] });
    others.push(default);
    for other in others {
        assert_ne!(review_answer(&other)["review"]["digest"], digest, "{other}");
        let codes: Vec<&str> = DENY.into();
        let review = review_answer(&other)["review"].clone();
        assert_eq!(blocked(&other, &codes, &digest), review["blocked"] == true, "{other}");
    }
}

#[test]
fn whoever_cannot_be_planned_for_is_named_and_counted_as_refused() {
    let mut request = with_acting(&owners(), "u2");
    request["config"]["source"]["issuer"] = json!("https://idp.example.com");
    for person in request["people"].as_array_mut().unwrap() {
        person["login"]["id_token"]["iss"] = json!("https://idp.example.com");
        person["login"]["id_token"]["groups"] = json!(["Owners"]);
    }
    request["people"][1]["login"]["id_token"]["iss"] = json!("https://other.example.com");
    let review = review_answer(&request)["review"].clone();
    assert_eq!(review["errors"][0]["id"], "u2");
    assert_eq!(review["errors"][0]["error"]["code"], "wrong-issuer");
    assert_eq!(review["preview"]["people"], 2);
    assert_eq!(review["preview"]["lose_access"], json!(["u2"]));
    let codes: Vec<&str> = review["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["self-lockout", "self-lockout", "loses-privileged", "loses-access", "incomplete-evidence"]);
}
