//! Three-valued logic (Kleene): what is not known is neither true nor false.

/// True, false, or not known from the evidence.
///
/// INVARIANT: in this order, so that `or` is the maximum and `and` the minimum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    #[default]
    False,
    Unknown,
    True,
}

impl Truth {
    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn kleene_tables() {
        let or = [(False, Unknown, Unknown), (True, Unknown, True), (False, False, False), (Unknown, Unknown, Unknown)];
        for (a, b, c) in or {
            assert_eq!((a.or(b), b.or(a)), (c, c));
            // De Morgan gives the table of `and`.
            assert_eq!(a.not().and(b.not()), c.not());
        }
        assert_eq!([False, Unknown, True].map(Truth::not), [True, Unknown, False]);
    }
}
