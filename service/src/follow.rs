//! The index follows the feed: it takes over the changes after the last one it has, in their order, however far it is behind.
//! What it has is written down with it, in one commit, so it goes on from there after any crash.

use std::sync::Arc;

use eligibility::Library;
use entity::{profile as profiles, revision};
use profile::{Assurance, Profile, ProfileId, Standing};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use search::{Document, Index, IndexError, Writer};

use crate::database::Database;
use crate::error::Error;
use crate::feed;
use crate::listing::Listing;
use crate::profiles::is_listed;

/// Profiles read at once.
const PAGE: u64 = 1_000;
/// Changes after which the index is made to keep them, when there are many.
const COMMIT: usize = 20_000;

/// How an index stands to its feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaughtUp {
    /// It has all changes; so many were taken over now.
    With(u64),
    /// Another process is writing it.
    Elsewhere,
}

pub(crate) type Row = (profiles::Model, Option<revision::Model>);

/// What the index is brought up to date from.
#[derive(Clone, Copy)]
pub(crate) struct Taking<'a> {
    pub(crate) database: &'a Database,
    pub(crate) index: &'a Index,
    pub(crate) library: &'a Arc<Library>,
}

impl Taking<'_> {
    /// Brings the index up to the head of the feed.
    pub(crate) async fn catch_up(self) -> Result<CaughtUp, Error> {
        self.index.refresh()?;
        if number(self.index.change()) == self.head().await? {
            return Ok(CaughtUp::With(0));
        }
        let Some(mut writer) = self.writer()? else { return Ok(CaughtUp::Elsewhere) };
        // Another process may have written it since.
        let mut after = number(self.index.change());
        if after > self.head().await? {
            // The database was restored from an older copy: what the index has beyond it never happened there.
            writer.clear()?;
            after = 0;
        }
        self.take(writer, after, Some(COMMIT), |_| {}).await
    }

    /// Builds the index anew; searches see what it held before until it is whole.
    pub(crate) async fn rebuild(self, progress: impl FnMut(u64)) -> Result<CaughtUp, Error> {
        let Some(mut writer) = self.writer()? else { return Ok(CaughtUp::Elsewhere) };
        writer.clear()?;
        self.take(writer, 0, None, progress).await
    }

    async fn head(self) -> Result<i64, Error> {
        Ok(feed::at(self.database.connection()).await?.change)
    }

    fn writer(self) -> Result<Option<Writer>, Error> {
        match self.index.writer() {
            Ok(writer) => Ok(Some(writer)),
            Err(IndexError::Locked) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes over all changes after a number; commits at the end, and after every so many changes.
    async fn take(
        self,
        mut writer: Writer,
        mut after: i64,
        commit_every: Option<usize>,
        mut progress: impl FnMut(u64),
    ) -> Result<CaughtUp, Error> {
        let mut taken = 0_u64;
        let mut uncommitted = 0_usize;
        let mut head = self.head().await?;
        let mut page = read(self.database, after, PAGE).await?;
        while let Some(last) = page.last().map(|(row, _)| row.change) {
            let count = page.len();
            let library = Arc::clone(self.library);
            let working = tokio::task::spawn_blocking(move || {
                let done = take_over(&mut writer, &library, page);
                (writer, done)
            });
            // The next page is read while this one is taken over.
            head = self.head().await?;
            let next = read(self.database, last, PAGE).await;
            let (returned, done) = match working.await {
                Ok(result) => result,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            };
            writer = returned;
            done?;
            after = last;
            taken += u64::try_from(count).unwrap_or_default();
            uncommitted += count;
            progress(taken);
            if commit_every.is_some_and(|every| uncommitted >= every) {
                writer.commit(unsigned(after))?;
                uncommitted = 0;
            }
            page = next?;
        }
        // Nothing lies between the last profile and the head, which was read before it was found that none follows.
        writer.commit(unsigned(after.max(head)))?;
        Ok(CaughtUp::With(taken))
    }
}

/// Profiles that changed after a number, in the order of their changes, with what is published of them; at most `limit`. Those
/// that were never published are nobody's business.
pub(crate) async fn read(database: &Database, after: i64, limit: u64) -> Result<Vec<Row>, Error> {
    let query = profiles::Entity::find().find_also_related(revision::Entity);
    let query = query
        .filter(profiles::Column::Change.gt(after))
        .filter(profiles::Column::PublishedRevision.is_not_null())
        .order_by_asc(profiles::Column::Change);
    Ok(query.limit(limit).all(database.connection()).await?)
}

/// One profile, with what is published of it; nothing for one that was never published.
pub(crate) async fn read_one(database: &Database, id: ProfileId) -> Result<Option<Row>, Error> {
    let query = profiles::Entity::find_by_id(id.0).find_also_related(revision::Entity);
    let query = query.filter(profiles::Column::PublishedRevision.is_not_null());
    Ok(query.one(database.connection()).await?)
}

fn take_over(writer: &mut Writer, library: &Library, page: Vec<Row>) -> Result<(), Error> {
    for (row, revision) in page {
        match listing(&row, revision)? {
            Some((listing, profile)) => put(writer, library, &listing, row.created_at, &profile)?,
            None => writer.remove(ProfileId(row.id))?,
        }
    }
    Ok(())
}

/// What everybody may see of a profile, and all that it says; `None` if it is not listed.
pub(crate) fn listing(
    row: &profiles::Model,
    revision: Option<revision::Model>,
) -> Result<Option<(Listing, Profile)>, Error> {
    let Some(revision) = revision.filter(|_| is_listed(row)) else { return Ok(None) };
    let profile: Profile = serde_json::from_str(&revision.content).map_err(Error::Content)?;
    let listing = Listing {
        id: ProfileId(row.id),
        revision: revision.number,
        change: row.change,
        changed_at: row.changed_at,
        confirmed_at: row.confirmed_at,
        profile: profile.public(),
    };
    Ok(Some((listing, profile)))
}

fn put(
    writer: &mut Writer,
    library: &Library,
    listing: &Listing,
    created_at: i64,
    profile: &Profile,
) -> Result<(), Error> {
    // Facts of a vocabulary that is no longer loaded are no reason to hide an institution: it is listed without abilities.
    let standing = match profile::member(library, profile, Assurance::Imported) {
        Ok(member) => profile::standing(library, &member),
        Err(problems) => {
            tracing::warn!(profile = %listing.id, problem = ?problems.first(), "facts that cannot be judged");
            Standing::default()
        }
    };
    let card = listing.to_card().map_err(Error::Card)?;
    writer.put(&Document {
        id: listing.id,
        change: unsigned(listing.change),
        changed_at: listing.changed_at,
        created_at,
        profile,
        abilities: &standing.abilities,
        completeness: standing.completeness,
        facts: &profile::fact_key(profile),
        card: &card,
    })?;
    Ok(())
}

fn number(change: u64) -> i64 {
    i64::try_from(change).unwrap_or(i64::MAX)
}

fn unsigned(change: i64) -> u64 {
    u64::try_from(change).unwrap_or_default()
}
