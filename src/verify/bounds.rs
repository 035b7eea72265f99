//! What is so for certain, and what is at least possible: two plain truths in place of one with three values.

/// Whether something is so however the missing evidence turns out, and whether it is so for some way that it could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) certain: bool,
    pub(super) possible: bool,
}

impl Bounds {
    pub(super) const NO: Self = Self { certain: false, possible: false };
    pub(super) const YES: Self = Self { certain: true, possible: true };
    pub(super) const OPEN: Self = Self { certain: false, possible: true };

    /// Certain where it was seen; open where it was not, and could be among what is missing.
    pub(super) fn seen(seen: bool, something_is_missing: bool) -> Self {
        Self { certain: seen, possible: seen || something_is_missing }
    }

    pub(super) fn known(so: bool) -> Self {
        Self { certain: so, possible: so }
    }

    pub(super) fn is_open(self) -> bool {
        self.possible && !self.certain
    }

    pub(super) fn not(self) -> Self {
        Self { certain: !self.possible, possible: !self.certain }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { certain: self.certain && other.certain, possible: self.possible && other.possible }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self { certain: self.certain || other.certain, possible: self.possible || other.possible }
    }

    pub(super) fn any(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::NO, Self::or)
    }

    pub(super) fn all(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::YES, Self::and)
    }
}
