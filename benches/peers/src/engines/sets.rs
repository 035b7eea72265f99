//! The diff as a host writes it by hand, with ordered sets of strings; the engines that yield no diff share it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Reasons, note};
use crate::world::{Condition, World};

/// A rule that is met, by its place, with the place of the group; none where an engine only says that the rule holds.
type Met = (usize, Option<usize>);

/// What is desired and held, and what is to change.
#[derive(Default)]
pub(super) struct Sets {
    held: BTreeSet<String>,
    desired: BTreeMap<String, Vec<Met>>,
    add: Vec<String>,
    remove: Vec<String>,
    keep: Vec<String>,
}

impl Sets {
    pub(super) fn new(world: &World) -> Self {
        Self { held: world.held.iter().cloned().collect(), ..Self::default() }
    }

    pub(super) fn clear(&mut self) {
        self.desired.clear();
        self.add.clear();
        self.remove.clear();
        self.keep.clear();
    }

    pub(super) fn want(&mut self, target: &str, rule: usize, group: Option<usize>) {
        self.targeted(target).push((rule, group));
    }

    /// Where it is not known which rule wants it.
    pub(super) fn want_somehow(&mut self, target: &str) {
        self.targeted(target);
    }

    fn targeted(&mut self, target: &str) -> &mut Vec<Met> {
        if !self.desired.contains_key(target) {
            self.desired.insert(target.to_owned(), Vec::new());
        }
        self.desired.entry(target.to_owned()).or_default()
    }

    pub(super) fn compare(&mut self) {
        for target in self.desired.keys() {
            let list = if self.held.contains(target) { &mut self.keep } else { &mut self.add };
            list.push(target.clone());
        }
        self.remove.extend(self.held.iter().filter(|target| !self.desired.contains_key(*target)).cloned());
    }

    /// The diff with its evidence.
    pub(super) fn answer(&self, world: &World) -> Answer {
        let mut reasons = Reasons::new();
        for (target, met) in &self.desired {
            for (rule, group) in met {
                let rule = &world.rules[*rule];
                let group = group.map_or_else(|| named(&rule.condition), |place| &world.groups[place]);
                note(&mut reasons, target, &rule.id, group);
            }
        }
        Answer { reasons: Some(reasons), ..self.bare_answer() }
    }

    /// The diff alone.
    pub(super) fn bare_answer(&self) -> Answer {
        Answer { add: self.add.clone(), remove: self.remove.clone(), keep: self.keep.clone(), reasons: None }
    }
}

/// The group that an exact rule names.
pub(super) fn named(condition: &Condition) -> &str {
    match condition {
        Condition::Name(text) | Condition::Id(text) => text,
        Condition::Regex(_) => panic!("a regex names no group: such worlds are for engines that match patterns"),
    }
}
