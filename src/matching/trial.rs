//! One pattern by itself, to be tried on texts that it was not meant for.

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;

use super::pattern::Parsed;
use crate::config::Condition;
use crate::text::CasePolicy;

/// How long a part of a text must be to be worth telling, in bytes.
const SHORTEST_PART: usize = 3;

/// A pattern under one case policy.
pub(crate) struct Trial {
    whole: Regex,
    part: Regex,
}

impl Trial {
    /// The pattern of a condition; nothing where it is none.
    pub(crate) fn of(condition: &Condition, case: CasePolicy) -> Option<Self> {
        match condition {
            Condition::Regex(pattern) => Self::new(&Parsed::regex(pattern, case).ok()?),
            Condition::Glob(glob) => Self::new(&Parsed::glob(glob, case).ok()?),
            _ => None,
        }
    }

    fn new(parsed: &Parsed) -> Option<Self> {
        // A few searches do not pay for automata.
        let config = Regex::config().hybrid(false).dfa(false).onepass(false);
        let part = Regex::builder().configure(config).build_from_hir(&parsed.hir).ok()?;
        Some(Self { whole: parsed.compile(WhichCaptures::None).ok()?, part })
    }

    /// Whether it matches the whole of a text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.whole.is_match(Input::new(text))
    }

    /// Whether it matches a part of a text that is long enough to mean anything.
    pub(crate) fn is_part(&self, text: &str) -> bool {
        self.part.find(Input::new(text)).is_some_and(|found| found.len() >= SHORTEST_PART)
    }
}
