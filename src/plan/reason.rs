//! Reasons: the rule or the setting behind a target.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::text::escaped;

/// Why a target is desired: a rule, with the group that met it, or a setting.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ReasonShape", into = "ReasonShape")]
#[non_exhaustive]
pub enum Reason {
    /// A rule that is true.
    Rule {
        /// Its id.
        rule: String,
        /// The first group, in order, that met it; none for a rule that no group meets. Escaped.
        group: Option<String>,
        /// What the rule's author calls that group, where only its id is known.
        label: Option<String>,
    },
    /// A setting of the config.
    Setting(Setting),
}

/// A setting that gives targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Setting {
    /// `accounts.new_grant`.
    #[serde(rename = "accounts.new_grant")]
    NewGrant,
    /// `slots.default`.
    #[serde(rename = "slots.default")]
    SlotDefault,
    /// `unmatched.grant`.
    #[serde(rename = "unmatched.grant")]
    UnmatchedGrant,
}

impl core::fmt::Debug for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Rule { rule, .. } => f.debug_struct("Rule").field("rule", rule).finish_non_exhaustive(),
            Self::Setting(setting) => f.debug_tuple("Setting").field(setting).finish(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    setting: Option<Setting>,
}

impl TryFrom<ReasonShape> for Reason {
    type Error = &'static str;

    fn try_from(shape: ReasonShape) -> Result<Self, Self::Error> {
        match shape {
            ReasonShape { rule: Some(rule), group, label, setting: None } => Ok(Self::Rule { rule, group, label }),
            ReasonShape { rule: None, group: None, label: None, setting: Some(setting) } => Ok(Self::Setting(setting)),
            _ => Err("a reason is a `rule`, with or without a `group`, or a `setting`"),
        }
    }
}

impl From<Reason> for ReasonShape {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Rule { rule, group, label } => Self { rule: Some(rule), group, label, setting: None },
            Reason::Setting(setting) => Self { rule: None, group: None, label: None, setting: Some(setting) },
        }
    }
}

impl Reason {
    pub(crate) fn rule(rule: &str, group: Option<&str>, label: Option<&str>) -> Self {
        Self::Rule { rule: rule.to_owned(), group: group.map(escaped), label: label.map(escaped) }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Reason {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Reason".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let text = |description: &str| serde_json::json!({ "type": "string", "description": description });
        let perhaps = |description: &str| serde_json::json!({ "type": ["string", "null"], "description": description });
        let gone = serde_json::json!({ "type": "null" });
        schemars::json_schema!({
            "description": "Why a target is desired: a rule, with the group that met it, or a setting.",
            "anyOf": [
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["rule"],
                    "properties": {
                        "rule": text("The id of a rule that is true."),
                        "group": perhaps("The first group, in order, that met it. Escaped."),
                        "label": perhaps("What the rule's author calls that group, where only its id is known."),
                        "setting": gone,
                    },
                },
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["setting"],
                    "properties": {
                        "setting": generator.subschema_for::<Setting>(), "rule": gone, "group": gone, "label": gone,
                    },
                },
            ],
        })
    }
}
