//! What single conditions mean: sets of groups, and sets of values of other claims.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use regex_syntax::hir::Hir;

use super::automaton::{Automaton, Decided, Undecided};
use super::filling::Filling;
use crate::config::{Condition, Scalar, Selector, TestKind};
use crate::dn::{dn_key, dn_suffixes, path_key, path_prefixes, segments_key};
use crate::identity::{GroupKind, id_key};
use crate::matching::Parsed;
use crate::target::Target;
use crate::text::CasePolicy;

/// The number of a question about single groups, or about single values of a claim.
pub(super) type AtomId = u32;

/// The number of a claim that conditions ask for.
pub(super) type AttributeId = u32;

/// How much memory automata may take together, in bytes, before those that are not in use are dropped.
const MAX_AUTOMATA: usize = 64 << 20;

/// A set of groups, or of values of a claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Atom {
    /// One group, by its canonical form.
    Exact(GroupKind, String, CasePolicy),
    /// A path or DN by its canonical form, and all below it.
    Under(GroupKind, String, CasePolicy),
    /// What a pattern matches, of every kind but id.
    Pattern(Written, CasePolicy),
    /// What a pattern matches and captures the second target from, by the template that is the first.
    Filled(Written, CasePolicy, Target, Target),
    /// Some of these values of a claim.
    Values(AttributeId, Vec<Plain>),
    /// What a pattern matches among the texts of a claim.
    Texts(AttributeId, Written),
}

/// A pattern as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Written {
    Regex(String),
    Glob(String),
}

/// A value of a claim in the one form it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plain {
    Text(String),
    Number(String),
    Bool(bool),
    /// A number that is equal to nothing.
    Nothing,
}

impl Written {
    pub(super) fn text(&self) -> &str {
        let (Self::Regex(text) | Self::Glob(text)) = self;
        text
    }

    /// The pattern, read.
    pub(super) fn parse(&self, case: CasePolicy) -> Option<Parsed> {
        match self {
            Self::Regex(pattern) => Parsed::regex(pattern, case).ok(),
            Self::Glob(glob) => Parsed::glob(glob, case).ok(),
        }
    }
}

impl Plain {
    fn of(value: &Scalar) -> Self {
        match value {
            Scalar::String(text) => Self::Text(text.clone()),
            Scalar::Number(number) => number.canonical().map_or(Self::Nothing, Self::Number),
            Scalar::Bool(flag) => Self::Bool(*flag),
        }
    }
}

/// All questions that conditions ask, each once.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    case: CasePolicy,
    known: BTreeMap<Atom, AtomId>,
    all: Vec<Known>,
    attributes: Vec<Selector>,
    memory: usize,
}

#[derive(Debug)]
struct Known {
    atom: Atom,
    /// One of the groups or values, as its author wrote it.
    text: String,
    values: Vec<Scalar>,
    automaton: Made,
}

#[derive(Debug, Clone)]
enum Made {
    NotYet,
    Impossible,
    Automaton(Arc<Automaton>),
}

impl Atoms {
    /// Whose conditions follow compare as the policy says.
    pub(super) fn set_case(&mut self, case: CasePolicy) {
        self.case = case;
    }

    pub(super) fn case(&self) -> CasePolicy {
        self.case
    }

    pub(super) fn attribute(&mut self, selector: &Selector) -> AttributeId {
        let known = self.attributes.iter().position(|known| known == selector);
        let place = known.unwrap_or_else(|| {
            self.attributes.push(selector.clone());
            self.attributes.len().saturating_sub(1)
        });
        number(place)
    }

    pub(super) fn selector(&self, attribute: AttributeId) -> Option<&Selector> {
        self.attributes.get(attribute as usize)
    }

    pub(super) fn attributes(&self) -> usize {
        self.attributes.len()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn atom(&self, id: AtomId) -> Option<&Atom> {
        self.all.get(id as usize).map(|known| &known.atom)
    }

    /// The claim whose values a set is of; none for groups.
    pub(super) fn attribute_of(&self, id: AtomId) -> Option<AttributeId> {
        match self.atom(id)? {
            Atom::Values(attribute, _) | Atom::Texts(attribute, _) => Some(*attribute),
            Atom::Exact(..) | Atom::Under(..) | Atom::Pattern(..) | Atom::Filled(..) => None,
        }
    }

    /// One of the groups, as its author wrote it; nothing of a pattern.
    pub(super) fn text(&self, id: AtomId) -> &str {
        self.all.get(id as usize).map_or("", |known| &*known.text)
    }

    /// The values of a test that lists them.
    pub(super) fn values(&self, id: AtomId) -> &[Scalar] {
        self.all.get(id as usize).map_or(&[], |known| &*known.values)
    }

    fn add(&mut self, atom: Atom, text: String, values: Vec<Scalar>) -> AtomId {
        let next = number(self.all.len());
        let id = *self.known.entry(atom.clone()).or_insert(next);
        if id == next {
            self.all.push(Known { atom, text, values, automaton: Made::NotYet });
        }
        id
    }

    /// The number of a condition on groups that has no other in it.
    pub(super) fn group(&mut self, condition: &Condition) -> Option<AtomId> {
        let case = self.case;
        let (atom, text) = match condition {
            Condition::Id { id, .. } => {
                (Atom::Exact(GroupKind::Id, id_key(id).into_owned(), CasePolicy::Ascii), id.clone())
            }
            Condition::Name(name) => {
                (Atom::Exact(GroupKind::Name, case.canonical(name).into_owned(), case), name.clone())
            }
            Condition::Email(email) => {
                (Atom::Exact(GroupKind::Email, case.canonical(email).into_owned(), case), email.clone())
            }
            Condition::Path(path) => (Atom::Exact(GroupKind::Path, segments_key(path, case), case), path_text(path)),
            Condition::PathUnder(path) => {
                (Atom::Under(GroupKind::Path, segments_key(path, case), case), path_text(path))
            }
            Condition::Dn(dn) => (Atom::Exact(GroupKind::Dn, dn_key(dn, case)?, case), dn.clone()),
            Condition::DnUnder(dn) => (Atom::Under(GroupKind::Dn, dn_key(dn, case)?, case), dn.clone()),
            Condition::Regex(pattern) => (Atom::Pattern(Written::Regex(pattern.clone()), case), String::new()),
            Condition::Glob(glob) => (Atom::Pattern(Written::Glob(glob.clone()), case), String::new()),
            Condition::Attribute(_)
            | Condition::Any(_)
            | Condition::All(_)
            | Condition::Not(_)
            | Condition::Everyone => return None,
        };
        Some(self.add(atom, text, Vec::new()))
    }

    /// The number of "some group that this pattern matches makes the template that target".
    pub(super) fn filled(&mut self, pattern: &Written, template: &Target, target: &Target) -> AtomId {
        let atom = Atom::Filled(pattern.clone(), self.case, template.clone(), target.clone());
        self.add(atom, String::new(), Vec::new())
    }

    /// The number of a test of a claim's values.
    pub(super) fn test(&mut self, attribute: AttributeId, test: &TestKind) -> AtomId {
        let listed = |values: &[Scalar]| {
            let mut plain: Vec<Plain> = values.iter().map(Plain::of).collect();
            plain.sort_unstable();
            plain.dedup();
            Atom::Values(attribute, plain)
        };
        let (atom, values) = match test {
            TestKind::Equals(value) => (listed(core::slice::from_ref(value)), [value.clone()].into()),
            TestKind::OneOf(values) => (listed(values), values.clone()),
            TestKind::Regex(pattern) => (Atom::Texts(attribute, Written::Regex(pattern.clone())), Vec::new()),
            TestKind::Glob(glob) => (Atom::Texts(attribute, Written::Glob(glob.clone())), Vec::new()),
            TestKind::Present(_) => (listed(&[]), Vec::new()),
        };
        self.add(atom, String::new(), values)
    }

    /// The automaton of the texts in a set, if it can have one; of a template that is filled also of some that are not.
    pub(super) fn automaton(&mut self, id: AtomId) -> Decided<Arc<Automaton>> {
        let known = self.all.get(id as usize).ok_or(Undecided)?;
        match &known.automaton {
            Made::Automaton(automaton) => return Ok(automaton.clone()),
            Made::Impossible => return Err(Undecided),
            Made::NotYet => {}
        }
        let made = hir(&known.atom, &known.text).and_then(|hir| Automaton::new(&hir)).map(Arc::new);
        let size = made.as_ref().map_or(0, |automaton| automaton.size());
        self.memory = self.memory.saturating_add(size);
        if self.memory > MAX_AUTOMATA {
            for known in self.all.iter_mut().filter(|known| matches!(known.automaton, Made::Automaton(_))) {
                known.automaton = Made::NotYet;
            }
            self.memory = size;
        }
        let known = self.all.get_mut(id as usize).ok_or(Undecided)?;
        known.automaton = made.clone().map_or(Made::Impossible, Made::Automaton);
        made.ok_or(Undecided)
    }

    /// Whether a group is in a set.
    pub(super) fn holds(&mut self, id: AtomId, kind: GroupKind, text: &str) -> Decided<bool> {
        match self.atom(id).ok_or(Undecided)? {
            Atom::Exact(of, key, case) => Ok(*of == kind && group_key(kind, text, *case).as_deref() == Some(key)),
            Atom::Under(of, above, case) => {
                let key = group_key(kind, text, *case).unwrap_or_default();
                Ok(*of == kind
                    && match kind {
                        GroupKind::Path => path_prefixes(&key).any(|prefix| prefix == above),
                        _ => dn_suffixes(&key).any(|suffix| suffix == above),
                    })
            }
            Atom::Pattern(..) | Atom::Filled(..) if kind == GroupKind::Id => Ok(false),
            Atom::Pattern(..) => Ok(self.automaton(id)?.is_match(text)),
            Atom::Filled(pattern, case, template, target) => {
                let filling = filling(pattern, *case, template, target).ok_or(Undecided)?;
                let could = self.automaton(id)?.is_match(text);
                if could && !filling.is_exact { Err(Undecided) } else { Ok(could) }
            }
            Atom::Values(..) | Atom::Texts(..) => Ok(false),
        }
    }

    /// Whether a value of a claim is in a set of its values.
    pub(super) fn holds_value(&mut self, id: AtomId, value: &Scalar) -> Decided<bool> {
        match (self.atom(id).ok_or(Undecided)?, value) {
            (Atom::Values(_, values), value) => {
                let plain = Plain::of(value);
                Ok(plain != Plain::Nothing && values.contains(&plain))
            }
            (Atom::Texts(..), Scalar::String(text)) => Ok(self.automaton(id)?.is_match(text)),
            _ => Ok(false),
        }
    }
}

/// The canonical form of a group.
fn group_key(kind: GroupKind, text: &str, case: CasePolicy) -> Option<String> {
    match kind {
        GroupKind::Id => Some(id_key(text).into_owned()),
        GroupKind::Name | GroupKind::Email => Some(case.canonical(text).into_owned()),
        GroupKind::Path => path_key(text, case).map(alloc::borrow::Cow::into_owned),
        GroupKind::Dn => dn_key(text, case),
    }
}

/// A path as providers send it.
fn path_text(segments: &[String]) -> String {
    let mut text = String::new();
    for segment in segments {
        text.push('/');
        text.push_str(segment);
    }
    text
}

/// The texts in a set as a pattern, where they are those of one.
fn hir(atom: &Atom, text: &str) -> Option<Hir> {
    let regex = |pattern: &str, case| Parsed::regex(pattern, case).ok().map(|parsed| parsed.hir);
    match atom {
        Atom::Exact(GroupKind::Dn, ..) | Atom::Under(GroupKind::Dn, ..) => None,
        Atom::Filled(pattern, case, template, target) => {
            filling(pattern, *case, template, target).map(|filling| filling.hir)
        }
        Atom::Exact(GroupKind::Path, key, _) | Atom::Under(GroupKind::Path, key, _) if key.contains("//") => {
            Some(Hir::fail())
        }
        Atom::Exact(GroupKind::Path, _, case) => regex(&format!("/?{}", escaped_path(text)), *case),
        Atom::Under(GroupKind::Path, _, case) => regex(&format!("/?{}(?:/[^/]+)*", escaped_path(text)), *case),
        Atom::Exact(_, _, case) | Atom::Under(_, _, case) => regex(&regex_syntax::escape(text), *case),
        Atom::Pattern(written, case) => written.parse(*case).map(|parsed| parsed.hir),
        Atom::Texts(_, written) => written.parse(CasePolicy::Sensitive).map(|parsed| parsed.hir),
        Atom::Values(_, values) => {
            let texts = values.iter().filter_map(|value| match value {
                Plain::Text(text) => Some(Hir::literal(text.as_bytes())),
                Plain::Number(_) | Plain::Bool(_) | Plain::Nothing => None,
            });
            Some(Hir::alternation(texts.collect()))
        }
    }
}

fn filling(pattern: &Written, case: CasePolicy, template: &Target, target: &Target) -> Option<Filling> {
    Filling::of(&pattern.parse(case)?.hir, template, target)
}

fn escaped_path(text: &str) -> String {
    regex_syntax::escape(text.strip_prefix('/').unwrap_or(text))
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
