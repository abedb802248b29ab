//! Files that prove something.

use sea_orm::entity::prelude::*;

/// What a file is to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Purpose {
    /// A fact of the profile.
    Fact,
    /// That somebody may take the profile over.
    Claim,
    /// That a decision was wrong.
    Appeal,
}

/// Whether the file is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// It may be uploaded.
    Staged,
    /// It is there as a whole.
    Stored,
}

/// A file, or the place for one. The file itself is in the object store.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    /// Names it for ever, in the object store too; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The profile.
    pub profile_id: Uuid,
    /// The account that uploads it.
    pub uploaded_by: Uuid,
    /// What it is to prove.
    pub purpose: Purpose,
    /// What the person who uploads it calls the file, without a path.
    pub name: String,
    /// The media type that its content has; none before it is stored.
    pub media_type: Option<String>,
    /// Bytes: as declared while it is staged, as counted once it is stored.
    pub size: Option<i64>,
    /// SHA-256 of the content, 32 bytes; none before it is stored.
    #[sea_orm(column_type = "Binary(32)")]
    pub sha256: Option<Vec<u8>>,
    /// Whether the file is there.
    pub state: State,
    /// When it was announced, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// Until when it may be uploaded, milliseconds since 1970 (UTC).
    pub expires_at: i64,
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
