//! What each rule says of one target, for whoever asks why.

use alloc::vec::Vec;
use core::cmp::Reverse;

use super::findings::compare;
use super::judgement::words;
use super::{Judgement, RuleId, Truth};
use crate::catalog::TargetId;
use crate::identity::EntryId;

/// One rule's word on one target; never false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) rule: RuleId,
    pub(crate) truth: Truth,
    /// The first group behind it, where one is.
    pub(crate) entry: Option<EntryId>,
    /// Whether it speaks of the target's organization as a whole.
    pub(crate) whole: bool,
}

impl Judgement<'_> {
    /// What every rule says of a target that it grants, or that it denies, where that is not false: each rule once, in the
    /// order of their ids.
    pub(crate) fn said(&self, target: TargetId, denies: bool) -> Vec<Said> {
        let spoken = if denies { &self.findings.denies } else { &self.findings.grants };
        let word = |rule, truth, entry, whole| Said { rule, truth, entry, whole };
        let spoken = words(spoken, target).iter().map(|said| word(said.rule, said.truth, said.entry, false));
        let mut all: Vec<Said> = spoken.collect();
        let organization = self.catalog.organization_of(target).filter(|_| denies);
        if let Some(organization) = organization {
            let whole = self.denied(organization).iter();
            all.extend(whole.map(|said| word(said.rule, said.truth, said.entry, true)));
        }
        if !self.is_settled() {
            let named = if denies { &self.rules.denies_of } else { &self.rules.grants_of }.of(target).iter().copied();
            let perhaps = named.filter(|rule| self.truth(*rule) != Truth::False).chain(self.filling(target, denies));
            all.extend(perhaps.map(|rule| word(rule, Truth::Unknown, None, false)));
            let whole = organization.into_iter().flat_map(|organization| self.denying_unseen(organization));
            all.extend(whole.map(|rule| word(rule, Truth::Unknown, None, true)));
        }
        all.sort_by(|a, b| {
            (a.rule, Reverse(a.truth), a.whole)
                .cmp(&(b.rule, Reverse(b.truth), b.whole))
                .then_with(|| compare(self.evidence, a.entry, b.entry))
        });
        all.dedup_by_key(|said| said.rule);
        all
    }
}
