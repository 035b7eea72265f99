//! Claims become an identity: who it is, and what is known of their groups and attributes.

mod attributes;
mod evidence;
mod groups;
mod person;
mod reading;
mod selection;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

pub(crate) use self::attributes::{Attribute, Attributes, Values};
pub use self::evidence::{Completeness, Evidence, GroupEntry, GroupKind, UnreadReason};
pub(crate) use self::evidence::{Doubts, EntryId, Refusal};
pub(crate) use self::groups::id_key;
use self::person::Person;
pub(crate) use self::person::subject;
pub(crate) use self::reading::Reading;
use crate::claims::{Claims, Excess};
use crate::config::Selector;
use crate::error::Error;

/// Who an identity provider says it is, read by the rules of one source.
///
/// Made by [`Engine::normalize`](crate::Engine::normalize); cheap to clone. `Debug` shows no personal data.
#[derive(Clone, PartialEq)]
pub struct Identity(Arc<Parts>);

#[derive(PartialEq)]
struct Parts {
    reading: Arc<Reading>,
    person: Person,
    evidence: Evidence,
    attributes: Attributes,
}

/// An element of a groups claim, or a whole one, that cannot be read, so that the evidence is not complete.
///
/// `Debug` hides the value.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Unread<'a> {
    /// The configured claim; `None` for groups that the host fetched.
    pub claim: Option<&'a Selector>,
    /// Why it cannot be read.
    pub reason: UnreadReason,
    /// What was sent, as JSON; `null` where the way to a nested claim is broken. It may be personal data, and of any
    /// length.
    pub value: &'a str,
}

impl Identity {
    /// Reads claims as a source's settings say.
    pub(crate) fn normalize(reading: &Arc<Reading>, claims: &Claims) -> Result<Self, Error> {
        let too_large = |Excess { what, used, allowed }| Error::TooLarge { what, used, allowed };
        if let Some(excess) = claims.excess() {
            return Err(too_large(excess));
        }
        let person = Person::of(reading, &claims.login)?;
        let evidence = match &claims.fetched {
            Some(fetched) => Evidence::of_fetched(reading, fetched),
            None => Evidence::of_login(reading, &claims.login).map_err(too_large)?,
        };
        let attributes = Attributes::of(&claims.login);
        Ok(Self(Arc::new(Parts { reading: reading.clone(), person, evidence, attributes })))
    }

    /// The issuer, as sent; `None` where the claims name none.
    pub fn issuer(&self) -> Option<&str> {
        self.0.person.issuer.as_deref()
    }

    /// The subject, as the source's settings make it up; never empty. Mostly `sub` of the ID token or the `NameID`, as
    /// sent; see [`Preset::token_subject`](crate::Preset::token_subject).
    pub fn subject(&self) -> &str {
        &self.0.person.subject
    }

    /// The e-mail address, as sent. An address is no identity: whoever can choose one can choose anybody's.
    pub fn email(&self) -> Option<&str> {
        self.0.person.email.as_deref()
    }

    /// Whether the provider says that the address is verified: only the JSON value `true` does.
    pub fn email_verified(&self) -> bool {
        self.0.person.email_verified
    }

    /// The given name, as sent (OIDC: `given_name`).
    pub fn given_name(&self) -> Option<&str> {
        self.0.person.given_name.as_deref()
    }

    /// The family name, as sent (OIDC: `family_name`).
    pub fn family_name(&self) -> Option<&str> {
        self.0.person.family_name.as_deref()
    }

    /// The name to show, as sent (OIDC: `name`).
    pub fn display_name(&self) -> Option<&str> {
        self.0.person.display_name.as_deref()
    }

    /// What is known of the person's groups.
    pub fn evidence(&self) -> &Evidence {
        &self.0.evidence
    }

    /// What the groups claims hold that cannot be read, in a stable order, each once.
    pub fn unread(&self) -> impl Iterator<Item = Unread<'_>> {
        self.0.evidence.doubts().unread.iter().map(|unreadable| Unread {
            claim: unreadable.claim.and_then(|claim| self.0.reading.claims.get(claim)),
            reason: unreadable.reason,
            value: &unreadable.value,
        })
    }

    /// The same login as it would be with other groups, and with attributes that are a list of values or not there.
    pub(crate) fn supposing(&self, evidence: Evidence, attributes: Vec<(Selector, Values)>) -> Self {
        let Parts { reading, person, .. } = &*self.0;
        let attributes = Attributes::Supposed { login: self.clone(), attributes };
        Self(Arc::new(Parts { reading: reading.clone(), person: person.clone(), evidence, attributes }))
    }

    pub(crate) fn attributes(&self) -> &Attributes {
        &self.0.attributes
    }

    pub(crate) fn reading(&self) -> &Arc<Reading> {
        &self.0.reading
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("evidence", &self.0.evidence).finish_non_exhaustive()
    }
}

impl fmt::Debug for Unread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread").field("claim", &self.claim).field("reason", &self.reason).finish_non_exhaustive()
    }
}
