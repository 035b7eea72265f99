//! The catalog as the engine holds it: targets as small integers in target order.
//!
//! Since the order of targets goes by organization, then kind, then name, everything in an organization is a range of
//! ids, and so is a slot.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::hash::BuildHasher;
use core::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::config::Catalogued;
use crate::target::{Target, TargetKind};

/// A target of the catalog: its place in target order.
pub(crate) type TargetId = u32;

/// An organization of the catalog: its place by name.
pub(crate) type OrganizationId = u32;

/// Everything the host can hand out.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// INVARIANT: in target order, no two alike.
    entries: Vec<Catalogued>,
    /// Where each target stands among the others.
    places: Vec<Place>,
    ids: HashTable<TargetId>,
    hasher: DefaultHashBuilder,
    /// INVARIANT: by name.
    organizations: Vec<Organization>,
    has_privileged: bool,
}

/// Where a target stands.
#[derive(Clone, Debug)]
struct Place {
    organization: Option<OrganizationId>,
    is_organization: bool,
    /// The targets of the same kind in the same organization, or outside any.
    siblings: Range<TargetId>,
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
        let mut places: Vec<Place> = Vec::with_capacity(entries.len());
        let alike = |a: &Catalogued, b: &Catalogued| {
            (a.target.organization_name(), a.target.kind()) == (b.target.organization_name(), b.target.kind())
        };
        for siblings in entries.chunk_by(alike) {
            let start = id(places.len());
            let end = id(places.len().saturating_add(siblings.len()));
            let Some(first) = siblings.first().map(|entry| &entry.target) else { continue };
            let is_organization = first.is_organization();
            if let Some(name) = first.organization_name() {
                match organizations.last_mut() {
                    Some(last) if *last.name == *name => last.targets.end = end,
                    _ => {
                        let own = is_organization.then_some(start);
                        organizations.push(Organization { name: name.into(), targets: start..end, own });
                    }
                }
            }
            let organization = first.organization_name().map(|_| id(organizations.len().saturating_sub(1)));
            let place = Place { organization, is_organization, siblings: start..end };
            places.extend(core::iter::repeat_n(place, siblings.len()));
        }
        let hasher = DefaultHashBuilder::default();
        let mut ids = HashTable::with_capacity(entries.len());
        let hash = |id: &TargetId| entries.get(*id as usize).map_or(0, |entry| hasher.hash_one(&entry.target));
        for id in 0..id(entries.len()) {
            ids.insert_unique(hash(&id), id, hash);
        }
        let has_privileged = entries.iter().any(|entry| entry.privileged);
        Self { entries, places, ids, hasher, organizations, has_privileged }
    }

    pub(crate) fn id(&self, target: &Target) -> Option<TargetId> {
        let same = |id: &TargetId| self.entries.get(*id as usize).is_some_and(|entry| entry.target == *target);
        self.ids.find(self.hasher.hash_one(target), same).copied()
    }

    pub(crate) fn entry(&self, id: TargetId) -> &Catalogued {
        #[expect(clippy::indexing_slicing, reason = "ids are handed out by this catalog alone")]
        &self.entries[id as usize]
    }

    fn place(&self, id: TargetId) -> &Place {
        #[expect(clippy::indexing_slicing, reason = "one for each entry")]
        &self.places[id as usize]
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
        0..id(self.entries.len())
    }

    /// Whether a target is an organization itself.
    pub(crate) fn is_organization(&self, id: TargetId) -> bool {
        self.place(id).is_organization
    }

    /// The organization that a target is in, if any; for an organization itself that one.
    pub(crate) fn organization_of(&self, id: TargetId) -> Option<OrganizationId> {
        self.place(id).organization
    }

    /// The organization of this name, if the catalog lists anything in it.
    pub(crate) fn organization(&self, name: &str) -> Option<OrganizationId> {
        self.organizations.binary_search_by(|organization| (*organization.name).cmp(name)).ok().map(id)
    }

    /// Its name.
    pub(crate) fn organization_name(&self, id: OrganizationId) -> &str {
        self.organizations.get(id as usize).map_or("", |organization| &*organization.name)
    }

    /// Everything in an organization, itself included.
    pub(crate) fn in_organization(&self, id: OrganizationId) -> Range<TargetId> {
        self.organizations.get(id as usize).map_or(0..0, |organization| organization.targets.clone())
    }

    /// The organization that a target implies: listed, and not the target itself.
    pub(crate) fn implied(&self, id: TargetId) -> Option<TargetId> {
        let own = self.organizations.get(self.organization_of(id)? as usize)?.own?;
        (own != id).then_some(own)
    }

    /// The targets of the same kind in the same place.
    pub(crate) fn siblings(&self, id: TargetId) -> Range<TargetId> {
        self.place(id).siblings.clone()
    }

    /// The targets of a kind in an organization, or outside any.
    pub(crate) fn of_kind(&self, organization: Option<&str>, kind: &TargetKind) -> Range<TargetId> {
        self.narrow(self.ids(), |target| (target.organization_name(), target.kind()).cmp(&(organization, kind)))
    }

    /// Those of a range that are sought, where it is in the order by which they are.
    pub(crate) fn narrow(&self, range: Range<TargetId>, order: impl Fn(&Target) -> Ordering) -> Range<TargetId> {
        let within = self.entries.get(range.start as usize..range.end as usize).unwrap_or_default();
        let before = within.partition_point(|entry| order(&entry.target).is_lt());
        let until = within.partition_point(|entry| order(&entry.target).is_le());
        range.start.saturating_add(id(before))..range.start.saturating_add(id(until))
    }

    /// The organizations whose names are sought.
    pub(crate) fn narrow_organizations(&self, order: impl Fn(&str) -> Ordering) -> Range<OrganizationId> {
        let before = self.organizations.partition_point(|organization| order(&organization.name).is_lt());
        let until = self.organizations.partition_point(|organization| order(&organization.name).is_le());
        id(before)..id(until)
    }

    /// The names of all organizations.
    pub(crate) fn organizations(&self) -> impl Iterator<Item = &str> {
        self.organizations.iter().map(|organization| &*organization.name)
    }
}

fn id(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
