//! How somebody comes in: sign-up, verification of the address, sign-in.

use eligibility::Lang;
use entity::account;
use entity::one_time_token::Purpose;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, TryInsertResult};
use serde_json::json;

use super::secrets::secret;
use super::throttle::{self, GUESSES_FROM_ADDRESS, GUESSES_OF_ACCOUNT, MAILS_FROM_ADDRESS, MAILS_OF_ACCOUNT};
use super::{
    Account, address, checked_address, checked_name, lang, links, locked, of_address, second_factor, sessions,
    stored_lang, unchanged, wrong_credentials,
};
use crate::actor::{AccountId, Actor};
use crate::audit::{self, Action, Entry};
use crate::clock;
use crate::error::Error;
use crate::mail::{self, Letter};
use crate::platform::Platform;
use crate::policy;
use crate::refusal::{Refusal, UserErrorCode};

/// What somebody signs up with.
#[derive(Clone)]
pub struct SignUp {
    /// The mail address; a link is sent there.
    pub email: String,
    /// The password.
    pub password: String,
    /// What the person is called.
    pub name: String,
    /// The language to write in.
    pub lang: Lang,
}

/// What somebody signs in with.
#[derive(Clone)]
pub struct SignIn {
    /// The mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The code of the second factor, if the account has one.
    pub code: Option<String>,
}

/// What a sign-in gives.
#[derive(Clone)]
pub struct SignedInSession {
    /// Proves who acts, for minutes.
    pub access_token: String,
    /// Gives the next pair of tokens, once.
    pub refresh_token: String,
    /// How long the access token lives.
    pub expires_in_seconds: u32,
    /// Who has signed in.
    pub account: Account,
}

/// Signs somebody up. The answer is the same if the address has an account; then its owner gets a mail that says so.
///
/// # Errors
/// What is wrong with the input, `Throttled`, or whatever the database says.
pub async fn sign_up(platform: &Platform, input: SignUp, from: &str) -> Result<(), Refusal> {
    policy::authorize(policy::Action::Enter, &Actor::Anonymous, None)?;
    let (email, name) = match (checked_address("email", &input.email), checked_name("name", &input.name)) {
        (Ok(email), Ok(name)) => (email, name),
        (email, name) => return Err(Refusal::Invalid([email.err(), name.err()].into_iter().flatten().collect())),
    };
    let hashing = &platform.accounts().hashing;
    hashing.check(&input.password, "password", about(&email, &name)).await?;
    count_mail(platform, &email, from).await?;
    let password_hash = hashing.hash(&input.password).await?;

    let transaction = platform.write().await?;
    let now = clock::now();
    let row = account::Model {
        id: clock::new_id(),
        email: Some(email.clone()),
        email_verified_at: None,
        password_hash,
        name,
        lang: stored_lang(input.lang),
        role: account::Role::None,
        totp_secret: None,
        totp_confirmed_at: None,
        totp_last_step: None,
        mail: account::Mail::Immediate,
        digest_sent_at: None,
        created_at: now,
        deleted_at: None,
    };
    let inserted = account::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict_do_nothing_on([account::Column::Email])
        .exec_without_returning(&transaction)
        .await?;
    let signed_up = if matches!(inserted, TryInsertResult::Inserted(1)) {
        row
    } else {
        let missing = || Error::from(sea_orm::DbErr::RecordNotFound("the account of the address".to_owned()));
        let held = of_address(&transaction, &email).await?.ok_or_else(missing)?;
        let held = locked(&transaction, held.id).await?.ok_or_else(missing)?;
        if held.email_verified_at.is_some() {
            let letter = Letter::AlreadyRegistered { link: links::home(platform) };
            mail::post(&transaction, lang(Some(held.lang)), &email, &letter).await?;
            transaction.commit().await?;
            return Ok(());
        }
        // Nobody has proved to own the address yet. Whoever comes last gets the link, with what they signed up with: a
        // password that a stranger has set before is void.
        let again = account::Model { password_hash: row.password_hash, name: row.name, lang: row.lang, ..held };
        again.clone().into_active_model().reset_all().update(&transaction).await?;
        again
    };
    let link = links::issue(platform, &transaction, signed_up.id, Purpose::VerifyEmail, &email, now).await?;
    mail::post(&transaction, input.lang, &email, &Letter::VerifyEmail { link }).await?;
    let entry = Entry::new(&Actor::Anonymous, Action::SignedUp).of_account(AccountId(signed_up.id));
    audit::append(&transaction, entry).await?;
    transaction.commit().await?;
    Ok(())
}

/// What is easy to know about the owner of a password, together and in parts.
pub(super) fn about(email: &str, name: &str) -> Vec<String> {
    let local = email.split('@').next().unwrap_or(email);
    let mut about = vec!["lianhe".to_owned(), email.to_owned()];
    for known in [local, name] {
        let parts: Vec<&str> = known.split(|letter: char| !letter.is_alphanumeric()).collect();
        about.extend([known.to_owned(), parts.concat()]);
        about.extend(parts.into_iter().filter(|part| part.len() > 2).map(str::to_owned));
    }
    about
}

/// Counts a mail that anybody can have sent.
pub(super) async fn count_mail(platform: &Platform, email: &str, from: &str) -> Result<(), Refusal> {
    let (connection, now) = (platform.database().connection(), clock::now());
    let of_sender = throttle::count(connection, MAILS_FROM_ADDRESS, &throttle::network(from), now).await?;
    if let Err(refusal) = throttle::count(connection, MAILS_OF_ACCOUNT, email, now).await {
        of_sender.give_back(connection).await?;
        return Err(refusal);
    }
    Ok(())
}

/// Verifies the address that a link was sent to.
///
/// # Errors
/// `INVALID_TOKEN`, or whatever the database says.
pub async fn verify_email(platform: &Platform, token: &str) -> Result<(), Refusal> {
    policy::authorize(policy::Action::Enter, &Actor::Anonymous, None)?;
    let transaction = platform.write().await?;
    let now = clock::now();
    let taken = links::take(&transaction, token, Purpose::VerifyEmail, now).await?;
    let account = locked(&transaction, taken.account_id).await?.filter(|account| account.email == taken.email);
    let mut account = account.ok_or_else(links::invalid)?.into_active_model();
    account.email_verified_at = Set(Some(now));
    account.update(&transaction).await?;
    let entry = Entry::new(&Actor::Anonymous, Action::EmailVerified).of_account(AccountId(taken.account_id));
    audit::append(&transaction, entry).await?;
    transaction.commit().await?;
    Ok(())
}

/// Sends the link that verifies an address once more. The answer is the same if there is nothing to verify.
///
/// # Errors
/// What is wrong with the input, `Throttled`, or whatever the database says.
pub async fn resend_verification(platform: &Platform, email: &str, from: &str) -> Result<(), Refusal> {
    policy::authorize(policy::Action::Enter, &Actor::Anonymous, None)?;
    let email = address("email", email)?;
    count_mail(platform, &email, from).await?;
    let held = of_address(platform.database().connection(), &email).await?;
    let held = held.filter(|account| account.email_verified_at.is_none());
    send_link(platform, held, &email, Purpose::VerifyEmail).await
}

/// Sends the owner of an account a link. Where there is no account, the same is done and undone, so that it takes as long.
pub(super) async fn send_link(
    platform: &Platform,
    account: Option<account::Model>,
    email: &str,
    purpose: Purpose,
) -> Result<(), Refusal> {
    let letter = |link| match purpose {
        Purpose::VerifyEmail => Letter::VerifyEmail { link },
        Purpose::ResetPassword => Letter::ResetPassword { link },
        Purpose::ChangeEmail => Letter::ChangeEmail { link },
    };
    let transaction = platform.write().await?;
    match account {
        Some(account) => {
            let link = links::issue(platform, &transaction, account.id, purpose, email, clock::now()).await?;
            mail::post(&transaction, lang(Some(account.lang)), email, &letter(link)).await?;
            transaction.commit().await?;
        }
        None => {
            let secret = secret();
            let link = links::with_token(platform, purpose, secret.text());
            links::revoke(&transaction, clock::new_id(), Some(purpose)).await?;
            mail::post(&transaction, Lang::Zh, email, &letter(link)).await?;
            transaction.rollback().await?;
        }
    }
    Ok(())
}

/// Signs somebody in. Whatever is wrong, the answer is the same and takes as long, whether or not there is an account. That the
/// password is right is told only where a second factor protects the account all the same.
///
/// # Errors
/// `WRONG_CREDENTIALS`, `SECOND_FACTOR_REQUIRED`, `Throttled`, or whatever the database says.
pub async fn sign_in(platform: &Platform, input: SignIn, from: &str) -> Result<SignedInSession, Refusal> {
    policy::authorize(policy::Action::Enter, &Actor::Anonymous, None)?;
    let connection = platform.database().connection();
    let email = input.email.trim().to_ascii_lowercase();
    let now = clock::now();
    // What is refused for its sender must not lock the account.
    let of_account = throttle::count(connection, GUESSES_OF_ACCOUNT, &email, now).await?;
    let of_sender = match throttle::count(connection, GUESSES_FROM_ADDRESS, &throttle::network(from), now).await {
        Ok(counted) => counted,
        Err(refusal) => {
            of_account.give_back(connection).await?;
            return Err(refusal);
        }
    };
    let held = of_address(connection, &email).await?;
    let hash = held.as_ref().map(|account| account.password_hash.as_str());
    let compared = platform.accounts().hashing.compare(&input.password, hash).await?;
    let proved = held.filter(|account| compared.is_right && account.email_verified_at.is_some());
    let account = proved.ok_or_else(|| wrong_credentials(""))?;
    let given = input.code.as_deref().map(str::trim).filter(|code| !code.is_empty());
    let has_second_factor = account.totp_confirmed_at.is_some();
    if has_second_factor && given.is_none() {
        of_account.give_back(connection).await?;
        of_sender.give_back(connection).await?;
        return Err(Refusal::invalid(
            UserErrorCode::SecondFactorRequired,
            "code",
            "请输入两步验证应用显示的 6 位验证码",
            "give the code of six digits that your authenticator shows",
        ));
    }
    let rehashed = if compared.is_old { Some(platform.accounts().hashing.hash(&input.password).await?) } else { None };

    let transaction = platform.write().await?;
    let now = clock::now();
    let account = unchanged(&transaction, &account).await?;
    let mut change = account.clone().into_active_model();
    let mut second_factor = false;
    if let (Some(secret), true) = (&account.totp_secret, account.totp_confirmed_at.is_some()) {
        let step = second_factor::accepted(secret, given.unwrap_or_default(), account.totp_last_step, now)?;
        let step = step.ok_or_else(|| wrong_credentials(""))?;
        change.totp_last_step = Set(Some(step));
        second_factor = true;
    }
    if let Some(rehashed) = rehashed {
        change.password_hash = Set(rehashed);
    }
    if change.is_changed() {
        change.update(&transaction).await?;
    }
    let (who, session) = sessions::begin(platform, &transaction, account, second_factor, now).await?;
    let actor = Actor::SignedIn(who);
    let entry = Entry::new(&actor, Action::SignedIn)
        .of_account(who.account)
        .with(json!({ "session": who.session, "secondFactor": second_factor }));
    audit::append(&transaction, entry).await?;
    transaction.commit().await?;
    of_account.give_back(connection).await?;
    of_sender.give_back(connection).await?;
    Ok(session)
}

/// Marks an address as verified, whatever link proved it.
pub(super) async fn mark_verified(
    transaction: &sea_orm::DatabaseTransaction,
    account: uuid::Uuid,
    now: i64,
) -> Result<(), Error> {
    account::Entity::update_many()
        .col_expr(account::Column::EmailVerifiedAt, Expr::value(now))
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::EmailVerifiedAt.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}
