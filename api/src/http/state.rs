//! What every request is answered from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use service::{Directory, today};

use crate::config::ServerConfig;
use crate::graphql::Engine;
use crate::http::kept::{Answers, Edition};
use crate::http::metrics::Metrics;

/// The schema, the caches, the counters and the configuration of a server.
pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) answers: Answers,
    pub(crate) metrics: Metrics,
    pub(crate) config: ServerConfig,
    directory: Arc<Directory>,
    stopping: AtomicBool,
}

impl State {
    pub(crate) fn new(config: ServerConfig, directory: Arc<Directory>) -> Self {
        Self {
            engine: Engine::new(Arc::clone(&directory), config.limits),
            directory,
            answers: Answers::new(config.response_cache_bytes),
            metrics: Metrics::new(),
            config,
            stopping: AtomicBool::new(false),
        }
    }

    /// What answers that last while the directory does not change are kept by: which state of it they are of, and the day, since
    /// some ask what is so today.
    pub(crate) fn edition(&self) -> Edition {
        (self.directory.snapshot().generation(), today())
    }

    /// From now on it is not ready for new requests.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
