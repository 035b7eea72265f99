//! Everything that a group or a claim can be called.

use alloc::sync::Arc;

use super::automaton::{Automaton, Decided, Undecided};
use crate::identity::GroupKind;
use crate::matching::Parsed;
use crate::text::CasePolicy;

/// All characters of readable elements, as a class without its brackets.
const FORBIDDEN: &str = r"\p{Cc}\x{202A}-\x{202E}\x{2066}-\x{2069}\x{2028}\x{2029}";

/// The texts that can be there at all. Each is a small automaton; a test holds that none is missing.
#[derive(Debug)]
pub(super) struct Universe {
    readable: Option<Arc<Automaton>>,
    path: Option<Arc<Automaton>>,
    dn: Option<Arc<Automaton>>,
    text: Option<Arc<Automaton>>,
    familiar: Option<Arc<Automaton>>,
}

impl Universe {
    /// How long a readable element may be is for who asks.
    pub(super) fn new() -> Self {
        let readable = alloc::format!("[^{FORBIDDEN}]+");
        let path = alloc::format!("/?[^/{FORBIDDEN}]+(?:/[^/{FORBIDDEN}]+)*");
        let rdn = alloc::format!(r#"[A-Za-z]+=[^ #,+"\\;<>={FORBIDDEN}]+"#);
        let dn = alloc::format!("{rdn}(?:,{rdn})*");
        Self {
            readable: automaton(&readable),
            path: automaton(&path),
            dn: automaton(&dn),
            text: automaton(".*"),
            familiar: automaton("[a-z]{8,32}"),
        }
    }

    /// The texts of groups of a kind; of DNs plain ones alone.
    pub(super) fn of(&self, kind: GroupKind) -> Decided<Arc<Automaton>> {
        let automaton = match kind {
            GroupKind::Path => &self.path,
            GroupKind::Dn => &self.dn,
            GroupKind::Id | GroupKind::Name | GroupKind::Email => &self.readable,
        };
        automaton.clone().ok_or(Undecided)
    }

    /// All texts of other claims.
    pub(super) fn text(&self) -> Decided<Arc<Automaton>> {
        self.text.clone().ok_or(Undecided)
    }

    /// Words of 8 to 32 small letters: what many names could be.
    pub(super) fn familiar(&self) -> Decided<Arc<Automaton>> {
        self.familiar.clone().ok_or(Undecided)
    }
}

fn automaton(pattern: &str) -> Option<Arc<Automaton>> {
    let parsed = Parsed::regex(pattern, CasePolicy::Sensitive).ok()?;
    Automaton::new(&parsed.hir).map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_automata_are_there_and_hold_what_they_should() {
        let universe = Universe::new();
        let holds =
            |automaton: Decided<Arc<Automaton>>, text| automaton.is_ok_and(|automaton| automaton.is_match(text));
        let kinds = [GroupKind::Name, GroupKind::Path, GroupKind::Dn];
        let held = |text| kinds.map(|kind| holds(universe.of(kind), text));
        assert_eq!(held(" ops é"), [true, true, false]);
        assert_eq!(held("/org/eng"), [true, true, false]);
        assert_eq!(held("CN=ops,DC=x"), [true, true, true]);
        assert_eq!(held("a//b"), [true, false, false]);
        for unreadable in ["", "a\nb", "\u{202E}", "\u{2028}", "\u{85}"] {
            assert_eq!(held(unreadable), [false; 3], "{unreadable:?}");
        }
        assert!(holds(universe.text(), "a\nb") && holds(universe.text(), ""));
        assert!(holds(universe.familiar(), "operations") && !holds(universe.familiar(), "ops"));
    }
}
