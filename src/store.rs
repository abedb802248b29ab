//! Opens the directory that the configuration names, and runs what has to wait for it.

use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use eligibility::problem::ProblemCode;
use eligibility::{Localized, Problem};
use service::{Directory, Options, Platform, Refusal, UserError, UserErrorCode};
use tokio::runtime::{Builder, Runtime};

use crate::cli::Common;
use crate::config::{self, Configuration, Overrides};
use crate::failure::{Exit, Failure};
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
        Self::of(configuration, Some(configuration.data.join("index")))
    }

    /// Opens the database, for what needs no index.
    pub(crate) fn open_database(configuration: &Configuration) -> Result<Self, Failure> {
        Self::of(configuration, None)
    }

    fn of(configuration: &Configuration, index: Option<PathBuf>) -> Result<Self, Failure> {
        let calls = guides::load(configuration.guides.as_deref())?;
        let taxonomy = Arc::new(calls.taxonomy()?);
        let database = configuration.database.clone();
        let options = Options { database, index, library: Arc::new(calls.library), taxonomy };
        let runtime = runtime()?;
        let directory = runtime.block_on(Directory::open(options)).map_err(|error| failed(&error))?;
        Ok(Self { runtime, directory: Arc::new(directory) })
    }

    /// What people need beside the directory.
    pub(crate) fn platform(&self, configuration: &Configuration) -> Result<Arc<Platform>, Failure> {
        let opening = Platform::open(Arc::clone(&self.directory), configuration.people.clone());
        self.wait(opening).map(Arc::new)
    }

    /// Runs to its end what has to wait for the database.
    pub(crate) fn wait<T>(&self, task: impl Future<Output = Result<T, service::Error>>) -> Result<T, Failure> {
        self.runtime.block_on(task).map_err(|error| failed(&error))
    }

    /// Runs a use case to its end.
    pub(crate) fn settle<T>(&self, task: impl Future<Output = Result<T, Refusal>>) -> Result<T, Failure> {
        self.runtime.block_on(task).map_err(|refusal| refused(&refusal))
    }

    /// Runs something beside everything else, until the store is dropped.
    pub(crate) fn beside(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.runtime.spawn(task));
    }
}

/// What runs tasks.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("directory").enable_all().build();
    runtime.map_err(|error| {
        Failure::internal(Localized::new(
            format!("系统不提供线程：{error}"),
            format!("the system gives no thread: {error}"),
        ))
    })
}

/// What a person is told of a failed use case.
pub(crate) fn failed(error: &service::Error) -> Failure {
    match error {
        service::Error::Address(_) | service::Error::Source(_) | service::Error::MailSettings { .. } => {
            Failure::usage(error.message())
        }
        service::Error::File { path, .. } => Failure::unreadable(&path.display().to_string(), error.message()),
        service::Error::NoRecords { path, message } => {
            Failure::content(&path.display().to_string(), ProblemCode::Syntax, message.clone())
        }
        _ => Failure::internal(error.message()),
    }
}

/// What a person at the command line is told of a use case that did not do what it was asked for.
fn refused(refusal: &Refusal) -> Failure {
    match refusal {
        Refusal::Invalid(errors) => {
            let problem = |error: &UserError| Problem {
                code: match error.code {
                    UserErrorCode::Problem(code) => code,
                    _ => ProblemCode::InvalidValue,
                },
                file: String::new(),
                line: 0,
                column: 0,
                path: match error.field.as_str() {
                    // What is no option of the command line.
                    field @ ("" | "password") => field.to_owned(),
                    field => format!("--{field}"),
                },
                message: error.message.clone(),
            };
            Failure { exit: Exit::Usage, problems: errors.iter().map(problem).collect() }
        }
        Refusal::Failed(error) => failed(error),
        other => {
            Failure::internal(Localized::new(format!("未能执行：{other}"), format!("it could not be done: {other}")))
        }
    }
}
