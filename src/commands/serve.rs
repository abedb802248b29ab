//! `lianhe serve` and `lianhe schema`.

use std::io::{IsTerminal, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api::{ServeError, ServerConfig};
use eligibility::{Lang, Localized};
use service::Platform;

use crate::cli::{Common, Serve};
use crate::commands::Answered;
use crate::config::{Configuration, Log};
use crate::failure::{Exit, Failure};
use crate::guides;
use crate::render::words::said;
use crate::store::{self, Store};

/// How soon a change that another process made is found here.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// Serves until it is told to stop.
pub(super) fn run(asked: Serve, common: Common, lang: Lang) -> Answered {
    let mut configuration = store::configuration(&common, asked.listen)?;
    start_log(configuration.log);
    let port = take_port(&mut configuration)?;
    let store = Store::open(&configuration)?;
    let platform = store.platform(&configuration)?;
    serve(configuration.server, port, &store, platform, lang, |_| String::new())
}

/// Takes a port that is kept for the server, where any will do.
pub(super) fn take_port(configuration: &mut Configuration) -> Result<Option<TcpListener>, Failure> {
    let listen = configuration.server.listen;
    configuration.take_port().map_err(|source| failed(&ServeError::Listen { listen, source }))
}

/// Serves a platform; says where, and then what `greeting` makes of that address.
pub(super) fn serve(
    server: ServerConfig,
    port: Option<TcpListener>,
    store: &Store,
    platform: Arc<Platform>,
    lang: Lang,
    greeting: impl FnOnce(&str) -> String,
) -> Answered {
    let directory = Arc::clone(&store.directory);
    // What is shown is whole from the first answer on. A node that starts with an empty index takes a moment here.
    store.wait(directory.catch_up())?;
    drop(port);
    let server = api::start(server, Arc::clone(&platform)).map_err(|error| failed(&error))?;
    store.beside(async move { directory.follow(FOLLOW_EVERY).await });
    store.beside(platform.run());
    let address = format!("http://{}", server.local_addr());
    let mut out = std::io::stdout();
    // Whoever started it may have gone away; it serves all the same.
    let _ = writeln!(out, "{}{address}\n{}", said(lang, "正在监听 ", "listening on "), greeting(&address));
    let _ = out.flush();
    tracing::info!(address, "listening");
    server.wait().map_err(|error| failed(&error))?;
    tracing::info!("stopped");
    Ok((String::new(), Exit::Done))
}

/// Prints the schema.
pub(super) fn schema(folder: Option<&Path>) -> Answered {
    let calls = guides::load(folder)?;
    Ok((api::schema_sdl(&calls.library), Exit::Done))
}

/// Writes the log to standard error from here on.
pub(super) fn start_log(log: Log) {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log_to = tracing_subscriber::fmt().with_max_level(log.level).with_writer(std::io::stderr).with_ansi(colours);
    // It fails only if a log is being written already.
    let _ = if log.json { log_to.json().try_init() } else { log_to.try_init() };
}

fn failed(error: &ServeError) -> Failure {
    let mut reasons = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        reasons.push(reason.to_string());
        source = reason.source();
    }
    let reasons = reasons.join(": ");
    Failure::internal(Localized::new(format!("服务无法运行：{reasons}"), format!("the service cannot run: {reasons}")))
}
