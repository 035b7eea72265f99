//! Compares two configs over a directory of people: reads one request and prints its answer, both as JSON.
//!
//! ```text
//! cargo run --example compare -- request.json
//! cargo run --example compare -- --lines < requests.jsonl
//! ```
//!
//! Without a file it reads standard input. With `--lines` every line is a request of its own. Whatever a request holds,
//! the answer is a comparison, problems or an error; the exit code is 0 as long as input could be read and output written.

use std::process::ExitCode;

use groupmap::{CompareAnswer, CompareRequest};

#[path = "documents/mod.rs"]
mod documents;

fn main() -> ExitCode {
    documents::run("compare", |request| {
        let answer = match serde_json::from_slice::<CompareRequest>(request) {
            Ok(request) => request.answer(),
            Err(error) => CompareAnswer::invalid_request(error),
        };
        serde_json::to_string(&answer).unwrap_or_else(|error| error.to_string())
    })
}
