//! Group evidence and its completeness, and attributes (sections 2 and 3).

use std::collections::BTreeSet;

use serde_json::Value;

use super::kleene::Kleene;
use super::login::{Claims, Login, look_up};
use super::source::{Absent, Selector, Source};
use super::text::{Key, Kind, is_guid, is_readable, key};

/// From best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    Complete,
    Suspect,
    OverLimit,
    Malformed,
    Overage,
    Absent,
}

impl Completeness {
    pub fn code(self) -> &'static str {
        match self {
            Completeness::Complete => "complete",
            Completeness::Suspect => "suspect",
            Completeness::OverLimit => "over-limit",
            Completeness::Malformed => "malformed",
            Completeness::Overage => "overage",
            Completeness::Absent => "absent",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub kind: Kind,
    pub written: String,
    pub key: Key,
}

#[derive(Debug)]
pub struct Evidence {
    /// Each group with all that it names.
    pub groups: Vec<Vec<Entry>>,
    pub completeness: Completeness,
    /// Everything that speaks against completeness; each gets a note (P20).
    pub doubts: BTreeSet<Completeness>,
    pub kind_drift: bool,
    /// `groups-absent` or `groups-over-limit`, if the source refuses these.
    pub error: Option<&'static str>,
}

impl Evidence {
    pub fn gather(login: &Login, source: &Source) -> Evidence {
        let mut evidence = Evidence {
            groups: Vec::new(),
            completeness: Completeness::Complete,
            doubts: BTreeSet::new(),
            kind_drift: false,
            error: None,
        };
        if let Some(fetched) = &login.fetched {
            // What the host fetched replaces the evidence.
            for group in &fetched.groups {
                evidence.read_fetched(group, source);
            }
            if !fetched.complete {
                evidence.worsen(Completeness::Overage);
            }
            return evidence;
        }
        let mut seen = false;
        for token in &login.tokens {
            for selector in &source.claims {
                if let Some(value) = look_up(token, selector) {
                    seen = true;
                    evidence.read_list(value, source);
                }
            }
        }
        if login.tokens.iter().any(|token| has_marker(token, source)) {
            evidence.worsen(Completeness::Overage);
        } else if !seen {
            match source.absent {
                Absent::Empty => {}
                Absent::Unknown => evidence.worsen(Completeness::Absent),
                Absent::Refuse => {
                    evidence.worsen(Completeness::Absent);
                    evidence.error = Some("groups-absent");
                }
            }
        }
        evidence
    }

    pub fn is_complete(&self) -> bool {
        self.completeness == Completeness::Complete
    }

    /// How many groups; equal spellings count once.
    pub fn count(&self) -> usize {
        distinct(&self.groups)
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.groups.iter().flatten()
    }

    /// True if some entry is wanted; if none is, False only where the evidence is complete.
    pub fn some_entry(&self, wanted: impl Fn(&Entry) -> bool) -> Kleene {
        if self.entries().any(wanted) {
            Kleene::True
        } else if self.is_complete() {
            Kleene::False
        } else {
            Kleene::Unknown
        }
    }

    fn worsen(&mut self, completeness: Completeness) {
        self.completeness = self.completeness.max(completeness);
        self.doubts.insert(completeness);
    }

    /// The value of one claim in one token.
    fn read_list(&mut self, value: &Value, source: &Source) {
        let elements = match value {
            Value::String(_) => vec![value],
            Value::Array(elements) => elements.iter().collect(),
            _ => return self.worsen(Completeness::Malformed),
        };
        let mut groups = Vec::new();
        for element in elements {
            match (element, &source.object) {
                (Value::String(text), _) => {
                    for part in split(text, source) {
                        let kind = source.identified_by.unwrap_or(if is_guid(part) { Kind::Id } else { Kind::Name });
                        groups.extend(self.entry(kind, part, source).map(|entry| vec![entry]));
                    }
                }
                (Value::Object(object), Some(keys)) => {
                    let mut group = Vec::new();
                    let mut named = false;
                    for (kind, key) in [(Kind::Id, &keys.id), (Kind::Name, &keys.name)] {
                        let Some(value) = key.as_ref().and_then(|key| object.get(key)) else {
                            continue;
                        };
                        named = true;
                        group.extend(self.entry(kind, value.as_str().unwrap_or(""), source));
                    }
                    if !named {
                        self.worsen(Completeness::Malformed);
                    }
                    groups.extend((!group.is_empty()).then_some(group));
                }
                _ => self.worsen(Completeness::Malformed),
            }
        }
        if source.identified_by == Some(Kind::Name)
            && !groups.is_empty()
            && groups.iter().flatten().all(|entry| entry.kind == Kind::Name && is_guid(&entry.written))
        {
            self.kind_drift = true;
            self.worsen(Completeness::Malformed);
        }
        if let Some(limit) = source.limit {
            let count = distinct(&groups) as u64;
            if count > limit.count {
                self.worsen(Completeness::OverLimit);
                if limit.refuse_over {
                    self.error = Some("groups-over-limit");
                }
            } else if count == limit.count && limit.suspect_at {
                self.worsen(Completeness::Suspect);
            }
        }
        self.groups.extend(groups);
    }

    fn read_fetched(&mut self, group: &Claims, source: &Source) {
        let kinds =
            [("id", Kind::Id), ("name", Kind::Name), ("path", Kind::Path), ("dn", Kind::Dn), ("email", Kind::Email)];
        let mut entries = Vec::new();
        for (key, kind) in kinds {
            if let Some(value) = group.get(key) {
                entries.extend(self.entry(kind, value.as_str().unwrap_or(""), source));
            }
        }
        if group.is_empty() {
            self.worsen(Completeness::Malformed);
        }
        self.groups.extend((!entries.is_empty()).then_some(entries));
    }

    /// One entry, or `malformed` if it can't be read.
    fn entry(&mut self, kind: Kind, written: &str, source: &Source) -> Option<Entry> {
        let is_id = kind != Kind::Id || !source.ids_are_guids || is_guid(written);
        match key(kind, written, source.case) {
            Some(key) if is_id && is_readable(written) => Some(Entry { kind, written: written.to_owned(), key }),
            _ => {
                self.worsen(Completeness::Malformed);
                None
            }
        }
    }
}

/// Without a delimiter a string is one group; with one it is split, and nothing is trimmed.
fn split<'a>(text: &'a str, source: &Source) -> Vec<&'a str> {
    match &source.delimiter {
        Some(delimiter) => text.split(delimiter.as_str()).collect(),
        None => vec![text],
    }
}

fn distinct(groups: &[Vec<Entry>]) -> usize {
    let mut keys = BTreeSet::new();
    for group in groups {
        let group: BTreeSet<_> = group.iter().map(|entry| (entry.kind, entry.key.clone())).collect();
        keys.insert(group);
    }
    keys.len()
}

/// A marker that a configured groups claim was left out or cut.
fn has_marker(token: &Claims, source: &Source) -> bool {
    let elsewhere = token.get("_claim_names").and_then(Value::as_object);
    let named = source.claims.iter().filter_map(|selector| selector.first());
    elsewhere.is_some_and(|names| named.into_iter().any(|claim| names.contains_key(claim)))
        || token.get("hasgroups").is_some_and(|has| *has == true || *has == "true")
        || token.keys().any(|key| key.to_ascii_lowercase().ends_with("groups.link"))
}

/// All claims but the configured group claims.
#[derive(Debug)]
pub struct Attributes<'a> {
    tokens: &'a [Claims],
    group_claims: &'a [Selector],
    pub absent_is_empty: bool,
}

impl<'a> Attributes<'a> {
    pub fn of(login: &'a Login, source: &'a Source) -> Attributes<'a> {
        Attributes {
            tokens: &login.tokens,
            group_claims: &source.claims,
            absent_is_empty: source.absent_attributes_are_empty,
        }
    }

    /// The values in all tokens: strings, numbers and booleans; an array is several.
    /// `None` if the attribute is missing, and null is missing.
    pub fn values(&self, name: &Selector) -> Option<Vec<&Value>> {
        if self.group_claims.contains(name) {
            return None;
        }
        let mut found = None;
        for token in self.tokens {
            match look_up(token, name) {
                None | Some(Value::Null) => {}
                Some(Value::Array(values)) => found.get_or_insert_with(Vec::new).extend(values),
                Some(value) => found.get_or_insert_with(Vec::new).push(value),
            }
        }
        found
    }
}
