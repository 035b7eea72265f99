//! What reading a token costs at the least, to compare the way from its bytes to a plan with.

use std::hint::black_box;
use std::rc::Rc;

use serde::Deserialize;

use super::{Answer, Peer};
use crate::world::World;

/// The bytes of a token that lists the world's groups.
pub(super) fn token(world: &World) -> Vec<u8> {
    let token = serde_json::json!({ "sub": "u1", "groups": world.groups });
    serde_json::to_vec(&token).expect("strings are JSON")
}

/// Reads the token with serde, and copies nothing. It can read no group that is written with an escape, and maps
/// nothing: there is no answer.
pub(super) struct BorrowingParse {
    token: Vec<u8>,
}

#[derive(Deserialize)]
struct Token<'a> {
    #[serde(borrow)]
    groups: Vec<&'a str>,
}

impl BorrowingParse {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        Self { token: token(world) }
    }
}

impl Peer for BorrowingParse {
    fn run(&mut self) {
        let token: Token<'_> = serde_json::from_slice(black_box(&self.token)).expect("the token is JSON");
        black_box(&token.groups);
    }

    fn answer(&self) -> Option<Answer> {
        None
    }
}
