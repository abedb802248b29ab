//! What happens around every request: its id, the headers that all responses have, the log and the counters.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use uuid::Uuid;

use crate::http::state::State;

/// The id of a request, as responses and the log show it.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// The operation that a request ran, for the log.
#[derive(Clone, Debug)]
pub(crate) struct OperationName(pub(crate) String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ID_AT_MOST: usize = 64;

/// Of every response that says nothing else: it is what it says it is, tells no one where it was linked from, and is no page.
const PROTECTION: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let id = id_of(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in PROTECTION {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    let (duration, status) = (started.elapsed(), response.status().as_u16());
    let request = response.request();
    let route = request.match_pattern();
    if let Some(state) = request.app_data::<web::Data<State>>() {
        state.metrics.answered(route.as_deref().unwrap_or("none"), status, duration);
    }
    let extensions = request.extensions();
    let operation = extensions.get::<OperationName>().map(|OperationName(name)| name.as_str());
    tracing::info!(
        method = %request.method(),
        path = request.path(),
        status,
        duration_ms = duration.as_secs_f64() * 1_000.0,
        request_id = id,
        operation,
        "answered"
    );
    drop(extensions);
    Ok(response)
}

/// The caller's id, if it is one that can be shown and searched for; otherwise a new one.
fn id_of(request: &ServiceRequest) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok());
    given.filter(|id| is_sane(id)).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn is_sane(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=ID_AT_MOST).contains(&id.len()) && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_callers_are_short_and_plain() {
        assert!(is_sane("01890a5d-ac96-774b-bcce-b302099a8057") && is_sane("A_b.1"));
        for id in ["", "a b", "a\"b", "编号", &"a".repeat(65)] {
            assert!(!is_sane(id), "{id}");
        }
    }
}
