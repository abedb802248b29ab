//! `lianhe serve` and `lianhe schema`.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eligibility::{Lang, Localized};

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
    let configuration = store::configuration(&common, asked.listen)?;
    start_log(configuration.log);
    let store = Store::open(&configuration)?;
    serve(configuration, &store, lang, |_| String::new())
}

/// Serves a directory; says where, and then what `greeting` makes of that address.
pub(super) fn serve(
    configuration: Configuration,
    store: &Store,
    lang: Lang,
    greeting: impl FnOnce(&str) -> String,
) -> Answered {
    let directory = Arc::clone(&store.directory);
    // What is shown is whole from the first answer on. A node that starts with an empty index takes a moment here.
    store.wait(directory.catch_up())?;
    let server = api::start(configuration.server, Arc::clone(&directory)).map_err(|error| failed(&error))?;
    store.beside(async move { directory.follow(FOLLOW_EVERY).await });
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

fn failed(error: &api::ServeError) -> Failure {
    let mut reasons = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        reasons.push(reason.to_string());
        source = reason.source();
    }
    let reasons = reasons.join(": ");
    Failure::internal(Localized::new(format!("服务无法运行：{reasons}"), format!("the service cannot run: {reasons}")))
}
