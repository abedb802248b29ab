//! Where mails go: to a mail server, or into a folder.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::fs;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use super::MailSettings;
use crate::error::Error;

/// How long a mail server may take for one mail.
pub(super) const SEND_WITHIN: Duration = Duration::from_secs(20);

/// Where mails go.
pub struct Transport {
    from: Mailbox,
    way: Way,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl fmt::Debug for Transport {
    /// Without what it signs in with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match &self.way {
            Way::Smtp(_) => "a mail server".to_owned(),
            Way::Folder(folder) => folder.display().to_string(),
        };
        f.debug_tuple("Transport").field(&way).finish()
    }
}

/// A mail to send.
#[derive(Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub(super) id: Uuid,
    pub(super) to: &'a str,
    pub(super) subject: &'a str,
    pub(super) text: &'a str,
    pub(super) html: &'a str,
}

impl Transport {
    /// Gets ready to send. Connects to nothing yet: a mail server that is down is tried again.
    ///
    /// # Errors
    /// If the address of the mail server or of the sender is none, or the folder cannot be made.
    pub fn new(settings: &MailSettings) -> Result<Self, Error> {
        let from = settings.from.parse().map_err(|error| unusable("from", error))?;
        let way = match settings.smtp.as_deref() {
            Some(address) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(address);
                let builder = builder.map_err(|error| unusable("smtp", error))?;
                Way::Smtp(builder.timeout(Some(SEND_WITHIN)).build())
            }
            None => {
                let folder = settings.folder.clone();
                std::fs::create_dir_all(&folder).map_err(|source| Error::File { path: folder.clone(), source })?;
                tracing::warn!(folder = %folder.display(), "no mail server is configured: mails are written to this folder");
                Way::Folder(folder)
            }
        };
        Ok(Self { from, way })
    }

    /// Sends a mail, or says why that failed: without an address and without anything that the mail says.
    pub(super) async fn send(&self, mail: Outgoing<'_>) -> Result<(), String> {
        let message = self.message(mail)?;
        match &self.way {
            Way::Smtp(server) => match tokio::time::timeout(SEND_WITHIN, server.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(reason(&error)),
                Err(_) => Err(NO_ANSWER.to_owned()),
            },
            Way::Folder(folder) => {
                let written = write(folder, mail.id, &message.formatted()).await;
                written.map_err(|error| format!("the folder cannot be written: {}", error.kind()))
            }
        }
    }

    fn message(&self, mail: Outgoing<'_>) -> Result<Message, String> {
        let to = mail.to.parse().map_err(|_| "the reader's address is none".to_owned())?;
        // The same mail has the same id when it is sent again, so that a reader's server can tell.
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .message_id(Some(id))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .multipart(MultiPart::alternative_plain_html(mail.text.to_owned(), mail.html.to_owned()));
        message.map_err(|_| "the mail cannot be written".to_owned())
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn unusable(setting: &'static str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::MailSettings { setting, source: error.into() }
}

const NO_ANSWER: &str = "the mail server does not answer in time";

/// Why a mail server did not take a mail. What it answers is left out: it often repeats the reader's address.
fn reason(error: &smtp::Error) -> String {
    if let Some(code) = error.status() {
        return format!("the mail server answers {code}");
    }
    if error.is_timeout() {
        return NO_ANSWER.to_owned();
    }
    if error.is_tls() {
        return "no secure connection with the mail server".to_owned();
    }
    let mut source = error.source();
    while let Some(below) = source {
        if let Some(error) = below.downcast_ref::<io::Error>() {
            return format!("no connection with the mail server: {}", error.kind());
        }
        source = below.source();
    }
    "the mail server was not understood".to_owned()
}

/// Writes a file under a name that sorts by when the mail was written. It is there as a whole or not at all.
async fn write(folder: &Path, id: Uuid, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder).await?;
    let (path, unfinished) = (folder.join(format!("{id}.eml")), folder.join(format!(".{id}")));
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    // Whoever can read a mail can follow its link.
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&unfinished).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(&unfinished, &path).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(smtp: Option<&str>, from: &str, folder: &Path) -> MailSettings {
        MailSettings { smtp: smtp.map(str::to_owned), from: from.to_owned(), folder: folder.to_owned() }
    }

    #[test]
    fn settings_that_cannot_be_used_say_which_and_no_password() {
        let folder = tempfile::tempdir().expect("a folder");
        for (smtp, from, setting) in [
            (Some("smtp://mail.example.org:2525"), "nobody", "from"),
            (None, "a@b@c", "from"),
            (Some("http://me:secret@mail.example.org"), "Lianhe <no-reply@example.org>", "smtp"),
            (Some("mail.example.org"), "Lianhe <no-reply@example.org>", "smtp"),
            (Some("smtp://mail.example.org?tls=perhaps"), "Lianhe <no-reply@example.org>", "smtp"),
        ] {
            let error = Transport::new(&settings(smtp, from, folder.path())).expect_err("refused");
            let message = error.message();
            assert!(matches!(error, Error::MailSettings { setting: found, .. } if found == setting), "{smtp:?} {from}");
            for text in [&message.zh, &message.en] {
                assert!(text.contains(&format!("mail.{setting}")) && !text.contains("secret"), "{text}");
            }
        }
        let good = settings(Some("smtps://me:secret@mail.example.org"), "联合 <no-reply@example.org>", folder.path());
        let shown = format!("{good:?} {:?}", Transport::new(&good).expect("good"));
        assert!(shown.contains("smtps://me@mail.example.org") && !shown.contains("secret"), "{shown}");
    }

    #[tokio::test]
    async fn a_folder_gets_the_mail_as_it_would_be_sent() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("new").join("mail");
        let transport = Transport::new(&settings(None, "联合 <no-reply@example.org>", &folder)).expect("good");
        let ids = [Uuid::now_v7(), Uuid::now_v7()];
        let [first, second] = ids.map(|id| Outgoing {
            id,
            to: "reader@example.org",
            subject: "请验证\r\nBcc: other@example.org",
            text: "第一行\n.\n第二行",
            html: "<p>第一行</p>",
        });
        transport.send(first).await.expect("written");
        transport.send(second).await.expect("written");
        // Again, as after a crash.
        transport.send(first).await.expect("written");
        let entries = std::fs::read_dir(&folder).expect("the folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        assert_eq!(names, ids.map(|id| format!("{id}.eml")));
        let path = folder.join(format!("{}.eml", ids[0]));
        let mail = std::fs::read_to_string(&path).expect("a mail");
        let head: Vec<&str> = mail.split("\r\n\r\n").next().expect("a head").split("\r\n").collect();
        assert!(head.contains(&"To: reader@example.org"), "{head:?}");
        assert!(head.contains(&format!("Message-ID: <{}@example.org>", ids[0]).as_str()), "{head:?}");
        assert!(head.contains(&"Auto-Submitted: auto-generated"), "{head:?}");
        assert!(!head.iter().any(|line| line.starts_with("Bcc")), "{head:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn why_it_failed_holds_no_address() {
        let place = tempfile::tempdir().expect("a folder");
        let mail = Outgoing { id: Uuid::now_v7(), to: "reader@example.org", subject: "S", text: "T", html: "H" };
        let folder = place.path().join("mail");
        let into_folder = Transport::new(&settings(None, "no-reply@example.org", &folder)).expect("good");
        assert_eq!(
            into_folder.send(Outgoing { to: "no address", ..mail }).await,
            Err("the reader's address is none".to_owned())
        );
        std::fs::remove_dir(&folder).expect("removed");
        std::fs::write(&folder, "in the way").expect("written");
        let failed = into_folder.send(mail).await.expect_err("no folder");
        assert!(failed.starts_with("the folder cannot be written") && !failed.contains('@'), "{failed}");

        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let nowhere = format!("smtp://127.0.0.1:{port}");
        let to_server = Transport::new(&settings(Some(&nowhere), "no-reply@example.org", &folder)).expect("good");
        assert_eq!(
            to_server.send(mail).await,
            Err("no connection with the mail server: connection refused".to_owned())
        );
    }
}
