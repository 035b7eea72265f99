//! What goes back to a client: a document or an error in SCIM's form.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use groupmap::scim;
use serde_json::{Value, json};

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// RFC 7644, section 3.12.
    Scim { status: StatusCode, kind: Option<&'static str>, detail: String },
    /// The version that the client knows is not the stored one.
    Stale,
    /// The client has that version already.
    NotModified,
    /// No bearer token, or another one.
    Unauthorized,
    /// The database. What it says stays in the server's log.
    Internal,
}

impl Refusal {
    pub(crate) fn not_found() -> Self {
        Self::Scim { status: StatusCode::NOT_FOUND, kind: None, detail: "there is no such resource".into() }
    }

    pub(crate) fn conflict(detail: &str) -> Self {
        Self::Scim { status: StatusCode::CONFLICT, kind: None, detail: detail.into() }
    }

    /// A plan that cannot be made or must not be carried out. What is wrong stays in the server's log.
    pub(crate) fn broken(why: &str) -> Self {
        eprintln!("plans were not applied: {why}");
        Self::Internal
    }

    pub(crate) fn uniqueness(attribute: &str) -> Self {
        let detail = format!("another resource has this `{attribute}`");
        Self::Scim { status: StatusCode::CONFLICT, kind: Some("uniqueness"), detail }
    }

    pub(crate) fn invalid(detail: &str) -> Self {
        Self::Scim { status: StatusCode::BAD_REQUEST, kind: Some("invalidValue"), detail: detail.into() }
    }
}

impl From<scim::Error> for Refusal {
    fn from(error: scim::Error) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Self::Scim { status, kind: error.kind.map(scim::ErrorKind::as_str), detail: error.detail }
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        eprintln!("database: {error}");
        Self::Internal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, kind, detail) = match self {
            Self::Scim { status, kind, detail } => (status, kind, detail),
            Self::Stale => (StatusCode::PRECONDITION_FAILED, None, "the resource has changed meanwhile".into()),
            Self::NotModified => return StatusCode::NOT_MODIFIED.into_response(),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, None, "a bearer token is needed".into()),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, None, "the server could not store it".into()),
        };
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": status.as_u16().to_string(), "detail": detail,
        });
        if let Some(kind) = kind {
            body["scimType"] = kind.into();
        }
        let mut response = document(status, &body);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A document of SCIM's media type.
pub(crate) fn document(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/scim+json")], body.to_string()).into_response()
}
