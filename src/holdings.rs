//! What a person holds, and how many hold what is protected, as places in the catalog.

use alloc::format;
use alloc::vec::Vec;

use crate::catalog::{Catalog, TargetId};
use crate::error::Error;
use crate::snapshot::{Membership, Snapshot};
use crate::target::Target;

/// Whose a membership is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// This source's.
    Source,
    /// Nobody's: it was given by hand.
    Nobody,
    /// Another source's.
    Other,
}

/// One membership of the person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) id: TargetId,
    pub(crate) owner: Owner,
    /// Its place in the snapshot.
    place: u32,
}

/// What a snapshot says of targets; lists that are emptied and filled anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holdings {
    /// INVARIANT: in target order.
    held: Vec<Held>,
    /// Their targets.
    ids: Vec<TargetId>,
    /// What is held and the catalog does not list: places in the snapshot, in target order.
    strays: Vec<u32>,
    has_stray_of_source: bool,
    /// INVARIANT: in target order; how many eligible holders targets have.
    holders: Vec<(TargetId, u64)>,
    /// Counts of targets that the catalog does not list: places in the snapshot, in target order.
    stray_holders: Vec<u32>,
}

impl Holdings {
    /// Reads a snapshot for a source, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`]: a target stands twice among the memberships or among the holders.
    pub(crate) fn read(&mut self, catalog: &Catalog, source: &str, snapshot: &Snapshot) -> Result<(), Error> {
        self.held.clear();
        self.ids.clear();
        self.strays.clear();
        self.holders.clear();
        self.stray_holders.clear();
        self.has_stray_of_source = false;
        self.held.reserve(snapshot.memberships.len());
        self.ids.reserve(snapshot.memberships.len());
        for (place, membership) in (0..).zip(&snapshot.memberships) {
            let owner = owner(membership, source);
            if let Some(id) = catalog.id(&membership.target) {
                self.held.push(Held { id, owner, place });
            } else {
                self.strays.push(place);
                self.has_stray_of_source |= owner == Owner::Source;
            }
        }
        self.held.sort_unstable_by_key(|held| held.id);
        self.ids.extend(self.held.iter().map(|held| held.id));
        let stray = |place: &u32| snapshot.memberships.get(*place as usize).map(|membership| &membership.target);
        self.strays.sort_unstable_by_key(stray);
        once(catalog, self.ids.iter().copied(), self.strays.iter().filter_map(stray), "memberships")?;
        for (place, holders) in (0..).zip(&snapshot.holders) {
            match catalog.id(&holders.target) {
                Some(id) => self.holders.push((id, holders.count)),
                None => self.stray_holders.push(place),
            }
        }
        self.holders.sort_unstable();
        let stray = |place: &u32| snapshot.holders.get(*place as usize).map(|holders| &holders.target);
        self.stray_holders.sort_unstable_by_key(stray);
        let ids = self.holders.iter().map(|(id, _)| *id);
        once(catalog, ids, self.stray_holders.iter().filter_map(stray), "holders")
    }

    /// What is held of the catalog, in target order.
    pub(crate) fn held(&self) -> &[Held] {
        &self.held
    }

    /// The targets of what is held, in order.
    pub(crate) fn ids(&self) -> &[TargetId] {
        &self.ids
    }

    /// What is held of targets from one to before another.
    pub(crate) fn held_in(&self, range: core::ops::Range<TargetId>) -> &[Held] {
        let start = self.held.partition_point(|held| held.id < range.start);
        let end = self.held.partition_point(|held| held.id < range.end);
        self.held.get(start..end).unwrap_or_default()
    }

    /// What is held and the catalog does not list.
    pub(crate) fn strays<'s>(&'s self, snapshot: &'s Snapshot) -> impl Iterator<Item = &'s Target> {
        self.strays.iter().filter_map(|place| snapshot.memberships.get(*place as usize)).map(|stray| &stray.target)
    }

    /// Whether something of the target's kind in its organization is held that the catalog does not list.
    pub(crate) fn has_stray_beside(&self, target: &Target, snapshot: &Snapshot) -> bool {
        let place = (target.organization_name(), target.kind());
        let stray = |place: &u32| {
            let target = snapshot.memberships.get(*place as usize).map(|membership| &membership.target);
            target.map(|target| (target.organization_name(), target.kind()))
        };
        let first = self.strays.partition_point(|other| stray(other) < Some(place));
        self.strays.get(first).is_some_and(|other| stray(other) == Some(place))
    }

    /// Whether this source manages something that the catalog does not list.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.has_stray_of_source
    }

    /// How many eligible holders a target has, if the host says.
    pub(crate) fn count(&self, target: TargetId) -> Option<u64> {
        let index = self.holders.binary_search_by_key(&target, |(id, _)| *id).ok()?;
        self.holders.get(index).map(|(_, count)| *count)
    }

    /// The membership of a target that is held.
    pub(crate) fn membership<'s>(&self, target: TargetId, snapshot: &'s Snapshot) -> Option<&'s Membership> {
        let index = self.ids.binary_search(&target).ok()?;
        snapshot.memberships.get(self.held.get(index)?.place as usize)
    }
}

fn owner(membership: &Membership, source: &str) -> Owner {
    match membership.managed_by.as_deref() {
        None => Owner::Nobody,
        Some(manager) if manager == source => Owner::Source,
        Some(_) => Owner::Other,
    }
}

/// That nothing stands twice in two sorted lists, of which one is known to the catalog and the other not.
fn once<'t>(
    catalog: &'t Catalog,
    ids: impl Iterator<Item = TargetId> + Clone,
    strays: impl Iterator<Item = &'t Target> + Clone,
    list: &str,
) -> Result<(), Error> {
    let id = ids.clone().zip(ids.skip(1)).find(|(a, b)| a == b).map(|(id, _)| catalog.target(id));
    let stray = strays.clone().zip(strays.skip(1)).find(|(a, b)| a == b).map(|(target, _)| target);
    match id.into_iter().chain(stray).min() {
        Some(target) => Err(Error::InvalidSnapshot { message: format!("`{target}` stands twice in `{list}`") }),
        None => Ok(()),
    }
}
