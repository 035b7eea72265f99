//! A login as it would be.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::claims::{Token, Value, View};
use crate::config::Scalar;
use crate::draft::Draft;
use crate::identity::{Attribute, GroupKind, Identity, Values};
use crate::matching::AttributeId;

/// One step of a change. Values are JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Join(GroupKind, String),
    Leave(GroupKind, String),
    Has(AttributeId, String),
    Lacks(AttributeId, String),
    Present(AttributeId),
    Missing(AttributeId),
    Whole,
}

/// Steps that are taken together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State(BTreeSet<Step>);

impl State {
    pub(super) fn steps(&self) -> &BTreeSet<Step> {
        &self.0
    }

    pub(super) fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.insert(step);
        Self(steps)
    }

    pub(super) fn without(&self, step: &Step) -> Self {
        let mut steps = self.0.clone();
        steps.remove(step);
        Self(steps)
    }

    /// The login so changed; nothing where there could be none.
    pub(super) fn suppose(&self, draft: &Draft<'_>) -> Option<Identity> {
        let identity = draft.identity;
        let (mut joined, mut left) = (Vec::new(), Vec::new());
        let mut attributes: BTreeSet<AttributeId> = BTreeSet::new();
        for step in &self.0 {
            match step {
                Step::Join(kind, text) => joined.push((*kind, text.as_str())),
                Step::Leave(kind, text) => left.push((*kind, text.as_str())),
                Step::Has(attribute, _)
                | Step::Lacks(attribute, _)
                | Step::Present(attribute)
                | Step::Missing(attribute) => drop(attributes.insert(*attribute)),
                Step::Whole => {}
            }
        }
        let is_whole = self.0.contains(&Step::Whole);
        let evidence = identity.evidence().supposing(identity.reading(), &left, &joined, is_whole)?;
        let mut supposed = Vec::new();
        for attribute in attributes {
            let selector = draft.compiled.rules.index.selector(attribute)?.clone();
            supposed.push((selector, self.values(draft, attribute)?));
        }
        Some(identity.supposing(evidence, supposed))
    }

    /// An attribute as it would be: a list in a token, or missing; nothing where the steps contradict each other.
    fn values(&self, draft: &Draft<'_>, attribute: AttributeId) -> Option<Values> {
        let here = self.0.iter();
        let of = |step: &&Step| match step {
            Step::Has(of, _) | Step::Lacks(of, _) | Step::Present(of) | Step::Missing(of) => *of == attribute,
            Step::Join(..) | Step::Leave(..) | Step::Whole => false,
        };
        let steps: Vec<&Step> = here.filter(of).collect();
        if steps.iter().any(|step| matches!(step, Step::Missing(_))) {
            return (steps.len() == 1).then_some(Values::Missing);
        }
        let selector = draft.compiled.rules.index.selector(attribute)?;
        let mut values: Vec<String> = match draft.identity.attributes().find(selector, draft.identity.reading()) {
            Attribute::Present(values) | Attribute::Partly(values) => values.into_iter().map(json).collect(),
            Attribute::Missing | Attribute::Elsewhere => Vec::new(),
        };
        values.retain(|value| !steps.iter().any(|step| matches!(step, Step::Lacks(_, gone) if gone == value)));
        for step in steps {
            if let Step::Has(_, value) = step {
                values.push(value.clone());
            }
        }
        let list = Value::List(values.iter().filter_map(|value| scalar(value)).collect());
        Token::new([("values", list)]).ok().map(Values::List)
    }
}

/// A value as JSON.
pub(super) fn json(value: View<'_>) -> String {
    serde_json::to_string(&value).unwrap_or_default()
}

fn scalar(json: &str) -> Option<Value> {
    Some(match serde_json::from_str::<Scalar>(json).ok()? {
        Scalar::String(text) => Value::from(&*text),
        Scalar::Number(number) => Value::Number(number),
        Scalar::Bool(flag) => Value::Bool(flag),
    })
}
