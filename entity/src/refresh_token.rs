//! Refresh tokens of sessions.

use sea_orm::entity::prelude::*;

/// A token that can be used once for the next one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Binary(32)")]
    pub hash: Vec<u8>,
    /// The session it goes on with.
    pub session_id: Uuid,
    /// When it was given out, milliseconds since 1970 (UTC).
    pub issued_at: i64,
    /// When it was used, milliseconds since 1970 (UTC).
    pub used_at: Option<i64>,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The session it goes on with.
    #[sea_orm(belongs_to = "super::session::Entity", from = "Column::SessionId", to = "super::session::Column::Id")]
    Session,
}

impl Related<super::session::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Session.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
