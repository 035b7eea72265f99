//! Five logins at a small host: what each one changes, and why.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! Two configs (TOML) and the tokens (JSON) are in `examples/data/quickstart/`.

#![expect(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "an example prints, and counts")]

mod host;

use crate::host::{Host, Outcome};

fn main() -> Outcome {
    let mut host = Host::open("quickstart")?;
    let okta = host.engine("okta.toml")?;
    let entra = host.engine("entra.toml")?;

    host.login(
        "First login by Okta: an account, a group, a flag and a role",
        &okta,
        "okta-first-login.json",
        &[
            "ready: access granted, account provisioned; 2 groups seen (complete)",
            "+ group:Circuit Manager  because rule `circuit-managers` matched `NetBox-Circuit-Mgrs`",
            "+ flag:staff  because rule `circuit-managers` matched `NetBox-Circuit-Mgrs`",
            "+ acme  because rule `everybody-views` matched `NetBox-Circuit-Mgrs`",
            "+ acme/role:viewer  because rule `everybody-views` matched `NetBox-Circuit-Mgrs`",
        ],
    )?;
    host.login(
        "The next login, after the person has moved to another group",
        &okta,
        "okta-after-move.json",
        &[
            "ready: access granted, account unchanged; 2 groups seen (complete)",
            "~ acme/role:admin in place of acme/role:viewer  because rule `admins` matched `NetBox-Admins`",
            "- group:Circuit Manager  because no rule grants it",
            "= flag:staff  because rule `admins` matched `NetBox-Admins`",
            "= acme  because rule `admins` matched `NetBox-Admins` and rule `everybody-views` matched `NetBox-Admins`",
        ],
    )?;
    host.login(
        "First login by Entra: object ids, shown with their labels",
        &entra,
        "entra-first-login.json",
        &[
            "ready: access granted, account provisioned; 3 groups seen (complete)",
            "+ team:network  because rule `network` matched `Network Operations` (3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5)",
            "+ team:portal-admins  because rule `portal-admins` matched `Portal Admins` \
             (C04D9E82-6F17-4B3A-A5D1-0E97B26C48F3)",
        ],
    )?;
    host.login(
        "The same person in more groups than Entra puts into a token: nothing is taken away",
        &entra,
        "entra-overage.json",
        &[
            "withheld: access granted, account unchanged; 0 groups seen (overage); nothing to change",
            "= team:network  kept, since it is not known whether it should go",
            "= team:portal-admins  kept, since it is not known whether it should go",
            "! remove of team:network withheld: undecided",
            "! remove of team:portal-admins withheld: undecided",
            "note groups-overage",
            "note undecided",
        ],
    )?;
    host.login(
        "The last owner, out of every group that matters",
        &okta,
        "okta-owner-left.json",
        &[
            "withheld: access granted, account unchanged; 1 group seen (complete)",
            "- flag:staff  because no rule grants it",
            "! remove of acme withheld: in-use",
            "! refuse of acme/role:owner withheld: last-holder",
            "! remove of acme/role:owner withheld: last-holder",
            "note unmatched",
        ],
    )?;
    Ok(())
}
