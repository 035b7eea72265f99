//! What each rule misses: the conditions that keep it from being true.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Missing, RuleMiss};
use crate::config::{AttributeTest, Condition, Rule, Scalar, TestKind};
use crate::explain::Verdict;
use crate::rules::{Facts, Node, Truth};

/// A condition on groups or on an attribute, within a rule.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'c> {
    pub(super) path: String,
    pub(super) condition: &'c Condition,
    pub(super) truth: Truth,
    /// Whether it must not be met for the rule to be true.
    pub(super) must_not: bool,
}

/// The leaves that keep a condition from what it is wanted to be.
pub(super) fn to_blame<'c>(
    condition: &'c Condition,
    node: &Node,
    path: &str,
    wanted: bool,
    facts: &impl Facts,
    found: &mut Vec<Leaf<'c>>,
) {
    let truth = node.judge(facts);
    if truth == Truth::from(wanted) {
        return;
    }
    match (condition, node) {
        (Condition::Any(conditions), Node::Any(nodes)) => {
            for (place, (condition, node)) in conditions.iter().zip(nodes).enumerate() {
                to_blame(condition, node, &format!("{path}.any[{place}]"), wanted, facts, found);
            }
        }
        (Condition::All(conditions), Node::All(nodes)) => {
            for (place, (condition, node)) in conditions.iter().zip(nodes).enumerate() {
                to_blame(condition, node, &format!("{path}.all[{place}]"), wanted, facts, found);
            }
        }
        (Condition::Not(condition), Node::Not(node)) => {
            to_blame(condition, node, &format!("{path}.not"), !wanted, facts, found);
        }
        _ => found.push(Leaf { path: leaf_path(path, condition), condition, truth, must_not: !wanted }),
    }
}

fn leaf_path(path: &str, condition: &Condition) -> String {
    let word = match condition {
        Condition::Id { .. } => "id",
        Condition::Name(_) => "name",
        Condition::Path(_) => "path",
        Condition::Dn(_) => "dn",
        Condition::Email(_) => "email",
        Condition::Regex(_) => "regex",
        Condition::Glob(_) => "glob",
        Condition::PathUnder(_) => "path_under",
        Condition::DnUnder(_) => "dn_under",
        Condition::Attribute(_) => "attribute",
        Condition::Any(_) | Condition::All(_) | Condition::Not(_) | Condition::Everyone => return path.to_string(),
    };
    format!("{path}.{word}")
}

/// What a leaf asks for, as its author wrote it.
pub(super) fn wanted(condition: &Condition) -> String {
    match condition {
        Condition::Id { id, .. } => format!("the id `{id}`"),
        Condition::Name(name) => format!("the name `{name}`"),
        Condition::Path(path) => format!("the path `/{}`", path.join("/")),
        Condition::Dn(dn) => format!("the DN `{dn}`"),
        Condition::Email(email) => format!("the address `{email}`"),
        Condition::Regex(regex) => format!("a group that matches the regex `{regex}`"),
        Condition::Glob(glob) => format!("a group that matches the glob `{glob}`"),
        Condition::PathUnder(path) => format!("the path `/{}` or one below it", path.join("/")),
        Condition::DnUnder(dn) => format!("the DN `{dn}` or one below it"),
        Condition::Attribute(test) => test_wanted(test),
        Condition::Everyone => "everyone".into(),
        Condition::Any(_) => "one of several".into(),
        Condition::All(_) => "all of several".into(),
        Condition::Not(_) => "the opposite".into(),
    }
}

fn test_wanted(AttributeTest { name, test }: &AttributeTest) -> String {
    match test {
        TestKind::Equals(value) => format!("the attribute `{name}` equal to {}", scalar(value)),
        TestKind::OneOf(values) => {
            let values: Vec<String> = values.iter().map(scalar).collect();
            format!("the attribute `{name}` equal to one of {}", values.join(", "))
        }
        TestKind::Regex(regex) => format!("the attribute `{name}` matching the regex `{regex}`"),
        TestKind::Glob(glob) => format!("the attribute `{name}` matching the glob `{glob}`"),
        TestKind::Present(true) => format!("the attribute `{name}` to be there"),
        TestKind::Present(false) => format!("the attribute `{name}` not to be there"),
    }
}

pub(super) fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::String(text) => format!("\"{text}\""),
        Scalar::Number(number) => serde_json::to_string(number).unwrap_or_default(),
        Scalar::Bool(flag) => flag.to_string(),
    }
}

impl From<&Leaf<'_>> for Missing {
    fn from(leaf: &Leaf<'_>) -> Self {
        let label = match leaf.condition {
            Condition::Id { label, .. } => label.clone(),
            _ => None,
        };
        let truth = Verdict::from(leaf.truth);
        Self { path: leaf.path.clone(), wanted: wanted(leaf.condition), label, truth, must_not: leaf.must_not }
    }
}

/// What a rule misses, with its leaves.
pub(super) struct Judged<'c> {
    pub(super) rule: &'c Rule,
    pub(super) path: String,
    pub(super) condition: Truth,
    pub(super) leaves: Vec<Leaf<'c>>,
    pub(super) is_template: bool,
}

impl<'c> Judged<'c> {
    /// Judges a rule of the config that compiled to this condition.
    pub(super) fn of(rule: &'c Rule, place: u32, node: &Node, facts: &impl Facts) -> Self {
        let path = format!("rules[{place}]");
        let mut leaves = Vec::new();
        to_blame(&rule.when, node, &format!("{path}.when"), true, facts, &mut leaves);
        Self { rule, path, condition: node.judge(facts), leaves, is_template: false }
    }
}

impl From<&Judged<'_>> for RuleMiss {
    fn from(judged: &Judged<'_>) -> Self {
        Self {
            rule: judged.rule.id.clone(),
            path: judged.path.clone(),
            enabled: judged.rule.enabled,
            condition: judged.condition.into(),
            missing: judged.leaves.iter().map(Missing::from).collect(),
            is_template: judged.is_template,
        }
    }
}
