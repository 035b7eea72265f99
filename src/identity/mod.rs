//! Claims become an identity: who it is, and what is known of their groups and attributes.

mod attributes;
mod evidence;
mod reading;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

pub(crate) use self::attributes::Attributes;
pub use self::evidence::{Completeness, Evidence, GroupEntry, GroupKind};
pub(crate) use self::evidence::{Doubts, Refusal, id_key};
pub(crate) use self::reading::Reading;
use crate::claims::{Assertion, Claims, Login, Token, Value};
use crate::error::Error;

/// Who an identity provider says it is, read by the rules of one source.
///
/// Made by [`Engine::normalize`](crate::Engine::normalize); cheap to clone. `Debug` shows no personal data.
#[derive(Clone, PartialEq)]
pub struct Identity(Arc<Parts>);

#[derive(PartialEq)]
struct Parts {
    reading: Arc<Reading>,
    issuer: Option<String>,
    subject: String,
    email: Option<String>,
    email_verified: bool,
    given_name: Option<String>,
    family_name: Option<String>,
    display_name: Option<String>,
    evidence: Evidence,
    attributes: Attributes,
}

/// What a person's tokens say beside groups and attributes.
#[derive(Default)]
struct Profile {
    email: Option<String>,
    email_verified: bool,
    given_name: Option<String>,
    family_name: Option<String>,
    display_name: Option<String>,
}

impl Identity {
    /// Reads claims as a source's settings say.
    pub(crate) fn normalize(reading: &Arc<Reading>, claims: &Claims) -> Result<Self, Error> {
        if let Some(excess) = claims.excess {
            return Err(Error::TooLarge { what: excess.what, used: excess.used, allowed: excess.allowed });
        }
        let (issuer, subject, profile) = match &claims.login {
            Login::Oidc { id_token, userinfo } => {
                let issuer = text(&id_token.claims, "iss");
                check_issuer(reading, issuer.as_deref())?;
                (issuer, oidc_subject(id_token, userinfo.as_ref())?, oidc_profile(id_token, userinfo.as_ref()))
            }
            Login::Saml(assertion) => {
                check_issuer(reading, assertion.issuer.as_deref())?;
                if assertion.name_id.is_empty() {
                    return Err(Error::EmptySubject);
                }
                (assertion.issuer.clone(), assertion.name_id.clone(), saml_profile(reading, assertion))
            }
        };
        let evidence = match &claims.fetched {
            Some(fetched) => Evidence::of_fetched(reading, fetched),
            None => Evidence::of_login(reading, &claims.login),
        };
        Ok(Self(Arc::new(Parts {
            reading: reading.clone(),
            issuer,
            subject,
            email: profile.email,
            email_verified: profile.email_verified,
            given_name: profile.given_name,
            family_name: profile.family_name,
            display_name: profile.display_name,
            evidence,
            attributes: Attributes::of(&claims.login),
        })))
    }

    /// The issuer, as sent; `None` where the claims name none.
    pub fn issuer(&self) -> Option<&str> {
        self.0.issuer.as_deref()
    }

    /// The subject, as sent: `sub` of the ID token, or the `NameID`. Never empty.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The e-mail address, as sent. An address is no identity: whoever can choose one can choose anybody's.
    pub fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Whether the provider says that the address is verified: only the JSON value `true` does.
    pub fn email_verified(&self) -> bool {
        self.0.email_verified
    }

    /// The given name, as sent (OIDC: `given_name`).
    pub fn given_name(&self) -> Option<&str> {
        self.0.given_name.as_deref()
    }

    /// The family name, as sent (OIDC: `family_name`).
    pub fn family_name(&self) -> Option<&str> {
        self.0.family_name.as_deref()
    }

    /// The name to show, as sent (OIDC: `name`).
    pub fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// What is known of the person's groups.
    pub fn evidence(&self) -> &Evidence {
        &self.0.evidence
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

fn check_issuer(reading: &Reading, issuer: Option<&str>) -> Result<(), Error> {
    match &reading.issuer {
        Some(expected) if issuer != Some(expected) => Err(Error::WrongIssuer { expected: expected.clone() }),
        _ => Ok(()),
    }
}

/// The `sub` of the ID token; the userinfo response must be of the same (OpenID Connect Core 1.0, section 5.3.2).
fn oidc_subject(id_token: &Token, userinfo: Option<&Token>) -> Result<String, Error> {
    let subject = text(&id_token.claims, "sub").ok_or(Error::EmptySubject)?;
    match userinfo {
        Some(userinfo) if text(&userinfo.claims, "sub").as_ref() != Some(&subject) => Err(Error::SubjectMismatch),
        _ => Ok(subject),
    }
}

/// The standard claims of OpenID Connect Core 1.0, section 5.1; the ID token goes first.
fn oidc_profile(id_token: &Token, userinfo: Option<&Token>) -> Profile {
    let tokens = || core::iter::once(id_token).chain(userinfo);
    let first = |claim: &str| tokens().find_map(|token| text(&token.claims, claim));
    // The token that names the address is the one that says whether it is verified.
    let addressed = tokens().find_map(|token| Some((token, text(&token.claims, "email")?)));
    let email_verified = addressed
        .as_ref()
        .is_some_and(|(token, _)| matches!(token.claims.get("email_verified"), Some(Value::Bool(true))));
    Profile {
        email_verified,
        given_name: first("given_name"),
        family_name: first("family_name"),
        display_name: first("name"),
        email: addressed.map(|(_, email)| email),
    }
}

fn saml_profile(reading: &Reading, assertion: &Assertion) -> Profile {
    let attribute = |name: &str| {
        let values = assertion.attributes.iter().filter(|attribute| attribute.name == name);
        let first = values.flat_map(|attribute| &attribute.values).find_map(Value::as_str);
        first.filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    Profile { email: attribute(reading.saml_email), ..Profile::default() }
}

/// A claim that is a text and not empty.
fn text(claims: &Value, name: &str) -> Option<String> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}
