//! What was found, and the made-up person who shows it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::code::{LintCode, Severity};
use super::person::{Held, Person, claims_of};
use super::solver::Solver;
use crate::claims::Claims;
use crate::config::{Scalar, Selector};
use crate::identity::{GroupKind, Reading};
use crate::text::Brief;

/// One thing to know about a config that compiles.
///
/// As a document: `{ "code", "severity", "path", "rule"?, "message", "help"?, "witness"? }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Lint {
    /// What kind of finding it is.
    pub code: LintCode,
    /// How much it weighs.
    pub severity: Severity,
    /// Where it is, such as `rules[3].when.any[1].regex`.
    pub path: String,
    /// The id of the rule that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What there is to know, in one line, lower case, without a full stop.
    pub message: String,
    /// What could be written instead, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// A person who shows it, where one can be made up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
}

impl fmt::Display for Lint {
    /// `warn[never-matters] rules[3]: …`, with the witness and the help on lines of their own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] {}", self.severity, self.code, self.path)?;
        if let Some(rule) = &self.rule {
            write!(f, " (rule `{}`)", Brief(rule))?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(witness) = &self.witness {
            write!(f, "\n    for example: {witness}")?;
        }
        match &self.help {
            Some(help) => write!(f, "\n    help: {help}"),
            None => Ok(()),
        }
    }
}

/// A person, made up, who shows what a finding says.
///
/// As a document: `{ "complete", "groups": [ { "name": "…" } ], "claims"?: [ { "name", "values" } ] }`.
#[derive(Clone, PartialEq)]
pub struct Witness {
    complete: bool,
    groups: Vec<(GroupKind, String)>,
    claims: Vec<(Selector, Held)>,
    login: Option<Claims>,
}

impl Witness {
    pub(super) fn new(person: Person, solver: &Solver, reading: &Reading) -> Self {
        let named = person.claims.into_iter();
        let claims: Vec<(Selector, Held)> =
            named.filter_map(|(attribute, held)| Some((solver.atoms.selector(attribute)?.clone(), held))).collect();
        let login = claims_of(&person.groups, person.complete, &claims, reading);
        Self { complete: person.complete, groups: person.groups, claims, login }
    }

    /// The groups: by which kind each is known, and its text.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (GroupKind, &str)> {
        self.groups.iter().map(|(kind, text)| (*kind, text.as_str()))
    }

    /// Whether these are known to be all groups of the person.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The claims of a login of that person, to be planned for; `None` where no single login can say all this. The groups
    /// stand there as fetched by the host, and the subject is `somebody`.
    pub fn claims(&self) -> Option<&Claims> {
        self.login.as_ref()
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Witness({self})")
    }
}

fn word(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Id => "id",
        GroupKind::Name => "name",
        GroupKind::Path => "path",
        GroupKind::Dn => "dn",
        GroupKind::Email => "email",
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, items: impl Iterator<Item = String>) -> fmt::Result {
    for (place, item) in items.enumerate() {
        if place > 0 {
            f.write_str(" and ")?;
        }
        f.write_str(&item)?;
    }
    Ok(())
}

impl fmt::Display for Witness {
    /// `group eng-a (name)`, in backticks; then other claims.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.groups.is_empty() {
            f.write_str("somebody in no group")?;
        } else {
            f.write_str("somebody in ")?;
            let groups = self.groups.iter();
            write_list(f, groups.map(|(kind, text)| alloc::format!("`{}` ({})", Brief(text), word(*kind))))?;
        }
        for (selector, held) in &self.claims {
            match held {
                Held::Elsewhere => write!(f, ", whose claim {selector} is to be had elsewhere")?,
                Held::Values(values) if values.is_empty() => write!(f, ", with an empty claim {selector}")?,
                Held::Values(values) => {
                    write!(f, ", with {selector} = ")?;
                    let shown = values.iter().map(|value| match value {
                        Scalar::String(text) => alloc::format!("`{}`", Brief(text)),
                        Scalar::Number(number) => number.canonical().unwrap_or_default(),
                        Scalar::Bool(flag) => alloc::format!("{flag}"),
                    });
                    write_list(f, shown)?;
                }
            }
        }
        if self.complete { Ok(()) } else { f.write_str(", while the list of groups is not complete") }
    }
}

/// A group as documents write it.
struct GroupDocument<'a>(GroupKind, &'a str);

impl Serialize for GroupDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(word(self.0), self.1)?;
        map.end()
    }
}

#[derive(Serialize)]
struct ClaimDocument<'a> {
    name: &'a Selector,
    values: &'a [Scalar],
}

impl Serialize for Witness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("complete", &self.complete)?;
        let groups: Vec<_> = self.groups.iter().map(|(kind, text)| GroupDocument(*kind, text)).collect();
        map.serialize_entry("groups", &groups)?;
        let claims = self.claims.iter().map(|(name, held)| ClaimDocument {
            name,
            values: match held {
                Held::Values(values) => values,
                Held::Elsewhere => &[],
            },
        });
        let claims: Vec<_> = claims.collect();
        if !claims.is_empty() {
            map.serialize_entry("claims", &claims)?;
        }
        map.end()
    }
}
