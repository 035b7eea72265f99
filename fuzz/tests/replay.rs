//! The corpus, the cases and a few thousand random inputs, without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

use groupmap_fuzz::TARGETS;

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
    let seeds = groupmap_fuzz::seeds();
    for (name, seed) in &seeds {
        target(name)(seed);
    }
    assert!(seeds.len() > 1_000, "{} seeds", seeds.len());
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
