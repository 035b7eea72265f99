//! What may not be taken away: the last holders of a target, and organizations whose targets are still held.

use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::catalog::{Catalog, TargetId};
use crate::plan::{HoldersRequired, WithheldCode};
use crate::snapshot::Snapshot;
use crate::target::Target;

/// How many eligible holders each target has, as far as the host says.
#[derive(Debug)]
pub(crate) struct HolderCounts<'a> {
    catalog: &'a Catalog,
    counts: HashMap<&'a Target, u64>,
}

impl<'a> HolderCounts<'a> {
    pub(crate) fn new(catalog: &'a Catalog, snapshot: &'a Snapshot) -> Self {
        let counts = snapshot.holders.iter().map(|holders| (&holders.target, holders.count)).collect();
        Self { catalog, counts }
    }

    /// Why the target may not be taken from one holder, if it may not.
    pub(crate) fn forbids(&self, target: TargetId) -> Option<WithheldCode> {
        let minimum = self.minimum(target)?;
        match self.counts.get(self.catalog.target(target)) {
            None => Some(WithheldCode::HoldersUnknown),
            // One holder fewer must still be enough.
            Some(count) if *count <= minimum => Some(WithheldCode::LastHolder),
            Some(_) => None,
        }
    }

    /// What must hold at the moment in which these targets are taken away.
    pub(crate) fn required(&self, mut taken: Vec<TargetId>) -> Vec<HoldersRequired> {
        taken.sort_unstable();
        taken.dedup();
        let required = taken.into_iter().filter_map(|target| {
            let at_least = self.minimum(target)?.saturating_add(1);
            Some(HoldersRequired { target: self.catalog.target(target).clone(), at_least })
        });
        required.collect()
    }

    /// How many holders must remain, where any must.
    fn minimum(&self, target: TargetId) -> Option<u64> {
        self.catalog.entry(target).keep_at_least.filter(|minimum| *minimum > 0)
    }
}
