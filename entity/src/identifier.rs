//! Identifiers that belong to one profile only.

use sea_orm::entity::prelude::*;

/// An identifier and the profile it names.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identifier")]
pub struct Model {
    /// Who gives it: `ROR` or `CREDIT_CODE`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scheme: String,
    /// Its normal form.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
    /// The profile.
    pub profile_id: Uuid,
}

/// What it is linked to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The profile it names.
    #[sea_orm(belongs_to = "super::profile::Entity", from = "Column::ProfileId", to = "super::profile::Column::Id")]
    Profile,
}

impl Related<super::profile::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Profile.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
