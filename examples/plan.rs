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

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;

use groupmap::{Answer, Request};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the answers has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing more can be done where even this cannot be said.
            let _ = writeln!(io::stderr(), "plan: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let mut lines = false;
    let mut file = None;
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--lines") => lines = true,
            Some("-") => {}
            _ if file.is_none() => file = Some(argument),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "usage: plan [--lines] [FILE]")),
        }
    }
    let mut input: Box<dyn BufRead> = match &file {
        Some(path) => Box::new(BufReader::new(
            File::open(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?,
        )),
        None => Box::new(io::stdin().lock()),
    };
    let mut output = io::stdout().lock();
    let mut request = Vec::new();
    if !lines {
        input.read_to_end(&mut request)?;
        return print(&answer(&request), &mut output);
    }
    while input.read_until(b'\n', &mut request)? > 0 {
        if !request.trim_ascii().is_empty() {
            print(&answer(&request), &mut output)?;
        }
        request.clear();
    }
    Ok(())
}

/// The answer to one request as it came in: any bytes at all.
fn answer(request: &[u8]) -> Answer {
    match serde_json::from_slice::<Request>(request) {
        Ok(request) => request.answer(),
        Err(error) => Answer::invalid_request(error),
    }
}

fn print(answer: &Answer, output: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *output, answer)?;
    output.write_all(b"\n")?;
    output.flush()
}
