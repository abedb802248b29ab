//! The server: start, stop, routes.

mod cors;
mod endpoint;
mod files;
mod identity;
mod incoming;
mod kept;
mod keys;
mod metrics;
mod negotiate;
mod observe;
mod probes;
mod reply;
mod socket;
mod state;

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};
use service::Platform;
use tokio::sync::Notify;

pub(crate) use self::incoming::of_body;
use crate::config::ServerConfig;
use crate::http::state::State;
use crate::pages;

/// How long a client may leave what it is sent where it is. It is for those that are gone without a word, or have stopped to read:
/// the system would wait for minutes or for ever.
const UNTAKEN: Duration = Duration::from_secs(30);

/// Why a server could not start, or did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The system gives no thread for the server, or the server failed.
    #[error("the server cannot run")]
    Run(#[source] io::Error),
}

/// A server that answers requests.
#[derive(Debug)]
pub struct RunningServer {
    local_addr: SocketAddr,
    stop: StopHandle,
    thread: JoinHandle<Result<(), ServeError>>,
}

/// Stops a server; can be given to whoever hears of signals.
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<Notify>);

impl StopHandle {
    /// Stops the server: no new connection, and requests under way get the shutdown timeout. Returns at once; wait for the
    /// [`RunningServer`] to know when it has ended.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl RunningServer {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// What stops it.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// What made it fail.
    pub fn wait(self) -> Result<(), ServeError> {
        self.thread.join().unwrap_or_else(|_| Err(ServeError::Run(io::Error::other("the server's thread panicked"))))
    }
}

/// Starts a server on threads of its own; returns once it listens.
///
/// # Errors
/// If the address cannot be listened on, or the system gives no thread.
pub fn start(config: ServerConfig, platform: Arc<Platform>) -> Result<RunningServer, ServeError> {
    let stop = StopHandle::default();
    let (tell, told) = mpsc::channel();
    let thread = {
        let stop = stop.clone();
        let run = move || actix_web::rt::System::new().block_on(run(config, platform, stop, tell));
        thread::Builder::new().name("http".to_owned()).spawn(run).map_err(ServeError::Run)?
    };
    match told.recv() {
        Ok(local_addr) => Ok(RunningServer { local_addr, stop, thread }),
        Err(_) => match thread.join() {
            Ok(Err(error)) => Err(error),
            _ => Err(ServeError::Run(io::Error::other("the server ended before it listened"))),
        },
    }
}

async fn run(
    config: ServerConfig,
    platform: Arc<Platform>,
    stop: StopHandle,
    tell: mpsc::Sender<SocketAddr>,
) -> Result<(), ServeError> {
    let listen = config.listen;
    let calls = web::Data::new(Arc::clone(platform.directory().library()));
    let profiles = web::Data::new(Arc::clone(platform.directory()));
    let people = web::Data::new(Arc::clone(&platform));
    let state = web::Data::new(State::new(config.clone(), platform));
    let of_app = state.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(calls.clone())
            .app_data(profiles.clone())
            .app_data(people.clone())
            .app_data(of_app.clone())
            .service(web::resource("/graphql").to(endpoint::serve))
            .service(web::resource("/evidence/{id}").to(files::serve))
            .service(web::resource("/.well-known/jwks.json").to(keys::serve))
            .service(web::resource("/.well-known/report-keys.json").to(keys::of_reports))
            .service(web::resource("/healthz").to(probes::health))
            .service(web::resource("/readyz").to(probes::ready))
            .service(web::resource("/metrics").to(probes::metrics))
            .configure(pages::configure)
            .default_service(web::to(probes::not_found))
            .wrap(Compress::default())
            .wrap(from_fn(observe::observe))
    });
    let told = told_to_stop(stop, config.stop_on_signals);
    let server = server
        .workers(config.workers.max(1))
        .shutdown_timeout(config.shutdown_timeout.as_secs())
        .client_request_timeout(config.request_timeout)
        .keep_alive(config.keep_alive)
        .on_connect(|connection, _| give_up_in_time(connection))
        .shutdown_signal(async move {
            told.await;
            state.stop();
        })
        .bind(listen)
        .map_err(|source| ServeError::Listen { listen, source })?;
    let local_addr = server.addrs().first().copied().unwrap_or(listen);
    // Nobody listens any more only if the caller is gone.
    let _ = tell.send(local_addr);
    server.run().await.map_err(ServeError::Run)
}

/// Has the system end a connection whose client does not take what it is sent.
#[cfg(target_os = "linux")]
fn give_up_in_time(connection: &dyn Any) {
    let Some(connection) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
    if let Err(error) = socket2::SockRef::from(connection).set_tcp_user_timeout(Some(UNTAKEN)) {
        tracing::debug!(%error, "a connection has no time limit");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_up_in_time(_: &dyn Any) {}

async fn told_to_stop(stop: StopHandle, on_signals: bool) {
    if on_signals {
        tokio::select! {
            () = stop.0.notified() => {}
            () = signalled() => {}
        }
    } else {
        stop.0.notified().await;
    }
}

/// SIGTERM or SIGINT; never, where the system has none to give.
#[cfg(unix)]
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signalled() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
