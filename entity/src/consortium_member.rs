//! The institutions of a consortium, and how they came to be in it.

use sea_orm::entity::prelude::*;

/// A side of a consortium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Side {
    /// The Chinese (mainland) side.
    Chinese,
    /// The partner side.
    Partner,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It was asked and has not answered.
    Invited,
    /// It is a member.
    Accepted,
    /// It does not want to be.
    Declined,
    /// It is no longer asked.
    Revoked,
    /// It did not answer in time.
    Expired,
    /// It was a member and left.
    Left,
    /// It was a member and was removed.
    Removed,
}

/// An institution of a consortium, or one that was asked to be.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consortium_member")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The consortium.
    pub consortium_id: Uuid,
    /// The institution.
    pub profile_id: Uuid,
    /// The side it is on.
    pub side: Side,
    /// Whether it leads its side.
    pub is_lead: bool,
    /// Where it stands.
    pub status: Status,
    /// What the invitation says.
    #[sea_orm(column_type = "Text")]
    pub message: Option<String>,
    /// Why it declined, left or was removed.
    #[sea_orm(column_type = "Text")]
    pub reason: Option<String>,
    /// Consortium and institution while it is invited or a member: it is in once.
    pub open_key: Option<String>,
    /// Consortium and side while it leads that: there is one lead a side.
    pub lead_key: Option<String>,
    /// The account that invited it.
    pub invited_by: Uuid,
    /// When it was invited, milliseconds since 1970 (UTC).
    pub invited_at: i64,
    /// Until when the invitation can be answered, milliseconds since 1970 (UTC).
    pub expires_at: i64,
    /// When it answered, milliseconds since 1970 (UTC).
    pub answered_at: Option<i64>,
    /// When it left or was removed, milliseconds since 1970 (UTC).
    pub ended_at: Option<i64>,
    /// The number of the last change of its profile that the others were told of.
    pub profile_change: Option<i64>,
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
    /// The institution.
    #[sea_orm(belongs_to = "super::profile::Entity", from = "Column::ProfileId", to = "super::profile::Column::Id")]
    Profile,
}

impl Related<super::consortium::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Consortium.def()
    }
}

impl Related<super::profile::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Profile.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
