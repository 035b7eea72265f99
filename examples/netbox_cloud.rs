//! NetBox Cloud's group mapping for Okta: an Okta group, by its name, gives NetBox groups and the flags Staff and
//! Superuser.
//!
//! ```text
//! cargo run --example netbox_cloud
//! ```
//!
//! The mapping (TOML), the people whom NetBox knows and the tokens (JSON) are in `examples/data/netbox-cloud/`.

#![expect(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "an example prints, and counts")]

mod host;

use groupmap::{CasePolicy, Condition, Config, Engine, ProblemCode, Rule, Target, TargetKind};

use crate::host::{Host, Outcome};

fn main() -> Outcome {
    let mut netbox = Host::open("netbox-cloud")?;
    let okta = netbox.engine("mapping.toml")?;
    let table = table(okta.config());
    println!("{table}\n");
    assert_eq!(
        table,
        "Okta group           NetBox group     Staff  Superuser\n\
         NetBox-Circuit-Mgrs  Circuit Manager  yes    no\n\
         NetBox-DCIM          DCIM Editor      yes    no\n\
         NetBox-Admins        DCIM Editor      yes    yes\n\
         NetBox-Users         Viewer           no     no"
    );

    people_come_and_move(&mut netbox, &okta)?;
    superusers_change(&mut netbox, &okta)?;
    names_are_exact(&mut netbox, &okta)?;
    lists_that_are_not_whole(&mut netbox, &okta)?;
    what_is_refused(&netbox, &okta)
}

fn people_come_and_move(netbox: &mut Host, okta: &Engine) -> Outcome {
    netbox.login(
        "A circuit manager logs in for the first time",
        okta,
        "circuit-manager.json",
        &[
            "ready: access granted, account provisioned; 3 groups seen (complete)",
            "+ group:Circuit Manager  because rule `circuit-managers` matched `NetBox-Circuit-Mgrs`",
            "+ group:Viewer  because rule `viewers` matched `NetBox-Users`",
            "+ flag:staff  because rule `circuit-managers` matched `NetBox-Circuit-Mgrs`",
        ],
    )?;
    netbox.login(
        "Another moved to the datacentre team: Staff comes from there now; Viewer was given by hand and is not touched",
        okta,
        "moved.json",
        &[
            "ready: access granted, account unchanged; 2 groups seen (complete)",
            "+ group:DCIM Editor  because rule `datacentre` matched `NetBox-DCIM`",
            "- group:Circuit Manager  because no rule grants it",
            "= flag:staff  because rule `datacentre` matched `NetBox-DCIM`",
        ],
    )?;
    netbox.login(
        "Someone in no mapped group has no account, and gets none",
        okta,
        "no-mapped-group.json",
        &["refused: access refused, account unchanged; 2 groups seen (complete)", "note unmatched"],
    )?;
    Ok(())
}

fn superusers_change(netbox: &mut Host, okta: &Engine) -> Outcome {
    netbox.login(
        "The only superuser left the admins: the flag stays until there is another",
        okta,
        "superuser-left.json",
        &[
            "withheld: access granted, account unchanged; 2 groups seen (complete); nothing to change",
            "= group:DCIM Editor  because rule `datacentre` matched `NetBox-DCIM`",
            "= flag:staff  because rule `datacentre` matched `NetBox-DCIM`",
            "! remove of flag:superuser withheld: last-holder",
        ],
    )?;
    netbox.login(
        "A new superuser",
        okta,
        "new-superuser.json",
        &[
            "ready: access granted, account provisioned; 3 groups seen (complete)",
            "+ group:DCIM Editor  because rule `superusers` matched `NetBox-Admins`",
            "+ group:Viewer  because rule `viewers` matched `NetBox-Users`",
            "+ flag:staff  because rule `superusers` matched `NetBox-Admins`",
            "+ flag:superuser  because rule `superusers` matched `NetBox-Admins`",
        ],
    )?;
    netbox.login(
        "The one before logs in again: now the flag goes, if there still are two when it does",
        okta,
        "superuser-left.json",
        &[
            "ready: access granted, account unchanged; 2 groups seen (complete)",
            "- flag:superuser  because no rule grants it",
            "= group:DCIM Editor  because rule `datacentre` matched `NetBox-DCIM`",
            "= flag:staff  because rule `datacentre` matched `NetBox-DCIM`",
            "requires at least 2 holders of flag:superuser",
        ],
    )?;
    netbox.login(
        "The last superuser, out of every mapped group, is not locked out",
        okta,
        "other-superuser-left.json",
        &[
            "withheld: access granted, account unchanged; 1 group seen (complete)",
            "- flag:staff  because no rule grants it",
            "- group:Viewer  because no rule grants it",
            "- group:DCIM Editor  because no rule grants it",
            "! refuse of flag:superuser withheld: last-holder",
            "! remove of flag:superuser withheld: last-holder",
            "note unmatched",
        ],
    )?;
    Ok(())
}

fn names_are_exact(netbox: &mut Host, okta: &Engine) -> Outcome {
    netbox.login(
        "Someone renamed the Okta group to lower case: a near miss is no match",
        okta,
        "renamed-by-case.json",
        &["refused: access refused, account unchanged; 2 groups seen (complete)", "note unmatched"],
    )?;
    let mut config = okta.config().clone();
    config.source.groups = config.source.groups.case(CasePolicy::Ascii);
    netbox.login(
        "The same login under `source.groups.case = \"ascii\"`",
        &Engine::compile(config)?,
        "renamed-by-case.json",
        &[
            "ready: access granted, account provisioned; 2 groups seen (complete)",
            "+ group:Circuit Manager  because rule `circuit-managers` matched `netbox-circuit-mgrs`",
            "+ flag:staff  because rule `circuit-managers` matched `netbox-circuit-mgrs`",
        ],
    )?;
    Ok(())
}

fn lists_that_are_not_whole(netbox: &mut Host, okta: &Engine) -> Outcome {
    netbox.login(
        "A token without a groups claim, as Okta sends for a person in no group and for an app without the claim",
        okta,
        "no-groups-claim.json",
        &[
            "withheld: access granted, account unchanged; 0 groups seen (absent); nothing to change",
            "= group:Circuit Manager  kept, since it is not known whether it should go",
            "= flag:staff  kept, since it is not known whether it should go",
            "! remove of group:Circuit Manager withheld: undecided",
            "! remove of flag:staff withheld: undecided",
            "note groups-absent",
            "note undecided",
        ],
    )?;
    netbox.login(
        "Exactly 100 groups, where Okta may have cut the list: it gives, and takes nothing",
        okta,
        "hundred-groups.json",
        &[
            "withheld: access granted, account unchanged; 100 groups seen (suspect)",
            "+ group:DCIM Editor  because rule `datacentre` matched `NetBox-DCIM`",
            "= group:Circuit Manager  kept, since it is not known whether it should go",
            "= flag:staff  because rule `datacentre` matched `NetBox-DCIM`",
            "! remove of group:Circuit Manager withheld: undecided",
            "note groups-suspect",
        ],
    )?;
    Ok(())
}

fn what_is_refused(netbox: &Host, okta: &Engine) -> Outcome {
    let error = okta.normalize(&netbox.claims("other-issuer.json")?).err().ok_or("another tenant's token is read")?;
    println!("# A token of another Okta tenant that claims the admins' group\n{}: {error}\n", error.code());
    assert_eq!(error.code(), "wrong-issuer");

    let everyone_is_root = Rule::grant("oops", Condition::glob("NetBox-*"), [Target::flag("superuser")]);
    let config = okta.config().clone().with_rules([everyone_is_root]);
    let problems = Engine::compile(config).err().ok_or("a pattern gives Superuser")?;
    println!("# A row that gives Superuser to every NetBox group\n{problems}");
    let codes: Vec<ProblemCode> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [ProblemCode::PrivilegedPattern]);
    Ok(())
}

/// The mapping as NetBox Cloud shows it: a row for each Okta group.
fn table(config: &Config) -> String {
    let mut rows = vec![["Okta group", "NetBox group", "Staff", "Superuser"].map(str::to_owned)];
    for rule in &config.rules {
        let Condition::Name(name) = &rule.when else { continue };
        let granted = rule.effect.targets();
        let groups: Vec<&str> =
            granted.iter().filter(|target| *target.kind() == TargetKind::Group).map(Target::name).collect();
        let flag = |name| if granted.contains(&Target::flag(name)) { "yes" } else { "no" };
        rows.push([name.clone(), groups.join(", "), flag("staff").to_owned(), flag("superuser").to_owned()]);
    }
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let [names, groups, staff, _] = widths;
    let lines = rows.iter().map(|[a, b, c, d]| format!("{a:names$}  {b:groups$}  {c:staff$}  {d}"));
    lines.collect::<Vec<_>>().join("\n")
}
