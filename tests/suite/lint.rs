//! What `Engine::lint` says of small configs: for each code one that has the fault and one that has not.

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
