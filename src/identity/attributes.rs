//! All claims but the groups, as conditions ask for them.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::reading::Reading;
use crate::claims::{Login, SamlAttribute, Value};
use crate::config::Selector;

/// The claims of a login, shared with it.
#[derive(PartialEq)]
pub(crate) enum Attributes {
    Tokens(Vec<Arc<Value>>),
    Saml(Vec<SamlAttribute>),
}

/// The values of one attribute; none at all where the attribute is an empty list or an object.
pub(crate) struct Found<'a>(Vec<&'a Value>);

impl<'a> Found<'a> {
    pub(crate) fn values(&self) -> impl Iterator<Item = &'a Value> {
        self.0.iter().copied()
    }
}

impl Attributes {
    pub(super) fn of(login: &Login) -> Self {
        match login {
            Login::Oidc { id_token, userinfo } => {
                Self::Tokens(core::iter::once(id_token).chain(userinfo).map(|token| token.claims.clone()).collect())
            }
            Login::Saml(assertion) => Self::Saml(assertion.attributes.clone()),
        }
    }

    /// Every value of an attribute over all tokens or all elements of its name; `None` where it is missing, which null
    /// and the configured groups claims are.
    pub(crate) fn find(&self, selector: &Selector, reading: &Reading) -> Option<Found<'_>> {
        let path = selector.segments();
        if reading.is_groups_claim(path) {
            return None;
        }
        let mut present = false;
        let mut values = Vec::new();
        match self {
            Self::Tokens(tokens) => {
                let found = tokens.iter().filter_map(|claims| claims.at(path));
                for value in found.filter(|value| !matches!(value, Value::Null)) {
                    present = true;
                    match value {
                        Value::List(elements) => values.extend(elements.iter().filter(|value| is_scalar(value))),
                        value if is_scalar(value) => values.push(value),
                        _ => {}
                    }
                }
            }
            Self::Saml(attributes) => {
                let [name] = path else { return None };
                for attribute in attributes.iter().filter(|attribute| attribute.name == *name) {
                    present = true;
                    values.extend(attribute.values.iter().filter(|value| is_scalar(value)));
                }
            }
        }
        present.then_some(Found(values))
    }

    /// What a digest is made over: every claim but the groups.
    pub(crate) fn without_groups<'a>(&'a self, reading: &'a Reading) -> impl Serialize + 'a {
        WithoutGroups { attributes: self, reading }
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

struct WithoutGroups<'a> {
    attributes: &'a Attributes,
    reading: &'a Reading,
}

impl Serialize for WithoutGroups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.attributes {
            Attributes::Tokens(tokens) => serializer.collect_seq(tokens.iter().map(|claims| Pruned {
                value: claims,
                path: Vec::new(),
                reading: self.reading,
            })),
            Attributes::Saml(attributes) => {
                let mut by_name: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
                for attribute in attributes {
                    if !self.reading.is_groups_claim(core::slice::from_ref(&attribute.name)) {
                        by_name.entry(&attribute.name).or_default().extend(&attribute.values);
                    }
                }
                serializer.collect_map(by_name)
            }
        }
    }
}

/// A claim without the groups claims below it.
struct Pruned<'a> {
    value: &'a Value,
    path: Vec<String>,
    reading: &'a Reading,
}

impl Serialize for Pruned<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(entries) = self.value else { return self.value.serialize(serializer) };
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in entries {
            let mut path = self.path.clone();
            path.push(key.as_ref().into());
            if !self.reading.is_groups_claim(&path) {
                map.serialize_entry(key, &Pruned { value, path, reading: self.reading })?;
            }
        }
        map.end()
    }
}
