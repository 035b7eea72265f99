//! What came in: verified claims of a person, read without believing them.
//!
//! A [`Claims`] is read with any serde format that describes itself, or built in Rust. Reading is by the crate's own
//! visitor: a repeated key at any depth is an error, nesting, elements and bytes are capped and counted while they
//! stream, numbers never become text, and no value is trimmed or coerced. What goes over a cap is not kept; the claims
//! then say so when they are normalised ([`Error::TooLarge`](crate::Error::TooLarge)), so that a cut list is never
//! taken for a whole one.

mod builder;
mod document;
mod number;
mod reader;
mod saml;
mod value;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};

pub(crate) use self::document::{Document, Excess, Shape, View};
pub use self::document::{MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};
pub use self::number::Number;
pub use self::saml::{Assertion, SamlAttribute};
pub use self::value::{DuplicateKey, Value};
use crate::redaction::anonymous;

/// The claims of one person: OIDC tokens or a SAML assertion, and, where the host asked the provider itself, the
/// groups it was told.
///
/// The host has verified them: signature, audience, time. As a document:
/// `{ "id_token": {…}, "userinfo"?: {…} }` or `{ "saml": {…} }`, and `"fetched_groups"?` in either.
///
/// `Debug` shows no claim.
///
/// # Examples
///
/// ```
/// use groupmap::{Claims, Token, Value};
///
/// let read: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["ops"] } }"#)?;
/// let token = Token::new([("sub", Value::from("u1")), ("groups", Value::from_iter(["ops"]))])?;
/// assert_eq!(read, Claims::oidc(token));
///
/// let repeated = serde_json::from_str::<Claims>(r#"{ "id_token": { "sub": "u1", "sub": "u2" } }"#);
/// assert!(repeated.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Claims {
    pub(crate) login: Login,
    pub(crate) fetched: Option<FetchedGroups>,
    excess: Option<Excess>,
}

/// What the identity provider sent.
#[derive(Clone, PartialEq)]
pub(crate) enum Login {
    Oidc { id_token: Token, userinfo: Option<Token> },
    Saml(Assertion),
}

/// The payload of an OIDC token or of a userinfo response.
///
/// `Debug` shows how many claims there are, and none of them.
#[derive(Clone, PartialEq)]
pub struct Token {
    claims: Arc<Document>,
}

/// Why the bytes of a token cannot be read; without what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableToken(String);

impl fmt::Display for UnreadableToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for UnreadableToken {}

/// Groups that the host asked the provider for; they take the place of those in the claims.
///
/// As a document: `{ "complete": true, "groups": [ { "id"?, "name"?, "path"?, "dn"?, "email"? } ] }`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FetchedGroups {
    /// Whether every page was read to its end without an error. False: groups that are missing are unknown.
    pub complete: bool,
    /// One object for each group, with all that it names.
    pub groups: Vec<FetchedGroup>,
    /// Whether a group that lacks what rules go by is known not to have it, so that nothing is left open.
    #[serde(skip)]
    pub(crate) lacks_nothing: bool,
}

/// One group that the host was told of.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FetchedGroup {
    /// Its object id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its path, such as `/org/eng`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its distinguished name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dn: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Claims {
    /// The claims of an ID token.
    pub fn oidc(id_token: Token) -> Self {
        Self { login: Login::Oidc { id_token, userinfo: None }, fetched: None, excess: None }
    }

    /// The attributes of a SAML assertion.
    pub fn saml(assertion: Assertion) -> Self {
        Self { login: Login::Saml(assertion), fetched: None, excess: None }
    }

    /// Adds the answer of the userinfo endpoint to the claims of an ID token; a SAML assertion has none and stays as
    /// it is.
    #[must_use]
    pub fn with_userinfo(mut self, token: Token) -> Self {
        if let Login::Oidc { userinfo, .. } = &mut self.login {
            *userinfo = Some(token);
        }
        self
    }

    /// What is more than this crate reads, however the claims were made.
    pub(crate) fn excess(&self) -> Option<Excess> {
        let of_login = || match &self.login {
            Login::Oidc { id_token, userinfo } => {
                core::iter::once(id_token).chain(userinfo).find_map(|token| token.claims.excess)
            }
            Login::Saml(assertion) => assertion.excess(),
        };
        self.excess.or_else(of_login)
    }

    /// Replaces the groups in the claims by those that the host asked the provider for.
    #[must_use]
    pub fn with_fetched_groups(mut self, fetched: FetchedGroups) -> Self {
        self.fetched = Some(fetched);
        self
    }
}

impl Token {
    /// A token with these claims.
    ///
    /// # Errors
    ///
    /// A name stands twice.
    pub fn new<'a>(claims: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self, DuplicateKey> {
        Ok(Self { claims: Arc::new(Document::object(claims)?) })
    }

    /// Reads the JSON of a token's payload: what [`Deserialize`] makes of it, in fewer steps, since it keeps the text as a
    /// whole and copies no string by itself.
    ///
    /// # Errors
    ///
    /// It is no UTF-8, no JSON, no object; a key stands twice; or something is over a cap.
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::Token;
    ///
    /// let payload = br#"{ "sub": "u1", "groups": ["ops"] }"#;
    /// assert_eq!(Token::from_json(payload)?, serde_json::from_slice(payload)?);
    /// assert!(Token::from_json(br#"{ "sub": "u1", "sub": "u2" }"#).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(payload: &[u8]) -> Result<Self, UnreadableToken> {
        let text = core::str::from_utf8(payload).map_err(|_| UnreadableToken("a token is UTF-8".to_owned()))?;
        let document = Document::from_json(text).map_err(|error| UnreadableToken(error.to_string()))?;
        match document.excess {
            Some(excess) => Err(UnreadableToken(excess.to_string())),
            None => Self::from_document(document).map_err(UnreadableToken),
        }
    }

    pub(crate) fn claims(&self) -> View<'_> {
        self.claims.view()
    }

    /// The claims, shared.
    pub(crate) fn document(&self) -> Arc<Document> {
        self.claims.clone()
    }

    fn from_document(claims: Document) -> Result<Self, String> {
        if claims.view().is_object() {
            Ok(Self { claims: Arc::new(claims) })
        } else {
            Err("a token is an object of claims".to_owned())
        }
    }
}

impl FetchedGroups {
    /// Groups read to the end of the list, or not.
    pub fn new(complete: bool, groups: impl IntoIterator<Item = FetchedGroup>) -> Self {
        Self { complete, groups: groups.into_iter().collect(), lacks_nothing: false }
    }

    /// The groups of a directory, which are all there are, each with all that is known of it.
    pub(crate) fn of_directory(groups: impl IntoIterator<Item = FetchedGroup>) -> Self {
        Self { lacks_nothing: true, ..Self::new(true, groups) }
    }

    fn from_view(view: View<'_>) -> Result<Self, String> {
        let fields = Fields::of(view, "`fetched_groups`", &["complete", "groups"])?;
        let complete = match fields.get("complete").map(View::shape) {
            Some(Shape::Bool(complete)) => complete,
            Some(_) => return Err("`fetched_groups.complete` is true or false".to_owned()),
            None => return Err("`fetched_groups` must say whether it is `complete`".to_owned()),
        };
        let groups = fields.get("groups").filter(|groups| groups.is_list());
        let groups = groups.ok_or("`fetched_groups.groups` is a list of objects")?;
        let groups: Vec<_> = groups.elements().map(FetchedGroup::from_view).collect::<Result<_, _>>()?;
        Ok(Self::new(complete, groups))
    }
}

impl FetchedGroup {
    /// A group known by its object id.
    pub fn id(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..Self::default() }
    }

    /// A group known by its name.
    pub fn name(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Adds a name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    fn from_view(view: View<'_>) -> Result<Self, String> {
        let fields = Fields::of(view, "a fetched group", &["id", "name", "path", "dn", "email"])?;
        Ok(Self {
            id: fields.text("id")?,
            name: fields.text("name")?,
            path: fields.text("path")?,
            dn: fields.text("dn")?,
            email: fields.text("email")?,
        })
    }
}

/// The keys of an object whose shape this crate defines. No message shows what else is there.
struct Fields<'v> {
    what: &'static str,
    view: View<'v>,
}

impl<'v> Fields<'v> {
    /// An object with no other keys than these.
    fn of(view: View<'v>, what: &'static str, known: &[&str]) -> Result<Self, String> {
        if !view.is_object() {
            return Err(format!("{what} is an object"));
        }
        if view.members().any(|(key, _)| !known.contains(&key)) {
            return Err(format!("unknown field in {what}, expected one of {}", known.join(", ")));
        }
        Ok(Self { what, view })
    }

    fn get(&self, key: &str) -> Option<View<'v>> {
        self.view.get(key)
    }

    fn text(&self, key: &str) -> Result<Option<String>, String> {
        match self.get(key).filter(|value| !value.is_null()) {
            None => Ok(None),
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text.into())),
                None => Err(format!("`{key}` of {} is a string", self.what)),
            },
        }
    }
}

/// The document of claims; every part is read by the crate's own visitor.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimsShape {
    #[serde(default)]
    id_token: Option<Document>,
    #[serde(default)]
    userinfo: Option<Document>,
    #[serde(default)]
    saml: Option<Document>,
    #[serde(default)]
    fetched_groups: Option<Document>,
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shape = ClaimsShape::deserialize(deserializer).map_err(anonymous)?;
        let ClaimsShape { id_token, userinfo, saml, fetched_groups } = shape;
        let excess = [&id_token, &userinfo, &saml, &fetched_groups].into_iter().flatten().find_map(|d| d.excess);
        if excess.is_some() {
            // What was read is not whole, so its shape says nothing; normalising it reports what was too large.
            return Ok(Self { login: Login::Saml(Assertion::default()), fetched: None, excess });
        }
        let token = |document: Document| Token::from_document(document).map_err(D::Error::custom);
        let login = match (id_token, saml) {
            (Some(id_token), None) => {
                Login::Oidc { id_token: token(id_token)?, userinfo: userinfo.map(token).transpose()? }
            }
            (None, Some(_)) if userinfo.is_some() => {
                return Err(D::Error::custom("`userinfo` goes with `id_token`, not with `saml`"));
            }
            (None, Some(saml)) => Login::Saml(Assertion::from_view(saml.view()).map_err(D::Error::custom)?),
            (Some(_), Some(_)) => return Err(D::Error::custom("claims are `id_token` or `saml`, not both")),
            (None, None) => return Err(D::Error::custom("claims need `id_token` or `saml`")),
        };
        let fetched = fetched_groups
            .map(|document| FetchedGroups::from_view(document.view()))
            .transpose()
            .map_err(D::Error::custom)?;
        Ok(Self { login, fetched, excess: None })
    }
}

impl Serialize for Claims {
    /// What was over a cap was not kept, and is not written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.login {
            Login::Oidc { id_token, userinfo } => {
                map.serialize_entry("id_token", &id_token.claims())?;
                if let Some(userinfo) = userinfo {
                    map.serialize_entry("userinfo", &userinfo.claims())?;
                }
            }
            Login::Saml(assertion) => map.serialize_entry("saml", assertion)?,
        }
        if let Some(fetched) = &self.fetched {
            map.serialize_entry("fetched_groups", fetched)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Token {
    /// Reads a token on its own. What is over a cap is an error here.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Document::deserialize(deserializer)?;
        if let Some(excess) = document.excess {
            return Err(D::Error::custom(excess));
        }
        Self::from_document(document).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for FetchedGroups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Document::deserialize(deserializer)?;
        if let Some(excess) = document.excess {
            return Err(D::Error::custom(excess));
        }
        Self::from_view(document.view()).map_err(D::Error::custom)
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.login {
            Login::Oidc { .. } => "oidc",
            Login::Saml(_) => "saml",
        };
        f.debug_struct("Claims").field("kind", &kind).field("fetched", &self.fetched.is_some()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("claims", &self.claims().members().len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for FetchedGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchedGroups")
            .field("complete", &self.complete)
            .field("groups", &self.groups.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FetchedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchedGroup").finish_non_exhaustive()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Claims {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Claims".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let text = serde_json::json!({ "type": ["string", "null"] });
        let (there, gone) = (serde_json::json!({ "type": "object" }), serde_json::json!({ "type": "null" }));
        schemars::json_schema!({
            "description": "The claims of one person: OIDC tokens or a SAML assertion, and, where the host asked the provider itself, the groups it was told.",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "id_token": { "type": ["object", "null"], "description": "The payload of the ID token." },
                "userinfo": { "type": ["object", "null"], "description": "The answer of the userinfo endpoint." },
                "saml": {
                    "description": "What was read from a verified assertion.",
                    "type": ["object", "null"],
                    "additionalProperties": false,
                    "properties": {
                        "issuer": text,
                        "name_id": { "description": "The NameID: a string, or an object with value and format." },
                        "attributes": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "additionalProperties": false,
                                "required": ["name", "values"],
                                "properties": { "name": { "type": "string" }, "friendly_name": text, "values": { "type": "array" } },
                            },
                        },
                    },
                },
                "fetched_groups": {
                    "description": "Groups that the host asked the provider for; they take the place of those in the claims.",
                    "type": ["object", "null"],
                    "additionalProperties": false,
                    "required": ["complete", "groups"],
                    "properties": {
                        "complete": { "type": "boolean", "description": "Whether every page was read to its end without an error." },
                        "groups": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "additionalProperties": false,
                                "properties": { "id": text, "name": text, "path": text, "dn": text, "email": text },
                            },
                        },
                    },
                },
            },
            "oneOf": [
                { "required": ["id_token"], "properties": { "id_token": there, "saml": gone } },
                { "required": ["saml"], "properties": { "saml": there, "id_token": gone, "userinfo": gone } },
            ],
        })
    }
}
