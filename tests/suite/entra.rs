//! What Entra sends in the life of users and groups, in both of its manners, and what must come of it.

use groupmap::scim::{Answer, Body, Dialect, Directory, Effect, Error, Event, ResourceKind, Standing};
use groupmap::{Config, Engine};
use serde_json::{Value, json};

const DIALECT: Dialect = Dialect::Entra;

/// The service without and with the flag `aadOptscim062020`.
const MANNERS: [&str; 2] = ["default", "flag"];

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/examples/data/entra/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn recorded() -> Vec<Value> {
    serde_json::from_str(&file("requests.json")).unwrap()
}

fn carried_out(directory: &mut Directory, record: &Value, manner: &str) -> Result<Effect, Error> {
    let (method, path) = (record["method"].as_str().unwrap(), record["path"].as_str().unwrap());
    let mut parts = path.trim_start_matches('/').split('/');
    let kind = match parts.next().unwrap() {
        "Users" => ResourceKind::User,
        "Groups" => ResourceKind::Group,
        other => panic!("{other}"),
    };
    let id = parts.next().or_else(|| record["id"].as_str()).unwrap();
    let told = record.get("body").or_else(|| record.get(manner)).cloned().unwrap_or_else(|| json!({}));
    let body = Body::from_json(told.to_string().as_bytes())?;
    let event = match method {
        "POST" => Event::Create(kind, id, &body),
        "PATCH" => Event::Patch(kind, id, &body),
        "DELETE" => Event::Delete(kind, id),
        other => panic!("{other}"),
    };
    directory.apply(event, DIALECT)
}

/// The groups that count for somebody, by id and name.
fn groups(directory: &Directory, user: &str) -> Value {
    let config = json!({
        "version": 1, "source": { "id": "idp", "provider": "custom", "groups": { "claims": ["groups"], "identified_by": "auto" } },
        "catalog": [], "rules": [],
    });
    let engine = Engine::compile(serde_json::from_value::<Config>(config).unwrap()).unwrap();
    let identity = engine.normalize(&directory.claims(user, DIALECT).unwrap()).unwrap();
    assert!(identity.evidence().is_complete());
    let mut seen: Vec<&str> = identity.evidence().entries().map(|entry| entry.text()).collect();
    seen.sort_unstable();
    json!(seen)
}

#[test]
fn a_recorded_run_of_entra_leads_where_it_must_in_both_manners() {
    for manner in MANNERS {
        let mut directory = Directory::default();
        for record in recorded() {
            let about = format!("{manner}: {}", record["about"]);
            let before = directory.clone();
            let done = carried_out(&mut directory, &record, manner);
            let expect = &record["expect"];
            if let Some(error) = expect.get("error") {
                let Err(refused) = done else { panic!("{about}") };
                assert_eq!(json!(refused.kind.map(|kind| kind.as_str())), *error, "{about}");
                assert!(directory == before, "{about}");
                continue;
            }
            let effect = done.unwrap_or_else(|error| panic!("{about}: {error}"));
            assert_eq!(json!(effect.people), expect["people"], "{about}");
            assert_eq!(effect.mass, expect.get("mass") == Some(&json!(true)), "{about}");
            assert_eq!(effect.changed, directory != before, "{about}");
            let mut resource = serde_json::to_value(&effect.resource).unwrap();
            if let Some(members) = resource.as_object_mut() {
                members.remove("meta");
            }
            assert_eq!(resource, expect.get("resource").cloned().unwrap_or_default(), "{about}");
            for (user, wanted) in expect["groups"].as_object().into_iter().flatten() {
                assert_eq!(groups(&directory, user), *wanted, "{about}");
            }
            for (user, wanted) in expect["standing"].as_object().into_iter().flatten() {
                let standing = match directory.standing(user) {
                    Standing::Active => "active",
                    Standing::Inactive => "inactive",
                    Standing::Absent => "absent",
                };
                assert_eq!(standing, wanted, "{about}");
            }
        }
        assert_eq!((directory.users().len(), directory.groups().len()), (2, 0));
    }
}

/// What `examples/scim --lines` reads: the PATCHes of a user and of a group, each in both manners.
#[test]
fn the_lines_for_the_example_are_those_of_the_run() {
    let lines: Vec<Value> = file("patches.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let paths = ["/Users/u-2", "/Groups/g-1"];
    let expected = paths.iter().flat_map(|path| MANNERS.map(|manner| (*path, manner)));
    assert_eq!(lines.len(), 4);
    for (line, (path, manner)) in lines.iter().zip(expected) {
        let run = recorded();
        let patches: Vec<&Value> =
            run.iter().filter(|record| record["method"] == "PATCH" && record["path"] == path).collect();
        let requests: Vec<&Value> = patches.iter().map(|record| &record[manner]).collect();
        assert_eq!(line["requests"], json!(requests), "{path} {manner}");
        let answer = serde_json::to_value(Answer::of_json(line.to_string().as_bytes())).unwrap();
        assert_eq!(answer["resource"], patches.last().unwrap()["expect"]["resource"], "{path} {manner}");
        assert!(answer["results"].as_array().unwrap().iter().all(|result| result.get("error").is_none()), "{answer}");
    }
}
