//! Who fits whom: ranked partners for a role, for an open slot, and for whole sets of slots.
//!
//! Eligibility decides who is in; points decide the order. Every point has a reason that is told in both languages, and none
//! rests on a person.

mod complete;
mod known;
mod score;
mod seek;
mod weights;

pub use self::complete::{Candidate, Completion, CompletionOptions, Completions, OpenSlot, completions, open_slots};
pub use self::known::{Answers, answers};
pub use self::score::{Part, Reason, Score};
pub use self::seek::{Match, Matches, Seeking, complement, matches_for};
pub use self::weights::{WEIGHT_AT_MOST, Weights};

/// What matching keeps in memory.
#[derive(Debug, Default)]
pub(crate) struct State {
    known: known::Memory,
    classes: complete::Classes,
}
