//! The program from outside, with a database and a data folder of the test's own.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::database::Place;

/// What a run gave back.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program over the database of a place.
pub(crate) fn lianhe<S: AsRef<OsStr>>(place: &Place, arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianhe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_clear().env("LANG", "C.UTF-8");
    // What is in the way of a message is not asked for.
    command.env("LIANHE_LOG_LEVEL", "error").args(arguments);
    command.arg("--database").arg(place.address()).env("LIANHE_DATA", place.path("data"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub(crate) fn finish(mut command: Command) -> Run {
    let output = command.output().expect("the program runs");
    Run {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}
