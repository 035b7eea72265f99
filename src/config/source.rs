//! The source of claims: which provider, and what differs from its preset.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::groups::GroupSettings;
use super::present;
use super::provider::Provider;

/// Where claims come from and how they are read.
///
/// Settings that are left out have the value of the provider's preset; see [the providers](crate::manual::providers).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Source {
    /// Who owns the memberships that this config manages: the `managed_by` of every membership it adds.
    pub id: String,
    /// The preset.
    pub provider: Provider,
    /// The issuer that a token or assertion must name, compared byte by byte. Default: any.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// How groups are read.
    #[serde(default)]
    pub groups: GroupSettings,
    /// How other claims are read.
    #[serde(default)]
    pub attributes: AttributeSettings,
}

impl Source {
    /// A source that reads claims as the provider's preset says.
    pub fn new(id: impl Into<String>, provider: Provider) -> Self {
        Self {
            id: id.into(),
            provider,
            issuer: None,
            groups: GroupSettings::default(),
            attributes: AttributeSettings::default(),
        }
    }

    /// Refuses claims of any other issuer.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets whether a missing attribute is evidence.
    #[must_use]
    pub fn with_absent_attributes(mut self, absent: AbsentAttribute) -> Self {
        self.attributes.absent = absent;
        self
    }

    /// Overrides how groups are read.
    #[must_use]
    pub fn with_groups(mut self, groups: GroupSettings) -> Self {
        self.groups = groups;
        self
    }
}

/// How other claims are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AttributeSettings {
    /// Whether a missing attribute is evidence. Default: `unknown`.
    pub absent: AbsentAttribute,
}

/// What a missing attribute means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AbsentAttribute {
    /// It may have any value.
    #[default]
    Unknown,
    /// The person has no such attribute.
    Empty,
}
