//! The source of claims: which provider, and what differs from its preset.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize};

use super::groups::GroupSettings;
use super::present;
use super::provider::Provider;
use super::selector::Selector;

/// Where claims come from and how they are read.
///
/// Settings that are left out have the value of the provider's preset; see [the providers](crate::manual::providers).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Source {
    /// Who owns the memberships that this config manages: the `managed_by` of every membership it adds.
    pub id: String,
    /// The preset.
    pub provider: Provider,
    /// The issuer that a token or assertion must name, compared byte by byte. Default: any.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub issuer: Option<String>,
    /// How groups are read.
    #[serde(default)]
    pub groups: GroupSettings,
    /// How other claims are read.
    #[serde(default)]
    pub attributes: AttributeSettings,
    /// Which claims say who the person is, where they are not those of the preset.
    #[serde(default, skip_serializing_if = "IdentitySettings::is_empty")]
    pub identity: IdentitySettings,
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
            identity: IdentitySettings::default(),
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

    /// Overrides which claims say who the person is.
    #[must_use]
    pub fn with_identity(mut self, identity: IdentitySettings) -> Self {
        self.identity = identity;
        self
    }

    /// Overrides how groups are read.
    #[must_use]
    pub fn with_groups(mut self, groups: GroupSettings) -> Self {
        self.groups = groups;
        self
    }
}

/// Which claims say who the person is; whatever is left out is as in the provider's preset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct IdentitySettings {
    /// The claims of the ID token, or the attributes, that make up the subject; `name_id` is the `NameID` of an
    /// assertion. Several are joined by `/`, with `~` written `~0` and `/` written `~1` within each, as in a JSON
    /// pointer (RFC 6901), so that no two people share a subject.
    #[serde(deserialize_with = "subject", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Selector>", length(min = 1)))]
    pub subject: Option<Vec<Selector>>,
    /// The e-mail address. Only `email` of a token can be a verified one.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Selector"))]
    pub email: Option<Selector>,
    /// The given name.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Selector"))]
    pub given_name: Option<Selector>,
    /// The family name.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Selector"))]
    pub family_name: Option<Selector>,
    /// The name to show.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Selector"))]
    pub display_name: Option<Selector>,
}

impl IdentitySettings {
    /// Sets the claims that make up the subject.
    #[must_use]
    pub fn subject<S: Into<Selector>>(mut self, claims: impl IntoIterator<Item = S>) -> Self {
        self.subject = Some(claims.into_iter().map(Into::into).collect()).filter(|claims: &Vec<_>| !claims.is_empty());
        self
    }

    /// Sets the claim that holds the e-mail address.
    #[must_use]
    pub fn email(mut self, claim: impl Into<Selector>) -> Self {
        self.email = Some(claim.into());
        self
    }

    /// Sets the claim that holds the given name.
    #[must_use]
    pub fn given_name(mut self, claim: impl Into<Selector>) -> Self {
        self.given_name = Some(claim.into());
        self
    }

    /// Sets the claim that holds the family name.
    #[must_use]
    pub fn family_name(mut self, claim: impl Into<Selector>) -> Self {
        self.family_name = Some(claim.into());
        self
    }

    /// Sets the claim that holds the name to show.
    #[must_use]
    pub fn display_name(mut self, claim: impl Into<Selector>) -> Self {
        self.display_name = Some(claim.into());
        self
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn subject<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Selector>>, D::Error> {
    let claims = Vec::<Selector>::deserialize(deserializer)?;
    if claims.is_empty() {
        return Err(serde::de::Error::custom("`subject` needs at least one claim"));
    }
    Ok(Some(claims))
}

/// How other claims are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AttributeSettings {
    /// Whether a missing attribute is evidence. Default: `unknown`.
    pub absent: AbsentAttribute,
}

/// What a missing attribute means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AbsentAttribute {
    /// It may have any value.
    #[default]
    Unknown,
    /// The person has no such attribute.
    Empty,
}
