//! Mails that are to be sent.

use sea_orm::entity::prelude::*;

/// A mail, deleted once it is sent.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Names it for ever, in the order of time; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whom it is for.
    pub to_address: String,
    /// Its subject, one line.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    /// It as text.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// It as HTML.
    #[sea_orm(column_type = "Text")]
    pub html: String,
    /// When it was put here, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// Not to be sent before this time, milliseconds since 1970 (UTC).
    pub not_before: i64,
    /// How often it could not be sent.
    pub attempts: i32,
    /// Why it could not be sent last time; holds no address.
    #[sea_orm(column_type = "Text")]
    pub last_error: Option<String>,
    /// Until when a node is sending it, milliseconds since 1970 (UTC).
    pub leased_until: Option<i64>,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
