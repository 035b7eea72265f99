//! What the identity provider said, before anything is made of it (sections 2 and 10).

use serde_json::{Map, Value};

use super::shape::{Shape, Shapeless, flag, list, object, optional, required, text};
use super::source::{Selector, Source};

/// One token as claims. An assertion is one token too: each attribute a list of values.
pub type Claims = Map<String, Value>;

#[derive(Debug)]
pub struct Login {
    pub tokens: Vec<Claims>,
    issuer: Option<Value>,
    subject: Option<Value>,
    is_saml: bool,
    pub fetched: Option<Fetched>,
}

/// Groups that the host asked for itself.
#[derive(Debug)]
pub struct Fetched {
    pub complete: bool,
    pub groups: Vec<Claims>,
}

impl Login {
    pub fn read(value: &Value) -> Shape<Login> {
        let map = object(value, &["id_token", "userinfo", "saml", "fetched_groups"])?;
        let fetched = optional(map, "fetched_groups", read_fetched)?;
        if let Some(saml) = map.get("saml") {
            if map.contains_key("id_token") || map.contains_key("userinfo") {
                return Err(Shapeless);
            }
            let saml = object(saml, &["issuer", "name_id", "attributes"])?;
            return Ok(Login {
                tokens: vec![optional(saml, "attributes", read_attributes)?.unwrap_or_default()],
                issuer: saml.get("issuer").cloned(),
                subject: saml.get("name_id").cloned(),
                is_saml: true,
                fetched,
            });
        }
        let claims = |value: &Value| value.as_object().cloned().ok_or(Shapeless);
        let id_token = required(map, "id_token", claims)?;
        let userinfo = optional(map, "userinfo", claims)?;
        Ok(Login {
            issuer: id_token.get("iss").cloned(),
            subject: id_token.get("sub").cloned(),
            tokens: [id_token].into_iter().chain(userinfo).collect(),
            is_saml: false,
            fetched,
        })
    }

    /// The subject, if it is a string and not empty.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_ref()?.as_str().filter(|subject| !subject.is_empty())
    }

    /// A configured issuer must match, there must be a subject, and userinfo must be of the same.
    pub fn identity_error(&self, source: &Source) -> Option<&'static str> {
        let issuer = self.issuer.as_ref().and_then(Value::as_str);
        if source.issuer.is_some() && issuer != source.issuer.as_deref() {
            return Some("wrong-issuer");
        }
        let Some(subject) = self.subject() else {
            return Some("empty-subject");
        };
        for userinfo in self.tokens.iter().skip(1) {
            if userinfo.get("sub").and_then(Value::as_str) != Some(subject) {
                return Some("subject-mismatch");
            }
        }
        None
    }

    /// The address and whether it is verified, both out of the first token that has an address.
    /// Only the JSON value true verifies; an assertion never does.
    pub fn email(&self, source: &Source) -> Option<(String, bool)> {
        let claim = if self.is_saml { source.saml_email } else { "email" };
        for token in &self.tokens {
            let email = match token.get(claim) {
                Some(Value::Array(values)) if self.is_saml => values.first().and_then(Value::as_str),
                Some(value) => value.as_str(),
                None => None,
            };
            if let Some(email) = email.filter(|email| !email.is_empty()) {
                let verified = !self.is_saml && token.get("email_verified") == Some(&Value::Bool(true));
                return Some((email.to_owned(), verified));
            }
        }
        None
    }
}

/// The value at a literal key, or at the end of a nested path.
pub fn look_up<'a>(claims: &'a Claims, selector: &Selector) -> Option<&'a Value> {
    let (last, way) = selector.split_last()?;
    let mut here = claims;
    for key in way {
        here = here.get(key)?.as_object()?;
    }
    here.get(last)
}

/// Attributes by name; the same name twice is one attribute.
fn read_attributes(value: &Value) -> Shape<Claims> {
    let mut claims = Claims::new();
    for attribute in list(value)? {
        let map = object(attribute, &["name", "values"])?;
        let name = required(map, "name", text)?;
        let values = required(map, "values", |value| list(value).cloned())?;
        let merged = claims.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        merged.as_array_mut().ok_or(Shapeless)?.extend(values);
    }
    Ok(claims)
}

fn read_fetched(value: &Value) -> Shape<Fetched> {
    let map = object(value, &["complete", "groups"])?;
    let group = |value: &Value| -> Shape<Claims> {
        let map = object(value, &["id", "name", "path", "dn", "email"])?;
        for value in map.values() {
            text(value)?;
        }
        Ok(map.clone())
    };
    Ok(Fetched {
        complete: required(map, "complete", flag)?,
        groups: required(map, "groups", |value| list(value)?.iter().map(group).collect())?,
    })
}
