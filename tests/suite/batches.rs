//! What must hold of every batch.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use groupmap::{Batch, BatchRequest, BatchTerms, Earlier, Engine, MaxRemovals};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::checked::Checked;
use crate::many::{batch_answer, count, of_directories};
use crate::worlds::Tape;

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The target of a membership, of holders or of a line of the catalog, as text.
fn target_of(line: &Value) -> String {
    let mut target = line.clone();
    let extra = ["managed_by", "count", "rank", "privileged", "keep_at_least"];
    target.as_object_mut().unwrap().retain(|key, _| !extra.contains(&key.as_str()));
    target.to_string()
}

fn counts(holders: &Value) -> BTreeMap<String, i64> {
    array(holders).iter().map(|line| (target_of(line), line["count"].as_i64().unwrap())).collect()
}

fn minima(request: &Value) -> BTreeMap<String, i64> {
    let lines = array(&request["config"]["catalog"]).iter();
    let least = |line: &Value| line.get("keep_at_least").and_then(Value::as_i64).unwrap_or(0);
    lines.map(|line| (target_of(line), least(line))).filter(|(_, least)| *least > 0).collect()
}

fn is_shut_out(person: &Value, plan: &Value) -> bool {
    person["snapshot"]["account"]["status"] == "active" && plan["access"] == "refused"
}

/// What a plan takes away, each target once.
fn taken(person: &Value, plan: &Value) -> BTreeSet<String> {
    let gone = array(&plan["remove"]).iter().map(|line| line["target"].to_string());
    let replaced = array(&plan["replace"]).iter().map(|line| line["replaces"].to_string());
    let held = array(&person["snapshot"]["memberships"]).iter().filter(|_| is_shut_out(person, plan)).map(target_of);
    gone.chain(replaced).chain(held).collect()
}

/// The people with their plans; whoever has an error is left out.
fn plans<'a>(request: &'a Value, batch: &'a Value) -> Vec<(&'a Value, &'a Value)> {
    let people = array(&request["people"]).iter().zip(array(&batch["plans"]));
    people.filter_map(|(person, line)| Some((person, line.get("plan")?))).collect()
}

/// How many removals there are: memberships, and accounts deactivated or refused.
fn removals(request: &Value, batch: &Value) -> usize {
    let of = |(person, plan): (&Value, &Value)| {
        array(&plan["remove"]).len() + array(&plan["replace"]).len() + usize::from(is_shut_out(person, plan))
    };
    plans(request, batch).into_iter().map(of).sum()
}

/// Judges random directories, in half of which the source has switched some people off.
fn of_directories_with_leavers(judge: impl Fn(&Value, &mut Tape) -> Result<(), TestCaseError>) {
    of_directories(|request, tape| {
        let mut request = request.clone();
        if tape.chance(50) {
            for person in request["people"].as_array_mut().unwrap() {
                person["switched_off"] = json!(tape.chance(50));
            }
        }
        judge(&request, tape)
    });
}

fn without_limit(request: &Value) -> Value {
    let mut free = request.clone();
    free["config"].as_object_mut().unwrap().remove("safeguards");
    free
}

/// The steps of a plan in an order in which a host may carry them out: what comes, and what goes.
fn steps(person: &Value, plan: &Value) -> Vec<(String, i64)> {
    let come = |line: &Value| (line["target"].to_string(), 1);
    let mut steps: Vec<_> = array(&plan["add"]).iter().chain(array(&plan["replace"])).map(come).collect();
    steps.extend(taken(person, plan).into_iter().map(|target| (target, -1)));
    steps
}

#[test]
fn whatever_is_applied_in_whatever_order_no_target_gets_below_its_minimum() {
    let (taking, several) = (Cell::new(0), Cell::new(0));
    of_directories_with_leavers(|request, tape| {
        let answer = batch_answer(request);
        let Some(batch) = answer.get("batch") else { return Ok(()) };
        let (start, minima) = (counts(&request["holders"]), minima(request));
        let plans = plans(request, batch);
        // Nothing that comes has come yet, and all that goes is gone: no subset, order or crash leaves fewer.
        for (target, least) in &minima {
            let losers = plans.iter().filter(|(person, plan)| taken(person, plan).contains(target)).count();
            taking.set(taking.get() + u32::from(losers > 0));
            several.set(several.get() + u32::from(losers > 1));
            if losers > 0 {
                let left = start.get(target).map(|start| start - losers as i64);
                prop_assert!(left.is_some_and(|left| left >= *least), "{} of {}: {}", target, request, batch);
            }
            let ledger = counts(&batch["holders"]).get(target).copied();
            prop_assert_eq!(ledger, start.get(target).map(|start| start - losers as i64), "{}", batch);
        }
        for (person, plan) in &plans {
            let required = array(&plan["requires"]["holders"]).iter();
            let required: BTreeSet<String> =
                required.map(|line| format!("{} {}", line["target"], line["at_least"])).collect();
            let needed = taken(person, plan)
                .into_iter()
                .filter_map(|target| minima.get(&target).map(|least| format!("{target} {}", least + 1)));
            prop_assert_eq!(required, needed.collect::<BTreeSet<_>>(), "{}", plan);
        }
        interleaved(&plans, start, &minima, tape)
    });
    assert!(taking.get() > count() / 50 && several.get() > count() / 500, "{taking:?} {several:?}");
}

/// Carries out some steps of the plans in a random order up to a crash.
fn interleaved(
    plans: &[(&Value, &Value)],
    mut counts: BTreeMap<String, i64>,
    minima: &BTreeMap<String, i64>,
    tape: &mut Tape,
) -> Result<(), TestCaseError> {
    let mut waiting: Vec<Vec<(String, i64)>> = plans.iter().map(|(person, plan)| steps(person, plan)).collect();
    waiting.iter_mut().for_each(|steps| steps.reverse());
    while waiting.iter().any(|steps| !steps.is_empty()) && !tape.chance(5) {
        let at = tape.below(waiting.len());
        let at = (at..waiting.len()).chain(0..at).find(|at| !waiting[*at].is_empty()).unwrap();
        let (target, change) = waiting[at].pop().unwrap();
        if let (Some(count), Some(least)) = (counts.get_mut(&target), minima.get(&target)) {
            *count += change;
            prop_assert!(change > 0 || *count >= *least, "{} at {}", target, count);
        }
    }
    Ok(())
}

#[test]
fn too_many_removals_are_all_held_back_and_everything_else_goes_on() {
    let reached = Cell::new(0);
    let leavers_spared = Cell::new(0);
    of_directories_with_leavers(|request, _| {
        let answer = batch_answer(request);
        let Some(batch) = answer.get("batch") else { return Ok(()) };
        let free_answer = batch_answer(&without_limit(request));
        let free = &free_answer["batch"];
        let limit = request["config"].pointer("/safeguards/max_removals");
        let removals_of_free = removals(request, free);
        let people = array(&request["people"]).len();
        let number = |key: &str| limit.and_then(|limit| limit.get(key)).and_then(Value::as_u64).map(|n| n as usize);
        let is_too_many = removals_of_free > 0
            && (number("count").is_some_and(|count| removals_of_free >= count)
                || number("percent").is_some_and(|percent| {
                    people >= number("floor").unwrap_or(0) && removals_of_free * 100 >= percent * people
                }));
        prop_assert_eq!(&batch["removals"], &json!(removals_of_free), "{}", request);
        prop_assert_eq!(&batch["mass_removal"], &json!(is_too_many), "{} of {}: {}", removals_of_free, people, request);
        for ((person, plan), (_, freely)) in plans(request, batch).into_iter().zip(plans(request, free)) {
            prop_assert_eq!(&plan["add"], &freely["add"]);
            let is_exempt = freely["status"] == "exempt";
            prop_assert!(!is_exempt || (steps(person, plan).is_empty() && plan["account"] == "none"), "{}", plan);
            if !is_too_many {
                for list in ["replace", "remove", "withheld", "access", "account", "requires"] {
                    prop_assert_eq!(&plan[list], &freely[list]);
                }
                continue;
            }
            prop_assert!(taken(person, plan).is_empty() && plan["account"] != "deactivate", "{}", plan);
            prop_assert_eq!(&plan["requires"]["holders"], &json!([]));
            let held_back: BTreeSet<String> = array(&plan["withheld"])
                .iter()
                .filter(|line| line["code"] == "mass-removal")
                .map(|line| format!("{} {}", line["change"], line["target"]))
                .collect();
            let gone = array(&freely["remove"]).iter().map(|line| format!("\"remove\" {}", line["target"]));
            let replaced = array(&freely["replace"]).iter().map(|line| format!("\"replace\" {}", line["replaces"]));
            let is_leaver = person["switched_off"] == true && is_shut_out(person, freely);
            leavers_spared.set(leavers_spared.get() + u32::from(is_leaver));
            let out = is_shut_out(person, freely)
                .then(|| if freely["account"] == "deactivate" { "\"deactivate\" null" } else { "\"refuse\" null" });
            let expected = gone.chain(replaced).chain(out.map(str::to_owned)).collect::<BTreeSet<_>>();
            prop_assert_eq!(held_back, expected, "{}\n{}", plan, freely);
            for line in array(&freely["replace"]) {
                let waits = json!({ "change": "add", "target": line["target"], "code": "slot-held" });
                prop_assert!(array(&plan["withheld"]).contains(&waits), "{}", plan);
            }
        }
        if is_too_many {
            reached.set(reached.get() + 1);
            prop_assert_eq!(counts(&batch["holders"]), counts(&request["holders"]));
            let mut permitted = request.clone();
            permitted["override"] = batch["digest"].clone();
            let permitted_answer = batch_answer(&permitted);
            let permitted = &permitted_answer["batch"];
            prop_assert_eq!(&permitted["mass_removal"], &json!(false));
            prop_assert_eq!(&permitted["digest"], &batch["digest"]);
            prop_assert_eq!(removals(request, permitted), removals_of_free);
        }
        Ok(())
    });
    assert!(reached.get() > count() / 50 && leavers_spared.get() > 0, "{reached:?} {leavers_spared:?}");
}

#[test]
fn the_boundaries_of_max_removals() {
    let limit = MaxRemovals::new;
    #[rustfmt::skip]
    let table = [
        // count, percent, floor, removals, people, reached
        (Some(500), None, 0, 499, 10_000, false),
        (Some(500), None, 0, 500, 10_000, true),
        (Some(500), None, 0, 501, 10_000, true),
        (Some(0), None, 0, 0, 10, false),      // nothing is taken away
        (Some(0), None, 0, 1, 10, true),
        (None, Some(20), 100, 19, 99, false),  // below the floor
        (None, Some(20), 100, 99, 99, false),
        (None, Some(20), 100, 19, 100, false),
        (None, Some(20), 100, 20, 100, true),
        (None, Some(20), 100, 20, 101, false), // 20.2
        (None, Some(20), 100, 21, 101, true),
        (None, Some(33), 0, 1, 3, true),       // a third is over 33 percent
        (None, Some(34), 0, 1, 3, false),
        (None, Some(0), 0, 0, 0, false),
        (None, Some(0), 0, 1, 1_000, true),
        (None, Some(100), 0, 10, 10, true),
        (None, Some(150), 0, 14, 10, false),   // several removals a person
        (None, Some(150), 0, 15, 10, true),
        (None, Some(20), 0, 0, 0, false),
        (None, None, 0, u64::MAX, 1, false),
        (None, Some(u64::MAX), 0, u64::MAX, u64::MAX, false),
        (None, Some(100), 0, u64::MAX, u64::MAX, true),
        (None, Some(100), 0, u64::MAX - 1, u64::MAX, false),
        (Some(500), Some(20), 100, 20, 100, true),
        (Some(10), Some(20), 100, 10, 99, true),
    ];
    for (count, percent, floor, removals, people, reached) in table {
        let limit = limit(count, percent, floor);
        assert_eq!(limit.is_reached(removals, people), reached, "{limit:?}: {removals} of {people}");
    }
}

fn staff(groups: &[&str]) -> Value {
    let person = |(place, group): (usize, &&str)| {
        let id = format!("u{}", place + 1);
        json!({ "id": id,
                "login": { "id_token": { "sub": id, "groups": [group] } },
                "snapshot": { "account": { "status": "active" }, "memberships": [{ "flag": "staff", "managed_by": "s" }] } })
    };
    json!({ "config": { "version": 1, "unmatched": "admit",
                        "source": { "id": "s", "provider": "okta" },
                        "catalog": [{ "flag": "staff", "keep_at_least": 1 }],
                        "rules": [{ "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] }] },
            "people": groups.iter().enumerate().map(person).collect::<Vec<_>>(),
            "holders": [{ "flag": "staff", "count": groups.len() }] })
}

#[test]
fn the_override_holds_for_exactly_one_batch() {
    let mut request = staff(&["A", "B", "Staff"]);
    request["config"]["safeguards"] = json!({ "max_removals": { "count": 2, "floor": 0 } });
    let held_back = batch_answer(&request);
    assert_eq!(held_back["batch"]["mass_removal"], true);
    request["override"] = held_back["batch"]["digest"].clone();
    assert_eq!(batch_answer(&request)["batch"]["mass_removal"], false);
    for (path, value) in [
        ("/people/0/login/id_token/groups", json!(["C"])),
        ("/people/0/id", json!("u9")),
        ("/people/2/snapshot/memberships/0/managed_by", json!("t")),
        ("/holders/0/count", json!(4)),
        ("/config/rules/0/id", json!("rule")),
        ("/config/safeguards/max_removals/count", json!(1)),
    ] {
        let mut other = request.clone();
        *other.pointer_mut(path).unwrap() = value;
        assert_eq!(batch_answer(&other)["batch"]["mass_removal"], true, "{path}");
    }
}

#[test]
fn a_gain_allows_no_loss() {
    let mut request = staff(&["Staff", "A"]);
    request["people"][0]["snapshot"]["memberships"] = json!([]);
    request["holders"] = json!([{ "flag": "staff", "count": 1 }]);
    let answer = batch_answer(&request);
    let plans = array(&answer["batch"]["plans"]);
    assert_eq!(array(&plans[0]["plan"]["add"]).len(), 1);
    assert_eq!(plans[1]["plan"]["withheld"][0]["code"], "last-holder");
    assert_eq!(answer["batch"]["holders"], json!([{ "flag": "staff", "count": 1 }]));
}

#[test]
fn whoever_stands_twice_is_not_planned_for_and_keeps_nobody_else_from_it() {
    let mut request = staff(&["A", "B", "C"]);
    request["people"][2]["id"] = json!("u1");
    let answer = batch_answer(&request);
    let plans = array(&answer["batch"]["plans"]);
    assert_eq!(
        [0, 2].map(|at| plans[at]["error"]["code"].clone()),
        [json!("repeated-person"), json!("repeated-person")]
    );
    assert_eq!(array(&plans[1]["plan"]["remove"]).len(), 1);
}

/// Who is switched off, of some people of `staff`.
fn leaving(request: &mut Value, ids: &[&str]) {
    for person in request["people"].as_array_mut().unwrap() {
        person["switched_off"] = json!(ids.contains(&person["id"].as_str().unwrap()));
    }
}

#[test]
fn many_who_are_switched_off_at_once_are_held_back_together() {
    let mut request = staff(&["Staff", "Staff", "Staff", "Staff"]);
    request["config"]["safeguards"] = json!({ "max_removals": { "count": 3, "floor": 0 } });
    leaving(&mut request, &["u1", "u2"]);
    let few = batch_answer(&request);
    assert_eq!(few["batch"]["mass_removal"], false);
    let accounts = |answer: &Value| -> Vec<Value> {
        array(&answer["batch"]["plans"]).iter().map(|line| line["plan"]["account"].clone()).collect()
    };
    assert_eq!(accounts(&few), ["deactivate", "deactivate", "none", "none"]);
    leaving(&mut request, &["u1", "u2", "u3"]);
    let many = batch_answer(&request);
    assert_eq!((&many["batch"]["mass_removal"], &many["batch"]["removals"]), (&json!(true), &json!(3)));
    assert_eq!(accounts(&many), ["none"; 4]);
    for line in &array(&many["batch"]["plans"])[..3] {
        assert_eq!(line["plan"]["access"], "granted");
        assert_eq!(line["plan"]["withheld"], json!([{ "change": "deactivate", "code": "mass-removal" }]));
    }
    // An operator lets it through; whoever was switched off since is another batch.
    request["override"] = many["batch"]["digest"].clone();
    assert_eq!(accounts(&batch_answer(&request)), ["deactivate", "deactivate", "deactivate", "none"]);
    leaving(&mut request, &["u1", "u2", "u3", "u4"]);
    assert_eq!(batch_answer(&request)["batch"]["mass_removal"], true);
}

#[test]
fn the_last_of_those_who_are_switched_off_together_stays_in() {
    let mut request = staff(&["Staff", "Staff", "Staff"]);
    leaving(&mut request, &["u1", "u2", "u3"]);
    let answer = batch_answer(&request);
    let plans = array(&answer["batch"]["plans"]);
    let accounts: Vec<&Value> = plans.iter().map(|line| &line["plan"]["account"]).collect();
    assert_eq!(accounts, ["deactivate", "deactivate", "none"]);
    let held_back = json!([{ "change": "deactivate", "target": { "flag": "staff" }, "code": "last-holder" }]);
    assert_eq!(plans[2]["plan"]["withheld"], held_back);
    assert_eq!(answer["batch"]["holders"], json!([{ "flag": "staff", "count": 1 }]));
}

fn batch_on(request: &Value, terms: &BatchTerms) -> Batch {
    let BatchRequest { config, host, people, holders, .. } = serde_json::from_value(request.clone()).unwrap();
    Engine::compile(config).unwrap().with_host(host).checked_batch(&people, &holders, terms).unwrap()
}

#[test]
fn batches_that_belong_together_share_a_limit() {
    let limits = [
        json!({ "count": 4, "floor": 0 }),
        json!({ "percent": 50, "floor": 0 }),
        json!({ "percent": 50, "floor": 8 }),
        json!({ "count": 0, "floor": 0 }),
    ];
    let mut reached = 0;
    for limit in limits {
        for earlier_removals in 0..5 {
            for earlier_people in [0, 1, 4, 5, 6] {
                let mut request = staff(&["A", "B", "Staff"]);
                request["config"]["safeguards"] = json!({ "max_removals": limit });
                let earlier = Earlier { people: earlier_people, removals: earlier_removals };
                let batch = batch_on(&request, &BatchTerms::default().after(earlier));
                // Alone it is 2 removals among 3 people; with those before it as if all of them were one batch.
                let reaches = |removals: u64, people: u64| {
                    limit["count"].as_u64().is_some_and(|count| removals >= count)
                        || limit["percent"].as_u64().is_some_and(|percent| {
                            people >= limit["floor"].as_u64().unwrap() && removals * 100 >= percent * people
                        })
                };
                let wanted = reaches(2, 3) || reaches(earlier_removals + 2, earlier_people + 3);
                assert_eq!(batch.mass_removal, wanted, "{limit}: {earlier_removals} of {earlier_people} before");
                reached += usize::from(wanted);
                // What was permitted is the batch alone, whenever it was.
                let permitted = BatchTerms::default().after(earlier).permitting(&batch.digest);
                assert!(!batch_on(&request, &permitted).mass_removal);
            }
        }
    }
    assert!(reached > 20 && reached < 80, "{reached}");
    // Nothing taken away is not too much, whatever was before.
    let mut request = staff(&["Staff"]);
    request["config"]["safeguards"] = json!({ "max_removals": { "count": 0, "floor": 0 } });
    let earlier = Earlier { people: u64::MAX, removals: u64::MAX };
    assert!(!batch_on(&request, &BatchTerms::default().after(earlier)).mass_removal);
}

#[test]
fn what_is_held_stays_held_until_its_digest_is_given() {
    // No limit at all.
    let request = staff(&["A", "Staff"]);
    let held = batch_on(&request, &BatchTerms::default().holding());
    assert!(held.mass_removal && held.plans.iter().all(|planned| planned.plan.as_ref().unwrap().is_empty()));
    let other = BatchTerms::default().holding().permitting("another digest");
    assert!(batch_on(&request, &other).mass_removal);
    let permitted = batch_on(&request, &BatchTerms::default().holding().permitting(&held.digest));
    assert!(!permitted.mass_removal);
    assert_eq!(permitted.plans[0].plan.as_ref().unwrap().remove.len(), 1);
    // Where the loss is taken back there is nothing to hold.
    assert!(!batch_on(&staff(&["Staff"]), &BatchTerms::default().holding()).mass_removal);
}

#[test]
fn a_review_and_a_comparison_know_who_is_switched_off() {
    let mut request = staff(&["Staff", "Staff"]);
    leaving(&mut request, &["u1"]);
    let review = crate::many::review_answer(&request);
    assert_eq!(review["review"]["preview"]["lose_access"], json!(["u1"]), "{review}");
    let mut compared = request.clone();
    let config = compared.as_object_mut().unwrap().remove("config").unwrap();
    let (before, mut after) = (config.clone(), config);
    after["rules"][0]["when"] = json!({ "name": "Nobody" });
    compared["before"] = before;
    compared["after"] = after;
    let answer = crate::comparisons::answer(&compared);
    // The rule is nothing to somebody who is switched off either way.
    let ids: Vec<&Value> = array(&answer["comparison"]["changed"]).iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, ["u2"], "{answer}");
}
