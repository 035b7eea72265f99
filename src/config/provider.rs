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
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// How objects in those claims are read.
    pub object: PresetObject,
    /// Whether ids have the shape of a GUID, so that any other text is none.
    pub ids_are_guids: bool,
    /// The claims of an ID token that make up the subject: candidates in order, each of one or several claims. The first
    /// of which every claim is there is taken.
    pub token_subject: &'static [&'static [&'static str]],
    /// The same for an assertion, where `name_id` is the `NameID`.
    pub saml_subject: &'static [&'static [&'static str]],
    /// The SAML attribute that holds the person's address.
    pub saml_email: &'static str,
    /// What an operator does where no groups claim comes, as half a sentence.
    pub when_absent: &'static str,
    /// What an operator does where not all groups come, as half a sentence.
    pub when_cut: &'static str,
    /// What an operator does where groups come that cannot be read, as half a sentence.
    pub when_unreadable: &'static str,
    /// Where these facts come from.
    pub source: &'static str,
}

/// How a provider's objects are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresetObject {
    /// It sends none.
    None,
    /// Each is a group, with its id and name under these keys.
    Group {
        /// The key that holds the object id.
        id: &'static str,
        /// The key that holds the name.
        name: &'static str,
    },
    /// Each key is a group; its value says which organizations grant it.
    Map,
}

/// The address attribute of the claims dialect that Microsoft's products speak.
const XMLSOAP_EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

/// The identifiers of a person within a tenant (Microsoft, ID token claims reference: `oid` with `tid` correlates).
const ENTRA_SAML_SUBJECT: [&str; 2] = [
    "http://schemas.microsoft.com/identity/claims/tenantid",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
];

/// What holds where a provider is not known to differ: the values that take nothing away.
const BASE: Preset = Preset {
    claims: &["groups"],
    identified_by: IdentifiedBy::Name,
    case: CasePolicy::Sensitive,
    absent: Absent::Unknown,
    limit: GroupLimit::None,
    object: PresetObject::None,
    ids_are_guids: false,
    token_subject: &[&["sub"]],
    saml_subject: &[&["name_id"]],
    saml_email: "email",
    when_absent: "make the provider send the claims that source.groups.claims names",
    when_cut: "fetch the person's groups from the provider's API and pass them as fetched groups",
    when_unreadable: "compare a payload with source.groups: identified_by, delimiter, bracketed and object say what is in it",
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
        when_absent: "check in Okta that the app has a groups claim for the ID token with a filter that this person's groups \
                      match, and that the login asks for the groups scope; a thin ID token needs userinfo beside it",
        when_cut: "fetch the person's groups from Okta (GET /api/v1/users/{id}/groups) and pass them as fetched groups, or set \
                   source.groups.limit to the limit of the claim's expression, or to \"none\" for a plain filter",
        source: "Okta, Customize tokens with a groups claim; Okta release notes 2016.25 to 2025.04",
        ..BASE
    };
    /// Microsoft Entra ID, tokens of version 1 and 2, and SAML.
    Entra, "entra" => Preset {
        claims: &["groups", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"],
        identified_by: IdentifiedBy::Id,
        limit: limit(150, AtLimit::Complete),
        ids_are_guids: true,
        token_subject: &[&["tid", "oid"], &["sub"]],
        saml_subject: &[&ENTRA_SAML_SUBJECT, &["name_id"]],
        saml_email: XMLSOAP_EMAIL,
        when_absent: "set groupMembershipClaims in the app registration (Token configuration, Add groups claim)",
        when_cut: "ask Microsoft Graph for the person's memberships (getMemberObjects) and pass them as fetched groups, or \
                   send only groups assigned to the application; who reads JWTs may set source.groups.limit.count to 200",
        when_unreadable: "ids are GUIDs: if the app sends names (sAMAccountName) or roles, set source.groups.identified_by \
                          to \"name\"",
        source: "Microsoft, Access token claims reference and SAML token reference (groups overage)",
        ..BASE
    };
    /// Keycloak with the Group Membership mapper and full paths; by SAML with the mapper's own attribute, `member`.
    Keycloak, "keycloak" => Preset {
        claims: &["groups", "member"],
        identified_by: IdentifiedBy::Path,
        when_absent: "check in Keycloak that the client has a Group Membership mapper for this token; since version 22 the \
                      claim is left out for a person in no group, which source.groups.absent = \"empty\" takes for none",
        when_cut: "fetch the person's groups from the admin API (GET /users/{id}/groups) and pass them as fetched groups",
        when_unreadable: "if the mapper sends one string `[a, b]`, switch Multivalued on or set source.groups.bracketed",
        source: "Keycloak, GroupMembershipMapper and OIDCAttributeMapperHelper; issue 22340",
        ..BASE
    };
    /// Google Workspace by SAML; its OIDC tokens never hold groups.
    Google, "google" => Preset {
        limit: limit(75, AtLimit::Complete),
        when_absent: "Google sends groups by SAML alone: map Group membership in the SAML app, or ask the Directory API \
                      (groups.list with userKey) and pass the groups as fetched groups",
        when_cut: "ask the Directory API (groups.list with userKey) and pass the groups as fetched groups",
        source: "Google Workspace Admin Help, answer 11143403",
        ..BASE
    };
    /// Active Directory Federation Services.
    AdFs, "adfs" => Preset {
        claims: &["group", "http://schemas.xmlsoap.org/claims/Group"],
        saml_email: XMLSOAP_EMAIL,
        when_absent: "add a claim rule to the relying party trust that issues Token-Groups; OIDC needs the allatclaims scope",
        when_cut: "search the directory for the person's groups and pass them as fetched groups",
        when_unreadable: "if the claim rule issues Is-Member-Of-DL, set source.groups.identified_by to \"dn\"",
        source: "Microsoft, AD FS claim rules; one group is sent as a string, several as a list",
        ..BASE
    };
    /// Amazon Cognito user pools.
    Cognito, "cognito" => Preset {
        claims: &["cognito:groups"],
        limit: limit(100, AtLimit::Complete),
        when_absent: "userinfo has no groups, so pass the ID token; a person in no group has no claim, which \
                      source.groups.absent = \"empty\" takes for none",
        when_cut: "ask the user pool (AdminListGroupsForUser) and pass the groups as fetched groups",
        when_unreadable: "a custom attribute holds one string `[a, b]`: set source.groups.bracketed",
        source: "Amazon Cognito, Using the ID token; quotas (100 groups for each user)",
        ..BASE
    };
    /// Auth0, which sends no groups until an Action adds a claim under a name of the admin's choice.
    Auth0, "auth0" => Preset {
        claims: &[],
        when_absent: "add the roles by a post-login Action as a custom claim under a URL of your own, and name that claim in \
                      source.groups.claims; Auth0 drops claims that are called groups or roles",
        when_cut: "ask the Management API (GET /api/v2/users/{id}/roles) and pass the roles as fetched groups",
        source: "Auth0, Create custom claims",
        ..BASE
    };
    /// PingOne and PingFederate, where the admin names the attribute.
    Ping, "ping" => Preset {
        when_absent: "map Group Names or Group IDs to an attribute of the application and name it in source.groups.claims; \
                      PingOne leaves an optional attribute without a value out",
        when_cut: "ask the PingOne API for the person's group memberships and pass them as fetched groups",
        when_unreadable: "if PingFederate sends memberOf, set source.groups.identified_by to \"dn\"",
        source: "PingOne, Include external groups in applications; Mapping attributes",
        ..BASE
    };
    /// OneLogin, OIDC with the groups scope, and SAML with an attribute of that name.
    OneLogin, "onelogin" => Preset {
        when_absent: "ask for the groups scope and choose the source of the groups in the app's parameters",
        when_cut: "ask the OneLogin API for the person's roles and pass them as fetched groups",
        when_unreadable: "choose Semicolon Delimited Input with multi-value output in the app, or set \
                          source.groups.delimiter to \";\"",
        source: "Argo CD, OneLogin; OneLogin, OpenID Connect scopes",
        ..BASE
    };
    /// AWS IAM Identity Center by SAML; ids are GUIDs, or `domain//SID` with Active Directory.
    AwsIdentityCenter, "aws-identity-center" => Preset {
        identified_by: IdentifiedBy::Id,
        when_absent: "map the attribute groups to ${user:groups} in the application's attribute mappings",
        when_cut: "ask the identity store (ListGroupMembershipsForMember) and pass the groups as fetched groups",
        source: "Argo CD, AWS IAM Identity Center; apache/cloudstack 12212",
        ..BASE
    };
    /// JumpCloud, where the admin names the group attribute, mostly memberOf.
    JumpCloud, "jumpcloud" => Preset {
        claims: &["memberOf", "member_of", "groups"],
        when_absent: "switch on Include group attribute in the application, bind the groups to it, and name the attribute in \
                      source.groups.claims",
        when_cut: "ask the JumpCloud API for the person's groups and pass them as fetched groups",
        source: "goharbor/harbor 20779 and 22289",
        ..BASE
    };
    /// Oracle Identity Cloud Service and OCI identity domains: objects with id and name.
    Oracle, "oracle" => Preset {
        object: PresetObject::Group { id: "id", name: "name" },
        when_absent: "ask for the groups, or add a custom claim with $user.groups.*.display; none are sent by default",
        when_cut: "ask the domain's SCIM API for the person's groups and pass them as fetched groups",
        when_unreadable: "source.groups.object says which keys of a group hold its id and its name",
        source: "oauth2-proxy 1198; the key name is not verified",
        ..BASE
    };
    /// GitLab as an identity provider: paths without a leading slash, the whole list at userinfo alone.
    GitLab, "gitlab" => Preset {
        claims: &["groups"],
        identified_by: IdentifiedBy::Path,
        when_absent: "pass the answer of the userinfo endpoint too: the ID token holds the direct groups alone",
        when_cut: "ask the GitLab API for the person's groups and pass them as fetched groups",
        source: "GitLab, OpenID Connect provider",
        ..BASE
    };
    /// Dex, such as for GitHub, where a team is `organization:team`.
    Dex, "dex" => Preset {
        when_absent: "ask for the groups scope, and check that the connector loads groups (insecureEnableGroups for OIDC)",
        when_cut: "check the connector's orgs, teams and loadAllGroups: Dex sends only what they let through",
        source: "dexidp/dex, connector/github",
        ..BASE
    };
    /// Shibboleth and eduGAIN: isMemberOf, and subject-id or pairwise-id where they are released.
    Shibboleth, "shibboleth" => Preset {
        claims: &["urn:oid:1.3.6.1.4.1.5923.1.5.1.1", "urn:mace:dir:attribute-def:isMemberOf"],
        saml_subject: &[
            &["urn:oasis:names:tc:SAML:attribute:subject-id"],
            &["urn:oasis:names:tc:SAML:attribute:pairwise-id"],
            &["name_id"],
        ],
        saml_email: "urn:oid:0.9.2342.19200300.100.1.3",
        when_absent: "have the identity provider release isMemberOf to this service",
        when_cut: "have the identity provider's release filter let every group of this service through",
        source: "Internet2, isMemberOf; SURFscz/eduteam-account-registry, saml_mapping.py",
        ..BASE
    };
    /// LDAP and Active Directory: distinguished names.
    Ldap, "ldap" => Preset {
        claims: &["memberOf"],
        identified_by: IdentifiedBy::Dn,
        case: CasePolicy::Ascii,
        saml_email: "mail",
        when_absent: "release memberOf, or search the directory for the person's groups and pass them as fetched groups",
        when_cut: "search the directory for the person's groups and pass them as fetched groups: memberOf leaves out the \
                   primary group and nested groups",
        when_unreadable: "values must be distinguished names; for plain names set source.groups.identified_by to \"name\"",
        source: "RFC 4514; Microsoft, MS-ADA2 section 2.45",
        ..BASE
    };
    /// Zitadel: an object whose keys are the roles of a project, each with the organizations that grant it.
    Zitadel, "zitadel" => Preset {
        claims: &["urn:zitadel:iam:org:project:roles"],
        object: PresetObject::Map,
        when_absent: "switch on User Roles Inside ID Token, or pass the answer of the userinfo endpoint too",
        when_cut: "ask the Zitadel API for the person's grants and pass the roles as fetched groups",
        when_unreadable: "roles come as an object of objects; a flat list by an Action is read as it is",
        source: "zitadel/zitadel, docs/apis/openidoauth/claims.md",
        ..BASE
    };
    /// Authentik.
    Authentik, "authentik" => Preset {
        claims: &["groups", "http://schemas.xmlsoap.org/claims/Group"],
        saml_email: XMLSOAP_EMAIL,
        when_absent: "ask for the profile scope, which holds the groups",
        when_cut: "ask the Authentik API for the person's groups and pass them as fetched groups",
        source: "goauthentik/authentik, blueprints/system/providers-oauth2.yaml and providers-saml.yaml",
        ..BASE
    };
    /// Duo Single Sign-On, where the admin names the role attribute.
    Duo, "duo" => Preset {
        claims: &[],
        when_absent: "add a role attribute to the application and name it in source.groups.claims",
        when_cut: "map every Duo group that matters to a value of the role attribute",
        source: "Duo, Single Sign-On bridge attributes",
        ..BASE
    };
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
