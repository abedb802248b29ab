//! What institutions look for, how they answer each other, and what people watch.

mod board;
mod dismissals;
mod requests;

pub(crate) use self::board::board;
pub use self::board::{Board, PublishedRequest};
pub(crate) use self::dismissals::dismissed;
pub use self::dismissals::{dismiss, dismissed_partners, restore};

/// What this module keeps in memory.
#[derive(Debug, Default)]
pub(crate) struct State {
    board: board::Memory,
}
