//! A thousand people of 20 groups each against 10,000 rules, one after the other: drafts in used memory with and without
//! a memo, and plans written down.
//!
//! ```text
//! cargo bench --bench preview
//! ```
//!
//! All ways are found to give the same totals, and the reference model's for some of the people, before they are timed.

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

use criterion::{Criterion, Throughput};
use groupmap::{Claims, Engine, Identity, Scratch, Snapshot, Token};
use serde_json::{Value, json};

#[path = "world/mod.rs"]
mod world;

use world::{Model, Shape, World, part, scattered};

const RULES: usize = 10_000;
const PEOPLE: usize = 1_000;
const GROUPS_EACH: usize = 20;
/// How many of the people the model plans for, which it does slowly.
const MODELLED: usize = 5;

type Totals = [usize; 3];

/// People with some of the groups of a login that all rules are met by.
fn people(engine: &Engine, request: &Value) -> Vec<(Value, Identity)> {
    let groups = request["login"]["id_token"]["groups"].as_array().unwrap();
    let token = |person: usize| {
        let some = (0..GROUPS_EACH).map(|index| &groups[scattered(person * GROUPS_EACH + index) % groups.len()]);
        json!({ "sub": format!("u{person}"), "groups": some.collect::<Vec<_>>() })
    };
    let read = |token: Value| {
        let claims = Claims::oidc(Token::from_json(token.to_string().as_bytes()).unwrap());
        (json!({ "id_token": token }), engine.normalize(&claims).unwrap())
    };
    (0..PEOPLE).map(token).map(read).collect()
}

fn drafted(engine: &Engine, people: &[(Value, Identity)], snapshot: &Snapshot, scratch: &mut Scratch) -> Totals {
    let totals = people.iter().map(|(_, identity)| {
        let draft = engine.draft(identity, snapshot, scratch).unwrap();
        [draft.add().len(), draft.remove().len(), draft.keep().len()]
    });
    totals.fold([0; 3], |sum, more| [0, 1, 2].map(|index| sum[index] + more[index]))
}

fn written(engine: &Engine, people: &[(Value, Identity)], snapshot: &Snapshot) -> Totals {
    let totals = people.iter().map(|(_, identity)| {
        let plan = engine.plan(identity, snapshot).unwrap();
        [plan.add.len(), plan.remove.len(), plan.keep.len()]
    });
    totals.fold([0; 3], |sum, more| [0, 1, 2].map(|index| sum[index] + more[index]))
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    World::new(Shape::Mixed, 200);
    let request = Shape::Mixed.request(RULES);
    let engine = Engine::compile(part(&request, "config")).unwrap();
    let snapshot: Snapshot = part(&request, "snapshot");
    let people = people(&engine, &request);
    let model = Model::compile(&request["config"]).unwrap();
    let (mut fresh, mut memo) = (Scratch::new(), Scratch::with_memo(10_000));
    for (login, identity) in people.iter().take(MODELLED) {
        let modelled = model.plan(login, &request["snapshot"], &Value::Null);
        let lengths = ["add", "remove", "keep"].map(|list| modelled["plan"][list].as_array().unwrap().len());
        let draft = engine.draft(identity, &snapshot, &mut fresh).unwrap();
        assert_eq!(lengths, [draft.add().len(), draft.remove().len(), draft.keep().len()]);
    }
    let totals = written(&engine, &people, &snapshot);
    assert_eq!(totals, drafted(&engine, &people, &snapshot, &mut fresh));
    assert_eq!(totals, drafted(&engine, &people, &snapshot, &mut memo));
    assert!(totals.iter().all(|total| *total > 0), "{totals:?}");

    let mut group = criterion.benchmark_group("preview");
    group.throughput(Throughput::Elements(PEOPLE as u64));
    group.bench_function("drafts", |bencher| bencher.iter(|| drafted(&engine, &people, &snapshot, &mut fresh)));
    group.bench_function("drafts with a memo", |bencher| {
        bencher.iter(|| drafted(&engine, &people, &snapshot, &mut memo));
    });
    group.bench_function("plans", |bencher| bencher.iter(|| written(&engine, &people, &snapshot)));
    group.finish();
    criterion.final_summary();
}
