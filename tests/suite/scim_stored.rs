//! What is stored: it can always be read again, says clearly who is active and who is a member, and tells rules the same
//! however a client spelled it.

use groupmap::scim::{Body, Dialect, Resource, ResourceKind, person};
use groupmap::{Account, Config, Engine, Snapshot};
use serde_json::{Value, json};

use crate::checked::Checked;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn patch(operation: &Value) -> Body {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    Body::new(json!({ "schemas": schemas, "Operations": [operation] })).unwrap()
}

fn refused(resource: &Value) -> String {
    let error = Resource::new(Body::new(resource.clone()).unwrap()).unwrap_err();
    error.kind.unwrap().as_str().to_owned()
}

fn user(more: &Value) -> Value {
    let mut user = json!({ "schemas": [USER], "id": "u1", "userName": "u1@example.com" });
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    user
}

#[test]
fn whoever_is_neither_switched_off_nor_active_cannot_be_stored() {
    for unclear in [json!("False"), json!("true"), json!(0), json!([]), json!({})] {
        assert_eq!(refused(&user(&json!({ "active": unclear }))), "invalidValue", "{unclear}");
    }
    // Of a group it is some other attribute.
    let group = json!({ "schemas": [GROUP], "id": "g1", "displayName": "Ops", "active": "False" });
    assert!(serde_json::from_value::<Resource>(group).is_ok());
}

#[test]
fn members_without_an_id_cannot_be_stored() {
    for members in [json!(["u1"]), json!([{ "display": "u1" }]), json!([null]), json!("u1"), json!([{ "value": 7 }])] {
        let group = json!({ "schemas": [GROUP], "id": "g1", "displayName": "Ops", "members": members });
        assert_eq!(refused(&group), "invalidValue", "{members}");
    }
}

/// A body may be as deep as a resource, and a path can put what it holds deeper still.
#[test]
fn a_result_that_could_not_be_read_again_is_refused() {
    let stored: Resource = serde_json::from_value(user(&json!({}))).unwrap();
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    let add =
        |levels| json!({ "op": "add", "path": "urn:example:ext:1.0:a[type eq \"t\"].s", "value": nested(levels) });
    // Resource, schema, list and element come before it: four levels, of sixteen.
    let written = stored.patched(&patch(&add(12)), Dialect::Rfc7644).unwrap();
    let again = serde_json::to_value(&written.resource).unwrap();
    assert_eq!(serde_json::from_value::<Resource>(again).unwrap(), written.resource);
    let error = stored.patched(&patch(&add(13)), Dialect::Rfc7644).unwrap_err();
    assert_eq!(error.kind.unwrap().as_str(), "tooMany");
}

#[test]
fn a_group_that_is_renamed_concerns_its_members_however_its_name_is_spelled() {
    let members = json!([{ "value": "u1" }, { "value": "u2" }]);
    let group = json!({ "schemas": [GROUP], "id": "g1", "DisplayName": "Ops", "members": members });
    let stored: Resource = serde_json::from_value(group).unwrap();
    let rename = patch(&json!({ "op": "replace", "path": "displayName", "value": "Dev" }));
    assert_eq!(stored.patched(&rename, Dialect::Entra).unwrap().touched(), ["u1", "u2"]);
}

/// The claims of a user as a rule sees them: whoever is of the department has the flag.
fn is_granted(profile: &Resource, provider: &str, department: &[&str]) -> bool {
    let config: Config = serde_json::from_value(json!({
        "version": 1, "source": { "id": "scim", "provider": provider, "attributes": { "absent": "empty" } },
        "catalog": [{ "flag": "staff" }],
        "rules": [{ "id": "r", "when": { "attribute": { "name": department, "equals": "Ops" } }, "grant": [{ "flag": "staff" }] }]
    }))
    .unwrap();
    let engine = Engine::compile(config).unwrap();
    let snapshot = Snapshot::new(Account::active().of_subject("u1"));
    let person = person("u1", Some(profile), [], snapshot, Dialect::Entra).unwrap();
    let identity = engine.normalize(&person.login).unwrap();
    assert_eq!(identity.subject(), "u1");
    !engine.checked_plan(&identity, &person.snapshot).unwrap().add.is_empty()
}

#[test]
fn rules_find_the_enterprise_extension_however_a_client_spells_its_schema() {
    for schema in [ENTERPRISE.to_owned(), ENTERPRISE.to_ascii_lowercase(), ENTERPRISE.to_ascii_uppercase()] {
        let body = user(&json!({ &schema: { "department": "Ops" } }));
        let created = Resource::create(ResourceKind::User, "u1", &Body::new(body).unwrap(), Dialect::Entra).unwrap();
        assert!(is_granted(&created, "okta", &[ENTERPRISE, "department"]), "{schema}");
        let stored: Resource = serde_json::from_value(user(&json!({}))).unwrap();
        let path = format!("{schema}:department");
        let written = stored.patched(&patch(&json!({ "op": "add", "path": path, "value": "Ops" })), Dialect::Entra);
        assert!(is_granted(&written.unwrap().resource, "okta", &[ENTERPRISE, "department"]), "{schema}");
    }
}

/// Under the preset of Entra `tid` and `oid` are the subject of a token; in a profile they are anything.
#[test]
fn no_attribute_of_a_profile_takes_the_place_of_its_subject() {
    let more = json!({ "tid": "t", "oid": "o", "sub": "s", "iss": "i", "department": "Ops" });
    let profile: Resource = serde_json::from_value(user(&more)).unwrap();
    assert!(is_granted(&profile, "entra", &["department"]));
}
