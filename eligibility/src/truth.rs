//! Kleene's strong three-valued logic.

use std::ops::Not;

/// The value of a predicate over facts of which some are unknown.
///
/// The order is that of Kleene's lattice of truth: a conjunction is the minimum, a disjunction the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// Does not hold, whatever the unknown facts are.
    False,
    /// Depends on facts that are not known.
    Unknown,
    /// Holds, whatever the unknown facts are.
    True,
}

impl Truth {
    /// True if the bounds agree on true, false if they agree on false: for a test that every possible value of a
    /// partly known fact must answer alike.
    pub fn from_bounds(some_value_holds: bool, every_value_holds: bool) -> Self {
        match (some_value_holds, every_value_holds) {
            (_, true) => Self::True,
            (true, false) => Self::Unknown,
            (false, false) => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}
