//! From a group to the conditions it meets: one look-up for exact forms, one pass for patterns.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;

use super::LeafId;
use super::pattern::{Parsed, Pattern};
use super::selection::Selection;
use crate::dn::{dn_suffixes, path_prefixes};
use crate::identity::{GroupEntry, GroupKind};

/// One condition on groups.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Leaf {
    /// The canonical form of one kind.
    Exact(GroupKind, String),
    /// The canonical form of a path or DN, or of one above it.
    Under(GroupKind, String),
    /// A regular expression, as written.
    Regex(String),
    /// A glob, as written.
    Glob(String),
}

/// All conditions on groups, each once.
#[derive(Debug, Default)]
pub(crate) struct Index {
    leaves: HashMap<Leaf, LeafId>,
    exact: [HashMap<Box<str>, LeafId>; 5],
    path_under: HashMap<Box<str>, LeafId>,
    dn_under: HashMap<Box<str>, LeafId>,
    patterns: Vec<(LeafId, Pattern)>,
    /// The patterns while conditions are still being added.
    parsed: Vec<Parsed>,
    selection: Selection,
}

impl Index {
    /// The leaf of an exact condition.
    pub(crate) fn add(&mut self, leaf: Leaf) -> LeafId {
        let next = LeafId::try_from(self.leaves.len()).unwrap_or(LeafId::MAX);
        let id = *self.leaves.entry(leaf.clone()).or_insert(next);
        if id == next {
            match leaf {
                Leaf::Exact(kind, key) => drop(self.exact_of_mut(kind).insert(key.into(), id)),
                Leaf::Under(GroupKind::Path, key) => drop(self.path_under.insert(key.into(), id)),
                Leaf::Under(_, key) => drop(self.dn_under.insert(key.into(), id)),
                Leaf::Regex(_) | Leaf::Glob(_) => {}
            }
        }
        id
    }

    /// The leaf of a pattern that is known already.
    pub(crate) fn known(&self, leaf: &Leaf) -> Option<LeafId> {
        self.leaves.get(leaf).copied()
    }

    /// The leaf of a pattern that is not known yet.
    pub(crate) fn add_pattern(&mut self, leaf: Leaf, parsed: Parsed, pattern: Pattern) -> LeafId {
        let id = self.add(leaf);
        self.patterns.push((id, pattern));
        self.parsed.push(parsed);
        id
    }

    /// How many bytes the compiled patterns hold.
    pub(crate) fn pattern_bytes(&self) -> usize {
        self.patterns.iter().map(|(_, pattern)| pattern.size()).sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Prepares for look-ups once every condition has been added.
    pub(crate) fn finish(&mut self) {
        let parsed = core::mem::take(&mut self.parsed);
        self.selection = Selection::new(parsed.iter().map(|parsed| (&parsed.hir, parsed.anchored())));
        self.leaves = HashMap::new();
    }

    /// The pattern of a leaf.
    pub(crate) fn pattern(&self, leaf: LeafId) -> Option<&Pattern> {
        let index = self.patterns.binary_search_by_key(&leaf, |(id, _)| *id).ok()?;
        self.patterns.get(index).map(|(_, pattern)| pattern)
    }

    /// Calls for each leaf that a group meets, perhaps more than once.
    pub(crate) fn look_up(&self, entry: GroupEntry<'_>, mut met: impl FnMut(LeafId)) {
        let key = entry.key();
        self.exact_of(entry.kind()).get(key).copied().into_iter().for_each(&mut met);
        match entry.kind() {
            GroupKind::Path if !self.path_under.is_empty() => {
                path_prefixes(key).filter_map(|above| self.path_under.get(above)).copied().for_each(&mut met);
            }
            GroupKind::Dn if !self.dn_under.is_empty() => {
                dn_suffixes(key).filter_map(|above| self.dn_under.get(above)).copied().for_each(&mut met);
            }
            _ => {}
        }
        // Ids have no spelling that a pattern could speak of.
        if entry.kind() != GroupKind::Id {
            self.selection.candidates(entry.text(), |candidate| {
                if let Some((leaf, pattern)) = self.patterns.get(candidate as usize)
                    && pattern.is_match(entry.text())
                {
                    met(*leaf);
                }
            });
        }
    }

    fn exact_of(&self, kind: GroupKind) -> &HashMap<Box<str>, LeafId> {
        let [id, name, path, dn, email] = &self.exact;
        match kind {
            GroupKind::Id => id,
            GroupKind::Name => name,
            GroupKind::Path => path,
            GroupKind::Dn => dn,
            GroupKind::Email => email,
        }
    }

    fn exact_of_mut(&mut self, kind: GroupKind) -> &mut HashMap<Box<str>, LeafId> {
        let [id, name, path, dn, email] = &mut self.exact;
        match kind {
            GroupKind::Id => id,
            GroupKind::Name => name,
            GroupKind::Path => path,
            GroupKind::Dn => dn,
            GroupKind::Email => email,
        }
    }
}
