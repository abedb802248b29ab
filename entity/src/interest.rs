//! Expressions of interest in a partner.

use sea_orm::entity::prelude::*;

/// Where an expression of interest stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Waiting for an answer.
    Sent,
    /// Both sides know how to reach each other.
    Accepted,
    /// The other one does not want to.
    Declined,
    /// Taken back before it was answered.
    Withdrawn,
    /// It was not answered in time.
    Expired,
}

/// An expression of interest.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "interest")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The profile that is interested.
    pub from_profile_id: Uuid,
    /// The profile it is interested in.
    pub to_profile_id: Uuid,
    /// The request that it answers.
    pub request_id: Option<Uuid>,
    /// The direction it is about, `guide/direction`.
    pub direction: Option<String>,
    /// What it says.
    #[sea_orm(column_type = "Text")]
    pub message: String,
    /// What the other one says.
    #[sea_orm(column_type = "Text")]
    pub reply: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// Both profiles while it waits for an answer: there is one at a time.
    pub open_key: Option<String>,
    /// The account that sent it.
    pub sent_by: Uuid,
    /// When it was sent, milliseconds since 1970 (UTC).
    pub sent_at: i64,
    /// The account that answered or withdrew it.
    pub answered_by: Option<Uuid>,
    /// When it was answered or withdrawn, milliseconds since 1970 (UTC).
    pub answered_at: Option<i64>,
    /// Until when it can be answered, milliseconds since 1970 (UTC).
    pub expires_at: i64,
    /// How to reach whoever sent it, where that is not what the profile says: JSON of a contact.
    #[sea_orm(column_type = "Text")]
    pub from_contact: Option<String>,
    /// How to reach whoever accepted it, where that is not what the profile says: JSON of a contact.
    #[sea_orm(column_type = "Text")]
    pub to_contact: Option<String>,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The profile that is interested.
    #[sea_orm(belongs_to = "super::profile::Entity", from = "Column::FromProfileId", to = "super::profile::Column::Id")]
    FromProfile,
    /// The profile it is interested in.
    #[sea_orm(belongs_to = "super::profile::Entity", from = "Column::ToProfileId", to = "super::profile::Column::Id")]
    ToProfile,
    /// The request that it answers.
    #[sea_orm(
        belongs_to = "super::partner_request::Entity",
        from = "Column::RequestId",
        to = "super::partner_request::Column::Id"
    )]
    Request,
}

impl Related<super::partner_request::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Request.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
