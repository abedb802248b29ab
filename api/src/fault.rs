//! What a caller is told when a request cannot be answered: a closed list of codes, explained in `docs/errors.md`.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};
use eligibility::{Lang, Localized};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// Why a request, or a field of it, could not be answered.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as `extensions.code` holds it.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

codes! {
    /// No such path.
    NotFound = "NOT_FOUND",
    /// The path does not take this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED",
    /// No media type that the client accepts can be given.
    NotAcceptable = "NOT_ACCEPTABLE",
    /// The body did not arrive in time.
    RequestTimeout = "REQUEST_TIMEOUT",
    /// The body is over the limit of bytes.
    BodyTooLarge = "BODY_TOO_LARGE",
    /// The body has a media type or an encoding that is not read.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    /// The access token, or what is sent in its place, is not valid.
    InvalidToken = "INVALID_TOKEN",
    /// The access token was valid until it expired.
    TokenExpired = "TOKEN_EXPIRED",
    /// The permit to send or fetch a file is not valid, or has expired.
    InvalidPermit = "INVALID_PERMIT",
    /// What a file is now does not allow that.
    Conflict = "CONFLICT",
    /// A page of this origin may not open a WebSocket.
    OriginNotAllowed = "ORIGIN_NOT_ALLOWED",
    /// The request is not UTF-8.
    InvalidUtf8 = "INVALID_UTF8",
    /// The body or a parameter is not JSON.
    InvalidJson = "INVALID_JSON",
    /// JSON, but not a GraphQL request.
    InvalidRequest = "INVALID_REQUEST",
    /// Several requests in one body.
    BatchNotAccepted = "BATCH_NOT_ACCEPTED",
    /// The query is not GraphQL.
    Syntax = "SYNTAX",
    /// The query does not fit the schema.
    InvalidQuery = "INVALID_QUERY",
    /// The document has no operation of that name, or several and none is named.
    UnknownOperation = "UNKNOWN_OPERATION",
    /// A subscription, asked for where only one answer can be given.
    WebsocketRequired = "WEBSOCKET_REQUIRED",
    /// A variable does not fit its type.
    InvalidVariable = "INVALID_VARIABLE",
    /// The text of the query is over the limit of bytes.
    QueryTooLong = "QUERY_TOO_LONG",
    /// Brackets are nested over the limit.
    NestedTooDeep = "NESTED_TOO_DEEP",
    /// More tokens than the limit.
    TooManyTokens = "TOO_MANY_TOKENS",
    /// Fields are nested over the limit.
    TooDeep = "TOO_DEEP",
    /// More selections than the limit, once fragments are expanded.
    TooManySelections = "TOO_MANY_SELECTIONS",
    /// More aliases than the limit.
    TooManyAliases = "TOO_MANY_ALIASES",
    /// More directives than the limit.
    TooManyDirectives = "TOO_MANY_DIRECTIVES",
    /// The query costs more than the limit.
    TooExpensive = "TOO_EXPENSIVE",
    /// More operations run on one WebSocket than the limit.
    TooManyOperations = "TOO_MANY_OPERATIONS",
    /// An argument is outside its range.
    InvalidArgument = "INVALID_ARGUMENT",
    /// A cursor that this list did not give.
    InvalidCursor = "INVALID_CURSOR",
    /// An id that this service did not give.
    InvalidId = "INVALID_ID",
    /// The field needs a caller who has signed in.
    Unauthenticated = "UNAUTHENTICATED",
    /// The field needs a caller who has signed in with a second factor.
    SecondFactorRequired = "SECOND_FACTOR_REQUIRED",
    /// The caller may not do that.
    Forbidden = "FORBIDDEN",
    /// Too many attempts.
    RateLimited = "RATE_LIMITED",
    /// A subscriber was too slow, and missed events.
    EventsMissed = "EVENTS_MISSED",
    /// The service failed.
    Internal = "INTERNAL",
}

/// A value told beside the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// One error of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: Localized,
    pub(crate) location: Option<Pos>,
    pub(crate) details: Vec<(&'static str, Detail)>,
}

impl Fault {
    pub(crate) fn new(code: Code, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::of(code, Localized::new(zh, en))
    }

    pub(crate) fn of(code: Code, message: Localized) -> Self {
        Self { code, message, location: None, details: Vec::new() }
    }

    /// Something over its limit; both numbers are told.
    pub(crate) fn over(code: Code, actual: u64, limit: u64, zh: &str, en: &str) -> Self {
        let mut fault = Self::new(
            code,
            format!("{zh}：{actual}，上限 {limit}"),
            format!("{en}: {actual}, at most {limit} accepted"),
        );
        fault.details = vec![("actual", Detail::Number(actual)), ("limit", Detail::Number(limit))];
        fault
    }

    /// Something over its limit, by how much is not known.
    pub(crate) fn limit(code: Code, limit: usize, (zh, en): (String, String)) -> Self {
        let mut fault = Self::new(code, zh, en);
        fault.details = vec![("limit", Detail::Number(u64::try_from(limit).unwrap_or(u64::MAX)))];
        fault
    }

    /// A query that costs more than the limit.
    pub(crate) fn too_expensive(cost: u64, limit: u64) -> Self {
        let mut fault = Self::over(Code::TooExpensive, cost, limit, "查询开销过大", "the query costs too much");
        fault.details = vec![("cost", Detail::Number(cost)), ("limit", Detail::Number(limit))];
        fault
    }

    /// Fields or fragments nested over the limit.
    pub(crate) fn too_deep(limit: usize) -> Self {
        let zh = format!("字段或片段嵌套过深；字段上限 {limit} 层");
        let en = format!("fields or fragments are nested too deep; at most {limit} levels of fields are accepted");
        Self::limit(Code::TooDeep, limit, (zh, en))
    }

    /// A failure of the service itself; the cause is in the log under the same id.
    pub(crate) fn internal(id: &str) -> Self {
        let mut fault = Self::new(
            Code::Internal,
            format!("服务内部错误；反馈时请提供编号 {id}"),
            format!("internal error; quote the id {id} when you report it"),
        );
        fault.details = vec![("id", Detail::Text(id.to_owned()))];
        fault
    }

    pub(crate) fn at(mut self, position: Pos) -> Self {
        self.location = Some(position);
        self
    }

    /// The error as async-graphql serialises it, in one language.
    pub(crate) fn to_server_error(&self, lang: Lang) -> ServerError {
        let mut error = ServerError::new(self.message.text(lang), self.location);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code.as_str());
        for (name, detail) in &self.details {
            match detail {
                Detail::Number(number) => extensions.set(*name, *number),
                Detail::Text(text) => extensions.set(*name, text.as_str()),
            }
        }
        error.extensions = Some(extensions);
        error
    }
}

/// A fault of a field. Fields are answered in the middle of a response whose language is known to its handler, so it carries
/// both: the message in English, the Chinese one beside it until the handler chooses.
impl From<Fault> for async_graphql::Error {
    fn from(fault: Fault) -> Self {
        let error = fault.to_server_error(Lang::En);
        let mut extensions = error.extensions.unwrap_or_default();
        extensions.set(MESSAGE_ZH, fault.message.zh);
        Self { message: error.message, source: None, extensions: Some(extensions) }
    }
}

/// The extension that carries a field's message in Chinese to the handler, which takes it out of every answer.
pub(crate) const MESSAGE_ZH: &str = "messageZh";

/// A text cut where it is too long to be shown.
pub(crate) fn shortened(text: &str) -> String {
    const CHARACTERS: usize = 300;
    match text.char_indices().nth(CHARACTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_schema;
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    use super::*;
    use crate::schema::{Mutation, Query, Schema, Subscription};

    /// The values of an enum of the schema.
    fn values(of: &str) -> Vec<String> {
        let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default()).finish();
        let document = parse_schema(schema.sdl()).expect("a schema");
        let values = document.definitions.into_iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == of => match found.node.kind {
                TypeKind::Enum(found) => Some(found.values),
                _ => None,
            },
            _ => None,
        });
        values.expect("the enum").into_iter().map(|value| value.node.value.node.to_string()).collect()
    }

    /// The codes in the first column of the table under a heading.
    fn documented(text: &str, heading: &str) -> Vec<String> {
        let section = text.split("\n## ").find(|section| section.starts_with(heading)).expect("the heading");
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        rows.filter(|code| *code != "code").map(str::to_owned).collect()
    }

    #[test]
    fn every_code_is_documented_once_and_nothing_else_is() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md");
        let text = std::fs::read_to_string(path).expect("docs/errors.md");
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(documented(&text, "`errors`"), codes);
        let (mut told, mut known) = (documented(&text, "`userErrors`"), values("UserErrorCode"));
        told.sort();
        known.sort();
        assert_eq!(told, known);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("合"), "合");
        assert_eq!(shortened(&"合".repeat(301)), format!("{}…", "合".repeat(300)));
    }
}
