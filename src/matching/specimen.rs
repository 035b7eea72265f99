//! Texts that a pattern matches: a few, the plainest first.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};

use super::pattern::Parsed;
use crate::config::Condition;
use crate::text::CasePolicy;

/// How many texts are made of one pattern, and of each part of it.
const MOST: usize = 6;
/// How often a part that may be repeated is, at most.
const MOST_COPIES: u32 = 64;

/// Texts that a regex or glob should match; each is to be tried, since what looks around is not looked at. Named groups
/// that `filled` knows hold that text.
pub(crate) fn specimens(
    condition: &Condition,
    case: CasePolicy,
    filled: &dyn Fn(&str) -> Option<String>,
) -> Vec<String> {
    let parsed = match condition {
        Condition::Regex(pattern) => Parsed::regex(pattern, case),
        Condition::Glob(glob) => Parsed::glob(glob, case),
        _ => return Vec::new(),
    };
    let Ok(parsed) = parsed else { return Vec::new() };
    let mut texts = of(&parsed.hir, filled);
    // An empty text is no group.
    texts.retain(|text| !text.is_empty());
    texts.truncate(MOST);
    texts
}

fn of(hir: &Hir, filled: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => [String::new()].into(),
        HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).into_iter().collect(),
        HirKind::Class(Class::Unicode(class)) => of_class(class),
        HirKind::Class(Class::Bytes(_)) => Vec::new(),
        HirKind::Capture(capture) => match capture.name.as_deref().and_then(filled) {
            Some(text) => [text].into(),
            None => of(&capture.sub, filled),
        },
        HirKind::Repetition(repetition) => {
            let inner = of(&repetition.sub, filled);
            let least = repetition.min.min(MOST_COPIES);
            let more = repetition.max.unwrap_or(u32::MAX).min(least.saturating_add(1));
            // Once rather than not at all: what may be left out mostly is not.
            let mut counts = Vec::from([least.max(1).min(more), least, more]);
            counts.dedup();
            let repeated = counts.iter().flat_map(|count| inner.iter().map(|text| text.repeat(*count as usize)));
            let mut texts: Vec<String> = Vec::new();
            for text in repeated {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
            texts.truncate(MOST);
            texts
        }
        HirKind::Concat(parts) => {
            let mut texts = Vec::from([String::new()]);
            for part in parts {
                let tails = of(part, filled);
                let joined = tails.iter().flat_map(|tail| texts.iter().map(move |text| [text.as_str(), tail].concat()));
                texts = joined.take(MOST).collect();
            }
            texts
        }
        HirKind::Alternation(parts) => {
            let each: Vec<Vec<String>> = parts.iter().take(MOST).map(|part| of(part, filled)).collect();
            let mut texts: Vec<String> = Vec::new();
            // The first of each before the second of any.
            for place in 0..MOST {
                texts.extend(each.iter().filter_map(|one| one.get(place)).cloned());
            }
            texts.truncate(MOST);
            texts
        }
    }
}

/// Letters and digits before everything else.
fn of_class(class: &ClassUnicode) -> Vec<String> {
    let holds = |c: char| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&c));
    let plain = "xabcyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZdefghijklmnopqrstuvw-_ ./".chars().filter(|c| holds(*c));
    let other = class.ranges().iter().map(ClassUnicodeRange::start).filter(|c| !c.is_control());
    plain.chain(other).take(3).map(|c| c.encode_utf8(&mut [0; 4]).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::Trial;

    #[test]
    fn specimens_match() {
        for pattern in ["team-(?P<team>.*)", "a|b|cd", "[0-9]{3}-x?", "(ab)+", "\\w+@x", "é.?", "(?i)ops", "a{0,2}b"] {
            let condition = Condition::regex(pattern);
            let texts = specimens(&condition, CasePolicy::Sensitive, &|_| None);
            assert!(!texts.is_empty(), "{pattern}");
            let trial = Trial::of(&condition, CasePolicy::Sensitive);
            assert!(trial.is_some_and(|trial| texts.iter().all(|text| trial.is_match(text))), "{pattern}: {texts:?}");
        }
        let filled = specimens(&Condition::regex("t-(?P<t>.*)"), CasePolicy::Sensitive, &|_| Some("red".into()));
        assert_eq!(filled, ["t-red"]);
    }
}
