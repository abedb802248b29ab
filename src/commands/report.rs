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
            let no_database = |error: &service::Error| {
                let why = error.message();
                let message = Localized::new(
                    format!(
                        "没有可以读取公钥的数据库（{}）；请用 --keys 指定公钥文件，即 /.well-known/report-keys.json 的内容",
                        why.zh
                    ),
                    format!(
                        "no database to read the keys from ({}); name a file with --keys: what /.well-known/report-keys.json gives",
                        why.en
                    ),
                );
                Failure::unreadable(&configuration.database, message)
            };
            let reading = async {
                let database =
                    Database::connect_to_read(&configuration.database).await.map_err(|error| no_database(&error))?;
                reports::jwks_of(&database).await.map_err(|error| store::failed(&error))
            };
            (String::new(), store::runtime()?.block_on(reading)?)
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
