//! `/.well-known/jwks.json`: the public keys that access tokens can be verified with, and `/.well-known/report-keys.json`: those of
//! signed reports.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use service::{accounts, reports};

use crate::fault::Fault;
use crate::http::negotiate::Media;
use crate::http::reply;
use crate::http::state::State;

pub(crate) async fn serve(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if !reply::reads(request.method()) {
        return reply::method_not_allowed(&state, &request, reply::READ);
    }
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        // A key is there for longer before it signs.
        .insert_header((header::CACHE_CONTROL, "max-age=300"))
        .body(accounts::jwks(&state.platform))
}

pub(crate) async fn of_reports(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if !reply::reads(request.method()) {
        return reply::method_not_allowed(&state, &request, reply::READ);
    }
    match reports::jwks(&state.platform).await {
        // Whoever verifies a report that was signed a moment ago finds its key: no copy is kept for long.
        Ok(keys) => HttpResponse::Ok()
            .content_type("application/jwk-set+json")
            .insert_header((header::CACHE_CONTROL, "max-age=60"))
            .body(keys),
        Err(error) => {
            tracing::error!(error = %error.message().en, "the keys of reports cannot be read");
            reply::fault(&state, &Fault::internal("report-keys"), Media::Json, reply::language(&request))
        }
    }
}
