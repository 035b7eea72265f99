//! regorus, an interpreter of Rego: rules as data, compiled to its bytecode.

use std::rc::Rc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};
use serde_json::json;

use super::sets::{Sets, named};
use super::{Answer, Peer};
use crate::world::World;

/// Goes through all pairs: what can be done with regexes too, with `regex.match` in the last line.
const CROSSED: &str = "
package mapping
import rego.v1

met contains [rule.target, rule.place] if {
    some rule in data.rules
    some group in input.groups
    rule.group == group
}
";

/// Goes through all rules, and looks for the group of each in a set. Cannot be done with regexes.
const LISTED: &str = "
package mapping
import rego.v1

groups contains group if some group in input.groups

met contains [rule.target, rule.place] if {
    some rule in data.rules
    rule.group in groups
}
";

/// Goes through all groups, and looks for the rules of each in an object. Cannot be done with regexes.
const KEYED: &str = "
package mapping
import rego.v1

met contains [rule.target, rule.place] if {
    some group in input.groups
    some rule in data.rules[group]
}
";

const ENTRY: &str = "data.mapping.met";

/// One query that gives the rules that are met with their targets. The groups are in Rego's own form before the clock
/// starts. Timed: the query, reading its result, and the diff.
///
/// It could match regexes, one by one; measured are exact rules alone.
pub(super) struct Regorus {
    world: Rc<World>,
    machine: RegoVM,
    input: Value,
    sets: Sets,
}

impl Regorus {
    /// Rules in a list, groups in a list.
    pub(super) fn crossed(world: &Rc<World>) -> Self {
        Self::new(world, CROSSED, &list(world))
    }

    /// Rules in a list, groups in a set.
    pub(super) fn listed(world: &Rc<World>) -> Self {
        Self::new(world, LISTED, &list(world))
    }

    /// Rules in an object whose keys are the groups.
    pub(super) fn keyed(world: &Rc<World>) -> Self {
        let mut keyed = serde_json::Map::new();
        for (place, rule) in world.rules.iter().enumerate() {
            let rules = keyed.entry(named(&rule.condition)).or_insert_with(|| json!([]));
            let rules = rules.as_array_mut().expect("it was made as an array");
            rules.push(json!({ "target": rule.target, "place": place }));
        }
        Self::new(world, KEYED, &keyed.into())
    }

    fn new(world: &Rc<World>, policy: &str, rules: &serde_json::Value) -> Self {
        let mut engine = Engine::new();
        engine.add_policy("mapping.rego".to_owned(), policy.to_owned()).expect("the policy is well formed");
        let compiled = engine.compile_with_entrypoint(&ENTRY.into()).expect("the policy compiles");
        let program = Compiler::compile_from_policy(&compiled, &[ENTRY]).expect("the policy compiles to bytecode");
        let mut machine = RegoVM::new();
        machine.load_program(program);
        machine.set_max_instructions(usize::MAX);
        machine.set_data(json!({ "rules": rules }).into()).expect("data and rules have different names");
        let input = json!({ "groups": world.groups }).into();
        Self { machine, input, sets: Sets::new(world), world: Rc::clone(world) }
    }
}

fn list(world: &World) -> serde_json::Value {
    let rules = world.rules.iter().enumerate();
    rules
        .map(|(place, rule)| json!({ "group": named(&rule.condition), "target": rule.target, "place": place }))
        .collect()
}

impl Peer for Regorus {
    fn run(&mut self) {
        self.sets.clear();
        self.machine.set_input(self.input.clone());
        let met = self.machine.execute_entry_point_by_name(ENTRY).expect("the query runs");
        for pair in met.as_set().expect("`met` is a set") {
            let pair = pair.as_array().expect("each is a pair");
            let target = pair[0].as_string().expect("of the target");
            let rule = pair[1].as_u64().expect("and the rule's place");
            self.sets.want(target, usize::try_from(rule).expect("worlds are small"), None);
        }
        self.sets.compare();
    }

    fn answer(&self) -> Option<Answer> {
        Some(self.sets.answer(&self.world))
    }
}
