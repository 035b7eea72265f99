//! The engine: a compiled config, and the only place that knows the order of the stages.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::account::{Column, Decision, decide};
use crate::catalog::TargetId;
use crate::claims::Claims;
use crate::compile::{Compiled, compile};
use crate::config::{Config, Unmatched};
use crate::diff::{Diff, Held, Scope, Sides};
use crate::error::Error;
use crate::identity::{GroupKind, Identity, Refusal, subject};
use crate::plan::{
    Access, AccountChange, Addition, GroupsSeen, Inputs, Kept, Note, NoteCode, Plan, Reason, Removal, Replacement,
    Requires, Seal, Setting, Status, WithheldChange, evidence_notes,
};
use crate::problem::Problems;
use crate::resolution::{Resolution, resolve};
use crate::rules::{Judgement, Supporter, Truth};
use crate::safeguards::HolderCounts;
use crate::snapshot::{AccountStatus, Host, Snapshot};
use crate::target::Target;

/// A compiled config: immutable, `Send + Sync`, cheap to clone and to share.
///
/// # Examples
///
/// ```
/// use groupmap::{Account, Catalogued, Claims, Condition, Config, Engine, Provider, Rule, Snapshot, Source, Target};
///
/// let config = Config::new(Source::new("acme-okta", Provider::Okta))
///     .with_catalog([Catalogued::new(Target::flag("staff"))])
///     .with_rules([Rule::grant("staff", Condition::name("Staff"), [Target::flag("staff")])]);
/// let engine = Engine::compile(config)?;
///
/// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#)?;
/// let identity = engine.normalize(&claims)?;
/// let plan = engine.plan(&identity, &Snapshot::new(Account::absent()))?;
/// assert_eq!(
///     plan.to_string(),
///     "ready: access granted, account provisioned; 1 group seen (complete)\n  \
///        + flag:staff  because rule `staff` matched `Staff`"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    compiled: Arc<Compiled>,
    host: Arc<Host>,
}

impl Engine {
    /// Checks a config and prepares it for use, for a host that adds people automatically and hands out nothing by
    /// itself; see [`Engine::with_host`].
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the config, at once. One bad rule fails the whole: there is no partly active rule
    /// set.
    pub fn compile(config: Config) -> Result<Self, Problems> {
        Ok(Self { compiled: Arc::new(compile(config)?), host: Arc::new(Host::default()) })
    }

    /// The same engine for a host of which these facts hold. They decide whether the mapping is active.
    #[must_use]
    pub fn with_host(mut self, host: Host) -> Self {
        self.host = Arc::new(host);
        self
    }

    /// The config that was compiled.
    pub fn config(&self) -> &Config {
        &self.compiled.config
    }

    /// Reads verified claims as the config's source says.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::WrongIssuer`], [`Error::EmptySubject`], [`Error::TransientSubject`] and
    /// [`Error::SubjectMismatch`]. Groups that
    /// are missing, cut or unreadable are no error here: they are part of the identity.
    pub fn normalize(&self, claims: &Claims) -> Result<Identity, Error> {
        Identity::normalize(&self.compiled.reading, claims)
    }

    /// The subject of claims, as far as one can be made of them.
    pub(crate) fn subject(&self, claims: &Claims) -> Option<String> {
        subject(&self.compiled.reading, claims)
    }

    /// Plans what is to change for one person. Pure: the same arguments give the same plan, byte for byte.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`] for a snapshot that contradicts itself or is of another subject,
    /// [`Error::ForeignIdentity`] for an identity that was normalised under other source settings, and
    /// [`Error::GroupsAbsent`] and [`Error::GroupsOverLimit`] where the source is set to refuse such logins. Then there
    /// is no plan, and the host changes nothing.
    pub fn plan(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Plan, Error> {
        snapshot.check()?;
        let reading = &self.compiled.reading;
        if !Arc::ptr_eq(identity.reading(), reading) && **identity.reading() != **reading {
            return Err(Error::ForeignIdentity);
        }
        snapshot.check_subject(identity.subject())?;
        let planner = Planner { compiled: &self.compiled, host: &self.host, identity, snapshot };
        if let Some(plan) = planner.untouched() {
            return Ok(plan);
        }
        match identity.evidence().doubts().refusal {
            Some(Refusal::Absent) => Err(Error::GroupsAbsent),
            Some(Refusal::OverLimit { count, limit }) => Err(Error::GroupsOverLimit { count, limit }),
            None => Ok(planner.plan()),
        }
    }
}

/// Everything that one plan is made from.
struct Planner<'a> {
    compiled: &'a Compiled,
    host: &'a Arc<Host>,
    identity: &'a Identity,
    snapshot: &'a Snapshot,
}

impl<'a> Planner<'a> {
    /// The plan of a mapping that is not active, or of a person who is exempt: nothing changes.
    fn untouched(&self) -> Option<Plan> {
        let mut notes: Vec<Note> = self.reasons_for_inactivity();
        let status = if !notes.is_empty() {
            if self.snapshot.memberships.iter().any(|membership| self.is_ours(membership.managed_by.as_deref())) {
                notes.push(NoteCode::Orphaned.note());
            }
            Status::Inactive
        } else if self.is_exempt() {
            notes.push(NoteCode::Exempt.note());
            if self.held().iter().any(|held| self.is_orphaned(held)) {
                notes.push(NoteCode::Orphaned.note());
            }
            Status::Exempt
        } else {
            return None;
        };
        let access = match self.snapshot.account.status {
            AccountStatus::Active => Access::Granted,
            AccountStatus::Absent | AccountStatus::Inactive => Access::Refused,
        };
        notes.extend(evidence_notes(self.identity.evidence(), &self.compiled.reading));
        notes.sort();
        Some(self.seal(status, access, AccountChange::None, notes))
    }

    fn reasons_for_inactivity(&self) -> Vec<Note> {
        let conditions = [
            (self.compiled.rules.rules.is_empty(), NoteCode::NoRules),
            (!self.host.auto_join, NoteCode::AutoJoinOff),
            (!self.host.default_targets.is_empty(), NoteCode::DefaultTargetsConflict),
        ];
        conditions.into_iter().filter(|(met, _)| *met).map(|(_, code)| code.note()).collect()
    }

    /// A break-glass account, or one that holds an exempting target otherwise than through this source.
    fn is_exempt(&self) -> bool {
        let exempting = &self.compiled.config.accounts.exempt;
        self.snapshot.account.exempt
            || self.snapshot.memberships.iter().any(|membership| {
                exempting.contains(&membership.target) && !self.is_ours(membership.managed_by.as_deref())
            })
    }

    fn is_ours(&self, managed_by: Option<&str>) -> bool {
        managed_by == Some(&self.compiled.config.source.id)
    }

    /// Whether this source manages a membership that the catalog does not list.
    fn is_orphaned(&self, held: &Held<'_>) -> bool {
        held.id.is_none() && self.is_ours(held.membership.managed_by.as_deref())
    }

    fn held(&self) -> Vec<Held<'a>> {
        let memberships = self.snapshot.memberships.iter();
        let mut held: Vec<Held<'_>> = memberships
            .map(|membership| Held { membership, id: self.compiled.catalog.id(&membership.target) })
            .collect();
        held.sort_by(|a, b| a.membership.target.cmp(&b.membership.target));
        held
    }

    /// The plan of an active mapping for a person who is not exempt.
    fn plan(&self) -> Plan {
        let compiled = self.compiled;
        let held = self.held();
        let held_ids: Vec<TargetId> = held.iter().filter_map(|held| held.id).collect();
        let mut judgement = Judgement::new(&compiled.rules, &compiled.catalog, self.identity);
        let (column, resolution) = self.resolve(&mut judgement, &held_ids);
        let accounts = &compiled.config.accounts;
        let decision = decide(column, &self.snapshot.account, accounts, &compiled.config.unmatched, self.identity);
        let notes = self.notes(&judgement, &resolution, column, decision, &held);
        if let Decision::Refuse(_) = decision {
            return self.seal(Status::Refused, Access::Refused, AccountChange::None, notes);
        }
        let holders = HolderCounts::new(&compiled.catalog, self.snapshot);
        let scope = Scope {
            source: &compiled.config.source.id,
            authority: compiled.config.authority,
            new_grant: &compiled.new_grant,
        };
        let sides = Sides {
            catalog: &compiled.catalog,
            slots: &compiled.slots,
            judgement: &judgement,
            resolution: &resolution,
            held: &held,
            held_ids: &held_ids,
            scope,
            holders: &holders,
        };
        let mut diff = sides.diff();
        let mut taken: Vec<TargetId> = diff.taken().collect();
        let (access, change) = match decision {
            Decision::Expel { deactivate } => {
                let outcome = self.expel(deactivate, &held_ids, &holders, &mut diff);
                if outcome.0 == Access::Refused {
                    taken.extend(&held_ids);
                }
                outcome
            }
            Decision::Admit(change) => (Access::Granted, change),
            Decision::Refuse(_) => (Access::Refused, AccountChange::None),
        };
        let status = if access == Access::Refused && change == AccountChange::None {
            Status::Refused
        } else if diff.withheld.is_empty() {
            Status::Ready
        } else {
            Status::Withheld
        };
        let mut plan = self.seal(status, access, change, notes);
        self.fill(&mut plan, diff, &held, &judgement, &resolution);
        plan.requires.holders = holders.required(taken);
        plan
    }

    /// Resolves verdicts, and what `unmatched` grants where nothing else is desired.
    fn resolve(&self, judgement: &mut Judgement<'a>, held: &[TargetId]) -> (Column, Resolution) {
        let compiled = self.compiled;
        let complete = self.identity.evidence().is_complete();
        let resolve =
            |judgement: &Judgement<'a>| resolve(judgement, &compiled.catalog, &compiled.slots, held, complete);
        let resolution = resolve(judgement);
        if resolution.is_anything_desired() {
            return (Column::Desired, resolution);
        }
        let denied = judgement.denied_grants();
        // What is left of `unmatched.grant` once the deny rules are heard.
        let survivors = compiled.unmatched.iter().map(|target| judgement.deny(*target).not());
        let survives = survivors.max().unwrap_or(Truth::False);
        let admits = compiled.config.unmatched == Unmatched::Admit || survives == Truth::True;
        let undecided = judgement.is_anything_unknown()
            || !resolution.ambiguous.is_empty()
            || (denied == Truth::Unknown && admits)
            || (denied != Truth::True && survives == Truth::Unknown);
        if !undecided && denied != Truth::False {
            return (Column::Nothing { denied: true }, resolution);
        }
        if !undecided && survives != Truth::True {
            return (Column::Nothing { denied: false }, resolution);
        }
        if !undecided {
            judgement.grant_by_setting(Truth::True, &compiled.unmatched);
            let granted = resolve(judgement);
            // Where several of them contest a slot in which none may be preferred, nothing is certain.
            let column = if granted.is_anything_desired() { Column::Desired } else { Column::Undecided };
            return (column, granted);
        }
        judgement.grant_by_setting(Truth::Unknown, &compiled.unmatched);
        (Column::Undecided, resolve(judgement))
    }

    /// Refuses or deactivates an active account, unless that would take the last holder of something.
    fn expel(
        &self,
        deactivate: bool,
        held: &[TargetId],
        holders: &HolderCounts<'_>,
        diff: &mut Diff,
    ) -> (Access, AccountChange) {
        let change = if deactivate { WithheldChange::Deactivate } else { WithheldChange::Refuse };
        let mut prevented = false;
        for target in held {
            if let Some(code) = holders.forbids(*target) {
                diff.withhold(change, self.compiled.catalog.target(*target), code);
                prevented = true;
            }
        }
        diff.withheld.sort();
        match (prevented, deactivate) {
            (true, _) => (Access::Granted, AccountChange::None),
            (false, true) => (Access::Refused, AccountChange::Deactivate),
            (false, false) => (Access::Refused, AccountChange::None),
        }
    }

    fn notes(
        &self,
        judgement: &Judgement<'_>,
        resolution: &Resolution,
        column: Column,
        decision: Decision,
        held: &[Held<'_>],
    ) -> Vec<Note> {
        let evidence = evidence_notes(self.identity.evidence(), &self.compiled.reading);
        let orphaned = held.iter().any(|held| self.is_orphaned(held));
        let refused = match decision {
            Decision::Refuse(code) => Some(code),
            Decision::Expel { .. } => Some(NoteCode::Unmatched),
            Decision::Admit(_) => None,
        };
        let conditions = [
            (!resolution.ambiguous.is_empty(), NoteCode::Ambiguous),
            (orphaned, NoteCode::Orphaned),
            (judgement.is_outside_catalog(), NoteCode::OutsideCatalog),
            (column == Column::Undecided || resolution.undecided_slots, NoteCode::Undecided),
        ];
        let met = conditions.into_iter().filter(|(met, _)| *met).map(|(_, code)| code);
        let mut notes: Vec<Note> = evidence.chain(met.chain(refused).map(NoteCode::note)).collect();
        notes.sort();
        notes.dedup();
        notes
    }

    /// An empty plan with everything but its operations.
    fn seal(&self, status: Status, access: Access, account: AccountChange, notes: Vec<Note>) -> Plan {
        let evidence = self.identity.evidence();
        Plan {
            status,
            access,
            account,
            groups: GroupsSeen { completeness: evidence.completeness(), count: evidence.count() },
            add: Vec::new(),
            replace: Vec::new(),
            keep: Vec::new(),
            remove: Vec::new(),
            withheld: Vec::new(),
            notes,
            requires: Requires { revision: self.snapshot.revision.clone(), holders: Vec::new() },
            seal: Seal::of(Inputs {
                config: self.compiled.digest.clone(),
                identity: self.identity.clone(),
                snapshot: self.snapshot.clone(),
                host: self.host.clone(),
            }),
        }
    }

    /// Writes the operations with their reasons.
    fn fill(&self, plan: &mut Plan, diff: Diff, held: &[Held<'_>], judgement: &Judgement<'_>, resolution: &Resolution) {
        let target = |id: TargetId| self.compiled.catalog.target(id).clone();
        let because = |id: TargetId| self.because(id, judgement, resolution);
        let ours = || Some(self.compiled.config.source.id.clone());
        let added =
            diff.add.iter().map(|id| Addition { target: target(*id), managed_by: ours(), because: because(*id) });
        plan.add = added.collect();
        if plan.account == AccountChange::Provision {
            self.add_new_grant(plan, judgement, &diff);
        }
        let replaced = diff.replace.iter().map(|(new, old)| Replacement {
            target: target(*new),
            replaces: target(*old),
            managed_by: ours(),
            because: because(*new),
        });
        plan.replace = replaced.collect();
        plan.keep = diff.keep.iter().map(|id| Kept { target: target(*id), because: because(*id) }).collect();
        let denied = |id| judgement.deniers(id).into_iter().map(|denier| self.reason(denier, judgement)).collect();
        let managed_by = |target: &Target| {
            let index = held.binary_search_by(|held| held.membership.target.cmp(target)).ok()?;
            held.get(index)?.membership.managed_by.clone()
        };
        let removed = diff.remove.iter().rev().map(|id| {
            let target = target(*id);
            Removal { managed_by: managed_by(&target), target, because: denied(*id) }
        });
        plan.remove = removed.collect();
        plan.withheld.extend(diff.withheld);
        plan.withheld.sort();
        plan.withheld.dedup();
        if !plan.withheld.is_empty() && plan.status == Status::Ready {
            plan.status = Status::Withheld;
        }
    }

    /// What a new account gets once, by hand as it were.
    fn add_new_grant(&self, plan: &mut Plan, judgement: &Judgement<'_>, diff: &Diff) {
        for id in self.compiled.new_grant.iter().filter(|id| !diff.add.contains(id)) {
            let target = self.compiled.catalog.target(*id).clone();
            match judgement.deny(*id) {
                Truth::True => {}
                Truth::Unknown => plan.withheld.push(crate::plan::Withheld {
                    target,
                    change: WithheldChange::Add,
                    code: crate::plan::WithheldCode::Undecided,
                }),
                Truth::False => plan.add.push(Addition {
                    target,
                    managed_by: None,
                    because: [Reason::Setting(Setting::NewGrant)].into(),
                }),
            }
        }
        plan.add.sort_by(|a, b| a.target.cmp(&b.target));
    }

    /// Why a target is desired: the rules that are true for it, for an organization also those of what is desired in
    /// it, and settings.
    fn because(&self, id: TargetId, judgement: &Judgement<'_>, resolution: &Resolution) -> Vec<Reason> {
        let catalog = &self.compiled.catalog;
        let target = catalog.target(id);
        let mut within: Vec<TargetId> = [id].into();
        if let (true, Some(name)) = (target.is_organization(), target.organization_name()) {
            let range = catalog.in_organization(name);
            let implying = judgement.touched_in(range).filter(|inner| *inner != id);
            within.extend(implying.filter(|inner| judgement.verdict(*inner) == Truth::True));
            within.sort_unstable();
            within.dedup();
        }
        let mut supporters: Vec<Supporter> = within.iter().flat_map(|id| judgement.supporters(*id)).collect();
        supporters.sort_unstable();
        supporters.dedup_by_key(|supporter| supporter.rule);
        let mut reasons: Vec<Reason> =
            supporters.into_iter().map(|supporter| self.reason(supporter, judgement)).collect();
        if resolution.defaults.contains(&id) {
            reasons.push(Reason::Setting(Setting::SlotDefault));
        }
        if within.iter().any(|id| judgement.is_granted_by_setting(*id)) {
            reasons.push(Reason::Setting(Setting::UnmatchedGrant));
        }
        reasons
    }

    fn reason(&self, supporter: Supporter, judgement: &Judgement<'_>) -> Reason {
        let rule = &self.compiled.rules.rule(supporter.rule).id;
        let entry = supporter.entry.and_then(|rank| self.identity.evidence().entry(judgement.entry(rank)?));
        let label = entry.filter(|entry| entry.kind() == GroupKind::Id).and_then(|entry| {
            let labels = &self.compiled.labels;
            let index = labels.binary_search_by(|(id, _)| (**id).cmp(entry.key())).ok()?;
            labels.get(index).map(|(_, label)| &**label)
        });
        Reason::rule(rule, entry.map(|entry| entry.text()), label)
    }
}
