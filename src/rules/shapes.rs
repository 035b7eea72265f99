//! Templates by their shapes: what they have fixed, and so what they reach.

use super::{Lists, RuleId};

/// The place of a shape among those of all rules.
pub(crate) type ShapeId = u32;

/// What the templates of the rules reach.
#[derive(Debug)]
pub(crate) struct Shapes {
    /// For each target of the catalog, the shapes that reach it.
    pub(crate) reaching: Lists,
    /// For each organization of the catalog, the shapes that reach and deny it as a whole.
    pub(crate) denying: Lists,
    /// For each shape, the rules that have it.
    pub(crate) rules: Lists,
}

/// What rules are weighed by in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Priority,
    Specificity,
}

/// Of the rules of one shape that are not known to be false, those that weigh most: by priority, and by how specific
/// they are.
pub(super) type Contenders = [RuleId; 2];
