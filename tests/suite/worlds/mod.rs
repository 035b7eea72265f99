//! Random requests: small alphabets, so that everything meets everything.
//!
//! A world is read off a tape of random numbers, one choice after the other. Zeros are the plainest
//! choices, so that shrinking the tape makes a world plainer.

mod config;
mod crowd;
mod defects;
mod directory;
mod login;
mod rules;
mod snapshot;
mod twists;
mod words;

use proptest::prelude::*;
use serde_json::{Value, json};

pub use config::target_of;
pub use crowd::somebody;
pub use words::Words;

/// A request of section 10, mostly with a config that compiles.
pub fn world() -> impl Strategy<Value = Value> {
    prop::collection::vec(any::<u32>(), 600).prop_map(of_numbers)
}

/// A request of section 11, and the rest of the tape.
pub fn directory() -> impl Strategy<Value = (Value, Tape)> {
    prop::collection::vec(any::<u32>(), 900).prop_map(|numbers| {
        let mut tape = Tape::new(numbers);
        (directory::directory(&mut tape), tape)
    })
}

/// The world that these numbers make.
pub fn of_numbers(numbers: Vec<u32>) -> Value {
    build(&mut Tape::new(numbers))
}

fn build(tape: &mut Tape) -> Value {
    let spoil = tape.chance(9);
    let mut request = sound(tape);
    if spoil {
        defects::spoil(tape, &mut request);
    }
    request
}

fn sound(tape: &mut Tape) -> Value {
    let words = Words::choose(tape);
    let mut config = config::config(tape, &words);
    let mut login = login::login(tape, &words, &mut config);
    let mut snapshot = snapshot::snapshot(tape, &config);
    if tape.chance(50) {
        twists::twist(tape, &words, &mut config, &mut login, &mut snapshot);
    }
    let mut request = json!({ "config": config, "login": login, "snapshot": snapshot });
    if tape.chance(60) {
        request["host"] = snapshot::host(tape);
    }
    request
}

/// Choices out of random numbers; a tape that has run out gives zeros.
#[derive(Clone, Debug)]
pub struct Tape {
    numbers: std::vec::IntoIter<u32>,
}

impl Tape {
    pub fn new(numbers: Vec<u32>) -> Tape {
        Tape { numbers: numbers.into_iter() }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.numbers.next().unwrap_or(0) as usize % end.max(1)
    }

    /// Yes in so many of a hundred; zero is no.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of these; zero is the first.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Each of these with some probability, in random order.
    pub fn some<T: Clone>(&mut self, from: &[T], percent: usize) -> Vec<T> {
        let mut chosen = Vec::new();
        for one in from {
            if self.chance(percent) {
                let at = self.below(chosen.len() + 1);
                chosen.insert(at, one.clone());
            }
        }
        chosen
    }
}
