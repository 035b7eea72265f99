//! What a review finds (sections 8 and 11), person by person, from the plans of the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Model;
use super::config::Config;
use super::target::Target;
use super::verdict::can_cover;

/// What is found: code, target (null for none) and people.
pub type Findings = BTreeSet<(String, String, Vec<String>)>;

/// Everything that is known of one person.
struct Seen<'a> {
    id: &'a str,
    plan: Option<Value>,
    is_exempt: bool,
    is_active: bool,
    /// What they hold of the catalog.
    held: Vec<Target>,
}

/// The findings of a review; nothing where the config does not compile.
pub fn findings(request: &Value) -> Option<Findings> {
    let model = Model::compile(&request["config"]).ok()?;
    let people: Vec<&Value> = request["people"].as_array().unwrap().iter().collect();
    let mut found: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut balance: BTreeMap<Target, [BTreeSet<&str>; 2]> = BTreeMap::new();
    let acting = request.get("acting").and_then(Value::as_str);
    let times = |id: &str| people.iter().filter(|person| person["id"] == id).count();

    for person in &people {
        let seen = see(&model, request, person);
        let mut find = |code: &str, target: Option<&Target>| {
            let target = target.map_or("null".to_owned(), |target| target.write().to_string());
            found.entry((code.to_owned(), target)).or_default().insert(seen.id.to_owned());
        };
        for membership in person["snapshot"]["memberships"].as_array().into_iter().flatten() {
            let target = Target::read(membership, &["managed_by"]).unwrap();
            if membership["managed_by"] == request["config"]["source"]["id"] && model.config.item(&target).is_none() {
                find("orphaned", Some(&target));
            }
        }
        let is_refused = seen.plan.as_ref().is_none_or(|plan| plan["access"] == "refused");
        if acting == Some(seen.id) && is_refused {
            find("self-lockout", None);
        }
        // Without a plan an exempt person is only listed.
        if seen.plan.is_none() && seen.is_exempt {
            continue;
        }
        if seen.is_active && is_refused {
            find("loses-access", None);
        }
        if seen.plan.as_ref().is_none_or(|plan| plan["groups"]["completeness"] != "complete") && !seen.is_exempt {
            find("incomplete-evidence", None);
        }
        let (lost, gained) = (lost(&seen), gained(&seen));
        let is_privileged = |target: &Target| model.config.item(target).is_some_and(|item| item.privileged);
        for target in lost.iter().filter(|target| is_privileged(target)) {
            find("loses-privileged", Some(target));
            if acting == Some(seen.id) {
                find("self-lockout", Some(target));
            }
        }
        for target in gained.iter().filter(|target| is_privileged(target)) {
            find("gains-privileged", Some(target));
        }
        // Whoever is not active, and does not become so, is no eligible holder.
        let becomes = seen.plan.as_ref().map_or("none", |plan| plan["account"].as_str().unwrap()).to_owned();
        let was_eligible = seen.is_active || becomes == "link";
        if was_eligible {
            for target in &lost {
                balance.entry(target.clone()).or_default()[0].insert(seen.id);
            }
        }
        if !is_refused && (was_eligible || becomes == "provision" || becomes == "reactivate") && times(seen.id) == 1 {
            let back = seen.held.iter().filter(|target| becomes == "reactivate" && !lost.contains(target));
            for target in gained.iter().chain(back) {
                balance.entry(target.clone()).or_default()[1].insert(seen.id);
            }
        }
    }
    let mut findings: Findings =
        found.into_iter().map(|((code, target), people)| (code, target, people.into_iter().collect())).collect();
    if let Some(acting) = acting.filter(|acting| times(acting) == 0) {
        findings.insert(("self-lockout".to_owned(), "null".to_owned(), vec![acting.to_owned()]));
    }
    for (target, [lost, gained]) in balance {
        if is_lockout(&model.config, request, &target, lost.len(), gained.len()) {
            let people = lost.into_iter().map(str::to_owned).collect();
            findings.insert(("lockout".to_owned(), target.write().to_string(), people));
        }
    }
    for item in model.config.catalog.iter().filter(|item| !is_covered(&model.config, &item.target)) {
        let target = item.target.write().to_string();
        if item.keep_at_least > 0 {
            findings.insert(("no-path-to-admin".to_owned(), target.clone(), Vec::new()));
        }
        findings.insert(("uncovered-target".to_owned(), target, Vec::new()));
    }
    for target in request["host"]["default_targets"].as_array().into_iter().flatten() {
        let target = Target::read(target, &[]).unwrap().write().to_string();
        findings.insert(("default-targets-conflict".to_owned(), target, Vec::new()));
    }
    Some(findings)
}

/// A person's plan against the start, for a host in which the mapping is active.
fn see<'a>(model: &Model, request: &Value, person: &'a Value) -> Seen<'a> {
    let mut snapshot = person["snapshot"].clone();
    snapshot["holders"] = request["holders"].clone();
    let answer = model.plan(&person["login"], &snapshot, &Value::Null);
    let memberships = person["snapshot"]["memberships"].as_array().cloned().unwrap_or_default();
    let of = |membership: &Value| Target::read(membership, &["managed_by"]).unwrap();
    let source = &request["config"]["source"]["id"];
    let exempts = |membership: &Value| {
        model.config.accounts.exempt.contains(&of(membership)) && membership["managed_by"] != *source
    };
    let account = &person["snapshot"]["account"];
    let held: BTreeSet<Target> =
        memberships.iter().map(of).filter(|target| model.config.item(target).is_some()).collect();
    Seen {
        id: person["id"].as_str().unwrap(),
        plan: answer.get("plan").cloned(),
        is_exempt: account["exempt"] == json!(true) || memberships.iter().any(exempts),
        is_active: account["status"] == "active",
        held: held.into_iter().collect(),
    }
}

/// What a person no longer has: what is taken away, and everything where they are active and not let in.
fn lost(seen: &Seen<'_>) -> BTreeSet<Target> {
    let shut_out = seen.plan.as_ref().is_none_or(|plan| plan["access"] == "refused") && seen.is_active;
    let taken = seen.plan.iter().flat_map(|plan| {
        let replaced = plan["replace"].as_array().unwrap().iter().map(|line| &line["replaces"]);
        plan["remove"].as_array().unwrap().iter().map(|line| &line["target"]).chain(replaced)
    });
    let taken = taken.map(|target| Target::read(target, &[]).unwrap());
    taken.chain(seen.held.iter().filter(|_| shut_out).cloned()).collect()
}

fn gained(seen: &Seen<'_>) -> BTreeSet<Target> {
    let lines = |plan: &'_ Value| {
        let lines = ["add", "replace"].into_iter().flat_map(|list| plan[list].as_array().unwrap().clone());
        lines.map(|line| Target::read(&line["target"], &[]).unwrap()).collect::<Vec<_>>()
    };
    seen.plan.iter().flat_map(lines).collect()
}

/// Fewer than must remain, and fewer than before. Of what nobody knows, any fewer are too few.
fn is_lockout(config: &Config, request: &Value, target: &Target, lost: usize, gained: usize) -> bool {
    let Some(least) = config.keep_at_least(target) else { return false };
    let stated = request["holders"].as_array().into_iter().flatten();
    let mut stated = stated.filter(|line| Target::read(line, &["count"]).unwrap() == *target);
    let before = stated.next().map(|line| line["count"].as_u64().unwrap());
    lost > gained && before.is_none_or(|before| (before + gained as u64).saturating_sub(lost as u64) < least)
}

/// Whether an enabled rule can grant the target, or one that implies it.
fn is_covered(config: &Config, target: &Target) -> bool {
    let granted = |target: &Target| {
        config
            .enabled_rules()
            .flat_map(|rule| &rule.grant)
            .any(|written| written == target || (written.is_template() && can_cover(written, target, false)))
    };
    granted(target) || config.catalog.iter().any(|item| item.target.is_in(target) && granted(&item.target))
}
