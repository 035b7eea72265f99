//! Inclusion of patterns, held against every short text.

#![expect(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "numbers of a test, all small")]

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::formula::Formula;
use super::solver::{Answer, Solver, Want};
use crate::config::{Condition, Provider, Source};
use crate::identity::{GroupKind, Reading};

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn pattern(&mut self, depth: u32) -> String {
        if depth == 0 {
            return ["a", "b", ".", "[ab]", "[^a]", "c"].get(self.below(6) as usize).map_or("a", |one| one).to_string();
        }
        let inner = self.pattern(depth.saturating_sub(1));
        match self.below(7) {
            0 => format!("(?:{inner})*"),
            1 => format!("(?:{inner})?"),
            2 => format!("(?:{inner}){{1,2}}"),
            3 => format!("(?:{inner}|{})", self.pattern(depth.saturating_sub(1))),
            _ => format!("{inner}{}", self.pattern(depth.saturating_sub(1))),
        }
    }
}

/// All texts of up to five letters.
fn texts() -> Vec<String> {
    let mut texts = Vec::from([String::new()]);
    let mut last = texts.clone();
    for _ in 0..5 {
        last = last.iter().flat_map(|text| ['a', 'b', 'c'].map(|letter| format!("{text}{letter}"))).collect();
        texts.extend(last.iter().cloned());
    }
    texts.retain(|text| !text.is_empty());
    texts
}

#[test]
fn inclusion_and_intersection_agree_with_every_short_text() {
    let mut numbers = Numbers(7);
    let texts = texts();
    let reading = Reading::of(&Source::new("s", Provider::Okta));
    let mut solver = Solver::new(&reading, &[GroupKind::Name]);
    let patterns: Vec<_> = (0..104)
        .filter_map(|at| {
            let pattern = numbers.pattern(at % 4);
            let regex = regex::Regex::new(&format!(r"\A(?s:{pattern})\z")).ok()?;
            let met: Vec<bool> = texts.iter().map(|text| regex.is_match(text)).collect();
            Some((Formula::of(&Condition::regex(pattern), &mut solver.atoms), regex, met))
        })
        .collect();
    let (mut pairs, mut within, mut apart) = (0, 0, 0);
    for (inner, one, inner_met) in &patterns {
        for (outer, other, outer_met) in &patterns {
            pairs += 1;
            let by_hand = inner_met.iter().zip(outer_met).any(|(inner, outer)| *inner && !*outer);
            match solver.is_within(inner, outer) {
                Answer::Nobody => {
                    within += 1;
                    assert!(!by_hand, "{one} is not within {other}");
                }
                Answer::Person(person) => {
                    assert_eq!(person.groups.len(), 1);
                    for (_, text) in person.groups {
                        assert!(one.is_match(&text) && !other.is_match(&text), "{text}: {one} {other}");
                    }
                }
                Answer::Undecided => unreachable_for(one, other),
            }
            // Both at once is a question of two groups; one group that meets both is none that meets neither.
            let both = inner_met.iter().zip(outer_met).any(|(inner, outer)| *inner && *outer);
            let goals = [(inner.clone(), Want::True), (outer.clone(), Want::NotTrue)];
            if solver.ask(goals.into()) == Answer::Nobody && inner_met.contains(&true) {
                apart += 1;
                assert!(both, "{one} {other}");
            }
        }
    }
    assert!(pairs > 10_000 && within > 300 && apart > 300, "{pairs} {within} {apart}");
}

fn unreachable_for(one: &regex::Regex, other: &regex::Regex) {
    assert!(one.as_str().len() > 10_000, "not decided: {one} {other}");
}
