//! Reads one request and prints its answer, both as JSON.
//!
//! ```text
//! cargo run --example plan -- request.json
//! cargo run --example plan -- --lines < requests.jsonl
//! ```
//!
//! Without a file it reads standard input. With `--lines` every line is a request of its own and gets a line of its
//! own, printed at once. Whatever a request holds, the answer is a plan, problems or an error; the exit code is 0 as
//! long as input could be read and output written.

use std::process::ExitCode;

use groupmap::{Answer, Request};

#[path = "documents/mod.rs"]
mod documents;

fn main() -> ExitCode {
    documents::run("plan", |request| {
        let answer = match serde_json::from_slice::<Request>(request) {
            Ok(request) => request.answer(),
            Err(error) => Answer::invalid_request(error),
        };
        serde_json::to_string(&answer).unwrap_or_else(|error| error.to_string())
    })
}
