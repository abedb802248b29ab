//! Reports that were frozen and signed.

use sea_orm::entity::prelude::*;

/// A signed report.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signed_report")]
pub struct Model {
    /// Names it for ever, in the report too; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The consortium.
    pub consortium_id: Uuid,
    /// The version of the consortium that was judged.
    pub version: i32,
    /// The verdict.
    pub verdict: String,
    /// The report as a JSON Web Signature in compact form.
    #[sea_orm(column_type = "Text")]
    pub jws: String,
    /// The facts that were judged, as JSON; the report itself holds only their digest.
    #[sea_orm(column_type = "Text")]
    pub facts: String,
    /// The account that had it signed.
    pub signed_by: Uuid,
    /// The institution that the account acted for.
    pub profile_id: Uuid,
    /// When, milliseconds since 1970 (UTC).
    pub signed_at: i64,
    /// Until when it counts, milliseconds since 1970 (UTC).
    pub expires_at: i64,
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
