//! What the use cases work on: the directory, the accounts, the mails, the evidence, and the settings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::{Notify, broadcast};

use crate::accounts;
use crate::actor::SessionId;
use crate::audit;
use crate::consortia;
use crate::database::Database;
use crate::directory::Directory;
use crate::error::Error;
use crate::events::{self, Event};
use crate::evidence::EvidenceStore;
use crate::feed::Head;
use crate::mail::{self, MailSettings, Transport};
use crate::matching;
use crate::partners;
use crate::profiles;

/// How often mails that are due are looked for.
const MAIL_EVERY: Duration = Duration::from_secs(1);
/// How often what time alone changes is looked after: expiry, digests, old rows.
const UPKEEP_EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether anything new meets what people watch.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// How the service treats people and what they own.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address under which people reach the service, without a slash at its end: links in mails begin with it, and tokens
    /// name it as their issuer.
    pub public_url: String,
    /// How long an access token lives, in seconds.
    pub access_token_seconds: u32,
    /// How long a session lives that is not used, in days.
    pub session_days: u32,
    /// After how many days tokens are signed by a new key.
    pub key_days: u32,
    /// How mails are sent.
    pub mail: MailSettings,
    /// Where evidence lies: a folder, or `s3://bucket/prefix`.
    pub evidence: String,
    /// Bytes that a file of evidence may have.
    pub evidence_bytes: u64,
    /// After how many days without a confirmation the facts of a profile are stale.
    pub stale_after_days: u32,
    /// How many days a signed report counts.
    pub report_days: u32,
    /// What counts for how much when partners are ranked.
    pub matching: matching::Weights,
}

impl Settings {
    /// What holds if nobody says otherwise, with everything below one folder.
    pub fn below(folder: PathBuf) -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            access_token_seconds: 600,
            session_days: 30,
            key_days: 30,
            mail: MailSettings {
                smtp: None,
                from: "Lianhe 联合 <no-reply@localhost>".to_owned(),
                folder: folder.join("mail"),
            },
            evidence: folder.join("evidence").display().to_string(),
            evidence_bytes: 20 * 1024 * 1024,
            stale_after_days: 365,
            report_days: 365,
            matching: matching::Weights::default(),
        }
    }
}

/// What the use cases work on.
#[derive(Debug)]
pub struct Platform {
    directory: Arc<Directory>,
    settings: Settings,
    accounts: accounts::State,
    transport: Transport,
    evidence: EvidenceStore,
    events: broadcast::Sender<Event>,
    recorded: Notify,
    matching: matching::State,
    partners: partners::State,
}

impl Platform {
    /// Makes ready what people need beside a directory.
    ///
    /// # Errors
    /// If the settings cannot be used, or whatever the database says.
    pub async fn open(directory: Arc<Directory>, settings: Settings) -> Result<Self, Error> {
        let accounts = accounts::State::open(directory.database(), &settings).await?;
        let transport = Transport::new(&settings.mail)?;
        let evidence = EvidenceStore::open(&settings.evidence)?;
        let (events, _) = broadcast::channel(events::CAPACITY);
        Ok(Self {
            directory,
            settings,
            accounts,
            transport,
            evidence,
            events,
            recorded: Notify::new(),
            matching: matching::State::default(),
            partners: partners::State::default(),
        })
    }

    /// The published profiles.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// The database.
    pub fn database(&self) -> &Database {
        self.directory.database()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Keys, revoked sessions, and what hashes passwords.
    pub(crate) fn accounts(&self) -> &accounts::State {
        &self.accounts
    }

    /// Where evidence lies.
    pub(crate) fn evidence(&self) -> &EvidenceStore {
        &self.evidence
    }

    /// What matching keeps in memory.
    pub(crate) fn matching(&self) -> &matching::State {
        &self.matching
    }

    /// What is kept of requests in memory.
    pub(crate) fn partners(&self) -> &partners::State {
        &self.partners
    }

    /// What happens from now on, on any node.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Tells this node's follower of the history that there is more of it, so that subscribers need not wait for its next look.
    pub(crate) fn recorded(&self) -> &Notify {
        &self.recorded
    }

    /// Sessions that end from now on, on any node.
    pub fn revocations(&self) -> broadcast::Receiver<SessionId> {
        self.accounts.revocations()
    }

    /// A transaction that will write and append to the history: one after the other, as each record is linked to the one before. That
    /// is decided at the beginning, so that no two of them can wait for each other, whatever rows they go on to lock.
    pub(crate) async fn write(&self) -> Result<DatabaseTransaction, Error> {
        let transaction = self.begin().await?;
        audit::lock(&transaction).await?;
        Ok(transaction)
    }

    /// The same with the head of the feed, which comes first: an import, which appends nothing, may keep it for a while.
    pub(crate) async fn write_to_feed(&self) -> Result<(DatabaseTransaction, Head), Error> {
        let transaction = self.begin().await?;
        let head = Head::lock(&transaction).await?;
        audit::lock(&transaction).await?;
        Ok((transaction, head))
    }

    /// In SQLite a transaction waits for other writers now, rather than fail when it writes after it has read.
    async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        let immediate = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: immediate, ..TransactionOptions::default() };
        Ok(self.database().connection().begin_with_options(options).await?)
    }

    /// Does beside everything else what a node has to do: follows the other nodes, sends mails, looks for what people watch,
    /// looks after what time changes. Never ends.
    pub async fn run(self: Arc<Self>) {
        let following = events::follow(Arc::clone(&self), self.events.clone());
        let mailing = async {
            loop {
                match mail::deliver_due(self.database(), &self.transport).await {
                    // There may be more.
                    Ok(sent) if sent > 0 => {}
                    Ok(_) => tokio::time::sleep(MAIL_EVERY).await,
                    Err(error) => {
                        tracing::error!(error = %error.message().en, "mails cannot be sent");
                        tokio::time::sleep(MAIL_EVERY).await;
                    }
                }
            }
        };
        let keeping_up = async {
            loop {
                if let Err(error) = self.keep_up().await {
                    tracing::error!(error = %error, "the upkeep failed");
                }
                tokio::time::sleep(UPKEEP_EVERY).await;
            }
        };
        let watching = async {
            let mut seen = partners::Seen::default();
            loop {
                if let Err(error) = partners::look(&self, &mut seen).await {
                    tracing::error!(error = %error.message().en, "what is watched cannot be looked at");
                }
                tokio::time::sleep(WATCH_EVERY).await;
            }
        };
        tokio::join!(following, mailing, keeping_up, watching);
    }

    /// What time alone changes: new keys, verifications and invitations that expire, facts that become stale, digests, old rows.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn keep_up(&self) -> Result<(), crate::Refusal> {
        // Each on its own: what one stumbles over must not keep the others from being done.
        let done = [
            accounts::keep_up(self).await,
            profiles::keep_up(self).await,
            consortia::keep_up(self).await,
            partners::keep_up(self).await,
            crate::notices::send_digests(self).await,
            crate::evidence::sweep(self).await,
        ];
        done.into_iter().collect()
    }
}
