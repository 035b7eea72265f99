//! Checks a mapping file, for continuous integration: it compiles, nothing in it is probably wrong, its tests pass, and
//! its rules are all reached.
//!
//! ```text
//! cargo run --example check -- mapping.toml
//! cargo run --example check -- mapping.json --format json --people people.json
//! cargo run --example check -- mapping.toml --allow never-reached --severity no-tests=error
//! cargo run --example check -- mapping.toml --against mapping-in-force.toml
//! ```
//!
//! A file is TOML or JSON; of a folder the one mapping file in it is taken. `--people` names a JSON list of
//! `{ "login", "snapshot"? }`, whose rules count as reached. `--against` names the mapping that this one is to take the place
//! of, and adds who would gain or lose what, whoever logs in; a difference is no fault. Exit codes: 0 nothing wrong, 1 something is (of severity
//! error), 2 there was nothing to check.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints")]

mod file;
mod findings;

use std::collections::BTreeMap;
use std::process::ExitCode;

use groupmap::lint::RuleChanges;
use groupmap::{Claims, Config, Engine, Identity, Snapshot};

use crate::file::Read;
use crate::findings::{Finding, Findings, Severity};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: check FILE [--format text|json] [--allow CODE] [--severity CODE=error|warn|info|off] [--people FILE] [--against FILE]";

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    file: Option<String>,
    json: bool,
    people: Option<String>,
    against: Option<String>,
    severities: BTreeMap<String, Severity>,
}

impl Arguments {
    fn read(words: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let mut arguments = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value; {USAGE}"));
            match word.as_str() {
                "--format" => match value()?.as_str() {
                    "text" => arguments.json = false,
                    "json" => arguments.json = true,
                    other => return Err(format!("no format is called `{other}`; {USAGE}").into()),
                },
                "--allow" => drop(arguments.severities.insert(value()?, Severity::Off)),
                "--severity" => {
                    let value = value()?;
                    let (code, severity) = value.split_once('=').ok_or(USAGE)?;
                    arguments.severities.insert(code.to_owned(), severity.parse()?);
                }
                "--people" => arguments.people = Some(value()?),
                "--against" => arguments.against = Some(value()?),
                option if option.starts_with("--") => return Err(format!("unknown option {option}; {USAGE}").into()),
                _ if arguments.file.is_some() => return Err(USAGE.into()),
                _ => arguments.file = Some(word),
            }
        }
        Ok(arguments)
    }
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok((text, failed)) => {
            print!("{text}");
            ExitCode::from(u8::from(failed))
        }
        Err(failure) => {
            eprintln!("check: {failure}");
            ExitCode::from(2)
        }
    }
}

/// What is printed, and whether anything is wrong.
fn run(words: impl IntoIterator<Item = String>) -> Result<(String, bool), Failure> {
    let arguments = Arguments::read(words)?;
    let read = file::read(arguments.file.as_deref().ok_or(USAGE)?)?;
    let people = match &arguments.people {
        Some(people) => file::people(people)?,
        None => Vec::new(),
    };
    let mut findings = check(&read, &people);
    if let (Some(old), Ok(config)) = (&arguments.against, &read.config) {
        findings.changes = changes(old, config.clone())?;
    }
    findings.override_with(&arguments.severities)?;
    let failed = findings.is_failed();
    Ok((if arguments.json { findings.json(&read.name) } else { findings.text(&read.name) }, failed))
}

/// What a mapping would change in the one that is in force; nothing where it does not compile.
fn changes(old: &str, config: Config) -> Result<Option<RuleChanges>, Failure> {
    let before = match file::read(old)?.config {
        Ok(before) => Engine::compile(before).map_err(|problems| format!("{old} does not compile: {problems}"))?,
        Err(finding) => return Err(format!("{old}: {} {}", finding.path, finding.message).into()),
    };
    Ok(Engine::compile(config).ok().map(|after| before.compare(&after)))
}

fn check(read: &Read, people: &[(Claims, Snapshot)]) -> Findings {
    let mut findings = Findings::default();
    if read.has_byte_order_mark {
        findings.add(Finding::new(
            "byte-order-mark",
            "",
            "the file begins with a byte order mark; save it without one",
        ));
    }
    let config = match &read.config {
        Ok(config) => config.clone(),
        Err(finding) => {
            findings.add(finding.clone());
            return findings;
        }
    };
    let tests = config.tests.len();
    let engine = match Engine::compile(config) {
        Ok(engine) => engine,
        Err(problems) => {
            for problem in &problems {
                let finding = Finding::new(&problem.code.to_string(), &problem.path, &problem.message);
                findings.add(Finding { help: problem.help.clone(), ..finding });
            }
            return findings;
        }
    };
    for lint in engine.lint() {
        findings.add(Finding::from(&lint));
    }
    let tested = engine.self_test();
    for failed in &tested.failed {
        let message = format!("test `{}` failed: {}", failed.id, failed.differences.join("; "));
        findings.add(Finding::new("test-failed", &failed.path, &message));
    }
    let identities: Vec<(Identity, &Snapshot)> =
        people.iter().filter_map(|(claims, snapshot)| Some((engine.normalize(claims).ok()?, snapshot))).collect();
    let met = engine.coverage_of(identities.iter().map(|(identity, snapshot)| (identity, *snapshot)));
    let coverage = tested.coverage.clone().and(&met);
    if tests == 0 && people.is_empty() {
        let message = "no test says what the rules are for; add [[tests]]";
        findings.add(Finding::new("no-tests", "tests", message));
    } else {
        for id in &coverage.never {
            let place = engine.config().rules.iter().position(|rule| rule.id == *id).unwrap_or_default();
            let message = format!("no test reaches rule `{id}`, and nobody of --people does");
            findings.add(Finding::new("never-reached", &format!("rules[{place}]"), &message));
        }
    }
    findings.summary = format!("tests: {} passed, {} failed; {coverage}", tested.passed.len(), tested.failed.len());
    findings
}

#[cfg(test)]
#[expect(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    type Outcome = Result<(), Failure>;

    const GOOD: &str = r#"
        version = 1
        source  = { id = "acme", provider = "okta" }
        catalog = [{ flag = "staff" }]
        rules   = [{ id = "staff", when = { name = "Staff" }, grant = [{ flag = "staff" }] }]

        [[tests]]
        id     = "staff come in"
        login  = { id_token = { sub = "u1", groups = ["Staff"] } }
        expect = { access = "granted", holds = [{ flag = "staff" }] }
    "#;

    fn codes(name: &str, text: &str) -> Vec<String> {
        let read = file::parse(name, text.as_bytes()).unwrap_or_else(|failure| panic!("{failure}"));
        let own = |code: &&String| groupmap::lint::LintCode::ALL.iter().all(|lint| lint.as_str() != code.as_str());
        let codes: Vec<String> = check(&read, &[]).list.into_iter().map(|finding| finding.code).collect();
        codes.iter().filter(own).cloned().collect()
    }

    #[test]
    fn what_is_found() {
        assert_eq!(codes("m.toml", GOOD), Vec::<String>::new());
        assert_eq!(codes("m.toml", &format!("\u{feff}{GOOD}")), ["byte-order-mark"]);
        assert_eq!(codes("m.toml", &GOOD.replace("holds = [{ flag = \"staff\" }]", "holds = []")), ["test-failed"]);
        assert_eq!(
            codes("m.toml", &GOOD.replace("flag = \"staff\" }] }]", "flag = \"stuff\" }] }]")),
            ["unknown-target"]
        );
        assert_eq!(codes("m.toml", &GOOD.replace("version", "versoin")), ["shape"]);
        let (without, _) = GOOD.split_once("[[tests]]").unwrap_or_default();
        assert_eq!(codes("m.toml", without), ["no-tests"]);
        let more = "{ id = \"ops\", when = { name = \"Ops\" }, grant = [{ flag = \"staff\" }] }, { id = \"staff\"";
        assert_eq!(codes("m.toml", &GOOD.replace("{ id = \"staff\"", more)), ["never-reached"]);
    }

    #[test]
    fn what_is_probably_wrong_is_told() -> Outcome {
        let twice = "{ id = \"again\", when = { name = \"Staff\" }, grant = [{ flag = \"staff\" }] }, { id = \"staff\"";
        let read = file::parse("m.toml", GOOD.replace("{ id = \"staff\"", twice).as_bytes())?;
        let mut found = check(&read, &[]);
        assert!(found.list.iter().any(|finding| finding.code == "duplicate-rule"), "{}", found.text("m.toml"));
        assert!(!found.is_failed());
        found.override_with(&[("duplicate-rule".to_owned(), Severity::Error)].into())?;
        assert!(found.is_failed());
        Ok(())
    }

    #[test]
    fn wrong_formats_are_told() {
        let shape = |name: &str, text: &str| {
            let read = file::parse(name, text.as_bytes()).unwrap_or_else(|failure| panic!("{failure}"));
            let found = check(&read, &[]);
            found.list.first().map(|finding| finding.message.clone()).unwrap_or_default()
        };
        assert!(shape("m.json", GOOD).contains("it reads as TOML"), "{}", shape("m.json", GOOD));
        assert!(shape("m.toml", "{\"version\": 1}").contains("missing field"));
        assert!(
            shape("m.toml", "version: 1\nsource:\n  id: acme\n").contains("YAML"),
            "{}",
            shape("m.toml", "version: 1\n")
        );
        assert!(shape("m.toml", "").contains("empty"));
        for bytes in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"\xc3\x28"] {
            assert!(file::parse("m.toml", bytes).is_err());
        }
    }

    #[test]
    fn exit_codes_and_severities() -> Outcome {
        let folder = std::env::temp_dir().join(format!("groupmap-check-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let run = |words: &[&str]| run(words.iter().map(|word| (*word).to_owned()));
        let path = folder.display().to_string();
        let message = run(&[&path]).err().map(|failure| failure.to_string()).unwrap_or_default();
        assert!(message.contains("holds no mapping file"), "{message}");
        let file = folder.join("mapping.toml");
        std::fs::write(&file, GOOD)?;
        // The one file of a folder is taken.
        assert!(!run(&[&path])?.1);
        let file = file.display().to_string();
        std::fs::write(&file, GOOD.replace("holds = [{ flag = \"staff\" }]", "holds = []"))?;
        assert!(run(&[&file])?.1);
        assert!(!run(&[&file, "--allow", "test-failed"])?.1);
        assert!(!run(&[&file, "--severity", "test-failed=warn"])?.1);
        let (json, failed) = run(&[&file, "--format", "json"])?;
        let json: serde_json::Value = serde_json::from_str(&json)?;
        assert!(failed && json["findings"][0]["code"] == "test-failed" && json["failed"] == true, "{json}");
        let other = folder.join("old.toml");
        std::fs::write(&other, GOOD.replace("name = \"Staff\"", "name = \"Employees\""))?;
        std::fs::write(&file, GOOD)?;
        let other = other.display().to_string();
        let (text, failed) = run(&[&file, "--against", &other])?;
        assert!(text.contains("+ flag:staff by rule `staff`: somebody in `Staff` (name)\n- flag:staff"), "{text}");
        assert!(!failed);
        let (json, _) = run(&[&file, "--against", &other, "--format", "json"])?;
        let json: serde_json::Value = serde_json::from_str(&json)?;
        let change = &json["changes"]["targets"][0];
        assert_eq!(change["lost"][0]["witness"]["groups"][0]["name"], "Employees", "{json}");
        assert!(run(&[&file, "--against", &file])?.0.contains("no difference, whoever logs in"));
        std::fs::remove_file(&other)?;
        for wrong in [
            &[&file, "--against", "/nowhere.toml"][..],
            &[&file, "--against"],
            &[],
            &["--what"],
            &[&file, "--format", "xml"],
            &[&file, "--severity", "a=b"],
            &["/nowhere.toml"],
            &[&file, "--allow", "test-faild"],
        ] {
            assert!(run(wrong).is_err(), "{wrong:?}");
        }
        std::fs::remove_dir_all(&folder)?;
        Ok(())
    }
}
