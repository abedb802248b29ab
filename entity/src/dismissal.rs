//! Partners that an institution does not want suggested.

use sea_orm::entity::prelude::*;

/// A partner that is not to be suggested.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dismissal")]
pub struct Model {
    /// The profile that does not want it suggested.
    #[sea_orm(primary_key, auto_increment = false)]
    pub profile_id: Uuid,
    /// The profile that is not to be suggested.
    #[sea_orm(primary_key, auto_increment = false)]
    pub dismissed_id: Uuid,
    /// The account that said so.
    pub created_by: Uuid,
    /// When, milliseconds since 1970 (UTC).
    pub created_at: i64,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The profile that does not want it suggested.
    #[sea_orm(belongs_to = "super::profile::Entity", from = "Column::ProfileId", to = "super::profile::Column::Id")]
    Profile,
    /// The profile that is not to be suggested.
    #[sea_orm(belongs_to = "super::profile::Entity", from = "Column::DismissedId", to = "super::profile::Column::Id")]
    Dismissed,
}

impl ActiveModelBehavior for ActiveModel {}
