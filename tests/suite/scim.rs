//! SCIM requests as cases, and what must hold of every one of them.

use groupmap::scim::Answer;
use serde_json::{Value, json};

use crate::cases::case_files;

/// Every case with a dialect, with its name.
fn scim_cases() -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    for file in case_files() {
        let list: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        for case in list {
            if case["request"].get("dialect").is_some() {
                cases.push((format!("{stem}/{}", case["name"].as_str().unwrap()), case));
            }
        }
    }
    cases
}

fn answer(request: &Value) -> Value {
    serde_json::to_value(Answer::of_json(request.to_string().as_bytes())).unwrap()
}

/// A resource without what says nothing, and with its lists in one order.
fn plain(value: &Value, ignored: &[&str]) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, value)| !ignored.contains(&name.as_str()) && !value.is_null() && **value != json!([]))
            .map(|(name, value)| (name.clone(), plain(value, ignored)))
            .collect(),
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(|element| plain(element, ignored)).collect();
            elements.sort_by_key(Value::to_string);
            elements.into()
        }
        other => other.clone(),
    }
}

/// In what an answer differs from what is expected.
fn misfits(expect: &Value, answer: &Value) -> Vec<String> {
    if let Some(any) = expect.get("any").and_then(Value::as_array) {
        let misfits: Vec<Vec<String>> = any.iter().map(|one| misfits(one, answer)).collect();
        return if misfits.iter().any(Vec::is_empty) { Vec::new() } else { misfits.concat() };
    }
    let ignored: Vec<&str> = expect["ignore"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut misfits = Vec::new();
    for (key, wanted) in expect.as_object().unwrap() {
        let found = &answer[key];
        let fits = match &**key {
            "ignore" => true,
            "resource" => plain(wanted, &ignored) == plain(found, &ignored),
            "members_added" | "members_removed" => plain(wanted, &[]) == plain(found, &[]),
            "error" => wanted.as_object().unwrap().iter().all(|(field, value)| found[field] == *value),
            "results" => {
                let (wanted, found) = (wanted.as_array().unwrap(), found.as_array().cloned().unwrap_or_default());
                let fits = |(wanted, found): (&Value, &Value)| match wanted.get("error") {
                    Some(error) => error.as_object().unwrap().iter().all(|(k, v)| found["error"][k] == *v),
                    None => wanted == found,
                };
                wanted.len() == found.len() && wanted.iter().zip(&found).all(fits)
            }
            _ => wanted == found,
        };
        if !fits {
            misfits.push(format!("{key} is {found}, not {wanted}"));
        }
    }
    misfits
}

#[test]
fn scim_cases_are_answered_as_expected() {
    let cases = scim_cases();
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|(name, case)| {
            let misfits = misfits(&case["expect"], &answer(&case["request"]));
            (!misfits.is_empty()).then(|| format!("{name}: {}\n    {}", case["about"], misfits.join("\n    ")))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {}\n{}", failures.len(), cases.len(), failures.join("\n"));
    assert!(!cases.is_empty());
}
