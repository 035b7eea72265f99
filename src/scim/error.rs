//! Why a SCIM request is refused, as RFC 7644 says it.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use core::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// Why a request is refused. The resource that it was about is as it was.
///
/// As a document: `{ "scimType"?, "detail" }`; [`Error::message`] is the whole body of RFC 7644, section 3.12. The detail
/// names attributes of the schema and places in the request, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// The `scimType`; none for what has no keyword, such as a resource that is not there.
    pub kind: Option<ErrorKind>,
    /// What is wrong, for people.
    pub detail: String,
}

/// The keywords of RFC 7644, section 3.12, table 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ErrorKind {
    /// A filter does not parse, or compares what cannot be compared so.
    InvalidFilter,
    /// More than this crate handles in one request.
    TooMany,
    /// Another resource has the value already.
    Uniqueness,
    /// The attribute cannot be changed or removed by a client.
    Mutability,
    /// The request has not the shape of one.
    InvalidSyntax,
    /// A path does not parse, or leads where nothing can be.
    InvalidPath,
    /// The path picks nothing that could be changed.
    NoTarget,
    /// A value is missing or is none that the attribute can have.
    InvalidValue,
    /// The protocol version is not known. Nothing here gives it; it is for hosts.
    InvalidVers,
    /// The request must not stand in a URI. Nothing here gives it; it is for hosts.
    Sensitive,
}

impl ErrorKind {
    /// The keyword, such as `noTarget`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of an error response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ErrorMessage {
    /// Always `urn:ietf:params:scim:api:messages:2.0:Error`.
    pub schemas: [&'static str; 1],
    /// The HTTP status as text, as the RFC has it.
    pub status: String,
    /// The keyword.
    #[serde(rename = "scimType", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ErrorKind>,
    /// What is wrong.
    pub detail: String,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: Some(kind), detail: detail.into().into_owned() }
    }

    /// There is no such resource.
    pub(super) fn not_found() -> Self {
        Self { kind: None, detail: "there is no such resource".into() }
    }

    /// The same error with the place in the request.
    pub(super) fn at(mut self, place: impl fmt::Display) -> Self {
        self.detail = alloc::format!("{place}: {}", self.detail);
        self
    }

    /// The HTTP status: 404 without a keyword, 409 for `uniqueness`, 403 for `sensitive`, 413 for `tooMany`, else 400.
    pub fn status(&self) -> u16 {
        match self.kind {
            None => 404,
            Some(ErrorKind::Uniqueness) => 409,
            Some(ErrorKind::Sensitive) => 403,
            Some(ErrorKind::TooMany) => 413,
            Some(_) => 400,
        }
    }

    /// The body of the response.
    pub fn message(&self) -> ErrorMessage {
        ErrorMessage {
            schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
            status: self.status().to_string(),
            kind: self.kind,
            detail: self.detail.clone(),
        }
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("Error", 2)?;
        match &self.kind {
            Some(kind) => document.serialize_field("scimType", kind)?,
            None => document.skip_field("scimType")?,
        }
        document.serialize_field("detail", &self.detail)?;
        document.end()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "{kind}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl core::error::Error for Error {}
