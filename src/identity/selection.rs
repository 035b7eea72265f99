//! What a selector finds in the claims of a login.

use alloc::string::String;

use crate::claims::{SamlAttribute, View};
use crate::config::{Form, Selector};

/// What stands at the end of a path.
pub(super) enum Found<'a> {
    Value(View<'a>),
    /// Something on the way is there, but has no keys.
    Broken,
}

/// Follows a path through nested objects; `None` where a key is missing.
pub(super) fn follow<'a>(claims: View<'a>, path: &[String]) -> Option<Found<'a>> {
    let mut here = claims;
    for key in path {
        if !here.is_object() {
            return Some(Found::Broken);
        }
        here = here.get(key)?;
    }
    Some(Found::Value(here))
}

/// What a selector names in a token: one value or none, or several where it ignores case.
pub(super) fn in_token<'a>(claims: View<'a>, selector: &Selector) -> impl Iterator<Item = Found<'a>> {
    let (path, name) = match selector.form() {
        Form::Path(path) => (follow(claims, path), None),
        Form::AnyCase(name) => (None, Some(name.clone())),
        Form::FriendlyName(_) => (None, None),
    };
    let members = name.into_iter().flat_map(move |name| {
        let members = claims.members().filter(move |(key, _)| key.eq_ignore_ascii_case(&name));
        members.map(|(_, value)| Found::Value(value))
    });
    path.into_iter().chain(members)
}

/// The attributes of an assertion that a selector names.
pub(super) fn in_assertion<'a, 's>(
    attributes: &'a [SamlAttribute],
    selector: &'s Selector,
) -> impl Iterator<Item = &'a SamlAttribute> + use<'a, 's> {
    attributes.iter().filter(|attribute| selector.names_attribute(&attribute.name, attribute.friendly_name.as_deref()))
}

/// Whether a token's `_claim_names` say that the claim is to be had elsewhere (OpenID Connect Core 1.0, section 5.6.2).
pub(super) fn is_distributed(names: Option<View<'_>>, selector: &Selector) -> bool {
    names.is_some_and(|names| names.members().any(|(name, _)| selector.begins_with(name)))
}
