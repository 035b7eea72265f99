//! What a directory says of one person: their claims, and whether they are to have an account.

use alloc::borrow::ToOwned;
use alloc::string::ToString;

use serde_json::{Map, Value};

use super::body::find;
use super::dialect::{Dialect, GroupId};
use super::resource::Resource;
use super::schema::ENTERPRISE_SCHEMA;
use crate::claims::{Claims, FetchedGroup, FetchedGroups, Token, UnreadableToken};
use crate::person::Person;
use crate::snapshot::Snapshot;

/// Whether a source wants a person to have an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a host does something else for each of them")]
pub enum Standing {
    /// The user is there and not switched off: plan by [`Engine::plan`](crate::Engine::plan). A user of whom `active` is
    /// not said is active.
    Active,
    /// The user is switched off: plan by [`Engine::plan_deactivation`](crate::Engine::plan_deactivation). The record stays.
    Inactive,
    /// There is no such user, or no more: treat an account that is there like one that is switched off.
    Absent,
}

impl Standing {
    /// The standing of a user by their stored resource; without one they are absent.
    pub fn of(profile: Option<&Resource>) -> Self {
        match profile.map(Resource::active) {
            None => Self::Absent,
            Some(Some(false)) => Self::Inactive,
            Some(Some(true) | None) => Self::Active,
        }
    }
}

/// What a source says of a user, as claims: their groups, which are all there are, and their profile.
///
/// `profile` is the stored user and `groups` are the stored groups that name them as a member. Each group is one entry
/// with its id (its `externalId` where the dialect's rules go by that) and its name. The subject is `user`. `email`,
/// `given_name`, `family_name` and `name` are those of the profile, and conditions on attributes find `userName`, `title`
/// and the like under their names, and those of the enterprise extension below its schema. An address is never a verified
/// one: SCIM has no word for it.
///
/// A user who is not there has no profile and is in no group, whatever a group says.
///
/// # Errors
///
/// The profile is larger than claims may be.
pub fn claims<'g>(
    user: &str,
    profile: Option<&Resource>,
    groups: impl IntoIterator<Item = &'g Resource>,
    dialect: Dialect,
) -> Result<Claims, UnreadableToken> {
    let token = Token::from_json(claims_of(user, profile).to_string().as_bytes())?;
    let groups = groups.into_iter().filter(|_| profile.is_some()).filter_map(|group| {
        let id = match dialect.quirks().group_id {
            GroupId::Id => group.id(),
            GroupId::ExternalId => group.external_id(),
        };
        let name = group.text("displayName");
        match (id, name) {
            (Some(id), Some(name)) => Some(FetchedGroup::id(id).with_name(name)),
            (Some(id), None) => Some(FetchedGroup::id(id)),
            (None, Some(name)) => Some(FetchedGroup::name(name)),
            (None, None) => None,
        }
    });
    Ok(Claims::oidc(token).with_fetched_groups(FetchedGroups::of_directory(groups)))
}

/// A user as somebody to plan for: [`claims`], and switched off unless their [`Standing`] is active. Everybody whom an event
/// concerns goes into one [`Engine::batch`](crate::Engine::batch).
///
/// A host that keeps a [`Directory`](super::Directory) asks that; this is for hosts with a database.
///
/// # Errors
///
/// The profile is larger than claims may be.
pub fn person<'g>(
    user: &str,
    profile: Option<&Resource>,
    groups: impl IntoIterator<Item = &'g Resource>,
    snapshot: Snapshot,
    dialect: Dialect,
) -> Result<Person, UnreadableToken> {
    let is_off = Standing::of(profile) != Standing::Active;
    Ok(Person::new(user, claims(user, profile, groups, dialect)?, snapshot).switched_off(is_off))
}

/// What a profile says as claims of a token.
fn claims_of(id: &str, profile: Option<&Resource>) -> Value {
    let mut claims = Map::new();
    for (name, value) in profile.into_iter().flat_map(Resource::attributes) {
        let is_plain = value.is_string() || value.is_boolean() || value.is_number();
        let is_extension = name.eq_ignore_ascii_case(ENTERPRISE_SCHEMA);
        if is_extension {
            // Under the name by which rules know it, however the client spelled it.
            claims.insert(ENTERPRISE_SCHEMA.into(), value.clone());
        } else if is_plain && !name.eq_ignore_ascii_case("id") {
            claims.insert(name.clone(), value.clone());
        }
    }
    let name = profile.and_then(|profile| profile.get("name")).and_then(Value::as_object);
    let part = |part| name.and_then(|name| find(name, part)).and_then(Value::as_str);
    let told = [
        ("sub", Some(id)),
        ("email", profile.and_then(Resource::email)),
        ("given_name", part("givenName")),
        ("family_name", part("familyName")),
        ("name", profile.and_then(|profile| profile.text("displayName")).or_else(|| part("formatted"))),
    ];
    // A profile may hold anything under these names; what they mean in a token is said here alone.
    for key in ["iss", "email_verified", "tid", "oid"] {
        claims.remove(key);
    }
    for (key, value) in told {
        claims.remove(key);
        if let Some(value) = value {
            claims.insert(key.to_owned(), value.into());
        }
    }
    Value::Object(claims)
}
