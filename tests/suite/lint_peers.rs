//! What went wrong in other products, and what a lint says of the same rules here: the helpful thing.

use groupmap::lint::{Lint, LintCode};

use crate::lint::engine;

/// The findings of a kind for one config.
fn found(code: LintCode, config: &str) -> Vec<Lint> {
    engine(&format!("version = 1\n{config}")).lint().filter(|lint| lint.code == code).collect()
}

/// One test: the issue, the code that must be found, what it must say, and the config.
macro_rules! issues {
    ($($(#[$doc:meta])* $name:ident: $code:ident says $part:literal in $config:expr;)*) => {
        $($(#[$doc])*
        #[test]
        fn $name() {
            let found = found(LintCode::$code, $config);
            let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert!(texts.iter().any(|text| text.contains($part)), "{texts:#?}");
        })*
    };
}

issues! {
    /// Teleport searches with a raw regex: `^admin|ops$` also hits `administrator` and `devops` there.
    teleport_anchors_in_one_alternative: AlternationConfusion says "write `admin|ops`" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "staff" }]
        rules = [{ id = "r", when = { regex = "^admin|ops$" }, grant = [{ flag = "staff" }] }]"#;

    /// CVE-2024-52289: a bare dot in what was meant as a host name.
    authentik_a_bare_dot: UnescapedDot says r"write `.*@example\.com`" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "staff" }]
        rules = [{ id = "r", when = { attribute = { name = "upn", regex = ".*@example.com" } }, grant = [{ flag = "staff" }] }]"#;

    /// artifact-keeper#756: any group that contains "admin" was an administrators' group.
    artifact_keeper_whatever_contains_admin: PrivilegedByPattern says "whoever can create a group that fits" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "admin", privileged = true }]
        rules = [{ id = "r", when = { glob = "*admin*" }, grant = [{ flag = "admin" }], acknowledge_privileged = true }]"#;

    /// CVE-2026-47839: a wildcard together with names taken from groups gave the administrators' scope.
    uaa_a_wildcard_with_a_template: BroadPattern says "matches every value" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ role = "admin", privileged = true }]
        rules = [{ id = "r", when = { regex = "(?<scope>.*)" }, grant = [{ role = "{scope}" }], acknowledge_privileged = true }]"#;

    /// keycloak#30405, opensearch security#709: parts of DNs by pattern, and their case.
    keycloak_part_of_a_dn_by_pattern: PatternOnDn says "dn_under" in r#"
        source = { id = "s", provider = "ldap" }
        catalog = [{ team = "red" }]
        rules = [{ id = "r", when = { regex = "CN=(?<team>[a-z]+),OU=teams,DC=x" }, grant = [{ team = "{team}" }] }]"#;

    /// authLdap#40, grafana#2421, aad-sso-wordpress#89: the broad rule beat the narrow one.
    grafana_a_broad_rule_beats_a_narrow_one: NeverWins says "rule `everybody` grants `acme/role:viewer` too" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ organization = "acme", role = "viewer" }, { organization = "acme", role = "editor" }]
        slots = [{ kind = "role", choose = "priority" }]
        rules = [
            { id = "editors", when = { name = "org-editors" }, grant = [{ organization = "acme", role = "editor" }], priority = 1 },
            { id = "everybody", when = { glob = "org-*" }, grant = [{ organization = "acme", role = "viewer" }], priority = 5 },
        ]"#;

    /// chouse-ui#285: of several roles the highest was taken, which escalates.
    chouse_the_highest_of_two_roles_in_one_rule: NeverWins says "the same rule grants `acme/role:owner` too" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ organization = "acme", role = "viewer", rank = 1 }, { organization = "acme", role = "owner", rank = 2 }]
        slots = [{ kind = "role", choose = "highest" }]
        rules = [{ id = "r", when = { name = "x" }, grant = [{ organization = "acme", role = "viewer" }, { organization = "acme", role = "owner" }] }]"#;

    /// elasticsearch#48120, teleport#6016: names that differ in case.
    elasticsearch_names_that_differ_in_case: LookAlikeNames says "`source.groups.case`" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "staff" }]
        rules = [{ id = "r", when = { any = [{ name = "Admins" }, { name = "ADMINS" }] }, grant = [{ flag = "staff" }] }]"#;

    /// HCSEC-2025-20: names equal but for blanks around them.
    vault_blanks_around_a_name: OddSpelling says "white space" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "staff" }]
        rules = [{ id = "r", when = { name = " ops" }, grant = [{ flag = "staff" }] }]"#;

    /// flowfuse#8474, dependency-track#1673, chainguard edu#3793: nobody knows which group a GUID is.
    flowfuse_a_label_beside_a_guid: IdWithoutLabel says "label" in r#"
        source = { id = "s", provider = "entra" }
        catalog = [{ flag = "staff" }]
        rules = [{ id = "r", when = { id = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }, grant = [{ flag = "staff" }] }]"#;

    /// teleport#69776: ids come where names are expected.
    teleport_an_id_written_as_a_name: GuidAsName says "use `id`" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "staff" }]
        rules = [{ id = "r", when = { name = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }, grant = [{ flag = "staff" }] }]"#;

    /// infrahub#9481: an account was claimed by a display name.
    infrahub_privileged_by_display_name: PrivilegedByClaim says "can often set" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "root", privileged = true }]
        rules = [{ id = "r", when = { attribute = { name = "displayName", equals = "root" } }, grant = [{ flag = "root" }] }]"#;

    /// nOAuth: an account keyed by an address that nobody verified.
    noauth_accounts_joined_by_any_address: AnyEmailLink says "verified-email" in r#"
        source = { id = "s", provider = "okta" }
        accounts = { link = "any-email" }
        catalog = [{ flag = "staff" }]
        rules = []"#;

    /// DefGuard#3184: a sync left nobody who could administer.
    defguard_no_way_to_become_an_administrator: NoPathToAdmin says "by its exact id or name" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "admin", keep_at_least = 1 }, { flag = "staff" }]
        rules = [{ id = "r", when = { name = "x" }, grant = [{ flag = "staff" }] }]"#;

    /// ansible-base `has_not`, django-auth-ldap `~`: whoever is in no group gets it.
    ansible_grants_to_whoever_is_in_no_group: GrantThroughNot says "somebody in no group" in r#"
        source = { id = "s", provider = "okta" }
        catalog = [{ flag = "staff" }]
        rules = [{ id = "r", when = { not = { name = "contractors" } }, grant = [{ flag = "staff" }] }]"#;

    /// user_oidc, homarr and others split at commas: a name that holds the delimiter never comes.
    nextcloud_a_name_with_the_delimiter: DelimiterInName says "never comes whole" in r#"
        source = { id = "s", provider = "okta", groups = { delimiter = "," } }
        catalog = [{ flag = "staff" }]
        rules = [{ id = "r", when = { name = "Testing group, City" }, grant = [{ flag = "staff" }] }]"#;
}
