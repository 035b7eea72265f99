//! What groups that were seen before meet.

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::LeafId;
use crate::identity::{GroupEntry, GroupKind};

/// How many leaves a memo holds for each group that it may hold, on average.
const LEAVES_A_GROUP: usize = 8;

/// Remembers which leaves of one index a group meets, for as many groups as it is told to.
///
/// Texts are compared whole: a hash alone would give one group the rights of another. When it is full it forgets
/// everything and begins anew, so that what it holds is bounded and what it says never depends on its history.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    most: usize,
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
        Self { most, ..Self::default() }
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

    /// What the group meets: `seen` is called for each leaf if it is known, else `look_up` is asked and remembered.
    #[inline]
    pub(crate) fn meets(
        &mut self,
        entry: GroupEntry<'_>,
        mut seen: impl FnMut(LeafId),
        look_up: impl FnOnce(&mut dyn FnMut(LeafId)),
    ) {
        let hash = self.hasher.hash_one(entry.text().as_bytes());
        let same = |seen: &Seen| seen.kind == entry.kind() && seen.text(&self.text) == entry.text().as_bytes();
        if let Some(found) = self.table.find(hash, same) {
            if found.leaves != 0 {
                let first = found.first_leaf as usize;
                let leaves = self.leaves.get(first..first.saturating_add(found.leaves as usize));
                leaves.unwrap_or_default().iter().copied().for_each(seen);
            }
            return;
        }
        if self.table.len() >= self.most || self.leaves.len() >= self.most.saturating_mul(LEAVES_A_GROUP) {
            self.clear();
        }
        let first = self.leaves.len();
        look_up(&mut |leaf| {
            seen(leaf);
            self.leaves.push(leaf);
        });
        let known = Seen {
            start: index(self.text.len()),
            first_leaf: index(first),
            leaves: index(self.leaves.len().saturating_sub(first)),
            // No readable group is longer than a kilobyte.
            length: u16::try_from(entry.text().len()).unwrap_or(u16::MAX),
            kind: entry.kind(),
        };
        self.text.push_str(entry.text());
        let (text, hasher) = (&self.text, &self.hasher);
        self.table.insert_unique(hash, known, |seen| hasher.hash_one(seen.text(text)));
    }
}

impl Seen {
    #[inline]
    fn text(self, all: &str) -> &[u8] {
        let start = self.start as usize;
        all.as_bytes().get(start..start.saturating_add(usize::from(self.length))).unwrap_or_default()
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
