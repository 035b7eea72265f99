//! Cases: requests with expected answers, each tried in several ways that must not matter.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::comparison::{answer, answer_text, bare, misfits};
use crate::reference;

/// The crate's own cases, and a collection beside the checkout where there is one.
pub fn case_files() -> Vec<PathBuf> {
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
    cases_of(None)
}

/// Every case of a kind, with its name.
pub fn cases_of(kind: Option<&str>) -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    for file in case_files() {
        let text = fs::read_to_string(&file).unwrap();
        let list: Vec<Value> = serde_json::from_str(&text).unwrap();
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        for case in list {
            let request = &case["request"];
            if case.get("kind").and_then(Value::as_str) == kind && request.get("dialect").is_none() {
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

#[test]
fn order_and_repetition_of_groups_change_no_byte() {
    check("groups permuted and repeated", |case| same_bytes(&case["request"], &groups_shuffled(&case["request"])));
}

#[test]
fn order_of_rules_catalog_slots_and_snapshot_changes_no_byte() {
    check("lists permuted", |case| {
        let request = &case["request"];
        let mut reversed = request.clone();
        for list in ["/config/rules", "/config/catalog", "/config/slots", "/snapshot/memberships", "/snapshot/holders"]
        {
            if let Some(list) = reversed.pointer_mut(list).and_then(Value::as_array_mut) {
                list.reverse();
            }
        }
        // Paths of problems and of shape errors say where a thing stands.
        if answer(request).get("plan").is_none() { Vec::new() } else { same_bytes(request, &reversed) }
    });
}

#[test]
fn planning_again_after_applying_a_plan_changes_nothing() {
    let mut applied = 0;
    let mut failures = Vec::new();
    for (name, case) in plan_cases() {
        let Some(after) = applied_to(&case["request"]) else { continue };
        applied += 1;
        let again = answer(&after);
        let plan = &again["plan"];
        let empty = ["add", "replace", "remove"].iter().all(|list| plan[list] == json!([]));
        if !empty || plan["account"] != "none" {
            failures.push(format!("{name}: {again}\n    after {after}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(applied > 20, "{applied} cases were applied");
}

#[test]
fn the_same_request_gives_the_same_bytes_over_a_hundred_runs() {
    for (name, case) in plan_cases().iter().step_by(20) {
        let request = case["request"].to_string();
        let first = answer_text(&request).to_string();
        for _ in 0..100 {
            assert_eq!(answer_text(&request).to_string(), first, "{name}");
        }
    }
}

fn same_bytes(request: &Value, other: &Value) -> Vec<String> {
    let (one, two) = (answer(request).to_string(), answer(other).to_string());
    if one == two { Vec::new() } else { vec![one, two] }
}

/// The request with every list of groups reversed and its first element repeated.
pub fn groups_shuffled(request: &Value) -> Value {
    let mut request = request.clone();
    let stated = request["config"]["source"]["groups"]["claims"].as_array().cloned();
    let presets =
        ["groups", "cognito:groups", "group", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"];
    let claims = stated.unwrap_or_else(|| presets.map(Value::from).into());
    for (token, claim) in ["id_token", "userinfo"].into_iter().flat_map(|token| claims.iter().map(move |c| (token, c)))
    {
        let path = match claim {
            Value::Array(path) => path.iter().filter_map(Value::as_str).collect(),
            key => Vec::from_iter(key.as_str()),
        };
        let token = request["login"].get_mut(token);
        let value = token.and_then(|token| path.iter().try_fold(token, |value, key| value.get_mut(*key)));
        value.and_then(Value::as_array_mut).into_iter().for_each(shuffle);
    }
    let attributes = request.pointer_mut("/login/saml/attributes").and_then(Value::as_array_mut);
    for attribute in attributes.into_iter().flatten().filter(|attribute| claims.contains(&attribute["name"])) {
        shuffle(attribute["values"].as_array_mut().unwrap());
    }
    let fetched = request.pointer_mut("/login/fetched_groups/groups").and_then(Value::as_array_mut);
    fetched.into_iter().for_each(shuffle);
    request
}

fn shuffle(list: &mut Vec<Value>) {
    list.reverse();
    list.extend(list.first().cloned());
}

/// The request as it stands once its plan has been carried out; nothing where the plan changes nothing.
pub fn applied_to(request: &Value) -> Option<Value> {
    let answer = answer(request);
    let plan = answer.get("plan")?;
    let lines = |list: &str| plan[list].as_array().unwrap().clone();
    if plan["account"] == "none" && ["add", "replace", "remove"].iter().all(|list| lines(list).is_empty()) {
        return None;
    }
    let mut request = request.clone();
    let snapshot = &mut request["snapshot"];
    let mut memberships = snapshot["memberships"].as_array().cloned().unwrap_or_default();
    let gone = lines("remove")
        .iter()
        .map(|line| line["target"].clone())
        .chain(lines("replace").iter().map(|line| line["replaces"].clone()))
        .collect::<Vec<_>>();
    memberships.retain(|held| !gone.contains(&target_of(held)));
    for line in lines("add").into_iter().chain(lines("replace")) {
        let mut held = line["target"].clone();
        held["managed_by"] = line["managed_by"].clone();
        memberships.push(held);
    }
    let before = snapshot["account"]["status"].clone();
    let after = match plan["account"].as_str().unwrap() {
        "none" => before.clone(),
        "deactivate" => "inactive".into(),
        _ => "active".into(),
    };
    for holders in snapshot["holders"].as_array_mut().into_iter().flatten() {
        let target = target_of(holders);
        // The person is counted among the holders, whatever becomes of the account.
        let added = lines("add").iter().chain(&lines("replace")).any(|line| line["target"] == target);
        let change = i64::from(added) - i64::from(gone.contains(&target));
        holders["count"] = (holders["count"].as_i64().unwrap() + change).max(0).into();
    }
    snapshot["memberships"] = memberships.into();
    snapshot["account"]["status"] = after;
    snapshot["account"].as_object_mut().unwrap().remove("candidate");
    Some(request)
}

/// The target of a membership or of holders.
fn target_of(line: &Value) -> Value {
    let mut target = line.clone();
    target.as_object_mut().unwrap().retain(|key, _| key != "managed_by" && key != "count");
    target
}
