//! Users and groups as they are stored.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

use super::body::{Body, find};
use super::cursor::AttributePath;
use super::error::{Error, ErrorKind};
use super::schema::{self, Attribute, GROUP_SCHEMA, Shape, USER_SCHEMA};
use super::value::{MEMBERS, member_id};

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "a host has an endpoint for each of them")]
pub enum ResourceKind {
    /// A person.
    User,
    /// A group of them.
    Group,
}

impl ResourceKind {
    /// The name of its core schema.
    pub fn schema(self) -> &'static str {
        match self {
            Self::User => USER_SCHEMA,
            Self::Group => GROUP_SCHEMA,
        }
    }

    /// Its name in `meta.resourceType`: `User` or `Group`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

/// A user or group of RFC 7643 as it is stored: a JSON object, of which attributes that no schema here knows are kept
/// as they are.
///
/// Its kind is read from `schemas`, or else from `meta.resourceType`. Ids are texts: a number under `id`, `externalId` or
/// the `value` of a member is refused. Serde reads and writes the object. `Debug` shows no value.
#[derive(Clone, PartialEq)]
pub struct Resource {
    kind: ResourceKind,
    pub(super) attributes: Map<String, Value>,
}

impl Resource {
    /// Takes a stored resource.
    ///
    /// # Errors
    ///
    /// `invalidSyntax`: neither user nor group; `invalidValue`: an id that is no text, a member without one, or `active`
    /// that is neither true nor false: whether somebody is switched off is not guessed.
    pub fn new(body: Body) -> Result<Self, Error> {
        let Body(attributes) = body;
        let kind = kind_of(&attributes)
            .ok_or_else(|| Error::new(ErrorKind::InvalidSyntax, "`schemas` names neither a user nor a group"))?;
        let resource = Self { kind, attributes };
        let members = resource.elements(MEMBERS).filter(|_| kind == ResourceKind::Group);
        let ids = ["id", "externalId"].into_iter().filter_map(|name| resource.get(name));
        let is_active_clear = kind != ResourceKind::User || resource.get("active").is_none_or(Value::is_boolean);
        if !members.map(member_id).all(|id| id.is_some()) || !ids.into_iter().all(Value::is_string) {
            Err(Error::new(ErrorKind::InvalidValue, "an id is a text"))
        } else if !is_active_clear {
            Err(Error::new(ErrorKind::InvalidValue, "`active` is true or false"))
        } else {
            Ok(resource)
        }
    }

    /// A resource that was made of attributes which were checked one by one: as a whole it must not be more than can be
    /// read again.
    pub(super) fn checked(kind: ResourceKind, attributes: Map<String, Value>) -> Result<Self, Error> {
        let Body(attributes) = Body::new(Value::Object(attributes))?;
        Ok(Self { kind, attributes })
    }

    /// The same with other attributes, which were those of this one.
    pub(super) fn with(&self, attributes: Map<String, Value>) -> Self {
        Self { kind: self.kind, attributes }
    }

    /// Whether it is a user or a group.
    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// Its `id`, which the host gave it.
    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// Its `externalId`, which the client gave it.
    pub fn external_id(&self) -> Option<&str> {
        self.text("externalId")
    }

    /// Everything that is stored.
    pub fn attributes(&self) -> &Map<String, Value> {
        &self.attributes
    }

    /// An attribute of the core schema; null counts as missing, and the case of the name does not count.
    pub fn get(&self, name: &str) -> Option<&Value> {
        find(&self.attributes, name).filter(|value| !value.is_null())
    }

    /// An attribute of the core schema that is a text and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Whether a user is active: nothing is said where `active` is missing or no boolean.
    pub fn active(&self) -> Option<bool> {
        self.get("active")?.as_bool()
    }

    /// The members of a group, in order, each once: the ids of users and of groups within it.
    pub fn members(&self) -> BTreeSet<&str> {
        if self.kind != ResourceKind::Group {
            return BTreeSet::new();
        }
        self.elements(MEMBERS).filter_map(member_id).collect()
    }

    /// The address of a user: the primary one, or else the only one, or else the only one for work. Which one came first
    /// says nothing.
    pub fn email(&self) -> Option<&str> {
        let emails: Vec<&Map<String, Value>> = self.elements("emails").filter_map(Value::as_object).collect();
        let only = |is_meant: &dyn Fn(&Map<String, Value>) -> bool| {
            let mut meant = emails.iter().filter(|email| is_meant(email));
            meant.next().filter(|_| meant.next().is_none())
        };
        let work = |email: &Map<String, Value>| {
            find(email, "type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
        };
        let primary = |email: &Map<String, Value>| find(email, "primary") == Some(&Value::Bool(true));
        let email = only(&primary).or_else(|| only(&|_| true)).or_else(|| only(&work))?;
        find(email, "value")?.as_str().filter(|address| !address.is_empty())
    }

    /// The elements of a list of the core schema.
    pub(super) fn elements(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.get(name).into_iter().flat_map(elements)
    }
}

pub(super) fn kind_of(attributes: &Map<String, Value>) -> Option<ResourceKind> {
    let kinds = [ResourceKind::User, ResourceKind::Group];
    let schemas: Vec<&str> =
        find(attributes, "schemas").into_iter().flat_map(elements).filter_map(Value::as_str).collect();
    let named = |kind: &ResourceKind| schemas.iter().any(|schema| schema.eq_ignore_ascii_case(kind.schema()));
    match (named(&ResourceKind::User), named(&ResourceKind::Group)) {
        (true, false) => Some(ResourceKind::User),
        (false, true) => Some(ResourceKind::Group),
        (true, true) => None,
        (false, false) => {
            let kind = find(find(attributes, "meta")?.as_object()?, "resourceType")?.as_str()?;
            kinds.into_iter().find(|known| known.as_str() == kind)
        }
    }
}

/// The elements of a list; a value alone is a list of one, and null of none.
pub(super) fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    let list: &[Value] = match value {
        Value::Array(elements) => elements,
        Value::Null => &[],
        alone => core::slice::from_ref(alone),
    };
    list.iter()
}

/// What a filter looks at.
#[derive(Clone, Copy)]
pub(super) enum Place<'v> {
    /// A resource.
    Top(ResourceKind, &'v Map<String, Value>),
    /// An element of a list.
    Element(&'v Value, Option<&'static Attribute>),
}

/// Values, and what is known of them.
type Found<'v> = (Vec<&'v Value>, Option<&'static Attribute>);

impl<'v> Place<'v> {
    /// The values that a path leads to, without nulls; of objects their `value`.
    pub(super) fn values(self, path: &AttributePath) -> Found<'v> {
        let (found, definition) = self.elements(path);
        let is_complex = match definition {
            Some(definition) => definition.shape == Shape::Complex,
            None => found.iter().any(|value| value.is_object()),
        };
        if is_complex && path.sub.is_none() {
            (subs(&found, "value"), definition.and_then(|definition| definition.sub("value")))
        } else {
            (found, definition)
        }
    }

    /// The elements that a path leads to, without nulls.
    pub(super) fn elements(self, path: &AttributePath) -> Found<'v> {
        let (value, definition) = match self {
            Place::Top(kind, attributes) => {
                let schema = path.schema.as_deref().filter(|schema| !schema::is_core(kind, schema));
                let container = match schema {
                    None => Some(attributes),
                    Some(schema) => find(attributes, schema).and_then(Value::as_object),
                };
                (container.and_then(|own| find(own, &path.name)), schema::attribute(kind, schema, &path.name))
            }
            Place::Element(element, definition) => {
                let value = match element {
                    Value::Object(members) => find(members, &path.name),
                    scalar => path.name.eq_ignore_ascii_case("value").then_some(scalar),
                };
                (value, definition.and_then(|definition| definition.sub(&path.name)))
            }
        };
        let found: Vec<&Value> = value.into_iter().flat_map(elements).filter(|value| !value.is_null()).collect();
        match &path.sub {
            None => (found, definition),
            Some(sub) => (subs(&found, sub), definition.and_then(|definition| definition.sub(sub))),
        }
    }
}

fn subs<'v>(values: &[&'v Value], name: &str) -> Vec<&'v Value> {
    let objects = values.iter().filter_map(|value| value.as_object());
    objects.filter_map(|members| find(members, name)).flat_map(elements).filter(|value| !value.is_null()).collect()
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.attributes.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Body::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource")
            .field("kind", &self.kind)
            .field("attributes", &self.attributes.len())
            .finish_non_exhaustive()
    }
}
