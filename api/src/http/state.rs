//! What every request is answered from.

use std::sync::Arc;

use service::{Platform, today};
use tokio::sync::watch;

use crate::config::ServerConfig;
use crate::graphql::Engine;
use crate::http::kept::{Answers, Edition};
use crate::http::metrics::Metrics;

/// The schema, the caches, the counters and the configuration of a server.
pub(crate) struct State {
    pub(crate) engine: Arc<Engine>,
    pub(crate) answers: Answers,
    pub(crate) metrics: Metrics,
    pub(crate) config: ServerConfig,
    pub(crate) platform: Arc<Platform>,
    stopping: watch::Sender<bool>,
}

impl State {
    pub(crate) fn new(config: ServerConfig, platform: Arc<Platform>) -> Self {
        Self {
            engine: Arc::new(Engine::new(Arc::clone(&platform), config.limits)),
            platform,
            answers: Answers::new(config.response_cache_bytes),
            metrics: Metrics::new(),
            config,
            stopping: watch::Sender::new(false),
        }
    }

    /// What answers that last while the directory does not change are kept by: which state of it they are of, and the day, since
    /// some ask what is so today.
    pub(crate) fn edition(&self) -> Edition {
        (self.platform.directory().snapshot().generation(), today())
    }

    /// From now on it is not ready for new requests.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Tells when it stops.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }
}
