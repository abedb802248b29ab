//! Links that mails carry: each works once, and not for long.

use entity::one_time_token::{self, Purpose};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::secrets::{hash, secret};
use crate::error::Error;
use crate::mail::{RESET_HOURS, VERIFICATION_HOURS};
use crate::platform::Platform;
use crate::refusal::{Refusal, UserErrorCode};

/// How long a link works, in milliseconds: one that sets a password, not long.
fn life(purpose: Purpose) -> i64 {
    let hours = match purpose {
        Purpose::ResetPassword => RESET_HOURS,
        Purpose::VerifyEmail | Purpose::ChangeEmail => VERIFICATION_HOURS,
    };
    hours * 3_600_000
}

/// The link with a token that was just made; those made before for the same are void.
pub(super) async fn issue(
    platform: &Platform,
    transaction: &DatabaseTransaction,
    account: Uuid,
    purpose: Purpose,
    email: &str,
    now: i64,
) -> Result<String, Error> {
    revoke(transaction, account, Some(purpose)).await?;
    let secret = secret();
    let row = one_time_token::ActiveModel {
        hash: Set(secret.hash()),
        purpose: Set(purpose),
        account_id: Set(account),
        email: Set(Some(email.to_owned())),
        created_at: Set(now),
        expires_at: Set(now + life(purpose)),
    };
    one_time_token::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(with_token(platform, purpose, secret.text()))
}

/// Makes the links of an account void: those for a purpose, or all.
pub(super) async fn revoke(
    connection: &impl ConnectionTrait,
    account: Uuid,
    purpose: Option<Purpose>,
) -> Result<(), Error> {
    let mut query = one_time_token::Entity::delete_many().filter(one_time_token::Column::AccountId.eq(account));
    if let Some(purpose) = purpose {
        query = query.filter(one_time_token::Column::Purpose.eq(purpose));
    }
    query.exec(connection).await?;
    Ok(())
}

/// What a token stands for, which is left to be used.
pub(super) async fn read(
    connection: &impl ConnectionTrait,
    token: &str,
    purpose: Purpose,
    now: i64,
) -> Result<one_time_token::Model, Refusal> {
    let row = one_time_token::Entity::find_by_id(hash(token)).one(connection).await?;
    row.filter(|row| row.purpose == purpose && row.expires_at > now).ok_or_else(invalid)
}

/// Uses a token: nobody can a second time.
pub(super) async fn take(
    transaction: &DatabaseTransaction,
    token: &str,
    purpose: Purpose,
    now: i64,
) -> Result<one_time_token::Model, Refusal> {
    let taken = one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::Hash.eq(hash(token)))
        .filter(one_time_token::Column::Purpose.eq(purpose))
        .filter(one_time_token::Column::ExpiresAt.gt(now))
        .exec_with_returning(transaction)
        .await?;
    taken.into_iter().next().ok_or_else(invalid)
}

/// What is told of a token that is none.
pub(super) fn invalid() -> Refusal {
    Refusal::invalid(
        UserErrorCode::InvalidToken,
        "token",
        "链接无效、已使用或已过期；请重新获取",
        "the link is not valid, was used, or has expired; ask for a new one",
    )
}

/// The page where a token is used.
pub(super) fn with_token(platform: &Platform, purpose: Purpose, token: &str) -> String {
    let page = match purpose {
        Purpose::VerifyEmail => "verify",
        Purpose::ResetPassword => "reset",
        Purpose::ChangeEmail => "email",
    };
    format!("{}/{page}?token={token}", home(platform))
}

/// The page where people sign in.
pub(super) fn home(platform: &Platform) -> String {
    format!("{}/account", platform.settings().public_url)
}
