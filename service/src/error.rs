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
    /// The index cannot be asked.
    #[error("the index cannot be asked")]
    Query(#[source] search::QueryError),
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
    /// A key, a password or a random number could not be made or read.
    #[error("cryptography failed: {0}")]
    Cryptography(&'static str),
    /// The store of evidence refused or failed.
    #[error("the store of evidence failed")]
    Evidence(#[source] object_store::Error),
    /// A letter cannot be written.
    #[error("a mail cannot be written")]
    Mail(#[source] askama::Error),
    /// A setting of how mails are sent cannot be used.
    #[error("cannot use `mail.{setting}`")]
    MailSettings {
        /// Which one: `smtp` or `from`.
        setting: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if says_full(&error.to_string()) { Self::DiskFull(error.into()) } else { Self::Database(error) }
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        let error = Self::Evidence(error);
        if says_full(&error.chain()) { Self::DiskFull(Box::new(error)) } else { error }
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
            Self::Index(_) | Self::Query(_) | Self::Card(_) => {
                Localized::new(format!("索引出错：{detail}"), format!("the index failed: {detail}"))
            }
            Self::File { path, .. } => Localized::new(
                format!("无法使用 {}：{detail}", path.display()),
                format!("cannot use {}: {detail}", path.display()),
            ),
            Self::NoRecords { message, .. } => message.clone(),
            Self::Cryptography(what) => {
                Localized::new(format!("密钥、密码或随机数出错：{what}"), format!("cryptography failed: {what}"))
            }
            Self::Evidence(_) => Localized::new(
                format!("证明材料的存储出错，请核对 evidence 的地址、权限以及存储服务是否运行：{detail}"),
                format!(
                    "the store of evidence failed; check the address in `evidence`, the rights, and that it runs: {detail}"
                ),
            ),
            Self::Mail(_) => {
                Localized::new(format!("邮件无法生成：{detail}"), format!("a mail cannot be written: {detail}"))
            }
            Self::MailSettings { setting: "smtp", .. } => Localized::new(
                format!("无法使用 mail.smtp；应如 smtps://用户:密码@主机 或 smtp://主机:端口：{detail}"),
                format!("cannot use mail.smtp; it looks like smtps://user:password@host or smtp://host:port: {detail}"),
            ),
            Self::MailSettings { setting, .. } => Localized::new(
                format!("无法使用 mail.{setting}；应如 联合 <no-reply@example.org>：{detail}"),
                format!("cannot use mail.{setting}; it looks like Lianhe <no-reply@example.org>: {detail}"),
            ),
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
