//! What is asked of one person while choices are tried, and how to take it back.

use alloc::vec::Vec;

use super::atom::{AtomId, AttributeId};

/// The ways in which a claim can be known: there, known not to be there, or open.
pub(super) const THERE: u8 = 1;
pub(super) const MISSING: u8 = 2;
pub(super) const OPEN: u8 = 4;

/// What is asked of one person so far, and how to take it back.
#[derive(Debug, Default)]
pub(super) struct Branch {
    pub(super) marks: Vec<(bool, bool)>,
    pub(super) hits: Vec<AtomId>,
    pub(super) misses: Vec<AtomId>,
    pub(super) complete: Option<bool>,
    pub(super) claims: Vec<u8>,
    pub(super) undo: Vec<Undo>,
}

#[derive(Debug)]
pub(super) enum Undo {
    Hit(AtomId),
    Miss(AtomId),
    Complete,
    Claim(AttributeId, u8),
}

impl Branch {
    /// Some entry must be in the set; whether that can be.
    pub(super) fn hit(&mut self, atom: AtomId) -> bool {
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
    pub(super) fn miss(&mut self, atom: AtomId) -> bool {
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

    pub(super) fn complete(&mut self, complete: bool) -> bool {
        if self.complete.is_none() {
            self.complete = Some(complete);
            self.undo.push(Undo::Complete);
        }
        self.complete == Some(complete)
    }

    pub(super) fn claim(&mut self, attribute: AttributeId, ways: u8) -> bool {
        let Some(left) = self.claims.get_mut(attribute as usize) else { return false };
        let before = *left;
        *left &= ways;
        let possible = *left != 0;
        self.undo.push(Undo::Claim(attribute, before));
        possible
    }

    pub(super) fn back_to(&mut self, length: usize) {
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
