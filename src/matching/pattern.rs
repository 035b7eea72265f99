//! Regular expressions and globs: parsed on their own, then anchored to the whole value, under a size limit.
//!
//! `.` matches every character. The only inline flag is `i`. Under [`CasePolicy::Ascii`] letters of ASCII match their
//! other case and nothing else does, which the `i` flag could not say (`k` would match the Kelvin sign).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use regex_automata::meta;
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_syntax::ast::{Ast, FlagsItemKind, GroupKind, parse::ParserBuilder};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};

use super::ascii_case::either_ascii_case;
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

/// A pattern that has been read.
#[derive(Clone, Debug)]
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

    /// Checks that the pattern is not too large to be matched.
    ///
    /// What is counted is what an automaton of it takes, near enough: each copy of a repetition anew, and a class by
    /// its ranges.
    pub(crate) fn check_size(&self) -> Result<(), PatternError> {
        if size(&self.hir) > MAX_COMPILED_BYTES { Err(PatternError::TooLarge) } else { Ok(()) }
    }

    /// The pattern as one regular expression, for what nothing simpler can do.
    pub(super) fn compile(&self, captures: WhichCaptures) -> Result<Regex, PatternError> {
        let config = meta::Config::new()
            .nfa_size_limit(Some(MAX_COMPILED_BYTES.saturating_mul(2)))
            .hybrid(false)
            .dfa(false)
            .which_captures(captures);
        let regex = Regex::builder().configure(config).build_from_hir(&self.anchored());
        regex.map_err(|error| match error.size_limit() {
            Some(_) => PatternError::TooLarge,
            None => PatternError::Invalid(last_line(&error.to_string())),
        })
    }

    /// The same language in its simplest form, and whether it may be matched against canonical text.
    ///
    /// What captures is dropped, as are anchors at the ends, where every pattern is anchored anyway. Where the case
    /// policy makes no difference to the pattern, since every class in it holds all cases of what it holds, canonical
    /// text is all it needs to know, and a letter in both cases becomes a letter.
    pub(super) fn plain(&self, case: CasePolicy) -> (Hir, bool) {
        let is_folded = case != CasePolicy::Sensitive && is_closed(&self.hir, case);
        let case = if is_folded { case } else { CasePolicy::Sensitive };
        (without_outer_anchors(simplified(&self.hir, case)), is_folded)
    }
}

fn size(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => 32,
        HirKind::Literal(literal) => literal.0.len().saturating_mul(32),
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().len().saturating_mul(24).saturating_add(if class.is_ascii() { 32 } else { 256 })
        }
        HirKind::Capture(capture) => size(&capture.sub).saturating_add(64),
        HirKind::Repetition(repetition) => {
            let copies = repetition.max.unwrap_or(repetition.min.max(1));
            size(&repetition.sub).saturating_add(32).saturating_mul(copies as usize)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(size).fold(32, usize::saturating_add),
    }
}

/// Whether a pattern matches a text if and only if it matches the text's canonical form.
fn is_closed(hir: &Hir, case: CasePolicy) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(Look::Start | Look::End) => true,
        // A boundary between words could be moved by folding a letter that is none into one that is.
        HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => false,
        HirKind::Literal(literal) => core::str::from_utf8(&literal.0)
            .is_ok_and(|text| text.chars().all(|c| case.is_closed(&ClassUnicode::new([ClassUnicodeRange::new(c, c)])))),
        HirKind::Class(Class::Unicode(class)) => case.is_closed(class),
        HirKind::Capture(capture) => is_closed(&capture.sub, case),
        HirKind::Repetition(repetition) => is_closed(&repetition.sub, case),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(|part| is_closed(part, case)),
    }
}

/// Without captures, and with canonical characters alone in small classes.
fn simplified(hir: &Hir, case: CasePolicy) -> Hir {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => Hir::class(Class::Unicode(case.canonical_class(class))),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => hir.clone(),
        HirKind::Capture(capture) => simplified(&capture.sub, case),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(simplified(&repetition.sub, case))),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(|part| simplified(part, case)).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(|part| simplified(part, case)).collect()),
    }
}

fn without_outer_anchors(hir: Hir) -> Hir {
    let anchor = |hir: &Hir, look| matches!(hir.kind(), HirKind::Look(found) if *found == look);
    match hir.kind() {
        HirKind::Look(Look::Start | Look::End) => Hir::empty(),
        HirKind::Concat(parts) => {
            let mut parts = parts.as_slice();
            while let [first, rest @ ..] = parts
                && anchor(first, Look::Start)
            {
                parts = rest;
            }
            while let [rest @ .., last] = parts
                && anchor(last, Look::End)
            {
                parts = rest;
            }
            Hir::concat(parts.to_vec())
        }
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().cloned().map(without_outer_anchors).collect()),
        _ => hir,
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

    fn is_match(parsed: Result<Parsed, PatternError>, value: &str) -> bool {
        let regex = parsed.and_then(|parsed| parsed.compile(WhichCaptures::Implicit));
        regex.is_ok_and(|regex| regex.is_match(value))
    }

    fn matches(pattern: &str, case: CasePolicy, value: &str) -> bool {
        is_match(Parsed::regex(pattern, case), value)
    }

    #[test]
    fn only_whole_values_match() {
        let case = CasePolicy::Sensitive;
        assert!(matches("a|b", case, "a") && !matches("a|b", case, "ab") && !matches("^a|b$", case, "xb"));
        assert!(matches("a.b", case, "a\nb"));
        assert!(!matches("admin", case, "admin\n"));
        assert!(is_match(Parsed::glob("team-*?", case), "team-x") && !is_match(Parsed::glob("team-*?", case), "team-"));
        assert!(is_match(Parsed::glob("a.b[c]", case), "a.b[c]") && !is_match(Parsed::glob("a.b[c]", case), "axbc"));
    }

    #[test]
    fn case_in_patterns() {
        assert!(!matches("kube", CasePolicy::Sensitive, "KUBE"));
        assert!(matches("kube", CasePolicy::Ascii, "KUBE"));
        assert!(!matches("kube", CasePolicy::Ascii, "\u{212A}ube"));
        assert!(matches("kube", CasePolicy::Unicode, "\u{212A}ube"));
        assert!(matches("[a-c]é[^x]", CasePolicy::Ascii, "Béy"));
        assert!(matches("[[:lower:]][[:upper:]][[:digit:]]", CasePolicy::Ascii, "Aa1"));
        assert!(!matches("[[:lower:]]", CasePolicy::Ascii, "1") && !matches("[[:^lower:]]", CasePolicy::Ascii, "A"));
        assert!(!matches("[a-c]é[^x]", CasePolicy::Ascii, "BÉy"));
        assert!(!matches("[^x]", CasePolicy::Ascii, "X"));
        assert!(matches("[[:alpha:]--[m]]", CasePolicy::Ascii, "n") && !matches("[a-z--[m]]", CasePolicy::Ascii, "M"));
        assert!(matches("(?i)é", CasePolicy::Sensitive, "É"));
        assert!(matches(r"\p{Lu}[\p{Lu}-]", CasePolicy::Ascii, "bB") && !matches(r"\p{Lu}", CasePolicy::Ascii, "é"));
        assert!(!matches(r"\P{Lu}", CasePolicy::Ascii, "a") && matches(r"\P{Lu}", CasePolicy::Ascii, "é"));
    }

    /// Under every policy a letter behind `-i` is itself alone.
    #[test]
    fn case_that_a_pattern_asks_for() {
        for case in [CasePolicy::Ascii, CasePolicy::Unicode, CasePolicy::Sensitive] {
            let is_either = case != CasePolicy::Sensitive;
            for (pattern, exact, other, either) in [
                ("(?-i:Ops)", "Ops", "OPS", None),
                ("(?-i)Ops", "Ops", "ops", None),
                ("(?-i)[a-c]+", "abc", "aBc", None),
                (r"(?-i)\p{Lu}s", "Os", "os", None),
                ("(?-i:O)ps", "Ops", "ops", Some("OPS")),
                ("(?:(?-i)O)ps", "Ops", "ops", Some("OPS")),
                ("(?:a|(?-i)b|c)d", "cd", "Cd", Some("Ad")),
                ("(?<n>(?-i)O)ps", "Ops", "ops", Some("OpS")),
                ("(?:(?-i)a)*b", "aab", "aAb", Some("aaB")),
            ] {
                assert!(matches(pattern, case, exact), "{pattern}");
                assert!(!matches(pattern, case, other), "{pattern}");
                assert!(either.is_none_or(|either| matches(pattern, case, either) == is_either), "{pattern}");
            }
            assert!(matches("(?i)o(?-i:P)s", case, "OPS") && !matches("(?i)o(?-i:P)s", case, "OpS"));
            assert!(matches("(?-i:(?i:o)ps)", case, "Ops") && !matches("(?-i:(?i:o)ps)", case, "OPs"));
        }
    }

    #[test]
    fn what_is_refused() {
        for bad in [
            "[a",
            "a{2,1}",
            "(?m)^a$",
            "(?s:.)",
            "(?x) a",
            "a)|(b",
            "(?<n>a)(?<n>b)",
            "((?m)a)",
            "(?:(?s).)*",
            "a|(?x)b",
        ] {
            assert!(matches!(Parsed::regex(bad, CasePolicy::Sensitive), Err(PatternError::Invalid(_))), "{bad}");
        }
        for large in [r"\w{1000}", "a{100}{100}{100}"] {
            let checked = Parsed::regex(large, CasePolicy::Sensitive).and_then(|parsed| parsed.check_size());
            assert_eq!(checked, Err(PatternError::TooLarge), "{large}");
        }
    }

    #[test]
    fn anchors_at_the_ends_and_captures_say_nothing_more() -> Result<(), PatternError> {
        for pattern in ["^ab+$", "(?<x>a)b+", "^(?:^ab+)$$", r"\Aab+\z"] {
            let (plain, _) = Parsed::regex(pattern, CasePolicy::Sensitive)?.plain(CasePolicy::Sensitive);
            assert_eq!(plain, Parsed::regex("ab+", CasePolicy::Sensitive)?.hir, "{pattern}");
        }
        Ok(())
    }

    #[test]
    fn patterns_that_hold_all_cases_are_matched_in_canonical_form() -> Result<(), PatternError> {
        let folded = |pattern, case| Ok::<_, PatternError>(Parsed::regex(pattern, case)?.plain(case).1);
        for pattern in ["kube-[a-z]+", "[^x]*", ".*", "é", r"\d+-\w"] {
            assert!(folded(pattern, CasePolicy::Ascii)? && folded(pattern, CasePolicy::Unicode)?, "{pattern}");
            assert!(!folded(pattern, CasePolicy::Sensitive)?, "{pattern}");
        }
        assert!(folded(r"\p{Lu}[\P{Ll}x]", CasePolicy::Ascii)? && folded(r"\p{Lu}", CasePolicy::Unicode)?);
        assert!(!folded("(?-i:a)b", CasePolicy::Unicode)? && !folded(r"a\b.", CasePolicy::Unicode)?);
        let (hir, _) = Parsed::regex("Kübe", CasePolicy::Unicode)?.plain(CasePolicy::Unicode);
        assert!(matches!(hir.kind(), HirKind::Literal(literal) if *literal.0 == *"KÜBE".as_bytes()));
        Ok(())
    }
}
