//! Bright, of `NeuraLegion`, as groupmap does it: Okta pushes users and groups by SCIM, and people log in by OIDC or SAML.
//!
//! ```text
//! cargo run --example bright
//! ```
//!
//! `examples/data/bright/requests.json` is a recorded sequence of requests in the shapes that Okta sends, from the first
//! push to deactivation and back, with what each must lead to. The directory is a plain value; each request changes it
//! and says for whom to plan anew.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "an example prints, counts, and stops where a file is not as it should be"
)]

use std::error::Error;

use groupmap::scim::{Body, Dialect, Directory, Effect, Event, ResourceKind, Standing};
use groupmap::{Account, Engine, Membership, Person, Snapshot, Target};
use serde_json::{Value, json};

#[path = "host/mod.rs"]
#[expect(dead_code, reason = "its logins begin with a token; here requests come first")]
mod host;

use host::{Host, Outcome, lines};

const DIALECT: Dialect = Dialect::Okta;

fn main() -> Outcome {
    let mut host = Host::open("bright")?;
    let engine = host.engine("scim.toml")?;
    let mut directory = Directory::default();
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/bright/requests.json");
    let recorded: Value = serde_json::from_str(&std::fs::read_to_string(recorded)?)?;
    let mut last = None;
    for record in recorded.as_array().ok_or("a list of requests")? {
        println!("## {}\n{} {}", text(record, "about")?, text(record, "method")?, text(record, "path")?);
        let effect = apply(&mut directory, record)?;
        assert_eq!(effect.mass, record.get("mass") == Some(&json!(true)), "{record}");
        if let Some(fields) = record.get("fields") {
            assert_eq!(json!(effect.fields), *fields, "{record}");
        }
        let expected = record["expect"].as_object().ok_or("what is expected")?;
        assert!(effect.people.iter().eq(expected.keys()), "{:?} are planned for", effect.people);
        if effect.mass {
            together(&mut host, &engine, &directory, &effect, &record["expect"])?;
        } else {
            for person in &effect.people {
                one(&mut host, &engine, &directory, person, &record["expect"][person])?;
            }
        }
        println!();
        last = Some(directory.clone());
    }
    // What a host stores is what it reads.
    let stored = serde_json::to_string(&directory)?;
    assert_eq!(Some(serde_json::from_str::<Directory>(&stored)?), last);
    log_in(&host)
}

fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str, Box<dyn Error>> {
    value[key].as_str().ok_or_else(|| format!("`{key}` is missing").into())
}

/// Carries out one request as an endpoint would.
fn apply(directory: &mut Directory, record: &Value) -> Outcome<Effect> {
    let (method, path) = (text(record, "method")?, text(record, "path")?);
    let (kind, id) = match path.trim_start_matches('/').split_once('/') {
        Some(("Users", id)) => (ResourceKind::User, id),
        Some(("Groups", id)) => (ResourceKind::Group, id),
        None if path == "/Users" => (ResourceKind::User, text(record, "id")?),
        None if path == "/Groups" => (ResourceKind::Group, text(record, "id")?),
        _ => return Err("no such endpoint".into()),
    };
    let body = if method == "DELETE" { json!({}) } else { record["body"].clone() };
    let body = Body::new(body)?;
    let event = match method {
        "POST" => Event::Create(kind, id, &body),
        "PUT" => Event::Replace(kind, id, &body),
        "PATCH" => Event::Patch(kind, id, &body),
        "DELETE" => Event::Delete(kind, id),
        _ => return Err("no such method".into()),
    };
    Ok(directory.apply(event, DIALECT)?)
}

/// Plans for one person whose evidence or standing changed, and applies it.
fn one(host: &mut Host, engine: &Engine, directory: &Directory, person: &str, expected: &Value) -> Outcome {
    let identity = engine.normalize(&directory.claims(person, DIALECT)?)?;
    let snapshot = host.snapshot(person);
    let plan = match directory.standing(person) {
        Standing::Active => engine.plan(&identity, &snapshot)?,
        Standing::Inactive | Standing::Absent => engine.plan_deactivation(&identity, &snapshot)?,
    };
    println!("{person}: {plan}");
    assert_eq!(json!(lines(&plan)), *expected, "{person}");
    host.apply(person, &plan)
}

/// Plans for everybody who is touched by a mass removal as one batch: over the limit nothing goes, until an operator lets
/// exactly this batch through.
fn together(host: &mut Host, engine: &Engine, directory: &Directory, effect: &Effect, expected: &Value) -> Outcome {
    let mut people = Vec::new();
    for person in &effect.people {
        people.push(Person::new(person.clone(), directory.claims(person, DIALECT)?, host.snapshot(person)));
    }
    let holders = host.snapshot("").holders;
    let held_back = engine.batch(&people, holders.clone(), None)?;
    assert!(held_back.mass_removal);
    for planned in &held_back.plans {
        let plan = planned.plan.as_ref().map_err(|error| error.message.clone())?;
        println!("{}: {plan}", planned.id);
        assert_eq!(json!(lines(plan)), expected[&planned.id], "{}", planned.id);
    }
    println!("-- an operator lets this batch through");
    let permitted = engine.batch(&people, holders, Some(&held_back.digest))?;
    assert!(!permitted.mass_removal);
    for planned in &permitted.plans {
        let plan = planned.plan.as_ref().map_err(|error| error.message.clone())?;
        println!("{}: {plan}", planned.id);
        assert_eq!(plan.remove.iter().map(|gone| &gone.target).collect::<Vec<_>>(), [&Target::group("Pentesters")]);
        host.apply(&planned.id, plan)?;
    }
    Ok(())
}

/// The same people log in. Each source manages its own memberships and leaves the other's alone.
fn log_in(host: &Host) -> Outcome {
    let engine = host.engine("login.toml")?;
    let local = Membership::managed(Target::role("owner"), "bright-scim");

    println!("## A login by OIDC, whose verified address is that of an account that is not linked yet");
    let identity = engine.normalize(&host.claims("oidc-login.json")?)?;
    let candidate = Account::absent().with_candidate("user@example.com");
    let plan = engine.plan(&identity, &Snapshot::new(candidate).with_memberships([local.clone()]))?;
    println!("{plan}\n");
    let expected = [
        "ready: access granted, account linked; 1 group seen (complete)",
        "+ group:Reporters  because rule `reporters` matched `Bright Reporters`",
    ];
    assert_eq!(lines(&plan), expected);

    println!("## The same by SAML, which has no word for a verified address: a person has to link it");
    let identity = engine.normalize(&host.claims("saml-login.json")?)?;
    let candidate = Account::absent().with_candidate("user2@example.com");
    let plan = engine.plan(&identity, &Snapshot::new(candidate).with_memberships([local.clone()]))?;
    println!("{plan}\n");
    assert_eq!(
        lines(&plan),
        ["refused: access refused, account unchanged; 1 group seen (complete)", "note link-needed"]
    );

    println!("## A login of somebody whom SCIM has switched off: a login switches nobody on");
    let held = Snapshot::new(Account::inactive()).with_memberships([local]);
    let plan = engine.plan(&identity, &held)?;
    println!("{plan}");
    let expected =
        ["refused: access refused, account unchanged; 1 group seen (complete)", "note reactivation-disabled"];
    assert_eq!(lines(&plan), expected);
    Ok(())
}
