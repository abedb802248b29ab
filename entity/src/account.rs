//! Accounts of people.

use sea_orm::entity::prelude::*;

/// The language a person is written to in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(2))")]
pub enum Lang {
    /// Chinese.
    #[sea_orm(string_value = "zh")]
    Zh,
    /// English.
    #[sea_orm(string_value = "en")]
    En,
}

/// What an account may do beyond its own profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Nothing.
    None,
    /// Decides on profiles and verifies facts.
    Moderator,
    /// Runs the directory.
    Administrator,
}

/// Which mails of its inbox an account wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Mail {
    /// One for each notification, at once.
    Immediate,
    /// One that gathers them.
    Digest,
    /// None.
    Off,
}

/// A person who can sign in, or could until the account was deleted.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Names it for ever; UUID version 7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The mail address in lower case; none once the account is deleted.
    #[sea_orm(unique)]
    pub email: Option<String>,
    /// When the address was confirmed, milliseconds since 1970 (UTC).
    pub email_verified_at: Option<i64>,
    /// The password's hash, as a PHC string.
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    /// What the person is called.
    pub name: String,
    /// The language to write in.
    pub lang: Lang,
    /// What it may do beyond its own profiles.
    pub role: Role,
    /// The secret of the second factor.
    #[sea_orm(column_type = "Blob")]
    pub totp_secret: Option<Vec<u8>>,
    /// When the second factor was confirmed, milliseconds since 1970 (UTC).
    pub totp_confirmed_at: Option<i64>,
    /// The time step of the last code that was accepted: none is accepted twice.
    pub totp_last_step: Option<i64>,
    /// Which mails it wants.
    pub mail: Mail,
    /// When the last digest went out, milliseconds since 1970 (UTC).
    pub digest_sent_at: Option<i64>,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it was deleted, milliseconds since 1970 (UTC).
    pub deleted_at: Option<i64>,
}

/// It has none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
