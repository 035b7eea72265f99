//! A config of 100 to 10,000 rules to an engine, and one of regular expressions alone.
//!
//! ```text
//! cargo bench --bench compile
//! ```
//!
//! What is compiled plans as the reference model does, for which a world of each shape is checked first.

#![expect(
    dead_code,
    unreachable_pub,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a bench that cannot go on fails, and says where"
)]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use groupmap::{Config, Engine};

#[path = "world/mod.rs"]
mod world;

use world::{Shape, World, part};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(20);
    for shape in [Shape::Typical, Shape::Mixed, Shape::AllRegex, Shape::NotEverywhere] {
        World::new(shape, 200);
        for rules in [100, 1_000, 10_000] {
            let config: Config = part(&shape.request(rules), "config");
            group.throughput(Throughput::Elements(rules as u64));
            group.bench_function(BenchmarkId::new(format!("{shape:?}"), rules), |bencher| {
                bencher.iter_batched(
                    || config.clone(),
                    |config| Engine::compile(config).unwrap(),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
    criterion.final_summary();
}
