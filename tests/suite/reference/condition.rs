//! Conditions: how they are written (section 1) and what they are worth (section 3).

use serde_json::{Number, Value};

use super::evidence::{Attributes, Evidence};
use super::kleene::{Kleene, all, any};
use super::pattern::Pattern;
use super::selector::{Selector, read_selector};
use super::shape::{Shape, Shapeless, flag, list, object, optional, required, text, texts};
use super::text::{Case, Key, Kind, is_under, key};

#[derive(Debug)]
pub enum Condition {
    Everyone,
    /// An id, name, path, DN or e-mail; no key if it does not parse.
    Exact {
        kind: Kind,
        written: String,
        key: Option<Key>,
    },
    /// `path_under` and `dn_under`.
    Under {
        kind: Kind,
        written: String,
        key: Option<Key>,
    },
    Regex(Pattern),
    Glob(Pattern),
    Attribute {
        name: Selector,
        test: Test,
    },
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
}

#[derive(Debug)]
pub enum Test {
    Equals(Value),
    OneOf(Vec<Value>),
    Regex(Pattern),
    Glob(Pattern),
    Present(bool),
}

/// A condition without conditions in it, where it stands, and whether under a `not`.
pub struct Leaf<'a> {
    pub condition: &'a Condition,
    pub path: String,
    pub under_not: bool,
}

impl Condition {
    /// Exactly one of the members; a label goes with an id alone.
    pub fn read(value: &Value, case: Case) -> Shape<Condition> {
        if value.as_str() == Some("everyone") {
            return Ok(Condition::Everyone);
        }
        let map = value.as_object().ok_or(Shapeless)?;
        if map.contains_key("label") {
            object(value, &["id", "label"])?;
            optional(map, "label", text)?;
        } else if map.len() != 1 {
            return Err(Shapeless);
        }
        let Some((member, value)) = map.iter().find(|(member, _)| *member != "label") else {
            return Err(Shapeless);
        };
        let many = |value| -> Shape<Vec<Condition>> {
            list(value)?.iter().map(|value| Condition::read(value, case)).collect()
        };
        Ok(match member.as_str() {
            "id" => exact(Kind::Id, text(value)?, case),
            "name" => exact(Kind::Name, text(value)?, case),
            "email" => exact(Kind::Email, text(value)?, case),
            "dn" => exact(Kind::Dn, text(value)?, case),
            "path" => {
                let (written, key) = segments(value, case)?;
                Condition::Exact { kind: Kind::Path, written, key }
            }
            "path_under" => {
                let (written, key) = segments(value, case)?;
                Condition::Under { kind: Kind::Path, written, key }
            }
            "dn_under" => {
                let written = text(value)?;
                let key = key(Kind::Dn, &written, case);
                Condition::Under { kind: Kind::Dn, written, key }
            }
            "regex" => Condition::Regex(Pattern::regex(&text(value)?, case)),
            "glob" => Condition::Glob(Pattern::glob(&text(value)?, case)),
            "attribute" => read_attribute(value)?,
            "any" => Condition::Any(many(value)?),
            "all" => Condition::All(many(value)?),
            "not" => Condition::Not(Box::new(Condition::read(value, case)?)),
            _ => return Err(Shapeless),
        })
    }

    /// Every leaf; an empty `any` or `all` is one too.
    pub fn leaves(&self, path: &str) -> Vec<Leaf<'_>> {
        let mut leaves = Vec::new();
        self.collect(path, false, &mut leaves);
        leaves
    }

    fn collect<'a>(&'a self, path: &str, under_not: bool, leaves: &mut Vec<Leaf<'a>>) {
        let (member, inner) = match self {
            Condition::Any(inner) => ("any", inner),
            Condition::All(inner) => ("all", inner),
            Condition::Not(inner) => return inner.collect(&format!("{path}.not"), true, leaves),
            leaf => {
                let path = match leaf.member() {
                    "" => path.to_owned(),
                    member => format!("{path}.{member}"),
                };
                leaves.push(Leaf { condition: self, path, under_not });
                return;
            }
        };
        if inner.is_empty() {
            leaves.push(Leaf { condition: self, path: format!("{path}.{member}"), under_not });
        }
        for (at, condition) in inner.iter().enumerate() {
            condition.collect(&format!("{path}.{member}[{at}]"), under_not, leaves);
        }
    }

    fn member(&self) -> &'static str {
        match self {
            Condition::Exact { kind: Kind::Id, .. } => "id",
            Condition::Exact { kind: Kind::Name, .. } => "name",
            Condition::Exact { kind: Kind::Path, .. } => "path",
            Condition::Exact { kind: Kind::Dn, .. } => "dn",
            Condition::Exact { kind: Kind::Email, .. } => "email",
            Condition::Under { kind: Kind::Path, .. } => "path_under",
            Condition::Under { .. } => "dn_under",
            Condition::Regex(_) => "regex",
            Condition::Glob(_) => "glob",
            Condition::Attribute { .. } => "attribute",
            Condition::Everyone | Condition::Any(_) | Condition::All(_) | Condition::Not(_) => "",
        }
    }

    /// The table of section 3.
    pub fn evaluate(&self, evidence: &Evidence, attributes: &Attributes<'_>) -> Kleene {
        match self {
            Condition::Everyone => Kleene::True,
            Condition::Exact { kind, key, .. } => {
                evidence.some_entry(|entry| entry.kind == *kind && key.as_ref() == Some(&entry.key))
            }
            Condition::Under { kind, key, .. } => evidence
                .some_entry(|entry| entry.kind == *kind && key.as_ref().is_some_and(|key| is_under(&entry.key, key))),
            Condition::Regex(pattern) | Condition::Glob(pattern) => {
                evidence.some_entry(|entry| entry.kind != Kind::Id && pattern.matches(&entry.written))
            }
            Condition::Attribute { name, test, .. } => match (attributes.values(name), test) {
                (Some(_), Test::Present(wanted)) => Kleene::from(*wanted),
                (Some(values), _) if values.iter().any(|value| test.accepts(value)) => Kleene::True,
                // What cannot be read could be what is asked for.
                (_, _) if attributes.is_cut(name) => Kleene::Unknown,
                (Some(values), _) if !values.iter().all(is_scalar) => Kleene::Unknown,
                (Some(_), _) => Kleene::False,
                (None, _) if !attributes.absent_is_empty => Kleene::Unknown,
                (None, Test::Present(wanted)) => Kleene::from(!*wanted),
                (None, _) => Kleene::False,
            },
            Condition::Any(inner) => any(inner.iter().map(|one| one.evaluate(evidence, attributes))),
            Condition::All(inner) => all(inner.iter().map(|one| one.evaluate(evidence, attributes))),
            Condition::Not(inner) => inner.evaluate(evidence, attributes).not(),
        }
    }
}

impl Test {
    fn accepts(&self, value: &Value) -> bool {
        match self {
            Test::Equals(wanted) => same(wanted, value),
            Test::OneOf(wanted) => wanted.iter().any(|wanted| same(wanted, value)),
            Test::Regex(pattern) | Test::Glob(pattern) => value.as_str().is_some_and(|text| pattern.matches(text)),
            Test::Present(_) => false,
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// Typed: 7 is not "7"; numbers compare by value: 7 is 7.0.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let certain = is_certain(one) && is_certain(other);
            match (integer(one), integer(other)) {
                (Some(one), Some(other)) => certain && one == other,
                (None, None) => certain && one.as_f64() == other.as_f64(),
                _ => false,
            }
        }
        _ => one == other,
    }
}

/// A float that is 2^53 or more may have been another number in the text.
pub fn is_certain(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|float| float.abs() < (1_u64 << 53) as f64)
}

/// The value of a number that is whole, and certain if it is a float.
fn integer(number: &Number) -> Option<i128> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0);
    let whole = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    whole.or(float.map(|float| float as i128))
}

fn exact(kind: Kind, written: String, case: Case) -> Condition {
    let key = key(kind, &written, case);
    Condition::Exact { kind, written, key }
}

/// The segments of a path; no key if there are none, or an empty one.
fn segments(value: &Value, case: Case) -> Shape<(String, Option<Key>)> {
    let segments = texts(value)?;
    let parses = !segments.is_empty() && segments.iter().all(|segment| !segment.is_empty());
    let folded = segments.iter().map(|segment| case.fold(segment)).collect();
    Ok((segments.join("/"), parses.then_some(Key::Path(folded))))
}

/// Attributes and their patterns are always compared as sent: `case` is about groups.
fn read_attribute(value: &Value) -> Shape<Condition> {
    let map = object(value, &["name", "equals", "one_of", "regex", "glob", "present"])?;
    if map.len() != 2 {
        return Err(Shapeless);
    }
    let name = required(map, "name", read_selector)?;
    let Some((test, wanted)) = map.iter().find(|(key, _)| *key != "name") else {
        return Err(Shapeless);
    };
    let test = match test.as_str() {
        "equals" => Test::Equals(scalar(wanted)?),
        "one_of" => Test::OneOf(list(wanted)?.iter().map(scalar).collect::<Shape<_>>()?),
        "regex" => Test::Regex(Pattern::regex(&text(wanted)?, Case::Sensitive)),
        "glob" => Test::Glob(Pattern::glob(&text(wanted)?, Case::Sensitive)),
        _ => Test::Present(flag(wanted)?),
    };
    Ok(Condition::Attribute { name, test })
}

fn scalar(value: &Value) -> Shape<Value> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(value.clone()),
        _ => Err(Shapeless),
    }
}
