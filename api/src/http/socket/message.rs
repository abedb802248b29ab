//! The messages of the protocol `graphql-transport-ws`.

use std::borrow::Cow;

use actix_ws::CloseReason;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::graphql::Answer;

/// Why a socket is closed: a code and, for people, the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: Cow<'static, str>,
}

impl Close {
    pub(super) const GOING_AWAY: Self = Self::of(1001, "Going away");
    pub(super) const PROTOCOL_ERROR: Self = Self::of(1002, "WebSocket protocol error");
    pub(super) const NOT_TEXT: Self = Self::of(1007, "Not UTF-8");
    pub(super) const TOO_BIG: Self = Self::of(1009, "Message too big");
    pub(super) const TOO_SLOW: Self = Self::of(1013, "Messages were left unread");
    pub(super) const UNAUTHORIZED: Self = Self::of(4401, "Unauthorized");
    pub(super) const FORBIDDEN: Self = Self::of(4403, "Forbidden");
    pub(super) const SUBPROTOCOL: Self = Self::of(4406, "Subprotocol not acceptable");
    pub(super) const INIT_TIMEOUT: Self = Self::of(4408, "Connection initialisation timeout");
    pub(super) const TOO_MANY_INITS: Self = Self::of(4429, "Too many initialisation requests");

    const fn of(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    pub(super) fn into_reason(self) -> CloseReason {
        CloseReason { code: self.code.into(), description: Some(self.reason.into_owned()) }
    }

    pub(super) fn invalid(reason: impl AsRef<str>) -> Self {
        Self { code: 4400, reason: Cow::Owned(format!("Invalid message: {}", reason.as_ref())) }
    }

    pub(super) fn subscriber_exists(id: &str) -> Self {
        Self { code: 4409, reason: Cow::Owned(format!("Subscriber for {id} already exists")) }
    }
}

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming<'m> {
    /// It wants a connection, with credentials or without.
    Init { authorization: Option<String> },
    /// It asks whether somebody is there; whatever it says is said back.
    Ping(Option<&'m str>),
    /// It is there.
    Pong,
    /// It asks for an operation.
    Subscribe { id: String, payload: &'m str },
    /// It wants no more of an operation.
    Complete { id: String },
}

#[derive(Deserialize)]
struct Envelope<'m> {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'m RawValue>,
}

/// What the payload of an init holds, of what is read here.
#[derive(Default, Deserialize)]
struct Credentials {
    #[serde(alias = "Authorization")]
    authorization: Option<String>,
}

impl<'m> Incoming<'m> {
    /// Reads a message.
    ///
    /// # Errors
    /// How the socket is closed over it.
    pub(super) fn read(text: &'m str) -> Result<Self, Close> {
        let envelope = match object::<Envelope<'m>>(text) {
            Some(Ok(envelope)) => envelope,
            Some(Err(error)) if error.is_data() => {
                return Err(Close::invalid("`type` and `id` must be strings, each given once"));
            }
            Some(Err(_)) => return Err(Close::invalid("not JSON")),
            None => return Err(Close::invalid("not a JSON object")),
        };
        let Envelope { kind, id, payload } = envelope;
        let payload = payload.map(RawValue::get);
        let kind = kind.ok_or_else(|| Close::invalid("`type` is missing"))?;
        let id = || id.filter(|id| !id.is_empty()).ok_or_else(|| Close::invalid("`id` is missing or empty"));
        let optional = || match payload {
            Some(payload) if !payload.starts_with('{') => Err(Close::invalid("`payload` must be an object")),
            payload => Ok(payload),
        };
        match kind.as_str() {
            "connection_init" => {
                let credentials = optional()?.map_or(Ok(Credentials::default()), serde_json::from_str);
                let wrong = |_| Close::invalid("`authorization` must be a string, given once");
                Ok(Self::Init { authorization: credentials.map_err(wrong)?.authorization })
            }
            "ping" => Ok(Self::Ping(optional()?)),
            "pong" => optional().map(|_| Self::Pong),
            "subscribe" => {
                let id = id()?;
                let payload = optional()?.ok_or_else(|| Close::invalid("`payload` is missing"))?;
                Ok(Self::Subscribe { id, payload })
            }
            "complete" => Ok(Self::Complete { id: id()? }),
            _ => Err(Close::invalid("this `type` is not one that a client sends")),
        }
    }
}

/// Reads what begins like an object: a list of the same values would be taken for one otherwise.
fn object<'m, T: Deserialize<'m>>(text: &'m str) -> Option<serde_json::Result<T>> {
    text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{').then(|| serde_json::from_str(text))
}

pub(super) const ACKNOWLEDGEMENT: &str = "{\"type\":\"connection_ack\"}";

pub(super) fn pong(payload: Option<&str>) -> String {
    match payload {
        Some(payload) => format!("{{\"type\":\"pong\",\"payload\":{payload}}}"),
        None => "{\"type\":\"pong\"}".to_owned(),
    }
}

/// An answer of an operation: a result, or the errors for which it ends without one.
pub(super) fn answer(id: &str, answer: &Answer) -> String {
    match answer.errors_alone() {
        Some(errors) => written(id, "error", Some(errors)),
        None => written(id, "next", Some(&answer.body)),
    }
}

pub(super) fn complete(id: &str) -> String {
    written(id, "complete", None)
}

fn written(id: &str, kind: &str, payload: Option<&[u8]>) -> String {
    let id = serde_json::Value::from(id);
    match payload.map(String::from_utf8_lossy) {
        Some(payload) => format!("{{\"id\":{id},\"type\":\"{kind}\",\"payload\":{payload}}}"),
        None => format!("{{\"id\":{id},\"type\":\"{kind}\"}}"),
    }
}

#[cfg(test)]
mod tests {
    use eligibility::Lang;

    use super::*;
    use crate::fault::{Code, Fault};
    use crate::graphql::{Fate, Lasting, refusal};

    #[test]
    fn messages_of_clients_are_read() {
        let init = |authorization: Option<&str>| Incoming::Init { authorization: authorization.map(str::to_owned) };
        for (text, expected) in [
            (r#"{"type":"connection_init"}"#, init(None)),
            (r#" {"payload":null,"type":"connection_init","other":[1]}"#, init(None)),
            (r#"{"type":"connection_init","payload":{"x":1}}"#, init(None)),
            (r#"{"type":"connection_init","payload":{"authorization":null}}"#, init(None)),
            (r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#, init(Some("Bearer x"))),
            (r#"{"type":"connection_init","payload":{"Authorization":"Bearer x"}}"#, init(Some("Bearer x"))),
            (r#"{"type":"ping"}"#, Incoming::Ping(None)),
            (r#"{"type":"ping","payload":{"a": [1]}}"#, Incoming::Ping(Some(r#"{"a": [1]}"#))),
            (r#"{"type":"pong","payload":{}}"#, Incoming::Pong),
            (
                r#"{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}"#,
                Incoming::Subscribe { id: "1".to_owned(), payload: r#"{"query":"{ a }"}"# },
            ),
            (r#"{"id":"编号","type":"complete","payload":7}"#, Incoming::Complete { id: "编号".to_owned() }),
        ] {
            assert_eq!(Incoming::read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_messages_close_the_socket() {
        for (text, reason) in [
            ("", "not a JSON object"),
            ("hello", "not a JSON object"),
            ("null", "not a JSON object"),
            (r#"["ping",null,null]"#, "not a JSON object"),
            ("{", "not JSON"),
            (r#"{"type":"ping"} x"#, "not JSON"),
            ("{}", "`type` is missing"),
            (r#"{"type":7}"#, "`type` and `id` must be strings, each given once"),
            (r#"{"type":"ping","type":"ping"}"#, "`type` and `id` must be strings, each given once"),
            (r#"{"type":"subscribe","id":1,"payload":{}}"#, "`type` and `id` must be strings, each given once"),
            (r#"{"type":"nothing"}"#, "this `type` is not one that a client sends"),
            (r#"{"type":"connection_ack"}"#, "this `type` is not one that a client sends"),
            (r#"{"type":"next","id":"1","payload":{}}"#, "this `type` is not one that a client sends"),
            (r#"{"type":"ping","payload":"x"}"#, "`payload` must be an object"),
            (r#"{"type":"pong","payload":[]}"#, "`payload` must be an object"),
            (r#"{"type":"connection_init","payload":7}"#, "`payload` must be an object"),
            (
                r#"{"type":"connection_init","payload":{"authorization":7}}"#,
                "`authorization` must be a string, given once",
            ),
            (
                r#"{"type":"connection_init","payload":{"authorization":"x","Authorization":"x"}}"#,
                "`authorization` must be a string, given once",
            ),
            (r#"{"type":"subscribe","payload":{}}"#, "`id` is missing or empty"),
            (r#"{"type":"subscribe","id":"","payload":{}}"#, "`id` is missing or empty"),
            (r#"{"type":"subscribe","id":"1"}"#, "`payload` is missing"),
            (r#"{"type":"subscribe","id":"1","payload":"{}"}"#, "`payload` must be an object"),
            (r#"{"type":"complete"}"#, "`id` is missing or empty"),
        ] {
            assert_eq!(Incoming::read(text), Err(Close::invalid(reason)), "{text}");
        }
        let nested = format!("{{\"type\":\"ping\",\"payload\":{}", "[".repeat(200_000));
        assert_eq!(Incoming::read(&nested), Err(Close::invalid("not JSON")));
    }

    #[test]
    fn messages_to_clients_are_json() {
        let done = Answer {
            body: b"{\"data\":{\"a\":1}}".to_vec(),
            fate: Fate::Done,
            codes: Vec::new(),
            operation: None,
            lasting: Lasting::Never,
        };
        assert_eq!(answer("a\"b", &done), r#"{"id":"a\"b","type":"next","payload":{"data":{"a":1}}}"#);
        let refused = refusal(&[Fault::new(Code::Syntax, "x", "y")], Fate::Refused, Lang::En, 1);
        assert_eq!(
            answer("1", &refused),
            r#"{"id":"1","type":"error","payload":[{"message":"y","extensions":{"code":"SYNTAX"}}]}"#
        );
        assert_eq!(complete("1"), r#"{"id":"1","type":"complete"}"#);
        assert_eq!(pong(None), r#"{"type":"pong"}"#);
        assert_eq!(pong(Some(r#"{"a":1}"#)), r#"{"type":"pong","payload":{"a":1}}"#);
    }
}
