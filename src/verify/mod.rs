//! A second opinion on a plan: a checker that shares nothing with the planner.
//!
//! The planner looks groups up in an index, judges only the rules that something touches, and works on numbers. The
//! checker reads the config as it was written: every rule, on every group, one pattern at a time, and instead of three
//! truth values it asks twice whether something is so, for certain and possibly. What it shares with the planner is
//! what stands before both: how claims are read, how texts compare, how a pattern is parsed, and the digest's bytes.

mod account;
mod bounds;
mod comparison;
mod expected;
mod facts;
mod reasons;
mod verdicts;
mod violation;
mod wanted;

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use self::account::{Fate, Judged, judge};
use self::comparison::Comparison;
use self::expected::Expected;
use self::facts::Facts;
pub use self::violation::{Violation, ViolationCode};
use crate::config::Config;
use crate::digest::digest_of_config;
use crate::engine::Engine;
use crate::identity::Identity;
use crate::plan::{Inputs, NoteCode, Plan, Seal, Status, evidence_codes};
use crate::snapshot::{Host, Snapshot};
use crate::target::Target;

/// Checks a plan against everything that it was made from, by a second implementation of what a plan must be: that
/// nothing is in it without a reason and nothing missing, the order of its lines, who may be parted from what, the
/// safeguards, what becomes of account and login, what must hold when it is applied, and the digest.
///
/// Empty for every plan that [`Engine::plan`] makes of the same arguments; anything else is a plan that was changed
/// on its way, was made from something else, or is a defect of this crate. A host may ask before it applies a plan: it
/// costs every rule on every group, some milliseconds for a hundred rules with patterns.
///
/// # Examples
///
/// ```
/// use groupmap::{
///     Account, Catalogued, Claims, Condition, Config, Engine, Provider, Rule, Snapshot, Source, Target, ViolationCode,
///     verify,
/// };
///
/// let config = Config::new(Source::new("acme-okta", Provider::Okta))
///     .with_catalog([Catalogued::new(Target::flag("staff"))])
///     .with_rules([Rule::grant("staff", Condition::name("Staff"), [Target::flag("staff")])]);
/// let engine = Engine::compile(config)?;
/// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#)?;
/// let identity = engine.normalize(&claims)?;
/// let snapshot = Snapshot::new(Account::absent());
///
/// let mut plan = engine.plan(&identity, &snapshot)?;
/// assert!(verify(&plan, &engine, &identity, &snapshot).is_empty());
///
/// plan.add.clear();
/// let violations = verify(&plan, &engine, &identity, &snapshot);
/// assert_eq!(violations[0].code, ViolationCode::MissingLine);
/// assert_eq!(violations[0].to_string(), "missing-line at flag:staff: it is to be added");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(plan: &Plan, engine: &Engine, identity: &Identity, snapshot: &Snapshot) -> Vec<Violation> {
    Question { plan, engine, identity, snapshot, occasion: Occasion::Login, is_held_back: false }.answer()
}

/// Checks a plan of a batch that was held back, because it would have taken away too much: [`Batch::mass_removal`] says
/// so, and [`verify`] takes no plan's word for it. Such a plan is the one that [`verify`] asks for without what it would
/// take away, which is withheld as `mass-removal`.
///
/// Empty for every such plan of somebody who is not switched off, with the snapshot that the batch planned with: its
/// holders are those of the [`Ledger`] at that moment.
///
/// # Examples
///
/// ```
/// use groupmap::{
///     Account, BatchTerms, Claims, Config, Engine, Membership, Person, Snapshot, Target, verify, verify_held_back,
/// };
///
/// let config: Config = serde_json::from_str(
///     r#"{
///         "version": 1, "source": { "id": "acme", "provider": "okta", "groups": { "absent": "empty" } },
///         "catalog": [{ "flag": "staff" }],
///         "rules": [{ "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] }],
///         "safeguards": { "max_removals": { "count": 1 } }
///     }"#,
/// )?;
/// let engine = Engine::compile(config)?;
/// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": [] } }"#)?;
/// let staff = Membership::managed(Target::flag("staff"), "acme");
/// let snapshot = Snapshot::new(Account::active()).with_memberships([staff]);
/// let person = Person::new("u1", claims, snapshot);
///
/// let batch = engine.batch_on(&[person.clone()], [], &BatchTerms::default())?;
/// assert!(batch.mass_removal);
/// let plan = batch.plans[0].plan.as_ref().unwrap();
/// let identity = engine.normalize(&person.login)?;
/// assert!(verify_held_back(plan, &engine, &identity, &person.snapshot).is_empty());
/// // On its own the plan would have had to take the flag and the access.
/// assert!(!verify(plan, &engine, &identity, &person.snapshot).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`Batch::mass_removal`]: crate::Batch::mass_removal
/// [`Ledger`]: crate::Ledger
pub fn verify_held_back(plan: &Plan, engine: &Engine, identity: &Identity, snapshot: &Snapshot) -> Vec<Violation> {
    Question { plan, engine, identity, snapshot, occasion: Occasion::Login, is_held_back: true }.answer()
}

/// Checks a plan of [`Engine::plan_deactivation`] as [`verify`] checks one of [`Engine::plan`]: that the account goes
/// unless that would leave too few with something that is held, that nothing else changes, what is withheld and what must
/// hold, and the digest.
///
/// Empty for every plan that [`Engine::plan_deactivation`] makes of the same arguments, and for those of a batch whose
/// people are switched off, unless it was held back: see [`verify_deactivation_held_back`].
///
/// # Examples
///
/// ```
/// use groupmap::{
///     Account, AccountChange, Catalogued, Claims, Condition, Config, Engine, Provider, Rule, Snapshot, Source, Target,
///     ViolationCode, verify_deactivation,
/// };
///
/// let config = Config::new(Source::new("acme-scim", Provider::Okta))
///     .with_catalog([Catalogued::new(Target::flag("staff"))])
///     .with_rules([Rule::grant("staff", Condition::name("Staff"), [Target::flag("staff")])]);
/// let engine = Engine::compile(config)?;
/// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#)?;
/// let identity = engine.normalize(&claims)?;
/// let snapshot = Snapshot::new(Account::active());
///
/// let mut plan = engine.plan_deactivation(&identity, &snapshot)?;
/// assert!(verify_deactivation(&plan, &engine, &identity, &snapshot).is_empty());
///
/// plan.account = AccountChange::None;
/// let violations = verify_deactivation(&plan, &engine, &identity, &snapshot);
/// assert_eq!(violations[0].code, ViolationCode::WrongAccount);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify_deactivation(plan: &Plan, engine: &Engine, identity: &Identity, snapshot: &Snapshot) -> Vec<Violation> {
    Question { plan, engine, identity, snapshot, occasion: Occasion::SwitchedOff, is_held_back: false }.answer()
}

/// Checks a plan for somebody who is switched off, of a batch that was held back, as [`verify_held_back`] checks one of a
/// login: the account stays, which is withheld as `mass-removal`.
pub fn verify_deactivation_held_back(
    plan: &Plan,
    engine: &Engine,
    identity: &Identity,
    snapshot: &Snapshot,
) -> Vec<Violation> {
    Question { plan, engine, identity, snapshot, occasion: Occasion::SwitchedOff, is_held_back: true }.answer()
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occasion {
    Login,
    SwitchedOff,
}

/// Whether a plan is what is to become of a person.
struct Question<'a> {
    plan: &'a Plan,
    engine: &'a Engine,
    identity: &'a Identity,
    snapshot: &'a Snapshot,
    occasion: Occasion,
    /// Whether the batch that the plan is of takes nothing away.
    is_held_back: bool,
}

impl Question<'_> {
    /// Everything that is not as it must be.
    fn answer(&self) -> Vec<Violation> {
        let Self { plan, engine, identity, snapshot, occasion, .. } = *self;
        let (config, host) = (engine.config(), engine.host());
        if let Some(why) = unplannable(occasion, engine, identity, snapshot) {
            return [Violation::new(ViolationCode::NoPlan, None, why)].into();
        }
        let facts = Facts::new(config, identity);
        let status = status_without_change(config, host, snapshot);
        let judged = status.is_none().then(|| match occasion {
            Occasion::Login => judge(config, &facts, identity, snapshot),
            Occasion::SwitchedOff => Judged::switched_off(snapshot),
        });
        let expected = match &judged {
            Some(judged) => Expected::of(config, snapshot, judged),
            None => Expected::nothing(status.unwrap_or(Status::Inactive), snapshot),
        };
        let expected = if self.is_held_back { expected.without_removals(snapshot) } else { expected };
        let notes = self.notes(status, judged.as_ref(), &facts);
        let digest = digest_over(plan, config, host, identity, snapshot);
        Comparison { plan, config, facts: &facts, snapshot, judged: judged.as_ref(), expected: &expected }.violations(
            identity.evidence(),
            &notes,
            &digest,
        )
    }

    /// What the plan must note.
    fn notes(&self, status: Option<Status>, judged: Option<&Judged<'_>>, facts: &Facts<'_>) -> BTreeSet<NoteCode> {
        let (config, host) = (self.engine.config(), self.engine.host());
        let is_login = self.occasion == Occasion::Login;
        let is_orphaned = is_orphaned(config, self.snapshot, status == Some(Status::Inactive));
        let said = [
            (status == Some(Status::Exempt), NoteCode::Exempt),
            (is_orphaned && (is_login || status.is_some()), NoteCode::Orphaned),
            (status.is_none() && !is_login, NoteCode::SwitchedOff),
        ];
        let mut notes: BTreeSet<NoteCode> =
            evidence_codes(self.identity.evidence()).chain(inactive_because(config, host)).collect();
        notes.extend(said.into_iter().filter(|(met, _)| *met).map(|(_, code)| code));
        if let (Some(judged), true) = (judged, is_login) {
            notes.extend(notes_of(judged, config, facts));
        }
        notes
    }
}

/// What a login's plan notes of what the rules say.
fn notes_of(judged: &Judged<'_>, config: &Config, facts: &Facts<'_>) -> impl Iterator<Item = NoteCode> {
    let said = [
        (judged.is_open, NoteCode::Undecided),
        (!judged.wanted.ambiguous.is_empty(), NoteCode::Ambiguous),
        (verdicts::is_outside_catalog(config, facts), NoteCode::OutsideCatalog),
    ];
    let fate = match judged.fate {
        Fate::In(_) => None,
        Fate::Out(_) => Some(NoteCode::Unmatched),
        Fate::Stranger(code) => Some(code),
    };
    said.into_iter().filter(|(met, _)| *met).map(|(_, code)| code).chain(fate)
}

/// Why no plan may exist at all.
fn unplannable(occasion: Occasion, engine: &Engine, identity: &Identity, snapshot: &Snapshot) -> Option<&'static str> {
    let subject = snapshot.account.subject.as_deref();
    if snapshot.check().is_err() {
        return Some("the snapshot contradicts itself");
    }
    if subject.is_some_and(|subject| subject != identity.subject()) {
        return Some("the snapshot is of another subject than the login");
    }
    if !engine.reads_like(identity) {
        return Some("the identity was read under the settings of another source");
    }
    let speaks = status_without_change(engine.config(), engine.host(), snapshot).is_none();
    let refuses = occasion == Occasion::Login && identity.evidence().doubts().refusal.is_some();
    (speaks && refuses).then_some("the source refuses logins with such evidence")
}

fn inactive_because(config: &Config, host: &Host) -> impl Iterator<Item = NoteCode> {
    let reasons = [
        (!config.rules.iter().any(|rule| rule.enabled), NoteCode::NoRules),
        (!host.auto_join, NoteCode::AutoJoinOff),
        (!host.default_targets.is_empty(), NoteCode::DefaultTargetsConflict),
    ];
    reasons.into_iter().filter(|(met, _)| *met).map(|(_, code)| code)
}

/// Whether the mapping says nothing of the person: it is not active, or they are exempt.
fn status_without_change(config: &Config, host: &Host, snapshot: &Snapshot) -> Option<Status> {
    let exempts = |held: &crate::snapshot::Membership| {
        config.accounts.exempt.contains(&held.target) && held.managed_by.as_deref() != Some(&*config.source.id)
    };
    if inactive_because(config, host).next().is_some() {
        Some(Status::Inactive)
    } else if snapshot.account.exempt || snapshot.memberships.iter().any(exempts) {
        Some(Status::Exempt)
    } else {
        None
    }
}

/// Whether memberships of the source are left that the mapping cannot speak of: those outside the catalog, and all of
/// them where it is not active.
fn is_orphaned(config: &Config, snapshot: &Snapshot, all: bool) -> bool {
    let is_listed = |target: &Target| config.catalog.iter().any(|entry| entry.target == *target);
    let ours = snapshot.memberships.iter().filter(|held| held.managed_by.as_deref() == Some(&*config.source.id));
    ours.into_iter().any(|held| all || !is_listed(&held.target))
}

/// The digest that a plan must have if it was made from these.
fn digest_over(
    plan: &Plan,
    config: &Config,
    host: &Host,
    identity: &Identity,
    snapshot: &Snapshot,
) -> alloc::string::String {
    let inputs = Inputs {
        config: digest_of_config(config).into(),
        identity: identity.clone(),
        snapshot: snapshot.clone(),
        host: Arc::new(host.clone()),
    };
    Seal::of(inputs).digest(plan)
}
