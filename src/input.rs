//! Reads what a person hands in: a file or standard input, of bounded size, in UTF-8.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use eligibility::problem::ProblemCode;
use eligibility::yaml::{self, Limits, Node};
use eligibility::{Localized, Problem};

use crate::failure::Failure;

/// A consortium, an institution or a configuration: a person writes it, so it is small.
pub(crate) const PLAN: Bounds = Bounds { bytes: 1024 * 1024, tree: Limits { depth: 12, nodes: 50_000, entries: 256 } };

/// Files of cases and of calls.
pub(crate) const COLLECTION: Bounds =
    Bounds { bytes: 16 * 1024 * 1024, tree: Limits { depth: 32, nodes: 1_000_000, entries: 256 } };

/// A signed report or a set of keys.
pub(crate) const SIGNED: Bounds =
    Bounds { bytes: 1024 * 1024, tree: Limits { depth: 12, nodes: 50_000, entries: 256 } };

/// How much a file may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    bytes: u64,
    tree: Limits,
}

/// A document and what to call it in messages.
#[derive(Debug)]
pub(crate) struct Document {
    /// The file, or a word for standard input.
    pub(crate) name: String,
    /// Its content.
    pub(crate) root: Node,
}

/// Reads a consortium or an institution; `-` is standard input.
pub(crate) fn plan(path: &Path) -> Result<Document, Failure> {
    document(path, PLAN)
}

/// Reads a file of cases; `-` is standard input.
pub(crate) fn collection(path: &Path) -> Result<Document, Failure> {
    document(path, COLLECTION)
}

/// Reads a text; `-` is standard input. Gives what to call it in messages as well.
pub(crate) fn whole(path: &Path, bounds: Bounds) -> Result<(String, String), Failure> {
    if path.as_os_str() != "-" {
        return Ok((path.display().to_string(), text(path, bounds)?));
    }
    let name = "<stdin>".to_owned();
    let text = bounded(&name, std::io::stdin().lock(), bounds.bytes)?;
    Ok((name, text))
}

fn document(path: &Path, bounds: Bounds) -> Result<Document, Failure> {
    let (name, text) = whole(path, bounds)?;
    let root = yaml::parse(&name, &text, bounds.tree).map_err(|problem| Failure::data(vec![*problem]))?;
    Ok(Document { name, root })
}

/// Reads a text file.
pub(crate) fn text(path: &Path, bounds: Bounds) -> Result<String, Failure> {
    let name = path.display().to_string();
    let cannot = |error: &std::io::Error| Failure::unreadable(&name, reason(error));
    let file = File::open(path).map_err(|error| cannot(&error))?;
    let metadata = file.metadata().map_err(|error| cannot(&error))?;
    if metadata.is_dir() {
        let message = Localized::new("这是文件夹；请给出文件", "this is a folder; name a file");
        return Err(Failure::unreadable(&name, message));
    }
    if metadata.len() > bounds.bytes {
        return Err(too_large(&name, bounds.bytes));
    }
    bounded(&name, file, bounds.bytes)
}

/// Reads no more than is allowed, whatever the length that was announced.
fn bounded(name: &str, source: impl Read, bytes: u64) -> Result<String, Failure> {
    let mut content = Vec::new();
    source.take(bytes + 1).read_to_end(&mut content).map_err(|error| Failure::unreadable(name, reason(&error)))?;
    if u64::try_from(content.len()).is_ok_and(|length| length > bytes) {
        return Err(too_large(name, bytes));
    }
    let text = String::from_utf8(content).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Failure::data(vec![not_utf8(name, error.as_bytes(), valid)])
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn too_large(name: &str, bytes: u64) -> Failure {
    let mib = bytes / (1024 * 1024);
    let message = Localized::new(
        format!("文件超过 {mib} MiB（{bytes} 字节），不予读取"),
        format!("larger than {mib} MiB ({bytes} bytes); not read"),
    );
    Failure::content(name, ProblemCode::Limit, message)
}

fn not_utf8(name: &str, content: &[u8], valid: usize) -> Problem {
    let before = content.get(..valid).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let column = before.get(start..).map_or(0, |line| String::from_utf8_lossy(line).chars().count()) + 1;
    let message = Localized::new(
        format!("第 {valid} 字节起不是合法的 UTF-8；请用 UTF-8 编码保存（不要用 GBK 或 UTF-16）"),
        format!("not valid UTF-8 from byte {valid}; save the file as UTF-8 (not GBK or UTF-16)"),
    );
    Problem { code: ProblemCode::Syntax, file: name.to_owned(), line, column, path: String::new(), message }
}

/// Why the system would not read a file, in words.
pub(crate) fn reason(error: &std::io::Error) -> Localized {
    match error.kind() {
        ErrorKind::NotFound => Localized::new("没有这个文件", "no such file"),
        ErrorKind::PermissionDenied => Localized::new("没有读取权限", "permission denied"),
        ErrorKind::IsADirectory => Localized::new("这是文件夹；请给出文件", "this is a folder; name a file"),
        _ => Localized::new(format!("无法读取：{error}"), format!("cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(content: &[u8]) -> String {
        bounded("f.yaml", content, 16).expect_err("refused").problems[0].to_string()
    }

    #[test]
    fn what_is_no_utf8_is_named_by_byte_and_line() {
        let mut content = "a: 中\nb: ".as_bytes().to_vec();
        content.push(0xff);
        assert_eq!(
            message(&content),
            "f.yaml:2:4: not valid UTF-8 from byte 10; save the file as UTF-8 (not GBK or UTF-16)"
        );
    }

    #[test]
    fn no_more_is_read_than_allowed() {
        assert_eq!(bounded("f", &[b'a'; 16][..], 16).expect("allowed"), "a".repeat(16));
        assert_eq!(message(&[b'a'; 17]), "f.yaml: larger than 0 MiB (16 bytes); not read");
        assert!(bounded("f", std::io::repeat(b'a'), 16).is_err());
    }

    #[test]
    fn a_byte_order_mark_is_no_content() {
        assert_eq!(bounded("f", "\u{feff}a: 1".as_bytes(), 16).expect("valid"), "a: 1");
    }
}
