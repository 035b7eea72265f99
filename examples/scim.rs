//! Applies SCIM requests to a stored resource, all as JSON.
//!
//! ```text
//! cargo run --example scim -- request.json
//! cargo run --example scim -- --lines examples/data/entra/patches.jsonl
//! ```
//!
//! A request is `{ "dialect": "rfc7644" | "entra" | "okta", "resource": {…}, "requests": [ PATCH, … ] }`. The answer says
//! what the resource is then, whether it changed, and whose memberships that touches; or why not, as RFC 7644 has it.

use std::process::ExitCode;

use groupmap::scim::Answer;

#[path = "documents/mod.rs"]
mod documents;

fn main() -> ExitCode {
    documents::run("scim", |request| {
        serde_json::to_string(&Answer::of_json(request)).unwrap_or_else(|error| error.to_string())
    })
}
