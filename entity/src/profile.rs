//! Profiles.

use sea_orm::entity::prelude::*;

/// Where a profile stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Being written by its owner.
    Draft,
    /// Waiting for review.
    Submitted,
    /// Sent back to its owner.
    ChangesRequested,
    /// Listed for everybody.
    Published,
    /// Taken off the list by a moderator.
    Suspended,
    /// No longer kept up.
    Archived,
}

/// A profile: an identity, the revision that is published, and when it last changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where it stands.
    pub status: Status,
    /// The revision that everybody sees, if any.
    pub published_revision: Option<i32>,
    /// The number of its last change in the feed.
    #[sea_orm(unique)]
    pub change: i64,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it last changed, milliseconds since 1970 (UTC).
    pub changed_at: i64,
    /// The number of its newest revision, published or not.
    pub latest_revision: i32,
    /// When a member last confirmed its facts, milliseconds since 1970 (UTC).
    pub confirmed_at: Option<i64>,
    /// When its owners were last asked to confirm its facts, milliseconds since 1970 (UTC).
    pub reminded_at: Option<i64>,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The revision that everybody sees.
    #[sea_orm(
        belongs_to = "super::revision::Entity",
        from = "(Column::Id, Column::PublishedRevision)",
        to = "(super::revision::Column::ProfileId, super::revision::Column::Number)"
    )]
    Published,
}

impl Related<super::revision::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Published.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
