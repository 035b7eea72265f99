//! Reviews and batches: cases, and what must hold of every one.

use groupmap::{BatchAnswer, BatchRequest, ReviewAnswer, ReviewRequest};
use proptest::prelude::*;
use serde_json::Value;

use crate::agreement::runner;
use crate::cases::cases_of;
use crate::checked::checked_batch_answer;
use crate::comparison::{list_misfits, plan_misfits};
use crate::worlds::{self, Tape};

/// How many directories are tried: `GROUPMAP_DIRECTORIES`, or 400; of up to four people each.
pub fn count() -> u32 {
    std::env::var("GROUPMAP_DIRECTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(400)
}

/// Judges so many random directories.
pub fn of_directories(judge: impl Fn(&Value, &mut Tape) -> Result<(), TestCaseError>) {
    let result = runner(count()).run(&worlds::directory(), |(request, mut tape)| judge(&request, &mut tape));
    if let Err(error) = result {
        panic!("{error}");
    }
}

pub fn batch_answer(request: &Value) -> Value {
    let answer = match serde_json::from_str::<BatchRequest>(&request.to_string()) {
        Ok(request) => checked_batch_answer(request),
        Err(error) => BatchAnswer::invalid_request(error),
    };
    serde_json::to_value(answer).unwrap()
}

pub fn review_answer(request: &Value) -> Value {
    let answer = match serde_json::from_str::<ReviewRequest>(&request.to_string()) {
        Ok(request) => request.answer(),
        Err(error) => ReviewAnswer::invalid_request(error),
    };
    serde_json::to_value(answer).unwrap()
}

/// What does not fit between the part of an answer that a case expects and the answer, a line each.
fn misfits(expected: &Value, answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (kind, expected) in expected.as_object().unwrap() {
        let Some(actual) = answer.get(kind) else {
            return vec![format!("no {kind}, but {answer}")];
        };
        if kind == "error" {
            if expected["code"] != actual["code"] {
                found.push(format!("answered {actual}"));
            }
            continue;
        }
        for (field, expected) in expected.as_object().into_iter().flatten() {
            let actual = &actual[field];
            match field.as_str() {
                "plans" => plans_misfit(expected, actual, &mut found),
                // An empty list says that there is nothing to find.
                "findings" => list_misfits(field, expected, actual, *expected == Value::Array(Vec::new()), &mut found),
                "preview" => {
                    for (field, expected) in expected.as_object().unwrap() {
                        list_misfits(field, expected, &actual[field], true, &mut found);
                    }
                }
                "holders" | "errors" => list_misfits(field, expected, actual, true, &mut found),
                _ if expected == actual => {}
                _ => found.push(format!("{field}: expected {expected}, answered {actual}")),
            }
        }
        if kind == "problems" {
            list_misfits(kind, expected, actual, true, &mut found);
        }
    }
    found
}

fn plans_misfit(expected: &Value, actual: &Value, found: &mut Vec<String>) {
    let (expected, actual) = (expected.as_array().unwrap(), actual.as_array().unwrap());
    let ids = |list: &[Value]| -> Vec<Value> { list.iter().map(|line| line["id"].clone()).collect() };
    if ids(expected) != ids(actual) {
        found.push(format!("plans of {:?}", ids(actual)));
    }
    for (expected, actual) in expected.iter().zip(actual) {
        let mut misfits = Vec::new();
        match (expected.get("plan"), expected.get("error")) {
            (Some(expected), _) => plan_misfits(expected, &actual["plan"], &mut misfits),
            (_, Some(expected)) if expected["code"] == actual["error"]["code"] => {}
            _ => misfits.push(format!("answered {actual}")),
        }
        found.extend(misfits.into_iter().map(|misfit| format!("{}: {misfit}", actual["id"])));
    }
}

#[test]
fn cases_of_many_people_are_answered_as_expected() {
    let mut judged = 0;
    let mut failures = Vec::new();
    for (kind, answer) in [("batch", batch_answer as fn(&Value) -> Value), ("review", review_answer)] {
        for (name, case) in cases_of(Some(kind)) {
            judged += 1;
            let answer = answer(&case["request"]);
            let misfits = misfits(&case["expect"], &answer);
            if !misfits.is_empty() {
                failures.push(format!("{name}: {}\n    {}\n    {answer}", case["about"], misfits.join("\n    ")));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {judged}\n{}", failures.len(), failures.join("\n"));
}
