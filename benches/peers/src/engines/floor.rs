//! The least that any engine must do: one hash look-up a group, the evidence, a sort, a merge.

use std::rc::Rc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use regex::Regex;

use super::{Answer, Peer, Reasons, note};
use crate::world::{Condition, World};

/// That a target is granted by a rule that a group met, all by their places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Met {
    target: u32,
    rule: u32,
    group: u32,
}

/// The floor. Targets are numbers in name order, what is held is such numbers already, and all buffers are used again:
/// a run allocates nothing.
///
/// It cannot match patterns. The groups that meet a regex are exact entries of its table instead, found once before
/// anything is timed, so that its answer is the others' answer; no engine that has to match them can be as fast.
pub(crate) struct Floor {
    world: Rc<World>,
    /// A stretch of `grants` for each group that a rule names.
    index: HashMap<String, (u32, u32), FixedState>,
    /// Rule and target.
    grants: Vec<(u32, u32)>,
    held: Vec<u32>,
    met: Vec<Met>,
    add: Vec<u32>,
    remove: Vec<u32>,
    keep: Vec<u32>,
}

fn place(index: usize) -> u32 {
    u32::try_from(index).expect("worlds are small")
}

fn number(world: &World, target: &String) -> u32 {
    place(world.catalog.binary_search(target).expect("the catalog lists every target"))
}

impl Floor {
    pub(crate) fn prepare(world: &Rc<World>) -> Self {
        let mut pairs: Vec<(&str, u32, u32)> = Vec::new();
        for (index, rule) in world.rules.iter().enumerate() {
            let grant = (place(index), number(world, &rule.target));
            match &rule.condition {
                Condition::Name(text) | Condition::Id(text) => pairs.push((text, grant.0, grant.1)),
                Condition::Regex(pattern) => {
                    let pattern = Regex::new(&format!("^(?s:{pattern})$")).expect("the world's patterns are regexes");
                    let meeting = world.groups.iter().filter(|group| pattern.is_match(group));
                    pairs.extend(meeting.map(|group| (group.as_str(), grant.0, grant.1)));
                }
            }
        }
        pairs.sort_unstable();
        let mut index = HashMap::with_hasher(FixedState::default());
        let mut grants = Vec::new();
        for alike in pairs.chunk_by(|one, other| one.0 == other.0) {
            let start = place(grants.len());
            grants.extend(alike.iter().map(|(_, rule, target)| (*rule, *target)));
            index.insert(alike[0].0.to_owned(), (start, place(grants.len())));
        }
        Self {
            index,
            grants,
            held: world.held.iter().map(|held| number(world, held)).collect(),
            met: Vec::with_capacity(1_024),
            add: Vec::with_capacity(1_024),
            remove: Vec::with_capacity(1_024),
            keep: Vec::with_capacity(1_024),
            world: Rc::clone(world),
        }
    }

    /// The places of targets in the catalog.
    pub(crate) fn numbers(&self, targets: &[String]) -> Vec<u32> {
        targets.iter().map(|target| number(&self.world, target)).collect()
    }

    /// The difference for a person with these groups who holds these targets.
    pub(crate) fn diff(&mut self, groups: &[String], held: &[u32]) -> [usize; 3] {
        self.met.clear();
        for (group, name) in (0..).zip(groups) {
            if let Some((start, end)) = self.index.get(name.as_str()) {
                let grants = &self.grants[*start as usize..*end as usize];
                self.met.extend(grants.iter().map(|(rule, target)| Met { target: *target, rule: *rule, group }));
            }
        }
        self.met.sort_unstable();
        self.add.clear();
        self.remove.clear();
        self.keep.clear();
        let mut held = held.iter().copied().peekable();
        let mut previous = None;
        for Met { target, .. } in &self.met {
            if previous.replace(*target) == Some(*target) {
                continue;
            }
            while let Some(gone) = held.next_if(|held| held < target) {
                self.remove.push(gone);
            }
            let list = if held.next_if_eq(target).is_some() { &mut self.keep } else { &mut self.add };
            list.push(*target);
        }
        self.remove.extend(held);
        [self.add.len(), self.remove.len(), self.keep.len()]
    }
}

impl Peer for Floor {
    fn run(&mut self) {
        let world = Rc::clone(&self.world);
        let held = std::mem::take(&mut self.held);
        self.diff(&world.groups, &held);
        self.held = held;
    }

    fn answer(&self) -> Option<Answer> {
        let named = |list: &[u32]| list.iter().map(|target| self.world.catalog[*target as usize].clone()).collect();
        let mut reasons = Reasons::new();
        for met in &self.met {
            let target = &self.world.catalog[met.target as usize];
            let rule = &self.world.rules[met.rule as usize].id;
            note(&mut reasons, target, rule, &self.world.groups[met.group as usize]);
        }
        Some(Answer {
            add: named(&self.add),
            remove: named(&self.remove),
            keep: named(&self.keep),
            reasons: Some(reasons),
        })
    }
}

/// The floor for a host that knows what is held by name: those are looked up in the timed part too.
pub(super) struct FromNames {
    floor: Floor,
    numbers: HashMap<String, u32, FixedState>,
}

impl FromNames {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        let numbers = world.catalog.iter().map(|target| (target.clone(), number(world, target))).collect();
        Self { floor: Floor::prepare(world), numbers }
    }
}

impl Peer for FromNames {
    fn run(&mut self) {
        let held = self.floor.world.held.iter().filter_map(|held| self.numbers.get(held.as_str()));
        self.floor.held.clear();
        self.floor.held.extend(held);
        self.floor.held.sort_unstable();
        self.floor.run();
    }

    fn answer(&self) -> Option<Answer> {
        self.floor.answer()
    }
}
