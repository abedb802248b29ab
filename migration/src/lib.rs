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
        ]
    }
}
