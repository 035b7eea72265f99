//! The plain loop that a host writes by hand.

use std::rc::Rc;

use regex::Regex;

use super::sets::Sets;
use super::{Answer, Peer};
use crate::world::{Condition, World};

/// For each rule, for each group: equal, or matched by the rule's own regex; then the diff of ordered sets.
///
/// It can do all of the work, and keeps one compiled regex a rule in memory. What it finds is what the others are
/// compared with. Rule by rule is the faster order: each regex stays in the caches for all groups.
pub(super) struct Plain {
    world: Rc<World>,
    conditions: Vec<Compiled>,
    sets: Sets,
}

enum Compiled {
    Equals(String),
    Matches(Regex),
}

impl Compiled {
    fn is_met(&self, group: &str) -> bool {
        match self {
            Self::Equals(text) => text == group,
            Self::Matches(pattern) => pattern.is_match(group),
        }
    }
}

impl Plain {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        let compiled = world.rules.iter().map(|rule| match &rule.condition {
            Condition::Name(text) | Condition::Id(text) => Compiled::Equals(text.clone()),
            Condition::Regex(pattern) => {
                let anchored = format!("^(?s:{pattern})$");
                Compiled::Matches(Regex::new(&anchored).expect("the world's patterns are regexes"))
            }
        });
        Self { conditions: compiled.collect(), sets: Sets::new(world), world: Rc::clone(world) }
    }
}

impl Peer for Plain {
    fn run(&mut self) {
        self.sets.clear();
        for (place, (rule, condition)) in self.world.rules.iter().zip(&self.conditions).enumerate() {
            for (group, name) in self.world.groups.iter().enumerate() {
                if condition.is_met(name) {
                    self.sets.want(&rule.target, place, Some(group));
                }
            }
        }
        self.sets.compare();
    }

    fn answer(&self) -> Option<Answer> {
        Some(self.sets.answer(&self.world))
    }
}

/// The same loops the other way round: for each group, for each rule.
pub(super) struct GroupByGroup(Plain);

impl GroupByGroup {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        Self(Plain::prepare(world))
    }
}

impl Peer for GroupByGroup {
    fn run(&mut self) {
        let Plain { world, conditions, sets } = &mut self.0;
        sets.clear();
        for (group, name) in world.groups.iter().enumerate() {
            for (place, (rule, condition)) in world.rules.iter().zip(&*conditions).enumerate() {
                if condition.is_met(name) {
                    sets.want(&rule.target, place, Some(group));
                }
            }
        }
        sets.compare();
    }

    fn answer(&self) -> Option<Answer> {
        self.0.answer()
    }
}
