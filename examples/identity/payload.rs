//! What was pasted: which of the accepted forms it is, and the claims in it.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use groupmap::{Claims, Token};
use serde_json::{Map, Value, json};

use crate::Failure;

/// Claims, and the same as plain JSON to give advice about.
pub(crate) struct Payload {
    pub(crate) claims: Claims,
    /// The tokens by name, or the one assertion with its attributes by name.
    pub(crate) parts: Vec<Map<String, Value>>,
    pub(crate) is_saml: bool,
    from_jwt: bool,
}

impl Payload {
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let text = text.trim().trim_start_matches('\u{FEFF}');
        if text.is_empty() {
            return Err("there is no payload: pass a file, or paste one to standard input".into());
        }
        if text.starts_with('{') {
            return Self::of_json(text, false);
        }
        let decoded = decode_jwt(text.trim_start_matches("Bearer").trim())?;
        Self::of_json(&decoded, true)
    }

    /// What was not checked, in words.
    pub(crate) fn unverified(&self) -> &'static str {
        if self.from_jwt {
            "the payload part of the JWT was decoded, its signature, audience and times were not looked at"
        } else {
            "who sent this, to whom and when was not looked at"
        }
    }

    fn of_json(text: &str, from_jwt: bool) -> Result<Self, Failure> {
        let json: Value = serde_json::from_str(text).map_err(|error| format!("the payload is no JSON: {error}"))?;
        let Value::Object(object) = json else { return Err("the payload is no object of claims".into()) };
        let read = |document: &Value| -> Result<Claims, Failure> {
            serde_json::from_value(document.clone()).map_err(|error| format!("the payload: {error}").into())
        };
        // A request of `examples/plan` holds a login.
        let object = match object.get("login") {
            Some(Value::Object(login)) if object.contains_key("config") => login.clone(),
            _ => object,
        };
        if object.contains_key("id_token") && !from_jwt {
            let parts = ["id_token", "userinfo"].iter().filter_map(|part| object.get(*part)?.as_object().cloned());
            let parts = parts.collect();
            return Ok(Self { claims: read(&Value::Object(object))?, parts, is_saml: false, from_jwt });
        }
        let is_assertion = object.contains_key("name_id") && object.contains_key("attributes");
        if object.contains_key("saml") || is_assertion {
            let login = if is_assertion { json!({ "saml": object }) } else { Value::Object(object) };
            let login = attributes_listed(login);
            let parts = Vec::from([attributes_by_name(&login)]);
            return Ok(Self { claims: read(&login)?, parts, is_saml: true, from_jwt });
        }
        // Straight from the text, so that a repeated key is seen.
        let token: Token = serde_json::from_str(text).map_err(|error| format!("the payload: {error}"))?;
        Ok(Self { claims: Claims::oidc(token), parts: Vec::from([object]), is_saml: false, from_jwt })
    }
}

/// Attributes as a map of name to values become the list that an assertion has.
fn attributes_listed(mut login: Value) -> Value {
    if let Some(attributes) = login.pointer_mut("/saml/attributes")
        && let Value::Object(map) = attributes
    {
        let list = map.iter().map(|(name, values)| json!({ "name": name, "values": values }));
        *attributes = Value::Array(list.collect());
    }
    if let Some(Value::Object(assertion)) = login.get_mut("saml") {
        assertion.retain(|key, _| matches!(key.as_str(), "issuer" | "name_id" | "attributes"));
    }
    login
}

fn attributes_by_name(login: &Value) -> Map<String, Value> {
    let attributes = login.pointer("/saml/attributes").and_then(Value::as_array);
    let mut by_name = Map::new();
    for attribute in attributes.into_iter().flatten() {
        let name = attribute["name"].as_str().unwrap_or_default().to_owned();
        let values = attribute["values"].as_array().cloned().unwrap_or_default();
        let all = by_name.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.extend(values);
        }
    }
    by_name
}

/// The payload part of a JWT in compact form (RFC 7519, section 3; RFC 7515, section 7.1).
fn decode_jwt(text: &str) -> Result<String, Failure> {
    let parts: Vec<&str> = text.split('.').collect();
    let payload = match parts.as_slice() {
        [_, payload, _] => payload,
        [_, _, _, _, _] => return Err("this JWT is encrypted (five parts); only its reader can decode it".into()),
        _ => return Err("the payload is neither a JSON object nor a JWT of three parts".into()),
    };
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&base64::alphabet::URL_SAFE, lenient);
    let bytes =
        engine.decode(payload).map_err(|error| format!("the payload part of the JWT is no base64url: {error}"))?;
    Ok(String::from_utf8(bytes).map_err(|_| "the payload part of the JWT is no UTF-8")?)
}
