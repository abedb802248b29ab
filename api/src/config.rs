//! What a server is told before it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// How a server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Threads that answer requests.
    pub workers: usize,
    /// How much one request may ask for.
    pub limits: Limits,
    /// Origins (`https://portal.example`) whose pages may call it from a browser, beside its own; none by default.
    pub allowed_origins: Vec<String>,
    /// Whether clients reach it through a proxy that writes their address at the end of `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Whether to start to shut down on SIGTERM and SIGINT; off, the caller does.
    pub stop_on_signals: bool,
    /// How long requests under way may take once it is told to stop.
    pub shutdown_timeout: Duration,
    /// How long a client may take to send a request's head, and then its body.
    pub request_timeout: Duration,
    /// How long a connection may stay open between requests.
    pub keep_alive: Duration,
    /// Bytes of answers kept for the next request that is the same; 0 keeps none.
    pub response_cache_bytes: usize,
    /// How WebSockets are held.
    pub sockets: Sockets,
    /// How long a file of evidence may take to arrive.
    pub upload_timeout: Duration,
    /// How long a file of evidence may pause on its way.
    pub upload_gap: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            limits: Limits::default(),
            allowed_origins: Vec::new(),
            behind_proxy: false,
            stop_on_signals: false,
            shutdown_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            response_cache_bytes: 16 * 1024 * 1024,
            sockets: Sockets::default(),
            upload_timeout: Duration::from_secs(600),
            upload_gap: Duration::from_secs(30),
        }
    }
}

/// How WebSockets are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sockets {
    /// How long a client may take to initialise a connection.
    pub init_timeout: Duration,
    /// How long a client may be silent before it is asked whether it is there, and then before its socket is dropped.
    pub ping_interval: Duration,
    /// How long a client may leave what it is sent unread before its socket is closed.
    pub unread_timeout: Duration,
    /// Operations that run at the same time.
    pub operations: usize,
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
            unread_timeout: Duration::from_secs(10),
            operations: 20,
        }
    }
}

/// How much one request may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of a query's text.
    pub query_bytes: usize,
    /// Nesting of brackets, in a query's text and in JSON.
    pub brackets: usize,
    /// Tokens of a query.
    pub tokens: usize,
    /// Nesting of fields.
    pub depth: usize,
    /// What a query costs before it runs: fields, times the sizes of the lists they are in.
    pub cost: u64,
    /// Selections once every fragment is put where it is spread.
    pub selections: usize,
    /// Fields under another name than their own.
    pub aliases: usize,
    /// Directives.
    pub directives: usize,
    /// Errors that one answer holds.
    pub errors: usize,
    /// Bytes of parsed queries kept for the next request.
    pub cache_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            query_bytes: 32 * 1024,
            brackets: 32,
            tokens: 4_000,
            depth: 16,
            cost: 20_000,
            selections: 2_000,
            aliases: 100,
            directives: 50,
            errors: 20,
            cache_bytes: 16 * 1024 * 1024,
        }
    }
}
