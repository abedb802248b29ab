//! What members of a consortium say to each other.

use sea_orm::entity::prelude::*;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consortium_comment")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The consortium.
    pub consortium_id: Uuid,
    /// The institution that the person spoke for.
    pub profile_id: Uuid,
    /// The account that wrote it.
    pub author: Uuid,
    /// The fact or requirement that it is about.
    pub about: Option<String>,
    /// What it says; empty once it is taken back.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// When, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it was taken back, milliseconds since 1970 (UTC).
    pub deleted_at: Option<i64>,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The consortium.
    #[sea_orm(
        belongs_to = "super::consortium::Entity",
        from = "Column::ConsortiumId",
        to = "super::consortium::Column::Id"
    )]
    Consortium,
}

impl Related<super::consortium::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Consortium.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
