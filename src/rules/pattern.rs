//! Regular expressions and globs: parsed on their own, then anchored to the whole value, under a size limit.
//!
//! `.` matches every character. The only inline flag is `i`. Under [`CasePolicy::Ascii`] letters of ASCII match their
//! other case and nothing else does, which the `i` flag could not say (`k` would match the Kelvin sign).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Input, meta};
use regex_syntax::ast::{
    Ast, ClassAsciiKind, ClassBracketed, ClassSet, ClassSetItem, ClassSetRange, ClassSetUnion, FlagsItemKind,
    GroupKind, Literal, LiteralKind, parse::ParserBuilder,
};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Hir, HirKind, Look};

use crate::text::CasePolicy;

/// The longest pattern, in bytes.
pub(crate) const MAX_PATTERN_BYTES: usize = 512;
/// How deep a pattern may be nested.
const MAX_PATTERN_NESTING: u32 = 32;
/// How large one compiled pattern may be, in bytes.
pub(crate) const MAX_COMPILED_BYTES: usize = 256 * 1_024;

/// Why a pattern is not usable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PatternError {
    /// It does not parse.
    Invalid(String),
    /// It is too large once compiled.
    TooLarge,
}

/// A compiled pattern that matches whole values.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
}

/// What a pattern says before it is compiled.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The pattern without its anchors.
    pub(crate) hir: Hir,
}

impl Parsed {
    pub(crate) fn regex(pattern: &str, case: CasePolicy) -> Result<Self, PatternError> {
        let invalid = |error: &dyn core::fmt::Display| PatternError::Invalid(last_line(&error.to_string()));
        let mut parser = ParserBuilder::new();
        let parsed = parser.nest_limit(MAX_PATTERN_NESTING).build().parse(pattern);
        let mut ast = parsed.map_err(|error| invalid(error.kind()))?;
        check_flags(&ast)?;
        if case == CasePolicy::Ascii {
            either_ascii_case(&mut ast);
        }
        let mut translator = TranslatorBuilder::new();
        translator.dot_matches_new_line(true).case_insensitive(case == CasePolicy::Unicode);
        let hir = translator.build().translate(pattern, &ast).map_err(|e| invalid(e.kind()))?;
        Ok(Self { hir })
    }

    pub(crate) fn glob(glob: &str, case: CasePolicy) -> Result<Self, PatternError> {
        let mut pattern = String::with_capacity(glob.len());
        let mut literal = [0; 4];
        for character in glob.chars() {
            match character {
                '*' => pattern.push_str(".*"),
                '?' => pattern.push('.'),
                plain => pattern.push_str(&regex_syntax::escape(plain.encode_utf8(&mut literal))),
            }
        }
        Self::regex(&pattern, case)
    }

    /// The pattern between the two ends of a value.
    pub(crate) fn anchored(&self) -> Hir {
        Hir::concat([Hir::look(Look::Start), self.hir.clone(), Hir::look(Look::End)].into())
    }

    /// The names of the groups that capture text.
    pub(crate) fn captures(&self) -> Vec<Box<str>> {
        let mut names = Vec::new();
        capture_names(&self.hir, &mut names);
        names
    }

    pub(crate) fn compile(&self) -> Result<Pattern, PatternError> {
        let config = meta::Config::new()
            .nfa_size_limit(Some(MAX_COMPILED_BYTES))
            .hybrid(false)
            .which_captures(if self.captures().is_empty() { WhichCaptures::Implicit } else { WhichCaptures::All });
        let regex = Regex::builder().configure(config).build_from_hir(&self.anchored());
        regex.map(|regex| Pattern { regex }).map_err(|error| match error.size_limit() {
            Some(_) => PatternError::TooLarge,
            None => PatternError::Invalid(last_line(&error.to_string())),
        })
    }
}

impl Pattern {
    /// Whether the whole value matches.
    pub(crate) fn is_match(&self, value: &str) -> bool {
        self.regex.is_match(Input::new(value))
    }

    /// What a named group captured, if the whole value matches and the group took part.
    pub(crate) fn captured<'v>(&self, value: &'v str) -> impl Fn(&str) -> Option<&'v str> {
        let mut captures = self.regex.create_captures();
        self.regex.captures(Input::new(value), &mut captures);
        move |name| value.get(captures.get_group_by_name(name)?.range())
    }

    /// How many bytes it holds.
    pub(crate) fn size(&self) -> usize {
        self.regex.memory_usage()
    }
}

/// The last line of a message: the lines before it show the pattern.
fn last_line(message: &str) -> String {
    let line = message.lines().next_back().unwrap_or(message);
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn capture_names(hir: &Hir, names: &mut Vec<Box<str>>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            names.extend(capture.name.clone());
            capture_names(&capture.sub, names);
        }
        HirKind::Repetition(repetition) => capture_names(&repetition.sub, names),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                capture_names(part, names);
            }
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// Inline flags other than `i` could take a pattern off its anchors.
fn check_flags(ast: &Ast) -> Result<(), PatternError> {
    let flags = match ast {
        Ast::Flags(set) => Some(&set.flags),
        Ast::Group(group) => match &group.kind {
            GroupKind::NonCapturing(flags) => Some(flags),
            _ => None,
        },
        _ => None,
    };
    let allowed = |kind: &FlagsItemKind| {
        matches!(kind, FlagsItemKind::Negation | FlagsItemKind::Flag(regex_syntax::ast::Flag::CaseInsensitive))
    };
    if flags.is_some_and(|flags| !flags.items.iter().all(|item| allowed(&item.kind))) {
        return Err(PatternError::Invalid("inline flags other than `i` are not allowed".to_owned()));
    }
    match ast {
        Ast::Group(group) => check_flags(&group.ast),
        Ast::Repetition(repetition) => check_flags(&repetition.ast),
        Ast::Alternation(alternation) => alternation.asts.iter().try_for_each(check_flags),
        Ast::Concat(concat) => concat.asts.iter().try_for_each(check_flags),
        _ => Ok(()),
    }
}

/// Lets every ASCII letter of a pattern, alone or in a class, stand for both of its cases.
fn either_ascii_case(ast: &mut Ast) {
    match ast {
        Ast::Literal(literal) if literal.c.is_ascii_alphabetic() => {
            let kind = ClassSet::Item(both_cases(&ClassSetRange {
                span: literal.span,
                start: (**literal).clone(),
                end: (**literal).clone(),
            }));
            *ast = Ast::ClassBracketed(Box::new(ClassBracketed { span: literal.span, negated: false, kind }));
        }
        Ast::ClassBracketed(class) => set_of_both_cases(&mut class.kind),
        Ast::Repetition(repetition) => either_ascii_case(&mut repetition.ast),
        Ast::Group(group) => either_ascii_case(&mut group.ast),
        Ast::Alternation(alternation) => alternation.asts.iter_mut().for_each(either_ascii_case),
        Ast::Concat(concat) => concat.asts.iter_mut().for_each(either_ascii_case),
        _ => {}
    }
}

fn set_of_both_cases(set: &mut ClassSet) {
    match set {
        ClassSet::Item(item) => item_of_both_cases(item),
        ClassSet::BinaryOp(operation) => {
            set_of_both_cases(&mut operation.lhs);
            set_of_both_cases(&mut operation.rhs);
        }
    }
}

fn item_of_both_cases(item: &mut ClassSetItem) {
    match item {
        ClassSetItem::Literal(literal) => {
            let (start, end) = (literal.clone(), literal.clone());
            *item = both_cases(&ClassSetRange { span: literal.span, start, end });
        }
        ClassSetItem::Range(range) => *item = both_cases(range),
        ClassSetItem::Bracketed(class) => set_of_both_cases(&mut class.kind),
        ClassSetItem::Ascii(class) if matches!(class.kind, ClassAsciiKind::Lower | ClassAsciiKind::Upper) => {
            class.kind = ClassAsciiKind::Alpha;
        }
        ClassSetItem::Union(union) => union.items.iter_mut().for_each(item_of_both_cases),
        _ => {}
    }
}

/// A range, and the other case of every ASCII letter in it.
fn both_cases(range: &ClassSetRange) -> ClassSetItem {
    let mut items = Vec::from([ClassSetItem::Range(range.clone())]);
    for (first, last) in [('a', 'z'), ('A', 'Z')] {
        let (start, end) = (range.start.c.max(first), range.end.c.min(last));
        if start <= end {
            items.push(ClassSetItem::Range(ClassSetRange {
                span: range.span,
                start: other_case(&range.start, start),
                end: other_case(&range.end, end),
            }));
        }
    }
    ClassSetItem::Union(ClassSetUnion { span: range.span, items })
}

fn other_case(literal: &Literal, letter: char) -> Literal {
    let c = if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
    Literal { span: literal.span, kind: LiteralKind::Verbatim, c }
}

/// A pattern's message for its author, with what to do about size.
pub(crate) fn size_help() -> String {
    format!(
        "a compiled pattern may take {MAX_COMPILED_BYTES} bytes; `[A-Za-z0-9_]` is far smaller than `\\w`, and short \
         repetitions are smaller than long ones"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, case: CasePolicy, value: &str) -> bool {
        let parsed = Parsed::regex(pattern, case).and_then(|parsed| parsed.compile());
        parsed.is_ok_and(|pattern| pattern.is_match(value))
    }

    #[test]
    fn only_whole_values_match() {
        let case = CasePolicy::Sensitive;
        assert!(matches("a|b", case, "a") && !matches("a|b", case, "ab") && !matches("^a|b$", case, "xb"));
        assert!(matches("a.b", case, "a\nb"));
        assert!(!matches("admin", case, "admin\n"));
        assert!(Parsed::glob("team-*?", case).and_then(|p| p.compile()).is_ok_and(|p| p.is_match("team-x")));
        assert!(Parsed::glob("a.b[c]", case).and_then(|p| p.compile()).is_ok_and(|p| !p.is_match("axbc")));
    }

    #[test]
    fn case_in_patterns() {
        assert!(!matches("kube", CasePolicy::Sensitive, "KUBE"));
        assert!(matches("kube", CasePolicy::Ascii, "KUBE"));
        assert!(!matches("kube", CasePolicy::Ascii, "\u{212A}ube"));
        assert!(matches("kube", CasePolicy::Unicode, "\u{212A}ube"));
        assert!(matches("[a-c]é[^x]", CasePolicy::Ascii, "Béy"));
        assert!(!matches("[a-c]é[^x]", CasePolicy::Ascii, "BÉy"));
        assert!(!matches("[^x]", CasePolicy::Ascii, "X"));
        assert!(matches("[[:alpha:]--[m]]", CasePolicy::Ascii, "n") && !matches("[a-z--[m]]", CasePolicy::Ascii, "M"));
        assert!(matches("(?i)é", CasePolicy::Sensitive, "É"));
    }

    #[test]
    fn what_is_refused() {
        for bad in ["[a", "a{2,1}", "(?m)^a$", "(?s:.)", "(?x) a", "a)|(b", "(?<n>a)(?<n>b)"] {
            assert!(matches!(Parsed::regex(bad, CasePolicy::Sensitive), Err(PatternError::Invalid(_))), "{bad}");
        }
        for large in [r"\w{1000}", "a{100}{100}{100}"] {
            let compiled = Parsed::regex(large, CasePolicy::Sensitive).and_then(|parsed| parsed.compile());
            assert_eq!(compiled.err(), Some(PatternError::TooLarge), "{large}");
        }
    }

    #[test]
    fn captured_text() -> Result<(), PatternError> {
        let parsed = Parsed::regex("(?P<org>acme|beta)-(?P<team>[a-z]+)(?P<x>!)?", CasePolicy::Sensitive);
        let pattern = parsed?.compile()?;
        let captured = pattern.captured("beta-red");
        assert_eq!((captured("org"), captured("team"), captured("x")), (Some("beta"), Some("red"), None));
        assert_eq!(pattern.captured("gamma-red")("team"), None);
        Ok(())
    }
}
