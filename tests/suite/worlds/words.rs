//! The words of a world: how groups are spelled, and which patterns meet them.

use super::Tape;

/// The vocabulary for one way to identify groups.
#[derive(Debug, Clone)]
pub struct Words {
    pub identified_by: &'static str,
    pub provider: &'static str,
    /// Spellings that tokens carry, and rules look for.
    pub groups: Vec<&'static str>,
    pub regexes: &'static [&'static str],
    pub globs: &'static [&'static str],
    /// Regexes that capture `team`, or `org` and `team`.
    pub captures_team: &'static [&'static str],
    pub captures_both: &'static [&'static str],
}

pub const GUIDS: [&str; 6] = [
    "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5",
    "3E5B7C1F-20AA-4D6E-9B34-81F0C9D2E6B5",
    "1b0e44c9-1d52-4c1b-9f6a-30c2b7d81e55",
    "efa39f24-e8db-4526-b65d-cc029d874c3c",
    "EFA39F24-e8db-4526-b65d-cc029d874c3c",
    "00000000-0000-4000-8000-000000000001",
];
const IDS: [&str; 5] = ["00g1", "00G1", "g-2", "g-3", "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5"];
const NAMES: [&str; 15] = [
    "ops",
    "eng",
    "eng-admins",
    "team-red",
    "team-blue",
    "acme-red",
    "beta-red",
    "acme-blue",
    "Ops",
    "TEAM-RED",
    "équipe",
    "ÉQUIPE",
    "\u{212A}ube",
    "kube",
    "all staff",
];
const PATHS: [&str; 9] = [
    "/org/ops",
    "org/ops",
    "/org/eng",
    "/org/eng/admins",
    "/team/red",
    "team/blue",
    "/acme/red",
    "/ORG/ops",
    "/ext/u1",
];
const DNS: [&str; 10] = [
    "CN=ops,OU=groups,DC=x",
    "cn=ops, ou=groups , dc=x",
    "CN=eng,OU=groups,DC=x",
    "CN=OPS,OU=groups,DC=x",
    "CN=a\\,b,OU=groups,DC=x",
    "CN=a\\2Cb,OU=groups,DC=x",
    "CN=team-red,OU=teams,DC=x",
    "CN=team-blue,OU=teams,DC=x",
    "CN=m+UID=1,OU=teams,DC=x",
    "uid=1 + cn=m,OU=teams,DC=x",
];
const EMAILS: [&str; 6] = [
    "ops@x.example",
    "OPS@x.example",
    "eng@x.example",
    "team-red@x.example",
    "team-blue@x.example",
    "acme-red@x.example",
];

impl Words {
    pub fn choose(tape: &mut Tape) -> Words {
        let name_providers = ["custom", "custom", "okta", "cognito", "google", "adfs"];
        let mut words = match tape.below(12) {
            0..=4 => Words {
                identified_by: "name",
                provider: tape.pick(&name_providers),
                groups: NAMES.to_vec(),
                regexes: &["ops|eng", "team-.*", ".*-admins", "(?i)OPS", "e.g", "[a-z]+", "é.*", ".*"],
                globs: &["team-*", "*", "e?g", "OPS", "*-red", "?ube"],
                captures_team: &["team-(?P<team>[a-z]+)", "(?:team|acme)-(?P<team>.+)"],
                captures_both: &["(?P<org>acme|beta)-(?P<team>[a-z]+)", "(?P<org>[a-z]+)-(?<team>.*)"],
            },
            5 | 6 => Words {
                identified_by: "path",
                provider: tape.pick(&["keycloak", "custom"]),
                groups: PATHS.to_vec(),
                regexes: &["/?org/.*", ".*/red", "(?i).*/OPS", "[a-z/]+"],
                globs: &["*/ops", "/org/*", "team/????", "*"],
                captures_team: &["/?team/(?P<team>[a-z]+)"],
                captures_both: &["/?(?P<org>[a-z]+)/(?P<team>[a-z]+)"],
            },
            7 => Words {
                identified_by: "dn",
                provider: "custom",
                groups: DNS.to_vec(),
                regexes: &["CN=.*,DC=x", "(?i)cn=ops.*", ".*OU=teams.*"],
                globs: &["CN=*", "*OU=groups*", "cn=ops,*"],
                captures_team: &["CN=team-(?P<team>[a-z]+),.*"],
                captures_both: &["CN=(?P<team>[a-z]+),OU=(?P<org>[a-z]+),.*"],
            },
            8 => Words {
                identified_by: "email",
                provider: tape.pick(&["google", "custom"]),
                groups: EMAILS.to_vec(),
                regexes: &[".*@x\\.example", "(?:ops|eng)@.*"],
                globs: &["*@x.example", "OPS@*", "???@x.example"],
                captures_team: &["team-(?P<team>[a-z]+)@.*"],
                captures_both: &["(?P<org>[a-z]+)-(?P<team>[a-z]+)@.*"],
            },
            9 => Words {
                identified_by: "auto",
                provider: "custom",
                groups: [&GUIDS[..], &NAMES[..8]].concat(),
                regexes: &["ops|eng", "team-.*", "[a-z]+", "[0-9a-f-]+"],
                globs: &["team-*", "*", "3e5b*"],
                captures_team: &["team-(?P<team>[a-z]+)"],
                captures_both: &["(?P<org>acme|beta)-(?P<team>[a-z]+)"],
            },
            10 => Words { identified_by: "id", provider: "entra", groups: GUIDS.to_vec(), ..Words::of_ids() },
            _ => Words { identified_by: "id", provider: "custom", groups: IDS.to_vec(), ..Words::of_ids() },
        };
        // Few of them, so that they meet.
        let all = std::mem::take(&mut words.groups);
        words.groups.push(tape.pick(&all));
        words.groups.extend(tape.some(&all, 45));
        words
    }

    fn of_ids() -> Words {
        Words {
            identified_by: "id",
            provider: "custom",
            groups: Vec::new(),
            regexes: &[],
            globs: &[],
            captures_team: &[],
            captures_both: &[],
        }
    }
}
