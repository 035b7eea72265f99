//! The settings of a source, with everything that the config leaves out taken from the preset.

use alloc::string::String;
use alloc::vec::Vec;

use crate::config::{
    Absent, AbsentAttribute, GroupLimit, IdentifiedBy, ObjectKeys, Preset, Provider, Selector, Source,
};
use crate::text::CasePolicy;

/// How one source's claims are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) source: String,
    pub(crate) provider: Provider,
    pub(crate) issuer: Option<String>,
    pub(crate) claims: Vec<Selector>,
    pub(crate) identified_by: IdentifiedBy,
    pub(crate) delimiter: Option<String>,
    pub(crate) case: CasePolicy,
    pub(crate) absent: Absent,
    pub(crate) limit: GroupLimit,
    pub(crate) object: Option<ObjectKeys>,
    pub(crate) absent_attribute: AbsentAttribute,
    /// Whether an id that is not shaped like a GUID is none.
    pub(crate) ids_are_guids: bool,
    pub(crate) saml_email: &'static str,
    /// What an operator does about a list that is not whole.
    pub(crate) remedy: &'static str,
}

/// The keys that a preset names where elements are objects, if it names any.
fn object_keys(preset: &Preset) -> Option<ObjectKeys> {
    let keys = ObjectKeys { id: preset.object_id.map(Into::into), name: preset.object_name.map(Into::into) };
    (keys != ObjectKeys::default()).then_some(keys)
}

impl Reading {
    pub(crate) fn of(source: &Source) -> Self {
        let preset = source.provider.preset();
        let groups = &source.groups;
        let identified_by = groups.identified_by.unwrap_or(preset.identified_by);
        Self {
            source: source.id.clone(),
            provider: source.provider,
            issuer: source.issuer.clone(),
            claims: groups
                .claims
                .clone()
                .unwrap_or_else(|| preset.claims.iter().map(|claim| Selector::key(*claim)).collect()),
            identified_by,
            delimiter: groups.delimiter.clone(),
            case: groups.case.unwrap_or(preset.case),
            absent: groups.absent.unwrap_or(preset.absent),
            limit: groups.limit.unwrap_or(preset.limit),
            object: groups.object.clone().or_else(|| object_keys(&preset)),
            absent_attribute: source.attributes.absent,
            ids_are_guids: preset.ids_are_guids || identified_by == IdentifiedBy::Auto,
            saml_email: preset.saml_email,
            remedy: preset.remedy,
        }
    }

    /// Whether a selector names a configured groups claim or leads into one: such claims are no attributes.
    pub(crate) fn is_groups_claim(&self, path: &[String]) -> bool {
        self.claims.iter().any(|claim| path.starts_with(claim.segments()))
    }
}
