//! Requests for partners: what an institution offers and seeks, reviewed before others see it.
//!
//! What was approved stays shown while a change of it waits for review, until its last day has passed, it is closed, or a
//! moderator refuses it.

use std::collections::{BTreeMap, BTreeSet};

use eligibility::date::{Date, parse_day};
use eligibility::place::Country;
use eligibility::problem::ProblemCode;
use eligibility::{DirectionId, Library, Localized, Role};
pub use entity::partner_request::Status as RequestStatus;
use entity::{partner_request, profile as profiles, revision};
use profile::{Profile, ProfileId, checks};
use sea_orm::sea_query::{Expr, Func, LockType, Query};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actor::{AccountId, Actor, RequestId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::consortia;
use crate::error::Error;
use crate::notices::{self, Notice, Subject};
use crate::platform::Platform;
use crate::policy::{self, Action, ProfileRole};
use crate::profiles::{self as cases, DecisionKind};
use crate::refusal::{Refusal, UserError, UserErrorCode};

/// Requests of one profile that are not closed, at most.
const OPEN_AT_MOST: usize = 20;
/// Days ahead that the last day of a request is at most.
const DAYS_AT_MOST: i64 = 400;
/// Characters of a title or of a topic in free words.
const LINE_AT_MOST: usize = 200;
/// Characters of what is offered or sought, and of what a moderator says.
const TEXT_AT_MOST: usize = 2_000;
/// Countries and regions of one request.
const COUNTRIES_AT_MOST: usize = 250;
/// Requests that one page holds at most.
const PAGE_AT_MOST: u64 = 100;
/// Requests that are closed at once when their last day has passed.
const EXPIRED_AT_ONCE: u64 = 200;
/// Where a request is not closed in any way.
const OPEN: [RequestStatus; 3] = [RequestStatus::Submitted, RequestStatus::ChangesRequested, RequestStatus::Published];

/// What a request says, as somebody writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestDraft {
    /// The key of the call; the newest that has the direction, without it.
    pub guide: Option<String>,
    /// The direction, by its key or clause prefix.
    pub direction: Option<String>,
    /// The key of one of the direction's topics, or a topic in free words.
    pub topic: Option<String>,
    /// Its title.
    pub title: String,
    /// What is offered.
    pub offers: String,
    /// What is sought.
    pub seeks: String,
    /// The role of whoever is sought; any, if not given.
    pub role: Option<Role>,
    /// Codes of the countries and regions they should be from; anywhere, if empty.
    pub countries: Vec<String>,
    /// The last day on which it is shown, ISO 8601.
    pub expires_on: String,
}

/// What a request says, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    direction: Option<(String, String)>,
    /// The key of one of the direction's topics, or a topic in free words.
    pub topic: Option<String>,
    /// Its title.
    pub title: String,
    /// What is offered.
    pub offers: String,
    /// What is sought.
    pub seeks: String,
    role: Option<String>,
    countries: Vec<String>,
    /// The last day on which it is shown.
    pub expires_on: Date,
}

impl Wanted {
    /// The direction, if it is for one and its call is still loaded.
    pub fn direction(&self, library: &Library) -> Option<DirectionId> {
        let (guide, direction) = self.direction.as_ref()?;
        library.find_direction(Some(guide), direction)
    }

    /// The role of whoever is sought; any, if none.
    pub fn role(&self) -> Option<Role> {
        let role = self.role.as_deref()?;
        Role::ALL.into_iter().find(|known| known.as_str() == role)
    }

    /// Where they should be from; anywhere, if empty.
    pub fn countries(&self) -> Vec<Country> {
        self.countries.iter().filter_map(|code| Country::parse(code)).collect()
    }

    /// What a row holds.
    pub(super) fn of(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(Error::Content)
    }
}

/// What a topic of a direction is called; nothing for a topic in free words.
pub fn topic_name(library: &Library, direction: Option<DirectionId>, topic: &str) -> Option<Localized> {
    let direction = library.direction(direction?)?;
    direction.topics.items.iter().find_map(|item| {
        let below = item.subtopics.iter().chain(&item.focus).find(|named| named.key == topic);
        if item.key == topic { Some(item.name.clone()) } else { below.map(|named| named.name.clone()) }
    })
}

/// A request as members of its profile and moderators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerRequest {
    /// Names it.
    pub id: RequestId,
    /// The profile that posts it.
    pub profile: ProfileId,
    /// What the institution is called.
    pub name: Localized,
    /// Where it stands; that of its newest content.
    pub status: RequestStatus,
    /// How often its content was written; an edit and a decision name it.
    pub version: i32,
    /// What it says.
    pub content: Wanted,
    /// What was approved of it last.
    pub published: Option<Wanted>,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When it was last changed, milliseconds since 1970 (UTC).
    pub changed_at: i64,
    /// When it was first approved, milliseconds since 1970 (UTC).
    pub published_at: Option<i64>,
    /// What the moderator said who decided last.
    pub reason: Option<String>,
}

/// A page of requests.
#[derive(Clone, Debug, Default)]
pub struct PartnerRequests {
    /// The requests.
    pub requests: Vec<PartnerRequest>,
    /// How many there are on all pages.
    pub total: u64,
    /// Whether more follow.
    pub has_next: bool,
}

fn fault(code: ProblemCode, field: &str, zh: impl Into<String>, en: impl Into<String>) -> UserError {
    UserError { code: UserErrorCode::Problem(code), field: field.to_owned(), message: Localized::new(zh, en) }
}

/// A text for everybody: it says something, and not how to reach somebody.
fn public_text(field: &str, text: &str, most: usize, is_one_line: bool) -> Result<String, UserError> {
    let text = consortia::words(field, text, most, is_one_line)?;
    match checks::contact_in(&text) {
        Some((kind, found)) => Err(fault(
            ProblemCode::InvalidValue,
            field,
            format!("公开文字中含有{}“{found}”；联系方式在对方接受合作意向后才互相开放，请删去", kind.zh),
            format!(
                "it holds {} “{found}”; contacts are exchanged once an expression of interest is accepted, so leave it out",
                kind.en
            ),
        )),
        None => Ok(text),
    }
}

/// Reads what somebody wrote; says all that is wrong with it.
fn read(library: &Library, draft: RequestDraft) -> Result<Wanted, Refusal> {
    let mut errors = Vec::new();
    let mut take = |read: Result<String, UserError>| read.map_err(|error| errors.push(error)).unwrap_or_default();
    let title = take(public_text("content.title", &draft.title, LINE_AT_MOST, true));
    let offers = take(public_text("content.offers", &draft.offers, TEXT_AT_MOST, false));
    let seeks = take(public_text("content.seeks", &draft.seeks, TEXT_AT_MOST, false));
    let topic = draft.topic.filter(|topic| !topic.trim().is_empty());
    let topic = topic.map(|topic| take(public_text("content.topic", &topic, LINE_AT_MOST, true)));

    let direction = draft.direction.map(|name| library.find_direction(draft.guide.as_deref(), &name).ok_or(name));
    let direction = match direction.transpose() {
        Ok(found) => found.and_then(|id| Some((library.guide_of(id)?.id.clone(), library.direction(id)?.id.clone()))),
        Err(name) => {
            let shown: String = name.chars().take(40).collect();
            errors.push(fault(
                ProblemCode::UnknownValue,
                "content.direction",
                format!("没有方向“{shown}”；可用 `directions` 查询全部方向"),
                format!("there is no direction {shown}; `directions` lists them"),
            ));
            None
        }
    };
    if direction.is_none() && topic.is_none() && errors.iter().all(|error| error.field != "content.direction") {
        errors.push(fault(
            ProblemCode::Missing,
            "content.direction",
            "请填写方向或主题",
            "name a direction or a topic",
        ));
    }
    let mut countries = BTreeSet::new();
    if draft.countries.len() > COUNTRIES_AT_MOST {
        errors.push(fault(
            ProblemCode::Limit,
            "content.countries",
            format!("最多 {COUNTRIES_AT_MOST} 个国家/地区"),
            format!("at most {COUNTRIES_AT_MOST} countries and regions"),
        ));
    }
    for (place, code) in draft.countries.iter().take(COUNTRIES_AT_MOST).enumerate() {
        if Country::parse(code).is_none() {
            let shown: String = code.chars().take(10).collect();
            errors.push(fault(
                ProblemCode::UnknownValue,
                &format!("content.countries[{place}]"),
                format!("“{shown}”不是国家/地区代码（ISO 3166-1 两位大写字母）"),
                format!("{shown} is no code of a country or region (ISO 3166-1, two capitals)"),
            ));
        }
        countries.insert(code.clone());
    }
    let today = clock::today();
    let expires_on = parse_day(&draft.expires_on);
    let expires_on = expires_on.filter(|day| *day >= today && days_between(today, *day) <= DAYS_AT_MOST);
    if expires_on.is_none() {
        errors.push(fault(
            ProblemCode::InvalidValue,
            "content.expiresOn",
            format!("截止日期须为今日（{today}）起 {DAYS_AT_MOST} 天内的日期，如 2027-06-30"),
            format!("the last day is from today, {today}, to {DAYS_AT_MOST} days ahead, such as 2027-06-30"),
        ));
    }
    let (true, Some(expires_on)) = (errors.is_empty(), expires_on) else { return Err(Refusal::Invalid(errors)) };
    Ok(Wanted {
        direction,
        topic,
        title,
        offers,
        seeks,
        role: draft.role.map(|role| role.as_str().to_owned()),
        countries: countries.into_iter().collect(),
        expires_on,
    })
}

fn days_between(from: Date, to: Date) -> i64 {
    i64::from(from.until(to).map_or(i32::MAX, |span| span.get_days()))
}

/// The names of the institutions of some requests: what the newest revisions of their profiles call them.
async fn named(
    connection: &impl ConnectionTrait,
    rows: Vec<partner_request::Model>,
) -> Result<Vec<PartnerRequest>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: BTreeSet<_> = rows.iter().map(|row| row.profile_id).collect();
    let mut newest = Condition::any();
    for profile in profiles::Entity::find().filter(profiles::Column::Id.is_in(ids)).all(connection).await? {
        let number = revision::Column::Number.eq(profile.latest_revision);
        newest = newest.add(Condition::all().add(revision::Column::ProfileId.eq(profile.id)).add(number));
    }
    let mut names = BTreeMap::new();
    for row in revision::Entity::find().filter(newest).all(connection).await? {
        let content: Profile = serde_json::from_str(&row.content).map_err(Error::Content)?;
        names.insert(row.profile_id, content.display_names());
    }
    let request = |row: partner_request::Model| {
        Ok(PartnerRequest {
            id: RequestId(row.id),
            profile: ProfileId(row.profile_id),
            name: names.get(&row.profile_id).cloned().unwrap_or_default(),
            status: row.status,
            version: row.version,
            content: Wanted::of(&row.content)?,
            published: row.published.as_deref().map(Wanted::of).transpose()?,
            created_at: row.created_at,
            changed_at: row.changed_at,
            published_at: row.published_at,
            reason: row.reason,
        })
    };
    rows.into_iter().map(request).collect()
}

/// A request, for members of its profile and moderators.
///
/// # Errors
/// `NotFound` also for whoever may not know of it; what the actor lacks; whatever the database says.
pub async fn request(platform: &Platform, actor: &Actor, id: RequestId) -> Result<PartnerRequest, Refusal> {
    let connection = platform.database().connection();
    if matches!(actor, Actor::Anonymous) {
        return Err(Refusal::Unauthenticated);
    }
    let row = partner_request::Entity::find_by_id(id.0).one(connection).await?.ok_or(Refusal::NotFound)?;
    cases::find(connection, actor, ProfileId(row.profile_id), Action::ReadDraft).await?;
    named(connection, vec![row]).await?.pop().ok_or(Refusal::NotFound)
}

/// The requests of a profile before another, the newest first, whatever became of them.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn requests_of(
    platform: &Platform,
    actor: &Actor,
    profile: ProfileId,
    before: Option<RequestId>,
    first: u64,
) -> Result<PartnerRequests, Refusal> {
    let connection = platform.database().connection();
    cases::find(connection, actor, profile, Action::ReadDraft).await?;
    let query = partner_request::Entity::find().filter(partner_request::Column::ProfileId.eq(profile.0));
    let total = query.clone().count(connection).await?;
    let query = match before {
        Some(before) => query.filter(partner_request::Column::Id.lt(before.0)),
        None => query,
    };
    page(connection, query.order_by_desc(partner_request::Column::Id), total, first).await
}

/// The requests that wait for review, after one that has waited for longer; the one that has waited longest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn requests_to_review(
    platform: &Platform,
    actor: &Actor,
    after: Option<(i64, RequestId)>,
    first: u64,
) -> Result<PartnerRequests, Refusal> {
    policy::authorize(Action::ReadQueue, actor, None)?;
    let connection = platform.database().connection();
    let waiting = partner_request::Column::Status.eq(RequestStatus::Submitted);
    let query = partner_request::Entity::find().filter(waiting);
    let total = query.clone().count(connection).await?;
    let changed_at = partner_request::Column::ChangedAt;
    let query = match after {
        Some((at, id)) => {
            let same = Condition::all().add(changed_at.eq(at)).add(partner_request::Column::Id.gt(id.0));
            query.filter(Condition::any().add(changed_at.gt(at)).add(same))
        }
        None => query,
    };
    let query = query.order_by_asc(changed_at).order_by_asc(partner_request::Column::Id);
    page(connection, query, total, first).await
}

async fn page(
    connection: &impl ConnectionTrait,
    query: sea_orm::Select<partner_request::Entity>,
    total: u64,
    first: u64,
) -> Result<PartnerRequests, Refusal> {
    let first = first.min(PAGE_AT_MOST);
    let mut rows = query.limit(first + 1).all(connection).await?;
    let size = usize::try_from(first).unwrap_or(usize::MAX);
    let has_next = rows.len() > size;
    rows.truncate(size);
    Ok(PartnerRequests { requests: named(connection, rows).await?, total, has_next })
}

/// The profile that the actor may post for, locked, so that its requests are counted one after the other.
async fn listed(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    profile: ProfileId,
    field: &str,
) -> Result<(), Refusal> {
    let standing = match cases::find(transaction, actor, profile, Action::PostRequest).await {
        Err(Refusal::NotFound) => return Err(Refusal::not_found(field)),
        other => other?,
    };
    let locked = profiles::Entity::find_by_id(standing.row.id).lock(LockType::NoKeyUpdate).one(transaction).await?;
    if locked.is_some_and(|row| cases::is_listed(&row)) {
        return Ok(());
    }
    Err(Refusal::wrong_state(
        field,
        "资料尚未发布，或已暂停展示、已归档；公开的资料才能发布合作需求",
        "the profile is not published, or suspended or archived; requests are posted by published profiles",
    ))
}

/// Posts a request; it is shown once a moderator has approved it.
///
/// # Errors
/// What is wrong with it; a profile that is not listed; `LIMIT` for more than are open at a time; what the actor lacks, or
/// whatever the database says.
pub async fn post(
    platform: &Platform,
    actor: &Actor,
    profile: ProfileId,
    draft: RequestDraft,
) -> Result<RequestId, Refusal> {
    let transaction = platform.write().await?;
    listed(&transaction, actor, profile, "profile").await?;
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let wanted = read(platform.directory().library(), draft)?;
    let open = partner_request::Entity::find()
        .filter(partner_request::Column::ProfileId.eq(profile.0))
        .filter(partner_request::Column::Status.is_in(OPEN))
        .all(&transaction)
        .await?;
    for row in &open {
        // Until when does not make it another one.
        if (Wanted { expires_on: wanted.expires_on, ..Wanted::of(&row.content)? }) == wanted {
            return Err(Refusal::invalid(
                UserErrorCode::Taken,
                "content",
                "本单位已有内容相同的合作需求；如需延长期限，请修改原需求",
                "the profile has posted the same request already; edit that one, for example to have it run longer",
            ));
        }
    }
    if open.len() >= OPEN_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Limit),
            "profile",
            format!("每家单位同时最多有 {OPEN_AT_MOST} 条合作需求；请先关闭一些"),
            format!("a profile has at most {OPEN_AT_MOST} requests at a time; close some first"),
        ));
    }
    let id = RequestId(clock::new_id());
    let details = json!({ "request": id, "version": 1 });
    record(&transaction, actor, audit::Action::RequestSubmitted, profile, details).await?;
    let now = moment(&transaction).await?;
    let row = partner_request::Model {
        id: id.0,
        profile_id: profile.0,
        status: RequestStatus::Submitted,
        version: 1,
        expires_on: wanted.expires_on.to_string(),
        content: serde_json::to_string(&wanted).map_err(Error::Content)?,
        published: None,
        author: account.0,
        created_at: now,
        changed_at: now,
        published_at: None,
        decided_by: None,
        reason: None,
    };
    partner_request::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(id)
}

/// Writes a request anew. What was approved stays shown while the new content waits for review.
///
/// # Errors
/// What is wrong with it; `CONFLICT` for an older version; `WRONG_STATE` for one that is closed; what the actor lacks, or
/// whatever the database says.
pub async fn edit(
    platform: &Platform,
    actor: &Actor,
    id: RequestId,
    version: i32,
    draft: RequestDraft,
) -> Result<(), Refusal> {
    let transaction = platform.write().await?;
    let mut row = found(&transaction, actor, id, Action::PostRequest).await?;
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    still_open(&row)?;
    expect(&row, version)?;
    listed(&transaction, actor, ProfileId(row.profile_id), "request").await?;
    let wanted = read(platform.directory().library(), draft)?;
    row.status = RequestStatus::Submitted;
    row.version += 1;
    row.expires_on = wanted.expires_on.to_string();
    row.content = serde_json::to_string(&wanted).map_err(Error::Content)?;
    row.author = account.0;
    let details = json!({ "request": id, "version": row.version });
    put(&transaction, actor, audit::Action::RequestSubmitted, row, details).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(())
}

/// Takes a request off the list for good.
///
/// # Errors
/// `WRONG_STATE` for one that is closed already; what the actor lacks, or whatever the database says.
pub async fn close(platform: &Platform, actor: &Actor, id: RequestId) -> Result<(), Refusal> {
    let transaction = platform.write().await?;
    let mut row = found(&transaction, actor, id, Action::PostRequest).await?;
    still_open(&row)?;
    row.status = RequestStatus::Closed;
    put(&transaction, actor, audit::Action::RequestClosed, row, json!({ "request": id })).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(())
}

/// Decides on a request that waits for review. Whoever refuses one takes also what was approved of it before off the list.
///
/// # Errors
/// `CONFLICT` for an older version than the newest; `WRONG_STATE` for one that does not wait for review; a decision against it
/// without a reason; what the actor lacks, or whatever the database says.
pub async fn decide(
    platform: &Platform,
    actor: &Actor,
    id: RequestId,
    version: i32,
    decision: DecisionKind,
    reason: Option<String>,
) -> Result<(), Refusal> {
    // Whoever is no moderator is told so, whatever request they ask for.
    policy::authorize(Action::ReadQueue, actor, None)?;
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    let reason = reason.map(|reason| consortia::words("reason", &reason, TEXT_AT_MOST, false));
    let reason = reason.transpose().map_err(|error| Refusal::Invalid(vec![error]))?;
    if reason.is_none() && decision != DecisionKind::Approved {
        let (zh, en) = ("请说明理由", "say why");
        return Err(Refusal::invalid(UserErrorCode::Problem(ProblemCode::Missing), "reason", zh, en));
    }
    let transaction = platform.write().await?;
    let mut row = found(&transaction, actor, id, Action::DecideRequest).await?;
    if actor.account() == Some(AccountId(row.author)) {
        return Err(Refusal::Forbidden(policy::needed(Action::DecideRequest)));
    }
    still_open(&row)?;
    if row.status != RequestStatus::Submitted {
        return Err(Refusal::wrong_state(
            "request",
            "该合作需求不在待审核状态",
            "the request is not waiting for review",
        ));
    }
    expect(&row, version)?;
    let profile = ProfileId(row.profile_id);
    let kind = match decision {
        DecisionKind::Approved => {
            row.status = RequestStatus::Published;
            row.published = Some(row.content.clone());
            notices::Kind::RequestPublished
        }
        DecisionKind::ChangesRequested => {
            row.status = RequestStatus::ChangesRequested;
            notices::Kind::RequestChangesRequested
        }
        DecisionKind::Refused => {
            row.status = RequestStatus::Refused;
            notices::Kind::RequestRefused
        }
    };
    row.decided_by = actor.account().map(|account| account.0);
    row.reason.clone_from(&reason);
    let details = json!({ "request": id, "version": version, "decision": row.status.to_value() });
    let title = Wanted::of(&row.content)?.title;
    let name = named(&transaction, vec![row.clone()]).await?.pop().map(|request| request.name).unwrap_or_default();
    let sequence = put(&transaction, actor, audit::Action::RequestDecided, row, details).await?;
    let members = consortia::people(&transaction, actor, [profile], ProfileRole::Editor).await?;
    let notice = Notice {
        kind,
        profile: Some((profile, name)),
        fact: Some(Localized::new(&title, &title)),
        case: None,
        message: reason,
        subject: Some(Subject::Request(id)),
    };
    notices::tell(platform, &transaction, &members, &notice, sequence).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(())
}

/// Closes the requests whose last day has passed.
pub(super) async fn expire(platform: &Platform) -> Result<(), Refusal> {
    let today = clock::today().to_string();
    let due = Condition::all()
        .add(partner_request::Column::Status.is_in(OPEN))
        .add(partner_request::Column::ExpiresOn.lt(today));
    let rows = partner_request::Entity::find()
        .filter(due.clone())
        .limit(EXPIRED_AT_ONCE)
        .all(platform.database().connection())
        .await?;
    for id in rows.into_iter().map(|row| row.id) {
        let transaction = platform.write().await?;
        // It may have been changed meanwhile, or another node was there first.
        let locked = partner_request::Entity::find_by_id(id).filter(due.clone()).lock(LockType::NoKeyUpdate);
        let Some(mut row) = locked.one(&transaction).await? else { continue };
        row.status = RequestStatus::Expired;
        let details = json!({ "request": RequestId(id), "isExpired": true });
        put(&transaction, &Actor::System, audit::Action::RequestClosed, row, details).await?;
        transaction.commit().await?;
        platform.recorded().notify_one();
    }
    Ok(())
}

/// A request that the actor may do something with, locked.
async fn found(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    id: RequestId,
    action: Action,
) -> Result<partner_request::Model, Refusal> {
    if matches!(actor, Actor::Anonymous) {
        return Err(Refusal::Unauthenticated);
    }
    let row = partner_request::Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(transaction).await?;
    let row = row.ok_or_else(|| Refusal::not_found("request"))?;
    match cases::find(transaction, actor, ProfileId(row.profile_id), action).await {
        Ok(_) => Ok(row),
        Err(Refusal::NotFound) => Err(Refusal::not_found("request")),
        // That there is one that was never shown only members and moderators know.
        Err(Refusal::Forbidden(_)) if row.published.is_none() && !may_know(transaction, actor, &row).await? => {
            Err(Refusal::not_found("request"))
        }
        Err(refusal) => Err(refusal),
    }
}

async fn may_know(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    row: &partner_request::Model,
) -> Result<bool, Refusal> {
    match cases::find(transaction, actor, ProfileId(row.profile_id), Action::ReadDraft).await {
        Ok(_) | Err(Refusal::SecondFactorRequired) => Ok(true),
        Err(Refusal::Failed(error)) => Err(error.into()),
        Err(_) => Ok(false),
    }
}

fn still_open(row: &partner_request::Model) -> Result<(), Refusal> {
    let (zh, en) = match row.status {
        RequestStatus::Refused => ("未获批准", "was refused"),
        RequestStatus::Closed => ("已关闭", "was closed"),
        RequestStatus::Expired => ("已过期", "has expired"),
        // The upkeep will see to it.
        _ if row.expires_on < clock::today().to_string() => ("已过期", "has expired"),
        _ => return Ok(()),
    };
    Err(Refusal::wrong_state(
        "request",
        format!("该合作需求{zh}；可另发一条"),
        format!("the request {en}; another one can be posted"),
    ))
}

/// Refuses what was made of an older version.
fn expect(row: &partner_request::Model, version: i32) -> Result<(), Refusal> {
    let newest = row.version;
    if version == newest {
        return Ok(());
    }
    Err(Refusal::invalid(
        UserErrorCode::Conflict,
        "version",
        format!("合作需求已有更新的版本（第 {newest} 版）；请在最新版本上重做"),
        format!("there is a newer version, {newest}; do it again on that"),
    ))
}

async fn record(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    action: audit::Action,
    profile: ProfileId,
    details: serde_json::Value,
) -> Result<i64, Error> {
    audit::append(transaction, Entry::new(actor, action).of_profile(profile).with(details)).await
}

/// Records a change of a request, and writes the request down.
async fn put(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    action: audit::Action,
    mut row: partner_request::Model,
    details: serde_json::Value,
) -> Result<i64, Error> {
    let sequence = record(transaction, actor, action, ProfileId(row.profile_id), details).await?;
    row.changed_at = moment(transaction).await?;
    if row.status == RequestStatus::Published && row.published_at.is_none() {
        row.published_at = Some(row.changed_at);
    }
    row.into_active_model().reset_all().update(transaction).await?;
    Ok(sequence)
}

/// When a change of a request is made: later than every change before it, on whichever node. That is why whoever asks has
/// appended to the history before: it has one writer at a time.
async fn moment(transaction: &DatabaseTransaction) -> Result<i64, Error> {
    let last = latest(transaction).await?;
    Ok(last.map_or(0, |last| last + 1).max(clock::now()))
}

/// When any request was changed last.
pub(super) async fn latest(connection: &impl ConnectionTrait) -> Result<Option<i64>, Error> {
    let query = Query::select()
        .expr(Func::max(Expr::col(partner_request::Column::ChangedAt)))
        .from(partner_request::Entity)
        .take();
    let row = connection.query_one(&query).await?;
    Ok(row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten())
}
