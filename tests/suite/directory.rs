//! A directory under random events, beside a model that knows nothing of SCIM and recomputes everything.

use std::collections::{BTreeMap, BTreeSet};

use groupmap::scim::{Body, Dialect, Directory, Event, ResourceKind, Standing};
use groupmap::{Account, AccountChange, Change, Config, Engine, Membership, Plan, Snapshot};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::agreement::runner;
use crate::checked::Checked;
use crate::comparison::bare;
use crate::reference;

const USERS: [&str; 4] = ["u1", "u2", "u3", "u4"];
const GROUPS: [&str; 3] = ["g1", "g2", "g3"];
const NAMES: [&str; 4] = ["Ops", "Admins", "ops", "Nobody maps this"];

/// What a source could push, before it is put into words.
#[derive(Clone, Debug)]
enum Push {
    NewUser {
        user: &'static str,
        active: Option<bool>,
    },
    Switch {
        user: &'static str,
        active: bool,
        by_path: bool,
    },
    Title {
        user: &'static str,
        title: &'static str,
    },
    DropUser {
        user: &'static str,
    },
    NewGroup {
        group: &'static str,
        name: &'static str,
        members: Vec<&'static str>,
    },
    Rename {
        group: &'static str,
        name: &'static str,
    },
    Join {
        group: &'static str,
        members: Vec<&'static str>,
    },
    Leave {
        group: &'static str,
        members: Vec<&'static str>,
        by_filter: bool,
    },
    SetMembers {
        group: &'static str,
        members: Vec<&'static str>,
        by_put: bool,
    },
    Empty {
        group: &'static str,
    },
    DropGroup {
        group: &'static str,
    },
    /// A PATCH whose last operation cannot be carried out.
    Broken {
        group: &'static str,
        members: Vec<&'static str>,
    },
}

fn push() -> impl Strategy<Value = Push> {
    let user = || select(USERS.to_vec());
    let group = || select(GROUPS.to_vec());
    let name = || select(NAMES.to_vec());
    let members = || prop::collection::vec(select(USERS.to_vec()), 1..4);
    prop_oneof![
        4 => (user(), prop::option::of(any::<bool>())).prop_map(|(user, active)| Push::NewUser { user, active }),
        2 => (user(), any::<bool>(), any::<bool>())
            .prop_map(|(user, active, by_path)| Push::Switch { user, active, by_path }),
        1 => (user(), select(vec!["a", "b"])).prop_map(|(user, title)| Push::Title { user, title }),
        1 => user().prop_map(|user| Push::DropUser { user }),
        4 => (group(), name(), prop::collection::vec(select(USERS.to_vec()), 0..4))
            .prop_map(|(group, name, members)| Push::NewGroup { group, name, members }),
        2 => (group(), name()).prop_map(|(group, name)| Push::Rename { group, name }),
        3 => (group(), members()).prop_map(|(group, members)| Push::Join { group, members }),
        2 => (group(), members(), any::<bool>())
            .prop_map(|(group, members, by_filter)| Push::Leave { group, members, by_filter }),
        2 => (group(), members(), any::<bool>())
            .prop_map(|(group, members, by_put)| Push::SetMembers { group, members, by_put }),
        1 => group().prop_map(|group| Push::Empty { group }),
        1 => group().prop_map(|group| Push::DropGroup { group }),
        1 => (group(), members()).prop_map(|(group, members)| Push::Broken { group, members }),
    ]
}

fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

fn values(members: &[&str]) -> Value {
    members.iter().map(|member| json!({ "value": member })).collect()
}

/// The same as a request: method, kind, id, body.
fn request(push: &Push, model: &Model) -> (&'static str, ResourceKind, &'static str, Value) {
    use ResourceKind::{Group, User};
    match push {
        Push::NewUser { user, active } => {
            let mut body = json!({ "userName": format!("{user}@example.com"), "groups": [] });
            if let Some(active) = active {
                body["active"] = (*active).into();
            }
            ("POST", User, user, body)
        }
        Push::Switch { user, active, by_path: true } => {
            ("PATCH", User, user, patch(json!([{ "op": "replace", "path": "active", "value": active }])))
        }
        Push::Switch { user, active, by_path: false } => {
            ("PATCH", User, user, patch(json!([{ "op": "replace", "value": { "active": active } }])))
        }
        Push::Title { user, title } => {
            ("PATCH", User, user, patch(json!([{ "op": "add", "path": "title", "value": title }])))
        }
        Push::DropUser { user } => ("DELETE", User, user, json!({})),
        Push::NewGroup { group, name, members } => {
            ("POST", Group, group, json!({ "displayName": name, "members": values(members) }))
        }
        Push::Rename { group, name } => {
            ("PATCH", Group, group, patch(json!([{ "op": "replace", "path": "displayName", "value": name }])))
        }
        Push::Join { group, members } => {
            ("PATCH", Group, group, patch(json!([{ "op": "add", "path": "members", "value": values(members) }])))
        }
        Push::Leave { group, members, by_filter: true } => {
            // Only those that are there: a filter that picks nothing is `noTarget`.
            let there = model.groups.get(group).map(|(_, there)| there.clone()).unwrap_or_default();
            let operations: BTreeSet<&str> = members.iter().copied().filter(|member| there.contains(member)).collect();
            let operation = |member: &str| json!({ "op": "remove", "path": format!("members[value eq \"{member}\"]") });
            let mut operations: Vec<Value> = operations.into_iter().map(operation).collect();
            if operations.is_empty() {
                operations.push(json!({ "op": "add", "path": "members", "value": [] }));
            }
            ("PATCH", Group, group, patch(operations.into()))
        }
        Push::Leave { group, members, by_filter: false } => {
            ("PATCH", Group, group, patch(json!([{ "op": "remove", "path": "members", "value": values(members) }])))
        }
        Push::SetMembers { group, members, by_put: true } => {
            let name = model.groups.get(group).map_or("x", |(name, _)| *name);
            ("PUT", Group, group, json!({ "displayName": name, "members": values(members) }))
        }
        Push::SetMembers { group, members, by_put: false } => {
            ("PATCH", Group, group, patch(json!([{ "op": "replace", "path": "members", "value": values(members) }])))
        }
        Push::Empty { group } => ("PATCH", Group, group, patch(json!([{ "op": "remove", "path": "members" }]))),
        Push::DropGroup { group } => ("DELETE", Group, group, json!({})),
        Push::Broken { group, members } => {
            let join = json!({ "op": "add", "path": "members", "value": values(members) });
            ("PATCH", Group, group, patch(json!([join, { "op": "remove" }])))
        }
    }
}

/// Whether a user is active, as far as it was said, and their title.
type Profile = (Option<bool>, &'static str);
/// Id and name.
type Group = (&'static str, &'static str);

/// Who is there, and who is where.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    users: BTreeMap<&'static str, Profile>,
    groups: BTreeMap<&'static str, (&'static str, BTreeSet<&'static str>)>,
}

impl Model {
    /// Everything that a source says of a user.
    fn of(&self, user: &str) -> (Option<Profile>, BTreeSet<Group>) {
        let profile = self.users.get(user).copied();
        let groups = self.groups.iter().filter(|(_, (_, members))| members.contains(user));
        (profile, groups.filter(|_| profile.is_some()).map(|(id, (name, _))| (*id, *name)).collect())
    }

    /// The model after a push; nothing where it must be refused.
    fn after(&self, push: &Push, dialect: Dialect) -> Option<Self> {
        let mut model = self.clone();
        let is_free = |model: &Self, group: &str, name: &str| {
            let taken = |(other, (own, _)): (&&str, &(&str, _))| **other != *group && own.eq_ignore_ascii_case(name);
            dialect == Dialect::Rfc7644 || !model.groups.iter().any(taken)
        };
        match push.clone() {
            Push::NewUser { user, active } => {
                if model.users.contains_key(user) {
                    return None;
                }
                model.users.insert(user, (active, ""));
            }
            Push::Switch { user, active, .. } => model.users.get_mut(user)?.0 = Some(active),
            Push::Title { user, title } => model.users.get_mut(user)?.1 = title,
            Push::DropUser { user } => {
                model.users.remove(user)?;
                for (_, members) in model.groups.values_mut() {
                    members.remove(user);
                }
            }
            Push::NewGroup { group, name, members } => {
                if model.groups.contains_key(group) || !is_free(&model, group, name) {
                    return None;
                }
                model.groups.insert(group, (name, members.into_iter().collect()));
            }
            Push::Rename { group, name } => {
                if model.groups.get(group)?.0 != name && !is_free(&model, group, name) {
                    return None;
                }
                model.groups.get_mut(group)?.0 = name;
            }
            Push::Join { group, members } => model.groups.get_mut(group)?.1.extend(members),
            Push::Leave { group, members, .. } => {
                model.groups.get_mut(group)?.1.retain(|member| !members.contains(member));
            }
            Push::SetMembers { group, members, .. } => {
                model.groups.get_mut(group)?.1 = members.into_iter().collect();
            }
            Push::Empty { group } => model.groups.get_mut(group)?.1.clear(),
            Push::DropGroup { group } => {
                model.groups.remove(group)?;
            }
            Push::Broken { .. } => return None,
        }
        Some(model)
    }

    /// Whether a push takes members away without naming them.
    fn is_mass(&self, push: &Push) -> bool {
        match push {
            Push::Empty { group } | Push::DropGroup { group } => {
                self.groups.get(group).is_some_and(|(_, members)| !members.is_empty())
            }
            _ => false,
        }
    }
}

fn config() -> Value {
    json!({
        "version": 1, "unmatched": "deactivate", "source": { "id": "idp", "provider": "custom" },
        "accounts": { "reactivate": true },
        "catalog": [{ "group": "ops" }, { "group": "admins" }, { "flag": "staff" }],
        "rules": [
            { "id": "ops", "when": { "name": "Ops" }, "grant": [{ "group": "ops" }, { "flag": "staff" }] },
            { "id": "admins", "when": { "name": "Admins" }, "grant": [{ "group": "admins" }] },
            { "id": "not-both", "when": { "all": [{ "name": "Ops" }, { "name": "ops" }] }, "deny": [{ "flag": "staff" }] },
        ],
    })
}

/// Carries a plan out.
fn applied(mut snapshot: Snapshot, plan: &Plan) -> Snapshot {
    let status = match plan.account {
        AccountChange::None => snapshot.account.status,
        AccountChange::Deactivate => groupmap::AccountStatus::Inactive,
        _ => groupmap::AccountStatus::Active,
    };
    snapshot.account.status = status;
    for change in plan.changes() {
        match change {
            Change::Provision(added) => {
                snapshot.memberships.extend(added.iter().map(|add| Membership::managed(add.target.clone(), "idp")));
            }
            Change::Add(add) => snapshot.memberships.push(Membership::managed(add.target.clone(), "idp")),
            Change::Remove(gone) => snapshot.memberships.retain(|held| held.target != gone.target),
            _ => {}
        }
    }
    snapshot
}

struct World {
    engine: Engine,
    model_engine: reference::Model,
    dialect: Dialect,
    directory: Directory,
    model: Model,
    people: BTreeMap<&'static str, Snapshot>,
}

impl World {
    fn step(&mut self, push: &Push) -> Result<(), TestCaseError> {
        let (method, kind, id, body) = request(push, &self.model);
        let body = Body::new(body).unwrap();
        let event = match method {
            "POST" => Event::Create(kind, id, &body),
            "PUT" => Event::Replace(kind, id, &body),
            "PATCH" => Event::Patch(kind, id, &body),
            _ => Event::Delete(kind, id),
        };
        let before = self.directory.clone();
        let done = self.directory.apply(event, self.dialect);
        let Some(after) = self.model.after(push, self.dialect) else {
            prop_assert!(done.is_err(), "{push:?} was to be refused");
            prop_assert!(self.directory == before, "a refused request left a trace: {push:?}");
            return Ok(());
        };
        let effect = done.map_err(|error| TestCaseError::fail(format!("{push:?}: {error}")))?;
        let touched: Vec<&str> = USERS.into_iter().filter(|user| self.model.of(user) != after.of(user)).collect();
        prop_assert_eq!(&effect.people, &touched, "{:?}", push);
        prop_assert_eq!(effect.mass, self.model.is_mass(push), "{:?}", push);
        self.model = after;
        for user in touched.into_iter().chain([USERS[0]]) {
            self.compare(user)?;
        }
        Ok(())
    }

    /// Evidence and plan of one user, beside those of the model; the plan is then applied.
    fn compare(&mut self, user: &'static str) -> Result<(), TestCaseError> {
        let (profile, groups) = self.model.of(user);
        let claims = self.directory.claims(user, self.dialect).unwrap();
        let identity = self.engine.normalize(&claims).unwrap();
        let seen: BTreeSet<&str> = identity.evidence().entries().map(|entry| entry.text()).collect();
        // Entra's rules go by the external id, which these groups do not have.
        let ids = groups.iter().map(|(id, _)| *id).filter(|_| self.dialect != Dialect::Entra);
        let expected: BTreeSet<&str> = groups.iter().map(|(_, name)| *name).chain(ids).collect();
        prop_assert_eq!(seen, expected, "{}", user);
        prop_assert!(identity.evidence().is_complete());
        let standing = match profile {
            None => Standing::Absent,
            Some((Some(false), _)) => Standing::Inactive,
            Some(_) => Standing::Active,
        };
        prop_assert_eq!(self.directory.standing(user), standing);
        let snapshot = self.people.remove(user).unwrap_or_else(|| Snapshot::new(Account::absent()).with_revision("1"));
        let plan = if standing == Standing::Active {
            let plan = self.engine.checked_plan(&identity, &snapshot).unwrap();
            let groups: Vec<Value> = groups.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
            let login = json!({
                "id_token": { "sub": user }, "fetched_groups": { "complete": true, "groups": groups },
            });
            let known = json!({
                "revision": "1", "account": { "status": snapshot.account.status }, "memberships": snapshot.memberships, "holders": [],
            });
            let wanted = self.model_engine.plan(&login, &known, &Value::Null);
            prop_assert_eq!(bare(&json!({ "plan": plan })), bare(&wanted));
            plan
        } else {
            let plan = self.engine.checked_deactivation(&identity, &snapshot).unwrap();
            let was_active = snapshot.account.status == groupmap::AccountStatus::Active;
            prop_assert_eq!(plan.account == AccountChange::Deactivate, was_active);
            prop_assert_eq!(plan.access, groupmap::Access::Refused);
            prop_assert!(plan.add.is_empty() && plan.remove.is_empty() && plan.replace.is_empty());
            plan
        };
        self.people.insert(user, applied(snapshot, &plan));
        Ok(())
    }
}

#[test]
fn directory_evidence_and_plans_are_the_models_over_ten_thousand_events() {
    let engine = Engine::compile(serde_json::from_value::<Config>(config()).unwrap()).unwrap();
    let sequences = (select(Dialect::ALL.to_vec()), prop::collection::vec(push(), 25));
    let result = runner(400).run(&sequences, |(dialect, pushes)| {
        let mut world = World {
            engine: engine.clone(),
            model_engine: reference::Model::compile(&config()).unwrap(),
            dialect,
            directory: Directory::default(),
            model: Model::default(),
            people: BTreeMap::new(),
        };
        pushes.iter().try_for_each(|push| world.step(push))?;
        let stored = serde_json::to_string(&world.directory).unwrap();
        prop_assert!(serde_json::from_str::<Directory>(&stored).unwrap() == world.directory);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// A directory says all it knows of a group; a host that fetched groups may have lost something on the way.
#[test]
fn a_group_without_the_id_that_rules_go_by_leaves_a_directory_complete() {
    let config = json!({
        "version": 1, "source": { "id": "idp", "provider": "entra" }, "catalog": [{ "flag": "staff" }],
        "rules": [{ "id": "r", "when": { "id": "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }, "grant": [{ "flag": "staff" }] }]
    });
    let engine = Engine::compile(serde_json::from_value(config).unwrap()).unwrap();
    let mut directory = Directory::default();
    let body = |value: Value| Body::new(value).unwrap();
    let user = body(json!({ "userName": "u1", "active": true }));
    let group = body(json!({ "displayName": "Ops", "members": [{ "value": "u1" }] }));
    directory.apply(Event::Create(ResourceKind::User, "u1", &user), Dialect::Entra).unwrap();
    directory.apply(Event::Create(ResourceKind::Group, "g1", &group), Dialect::Entra).unwrap();
    let pushed = directory.claims("u1", Dialect::Entra).unwrap();
    let evidence = |claims: &groupmap::Claims| {
        let identity = engine.normalize(claims).unwrap();
        (identity.evidence().is_complete(), identity.evidence().count())
    };
    assert_eq!(evidence(&pushed), (true, 1));
    let fetched = serde_json::from_value(serde_json::to_value(&pushed).unwrap()).unwrap();
    assert_eq!(evidence(&fetched), (false, 1));
}
