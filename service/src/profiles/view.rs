//! What owners and reviewers see of a profile, beside what everybody sees.

use std::collections::BTreeMap;

use eligibility::Localized;
use eligibility::problem::ProblemCode;
use entity::{identifier, membership, profile as profiles};
use profile::difference::{Part, difference};
use profile::{NameKind, Profile, ProfileId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use search::{Reason, Request};
use serde_json::{Value, json};

use super::{Standing, find, work};
use crate::actor::Actor;
use crate::platform::Platform;
use crate::policy::{self, Action, ProfileRole};
use crate::refusal::{Refusal, UserErrorCode};

/// Characters of a statement or a message.
const STATEMENT_AT_MOST: usize = 5_000;
/// Names that similar profiles are looked for by.
const NAMES_LOOKED_FOR: usize = 6;
/// Profiles that are not listed among which similar ones are looked for, the newest first.
const HIDDEN_AT_MOST: u64 = 500;
/// Similar profiles that are shown.
const SHOWN_AT_MOST: usize = 10;

/// A profile as its members and the moderators see it.
#[derive(Clone, Debug)]
pub struct Managed {
    /// The profile.
    pub id: ProfileId,
    /// Where it stands.
    pub status: profiles::Status,
    /// Whether everybody sees its published revision.
    pub is_listed: bool,
    /// The newest revision; an edit names it.
    pub revision: i32,
    /// The published revision, if any.
    pub published_revision: Option<i32>,
    /// What the newest revision says; without contact, for those who may not see it.
    pub content: Profile,
    /// What the actor is to it.
    pub role: Option<ProfileRole>,
    /// When it was made, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// When what is published was last confirmed, milliseconds since 1970 (UTC).
    pub confirmed_at: Option<i64>,
}

/// Why a profile may be of the same institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resemblance {
    /// It has an identifier that is one institution's alone.
    Identifier,
    /// It has the same name.
    Name,
    /// It has the same domain.
    Domain,
}

/// A profile that may be of the same institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The profile.
    pub profile: ProfileId,
    /// What it is called.
    pub name: Localized,
    /// Why, the strongest reason first.
    pub resemblance: Vec<Resemblance>,
}

impl Duplicate {
    /// Whether it is the same institution beyond doubt.
    pub fn is_certain(&self) -> bool {
        self.resemblance.contains(&Resemblance::Identifier)
    }
}

/// What a person says, without space around it; `None` where that is nothing.
pub(super) fn statement(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > STATEMENT_AT_MOST) {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Limit),
            field,
            format!("最多 {STATEMENT_AT_MOST} 个字符"),
            format!("at most {STATEMENT_AT_MOST} characters"),
        ));
    }
    if text.as_ref().is_some_and(|text| text.contains('\0')) {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::InvalidValue),
            field,
            "含有空字符",
            "it holds a character 0",
        ));
    }
    Ok(text)
}

/// What differs between two revisions, for the history: facts with their values, of everything else, which may be personal,
/// only that it changed.
pub(super) fn parts(before: Option<&Profile>, after: &Profile) -> Vec<Value> {
    let mut parts = Vec::new();
    for difference in difference(before, after) {
        let part = match &difference.part {
            Part::Fact(fact) => json!({ "fact": fact, "before": difference.before, "after": difference.after }),
            other => json!(other.as_str()),
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// A profile as the actor may see it.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn managed(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<Managed, Refusal> {
    let connection = platform.database().connection();
    let standing = find(connection, actor, id, Action::ReadDraft).await?;
    let content = work::content(connection, id, standing.row.latest_revision).await?;
    Ok(of(actor, standing, content))
}

fn of(actor: &Actor, standing: Standing, mut content: Profile) -> Managed {
    let Standing { row, role } = standing;
    if !policy::is_allowed(Action::ReadContact, actor, role) {
        content.contact = None;
    }
    Managed {
        id: ProfileId(row.id),
        status: row.status,
        is_listed: super::is_listed(&row),
        revision: row.latest_revision,
        published_revision: row.published_revision,
        content,
        role,
        created_at: row.created_at,
        confirmed_at: row.confirmed_at,
    }
}

/// The profiles that the actor is a member of, the newest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn mine(platform: &Platform, actor: &Actor) -> Result<Vec<Managed>, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    let Some(account) = actor.account() else { return Ok(Vec::new()) };
    let connection = platform.database().connection();
    let rows = membership::Entity::find()
        .find_also_related(profiles::Entity)
        .filter(membership::Column::AccountId.eq(account.0))
        .order_by_desc(membership::Column::ProfileId)
        .all(connection)
        .await?;
    let mut managed = Vec::with_capacity(rows.len());
    for (membership, row) in rows {
        let Some(row) = row else { continue };
        let content = work::content(connection, ProfileId(row.id), row.latest_revision).await?;
        managed.push(of(actor, Standing { row, role: Some(membership.role.into()) }, content));
    }
    Ok(managed)
}

/// What a revision of a profile says; without contact, for those who may not see it.
///
/// # Errors
/// `NotFound`, what the actor lacks, or whatever the database says.
pub async fn revision(platform: &Platform, actor: &Actor, id: ProfileId, number: i32) -> Result<Profile, Refusal> {
    let connection = platform.database().connection();
    let standing = find(connection, actor, id, Action::ReadDraft).await?;
    if !(1..=standing.row.latest_revision).contains(&number) {
        return Err(Refusal::NotFound);
    }
    let mut content = work::content(connection, id, number).await?;
    if !policy::is_allowed(Action::ReadContact, actor, standing.role) {
        content.contact = None;
    }
    Ok(content)
}

/// Profiles that may be of the same institution as the newest revision of a profile: listed ones, and for moderators also those
/// that are suspended or wait for review.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn duplicates(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<Vec<Duplicate>, Refusal> {
    let managed = managed(platform, actor, id).await?;
    let mut duplicates = similar(platform, Some(id), &managed.content).await?;
    if policy::is_allowed(Action::ReadQueue, actor, None) {
        let hidden = hidden(platform, id, &managed.content).await?;
        duplicates.retain(|known| hidden.iter().all(|other| other.profile != known.profile));
        duplicates.extend(hidden);
    }
    Ok(duplicates)
}

/// Profiles that are suspended or wait for review, with the same name or web site: what only a moderator may know of.
async fn hidden(platform: &Platform, but: ProfileId, content: &Profile) -> Result<Vec<Duplicate>, Refusal> {
    let connection = platform.database().connection();
    let rows = profiles::Entity::find()
        .filter(profiles::Column::Status.is_in([profiles::Status::Suspended, profiles::Status::Submitted]))
        .filter(profiles::Column::Id.ne(but.0))
        .order_by_desc(profiles::Column::Id)
        .limit(HIDDEN_AT_MOST)
        .all(connection)
        .await?;
    let is_name = |text: &str| content.names.iter().any(|name| name.text.to_lowercase() == text.to_lowercase());
    let site = content.website.as_ref().and_then(|website| host(&website.value));
    let mut found = Vec::new();
    for row in rows {
        let other = work::content(connection, ProfileId(row.id), row.latest_revision).await?;
        let mut resemblance = Vec::new();
        if other.names.iter().any(|name| name.kind != NameKind::Acronym && is_name(&name.text)) {
            resemblance.push(Resemblance::Name);
        }
        if site.is_some() && site == other.website.as_ref().and_then(|website| host(&website.value)) {
            resemblance.push(Resemblance::Domain);
        }
        if !resemblance.is_empty() {
            found.push(Duplicate { profile: ProfileId(row.id), name: other.display_names(), resemblance });
        }
    }
    Ok(found)
}

/// Listed profiles that may be of the same institution, the likeliest first: by identifiers, by names in both languages, by
/// the domain of the web site.
pub(super) async fn similar(
    platform: &Platform,
    but: Option<ProfileId>,
    content: &Profile,
) -> Result<Vec<Duplicate>, Refusal> {
    let mut found: BTreeMap<ProfileId, Vec<Resemblance>> = BTreeMap::new();
    let mut note = |id: ProfileId, resemblance| {
        let known = found.entry(id).or_default();
        if Some(id) != but && !known.contains(&resemblance) {
            known.push(resemblance);
        }
    };
    let connection = platform.database().connection();
    for wanted in content.identifiers.iter().map(|attested| &attested.value).filter(|id| id.scheme().is_exclusive()) {
        let key = (wanted.scheme().as_str().to_owned(), wanted.value().to_owned());
        if let Some(row) = identifier::Entity::find_by_id(key).one(connection).await? {
            note(ProfileId(row.profile_id), Resemblance::Identifier);
        }
    }
    let directory = platform.directory();
    // Many institutions share an acronym.
    let names = content.names.iter().filter(|name| name.kind != NameKind::Acronym);
    for name in names.take(NAMES_LOOKED_FOR) {
        let request = Request { text: Some(name.text.clone()), first: 5, ..Request::default() };
        // A name too long to be looked for is no name of another.
        let Ok(page) = directory.search(&request) else { continue };
        for hit in page.hits {
            let is_whole =
                hit.score.parts.iter().any(|part| matches!(part.reason, Reason::WholeLabel | Reason::WholeAlias));
            if is_whole {
                note(hit.listing.id, Resemblance::Name);
            }
        }
    }
    let host = content.website.as_ref().and_then(|website| host(&website.value));
    for domain in content.domains.iter().map(String::as_str).chain(host) {
        let snapshot = directory.snapshot();
        let of_domain = snapshot.of_domain(domain).map_err(crate::Error::Query)?;
        // A domain that many share tells nothing.
        if of_domain.len() <= SHOWN_AT_MOST {
            for id in of_domain {
                note(id, Resemblance::Domain);
            }
        }
    }
    let mut duplicates = Vec::new();
    for (profile, mut resemblance) in found {
        if resemblance.is_empty() {
            continue;
        }
        resemblance.sort();
        let listing = directory.listing(profile).ok().flatten();
        let name = listing.map(|listing| listing.profile.display_names()).unwrap_or_default();
        duplicates.push(Duplicate { profile, name, resemblance });
    }
    duplicates.sort_by(|one, other| one.resemblance.cmp(&other.resemblance).then(one.profile.cmp(&other.profile)));
    duplicates.truncate(SHOWN_AT_MOST);
    Ok(duplicates)
}

/// The host of an address, without `www.`.
fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty()).then_some(host)
}
