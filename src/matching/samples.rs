//! Whether a value could hold any of many literals, by a few samples of it.
//!
//! Every stretch of four bytes of every literal, as far as they are needed, sets a bit. Of a value every few bytes four
//! are looked at: a literal of `n` bytes that stands in it covers `n - 3` stretches of four in a row, so that one in
//! every `n - 3` is enough. A value that shares no stretch with a literal mostly meets no bit and is done; the rest are
//! searched in earnest.

use alloc::vec::Vec;

/// How many bytes a sample has.
const SAMPLE: usize = 4;
/// How many bits there are for each stretch that is set, at least.
const BITS_A_STRETCH: usize = 16;
/// The most bits: 128 KiB of them.
const MAX_BITS: usize = 1 << 20;

/// Stretches of literals, and how far apart samples may lie.
#[derive(Debug)]
pub(super) struct Samples {
    bits: Vec<u64>,
    shift: u32,
    apart: usize,
}

impl Samples {
    /// For literals that are all long enough to be sampled.
    pub(super) fn new(literals: &[&[u8]]) -> Option<Self> {
        let shortest = literals.iter().map(|literal| literal.len()).min()?;
        let apart = shortest.checked_sub(SAMPLE)?.saturating_add(1);
        let wanted = literals.len().saturating_mul(apart).saturating_mul(BITS_A_STRETCH);
        let bits = wanted.next_power_of_two().clamp(64, MAX_BITS);
        let words = bits.div_ceil(64);
        let mut samples =
            Self { bits: alloc::vec![0; words], shift: 32_u32.saturating_sub(bits.trailing_zeros()), apart };
        for literal in literals {
            // Whatever the alignment, one of the first stretches is sampled.
            for stretch in literal.windows(SAMPLE).take(apart) {
                let (word, bit) = samples.place(stretch);
                if let Some(word) = samples.bits.get_mut(word) {
                    *word |= bit;
                }
            }
        }
        Some(samples)
    }

    /// Whether a value could hold a literal.
    #[inline]
    pub(super) fn could_hold(&self, value: &[u8]) -> bool {
        value.windows(SAMPLE).step_by(self.apart).any(|stretch| {
            let (word, bit) = self.place(stretch);
            self.bits.get(word).is_some_and(|word| word & bit != 0)
        })
    }

    /// The word and the bit of a stretch.
    #[inline]
    fn place(&self, stretch: &[u8]) -> (usize, u64) {
        let bytes = <[u8; SAMPLE]>::try_from(stretch).unwrap_or_default();
        // Fibonacci hashing: the upper bits of a product with 2^32 over the golden ratio.
        let hash = u32::from_le_bytes(bytes).wrapping_mul(0x9E37_79B9) >> self.shift;
        ((hash / 64) as usize, 1 << (hash % 64))
    }

    /// How many bytes it holds.
    pub(super) fn size(&self) -> usize {
        size_of_val(&*self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn no_literal_is_overlooked_wherever_it_stands() {
        let literals: [&[u8]; 4] = [b"-00080-", b"members", b"a-much-longer-literal", b"0123"];
        for literals in (0..literals.len()).filter_map(|last| literals.get(..=last)) {
            let samples = Samples::new(literals);
            for literal in literals.iter().filter_map(|literal| core::str::from_utf8(literal).ok()) {
                for (before, after) in (0..12).flat_map(|before| (0..12).map(move |after| (before, after))) {
                    let value = ["x".repeat(before), literal.into(), "y".repeat(after)].concat();
                    assert!(samples.as_ref().is_some_and(|samples| samples.could_hold(value.as_bytes())), "{value}");
                }
            }
        }
    }

    #[test]
    fn values_without_a_stretch_of_a_literal_are_told_apart() {
        let texts: Vec<String> = (0..10_000).map(|number| alloc::format!("-{number:05}-")).collect();
        let literals: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
        let shares_a_stretch = |value: &String| {
            let mut stretches = value.as_bytes().windows(SAMPLE);
            stretches
                .any(|stretch| literals.iter().any(|literal| literal.windows(SAMPLE).any(|other| other == stretch)))
        };
        let values = (0..200_u64).map(|n| alloc::format!("department-{:09x}", n.wrapping_mul(0x9E37_79B9_7F4A)));
        let others: Vec<String> = values.filter(|value| !shares_a_stretch(value)).collect();
        assert!(others.len() > 50, "{}", others.len());
        let held =
            Samples::new(&literals).map(|s| others.iter().filter(|value| s.could_hold(value.as_bytes())).count());
        assert!(held.is_some_and(|held| held < others.len() / 10), "{held:?} of {}", others.len());
    }

    #[test]
    fn short_literals_are_not_sampled() {
        assert!(Samples::new(&[b"abc", b"abcdef"]).is_none() && Samples::new(&[]).is_none());
    }
}
