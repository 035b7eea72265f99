//! Templates: which groups fill the placeholders of one with a certain target.

use alloc::string::String;
use alloc::vec::Vec;

use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

use super::automaton::Automaton;
use crate::rules::Piece;
use crate::target::Target;

/// The texts from which a pattern captures what makes a template a target.
pub(super) struct Filling {
    /// All of them, and perhaps others.
    pub(super) hir: Hir,
    /// Whether there are no others: the fixed texts around the one placeholder say where it stands.
    pub(super) is_exact: bool,
}

impl Filling {
    /// The filling of a pattern; none where more than one text of a placeholder would do.
    pub(super) fn of(pattern: &Hir, template: &Target, target: &Target) -> Option<Self> {
        let mut wanted: Vec<Wanted> = Vec::new();
        let organizations = template.organization_name().zip(target.organization_name());
        for (written, text) in organizations.into_iter().chain([(template.name(), target.name())]) {
            let pieces = Piece::parse(written);
            if Piece::captures(&pieces).next().is_some() {
                let (name, text) = sole_capture(&pieces, text)?;
                wanted.push((name.into(), text.into()));
            }
        }
        let is_exact = matches!(&*wanted, [(name, _)] if is_settled(pattern, name));
        Some(Self { hir: filled(pattern, &wanted), is_exact })
    }
}

/// The placeholder of a name that has one alone, and what must stand in its place.
pub(super) fn sole_capture<'p, 't>(pieces: &'p [Piece], text: &'t str) -> Option<(&'p str, &'t str)> {
    match pieces {
        [Piece::Capture(name)] => Some((name, text)),
        [Piece::Text(before), Piece::Capture(name)] => Some((name, text.strip_prefix(&**before)?)),
        [Piece::Capture(name), Piece::Text(after)] => Some((name, text.strip_suffix(&**after)?)),
        [Piece::Text(before), Piece::Capture(name), Piece::Text(after)] => {
            Some((name, text.strip_prefix(&**before)?.strip_suffix(&**after)?))
        }
        _ => None,
    }
}

/// What is wanted of a named group.
type Wanted = (String, String);

fn is_named(capture: &Capture, name: &str) -> bool {
    capture.name.as_deref() == Some(name)
}

/// The pattern with the texts that are wanted in place of its named groups.
fn filled(hir: &Hir, wanted: &[Wanted]) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(|part| filled(part, wanted)).collect();
    match hir.kind() {
        HirKind::Capture(capture) => match wanted.iter().find(|(name, _)| is_named(capture, name)) {
            Some((_, text)) if Automaton::new(&capture.sub).is_none_or(|group| group.is_match(text)) => {
                Hir::literal(text.as_bytes())
            }
            Some(_) => Hir::fail(),
            None => filled(&capture.sub, wanted),
        },
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        // Of several rounds the last one is captured, and the others may hold anything.
        HirKind::Repetition(repetition) if repetition.max == Some(1) => {
            let sub = filled(&repetition.sub, wanted).into();
            Hir::repetition(Repetition { sub, ..repetition.clone() })
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => {
            hir.clone()
        }
    }
}

/// Whether a group stands between parts of fixed length, so that no text can be captured in two ways.
fn is_settled(hir: &Hir, name: &str) -> bool {
    let is_group = |part: &Hir| matches!(part.kind(), HirKind::Capture(capture) if is_named(capture, name));
    let is_fixed = |part: &Hir| {
        let properties = part.properties();
        properties.minimum_len().is_some() && properties.minimum_len() == properties.maximum_len()
    };
    let settled = match hir.kind() {
        HirKind::Concat(parts) => {
            parts.iter().filter(|part| is_group(part)).count() == 1
                && parts.iter().all(|part| is_group(part) || is_fixed(part))
        }
        _ => is_group(hir),
    };
    // What looks around itself, or is too large to be matched by itself, is not told apart.
    settled
        && hir.properties().look_set().is_empty()
        && group_in(hir, name).is_some_and(|sub| Automaton::new(sub).is_some())
}

fn group_in<'h>(hir: &'h Hir, name: &str) -> Option<&'h Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if is_named(capture, name) => Some(&capture.sub),
        HirKind::Concat(parts) => parts.iter().find_map(|part| group_in(part, name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::matching::Parsed;
    use crate::text::CasePolicy;

    /// All texts of up to five of some characters.
    fn texts() -> Vec<String> {
        let mut texts = Vec::from([String::new()]);
        let mut last = texts.clone();
        for _ in 0..5 {
            last = last.iter().flat_map(|text| ['a', 'b', 'A', '-'].map(|letter| format!("{text}{letter}"))).collect();
            texts.extend(last.iter().cloned());
        }
        texts
    }

    #[test]
    fn what_fills_a_template_is_what_a_pattern_captures() {
        let texts = texts();
        let patterns = [
            ("a-(?<t>[ab]+)", true),
            ("(?<t>.*)", true),
            ("(?<t>a|ab)b", true),
            ("[ab](?<t>[^-]*)-a", true),
            ("(?i)a-(?<t>ab)", true),
            ("a?(?<t>.*)", false),
            ("(?<t>a*)(?:b|bb)", false),
            ("(?<t>a+)-?(?<r>.*)", false),
            ("(?:(?<t>[ab])-)*", false),
            ("(?:(?<t>a)b|b)?", false),
            ("(?:(?<t>ab)-)?a", false),
            ("(?<t>a*?)(?<r>a*)b*", false),
            ("^a-(?<t>ab)$", false),
            ("a(?:-(?<t>b+))", true),
        ];
        let template = Target::team("{t}");
        let (mut filled_by_some, mut judged) = (0_u32, 0_usize);
        for (pattern, exact) in patterns {
            for case in [CasePolicy::Sensitive, CasePolicy::Ascii] {
                let flag = if case == CasePolicy::Ascii { "i" } else { "" };
                let by_hand = regex::Regex::new(&format!(r"\A(?s{flag}:{pattern})\z"));
                let parsed = Parsed::regex(pattern, case);
                let (Ok(by_hand), Ok(parsed)) = (by_hand, parsed) else { continue };
                for wanted in ["a", "b", "ab", "A", "aa", "-"] {
                    let filling = Filling::of(&parsed.hir, &template, &Target::team(wanted));
                    let Some(Filling { hir, is_exact }) = filling else { continue };
                    assert_eq!(is_exact, exact, "{pattern}");
                    let Some(automaton) = Automaton::new(&hir) else { continue };
                    judged = judged.saturating_add(1);
                    for text in &texts {
                        let captured = by_hand.captures(text).and_then(|captured| captured.name("t"));
                        let fills = captured.is_some_and(|captured| captured.as_str() == wanted);
                        let said = automaton.is_match(text);
                        assert!(said || !fills, "{pattern} makes {wanted} of {text}");
                        assert!(!is_exact || said == fills, "{pattern} makes no {wanted} of {text}");
                        filled_by_some = filled_by_some.saturating_add(u32::from(fills));
                    }
                }
            }
        }
        assert_eq!(judged, patterns.len().saturating_mul(12));
        assert!(filled_by_some > 500, "{filled_by_some}");
    }
}
