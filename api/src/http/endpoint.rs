//! `/graphql`: GraphQL over HTTP. A request to make the connection a WebSocket goes to [`socket`].

use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, rt, web};
use eligibility::Lang;
use futures_util::StreamExt;

use crate::fault::{Code, Fault};
use crate::graphql::{Answer, Ask, Fate, Lasting};
use crate::http::kept::{Edition, Kept, Key};
use crate::http::metrics::CacheName;
use crate::http::negotiate::{self, Media};
use crate::http::observe::{OperationName, RequestId};
use crate::http::state::State;
use crate::http::{cors, identity, incoming, reply, socket};

const METHODS: &str = "GET, HEAD, POST, OPTIONS";

/// Answers a request to the API.
pub(crate) async fn serve(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let mut response = match *request.method() {
        Method::GET if socket::is_asked_for(&request) => socket::open(&request, payload, &state).await,
        Method::GET | Method::HEAD | Method::POST => answer(&request, payload, &state).await,
        Method::OPTIONS => cors::options(&request, &state.config.allowed_origins, METHODS),
        _ => reply::method_not_allowed(&state, &request, METHODS),
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, header::HeaderValue::from_static("accept, accept-language, authorization"));
    if request.headers().contains_key(header::AUTHORIZATION) {
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-store"));
    }
    cors::allow(&request, &state.config.allowed_origins, headers);
    response
}

async fn answer(request: &HttpRequest, mut payload: web::Payload, state: &State) -> HttpResponse {
    let lang = reply::language(request);
    let Some(media) = negotiate::media(reply::headers(request, &header::ACCEPT)) else {
        let fault = Fault::new(
            Code::NotAcceptable,
            "只能返回 application/graphql-response+json 或 application/json（UTF-8）",
            "only application/graphql-response+json and application/json can be given (UTF-8)",
        );
        return reply::held(reply::fault(state, &fault, Media::Json, lang), payload);
    };
    match asked(request, &mut payload, state, media, lang).await {
        Ok(response) => response,
        Err(fault) => reply::held(reply::fault(state, &fault, media, lang), payload),
    }
}

async fn asked(
    request: &HttpRequest,
    payload: &mut web::Payload,
    state: &State,
    media: Media,
    lang: Lang,
) -> Result<HttpResponse, Fault> {
    // Whoever cannot be who they say gets no answer, not even one that is kept for everybody.
    let caller = identity::caller(request, state)?;
    let limits = &state.config.limits;
    let is_body = *request.method() == Method::POST;
    let body = if is_body { read(request, payload, state).await? } else { Bytes::new() };
    let text: &[u8] = if is_body { &body } else { request.query_string().as_bytes() };
    let key = state.answers.is_on().then(|| Key::new(text, is_body, media, lang));
    // Read before the answer is made: one made while the directory changes is kept by the older edition, and asked for no more.
    let edition = state.edition();
    if let Some(key) = &key {
        let kept = state.answers.get(key).or_else(|| state.answers.get(&key.of_edition(edition)));
        state.metrics.looked_up(CacheName::Answers, kept.is_some());
        if let Some(kept) = kept {
            remember(request, kept.operation);
            return Ok(respond(StatusCode::OK, media, lang, kept.body));
        }
    }
    let ask = if is_body {
        incoming::of_body(text, limits, lang, caller)?
    } else {
        incoming::of_parameters(request.query_string(), limits, lang, caller)?
    };
    Ok(run(request, state, ask, media, key.map(|key| (key, edition))).await)
}

async fn run(
    request: &HttpRequest,
    state: &State,
    ask: Ask,
    media: Media,
    key: Option<(Key, Edition)>,
) -> HttpResponse {
    let lang = ask.lang;
    let id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone()).unwrap_or_default();
    let (answer, was_known) = state.engine.answer(ask, &id).await;
    state.metrics.looked_up(CacheName::Documents, was_known);
    state.metrics.told(&answer.codes);
    let Answer { body, fate, operation, lasting, .. } = answer;
    let body = Bytes::from(body);
    let key = key.and_then(|(key, edition)| match lasting {
        Lasting::Always => Some(key),
        Lasting::WhileUnchanged => Some(key.of_edition(edition)),
        Lasting::Never => None,
    });
    if let Some(key) = key {
        state.answers.put(&key, Kept { body: body.clone(), operation: operation.clone() });
    }
    remember(request, operation);
    let status = match (&fate, media) {
        (Fate::Done | Fate::Partial, _) | (Fate::Refused, Media::Json) => StatusCode::OK,
        (Fate::Refused, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (Fate::WrongMethod, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Fate::Failed, _) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = respond(status, media, lang, body);
    if fate == Fate::WrongMethod {
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
    }
    response
}

fn respond(status: StatusCode, media: Media, lang: Lang, body: Bytes) -> HttpResponse {
    let language = match lang {
        Lang::Zh => "zh-Hans",
        Lang::En => "en",
    };
    HttpResponse::build(status)
        .content_type(media.content_type())
        .insert_header((header::CONTENT_LANGUAGE, language))
        .body(body)
}

fn remember(request: &HttpRequest, operation: Option<String>) {
    if let Some(operation) = operation {
        request.extensions_mut().insert(OperationName(operation));
    }
}

/// Reads a body up to the limit; not a byte of one that says it is larger.
async fn read(request: &HttpRequest, payload: &mut web::Payload, state: &State) -> Result<Bytes, Fault> {
    let content_types: Vec<&header::HeaderValue> = request.headers().get_all(header::CONTENT_TYPE).collect();
    let is_json = match content_types.as_slice() {
        [only] => only.to_str().is_ok_and(negotiate::is_json),
        _ => false,
    };
    if !is_json {
        return Err(Fault::new(
            Code::UnsupportedMediaType,
            "请求正文的 Content-Type 应为 application/json（UTF-8）",
            "the body's content-type must be application/json (UTF-8)",
        ));
    }
    if reply::is_encoded(request) {
        return Err(reply::encoded());
    }
    let limit = state.config.limits.body_bytes;
    let too_large = || {
        let text =
            (format!("请求正文过大；上限 {limit} 字节"), format!("the body is too large; at most {limit} bytes"));
        Fault::limit(Code::BodyTooLarge, limit, text)
    };
    let length = reply::content_length(request);
    if length.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit)) {
        return Err(too_large());
    }
    match rt::time::timeout(state.config.request_timeout, collect(payload, limit)).await {
        Ok(Ok(Some(body))) => Ok(body),
        Ok(Ok(None)) => Err(too_large()),
        Ok(Err(())) => Err(Fault::new(Code::InvalidRequest, "请求正文中断", "the body ended before its end")),
        Err(_) => Err(Fault::new(Code::RequestTimeout, "请求正文未在时限内到达", "the body did not arrive in time")),
    }
}

/// The body; `None` if it is over the limit.
async fn collect(payload: &mut web::Payload, limit: usize) -> Result<Option<Bytes>, ()> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ())?;
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body.freeze()))
}
