//! What `Engine::lint` says of small configs: for each code one that has the fault and one that has not.

use std::collections::BTreeSet;

use groupmap::lint::{Lint, LintCode, Severity};
use groupmap::{Config, Engine};

/// What stands before the rules of most configs here.
const HEAD: &str = r#"
version = 1
source  = { id = "s", provider = "okta" }
catalog = [{ flag = "staff" }, { team = "red" }, { organization = "acme", role = "viewer", rank = 1 },
           { organization = "acme", role = "owner", rank = 9, privileged = true, keep_at_least = 1 }]
slots   = [{ kind = "role", choose = "highest" }]
"#;

pub fn engine(text: &str) -> Engine {
    let config: Config = toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Engine::compile(config).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

fn rules(rules: &str) -> Vec<Lint> {
    engine(&format!("{HEAD}\n{rules}")).lint().collect()
}

#[test]
fn the_manual_explains_every_code_with_its_severity() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/manual/lint.md")).unwrap();
    let explained: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let severity = |code: &LintCode| code.severity().to_string();
    let known: Vec<String> = LintCode::ALL.iter().map(|code| format!("`{code}` ({})", severity(code))).collect();
    assert_eq!(explained, known);
}

#[test]
fn a_sound_config_has_no_findings() {
    let found = rules(
        r#"
        rules = [
            { id = "staff", when = { name = "Staff" }, grant = [{ flag = "staff" }] },
            { id = "red", when = { glob = "team-red-*" }, grant = [{ team = "red" }] },
            { id = "view", when = { name = "Viewers" }, grant = [{ organization = "acme", role = "viewer" }] },
            { id = "own", when = { any = [{ name = "Owners" }, { name = "Founders" }] }, grant = [{ organization = "acme", role = "owner" }] },
        ]"#,
    );
    assert_eq!(found, []);
}

#[test]
fn severities_are_the_callers_to_set() {
    let engine = engine(&format!(
        "{HEAD}\n{}",
        r#"rules = [{ id = "r", when = { regex = ".*" }, grant = [{ flag = "staff" }] }]"#
    ));
    let of = |found: Vec<Lint>| found.iter().find(|lint| lint.code == LintCode::BroadPattern).map(|lint| lint.severity);
    assert_eq!(of(engine.lint().collect()), Some(Severity::Warn));
    assert_eq!(of(engine.lint().with_severity(LintCode::BroadPattern, Severity::Deny).collect()), Some(Severity::Deny));
    assert_eq!(of(engine.lint().without(LintCode::BroadPattern).collect()), None);
}

/// A config in full around its rules.
pub fn with(head: &str, rules: &str) -> Vec<Lint> {
    engine(&format!("version = 1\n{head}\n{rules}")).lint().collect()
}

pub const STAFF: &str = r#"source = { id = "s", provider = "okta" }
catalog = [{ flag = "staff" }, { team = "red" }]"#;
const ENTRA: &str = r#"source = { id = "s", provider = "entra" }
catalog = [{ flag = "staff" }]"#;
const ROOT: &str = r#"source = { id = "s", provider = "okta" }
catalog = [{ flag = "root", privileged = true }]"#;
const ROOT_BOTH: &str = r#"source = { id = "s", provider = "custom", groups = { claims = ["groups"], identified_by = "auto" } }
catalog = [{ flag = "root", privileged = true }]"#;
const ROLES: &str = r#"source = { id = "s", provider = "okta" }
catalog = [{ organization = "a" }, { organization = "a", role = "view", rank = 1 }, { organization = "a", role = "own", rank = 2 }]
slots = [{ kind = "role", choose = "CHOOSE" }]"#;
const DNS: &str = r#"source = { id = "s", provider = "ldap" }
catalog = [{ flag = "staff" }]"#;

pub fn roles(choose: &str) -> String {
    ROLES.replace("CHOOSE", choose)
}

/// For each code configs that have the fault, and configs that are near to it and have it not.
fn table() -> Vec<(LintCode, String, &'static str, bool)> {
    use LintCode as C;
    let rows: &[(LintCode, &str, &str, bool)] = &[
        (
            C::AlternationConfusion,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "team-a|b" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::AlternationConfusion,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "^admin|ops$" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::AlternationConfusion,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "admin|" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::AlternationConfusion,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "team-(a|b)" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::AlternationConfusion,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "^admin$|^ops$" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::AlwaysDenied,
            STAFF,
            r#"rules = [{ id = "g", when = { name = "eng-x" }, grant = [{ team = "red" }] }, { id = "d", when = { glob = "eng-*" }, deny = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::AlwaysDenied,
            STAFF,
            r#"rules = [{ id = "g", when = { glob = "eng-*" }, grant = [{ team = "red" }] }, { id = "d", when = { name = "eng-x" }, deny = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::AlwaysDenied,
            STAFF,
            r#"rules = [{ id = "g", when = { name = "eng-x" }, grant = [{ team = "red" }] }, { id = "d", when = { all = [{ glob = "eng-*" }, { name = "b" }] }, deny = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::AlwaysTrue,
            STAFF,
            r#"rules = [{ id = "r", when = { any = [{ name = "a" }, "everyone"] }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        // Unknown either way on incomplete evidence.
        (
            C::AlwaysTrue,
            STAFF,
            r#"rules = [{ id = "r", when = { any = [{ name = "a" }, { not = { name = "a" } }] }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (C::AlwaysTrue, STAFF, r#"rules = [{ id = "r", when = "everyone", grant = [{ team = "red" }] }]"#, false),
        (
            C::AnyEmailLink,
            "accounts = { link = \"any-email\" }\nsource = { id = \"s\", provider = \"okta\" }\ncatalog = []",
            "rules = []",
            true,
        ),
        (
            C::AnyEmailLink,
            "accounts = { link = \"verified-email\" }\nsource = { id = \"s\", provider = \"okta\" }\ncatalog = []",
            "rules = []",
            false,
        ),
        (
            C::BroadPattern,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = ".*" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::BroadPattern,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "[a-z]{3,40}" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (C::BroadPattern, STAFF, r#"rules = [{ id = "r", when = { glob = "*" }, grant = [{ team = "red" }] }]"#, true),
        (
            C::BroadPattern,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "[a-y]+" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::CostsEveryLogin,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "[a-y]+" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::CostsEveryLogin,
            STAFF,
            r#"rules = [{ id = "r", when = { regex = "eng-[a-y]+" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::DelimiterInName,
            "source = { id = \"s\", provider = \"okta\", groups = { delimiter = \";\" } }\ncatalog = [{ team = \"red\" }]",
            r#"rules = [{ id = "r", when = { name = "a;b" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::DelimiterInName,
            "source = { id = \"s\", provider = \"okta\", groups = { delimiter = \";\" } }\ncatalog = [{ team = \"red\" }]",
            r#"rules = [{ id = "r", when = { name = "a,b" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::DenyWithoutGrant,
            STAFF,
            r#"rules = [{ id = "r", when = { name = "a" }, deny = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::DenyWithoutGrant,
            STAFF,
            r#"rules = [{ id = "r", when = { name = "a" }, deny = [{ team = "red" }] }, { id = "t", when = { regex = "t-(?<t>[a-z]+)" }, grant = [{ team = "{t}" }] }]"#,
            false,
        ),
        (
            C::DisabledRule,
            STAFF,
            r#"rules = [{ id = "r", when = { name = "a" }, grant = [{ team = "red" }], enabled = false }]"#,
            true,
        ),
        (C::DisabledRule, STAFF, r#"rules = [{ id = "r", when = { name = "a" }, grant = [{ team = "red" }] }]"#, false),
        (
            C::DuplicateRule,
            STAFF,
            r#"rules = [{ id = "a", when = { any = [{ name = "a" }, { name = "b" }] }, grant = [{ team = "red" }] }, { id = "b", when = { any = [{ name = "b" }, { name = "a" }] }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::DuplicateRule,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "a" }, grant = [{ team = "red" }] }, { id = "b", when = { name = "a" }, grant = [{ flag = "staff" }] }]"#,
            false,
        ),
        (
            C::GrantThroughNot,
            STAFF,
            r#"rules = [{ id = "a", when = { not = { name = "a" } }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::GrantThroughNot,
            STAFF,
            r#"rules = [{ id = "a", when = { all = [{ name = "b" }, { not = { name = "a" } }] }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::GrantThroughNot,
            STAFF,
            r#"rules = [{ id = "a", when = { not = { name = "a" } }, deny = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::GuidAsName,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::GuidAsName,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "3e5b7c1f" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::IdWithoutLabel,
            ENTRA,
            r#"rules = [{ id = "a", when = { id = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }, grant = [{ flag = "staff" }] }]"#,
            true,
        ),
        (
            C::IdWithoutLabel,
            ENTRA,
            r#"rules = [{ id = "a", when = { id = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5", label = "Staff" }, grant = [{ flag = "staff" }] }]"#,
            false,
        ),
        (
            C::LiteralPattern,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = "^eng-" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::LiteralPattern,
            STAFF,
            r#"rules = [{ id = "a", when = { glob = "eng" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::LiteralPattern,
            STAFF,
            r#"rules = [{ id = "a", when = { glob = "eng?" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::LookAlikeNames,
            STAFF,
            r#"rules = [{ id = "a", when = { any = [{ name = "Ops" }, { name = "ops" }] }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::LookAlikeNames,
            "source = { id = \"s\", provider = \"okta\", groups = { case = \"ascii\" } }\ncatalog = [{ team = \"red\" }]",
            r#"rules = [{ id = "a", when = { any = [{ name = "Ops" }, { name = "ops" }] }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::NeverMatters,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "eng-x" }, grant = [{ team = "red" }] }, { id = "b", when = { regex = "eng-.*" }, grant = [{ team = "red" }, { flag = "staff" }] }]"#,
            true,
        ),
        (
            C::NeverMatters,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = "eng-[ab]{2}" }, grant = [{ team = "red" }] }, { id = "b", when = { regex = "[e-n]*-(a|b)*" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::NeverMatters,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = "eng-[ac]{2}" }, grant = [{ team = "red" }] }, { id = "b", when = { regex = "[e-n]*-(a|b)*" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::NeverMatters,
            STAFF,
            r#"rules = [{ id = "a", when = { all = [{ name = "x" }, { name = "y" }] }, grant = [{ team = "red" }] }, { id = "b", when = { name = "y" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        // Two groups may meet the two parts, and neither need be in both.
        (
            C::NeverMatters,
            STAFF,
            r#"rules = [{ id = "a", when = { all = [{ glob = "a*" }, { glob = "*b" }] }, grant = [{ team = "red" }] }, { id = "b", when = { glob = "a*b" }, grant = [{ team = "red" }, { flag = "staff" }] }]"#,
            false,
        ),
        (
            C::NeverMatters,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ team = "red" }, { flag = "staff" }] }, { id = "b", when = { glob = "*" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::NeverMatters,
            STAFF,
            r#"rules = [{ id = "a", when = { not = { glob = "x*" } }, grant = [{ team = "red" }] }, { id = "b", when = { not = { name = "xy" } }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::NeverTrue,
            STAFF,
            r#"rules = [{ id = "a", when = { all = [{ name = "x" }, { not = { glob = "x*" } }] }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::NeverTrue,
            STAFF,
            r#"rules = [{ id = "a", when = { not = "everyone" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (C::NeverTrue, STAFF, r#"rules = [{ id = "a", when = { name = "a\nb" }, grant = [{ team = "red" }] }]"#, true),
        (
            C::NeverTrue,
            STAFF,
            r#"rules = [{ id = "a", when = { all = [{ glob = "x*" }, { not = { name = "x" } }] }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::NotDecided,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = '\bops\b' }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::NotDecided,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = 'ops[a-z]' }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::OddSpelling,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "ops " }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::OddSpelling,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "o\u200Bps" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::OddSpelling,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "re\u0301seau" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::OddSpelling,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "r\u00E9seau de nuit" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::PatternOnDn,
            DNS,
            r#"rules = [{ id = "a", when = { regex = "CN=[a-z]+,DC=x" }, grant = [{ flag = "staff" }] }]"#,
            true,
        ),
        (
            C::PatternOnDn,
            DNS,
            r#"rules = [{ id = "a", when = { dn_under = "DC=x" }, grant = [{ flag = "staff" }] }]"#,
            false,
        ),
        (
            C::PrivilegedByClaim,
            ROOT,
            r#"rules = [{ id = "a", when = { attribute = { name = "nickname", equals = "root" } }, grant = [{ flag = "root" }] }]"#,
            true,
        ),
        (
            C::PrivilegedByClaim,
            ROOT,
            r#"rules = [{ id = "a", when = { attribute = { name = "clearance", equals = "root" } }, grant = [{ flag = "root" }] }]"#,
            false,
        ),
        (
            C::PrivilegedByName,
            ROOT_BOTH,
            r#"rules = [{ id = "a", when = { name = "Admins" }, grant = [{ flag = "root" }] }]"#,
            true,
        ),
        (
            C::PrivilegedByName,
            ROOT_BOTH,
            r#"rules = [{ id = "a", when = { id = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5" }, grant = [{ flag = "root" }] }]"#,
            false,
        ),
        (
            C::PrivilegedByName,
            ROOT,
            r#"rules = [{ id = "a", when = { name = "Admins" }, grant = [{ flag = "root" }] }]"#,
            false,
        ),
        (
            C::PrivilegedByPattern,
            ROOT,
            r#"rules = [{ id = "a", when = { glob = "adm-*" }, grant = [{ flag = "root" }], acknowledge_privileged = true }]"#,
            true,
        ),
        (
            C::PrivilegedByPattern,
            ROOT,
            r#"rules = [{ id = "a", when = { name = "adm" }, grant = [{ flag = "root" }], acknowledge_privileged = true }]"#,
            false,
        ),
        (
            C::TemplateReachesNothing,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = "t-(?<t>[a-z]+)" }, grant = [{ team = "{t}x" }] }]"#,
            true,
        ),
        (
            C::TemplateReachesNothing,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = "t-(?<t>[A-Z]+)" }, grant = [{ team = "{t}" }] }]"#,
            true,
        ),
        (
            C::TemplateReachesNothing,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = "t-(?<t>[a-z]+)" }, grant = [{ team = "{t}" }] }]"#,
            false,
        ),
        (
            C::UncoveredTarget,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ flag = "staff" }] }]"#,
            true,
        ),
        (
            C::UncoveredTarget,
            STAFF,
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ flag = "staff" }, { team = "red" }] }]"#,
            false,
        ),
        (
            C::UnescapedDot,
            STAFF,
            r#"rules = [{ id = "a", when = { attribute = { name = "upn", regex = ".*@example.com" } }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::UnescapedDot,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = "ops@example.com" }, grant = [{ team = "red" }] }]"#,
            true,
        ),
        (
            C::UnescapedDot,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = 'ops@example\.com' }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::UnescapedDot,
            STAFF,
            r#"rules = [{ id = "a", when = { regex = "eng-.+" }, grant = [{ team = "red" }] }]"#,
            false,
        ),
        (
            C::NoPathToAdmin,
            "source = { id = \"s\", provider = \"okta\" }\ncatalog = [{ flag = \"root\", keep_at_least = 1 }, { flag = \"staff\" }]",
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ flag = "staff" }] }]"#,
            true,
        ),
        (
            C::NoPathToAdmin,
            "source = { id = \"s\", provider = \"okta\" }\ncatalog = [{ flag = \"root\", keep_at_least = 1 }, { flag = \"staff\" }]",
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ flag = "root" }] }]"#,
            false,
        ),
        (
            C::OnePathToAdmin,
            "source = { id = \"s\", provider = \"okta\" }\ncatalog = [{ flag = \"root\", keep_at_least = 1 }]",
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ flag = "root" }] }]"#,
            true,
        ),
        (
            C::OnePathToAdmin,
            "source = { id = \"s\", provider = \"okta\" }\ncatalog = [{ flag = \"root\", keep_at_least = 1 }]",
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ flag = "root" }] }, { id = "b", when = { name = "y" }, grant = [{ flag = "root" }] }]"#,
            false,
        ),
    ];
    let mut rows: Vec<_> =
        rows.iter().map(|(code, head, rules, has)| (*code, (*head).to_owned(), *rules, *has)).collect();
    let slots = [
        (
            C::NeverWins,
            "highest",
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ organization = "a", role = "view" }, { organization = "a", role = "own" }] }]"#,
            true,
        ),
        (
            C::NeverWins,
            "highest",
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ organization = "a", role = "view" }] }, { id = "b", when = { name = "y" }, grant = [{ organization = "a", role = "own" }] }]"#,
            false,
        ),
        (
            C::NeverWins,
            "highest",
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ organization = "a", role = "view" }, { organization = "a", role = "own" }] }, { id = "d", when = { name = "y" }, deny = [{ organization = "a", role = "own" }] }]"#,
            false,
        ),
        // The broad rule beats the narrow one.
        (
            C::NeverWins,
            "priority",
            r#"rules = [{ id = "a", when = { name = "eng-x" }, grant = [{ organization = "a", role = "own" }], priority = 1 }, { id = "b", when = { glob = "eng-*" }, grant = [{ organization = "a", role = "view" }], priority = 2 }]"#,
            true,
        ),
        (
            C::NeverWins,
            "priority",
            r#"rules = [{ id = "a", when = { name = "eng-x" }, grant = [{ organization = "a", role = "own" }], priority = 2 }, { id = "b", when = { glob = "eng-*" }, grant = [{ organization = "a", role = "view" }], priority = 1 }]"#,
            false,
        ),
        (
            C::NeverWins,
            "unambiguous",
            r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ organization = "a", role = "view" }, { organization = "a", role = "own" }] }]"#,
            true,
        ),
        (
            C::NeverWins,
            "specificity",
            r#"rules = [{ id = "a", when = { glob = "eng-*x" }, grant = [{ organization = "a", role = "own" }] }, { id = "b", when = { glob = "eng-*" }, grant = [{ organization = "a", role = "view" }] }]"#,
            false,
        ),
        // What counts for more in a slot matters, though it is narrower.
        (
            C::NeverMatters,
            "priority",
            r#"rules = [{ id = "a", when = { name = "eng-x" }, grant = [{ organization = "a", role = "own" }], priority = 2 }, { id = "b", when = { glob = "eng-*" }, grant = [{ organization = "a", role = "own" }], priority = 1 }]"#,
            false,
        ),
        (
            C::NeverMatters,
            "priority",
            r#"rules = [{ id = "a", when = { name = "eng-x" }, grant = [{ organization = "a", role = "own" }], priority = 1 }, { id = "b", when = { glob = "eng-*" }, grant = [{ organization = "a", role = "own" }], priority = 2 }]"#,
            true,
        ),
    ];
    rows.extend(slots.iter().map(|(code, choose, rules, has)| (*code, roles(choose), *rules, *has)));
    let default = |kind: &str| {
        format!(
            "source = {{ id = \"s\", provider = \"okta\" }}\ncatalog = [{{ organization = \"a\", role = \"view\", rank = 1 }}, {{ organization = \"a\", role = \"own\", rank = 2 }}, {{ organization = \"a\", {kind} = \"red\" }}]\nslots = [{{ kind = \"role\", choose = \"highest\", default = \"view\" }}]"
        )
    };
    let only_roles = r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ organization = "a", role = "own" }] }]"#;
    let teams_too = r#"rules = [{ id = "a", when = { name = "x" }, grant = [{ organization = "a", role = "own" }] }, { id = "b", when = { name = "y" }, grant = [{ organization = "a", team = "red" }] }]"#;
    rows.push((C::DefaultNeverUsed, default("team"), only_roles, true));
    rows.push((C::DefaultNeverUsed, default("team"), teams_too, false));
    rows
}

#[test]
fn every_code_is_found_where_it_should_be_and_nowhere_near() {
    let table = table();
    let mut wrong = Vec::new();
    for (code, head, rules, has) in &table {
        let found = with(head, rules);
        if found.iter().any(|lint| lint.code == *code) != *has {
            wrong.push(format!("{code} wanted {has}: {rules}\n  found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for has in [true, false] {
        let judged: BTreeSet<LintCode> = table.iter().filter(|row| row.3 == has).map(|row| row.0).collect();
        assert_eq!(judged, LintCode::ALL.iter().copied().collect(), "every code, {has}");
    }
}

#[test]
fn no_provider_makes_plain_rules_hard_to_compare() {
    for provider in groupmap::Provider::ALL {
        let kind = groupmap::IdentifiedBy::Name;
        let groups = groupmap::GroupSettings::default().identified_by(kind).claims(["groups"]);
        let source = groupmap::Source::new("s", *provider).with_groups(groups);
        let staff = || [groupmap::Target::flag("staff")];
        let config = Config::new(source)
            .with_catalog([groupmap::Catalogued::new(groupmap::Target::flag("staff"))])
            .with_rules([
                groupmap::Rule::grant("a", groupmap::Condition::name("eng-x"), staff()),
                groupmap::Rule::grant("b", groupmap::Condition::glob("eng-*"), staff()),
            ]);
        let found: Vec<Lint> = Engine::compile(config).unwrap().lint().collect();
        let codes: BTreeSet<LintCode> = found.iter().map(|lint| lint.code).collect();
        assert!(
            codes.contains(&LintCode::NeverMatters) && !codes.contains(&LintCode::NotDecided),
            "{provider} {found:?}"
        );
    }
}
