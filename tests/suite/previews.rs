//! Previews: sums that can be split.

use std::collections::BTreeMap;

use groupmap::{Claims, Engine, Person, Preview, Snapshot};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::checked::Checked;
use crate::many::of_directories;
use crate::worlds::Tape;

fn preview<'p>(engine: &Engine, people: impl IntoIterator<Item = &'p Person>) -> Preview {
    let mut tally = engine.preview();
    for person in people {
        tally.add_login(&person.login, &person.snapshot);
    }
    tally.preview()
}

fn people(request: &Value) -> Option<Vec<Person>> {
    let read = |person: &Value| {
        let mut snapshot = person["snapshot"].clone();
        snapshot["holders"] = request["holders"].clone();
        let login: Claims = serde_json::from_str(&person["login"].to_string()).ok()?;
        let snapshot: Snapshot = serde_json::from_value(snapshot).ok()?;
        Some(Person::new(person["id"].as_str().unwrap(), login, snapshot))
    };
    request["people"].as_array().unwrap().iter().map(read).collect()
}

#[test]
fn a_preview_is_the_sum_of_the_plans_however_it_is_split() {
    of_directories(|request, tape| {
        let config = serde_json::from_value(request["config"].clone()).unwrap();
        let Ok(engine) = Engine::compile(config) else { return Ok(()) };
        let engine = match request.get("host") {
            Some(host) => engine.with_host(serde_json::from_value(host.clone()).unwrap()),
            None => engine,
        };
        let Some(people) = people(request) else { return Ok(()) };
        let whole = preview(&engine, &people);
        let document = serde_json::to_value(&whole).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Preview>(document.clone()).unwrap(), &whole);
        split(&engine, &people, &whole, tape)?;

        // The sum of plans made one by one.
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        let mut losing = 0;
        for person in &people {
            let plan =
                engine.normalize(&person.login).and_then(|identity| engine.checked_plan(&identity, &person.snapshot));
            let Ok(plan) = plan else { continue };
            let plan = serde_json::to_value(&plan).unwrap();
            for list in ["add", "remove", "replace", "withheld", "notes"] {
                for line in plan[list].as_array().unwrap() {
                    let what = json!([list, line["target"], line["replaces"], line["change"], line["code"]]);
                    *sums.entry(what.to_string()).or_default() += 1;
                }
            }
            let active = serde_json::to_value(&person.snapshot).unwrap()["account"]["status"] == "active";
            losing += u64::from(active && plan["access"] == "refused");
        }
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for list in ["add", "remove", "replace", "withheld", "notes"] {
            for line in document[list].as_array().unwrap() {
                let what = json!([list, line["target"], line["replaces"], line["change"], line["code"]]);
                let again = counted.insert(what.to_string(), line["count"].as_u64().unwrap());
                prop_assert_eq!(again, None, "{}", document);
            }
        }
        prop_assert_eq!(counted, sums, "{}", request);
        prop_assert_eq!(whole.people, people.len() as u64);
        prop_assert!(whole.losing_access >= losing);
        prop_assert!(!whole.errors.is_empty() || whole.losing_access == losing);
        Ok(())
    });
}

/// Three parts, merged in every order and grouping.
fn split(engine: &Engine, people: &[Person], whole: &Preview, tape: &mut Tape) -> Result<(), TestCaseError> {
    let parts: Vec<usize> = people.iter().map(|_| tape.below(3)).collect();
    let part = |wanted: usize| {
        preview(engine, people.iter().zip(&parts).filter(|(_, part)| **part == wanted).map(|(person, _)| person))
    };
    let [a, b, c] = [part(0), part(1), part(2)];
    let merged = |a: &Preview, b: &Preview| a.clone().merge(b.clone());
    prop_assert_eq!(&merged(&merged(&a, &b), &c), whole);
    prop_assert_eq!(&merged(&a, &merged(&b, &c)), whole);
    prop_assert_eq!(&merged(&merged(&c, &a), &b), whole);
    prop_assert_eq!(merged(&a, &b), merged(&b, &a));
    prop_assert_eq!(&merged(&a, &Preview::default()), &a);
    prop_assert_eq!(&merged(&Preview::default(), &a), &a);
    Ok(())
}
