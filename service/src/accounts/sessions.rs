//! Sessions: what a sign-in begins, refresh tokens carry on, and a sign-out ends.

use entity::{account, refresh_token, session};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use super::entry::SignedInSession;
use super::secrets::{hash, secret};
use super::{locked, own, signed_in, tokens};
use crate::actor::{AccountId, Actor, SessionId, SignedIn};
use crate::audit::{self, Action, Entry};
use crate::clock;
use crate::error::Error;
use crate::platform::Platform;
use crate::refusal::{Refusal, UserErrorCode};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// How many times its life a session may be prolonged, until the password has to be given again.
const LIVES: i64 = 6;

/// One sign-in of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it.
    pub id: SessionId,
    /// When it began, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it last got a token, milliseconds since 1970 (UTC).
    pub last_used_at: i64,
    /// When it ends by itself, milliseconds since 1970 (UTC).
    pub expires_at: i64,
    /// Whether the second factor was shown.
    pub second_factor: bool,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Begins a session.
pub(super) async fn begin(
    platform: &Platform,
    transaction: &DatabaseTransaction,
    row: account::Model,
    second_factor: bool,
    now: i64,
) -> Result<(SignedIn, SignedInSession), Error> {
    let id = clock::new_id();
    let session = session::ActiveModel {
        id: Set(id),
        account_id: Set(row.id),
        created_at: Set(now),
        expires_at: Set(now + life(platform)),
        last_used_at: Set(now),
        revoked_at: Set(None),
        second_factor: Set(second_factor),
    };
    session::Entity::insert(session).exec_without_returning(transaction).await?;
    hand_out(platform, transaction, row, id, second_factor, now).await
}

fn life(platform: &Platform) -> i64 {
    i64::from(platform.settings().session_days) * DAY
}

/// The next pair of tokens of a session.
async fn hand_out(
    platform: &Platform,
    transaction: &DatabaseTransaction,
    row: account::Model,
    session: Uuid,
    second_factor: bool,
    now: i64,
) -> Result<(SignedIn, SignedInSession), Error> {
    let secret = secret();
    let token = refresh_token::ActiveModel {
        hash: Set(secret.hash()),
        session_id: Set(session),
        issued_at: Set(now),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(token).exec_without_returning(transaction).await?;
    let who =
        SignedIn { account: AccountId(row.id), session: SessionId(session), role: row.role.into(), second_factor };
    let settings = platform.settings();
    let ring = platform.accounts().keys.ring();
    let access_token = tokens::sign(&ring, &settings.public_url, &who, settings.access_token_seconds, now)?;
    let session = SignedInSession {
        access_token,
        refresh_token: secret.text().to_owned(),
        expires_in_seconds: settings.access_token_seconds,
        account: row.into(),
    };
    Ok((who, session))
}

/// Gives the next pair of tokens for a refresh token. One that was used before is in the hands of two: then its session ends.
///
/// # Errors
/// `INVALID_TOKEN`, or whatever the database says.
pub async fn refresh(platform: &Platform, token: &str) -> Result<SignedInSession, Refusal> {
    let transaction = platform.write().await?;
    let now = clock::now();
    let found = refresh_token::Entity::find_by_id(hash(token)).one(&transaction).await?.ok_or_else(invalid)?;
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Hash.eq(found.hash))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(&transaction)
        .await?;
    let session = session::Entity::find_by_id(found.session_id).one(&transaction).await?.ok_or_else(invalid)?;
    if used.rows_affected == 0 {
        let ended = end(&transaction, session.account_id, Which::One(SessionId(session.id)), now).await?;
        if !ended.is_empty() {
            let entry = Entry::new(&Actor::Anonymous, Action::RefreshTokenReused)
                .of_account(AccountId(session.account_id))
                .with(json!({ "session": session.id }));
            audit::append(&transaction, entry).await?;
        }
        transaction.commit().await?;
        platform.accounts().revocations.add(ended, now);
        return Err(invalid());
    }
    if session.revoked_at.is_some() || session.expires_at <= now {
        return Err(invalid());
    }
    let account = locked(&transaction, session.account_id).await?.ok_or_else(invalid)?;
    let expires_at = (now + life(platform)).min(session.created_at + LIVES * life(platform));
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(now))
        .col_expr(session::Column::ExpiresAt, Expr::value(expires_at))
        .filter(session::Column::Id.eq(session.id))
        .exec(&transaction)
        .await?;
    let (_, next) = hand_out(platform, &transaction, account, session.id, session.second_factor, now).await?;
    transaction.commit().await?;
    Ok(next)
}

fn invalid() -> Refusal {
    Refusal::invalid(
        UserErrorCode::InvalidToken,
        "refreshToken",
        "刷新令牌无效、已使用或已过期；请重新登录",
        "the refresh token is not valid, was used, or has expired; sign in again",
    )
}

/// Which sessions of an account.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    All,
    AllBut(SessionId),
    One(SessionId),
}

impl Which {
    fn filter(self, account: Uuid) -> Condition {
        let of_account = Condition::all().add(session::Column::AccountId.eq(account));
        match self {
            Self::All => of_account,
            Self::AllBut(kept) => of_account.add(session::Column::Id.ne(kept.0)),
            Self::One(session) => of_account.add(session::Column::Id.eq(session.0)),
        }
    }
}

/// Ends sessions that had not ended; the caller tells the node of them once the transaction has.
pub(super) async fn end(
    transaction: &DatabaseTransaction,
    account: Uuid,
    which: Which,
    now: i64,
) -> Result<Vec<SessionId>, Error> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(which.filter(account))
        .filter(session::Column::RevokedAt.is_null())
        .exec_with_returning(transaction)
        .await?;
    Ok(ended.into_iter().map(|session| SessionId(session.id)).collect())
}

/// Notes that sessions have shown the second factor, or that what they have shown counts no longer.
pub(super) async fn mark_second_factor(
    transaction: &DatabaseTransaction,
    account: Uuid,
    which: Which,
    shown: bool,
) -> Result<(), Error> {
    session::Entity::update_many()
        .col_expr(session::Column::SecondFactor, Expr::value(shown))
        .filter(which.filter(account))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The sessions of the actor's account that have not ended, the newest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn sessions(platform: &Platform, actor: &Actor) -> Result<Vec<Session>, Refusal> {
    let who = signed_in(actor)?;
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(who.account.0))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(clock::now()))
        .order_by_desc(session::Column::Id)
        .all(platform.database().connection())
        .await?;
    let session = |row: session::Model| Session {
        id: SessionId(row.id),
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
        second_factor: row.second_factor,
        is_current: row.id == who.session.0,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends the session that asks.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn sign_out(platform: &Platform, actor: &Actor) -> Result<(), Refusal> {
    let who = signed_in(actor)?;
    finish(platform, actor, who, Which::One(who.session), Action::SignedOut).await?;
    Ok(())
}

/// Ends all sessions of the actor's account, also the one that asks; how many.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn sign_out_everywhere(platform: &Platform, actor: &Actor) -> Result<usize, Refusal> {
    let who = signed_in(actor)?;
    finish(platform, actor, who, Which::All, Action::SessionsRevoked).await
}

/// Ends one session of the actor's account.
///
/// # Errors
/// `NOT_FOUND`, what the actor lacks, or whatever the database says.
pub async fn revoke_session(platform: &Platform, actor: &Actor, session: SessionId) -> Result<(), Refusal> {
    let who = signed_in(actor)?;
    match finish(platform, actor, who, Which::One(session), Action::SessionsRevoked).await? {
        0 => Err(Refusal::not_found("session")),
        _ => Ok(()),
    }
}

async fn finish(
    platform: &Platform,
    actor: &Actor,
    who: SignedIn,
    which: Which,
    action: Action,
) -> Result<usize, Refusal> {
    let transaction = platform.write().await?;
    let account = own(&transaction, &who).await?;
    let now = clock::now();
    let ended = end(&transaction, account.id, which, now).await?;
    if ended.is_empty() {
        return Ok(0);
    }
    let entry = Entry::new(actor, action).of_account(who.account).with(json!({ "sessions": ended }));
    audit::append(&transaction, entry).await?;
    transaction.commit().await?;
    let count = ended.len();
    platform.accounts().revocations.add(ended, now);
    Ok(count)
}
