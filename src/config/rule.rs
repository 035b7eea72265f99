//! Rules: what is granted or denied to whom.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use crate::target::Target;

/// One rule: whoever meets the condition is granted, or denied, the targets.
///
/// Names of targets and organizations may hold placeholders, `team = "{team}"`, that a named group of the rule's one
/// pattern fills.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "RuleShape", into = "RuleShape")]
#[non_exhaustive]
pub struct Rule {
    /// Its name, unique in the config; plans give it as the reason.
    pub id: String,
    /// Whom it concerns.
    pub when: Condition,
    /// What they get or must not get.
    pub effect: Effect,
    /// Which rule wins in a slot that chooses by priority. Default: 0.
    pub priority: i64,
    /// Whether it counts; a disabled rule is checked all the same. Default: true.
    pub enabled: bool,
    /// For people. Default: none.
    pub description: Option<String>,
    /// Whether its author knows that it can grant a privileged target by other than an exact condition. Default: false.
    pub acknowledge_privileged: bool,
}

/// What a rule does for whoever meets its condition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// They get these targets.
    Grant(Vec<Target>),
    /// They must not get these, whatever other rules grant. Denying an organization denies every target in it.
    Deny(Vec<Target>),
}

impl Rule {
    fn new(id: &str, when: Condition, effect: Effect) -> Self {
        Self {
            id: id.to_owned(),
            when,
            effect,
            priority: 0,
            enabled: true,
            description: None,
            acknowledge_privileged: false,
        }
    }

    /// A rule that grants targets.
    pub fn grant(id: &str, when: Condition, targets: impl IntoIterator<Item = Target>) -> Self {
        Self::new(id, when, Effect::Grant(targets.into_iter().collect()))
    }

    /// A rule that denies targets.
    pub fn deny(id: &str, when: Condition, targets: impl IntoIterator<Item = Target>) -> Self {
        Self::new(id, when, Effect::Deny(targets.into_iter().collect()))
    }

    /// Sets the priority.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets whether the rule counts.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// States that the rule may grant a privileged target by other than an exact condition.
    #[must_use]
    pub fn acknowledge_privileged(mut self) -> Self {
        self.acknowledge_privileged = true;
        self
    }
}

impl Effect {
    /// The targets, granted or denied.
    pub fn targets(&self) -> &[Target] {
        match self {
            Self::Grant(targets) | Self::Deny(targets) => targets,
        }
    }
}

/// The document of a rule, where `grant` and `deny` are two keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleShape {
    id: String,
    when: Condition,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant: Option<Vec<Target>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deny: Option<Vec<Target>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    priority: i64,
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    acknowledge_privileged: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl TryFrom<RuleShape> for Rule {
    type Error = &'static str;

    fn try_from(shape: RuleShape) -> Result<Self, Self::Error> {
        let effect = match (shape.grant, shape.deny) {
            (Some(_), Some(_)) => return Err("a rule has either `grant` or `deny`, not both"),
            (grant, None) => Effect::Grant(grant.unwrap_or_default()),
            (None, Some(deny)) => Effect::Deny(deny),
        };
        Ok(Self {
            id: shape.id,
            when: shape.when,
            effect,
            priority: shape.priority,
            enabled: shape.enabled,
            description: shape.description,
            acknowledge_privileged: shape.acknowledge_privileged,
        })
    }
}

impl From<Rule> for RuleShape {
    fn from(rule: Rule) -> Self {
        let (grant, deny) = match rule.effect {
            Effect::Grant(targets) => (Some(targets), None),
            Effect::Deny(targets) => (None, Some(targets)),
        };
        Self {
            id: rule.id,
            when: rule.when,
            grant,
            deny,
            priority: rule.priority,
            enabled: rule.enabled,
            description: rule.description,
            acknowledge_privileged: rule.acknowledge_privileged,
        }
    }
}
