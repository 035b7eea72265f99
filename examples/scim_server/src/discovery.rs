//! What the server says of itself (RFC 7643, sections 5 to 7; RFC 7644, section 4).

use groupmap::scim::{ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA};
use serde_json::{Value, json};

use crate::list::MAX_RESULTS;

pub(crate) fn provider(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MAX_RESULTS },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "Bearer token",
            "description": "One token for each client, in the Authorization header", "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

pub(crate) fn resource_types(base: &str) -> Value {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User", "name": "User", "endpoint": "/Users", "description": "A person", "schema": USER_SCHEMA,
        "schemaExtensions": [{ "schema": ENTERPRISE_SCHEMA, "required": false }],
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/User") },
    });
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "Group", "name": "Group", "endpoint": "/Groups", "description": "A group of people",
        "schema": GROUP_SCHEMA,
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/Group") },
    });
    all(vec![user, group])
}

pub(crate) fn schemas(base: &str) -> Value {
    let schema = |id: &str, name: &str, description: &str, attributes: Vec<Value>| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": id, "name": name, "description": description, "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
        })
    };
    all(vec![
        schema(USER_SCHEMA, "User", "A person", user()),
        schema(GROUP_SCHEMA, "Group", "A group of people", group()),
        schema(ENTERPRISE_SCHEMA, "EnterpriseUser", "What an employer says of a person", enterprise()),
    ])
}

/// The one with an id or name, of a list.
pub(crate) fn one(list: &Value, id: &str) -> Option<Value> {
    list["Resources"].as_array()?.iter().find(|one| one["id"] == id).cloned()
}

fn all(resources: Vec<Value>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(), "startIndex": 1, "itemsPerPage": resources.len(), "Resources": resources,
    })
}

/// One attribute: a text that may be changed, whose case does not count.
fn text(name: &str) -> Value {
    json!({
        "name": name, "type": "string", "multiValued": false, "description": name, "required": false,
        "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    })
}

/// The same with other properties.
fn but(mut attribute: Value, properties: Value) -> Value {
    if let (Some(members), Value::Object(properties)) = (attribute.as_object_mut(), properties) {
        members.extend(properties);
    }
    attribute
}

fn flag(name: &str) -> Value {
    but(text(name), json!({ "type": "boolean" }))
}

fn reference(name: &str, to: &[&str]) -> Value {
    but(text(name), json!({ "type": "reference", "caseExact": true, "referenceTypes": to }))
}

fn complex(name: &str, subs: Vec<Value>) -> Value {
    but(text(name), json!({ "type": "complex", "subAttributes": subs }))
}

/// A list of objects with the usual sub-attributes.
fn list(name: &str) -> Value {
    let subs = vec![text("value"), text("display"), text("type"), flag("primary")];
    but(complex(name, subs), json!({ "multiValued": true }))
}

fn user() -> Vec<Value> {
    let names = ["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"];
    let address = ["formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"];
    let address: Vec<Value> = address.map(text).into_iter().chain([flag("primary")]).collect();
    let read_only = || json!({ "mutability": "readOnly" });
    let groups = vec![
        but(text("value"), read_only()),
        but(reference("$ref", &["Group"]), read_only()),
        but(text("display"), read_only()),
        but(text("type"), read_only()),
    ];
    vec![
        but(text("userName"), json!({ "required": true, "uniqueness": "server" })),
        complex("name", names.map(text).into()),
        text("displayName"),
        text("nickName"),
        reference("profileUrl", &["external"]),
        text("title"),
        text("userType"),
        text("preferredLanguage"),
        text("locale"),
        text("timezone"),
        flag("active"),
        list("emails"),
        list("phoneNumbers"),
        list("ims"),
        but(
            complex("photos", vec![reference("value", &["external"]), text("display"), text("type"), flag("primary")]),
            json!({ "multiValued": true }),
        ),
        but(complex("addresses", address), json!({ "multiValued": true })),
        but(complex("groups", groups), json!({ "multiValued": true, "mutability": "readOnly" })),
        list("entitlements"),
        list("roles"),
        but(
            complex(
                "x509Certificates",
                vec![
                    but(text("value"), json!({ "type": "binary", "caseExact": true })),
                    text("display"),
                    text("type"),
                    flag("primary"),
                ],
            ),
            json!({ "multiValued": true }),
        ),
    ]
}

fn group() -> Vec<Value> {
    let immutable = || json!({ "mutability": "immutable" });
    let member = vec![
        but(text("value"), json!({ "mutability": "immutable", "required": true })),
        but(reference("$ref", &["User", "Group"]), immutable()),
        but(text("type"), json!({ "mutability": "immutable", "canonicalValues": ["User", "Group"] })),
        text("display"),
    ];
    vec![
        but(text("displayName"), json!({ "required": true })),
        but(complex("members", member), json!({ "multiValued": true })),
    ]
}

fn enterprise() -> Vec<Value> {
    let manager = vec![
        text("value"),
        reference("$ref", &["User"]),
        but(text("displayName"), json!({ "mutability": "readOnly" })),
    ];
    let texts = ["employeeNumber", "costCenter", "organization", "division", "department"].map(text);
    texts.into_iter().chain([complex("manager", manager)]).collect()
}
