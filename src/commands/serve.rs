//! `lianhe serve` and `lianhe schema`.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use eligibility::{Lang, Localized};

use crate::cli::Serve;
use crate::commands::Answered;
use crate::config::{self, Log};
use crate::failure::{Exit, Failure};
use crate::guides;
use crate::render::words::said;

/// Serves until it is told to stop.
pub(super) fn run(asked: &Serve, folder: Option<&Path>, lang: Lang) -> Answered {
    let lossy = |text: OsString| text.to_string_lossy().into_owned();
    let environment = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
    let file = asked.config.as_deref().filter(|file| !file.as_os_str().is_empty());
    let mut configuration = config::load(file, environment, asked.listen.as_deref())?;
    if let Some(folder) = folder {
        configuration.guides = Some(folder.to_owned());
    }
    let library = guides::load(configuration.guides.as_deref())?.library;
    start_log(configuration.log);
    let server = api::start(configuration.server, Arc::new(library)).map_err(|error| failed(&error))?;
    let address = server.local_addr();
    // Whoever started it may have gone away; it serves all the same.
    let _ = writeln!(std::io::stdout(), "{}http://{address}", said(lang, "正在监听 ", "listening on "));
    tracing::info!(%address, "listening");
    server.wait().map_err(|error| failed(&error))?;
    tracing::info!("stopped");
    Ok((String::new(), Exit::Done))
}

/// Prints the schema.
pub(super) fn schema(folder: Option<&Path>) -> Answered {
    let calls = guides::load(folder)?;
    Ok((api::schema_sdl(&calls.library), Exit::Done))
}

fn start_log(log: Log) {
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
