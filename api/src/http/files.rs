//! `/evidence/{id}`: files of evidence, sent and fetched by whoever has a permit. What they are is never shown in a browser.

use std::cell::Cell;

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::http::header::{self, ContentEncoding};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, rt, web};
use eligibility::problem::ProblemCode;
use futures_util::{StreamExt, stream};
use serde_json::json;
use service::accounts::{self, PermitUse};
use service::evidence;
use service::{Actor, EvidenceId, Refusal, UserErrorCode};

use crate::fault::{Code, Fault};
use crate::http::negotiate::Media;
use crate::http::observe::RequestId;
use crate::http::state::State;
use crate::http::{cors, reply};

const METHODS: &str = "GET, HEAD, PUT, OPTIONS";

pub(crate) async fn serve(
    request: HttpRequest,
    mut payload: web::Payload,
    id: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let done = match *request.method() {
        Method::PUT => receive(&request, &mut payload, &id, &state).await,
        Method::GET | Method::HEAD => give(&request, &id, &state).await,
        Method::OPTIONS => Ok(cors::options(&request, &state.config.allowed_origins, METHODS)),
        _ => Ok(reply::method_not_allowed(&state, &request, METHODS)),
    };
    let mut response = done.unwrap_or_else(|fault| {
        reply::held(reply::fault(&state, &fault, Media::Json, reply::language(&request)), payload)
    });
    cors::allow(&request, &state.config.allowed_origins, response.headers_mut());
    response
}

/// What the permit of a request is for, if it is for this file.
fn permitted(request: &HttpRequest, state: &State, of: PermitUse, id: &str) -> Result<EvidenceId, Fault> {
    let mut permits = request.query_string().split('&').filter_map(|pair| pair.strip_prefix("permit="));
    let (Some(permit), None) = (permits.next(), permits.next()) else { return Err(not_permitted()) };
    let permit = accounts::verify_permit(&state.platform, of, permit).map_err(|_| not_permitted())?;
    let id = id.parse::<EvidenceId>().ok().filter(|id| id.0 == permit.subject);
    id.ok_or_else(not_permitted)
}

fn not_permitted() -> Fault {
    Fault::new(
        Code::InvalidPermit,
        "上传或下载的许可无效或已过期；请重新申请",
        "the permit to send or fetch this file is not valid, or has expired; ask for a new one",
    )
}

async fn receive(
    request: &HttpRequest,
    payload: &mut web::Payload,
    id: &str,
    state: &State,
) -> Result<HttpResponse, Fault> {
    let id = permitted(request, state, PermitUse::Upload, id)?;
    if reply::is_encoded(request) {
        return Err(reply::encoded());
    }
    let limit = state.platform.settings().evidence_bytes;
    if reply::content_length(request).is_some_and(|length| length > limit) {
        let text = (format!("文件过大；上限 {limit} 字节"), format!("the file is too large; at most {limit} bytes"));
        return Err(Fault::limit(Code::BodyTooLarge, usize::try_from(limit).unwrap_or(usize::MAX), text));
    }
    let has_paused = Cell::new(false);
    let gap = state.config.upload_gap;
    let chunks = stream::unfold(payload, |payload| async {
        let chunk = match rt::time::timeout(gap, payload.next()).await {
            Ok(chunk) => chunk?.map_err(|_| ()),
            Err(_) => {
                has_paused.set(true);
                Err(())
            }
        };
        Some((chunk, payload))
    });
    let too_slow = || Fault::new(Code::RequestTimeout, "文件未在时限内到达", "the file did not arrive in time");
    let received = rt::time::timeout(state.config.upload_timeout, evidence::receive(&state.platform, id, chunks)).await;
    match received {
        Ok(Ok(stored)) => {
            let told = json!({ "mediaType": stored.media_type, "size": stored.size, "sha256": stored.sha256 });
            Ok(HttpResponse::Created().json(told))
        }
        Ok(Err(_)) if has_paused.get() => Err(too_slow()),
        Ok(Err(refusal)) => Err(refused(refusal, request)),
        Err(_) => Err(too_slow()),
    }
}

async fn give(request: &HttpRequest, id: &str, state: &State) -> Result<HttpResponse, Fault> {
    let id = permitted(request, state, PermitUse::Download, id)?;
    // Whoever asked for the permit may read the file, and a permit ends with the sign-in it was given to.
    let read = evidence::read(&state.platform, &Actor::System, id).await;
    let (file, content) = read.map_err(|refusal| refused(refusal, request))?;
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/octet-stream")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{}", encoded(&file.name))))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        // The formats are packed already.
        .insert_header(ContentEncoding::Identity);
    Ok(response.body(SizedStream::new(file.size, content)))
}

/// What is told of a file that is not taken or not given.
fn refused(refusal: Refusal, request: &HttpRequest) -> Fault {
    match refusal {
        Refusal::Invalid(errors) => {
            let Some(error) = errors.into_iter().next() else { return not_permitted() };
            let code = match error.code {
                UserErrorCode::InvalidToken => Code::InvalidPermit,
                UserErrorCode::WrongState => Code::Conflict,
                UserErrorCode::Problem(ProblemCode::Limit) => Code::BodyTooLarge,
                UserErrorCode::Problem(ProblemCode::UnknownValue) => Code::UnsupportedMediaType,
                _ => Code::InvalidRequest,
            };
            Fault::of(code, error.message)
        }
        Refusal::NotFound => Fault::new(Code::NotFound, "没有此文件", "no such file"),
        Refusal::Failed(error) => {
            let id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone()).unwrap_or_default();
            tracing::error!(id, error = %error.message().en, "a file of evidence could not be taken or given");
            Fault::internal(&id)
        }
        // Whoever was permitted no longer is.
        Refusal::Unauthenticated
        | Refusal::SecondFactorRequired
        | Refusal::Forbidden(_)
        | Refusal::Throttled { .. } => not_permitted(),
    }
}

/// A name as headers take it (RFC 8187).
fn encoded(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_byte_by_byte() {
        assert_eq!(encoded("a-B_1.~pdf"), "a-B_1.~pdf");
        assert_eq!(encoded("证明 \"1\";\r\n*'%"), "%E8%AF%81%E6%98%8E%20%221%22%3B%0D%0A%2A%27%25");
    }
}
