//! The board: the requests for partners that everybody sees, in memory. It is read again when any of them has changed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use eligibility::date::Date;
use eligibility::place::Country;
use eligibility::{DirectionId, Role};
use entity::partner_request;
use profile::ProfileId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use search::{Asked, Lexicon, Words};

use super::requests::{self, RequestStatus, Wanted};
use crate::actor::RequestId;
use crate::clock;
use crate::directory::Directory;
use crate::error::Error;
use crate::platform::Platform;

/// A request as everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedRequest {
    /// Names it.
    pub id: RequestId,
    /// Who posts it.
    pub profile: ProfileId,
    /// The direction it is for, if it is for one.
    pub direction: Option<DirectionId>,
    /// The key of the direction's topic, or a topic in free words.
    pub topic: Option<String>,
    /// Its title.
    pub title: String,
    /// What is offered.
    pub offers: String,
    /// What is sought.
    pub seeks: String,
    /// The role of whoever is sought; any, if not given.
    pub role: Option<Role>,
    /// Where they should be from; anywhere, if empty.
    pub countries: Vec<Country>,
    /// The last day on which it is shown.
    pub expires_on: Date,
    /// When it was first shown, milliseconds since 1970 (UTC).
    pub published_at: i64,
}

/// Which requests are wanted. What is not given does not limit them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// Only those of this profile.
    pub profile: Option<ProfileId>,
    /// Only those for this direction.
    pub direction: Option<DirectionId>,
    /// Only those that look for this role, or for any.
    pub role: Option<Role>,
    /// Only those that look for partners from one of these, or from anywhere.
    pub countries: Option<Vec<Country>>,
    /// Only those that say all of this, in either language.
    pub text: Option<String>,
}

/// A request on the board, with what it says in words.
#[derive(Clone, Debug)]
struct Posted {
    request: Arc<PublishedRequest>,
    words: Arc<Words>,
}

/// The requests that everybody sees, the newest first.
#[derive(Debug, Default)]
pub struct Board(Vec<Posted>);

impl Board {
    /// All requests, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &PublishedRequest> {
        self.0.iter().map(|posted| posted.request.as_ref())
    }

    /// The requests for a direction, and those for none in particular.
    pub fn of_direction(&self, direction: DirectionId) -> impl Iterator<Item = &PublishedRequest> {
        self.all().filter(move |request| request.direction.is_none_or(|of| of == direction))
    }

    /// A request.
    pub fn get(&self, id: RequestId) -> Option<Arc<PublishedRequest>> {
        self.0.iter().find(|posted| posted.request.id == id).map(|posted| Arc::clone(&posted.request))
    }

    /// The requests that are wanted, the newest first.
    pub fn find(&self, lexicon: &Lexicon, filter: &RequestFilter) -> Vec<Arc<PublishedRequest>> {
        let asked = filter.text.as_deref().map(|text| Asked::new(lexicon, text));
        let is_wanted = |posted: &&Posted| {
            let request = &posted.request;
            let from = |wanted: &Vec<Country>| wanted.iter().any(|country| request.countries.contains(country));
            filter.profile.is_none_or(|profile| request.profile == profile)
                && filter.direction.is_none_or(|direction| request.direction == Some(direction))
                && filter.role.is_none_or(|role| request.role.is_none_or(|sought| sought == role))
                && filter.countries.as_ref().is_none_or(|wanted| request.countries.is_empty() || from(wanted))
                && asked.as_ref().is_none_or(|asked| asked.is_met_by(&posted.words))
        };
        self.0.iter().filter(is_wanted).map(|posted| Arc::clone(&posted.request)).collect()
    }
}

/// What the board was made of: when any request was changed last, the last change of a profile, and the day.
type Edition = (Option<i64>, u64, Date);

/// The board as this node made it last.
#[derive(Debug, Default)]
struct Known {
    edition: Option<Edition>,
    /// All that was approved, also of profiles that are not listed now.
    approved: Arc<Vec<Posted>>,
    board: Arc<Board>,
}

/// The board as this node read it last.
#[derive(Debug, Default)]
pub(crate) struct Memory(RwLock<Known>);

/// The board now. Requests of profiles that are not listed, and those whose last day has passed, are not on it.
///
/// # Errors
/// Whatever the database or the index says.
pub async fn board(platform: &Platform) -> Result<Arc<Board>, Error> {
    let directory = platform.directory();
    let changed_at = requests::latest(platform.database().connection()).await?;
    let edition = (changed_at, directory.snapshot().change(), clock::today());
    let memory = &platform.partners().board.0;
    let approved = {
        let known = memory.read().unwrap_or_else(PoisonError::into_inner);
        if known.edition == Some(edition) {
            return Ok(Arc::clone(&known.board));
        }
        let is_same = known.edition.is_some_and(|(at, ..)| at == changed_at);
        is_same.then(|| Arc::clone(&known.approved))
    };
    let approved = match approved {
        Some(approved) => approved,
        None => Arc::new(read(platform).await?),
    };
    let board = Arc::new(shown(directory, &approved)?);
    let mut known = memory.write().unwrap_or_else(PoisonError::into_inner);
    *known = Known { edition: Some(edition), approved, board: Arc::clone(&board) };
    Ok(board)
}

/// A request as everybody sees it.
///
/// # Errors
/// Whatever the database or the index says.
pub async fn published(platform: &Platform, id: RequestId) -> Result<Option<Arc<PublishedRequest>>, Error> {
    Ok(board(platform).await?.get(id))
}

async fn read(platform: &Platform) -> Result<Vec<Posted>, Error> {
    let off = [RequestStatus::Closed, RequestStatus::Expired, RequestStatus::Refused];
    let rows = partner_request::Entity::find()
        .filter(partner_request::Column::Published.is_not_null())
        .filter(partner_request::Column::Status.is_not_in(off))
        .order_by_desc(partner_request::Column::PublishedAt)
        .order_by_desc(partner_request::Column::Id)
        .all(platform.database().connection())
        .await?;
    let directory = platform.directory();
    rows.into_iter().filter_map(|row| posted(directory, row).transpose()).collect()
}

fn posted(directory: &Directory, row: partner_request::Model) -> Result<Option<Posted>, Error> {
    let Some(wanted) = row.published.as_deref().map(Wanted::of).transpose()? else { return Ok(None) };
    let library = directory.library();
    let direction = wanted.direction(library);
    let mut words = vec![wanted.title.clone(), wanted.offers.clone(), wanted.seeks.clone()];
    if let Some(topic) = &wanted.topic {
        match requests::topic_name(library, direction, topic) {
            Some(name) => words.extend([name.zh, name.en]),
            None => words.push(topic.clone()),
        }
    }
    let request = PublishedRequest {
        id: RequestId(row.id),
        profile: ProfileId(row.profile_id),
        direction,
        role: wanted.role(),
        countries: wanted.countries(),
        topic: wanted.topic,
        title: wanted.title,
        offers: wanted.offers,
        seeks: wanted.seeks,
        expires_on: wanted.expires_on,
        published_at: row.published_at.unwrap_or(row.changed_at),
    };
    let words = Words::of(directory.lexicon(), &words.join("\n"));
    Ok(Some(Posted { request: Arc::new(request), words: Arc::new(words) }))
}

/// What of all that was approved is shown today.
fn shown(directory: &Directory, approved: &[Posted]) -> Result<Board, Error> {
    let (today, snapshot) = (clock::today(), directory.snapshot());
    let mut is_listed: HashMap<ProfileId, bool> = HashMap::new();
    let mut shown = Vec::new();
    for posted in approved.iter().filter(|posted| posted.request.expires_on >= today) {
        let profile = posted.request.profile;
        let is_listed = match is_listed.get(&profile) {
            Some(is_listed) => *is_listed,
            None => {
                let found = snapshot.get(profile).map_err(Error::Query)?.is_some();
                is_listed.insert(profile, found);
                found
            }
        };
        if is_listed {
            shown.push(posted.clone());
        }
    }
    Ok(Board(shown))
}
