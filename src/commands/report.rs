//! `lianhe report`: whether a signed report is as it was signed.

use eligibility::problem::ProblemCode;
use eligibility::{Lang, Localized};
use service::Database;
use service::reports::{self, PublicKeys, Refused};

use crate::cli::{Common, Format, ReportCommand};
use crate::commands::Answered;
use crate::failure::{Exit, Failure};
use crate::render::sealed::{json, text};
use crate::{input, store};

/// Verifies a report, with keys of a file or of the database. Writes nothing.
pub(super) fn run(command: &ReportCommand, common: &Common, lang: Lang) -> Answered {
    let ReportCommand::Verify { file, keys, form } = command;
    let (_, report) = input::whole(file, input::SIGNED)?;
    let (name, set) = match keys {
        Some(keys) => input::whole(keys, input::SIGNED)?,
        None => {
            let configuration = store::configuration(common, None)?;
            let reading = async {
                let database = Database::connect_to_read(&configuration.database).await?;
                reports::jwks_of(&database).await
            };
            let set = store::runtime()?.block_on(reading).map_err(|error| store::failed(&error))?;
            (String::new(), set)
        }
    };
    let keys = PublicKeys::parse(&set).ok_or_else(|| {
        let message = Localized::new(
            "不是 JSON Web Key Set；请使用 /.well-known/report-keys.json 的内容",
            "no JSON Web Key Set; it is what /.well-known/report-keys.json gives",
        );
        Failure::content(&name, ProblemCode::InvalidValue, message)
    })?;
    let sealed = reports::verify_with(&report, &keys, service::now());
    let answer = match form.format {
        Format::Text => text(&sealed, lang),
        Format::Json => json(&sealed)?,
    };
    let exit = match sealed.refused {
        None => Exit::Done,
        Some(Refused::Malformed) => Exit::Data,
        Some(_) => Exit::No,
    };
    Ok((answer, exit))
}
