//! `/reports/{id}`: a signed report made for printing, in both languages on one page. Whoever has a permit reads it; it has no
//! script, and everything that somebody has written is escaped by the template.

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use askama::Template;
use eligibility::date::minute_in_china;
use eligibility::place::Country;
use eligibility::{Library, Localized};
use service::accounts::{self, PermitUse};
use service::reports::{self, FindingPart, Signed, Statement};
use service::{Platform, SignedReportId};
use std::sync::Arc;

use super::{HTML, protect};

/// The address of the published keys.
const KEYS: &str = "/.well-known/report-keys.json";

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    library: &'a Library,
    signed: &'a Signed,
    statement: &'a Statement,
    verdict: (&'static str, &'static str),
    signed_at: String,
    expires_at: String,
    /// Findings in groups: those that have to be mended first.
    groups: Vec<Group<'a>>,
    keys: String,
}

impl Page<'_> {
    /// What a country or region is called.
    fn country(&self, code: &Option<String>) -> Option<Localized> {
        let country = Country::parse(code.as_deref()?)?;
        Some(self.library.places.name(country))
    }
}

struct Group<'a> {
    class: &'static str,
    zh: &'static str,
    en: &'static str,
    findings: Vec<&'a FindingPart>,
}

/// Outcomes in the order in which they matter, with their words.
const OUTCOMES: [(&str, &str, &str, &str); 5] = [
    ("VIOLATED", "bad", "不符合", "Not met"),
    ("UNDETERMINED", "open", "尚不能判定", "Undetermined"),
    ("FOR_REVIEW", "review", "须由人工判断", "For a person to judge"),
    ("SATISFIED", "good", "符合", "Met"),
    ("NOT_APPLICABLE", "none", "不适用", "Not applicable"),
];

/// An outcome in both languages.
fn outcome(word: &str) -> (&'static str, &'static str) {
    let known = OUTCOMES.iter().find(|(known, ..)| *known == word);
    known.map_or(("", ""), |(_, _, zh, en)| (zh, en))
}

fn modality(word: &str) -> (&'static str, &'static str) {
    match word {
        "MANDATORY" => ("必须", "mandatory"),
        "IN_PRINCIPLE" => ("原则上", "in principle"),
        "ENCOURAGED" => ("鼓励", "encouraged"),
        _ => ("说明", "for information"),
    }
}

fn render(library: &Library, signed: &Signed, public_url: &str) -> Result<String, askama::Error> {
    let statement = &signed.statement;
    let verdict = match statement.verdict.as_str() {
        "ELIGIBLE" => ("符合申报要求", "Eligible"),
        "INELIGIBLE" => ("不符合申报要求", "Ineligible"),
        _ => ("尚不能判定", "Undetermined"),
    };
    let groups = OUTCOMES.iter().map(|(word, class, zh, en)| Group {
        class,
        zh,
        en,
        findings: statement.findings.iter().filter(|finding| finding.outcome == *word).collect(),
    });
    let page = Page {
        library,
        signed,
        statement,
        verdict,
        signed_at: minute_in_china(signed.signed_at),
        expires_at: minute_in_china(signed.expires_at),
        groups: groups.filter(|group| !group.findings.is_empty()).collect(),
        keys: format!("{public_url}{KEYS}"),
    };
    page.render()
}

pub(super) async fn show(
    request: HttpRequest,
    id: web::Path<String>,
    platform: web::Data<Arc<Platform>>,
) -> HttpResponse {
    let mut permits = request.query_string().split('&').filter_map(|pair| pair.strip_prefix("permit="));
    let permit = match (permits.next(), permits.next()) {
        (Some(permit), None) => accounts::verify_permit(&platform, PermitUse::Report, permit).ok(),
        _ => None,
    };
    let id = id.parse::<SignedReportId>().ok();
    let Some(id) = id.filter(|id| permit.is_some_and(|permit| permit.subject == id.0)) else {
        return said(
            HttpResponse::Forbidden(),
            "查看此报告的许可无效或已过期；请在联合体页面重新取得地址。",
            "The permit to read this report is not valid, or has expired; ask for a new address.",
        );
    };
    let page = match reports::of_permit(&platform, id).await {
        Ok(signed) => {
            let library = platform.directory().library();
            render(library, &signed, &platform.settings().public_url).map_err(|error| error.to_string())
        }
        Err(service::Refusal::NotFound) => {
            return said(HttpResponse::NotFound(), "没有此报告。", "There is no such report.");
        }
        Err(refusal) => Err(refusal.to_string()),
    };
    match page {
        Ok(body) => {
            let mut response = HttpResponse::Ok();
            private(&mut response);
            response.content_type(HTML).insert_header((header::CONTENT_LANGUAGE, "zh-Hans, en")).body(body)
        }
        Err(error) => {
            tracing::error!(error, "a signed report cannot be shown");
            said(
                HttpResponse::ServiceUnavailable(),
                "暂时无法显示，请稍后再试。",
                "It cannot be shown at the moment; try again later.",
            )
        }
    }
}

/// What no cache keeps and no search lists.
fn private(response: &mut HttpResponseBuilder) {
    protect(response);
    response
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((HeaderName::from_static("x-robots-tag"), "noindex"));
}

fn said(mut response: HttpResponseBuilder, zh: &str, en: &str) -> HttpResponse {
    private(&mut response);
    response.content_type("text/plain; charset=utf-8").body(format!("{zh}\n{en}\n"))
}
