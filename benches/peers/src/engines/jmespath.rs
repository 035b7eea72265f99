//! `JMESPath`, by one compiled expression a rule.

use std::rc::Rc;

use jmespath::{Context, DEFAULT_RUNTIME, Expression, Rcvar, ToJmespath, interpret};
use serde_json::json;

use super::sets::{Sets, named};
use super::{Answer, Peer};
use crate::world::World;

/// Each rule is `contains(groups, 'x')`. The groups are in the engine's own form before the clock starts, which takes
/// its `interpret`: its `search` would convert them again for every rule. Timed: all expressions, and the diff.
///
/// It cannot match regexes.
pub(super) struct Jmespath {
    world: Rc<World>,
    expressions: Vec<Expression<'static>>,
    claims: Rcvar,
    sets: Sets,
}

impl Jmespath {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        let expressions = world.rules.iter().map(|rule| {
            let text = format!("contains(groups, '{}')", named(&rule.condition));
            jmespath::compile(&text).expect("the expression is well formed")
        });
        Self {
            expressions: expressions.collect(),
            claims: json!({ "groups": world.groups }).to_jmespath().expect("groups are JSON"),
            sets: Sets::new(world),
            world: Rc::clone(world),
        }
    }
}

impl Peer for Jmespath {
    fn run(&mut self) {
        self.sets.clear();
        for (place, (rule, expression)) in self.world.rules.iter().zip(&self.expressions).enumerate() {
            let mut context = Context::new(expression.as_str(), &DEFAULT_RUNTIME);
            let met = interpret(&self.claims, expression.as_ast(), &mut context).expect("the expression runs");
            if met.as_boolean() == Some(true) {
                self.sets.want(&rule.target, place, None);
            }
        }
        self.sets.compare();
    }

    fn answer(&self) -> Option<Answer> {
        Some(self.sets.answer(&self.world))
    }
}
