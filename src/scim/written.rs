//! Requests that write one resource: POST, PUT, PATCH.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::body::{Body, find, spelling};
use super::dialect::Dialect;
use super::error::{Error, ErrorKind};
use super::patch::{declare, patched};
use super::resource::{Resource, ResourceKind, elements, kind_of};
use super::schema::{self, Mutability, is_core, is_urn};
use super::value::{MEMBERS, admit, is_nothing, is_same, member_id};

/// What a request made of a stored resource.
///
/// `Debug` shows no value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Written {
    /// The resource, to be stored in place of the old one.
    pub resource: Resource,
    /// Whether it is another than before. Order alone, nulls and empty lists are no change.
    pub changed: bool,
    /// The attributes that are others than before, sorted: `displayName`, and those of extensions with their schema,
    /// `urn:…:User:department`.
    pub fields: Vec<String>,
    /// Who was added to a group, sorted.
    pub members_added: Vec<String>,
    /// Who was removed from a group, sorted.
    pub members_removed: Vec<String>,
    /// Whether a group lost all of its members without the request naming them: a host puts that through the threshold
    /// for mass removals before it applies what follows.
    pub mass: bool,
}

/// What is read from a body only where this crate itself sets it.
const SET_HERE: [&str; 2] = ["schemas", "meta"];

/// What stays as it is where a PUT leaves it out: a missing word is no evidence that a person is gone.
const KEPT_UNLESS_TOLD: [&str; 7] = ["id", "externalId", "meta", "schemas", "groups", "active", MEMBERS];

impl Resource {
    /// POST: a new resource with an id that the host has made.
    ///
    /// What a client says of `id`, `meta` and a user's `groups` is ignored, as RFC 7643 wants of read-only attributes; a
    /// `password` is not kept. `meta` holds the `resourceType`, to which the host may add.
    ///
    /// # Errors
    ///
    /// `invalidValue`: an attribute is missing or is none that its schema allows, `null` for `active` or `members`
    /// included; `invalidSyntax`: `schemas` names another kind of resource.
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::scim::{Body, Dialect, Resource, ResourceKind};
    ///
    /// let body = Body::from_json(br#"{
    ///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    ///     "id": "7", "userName": "u1@example.com", "groups": [], "active": "True"
    /// }"#)?;
    /// let user = Resource::create(ResourceKind::User, "u1", &body, Dialect::Entra)?;
    /// assert_eq!((user.id(), user.active()), (Some("u1"), Some(true)));
    /// assert!(Resource::create(ResourceKind::User, "u1", &body, Dialect::Rfc7644).is_err());
    /// # Ok::<(), groupmap::scim::Error>(())
    /// ```
    pub fn create(kind: ResourceKind, id: &str, body: &Body, dialect: Dialect) -> Result<Self, Error> {
        let mut attributes = told(kind, body, dialect)?;
        attributes.insert("id".into(), id.into());
        let mut meta = Map::new();
        meta.insert("resourceType".into(), kind.as_str().into());
        attributes.insert("meta".into(), Value::Object(meta));
        finished(kind, attributes, body)
    }

    /// PUT: the resource with what the body tells.
    ///
    /// What the body leaves out is gone, but for `id`, `externalId`, `meta`, a user's `groups` and `active`, and a group's
    /// `members`: those go only by being told. Otherwise as [`Resource::create`].
    ///
    /// # Errors
    ///
    /// Those of [`Resource::create`].
    pub fn replaced(&self, body: &Body, dialect: Dialect) -> Result<Written, Error> {
        let kind = self.kind();
        let mut attributes = told(kind, body, dialect)?;
        for name in KEPT_UNLESS_TOLD {
            let is_told =
                find(&body.0, name).is_some() && name != "id" && name != "groups" && !SET_HERE.contains(&name);
            if let (false, Some(stored)) = (is_told, find(self.attributes(), name)) {
                attributes.insert(name.into(), stored.clone());
            }
        }
        let resource = finished(kind, attributes, body)?;
        let mass = resource.members().is_empty();
        Ok(Written::between(self, resource, mass))
    }

    /// PATCH: all operations of the body, or none.
    ///
    /// # Errors
    ///
    /// The `scimType` of RFC 7644 for the first operation that cannot be carried out; its place stands in the detail.
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::scim::{Body, Dialect, Resource};
    ///
    /// let group: Resource = serde_json::from_str(r#"{
    ///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
    ///     "id": "g1", "displayName": "Ops", "members": [{ "value": "u1" }, { "value": "u2" }]
    /// }"#)?;
    /// let body = Body::from_json(br#"{
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "u1" }] }]
    /// }"#)?;
    /// let written = group.patched(&body, Dialect::Entra)?;
    /// assert_eq!(written.members_removed, ["u1"]);
    /// assert!(!written.mass);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn patched(&self, body: &Body, dialect: Dialect) -> Result<Written, Error> {
        let (resource, mass) = patched(self, body, dialect)?;
        Ok(Written::between(self, resource, mass))
    }

    /// A group without a member: for each of a user's groups, once the user is deleted. Whoever is no member of it leaves it
    /// as it is.
    #[must_use]
    pub fn without_member(&self, user: &str) -> Written {
        let mut attributes = self.attributes().clone();
        let key = spelling(&attributes, MEMBERS);
        if let (ResourceKind::Group, Some(members)) = (self.kind(), attributes.get_mut(&key)) {
            *members = elements(members).filter(|member| member_id(member) != Some(user)).cloned().collect();
            if is_nothing(members) {
                attributes.remove(&key);
            }
        }
        Written::between(self, self.with(attributes), false)
    }
}

impl Written {
    /// Whose evidence it changes, sorted: a user's own; for a group those who came or went, and all members where it goes by
    /// another `displayName` or `externalId`.
    pub fn touched(&self) -> Vec<String> {
        let own = self.resource.id().filter(|_| self.changed && self.resource.kind() == ResourceKind::User);
        let moved = self.members_added.iter().chain(&self.members_removed).map(|member| &**member);
        let renamed = self
            .fields
            .iter()
            .any(|field| ["displayName", "externalId"].iter().any(|name| name.eq_ignore_ascii_case(field)));
        let others = renamed.then(|| self.resource.members()).into_iter().flatten();
        let touched: BTreeSet<&str> = own.into_iter().chain(moved).chain(others).collect();
        touched.into_iter().map(String::from).collect()
    }

    pub(super) fn between(before: &Resource, after: Resource, mass: bool) -> Self {
        let fields = fields_between(before.attributes(), after.attributes());
        let (old, new) = (before.members(), after.members());
        let names =
            |of: &BTreeSet<&str>, but: &BTreeSet<&str>| of.difference(but).map(|id| String::from(*id)).collect();
        let (members_added, members_removed): (Vec<String>, Vec<String>) = (names(&new, &old), names(&old, &new));
        let mass = mass && !members_removed.is_empty();
        Self { changed: !fields.is_empty(), fields, members_added, members_removed, mass, resource: after }
    }
}

/// The attributes that differ.
fn fields_between(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let mut fields = BTreeSet::new();
    for name in before.keys().chain(after.keys()) {
        let (old, new) = (before.get(name), after.get(name));
        if is_same(old, new) {
            continue;
        }
        let nothing = Map::new();
        let members =
            |value: Option<&'_ Value>| value.and_then(Value::as_object).cloned().unwrap_or_else(|| nothing.clone());
        let is_extension =
            is_urn(name) && [old, new].into_iter().flatten().all(|value| value.is_object() || value.is_null());
        if is_extension {
            let (old, new) = (members(old), members(new));
            let differing = old.keys().chain(new.keys()).filter(|name| !is_same(old.get(*name), new.get(*name)));
            fields.extend(differing.map(|sub| format!("{name}:{sub}")));
        } else {
            fields.insert(name.clone());
        }
    }
    fields.into_iter().collect()
}

/// What a body tells of a resource, checked, without what a client cannot say.
fn told(kind: ResourceKind, body: &Body, dialect: Dialect) -> Result<Map<String, Value>, Error> {
    let schemas = body.get("schemas").into_iter().flat_map(elements).filter_map(Value::as_str);
    let is_foreign = schemas.chain(body.0.keys().map(String::as_str)).any(|schema| schema::is_foreign(kind, schema));
    if is_foreign || kind_of(&body.0).is_some_and(|told| told != kind) {
        return Err(Error::new(ErrorKind::InvalidSyntax, "`schemas` names another kind of resource"));
    }
    let mut attributes = Map::new();
    for (name, value) in &body.0 {
        if is_urn(name) && !is_core(kind, name) {
            tell_extension(kind, name, value, dialect, &mut attributes)?;
        } else {
            tell(kind, None, name, value, dialect, &mut attributes)?;
        }
    }
    Ok(attributes)
}

fn tell_extension(
    kind: ResourceKind,
    schema: &str,
    value: &Value,
    dialect: Dialect,
    attributes: &mut Map<String, Value>,
) -> Result<(), Error> {
    let members = match value {
        Value::Null => return Ok(()),
        Value::Object(members) => members,
        _ => return Err(Error::new(ErrorKind::InvalidValue, "a schema holds an object")),
    };
    let mut extension = Map::new();
    for (name, value) in members {
        tell(kind, Some(schema), name, value, dialect, &mut extension)?;
    }
    attributes.insert(schema.into(), Value::Object(extension));
    Ok(())
}

fn tell(
    kind: ResourceKind,
    schema: Option<&str>,
    name: &str,
    value: &Value,
    dialect: Dialect,
    attributes: &mut Map<String, Value>,
) -> Result<(), Error> {
    let definition = schema::attribute(kind, schema, name);
    if definition.is_some_and(|known| matches!(known.mutability, Mutability::ReadOnly | Mutability::WriteOnly)) {
        return Ok(());
    }
    let value = admit(definition, value, dialect)?;
    if !is_nothing(&value) {
        attributes.insert(definition.map_or(name, |known| known.name).into(), value);
    }
    Ok(())
}

/// The resource with its schemas, and with everything that must be there.
fn finished(kind: ResourceKind, mut attributes: Map<String, Value>, body: &Body) -> Result<Resource, Error> {
    declare(&mut attributes, kind.schema());
    for schema in body.get("schemas").into_iter().flat_map(elements) {
        let schema =
            schema.as_str().ok_or_else(|| Error::new(ErrorKind::InvalidValue, "`schemas` is a list of texts"))?;
        declare(&mut attributes, schema);
    }
    let extensions: Vec<String> = attributes.keys().filter(|name| is_urn(name)).cloned().collect();
    for extension in extensions {
        declare(&mut attributes, &extension);
    }
    if let Some(missing) = schema::required(kind).find(|name| find(&attributes, name).is_none_or(Value::is_null)) {
        return Err(Error::new(ErrorKind::InvalidValue, format!("`{missing}` is missing")));
    }
    let id = spelling(&attributes, "id");
    if attributes.get(&id).and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(Error::new(ErrorKind::InvalidValue, "`id` is missing"));
    }
    Resource::checked(kind, attributes)
}
