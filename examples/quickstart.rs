//! Five logins at a small host: what each one changes, and why.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! Configs (TOML) and verified tokens (JSON) come from `examples/data/`. The host keeps its people in memory; a real
//! one does the same in a transaction, which the manual's page on applying a plan shows in SQL.

#![expect(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "an example prints, and counts to two")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use groupmap::{
    Account, AccountStatus, Change, Claims, Config, Engine, Holders, Membership, Plan, Snapshot, Target, TargetKind,
};

fn main() -> Result<(), Box<dyn Error>> {
    let okta = engine("okta.toml")?;
    let entra = engine("entra.toml")?;
    let mut host = Host::default();

    let plan = host.login("First login by Okta: an account, a group, a flag and a role", &okta, "okta-first-login")?;
    assert_eq!(
        plan.to_string(),
        "ready: access granted, account provisioned; 2 groups seen (complete)
  + group:Circuit Manager  because rule `circuit-managers` matched `NetBox-Circuit-Mgrs`
  + flag:staff  because rule `circuit-managers` matched `NetBox-Circuit-Mgrs`
  + acme  because rule `everybody-views` matched `NetBox-Circuit-Mgrs`
  + acme/role:viewer  because rule `everybody-views` matched `NetBox-Circuit-Mgrs`"
    );

    let plan = host.login("The next login, after the person has moved to another group", &okta, "okta-after-move")?;
    assert_eq!(
        plan.to_string(),
        "ready: access granted, account unchanged; 2 groups seen (complete)
  ~ acme/role:admin in place of acme/role:viewer  because rule `admins` matched `NetBox-Admins`
  - group:Circuit Manager  because no rule grants it
  = flag:staff  because rule `admins` matched `NetBox-Admins`
  = acme  because rule `admins` matched `NetBox-Admins` and rule `everybody-views` matched `NetBox-Admins`"
    );

    let plan = host.login("First login by Entra: object ids, shown with their labels", &entra, "entra-first-login")?;
    assert_eq!(
        plan.to_string(),
        "ready: access granted, account provisioned; 3 groups seen (complete)
  + team:network  because rule `network` matched `Network Operations` (3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5)
  + team:portal-admins  because rule `portal-admins` matched `Portal Admins` (C04D9E82-6F17-4B3A-A5D1-0E97B26C48F3)"
    );

    let plan = host.login("The same person in more groups than Entra puts into a token", &entra, "entra-overage")?;
    assert!(plan.is_empty(), "a list that is not whole takes nothing away");
    assert!(plan.to_string().contains("! remove of team:network withheld: undecided"));
    assert!(plan.to_string().contains("note groups-overage: "));

    host.hire("00u9q4mzk2XbT7cYw0h7", Target::role("owner").in_organization("acme"), "acme-okta");
    let plan = host.login("The last owner, out of every group that matters", &okta, "okta-owner-left")?;
    assert_eq!(
        plan.to_string(),
        "withheld: access granted, account unchanged; 1 group seen (complete)
  - flag:staff  because no rule grants it
  ! remove of acme withheld: in-use
  ! refuse of acme/role:owner withheld: last-holder
  ! remove of acme/role:owner withheld: last-holder
  note unmatched: no rule grants the person anything"
    );
    Ok(())
}

/// Reads a file of `examples/data/`.
fn read(name: &str) -> Result<String, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(name);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn engine(config: &str) -> Result<Engine, Box<dyn Error>> {
    let config: Config = toml::from_str(&read(config)?)?;
    Ok(Engine::compile(config)?)
}

/// A host that keeps its people in memory, each under the subject of their identity.
#[derive(Default)]
struct Host {
    people: BTreeMap<String, Person>,
}

#[derive(Default)]
struct Person {
    account: Account,
    revision: u64,
    memberships: BTreeMap<Target, Option<String>>,
}

impl Host {
    /// Plans one login, prints what it comes to, and applies it.
    fn login(&mut self, title: &str, engine: &Engine, claims: &str) -> Result<Plan, Box<dyn Error>> {
        let claims: Claims = serde_json::from_str(&read(&format!("{claims}.json"))?)?;
        let identity = engine.normalize(&claims)?;
        let plan = engine.plan(&identity, &self.snapshot(identity.subject()))?;
        println!("# {title}\n{plan}\n");
        self.apply(identity.subject(), &plan)?;
        Ok(plan)
    }

    /// What the host knows of a person at this moment.
    fn snapshot(&self, subject: &str) -> Snapshot {
        let holders = self.people.values().flat_map(|person| person.memberships.keys()).map(|target| {
            let count = self.people.values().filter(|person| person.holds(target)).count();
            (target, u64::try_from(count).unwrap_or(u64::MAX))
        });
        let holders: BTreeMap<&Target, u64> = holders.collect();
        let holders = holders.into_iter().map(|(target, count)| Holders::new(target.clone(), count));
        let Some(person) = self.people.get(subject) else {
            return Snapshot::new(Account::absent()).with_revision("0").with_holders(holders);
        };
        let memberships = person.memberships.iter().map(|(target, managed_by)| match managed_by {
            Some(source) => Membership::managed(target.clone(), source),
            None => Membership::manual(target.clone()),
        });
        Snapshot::new(person.account.clone())
            .with_revision(person.revision.to_string())
            .with_memberships(memberships)
            .with_holders(holders)
    }

    /// Carries a plan out, unless something has changed since it was made.
    fn apply(&mut self, subject: &str, plan: &Plan) -> Result<(), Box<dyn Error>> {
        let now = self.snapshot(subject);
        if now.revision != plan.requires.revision {
            return Err("the person has changed since; plan again".into());
        }
        for required in &plan.requires.holders {
            let count =
                now.holders.iter().find(|holders| holders.target == required.target).map(|holders| holders.count);
            if count.unwrap_or(0) < required.at_least {
                return Err(format!("too few holders of {} are left; plan again", required.target).into());
            }
        }
        if plan.is_empty() {
            return Ok(());
        }
        let person = self.people.entry(subject.to_owned()).or_default();
        for change in plan.changes() {
            match change {
                Change::Provision(additions) => {
                    person.account = Account::active();
                    for add in additions {
                        person.memberships.insert(add.target.clone(), add.managed_by.clone());
                    }
                }
                Change::Link | Change::Reactivate => person.account = Account::active(),
                Change::Add(add) => drop(person.memberships.insert(add.target.clone(), add.managed_by.clone())),
                Change::Replace(replace) => {
                    person.memberships.remove(&replace.replaces);
                    person.memberships.insert(replace.target.clone(), replace.managed_by.clone());
                }
                Change::Remove(remove) => drop(person.memberships.remove(&remove.target)),
                Change::Deactivate => person.account = Account::inactive(),
            }
        }
        person.revision += 1;
        Ok(())
    }

    /// Makes a person hold a role instead of any other in its organization, as an earlier login would have.
    fn hire(&mut self, subject: &str, role: Target, source: &str) {
        let person = self.people.entry(subject.to_owned()).or_default();
        person.memberships.retain(|target, _| {
            *target.kind() != TargetKind::Role || target.organization_name() != role.organization_name()
        });
        person.memberships.insert(role, Some(source.to_owned()));
        person.revision += 1;
    }
}

impl Person {
    /// Whether the person counts among the eligible holders of a target.
    fn holds(&self, target: &Target) -> bool {
        self.account.status == AccountStatus::Active && self.memberships.contains_key(target)
    }
}
