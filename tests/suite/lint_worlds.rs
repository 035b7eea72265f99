//! What lints claim, held against random worlds: what never matters can go, and made-up people show what they are said
//! to show.

use std::collections::BTreeMap;

use groupmap::lint::{Lint, LintCode};
use groupmap::{Config, Engine};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::agreement::runner;
use crate::comparison::answer;
use crate::reference;
use crate::worlds::{self, Tape};

/// How many worlds a property tries that is dear: a number that takes a few seconds, or a tenth of `GROUPMAP_WORLDS` if that
/// is more.
pub fn worlds_or(usual: u32) -> u32 {
    let asked = std::env::var("GROUPMAP_WORLDS").ok().and_then(|count| count.parse::<u32>().ok());
    usual.max(asked.unwrap_or_default() / 10)
}

pub fn engine(request: &Value) -> Option<Engine> {
    let config: Config = serde_json::from_value(request["config"].clone()).ok()?;
    Engine::compile(config).ok()
}

/// An answer without the names of rules and what is made from them.
pub fn without_reasons(request: &Value) -> Value {
    let mut answer = answer(request);
    if let Some(plan) = answer.get_mut("plan").and_then(Value::as_object_mut) {
        plan.remove("digest");
        for list in ["add", "replace", "keep", "remove", "withheld"] {
            for line in plan.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                let line = line.as_object_mut().unwrap();
                line.remove("because");
                line.remove("denied_by");
            }
        }
    }
    answer
}

/// The world with one more rule or two: mostly one that another one covers, each by another sort of condition.
fn widened(tape: &mut Tape, mut request: Value) -> Value {
    let rules = request["config"]["rules"].as_array().cloned().unwrap_or_default();
    if rules.is_empty() {
        return request;
    }
    for at in 0..1 + tape.below(2) {
        let (narrow, other) = (tape.pick(&rules), tape.pick(&rules));
        let mut wide = narrow.clone();
        wide["id"] = json!(tape.pick(&["a", "w"]).to_owned() + &at.to_string());
        wide["enabled"] = true.into();
        wide["when"] = match tape.below(6) {
            0 => json!({ "not": { "all": [{ "not": narrow["when"] }, { "not": other["when"] }] } }),
            1 => json!({ "any": [other["when"], "everyone"] }),
            2 => json!({ "any": [other["when"], narrow["when"]] }),
            3 => json!({ "all": [narrow["when"], other["when"]] }),
            4 => json!({ "all": [narrow["when"], { "attribute": { "name": "department", "equals": "eng" } }] }),
            _ => narrow["when"].clone(),
        };
        if wide.get("grant").is_some() {
            wide["acknowledge_privileged"] = true.into();
        }
        request["config"]["rules"].as_array_mut().unwrap().push(wide);
    }
    request
}

/// Judges so many random worlds with the tape that is left; adds up what was judged, by name.
pub fn of_worlds(
    worlds: u32,
    judge: impl Fn(&mut Tape, Value, &mut BTreeMap<String, u32>) -> Result<(), TestCaseError>,
) -> BTreeMap<String, u32> {
    let counts = std::cell::RefCell::new(BTreeMap::new());
    let tape = prop::collection::vec(any::<u32>(), 600);
    let result = runner(worlds).run(&(worlds::world(), tape), |(request, numbers)| {
        judge(&mut Tape::new(numbers), request, &mut counts.borrow_mut())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    counts.into_inner()
}

fn without(request: &Value, ids: &[String]) -> Value {
    let mut less = request.clone();
    let rules = less["config"]["rules"].as_array_mut().unwrap();
    rules.retain(|rule| !ids.iter().any(|id| rule["id"] == **id));
    less
}

/// Whether any enabled rule is left: a mapping without one is not active.
fn is_active(request: &Value) -> bool {
    request["config"]["rules"].as_array().unwrap().iter().any(|rule| rule["enabled"] != json!(false))
}

#[test]
fn rules_that_never_matter_can_be_deleted_without_changing_a_plan() {
    let worlds = worlds_or(60);
    let judged = of_worlds(worlds, |tape, request, counts| {
        let request = widened(tape, request);
        let Some(engine) = engine(&request) else { return Ok(()) };
        let needless = |code| matches!(code, LintCode::NeverMatters | LintCode::DuplicateRule);
        let found: Vec<Lint> = engine.lint().filter(|lint| needless(lint.code)).collect();
        let ids: Vec<String> = found.iter().filter_map(|lint| lint.rule.clone()).collect();
        // One at a time, and all of one run at once.
        let mut cases: Vec<Vec<String>> = ids.iter().map(|id| vec![id.clone()]).collect();
        cases.push(ids);
        cases.dedup();
        cases.retain(|ids| !ids.is_empty());
        if cases.is_empty() {
            return Ok(());
        }
        for lint in &found {
            *counts.entry(lint.code.to_string()).or_default() += 1;
        }
        let mut people = vec![request.clone()];
        people.extend((0..4).map(|_| worlds::somebody(tape, &request)));
        for person in people {
            let whole = without_reasons(&person);
            for ids in &cases {
                let less = without(&person, ids);
                if is_active(&less) {
                    prop_assert_eq!(&whole, &without_reasons(&less), "without {:?}: {}", ids, person);
                    *counts.entry("plans".into()).or_default() += 1;
                }
            }
        }
        Ok(())
    });
    let enough = |name: &str, share: u32| judged.get(name).copied().unwrap_or_default() >= worlds / share;
    assert!(enough("never-matters", 5) && enough("duplicate-rule", 20) && enough("plans", 1), "{judged:?} of {worlds}");
}

/// What the naive model, which knows the crate `regex` alone, says of one rule and of somebody.
fn is_true_of(request: &Value, id: &str, login: &Value) -> bool {
    let rules = request["config"]["rules"].as_array().unwrap();
    let mut alone = rules.iter().find(|rule| rule["id"] == *id).unwrap().clone();
    let effect = if alone.get("grant").is_some() { "grant" } else { "deny" };
    // What it does is another question.
    alone[effect] = json!([{ "flag": "probe" }]);
    alone["id"] = "probe".into();
    let mut asked = json!({ "config": { "version": 1, "source": request["config"]["source"], "catalog": [{ "flag": "probe" }],
                                        "rules": [alone] } });
    asked["login"] = login.clone();
    let said = reference::said(&asked).unwrap_or_else(|| panic!("{asked}"));
    said[0].grants.contains("probe") || said[0].denies.contains("probe")
}

#[test]
fn nobody_meets_what_is_said_to_be_met_by_nobody() {
    let worlds = worlds_or(120);
    let judged = of_worlds(worlds, |tape, mut request, counts| {
        // Mostly a condition that takes back what it asks for.
        for rule in request["config"]["rules"].as_array_mut().into_iter().flatten() {
            if tape.chance(30) {
                continue;
            }
            let when = rule["when"].clone();
            rule["when"] = match tape.below(3) {
                0 => json!({ "all": [when, { "not": when }] }),
                1 => json!({ "not": { "any": [{ "not": when }, when] } }),
                _ => continue,
            };
        }
        let Some(engine) = engine(&request) else { return Ok(()) };
        for lint in engine.lint().filter(|lint| lint.code == LintCode::NeverTrue) {
            for _ in 0..4 {
                let person = worlds::somebody(tape, &request);
                let id = lint.rule.clone().unwrap();
                prop_assert!(!is_true_of(&request, &id, &person["login"]), "{}: {}", lint, person);
                *counts.entry("people".into()).or_default() += 1;
            }
        }
        Ok(())
    });
    let people = judged.get("people").copied().unwrap_or_default();
    assert!(people > worlds / 2, "{judged:?} of {worlds}");
}

#[test]
fn made_up_people_meet_the_conditions_they_are_said_to_meet() {
    let worlds = worlds_or(250);
    let judged = of_worlds(worlds, |tape, request, counts| {
        let request = widened(tape, request);
        let Some(engine) = engine(&request) else { return Ok(()) };
        for lint in engine.lint() {
            let (Some(witness), Some(id)) = (&lint.witness, &lint.rule) else { continue };
            let Some(claims) = witness.claims() else {
                *counts.entry("no login".into()).or_default() += 1;
                continue;
            };
            let login = serde_json::to_value(claims).unwrap();
            prop_assert!(is_true_of(&request, id, &login), "{}: {} in {}", lint, login, request);
            if lint.code == LintCode::GrantThroughNot {
                // Whoever is granted something for what they are not in is in nothing that the rule asks for.
                let rule =
                    request["config"]["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == **id).unwrap();
                let alone = json!({ "id": "p", "when": rule["when"], "grant": [{ "flag": "probe" }] });
                prop_assert_eq!(witness.groups().len(), 0, "{}", alone);
            }
            *counts.entry(lint.code.to_string()).or_default() += 1;
        }
        Ok(())
    });
    let enough = |code: LintCode, share: u32| judged.get(code.as_str()).copied().unwrap_or_default() >= worlds / share;
    assert!(
        enough(LintCode::NeverMatters, 5)
            && enough(LintCode::GrantThroughNot, 20)
            && enough(LintCode::PrivilegedByPattern, 50)
            && enough(LintCode::NeverWins, 200)
            && enough(LintCode::AlwaysDenied, 200),
        "{judged:?} of {worlds}"
    );
}

/// The targets that a plan gives, or leaves to whoever holds them.
fn given(answer: &Value) -> Vec<Value> {
    let lists = ["add", "replace"].into_iter().flat_map(|list| answer["plan"][list].as_array().into_iter().flatten());
    lists.map(|line| line["target"].clone()).collect()
}

#[test]
fn what_is_said_of_a_rule_holds_for_whoever_it_matches() {
    let worlds = worlds_or(120);
    let judged = of_worlds(worlds, |tape, mut request, counts| {
        // Rules that are in each other's way: the same people are denied what they are granted, or granted more.
        let rules = request["config"]["rules"].as_array().cloned().unwrap_or_default();
        for (at, rule) in rules.iter().enumerate() {
            if tape.chance(50) {
                continue;
            }
            let mut beside = rule.clone();
            let key = if rule.get("grant").is_some() { "grant" } else { "deny" };
            let targets = beside.as_object_mut().unwrap().remove(key).unwrap_or_default();
            let catalog = request["config"]["catalog"].as_array().unwrap();
            beside["id"] = format!("beside{at}").into();
            beside["priority"] = json!(20 + at);
            if tape.chance(50) {
                beside["deny"] = targets;
            } else {
                beside["grant"] = json!([worlds::target_of(&tape.pick(catalog))]);
                beside["acknowledge_privileged"] = true.into();
            }
            request["config"]["rules"].as_array_mut().unwrap().push(beside);
        }
        let Some(engine) = engine(&request) else { return Ok(()) };
        let codes = [LintCode::AlwaysDenied, LintCode::NeverWins, LintCode::AlwaysTrue];
        let found: Vec<Lint> = engine.lint().filter(|lint| codes.contains(&lint.code)).collect();
        if found.is_empty() {
            return Ok(());
        }
        let mut people: Vec<Value> = (0..4).map(|_| worlds::somebody(tape, &request)).collect();
        for witness in found.iter().filter_map(|lint| lint.witness.as_ref()?.claims()) {
            let mut person = request.clone();
            person["login"] = serde_json::to_value(witness).unwrap();
            people.push(person);
        }
        for (lint, person) in found.iter().flat_map(|lint| people.iter().map(move |person| (lint, person))) {
            let id = lint.rule.clone().unwrap();
            if lint.code == LintCode::AlwaysTrue {
                prop_assert!(is_true_of(&request, &id, &person["login"]), "{}: {}", lint, person);
                *counts.entry(lint.code.to_string()).or_default() += 1;
                continue;
            }
            let rule = request["config"]["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == *id).unwrap();
            let place: usize = lint.path.rsplit(['[', ']']).nth(1).unwrap().parse().unwrap();
            let target = worlds::target_of(&rule["grant"][place]);
            let words = reference::said(person).unwrap();
            let Some(word) = words.iter().find(|word| word.target.write() == target) else { continue };
            // By this rule alone, so that nothing else gives the target.
            let organizations = target.as_object().unwrap().len() == 1 && target.get("organization").is_some();
            if !word.grants.iter().eq([&id]) || organizations {
                continue;
            }
            if lint.code == LintCode::AlwaysDenied {
                prop_assert_ne!(word.verdict, reference::kleene::Kleene::True, "{}: {}", lint, person);
            }
            let set = person["config"]["unmatched"]["grant"].to_string() + &person["config"]["accounts"].to_string();
            if !set.contains(&target.to_string()) {
                prop_assert!(!given(&answer(person)).contains(&target), "{}: {}", lint, person);
            }
            *counts.entry(lint.code.to_string()).or_default() += 1;
        }
        Ok(())
    });
    let few: Vec<_> = [(LintCode::AlwaysDenied, 4), (LintCode::NeverWins, 30), (LintCode::AlwaysTrue, 20)]
        .into_iter()
        .filter(|(code, share)| judged.get(code.as_str()).copied().unwrap_or_default() < worlds / share)
        .collect();
    assert!(few.is_empty(), "too few of {few:?}: {judged:?} of {worlds}");
}
