//! Reviews a mapping over a directory of people: reads one request and prints its answer, both as JSON.
//!
//! ```text
//! cargo run --example review -- request.json
//! cargo run --example review -- --html review.html request.json
//! ```
//!
//! With `--html` it also writes the answer as one page for people, which needs nothing else: no network and no scripts. The
//! page names people, as the answer does.
//!
//! Without a file it reads standard input. Whatever a request holds, the answer is a review, problems or an error; the exit
//! code is 0 as long as input could be read and output written.

#![expect(clippy::arithmetic_side_effects, reason = "counts of people and places in a picture, all of them small")]

mod findings;
mod markup;
mod page;
mod people;
mod picture;
mod table;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use groupmap::{ReviewAnswer, ReviewRequest};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the answer has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing more can be done where even this cannot be said.
            let _ = writeln!(io::stderr(), "review: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    file: Option<OsString>,
    html: Option<OsString>,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = OsString>) -> io::Result<Self> {
        let usage = || io::Error::new(io::ErrorKind::InvalidInput, "usage: review [--html FILE] [FILE]");
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            let (place, word) = match word.to_str() {
                Some("-") => continue,
                Some("--html") => (&mut arguments.html, words.next().ok_or_else(usage)?),
                _ => (&mut arguments.file, word),
            };
            if place.replace(word).is_some() {
                return Err(usage());
            }
        }
        Ok(arguments)
    }
}

fn run() -> io::Result<()> {
    let Arguments { file, html } = Arguments::read(std::env::args_os().skip(1))?;
    let named =
        |path: &OsString, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    match &file {
        Some(path) => bytes = fs::read(path).map_err(|error| named(path, error))?,
        None => {
            io::stdin().lock().read_to_end(&mut bytes)?;
        }
    }
    let request = serde_json::from_slice::<ReviewRequest>(&bytes);
    let answer = match &request {
        Ok(request) => request.clone().answer(),
        Err(error) => ReviewAnswer::invalid_request(error),
    };
    if let Some(path) = &html {
        let page = page::page(request.as_ref().ok(), &answer).map_err(io::Error::other)?;
        fs::write(path, page).map_err(|error| named(path, error))?;
    }
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &answer)?;
    output.write_all(b"\n")?;
    output.flush()
}
