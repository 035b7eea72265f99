//! One resource and requests for it as a document, and the answer: for the example program, hosts in other languages, and
//! tests.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use serde_json::Value;

use super::body::Body;
use super::dialect::Dialect;
use super::error::{Error, ErrorKind};
use super::resource::Resource;
use super::written::Written;

/// `{ "dialect", "resource", "requests": [ PATCH, … ] }`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// Who speaks.
    pub dialect: Dialect,
    /// What is stored.
    pub resource: Resource,
    /// What is asked, each a whole PATCH body or why it is none.
    pub requests: Vec<Result<Body, Error>>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "it was done, or it was not")]
pub enum Answer {
    /// The resource after the requests.
    Done(Done),
    /// The request that was the only one failed, or the document cannot be read.
    Failed {
        /// Why.
        error: Error,
    },
}

/// The resource after all requests, in which failed ones have left no trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Done {
    /// The resource.
    pub resource: Resource,
    /// Whether it is another than at the start.
    pub changed: bool,
    /// Who is in the group and was not, sorted.
    pub members_added: Vec<String>,
    /// Who was in the group and is not, sorted.
    pub members_removed: Vec<String>,
    /// Whether any request emptied a group without naming the members.
    pub mass: bool,
    /// What became of each request, where there was not just one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<Vec<Outcome>>,
}

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "it was done, or it was not")]
pub enum Outcome {
    /// It was done, and changed something or not.
    Changed(bool),
    /// It was refused.
    Error(Error),
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// `invalidSyntax` and what [`Resource::new`] says. A body among the requests that is none is an error of its own.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let Body(members) = Body::from_json(json)?;
        let syntax = |detail: String| Error::new(ErrorKind::InvalidSyntax, detail);
        let (mut dialect, mut resource, mut requests) = (None, None, None);
        for (key, value) in members {
            match (&*key, value) {
                ("dialect", Value::String(name)) => {
                    let known = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == name);
                    dialect = Some(known.ok_or_else(|| syntax("`dialect` is `rfc7644`, `entra` or `okta`".into()))?);
                }
                ("resource", value) => resource = Some(Resource::new(Body::new(value)?)?),
                ("requests", Value::Array(bodies)) => requests = Some(bodies.into_iter().map(Body::new).collect()),
                ("dialect" | "requests", _) => return Err(syntax(format!("`{key}` has another shape"))),
                _ => return Err(syntax("the document has an unknown key".into())),
            }
        }
        match (dialect, resource, requests) {
            (Some(dialect), Some(resource), Some(requests)) => Ok(Self { dialect, resource, requests }),
            _ => Err(syntax("`dialect`, `resource` and `requests` are needed".into())),
        }
    }

    /// Applies the requests in order, each to what the one before has left.
    pub fn answer(self) -> Answer {
        let Self { dialect, resource, requests } = self;
        let mut now = resource.clone();
        let mut mass = false;
        let mut results = Vec::new();
        for body in requests {
            match body.and_then(|body| now.patched(&body, dialect)) {
                Ok(written) => {
                    mass |= written.mass;
                    results.push(Outcome::Changed(written.changed));
                    now = written.resource;
                }
                Err(error) => results.push(Outcome::Error(error)),
            }
        }
        if let [Outcome::Error(error)] = &*results {
            return Answer::Failed { error: error.clone() };
        }
        let Written { resource, changed, members_added, members_removed, .. } = Written::between(&resource, now, false);
        let results = (results.len() != 1).then_some(results);
        Answer::Done(Done { resource, changed, members_added, members_removed, mass, results })
    }
}

impl Answer {
    /// The answer to any bytes at all.
    pub fn of_json(json: &[u8]) -> Self {
        match Request::from_json(json) {
            Ok(request) => request.answer(),
            Err(error) => Self::Failed { error },
        }
    }
}
