//! `lianhe check`: judges one consortium.

use std::path::Path;

use eligibility::problem::ProblemCode;
use eligibility::{Lang, Localized};

use crate::cli::{Check, Format};
use crate::commands::Answered;
use crate::failure::{Exit, Failure};
use crate::render::findings::View;
use crate::render::report::Asked;
use crate::render::{json, report};
use crate::{guides, input};

pub(super) fn run(check: &Check, folder: Option<&Path>, lang: Lang) -> Answered {
    let document = input::plan(&check.file)?;
    if document.root.get("cases").is_some() {
        let message = Localized::new(
            "这是案例文件（含 `cases` 列表）；请用 `lianhe guide test`",
            "this is a file of cases (a `cases` list); use `lianhe guide test`",
        );
        return Err(Failure::content(&document.name, ProblemCode::InvalidValue, message));
    }
    let calls = guides::load(folder)?;
    let library = &calls.library;
    let case = library.read_case(&document.name, &document.root).map_err(Failure::data)?;
    let mut consortium = case.consortium;
    consortium.as_of = check.answer.as_of.or(consortium.as_of);
    let report = library.check(&consortium);
    let view = report.as_ref().and_then(|report| View::new(library, &consortium, report));
    let view = view.ok_or_else(|| Failure::internal(Localized::new("找不到该方向", "the direction is gone")))?;
    let common = check.common_rules.then(|| library.check_common_rules(&consortium));
    let text = match check.answer.form.format {
        Format::Text => {
            let asked = Asked { file: &document.name, lang, all: check.all, common: common.as_ref() };
            report::text(&view, &asked)
        }
        Format::Json => json::check(&view, common.as_ref())?,
    };
    Ok((text, Exit::from(view.report.verdict)))
}
