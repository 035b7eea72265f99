//! Many people, one after the other, in the same memory.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::allocations::counted;
use crate::engines::floor::Floor;
use crate::engines::groupmap::{Directory, preview_memory};
use crate::sampling::Effort;
use crate::world::{Shape, World};

/// How many rules there are.
const RULES: usize = 10_000;
/// How many groups there are, a tenth of which meets a rule.
const GROUPS: usize = 2_000;
/// How many of them a person has.
const GROUPS_EACH: usize = 20;
/// How many people differ; they come again and again.
const DIFFERENT: usize = 1_000;

/// A preview of many people against 10,000 rules.
pub(crate) struct Preview {
    /// People in a second, by the floor's in the same run.
    pub(crate) rate: f64,
    /// People in a second, on one thread.
    pub(crate) people: f64,
    /// How many bytes more it takes than one of 1,000 people.
    pub(crate) more_memory: f64,
}

impl Preview {
    /// Takes the floor and groupmap in turns over 1,000,000 people, or fewer where there is little time.
    pub(crate) fn measure(effort: Effort) -> Self {
        let world = Rc::new(World::new(Shape::Typical, RULES, GROUPS));
        let people: Vec<Vec<String>> = (0..DIFFERENT).map(|person| groups(&world, person)).collect();
        let directory = Directory::prepare(&world, &people);
        let mut floor = Floor::prepare(&world);
        let held: Vec<Vec<u32>> = directory.held().map(|held| floor.numbers(&held)).collect();
        let mut preview = |count: usize| {
            let mut totals = [0; 3];
            for (groups, held) in people.iter().zip(&held).cycle().take(count) {
                for (total, more) in totals.iter_mut().zip(floor.diff(groups, held)) {
                    *total += more;
                }
            }
            totals
        };
        let mut memory = preview_memory();
        let (totals, few) = counted(|| directory.preview(DIFFERENT, &mut memory));
        assert_eq!(totals, preview(DIFFERENT), "the same people get the same");
        assert!(totals.iter().all(|total| *total > 0) || totals[1] == 0, "{totals:?}");

        let turns = 10;
        let each = if effort.samples > 50 { 1_000_000 } else { 100_000 } / turns;
        let (mut theirs, mut ours, mut many) = (Duration::ZERO, Duration::ZERO, few);
        for _ in 0..turns {
            let start = Instant::now();
            let wanted = preview(each);
            theirs += start.elapsed();
            let start = Instant::now();
            let (found, more) = counted(|| directory.preview(each, &mut memory));
            ours += start.elapsed();
            assert_eq!(found, wanted);
            many.live += more.live;
        }
        Self {
            rate: theirs.as_secs_f64() / ours.as_secs_f64(),
            people: (turns * each) as f64 / ours.as_secs_f64(),
            more_memory: (many.live - few.live) as f64,
        }
    }
}

/// The groups of one person.
fn groups(world: &World, person: usize) -> Vec<String> {
    let place = |index: usize| (person * 7_919 + index * 104_729) % world.groups.len();
    (0..GROUPS_EACH).map(|index| world.groups[place(index)].clone()).collect()
}
