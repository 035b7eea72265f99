//! What people read: the whole text of plans and of what stands in them, spelled out.

use groupmap::{
    AccountChange, Claims, Completeness, Config, Engine, Plan, Snapshot, Status, WithheldChange, WithheldCode,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::checked::Checked;

fn config(also: &Value) -> Value {
    let mut config = json!({
        "version": 1,
        "source": { "id": "idp", "provider": "okta" },
        "accounts": { "reactivate": true, "link": "verified-email", "new_grant": [{ "group": "Welcome" }] },
        "catalog": [
            { "flag": "staff" },
            { "group": "Welcome" },
            { "organization": "acme", "role": "owner", "rank": 2, "keep_at_least": 1 },
            { "organization": "acme", "role": "viewer", "rank": 1 },
            { "team": "red" }
        ],
        "slots": [{ "kind": "role", "choose": "highest" }],
        "rules": [
            { "id": "owners", "when": { "name": "Owners" }, "grant": [{ "organization": "acme", "role": "owner" }] },
            { "id": "red", "when": { "regex": "red-.*" }, "grant": [{ "team": "red" }] },
            { "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] },
            { "id": "no-ext", "when": { "name": "Ext" }, "deny": [{ "flag": "staff" }] },
            { "id": "viewers", "when": { "name": "All" }, "grant": [{ "organization": "acme", "role": "viewer" }] }
        ]
    });
    for (key, value) in also.as_object().unwrap() {
        config[key] = value.clone();
    }
    config
}

fn plan(also: &Value, token: Value, snapshot: Value) -> Plan {
    let engine = Engine::compile(serde_json::from_value::<Config>(config(also)).unwrap()).unwrap();
    let mut token = token;
    token["sub"] = json!("u1");
    let claims: Claims = serde_json::from_value(json!({ "id_token": token })).unwrap();
    let snapshot: Snapshot = serde_json::from_value(snapshot).unwrap();
    let identity = engine.normalize(&claims).unwrap();
    let plan = engine.checked_plan(&identity, &snapshot).unwrap();
    assert_eq!(groupmap::verify(&plan, &engine, &identity, &snapshot), []);
    plan
}

fn shown(also: &Value, groups: &[&str], snapshot: Value) -> String {
    plan(also, json!({ "groups": groups }), snapshot).to_string()
}

#[test]
fn somebody_new() {
    let text = shown(&json!({}), &["Staff", "All"], json!({ "account": { "status": "absent" } }));
    assert_eq!(
        text,
        "ready: access granted, account provisioned; 2 groups seen (complete)\n  \
         + group:Welcome  because setting `accounts.new_grant`\n  \
         + flag:staff  because rule `staff` matched `Staff`\n  \
         + acme/role:viewer  because rule `viewers` matched `All`"
    );
}

#[test]
fn nothing_to_change() {
    let held = json!([{ "flag": "staff", "managed_by": "idp" }]);
    let snapshot = json!({ "account": { "status": "active" }, "memberships": held });
    assert_eq!(
        shown(&json!({}), &["Staff"], snapshot.clone()),
        "ready: access granted, account unchanged; 1 group seen (complete); nothing to change\n  \
         = flag:staff  because rule `staff` matched `Staff`"
    );
    // An inactive mapping, an exempt account and a refusal say so and no more.
    assert_eq!(
        shown(&json!({ "rules": [] }), &["Staff"], snapshot),
        "inactive: access granted, account unchanged; 1 group seen (complete)\n  \
         note no-rules: no rule is enabled, so the mapping is not active\n  \
         note orphaned: memberships of this source are left that the mapping cannot speak of"
    );
    let exempt = json!({ "account": { "status": "active", "exempt": true }, "memberships": [] });
    assert_eq!(
        shown(&json!({}), &["Staff"], exempt),
        "exempt: access granted, account unchanged; 1 group seen (complete)\n  \
         note exempt: the person is exempt from the mapping; nothing changes"
    );
}

#[test]
fn what_goes_and_what_is_withheld() {
    let held = json!([
        { "organization": "acme", "role": "owner", "managed_by": "idp" },
        { "flag": "staff", "managed_by": "idp" },
        { "team": "red", "managed_by": "idp" }
    ]);
    let snapshot = |owners: u64| {
        let holders = json!([{ "organization": "acme", "role": "owner", "count": owners }]);
        json!({ "account": { "status": "active" }, "memberships": held, "holders": holders })
    };
    assert_eq!(
        shown(&json!({}), &["All", "Staff", "Ext"], snapshot(1)),
        "withheld: access granted, account unchanged; 3 groups seen (complete)\n  \
         - flag:staff  denied by rule `no-ext` matched `Ext`\n  \
         - team:red  because no rule grants it\n  \
         ! replace of acme/role:owner withheld: last-holder\n  \
         ! add of acme/role:viewer withheld: slot-held"
    );
    assert_eq!(
        shown(&json!({}), &["All", "red-1", "red-2"], snapshot(2)),
        "ready: access granted, account unchanged; 3 groups seen (complete)\n  \
         ~ acme/role:viewer in place of acme/role:owner  because rule `viewers` matched `All`\n  \
         - flag:staff  because no rule grants it\n  \
         = team:red  because rule `red` matched `red-1`\n  \
         requires at least 2 holders of acme/role:owner"
    );
}

#[test]
fn what_is_not_known() {
    let held = json!([{ "team": "red", "managed_by": "idp" }]);
    let snapshot = json!({ "account": { "status": "active" }, "memberships": held });
    let plan = plan(&json!({}), json!({ "groups": [], "hasgroups": true }), snapshot);
    let text = plan.to_string();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("withheld: access granted, account unchanged; 0 groups seen (overage); nothing to change")
    );
    assert_eq!(lines.next(), Some("  = team:red  kept, since it is not known whether it should go"));
    assert_eq!(lines.next(), Some("  ! remove of team:red withheld: undecided"));
    assert!(lines.next().unwrap().starts_with("  note groups-overage: "), "{text}");
}

#[test]
fn what_becomes_of_accounts() {
    let first_line = |also: &Value, groups: &[&str], snapshot: Value| {
        shown(also, groups, snapshot).lines().next().unwrap().to_owned()
    };
    let of = |status: &str| json!({ "account": { "status": status }, "memberships": [] });
    assert_eq!(
        first_line(&json!({}), &["Staff"], of("inactive")),
        "ready: access granted, account reactivated; 1 group seen (complete)"
    );
    assert_eq!(
        first_line(&json!({ "unmatched": "deactivate" }), &["Nothing"], of("active")),
        "ready: access refused, account deactivated; 1 group seen (complete)"
    );
    assert_eq!(
        first_line(&json!({}), &["Nothing"], of("absent")),
        "refused: access refused, account unchanged; 1 group seen (complete)"
    );
}

/// A reason names the group as it was written and, where the host gave one, its label.
#[test]
fn a_group_with_a_label() {
    let source = json!({ "id": "idp", "provider": "entra" });
    let id = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5";
    let rules = json!([{ "id": "red", "when": { "id": id, "label": "Red team" }, "grant": [{ "team": "red" }] }]);
    let text = shown(
        &json!({ "source": source, "rules": rules }),
        &[id],
        json!({ "account": { "status": "active" }, "memberships": [] }),
    );
    assert!(text.contains(&format!("\n  + team:red  because rule `red` matched `Red team` ({id})")), "{text}");
}

/// A name that stands in documents is the name that people read.
#[test]
fn names_are_those_of_documents() {
    fn same(values: &[impl Serialize + ToString]) {
        for value in values {
            assert_eq!(serde_json::to_value(value).unwrap(), json!(value.to_string()));
        }
    }
    use {Completeness as C, WithheldChange as Ch, WithheldCode as Co};
    same(&[Status::Ready, Status::Withheld, Status::Inactive, Status::Exempt, Status::Refused]);
    same(&[Ch::Add, Ch::Deactivate, Ch::Refuse, Ch::Remove, Ch::Replace]);
    same(&[Co::HoldersUnknown, Co::InUse, Co::LastHolder, Co::MassRemoval, Co::SlotHeld, Co::Undecided]);
    same(&[C::Complete, C::Suspect, C::OverLimit, C::Malformed, C::Overage, C::Absent]);
    // And a plan reads the same when it went through a document.
    let snapshot = json!({ "account": { "status": "absent" } });
    let plan = plan(&json!({}), json!({ "groups": ["Staff"] }), snapshot);
    assert_eq!(plan.account, AccountChange::Provision);
    let read: Plan = serde_json::from_value(serde_json::to_value(&plan).unwrap()).unwrap();
    assert_eq!(read.to_string(), plan.to_string());
}

#[test]
fn findings_of_a_review() {
    let shown = |code: &str, severity: &str, target: Value, people: usize| {
        let people: Vec<String> = (0..people).map(|at| format!("p{at}")).collect();
        let mut finding = json!({ "code": code, "severity": severity, "people": people });
        if !target.is_null() {
            finding["target"] = target;
        }
        serde_json::from_value::<groupmap::Finding>(finding).unwrap().to_string()
    };
    let owner = json!({ "organization": "acme", "role": "owner" });
    assert_eq!(
        shown("lockout", "deny", owner.clone(), 2),
        "deny lockout of acme/role:owner: too few eligible holders would remain (2 people)"
    );
    assert_eq!(
        shown("loses-access", "warn", Value::Null, 1),
        "warn loses-access: people who are active would be refused (1 person)"
    );
    for (code, severity) in [
        ("self-lockout", "deny"),
        ("no-path-to-admin", "deny"),
        ("default-targets-conflict", "deny"),
        ("gains-privileged", "warn"),
        ("loses-privileged", "warn"),
        ("uncovered-target", "warn"),
        ("orphaned", "warn"),
        ("incomplete-evidence", "warn"),
    ] {
        let text = shown(code, severity, owner.clone(), 0);
        let start = format!("{severity} {code} of acme/role:owner: ");
        assert!(text.starts_with(&start) && text.len() > start.len() && !text.contains('('), "{text}");
        let code: groupmap::FindingCode = serde_json::from_value(json!(code)).unwrap();
        assert_eq!(code.severity().to_string(), severity);
    }
}

#[test]
fn tests_of_a_config() {
    let test = |id: &str, group: &str, held: Value| json!({ "id": id, "login": { "id_token": { "sub": "u1", "groups": [group] } }, "expect": { "includes": [held] } });
    let config = config(&json!({
        "tests": [test("staff", "Staff", json!({ "flag": "staff" })), test("owners", "Owners", json!({ "team": "red" }))]
    }));
    let config: Config = serde_json::from_value(config).unwrap();
    let tested = Engine::compile(config).unwrap().self_test();
    let text = tested.to_string();
    assert!(text.starts_with("tests[1]: test `owners` failed\n  "), "{text}");
    assert!(text.contains("\ntests: 1 passed, 1 failed\n"), "{text}");
    assert!(text.ends_with("coverage: 2 of 5 rules reached; never: `no-ext`, `red`, `viewers`"), "{text}");
}
