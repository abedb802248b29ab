//! What two consortia must not have in common, as digests: found without reading either.

use sea_orm::entity::prelude::*;

/// A key of a consortium.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consortium_key")]
pub struct Model {
    /// The consortium.
    #[sea_orm(primary_key, auto_increment = false)]
    pub consortium_id: Uuid,
    /// What it is a key of.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// The key: a digest, or a code that is public.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
    /// Where it counts: `guide/direction`.
    pub scope: String,
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
