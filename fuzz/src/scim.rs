//! Users and groups that a provider pushes, in any bytes.

use std::collections::BTreeSet;

use groupmap::scim::{Answer, Body, Dialect, Filter, Resource, ResourceKind, Written};
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const KINDS: [ResourceKind; 2] = [ResourceKind::User, ResourceKind::Group];

/// What is stored before anything comes.
fn stored(kind: ResourceKind) -> Resource {
    let resource = match kind {
        ResourceKind::User => json!({
            "schemas": [USER], "id": "u1", "userName": "u1@example.com", "active": true,
            "name": { "givenName": "A", "familyName": "B" }, "shoe": { "size": 43 },
            "emails": [{ "value": "a@example.com", "type": "work", "primary": true }, { "value": "b@example.com" }],
        }),
        ResourceKind::Group => json!({
            "schemas": [GROUP], "id": "g1", "externalId": "e1", "displayName": "Ops",
            "members": [{ "value": "u1" }, { "value": "U1" }, { "value": "u2", "shoe": 1 }],
        }),
    };
    serde_json::from_value(resource).unwrap()
}

fn ids(resource: &Resource) -> BTreeSet<String> {
    resource.members().into_iter().map(str::to_owned).collect()
}

/// What holds of whatever is to be stored: it can be read again, is what it was, and names nobody by a number or twice, and
/// no two values as the primary ones.
fn is_sound(resource: &Resource, kind: ResourceKind, id: &str) {
    assert_eq!((resource.kind(), resource.id()), (kind, Some(id)));
    let text = serde_json::to_string(resource).unwrap();
    let again: Resource = serde_json::from_str(&text).unwrap();
    assert!(again == *resource, "{text}");
    if kind == ResourceKind::Group {
        let listed = resource.get("members").and_then(Value::as_array).map_or(0, Vec::len);
        assert_eq!(listed, resource.members().len(), "{text}");
    }
    for (name, value) in resource.attributes() {
        let is_known = ["emails", "phoneNumbers", "roles", "addresses"].contains(&name.as_str());
        let primary = |element: &&Value| element["primary"] == json!(true);
        let primaries = value.as_array().map_or(0, |list| list.iter().filter(primary).count());
        assert!(!is_known || kind == ResourceKind::Group || primaries <= 1, "{text}");
    }
}

/// What a request says it did is what it did.
fn is_honest(before: &Resource, written: &Written) {
    let (old, new) = (ids(before), ids(&written.resource));
    let names = |of: BTreeSet<String>| of.into_iter().collect::<Vec<_>>();
    assert_eq!(written.members_added, names(&new - &old));
    assert_eq!(written.members_removed, names(&old - &new));
    assert_eq!(written.changed, !written.fields.is_empty());
    assert!(!written.mass || (new.is_empty() && !old.is_empty()));
    assert!(written.changed || (written.members_added.is_empty() && written.members_removed.is_empty()));
}

/// Whether a request names something anywhere, in any case.
fn says(request: &Value, word: &str) -> bool {
    request.to_string().to_ascii_lowercase().contains(word)
}

/// A document of any JSON: as what is stored, as POST and as PUT.
pub fn scim_resource(data: &[u8]) {
    let Ok(body) = Body::from_json(data) else { return };
    let told: Value = serde_json::from_slice(data).unwrap();
    if let Ok(resource) = Resource::new(body.clone()) {
        assert_eq!(serde_json::to_value(&resource).unwrap(), told);
        let _ = (resource.members(), resource.active(), resource.email(), resource.external_id());
    }
    for (kind, dialect) in KINDS.into_iter().flat_map(|kind| Dialect::ALL.map(|dialect| (kind, dialect))) {
        if let Ok(created) = Resource::create(kind, "new", &body, dialect) {
            is_sound(&created, kind, "new");
            assert!(says(&told, "active") || created.active().is_none());
            assert!(says(&told, "members") || created.members().is_empty());
        }
        let before = stored(kind);
        if let Ok(written) = before.replaced(&body, dialect) {
            is_sound(&written.resource, kind, before.id().unwrap());
            is_honest(&before, &written);
            // What is left out says nothing of who is in a group, or switched off.
            assert!(says(&told, "members") || ids(&written.resource) == ids(&before));
            assert!(says(&told, "active") || written.resource.active() == before.active());
            let again = written.resource.replaced(&body, dialect).unwrap();
            assert!(!again.changed, "said again, {:?} changed", again.fields);
        }
    }
}

/// A PATCH of any JSON.
pub fn scim_patch(data: &[u8]) {
    let parsed = serde_json::from_slice::<Value>(data);
    let body = Body::from_json(data);
    for (kind, dialect) in KINDS.into_iter().flat_map(|kind| Dialect::ALL.map(|dialect| (kind, dialect))) {
        let before = stored(kind);
        if let Ok(told) = &parsed {
            let request = json!({ "dialect": dialect, "resource": before, "requests": [told] });
            let answer = serde_json::to_value(Answer::of_json(request.to_string().as_bytes())).unwrap();
            assert!(answer.get("error").is_some() || answer.get("resource").is_some(), "{answer}");
        }
        let (Ok(body), Ok(told)) = (&body, &parsed) else { continue };
        let Ok(written) = before.patched(body, dialect) else { continue };
        is_sound(&written.resource, kind, before.id().unwrap());
        is_honest(&before, &written);
        // Nobody comes or goes, and nobody is switched off, by a request that does not say so.
        assert!(says(told, "members") || ids(&written.resource) == ids(&before), "{told}");
        assert!(says(told, "active") || written.resource.active() == before.active(), "{told}");
        assert!(says(told, "shoe") || written.resource.get("shoe") == before.get("shoe"), "{told}");
    }
}

/// A filter of any text: of resources, and of the elements of a list.
pub fn scim_filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for dialect in Dialect::ALL {
        let Ok(filter) = Filter::parse(text, dialect) else { continue };
        let compound = |text: String| Filter::parse(&text, dialect).ok();
        // Other than itself it may be too long or too deep.
        let not = compound(format!("not ({text})"));
        let both = compound(format!("({text}) and ({text})"));
        let either = compound(format!("({text}) or ({text})"));
        let twice = compound(format!("not (not ({text}))"));
        for kind in KINDS {
            let resource = stored(kind);
            let picks = filter.matches(&resource);
            let same = [both.as_ref(), either.as_ref(), twice.as_ref()];
            assert!(same.into_iter().flatten().all(|same| same.matches(&resource) == picks), "{text}");
            assert!(not.as_ref().is_none_or(|not| not.matches(&resource) != picks), "{text}");
        }
        removes_what_it_picks(text, dialect);
    }
}

/// `remove` below a filter and below its negation share a list between them.
fn removes_what_it_picks(text: &str, dialect: Dialect) {
    for (kind, list) in [(ResourceKind::User, "emails"), (ResourceKind::Group, "members")] {
        let before = stored(kind);
        let left = |filter: String| {
            let operation = json!({ "op": "remove", "path": format!("{list}[{filter}]") });
            let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
            let body = Body::new(json!({ "schemas": schemas, "Operations": [operation] })).unwrap();
            let written = before.patched(&body, dialect).ok()?;
            // Once nobody has an id exactly, it is found in another case.
            let again = written.resource.patched(&body, dialect).unwrap();
            assert!(!again.changed || kind == ResourceKind::Group, "{text}");
            Some(written.resource.get(list).and_then(Value::as_array).map_or(0, Vec::len))
        };
        let whole = before.get(list).and_then(Value::as_array).map_or(0, Vec::len);
        // Ids that are told one by one are found in any case where nobody has them exactly; a negation has no such rule.
        if kind == ResourceKind::Group {
            left(text.to_owned());
        } else if let (Some(kept), Some(others)) = (left(text.to_owned()), left(format!("not ({text})"))) {
            assert_eq!(kept + others, whole, "{text}");
        }
    }
}
