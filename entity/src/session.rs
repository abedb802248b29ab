//! Sessions of accounts.

use sea_orm::entity::prelude::*;

/// One sign-in, until it ends.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// When it began, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it ends by itself, milliseconds since 1970 (UTC).
    pub expires_at: i64,
    /// When it last got a token, milliseconds since 1970 (UTC).
    pub last_used_at: i64,
    /// When it was ended, milliseconds since 1970 (UTC).
    pub revoked_at: Option<i64>,
    /// Whether the second factor was shown.
    pub second_factor: bool,
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
