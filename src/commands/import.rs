//! `lianhe import` and `lianhe reindex`.

use std::io::IsTerminal;
use std::time::Duration;

use eligibility::{Lang, Localized};
use indicatif::{ProgressBar, ProgressStyle};
use service::{CaughtUp, registry};

use crate::cli::{Common, ImportCommand};
use crate::commands::{Answered, serve};
use crate::failure::{Exit, Failure};
use crate::render::import;
use crate::render::words::said;
use crate::store::{self, Store};

/// Imports a file, and reports what became of it.
pub(super) fn run(command: &ImportCommand, common: Common, lang: Lang) -> Answered {
    let configuration = store::configuration(&common, None)?;
    serve::start_log(configuration.log);
    let store = Store::open(&configuration)?;
    let directory = &store.directory;
    let (file, source) = match command {
        ImportCommand::Ror { file } => (file, "ror"),
        ImportCommand::Csv { file, source } => (file, source.as_str()),
    };
    let bar = bar(lang);
    let report = match command {
        ImportCommand::Ror { .. } => {
            let records = registry::ror(file, directory.library(), directory.taxonomy())
                .map_err(|error| store::failed(&error))?;
            let read = records.progress();
            bar.set_length(read.total());
            store.wait(directory.import(source, records, |_| bar.set_position(read.done())))?
        }
        ImportCommand::Csv { .. } => {
            let records = registry::csv(file, directory.library(), directory.taxonomy())
                .map_err(|error| store::failed(&error))?;
            store.wait(directory.import(source, records, |done| bar.set_position(done)))?
        }
    };
    bar.finish_and_clear();
    let exit = if report.refused == 0 { Exit::Done } else { Exit::Data };
    Ok((import::text(&file.display().to_string(), &directory.database().name(), &report, lang), exit))
}

/// Builds the index anew.
pub(super) fn reindex(common: Common, lang: Lang) -> Answered {
    let configuration = store::configuration(&common, None)?;
    serve::start_log(configuration.log);
    let store = Store::open(&configuration)?;
    let bar = bar(lang);
    let caught_up = store.wait(store.directory.reindex(|done| bar.set_position(done)))?;
    bar.finish_and_clear();
    match caught_up {
        CaughtUp::With(count) => {
            let (before, after) = said2(lang, ("索引已重建：", " 个单位"), ("the index was built anew: ", " profiles"));
            Ok((format!("{before}{count}{after}\n"), Exit::Done))
        }
        CaughtUp::Elsewhere => Err(Failure::internal(Localized::new(
            "另一个进程正在写入此索引；请等它结束，或停止该服务后再试",
            "another process is writing this index; wait for it, or stop that server, and try again",
        ))),
    }
}

fn said2<'a>(lang: Lang, zh: (&'a str, &'a str), en: (&'a str, &'a str)) -> (&'a str, &'a str) {
    (said(lang, zh.0, en.0), said(lang, zh.1, en.1))
}

/// A progress bar on standard error, where a person watches it.
fn bar(lang: Lang) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let template = said(lang, "导入 {wide_bar} {percent}% 剩余 {eta}", "importing {wide_bar} {percent}% {eta} left");
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
