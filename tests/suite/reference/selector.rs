//! Selectors: which claim is meant, and what they find in a token or an assertion.

use serde_json::Value;

use super::login::{Claims, Sheet};
use super::shape::{Shape, Shapeless, object, optional, text, texts, word};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Literal keys from the outermost on.
    Path(Vec<String>),
    /// One key in any ASCII case.
    AnyCase(String),
    FriendlyName(String),
}

/// What a selector finds.
pub enum Look {
    There(Value),
    /// A nested path is cut off by something that is no object.
    Broken,
}

/// A string is one literal key; a list is a nested path; a table says how.
pub fn read_selector(value: &Value) -> Shape<Selector> {
    let selector = match value {
        Value::String(key) => Selector::Path(vec![key.clone()]),
        Value::Array(_) => Selector::Path(texts(value)?),
        _ => {
            let map = object(value, &["name", "case", "friendly_name"])?;
            let case = optional(map, "case", |value| word(value, &[("sensitive", false), ("ascii", true)]))?;
            match (optional(map, "name", text)?, case, optional(map, "friendly_name", text)?) {
                (Some(name), Some(true), None) => Selector::AnyCase(name),
                (Some(name), _, None) => Selector::Path(vec![name]),
                (None, None, Some(name)) => Selector::FriendlyName(name),
                _ => return Err(Shapeless),
            }
        }
    };
    let empty = match &selector {
        Selector::Path(keys) => keys.is_empty() || keys.iter().any(String::is_empty),
        Selector::AnyCase(name) | Selector::FriendlyName(name) => name.is_empty(),
    };
    if empty { Err(Shapeless) } else { Ok(selector) }
}

impl Selector {
    pub fn key(key: &str) -> Selector {
        Selector::Path(vec![key.to_owned()])
    }

    /// Whether a path through a token is meant, or leads further into what is meant.
    pub fn covers(&self, path: &[String]) -> bool {
        match self {
            Selector::Path(keys) => path.len() >= keys.len() && path[..keys.len()] == keys[..],
            Selector::AnyCase(name) => path[0].eq_ignore_ascii_case(name),
            Selector::FriendlyName(_) => false,
        }
    }

    pub fn names_attribute(&self, name: &str, friendly_name: Option<&str>) -> bool {
        match self {
            Selector::Path(keys) => keys.len() == 1 && keys[0] == name,
            Selector::AnyCase(wanted) => wanted.eq_ignore_ascii_case(name),
            Selector::FriendlyName(wanted) => friendly_name == Some(wanted),
        }
    }

    /// Whether a token's `_claim_names` says that what is meant is elsewhere.
    pub fn is_elsewhere(&self, sheet: &Sheet) -> bool {
        let Sheet::Token(claims) = sheet else { return false };
        let names = claims.get("_claim_names").and_then(Value::as_object);
        names.is_some_and(|names| {
            names.keys().any(|name| match self {
                Selector::Path(keys) => keys[0] == *name,
                Selector::AnyCase(wanted) => wanted.eq_ignore_ascii_case(name),
                Selector::FriendlyName(_) => false,
            })
        })
    }

    /// What is there, apart from what `hidden` selectors mean. An assertion's attributes of one meaning are one list.
    pub fn look_up(&self, sheet: &Sheet, hidden: &[Selector]) -> Vec<Look> {
        match (sheet, self) {
            (Sheet::Token(_), Selector::Path(path)) if hidden.iter().any(|other| other.covers(path)) => Vec::new(),
            (Sheet::Token(claims), Selector::Path(path)) => follow(claims, path).into_iter().collect(),
            (Sheet::Token(claims), Selector::AnyCase(name)) => claims
                .iter()
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .filter(|(key, _)| !hidden.iter().any(|other| other.covers(&[(*key).clone()])))
                .map(|(_, value)| Look::There(value.clone()))
                .collect(),
            (Sheet::Token(_), Selector::FriendlyName(_)) => Vec::new(),
            (Sheet::Assertion(attributes), _) => {
                let means = |selector: &Selector, attribute: &super::login::Attribute| {
                    selector.names_attribute(&attribute.name, attribute.friendly_name.as_deref())
                };
                let mut values = Vec::new();
                let mut any = false;
                for attribute in attributes.iter().filter(|attribute| means(self, attribute)) {
                    if !hidden.iter().any(|other| means(other, attribute)) {
                        any = true;
                        values.extend(attribute.values.iter().cloned());
                    }
                }
                if any { vec![Look::There(Value::Array(values))] } else { Vec::new() }
            }
        }
    }
}

fn follow(claims: &Claims, path: &[String]) -> Option<Look> {
    let (last, way) = path.split_last()?;
    let mut here = claims;
    for key in way {
        match here.get(key)? {
            Value::Object(inner) => here = inner,
            _ => return Some(Look::Broken),
        }
    }
    here.get(last).cloned().map(Look::There)
}
