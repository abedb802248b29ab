//! The keys that sign reports. They are kept for as long as a report may be verified.

use sea_orm::entity::prelude::*;

/// An Ed25519 key pair.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_key")]
pub struct Model {
    /// The `kid` of the reports that it signed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The private key.
    #[sea_orm(column_type = "Blob")]
    pub private: Vec<u8>,
    /// The public key, 32 bytes.
    #[sea_orm(column_type = "Binary(32)")]
    pub public: Vec<u8>,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
