//! What one push takes from many people is planned as one batch.

use groupmap::scim::{Body, Dialect, Directory, Effect, Event, ResourceKind};
use groupmap::{
    Account, AccountChange, Batch, BatchTerms, Config, Engine, Holders, Membership, Plan, Snapshot, Target,
    WithheldCode,
};
use serde_json::{Value, json};

use ResourceKind::{Group, User};

use crate::checked::Checked;

const DIALECT: Dialect = Dialect::Rfc7644;

/// Ten owners in one pushed group, all of whom may go but one, and a limit of four removals.
struct World {
    engine: Engine,
    directory: Directory,
}

impl World {
    fn new() -> Self {
        let config = json!({
            "version": 1, "unmatched": "admit", "source": { "id": "idp", "provider": "custom" },
            "catalog": [{ "role": "owner", "keep_at_least": 1 }],
            "rules": [{ "id": "owners", "when": { "name": "Owners" }, "grant": [{ "role": "owner" }] }],
            "safeguards": { "max_removals": { "count": 4, "floor": 0 } },
        });
        let engine = Engine::compile(serde_json::from_value::<Config>(config).unwrap()).unwrap();
        let mut world = Self { engine, directory: Directory::default() };
        for user in users() {
            world.push("POST", User, &user, json!({ "userName": user, "active": true }));
        }
        world.push("POST", Group, "g1", json!({ "displayName": "Owners", "members": members(&users()) }));
        world
    }

    fn push(&mut self, method: &str, kind: ResourceKind, id: &str, body: Value) -> Effect {
        let body = Body::new(body).unwrap();
        let event = match method {
            "POST" => Event::Create(kind, id, &body),
            "PUT" => Event::Replace(kind, id, &body),
            "PATCH" => Event::Patch(kind, id, &body),
            _ => Event::Delete(kind, id),
        };
        self.directory.apply(event, DIALECT).unwrap()
    }

    /// The batch for some people, each of whom holds the role.
    fn batch(&self, people: &[String], permitted: Option<&str>) -> Batch {
        let owner = Target::role("owner");
        let known = Snapshot::new(Account::active()).with_memberships([Membership::managed(owner.clone(), "idp")]);
        let people: Vec<_> =
            people.iter().map(|user| self.directory.person(user, known.clone(), DIALECT).unwrap()).collect();
        let mut terms = BatchTerms::default();
        terms.permitted = permitted.map(Into::into);
        self.engine.checked_batch(&people, &[Holders::new(owner, 10)], &terms).unwrap()
    }
}

fn users() -> Vec<String> {
    (0..10).map(|user| format!("u{user}")).collect()
}

fn members(users: &[String]) -> Value {
    users.iter().map(|user| json!({ "value": user })).collect()
}

fn patch(operation: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] })
}

fn plans(batch: &Batch) -> impl Iterator<Item = &Plan> {
    batch.plans.iter().map(|planned| planned.plan.as_ref().unwrap())
}

#[test]
fn however_a_group_loses_many_members_they_are_held_back_until_the_digest_is_given() {
    let stays = &users()[..1];
    let requests = [
        ("DELETE", json!({}), 10),
        ("PUT", json!({ "displayName": "Owners", "members": [] }), 10),
        ("PUT", json!({ "displayName": "Owners", "members": members(stays) }), 9),
        ("PUT", json!({ "displayName": "Renamed" }), 10),
        ("PATCH", patch(json!({ "op": "remove", "path": "members" })), 10),
        ("PATCH", patch(json!({ "op": "replace", "path": "members", "value": members(stays) })), 9),
        ("PATCH", patch(json!({ "op": "remove", "path": "members", "value": members(&users()[1..]) })), 9),
        ("PATCH", patch(json!({ "op": "replace", "path": "displayName", "value": "Renamed" })), 10),
    ];
    for (method, body, gone) in requests {
        let mut world = World::new();
        let effect = world.push(method, Group, "g1", body.clone());
        assert_eq!(effect.people.len(), gone, "{method} {body}");
        let batch = world.batch(&effect.people, None);
        assert!(batch.mass_removal, "{method} {body}");
        // The ledger keeps the last one whatever the limit says.
        assert_eq!(batch.removals, 9, "{method} {body}");
        for plan in plans(&batch) {
            assert!(plan.is_empty(), "{plan}");
        }
        let permitted = world.batch(&effect.people, Some(&batch.digest));
        assert!(!permitted.mass_removal);
        assert_eq!(plans(&permitted).map(|plan| plan.remove.len()).sum::<usize>(), 9, "{method} {body}");
        assert_eq!(permitted.holders, [Holders::new(Target::role("owner"), 1)]);
    }
}

#[test]
fn few_go_at_once() {
    let mut world = World::new();
    let gone = members(&users()[..3]);
    let effect = world.push("PATCH", Group, "g1", patch(json!({ "op": "remove", "path": "members", "value": gone })));
    let batch = world.batch(&effect.people, None);
    assert!(!batch.mass_removal);
    assert_eq!(plans(&batch).map(|plan| plan.remove.len()).sum::<usize>(), 3);
}

#[test]
fn people_who_are_switched_off_or_deleted_by_several_requests_are_one_batch() {
    let off = [
        ("PATCH", patch(json!({ "op": "replace", "path": "active", "value": false }))),
        ("PATCH", patch(json!({ "op": "replace", "value": { "active": false } }))),
        ("DELETE", json!({})),
    ];
    for (method, body) in off {
        let mut world = World::new();
        let mut people = Vec::new();
        for (user, is_too_many) in users().iter().zip([[false; 3].as_slice(), &[true; 7]].concat()) {
            people.extend(world.push(method, User, user, body.clone()).people);
            let batch = world.batch(&people, None);
            assert_eq!(batch.mass_removal, is_too_many, "{method} {body}");
            let (account, code) = if is_too_many {
                (AccountChange::None, WithheldCode::MassRemoval)
            } else {
                (AccountChange::Deactivate, WithheldCode::LastHolder)
            };
            for plan in plans(&batch).take(9) {
                assert_eq!(plan.account, account, "{method} {plan}");
                assert!(plan.remove.is_empty() && plan.withheld.iter().all(|held| held.code == code), "{plan}");
            }
        }
        // Whoever looks at it lets nine of them go. The last owner stays.
        let batch = world.batch(&people, None);
        let permitted = world.batch(&people, Some(&batch.digest));
        let accounts: Vec<AccountChange> = plans(&permitted).map(|plan| plan.account).collect();
        assert_eq!(accounts[..9], [AccountChange::Deactivate; 9]);
        assert_eq!(accounts[9], AccountChange::None);
        assert_eq!(plans(&permitted).last().unwrap().withheld[0].code, WithheldCode::LastHolder);
    }
}
