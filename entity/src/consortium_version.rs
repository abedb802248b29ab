//! What a consortium plans, version by version.

use sea_orm::entity::prelude::*;

/// A version of what a consortium plans.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consortium_version")]
pub struct Model {
    /// The consortium.
    #[sea_orm(primary_key, auto_increment = false)]
    pub consortium_id: Uuid,
    /// Its number, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// What is planned and who the members were, as JSON.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// What this version changed, as JSON.
    #[sea_orm(column_type = "Text")]
    pub changes: String,
    /// The account that wrote it; none where the service did.
    pub author: Option<Uuid>,
    /// The institution that the account wrote it for.
    pub profile_id: Option<Uuid>,
    /// When, milliseconds since 1970 (UTC).
    pub created_at: i64,
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
