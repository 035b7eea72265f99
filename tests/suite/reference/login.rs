//! What the identity provider said, before anything is made of it (sections 2 and 10).

use serde_json::{Map, Value};

use super::selector::{Look, Selector};
use super::shape::{Shape, Shapeless, flag, list, object, optional, required, text};
use super::source::Source;

/// The claims of one token.
pub type Claims = Map<String, Value>;

/// One token, or an assertion.
#[derive(Debug)]
pub enum Sheet {
    Token(Claims),
    Assertion(Vec<Attribute>),
}

/// One `Attribute` element of an assertion.
#[derive(Debug)]
pub struct Attribute {
    pub name: String,
    pub friendly_name: Option<String>,
    pub values: Vec<Value>,
}

#[derive(Debug)]
pub struct Login {
    pub sheets: Vec<Sheet>,
    issuer: Option<Value>,
    /// `sub` of the ID token, or the NameID.
    stated: Option<String>,
    /// The NameID is another one at every login.
    is_transient: bool,
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
            return read_assertion(saml, fetched);
        }
        let claims = |value: &Value| value.as_object().cloned().ok_or(Shapeless);
        let id_token = required(map, "id_token", claims)?;
        let userinfo = optional(map, "userinfo", claims)?;
        Ok(Login {
            issuer: id_token.get("iss").cloned(),
            stated: id_token.get("sub").and_then(Value::as_str).map(str::to_owned),
            is_transient: false,
            sheets: [id_token].into_iter().chain(userinfo).map(Sheet::Token).collect(),
            fetched,
        })
    }

    fn is_saml(&self) -> bool {
        matches!(self.sheets[0], Sheet::Assertion(_))
    }

    /// The subject, or why there is none.
    pub fn subject(&self, source: &Source) -> Result<String, &'static str> {
        let stated = self.stated.as_deref().filter(|stated| !stated.is_empty());
        if !self.is_saml() && stated.is_none() {
            return Err("empty-subject");
        }
        if let Some(selectors) = &source.subject {
            return self.joined(selectors);
        }
        let candidates = if self.is_saml() { &source.saml_subjects } else { &source.token_subjects };
        let mut refusal = "empty-subject";
        for candidate in candidates {
            match self.joined(candidate) {
                Ok(subject) => return Ok(subject),
                Err(code) => refusal = code,
            }
        }
        Err(refusal)
    }

    fn joined(&self, selectors: &[Selector]) -> Result<String, &'static str> {
        let mut parts = Vec::new();
        for selector in selectors {
            parts.push(self.part(selector)?);
        }
        if parts.len() > 1 {
            parts = parts.iter().map(|part| part.replace('~', "~0").replace('/', "~1")).collect();
        }
        Ok(parts.join("/"))
    }

    fn part(&self, selector: &Selector) -> Result<String, &'static str> {
        if self.is_saml() && *selector == Selector::key("name_id") {
            let name_id = self.stated.clone().filter(|name_id| !name_id.is_empty()).ok_or("empty-subject")?;
            return if self.is_transient { Err("transient-subject") } else { Ok(name_id) };
        }
        first_text(&self.sheets[0], selector).ok_or("empty-subject")
    }

    /// A configured issuer must match, there must be a subject, and userinfo must be of the same.
    pub fn identity_error(&self, source: &Source) -> Option<&'static str> {
        let issuer = self.issuer.as_ref().and_then(Value::as_str);
        if source.issuer.is_some() && issuer != source.issuer.as_deref() {
            return Some("wrong-issuer");
        }
        if let Err(code) = self.subject(source) {
            return Some(code);
        }
        for sheet in self.sheets.iter().skip(1) {
            let Sheet::Token(userinfo) = sheet else { continue };
            if userinfo.get("sub").and_then(Value::as_str) != self.stated.as_deref() {
                return Some("subject-mismatch");
            }
        }
        None
    }

    /// The address and whether it is verified, both out of the first token that has an address.
    /// Only the JSON value true beside the claim `email` verifies; an assertion never does.
    pub fn email(&self, source: &Source) -> Option<(String, bool)> {
        let usual = Selector::key(if self.is_saml() { source.saml_email } else { "email" });
        let selector = source.email.as_ref().unwrap_or(&usual);
        for sheet in &self.sheets {
            if let Some(email) = first_text(sheet, selector) {
                let Sheet::Token(token) = sheet else { return Some((email, false)) };
                let verified = token.get("email_verified") == Some(&Value::Bool(true));
                return Some((email, verified && *selector == Selector::key("email")));
            }
        }
        None
    }
}

/// The text that a claim is, or that every value of an attribute is.
fn first_text(sheet: &Sheet, selector: &Selector) -> Option<String> {
    for look in selector.look_up(sheet, &[]) {
        let text = match (look, sheet) {
            (Look::There(Value::String(text)), Sheet::Token(_)) => text,
            (Look::There(Value::Array(values)), Sheet::Assertion(_)) => {
                let first = values.first().and_then(Value::as_str).unwrap_or_default();
                if values.iter().any(|value| value.as_str() != Some(first)) {
                    continue;
                }
                first.to_owned()
            }
            _ => continue,
        };
        if !text.is_empty() {
            return Some(text);
        }
    }
    None
}

fn read_assertion(saml: &Value, fetched: Option<Fetched>) -> Shape<Login> {
    let saml = object(saml, &["issuer", "name_id", "attributes"])?;
    let (stated, format) = match saml.get("name_id") {
        Some(Value::Object(_)) => {
            let name_id = object(&saml["name_id"], &["value", "format"])?;
            (optional(name_id, "value", text)?, optional(name_id, "format", text)?)
        }
        name_id => (name_id.and_then(Value::as_str).map(str::to_owned), None),
    };
    let read = |value: &Value| list(value)?.iter().map(read_attribute).collect::<Shape<Vec<_>>>();
    Ok(Login {
        sheets: vec![Sheet::Assertion(optional(saml, "attributes", read)?.unwrap_or_default())],
        issuer: saml.get("issuer").cloned(),
        stated,
        is_transient: format.as_deref() == Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient"),
        fetched,
    })
}

fn read_attribute(value: &Value) -> Shape<Attribute> {
    let map = object(value, &["name", "friendly_name", "values"])?;
    Ok(Attribute {
        name: required(map, "name", text)?,
        friendly_name: optional(map, "friendly_name", text)?,
        values: required(map, "values", |value| list(value).cloned())?,
    })
}

fn read_fetched(value: &Value) -> Shape<Fetched> {
    let map = object(value, &["complete", "groups"])?;
    let group = |value: &Value| -> Shape<Claims> {
        let map = object(value, &["id", "name", "path", "dn", "email"])?;
        let named = map.iter().filter(|(_, value)| !value.is_null());
        named.map(|(key, value)| Ok((key.clone(), Value::String(text(value)?)))).collect()
    };
    Ok(Fetched {
        complete: required(map, "complete", flag)?,
        groups: required(map, "groups", |value| list(value)?.iter().map(group).collect())?,
    })
}
