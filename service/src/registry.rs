//! Where profiles come from: the Research Organization Registry, and tables of portals.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use eligibility::Library;
use profile::ror::{Recogniser, RecordStatus};
use profile::{Assurance, Name, NameKind, Profile, Scheme, Taxonomy, table};

use crate::error::Error;
use crate::import::{Fault, Incoming, Standing};
use crate::source::{Progress, Source};

/// Bytes of a table at most: it is read as a whole.
const TABLE_AT_MOST: u64 = 256 * 1024 * 1024;

/// The records of a file of the Research Organization Registry.
pub struct RorRecords {
    source: Source,
    recogniser: Recogniser,
    taxonomy: Arc<Taxonomy>,
}

/// Opens a file of the Research Organization Registry, schema v2: the released `.json` or `.zip`, or `.ndjson` with a record a
/// line; each also as `.gz`.
///
/// # Errors
/// If the file cannot be opened or is none of these.
pub fn ror(file: &Path, library: &Library, taxonomy: &Arc<Taxonomy>) -> Result<RorRecords, Error> {
    let source = Source::open(file).map_err(|error| Error::of_source(file, error))?;
    Ok(RorRecords { source, recogniser: Recogniser::new(library), taxonomy: Arc::clone(taxonomy) })
}

impl RorRecords {
    /// How far the file has been read.
    pub fn progress(&self) -> Progress {
        self.source.progress()
    }
}

impl Iterator for RorRecords {
    type Item = Result<Incoming, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let raw = match self.source.next()? {
            Ok(raw) => raw,
            Err(fault) => {
                return Some(Err(Fault { line: fault.line, part: None, key: None, message: fault.message }));
            }
        };
        let line = raw.line;
        let read = match self.recogniser.read(&raw.bytes) {
            Ok(read) => read,
            Err(message) => return Some(Err(Fault { line, part: None, key: None, message })),
        };
        let mut profile = read.profile;
        let key = profile.identifier(Scheme::Ror).map(|identifier| identifier.value().to_owned()).unwrap_or_default();
        name_in_chinese(&mut profile, &key, &self.taxonomy);
        let skipped = read.skipped.into_iter();
        let skipped = skipped
            .map(|value| Fault { line, part: Some(value.what), key: Some(key.clone()), message: value.message })
            .collect();
        let standing = match read.status {
            RecordStatus::Active => Standing::Active,
            RecordStatus::Inactive => Standing::Inactive,
            RecordStatus::Withdrawn => Standing::Withdrawn,
        };
        let modified = read.modified.map(|day| day.to_string());
        Some(Ok(Incoming { line, key, standing, modified, profile, skipped }))
    }
}

/// Gives an institution its established Chinese name, where the registry has none and the glossary has.
fn name_in_chinese(profile: &mut Profile, ror: &str, taxonomy: &Taxonomy) {
    let has_one = profile.names.iter().any(|name| name.kind == NameKind::Label && name.lang.as_deref() == Some("zh"));
    if let Some(text) = taxonomy.chinese_name(ror).filter(|_| !has_one) {
        profile.names.push(Name {
            text: text.to_owned(),
            lang: Some("zh".to_owned()),
            kind: NameKind::Label,
            display: false,
            assurance: Assurance::Imported,
        });
    }
}

/// Reads a portal's table of institutions, CSV with a header.
///
/// # Errors
/// If the file cannot be read or is too large.
pub fn csv(
    file: &Path,
    library: &Library,
    taxonomy: &Taxonomy,
) -> Result<impl Iterator<Item = Result<Incoming, Fault>> + use<>, Error> {
    let failed = |source| Error::File { path: file.to_owned(), source };
    let size = fs::metadata(file).map_err(failed)?.len();
    if size > TABLE_AT_MOST {
        return Err(failed(std::io::Error::other(format!("{size} bytes; at most {TABLE_AT_MOST}"))));
    }
    Ok(rows(&fs::read(file).map_err(failed)?, library, taxonomy))
}

/// Reads a table of institutions from a text.
pub fn csv_text(
    text: &str,
    library: &Library,
    taxonomy: &Taxonomy,
) -> impl Iterator<Item = Result<Incoming, Fault>> + use<> {
    rows(text.as_bytes(), library, taxonomy)
}

fn rows(bytes: &[u8], library: &Library, taxonomy: &Taxonomy) -> impl Iterator<Item = Result<Incoming, Fault>> + use<> {
    let table = table::read(bytes, library, taxonomy, Assurance::Imported);
    let fault = |fault: table::Fault| {
        let part = (fault.column > 0).then(|| format!("{} ({})", fault.column, fault.column_name));
        Err(Fault { line: fault.line, part, key: None, message: fault.message })
    };
    let row = |row: table::Row| {
        Ok(Incoming {
            line: row.line,
            key: row.key,
            standing: Standing::Active,
            modified: None,
            profile: row.profile,
            skipped: Vec::new(),
        })
    };
    let rows: Vec<Result<Incoming, Fault>> =
        table.faults.into_iter().map(fault).chain(table.rows.into_iter().map(row)).collect();
    rows.into_iter()
}
