//! What must hold of every SCIM request, over random resources and requests.

use std::collections::BTreeSet;

use groupmap::scim::{Answer, Body, Dialect, Filter, Resource, ResourceKind, Written};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::agreement::runner;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const UNKNOWN: &str = "urn:example:ext:2.0:User";

/// Some ids differ only in case.
const IDS: [&str; 8] = ["u1", "u2", "u3", "u4", "U1", "u5", "ux", "UX"];

fn body(value: Value) -> Body {
    Body::new(value).unwrap()
}

fn resource(value: &Value) -> Resource {
    serde_json::from_value(value.clone()).unwrap()
}

fn patch(operations: &[Value]) -> Body {
    body(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }))
}

fn check<T: std::fmt::Debug>(
    cases: u32,
    values: impl Strategy<Value = T>,
    judge: impl Fn(T) -> Result<(), TestCaseError>,
) {
    if let Err(error) = runner(cases).run(&values, judge) {
        panic!("{error}");
    }
}

fn dialect() -> impl Strategy<Value = Dialect> {
    select(Dialect::ALL.to_vec())
}

fn ids() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(IDS.to_vec(), 0..=IDS.len())
}

fn members(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({ "value": id, "shoe": 1 })).collect()
}

fn group(ids: &[&str]) -> Value {
    json!({ "schemas": [GROUP], "id": "g1", "displayName": "Ops", "members": members(ids), "shoe": [null, { "a": 1.5 }] })
}

/// At most one address is the primary one, as RFC 7643 has it.
fn emails() -> impl Strategy<Value = Value> {
    let email = (select(vec!["a@example.com", "b@example.com"]), select(vec![None, Some("work"), Some("home")]));
    (proptest::collection::vec(email, 0..4), 0..6_usize).prop_map(|(emails, primary)| {
        let mut seen = BTreeSet::new();
        let emails = emails.into_iter().filter(|email| seen.insert(*email)).enumerate();
        emails
            .map(|(index, (value, kind))| {
                let mut email = json!({ "value": value });
                if let Some(kind) = kind {
                    email["type"] = kind.into();
                }
                if index == primary {
                    email["primary"] = true.into();
                }
                email
            })
            .collect()
    })
}

fn user() -> impl Strategy<Value = Value> {
    (emails(), any::<bool>(), any::<bool>()).prop_map(|(emails, active, extended)| {
        let mut user = json!({
            "schemas": [USER], "id": "u1", "userName": "u1", "active": active, "emails": emails,
            "shoe": { "size": [43, null], "Sole": "flat" }, UNKNOWN: { "a": [1, "1", null], "b": { "c": 0.5 } }
        });
        if extended {
            user[ENTERPRISE] = json!({ "department": "D", "badge": 7 });
        }
        user
    })
}

/// An operation that says the same when it is said twice: it does not change what its own filter asks for.
fn operation() -> impl Strategy<Value = Value> {
    let verb = || select(vec!["add", "replace"]);
    let text = || select(vec!["x", "y", "U1"]);
    let kind = || select(vec!["work", "home", "other"]);
    prop_oneof![
        (verb(), select(vec!["nickName", "NICKNAME", "name.givenName", "userName"]), text())
            .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value })),
        (verb(), any::<bool>()).prop_map(|(op, value)| json!({ "op": op, "path": "active", "value": value })),
        (verb(), emails()).prop_map(|(op, value)| json!({ "op": op, "path": "emails", "value": value })),
        (verb(), kind(), text()).prop_map(
            |(op, kind, value)| json!({ "op": op, "path": format!("emails[type eq \"{kind}\"].value"), "value": value })
        ),
        kind().prop_map(|kind| json!({ "op": "remove", "path": format!("emails[type eq \"{kind}\"]") })),
        emails().prop_map(|value| json!({ "op": "remove", "path": "emails", "value": value })),
        select(vec!["nickName", "name", "emails", "userName", "id", "name.givenName", ENTERPRISE])
            .prop_map(|path| json!({ "op": "remove", "path": path })),
        (verb(), text())
            .prop_map(|(op, value)| json!({ "op": op, "path": format!("{ENTERPRISE}:department"), "value": value })),
        (verb(), any::<bool>(), text())
            .prop_map(|(op, active, value)| json!({ "op": op, "value": { "active": active, "displayName": value } })),
        (verb(), text()).prop_map(|(op, value)| json!({ "op": op, "path": "groups", "value": [{ "value": value }] })),
    ]
}

/// What matters of what a request did, as text.
fn seen(written: &Written) -> String {
    serde_json::to_string(&written.resource).unwrap()
}

#[test]
fn a_patch_said_twice_does_nothing_more() {
    check(10_000, (user(), operation(), dialect()), |(user, operation, dialect)| {
        let Ok(once) = resource(&user).patched(&patch(std::slice::from_ref(&operation)), dialect) else {
            return Ok(());
        };
        let twice = once.resource.patched(&patch(&[operation]), dialect).unwrap();
        prop_assert!(!twice.changed, "{} then {}", seen(&once), seen(&twice));
        prop_assert_eq!(&twice.fields, &Vec::<String>::new());
        Ok(())
    });
}

#[test]
fn operations_are_carried_out_one_after_the_other_and_all_or_none() {
    let operations = proptest::collection::vec(operation(), 1..5);
    check(3_000, (user(), operations, dialect()), |(user, operations, dialect)| {
        let stored = resource(&user);
        let together = stored.patched(&patch(&operations), dialect);
        let mut now = stored.clone();
        let mut failure = None;
        for (index, operation) in operations.iter().enumerate() {
            match now.patched(&patch(std::slice::from_ref(operation)), dialect) {
                Ok(written) => now = written.resource,
                Err(error) => {
                    failure = Some((index, error));
                    break;
                }
            }
        }
        match (together, failure) {
            (Ok(together), None) => prop_assert_eq!(together.resource.attributes(), now.attributes()),
            (Err(error), Some((index, single))) => {
                prop_assert_eq!(error.kind, single.kind);
                let place = format!("Operations[{index}]");
                prop_assert!(error.detail.contains(&place), "{}", error);
            }
            (together, failure) => prop_assert!(false, "{together:?} but one by one {failure:?}"),
        }
        prop_assert_eq!(serde_json::to_value(&stored).unwrap(), user);
        Ok(())
    });
}

#[test]
fn a_failed_request_among_others_leaves_no_trace() {
    // Whatever comes first, the last operation cannot be done.
    let bad = proptest::collection::vec(operation(), 0..3).prop_map(|mut operations| {
        operations.push(json!({ "op": "replace", "path": "id", "value": "other" }));
        operations
    });
    let good = || proptest::collection::vec(operation(), 1..3);
    check(2_000, (user(), good(), bad, good(), dialect()), |(user, first, bad, last, dialect)| {
        let answer = |requests: Vec<&[Value]>| {
            let requests: Vec<Value> = requests
                .into_iter()
                .map(|operations| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }))
                .collect();
            let request = json!({ "dialect": dialect.as_str(), "resource": user, "requests": requests });
            serde_json::to_value(Answer::of_json(request.to_string().as_bytes())).unwrap()
        };
        let (mut with, mut without) = (answer(vec![&first, &bad, &last]), answer(vec![&first, &last]));
        let (with_results, without_results) = (with["results"].take(), without["results"].take());
        prop_assert!(with_results[1]["error"]["scimType"].is_string(), "{}", with_results);
        prop_assert_eq!([&with_results[0], &with_results[2]], [&without_results[0], &without_results[1]]);
        prop_assert_eq!(with, without);
        Ok(())
    });
}

#[test]
fn unknown_attributes_survive_every_round_trip() {
    let operations = proptest::collection::vec(operation(), 1..4);
    check(3_000, (user(), operations, dialect()), |(user, operations, dialect)| {
        let stored = resource(&user);
        let again: Resource = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        prop_assert_eq!(&again, &stored);
        let unknown = |of: &Map<String, Value>| [of["shoe"].clone(), of[UNKNOWN].clone()];
        let wanted = unknown(user.as_object().unwrap());
        if let Ok(written) = stored.patched(&patch(&operations), dialect) {
            prop_assert_eq!(unknown(written.resource.attributes()), wanted.clone());
        }
        let created = Resource::create(ResourceKind::User, "u7", &body(user.clone()), dialect).unwrap();
        prop_assert_eq!(unknown(created.attributes()), wanted.clone());
        let replaced = stored.replaced(&body(user), dialect).unwrap();
        prop_assert_eq!(unknown(replaced.resource.attributes()), wanted);
        Ok(())
    });
}

#[test]
fn at_most_one_address_is_primary() {
    let flag = || select(vec![None, Some(false), Some(true), Some(true)]);
    let email = (select(vec!["a@example.com", "b@example.com"]), select(vec!["work", "home"]), flag());
    let list = proptest::collection::vec(email, 0..4).prop_map(|list| {
        let email = |(value, kind, primary)| json!({ "value": value, "type": kind, "primary": primary });
        list.into_iter().map(email).collect::<Vec<Value>>()
    });
    let operation =
        (select(vec!["add", "replace"]), 0..4_usize, list, any::<bool>()).prop_map(|(op, shape, list, flag)| {
            let (path, value) = match shape {
                0 => ("emails[type eq \"work\"].primary", json!(flag)),
                1 => ("emails.primary", json!(flag)),
                2 => ("emails[type eq \"home\"]", list.first().cloned().unwrap_or_else(|| json!({ "value": "c" }))),
                _ => ("emails", Value::from(list)),
            };
            json!({ "op": op, "path": path, "value": value })
        });
    let primaries = |of: &Value| {
        let list = of.as_array().map_or(&[][..], Vec::as_slice);
        list.iter().filter(|email| email["primary"] == json!(true)).count()
    };
    check(3_000, (user(), operation, dialect()), |(user, operation, dialect)| {
        let stored = resource(&user);
        let told = primaries(&operation["value"]);
        let mut put = user.clone();
        put["emails"] = operation["value"].clone();
        if put["emails"].is_array() {
            let replaced = stored.replaced(&body(put.clone()), dialect);
            prop_assert_eq!(replaced.is_err(), told > 1, "{}", put);
            prop_assert_eq!(Resource::create(ResourceKind::User, "u1", &body(put), dialect).is_err(), told > 1);
        }
        let Ok(once) = stored.patched(&patch(std::slice::from_ref(&operation)), dialect) else {
            return Ok(());
        };
        let after = serde_json::to_value(&once.resource).unwrap();
        prop_assert!(told <= 1 && primaries(&after["emails"]) <= 1, "{} by {}", after, operation);
        // Whatever is told to be primary is, unless nothing was told of it anew.
        prop_assert!(told == 0 || primaries(&after["emails"]) == 1, "{} by {}", after, operation);
        // A filter may ask for what the value then changes.
        if operation["path"] != "emails[type eq \"home\"]" {
            prop_assert!(!once.resource.patched(&patch(&[operation]), dialect).unwrap().changed);
        }
        Ok(())
    });
}

/// Whom a list of ids means: the one who has it exactly, or else whoever has it in another case.
fn meant(members: &BTreeSet<String>, ids: &[&str]) -> BTreeSet<String> {
    let is_meant = |member: &String| {
        ids.iter().any(|id| member == id || (member.eq_ignore_ascii_case(id) && !members.contains(*id)))
    };
    members.iter().filter(|member| is_meant(member)).cloned().collect()
}

fn owned(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn entra_s_default_remove_takes_exactly_those_who_are_named() {
    check(5_000, (ids(), ids(), dialect()), |(before, named, dialect)| {
        let verb = if dialect == Dialect::Entra { "Remove" } else { "remove" };
        let list: Vec<Value> = named.iter().map(|id| json!({ "$ref": null, "value": id })).collect();
        let operation = json!({ "op": verb, "path": "members", "value": list });
        let written = resource(&group(&before)).patched(&patch(&[operation]), dialect).unwrap();
        let gone = meant(&owned(&before), &named);
        prop_assert_eq!(&written.members_removed, &gone.iter().cloned().collect::<Vec<_>>());
        prop_assert!(written.members_added.is_empty() && !written.mass);
        // Who stays, stays as stored.
        let left: Vec<&str> = before.iter().copied().filter(|id| !gone.contains(*id)).collect();
        let stored = written.resource.get("members").cloned().unwrap_or_else(|| json!([]));
        prop_assert_eq!(stored, members(&left));
        Ok(())
    });
}

/// What a client may do to a group.
#[derive(Clone, Debug)]
enum Event {
    Add(Vec<&'static str>),
    AddKeyed(Vec<&'static str>),
    RemoveListed(Vec<&'static str>),
    RemoveFiltered(&'static str),
    RemoveAll,
    Replace(Vec<&'static str>),
    ReplaceKeyed(Vec<&'static str>),
    Put(Vec<&'static str>),
    PutSilent,
    Rename,
    Nonsense(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => ids().prop_map(Event::Add),
        1 => ids().prop_map(Event::AddKeyed),
        2 => ids().prop_map(Event::RemoveListed),
        3 => select(IDS.to_vec()).prop_map(Event::RemoveFiltered),
        1 => Just(Event::RemoveAll),
        1 => ids().prop_map(Event::Replace),
        1 => ids().prop_map(Event::ReplaceKeyed),
        1 => ids().prop_map(Event::Put),
        1 => Just(Event::PutSilent),
        1 => Just(Event::Rename),
        2 => (0..NONSENSE.len()).prop_map(Event::Nonsense),
    ]
}

/// Operations that might be taken for an order to empty a group, and are none.
const NONSENSE: [&str; 7] = [
    r#"{ "op": "remove", "path": "members", "value": null }"#,
    r#"{ "op": "remove", "path": "members", "values": [{ "value": "u1" }] }"#,
    r#"{ "op": "remove", "path": "members", "value": [{ "value": 1 }] }"#,
    r#"{ "op": "replace", "path": "members", "value": null }"#,
    r#"{ "op": "replace", "value": { "members": null } }"#,
    r#"{ "op": "remove" }"#,
    r#"{ "op": "remove", "path": "members[value]" }"#,
];

/// The members after an event, and whether they went without being named.
fn model(members: &BTreeSet<String>, event: &Event) -> (BTreeSet<String>, bool) {
    let emptied = |after: &BTreeSet<String>| after.is_empty() && !members.is_empty();
    match event {
        Event::Add(ids) | Event::AddKeyed(ids) => (members | &owned(ids), false),
        Event::RemoveListed(ids) => (members - &meant(members, ids), false),
        Event::RemoveFiltered(id) => (members - &meant(members, &[id]), false),
        Event::RemoveAll => (BTreeSet::new(), !members.is_empty()),
        Event::Replace(ids) | Event::ReplaceKeyed(ids) | Event::Put(ids) => {
            let after = owned(ids);
            let mass = emptied(&after);
            (after, mass)
        }
        Event::PutSilent | Event::Rename | Event::Nonsense(_) => (members.clone(), false),
    }
}

fn carried_out(group: &Resource, event: &Event, dialect: Dialect) -> Option<Written> {
    let put = |members: Option<Value>| {
        let mut told = json!({ "schemas": [GROUP], "displayName": "Ops" });
        if let Some(members) = members {
            told["members"] = members;
        }
        group.replaced(&body(told), dialect).unwrap()
    };
    let operation = match event {
        Event::Put(ids) => return Some(put(Some(members(ids)))),
        Event::PutSilent => return Some(put(None)),
        Event::Add(ids) => json!({ "op": "add", "path": "members", "value": members(ids) }),
        Event::AddKeyed(ids) => json!({ "op": "add", "value": { "members": members(ids) } }),
        Event::RemoveListed(ids) => {
            let named: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
            json!({ "op": "remove", "path": "members", "value": named })
        }
        Event::RemoveFiltered(id) => json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }),
        Event::RemoveAll => json!({ "op": "remove", "path": "members" }),
        Event::Replace(ids) => json!({ "op": "replace", "path": "members", "value": members(ids) }),
        Event::ReplaceKeyed(ids) => json!({ "op": "replace", "value": { "members": members(ids) } }),
        Event::Rename => json!({ "op": "replace", "path": "displayName", "value": "Other" }),
        Event::Nonsense(index) => {
            let operation: Value = serde_json::from_str(NONSENSE[*index]).unwrap();
            assert!(group.patched(&patch(&[operation]), dialect).is_err(), "{}", NONSENSE[*index]);
            return None;
        }
    };
    Some(group.patched(&patch(&[operation]), dialect).unwrap())
}

/// 250 histories of 60 events: 15,000 of them.
#[test]
fn a_group_has_whom_its_history_says() {
    let history = proptest::collection::vec((event(), dialect()), 60);
    check(250, history, |history| {
        let mut stored = resource(&group(&[]));
        let mut known = BTreeSet::new();
        for (event, dialect) in history {
            let (after, mass) = model(&known, &event);
            if let Some(written) = carried_out(&stored, &event, dialect) {
                let names = |of: BTreeSet<String>| of.into_iter().collect::<Vec<_>>();
                prop_assert_eq!(&written.members_added, &names(&after - &known), "{:?}", event);
                prop_assert_eq!(&written.members_removed, &names(&known - &after), "{:?}", event);
                prop_assert_eq!(written.mass, mass, "{:?} after {:?}", event, known);
                stored = written.resource;
            }
            let members: BTreeSet<String> = stored.members().into_iter().map(str::to_owned).collect();
            prop_assert_eq!(&members, &after, "{:?} after {:?}", event, known);
            known = after;
        }
        Ok(())
    });
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = vec![
        "schemas",
        "id",
        "op",
        "path",
        "value",
        "Operations",
        "members",
        "active",
        "emails",
        "name",
        "groups",
        "meta",
        "MEMBERS",
        "type",
        ENTERPRISE,
        USER,
        UNKNOWN,
        "a.b",
        "members[value eq \"u1\"]",
        "",
    ];
    let texts = vec![
        "",
        "u1",
        "add",
        "Remove",
        "replace",
        "members",
        "emails[type eq \"work\"].value",
        "members[",
        "name.",
        USER,
        GROUP,
        ENTERPRISE,
        "urn:",
        "not (",
        "urn:ietf:params:scim:api:messages:2.0:PatchOp",
        "\u{0}\u{feff}ß",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(texts).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((select(names.clone()), inner), 0..5)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

#[test]
fn any_json_is_answered() {
    let operation = (select(vec!["add", "remove", "replace"]), any_json(), any_json());
    let operations = proptest::collection::vec(operation, 1..3).prop_map(|operations| {
        operations.into_iter().map(|(op, path, value)| json!({ "op": op, "path": path, "value": value })).collect()
    });
    let operations = prop_oneof![operations, any_json()];
    check(1_000, (any_json(), operations, user(), dialect()), |(value, operations, user, dialect)| {
        let patch = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        for stored in [&user, &group(&["u1", "u2"]), &value] {
            for request in [&patch, &value] {
                let request = json!({ "dialect": dialect.as_str(), "resource": stored, "requests": [request] });
                let answer = serde_json::to_value(Answer::of_json(request.to_string().as_bytes())).unwrap();
                match answer.get("error") {
                    Some(error) => prop_assert!(error["scimType"].is_string() && error["detail"].is_string()),
                    // What is stored can be read again.
                    None => prop_assert!(serde_json::from_value::<Resource>(answer["resource"].clone()).is_ok()),
                }
            }
        }
        if let Ok(body) = Body::new(value) {
            for kind in [ResourceKind::User, ResourceKind::Group] {
                let _ = Resource::create(kind, "1", &body, dialect);
            }
            let _ = resource(&user).replaced(&body, dialect);
        }
        Ok(())
    });
}

#[test]
fn any_text_is_a_filter_or_none() {
    let words = vec![
        "userName",
        "emails",
        "[",
        "]",
        "(",
        ")",
        "not",
        "and",
        "or",
        "eq",
        "co",
        "pr",
        "gt",
        "\"a\"",
        "\"",
        "\\",
        "1",
        "true",
        "null",
        ".",
        ":",
        "urn:",
        " ",
        "ß",
        "emails.value",
        USER,
        "-1.5e3",
    ];
    let text = proptest::collection::vec(select(words), 0..12);
    check(10_000, (text, any::<bool>(), user(), dialect()), |(words, spaced, user, dialect)| {
        let text = words.join(if spaced { " " } else { "" });
        if let Ok(filter) = Filter::parse(&text, dialect) {
            // A filter picks a resource, or else its negation does.
            let not = Filter::parse(&format!("not ({text})"), dialect).unwrap();
            let user = resource(&user);
            prop_assert_ne!(filter.matches(&user), not.matches(&user), "{}", text);
        }
        Ok(())
    });
}

#[test]
fn bytes_of_any_kind_are_answered() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for bytes in [&b""[..], b"{", b"\xff\xfe", b"[]", b"null", b"{\"a\":1,\"a\":2}", deep(200_000).as_bytes()] {
        assert!(matches!(Answer::of_json(bytes), Answer::Failed { .. }));
        assert!(Body::from_json(bytes).is_err());
    }
    // A key twice, at any depth.
    let twice = br#"{"schemas":["x"],"Operations":[{"op":"add","value":{"a":{"b":1,"b":2}}}]}"#;
    assert_eq!(Body::from_json(twice).unwrap_err().kind.map(|kind| kind.as_str()), Some("invalidSyntax"));
}
