//! What pushed groups and users mean in the application: plans, applied in the transaction of the request.
//!
//! Everybody whom a request concerns is planned for as one batch. Too many removals at once, or within the window, are held
//! back until an operator gives the digest of what waits; gains are given.

use std::collections::BTreeSet;

use groupmap::scim::{Dialect, ResourceKind, person};
use groupmap::{
    Account, AccountChange, Batch, BatchTerms, Catalogued, Change, Engine, Holders, Ledger, Person, Plan, Snapshot,
    WithheldCode, verify, verify_deactivation, verify_deactivation_held_back, verify_held_back,
};

use crate::answer::Refusal;
use crate::store::{Records, Store};

#[derive(Clone)]
pub(crate) struct Mapping {
    pub(crate) engine: Engine,
    pub(crate) dialect: Dialect,
    /// For how many seconds the removals of one request count for the next ones.
    pub(crate) window: u64,
}

impl Mapping {
    /// Brings accounts and memberships in line with the directory, for whom a request concerns, and for whoever waits
    /// until there is another holder.
    pub(crate) fn follow(&self, records: &Records<'_>, touched: &BTreeSet<String>) -> Result<(), Refusal> {
        let held = records.held()?;
        let (waiting, free): (BTreeSet<String>, BTreeSet<String>) =
            touched.iter().cloned().partition(|user| held.contains(user));
        self.run_within_window(records, &free)?;
        // Not one by one what was held back together. Whose loss is taken back is held no more.
        self.run(records, &waiting, &BatchTerms::default().holding())?;
        self.retry(records)
    }

    /// Plans for all who are held back, as they are now.
    pub(crate) fn held(&self, records: &Records<'_>) -> Result<Batch, Refusal> {
        Ok(self.plan(records, &records.held()?, &BatchTerms::default().holding())?.1)
    }

    /// Carries out what is held back, if it is what an operator has seen.
    pub(crate) fn release(&self, records: &Records<'_>, digest: &str) -> Result<Batch, Refusal> {
        let terms = BatchTerms::default().holding().permitting(digest);
        let held = records.held()?;
        if self.plan(records, &held, &terms)?.1.digest != digest {
            return Err(Refusal::conflict("what is held back is other than this digest says; look again"));
        }
        let batch = self.run(records, &held, &terms)?;
        // What somebody has looked at counts no more.
        records.forget_batches()?;
        self.retry(records)?;
        Ok(batch)
    }

    /// Once others have got what somebody was the last to hold, that person may lose it.
    fn retry(&self, records: &Records<'_>) -> Result<(), Refusal> {
        let held = records.held()?;
        let last = records.withheld_as(&WithheldCode::LastHolder.to_string())?;
        self.run_within_window(records, &last.difference(&held).cloned().collect())
    }

    fn run_within_window(&self, records: &Records<'_>, users: &BTreeSet<String>) -> Result<(), Refusal> {
        let terms = BatchTerms::default().after(records.batches_within(self.window)?);
        let batch = self.run(records, users, &terms)?;
        // What was held back has not happened to anybody.
        let (people, removals) = if batch.mass_removal { (0, 0) } else { (batch.plans.len(), batch.removals) };
        records.count_batch(people, removals, self.window)
    }

    /// Plans for some users together and carries it out.
    fn run(&self, records: &Records<'_>, users: &BTreeSet<String>, terms: &BatchTerms) -> Result<Batch, Refusal> {
        let (people, batch) = self.plan(records, users, terms)?;
        self.check(records, &people, &batch)?;
        for planned in &batch.plans {
            let plan = planned.plan.as_ref().map_err(|error| Refusal::broken(&error.code))?;
            require(records, plan, &planned.id)?;
            apply(records, plan, &planned.id)?;
            records.hold(&planned.id, batch.mass_removal && !plan.withheld.is_empty())?;
        }
        Ok(batch)
    }

    fn plan(
        &self,
        records: &Records<'_>,
        users: &BTreeSet<String>,
        terms: &BatchTerms,
    ) -> Result<(Vec<Person>, Batch), Refusal> {
        let people = users.iter().map(|user| self.person(records, user));
        let people: Vec<Person> = people.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let batch = self.engine.batch_on(&people, self.holders(records)?, terms);
        Ok((people, batch.map_err(|error| Refusal::broken(error.code()))?))
    }

    /// What is known of a user; nothing of whoever is neither in the directory nor has an account.
    fn person(&self, records: &Records<'_>, user: &str) -> Result<Option<Person>, Refusal> {
        let profile = records.find(ResourceKind::User, user)?.map(|stored| stored.resource);
        let account = records.account(user)?;
        if profile.is_none() && account.is_none() {
            return Ok(None);
        }
        let state = match &account {
            None => Account::absent(),
            Some(account) if account.active => Account::active(),
            Some(_) => Account::inactive(),
        };
        let snapshot = Snapshot::new(state.of_subject(user)).with_memberships(records.memberships(user)?);
        let snapshot = match account {
            Some(account) => snapshot.with_revision(account.revision.to_string()),
            None => snapshot,
        };
        let groups = records.groups_of(user)?;
        person(user, profile.as_ref(), &groups, snapshot, self.dialect)
            .map(Some)
            .map_err(|_| Refusal::invalid("the profile is too large"))
    }

    /// The targets of which some holders must remain.
    fn protected(&self) -> impl Iterator<Item = &Catalogued> {
        self.engine.config().catalog.iter().filter(|entry| entry.keep_at_least.is_some_and(|minimum| minimum > 0))
    }

    fn holders(&self, records: &Records<'_>) -> Result<Vec<Holders>, Refusal> {
        let count = |entry: &Catalogued| Ok(Holders::new(entry.target.clone(), records.holders(&entry.target)?));
        self.protected().map(count).collect()
    }

    /// That a second opinion shares every plan: they are made against one count of holders, which this keeps too.
    fn check(&self, records: &Records<'_>, people: &[Person], batch: &Batch) -> Result<(), Refusal> {
        let holders = self.holders(records)?;
        let permitted = BatchTerms::default().permitting(&*batch.digest);
        let broken = |error: groupmap::Error| Refusal::broken(error.code());
        let freely = self.engine.batch_on(people, holders.clone(), &permitted).map_err(broken)?;
        let mut ledger = Ledger::new(holders).map_err(broken)?;
        for ((person, planned), free) in people.iter().zip(&batch.plans).zip(&freely.plans) {
            let (Ok(plan), Ok(free)) = (&planned.plan, &free.plan) else { continue };
            let verify = match (person.switched_off, batch.mass_removal) {
                (false, false) => verify,
                (false, true) => verify_held_back,
                (true, false) => verify_deactivation,
                (true, true) => verify_deactivation_held_back,
            };
            let identity = self.engine.normalize(&person.login).map_err(broken)?;
            let violations = verify(plan, &self.engine, &identity, &ledger.seen_by(&person.snapshot));
            if let Some(violation) = violations.first() {
                return Err(Refusal::broken(&violation.to_string()));
            }
            ledger.count_off(free);
        }
        Ok(())
    }

    /// What is not as it should be in a database: users whose plan is neither carried out nor held back, groups whose
    /// members are listed twofold. None, whenever and however the server was stopped.
    pub(crate) fn faults(&self, store: &mut Store) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let records = store.begin()?;
        let told = |_| "the database cannot be read";
        let crooked = records.crooked_groups().map_err(told)?;
        let mut faults: Vec<String> = crooked.into_iter().map(|group| format!("members of group {group}")).collect();
        let held = records.held().map_err(told)?;
        let ledger = Ledger::new(self.holders(&records).map_err(told)?)?;
        for user in records.people().map_err(told)?.difference(&held) {
            let Some(person) = self.person(&records, user).map_err(told)? else { continue };
            let (identity, snapshot) = (self.engine.normalize(&person.login)?, ledger.seen_by(&person.snapshot));
            let plan = if person.switched_off {
                self.engine.plan_deactivation(&identity, &snapshot)?
            } else {
                self.engine.plan(&identity, &snapshot)?
            };
            if !plan.is_empty() {
                faults.push(format!("user {user}: a plan was not carried out"));
            }
        }
        for entry in self.protected() {
            let (target, minimum) = (&entry.target, entry.keep_at_least.unwrap_or_default());
            let holders = records.holders(target).map_err(told)?;
            println!("{target}: {holders} holders, of whom {minimum} must remain");
        }
        println!("{} held back", held.len());
        Ok(faults)
    }
}

/// Checks what must hold at the moment in which a plan is applied.
fn require(records: &Records<'_>, plan: &Plan, user: &str) -> Result<(), Refusal> {
    let revision = records.account(user)?.map(|account| account.revision.to_string());
    if plan.requires.revision != revision {
        return Err(Refusal::Stale);
    }
    for required in &plan.requires.holders {
        if records.holders(&required.target)? < required.at_least {
            return Err(Refusal::Stale);
        }
    }
    Ok(())
}

fn apply(records: &Records<'_>, plan: &Plan, user: &str) -> Result<(), Refusal> {
    for change in plan.changes() {
        match change {
            Change::Provision(additions) => {
                records.set_account(user, true, false)?;
                for added in additions {
                    records.give(user, &added.target, added.managed_by.as_deref())?;
                }
            }
            // No candidate is ever given, so that there is nobody to link.
            Change::Link => return Err(Refusal::Internal),
            Change::Reactivate => records.set_account(user, true, false)?,
            Change::Add(added) => records.give(user, &added.target, added.managed_by.as_deref())?,
            Change::Replace(replaced) => {
                records.take(user, &replaced.replaces)?;
                records.give(user, &replaced.target, replaced.managed_by.as_deref())?;
            }
            Change::Remove(removed) => records.take(user, &removed.target)?,
            Change::Deactivate => records.set_account(user, false, true)?,
        }
    }
    let refused = plan.access == groupmap::Access::Refused;
    if let (Some(account), AccountChange::None) = (records.account(user)?, plan.account)
        && (account.refused != refused || !plan.is_empty())
    {
        records.set_account(user, account.active, refused)?;
    }
    records.withhold(user, &plan.withheld)
}
