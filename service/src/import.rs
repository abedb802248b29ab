//! Import: records of a registry or a portal become profiles, in batches of one transaction each.
//!
//! A record that holds what it held last time is passed over, so an import that was cut off goes on where it stopped when it is
//! run again, and one that is run twice changes nothing.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use eligibility::Localized;
use entity::profile::Status;
use entity::{identifier, membership, profile as profiles, revision, source_record};
use profile::{Assurance, Identifier, Profile, ProfileId, Scheme};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, TransactionTrait,
};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::clock;
use crate::database::Database;
use crate::error::Error;
use crate::feed::Head;
use crate::profiles::{is_listed, work};

/// The name of the registry among the sources.
const REGISTRY: &str = "ror";
/// Records of one transaction.
const BATCH: usize = 500;
/// Batches that may wait for the database.
const AHEAD: usize = 4;
/// Characters of the name of a source, and of a record's key in it: what the tables have room for.
pub(crate) const SOURCE_AT_MOST: usize = 40;
const KEY_AT_MOST: usize = 200;
/// Faults that a report lists; the others are counted.
const FAULTS_AT_MOST: usize = 200;

/// Whether a source keeps a record up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does: the institution is listed.
    Active,
    /// The institution has ended or no longer does research.
    Inactive,
    /// The record was made in error.
    Withdrawn,
}

/// A record that was read.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Where it stands in its file, from 1.
    pub line: u64,
    /// Its key in its source.
    pub key: String,
    /// Whether the source keeps it up.
    pub standing: Standing,
    /// The day the source last changed it, if it says so.
    pub modified: Option<String>,
    /// What it says.
    pub profile: Profile,
    /// Values of it that could not be used.
    pub skipped: Vec<Fault>,
}

/// Something in a file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, from 1.
    pub line: u64,
    /// In which column or part, if known.
    pub part: Option<String>,
    /// Which record, if known.
    pub key: Option<String>,
    /// What is wrong.
    pub message: Localized,
}

/// What an import did.
#[derive(Clone, Debug, Default)]
pub struct ImportReport {
    /// Records read, those that could not be used included.
    pub read: u64,
    /// Profiles added.
    pub added: u64,
    /// Profiles that now say something else.
    pub updated: u64,
    /// Records that hold what they held before.
    pub unchanged: u64,
    /// Profiles taken off the list because their record is no longer kept up.
    pub archived: u64,
    /// Records that are not listed because they are inactive.
    pub inactive: u64,
    /// Records that are not listed because they were withdrawn.
    pub withdrawn: u64,
    /// Records older than what was imported before.
    pub outdated: u64,
    /// Records that could not be used.
    pub refused: u64,
    /// Values of records that could not be used; the records were imported without them.
    pub values_skipped: u64,
    /// The first faults: records and values that could not be used.
    pub faults: Vec<Fault>,
    /// How long it took.
    pub elapsed: Duration,
}

impl ImportReport {
    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_AT_MOST {
            self.faults.push(fault);
        }
    }
}

/// Imports what a source gives. `progress` is told how many records have been dealt with.
///
/// # Errors
/// `ImportRunning` if another import is; whatever the database says. What was committed before stays.
pub(crate) async fn run(
    database: &Database,
    source: &str,
    records: impl Iterator<Item = Result<Incoming, Fault>> + Send + 'static,
    mut progress: impl FnMut(u64),
) -> Result<ImportReport, Error> {
    if !fits(source, SOURCE_AT_MOST) {
        return Err(Error::Source(source.to_owned()));
    }
    let _lock = database.import_lock().await?;
    let begun = Instant::now();
    let mut report = ImportReport::default();
    let (send, mut receive) = mpsc::channel::<Vec<Result<Ready, Fault>>>(AHEAD);
    let reader = tokio::task::spawn_blocking(move || {
        let mut records = records.map(|record| record.map(Ready::from)).peekable();
        while records.peek().is_some() {
            let batch = records.by_ref().take(BATCH).collect();
            // Nobody receives any more when the import has failed.
            if send.blocking_send(batch).is_err() {
                break;
            }
        }
    });
    let mut seen = HashSet::new();
    while let Some(batch) = receive.recv().await {
        let mut usable = Vec::with_capacity(batch.len());
        for record in batch {
            report.read += 1;
            match record {
                Err(fault) => {
                    report.refused += 1;
                    report.fault(fault);
                }
                Ok(record) if !fits(&record.incoming.key, KEY_AT_MOST) => {
                    report.refused += 1;
                    report.fault(no_key(&record.incoming));
                }
                Ok(record) if !seen.insert(fingerprint(&record.incoming.key)) => {
                    report.refused += 1;
                    report.fault(twice(&record.incoming));
                }
                Ok(record) => usable.push(record),
            }
        }
        let written = write(database, source, usable).await?;
        written.add_to(&mut report);
        progress(report.read);
    }
    // It has ended: it dropped its end of the channel. What it may have thrown was thrown on its own thread.
    if let Err(error) = reader.await {
        std::panic::resume_unwind(error.into_panic());
    }
    report.elapsed = begun.elapsed();
    Ok(report)
}

/// Whether a column takes a text; PostgreSQL takes no character 0.
fn fits(text: &str, at_most: usize) -> bool {
    !text.is_empty() && !text.contains('\0') && text.chars().count() <= at_most
}

fn no_key(incoming: &Incoming) -> Fault {
    Fault {
        line: incoming.line,
        part: None,
        key: None,
        message: Localized::new(
            format!("记录无法识别：其键或名称超过 {KEY_AT_MOST} 个字符，或含有空字符"),
            format!(
                "a record cannot be told by its key or name: longer than {KEY_AT_MOST} characters, or with a character 0"
            ),
        ),
    }
}

fn twice(incoming: &Incoming) -> Fault {
    let key = &incoming.key;
    Fault {
        line: incoming.line,
        part: None,
        key: Some(key.clone()),
        message: Localized::new(
            format!("`{key}` 在本文件中重复出现；只采用第一条"),
            format!("`{key}` is in this file twice; the first one is used"),
        ),
    }
}

/// Eight bytes in place of a key, so that the keys of a large file take little room.
fn fingerprint(key: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// A record with its content as it is stored, made on the reader's thread.
#[derive(Debug)]
struct Ready {
    incoming: Incoming,
    content: Result<String, serde_json::Error>,
    /// SHA-256 of what it says and whether it is kept up, the first 16 bytes. Of what was read, not of the file's bytes: a version
    /// of this program that reads more takes it over.
    digest: Vec<u8>,
}

impl From<Incoming> for Ready {
    fn from(incoming: Incoming) -> Self {
        let content = serde_json::to_string(&incoming.profile);
        let mut hash = Sha256::new();
        hash.update([u8::from(incoming.standing == Standing::Active)]);
        hash.update(content.as_deref().unwrap_or_default());
        let digest = hash.finalize().into_iter().take(16).collect();
        Self { incoming, content, digest }
    }
}

/// What one batch did.
#[derive(Debug, Default)]
struct Written {
    added: u64,
    updated: u64,
    unchanged: u64,
    archived: u64,
    inactive: u64,
    withdrawn: u64,
    outdated: u64,
    values_skipped: u64,
    faults: Vec<Fault>,
}

impl Written {
    fn add_to(self, report: &mut ImportReport) {
        report.added += self.added;
        report.updated += self.updated;
        report.unchanged += self.unchanged;
        report.archived += self.archived;
        report.inactive += self.inactive;
        report.withdrawn += self.withdrawn;
        report.outdated += self.outdated;
        report.values_skipped += self.values_skipped;
        for fault in self.faults {
            report.fault(fault);
        }
    }
}

/// What the database holds of the records of a batch.
struct Known {
    records: HashMap<String, source_record::Model>,
    /// Profiles by the identifiers that are theirs alone.
    owners: HashMap<Identifier, ProfileId>,
}

/// Rows to insert.
#[derive(Default)]
struct Rows {
    profiles: Vec<profiles::ActiveModel>,
    revisions: Vec<revision::ActiveModel>,
    identifiers: Vec<identifier::ActiveModel>,
    records: Vec<source_record::ActiveModel>,
}

/// Writes a batch in one transaction.
async fn write(database: &Database, source: &str, batch: Vec<Ready>) -> Result<Written, Error> {
    let mut written = Written::default();
    let transaction = database.connection().begin().await?;
    let mut head = Head::lock(&transaction).await?;
    let mut known = known(&transaction, source, &batch).await?;
    let mut rows = Rows::default();
    let now = clock::now();
    for Ready { incoming, content, digest } in batch {
        let skipped = incoming.skipped.clone();
        if let Some(record) = known.records.get(&incoming.key) {
            if record.digest == digest {
                written.unchanged += 1;
                continue;
            }
            if matches!((&incoming.modified, &record.modified), (Some(new), Some(old)) if new < old) {
                written.outdated += 1;
                continue;
            }
        } else {
            match incoming.standing {
                Standing::Active => {}
                Standing::Inactive => {
                    written.inactive += 1;
                    continue;
                }
                Standing::Withdrawn => {
                    written.withdrawn += 1;
                    continue;
                }
            }
        }
        written.values_skipped += u64::try_from(skipped.len()).unwrap_or(u64::MAX);
        written.faults.extend(skipped);
        let record = known.records.get(&incoming.key);
        let owner = record.map(|record| ProfileId(record.profile_id));
        let owner = owner.or_else(|| exclusive(&incoming.profile).find_map(|id| known.owners.get(id).copied()));
        match owner {
            None => {
                let id = clock::new_profile_id();
                rows.profiles.push(profiles::ActiveModel {
                    id: Set(id.0),
                    status: Set(Status::Published),
                    published_revision: Set(Some(1)),
                    change: Set(head.take()),
                    created_at: Set(now),
                    changed_at: Set(now),
                    latest_revision: Set(1),
                    confirmed_at: Set(None),
                    reminded_at: Set(None),
                });
                rows.revisions.push(revision::ActiveModel {
                    profile_id: Set(id.0),
                    number: Set(1),
                    content: Set(content.map_err(Error::Content)?),
                    created_at: Set(now),
                    author: Set(None),
                });
                for identifier in exclusive(&incoming.profile) {
                    known.owners.insert(identifier.clone(), id);
                    rows.identifiers.push(row_of(identifier, id));
                }
                rows.records.push(row_of_record(source, &incoming, digest, id));
                written.added += 1;
            }
            Some(id) => {
                // What it refers to may be of this very batch.
                rows.insert(&transaction).await?;
                let is_new = record.is_none();
                update(&transaction, source, &mut head, &mut known, &mut written, &incoming, id, now).await?;
                let row = row_of_record(source, &incoming, digest, id);
                if is_new {
                    rows.records.push(row);
                } else {
                    row.update(&transaction).await?;
                }
            }
        }
    }
    rows.insert(&transaction).await?;
    head.store(&transaction).await?;
    transaction.commit().await?;
    Ok(written)
}

/// The identifiers of a profile that belong to it alone.
fn exclusive(profile: &Profile) -> impl Iterator<Item = &Identifier> {
    profile.identifiers.iter().map(|attested| &attested.value).filter(|identifier| identifier.scheme().is_exclusive())
}

fn row_of(identifier: &Identifier, profile: ProfileId) -> identifier::ActiveModel {
    identifier::ActiveModel {
        scheme: Set(identifier.scheme().as_str().to_owned()),
        value: Set(identifier.value().to_owned()),
        profile_id: Set(profile.0),
    }
}

fn row_of_record(source: &str, incoming: &Incoming, digest: Vec<u8>, profile: ProfileId) -> source_record::ActiveModel {
    source_record::ActiveModel {
        source: Set(source.to_owned()),
        key: Set(incoming.key.clone()),
        profile_id: Set(profile.0),
        digest: Set(digest),
        modified: Set(incoming.modified.clone()),
    }
}

impl Rows {
    /// Inserts them, and is empty then.
    async fn insert(&mut self, transaction: &DatabaseTransaction) -> Result<(), Error> {
        let Self { profiles, revisions, identifiers, records } = std::mem::take(self);
        if !profiles.is_empty() {
            profiles::Entity::insert_many(profiles).exec_without_returning(transaction).await?;
        }
        if !revisions.is_empty() {
            revision::Entity::insert_many(revisions).exec_without_returning(transaction).await?;
        }
        if !identifiers.is_empty() {
            identifier::Entity::insert_many(identifiers).exec_without_returning(transaction).await?;
        }
        if !records.is_empty() {
            source_record::Entity::insert_many(records).exec_without_returning(transaction).await?;
        }
        Ok(())
    }
}

async fn known(transaction: &DatabaseTransaction, source: &str, batch: &[Ready]) -> Result<Known, Error> {
    let keys = batch.iter().map(|ready| ready.incoming.key.as_str());
    let records = source_record::Entity::find()
        .filter(source_record::Column::Source.eq(source))
        .filter(source_record::Column::Key.is_in(keys))
        .all(transaction)
        .await?;
    let records: HashMap<String, source_record::Model> =
        records.into_iter().map(|record| (record.key.clone(), record)).collect();
    let new = batch.iter().filter(|ready| !records.contains_key(&ready.incoming.key));
    let mut by_scheme: HashMap<Scheme, Vec<&str>> = HashMap::new();
    for identifier in new.flat_map(|ready| exclusive(&ready.incoming.profile)) {
        by_scheme.entry(identifier.scheme()).or_default().push(identifier.value());
    }
    let mut owners = HashMap::new();
    for (scheme, values) in by_scheme {
        let found = identifier::Entity::find()
            .filter(
                Condition::all()
                    .add(identifier::Column::Scheme.eq(scheme.as_str()))
                    .add(identifier::Column::Value.is_in(values)),
            )
            .all(transaction)
            .await?;
        for row in found {
            if let Ok(identifier) = Identifier::parse(scheme, &row.value) {
                owners.insert(identifier, ProfileId(row.profile_id));
            }
        }
    }
    Ok(Known { records, owners })
}

/// Brings a profile up to what its source now says; what its owner or a moderator has said stays.
#[expect(clippy::too_many_arguments, reason = "all that one record brings")]
async fn update(
    transaction: &DatabaseTransaction,
    source: &str,
    head: &mut Head,
    known: &mut Known,
    written: &mut Written,
    incoming: &Incoming,
    id: ProfileId,
    now: i64,
) -> Result<(), Error> {
    let found = profiles::Entity::find_by_id(id.0).find_also_related(revision::Entity).one(transaction).await?;
    let Some((row, Some(published))) = found else {
        // Nothing of it is published: it is its owner's affair.
        written.unchanged += 1;
        return Ok(());
    };
    let current: Profile = serde_json::from_str(&published.content).map_err(Error::Content)?;
    // What has members is theirs to take off the list.
    let has_members =
        membership::Entity::find().filter(membership::Column::ProfileId.eq(id.0)).one(transaction).await?.is_some();
    let untouched = !has_members && is_imported(&current);
    let status = match (incoming.standing, row.status) {
        (Standing::Active, Status::Archived) if untouched => Status::Published,
        (Standing::Inactive | Standing::Withdrawn, Status::Published) if untouched => Status::Archived,
        (_, status) => status,
    };
    let others = source_record::Entity::find()
        .filter(source_record::Column::ProfileId.eq(id.0))
        .filter(source_record::Column::Source.ne(source))
        .one(transaction)
        .await?;
    // Where several sources speak of an institution, nothing that one of them says is removed for another; the registry's word goes
    // before a portal's.
    let merge = |current: &Profile| match others {
        None => profile::merge(current, &incoming.profile),
        Some(_) if source == REGISTRY => profile::complete(&profile::merge(current, &incoming.profile), current),
        Some(_) => profile::complete(current, &incoming.profile),
    };
    let merged = merge(&current);
    let says_more = merged != current;
    if !says_more && status == row.status {
        written.unchanged += 1;
        return Ok(());
    }
    let was_listed = is_listed(&row);
    // What its owner is writing takes over what the registry says, and stays the newest.
    let newest = row.latest_revision;
    let draft = if newest == published.number { None } else { Some(work::content(transaction, id, newest).await?) };
    let mut contents = Vec::new();
    if says_more {
        contents.push(merged.clone());
        contents.extend(draft.as_ref().map(merge));
    }
    let mut row = row;
    row.status = status;
    if was_listed && !is_listed(&row) {
        written.archived += 1;
    } else {
        written.updated += 1;
    }
    let numbers = (newest + 1..).zip(&contents);
    for (number, content) in numbers {
        let revision = revision::ActiveModel {
            profile_id: Set(id.0),
            number: Set(number),
            content: Set(serde_json::to_string(content).map_err(Error::Content)?),
            created_at: Set(now),
            author: Set(None),
        };
        revision::Entity::insert(revision).exec_without_returning(transaction).await?;
        row.latest_revision = number;
    }
    if says_more {
        row.published_revision = Some(newest + 1);
        claim(transaction, known, &merged, id).await?;
        if draft.is_some() {
            work::follow_newest(transaction, id, row.latest_revision).await?;
        }
    }
    row.change = head.take();
    row.changed_at = now;
    row.into_active_model().reset_all().update(transaction).await?;
    Ok(())
}

/// Gives a profile the identifiers that its new revision has, and takes those away that it no longer has.
async fn claim(
    transaction: &DatabaseTransaction,
    known: &mut Known,
    profile: &Profile,
    id: ProfileId,
) -> Result<(), Error> {
    let of_profile = identifier::Column::ProfileId.eq(id.0);
    identifier::Entity::delete_many().filter(of_profile).exec(transaction).await?;
    for wanted in exclusive(profile) {
        let held = identifier::Entity::find_by_id((wanted.scheme().as_str().to_owned(), wanted.value().to_owned()));
        if held.one(transaction).await?.is_none() {
            row_of(wanted, id).insert(transaction).await?;
            known.owners.insert(wanted.clone(), id);
        }
    }
    Ok(())
}

/// Whether nobody but registries has said anything of it.
fn is_imported(profile: &Profile) -> bool {
    let mut assurances = profile
        .names
        .iter()
        .map(|name| name.assurance)
        .chain(profile.facts.values().map(|fact| fact.assurance))
        .chain(profile.identifiers.iter().map(|identifier| identifier.assurance));
    assurances.all(|assurance| assurance == Assurance::Imported)
        && profile.people.is_empty()
        && profile.contact.is_none()
}
