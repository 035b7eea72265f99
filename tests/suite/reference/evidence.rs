//! Group evidence and its completeness, and attributes (sections 2 and 3).

use std::collections::BTreeSet;

use serde_json::Value;

use super::kleene::Kleene;
use super::login::{Claims, Login, Sheet};
use super::selector::{Look, Selector};
use super::source::{Absent, Object, Source};
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
        for sheet in &login.sheets {
            for look in source.claims.iter().flat_map(|selector| selector.look_up(sheet, &[])) {
                seen = true;
                match look {
                    Look::There(value) => evidence.read_list(&value, source),
                    Look::Broken => evidence.worsen(Completeness::Malformed),
                }
            }
        }
        if login.sheets.iter().any(|sheet| has_marker(sheet, source)) {
            evidence.worsen(Completeness::Overage);
        } else if !seen {
            match source.absent {
                Absent::Empty if !source.claims.is_empty() => {}
                // A source without a groups claim has nothing that could be missing.
                Absent::Empty | Absent::Unknown => evidence.worsen(Completeness::Absent),
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
            Value::Object(_) if source.object.is_some() => vec![value],
            _ => return self.worsen(Completeness::Malformed),
        };
        let groups: Vec<_> = elements.into_iter().flat_map(|element| self.element(element, source)).collect();
        self.judge(&groups, source);
        self.groups.extend(groups);
    }

    /// The groups of one element.
    fn element(&mut self, element: &Value, source: &Source) -> Vec<Vec<Entry>> {
        match (element, &source.object) {
            (Value::String(text), _) => match split(text, source) {
                Some(parts) => parts.into_iter().filter_map(|part| self.named(part, source)).collect(),
                None => {
                    self.worsen(Completeness::Malformed);
                    Vec::new()
                }
            },
            (Value::Object(object), Some(Object::Group { id, name })) => {
                let mut group = Vec::new();
                let mut can_be_told = false;
                for (kind, key) in [(Kind::Id, id), (Kind::Name, name)] {
                    let value = key.as_ref().and_then(|key| object.get(key));
                    if let Some(value) = value.filter(|value| !value.is_null()) {
                        can_be_told |= source.goes_by(kind);
                        group.extend(self.entry(kind, value.as_str().unwrap_or(""), source));
                    }
                }
                if !can_be_told {
                    self.worsen(Completeness::Malformed);
                }
                if group.is_empty() { Vec::new() } else { vec![group] }
            }
            (Value::Object(object), Some(Object::Map { organization })) => {
                let mut groups = Vec::new();
                for (role, granted_by) in object {
                    match (granted_by, organization) {
                        (Value::Object(by), Some(wanted)) if !by.contains_key(wanted) => {}
                        (Value::Object(by), None) if by.is_empty() => {}
                        (Value::Object(_), _) => groups.extend(self.named(role, source)),
                        _ => self.worsen(Completeness::Malformed),
                    }
                }
                groups
            }
            _ => {
                self.worsen(Completeness::Malformed);
                Vec::new()
            }
        }
    }

    /// A group of one name.
    fn named(&mut self, text: &str, source: &Source) -> Option<Vec<Entry>> {
        let kind = source.identified_by.unwrap_or(if is_guid(text) { Kind::Id } else { Kind::Name });
        self.entry(kind, text, source).map(|entry| vec![entry])
    }

    /// Kind drift and the limit, for one list.
    fn judge(&mut self, groups: &[Vec<Entry>], source: &Source) {
        let names: Vec<&Entry> = groups.iter().flatten().filter(|entry| entry.kind == Kind::Name).collect();
        let drifts = !names.is_empty() && names.iter().all(|entry| is_guid(&entry.written));
        if source.identified_by == Some(Kind::Name) && drifts {
            self.kind_drift = true;
            self.worsen(Completeness::Malformed);
        }
        let Some(limit) = source.limit else { return };
        let count = distinct(groups) as u64;
        if count > limit.count {
            self.worsen(Completeness::OverLimit);
            if limit.refuse_over {
                self.error = Some("groups-over-limit");
            }
        } else if count == limit.count && limit.suspect_at {
            self.worsen(Completeness::Suspect);
        }
    }

    fn read_fetched(&mut self, group: &Claims, source: &Source) {
        let kinds =
            [("id", Kind::Id), ("name", Kind::Name), ("path", Kind::Path), ("dn", Kind::Dn), ("email", Kind::Email)];
        let mut entries = Vec::new();
        if !kinds.iter().any(|(key, kind)| group.contains_key(*key) && source.goes_by(*kind)) {
            self.worsen(Completeness::Malformed);
        }
        for (key, kind) in kinds {
            if let Some(value) = group.get(key) {
                entries.extend(self.entry(kind, value.as_str().unwrap_or(""), source));
            }
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

/// Without a delimiter a string is one group; with one it is split, and nothing is trimmed. `None`: no brackets around
/// it where they are expected.
fn split<'a>(text: &'a str, source: &Source) -> Option<Vec<&'a str>> {
    if source.bracketed {
        if text.len() < 2 || !text.starts_with('[') || !text.ends_with(']') {
            return None;
        }
        let inner = &text[1..text.len() - 1];
        let delimiter = source.delimiter.as_deref().unwrap_or(", ");
        return Some(if inner.is_empty() { Vec::new() } else { inner.split(delimiter).collect() });
    }
    Some(match &source.delimiter {
        Some(delimiter) => text.split(delimiter.as_str()).collect(),
        None => vec![text],
    })
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
fn has_marker(sheet: &Sheet, source: &Source) -> bool {
    let is_link = |name: &str| name.to_ascii_lowercase().ends_with("groups.link");
    match sheet {
        Sheet::Assertion(attributes) => attributes.iter().any(|attribute| is_link(&attribute.name)),
        Sheet::Token(token) => {
            source.claims.iter().any(|selector| selector.is_elsewhere(sheet))
                || token.get("hasgroups").is_some_and(|has| *has == true || *has == "true")
                || token.keys().any(|key| is_link(key))
        }
    }
}

/// All claims but the configured group claims.
#[derive(Debug)]
pub struct Attributes<'a> {
    sheets: &'a [Sheet],
    group_claims: &'a [Selector],
    pub absent_is_empty: bool,
}

impl<'a> Attributes<'a> {
    pub fn of(login: &'a Login, source: &'a Source) -> Attributes<'a> {
        Attributes {
            sheets: &login.sheets,
            group_claims: &source.claims,
            absent_is_empty: source.absent_attributes_are_empty,
        }
    }

    /// The values in all tokens: strings, numbers and booleans; an array is several.
    /// `None` if the attribute is missing, and null is missing.
    pub fn values(&self, name: &Selector) -> Option<Vec<Value>> {
        let mut found = None;
        for look in self.sheets.iter().flat_map(|sheet| name.look_up(sheet, self.group_claims)) {
            match look {
                Look::Broken | Look::There(Value::Null) => {}
                Look::There(Value::Array(values)) => found.get_or_insert_with(Vec::new).extend(values),
                Look::There(value) => found.get_or_insert_with(Vec::new).push(value),
            }
        }
        found
    }

    /// Whether a token says that the attribute is elsewhere, or has something on the way to it that leads nowhere.
    pub fn is_cut(&self, name: &Selector) -> bool {
        self.sheets.iter().any(|sheet| {
            name.is_elsewhere(sheet)
                || name.look_up(sheet, self.group_claims).into_iter().any(|look| matches!(look, Look::Broken))
        })
    }
}
