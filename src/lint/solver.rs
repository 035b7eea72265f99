//! Whether a person could exist for whom some conditions come out in some way; and if so, who.
//!
//! Conditions are judged in three values. A question is a list of goals, such as "this one is true" and "that one is
//! not". A goal on `any` or `all` asks the same of all members, or is a choice of one of them; what is left in the end
//! are groups that some entry must be in, groups that none may be in, and whether the evidence is complete. Each entry
//! stands for itself, so that a person exists if for each set that must be met there is an entry in it and in none of
//! those that must not be met: a question for automata.

use alloc::vec::Vec;

use super::atom::{AtomId, Atoms, AttributeId};
use super::automaton::Undecided;
use super::branch::{Branch, MISSING, OPEN, THERE};
use super::formula::Formula;
use super::person::{Held, Person};
use super::universe::Universe;
use crate::config::{AbsentAttribute, Form, Scalar, Selector};
use crate::identity::{GroupKind, Reading};

/// How many choices one question may try.
const MAX_CHOICES: usize = 4_000;

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

/// Answers questions about people.
#[derive(Debug)]
pub(super) struct Solver {
    pub(super) atoms: Atoms,
    pub(super) universe: Universe,
    /// The kinds of groups, those that the source sends first.
    pub(super) kinds: Vec<GroupKind>,
    reading: Reading,
    branch: Branch,
    choices: usize,
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
            universe: Universe::default(),
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
        let selector = self.atoms.selector(attribute);
        let is_groups = match selector.map(Selector::form) {
            Some(Form::Path(path)) => self.reading.is_groups_claim(path),
            // However the name is spelled, a claim that comes in any case is one of the groups.
            Some(Form::AnyCase(name)) => self.reading.claims.iter().any(|claim| match claim.form() {
                Form::AnyCase(groups) => groups.eq_ignore_ascii_case(name),
                Form::Path(_) | Form::FriendlyName(_) => false,
            }),
            Some(Form::FriendlyName(_)) => self.reading.claims.iter().any(|claim| Some(claim) == selector),
            None => false,
        };
        // The groups are no other claim.
        if is_groups { absent } else { THERE | absent }
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
