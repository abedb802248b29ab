//! The pages for people: `/`, the explorer, those that mails link to, and the files that they need. All of it is in the program; nothing is fetched from
//! elsewhere, so that it works on a closed network.

mod examples;
mod home;
mod html;
mod language;
mod people;
mod profile;
mod report;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use eligibility::{Lang, Library};
use service::Directory;

/// What a page may load: its own files, and no script or style inside the page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json";
const SVG: &str = "image/svg+xml";

/// A file that is the same for everyone.
struct Asset {
    path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

macro_rules! assets {
    ($($name:literal: $media_type:ident,)+) => {
        [$(Asset {
            path: concat!("/assets/", $name),
            media_type: $media_type,
            text: include_str!(concat!("../../assets/", $name)),
        },)+]
    };
}

static ASSETS: [Asset; 15] = assets! {
    "base.css": CSS,
    "home.css": CSS,
    "explorer.css": CSS,
    "people.css": CSS,
    "report.css": CSS,
    "account.js": JAVASCRIPT,
    "profile.js": JAVASCRIPT,
    "page.js": JAVASCRIPT,
    "explorer.js": JAVASCRIPT,
    "editor.js": JAVASCRIPT,
    "graphql.js": JAVASCRIPT,
    "schema.js": JAVASCRIPT,
    "texts.js": JAVASCRIPT,
    "store.js": JAVASCRIPT,
    "icon.svg": SVG,
};

const EXPLORER: &str = include_str!("../../assets/explorer.html");

/// Adds `/`, `/explorer`, `/account…`, `/invitation`, `/profiles/{id}`, `/reports/{id}` and `/assets/…`. The application holds the
/// calls as `web::Data<Arc<Library>>`, the profiles as `web::Data<Arc<Directory>>` and what people work on as
/// `web::Data<Arc<Platform>>`.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.service(page("/").route(web::get().to(show_home)).route(web::head().to(show_home)));
    config.service(page("/explorer").route(web::get().to(show_explorer)).route(web::head().to(show_explorer)));
    for one in &people::ALL {
        let show = move |request: HttpRequest| async move {
            let lang = language::of(&request);
            answer(&request, HTML, Some(lang), people::render(one, lang))
        };
        config.service(page(one.path).route(web::get().to(show)).route(web::head().to(show)));
    }
    config.service(page("/profiles/{id}").route(web::get().to(show_profile)).route(web::head().to(show_profile)));
    config.service(page("/reports/{id}").route(web::get().to(report::show)));
    for asset in &ASSETS {
        let show =
            move |request: HttpRequest| async move { answer(&request, asset.media_type, None, asset.text.to_owned()) };
        config.service(page(asset.path).route(web::get().to(show)).route(web::head().to(show)));
    }
    config.service(
        page("/assets/examples.json").route(web::get().to(show_examples)).route(web::head().to(show_examples)),
    );
}

/// A resource that can only be read.
fn page(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(|| async {
        let mut response = HttpResponse::MethodNotAllowed();
        protect(&mut response);
        response
            .insert_header((header::ALLOW, "GET, HEAD"))
            .content_type("text/plain; charset=utf-8")
            .body("此页面只能读取（GET、HEAD）。\nThis page can only be read (GET, HEAD).\n")
    }))
}

async fn show_home(request: HttpRequest, library: web::Data<Arc<Library>>) -> HttpResponse {
    let lang = language::of(&request);
    answer(&request, HTML, Some(lang), home::render(&library, lang))
}

async fn show_explorer(request: HttpRequest) -> HttpResponse {
    let lang = language::of(&request);
    answer(&request, HTML, Some(lang), html::fill(EXPLORER, &language::choice(lang)))
}

/// 404 where no profile is listed: it may be again.
async fn show_profile(
    request: HttpRequest,
    id: web::Path<String>,
    directory: web::Data<Arc<Directory>>,
) -> HttpResponse {
    let lang = language::of(&request);
    let listing = match profile::find(&directory, &id) {
        Ok(listing) => listing,
        Err(error) => {
            tracing::error!(error = %error, "the index cannot be read");
            return failed();
        }
    };
    let body = profile::render(listing.as_ref(), request.path(), lang);
    if listing.is_none() {
        return respond(&request, HttpResponse::NotFound(), HTML, Some(lang), body);
    }
    answer(&request, HTML, Some(lang), body)
}

fn failed() -> HttpResponse {
    let mut response = HttpResponse::ServiceUnavailable();
    protect(&mut response);
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body("暂时无法读取资料，请稍后再试。\nProfiles cannot be read at the moment; try again later.\n")
}

async fn show_examples(request: HttpRequest) -> HttpResponse {
    answer(&request, JSON, None, examples::json())
}

/// A readable answer, or word that the reader's copy is still right.
fn answer(request: &HttpRequest, media_type: &'static str, lang: Option<Lang>, body: String) -> HttpResponse {
    let tag = entity_tag(&body);
    let fresh = request.headers().get_all(header::IF_NONE_MATCH).any(|value| names(value, &tag));
    let mut response = if fresh { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag));
    if fresh {
        describe(&mut response, lang);
        return response.finish();
    }
    respond(request, response, media_type, lang, body)
}

fn respond(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    media_type: &'static str,
    lang: Option<Lang>,
    body: String,
) -> HttpResponse {
    describe(&mut response, lang);
    response.content_type(media_type);
    if request.method() == Method::HEAD {
        return response.no_chunking(u64::try_from(body.len()).unwrap_or_default()).finish();
    }
    response.body(body)
}

/// What every answer says beside its body.
fn describe(response: &mut HttpResponseBuilder, lang: Option<Lang>) {
    protect(response);
    // Checked each time: a new version of the program must not meet an old script, and a check costs no more than a header.
    response.insert_header((header::CACHE_CONTROL, "no-cache"));
    if let Some(lang) = lang {
        response
            .insert_header((header::CONTENT_LANGUAGE, language::tag(lang)))
            .insert_header((header::VARY, "Accept-Language"));
    }
}

fn protect(response: &mut HttpResponseBuilder) {
    response
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .insert_header((header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"));
}

/// Weak, for it is the same whether the answer is compressed or not.
fn entity_tag(body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// Whether a header lists a tag, or any.
fn names(value: &HeaderValue, tag: &str) -> bool {
    let opaque = tag.trim_start_matches("W/");
    value.to_str().is_ok_and(|value| {
        value.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == opaque)
    })
}

#[cfg(test)]
mod tests;
