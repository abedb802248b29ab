//! Revisions of profiles.

use sea_orm::entity::prelude::*;

/// What was said of an institution at one time. Never changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub struct Model {
    /// The profile.
    #[sea_orm(primary_key, auto_increment = false)]
    pub profile_id: Uuid,
    /// Its number within the profile, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// What was said, as JSON.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// The account that wrote it; none for an import.
    pub author: Option<Uuid>,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
