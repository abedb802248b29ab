//! The head of the audit chain.

use sea_orm::entity::prelude::*;

/// The one row whose lock puts all records into one order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The number of the last record; 0 before the first.
    pub sequence: i64,
    /// The hash of the last record, 32 bytes; zeros before the first.
    #[sea_orm(column_type = "Binary(32)")]
    pub hash: Vec<u8>,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
