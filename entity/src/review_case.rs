//! What moderators decide on.

use sea_orm::entity::prelude::*;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A revision is to be published.
    Revision,
    /// Somebody wants to take a profile over.
    Claim,
    /// A decision is to be looked at again.
    Appeal,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Waiting for a decision.
    Open,
    /// Decided.
    Decided,
    /// Taken back before it was decided.
    Withdrawn,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Decision {
    /// What was asked for is given.
    Approved,
    /// It is sent back to be mended.
    ChangesRequested,
    /// What was asked for is not given.
    Refused,
}

/// A case of the moderation queue.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_case")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is asked for.
    pub kind: Kind,
    /// The profile.
    pub profile_id: Uuid,
    /// The revision that is to be published.
    pub revision: Option<i32>,
    /// The account that asks.
    pub opened_by: Uuid,
    /// When it was opened, milliseconds since 1970 (UTC).
    pub opened_at: i64,
    /// 0 normal, 1 high, 2 urgent.
    pub priority: i32,
    /// The moderator who has taken it on.
    pub assigned_to: Option<Uuid>,
    /// How far it has come.
    pub state: State,
    /// What the person who asks says.
    #[sea_orm(column_type = "Text")]
    pub statement: Option<String>,
    /// The ids of the evidence, a JSON list.
    #[sea_orm(column_type = "Text")]
    pub evidence: String,
    /// The case whose decision is appealed against.
    pub appeals: Option<Uuid>,
    /// What was decided.
    pub decision: Option<Decision>,
    /// The codes of the reasons, a JSON list.
    #[sea_orm(column_type = "Text")]
    pub reasons: String,
    /// What the moderator says to the person who asked.
    #[sea_orm(column_type = "Text")]
    pub message: Option<String>,
    /// Scores from 0 to 5 by criterion, a JSON object.
    #[sea_orm(column_type = "Text")]
    pub scores: String,
    /// The moderator who decided.
    pub decided_by: Option<Uuid>,
    /// When it was decided, milliseconds since 1970 (UTC).
    pub decided_at: Option<i64>,
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
