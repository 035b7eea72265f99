//! Everything that a source has pushed, as one value: who is there, and who is in which group.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::body::Body;
use super::dialect::Dialect;
use super::error::{Error, ErrorKind};
use super::person::{Standing, claims, person};
use super::resource::{Resource, ResourceKind};
use super::written::Written;
use crate::claims::{Claims, UnreadableToken};
use crate::person::Person;
use crate::snapshot::Snapshot;

/// The users and groups of one source, for a host that keeps them as one document or in memory.
///
/// As a document: `{ "users": [ RESOURCE, … ], "groups": [ RESOURCE, … ] }`, sorted by id. A host with a database does
/// the same with rows; the example crate `scim_server` shows it. `Debug` shows how many there are.
///
/// # Examples
///
/// ```
/// use groupmap::scim::{Body, Dialect, Directory, Event, ResourceKind};
///
/// let mut directory = Directory::default();
/// let user = Body::from_json(br#"{ "userName": "u1@example.com", "active": true }"#)?;
/// directory.apply(Event::Create(ResourceKind::User, "u1", &user), Dialect::Okta)?;
/// let group = Body::from_json(br#"{ "displayName": "Ops", "members": [{ "value": "u1" }] }"#)?;
/// let effect = directory.apply(Event::Create(ResourceKind::Group, "g1", &group), Dialect::Okta)?;
/// assert_eq!(effect.people, ["u1"]);
///
/// // What the host knows of them, and then `Engine::batch` over all of them.
/// let known = groupmap::Snapshot::new(groupmap::Account::absent());
/// let person = directory.person("u1", known, Dialect::Okta)?;
/// assert!(!person.switched_off);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Directory {
    users: BTreeMap<String, Resource>,
    groups: BTreeMap<String, Resource>,
    /// INVARIANT: for each member the groups that name it, as `groups` says.
    groups_of: BTreeMap<String, BTreeSet<String>>,
}

/// One request, as a directory sees it: which resource, and the body.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "these are the requests that write")]
pub enum Event<'a> {
    /// POST. The host has made the id.
    Create(ResourceKind, &'a str, &'a Body),
    /// PUT.
    Replace(ResourceKind, &'a str, &'a Body),
    /// PATCH.
    Patch(ResourceKind, &'a str, &'a Body),
    /// DELETE. A user is a member of no group any more; a group takes its members' evidence with it.
    Delete(ResourceKind, &'a str),
}

/// What an event did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Effect {
    /// The resource as it is now; none after a deletion.
    pub resource: Option<Resource>,
    /// Whether anything is other than before.
    pub changed: bool,
    /// The attributes that are others than before, as in [`Written::fields`].
    pub fields: Vec<String>,
    /// The users for whom a host plans anew, sorted: whose groups, attributes or standing changed. They are planned for
    /// as one batch ([`Directory::person`], [`Engine::batch`](crate::Engine::batch)), so that
    /// `safeguards.max_removals` sees them together; so are those of several events at once.
    pub people: Vec<String>,
    /// Whether members went without being named: a group emptied as a whole, or deleted. For a host's log: whether too
    /// many lose something is for [`Engine::batch`](crate::Engine::batch) over `people` to tell.
    pub mass: bool,
}

impl Directory {
    /// A user by id.
    pub fn user(&self, id: &str) -> Option<&Resource> {
        self.users.get(id)
    }

    /// A group by id.
    pub fn group(&self, id: &str) -> Option<&Resource> {
        self.groups.get(id)
    }

    /// All users, sorted by id.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &Resource> {
        self.users.values()
    }

    /// All groups, sorted by id.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Resource> {
        self.groups.values()
    }

    /// The groups that name a user as a member, sorted by id. A group within a group passes nothing on: providers push
    /// the members of each group that they push.
    pub fn groups_of(&self, user: &str) -> impl Iterator<Item = &Resource> {
        self.groups_of.get(user).into_iter().flatten().filter_map(|group| self.groups.get(group))
    }

    /// Whether the source wants a person to have an account.
    pub fn standing(&self, user: &str) -> Standing {
        Standing::of(self.user(user))
    }

    /// What the directory says of a user, as [`claims`] makes it of their profile and groups.
    ///
    /// # Errors
    ///
    /// The profile is larger than claims may be.
    pub fn claims(&self, user: &str, dialect: Dialect) -> Result<Claims, UnreadableToken> {
        claims(user, self.user(user), self.groups_of(user), dialect)
    }

    /// A user as somebody to plan for, as [`person`] makes them of their profile, groups and standing.
    ///
    /// # Errors
    ///
    /// The profile is larger than claims may be.
    pub fn person(&self, user: &str, snapshot: Snapshot, dialect: Dialect) -> Result<Person, UnreadableToken> {
        person(user, self.user(user), self.groups_of(user), snapshot, dialect)
    }

    /// Carries out one event: whole, or not at all.
    ///
    /// # Errors
    ///
    /// Those of [`Resource::create`], [`Resource::replaced`] and [`Resource::patched`]; none of a `scimType` where there
    /// is no such resource; `uniqueness` for an id, a `userName` or, in dialects that find groups by it, a `displayName`
    /// that another has.
    pub fn apply(&mut self, event: Event<'_>, dialect: Dialect) -> Result<Effect, Error> {
        match event {
            Event::Create(kind, id, body) => self.create(kind, id, body, dialect),
            Event::Replace(kind, id, body) => {
                let written = self.stored(kind, id)?.replaced(body, dialect)?;
                self.write(id, written, dialect)
            }
            Event::Patch(kind, id, body) => {
                let written = self.stored(kind, id)?.patched(body, dialect)?;
                self.write(id, written, dialect)
            }
            Event::Delete(kind, id) => self.delete(kind, id),
        }
    }

    fn of(&self, kind: ResourceKind) -> &BTreeMap<String, Resource> {
        match kind {
            ResourceKind::User => &self.users,
            ResourceKind::Group => &self.groups,
        }
    }

    fn stored(&self, kind: ResourceKind, id: &str) -> Result<&Resource, Error> {
        self.of(kind).get(id).ok_or_else(Error::not_found)
    }

    fn create(&mut self, kind: ResourceKind, id: &str, body: &Body, dialect: Dialect) -> Result<Effect, Error> {
        if self.users.contains_key(id) || self.groups.contains_key(id) {
            return Err(Error::new(ErrorKind::Uniqueness, "another resource has this `id`"));
        }
        let resource = Resource::create(kind, id, body, dialect)?;
        self.check_name(id, &resource, dialect)?;
        let fields = resource.attributes().keys().cloned().collect();
        let people = match kind {
            ResourceKind::User => [id.to_owned()].into(),
            ResourceKind::Group => self.known(resource.members()),
        };
        self.put(id, resource.clone());
        Ok(Effect { resource: Some(resource), changed: true, fields, people, mass: false })
    }

    fn write(&mut self, id: &str, written: Written, dialect: Dialect) -> Result<Effect, Error> {
        let touched = written.touched();
        let Written { resource, changed, fields, mass, .. } = written;
        if !changed {
            return Ok(Effect { resource: Some(resource), changed, fields, people: Vec::new(), mass });
        }
        self.check_name(id, &resource, dialect)?;
        let people = self.known(touched.iter().map(|user| &**user));
        self.put(id, resource.clone());
        Ok(Effect { resource: Some(resource), changed, fields, people, mass })
    }

    fn delete(&mut self, kind: ResourceKind, id: &str) -> Result<Effect, Error> {
        let gone = self.stored(kind, id)?.clone();
        let fields = gone.attributes().keys().cloned().collect();
        let (people, mass) = match kind {
            ResourceKind::User => {
                self.leave_groups(id);
                self.users.remove(id);
                ([id.to_owned()].into(), false)
            }
            ResourceKind::Group => {
                let members = gone.members();
                self.forget_members(id);
                self.groups.remove(id);
                let mass = !members.is_empty();
                (self.known(members), mass)
            }
        };
        Ok(Effect { resource: None, changed: true, fields, people, mass })
    }

    /// Takes a user out of every group.
    fn leave_groups(&mut self, user: &str) {
        let groups: Vec<Written> = self.groups_of(user).map(|group| group.without_member(user)).collect();
        for written in groups {
            if let Some(id) = written.resource.id().map(ToOwned::to_owned) {
                self.put(&id, written.resource);
            }
        }
    }

    /// That no other resource of the kind goes by the same name.
    fn check_name(&self, id: &str, resource: &Resource, dialect: Dialect) -> Result<(), Error> {
        let attribute = match resource.kind() {
            ResourceKind::User => "userName",
            ResourceKind::Group if dialect.quirks().unique_group_names => "displayName",
            ResourceKind::Group => return Ok(()),
        };
        let Some(name) = resource.text(attribute) else { return Ok(()) };
        let mut others = self.of(resource.kind()).iter().filter(|(other, _)| **other != *id);
        let is_taken = others.any(|(_, other)| other.text(attribute).is_some_and(|own| own.eq_ignore_ascii_case(name)));
        if is_taken {
            Err(Error::new(ErrorKind::Uniqueness, format!("another resource has this `{attribute}`")))
        } else {
            Ok(())
        }
    }

    /// Stores a resource in place of an older one.
    fn put(&mut self, id: &str, resource: Resource) {
        if resource.kind() == ResourceKind::User {
            self.users.insert(id.to_owned(), resource);
            return;
        }
        self.forget_members(id);
        for member in resource.members() {
            self.groups_of.entry(member.to_owned()).or_default().insert(id.to_owned());
        }
        self.groups.insert(id.to_owned(), resource);
    }

    fn forget_members(&mut self, group: &str) {
        let Some(stored) = self.groups.get(group) else { return };
        for member in stored.members() {
            if let Some(groups) = self.groups_of.get_mut(member) {
                groups.remove(group);
                if groups.is_empty() {
                    self.groups_of.remove(member);
                }
            }
        }
    }

    /// Those of the members who are users here.
    fn known<'m>(&self, members: impl IntoIterator<Item = &'m str>) -> Vec<String> {
        let known = members.into_iter().filter(|member| self.users.contains_key(*member));
        let known: BTreeSet<&str> = known.collect();
        known.into_iter().map(ToOwned::to_owned).collect()
    }
}

#[derive(Serialize)]
struct Shown<'d> {
    users: Vec<&'d Resource>,
    groups: Vec<&'d Resource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    users: Vec<Resource>,
    groups: Vec<Resource>,
}

impl Serialize for Directory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown { users: self.users().collect(), groups: self.groups().collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Directory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Told { users, groups } = Told::deserialize(deserializer)?;
        let mut directory = Self::default();
        let kinds = [(ResourceKind::User, users), (ResourceKind::Group, groups)];
        for (kind, resource) in kinds.into_iter().flat_map(|(kind, list)| list.into_iter().map(move |one| (kind, one)))
        {
            let id = resource.id().ok_or_else(|| D::Error::custom("a resource has no `id`"))?.to_owned();
            if resource.kind() != kind {
                return Err(D::Error::custom("a resource stands in the list of the other kind"));
            }
            if directory.users.contains_key(&id) || directory.groups.contains_key(&id) {
                return Err(D::Error::custom("an `id` stands twice"));
            }
            directory.put(&id, resource);
        }
        Ok(directory)
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("users", &self.users.len())
            .field("groups", &self.groups.len())
            .finish_non_exhaustive()
    }
}
