//! The review queue: revisions to be published, claims, appeals; and what moderators decide.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use eligibility::Localized;
use eligibility::problem::ProblemCode;
pub use entity::review_case::{Decision as DecisionKind, Kind as CaseKind, State as CaseState};
use entity::{account, audit_record, profile as profiles, review_case, revision};
use profile::{Profile, ProfileId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::lifecycle::Step;
use super::work::{Work, settle};
use super::{claims, edit, find, verification, view};
use crate::actor::{AccountId, Actor, CaseId, EvidenceId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::error::Error;
use crate::notices;
use crate::platform::Platform;
use crate::policy::{self, Action, ProfileRole};
use crate::refusal::{Refusal, UserErrorCode};

/// Cases that one page of the queue holds at most.
const PAGE_AT_MOST: u64 = 100;
/// Cases that are decided at once at most.
const BULK_AT_MOST: usize = 100;
/// The priorities: normal, high, urgent.
const URGENT: i32 = 2;

/// Why a moderator decides as they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// Something that a direction asks for is not said.
    Incomplete,
    /// Parts of it contradict each other, or a registry.
    Inconsistent,
    /// It is not shown who the institution is.
    IdentityUnproven,
    /// It is not shown that the person speaks for the institution.
    AuthorityUnproven,
    /// There is another profile of the institution.
    Duplicate,
    /// It is no institution that does research.
    NotAnInstitution,
    /// Evidence is missing, cannot be read, or does not show what it should.
    EvidenceInsufficient,
    /// Evidence or a statement is out of date.
    OutOfDate,
    /// Advertising, or nothing to do with joint research.
    Spam,
    /// Ways to reach people stand where everybody reads them.
    ContactInText,
    /// Something else; the message says what.
    Other,
}

/// What a score sheet scores, each from 0 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Criterion {
    /// Whether everything is said that directions ask for.
    Completeness,
    /// Whether its parts agree with each other and with registries.
    Consistency,
    /// Whether it is clear who the institution is.
    Identity,
    /// Whether the evidence shows what it should.
    Evidence,
    /// Whether what it offers and seeks is of use to partners.
    Usefulness,
}

/// A decision to be taken.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What is decided.
    pub kind: DecisionKind,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What the person who asked is told.
    pub message: Option<String>,
    /// The score sheet; 0 to 5.
    pub scores: BTreeMap<Criterion, u8>,
}

/// A case of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Names it.
    pub id: CaseId,
    /// What is asked for.
    pub kind: CaseKind,
    /// The profile.
    pub profile: ProfileId,
    /// What its newest revision calls the institution.
    pub name: Localized,
    /// The number of its newest revision; a decision names it.
    pub newest_revision: i32,
    /// The revision that is to be published.
    pub revision: Option<i32>,
    /// Who asks.
    pub opened_by: AccountId,
    /// What that person is called; empty once the account is deleted.
    pub opened_by_name: String,
    /// Since when, milliseconds since 1970 (UTC).
    pub opened_at: i64,
    /// 0 normal, 1 high, 2 urgent.
    pub priority: i32,
    /// The moderator who has taken it on.
    pub assigned_to: Option<AccountId>,
    /// What that moderator is called.
    pub assigned_to_name: Option<String>,
    /// How far it has come.
    pub state: CaseState,
    /// What the person who asks says.
    pub statement: Option<String>,
    /// The evidence that came with it.
    pub evidence: Vec<EvidenceId>,
    /// The case whose decision is appealed against.
    pub appeals: Option<CaseId>,
    /// What was decided.
    pub decision: Option<DecisionKind>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What the person who asked was told.
    pub message: Option<String>,
    /// The score sheet.
    pub scores: BTreeMap<Criterion, u8>,
    /// The moderator who decided.
    pub decided_by: Option<AccountId>,
    /// When, milliseconds since 1970 (UTC).
    pub decided_at: Option<i64>,
}

/// Cases with the names that people know them by; three statements, however many cases.
async fn completed(connection: &impl ConnectionTrait, rows: Vec<review_case::Model>) -> Result<Vec<Case>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let people: BTreeSet<Uuid> = rows.iter().flat_map(|row| [Some(row.opened_by), row.assigned_to]).flatten().collect();
    let accounts = account::Entity::find().filter(account::Column::Id.is_in(people)).all(connection).await?;
    let accounts: HashMap<Uuid, String> = accounts.into_iter().map(|account| (account.id, account.name)).collect();
    let ids: BTreeSet<Uuid> = rows.iter().map(|row| row.profile_id).collect();
    let profiles = profiles::Entity::find().filter(profiles::Column::Id.is_in(ids)).all(connection).await?;
    let newest = profiles.iter().fold(Condition::any(), |condition, profile| {
        condition.add(
            Condition::all()
                .add(revision::Column::ProfileId.eq(profile.id))
                .add(revision::Column::Number.eq(profile.latest_revision)),
        )
    });
    let mut names: HashMap<Uuid, (i32, Localized)> = HashMap::new();
    for row in revision::Entity::find().filter(newest).all(connection).await? {
        let content: Profile = serde_json::from_str(&row.content).map_err(Error::Content)?;
        names.insert(row.profile_id, (row.number, content.display_names()));
    }
    let case = |row: review_case::Model| {
        let (newest_revision, name) = names.get(&row.profile_id).cloned().unwrap_or_default();
        Ok(Case {
            id: CaseId(row.id),
            kind: row.kind,
            profile: ProfileId(row.profile_id),
            name,
            newest_revision,
            revision: row.revision,
            opened_by: AccountId(row.opened_by),
            opened_by_name: accounts.get(&row.opened_by).cloned().unwrap_or_default(),
            opened_at: row.opened_at,
            priority: row.priority,
            assigned_to: row.assigned_to.map(AccountId),
            assigned_to_name: row.assigned_to.and_then(|account| accounts.get(&account).cloned()),
            state: row.state,
            statement: row.statement,
            evidence: serde_json::from_str(&row.evidence).map_err(Error::Content)?,
            appeals: row.appeals.map(CaseId),
            decision: row.decision,
            reasons: serde_json::from_str(&row.reasons).map_err(Error::Content)?,
            message: row.message,
            scores: serde_json::from_str(&row.scores).map_err(Error::Content)?,
            decided_by: row.decided_by.map(AccountId),
            decided_at: row.decided_at,
        })
    };
    rows.into_iter().map(case).collect()
}

/// A case with the names that people know it by.
async fn complete(connection: &impl ConnectionTrait, row: review_case::Model) -> Result<Case, Refusal> {
    let mut cases = completed(connection, vec![row]).await?;
    cases.pop().ok_or(Refusal::NotFound)
}

/// A case to be opened.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) kind: CaseKind,
    /// Who asks, if it is not the actor.
    pub(super) by: Option<AccountId>,
    pub(super) statement: Option<String>,
    pub(super) evidence: Vec<EvidenceId>,
    pub(super) appeals: Option<CaseId>,
    pub(super) priority: i32,
}

impl Default for Opened {
    fn default() -> Self {
        Self { kind: CaseKind::Revision, by: None, statement: None, evidence: Vec::new(), appeals: None, priority: 0 }
    }
}

/// Opens a case about a profile.
pub(super) async fn open(work: &Work<'_>, opened: Opened) -> Result<CaseId, Refusal> {
    let row = review_case::Model {
        id: clock::new_id(),
        kind: opened.kind,
        profile_id: work.row.id,
        revision: (opened.kind == CaseKind::Revision).then_some(work.row.latest_revision),
        opened_by: opened.by.or(work.actor.account()).map(|account| account.0).unwrap_or_default(),
        opened_at: work.now,
        priority: opened.priority,
        assigned_to: None,
        state: CaseState::Open,
        statement: opened.statement,
        evidence: serde_json::to_string(&opened.evidence).map_err(Error::Content)?,
        appeals: opened.appeals.map(|case| case.0),
        decision: None,
        reasons: "[]".to_owned(),
        message: None,
        scores: "{}".to_owned(),
        decided_by: None,
        decided_at: None,
    };
    let id = CaseId(row.id);
    review_case::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&work.transaction).await?;
    Ok(id)
}

/// Whom a case is assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// The moderator who asks.
    Me,
    /// Nobody.
    Nobody,
    /// Any moderator.
    Somebody,
}

/// Which cases of the queue.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    /// Only of these kinds; of all, if empty.
    pub kinds: Vec<CaseKind>,
    /// Only those assigned so.
    pub assigned: Option<Assignment>,
    /// Only of at least this priority.
    pub priority: Option<i32>,
    /// Only those opened before, milliseconds since 1970 (UTC).
    pub opened_before: Option<i64>,
    /// Only those about this profile.
    pub profile: Option<ProfileId>,
    /// Decided ones or withdrawn ones instead of those that wait.
    pub state: Option<CaseState>,
}

/// Where a case stands in the queue: the most urgent first, and of those the one that has waited longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePlace {
    /// Its priority.
    pub priority: i32,
    /// When it was opened.
    pub opened_at: i64,
    /// Its id.
    pub id: CaseId,
}

/// A page of the queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The cases.
    pub cases: Vec<Case>,
    /// Whether more follow.
    pub has_next: bool,
}

fn condition(filter: &QueueFilter, actor: &Actor) -> Condition {
    let mut condition = Condition::all().add(review_case::Column::State.eq(filter.state.unwrap_or(CaseState::Open)));
    if !filter.kinds.is_empty() {
        condition = condition.add(review_case::Column::Kind.is_in(filter.kinds.iter().copied()));
    }
    condition = match filter.assigned {
        None => condition,
        Some(Assignment::Me) => {
            condition.add(review_case::Column::AssignedTo.eq(actor.account().map(|account| account.0)))
        }
        Some(Assignment::Nobody) => condition.add(review_case::Column::AssignedTo.is_null()),
        Some(Assignment::Somebody) => condition.add(review_case::Column::AssignedTo.is_not_null()),
    };
    if let Some(priority) = filter.priority {
        condition = condition.add(review_case::Column::Priority.gte(priority));
    }
    if let Some(before) = filter.opened_before {
        condition = condition.add(review_case::Column::OpenedAt.lt(before));
    }
    if let Some(profile) = filter.profile {
        condition = condition.add(review_case::Column::ProfileId.eq(profile.0));
    }
    condition
}

/// A page of the queue.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn queue(
    platform: &Platform,
    actor: &Actor,
    filter: &QueueFilter,
    after: Option<QueuePlace>,
    first: u64,
) -> Result<Queue, Refusal> {
    policy::authorize(Action::ReadQueue, actor, None)?;
    let mut condition = condition(filter, actor);
    if let Some(place) = after {
        let as_urgent = Condition::all().add(review_case::Column::Priority.eq(place.priority));
        let as_old = as_urgent.clone().add(review_case::Column::OpenedAt.eq(place.opened_at));
        let later = Condition::any()
            .add(review_case::Column::Priority.lt(place.priority))
            .add(as_urgent.add(review_case::Column::OpenedAt.gt(place.opened_at)))
            .add(as_old.add(review_case::Column::Id.gt(place.id.0)));
        condition = condition.add(later);
    }
    let first = first.min(PAGE_AT_MOST);
    let mut rows = review_case::Entity::find()
        .filter(condition)
        .order_by_desc(review_case::Column::Priority)
        .order_by_asc(review_case::Column::OpenedAt)
        .order_by_asc(review_case::Column::Id)
        .limit(first + 1)
        .all(platform.database().connection())
        .await?;
    let size = usize::try_from(first).unwrap_or(usize::MAX);
    let has_next = rows.len() > size;
    rows.truncate(size);
    let cases = completed(platform.database().connection(), rows).await?;
    Ok(Queue { cases, has_next })
}

/// How many cases of the queue.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn queue_size(platform: &Platform, actor: &Actor, filter: &QueueFilter) -> Result<u64, Refusal> {
    policy::authorize(Action::ReadQueue, actor, None)?;
    let cases = review_case::Entity::find().filter(condition(filter, actor));
    Ok(cases.count(platform.database().connection()).await?)
}

/// A case: for moderators, for those who opened it, and, but for claims, for members of the profile.
///
/// # Errors
/// `NotFound`, also for one that the actor may not know of; `SecondFactorRequired`; whatever the database says.
pub async fn case(platform: &Platform, actor: &Actor, id: CaseId) -> Result<Case, Refusal> {
    let connection = platform.database().connection();
    let row = review_case::Entity::find_by_id(id.0).one(connection).await?.ok_or(Refusal::NotFound)?;
    let is_own = actor.account().is_some_and(|account| account.0 == row.opened_by);
    if is_own || policy::is_allowed(Action::ReadQueue, actor, None) {
        return complete(connection, row).await;
    }
    if row.kind != CaseKind::Claim
        && find(connection, actor, ProfileId(row.profile_id), Action::ReadDraft).await.is_ok()
    {
        return complete(connection, row).await;
    }
    match policy::authorize(Action::ReadQueue, actor, None) {
        Err(Refusal::SecondFactorRequired) => Err(Refusal::SecondFactorRequired),
        _ => Err(Refusal::NotFound),
    }
}

/// The cases about a profile, the newest first, without claims, which are between those who claim and the moderators.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn cases_of(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<Vec<Case>, Refusal> {
    let connection = platform.database().connection();
    find(connection, actor, id, Action::ReadDraft).await?;
    let mut query = review_case::Entity::find().filter(review_case::Column::ProfileId.eq(id.0));
    if !policy::is_allowed(Action::ReadQueue, actor, None) {
        query = query.filter(review_case::Column::Kind.ne(CaseKind::Claim));
    }
    let rows = query.order_by_desc(review_case::Column::Id).limit(PAGE_AT_MOST).all(connection).await?;
    Ok(completed(connection, rows).await?)
}

/// A case that waits for a decision, and the work on its profile.
async fn begin<'a>(
    platform: &'a Platform,
    actor: &'a Actor,
    id: CaseId,
    action: Action,
) -> Result<(Work<'a>, review_case::Model), Refusal> {
    policy::authorize(Action::ReadQueue, actor, None)?;
    let missing = || Refusal::not_found("case");
    let found = review_case::Entity::find_by_id(id.0).one(platform.database().connection()).await?;
    let found = found.ok_or_else(missing)?;
    if actor.account() == Some(AccountId(found.opened_by)) {
        return Err(Refusal::Forbidden(policy::needed(action)));
    }
    let work = Work::begin(platform, actor, ProfileId(found.profile_id), action).await?;
    let found = review_case::Entity::find_by_id(id.0).one(&work.transaction).await?.ok_or_else(missing)?;
    if found.state != CaseState::Open {
        return Err(Refusal::invalid(
            UserErrorCode::Conflict,
            "case",
            "此事项已由他人处理或已撤回",
            "somebody has decided it meanwhile, or it was withdrawn",
        ));
    }
    Ok((work, found))
}

/// Takes a case on, or gives it back.
///
/// # Errors
/// `CONFLICT` if it is decided, what the actor lacks, or whatever the database says.
pub async fn assign(platform: &Platform, actor: &Actor, id: CaseId, to_me: bool) -> Result<Case, Refusal> {
    let (work, row) = begin(platform, actor, id, Action::DecideCase).await?;
    let to = actor.account().filter(|_| to_me);
    let is_administrator = policy::is_allowed(Action::AppointModerators, actor, None);
    if row.assigned_to.is_some_and(|other| Some(AccountId(other)) != actor.account()) && !is_administrator {
        return Err(Refusal::invalid(
            UserErrorCode::Conflict,
            "case",
            "此事项已由另一位审核员领取；可请其退回，或由管理员改派",
            "another moderator has taken it on; they can give it back, or an administrator can take it over",
        ));
    }
    let mut row = row.into_active_model();
    row.assigned_to = Set(to.map(|account| account.0));
    let row = row.update(&work.transaction).await?;
    let mut entry = Entry::new(actor, audit::Action::CaseAssigned).of_case(id);
    entry.account = to;
    work.append(entry).await?;
    let case = complete(&work.transaction, row).await?;
    work.finish().await?;
    Ok(case)
}

/// Gives a case a priority: 0 normal, 1 high, 2 urgent.
///
/// # Errors
/// What is wrong with the priority, `CONFLICT` if it is decided, what the actor lacks, or whatever the database says.
pub async fn prioritise(platform: &Platform, actor: &Actor, id: CaseId, priority: i32) -> Result<Case, Refusal> {
    if !(0..=URGENT).contains(&priority) {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::InvalidValue),
            "priority",
            "应为 0（普通）、1（优先）或 2（紧急）",
            "it is 0 (normal), 1 (high) or 2 (urgent)",
        ));
    }
    let (work, row) = begin(platform, actor, id, Action::DecideCase).await?;
    let mut row = row.into_active_model();
    row.priority = Set(priority);
    let row = row.update(&work.transaction).await?;
    let entry = Entry::new(actor, audit::Action::CasePrioritised).of_case(id);
    work.append(entry.with(json!({ "priority": priority }))).await?;
    let case = complete(&work.transaction, row).await?;
    work.finish().await?;
    Ok(case)
}

/// Whether a decision says what it has to.
fn checked(decision: &Decision, kind: CaseKind) -> Result<Option<String>, Refusal> {
    let message = view::statement("message", decision.message.clone())?;
    let fits = match kind {
        CaseKind::Revision => decision.kind != DecisionKind::Refused,
        CaseKind::Claim | CaseKind::Appeal => decision.kind != DecisionKind::ChangesRequested,
    };
    if !fits {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::UnknownValue),
            "decision",
            "送审的资料可批准或退回修改；认领和申诉可批准或拒绝",
            "a revision is approved or sent back for changes; a claim or an appeal is approved or refused",
        ));
    }
    if decision.kind != DecisionKind::Approved && (decision.reasons.is_empty() || message.is_none()) {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Missing),
            if decision.reasons.is_empty() { "reasons" } else { "message" },
            "未批准时须选择理由并说明如何改正",
            "say why, and what would mend it",
        ));
    }
    if decision.scores.values().any(|score| *score > 5) {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::InvalidValue),
            "scores",
            "评分为 0～5",
            "scores are from 0 to 5",
        ));
    }
    Ok(message)
}

/// Decides a case. `revision` is the newest one of the profile, as the moderator has seen it.
///
/// # Errors
/// `CONFLICT` if somebody has decided it, or there is a newer revision; what is wrong with the decision, what the actor lacks,
/// whatever the database says.
pub async fn decide(
    platform: &Platform,
    actor: &Actor,
    id: CaseId,
    revision: i32,
    decision: &Decision,
) -> Result<Case, Refusal> {
    let (case, is_news) = decide_one(platform, actor, id, revision, decision).await?;
    if is_news {
        settle(platform).await;
    }
    Ok(case)
}

/// Decides several cases alike, each in a transaction of its own; says of each what became of it.
///
/// # Errors
/// If there are too many of them.
pub async fn decide_all(
    platform: &Platform,
    actor: &Actor,
    cases: &[(CaseId, i32)],
    decision: &Decision,
) -> Result<Vec<(CaseId, Result<Case, Refusal>)>, Refusal> {
    policy::authorize(Action::ReadQueue, actor, None)?;
    if cases.len() > BULK_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Limit),
            "cases",
            format!("一次最多处理 {BULK_AT_MOST} 项"),
            format!("at most {BULK_AT_MOST} at once"),
        ));
    }
    let mut decided = Vec::with_capacity(cases.len());
    let mut news = false;
    for (id, revision) in cases {
        let result = decide_one(platform, actor, *id, *revision, decision).await;
        news |= matches!(result, Ok((_, true)));
        decided.push((*id, result.map(|(case, _)| case)));
    }
    if news {
        settle(platform).await;
    }
    Ok(decided)
}

async fn decide_one(
    platform: &Platform,
    actor: &Actor,
    id: CaseId,
    revision: i32,
    decision: &Decision,
) -> Result<(Case, bool), Refusal> {
    let (mut work, row) = begin(platform, actor, id, Action::DecideCase).await?;
    let message = checked(decision, row.kind)?;
    let opened_by = AccountId(row.opened_by);
    work.expect(revision)?;
    let details = json!({ "revision": revision, "reasons": decision.reasons, "scores": decision.scores });
    let (action, kind, mut to) = match row.kind {
        CaseKind::Revision => {
            let outcome = settle_revision(&mut work, decision.kind).await?;
            (outcome.0, outcome.1, work.others(ProfileRole::Viewer).await?)
        }
        CaseKind::Claim if decision.kind == DecisionKind::Approved => {
            claims::become_owner(&work, opened_by).await?;
            (audit::Action::ClaimGranted, notices::Kind::ClaimGranted, vec![opened_by])
        }
        CaseKind::Claim => (audit::Action::ClaimRefused, notices::Kind::ClaimRefused, vec![opened_by]),
        CaseKind::Appeal => {
            if decider_of(&work, row.appeals).await? == actor.account() {
                return Err(Refusal::invalid(
                    UserErrorCode::WrongState,
                    "case",
                    "申诉须由另一位审核员处理",
                    "an appeal is decided by another moderator than the decision it is against",
                ));
            }
            let outcome = settle_appeal(&mut work, &row, decision.kind).await?;
            (outcome.0, outcome.1, work.others(ProfileRole::Viewer).await?)
        }
    };
    if to.is_empty() {
        to.push(opened_by);
    }
    let about = if row.kind == CaseKind::Claim { Some(opened_by) } else { None };
    let mut row = row.into_active_model();
    row.state = Set(CaseState::Decided);
    row.decision = Set(Some(decision.kind));
    row.reasons = Set(serde_json::to_string(&decision.reasons).map_err(Error::Content)?);
    row.message = Set(message.clone());
    row.scores = Set(serde_json::to_string(&decision.scores).map_err(Error::Content)?);
    row.decided_by = Set(actor.account().map(|account| account.0));
    row.decided_at = Set(Some(work.now));
    let row = row.update(&work.transaction).await?;
    let mut entry = Entry::new(actor, action).of_case(id).with(details);
    entry.account = about;
    let sequence = work.append(entry).await?;
    work.tell(&to, kind, sequence, Some(id), message.as_deref()).await?;
    let case = complete(&work.transaction, row).await?;
    let (_, is_news) = work.finish_quietly().await?;
    Ok((case, is_news))
}

async fn settle_revision(
    work: &mut Work<'_>,
    decision: DecisionKind,
) -> Result<(audit::Action, notices::Kind), Refusal> {
    if decision != DecisionKind::Approved {
        work.step(Step::RequestChanges)?;
        return Ok((audit::Action::ChangesRequested, notices::Kind::ChangesRequested));
    }
    work.step(Step::Publish)?;
    let content = work.newest().await?;
    work.publish(&content).await?;
    verification::end_dropped(work).await?;
    Ok((audit::Action::ProfilePublished, notices::Kind::Published))
}

async fn settle_appeal(
    work: &mut Work<'_>,
    row: &review_case::Model,
    decision: DecisionKind,
) -> Result<(audit::Action, notices::Kind), Refusal> {
    if decision != DecisionKind::Approved {
        return Ok((audit::Action::AppealRefused, notices::Kind::AppealRefused));
    }
    if row.appeals.is_some() {
        // It goes back into the queue, to be looked at anew.
        work.step(Step::Submit)?;
        let by = Some(AccountId(row.opened_by));
        let opened = Opened { by, statement: row.statement.clone(), priority: 1, ..Opened::default() };
        let case = open(work, opened).await?;
        let entry = Entry::new(work.actor, audit::Action::ProfileSubmitted).of_case(case);
        work.append(entry.with(json!({ "revision": work.row.latest_revision }))).await?;
    } else {
        work.step(Step::Restore)?;
    }
    Ok((audit::Action::AppealGranted, notices::Kind::AppealGranted))
}

/// Who took the decision that is appealed against: that of a case, or the last suspension.
async fn decider_of(work: &Work<'_>, appeals: Option<Uuid>) -> Result<Option<AccountId>, Refusal> {
    if let Some(case) = appeals {
        let row = review_case::Entity::find_by_id(case).one(&work.transaction).await?;
        return Ok(row.and_then(|row| row.decided_by).map(AccountId));
    }
    let suspended = audit_record::Entity::find()
        .filter(audit_record::Column::ProfileId.eq(work.row.id))
        .filter(audit_record::Column::Action.eq(audit::Action::ProfileSuspended.as_str()))
        .order_by_desc(audit_record::Column::Sequence)
        .one(&work.transaction)
        .await?;
    Ok(suspended.and_then(|record| record.actor).map(AccountId))
}

/// Takes a profile off the list. What waited for a decision about its content is withdrawn.
///
/// # Errors
/// What is wrong with the input, `WRONG_STATE`, what the actor lacks, or whatever the database says.
pub async fn suspend(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    reasons: &[Reason],
    message: Option<String>,
) -> Result<profiles::Model, Refusal> {
    let message = view::statement("message", message)?;
    if reasons.is_empty() || message.is_none() {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Missing),
            if reasons.is_empty() { "reasons" } else { "message" },
            "须选择理由并向所有者说明",
            "say why, also to the owners",
        ));
    }
    let mut work = Work::begin(platform, actor, id, Action::SuspendProfile).await?;
    work.step(Step::Suspend)?;
    let mut entry = Entry::new(actor, audit::Action::ProfileSuspended).with(json!({ "reasons": reasons }));
    entry.case = edit::close_cases(&work, &[CaseKind::Revision, CaseKind::Appeal]).await?;
    let sequence = work.append(entry).await?;
    let members = work.others(ProfileRole::Viewer).await?;
    work.tell(&members, notices::Kind::Suspended, sequence, None, message.as_deref()).await?;
    work.finish().await
}

/// Lifts a suspension.
///
/// # Errors
/// `WRONG_STATE`, what the actor lacks, or whatever the database says.
pub async fn restore(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    message: Option<String>,
) -> Result<profiles::Model, Refusal> {
    let message = view::statement("message", message)?;
    let mut work = Work::begin(platform, actor, id, Action::SuspendProfile).await?;
    work.step(Step::Restore)?;
    let mut entry = Entry::new(actor, audit::Action::ProfileRestored);
    entry.case = edit::close_cases(&work, &[CaseKind::Appeal]).await?;
    let sequence = work.append(entry).await?;
    let members = work.others(ProfileRole::Viewer).await?;
    work.tell(&members, notices::Kind::Restored, sequence, None, message.as_deref()).await?;
    work.finish().await
}

/// Appeals against a suspension, or against changes that were asked for.
///
/// # Errors
/// What is wrong with the statement, `WRONG_STATE`, what the actor lacks, or whatever the database says.
pub async fn appeal(platform: &Platform, actor: &Actor, id: ProfileId, statement: &str) -> Result<Case, Refusal> {
    let statement = view::statement("statement", Some(statement.to_owned()))?.ok_or_else(|| {
        Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Missing),
            "statement",
            "请说明申诉理由",
            "say why the decision was wrong",
        )
    })?;
    let work = Work::begin(platform, actor, id, Action::Appeal).await?;
    let of_profile = review_case::Column::ProfileId.eq(id.0);
    let waiting = review_case::Entity::find()
        .filter(of_profile.clone())
        .filter(review_case::Column::Kind.eq(CaseKind::Appeal))
        .filter(review_case::Column::State.eq(CaseState::Open))
        .count(&work.transaction)
        .await?;
    if waiting > 0 {
        return Err(Refusal::invalid(
            UserErrorCode::Taken,
            "",
            "申诉正在处理中",
            "an appeal is waiting for a decision",
        ));
    }
    let appeals = match work.row.status {
        profiles::Status::Suspended => None,
        profiles::Status::ChangesRequested => {
            let last = review_case::Entity::find()
                .filter(of_profile)
                .filter(review_case::Column::Kind.eq(CaseKind::Revision))
                .filter(review_case::Column::State.eq(CaseState::Decided))
                .order_by_desc(review_case::Column::DecidedAt)
                .order_by_desc(review_case::Column::Id)
                .one(&work.transaction)
                .await?;
            last.map(|case| CaseId(case.id))
        }
        _ => {
            return Err(Refusal::wrong_state(
                "",
                "只能就暂停或退回修改提出申诉",
                "an appeal is against a suspension, or against changes that were asked for",
            ));
        }
    };
    let opened =
        Opened { kind: CaseKind::Appeal, statement: Some(statement), appeals, priority: 1, ..Opened::default() };
    let case = open(&work, opened).await?;
    work.append(Entry::new(actor, audit::Action::AppealFiled).of_case(case)).await?;
    let row = review_case::Entity::find_by_id(case.0).one(&work.transaction).await?.ok_or(Refusal::NotFound)?;
    let case = complete(&work.transaction, row).await?;
    work.finish().await?;
    Ok(case)
}
