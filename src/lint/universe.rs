//! Everything that a group or a claim can be called.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::cell::OnceCell;

use super::automaton::{Automaton, Decided, Undecided};
use crate::identity::GroupKind;
use crate::matching::Parsed;
use crate::text::CasePolicy;

/// All characters of readable elements, as a class without its brackets.
const FORBIDDEN: &str = r"\p{Cc}\x{202A}-\x{202E}\x{2066}-\x{2069}\x{2028}\x{2029}";

/// The texts that can be there at all, as automata that are made when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct Universe {
    readable: Lazy,
    path: Lazy,
    dn: Lazy,
    text: Lazy,
    familiar: Lazy,
}

/// INVARIANT: a small automaton once it is made; a test holds that none is missing.
type Lazy = OnceCell<Option<Arc<Automaton>>>;

impl Universe {
    /// The texts of groups of a kind; of DNs plain ones alone. How long they may be is for who asks.
    pub(super) fn of(&self, kind: GroupKind) -> Decided<Arc<Automaton>> {
        match kind {
            GroupKind::Path => made(&self.path, || format!("/?[^/{FORBIDDEN}]+(?:/[^/{FORBIDDEN}]+)*")),
            GroupKind::Dn => made(&self.dn, || {
                let rdn = format!(r#"[A-Za-z]+=[^ #,+"\\;<>={FORBIDDEN}]+"#);
                format!("{rdn}(?:,{rdn})*")
            }),
            GroupKind::Id | GroupKind::Name | GroupKind::Email => made(&self.readable, || format!("[^{FORBIDDEN}]+")),
        }
    }

    /// All texts of other claims.
    pub(super) fn text(&self) -> Decided<Arc<Automaton>> {
        made(&self.text, || ".*".into())
    }

    /// Words of 8 to 32 small letters: what many names could be.
    pub(super) fn familiar(&self) -> Decided<Arc<Automaton>> {
        made(&self.familiar, || "[a-z]{8,32}".into())
    }
}

fn made(lazy: &Lazy, pattern: impl FnOnce() -> String) -> Decided<Arc<Automaton>> {
    lazy.get_or_init(|| automaton(&pattern())).clone().ok_or(Undecided)
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
        let universe = Universe::default();
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
