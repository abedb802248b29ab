//! One module a command: reads what it is given, asks the engine, and has the answer rendered.

mod admin;
mod audit;
mod check;
mod demo;
mod guide;
mod import;
mod profile;
mod report;
mod serve;

use eligibility::Lang;

use crate::cli::{Cli, Command};
use crate::failure::{Exit, Failure};

/// What a command prints, and the status it ends with.
pub(crate) type Answered = Result<(String, Exit), Failure>;

/// Runs a command.
pub(crate) fn run(cli: Cli, lang: Lang) -> Answered {
    let guides = cli.common.guides.clone().filter(|folder| !folder.as_os_str().is_empty());
    let guides = guides.as_deref();
    match cli.command {
        Command::Check(check) => check::run(&check, guides, lang),
        Command::Guide { command } => guide::run(&command, guides, lang),
        Command::Profile(profile) => profile::run(&profile, guides, lang),
        Command::Serve(serve) => serve::run(serve, cli.common, lang),
        Command::Demo(serve) => demo::run(serve, cli.common, lang),
        Command::Import { command } => import::run(&command, cli.common, lang),
        Command::Reindex => import::reindex(cli.common, lang),
        Command::Admin { command } => admin::run(&command, &cli.common, lang),
        Command::Audit { command } => audit::run(&command, &cli.common, lang),
        Command::Report { command } => report::run(&command, &cli.common, lang),
        Command::Schema => serve::schema(guides),
        // The command line has turned it into a request for help already.
        Command::Help { .. } => Ok((String::new(), Exit::Done)),
    }
}
