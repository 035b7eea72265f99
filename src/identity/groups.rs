//! Reads the groups claims of a login into evidence.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::evidence::{Completeness, Doubts, Entry, Evidence, GroupKind, Refusal, Stretch, UnreadReason, Unreadable};
use super::reading::Reading;
use super::selection::{Found, in_assertion, in_token, is_distributed};
use crate::claims::{Document, Excess, FetchedGroup, FetchedGroups, Login, MAX_ELEMENTS, SamlAttribute, Shape, View};
use crate::config::{Absent, AtLimit, GroupLimit, IdentifiedBy, ObjectShape, OverLimit};
use crate::dn::{dn_key, path_key, path_start};
use crate::text::{CasePolicy, MAX_ELEMENT_BYTES, is_guid, is_lower_guid, is_readable, offset_within};

impl Evidence {
    /// Reads the groups claims of a login.
    pub(super) fn of_login(reading: &Reading, login: &Login) -> Result<Self, Excess> {
        let mut reader = GroupReader::new(reading);
        match login {
            Login::Oidc { id_token, userinfo } => {
                let document = id_token.document();
                reader.is_plain = document.is_plain();
                reader.evidence.base = Some(document);
                reader.token(id_token.claims());
                reader.is_plain = false;
                if let Some(userinfo) = userinfo {
                    reader.token(userinfo.claims());
                }
            }
            Login::Saml(assertion) => reader.attributes(&assertion.attributes),
        }
        match reader.excess {
            Some(excess) => Err(excess),
            None => Ok(reader.finish()),
        }
    }

    /// Takes what the host fetched; lists of a login count no more.
    pub(super) fn of_fetched(reading: &Reading, fetched: &FetchedGroups) -> Self {
        let mut reader = GroupReader::new(reading);
        reader.found = true;
        reader.evidence.is_fetched = true;
        for group in &fetched.groups {
            reader.fetched(group, fetched.lacks_nothing);
        }
        if !fetched.complete {
            reader.mark("the host says that its answer is not complete");
        }
        reader.finish()
    }
}

impl Evidence {
    /// The same evidence without the groups that go by some texts, with other groups, and perhaps known to be whole;
    /// nothing where a text names no group, or the login would be refused. With more groups than before, all of them are
    /// judged as one list.
    pub(crate) fn supposing(
        &self,
        reading: &Reading,
        left: &[(GroupKind, &str)],
        joined: &[(GroupKind, &str)],
        is_whole: bool,
    ) -> Option<Self> {
        let mut reader = GroupReader::new(reading);
        let named = |entry: &Entry| left.contains(&(entry.kind, self.stretch(entry.text)));
        let gone: BTreeSet<u32> = self.entries.iter().filter(|entry| named(entry)).map(|entry| entry.group).collect();
        reader.groups = self.entries.iter().map(|entry| entry.group).max().unwrap_or_default();
        reader.evidence = self.clone();
        reader.evidence.entries.retain(|entry| !gone.contains(&entry.group));
        for (kind, text) in joined {
            reader.groups = reader.groups.saturating_add(1);
            reader.enter(*kind, text).ok()?;
        }
        if !joined.is_empty() && !self.is_fetched {
            reader.judge(0);
        }
        let mut evidence = reader.evidence;
        if is_whole {
            evidence.completeness = Completeness::Complete;
        }
        (evidence.doubts.refusal == self.doubts.refusal).then_some(evidence)
    }
}

/// [`MAX_ELEMENT_BYTES`] as places in a text are counted.
#[expect(clippy::cast_possible_truncation, reason = "it is 1,024")]
const MAX_LENGTH: u32 = MAX_ELEMENT_BYTES as u32;

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
    /// Into how many parts strings of the document that is being read were split.
    parts: usize,
    /// Whether they are more than a list may have.
    excess: Option<Excess>,
    /// Whether the text of the token that is being read is known to hold nothing but printable ASCII.
    is_plain: bool,
    /// Which of the configured claims is being read.
    claim: Option<usize>,
    /// Whether any configured claim is there.
    found: bool,
}

impl<'r> GroupReader<'r> {
    fn new(reading: &'r Reading) -> Self {
        let evidence = Evidence {
            base: None,
            text: String::new(),
            entries: Vec::new(),
            has_aliases: false,
            is_fetched: false,
            completeness: Completeness::Complete,
            doubts: Doubts::default(),
        };
        Self { reading, evidence, groups: 0, parts: 0, excess: None, is_plain: false, claim: None, found: false }
    }

    fn token(&mut self, claims: View<'_>) {
        self.parts = 0;
        let elsewhere = claims.get("_claim_names");
        for (index, selector) in self.reading.claims.iter().enumerate() {
            self.claim = Some(index);
            for found in in_token(claims, selector) {
                self.found = true;
                match found {
                    Found::Value(value) => self.claim(value),
                    Found::Broken => self.unread(UnreadReason::BrokenPath, &()),
                }
            }
            if is_distributed(elsewhere, selector) {
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
            self.list(value);
        } else {
            self.element(value);
        }
        // What is neither a list nor a group has no length to be judged by.
        if value.is_list() || value.as_str().is_some() || (value.is_object() && self.reading.object.is_some()) {
            self.judge(before);
        }
    }

    /// The elements of a list. What most lists hold, texts whose canonical form can be told at a glance, is entered where
    /// it stands: names and paths whose case counts, and GUIDs in lower case.
    fn list(&mut self, list: View<'_>) {
        let reading = self.reading;
        let is_whole = self.is_plain && reading.delimiter.is_none() && !reading.bracketed;
        match (reading.identified_by, reading.case) {
            (IdentifiedBy::Name, CasePolicy::Sensitive) if is_whole => self.each(list, GroupKind::Name, |_| Some(0)),
            (IdentifiedBy::Id, _) if is_whole && reading.ids_are_guids => {
                self.each(list, GroupKind::Id, |id| is_lower_guid(id).then_some(0));
            }
            (IdentifiedBy::Path, CasePolicy::Sensitive) if is_whole => {
                self.each(list, GroupKind::Path, |path| path_start(path).map(offset));
            }
            _ => list.elements().for_each(|element| self.element(element)),
        }
    }

    /// Enters each text of printable ASCII of which `skipped` knows how many bytes its canonical form leaves out at the
    /// start; the rest as any other element.
    fn each(&mut self, list: View<'_>, kind: GroupKind, skipped: impl Fn(&[u8]) -> Option<u32>) {
        let elements = list.elements();
        self.evidence.entries.reserve(elements.len());
        for element in elements {
            let place = element.place().filter(|(start, end)| (1..=MAX_LENGTH).contains(&end.saturating_sub(*start)));
            let known = place.and_then(|place| Some((place, skipped(element.bytes())?)));
            if let Some(((start, end), skipped)) = known {
                let key = Stretch { start: start.saturating_add(skipped), end };
                self.evidence.entries.push(Entry { kind, text: Stretch { start, end }, key, group: self.groups });
                self.groups = self.groups.saturating_add(1);
            } else {
                self.element(element);
            }
        }
    }

    fn element(&mut self, value: View<'_>) {
        match (value.shape(), &self.reading.object) {
            (Shape::Text(text), _) => self.text(text),
            (Shape::Object, Some(ObjectShape::Group { id, name })) => {
                let keys = [(GroupKind::Id, id), (GroupKind::Name, name)];
                let named = keys.into_iter().filter_map(|(kind, key)| Some((kind, value.get(key.as_deref()?)?)));
                let named: Vec<_> = named.filter(|(_, value)| !value.is_null()).collect();
                self.look_for_kind(named.iter().map(|(kind, _)| *kind), &value);
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
                Some(list) => self.split(list, delimiter.unwrap_or(", ")),
                None => self.unread(UnreadReason::NotBracketed, &text),
            }
        } else if let Some(delimiter) = delimiter {
            self.split(text, delimiter);
        } else {
            self.name(text);
        }
    }

    /// Several groups in one string, which count like the elements of a list.
    fn split(&mut self, text: &str, delimiter: &str) {
        self.parts = self.parts.saturating_add(text.split(delimiter).count());
        if self.parts > MAX_ELEMENTS {
            self.excess = Some(Excess { what: "values", used: self.parts, allowed: MAX_ELEMENTS });
        } else {
            text.split(delimiter).for_each(|part| self.name(part));
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
        self.evidence.has_aliases |= entered > 1;
        self.groups = self.groups.saturating_add(u32::from(entered > 0));
    }

    fn fetched(&mut self, group: &FetchedGroup, lacks_nothing: bool) {
        let named = [
            (GroupKind::Id, &group.id),
            (GroupKind::Name, &group.name),
            (GroupKind::Path, &group.path),
            (GroupKind::Dn, &group.dn),
            (GroupKind::Email, &group.email),
        ];
        let named: Vec<_> = named.iter().filter_map(|(kind, text)| Some((*kind, text.as_deref()?))).collect();
        if named.is_empty() || !lacks_nothing {
            self.look_for_kind(named.iter().map(|(kind, _)| *kind), group);
        }
        self.aliases(named.into_iter().map(|(kind, text)| (kind, Ok(text))));
    }

    /// What names no group by what rules go by may be one that a rule is about.
    fn look_for_kind(&mut self, mut named: impl ExactSizeIterator<Item = GroupKind>, group: &impl Serialize) {
        if named.len() == 0 {
            self.unread(UnreadReason::NamesNothing, group);
        } else if !named.any(|kind| self.reading.identifies(kind)) {
            self.unread(UnreadReason::LacksKind, group);
        }
    }

    /// Adds an entry to the group that is being read.
    fn enter(&mut self, kind: GroupKind, text: &str) -> Result<(), UnreadReason> {
        let readable = if self.is_plain { matches!(text.len(), 1..=MAX_ELEMENT_BYTES) } else { is_readable(text) };
        if !readable {
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
        let text = self.place(text);
        let key = match key {
            // A canonical form that is borrowed is the end of the text.
            Cow::Borrowed(key) => Stretch { start: text.end.saturating_sub(offset(key.len())), end: text.end },
            Cow::Owned(key) => self.place(&key),
        };
        self.evidence.entries.push(Entry { kind, text, key, group: self.groups });
        Ok(())
    }

    /// Where a text stands in the evidence, which copies it unless it is in the token already.
    fn place(&mut self, text: &str) -> Stretch {
        let base = self.evidence.base.as_deref().map_or("", Document::whole_text);
        let start = offset_within(base, text).unwrap_or_else(|| {
            let start = base.len().saturating_add(self.evidence.text.len());
            self.evidence.text.push_str(text);
            start
        });
        Stretch { start: offset(start), end: offset(start.saturating_add(text.len())) }
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
        let count = self.evidence.distinct(list);
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
                Absent::Empty if !self.reading.claims.is_empty() => {}
                // Where no claim is configured, none that is missing says anything.
                Absent::Unknown | Absent::Empty => self.worsen(Completeness::Absent),
                Absent::Refuse => {
                    self.worsen(Completeness::Absent);
                    self.evidence.doubts.refusal = Some(Refusal::Absent);
                }
            }
        }
        self.evidence
    }
}

/// The attribute that Entra sends in place of too many groups, `http://schemas.microsoft.com/claims/groups.link`; some
/// published copies of its documentation spell it in other cases.
fn is_groups_link(name: &str) -> bool {
    let start = name.len().checked_sub("groups.link".len());
    start.and_then(|start| name.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case("groups.link"))
}
