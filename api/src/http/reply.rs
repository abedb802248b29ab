//! Responses of errors, and what all responses share.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::{self, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes};
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

/// Whether the body of a request is packed, which none may be: a small one could become a very large one.
pub(crate) fn is_encoded(request: &HttpRequest) -> bool {
    headers(request, &header::CONTENT_ENCODING).any(|encoding| !encoding.trim().eq_ignore_ascii_case("identity"))
}

/// What is told of a body that is packed.
pub(crate) fn encoded() -> Fault {
    Fault::new(
        Code::UnsupportedMediaType,
        "不接受压缩的请求正文（Content-Encoding）",
        "an encoded body is not read (content-encoding)",
    )
}

/// How long the body of a request says that it is.
pub(crate) fn content_length(request: &HttpRequest) -> Option<u64> {
    headers(request, &header::CONTENT_LENGTH).find_map(|length| length.parse().ok())
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
        Code::InvalidToken | Code::TokenExpired => StatusCode::UNAUTHORIZED,
        Code::InvalidPermit | Code::OriginNotAllowed => StatusCode::FORBIDDEN,
        Code::Conflict => StatusCode::CONFLICT,
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
    if matches!(fault.code, Code::InvalidToken | Code::TokenExpired) {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
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

/// The body of a response that holds on to the body it refuses until it is sent: let go of before, a body of unknown length would be read
/// to its end for nothing.
struct Held {
    body: BoxBody,
    _refused: web::Payload,
}

impl MessageBody for Held {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// A response that holds on to the body it refuses.
pub(crate) fn held(response: HttpResponse, refused: web::Payload) -> HttpResponse {
    response.map_body(|_, body| BoxBody::new(Held { body, _refused: refused }))
}

/// Whether a method only reads.
pub(crate) fn reads(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}
