//! Responses of errors, and what all responses share.

use actix_web::http::header::{self, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use eligibility::Lang;

use crate::fault::{Code, Fault};
use crate::graphql::{Fate, refusal};
use crate::http::negotiate::{self, Media};
use crate::http::state::State;

/// The methods of what can only be read.
pub(crate) const READ: &str = "GET, HEAD";

/// The texts of a request's headers of one name; those that are no text are left out.
pub(crate) fn headers<'r>(request: &'r HttpRequest, name: &HeaderName) -> impl Iterator<Item = &'r str> {
    request.headers().get_all(name).filter_map(|value| value.to_str().ok())
}

pub(crate) fn language(request: &HttpRequest) -> Lang {
    negotiate::language(headers(request, &header::ACCEPT_LANGUAGE))
}

/// The status of a fault that is found before a document is looked at.
fn status(code: Code) -> StatusCode {
    match code {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The response of a fault.
pub(crate) fn fault(state: &State, fault: &Fault, media: Media, lang: Lang) -> HttpResponse {
    let answer = refusal(std::slice::from_ref(fault), Fate::Refused, lang, 1);
    state.metrics.told(&answer.codes);
    let mut response = HttpResponse::build(status(fault.code));
    if matches!(fault.code, Code::BodyTooLarge | Code::RequestTimeout) {
        // The rest of the body is not read, so the connection is of no more use.
        response.force_close();
    }
    response.content_type(media.content_type()).body(answer.body)
}

/// The response to a method that a path does not take.
pub(crate) fn method_not_allowed(state: &State, request: &HttpRequest, allowed: &'static str) -> HttpResponse {
    let method = request.method().as_str();
    let told = Fault::new(
        Code::MethodNotAllowed,
        format!("此路径不接受 {method}；可用：{allowed}"),
        format!("this path does not take {method}; it takes {allowed}"),
    );
    let media = negotiate::media(headers(request, &header::ACCEPT)).unwrap_or(Media::Json);
    let mut response = fault(state, &told, media, language(request));
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}

/// Whether a method only reads.
pub(crate) fn reads(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}
