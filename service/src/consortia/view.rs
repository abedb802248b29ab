//! What members of a consortium see of it, and those who are invited.

use std::collections::{BTreeMap, BTreeSet};

use eligibility::Localized;
use entity::consortium_member::Status as Seated;
use entity::{consortium, consortium_member, consortium_version};
use profile::ProfileId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::comments::names_of;
use super::content::Change;
use super::{Hidden, Loaded, Side, Standing, content_of, find, hidden, hidden_of, load_with, profiles_of, seats};
use crate::actor::{Actor, ConsortiumId, ConsortiumMemberId};
use crate::clock;
use crate::platform::Platform;
use crate::policy::{Action, ConsortiumRole};
use crate::profiles;
use crate::refusal::Refusal;

/// Versions that one page holds at most.
const PAGE_AT_MOST: u64 = 100;
/// Invitations that one list holds at most.
const INVITATIONS_AT_MOST: u64 = 100;

/// A consortium as the actor sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The consortium, its members and what is planned: more than the actor may see.
    pub loaded: Loaded,
    /// What the actor is to it.
    pub standing: Standing,
    /// What the actor may not see.
    pub hidden: Hidden,
    /// What institutions are called that are members or invited, or have entered what is planned.
    pub names: BTreeMap<ProfileId, Localized>,
    /// The names of people who have entered what is planned or invited somebody; without those whose accounts are deleted.
    pub people: BTreeMap<Uuid, String>,
}

impl Shown {
    /// The consortium's id.
    pub fn id(&self) -> ConsortiumId {
        self.loaded.id()
    }

    /// The invitations that wait for an answer.
    pub fn invited(&self) -> impl Iterator<Item = &consortium_member::Model> {
        self.standing.seats.iter().filter(|seat| seat.status == Seated::Invited)
    }

    /// Whether one of the actor's institutions leads a side.
    pub fn is_lead(&self) -> bool {
        self.standing.role() >= Some(ConsortiumRole::SideLead)
    }
}

/// A consortium, for an institution that is a member.
///
/// # Errors
/// `NotFound` for whoever has nothing to do with it, what the actor lacks, or whatever the database says.
pub async fn shown(platform: &Platform, actor: &Actor, id: ConsortiumId) -> Result<Shown, Refusal> {
    let connection = platform.database().connection();
    let standing = find(connection, actor, id, Action::ReadConsortium).await?;
    let accepted = standing.seats.iter().filter(|seat| seat.status == Seated::Accepted).cloned().collect();
    let loaded = load_with(connection, standing.row.clone(), accepted).await?;
    let hidden = hidden(&loaded, &standing);
    let content = &loaded.content;
    let files = || [&content.chinese_file, &content.partner_file].into_iter().flatten();
    let others: BTreeSet<Uuid> = standing
        .seats
        .iter()
        .map(|seat| seat.profile_id)
        .chain(content.facts.values().map(|entry| entry.profile.0))
        .chain(files().map(|file| file.profile.0))
        .filter(|profile| !loaded.profiles.contains_key(&ProfileId(*profile)))
        .collect();
    let mut names: BTreeMap<ProfileId, Localized> = BTreeMap::new();
    let others = if others.is_empty() { BTreeMap::new() } else { profiles_of(connection, others).await? };
    for (id, found) in loaded.profiles.iter().chain(&others) {
        names.insert(*id, found.content.display_names());
    }
    let accounts: BTreeSet<Uuid> = content
        .facts
        .values()
        .map(|entry| entry.account.0)
        .chain(files().map(|file| file.account.0))
        .chain(standing.seats.iter().map(|seat| seat.invited_by))
        .collect();
    let people = names_of(connection, accounts).await?;
    Ok(Shown { loaded, standing, hidden, names, people })
}

/// The consortia of which a profile is a member, the newest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn mine(platform: &Platform, actor: &Actor, profile: ProfileId) -> Result<Vec<ConsortiumId>, Refusal> {
    let connection = platform.database().connection();
    profiles::find(connection, actor, profile, Action::SeekPartners).await?;
    let rows = consortium_member::Entity::find()
        .select_only()
        .column(consortium_member::Column::ConsortiumId)
        .filter(consortium_member::Column::ProfileId.eq(profile.0))
        .filter(consortium_member::Column::Status.eq(Seated::Accepted))
        .order_by_desc(consortium_member::Column::ConsortiumId)
        .into_tuple::<Uuid>()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(ConsortiumId).collect())
}

/// An invitation as those see it who are invited: nothing of what is planned.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Names it.
    pub id: ConsortiumMemberId,
    /// The institution that is invited.
    pub profile: ProfileId,
    /// What the consortium is called.
    pub name: String,
    /// The call.
    pub guide: String,
    /// The direction, within the call.
    pub direction: String,
    /// The side that it would be on.
    pub side: Side,
    /// Whether it would lead that.
    pub is_lead: bool,
    /// Who the members are.
    pub members: Vec<Localized>,
    /// The name of the person who invites; `None` once the account is deleted.
    pub invited_by: Option<String>,
    /// What the invitation says.
    pub message: Option<String>,
    /// When it was sent, milliseconds since 1970 (UTC).
    pub at: i64,
    /// Until when it can be answered, milliseconds since 1970 (UTC).
    pub expires_at: i64,
}

/// The invitations of a profile that wait for an answer, the newest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn invitations(platform: &Platform, actor: &Actor, profile: ProfileId) -> Result<Vec<Invitation>, Refusal> {
    let connection = platform.database().connection();
    profiles::find(connection, actor, profile, Action::SeekPartners).await?;
    let rows = consortium_member::Entity::find()
        .find_also_related(consortium::Entity)
        .filter(consortium_member::Column::ProfileId.eq(profile.0))
        .filter(consortium_member::Column::Status.eq(Seated::Invited))
        .filter(consortium_member::Column::ExpiresAt.gt(clock::now()))
        .order_by_desc(consortium_member::Column::Id)
        .limit(INVITATIONS_AT_MOST)
        .all(connection)
        .await?;
    let mut invitations = Vec::new();
    for (seat, row) in rows {
        let Some(row) = row else { continue };
        invitations.push(invitation_of(platform, seat, row).await?);
    }
    Ok(invitations)
}

/// An invitation, for the institution that is invited, as long as it waits for an answer.
///
/// # Errors
/// `NotFound` also for whoever is not invited, what the actor lacks, or whatever the database says.
pub async fn invitation(platform: &Platform, actor: &Actor, id: ConsortiumMemberId) -> Result<Invitation, Refusal> {
    let connection = platform.database().connection();
    let found = consortium_member::Entity::find_by_id(id.0)
        .find_also_related(consortium::Entity)
        .filter(consortium_member::Column::Status.eq(Seated::Invited))
        .filter(consortium_member::Column::ExpiresAt.gt(clock::now()))
        .one(connection)
        .await?;
    let Some((seat, Some(row))) = found else { return Err(Refusal::NotFound) };
    let standing = find(connection, actor, ConsortiumId(row.id), Action::ReadConsortiumInvitation).await?;
    if standing.acting.iter().all(|(profile, ..)| profile.0 != seat.profile_id) {
        return Err(Refusal::NotFound);
    }
    invitation_of(platform, seat, row).await
}

async fn invitation_of(
    platform: &Platform,
    seat: consortium_member::Model,
    row: consortium::Model,
) -> Result<Invitation, Refusal> {
    let connection = platform.database().connection();
    let others = seats(connection, ConsortiumId(row.id)).await?;
    let others: Vec<ProfileId> = others
        .into_iter()
        .filter(|seat| seat.status == Seated::Accepted)
        .map(|seat| ProfileId(seat.profile_id))
        .collect();
    let found = profiles_of(connection, others.iter().map(|profile| profile.0)).await?;
    let members = others.iter().filter_map(|profile| found.get(profile)).map(|found| found.content.display_names());
    let invited_by = names_of(connection, [seat.invited_by]).await?.remove(&seat.invited_by);
    Ok(Invitation {
        id: ConsortiumMemberId(seat.id),
        profile: ProfileId(seat.profile_id),
        name: row.name,
        guide: row.guide,
        direction: row.direction,
        side: seat.side,
        is_lead: seat.is_lead,
        members: members.collect(),
        invited_by,
        message: seat.message,
        at: seat.invited_at,
        expires_at: seat.expires_at,
    })
}

/// A version of what a consortium plans, as the actor sees it.
#[derive(Clone, Debug)]
pub struct Version {
    /// The consortium.
    pub consortium: ConsortiumId,
    /// Its number, from 1.
    pub number: i32,
    /// When it was written, milliseconds since 1970 (UTC).
    pub at: i64,
    /// The name of the person who wrote it; `None` where the service did, and once the account is deleted.
    pub author: Option<String>,
    /// The institution that it was written for.
    pub profile: Option<ProfileId>,
    /// What it changed. Values that are hidden are told by [`Version::is_hidden`].
    pub changes: Vec<Change>,
    /// What institutions are called that it names.
    pub names: BTreeMap<ProfileId, Localized>,
    hidden: Hidden,
}

impl Version {
    /// Whether the values of a change are hidden: those of a fact that is hidden now, whatever it was, and those that were entered
    /// as confidential.
    pub fn is_hidden(&self, change: &Change) -> bool {
        match change {
            Change::Fact { fact, before, after } => {
                self.hidden.project(fact) || before.iter().chain(after).any(|entry| self.hidden.entry(entry))
            }
            _ => false,
        }
    }
}

/// The versions of a consortium before a number, the newest first; at most `first`.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn versions(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    before: Option<i32>,
    first: u64,
) -> Result<Vec<Version>, Refusal> {
    let connection = platform.database().connection();
    let standing = find(connection, actor, id, Action::ReadConsortium).await?;
    let content = content_of(connection, id, standing.row.version).await?;
    let hidden = hidden_of(&content, &standing);
    let mut query = consortium_version::Entity::find().filter(consortium_version::Column::ConsortiumId.eq(id.0));
    if let Some(before) = before {
        query = query.filter(consortium_version::Column::Number.lt(before));
    }
    let query = query.order_by_desc(consortium_version::Column::Number).limit(first.min(PAGE_AT_MOST + 1));
    let rows = query.all(connection).await?;
    let people = names_of(connection, rows.iter().filter_map(|row| row.author)).await?;
    let mut versions = Vec::new();
    let mut named = BTreeSet::new();
    for row in rows {
        let changes: Vec<Change> = serde_json::from_str(&row.changes).map_err(crate::Error::Content)?;
        named.extend(row.profile_id);
        named.extend(changes.iter().filter_map(|change| match change {
            Change::Member { profile, .. } => Some(profile.0),
            _ => None,
        }));
        versions.push(Version {
            consortium: id,
            number: row.number,
            at: row.created_at,
            author: row.author.and_then(|author| people.get(&author).cloned()),
            profile: row.profile_id.map(ProfileId),
            changes,
            names: BTreeMap::new(),
            hidden: hidden.clone(),
        });
    }
    let found = profiles_of(connection, named).await?;
    let names: BTreeMap<ProfileId, Localized> =
        found.into_iter().map(|(id, found)| (id, found.content.display_names())).collect();
    for version in &mut versions {
        version.names.clone_from(&names);
    }
    Ok(versions)
}
