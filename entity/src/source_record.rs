//! Records of registries and portals.

use sea_orm::entity::prelude::*;

/// Which profile a record became, and what it held when it was last read.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source_record")]
pub struct Model {
    /// The registry or portal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// The record's key there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The profile.
    pub profile_id: Uuid,
    /// SHA-256 of what it held, its first 16 bytes.
    #[sea_orm(column_type = "Binary(16)")]
    pub digest: Vec<u8>,
    /// The day the source last changed it, `2026-02-24`, if it says so.
    pub modified: Option<String>,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
