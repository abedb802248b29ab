//! What operators measure.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::fault::Code;

/// The media type of what [`Metrics::text`] writes.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCode {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCache {
    cache: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NameOfCache {
    cache: &'static str,
}

/// The caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheName {
    /// Parsed documents.
    Documents,
    /// Answers.
    Answers,
}

impl CacheName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Answers => "responses",
        }
    }
}

/// The counters.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<OfRequest, Counter>,
    durations: Family<OfRoute, Histogram, fn() -> Histogram>,
    errors: Family<OfCode, Counter>,
    caches: Family<OfCache, Counter>,
    cache_bytes: Family<NameOfCache, Gauge<u64, AtomicU64>>,
    sockets: Gauge,
}

/// Counts a socket as long as it is there.
#[derive(Debug)]
pub(crate) struct CountedSocket(Gauge);

impl Drop for CountedSocket {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// From a tenth of a millisecond to about three seconds.
fn histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.000_1, 2.0, 16))
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("lianhe");
        let requests = Family::default();
        let durations: Family<OfRoute, Histogram, fn() -> Histogram> = Family::new_with_constructor(histogram);
        let errors: Family<OfCode, Counter> = Family::default();
        let caches: Family<OfCache, Counter> = Family::default();
        let cache_bytes = Family::default();
        let sockets = Gauge::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register_with_unit("http_request_duration", "Time to answer", Unit::Seconds, durations.clone());
        registry.register("graphql_errors", "Errors told, by code", errors.clone());
        registry.register("cache_lookups", "Look-ups in a cache", caches.clone());
        registry.register_with_unit("cache", "Size of a cache", Unit::Bytes, cache_bytes.clone());
        registry.register("websockets", "WebSockets that are open", sockets.clone());
        registry.register("build", "What is running", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        Self { registry, requests, durations, errors, caches, cache_bytes, sockets }
    }

    pub(crate) fn answered(&self, route: &str, status: u16, duration: Duration) {
        self.requests.get_or_create(&OfRequest { route: route.to_owned(), status }).inc();
        self.durations.get_or_create(&OfRoute { route: route.to_owned() }).observe(duration.as_secs_f64());
    }

    pub(crate) fn told(&self, codes: &[Code]) {
        for code in codes {
            self.errors.get_or_create(&OfCode { code: code.as_str() }).inc();
        }
    }

    pub(crate) fn looked_up(&self, cache: CacheName, found: bool) {
        let result = if found { "hit" } else { "miss" };
        self.caches.get_or_create(&OfCache { cache: cache.as_str(), result }).inc();
    }

    /// Counts a socket until what is returned is dropped.
    pub(crate) fn socket(&self) -> CountedSocket {
        self.sockets.inc();
        CountedSocket(self.sockets.clone())
    }

    /// All of them as text, with the sizes of the caches as they are now.
    pub(crate) fn text(&self, documents: usize, answers: usize) -> Result<String, fmt::Error> {
        for (cache, bytes) in [(CacheName::Documents, documents), (CacheName::Answers, answers)] {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            self.cache_bytes.get_or_create(&NameOfCache { cache: cache.as_str() }).set(bytes);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
