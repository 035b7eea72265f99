//! Where groups come from: the source of a config, and what each provider sends (section 1).

use serde_json::Value;

use super::selector::{Selector, read_selector};
use super::shape::{Shape, Shapeless, count, flag, list, object, optional, required, text, word};
use super::text::{Case, Kind};

/// `identified_by`: one kind, or `auto` (`None`).
pub type IdentifiedBy = Option<Kind>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    Unknown,
    Empty,
    Refuse,
}

#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub count: u64,
    pub suspect_at: bool,
    pub refuse_over: bool,
}

/// How objects are read.
#[derive(Debug, Clone)]
pub enum Object {
    /// Each is a group, by these keys.
    Group { id: Option<String>, name: Option<String> },
    /// Each key is a group, granted by the organizations in its value.
    Map { organization: Option<String> },
}

#[derive(Debug)]
pub struct Source {
    pub id: String,
    pub issuer: Option<String>,
    pub claims: Vec<Selector>,
    pub identified_by: IdentifiedBy,
    pub delimiter: Option<String>,
    pub case: Case,
    pub absent: Absent,
    pub limit: Option<Limit>,
    pub object: Option<Object>,
    /// Whether a string is a list in brackets.
    pub bracketed: bool,
    /// Whether a missing attribute is evidence.
    pub absent_attributes_are_empty: bool,
    /// Whether ids must be GUIDs.
    pub ids_are_guids: bool,
    /// What a SAML assertion of this provider calls the e-mail address.
    pub saml_email: &'static str,
    /// What the subject is made of, by the config or by the preset's candidates.
    pub subject: Option<Vec<Selector>>,
    pub token_subjects: Vec<Vec<Selector>>,
    pub saml_subjects: Vec<Vec<Selector>>,
    pub email: Option<Selector>,
}

impl Source {
    /// Whether a group of this kind is one that rules can find: the kind that the source identifies groups by, or, if
    /// that is none that its objects have a key for, one of theirs.
    pub fn goes_by(&self, kind: Kind) -> bool {
        let own: Vec<Kind> = self.identified_by.map_or(vec![Kind::Id, Kind::Name], |kind| vec![kind]);
        let mut keys = Vec::new();
        if let Some(Object::Group { id, name }) = &self.object {
            keys.extend(id.is_some().then_some(Kind::Id));
            keys.extend(name.is_some().then_some(Kind::Name));
        }
        own.contains(&kind) || (!own.iter().any(|kind| keys.contains(kind)) && keys.contains(&kind))
    }
}

pub fn read_source(value: &Value) -> Shape<Source> {
    let map = object(value, &["id", "provider", "issuer", "groups", "attributes", "identity"])?;
    let provider = required(map, "provider", text)?;
    let mut source = preset(&provider)?;
    source.id = required(map, "id", text)?;
    source.issuer = optional(map, "issuer", text)?;
    if let Some(attributes) = map.get("attributes") {
        let map = object(attributes, &["absent"])?;
        let words = [("unknown", false), ("empty", true)];
        if let Some(empty) = optional(map, "absent", |value| word(value, &words))? {
            source.absent_attributes_are_empty = empty;
        }
    }
    if let Some(groups) = map.get("groups") {
        override_groups(&mut source, groups)?;
    }
    if let Some(identity) = map.get("identity") {
        let map = object(identity, &["subject", "email", "given_name", "family_name", "display_name"])?;
        let subject = optional(map, "subject", |value| list(value)?.iter().map(read_selector).collect::<Shape<_>>())?;
        if subject.as_ref().is_some_and(Vec::is_empty) {
            return Err(Shapeless);
        }
        source.subject = subject;
        source.email = optional(map, "email", read_selector)?;
        for name in ["given_name", "family_name", "display_name"] {
            optional(map, name, read_selector)?;
        }
    }
    source.ids_are_guids = provider == "entra" || source.identified_by.is_none();
    Ok(source)
}

/// Every value of a preset can be overridden, each by itself.
fn override_groups(source: &mut Source, value: &Value) -> Shape<()> {
    let known = ["claims", "identified_by", "delimiter", "bracketed", "case", "absent", "limit", "object"];
    let map = object(value, &known)?;
    if let Some(claims) = optional(map, "claims", |value| list(value)?.iter().map(read_selector).collect::<Shape<_>>())?
    {
        source.claims = claims;
    }
    let kinds = [
        ("id", Some(Kind::Id)),
        ("name", Some(Kind::Name)),
        ("path", Some(Kind::Path)),
        ("dn", Some(Kind::Dn)),
        ("email", Some(Kind::Email)),
        ("auto", None),
    ];
    if let Some(kind) = optional(map, "identified_by", |value| word(value, &kinds))? {
        source.identified_by = kind;
    }
    source.delimiter = optional(map, "delimiter", text)?;
    source.bracketed = optional(map, "bracketed", flag)?.unwrap_or(false);
    let cases = [("sensitive", Case::Sensitive), ("ascii", Case::Ascii), ("unicode", Case::Unicode)];
    if let Some(case) = optional(map, "case", |value| word(value, &cases))? {
        source.case = case;
    }
    let absents = [("unknown", Absent::Unknown), ("empty", Absent::Empty), ("refuse", Absent::Refuse)];
    if let Some(absent) = optional(map, "absent", |value| word(value, &absents))? {
        source.absent = absent;
    }
    if let Some(limit) = optional(map, "limit", read_limit)? {
        source.limit = Some(limit);
    }
    if let Some(keys) = optional(map, "object", read_object)? {
        source.object = Some(keys);
    }
    Ok(())
}

fn read_limit(value: &Value) -> Shape<Limit> {
    let map = object(value, &["count", "at", "over"])?;
    Ok(Limit {
        count: required(map, "count", count)?,
        suspect_at: optional(map, "at", |value| word(value, &[("complete", false), ("suspect", true)]))?
            .unwrap_or(true),
        refuse_over: optional(map, "over", |value| word(value, &[("incomplete", false), ("refuse", true)]))?
            .unwrap_or(false),
    })
}

fn read_object(value: &Value) -> Shape<Object> {
    let map = object(value, &["id", "name", "keys", "organization"])?;
    if let Some(keys) = map.get("keys") {
        object(value, &["keys", "organization"])?;
        return match flag(keys)? {
            true => Ok(Object::Map { organization: optional(map, "organization", text)? }),
            false => Err(Shapeless),
        };
    }
    let map = object(value, &["id", "name"])?;
    Ok(Object::Group { id: optional(map, "id", text)?, name: optional(map, "name", text)? })
}

/// What each provider sends unless the config says otherwise.
fn preset(provider: &str) -> Shape<Source> {
    const XMLSOAP_EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
    const ENTRA_GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
    const ADFS_GROUPS: &str = "http://schemas.xmlsoap.org/claims/Group";
    const IS_MEMBER_OF: &str = "urn:oid:1.3.6.1.4.1.5923.1.5.1.1";
    const IS_MEMBER_OF_SAML1: &str = "urn:mace:dir:attribute-def:isMemberOf";
    let (claims, kind, limit, saml_email) = match provider {
        "custom" => (vec!["groups"], Kind::Name, None, "email"),
        "okta" => (vec!["groups"], Kind::Name, Some((100, true)), "email"),
        "entra" => (vec!["groups", ENTRA_GROUPS], Kind::Id, Some((150, false)), XMLSOAP_EMAIL),
        "keycloak" => (vec!["groups", "member"], Kind::Path, None, "email"),
        "cognito" => (vec!["cognito:groups"], Kind::Name, Some((100, false)), "email"),
        "google" => (vec!["groups"], Kind::Name, Some((75, false)), "email"),
        "adfs" => (vec!["group", ADFS_GROUPS], Kind::Name, None, XMLSOAP_EMAIL),
        "auth0" | "duo" => (vec![], Kind::Name, None, "email"),
        "ping" | "onelogin" | "oracle" | "dex" => (vec!["groups"], Kind::Name, None, "email"),
        "aws-identity-center" => (vec!["groups"], Kind::Id, None, "email"),
        "jumpcloud" => (vec!["memberOf", "member_of", "groups"], Kind::Name, None, "email"),
        "gitlab" => (vec!["groups"], Kind::Path, None, "email"),
        "shibboleth" => (vec![IS_MEMBER_OF, IS_MEMBER_OF_SAML1], Kind::Name, None, "urn:oid:0.9.2342.19200300.100.1.3"),
        "zitadel" => (vec!["urn:zitadel:iam:org:project:roles"], Kind::Name, None, "email"),
        "ldap" => (vec!["memberOf"], Kind::Dn, None, "mail"),
        "authentik" => (vec!["groups", ADFS_GROUPS], Kind::Name, None, XMLSOAP_EMAIL),
        _ => return Err(Shapeless),
    };
    Ok(Source {
        id: String::new(),
        issuer: None,
        claims: claims.into_iter().map(Selector::key).collect(),
        identified_by: Some(kind),
        delimiter: None,
        case: if provider == "ldap" { Case::Ascii } else { Case::Sensitive },
        absent: Absent::Unknown,
        limit: limit.map(|(count, suspect_at)| Limit { count, suspect_at, refuse_over: false }),
        object: match provider {
            "oracle" => Some(Object::Group { id: Some("id".into()), name: Some("name".into()) }),
            "zitadel" => Some(Object::Map { organization: None }),
            _ => None,
        },
        bracketed: false,
        absent_attributes_are_empty: false,
        ids_are_guids: false,
        saml_email,
        subject: None,
        token_subjects: candidates(if provider == "entra" { &[&["tid", "oid"], &["sub"]] } else { &[&["sub"]] }),
        saml_subjects: candidates(match provider {
            "entra" => &[&[TENANT, OBJECT], &["name_id"]],
            "shibboleth" => &[&[SUBJECT_ID], &[PAIRWISE_ID], &["name_id"]],
            _ => &[&["name_id"]],
        }),
        email: None,
    })
}

const TENANT: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
const OBJECT: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
const SUBJECT_ID: &str = "urn:oasis:names:tc:SAML:attribute:subject-id";
const PAIRWISE_ID: &str = "urn:oasis:names:tc:SAML:attribute:pairwise-id";

fn candidates(candidates: &[&[&str]]) -> Vec<Vec<Selector>> {
    candidates.iter().map(|claims| claims.iter().map(|claim| Selector::key(claim)).collect()).collect()
}
