//! What was done, record after record, each bound to the one before.

use sea_orm::entity::prelude::*;

/// A record of the chain. Never changed and never deleted; refers to nothing, for it outlives what it tells of.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_record")]
pub struct Model {
    /// Its number, from 1, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// When it was done, milliseconds since 1970 (UTC).
    pub at: i64,
    /// The account that did it; none for the program itself.
    pub actor: Option<Uuid>,
    /// What was done.
    pub action: String,
    /// The profile it was done to.
    pub profile_id: Option<Uuid>,
    /// The account it is about.
    pub account_id: Option<Uuid>,
    /// The case it belongs to.
    pub case_id: Option<Uuid>,
    /// What more there is to tell, as JSON; no mail addresses, names of people or secrets.
    #[sea_orm(column_type = "Text")]
    pub details: String,
    /// The hash of the record before, 32 bytes.
    #[sea_orm(column_type = "Binary(32)")]
    pub previous: Vec<u8>,
    /// SHA-256 over all of the above, 32 bytes.
    #[sea_orm(column_type = "Binary(32)")]
    pub hash: Vec<u8>,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
