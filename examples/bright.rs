//! Bright, of `NeuraLegion`, as groupmap does it: Okta pushes users and groups by SCIM, and people log in by OIDC or SAML.
//!
//! ```text
//! cargo run --example bright
//! ```
//!
//! `examples/data/bright/requests.json` is a recorded sequence of requests in the shapes that Okta sends, from the first
//! push to deactivation and back, with what each must lead to. The directory is a plain value; each request changes it
//! and says for whom to plan anew, as one batch: too many removals wait for an operator.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "an example prints, counts, and stops where a file is not as it should be"
)]

use std::error::Error;

use groupmap::scim::{Body, Dialect, Directory, Effect, Event, ResourceKind};
use groupmap::{Account, Batch, Engine, Membership, Snapshot, Target};
use serde_json::{Value, json};

#[path = "host/mod.rs"]
#[expect(dead_code, reason = "its logins begin with a token; here requests come first")]
mod host;

use host::{Host, Outcome, checked_plan, lines};

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
        follow(&mut host, &engine, &directory, &effect, record)?;
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

/// Plans for everybody whom a request concerns as one batch. Over the limit nothing goes, until an operator lets exactly
/// this batch through.
fn follow(host: &mut Host, engine: &Engine, directory: &Directory, effect: &Effect, record: &Value) -> Outcome {
    let planned = batch(host, engine, directory, effect, None)?;
    carry_out(host, &planned, &record["expect"])?;
    assert_eq!(planned.mass_removal, record.get("then").is_some(), "{record}");
    if planned.mass_removal {
        println!("-- an operator looks at what is held back, and lets this batch through");
        let waiting = batch(host, engine, directory, effect, None)?;
        let permitted = batch(host, engine, directory, effect, Some(&waiting.digest))?;
        carry_out(host, &permitted, &record["then"])?;
    }
    Ok(())
}

fn batch(
    host: &Host,
    engine: &Engine,
    directory: &Directory,
    effect: &Effect,
    permitted: Option<&str>,
) -> Outcome<Batch> {
    let people = effect.people.iter().map(|person| directory.person(person, host.snapshot(person), DIALECT));
    Ok(engine.batch(&people.collect::<Result<Vec<_>, _>>()?, host.snapshot("").holders, permitted)?)
}

fn carry_out(host: &mut Host, batch: &Batch, expected: &Value) -> Outcome {
    for planned in &batch.plans {
        let plan = planned.plan.as_ref().map_err(|error| error.message.clone())?;
        println!("{}: {plan}", planned.id);
        assert_eq!(json!(lines(plan)), expected[&planned.id], "{}", planned.id);
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
    let plan = checked_plan(&engine, &identity, &Snapshot::new(candidate).with_memberships([local.clone()]))?;
    println!("{plan}\n");
    let expected = [
        "ready: access granted, account linked; 1 group seen (complete)",
        "+ group:Reporters  because rule `reporters` matched `Bright Reporters`",
    ];
    assert_eq!(lines(&plan), expected);

    println!("## The same by SAML, which has no word for a verified address: a person has to link it");
    let identity = engine.normalize(&host.claims("saml-login.json")?)?;
    let candidate = Account::absent().with_candidate("user2@example.com");
    let plan = checked_plan(&engine, &identity, &Snapshot::new(candidate).with_memberships([local.clone()]))?;
    println!("{plan}\n");
    assert_eq!(
        lines(&plan),
        ["refused: access refused, account unchanged; 1 group seen (complete)", "note link-needed"]
    );

    println!("## A login of somebody whom SCIM has switched off: a login switches nobody on");
    let held = Snapshot::new(Account::inactive()).with_memberships([local]);
    let plan = checked_plan(&engine, &identity, &held)?;
    println!("{plan}");
    let expected =
        ["refused: access refused, account unchanged; 1 group seen (complete)", "note reactivation-disabled"];
    assert_eq!(lines(&plan), expected);
    Ok(())
}
