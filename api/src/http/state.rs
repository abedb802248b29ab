//! What every request is answered from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eligibility::Library;

use crate::config::ServerConfig;
use crate::graphql::Engine;
use crate::http::kept::Answers;
use crate::http::metrics::Metrics;

/// The schema, the caches, the counters and the configuration of a server.
pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) answers: Answers,
    pub(crate) metrics: Metrics,
    pub(crate) config: ServerConfig,
    stopping: AtomicBool,
}

impl State {
    pub(crate) fn new(config: ServerConfig, library: Arc<Library>) -> Self {
        Self {
            engine: Engine::new(library, config.limits),
            answers: Answers::new(config.response_cache_bytes),
            metrics: Metrics::new(),
            config,
            stopping: AtomicBool::new(false),
        }
    }

    /// From now on it is not ready for new requests.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
