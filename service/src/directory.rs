//! The directory: published profiles, how they are found, and how they come in.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use eligibility::{DirectionId, Library};
use profile::{ConceptId, Identifier, ProfileId, Taxonomy};
use search::{Facets, Index, Lexicon, Matching, QueryError, Request, Score, Snapshot};

use crate::database::Database;
use crate::error::Error;
use crate::feed;
use crate::follow::{self, CaughtUp, Taking};
use crate::import::{self, Fault, ImportReport, Incoming};
use crate::listing::{LISTING_VERSION, Listing};

/// Entries of the feed that one answer holds at most.
pub const CHANGES_AT_MOST: u64 = 1_000;

/// How long the index lets changes gather while an import runs.
const BETWEEN: Duration = Duration::from_millis(100);

/// What a directory is made of.
#[derive(Debug)]
pub struct Options {
    /// The address of the database.
    pub database: String,
    /// The folder of the index; without one it is kept in memory.
    pub index: Option<PathBuf>,
    /// The calls.
    pub library: Arc<Library>,
    /// Fields and words.
    pub taxonomy: Arc<Taxonomy>,
}

/// Published profiles, how they are found, and how they come in.
pub struct Directory {
    database: Database,
    index: Index,
    lexicon: Arc<Lexicon>,
    library: Arc<Library>,
    taxonomy: Arc<Taxonomy>,
    instance: String,
}

/// A page of listings.
#[derive(Debug)]
pub struct Found {
    /// The listings, in their order.
    pub hits: Vec<Hit>,
    /// How many listings match in all.
    pub total: usize,
    /// How many match by each value, if that was asked for.
    pub facets: Option<Facets>,
    /// How the words were matched.
    pub matching: Matching,
    /// Words that were taken for others: as typed, as used.
    pub corrections: Vec<(String, Vec<String>)>,
    /// Whether listings come before this page.
    pub has_previous: bool,
    /// Whether listings follow this page.
    pub has_next: bool,
}

/// A listing that was found.
#[derive(Debug)]
pub struct Hit {
    /// The listing.
    pub listing: Listing,
    /// Why it stands where it stands.
    pub score: Score,
    /// Where it stands.
    pub cursor: String,
}

/// An entry of the feed: what became of a profile.
#[derive(Debug)]
pub struct Change {
    /// Its number.
    pub number: i64,
    /// The profile.
    pub id: ProfileId,
    /// When it changed, milliseconds since 1970 (UTC).
    pub changed_at: i64,
    /// What is listed now; `None` if it is no longer listed.
    pub listing: Option<Listing>,
}

impl Change {
    fn of((row, revision): follow::Row) -> Result<Self, Error> {
        Ok(Self {
            number: row.change,
            id: ProfileId(row.id),
            changed_at: row.changed_at,
            listing: follow::listing(&row, revision)?.map(|(listing, _)| listing),
        })
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("database", &self.database.name()).finish_non_exhaustive()
    }
}

impl Directory {
    /// Opens the database, made or brought up to date if need be, and the index, as it was left.
    ///
    /// # Errors
    /// If the database or the folder of the index cannot be used.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let Options { database, index, library, taxonomy } = options;
        let database = Database::open(&database).await?;
        let lexicon = Arc::new(Lexicon::new(Arc::clone(&library), Arc::clone(&taxonomy)));
        let instance = feed::at(database.connection()).await?.instance.to_string();
        let of = format!("{instance}/{LISTING_VERSION}");
        let index = match index {
            Some(folder) => Index::open(&folder, Arc::clone(&lexicon), &of)?,
            None => Index::in_memory(Arc::clone(&lexicon), &of)?,
        };
        Ok(Self { database, index, lexicon, library, taxonomy, instance })
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The calls.
    pub fn library(&self) -> &Arc<Library> {
        &self.library
    }

    /// Fields and words.
    pub fn taxonomy(&self) -> &Arc<Taxonomy> {
        &self.taxonomy
    }

    /// How words are read.
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }

    /// The concepts that the topics of a direction have words for, in either language: of one topic or sub-topic, by its key, or of
    /// all.
    pub fn topic_concepts(&self, direction: DirectionId, key: Option<&str>) -> Vec<ConceptId> {
        let Some(direction) = self.library.direction(direction) else { return Vec::new() };
        let mut found = BTreeSet::new();
        for topic in &direction.topics.items {
            let is_whole = key.is_none_or(|key| key == topic.key);
            let below =
                topic.subtopics.iter().chain(&topic.focus).filter(|named| is_whole || Some(named.key.as_str()) == key);
            let names = is_whole.then_some(&topic.name).into_iter().chain(below.map(|named| &named.name));
            for name in names {
                found.extend(self.lexicon.concepts_in(&name.zh));
                found.extend(self.lexicon.concepts_in(&name.en));
            }
        }
        found.into_iter().collect()
    }

    /// The index as it is now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.index.snapshot()
    }

    /// Finds listings. Asks the index only, never the database.
    ///
    /// # Errors
    /// If the words are too many, or the cursor is not of this question.
    pub fn search(&self, request: &Request) -> Result<Found, QueryError> {
        let page = self.snapshot().search(request)?;
        let hit = |hit: search::Hit| {
            Some(Hit { listing: Listing::of_card(&hit.card)?, score: hit.score, cursor: hit.cursor })
        };
        Ok(Found {
            hits: page.hits.into_iter().filter_map(hit).collect(),
            total: page.total,
            facets: page.facets,
            matching: page.matching,
            corrections: page.corrections,
            has_previous: page.has_previous,
            has_next: page.has_next,
        })
    }

    /// The listing of a profile; `None` if it is not listed.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn listing(&self, id: ProfileId) -> Result<Option<Listing>, QueryError> {
        Ok(self.snapshot().get(id)?.as_deref().and_then(Listing::of_card))
    }

    /// The listing with an identifier; of several, the one that is first in the order of the index.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn find(&self, identifier: &Identifier) -> Result<Option<Listing>, QueryError> {
        let snapshot = self.snapshot();
        let Some(id) = snapshot.find(identifier)?.into_iter().next() else { return Ok(None) };
        Ok(snapshot.get(id)?.as_deref().and_then(Listing::of_card))
    }

    /// The changes after a number, in their order, each profile once, at its last change; at most `first`.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn changes(&self, after: i64, first: u64) -> Result<Vec<Change>, Error> {
        let rows = follow::read(&self.database, after, first.min(CHANGES_AT_MOST)).await?;
        rows.into_iter().map(Change::of).collect()
    }

    /// The last change of a profile; `None` if there is no such profile, or it was never published.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn change(&self, id: ProfileId) -> Result<Option<Change>, Error> {
        follow::read_one(&self.database, id).await?.map(Change::of).transpose()
    }

    /// The name of this database: numbers of changes mean something only together with it.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Imports what a source gives, and has the index take it over meanwhile. `progress` is told how many records have been
    /// dealt with.
    ///
    /// # Errors
    /// `ImportRunning` if another import is; whatever the database or the index says. What was committed before stays.
    pub async fn import(
        &self,
        source: &str,
        records: impl Iterator<Item = Result<Incoming, Fault>> + Send + 'static,
        progress: impl FnMut(u64),
    ) -> Result<ImportReport, Error> {
        let ended = AtomicBool::new(false);
        let importing = async {
            let report = import::run(&self.database, source, records, progress).await;
            ended.store(true, Ordering::Release);
            report
        };
        let following = async {
            while !ended.load(Ordering::Acquire) {
                self.catch_up().await?;
                tokio::time::sleep(BETWEEN).await;
            }
            Ok::<_, Error>(())
        };
        let begun = Instant::now();
        let (report, followed) = tokio::join!(importing, following);
        let mut report = report?;
        followed?;
        self.catch_up().await?;
        report.elapsed = begun.elapsed();
        Ok(report)
    }

    /// Brings the index up to the feed.
    ///
    /// # Errors
    /// Whatever the database or the index says.
    pub async fn catch_up(&self) -> Result<CaughtUp, Error> {
        let taking = Taking { database: &self.database, index: &self.index, library: &self.library };
        taking.catch_up().await
    }

    /// Builds the index anew; searches see the old one until it is done.
    ///
    /// # Errors
    /// Whatever the database or the index says; [`CaughtUp::Elsewhere`] if another process is writing it.
    pub async fn reindex(&self, progress: impl FnMut(u64)) -> Result<CaughtUp, Error> {
        let taking = Taking { database: &self.database, index: &self.index, library: &self.library };
        taking.rebuild(progress).await
    }

    /// Keeps the index up to the feed for ever, asking it `every` so often.
    pub async fn follow(&self, every: Duration) {
        loop {
            if let Err(error) = self.catch_up().await {
                tracing::error!(error = %error.message().en, "the index cannot follow the changes");
            }
            tokio::time::sleep(every).await;
        }
    }
}
