//! The built-in calls judged from outside the crate.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod broken;
mod calls;
mod repairs;
mod support;
