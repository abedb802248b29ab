//! The tables, as SeaORM entities: one file a table. No business decision lives here.

pub mod account;
pub mod audit_head;
pub mod audit_record;
pub mod directory;
pub mod evidence;
pub mod identifier;
pub mod invitation;
pub mod membership;
pub mod notification;
pub mod one_time_token;
pub mod outbox;
pub mod profile;
pub mod refresh_token;
pub mod review_case;
pub mod revision;
pub mod session;
pub mod signing_key;
pub mod source_record;
pub mod throttle;
pub mod verification;
