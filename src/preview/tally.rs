//! Adding up plans one by one, as numbers that point into the engine.

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use super::{AccountCounts, CodeCount, Preview, ReplacementCount, StatusCounts, TargetCount, WithheldCount};
use crate::catalog::{Catalog, TargetId};
use crate::claims::Claims;
use crate::diff::HeldBack;
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::identity::Identity;
use crate::plan::{Access, AccountChange, NoteCode, Status};
use crate::scratch::Scratch;
use crate::snapshot::{AccountStatus, Snapshot};

/// How many groups a tally remembers from one person to the next.
const MEMO: usize = 10_000;

/// Adds up the plans of people, one at a time and in memory that does not grow with them.
///
/// ```
/// # use groupmap::{Account, Catalogued, Claims, Condition, Config, Engine, Provider, Rule, Snapshot, Source, Target};
/// # let config = Config::new(Source::new("acme-okta", Provider::Okta))
/// #     .with_catalog([Catalogued::new(Target::flag("staff"))])
/// #     .with_rules([Rule::grant("staff", Condition::name("Staff"), [Target::flag("staff")])]);
/// # let engine = Engine::compile(config)?;
/// # let directory = [r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#, r#"{ "id_token": { "sub": "u2" } }"#];
/// let mut tally = engine.preview();
/// for login in directory {
///     let login: Claims = serde_json::from_str(login)?;
///     tally.add_login(&login, &Snapshot::new(Account::absent()));
/// }
/// let preview = tally.preview();
/// assert_eq!((preview.people, preview.accounts.provision, preview.statuses.refused), (2, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A tally is used by one thread; several threads have one each, and their previews are merged.
#[derive(Clone)]
pub struct Tally {
    engine: Engine,
    scratch: Scratch,
    sums: Sums,
}

/// How often what.
#[derive(Clone, Default)]
pub(crate) struct Sums {
    people: u64,
    errors: BTreeMap<&'static str, u64>,
    statuses: StatusCounts,
    accounts: AccountCounts,
    losing_access: u64,
    gaining_privileged: BTreeMap<TargetId, u64>,
    losing_privileged: BTreeMap<TargetId, u64>,
    add: BTreeMap<TargetId, u64>,
    replace: BTreeMap<(TargetId, TargetId), u64>,
    remove: BTreeMap<TargetId, u64>,
    withheld: BTreeMap<HeldBack, u64>,
    notes: BTreeMap<NoteCode, u64>,
}

impl Engine {
    /// Begins a preview: what plans come to over a population, in numbers.
    pub fn preview(&self) -> Tally {
        Tally { engine: self.clone(), scratch: Scratch::with_memo(MEMO), sums: Sums::default() }
    }
}

impl Tally {
    /// Adds a person. An error of the plan is counted, and so is the access that the person loses by it.
    pub fn add(&mut self, identity: &Identity, snapshot: &Snapshot) {
        let Self { engine, scratch, sums } = self;
        match engine.draft(identity, snapshot, scratch) {
            Ok(draft) => sums.add(&draft),
            Err(error) => sums.add_error(&error, engine, snapshot),
        }
    }

    /// Adds a person whose claims are not read yet. Errors of the login are counted like those of the plan.
    pub fn add_login(&mut self, login: &Claims, snapshot: &Snapshot) {
        match self.engine.identify(login, snapshot) {
            Ok(identity) => self.add(&identity, snapshot),
            Err(error) => self.sums.add_error(&error, &self.engine, snapshot),
        }
    }

    /// What was added up so far.
    pub fn preview(&self) -> Preview {
        self.sums.preview(&self.engine)
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").field("people", &self.sums.people).finish_non_exhaustive()
    }
}

/// Whether a person has an active account that the mapping may touch; only such a person can lose access.
pub(crate) fn may_lose_access(engine: &Engine, snapshot: &Snapshot) -> bool {
    snapshot.account.status == AccountStatus::Active && !engine.compiled().exempts(snapshot)
}

/// What plans do to privileged or protected targets, as far as many people are concerned.
impl Draft<'_> {
    /// Whether the person is active now, and not let in then.
    pub(crate) fn loses_access(&self) -> bool {
        self.outcome.access == Access::Refused && self.snapshot.account.status == AccountStatus::Active
    }

    /// What the person gets, by addition or replacement.
    pub(crate) fn given(&self) -> impl Iterator<Item = TargetId> + '_ {
        let diff = &self.work.diff;
        diff.add.iter().copied().chain(diff.replace.iter().map(|(new, _)| *new))
    }

    /// What the person loses, by removal or replacement, or with their access.
    pub(crate) fn taken(&self) -> impl Iterator<Item = TargetId> + '_ {
        self.work.taken.iter().copied()
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    increase(counts.entry(key).or_insert(0));
}

fn increase(count: &mut u64) {
    *count = count.saturating_add(1);
}

impl Sums {
    pub(crate) fn add(&mut self, draft: &Draft<'_>) {
        increase(&mut self.people);
        let catalog = &draft.compiled.catalog;
        let statuses = &mut self.statuses;
        increase(match draft.status() {
            Status::Ready => &mut statuses.ready,
            Status::Withheld => &mut statuses.withheld,
            Status::Inactive => &mut statuses.inactive,
            Status::Exempt => &mut statuses.exempt,
            Status::Refused => &mut statuses.refused,
        });
        let accounts = &mut self.accounts;
        match draft.account() {
            AccountChange::None => {}
            AccountChange::Provision => increase(&mut accounts.provision),
            AccountChange::Link => increase(&mut accounts.link),
            AccountChange::Reactivate => increase(&mut accounts.reactivate),
            AccountChange::Deactivate => increase(&mut accounts.deactivate),
        }
        if draft.loses_access() {
            increase(&mut self.losing_access);
        }
        if catalog.has_privileged() {
            let is_privileged = |id: &TargetId| catalog.entry(*id).privileged;
            draft.given().filter(is_privileged).for_each(|id| count(&mut self.gaining_privileged, id));
            draft.taken().filter(is_privileged).for_each(|id| count(&mut self.losing_privileged, id));
        }
        let diff = &draft.work.diff;
        diff.add.iter().for_each(|id| count(&mut self.add, *id));
        diff.replace.iter().for_each(|pair| count(&mut self.replace, *pair));
        diff.remove.iter().for_each(|id| count(&mut self.remove, *id));
        diff.withheld.iter().for_each(|held| count(&mut self.withheld, *held));
        draft.notes().for_each(|code| count(&mut self.notes, code));
    }

    pub(crate) fn add_error(&mut self, error: &Error, engine: &Engine, snapshot: &Snapshot) {
        increase(&mut self.people);
        count(&mut self.errors, error.code());
        if may_lose_access(engine, snapshot) {
            increase(&mut self.losing_access);
            let catalog = &engine.compiled().catalog;
            for id in lost_with_access(catalog, snapshot).filter(|id| catalog.entry(*id).privileged) {
                count(&mut self.losing_privileged, id);
            }
        }
    }

    pub(crate) fn preview(&self, engine: &Engine) -> Preview {
        let catalog = &engine.compiled().catalog;
        let target = |id: TargetId| catalog.target(id).clone();
        let targets = |counts: &BTreeMap<TargetId, u64>| {
            counts.iter().map(|(id, count)| TargetCount { target: target(*id), count: *count }).collect()
        };
        let code = |code: &dyn fmt::Display, count: u64| CodeCount { code: code.to_string(), count };
        let replaced = self.replace.iter().map(|((new, old), count)| ReplacementCount {
            target: target(*new),
            replaces: target(*old),
            count: *count,
        });
        let withheld = self.withheld.iter().map(|(HeldBack { target: id, code, change }, count)| WithheldCount {
            target: id.map(target),
            code: *code,
            change: *change,
            count: *count,
        });
        Preview {
            people: self.people,
            errors: self.errors.iter().map(|(error, count)| code(error, *count)).collect(),
            statuses: self.statuses,
            accounts: self.accounts,
            losing_access: self.losing_access,
            gaining_privileged: targets(&self.gaining_privileged),
            losing_privileged: targets(&self.losing_privileged),
            add: targets(&self.add),
            replace: replaced.collect(),
            remove: targets(&self.remove),
            withheld: withheld.collect(),
            notes: self.notes.iter().map(|(note, count)| code(note, *count)).collect(),
        }
    }
}

/// What somebody who is not let in any longer holds of the catalog, each once.
pub(crate) fn lost_with_access(catalog: &Catalog, snapshot: &Snapshot) -> impl Iterator<Item = TargetId> {
    let mut held: Vec<TargetId> =
        snapshot.memberships.iter().filter_map(|membership| catalog.id(&membership.target)).collect();
    held.sort_unstable();
    held.dedup();
    held.into_iter()
}
