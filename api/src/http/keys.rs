//! `/.well-known/jwks.json`: the public keys that access tokens can be verified with.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use service::accounts;

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
