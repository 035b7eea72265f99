//! The checker reports every plan that was spoiled. An edit of a plan in memory has the digest made anew, so that it is
//! what the plan says that is judged; an edit of a document keeps the digest, which then is that of another plan.

use groupmap::{
    Access, AccountChange, Addition, Engine, Kept, Plan, Reason, Removal, Replacement, Request, Setting, Status,
    Target, Violation, ViolationCode, Withheld, WithheldChange, WithheldCode, verify, verify_deactivation,
    verify_held_back,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::agreement::runner;
use crate::checked::Checked;
use crate::worlds;

/// A plan and what it was made from.
struct Made {
    request: Request,
    engine: Engine,
    plan: Plan,
    switched_off: bool,
}

impl Made {
    fn of(request: &Value) -> Option<Made> {
        Made::when(request, false)
    }

    /// The plan of a login, or for somebody whom the source has switched off.
    fn when(request: &Value, switched_off: bool) -> Option<Made> {
        let request: Request = serde_json::from_value(request.clone()).ok()?;
        let engine = Engine::compile(request.config.clone()).ok()?.with_host(request.host.clone());
        let identity = engine.normalize(&request.login).ok()?;
        let snapshot = &request.snapshot;
        let plan = if switched_off {
            engine.checked_deactivation(&identity, snapshot)
        } else {
            engine.checked_plan(&identity, snapshot)
        };
        Some(Made { plan: plan.ok()?, request, engine, switched_off })
    }

    fn violations(&self, plan: &Plan) -> Vec<Violation> {
        let identity = self.engine.normalize(&self.request.login).unwrap();
        let check = if self.switched_off { verify_deactivation } else { verify };
        check(plan, &self.engine, &identity, &self.request.snapshot)
    }

    fn spoiled(&self, spoil: impl Fn(&mut Plan)) -> Vec<(ViolationCode, String)> {
        let mut plan = self.plan.clone();
        spoil(&mut plan);
        let violations = self.violations(&plan);
        violations
            .into_iter()
            .map(|v| (v.code, v.target.map(|target| target.to_string()).unwrap_or_default()))
            .collect()
    }
}

/// A person of whom every list of the plan has a line.
fn eventful() -> Value {
    json!({
        "config": {
            "version": 1,
            "source": { "id": "idp", "provider": "okta", "groups": { "absent": "empty" } },
            "accounts": { "new_grant": [] },
            "catalog": [
                { "flag": "staff" }, { "flag": "beta" }, { "group": "ops" }, { "group": "old" }, { "group": "older" },
                { "organization": "acme" }, { "organization": "acme", "team": "red" },
                { "organization": "acme", "role": "owner", "rank": 3, "keep_at_least": 1 },
                { "organization": "acme", "role": "viewer", "rank": 1 },
                { "organization": "beta", "role": "owner", "rank": 3, "keep_at_least": 1 },
                { "organization": "beta", "role": "viewer", "rank": 1 },
                { "organization": "gamma" }, { "organization": "gamma", "team": "red" }
            ],
            "slots": [{ "kind": "role", "choose": "highest" }],
            "rules": [
                { "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }, { "flag": "beta" }] },
                { "id": "viewers", "when": { "name": "Staff" }, "grant": [{ "organization": "acme", "role": "viewer" }, { "organization": "beta", "role": "viewer" }] },
                { "id": "ops", "when": { "regex": "Op.*" }, "grant": [{ "group": "ops" }] },
                { "id": "none-of-old", "when": { "name": "Staff" }, "deny": [{ "group": "old" }] }
            ]
        },
        "login": { "id_token": { "sub": "u1", "groups": ["Staff", "Ops"] } },
        "snapshot": {
            "revision": "7",
            "account": { "status": "active" },
            "memberships": [
                { "flag": "staff", "managed_by": "idp" },
                { "group": "old", "managed_by": "idp" }, { "group": "older", "managed_by": "idp" },
                { "organization": "acme", "role": "owner", "managed_by": "idp" },
                { "organization": "beta", "role": "owner", "managed_by": "idp" },
                { "organization": "gamma", "managed_by": "idp" }, { "organization": "gamma", "team": "red" }
            ],
            "holders": [{ "organization": "acme", "role": "owner", "count": 5 }, { "organization": "beta", "role": "owner", "count": 1 }]
        }
    })
}

#[test]
fn a_plan_with_everything_in_it_passes() {
    let made = Made::of(&eventful()).unwrap();
    let plan = &made.plan;
    let lengths = [plan.add.len(), plan.replace.len(), plan.keep.len(), plan.remove.len(), plan.withheld.len()];
    assert_eq!(lengths, [3, 1, 1, 2, 3], "{plan}");
    assert_eq!(made.violations(plan), []);
    // Written down and read again it is still the same plan.
    let read: Plan = serde_json::from_value(serde_json::to_value(plan).unwrap()).unwrap();
    assert_eq!(made.violations(&read), []);
}

#[test]
fn hand_made_corruptions_are_reported() {
    use ViolationCode as Code;
    let made = Made::of(&eventful()).unwrap();
    let is = |found: &[(ViolationCode, String)], code, target: &str| {
        assert!(found.iter().any(|(c, t)| *c == code && t == target), "{code:?} at {target:?} is not in {found:?}");
    };
    // A removal is dropped: revocation that does not happen.
    is(&made.spoiled(|plan| drop(plan.remove.pop())), Code::MissingLine, "group:old");
    // A grant is dropped.
    is(&made.spoiled(|plan| drop(plan.add.pop())), Code::MissingLine, "acme");
    // A grant that nothing justifies.
    let unjustified = |plan: &mut Plan| {
        let mut line = plan.add[0].clone();
        line.target = Target::team("red").in_organization("acme");
        plan.add.push(line);
    };
    is(&made.spoiled(unjustified), Code::UnjustifiedLine, "acme/team:red");
    // Somebody's manual membership is removed.
    let stolen = |plan: &mut Plan| {
        let mut line = plan.remove[0].clone();
        line.target = Target::team("red").in_organization("gamma");
        plan.remove.insert(0, line);
    };
    is(&made.spoiled(stolen), Code::UnjustifiedLine, "gamma/team:red");
    // The last owner is removed, and the withheld line with them.
    let last = |plan: &mut Plan| {
        let mut line = plan.remove[0].clone();
        line.target = Target::role("owner").in_organization("beta");
        plan.remove.insert(0, line);
        plan.withheld.retain(|line| line.code != WithheldCode::LastHolder);
    };
    is(&made.spoiled(last), Code::UnjustifiedLine, "beta/role:owner");
    is(&made.spoiled(last), Code::MissingLine, "beta/role:owner");
    // The organization goes while a team in it stays.
    let in_use = |plan: &mut Plan| {
        let mut line = plan.remove[0].clone();
        line.target = Target::organization("gamma");
        plan.remove.insert(0, line);
        plan.withheld.retain(|line| line.code != WithheldCode::InUse);
    };
    is(&made.spoiled(in_use), Code::UnjustifiedLine, "gamma");
    // Lines in another order, or twice.
    is(&made.spoiled(|plan| plan.add.swap(0, 1)), Code::WrongOrder, "");
    is(&made.spoiled(|plan| plan.remove.reverse()), Code::WrongOrder, "");
    is(&made.spoiled(|plan| plan.keep.push(plan.keep[0].clone())), Code::WrongOrder, "");
    // Another holder makes room.
    let other = |plan: &mut Plan| plan.replace[0].replaces = Target::group("old");
    is(&made.spoiled(other), Code::UnjustifiedLine, "group:old");
    // The owners that must exist are not asked for, or one fewer.
    is(&made.spoiled(|plan| plan.requires.holders.clear()), Code::WrongRequirement, "acme/role:owner");
    is(&made.spoiled(|plan| plan.requires.holders[0].at_least -= 1), Code::WrongRequirement, "acme/role:owner");
    is(&made.spoiled(|plan| plan.requires.revision = None), Code::WrongRequirement, "");
    // Reasons: none, another rule, another group, a setting that gives nothing; whose a membership becomes.
    is(&made.spoiled(|plan| plan.add[0].because.clear()), Code::WrongReason, "group:ops");
    let invented = |plan: &mut Plan| {
        plan.add[0].because = serde_json::from_value(json!([{ "rule": "staff", "group": "Ops" }])).unwrap();
    };
    is(&made.spoiled(invented), Code::WrongReason, "group:ops");
    let other_group = |plan: &mut Plan| {
        plan.add[0].because = serde_json::from_value(json!([{ "rule": "ops", "group": "Staff" }])).unwrap();
    };
    is(&made.spoiled(other_group), Code::WrongReason, "group:ops");
    let setting = |plan: &mut Plan| plan.add[0].because.push(Reason::Setting(Setting::NewGrant));
    is(&made.spoiled(setting), Code::WrongReason, "group:ops");
    is(&made.spoiled(|plan| plan.remove[1].because.clear()), Code::WrongReason, "group:old");
    is(&made.spoiled(|plan| plan.add[0].managed_by = None), Code::WrongManager, "group:ops");
    is(&made.spoiled(|plan| plan.remove[0].managed_by = Some("other".into())), Code::WrongManager, "group:older");
    // The whole.
    is(&made.spoiled(|plan| plan.status = Status::Ready), Code::WrongStatus, "");
    is(&made.spoiled(|plan| plan.access = Access::Refused), Code::WrongAccess, "");
    is(&made.spoiled(|plan| plan.account = AccountChange::Deactivate), Code::WrongAccount, "");
    is(&made.spoiled(|plan| plan.groups.count += 1), Code::WrongGroups, "");
    is(&made.spoiled(|plan| plan.withheld.clear()), Code::MissingLine, "gamma");
}

/// What a login's plan says is no plan for somebody who is switched off, and the other way round.
#[test]
fn a_deactivation_is_checked_as_one() {
    let made = Made::when(&eventful(), true).unwrap();
    assert_eq!((made.plan.account, made.plan.status), (AccountChange::None, Status::Withheld), "the last owner stays");
    assert_eq!(made.violations(&made.plan), []);
    let mut request = eventful();
    request["snapshot"]["holders"][1]["count"] = json!(2);
    let made = Made::when(&request, true).unwrap();
    assert_eq!((made.plan.account, made.plan.access), (AccountChange::Deactivate, Access::Refused));
    assert_eq!(made.violations(&made.plan), []);
    let identity = made.engine.normalize(&made.request.login).unwrap();
    let login = made.engine.checked_plan(&identity, &made.request.snapshot).unwrap();
    let codes = |violations: Vec<Violation>| violations.into_iter().map(|v| v.code).collect::<Vec<_>>();
    assert!(codes(made.violations(&login)).contains(&ViolationCode::WrongAccount));
    let found = codes(verify(&made.plan, &made.engine, &identity, &made.request.snapshot));
    assert!(found.contains(&ViolationCode::WrongAccount), "{found:?}");
    // The last owner goes.
    let mut few = made.request.snapshot.clone();
    few.holders[1].count = 1;
    let found = codes(verify_deactivation(&made.plan, &made.engine, &identity, &few));
    assert!(found.contains(&ViolationCode::WrongAccount) && found.contains(&ViolationCode::MissingLine), "{found:?}");
}

/// A plan that withholds all that it would take away, as those of a batch that is held back do, says nothing for itself:
/// whether the batch was held back, its host knows.
#[test]
fn a_plan_that_says_it_was_held_back_is_not_believed() {
    let held_back = |plan: &mut Plan| {
        let line = plan.withheld[0].clone();
        let withheld = |change, target: &Target, code| {
            let mut line: Withheld = line.clone();
            (line.change, line.target, line.code) = (change, Some(target.clone()), code);
            line
        };
        let removed = std::mem::take(&mut plan.remove).into_iter();
        let removed = removed.map(|line| withheld(WithheldChange::Remove, &line.target, WithheldCode::MassRemoval));
        let replaced = std::mem::take(&mut plan.replace).into_iter().flat_map(|line| {
            let old = withheld(WithheldChange::Replace, &line.replaces, WithheldCode::MassRemoval);
            [old, withheld(WithheldChange::Add, &line.target, WithheldCode::SlotHeld)]
        });
        plan.withheld.extend(removed.chain(replaced));
        plan.withheld.sort();
        plan.requires.holders.clear();
    };
    let made = Made::of(&eventful()).unwrap();
    let found = made.spoiled(held_back);
    let lines = |code| found.iter().filter(|(found, _)| *found == code).count();
    // Two removals, and a replacement with its newcomer that only waits for it.
    assert_eq!(lines(ViolationCode::UnjustifiedLine), 4, "{found:?}");
    assert_eq!(lines(ViolationCode::MissingLine), 3, "{found:?}");
    let mut plan = made.plan.clone();
    held_back(&mut plan);
    let identity = made.engine.normalize(&made.request.login).unwrap();
    assert_eq!(verify_held_back(&plan, &made.engine, &identity, &made.request.snapshot), []);
    // And of a batch that was held back, the plan that takes away is not the right one.
    assert!(!verify_held_back(&made.plan, &made.engine, &identity, &made.request.snapshot).is_empty());
}

#[test]
fn a_plan_of_something_else_is_reported() {
    let made = Made::of(&eventful()).unwrap();
    let identity = made.engine.normalize(&made.request.login).unwrap();
    let mut snapshot = made.request.snapshot.clone();
    snapshot.revision = Some("8".into());
    let codes = |violations: Vec<Violation>| violations.into_iter().map(|v| v.code).collect::<Vec<_>>();
    let stale = codes(verify(&made.plan, &made.engine, &identity, &snapshot));
    assert!(
        stale.contains(&ViolationCode::WrongRequirement) && stale.contains(&ViolationCode::WrongDigest),
        "{stale:?}"
    );
    // A snapshot of another person, and one that contradicts itself.
    snapshot.account.subject = Some("u2".into());
    assert_eq!(codes(verify(&made.plan, &made.engine, &identity, &snapshot)), [ViolationCode::NoPlan]);
    let mut snapshot = made.request.snapshot.clone();
    snapshot.memberships.push(snapshot.memberships[0].clone());
    assert_eq!(codes(verify(&made.plan, &made.engine, &identity, &snapshot)), [ViolationCode::NoPlan]);
    // The same login under the settings of another source.
    let mut config = made.request.config.clone();
    config.source.id = "other".into();
    let other = Engine::compile(config).unwrap();
    let snapshot = &made.request.snapshot;
    assert_eq!(codes(verify(&made.plan, &other, &identity, snapshot)), [ViolationCode::NoPlan]);
    // Another config for the same source: nothing but the digest may tell.
    let mut config = made.request.config.clone();
    config.rules[0].description = Some("changed".into());
    let other = Engine::compile(config).unwrap();
    let identity = other.normalize(&made.request.login).unwrap();
    assert_eq!(codes(verify(&made.plan, &other, &identity, snapshot)), [ViolationCode::WrongDigest]);
}

/// Every way to spoil a plan by one edit; those that do not apply leave it as it is.
fn edit(plan: &mut Plan, which: u8, at: usize, targets: &[Target]) {
    let place = |length: usize| at % length.max(1);
    let target = targets[at % targets.len()].clone();
    let because: Vec<Reason> = serde_json::from_value(json!([{ "rule": "no such rule" }])).unwrap();
    match which {
        0 if !plan.add.is_empty() => drop(plan.add.remove(place(plan.add.len()))),
        1 if !plan.replace.is_empty() => drop(plan.replace.remove(place(plan.replace.len()))),
        2 if !plan.keep.is_empty() => drop(plan.keep.remove(place(plan.keep.len()))),
        3 if !plan.remove.is_empty() => drop(plan.remove.remove(place(plan.remove.len()))),
        4 if !plan.withheld.is_empty() => drop(plan.withheld.remove(place(plan.withheld.len()))),
        5 if !plan.notes.is_empty() => drop(plan.notes.remove(place(plan.notes.len()))),
        6 if !plan.requires.holders.is_empty() => drop(plan.requires.holders.pop()),
        7 => with(&mut plan.add, place, |line| line.target = target),
        8 => with(&mut plan.keep, place, |line| line.target = target),
        9 => with(&mut plan.remove, place, |line| line.target = target),
        10 => with(&mut plan.withheld, place, |line| line.target = Some(target)),
        11 => with(&mut plan.replace, place, |line| line.target = target),
        12 => with(&mut plan.replace, place, |line| line.replaces = target),
        13 => plan.add.push(document::<Addition>(json!({ "target": target, "managed_by": null, "because": because }))),
        14 => plan.keep.push(document::<Kept>(json!({ "target": target, "because": because }))),
        15 => plan.remove.push(document::<Removal>(json!({ "target": target, "managed_by": null }))),
        16 => {
            plan.withheld.push(document::<Withheld>(json!({ "target": target, "change": "remove", "code": "in-use" })))
        }
        17 => plan.replace.push(document::<Replacement>(
            json!({ "target": target, "replaces": targets[0], "managed_by": null, "because": because }),
        )),
        18 => with(&mut plan.add, place, |line| line.because = because),
        19 => with(&mut plan.keep, place, |line| line.because = because),
        20 => with(&mut plan.remove, place, |line| line.because = because),
        21 => with(&mut plan.add, place, |line| drop(line.because.pop())),
        22 => with(&mut plan.add, place, |line| line.managed_by = Some("somebody".into())),
        23 => with(&mut plan.remove, place, |line| line.managed_by = Some("somebody".into())),
        24 => with(&mut plan.withheld, place, |line| line.change = WithheldChange::Refuse),
        25 => with(&mut plan.withheld, place, |line| line.code = WithheldCode::InUse),
        26 => {
            plan.status = [Status::Ready, Status::Withheld, Status::Refused, Status::Exempt, Status::Inactive][at % 5]
        }
        27 => plan.access = [Access::Granted, Access::Refused][at % 2],
        28 => {
            plan.account =
                [AccountChange::None, AccountChange::Provision, AccountChange::Link, AccountChange::Deactivate][at % 4];
        }
        29 => plan.groups.count += 1,
        30 => plan.requires.revision = Some("another".into()),
        31 => with(&mut plan.requires.holders, place, |line| line.at_least += 1),
        32 if plan.add.len() > 1 => plan.add.reverse(),
        33 if plan.remove.len() > 1 => plan.remove.reverse(),
        34 if plan.keep.len() > 1 => plan.keep.reverse(),
        35 if plan.withheld.len() > 1 => plan.withheld.reverse(),
        _ => {}
    }
}

fn with<T>(lines: &mut [T], place: impl Fn(usize) -> usize, change: impl FnOnce(&mut T)) {
    let place = place(lines.len());
    if let Some(line) = lines.get_mut(place) {
        change(line);
    }
}

fn document<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

const EDITS: u8 = 36;

#[test]
fn any_edit_of_a_plan_is_reported_whatever_its_digest() {
    let mut reported = [0_u32; EDITS as usize];
    let mut tried = 0;
    let result = std::cell::RefCell::new((&mut reported, &mut tried));
    let run = runner(400).run(&(worlds::world(), any::<usize>(), any::<bool>()), |(request, at, switched_off)| {
        let Some(made) = Made::when(&request, switched_off) else { return Ok(()) };
        prop_assert_eq!(made.violations(&made.plan), []);
        let targets: Vec<Target> = made.request.config.catalog.iter().map(|entry| entry.target.clone()).collect();
        let own = |plan: &Plan| serde_json::to_value(plan).unwrap();
        let before = own(&made.plan);
        for which in 0..EDITS {
            let mut plan = made.plan.clone();
            edit(&mut plan, which, at, &targets);
            if own(&plan) == before {
                continue;
            }
            let violations = made.violations(&plan);
            prop_assert!(!violations.is_empty(), "edit {which} of {} is not seen in {request}", made.plan);
            let digest = violations.iter().any(|violation| violation.code == ViolationCode::WrongDigest);
            prop_assert!(!digest, "the digest was made anew");
            let mut result = result.borrow_mut();
            result.0[usize::from(which)] += 1;
            *result.1 += 1;
        }
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
    let idle: Vec<usize> = (0..reported.len()).filter(|which| reported[*which] == 0).collect();
    assert!(idle.is_empty() && tried > 3_000, "edits {idle:?} were never tried; {tried} in all");
}

/// Changes one thing of a document: a text, a number, a truth value; or leaves an element out.
fn edited(value: &Value, skip: &mut usize) -> Option<Value> {
    if matches!(value, Value::Object(_) | Value::Array(_)) {
        if let Value::Array(list) = value {
            if !list.is_empty() && *skip == 0 {
                return Some(json!(list[1..]));
            }
            *skip = skip.saturating_sub(usize::from(!list.is_empty()));
            for (at, inner) in list.iter().enumerate() {
                if let Some(new) = edited(inner, skip) {
                    let mut list = list.clone();
                    list[at] = new;
                    return Some(json!(list));
                }
            }
        }
        for (key, inner) in value.as_object().into_iter().flatten() {
            if let Some(new) = edited(inner, skip) {
                let mut value = value.clone();
                value[key] = new;
                return Some(value);
            }
        }
        return None;
    }
    if *skip > 0 {
        *skip -= 1;
        return None;
    }
    Some(match value {
        Value::String(text) => json!(format!("{text}x")),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::Bool(value) => json!(!value),
        _ => json!("x"),
    })
}

#[test]
fn any_edit_of_a_document_is_refused_or_reported() {
    let run = runner(200).run(&(worlds::world(), any::<bool>()), |(request, switched_off)| {
        let Some(made) = Made::when(&request, switched_off) else { return Ok(()) };
        let document = serde_json::to_value(&made.plan).unwrap();
        for at in 0.. {
            let Some(changed) = edited(&document, &mut { at }) else { break };
            prop_assert_ne!(&changed, &document);
            let Ok(plan) = serde_json::from_value::<Plan>(changed.clone()) else { continue };
            prop_assert!(!made.violations(&plan).is_empty(), "{} in place of {}", changed, document);
        }
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}
