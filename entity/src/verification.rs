//! Facts that a moderator has verified.

use sea_orm::entity::prelude::*;

/// Why a verification no longer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Ended {
    /// The fact was changed.
    Edited,
    /// A moderator took it back.
    Withdrawn,
    /// Its last day is over.
    Expired,
}

/// A fact with the value that was verified.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The profile.
    pub profile_id: Uuid,
    /// The fact's name in the vocabulary.
    pub fact: String,
    /// The value that was verified, as JSON.
    #[sea_orm(column_type = "Text")]
    pub value: String,
    /// The file that proves it.
    pub evidence_id: Option<Uuid>,
    /// The moderator.
    pub verified_by: Uuid,
    /// When it was verified, milliseconds since 1970 (UTC).
    pub verified_at: i64,
    /// The last day it holds, `2027-11-22`.
    pub expires_on: Option<String>,
    /// When it ended, milliseconds since 1970 (UTC).
    pub ended_at: Option<i64>,
    /// Why it ended.
    pub ended_because: Option<Ended>,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The profile.
    #[sea_orm(belongs_to = "super::profile::Entity", from = "Column::ProfileId", to = "super::profile::Column::Id")]
    Profile,
}

impl Related<super::profile::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Profile.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
