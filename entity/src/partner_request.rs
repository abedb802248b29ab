//! What institutions look for: requests for partners.

use sea_orm::entity::prelude::*;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Waiting for review.
    Submitted,
    /// Sent back to its author.
    ChangesRequested,
    /// Shown to everybody.
    Published,
    /// Not to be shown.
    Refused,
    /// Taken off the list by its author.
    Closed,
    /// Its last day has passed.
    Expired,
}

/// A request for partners.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner_request")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The profile that posts it.
    pub profile_id: Uuid,
    /// Where it stands; that of its newest content.
    pub status: Status,
    /// How often its content was written; an edit names it.
    pub version: i32,
    /// What it says, as JSON.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// What everybody sees of it, as JSON; none before it was approved.
    #[sea_orm(column_type = "Text")]
    pub published: Option<String>,
    /// The last day on which it is shown, ISO 8601.
    pub expires_on: String,
    /// The account that wrote it last.
    pub author: Uuid,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it was last changed, milliseconds since 1970 (UTC).
    pub changed_at: i64,
    /// When it was first approved, milliseconds since 1970 (UTC).
    pub published_at: Option<i64>,
    /// The moderator who decided last.
    pub decided_by: Option<Uuid>,
    /// What the moderator said.
    #[sea_orm(column_type = "Text")]
    pub reason: Option<String>,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The profile that posts it.
    #[sea_orm(belongs_to = "super::profile::Entity", from = "Column::ProfileId", to = "super::profile::Column::Id")]
    Profile,
}

impl Related<super::profile::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Profile.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
