//! Lets pages of the configured origins call the API from a browser; those of others get no leave.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

/// How long a browser may remember what it was allowed.
const SECONDS: HeaderValue = HeaderValue::from_static("7200");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("accept, accept-language, authorization, content-type, x-request-id");
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static("x-request-id");

/// Adds to a response what its caller's origin is allowed.
pub(crate) fn allow(request: &HttpRequest, origins: &[String], headers: &mut HeaderMap) {
    if origins.is_empty() {
        return;
    }
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed(request, origins) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    }
}

/// The response to `OPTIONS`.
pub(crate) fn options(request: &HttpRequest, origins: &[String], methods: &'static str) -> HttpResponse {
    let mut response = HttpResponse::NoContent().finish();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(methods));
    let is_preflight = has(request, &header::ACCESS_CONTROL_REQUEST_METHOD);
    if is_preflight && allowed(request, origins).is_some() {
        let methods = methods.trim_end_matches(", OPTIONS");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, SECONDS);
    }
    response
}

fn has(request: &HttpRequest, name: &HeaderName) -> bool {
    request.headers().contains_key(name)
}

fn allowed<'r>(request: &'r HttpRequest, origins: &[String]) -> Option<&'r HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    origins.iter().any(|known| known.as_bytes() == origin.as_bytes()).then_some(origin)
}
