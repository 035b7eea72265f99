//! Conditions as formulas over numbered questions, so that equal questions are one.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::atom::{AtomId, Atoms, AttributeId};
use crate::config::{Condition, TestKind};

/// A condition over numbered questions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Formula {
    /// Some group is one of these.
    Group(AtomId),
    /// Some value of a claim is one of these.
    Test(AttributeId, AtomId),
    /// A claim is there, or is not.
    Present(AttributeId, bool),
    Any(Arc<[Formula]>),
    All(Arc<[Formula]>),
    Not(Arc<Formula>),
    Everyone,
}

impl Formula {
    /// The formula of a condition.
    pub(super) fn of(condition: &Condition, atoms: &mut Atoms) -> Self {
        match condition {
            Condition::Any(conditions) => Self::any(Self::each(conditions, atoms)),
            Condition::All(conditions) => Self::all(Self::each(conditions, atoms)),
            Condition::Not(condition) => Self::Not(Arc::new(Self::of(condition, atoms))),
            Condition::Everyone => Self::Everyone,
            Condition::Attribute(test) => {
                let attribute = atoms.attribute(&test.name);
                match &test.test {
                    TestKind::Present(present) => Self::Present(attribute, *present),
                    kind => Self::Test(attribute, atoms.test(attribute, kind)),
                }
            }
            group => atoms.group(group).map_or_else(|| Self::Any(Arc::default()), Self::Group),
        }
    }

    fn each(conditions: &[Condition], atoms: &mut Atoms) -> Vec<Self> {
        let mut formulas: Vec<Self> = conditions.iter().map(|condition| Self::of(condition, atoms)).collect();
        // Kleene's `and` and `or` know neither order nor repetition.
        formulas.sort_unstable();
        formulas.dedup();
        formulas
    }

    pub(super) fn any(mut formulas: Vec<Self>) -> Self {
        match formulas.pop() {
            Some(only) if formulas.is_empty() => only,
            Some(last) => {
                formulas.push(last);
                Self::Any(formulas.into())
            }
            None => Self::Any(Arc::default()),
        }
    }

    pub(super) fn all(mut formulas: Vec<Self>) -> Self {
        match formulas.pop() {
            Some(only) if formulas.is_empty() => only,
            Some(last) => {
                formulas.push(last);
                Self::All(formulas.into())
            }
            None => Self::All(Arc::default()),
        }
    }

    /// Whether a `not` stands in it over a condition on groups.
    pub(super) fn has_negated_group(&self) -> bool {
        match self {
            Self::Not(inner) => inner.has_group(),
            Self::Any(inner) | Self::All(inner) => inner.iter().any(Self::has_negated_group),
            Self::Group(_) | Self::Test(..) | Self::Present(..) | Self::Everyone => false,
        }
    }

    fn has_group(&self) -> bool {
        match self {
            Self::Group(_) => true,
            Self::Not(inner) => inner.has_group(),
            Self::Any(inner) | Self::All(inner) => inner.iter().any(Self::has_group),
            Self::Test(..) | Self::Present(..) | Self::Everyone => false,
        }
    }

    /// Whether it asks for a claim beside the groups.
    pub(super) fn has_claim(&self) -> bool {
        match self {
            Self::Test(..) | Self::Present(..) => true,
            Self::Not(inner) => inner.has_claim(),
            Self::Any(inner) | Self::All(inner) => inner.iter().any(Self::has_claim),
            Self::Group(_) | Self::Everyone => false,
        }
    }

    /// Calls for each set of groups that it asks for.
    pub(super) fn each_group(&self, found: &mut impl FnMut(AtomId)) {
        match self {
            Self::Group(atom) => found(*atom),
            Self::Not(inner) => inner.each_group(found),
            Self::Any(inner) | Self::All(inner) => inner.iter().for_each(|formula| formula.each_group(found)),
            Self::Test(..) | Self::Present(..) | Self::Everyone => {}
        }
    }
}
