//! Numbers of JSON and its kin, compared by value.

use alloc::format;
use alloc::string::String;
use core::fmt;

use serde::ser::{Serialize, Serializer};

/// A number, compared by value: 7 is 7.0, and 2^64 is itself however it was written.
///
/// `Debug` hides it, since it may be personal data.
#[derive(Clone, Copy, PartialEq)]
pub struct Number(Repr);

/// INVARIANT: a float that is a whole number within the range of `i128` is held as `Whole`, so that equal numbers have
/// one representation.
#[derive(Clone, Copy, PartialEq)]
enum Repr {
    Whole(i128),
    Float(f64),
}

/// 2^127, the first float above every `i128`.
const WHOLE_RANGE: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

impl Number {
    /// A text that is the same for equal numbers and no others; none for what is equal to nothing.
    pub(crate) fn canonical(self) -> Option<String> {
        match self.0 {
            Repr::Whole(number) => Some(format!("{number}")),
            Repr::Float(number) => (!number.is_nan()).then(|| format!("{number:e}")),
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
        if (-WHOLE_RANGE..WHOLE_RANGE).contains(&number) {
            #[expect(clippy::cast_possible_truncation, reason = "the range is checked; a fraction is seen below")]
            let whole = number as i128;
            #[expect(clippy::cast_precision_loss, reason = "a whole number that came from a float is one exactly")]
            #[expect(clippy::float_cmp, reason = "exactly the question: is it whole")]
            if whole as f64 == number {
                return Self(Repr::Whole(whole));
            }
        }
        Self(Repr::Float(number))
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
            Repr::Float(number) => serializer.serialize_f64(number),
            Repr::Whole(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(small), _) => serializer.serialize_i64(small),
                (_, Ok(large)) => serializer.serialize_u64(large),
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "it came from a float, as no format has larger integers"
                )]
                _ => serializer.serialize_f64(number as f64),
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
        assert_eq!(Number::from(18_446_744_073_709_551_616_i128), Number::from(1.844_674_407_370_955_2e19));
        assert_ne!(Number::from(u64::MAX), Number::from(1.844_674_407_370_955_2e19));
        assert_ne!(Number::from(f64::NAN), Number::from(f64::NAN));
    }
}
