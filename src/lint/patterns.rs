//! Patterns one by one: those that reach further than they seem to, and those that are none.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use regex_syntax::ast::{self, Ast, parse::Parser};

use super::atom::{AtomId, Written};
use super::automaton::Found;
use super::code::LintCode;
use super::examination::Examination;
use super::filling::sole_capture;
use super::finding::Lint;
use super::names::each_leaf;
use crate::config::{AttributeTest, Condition, IdentifiedBy, Rule, TestKind};
use crate::problem::Path;
use crate::rules::Template;
use crate::text::{Brief, CasePolicy};

/// Examines the patterns of one rule.
pub(super) fn examine(exam: &mut Examination<'_>, rule: &Rule, when: &Path<'_>) {
    each_leaf(&rule.when, when, &mut |leaf, path| {
        let (written, key, test) = match leaf {
            Condition::Regex(pattern) => (Written::Regex(pattern.clone()), "regex", None),
            Condition::Glob(glob) => (Written::Glob(glob.clone()), "glob", None),
            Condition::Attribute(test) => match &test.test {
                TestKind::Regex(pattern) => (Written::Regex(pattern.clone()), "attribute.regex", Some(test)),
                TestKind::Glob(glob) => (Written::Glob(glob.clone()), "attribute.glob", Some(test)),
                TestKind::Equals(_) | TestKind::OneOf(_) | TestKind::Present(_) => return,
            },
            _ => return,
        };
        Pattern { exam, rule, written, test }.examine(leaf, &path.key(key));
    });
    templates(exam, rule);
}

struct Pattern<'x, 'e, 'r> {
    exam: &'x mut Examination<'e>,
    rule: &'r Rule,
    written: Written,
    /// The test of a claim that it stands in, if it does in one.
    test: Option<&'r AttributeTest>,
}

impl Pattern<'_, '_, '_> {
    fn report(&mut self, lint: Lint) {
        self.exam.report(lint.of_rule(&self.rule.id));
    }

    /// The values that it matches, as a set.
    fn atom(&mut self, leaf: &Condition) -> Option<AtomId> {
        match self.test {
            None => self.exam.solver.atoms.group(leaf),
            Some(test) => {
                let attribute = self.exam.solver.atoms.attribute(&test.name);
                Some(self.exam.solver.atoms.test(attribute, &test.test))
            }
        }
    }

    fn case(&self) -> CasePolicy {
        if self.test.is_some() { CasePolicy::Sensitive } else { self.exam.compiled.reading.case }
    }

    fn examine(mut self, leaf: &Condition, path: &Path<'_>) {
        let Some(atom) = self.atom(leaf) else { return };
        if self.test.is_none() && self.exam.compiled.reading.identified_by == IdentifiedBy::Dn {
            let message = "the pattern is matched against the DN as it is spelled: a blank behind a comma, or `ou=` for \
                           `OU=`, makes another value";
            self.report(
                Lint::new(LintCode::PatternOnDn, path, message)
                    .with_help("use `dn` or `dn_under`, which compare names as RFC 4514 means"),
            );
        }
        if self.exam.solver.is_everything(atom) {
            self.report(
                Lint::new(LintCode::BroadPattern, path, "the pattern matches every value there can be")
                    .with_help("if everybody is meant, write `\"everyone\"`; if some group is, name it"),
            );
            return;
        }
        if self.exam.solver.is_broad(atom) {
            let message = "the pattern matches every word of 8 to 32 small letters, so that most groups fit";
            self.report(
                Lint::new(LintCode::BroadPattern, path, message)
                    .with_help("let it begin or end with fixed text, such as `eng-[a-z]+`"),
            );
        }
        if self.literal(atom, path) {
            return;
        }
        if let Written::Regex(pattern) = self.written.clone()
            && let Ok(ast) = Parser::new().parse(&pattern)
        {
            self.dot(&pattern, &ast, path);
            self.alternation(&pattern, &ast, path);
        }
    }

    /// A pattern that matches one spelling; whether it is one.
    fn literal(&mut self, atom: AtomId, path: &Path<'_>) -> bool {
        let Some((text, only)) = self.exam.solver.sole_value(atom, self.case()) else { return false };
        if !only {
            return false;
        }
        let separator = text.ends_with(['-', '_', '.', '/', ':', ' ']);
        let means = if self.test.is_some() { "equals" } else { "name" };
        let message =
            format!("the pattern matches `{}` and nothing else: it is held against the whole value", Brief(&text));
        let wider = if matches!(self.written, Written::Regex(_)) { ".*" } else { "*" };
        let help = if separator {
            format!(
                "if what begins so is meant, write `{}{wider}`; if not, `{means}` says it plainly",
                Brief(self.written.text())
            )
        } else {
            format!("`{means}` says it plainly and costs less")
        };
        self.report(Lint::new(LintCode::LiteralPattern, path, message).with_help(help));
        true
    }

    /// A dot between letters, as in `example.com`.
    fn dot(&mut self, pattern: &str, ast: &Ast, path: &Path<'_>) {
        let mut dots = Vec::new();
        bare_dots(ast, &mut dots);
        let Some(escaped) = with_escaped(pattern, &dots) else { return };
        let meant = Written::Regex(escaped.clone()).parse(self.case());
        let written = self.written.parse(self.case());
        let (Some(meant), Some(written)) = (meant, written) else { return };
        let Found::Value(value) = self.exam.solver.between(&written.hir, &meant.hir) else { return };
        let message = format!(
            "`.` matches any character, so that the pattern also matches `{}`",
            Brief(&String::from_utf8(value).unwrap_or_default())
        );
        self.report(
            Lint::new(LintCode::UnescapedDot, path, message)
                .with_help(format!("if a dot is meant, write `{}`", Brief(&escaped))),
        );
    }

    /// `^a|b$`, `team-a|b`, and an alternative that is nothing.
    fn alternation(&mut self, pattern: &str, ast: &Ast, path: &Path<'_>) {
        let Ast::Alternation(alternation) = ast else { return };
        let texts: Vec<&str> = alternation.asts.iter().filter_map(|part| part_of(pattern, part)).collect();
        let begins = alternation.asts.first().is_some_and(|part| is_anchored(part, true));
        let ends = alternation.asts.last().is_some_and(|part| is_anchored(part, false));
        let all = |first| alternation.asts.iter().all(|part| is_anchored(part, first));
        let joined = texts.iter().map(|text| text.trim_start_matches('^').trim_end_matches('$')).collect::<Vec<_>>();
        if (begins && !all(true)) || (ends && !all(false)) {
            self.report(
                Lint::new(
                    LintCode::AlternationConfusion,
                    path,
                    "the anchors stand in one alternative alone; here every alternative is held against the whole value",
                )
                .with_help(format!("write `{}`, which means the same", Brief(&joined.join("|")))),
            );
        }
        if texts.contains(&"") {
            self.report(
                Lint::new(LintCode::AlternationConfusion, path, "an alternative is empty, and no value is")
                    .with_help("take out the `|` at the end, or the one that stands twice"),
            );
            return;
        }
        let separators = ['-', '_', '/', ':', '@', '='];
        let Some((first, rest)) = joined.split_first() else { return };
        let Some((before, tail)) = first.rfind(separators).and_then(|at| first.split_at_checked(at.saturating_add(1)))
        else {
            return;
        };
        let bare = |text: &&str| !text.is_empty() && text.chars().all(char::is_alphanumeric);
        if !before.contains(['(', '[', '|', '\\']) && rest.iter().all(bare) && bare(&tail) {
            let message = format!(
                "the alternatives are whole values: the pattern also matches `{}` by itself",
                rest.join("` and `")
            );
            let help =
                format!("if the part behind `{}` is meant, write `{before}({tail}|{})`", Brief(before), rest.join("|"));
            self.report(Lint::new(LintCode::AlternationConfusion, path, message).with_help(help));
        }
    }
}

/// The dots, by their places in bytes, that match any character between two letters, digits or brackets of a literal.
fn bare_dots(ast: &Ast, found: &mut Vec<usize>) {
    match ast {
        Ast::Concat(concat) => {
            let is_word = |part: Option<&Ast>| match part {
                Some(Ast::Literal(literal)) => literal.c.is_alphanumeric(),
                _ => false,
            };
            for (at, part) in concat.asts.iter().enumerate() {
                if let Ast::Dot(span) = part {
                    let before = at.checked_sub(1).and_then(|at| concat.asts.get(at));
                    let after = concat.asts.get(at.saturating_add(1));
                    if is_word(before) && is_word(after) {
                        found.push(span.start.offset);
                    }
                } else {
                    bare_dots(part, found);
                }
            }
        }
        Ast::Alternation(alternation) => alternation.asts.iter().for_each(|part| bare_dots(part, found)),
        Ast::Group(group) => bare_dots(&group.ast, found),
        Ast::Repetition(repetition) => bare_dots(&repetition.ast, found),
        _ => {}
    }
}

/// The pattern with a backslash before these dots; nothing where there are none.
fn with_escaped(pattern: &str, dots: &[usize]) -> Option<String> {
    let mut escaped = String::new();
    for (at, character) in pattern.char_indices() {
        if dots.contains(&at) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    (!dots.is_empty()).then_some(escaped)
}

fn part_of<'p>(pattern: &'p str, ast: &Ast) -> Option<&'p str> {
    let span = ast.span();
    pattern.get(span.start.offset..span.end.offset)
}

/// Whether a part begins, or ends, with an anchor.
fn is_anchored(ast: &Ast, first: bool) -> bool {
    let is = |kind: &ast::AssertionKind| {
        if first {
            matches!(kind, ast::AssertionKind::StartLine | ast::AssertionKind::StartText)
        } else {
            matches!(kind, ast::AssertionKind::EndLine | ast::AssertionKind::EndText)
        }
    };
    match ast {
        Ast::Assertion(assertion) => is(&assertion.kind),
        Ast::Concat(concat) => {
            let end = if first { concat.asts.first() } else { concat.asts.last() };
            end.is_some_and(|part| is_anchored(part, first))
        }
        _ => false,
    }
}

/// Placeholders that no target of the catalog can come of.
fn templates(exam: &mut Examination<'_>, rule: &Rule) {
    let compiled = exam.compiled;
    let (all, word) =
        (Path::of("rules"), if matches!(rule.effect, crate::config::Effect::Deny(_)) { "deny" } else { "grant" });
    let place = compiled.config.rules.iter().position(|other| core::ptr::eq(other, rule));
    let (Some(place), Some(id)) = (place, place.and_then(|place| exam.by_place.get(place).copied().flatten())) else {
        return;
    };
    for template in &exam.compiled_rule(id).effect.templates {
        let reached: Vec<_> = compiled
            .catalog
            .entries()
            .map(|(_, entry)| &entry.target)
            .filter(|target| template.reaches(target))
            .collect();
        let at = rule.effect.targets().iter().position(|target| *target == template.written).unwrap_or(0);
        let path = all.at(place);
        let path = path.key(word);
        let could = reached.iter().any(|target| could_fill(rule, template, target, compiled.reading.case));
        if could {
            continue;
        }
        let message = if reached.is_empty() {
            format!("the catalog lists nothing that `{}` could become", template.written)
        } else {
            format!(
                "the pattern captures nothing that makes `{}` a target of the catalog, such as `{}`",
                template.written,
                reached.first().map_or_else(String::new, |target| format!("{target}"))
            )
        };
        exam.report(
            Lint::new(LintCode::TemplateReachesNothing, path.at(at), message)
                .with_help(
                    "captured text is taken as it is, case and all; list the targets in the catalog as they come",
                )
                .of_rule(&rule.id),
        );
    }
}

/// Whether the pattern of a rule could capture what makes a template this target, as far as is plain to see: a name
/// that is one placeholder and fixed text around it must be something that its group matches.
fn could_fill(rule: &Rule, template: &Template, target: &crate::target::Target, case: CasePolicy) -> bool {
    let Some((capture, wanted)) = sole_capture(&template.name, target.name()) else { return true };
    let (mut captures, mut fits) = (0_usize, false);
    each_leaf(&rule.when, &Path::of("when"), &mut |leaf, _| {
        let Condition::Regex(pattern) = leaf else { return };
        let written = Written::Regex(pattern.clone());
        let Some(group) = written.parse(case).and_then(|parsed| group_of(&parsed.hir, capture)) else { return };
        captures = captures.saturating_add(1);
        fits |= super::automaton::Automaton::new(&group).is_none_or(|automaton| automaton.is_match(wanted));
    });
    captures == 0 || fits
}

/// What stands in the named group of a pattern.
fn group_of(hir: &regex_syntax::hir::Hir, name: &str) -> Option<regex_syntax::hir::Hir> {
    use regex_syntax::hir::HirKind;
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some(name) => Some((*capture.sub).clone()),
        HirKind::Capture(capture) => group_of(&capture.sub, name),
        HirKind::Repetition(repetition) => group_of(&repetition.sub, name),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(|part| group_of(part, name)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => None,
    }
}
