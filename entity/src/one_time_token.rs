//! Tokens of the links in mails.

use sea_orm::entity::prelude::*;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Purpose {
    /// Confirms the address of a new account.
    VerifyEmail,
    /// Sets a new password.
    ResetPassword,
    /// Confirms another address.
    ChangeEmail,
}

/// A token that is deleted when it is used.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Binary(32)")]
    pub hash: Vec<u8>,
    /// What it is good for.
    pub purpose: Purpose,
    /// Whose it is.
    pub account_id: Uuid,
    /// The address that it confirms.
    pub email: Option<String>,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it ends by itself, milliseconds since 1970 (UTC).
    pub expires_at: i64,
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
