//! `lianhe audit`: whether the history is whole.

use eligibility::Lang;
use service::Database;
use service::audit::{self, Verification};

use crate::cli::{AuditCommand, Common, Format};
use crate::commands::Answered;
use crate::failure::Exit;
use crate::render::audit::{json, text};
use crate::store;

/// Verifies the chain of records, and whether it once ended with a hash that was noted down. Writes nothing.
pub(super) fn run(command: &AuditCommand, common: &Common, lang: Lang) -> Answered {
    let AuditCommand::Verify { expect, form } = command;
    let configuration = store::configuration(common, None)?;
    let verifying = async {
        let database = Database::connect_to_read(&configuration.database).await?;
        let verification = audit::verify(&database).await?;
        let is_there = match expect {
            Some(hash) => Some(audit::contains(&database, hash).await?),
            None => None,
        };
        Ok((verification, is_there))
    };
    let (verification, is_there) = store::runtime()?.block_on(verifying).map_err(|error| store::failed(&error))?;
    let is_right = matches!(verification, Verification::Whole { .. }) && is_there != Some(false);
    let answer = match form.format {
        Format::Text => text(&verification, is_there, lang),
        Format::Json => json(&verification, is_there)?,
    };
    Ok((answer, if is_right { Exit::Done } else { Exit::No }))
}
