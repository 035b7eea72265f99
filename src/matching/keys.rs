//! Exact texts: one hash table over one buffer, whatever kind of group a text names.

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::LeafId;
use crate::identity::GroupKind;

/// What a text must be to meet a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meant {
    /// The canonical form of a group of this kind.
    Key(GroupKind),
    /// The canonical form of a path or a DN, or of one above it.
    Above(GroupKind),
    /// The text of a group of any kind but id, in canonical form.
    Folded,
    /// The same as sent, or a value of another claim.
    Sent,
    /// A number of another claim, in the one text it has.
    Number,
    /// A truth value of another claim.
    Bool,
}

/// A text, what it must be, and the condition that it then meets.
pub(super) type Entry = (String, Meant, LeafId);

/// Texts and the conditions that they meet.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// All texts, one behind the other.
    text: String,
    table: HashTable<Key>,
    hasher: DefaultHashBuilder,
    /// The conditions of each text, side by side.
    conditions: Vec<(Meant, LeafId)>,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    start: u32,
    length: u32,
    first_condition: u32,
    conditions: u32,
}

impl Keys {
    pub(super) fn new(mut meant: Vec<Entry>) -> Self {
        meant.sort_unstable();
        meant.dedup();
        let texts = || meant.chunk_by(|a, b| a.0 == b.0);
        let mut keys = Self { table: HashTable::with_capacity(texts().count()), ..Self::default() };
        keys.text.reserve_exact(texts().filter_map(|same| same.first()).map(|(text, ..)| text.len()).sum());
        keys.conditions.reserve_exact(meant.len());
        for same in texts() {
            let Some((text, ..)) = same.first() else { continue };
            let key = Key {
                start: index(keys.text.len()),
                length: index(text.len()),
                first_condition: index(keys.conditions.len()),
                conditions: index(same.len()),
            };
            keys.text.push_str(text);
            keys.conditions.extend(same.iter().map(|(_, meant, leaf)| (*meant, *leaf)));
            let (all, hasher) = (&keys.text, &keys.hasher);
            let hash = |key: &Key| hasher.hash_one(key.text(all).as_bytes());
            keys.table.insert_unique(hash(&key), key, hash);
        }
        keys
    }

    /// The conditions that speak of a text.
    #[inline]
    pub(super) fn find(&self, text: &str) -> &[(Meant, LeafId)] {
        let same = |key: &Key| key.text(&self.text).as_bytes() == text.as_bytes();
        let Some(key) = self.table.find(self.hasher.hash_one(text.as_bytes()), same) else { return &[] };
        let (first, count) = (key.first_condition as usize, key.conditions as usize);
        self.conditions.get(first..first.saturating_add(count)).unwrap_or_default()
    }

    /// How many bytes it holds.
    pub(super) fn size(&self) -> usize {
        let table = self.table.capacity().saturating_mul(size_of::<Key>().saturating_add(1));
        self.text.capacity().saturating_add(table).saturating_add(size_of_val(&*self.conditions))
    }
}

impl Key {
    #[inline]
    fn text(self, all: &str) -> &str {
        all.get(self.start as usize..self.start.saturating_add(self.length) as usize).unwrap_or_default()
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
