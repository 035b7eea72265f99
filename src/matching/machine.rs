//! A small matcher: a whole value against a pattern, in time linear in the value, in a few hundred bytes.
//!
//! It is the position automaton of the pattern (Glushkov): a position is one place in the pattern where a character
//! stands, and after each position some others may follow. A value is read once; the positions that could stand for
//! the next character are the bits of one word. Patterns of more than 64 positions, and those that look around, are
//! none of this matcher's.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Repetition};

/// How many positions a machine may have: the bits of a word.
const MAX_POSITIONS: usize = 64;

/// The place of a machine among all of them.
pub(super) type MachineId = u32;

/// Many machines, equal ones held once.
#[derive(Debug, Default)]
pub(super) struct Machines {
    all: Vec<Machine>,
    /// The positions of each machine, side by side.
    positions: Vec<Position>,
    classes: Vec<CharacterClass>,
}

#[derive(Clone, Copy, Debug)]
struct Machine {
    /// Its first position.
    start: u32,
    /// Which positions a value may begin at.
    first: u64,
    /// Which positions it may end at.
    last: u64,
    /// Whether the empty value matches.
    matches_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    /// Which positions of the machine may follow.
    follow: u64,
    class: u32,
}

/// Which characters may stand at a position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CharacterClass {
    ascii: u128,
    /// INVARIANT: sorted; the ranges beyond ASCII.
    others: Vec<(char, char)>,
}

impl CharacterClass {
    fn of(class: &ClassUnicode) -> Self {
        let mut ascii = 0;
        let mut others = Vec::new();
        for range in class.ranges() {
            if range.start().is_ascii() {
                let bytes = (0..128_u8).filter(|byte| (range.start()..=range.end()).contains(&char::from(*byte)));
                ascii |= bytes.fold(0, |ascii, byte| ascii | 1_u128 << byte);
            }
            if !range.end().is_ascii() {
                others.push((range.start().max('\u{80}'), range.end()));
            }
        }
        Self { ascii, others }
    }

    #[inline]
    fn contains(&self, character: char) -> bool {
        if character.is_ascii() {
            return self.ascii & (1 << u32::from(character)) != 0;
        }
        let behind = self.others.partition_point(|(start, _)| *start <= character);
        behind.checked_sub(1).and_then(|index| self.others.get(index)).is_some_and(|(_, end)| character <= *end)
    }
}

impl Machines {
    /// Whether the whole value matches.
    pub(super) fn is_match(&self, id: MachineId, value: &str) -> bool {
        let Some(machine) = self.all.get(id as usize) else { return false };
        let positions = self.positions.get(machine.start as usize..).unwrap_or_default();
        let mut next = machine.first;
        let mut reached = 0;
        for character in value.chars() {
            (reached, next) = self.step(positions, next, character);
            if reached == 0 {
                return false;
            }
        }
        if value.is_empty() { machine.matches_empty } else { reached & machine.last != 0 }
    }

    /// Which of the positions that may come next stand for the character, and which may come after them.
    #[inline]
    fn step(&self, positions: &[Position], open: u64, character: char) -> (u64, u64) {
        let (mut reached, mut next, mut left) = (0, 0, open);
        while left != 0 {
            let index = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            let Some(position) = positions.get(index as usize) else { break };
            if self.classes.get(position.class as usize).is_some_and(|class| class.contains(character)) {
                reached |= 1 << index;
                next |= position.follow;
            }
        }
        (reached, next)
    }

    /// How many bytes all machines hold.
    pub(super) fn size(&self) -> usize {
        let ranges = self.classes.iter().map(|class| size_of_val(class).saturating_add(size_of_val(&*class.others)));
        [size_of_val(&*self.all), size_of_val(&*self.positions)].into_iter().chain(ranges).sum()
    }
}

/// Makes machines, each distinct one once.
#[derive(Debug, Default)]
pub(super) struct MachineBuilder {
    machines: Machines,
    classes: BTreeMap<CharacterClass, u32>,
    known: BTreeMap<(u64, u64, bool, Vec<Position>), MachineId>,
}

/// A part of a pattern: where it may begin and end, and whether it may be nothing at all.
#[derive(Clone, Copy)]
struct Part {
    first: u64,
    last: u64,
    empty: bool,
}

const NOTHING: Part = Part { first: 0, last: 0, empty: true };

impl MachineBuilder {
    /// The machine of a pattern, if it can be one.
    pub(super) fn add(&mut self, hir: &Hir) -> Option<MachineId> {
        let mut positions = Vec::new();
        let whole = self.part(hir, &mut positions)?;
        let next = index(self.machines.all.len());
        let id = *self.known.entry((whole.first, whole.last, whole.empty, positions.clone())).or_insert(next);
        if id == next {
            let start = index(self.machines.positions.len());
            let Part { first, last, empty } = whole;
            self.machines.all.push(Machine { start, first, last, matches_empty: empty });
            self.machines.positions.append(&mut positions);
        }
        Some(id)
    }

    pub(super) fn finish(self) -> Machines {
        let mut machines = self.machines;
        let mut classes: Vec<(CharacterClass, u32)> = self.classes.into_iter().collect();
        classes.sort_by_key(|(_, place)| *place);
        machines.classes = classes.into_iter().map(|(class, _)| class).collect();
        machines
    }

    fn part(&mut self, hir: &Hir, positions: &mut Vec<Position>) -> Option<Part> {
        match hir.kind() {
            HirKind::Empty => Some(NOTHING),
            HirKind::Look(_) => None,
            HirKind::Literal(literal) => {
                let text = core::str::from_utf8(&literal.0).ok()?;
                text.chars().try_fold(NOTHING, |before, character| {
                    let class = ClassUnicode::new([regex_syntax::hir::ClassUnicodeRange::new(character, character)]);
                    let part = self.position(&class, positions)?;
                    Some(then(before, part, positions))
                })
            }
            HirKind::Class(Class::Unicode(class)) => self.position(class, positions),
            HirKind::Class(Class::Bytes(class)) => self.position(&class.to_unicode_class()?, positions),
            HirKind::Capture(capture) => self.part(&capture.sub, positions),
            HirKind::Repetition(repetition) => self.repetition(repetition, positions),
            HirKind::Concat(parts) => parts.iter().try_fold(NOTHING, |before, part| {
                let part = self.part(part, positions)?;
                Some(then(before, part, positions))
            }),
            HirKind::Alternation(parts) => parts.iter().try_fold(Part { empty: false, ..NOTHING }, |before, part| {
                let part = self.part(part, positions)?;
                Some(Part {
                    first: before.first | part.first,
                    last: before.last | part.last,
                    empty: before.empty | part.empty,
                })
            }),
        }
    }

    fn position(&mut self, class: &ClassUnicode, positions: &mut Vec<Position>) -> Option<Part> {
        let bit = 1_u64.checked_shl(index(positions.len()))?;
        let next = index(self.classes.len());
        let class = *self.classes.entry(CharacterClass::of(class)).or_insert(next);
        positions.push(Position { follow: 0, class });
        (positions.len() <= MAX_POSITIONS).then_some(Part { first: bit, last: bit, empty: false })
    }

    /// A repetition is as many copies as it must have, then those that it may have.
    fn repetition(&mut self, repetition: &Repetition, positions: &mut Vec<Position>) -> Option<Part> {
        let mut whole = NOTHING;
        let copies = repetition.max.unwrap_or(repetition.min.max(1));
        for copy in 0..copies {
            let before = positions.len();
            let mut part = self.part(&repetition.sub, positions)?;
            if positions.len() == before {
                // What holds no character is the same however often it stands.
                return Some(then(whole, part, positions));
            }
            if repetition.max.is_none() && copy.saturating_add(1) == copies {
                follow(part.last, part.first, positions);
            }
            part.empty |= copy >= repetition.min;
            whole = then(whole, part, positions);
        }
        Some(whole)
    }
}

/// One part after the other.
fn then(before: Part, after: Part, positions: &mut [Position]) -> Part {
    follow(before.last, after.first, positions);
    Part {
        first: if before.empty { before.first | after.first } else { before.first },
        last: if after.empty { before.last | after.last } else { after.last },
        empty: before.empty && after.empty,
    }
}

/// Lets some positions follow others.
fn follow(before: u64, after: u64, positions: &mut [Position]) {
    for (index, position) in positions.iter_mut().enumerate() {
        if before & (1_u64 << index) != 0 {
            position.follow |= after;
        }
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::pattern::{Parsed, PatternError};
    use crate::text::CasePolicy;
    use alloc::format;

    /// Whether a machine takes the value; nothing where the pattern is none of a machine's.
    fn matches(pattern: &str, value: &str) -> Result<Option<bool>, PatternError> {
        let mut builder = MachineBuilder::default();
        let id = builder.add(&Parsed::regex(pattern, CasePolicy::Sensitive)?.hir);
        let machines = builder.finish();
        Ok(id.map(|id| machines.is_match(id, value)))
    }

    #[test]
    fn machines_agree_with_the_regex_crate() -> Result<(), PatternError> {
        let patterns = [
            "",
            "a",
            "ab",
            "a*",
            "a+",
            "a?",
            "a{2}",
            "a{2,}",
            "a{1,3}",
            "a{0}",
            "(ab)*c",
            "(a|b)*",
            "(a|bc)+d",
            "(a*)*",
            "(a?b?)+",
            "[a-c]x",
            "[^a]",
            ".",
            ".*",
            ".*a.*",
            "a.*b",
            "é+",
            "[à-ü]*",
            "(|a)b",
            "(a|)",
            "(a|b|)c{2}",
            r"\w+-\d",
            "((a|b){2})*",
            "[a&&b]",
            "(?i)straße",
        ];
        let values = [
            "",
            "a",
            "b",
            "ab",
            "ba",
            "aa",
            "aaa",
            "aaaa",
            "abc",
            "ababc",
            "bcd",
            "abcd",
            "ax",
            "dx",
            "é",
            "éé",
            "ü",
            "xab",
            "axxb",
            "cc",
            "acc",
            "bcc",
            "word-1",
            "wörd-٣",
            "STRASSE",
            "STRAßE",
            "STRA\u{1E9E}E",
            "\n",
        ];
        for pattern in patterns {
            let regex = regex::Regex::new(&format!(r"\A(?s:{pattern})\z"));
            let Ok(regex) = regex else { continue };
            for value in values {
                assert_eq!(matches(pattern, value)?, Some(regex.is_match(value)), "{pattern} on {value:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn what_is_too_long_or_looks_around_is_no_machine() -> Result<(), PatternError> {
        assert_eq!(matches("a{64}", "a")?, Some(false));
        assert_eq!(matches("a{65}", "a")?, None);
        assert_eq!(matches(r"a\b-", "a-")?, None);
        Ok(())
    }

    #[test]
    fn equal_machines_are_one() -> Result<(), PatternError> {
        let mut builder = MachineBuilder::default();
        let mut add = |pattern| Ok(builder.add(&Parsed::regex(pattern, CasePolicy::Sensitive)?.hir));
        let (first, second, other) = (add("[a-z]+")?, add("[a-z][a-z]*")?, add("[a-z]+")?);
        assert!(first == other && first != second);
        Ok(())
    }
}
