//! What can go wrong.

use eligibility::Localized;
use tantivy::TantivyError;
use tantivy::directory::error::LockError;

/// Why an index cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Somebody else is writing to it.
    #[error("another process is writing to the index")]
    Locked,
    /// Reading or writing failed.
    #[error("the index cannot be read or written: {0}")]
    Storage(Box<TantivyError>),
}

impl From<TantivyError> for IndexError {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(LockError::LockBusy, _) => Self::Locked,
            other => Self::Storage(Box::new(other)),
        }
    }
}

impl From<std::io::Error> for IndexError {
    fn from(error: std::io::Error) -> Self {
        TantivyError::from(error).into()
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The text is longer than 500 characters or 40 words.
    #[error("the text to search for is too long")]
    TooLong,
    /// The cursor is altered, or of another request.
    #[error("the cursor is not one of this search")]
    Cursor,
    /// The index could not be read.
    #[error("the index cannot be read: {0}")]
    Storage(Box<TantivyError>),
}

impl QueryError {
    /// What to tell the person who asked.
    pub fn message(&self) -> Localized {
        match self {
            Self::TooLong => Localized::new(
                "检索文字过长：最多 500 个字符、40 个词",
                "the text to search for is too long: at most 500 characters and 40 words",
            ),
            Self::Cursor => Localized::new(
                "游标无效：已被改动，或属于另一次检索；请从第一页重新开始",
                "the cursor is altered or of another search; start again from the first page",
            ),
            Self::Storage(_) => Localized::new(
                "暂时无法读取检索索引，请稍后重试",
                "the index cannot be read just now; please try again",
            ),
        }
    }
}

impl From<TantivyError> for QueryError {
    fn from(error: TantivyError) -> Self {
        Self::Storage(Box::new(error))
    }
}

impl From<std::io::Error> for QueryError {
    fn from(error: std::io::Error) -> Self {
        TantivyError::from(error).into()
    }
}
