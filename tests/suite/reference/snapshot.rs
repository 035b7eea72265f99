//! What the host knows about the person (sections 6, 7 and 10).

use std::collections::BTreeMap;

use serde_json::Value;

use super::login::Login;
use super::shape::{Shape, count, flag, list, object, optional, required, text, word};
use super::source::Source;
use super::target::{TARGET_KEYS, Target};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Absent,
    Active,
    Inactive,
}

#[derive(Debug)]
pub struct Snapshot {
    pub revision: String,
    pub status: Status,
    pub exempt: bool,
    subject: Option<String>,
    /// The address of an existing local account that is not linked yet.
    pub candidate: Option<String>,
    /// What is held and who manages it; nobody for manual memberships.
    pub held: BTreeMap<Target, Option<String>>,
    /// How many eligible holders there are, this user included.
    pub holders: BTreeMap<Target, u64>,
    repeats: bool,
}

impl Snapshot {
    pub fn read(value: &Value) -> Shape<Snapshot> {
        let map = object(value, &["revision", "account", "memberships", "holders"])?;
        let account = map.get("account").ok_or(super::shape::Shapeless)?;
        let account = object(account, &["status", "exempt", "candidate", "subject"])?;
        let statuses = [("absent", Status::Absent), ("active", Status::Active), ("inactive", Status::Inactive)];
        let mut snapshot = Snapshot {
            revision: required(map, "revision", text)?,
            status: required(account, "status", |value| word(value, &statuses))?,
            exempt: optional(account, "exempt", flag)?.unwrap_or(false),
            subject: optional(account, "subject", text)?,
            candidate: optional(account, "candidate", |value| required(object(value, &["email"])?, "email", text))?,
            held: BTreeMap::new(),
            holders: BTreeMap::new(),
            repeats: false,
        };
        let memberships = optional(map, "memberships", |value| list(value).cloned())?;
        if memberships.is_none() && (snapshot.status != Status::Absent || snapshot.candidate.is_some()) {
            return Err(super::shape::Shapeless);
        }
        for value in memberships.unwrap_or_default() {
            let target = Target::read(&value, &["managed_by"])?;
            let known = [&TARGET_KEYS[..], &["managed_by"]].concat();
            let manager = match object(&value, &known)?.get("managed_by") {
                None | Some(Value::Null) => None,
                Some(value) => Some(text(value)?),
            };
            snapshot.repeats |= snapshot.held.insert(target, manager).is_some();
        }
        for value in optional(map, "holders", |value| list(value).cloned())?.unwrap_or_default() {
            let target = Target::read(&value, &["count"])?;
            let known = [&TARGET_KEYS[..], &["count"]].concat();
            let count = required(object(&value, &known)?, "count", count)?;
            snapshot.repeats |= snapshot.holders.insert(target, count).is_some();
        }
        Ok(snapshot)
    }

    /// The same target twice, or another person's account.
    pub fn is_invalid(&self, login: &Login, source: &Source) -> bool {
        let theirs = login.subject(source).unwrap_or_default();
        let other = self.subject.as_ref().is_some_and(|subject| *subject != theirs);
        self.repeats || other
    }

    pub fn holds(&self, target: &Target) -> bool {
        self.held.contains_key(target)
    }

    pub fn is_manual(&self, target: &Target) -> bool {
        self.held.get(target).is_some_and(Option::is_none)
    }

    pub fn is_managed_by(&self, target: &Target, source: &str) -> bool {
        self.held.get(target).is_some_and(|manager| manager.as_deref() == Some(source))
    }
}

/// What the host does for people of the domain; both have a default (section 10).
#[derive(Debug)]
pub struct Host {
    pub auto_join: bool,
    pub default_targets: bool,
}

impl Host {
    pub fn read(value: &Value) -> Shape<Host> {
        if value.is_null() {
            return Ok(Host { auto_join: true, default_targets: false });
        }
        let map = object(value, &["auto_join", "default_targets"])?;
        let targets = optional(map, "default_targets", super::config::read_targets)?;
        Ok(Host {
            auto_join: optional(map, "auto_join", flag)?.unwrap_or(true),
            default_targets: targets.is_some_and(|targets| !targets.is_empty()),
        })
    }
}
