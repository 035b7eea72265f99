//! Says why the plan for a request is what it is, and why not a target or a rule.
//!
//! ```text
//! cargo run --example why -- request.json
//! cargo run --example why -- request.json --not '{"organization":"acme","role":"owner"}'
//! cargo run --example why -- request.json --not-rule admins --personal
//! ```
//!
//! The request is that of `examples/plan`. `--json` prints data instead of text; `--personal` shows the subject, the
//! address and what other claims hold. Exit codes: 0, or 2 where there is nothing to explain.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints")]

use std::fs;
use std::process::ExitCode;

use groupmap::{Engine, Request, Target};
use serde::Serialize;

const USAGE: &str = "usage: why REQUEST [--not TARGET | --not-rule RULE] [--json] [--personal]";

fn main() -> ExitCode {
    match run() {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("why: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<String, Box<dyn std::error::Error>> {
    let (mut file, mut target, mut rule, mut json, mut personal) = (None, None, None, false, false);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--not" => target = Some(serde_json::from_str::<Target>(&words.next().ok_or(USAGE)?)?),
            "--not-rule" => rule = Some(words.next().ok_or(USAGE)?),
            "--json" => json = true,
            "--personal" => personal = true,
            option if option.starts_with("--") => return Err(USAGE.into()),
            _ if file.is_none() => file = Some(word),
            _ => return Err(USAGE.into()),
        }
    }
    let file = file.ok_or(USAGE)?;
    let text = fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let request: Request = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let engine = Engine::compile(request.config)?.with_host(request.host);
    let identity = engine.normalize(&request.login)?;
    let why_not = match (&target, &rule) {
        (Some(target), _) => Some(engine.why_not(&identity, &request.snapshot, target)?),
        (None, Some(rule)) => Some(engine.why_not_rule(&identity, &request.snapshot, rule)?),
        (None, None) => None,
    };
    if let Some(why_not) = why_not {
        let why_not = if personal { why_not.with_personal_data() } else { why_not };
        return show(&why_not, json);
    }
    let why = engine.explain(&identity, &request.snapshot)?;
    let why = if personal { why.with_personal_data(&identity) } else { why };
    show(&why, json)
}

fn show<T: Serialize + std::fmt::Display>(value: &T, json: bool) -> Result<String, Box<dyn std::error::Error>> {
    Ok(if json { serde_json::to_string_pretty(value)? } else { value.to_string() })
}
