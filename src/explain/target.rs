//! Each target: what the rules said, what happened, what held it back.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use super::slot::Contests;
use super::{Happening, HeldExplained, RuleWord, TargetExplained, Verdict, WithheldExplained};
use crate::catalog::TargetId;
use crate::diff::Scope;
use crate::draft::Draft;
use crate::matching::AttributeId;
use crate::plan::{Reason, Setting, WithheldCode};
use crate::rules::{Facts, Findings, Judgement, Node, Said, Supporter, Truth};
use crate::target::Target;

/// How many undecided rules of a target are listed.
const MOST_UNDECIDED: usize = 16;

/// Every target that matters for the person.
pub(super) fn explained(draft: &Draft<'_>, judgement: &Judgement<'_>) -> Vec<TargetExplained> {
    let mut contests = Contests::new(draft, judgement);
    ids(draft, judgement)
        .into_iter()
        .map(|id| Explainer { draft, judgement }.explain(id, &mut contests))
        .filter(TargetExplained::matters)
        .collect()
}

/// The targets that may matter.
fn ids(draft: &Draft<'_>, judgement: &Judgement<'_>) -> BTreeSet<TargetId> {
    let catalog = judgement.catalog;
    if !judgement.evidence.is_complete() {
        return catalog.ids().collect();
    }
    let resolution = &draft.work.resolution;
    let mut ids: BTreeSet<TargetId> = judgement.touched().chain(judgement.denied_targets()).collect();
    ids.extend(draft.work.holdings.ids());
    if draft.outcome.judgement.is_some() {
        ids.extend(resolution.states.iter().map(|(target, _)| target));
    }
    ids.extend(draft.work.diff.add.iter().copied());
    let implied: Vec<TargetId> = ids.iter().filter_map(|id| catalog.implied(*id)).collect();
    ids.extend(implied);
    ids
}

impl TargetExplained {
    /// Whether there is anything to say of it.
    fn matters(&self) -> bool {
        self.verdict != Verdict::False
            || self.allow != Verdict::False
            || self.deny != Verdict::False
            || self.held.is_some()
            || self.happens != Happening::Nothing
            || !self.withheld.is_empty()
    }
}

/// Explains one target after the other.
#[derive(Clone, Copy)]
pub(crate) struct Explainer<'d> {
    pub(crate) draft: &'d Draft<'d>,
    pub(crate) judgement: &'d Judgement<'d>,
}

impl<'d> Explainer<'d> {
    fn target(self, id: TargetId) -> Target {
        self.judgement.catalog.target(id).clone()
    }

    /// One target, in its slot if it has one.
    fn explain(self, id: TargetId, contests: &mut Contests<'d>) -> TargetExplained {
        let Self { draft, judgement } = self;
        let verdict = judgement.verdict(id);
        let (granted_by, more_grants) = self.words(id, false);
        let (denied_by, more_denies) = self.words(id, true);
        let (implied_by, more_implying) = self.implied_by(id);
        let mut allow = judgement.allow(id);
        if judgement.catalog.is_organization(id) {
            allow = allow.or(judgement.verdict_within(id));
        }
        let (happens, other) = self.happens(id);
        TargetExplained {
            target: self.target(id),
            verdict: verdict.into(),
            allow: allow.into(),
            deny: judgement.deny(id).into(),
            granted_by,
            denied_by,
            settings: self.settings(id),
            implied_by,
            unlisted: more_grants.saturating_add(more_denies).saturating_add(more_implying),
            slot: contests.of(id, verdict),
            held: self.held(id),
            happens,
            other: other.map(|other| draft.target(other).clone()),
            withheld: self.withheld(id),
        }
    }

    /// What rules say of a target: those that are true, and the first of those that are undecided.
    pub(crate) fn words(self, id: TargetId, denies: bool) -> (Vec<RuleWord>, u64) {
        let said = self.judgement.said(id, denies);
        let (certain, undecided): (Vec<Said>, Vec<Said>) = said.into_iter().partition(|said| said.truth == Truth::True);
        let unlisted = undecided.len().saturating_sub(MOST_UNDECIDED) as u64;
        let listed = certain.into_iter().chain(undecided.into_iter().take(MOST_UNDECIDED));
        (listed.map(|said| self.word(said)).collect(), unlisted)
    }

    fn word(self, said: Said) -> RuleWord {
        let compiled = self.draft.compiled;
        let rule = compiled.rules.rule(said.rule);
        let supporter = Supporter { rule: said.rule, entry: said.entry };
        let (group, label) = match self.draft.reason(supporter) {
            Reason::Rule { group, label, .. } => (group, label),
            Reason::Setting(_) => (None, None),
        };
        let attribute = met_attribute(&rule.when, self.judgement.findings);
        RuleWord {
            rule: compiled.rule_id(said.rule).into(),
            path: format!("rules[{}]", rule.place),
            truth: said.truth.into(),
            group,
            label,
            attribute: attribute.and_then(|attribute| compiled.rules.index.selector(attribute)).cloned(),
            whole_organization: said.whole,
        }
    }

    /// The targets in an organization that imply it.
    fn implied_by(self, id: TargetId) -> (Vec<Target>, u64) {
        let catalog = self.judgement.catalog;
        if !catalog.is_organization(id) {
            return (Vec::new(), 0);
        }
        let within = catalog.organization_of(id).map_or(0..0, |own| catalog.in_organization(own));
        let mut certain = Vec::new();
        let mut undecided = Vec::new();
        for inner in within.filter(|inner| *inner != id) {
            match self.judgement.verdict(inner) {
                Truth::True => certain.push(self.target(inner)),
                Truth::Unknown => undecided.push(inner),
                Truth::False => {}
            }
        }
        if !certain.is_empty() {
            return (certain, 0);
        }
        let unlisted = undecided.len().saturating_sub(MOST_UNDECIDED) as u64;
        (undecided.into_iter().take(MOST_UNDECIDED).map(|inner| self.target(inner)).collect(), unlisted)
    }

    fn settings(self, id: TargetId) -> Vec<Setting> {
        let work = self.draft.work;
        let planned = self.draft.outcome.judgement.is_some();
        let settings = [
            (work.diff.given.contains(&id), Setting::NewGrant),
            (planned && work.resolution.defaults.contains(id), Setting::SlotDefault),
            (self.judgement.is_granted_by_setting(id), Setting::UnmatchedGrant),
        ];
        settings.into_iter().filter(|(met, _)| *met).map(|(_, setting)| setting).collect()
    }

    fn held(self, id: TargetId) -> Option<HeldExplained> {
        let Self { draft, judgement } = self;
        let holdings = &draft.work.holdings;
        let index = holdings.ids().binary_search(&id).ok()?;
        let held = holdings.held().get(index)?;
        let compiled = draft.compiled;
        let scope = Scope { authority: compiled.config.authority, new_grant: &compiled.new_grant };
        let membership = holdings.membership(id, draft.snapshot)?;
        Some(HeldExplained {
            managed_by: membership.managed_by.clone(),
            removable: scope.is_removable(held, judgement),
        })
    }

    fn happens(self, id: TargetId) -> (Happening, Option<TargetId>) {
        let diff = &self.draft.work.diff;
        if let Some((_, old)) = diff.replace.iter().find(|(new, _)| *new == id) {
            return (Happening::Replace, Some(*old));
        }
        if let Some((new, _)) = diff.replace.iter().find(|(_, old)| *old == id) {
            return (Happening::MakeRoom, Some(*new));
        }
        let is_in = |list: &[TargetId]| list.binary_search(&id).is_ok();
        let happens = if is_in(&diff.add) {
            Happening::Add
        } else if is_in(&diff.keep) {
            Happening::Keep
        } else if is_in(&diff.remove) {
            Happening::Remove
        } else if self.draft.work.holdings.ids().binary_search(&id).is_ok() {
            Happening::Untouched
        } else {
            Happening::Nothing
        };
        (happens, None)
    }

    fn withheld(self, id: TargetId) -> Vec<WithheldExplained> {
        let work = self.draft.work;
        let held_back = work.diff.withheld.iter().filter(|held| held.target == Some(id));
        let counted = |code| matches!(code, WithheldCode::LastHolder | WithheldCode::HoldersUnknown);
        held_back
            .map(|held| WithheldExplained {
                change: held.change,
                code: held.code,
                holders: counted(held.code).then(|| work.holdings.count(id)).flatten(),
                keep_at_least: counted(held.code).then(|| self.judgement.catalog.entry(id).keep_at_least).flatten(),
                other: self.in_the_way(id, held.code),
            })
            .collect()
    }

    /// The first of what is held in the same slot, or in the organization, that is not taken away.
    fn in_the_way(self, id: TargetId, code: WithheldCode) -> Option<Target> {
        let target = self.judgement.catalog.target(id);
        let (place, kind) = (target.organization_name(), target.kind());
        let stands = |other: &Target| match code {
            WithheldCode::SlotHeld => other.organization_name() == place && other.kind() == kind,
            WithheldCode::InUse => other.organization_name() == place && !other.is_organization(),
            _ => false,
        };
        let diff = &self.draft.work.diff;
        let goes = |other: &Target| {
            let id = self.judgement.catalog.id(other);
            id.is_some_and(|id| {
                diff.remove.binary_search(&id).is_ok() || diff.replace.iter().any(|(_, old)| *old == id)
            })
        };
        let held = self.draft.snapshot.memberships.iter().map(|membership| &membership.target);
        held.filter(|other| **other != *target && stands(other) && !goes(other)).min().cloned()
    }
}

/// The first attribute of a condition whose test is met, under no `not`.
fn met_attribute(node: &Node, findings: &Findings) -> Option<AttributeId> {
    match node {
        Node::Test(attribute, leaf) => (findings.test(*attribute, *leaf) == Truth::True).then_some(*attribute),
        Node::Present(attribute, _) => (node.judge(findings) == Truth::True).then_some(*attribute),
        Node::Any(nodes) | Node::All(nodes) => nodes.iter().find_map(|node| met_attribute(node, findings)),
        Node::Leaf(_) | Node::Not(_) | Node::Everyone => None,
    }
}
