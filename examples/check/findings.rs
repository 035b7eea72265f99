//! What was found, how bad it is, and how it is printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;

use groupmap::lint::{Lint, LintCode, RuleChanges};
use serde::Serialize;

use crate::Failure;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// The check fails.
    Error,
    /// It is said.
    Warn,
    /// It is said, and nothing need be done.
    Info,
    /// It is not said.
    Off,
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "off" => Ok(Self::Off),
            other => Err(format!("no severity is called `{other}`; there are error, warn, info and off")),
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: String,
    pub(crate) path: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

/// The codes of this program, beside those of problems and lints, with the severity that they have by themselves.
const OWN: [(&str, Severity); 5] = [
    ("byte-order-mark", Severity::Warn),
    ("never-reached", Severity::Warn),
    ("no-tests", Severity::Warn),
    ("shape", Severity::Error),
    ("test-failed", Severity::Error),
];

impl Finding {
    /// A finding of one of this program's own codes, or a problem, which is an error.
    pub(crate) fn new(code: &str, path: &str, message: &str) -> Self {
        let own = OWN.iter().find(|(own, _)| *own == code);
        let severity = own.map_or(Severity::Error, |(_, severity)| *severity);
        Self { severity, code: code.to_owned(), path: path.to_owned(), message: message.to_owned(), help: None }
    }
}

impl From<&Lint> for Finding {
    fn from(lint: &Lint) -> Self {
        let severity = match lint.severity {
            groupmap::lint::Severity::Deny => Severity::Error,
            groupmap::lint::Severity::Warn => Severity::Warn,
            _ => Severity::Info,
        };
        let finding = Self::new(lint.code.as_str(), &lint.path, &lint.message);
        Self { severity, help: lint.help.clone(), ..finding }
    }
}

/// Everything that was found.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<Finding>,
    pub(crate) summary: String,
    /// What would change, where that was asked for.
    pub(crate) changes: Option<RuleChanges>,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Sets severities by code. Problems stay errors: a config that does not compile does not run.
    pub(crate) fn override_with(&mut self, severities: &BTreeMap<String, Severity>) -> Result<(), Failure> {
        for (code, severity) in severities {
            if !is_known(code) {
                return Err(format!("no finding has the code `{code}`").into());
            }
            if groupmap::ProblemCode::ALL.iter().any(|problem| problem.to_string() == *code) || code == "shape" {
                return Err(format!("`{code}` keeps the config from running, so that it stays an error").into());
            }
            for finding in self.list.iter_mut().filter(|finding| finding.code == *code) {
                finding.severity = *severity;
            }
        }
        self.list.retain(|finding| finding.severity != Severity::Off);
        Ok(())
    }

    pub(crate) fn is_failed(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        let mut out = String::new();
        for Finding { severity, code, path, message, help } in &self.list {
            let word = match severity {
                Severity::Error => "error",
                Severity::Warn => "warning",
                Severity::Info | Severity::Off => "info",
            };
            let place = if path.is_empty() { String::new() } else { format!("{path}: ") };
            let _ = writeln!(out, "{word}[{code}] {name}: {place}{message}");
            if let Some(help) = help {
                let _ = writeln!(out, "  help: {help}");
            }
        }
        if !self.summary.is_empty() {
            let _ = writeln!(out, "{}", self.summary);
        }
        if let Some(changes) = &self.changes {
            let _ = writeln!(out, "{changes}");
        }
        let word = if self.is_failed() { "failed" } else { "ok" };
        let _ = writeln!(out, "{name}: {word}");
        out
    }

    pub(crate) fn json(&self, name: &str) -> String {
        let mut document = serde_json::json!({
            "file": name,
            "findings": self.list,
            "summary": self.summary,
            "failed": self.is_failed(),
        });
        if let (Some(changes), Some(map)) = (&self.changes, document.as_object_mut()) {
            map.insert("changes".to_owned(), serde_json::json!(changes));
        }
        format!("{document}\n")
    }
}

fn is_known(code: &str) -> bool {
    OWN.iter().any(|(own, _)| *own == code)
        || LintCode::ALL.iter().any(|lint| lint.as_str() == code)
        || groupmap::ProblemCode::ALL.iter().any(|problem| problem.to_string() == code)
}
