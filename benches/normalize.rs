//! The bytes of a token of 150 groups to an identity, and beside it what any reader of them has to pay: a parse by
//! `serde_json` that borrows every group and looks at nothing else.
//!
//! ```text
//! cargo bench --bench normalize
//! ```
//!
//! The last lines are the ratios, from an interleaved run of both in one process. What is read is checked equal before
//! it is timed.

#![expect(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on fails, and says where"
)]

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use groupmap::{Claims, Config, Engine, Token};
use serde::Deserialize;
use serde_json::{Value, json};

const GROUPS: usize = 150;

/// One text that borrows where the format lets it.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

/// The least that a reader of groups has to read.
#[derive(Deserialize)]
struct Floor<'a> {
    #[serde(borrow)]
    sub: Borrowed<'a>,
    #[serde(borrow)]
    groups: Vec<Borrowed<'a>>,
}

/// A number that looks random and is the same in every run.
fn scattered(seed: usize) -> usize {
    (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) & 0xFFF_FFFF
}

/// The claims of an ID token beside its groups.
fn token(groups: Vec<String>) -> String {
    json!({
        "iss": "https://idp.example.com", "sub": "00u9q4mzk2XbT7cYw0h7", "aud": "0oa4lk2c9pQZxwD7v0h7",
        "iat": 1_767_000_000, "exp": 1_767_003_600, "auth_time": 1_766_999_990, "ver": 1, "jti": "ID.q0f",
        "amr": ["pwd", "mfa"], "email": "user@example.com", "email_verified": true, "name": "First Last",
        "given_name": "First", "family_name": "Last", "preferred_username": "user@example.com", "groups": groups,
    })
    .to_string()
}

fn guid(number: usize) -> String {
    format!("{:08x}-0000-4000-8000-{number:012x}", scattered(number))
}

/// What groups look like with each provider; Okta once without a limit, as a plain filter has none, and once with more
/// groups than its limit, so that they must be counted.
fn payloads() -> [(&'static str, Value, String); 4] {
    let groups = |name: &dyn Fn(usize) -> String| token((0..GROUPS).map(name).collect());
    let names = groups(&|number| format!("department-{:07}-staff", scattered(number) % 10_000_000));
    let paths = groups(&|number| format!("/org/team-{:07}/members", scattered(number) % 10_000_000));
    let source = |provider: &str, groups: Value| json!({ "id": "idp", "provider": provider, "groups": groups });
    [
        ("okta", source("okta", json!({ "limit": "none" })), names.clone()),
        ("okta-over-limit", source("okta", json!({})), names),
        ("entra", source("entra", json!({})), groups(&guid)),
        ("keycloak", source("keycloak", json!({})), paths),
    ]
}

fn engine(source: &Value) -> Engine {
    let config: Config = serde_json::from_value(json!({
        "version": 1, "source": source, "catalog": [{ "flag": "staff" }],
        "rules": [{ "id": "all", "when": "everyone", "grant": [{ "flag": "staff" }] }],
    }))
    .unwrap();
    Engine::compile(config).unwrap()
}

/// Both read the same groups.
fn check(engine: &Engine, payload: &str) {
    let floor: Floor<'_> = serde_json::from_str(payload).unwrap();
    let identity = engine.normalize(&Claims::oidc(Token::from_json(payload.as_bytes()).unwrap())).unwrap();
    assert!(identity.evidence().count() == GROUPS as u64 && floor.sub.0 == "00u9q4mzk2XbT7cYw0h7");
    assert!(identity.evidence().entries().all(|entry| floor.groups.iter().any(|group| group.0 == entry.text())));
    assert!(serde_json::from_str::<Value>(payload).unwrap().is_object());
}

fn floor(payload: &[u8]) -> usize {
    let floor: Floor<'_> = serde_json::from_slice(black_box(payload)).unwrap();
    black_box(floor.groups.len())
}

/// Groups are counted when a plan asks, not here.
fn identity(engine: &Engine, payload: &[u8]) {
    let token = Token::from_json(black_box(payload)).unwrap();
    black_box(engine.normalize(&Claims::oidc(token)).unwrap());
}

/// The least time of one of many runs, taken in turns so that both meet the same machine.
fn ratio(engine: &Engine, payload: &[u8]) -> f64 {
    let mut least = [Duration::MAX; 2];
    for _ in 0..400 {
        let start = Instant::now();
        for _ in 0..25 {
            floor(payload);
        }
        least[0] = least[0].min(start.elapsed());
        let start = Instant::now();
        for _ in 0..25 {
            identity(engine, payload);
        }
        least[1] = least[1].min(start.elapsed());
    }
    least[1].as_secs_f64() / least[0].as_secs_f64()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("normalize");
    for (provider, source, payload) in payloads() {
        let engine = engine(&source);
        check(&engine, &payload);
        let bytes = payload.as_bytes();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::new("floor", provider), bytes, |b, bytes| b.iter(|| floor(bytes)));
        group.bench_with_input(BenchmarkId::new("identity", provider), bytes, |b, bytes| {
            b.iter(|| identity(&engine, bytes));
        });
    }
    group.finish();
    criterion.final_summary();
    if std::env::args().any(|argument| argument == "--bench") {
        for (provider, source, payload) in payloads() {
            println!("{provider:>15}: {:.2} × a borrowed parse", ratio(&engine(&source), payload.as_bytes()));
        }
    }
}
