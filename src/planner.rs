//! From an identity and a snapshot to a draft: the order of the stages.

use alloc::sync::Arc;

use crate::account::{Column, Decision, decide};
use crate::compile::Compiled;
use crate::config::Unmatched;
use crate::diff::{Scope, Sides};
use crate::draft::{Draft, Outcome};
use crate::error::Error;
use crate::holdings::Owner;
use crate::identity::{Identity, Refusal};
use crate::matching::Memo;
use crate::plan::{Access, AccountChange, NoteCode, Status, WithheldChange, WithheldCode, evidence_codes};
use crate::rules::{Judgement, Truth};
use crate::safeguards::HolderCounts;
use crate::scratch::{Scratch, Work};
use crate::snapshot::{AccountStatus, Host, Snapshot};

/// Whether what a plan would take away is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removals {
    /// As far as the safeguards of the plan itself allow.
    Allowed,
    /// None at all: those that the safeguards would allow are held back for this reason.
    HeldBack(WithheldCode),
}

/// Everything that one plan is made from.
#[derive(Clone, Copy)]
pub(crate) struct Planner<'a> {
    pub(crate) compiled: &'a Arc<Compiled>,
    pub(crate) host: &'a Arc<Host>,
    pub(crate) identity: &'a Identity,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) removals: Removals,
}

/// What a plan comes to, before it is known what the rules say in detail.
type Whole = (Status, Access, AccountChange);

/// How far `unmatched` grants anything, and where the person stands in the table of accounts.
type Judged = (Truth, (Column, Decision));

impl<'a> Planner<'a> {
    /// Plans within a scratch.
    pub(crate) fn draft(self, scratch: &'a mut Scratch) -> Result<Draft<'a>, Error> {
        scratch.begin(self.compiled);
        let Scratch { memo, work, .. } = scratch;
        work.clear();
        self.check(work)?;
        if let Some(whole) = self.untouched(work) {
            return Ok(self.finish(work, whole, None));
        }
        match self.identity.evidence().doubts().refusal {
            Some(Refusal::Absent) => return Err(Error::GroupsAbsent),
            Some(Refusal::OverLimit { count, limit }) => return Err(Error::GroupsOverLimit { count, limit }),
            None => {}
        }
        let (whole, judged) = self.plan(memo, work);
        Ok(self.finish(work, whole, Some(judged)))
    }

    /// Plans for somebody whom the source has switched off: the account goes, the memberships stay with it, and the last
    /// holder of something stays in.
    pub(crate) fn deactivation(self, scratch: &'a mut Scratch) -> Result<Draft<'a>, Error> {
        scratch.begin(self.compiled);
        let work = &mut scratch.work;
        work.clear();
        self.check(work)?;
        if let Some(whole) = self.untouched(work) {
            return Ok(self.finish(work, whole, None));
        }
        work.notes.push(NoteCode::SwitchedOff);
        let whole = match self.snapshot.account.status {
            AccountStatus::Active => self.conclude(work, Decision::Expel { deactivate: true }),
            AccountStatus::Absent | AccountStatus::Inactive => (Status::Refused, Access::Refused, AccountChange::None),
        };
        Ok(self.finish(work, whole, None))
    }

    /// The draft of what the stages have left behind.
    fn finish(self, work: &'a mut Work, whole: Whole, judged: Option<Judged>) -> Draft<'a> {
        work.notes.extend(evidence_codes(self.identity.evidence()));
        work.notes.sort_unstable();
        work.notes.dedup();
        let work = &*work;
        let judgement = judged.map(|(given, _)| self.judgement(work, given));
        let cell = judged.map(|(_, cell)| cell);
        let (status, access, account) = whole;
        let Self { compiled, host, identity, snapshot, removals: _ } = self;
        Draft {
            compiled,
            host,
            identity,
            snapshot,
            work,
            outcome: Outcome { status, access, account, judgement, cell },
        }
    }

    /// That snapshot and identity can be planned with.
    fn check(self, work: &mut Work) -> Result<(), Error> {
        work.holdings.read(&self.compiled.catalog, &self.compiled.config.source.id, self.snapshot)?;
        let (own, reading) = (self.identity.reading(), &self.compiled.reading);
        if !Arc::ptr_eq(own, reading) && **own != **reading {
            return Err(Error::ForeignIdentity);
        }
        self.snapshot.check_subject(self.identity.subject())
    }

    /// A mapping that is not active, or a person who is exempt: nothing changes.
    fn untouched(self, work: &mut Work) -> Option<Whole> {
        let reasons = [
            (self.compiled.rules.rules.is_empty(), NoteCode::NoRules),
            (!self.host.auto_join, NoteCode::AutoJoinOff),
            (!self.host.default_targets.is_empty(), NoteCode::DefaultTargetsConflict),
        ];
        work.notes.extend(reasons.into_iter().filter(|(met, _)| *met).map(|(_, code)| code));
        let holdings = &work.holdings;
        let (status, orphaned) = if !work.notes.is_empty() {
            let ours = holdings.held().iter().any(|held| held.owner == Owner::Source);
            (Status::Inactive, ours || holdings.is_orphaned())
        } else if self.compiled.exempts(self.snapshot) {
            work.notes.push(NoteCode::Exempt);
            (Status::Exempt, holdings.is_orphaned())
        } else {
            return None;
        };
        if orphaned {
            work.notes.push(NoteCode::Orphaned);
        }
        let access = match self.snapshot.account.status {
            AccountStatus::Active => Access::Granted,
            AccountStatus::Absent | AccountStatus::Inactive => Access::Refused,
        };
        Some((status, access, AccountChange::None))
    }

    /// What the rules say, with what `unmatched` grants so far.
    fn judgement<'w>(self, work: &'w Work, given: Truth) -> Judgement<'w>
    where
        'a: 'w,
    {
        let Compiled { rules, catalog, unmatched, .. } = &**self.compiled;
        let (findings, evidence) = (&work.findings, self.identity.evidence());
        let judgement = Judgement { rules, catalog, findings, evidence, given: (Truth::False, &[]) };
        if given == Truth::False { judgement } else { judgement.with_given(given, unmatched) }
    }

    /// Plans for an active mapping and a person who is not exempt.
    fn plan(self, memo: &mut Memo, work: &mut Work) -> (Whole, Judged) {
        let compiled = self.compiled;
        work.findings.gather(&compiled.rules, &compiled.catalog, self.identity, memo);
        let (column, given) = self.resolve(work);
        let config = &compiled.config;
        let decision = decide(column, &self.snapshot.account, &config.accounts, &config.unmatched, self.identity);
        Self::note(work, column, decision);
        if let Decision::Refuse(_) = decision {
            return ((Status::Refused, Access::Refused, AccountChange::None), (given, (column, decision)));
        }
        let mut diff = core::mem::take(&mut work.diff);
        let judgement = self.judgement(work, given);
        let sides = Sides {
            catalog: &compiled.catalog,
            slots: &compiled.slots,
            judgement: &judgement,
            resolution: &work.resolution,
            holdings: &work.holdings,
            snapshot: self.snapshot,
            scope: Scope { authority: config.authority, new_grant: &compiled.new_grant },
            is_new: decision == Decision::Admit(AccountChange::Provision),
        };
        sides.diff(&mut diff);
        if let Removals::HeldBack(code) = self.removals {
            diff.spare_holdings(code);
        }
        work.diff = diff;
        (self.conclude(work, decision), (given, (column, decision)))
    }

    /// Resolves verdicts, and what `unmatched` grants where nothing else is desired.
    fn resolve(self, work: &mut Work) -> (Column, Truth) {
        let compiled = self.compiled;
        let mut resolution = core::mem::take(&mut work.resolution);
        let mut resolve = |judgement: &Judgement<'_>| {
            resolution.resolve(judgement, &compiled.slots, work.holdings.ids());
            (resolution.is_anything_desired(), !resolution.ambiguous.is_empty())
        };
        let judgement = self.judgement(work, Truth::False);
        let (desired, ambiguous) = resolve(&judgement);
        let decided = if desired {
            (Column::Desired, Truth::False)
        } else {
            match self.without_rules(&judgement, ambiguous) {
                Some(Truth::True) => {
                    // Where several of them contest a slot in which none may be preferred, nothing is certain.
                    let (desired, _) = resolve(&self.judgement(work, Truth::True));
                    (if desired { Column::Desired } else { Column::Undecided }, Truth::True)
                }
                Some(denied) => (Column::Nothing { denied: denied == Truth::Unknown }, Truth::False),
                None => {
                    resolve(&self.judgement(work, Truth::Unknown));
                    (Column::Undecided, Truth::Unknown)
                }
            }
        };
        work.resolution = resolution;
        decided
    }

    /// What is to be done where no rule grants anything for certain: `unmatched` grants (true), nothing is granted
    /// (false), nothing since a deny rule speaks (unknown); or it cannot be told.
    fn without_rules(self, judgement: &Judgement<'_>, ambiguous: bool) -> Option<Truth> {
        let compiled = self.compiled;
        let denied = judgement.denied_grants();
        // What is left of `unmatched.grant` once the deny rules are heard.
        let survivors = compiled.unmatched.iter().map(|target| judgement.deny(*target).not());
        let survives = survivors.max().unwrap_or(Truth::False);
        let admits = compiled.config.unmatched == Unmatched::Admit || survives == Truth::True;
        let undecided = judgement.is_anything_unknown()
            || ambiguous
            || (denied == Truth::Unknown && admits)
            || (denied != Truth::True && survives == Truth::Unknown);
        match (undecided, denied, survives) {
            (true, ..) => None,
            (false, Truth::True | Truth::Unknown, _) => Some(Truth::Unknown),
            (false, Truth::False, Truth::True) => Some(Truth::True),
            (false, Truth::False, _) => Some(Truth::False),
        }
    }

    /// Notes what an operator should know.
    fn note(work: &mut Work, column: Column, decision: Decision) {
        let refused = match decision {
            Decision::Refuse(code) => Some(code),
            Decision::Expel { .. } => Some(NoteCode::Unmatched),
            Decision::Admit(_) => None,
        };
        let Work { resolution, holdings, findings, notes, .. } = work;
        let conditions = [
            (!resolution.ambiguous.is_empty(), NoteCode::Ambiguous),
            (holdings.is_orphaned(), NoteCode::Orphaned),
            (findings.is_outside_catalog(), NoteCode::OutsideCatalog),
            (column == Column::Undecided || resolution.undecided_slots, NoteCode::Undecided),
        ];
        notes.extend(conditions.into_iter().filter(|(met, _)| *met).map(|(_, code)| code).chain(refused));
    }

    /// What the plan comes to, and what it takes away.
    fn conclude(self, work: &mut Work, decision: Decision) -> Whole {
        work.taken.extend(work.diff.taken());
        let (access, account) = match decision {
            Decision::Expel { deactivate } => {
                let expelled = self.expel(deactivate, work);
                if expelled.0 == Access::Refused {
                    work.taken.extend_from_slice(work.holdings.ids());
                }
                expelled
            }
            Decision::Admit(change) => (Access::Granted, change),
            Decision::Refuse(_) => (Access::Refused, AccountChange::None),
        };
        work.taken.sort_unstable();
        work.taken.dedup();
        let status = if access == Access::Refused && account == AccountChange::None {
            Status::Refused
        } else if work.diff.withheld.is_empty() {
            Status::Ready
        } else {
            Status::Withheld
        };
        (status, access, account)
    }

    /// Refuses or deactivates an active account, unless that would take the last holder of something.
    fn expel(self, deactivate: bool, work: &mut Work) -> (Access, AccountChange) {
        let change = if deactivate { WithheldChange::Deactivate } else { WithheldChange::Refuse };
        let counts = HolderCounts { catalog: &self.compiled.catalog, holdings: &work.holdings };
        let mut prevented = false;
        for target in work.holdings.ids().iter().copied() {
            if let Some(code) = counts.forbids(target) {
                work.diff.withhold(change, target, code);
                prevented = true;
            }
        }
        if let (false, Removals::HeldBack(code)) = (prevented, self.removals) {
            work.diff.spare_account(change, code);
            prevented = true;
        }
        work.diff.arrange_withheld();
        match (prevented, deactivate) {
            (true, _) => (Access::Granted, AccountChange::None),
            (false, true) => (Access::Refused, AccountChange::Deactivate),
            (false, false) => (Access::Refused, AccountChange::None),
        }
    }
}
