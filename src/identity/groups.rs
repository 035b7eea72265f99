//! Reads the groups claims of a login into evidence.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use serde::Serialize;

use super::evidence::{Completeness, Doubts, Entry, Evidence, GroupKind, Refusal, Stretch, UnreadReason, Unreadable};
use super::reading::Reading;
use super::selection::{Found, in_assertion, in_token, is_distributed};
use crate::claims::{FetchedGroup, FetchedGroups, Login, SamlAttribute, Shape, View};
use crate::config::{Absent, AtLimit, GroupLimit, IdentifiedBy, ObjectShape, OverLimit};
use crate::dn::{dn_key, path_key};
use crate::text::{MAX_ELEMENT_BYTES, is_guid, is_readable};

impl Evidence {
    /// Reads the groups claims of a login.
    pub(super) fn of_login(reading: &Reading, login: &Login) -> Self {
        let mut reader = GroupReader::new(reading);
        match login {
            Login::Oidc { id_token, userinfo } => {
                for token in core::iter::once(id_token).chain(userinfo) {
                    reader.token(token.claims());
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
        for group in &fetched.groups {
            reader.fetched(group);
        }
        if !fetched.complete {
            reader.mark("the host says that its answer is not complete");
        }
        reader.finish()
    }
}

/// The canonical form of an id: ids ignore ASCII case.
pub(crate) fn id_key(id: &str) -> Cow<'_, str> {
    if id.bytes().fold(false, |any, byte| any | byte.is_ascii_uppercase()) {
        Cow::Owned(id.to_ascii_lowercase())
    } else {
        Cow::Borrowed(id)
    }
}

fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Unites the lists of a login.
struct GroupReader<'r> {
    reading: &'r Reading,
    evidence: Evidence,
    /// How many groups have been begun.
    groups: u32,
    /// Whether some group goes by several names.
    has_aliases: bool,
    /// How many entries were left when they were united last.
    united: usize,
    /// Which of the configured claims is being read.
    claim: Option<usize>,
    /// Whether any configured claim is there.
    found: bool,
}

impl<'r> GroupReader<'r> {
    fn new(reading: &'r Reading) -> Self {
        let evidence = Evidence {
            text: String::new(),
            entries: Vec::new(),
            count: 0,
            completeness: Completeness::Complete,
            doubts: Doubts::default(),
        };
        Self { reading, evidence, groups: 0, has_aliases: false, united: 0, claim: None, found: false }
    }

    fn token(&mut self, claims: View<'_>) {
        for (index, selector) in self.reading.claims.iter().enumerate() {
            self.claim = Some(index);
            for found in in_token(claims, selector) {
                self.found = true;
                match found {
                    Found::Value(value) => self.claim(value),
                    Found::Broken => self.unread(UnreadReason::BrokenPath, &()),
                }
            }
            if is_distributed(claims, selector) {
                self.mark("_claim_names");
            }
        }
        if let Some(Shape::Bool(true) | Shape::Text("true")) = claims.get("hasgroups").map(View::shape) {
            self.mark("hasgroups");
        }
        // Hosts that hand on the attributes of an assertion as claims keep their names.
        if claims.members().any(|(key, _)| is_groups_link(key)) {
            self.mark("groups.link");
        }
    }

    fn attributes(&mut self, attributes: &[SamlAttribute]) {
        for (index, selector) in self.reading.claims.iter().enumerate() {
            self.claim = Some(index);
            let mut named = in_assertion(attributes, selector).peekable();
            if named.peek().is_some() {
                self.found = true;
                let before = self.evidence.entries.len();
                named.flat_map(SamlAttribute::values).for_each(|value| self.element(value));
                self.judge(before);
            }
        }
        if attributes.iter().any(|attribute| is_groups_link(&attribute.name)) {
            self.mark("groups.link");
        }
    }

    /// The value of one claim: a list, or what stands for a list of one.
    fn claim(&mut self, value: View<'_>) {
        let before = self.evidence.entries.len();
        if value.is_list() {
            let elements = value.elements();
            self.evidence.entries.reserve(elements.len());
            elements.for_each(|element| self.element(element));
        } else {
            self.element(value);
        }
        // What is neither a list nor a group has no length to be judged by.
        if value.is_list() || value.as_str().is_some() || (value.is_object() && self.reading.object.is_some()) {
            self.judge(before);
        }
    }

    fn element(&mut self, value: View<'_>) {
        match (value.shape(), &self.reading.object) {
            (Shape::Text(text), _) => self.text(text),
            (Shape::Object, Some(ObjectShape::Group { id, name })) => {
                let keys = [(GroupKind::Id, id), (GroupKind::Name, name)];
                let named = keys.into_iter().filter_map(|(kind, key)| Some((kind, value.get(key.as_deref()?)?)));
                let named: Vec<_> = named.filter(|(_, value)| !value.is_null()).collect();
                if named.is_empty() {
                    return self.unread(UnreadReason::NamesNothing, &value);
                }
                self.aliases(named.into_iter().map(|(kind, value)| (kind, value.as_str().ok_or(value))));
            }
            (Shape::Object, Some(ObjectShape::Map { organization })) => {
                for (role, organizations) in value.members() {
                    if !organizations.is_object() {
                        self.unread(UnreadReason::NotOrganizations, &[role]);
                    } else if match organization {
                        Some(wanted) => organizations.get(wanted).is_some(),
                        None => organizations.members().len() > 0,
                    } {
                        self.name(role);
                    }
                }
            }
            _ => self.unread(UnreadReason::NotText, &value),
        }
    }

    fn text(&mut self, text: &str) {
        let delimiter = self.reading.delimiter.as_deref();
        if self.reading.bracketed {
            match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                // What Java's AbstractCollection.toString puts between elements.
                Some("") => {}
                Some(list) => list.split(delimiter.unwrap_or(", ")).for_each(|part| self.name(part)),
                None => self.unread(UnreadReason::NotBracketed, &text),
            }
        } else if let Some(delimiter) = delimiter {
            text.split(delimiter).for_each(|part| self.name(part));
        } else {
            self.name(text);
        }
    }

    /// A group that goes by one name.
    fn name(&mut self, text: &str) {
        let kind = match self.reading.identified_by {
            IdentifiedBy::Auto if is_guid(text) => GroupKind::Id,
            IdentifiedBy::Id => GroupKind::Id,
            IdentifiedBy::Name | IdentifiedBy::Auto => GroupKind::Name,
            IdentifiedBy::Path => GroupKind::Path,
            IdentifiedBy::Dn => GroupKind::Dn,
            IdentifiedBy::Email => GroupKind::Email,
        };
        match self.enter(kind, text) {
            Ok(()) => self.groups = self.groups.saturating_add(1),
            Err(reason) => self.unread(reason, &text),
        }
    }

    /// A group that goes by several names; what is no text cannot be read.
    fn aliases<'a>(&mut self, names: impl Iterator<Item = (GroupKind, Result<&'a str, View<'a>>)>) {
        let before = self.evidence.entries.len();
        for (kind, name) in names {
            match name {
                Ok(text) => {
                    if let Err(reason) = self.enter(kind, text) {
                        self.unread(reason, &text);
                    }
                }
                Err(value) => self.unread(UnreadReason::NotText, &value),
            }
        }
        let entered = self.evidence.entries.len().saturating_sub(before);
        self.has_aliases |= entered > 1;
        self.groups = self.groups.saturating_add(u32::from(entered > 0));
    }

    fn fetched(&mut self, group: &FetchedGroup) {
        let named = [
            (GroupKind::Id, &group.id),
            (GroupKind::Name, &group.name),
            (GroupKind::Path, &group.path),
            (GroupKind::Dn, &group.dn),
            (GroupKind::Email, &group.email),
        ];
        let named: Vec<_> = named.iter().filter_map(|(kind, text)| Some((*kind, text.as_deref()?))).collect();
        if named.is_empty() {
            self.unread(UnreadReason::NamesNothing, &());
        }
        self.aliases(named.into_iter().map(|(kind, text)| (kind, Ok(text))));
    }

    /// Adds an entry to the group that is being read.
    fn enter(&mut self, kind: GroupKind, text: &str) -> Result<(), UnreadReason> {
        if !is_readable(text) {
            return Err(match text.len() {
                0 => UnreadReason::Empty,
                length if length > MAX_ELEMENT_BYTES => UnreadReason::TooLong,
                _ => UnreadReason::ForbiddenCharacter,
            });
        }
        let reading = self.reading;
        let key: Cow<'_, str> = match kind {
            GroupKind::Id if reading.ids_are_guids && !is_guid(text) => return Err(UnreadReason::NotGuid),
            GroupKind::Id => id_key(text),
            GroupKind::Name | GroupKind::Email => reading.case.canonical(text),
            GroupKind::Path => path_key(text, reading.case).ok_or(UnreadReason::NotPath)?,
            GroupKind::Dn => Cow::Owned(dn_key(text, reading.case).ok_or(UnreadReason::NotDn)?),
        };
        let buffer = &mut self.evidence.text;
        let start = offset(buffer.len());
        buffer.push_str(text);
        let end = offset(buffer.len());
        let key = match key {
            // A canonical form that is borrowed is the end of the text.
            Cow::Borrowed(key) => Stretch { start: end.saturating_sub(offset(key.len())), end },
            Cow::Owned(key) => {
                buffer.push_str(&key);
                Stretch { start: end, end: offset(buffer.len()) }
            }
        };
        self.evidence.entries.push(Entry { kind, text: Stretch { start, end }, key, group: self.groups });
        Ok(())
    }

    fn unread(&mut self, reason: UnreadReason, value: &impl Serialize) {
        let value = serde_json::to_string(value).unwrap_or_default();
        self.evidence.doubts.unread.insert(Unreadable { claim: self.claim, reason, value });
        self.worsen(Completeness::Malformed);
    }

    /// Judges the list that has been read since so many entries.
    fn judge(&mut self, before: usize) {
        let list = self.evidence.entries.get(before..).unwrap_or_default();
        let mut names = list.iter().filter(|entry| entry.kind == GroupKind::Name).peekable();
        let names_expected = self.reading.identified_by == IdentifiedBy::Name;
        if names_expected && names.peek().is_some() && names.all(|name| is_guid(self.evidence.stretch(name.text))) {
            self.evidence.doubts.kind_drift = true;
            self.worsen(Completeness::Malformed);
        }
        let GroupLimit::At { count: limit, at, over } = self.reading.limit else { return };
        let list = self.evidence.entries.get(before..).unwrap_or_default();
        // No list has more groups than entries, so that most need no counting.
        let most = list.len() as u64;
        if most < limit || (most == limit && at == AtLimit::Complete) {
            return;
        }
        let count = if before == 0 && !self.has_aliases { self.unite() } else { self.distinct(list) };
        let doubts = &mut self.evidence.doubts;
        if count > limit {
            doubts.at_limit = doubts.at_limit.max(Some(count));
            if over == OverLimit::Refuse {
                doubts.refusal = Some(Refusal::OverLimit { count, limit });
            }
            self.worsen(Completeness::OverLimit);
        } else if count == limit && at == AtLimit::Suspect {
            doubts.at_limit = doubts.at_limit.max(Some(count));
            self.worsen(Completeness::Suspect);
        }
    }

    /// How many groups stand behind entries: groups that go by the same names are one.
    fn distinct(&self, entries: &[Entry]) -> u64 {
        let mut named: Vec<(u32, GroupKind, &str)> =
            entries.iter().map(|entry| (entry.group, entry.kind, self.evidence.stretch(entry.key))).collect();
        named.sort_unstable();
        let compare = |group: &[(u32, GroupKind, &'_ str)], other: &[(u32, GroupKind, &'_ str)]| {
            group.iter().map(|(_, kind, key)| (*kind, *key)).cmp(other.iter().map(|(_, kind, key)| (*kind, *key)))
        };
        let mut groups: Vec<&[(u32, GroupKind, &str)]> = named.chunk_by(|a, b| a.0 == b.0).collect();
        groups.sort_unstable_by(|a, b| compare(a, b));
        groups.dedup_by(|a, b| compare(a, b).is_eq());
        groups.len() as u64
    }

    fn mark(&mut self, marker: &'static str) {
        self.evidence.doubts.marker = Some(marker);
        self.worsen(Completeness::Overage);
    }

    fn worsen(&mut self, completeness: Completeness) {
        self.evidence.completeness = self.evidence.completeness.max(completeness);
        self.evidence.doubts.found.insert(completeness);
    }

    fn finish(mut self) -> Evidence {
        if !self.found && self.evidence.doubts.marker.is_none() {
            match self.reading.absent {
                Absent::Unknown => self.worsen(Completeness::Absent),
                Absent::Empty => {}
                Absent::Refuse => {
                    self.worsen(Completeness::Absent);
                    self.evidence.doubts.refusal = Some(Refusal::Absent);
                }
            }
        }
        if self.has_aliases {
            self.evidence.count = self.distinct(&self.evidence.entries);
            self.sort();
        } else {
            self.unite();
        }
        self.evidence
    }

    /// Leaves one entry of each kind and text.
    fn sort(&mut self) {
        let mut entries = core::mem::take(&mut self.evidence.entries);
        let order = |entry: &Entry| (entry.kind, self.evidence.stretch(entry.text));
        entries.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
        entries.dedup_by(|a, b| order(a) == order(b));
        self.evidence.entries = entries;
    }

    /// The same where each entry is a group of its own; counts the distinct groups.
    fn unite(&mut self) -> u64 {
        if self.evidence.entries.len() == self.united {
            return self.evidence.count;
        }
        let mut entries = core::mem::take(&mut self.evidence.entries);
        let evidence = &self.evidence;
        let hasher = DefaultHashBuilder::default();
        let hash = |entry: &Entry| hasher.hash_one(evidence.stretch(entry.key));
        // Where the first entry of each canonical form is, among those that are kept.
        let mut seen: HashTable<u32> = HashTable::with_capacity(entries.len());
        let mut kept = 0;
        let mut has_spellings = false;
        for place in 0..entries.len() {
            let Some(entry) = entries.get(place).copied() else { break };
            let key = evidence.stretch(entry.key);
            let at = |first: &u32| entries.get(*first as usize);
            let same = |first: &u32| {
                at(first).is_some_and(|other| other.kind == entry.kind && evidence.stretch(other.key) == key)
            };
            let place_of_key = hash(&entry);
            let first = seen.find(place_of_key, same).and_then(at);
            let is_new = first.is_none();
            if first.is_some_and(|first| evidence.stretch(first.text) == evidence.stretch(entry.text)) {
                continue;
            }
            has_spellings |= !is_new;
            if is_new {
                seen.insert_unique(place_of_key, offset(kept), |first| at(first).map_or(0, hash));
            }
            if let Some(free) = entries.get_mut(kept) {
                *free = entry;
            }
            kept = kept.saturating_add(1);
        }
        entries.truncate(kept);
        self.evidence.count = seen.len() as u64;
        self.evidence.entries = entries;
        if has_spellings {
            self.sort();
        }
        self.united = self.evidence.entries.len();
        self.evidence.count
    }
}

/// The attribute that Entra sends in place of too many groups, `http://schemas.microsoft.com/claims/groups.link`; some
/// published copies of its documentation spell it in other cases.
fn is_groups_link(name: &str) -> bool {
    let start = name.len().checked_sub("groups.link".len());
    start.and_then(|start| name.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case("groups.link"))
}
