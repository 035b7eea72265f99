//! Presets: where each identity provider puts what, its limits and oddities.
//!
//! A preset is one row of a table. Adding a provider is adding a name to [`Provider`] and its row below; no code knows
//! a provider by name.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::groups::{Absent, AtLimit, GroupLimit, IdentifiedBy, OverLimit};
use crate::text::CasePolicy;

/// Declares the names and the rows together, so that none can be without the other.
macro_rules! presets {
    ($($(#[doc = $doc:literal])* $variant:ident, $name:literal => $preset:expr;)*) => {
        /// An identity provider whose ways are known, or `custom`.
        ///
        /// Every value of a preset can be overridden in the config. The table with sources is in
        /// [the manual](crate::manual::providers).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Provider {
            $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Provider {
            /// Every provider, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in documents, such as `okta`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the provider does unless the config says otherwise.
            pub fn preset(self) -> Preset {
                match self { $(Self::$variant => $preset,)* }
            }
        }
    };
}

/// What a provider does unless the config says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preset {
    /// The claims and attributes that hold groups, each one literal key.
    pub claims: &'static [&'static str],
    /// What a string in them is.
    pub identified_by: IdentifiedBy,
    /// How upper and lower case compare.
    pub case: CasePolicy,
    /// What it means when no such claim is there.
    pub absent: Absent,
    /// From how many groups on a list is no longer the whole truth.
    pub limit: GroupLimit,
    /// Whether ids have the shape of a GUID, so that any other text is none.
    pub ids_are_guids: bool,
    /// The SAML attribute that holds the person's address.
    pub saml_email: &'static str,
    /// What an operator does about a list that is not whole, in one sentence.
    pub remedy: &'static str,
    /// Where these facts come from.
    pub source: &'static str,
}

/// The address attribute of the claims dialect that Microsoft's products speak.
const XMLSOAP_EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

/// What holds where a provider is not known to differ: the values that take nothing away.
const BASE: Preset = Preset {
    claims: &["groups"],
    identified_by: IdentifiedBy::Name,
    case: CasePolicy::Sensitive,
    absent: Absent::Unknown,
    limit: GroupLimit::None,
    ids_are_guids: false,
    saml_email: "email",
    remedy: "make the provider send the groups claim, or fetch the groups from its API and pass them as fetched groups",
    source: "RFC 7643 section 4.1.2 for the name; everything else is stated in the config",
};

const fn limit(count: u64, at: AtLimit) -> GroupLimit {
    GroupLimit::At { count, at, over: OverLimit::Incomplete }
}

presets! {
    /// No preset: everything is stated in the config. What is not: one claim, `groups`, of names; any case counts;
    /// absence is no evidence; no limit.
    Custom, "custom" => BASE;
    /// Okta, org and custom authorization servers, and SAML.
    Okta, "okta" => Preset {
        limit: limit(100, AtLimit::Suspect),
        remedy: "check in Okta that the app's groups claim is switched on for this token and its filter is wide \
                 enough, or fetch the person's groups from the Okta API and pass them as fetched groups",
        source: "Okta, Customize tokens with a groups claim; Okta release notes 2016.25 to 2025.04",
        ..BASE
    };
    /// Microsoft Entra ID, tokens of version 1 and 2, and SAML.
    Entra, "entra" => Preset {
        claims: &["groups", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"],
        identified_by: IdentifiedBy::Id,
        limit: limit(150, AtLimit::Complete),
        ids_are_guids: true,
        saml_email: XMLSOAP_EMAIL,
        remedy: "ask Microsoft Graph for the person's memberships (getMemberObjects) and pass them as fetched groups, \
                 or assign groups to the application so that fewer are sent; who reads JWTs may set limit.count to 200",
        source: "Microsoft, Access token claims reference and SAML token reference (groups overage)",
        ..BASE
    };
    /// Keycloak with the Group Membership mapper and full paths.
    Keycloak, "keycloak" => Preset {
        identified_by: IdentifiedBy::Path,
        remedy: "check in Keycloak that the Group Membership mapper adds groups to this token; since version 22 the \
                 claim is left out for a person in no group, which absent = \"empty\" takes for none",
        source: "Keycloak, GroupMembershipMapper and OIDCAttributeMapperHelper; issue 22340",
        ..BASE
    };
    /// Google Workspace by SAML; its OIDC tokens never hold groups.
    Google, "google" => Preset {
        limit: limit(75, AtLimit::Complete),
        remedy: "configure the group membership attribute of the SAML app, or ask the Directory API and pass the \
                 groups as fetched groups",
        source: "Google Workspace Admin Help, answer 11143403",
        ..BASE
    };
    /// Active Directory Federation Services.
    AdFs, "adfs" => Preset {
        claims: &["group", "http://schemas.xmlsoap.org/claims/Group"],
        saml_email: XMLSOAP_EMAIL,
        remedy: "add a claim rule to the relying party trust that issues Token-Groups",
        source: "Microsoft, AD FS claim rules; one group is sent as a string, several as a list",
        ..BASE
    };
    /// Amazon Cognito user pools.
    Cognito, "cognito" => Preset {
        claims: &["cognito:groups"],
        limit: limit(100, AtLimit::Complete),
        remedy: "ask the user pool for the person's groups (AdminListGroupsForUser) and pass them as fetched groups",
        source: "Amazon Cognito, Using the ID token; quotas (100 groups for each user)",
        ..BASE
    };
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
