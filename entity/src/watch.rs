//! Searches that people have kept, to be told of what is new.

use sea_orm::entity::prelude::*;

/// A search that is watched.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "watch")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// What is looked for, as JSON.
    #[sea_orm(column_type = "Text")]
    pub criteria: String,
    /// Whether its owner is told.
    pub is_active: bool,
    /// The number of the last change of the directory that it has seen.
    pub after_change: i64,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When its owner was told last, milliseconds since 1970 (UTC).
    pub told_at: Option<i64>,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Whose it is.
    #[sea_orm(belongs_to = "super::account::Entity", from = "Column::AccountId", to = "super::account::Column::Id")]
    Account,
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
