//! A map in one sorted list: compact, in order, and left with its memory when it is emptied.

use alloc::vec::Vec;
use core::ops::Range;

/// A map from keys to values, in the order of the keys.
#[derive(Clone, Debug)]
pub(crate) struct SortedMap<K, V> {
    /// INVARIANT: sorted by key, no two alike.
    entries: Vec<(K, V)>,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<K: Copy + Ord, V: Copy> SortedMap<K, V> {
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn reserve(&mut self, more: usize) {
        self.entries.reserve(more);
    }

    /// Adds an entry whose key is greater than all others.
    pub(crate) fn push(&mut self, key: K, value: V) {
        debug_assert!(self.entries.last().is_none_or(|(last, _)| *last < key), "in order");
        self.entries.push((key, value));
    }

    pub(crate) fn get(&self, key: K) -> Option<V> {
        let index = self.entries.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.entries.get(index).map(|(_, value)| *value)
    }

    pub(crate) fn contains(&self, key: K) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if let Err(index) = self.entries.binary_search_by_key(&key, |(key, _)| *key) {
            self.entries.insert(index, (key, value));
        } else {
            self.update(key, value);
        }
    }

    /// Changes the value of a key that is there already.
    pub(crate) fn update(&mut self, key: K, value: V) {
        if let Ok(index) = self.entries.binary_search_by_key(&key, |(key, _)| *key)
            && let Some((_, place)) = self.entries.get_mut(index)
        {
            *place = value;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, V)> + '_ {
        self.entries.iter().copied()
    }

    /// The entries whose keys lie in a range.
    pub(crate) fn range(&self, range: Range<K>) -> &[(K, V)] {
        let start = self.entries.partition_point(|(key, _)| *key < range.start);
        let end = self.entries.partition_point(|(key, _)| *key < range.end);
        self.entries.get(start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_once() {
        let mut map = SortedMap::default();
        for key in [1, 3, 5] {
            map.push(key, key * 10);
        }
        map.insert(4, 41);
        map.insert(1, 11);
        map.update(2, 21);
        assert!(map.iter().eq([(1, 11), (3, 30), (4, 41), (5, 50)]));
        assert_eq!(map.range(2..5), [(3, 30), (4, 41)]);
        assert_eq!((map.get(5), map.get(2), map.contains(4)), (Some(50), None, true));
        assert!(map.range(Range { start: 5, end: 2 }).is_empty());
        map.clear();
        assert!(map.is_empty());
    }
}
