//! The program `lianhe`: command line, configuration, start-up and the rendering of reports.

mod cli;
mod commands;
mod config;
mod failure;
mod guides;
mod input;
mod language;
mod render;
mod store;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::panic::catch_unwind;
use std::process::ExitCode;

use eligibility::{Lang, Localized};

use crate::cli::Stop;
use crate::failure::{Exit, Failure};

/// An answer is made of thousands of small parts, and so are the calls: making and dropping them is much of the work.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let lang = language::settle(&arguments);
    let exit = match catch_unwind(|| run(&arguments, lang)) {
        Ok(exit) => exit,
        Err(_) => Exit::Internal,
    };
    exit.into()
}

fn run(arguments: &[OsString], lang: Lang) -> Exit {
    let cli = match cli::parse(arguments, lang) {
        Ok(cli) => cli,
        Err(Stop::Say(text)) => return print(&text, Exit::Done, lang),
        Err(Stop::Help(text)) => {
            complain(&text);
            return Exit::Usage;
        }
        Err(Stop::Wrong(message)) => return fail(&Failure::usage(message), lang),
    };
    let wants_json = cli.wants_json();
    let (text, exit) = match commands::run(cli, lang) {
        Ok(answer) => answer,
        Err(failure) if wants_json => {
            let exit = fail(&failure, lang);
            (render::problems::json(&failure.problems).unwrap_or_default(), exit)
        }
        Err(failure) => return fail(&failure, lang),
    };
    print(&text, exit, lang)
}

/// Prints an answer. A reader that has gone away is no fault; a full disk is.
fn print(text: &str, exit: Exit, lang: Lang) -> Exit {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => exit,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit,
        Err(error) => {
            let message = Localized::new(format!("无法输出：{error}"), format!("cannot write the answer: {error}"));
            fail(&Failure::internal(message), lang)
        }
    }
}

fn fail(failure: &Failure, lang: Lang) -> Exit {
    complain(&render::problems::text(&failure.problems, lang));
    failure.exit
}

/// Prints to standard error; where that fails, nobody is left to tell.
fn complain(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
