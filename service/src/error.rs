//! Why a use case failed.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use eligibility::Localized;
use sea_orm::DbErr;

use crate::import::SOURCE_AT_MOST;
use crate::source::OpenError;

/// Why a use case failed. What the caller can mend says how; the rest is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database's address is none.
    #[error("not a database address: {0}")]
    Address(String),
    /// The database cannot be reached.
    #[error("the database cannot be opened")]
    Connect(#[source] DbErr),
    /// The database refused or failed.
    #[error("the database failed")]
    Database(#[source] DbErr),
    /// The disk of the database or of the index is full.
    #[error("the disk is full")]
    DiskFull(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A source cannot be called so.
    #[error("not a name of a source: {0}")]
    Source(String),
    /// Another import into this database is running.
    #[error("another import is running")]
    ImportRunning,
    /// The index failed.
    #[error("the index failed")]
    Index(#[source] search::IndexError),
    /// A file or folder cannot be used.
    #[error("cannot use {path}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file holds nothing that can be imported.
    #[error("nothing to import")]
    NoRecords {
        /// The file.
        path: PathBuf,
        /// Why not.
        message: Localized,
    },
    /// What the database holds cannot be read: it was written by another program, or a newer one.
    #[error("what the database holds cannot be read")]
    Content(#[source] serde_json::Error),
    /// A listing cannot be written into the index.
    #[error("a listing cannot be written")]
    Card(#[source] postcard::Error),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if says_full(&error.to_string()) { Self::DiskFull(error.into()) } else { Self::Database(error) }
    }
}

impl From<search::IndexError> for Error {
    fn from(error: search::IndexError) -> Self {
        if says_full(&error.to_string()) { Self::DiskFull(error.into()) } else { Self::Index(error) }
    }
}

/// SQLite's words for SQLITE_FULL and its codes for a write that a quota or limit stops (SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE),
/// PostgreSQL's words for disk_full (53100) and the system's for ENOSPC, EFBIG and EDQUOT.
fn says_full(text: &str) -> bool {
    let text = text.to_lowercase();
    let full = [
        "database or disk is full",
        "(code: 778)",
        "(code: 4874)",
        "could not extend file",
        "no space left on device",
        "file too large",
        "quota exceeded",
    ];
    full.iter().any(|words| text.contains(words))
}

impl Error {
    pub(crate) fn of_source(path: &Path, error: OpenError) -> Self {
        let path = path.to_owned();
        match error {
            OpenError::Io(source) => Self::File { path, source },
            OpenError::NoRecords(message) => Self::NoRecords { path, message },
        }
    }

    /// What to tell a person: what happened, and what to do.
    pub fn message(&self) -> Localized {
        let detail = self.chain();
        match self {
            Self::Address(address) => Localized::new(
                format!("`{address}` 不是数据库地址；应如 sqlite://lianhe.db 或 postgres://用户@主机/数据库"),
                format!(
                    "`{address}` is no database address; one looks like sqlite://lianhe.db or postgres://user@host/database"
                ),
            ),
            Self::Connect(_) => Localized::new(
                format!("无法打开数据库，请核对地址、权限以及服务是否运行：{detail}"),
                format!("the database cannot be opened; check its address, the rights, and that it runs: {detail}"),
            ),
            Self::DiskFull(_) => Localized::new(
                format!(
                    "磁盘已满，或数据库、索引所在处无法写入；已提交的数据完好，腾出空间后重新运行即可继续：{detail}"
                ),
                format!(
                    "the disk is full, or the database or index cannot be written; what was committed is whole, make room and \
                     run again to go on: {detail}"
                ),
            ),
            Self::Source(name) => Localized::new(
                format!("来源名称须为 1～{SOURCE_AT_MOST} 个字符，实际是 `{name}`"),
                format!("the name of a source has 1 to {SOURCE_AT_MOST} characters, found `{name}`"),
            ),
            Self::ImportRunning => Localized::new(
                "另一个导入正在写入此数据库；请等它结束后再试",
                "another import is writing to this database; try again when it has ended",
            ),
            Self::Database(_) => Localized::new(
                format!("数据库出错；已提交的数据完好，可在其恢复后重新运行：{detail}"),
                format!("the database failed; what was committed is whole, run again once it is back: {detail}"),
            ),
            Self::Index(search::IndexError::Locked) => Localized::new(
                "另一个进程正在写入此数据文件夹中的索引；请等它结束后再试",
                "another process is writing the index in this data folder; try again when it has ended",
            ),
            Self::Index(_) | Self::Card(_) => {
                Localized::new(format!("索引出错：{detail}"), format!("the index failed: {detail}"))
            }
            Self::File { path, .. } => Localized::new(
                format!("无法使用 {}：{detail}", path.display()),
                format!("cannot use {}: {detail}", path.display()),
            ),
            Self::NoRecords { message, .. } => message.clone(),
            Self::Content(_) => Localized::new(
                format!("数据库中的内容无法读取，可能由更新版本的程序写入：{detail}"),
                format!("what the database holds cannot be read; a newer version may have written it: {detail}"),
            ),
        }
    }

    /// What the parts below say.
    fn chain(&self) -> String {
        let mut reasons = Vec::new();
        let mut source = self.source();
        while let Some(reason) = source {
            let text = reason.to_string();
            // Layers of the database library repeat each other.
            if reasons.last().is_none_or(|last: &String| !last.contains(&text)) {
                reasons.push(text);
            }
            source = reason.source();
        }
        reasons.join(": ")
    }
}
