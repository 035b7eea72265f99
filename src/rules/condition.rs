//! Conditions as the engine holds them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::pattern::Pattern;
use super::{LeafId, Truth};
use crate::claims::{Shape, View};
use crate::config::{AbsentAttribute, Scalar, Selector};
use crate::identity::{Attribute, Attributes, Reading};

/// A compiled condition.
#[derive(Debug)]
pub(crate) enum Node {
    /// A condition on groups, held in the index.
    Leaf(LeafId),
    /// A condition on another claim.
    Attribute(Box<AttributeLeaf>),
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Everyone,
}

/// A test of a claim other than the groups.
#[derive(Debug)]
pub(crate) struct AttributeLeaf {
    pub(crate) name: Selector,
    pub(crate) tests: AttributeTests,
}

#[derive(Debug)]
pub(crate) enum AttributeTests {
    OneOf(Vec<Scalar>),
    Pattern(Pattern),
    Present(bool),
}

/// What a condition is judged against.
pub(crate) struct Facts<'a> {
    pub(crate) attributes: &'a Attributes,
    pub(crate) reading: &'a Reading,
    /// What a leaf is that no group meets.
    pub(crate) unseen: Truth,
}

impl Node {
    /// Judges the condition; `met` says whether some group meets a leaf.
    pub(crate) fn judge(&self, facts: &Facts<'_>, met: &impl Fn(LeafId) -> bool) -> Truth {
        match self {
            Self::Leaf(leaf) => {
                if met(*leaf) {
                    Truth::True
                } else {
                    facts.unseen
                }
            }
            Self::Attribute(attribute) => attribute.judge(facts),
            Self::Any(nodes) => nodes.iter().fold(Truth::False, |truth, node| truth.or(node.judge(facts, met))),
            Self::All(nodes) => nodes.iter().fold(Truth::True, |truth, node| truth.and(node.judge(facts, met))),
            Self::Not(node) => node.judge(facts, met).not(),
            Self::Everyone => Truth::True,
        }
    }

    /// Whether the answer rests on something other than groups that are there, so that it must be judged at every
    /// login.
    pub(crate) fn needs_judging(&self) -> bool {
        match self {
            Self::Leaf(_) => false,
            Self::Attribute(_) | Self::Not(_) | Self::Everyone => true,
            Self::Any(nodes) | Self::All(nodes) => nodes.iter().any(Self::needs_judging),
        }
    }

    /// Calls for each leaf, saying whether it stands under a `not`.
    pub(crate) fn leaves(&self, under_not: bool, found: &mut impl FnMut(LeafId, bool)) {
        match self {
            Self::Leaf(leaf) => found(*leaf, under_not),
            Self::Any(nodes) | Self::All(nodes) => nodes.iter().for_each(|node| node.leaves(under_not, found)),
            Self::Not(node) => node.leaves(true, found),
            Self::Attribute(_) | Self::Everyone => {}
        }
    }
}

impl AttributeLeaf {
    fn judge(&self, facts: &Facts<'_>) -> Truth {
        let values = match facts.attributes.find(&self.name, facts.reading) {
            Attribute::Present(values) => values,
            Attribute::Missing if facts.reading.absent_attribute == AbsentAttribute::Empty => {
                return Truth::from(matches!(self.tests, AttributeTests::Present(false)));
            }
            Attribute::Missing | Attribute::Elsewhere => return Truth::Unknown,
        };
        Truth::from(match &self.tests {
            AttributeTests::OneOf(wanted) => values.iter().any(|value| wanted.iter().any(|w| equals(w, *value))),
            AttributeTests::Pattern(pattern) => {
                values.iter().filter_map(|value| value.as_str()).any(|text| pattern.is_match(text))
            }
            AttributeTests::Present(wanted) => *wanted,
        })
    }
}

/// Equality is typed: 7 is not "7", true is not "true", and 7 is 7.0.
fn equals(wanted: &Scalar, value: View<'_>) -> bool {
    match (wanted, value.shape()) {
        (Scalar::String(wanted), Shape::Text(text)) => **wanted == *text,
        (Scalar::Number(wanted), Shape::Number(number)) => *wanted == number,
        (Scalar::Bool(wanted), Shape::Bool(value)) => *wanted == value,
        _ => false,
    }
}
