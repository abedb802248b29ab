//! The use cases of the directory: profiles come in, are kept, and are found.
//!
//! Every use case is one function that runs in one transaction and returns a type of the domain. Knows nothing of GraphQL, HTTP
//! or pages.

pub mod accounts;
mod actor;
pub mod audit;
mod clock;
pub mod consortia;
mod database;
mod directory;
mod error;
mod events;
pub mod evidence;
mod feed;
mod follow;
mod import;
mod listing;
pub mod mail;
pub mod matching;
pub mod notices;
pub mod partners;
mod platform;
pub mod policy;
pub mod profiles;
mod refusal;
pub mod registry;
pub mod reports;
pub mod source;

pub use actor::{
    AccountId, Actor, CaseId, CommentId, ConsortiumId, ConsortiumMemberId, EvidenceId, GlobalRole, InterestId,
    InvitationId, NotificationId, RequestId, SessionId, SignedIn, SignedReportId, WatchId,
};
pub use clock::{now, today};
pub use database::{Database, without_password};
pub use directory::{CHANGES_AT_MOST, Change, Directory, Found, Hit, Options};
pub use error::Error;
pub use events::Event;
pub use follow::CaughtUp;
pub use import::{Fault, ImportReport, Incoming, Standing};
pub use listing::Listing;
pub use platform::{Platform, Settings};
pub use refusal::{Refusal, UserError, UserErrorCode};
