//! The settings of a source, with everything that the config leaves out taken from the preset.

use alloc::string::String;
use alloc::vec::Vec;

use super::evidence::GroupKind;
use crate::claims::SamlAttribute;
use crate::config::{
    Absent, AbsentAttribute, Form, GroupLimit, IdentifiedBy, IdentitySettings, ObjectShape, Preset, PresetObject,
    Provider, Selector, Source,
};
use crate::text::CasePolicy;

/// Claims that say who somebody is, whatever the provider.
const IDENTITY: [&str; 4] = ["sub", "iss", "aud", "name_id"];

/// How one source's claims are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) source: String,
    pub(crate) provider: Provider,
    pub(crate) issuer: Option<String>,
    pub(crate) claims: Vec<Selector>,
    pub(crate) identified_by: IdentifiedBy,
    pub(crate) delimiter: Option<String>,
    pub(crate) bracketed: bool,
    pub(crate) case: CasePolicy,
    pub(crate) absent: Absent,
    pub(crate) limit: GroupLimit,
    pub(crate) object: Option<ObjectShape>,
    pub(crate) absent_attribute: AbsentAttribute,
    /// Whether an id that is not shaped like a GUID is none.
    pub(crate) ids_are_guids: bool,
    pub(crate) identity: IdentitySettings,
    pub(crate) preset: Preset,
}

fn preset_object(preset: &Preset) -> Option<ObjectShape> {
    match preset.object {
        PresetObject::None => None,
        PresetObject::Group { id, name } => Some(ObjectShape::Group { id: Some(id.into()), name: Some(name.into()) }),
        PresetObject::Map => Some(ObjectShape::Map { organization: None }),
    }
}

impl Reading {
    pub(crate) fn of(source: &Source) -> Self {
        let preset = source.provider.preset();
        let groups = &source.groups;
        let identified_by = groups.identified_by.unwrap_or(preset.identified_by);
        let preset_claims = || preset.claims.iter().map(|claim| Selector::key(*claim)).collect();
        Self {
            source: source.id.clone(),
            provider: source.provider,
            issuer: source.issuer.clone(),
            claims: groups.claims.clone().unwrap_or_else(preset_claims),
            identified_by,
            delimiter: groups.delimiter.clone(),
            bracketed: groups.bracketed,
            case: groups.case.unwrap_or(preset.case),
            absent: groups.absent.unwrap_or(preset.absent),
            limit: groups.limit.unwrap_or(preset.limit),
            object: groups.object.clone().or_else(|| preset_object(&preset)),
            absent_attribute: source.attributes.absent,
            ids_are_guids: preset.ids_are_guids || identified_by == IdentifiedBy::Auto,
            identity: source.identity.clone(),
            preset,
        }
    }

    /// Whether rules go by this kind, so that they could miss a group that names none such: what `identified_by` says, and
    /// where objects have no key for that, what they do have.
    pub(crate) fn identifies(&self, kind: GroupKind) -> bool {
        let own = |kind: GroupKind| match self.identified_by {
            IdentifiedBy::Auto => matches!(kind, GroupKind::Id | GroupKind::Name),
            IdentifiedBy::Id => kind == GroupKind::Id,
            IdentifiedBy::Name => kind == GroupKind::Name,
            IdentifiedBy::Path => kind == GroupKind::Path,
            IdentifiedBy::Dn => kind == GroupKind::Dn,
            IdentifiedBy::Email => kind == GroupKind::Email,
        };
        let Some(ObjectShape::Group { id, name }) = &self.object else { return own(kind) };
        let has_key = |kind: GroupKind| match kind {
            GroupKind::Id => id.is_some(),
            GroupKind::Name => name.is_some(),
            _ => false,
        };
        let have_own = [GroupKind::Id, GroupKind::Name].into_iter().any(|kind| own(kind) && has_key(kind));
        own(kind) || (!have_own && has_key(kind))
    }

    /// Whether a path through a token names a configured groups claim or leads into one: such claims are no attributes.
    pub(crate) fn is_groups_claim(&self, path: &[String]) -> bool {
        self.claims.iter().any(|claim| claim.covers(path))
    }

    /// The same for an attribute of an assertion.
    pub(crate) fn is_groups_attribute(&self, attribute: &SamlAttribute) -> bool {
        let friendly_name = attribute.friendly_name.as_deref();
        self.claims.iter().any(|claim| claim.names_attribute(&attribute.name, friendly_name))
    }

    /// Whether a path leads into what says who somebody is: issuer, audience, or what a subject is made of.
    pub(crate) fn says_who(&self, path: &[String]) -> bool {
        let Some(first) = path.first() else { return false };
        let own = self.identity.subject.iter().flatten().any(|claim| match claim.form() {
            Form::Path(claim) => claim.first() == Some(first),
            Form::AnyCase(name) => name.eq_ignore_ascii_case(first),
            Form::FriendlyName(_) => true,
        });
        let subjects = self.preset.token_subject.iter().chain(self.preset.saml_subject);
        own || IDENTITY.contains(&first.as_str()) || subjects.flat_map(|claims| *claims).any(|claim| claim == first)
    }

    /// Whether a selector may name an address, which people can choose.
    pub(crate) fn is_email(&self, selector: &Selector) -> bool {
        selector.is_key("email")
            || selector.is_key(self.preset.saml_email)
            || self.identity.email.as_ref().is_some_and(|email| email.may_be(selector))
    }
}
