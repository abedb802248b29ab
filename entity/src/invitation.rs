//! Invitations to become a member of a profile.

use sea_orm::entity::prelude::*;

use crate::membership::Role;

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Not answered.
    Open,
    /// The invited person is a member.
    Accepted,
    /// The invited person does not want to be.
    Declined,
    /// Taken back.
    Revoked,
}

/// An invitation, sent by mail.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The profile.
    pub profile_id: Uuid,
    /// Whom it was sent to, in lower case.
    pub email: String,
    /// What the new member may do.
    pub role: Role,
    /// SHA-256 of the token in the mail.
    #[sea_orm(column_type = "Binary(32)", unique)]
    pub token_hash: Vec<u8>,
    /// The account that invites.
    pub invited_by: Uuid,
    /// What became of it.
    pub state: State,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it can no longer be accepted, milliseconds since 1970 (UTC).
    pub expires_at: i64,
    /// When it was answered or taken back, milliseconds since 1970 (UTC).
    pub answered_at: Option<i64>,
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
