//! What pushed groups and users mean in the application: plans, applied in the transaction of the request.

use std::collections::BTreeSet;

use groupmap::scim::ResourceKind;
use groupmap::{
    Account, AccountChange, Change, Claims, Engine, FetchedGroup, FetchedGroups, Holders, Identity, Plan, Snapshot,
    Target, Token, Value, verify,
};

use crate::answer::Refusal;
use crate::store::{Records, Store};

/// Brings the account and the memberships of some users in line with the directory.
pub(crate) fn follow(records: &Records<'_>, engine: &Engine, users: &BTreeSet<String>) -> Result<(), Refusal> {
    users.iter().try_for_each(|user| follow_one(records, engine, user))
}

fn follow_one(records: &Records<'_>, engine: &Engine, user: &str) -> Result<(), Refusal> {
    match standing(records, user)? {
        Standing::Active => {
            let (plan, identity, snapshot) = plan(records, engine, user)?;
            // A plan that a second opinion does not share is not carried out.
            if let Some(violation) = verify(&plan, engine, &identity, &snapshot).first() {
                eprintln!("a plan was not applied: {violation}");
                return Err(Refusal::Internal);
            }
            require(records, &plan, user)?;
            apply(records, &plan, user)
        }
        Standing::Inactive => deactivate(records, engine, user),
    }
}

/// What the directory says of a user as a whole.
enum Standing {
    Active,
    /// Switched off, or deleted.
    Inactive,
}

fn standing(records: &Records<'_>, user: &str) -> Result<Standing, Refusal> {
    let stored = records.find(ResourceKind::User, user)?;
    // A user of whom nothing is said is active; one who is gone is not.
    let is_active = stored.is_some_and(|stored| stored.resource.active() != Some(false));
    Ok(if is_active { Standing::Active } else { Standing::Inactive })
}

/// The groups of a user as evidence, which a directory has whole.
fn identity(records: &Records<'_>, engine: &Engine, user: &str) -> Result<Identity, Refusal> {
    let groups = records.groups_of(user)?;
    let groups = groups.iter().filter_map(|group| {
        let (id, name) = (group.id()?, group.text("displayName")?);
        Some(FetchedGroup::id(id).with_name(name))
    });
    let token = Token::new([("sub", Value::from(user))]).map_err(|_| Refusal::Internal)?;
    let claims = Claims::oidc(token).with_fetched_groups(FetchedGroups::new(true, groups));
    engine.normalize(&claims).map_err(|_| Refusal::Internal)
}

fn snapshot(records: &Records<'_>, engine: &Engine, user: &str) -> Result<Snapshot, Refusal> {
    let account = records.account(user)?;
    let state = match &account {
        None => Account::absent(),
        Some(account) if account.active => Account::active(),
        Some(_) => Account::inactive(),
    };
    let holders = protected(engine).map(|target| Ok(Holders::new(target.clone(), records.holders(target, user)?)));
    let snapshot = Snapshot::new(state.of_subject(user))
        .with_memberships(records.memberships(user)?)
        .with_holders(holders.collect::<Result<Vec<_>, Refusal>>()?);
    Ok(match account {
        Some(account) => snapshot.with_revision(account.revision.to_string()),
        None => snapshot,
    })
}

/// The targets of which some holders must remain.
fn protected(engine: &Engine) -> impl Iterator<Item = &Target> {
    let entries = engine.config().catalog.iter();
    entries.filter(|entry| entry.keep_at_least.is_some_and(|minimum| minimum > 0)).map(|entry| &entry.target)
}

fn plan(records: &Records<'_>, engine: &Engine, user: &str) -> Result<(Plan, Identity, Snapshot), Refusal> {
    let (identity, snapshot) = (identity(records, engine, user)?, snapshot(records, engine, user)?);
    let plan = engine.plan(&identity, &snapshot).map_err(|_| Refusal::Internal)?;
    Ok((plan, identity, snapshot))
}

/// Checks what must hold at the moment in which a plan is applied.
fn require(records: &Records<'_>, plan: &Plan, user: &str) -> Result<(), Refusal> {
    let revision = records.account(user)?.map(|account| account.revision.to_string());
    if plan.requires.revision != revision {
        return Err(Refusal::Stale);
    }
    for required in &plan.requires.holders {
        if records.holders(&required.target, user)? < required.at_least {
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
    if let (Some(account), AccountChange::None) = (records.account(user)?, plan.account) {
        records.set_account(user, account.active, refused)?;
    }
    let withheld: Vec<String> = plan
        .withheld
        .iter()
        .map(|held| serde_json::to_string(held).map_err(|_| Refusal::Internal))
        .collect::<Result<_, _>>()?;
    records.withhold(user, &withheld)
}

/// Switches an account off, unless somebody would be the last to hold something. The memberships stay with the account,
/// for the day on which it is switched on again.
fn deactivate(records: &Records<'_>, engine: &Engine, user: &str) -> Result<(), Refusal> {
    let Some(account) = records.account(user)?.filter(|account| account.active) else { return Ok(()) };
    let held: Vec<Target> = records.memberships(user)?.into_iter().map(|membership| membership.target).collect();
    let mut kept = Vec::new();
    for entry in engine.config().catalog.iter().filter(|entry| held.contains(&entry.target)) {
        let minimum = entry.keep_at_least.unwrap_or_default();
        if minimum > 0 && records.holders(&entry.target, user)? <= minimum {
            kept.push(format!("deactivate of {} withheld: last-holder", entry.target));
        }
    }
    records.set_account(user, account.active && !kept.is_empty(), kept.is_empty())?;
    records.withhold(user, &kept)
}

/// What is not as it should be in a database: users whose plan is not carried out, groups whose members are listed
/// twofold. None, whenever and however the server was stopped.
pub(crate) fn faults(store: &mut Store, engine: &Engine) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let records = store.begin()?;
    let told = |_| "the database cannot be read";
    let mut faults: Vec<String> =
        records.crooked_groups().map_err(told)?.into_iter().map(|group| format!("members of group {group}")).collect();
    for user in records.users().map_err(told)? {
        let is_behind = match standing(&records, &user).map_err(told)? {
            Standing::Inactive => false,
            Standing::Active => !plan(&records, engine, &user).map_err(told)?.0.is_empty(),
        };
        if is_behind {
            faults.push(format!("user {user}: a plan was not carried out"));
        }
    }
    for target in protected(engine) {
        let minimum = engine.config().catalog.iter().find(|entry| entry.target == *target);
        let minimum = minimum.and_then(|entry| entry.keep_at_least).unwrap_or_default();
        let holders = records.holders(target, "").map_err(told)?;
        println!("{target}: {holders} holders, of whom {minimum} must remain");
    }
    Ok(faults)
}
