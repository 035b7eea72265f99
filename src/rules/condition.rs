//! Conditions as the engine holds them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Truth;
use crate::matching::{AttributeId, LeafId};

/// A compiled condition.
#[derive(Debug)]
pub(crate) enum Node {
    /// A condition on groups.
    Leaf(LeafId),
    /// A test of another claim's values.
    Test(AttributeId, LeafId),
    /// Whether another claim is there, or is not.
    Present(AttributeId, bool),
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Everyone,
}

/// What a condition is judged against.
pub(crate) trait Facts {
    /// Whether some group meets a leaf: if not, false or unknown.
    fn group(&self, leaf: LeafId) -> Truth;

    /// Whether some value of another claim meets a leaf.
    fn test(&self, attribute: AttributeId, leaf: LeafId) -> Truth;

    /// Whether another claim is there.
    fn present(&self, attribute: AttributeId) -> Truth;
}

/// Complete evidence of a person whom no leaf fits, and of whom it is open which other claims there are.
struct Stranger;

impl Facts for Stranger {
    fn group(&self, _: LeafId) -> Truth {
        Truth::False
    }

    fn test(&self, _: AttributeId, _: LeafId) -> Truth {
        Truth::False
    }

    fn present(&self, _: AttributeId) -> Truth {
        Truth::Unknown
    }
}

impl Node {
    /// Judges the condition.
    pub(crate) fn judge(&self, facts: &impl Facts) -> Truth {
        match self {
            Self::Leaf(leaf) => facts.group(*leaf),
            Self::Test(attribute, leaf) => facts.test(*attribute, *leaf),
            Self::Present(attribute, true) => facts.present(*attribute),
            Self::Present(attribute, false) => facts.present(*attribute).not(),
            Self::Any(nodes) => nodes.iter().fold(Truth::False, |truth, node| truth.or(node.judge(facts))),
            Self::All(nodes) => nodes.iter().fold(Truth::True, |truth, node| truth.and(node.judge(facts))),
            Self::Not(node) => node.judge(facts).not(),
            Self::Everyone => Truth::True,
        }
    }

    /// Whether it could be true of a person who meets no leaf, so that it must be judged at every login.
    pub(crate) fn fits_strangers(&self) -> bool {
        self.judge(&Stranger) != Truth::False
    }

    /// Calls for each leaf and each attribute, saying of leaves on groups whether they stand under a `not`.
    pub(crate) fn visit(&self, under_not: bool, found: &mut impl FnMut(Part)) {
        match self {
            Self::Leaf(leaf) => found(Part::Group { leaf: *leaf, under_not }),
            Self::Test(attribute, leaf) => {
                found(Part::Test(*leaf));
                found(Part::Attribute(*attribute));
            }
            Self::Present(attribute, _) => found(Part::Attribute(*attribute)),
            Self::Any(nodes) | Self::All(nodes) => nodes.iter().for_each(|node| node.visit(under_not, found)),
            Self::Not(node) => node.visit(true, found),
            Self::Everyone => {}
        }
    }
}

/// A part of a condition.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Group { leaf: LeafId, under_not: bool },
    Test(LeafId),
    Attribute(AttributeId),
}
