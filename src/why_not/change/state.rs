//! A login as it would be, and what the rules would say of it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::claims::{Token, Value, View};
use crate::config::Scalar;
use crate::draft::Draft;
use crate::identity::{Attribute, Evidence, GroupKind};
use crate::matching::AttributeId;
use crate::rules::{Findings, Judgement, Truth};

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

/// An attribute as it would be.
enum Values {
    Missing,
    /// As the one list of a token.
    There(Token),
}

/// What the rules would say.
pub(super) struct Supposed {
    pub(super) findings: Findings,
    pub(super) evidence: Evidence,
}

impl State {
    pub(super) fn steps(&self) -> &BTreeSet<Step> {
        &self.0
    }

    pub(super) fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.insert(step);
        Self(steps)
    }

    /// What the rules would say of a login so changed; nothing where there could be none.
    pub(super) fn suppose(&self, draft: &Draft<'_>) -> Option<Supposed> {
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
        let evidence =
            identity.evidence().supposing(identity.reading(), &left, &joined, self.0.contains(&Step::Whole))?;
        let mut supposed = BTreeMap::new();
        for attribute in attributes {
            supposed.insert(attribute, self.values(draft, attribute)?);
        }
        let compiled = draft.compiled;
        let mut findings = Findings::default();
        findings.suppose(
            &compiled.rules,
            &compiled.catalog,
            identity,
            &evidence,
            &|attribute, selector| match supposed.get(&attribute) {
                Some(Values::There(token)) => Attribute::Present(elements(token)),
                Some(Values::Missing) => Attribute::Missing,
                None => identity.attributes().find(selector, identity.reading()),
            },
        );
        Some(Supposed { findings, evidence })
    }

    /// An attribute as it would be; nothing where the steps contradict each other.
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
            Attribute::Present(values) => values.into_iter().map(json).collect(),
            Attribute::Missing | Attribute::Elsewhere => Vec::new(),
        };
        values.retain(|value| !steps.iter().any(|step| matches!(step, Step::Lacks(_, gone) if gone == value)));
        for step in steps {
            if let Step::Has(_, value) = step {
                values.push(value.clone());
            }
        }
        let list = Value::List(values.iter().filter_map(|value| scalar(value)).collect());
        Token::new([("values", list)]).ok().map(Values::There)
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

/// The values that a token was made of.
fn elements(token: &Token) -> Vec<View<'_>> {
    token.claims().get("values").into_iter().flat_map(View::elements).collect()
}

impl Supposed {
    /// What the rules would say, without settings.
    pub(super) fn judgement<'s>(&'s self, draft: &'s Draft<'_>) -> Judgement<'s> {
        let compiled = draft.compiled;
        Judgement {
            rules: &compiled.rules,
            catalog: &compiled.catalog,
            findings: &self.findings,
            evidence: &self.evidence,
            given: (Truth::False, &[]),
        }
    }
}
