//! Expressions of interest: one institution tells another that it would like to work with it, and the other answers. How to reach
//! each other they learn only when it is accepted.

use std::collections::BTreeMap;

use eligibility::date::day_in_china;
use eligibility::problem::ProblemCode;
use eligibility::{DirectionId, Localized};
pub use entity::interest::Status;
use entity::{interest, membership, profile as profiles};
use profile::{Contact, Profile, ProfileId, checks};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use serde_json::json;
use uuid::Uuid;

use super::board;
use crate::actor::{Actor, InterestId, RequestId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::consortia;
use crate::error::Error;
use crate::notices::{self, Notice, Subject};
use crate::platform::Platform;
use crate::policy::{self, Action, ProfileRole};
use crate::profiles::{self as manage, find, is_listed};
use crate::refusal::{Refusal, UserErrorCode};

const DAY: i64 = 86_400_000;
/// How long an expression of interest can be answered, in milliseconds: thirty days.
const ANSWER_WITHIN: i64 = 30 * DAY;
/// How long after it was declined the same institution is left alone, in milliseconds: thirty days.
const LEFT_ALONE_FOR: i64 = 30 * DAY;
/// Those that one profile sends within a day.
const SENT_IN_A_DAY: u64 = 30;
/// Those that one profile sends to another within thirty days, whatever became of them.
const SENT_TO_ONE: u64 = 3;
/// Those of one profile that wait for an answer.
const OPEN_AT_MOST: u64 = 100;
/// Characters of a message or a reply.
const MESSAGE_AT_MOST: usize = 2_000;
/// Those that one page holds at most.
const PAGE_AT_MOST: u64 = 100;
/// Those that are looked at at once when their time is over.
const EXPIRED_AT_ONCE: u64 = 200;

/// Which of the two an institution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailbox {
    /// What others sent to it.
    Received,
    /// What it sent to others.
    Sent,
}

/// An expression of interest, as one of the two institutions sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Names it.
    pub id: InterestId,
    /// The profile that is interested.
    pub from: ProfileId,
    /// What that is called.
    pub from_name: Localized,
    /// The profile it is interested in.
    pub to: ProfileId,
    /// What that is called.
    pub to_name: Localized,
    /// Whether whoever looks received it or sent it.
    pub mailbox: Mailbox,
    /// The request that it answers.
    pub request: Option<RequestId>,
    /// The direction it is about, if its call is still loaded.
    pub direction: Option<DirectionId>,
    /// What it says.
    pub message: String,
    /// What the other one says.
    pub reply: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// When it was sent, milliseconds since 1970 (UTC).
    pub sent_at: i64,
    /// When it was answered or withdrawn, milliseconds since 1970 (UTC).
    pub answered_at: Option<i64>,
    /// Until when it can be answered, milliseconds since 1970 (UTC).
    pub expires_at: i64,
    /// How to reach the other one; only once it is accepted.
    pub contact: Option<Contact>,
}

/// An expression of interest to be sent.
#[derive(Clone, Debug)]
pub struct NewInterest {
    /// The profile that is interested.
    pub from: ProfileId,
    /// The profile it is interested in.
    pub to: ProfileId,
    /// The request that it answers.
    pub request: Option<RequestId>,
    /// The direction it is about; that of the request, without it.
    pub direction: Option<DirectionId>,
    /// What it says.
    pub message: String,
    /// How to reach the institution for this; what its profile says, without it.
    pub contact: Option<Contact>,
}

/// How an institution answers an expression of interest.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Whether it accepts.
    pub is_accepted: bool,
    /// What it says; to decline, the reason.
    pub reply: Option<String>,
    /// How to reach the institution for this; what its profile says, without it.
    pub contact: Option<Contact>,
}

/// Where a row stands now: its time may be over before the upkeep has written that down.
fn status(row: &interest::Model, now: i64) -> Status {
    if row.status == Status::Sent && row.expires_at <= now { Status::Expired } else { row.status }
}

/// What two profiles have at most one of that waits, whoever of them sent it.
fn open_key(one: ProfileId, other: ProfileId) -> String {
    format!("{}/{}", one.min(other), one.max(other))
}

/// What an institution says to another.
fn said(field: &str, text: &str) -> Result<String, Refusal> {
    consortia::words(field, text, MESSAGE_AT_MOST, false).map_err(|error| Refusal::Invalid(vec![error]))
}

/// What an institution says to another that has not accepted yet: not how to reach it.
fn first_said(field: &str, text: &str) -> Result<String, Refusal> {
    without_contact(field, said(field, text)?)
}

/// A text, unless it tells how to reach somebody.
pub(crate) fn without_contact(field: &str, text: String) -> Result<String, Refusal> {
    match checks::contact_in(&text) {
        None => Ok(text),
        Some((kind, found)) => Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::InvalidValue),
            field,
            format!("留言中含有{}“{found}”；对方接受后双方联系方式才互相开放，请删去", kind.zh),
            format!(
                "it holds {} “{found}”; you learn how to reach each other once it is accepted, so leave it out",
                kind.en
            ),
        )),
    }
}

/// How to reach an institution, as the row holds it; nothing where its profile says so. Whoever could not be reached would wait in
/// vain, so that it says neither is refused.
fn contact_of(platform: &Platform, given: Option<Contact>, profile: &Profile) -> Result<Option<String>, Refusal> {
    match given {
        Some(given) => {
            let given = manage::contact(platform, given)?;
            Ok(Some(serde_json::to_string(&given).map_err(Error::Content)?))
        }
        None if profile.contact.as_ref().is_some_and(Contact::is_reachable) => Ok(None),
        None => Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Missing),
            "contact",
            "本单位资料未填联系方式；请填写 `contact`，合作意向被接受后对方才可见",
            "the profile does not say how to reach the institution; give a `contact`, which the other one sees on acceptance only",
        )),
    }
}

/// Locks a profile, so that what one of them sends comes one after the other.
async fn lock(transaction: &DatabaseTransaction, profile: ProfileId) -> Result<(), Error> {
    profiles::Entity::update_many()
        .col_expr(profiles::Column::Status, Expr::col(profiles::Column::Status))
        .filter(profiles::Column::Id.eq(profile.0))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Tells another institution that one is interested. It can be answered for thirty days.
///
/// # Errors
/// What is wrong with it: one's own institution, one that is not listed or that nobody answers for, a request that is not there;
/// `TAKEN` while another one waits between the two; `WRONG_STATE` where one's own profile is not listed, too many wait, or the
/// other one has declined; `Throttled`; what the actor lacks, or whatever the database says.
pub async fn express(platform: &Platform, actor: &Actor, new: NewInterest) -> Result<InterestId, Refusal> {
    let NewInterest { from, to, request, direction, message, contact } = new;
    let message = first_said("message", &message);
    let posted = board(platform).await?;
    let transaction = platform.write().await?;
    lock(&transaction, from).await?;
    let standing = find(&transaction, actor, from, Action::ExpressInterest).await?;
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let message = message?;
    if from == to {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::InvalidValue),
            "to",
            "不能向本单位表达意向",
            "an institution cannot be interested in itself",
        ));
    }
    if !is_listed(&standing.row) {
        return Err(Refusal::wrong_state(
            "from",
            "本单位的资料尚未发布，或已暂停展示、归档；发布后方可表达合作意向",
            "the profile is not published, or is suspended or archived; it has to be listed first",
        ));
    }
    let other = profiles::Entity::find_by_id(to.0).one(&transaction).await?;
    if !other.is_some_and(|row| is_listed(&row)) {
        return Err(Refusal::not_found("to"));
    }
    let answers = people(&transaction, to, ProfileRole::Editor).await?;
    if answers.is_empty() {
        return Err(Refusal::wrong_state(
            "to",
            "该单位的资料来自登记库，尚无人认领，无人可以答复",
            "the profile came from a registry and nobody has claimed it yet: there is nobody to answer",
        ));
    }
    let request = match request {
        None => None,
        Some(id) => {
            let found = posted.get(id).filter(|posted| posted.profile == to);
            Some(found.ok_or_else(|| Refusal::not_found("request"))?)
        }
    };
    let own = consortia::profiles_of(&transaction, [from.0]).await?.remove(&from).map(|own| own.content);
    let contact = contact_of(platform, contact, &own.unwrap_or_default())?;
    let direction = direction.or(request.as_ref().and_then(|request| request.direction));
    let now = clock::now();
    // What has come to its end stands in nobody's way.
    let between = interest::Column::OpenKey.eq(open_key(from, to));
    let ended = overdue(&transaction, now, between.clone().into()).await?;
    expire_rows(platform, &transaction, ended).await?;
    if let Some(open) = interest::Entity::find().filter(between).one(&transaction).await? {
        return Err(waits(open.from_profile_id == from.0));
    }
    limits(&transaction, from, to, now).await?;

    let id = InterestId(clock::new_id());
    let row = interest::ActiveModel {
        id: Set(id.0),
        from_profile_id: Set(from.0),
        to_profile_id: Set(to.0),
        request_id: Set(request.as_ref().map(|request| request.id.0)),
        direction: Set(direction.and_then(|direction| key_of(platform, direction))),
        message: Set(message.clone()),
        reply: Set(None),
        status: Set(Status::Sent),
        open_key: Set(Some(open_key(from, to))),
        sent_by: Set(account.0),
        sent_at: Set(now),
        answered_by: Set(None),
        answered_at: Set(None),
        expires_at: Set(now + ANSWER_WITHIN),
        from_contact: Set(contact),
        to_contact: Set(None),
    };
    if let Err(error) = interest::Entity::insert(row).exec_without_returning(&transaction).await {
        // Both have written at once.
        return match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Err(waits(false)),
            _ => Err(error.into()),
        };
    }
    let entry = Entry::new(actor, audit::Action::InterestSent).of_profile(from);
    let sequence = audit::append(&transaction, entry.with(json!({ "interest": id, "to": to }))).await?;
    let kind = notices::Kind::InterestReceived;
    tell(platform, &transaction, Told { kind, to, about: from, id, message: Some(message) }, sequence).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(id)
}

fn waits(is_own: bool) -> Refusal {
    let (zh, en) = if is_own {
        ("贵单位已向该单位表达意向，尚待答复", "you have told it so already, and it has not answered yet")
    } else {
        ("该单位已向贵单位表达意向；请直接答复", "it has told you that it is interested; answer that")
    };
    Refusal::invalid(UserErrorCode::Taken, "to", zh, en)
}

/// Refuses what would be too many.
async fn limits(transaction: &DatabaseTransaction, from: ProfileId, to: ProfileId, now: i64) -> Result<(), Refusal> {
    let sent = || interest::Entity::find().filter(interest::Column::FromProfileId.eq(from.0));
    let to_one = || sent().filter(interest::Column::ToProfileId.eq(to.0));
    let again = |at: i64| day_in_china(at + DAY - 1);
    let declined = to_one()
        .filter(interest::Column::Status.eq(Status::Declined))
        .filter(interest::Column::AnsweredAt.gt(now - LEFT_ALONE_FOR))
        .order_by_desc(interest::Column::AnsweredAt)
        .one(transaction)
        .await?;
    if let Some(at) = declined.and_then(|row| row.answered_at) {
        let day = again(at + LEFT_ALONE_FOR);
        return Err(Refusal::wrong_state(
            "to",
            format!("该单位不久前谢绝了贵单位；{day} 起可再次表达意向"),
            format!("it has declined not long ago; you can tell it again from {day}"),
        ));
    }
    let lately =
        to_one().filter(interest::Column::SentAt.gt(now - LEFT_ALONE_FOR)).order_by_desc(interest::Column::SentAt);
    if let Some(earliest) = lately.offset(SENT_TO_ONE - 1).one(transaction).await? {
        let day = again(earliest.sent_at + LEFT_ALONE_FOR);
        return Err(Refusal::wrong_state(
            "to",
            format!("30 天内最多向同一单位表达 {SENT_TO_ONE} 次意向；{day} 起可再次表达"),
            format!(
                "the same institution is told at most {SENT_TO_ONE} times within 30 days; you can tell it again from {day}"
            ),
        ));
    }
    let open = sent().filter(interest::Column::Status.eq(Status::Sent)).filter(interest::Column::ExpiresAt.gt(now));
    if open.clone().count(transaction).await? >= OPEN_AT_MOST {
        let next = open.order_by_asc(interest::Column::ExpiresAt).one(transaction).await?;
        let day = again(next.map_or(now, |row| row.expires_at));
        return Err(Refusal::wrong_state(
            "from",
            format!("待答复的意向最多 {OPEN_AT_MOST} 份；请先撤回一些，或等到 {day} 最早的一份到期"),
            format!(
                "at most {OPEN_AT_MOST} can wait for an answer; withdraw some, or wait until the next one ends on {day}"
            ),
        ));
    }
    let today = sent().filter(interest::Column::SentAt.gt(now - DAY)).order_by_desc(interest::Column::SentAt);
    if let Some(earliest) = today.offset(SENT_IN_A_DAY - 1).one(transaction).await? {
        let seconds = (earliest.sent_at + DAY - now).max(0) / 1_000 + 1;
        return Err(Refusal::Throttled { seconds: u64::try_from(seconds).unwrap_or_default() });
    }
    Ok(())
}

/// The name of a direction as rows hold it.
fn key_of(platform: &Platform, id: DirectionId) -> Option<String> {
    let library = platform.directory().library();
    library
        .directions()
        .find(|(known, ..)| *known == id)
        .map(|(_, guide, direction)| format!("{}/{}", guide.id, direction.id))
}

/// The accounts that are members of a profile with at least a role.
async fn people(
    connection: &impl ConnectionTrait,
    profile: ProfileId,
    least: ProfileRole,
) -> Result<Vec<crate::AccountId>, Error> {
    consortia::people(connection, &Actor::System, [profile], least).await
}

/// Whom something is told, and what of.
struct Told {
    kind: notices::Kind,
    to: ProfileId,
    about: ProfileId,
    id: InterestId,
    message: Option<String>,
}

/// Tells the members of a profile what became of an expression of interest.
async fn tell(platform: &Platform, transaction: &DatabaseTransaction, told: Told, sequence: i64) -> Result<(), Error> {
    let Told { kind, to, about, id, message } = told;
    let members = people(transaction, to, ProfileRole::Viewer).await?;
    if members.is_empty() {
        return Ok(());
    }
    let name = names(transaction, [about.0]).await?.remove(&about).unwrap_or_default();
    let subject = Some(Subject::Interest(id));
    let notice = Notice { kind, profile: Some((about, name)), fact: None, case: None, message, subject };
    notices::tell(platform, transaction, &members, &notice, sequence).await
}

/// What profiles are called, as everybody sees them.
async fn names(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<ProfileId, Localized>, Error> {
    let found = consortia::profiles_of(connection, ids).await?;
    Ok(found.into_iter().map(|(id, profile)| (id, profile.content.display_names())).collect())
}

/// What an actor is to profiles.
async fn roles(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    of: [Uuid; 2],
) -> Result<BTreeMap<Uuid, ProfileRole>, Error> {
    let Some(account) = actor.account() else { return Ok(BTreeMap::new()) };
    let rows = membership::Entity::find()
        .filter(membership::Column::AccountId.eq(account.0))
        .filter(membership::Column::ProfileId.is_in(of))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.profile_id, row.role.into())).collect())
}

/// The row of an expression of interest that the actor may know of, with what the actor is to both profiles.
async fn known(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    id: InterestId,
) -> Result<(interest::Model, BTreeMap<Uuid, ProfileRole>), Refusal> {
    if matches!(actor, Actor::Anonymous) {
        return Err(Refusal::Unauthenticated);
    }
    let row = interest::Entity::find_by_id(id.0).one(connection).await?.ok_or(Refusal::NotFound)?;
    let roles = roles(connection, actor, [row.from_profile_id, row.to_profile_id]).await?;
    if roles.is_empty() {
        return Err(Refusal::NotFound);
    }
    Ok((row, roles))
}

/// Accepts an expression of interest, or declines it, which takes a reason. Accepted, both learn how to reach each other.
///
/// # Errors
/// `NOT_FOUND` for whoever is a member of neither profile; `WRONG_STATE` for one that was answered, withdrawn or has expired, and
/// for acceptance while either is not listed; what is wrong with the reply; what the actor lacks, or whatever the database says.
pub async fn answer(platform: &Platform, actor: &Actor, id: InterestId, answer: Answer) -> Result<InterestId, Refusal> {
    let Answer { is_accepted, reply, contact } = answer;
    let transaction = platform.write().await?;
    let (row, roles) = known(&transaction, actor, id).await?;
    policy::authorize(Action::ExpressInterest, actor, roles.get(&row.to_profile_id).copied())?;
    let reply = reply.filter(|reply| !reply.trim().is_empty());
    let reply = match (reply, is_accepted) {
        (Some(reply), _) => Some(said("reply", &reply)?),
        (None, true) => None,
        (None, false) => {
            return Err(Refusal::invalid(
                UserErrorCode::Problem(ProblemCode::Missing),
                "reply",
                "谢绝须说明理由",
                "to decline takes a reason",
            ));
        }
    };
    let mut contact_given = None;
    // What was answered or withdrawn meanwhile is told as that.
    if is_accepted && status(&row, clock::now()) == Status::Sent {
        let both = [row.from_profile_id, row.to_profile_id];
        let found = profiles::Entity::find().filter(profiles::Column::Id.is_in(both)).all(&transaction).await?;
        if found.iter().filter(|profile| is_listed(profile)).count() < both.len() {
            return Err(Refusal::wrong_state(
                "interest",
                "其中一方的资料已暂停展示或已归档，目前不能接受",
                "the profile of one of the two is suspended or archived; it cannot be accepted now",
            ));
        }
        let to = ProfileId(row.to_profile_id);
        let own = consortia::profiles_of(&transaction, [to.0]).await?.remove(&to).map(|own| own.content);
        contact_given = contact_of(platform, contact, &own.unwrap_or_default())?;
    }
    let next = if is_accepted { Status::Accepted } else { Status::Declined };
    let (from, to) = (ProfileId(row.from_profile_id), ProfileId(row.to_profile_id));
    settle(&transaction, actor, &row, next, reply.clone(), contact_given).await?;
    let word = if is_accepted { "ACCEPTED" } else { "DECLINED" };
    let entry = Entry::new(actor, audit::Action::InterestAnswered).of_profile(to);
    let sequence = audit::append(&transaction, entry.with(json!({ "interest": id, "answer": word }))).await?;
    let kind = if is_accepted { notices::Kind::InterestAccepted } else { notices::Kind::InterestDeclined };
    tell(platform, &transaction, Told { kind, to: from, about: to, id, message: reply }, sequence).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(id)
}

/// Takes an expression of interest back that was not answered.
///
/// # Errors
/// `NOT_FOUND` for whoever is a member of neither profile; `WRONG_STATE` for one that was answered, withdrawn or has expired; what
/// the actor lacks, or whatever the database says.
pub async fn withdraw(platform: &Platform, actor: &Actor, id: InterestId) -> Result<InterestId, Refusal> {
    let transaction = platform.write().await?;
    let (row, roles) = known(&transaction, actor, id).await?;
    policy::authorize(Action::ExpressInterest, actor, roles.get(&row.from_profile_id).copied())?;
    settle(&transaction, actor, &row, Status::Withdrawn, None, None).await?;
    let entry = Entry::new(actor, audit::Action::InterestAnswered).of_profile(ProfileId(row.from_profile_id));
    audit::append(&transaction, entry.with(json!({ "interest": id, "answer": "WITHDRAWN" }))).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(id)
}

/// Writes an answer down, unless somebody was faster or its time is over.
async fn settle(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    row: &interest::Model,
    next: Status,
    reply: Option<String>,
    contact: Option<String>,
) -> Result<(), Refusal> {
    let now = clock::now();
    let answered = interest::Entity::update_many()
        .col_expr(interest::Column::Status, Expr::value(next))
        .col_expr(interest::Column::Reply, Expr::value(reply))
        .col_expr(interest::Column::ToContact, Expr::value(contact))
        .col_expr(interest::Column::OpenKey, Expr::value(Option::<String>::None))
        .col_expr(interest::Column::AnsweredBy, Expr::value(actor.account().map(|account| account.0)))
        .col_expr(interest::Column::AnsweredAt, Expr::value(now))
        .filter(interest::Column::Id.eq(row.id))
        .filter(interest::Column::Status.eq(Status::Sent))
        .filter(interest::Column::ExpiresAt.gt(now))
        .exec(transaction)
        .await?;
    if answered.rows_affected == 1 {
        return Ok(());
    }
    let newest = interest::Entity::find_by_id(row.id).one(transaction).await?.ok_or(Refusal::NotFound)?;
    let (zh, en) = match status(&newest, now) {
        Status::Accepted => ("该意向已被接受", "it was accepted already"),
        Status::Declined => ("该意向已被谢绝", "it was declined already"),
        Status::Withdrawn => ("该意向已撤回", "it was withdrawn"),
        Status::Sent | Status::Expired => ("该意向已过期", "it has expired"),
    };
    Err(Refusal::wrong_state("interest", zh, en))
}

/// The expressions of interest that a profile sent or received, the newest first, before another, at most `first`; and how many
/// there are in all.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn interests(
    platform: &Platform,
    actor: &Actor,
    profile: ProfileId,
    mailbox: Mailbox,
    wanted: Option<Status>,
    before: Option<InterestId>,
    first: u64,
) -> Result<(Vec<Interest>, u64), Refusal> {
    let connection = platform.database().connection();
    let standing = find(connection, actor, profile, Action::SeekPartners).await?;
    policy::authorize(Action::SeekPartners, actor, standing.role)?;
    let own = match mailbox {
        Mailbox::Received => interest::Column::ToProfileId,
        Mailbox::Sent => interest::Column::FromProfileId,
    };
    let mut query = interest::Entity::find().filter(own.eq(profile.0));
    if let Some(wanted) = wanted {
        query = query.filter(stands(wanted, clock::now()));
    }
    let total = query.clone().count(connection).await?;
    if let Some(before) = before {
        query = query.filter(interest::Column::Id.lt(before.0));
    }
    let query = query.order_by_desc(interest::Column::Id).limit(first.min(PAGE_AT_MOST + 1));
    let rows = query.all(connection).await?.into_iter().map(|row| (row, mailbox)).collect();
    Ok((shown(platform, rows).await?, total))
}

/// Where a row stands now, as a condition.
fn stands(wanted: Status, now: i64) -> Condition {
    let is = |status: Status| Condition::all().add(interest::Column::Status.eq(status));
    match wanted {
        Status::Sent => is(Status::Sent).add(interest::Column::ExpiresAt.gt(now)),
        Status::Expired => {
            Condition::any().add(is(Status::Expired)).add(is(Status::Sent).add(interest::Column::ExpiresAt.lte(now)))
        }
        other => is(other),
    }
}

/// One expression of interest, for members of either profile.
///
/// # Errors
/// `NotFound` also for whoever may not know of it, or whatever the database says.
pub async fn interest(platform: &Platform, actor: &Actor, id: InterestId) -> Result<Interest, Refusal> {
    let (row, roles) = known(platform.database().connection(), actor, id).await?;
    let mailbox = if roles.contains_key(&row.to_profile_id) { Mailbox::Received } else { Mailbox::Sent };
    shown(platform, vec![(row, mailbox)]).await?.pop().ok_or(Refusal::NotFound)
}

async fn shown(platform: &Platform, rows: Vec<(interest::Model, Mailbox)>) -> Result<Vec<Interest>, Error> {
    let ids = rows.iter().flat_map(|(row, _)| [row.from_profile_id, row.to_profile_id]);
    let profiles = consortia::profiles_of(platform.database().connection(), ids.collect::<Vec<_>>()).await?;
    let name = |id: &ProfileId| profiles.get(id).map(|profile| profile.content.display_names()).unwrap_or_default();
    let library = platform.directory().library();
    let now = clock::now();
    let shown = rows.into_iter().map(|(row, mailbox)| {
        let (from, to) = (ProfileId(row.from_profile_id), ProfileId(row.to_profile_id));
        let other = if mailbox == Mailbox::Received { from } else { to };
        let given = if mailbox == Mailbox::Received { &row.from_contact } else { &row.to_contact };
        let given = given.as_deref().and_then(|given| serde_json::from_str::<Contact>(given).ok());
        let contact = given.or_else(|| profiles.get(&other)?.content.contact.clone());
        let contact = contact.filter(|_| row.status == Status::Accepted);
        Interest {
            id: InterestId(row.id),
            from,
            from_name: name(&from),
            to,
            to_name: name(&to),
            mailbox,
            request: row.request_id.map(RequestId),
            direction: row
                .direction
                .as_deref()
                .and_then(|key| key.split_once('/'))
                .and_then(|(guide, direction)| library.find_direction(Some(guide), direction)),
            status: status(&row, now),
            message: row.message,
            reply: row.reply,
            sent_at: row.sent_at,
            answered_at: row.answered_at,
            expires_at: row.expires_at,
            contact,
        }
    });
    Ok(shown.collect())
}

/// What waits and whose time is over.
async fn overdue(connection: &impl ConnectionTrait, now: i64, which: Condition) -> Result<Vec<interest::Model>, Error> {
    let query = interest::Entity::find()
        .filter(interest::Column::Status.eq(Status::Sent))
        .filter(interest::Column::ExpiresAt.lte(now))
        .filter(which)
        .order_by_asc(interest::Column::ExpiresAt)
        .limit(EXPIRED_AT_ONCE);
    Ok(query.all(connection).await?)
}

/// Ends what was not answered in time, and tells those who sent it.
async fn expire_rows(
    platform: &Platform,
    transaction: &DatabaseTransaction,
    rows: Vec<interest::Model>,
) -> Result<(), Error> {
    for row in rows {
        let ended = interest::Entity::update_many()
            .col_expr(interest::Column::Status, Expr::value(Status::Expired))
            .col_expr(interest::Column::OpenKey, Expr::value(Option::<String>::None))
            .filter(interest::Column::Id.eq(row.id))
            .filter(interest::Column::Status.eq(Status::Sent))
            .exec(transaction)
            .await?;
        // Another node was faster.
        if ended.rows_affected == 0 {
            continue;
        }
        let (from, to) = (ProfileId(row.from_profile_id), ProfileId(row.to_profile_id));
        let id = InterestId(row.id);
        let entry = Entry::new(&Actor::System, audit::Action::InterestAnswered).of_profile(to);
        let sequence = audit::append(transaction, entry.with(json!({ "interest": id, "answer": "EXPIRED" }))).await?;
        let kind = notices::Kind::InterestExpired;
        tell(platform, transaction, Told { kind, to: from, about: to, id, message: None }, sequence).await?;
    }
    Ok(())
}

/// Ends what was not answered in time.
pub(super) async fn expire(platform: &Platform) -> Result<(), Refusal> {
    let now = clock::now();
    // Looks before it locks: there is nothing to do nearly always.
    if overdue(platform.database().connection(), now, Condition::all()).await?.is_empty() {
        return Ok(());
    }
    let transaction = platform.write().await?;
    let rows = overdue(&transaction, now, Condition::all()).await?;
    expire_rows(platform, &transaction, rows).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_profiles_have_one_key_whoever_begins() {
        let (one, other) = (ProfileId(Uuid::from_u128(1)), ProfileId(Uuid::from_u128(2)));
        assert_eq!(open_key(one, other), open_key(other, one));
        assert_ne!(open_key(one, other), open_key(one, one));
        assert!(open_key(one, other).len() <= 80);
    }

    #[test]
    fn time_ends_what_waits_and_nothing_else() {
        let row = |status| interest::Model {
            id: Uuid::nil(),
            from_profile_id: Uuid::nil(),
            to_profile_id: Uuid::nil(),
            request_id: None,
            direction: None,
            message: String::new(),
            reply: None,
            status,
            open_key: None,
            sent_by: Uuid::nil(),
            sent_at: 0,
            answered_by: None,
            answered_at: None,
            expires_at: 10,
            from_contact: None,
            to_contact: None,
        };
        assert_eq!(status(&row(Status::Sent), 9), Status::Sent);
        assert_eq!(status(&row(Status::Sent), 10), Status::Expired);
        assert_eq!(status(&row(Status::Accepted), 10), Status::Accepted);
    }
}
