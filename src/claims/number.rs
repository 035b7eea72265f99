//! Numbers of JSON and its kin, compared by value.

use alloc::format;
use alloc::string::String;
use core::fmt;

use serde::ser::{Serialize, Serializer};

/// A number, compared by value: 7 is 7.0.
///
/// Formats hand over a whole number that is too large for an integer as a float, in which its neighbours look the same.
/// So a float of 2^53 or more, whether it was written so or not, meets no rule, and a rule that asks for one does not
/// compile.
///
/// `Debug` hides it, since it may be personal data.
#[derive(Clone, Copy, PartialEq)]
pub struct Number(Repr);

/// INVARIANT: equal numbers have one representation. A float is whole only if it is [`Repr::Unsure`].
#[derive(Clone, Copy, PartialEq)]
enum Repr {
    Whole(i128),
    /// With a fraction.
    Float(f64),
    /// From 2^53 on, infinite, or no number.
    Unsure(f64),
}

/// 2^53, the first float that stands for several whole numbers.
const UNSURE: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// A text that is the same for equal numbers and no others; none for what meets no rule.
    pub(crate) fn canonical(self) -> Option<String> {
        match self.0 {
            Repr::Whole(number) => Some(format!("{number}")),
            Repr::Float(number) => Some(format!("{number:e}")),
            Repr::Unsure(_) => None,
        }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(Repr::Whole(number.into()))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(Repr::Whole(number.into()))
    }
}

impl From<i128> for Number {
    fn from(number: i128) -> Self {
        Self(Repr::Whole(number))
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        if number.is_nan() || number.abs() >= UNSURE {
            return Self(Repr::Unsure(number));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked; a fraction is seen below")]
        let whole = number as i64;
        #[expect(clippy::cast_precision_loss, reason = "below 2^53 nothing is lost")]
        #[expect(clippy::float_cmp, reason = "exactly the question: is it whole")]
        let is_whole = whole as f64 == number;
        Self(if is_whole { Repr::Whole(whole.into()) } else { Repr::Float(number) })
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Number(..)")
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Repr::Float(number) | Repr::Unsure(number) => serializer.serialize_f64(number),
            Repr::Whole(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(small), _) => serializer.serialize_i64(small),
                (_, Ok(large)) => serializer.serialize_u64(large),
                _ => serializer.serialize_i128(number),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        assert_eq!(Number::from(7_i64), Number::from(7.0));
        assert_eq!(Number::from(0_i64), Number::from(-0.0));
        assert_ne!(Number::from(7_i64), Number::from(7.5));
        assert_eq!(Number::from(9_007_199_254_740_991_i64), Number::from(9_007_199_254_740_991.0));
        assert_eq!(Number::from(-9_007_199_254_740_991_i64), Number::from(-9_007_199_254_740_991.0));
        assert_eq!(Number::from(u64::MAX), Number::from(i128::from(u64::MAX)));
        assert_ne!(Number::from(u64::MAX), Number::from(u64::MAX - 1));
        assert_eq!(Number::from(0.1), Number::from(0.1));
        assert_ne!(Number::from(0.300_000_000_000_000_04), Number::from(0.3));
    }

    #[test]
    fn a_float_that_may_stand_for_another_number_meets_no_rule() {
        let large = [9_007_199_254_740_992.0, 1e20, -1e20, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        for float in large {
            assert_eq!(Number::from(float).canonical(), None, "{float}");
        }
        assert_ne!(Number::from(9_007_199_254_740_992_i64), Number::from(9_007_199_254_740_992.0));
        assert_ne!(Number::from(f64::NAN), Number::from(f64::NAN));
    }
}
