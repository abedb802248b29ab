//! Mails: letters in the language of their reader, kept in an outbox until they are sent.
//!
//! A letter is put into the outbox in the transaction of what it tells of: it is sent if and only if that happened, also if the
//! program ends in between or the mail server is down. Logs never hold an address, a link or what a letter says.

mod letter;
mod outbox;
mod transport;

use std::fmt;
use std::path::PathBuf;

use eligibility::Lang;
use sea_orm::DatabaseTransaction;

pub(crate) use self::letter::{INVITATION_DAYS, Letter, RESET_HOURS, VERIFICATION_HOURS};
pub use self::outbox::deliver_due;
pub use self::transport::Transport;
use crate::error::Error;

/// How mails are sent.
#[derive(Clone)]
pub struct MailSettings {
    /// The mail server, `smtps://user:password@host` or `smtp://host:port`; without one, mails are written to the folder.
    pub smtp: Option<String>,
    /// Whom mails are from, `Name <address>`.
    pub from: String,
    /// The folder for mails that no server takes.
    pub folder: PathBuf,
}

impl fmt::Debug for MailSettings {
    /// Without the password of the server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let smtp = self.smtp.as_deref().map(crate::without_password);
        let mut settings = f.debug_struct("MailSettings");
        settings.field("smtp", &smtp).field("from", &self.from).field("folder", &self.folder).finish()
    }
}

/// Puts a letter into the outbox, in the transaction of what it tells of.
pub(crate) async fn post(
    transaction: &DatabaseTransaction,
    lang: Lang,
    to: &str,
    letter: &Letter,
) -> Result<(), Error> {
    outbox::put(transaction, to, letter.render(lang)?).await
}
