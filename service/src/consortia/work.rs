//! A change of one consortium: the transaction, what it was made of, and the version it becomes.

use eligibility::Localized;
use entity::consortium_member::Status as Seated;
use entity::{consortium, consortium_member, consortium_version};
use profile::ProfileId;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde_json::{Value, json};

use super::content::{Change, Content, MemberChange, Seat};
use super::{Loaded, Side, Standing, content_of, find, load, people, profiles_of, seats};
use crate::actor::{AccountId, Actor, ConsortiumId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::error::Error;
use crate::notices::{self, Notice, Subject};
use crate::platform::Platform;
use crate::policy::{Action, ProfileRole};
use crate::refusal::{Refusal, UserErrorCode};
use crate::reports;

/// Versions since one was read that are looked at, whether they leave alone what is edited.
const VERSIONS_LOOKED_AT: i32 = 200;

/// A change of one consortium under way. Writers come one after the other: the row of the consortium is locked first.
pub(super) struct Work<'a> {
    pub(super) platform: &'a Platform,
    pub(super) transaction: DatabaseTransaction,
    pub(super) actor: &'a Actor,
    pub(super) standing: Standing,
    pub(super) content: Content,
    /// The institution that the actor acts for.
    pub(super) profile: Option<ProfileId>,
    pub(super) now: i64,
    changes: Vec<Change>,
}

impl<'a> Work<'a> {
    /// Begins to change a consortium that the actor may do that with, for the institution named or the one with most to say.
    pub(super) async fn begin(
        platform: &'a Platform,
        actor: &'a Actor,
        id: ConsortiumId,
        action: Action,
        profile: Option<ProfileId>,
    ) -> Result<Self, Refusal> {
        let transaction = platform.write().await?;
        lock(&transaction, id).await?;
        let standing = find(&transaction, actor, id, action).await?;
        let profile = match actor {
            Actor::System => None,
            _ => Some(standing.acting_for(actor, action, profile)?),
        };
        let content = content_of(&transaction, id, standing.row.version).await?;
        Ok(Self { platform, transaction, actor, standing, content, profile, now: clock::now(), changes: Vec::new() })
    }

    /// The same, of one that is not archived.
    pub(super) async fn begin_open(
        platform: &'a Platform,
        actor: &'a Actor,
        id: ConsortiumId,
        action: Action,
        profile: Option<ProfileId>,
    ) -> Result<Self, Refusal> {
        let work = Self::begin(platform, actor, id, action, profile).await?;
        if work.standing.row.status == consortium::Status::Archived {
            return Err(Refusal::wrong_state(
                "consortium",
                "联合体已归档；请先由其牵头单位恢复",
                "the consortium was put away; its coordinator can take it up again",
            ));
        }
        Ok(work)
    }

    /// The consortium's id.
    pub(super) fn id(&self) -> ConsortiumId {
        ConsortiumId(self.standing.row.id)
    }

    /// Refuses what was made of an older version. That members came or went meanwhile is no reason: it leaves alone what is edited.
    pub(super) async fn expect(&self, version: i32) -> Result<(), Refusal> {
        let newest = self.standing.row.version;
        if version == newest {
            return Ok(());
        }
        if (newest.saturating_sub(VERSIONS_LOOKED_AT)..newest).contains(&version) && version > 0 {
            let since: Vec<String> = consortium_version::Entity::find()
                .filter(consortium_version::Column::ConsortiumId.eq(self.standing.row.id))
                .filter(consortium_version::Column::Number.gt(version))
                .select_only()
                .column(consortium_version::Column::Changes)
                .into_tuple()
                .all(&self.transaction)
                .await?;
            let mut is_of_members = true;
            for changes in since {
                let changes: Vec<Change> = serde_json::from_str(&changes).map_err(Error::Content)?;
                is_of_members &= changes.iter().all(Change::is_of_members);
            }
            if is_of_members {
                return Ok(());
            }
        }
        Err(Refusal::invalid(
            UserErrorCode::Conflict,
            "version",
            format!("已有更新的版本（第 {newest} 版）；请在最新版本上重做修改"),
            format!("there is a newer version, {newest}; make your change on that"),
        ))
    }

    /// Notes something that the next version changes.
    pub(super) fn note(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Whether anything is noted.
    pub(super) fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Notes what became of a member.
    pub(super) fn note_member(&mut self, seat: &consortium_member::Model, what: MemberChange) {
        let profile = ProfileId(seat.profile_id);
        self.note(Change::Member { profile, what, side: seat.side, lead: seat.is_lead });
    }

    /// Writes the place of an institution down, with the keys that go with what it is now.
    pub(super) async fn put(&mut self, seat: consortium_member::Model) -> Result<(), Refusal> {
        let seat = keyed(seat);
        seat.clone().into_active_model().reset_all().update(&self.transaction).await?;
        self.standing.seats = seats(&self.transaction, self.id()).await?;
        Ok(())
    }

    /// Writes the place of a new institution down.
    pub(super) async fn seat(&mut self, seat: consortium_member::Model) -> Result<(), Refusal> {
        let row = keyed(seat).into_active_model().reset_all();
        consortium_member::Entity::insert(row).exec_without_returning(&self.transaction).await?;
        self.standing.seats = seats(&self.transaction, self.id()).await?;
        Ok(())
    }

    /// Whoever leads a side or is asked to.
    pub(super) fn lead_of(&self, side: Side) -> Option<&consortium_member::Model> {
        self.standing.seats.iter().find(|seat| seat.is_lead && seat.side == side)
    }

    /// Appends a record about this consortium to the history. It names no profile: the history of a profile is for others.
    pub(super) async fn record(&self, action: audit::Action, details: Value) -> Result<i64, Error> {
        record(&self.transaction, self.actor, self.id(), action, details).await
    }

    /// Everybody who acts for a member of the consortium, but for one institution.
    pub(super) async fn members(&self, but: Option<ProfileId>) -> Result<Vec<AccountId>, Error> {
        let accepted = self.standing.seats.iter().filter(|seat| seat.status == Seated::Accepted);
        let profiles = accepted.map(|seat| ProfileId(seat.profile_id)).filter(|profile| Some(*profile) != but);
        people(&self.transaction, self.actor, profiles, ProfileRole::Viewer).await
    }

    /// Tells accounts of something that was just recorded, about an institution.
    pub(super) async fn tell(
        &self,
        to: &[AccountId],
        kind: notices::Kind,
        sequence: i64,
        about: Option<ProfileId>,
        message: Option<&str>,
    ) -> Result<(), Error> {
        if to.is_empty() {
            return Ok(());
        }
        let profile = match about {
            Some(about) => Some((about, name_of(&self.transaction, about).await?)),
            None => None,
        };
        let notice = Notice {
            kind,
            profile,
            fact: None,
            case: None,
            message: message.map(str::to_owned),
            subject: Some(Subject::Consortium(self.id(), self.standing.row.name.clone())),
        };
        notices::tell(self.platform, &self.transaction, to, &notice, sequence).await
    }

    /// Writes what was noted as the next version, and ends the transaction.
    pub(super) async fn finish(mut self) -> Result<ConsortiumId, Refusal> {
        let id = self.id();
        self.standing.row.changed_at = self.now;
        if self.has_changes() {
            self.standing.row.version += 1;
            write(&self).await?;
        }
        self.standing.row.clone().into_active_model().reset_all().update(&self.transaction).await?;
        if self.has_changes() {
            let loaded: Loaded = load(&self.transaction, id).await?;
            reports::store_keys(self.platform, &self.transaction, &loaded).await?;
        }
        self.transaction.commit().await?;
        self.platform.recorded().notify_one();
        Ok(id)
    }
}

/// Writes the version that a consortium has now.
async fn write(work: &Work<'_>) -> Result<(), Error> {
    insert(
        &work.transaction,
        &work.standing.row,
        &work.standing.seats,
        work.content.clone(),
        &work.changes,
        work.actor,
        work.profile,
    )
    .await
}

/// Writes a version of a consortium.
pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    row: &consortium::Model,
    seats: &[consortium_member::Model],
    mut content: Content,
    changes: &[Change],
    actor: &Actor,
    profile: Option<ProfileId>,
) -> Result<(), Error> {
    let accepted = seats.iter().filter(|seat| seat.status == Seated::Accepted);
    content.members = accepted
        .map(|seat| Seat { profile: ProfileId(seat.profile_id), side: seat.side, lead: seat.is_lead })
        .collect();
    let version = consortium_version::ActiveModel {
        consortium_id: Set(row.id),
        number: Set(row.version),
        content: Set(serde_json::to_string(&content).map_err(Error::Content)?),
        changes: Set(serde_json::to_string(changes).map_err(Error::Content)?),
        author: Set(actor.account().map(|account| account.0)),
        profile_id: Set(profile.map(|profile| profile.0)),
        created_at: Set(row.changed_at),
    };
    consortium_version::Entity::insert(version).exec_without_returning(transaction).await?;
    Ok(())
}

/// Locks a consortium until the transaction ends.
pub(super) async fn lock(transaction: &DatabaseTransaction, id: ConsortiumId) -> Result<(), Error> {
    let same = Expr::col(consortium::Column::Version);
    consortium::Entity::update_many()
        .col_expr(consortium::Column::Version, same)
        .filter(consortium::Column::Id.eq(id.0))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The keys that make an institution's place, and a side's lead, unique.
pub(super) fn keyed(mut seat: consortium_member::Model) -> consortium_member::Model {
    let is_open = matches!(seat.status, Seated::Invited | Seated::Accepted);
    seat.open_key = is_open.then(|| format!("{}/{}", seat.consortium_id, seat.profile_id));
    let side = super::content::side_word(seat.side);
    seat.lead_key = (is_open && seat.is_lead).then(|| format!("{}/{side}", seat.consortium_id));
    seat
}

/// Appends a record about a consortium to the history.
pub(super) async fn record(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    id: ConsortiumId,
    action: audit::Action,
    mut details: Value,
) -> Result<i64, Error> {
    match &mut details {
        Value::Object(fields) => {
            fields.insert("consortium".to_owned(), json!(id));
        }
        other => *other = json!({ "consortium": id }),
    }
    audit::append(transaction, Entry::new(actor, action).with(details)).await
}

/// What the published revision of a profile calls the institution.
pub(super) async fn name_of(transaction: &DatabaseTransaction, id: ProfileId) -> Result<Localized, Error> {
    let found = profiles_of(transaction, [id.0]).await?;
    Ok(found.get(&id).map(|found| found.content.display_names()).unwrap_or_default())
}
