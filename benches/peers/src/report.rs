//! Tables of what was measured.

use std::fmt::Write as _;

use crate::engines::groupmap::Costs;
use crate::engines::{FLOOR, ROSTER};
use crate::goals::MEGABYTE;
use crate::sampling::{Figures, GROUPS, RULES};
use crate::world::Shape;

/// The rows of a shape: microseconds, and how many times the floor's at as many rules.
pub(crate) fn table(figures: &Figures, shape: Shape) -> String {
    let mut table = format!("{shape:?}: {}; {GROUPS} groups\n{:34}", shape.describe(), "µs (× floor)");
    for rules in RULES {
        push(&mut table, format_args!("{:>22}", format!("R = {rules}")));
    }
    table.push('\n');
    let taking_part = ROSTER.iter().filter(|entrant| entrant.takes_part(shape));
    for entrant in taking_part {
        push(&mut table, format_args!("{:34}", entrant.name));
        for rules in RULES {
            let cell = figures.get(shape, entrant.name, rules).zip(figures.get(shape, FLOOR, rules));
            let cell = cell.map_or_else(
                || "–".to_owned(),
                |(seconds, floor)| {
                    format!("{} {:>11}", rounded(seconds * 1e6), format!("({})", rounded(seconds / floor)))
                },
            );
            push(&mut table, format_args!("{cell:>22}"));
        }
        table.push('\n');
    }
    table
}

/// Three digits that count, as far as they stand behind the point.
pub(crate) fn rounded(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        ..0.095 => format!("{number:.3}"),
        ..9.995 => format!("{number:.2}"),
        ..99.95 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("writing to a string does not fail");
}

/// What groupmap takes beside time, in a line.
pub(crate) fn costs(rules: &str, costs: &Costs) -> String {
    let Costs { compile, config, engine, used, fresh, reused, written } = costs;
    let bytes = |bytes: i64| rounded(bytes as f64 / MEGABYTE);
    format!(
        "groupmap, {rules}: compiled in {} ms; config {} MB, engine beside it {} MB, {} MB once it has planned; reading \
         the config and compiling took {} MB at the worst moment; a plan makes {} allocations of {} bytes in fresh memory, \
         {} in used memory, and {} of {} bytes where it is written down",
        rounded(compile.as_secs_f64() * 1e3),
        bytes(config.live),
        bytes(engine.live - config.live),
        bytes(used - config.live),
        bytes(engine.peak),
        fresh.calls,
        fresh.bytes,
        reused.calls,
        written.calls,
        written.bytes,
    )
}
