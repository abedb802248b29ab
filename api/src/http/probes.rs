//! What operators ask: whether it lives, whether it is ready, what it has done. And paths that are none.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::fault::{Code, Fault};
use crate::http::negotiate::{self, Media};
use crate::http::state::State;
use crate::http::{metrics, reply};

/// `/healthz`: it answers, so it lives.
pub(crate) async fn health(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    plain(&request, &state, StatusCode::OK, "ok\n")
}

/// `/readyz`: whether to send it requests.
pub(crate) async fn ready(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if state.is_stopping() {
        plain(&request, &state, StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        plain(&request, &state, StatusCode::OK, "ready\n")
    }
}

fn plain(request: &HttpRequest, state: &State, status: StatusCode, text: &'static str) -> HttpResponse {
    if !reply::reads(request.method()) {
        return reply::method_not_allowed(state, request, reply::READ);
    }
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.content_type("text/plain; charset=utf-8").body(text)
}

/// `/metrics`.
pub(crate) async fn metrics(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if !reply::reads(request.method()) {
        return reply::method_not_allowed(&state, &request, reply::READ);
    }
    match state.metrics.text(state.engine.document_bytes(), state.answers.bytes()) {
        Ok(text) => HttpResponse::Ok().content_type(metrics::CONTENT_TYPE).body(text),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// Any other path.
pub(crate) async fn not_found(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let fault = Fault::new(
        Code::NotFound,
        "没有此路径；GraphQL 接口为 /graphql",
        "no such path; the GraphQL API is at /graphql",
    );
    let media = negotiate::media(reply::headers(&request, &header::ACCEPT)).unwrap_or(Media::Json);
    reply::fault(&state, &fault, media, reply::language(&request))
}
