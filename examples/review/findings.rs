//! What the review found: what blocks first, and what is about a privileged target before the rest.

use std::fmt::{self, Write};

use groupmap::{Engine, Finding, Review, Severity};

use crate::markup::{Name, Text, number, people};
use crate::page::left_out;
use crate::people::privileged;

/// How many findings are shown.
pub(crate) const MOST_FINDINGS: usize = 300;
/// How many people of one finding are shown.
pub(crate) const MOST_PEOPLE: usize = 200;
/// More people of one finding, or warnings of one kind, are folded away.
const AT_ONCE: usize = 12;

pub(crate) fn findings(engine: &Engine, review: &Review, out: &mut String) -> fmt::Result {
    out.write_str("<section id=\"findings\"><h2>Findings</h2>\n")?;
    let privileged = privileged(engine);
    let mut findings: Vec<(bool, &Finding)> = review
        .findings
        .iter()
        .map(|finding| (finding.target.as_ref().is_some_and(|target| privileged.contains(target)), finding))
        .collect();
    findings.sort_by_key(|(privileged, finding)| (finding.severity, !privileged));
    if findings.is_empty() {
        out.write_str("<p>Nothing was found.</p>")?;
    }
    let shown = findings.get(..MOST_FINDINGS).unwrap_or(&findings);
    for alike in shown.chunk_by(|(a, one), (b, other)| (a, one.code) == (b, other.code)) {
        // What blocks is never folded away.
        let folds = alike.len() > AT_ONCE && alike.iter().all(|(_, finding)| finding.severity != Severity::Deny);
        if let (true, Some((_, first))) = (folds, alike.first()) {
            let count = number(alike.len());
            write!(out, "<details><summary><code>{}</code>: {count} warnings of one kind</summary>", first.code)?;
        }
        alike.iter().try_for_each(|(privileged, finding)| show(*privileged, finding, out))?;
        if folds {
            out.write_str("</details>\n")?;
        }
    }
    left_out(MOST_FINDINGS, findings.len(), "finding", "findings", out)?;
    out.write_str("</section>\n")
}

fn show(privileged: bool, finding: &Finding, out: &mut String) -> fmt::Result {
    let (class, word) = match finding.severity {
        Severity::Deny => ("deny", "blocks"),
        Severity::Warn => ("warn", "warning"),
    };
    write!(out, "<article class=\"finding {class}\" data-find><h3><span class=\"badge\">{word}</span> ")?;
    write!(out, "<code>{}</code>", finding.code)?;
    if let Some(target) = &finding.target {
        write!(out, " {}", Name(&target.to_string()))?;
    }
    if privileged {
        out.write_str(" <span class=\"badge strong\">privileged</span>")?;
    }
    write!(out, "</h3><p>{}</p>", Text(&sentence(finding)))?;
    match finding.people.len() {
        0 => {}
        few @ ..=AT_ONCE => {
            write!(out, "<p class=\"who\">{}: ", people(few))?;
            names(&finding.people, out)?;
            out.write_str("</p>")?;
        }
        many => {
            write!(out, "<details><summary>{}</summary><p class=\"who\">", people(many))?;
            names(&finding.people, out)?;
            out.write_str("</p>")?;
            left_out(MOST_PEOPLE, many, "person", "people", out)?;
            out.write_str("</details>")?;
        }
    }
    out.write_str("</article>\n")
}

/// What a finding says of itself, as a sentence without what the heading and the list of people say.
fn sentence(finding: &Finding) -> String {
    let shown = finding.to_string();
    let count = finding.people.len();
    let tail = if count == 1 { " (1 person)".to_owned() } else { format!(" ({count} people)") };
    let head = match &finding.target {
        Some(target) => format!("{} {} of {target}: ", finding.severity, finding.code),
        None => format!("{} {}: ", finding.severity, finding.code),
    };
    let message = shown.strip_prefix(&*head).unwrap_or(&shown);
    let message = message.strip_suffix(&*tail).unwrap_or(message);
    let mut characters = message.chars();
    characters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), characters.as_str()))
}

fn names(ids: &[String], out: &mut String) -> fmt::Result {
    for (index, id) in ids.iter().take(MOST_PEOPLE).enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write!(out, "{}", Name(id))?;
    }
    Ok(())
}
