//! Groups and values that are in one set and in none of some others: questions for automata.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use regex_syntax::hir::Hir;

use super::atom::{Atom, AtomId};
use super::automaton::{Automaton, Decided, Found, Undecided, shortest};
use super::solver::Solver;
use crate::config::Scalar;
use crate::dn::dn_key;
use crate::identity::GroupKind;
use crate::matching::Parsed;
use crate::text::{CasePolicy, MAX_ELEMENT_BYTES, is_readable};

/// How many sets may be taken away from one at the same time.
const MAX_TAKEN: usize = 6;

impl Solver {
    /// A group in one set and in none of the others: `Ok(None)` where there is none.
    pub(super) fn group(&mut self, hit: AtomId, misses: &[AtomId]) -> Decided<Option<(GroupKind, String)>> {
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
            Atom::Pattern(..) | Atom::Filled(..) => self.of_any_kind(hit, misses),
            Atom::Values(..) | Atom::Texts(..) => Err(Undecided),
        }
    }

    /// A group of any kind but id.
    fn of_any_kind(&mut self, hit: AtomId, misses: &[AtomId]) -> Decided<Option<(GroupKind, String)>> {
        let patterns: Vec<AtomId> = misses
            .iter()
            .copied()
            .filter(|id| matches!(self.atoms.atom(*id), Some(Atom::Pattern(..) | Atom::Filled(..))))
            .collect();
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
                    .filter(|id| matches!(self.atoms.atom(*id), Some(Atom::Pattern(..) | Atom::Filled(..))))
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
    pub(super) fn value(&mut self, hit: AtomId, misses: &[AtomId]) -> Decided<Option<Scalar>> {
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
