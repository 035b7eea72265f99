//! What a pattern's named groups capture: the one thing that needs a regular expression of the pattern's own.

use alloc::vec::Vec;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::captures;
use regex_syntax::hir::Hir;

use super::LeafId;
use super::pattern::{Parsed, PatternError};

/// How many bytes of regular expressions are made in advance; those of further patterns are made when they are needed.
const MAX_READY_BYTES: usize = 8 * 1_024 * 1_024;

/// The patterns that capture text.
#[derive(Debug, Default)]
pub(super) struct Captures {
    /// INVARIANT: by leaf.
    patterns: Vec<(LeafId, Capturing)>,
}

#[derive(Debug)]
enum Capturing {
    Ready(Regex),
    /// The pattern, for a regular expression when it is needed.
    Pattern(Hir),
}

/// What one match captured.
pub(crate) struct Captured<'v> {
    text: &'v str,
    captures: captures::Captures,
}

impl Captured<'_> {
    /// The text of a named group, if it took part.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.text.get(self.captures.get_group_by_name(name)?.range())
    }
}

impl Captures {
    pub(super) fn captured<'v>(&self, leaf: LeafId, text: &'v str) -> Option<Captured<'v>> {
        let index = self.patterns.binary_search_by_key(&leaf, |(leaf, _)| *leaf).ok()?;
        let capture = |regex: &Regex| {
            let mut captures = regex.create_captures();
            regex.captures(Input::new(text), &mut captures);
            captures.is_match().then_some(Captured { text, captures })
        };
        match self.patterns.get(index)? {
            (_, Capturing::Ready(regex)) => capture(regex),
            (_, Capturing::Pattern(hir)) => capture(&Parsed { hir: hir.clone() }.compile(WhichCaptures::All).ok()?),
        }
    }

    /// How many bytes it holds, near enough.
    pub(super) fn size(&self) -> usize {
        let sizes = self.patterns.iter().map(|(_, capturing)| match capturing {
            Capturing::Ready(regex) => regex.memory_usage(),
            Capturing::Pattern(hir) => hir.properties().memory_usage(),
        });
        sizes.sum::<usize>().saturating_add(size_of_val(&*self.patterns))
    }
}

/// Collects capturing patterns.
#[derive(Debug, Default)]
pub(super) struct CapturesBuilder {
    captures: Captures,
    bytes: usize,
}

impl CapturesBuilder {
    /// Adds a pattern; leaves come in their order.
    pub(super) fn add(&mut self, leaf: LeafId, parsed: &Parsed) -> Result<(), PatternError> {
        // Made in any case: what cannot be made is to be found out now.
        let regex = parsed.compile(WhichCaptures::All)?;
        self.bytes = self.bytes.saturating_add(regex.memory_usage());
        let capturing = if self.bytes <= MAX_READY_BYTES {
            Capturing::Ready(regex)
        } else {
            Capturing::Pattern(parsed.hir.clone())
        };
        self.captures.patterns.push((leaf, capturing));
        Ok(())
    }

    pub(super) fn finish(self) -> Captures {
        self.captures
    }
}
