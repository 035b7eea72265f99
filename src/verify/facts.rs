//! Conditions judged one by one, each on every group: no index, nothing remembered but compiled patterns.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use regex_automata::Input;
use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::WhichCaptures;

use super::bounds::Bounds;
use crate::claims::{Shape, View};
use crate::config::{AbsentAttribute, Condition, Config, Scalar, Selector, TestKind};
use crate::dn::{dn_key, dn_suffixes};
use crate::identity::{Attribute, GroupEntry, GroupKind, Identity};
use crate::matching::Parsed;
use crate::text::CasePolicy;

/// What a pattern is written as, and how it is to be read.
type Written<'a> = (bool, &'a str, CasePolicy);

/// A person's groups and other claims, and the patterns of the rules.
pub(super) struct Facts<'a> {
    identity: &'a Identity,
    /// In order: by kind, canonical form and text.
    pub(super) entries: Vec<GroupEntry<'a>>,
    patterns: BTreeMap<Written<'a>, (Regex, Vec<Box<str>>)>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(config: &'a Config, identity: &'a Identity) -> Self {
        let mut facts = Self { identity, entries: identity.evidence().entries().collect(), patterns: BTreeMap::new() };
        for rule in config.rules.iter().filter(|rule| rule.enabled) {
            facts.read_patterns(&rule.when);
        }
        facts
    }

    /// How groups compare.
    fn case(&self) -> CasePolicy {
        self.identity.reading().case
    }

    pub(super) fn is_complete(&self) -> bool {
        self.identity.evidence().is_complete()
    }

    fn read_patterns(&mut self, condition: &'a Condition) {
        let written = match condition {
            Condition::Regex(pattern) => (false, &**pattern, self.case()),
            Condition::Glob(pattern) => (true, &**pattern, self.case()),
            Condition::Attribute(test) => match &test.test {
                // The case policy is about groups.
                TestKind::Regex(pattern) => (false, &**pattern, CasePolicy::Sensitive),
                TestKind::Glob(pattern) => (true, &**pattern, CasePolicy::Sensitive),
                TestKind::Equals(_) | TestKind::OneOf(_) | TestKind::Present(_) => return,
            },
            Condition::Any(inner) | Condition::All(inner) => {
                return inner.iter().for_each(|condition| self.read_patterns(condition));
            }
            Condition::Not(inner) => return self.read_patterns(inner),
            _ => return,
        };
        if let Some(compiled) = compiled(written) {
            self.patterns.insert(written, compiled);
        }
    }

    fn matches(&self, is_glob: bool, pattern: &str, case: CasePolicy, text: &str) -> bool {
        self.patterns.get(&(is_glob, pattern, case)).is_some_and(|(regex, _)| regex.is_match(text))
    }

    /// Judges a condition.
    pub(super) fn judge(&self, condition: &Condition) -> Bounds {
        match condition {
            Condition::Everyone => Bounds::YES,
            Condition::Any(inner) => Bounds::any(inner.iter().map(|condition| self.judge(condition))),
            Condition::All(inner) => Bounds::all(inner.iter().map(|condition| self.judge(condition))),
            Condition::Not(inner) => self.judge(inner).not(),
            Condition::Attribute(test) => self.test(&test.name, &test.test),
            on_groups => {
                Bounds::seen(self.entries.iter().any(|entry| self.meets(on_groups, entry)), !self.is_complete())
            }
        }
    }

    /// Whether one group meets a condition on groups.
    fn meets(&self, condition: &Condition, entry: &GroupEntry<'_>) -> bool {
        let is = |kind: GroupKind| entry.kind() == kind;
        let same = |text: &str| self.case().canonical(text) == self.case().canonical(entry.text());
        let own_dn = || dn_key(entry.text(), self.case()).unwrap_or_default();
        let wanted_dn = |dn: &str| dn_key(dn, self.case()).unwrap_or_default();
        match condition {
            Condition::Id { id, .. } => is(GroupKind::Id) && id.eq_ignore_ascii_case(entry.text()),
            Condition::Name(name) => is(GroupKind::Name) && same(name),
            Condition::Email(email) => is(GroupKind::Email) && same(email),
            Condition::Path(path) => {
                is(GroupKind::Path) && segments(entry.text()).eq(path.iter().map(|segment| &**segment), self.case())
            }
            Condition::PathUnder(path) => {
                is(GroupKind::Path)
                    && segments(entry.text()).starts_with(path.iter().map(|segment| &**segment), self.case())
            }
            Condition::Dn(dn) => is(GroupKind::Dn) && own_dn() == wanted_dn(dn),
            Condition::DnUnder(dn) => is(GroupKind::Dn) && dn_suffixes(&own_dn()).any(|above| above == wanted_dn(dn)),
            Condition::Regex(pattern) => !is(GroupKind::Id) && self.matches(false, pattern, self.case(), entry.text()),
            Condition::Glob(pattern) => !is(GroupKind::Id) && self.matches(true, pattern, self.case(), entry.text()),
            Condition::Attribute(_)
            | Condition::Any(_)
            | Condition::All(_)
            | Condition::Not(_)
            | Condition::Everyone => false,
        }
    }

    fn test(&self, name: &Selector, test: &TestKind) -> Bounds {
        let reading = self.identity.reading();
        match (self.identity.attributes().find(name, reading), test) {
            (Attribute::Present(_) | Attribute::Partly(_), TestKind::Present(wanted)) => Bounds::known(*wanted),
            (Attribute::Present(values), _) => Bounds::known(values.into_iter().any(|value| self.accepts(test, value))),
            (Attribute::Partly(values), _) => {
                Bounds::seen(values.into_iter().any(|value| self.accepts(test, value)), true)
            }
            (Attribute::Elsewhere, _) => Bounds::OPEN,
            (Attribute::Missing, _) if reading.absent_attribute != AbsentAttribute::Empty => Bounds::OPEN,
            (Attribute::Missing, TestKind::Present(wanted)) => Bounds::known(!wanted),
            (Attribute::Missing, _) => Bounds::NO,
        }
    }

    fn accepts(&self, test: &TestKind, value: View<'_>) -> bool {
        let case = CasePolicy::Sensitive;
        match test {
            TestKind::Equals(wanted) => is_equal(wanted, value),
            TestKind::OneOf(wanted) => wanted.iter().any(|wanted| is_equal(wanted, value)),
            TestKind::Regex(pattern) => value.as_str().is_some_and(|text| self.matches(false, pattern, case, text)),
            TestKind::Glob(pattern) => value.as_str().is_some_and(|text| self.matches(true, pattern, case, text)),
            TestKind::Present(_) => false,
        }
    }

    /// The place of the first group that meets a condition on groups which stands under no `not`.
    pub(super) fn witness(&self, condition: &Condition) -> Option<usize> {
        match condition {
            Condition::Any(inner) | Condition::All(inner) => {
                inner.iter().filter_map(|condition| self.witness(condition)).min()
            }
            on_groups => self.entries.iter().position(|entry| self.meets(on_groups, entry)),
        }
    }

    /// The regular expressions on groups, under no `not`, that capture texts of all these names.
    pub(super) fn capturing<'s>(&'s self, condition: &'s Condition, names: &[&str]) -> Vec<&'s Regex> {
        match condition {
            Condition::Any(inner) | Condition::All(inner) => {
                inner.iter().flat_map(|condition| self.capturing(condition, names)).collect()
            }
            Condition::Regex(pattern) => {
                let known = self.patterns.get(&(false, &**pattern, self.case()));
                let fitting = known.filter(|(_, own)| names.iter().all(|name| own.iter().any(|own| **own == **name)));
                fitting.map(|(regex, _)| regex).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What a regular expression captures under a name in a text, if the whole text matches and the name took part.
pub(super) fn captured<'t>(regex: &Regex, text: &'t str, name: &str) -> Option<&'t str> {
    let mut captures = regex.create_captures();
    regex.captures(Input::new(text), &mut captures);
    text.get(captures.get_group_by_name(name)?.range())
}

fn compiled((is_glob, pattern, case): Written<'_>) -> Option<(Regex, Vec<Box<str>>)> {
    let parsed = if is_glob { Parsed::glob(pattern, case) } else { Parsed::regex(pattern, case) }.ok()?;
    let config = meta::Config::new().hybrid(false).which_captures(WhichCaptures::All);
    let regex = Regex::builder().configure(config).build_from_hir(&parsed.anchored()).ok()?;
    Some((regex, parsed.captures()))
}

/// Typed: 7 is not "7", and 7 is 7.0.
fn is_equal(wanted: &Scalar, value: View<'_>) -> bool {
    match (wanted, value.shape()) {
        (Scalar::String(wanted), Shape::Text(text)) => wanted == text,
        (Scalar::Number(wanted), Shape::Number(number)) => *wanted == number,
        (Scalar::Bool(wanted), Shape::Bool(value)) => *wanted == value,
        _ => false,
    }
}

/// The segments of a path, of which the slash at the start is no part.
struct Segments<'t>(Vec<&'t str>);

fn segments(path: &str) -> Segments<'_> {
    Segments(path.strip_prefix('/').unwrap_or(path).split('/').collect())
}

impl Segments<'_> {
    fn starts_with<'w>(&self, wanted: impl ExactSizeIterator<Item = &'w str>, case: CasePolicy) -> bool {
        wanted.len() <= self.0.len()
            && wanted.zip(&self.0).all(|(wanted, own)| case.canonical(wanted) == case.canonical(own))
    }

    fn eq<'w>(&self, wanted: impl ExactSizeIterator<Item = &'w str>, case: CasePolicy) -> bool {
        wanted.len() == self.0.len() && self.starts_with(wanted, case)
    }
}
