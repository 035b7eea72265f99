//! What the programs have in common that read a document and print its answer: one from a file or from standard input,
//! or, with `--lines`, one a line, each answered at once.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;

/// Runs a program of this name. The answer is JSON, to any bytes at all; the exit code is 0 as long as input could be read
/// and output written.
pub(crate) fn run(name: &str, answer: impl Fn(&[u8]) -> String) -> ExitCode {
    match answers(name, answer) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the answers has gone.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing more can be done where even this cannot be said.
            let _ = writeln!(io::stderr(), "{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answers(name: &str, answer: impl Fn(&[u8]) -> String) -> io::Result<()> {
    let mut lines = false;
    let mut file = None;
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--lines") => lines = true,
            Some("-") => {}
            _ if file.is_none() => file = Some(argument),
            _ => {
                let usage = format!("usage: {name} [--lines] [FILE]");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, usage));
            }
        }
    }
    let mut input: Box<dyn BufRead> = match &file {
        Some(path) => Box::new(BufReader::new(
            File::open(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?,
        )),
        None => Box::new(io::stdin().lock()),
    };
    let mut output = io::stdout().lock();
    let mut print = |answer: String| {
        writeln!(output, "{answer}")?;
        output.flush()
    };
    let mut request = Vec::new();
    if !lines {
        input.read_to_end(&mut request)?;
        return print(answer(&request));
    }
    while input.read_until(b'\n', &mut request)? > 0 {
        if !request.trim_ascii().is_empty() {
            print(answer(&request))?;
        }
        request.clear();
    }
    Ok(())
}
