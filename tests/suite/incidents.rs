//! Public failures of products that do this job, each with the cases or tests that would fail if this crate did the same.
//! The stories are in the cases themselves, `tests/cases/incidents.json`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::comparison::answer;

/// What stands for an incident.
enum Held {
    /// Cases of `incidents.json`.
    By(&'static [&'static str]),
    /// A test of this suite.
    Test(&'static str),
}
use Held::{By, Test};

/// Every incident, by product and number or by what was published.
const INCIDENTS: &[(&str, Held)] = &[
    // Identity, issuers, types.
    ("nOAuth", By(&["entra-noauth-foreign-issuer", "entra-noauth-no-issuer"])),
    ("CVE-2023-3128", By(&["grafana-cve-2023-3128-unverified-address"])),
    ("CVE-2025-22146", By(&["sentry-cve-2025-22146-other-source"])),
    ("CVE-2026-56223", By(&["capgo-cve-2026-56223-no-merge"])),
    ("CVE-2025-41115", By(&["grafana-cve-2025-41115-number-is-no-id"])),
    ("GHSA-qq38-mxpq-rrpj", By(&["jenkins-group-named-like-user", "jenkins-user-named-like-group"])),
    ("CVE-2024-29892", By(&["zitadel-cve-2024-29892-other-subject"])),
    ("CVE-2021-43998", By(&["vault-cve-2021-43998-no-first-wins"])),
    ("okta-delauth-2024", By(&["okta-delauth-joined-keys"])),
    ("CVE-2022-31690", By(&["spring-security-cve-2022-31690-empty-list"])),
    ("CVE-2026-23990", By(&["flux-cve-2026-23990-empty-subject"])),
    ("CVE-2025-5689", By(&["authd-cve-2025-5689-no-default-target"])),
    ("GHSA-c7xh-gjv4-4jgv", By(&["kcp-global-groups-by-template"])),
    // Case, spaces, Unicode.
    ("CVE-2024-9180", By(&["vault-cve-2024-9180-spellings-of-root"])),
    ("CVE-2025-6013", By(&["vault-cve-2025-6013-outer-blanks"])),
    ("CVE-2025-6004", By(&["vault-cve-2025-6004-case-dodges-deny"])),
    ("vault-1.19", By(&["vault-1-19-case-duplicates"])),
    ("CVE-2026-47203", Test("one_module_alone_folds_text")),
    ("CVE-2019-19844", By(&["django-cve-2019-19844-dotless-i"])),
    ("spotify-2013", By(&["spotify-2013-compatibility-letters"])),
    ("vault-plugin-auth-jwt#377", By(&["vault-jwt-377-unicode-forms"])),
    ("group-sync-operator#298", By(&["group-sync-operator-298-one-group", "group-sync-operator-298-two-groups"])),
    ("user_oidc-provisioning", By(&["nextcloud-user-oidc-cut-names"])),
    ("RUSTSEC-2024-0421", By(&["rustsec-2024-0421-unequal-stay-unequal", "rustsec-2024-0421-kelvin-sign"])),
    // Patterns, templates, fall-through.
    ("artifact-keeper#756", By(&["artifact-keeper-756-substring"])),
    ("open-mercato#3904", By(&["open-mercato-3904-no-fall-through"])),
    ("CVE-2026-47839", By(&["uaa-cve-2026-47839-wildcard"])),
    ("yuzu#1832", By(&["yuzu-1832-local-group-of-that-name"])),
    ("grafana#22111", By(&["grafana-22111-string-is-no-substring-list"])),
    ("elytron-regex-role-mapper", By(&["elytron-regex-whole-value"])),
    ("elasticsearch#54871", By(&["elasticsearch-54871-template"])),
    ("CVE-2024-52289", By(&["authentik-cve-2024-52289-literal-dots"])),
    ("CVE-2022-22978", By(&["spring-security-cve-2022-22978-newline-dodges-deny"])),
    ("GHSA-758m-6g3q-g3hh", By(&["ranger-text-after-the-star"])),
    (
        "dex-connector-oidc",
        By(&["dex-broken-filter-fails-the-config", "dex-string-claim-meets-deny", "dex-joined-names"]),
    ),
    (
        "CVE-2026-103470",
        By(&["grouper-cve-2026-103470-rules-within-catalog", "grouper-cve-2026-103470-templates-within-catalog"]),
    ),
    ("teleport-anchors", By(&["teleport-anchors-and-alternatives"])),
    // Delimiters, paths, types.
    ("keycloak#52826", By(&["keycloak-52826-comma-in-path"])),
    ("coder#21878", By(&["coder-21878-dn-is-one-group"])),
    ("openshift#5964", By(&["openshift-5964-escaped-comma"])),
    ("opensearch-extract-roles", By(&["opensearch-extract-roles-comma"])),
    ("paralus#244", By(&["paralus-244-comma-asked-for"])),
    ("homarr#5716", By(&["homarr-5716-single-group-as-string"])),
    ("user_oidc#648", By(&["nextcloud-user-oidc-648-null"])),
    // Incomplete evidence.
    ("grafana#36215", By(&["grafana-36215-claim-names"])),
    ("aspnetcore#19076", By(&["aspnetcore-19076-hasgroups"])),
    ("OctopusDeploy#8388", By(&["octopus-8388-saml-groups-link"])),
    ("okta-auth-js#1031", By(&["okta-auth-js-1031-cut-at-the-limit"])),
    ("user_oidc-failed-fetch", By(&["nextcloud-user-oidc-failed-fetch"])),
    ("ssosync#159", By(&["ssosync-159-empty-page"])),
    ("discourse#39846", By(&["discourse-39846-absent-is-unknown"])),
    ("open-webui#7102", By(&["open-webui-7102-absent-is-empty"])),
    ("nautobot#9394", By(&["nautobot-9394-absent-is-refused"])),
    ("netbox-configure-groups", By(&["netbox-unknown-names-clear-all"])),
    ("SonarQube#848", By(&["sonarqube-848-empty-removes-null-does-not"])),
    // Removing what was not ours.
    ("sonar-auth-aad#36", By(&["sonar-auth-aad-36-manual-admin"])),
    ("Unleash#4929", By(&["unleash-4929-who-added-what"])),
    ("user_oidc-whitelist", By(&["nextcloud-user-oidc-whitelist"])),
    ("icingaweb2-module-oidc#24", By(&["icingaweb2-oidc-24-other-provider"])),
    ("ssosync#88", By(&["ssosync-88-outside-the-catalog"])),
    ("ssosync#189", By(&["ssosync-189-owner-not-in-listing"])),
    ("gitlab#386021", By(&["gitlab-386021-default-link-downgrades"])),
    ("infrahub#9579", By(&["infrahub-9579-default-group-again"])),
    ("gitea#37161", By(&["gitea-37161-two-groups-one-team"])),
    // Revocation that does not happen.
    ("CVE-2025-23208", By(&["zot-cve-2025-23208-replace-not-append"])),
    ("CVE-2025-23208-in-turn", Test("cve_2025_23208_logins_in_turn_leave_the_state_of_the_last")),
    ("CVE-2020-10660", By(&["vault-cve-2020-10660-lost-groups"])),
    ("CVE-2020-10660-interleaved", Test("cve_2020_10660_two_sources_interleaved_each_lose_their_own")),
    ("metabase#26079", By(&["metabase-26079-rule-re-pointed"])),
    ("gitlab#465424", By(&["gitlab-465424-last-rule-gone", "gitlab-465424-one-of-two-rules-gone"])),
    ("GHSA-436g-2f92-cvhh", By(&["jenkins-role-strategy-dropped-target"])),
    ("portainer#5076", By(&["portainer-5076-converges"])),
    // Lockouts.
    ("gitlab#367953", By(&["gitlab-367953-last-owner"])),
    ("gitlab#356909", By(&["gitlab-356909-only-eligible-owners-count"])),
    ("DefGuard#3184", By(&["defguard-3184-admin-group-like-any-other"])),
    ("grafana#2940", By(&["grafana-2940-guard-is-no-error"])),
    ("metabase#13820", By(&["metabase-13820-fail-safe-without-count"])),
    ("atlassian-2022", By(&["atlassian-2022-kinds-of-ids"])),
    // Concurrency.
    ("zulip#36871", By(&["zulip-36871-stale-state"])),
    // Many people at once.
    ("owncloud#29547", Test("p45_removals_that_reach_the_threshold_are_all_withheld")),
    ("CVE-2024-58260", Test("cve_2024_58260_a_person_who_comes_twice_is_an_error_of_their_own")),
    ("SigNoz#12872", Test("p46_a_review_blocks_what_locks_out")),
    ("deepcloud-docs", Test("p46_a_review_blocks_what_locks_out")),
    ("zulip#36871-two-planners", Test("zulip_36871_two_planners_in_any_order_are_some_serial_order")),
];

/// Incidents about what stands elsewhere, or is not written yet, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("CVE-2022-1680", "SCIM: a PATCH of an address; a resource is no identity, and only `scim.rs` could tell"),
    ("SCIMReferenceCode#21", "SCIM: `active` as a text; in the cases of `scim.rs`"),
    ("azure-docs#30826", "SCIM: remove with values; in the cases of `scim.rs`"),
];

fn cases() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/incidents.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn every_incident_is_held_by_something_that_exists() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case["name"].as_str().unwrap()).collect();
    let named: BTreeSet<&str> = INCIDENTS
        .iter()
        .flat_map(|(_, held)| match held {
            By(cases) => cases.iter().copied(),
            Test(_) => [].iter().copied(),
        })
        .collect();
    assert_eq!(names, named, "cases and incidents name each other");
    let sources = crate::proof::sources();
    for (incident, held) in INCIDENTS {
        if let Test(test) = held {
            assert!(sources.contains(&format!("fn {test}()")), "{incident}: {test} is no test");
        }
    }
    let ids: BTreeSet<&str> = INCIDENTS.iter().map(|(id, _)| *id).chain(ELSEWHERE.iter().map(|(id, _)| *id)).collect();
    assert_eq!(ids.len(), INCIDENTS.len() + ELSEWHERE.len(), "no incident stands twice");
    assert!(ELSEWHERE.iter().all(|(_, why)| !why.is_empty()));
}

const TEAMS: [&str; 3] = ["a", "b", "c"];

fn login(source: &str, groups: &[&str], held: &Value, revision: usize) -> Value {
    let rules: Vec<Value> = TEAMS
        .iter()
        .map(
            |team| json!({ "id": team, "when": { "name": team }, "grant": [{ "organization": source, "team": team }] }),
        )
        .collect();
    let catalog: Vec<Value> = TEAMS.iter().map(|team| json!({ "organization": source, "team": team })).collect();
    json!({
        "config": { "version": 1, "unmatched": "admit", "source": { "id": source, "provider": "okta" }, "catalog": catalog, "rules": rules },
        "login": { "id_token": { "sub": "u1", "groups": groups } },
        "snapshot": { "revision": revision.to_string(), "account": { "status": "active" }, "memberships": held }
    })
}

/// Carries a plan out.
fn applied(held: &Value, plan: &Value) -> Value {
    let mut held = held.as_array().unwrap().clone();
    let gone: Vec<Value> = plan["remove"].as_array().unwrap().iter().map(|line| line["target"].clone()).collect();
    let plain = |membership: &Value| {
        let mut target = membership.clone();
        target.as_object_mut().unwrap().remove("managed_by");
        target
    };
    held.retain(|membership| !gone.contains(&plain(membership)));
    for line in plan["add"].as_array().unwrap() {
        let mut membership = line["target"].clone();
        membership["managed_by"] = line["managed_by"].clone();
        held.push(membership);
    }
    held.sort_by_key(Value::to_string);
    json!(held)
}

fn subsets() -> Vec<Vec<&'static str>> {
    (0..8).map(|mask| (0..3).filter(|at| mask >> at & 1 == 1).map(|at| TEAMS[at]).collect()).collect()
}

/// zot appended groups at each login. Here whatever was held before, the last complete login alone decides.
#[test]
fn cve_2025_23208_logins_in_turn_leave_the_state_of_the_last() {
    for first in subsets() {
        for second in subsets() {
            let step = |held: &Value, groups: &[&str]| applied(held, &answer(&login("idp", groups, held, 0))["plan"]);
            let in_turn = step(&step(&json!([]), &first), &second);
            assert_eq!(in_turn, step(&json!([]), &second), "{first:?} then {second:?}");
        }
    }
}

/// Vault kept what an entity had lost while another alias was active. Here each source takes away what is its own.
#[test]
fn cve_2020_10660_two_sources_interleaved_each_lose_their_own() {
    for one in subsets() {
        for other in subsets() {
            let mut held = json!([]);
            for (source, groups) in [("s", &TEAMS[..]), ("t", &TEAMS[..]), ("s", &one), ("t", &other)] {
                held = applied(&held, &answer(&login(source, groups, &held, 0))["plan"]);
            }
            let of = |source: &str| held.as_array().unwrap().iter().filter(|m| m["managed_by"] == source).count();
            assert_eq!((of("s"), of("t")), (one.len(), other.len()), "{held}");
        }
    }
}

/// Two logins planned from one state, applied one after the other. A host that checks the revision carries out the first
/// and plans the second anew, and what comes out is what one of the two orders gives.
#[test]
fn zulip_36871_two_planners_in_any_order_are_some_serial_order() {
    let start = json!([{ "organization": "idp", "team": "a", "managed_by": "idp" }]);
    for one in subsets() {
        for other in subsets() {
            let serial = |first: &[&str], second: &[&str]| {
                let held = applied(&start, &answer(&login("idp", first, &start, 1))["plan"]);
                applied(&held, &answer(&login("idp", second, &held, 2))["plan"])
            };
            let orders = [serial(&one, &other), serial(&other, &one)];
            for (first, second) in [(&one, &other), (&other, &one)] {
                let plans = [first, second].map(|groups| answer(&login("idp", groups, &start, 1))["plan"].clone());
                let (mut held, mut revision) = (start.clone(), 1);
                for (plan, groups) in plans.iter().zip([first, second]) {
                    let stale = plan["requires"]["revision"] != json!(revision.to_string());
                    let plan = if stale {
                        answer(&login("idp", groups, &held, revision))["plan"].clone()
                    } else {
                        plan.clone()
                    };
                    held = applied(&held, &plan);
                    revision += 1;
                }
                assert!(orders.contains(&held), "{held} is neither of {orders:?}");
            }
        }
    }
}
