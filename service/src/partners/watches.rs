//! Searches that people watch: whoever watches one is told once of each partner and each request that newly meets it.
//!
//! Profiles are found after the fact, by the numbers of the feed, so that an import or a crash loses nothing: every node looks at
//! the changes that a watch has not seen, and whoever moves the watch's number on first tells its owner, in one transaction.
//! Requests are few and are decided one by one; they are matched in the transaction that publishes them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use eligibility::place::{Country, Place};
use eligibility::problem::ProblemCode;
use eligibility::{DirectionId, Library, Localized, Role};
use entity::{account, notification, profile as profiles, review_case, revision, watch};
use profile::{ProfileId, RolePossibility};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use search::{Filter, Index, Lexicon, Matching, Request, RoleFilter, Snapshot};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::board::PublishedRequest;
use crate::actor::{AccountId, Actor, WatchId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::directory::Directory;
use crate::error::Error;
use crate::feed;
use crate::follow;
use crate::notices::{self, Kind, Notice, Subject};
use crate::platform::Platform;
use crate::policy::{self, Action};
use crate::refusal::{Refusal, UserErrorCode};

/// Watches that one person has at most.
const WATCHES_AT_MOST: u64 = 50;
/// Characters of a name.
const NAME_AT_MOST: usize = 100;
/// Characters of the words that are looked for.
const TEXT_AT_MOST: usize = 200;
/// Values of one list.
const VALUES_AT_MOST: usize = 100;
/// How often changes are looked for.
const EVERY: Duration = Duration::from_secs(1);
/// Watches dealt with in one look.
const WATCHES_AT_ONCE: u64 = 500;
/// Changes of the directory that a watch takes in one look.
const CHANGES_AT_ONCE: u64 = 5_000;
/// Profiles that an owner is told of in one look: whoever watches for half the world is not flooded by an import.
const TOLD_AT_ONCE: usize = 20;

/// What is looked for. What is not given does not limit it; of a list, any value is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criteria {
    /// Whether profiles are watched for.
    pub profiles: bool,
    /// Whether requests for partners are watched for.
    pub requests: bool,
    /// The call and the direction, by their keys.
    pub direction: Option<(String, String)>,
    /// The role in the direction: that a profile could take, or that a request looks for. As programs write it.
    pub role: Option<String>,
    /// Codes of countries and regions: of a profile, or that a request is open to.
    pub countries: Vec<String>,
    /// Codes of research fields of a profile.
    pub fields: Vec<String>,
    /// Words in Chinese or English.
    pub text: Option<String>,
}

impl Criteria {
    /// The direction, if its call is still loaded.
    pub fn direction(&self, library: &Library) -> Option<DirectionId> {
        let (guide, direction) = self.direction.as_ref()?;
        library.find_direction(Some(guide), direction)
    }

    /// The role.
    pub fn role(&self) -> Option<Role> {
        let role = self.role.as_deref()?;
        Role::ALL.into_iter().find(|known| known.as_str() == role)
    }

    /// Whether there is nothing left to look for because a call is no longer loaded.
    fn is_void(&self, library: &Library) -> bool {
        self.direction.is_some() && self.direction(library).is_none()
    }

    /// The question to the index.
    fn request(&self, library: &Library, ids: Vec<ProfileId>) -> Request {
        let mut filter = Filter { ids: Some(ids.clone()), ..Filter::default() };
        if !self.countries.is_empty() {
            filter.places.push(self.countries.iter().filter_map(|code| Country::parse(code)).map(Place::Country).collect());
        }
        if !self.fields.is_empty() {
            filter.fields = Some(self.fields.clone());
        }
        if let Some(direction) = self.direction(library) {
            // A direction without a role: any role in it.
            let role = self.role().unwrap_or(Role::Partner);
            filter.roles.push(RoleFilter { direction, role, at_least: RolePossibility::Possible });
        }
        Request { text: self.text.clone(), filter, first: ids.len(), ..Request::default() }
    }

    /// Those of some profiles that meet it, as an index has them.
    fn met_in(&self, library: &Library, snapshot: &Snapshot, ids: Vec<ProfileId>) -> Result<Vec<ProfileId>, Error> {
        if ids.is_empty() || !self.profiles || self.is_void(library) {
            return Ok(Vec::new());
        }
        let page = snapshot.search(&self.request(library, ids)).map_err(Error::Query)?;
        // Words that had to be guessed are no reason to disturb somebody.
        let hits = if page.matching == Matching::Exact { page.hits } else { Vec::new() };
        Ok(hits.into_iter().map(|hit| hit.id).collect())
    }

    /// Whether a request meets it.
    fn is_met_by(&self, directory: &Directory, request: &PublishedRequest) -> bool {
        let library = directory.library();
        if !self.requests || self.is_void(library) {
            return false;
        }
        let direction = self.direction(library);
        let fits_direction = direction.is_none() || direction == request.direction;
        let role = self.role();
        let fits_role = role.is_none() || request.role.is_none() || role == request.role;
        let is_open_to = |code: &String| request.countries.iter().any(|country| country.as_str() == code);
        let fits_place =
            self.countries.is_empty() || request.countries.is_empty() || self.countries.iter().any(is_open_to);
        let said = [Some(&request.title), Some(&request.offers), Some(&request.seeks), request.topic.as_ref()];
        let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
        let said = said.join("\n");
        let lexicon = directory.lexicon();
        let known = lexicon.fields_in(&said);
        let fits_field = self.fields.is_empty() || self.fields.iter().any(|field| known.contains(&field.as_str()));
        fits_direction && fits_role && fits_place && fits_field && self.text.as_deref().is_none_or(|text| says(lexicon, text, &said))
    }
}

/// Whether a text speaks of what words mean, in either language; of words that mean nothing here, whether it has them.
fn says(lexicon: &Lexicon, words: &str, text: &str) -> bool {
    let wanted = lexicon.concepts_in(words);
    if wanted.is_empty() {
        return text.to_lowercase().contains(&words.to_lowercase());
    }
    let known = lexicon.concepts_in(text);
    wanted.iter().all(|concept| known.contains(concept))
}

/// A search that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Names it.
    pub id: WatchId,
    /// What its owner calls it.
    pub name: String,
    /// What is looked for.
    pub criteria: Criteria,
    /// Whether its owner is told.
    pub is_active: bool,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When its owner was told last, milliseconds since 1970 (UTC).
    pub told_at: Option<i64>,
}

impl TryFrom<watch::Model> for Watch {
    type Error = Error;

    fn try_from(row: watch::Model) -> Result<Self, Error> {
        Ok(Self {
            id: WatchId(row.id),
            criteria: serde_json::from_str(&row.criteria).map_err(Error::Content)?,
            name: row.name,
            is_active: row.is_active,
            created_at: row.created_at,
            told_at: row.told_at,
        })
    }
}

fn wrong(code: ProblemCode, field: &str, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::invalid(UserErrorCode::Problem(code), field, zh, en)
}

/// The name of a watch, without space around it.
fn named(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.contains('\0') {
        return Err(wrong(ProblemCode::Missing, "name", "请填写名称", "give it a name"));
    }
    if name.chars().count() > NAME_AT_MOST {
        let (zh, en) = (format!("最多 {NAME_AT_MOST} 个字符"), format!("at most {NAME_AT_MOST} characters"));
        return Err(wrong(ProblemCode::Limit, "name", zh, en));
    }
    Ok(name.to_owned())
}

/// Criteria that make sense, written in their normal form.
fn checked(directory: &Directory, criteria: &Criteria) -> Result<Criteria, Refusal> {
    let mut criteria = criteria.clone();
    criteria.text = criteria.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let library = directory.library();
    if !criteria.profiles && !criteria.requests {
        return Err(wrong(
            ProblemCode::Missing,
            "criteria",
            "请选择关注单位资料、合作需求，或两者",
            "watch for profiles, for requests, or for both",
        ));
    }
    let limits_nothing = criteria.direction.is_none()
        && criteria.role.is_none()
        && criteria.countries.is_empty()
        && criteria.fields.is_empty()
        && criteria.text.is_none();
    if limits_nothing {
        return Err(wrong(
            ProblemCode::Missing,
            "criteria",
            "请至少填写一项条件",
            "give at least one thing to look for",
        ));
    }
    if criteria.role.is_some() != criteria.direction.is_some() {
        let field = if criteria.role.is_some() { "criteria.direction" } else { "criteria.role" };
        return Err(wrong(
            ProblemCode::Missing,
            field,
            "方向和角色须一并填写",
            "a direction and a role are given together",
        ));
    }
    if criteria.is_void(library) {
        return Err(wrong(ProblemCode::UnknownValue, "criteria.direction", "没有这个方向", "there is no such direction"));
    }
    if criteria.countries.len() > VALUES_AT_MOST || criteria.fields.len() > VALUES_AT_MOST {
        let (zh, en) = (format!("每个列表最多 {VALUES_AT_MOST} 项"), format!("at most {VALUES_AT_MOST} values of a list"));
        return Err(wrong(ProblemCode::Limit, "criteria", zh, en));
    }
    let is_country = |code: &&String| Country::parse(code).is_none_or(|country| library.places.country(country).is_none());
    if let Some(code) = criteria.countries.iter().find(is_country) {
        let shown: String = code.chars().take(10).collect();
        return Err(wrong(
            ProblemCode::UnknownValue,
            "criteria.countries",
            format!("`{shown}` 不是国家/地区代码（如 VN）"),
            format!("`{shown}` is not the code of a country or region such as VN"),
        ));
    }
    if let Some(code) = criteria.fields.iter().find(|code| directory.taxonomy().field(code).is_none()) {
        let shown: String = code.chars().take(10).collect();
        return Err(wrong(
            ProblemCode::UnknownValue,
            "criteria.fields",
            format!("`{shown}` 不是研究领域代码（如 2.7）"),
            format!("`{shown}` is not the code of a research field such as 2.7"),
        ));
    }
    if criteria.text.as_ref().is_some_and(|text| text.chars().count() > TEXT_AT_MOST || text.contains('\0')) {
        let (zh, en) = (format!("最多 {TEXT_AT_MOST} 个字符"), format!("at most {TEXT_AT_MOST} characters"));
        return Err(wrong(ProblemCode::Limit, "criteria.text", zh, en));
    }
    Ok(criteria)
}

/// Whose watches an actor sees: their own.
fn owner(actor: &Actor) -> Result<AccountId, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    actor.account().ok_or(Refusal::Unauthenticated)
}

async fn own(connection: &impl ConnectionTrait, actor: &Actor, id: WatchId) -> Result<watch::Model, Refusal> {
    let owner = owner(actor)?;
    let row = watch::Entity::find_by_id(id.0).one(connection).await?;
    row.filter(|row| row.account_id == owner.0).ok_or(Refusal::NotFound)
}

/// The watches of the actor, the newest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn watches(platform: &Platform, actor: &Actor) -> Result<Vec<Watch>, Refusal> {
    let owner = owner(actor)?;
    let rows = watch::Entity::find()
        .filter(watch::Column::AccountId.eq(owner.0))
        .order_by_desc(watch::Column::Id)
        .all(platform.database().connection())
        .await?;
    rows.into_iter().map(|row| Watch::try_from(row).map_err(Refusal::from)).collect()
}

/// One watch of the actor.
///
/// # Errors
/// `NotFound`, what the actor lacks, or whatever the database says.
pub async fn watch(platform: &Platform, actor: &Actor, id: WatchId) -> Result<Watch, Refusal> {
    Ok(own(platform.database().connection(), actor, id).await?.try_into()?)
}

/// Watches for what is new from now on.
///
/// # Errors
/// What is wrong with name or criteria, too many watches, what the actor lacks, or whatever the database says.
pub async fn create_watch(
    platform: &Platform,
    actor: &Actor,
    name: &str,
    criteria: &Criteria,
) -> Result<Watch, Refusal> {
    let owner = owner(actor)?;
    let name = named(name)?;
    let criteria = checked(platform.directory(), criteria)?;
    let transaction = platform.write().await?;
    // The account's row makes one wait for the other, so that nobody has more by being quick.
    let same = Expr::col(account::Column::Name);
    account::Entity::update_many()
        .col_expr(account::Column::Name, same)
        .filter(account::Column::Id.eq(owner.0))
        .exec(&transaction)
        .await?;
    let count = watch::Entity::find().filter(watch::Column::AccountId.eq(owner.0)).count(&transaction).await?;
    if count >= WATCHES_AT_MOST {
        return Err(wrong(
            ProblemCode::Limit,
            "",
            format!("最多设置 {WATCHES_AT_MOST} 项关注；可先删除一些"),
            format!("at most {WATCHES_AT_MOST} watches; delete some first"),
        ));
    }
    let row = watch::Model {
        id: clock::new_id(),
        account_id: owner.0,
        name,
        criteria: serde_json::to_string(&criteria).map_err(Error::Content)?,
        is_active: true,
        after_change: feed::at(&transaction).await?.change,
        created_at: clock::now(),
        told_at: None,
    };
    watch::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(row.try_into()?)
}

/// Calls a watch something else, has it rest, or takes it up again: what came while it rested is not told.
///
/// # Errors
/// `NotFound`, what is wrong with the name, what the actor lacks, or whatever the database says.
pub async fn update_watch(
    platform: &Platform,
    actor: &Actor,
    id: WatchId,
    name: Option<&str>,
    is_active: Option<bool>,
) -> Result<Watch, Refusal> {
    let name = name.map(named).transpose()?;
    let transaction = platform.write().await?;
    let row = own(&transaction, actor, id).await?;
    let mut changed = row.clone().into_active_model();
    if let Some(name) = name {
        changed.name = Set(name);
    }
    if let Some(is_active) = is_active.filter(|is_active| *is_active != row.is_active) {
        changed.is_active = Set(is_active);
        changed.after_change = Set(feed::at(&transaction).await?.change);
    }
    let row = if changed.is_changed() { changed.update(&transaction).await? } else { row };
    transaction.commit().await?;
    Ok(row.try_into()?)
}

/// Watches no longer.
///
/// # Errors
/// `NotFound`, what the actor lacks, or whatever the database says.
pub async fn delete_watch(platform: &Platform, actor: &Actor, id: WatchId) -> Result<(), Refusal> {
    let transaction = platform.write().await?;
    let row = own(&transaction, actor, id).await?;
    watch::Entity::delete_by_id(row.id).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Looks for what is new, for ever.
pub(crate) async fn follow_changes(platform: Arc<Platform>) {
    loop {
        if let Err(error) = look(&platform).await {
            tracing::error!(error = %error, "what is watched for cannot be looked for");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Looks for what is new to each watch, as far as the index of this node has come.
pub(crate) async fn look(platform: &Platform) -> Result<(), Refusal> {
    let snapshot = platform.directory().snapshot();
    let head = i64::try_from(snapshot.change()).unwrap_or(i64::MAX);
    let connection = platform.database().connection();
    let due = watch::Entity::find()
        .filter(watch::Column::IsActive.eq(true))
        .filter(watch::Column::AfterChange.lt(head))
        .order_by_asc(watch::Column::AfterChange)
        .limit(WATCHES_AT_ONCE)
        .all(connection)
        .await?;
    let mut changes: BTreeMap<i64, (Vec<ProfileId>, i64)> = BTreeMap::new();
    for row in due {
        if !changes.contains_key(&row.after_change) {
            changes.insert(row.after_change, changed(connection, row.after_change, head).await?);
        }
        let Some((ids, until)) = changes.get(&row.after_change) else { continue };
        let news = news(platform, &snapshot, &row, ids).await?;
        tell(platform, row, *until, news).await?;
    }
    Ok(())
}

/// The profiles that changed after a number, and the number up to which those are all.
async fn changed(connection: &impl ConnectionTrait, after: i64, head: i64) -> Result<(Vec<ProfileId>, i64), Error> {
    let rows: Vec<(Uuid, i64)> = profiles::Entity::find()
        .filter(profiles::Column::Change.gt(after))
        .filter(profiles::Column::Change.lte(head))
        .filter(profiles::Column::PublishedRevision.is_not_null())
        .order_by_asc(profiles::Column::Change)
        .limit(CHANGES_AT_ONCE)
        .select_only()
        .columns([profiles::Column::Id, profiles::Column::Change])
        .into_tuple()
        .all(connection)
        .await?;
    let is_all = u64::try_from(rows.len()).unwrap_or(u64::MAX) < CHANGES_AT_ONCE;
    let until = if is_all { head } else { rows.last().map_or(head, |(_, change)| *change) };
    Ok((rows.into_iter().map(|(id, _)| ProfileId(id)).collect(), until))
}

/// The profiles among some that newly meet a watch, with their names.
async fn news(
    platform: &Platform,
    snapshot: &Snapshot,
    row: &watch::Model,
    ids: &[ProfileId],
) -> Result<Vec<(ProfileId, Localized)>, Error> {
    let criteria: Criteria = serde_json::from_str(&row.criteria).map_err(Error::Content)?;
    let directory = platform.directory();
    let library = directory.library();
    let connection = platform.database().connection();
    let met = criteria.met_in(library, snapshot, ids.to_vec())?;
    if met.is_empty() {
        return Ok(Vec::new());
    }
    let told = told_of(connection, row, &met).await?;
    let met: Vec<ProfileId> = met.into_iter().filter(|id| !told.contains(id)).collect();
    let before = before(directory, &published_before(connection, &met, row.created_at).await?)?;
    let known: HashSet<ProfileId> = match before {
        Some(index) => criteria.met_in(library, &index.snapshot(), met.clone())?.into_iter().collect(),
        None => HashSet::new(),
    };
    let mut news = Vec::new();
    for id in met.into_iter().filter(|id| !known.contains(id)).take(TOLD_AT_ONCE) {
        if let Some(listing) = directory.listing(id).map_err(Error::Query)? {
            news.push((id, listing.profile.display_names()));
        }
    }
    Ok(news)
}

/// Those of some profiles that the owner of a watch was told of before.
async fn told_of(
    connection: &impl ConnectionTrait,
    row: &watch::Model,
    ids: &[ProfileId],
) -> Result<HashSet<ProfileId>, Error> {
    let entries = notification::Entity::find()
        .filter(notification::Column::AccountId.eq(row.account_id))
        .filter(notification::Column::Kind.eq(Kind::WatchMet.as_str()))
        .filter(notification::Column::ProfileId.is_in(ids.iter().map(|id| id.0)))
        .all(connection)
        .await?;
    let of_watch = entries.into_iter().filter(|entry| {
        let payload: serde_json::Value = serde_json::from_str(&entry.payload).unwrap_or_default();
        let of = payload.pointer("/subject/watch").and_then(serde_json::Value::as_str).and_then(|id| id.parse().ok());
        of == Some(WatchId(row.id))
    });
    Ok(of_watch.filter_map(|entry| entry.profile_id).map(ProfileId).collect())
}

/// What was last published of profiles before what is published now, or at the latest when a watch was made; nothing of those
/// of which that is the first.
async fn published_before(
    connection: &impl ConnectionTrait,
    ids: &[ProfileId],
    since: i64,
) -> Result<Vec<follow::Row>, Error> {
    let rows = profiles::Entity::find().filter(profiles::Column::Id.is_in(ids.iter().map(|id| id.0))).all(connection);
    let rows = rows.await?;
    // What a moderator approved, and what a registry brought.
    let approved: Vec<(Uuid, Option<i32>, Option<i64>)> = review_case::Entity::find()
        .filter(review_case::Column::ProfileId.is_in(ids.iter().map(|id| id.0)))
        .filter(review_case::Column::Kind.eq(review_case::Kind::Revision))
        .filter(review_case::Column::Decision.eq(review_case::Decision::Approved))
        .select_only()
        .columns([review_case::Column::ProfileId, review_case::Column::Revision, review_case::Column::DecidedAt])
        .into_tuple()
        .all(connection)
        .await?;
    let brought: Vec<(Uuid, i32, i64)> = revision::Entity::find()
        .filter(revision::Column::ProfileId.is_in(ids.iter().map(|id| id.0)))
        .filter(revision::Column::Author.is_null())
        .select_only()
        .columns([revision::Column::ProfileId, revision::Column::Number, revision::Column::CreatedAt])
        .into_tuple()
        .all(connection)
        .await?;
    let approved = approved.into_iter().filter_map(|(id, number, at)| Some((id, number?, at?)));
    let mut published: HashMap<Uuid, Vec<(i32, i64)>> = HashMap::new();
    for (id, number, at) in approved.chain(brought) {
        published.entry(id).or_default().push((number, at));
    }
    let mut before = Vec::new();
    for row in rows {
        let Some(now) = row.published_revision else { continue };
        let earlier = published.get(&row.id).into_iter().flatten();
        let earlier = earlier.filter(|(number, at)| *number < now || (*number == now && *at < since));
        let Some(number) = earlier.map(|(number, _)| *number).max() else { continue };
        let content = revision::Entity::find_by_id((row.id, number)).one(connection).await?;
        before.push((row, content));
    }
    Ok(before)
}

/// An index of what profiles said before; nothing where none said anything.
fn before(directory: &Directory, rows: &[follow::Row]) -> Result<Option<Index>, Error> {
    if rows.is_empty() {
        return Ok(None);
    }
    let index = Index::in_memory(Arc::clone(directory.lexicon()), "before")?;
    let mut writer = index.writer()?;
    for (row, revision) in rows {
        if let Some((listing, profile)) = follow::listing(row, revision.clone())? {
            follow::put(&mut writer, directory.library(), &listing, row.created_at, &profile)?;
        }
    }
    writer.commit(1)?;
    writer.close()?;
    Ok(Some(index))
}

/// Moves a watch on, and tells its owner what is new. Of several nodes, one does.
async fn tell(
    platform: &Platform,
    row: watch::Model,
    until: i64,
    news: Vec<(ProfileId, Localized)>,
) -> Result<(), Refusal> {
    let transaction = platform.write().await?;
    let mut claim = watch::Entity::update_many()
        .col_expr(watch::Column::AfterChange, Expr::value(until))
        .filter(watch::Column::Id.eq(row.id))
        .filter(watch::Column::IsActive.eq(true))
        .filter(watch::Column::AfterChange.eq(row.after_change));
    if !news.is_empty() {
        claim = claim.col_expr(watch::Column::ToldAt, Expr::value(clock::now()));
    }
    if claim.exec(&transaction).await?.rows_affected == 0 {
        return Ok(());
    }
    let has_news = !news.is_empty();
    for (profile, name) in news {
        notify(platform, &transaction, &row, profile, name).await?;
    }
    transaction.commit().await?;
    if has_news {
        platform.recorded().notify_one();
    }
    Ok(())
}

async fn notify(
    platform: &Platform,
    transaction: &DatabaseTransaction,
    row: &watch::Model,
    profile: ProfileId,
    name: Localized,
) -> Result<(), Error> {
    let owner = AccountId(row.account_id);
    let entry = Entry::new(&Actor::System, audit::Action::WatchMet).of_profile(profile).of_account(owner);
    let sequence = audit::append(transaction, entry).await?;
    let notice = Notice {
        kind: Kind::WatchMet,
        profile: Some((profile, name)),
        fact: None,
        case: None,
        message: Some(row.name.clone()),
        subject: Some(Subject::Watch(WatchId(row.id))),
    };
    notices::tell(platform, transaction, &[owner], &notice, sequence).await
}

/// Tells those who watch for requests of one that is being published, in that transaction. `before` is what everybody saw of it
/// until now: whoever it met then knows of it.
pub(crate) async fn tell_of_request(
    platform: &Platform,
    transaction: &DatabaseTransaction,
    before: Option<&PublishedRequest>,
    request: &PublishedRequest,
    name: &Localized,
) -> Result<(), Error> {
    let directory = platform.directory();
    let rows = watch::Entity::find()
        .filter(watch::Column::IsActive.eq(true))
        .order_by_asc(watch::Column::Id)
        .all(transaction)
        .await?;
    for row in rows {
        let criteria: Criteria = serde_json::from_str(&row.criteria).map_err(Error::Content)?;
        let was_met = before.is_some_and(|before| criteria.is_met_by(directory, before));
        if was_met || !criteria.is_met_by(directory, request) {
            continue;
        }
        let mut told = row.clone().into_active_model();
        told.told_at = Set(Some(clock::now()));
        told.update(transaction).await?;
        notify(platform, transaction, &row, request.profile, name.clone()).await?;
    }
    Ok(())
}
