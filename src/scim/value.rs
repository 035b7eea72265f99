//! Values as they are kept: what a request says, checked against the schema.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::body::find;
use super::dialect::Dialect;
use super::error::{Error, ErrorKind};
use super::resource::elements;
use super::schema::{Attribute, Mutability, Need, Shape};

/// The name of the attribute that holds the members of a group.
pub(super) const MEMBERS: &str = "members";

/// What is known of an attribute, if anything is.
pub(super) type Definition = Option<&'static Attribute>;

pub(super) fn is_members(definition: Definition) -> bool {
    definition.is_some_and(|definition| definition.name == MEMBERS)
}

/// A value as it is kept; null where it says that there is none. What no schema here knows is kept as it is.
pub(super) fn admit(definition: Definition, value: &Value, dialect: Dialect) -> Result<Value, Error> {
    let Some(known) = definition else { return Ok(value.clone()) };
    if value.is_null() {
        return match known.need {
            Need::Optional => Ok(Value::Null),
            Need::Stated | Need::Required => Err(invalid(known, "is null, which says nothing")),
        };
    }
    if !known.is_many {
        return admit_one(known, value, dialect);
    }
    if is_members(definition) && elements(value).any(Value::is_null) {
        return Err(invalid(known, "holds null, which names nobody"));
    }
    let admitted =
        elements(value).filter(|element| !element.is_null()).map(|element| admit_one(known, element, dialect));
    let mut admitted: Vec<Value> = admitted.collect::<Result<_, _>>()?;
    if is_members(definition) {
        let mut seen = BTreeSet::new();
        admitted.retain(|member| seen.insert(member_id(member).map(String::from)));
    }
    if known.sub("primary").is_some() && admitted.iter().filter(|element| is_primary(element)).count() > 1 {
        return Err(two_primaries(known));
    }
    Ok(Value::Array(admitted))
}

/// One value of an attribute, or one element of its list.
pub(super) fn admit_one(known: &'static Attribute, value: &Value, dialect: Dialect) -> Result<Value, Error> {
    match known.shape {
        Shape::Text => match value {
            Value::String(text) if text.is_empty() && known.need == Need::Required => Err(invalid(known, "is empty")),
            Value::String(_) => Ok(value.clone()),
            _ => Err(invalid(known, "is a text")),
        },
        Shape::Flag => match dialect.boolean(value) {
            Some(flag) => Ok(Value::Bool(flag)),
            None => Err(invalid(known, "is true or false")),
        },
        Shape::Complex => {
            let mut kept = Map::new();
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        let sub = known.sub(name);
                        if sub.is_some_and(|sub| sub.mutability == Mutability::ReadOnly) {
                            continue;
                        }
                        let value = admit(sub, value, dialect)?;
                        if !value.is_null() {
                            kept.insert(sub.map_or_else(|| name.clone(), |sub| sub.name.into()), value);
                        }
                    }
                }
                Value::String(_) if dialect.quirks().scalar_objects && known.sub("value").is_some() => {
                    kept.insert("value".into(), admit(known.sub("value"), value, dialect)?);
                }
                _ => return Err(invalid(known, "is an object")),
            }
            match known.subs.iter().find(|sub| sub.need == Need::Required && !kept.contains_key(sub.name)) {
                Some(missing) => Err(invalid(missing, "is missing")),
                None => Ok(Value::Object(kept)),
            }
        }
    }
}

pub(super) fn invalid(known: &Attribute, fault: &str) -> Error {
    Error::new(ErrorKind::InvalidValue, format!("`{}` {fault}", known.name))
}

/// Whether an element of a list is the primary one.
pub(super) fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// RFC 7643, section 2.4: no more than one value is the primary one. Which of two is meant cannot be told.
pub(super) fn two_primaries(known: &Attribute) -> Error {
    invalid(known, "would have two primary values")
}

/// Whom a member of a group stands for.
pub(super) fn member_id(member: &Value) -> Option<&str> {
    find(member.as_object()?, "value")?.as_str()
}

/// Whether two values are the same: null, an empty list and an empty object are as good as nothing.
pub(super) fn is_same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a.filter(|value| !is_nothing(value)), b.filter(|value| !is_nothing(value))) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            a.iter().all(|(key, value)| is_same(Some(value), b.get(key)))
                && b.iter().all(|(key, value)| a.contains_key(key) || is_nothing(value))
        }
        (a, b) => a == b,
    }
}

pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.values().all(is_nothing),
        _ => false,
    }
}

/// A text that two values share if and only if they are the same.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !is_nothing(value));
            let mut members: Vec<(&String, String)> = members.map(|(name, value)| (name, canonical(value))).collect();
            members.sort_unstable();
            format!("{members:?}")
        }
        Value::Array(elements) => format!("{:?}", elements.iter().map(canonical).collect::<Vec<_>>()),
        scalar => format!("{scalar}"),
    }
}
