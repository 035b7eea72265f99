//! One login of 150 groups against 10 to 10,000 rules, and against rules that are made to be slow: a draft in used
//! memory, with and without a memo, the plan written down, and beside them the plain loop of the reference model.
//!
//! ```text
//! cargo bench --bench plan
//! ```
//!
//! Each answer is found to be the model's before it is timed. How groupmap compares with other engines is measured by
//! `benches/peers`.

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

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use groupmap::Scratch;

#[path = "world/mod.rs"]
mod world;

use world::{GROUPS, Model, Shape, World};

/// The three ways to plan.
fn engine(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, world: &World) {
    for (way, mut scratch) in [("draft", Scratch::new()), ("draft with a memo", Scratch::with_memo(10_000))] {
        group.bench_function(BenchmarkId::new(way, name), |bencher| {
            bencher.iter(|| {
                let draft = world.engine.draft(black_box(&world.identity), black_box(&world.snapshot), &mut scratch);
                draft.unwrap().status()
            });
        });
    }
    group.bench_function(BenchmarkId::new("plan", name), |bencher| {
        bencher.iter(|| world.engine.plan(black_box(&world.identity), black_box(&world.snapshot)));
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("rules");
    group.throughput(Throughput::Elements(GROUPS as u64));
    for rules in [10, 100, 1_000, 10_000] {
        let world = World::new(Shape::Typical, rules);
        engine(&mut group, &rules.to_string(), &world);
        let model = Model::compile(&world.request["config"]).unwrap();
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("plain loop of the model", rules), |bencher| {
            bencher.iter(|| world.modelled(&model));
        });
        group.sample_size(100);
    }
    group.finish();

    let mut group = criterion.benchmark_group("shapes");
    group.throughput(Throughput::Elements(GROUPS as u64));
    for shape in Shape::ALL {
        engine(&mut group, &format!("{shape:?}"), &World::new(shape, 2_000));
    }
    group.finish();
    criterion.final_summary();
}
