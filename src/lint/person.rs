//! People whom a question is about: some groups, some other claims, and whether that is all there is.

use alloc::string::String;
use alloc::vec::Vec;

use super::atom::AttributeId;
use crate::claims::{Assertion, Claims, FetchedGroup, FetchedGroups, SamlAttribute, Token, Value};
use crate::config::{Form, Scalar, Selector};
use crate::identity::{GroupKind, Reading};

/// One person, made up.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Person {
    /// Whether the groups are known to be all there are.
    pub(super) complete: bool,
    pub(super) groups: Vec<(GroupKind, String)>,
    pub(super) claims: Vec<(AttributeId, Held)>,
}

/// What a person has under a claim.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Held {
    Values(Vec<Scalar>),
    /// The token says that it is to be had elsewhere.
    Elsewhere,
}

/// What the engine would read these from; none where no login could say it.
pub(super) fn claims_of(
    groups: &[(GroupKind, String)],
    complete: bool,
    claims: &[(Selector, Held)],
    reading: &Reading,
) -> Option<Claims> {
    if complete && !groups.iter().all(|(kind, _)| reading.identifies(*kind)) {
        return None;
    }
    let groups = groups.iter().map(|(kind, text)| {
        let mut group = FetchedGroup::default();
        let place = match kind {
            GroupKind::Id => &mut group.id,
            GroupKind::Name => &mut group.name,
            GroupKind::Path => &mut group.path,
            GroupKind::Dn => &mut group.dn,
            GroupKind::Email => &mut group.email,
        };
        *place = Some(text.clone());
        group
    });
    let fetched = FetchedGroups::new(complete, groups);
    let by_friendly_name = |(selector, _): &(Selector, Held)| matches!(selector.form(), Form::FriendlyName(_));
    let login = if claims.iter().any(by_friendly_name) {
        Claims::saml(assertion(claims, reading)?)
    } else {
        Claims::oidc(token(claims, reading)?)
    };
    Some(login.with_fetched_groups(fetched))
}

fn value(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::String(text) => Value::from(text.as_str()),
        Scalar::Number(number) => Value::Number(*number),
        Scalar::Bool(flag) => Value::Bool(*flag),
    }
}

/// The values of a claim, as a list where there are several or none.
fn values_of(values: &[Scalar]) -> Value {
    match values {
        [only] => value(only),
        several => Value::List(several.iter().map(value).collect()),
    }
}

/// Spells a name that may come in any case so that it is none of the groups claims.
fn spelled(name: &str, reading: &Reading) -> Option<String> {
    let spellings = [String::from(name), name.to_ascii_lowercase(), name.to_ascii_uppercase()];
    spellings.into_iter().find(|spelling| !reading.is_groups_claim(core::slice::from_ref(spelling)))
}

fn token(claims: &[(Selector, Held)], reading: &Reading) -> Option<Token> {
    let paths = claims.iter().map(|(selector, held)| {
        let path = match selector.form() {
            Form::Path(path) => path.clone(),
            Form::AnyCase(name) => [spelled(name, reading)?].into(),
            Form::FriendlyName(_) => return None,
        };
        Some((path, held))
    });
    let paths: Vec<(Vec<String>, &Held)> = paths.collect::<Option<_>>()?;
    let mut tree = Vec::new();
    let mut elsewhere = Vec::new();
    for (path, held) in &paths {
        match held {
            Held::Elsewhere => elsewhere.push((path.first()?.as_str(), Value::from("src1"))),
            Held::Values(values) => put(&mut tree, path, values_of(values))?,
        }
    }
    // A login is about somebody, and comes from where it must come from.
    let mut always = alloc::vec![Vec::from([String::from("sub")])];
    let stated = reading.identity.subject.iter().flatten().map(Selector::form);
    always.extend(stated.filter_map(|form| match form {
        Form::Path(path) => Some(path.clone()),
        Form::AnyCase(name) => Some([name.clone()].into()),
        Form::FriendlyName(_) => None,
    }));
    for path in always.iter().filter(|path| paths.iter().all(|(known, _)| known != *path)) {
        put(&mut tree, path, Value::from("somebody"))?;
    }
    if let Some(issuer) = reading.issuer.as_deref()
        && !tree.iter().any(|(key, _)| *key == "iss")
    {
        tree.push(("iss", Node::Value(Value::from(issuer))));
    }
    if !elsewhere.is_empty() {
        tree.push(("_claim_names", Node::Value(Value::object(elsewhere).ok()?)));
    }
    let claims = tree.into_iter().map(|(key, node)| Some((key, node.into_value()?)));
    Token::new(claims.collect::<Option<Vec<_>>>()?).ok()
}

/// An object that is being put together.
enum Node<'a> {
    Value(Value),
    Object(Vec<(&'a str, Node<'a>)>),
}

impl Node<'_> {
    fn into_value(self) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Object(members) => {
                let members = members.into_iter().map(|(key, node)| Some((key, node.into_value()?)));
                Value::object(members.collect::<Option<Vec<_>>>()?).ok()
            }
        }
    }
}

/// Puts a value at the end of a path; none where something else stands there already.
fn put<'a>(tree: &mut Vec<(&'a str, Node<'a>)>, path: &'a [String], value: Value) -> Option<()> {
    let (key, rest) = path.split_first()?;
    let known = tree.iter_mut().find(|(known, _)| *known == key);
    if rest.is_empty() {
        if known.is_some() {
            return None;
        }
        tree.push((key, Node::Value(value)));
        return Some(());
    }
    match known {
        Some((_, Node::Object(members))) => put(members, rest, value),
        Some((_, Node::Value(_))) => None,
        None => {
            let mut members = Vec::new();
            put(&mut members, rest, value)?;
            tree.push((key, Node::Object(members)));
            Some(())
        }
    }
}

fn assertion(claims: &[(Selector, Held)], reading: &Reading) -> Option<Assertion> {
    let mut assertion = Assertion::new("somebody");
    if let Some(issuer) = reading.issuer.as_deref() {
        assertion = assertion.with_issuer(issuer);
    }
    for (selector, held) in claims {
        let Held::Values(values) = held else { return None };
        let texts: Vec<&str> = values
            .iter()
            .map(|value| match value {
                Scalar::String(text) => Some(text.as_str()),
                Scalar::Number(_) | Scalar::Bool(_) => None,
            })
            .collect::<Option<_>>()?;
        let attribute = match selector.form() {
            Form::Path(path) => match path.as_slice() {
                [name] => SamlAttribute::new(name, texts),
                _ => return None,
            },
            Form::AnyCase(name) => SamlAttribute::new(spelled(name, reading)?, texts),
            Form::FriendlyName(name) => SamlAttribute::new("urn:somewhere", texts).with_friendly_name(name),
        };
        assertion = assertion.with_attribute(attribute);
    }
    Some(assertion)
}
