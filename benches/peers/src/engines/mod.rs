//! The engines, one a file, and what they have in common.

mod casbin;
mod cedar;
mod cel;
pub(crate) mod floor;
pub(crate) mod groupmap;
mod hashed;
mod jmespath;
mod plain;
mod regorus;
mod sets;
mod token;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::world::{Shape, World};

/// Something that turns a person's groups into what is to change.
pub(crate) trait Peer {
    /// Does it once: from the groups to a sorted diff with its evidence, kept for [`Peer::answer`]. This is what is
    /// timed. Rules are compiled and the login is in the engine's own form before.
    fn run(&mut self);

    /// What the last run found, in a form that can be compared; none for a row that is no mapping.
    fn answer(&self) -> Option<Answer>;
}

/// A diff, all in order, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) add: Vec<String>,
    pub(crate) remove: Vec<String>,
    pub(crate) keep: Vec<String>,
    /// For each target that is desired its rules, each with the first group that met it; none where an engine cannot
    /// say.
    pub(crate) reasons: Option<Reasons>,
}

/// Target, rule, group.
pub(crate) type Reasons = BTreeMap<String, BTreeMap<String, String>>;

/// Notes that a group met a rule; of several groups the first in byte order stays.
fn note(reasons: &mut Reasons, target: &str, rule: &str, group: &str) {
    let met = reasons.entry(target.to_owned()).or_default().entry(rule.to_owned()).or_insert_with(|| group.to_owned());
    if group < met.as_str() {
        group.clone_into(met);
    }
}

/// Which worlds an engine takes part in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    Every,
    /// The one without regexes.
    ExactOnly,
    /// The typical one: rows that are measured beside the engines.
    TypicalOnly,
}

/// One row of the report.
pub(crate) struct Entrant {
    pub(crate) name: &'static str,
    scope: Scope,
    pub(crate) prepare: Prepare,
}

type Prepare = fn(&Rc<World>) -> Box<dyn Peer>;

impl Entrant {
    const fn new(name: &'static str, scope: Scope, prepare: Prepare) -> Self {
        Self { name, scope, prepare }
    }

    pub(crate) fn takes_part(&self, shape: Shape) -> bool {
        match self.scope {
            Scope::Every => true,
            Scope::ExactOnly => shape == Shape::ExactOnly,
            Scope::TypicalOnly => shape == Shape::Typical,
        }
    }
}

pub(crate) const FLOOR: &str = "floor";
pub(crate) const PLAIN: &str = "plain loop";
pub(crate) const CASBIN: &str = "casbin";
pub(crate) const CEDAR: &str = "cedar, one request";
pub(crate) const REGORUS: &str = "regorus, each rule with each group";
pub(crate) const GROUPMAP: &str = "groupmap";
pub(crate) const WARM_MEMO: &str = "groupmap, warm memo";
pub(crate) const TOKEN_TO_PLAN: &str = "groupmap, from the token's bytes";
pub(crate) const BORROWING_PARSE: &str = "(a borrowing parse of the token)";

/// All rows. The plain loop is what the others are compared with.
pub(crate) const ROSTER: [Entrant; 18] = {
    use Scope::{Every, ExactOnly, TypicalOnly};
    [
        Entrant::new(FLOOR, Every, |world| Box::new(floor::Floor::prepare(world))),
        Entrant::new("floor, from held names", Every, |world| Box::new(floor::FromNames::prepare(world))),
        Entrant::new(GROUPMAP, Every, |world| Box::new(groupmap::Groupmap::prepare(world))),
        Entrant::new(WARM_MEMO, Every, |world| Box::new(groupmap::Groupmap::with_memo(world))),
        Entrant::new("groupmap, written down", Every, |world| Box::new(groupmap::Written::prepare(world))),
        Entrant::new(TOKEN_TO_PLAN, TypicalOnly, |world| Box::new(groupmap::FromToken::prepare(world))),
        Entrant::new(BORROWING_PARSE, TypicalOnly, |world| Box::new(token::BorrowingParse::prepare(world))),
        Entrant::new("HashMap + RegexSet + BTreeMap", Every, |world| Box::new(hashed::Hashed::prepare(world))),
        Entrant::new(PLAIN, Every, |world| Box::new(plain::Plain::prepare(world))),
        Entrant::new("plain loop, group by group", Every, |world| Box::new(plain::GroupByGroup::prepare(world))),
        Entrant::new("regorus, rules keyed by group", ExactOnly, |world| Box::new(regorus::Regorus::keyed(world))),
        Entrant::new("regorus, each rule in a set", ExactOnly, |world| Box::new(regorus::Regorus::listed(world))),
        Entrant::new(REGORUS, ExactOnly, |world| Box::new(regorus::Regorus::crossed(world))),
        Entrant::new("cel, groups as a map", ExactOnly, |world| Box::new(cel::Cel::with_a_map(world))),
        Entrant::new("cel, groups as a list", ExactOnly, |world| Box::new(cel::Cel::with_a_list(world))),
        Entrant::new(CASBIN, ExactOnly, |world| Box::new(casbin::Casbin::prepare(world))),
        Entrant::new("jmespath", ExactOnly, |world| Box::new(jmespath::Jmespath::prepare(world))),
        Entrant::new(CEDAR, ExactOnly, |world| Box::new(cedar::Cedar::prepare(world))),
    ]
};
