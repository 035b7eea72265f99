//! Cases: requests with expected answers, each tried in several ways that must not matter.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::comparison::{answer, bare, misfits};
use crate::reference;

/// The crate's own cases, and a collection beside the checkout where there is one.
fn case_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = [root.join("tests/cases"), root.join("../shared/cases")]
        .into_iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|folder| folder.map(|entry| entry.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

/// Every case that asks for one plan, with its name.
fn plan_cases() -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    for file in case_files() {
        let text = fs::read_to_string(&file).unwrap();
        let list: Vec<Value> = serde_json::from_str(&text).unwrap();
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        for case in list {
            let request = &case["request"];
            if case.get("kind").is_none() && request.get("dialect").is_none() {
                cases.push((format!("{stem}/{}", case["name"].as_str().unwrap()), case));
            }
        }
    }
    cases
}

/// Cases in which the page is followed where it differs from the case.
const KNOWN: [&str; 0] = [];

fn check(what: &str, judge: impl Fn(&Value) -> Vec<String>) {
    let mut failures = Vec::new();
    let cases = plan_cases();
    for (name, case) in &cases {
        let misfits = judge(case);
        if !misfits.is_empty() && !KNOWN.contains(&name.as_str()) {
            failures.push(format!("{name}: {}\n    {}", case["about"], misfits.join("\n    ")));
        }
    }
    assert!(failures.is_empty(), "{what}: {} of {}\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn cases_are_answered_as_expected() {
    check("cases", |case| misfits(&case["expect"], &answer(&case["request"])));
}

#[test]
fn the_reference_model_answers_cases_as_expected() {
    check("cases by the model", |case| misfits(&case["expect"], &reference::answer(&case["request"])));
}

#[test]
fn the_reference_model_and_the_engine_agree_on_cases() {
    check("agreement", |case| {
        let (model, engine) = (bare(&reference::answer(&case["request"])), bare(&answer(&case["request"])));
        if model == engine { Vec::new() } else { vec![format!("model  {model}"), format!("engine {engine}")] }
    });
}
