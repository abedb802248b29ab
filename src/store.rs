//! Opens the directory that the configuration names, and runs what has to wait for it.

use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use eligibility::Localized;
use eligibility::problem::ProblemCode;
use service::{Directory, Options};
use tokio::runtime::{Builder, Runtime};

use crate::cli::Common;
use crate::config::{self, Configuration, Overrides};
use crate::failure::Failure;
use crate::guides;

/// Reads the configuration, as the file, the environment and the command line have it.
pub(crate) fn configuration(common: &Common, listen: Option<String>) -> Result<Configuration, Failure> {
    let lossy = |text: OsString| text.to_string_lossy().into_owned();
    let environment = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
    let file = common.config.as_deref().filter(|file| !file.as_os_str().is_empty());
    let overrides = Overrides { listen, database: common.database.clone(), data: common.data.clone() };
    let mut configuration = config::load(file, environment, overrides)?;
    if let Some(folder) = common.guides.as_ref().filter(|folder| !folder.as_os_str().is_empty()) {
        configuration.guides = Some(folder.clone());
    }
    Ok(configuration)
}

/// The directory, and what runs its tasks.
#[derive(Debug)]
pub(crate) struct Store {
    runtime: Runtime,
    pub(crate) directory: Arc<Directory>,
}

impl Store {
    /// Opens the database and the index that a configuration names.
    pub(crate) fn open(configuration: &Configuration) -> Result<Self, Failure> {
        let index = configuration.data.join("index");
        Self::of(configuration.guides.as_ref(), configuration.database.clone(), Some(index))
    }

    fn of(guides: Option<&PathBuf>, database: String, index: Option<PathBuf>) -> Result<Self, Failure> {
        let calls = guides::load(guides.map(PathBuf::as_path))?;
        let taxonomy = Arc::new(calls.taxonomy()?);
        let options = Options { database, index, library: Arc::new(calls.library), taxonomy };
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("directory").enable_all().build();
        let runtime = runtime.map_err(|error| {
            Failure::internal(Localized::new(
                format!("系统不提供线程：{error}"),
                format!("the system gives no thread: {error}"),
            ))
        })?;
        let directory = runtime.block_on(Directory::open(options)).map_err(|error| failed(&error))?;
        Ok(Self { runtime, directory: Arc::new(directory) })
    }

    /// Runs to its end what has to wait for the database.
    pub(crate) fn wait<T>(&self, task: impl Future<Output = Result<T, service::Error>>) -> Result<T, Failure> {
        self.runtime.block_on(task).map_err(|error| failed(&error))
    }

    /// Runs something beside everything else, until the store is dropped.
    pub(crate) fn beside(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.runtime.spawn(task));
    }
}

/// What a person is told of a failed use case.
pub(crate) fn failed(error: &service::Error) -> Failure {
    match error {
        service::Error::Address(_) | service::Error::Source(_) => Failure::usage(error.message()),
        service::Error::File { path, .. } => Failure::unreadable(&path.display().to_string(), error.message()),
        service::Error::NoRecords { path, message } => {
            Failure::content(&path.display().to_string(), ProblemCode::Syntax, message.clone())
        }
        _ => Failure::internal(error.message()),
    }
}
