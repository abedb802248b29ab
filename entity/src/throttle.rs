//! How often something was tried.

use sea_orm::entity::prelude::*;

/// How often something was tried within its time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// What was tried, and by whom; holds no mail address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// How often.
    pub count: i32,
    /// When counting begins anew, milliseconds since 1970 (UTC).
    pub resets_at: i64,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
