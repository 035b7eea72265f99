//! The smallest change: once it is applied the plan gives the target, without any one step it does not, and trying
//! everything finds no smaller one.

use groupmap::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::agreement::{count, runner};
use crate::checked::Checked;
use crate::explain::Asked;
use crate::reference::{self, kleene::Kleene};
use crate::worlds::{self, Tape};

fn request(rules: Json, groups: Json) -> Json {
    json!({ "config": { "version": 1,
                        "source": { "id": "s", "provider": "okta" },
                        "catalog": [{ "flag": "staff" }, { "team": "red" }],
                        "rules": rules },
            "login": { "id_token": { "sub": "u1", "groups": groups, "level": 1 } },
            "snapshot": { "account": { "status": "active" }, "memberships": [] } })
}

fn smallest(request: &Json, target: &Target) -> SmallestChange {
    let asked = Asked::read(request).unwrap();
    let why = asked.engine.why_not(&asked.identity, &asked.snapshot, target).unwrap();
    why.with_personal_data().smallest_change.unwrap()
}

/// The changes of `flag:staff`, a line each.
fn lines(rules: Json, groups: Json) -> Vec<String> {
    let found = smallest(&request(rules, groups), &Target::flag("staff"));
    assert_eq!(found.outcome, ChangeOutcome::Found, "{found}");
    found.changes.iter().map(ToString::to_string).collect()
}

fn grant(when: Json) -> Json {
    json!({ "id": "g", "when": when, "grant": [{ "flag": "staff" }] })
}

fn deny(when: Json) -> Json {
    json!({ "id": "d", "when": when, "deny": [{ "flag": "staff" }] })
}

#[test]
fn and_or_not_deny_and_attributes() {
    let name = |name: &str| json!({ "name": name });
    assert_eq!(lines(json!([grant(name("A"))]), json!([])), ["member of `A`"]);
    assert_eq!(lines(json!([grant(json!({ "all": [name("A"), name("B")] }))]), json!(["A"])), ["member of `B`"]);
    let either = json!({ "any": [{ "all": [name("A"), name("B")] }, name("C")] });
    assert_eq!(lines(json!([grant(either)]), json!([])), ["member of `C`"]);
    let but = json!({ "all": [name("A"), { "not": name("B") }] });
    assert_eq!(lines(json!([grant(but)]), json!(["B"])), ["member of `A`", "not member of `B`"]);
    let glob = json!({ "glob": "ext-*" });
    let denied = json!([grant(name("A")), deny(glob)]);
    assert_eq!(lines(denied, json!(["A", "ext-1", "ext-2"])), ["not member of `ext-1`", "not member of `ext-2`"]);
    let level = json!({ "attribute": { "name": "level", "equals": 7 } });
    assert_eq!(lines(json!([grant(level.clone())]), json!([])), ["the attribute `level` with the value 7"]);
    let low = json!({ "not": { "attribute": { "name": "level", "one_of": [1, 2] } } });
    assert_eq!(lines(json!([grant(low)]), json!([])), ["the attribute `level` without the value 1"]);
    // A deny that the joined group would meet is stepped around.
    let both = json!([grant(json!({ "any": [name("ext-a"), name("B")] })), deny(json!({ "glob": "ext-*" }))]);
    assert_eq!(lines(both, json!([])), ["member of `B`"]);
    let cut = json!([grant(name("A")), deny(name("B"))]);
    assert_eq!(lines(cut, json!(["A", 7])), ["a list of groups that is known to be whole (see the notes)"]);
}

#[test]
fn templates_are_filled() {
    let rule = json!({ "id": "t", "when": { "regex": "team-(?P<team>[a-z]+)" }, "grant": [{ "team": "{team}" }] });
    let found = smallest(&request(json!([rule]), json!(["team-blue"])), &Target::team("red"));
    assert_eq!(found.changes[0].group.as_deref(), Some("team-red"));
    assert!(found.is_minimal);
}

#[test]
fn what_no_login_can_bring_is_told() {
    let impossible = |rules: Json| smallest(&request(rules, json!(["A"])), &Target::flag("staff")).outcome;
    let never = json!({ "all": [{ "name": "A" }, { "not": { "name": "A" } }] });
    assert_eq!(impossible(json!([grant(never)])), ChangeOutcome::Impossible);
    assert_eq!(impossible(json!([grant(json!({ "name": "A" })), deny(json!("everyone"))])), ChangeOutcome::Impossible);
    // More texts meet a pattern than are tried, so that nothing is claimed.
    let odd = json!({ "all": [{ "regex": "[0-9]{9}" }, { "not": { "glob": "*" } }] });
    assert_eq!(impossible(json!([grant(odd)])), ChangeOutcome::NotDecided);
}

#[test]
fn a_rule_can_be_asked_for_too() {
    let asked = Asked::read(&request(json!([grant(json!({ "name": "A" }))]), json!([]))).unwrap();
    let why = asked.engine.why_not_rule(&asked.identity, &asked.snapshot, "g").unwrap();
    assert_eq!(why.smallest_change.unwrap().changes[0].group.as_deref(), Some("A"));
}

#[test]
fn nobody_is_made_somebody_else() {
    let when = |claim: &str| {
        let one = json!({ "attribute": { "name": claim, "equals": "7" } });
        json!({ "any": [one, { "all": [{ "name": "A" }, { "name": "B" }] }] })
    };
    let changes = |claim: &str| {
        let mut request = request(json!([grant(when(claim))]), json!([]));
        request["config"]["source"]["identity"] = json!({ "subject": ["employee"] });
        request["login"]["id_token"]["employee"] = json!("3");
        let found = smallest(&request, &Target::flag("staff"));
        found.changes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(changes("grade"), ["the attribute `grade` with the value \"7\""]);
    for who in ["employee", "sub", "iss"] {
        assert_eq!(changes(who), ["member of `A`", "member of `B`"], "{who}");
    }
}

#[test]
fn an_id_with_its_label_stands_where_ids_are_sent() {
    let id = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5";
    let mut request = request(json!([grant(json!({ "id": id, "label": "Net Ops" }))]), json!(["Net Ops"]));
    request["config"]["source"]["provider"] = json!("entra");
    request["login"]["id_token"]["groups"] = json!([]);
    let found = smallest(&request, &Target::flag("staff"));
    assert_eq!(found.changes[0].kind, Some(GroupKind::Id));
    assert_eq!(found.to_string(), format!("the least that would change it\n  member of `{id}` (Net Ops)"));
}

#[test]
fn what_is_not_there_for_certain_is_known_or_left_open() {
    // A member of A is granted it, however much of the list is missing.
    let joined =
        |groups: Json| smallest(&request(json!([grant(json!({ "name": "A" }))]), groups), &Target::flag("staff"));
    for groups in [json!(null), json!(["B", 7])] {
        let found = joined(groups);
        assert_eq!(found.changes[0].group.as_deref(), Some("A"));
        assert!(found.is_minimal && !found.is_of_rules_alone);
    }
    let mut without = request(json!([grant(json!({ "not": { "name": "ext" } }))]), json!([]));
    without["login"]["id_token"].as_object_mut().unwrap().remove("groups");
    let found = smallest(&without, &Target::flag("staff"));
    assert_eq!(found.changes[0].change, AlterationKind::WholeList);
}

/// Two roles in a slot, and somebody in the groups of both.
fn two_roles(memberships: Json) -> Json {
    let rules = json!([{ "id": "ra", "when": { "name": "A" }, "grant": [{ "role": "a" }] },
                       { "id": "rb", "when": { "name": "B" }, "grant": [{ "role": "b" }] }]);
    let mut request = request(rules, json!(["A", "B"]));
    request["config"]["catalog"] = json!([{ "role": "a", "rank": 1 }, { "role": "b", "rank": 2 }]);
    request["config"]["slots"] = json!([{ "kind": "role", "choose": "highest" }]);
    request["snapshot"]["memberships"] = memberships;
    request
}

#[test]
fn who_wins_the_slot_has_to_go() {
    let found = smallest(&two_roles(json!([])), &Target::role("a"));
    assert_eq!(found.to_string(), "the least that would change it\n  not member of `B`");
    // What was given by hand holds the slot, whatever the login says.
    let held = smallest(&two_roles(json!([{ "role": "a" }])), &Target::role("b"));
    assert_eq!(held.outcome, ChangeOutcome::Impossible);
    let mut held = two_roles(json!([{ "role": "a" }]));
    held["login"]["id_token"]["groups"] = json!(["A"]);
    let found = smallest(&held, &Target::role("b"));
    assert_eq!(found.changes[0].group.as_deref(), Some("B"));
    assert!(found.is_of_rules_alone);
}

#[test]
fn whoever_is_left_alone_is_told_what_the_rules_would_need() {
    let exempt = |request: &mut Json| request["snapshot"]["account"]["exempt"] = json!(true);
    let off = |request: &mut Json| request["host"] = json!({ "auto_join": false });
    let inactive = |request: &mut Json| request["snapshot"]["account"]["status"] = json!("inactive");
    for change in [&exempt as &dyn Fn(&mut Json), &off, &inactive] {
        let mut request = request(json!([grant(json!({ "name": "A" }))]), json!([]));
        change(&mut request);
        let found = smallest(&request, &Target::flag("staff"));
        assert_eq!(found.changes[0].group.as_deref(), Some("A"));
        assert!(found.is_of_rules_alone);
        assert!(found.to_string().contains("what stands in the way above stays"), "{found}");
        request["login"]["id_token"]["groups"] = json!(["A"]);
        assert_eq!(smallest(&request, &Target::flag("staff")).outcome, ChangeOutcome::Impossible);
    }
}

#[test]
fn of_a_target_outside_the_catalog_nothing_is_said() {
    let asked = Asked::read(&request(json!([grant(json!({ "name": "A" }))]), json!([]))).unwrap();
    let why = asked.engine.why_not(&asked.identity, &asked.snapshot, &Target::flag("stuff")).unwrap();
    assert_eq!((why.smallest_change, why.obstacles[0].code), (None, ObstacleCode::NotInCatalog));
}

/// The request once these changes are made; nothing where a login of its form cannot show them.
fn applied(request: &Json, asked: &Asked, changes: &[Alteration]) -> Option<Json> {
    let mut request = request.clone();
    let evidence = asked.identity.evidence();
    let named = |change: &Alteration| json!({ word(change.kind.unwrap()): change.group.clone().unwrap() });
    let about_groups = |change: &&Alteration| change.attribute.is_none();
    if changes.iter().any(|change| about_groups(&change)) {
        let fetched = request["login"]["fetched_groups"]["groups"].as_array().cloned();
        let leaves = changes.iter().any(|change| change.change == AlterationKind::Leave);
        if fetched.is_none() && leaves && !request["config"]["source"]["groups"]["object"].is_null() {
            return None;
        }
        let sent = evidence.entries().map(|entry| json!({ word(entry.kind()): entry.text() }));
        let mut groups = fetched.unwrap_or_else(|| sent.collect());
        let is_whole = changes.iter().any(|change| change.change == AlterationKind::WholeList);
        if is_whole {
            groups = groups.iter().filter_map(|group| readable(group, evidence)).collect();
        }
        for change in changes.iter().filter(about_groups) {
            match change.change {
                AlterationKind::Join => groups.push(named(change)),
                AlterationKind::Leave => {
                    let kind = word(change.kind.unwrap());
                    groups.retain(|group| group[&kind].as_str() != change.group.as_deref());
                }
                _ => {}
            }
        }
        request["login"]["fetched_groups"] =
            json!({ "complete": is_whole || evidence.is_complete(), "groups": groups });
    }
    for change in changes {
        if let Some(selector) = &change.attribute {
            set_attribute(&mut request["login"], selector, change);
        }
    }
    Some(request)
}

/// A fetched group without what cannot be read of it.
fn readable(group: &Json, evidence: &Evidence) -> Option<Json> {
    let mut group = group.clone();
    let is_read = |kind: &str, text: &Json| {
        evidence.entries().any(|entry| word(entry.kind()) == kind && Some(entry.text()) == text.as_str())
    };
    group.as_object_mut()?.retain(|kind, text| is_read(kind, text));
    group.as_object().is_some_and(|group| !group.is_empty()).then_some(group)
}

fn word(kind: GroupKind) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}

fn is_scalar(value: &Json) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// Numbers are compared by value.
fn same(a: &Json, b: &Json) -> bool {
    a == b || a.as_f64().is_some_and(|a| Some(a) == b.as_f64())
}

/// What would be sent would be all there is: nothing unreadable beside it, and no word that there is more elsewhere.
fn set_attribute(login: &mut Json, selector: &Selector, change: &Alteration) {
    let path: Vec<String> = match serde_json::to_value(selector).unwrap() {
        Json::String(key) => vec![key],
        path => serde_json::from_value(path).unwrap(),
    };
    let value: Option<Json> = change.value.as_deref().map(|value| serde_json::from_str(value).unwrap());
    if let Some(attributes) = login.pointer_mut("/saml/attributes").and_then(Json::as_array_mut) {
        let own = |attribute: &Json| attribute["name"] == path[0].as_str();
        for attribute in attributes.iter_mut().filter(|attribute| own(attribute)) {
            attribute["values"].as_array_mut().unwrap().retain(is_scalar);
        }
        match change.change {
            AlterationKind::AttributeLacks => {
                for attribute in attributes.iter_mut().filter(|attribute| own(attribute)) {
                    attribute["values"].as_array_mut().unwrap().retain(|sent| !same(sent, value.as_ref().unwrap()));
                }
            }
            AlterationKind::AttributeMissing => attributes.retain(|attribute| !own(attribute)),
            _ => attributes.push(json!({ "name": path[0], "values": Vec::from_iter(value) })),
        }
        return;
    }
    for token in ["id_token", "userinfo"] {
        let Some(mut here) = login.get_mut(token).filter(|token| token.is_object()) else { continue };
        if let Some(elsewhere) = here.get_mut("_claim_names").and_then(Json::as_object_mut) {
            elsewhere.remove(&path[0]);
        }
        for key in &path {
            if !here.is_object() {
                *here = json!({});
            }
            here = &mut here[key];
        }
        let mut values = match here.take() {
            Json::Null | Json::Object(_) => Vec::new(),
            Json::Array(values) => values,
            value => vec![value],
        };
        values.retain(is_scalar);
        match change.change {
            AlterationKind::AttributeLacks => values.retain(|sent| !same(sent, value.as_ref().unwrap())),
            AlterationKind::AttributeMissing => continue,
            _ => values.extend(value.clone()),
        }
        *here = json!(values);
    }
}

fn verdict(request: &Json, target: &Target) -> Option<Kleene> {
    let said = reference::said(request)?;
    said.into_iter().find(|word| word.target.write() == json!(target)).map(|word| word.verdict)
}

/// Whether the plan of an answer gives the target, or keeps it.
fn has(answer: &Json, target: &Target) -> bool {
    let listed = |list: &str| {
        let lines = answer["plan"][list].as_array().into_iter().flatten();
        lines.into_iter().any(|line| line["target"] == json!(target))
    };
    listed("add") || listed("replace") || listed("keep")
}

/// Whether a login gets a target, by the engine and by the reference model; the plan stands up to the checker.
fn gets(request: &Json, target: &Target) -> bool {
    let asked = Asked::read(request).unwrap_or_else(|| panic!("no plan for {request}"));
    let plan = asked.engine.checked_plan(&asked.identity, &asked.snapshot).unwrap();
    let violations = verify(&plan, &asked.engine, &asked.identity, &asked.snapshot);
    assert!(violations.is_empty(), "{violations:?} in {request}");
    let has_it = has(&json!({ "plan": plan }), target);
    assert_eq!(has_it, has(&reference::answer(request), target), "{target} in {request}");
    // What is held and undecided stays, and is not granted.
    has_it && asked.engine.why_not(&asked.identity, &asked.snapshot, target).unwrap().obstacles.is_empty()
}

/// Whether a change does what it says.
fn does(found: &SmallestChange, after: &Json, target: &Target) -> bool {
    match found.is_of_rules_alone {
        true => verdict(after, target) == Some(Kleene::True),
        false => gets(after, target),
    }
}

#[test]
fn the_smallest_change_gives_the_target_and_no_step_of_it_is_needless() {
    let found = std::cell::Cell::new(0);
    let worlds = count() / 20;
    let result = runner(worlds).run(&worlds::world(), |request| {
        let Some(asked) = Asked::read(&request) else { return Ok(()) };
        for entry in &asked.engine.config().catalog {
            let target = &entry.target;
            let why = asked.engine.why_not(&asked.identity, &asked.snapshot, target).unwrap();
            let Some(smallest) = why.with_personal_data().smallest_change else { continue };
            let Some(after) = applied(&request, &asked, &smallest.changes) else { continue };
            if smallest.outcome != ChangeOutcome::Found {
                continue;
            }
            found.set(found.get() + 1);
            prop_assert!(does(&smallest, &after, target), "{smallest} for {target}\nin {request}\nafter {after}");
            for left_out in 0..smallest.changes.len() {
                // A list that only what is joined makes too long: among fetched groups, where it stands here, it is whole.
                let is_whole = smallest.changes[left_out].change == AlterationKind::WholeList;
                if is_whole && asked.identity.evidence().is_complete() {
                    continue;
                }
                let mut fewer = smallest.changes.clone();
                fewer.remove(left_out);
                let after = applied(&request, &asked, &fewer).unwrap();
                prop_assert!(!does(&smallest, &after, target), "{smallest} for {target}\nin {request}\nafter {after}");
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(found.get() > worlds / 4, "{} changes were found", found.get());
}

/// A small world: three groups, one attribute, a few rules, sometimes a slot.
fn small(tape: &mut Tape) -> Json {
    let grants = [json!({ "role": "a" }), json!({ "role": "b" })];
    let rules: Vec<Json> = (0..2 + tape.below(3))
        .map(|n| {
            let word = if tape.chance(25) { "deny" } else { "grant" };
            json!({ "id": format!("r{n}"), "when": condition(tape, 2), word: [tape.pick(&grants)], "priority": n })
        })
        .collect();
    let groups: Vec<&str> = tape.some(&["A", "B", "C"], 40);
    let mut request = request(json!(rules), json!(groups));
    request["config"]["catalog"] = json!([{ "role": "a", "rank": 1 }, { "role": "b", "rank": 2 }]);
    if tape.chance(50) {
        let choose = tape.pick(&["highest", "priority", "specificity", "unambiguous"]);
        request["config"]["slots"] = json!([{ "kind": "role", "choose": choose }]);
    }
    if tape.chance(30) {
        request["config"]["source"]["attributes"] = json!({ "absent": "empty" });
    }
    if tape.chance(30) {
        request["login"]["id_token"].as_object_mut().unwrap().remove("level");
    }
    if tape.chance(20) {
        request["snapshot"]["memberships"] = json!([{ "role": tape.pick(&["a", "b"]), "managed_by": "s" }]);
    }
    request
}

fn condition(tape: &mut Tape, depth: usize) -> Json {
    match tape.below(if depth == 0 { 4 } else { 8 }) {
        0..=2 => json!({ "name": tape.pick(&["A", "B", "C"]) }),
        3 => json!({ "attribute": { "name": "level", "equals": 1 + tape.below(2) } }),
        4 => json!({ "not": condition(tape, depth - 1) }),
        5 => json!({ "any": [condition(tape, depth - 1), condition(tape, depth - 1)] }),
        _ => json!({ "all": [condition(tape, depth - 1), condition(tape, depth - 1)] }),
    }
}

/// Every login that is so many steps away.
fn logins(request: &Json, steps: usize) -> Vec<Json> {
    if steps == 0 {
        return vec![request.clone()];
    }
    let mut further = Vec::new();
    for before in logins(request, steps - 1) {
        let token = &before["login"]["id_token"];
        let toggled = |list: &Json, value: &Json| -> Json {
            let mut list: Vec<Json> =
                list.as_array().cloned().unwrap_or_else(|| Vec::from_iter((!list.is_null()).then(|| list.clone())));
            let before = list.len();
            list.retain(|sent| sent != value);
            if list.len() == before {
                list.push(value.clone());
            }
            json!(list)
        };
        for group in ["A", "B", "C"] {
            let mut after = before.clone();
            after["login"]["id_token"]["groups"] = toggled(&token["groups"], &json!(group));
            further.push(after);
        }
        for level in [json!(1), json!(2), json!(3)] {
            let mut after = before.clone();
            after["login"]["id_token"]["level"] = toggled(&token["level"], &level);
            further.push(after);
        }
        for level in [None, Some(json!([]))] {
            let mut after = before.clone();
            let token = after["login"]["id_token"].as_object_mut().unwrap();
            match level {
                None => drop(token.remove("level")),
                Some(level) => drop(token.insert("level".into(), level)),
            }
            further.push(after);
        }
    }
    further.sort_by_key(Json::to_string);
    further.dedup();
    further
}

#[test]
fn trying_everything_finds_no_smaller_change() {
    let (decided, all) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let numbers = prop::collection::vec(any::<u32>(), 80);
    let result = runner(count() / 20).run(&numbers, |numbers| {
        let request = small(&mut Tape::new(numbers));
        let asked = Asked::read(&request);
        let Some(asked) = asked else { return Ok(()) };
        for target in [Target::role("a"), Target::role("b")] {
            let why = asked.engine.why_not(&asked.identity, &asked.snapshot, &target).unwrap();
            let Some(smallest) = why.with_personal_data().smallest_change else { continue };
            all.set(all.get() + 1);
            let fewer = match smallest.outcome {
                ChangeOutcome::Found if smallest.is_minimal && !smallest.is_of_rules_alone => {
                    smallest.changes.len() - 1
                }
                ChangeOutcome::Impossible => 3,
                _ => continue,
            };
            decided.set(decided.get() + 1);
            for login in logins(&request, fewer.min(2)) {
                let login = serde_json::from_value::<Request>(login).unwrap().login;
                let identity = asked.engine.normalize(&login).unwrap();
                let plan = asked.engine.checked_plan(&identity, &asked.snapshot).unwrap();
                let held = asked.snapshot.memberships.iter().any(|membership| membership.target == target);
                let has_it = has(&json!({ "plan": plan }), &target);
                let gets = || asked.engine.why_not(&identity, &asked.snapshot, &target).unwrap().obstacles.is_empty();
                prop_assert!(!has_it || (held && !gets()), "{smallest} for {target}\nin {request}\nbut {login:?}");
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(decided.get() * 2 > all.get(), "{} of {} were decided", decided.get(), all.get());
}
