//! What members of a consortium say to each other.

use std::collections::BTreeMap;

use eligibility::Localized;
use entity::{account, consortium, consortium_comment};
use profile::ProfileId;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::edit::said;
use super::work::Work;
use super::{find, profiles_of};
use crate::actor::{AccountId, Actor, CommentId, ConsortiumId};
use crate::audit;
use crate::clock;
use crate::error::Error;
use crate::platform::Platform;
use crate::policy::Action;
use crate::refusal::{Refusal, UserErrorCode};

/// Comments that one page holds at most.
const PAGE_AT_MOST: u64 = 100;
/// Comments that one account makes within a day.
const A_DAY: u64 = 500;
const DAY: i64 = 86_400_000;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Names it.
    pub id: CommentId,
    /// The consortium.
    pub consortium: ConsortiumId,
    /// The institution that the person spoke for.
    pub profile: ProfileId,
    /// What that institution is called.
    pub name: Localized,
    /// The account that wrote it.
    pub author: AccountId,
    /// The person's name; `None` once the account is deleted.
    pub author_name: Option<String>,
    /// The fact or requirement that it is about.
    pub about: Option<String>,
    /// What it says; `None` once it is taken back.
    pub text: Option<String>,
    /// When, milliseconds since 1970 (UTC).
    pub at: i64,
}

async fn read(connection: &impl ConnectionTrait, rows: Vec<consortium_comment::Model>) -> Result<Vec<Comment>, Error> {
    let people = names_of(connection, rows.iter().map(|row| row.author)).await?;
    let profiles = profiles_of(connection, rows.iter().map(|row| row.profile_id)).await?;
    let read = rows.into_iter().map(|row| Comment {
        id: CommentId(row.id),
        consortium: ConsortiumId(row.consortium_id),
        profile: ProfileId(row.profile_id),
        author: AccountId(row.author),
        name: profiles.get(&ProfileId(row.profile_id)).map(|of| of.content.display_names()).unwrap_or_default(),
        author_name: people.get(&row.author).cloned(),
        about: row.about,
        text: row.deleted_at.is_none().then_some(row.text),
        at: row.created_at,
    });
    Ok(read.collect())
}

/// The names of accounts that are not deleted.
pub(super) async fn names_of(
    connection: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, String>, Error> {
    let rows = account::Entity::find()
        .filter(account::Column::Id.is_in(accounts))
        .filter(account::Column::DeletedAt.is_null())
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The comments on a consortium before another, the newest first, at most `first`; and how many there are in all.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn comments(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    before: Option<CommentId>,
    first: u64,
) -> Result<(Vec<Comment>, u64), Refusal> {
    let connection = platform.database().connection();
    find(connection, actor, id, Action::ReadConsortium).await?;
    let mut query = consortium_comment::Entity::find().filter(consortium_comment::Column::ConsortiumId.eq(id.0));
    let total = query.clone().count(connection).await?;
    if let Some(before) = before {
        query = query.filter(consortium_comment::Column::Id.lt(before.0));
    }
    let query = query.order_by_desc(consortium_comment::Column::Id).limit(first.min(PAGE_AT_MOST + 1));
    let rows = query.all(connection).await?;
    Ok((read(connection, rows).await?, total))
}

/// One comment, for members of its consortium.
///
/// # Errors
/// `NotFound` also for whoever may not know of it, or whatever the database says.
pub async fn find_comment(platform: &Platform, actor: &Actor, id: CommentId) -> Result<Comment, Refusal> {
    let connection = platform.database().connection();
    let row = consortium_comment::Entity::find_by_id(id.0).one(connection).await?.ok_or(Refusal::NotFound)?;
    find(connection, actor, ConsortiumId(row.consortium_id), Action::ReadConsortium).await?;
    read(connection, vec![row]).await?.pop().ok_or(Refusal::NotFound)
}

/// Comments on a consortium, or on a fact or requirement of it.
///
/// # Errors
/// What is wrong with the text; a fact or requirement that the direction does not have; `Throttled`; what the actor lacks, or
/// whatever the database says.
pub async fn comment(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    profile: Option<ProfileId>,
    about: Option<String>,
    text: String,
) -> Result<CommentId, Refusal> {
    let text = said("text", text)?;
    let work = Work::begin_open(platform, actor, id, Action::WorkInConsortium, profile).await?;
    let (Some(profile), Some(account)) = (work.profile, actor.account()) else { return Err(Refusal::NotFound) };
    if let Some(about) = &about
        && !is_known(platform, &work.standing.row, about)
    {
        return Err(Refusal::invalid(
            UserErrorCode::NotFound,
            "about",
            "没有这项事实或要求；请填事实名称（如 project.title）或本方向某项要求的键",
            "there is no such fact or requirement; give the name of a fact, such as project.title, or the key of a requirement of the direction",
        ));
    }
    let today = consortium_comment::Entity::find()
        .filter(consortium_comment::Column::ConsortiumId.eq(id.0))
        .filter(consortium_comment::Column::Author.eq(account.0))
        .filter(consortium_comment::Column::CreatedAt.gt(work.now - DAY))
        .count(&work.transaction)
        .await?;
    if today >= A_DAY {
        return Err(Refusal::Throttled { seconds: 3_600 });
    }
    let comment = CommentId(clock::new_id());
    let row = consortium_comment::ActiveModel {
        id: Set(comment.0),
        consortium_id: Set(id.0),
        profile_id: Set(profile.0),
        author: Set(account.0),
        about: Set(about),
        text: Set(text),
        created_at: Set(work.now),
        deleted_at: Set(None),
    };
    consortium_comment::Entity::insert(row).exec_without_returning(&work.transaction).await?;
    work.record(audit::Action::ConsortiumCommented, json!({ "comment": comment })).await?;
    work.finish().await?;
    Ok(comment)
}

/// Whether a word names a fact, or a requirement of the direction.
fn is_known(platform: &Platform, row: &consortium::Model, about: &str) -> bool {
    let library = platform.directory().library();
    let direction = library.find_direction(Some(&row.guide), &row.direction).and_then(|id| library.direction(id));
    let is_requirement = direction.is_some_and(|direction| direction.requirements.iter().any(|one| one.id == about));
    is_requirement || library.vocabulary.find(about).is_some()
}

/// Takes one's own comment back: what it says goes, its place stays.
///
/// # Errors
/// `NOT_FOUND` for one that is not the actor's own, or whatever the database says.
pub async fn delete_comment(platform: &Platform, actor: &Actor, id: CommentId) -> Result<ConsortiumId, Refusal> {
    if matches!(actor, Actor::Anonymous) {
        return Err(Refusal::Unauthenticated);
    }
    let found = consortium_comment::Entity::find_by_id(id.0).one(platform.database().connection()).await?;
    let found = found.ok_or_else(|| Refusal::not_found("comment"))?;
    // Whoever may no longer write there may still take back what is theirs, as long as they are in.
    let consortium = ConsortiumId(found.consortium_id);
    let work = match Work::begin(platform, actor, consortium, Action::ReadConsortium, None).await {
        Err(Refusal::NotFound) => return Err(Refusal::not_found("comment")),
        other => other?,
    };
    let row = consortium_comment::Entity::find_by_id(id.0).one(&work.transaction).await?;
    let row = row.filter(|row| Some(AccountId(row.author)) == actor.account());
    let row = row.ok_or_else(|| Refusal::not_found("comment"))?;
    if row.deleted_at.is_some() {
        return Ok(consortium);
    }
    let mut row = row.into_active_model();
    row.text = Set(String::new());
    row.deleted_at = Set(Some(work.now));
    row.update(&work.transaction).await?;
    work.record(audit::Action::ConsortiumCommented, json!({ "comment": id, "isDeleted": true })).await?;
    work.finish().await
}
