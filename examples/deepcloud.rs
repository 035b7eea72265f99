//! DeepCloud's mapping: Entra object ids or Okta names to an organization and a role or group in it, reviewed before it
//! goes live.
//!
//! ```text
//! cargo run --example deepcloud
//! ```
//!
//! Default groups and a mapping exclude each other; the first activation warns about admins and owners and about what no
//! mapping covers; from then on the mapping alone decides, and a token of too many groups takes nothing away. The files
//! are in `examples/data/deepcloud/`.

#![expect(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "an example prints, and counts")]

use std::collections::BTreeSet;

use groupmap::{Engine, Holders, Host as Facts, NoteCode, Person, Review, Status, Target};

mod host;

use host::{Host, Outcome, checked_plan};

fn main() -> Outcome {
    let mut deepcloud = Host::open("deepcloud")?;
    default_groups(&deepcloud)?;
    reviewed(&deepcloud)?;
    logins(&mut deepcloud)?;
    hundred_of_okta(&mut deepcloud)
}

fn role(name: &str) -> Target {
    Target::role(name).in_organization("acme")
}

/// While the host hands out groups by itself, the mapping is not active, and nothing changes.
fn default_groups(deepcloud: &Host) -> Outcome {
    let facts = Facts::default().with_default_targets([Target::group("Sales").in_organization("acme")]);
    let engine = deepcloud.engine("entra.toml")?.with_host(facts);
    let identity = engine.normalize(&deepcloud.claims("first-login.json")?)?;
    let plan = checked_plan(&engine, &identity, &groupmap::Snapshot::new(groupmap::Account::active()))?;
    println!("# With default groups beside it\n{plan}\n");
    assert_eq!(plan.status, Status::Inactive);
    assert!(plan.notes.iter().any(|note| note.code == NoteCode::DefaultTargetsConflict));
    assert!(plan.is_empty());
    Ok(())
}

/// The findings of a review, each with its target.
fn review(engine: &Engine, people: &[Person]) -> Outcome<(Review, BTreeSet<(String, String)>)> {
    let holders = [Holders::new(role("owner"), 1)];
    let mut reviewer = engine.review(holders)?.acting("owner");
    for person in people {
        reviewer.add(person);
    }
    let review = reviewer.finish();
    for finding in &review.findings {
        let target = finding.target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
        println!("{} {}{target}: {}", finding.severity, finding.code.as_str(), finding.people.join(", "));
    }
    let told = review.findings.iter().map(|finding| {
        let target = finding.target.as_ref().map(ToString::to_string).unwrap_or_default();
        (finding.code.as_str().to_owned(), target)
    });
    let told = told.collect();
    Ok((review, told))
}

/// Before the first activation: admins and owners first, then every group and role that nothing covers.
fn reviewed(deepcloud: &Host) -> Outcome {
    let people = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/deepcloud/directory.json");
    let people: Vec<Person> = serde_json::from_str(&std::fs::read_to_string(people)?)?;

    println!("# The review of a mapping that forgot the owners");
    let (review_of_draft, told) = review(&deepcloud.engine("entra-without-owners.toml")?, &people)?;
    println!("blocked: {}\n", review_of_draft.blocked);
    assert!(review_of_draft.blocked);
    for (code, target) in [
        ("no-path-to-admin", "acme/role:owner"),
        ("uncovered-target", "acme/role:owner"),
        ("uncovered-target", "acme/group:Sales"),
    ] {
        assert!(told.contains(&(code.to_owned(), target.to_owned())), "{code} {target}");
    }

    println!("# The same with a rule for them");
    let (review, told) = review(&deepcloud.engine("entra.toml")?, &people)?;
    println!("blocked: {}\n", review.blocked);
    assert!(!review.blocked);
    assert!(told.contains(&("uncovered-target".to_owned(), "acme/group:Sales".to_owned())));
    assert!(!told.iter().any(|(code, _)| code == "no-path-to-admin"));
    // Who is in no mapped group would be refused, and what was given by hand and no mapping covers would go.
    assert_eq!(review.preview.lose_access, ["guest"]);
    let sales = Target::group("Sales").in_organization("acme");
    assert!(review.preview.remove.iter().any(|gone| gone.target == sales && gone.count == 1));
    Ok(())
}

fn logins(deepcloud: &mut Host) -> Outcome {
    let entra = deepcloud.engine("entra.toml")?;
    deepcloud.login(
        "Entra: object ids give organization, role and group",
        &entra,
        "first-login.json",
        &[
            "ready: access granted, account provisioned; 2 groups seen (complete)",
            "+ acme  because rule `design` matched `DC Design` (33333333-3333-4333-8333-333333333333) and rule `users` \
             matched `DC Users` (22222222-2222-4222-8222-222222222222)",
            "+ acme/role:user  because rule `users` matched `DC Users` (22222222-2222-4222-8222-222222222222)",
            "+ acme/group:Design  because rule `design` matched `DC Design` (33333333-3333-4333-8333-333333333333)",
        ],
    )?;
    for (title, claims, completeness) in [
        ("Too many groups for the token: a marker instead of a list, and nothing goes", "overage.json", "overage"),
        ("151 groups, more than the limit: nothing goes either", "entra-151.json", "over-limit"),
    ] {
        let identity = entra.normalize(&deepcloud.claims(claims)?)?;
        assert_eq!(identity.evidence().completeness().to_string(), completeness);
        let plan = checked_plan(&entra, &identity, &deepcloud.snapshot("new"))?;
        println!("# {title}\n{plan}\n");
        assert!(plan.is_empty() && plan.access == groupmap::Access::Granted, "{plan}");
        assert_eq!(plan.keep.len(), 3);
    }
    deepcloud.login(
        "The host has fetched them: now they decide",
        &entra,
        "overage-fetched.json",
        &[
            "ready: access granted, account unchanged; 1 group seen (complete)",
            "~ acme/role:admin in place of acme/role:user  because rule `admins` matched \
             `DC Admins` (11111111-1111-4111-8111-111111111111)",
            "- acme/group:Design  because no rule grants it",
            "= acme  because rule `admins` matched `DC Admins` (11111111-1111-4111-8111-111111111111)",
        ],
    )?;
    Ok(())
}

/// A list of exactly 100 may have been cut: nothing goes for what is not in it.
fn hundred_of_okta(deepcloud: &mut Host) -> Outcome {
    let okta = deepcloud.engine("okta.toml")?;
    let identity = okta.normalize(&deepcloud.claims("okta-hundred.json")?)?;
    let plan = checked_plan(&okta, &identity, &deepcloud.snapshot("okta-1"))?;
    println!("# Okta: exactly a hundred groups\n{plan}");
    assert_eq!(identity.evidence().completeness(), groupmap::Completeness::Suspect);
    assert!(plan.is_empty() && plan.access == groupmap::Access::Granted);
    Ok(())
}
