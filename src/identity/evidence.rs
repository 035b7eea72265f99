//! What is known of a person's groups: entries, and how complete they are.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::reading::Reading;
use crate::claims::{FetchedGroup, FetchedGroups, Login, SamlAttribute, Token, Value};
use crate::config::{Absent, AtLimit, GroupLimit, IdentifiedBy, OverLimit};
use crate::dn::{dn_key, path_key};
use crate::text::{is_guid, is_readable};

/// How far the groups that were seen are all the groups there are; from best to worst. Only under `complete` is a
/// group that was not seen known not to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Completeness {
    /// A readable list, or no claim where the source says that this means none.
    Complete,
    /// Exactly as many as the provider sends at most: the list may have been cut.
    Suspect,
    /// More than the provider sends at most.
    OverLimit,
    /// A claim or an element that cannot be read.
    Malformed,
    /// The provider says that there are more groups than it sends.
    Overage,
    /// No groups claim at all.
    Absent,
}

/// What a group is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GroupKind {
    /// An object id.
    Id,
    /// A name.
    Name,
    /// A path.
    Path,
    /// A distinguished name.
    Dn,
    /// An e-mail address.
    Email,
}

/// One text that names a group, as sent.
///
/// `Debug` shows its kind alone.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupEntry {
    kind: GroupKind,
    text: Box<str>,
    /// The canonical form, where it differs from the text.
    key: Option<Box<str>>,
}

/// What is known of a person's groups.
///
/// Entries are a set: order and repetition in the claims change nothing. `Debug` shows counts alone.
#[derive(Clone, PartialEq)]
pub struct Evidence {
    /// INVARIANT: sorted by kind, canonical form and text; no two alike.
    entries: Vec<GroupEntry>,
    count: u64,
    completeness: Completeness,
    doubts: Doubts,
}

/// What made evidence less than complete.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Doubts {
    /// Everything that speaks against completeness, of which the worst counts.
    pub(crate) found: BTreeSet<Completeness>,
    /// How many elements or claims cannot be read.
    pub(crate) unreadable: u64,
    /// Whether every entry of a list has the shape of a GUID where names are expected.
    pub(crate) kind_drift: bool,
    /// The marker that says that there are more groups.
    pub(crate) marker: Option<&'static str>,
    /// How many groups the longest list has that reaches the limit.
    pub(crate) at_limit: Option<u64>,
    /// Why the login is to be refused.
    pub(crate) refusal: Option<Refusal>,
}

/// A setting of the source that makes such evidence an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Absent,
    OverLimit { count: u64, limit: u64 },
}

impl GroupEntry {
    /// What kind of text it is.
    pub fn kind(&self) -> GroupKind {
        self.kind
    }

    /// The text, as sent.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The form that exact conditions are compared with.
    pub(crate) fn key(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.text)
    }

    fn new(kind: GroupKind, text: &str, reading: &Reading) -> Option<Self> {
        if !is_readable(text) {
            return None;
        }
        let key: Cow<'_, str> = match kind {
            GroupKind::Id if reading.ids_are_guids && !is_guid(text) => return None,
            GroupKind::Id => id_key(text),
            GroupKind::Name | GroupKind::Email => reading.case.canonical(text),
            GroupKind::Path => Cow::Owned(path_key(text, reading.case)?),
            GroupKind::Dn => Cow::Owned(dn_key(text, reading.case)?),
        };
        let key = (*key != *text).then(|| key.into());
        Some(Self { kind, text: text.into(), key })
    }

    fn order(&self) -> (GroupKind, &str, &str) {
        (self.kind, self.key(), &self.text)
    }
}

/// The canonical form of an id: ids ignore ASCII case.
pub(crate) fn id_key(id: &str) -> Cow<'_, str> {
    if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(id.to_ascii_lowercase())
    } else {
        Cow::Borrowed(id)
    }
}

impl Evidence {
    /// The texts that name groups, sorted by kind, canonical form and text.
    pub fn entries(&self) -> &[GroupEntry] {
        &self.entries
    }

    /// How many distinct groups can be read.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How far these are all the groups there are.
    pub fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// Whether a group that was not seen is known not to be there.
    pub fn is_complete(&self) -> bool {
        self.completeness == Completeness::Complete
    }

    pub(crate) fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// Reads the groups claims of a login.
    pub(super) fn of_login(reading: &Reading, login: &Login) -> Self {
        let mut reader = GroupReader::new(reading);
        match login {
            Login::Oidc { id_token, userinfo } => {
                for token in core::iter::once(id_token).chain(userinfo) {
                    reader.token(token);
                }
            }
            Login::Saml(assertion) => reader.attributes(&assertion.attributes),
        }
        reader.finish()
    }

    /// Takes what the host fetched; lists of a login count no more.
    pub(super) fn of_fetched(reading: &Reading, fetched: &FetchedGroups) -> Self {
        let mut reader = GroupReader::new(reading);
        reader.found = true;
        let mut list = List::default();
        for group in &fetched.groups {
            list.fetched(group, reading);
        }
        reader.take(list, false);
        if !fetched.complete {
            reader.mark("the host says that its answer is not complete");
        }
        reader.finish()
    }
}

impl fmt::Debug for GroupEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupEntry").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("completeness", &self.completeness)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// One list of groups while it is read. A group may be named by several entries.
#[derive(Default)]
struct List {
    entries: Vec<(u32, GroupEntry)>,
    groups: u32,
    /// What cannot be read, as JSON: repeating it changes nothing.
    unreadable: BTreeSet<String>,
}

impl List {
    fn group(&mut self, entries: impl Iterator<Item = Result<GroupEntry, String>>) {
        let (index, before) = (self.groups, self.entries.len());
        for entry in entries {
            match entry {
                Ok(entry) => self.entries.push((index, entry)),
                Err(unreadable) => drop(self.unreadable.insert(unreadable)),
            }
        }
        if self.entries.len() > before {
            self.groups = self.groups.saturating_add(1);
        }
    }

    fn unreadable(&mut self, value: &Value) {
        self.unreadable.insert(as_json(value));
    }

    fn element(&mut self, value: &Value, reading: &Reading) {
        match (value, &reading.object) {
            (Value::String(text), _) => self.text(text, reading),
            (Value::Object(_), Some(keys)) => {
                let keys = [(GroupKind::Id, &keys.id), (GroupKind::Name, &keys.name)];
                let named = keys.into_iter().filter_map(|(kind, key)| Some((kind, value.get(key.as_deref()?)?)));
                let mut named = named.filter(|(_, value)| !matches!(value, Value::Null)).peekable();
                if named.peek().is_none() {
                    return self.unreadable(value);
                }
                self.group(named.map(|(kind, value)| {
                    let entry = value.as_str().and_then(|text| GroupEntry::new(kind, text, reading));
                    entry.ok_or_else(|| as_json(value))
                }));
            }
            _ => self.unreadable(value),
        }
    }

    fn text(&mut self, text: &str, reading: &Reading) {
        match &reading.delimiter {
            Some(delimiter) => text.split(delimiter.as_str()).for_each(|part| self.name(part, reading)),
            None => self.name(text, reading),
        }
    }

    fn name(&mut self, text: &str, reading: &Reading) {
        let kind = match reading.identified_by {
            IdentifiedBy::Auto if is_guid(text) => GroupKind::Id,
            IdentifiedBy::Id => GroupKind::Id,
            IdentifiedBy::Name | IdentifiedBy::Auto => GroupKind::Name,
            IdentifiedBy::Path => GroupKind::Path,
            IdentifiedBy::Dn => GroupKind::Dn,
            IdentifiedBy::Email => GroupKind::Email,
        };
        self.group(core::iter::once(GroupEntry::new(kind, text, reading).ok_or_else(|| as_json(&text))));
    }

    fn fetched(&mut self, group: &FetchedGroup, reading: &Reading) {
        let named = [
            (GroupKind::Id, &group.id),
            (GroupKind::Name, &group.name),
            (GroupKind::Path, &group.path),
            (GroupKind::Dn, &group.dn),
            (GroupKind::Email, &group.email),
        ];
        let mut named = named.into_iter().filter_map(|(kind, text)| Some((kind, text.as_deref()?))).peekable();
        if named.peek().is_none() {
            self.unreadable.insert(String::new());
            return;
        }
        self.group(named.map(|(kind, text)| GroupEntry::new(kind, text, reading).ok_or_else(|| as_json(&text))));
    }
}

fn as_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// How many distinct groups stand behind entries that are marked with the group they name: groups that go by the same
/// names are one.
fn distinct(entries: &mut [(u32, GroupEntry)]) -> u64 {
    entries.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.order().cmp(&b.1.order())));
    let mut groups: Vec<&[(u32, GroupEntry)]> = entries.chunk_by(|a, b| a.0 == b.0).collect();
    let names = |group: &[(u32, GroupEntry)], other: &[(u32, GroupEntry)]| {
        let names = group.iter().map(|(_, entry)| (entry.kind, entry.key()));
        names.cmp(other.iter().map(|(_, entry)| (entry.kind, entry.key())))
    };
    groups.sort_unstable_by(|a, b| names(a, b));
    groups.dedup_by(|a, b| names(a, b).is_eq());
    u64::try_from(groups.len()).unwrap_or(u64::MAX)
}

/// Unites the lists of a login.
struct GroupReader<'r> {
    reading: &'r Reading,
    entries: Vec<(u32, GroupEntry)>,
    groups: u32,
    /// Whether any configured claim is there.
    found: bool,
    worst: Completeness,
    doubts: Doubts,
}

impl<'r> GroupReader<'r> {
    fn new(reading: &'r Reading) -> Self {
        Self {
            reading,
            entries: Vec::new(),
            groups: 0,
            found: false,
            worst: Completeness::Complete,
            doubts: Doubts::default(),
        }
    }

    fn token(&mut self, token: &Token) {
        let claims = &token.claims;
        for selector in &self.reading.claims {
            if let Some(value) = claims.at(selector.segments()) {
                self.claim(value);
            }
            let marked = selector.segments().first().and_then(|key| claims.get("_claim_names")?.get(key));
            if marked.is_some() {
                self.mark("_claim_names");
            }
        }
        match claims.get("hasgroups") {
            Some(Value::Bool(true)) => self.mark("hasgroups"),
            Some(Value::String(text)) if **text == *"true" => self.mark("hasgroups"),
            _ => {}
        }
        // Hosts that hand on the attributes of an assertion as claims keep their names.
        if claims.keys().any(is_groups_link) {
            self.mark("groups.link");
        }
    }

    fn attributes(&mut self, attributes: &[SamlAttribute]) {
        for selector in &self.reading.claims {
            let [name] = selector.segments() else { continue };
            let mut of_name = attributes.iter().filter(|attribute| attribute.name == *name).peekable();
            if of_name.peek().is_none() {
                continue;
            }
            let mut list = List::default();
            of_name.flat_map(|attribute| &attribute.values).for_each(|value| list.element(value, self.reading));
            self.take(list, true);
        }
        if attributes.iter().any(|attribute| is_groups_link(&attribute.name)) {
            self.mark("groups.link");
        }
    }

    fn claim(&mut self, value: &Value) {
        let mut list = List::default();
        match value {
            Value::List(elements) => elements.iter().for_each(|element| list.element(element, self.reading)),
            single => list.element(single, self.reading),
        }
        // What is no list and no group has no length to be judged by.
        let is_list = matches!(value, Value::List(_)) || list.groups > 0;
        self.take(list, is_list);
    }

    /// Judges one list and adds what it holds. What the host fetched has no limit and no expected kind.
    fn take(&mut self, mut list: List, as_sent: bool) {
        self.found = true;
        let count = distinct(&mut list.entries);
        if !list.unreadable.is_empty() {
            let unreadable = u64::try_from(list.unreadable.len()).unwrap_or(u64::MAX);
            self.doubts.unreadable = self.doubts.unreadable.saturating_add(unreadable);
            self.worsen(Completeness::Malformed);
        }
        if as_sent {
            self.judge_limit(count);
            let mut names = list.entries.iter().map(|(_, entry)| entry).filter(|entry| entry.kind == GroupKind::Name);
            let names_expected = self.reading.identified_by == IdentifiedBy::Name;
            if names_expected && names.clone().next().is_some() && names.all(|entry| is_guid(&entry.text)) {
                self.doubts.kind_drift = true;
                self.worsen(Completeness::Malformed);
            }
        }
        let offset = self.groups;
        self.groups = self.groups.saturating_add(list.groups);
        self.entries.extend(list.entries.into_iter().map(|(group, entry)| (group.saturating_add(offset), entry)));
    }

    fn judge_limit(&mut self, count: u64) {
        let GroupLimit::At { count: limit, at, over } = self.reading.limit else { return };
        if count > limit {
            self.doubts.at_limit = self.doubts.at_limit.max(Some(count));
            self.worsen(Completeness::OverLimit);
            if over == OverLimit::Refuse {
                self.doubts.refusal = Some(Refusal::OverLimit { count, limit });
            }
        } else if count == limit && at == AtLimit::Suspect {
            self.doubts.at_limit = self.doubts.at_limit.max(Some(count));
            self.worsen(Completeness::Suspect);
        }
    }

    fn mark(&mut self, marker: &'static str) {
        self.doubts.marker = Some(marker);
        self.worsen(Completeness::Overage);
    }

    fn worsen(&mut self, completeness: Completeness) {
        self.worst = self.worst.max(completeness);
        self.doubts.found.insert(completeness);
    }

    fn finish(mut self) -> Evidence {
        if !self.found && self.doubts.marker.is_none() {
            match self.reading.absent {
                Absent::Unknown => self.worsen(Completeness::Absent),
                Absent::Empty => {}
                Absent::Refuse => {
                    self.worsen(Completeness::Absent);
                    self.doubts.refusal = Some(Refusal::Absent);
                }
            }
        }
        let count = distinct(&mut self.entries);
        let mut entries: Vec<GroupEntry> = self.entries.into_iter().map(|(_, entry)| entry).collect();
        entries.sort_by(|a, b| a.order().cmp(&b.order()));
        entries.dedup();
        Evidence { entries, count, completeness: self.worst, doubts: self.doubts }
    }
}

/// The attribute that Entra sends in place of too many groups, `http://schemas.microsoft.com/claims/groups.link`; some
/// published copies of its documentation spell it in other cases.
fn is_groups_link(name: &str) -> bool {
    let start = name.len().checked_sub("groups.link".len());
    start.and_then(|start| name.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case("groups.link"))
}

/// The part of evidence that a digest is made over.
#[derive(Serialize)]
pub(crate) struct EvidenceRecord<'a> {
    completeness: Completeness,
    entries: Vec<(GroupKind, &'a str)>,
    unreadable: u64,
    refusal: Option<String>,
}

impl Evidence {
    pub(crate) fn record(&self) -> EvidenceRecord<'_> {
        EvidenceRecord {
            completeness: self.completeness,
            entries: self.entries.iter().map(|entry| (entry.kind, &*entry.text)).collect(),
            unreadable: self.doubts.unreadable,
            refusal: self.doubts.refusal.map(|refusal| alloc::format!("{refusal:?}")),
        }
    }
}
