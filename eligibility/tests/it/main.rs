//! The built-in calls, and invented ones, judged from outside the crate.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod broken;
mod calls;
mod cases;
mod completions;
mod institutions;
mod invented;
mod logic;
mod random;
mod repairs;
mod support;
