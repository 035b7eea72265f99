//! From a group to the conditions that it meets, whatever their number.
//!
//! # How it works
//!
//! Every condition on groups, and every test of another claim, is a *leaf* with a number of its own, held once however
//! many rules ask for it. The rest of the crate says which conditions there are ([`IndexBuilder`]) and then asks, text
//! by text, which leaves are met ([`Index::meets`]); it does not know how they are found.
//!
//! 1. **Exact conditions** are entries of one hash table ([`keys`]), under their canonical form: case policies, DN and
//!    path spelling are folded into the key when the config is compiled and when claims are normalised, so that a
//!    group costs one look-up. A pattern that matches few values is those values.
//! 2. **Other patterns** are found by a literal that every match must hold ([`literals`]): at its start or its end by
//!    a trie, which most groups leave at the first byte, or within by one automaton, which reads the groups that could
//!    hold one by a few samples ([`samples`]). Of
//!    the literals that a pattern offers the one is taken that fewest other patterns share. Only the patterns found so
//!    are asked whether they match: their fixed ends are compared, and what stands between is run through a machine of
//!    at most 64 positions ([`machine`]). A machine is a few hundred bytes, and equal ones are held once. Patterns that
//!    are too large for one or look around are regular expressions of their own.
//! 3. **Patterns without a literal** are matched by one automaton together ([`patterns`]).
//! 4. Under a case policy, a pattern that holds all cases of what it holds is matched against the canonical form of a
//!    group, by canonical literals; one that does not, such as `(?-i:Ops)`, against the group as sent.
//! 5. **Captured text** needs a real regular expression, made for the patterns that fill templates alone ([`captures`]).
//! 6. A [`Memo`] remembers, for a caller who plans for many people, which leaves a group meets.
//!
//! Everything is linear in the length of a group, and nothing a group says can make it otherwise.

mod ascii_case;
mod captures;
mod keys;
mod literals;
mod machine;
mod memo;
mod pattern;
mod patterns;
mod samples;
mod specimen;
mod trial;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

pub(crate) use self::captures::Captured;
use self::captures::{Captures, CapturesBuilder};
use self::keys::{Entry, Keys, Meant};
pub(crate) use self::memo::Memo;
pub(crate) use self::pattern::{MAX_PATTERN_BYTES, Parsed, PatternError, size_help};
use self::patterns::{Patterns, PatternsBuilder};
pub(crate) use self::patterns::{Search, SearchSpace};
pub(crate) use self::specimen::specimens;
pub(crate) use self::trial::Trial;
use crate::claims::{Shape, View};
use crate::config::{Scalar, Selector};
use crate::dn::{dn_suffixes, path_prefixes};
use crate::identity::{GroupEntry, GroupKind};
use crate::text::CasePolicy;

/// The place of a leaf in the index.
pub(crate) type LeafId = u32;

/// The place of an attribute among those that rules ask for.
pub(crate) type AttributeId = u32;

/// One condition on groups.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Leaf {
    /// The canonical form of one kind.
    Exact(GroupKind, String),
    /// The canonical form of a path or DN, or of one above it.
    Under(GroupKind, String),
    /// A regular expression, as written.
    Regex(String),
    /// A glob, as written.
    Glob(String),
}

/// One test of another claim; a missing one meets none.
pub(crate) enum Test {
    OneOf(Vec<Scalar>),
    Pattern(Parsed),
}

/// All conditions of a config.
#[derive(Debug)]
pub(crate) struct Index {
    case: CasePolicy,
    leaves: u32,
    keys: Keys,
    has_above: bool,
    /// Patterns for canonical text.
    folded: Patterns,
    /// Patterns for text as sent.
    sent: Patterns,
    has_finite: bool,
    attributes: Vec<AttributeTests>,
    captures: Captures,
    /// INVARIANT: by leaf; the patterns that cost something for every group.
    costly: Vec<(LeafId, Search)>,
}

/// The tests of one attribute.
#[derive(Debug)]
struct AttributeTests {
    selector: Selector,
    keys: Keys,
    patterns: Patterns,
}

impl Index {
    /// How many leaves there are.
    pub(crate) fn len(&self) -> usize {
        self.leaves as usize
    }

    /// Calls for each leaf that a group meets, perhaps more than once.
    #[inline]
    pub(crate) fn meets(&self, entry: GroupEntry<'_>, space: &mut SearchSpace, mut met: impl FnMut(LeafId)) {
        let (kind, key) = (entry.kind(), entry.key());
        let is_sent = entry.is_canonical();
        // Ids have no spelling that a pattern could speak of.
        let spelled = kind != GroupKind::Id;
        let is_folded = spelled && matches!(kind, GroupKind::Name | GroupKind::Email);
        for (meant, leaf) in self.keys.find(key) {
            if match meant {
                Meant::Key(meant) => *meant == kind,
                Meant::Folded => is_folded,
                Meant::Sent => spelled && is_sent,
                Meant::Above(_) | Meant::Number | Meant::Bool => false,
            } {
                met(*leaf);
            }
        }
        if self.has_above && matches!(kind, GroupKind::Path | GroupKind::Dn) {
            self.meets_above(kind, key, &mut met);
        }
        if spelled {
            self.meets_patterns(entry, is_folded, space, &mut met);
        }
    }

    /// Conditions on a path or a DN, or what is below it.
    fn meets_above(&self, kind: GroupKind, key: &str, met: &mut impl FnMut(LeafId)) {
        let mut ask = |above: &str| {
            let found = self.keys.find(above).iter().filter(|(meant, _)| *meant == Meant::Above(kind));
            found.for_each(|(_, leaf)| met(*leaf));
        };
        match kind {
            GroupKind::Path => path_prefixes(key).for_each(&mut ask),
            _ => dn_suffixes(key).for_each(&mut ask),
        }
    }

    #[inline]
    fn meets_patterns(
        &self,
        entry: GroupEntry<'_>,
        is_folded: bool,
        space: &mut SearchSpace,
        met: &mut impl FnMut(LeafId),
    ) {
        let text = entry.text();
        self.sent.find(text, space, met);
        if self.has_finite && !entry.is_canonical() {
            let found = self.keys.find(text).iter().filter(|(meant, _)| *meant == Meant::Sent);
            found.for_each(|(_, leaf)| met(*leaf));
        }
        if self.case == CasePolicy::Sensitive {
            return;
        }
        if is_folded {
            return self.folded.find(entry.key(), space, met);
        }
        // The keys of paths and DNs are more than their text in canonical case.
        let folded = self.case.canonical(text);
        self.folded.find(&folded, space, met);
        if self.has_finite {
            let found = self.keys.find(&folded).iter().filter(|(meant, _)| *meant == Meant::Folded);
            found.for_each(|(_, leaf)| met(*leaf));
        }
    }

    /// The attributes that rules ask for.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (AttributeId, &Selector)> {
        (0..).zip(self.attributes.iter().map(|attribute| &attribute.selector))
    }

    /// The selector of an attribute.
    pub(crate) fn selector(&self, attribute: AttributeId) -> Option<&Selector> {
        self.attributes.get(attribute as usize).map(|attribute| &attribute.selector)
    }

    /// Calls for each leaf that a value of an attribute meets, perhaps more than once.
    pub(crate) fn meets_attribute(
        &self,
        attribute: AttributeId,
        value: View<'_>,
        space: &mut SearchSpace,
        mut met: impl FnMut(LeafId),
    ) {
        let Some(tests) = self.attributes.get(attribute as usize) else { return };
        let mut ask = |text: &str, wanted: Meant| {
            let found = tests.keys.find(text).iter().filter(|(meant, _)| *meant == wanted);
            found.for_each(|(_, leaf)| met(*leaf));
        };
        match value.shape() {
            Shape::Text(text) => {
                ask(text, Meant::Sent);
                tests.patterns.find(text, space, &mut met);
            }
            Shape::Number(number) => number.canonical().into_iter().for_each(|text| ask(&text, Meant::Number)),
            Shape::Bool(value) => ask(word(value), Meant::Bool),
            Shape::Null | Shape::List | Shape::Object => {}
        }
    }

    /// What the named groups of a pattern capture in a text that matches it.
    pub(crate) fn captured<'v>(&self, leaf: LeafId, text: &'v str) -> Option<Captured<'v>> {
        self.captures.captured(leaf, text)
    }

    /// The patterns that cost something for every group or value, and how they are searched for.
    pub(crate) fn costly(&self) -> impl Iterator<Item = (LeafId, Search)> {
        self.costly.iter().copied()
    }

    /// How many bytes all conditions hold, near enough.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|tests| tests.keys.size().saturating_add(tests.patterns.size()));
        let parts = [self.keys.size(), self.folded.size(), self.sent.size(), self.captures.size()];
        parts.into_iter().chain(attributes).sum()
    }
}

/// Truth values as keys.
fn word(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Collects conditions until all are known.
#[derive(Debug, Default)]
pub(crate) struct IndexBuilder {
    case: CasePolicy,
    /// The conditions on groups that are known, with their leaves.
    known: HashTable<(Leaf, LeafId)>,
    hasher: DefaultHashBuilder,
    leaves: u32,
    /// The values of patterns that match few.
    values: Vec<Entry>,
    folded: PatternsBuilder,
    sent: PatternsBuilder,
    captures: CapturesBuilder,
    attributes: Vec<AttributeBuilder>,
    attribute_ids: BTreeMap<Selector, AttributeId>,
}

#[derive(Debug)]
struct AttributeBuilder {
    selector: Selector,
    values: Vec<Entry>,
    patterns: PatternsBuilder,
}

impl IndexBuilder {
    /// For groups that compare as the policy says.
    pub(crate) fn new(case: CasePolicy) -> Self {
        Self { case, ..Self::default() }
    }

    fn next(&mut self) -> LeafId {
        let leaf = self.leaves;
        self.leaves = self.leaves.saturating_add(1);
        leaf
    }

    /// The leaf of a condition that is known already.
    pub(crate) fn known(&self, leaf: &Leaf) -> Option<LeafId> {
        self.known.find(self.hasher.hash_one(leaf), |(known, _)| known == leaf).map(|(_, id)| *id)
    }

    fn remember(&mut self, leaf: Leaf, id: LeafId) {
        let hasher = &self.hasher;
        self.known.insert_unique(hasher.hash_one(&leaf), (leaf, id), |(leaf, _)| hasher.hash_one(leaf));
    }

    /// The leaf of a condition that is no pattern.
    pub(crate) fn add(&mut self, leaf: Leaf) -> LeafId {
        self.known(&leaf).unwrap_or_else(|| {
            let id = self.next();
            self.remember(leaf, id);
            id
        })
    }

    /// The leaf of a pattern that is not known yet.
    ///
    /// # Errors
    ///
    /// It is too large.
    pub(crate) fn add_pattern(&mut self, leaf: Leaf, parsed: &Parsed) -> Result<LeafId, PatternError> {
        parsed.check_size()?;
        let id = self.next();
        let (plain, is_folded) = parsed.plain(self.case);
        let (patterns, meant) =
            if is_folded { (&mut self.folded, Meant::Folded) } else { (&mut self.sent, Meant::Sent) };
        match literals::finite(&plain) {
            Some(values) => {
                self.values.extend(values.into_iter().map(|value| (value, meant, id)));
            }
            None => patterns.add(id, plain)?,
        }
        if !parsed.captures().is_empty() {
            self.captures.add(id, parsed)?;
        }
        self.remember(leaf, id);
        Ok(id)
    }

    /// The number of an attribute that rules ask for.
    pub(crate) fn attribute(&mut self, selector: &Selector) -> AttributeId {
        if let Some(id) = self.attribute_ids.get(selector) {
            return *id;
        }
        let id = AttributeId::try_from(self.attributes.len()).unwrap_or(AttributeId::MAX);
        let (values, patterns) = (Vec::new(), PatternsBuilder::default());
        self.attributes.push(AttributeBuilder { selector: selector.clone(), values, patterns });
        self.attribute_ids.insert(selector.clone(), id);
        id
    }

    /// The leaf of a test of an attribute.
    ///
    /// # Errors
    ///
    /// The pattern is too large.
    pub(crate) fn add_test(&mut self, attribute: AttributeId, test: &Test) -> Result<LeafId, PatternError> {
        let id = self.next();
        let Some(tests) = self.attributes.get_mut(attribute as usize) else { return Ok(id) };
        let mut add = |text: String, meant| tests.values.push((text, meant, id));
        match test {
            Test::OneOf(values) => {
                for value in values {
                    match value {
                        Scalar::String(value) => add(value.clone(), Meant::Sent),
                        Scalar::Number(number) => {
                            number.canonical().into_iter().for_each(|text| add(text, Meant::Number));
                        }
                        Scalar::Bool(flag) => add(word(*flag).into(), Meant::Bool),
                    }
                }
            }
            Test::Pattern(parsed) => {
                parsed.check_size()?;
                // A pattern on an attribute does not follow the case policy of groups: attributes are other claims.
                let (plain, _) = parsed.plain(CasePolicy::Sensitive);
                match literals::finite(&plain) {
                    Some(values) => values.into_iter().for_each(|value| add(value, Meant::Sent)),
                    None => tests.patterns.add(id, plain)?,
                }
            }
        }
        Ok(id)
    }

    /// Prepares for look-ups once every condition has been added.
    pub(crate) fn finish(self) -> Index {
        let mut costly = Vec::new();
        let mut searched = |leaf, search| {
            if search != Search::Anchored {
                costly.push((leaf, search));
            }
        };
        let mut keys = self.values;
        let has_finite = !keys.is_empty();
        keys.extend(self.known.into_iter().filter_map(|(leaf, id)| match leaf {
            Leaf::Exact(kind, key) => Some((key, Meant::Key(kind), id)),
            Leaf::Under(kind, key) => Some((key, Meant::Above(kind), id)),
            Leaf::Regex(_) | Leaf::Glob(_) => None,
        }));
        let has_above = keys.iter().any(|(_, meant, _)| matches!(meant, Meant::Above(_)));
        let attributes = self.attributes.into_iter().map(|tests| AttributeTests {
            selector: tests.selector,
            keys: Keys::new(tests.values),
            patterns: tests.patterns.finish(&mut searched),
        });
        let attributes = attributes.collect();
        let folded = self.folded.finish(&mut searched);
        let sent = self.sent.finish(&mut searched);
        costly.sort_unstable();
        Index {
            case: self.case,
            leaves: self.leaves,
            keys: Keys::new(keys),
            has_above,
            folded,
            sent,
            has_finite,
            attributes,
            captures: self.captures.finish(),
            costly,
        }
    }
}
