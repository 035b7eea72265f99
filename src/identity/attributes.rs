//! All claims but the groups, as conditions ask for them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Identity;
use super::reading::Reading;
use super::selection::{Found, follow, in_assertion, is_distributed};
use crate::claims::{Document, Login, SamlAttribute, Token, View};
use crate::config::{Form, Selector};

/// The claims of a login, shared with it.
#[derive(PartialEq)]
pub(crate) enum Attributes {
    Tokens(Vec<Arc<Document>>),
    Saml(Vec<SamlAttribute>),
    /// Those of a login as it would be: some attributes are a list of values, or not there.
    Supposed {
        login: Identity,
        attributes: Vec<(Selector, Values)>,
    },
}

/// The values of an attribute as they would be.
#[derive(PartialEq)]
pub(crate) enum Values {
    Missing,
    /// Those of the one list in a token.
    List(Token),
}

/// What is known of one attribute.
pub(crate) enum Attribute<'a> {
    /// Its values, over all tokens or elements of its name; none at all where it is an empty list.
    Present(Vec<View<'a>>),
    /// It is there, but these are not all of its values: some are no text, number or boolean, or are to be had elsewhere.
    Partly(Vec<View<'a>>),
    /// It is not there, or null.
    Missing,
    /// It is not there, and the token says that it is to be had elsewhere, or what stands on the way to it cannot be read.
    Elsewhere,
}

impl Attributes {
    pub(super) fn of(login: &Login) -> Self {
        match login {
            Login::Oidc { id_token, userinfo } => {
                Self::Tokens(core::iter::once(id_token).chain(userinfo).map(Token::document).collect())
            }
            Login::Saml(assertion) => Self::Saml(assertion.attributes.clone()),
        }
    }

    /// What is known of an attribute. The configured groups claims are none.
    pub(crate) fn find<'a>(&'a self, selector: &Selector, reading: &Reading) -> Attribute<'a> {
        let mut present = false;
        let (mut is_whole, mut is_cut) = (true, false);
        let mut values = Vec::new();
        let mut keep = |value: View<'a>| {
            if value.is_scalar() {
                values.push(value);
            } else {
                is_whole = false;
            }
        };
        match self {
            Self::Supposed { login, attributes } => {
                return match attributes.iter().find(|(name, _)| name == selector) {
                    Some((_, Values::List(list))) => {
                        Attribute::Present(list.claims().members().flat_map(|(_, values)| values.elements()).collect())
                    }
                    Some((_, Values::Missing)) => Attribute::Missing,
                    None => login.attributes().find(selector, reading),
                };
            }
            Self::Tokens(tokens) => {
                for token in tokens {
                    for found in claims(token.view(), selector, reading) {
                        match found {
                            Found::Broken => is_cut = true,
                            Found::Value(value) if value.is_null() => {}
                            Found::Value(value) => {
                                present = true;
                                if value.is_list() {
                                    value.elements().for_each(&mut keep);
                                } else {
                                    keep(value);
                                }
                            }
                        }
                    }
                    is_cut |= is_distributed(token.view().get("_claim_names"), selector);
                }
            }
            Self::Saml(attributes) => {
                let named = in_assertion(attributes, selector);
                for attribute in named.filter(|attribute| !reading.is_groups_attribute(attribute)) {
                    present = true;
                    attribute.values().for_each(&mut keep);
                }
            }
        }
        match (present, is_cut) {
            (true, false) if is_whole => Attribute::Present(values),
            (true, _) => Attribute::Partly(values),
            (false, true) => Attribute::Elsewhere,
            (false, false) => Attribute::Missing,
        }
    }

    /// What a digest is made over: every claim but the groups.
    pub(crate) fn without_groups<'a>(&'a self, reading: &'a Reading) -> impl Serialize + 'a {
        WithoutGroups { attributes: self, reading }
    }
}

/// What a selector names in a token beside the groups claims.
fn claims<'a>(token: View<'a>, selector: &Selector, reading: &Reading) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    match selector.form() {
        Form::Path(path) if !reading.is_groups_claim(path) => {
            found.extend(follow(token, path));
        }
        Form::AnyCase(name) => {
            let named = token.members().filter(|(key, _)| key.eq_ignore_ascii_case(name));
            let others = named.filter(|(key, _)| !reading.is_groups_claim(&[String::from(*key)]));
            found.extend(others.map(|(_, value)| Found::Value(value)));
        }
        Form::Path(_) | Form::FriendlyName(_) => {}
    }
    found
}

struct WithoutGroups<'a> {
    attributes: &'a Attributes,
    reading: &'a Reading,
}

impl Serialize for WithoutGroups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.attributes {
            // Of a login as it would be, no plan is written down.
            Attributes::Supposed { login, .. } => login.attributes().without_groups(self.reading).serialize(serializer),
            Attributes::Tokens(tokens) => serializer.collect_seq(tokens.iter().map(|claims| Pruned {
                value: claims.view(),
                path: Vec::new(),
                reading: self.reading,
            })),
            Attributes::Saml(attributes) => {
                // Values are a set: neither order nor repetition changes what a condition makes of them.
                let mut by_name: BTreeMap<(&str, Option<&str>), BTreeSet<String>> = BTreeMap::new();
                for attribute in attributes.iter().filter(|attribute| !self.reading.is_groups_attribute(attribute)) {
                    let name = (&*attribute.name, attribute.friendly_name.as_deref());
                    let values = attribute.values().map(|value| serde_json::to_string(&value).unwrap_or_default());
                    by_name.entry(name).or_default().extend(values);
                }
                serializer.collect_seq(by_name)
            }
        }
    }
}

/// A claim without the groups claims below it.
struct Pruned<'a> {
    value: View<'a>,
    path: Vec<String>,
    reading: &'a Reading,
}

impl Serialize for Pruned<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.value.is_object() {
            return self.value.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.value.members() {
            let mut path = self.path.clone();
            path.push(key.into());
            if !self.reading.is_groups_claim(&path) {
                map.serialize_entry(key, &Pruned { value, path, reading: self.reading })?;
            }
        }
        map.end()
    }
}
