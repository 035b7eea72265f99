//! Which of many patterns could match a value, without trying each.
//!
//! Every value that a pattern matches starts with, ends with or holds one of a few literal texts, for nearly all
//! patterns that people write. One Aho-Corasick automaton over all those literals reads a value once and names the
//! candidates. The patterns without such a literal are matched together by as few automata as the size limit allows.

use alloc::vec::Vec;

use aho_corasick::{AhoCorasick, MatchKind};
use regex_automata::meta::{self, Regex};
use regex_automata::{Input, PatternSet};
use regex_syntax::hir::literal::{ExtractKind, Extractor, Literal, Seq};
use regex_syntax::hir::{Hir, HirKind};

/// How many literals may stand for one pattern; one that needs more is cheaper in the automaton.
const MAX_LITERALS: usize = 64;
/// How large one automaton of patterns without literals may be, in bytes.
const MAX_AUTOMATON_BYTES: usize = 8 * 1_024 * 1_024;
/// How much memory one such automaton may use for the states it makes while it searches, in bytes.
const STATE_CACHE_BYTES: usize = 2 * 1_024 * 1_024;

/// The place of a pattern in the list that the selection was made from.
pub(crate) type PatternId = u32;

/// Finds the patterns that could match a value.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    literals: Option<AhoCorasick>,
    /// For each literal of the automaton, whose it is and where in the value it must stand.
    owners: Vec<Owner>,
    automata: Vec<Automaton>,
    /// Patterns that could not be prepared and are tried on every value, so that none is ever lost.
    always: Vec<PatternId>,
}

#[derive(Clone, Copy, Debug)]
struct Owner {
    pattern: PatternId,
    place: Place,
}

/// Where in a value a literal must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    End,
    Anywhere,
}

/// Patterns without literals, matched at once.
#[derive(Debug)]
struct Automaton {
    regex: Regex,
    patterns: Vec<PatternId>,
}

impl Selection {
    /// Prepares for patterns that are given without their anchors.
    pub(crate) fn new<'h>(patterns: impl Iterator<Item = (&'h Hir, Hir)>) -> Self {
        let mut owners = Vec::new();
        let mut literals = Vec::new();
        let mut rest = Vec::new();
        for (pattern, (hir, anchored)) in (0..).zip(patterns) {
            match best_literals(hir) {
                Some((place, found)) => {
                    owners.extend(core::iter::repeat_n(Owner { pattern, place }, found.len()));
                    literals.extend(found);
                }
                None => rest.push((pattern, anchored)),
            }
        }
        let mut selection = Self::default();
        if !literals.is_empty() {
            match AhoCorasick::builder().match_kind(MatchKind::Standard).build(&literals) {
                Ok(automaton) => (selection.literals, selection.owners) = (Some(automaton), owners),
                Err(_) => selection.always.extend(owners.iter().map(|owner| owner.pattern)),
            }
        }
        selection.add_automata(&rest);
        selection
    }

    /// Puts patterns into one automaton, or, where that is too large, halves of them into two.
    fn add_automata(&mut self, patterns: &[(PatternId, Hir)]) {
        let config = meta::Config::new()
            .match_kind(regex_automata::MatchKind::All)
            .nfa_size_limit(Some(MAX_AUTOMATON_BYTES))
            .hybrid_cache_capacity(STATE_CACHE_BYTES)
            .which_captures(regex_automata::nfa::thompson::WhichCaptures::None);
        let hirs: Vec<&Hir> = patterns.iter().map(|(_, hir)| hir).collect();
        let ids = patterns.iter().map(|(pattern, _)| *pattern);
        match (patterns, Regex::builder().configure(config).build_many_from_hir(&hirs)) {
            ([], _) => {}
            (_, Ok(regex)) => self.automata.push(Automaton { regex, patterns: ids.collect() }),
            ([_], Err(_)) => self.always.extend(ids),
            (_, Err(_)) => {
                let (left, right) = patterns.split_at(patterns.len() / 2);
                self.add_automata(left);
                self.add_automata(right);
            }
        }
    }

    /// Calls for each pattern that could match the value, perhaps more than once, and for every one that does.
    pub(crate) fn candidates(&self, value: &str, mut found: impl FnMut(PatternId)) {
        self.always.iter().copied().for_each(&mut found);
        if let Some(literals) = &self.literals {
            for hit in literals.find_overlapping_iter(value) {
                let Some(owner) = self.owners.get(hit.pattern().as_usize()) else { continue };
                let stands = match owner.place {
                    Place::Start => hit.start() == 0,
                    Place::End => hit.end() == value.len(),
                    Place::Anywhere => true,
                };
                if stands {
                    found(owner.pattern);
                }
            }
        }
        for automaton in &self.automata {
            let mut set = PatternSet::new(automaton.regex.pattern_len());
            automaton.regex.which_overlapping_matches(&Input::new(value), &mut set);
            for index in set.iter() {
                if let Some(pattern) = automaton.patterns.get(index.as_usize()) {
                    found(*pattern);
                }
            }
        }
    }
}

/// The literals that tell most about a pattern: those whose shortest is longest.
fn best_literals(hir: &Hir) -> Option<(Place, Vec<Vec<u8>>)> {
    let ends = [(Place::Start, ExtractKind::Prefix), (Place::End, ExtractKind::Suffix)].map(|(place, kind)| {
        let mut extractor = Extractor::new();
        extractor.kind(kind);
        (place, extractor.extract(hir))
    });
    let inner = (Place::Anywhere, Seq::from_iter(inner_literal(hir)));
    ends.into_iter()
        .chain([inner])
        .filter_map(|(place, mut literals)| {
            literals.dedup();
            let shortest = literals.min_literal_len()?;
            let literals = literals.literals()?;
            let usable = shortest > 0 && !literals.is_empty() && literals.len() <= MAX_LITERALS;
            usable.then(|| (shortest, place, literals.iter().map(|literal| literal.as_bytes().to_vec()).collect()))
        })
        // Of equally long ones the first: a fixed place tells more than none.
        .reduce(|best, next: (usize, Place, Vec<Vec<u8>>)| if next.0 > best.0 { next } else { best })
        .map(|(_, place, literals)| (place, literals))
}

/// The longest literal among the parts that every match must have, one after the other.
fn inner_literal(hir: &Hir) -> Option<Literal> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(Literal::inexact(literal.0.to_vec())),
        HirKind::Capture(capture) => inner_literal(&capture.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(inner_literal).max_by_key(Literal::len),
        HirKind::Repetition(repetition) if repetition.min > 0 => inner_literal(&repetition.sub),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::pattern::{Parsed, PatternError};
    use crate::text::CasePolicy;

    fn candidates(patterns: &[&str], value: &str) -> Vec<PatternId> {
        let parsed: Vec<Parsed> =
            patterns.iter().filter_map(|pattern| Parsed::regex(pattern, CasePolicy::Sensitive).ok()).collect();
        let selection = Selection::new(parsed.iter().map(|parsed| (&parsed.hir, parsed.anchored())));
        let mut found = Vec::new();
        selection.candidates(value, |pattern| found.push(pattern));
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn candidates_are_those_whose_literal_stands_where_it_must() {
        let patterns = ["team-[a-z]+", ".*-admins", ".*inner.*", "[a-z]+", "[0-9]+", "(?i)Ops-.*"];
        assert_eq!(candidates(&patterns, "team-red"), [0]);
        assert!(candidates(&patterns, "x-team-red").is_empty());
        assert_eq!(candidates(&patterns, "x-admins"), [1]);
        assert_eq!(candidates(&patterns, "an inner thing"), [2]);
        assert_eq!(candidates(&patterns, "abc"), [3]);
        assert_eq!(candidates(&patterns, "oPs-1"), [5]);
    }

    #[test]
    fn every_pattern_that_matches_is_a_candidate() -> Result<(), PatternError> {
        let patterns = ["", ".*", "a*", "a?b", "(x|yy)+z", "[^a]", "a{2,3}", "ab|cd|.", "é+", "^a$", "(?:)"];
        let values = ["", "a", "aa", "aaa", "b", "ab", "cd", "xyyz", "z", "é", "éé"];
        for (id, pattern) in (0..).zip(patterns) {
            let compiled = Parsed::regex(pattern, CasePolicy::Sensitive)?.compile()?;
            for value in values {
                if compiled.is_match(value) {
                    assert!(candidates(&patterns, value).contains(&id), "{pattern} matches {value}");
                }
            }
        }
        Ok(())
    }
}
