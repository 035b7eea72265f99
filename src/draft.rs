//! A plan before it is written down: numbers that point into the engine, the identity and the snapshot.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::account::{Column, Decision};
use crate::catalog::TargetId;
use crate::compile::Compiled;
use crate::identity::{Completeness, GroupKind, Identity};
use crate::plan::{
    Access, AccountChange, Addition, GroupsSeen, HoldersRequired, Inputs, Kept, Note, NoteCode, Plan, Reason, Removal,
    Replacement, Requires, Seal, Setting, Status, Withheld, WithheldChange, WithheldCode, evidence_notes,
};
use crate::rules::{Judgement, Supporter, Truth};
use crate::safeguards::required;
use crate::scratch::Work;
use crate::snapshot::{Host, Snapshot};
use crate::target::Target;

/// A plan that is not written down yet: it borrows from the engine, the identity, the snapshot and the
/// [`Scratch`](crate::Scratch), and copies no text.
///
/// Made by [`Engine::draft`](crate::Engine::draft), for hosts that plan for many people and look at what changes: it says
/// all that a [`Plan`] says, and [`Draft::to_plan`] writes that down with reasons, messages and digest. All lists are in
/// target order, removals reversed.
pub struct Draft<'a> {
    pub(crate) compiled: &'a Compiled,
    pub(crate) host: &'a Arc<Host>,
    pub(crate) identity: &'a Identity,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) work: &'a Work,
    pub(crate) outcome: Outcome<'a>,
}

/// What a plan comes to as a whole.
#[derive(Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub(crate) status: Status,
    pub(crate) access: Access,
    pub(crate) account: AccountChange,
    /// What the rules say; nothing where nothing changes whatever they say.
    pub(crate) judgement: Option<Judgement<'a>>,
    /// Where the person stands in the table of accounts, and what it says there.
    pub(crate) cell: Option<(Column, Decision)>,
}

impl<'a> Draft<'a> {
    /// Whether the plan is whole.
    pub fn status(&self) -> Status {
        self.outcome.status
    }

    /// Whether the login is let in.
    pub fn access(&self) -> Access {
        self.outcome.access
    }

    /// What becomes of the account.
    pub fn account(&self) -> AccountChange {
        self.outcome.account
    }

    /// How far the groups that were seen are all there are.
    pub fn completeness(&self) -> Completeness {
        self.identity.evidence().completeness()
    }

    /// What the person gets.
    pub fn add(&self) -> impl ExactSizeIterator<Item = &'a Target> + '_ {
        self.work.diff.add.iter().map(|id| self.target(*id))
    }

    /// What the person gets in place of something else: the new target and the old one.
    pub fn replace(&self) -> impl ExactSizeIterator<Item = (&'a Target, &'a Target)> + '_ {
        self.work.diff.replace.iter().map(|(new, old)| (self.target(*new), self.target(*old)))
    }

    /// What the person holds and keeps because of a rule, or because nothing certain speaks against it.
    pub fn keep(&self) -> impl ExactSizeIterator<Item = &'a Target> + '_ {
        self.work.diff.keep.iter().map(|id| self.target(*id))
    }

    /// What the person loses.
    pub fn remove(&self) -> impl ExactSizeIterator<Item = &'a Target> + '_ {
        self.work.diff.remove.iter().rev().map(|id| self.target(*id))
    }

    /// What would have changed, and why it does not; without a target where it is the account that is spared.
    pub fn withheld(&self) -> impl ExactSizeIterator<Item = (WithheldChange, Option<&'a Target>, WithheldCode)> + '_ {
        let target = |id: TargetId| self.target(id);
        self.work.diff.withheld.iter().map(move |held| (held.change, held.target.map(target), held.code))
    }

    /// What an operator should know, by code; the messages are in the [`Plan`].
    pub fn notes(&self) -> impl Iterator<Item = NoteCode> + '_ {
        self.work.notes.iter().copied()
    }

    /// Whether there is no operation to carry out. See [`Plan::is_empty`].
    pub fn is_empty(&self) -> bool {
        let diff = &self.work.diff;
        self.outcome.account == AccountChange::None
            && diff.add.is_empty()
            && diff.replace.is_empty()
            && diff.remove.is_empty()
    }

    /// Why a target of the catalog is desired: the rules that are true for it with the groups that met them, for an
    /// organization also those of what is desired in it, and settings. Empty where nothing grants it.
    pub fn because(&self, target: &Target) -> Vec<Reason> {
        self.compiled.catalog.id(target).map(|id| self.reasons(id)).unwrap_or_default()
    }

    /// Why a target of the catalog is not desired: the rules that deny it or its organization.
    pub(crate) fn because_not(&self, target: &Target) -> Vec<Reason> {
        self.compiled.catalog.id(target).map(|id| self.reasons_against(id)).unwrap_or_default()
    }

    /// Whether a target comes by `accounts.new_grant` alone.
    pub(crate) fn is_given_once(&self, target: &Target) -> bool {
        let id = self.compiled.catalog.id(target);
        id.is_some_and(|id| self.work.diff.given.binary_search(&id).is_ok())
    }

    /// Whether the person gets a target that is not held.
    pub(crate) fn gives(&self, target: TargetId) -> bool {
        let diff = &self.work.diff;
        diff.add.contains(&target) || diff.replace.iter().any(|(new, _)| *new == target)
    }

    /// Whether the person holds a target and keeps it.
    pub(crate) fn keeps(&self, target: TargetId) -> bool {
        self.work.diff.keep.contains(&target)
    }

    /// The plan, written down.
    pub fn to_plan(&self) -> Plan {
        let diff = &self.work.diff;
        let target = |id: TargetId| self.target(id).clone();
        let ours = || Some(self.compiled.config.source.id.clone());
        let evidence = self.identity.evidence();
        let because = |id: TargetId| self.reasons(id);
        let added = diff.add.iter().map(|id| match diff.given.binary_search(id) {
            Ok(_) => {
                Addition { target: target(*id), managed_by: None, because: [Reason::Setting(Setting::NewGrant)].into() }
            }
            Err(_) => Addition { target: target(*id), managed_by: ours(), because: because(*id) },
        });
        let replaced = diff.replace.iter().map(|(new, old)| Replacement {
            target: target(*new),
            replaces: target(*old),
            managed_by: ours(),
            because: because(*new),
        });
        let removed = diff.remove.iter().rev().map(|id| {
            let membership = self.work.holdings.membership(*id, self.snapshot);
            let managed_by = membership.and_then(|membership| membership.managed_by.clone());
            Removal { target: target(*id), managed_by, because: self.reasons_against(*id) }
        });
        let withheld = diff.withheld.iter().map(|held| Withheld {
            target: held.target.map(target),
            change: held.change,
            code: held.code,
        });
        let holders = self.work.taken.iter().filter_map(|id| {
            let at_least = required(&self.compiled.catalog, *id)?;
            Some(HoldersRequired { target: target(*id), at_least })
        });
        Plan {
            status: self.outcome.status,
            access: self.outcome.access,
            account: self.outcome.account,
            groups: GroupsSeen { completeness: evidence.completeness(), count: evidence.count() },
            add: added.collect(),
            replace: replaced.collect(),
            keep: diff.keep.iter().map(|id| Kept { target: target(*id), because: because(*id) }).collect(),
            remove: removed.collect(),
            withheld: withheld.collect(),
            notes: self.written_notes(),
            requires: Requires { revision: self.snapshot.revision.clone(), holders: holders.collect() },
            seal: Seal::of(Inputs {
                config: self.compiled.digest.clone(),
                identity: self.identity.clone(),
                snapshot: self.snapshot.clone(),
                host: self.host.clone(),
            }),
        }
    }

    pub(crate) fn target(&self, id: TargetId) -> &'a Target {
        self.compiled.catalog.target(id)
    }

    /// The notes with their messages: what is said of the evidence has some of its own.
    pub(crate) fn written_notes(&self) -> Vec<Note> {
        let of_evidence = evidence_notes(self.identity.evidence(), &self.compiled.reading);
        let mut notes: Vec<Note> = of_evidence.collect();
        let others = self.work.notes.iter().filter(|code| !notes.iter().any(|note| note.code == **code));
        let others: Vec<Note> = others.map(|code| code.note()).collect();
        notes.extend(others);
        notes.sort();
        notes.dedup();
        notes
    }

    /// Why a target is desired.
    fn reasons(&self, id: TargetId) -> Vec<Reason> {
        let Some(judgement) = &self.outcome.judgement else { return Vec::new() };
        let catalog = &self.compiled.catalog;
        let mut within: Vec<TargetId> = [id].into();
        if let (true, Some(own)) = (catalog.is_organization(id), catalog.organization_of(id)) {
            let implying = judgement.touched_in(catalog.in_organization(own)).filter(|inner| *inner != id);
            within.extend(implying.filter(|inner| judgement.verdict(*inner) == Truth::True));
            within.sort_unstable();
            within.dedup();
        }
        let mut supporters: Vec<Supporter> = within.iter().flat_map(|id| judgement.supporters(*id)).collect();
        judgement.arrange(&mut supporters);
        let mut reasons: Vec<Reason> = supporters.into_iter().map(|supporter| self.reason(supporter)).collect();
        if self.work.resolution.defaults.contains(id) {
            reasons.push(Reason::Setting(Setting::SlotDefault));
        }
        if within.iter().any(|id| judgement.is_granted_by_setting(*id)) {
            reasons.push(Reason::Setting(Setting::UnmatchedGrant));
        }
        reasons
    }

    /// The rules that deny a target or its organization.
    fn reasons_against(&self, id: TargetId) -> Vec<Reason> {
        let Some(judgement) = &self.outcome.judgement else { return Vec::new() };
        let mut deniers: Vec<Supporter> = judgement.deniers(id).chain(judgement.deniers_of_organization(id)).collect();
        judgement.arrange(&mut deniers);
        deniers.into_iter().map(|denier| self.reason(denier)).collect()
    }

    pub(crate) fn reason(&self, supporter: Supporter) -> Reason {
        let entry = supporter.entry.and_then(|entry| self.identity.evidence().entry(entry));
        let label =
            entry.filter(|entry| entry.kind() == GroupKind::Id).and_then(|entry| self.compiled.label(entry.key()));
        Reason::rule(self.compiled.rule_id(supporter.rule), entry.map(|entry| entry.text()), label)
    }
}

impl fmt::Debug for Draft<'_> {
    /// Hides group names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("status", &self.outcome.status)
            .field("access", &self.outcome.access)
            .field("account", &self.outcome.account)
            .finish_non_exhaustive()
    }
}
