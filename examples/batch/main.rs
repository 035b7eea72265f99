//! Plans for many people against one count of holders: reads one request and prints its answer, both as JSON.
//!
//! ```text
//! cargo run --example batch -- request.json
//! ```
//!
//! Without a file it reads standard input. Whatever a request holds, the answer is a batch, problems or an error; the exit
//! code is 0 as long as input could be read and output written.

use std::fs;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use groupmap::{BatchAnswer, BatchRequest};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the answer has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing more can be done where even this cannot be said.
            let _ = writeln!(io::stderr(), "batch: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let mut file = None;
    for argument in std::env::args_os().skip(1).filter(|argument| argument != "-") {
        if file.replace(argument).is_some() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "usage: batch [FILE]"));
        }
    }
    let mut request = Vec::new();
    match &file {
        Some(path) => {
            request =
                fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        }
        None => {
            io::stdin().lock().read_to_end(&mut request)?;
        }
    }
    let answer = match serde_json::from_slice::<BatchRequest>(&request) {
        Ok(request) => request.answer(),
        Err(error) => BatchAnswer::invalid_request(error),
    };
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &answer)?;
    output.write_all(b"\n")?;
    output.flush()
}
