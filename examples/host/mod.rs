//! A host that keeps its people in memory: what the programs of this folder log in to.
//!
//! Each program has a folder below `examples/data/`: configs in TOML, verified tokens and assertions in JSON, and
//! `people.json`, the people whom the host knows from the start. A real host does the same in a transaction, which the
//! manual's page on applying a plan shows in SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use groupmap::{
    Access, Account, AccountStatus, Change, Claims, Config, Engine, Holders, Identity, Membership, Plan, Snapshot,
    Target, verify,
};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The people of a host, each under the subject of their identity.
pub(crate) struct Host {
    folder: PathBuf,
    people: BTreeMap<String, Snapshot>,
    /// Whom the last login did not let in.
    refused: BTreeSet<String>,
    changes: u64,
}

impl Host {
    /// The host whose files are in this folder of `examples/data/`.
    pub(crate) fn open(folder: &str) -> Outcome<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(folder);
        let people = serde_json::from_str(&read(&folder.join("people.json"))?)?;
        Ok(Self { folder, people, refused: BTreeSet::new(), changes: 0 })
    }

    /// The engine of a config of this host.
    pub(crate) fn engine(&self, config: &str) -> Outcome<Engine> {
        let config: Config = toml::from_str(&read(&self.folder.join(config))?)?;
        Ok(Engine::compile(config)?)
    }

    /// What a provider sent.
    pub(crate) fn claims(&self, file: &str) -> Outcome<Claims> {
        Ok(serde_json::from_str(&read(&self.folder.join(file))?)?)
    }

    /// Plans one login, prints what it comes to, holds it against what it must be, and applies it.
    ///
    /// What is expected are the lines of the plan as it is printed; of a note the code.
    pub(crate) fn login(&mut self, title: &str, engine: &Engine, claims: &str, expected: &[&str]) -> Outcome<Identity> {
        let identity = engine.normalize(&self.claims(claims)?)?;
        let plan = checked_plan(engine, &identity, &self.snapshot(identity.subject()))?;
        println!("# {title}\n{plan}\n");
        assert_eq!(lines(&plan), expected, "{title}");
        self.apply(identity.subject(), &plan)?;
        Ok(identity)
    }

    /// What the host knows of a person at this moment.
    pub(crate) fn snapshot(&self, subject: &str) -> Snapshot {
        // The person who logs in counts in any case: what is taken from them is counted off.
        let eligible = self.people.iter().filter(|(id, person)| {
            let Account { status, exempt, .. } = person.account;
            *id == subject || (status == AccountStatus::Active && !exempt && !self.refused.contains(*id))
        });
        let mut holders: BTreeMap<&Target, u64> = BTreeMap::new();
        for membership in eligible.flat_map(|(_, person)| &person.memberships) {
            *holders.entry(&membership.target).or_default() += 1;
        }
        let holders = holders.into_iter().map(|(target, count)| Holders::new(target.clone(), count));
        let person = self.people.get(subject).cloned().unwrap_or_else(|| Snapshot::new(Account::absent()));
        person.with_holders(holders)
    }

    /// Carries a plan out, unless something has changed since it was made.
    pub(crate) fn apply(&mut self, subject: &str, plan: &Plan) -> Outcome {
        let now = self.snapshot(subject);
        if now.revision != plan.requires.revision {
            return Err("the person has changed since; plan again".into());
        }
        for required in &plan.requires.holders {
            let holders = now.holders.iter().find(|holders| holders.target == required.target);
            if holders.map_or(0, |holders| holders.count) < required.at_least {
                return Err(format!("too few holders of {} are left; plan again", required.target).into());
            }
        }
        match plan.access {
            Access::Granted => self.refused.remove(subject),
            Access::Refused => self.refused.insert(subject.to_owned()),
        };
        if plan.is_empty() {
            return Ok(());
        }
        self.changes += 1;
        let person = self.people.entry(subject.to_owned()).or_insert_with(|| Snapshot::new(Account::absent()));
        person.revision = Some(self.changes.to_string());
        let (account, held) = (&mut person.account.status, &mut person.memberships);
        for change in plan.changes() {
            match change {
                Change::Provision(additions) => {
                    *account = AccountStatus::Active;
                    held.extend(additions.iter().map(|add| membership(&add.target, add.managed_by.as_deref())));
                }
                Change::Link | Change::Reactivate => *account = AccountStatus::Active,
                Change::Add(add) => held.push(membership(&add.target, add.managed_by.as_deref())),
                Change::Replace(replace) => {
                    held.retain(|membership| membership.target != replace.replaces);
                    held.push(membership(&replace.target, replace.managed_by.as_deref()));
                }
                Change::Remove(remove) => held.retain(|membership| membership.target != remove.target),
                Change::Deactivate => *account = AccountStatus::Inactive,
            }
        }
        Ok(())
    }
}

/// Reads a file whole; an error names it.
fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The lines of a plan as it is printed, of a note the code alone.
pub(crate) fn lines(plan: &Plan) -> Vec<String> {
    let shown = plan.to_string();
    let line = |line: &str| match line.trim_start() {
        note if note.starts_with("note ") => note.split(':').next().unwrap_or_default().to_owned(),
        line => line.to_owned(),
    };
    shown.lines().map(line).collect()
}

fn membership(target: &Target, managed_by: Option<&str>) -> Membership {
    match managed_by {
        Some(source) => Membership::managed(target.clone(), source),
        None => Membership::manual(target.clone()),
    }
}

/// A plan that the checker has nothing to say against; it is made and checked before anything is carried out.
pub(crate) fn checked_plan(engine: &Engine, identity: &Identity, snapshot: &Snapshot) -> Outcome<Plan> {
    let plan = engine.plan(identity, snapshot)?;
    match verify(&plan, engine, identity, snapshot).first() {
        Some(violation) => Err(format!("the plan is not what it must be: {violation}").into()),
        None => Ok(plan),
    }
}
