//! Answers as plain documents, compared with what a case expects and with each other.

use groupmap::{Answer, Request};
use serde_json::{Map, Value, json};

use super::checked::checked_answer;

/// The engine's answer to a request that is given as text, so that shape errors count. A plan goes past the
/// checker.
pub fn answer_text(request: &str) -> Value {
    let answer = match serde_json::from_str::<Request>(request) {
        Ok(request) => checked_answer(request),
        Err(error) => Answer::invalid_request(error),
    };
    serde_json::to_value(answer).unwrap()
}

pub fn answer(request: &Value) -> Value {
    answer_text(&request.to_string())
}

/// What does not fit between a partial expectation and an answer, a line each.
pub fn misfits(expected: &Value, answer: &Value) -> Vec<String> {
    if let Some(any) = expected.get("any").and_then(Value::as_array) {
        let all: Vec<Vec<String>> = any.iter().map(|expected| misfits(expected, answer)).collect();
        return if all.iter().any(Vec::is_empty) { Vec::new() } else { all.concat() };
    }
    let mut found = Vec::new();
    let expected = expected.as_object().unwrap();
    for (kind, expected) in expected {
        let Some(actual) = answer.get(kind) else {
            return vec![format!("no {kind}, but {answer}")];
        };
        match kind.as_str() {
            "plan" => plan_misfits(expected, actual, &mut found),
            "problems" => list_misfits("problems", expected, actual, true, &mut found),
            "error" if is_part_of(expected, actual) => {}
            _ => found.push(format!("{kind}: expected {expected}, answered {actual}")),
        }
    }
    found
}

pub fn plan_misfits(expected: &Value, actual: &Value, found: &mut Vec<String>) {
    for (field, expected) in expected.as_object().unwrap() {
        let actual = &actual[field];
        match field.as_str() {
            "add" | "keep" | "replace" | "remove" | "withheld" => list_misfits(field, expected, actual, true, found),
            "notes" => list_misfits(field, expected, actual, false, found),
            "requires" => {
                if let Some(holders) = expected.get("holders") {
                    list_misfits("requires.holders", holders, &actual["holders"], true, found);
                }
                if expected.get("revision").is_some_and(|revision| *revision != actual["revision"]) {
                    found.push(format!("requires: expected {expected}, answered {actual}"));
                }
            }
            _ if is_part_of(expected, actual) => {}
            _ => found.push(format!("{field}: expected {expected}, answered {actual}")),
        }
    }
}

/// Compares lists as sets of partial lines; a complete list has no other lines.
pub fn list_misfits(field: &str, expected: &Value, actual: &Value, complete: bool, found: &mut Vec<String>) {
    let lines = |list: &Value| -> Vec<Value> { list.as_array().unwrap().iter().map(reduced).collect() };
    let (expected, mut actual) = (lines(expected), lines(actual));
    for line in &expected {
        match actual.iter().position(|candidate| is_part_of(line, candidate)) {
            Some(index) => drop(actual.swap_remove(index)),
            None => found.push(format!("{field}: missing {line}")),
        }
    }
    if complete {
        found.extend(actual.iter().map(|line| format!("{field}: unexpected {line}")));
    }
}

/// A line with its reasons as a sorted list of rule ids and `setting:…`.
fn reduced(line: &Value) -> Value {
    let mut line = line.clone();
    if let Some(because) = line.get_mut("because") {
        let mut reasons: Vec<String> = because.as_array().unwrap().iter().map(reason).collect();
        reasons.sort();
        reasons.dedup();
        *because = json!(reasons);
    }
    line
}

fn reason(reason: &Value) -> String {
    match (reason.as_str(), reason["rule"].as_str(), reason["setting"].as_str()) {
        (Some(reason), _, _) | (_, Some(reason), _) => reason.to_owned(),
        (_, _, Some(setting)) => format!("setting:{setting}"),
        _ => panic!("{reason} is no reason"),
    }
}

/// Whether everything that is expected is there; what is not named is not judged.
fn is_part_of(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => expected.iter().all(|(key, value)| match &**key {
            "target" | "replaces" => actual.get(key) == Some(value),
            _ => actual.get(key).is_some_and(|actual| is_part_of(value, actual)),
        }),
        _ => expected == actual,
    }
}

/// An answer without what only the engine says: messages, digests, labels, who manages what is replaced or removed, and who denies it.
pub fn bare(answer: &Value) -> Value {
    let mut bare = answer.clone();
    if let Some(error) = bare.get_mut("error") {
        keep_only(error, &["code"]);
    }
    if let Some(problems) = bare.get_mut("problems").and_then(Value::as_array_mut) {
        problems.iter_mut().for_each(|problem| keep_only(problem, &["code", "path"]));
        // Numbers in paths are sorted by value here and as text there.
        problems.sort_by_key(Value::to_string);
    }
    if let Some(plan) = bare.get_mut("plan") {
        plan.as_object_mut().unwrap().remove("digest");
        for list in ["add", "keep", "replace", "remove"] {
            for line in plan[list].as_array_mut().unwrap() {
                *line = reduced(line);
                match list {
                    "replace" => drop(line.as_object_mut().unwrap().remove("managed_by")),
                    "remove" => keep_only(line, &["target"]),
                    _ => {}
                }
            }
        }
        for note in plan["notes"].as_array_mut().unwrap() {
            keep_only(note, &["code"]);
        }
    }
    bare
}

fn keep_only(object: &mut Value, keys: &[&str]) {
    let object: &mut Map<String, Value> = object.as_object_mut().unwrap();
    object.retain(|key, _| keys.contains(&&**key));
}
