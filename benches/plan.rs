//! One login of 150 groups against 10 to 10,000 rules: the engine, and beside it the plain loop of the reference model.
//!
//! ```text
//! cargo bench --bench plan
//! ```
//!
//! Rules are 80 % exact names, 15 % object ids and 5 % regular expressions; a tenth of the groups meets one; nine tenths
//! of what is desired is held already. Both answers are checked equal before either is timed.

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

use criterion::{BenchmarkId, Criterion, Throughput};
use groupmap::{Claims, Config, Engine, Snapshot};
use serde_json::{Value, json};

#[path = "../tests/suite/comparison.rs"]
mod comparison;
#[path = "../tests/suite/reference/mod.rs"]
mod reference;

const GROUPS: usize = 150;

/// A number that looks random and is the same in every run.
fn scattered(seed: usize) -> usize {
    (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) & 0xF_FFFF
}

fn guid(number: usize) -> String {
    format!("{:08x}-0000-4000-8000-{number:012x}", scattered(number))
}

/// What rule `number` asks for, and a group that meets it.
fn condition(number: usize) -> (Value, String) {
    match number % 20 {
        0 => (json!({ "regex": format!("team-{number:05}-[a-z]+") }), format!("team-{number:05}-engineering")),
        1..=3 => (json!({ "id": guid(number) }), guid(number)),
        _ => (json!({ "name": format!("department-{number:05}-staff") }), format!("department-{number:05}-staff")),
    }
}

/// A request with so many rules.
fn world(rules: usize) -> Value {
    let targets = rules.min(997);
    let target = |number: usize| json!({ "group": format!("target-{:04}", number % targets) });
    let rule =
        |number| json!({ "id": format!("r{number:05}"), "when": condition(number).0, "grant": [target(number)] });
    let matching = (GROUPS / 10).min(rules);
    let met: Vec<usize> = (0..matching).map(|index| index * rules / matching).collect();
    let mut groups: Vec<String> = met.iter().map(|number| condition(*number).1).collect();
    groups.extend((groups.len()..GROUPS).map(|number| format!("unmapped-{:06}-everybody", scattered(number))));
    let held = met.iter().skip(matching.div_ceil(10)).map(|number| {
        let mut held = target(*number);
        held["managed_by"] = "acme-idp".into();
        held
    });
    let mut memberships: Vec<Value> = held.collect();
    memberships.sort_by_key(Value::to_string);
    memberships.dedup();
    json!({
        "config": {
            "version": 1,
            "source": { "id": "acme-idp", "provider": "custom", "groups": { "claims": ["groups"], "identified_by": "auto" } },
            "catalog": (0..targets).map(target).collect::<Vec<_>>(),
            "rules": (0..rules).map(rule).collect::<Vec<_>>(),
        },
        "login": { "id_token": { "sub": "u1", "groups": groups } },
        "snapshot": { "revision": "1", "account": { "status": "active" }, "memberships": memberships, "holders": [] },
    })
}

fn part<T: serde::de::DeserializeOwned>(request: &Value, name: &str) -> T {
    serde_json::from_value(request[name].clone()).unwrap()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Elements(GROUPS as u64));
    for rules in [10, 100, 1_000, 10_000] {
        let request = world(rules);
        let engine = Engine::compile(part::<Config>(&request, "config")).unwrap();
        let identity = engine.normalize(&part::<Claims>(&request, "login")).unwrap();
        let snapshot: Snapshot = part(&request, "snapshot");
        let model = reference::Model::compile(&request["config"]).unwrap();
        let plain = || model.plan(&request["login"], &request["snapshot"], &Value::Null);
        let plan = engine.plan(&identity, &snapshot).unwrap();
        assert!(!plan.add.is_empty() && !plan.keep.is_empty());
        assert_eq!(comparison::bare(&json!({ "plan": plan })), comparison::bare(&plain()));

        group.bench_with_input(BenchmarkId::new("engine", rules), &rules, |bencher, _| {
            bencher.iter(|| engine.plan(black_box(&identity), black_box(&snapshot)));
        });
        group.sample_size(10);
        group.bench_with_input(BenchmarkId::new("plain loop of the model", rules), &rules, |bencher, _| {
            bencher.iter(plain);
        });
        group.sample_size(100);
    }
    group.finish();
    criterion.final_summary();
}
