//! What may not be taken away: the last holders of a target.

use crate::catalog::{Catalog, TargetId};
use crate::holdings::Holdings;
use crate::plan::WithheldCode;

/// How many eligible holders each target has, as far as the host says, and how many must remain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HolderCounts<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) holdings: &'a Holdings,
}

impl HolderCounts<'_> {
    /// Why the target may not be taken from one holder, if it may not.
    pub(crate) fn forbids(self, target: TargetId) -> Option<WithheldCode> {
        let minimum = minimum(self.catalog, target)?;
        match self.holdings.count(target) {
            None => Some(WithheldCode::HoldersUnknown),
            // One holder fewer must still be enough.
            Some(count) if count <= minimum => Some(WithheldCode::LastHolder),
            Some(_) => None,
        }
    }
}

/// How many holders of a target must exist at the moment in which it is taken from one, if that matters.
pub(crate) fn required(catalog: &Catalog, target: TargetId) -> Option<u64> {
    minimum(catalog, target).map(|minimum| minimum.saturating_add(1))
}

/// How many holders must remain, where any must.
pub(crate) fn minimum(catalog: &Catalog, target: TargetId) -> Option<u64> {
    catalog.entry(target).keep_at_least.filter(|minimum| *minimum > 0)
}
