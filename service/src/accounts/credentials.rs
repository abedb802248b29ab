//! What somebody proves to be who they are with: password, address, second factor; and how each is replaced.

use entity::account;
use entity::one_time_token::Purpose;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::entry::{about, count_mail, mark_verified, send_link};
use super::sessions::{Which, end};
use super::throttle::{self, GUESSES_OF_ACCOUNT, MAILS_FROM_ADDRESS};
use super::{
    Account, address, lang, links, locked, of_address, own, prove, second_factor, signed_in, unchanged,
    wrong_credentials,
};
use crate::actor::{AccountId, Actor, GlobalRole, SessionId};
use crate::audit::{self, Action, Entry};
use crate::clock;
use crate::mail::{self, Letter};
use crate::platform::Platform;
use crate::policy;
use crate::refusal::{Refusal, UserErrorCode};

/// Sends a link that sets a new password. The answer is the same if the address has no account.
///
/// # Errors
/// What is wrong with the input, `Throttled`, or whatever the database says.
pub async fn request_password_reset(platform: &Platform, email: &str, from: &str) -> Result<(), Refusal> {
    policy::authorize(policy::Action::Enter, &Actor::Anonymous, None)?;
    let email = address("email", email)?;
    count_mail(platform, &email, from).await?;
    let held = of_address(platform.database().connection(), &email).await?;
    send_link(platform, held, &email, Purpose::ResetPassword).await
}

/// Sets a new password with the token of a link, and ends all sessions. The link also proves the address.
///
/// # Errors
/// `INVALID_TOKEN`, `WEAK_PASSWORD`, or whatever the database says.
pub async fn reset_password(platform: &Platform, token: &str, password: &str) -> Result<(), Refusal> {
    policy::authorize(policy::Action::Enter, &Actor::Anonymous, None)?;
    let connection = platform.database().connection();
    let found = links::read(connection, token, Purpose::ResetPassword, clock::now()).await?;
    let email = found.email.unwrap_or_default();
    let held = of_address(connection, &email).await?;
    let held = held.filter(|account| account.id == found.account_id).ok_or_else(links::invalid)?;
    let hashing = &platform.accounts().hashing;
    // The link is left, so that a better password can be given with it.
    hashing.check(password, "password", about(&email, &held.name)).await?;
    let password_hash = hashing.hash(password).await?;

    let transaction = platform.write().await?;
    let now = clock::now();
    let taken = links::take(&transaction, token, Purpose::ResetPassword, now).await?;
    let account = locked(&transaction, taken.account_id).await?.filter(|account| account.email == taken.email);
    let account = account.ok_or_else(links::invalid)?;
    let (id, lang) = (AccountId(account.id), lang(Some(account.lang)));
    mark_verified(&transaction, account.id, now).await?;
    let ended = replace_password(&transaction, account, password_hash, Which::All, now).await?;
    mail::post(&transaction, lang, &email, &Letter::PasswordChanged).await?;
    let entry = Entry::new(&Actor::Anonymous, Action::PasswordReset).of_account(id);
    audit::append(&transaction, entry.with(json!({ "sessions": ended }))).await?;
    throttle::clear(&transaction, GUESSES_OF_ACCOUNT, &email).await?;
    transaction.commit().await?;
    platform.accounts().revocations.add(ended, now);
    Ok(())
}

/// Replaces the password, makes all links void, and ends sessions.
async fn replace_password(
    transaction: &sea_orm::DatabaseTransaction,
    account: account::Model,
    password_hash: String,
    which: Which,
    now: i64,
) -> Result<Vec<SessionId>, Refusal> {
    let id = account.id;
    let mut account = account.into_active_model();
    account.password_hash = Set(password_hash);
    account.update(transaction).await?;
    links::revoke(transaction, id, None).await?;
    Ok(end(transaction, id, which, now).await?)
}

/// Changes the password of somebody who has signed in, and ends all other sessions.
///
/// # Errors
/// `WRONG_CREDENTIALS`, `WEAK_PASSWORD`, `Throttled`, what the actor lacks, or whatever the database says.
pub async fn change_password(platform: &Platform, actor: &Actor, current: &str, new: &str) -> Result<(), Refusal> {
    let who = signed_in(actor)?;
    let read = own(platform.database().connection(), &who).await?;
    prove(platform, &read, current, "currentPassword").await?;
    let email = read.email.clone().unwrap_or_default();
    let hashing = &platform.accounts().hashing;
    hashing.check(new, "newPassword", about(&email, &read.name)).await?;
    let password_hash = hashing.hash(new).await?;

    let transaction = platform.write().await?;
    let now = clock::now();
    let account = unchanged(&transaction, &read).await?;
    let lang = lang(Some(account.lang));
    let ended = replace_password(&transaction, account, password_hash, Which::AllBut(who.session), now).await?;
    mail::post(&transaction, lang, &email, &Letter::PasswordChanged).await?;
    let entry = Entry::new(actor, Action::PasswordChanged).of_account(who.account);
    audit::append(&transaction, entry.with(json!({ "sessions": ended }))).await?;
    transaction.commit().await?;
    platform.accounts().revocations.add(ended, now);
    Ok(())
}

/// Sends a link to another address, which becomes the account's when it is used. If the address is somebody's already, its owner
/// is told, and the answer is the same.
///
/// # Errors
/// What is wrong with the input, `WRONG_CREDENTIALS`, `Throttled`, what the actor lacks, or whatever the database says.
pub async fn request_email_change(
    platform: &Platform,
    actor: &Actor,
    password: &str,
    email: &str,
) -> Result<(), Refusal> {
    let who = signed_in(actor)?;
    let connection = platform.database().connection();
    let email = address("email", email)?;
    let read = own(connection, &who).await?;
    if read.email.as_ref() == Some(&email) {
        return Err(Refusal::invalid(
            UserErrorCode::Taken,
            "email",
            "这就是您目前的邮箱",
            "it is your address already",
        ));
    }
    prove(platform, &read, password, "password").await?;
    // Whoever has signed in is counted by the account, wherever the requests come from.
    let from = format!("account {}", who.account);
    let of_sender = throttle::count(connection, MAILS_FROM_ADDRESS, &from, clock::now()).await?;
    if let Err(refusal) = throttle::count(connection, throttle::MAILS_OF_ACCOUNT, &email, clock::now()).await {
        of_sender.give_back(connection).await?;
        return Err(refusal);
    }

    let transaction = platform.write().await?;
    let account = unchanged(&transaction, &read).await?;
    match of_address(&transaction, &email).await?.filter(|other| other.email_verified_at.is_some()) {
        Some(other) => {
            let letter = Letter::AlreadyRegistered { link: links::home(platform) };
            mail::post(&transaction, lang(Some(other.lang)), &email, &letter).await?;
        }
        None => {
            let link =
                links::issue(platform, &transaction, account.id, Purpose::ChangeEmail, &email, clock::now()).await?;
            let letter = Letter::ChangeEmail { link };
            mail::post(&transaction, lang(Some(account.lang)), &email, &letter).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Makes an address the account's with the token that was sent there; all sessions end, and the old address is told.
///
/// # Errors
/// `INVALID_TOKEN`, also if the address has become somebody else's; or whatever the database says.
pub async fn confirm_email_change(platform: &Platform, token: &str) -> Result<(), Refusal> {
    policy::authorize(policy::Action::Enter, &Actor::Anonymous, None)?;
    let transaction = platform.write().await?;
    let now = clock::now();
    let taken = links::take(&transaction, token, Purpose::ChangeEmail, now).await?;
    let email = taken.email.ok_or_else(links::invalid)?;
    let account = locked(&transaction, taken.account_id).await?.ok_or_else(links::invalid)?;
    let other = of_address(&transaction, &email).await?;
    if other.as_ref().is_some_and(|other| other.email_verified_at.is_some()) {
        return Err(links::invalid());
    }
    let (id, old) = (AccountId(account.id), account.email.clone());
    let lang = lang(Some(account.lang));
    let ended = end(&transaction, id.0, Which::All, now).await?;
    let entry = Entry::new(&Actor::Anonymous, Action::EmailChanged).of_account(id);
    audit::append(&transaction, entry.with(json!({ "sessions": ended }))).await?;
    if let Some(other) = other {
        // Somebody signed up with it and never proved to own it.
        account::Entity::delete_by_id(other.id).exec(&transaction).await?;
    }
    let mut account = account.into_active_model();
    account.email = Set(Some(email));
    account.email_verified_at = Set(Some(now));
    account.update(&transaction).await?;
    // A link that was sent to the old address sets no password any more.
    links::revoke(&transaction, id.0, None).await?;
    if let Some(old) = old {
        mail::post(&transaction, lang, &old, &Letter::EmailChanged).await?;
    }
    transaction.commit().await?;
    platform.accounts().revocations.add(ended, now);
    Ok(())
}

/// A second factor that is being set up.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSecondFactor {
    /// The secret as people type it, in base32.
    pub secret: String,
    /// The address that authenticator apps read the secret from, `otpauth://…`.
    pub uri: String,
}

/// Begins to set up a second factor: its secret, once. It counts from when a code of it has been given.
///
/// # Errors
/// `WRONG_CREDENTIALS`, `WRONG_STATE` if there is one already, `Throttled`, what the actor lacks, or whatever the database says.
pub async fn begin_second_factor(
    platform: &Platform,
    actor: &Actor,
    password: &str,
) -> Result<NewSecondFactor, Refusal> {
    let who = signed_in(actor)?;
    let read = own(platform.database().connection(), &who).await?;
    prove(platform, &read, password, "password").await?;
    let transaction = platform.write().await?;
    let account = unchanged(&transaction, &read).await?;
    if account.totp_confirmed_at.is_some() {
        return Err(is_set_up());
    }
    let secret = second_factor::new_secret();
    let (text, uri) = second_factor::shown(&secret, account.email.as_deref().unwrap_or_default())?;
    let mut account = account.into_active_model();
    account.totp_secret = Set(Some(secret));
    account.totp_last_step = Set(None);
    account.update(&transaction).await?;
    transaction.commit().await?;
    Ok(NewSecondFactor { secret: text, uri })
}

fn is_set_up() -> Refusal {
    Refusal::wrong_state("", "两步验证已启用", "a second factor is set up already")
}

/// Sets up the second factor with a code of it. The session that asks has shown it then: its next access token says so.
///
/// # Errors
/// `WRONG_CREDENTIALS`, `WRONG_STATE`, `Throttled`, what the actor lacks, or whatever the database says.
pub async fn confirm_second_factor(platform: &Platform, actor: &Actor, code: &str) -> Result<Account, Refusal> {
    let who = signed_in(actor)?;
    let connection = platform.database().connection();
    let read = own(connection, &who).await?;
    let email = read.email.as_deref().unwrap_or_default();
    let counted = throttle::count(connection, GUESSES_OF_ACCOUNT, email, clock::now()).await?;
    let transaction = platform.write().await?;
    let now = clock::now();
    let account = unchanged(&transaction, &read).await?;
    if account.totp_confirmed_at.is_some() {
        return Err(is_set_up());
    }
    let Some(secret) = &account.totp_secret else {
        return Err(Refusal::wrong_state("", "请先开始设置两步验证", "begin to set up a second factor first"));
    };
    let step = second_factor::accepted(secret, code, account.totp_last_step, now)?;
    let step = step.ok_or_else(|| wrong_credentials("code"))?;
    let mut account = account.into_active_model();
    account.totp_confirmed_at = Set(Some(now));
    account.totp_last_step = Set(Some(step));
    let account = account.update(&transaction).await?;
    super::sessions::mark_second_factor(&transaction, account.id, Which::One(who.session), true).await?;
    let entry = Entry::new(actor, Action::SecondFactorEnabled).of_account(who.account);
    audit::append(&transaction, entry).await?;
    transaction.commit().await?;
    counted.give_back(connection).await?;
    Ok(account.into())
}

/// Switches the second factor off, and ends all other sessions. Those with a global role need theirs.
///
/// # Errors
/// `WRONG_CREDENTIALS`, `WRONG_STATE`, `Throttled`, what the actor lacks, or whatever the database says.
pub async fn disable_second_factor(
    platform: &Platform,
    actor: &Actor,
    password: &str,
    code: &str,
) -> Result<Account, Refusal> {
    let who = signed_in(actor)?;
    let connection = platform.database().connection();
    let read = own(connection, &who).await?;
    if GlobalRole::from(read.role) != GlobalRole::None {
        return Err(Refusal::wrong_state(
            "",
            "审核员和管理员必须使用两步验证；更换设备时请由另一位管理员重置",
            "moderators and administrators need a second factor; for another device, have another administrator reset it",
        ));
    }
    prove(platform, &read, password, "password").await?;
    let email = read.email.as_deref().unwrap_or_default();
    let counted = throttle::count(connection, GUESSES_OF_ACCOUNT, email, clock::now()).await?;
    let transaction = platform.write().await?;
    let now = clock::now();
    let account = unchanged(&transaction, &read).await?;
    let (Some(secret), true) = (&account.totp_secret, account.totp_confirmed_at.is_some()) else {
        return Err(Refusal::wrong_state("", "两步验证尚未启用", "no second factor is set up"));
    };
    if second_factor::accepted(secret, code, account.totp_last_step, now)?.is_none() {
        return Err(wrong_credentials("code"));
    }
    let account = clear_second_factor(&transaction, account).await?;
    let ended = end(&transaction, account.id, Which::AllBut(who.session), now).await?;
    let entry = Entry::new(actor, Action::SecondFactorDisabled).of_account(who.account);
    audit::append(&transaction, entry.with(json!({ "sessions": ended }))).await?;
    transaction.commit().await?;
    counted.give_back(connection).await?;
    platform.accounts().revocations.add(ended, now);
    Ok(account.into())
}

/// Takes the second factor from an account, and from its sessions.
pub(super) async fn clear_second_factor(
    transaction: &sea_orm::DatabaseTransaction,
    account: account::Model,
) -> Result<account::Model, Refusal> {
    super::sessions::mark_second_factor(transaction, account.id, Which::All, false).await?;
    let mut account = account.into_active_model();
    account.totp_secret = Set(None);
    account.totp_confirmed_at = Set(None);
    account.totp_last_step = Set(None);
    Ok(account.update(transaction).await?)
}
