//! The smallest change: once it is applied, the target is granted, and the reference model says so.

use groupmap::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::agreement::runner;
use crate::explain::Asked;
use crate::reference::{self, kleene::Kleene};
use crate::worlds;

fn request(rules: Json, groups: Json) -> Json {
    json!({ "config": { "version": 1,
                        "source": { "id": "s", "provider": "okta" },
                        "catalog": [{ "flag": "staff" }, { "team": "red" }],
                        "rules": rules },
            "login": { "id_token": { "sub": "u1", "groups": groups, "level": 1 } },
            "snapshot": { "account": { "status": "active" } } })
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
        let mut complete = evidence.is_complete();
        for change in changes.iter().filter(about_groups) {
            match change.change {
                AlterationKind::Join => groups.push(named(change)),
                AlterationKind::Leave => {
                    let kind = word(change.kind.unwrap());
                    groups.retain(|group| group[&kind].as_str() != change.group.as_deref());
                }
                _ => complete = true,
            }
        }
        request["login"]["fetched_groups"] = json!({ "complete": complete, "groups": groups });
    }
    for change in changes {
        if let Some(selector) = &change.attribute {
            set_attribute(&mut request["login"], selector, change);
        }
    }
    Some(request)
}

fn word(kind: GroupKind) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}

fn set_attribute(login: &mut Json, selector: &Selector, change: &Alteration) {
    let path: Vec<String> = match serde_json::to_value(selector).unwrap() {
        Json::String(key) => vec![key],
        path => serde_json::from_value(path).unwrap(),
    };
    let value: Option<Json> = change.value.as_deref().map(|value| serde_json::from_str(value).unwrap());
    if let Some(attributes) = login["saml"]["attributes"].as_array_mut() {
        let own = |attribute: &Json| attribute["name"] == path[0].as_str();
        match change.change {
            AlterationKind::AttributeLacks => {
                for attribute in attributes.iter_mut().filter(|attribute| own(attribute)) {
                    attribute["values"].as_array_mut().unwrap().retain(|sent| Some(sent) != value.as_ref());
                }
            }
            AlterationKind::AttributeMissing => attributes.retain(|attribute| !own(attribute)),
            _ => attributes.push(json!({ "name": path[0], "values": Vec::from_iter(value) })),
        }
        return;
    }
    for token in ["id_token", "userinfo"] {
        let Some(mut here) = login.get_mut(token).filter(|token| token.is_object()) else { continue };
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
        match change.change {
            AlterationKind::AttributeLacks => values.retain(|sent| Some(sent) != value.as_ref()),
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

#[test]
fn the_smallest_change_grants_once_it_is_applied() {
    let found = std::cell::Cell::new(0);
    let result = runner(2_000).run(&worlds::world(), |request| {
        let Some(asked) = Asked::read(&request) else { return Ok(()) };
        for entry in &asked.engine.config().catalog {
            let why = asked.engine.why_not(&asked.identity, &asked.snapshot, &entry.target).unwrap();
            let Some(smallest) = why.with_personal_data().smallest_change else { continue };
            let Some(after) = applied(&request, &asked, &smallest.changes) else { continue };
            if smallest.outcome != ChangeOutcome::Found {
                continue;
            }
            found.set(found.get() + 1);
            let target = &entry.target;
            prop_assert_eq!(
                verdict(&after, target),
                Some(Kleene::True),
                "{} for {}\nin {}\nafter {}",
                smallest,
                target,
                request,
                after
            );
            if !smallest.is_minimal || smallest.changes.len() < 2 {
                continue;
            }
            for left_out in 0..smallest.changes.len() {
                let mut fewer = smallest.changes.clone();
                fewer.remove(left_out);
                let after = applied(&request, &asked, &fewer).unwrap();
                prop_assert_ne!(
                    verdict(&after, target),
                    Some(Kleene::True),
                    "{} for {} in {}",
                    smallest,
                    target,
                    request
                );
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(found.get() > 500, "{} changes were found", found.get());
}
