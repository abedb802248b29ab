//! A change of one profile: the transaction, the profile as it was, and what becomes of it.

use std::time::Duration;

use entity::profile::Status;
use entity::{identifier, membership, profile as profiles, review_case, revision};
use profile::{Profile, ProfileId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter,
};

use super::lifecycle::{self, Publication, Step, is_listed};
use super::{Standing, find};
use crate::actor::{AccountId, Actor, CaseId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::consortia;
use crate::error::Error;
use crate::feed::Head;
use crate::follow::CaughtUp;
use crate::notices::{self, Notice};
use crate::platform::Platform;
use crate::policy::{Action, ProfileRole};
use crate::refusal::{Refusal, UserErrorCode};

/// How often, and after which time each, the index is asked again to follow while something else writes it: a second in all.
const SETTLE_TRIES: u32 = 50;
const SETTLE_EVERY: Duration = Duration::from_millis(20);

/// A change of one profile under way. Writers come one after the other: the head of the feed is locked first.
pub(crate) struct Work<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) transaction: DatabaseTransaction,
    pub(crate) actor: &'a Actor,
    pub(crate) row: profiles::Model,
    pub(crate) role: Option<ProfileRole>,
    pub(crate) now: i64,
    head: Head,
    before: profiles::Model,
    /// Whether what everybody sees has changed.
    is_news: bool,
}

impl<'a> Work<'a> {
    /// Begins to change a profile that the actor may do that with.
    pub(crate) async fn begin(
        platform: &'a Platform,
        actor: &'a Actor,
        id: ProfileId,
        action: Action,
    ) -> Result<Self, Refusal> {
        let (transaction, head) = platform.write_to_feed().await?;
        let Standing { row, role } = find(&transaction, actor, id, action).await?;
        Ok(Self::of(platform, transaction, head, actor, row, role))
    }

    /// Begins with a profile that is new.
    pub(crate) async fn begin_new(platform: &'a Platform, actor: &'a Actor) -> Result<Self, Refusal> {
        let (transaction, mut head) = platform.write_to_feed().await?;
        let now = clock::now();
        let row = profiles::Model {
            id: clock::new_profile_id().0,
            status: Status::Draft,
            published_revision: None,
            latest_revision: 1,
            change: head.take(),
            created_at: now,
            changed_at: now,
            confirmed_at: None,
            reminded_at: None,
        };
        profiles::Entity::insert(row.clone().into_active_model().reset_all())
            .exec_without_returning(&transaction)
            .await?;
        Ok(Self::of(platform, transaction, head, actor, row, Some(ProfileRole::Owner)))
    }

    fn of(
        platform: &'a Platform,
        transaction: DatabaseTransaction,
        head: Head,
        actor: &'a Actor,
        row: profiles::Model,
        role: Option<ProfileRole>,
    ) -> Self {
        let before = row.clone();
        Self { platform, transaction, actor, row, role, now: clock::now(), head, before, is_news: false }
    }

    /// The profile's id.
    pub(crate) fn id(&self) -> ProfileId {
        ProfileId(self.row.id)
    }

    /// Refuses what was made of an older revision.
    pub(crate) fn expect(&self, revision: i32) -> Result<(), Refusal> {
        if revision == self.row.latest_revision {
            return Ok(());
        }
        let newest = self.row.latest_revision;
        Err(Refusal::invalid(
            UserErrorCode::Conflict,
            "revision",
            format!("资料已有更新的版本（第 {newest} 版）；请在最新版本上重做修改"),
            format!("there is a newer revision, {newest}; make your change on that"),
        ))
    }

    /// Takes a step of the profile's life.
    pub(crate) fn step(&mut self, step: Step) -> Result<(), Refusal> {
        let next = lifecycle::next(self.row.status, step, Publication::of(&self.row));
        self.row.status = next.ok_or_else(|| not_now(self.row.status, step))?;
        Ok(())
    }

    /// What a revision says.
    pub(crate) async fn content(&self, number: i32) -> Result<Profile, Error> {
        content(&self.transaction, self.id(), number).await
    }

    /// What the newest revision says.
    pub(crate) async fn newest(&self) -> Result<Profile, Error> {
        self.content(self.row.latest_revision).await
    }

    /// Writes the next revision; it is the newest from now on.
    pub(crate) async fn write(&mut self, content: &Profile) -> Result<i32, Refusal> {
        let number = self.row.latest_revision + i32::from(self.revision_exists().await?);
        let row = revision::ActiveModel {
            profile_id: Set(self.row.id),
            number: Set(number),
            content: Set(serde_json::to_string(content).map_err(Error::Content)?),
            created_at: Set(self.now),
            author: Set(self.actor.account().map(|account| account.0)),
        };
        revision::Entity::insert(row).exec_without_returning(&self.transaction).await?;
        self.row.latest_revision = number;
        Ok(number)
    }

    /// Whether the newest revision is written; that of a new profile is not yet.
    async fn revision_exists(&self) -> Result<bool, Refusal> {
        let newest = revision::Entity::find_by_id((self.row.id, self.row.latest_revision));
        Ok(newest.one(&self.transaction).await?.is_some())
    }

    /// Publishes the newest revision: its identifiers are its alone from now on.
    pub(crate) async fn publish(&mut self, content: &Profile) -> Result<(), Refusal> {
        claim_identifiers(&self.transaction, self.id(), content).await?;
        self.row.published_revision = Some(self.row.latest_revision);
        self.row.confirmed_at = Some(self.now);
        self.row.reminded_at = None;
        self.is_news = true;
        Ok(())
    }

    /// Changes what is published and what is being written alike, without touching how either stands: new revisions, of which
    /// a case that waits for a decision takes the newest. Returns whether anything changed.
    pub(crate) async fn amend(&mut self, change: impl Fn(&mut Profile) -> bool) -> Result<bool, Refusal> {
        let newest = self.row.latest_revision;
        let mut changed = false;
        if let Some(published) = self.row.published_revision {
            let mut content = self.content(published).await?;
            if change(&mut content) {
                changed = true;
                self.row.published_revision = Some(self.write(&content).await?);
                self.is_news = true;
                if published != newest {
                    // What is being written stays the newest.
                    let draft = self.content(newest).await?;
                    self.write(&draft).await?;
                }
            }
        }
        if self.row.published_revision != Some(self.row.latest_revision) {
            let mut content = self.newest().await?;
            if change(&mut content) {
                changed = true;
                self.write(&content).await?;
            }
        }
        if self.row.latest_revision != newest {
            follow_newest(&self.transaction, self.id(), self.row.latest_revision).await?;
        }
        Ok(changed)
    }

    /// Notes that what everybody sees is another from now on.
    pub(crate) fn note_news(&mut self) {
        self.is_news = true;
    }

    /// Appends a record about this profile to the history.
    pub(crate) async fn record(&self, action: audit::Action, details: serde_json::Value) -> Result<i64, Error> {
        self.append(Entry::new(self.actor, action).with(details)).await
    }

    /// Appends a record about this profile to the history.
    pub(crate) async fn append(&self, entry: Entry<'_>) -> Result<i64, Error> {
        audit::append(&self.transaction, entry.of_profile(self.id())).await
    }

    /// The members with at least a role, but for the actor.
    pub(crate) async fn others(&self, least: ProfileRole) -> Result<Vec<AccountId>, Error> {
        let members = membership::Entity::find()
            .filter(membership::Column::ProfileId.eq(self.row.id))
            .all(&self.transaction)
            .await?;
        let members = members.into_iter().filter(|member| ProfileRole::from(member.role) >= least);
        let ids = members.map(|member| AccountId(member.account_id));
        Ok(ids.filter(|id| Some(*id) != self.actor.account()).collect())
    }

    /// Tells accounts of something that was just recorded.
    pub(crate) async fn tell(
        &self,
        to: &[AccountId],
        kind: notices::Kind,
        sequence: i64,
        case: Option<CaseId>,
        message: Option<&str>,
    ) -> Result<(), Error> {
        self.tell_of(to, kind, sequence, None, case, message).await
    }

    /// Tells accounts of a fact.
    pub(crate) async fn tell_of_fact(
        &self,
        to: &[AccountId],
        kind: notices::Kind,
        sequence: i64,
        fact: &str,
        message: Option<&str>,
    ) -> Result<(), Error> {
        self.tell_of(to, kind, sequence, Some(fact), None, message).await
    }

    async fn tell_of(
        &self,
        to: &[AccountId],
        kind: notices::Kind,
        sequence: i64,
        fact: Option<&str>,
        case: Option<CaseId>,
        message: Option<&str>,
    ) -> Result<(), Error> {
        if to.is_empty() {
            return Ok(());
        }
        let name = self.newest().await?.display_names();
        let vocabulary = &self.platform.directory().library().vocabulary;
        let label = |fact| vocabulary.find(&format!("member.{fact}")).map(|(_, definition)| definition.label.clone());
        let notice = Notice {
            kind,
            profile: Some((self.id(), name)),
            fact: fact.and_then(label),
            case,
            message: message.map(str::to_owned),
            subject: None,
        };
        notices::tell(self.platform, &self.transaction, to, &notice, sequence).await
    }

    /// Writes the profile down and ends the transaction. Where what everybody sees has changed, this node sees it at once.
    pub(crate) async fn finish(self) -> Result<profiles::Model, Refusal> {
        let platform = self.platform;
        let (row, is_news) = self.finish_quietly().await?;
        if is_news {
            settle(platform).await;
        }
        Ok(row)
    }

    /// The same, and leaves it to the caller to have the index follow.
    pub(crate) async fn finish_quietly(mut self) -> Result<(profiles::Model, bool), Refusal> {
        let is_news = self.is_news || is_listed(&self.row) != is_listed(&self.before);
        if is_news {
            self.row.change = self.head.take();
            self.row.changed_at = self.now;
        }
        if self.row != self.before {
            self.row.clone().into_active_model().reset_all().update(&self.transaction).await?;
        }
        let has_moved = is_news
            && consortia::facts_moved(self.platform, &self.transaction, self.actor, ProfileId(self.row.id)).await?;
        self.head.store(&self.transaction).await?;
        self.transaction.commit().await?;
        if has_moved {
            self.platform.recorded().notify_one();
        }
        Ok((self.row, is_news))
    }
}

/// Has the index of this node follow. What it cannot take now it takes later.
pub(crate) async fn settle(platform: &Platform) {
    for _ in 0..SETTLE_TRIES {
        match platform.directory().catch_up().await {
            Ok(CaughtUp::With(_)) => return,
            // It is being written, maybe with this very change.
            Ok(CaughtUp::Elsewhere) => tokio::time::sleep(SETTLE_EVERY).await,
            Err(error) => {
                tracing::error!(error = %error.message().en, "the index cannot follow the changes");
                return;
            }
        }
    }
}

/// What a revision says.
pub(crate) async fn content(connection: &impl ConnectionTrait, id: ProfileId, number: i32) -> Result<Profile, Error> {
    let row = revision::Entity::find_by_id((id.0, number)).one(connection).await?;
    let row = row.ok_or_else(|| sea_orm::DbErr::RecordNotFound(format!("revision {number} of profile {id}")))?;
    serde_json::from_str(&row.content).map_err(Error::Content)
}

/// Has the case that waits for a decision, if any, take the newest revision.
pub(crate) async fn follow_newest(transaction: &DatabaseTransaction, id: ProfileId, newest: i32) -> Result<(), Error> {
    review_case::Entity::update_many()
        .col_expr(review_case::Column::Revision, Expr::value(newest))
        .filter(review_case::Column::ProfileId.eq(id.0))
        .filter(review_case::Column::Kind.eq(review_case::Kind::Revision))
        .filter(review_case::Column::State.eq(review_case::State::Open))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Gives a profile the identifiers that are its alone.
async fn claim_identifiers(transaction: &DatabaseTransaction, id: ProfileId, content: &Profile) -> Result<(), Refusal> {
    identifier::Entity::delete_many().filter(identifier::Column::ProfileId.eq(id.0)).exec(transaction).await?;
    for wanted in content.identifiers.iter().map(|attested| &attested.value).filter(|id| id.scheme().is_exclusive()) {
        let key = (wanted.scheme().as_str().to_owned(), wanted.value().to_owned());
        if identifier::Entity::find_by_id(key.clone()).one(transaction).await?.is_some() {
            return Err(Refusal::invalid(
                UserErrorCode::Taken,
                "",
                format!("标识符 {wanted} 属于另一份资料"),
                format!("the identifier {wanted} belongs to another profile"),
            ));
        }
        let row = identifier::ActiveModel { scheme: Set(key.0), value: Set(key.1), profile_id: Set(id.0) };
        identifier::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    Ok(())
}

fn not_now(status: Status, step: Step) -> Refusal {
    let (status_zh, status_en) = match status {
        Status::Draft => ("草稿", "a draft"),
        Status::Submitted => ("待审核", "waiting for review"),
        Status::ChangesRequested => ("待修改", "sent back for changes"),
        Status::Published => ("已发布", "published as it is"),
        Status::Suspended => ("已暂停", "suspended"),
        Status::Archived => ("已归档", "archived"),
    };
    let (zh, en) = match step {
        Step::Edit | Step::Discard if status == Status::Submitted => ("请先撤回送审", "withdraw it from review first"),
        Step::Edit | Step::Submit if status == Status::Archived => ("请先恢复", "reopen it first"),
        Step::Edit | Step::Submit | Step::Archive if status == Status::Suspended => {
            ("可就暂停提出申诉", "you can appeal against the suspension")
        }
        Step::Submit => ("没有可送审的修改", "there is no change to send to review"),
        _ => ("当前状态不允许此操作", "that cannot be done now"),
    };
    Refusal::wrong_state("", format!("资料{status_zh}；{zh}"), format!("the profile is {status_en}; {en}"))
}
