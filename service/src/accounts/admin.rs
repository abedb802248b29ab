//! What administrators do with accounts, and what whoever runs the service does from the command line.

use eligibility::{Lang, Localized};
use entity::account;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, TryInsertResult};
use serde_json::json;

use super::credentials::clear_second_factor;
use super::entry::{SignUp, about};
use super::sessions::{Which, end};
use super::{Account, address, checked_address, checked_name, lang, links, locked, of_address, stored_lang};
use crate::actor::{AccountId, Actor, GlobalRole};
use crate::audit::{self, Action, Entry};
use crate::clock;
use crate::mail::{self, Letter};
use crate::notices::{self, Notice};
use crate::platform::Platform;
use crate::policy;
use crate::refusal::{Refusal, UserErrorCode};

/// Makes an account, from the command line. Its address counts as verified; the powers of a global role come with a second factor.
///
/// # Errors
/// What is wrong with the input, `TAKEN` if the address has an account, or whatever the database says.
pub async fn create(platform: &Platform, input: SignUp, role: GlobalRole) -> Result<Account, Refusal> {
    let (email, name) = match (checked_address("email", &input.email), checked_name("name", &input.name)) {
        (Ok(email), Ok(name)) => (email, name),
        (email, name) => return Err(Refusal::Invalid([email.err(), name.err()].into_iter().flatten().collect())),
    };
    let hashing = &platform.accounts().hashing;
    hashing.check(&input.password, "password", about(&email, &name)).await?;
    let password_hash = hashing.hash(&input.password).await?;
    let transaction = platform.write().await?;
    let now = clock::now();
    let row = account::Model {
        id: clock::new_id(),
        email: Some(email),
        email_verified_at: Some(now),
        password_hash,
        name,
        lang: stored_lang(input.lang),
        role: role.into(),
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
    if !matches!(inserted, TryInsertResult::Inserted(1)) {
        return Err(Refusal::invalid(
            UserErrorCode::Taken,
            "email",
            "此邮箱已有账号；可改为授予该账号相应角色",
            "the address has an account already; give that account the role instead",
        ));
    }
    let id = AccountId(row.id);
    let mut records = vec![(Action::SignedUp, json!({})), (Action::EmailVerified, json!({}))];
    if role != GlobalRole::None {
        records.push((Action::RoleChanged, json!({ "role": role, "before": GlobalRole::None })));
    }
    for (action, details) in records {
        audit::append(&transaction, Entry::new(&Actor::System, action).of_account(id).with(details)).await?;
    }
    transaction.commit().await?;
    Ok(row.into())
}

/// Makes an administrator.
///
/// # Errors
/// Those of [`create`].
pub async fn create_administrator(
    platform: &Platform,
    email: &str,
    name: &str,
    password: &str,
) -> Result<Account, Refusal> {
    let [email, name, password] = [email, name, password].map(str::to_owned);
    create(platform, SignUp { email, password, name, lang: Lang::Zh }, GlobalRole::Administrator).await
}

/// Gives an account another global role, and ends its sessions.
///
/// # Errors
/// `NOT_FOUND`, `WRONG_STATE` for one's own account, what the actor lacks, or whatever the database says.
pub async fn set_role(platform: &Platform, actor: &Actor, email: &str, role: GlobalRole) -> Result<Account, Refusal> {
    let transaction = platform.write().await?;
    let row = other(&transaction, actor, email).await?;
    let before = GlobalRole::from(row.role);
    if before == role {
        return Ok(row.into());
    }
    let now = clock::now();
    let id = AccountId(row.id);
    let mut row = row.into_active_model();
    row.role = Set(role.into());
    let row = row.update(&transaction).await?;
    let ended = end(&transaction, id.0, Which::All, now).await?;
    let entry = Entry::new(actor, Action::RoleChanged).of_account(id);
    let details = json!({ "role": role, "before": before, "sessions": ended });
    let sequence = audit::append(&transaction, entry.with(details)).await?;
    let kind = notices::Kind::GlobalRoleChanged;
    let notice = Notice { kind, profile: None, fact: None, case: None, message: None, subject: None };
    notices::tell(platform, &transaction, &[id], &notice, sequence).await?;
    transaction.commit().await?;
    platform.accounts().revocations.add(ended, now);
    Ok(row.into())
}

/// Takes a lost second factor from an account, and ends its sessions; its owner is told.
///
/// # Errors
/// `NOT_FOUND`, `WRONG_STATE` for one's own account or one without a second factor, what the actor lacks, or whatever the database
/// says.
pub async fn reset_second_factor(platform: &Platform, actor: &Actor, email: &str) -> Result<Account, Refusal> {
    let transaction = platform.write().await?;
    let row = other(&transaction, actor, email).await?;
    if row.totp_confirmed_at.is_none() {
        return Err(Refusal::wrong_state("email", "该账号未启用两步验证", "the account has no second factor"));
    }
    let now = clock::now();
    let id = AccountId(row.id);
    let row = clear_second_factor(&transaction, row).await?;
    let ended = end(&transaction, id.0, Which::All, now).await?;
    if let Some(email) = &row.email {
        let lang = lang(Some(row.lang));
        mail::post(&transaction, lang, email, &told_of_reset(platform, lang)).await?;
    }
    let entry = Entry::new(actor, Action::SecondFactorReset).of_account(id);
    audit::append(&transaction, entry.with(json!({ "sessions": ended }))).await?;
    transaction.commit().await?;
    platform.accounts().revocations.add(ended, now);
    Ok(row.into())
}

/// Another account, which an administrator names by its address.
async fn other(transaction: &DatabaseTransaction, actor: &Actor, email: &str) -> Result<account::Model, Refusal> {
    policy::authorize(policy::Action::AppointModerators, actor, None)?;
    let email = address("email", email)?;
    let found = of_address(transaction, &email).await?.ok_or_else(|| Refusal::not_found("email"))?;
    let row = locked(transaction, found.id).await?.ok_or_else(|| Refusal::not_found("email"))?;
    if actor.account() == Some(AccountId(row.id)) {
        return Err(Refusal::wrong_state(
            "email",
            "不能更改自己的角色或两步验证；请由另一位管理员操作",
            "nobody changes their own role or second factor; have another administrator do it",
        ));
    }
    Ok(row)
}

fn told_of_reset(platform: &Platform, lang: Lang) -> Letter {
    let say = |zh: &str, en: &str| Localized::new(zh, en).text(lang).to_owned();
    Letter::Notice {
        subject: say("您账号的两步验证已被重置", "The second factor of your account was reset"),
        text: vec![say(
            "管理员已按请求停用您账号的两步验证，所有设备上的登录均已失效。请用密码重新登录，并重新设置两步验证。若非您本人要求，请立即重设密码并联系名录管理员。",
            "An administrator has switched off the second factor of your account, as was asked for, and all sign-ins have ended. \
             Sign in with your password and set up a second factor again. If you did not ask for it, set a new password at once \
             and write to the administrators of the directory.",
        )],
        link: Some(links::home(platform)),
    }
}
