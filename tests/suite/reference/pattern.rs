//! Regexes and globs: matched against the whole value, `.` matches every character (section 3).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use regex::{Regex, RegexBuilder};

use super::text::Case;

#[derive(Debug)]
pub struct Pattern {
    regex: Result<Regex, &'static str>,
    case: Case,
}

impl Pattern {
    pub fn regex(text: &str, case: Case) -> Pattern {
        Pattern { regex: compile(text, case), case }
    }

    /// `*` is any run, `?` one character.
    pub fn glob(text: &str, case: Case) -> Pattern {
        let mut pattern = String::new();
        for c in text.chars() {
            match c {
                '*' => pattern += ".*",
                '?' => pattern.push('.'),
                _ => pattern += &regex::escape(&c.to_string()),
            }
        }
        Pattern { regex: compile(&pattern, case), case }
    }

    pub fn problem(&self) -> Option<&'static str> {
        self.regex.as_ref().err().copied()
    }

    pub fn capture_names(&self) -> BTreeSet<String> {
        let regex = self.regex.iter();
        regex.flat_map(|regex| regex.capture_names().flatten().map(str::to_owned)).collect()
    }

    /// What the named groups captured, if the whole value matches.
    pub fn captures(&self, value: &str) -> Option<BTreeMap<String, String>> {
        let regex = self.regex.as_ref().ok()?;
        let seen = self.stand_in(value);
        let found = regex.captures(&seen)?;
        let mut captured = BTreeMap::new();
        for name in regex.capture_names().flatten() {
            if let Some(group) = found.name(name) {
                captured.insert(name.to_owned(), value[group.range()].to_owned());
            }
        }
        Some(captured)
    }

    pub fn matches(&self, value: &str) -> bool {
        self.regex.as_ref().is_ok_and(|regex| regex.is_match(&self.stand_in(value)))
    }

    /// Under `ascii` the two characters that fold to ASCII letters give way to others of the same
    /// class and length, so that `(?i)` reaches ASCII letters alone.
    fn stand_in<'a>(&self, value: &'a str) -> Cow<'a, str> {
        match self.case {
            Case::Ascii => Cow::Owned(stand_in(value)),
            _ => Cow::Borrowed(value),
        }
    }
}

fn stand_in(text: &str) -> String {
    text.replace('\u{17F}', "\u{283}").replace('\u{212A}', "\u{2126}")
}

fn compile(text: &str, case: Case) -> Result<Regex, &'static str> {
    // On its own first, so that an unbalanced pattern can't swallow the anchors.
    build(text, case)?;
    if has_forbidden_flags(text) {
        return Err("invalid-regex");
    }
    let text = match case {
        Case::Ascii => spell_out_others(&stand_in(text)),
        _ => text.to_owned(),
    };
    build(&format!(r"\A(?:{text})\z"), case)
}

fn build(text: &str, case: Case) -> Result<Regex, &'static str> {
    RegexBuilder::new(text)
        .dot_matches_new_line(true)
        .case_insensitive(case != Case::Sensitive)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "regex-too-large",
            _ => "invalid-regex",
        })
}

/// The characters of a pattern with what each of them is: escaped, in a class.
fn walk(text: &str) -> Vec<(usize, char, bool, bool)> {
    let mut walked = Vec::new();
    let (mut escaped, mut depth) = (false, 0_usize);
    for (at, c) in text.char_indices() {
        walked.push((at, c, escaped, depth > 0));
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == '[' {
            depth += 1;
        } else if c == ']' {
            depth = depth.saturating_sub(1);
        }
    }
    walked
}

/// Inline flags other than `i`, as in `(?m)` or `(?s:…)`.
fn has_forbidden_flags(text: &str) -> bool {
    for (at, c, escaped, in_class) in walk(text) {
        if c != '(' || escaped || in_class {
            continue;
        }
        let Some(rest) = text[at..].strip_prefix("(?") else {
            continue;
        };
        if rest.starts_with('<') || rest.starts_with("P<") {
            continue;
        }
        let flags: String = rest.chars().take_while(|c| *c != ':' && *c != ')').collect();
        if flags.chars().any(|flag| flag != 'i' && flag != '-') {
            return true;
        }
    }
    false
}

/// Under `ascii`, letters outside ASCII keep their case (outside of classes, which is enough here).
fn spell_out_others(text: &str) -> String {
    let mut spelled = String::new();
    for (_, c, _, in_class) in walk(text) {
        if c.is_ascii() || in_class {
            spelled.push(c);
        } else {
            spelled += &format!("(?-i:{c})");
        }
    }
    spelled
}
