//! The page: one file that needs nothing else, neither network nor scripts.

use std::fmt::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use groupmap::{Engine, ErrorDocument, Problems, Review, ReviewAnswer, ReviewRequest, Severity};
use sha2::{Digest as _, Sha256};

use crate::markup::{Name, Text, number};
use crate::people::{Fate, Planned, planned};
use crate::{findings, picture, table};

const STYLE: &str = include_str!("style.css");
const SEARCH: &str = include_str!("search.js");

/// The page of an answer. It names people, as the answer does.
pub(crate) fn page(request: Option<&ReviewRequest>, answer: &ReviewAnswer) -> Result<String, fmt::Error> {
    let mut out = String::new();
    match (request, answer) {
        (Some(request), ReviewAnswer::Review(review)) => reviewed(request, review, &mut out),
        (_, ReviewAnswer::Problems(problems)) => {
            not_reviewed("The config does not compile", &lines(problems), &mut out)
        }
        (_, ReviewAnswer::Error(error)) => not_reviewed("There is no review", &[line(error)], &mut out),
        (None, ReviewAnswer::Review(_)) => Err(fmt::Error),
    }?;
    Ok(out)
}

fn reviewed(request: &ReviewRequest, review: &Review, out: &mut String) -> fmt::Result {
    // What compiled for the review compiles again.
    let engine = Engine::compile(request.config.clone()).map_err(|_| fmt::Error)?;
    let everybody = planned(&engine, request, review).map_err(|_| fmt::Error)?;
    let source = &request.config.source.id;
    begin(&format!("Review of {source}"), out)?;
    write!(out, "<header><h1>Review of {}</h1>", Name(source))?;
    out.write_str(
        "<p>What this mapping would do to everybody if it were active. Nothing has been changed.</p></header>",
    )?;
    verdict(review, out)?;
    tiles(review, &everybody, out)?;
    out.write_str("<p id=\"search\" hidden><label>Search this page <input type=\"search\" autocomplete=\"off\"></label> <output></output></p>")?;
    out.write_str("<nav aria-label=\"Parts\"><a href=\"#findings\">Findings</a> <a href=\"#targets\">By target</a> <a href=\"#people\">By person</a> <a href=\"#picture\">Rules</a></nav>")?;
    findings::findings(&engine, review, out)?;
    table::by_target(&engine, review, out)?;
    table::by_person(&engine, &everybody, out)?;
    picture::picture(&engine, out)?;
    write!(
        out,
        "<footer><p>Digest of this review: <code>{}</code>. An acknowledgement names it.</p>",
        Text(&review.digest)
    )?;
    out.write_str("<p>This page names people. Keep it as you keep the directory.</p></footer>")?;
    end(out)
}

fn not_reviewed(title: &str, lines: &[String], out: &mut String) -> fmt::Result {
    begin(title, out)?;
    write!(
        out,
        "<header><h1>{}</h1><p>Nobody was reviewed, and nothing is to be activated.</p></header><ul>",
        Text(title)
    )?;
    for line in lines {
        write!(out, "<li>{}</li>", Text(line))?;
    }
    out.write_str("</ul>")?;
    end(out)
}

fn lines(problems: &Problems) -> Vec<String> {
    problems.to_string().lines().map(str::to_owned).collect()
}

fn line(error: &ErrorDocument) -> String {
    format!("{}: {}", error.code, error.message)
}

fn begin(title: &str, out: &mut String) -> fmt::Result {
    out.write_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'; \
         style-src '{}'; script-src '{}'\">",
        hash(STYLE),
        hash(SEARCH)
    )?;
    out.write_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")?;
    out.write_str("<meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")?;
    write!(out, "<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n", Text(title))
}

fn end(out: &mut String) -> fmt::Result {
    write!(out, "</main>\n<script>{SEARCH}</script>\n</body>\n</html>\n")
}

/// How a content security policy names the one script, or the one style, that may count.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

fn verdict(review: &Review, out: &mut String) -> fmt::Result {
    let denied = review.findings.iter().any(|finding| finding.severity == Severity::Deny);
    let (class, word, sentence) = match (review.blocked, denied) {
        (true, _) => ("deny", "Blocked", "Findings below stand in the way. Do not activate the mapping as it is."),
        (false, true) => ("warn", "Acknowledged", "Findings stand in the way, and an admin has acknowledged them."),
        (false, false) => ("clear", "Not blocked", "No finding stands in the way of activation."),
    };
    writeln!(out, "<p class=\"verdict {class}\"><strong>{word}.</strong> {sentence}</p>")
}

fn tiles(review: &Review, everybody: &[Planned<'_>], out: &mut String) -> fmt::Result {
    let plans = || everybody.iter().filter_map(|planned| planned.plan.as_ref());
    let of = |fate: Fate| everybody.iter().filter(|planned| planned.fate == fate).count();
    let severity = |severity| review.findings.iter().filter(|finding| finding.severity == severity).count();
    let mut privileged: Vec<&str> = review.preview.gain_privileged.iter().map(|gained| &*gained.id).collect();
    privileged.dedup();
    let tiles = [
        (everybody.len(), "people reviewed"),
        (severity(Severity::Deny), "findings that block"),
        (severity(Severity::Warn), "warnings"),
        (review.preview.lose_access.len(), "lose access"),
        (privileged.len(), "gain a privileged target"),
        (
            plans().filter(|plan| !plan.remove.is_empty() || !plan.replace.is_empty()).count(),
            "have a target taken or replaced",
        ),
        (plans().filter(|plan| !plan.add.is_empty() || !plan.replace.is_empty()).count(), "gain a target"),
        (plans().filter(|plan| !plan.withheld.is_empty()).count(), "have something held back"),
        (of(Fate::Unchanged), "stay as they are"),
    ];
    out.write_str("<ul class=\"tiles\">")?;
    for (count, label) in tiles {
        write!(out, "<li><b>{}</b> <span>{label}</span></li>", number(count))?;
    }
    out.write_str("</ul>\n")
}

/// Says that not everything is shown, if it is not.
pub(crate) fn left_out(shown: usize, all: usize, one: &str, many: &str, out: &mut String) -> fmt::Result {
    match all.checked_sub(shown) {
        None | Some(0) => Ok(()),
        Some(hidden) => {
            let (noun, verb) = if hidden == 1 { (one, "is") } else { (many, "are") };
            write!(out, "<p class=\"more\">{} more {noun} {verb} not shown on this page.</p>", number(hidden))
        }
    }
}
