//! The engine and the reference model agree on random worlds.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::comparison::{answer, bare};
use crate::{reference, worlds};

/// How many worlds are tried: `GROUPMAP_WORLDS`, or 800.
pub fn count() -> u32 {
    std::env::var("GROUPMAP_WORLDS").ok().and_then(|count| count.parse().ok()).unwrap_or(800)
}

/// Another seed for each run that asks for one: `GROUPMAP_SEED`, or 0.
fn seed() -> [u8; 32] {
    let seed: u64 = std::env::var("GROUPMAP_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}

pub fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed()))
}

#[test]
fn the_engine_and_the_reference_model_agree_on_every_world() {
    let result = runner(count()).run(&worlds::world(), |request| {
        let (model, engine) = (bare(&reference::answer(&request)), bare(&answer(&request)));
        prop_assert_eq!(&model, &engine, "\nrequest {}\nmodel  {}\nengine {}", request, model, engine);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
