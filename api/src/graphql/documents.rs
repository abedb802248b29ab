//! Parsed and bounded documents, kept for the next request that brings the same text.

use std::sync::Arc;

use async_graphql::Name;
use async_graphql::Positioned;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};

use crate::cache::Cache;
use crate::config::Limits;
use crate::fault::{Code, Fault, shortened};
use crate::graphql::{measure, scan};

/// A parsed document takes about so many bytes for each byte of its text.
const BYTES_FOR_ONE: usize = 32;

/// The documents read so far.
pub(crate) struct Documents {
    kept: Cache<Arc<ExecutableDocument>>,
}

impl Documents {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { kept: Cache::new(limits.cache_bytes) }
    }

    /// The document of a text, and whether it was known.
    ///
    /// # Errors
    /// What is wrong with the text, in the order of: its size and nesting, its syntax, what it amounts to.
    pub(crate) fn read(&self, text: &str, limits: &Limits) -> Result<(Arc<ExecutableDocument>, bool), Fault> {
        if let Some(document) = self.kept.get(text.as_bytes()) {
            return Ok((document, true));
        }
        scan::bound(text, limits)?;
        let document = async_graphql::parser::parse_query(text).map_err(|error| syntax(&error))?;
        measure::bound(&document, limits)?;
        let document = Arc::new(document);
        self.kept.put(text.as_bytes(), Arc::clone(&document), text.len().saturating_mul(BYTES_FOR_ONE));
        Ok((document, false))
    }

    /// Bytes it holds, about.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.bytes()
    }
}

/// The operation of a name, or the only one.
///
/// # Errors
/// If there is none of that name, or several and no name is given.
pub(crate) fn operation<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<&'d Name>, &'d Positioned<OperationDefinition>), Fault> {
    let unknown = |zh, en| Fault::new(Code::UnknownOperation, zh, en);
    match (name, &document.operations) {
        (None, DocumentOperations::Single(only)) => Ok((None, only)),
        (None, DocumentOperations::Multiple(operations)) => {
            let mut all = operations.iter();
            match (all.next(), all.next()) {
                (Some((name, only)), None) => Ok((Some(name), only)),
                _ => Err(unknown(
                    format!("文档中有 {} 个操作；请用 `operationName` 指定一个", operations.len()),
                    format!("the document has {} operations; say which with `operationName`", operations.len()),
                )),
            }
        }
        (Some(name), operations) => {
            let found = operations.iter().find(|(known, _)| known.is_some_and(|known| known.as_str() == name));
            found.ok_or_else(|| {
                let name = shortened(name);
                unknown(
                    format!("文档中没有名为 `{name}` 的操作"),
                    format!("the document has no operation named `{name}`"),
                )
            })
        }
    }
}

fn syntax(error: &async_graphql::parser::Error) -> Fault {
    let text = error.to_string();
    // The parser's message ends with a line that says what was expected; the drawing before it repeats the query.
    let said = text.lines().last().unwrap_or_default().trim_start_matches([' ', '=']);
    let said = shortened(said);
    let fault = Fault::new(Code::Syntax, format!("查询语法错误：{said}"), format!("syntax error: {said}"));
    match error.positions().next() {
        Some(position) => fault.at(position),
        None => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Arc<ExecutableDocument>, Fault> {
        Documents::new(&Limits::default()).read(text, &Limits::default()).map(|(document, _)| document)
    }

    #[test]
    fn a_text_is_parsed_once() {
        let (documents, limits) = (Documents::new(&Limits::default()), Limits::default());
        assert!(!documents.read("{ a }", &limits).expect("read").1);
        assert!(documents.read("{ a }", &limits).expect("read").1);
        assert!(!documents.read("{ b }", &limits).expect("read").1);
    }

    #[test]
    fn what_is_no_document_says_where() {
        let fault = read("{ a(").expect_err("refused");
        assert_eq!((fault.code, fault.location.map(|at| (at.line, at.column))), (Code::Syntax, Some((1, 5))));
        assert!(fault.message.en.starts_with("syntax error: expected "), "{}", fault.message.en);
        assert_eq!(read("").expect_err("refused").code, Code::Syntax);
    }

    #[test]
    fn an_operation_is_chosen_by_name_or_by_being_alone() {
        let chosen = |text: &str, name: Option<&str>| {
            let document = read(text).expect("a document");
            operation(&document, name).map(|(name, _)| name.map(ToString::to_string)).map_err(|fault| fault.code)
        };
        assert_eq!(chosen("{ a }", None), Ok(None));
        assert_eq!(chosen("query A { a }", None), Ok(Some("A".into())));
        assert_eq!(chosen("query A { a } query B { b }", Some("B")), Ok(Some("B".into())));
        assert_eq!(chosen("query A { a } query B { b }", None), Err(Code::UnknownOperation));
        assert_eq!(chosen("{ a }", Some("A")), Err(Code::UnknownOperation));
    }
}
