//! Searches that people watch: who has one is told once of each institution, and of each request, that newly meets it.
//!
//! A watch keeps what has met it, so that an edit of what met it before is no news, on whichever node it is looked at. That is why
//! a watch which too many meet already is refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use eligibility::place::{Country, Place};
use eligibility::problem::ProblemCode;
use eligibility::{DirectionId, Localized, Role};
use entity::{account, profile as profiles, watch};
use profile::{ProfileId, RolePossibility};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use search::{Filter, Matching, QueryError, Request, RoleFilter, Snapshot};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Board, PublishedRequest, RequestFilter, board};
use crate::actor::{AccountId, Actor, RequestId, WatchId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::consortia;
use crate::directory::Directory;
use crate::error::Error;
use crate::listing::Listing;
use crate::notices::{self, Notice, Subject};
use crate::platform::Platform;
use crate::policy::{self, Action};
use crate::refusal::{Refusal, UserErrorCode};

/// Watches of one account.
const WATCHES_AT_MOST: u64 = 50;
/// Institutions that may meet a watch when it is made.
const MET_AT_MOST: usize = 2_000;
/// Institutions that meet a watch and are looked at, at most.
const NEWS_AT_MOST: usize = 20_000;
/// News told one by one; of more, the first is named with the number of the others.
const TOLD_APART: usize = 10;
/// Changes up to which those that changed are looked at; after more, everybody is.
const CHANGED_AT_MOST: u64 = 2_000;
/// Watches looked at together.
const BATCH: u64 = 200;
/// Characters of a name.
const NAME_AT_MOST: usize = 100;
/// Values of a list.
const VALUES_AT_MOST: usize = 300;

/// What is watched for. What is not given does not limit it; of a list, any value is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Whether institutions are watched for.
    pub profiles: bool,
    /// Whether requests for partners are.
    pub requests: bool,
    /// An institution that could take a role in it, also where that depends on missing facts; a request for it or for none in
    /// particular.
    pub direction: Option<DirectionId>,
    /// The role that an institution could take, also where that depends on missing facts; of a request, who posted it.
    pub role: Option<Role>,
    /// Registered in one of these countries or regions; of a request, who posted it.
    pub countries: Vec<Country>,
    /// Active in one of these fields, by their codes; of a request, who posted it.
    pub fields: Vec<String>,
    /// Words that are all met, in either language.
    pub text: Option<String>,
}

/// A search that somebody watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Names it.
    pub id: WatchId,
    /// What its owner calls it.
    pub name: String,
    /// What is watched for.
    pub criteria: Criteria,
    /// Whether its owner is told.
    pub is_active: bool,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When its owner was told last, milliseconds since 1970 (UTC).
    pub told_at: Option<i64>,
}

/// A watch as its row holds it, without numbers that mean something only while a program runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    profiles: bool,
    requests: bool,
    #[serde(default)]
    direction: Option<(String, String)>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    countries: Vec<String>,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    text: Option<String>,
    /// The institutions that have met it.
    #[serde(default)]
    met: BTreeSet<ProfileId>,
    /// The requests that have.
    #[serde(default)]
    met_requests: BTreeSet<RequestId>,
}

impl Kept {
    fn of(directory: &Directory, criteria: &Criteria) -> Self {
        let direction = criteria.direction.and_then(|id| {
            let (_, guide, direction) = directory.library().directions().find(|(known, ..)| *known == id)?;
            Some((guide.id.clone(), direction.id.clone()))
        });
        Self {
            profiles: criteria.profiles,
            requests: criteria.requests,
            direction,
            role: criteria.role.map(|role| role.as_str().to_owned()),
            countries: criteria.countries.iter().map(ToString::to_string).collect(),
            fields: criteria.fields.clone(),
            text: criteria.text.clone(),
            met: BTreeSet::new(),
            met_requests: BTreeSet::new(),
        }
    }

    /// What is watched for, and whether all of it still means something: the call of its direction may no longer be loaded.
    fn criteria(&self, directory: &Directory) -> (Criteria, bool) {
        let named = self.direction.as_ref();
        let direction = named.and_then(|(guide, key)| directory.library().find_direction(Some(guide), key));
        let criteria = Criteria {
            profiles: self.profiles,
            requests: self.requests,
            direction,
            role: self.role.as_deref().and_then(|role| Role::ALL.into_iter().find(|known| known.as_str() == role)),
            countries: self.countries.iter().filter_map(|code| Country::parse(code)).collect(),
            fields: self.fields.clone(),
            text: self.text.clone(),
        };
        let is_whole = criteria.direction.is_some() == self.direction.is_some();
        (criteria, is_whole)
    }

    fn read(row: &watch::Model) -> Result<Self, Error> {
        serde_json::from_str(&row.criteria).map_err(Error::Content)
    }

    fn written(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(Error::Content)
    }
}

/// What a node saw when it looked last.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    change: i64,
    board: Arc<Board>,
}

/// What a look finds, at one moment.
struct Look<'a> {
    directory: &'a Directory,
    snapshot: Arc<Snapshot>,
    board: Arc<Board>,
}

/// What newly meets a watch.
#[derive(Debug, Default)]
struct News {
    profiles: Vec<Listing>,
    requests: Vec<Arc<PublishedRequest>>,
}

impl News {
    fn is_empty(&self) -> bool {
        self.profiles.is_empty() && self.requests.is_empty()
    }

    fn count(&self) -> usize {
        self.profiles.len() + self.requests.len()
    }
}

impl<'a> Look<'a> {
    async fn now(platform: &'a Platform) -> Result<Self, Error> {
        let board = board(platform).await?;
        let directory = platform.directory();
        Ok(Self { directory, snapshot: directory.snapshot(), board })
    }

    fn change(&self) -> i64 {
        i64::try_from(self.snapshot.change()).unwrap_or(i64::MAX)
    }

    /// The institutions that meet criteria, of some or of all.
    fn profiles(
        &self,
        criteria: &Criteria,
        of: Option<&[ProfileId]>,
        first: usize,
    ) -> Result<(Vec<Listing>, usize), QueryError> {
        // An institution that could take any role in the direction counts, where none is named.
        let roles: Vec<Option<RoleFilter>> = match (criteria.direction, criteria.role) {
            (None, _) => vec![None],
            (Some(direction), role) => {
                let roles = Role::ALL.into_iter().filter(|known| role.is_none_or(|role| role == *known));
                roles.map(|role| Some(RoleFilter { direction, role, at_least: RolePossibility::Possible })).collect()
            }
        };
        let mut found: Vec<Listing> = Vec::new();
        let mut total = 0;
        for role in roles {
            let mut filter = self.filter(criteria);
            filter.ids = of.map(<[ProfileId]>::to_vec);
            filter.roles.extend(role);
            let page =
                self.snapshot.search(&Request { text: criteria.text.clone(), filter, first, ..Request::default() })?;
            // Words that nobody has are not taken for others here.
            if page.matching != Matching::Exact {
                continue;
            }
            total = total.max(page.total);
            for listing in page.hits.iter().filter_map(|hit| Listing::of_card(&hit.card)) {
                if found.iter().all(|known| known.id != listing.id) {
                    found.push(listing);
                }
            }
        }
        Ok((found, total))
    }

    /// What an institution has to be by itself.
    fn filter(&self, criteria: &Criteria) -> Filter {
        let mut filter = Filter::default();
        if !criteria.countries.is_empty() {
            filter.places.push(criteria.countries.iter().copied().map(Place::Country).collect());
        }
        if !criteria.fields.is_empty() {
            filter.fields = Some(criteria.fields.clone());
        }
        filter
    }

    /// The requests that meet criteria.
    fn requests(&self, criteria: &Criteria) -> Result<Vec<Arc<PublishedRequest>>, QueryError> {
        let wanted = RequestFilter { text: criteria.text.clone(), ..RequestFilter::default() };
        let is_for = |request: &PublishedRequest| {
            criteria.direction.is_none_or(|wanted| request.direction.is_none_or(|direction| direction == wanted))
        };
        let mut found = self.board.find(self.directory.lexicon(), &wanted);
        found.retain(|request| is_for(request));
        let role = criteria.direction.zip(criteria.role);
        if criteria.countries.is_empty() && criteria.fields.is_empty() && role.is_none() {
            return Ok(found);
        }
        let mut filter = self.filter(criteria);
        filter.roles.extend(role.map(|(direction, role)| RoleFilter {
            direction,
            role,
            at_least: RolePossibility::Possible,
        }));
        filter.ids = Some(found.iter().map(|request| request.profile).collect());
        let page = self.snapshot.search(&Request { filter, first: found.len(), ..Request::default() })?;
        found.retain(|request| page.hits.iter().any(|hit| hit.id == request.profile));
        Ok(found)
    }

    /// What meets a watch and has not before; of institutions, only of those that changed, if they are named.
    fn news(&self, kept: &Kept, changed: Option<&[ProfileId]>) -> Result<News, QueryError> {
        let (criteria, is_whole) = kept.criteria(self.directory);
        let mut news = News::default();
        if !is_whole {
            return Ok(news);
        }
        if criteria.profiles && changed.is_none_or(|changed| !changed.is_empty()) {
            let (found, _) = self.profiles(&criteria, changed, NEWS_AT_MOST)?;
            news.profiles = found.into_iter().filter(|listing| !kept.met.contains(&listing.id)).collect();
        }
        if criteria.requests {
            news.requests = self.requests(&criteria)?;
            news.requests.retain(|request| !kept.met_requests.contains(&request.id));
        }
        Ok(news)
    }

    /// Takes note of all that meets a watch now: that is no news.
    ///
    /// # Errors
    /// `LIMIT` where that is too much; what is wrong with the words.
    fn settle(&self, kept: &mut Kept) -> Result<(), Refusal> {
        let (criteria, _) = kept.criteria(self.directory);
        if criteria.profiles {
            let (found, total) = self.profiles(&criteria, None, MET_AT_MOST).map_err(told)?;
            if total > MET_AT_MOST {
                return Err(Refusal::invalid(
                    UserErrorCode::Problem(ProblemCode::Limit),
                    "criteria",
                    format!("条件过宽：已有 {total} 家单位符合，最多 {MET_AT_MOST} 家；请缩小范围"),
                    format!("too wide: {total} institutions meet it already, at most {MET_AT_MOST} may; narrow it"),
                ));
            }
            kept.met.extend(found.into_iter().map(|listing| listing.id));
        }
        if criteria.requests {
            kept.met_requests.extend(self.requests(&criteria).map_err(told)?.iter().map(|request| request.id));
        }
        Ok(())
    }
}

fn told(error: QueryError) -> Refusal {
    match error {
        QueryError::TooLong => {
            let Localized { zh, en } = error.message();
            Refusal::invalid(UserErrorCode::Problem(ProblemCode::Limit), "criteria.text", zh, en)
        }
        error => Error::Query(error).into(),
    }
}

/// What is wrong with criteria.
fn checked(mut criteria: Criteria) -> Result<Criteria, Refusal> {
    criteria.text = criteria.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if !criteria.profiles && !criteria.requests {
        let (zh, en) = ("须关注单位或合作需求，至少一项", "watch for institutions, for requests, or for both");
        return Err(Refusal::invalid(UserErrorCode::Problem(ProblemCode::Missing), "criteria", zh, en));
    }
    if criteria.role.is_some() && criteria.direction.is_none() {
        let (zh, en) = ("角色须与方向一并给出", "a role needs the direction it is a role in");
        return Err(Refusal::invalid(UserErrorCode::Problem(ProblemCode::Missing), "criteria.direction", zh, en));
    }
    let is_any = criteria.direction.is_none()
        && criteria.countries.is_empty()
        && criteria.fields.is_empty()
        && criteria.text.is_none();
    if criteria.profiles && is_any {
        let (zh, en) = (
            "关注单位时，请至少填写方向、国家/地区、领域或词语之一",
            "to watch for institutions, give a direction, a country, a field or words",
        );
        return Err(Refusal::invalid(UserErrorCode::Problem(ProblemCode::Missing), "criteria", zh, en));
    }
    for (field, count) in [("criteria.countries", criteria.countries.len()), ("criteria.fields", criteria.fields.len())]
    {
        if count > VALUES_AT_MOST {
            return Err(Refusal::invalid(
                UserErrorCode::Problem(ProblemCode::Limit),
                field,
                format!("最多 {VALUES_AT_MOST} 个值"),
                format!("at most {VALUES_AT_MOST} values"),
            ));
        }
    }
    Ok(criteria)
}

fn named(name: &str) -> Result<String, Refusal> {
    consortia::words("name", name, NAME_AT_MOST, true).map_err(|error| Refusal::Invalid(vec![error]))
}

fn account_of(actor: &Actor) -> Result<AccountId, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    actor.account().ok_or(Refusal::Unauthenticated)
}

fn shown(directory: &Directory, row: &watch::Model) -> Result<Watch, Error> {
    Ok(Watch {
        id: WatchId(row.id),
        name: row.name.clone(),
        criteria: Kept::read(row)?.criteria(directory).0,
        is_active: row.is_active,
        created_at: row.created_at,
        told_at: row.told_at,
    })
}

/// Begins to watch for what meets criteria from now on.
///
/// # Errors
/// What is wrong with the name or the criteria; `LIMIT` where too many meet them already, or an account has 50; what the actor
/// lacks, or whatever the database says.
pub async fn watch(platform: &Platform, actor: &Actor, name: &str, criteria: Criteria) -> Result<Watch, Refusal> {
    let owner = account_of(actor)?;
    let name = named(name)?;
    let criteria = checked(criteria)?;
    let look = Look::now(platform).await?;
    let mut kept = Kept::of(platform.directory(), &criteria);
    look.settle(&mut kept)?;
    let transaction = platform.write().await?;
    // Whoever makes several at once makes them one after the other.
    account::Entity::update_many()
        .col_expr(account::Column::Lang, Expr::col(account::Column::Lang))
        .filter(account::Column::Id.eq(owner.0))
        .exec(&transaction)
        .await?;
    let count = watch::Entity::find().filter(watch::Column::AccountId.eq(owner.0)).count(&transaction).await?;
    if count >= WATCHES_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Limit),
            "",
            format!("最多 {WATCHES_AT_MOST} 项关注；请先删除一些"),
            format!("at most {WATCHES_AT_MOST} are watched; delete some first"),
        ));
    }
    let row = watch::Model {
        id: clock::new_id(),
        account_id: owner.0,
        name,
        criteria: kept.written()?,
        is_active: true,
        after_change: look.change(),
        created_at: clock::now(),
        told_at: None,
    };
    watch::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(shown(platform.directory(), &row)?)
}

/// What the actor watches, the oldest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn watches(platform: &Platform, actor: &Actor) -> Result<Vec<Watch>, Refusal> {
    let owner = account_of(actor)?;
    let query = watch::Entity::find().filter(watch::Column::AccountId.eq(owner.0)).order_by_asc(watch::Column::Id);
    let rows = query.all(platform.database().connection()).await?;
    Ok(rows.iter().map(|row| shown(platform.directory(), row)).collect::<Result<_, _>>()?)
}

/// One of the actor's own watches.
///
/// # Errors
/// `NotFound`, or whatever the database says.
pub async fn find_watch(platform: &Platform, actor: &Actor, id: WatchId) -> Result<Watch, Refusal> {
    let row = own(platform.database().connection(), actor, id).await?;
    Ok(shown(platform.directory(), &row)?)
}

async fn own(connection: &impl ConnectionTrait, actor: &Actor, id: WatchId) -> Result<watch::Model, Refusal> {
    let owner = account_of(actor)?;
    let row = watch::Entity::find_by_id(id.0).filter(watch::Column::AccountId.eq(owner.0)).one(connection).await?;
    row.ok_or(Refusal::NotFound)
}

/// Locks a watch, whoever else looks at it.
async fn lock(transaction: &DatabaseTransaction, id: Uuid) -> Result<(), Error> {
    watch::Entity::update_many()
        .col_expr(watch::Column::IsActive, Expr::col(watch::Column::IsActive))
        .filter(watch::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Calls a watch otherwise, has its owner no longer told, or told again: then of what meets it from now on.
///
/// # Errors
/// `NOT_FOUND` for one that is not the actor's own; what is wrong with the name; `LIMIT` where too many meet it by now; what the
/// actor lacks, or whatever the database says.
pub async fn update_watch(
    platform: &Platform,
    actor: &Actor,
    id: WatchId,
    name: Option<&str>,
    is_active: Option<bool>,
) -> Result<Watch, Refusal> {
    account_of(actor)?;
    let name = name.map(named).transpose()?;
    let look = Look::now(platform).await?;
    let transaction = platform.write().await?;
    lock(&transaction, id.0).await?;
    let row = own(&transaction, actor, id).await?;
    let begins_again = !row.is_active && is_active == Some(true);
    let mut kept = Kept::read(&row)?;
    let mut changed = row.into_active_model();
    if begins_again {
        look.settle(&mut kept)?;
        changed.criteria = Set(kept.written()?);
        changed.after_change = Set(look.change());
    }
    if let Some(name) = name {
        changed.name = Set(name);
    }
    if let Some(is_active) = is_active {
        changed.is_active = Set(is_active);
    }
    let row =
        if changed.is_changed() { changed.update(&transaction).await? } else { own(&transaction, actor, id).await? };
    transaction.commit().await?;
    Ok(shown(platform.directory(), &row)?)
}

/// Stops watching.
///
/// # Errors
/// `NOT_FOUND` for one that is not the actor's own; what the actor lacks, or whatever the database says.
pub async fn delete_watch(platform: &Platform, actor: &Actor, id: WatchId) -> Result<WatchId, Refusal> {
    let owner = account_of(actor)?;
    let gone = watch::Entity::delete_many()
        .filter(watch::Column::Id.eq(id.0))
        .filter(watch::Column::AccountId.eq(owner.0))
        .exec(platform.database().connection())
        .await?;
    if gone.rows_affected == 0 { Err(Refusal::NotFound) } else { Ok(id) }
}

/// Looks whether anything new meets what is watched, and tells those who watch. Asks nothing of the watches while neither the index
/// nor the board of requests has changed.
pub(crate) async fn look(platform: &Platform, seen: &mut Seen) -> Result<(), Error> {
    let look = Look::now(platform).await?;
    let change = look.change();
    let has_new_board = !look.board.all().eq(seen.board.all());
    if change == seen.change && !has_new_board {
        return Ok(());
    }
    let connection = platform.database().connection();
    let mut after = Uuid::nil();
    loop {
        let mut query =
            watch::Entity::find().filter(watch::Column::IsActive.eq(true)).filter(watch::Column::Id.gt(after));
        if !has_new_board {
            query = query.filter(watch::Column::AfterChange.lt(change));
        }
        let rows = query.order_by_asc(watch::Column::Id).limit(BATCH).all(connection).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        look_at(platform, &look, &rows).await?;
    }
    *seen = Seen { change, board: look.board };
    Ok(())
}

/// Looks at some watches.
async fn look_at(platform: &Platform, look: &Look<'_>, rows: &[watch::Model]) -> Result<(), Error> {
    let change = look.change();
    let connection = platform.database().connection();
    let since = rows.iter().map(|row| row.after_change).min().unwrap_or(change);
    let changed = changed(connection, since, change).await?;
    let mut looked_at = Vec::new();
    for row in rows {
        let kept = Kept::read(row)?;
        let of = changed.as_ref().map(|changed| {
            let later = changed.iter().filter(|(number, _)| *number > row.after_change);
            later.map(|(_, id)| *id).collect::<Vec<_>>()
        });
        let told = match look.news(&kept, of.as_deref()) {
            Ok(news) if news.is_empty() => {
                looked_at.push(row.id);
                Ok(())
            }
            Ok(_) => tell(platform, look, row.id, of.as_deref()).await,
            Err(error) => Err(Error::Query(error)),
        };
        // It is looked at again when something else changes; the others need not wait for that.
        if let Err(error) = told {
            tracing::error!(error = %error.message().en, watch = %row.id, "a watch cannot be looked at");
        }
    }
    watch::Entity::update_many()
        .col_expr(watch::Column::AfterChange, Expr::value(change))
        .filter(watch::Column::Id.is_in(looked_at))
        .filter(watch::Column::AfterChange.lt(change))
        .exec(connection)
        .await?;
    Ok(())
}

/// The profiles that changed after one number and up to another, with the number of their change; `None` if they are many.
async fn changed(
    connection: &impl ConnectionTrait,
    after: i64,
    until: i64,
) -> Result<Option<Vec<(i64, ProfileId)>>, Error> {
    let rows: Vec<(i64, Uuid)> = profiles::Entity::find()
        .filter(profiles::Column::Change.gt(after))
        .filter(profiles::Column::Change.lte(until))
        .filter(profiles::Column::PublishedRevision.is_not_null())
        .select_only()
        .columns([profiles::Column::Change, profiles::Column::Id])
        .limit(CHANGED_AT_MOST + 1)
        .into_tuple()
        .all(connection)
        .await?;
    let is_many = u64::try_from(rows.len()).unwrap_or(u64::MAX) > CHANGED_AT_MOST;
    Ok((!is_many).then(|| rows.into_iter().map(|(change, id)| (change, ProfileId(id))).collect()))
}

/// Tells the owner of a watch what newly meets it, unless another node has.
async fn tell(platform: &Platform, look: &Look<'_>, id: Uuid, changed: Option<&[ProfileId]>) -> Result<(), Error> {
    let transaction = platform.write().await?;
    lock(&transaction, id).await?;
    let row = watch::Entity::find_by_id(id).filter(watch::Column::IsActive.eq(true)).one(&transaction).await?;
    let Some(row) = row else { return Ok(()) };
    let mut kept = Kept::read(&row)?;
    let news = look.news(&kept, changed).map_err(Error::Query)?;
    let (owner, name) = (AccountId(row.account_id), row.name.clone());
    let after_change = row.after_change.max(look.change());
    let mut row = row.into_active_model();
    row.after_change = Set(after_change);
    if !news.is_empty() {
        let entry = Entry::new(&Actor::System, audit::Action::WatchMet).of_account(owner);
        let details = json!({ "watch": WatchId(id), "count": news.count() });
        let sequence = audit::append(&transaction, entry.with(details)).await?;
        for notice in notices_of(look, Subject::Watch(WatchId(id), name), &news)? {
            notices::tell(platform, &transaction, &[owner], &notice, sequence).await?;
        }
        kept.met.extend(news.profiles.iter().map(|listing| listing.id));
        kept.met_requests.extend(news.requests.iter().map(|request| request.id));
        row.criteria = Set(kept.written()?);
        row.told_at = Set(Some(clock::now()));
    }
    row.update(&transaction).await?;
    transaction.commit().await?;
    platform.recorded().notify_one();
    Ok(())
}

/// What the owner of a watch is told: of each, or, of many, of the first and how many others there are.
fn notices_of(look: &Look<'_>, watch: Subject, news: &News) -> Result<Vec<Notice>, Error> {
    let notice = |profile: ProfileId, name: Localized, message: Option<String>| Notice {
        kind: notices::Kind::WatchMet,
        profile: Some((profile, name)),
        fact: None,
        case: None,
        message,
        subject: Some(watch.clone()),
    };
    let mut notices = Vec::new();
    for listing in news.profiles.iter().take(TOLD_APART) {
        notices.push(notice(listing.id, listing.profile.display_names(), None));
    }
    for request in news.requests.iter().take(TOLD_APART) {
        let poster = look.directory.listing(request.profile).map_err(Error::Query)?;
        let name = poster.map(|listing| listing.profile.display_names()).unwrap_or_default();
        notices.push(notice(request.profile, name, Some(request.title.clone())));
    }
    if news.count() > TOLD_APART {
        notices.truncate(1);
        let others = news.count() - 1;
        if let Some(first) = notices.first_mut() {
            first.message = Some(format!("另有 {others} 项新的匹配 / {others} more"));
        }
    }
    Ok(notices)
}
