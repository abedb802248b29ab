//! Why a use case did not do what it was asked for.

use eligibility::Localized;
use eligibility::problem::ProblemCode;
use sea_orm::DbErr;

use crate::error::Error;

/// What kind of problem an input has that its sender can mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserErrorCode {
    /// What the reader of facts says.
    Problem(ProblemCode),
    /// Somebody else has changed it meanwhile; the answer holds what it is now.
    Conflict,
    /// There is no such thing, or none that the caller may know of.
    NotFound,
    /// What it is now does not allow that.
    WrongState,
    /// It is there already, or somebody else's.
    Taken,
    /// Similar profiles are there; look at them, and say that it is another institution.
    Duplicates,
    /// The link or code is not valid, was used, or has expired.
    InvalidToken,
    /// E-mail, password or code are wrong.
    WrongCredentials,
    /// The password is right; the code of the second factor is needed as well.
    SecondFactorRequired,
    /// The password is too easy to guess.
    WeakPassword,
}

/// Something in an input that its sender can mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// What kind of problem it is.
    pub code: UserErrorCode,
    /// Where: a path in the input such as `facts[2].value`; empty for the whole of it.
    pub field: String,
    /// What is wrong, and what to do.
    pub message: Localized,
}

/// Why a use case did not do what it was asked for. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The caller has to sign in first.
    #[error("not signed in")]
    Unauthenticated,
    /// The caller has to sign in with a second factor first.
    #[error("no second factor")]
    SecondFactorRequired,
    /// The caller may not do that; the text says who may.
    #[error("not allowed: {}", .0.en)]
    Forbidden(Localized),
    /// There is no such thing, or none that the caller may know of.
    #[error("not found")]
    NotFound,
    /// Too often; try again after so many seconds.
    #[error("too often; again after {seconds} s")]
    Throttled {
        /// Seconds to wait.
        seconds: u64,
    },
    /// The input has to be mended.
    #[error("invalid input: {0:?}")]
    Invalid(Vec<UserError>),
    /// The service failed.
    #[error("failed")]
    Failed(#[from] Error),
}

impl Refusal {
    /// One thing that has to be mended.
    pub fn invalid(code: UserErrorCode, field: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Invalid(vec![UserError { code, field: field.to_owned(), message: Localized::new(zh, en) }])
    }

    /// Something named in the input that is not there, as far as the caller may know.
    pub fn not_found(field: &str) -> Self {
        Self::invalid(UserErrorCode::NotFound, field, "找不到，或您无权查看", "it is not there, or not for you to see")
    }

    /// What the thing is now does not allow what was asked.
    pub fn wrong_state(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::invalid(UserErrorCode::WrongState, field, zh, en)
    }
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}
