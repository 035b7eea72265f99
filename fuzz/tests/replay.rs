//! The corpus, the cases and a few thousand random inputs, without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

use groupmap_fuzz::TARGETS;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn target(name: &str) -> groupmap_fuzz::Fuzzed {
    TARGETS.iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn the_corpus() {
    let mut inputs = 0;
    for (name, fuzzed) in TARGETS {
        for file in files(&root().join("corpus").join(name)) {
            println!("{}", file.display());
            fuzzed(&fs::read(file).unwrap());
            inputs += 1;
        }
    }
    assert!(inputs >= TARGETS.len(), "{inputs} inputs");
}

/// Every case of the crate is a seed for the targets that read what it holds.
#[test]
fn the_cases_as_seeds() {
    let mut seeds = 0;
    for file in files(&root().join("../tests/cases")) {
        let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for request in cases.iter().map(|case| &case["request"]) {
            let parts = [("oidc", "/login/id_token"), ("saml", "/login/saml"), ("config", "/config")];
            for (name, part) in parts {
                if let Some(part) = request.pointer(part) {
                    target(name)(part.to_string().as_bytes());
                    seeds += 1;
                }
            }
            if request.get("dialect").is_some() {
                seeds += scim(request);
            }
        }
    }
    assert!(seeds > 200, "{seeds} seeds");
}

/// The resource of a case, its requests, and the filters in their paths.
fn scim(request: &Value) -> usize {
    target("scim_resource")(request["resource"].to_string().as_bytes());
    let mut seeds = 1;
    for patch in request["requests"].as_array().into_iter().flatten() {
        target("scim_patch")(patch.to_string().as_bytes());
        seeds += 1;
        for operation in patch["Operations"].as_array().into_iter().flatten() {
            let inner = operation["path"].as_str().and_then(|path| path.split_once('[')?.1.rsplit_once(']'));
            if let Some((filter, _)) = inner {
                target("scim_filter")(filter.as_bytes());
                seeds += 1;
            }
        }
    }
    seeds
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn byte(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).to_le_bytes()[0]
    }
}

/// Seeds with a byte or two changed.
#[test]
fn spoiled_seeds() {
    let mut dice = Dice(2);
    for name in ["scim_resource", "scim_patch", "scim_filter"] {
        for file in files(&root().join("corpus").join(name)) {
            let seed = fs::read(file).unwrap();
            for _ in 0..100 {
                let mut spoiled = seed.clone();
                for _ in 0..=dice.byte() % 3 {
                    let place = usize::from(dice.byte()) * 256 + usize::from(dice.byte());
                    let place = place % spoiled.len();
                    match dice.byte() % 3 {
                        0 => spoiled[place] = dice.byte() % 128,
                        1 => drop(spoiled.remove(place)),
                        _ => spoiled.insert(place, seed[usize::from(dice.byte()) % seed.len()]),
                    }
                }
                target(name)(&spoiled);
            }
        }
    }
}

#[test]
fn random_tapes() {
    let mut dice = Dice(1);
    for name in ["plan", "sequences"] {
        for _ in 0..500 {
            let tape: Vec<u8> = (0..600).map(|_| dice.byte()).collect();
            target(name)(&tape);
        }
    }
}
