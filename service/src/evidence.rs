//! Files of evidence: announced, uploaded once, read by few.
//!
//! A file is taken as a stream, in parts; what it is, is told by its first bytes, never by its name. Until the last byte is there
//! and is what was announced, nothing of it is in the store. The store knows it by its id only.

use std::fmt;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use eligibility::problem::ProblemCode;
use entity::{evidence, membership};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use profile::ProfileId;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::actor::{AccountId, Actor, EvidenceId, GlobalRole, SessionId, SignedIn};
use crate::audit::{self, Entry};
use crate::clock;
use crate::error::Error;
use crate::platform::Platform;
use crate::policy::{self, Action};
use crate::profiles;
use crate::refusal::{Refusal, UserErrorCode};

const DAY: i64 = 86_400_000;
/// How long an announced file may be uploaded.
const UPLOAD_WITHIN: i64 = 15 * 60 * 1_000;
/// How long the place of a file that never came is kept.
const SWEEP_AFTER: i64 = DAY;
/// Files that are swept at once.
const SWEEP_BATCH: u64 = 100;
/// Files that one account announces within a day.
const A_DAY: u64 = 100;
/// Characters of a name.
const NAME_AT_MOST: usize = 255;
/// Bytes that tell what a file is.
const HEAD: usize = 4_096;
/// Bytes of a part: the least that S3 takes of all but the last.
const PART: usize = 5 * 1024 * 1024;

/// What a file is to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A fact of the profile.
    Fact,
    /// That somebody may take the profile over.
    Claim,
    /// That a decision was wrong.
    Appeal,
}

impl Purpose {
    /// Announcing such a file.
    fn action(self) -> Action {
        match self {
            Self::Fact => Action::StageEvidence,
            Self::Claim => Action::ClaimProfile,
            Self::Appeal => Action::Appeal,
        }
    }
}

impl From<evidence::Purpose> for Purpose {
    fn from(purpose: evidence::Purpose) -> Self {
        match purpose {
            evidence::Purpose::Fact => Self::Fact,
            evidence::Purpose::Claim => Self::Claim,
            evidence::Purpose::Appeal => Self::Appeal,
        }
    }
}

impl From<Purpose> for evidence::Purpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Fact => Self::Fact,
            Purpose::Claim => Self::Claim,
            Purpose::Appeal => Self::Appeal,
        }
    }
}

/// A file that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staged {
    /// Names it.
    pub evidence: EvidenceId,
    /// Until when it may be uploaded, milliseconds since 1970 (UTC).
    pub expires_at: i64,
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Names it.
    pub id: EvidenceId,
    /// The profile.
    pub profile: ProfileId,
    /// Who uploaded it.
    pub uploaded_by: AccountId,
    /// What it is to prove.
    pub purpose: Purpose,
    /// What its uploader calls it; never a path.
    pub name: String,
    /// `application/pdf`, `image/png` or `image/jpeg`, as its content says.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// When it was announced, milliseconds since 1970 (UTC).
    pub created_at: i64,
}

impl Stored {
    /// The file, if it is there.
    fn of(row: evidence::Model) -> Option<Self> {
        if row.state != evidence::State::Stored {
            return None;
        }
        Some(Self {
            id: EvidenceId(row.id),
            profile: ProfileId(row.profile_id),
            uploaded_by: AccountId(row.uploaded_by),
            purpose: row.purpose.into(),
            name: row.name,
            media_type: row.media_type?,
            size: u64::try_from(row.size?).ok()?,
            sha256: audit::hexadecimal(&row.sha256?),
            created_at: row.created_at,
        })
    }
}

/// Where files lie: a folder, or a bucket.
pub struct EvidenceStore {
    store: Arc<dyn ObjectStore>,
    address: String,
}

impl fmt::Debug for EvidenceStore {
    /// Without what gives access to it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EvidenceStore").field(&self.address).finish()
    }
}

impl EvidenceStore {
    /// Opens a folder, which is made if need be, or `s3://bucket/prefix`. What gives access to a bucket is taken from the
    /// environment variables that AWS's own programs read (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL` …).
    ///
    /// # Errors
    /// If the folder cannot be made or the bucket's address is none.
    pub fn open(address: &str) -> Result<Self, Error> {
        let store: Arc<dyn ObjectStore> = match address.strip_prefix("s3://") {
            Some(rest) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                if bucket.is_empty() {
                    let source = "no bucket is named; the address is s3://bucket/prefix".into();
                    return Err(Error::Evidence(object_store::Error::Generic { store: "S3", source }));
                }
                let bucket = AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
                Arc::new(PrefixStore::new(bucket, Path::parse(prefix).map_err(object_store::Error::from)?))
            }
            None => {
                let path = FilePath::new(address);
                let failed = |source| Error::File { path: path.to_owned(), source };
                std::fs::create_dir_all(path).map_err(failed)?;
                // What the database says is there has to be on the disk.
                Arc::new(LocalFileSystem::new_with_prefix(path)?.with_fsync(true))
            }
        };
        Ok(Self { store, address: address.to_owned() })
    }
}

/// Where a file lies in the store: under its id, whatever it is called.
fn place(id: EvidenceId) -> Path {
    Path::from_iter(["evidence".to_owned(), id.to_string()])
}

/// Announces a file: for a fact, by an editor of the profile; for a claim, by anybody who has signed in; for an appeal, by an
/// owner. It may be uploaded for a quarter of an hour.
///
/// # Errors
/// What the actor lacks; a name or size that cannot be; too many files in a day; whatever the database says.
pub async fn stage(
    platform: &Platform,
    actor: &Actor,
    profile: ProfileId,
    purpose: Purpose,
    name: &str,
    size: u64,
) -> Result<Staged, Refusal> {
    let transaction = platform.write().await?;
    profiles::find(&transaction, actor, profile, purpose.action()).await?;
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let name = base_name(name).ok_or_else(|| {
        let code = UserErrorCode::Problem(ProblemCode::Missing);
        Refusal::invalid(code, "name", "请填写文件名", "the file needs a name")
    })?;
    let most = platform.settings().evidence_bytes;
    let bytes = i64::try_from(size).ok().filter(|_| (1..=most).contains(&size)).ok_or_else(|| {
        let code = UserErrorCode::Problem(ProblemCode::Limit);
        Refusal::invalid(
            code,
            "size",
            format!("文件须为 1～{most} 字节，实际为 {size} 字节"),
            format!("a file has 1 to {most} bytes, this one has {size}"),
        )
    })?;
    let now = clock::now();
    let today = evidence::Entity::find()
        .filter(evidence::Column::UploadedBy.eq(account.0))
        .filter(evidence::Column::CreatedAt.gt(now - DAY))
        .count(&transaction)
        .await?;
    if today >= A_DAY {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::Limit),
            "",
            format!("每个账号每天最多提交 {A_DAY} 个文件；请明天再试"),
            format!("an account puts at most {A_DAY} files on file within a day; try again tomorrow"),
        ));
    }
    let (id, expires_at) = (EvidenceId(clock::new_id()), now + UPLOAD_WITHIN);
    let row = evidence::ActiveModel {
        id: Set(id.0),
        profile_id: Set(profile.0),
        uploaded_by: Set(account.0),
        purpose: Set(purpose.into()),
        name: Set(name),
        media_type: Set(None),
        size: Set(Some(bytes)),
        sha256: Set(None),
        state: Set(evidence::State::Staged),
        created_at: Set(now),
        expires_at: Set(expires_at),
    };
    evidence::Entity::insert(row).exec_without_returning(&transaction).await?;
    transaction.commit().await.map_err(Error::from)?;
    Ok(Staged { evidence: id, expires_at })
}

/// The last part of a path, without what cannot be seen.
fn base_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let turns = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown: String = last.chars().filter(|letter| !letter.is_control() && !turns(*letter)).collect();
    let name: String = shown.trim().chars().take(NAME_AT_MOST).collect();
    let says_something = name.chars().any(|letter| letter != '.' && !letter.is_whitespace());
    says_something.then_some(name)
}

/// Takes an announced file, for whoever announced it. If anything is wrong with it nothing of it is kept, and it may be sent again
/// until its time is over.
///
/// # Errors
/// `InvalidToken` for one that was not announced or whose time is over, `WrongState` for one that is there; what is wrong with the
/// content; what the uploader lacks by now; whatever the store or the database says.
pub async fn receive(
    platform: &Platform,
    id: EvidenceId,
    content: impl Stream<Item = Result<Bytes, ()>>,
) -> Result<Stored, Refusal> {
    let row = evidence::Entity::find_by_id(id.0).one(platform.database().connection()).await?;
    let Some(row) = row.filter(|row| row.state == evidence::State::Stored || row.expires_at > clock::now()) else {
        return Err(Refusal::invalid(
            UserErrorCode::InvalidToken,
            "",
            "上传链接无效或已过期；请重新申请上传",
            "the upload was not announced, or its time is over; announce it again",
        ));
    };
    if row.state == evidence::State::Stored {
        return Err(is_there());
    }
    let store = &platform.evidence().store;
    let mut upload = Upload { upload: Some(store.put_multipart(&place(id)).await.map_err(Error::from)?) };
    let received = match take(platform, &row, content, &mut upload).await {
        Ok(received) => received,
        Err(refusal) => {
            upload.abort().await;
            return Err(refusal);
        }
    };
    let stored = keep(platform, row, received, &mut upload).await;
    if stored.is_err() {
        upload.abort().await;
    }
    stored
}

fn is_there() -> Refusal {
    Refusal::wrong_state(
        "",
        "该文件已上传，不能替换；请另行上传",
        "the file is there and cannot be replaced; announce another",
    )
}

/// What came.
struct Received {
    media_type: &'static str,
    size: i64,
    sha256: Vec<u8>,
}

/// Takes the content, part by part.
async fn take(
    platform: &Platform,
    row: &evidence::Model,
    content: impl Stream<Item = Result<Bytes, ()>>,
    upload: &mut Upload,
) -> Result<Received, Refusal> {
    let announced = row.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    // The limit may be another than when the file was announced.
    let most = announced.min(platform.settings().evidence_bytes);
    let mut content = std::pin::pin!(content);
    let (mut size, mut sha256) = (0_u64, Sha256::new());
    let (mut head, mut media_type) = (Vec::new(), None);
    let (mut part, mut part_size) = (Vec::new(), 0);
    while let Some(chunk) = content.next().await {
        let chunk = chunk.map_err(|()| {
            let code = UserErrorCode::Problem(ProblemCode::InvalidValue);
            Refusal::invalid(code, "", "上传中断；请重新上传", "the upload was cut off; send it again")
        })?;
        size += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        if size > most {
            let code = UserErrorCode::Problem(ProblemCode::Limit);
            return Err(Refusal::invalid(
                code,
                "",
                format!("文件超过申报或允许的 {most} 字节"),
                format!("the file has more than the {most} bytes that were announced or are allowed"),
            ));
        }
        sha256.update(&chunk);
        if media_type.is_none() {
            head.extend(chunk.iter().take(HEAD - head.len()));
            if head.len() == HEAD {
                media_type = Some(media_type_of(&head)?);
            }
        }
        part_size += chunk.len();
        part.push(chunk);
        if part_size >= PART {
            upload.put(std::mem::take(&mut part)).await?;
            part_size = 0;
        }
    }
    if size != announced {
        let code = UserErrorCode::Problem(ProblemCode::InvalidValue);
        return Err(Refusal::invalid(
            code,
            "",
            format!("文件有 {size} 字节，与申报的 {announced} 字节不符；可能上传不完整"),
            format!("the file has {size} bytes, not the {announced} that were announced; it may have been cut off"),
        ));
    }
    let media_type = match media_type {
        Some(media_type) => media_type,
        None => media_type_of(&head)?,
    };
    upload.put(part).await?;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    Ok(Received { media_type, size, sha256: sha256.finalize().to_vec() })
}

/// What a file is, by its first bytes.
fn media_type_of(head: &[u8]) -> Result<&'static str, Refusal> {
    let kind = infer::get(head).map(|kind| kind.mime_type()).unwrap_or_default();
    // A viewer takes for a PDF also what begins with something else: a page or a program may be in front.
    let is_accepted = match kind {
        "application/pdf" => head.starts_with(b"%PDF-"),
        "image/png" | "image/jpeg" => true,
        _ => false,
    };
    if is_accepted {
        return Ok(kind);
    }
    Err(Refusal::invalid(
        UserErrorCode::Problem(ProblemCode::UnknownValue),
        "",
        "只接受 PDF、PNG 或 JPEG 文件，以内容为准，与文件名无关",
        "only PDF, PNG and JPEG files are taken; the content counts, not the name",
    ))
}

/// Says in the database that the file is there, and puts it there. The row is locked meanwhile: of two that upload the same file
/// one is first, and the other is refused.
async fn keep(
    platform: &Platform,
    row: evidence::Model,
    received: Received,
    upload: &mut Upload,
) -> Result<Stored, Refusal> {
    let id = EvidenceId(row.id);
    let account = AccountId(row.uploaded_by);
    // What was allowed when the file was announced has to be allowed still. What counts is what the account is to the profile.
    let session = SessionId(uuid::Uuid::nil());
    let actor = Actor::SignedIn(SignedIn { account, session, role: GlobalRole::None, second_factor: false });
    let profile = ProfileId(row.profile_id);
    let purpose = Purpose::from(row.purpose);
    let transaction = platform.write().await?;
    let Received { media_type, size, sha256 } = received;
    let changed = evidence::Entity::update_many()
        .col_expr(evidence::Column::State, Expr::value(evidence::State::Stored))
        .col_expr(evidence::Column::MediaType, Expr::value(media_type))
        .col_expr(evidence::Column::Size, Expr::value(size))
        .col_expr(evidence::Column::Sha256, Expr::value(sha256.clone()))
        .filter(evidence::Column::Id.eq(row.id))
        .filter(evidence::Column::State.eq(evidence::State::Staged))
        .exec(&transaction)
        .await?;
    if changed.rows_affected == 0 {
        return Err(is_there());
    }
    profiles::find(&transaction, &actor, profile, purpose.action()).await?;
    upload.complete().await?;
    let hash = audit::hexadecimal(&sha256);
    let details = json!({ "evidence": id, "sha256": hash, "size": size, "mediaType": media_type });
    let entry = Entry::new(&actor, audit::Action::EvidenceStored).of_profile(profile).with(details);
    audit::append(&transaction, entry).await?;
    transaction.commit().await.map_err(Error::from)?;
    let state = evidence::State::Stored;
    let (media_type, size, sha256) = (Some(media_type.to_owned()), Some(size), Some(sha256));
    Stored::of(evidence::Model { state, media_type, size, sha256, ..row }).ok_or(Refusal::NotFound)
}

/// An upload under way. What is not completed is taken back, also when whoever sends it goes away.
struct Upload {
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    async fn put(&mut self, part: Vec<Bytes>) -> Result<(), Error> {
        if let Some(upload) = self.upload.as_mut().filter(|_| !part.is_empty()) {
            upload.put_part(part.into_iter().collect::<PutPayload>()).await?;
        }
        Ok(())
    }

    async fn complete(&mut self) -> Result<(), Error> {
        if let Some(upload) = self.upload.as_mut() {
            upload.complete().await?;
        }
        self.upload = None;
        Ok(())
    }

    async fn abort(&mut self) {
        if let Some(mut upload) = self.upload.take()
            && let Err(error) = upload.abort().await
        {
            tracing::warn!(error = %Error::from(error).message().en, "an upload that failed could not be taken back");
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { Self { upload: Some(upload) }.abort().await });
        }
    }
}

/// A file that the actor may read: as its uploader, as a moderator, or, if it is for a fact, as an owner of the profile.
///
/// # Errors
/// `NotFound` also for one that the actor may not know of; `Unauthenticated`, `SecondFactorRequired`; whatever the database says.
pub async fn find(platform: &Platform, actor: &Actor, id: EvidenceId) -> Result<Stored, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    let connection = platform.database().connection();
    let row = evidence::Entity::find_by_id(id.0).one(connection).await?.ok_or(Refusal::NotFound)?;
    let Some(file) = Stored::of(row) else { return Err(Refusal::NotFound) };
    if actor.account() == Some(file.uploaded_by) {
        return Ok(file);
    }
    let role = match actor.account() {
        Some(account) if file.purpose == Purpose::Fact => membership::Entity::find_by_id((file.profile.0, account.0))
            .one(connection)
            .await?
            .map(|row| row.role.into()),
        _ => None,
    };
    match policy::authorize(Action::ReadEvidence, actor, role) {
        Ok(()) => Ok(file),
        Err(Refusal::Forbidden(_)) => Err(Refusal::NotFound),
        Err(refusal) => Err(refusal),
    }
}

/// The files for facts of a profile, the newest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn of_profile(platform: &Platform, actor: &Actor, profile: ProfileId) -> Result<Vec<Stored>, Refusal> {
    let connection = platform.database().connection();
    profiles::find(connection, actor, profile, Action::ReadEvidence).await?;
    let rows = evidence::Entity::find()
        .filter(evidence::Column::ProfileId.eq(profile.0))
        .filter(evidence::Column::Purpose.eq(evidence::Purpose::Fact))
        .filter(evidence::Column::State.eq(evidence::State::Stored))
        .order_by_desc(evidence::Column::Id)
        .all(connection)
        .await?;
    Ok(rows.into_iter().filter_map(Stored::of).collect())
}

/// A file and its content, for whom [`find`] finds it. To be given out as a download only, never shown in a page.
///
/// # Errors
/// Those of [`find`], or whatever the store says.
pub async fn read(
    platform: &Platform,
    actor: &Actor,
    id: EvidenceId,
) -> Result<(Stored, BoxStream<'static, Result<Bytes, Error>>), Refusal> {
    let file = find(platform, actor, id).await?;
    let content = platform.evidence().store.get(&place(id)).await.map_err(Error::from)?;
    Ok((file, content.into_stream().map_err(Error::from).boxed()))
}

/// Removes files that were announced and never came, a day after their time was over.
pub(crate) async fn sweep(platform: &Platform) -> Result<(), Refusal> {
    let connection = platform.database().connection();
    let due = evidence::Entity::find()
        .select_only()
        .column(evidence::Column::Id)
        .filter(evidence::Column::State.eq(evidence::State::Staged))
        .filter(evidence::Column::ExpiresAt.lt(clock::now() - SWEEP_AFTER))
        .limit(SWEEP_BATCH)
        .into_tuple::<uuid::Uuid>()
        .all(connection)
        .await?;
    for id in due {
        // One that ended between the store and the database has left its content.
        match platform.evidence().store.delete(&place(EvidenceId(id))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(Error::from(error).into()),
        }
        evidence::Entity::delete_many()
            .filter(evidence::Column::Id.eq(id))
            .filter(evidence::Column::State.eq(evidence::State::Staged))
            .exec(connection)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_folder_or_a_bucket() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("new").join("evidence");
        EvidenceStore::open(folder.to_str().expect("UTF-8")).expect("a folder");
        assert!(folder.is_dir());
        let bucket = EvidenceStore::open("s3://lianhe/some/prefix").expect("a bucket");
        assert_eq!(format!("{bucket:?}"), "EvidenceStore(\"s3://lianhe/some/prefix\")");
        assert_eq!(bucket.store.to_string(), "PrefixObjectStore(some/prefix)");
        EvidenceStore::open("s3://lianhe").expect("a bucket");
        for address in ["s3://lianhe/a//b", "s3://"] {
            let error = EvidenceStore::open(address).expect_err(address);
            assert!(matches!(error, Error::Evidence(_)), "{error:?}");
        }
        let file = place.path().join("file");
        std::fs::write(&file, "").expect("written");
        let error = EvidenceStore::open(file.to_str().expect("UTF-8")).expect_err("no folder");
        assert!(matches!(error, Error::File { .. }), "{error:?}");
    }

    #[test]
    fn what_the_store_says_is_told() {
        let full = object_store::Error::Generic {
            store: "LocalFileSystem",
            source: std::io::Error::other("No space left on device (os error 28)").into(),
        };
        assert!(matches!(Error::from(full), Error::DiskFull(_)));
        let missing = object_store::Error::NotFound { path: "evidence/1".to_owned(), source: "gone".into() };
        let message = Error::from(missing).message();
        assert!(message.en.contains("gone") && message.zh.contains("gone"), "{message:?}");
    }
}
