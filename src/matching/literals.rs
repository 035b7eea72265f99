//! The literal texts that every match of a pattern must hold, and where.

use alloc::string::String;
use alloc::vec::Vec;

use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};
use regex_syntax::hir::{Hir, HirKind};

/// How many literals may stand for one pattern; one that needs more is cheaper in the automaton.
const MAX_LITERALS: usize = 16;

/// Where in a value a literal must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    Start,
    End,
    Anywhere,
}

/// Texts of which every match holds one at a place.
pub(super) type Literals = (Place, Vec<Vec<u8>>);

/// All values that a pattern matches, where they are few.
pub(super) fn finite(hir: &Hir) -> Option<Vec<String>> {
    if let HirKind::Literal(literal) = hir.kind() {
        return Some([String::from_utf8(literal.0.to_vec()).ok()?].into());
    }
    // What looks around is not seen by the extractor.
    if !hir.properties().look_set().is_empty() {
        return None;
    }
    let found = extract(hir, ExtractKind::Prefix);
    if !found.is_exact() || found.len().is_none_or(|len| len > MAX_LITERALS) {
        return None;
    }
    let texts = found.literals()?.iter().map(|literal| String::from_utf8(literal.as_bytes().to_vec()).ok());
    texts.collect()
}

/// The choices of literals that a pattern offers: at its start, at its end, and each one within.
pub(super) fn choices(hir: &Hir) -> impl Iterator<Item = Literals> {
    let ends = [(Place::Start, ExtractKind::Prefix), (Place::End, ExtractKind::Suffix)]
        .map(|(place, kind)| (place, extract(hir, kind)));
    let mut within = Vec::new();
    inner_literals(hir, &mut within);
    let ends = ends.into_iter().filter_map(|(place, found)| {
        let shortest = found.min_literal_len()?;
        let literals = found.literals()?;
        let usable = shortest > 0 && !literals.is_empty() && literals.len() <= MAX_LITERALS;
        usable.then(|| (place, literals.iter().map(|literal| literal.as_bytes().to_vec()).collect()))
    });
    ends.chain(within.into_iter().map(|literal| (Place::Anywhere, [literal].into())))
}

fn extract(hir: &Hir, kind: ExtractKind) -> Seq {
    let mut found = Extractor::new().kind(kind).extract(hir);
    found.dedup();
    found
}

/// The literals among the parts that every match must have, one after the other.
fn inner_literals(hir: &Hir, found: &mut Vec<Vec<u8>>) {
    match hir.kind() {
        HirKind::Literal(literal) => found.push(literal.0.to_vec()),
        HirKind::Capture(capture) => inner_literals(&capture.sub, found),
        HirKind::Concat(parts) => parts.iter().for_each(|part| inner_literals(part, found)),
        HirKind::Repetition(repetition) if repetition.min > 0 => inner_literals(&repetition.sub, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::pattern::{Parsed, PatternError};
    use crate::text::CasePolicy;

    fn hir(pattern: &str) -> Result<Hir, PatternError> {
        Ok(Parsed::regex(pattern, CasePolicy::Sensitive)?.hir)
    }

    #[test]
    fn few_values_are_listed() -> Result<(), PatternError> {
        assert_eq!(finite(&hir("team")?), Some(["team".into()].into()));
        assert_eq!(
            finite(&hir("(team|org)-[ab]")?),
            Some(["team-a", "team-b", "org-a", "org-b"].map(Into::into).into())
        );
        assert_eq!(finite(&hir("team-?")?), Some(["team-".into(), "team".into()].into()));
        for many in ["team-[a-z]", "a*", "a|b+", r"a\b"] {
            assert_eq!(finite(&hir(many)?), None, "{many}");
        }
        Ok(())
    }

    #[test]
    fn literals_where_they_must_stand() -> Result<(), PatternError> {
        let found: Vec<Literals> = choices(&hir("team-[a-z]+-eu-[a-z]+-(admins|owners)")?).collect();
        let expected: [(Place, &[&str]); 5] = [
            (Place::Start, &["team-"]),
            (Place::End, &["-admins", "-owners"]),
            (Place::Anywhere, &["team-"]),
            (Place::Anywhere, &["-eu-"]),
            (Place::Anywhere, &["-"]),
        ];
        let expected =
            expected.map(|(place, texts)| (place, texts.iter().map(|text| text.as_bytes().to_vec()).collect()));
        assert_eq!(found, Vec::from(expected));
        assert_eq!(choices(&hir("[a-z]+")?).count(), 0);
        Ok(())
    }
}
