//! Records of a registry from a file of whatever wrapping: one after the other, without ever holding the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eligibility::Localized;
use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use serde::de::IgnoredAny;
use zip::{CompressionMethod, ZipArchive};

/// A longer record is none: what is known of an institution fills some kilobytes.
const RECORD_AT_MOST: usize = 4 * 1024 * 1024;

/// What is looked at to tell how records are set apart.
const HEAD: u64 = 4096;

/// Why a file cannot be opened as a source of records.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It holds no records.
    #[error("{}", .0.en)]
    NoRecords(Localized),
}

/// One record, as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// The line it begins on, from 1, of the unpacked file.
    pub line: u64,
    /// Its JSON: well-formed, in UTF-8.
    pub bytes: Vec<u8>,
}

/// What is wrong with a record, or with the file from some line on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1, of the unpacked file.
    pub line: u64,
    /// What is wrong.
    pub message: Localized,
}

/// The records of a file: a JSON array or a record a line, plain, in gzip, or the registry's release as a zip.
///
/// What the file is shows its content, never its name.
pub struct Source {
    reader: BufReader<Box<dyn Read + Send>>,
    splitter: Splitter,
    bytes_read: Arc<AtomicU64>,
    total_bytes: u64,
    /// What is to be said after the last record.
    last: Option<Localized>,
    finished: bool,
}

/// How far a file has been read.
#[derive(Clone, Debug)]
pub struct Progress {
    done: Arc<AtomicU64>,
    total: u64,
}

impl Progress {
    /// Bytes of the file, packed as it is, that have been read.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Bytes there are to be read.
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// The file cannot be read, or holds no JSON.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut file = File::open(path)?;
        let mut total_bytes = file.metadata()?.len();
        let mut magic = Vec::new();
        Read::by_ref(&mut file).take(4).read_to_end(&mut magic)?;
        file.seek(SeekFrom::Start(0))?;
        let bytes_read = Arc::new(AtomicU64::new(0));
        let count = |file| BufReader::new(Counted { inner: file, count: Arc::clone(&bytes_read) });
        let mut last = None;
        let unpacked: Box<dyn Read + Send> = if magic.starts_with(&[0x1f, 0x8b]) {
            Box::new(MultiGzDecoder::new(count(file)))
        } else if magic.starts_with(b"PK") {
            let (entry, cut_off) = zip_entry(&mut file)?;
            last = cut_off.then(ends_early);
            file.seek(SeekFrom::Start(entry.begin))?;
            total_bytes = entry.packed.unwrap_or(total_bytes.saturating_sub(entry.begin));
            let packed = count(file).take(total_bytes);
            let unpacked: Box<dyn Read + Send> =
                if entry.stored { Box::new(packed) } else { Box::new(DeflateDecoder::new(packed)) };
            Box::new(Checked { inner: unpacked, crc: Crc::new(), length: 0, expected: entry.expected })
        } else {
            Box::new(count(file))
        };
        let (reader, splitter) = recognise(unpacked)?;
        Ok(Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            splitter,
            bytes_read,
            total_bytes,
            last,
            finished: false,
        })
    }

    /// How many bytes of the file, packed as it is, have been read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// How many there are to be read.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// How far it has been read, to be asked while it is read elsewhere.
    pub fn progress(&self) -> Progress {
        Progress { done: Arc::clone(&self.bytes_read), total: self.total_bytes }
    }

    /// The next record or fault; `None` at the end of what can be read.
    fn advance(&mut self) -> io::Result<Option<Result<RawRecord, Fault>>> {
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                return Ok(self.splitter.finish());
            }
            let mut used = 0;
            let mut found = None;
            for byte in chunk {
                used += 1;
                found = self.splitter.push(*byte);
                if found.is_some() {
                    break;
                }
            }
            self.reader.consume(used);
            if found.is_some() {
                return Ok(found);
            }
        }
    }
}

impl Iterator for Source {
    type Item = Result<RawRecord, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let (message, line) = match self.advance() {
            Ok(Some(found)) => return Some(found),
            Ok(None) => (self.last.take(), self.splitter.line),
            Err(error) => (Some(cannot_go_on(&error)), self.splitter.line),
        };
        self.finished = true;
        message.map(|message| Err(Fault { line, message }))
    }
}

fn ends_early() -> Localized {
    Localized::new("文件提前结束（是否未下载完整？）", "the file ends early (truncated?)")
}

fn cannot_go_on(error: &io::Error) -> Localized {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ends_early(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Localized::new(format!("文件自此损坏：{error}"), format!("the file is damaged from here on: {error}"))
        }
        _ => Localized::new(
            format!("文件无法继续读取：{error}"),
            format!("the file cannot be read any further: {error}"),
        ),
    }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count.fetch_add(u64::try_from(length).unwrap_or_default(), Ordering::Relaxed);
        Ok(length)
    }
}

/// Compares what was unpacked with the length and checksum that the zip has for it.
struct Checked {
    inner: Box<dyn Read + Send>,
    crc: Crc,
    length: u64,
    expected: Option<(u64, u32)>,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.crc.update(buffer.get(..length).unwrap_or_default());
        self.length += u64::try_from(length).unwrap_or_default();
        match self.expected {
            Some((expected, _)) if length == 0 && !buffer.is_empty() && self.length < expected => {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
            Some((_, crc)) if length == 0 && !buffer.is_empty() && self.crc.sum() != crc => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "wrong checksum"))
            }
            _ => Ok(length),
        }
    }
}

/// A file within a zip.
struct Entry {
    name: String,
    begin: u64,
    /// Length as packed, if known.
    packed: Option<u64>,
    /// Length and checksum when unpacked, if known.
    expected: Option<(u64, u32)>,
    stored: bool,
    supported: bool,
}

/// The records within a zip, and whether the zip is cut off.
fn zip_entry(file: &mut File) -> Result<(Entry, bool), OpenError> {
    let (entries, cut_off) = match ZipArchive::new(BufReader::new(&mut *file)) {
        Ok(mut archive) => {
            let mut entries = Vec::new();
            for index in 0..archive.len() {
                let entry = archive.by_index_raw(index).map_err(|error| damaged_zip(&error))?;
                let name = entry.name().map_err(|error| damaged_zip(&error))?.into_owned();
                let stored = entry.compression() == CompressionMethod::Stored;
                entries.push(Entry {
                    name,
                    begin: entry.data_start().unwrap_or_default(),
                    packed: Some(entry.compressed_size()),
                    expected: Some((entry.size(), entry.crc32())),
                    stored,
                    supported: !entry.encrypted() && (stored || entry.compression() == CompressionMethod::Deflated),
                });
            }
            (entries, false)
        }
        // The directory is at the end: what is cut off has none, but each file has a header of its own.
        Err(error) => {
            let entries = zip_headers(file)?;
            if entries.is_empty() {
                return Err(damaged_zip(&error));
            }
            (entries, true)
        }
    };
    let names: Vec<String> = entries.iter().take(10).map(|entry| entry.name.clone()).collect();
    let is_json = |entry: &Entry| {
        let name = entry.name.to_lowercase();
        !name.starts_with("__macosx/") && [".json", ".ndjson", ".jsonl"].iter().any(|end| name.ends_with(end))
    };
    // A release that has both schemas calls the files of the second so.
    let best = entries.into_iter().filter(is_json).max_by_key(|entry| (entry.name.contains("schema_v2"), entry.packed));
    let entry = best.ok_or_else(|| {
        OpenError::NoRecords(Localized::new(
            format!("压缩包内没有 JSON 文件（内有：{}）", names.join("、")),
            format!("the zip holds no JSON file (it holds: {})", names.join(", ")),
        ))
    })?;
    if !entry.supported {
        let name = &entry.name;
        return Err(OpenError::NoRecords(Localized::new(
            format!("压缩包内的 `{name}` 已加密或压缩方式不受支持"),
            format!("`{name}` in the zip is encrypted or packed in a way that is not supported"),
        )));
    }
    Ok((entry, cut_off))
}

fn damaged_zip(error: &zip::result::ZipError) -> OpenError {
    OpenError::NoRecords(Localized::new(
        format!("压缩包（zip）已损坏：{error}"),
        format!("the zip is damaged: {error}"),
    ))
}

/// The files of a zip by the headers before each (APPNOTE 4.3.7), as far as their lengths are known.
fn zip_headers(file: &mut File) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let end = file.metadata()?.len();
    let mut begin = 0;
    loop {
        file.seek(SeekFrom::Start(begin))?;
        let mut header = Vec::new();
        Read::by_ref(file).take(30).read_to_end(&mut header)?;
        let number = |place: usize, length: usize| {
            let bytes = header.get(place..place + length).unwrap_or_default();
            bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte))
        };
        if header.len() < 30 || !header.starts_with(b"PK\x03\x04") {
            return Ok(entries);
        }
        let (flags, method, packed, unpacked) = (number(6, 2), number(8, 2), number(18, 4), number(22, 4));
        let mut name = Vec::new();
        Read::by_ref(file).take(number(26, 2)).read_to_end(&mut name)?;
        let data = begin + 30 + number(26, 2) + number(28, 2);
        // The lengths follow the data, or stand in an extra field of zip64.
        let known = flags & 8 == 0 && packed != u64::from(u32::MAX) && unpacked != u64::from(u32::MAX);
        entries.push(Entry {
            name: String::from_utf8_lossy(&name).into_owned(),
            begin: data,
            packed: known.then_some(packed),
            expected: known.then(|| (unpacked, u32::try_from(number(14, 4)).unwrap_or_default())),
            stored: method == 0,
            supported: flags & 1 == 0 && (method == 0 || method == 8),
        });
        begin = data + packed;
        if !known || begin >= end {
            return Ok(entries);
        }
    }
}

/// A reader that has failed.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// How the records of an unpacked file are set apart.
fn recognise(mut unpacked: Box<dyn Read + Send>) -> Result<(Box<dyn Read + Send>, Splitter), OpenError> {
    let mut head = Vec::new();
    let failure = Read::by_ref(&mut unpacked).take(HEAD).read_to_end(&mut head).err();
    if head.starts_with(b"\xef\xbb\xbf") {
        head.drain(..3);
    }
    let mut text = head.iter().copied().skip_while(u8::is_ascii_whitespace);
    let layout = match (text.next(), text.find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))) {
        (Some(b'['), _) => Layout::Array,
        (Some(b'{'), None | Some(b'\n')) => Layout::Values,
        (Some(b'{'), Some(_)) => Layout::Lines,
        // What went wrong is told by the first reading.
        (None, _) if failure.is_some() => Layout::Lines,
        (None, _) => {
            return Err(OpenError::NoRecords(Localized::new("文件为空", "the file is empty")));
        }
        (Some(_), _) => {
            return Err(OpenError::NoRecords(Localized::new(
                "文件内容不是 JSON：应为记录数组（[…]），或每行一条记录（{…}）",
                "the file holds no JSON: neither an array of records ([…]) nor a record a line ({…})",
            )));
        }
    };
    let rest = if failure.is_some() { Box::new(Failed(failure)) } else { unpacked };
    Ok((Box::new(Cursor::new(head).chain(rest)), Splitter::new(layout)))
}

/// How records are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// One a line.
    Lines,
    /// One after the other, each over several lines.
    Values,
    /// In one array.
    Array,
}

/// Where the splitter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the array.
    Before,
    /// Between records.
    Between,
    /// In a record.
    Within,
    /// In something between records that is none.
    Astray,
    /// After the array.
    After,
    /// Something stands after the array: that has been said.
    Beyond,
}

/// Cuts a stream of bytes into records: by lines, or by the depth of brackets outside strings.
///
/// A record that is not closed would swallow all others. So where records begin on lines of their own, indented less than what
/// they hold, the next such beginning ends the broken one; and no string goes on beyond its line.
struct Splitter {
    layout: Layout,
    state: State,
    /// The line of the next byte, from 1.
    line: u64,
    /// White space at the beginning of the line; `None` once something else has come.
    indent: Option<usize>,
    record: Vec<u8>,
    too_long: bool,
    /// The line that the record begins on.
    begin: u64,
    /// How far the record is indented, if it begins its line.
    begin_indent: Option<usize>,
    /// Whether the second line of the record is indented more than the first; `None` until it comes.
    deeper: Option<bool>,
    /// The last byte that is not white space.
    previous: u8,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Splitter {
    fn new(layout: Layout) -> Self {
        Self {
            layout,
            state: if layout == Layout::Array { State::Before } else { State::Between },
            line: 1,
            indent: Some(0),
            record: Vec::new(),
            too_long: false,
            begin: 1,
            begin_indent: None,
            deeper: None,
            previous: 0,
            depth: 0,
            in_string: false,
            escaped: false,
        }
    }

    /// Takes a byte; a record or fault, if that ends one.
    fn push(&mut self, byte: u8) -> Option<Result<RawRecord, Fault>> {
        let found = match self.state {
            State::Within if self.layout == Layout::Lines => {
                if byte == b'\n' {
                    self.take_record(false)
                } else {
                    self.keep(byte);
                    None
                }
            }
            State::Within => self.within(byte),
            State::Before => {
                if byte == b'[' {
                    self.state = State::Between;
                }
                None
            }
            State::Between | State::Astray => self.between(byte),
            State::After if !byte.is_ascii_whitespace() => {
                self.state = State::Beyond;
                Some(Err(Fault {
                    line: self.line,
                    message: Localized::new(
                        "记录数组（]）之后还有内容，未读取",
                        "something stands after the end of the array (]); it is not read",
                    ),
                }))
            }
            State::After | State::Beyond => None,
        };
        if byte == b'\n' {
            self.line += 1;
            self.indent = Some(0);
        } else if byte.is_ascii_whitespace() {
            self.indent = self.indent.map(|indent| indent + 1);
        } else {
            self.indent = None;
            self.previous = byte;
        }
        found
    }

    fn between(&mut self, byte: u8) -> Option<Result<RawRecord, Fault>> {
        let lines = self.layout == Layout::Lines;
        match byte {
            b' ' | b'\t' | b'\r' => None,
            b'\n' => {
                self.state = State::Between;
                None
            }
            b',' if !lines => {
                self.state = State::Between;
                None
            }
            b']' if self.layout == Layout::Array => {
                self.state = State::After;
                None
            }
            b'{' => {
                self.begin_record(byte);
                None
            }
            _ if lines => {
                self.begin_record(byte);
                None
            }
            _ if self.state == State::Astray => None,
            _ => {
                self.state = State::Astray;
                Some(Err(Fault {
                    line: self.line,
                    message: Localized::new("此处应为记录（{…}）", "a record ({…}) is expected here"),
                }))
            }
        }
    }

    fn begin_record(&mut self, byte: u8) {
        self.state = State::Within;
        self.begin = self.line;
        self.begin_indent = self.indent;
        self.deeper = None;
        self.depth = 1;
        self.in_string = false;
        self.escaped = false;
        self.keep(byte);
    }

    fn keep(&mut self, byte: u8) {
        if self.record.len() < RECORD_AT_MOST {
            self.record.push(byte);
        } else {
            self.too_long = true;
        }
    }

    fn within(&mut self, byte: u8) -> Option<Result<RawRecord, Fault>> {
        if self.in_string {
            match byte {
                b'\n' => self.in_string = false,
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            self.keep(byte);
            return None;
        }
        if let (Some(indent), Some(begin), false) = (self.indent, self.begin_indent, byte.is_ascii_whitespace()) {
            let second = self.deeper.is_none();
            let deeper = *self.deeper.get_or_insert(indent > begin);
            // On one line each, only a comma can come between two records; within one, a bracket or colon would.
            if byte == b'{' && indent == begin && (deeper || (second && self.previous == b',')) {
                let broken = self.take_record(false);
                self.begin_record(byte);
                return broken;
            }
        }
        self.keep(byte);
        match byte {
            b'"' => {
                self.in_string = true;
                self.escaped = false;
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    return self.take_record(false);
                }
            }
            _ => {}
        }
        None
    }

    /// What is to be said at the end of the file.
    fn finish(&mut self) -> Option<Result<RawRecord, Fault>> {
        let state = std::mem::replace(&mut self.state, State::Beyond);
        match (state, self.layout) {
            (State::Within, _) => self.take_record(true),
            (State::Before | State::Between | State::Astray, Layout::Array) => {
                Some(Err(Fault { line: self.line, message: ends_early() }))
            }
            _ => None,
        }
        .inspect(|_| self.state = State::Beyond)
    }

    /// The record that is complete, or what is wrong with it.
    fn take_record(&mut self, at_the_end: bool) -> Option<Result<RawRecord, Fault>> {
        self.state = State::Between;
        let mut bytes = std::mem::take(&mut self.record);
        // The next one is about as long.
        self.record.reserve(bytes.len().min(1 << 14));
        bytes.truncate(bytes.trim_ascii_end().len());
        let line = self.begin;
        let fault = |line, message| Some(Err(Fault { line, message }));
        if std::mem::take(&mut self.too_long) {
            let message = Localized::new("记录超过 4 MB", "the record is longer than 4 MB");
            return fault(line, message);
        }
        if let Err(error) = std::str::from_utf8(&bytes) {
            let valid = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default()).into_owned();
            let below = valid.matches('\n').count();
            let column = valid.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let message = Localized::new(
                format!("第 {column} 个字符不是 UTF-8 编码"),
                format!("character {column} is not UTF-8"),
            );
            return fault(line + u64::try_from(below).unwrap_or_default(), message);
        }
        match serde_json::from_slice::<IgnoredAny>(&bytes) {
            Ok(_) => Some(Ok(RawRecord { line, bytes })),
            Err(error) if error.is_eof() && at_the_end => fault(line, ends_early()),
            Err(error) => {
                let below = error.line().saturating_sub(1);
                let (column, text) = (error.column(), error.to_string());
                let text = text.split(" at line ").next().unwrap_or_default().to_owned();
                let message = Localized::new(
                    format!("不是有效的 JSON（第 {column} 列）：{text}"),
                    format!("not valid JSON (column {column}): {text}"),
                );
                fault(line + u64::try_from(below).unwrap_or_default(), message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tempfile::NamedTempFile;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn file(bytes: &[u8]) -> NamedTempFile {
        let mut file = NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("written");
        file
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("packed");
        encoder.finish().expect("packed")
    }

    fn zip(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("a file");
            writer.write_all(bytes).expect("packed");
        }
        writer.finish().expect("packed").into_inner()
    }

    /// The records and faults of a file as `line: text`.
    fn all(bytes: &[u8]) -> Vec<String> {
        let file = file(bytes);
        let source = Source::open(file.path()).expect("a source");
        let show = |item| match item {
            Ok(RawRecord { line, bytes }) => {
                let text = String::from_utf8(bytes).expect("UTF-8");
                format!("{line}: {}", text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            Err(Fault { line, message }) => format!("{line}! {}", message.en),
        };
        source.map(show).collect()
    }

    fn refused(bytes: &[u8]) -> String {
        match Source::open(file(bytes).path()) {
            Ok(_) => panic!("opened"),
            Err(error) => error.to_string(),
        }
    }

    const ARRAY: &str = "[\n    {\n        \"id\": 1,\n        \"names\": [\n            {\"value\": \"a ] } \\\" \\\\\"}\n        ]\n    },\n    {\n        \"id\": 2\n    }\n]\n";
    const TRUNCATED: &str = "the file ends early (truncated?)";

    #[test]
    fn every_layout_gives_its_records() {
        let records = [r#"2: { "id": 1, "names": [ {"value": "a ] } \" \\"} ] }"#, r#"8: { "id": 2 }"#];
        assert_eq!(all(ARRAY.as_bytes()), records);
        assert_eq!(all(b"[]"), Vec::<String>::new());
        assert_eq!(all(b"\xef\xbb\xbf [{\"id\":1},{\"id\":2}]"), ["1: {\"id\":1}", "1: {\"id\":2}"]);
        assert_eq!(all(b"\xef\xbb\xbf{\"id\":1}\r\n\r\n{\"id\":2}"), ["1: {\"id\":1}", "3: {\"id\":2}"]);
        // Several lines each without an array, and without any indentation.
        assert_eq!(all(b"{\n\"a\": [\n{\n}\n]\n}\n{\n\"b\":1}"), [r#"1: { "a": [ { } ] }"#, r#"7: { "b":1}"#]);
    }

    #[test]
    fn content_and_not_the_name_tells_the_wrapping() {
        let lines = b"{\"id\":1}\n{\"id\":2}\n";
        let expected = ["1: {\"id\":1}", "2: {\"id\":2}"];
        assert_eq!(all(&gzip(lines)), expected);
        let two_members = [gzip(b"{\"id\":1}\n"), gzip(b"{\"id\":2}\n")].concat();
        assert_eq!(all(&two_members), expected);
        for method in [CompressionMethod::Deflated, CompressionMethod::Stored] {
            let release = zip(
                &[
                    ("v1.50-ror-data.csv", b"id,name\n"),
                    ("v1.50-ror-data.json", b"[{\"name\":\"a longer record of schema v1\"}]"),
                    ("v1.50-ror-data_schema_v2.csv", b"id\n"),
                    ("v1.50-ror-data_schema_v2.json", b"[{\"id\":1},\n{\"id\":2}]"),
                ],
                method,
            );
            assert_eq!(all(&release), expected);
        }
        assert_eq!(all(&zip(&[("data.jsonl", lines)], CompressionMethod::Deflated)), expected);
    }

    #[test]
    fn what_holds_no_records_is_refused() {
        assert_eq!(refused(b" \n"), "the file is empty");
        let no_json = "the file holds no JSON: neither an array of records ([…]) nor a record a line ({…})";
        assert_eq!(refused(b"id,name\n"), no_json);
        let tables = zip(&[("a.csv", b"id"), ("__MACOSX/._a.json", b"")], CompressionMethod::Stored);
        assert_eq!(refused(&tables), "the zip holds no JSON file (it holds: a.csv, __MACOSX/._a.json)");
        assert!(refused(b"PK\x03\x04").starts_with("the zip is damaged: "));
        let missing = Source::open(Path::new("/nowhere/at/all"));
        assert!(matches!(missing, Err(OpenError::Io(error)) if error.kind() == io::ErrorKind::NotFound));
    }

    #[test]
    fn a_broken_line_is_told_and_the_rest_goes_on() {
        let lines = b"{\"id\":1}\n{\"id\":\n{\"name\":\"\xc3\xa4\xff\"}\nnonsense\n{\"id\":2}\n{\"id\"";
        assert_eq!(
            all(lines),
            [
                "1: {\"id\":1}",
                "2! not valid JSON (column 6): EOF while parsing a value",
                "3! character 11 is not UTF-8",
                "4! not valid JSON (column 2): expected ident",
                "5: {\"id\":2}",
                "6! the file ends early (truncated?)",
            ]
        );
    }

    #[test]
    fn a_broken_record_of_an_array_does_not_swallow_the_others() {
        // Not closed; a string not closed; something that is no record.
        let not_closed = ARRAY.replacen("    },\n", "    ,\n", 1);
        assert_eq!(
            all(not_closed.as_bytes()),
            ["7! not valid JSON (column 5): EOF while parsing an object", r#"8: { "id": 2 }"#]
        );
        let string = ARRAY.replacen("\"id\": 1", "\"id: 1", 1);
        assert_eq!(
            all(string.as_bytes()),
            [
                "3! not valid JSON (column 15): control character (\\u0000-\\u001F) found while parsing a string",
                r#"8: { "id": 2 }"#
            ]
        );
        assert_eq!(
            all(b"[\n{\"id\":1,\n{\"id\":2},\n7, \"x\",\n{\"id\":3}}\n]\nmore"),
            [
                "2! not valid JSON (column 8): EOF while parsing an object",
                "3: {\"id\":2}",
                "4! a record ({…}) is expected here",
                "4! a record ({…}) is expected here",
                "5: {\"id\":3}",
                "5! a record ({…}) is expected here",
                "7! something stands after the end of the array (]); it is not read",
            ]
        );
    }

    #[test]
    fn of_a_file_that_is_cut_off_everything_before_is_given() {
        let cut = |bytes: &[u8], rest: usize| bytes[..bytes.len() - rest].to_vec();
        assert_eq!(all(b"[{\"id\":1},{\"id\""), ["1: {\"id\":1}".to_owned(), format!("1! {TRUNCATED}")]);
        assert_eq!(all(b"[{\"id\":1},"), ["1: {\"id\":1}".to_owned(), format!("1! {TRUNCATED}")]);

        let mut lines = String::new();
        for number in 0..20_000u64 {
            lines.push_str(&format!("{{\"id\":{}}}\n", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
        let archive = |method| zip(&[("a.csv", b"id\n"), ("a.json", lines.as_bytes())], method);
        for (packed, rest) in [
            (gzip(lines.as_bytes()), 5000),
            (archive(CompressionMethod::Deflated), 5000),
            (archive(CompressionMethod::Stored), 5000),
        ] {
            let found = all(&cut(&packed, rest));
            let (last, before) = found.split_last().expect("something");
            assert!(last.ends_with(TRUNCATED), "{last}");
            assert!((15_000..20_000).contains(&before.len()), "{}", before.len());
            assert!(before.iter().zip(lines.lines()).all(|(found, line)| found.ends_with(line)));
        }
        // Only the directory of the zip is missing.
        let found = all(&cut(&archive(CompressionMethod::Deflated), 30));
        assert_eq!((found.len(), found.last()), (20_001, Some(&format!("20001! {TRUNCATED}"))));
        // Nothing but the head of a gzip file.
        assert_eq!(all(&gzip(lines.as_bytes())[..10]), [format!("1! {TRUNCATED}")]);
    }

    #[test]
    fn damage_within_a_zip_is_noticed() {
        let lines = b"{\"id\":1}\n{\"id\":2}\n";
        let mut stored = zip(&[("a.json", lines)], CompressionMethod::Stored);
        let place = stored.windows(8).position(|window| window == b"{\"id\":2}").expect("stored");
        stored[place + 6] = b'3';
        assert_eq!(
            all(&stored),
            ["1: {\"id\":1}", "2: {\"id\":3}", "3! the file is damaged from here on: wrong checksum"]
        );
    }

    #[test]
    fn a_record_without_end_is_not_kept() {
        let mut bytes = gzip(&vec![b' '; 8 << 20]);
        let mut long = b"{\"id\":\"".to_vec();
        long.resize(RECORD_AT_MOST + 100, b'x');
        long.extend_from_slice(b"\"}\n{\"id\":2}\n");
        bytes.splice(0..0, gzip(&[b"{\"id\":1}\n", long.as_slice()].concat()));
        let file = file(&bytes);
        let mut source = Source::open(file.path()).expect("a source");
        assert!(source.next().is_some_and(|item| item.is_ok()));
        let fault = source.next().expect("a fault").expect_err("too long");
        assert_eq!((fault.line, fault.message.en.as_str()), (2, "the record is longer than 4 MB"));
        assert!(source.next().is_some_and(|item| item.is_ok_and(|record| record.line == 3)));
        assert!(source.next().is_none());
        assert!(source.splitter.record.capacity() < 2 * RECORD_AT_MOST);
        assert_eq!(source.bytes_read(), source.total_bytes());
        assert_eq!(source.total_bytes(), u64::try_from(bytes.len()).expect("a length"));
    }
}
