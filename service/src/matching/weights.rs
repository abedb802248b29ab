//! What counts for how much when partners are ranked.

use serde::{Deserialize, Serialize};

/// The points that each part of a match gives at most. Only their proportion matters. None of them rests on a person: whoever
/// works at an institution gives it no points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// It works on the subjects that the seeker names, or on those of the direction.
    pub subjects: u32,
    /// It works in a research field of the seeker.
    pub field: u32,
    /// It looks for somebody like the seeker, or offers what the seeker looks for.
    pub requests: u32,
    /// It has worked with the seeker, or with those that have.
    pub collaboration: u32,
    /// Its facts are verified; declared ones give half of it.
    pub assurance: u32,
    /// What decides about its roles is known.
    pub completeness: u32,
    /// It answers, and soon. Of whom nothing is known gets half of it.
    pub responsiveness: u32,
    /// It is new here.
    pub newcomer: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            subjects: 260,
            field: 180,
            requests: 160,
            collaboration: 180,
            assurance: 70,
            completeness: 60,
            responsiveness: 50,
            newcomer: 23,
        }
    }
}

/// The most that one weight may be.
pub const WEIGHT_AT_MOST: u32 = 10_000;

impl Weights {
    /// A part of a weight, in hundredths.
    pub(super) fn share(weight: u32, hundredths: u32) -> u32 {
        weight.saturating_mul(hundredths.min(100)) / 100
    }
}
