//! Consortia that are being planned.

use sea_orm::entity::prelude::*;

/// Where a consortium stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It is being planned.
    Open,
    /// It was put away by its coordinator.
    Archived,
}

/// A consortium.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consortium")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The call.
    pub guide: String,
    /// The direction, within the call.
    pub direction: String,
    /// What its members call it.
    pub name: String,
    /// Where it stands.
    pub status: Status,
    /// The number of its newest version; an edit names it.
    pub version: i32,
    /// The account that opened it.
    pub created_by: Uuid,
    /// When it was opened, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it was last changed, milliseconds since 1970 (UTC).
    pub changed_at: i64,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
