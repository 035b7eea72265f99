//! What a mapping of 10,000 rules would do to a large directory, in numbers, in memory that does not grow with it.
//!
//! ```text
//! cargo run --release --example preview -- --people 1000000
//! ```
//!
//! People are made up one at a time, with 20 groups each, and are forgotten as soon as they are counted. Parts of the
//! directory are counted in parallel, each by a tally of its own, and the previews of the parts are merged. At the end
//! stand the totals, how fast that was beside planning for people one by one, and the peak of the memory.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "made-up people are small numbers; a program for a terminal stops where one is not"
)]

mod directory;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use groupmap::{Engine, Preview};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use directory::{GROUPS_EACH, RULES};

/// How many people are planned for one by one, to have something to compare with.
const ONE_BY_ONE: u64 = 2_000;
/// How many people are counted between two looks at the progress bar.
const STEP: u64 = 1_000;

fn main() -> ExitCode {
    match people().map_err(io::Error::other).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing more can be done where even this cannot be said.
            let _ = writeln!(io::stderr(), "preview: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many people there are to be.
fn people() -> Result<u64, &'static str> {
    const USAGE: &str = "usage: preview [--people N]";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(10_000),
        ["--people", people] => people.parse().map_err(|_| USAGE),
        _ => Err(USAGE),
    }
}

fn run(people: u64) -> io::Result<()> {
    let engine = Engine::compile(directory::config()).map_err(io::Error::other)?;
    let start = Instant::now();
    let preview = previewed(&engine, people);
    let rate = rate(people, start);

    let sample = people.min(ONE_BY_ONE);
    let start = Instant::now();
    let added = planned_one_by_one(&engine, sample)?;
    let rate_one_by_one = self::rate(sample, start);
    let counted: u64 = previewed(&engine, sample).add.iter().map(|line| line.count).sum();
    if added != counted {
        return Err(io::Error::other(format!("{added} additions are planned, {counted} are counted")));
    }

    let mut output = io::stdout().lock();
    let total = |lines: &[groupmap::TargetCount]| lines.iter().map(|line| line.count).sum::<u64>();
    writeln!(output, "{people} people with {GROUPS_EACH} groups each, {RULES} rules, {} threads", threads())?;
    writeln!(output, "add {}, remove {}", total(&preview.add), total(&preview.remove))?;
    let gaining = total(&preview.gaining_privileged);
    writeln!(output, "{} would lose access, {gaining} privileged targets would be gained", preview.losing_access)?;
    writeln!(
        output,
        "{rate:.0} people a second, planned one by one {rate_one_by_one:.0}: {:.1} times",
        rate / rate_one_by_one
    )?;
    match peak_of_memory() {
        Some(peak) => writeln!(output, "peak of memory {peak}"),
        None => writeln!(output, "peak of memory unknown"),
    }
}

/// The preview of the first so many people: parts of them by a tally each, merged.
fn previewed(engine: &Engine, people: u64) -> Preview {
    let bar = ProgressBar::new(people);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} people, {eta} to go") {
        bar.set_style(style);
    }
    let parts = threads().max(1) as u64 * 4;
    let size = people.div_ceil(parts).max(1);
    let part = |part: u64| {
        let mut tally = engine.preview();
        let from = part * size;
        for person in from..(from + size).min(people) {
            let (login, snapshot) = directory::person(person);
            tally.add_login(&login, &snapshot);
            if person % STEP == STEP - 1 {
                bar.inc(STEP);
            }
        }
        tally.preview()
    };
    let preview = (0..parts).into_par_iter().map(part).reduce(Preview::default, Preview::merge);
    bar.finish_and_clear();
    preview
}

/// How many additions the plans of the first so many people hold.
fn planned_one_by_one(engine: &Engine, people: u64) -> io::Result<u64> {
    let mut added = 0;
    for person in 0..people {
        let (login, snapshot) = directory::person(person);
        let identity = engine.normalize(&login).map_err(io::Error::other)?;
        added += engine.plan(&identity, &snapshot).map_err(io::Error::other)?.add.len() as u64;
    }
    Ok(added)
}

#[expect(clippy::cast_precision_loss, reason = "a rate is for reading")]
fn rate(people: u64, start: Instant) -> f64 {
    people as f64 / start.elapsed().as_secs_f64().max(1e-9)
}

fn threads() -> usize {
    rayon::current_num_threads()
}

/// The most memory that the process has had, as Linux tells it.
fn peak_of_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
