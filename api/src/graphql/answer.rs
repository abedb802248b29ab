//! Turns what async-graphql answers into what clients are told: each error with a code of ours, in the request's language.

use async_graphql::{CacheControl, Response, ServerError, Value};
use eligibility::Lang;
use serde::Serialize;

use crate::fault::{Code, Fault, MESSAGE_ZH, shortened};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It ran, all of it.
    Done,
    /// It ran, and some of its fields failed.
    Partial,
    /// It did not run, for what its document, its variables or its choice of operation are.
    Refused,
    /// It may not run by this method.
    WrongMethod,
    /// The service failed before it had an answer.
    Failed,
}

/// An answer: the response's text, and what became of the request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    pub(crate) fate: Fate,
    /// The codes of its errors, for the metrics.
    pub(crate) codes: Vec<Code>,
    /// The operation that ran.
    pub(crate) operation: Option<String>,
    /// How long the same request will get the same answer.
    pub(crate) lasting: Lasting,
}

/// How long the same request gets the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasting {
    /// As long as the calls are those that were loaded.
    Always,
    /// As long as the directory does not change.
    WhileUnchanged,
    /// It may be another one already.
    Never,
}

impl Lasting {
    /// How long an answer lasts, by what the fields of it declare: no age is for ever, an age of any length as long as the directory
    /// does not change, and `no_cache` or `private` never.
    fn of(control: CacheControl) -> Self {
        match control {
            CacheControl { public: true, max_age: 0 } => Self::Always,
            CacheControl { public: true, max_age: 1.. } => Self::WhileUnchanged,
            _ => Self::Never,
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

/// An answer of errors alone.
pub(crate) fn refusal(faults: &[Fault], fate: Fate, lang: Lang, at_most: usize) -> Answer {
    let kept = faults.iter().take(at_most.max(1));
    let (codes, errors): (Vec<_>, Vec<_>) = kept.map(|fault| (fault.code, fault.to_server_error(lang))).unzip();
    Answer { body: written(&errors, None), fate, codes, operation: None, lasting: Lasting::Never }
}

/// The answer of a request that ran.
pub(crate) fn executed(response: Response, lang: Lang, at_most: usize, failure_id: &str) -> Answer {
    let Response { data, mut errors, cache_control, .. } = response;
    errors.truncate(at_most.max(1));
    let codes = errors.iter_mut().map(|error| settle(error, lang, failure_id)).collect();
    let fate = if errors.is_empty() { Fate::Done } else { Fate::Partial };
    let lasting = if errors.is_empty() { Lasting::of(cache_control) } else { Lasting::Never };
    Answer { body: written(&errors, Some(&data)), fate, codes, operation: None, lasting }
}

/// The answer of a subscription that never began, because its field refused.
pub(crate) fn not_begun(response: Response, lang: Lang, at_most: usize, failure_id: &str) -> Answer {
    let mut errors = response.errors;
    errors.truncate(at_most.max(1));
    let codes = errors.iter_mut().map(|error| settle(error, lang, failure_id)).collect();
    Answer { body: written(&errors, None), fate: Fate::Refused, codes, operation: None, lasting: Lasting::Never }
}

impl Answer {
    /// The list of errors of an answer that is nothing else; `None` for one of a request that ran.
    pub(crate) fn errors_alone(&self) -> Option<&[u8]> {
        match self.fate {
            Fate::Done | Fate::Partial => None,
            Fate::Refused | Fate::WrongMethod | Fate::Failed => {
                self.body.strip_prefix(b"{\"errors\":").and_then(|rest| rest.strip_suffix(b"}"))
            }
        }
    }
}

/// Whether a response is that of a request that ran: only then an error has a path, or there are data.
pub(crate) fn has_run(response: &Response) -> bool {
    response.errors.is_empty()
        || response.data != Value::Null
        || response.errors.iter().any(|error| !error.path.is_empty())
}

fn written(errors: &[ServerError], data: Option<&Value>) -> Vec<u8> {
    // Every key is a text, so it cannot fail; what it would leave is no answer, and that is said.
    serde_json::to_vec(&Body { errors, data }).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written");
        b"{\"errors\":[{\"message\":\"internal error\",\"extensions\":{\"code\":\"INTERNAL\"}}]}".to_vec()
    })
}

/// Gives a field's error its code and language; one that has no code is the service's own, and only its id is told.
fn settle(error: &mut ServerError, lang: Lang, failure_id: &str) -> Code {
    if let Some(code) = code_of(error) {
        if let Some(extensions) = &mut error.extensions {
            if let (Lang::Zh, Some(Value::String(zh))) = (lang, extensions.get(MESSAGE_ZH)) {
                error.message.clone_from(zh);
            }
            extensions.unset(MESSAGE_ZH);
        }
        return code;
    }
    let fault = if is_of_input(&error.message) {
        let said = shortened(&error.message);
        Fault::new(Code::InvalidArgument, format!("参数无效：{said}"), said)
    } else {
        tracing::error!(id = failure_id, path = ?error.path, message = %error.message, "a field failed");
        Fault::internal(failure_id)
    };
    let told = fault.to_server_error(lang);
    error.message = told.message;
    error.extensions = told.extensions;
    error.source = None;
    fault.code
}

fn code_of(error: &ServerError) -> Option<Code> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Code::ALL.iter().copied().find(|known| known.as_str() == code),
        _ => None,
    }
}

/// Whether async-graphql says that an argument does not fit its type, which it finds for some only when a field asks.
fn is_of_input(message: &str) -> bool {
    message.starts_with("Failed to parse \"") || message.starts_with("Expected input type \"")
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, Pos, value};

    use super::*;

    fn failing(error: ServerError) -> Response {
        let error = error.with_path(vec![PathSegment::Field("a".into()), PathSegment::Index(1)]);
        let mut response = Response::new(value!({ "a": null }));
        response.errors.push(error);
        response
    }

    fn text(answer: &Answer) -> &str {
        std::str::from_utf8(&answer.body).expect("UTF-8")
    }

    fn error_of(fault: Fault) -> ServerError {
        async_graphql::Error::from(fault).into_server_error(Pos { line: 1, column: 3 })
    }

    #[test]
    fn a_fields_error_is_told_in_one_language() {
        let fault = || Fault::new(Code::InvalidCursor, "中文", "English");
        let answer = executed(failing(error_of(fault())), Lang::Zh, 5, "id");
        assert_eq!(
            text(&answer),
            "{\"errors\":[{\"message\":\"中文\",\"locations\":[{\"line\":1,\"column\":3}],\"path\":[\"a\",1],\
             \"extensions\":{\"code\":\"INVALID_CURSOR\"}}],\"data\":{\"a\":null}}"
        );
        assert_eq!((answer.fate.clone(), answer.codes.as_slice()), (Fate::Partial, &[Code::InvalidCursor][..]));
        let answer = executed(failing(error_of(fault())), Lang::En, 5, "id");
        assert!(text(&answer).contains("\"message\":\"English\"") && !text(&answer).contains("messageZh"));
    }

    #[test]
    fn a_fields_error_without_a_code_is_the_services_own() {
        let answer = executed(failing(ServerError::new("secret path /x", None)), Lang::En, 5, "the-id");
        assert_eq!(
            text(&answer),
            "{\"errors\":[{\"message\":\"internal error; quote the id the-id when you report it\",\"path\":[\"a\",1],\
             \"extensions\":{\"code\":\"INTERNAL\",\"id\":\"the-id\"}}],\"data\":{\"a\":null}}"
        );
    }

    #[test]
    fn an_argument_found_wrong_late_is_the_callers() {
        let answer = executed(failing(ServerError::new("Failed to parse \"Date\": x", None)), Lang::En, 5, "id");
        assert_eq!(answer.codes, [Code::InvalidArgument]);
    }

    #[test]
    fn errors_are_capped() {
        let mut response = failing(ServerError::new("x", None));
        for _ in 0..50 {
            response.errors.push(error_of(Fault::new(Code::InvalidId, "x", "x")));
        }
        assert_eq!(executed(response, Lang::En, 7, "id").codes.len(), 7);
        let faults = vec![Fault::new(Code::InvalidQuery, "x", "x"); 50];
        assert_eq!(refusal(&faults, Fate::Refused, Lang::En, 7).codes.len(), 7);
    }

    #[test]
    fn a_refusal_has_no_data() {
        let answer = refusal(&[Fault::over(Code::TooDeep, 20, 16, "过深", "too deep")], Fate::Refused, Lang::En, 5);
        assert_eq!(
            text(&answer),
            "{\"errors\":[{\"message\":\"too deep: 20, at most 16 accepted\",\
             \"extensions\":{\"actual\":20,\"code\":\"TOO_DEEP\",\"limit\":16}}]}"
        );
    }

    #[test]
    fn the_errors_of_a_refusal_can_be_told_alone() {
        let answer = refusal(&[Fault::new(Code::Syntax, "x", "y")], Fate::Refused, Lang::En, 5);
        let errors = b"[{\"message\":\"y\",\"extensions\":{\"code\":\"SYNTAX\"}}]";
        assert_eq!(answer.errors_alone(), Some(&errors[..]));
        let mut response = Response::new(Value::Null);
        response.errors.push(error_of(Fault::new(Code::InvalidId, "x", "y")));
        let answer = not_begun(response, Lang::Zh, 5, "id");
        assert_eq!((answer.fate.clone(), answer.codes.as_slice()), (Fate::Refused, &[Code::InvalidId][..]));
        let errors = answer.errors_alone().expect("errors");
        assert!(std::str::from_utf8(errors).expect("UTF-8").starts_with("[{\"message\":\"x\""));
        assert_eq!(executed(Response::new(value!({ "a": 1 })), Lang::En, 5, "id").errors_alone(), None);
    }

    #[test]
    fn an_answer_that_may_change_does_not_last() {
        let mut response = Response::new(value!({ "a": 1 }));
        assert_eq!(executed(response, Lang::En, 5, "id").lasting, Lasting::Always);
        for (max_age, public, lasting) in
            [(1, true, Lasting::WhileUnchanged), (-1, true, Lasting::Never), (0, false, Lasting::Never)]
        {
            response = Response::new(value!({ "a": 1 }));
            response.cache_control = CacheControl { public, max_age };
            assert_eq!(executed(response, Lang::En, 5, "id").lasting, lasting, "{max_age} {public}");
        }
    }
}
