//! The catalog as the engine holds it: targets as small integers in target order.
//!
//! Since the order of targets goes by organization, then kind, then name, everything in an organization is a range of
//! ids, and so is a slot.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use hashbrown::HashMap;

use crate::config::Catalogued;
use crate::target::{Target, TargetKind};

/// A target of the catalog: its place in target order.
pub(crate) type TargetId = u32;

/// Everything the host can hand out.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// INVARIANT: in target order, no two alike.
    entries: Vec<Catalogued>,
    ids: HashMap<Target, TargetId>,
    /// INVARIANT: by name.
    organizations: Vec<Organization>,
    has_privileged: bool,
}

/// One organization and the targets in it.
#[derive(Debug)]
struct Organization {
    name: Box<str>,
    targets: Range<TargetId>,
    /// The organization itself, where the catalog lists it.
    own: Option<TargetId>,
}

impl Catalog {
    pub(crate) fn new(entries: &[Catalogued]) -> Self {
        let mut entries = entries.to_vec();
        entries.sort_by(|a, b| a.target.cmp(&b.target));
        entries.dedup_by(|a, b| a.target == b.target);
        let mut organizations: Vec<Organization> = Vec::new();
        for (id, entry) in (0..).zip(&entries) {
            let Some(name) = entry.target.organization_name() else { continue };
            let own = entry.target.is_organization().then_some(id);
            match organizations.last_mut() {
                Some(last) if *last.name == *name => last.targets.end = next(id),
                _ => organizations.push(Organization { name: name.into(), targets: id..next(id), own }),
            }
        }
        let ids = (0..).zip(&entries).map(|(id, entry)| (entry.target.clone(), id)).collect();
        let has_privileged = entries.iter().any(|entry| entry.privileged);
        Self { entries, ids, organizations, has_privileged }
    }

    pub(crate) fn id(&self, target: &Target) -> Option<TargetId> {
        self.ids.get(target).copied()
    }

    pub(crate) fn entry(&self, id: TargetId) -> &Catalogued {
        #[expect(clippy::indexing_slicing, reason = "ids are handed out by this catalog alone")]
        &self.entries[id as usize]
    }

    pub(crate) fn target(&self, id: TargetId) -> &Target {
        &self.entry(id).target
    }

    /// Whether any target is privileged.
    pub(crate) fn has_privileged(&self) -> bool {
        self.has_privileged
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (TargetId, &Catalogued)> {
        (0..).zip(&self.entries)
    }

    pub(crate) fn ids(&self) -> Range<TargetId> {
        0..TargetId::try_from(self.entries.len()).unwrap_or(TargetId::MAX)
    }

    /// Everything in an organization, itself included; empty for one that the catalog does not know.
    pub(crate) fn in_organization(&self, name: &str) -> Range<TargetId> {
        self.organization(name).map_or(0..0, |organization| organization.targets.clone())
    }

    /// The organization that a target implies: listed, and not the target itself.
    pub(crate) fn implied(&self, id: TargetId) -> Option<TargetId> {
        let own = self.organization(self.target(id).organization_name()?)?.own?;
        (own != id).then_some(own)
    }

    /// The targets of the same kind in the same place.
    pub(crate) fn siblings(&self, id: TargetId) -> Range<TargetId> {
        let target = self.target(id);
        self.of_kind(target.organization_name(), target.kind())
    }

    /// The targets of a kind in an organization, or outside any.
    pub(crate) fn of_kind(&self, organization: Option<&str>, kind: &TargetKind) -> Range<TargetId> {
        let place = (organization, kind);
        let of = |entry: &Catalogued| (entry.target.organization_name(), entry.target.kind()).cmp(&place);
        let start = self.entries.partition_point(|entry| of(entry).is_lt());
        let end = self.entries.partition_point(|entry| of(entry).is_le());
        TargetId::try_from(start).unwrap_or(TargetId::MAX)..TargetId::try_from(end).unwrap_or(TargetId::MAX)
    }

    /// The names of all organizations.
    pub(crate) fn organizations(&self) -> impl Iterator<Item = &str> {
        self.organizations.iter().map(|organization| &*organization.name)
    }

    /// The name of an organization as the catalog holds it, if it does.
    pub(crate) fn organization_name(&self, name: &str) -> Option<&str> {
        self.organization(name).map(|organization| &*organization.name)
    }

    fn organization(&self, name: &str) -> Option<&Organization> {
        let index = self.organizations.binary_search_by(|organization| (*organization.name).cmp(name)).ok()?;
        self.organizations.get(index)
    }
}

fn next(id: TargetId) -> TargetId {
    id.saturating_add(1)
}
