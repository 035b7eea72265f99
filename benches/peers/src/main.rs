//! The same group mapping, done by several engines in one process, in turns. See the README beside this crate.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- --quick
//! ```

mod allocations;
mod engines;
mod goals;
mod preview;
mod report;
mod sampling;
mod world;

use engines::groupmap::Costs;
use goals::{Measured, goals};
use preview::Preview;
use sampling::{Effort, Figures, GROUPS};
use world::{Shape, World};

fn main() {
    let effort = match std::env::args().nth(1).as_deref() {
        None => Effort::FULL,
        Some("--quick") => Effort::QUICK,
        Some(other) => panic!("`{other}` is not understood; there is `--quick`, or nothing"),
    };
    let costs = |shape, groups| Costs::of(&World::new(shape, 10_000, groups), effort.samples.min(9));
    let (fewer, more) = (costs(Shape::NothingMatches, GROUPS), costs(Shape::NothingMatches, 2 * GROUPS));
    let mut measured = Measured {
        figures: Figures::default(),
        typical: costs(Shape::Typical, GROUPS),
        regexes: costs(Shape::AllRegex, GROUPS),
        allocations_per_group: (more.fresh.calls as f64 - fewer.fresh.calls as f64) / GROUPS as f64,
        preview: Preview::measure(effort),
    };
    println!("{}", report::costs("10,000 typical rules", &measured.typical));
    println!("{}", report::costs("10,000 regex rules", &measured.regexes));
    println!("groupmap, preview of people with 20 groups: {:.0} in a second", measured.preview.people);
    for shape in Shape::ALL {
        measured.figures.measure(shape, effort);
        print!("\n{}", report::table(&measured.figures, shape));
    }
    println!();
    for goal in goals(&measured) {
        println!("{goal}");
    }
}
