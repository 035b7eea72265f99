//! Three-valued logic (sections 3 and 4).

/// In order: and is the least, or the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kleene {
    False,
    Unknown,
    True,
}

impl Kleene {
    pub fn not(self) -> Kleene {
        match self {
            Kleene::False => Kleene::True,
            Kleene::Unknown => Kleene::Unknown,
            Kleene::True => Kleene::False,
        }
    }

    pub fn and(self, other: Kleene) -> Kleene {
        self.min(other)
    }

    pub fn or(self, other: Kleene) -> Kleene {
        self.max(other)
    }
}

impl From<bool> for Kleene {
    fn from(value: bool) -> Kleene {
        if value { Kleene::True } else { Kleene::False }
    }
}

pub fn any(values: impl IntoIterator<Item = Kleene>) -> Kleene {
    values.into_iter().fold(Kleene::False, Kleene::or)
}

pub fn all(values: impl IntoIterator<Item = Kleene>) -> Kleene {
    values.into_iter().fold(Kleene::True, Kleene::and)
}
