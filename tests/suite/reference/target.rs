//! Targets, their order (section 1) and their templates (section 3).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::shape::{Shape, Shapeless, object, text};

/// The keys that make up a target, wherever one is written.
pub const TARGET_KEYS: [&str; 7] = ["organization", "role", "group", "team", "flag", "kind", "name"];

/// Kinds in target order: the organization itself, role, group, team, flag, then others by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Organization,
    Role,
    Group,
    Team,
    Flag,
    Other(String),
}

impl Kind {
    pub fn named(name: &str) -> Kind {
        match name {
            "organization" => Kind::Organization,
            "role" => Kind::Role,
            "group" => Kind::Group,
            "team" => Kind::Team,
            "flag" => Kind::Flag,
            other => Kind::Other(other.to_owned()),
        }
    }
}

/// Target order is the derived one: no organization first, then organization, kind and name by bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    pub organization: Option<String>,
    pub kind: Kind,
    /// Empty for an organization itself.
    pub name: String,
}

impl Target {
    /// Reads a target out of a map that may hold `extra` keys too.
    pub fn read(value: &Value, extra: &[&str]) -> Shape<Target> {
        let mut known = TARGET_KEYS.to_vec();
        known.extend(extra);
        let map = object(value, &known)?;
        let organization = match map.get("organization") {
            None => None,
            Some(value) => Some(text(value)?),
        };
        let mut found = Vec::new();
        for key in ["role", "group", "team", "flag"] {
            if let Some(value) = map.get(key) {
                found.push((Kind::named(key), text(value)?));
            }
        }
        match (map.get("kind"), map.get("name")) {
            (None, None) => {}
            (Some(kind), Some(name)) => found.push((Kind::Other(text(kind)?), text(name)?)),
            _ => return Err(Shapeless),
        }
        match (found.len(), &organization) {
            (1, _) => {
                let (kind, name) = found.remove(0);
                Ok(Target { organization, kind, name })
            }
            (0, Some(_)) => Ok(Target { organization, kind: Kind::Organization, name: String::new() }),
            _ => Err(Shapeless),
        }
    }

    pub fn write(&self) -> Value {
        let mut map = Map::new();
        if let Some(organization) = &self.organization {
            map.insert("organization".into(), json!(organization));
        }
        match &self.kind {
            Kind::Organization => {}
            Kind::Role => drop(map.insert("role".into(), json!(self.name))),
            Kind::Group => drop(map.insert("group".into(), json!(self.name))),
            Kind::Team => drop(map.insert("team".into(), json!(self.name))),
            Kind::Flag => drop(map.insert("flag".into(), json!(self.name))),
            Kind::Other(kind) => {
                map.insert("kind".into(), json!(kind));
                map.insert("name".into(), json!(self.name));
            }
        }
        Value::Object(map)
    }

    pub fn is_organization(&self) -> bool {
        self.kind == Kind::Organization
    }

    /// Something in that organization, but not the organization itself.
    pub fn is_in(&self, organization: &Target) -> bool {
        organization.is_organization() && !self.is_organization() && self.organization == organization.organization
    }

    /// The names in braces, in the organization and in the name.
    pub fn placeholders(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for text in self.organization.iter().chain([&self.name]) {
            for part in parts(text) {
                if let Part::Placeholder(name) = part {
                    names.insert(name.to_owned());
                }
            }
        }
        names
    }

    pub fn is_template(&self) -> bool {
        let braced = |text: &String| text.contains('{');
        let braces = self.organization.as_ref().is_some_and(braced) || braced(&self.name);
        braces && !self.placeholders().is_empty()
    }

    /// Captured text put in for the placeholders; it is never expanded again.
    pub fn expand(&self, captured: &BTreeMap<String, String>) -> Target {
        let fill = |text: &String| {
            let mut filled = String::new();
            for part in parts(text) {
                match part {
                    Part::Fixed(text) => filled += text,
                    Part::Placeholder(name) => filled += captured.get(name).map_or("", |text| text),
                }
            }
            filled
        };
        Target { organization: self.organization.as_ref().map(fill), kind: self.kind.clone(), name: fill(&self.name) }
    }

    /// Whether this template can become that target: same kind, same fixed text.
    pub fn can_become(&self, target: &Target) -> bool {
        self.kind == target.kind
            && fits(&self.name, &target.name)
            && match (&self.organization, &target.organization) {
                (None, None) => true,
                (Some(template), Some(organization)) => fits(template, organization),
                _ => false,
            }
    }
}

enum Part<'a> {
    Fixed(&'a str),
    Placeholder(&'a str),
}

/// A text in pieces: `{name}` is a placeholder, anything else is fixed.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let placeholder = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        match placeholder.filter(|(name, _)| is_name(name)) {
            Some((name, after)) => {
                parts.push(Part::Placeholder(name));
                rest = after;
            }
            None => {
                // Up to the next brace, and always at least one character.
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let end = rest[first..].find('{').map_or(rest.len(), |at| first + at);
                parts.push(Part::Fixed(&rest[..end]));
                rest = &rest[end..];
            }
        }
    }
    parts
}

/// What a capture group can be called.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether some text in the places of the placeholders makes `template` into `text`.
fn fits(template: &str, text: &str) -> bool {
    fits_parts(&parts(template), text)
}

fn fits_parts(parts: &[Part<'_>], text: &str) -> bool {
    match parts.split_first() {
        None => text.is_empty(),
        Some((Part::Fixed(fixed), rest)) => text.strip_prefix(fixed).is_some_and(|text| fits_parts(rest, text)),
        Some((Part::Placeholder(_), rest)) => {
            let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            starts.any(|at| fits_parts(rest, &text[at..]))
        }
    }
}
