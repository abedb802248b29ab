//! One test, two databases: SQLite in a file and PostgreSQL.

#[path = "postgres.rs"]
mod postgres;

use std::future::Future;
use std::path::PathBuf;

use tempfile::TempDir;

/// A database that holds nothing yet, and a folder for whatever else the test needs. Both go with it.
pub(crate) struct Place {
    folder: TempDir,
    address: String,
}

impl Place {
    /// SQLite in a file of the folder.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite://{}", folder.path().join("lianhe.db").display());
        Self { folder, address }
    }

    /// A database of the tests' own server, if PostgreSQL is installed.
    pub(crate) fn postgres() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        postgres::is_there().then(|| Self { folder, address: postgres::fresh() })
    }

    /// The address of the database.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A file or folder that may be made there.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Runs a test to its end.
pub(crate) fn wait<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

/// Makes tests of functions that take a `Place`: each as `sqlite::name` and as `postgres::name`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                crate::database::wait(super::$name(crate::database::Place::sqlite()));
            })+
        }

        mod postgres {
            $(#[test]
            fn $name() {
                if let Some(place) = crate::database::Place::postgres() {
                    crate::database::wait(super::$name(place));
                }
            })+
        }
    };
}
pub(crate) use on_both;
