//! How a command ends: its exit status, and what went wrong if it could not do its work.

use std::process::ExitCode;

use eligibility::problem::ProblemCode;
use eligibility::{Localized, Problem, Verdict};

/// Exit statuses; the larger ones are those of `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; of a check: eligible.
    Done,
    /// Of a check: ineligible. Of a test: some case differs.
    No,
    /// Of a check: undetermined.
    Unknown,
    /// The command line or the configuration is wrong.
    Usage,
    /// The content of a file is wrong.
    Data,
    /// A file cannot be read.
    Unreadable,
    /// A fault of the program or of the system.
    Internal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        let status: u8 = match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Unknown => 2,
            Exit::Usage => 64,
            Exit::Data => 65,
            Exit::Unreadable => 66,
            Exit::Internal => 70,
        };
        Self::from(status)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Eligible => Self::Done,
            Verdict::Ineligible => Self::No,
            Verdict::Undetermined => Self::Unknown,
        }
    }
}

/// Why a command could not do its work.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The status to end with.
    pub(crate) exit: Exit,
    /// Everything that is wrong.
    pub(crate) problems: Vec<Problem>,
}

impl Failure {
    /// A wrong command line.
    pub(crate) fn usage(message: Localized) -> Self {
        Self::about("", Exit::Usage, ProblemCode::InvalidValue, message)
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(file: &str, message: Localized) -> Self {
        Self::about(file, Exit::Unreadable, ProblemCode::Missing, message)
    }

    /// A fault of the program or of the system.
    pub(crate) fn internal(message: Localized) -> Self {
        Self::about("", Exit::Internal, ProblemCode::Inconsistent, message)
    }

    /// Wrong content of a file.
    pub(crate) fn data(problems: Vec<Problem>) -> Self {
        Self { exit: Exit::Data, problems }
    }

    /// Wrong content of a whole file.
    pub(crate) fn content(file: &str, code: ProblemCode, message: Localized) -> Self {
        Self::about(file, Exit::Data, code, message)
    }

    fn about(file: &str, exit: Exit, code: ProblemCode, message: Localized) -> Self {
        let problem = Problem { code, file: file.to_owned(), line: 0, column: 0, path: String::new(), message };
        Self { exit, problems: vec![problem] }
    }
}
