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
    /// Where elements are objects, the key that holds the object id.
    pub object_id: Option<&'static str>,
    /// Where elements are objects, the key that holds the name.
    pub object_name: Option<&'static str>,
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
    object_id: None,
    object_name: None,
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
    /// Auth0, which sends no groups until an Action adds a claim under a name of the admin's choice.
    Auth0, "auth0" => Preset {
        claims: &[],
        remedy: "add the roles as a custom claim by an Action, under a URL of your own, and name that claim in \
                 source.groups.claims; Auth0 drops claims that are called groups or roles",
        source: "Auth0, Create custom claims",
        ..BASE
    };
    /// PingOne and PingFederate, where the admin names the attribute.
    Ping, "ping" => Preset {
        remedy: "map Group Names to an attribute of the application; PingOne leaves an optional attribute without a \
                 value out, and a large directory's groups can be fetched from its API",
        source: "PingOne, Include external groups in applications; Mapping attributes",
        ..BASE
    };
    /// OneLogin, OIDC with the groups scope, and SAML with an attribute of that name.
    OneLogin, "onelogin" => Preset {
        remedy: "request the groups scope and choose the source of the groups in the app's parameters; a string with \
                 semicolons needs source.groups.delimiter",
        source: "Argo CD, OneLogin; OneLogin, OpenID Connect scopes",
        ..BASE
    };
    /// AWS IAM Identity Center by SAML; ids are GUIDs, or `domain//SID` with Active Directory.
    AwsIdentityCenter, "aws-identity-center" => Preset {
        identified_by: IdentifiedBy::Id,
        remedy: "map the attribute groups to ${user:groups} in the application's attribute mappings",
        source: "Argo CD, AWS IAM Identity Center; apache/cloudstack 12212",
        ..BASE
    };
    /// JumpCloud, where the admin names the group attribute, mostly memberOf.
    JumpCloud, "jumpcloud" => Preset {
        claims: &["memberOf", "member_of", "groups"],
        remedy: "switch on Include group attribute in the application, and bind the groups to it",
        source: "goharbor/harbor 20779 and 22289",
        ..BASE
    };
    /// Oracle Identity Cloud Service and OCI identity domains: objects with id and name.
    Oracle, "oracle" => Preset {
        object_id: Some("id"),
        object_name: Some("name"),
        remedy: "request the scope for groups or add a custom claim with $user.groups.*.display",
        source: "oauth2-proxy 1198; the key name is not verified",
        ..BASE
    };
    /// GitLab as an identity provider: paths without a leading slash, the whole list at userinfo alone.
    GitLab, "gitlab" => Preset {
        claims: &["groups", "groups_direct"],
        identified_by: IdentifiedBy::Path,
        remedy: "pass the answer of the userinfo endpoint too: the ID token holds the direct groups alone",
        source: "GitLab, OpenID Connect provider",
        ..BASE
    };
    /// Dex, such as for GitHub, where a team is `organization:team`.
    Dex, "dex" => Preset {
        remedy: "request the groups scope, and check that the connector loads all groups",
        source: "dexidp/dex, connector/github",
        ..BASE
    };
    /// Shibboleth and eduGAIN: isMemberOf.
    Shibboleth, "shibboleth" => Preset {
        claims: &["urn:oid:1.3.6.1.4.1.5923.1.5.1.1", "urn:mace:dir:attribute-def:isMemberOf"],
        saml_email: "urn:oid:0.9.2342.19200300.100.1.3",
        remedy: "have the identity provider release isMemberOf to this service; its release filter decides what arrives",
        source: "Internet2, isMemberOf; SURFscz/eduteam-account-registry, saml_mapping.py",
        ..BASE
    };
    /// LDAP and Active Directory: distinguished names.
    Ldap, "ldap" => Preset {
        claims: &["memberOf"],
        identified_by: IdentifiedBy::Dn,
        case: CasePolicy::Ascii,
        saml_email: "mail",
        remedy: "memberOf leaves out the primary group and nested groups; search the directory for them and pass them as \
                 fetched groups",
        source: "RFC 4514; Microsoft, MS-ADA2 section 2.45",
        ..BASE
    };
    /// Authentik.
    Authentik, "authentik" => Preset {
        claims: &["groups", "http://schemas.xmlsoap.org/claims/Group"],
        saml_email: XMLSOAP_EMAIL,
        remedy: "request the profile scope, which holds the groups",
        source: "goauthentik/authentik, blueprints/system/providers-oauth2.yaml and providers-saml.yaml",
        ..BASE
    };
    /// Duo Single Sign-On, where the admin names the role attribute.
    Duo, "duo" => Preset {
        claims: &[],
        remedy: "add a role attribute to the application and name it in source.groups.claims",
        source: "Duo, Single Sign-On bridge attributes",
        ..BASE
    };
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
