//! What groups that were seen before meet.

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::LeafId;
use crate::identity::{GroupEntry, GroupKind};

/// How many leaves a memo holds for each group that it may hold, on average.
const LEAVES_A_GROUP: usize = 8;

/// How long all texts or all lists of leaves may be together: as far as their places are counted.
const MOST_PLACES: usize = u32::MAX as usize;

/// Remembers which leaves of one index a group meets, for as many groups as it is told to.
///
/// Texts are compared whole: a hash alone would give one group the rights of another. When it is full it forgets
/// everything and begins anew, so that what it holds is bounded and what it says never depends on its history.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    most: usize,
    /// How many bytes of text it may hold.
    most_text: usize,
    hasher: DefaultHashBuilder,
    table: HashTable<Seen>,
    text: String,
    leaves: Vec<LeafId>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    start: u32,
    first_leaf: u32,
    leaves: u32,
    length: u16,
    kind: GroupKind,
}

impl Memo {
    /// A memo of at most so many groups; none for 0.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, most_text: MOST_PLACES, ..Self::default() }
    }

    /// Whether it remembers anything at all.
    pub(crate) fn is_on(&self) -> bool {
        self.most > 0
    }

    /// How many groups it holds.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.text.clear();
        self.leaves.clear();
    }

    /// What a group meets that was seen before.
    #[inline]
    pub(crate) fn recall(&self, entry: GroupEntry<'_>) -> Option<&[LeafId]> {
        let same = |seen: &Seen| seen.kind == entry.kind() && seen.text(&self.text) == entry.text().as_bytes();
        let seen = self.table.find(self.hash(entry.text().as_bytes()), same)?;
        Some(if seen.leaves == 0 { &[] } else { self.leaves_of(*seen) })
    }

    fn leaves_of(&self, seen: Seen) -> &[LeafId] {
        let first = seen.first_leaf as usize;
        self.leaves.get(first..first.saturating_add(seen.leaves as usize)).unwrap_or_default()
    }

    /// Remembers what a group meets that was not seen before, and gives it back.
    #[cold]
    pub(crate) fn learn(&mut self, entry: GroupEntry<'_>, look_up: impl FnOnce(&mut Vec<LeafId>)) -> &[LeafId] {
        let is_full = self.table.len() >= self.most
            || self.leaves.len() >= self.most.saturating_mul(LEAVES_A_GROUP).min(MOST_PLACES)
            || self.text.len().saturating_add(entry.text().len()) > self.most_text;
        if is_full {
            self.clear();
        }
        let first = self.leaves.len();
        look_up(&mut self.leaves);
        let seen = Seen {
            start: index(self.text.len()),
            first_leaf: index(first),
            leaves: index(self.leaves.len().saturating_sub(first)),
            // No readable group is longer than a kilobyte.
            length: u16::try_from(entry.text().len()).unwrap_or(u16::MAX),
            kind: entry.kind(),
        };
        self.text.push_str(entry.text());
        let found = self.hash(entry.text().as_bytes());
        let (text, hasher) = (&self.text, &self.hasher);
        self.table.insert_unique(found, seen, |seen| hash(hasher, seen.text(text)));
        self.leaves_of(seen)
    }

    #[inline]
    fn hash(&self, text: &[u8]) -> u64 {
        hash(&self.hasher, text)
    }
}

impl Seen {
    #[inline]
    fn text(self, all: &str) -> &[u8] {
        let start = self.start as usize;
        all.as_bytes().get(start..start.saturating_add(usize::from(self.length))).unwrap_or_default()
    }
}

/// The hash of a whole text; no length goes before it, since nothing comes after it.
#[inline]
fn hash(hasher: &DefaultHashBuilder, text: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(text);
    state.finish()
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that have no place left would share one.
    #[test]
    fn it_begins_anew_before_its_text_is_too_long_to_be_counted() {
        let mut memo = Memo { most_text: 10, ..Memo::new(100) };
        let name = |text| GroupEntry::plain(GroupKind::Name, text);
        for (text, leaf, remembered) in
            [("four", 4, 1), ("sixsix", 6, 2), ("x", 1, 1), ("ninenine9", 9, 2), ("ab", 2, 1)]
        {
            assert_eq!(memo.recall(name(text)), None, "{text}");
            assert_eq!(memo.learn(name(text), |leaves| leaves.push(leaf)), [leaf]);
            assert_eq!(memo.len(), remembered, "{text}");
            assert_eq!(memo.recall(name(text)), Some(&[leaf][..]));
        }
        assert_eq!(memo.recall(name("ninenine9")), None);
    }
}
