//! Names as they are written: those that no provider sends, and those that are easily taken for another.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

use super::code::LintCode;
use super::examination::Examination;
use super::finding::Lint;
use crate::config::{Condition, Rule};
use crate::problem::Path;
use crate::text::{Brief, CasePolicy, escaped, is_guid};

/// Calls for each member of a condition that has no other in it.
pub(super) fn each_leaf(condition: &Condition, path: &Path<'_>, found: &mut impl FnMut(&Condition, &Path<'_>)) {
    match condition {
        Condition::Any(inner) => {
            let path = path.key("any");
            inner.iter().enumerate().for_each(|(at, condition)| each_leaf(condition, &path.at(at), found));
        }
        Condition::All(inner) => {
            let path = path.key("all");
            inner.iter().enumerate().for_each(|(at, condition)| each_leaf(condition, &path.at(at), found));
        }
        Condition::Not(inner) => each_leaf(inner, &path.key("not"), found),
        leaf => found(leaf, path),
    }
}

/// Examines the names of one rule.
pub(super) fn examine_rule(exam: &mut Examination<'_>, rule: &Rule, path: &Path<'_>) {
    each_leaf(&rule.when, path, &mut |leaf, path| match leaf {
        Condition::Name(name) => examine_name(exam, rule, name, &path.key("name")),
        Condition::Email(email) => odd_spelling(exam, rule, email, &path.key("email")),
        Condition::Id { id, label: None } => {
            let message = format!("nobody can tell which group `{}` is", Brief(id));
            exam.report(
                Lint::new(LintCode::IdWithoutLabel, path.key("id"), message)
                    .with_help("add what people call the group, as in `{ id = \"…\", label = \"Platform admins\" }`")
                    .of_rule(&rule.id),
            );
        }
        _ => {}
    });
}

fn examine_name(exam: &mut Examination<'_>, rule: &Rule, name: &str, path: &Path<'_>) {
    odd_spelling(exam, rule, name, path);
    if is_guid(name) {
        exam.report(
            Lint::new(LintCode::GuidAsName, path, "the name has the shape of an object id, and no id meets a `name`")
                .with_help("use `id`, and let `source.groups.identified_by` say that ids come")
                .of_rule(&rule.id),
        );
    }
    let delimiter = exam.compiled.reading.delimiter.as_deref();
    if let Some(delimiter) = delimiter.filter(|delimiter| !delimiter.is_empty() && name.contains(*delimiter)) {
        let message = format!(
            "the name holds the delimiter `{}`, at which what comes is split, so that it never comes whole",
            Brief(delimiter)
        );
        exam.report(
            Lint::new(LintCode::DelimiterInName, path, message)
                .with_help("leave `source.groups.delimiter` out and let the provider send a list")
                .of_rule(&rule.id),
        );
    }
}

fn odd_spelling(exam: &mut Examination<'_>, rule: &Rule, name: &str, path: &Path<'_>) {
    let is_mark = |c: char| matches!(c, '\u{300}'..='\u{36F}');
    let why = if name.trim() != name {
        "begins or ends with white space, which counts"
    } else if escaped(name) != name {
        "holds a character that cannot be seen"
    } else if name.contains(is_mark) {
        "holds an accent as a character of its own, and does not equal the same name with the accented letter"
    } else if name.chars().any(|c| c.is_whitespace() && c != ' ') {
        "holds white space that is no plain blank"
    } else {
        return;
    };
    let shown: String = name.chars().flat_map(|c| shown(c).chars().collect::<alloc::vec::Vec<_>>()).collect();
    exam.report(
        Lint::new(LintCode::OddSpelling, path, format!("the name {why}: `{}`", Brief(&shown)))
            .with_help("copy the name from the provider again, or retype it")
            .of_rule(&rule.id),
    );
}

/// A character so that it can be seen.
fn shown(character: char) -> String {
    if character.is_ascii_graphic() || character == ' ' || character.is_alphanumeric() {
        character.to_string()
    } else {
        format!("\\u{{{:x}}}", u32::from(character))
    }
}

/// Examines the names of all rules beside each other.
pub(super) fn examine(exam: &mut Examination<'_>) {
    let compiled = exam.compiled;
    let mut first: BTreeMap<String, (String, String)> = BTreeMap::new();
    let all = Path::of("rules");
    for (place, rule) in compiled.config.rules.iter().enumerate().filter(|(_, rule)| rule.enabled) {
        each_leaf(&rule.when, &all.at(place).key("when"), &mut |leaf, path| {
            let Condition::Name(name) = leaf else { return };
            let case = compiled.reading.case;
            let like = CasePolicy::Unicode.canonical(name.trim()).into_owned();
            let (known, at) = first.entry(like).or_insert_with(|| (name.clone(), path.key("name").to_string())).clone();
            if case.canonical(&known) == case.canonical(name) {
                return;
            }
            let message = format!("`{}` and `{}` at `{at}` are two groups", Brief(name), Brief(&known));
            let help = if known.trim() == name.trim() || known.trim() != known || name.trim() != *name {
                "nothing is trimmed; if one group is meant, write it as the provider sends it"
            } else {
                "upper and lower case count here; if one group is meant, write it as the provider sends it, or set \
                 `source.groups.case`"
            };
            exam.report(
                Lint::new(LintCode::LookAlikeNames, path.key("name"), message).with_help(help).of_rule(&rule.id),
            );
        });
    }
    for cost in exam.compiled.costs.iter().copied() {
        let (rule, why) = cost;
        let place = exam.compiled.rules.rule(rule).place as usize;
        let Some(written) = exam.compiled.config.rules.get(place) else { continue };
        exam.report(
            Lint::new(LintCode::CostsEveryLogin, all.at(place).key("when"), why.to_string())
                .with_help("let the pattern begin with fixed text, or name the groups")
                .of_rule(&written.id),
        );
    }
}
