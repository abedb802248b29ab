//! The index on disk or in memory: opening, writing, and one consistent view of it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use profile::{Identifier, ProfileId};
use tantivy::directory::{Directory, INDEX_WRITER_LOCK};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::postings::SegmentPostings;
use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::store::Compressor;
use tantivy::{
    DocAddress, DocSet, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, SegmentReader, TERMINATED,
    TantivyDocument, Term,
};

use crate::columns::{self, Columns};
use crate::document::{self, Document};
use crate::error::{IndexError, QueryError};
use crate::folder::Folder;
use crate::lexicon::Lexicon;

/// What a writer keeps in memory before it writes, for each thread.
const WRITER_MEMORY: usize = 40_000_000;
/// Cards are read one by one: small blocks are unpacked faster.
const CARD_BLOCK: usize = 2_048;

/// The fields of the index.
#[derive(Clone, Debug)]
pub(crate) struct IndexFields {
    pub(crate) term: Field,
    pub(crate) whole: Field,
    pub(crate) id: Field,
    pub(crate) identifier: Field,
    card: Field,
    numbers: Vec<Field>,
    names: [Field; 2],
    facts: Field,
}

fn schema(lexicon: &Lexicon) -> (Schema, IndexFields) {
    let mut builder = Schema::builder();
    let words = |record| {
        let indexing = TextFieldIndexing::default().set_tokenizer("whitespace").set_fieldnorms(false);
        TextOptions::default().set_indexing_options(indexing.set_index_option(record))
    };
    let column = NumericOptions::default().set_fast();
    let fields = IndexFields {
        term: builder.add_text_field("term", words(IndexRecordOption::WithFreqs)),
        whole: builder.add_text_field("whole", words(IndexRecordOption::WithFreqs)),
        id: builder.add_bytes_field("id", BytesOptions::default().set_indexed()),
        identifier: builder.add_text_field("identifier", words(IndexRecordOption::Basic)),
        card: builder.add_bytes_field("card", BytesOptions::default().set_stored()),
        numbers: columns::number_columns(lexicon.role_words())
            .iter()
            .map(|name| builder.add_u64_field(name, column.clone()))
            .collect(),
        names: columns::NAMES.map(|name| builder.add_text_field(name, TextOptions::default().set_fast("raw"))),
        facts: builder.add_text_field(columns::FACTS, TextOptions::default().set_fast("raw")),
    };
    (builder.build(), fields)
}

/// What a commit says of itself.
struct Payload<'a> {
    change: u64,
    fingerprint: &'a str,
    instance: &'a str,
}

impl<'a> Payload<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(3, ' ');
        let change = parts.next()?.parse().ok()?;
        Some(Self { change, fingerprint: parts.next()?, instance: parts.next()? })
    }
}

struct Shared {
    inner: tantivy::Index,
    fields: IndexFields,
    reader: IndexReader,
    lexicon: Arc<Lexicon>,
    instance: String,
    current: RwLock<Arc<Snapshot>>,
    generations: AtomicU64,
    columns: Mutex<HashMap<tantivy::index::SegmentId, Arc<Columns>>>,
}

/// The index of the published profiles. It is derived: when it cannot be used it starts empty. Clones share it.
#[derive(Clone)]
pub struct Index(Arc<Shared>);

impl Index {
    /// Opens the index of a database in a folder of its own, or begins an empty one there when the folder holds none, a
    /// damaged one, or one of another database, other calls or another taxonomy.
    ///
    /// # Errors
    /// The folder cannot be read or written, or the index must be begun anew while somebody writes to it.
    pub fn open(folder: &Path, lexicon: Arc<Lexicon>, instance: &str) -> Result<Self, IndexError> {
        fs::create_dir_all(folder)?;
        if let Some((inner, change)) = existing(folder, &lexicon, instance)
            && let Ok(index) = Self::over(inner, Arc::clone(&lexicon), instance, change)
        {
            return Ok(index);
        }
        let (schema, _) = schema(&lexicon);
        let directory = Folder::open(folder)?;
        {
            let _lock = directory
                .acquire_lock(&INDEX_WRITER_LOCK)
                .map_err(|error| IndexError::from(tantivy::TantivyError::LockFailure(error, None)))?;
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let is_lock = path.extension().is_some_and(|extension| extension == "lock");
                if path.is_file() && !is_lock {
                    fs::remove_file(path)?;
                }
            }
        }
        let inner = tantivy::Index::create(directory, schema, settings())?;
        Self::over(inner, lexicon, instance, 0)
    }

    /// An empty index in memory.
    ///
    /// # Errors
    /// None that is known.
    pub fn in_memory(lexicon: Arc<Lexicon>, instance: &str) -> Result<Self, IndexError> {
        let (schema, _) = schema(&lexicon);
        let inner = tantivy::Index::builder().schema(schema).settings(settings()).create_in_ram()?;
        Self::over(inner, lexicon, instance, 0)
    }

    fn over(inner: tantivy::Index, lexicon: Arc<Lexicon>, instance: &str, change: u64) -> Result<Self, IndexError> {
        let reader: IndexReader =
            inner.reader_builder().reload_policy(ReloadPolicy::Manual).doc_store_cache_num_blocks(256).try_into()?;
        let (_, fields) = schema(&lexicon);
        let columns = Mutex::default();
        let snapshot = snapshot(&reader, &fields, &lexicon, &columns, 1, change)?;
        Ok(Self(Arc::new(Shared {
            inner,
            fields,
            reader,
            lexicon,
            instance: instance.to_owned(),
            current: RwLock::new(Arc::new(snapshot)),
            generations: AtomicU64::new(1),
            columns,
        })))
    }

    /// The number of the last change that is in the index; 0 when it is empty.
    pub fn change(&self) -> u64 {
        self.snapshot().change
    }

    /// Takes note of what another process has committed to the folder since.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn refresh(&self) -> Result<(), IndexError> {
        let payload = self.0.inner.load_metas()?.payload;
        let Some(payload) = payload.as_deref().and_then(Payload::parse) else { return Ok(()) };
        let same = payload.instance == self.0.instance && payload.fingerprint == self.0.lexicon.fingerprint();
        if same && payload.change != self.change() { self.publish(payload.change, true) } else { Ok(()) }
    }

    /// What it holds now; what is written later does not change it.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The only writer there is at a time. Drop it when there is nothing to write: it holds memory and threads.
    ///
    /// # Errors
    /// [`IndexError::Locked`] while there is another, here or in another process.
    pub fn writer(&self) -> Result<Writer, IndexError> {
        self.writer_with(1)
    }

    /// A writer with several threads, to build the index anew.
    ///
    /// # Errors
    /// As [`Index::writer`].
    pub fn bulk_writer(&self, threads: usize) -> Result<Writer, IndexError> {
        self.writer_with(threads.clamp(1, 8))
    }

    fn writer_with(&self, threads: usize) -> Result<Writer, IndexError> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(threads)
            .memory_budget_per_thread(WRITER_MEMORY)
            .num_merge_threads(1)
            .build();
        let inner: IndexWriter = self.0.inner.writer_with_options(options)?;
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(6);
        policy.set_min_layer_size(2_000);
        policy.set_del_docs_ratio_before_merge(0.3);
        inner.set_merge_policy(Box::new(policy));
        Ok(Writer { index: self.clone(), inner: Some(inner) })
    }

    /// Makes what was committed visible.
    fn publish(&self, change: u64, new: bool) -> Result<(), IndexError> {
        let shared = &self.0;
        shared.reader.reload()?;
        let generation = if new {
            shared.generations.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            shared.generations.load(Ordering::Relaxed)
        };
        let next = snapshot(&shared.reader, &shared.fields, &shared.lexicon, &shared.columns, generation, change)?;
        *shared.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }
}

fn settings() -> IndexSettings {
    IndexSettings {
        docstore_compression: Compressor::Lz4,
        docstore_compress_dedicated_thread: false,
        docstore_blocksize: CARD_BLOCK,
        ..IndexSettings::default()
    }
}

/// The index in a folder and its last change, if it can be used as it is.
fn existing(folder: &Path, lexicon: &Lexicon, instance: &str) -> Option<(tantivy::Index, u64)> {
    let inner = tantivy::Index::open(Folder::open(folder).ok()?).ok()?;
    let payload = inner.load_metas().ok()?.payload?;
    let payload = Payload::parse(&payload)?;
    let same = payload.instance == instance && payload.fingerprint == lexicon.fingerprint();
    let whole = same && inner.schema() == schema(lexicon).0 && inner.validate_checksum().ok()?.is_empty();
    whole.then_some((inner, payload.change))
}

fn snapshot(
    reader: &IndexReader,
    fields: &IndexFields,
    lexicon: &Arc<Lexicon>,
    known: &Mutex<HashMap<tantivy::index::SegmentId, Arc<Columns>>>,
    generation: u64,
    change: u64,
) -> tantivy::Result<Snapshot> {
    let searcher = reader.searcher();
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let mut segments = Vec::new();
    let mut still = HashMap::new();
    for segment in searcher.segment_readers() {
        let id = segment.segment_id();
        let columns = match known.get(&id) {
            Some(columns) => Arc::clone(columns),
            None => Arc::new(Columns::load(segment, lexicon.role_words())?),
        };
        still.insert(id, Arc::clone(&columns));
        segments.push(Segment { reader: segment.clone(), columns });
    }
    *known = still;
    Ok(Snapshot { searcher, segments, fields: fields.clone(), lexicon: Arc::clone(lexicon), generation, change })
}

/// Writes to the index. What is not committed is lost when it is dropped.
pub struct Writer {
    index: Index,
    inner: Option<IndexWriter>,
}

impl Writer {
    fn inner(&mut self) -> Result<&mut IndexWriter, IndexError> {
        let closed = || tantivy::TantivyError::InvalidArgument("the writer is closed".to_owned());
        self.inner.as_mut().ok_or_else(|| closed().into())
    }

    /// Puts a document in the place of the one with its id, if there is one.
    ///
    /// # Errors
    /// The index cannot be written.
    pub fn put(&mut self, document: &Document<'_>) -> Result<(), IndexError> {
        let prepared = document::prepare(&self.index.0.lexicon, document);
        let fields = self.index.0.fields.clone();
        let mut made = TantivyDocument::default();
        made.add_text(fields.term, repeated(&prepared.terms, document::origin::frequency));
        made.add_text(fields.whole, repeated(&prepared.wholes, usize::from));
        made.add_bytes(fields.id, &document.id.0.as_bytes()[..]);
        made.add_text(fields.identifier, prepared.identifiers.join(" "));
        made.add_bytes(fields.card, document.card);
        for (field, number) in fields.numbers.iter().zip(columns::pack(&prepared.row)) {
            made.add_u64(*field, number);
        }
        for (field, name) in fields.names.iter().zip(&prepared.row.order_keys) {
            made.add_text(*field, name);
        }
        made.add_text(fields.facts, document.facts);
        let writer = self.inner()?;
        writer.delete_term(id_term(fields.id, document.id));
        writer.add_document(made)?;
        Ok(())
    }

    /// Takes a document out, if it is there.
    ///
    /// # Errors
    /// The index cannot be written.
    pub fn remove(&mut self, id: ProfileId) -> Result<(), IndexError> {
        let field = self.index.0.fields.id;
        self.inner()?.delete_term(id_term(field, id));
        Ok(())
    }

    /// Takes all documents out.
    ///
    /// # Errors
    /// The index cannot be written.
    pub fn clear(&mut self) -> Result<(), IndexError> {
        self.inner()?.delete_all_documents()?;
        Ok(())
    }

    /// Makes everything since the last commit outlast the process and visible, all at once, together with the number of the last change
    /// that it holds.
    ///
    /// # Errors
    /// The index cannot be written; the commit before remains.
    pub fn commit(&mut self, change: u64) -> Result<(), IndexError> {
        let payload = format!("{change} {} {}", self.index.0.lexicon.fingerprint(), self.index.0.instance);
        let mut prepared = self.inner()?.prepare_commit()?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        self.index.publish(change, true)
    }

    /// Waits until segments that are being merged are, and ends the writer. Dropping it does the same and tells no errors.
    ///
    /// # Errors
    /// The index cannot be written; the last commit remains.
    pub fn close(mut self) -> Result<(), IndexError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), IndexError> {
        let Some(inner) = self.inner.take() else { return Ok(()) };
        inner.wait_merging_threads()?;
        let change = self.index.change();
        self.index.publish(change, false)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Merging only makes searches faster: what fails now is tried at the next commit.
        let _unmerged = self.finish();
    }
}

fn id_term(field: Field, id: ProfileId) -> Term {
    Term::from_field_bytes(field, id.0.as_bytes())
}

/// Every term as often as its class says.
fn repeated(terms: &HashMap<String, u8>, times: impl Fn(u8) -> usize) -> String {
    let mut text = String::with_capacity(terms.len() * 24);
    for (term, class) in terms {
        for _ in 0..times(*class) {
            text.push_str(term);
            text.push(' ');
        }
    }
    text
}

pub(crate) struct Segment {
    pub(crate) reader: SegmentReader,
    pub(crate) columns: Arc<Columns>,
}

/// One consistent view of the index.
pub struct Snapshot {
    searcher: Searcher,
    pub(crate) segments: Vec<Segment>,
    pub(crate) fields: IndexFields,
    pub(crate) lexicon: Arc<Lexicon>,
    generation: u64,
    change: u64,
}

impl Snapshot {
    /// A number that is another after each commit, while the process runs.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The number of the last change that it holds; 0 when it is empty.
    pub fn change(&self) -> u64 {
        self.change
    }

    /// How many profiles it holds.
    pub fn len(&self) -> usize {
        usize::try_from(self.searcher.num_docs()).unwrap_or(usize::MAX)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The card of a profile, if it is there.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn get(&self, id: ProfileId) -> Result<Option<Vec<u8>>, QueryError> {
        let term = id_term(self.fields.id, id);
        match self.addresses(&term)?.first() {
            Some(address) => self.card(*address).map(Some),
            None => Ok(None),
        }
    }

    /// The profiles with an identifier, by their ids.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn find(&self, identifier: &Identifier) -> Result<Vec<ProfileId>, QueryError> {
        self.with_term(&document::identifier_term(identifier))
    }

    /// The profiles with a domain, by their ids.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn of_domain(&self, domain: &str) -> Result<Vec<ProfileId>, QueryError> {
        self.with_term(&document::domain_term(domain))
    }

    fn with_term(&self, term: &str) -> Result<Vec<ProfileId>, QueryError> {
        let term = Term::from_field_text(self.fields.identifier, term);
        let mut ids: Vec<ProfileId> =
            self.addresses(&term)?.into_iter().filter_map(|address| self.id_at(address)).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    fn id_at(&self, address: DocAddress) -> Option<ProfileId> {
        let segment = columns::at(&self.segments, address.segment_ord)?;
        columns::at(&segment.columns.id, address.doc_id).map(|id| ProfileId(uuid::Uuid::from_u128(*id)))
    }

    /// Where a term is, in documents that were not taken out.
    fn addresses(&self, term: &Term) -> tantivy::Result<Vec<DocAddress>> {
        let mut addresses = Vec::new();
        for (order, segment) in (0..).zip(&self.segments) {
            for doc in segment.docs(term)? {
                if !segment.reader.is_deleted(doc) {
                    addresses.push(DocAddress::new(order, doc));
                }
            }
        }
        Ok(addresses)
    }

    pub(crate) fn card(&self, address: DocAddress) -> Result<Vec<u8>, QueryError> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        Ok(document.get_first(self.fields.card).and_then(|value| value.as_bytes()).unwrap_or_default().to_vec())
    }
}

impl Segment {
    pub(crate) fn postings(&self, term: &Term, record: IndexRecordOption) -> tantivy::Result<Option<SegmentPostings>> {
        Ok(self.reader.inverted_index(term.field())?.read_postings(term, record)?)
    }

    /// The documents with a term, those taken out included.
    pub(crate) fn docs(&self, term: &Term) -> tantivy::Result<Vec<u32>> {
        let Some(mut postings) = self.postings(term, IndexRecordOption::Basic)? else { return Ok(Vec::new()) };
        let mut docs = Vec::new();
        while postings.doc() != TERMINATED {
            docs.push(postings.doc());
            postings.advance();
        }
        Ok(docs)
    }
}
