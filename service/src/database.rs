//! The database: SQLite in a file, or PostgreSQL by its address. One code for both.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _};
use sea_orm::{
    ConnectOptions, Database as SeaOrm, DatabaseConnection, DbBackend, DbErr, FromQueryResult, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::error::Error;

/// How long a server may take to answer at first.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a writer waits for another.
const BUSY: Duration = Duration::from_secs(30);
/// The keys of the advisory locks in PostgreSQL.
const MIGRATION_LOCK: i64 = 0x6c69_616e_6865_0001;
const IMPORT_LOCK: i64 = 0x6c69_616e_6865_0002;

/// A database that is up to date with this program's tables.
#[derive(Clone, Debug)]
pub struct Database {
    connection: DatabaseConnection,
    address: String,
    /// The file of a SQLite database.
    file: Option<PathBuf>,
    statements: Arc<AtomicU64>,
}

impl Database {
    /// Connects, and brings the tables up to date. A SQLite file that is not there is made.
    ///
    /// # Errors
    /// If the address is none, nothing answers there, or the tables cannot be brought up to date.
    pub async fn open(address: &str) -> Result<Self, Error> {
        let database = Self::connect(address).await?;
        let lock = match database.connection.get_database_backend() {
            DbBackend::Postgres => Some(database.lock_in_postgres(MIGRATION_LOCK, true).await?),
            _ => None,
        };
        let pending = Migrator::get_pending_migrations(&database.connection);
        let steps = pending.with_subscriber(NoSubscriber::default()).await?.len();
        if steps > 0 {
            tracing::info!(database = database.name(), steps, "bringing the tables up to date");
            // All steps or none, however the process ends. SQLite has no lock to wait for: whoever comes second waits for the
            // transaction, and finds nothing left to do.
            let immediate = Some(SqliteTransactionMode::Immediate);
            let options = TransactionOptions { sqlite_transaction_mode: immediate, ..TransactionOptions::default() };
            let transaction = database.connection.begin_with_options(options).await?;
            // The library tells of every step; one line is enough.
            Migrator::up(&transaction, None).with_subscriber(NoSubscriber::default()).await?;
            transaction.commit().await?;
        }
        drop(lock);
        Ok(database)
    }

    /// Connects, and leaves the tables as they are.
    ///
    /// # Errors
    /// If the address is none or nothing answers there.
    pub async fn connect(address: &str) -> Result<Self, Error> {
        if let Some(folder) =
            file_of(address)?.as_deref().and_then(Path::parent).filter(|it| !it.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
        }
        Self::connect_as(address, options(address, 8)).await
    }

    /// Connects to read only: nothing is made, and the database itself refuses to be written.
    ///
    /// # Errors
    /// If the address is none or nothing answers there.
    pub async fn connect_to_read(address: &str) -> Result<Self, Error> {
        let mut options = options(address, 1);
        options
            .map_sqlx_sqlite_opts(|options| options.create_if_missing(false).read_only(true).busy_timeout(BUSY))
            .map_sqlx_postgres_opts(|options| options.options([("default_transaction_read_only", "on")]));
        Self::connect_as(address, options).await
    }

    async fn connect_as(address: &str, options: ConnectOptions) -> Result<Self, Error> {
        let file = file_of(address)?;
        if file.is_none() {
            answers(address).await?;
        }
        let mut connection = SeaOrm::connect(options).await.map_err(Error::Connect)?;
        let statements = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&statements);
        connection.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        Ok(Self { connection, address: address.to_owned(), file, statements })
    }

    /// The connections.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// How many statements were sent since it was opened: what a use case costs is the difference.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// What to call it in messages: without a password.
    pub fn name(&self) -> String {
        without_password(&self.address)
    }

    /// The address of a PostgreSQL database.
    pub(crate) fn postgres(&self) -> Option<&str> {
        self.file.is_none().then_some(self.address.as_str())
    }

    /// Takes the right to import, so that there is one import at a time. It is given back when the value is dropped, and by the
    /// system when the process ends, however it ends.
    ///
    /// # Errors
    /// `ImportRunning` if another process or task has it.
    pub(crate) async fn import_lock(&self) -> Result<Lock, Error> {
        match &self.file {
            Some(file) => {
                let mut path = file.clone().into_os_string();
                path.push("-import");
                let path = PathBuf::from(path);
                let failed = |source| Error::File { path: path.clone(), source };
                let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
                match file.try_lock() {
                    Ok(()) => Ok(Lock::File { _file: file }),
                    Err(std::fs::TryLockError::WouldBlock) => Err(Error::ImportRunning),
                    Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
                }
            }
            None => self.lock_in_postgres(IMPORT_LOCK, false).await,
        }
    }

    /// An advisory lock on a connection of its own: it ends with the connection.
    async fn lock_in_postgres(&self, key: i64, wait: bool) -> Result<Lock, Error> {
        #[derive(FromQueryResult)]
        struct Taken {
            taken: bool,
        }
        let connection = SeaOrm::connect(options(&self.address, 1)).await.map_err(Error::Connect)?;
        let sql = if wait {
            "SELECT true AS taken FROM (SELECT pg_advisory_lock($1)) AS waited"
        } else {
            "SELECT pg_try_advisory_lock($1) AS taken"
        };
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]);
        let taken = Taken::find_by_statement(statement).one(&connection).await?;
        if taken.is_some_and(|taken| taken.taken) {
            Ok(Lock::Connection { _connection: connection })
        } else {
            Err(Error::ImportRunning)
        }
    }
}

/// A lock, held as long as the value lives.
#[derive(Debug)]
pub(crate) enum Lock {
    File { _file: File },
    Connection { _connection: DatabaseConnection },
}

fn options(address: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(address);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(BUSY)
        .connect_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(BUSY)
        });
    options
}

/// The file of a SQLite database; `None` for a server's address.
fn file_of(address: &str) -> Result<Option<PathBuf>, Error> {
    match address.split_once("://") {
        Some(("sqlite", rest)) => {
            let path = PathBuf::from(rest.split('?').next().unwrap_or(rest));
            if path.as_os_str().is_empty() { Err(Error::Address(address.to_owned())) } else { Ok(Some(path)) }
        }
        Some(("postgres" | "postgresql", _)) => Ok(None),
        _ => Err(Error::Address(without_password(address))),
    }
}

/// Whether a server answers. The pool would try for half a minute, and tell only that it waited.
async fn answers(address: &str) -> Result<(), Error> {
    let failed = |reason| Error::Connect(DbErr::Conn(reason));
    let server: PgConnectOptions = address.parse().map_err(|_| Error::Address(without_password(address)))?;
    match tokio::time::timeout(ANSWER, server.connect()).await {
        Ok(Ok(connection)) => {
            // It has answered: how the connection ends is no matter.
            let _ended = connection.close().await;
            Ok(())
        }
        Ok(Err(error)) => Err(failed(RuntimeErr::SqlxError(error.into()))),
        Err(_) => Err(failed(RuntimeErr::Internal(format!("no answer within {} s", ANSWER.as_secs())))),
    }
}

/// An address without its password, and without options, which may hold one; also of what is no address.
pub fn without_password(address: &str) -> String {
    let (scheme, rest) =
        address.find("://").and_then(|place| address.split_at_checked(place + 3)).unwrap_or(("", address));
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}{user}@{}", host.split('?').next().unwrap_or_default())
        }
        None => format!("{scheme}{}", rest.split('?').next().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        for (address, shown) in [
            ("postgres://me:secret@host:5432/x", "postgres://me@host:5432/x"),
            ("postgres://me:s@cret@host/x", "postgres://me@host/x"),
            ("postgres://me:s?c/r#t@host/x?sslmode=require", "postgres://me@host/x"),
            ("postgres://me@host/x?password=secret", "postgres://me@host/x"),
            ("postgres://host/x?user=me&password=secret", "postgres://host/x"),
            ("me:secret@host", "me@host"),
            ("sqlite://a/b.db", "sqlite://a/b.db"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
