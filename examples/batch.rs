//! Plans for many people against one count of holders: reads one request and prints its answer, both as JSON.
//!
//! ```text
//! cargo run --example batch -- request.json
//! cargo run --example batch -- --lines < requests.jsonl
//! ```
//!
//! Without a file it reads standard input. With `--lines` every line is a request of its own. Whatever a request holds,
//! the answer is a batch, problems or an error; the exit code is 0 as long as input could be read and output written.

use std::process::ExitCode;

use groupmap::{BatchAnswer, BatchRequest};

#[path = "documents/mod.rs"]
mod documents;

fn main() -> ExitCode {
    documents::run("batch", |request| {
        let answer = match serde_json::from_slice::<BatchRequest>(request) {
            Ok(request) => request.answer(),
            Err(error) => BatchAnswer::invalid_request(error),
        };
        serde_json::to_string(&answer).unwrap_or_else(|error| error.to_string())
    })
}
