//! CEL, by one compiled expression a rule.

use std::collections::HashMap;
use std::rc::Rc;

use cel::{Context, Program, Value};

use super::sets::{Sets, named};
use super::{Answer, Peer};
use crate::world::World;

/// Each rule is `'x' in groups`. The groups are in CEL's own form before the clock starts. Timed: all expressions, and
/// the diff.
///
/// It could match regexes, one by one; measured are exact rules alone.
pub(super) struct Cel {
    world: Rc<World>,
    programs: Vec<Program>,
    context: Context<'static, 'static>,
    sets: Sets,
}

impl Cel {
    /// With the groups as the list that a claim is.
    pub(super) fn with_a_list(world: &Rc<World>) -> Self {
        Self::new(world, world.groups.clone().into())
    }

    /// With the groups as keys of a map, in which `in` need not search.
    pub(super) fn with_a_map(world: &Rc<World>) -> Self {
        let groups: HashMap<String, bool> = world.groups.iter().map(|group| (group.clone(), true)).collect();
        Self::new(world, groups.into())
    }

    fn new(world: &Rc<World>, groups: Value) -> Self {
        let programs = world.rules.iter().map(|rule| {
            let text = format!("'{}' in groups", named(&rule.condition));
            Program::compile(&text).expect("the expression is well formed")
        });
        let mut context = Context::default();
        context.add_variable_from_value("groups", groups);
        Self { programs: programs.collect(), context, sets: Sets::new(world), world: Rc::clone(world) }
    }
}

impl Peer for Cel {
    fn run(&mut self) {
        self.sets.clear();
        for (place, (rule, program)) in self.world.rules.iter().zip(&self.programs).enumerate() {
            if program.execute(&self.context) == Ok(Value::Bool(true)) {
                self.sets.want(&rule.target, place, None);
            }
        }
        self.sets.compare();
    }

    fn answer(&self) -> Option<Answer> {
        Some(self.sets.answer(&self.world))
    }
}
