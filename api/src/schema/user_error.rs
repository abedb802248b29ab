//! What an input's sender can mend.

use async_graphql::{Enum, SimpleObject};
use eligibility::problem::{Problem, ProblemCode};

use crate::schema::input::camel;
use crate::schema::text::LocalizedText;

/// Something in the input that the caller can mend.
/// 输入中可由调用方改正的问题。
#[derive(Clone, SimpleObject)]
pub(crate) struct UserError {
    /// What kind of problem it is.
    /// 问题类型。
    code: UserErrorCode,
    /// What is wrong and what is allowed.
    /// 错在哪里，可填什么。
    message: LocalizedText,
    /// Where: a path in the input, such as `members[1].country`; null for the input as a whole.
    /// 位置：输入中的路径，如 `members[1].country`；针对整个输入时为 null。
    field: Option<String>,
}

/// What kind of problem an input has.
/// 输入问题的类型。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum UserErrorCode {
    /// Not well-formed.
    /// 格式不合法。
    Syntax,
    /// Over a limit of size, depth or number.
    /// 超出大小、层数或数量限制。
    Limit,
    /// A name that is not known here.
    /// 未知的名称。
    UnknownKey,
    /// A value outside the list of allowed values.
    /// 取值不在可用范围内。
    UnknownValue,
    /// Something that must be given is not.
    /// 缺少必填内容。
    Missing,
    /// A value of the wrong type or outside its range.
    /// 取值类型不对或超出范围。
    InvalidValue,
    /// The same thing given twice.
    /// 重复。
    Duplicate,
    /// Two facts that cannot both be true.
    /// 两项事实相互矛盾。
    Inconsistent,
    /// The data of a call is wrong.
    /// 指南数据有误。
    Guide,
    /// Somebody else has changed it meanwhile; the payload holds what it is now.
    /// 他人已作修改；返回内容为最新版本。
    Conflict,
    /// There is no such thing, or none for the caller to see.
    /// 不存在，或无权查看。
    NotFound,
    /// What it is now does not allow that.
    /// 当前状态不允许此操作。
    WrongState,
    /// It is there already, or somebody else's.
    /// 已存在，或已被占用。
    Taken,
    /// Similar profiles are there; look at them, and say that it is another institution.
    /// 已有相似的资料；请核对后确认是另一家单位。
    Duplicates,
    /// The link or code is not valid, was used, or has expired.
    /// 链接或代码无效、已使用或已过期。
    InvalidToken,
    /// E-mail address, password or code are wrong.
    /// 邮箱、密码或验证码不正确。
    WrongCredentials,
    /// The password is right; the code of the second factor is needed as well.
    /// 密码正确，还需两步验证码。
    SecondFactorRequired,
    /// The password is too easy to guess.
    /// 密码过于简单。
    WeakPassword,
}

impl From<ProblemCode> for UserErrorCode {
    fn from(code: ProblemCode) -> Self {
        match code {
            ProblemCode::Syntax => Self::Syntax,
            ProblemCode::Limit => Self::Limit,
            ProblemCode::UnknownKey => Self::UnknownKey,
            ProblemCode::UnknownValue => Self::UnknownValue,
            ProblemCode::Missing => Self::Missing,
            ProblemCode::InvalidValue => Self::InvalidValue,
            ProblemCode::Duplicate => Self::Duplicate,
            ProblemCode::Inconsistent => Self::Inconsistent,
            ProblemCode::Guide => Self::Guide,
        }
    }
}

impl From<service::UserErrorCode> for UserErrorCode {
    fn from(code: service::UserErrorCode) -> Self {
        match code {
            service::UserErrorCode::Problem(code) => code.into(),
            service::UserErrorCode::Conflict => Self::Conflict,
            service::UserErrorCode::NotFound => Self::NotFound,
            service::UserErrorCode::WrongState => Self::WrongState,
            service::UserErrorCode::Taken => Self::Taken,
            service::UserErrorCode::Duplicates => Self::Duplicates,
            service::UserErrorCode::InvalidToken => Self::InvalidToken,
            service::UserErrorCode::WrongCredentials => Self::WrongCredentials,
            service::UserErrorCode::SecondFactorRequired => Self::SecondFactorRequired,
            service::UserErrorCode::WeakPassword => Self::WeakPassword,
        }
    }
}

impl From<service::UserError> for UserError {
    fn from(error: service::UserError) -> Self {
        let field = Some(error.field).filter(|field| !field.is_empty());
        Self { code: error.code.into(), message: error.message.into(), field }
    }
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        let field = Some(camel(&problem.path)).filter(|path| !path.is_empty());
        Self { code: problem.code.into(), message: problem.message.into(), field }
    }
}
