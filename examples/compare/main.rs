//! Compares two configs over a directory of people: reads one request and prints its answer, both as JSON.
//!
//! ```text
//! cargo run --example compare -- request.json
//! ```
//!
//! Without a file it reads standard input. Whatever a request holds, the answer is a comparison, problems or an error; the exit
//! code is 0 as long as input could be read and output written.

use std::fs;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use groupmap::{CompareAnswer, CompareRequest};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the answer has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing more can be done where even this cannot be said.
            let _ = writeln!(io::stderr(), "compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let mut file = None;
    for argument in std::env::args_os().skip(1).filter(|argument| argument != "-") {
        if file.replace(argument).is_some() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "usage: compare [FILE]"));
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
    let answer = match serde_json::from_slice::<CompareRequest>(&request) {
        Ok(request) => request.answer(),
        Err(error) => CompareAnswer::invalid_request(error),
    };
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &answer)?;
    output.write_all(b"\n")?;
    output.flush()
}
