//! What is known of a person's groups: entries, and how complete they are.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};
use serde::{Deserialize, Serialize};

use crate::claims::Document;

/// How far the groups that were seen are all the groups there are; from best to worst. Only under `complete` is a
/// group that was not seen known not to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GroupEntry<'a> {
    kind: GroupKind,
    text: &'a str,
    key: &'a str,
}

/// What is known of a person's groups.
///
/// Entries are a set: order and repetition in the claims change nothing. `Debug` shows counts alone.
#[derive(Clone)]
pub struct Evidence {
    /// The token that the texts stand in, where there is one; its text comes before `text` in what entries are
    /// stretches of.
    pub(super) base: Option<Arc<Document>>,
    /// Texts that stand elsewhere, and canonical forms where they differ.
    pub(super) text: String,
    /// As they were read: any of them may be there several times.
    pub(super) entries: Vec<Entry>,
    /// Whether some group goes by several names, so that entries are not groups.
    pub(super) has_aliases: bool,
    /// Whether the host fetched the groups, so that no limit on what a login holds is about them.
    pub(super) is_fetched: bool,
    pub(super) completeness: Completeness,
    pub(super) doubts: Doubts,
}

/// The place of an entry in the evidence.
pub(crate) type EntryId = u32;

/// One entry: stretches of the evidence's text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) kind: GroupKind,
    pub(super) text: Stretch,
    /// The canonical form.
    pub(super) key: Stretch,
    /// The group that it names, among those of the login.
    pub(super) group: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What made evidence less than complete.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Doubts {
    /// Everything that speaks against completeness, of which the worst counts.
    pub(crate) found: BTreeSet<Completeness>,
    /// What cannot be read: repeating it changes nothing.
    pub(crate) unread: BTreeSet<Unreadable>,
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

/// An element or a claim that cannot be read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unreadable {
    /// Which of the configured claims; none for fetched groups.
    pub(crate) claim: Option<usize>,
    pub(crate) reason: UnreadReason,
    /// As JSON.
    pub(crate) value: String,
}

/// Why an element of a groups claim, or the whole claim, cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnreadReason {
    /// It is no text: null, a number, true or false, a list within a list, or an object where none is expected.
    NotText,
    /// It is an empty text.
    Empty,
    /// It is longer than [`MAX_ELEMENT_BYTES`](crate::MAX_ELEMENT_BYTES).
    TooLong,
    /// It holds a control, bidi or line separator character.
    ForbiddenCharacter,
    /// It is no GUID where ids are GUIDs.
    NotGuid,
    /// It is no distinguished name where one is expected.
    NotDn,
    /// It is no path where one is expected: it has an empty segment.
    NotPath,
    /// It does not stand between brackets, as `source.groups.bracketed` expects.
    NotBracketed,
    /// It is an object with none of the keys that `source.groups.object` names.
    NamesNothing,
    /// It names a group, but not by what rules go by.
    LacksKind,
    /// It is the value of a role that is no object of organizations.
    NotOrganizations,
    /// The way to a nested claim ends in something that is no object.
    BrokenPath,
}

impl fmt::Display for UnreadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotText => "it is no text",
            Self::Empty => "it is empty",
            Self::TooLong => "it is longer than a group may be",
            Self::ForbiddenCharacter => "it holds a control, bidi or line separator character",
            Self::NotGuid => "it is no GUID, as ids of this source are",
            Self::NotDn => "it is no distinguished name",
            Self::NotPath => "it is no path: a segment is empty",
            Self::NotBracketed => "it does not stand between `[` and `]`",
            Self::NamesNothing => "it is an object without the keys that source.groups.object names",
            Self::LacksKind => "it names a group, but not by what source.groups.identified_by says",
            Self::NotOrganizations => "it is not an object of the organizations that grant the role",
            Self::BrokenPath => "the way to the claim ends here, in something that is no object",
        })
    }
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<'a> GroupEntry<'a> {
    /// One whose canonical form is as it was sent.
    #[cfg(test)]
    pub(crate) fn plain(kind: GroupKind, text: &'a str) -> Self {
        Self { kind, text, key: text }
    }

    /// What kind of text it is.
    pub fn kind(&self) -> GroupKind {
        self.kind
    }

    /// The text, as sent.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Whether the text is the form that exact conditions are compared with.
    #[inline]
    pub(crate) fn is_canonical(&self) -> bool {
        core::ptr::eq(self.text, self.key)
    }

    /// The form that exact conditions are compared with.
    #[inline]
    pub(crate) fn key(&self) -> &'a str {
        self.key
    }

    fn order(&self) -> (GroupKind, &'a str, &'a str) {
        (self.kind, self.key, self.text)
    }
}

impl Evidence {
    /// The texts that name groups, sorted by kind, canonical form and text.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = GroupEntry<'_>> {
        let mut entries: Vec<GroupEntry<'_>> = self.entries.iter().map(|entry| self.resolve(entry)).collect();
        entries.sort_unstable_by_key(GroupEntry::order);
        entries.dedup();
        entries.into_iter()
    }

    /// How many entries there are, repeated ones included.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Calls for each entry, in no order that means anything.
    #[inline]
    pub(crate) fn each(&self, mut entry: impl FnMut(EntryId, GroupEntry<'_>)) {
        let buffers = self.buffers();
        let mut id = 0;
        for stretches in &self.entries {
            entry(id, buffers.resolve(stretches));
            id = id.wrapping_add(1);
        }
    }

    pub(crate) fn entry(&self, id: EntryId) -> Option<GroupEntry<'_>> {
        self.entries.get(id as usize).map(|entry| self.resolve(entry))
    }

    /// The order of two entries: by kind, canonical form and text.
    pub(crate) fn compare(&self, a: EntryId, b: EntryId) -> Ordering {
        self.entry(a).map(|entry| entry.order()).cmp(&self.entry(b).map(|entry| entry.order()))
    }

    fn resolve(&self, entry: &Entry) -> GroupEntry<'_> {
        self.buffers().resolve(entry)
    }

    #[inline]
    fn buffers(&self) -> Buffers<'_> {
        Buffers { base: self.base.as_deref().map_or("", Document::whole_text), text: &self.text }
    }

    #[inline]
    pub(super) fn stretch(&self, stretch: Stretch) -> &str {
        self.buffers().stretch(stretch)
    }

    /// How many distinct groups can be read.
    pub fn count(&self) -> u64 {
        self.distinct(&self.entries)
    }

    /// Whether some group goes by several names.
    pub(crate) fn has_aliases(&self) -> bool {
        self.has_aliases
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
}

/// Where the texts of entries stand: the token's come first.
#[derive(Clone, Copy)]
struct Buffers<'a> {
    base: &'a str,
    text: &'a str,
}

impl<'a> Buffers<'a> {
    #[expect(
        clippy::inline_always,
        reason = "a call passes the entry through memory, which doubles what a group costs"
    )]
    #[inline(always)]
    fn resolve(self, entry: &Entry) -> GroupEntry<'a> {
        let text = self.stretch(entry.text);
        let same = (entry.key.start, entry.key.end) == (entry.text.start, entry.text.end);
        GroupEntry { kind: entry.kind, text, key: if same { text } else { self.stretch(entry.key) } }
    }

    #[expect(
        clippy::inline_always,
        reason = "a call passes the entry through memory, which doubles what a group costs"
    )]
    #[inline(always)]
    fn stretch(self, stretch: Stretch) -> &'a str {
        let (start, end) = (stretch.start as usize, stretch.end as usize);
        let text = match start.checked_sub(self.base.len()) {
            Some(start) => self.text.get(start..end.saturating_sub(self.base.len())),
            None => self.base.get(start..end),
        };
        text.unwrap_or_default()
    }

    #[inline]
    fn bytes(self, stretch: Stretch) -> &'a [u8] {
        let (start, end) = (stretch.start as usize, stretch.end as usize);
        let bytes = match start.checked_sub(self.base.len()) {
            Some(start) => self.text.as_bytes().get(start..end.saturating_sub(self.base.len())),
            None => self.base.as_bytes().get(start..end),
        };
        bytes.unwrap_or_default()
    }
}

impl PartialEq for Evidence {
    fn eq(&self, other: &Self) -> bool {
        (self.count(), self.completeness) == (other.count(), other.completeness)
            && self.doubts == other.doubts
            && self.entries().eq(other.entries())
    }
}

impl fmt::Debug for GroupEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupEntry").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("completeness", &self.completeness)
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}

impl Evidence {
    /// How many groups stand behind entries: groups that go by the same names are one.
    pub(super) fn distinct(&self, entries: &[Entry]) -> u64 {
        if self.has_aliases { self.distinct_aliases(entries) } else { self.distinct_keys(entries) }
    }

    /// Where each entry is a group of its own.
    fn distinct_keys(&self, entries: &[Entry]) -> u64 {
        let hasher = DefaultHashBuilder::default();
        let buffers = self.buffers();
        let key = |entry: &Entry| buffers.bytes(entry.key);
        let hash = |entry: &Entry| {
            let mut hasher = hasher.build_hasher();
            hasher.write(key(entry));
            hasher.finish()
        };
        let mut seen: HashTable<Entry> = HashTable::with_capacity(entries.len());
        for entry in entries {
            let same = |other: &Entry| other.kind == entry.kind && key(other) == key(entry);
            seen.entry(hash(entry), same, hash).or_insert(*entry);
        }
        seen.len() as u64
    }

    fn distinct_aliases(&self, entries: &[Entry]) -> u64 {
        let mut named: Vec<(u32, GroupKind, &str)> =
            entries.iter().map(|entry| (entry.group, entry.kind, self.stretch(entry.key))).collect();
        named.sort_unstable();
        let compare = |group: &[(u32, GroupKind, &'_ str)], other: &[(u32, GroupKind, &'_ str)]| {
            group.iter().map(|(_, kind, key)| (*kind, *key)).cmp(other.iter().map(|(_, kind, key)| (*kind, *key)))
        };
        let mut groups: Vec<&[(u32, GroupKind, &str)]> = named.chunk_by(|a, b| a.0 == b.0).collect();
        groups.sort_unstable_by(|a, b| compare(a, b));
        groups.dedup_by(|a, b| compare(a, b).is_eq());
        groups.len() as u64
    }
}

/// The part of evidence that a digest is made over.
#[derive(Serialize)]
pub(crate) struct EvidenceRecord<'a> {
    completeness: Completeness,
    entries: Vec<(GroupKind, &'a str)>,
    unreadable: usize,
    refusal: Option<String>,
}

impl Evidence {
    pub(crate) fn record(&self) -> EvidenceRecord<'_> {
        EvidenceRecord {
            completeness: self.completeness,
            entries: self.entries().map(|entry| (entry.kind, entry.text)).collect(),
            unreadable: self.doubts.unread.len(),
            refusal: self.doubts.refusal.map(|refusal| alloc::format!("{refusal:?}")),
        }
    }
}
