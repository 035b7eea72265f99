//! What a host writes that has heard of hash maps and regex sets.

use std::collections::HashMap;
use std::rc::Rc;

use regex::{RegexSet, RegexSetBuilder};

use super::sets::Sets;
use super::{Answer, Peer};
use crate::world::{Condition, World};

/// The standard hash map from a group to its rules, one `RegexSet` for all patterns, and the diff of ordered sets.
///
/// It can do all of the work. The set's limits are raised: at its default ones it refuses a few hundred patterns, or
/// throws its states away as fast as it makes them.
pub(super) struct Hashed {
    world: Rc<World>,
    exact: HashMap<String, Vec<usize>>,
    patterns: RegexSet,
    /// The rule of each pattern.
    rules: Vec<usize>,
    sets: Sets,
}

impl Hashed {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        let mut exact: HashMap<String, Vec<usize>> = HashMap::new();
        let mut patterns = Vec::new();
        let mut rules = Vec::new();
        for (place, rule) in world.rules.iter().enumerate() {
            match &rule.condition {
                Condition::Name(text) | Condition::Id(text) => exact.entry(text.clone()).or_default().push(place),
                Condition::Regex(pattern) => {
                    patterns.push(format!("^(?s:{pattern})$"));
                    rules.push(place);
                }
            }
        }
        let patterns = RegexSetBuilder::new(patterns).size_limit(2 << 30).dfa_size_limit(256 << 20).build();
        Self {
            exact,
            patterns: patterns.expect("the world's patterns are regexes"),
            rules,
            sets: Sets::new(world),
            world: Rc::clone(world),
        }
    }
}

impl Peer for Hashed {
    fn run(&mut self) {
        self.sets.clear();
        for (place, group) in self.world.groups.iter().enumerate() {
            let exact = self.exact.get(group).into_iter().flatten();
            let matched = self.patterns.matches(group);
            let matched = matched.iter().map(|pattern| &self.rules[pattern]);
            for rule in exact.chain(matched) {
                self.sets.want(&self.world.rules[*rule].target, *rule, Some(place));
            }
        }
        self.sets.compare();
    }

    fn answer(&self) -> Option<Answer> {
        Some(self.sets.answer(&self.world))
    }
}
