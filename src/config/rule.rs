//! Rules: what is granted or denied to whom.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::condition::Condition;
use crate::target::Target;

/// One rule: whoever meets the condition is granted, or denied, the targets.
///
/// Names of targets and organizations may hold placeholders, `team = "{team}"`, that a named group of the rule's one
/// pattern fills.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "RuleShape")]
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

/// One rule: whoever meets the condition is granted, or denied, the targets.
// The document of a rule, where `grant` and `deny` are two keys.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(extend("oneOf" = [
        { "required": ["grant"], "properties": { "grant": { "type": "array" } } },
        { "required": ["deny"], "properties": { "deny": { "type": "array" } } },
    ]))
)]
#[serde(deny_unknown_fields)]
struct RuleShape {
    /// Its name, unique in the config; plans give it as the reason.
    id: String,
    /// Whom it concerns.
    when: Condition,
    /// They get these targets.
    #[serde(default)]
    grant: Option<Vec<Target>>,
    /// They must not get these, whatever other rules grant. Denying an organization denies every target in it.
    #[serde(default)]
    deny: Option<Vec<Target>>,
    /// Which rule wins in a slot that chooses by priority. Default: 0.
    #[serde(default)]
    priority: i64,
    /// Whether it counts; a disabled rule is checked all the same. Default: true.
    #[serde(default = "yes")]
    enabled: bool,
    /// For people. Default: none.
    #[serde(default)]
    description: Option<String>,
    /// Whether its author knows that it can grant a privileged target by other than an exact condition. Default: false.
    #[serde(default)]
    acknowledge_privileged: bool,
}

fn yes() -> bool {
    true
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

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("when", &self.when)?;
        let (word, targets) = match &self.effect {
            Effect::Grant(targets) => ("grant", targets),
            Effect::Deny(targets) => ("deny", targets),
        };
        map.serialize_entry(word, targets)?;
        if self.priority != 0 {
            map.serialize_entry("priority", &self.priority)?;
        }
        if !self.enabled {
            map.serialize_entry("enabled", &false)?;
        }
        if let Some(description) = &self.description {
            map.serialize_entry("description", description)?;
        }
        if self.acknowledge_privileged {
            map.serialize_entry("acknowledge_privileged", &true)?;
        }
        map.end()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Rule {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Rule".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        RuleShape::json_schema(generator)
    }
}
