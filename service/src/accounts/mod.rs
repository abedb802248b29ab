//! Accounts and sessions: how people become known, prove who they are, and go again.
//!
//! An access token lives for minutes and is verified without the database; a refresh token is used once for the next pair. What is
//! ended is known on every node within a second. Nothing here tells whether an address has an account, neither by what it answers
//! nor by how long it takes.

pub mod admin;
mod credentials;
mod entry;
mod keys;
mod links;
mod password;
mod person;
mod revocation;
mod second_factor;
mod secrets;
mod sessions;
mod throttle;
mod tokens;

use std::sync::atomic::{AtomicI64, Ordering};

use eligibility::problem::ProblemCode;
use eligibility::{Lang, Localized};
use entity::{account, one_time_token, session};
use sea_orm::sea_query::{Condition, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use tokio::sync::broadcast;
use uuid::Uuid;

pub use self::credentials::{
    NewSecondFactor, begin_second_factor, change_password, confirm_email_change, confirm_second_factor,
    disable_second_factor, request_email_change, request_password_reset, reset_password,
};
pub use self::entry::{SignIn, SignUp, SignedInSession, resend_verification, sign_in, sign_up, verify_email};
pub(crate) use self::keys::{Ring, generate};
pub use self::person::{Changes, delete_account, export, find, update_account};
pub use self::secrets::random_password;
pub(crate) use self::secrets::{hash, secret};
pub use self::sessions::{Session, refresh, revoke_session, sessions, sign_out, sign_out_everywhere};
pub(crate) use self::tokens::encode;
pub use self::tokens::{Permit, PermitUse, TokenFault, Verified};
use crate::actor::{AccountId, Actor, GlobalRole, SessionId, SignedIn};
use crate::clock;
use crate::database::Database;
use crate::error::Error;
use crate::platform::{Platform, Settings};
use crate::policy::{self, Action};
use crate::refusal::{Refusal, UserError, UserErrorCode};

/// How often the keys are read, in milliseconds: several times before a new one signs.
const KEYS_EVERY: i64 = 10_000;
/// Ended sessions are kept for a day, so that nodes that were cut off learn of them.
const ENDED_KEPT: i64 = 86_400_000;
/// Who has not verified an address within a week did not mean to.
const UNVERIFIED_KEPT: i64 = 7 * 86_400_000;
/// Characters of a mail address (RFC 5321) and of a name.
const ADDRESS_AT_MOST: usize = 254;
const NAME_AT_MOST: usize = 200;

/// What accounts need beside the database.
#[derive(Debug)]
pub struct State {
    keys: keys::Keys,
    keys_read_at: AtomicI64,
    remembered: tokens::Remembered,
    revocations: revocation::Revocations,
    hashing: password::Hashing,
}

impl State {
    /// Reads the keys, or makes the first; reads which sessions were ended.
    pub(crate) async fn open(database: &Database, settings: &Settings) -> Result<Self, Error> {
        let now = clock::now();
        let life = i64::from(settings.access_token_seconds).max(tokens::PERMIT_SECONDS) * 1_000;
        let keys = keys::Keys::open(database, settings.key_days, life, now).await?;
        let revocations = revocation::Revocations::new(life);
        revocations.refresh(database.connection(), now).await?;
        Ok(Self {
            keys,
            keys_read_at: AtomicI64::new(now),
            remembered: tokens::Remembered::default(),
            revocations,
            hashing: password::Hashing::new()?,
        })
    }

    /// Takes note of what other nodes did: sessions that were ended, keys that were made.
    pub(crate) async fn refresh(&self, database: &Database) -> Result<(), Error> {
        let now = clock::now();
        self.revocations.refresh(database.connection(), now).await?;
        if now - self.keys_read_at.load(Ordering::Relaxed) >= KEYS_EVERY {
            self.keys_are_new(self.keys.refresh(database).await?);
            self.keys_read_at.store(now, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Sessions that end from now on.
    pub(crate) fn revocations(&self) -> broadcast::Receiver<SessionId> {
        self.revocations.subscribe()
    }

    fn keys_are_new(&self, changed: bool) {
        if changed {
            self.remembered.forget();
        }
    }
}

/// What time alone changes of accounts: keys follow each other, rows that mean nothing any more go.
pub(crate) async fn keep_up(platform: &Platform) -> Result<(), Refusal> {
    let (database, state, now) = (platform.database(), platform.accounts(), clock::now());
    let connection = database.connection();
    state.keys_are_new(state.keys.turn(database, now).await?);
    throttle::sweep(connection, now).await?;
    let over = one_time_token::Column::ExpiresAt.lte(now);
    one_time_token::Entity::delete_many().filter(over).exec(connection).await?;
    let ended = Condition::any()
        .add(session::Column::ExpiresAt.lt(now - ENDED_KEPT))
        .add(session::Column::RevokedAt.lt(now - ENDED_KEPT));
    session::Entity::delete_many().filter(ended).exec(connection).await?;
    account::Entity::delete_many()
        .filter(account::Column::EmailVerifiedAt.is_null())
        .filter(account::Column::DeletedAt.is_null())
        .filter(account::Column::CreatedAt.lt(now - UNVERIFIED_KEPT))
        .exec(connection)
        .await?;
    Ok(())
}

/// Who an access token proves to act. Asks no database.
///
/// # Errors
/// Why the token is not accepted.
pub fn authenticate(platform: &Platform, token: &str) -> Result<Verified, TokenFault> {
    let state = platform.accounts();
    let issuer = &platform.settings().public_url;
    let verified = state.remembered.verify(&state.keys.ring(), issuer, token, clock::now())?;
    if state.revocations.contains(verified.signed_in.session) {
        return Err(TokenFault::Revoked);
    }
    Ok(verified)
}

/// Whether a session was ended.
pub fn is_revoked(platform: &Platform, session: SessionId) -> bool {
    platform.accounts().revocations.contains(session)
}

/// The public keys that access tokens can be verified with, as a JSON Web Key Set.
pub fn jwks(platform: &Platform) -> String {
    platform.accounts().keys.ring().jwks().to_owned()
}

/// Lets whoever bears the answer do one thing within ten minutes, on behalf of somebody who has signed in.
///
/// # Errors
/// If it cannot be signed.
pub fn sign_permit(platform: &Platform, of: PermitUse, subject: Uuid, by: &SignedIn) -> Result<String, Refusal> {
    let permit = Permit { subject, account: by.account, session: by.session };
    let ring = platform.accounts().keys.ring();
    Ok(tokens::sign_permit(&ring, &platform.settings().public_url, of, &permit, clock::now())?)
}

/// What the bearer of a permit may do. Asks no database.
///
/// # Errors
/// Why the permit is not accepted.
pub fn verify_permit(platform: &Platform, of: PermitUse, permit: &str) -> Result<Permit, TokenFault> {
    let state = platform.accounts();
    let issuer = &platform.settings().public_url;
    let permit = tokens::read_permit(&state.keys.ring(), issuer, of, permit, clock::now())?;
    if state.revocations.contains(permit.session) {
        return Err(TokenFault::Revoked);
    }
    Ok(permit)
}

/// An account, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Names it for ever.
    pub id: AccountId,
    /// The mail address, in lower case.
    pub email: String,
    /// What the person is called.
    pub name: String,
    /// The language to write in.
    pub lang: Lang,
    /// What it may do for everybody.
    pub role: GlobalRole,
    /// Which mails of its inbox it wants.
    pub mail: MailChoice,
    /// Whether it has a second factor.
    pub has_second_factor: bool,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
}

impl From<account::Model> for Account {
    fn from(row: account::Model) -> Self {
        Self {
            id: AccountId(row.id),
            email: row.email.unwrap_or_default(),
            name: row.name,
            lang: lang(Some(row.lang)),
            role: row.role.into(),
            mail: row.mail.into(),
            has_second_factor: row.totp_confirmed_at.is_some(),
            created_at: row.created_at,
        }
    }
}

/// Which mails of its inbox an account wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailChoice {
    /// One for each entry, at once.
    Immediate,
    /// One that gathers them.
    Digest,
    /// None.
    Off,
}

impl From<account::Mail> for MailChoice {
    fn from(mail: account::Mail) -> Self {
        match mail {
            account::Mail::Immediate => Self::Immediate,
            account::Mail::Digest => Self::Digest,
            account::Mail::Off => Self::Off,
        }
    }
}

impl From<MailChoice> for account::Mail {
    fn from(mail: MailChoice) -> Self {
        match mail {
            MailChoice::Immediate => Self::Immediate,
            MailChoice::Digest => Self::Digest,
            MailChoice::Off => Self::Off,
        }
    }
}

impl From<account::Role> for GlobalRole {
    fn from(role: account::Role) -> Self {
        match role {
            account::Role::None => Self::None,
            account::Role::Moderator => Self::Moderator,
            account::Role::Administrator => Self::Administrator,
        }
    }
}

impl From<GlobalRole> for account::Role {
    fn from(role: GlobalRole) -> Self {
        match role {
            GlobalRole::None => Self::None,
            GlobalRole::Moderator => Self::Moderator,
            GlobalRole::Administrator => Self::Administrator,
        }
    }
}

/// The language to write to somebody in; Chinese, where nobody knows.
pub(crate) fn lang(lang: Option<account::Lang>) -> Lang {
    match lang {
        Some(account::Lang::En) => Lang::En,
        Some(account::Lang::Zh) | None => Lang::Zh,
    }
}

fn stored_lang(lang: Lang) -> account::Lang {
    match lang {
        Lang::Zh => account::Lang::Zh,
        Lang::En => account::Lang::En,
    }
}

/// A mail address as it is kept: in lower case. Addresses are of ASCII letters, so that no two look the same.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn address(field: &str, text: &str) -> Result<String, Refusal> {
    checked_address(field, text).map_err(|error| Refusal::Invalid(vec![error]))
}

fn checked_address(field: &str, text: &str) -> Result<String, UserError> {
    let address = text.trim().to_ascii_lowercase();
    let is_plain = address.is_ascii() && address.len() <= ADDRESS_AT_MOST && !address.contains(['"', '[', ':']);
    let is_address = is_plain
        && address.parse::<lettre::Address>().is_ok()
        && address.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.') || domain == "localhost");
    if is_address {
        return Ok(address);
    }
    Err(UserError {
        code: UserErrorCode::Problem(ProblemCode::InvalidValue),
        field: field.to_owned(),
        message: Localized::new(
            "邮箱地址格式不对；应如 name@example.org，国际化域名请写成 xn-- 形式",
            "not a mail address; one looks like name@example.org, with an international domain in its xn-- form",
        ),
    })
}

/// The name of a person, without what cannot be seen around it.
fn checked_name(field: &str, text: &str) -> Result<String, UserError> {
    // Letters that turn the direction of what follows let a name look like another text.
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let name = text.trim();
    if !name.is_empty() && name.chars().count() <= NAME_AT_MOST && !name.contains(is_hidden) {
        return Ok(name.to_owned());
    }
    Err(UserError {
        code: UserErrorCode::Problem(ProblemCode::InvalidValue),
        field: field.to_owned(),
        message: Localized::new(
            format!("姓名须为 1～{NAME_AT_MOST} 个可见字符"),
            format!("a name has 1 to {NAME_AT_MOST} characters that can be seen"),
        ),
    })
}

/// E-mail, password or code are wrong; which of them is told only to somebody who has signed in.
fn wrong_credentials(field: &str) -> Refusal {
    let (zh, en) = match field {
        "" => (
            "邮箱、密码或验证码不正确，或邮箱尚未验证",
            "e-mail address, password or code are wrong, or the address is not verified yet",
        ),
        "code" => (
            "验证码不正确，或已使用过；请输入应用当前显示的验证码",
            "the code is wrong or was used; give the one that is shown now",
        ),
        _ => ("密码不正确", "the password is wrong"),
    };
    Refusal::invalid(UserErrorCode::WrongCredentials, field, zh, en)
}

/// Who has signed in.
fn signed_in(actor: &Actor) -> Result<SignedIn, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    match actor {
        Actor::SignedIn(signed_in) => Ok(*signed_in),
        // The service itself has no account.
        Actor::Anonymous | Actor::System => Err(Refusal::Unauthenticated),
    }
}

/// The account of somebody who has signed in.
async fn own(connection: &impl ConnectionTrait, who: &SignedIn) -> Result<account::Model, Refusal> {
    let row = account::Entity::find_by_id(who.account.0).one(connection).await?;
    row.filter(|row| row.deleted_at.is_none()).ok_or(Refusal::Unauthenticated)
}

/// The account of an address, if any.
async fn of_address(connection: &impl ConnectionTrait, email: &str) -> Result<Option<account::Model>, Error> {
    Ok(account::Entity::find().filter(account::Column::Email.eq(email)).one(connection).await?)
}

/// An account as it is now, locked until the transaction ends; `None` for one that is deleted. Rows that refer to it can be made
/// meanwhile: whoever appends to the history and then makes such a row must not wait for somebody who waits for the history. What
/// others refer to, such as the address, is therefore changed only after the record of it is appended.
async fn locked(transaction: &DatabaseTransaction, id: Uuid) -> Result<Option<account::Model>, Error> {
    let row = account::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(transaction).await?;
    Ok(row.filter(|row| row.deleted_at.is_none()))
}

/// The same account, locked, if nobody has changed its password or address since it was read: what was proved then is proved
/// still.
async fn unchanged(transaction: &DatabaseTransaction, read: &account::Model) -> Result<account::Model, Refusal> {
    let now = locked(transaction, read.id).await?;
    let now = now.filter(|now| now.password_hash == read.password_hash && now.email == read.email);
    now.ok_or_else(|| wrong_credentials(""))
}

/// Has somebody who has signed in give the password again. Wrong ones count like those of sign-ins.
async fn prove(platform: &Platform, row: &account::Model, password: &str, field: &str) -> Result<(), Refusal> {
    let connection = platform.database().connection();
    let email = row.email.as_deref().unwrap_or_default();
    let counted = throttle::count(connection, throttle::GUESSES_OF_ACCOUNT, email, clock::now()).await?;
    let compared = platform.accounts().hashing.compare(password, Some(&row.password_hash)).await?;
    if !compared.is_right {
        return Err(wrong_credentials(field));
    }
    Ok(counted.give_back(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_one_form() {
        assert_eq!(
            address("email", " Wang.Xiaoming@Example.EDU.cn ").expect("an address"),
            "wang.xiaoming@example.edu.cn"
        );
        assert_eq!(address("email", "a+b@xn--fiqs8s.cn").expect("an address"), "a+b@xn--fiqs8s.cn");
        let long = format!("{}@example.org", "x".repeat(250));
        let wrong = [
            "",
            "@",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.de",
            "a@b.c\r\nBcc: d@e.f",
            "\"a b\"@c.de",
            "a@[127.0.0.1]",
            "王@例子.cn",
            "a@b..c",
            "a@@b.c",
            &long,
        ];
        for wrong in wrong {
            let Err(Refusal::Invalid(errors)) = address("email", wrong) else { panic!("{wrong}") };
            assert_eq!(errors[0].field, "email");
            assert_eq!(errors[0].code, UserErrorCode::Problem(ProblemCode::InvalidValue));
        }
    }

    #[test]
    fn names_can_be_seen() {
        assert_eq!(checked_name("name", " 王小明 Wang ").expect("a name"), "王小明 Wang");
        for wrong in ["", "  ", "a\nb", "a\u{202e}b", &"x".repeat(201)] {
            assert!(checked_name("name", wrong).is_err(), "{wrong:?}");
        }
    }
}
