//! Consortia that are being planned: who is in them, what they plan, and what became of it.
//!
//! Whoever has nothing to do with a consortium, moderators and administrators included, does not learn that it is there. Profiles
//! are never deleted: a member whose profile is archived or suspended keeps its place, and the others are told.

mod comments;
mod content;
mod edit;
mod members;
mod view;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use eligibility::{DirectionId, Library};
use entity::consortium_member::Status as Seated;
use entity::{
    audit_record, consortium, consortium_member, consortium_version, membership, profile as profiles, revision,
};
use profile::{Profile, ProfileId};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
};
use uuid::Uuid;

pub use self::comments::{Comment, comment, comments, delete_comment, find_comment};
pub(crate) use self::content::read as read_fact;
pub use self::content::{Change, Content, Entry, Leader, MemberChange, Seat, Side, SideFile, shown_value};
pub(crate) use self::edit::text as words;
pub use self::edit::{Edit, FactEdit, SideFileEdit, archive, create, edit, edit_file, evidence, reopen};
pub use self::members::{Answered, answer, change_member, invite, leave, remove_member, revoke_invitation};
pub(crate) use self::members::{facts_moved, keep_up};
pub use self::view::{Invitation, Shown, Version, invitation, invitations, mine, shown, versions};
use crate::actor::{AccountId, Actor, ConsortiumId};
use crate::audit;
use crate::error::Error;
use crate::policy::{self, Action, ConsortiumRole, ProfileRole};
use crate::refusal::Refusal;
pub use entity::consortium::Status;

/// Profiles that are read at once.
const IDS_AT_ONCE: usize = 500;

/// A consortium, and what the actor is to it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The consortium.
    pub row: consortium::Model,
    /// The institutions that are members or invited, the oldest first.
    pub seats: Vec<consortium_member::Model>,
    /// The institutions that the actor acts for: what they are to the consortium, and what the actor is to them.
    pub acting: Vec<(ProfileId, ConsortiumRole, ProfileRole)>,
}

impl Standing {
    /// The institution for which the actor may do something: the one named, or else the one with most to say.
    ///
    /// # Errors
    /// `NOT_FOUND` for a named institution that the actor does not act for; what the actor lacks.
    pub(crate) fn acting_for(
        &self,
        actor: &Actor,
        action: Action,
        named: Option<ProfileId>,
    ) -> Result<ProfileId, Refusal> {
        let least = action.allowed().consortium_role();
        let may = |(_, of, role): &&(ProfileId, ConsortiumRole, ProfileRole)| {
            least.is_none_or(|least| *of >= least) && policy::is_allowed(action, actor, Some(*role))
        };
        let acting = self.acting.iter().filter(may);
        let found = match named {
            Some(named) => {
                if self.acting.iter().all(|(profile, ..)| *profile != named) {
                    return Err(Refusal::not_found("profile"));
                }
                acting.filter(|(profile, ..)| *profile == named).max_by_key(|(_, of, role)| (*of, *role))
            }
            None => acting.max_by_key(|(_, of, role)| (*of, *role)),
        };
        found.map(|(profile, ..)| *profile).ok_or_else(|| Refusal::Forbidden(policy::needed(action)))
    }

    /// What the actor's institutions are to the consortium at most.
    pub fn role(&self) -> Option<ConsortiumRole> {
        self.acting.iter().map(|(_, of, _)| *of).max()
    }

    /// The place of an institution that is a member.
    pub(crate) fn member(&self, profile: ProfileId) -> Option<&consortium_member::Model> {
        self.seats.iter().find(|seat| seat.profile_id == profile.0 && seat.status == Seated::Accepted)
    }
}

/// What an institution with a place is to the consortium. While the Chinese side has no lead, the lead of the partner side
/// manages.
pub(crate) fn role_of(seats: &[consortium_member::Model], seat: &consortium_member::Model) -> ConsortiumRole {
    let leads = |seat: &consortium_member::Model| seat.is_lead && seat.status == Seated::Accepted;
    let has_coordinator = seats.iter().any(|other| leads(other) && other.side == Side::Chinese);
    match seat.status {
        Seated::Accepted if !seat.is_lead => ConsortiumRole::Member,
        Seated::Accepted if seat.side == Side::Chinese || !has_coordinator => ConsortiumRole::Coordinator,
        Seated::Accepted => ConsortiumRole::SideLead,
        _ => ConsortiumRole::Invited,
    }
}

/// A consortium that the actor may do something with.
///
/// # Errors
/// `NotFound` also for one that the actor has nothing to do with; what the actor lacks for the action.
pub async fn find(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    id: ConsortiumId,
    action: Action,
) -> Result<Standing, Refusal> {
    // Whoever has not signed in is told so, whether there is such a consortium or not.
    if matches!(actor, Actor::Anonymous) {
        return Err(Refusal::Unauthenticated);
    }
    let row = consortium::Entity::find_by_id(id.0).one(connection).await?.ok_or(Refusal::NotFound)?;
    let seats = seats(connection, id).await?;
    let mut acting = Vec::new();
    if let Some(account) = actor.account() {
        let memberships = membership::Entity::find()
            .filter(membership::Column::AccountId.eq(account.0))
            .filter(membership::Column::ProfileId.is_in(seats.iter().map(|seat| seat.profile_id)))
            .all(connection)
            .await?;
        for seat in &seats {
            let membership = memberships.iter().find(|membership| membership.profile_id == seat.profile_id);
            acting.extend(
                membership
                    .map(|found| (ProfileId(seat.profile_id), role_of(&seats, seat), ProfileRole::from(found.role))),
            );
        }
    }
    let standing = Standing { row, seats, acting };
    if matches!(actor, Actor::System) {
        return Ok(standing);
    }
    // Who is only invited knows of the invitation, not of the consortium.
    let known = standing.role().ok_or(Refusal::NotFound)?;
    if known == ConsortiumRole::Invited && action.allowed().consortium_role() > Some(ConsortiumRole::Invited) {
        return Err(Refusal::NotFound);
    }
    standing.acting_for(actor, action, None)?;
    Ok(standing)
}

/// The institutions that are members or invited, the oldest first.
pub(crate) async fn seats(
    connection: &impl ConnectionTrait,
    id: ConsortiumId,
) -> Result<Vec<consortium_member::Model>, Error> {
    let query = consortium_member::Entity::find()
        .filter(consortium_member::Column::ConsortiumId.eq(id.0))
        .filter(consortium_member::Column::Status.is_in([Seated::Invited, Seated::Accepted]))
        .order_by_asc(consortium_member::Column::InvitedAt)
        .order_by_asc(consortium_member::Column::Id);
    Ok(query.all(connection).await?)
}

/// What the published revision of a member's profile says, what is private included.
#[derive(Clone, Debug)]
pub struct MemberProfile {
    /// What it says.
    pub content: Profile,
    /// Whether everybody sees it; it does not while it is archived or suspended.
    pub is_listed: bool,
}

/// A consortium with all that a report needs.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The consortium.
    pub row: consortium::Model,
    /// The members, the oldest first.
    pub seats: Vec<consortium_member::Model>,
    /// What is planned.
    pub content: Content,
    /// The profiles of the members.
    pub profiles: BTreeMap<ProfileId, MemberProfile>,
}

impl Loaded {
    /// The consortium's id.
    pub fn id(&self) -> ConsortiumId {
        ConsortiumId(self.row.id)
    }

    /// The direction it is planned for; `None` if its call is no longer loaded.
    pub fn direction(&self, library: &Library) -> Option<DirectionId> {
        library.find_direction(Some(&self.row.guide), &self.row.direction)
    }
}

/// A consortium with what is planned and the profiles of its members.
///
/// # Errors
/// Whatever the database says, also if there is no such consortium.
pub async fn load(connection: &impl ConnectionTrait, id: ConsortiumId) -> Result<Loaded, Error> {
    let row = consortium::Entity::find_by_id(id.0).one(connection).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(format!("consortium {id}")))?;
    let seats = seats(connection, id).await?.into_iter().filter(|seat| seat.status == Seated::Accepted).collect();
    load_with(connection, row, seats).await
}

/// The same, of rows that were read.
pub(crate) async fn load_with(
    connection: &impl ConnectionTrait,
    row: consortium::Model,
    seats: Vec<consortium_member::Model>,
) -> Result<Loaded, Error> {
    let content = content_of(connection, ConsortiumId(row.id), row.version).await?;
    let profiles = profiles_of(connection, seats.iter().map(|seat| seat.profile_id)).await?;
    Ok(Loaded { row, seats, content, profiles })
}

/// What a version plans.
pub(crate) async fn content_of(
    connection: &impl ConnectionTrait,
    id: ConsortiumId,
    version: i32,
) -> Result<Content, Error> {
    let written = consortium_version::Entity::find_by_id((id.0, version)).one(connection).await?;
    let written = written.ok_or_else(|| DbErr::RecordNotFound(format!("version {version} of consortium {id}")))?;
    serde_json::from_str(&written.content).map_err(Error::Content)
}

/// What the published revisions of profiles say; the newest, of one that has none.
pub(crate) async fn profiles_of(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<ProfileId, MemberProfile>, Error> {
    let ids: BTreeSet<Uuid> = ids.into_iter().collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let shown = Func::coalesce([
        Expr::col(profiles::Column::PublishedRevision.as_column_ref()),
        Expr::col(profiles::Column::LatestRevision.as_column_ref()),
    ]);
    let of_profile: RelationDef = revision::Entity::belongs_to(profiles::Entity)
        .from(revision::Column::ProfileId)
        .to(profiles::Column::Id)
        .into();
    let is_shown = Expr::col(revision::Column::Number.as_column_ref()).eq(shown);
    let mut found = BTreeMap::new();
    for some in ids.chunks(IDS_AT_ONCE) {
        let rows = revision::Entity::find()
            .join(JoinType::InnerJoin, of_profile.clone())
            .select_also(profiles::Entity)
            .filter(profiles::Column::Id.is_in(some.iter().copied()))
            .filter(is_shown.clone())
            .all(connection)
            .await?;
        for (written, row) in rows {
            let content: Profile = serde_json::from_str(&written.content).map_err(Error::Content)?;
            let is_listed = row.as_ref().is_some_and(crate::profiles::is_listed);
            found.insert(ProfileId(written.profile_id), MemberProfile { content, is_listed });
        }
    }
    Ok(found)
}

/// What somebody in a consortium does not see of it.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// Facts of the project, by their names below `project.`.
    facts: BTreeSet<String>,
    /// The institutions of which nothing confidential is hidden: the viewer's own, and those on a side that one of these leads.
    open: BTreeSet<ProfileId>,
    /// The sides that the viewer's institutions lead.
    led: Vec<Side>,
    /// The institutions that are members now.
    present: BTreeSet<ProfileId>,
}

impl Hidden {
    /// Whether the value of a fact of the project is hidden; with or without `project.`.
    pub fn project(&self, fact: &str) -> bool {
        self.facts.contains(fact.strip_prefix("project.").unwrap_or(fact))
    }

    /// Whether the value of a fact of a member is hidden, with or without `member.`: what is of the person who would lead the
    /// project there is personal, but for whether that one is of RIKEN's staff.
    pub fn member(&self, profile: ProfileId, fact: &str) -> bool {
        let fact = fact.strip_prefix("member.").unwrap_or(fact);
        let is_personal = fact.starts_with("principal_investigator.") && fact != "principal_investigator.riken_staff";
        is_personal && !self.open.contains(&profile)
    }

    /// Whether a value is hidden that was entered once, whatever was entered since. What an institution kept to itself and its lead goes
    /// with it: whoever leads its side later has not been trusted with it.
    pub fn entry(&self, entry: &Entry) -> bool {
        entry.confidential && !self.open.contains(&entry.profile)
    }

    /// Whether an institution is a member now.
    pub(crate) fn is_present(&self, profile: ProfileId) -> bool {
        self.present.contains(&profile)
    }

    /// Whether a value may be replaced unseen: that of an institution which is gone, by a lead of the side it was on.
    pub(crate) fn may_replace(&self, entry: &Entry) -> bool {
        !self.entry(entry) || (!self.is_present(entry.profile) && self.led.contains(&entry.side))
    }
}

/// What the actor does not see of a consortium.
pub fn hidden(loaded: &Loaded, standing: &Standing) -> Hidden {
    hidden_of(&loaded.content, standing)
}

pub(crate) fn hidden_of(content: &Content, standing: &Standing) -> Hidden {
    let own: BTreeSet<ProfileId> = standing
        .acting
        .iter()
        .filter(|(_, of, _)| *of >= ConsortiumRole::Member)
        .map(|(profile, ..)| *profile)
        .collect();
    let accepted = || standing.seats.iter().filter(|seat| seat.status == Seated::Accepted);
    let led: Vec<Side> = accepted()
        .filter(|seat| seat.is_lead && own.contains(&ProfileId(seat.profile_id)))
        .map(|seat| seat.side)
        .collect();
    let of_led = accepted().filter(|seat| led.contains(&seat.side)).map(|seat| ProfileId(seat.profile_id));
    let open: BTreeSet<ProfileId> = own.iter().copied().chain(of_led).collect();
    let present = accepted().map(|seat| ProfileId(seat.profile_id)).collect();
    let mut hidden = Hidden { facts: BTreeSet::new(), open, led, present };
    let facts = content.facts.iter().filter(|(_, entry)| hidden.entry(entry));
    hidden.facts = facts.map(|(fact, _)| fact.clone()).collect();
    hidden
}

/// The consortia that some records of the history are about: what was done in one, what moved in the profile of a member, and who
/// no longer acts for a member.
pub(crate) async fn moved(
    connection: &impl ConnectionTrait,
    records: &[audit_record::Model],
) -> Result<Vec<ConsortiumId>, Error> {
    let mut moved = BTreeSet::new();
    let mut left = BTreeSet::new();
    for record in records {
        if record.action.starts_with("CONSORTIUM_") {
            let details: serde_json::Value = serde_json::from_str(&record.details).unwrap_or_default();
            let id = details.get("consortium").and_then(|id| id.as_str()?.parse::<ConsortiumId>().ok());
            moved.extend(id);
        } else if record.action == audit::Action::MemberRemoved.as_str() {
            left.extend(record.profile_id);
        }
    }
    if !left.is_empty() {
        let seats = consortium_member::Entity::find()
            .filter(consortium_member::Column::ProfileId.is_in(left))
            .filter(consortium_member::Column::Status.eq(Seated::Accepted))
            .all(connection)
            .await?;
        moved.extend(seats.into_iter().map(|seat| ConsortiumId(seat.consortium_id)));
    }
    Ok(moved.into_iter().collect())
}

/// Of some institutions, or of all, those that somebody looks after, so that an invitation can be answered.
pub(crate) async fn looked_after(
    connection: &impl ConnectionTrait,
    of: Option<Vec<ProfileId>>,
) -> Result<BTreeSet<ProfileId>, Error> {
    let query = membership::Entity::find()
        .filter(membership::Column::Role.is_in([membership::Role::Editor, membership::Role::Owner]))
        .select_only()
        .column(membership::Column::ProfileId)
        .distinct();
    let queries = match of {
        None => vec![query],
        // Databases take so many values in one statement.
        Some(of) => of
            .chunks(IDS_AT_ONCE)
            .map(|some| query.clone().filter(membership::Column::ProfileId.is_in(some.iter().map(|profile| profile.0))))
            .collect(),
    };
    let mut found = BTreeSet::new();
    for query in queries {
        let ids: Vec<Uuid> = query.into_tuple().all(connection).await?;
        found.extend(ids.into_iter().map(ProfileId));
    }
    Ok(found)
}

/// The accounts that act for institutions with at least a role, each once, but for the actor.
pub(crate) async fn people(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    profiles: impl IntoIterator<Item = ProfileId>,
    least: ProfileRole,
) -> Result<Vec<AccountId>, Error> {
    let rows = membership::Entity::find()
        .filter(membership::Column::ProfileId.is_in(profiles.into_iter().map(|profile| profile.0)))
        .all(connection)
        .await?;
    let accounts = rows.into_iter().filter(|row| ProfileRole::from(row.role) >= least);
    let accounts: BTreeSet<AccountId> = accounts.map(|row| AccountId(row.account_id)).collect();
    Ok(accounts.into_iter().filter(|account| Some(*account) != actor.account()).collect())
}
