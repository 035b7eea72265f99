//! Who a login is about: subject, address and names.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::reading::Reading;
use super::selection::{Found, in_assertion, in_token};
use crate::claims::{Assertion, Claims, Login, SamlAttribute, Shape, Token, View};
use crate::config::Selector;
use crate::error::Error;

/// The format of a `NameID` that is another one at every login (SAML Core 2.0, section 8.3.8).
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// What the `NameID` of an assertion is called among attributes.
const NAME_ID: &str = "name_id";

/// Attributes that hold a person's names, best first, in any ASCII case: what providers and administrators call them
/// (Microsoft, SAML token reference; RFC 4519 and RFC 2798 by name and by OID). Entra's `…/claims/name` is the user
/// principal name and no name to show.
const GIVEN_NAME: [&str; 5] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    "urn:oid:2.5.4.42",
    "givenName",
    "firstName",
    "given_name",
];
const FAMILY_NAME: [&str; 6] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    "urn:oid:2.5.4.4",
    "sn",
    "surname",
    "lastName",
    "family_name",
];
const DISPLAY_NAME: [&str; 4] = [
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "displayName",
    "display_name",
];

/// What a login says of a person beside groups and attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Person {
    pub(super) issuer: Option<String>,
    pub(super) subject: String,
    pub(super) email: Option<String>,
    pub(super) email_verified: bool,
    pub(super) given_name: Option<String>,
    pub(super) family_name: Option<String>,
    pub(super) display_name: Option<String>,
}

/// The subject of a login, as far as one can be made of it: what a snapshot's subject is compared with.
pub(crate) fn subject(reading: &Reading, claims: &Claims) -> Option<String> {
    match &claims.login {
        Login::Oidc { id_token, .. } => token_subject(reading, id_token.claims()).ok(),
        Login::Saml(assertion) => saml_subject(reading, assertion).ok(),
    }
}

impl Person {
    pub(super) fn of(reading: &Reading, login: &Login) -> Result<Self, Error> {
        match login {
            Login::Oidc { id_token, userinfo } => Self::of_tokens(reading, id_token, userinfo.as_ref()),
            Login::Saml(assertion) => Self::of_assertion(reading, assertion),
        }
    }

    /// The standard claims of OpenID Connect Core 1.0, section 5.1; the ID token goes first.
    fn of_tokens(reading: &Reading, id_token: &Token, userinfo: Option<&Token>) -> Result<Self, Error> {
        let issuer = id_token.claims().get("iss").and_then(View::as_str).filter(|issuer| !issuer.is_empty());
        check_issuer(reading, issuer)?;
        let subject = token_subject(reading, id_token.claims())?;
        // The userinfo response must be of the same (section 5.3.2).
        if let Some(userinfo) = userinfo {
            let sub = |token: &Token| token.claims().get("sub").and_then(text);
            if sub(userinfo) != sub(id_token) {
                return Err(Error::SubjectMismatch);
            }
        }
        let tokens = || core::iter::once(id_token).chain(userinfo).map(Token::claims);
        let first = |stated: &Option<Selector>, standard: &str| {
            tokens().find_map(|claims| match stated {
                Some(selector) => text_at(claims, selector),
                None => text(claims.get(standard)?),
            })
        };
        let stated = &reading.identity;
        // The token that names the address is the one that says whether it is verified; of another claim it says
        // nothing.
        let is_standard = stated.email.as_ref().is_none_or(|email| email.is_key("email"));
        let addressed = tokens().find(|claims| claims.get("email").and_then(text).is_some());
        let verified = addressed.and_then(|claims| claims.get("email_verified")).map(View::shape);
        Ok(Self {
            issuer: issuer.map(ToOwned::to_owned),
            subject,
            email: first(&stated.email, "email"),
            email_verified: is_standard && matches!(verified, Some(Shape::Bool(true))),
            given_name: first(&stated.given_name, "given_name"),
            family_name: first(&stated.family_name, "family_name"),
            display_name: first(&stated.display_name, "name"),
        })
    }

    fn of_assertion(reading: &Reading, assertion: &Assertion) -> Result<Self, Error> {
        check_issuer(reading, assertion.issuer.as_deref())?;
        let attribute = |selector: &Selector| single(assertion, selector);
        let first = |stated: &Option<Selector>, usual: &[&str]| match stated {
            Some(selector) => attribute(selector),
            None => usual.iter().find_map(|name| attribute(&Selector::ignoring_case(*name))),
        };
        let stated = &reading.identity;
        Ok(Self {
            issuer: assertion.issuer.clone(),
            subject: saml_subject(reading, assertion)?,
            email: stated.email.as_ref().map_or_else(|| attribute(&reading.preset.saml_email.into()), attribute),
            email_verified: false,
            given_name: first(&stated.given_name, &GIVEN_NAME),
            family_name: first(&stated.family_name, &FAMILY_NAME),
            display_name: first(&stated.display_name, &DISPLAY_NAME),
        })
    }
}

fn check_issuer(reading: &Reading, issuer: Option<&str>) -> Result<(), Error> {
    match &reading.issuer {
        Some(expected) if issuer != Some(expected) => Err(Error::WrongIssuer { expected: expected.clone() }),
        _ => Ok(()),
    }
}

/// The subject of an ID token, whose `sub` must be there whatever the subject is made of (OpenID Connect Core 1.0,
/// section 2).
fn token_subject(reading: &Reading, claims: View<'_>) -> Result<String, Error> {
    if claims.get("sub").and_then(View::as_str).is_none_or(str::is_empty) {
        return Err(Error::EmptySubject);
    }
    compose(reading, reading.preset.token_subject, |selector| text_at(claims, selector).ok_or(Error::EmptySubject))
}

fn saml_subject(reading: &Reading, assertion: &Assertion) -> Result<String, Error> {
    compose(reading, reading.preset.saml_subject, |selector| {
        if selector.is_key(NAME_ID) {
            return match assertion.name_id_format.as_deref() {
                _ if assertion.name_id.is_empty() => Err(Error::EmptySubject),
                Some(TRANSIENT) => Err(Error::TransientSubject),
                _ => Ok(assertion.name_id.clone()),
            };
        }
        single(assertion, selector).ok_or(Error::EmptySubject)
    })
}

/// The one text that an attribute holds, however often; two different ones would be two people.
fn single(assertion: &Assertion, selector: &Selector) -> Option<String> {
    let mut values = in_assertion(&assertion.attributes, selector).flat_map(SamlAttribute::values);
    let first = values.next().and_then(text)?;
    values.all(|value| value.as_str() == Some(&first)).then_some(first)
}

/// The subject that the config states, or else the first of the preset's candidates of which every part is there.
fn compose(
    reading: &Reading,
    candidates: &[&[&str]],
    part: impl Fn(&Selector) -> Result<String, Error>,
) -> Result<String, Error> {
    let joined = |selectors: &[Selector]| -> Result<String, Error> {
        let parts = selectors.iter().map(&part).collect::<Result<Vec<_>, _>>()?;
        Ok(match parts.as_slice() {
            [alone] => alone.clone(),
            several => several.iter().map(|part| escape(part)).collect::<Vec<_>>().join("/"),
        })
    };
    if let Some(stated) = &reading.identity.subject {
        return joined(stated);
    }
    let mut refusal = Error::EmptySubject;
    for candidate in candidates {
        let selectors: Vec<Selector> = candidate.iter().map(|claim| Selector::key(*claim)).collect();
        match joined(&selectors) {
            Ok(subject) => return Ok(subject),
            Err(reason) => refusal = reason,
        }
    }
    Err(refusal)
}

/// One part of a subject, so that the join of several can be taken apart again (RFC 6901, section 3).
fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// A text that is not empty.
fn text(value: View<'_>) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

/// The first text that a selector names and that is not empty.
fn text_at(claims: View<'_>, selector: &Selector) -> Option<String> {
    in_token(claims, selector).find_map(|found| match found {
        Found::Value(value) => text(value),
        Found::Broken => None,
    })
}
