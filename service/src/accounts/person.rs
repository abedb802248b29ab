//! What is held on a person: shown, changed, exported, deleted.

use std::collections::BTreeMap;

use eligibility::date::timestamp;
use eligibility::{Lang, Localized};
use entity::{
    account, audit_record, consortium_comment, consortium_version, evidence, interest, invitation, membership,
    notification, one_time_token, outbox, profile as profiles, refresh_token, review_case, revision, session,
    verification, watch,
};
use profile::{Profile, ProfileId};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::sessions::{Which, end};
use super::{Account, MailChoice, checked_name, lang, locked, own, prove, signed_in, stored_lang, unchanged};
use crate::actor::{AccountId, Actor};
use crate::audit::{self, Action, Entry};
use crate::clock;
use crate::error::Error;
use crate::mail::{self, Letter};
use crate::platform::Platform;
use crate::refusal::Refusal;

/// The actor's account.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn find(platform: &Platform, actor: &Actor) -> Result<Account, Refusal> {
    let who = signed_in(actor)?;
    Ok(own(platform.database().connection(), &who).await?.into())
}

/// What somebody changes of their account; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What the person is called.
    pub name: Option<String>,
    /// The language to write in.
    pub lang: Option<Lang>,
    /// Which mails of the inbox are wanted.
    pub mail: Option<MailChoice>,
}

/// Changes name, language or mails.
///
/// # Errors
/// What is wrong with the input, what the actor lacks, or whatever the database says.
pub async fn update_account(platform: &Platform, actor: &Actor, changes: Changes) -> Result<Account, Refusal> {
    let who = signed_in(actor)?;
    let name = changes.name.map(|name| checked_name("name", &name)).transpose();
    let name = name.map_err(|error| Refusal::Invalid(vec![error]))?;
    let transaction = platform.write().await?;
    let row = locked(&transaction, who.account.0).await?.ok_or(Refusal::Unauthenticated)?;
    let before = row.clone();
    let row = account::Model {
        name: name.unwrap_or(row.name),
        lang: changes.lang.map_or(row.lang, stored_lang),
        mail: changes.mail.map_or(row.mail, Into::into),
        ..row
    };
    // Which of them, but not what they are.
    let changed =
        [("name", row.name != before.name), ("lang", row.lang != before.lang), ("mail", row.mail != before.mail)];
    let changed: Vec<&str> = changed.into_iter().filter_map(|(what, is)| is.then_some(what)).collect();
    if !changed.is_empty() {
        row.clone().into_active_model().reset_all().update(&transaction).await?;
        let entry = Entry::new(actor, Action::AccountChanged).of_account(who.account);
        audit::append(&transaction, entry.with(json!({ "changed": changed }))).await?;
        transaction.commit().await?;
    }
    Ok(row.into())
}

/// Deletes the actor's account. What is personal goes; the row stays without it, so that the history still means something.
///
/// # Errors
/// `WRONG_CREDENTIALS`; `WRONG_STATE` while the account is the only owner of a profile that has other members; `Throttled`, what
/// the actor lacks, or whatever the database says.
pub async fn delete_account(platform: &Platform, actor: &Actor, password: &str) -> Result<(), Refusal> {
    let who = signed_in(actor)?;
    let read = own(platform.database().connection(), &who).await?;
    prove(platform, &read, password, "password").await?;

    // Whoever changes members locks the head of the feed as well.
    let (transaction, _) = platform.write_to_feed().await?;
    let now = clock::now();
    let row = unchanged(&transaction, &read).await?;
    let memberships = of_account(&transaction, row.id).await?;
    let left_alone = without_owner(&transaction, &memberships).await?;
    if !left_alone.is_empty() {
        let names = names(&transaction, &left_alone).await?;
        let names = Localized::join(names.values(), "、", ", ");
        return Err(Refusal::wrong_state(
            "",
            format!("您是以下资料的唯一所有者，且它们还有其他成员：{}；请先将所有者交给他人，或移除其他成员", names.zh),
            format!(
                "you are the only owner of profiles that have other members: {}; make another member owner first, or remove the \
                 others",
                names.en
            ),
        ));
    }
    // Before the history is locked, as whoever looks at a watch does it.
    watch::Entity::delete_many().filter(watch::Column::AccountId.eq(row.id)).exec(&transaction).await?;
    for gone in &memberships {
        let entry =
            Entry::new(actor, Action::MemberRemoved).of_profile(ProfileId(gone.profile_id)).of_account(who.account);
        audit::append(&transaction, entry).await?;
    }
    let entry = Entry::new(actor, Action::AccountDeleted).of_account(who.account);
    audit::append(&transaction, entry).await?;
    let ended = end(&transaction, row.id, Which::All, now).await?;
    forget(&transaction, &row, now).await?;
    if let Some(email) = &row.email {
        mail::post(&transaction, lang(Some(row.lang)), email, &Letter::AccountDeleted).await?;
    }
    transaction.commit().await?;
    platform.accounts().revocations.add(ended, now);
    Ok(())
}

async fn of_account(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<membership::Model>, Error> {
    let query = membership::Entity::find().filter(membership::Column::AccountId.eq(account));
    Ok(query.order_by_asc(membership::Column::ProfileId).all(connection).await?)
}

/// The profiles that would have members but no owner without these memberships of one account.
async fn without_owner(
    transaction: &DatabaseTransaction,
    memberships: &[membership::Model],
) -> Result<Vec<Uuid>, Error> {
    let mut left_alone = Vec::new();
    for gone in memberships.iter().filter(|gone| gone.role == membership::Role::Owner) {
        let others = membership::Entity::find()
            .filter(membership::Column::ProfileId.eq(gone.profile_id))
            .filter(membership::Column::AccountId.ne(gone.account_id))
            .all(transaction)
            .await?;
        if !others.is_empty() && others.iter().all(|other| other.role != membership::Role::Owner) {
            left_alone.push(gone.profile_id);
        }
    }
    Ok(left_alone)
}

/// Takes out of the database what is personal. Sessions stay as ended ones for a day, for nodes that have yet to learn of it.
async fn forget(transaction: &DatabaseTransaction, row: &account::Model, now: i64) -> Result<(), Error> {
    let sessions = session::Entity::find().select_only().column(session::Column::Id);
    let sessions = sessions.filter(session::Column::AccountId.eq(row.id)).into_query();
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.in_subquery(sessions))
        .exec(transaction)
        .await?;
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(row.id))
        .exec(transaction)
        .await?;
    notification::Entity::delete_many().filter(notification::Column::AccountId.eq(row.id)).exec(transaction).await?;
    membership::Entity::delete_many().filter(membership::Column::AccountId.eq(row.id)).exec(transaction).await?;
    if let Some(email) = &row.email {
        invitation::Entity::delete_many().filter(invitation::Column::Email.eq(email)).exec(transaction).await?;
        outbox::Entity::delete_many().filter(outbox::Column::ToAddress.eq(email)).exec(transaction).await?;
    }
    // Nobody is left to decide these cases, or to become an owner.
    let is_open = review_case::Column::State.eq(review_case::State::Open);
    review_case::Entity::update_many()
        .col_expr(review_case::Column::AssignedTo, Expr::value(Option::<Uuid>::None))
        .filter(is_open.clone())
        .filter(review_case::Column::AssignedTo.eq(row.id))
        .exec(transaction)
        .await?;
    review_case::Entity::update_many()
        .col_expr(review_case::Column::State, Expr::value(review_case::State::Withdrawn))
        .filter(is_open)
        .filter(review_case::Column::OpenedBy.eq(row.id))
        .filter(review_case::Column::Kind.eq(review_case::Kind::Claim))
        .exec(transaction)
        .await?;
    let emptied = account::Model {
        email: None,
        email_verified_at: None,
        password_hash: String::new(),
        name: String::new(),
        role: account::Role::None,
        totp_secret: None,
        totp_confirmed_at: None,
        totp_last_step: None,
        mail: account::Mail::Off,
        digest_sent_at: None,
        deleted_at: Some(now),
        ..row.clone()
    };
    emptied.into_active_model().reset_all().update(transaction).await?;
    Ok(())
}

/// What profiles are called in their newest revisions.
async fn names(connection: &impl ConnectionTrait, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Localized>, Error> {
    let rows = profiles::Entity::find().filter(profiles::Column::Id.is_in(ids.iter().copied())).all(connection).await?;
    let mut names = BTreeMap::new();
    for row in rows {
        let newest = revision::Entity::find_by_id((row.id, row.latest_revision)).one(connection).await?;
        if let Some(newest) = newest {
            let content: Profile = serde_json::from_str(&newest.content).map_err(Error::Content)?;
            names.insert(row.id, content.display_names());
        }
    }
    Ok(names)
}

/// All that is held on the person, as JSON. Secrets are left out: of passwords and tokens only hashes are kept.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn export(platform: &Platform, actor: &Actor) -> Result<Value, Refusal> {
    let who = signed_in(actor)?;
    let transaction = platform.write().await?;
    let row = own(&transaction, &who).await?;
    let entry = Entry::new(actor, Action::DataExported).of_account(who.account);
    audit::append(&transaction, entry).await?;
    let export = json!({
        "exportedAt": timestamp(clock::now()),
        "account": account_of(&row),
        "sessions": sessions_of(&transaction, row.id).await?,
        "memberships": memberships_of(&transaction, row.id).await?,
        "invitations": invitations_of(&transaction, &row).await?,
        "notifications": notifications_of(&transaction, row.id).await?,
        "cases": cases_of(&transaction, row.id).await?,
        "evidence": evidence_of(&transaction, row.id).await?,
        "verifications": verifications_of(&transaction, row.id).await?,
        "revisions": revisions_of(&transaction, row.id).await?,
        "consortiumComments": consortium_comments_of(&transaction, row.id).await?,
        "consortiumVersions": consortium_versions_of(&transaction, row.id).await?,
        "interests": interests_of(&transaction, row.id).await?,
        "watches": watches_of(&transaction, row.id).await?,
        "mails": mails_of(&transaction, &row).await?,
        "history": history_of(&transaction, row.id).await?,
    });
    transaction.commit().await?;
    Ok(export)
}

fn moment(at: Option<i64>) -> Value {
    at.map_or(Value::Null, |at| timestamp(at).into())
}

/// A text that the database holds as JSON.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn account_of(row: &account::Model) -> Value {
    let account = Account::from(row.clone());
    json!({
        "id": account.id,
        "email": account.email,
        "emailVerifiedAt": moment(row.email_verified_at),
        "name": account.name,
        "lang": match account.lang { Lang::Zh => "zh", Lang::En => "en" },
        "role": account.role,
        "mail": match account.mail {
            MailChoice::Immediate => "IMMEDIATE",
            MailChoice::Digest => "DIGEST",
            MailChoice::Off => "OFF",
        },
        "secondFactorSince": moment(row.totp_confirmed_at),
        "digestSentAt": moment(row.digest_sent_at),
        "createdAt": timestamp(row.created_at),
    })
}

async fn sessions_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let query = session::Entity::find().filter(session::Column::AccountId.eq(account));
    let rows = query.order_by_asc(session::Column::Id).all(connection).await?;
    let value = |row: session::Model| {
        json!({
            "id": row.id,
            "createdAt": timestamp(row.created_at),
            "lastUsedAt": timestamp(row.last_used_at),
            "expiresAt": timestamp(row.expires_at),
            "endedAt": moment(row.revoked_at),
            "secondFactor": row.second_factor,
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

async fn memberships_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let rows = of_account(connection, account).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.profile_id).collect();
    let names = names(connection, &ids).await?;
    let value = |row: membership::Model| {
        let name = names.get(&row.profile_id).cloned().unwrap_or_default();
        json!({
            "profile": row.profile_id,
            "name": { "zh": name.zh, "en": name.en },
            "role": word(&row.role),
            "since": timestamp(row.created_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

/// A choice of the database, as it is written there.
fn word<E: sea_orm::ActiveEnum<Value = String>>(choice: &E) -> String {
    choice.to_value()
}

/// Those to the person's address, and those that the person has sent: to whom is the others' to know.
async fn invitations_of(connection: &impl ConnectionTrait, row: &account::Model) -> Result<Vec<Value>, Error> {
    let is_of = Condition::any()
        .add(invitation::Column::InvitedBy.eq(row.id))
        .add(invitation::Column::Email.eq(row.email.clone()));
    let rows = invitation::Entity::find().filter(is_of).order_by_asc(invitation::Column::Id).all(connection).await?;
    let value = |invitation: invitation::Model| {
        let is_to_them = Some(&invitation.email) == row.email.as_ref();
        json!({
            "id": invitation.id,
            "direction": if is_to_them { "RECEIVED" } else { "SENT" },
            "profile": invitation.profile_id,
            "role": word(&invitation.role),
            "state": word(&invitation.state),
            "createdAt": timestamp(invitation.created_at),
            "expiresAt": timestamp(invitation.expires_at),
            "answeredAt": moment(invitation.answered_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

async fn notifications_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let query = notification::Entity::find().filter(notification::Column::AccountId.eq(account));
    let rows = query.order_by_asc(notification::Column::Id).all(connection).await?;
    let value = |row: notification::Model| {
        json!({
            "id": row.id,
            "kind": row.kind,
            "profile": row.profile_id,
            "case": row.case_id,
            "payload": parsed(&row.payload),
            "createdAt": timestamp(row.created_at),
            "readAt": moment(row.read_at),
            "mailedAt": moment(row.mailed_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

/// Cases that the person opened, decided, or is to decide. What others wrote in them is theirs.
async fn cases_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let is_of = Condition::any()
        .add(review_case::Column::OpenedBy.eq(account))
        .add(review_case::Column::DecidedBy.eq(account))
        .add(review_case::Column::AssignedTo.eq(account));
    let rows = review_case::Entity::find().filter(is_of).order_by_asc(review_case::Column::Id).all(connection).await?;
    let value = |row: review_case::Model| {
        let (has_opened, has_decided) = (row.opened_by == account, row.decided_by == Some(account));
        json!({
            "id": row.id,
            "kind": word(&row.kind),
            "profile": row.profile_id,
            "revision": row.revision,
            "opened": has_opened,
            "assigned": row.assigned_to == Some(account),
            "decided": has_decided,
            "state": word(&row.state),
            "openedAt": timestamp(row.opened_at),
            "decidedAt": moment(row.decided_at),
            "statement": row.statement.filter(|_| has_opened),
            "decision": row.decision.as_ref().map(word),
            "reasons": parsed(&row.reasons),
            // Written to whoever opened the case.
            "message": row.message,
            "scores": if has_decided { parsed(&row.scores) } else { Value::Null },
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

async fn evidence_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let query = evidence::Entity::find().filter(evidence::Column::UploadedBy.eq(account));
    let rows = query.order_by_asc(evidence::Column::Id).all(connection).await?;
    let value = |row: evidence::Model| {
        json!({
            "id": row.id,
            "profile": row.profile_id,
            "purpose": word(&row.purpose),
            "name": row.name,
            "mediaType": row.media_type,
            "size": row.size,
            "sha256": row.sha256.as_deref().map(audit::hexadecimal),
            "state": word(&row.state),
            "createdAt": timestamp(row.created_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

async fn verifications_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let query = verification::Entity::find().filter(verification::Column::VerifiedBy.eq(account));
    let rows = query.order_by_asc(verification::Column::Id).all(connection).await?;
    let value = |row: verification::Model| {
        json!({
            "id": row.id,
            "profile": row.profile_id,
            "fact": row.fact,
            "verifiedAt": timestamp(row.verified_at),
            "expiresOn": row.expires_on,
            "endedAt": moment(row.ended_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

async fn revisions_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let rows: Vec<(Uuid, i32, i64)> = revision::Entity::find()
        .select_only()
        .columns([revision::Column::ProfileId, revision::Column::Number, revision::Column::CreatedAt])
        .filter(revision::Column::Author.eq(account))
        .order_by_asc(revision::Column::CreatedAt)
        .order_by_asc(revision::Column::ProfileId)
        .order_by_asc(revision::Column::Number)
        .into_tuple()
        .all(connection)
        .await?;
    let value = |(profile, number, at)| json!({ "profile": profile, "number": number, "createdAt": timestamp(at) });
    Ok(rows.into_iter().map(value).collect())
}

/// Comments on consortia that the account has not taken back.
async fn consortium_comments_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let query = consortium_comment::Entity::find()
        .filter(consortium_comment::Column::Author.eq(account))
        .filter(consortium_comment::Column::DeletedAt.is_null());
    let rows = query.order_by_asc(consortium_comment::Column::Id).all(connection).await?;
    let value = |row: consortium_comment::Model| {
        json!({
            "consortium": row.consortium_id,
            "profile": row.profile_id,
            "about": row.about,
            "text": row.text,
            "createdAt": timestamp(row.created_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

/// Expressions of interest that the account sent or answered, with what the account said.
async fn interests_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let query = interest::Entity::find().filter(
        Condition::any().add(interest::Column::SentBy.eq(account)).add(interest::Column::AnsweredBy.eq(account)),
    );
    let rows = query.order_by_asc(interest::Column::Id).all(connection).await?;
    let value = |row: interest::Model| {
        json!({
            "from": row.from_profile_id,
            "to": row.to_profile_id,
            "message": (row.sent_by == account).then_some(row.message),
            "sentAt": timestamp(row.sent_at),
            "reply": row.reply.filter(|_| row.answered_by == Some(account)),
            "answeredAt": moment(row.answered_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

/// What the account watches.
async fn watches_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let query = watch::Entity::find().filter(watch::Column::AccountId.eq(account));
    let rows = query.order_by_asc(watch::Column::Id).all(connection).await?;
    let value = |row: watch::Model| {
        json!({
            "name": row.name,
            "criteria": parsed(&row.criteria),
            "isActive": row.is_active,
            "createdAt": timestamp(row.created_at),
            "toldAt": moment(row.told_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

/// Versions of consortia that the account wrote: which, not what they say, for that is the institutions'.
async fn consortium_versions_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let query = consortium_version::Entity::find().filter(consortium_version::Column::Author.eq(account));
    let rows = query.order_by_asc(consortium_version::Column::CreatedAt).all(connection).await?;
    let value = |row: consortium_version::Model| {
        json!({
            "consortium": row.consortium_id,
            "number": row.number,
            "profile": row.profile_id,
            "createdAt": timestamp(row.created_at),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}

/// Mails that have yet to be sent; the others are gone.
async fn mails_of(connection: &impl ConnectionTrait, row: &account::Model) -> Result<Vec<Value>, Error> {
    let query = outbox::Entity::find().filter(outbox::Column::ToAddress.eq(row.email.clone()));
    let rows = query.order_by_asc(outbox::Column::Id).all(connection).await?;
    let value = |mail: outbox::Model| json!({ "subject": mail.subject, "createdAt": timestamp(mail.created_at) });
    Ok(rows.into_iter().map(value).collect())
}

/// Records by or about the account.
async fn history_of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, Error> {
    let is_of =
        Condition::any().add(audit_record::Column::Actor.eq(account)).add(audit_record::Column::AccountId.eq(account));
    let query = audit_record::Entity::find().filter(is_of).order_by_asc(audit_record::Column::Sequence);
    let rows = query.all(connection).await?;
    let value = |row: audit_record::Model| {
        json!({
            "sequence": row.sequence,
            "at": timestamp(row.at),
            "by": row.actor.map(AccountId),
            "action": row.action,
            "account": row.account_id,
            "profile": row.profile_id,
            "case": row.case_id,
            "details": parsed(&row.details),
        })
    };
    Ok(rows.into_iter().map(value).collect())
}
