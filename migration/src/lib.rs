//! The steps that build the tables. A step that has landed is never edited: what it got wrong, a later step mends.
//!
//! Every table, key, index and check has a name, so that an error of the database can be told by what it says.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261122_000001_directory;
mod m20261122_000002_profile;
mod m20261122_000003_revision;
mod m20261122_000004_identifier;
mod m20261122_000005_source_record;
mod m20261122_000006_account;
mod m20261122_000007_session;
mod m20261122_000008_one_time_token;
mod m20261122_000009_throttle;
mod m20261122_000010_signing_key;
mod m20261122_000011_membership;
mod m20261122_000012_invitation;
mod m20261122_000013_review_case;
mod m20261122_000014_evidence;
mod m20261122_000015_verification;
mod m20261122_000016_audit_record;
mod m20261122_000017_notification;
mod m20261122_000018_outbox;
mod m20261122_000019_upkeep;
mod m20261123_000020_partner_request;
mod m20261123_000021_interest;
mod m20261123_000022_dismissal;
mod m20261123_000023_watch;
mod m20261123_000024_consortium;
mod m20261123_000025_consortium_member;
mod m20261123_000026_consortium_version;
mod m20261123_000027_consortium_comment;
mod m20261123_000028_consortium_key;
mod m20261123_000029_report_key;
mod m20261123_000030_signed_report;
mod m20261123_000031_interest_contact;
mod m20261123_000032_member_profile_change;
mod m20261123_000033_request_changed_at;

/// All steps in their order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_directory::Migration),
            Box::new(m20261122_000002_profile::Migration),
            Box::new(m20261122_000003_revision::Migration),
            Box::new(m20261122_000004_identifier::Migration),
            Box::new(m20261122_000005_source_record::Migration),
            Box::new(m20261122_000006_account::Migration),
            Box::new(m20261122_000007_session::Migration),
            Box::new(m20261122_000008_one_time_token::Migration),
            Box::new(m20261122_000009_throttle::Migration),
            Box::new(m20261122_000010_signing_key::Migration),
            Box::new(m20261122_000011_membership::Migration),
            Box::new(m20261122_000012_invitation::Migration),
            Box::new(m20261122_000013_review_case::Migration),
            Box::new(m20261122_000014_evidence::Migration),
            Box::new(m20261122_000015_verification::Migration),
            Box::new(m20261122_000016_audit_record::Migration),
            Box::new(m20261122_000017_notification::Migration),
            Box::new(m20261122_000018_outbox::Migration),
            Box::new(m20261122_000019_upkeep::Migration),
            Box::new(m20261123_000020_partner_request::Migration),
            Box::new(m20261123_000021_interest::Migration),
            Box::new(m20261123_000022_dismissal::Migration),
            Box::new(m20261123_000023_watch::Migration),
            Box::new(m20261123_000024_consortium::Migration),
            Box::new(m20261123_000025_consortium_member::Migration),
            Box::new(m20261123_000026_consortium_version::Migration),
            Box::new(m20261123_000027_consortium_comment::Migration),
            Box::new(m20261123_000028_consortium_key::Migration),
            Box::new(m20261123_000029_report_key::Migration),
            Box::new(m20261123_000030_signed_report::Migration),
            Box::new(m20261123_000031_interest_contact::Migration),
            Box::new(m20261123_000032_member_profile_change::Migration),
            Box::new(m20261123_000033_request_changed_at::Migration),
        ]
    }
}
