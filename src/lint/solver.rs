//! Whether a person could exist for whom some conditions come out in some way; and if so, who.
//!
//! Conditions are judged in three values. A question is a list of goals, such as "this one is true" and "that one is
//! not". A goal on `any` or `all` asks the same of all members, or is a choice of one of them; what is left in the end
//! are groups that some entry must be in, groups that none may be in, and whether the evidence is complete. Each entry
//! stands for itself, so that a person exists if for each set that must be met there is an entry in it and in none of
//! those that must not be met: a question for automata.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use regex_syntax::hir::Hir;

use super::atom::{Atom, AtomId, Atoms, AttributeId};
use super::automaton::{Automaton, Decided, Found, Undecided, shortest};
use super::formula::Formula;
use super::person::{Held, Person};
use super::universe::Universe;
use crate::config::{AbsentAttribute, Form, Scalar, Selector};
use crate::dn::dn_key;
use crate::identity::{GroupKind, Reading};
use crate::matching::Parsed;
use crate::text::{CasePolicy, MAX_ELEMENT_BYTES, is_readable};

/// How many choices one question may try.
const MAX_CHOICES: usize = 4_000;
/// How many sets may be taken away from one at the same time.
const MAX_TAKEN: usize = 6;

/// How a formula is to come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    True,
    NotTrue,
    False,
    NotFalse,
}

impl Want {
    fn under_not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::NotTrue => Self::NotFalse,
            Self::False => Self::True,
            Self::NotFalse => Self::NotTrue,
        }
    }
}

/// A formula and how it is to come out.
pub(super) type Goal = (Formula, Want);

/// Whether a person exists.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Person(Person),
    Nobody,
    Undecided,
}

/// The ways in which a claim can be known: there, known not to be there, or open.
const THERE: u8 = 1;
const MISSING: u8 = 2;
const OPEN: u8 = 4;

/// Answers questions about people.
#[derive(Debug)]
pub(super) struct Solver {
    pub(super) atoms: Atoms,
    universe: Universe,
    /// The kinds of groups, those that the source sends first.
    kinds: Vec<GroupKind>,
    reading: Reading,
    branch: Branch,
    choices: usize,
}

/// What is asked of one person so far, and how to take it back.
#[derive(Debug, Default)]
struct Branch {
    marks: Vec<(bool, bool)>,
    hits: Vec<AtomId>,
    misses: Vec<AtomId>,
    complete: Option<bool>,
    claims: Vec<u8>,
    undo: Vec<Undo>,
}

#[derive(Debug)]
enum Undo {
    Hit(AtomId),
    Miss(AtomId),
    Complete,
    Claim(AttributeId, u8),
}

impl Branch {
    /// Some entry must be in the set; whether that can be.
    fn hit(&mut self, atom: AtomId) -> bool {
        match self.marks.get_mut(atom as usize) {
            Some((_, true)) | None => false,
            Some((true, false)) => true,
            Some((hit, false)) => {
                *hit = true;
                self.hits.push(atom);
                self.undo.push(Undo::Hit(atom));
                true
            }
        }
    }

    /// No entry may be in the set.
    fn miss(&mut self, atom: AtomId) -> bool {
        match self.marks.get_mut(atom as usize) {
            Some((true, _)) | None => false,
            Some((false, true)) => true,
            Some((false, miss)) => {
                *miss = true;
                self.misses.push(atom);
                self.undo.push(Undo::Miss(atom));
                true
            }
        }
    }

    fn complete(&mut self, complete: bool) -> bool {
        if self.complete.is_none() {
            self.complete = Some(complete);
            self.undo.push(Undo::Complete);
        }
        self.complete == Some(complete)
    }

    fn claim(&mut self, attribute: AttributeId, ways: u8) -> bool {
        let Some(left) = self.claims.get_mut(attribute as usize) else { return false };
        let before = *left;
        *left &= ways;
        let possible = *left != 0;
        self.undo.push(Undo::Claim(attribute, before));
        possible
    }

    fn back_to(&mut self, length: usize) {
        while self.undo.len() > length {
            match self.undo.pop() {
                Some(Undo::Hit(atom)) => {
                    self.hits.pop();
                    self.mark(atom).0 = false;
                }
                Some(Undo::Miss(atom)) => {
                    self.misses.pop();
                    self.mark(atom).1 = false;
                }
                Some(Undo::Complete) => self.complete = None,
                Some(Undo::Claim(attribute, before)) => {
                    if let Some(claim) = self.claims.get_mut(attribute as usize) {
                        *claim = before;
                    }
                }
                None => break,
            }
        }
    }

    fn mark(&mut self, atom: AtomId) -> &mut (bool, bool) {
        #[expect(clippy::indexing_slicing, reason = "what is taken back was marked before")]
        &mut self.marks[atom as usize]
    }
}

impl Solver {
    pub(super) fn new(reading: &Reading, sent: &[GroupKind]) -> Self {
        let mut kinds = sent.to_vec();
        let all = [GroupKind::Name, GroupKind::Path, GroupKind::Dn, GroupKind::Email, GroupKind::Id];
        kinds.extend(all.into_iter().filter(|kind| !sent.contains(kind)));
        let mut atoms = Atoms::default();
        atoms.set_case(reading.case);
        Self {
            atoms,
            universe: Universe::new(),
            kinds,
            reading: reading.clone(),
            branch: Branch::default(),
            choices: 0,
        }
    }

    /// Whether a person exists for whom all of this holds.
    pub(super) fn ask(&mut self, goals: Vec<Goal>) -> Answer {
        self.branch = Branch::default();
        self.branch.marks.resize(self.atoms.len(), (false, false));
        let mut claims = Vec::new();
        for attribute in (0..).take(self.atoms.attributes()) {
            claims.push(self.ways(attribute));
        }
        self.branch.claims = claims;
        self.choices = 0;
        self.explore(goals, Vec::new())
    }

    /// In which ways a claim can be known at all.
    fn ways(&self, attribute: AttributeId) -> u8 {
        let is_empty = self.reading.absent_attribute == AbsentAttribute::Empty;
        let absent = if is_empty { MISSING | OPEN } else { OPEN };
        match self.atoms.selector(attribute).map(Selector::form) {
            // The groups are no other claim.
            Some(Form::Path(path)) if self.reading.is_groups_claim(path) => absent,
            _ => THERE | absent,
        }
    }

    /// Whether one condition is never better met than another: whoever meets it meets the other, and of whoever
    /// certainly does not meet the other it is certain that they do not meet this one. If not, who shows it.
    pub(super) fn is_within(&mut self, inner: &Formula, outer: &Formula) -> Answer {
        if inner == outer {
            return Answer::Nobody;
        }
        match self.ask([(outer.clone(), Want::NotTrue), (inner.clone(), Want::True)].into()) {
            Answer::Nobody => self.ask([(outer.clone(), Want::False), (inner.clone(), Want::NotFalse)].into()),
            answer => answer,
        }
    }

    fn explore(&mut self, mut goals: Vec<Goal>, mut choices: Vec<Goal>) -> Answer {
        while let Some((formula, want)) = goals.pop() {
            if !self.take(formula, want, &mut goals, &mut choices) {
                return Answer::Nobody;
            }
        }
        let Some((formula, want)) = choices.pop() else { return self.realise() };
        let mut result = Answer::Nobody;
        for alternative in alternatives(&formula, want) {
            self.choices = self.choices.saturating_add(1);
            if self.choices > MAX_CHOICES {
                return Answer::Undecided;
            }
            let before = self.branch.undo.len();
            let answer = match alternative {
                Alternative::Goal(goal) => self.explore([goal].into(), choices.clone()),
                Alternative::Incomplete if self.branch.complete(false) => self.explore(Vec::new(), choices.clone()),
                Alternative::Hit(atom) if self.branch.hit(atom) => self.explore(Vec::new(), choices.clone()),
                Alternative::Claim(attribute, ways, atom) => {
                    let (hit, miss) = match atom {
                        Some((atom, true)) => (self.branch.hit(atom), true),
                        Some((atom, false)) => (true, self.branch.miss(atom)),
                        None => (true, true),
                    };
                    if hit && miss && self.branch.claim(attribute, ways) {
                        self.explore(Vec::new(), choices.clone())
                    } else {
                        Answer::Nobody
                    }
                }
                Alternative::Incomplete | Alternative::Hit(_) => Answer::Nobody,
            };
            self.branch.back_to(before);
            match answer {
                Answer::Person(person) => return Answer::Person(person),
                Answer::Undecided => result = Answer::Undecided,
                Answer::Nobody => {}
            }
        }
        result
    }

    /// Takes a goal apart; whether it can be met.
    fn take(&mut self, formula: Formula, want: Want, goals: &mut Vec<Goal>, choices: &mut Vec<Goal>) -> bool {
        match (&formula, want) {
            (Formula::Everyone, want) => matches!(want, Want::True | Want::NotFalse),
            (Formula::Not(inner), want) => {
                goals.push(((**inner).clone(), want.under_not()));
                true
            }
            (Formula::Any(inner), Want::NotTrue | Want::False) | (Formula::All(inner), Want::True | Want::NotFalse) => {
                goals.extend(inner.iter().map(|formula| (formula.clone(), want)));
                true
            }
            (Formula::Any(_) | Formula::All(_), _) | (Formula::Group(_) | Formula::Test(..), Want::NotFalse) => {
                choices.push((formula, want));
                true
            }
            (Formula::Group(atom), Want::True) => self.branch.hit(*atom),
            (Formula::Group(atom) | Formula::Test(_, atom), Want::NotTrue) => self.branch.miss(*atom),
            (Formula::Group(atom), Want::False) => self.branch.miss(*atom) && self.branch.complete(true),
            (Formula::Test(attribute, atom), Want::True) => {
                self.branch.hit(*atom) && self.branch.claim(*attribute, THERE)
            }
            (Formula::Test(attribute, atom), Want::False) => {
                // Missing claims meet nothing either.
                self.branch.miss(*atom) && self.branch.claim(*attribute, THERE | MISSING)
            }
            (Formula::Present(attribute, present), want) => {
                let (holds, fails) = if *present { (THERE, MISSING) } else { (MISSING, THERE) };
                let ways = match want {
                    Want::True => holds,
                    Want::NotTrue => fails | OPEN,
                    Want::False => fails,
                    Want::NotFalse => holds | OPEN,
                };
                self.branch.claim(*attribute, ways)
            }
        }
    }

    /// A person of whom all this is true.
    fn realise(&mut self) -> Answer {
        let (hits, misses) = (self.branch.hits.clone(), self.branch.misses.clone());
        let mut person =
            Person { complete: self.branch.complete.unwrap_or(true), groups: Vec::new(), claims: Vec::new() };
        let mut undecided = false;
        let mut values: Vec<(AttributeId, Scalar)> = Vec::new();
        for hit in hits {
            let attribute = self.atoms.attribute_of(hit);
            let met = match attribute {
                Some(attribute) => self.value(hit, &misses).map(|met| met.map(|value| values.push((attribute, value)))),
                None => self.group(hit, &misses).map(|met| met.map(|group| person.groups.push(group))),
            };
            match met {
                Ok(Some(())) => {}
                Ok(None) => return Answer::Nobody,
                Err(Undecided) => undecided = true,
            }
        }
        if undecided {
            return Answer::Undecided;
        }
        person.groups.sort();
        person.groups.dedup();
        let selector = |attribute| self.atoms.selector(attribute);
        for (attribute, ways) in (0..).zip(&self.branch.claims) {
            let of = |(of, value): &(AttributeId, Scalar)| (*of == attribute).then(|| value.clone());
            let held: Vec<Scalar> = values.iter().filter_map(of).collect();
            let usual = if self.reading.absent_attribute == AbsentAttribute::Empty { MISSING } else { OPEN };
            let always = ["sub", "iss"].iter().any(|key| selector(attribute).is_some_and(|of| of.begins_with(key)));
            if always && held.is_empty() {
                // A login is about somebody, who has some value there.
                let asked = misses.iter().any(|miss| self.atoms.attribute_of(*miss) == Some(attribute));
                if asked || ways & THERE == 0 {
                    return Answer::Undecided;
                }
            } else if !held.is_empty() || ways & usual == 0 {
                let elsewhere = held.is_empty() && *ways == OPEN;
                person.claims.push((attribute, if elsewhere { Held::Elsewhere } else { Held::Values(held) }));
            }
        }
        Answer::Person(person)
    }

    /// A group in one set and in none of the others: `Ok(None)` where there is none.
    fn group(&mut self, hit: AtomId, misses: &[AtomId]) -> Decided<Option<(GroupKind, String)>> {
        match self.atoms.atom(hit).ok_or(Undecided)? {
            Atom::Exact(kind @ (GroupKind::Id | GroupKind::Dn), ..) => {
                let (kind, text) = (*kind, String::from(self.atoms.text(hit)));
                self.one_of(kind, &[text], misses)
            }
            Atom::Under(GroupKind::Dn, ..) => {
                let dn = self.atoms.text(hit);
                let below = ["", "CN=a,", "OU=b,", "CN=c,OU=d,"].map(|rdn| alloc::format!("{rdn}{dn}"));
                self.one_of(GroupKind::Dn, &below, misses)
            }
            Atom::Exact(kind, _, _) => {
                let (kind, text) = (*kind, String::from(self.atoms.text(hit)));
                // Mostly the text as written is the answer, and no automaton is needed.
                match self.holding(kind, &text, misses) {
                    Ok(None) if is_readable(&text) && self.atoms.holds(hit, kind, &text) == Ok(true) => {
                        Ok(Some((kind, text)))
                    }
                    _ => self.matching(hit, kind, misses),
                }
            }
            Atom::Under(kind, ..) => {
                let kind = *kind;
                self.matching(hit, kind, misses)
            }
            Atom::Pattern(..) => self.of_any_kind(hit, misses),
            Atom::Filled(..) | Atom::Values(..) | Atom::Texts(..) => Err(Undecided),
        }
    }

    /// A group of any kind but id.
    fn of_any_kind(&mut self, hit: AtomId, misses: &[AtomId]) -> Decided<Option<(GroupKind, String)>> {
        let patterns: Vec<AtomId> =
            misses.iter().copied().filter(|id| matches!(self.atoms.atom(*id), Some(Atom::Pattern(..)))).collect();
        // What patterns leave nothing of, they leave nothing of in any kind.
        let readable = self.universe.of(GroupKind::Name)?;
        if let Ok(None) = self.text(hit, GroupKind::Name, &readable, &patterns) {
            return Ok(None);
        }
        let mut undecided = false;
        for kind in self.kinds.clone() {
            if kind == GroupKind::Id {
                continue;
            }
            match self.matching(hit, kind, misses) {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => {}
                Err(Undecided) => undecided = true,
            }
        }
        if undecided { Err(Undecided) } else { Ok(None) }
    }

    /// A group of one kind.
    fn matching(&mut self, hit: AtomId, kind: GroupKind, misses: &[AtomId]) -> Decided<Option<(GroupKind, String)>> {
        let universe = self.universe.of(kind)?;
        match self.text(hit, kind, &universe, misses) {
            // The universe of DNs holds the plain ones alone.
            Ok(None) if kind == GroupKind::Dn => {
                let readable = self.universe.of(GroupKind::Name)?;
                let patterns: Vec<AtomId> = misses
                    .iter()
                    .copied()
                    .filter(|id| matches!(self.atoms.atom(*id), Some(Atom::Pattern(..))))
                    .collect();
                match self.text(hit, GroupKind::Name, &readable, &patterns) {
                    Ok(None) => Ok(None),
                    _ => Err(Undecided),
                }
            }
            other => other.map(|found| found.map(|text| (kind, text))),
        }
    }

    /// A text in one set and a universe and in none of the others. Sets are taken away one by one, as they turn out to
    /// hold what was found.
    fn text(
        &mut self,
        hit: AtomId,
        kind: GroupKind,
        universe: &Arc<Automaton>,
        misses: &[AtomId],
    ) -> Decided<Option<String>> {
        let wanted = self.atoms.automaton(hit)?;
        let mut taken: Vec<Arc<Automaton>> = Vec::new();
        loop {
            let outside: Vec<&Automaton> = taken.iter().map(|automaton| &**automaton).collect();
            let text = match shortest(&[&wanted, universe], &outside, MAX_ELEMENT_BYTES) {
                Found::Value(bytes) => String::from_utf8(bytes).map_err(|_| Undecided)?,
                Found::Nothing => return Ok(None),
                Found::Undecided => return Err(Undecided),
            };
            let Some(holding) = self.holding(kind, &text, misses)? else { return Ok(Some(text)) };
            if taken.len() >= MAX_TAKEN {
                return Err(Undecided);
            }
            taken.push(self.atoms.automaton(holding)?);
        }
    }

    /// The first of the sets that holds a group.
    fn holding(&mut self, kind: GroupKind, text: &str, sets: &[AtomId]) -> Decided<Option<AtomId>> {
        for set in sets {
            if self.atoms.holds(*set, kind, text)? {
                return Ok(Some(*set));
            }
        }
        Ok(None)
    }

    /// The first of some spellings that is in none of the sets.
    fn one_of(&mut self, kind: GroupKind, texts: &[String], misses: &[AtomId]) -> Decided<Option<(GroupKind, String)>> {
        for text in texts {
            let readable =
                is_readable(text) && (kind != GroupKind::Dn || dn_key(text, CasePolicy::Sensitive).is_some());
            if readable && self.holding(kind, text, misses)?.is_none() {
                return Ok(Some((kind, text.clone())));
            }
        }
        // Other spellings are in the same exact sets, but a pattern may tell them apart.
        let first = texts.first().ok_or(Undecided)?;
        if !is_readable(first) {
            return if kind == GroupKind::Id { Ok(None) } else { Err(Undecided) };
        }
        let mut covered = false;
        for miss in misses.iter().copied() {
            let holds = self.atoms.holds(miss, kind, first)?;
            covered |= holds
                && match self.atoms.atom(miss) {
                    Some(Atom::Exact(..)) => texts.len() == 1,
                    Some(Atom::Under(..)) => true,
                    Some(Atom::Pattern(..)) => self.is_everything(miss),
                    _ => false,
                };
        }
        if covered { Ok(None) } else { Err(Undecided) }
    }

    /// Whether a pattern matches every readable text.
    pub(super) fn is_everything(&mut self, pattern: AtomId) -> bool {
        let readable = self.universe.of(GroupKind::Name);
        let (Ok(automaton), Ok(readable)) = (self.atoms.automaton(pattern), readable) else { return false };
        shortest(&[&readable], &[&automaton], MAX_ELEMENT_BYTES) == Found::Nothing
    }

    /// One value that a pattern matches, and whether it matches no other but in case, where case does not count.
    pub(super) fn sole_value(&mut self, pattern: AtomId, case: CasePolicy) -> Option<(String, bool)> {
        let (automaton, universe) = (self.atoms.automaton(pattern).ok()?, self.universe.text().ok()?);
        let Found::Value(value) = shortest(&[&automaton, &universe], &[], usize::MAX) else { return None };
        let value = String::from_utf8(value).ok()?;
        let alone = Parsed::regex(&regex_syntax::escape(&value), case).ok()?;
        let alone = Automaton::new(&alone.hir)?;
        let other = shortest(&[&automaton, &universe], &[&alone], usize::MAX);
        Some((value, other == Found::Nothing))
    }

    /// The shortest readable value that one pattern matches and another does not.
    pub(super) fn between(&self, wide: &Hir, narrow: &Hir) -> Found {
        let (wide, narrow) = (Automaton::new(wide), Automaton::new(narrow));
        let (Some(wide), Some(narrow), Ok(readable)) = (wide, narrow, self.universe.of(GroupKind::Name)) else {
            return Found::Undecided;
        };
        shortest(&[&wide, &readable], &[&narrow], MAX_ELEMENT_BYTES)
    }

    /// Whether a pattern matches every word of 8 to 32 small letters.
    pub(super) fn is_broad(&mut self, pattern: AtomId) -> bool {
        let familiar = self.universe.familiar();
        let (Ok(automaton), Ok(familiar)) = (self.atoms.automaton(pattern), familiar) else { return false };
        shortest(&[&familiar], &[&automaton], MAX_ELEMENT_BYTES) == Found::Nothing
    }

    /// A value of a claim in one set and in none of the others.
    fn value(&mut self, hit: AtomId, misses: &[AtomId]) -> Decided<Option<Scalar>> {
        let mut open = false;
        for value in self.atoms.values(hit).to_vec() {
            match self.holding_value(&value, misses) {
                Ok(None) if self.atoms.holds_value(hit, &value) == Ok(true) => return Ok(Some(value)),
                Ok(_) => {}
                Err(Undecided) => open = true,
            }
        }
        if !matches!(self.atoms.atom(hit).ok_or(Undecided)?, Atom::Texts(..)) {
            return if open { Err(Undecided) } else { Ok(None) };
        }
        for universe in [self.universe.of(GroupKind::Name), self.universe.text()] {
            let universe: Arc<Automaton> = universe?;
            if let Some(text) = self.claim_text(hit, &universe, misses)? {
                return Ok(Some(Scalar::String(text)));
            }
        }
        Ok(None)
    }

    fn claim_text(&mut self, hit: AtomId, universe: &Automaton, misses: &[AtomId]) -> Decided<Option<String>> {
        let wanted = self.atoms.automaton(hit)?;
        let mut taken: Vec<Arc<Automaton>> = Vec::new();
        loop {
            let outside: Vec<&Automaton> = taken.iter().map(|automaton| &**automaton).collect();
            let text = match shortest(&[&wanted, universe], &outside, usize::MAX) {
                Found::Value(bytes) => String::from_utf8(bytes).map_err(|_| Undecided)?,
                Found::Nothing => return Ok(None),
                Found::Undecided => return Err(Undecided),
            };
            let Some(holding) = self.holding_value(&Scalar::String(text.clone()), misses)? else {
                return Ok(Some(text));
            };
            if taken.len() >= MAX_TAKEN {
                return Err(Undecided);
            }
            taken.push(self.atoms.automaton(holding)?);
        }
    }

    fn holding_value(&mut self, value: &Scalar, sets: &[AtomId]) -> Decided<Option<AtomId>> {
        for set in sets {
            if self.atoms.holds_value(*set, value)? {
                return Ok(Some(*set));
            }
        }
        Ok(None)
    }
}

/// One way of a choice.
enum Alternative {
    Goal(Goal),
    Hit(AtomId),
    Incomplete,
    /// A claim in these ways, with a value in a set or none in it.
    Claim(AttributeId, u8, Option<(AtomId, bool)>),
}

/// The ways in which a formula comes out as wanted, one of which is to be.
fn alternatives(formula: &Formula, want: Want) -> Vec<Alternative> {
    match formula {
        Formula::Any(inner) | Formula::All(inner) => {
            inner.iter().map(|formula| Alternative::Goal((formula.clone(), want))).collect()
        }
        Formula::Group(atom) => [Alternative::Hit(*atom), Alternative::Incomplete].into(),
        Formula::Test(attribute, atom) => {
            [Alternative::Claim(*attribute, THERE, Some((*atom, true))), Alternative::Claim(*attribute, OPEN, None)]
                .into()
        }
        Formula::Present(..) | Formula::Not(_) | Formula::Everyone => Vec::new(),
    }
}
