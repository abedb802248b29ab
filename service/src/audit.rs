//! The history: every decision and every change of a role, a fact or an account, in one chain of records.
//!
//! A record holds the hash of the one before it, and one row holds the number and the hash of the last. So a record that was
//! changed, taken out or put in is found, and so is a chain that was cut short. Records are appended in the transaction that
//! makes the change; the row is locked first, so their numbers have no gaps and a reader that has seen record n has seen all
//! before it: nodes follow each other by them.
//!
//! Records name accounts by their ids only. What is personal is deleted with the account, and the chain stays whole.

use entity::{audit_head, audit_record};
use profile::ProfileId;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::actor::{AccountId, Actor, CaseId};
use crate::clock;
use crate::database::Database;
use crate::error::Error;
use crate::platform::Platform;
use crate::policy::{self, Action as Policy};
use crate::profiles;
use crate::refusal::Refusal;

/// The channel on which PostgreSQL tells other nodes of new records.
pub(crate) const CHANNEL: &str = "lianhe_audit";
/// Records that one page holds at most.
const PAGE_AT_MOST: u64 = 100;
/// Records read at once while the chain is verified.
const BATCH: u64 = 5_000;

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// What a record tells of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The action as records hold it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

actions! {
    /// An account was made.
    SignedUp = "SIGNED_UP",
    /// The account's e-mail address was verified.
    EmailVerified = "EMAIL_VERIFIED",
    /// Somebody signed in.
    SignedIn = "SIGNED_IN",
    /// Somebody signed out.
    SignedOut = "SIGNED_OUT",
    /// Sessions of an account were ended.
    SessionsRevoked = "SESSIONS_REVOKED",
    /// A refresh token came a second time; its session was ended.
    RefreshTokenReused = "REFRESH_TOKEN_REUSED",
    /// A password was changed by its owner.
    PasswordChanged = "PASSWORD_CHANGED",
    /// A forgotten password was replaced.
    PasswordReset = "PASSWORD_RESET",
    /// An account has another e-mail address.
    EmailChanged = "EMAIL_CHANGED",
    /// Name, language or mails of an account were changed.
    AccountChanged = "ACCOUNT_CHANGED",
    /// A second factor was set up.
    SecondFactorEnabled = "SECOND_FACTOR_ENABLED",
    /// A second factor was switched off by its owner.
    SecondFactorDisabled = "SECOND_FACTOR_DISABLED",
    /// A lost second factor was switched off by an administrator.
    SecondFactorReset = "SECOND_FACTOR_RESET",
    /// An account has another global role.
    RoleChanged = "ROLE_CHANGED",
    /// All that is held on a person was exported.
    DataExported = "DATA_EXPORTED",
    /// An account was deleted.
    AccountDeleted = "ACCOUNT_DELETED",
    /// A profile was made.
    ProfileCreated = "PROFILE_CREATED",
    /// A profile has a new revision; the facts that changed are named.
    ProfileEdited = "PROFILE_EDITED",
    /// The changes since the published revision were discarded.
    ProfileDiscarded = "PROFILE_DISCARDED",
    /// A profile was sent to review.
    ProfileSubmitted = "PROFILE_SUBMITTED",
    /// A profile was taken back from review.
    ProfileWithdrawn = "PROFILE_WITHDRAWN",
    /// A reviewer asked for changes.
    ChangesRequested = "CHANGES_REQUESTED",
    /// A revision was published.
    ProfilePublished = "PROFILE_PUBLISHED",
    /// A profile was suspended.
    ProfileSuspended = "PROFILE_SUSPENDED",
    /// A suspension was lifted.
    ProfileRestored = "PROFILE_RESTORED",
    /// A profile was taken off the list by an owner.
    ProfileArchived = "PROFILE_ARCHIVED",
    /// A profile that was off the list was put back by an owner.
    ProfileReopened = "PROFILE_REOPENED",
    /// An owner or editor confirmed that the facts still hold.
    ProfileConfirmed = "PROFILE_CONFIRMED",
    /// Members were asked to confirm the facts.
    ConfirmationAsked = "CONFIRMATION_ASKED",
    /// A fact was verified on evidence.
    FactVerified = "FACT_VERIFIED",
    /// A verification ended: the fact was edited, or a moderator withdrew it, or it expired.
    VerificationEnded = "VERIFICATION_ENDED",
    /// Somebody was invited to a profile.
    MemberInvited = "MEMBER_INVITED",
    /// An invitation was accepted, declined or revoked.
    InvitationAnswered = "INVITATION_ANSWERED",
    /// Somebody became a member of a profile, or has another role there.
    MemberChanged = "MEMBER_CHANGED",
    /// Somebody is no longer a member of a profile.
    MemberRemoved = "MEMBER_REMOVED",
    /// Somebody asked to become an owner of a profile.
    ClaimRequested = "CLAIM_REQUESTED",
    /// A claim was granted.
    ClaimGranted = "CLAIM_GRANTED",
    /// A claim was refused.
    ClaimRefused = "CLAIM_REFUSED",
    /// An owner appealed against a decision.
    AppealFiled = "APPEAL_FILED",
    /// An appeal was granted.
    AppealGranted = "APPEAL_GRANTED",
    /// An appeal was refused.
    AppealRefused = "APPEAL_REFUSED",
    /// A case was given to a moderator, or given back.
    CaseAssigned = "CASE_ASSIGNED",
    /// A case has another priority.
    CasePrioritised = "CASE_PRIORITISED",
    /// A file of evidence was put on file.
    EvidenceStored = "EVIDENCE_STORED",
    /// A request for partners was sent to review.
    RequestSubmitted = "REQUEST_SUBMITTED",
    /// A moderator decided on a request for partners.
    RequestDecided = "REQUEST_DECIDED",
    /// A request for partners was closed by its author, or its last day has passed.
    RequestClosed = "REQUEST_CLOSED",
    /// An institution told another that it is interested.
    InterestSent = "INTEREST_SENT",
    /// An expression of interest was accepted, declined or withdrawn, or has expired.
    InterestAnswered = "INTEREST_ANSWERED",
    /// What is new was found for somebody who watches a search.
    WatchMet = "WATCH_MET",
    /// A consortium was opened.
    ConsortiumOpened = "CONSORTIUM_OPENED",
    /// A consortium has a new version.
    ConsortiumEdited = "CONSORTIUM_EDITED",
    /// A consortium was put away, or taken up again.
    ConsortiumArchived = "CONSORTIUM_ARCHIVED",
    /// An institution was invited to a consortium, or an invitation was taken back.
    ConsortiumInvited = "CONSORTIUM_INVITED",
    /// An institution accepted or declined an invitation to a consortium, or did not answer in time.
    ConsortiumAnswered = "CONSORTIUM_ANSWERED",
    /// An institution left a consortium or was removed.
    ConsortiumLeft = "CONSORTIUM_LEFT",
    /// A member of a consortium is on the other side, or leads it, or no longer does.
    ConsortiumMemberChanged = "CONSORTIUM_MEMBER_CHANGED",
    /// Somebody commented on a consortium, or took a comment back.
    ConsortiumCommented = "CONSORTIUM_COMMENTED",
    /// The profile of a member of a consortium is another than before.
    ConsortiumFactsMoved = "CONSORTIUM_FACTS_MOVED",
    /// A report on a consortium was signed.
    ConsortiumReportSigned = "CONSORTIUM_REPORT_SIGNED",
}

/// A record to be appended.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// Who did it.
    pub(crate) actor: &'a Actor,
    /// What was done.
    pub(crate) action: Action,
    /// The profile it is about.
    pub(crate) profile: Option<ProfileId>,
    /// The account it is about.
    pub(crate) account: Option<AccountId>,
    /// The case it is about.
    pub(crate) case: Option<CaseId>,
    /// More of it; nothing personal, nothing secret.
    pub(crate) details: serde_json::Value,
}

impl<'a> Entry<'a> {
    /// A record with nothing but who did what.
    pub(crate) fn new(actor: &'a Actor, action: Action) -> Self {
        Self { actor, action, profile: None, account: None, case: None, details: serde_json::Value::Null }
    }

    /// The record, about a profile.
    pub(crate) fn of_profile(self, profile: ProfileId) -> Self {
        Self { profile: Some(profile), ..self }
    }

    /// The record, about an account.
    pub(crate) fn of_account(self, account: AccountId) -> Self {
        Self { account: Some(account), ..self }
    }

    /// The record, about a case.
    pub(crate) fn of_case(self, case: CaseId) -> Self {
        Self { case: Some(case), ..self }
    }

    /// The record with more of it.
    pub(crate) fn with(self, details: serde_json::Value) -> Self {
        Self { details, ..self }
    }
}

/// Appends a record to the chain, in the transaction of what it tells of; returns its number. The head of the feed, where the
/// transaction needs it, is locked before.
pub(crate) async fn append(transaction: &DatabaseTransaction, entry: Entry<'_>) -> Result<i64, Error> {
    lock(transaction).await?;
    let head = head(transaction).await?;
    let mut record = audit_record::Model {
        sequence: head.sequence + 1,
        at: clock::now(),
        actor: entry.actor.account().map(|account| account.0),
        action: entry.action.as_str().to_owned(),
        profile_id: entry.profile.map(|profile| profile.0),
        account_id: entry.account.map(|account| account.0),
        case_id: entry.case.map(|case| case.0),
        details: if entry.details.is_null() { "{}".to_owned() } else { entry.details.to_string() },
        previous: head.hash,
        hash: Vec::new(),
    };
    record.hash = digest(&record);
    audit_head::ActiveModel { id: Set(1), sequence: Set(record.sequence), hash: Set(record.hash.clone()) }
        .update(transaction)
        .await?;
    let sequence = record.sequence;
    let row: audit_record::ActiveModel = record.into();
    audit_record::Entity::insert(row.reset_all()).exec_without_returning(transaction).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("NOTIFY {CHANNEL}")).await?;
    }
    Ok(sequence)
}

/// Keeps everybody else from appending until the transaction ends.
pub(crate) async fn lock(transaction: &DatabaseTransaction) -> Result<(), Error> {
    let same = Expr::col(audit_head::Column::Sequence);
    audit_head::Entity::update_many().col_expr(audit_head::Column::Sequence, same).exec(transaction).await?;
    Ok(())
}

/// The number and the hash of the last record.
pub(crate) async fn head(connection: &impl ConnectionTrait) -> Result<audit_head::Model, Error> {
    let head = audit_head::Entity::find_by_id(1).one(connection).await?;
    Ok(head.ok_or_else(|| DbErr::RecordNotFound("the row of `audit_head`".to_owned()))?)
}

/// The hash of a record: SHA-256 of its parts, each after its length, so that nothing can move from one into the next.
fn digest(record: &audit_record::Model) -> Vec<u8> {
    // Every part is named, so that a new one is not left out.
    let audit_record::Model {
        sequence,
        at,
        actor,
        action,
        profile_id,
        account_id,
        case_id,
        details,
        previous,
        hash: _,
    } = record;
    let id = |id: &Option<Uuid>| id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    let parts = [
        previous.clone(),
        sequence.to_be_bytes().to_vec(),
        at.to_be_bytes().to_vec(),
        id(actor),
        action.as_bytes().to_vec(),
        id(profile_id),
        id(account_id),
        id(case_id),
        details.as_bytes().to_vec(),
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// How the chain stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It is whole.
    Whole {
        /// How many records it has.
        records: i64,
        /// The hash of the last, in hexadecimal digits. Kept elsewhere, it proves later that nothing before it was changed.
        head: String,
    },
    /// It is not.
    Broken {
        /// The number of the first record that is not what it was.
        sequence: i64,
        /// What is wrong there.
        fault: ChainFault,
    },
}

/// What is wrong in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainFault {
    /// The record says something else than when it was written.
    Changed,
    /// The record before it is another one, or is gone.
    Unlinked,
    /// The chain ends before its last record, or goes on after it.
    Cut,
}

/// Verifies the whole chain.
///
/// # Errors
/// Whatever the database says.
pub async fn verify(database: &Database) -> Result<Verification, Error> {
    let connection = database.connection();
    let Some(head) = audit_head::Entity::find_by_id(1).one(connection).await? else {
        return Ok(Verification::Broken { sequence: 1, fault: ChainFault::Cut });
    };
    let mut last = audit_head::Model { id: 1, sequence: 0, hash: vec![0; 32] };
    loop {
        let page = audit_record::Entity::find()
            .filter(audit_record::Column::Sequence.gt(last.sequence))
            .order_by_asc(audit_record::Column::Sequence)
            .limit(BATCH)
            .all(connection)
            .await?;
        if page.is_empty() {
            break;
        }
        for record in page {
            let broken = |fault| Verification::Broken { sequence: last.sequence + 1, fault };
            if record.sequence != last.sequence + 1 || record.previous != last.hash {
                return Ok(broken(ChainFault::Unlinked));
            }
            if digest(&record) != record.hash {
                return Ok(broken(ChainFault::Changed));
            }
            // Written since the head was read.
            if record.sequence == head.sequence && record.hash != head.hash {
                return Ok(broken(ChainFault::Cut));
            }
            last = audit_head::Model { id: 1, sequence: record.sequence, hash: record.hash };
        }
    }
    if last.sequence < head.sequence || (head.sequence == 0 && head.hash != [0; 32]) {
        return Ok(Verification::Broken { sequence: last.sequence + 1, fault: ChainFault::Cut });
    }
    if last.sequence > head.sequence {
        // Records are appended meanwhile; what has no head even now was put in.
        let now = self::head(connection).await?;
        if last.sequence > now.sequence {
            return Ok(Verification::Broken { sequence: now.sequence + 1, fault: ChainFault::Cut });
        }
    }
    Ok(Verification::Whole { records: last.sequence, head: hexadecimal(&last.hash) })
}

/// Whether a record has this hash, in hexadecimal digits: whether the chain that once ended with it has gone on since.
///
/// # Errors
/// Whatever the database says.
pub async fn contains(database: &Database, hash: &str) -> Result<bool, Error> {
    let digits: Vec<char> = hash.trim().chars().collect();
    let bytes: Option<Vec<u8>> =
        digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok()).collect();
    let Some(bytes) = bytes.filter(|bytes| digits.len() == 64 && bytes.len() == 32) else { return Ok(false) };
    // The chain before its first record ends with zeros.
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(true);
    }
    let with_hash = audit_record::Entity::find().filter(audit_record::Column::Hash.eq(bytes));
    Ok(with_hash.one(database.connection()).await?.is_some())
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only those about this profile.
    pub profile: Option<ProfileId>,
    /// Only those by or about this account.
    pub account: Option<AccountId>,
}

/// A record of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number, from 1.
    pub sequence: i64,
    /// When it was written, milliseconds since 1970 (UTC).
    pub at: i64,
    /// Who did it; `None` for the service itself and for nobody who was known.
    pub actor: Option<AccountId>,
    /// What was done, a word of [`Action`].
    pub action: String,
    /// The profile it is about.
    pub profile: Option<ProfileId>,
    /// The account it is about.
    pub account: Option<AccountId>,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// More of it.
    pub details: serde_json::Value,
}

impl From<audit_record::Model> for Record {
    fn from(row: audit_record::Model) -> Self {
        Self {
            sequence: row.sequence,
            at: row.at,
            actor: row.actor.map(AccountId),
            action: row.action,
            profile: row.profile_id.map(ProfileId),
            account: row.account_id.map(AccountId),
            case: row.case_id.map(CaseId),
            details: serde_json::from_str(&row.details).unwrap_or_default(),
        }
    }
}

/// One record: for administrators, and, if it is about a profile, for those who see the history of that.
///
/// # Errors
/// `NotFound`, or whatever the database says.
pub async fn record(platform: &Platform, actor: &Actor, sequence: i64) -> Result<Record, Refusal> {
    let connection = platform.database().connection();
    let row = audit_record::Entity::find_by_id(sequence).one(connection).await?.ok_or(Refusal::NotFound)?;
    let sees = match row.profile_id {
        Some(profile) => profiles::find(connection, actor, ProfileId(profile), Policy::ReadHistory).await.is_ok(),
        None => false,
    };
    if sees || policy::is_allowed(Policy::ReadAudit, actor, None) { Ok(row.into()) } else { Err(Refusal::NotFound) }
}

/// Records before a number, the newest first; at most `first`.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn records(
    platform: &Platform,
    actor: &Actor,
    filter: Filter,
    before: Option<i64>,
    first: u64,
) -> Result<Vec<Record>, Refusal> {
    let connection = platform.database().connection();
    match filter.profile {
        Some(profile) => {
            profiles::find(connection, actor, profile, Policy::ReadHistory).await?;
        }
        None => policy::authorize(Policy::ReadAudit, actor, None)?,
    }
    let mut query = audit_record::Entity::find().order_by_desc(audit_record::Column::Sequence);
    if let Some(profile) = filter.profile {
        query = query.filter(audit_record::Column::ProfileId.eq(profile.0));
    }
    if let Some(account) = filter.account {
        let about = audit_record::Column::AccountId.eq(account.0);
        query = query.filter(Condition::any().add(about).add(audit_record::Column::Actor.eq(account.0)));
    }
    if let Some(before) = before {
        query = query.filter(audit_record::Column::Sequence.lt(before));
    }
    let rows = query.limit(first.min(PAGE_AT_MOST + 1)).all(connection).await?;
    Ok(rows.into_iter().map(Record::from).collect())
}
