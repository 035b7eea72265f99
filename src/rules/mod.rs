//! Rules as the engine holds them, and what they say of one person.
//!
//! Conditions on groups are *leaves*, each held once however many rules use it. A login looks its groups up in an
//! index that names the leaves they meet; only the rules with such a leaf, and those whose answer does not rest on
//! groups alone, are judged. Every other rule is false on complete evidence and unknown otherwise.

mod condition;
mod index;
mod judgement;
pub(crate) mod pattern;
mod selection;
mod template;
mod truth;

use alloc::boxed::Box;
use alloc::vec::Vec;

pub(crate) use self::condition::{AttributeLeaf, AttributeTests, Node};
pub(crate) use self::index::{Index, Leaf};
pub(crate) use self::judgement::{Judgement, Supporter};
pub(crate) use self::template::{Piece, Template};
pub(crate) use self::truth::Truth;
use crate::catalog::TargetId;

/// The place of a rule among the enabled rules, which are in the order of their ids.
pub(crate) type RuleId = u32;

/// The place of a leaf in the index.
pub(crate) type LeafId = u32;

/// The enabled rules of a config.
#[derive(Debug)]
pub(crate) struct RuleSet {
    /// INVARIANT: by id.
    pub(crate) rules: Vec<Rule>,
    pub(crate) index: Index,
    /// For each leaf, the rules that have it.
    pub(crate) rules_of_leaf: Vec<Vec<RuleId>>,
    /// The rules that must be judged at every login.
    pub(crate) always: Vec<RuleId>,
    /// For each target of the catalog, the rules that name it.
    pub(crate) naming: Vec<Naming>,
    /// The rules whose targets are filled from captured text.
    pub(crate) templated: Vec<RuleId>,
    /// The rules that deny organizations as a whole, with or without placeholders.
    pub(crate) denying_organizations: Vec<RuleId>,
}

/// One enabled rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Box<str>,
    pub(crate) when: Node,
    pub(crate) effect: Effect,
    pub(crate) priority: i64,
    /// How specific its best leaf under no `not` is: 0 to 3.
    pub(crate) specificity: u8,
}

/// What a rule grants or denies.
#[derive(Debug)]
pub(crate) struct Effect {
    pub(crate) denies: bool,
    /// Targets of the catalog, in order; a denied organization stands for every target in it.
    pub(crate) targets: Vec<TargetId>,
    /// Organizations denied as a whole, by name.
    pub(crate) organizations: Vec<Box<str>>,
    pub(crate) templates: Vec<Template>,
}

/// The rules that name a target without a placeholder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naming {
    pub(crate) grants: Vec<RuleId>,
    pub(crate) denies: Vec<RuleId>,
}

impl RuleSet {
    pub(crate) fn rule(&self, id: RuleId) -> &Rule {
        #[expect(clippy::indexing_slicing, reason = "ids are handed out by this rule set alone")]
        &self.rules[id as usize]
    }

    pub(crate) fn naming(&self, target: TargetId) -> &Naming {
        #[expect(clippy::indexing_slicing, reason = "one entry for each target of the catalog")]
        &self.naming[target as usize]
    }
}
