//! Rules as the engine holds them, and what they say of one person.
//!
//! A login looks its groups up in an [index](crate::matching) that names the leaves of conditions they meet; only the
//! rules with such a leaf, and those that are true of people who meet none, are judged. Every other rule is false on
//! complete evidence; otherwise it is judged when somebody asks.

mod condition;
mod findings;
mod judgement;
mod said;
mod shapes;
mod template;
mod truth;

use alloc::boxed::Box;
use alloc::vec::Vec;

pub(crate) use self::condition::{Facts, Node, Part};
pub(crate) use self::findings::{Findings, Supporter};
pub(crate) use self::judgement::Judgement;
pub(crate) use self::said::Said;
pub(crate) use self::shapes::{ShapeId, Shapes, Weight};
pub(crate) use self::template::{Piece, Template, fits};
pub(crate) use self::truth::Truth;
use crate::catalog::{OrganizationId, TargetId};
use crate::matching::Index;

/// The place of a rule among the enabled rules, which are in the order of their ids.
pub(crate) type RuleId = u32;

/// The enabled rules of a config.
#[derive(Debug)]
pub(crate) struct RuleSet {
    /// INVARIANT: by id.
    pub(crate) rules: Vec<Rule>,
    pub(crate) index: Index,
    /// For each leaf, the rules that have it.
    pub(crate) rules_of_leaf: Lists,
    /// For each attribute, the rules that ask for it.
    pub(crate) rules_of_attribute: Lists,
    /// The rules that must be judged at every login.
    pub(crate) always: Vec<RuleId>,
    /// For each target of the catalog, the rules that grant it by name.
    pub(crate) grants_of: Lists,
    /// The same for those that deny it.
    pub(crate) denies_of: Lists,
    /// The rules whose targets are filled from captured text.
    pub(crate) templated: Vec<RuleId>,
    /// The rules that deny organizations as a whole, with or without placeholders.
    pub(crate) denying_organizations: Vec<RuleId>,
    /// For each organization of the catalog, the rules that deny it as a whole by name.
    pub(crate) denies_of_organization: Lists,
    pub(crate) shapes: Shapes,
}

/// One enabled rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Its place in the config.
    pub(crate) place: u32,
    pub(crate) when: Node,
    pub(crate) effect: Effect,
    pub(crate) priority: i64,
    /// How specific its best leaf under no `not` is: 0 to 3.
    pub(crate) specificity: u8,
}

impl Rule {
    /// Whether its condition is one on groups and nothing more.
    pub(crate) fn is_one_leaf(&self) -> bool {
        matches!(self.when, Node::Leaf(_))
    }

    pub(crate) fn weight(&self, by: Weight) -> i64 {
        match by {
            Weight::Priority => self.priority,
            Weight::Specificity => i64::from(self.specificity),
        }
    }
}

/// What a rule grants or denies.
#[derive(Debug)]
pub(crate) struct Effect {
    pub(crate) denies: bool,
    /// Targets of the catalog, in order; a denied organization stands for every target in it.
    pub(crate) targets: Box<[TargetId]>,
    /// Organizations denied as a whole.
    pub(crate) organizations: Box<[OrganizationId]>,
    pub(crate) templates: Box<[Template]>,
}

/// A list of numbers for each number from 0 on, all side by side.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// So many lists of what these pairs put into them, each in order and once.
    pub(crate) fn new(lists: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut left = pairs.iter().peekable();
        let mut made = Self { ends: Vec::with_capacity(lists), items: Vec::with_capacity(pairs.len()) };
        for list in (0..).take(lists) {
            while let Some((_, item)) = left.next_if(|(of, _)| *of == list) {
                made.items.push(*item);
            }
            made.ends.push(u32::try_from(made.items.len()).unwrap_or(u32::MAX));
        }
        made
    }

    /// How many lists there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// One of the lists.
    pub(crate) fn of(&self, list: u32) -> &[u32] {
        let before = (list as usize).checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(list as usize).copied().unwrap_or(before);
        self.items.get(before as usize..end as usize).unwrap_or_default()
    }
}

impl RuleSet {
    pub(crate) fn rule(&self, id: RuleId) -> &Rule {
        #[expect(clippy::indexing_slicing, reason = "ids are handed out by this rule set alone")]
        &self.rules[id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::Lists;

    #[test]
    fn lists_side_by_side() {
        let lists = Lists::new(4, [(2, 9), (0, 5), (2, 7), (2, 9)].into());
        assert_eq!([0, 1, 2, 3, 4].map(|list| lists.of(list).to_vec()), [&[5][..], &[], &[7, 9], &[], &[]]);
    }
}
