//! The inboxes of accounts.

use sea_orm::entity::prelude::*;

/// Something an account is told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// Names it for ever, in the order of time; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whom it is for.
    pub account_id: Uuid,
    /// What it tells.
    pub kind: String,
    /// The profile it is about.
    pub profile_id: Option<Uuid>,
    /// The case it is about.
    pub case_id: Option<Uuid>,
    /// What more there is to tell, as JSON.
    #[sea_orm(column_type = "Text")]
    pub payload: String,
    /// The number of the audit record it came with.
    pub sequence: i64,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it was read, milliseconds since 1970 (UTC).
    pub read_at: Option<i64>,
    /// When it was put into a mail, milliseconds since 1970 (UTC).
    pub mailed_at: Option<i64>,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// Whom it is for.
    #[sea_orm(belongs_to = "super::account::Entity", from = "Column::AccountId", to = "super::account::Column::Id")]
    Account,
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
