//! `lianhe profile`: one institution against every direction and role.

use std::path::Path;

use eligibility::Lang;

use crate::cli::{Format, Profile};
use crate::commands::Answered;
use crate::failure::{Exit, Failure};
use crate::render::profile::{self, View};
use crate::{guides, input};

pub(super) fn run(asked: &Profile, folder: Option<&Path>, lang: Lang) -> Answered {
    let document = input::plan(&asked.file)?;
    let calls = guides::load(folder)?;
    let library = &calls.library;
    let institution = library.read_institution(&document.name, &document.root).map_err(Failure::data)?;
    let as_of = asked.answer.as_of;
    let reports = library.check_institution(&institution, as_of);
    let view = View { library, institution: &institution, as_of, reports: &reports };
    let text = match asked.answer.form.format {
        Format::Text => profile::text(&view, &document.name, lang),
        Format::Json => profile::json(&view)?,
    };
    Ok((text, Exit::Done))
}
