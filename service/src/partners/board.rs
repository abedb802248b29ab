//! The board: the requests for partners that everybody sees, in memory. It is read again when any of them has changed.

use std::sync::{Arc, PoisonError, RwLock};

use eligibility::date::Date;
use eligibility::place::Country;
use eligibility::{DirectionId, Role};
use entity::partner_request;
use profile::ProfileId;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::requests::Wanted;
use crate::actor::RequestId;
use crate::clock;
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

/// What changes when any request does.
type Edition = (i64, Option<i64>);

/// The requests that everybody sees, the newest first.
#[derive(Debug, Default)]
pub struct Board {
    edition: Edition,
    requests: Vec<PublishedRequest>,
}

impl Board {
    /// All requests, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &PublishedRequest> {
        self.requests.iter()
    }

    /// The requests for a direction, and those for none in particular.
    pub fn of_direction(&self, direction: DirectionId) -> impl Iterator<Item = &PublishedRequest> {
        self.all().filter(move |request| request.direction.is_none_or(|of| of == direction))
    }
}

/// The board as this node read it last.
#[derive(Debug, Default)]
pub(crate) struct Memory(RwLock<Arc<Board>>);

/// The board now. Requests of profiles that are not listed, and those whose last day has passed, are not on it.
pub(crate) async fn board(platform: &Platform) -> Result<Arc<Board>, Error> {
    let connection = platform.database().connection();
    let edition: Edition = partner_request::Entity::find()
        .select_only()
        .expr(Func::count(Expr::col(partner_request::Column::Id)))
        .expr(Func::max(Expr::col(partner_request::Column::ChangedAt)))
        .into_tuple()
        .one(connection)
        .await?
        .unwrap_or_default();
    let memory = &platform.partners().board.0;
    let known = Arc::clone(&memory.read().unwrap_or_else(PoisonError::into_inner));
    let known = if known.edition == edition {
        known
    } else {
        let rows = partner_request::Entity::find()
            .filter(partner_request::Column::Published.is_not_null())
            .filter(partner_request::Column::Status.is_not_in([
                partner_request::Status::Closed,
                partner_request::Status::Expired,
            ]))
            .order_by_desc(partner_request::Column::PublishedAt)
            .order_by_desc(partner_request::Column::Id)
            .all(connection)
            .await?;
        let library = platform.directory().library();
        let requests = rows.into_iter().filter_map(|row| {
            let wanted: Wanted = serde_json::from_str(row.published.as_deref()?).ok()?;
            Some(PublishedRequest {
                id: RequestId(row.id),
                profile: ProfileId(row.profile_id),
                direction: wanted.direction(library),
                topic: wanted.topic,
                title: wanted.title,
                offers: wanted.offers,
                seeks: wanted.seeks,
                role: wanted.role.and_then(|role| Role::ALL.into_iter().find(|known| known.as_str() == role)),
                countries: wanted.countries.iter().filter_map(|code| Country::parse(code)).collect(),
                expires_on: wanted.expires_on,
                published_at: row.published_at.unwrap_or(row.changed_at),
            })
        });
        let board = Arc::new(Board { edition, requests: requests.collect() });
        *memory.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&board);
        board
    };
    // Time passes and profiles go without a request being changed.
    let today = clock::today();
    let snapshot = platform.directory().snapshot();
    let is_shown = |request: &&PublishedRequest| {
        request.expires_on >= today && matches!(snapshot.get(request.profile), Ok(Some(_)))
    };
    let shown: Vec<PublishedRequest> = known.requests.iter().filter(is_shown).cloned().collect();
    if shown.len() == known.requests.len() {
        return Ok(known);
    }
    Ok(Arc::new(Board { edition, requests: shown }))
}
