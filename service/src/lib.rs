//! The use cases of the directory: profiles come in, are kept, and are found.
//!
//! Every use case is one function that runs in one transaction and returns a type of the domain. Knows nothing of GraphQL, HTTP
//! or pages.

mod clock;
mod database;
mod directory;
mod error;
mod feed;
mod follow;
mod import;
mod listing;
pub mod registry;
pub mod source;

pub use clock::today;
pub use database::{Database, without_password};
pub use directory::{CHANGES_AT_MOST, Change, Directory, Found, Hit, Options};
pub use error::Error;
pub use follow::CaughtUp;
pub use import::{Fault, ImportReport, Incoming, Standing};
pub use listing::Listing;
