//! Patterns as automata, and the shortest value that some of them match and others do not.
//!
//! Everything is bounded: the size of one automaton, and the number of states that a question looks at. Past the bound
//! the answer is that it is not decided.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::Hir;

/// How large one automaton may be, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// How many states of several automata together one question may look at.
pub(super) const MAX_STATES: usize = 20_000;

/// A deterministic automaton over the bytes of a whole value.
#[derive(Debug)]
pub(super) struct Automaton {
    dfa: dense::DFA<Vec<u32>>,
    start: StateID,
}

/// A question was too large to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Undecided;

/// An answer, where there is one within the bounds.
pub(super) type Decided<T> = Result<T, Undecided>;

/// What a search for a value came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The shortest such value.
    Value(Vec<u8>),
    /// There is none.
    Nothing,
    /// There were too many states to look at.
    Undecided,
}

impl Automaton {
    /// The automaton of a pattern; none where it would be too large, or asks where words end.
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        let config =
            thompson::Config::new().which_captures(WhichCaptures::None).utf8(false).nfa_size_limit(Some(MAX_BYTES));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
        let config = dense::Config::new()
            .accelerate(false)
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .dfa_size_limit(Some(MAX_BYTES))
            .determinize_size_limit(Some(MAX_BYTES.saturating_mul(2)));
        let dfa = dense::Builder::new().configure(config).build_from_nfa(&nfa).ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Self { dfa, start })
    }

    /// Whether the whole value matches.
    pub(super) fn is_match(&self, value: &str) -> bool {
        let end = value.bytes().fold(self.start, |state, byte| self.dfa.next_state(state, byte));
        self.accepts(end)
    }

    fn accepts(&self, state: StateID) -> bool {
        self.dfa.is_match_state(self.dfa.next_eoi_state(state))
    }

    /// How many bytes it holds.
    pub(super) fn size(&self) -> usize {
        self.dfa.memory_usage()
    }
}

/// The shortest value, of at most so many bytes, that all of the first automata match and none of the second.
pub(super) fn shortest(within: &[&Automaton], outside: &[&Automaton], most: usize) -> Found {
    let all: Vec<&Automaton> = within.iter().chain(outside).copied().collect();
    let mut product = Product { bytes: bytes(&all), all, positive: within.len(), ..Product::default() };
    product.search(most)
}

/// One byte for each set of bytes that no automaton tells apart; letters that read well come first.
fn bytes(all: &[&Automaton]) -> Vec<u8> {
    let pleasant = (b'a'..=b'z').chain(b'0'..=b'9').chain([b'-']).chain(b'A'..=b'Z').chain(b' '..=b'~');
    let mut seen = BTreeSet::new();
    let class = |byte: &u8| all.iter().map(|automaton| automaton.dfa.byte_classes().get(*byte)).collect::<Vec<u8>>();
    pleasant.chain(0..=u8::MAX).filter(|byte| seen.insert(class(byte))).collect()
}

/// Several automata that read the same value, breadth first.
#[derive(Default)]
struct Product<'a> {
    all: Vec<&'a Automaton>,
    /// How many of them must match; the others must not.
    positive: usize,
    bytes: Vec<u8>,
    /// The states of all automata, side by side.
    states: Vec<StateID>,
    /// The state before each, and the byte between.
    before: Vec<(usize, u8)>,
    known: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

impl Product<'_> {
    fn search(&mut self, most: usize) -> Found {
        let start: Vec<StateID> = self.all.iter().map(|automaton| automaton.start).collect();
        self.enter(&start, (usize::MAX, 0));
        let (mut next, mut level_end, mut length) = (0, self.before.len(), 0_usize);
        let mut reached: Vec<StateID> = Vec::new();
        while next < self.before.len() {
            if next == level_end {
                (level_end, length) = (self.before.len(), length.saturating_add(1));
            }
            if self.accepts(next) {
                return Found::Value(self.spell(next));
            }
            if length < most {
                for place in 0..self.bytes.len() {
                    let Some(byte) = self.bytes.get(place).copied() else { break };
                    reached.clear();
                    let states = self.all.iter().zip(self.state(next));
                    reached.extend(states.map(|(automaton, state)| automaton.dfa.next_state(*state, byte)));
                    if self.is_open(&reached) {
                        self.enter(&reached, (next, byte));
                    }
                }
                if self.before.len() > MAX_STATES {
                    return Found::Undecided;
                }
            }
            next = next.saturating_add(1);
        }
        Found::Nothing
    }

    fn state(&self, place: usize) -> &[StateID] {
        let start = place.saturating_mul(self.all.len());
        self.states.get(start..start.saturating_add(self.all.len())).unwrap_or_default()
    }

    /// Whether a match could still come of it.
    fn is_open(&self, states: &[StateID]) -> bool {
        let mut positive = self.all.iter().zip(states).take(self.positive);
        positive.all(|(automaton, state)| !automaton.dfa.is_dead_state(*state))
    }

    fn accepts(&self, place: usize) -> bool {
        let states = self.all.iter().zip(self.state(place)).enumerate();
        let mut accepted = states.map(|(at, (automaton, state))| automaton.accepts(*state) == (at < self.positive));
        accepted.all(|fits| fits)
    }

    fn enter(&mut self, states: &[StateID], before: (usize, u8)) {
        let hash = self.hasher.hash_one(states);
        let width = self.all.len();
        let of = |all: &[StateID], place: usize| {
            let start = place.saturating_mul(width);
            all.get(start..start.saturating_add(width)).unwrap_or_default().to_vec()
        };
        let same = |place: &usize| {
            let start = place.saturating_mul(width);
            self.states.get(start..start.saturating_add(width)) == Some(states)
        };
        if self.known.find(hash, same).is_some() {
            return;
        }
        let place = self.before.len();
        self.states.extend_from_slice(states);
        self.before.push(before);
        let (all, hasher) = (&self.states, &self.hasher);
        self.known.insert_unique(hash, place, |place| hasher.hash_one(of(all, *place).as_slice()));
    }

    /// The value that leads to a state.
    fn spell(&self, place: usize) -> Vec<u8> {
        let mut value = Vec::new();
        let mut place = place;
        while let Some((before, byte)) = self.before.get(place).copied() {
            if before == usize::MAX {
                break;
            }
            value.push(byte);
            place = before;
        }
        value.reverse();
        value
    }
}
