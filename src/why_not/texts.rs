//! Everything in a login that could have been meant as a group: the groups, parts of them, what could not be read, and
//! the other claims.

use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::claims::{Shape, View};
use crate::config::Selector;
use crate::identity::{Attributes, GroupKind, Identity};

/// How many texts are looked at.
const MOST_TEXTS: usize = 4_096;
/// How deep claims are looked into.
const MOST_LEVELS: usize = 4;
/// What may stand between groups in one text.
pub(super) const DELIMITERS: [char; 5] = [';', ',', '|', '\n', ' '];

/// A text of the login.
#[derive(Clone, Debug)]
pub(super) struct Text<'i> {
    pub(super) text: Cow<'i, str>,
    pub(super) origin: Origin,
}

/// Where a text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is a group.
    Group(GroupKind),
    /// It is a part of a group, between delimiters.
    Part(char),
    /// It could not be read as a group.
    Unread,
    /// It is a value of another claim.
    Claim(String),
}

/// The texts of a login, and whether there are more.
pub(super) fn texts(identity: &Identity) -> (Vec<Text<'_>>, bool) {
    let mut texts = Texts { found: Vec::new(), is_cut: false };
    for entry in identity.evidence().entries() {
        texts.add(entry.text(), Origin::Group(entry.kind()));
        if !matches!(entry.kind(), GroupKind::Id | GroupKind::Dn) {
            texts.parts(entry.text());
        }
    }
    for unread in identity.unread() {
        if let Ok(text) = serde_json::from_str::<String>(unread.value) {
            texts.parts(&text.clone());
            texts.own(text, Origin::Unread);
        }
    }
    let reading = identity.reading();
    match identity.attributes() {
        Attributes::Tokens(tokens) => {
            for token in tokens {
                texts.claims(token.view(), &mut Vec::new(), &|path| reading.is_groups_claim(path));
            }
        }
        Attributes::Saml(attributes) => {
            for attribute in attributes.iter().filter(|attribute| !reading.is_groups_attribute(attribute)) {
                for value in attribute.values() {
                    texts.claim(value, &attribute.name);
                }
            }
        }
        // What comes near is looked for in what was sent.
        Attributes::Supposed { .. } => {}
    }
    (texts.found, texts.is_cut)
}

struct Texts<'i> {
    found: Vec<Text<'i>>,
    is_cut: bool,
}

impl<'i> Texts<'i> {
    fn push(&mut self, text: Cow<'i, str>, origin: Origin) {
        if self.found.len() < MOST_TEXTS {
            self.found.push(Text { text, origin });
        } else {
            self.is_cut = true;
        }
    }

    fn add(&mut self, text: &'i str, origin: Origin) {
        self.push(Cow::Borrowed(text), origin);
    }

    fn own(&mut self, text: String, origin: Origin) {
        self.push(Cow::Owned(text), origin);
    }

    /// The parts of a text, by each delimiter that it holds.
    fn parts(&mut self, text: &str) {
        for delimiter in DELIMITERS.into_iter().filter(|delimiter| text.contains(*delimiter)) {
            for part in text.split(delimiter).map(str::trim).filter(|part| !part.is_empty()) {
                self.own(part.to_owned(), Origin::Part(delimiter));
            }
        }
    }

    fn claims(&mut self, object: View<'i>, path: &mut Vec<String>, is_groups: &dyn Fn(&[String]) -> bool) {
        for (key, value) in object.members() {
            path.push(key.into());
            if !is_groups(path) {
                if value.is_object() && path.len() < MOST_LEVELS {
                    self.claims(value, path, is_groups);
                } else {
                    let name = Selector::nested(path.iter().map(String::as_str)).map(|claim| claim.to_string());
                    self.claim(value, &name.unwrap_or_default());
                }
            }
            path.pop();
        }
    }

    fn claim(&mut self, value: View<'i>, name: &str) {
        match value.shape() {
            Shape::Text(text) => self.add(text, Origin::Claim(name.to_string())),
            Shape::List => value.elements().filter_map(View::as_str).for_each(|text| {
                self.add(text, Origin::Claim(name.to_string()));
            }),
            _ => {}
        }
    }
}

/// The values of an attribute that conditions ask for by another spelling of its name.
pub(super) fn claims_like(identity: &Identity, wanted: &Selector) -> Vec<String> {
    let name = wanted.to_string();
    let alike = |key: &str| key != name && key.eq_ignore_ascii_case(&name);
    match identity.attributes() {
        Attributes::Tokens(tokens) => {
            let keys = tokens.iter().flat_map(|token| token.view().members().map(|(key, _)| key.to_owned()));
            keys.filter(|key| alike(key)).collect()
        }
        Attributes::Saml(attributes) => {
            let friendly = |attribute: &crate::claims::SamlAttribute| {
                attribute.friendly_name.as_deref().is_some_and(|friendly| friendly.eq_ignore_ascii_case(&name))
            };
            let found = attributes.iter().filter(|attribute| alike(&attribute.name) || friendly(attribute));
            found.map(|attribute| format!("{}", Selector::key(&*attribute.name))).collect()
        }
        Attributes::Supposed { .. } => Vec::new(),
    }
}
