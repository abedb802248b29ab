//! GraphQL over WebSocket: `/graphql`, by the protocol `graphql-transport-ws`.

mod conversation;
mod frames;
mod message;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, dev, rt, web};
use eligibility::Lang;
use futures_util::stream::LocalBoxStream;
use futures_util::{StreamExt, future, stream};
use service::Actor;

use self::conversation::{Admitted, Ends, Host};
use self::frames::Bounded;
use self::message::Close;
use crate::fault::{Code, Fault};
use crate::graphql::{Answer, Fate, refusal};
use crate::http::negotiate::Media;
use crate::http::observe::RequestId;
use crate::http::state::State;
use crate::http::{identity, incoming, reply};
use crate::schema::caller::Caller;

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Whether a request wants the connection to become a WebSocket.
pub(crate) fn is_asked_for(request: &HttpRequest) -> bool {
    let mut upgrades = reply::headers(request, &header::UPGRADE).flat_map(|header| header.split(','));
    upgrades.any(|upgrade| upgrade.trim().eq_ignore_ascii_case("websocket"))
}

/// Makes the connection a WebSocket, and talks with the client in a task of its own.
pub(crate) async fn open(request: &HttpRequest, payload: web::Payload, state: &web::Data<State>) -> HttpResponse {
    let lang = reply::language(request);
    // A proxy may have changed the name by which the browser knows the host.
    let allowed = state.config.allowed_origins.iter().chain([&state.platform.settings().public_url]);
    if !may_open(request.headers(), allowed) {
        let fault = Fault::new(
            Code::OriginNotAllowed,
            "此来源的网页不得建立 WebSocket",
            "pages of this origin may not open a WebSocket",
        );
        return reply::fault(state, &fault, Media::Json, lang);
    }
    let authorization = match identity::credentials(request) {
        Ok(authorization) => authorization.map(str::to_owned),
        Err(fault) => return reply::fault(state, &fault, Media::Json, lang),
    };
    let limit = state.config.limits.body_bytes;
    let mut bytes = dev::Payload::Stream { payload: Bounded::new(payload.into_inner(), limit).boxed_local() };
    let opened = web::Payload::from_request(request, &mut bytes).await;
    let opened = opened.and_then(|bytes| actix_ws::handle_with_protocols(request, bytes, &[SUBPROTOCOL]));
    let (response, session, messages) = match opened {
        Ok(opened) => opened,
        Err(error) => return not_opened(state, &error, lang),
    };
    if !response.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        rt::spawn(session.close(Some(Close::SUBPROTOCOL.into_reason())));
        return response;
    }
    let host = Served {
        state: state.clone(),
        lang,
        address: identity::address(request, state.config.behind_proxy),
        authorization,
        id: request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone()).unwrap_or_default(),
    };
    let ends = Ends { stopping: state.stopping(), revoked: state.platform.revocations() };
    let messages = messages.max_frame_size(limit).aggregate_continuations().max_continuation_size(limit);
    let (terms, counted) = (state.config.sockets, state.metrics.socket());
    rt::spawn(async move {
        conversation::converse(messages, session, host, terms, ends).await;
        drop(counted);
    });
    response
}

/// Browsers let any page open a WebSocket to anywhere, and say of which origin the page is. Other clients do not say.
fn may_open<'a>(headers: &HeaderMap, mut allowed: impl Iterator<Item = &'a String>) -> bool {
    let mut origins = headers.get_all(header::ORIGIN);
    let origin = match (origins.next(), origins.next()) {
        (None, _) => return true,
        (Some(only), None) => only.as_bytes(),
        (Some(_), Some(_)) => return false,
    };
    let authority = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
    let is_own = authority.zip(host).is_some_and(|(authority, host)| authority.eq_ignore_ascii_case(host));
    is_own || allowed.any(|known| known.as_bytes() == origin)
}

/// The response to a handshake that is none.
fn not_opened(state: &State, error: &actix_web::Error, lang: Lang) -> HttpResponse {
    let told = error.error_response();
    let fault = Fault::new(Code::InvalidRequest, "WebSocket 握手无效", "the WebSocket handshake is not valid");
    let mut response = reply::fault(state, &fault, Media::Json, lang);
    *response.status_mut() = told.status();
    for name in [header::UPGRADE, header::SEC_WEBSOCKET_VERSION] {
        if let Some(value) = told.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// The API, to one client.
struct Served {
    state: web::Data<State>,
    lang: Lang,
    address: Option<IpAddr>,
    /// The credentials of the handshake; browsers cannot send any.
    authorization: Option<String>,
    /// Of the handshake; what its operations log has it.
    id: String,
}

impl Host for Served {
    fn admit(&self, authorization: Option<&str>) -> Option<Admitted> {
        let Some(credentials) = authorization.or(self.authorization.as_deref()) else {
            return Some(Admitted { actor: Actor::Anonymous, until: None });
        };
        let verified = identity::verify(&self.state.platform, credentials).ok()?;
        let expires_at = u64::try_from(verified.expires_at).unwrap_or(0);
        let expires_at = SystemTime::UNIX_EPOCH + Duration::from_millis(expires_at);
        let left = expires_at.duration_since(SystemTime::now()).unwrap_or_default();
        let until = tokio::time::Instant::now() + left;
        Some(Admitted { actor: Actor::SignedIn(verified.signed_in), until: Some(until) })
    }

    fn operate(&self, payload: &str, actor: Actor) -> Result<LocalBoxStream<'static, Answer>, Close> {
        let caller = Arc::new(Caller::new(actor, self.address));
        let ask = match incoming::of_payload(payload, &self.state.config.limits, self.lang, caller) {
            Ok(ask) => ask,
            Err(fault) if fault.code == Code::InvalidRequest => return Err(Close::invalid(fault.message.en)),
            Err(fault) => return Ok(stream::once(future::ready(self.refusal(&fault))).boxed_local()),
        };
        let (state, id, started) = (self.state.clone(), self.id.clone(), Instant::now());
        let answers = Arc::clone(&self.state.engine).stream(ask, self.id.clone()).enumerate();
        let answers = answers.map(move |(place, answer)| {
            state.metrics.told(&answer.codes);
            if place == 0 {
                let duration_ms = started.elapsed().as_secs_f64() * 1_000.0;
                tracing::info!(duration_ms, request_id = id, operation = answer.operation, "answered over a WebSocket");
            }
            answer
        });
        Ok(answers.boxed_local())
    }

    fn refusal(&self, fault: &Fault) -> Answer {
        let answer = refusal(std::slice::from_ref(fault), Fate::Refused, self.lang, 1);
        self.state.metrics.told(&answer.codes);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_origins_may_not_open_a_socket() {
        let allowed = ["https://portal.example".to_owned()];
        let may = |origins: &[&'static str], host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            for origin in origins {
                headers.append(header::ORIGIN, HeaderValue::from_static(origin));
            }
            may_open(&headers, allowed.iter())
        };
        for (origins, expected) in [
            (&[][..], true),
            (&["https://lianhe.example"], true),
            (&["http://LIANHE.example"], true),
            (&["https://portal.example"], true),
            (&["http://portal.example"], false),
            (&["https://lianhe.example:8443"], false),
            (&["https://lianhe.example.evil"], false),
            (&["https://evil.example"], false),
            (&["null"], false),
            (&[""], false),
            (&["https://lianhe.example", "https://lianhe.example"], false),
        ] {
            assert_eq!(may(origins, "lianhe.example"), expected, "{origins:?}");
        }
        assert!(may(&["http://127.0.0.1:8080"], "127.0.0.1:8080"));
    }
}
