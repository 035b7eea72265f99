//! Many patterns at once: which of them match a value, without trying each.
//!
//! Every value that a pattern matches starts with, ends with or holds one of a few literal texts, for nearly all
//! patterns that people write. Tries over those at the start and at the end, and an Aho-Corasick automaton over those
//! within, name the candidates; each candidate is then asked. Patterns without such a literal are matched together, by
//! as few automata as the size limit allows.

use alloc::string::String;
use alloc::vec::Vec;

use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, dfa::DFA};
use hashbrown::HashMap;
use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Input, PatternSet};
use regex_syntax::hir::{Hir, HirKind};

use super::LeafId;
use super::literals::{Literals, Place, choices};
use super::machine::{MachineBuilder, MachineId, Machines};
use super::pattern::{Parsed, PatternError};
use super::samples::Samples;

/// How many patterns may share a literal at the start or the end before another of their literals is looked for.
const CROWD: usize = 4;
/// Up to how many patterns without literals are asked one by one: below that they cost less than an automaton.
const FEW: usize = 4;
/// From which length on literals within a value are sampled; shorter ones would bring the samples close together.
const MIN_SAMPLED: usize = 5;
/// How large one automaton of patterns without literals may be, in bytes.
const MAX_AUTOMATON_BYTES: usize = 8 * 1_024 * 1_024;
/// How much memory one such automaton may use for the states it makes while it searches, in bytes.
const STATE_CACHE_BYTES: usize = 2 * 1_024 * 1_024;

/// The place of a pattern among the others.
type PatternId = u32;

/// How a pattern's candidates are found, from cheapest to dearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Search {
    /// By a literal at the start or the end of a value.
    Anchored,
    /// By a literal within: every value is read once for all of these.
    Within,
    /// By nothing: every value is read once more for all of these.
    Everything,
}

/// Finds the patterns that match a value.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    matchers: Vec<Matcher>,
    /// The fixed texts at both ends of each pattern.
    text: String,
    machines: Machines,
    regexes: Vec<Regex>,
    starts: Option<LiteralIndex<NFA>>,
    ends: Option<LiteralIndex<NFA>>,
    within: Option<LiteralIndex<NFA>>,
    /// Whether a value is worth being searched for those.
    within_samples: Option<Samples>,
    /// Literals within that are too short to be sampled.
    short_within: Option<LiteralIndex<DFA>>,
    /// Patterns that are asked about every value.
    always: Vec<PatternId>,
    automata: Vec<Multitude>,
}

/// One pattern: a fixed start, a fixed end and what may stand between.
#[derive(Clone, Copy, Debug)]
struct Matcher {
    leaf: LeafId,
    /// How long a value may be, in bytes.
    lengths: (u16, u16),
    start: u32,
    head: u16,
    tail: u16,
    between: Between,
}

#[derive(Clone, Copy, Debug)]
enum Between {
    Machine(MachineId),
    /// The place of a regular expression for the whole value.
    Regex(u32),
}

/// Patterns without literals, matched at once.
#[derive(Debug)]
struct Multitude {
    regex: Regex,
    patterns: Vec<PatternId>,
}

/// Memory that searches use and leave for the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct SearchSpace {
    found: Option<PatternSet>,
}

impl Patterns {
    /// Calls for each pattern that matches, perhaps more than once.
    pub(super) fn find(&self, value: &str, space: &mut SearchSpace, met: &mut impl FnMut(LeafId)) {
        if self.matchers.is_empty() {
            return;
        }
        let mut candidate = |pattern: PatternId| {
            if let Some(matcher) = self.matchers.get(pattern as usize)
                && self.is_match(matcher, value)
            {
                met(matcher.leaf);
            }
        };
        self.always.iter().copied().for_each(&mut candidate);
        if let Some(starts) = &self.starts {
            starts.walk(value.bytes(), &mut candidate);
        }
        if let Some(ends) = &self.ends {
            ends.walk(value.bytes().rev(), &mut candidate);
        }
        if let Some(within) = &self.within
            && self.within_samples.as_ref().is_none_or(|samples| samples.could_hold(value.as_bytes()))
        {
            within.scan(value.bytes(), &mut candidate);
        }
        if let Some(within) = &self.short_within {
            within.scan(value.bytes(), &mut candidate);
        }
        for automaton in &self.automata {
            automaton.find(value, space, |pattern| {
                self.matchers.get(pattern as usize).into_iter().for_each(|matcher| met(matcher.leaf));
            });
        }
    }

    fn is_match(&self, matcher: &Matcher, value: &str) -> bool {
        let (least, most) = matcher.lengths;
        if value.len() < usize::from(least) || (most != u16::MAX && value.len() > usize::from(most)) {
            return false;
        }
        let machine = match matcher.between {
            Between::Machine(machine) => machine,
            Between::Regex(index) => {
                return self.regexes.get(index as usize).is_some_and(|regex| regex.is_match(Input::new(value)));
            }
        };
        let (start, head, tail) = (matcher.start as usize, usize::from(matcher.head), usize::from(matcher.tail));
        let middle = start.saturating_add(head);
        let fixed = |range| self.text.get(range).unwrap_or_default();
        let rest = value.strip_prefix(fixed(start..middle));
        let rest = rest.and_then(|rest| rest.strip_suffix(fixed(middle..middle.saturating_add(tail))));
        rest.is_some_and(|rest| self.machines.is_match(machine, rest))
    }

    /// How many bytes it holds, near enough.
    pub(super) fn size(&self) -> usize {
        let tries = [&self.starts, &self.ends, &self.within].into_iter().flatten().map(LiteralIndex::size);
        let short = self.short_within.iter().map(LiteralIndex::size);
        let samples = self.within_samples.iter().map(Samples::size);
        let regexes = self.regexes.iter().chain(self.automata.iter().map(|automaton| &automaton.regex));
        let parts = [size_of_val(&*self.matchers), self.text.capacity(), self.machines.size()];
        parts.into_iter().chain(tries).chain(short).chain(samples).chain(regexes.map(Regex::memory_usage)).sum()
    }
}

impl Multitude {
    fn find(&self, value: &str, space: &mut SearchSpace, mut found: impl FnMut(PatternId)) {
        let needed = self.regex.pattern_len();
        let set = match &mut space.found {
            Some(set) if set.capacity() >= needed => set,
            other => other.insert(PatternSet::new(needed)),
        };
        set.clear();
        self.regex.which_overlapping_matches(&Input::new(value), set);
        for index in set.iter() {
            self.patterns.get(index.as_usize()).copied().into_iter().for_each(&mut found);
        }
    }
}

/// Literals and the patterns that each stands for.
#[derive(Debug)]
struct LiteralIndex<A> {
    automaton: A,
    /// For each literal its length, and where its patterns stand.
    literals: Vec<(usize, core::ops::Range<u32>)>,
    patterns: Vec<PatternId>,
}

impl<A: Automaton> LiteralIndex<A> {
    /// Calls for the patterns of each literal that the bytes begin with.
    #[inline]
    fn walk(&self, bytes: impl Iterator<Item = u8>, found: &mut impl FnMut(PatternId)) {
        let Ok(mut state) = self.automaton.start_state(Anchored::Yes) else { return };
        for (read, byte) in (1..).zip(bytes) {
            state = self.automaton.next_state(Anchored::Yes, state, byte);
            if !self.automaton.is_special(state) {
                continue;
            }
            if self.automaton.is_dead(state) {
                return;
            }
            self.matches(state, |length| length == read, found);
        }
    }

    /// Calls for the patterns of each literal that stands anywhere in the bytes.
    #[inline]
    fn scan(&self, bytes: impl Iterator<Item = u8>, found: &mut impl FnMut(PatternId)) {
        let Ok(mut state) = self.automaton.start_state(Anchored::No) else { return };
        for byte in bytes {
            state = self.automaton.next_state(Anchored::No, state, byte);
            if self.automaton.is_special(state) {
                self.matches(state, |_| true, found);
            }
        }
    }

    fn matches(
        &self,
        state: aho_corasick::automaton::StateID,
        fits: impl Fn(usize) -> bool,
        found: &mut impl FnMut(PatternId),
    ) {
        if !self.automaton.is_match(state) {
            return;
        }
        for index in 0..self.automaton.match_len(state) {
            let literal = self.literals.get(self.automaton.match_pattern(state, index).as_usize());
            let Some((_, patterns)) = literal.filter(|(length, _)| fits(*length)) else { continue };
            let patterns = self.patterns.get(patterns.start as usize..patterns.end as usize);
            patterns.unwrap_or_default().iter().copied().for_each(&mut *found);
        }
    }

    fn size(&self) -> usize {
        self.automaton
            .memory_usage()
            .saturating_add(size_of_val(&*self.literals))
            .saturating_add(size_of_val(&*self.patterns))
    }
}

/// Collects patterns until all are known.
#[derive(Debug, Default)]
pub(super) struct PatternsBuilder {
    patterns: Patterns,
    machines: MachineBuilder,
    offers: Vec<Offer>,
}

/// How a pattern could be found.
#[derive(Debug)]
struct Offer {
    choices: Vec<Literals>,
    /// The pattern, where it offers nothing.
    anchored: Option<Hir>,
}

impl PatternsBuilder {
    /// Adds a pattern in its simplest form.
    pub(super) fn add(&mut self, leaf: LeafId, plain: Hir) -> Result<(), PatternError> {
        let choices: Vec<Literals> = choices(&plain).collect();
        let (head, between, tail) = ends(&plain);
        let start = index(self.patterns.text.len());
        let properties = plain.properties();
        let length = |length: Option<usize>| length.and_then(|length| u16::try_from(length).ok());
        // A shorter one than is known is safe, and so is a longer one.
        let lengths =
            (length(properties.minimum_len()).unwrap_or(0), length(properties.maximum_len()).unwrap_or(u16::MAX));
        let matcher = if let Some(machine) = self.machines.add(&between) {
            self.patterns.text.push_str(head);
            self.patterns.text.push_str(tail);
            Matcher { leaf, lengths, start, head: short(head), tail: short(tail), between: Between::Machine(machine) }
        } else {
            let parsed = Parsed { hir: plain.clone() };
            let regex = index(self.patterns.regexes.len());
            self.patterns.regexes.push(parsed.compile(WhichCaptures::Implicit)?);
            Matcher { leaf, lengths, start, head: 0, tail: 0, between: Between::Regex(regex) }
        };
        self.patterns.matchers.push(matcher);
        let anchored = choices.is_empty().then(|| Parsed { hir: plain }.anchored());
        self.offers.push(Offer { choices, anchored });
        Ok(())
    }

    /// Decides how each pattern is found; says so for each, by its leaf.
    pub(super) fn finish(mut self, mut searched: impl FnMut(LeafId, Search)) -> Patterns {
        let mut crowds: HashMap<(Place, &[u8]), usize> = HashMap::new();
        for (place, literals) in self.offers.iter().flat_map(|offer| &offer.choices) {
            for literal in literals {
                let crowd = crowds.entry((*place, literal)).or_default();
                *crowd = crowd.saturating_add(1);
            }
        }
        let mut chosen: [Vec<(&[u8], PatternId)>; 3] = Default::default();
        let [starts, ends, within] = &mut chosen;
        let mut rest: Vec<(PatternId, &Hir)> = Vec::new();
        for ((pattern, offer), matcher) in (0..).zip(&self.offers).zip(&self.patterns.matchers) {
            let choice = choose(&offer.choices, &crowds);
            searched(matcher.leaf, choice.map_or(Search::Everything, |(place, _)| (*place).into()));
            if let Some((place, literals)) = choice {
                let list = match place {
                    Place::Start => &mut *starts,
                    Place::End => &mut *ends,
                    Place::Anywhere => &mut *within,
                };
                list.extend(literals.iter().map(|literal| (&**literal, pattern)));
            } else if let Some(anchored) = &offer.anchored {
                rest.push((pattern, anchored));
            }
        }
        let patterns = &mut self.patterns;
        let reversed: Vec<(Vec<u8>, PatternId)> =
            ends.iter().map(|(literal, pattern)| (literal.iter().rev().copied().collect(), *pattern)).collect();
        let ends: Vec<(&[u8], PatternId)> = reversed.iter().map(|(literal, pattern)| (&**literal, *pattern)).collect();
        let (short, within): (Vec<_>, Vec<_>) =
            core::mem::take(within).into_iter().partition(|(literal, _)| literal.len() < MIN_SAMPLED);
        let texts: Vec<&[u8]> = within.iter().map(|(literal, _)| *literal).collect();
        let nfa = |literals: &[&[u8]]| NFA::builder().prefilter(false).build(literals).ok();
        let dfa = |literals: &[&[u8]]| {
            let mut builder = DFA::builder();
            builder.prefilter(false).start_kind(aho_corasick::StartKind::Unanchored).build(literals).ok()
        };
        patterns.starts = patterns.index(core::mem::take(starts), nfa);
        patterns.ends = patterns.index(ends, nfa);
        patterns.within_samples = Samples::new(&texts);
        patterns.within = patterns.index(within, nfa);
        patterns.short_within = patterns.index(short, dfa);
        if rest.len() <= FEW {
            patterns.always.extend(rest.iter().map(|(pattern, _)| *pattern));
        } else {
            patterns.add_automata(&rest);
        }
        patterns.machines = self.machines.finish();
        patterns.matchers.shrink_to_fit();
        patterns.text.shrink_to_fit();
        self.patterns
    }
}

impl Patterns {
    /// An index of literals. Patterns for which none can be made are asked about every value, so that none is lost.
    fn index<A>(
        &mut self,
        mut pairs: Vec<(&[u8], PatternId)>,
        build: impl Fn(&[&[u8]]) -> Option<A>,
    ) -> Option<LiteralIndex<A>> {
        pairs.sort_unstable();
        pairs.dedup();
        let mut literals = Vec::new();
        let mut found = Vec::new();
        let mut texts: Vec<&[u8]> = Vec::new();
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let start = index(found.len());
            found.extend(group.iter().map(|(_, pattern)| *pattern));
            if let Some((literal, _)) = group.first() {
                texts.push(literal);
                literals.push((literal.len(), start..index(found.len())));
            }
        }
        if texts.is_empty() {
            return None;
        }
        let automaton = build(&texts);
        if automaton.is_none() {
            self.always.extend(&found);
        }
        Some(LiteralIndex { automaton: automaton?, literals, patterns: found })
    }

    /// Puts patterns into one automaton, or, where that is too large, halves of them into two.
    fn add_automata(&mut self, patterns: &[(PatternId, &Hir)]) {
        let config = meta::Config::new()
            .match_kind(regex_automata::MatchKind::All)
            .nfa_size_limit(Some(MAX_AUTOMATON_BYTES))
            .hybrid_cache_capacity(STATE_CACHE_BYTES)
            .dfa(false)
            .which_captures(WhichCaptures::None);
        let hirs: Vec<&Hir> = patterns.iter().map(|(_, hir)| *hir).collect();
        let ids = patterns.iter().map(|(pattern, _)| *pattern);
        match (patterns, Regex::builder().configure(config).build_many_from_hir(&hirs)) {
            ([], _) => {}
            (_, Ok(regex)) => self.automata.push(Multitude { regex, patterns: ids.collect() }),
            ([_], Err(_)) => self.always.extend(ids),
            (_, Err(_)) => {
                let (left, right) = patterns.split_at(patterns.len() / 2);
                self.add_automata(left);
                self.add_automata(right);
            }
        }
    }
}

/// The choice that fewest other patterns share, of equal ones that with the longest literals; but one at the start or
/// the end, which costs nothing where it is not met, if it is not crowded.
fn choose<'o>(choices: &'o [Literals], crowds: &HashMap<(Place, &[u8]), usize>) -> Option<&'o Literals> {
    let crowd = |(place, literals): &Literals| {
        let counts = literals.iter().filter_map(|literal| crowds.get(&(*place, &**literal)));
        counts.copied().max().unwrap_or_default()
    };
    let shortest = |(_, literals): &Literals| literals.iter().map(Vec::len).min();
    let quiet = choices.iter().find(|choice| choice.0 != Place::Anywhere && crowd(choice) <= CROWD);
    quiet.or_else(|| choices.iter().min_by_key(|choice| (crowd(choice), core::cmp::Reverse(shortest(choice)))))
}

impl From<Place> for Search {
    fn from(place: Place) -> Self {
        match place {
            Place::Start | Place::End => Self::Anchored,
            Place::Anywhere => Self::Within,
        }
    }
}

/// A pattern as a fixed start, what may stand between, and a fixed end.
fn ends(hir: &Hir) -> (&str, Hir, &str) {
    let HirKind::Concat(parts) = hir.kind() else { return ("", hir.clone(), "") };
    let literal = |part: &'_ Hir| matches!(part.kind(), HirKind::Literal(_));
    let (head, rest) = match parts.as_slice() {
        [first, rest @ ..] if literal(first) => (fixed(first), rest),
        all => ("", all),
    };
    let (tail, rest) = match rest {
        [rest @ .., last] if literal(last) => (fixed(last), rest),
        all => ("", all),
    };
    (head, Hir::concat(rest.to_vec()), tail)
}

fn fixed(hir: &Hir) -> &str {
    match hir.kind() {
        HirKind::Literal(literal) => core::str::from_utf8(&literal.0).unwrap_or_default(),
        _ => "",
    }
}

/// The length of a fixed text: no pattern is longer than [`MAX_PATTERN_BYTES`](super::pattern::MAX_PATTERN_BYTES), and
/// none of its characters becomes more than four bytes.
fn short(text: &str) -> u16 {
    u16::try_from(text.len()).unwrap_or(u16::MAX)
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
