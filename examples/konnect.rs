//! Kong Konnect's two mapping pages: roles to Okta groups, and teams to groups of any provider.
//!
//! ```text
//! cargo run --example konnect
//! ```
//!
//! On both the first login makes the account, people who are no admins are mapped again at each login, whatever they
//! were given by hand, and who is in no mapped group any more is switched off. The files are in
//! `examples/data/konnect/`.

#![expect(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "an example prints, and counts")]

mod host;

use groupmap::{Absent, Condition, Engine, Identity, ProblemCode, Rule, Target};

use crate::host::{Host, Outcome};

fn main() -> Outcome {
    roles_by_okta()?;
    admins_are_not_mapped()?;
    teams_by_entra()?;
    teams_by_keycloak()
}

fn roles_by_okta() -> Outcome {
    let mut konnect = Host::open("konnect/roles")?;
    let okta = konnect.engine("mapping.toml")?;
    konnect.login(
        "Okta: the first login of a person in a mapped group",
        &okta,
        "first-login.json",
        &[
            "ready: access granted, account provisioned; 2 groups seen (complete)",
            "+ role:service-admin  because rule `service-admins` matched `konnect-service-admins`",
        ],
    )?;
    konnect.login(
        "Moving to another group moves the role",
        &okta,
        "moved.json",
        &[
            "ready: access granted, account unchanged; 2 groups seen (complete)",
            "+ role:service-developer  because rule `service-developers` matched `konnect-developers`",
            "- role:service-admin  because no rule grants it",
        ],
    )?;
    konnect.login(
        "Out of the last mapped group: the account is switched off",
        &okta,
        "last-group-left.json",
        &[
            "ready: access refused, account deactivated; 1 group seen (complete)",
            "- role:service-developer  because no rule grants it",
            "note unmatched",
        ],
    )?;
    konnect.login(
        "Back again, in two groups: two roles",
        &okta,
        "back-again.json",
        &[
            "ready: access granted, account reactivated; 3 groups seen (complete)",
            "+ role:service-admin  because rule `service-admins` matched `konnect-service-admins`",
            "+ role:service-developer  because rule `service-developers` matched `konnect-developers`",
        ],
    )?;
    konnect.login(
        "Someone who was here before the mapping gets what their groups say, in place of what was given by hand",
        &okta,
        "remapped.json",
        &[
            "ready: access granted, account unchanged; 2 groups seen (complete)",
            "+ role:service-admin  because rule `service-admins` matched `konnect-service-admins`",
            "- role:service-developer  because no rule grants it",
        ],
    )?;
    konnect.login(
        "An organization admin from before the mapping is left alone, whatever the groups say",
        &okta,
        "organization-admin.json",
        &["exempt: access granted, account unchanged; 2 groups seen (complete)", "note exempt"],
    )?;
    let identity = konnect.login(
        "Okta by SAML: the names come as `firstName` and `lastName`",
        &okta,
        "saml-first-login.json",
        &[
            "ready: access granted, account provisioned; 2 groups seen (complete)",
            "+ role:service-developer  because rule `service-developers` matched `konnect-developers`",
        ],
    )?;
    assert_eq!(profile(&identity), [Some("First"), Some("Last"), Some("u4@tailspin.example")]);
    Ok(())
}

/// Admins are exempt because no mapping makes them; so none may.
fn admins_are_not_mapped() -> Outcome {
    let admin = Target::role("organization-admin");
    let okta = Host::open("konnect/roles")?.engine("mapping.toml")?;
    let config = okta.config().clone().with_rules([Rule::grant("admins", Condition::name("konnect-admins"), [admin])]);
    let problems = Engine::compile(config).err().ok_or("a group makes admins")?;
    println!("# A group in the field of the role that exempts\n{problems}\n");
    let codes: Vec<ProblemCode> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [ProblemCode::ExemptGranted]);
    Ok(())
}

fn teams_by_entra() -> Outcome {
    let mut konnect = Host::open("konnect/teams")?;
    let entra = konnect.engine("mapping.toml")?;
    let identity = konnect.login(
        "Entra by SAML: object ids, one group for two teams; the names come as `firstname` and `lastname`",
        &entra,
        "first-login.json",
        &[
            "ready: access granted, account provisioned; 2 groups seen (complete)",
            "+ team:control-plane-admin  because rule `platform` matched `Platform Engineering` \
             (3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5)",
            "+ team:service-developer  because rule `platform` matched `Platform Engineering` \
             (3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5)",
        ],
    )?;
    assert_eq!(profile(&identity), [Some("First"), Some("Last"), Some("u5@fabrikam.example")]);
    konnect.login(
        "Moved: one team goes, one comes, and the one that two groups give stays",
        &entra,
        "moved.json",
        &[
            "ready: access granted, account unchanged; 2 groups seen (complete)",
            "+ team:portal-viewer  because rule `partners` matched `Partners` (9a8812d0-47ce-4c59-8f02-5bd36e1a7f44)",
            "- team:control-plane-admin  because no rule grants it",
            "= team:service-developer  because rule `backend` matched `Backend` (C04D9E82-6F17-4B3A-A5D1-0E97B26C48F3)",
        ],
    )?;
    konnect.login(
        "More groups than Entra puts into an assertion: nobody is switched off for that",
        &entra,
        "overage.json",
        &[
            "withheld: access granted, account unchanged; 0 groups seen (overage); nothing to change",
            "= team:portal-viewer  kept, since it is not known whether it should go",
            "= team:service-developer  kept, since it is not known whether it should go",
            "! remove of team:portal-viewer withheld: undecided",
            "! remove of team:service-developer withheld: undecided",
            "note groups-overage",
            "note undecided",
        ],
    )?;
    konnect.login(
        "The same login with the groups that the host then asked Microsoft Graph for",
        &entra,
        "overage-fetched.json",
        &[
            "ready: access granted, account unchanged; 2 groups seen (complete)",
            "- team:service-developer  because no rule grants it",
            "= team:portal-viewer  because rule `partners` matched `Partners` (9a8812d0-47ce-4c59-8f02-5bd36e1a7f44)",
        ],
    )?;
    konnect.login(
        "In no mapped group any more, for certain",
        &entra,
        "last-group-left.json",
        &[
            "ready: access refused, account deactivated; 1 group seen (complete)",
            "- team:portal-viewer  because no rule grants it",
            "note unmatched",
        ],
    )?;
    Ok(())
}

fn teams_by_keycloak() -> Outcome {
    let mut konnect = Host::open("konnect/keycloak")?;
    let keycloak = konnect.engine("mapping.toml")?;
    let identity = konnect.login(
        "Keycloak: groups are paths, and what is given to a path is given below it",
        &keycloak,
        "first-login.json",
        &[
            "ready: access granted, account provisioned; 2 groups seen (complete)",
            "+ team:control-plane-admin  because rule `gateway-leads` matched `/gateway/leads`",
            "+ team:service-developer  because rule `gateway` matched `/gateway/leads`",
        ],
    )?;
    assert_eq!(profile(&identity), [Some("First"), Some("Last"), Some("u6@wingtip.example")]);
    konnect.login(
        "Moved within the same branch",
        &keycloak,
        "moved.json",
        &[
            "ready: access granted, account unchanged; 2 groups seen (complete)",
            "- team:control-plane-admin  because no rule grants it",
            "= team:service-developer  because rule `gateway` matched `/gateway/apis/payments`",
        ],
    )?;
    konnect.login(
        "No groups claim: Keycloak leaves it out for a person in no group, and for a client without the mapper",
        &keycloak,
        "no-group.json",
        &[
            "withheld: access granted, account unchanged; 0 groups seen (absent); nothing to change",
            "= team:service-developer  kept, since it is not known whether it should go",
            "! remove of team:service-developer withheld: undecided",
            "note groups-absent",
            "note undecided",
        ],
    )?;
    let mut config = keycloak.config().clone();
    config.source.groups = config.source.groups.absent(Absent::Empty);
    konnect.login(
        "The same where the admin has said that no claim is no group: `source.groups.absent = \"empty\"`",
        &Engine::compile(config)?,
        "no-group.json",
        &[
            "ready: access refused, account deactivated; 0 groups seen (complete)",
            "- team:service-developer  because no rule grants it",
            "note unmatched",
        ],
    )?;
    Ok(())
}

/// Given name, family name and address, as Konnect keeps them.
fn profile(identity: &Identity) -> [Option<&str>; 3] {
    [identity.given_name(), identity.family_name(), identity.email()]
}
