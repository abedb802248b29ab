//! Files of evidence: announced, uploaded, read and refused, on both databases, in a folder.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "support/database.rs"]
mod database;
#[path = "support/directory.rs"]
mod directory;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use database::{Place, on_both};
use eligibility::problem::ProblemCode;
use entity::{account, audit_record, evidence as files, membership, profile as profiles, revision};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use profile::ProfileId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::evidence::{self, Purpose, Stored};
use service::{
    AccountId, Actor, EvidenceId, GlobalRole, Platform, Refusal, SessionId, Settings, SignedIn, UserErrorCode,
};
use uuid::Uuid;

on_both!(
    a_file_is_announced_uploaded_and_read,
    a_file_comes_in_parts,
    only_documents_are_taken_whatever_they_are_called,
    what_is_not_what_was_announced_leaves_nothing,
    an_upload_whose_sender_goes_away_leaves_nothing,
    a_file_that_is_there_is_not_replaced,
    of_two_uploads_at_once_one_is_taken,
    who_may_announce_a_file,
    who_may_read_a_file,
    what_cannot_be_announced,
    whoever_no_longer_may_cannot_upload,
    an_announcement_ends_and_is_swept,
);

/// An institution with members, others, and the folder of the files.
struct World {
    platform: Platform,
    profile: ProfileId,
    owner: Actor,
    editor: Actor,
    viewer: Actor,
    outsider: Actor,
    moderator: Actor,
    folder: PathBuf,
}

impl World {
    async fn new(place: &Place) -> Self {
        let directory = directory::open(place.address(), &place.path("index")).await;
        let settings = Settings::below(place.path("data"));
        let folder = PathBuf::from(&settings.evidence);
        let platform = Platform::open(Arc::new(directory), settings).await.expect("a platform");
        let connection = platform.database().connection();
        let profile = ProfileId(Uuid::now_v7());
        let row = profiles::ActiveModel {
            id: Set(profile.0),
            status: Set(profiles::Status::Published),
            published_revision: Set(Some(1)),
            change: Set(1),
            created_at: Set(1),
            changed_at: Set(1),
            latest_revision: Set(1),
            confirmed_at: Set(None),
            reminded_at: Set(None),
        };
        profiles::Entity::insert(row).exec_without_returning(connection).await.expect("a profile");
        let content = serde_json::to_string(&profile::Profile::default()).expect("JSON");
        let row = revision::ActiveModel {
            profile_id: Set(profile.0),
            number: Set(1),
            content: Set(content),
            created_at: Set(1),
            author: Set(None),
        };
        revision::Entity::insert(row).exec_without_returning(connection).await.expect("a revision");
        let owner = member(&platform, profile, Some(membership::Role::Owner)).await;
        let editor = member(&platform, profile, Some(membership::Role::Editor)).await;
        let viewer = member(&platform, profile, Some(membership::Role::Viewer)).await;
        let outsider = member(&platform, profile, None).await;
        let moderator = with_role(member(&platform, profile, None).await, GlobalRole::Moderator, true);
        Self { platform, profile, owner, editor, viewer, outsider, moderator, folder }
    }

    async fn stage(&self, name: &str, size: usize) -> EvidenceId {
        let size = u64::try_from(size).expect("a size");
        let staged = evidence::stage(&self.platform, &self.editor, self.profile, Purpose::Fact, name, size).await;
        staged.expect("announced").evidence
    }

    async fn send(&self, id: EvidenceId, chunks: Vec<Vec<u8>>) -> Result<Stored, Refusal> {
        let chunks = chunks.into_iter().map(|chunk| Ok(chunk.into()));
        evidence::receive(&self.platform, id, stream::iter(chunks)).await
    }

    async fn row(&self, id: EvidenceId) -> Option<files::Model> {
        files::Entity::find_by_id(id.0).one(self.platform.database().connection()).await.expect("read")
    }

    async fn rows(&self) -> u64 {
        files::Entity::find().count(self.platform.database().connection()).await.expect("rows")
    }

    /// Everything in the folder, files that are not finished included.
    fn stored(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.join("evidence"));
        let names = entries.into_iter().flatten().map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }

    /// Nothing has changed: the file can still be uploaded, and nothing of it is there or told.
    async fn assert_nothing_of(&self, id: EvidenceId) {
        let row = self.row(id).await.expect("the announcement");
        assert_eq!((row.state, row.media_type, row.sha256), (files::State::Staged, None, None));
        assert_eq!(self.stored(), Vec::<String>::new());
        let connection = self.platform.database().connection();
        assert_eq!(audit_record::Entity::find().count(connection).await.expect("rows"), 0);
        assert!(matches!(evidence::find(&self.platform, &self.editor, id).await, Err(Refusal::NotFound)));
    }
}

/// An account, and what it is to the profile.
async fn member(platform: &Platform, profile: ProfileId, role: Option<membership::Role>) -> Actor {
    let connection = platform.database().connection();
    let id = Uuid::now_v7();
    let row = account::ActiveModel {
        id: Set(id),
        email: Set(Some(format!("{id}@example.org"))),
        email_verified_at: Set(Some(1)),
        password_hash: Set(String::new()),
        name: Set("Somebody".to_owned()),
        lang: Set(account::Lang::En),
        role: Set(account::Role::None),
        mail: Set(account::Mail::Off),
        created_at: Set(1),
        ..Default::default()
    };
    account::Entity::insert(row).exec_without_returning(connection).await.expect("an account");
    if let Some(role) = role {
        let row = membership::ActiveModel {
            profile_id: Set(profile.0),
            account_id: Set(id),
            role: Set(role),
            created_at: Set(1),
        };
        membership::Entity::insert(row).exec_without_returning(connection).await.expect("a member");
    }
    let (account, session) = (AccountId(id), SessionId(Uuid::now_v7()));
    Actor::SignedIn(SignedIn { account, session, role: GlobalRole::None, second_factor: false })
}

fn with_role(actor: Actor, role: GlobalRole, second_factor: bool) -> Actor {
    match actor {
        Actor::SignedIn(signed_in) => Actor::SignedIn(SignedIn { role, second_factor, ..signed_in }),
        other => other,
    }
}

/// A document that begins as PDFs do.
fn pdf(size: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend((bytes.len()..size).map(|place| u8::try_from(place % 251).expect("small")));
    bytes.truncate(size);
    bytes
}

/// Waits for something that is about to happen.
async fn until(happened: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !happened() {
        assert!(Instant::now() < end, "it does not happen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What has to be mended.
fn code<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> (UserErrorCode, String) {
    match outcome {
        Err(Refusal::Invalid(errors)) if errors.len() == 1 => {
            let error = errors.into_iter().next().expect("one");
            assert!(!error.message.zh.is_empty() && !error.message.en.is_empty());
            (error.code, error.field)
        }
        other => panic!("{other:?}"),
    }
}

fn problem(code: ProblemCode, field: &str) -> (UserErrorCode, String) {
    (UserErrorCode::Problem(code), field.to_owned())
}

async fn content(platform: &Platform, actor: &Actor, id: EvidenceId) -> Vec<u8> {
    let (_, content) = evidence::read(platform, actor, id).await.expect("a file");
    content.map_ok(|chunk| chunk.to_vec()).try_concat().await.expect("its content")
}

async fn a_file_is_announced_uploaded_and_read(place: Place) {
    let world = World::new(&place).await;
    let bytes = b"%PDF-1.4\nlicence\n".to_vec();
    let id = world.stage("C:\\Users\\me\\../事业单位法人证书\u{202e}.pdf", bytes.len()).await;
    assert_eq!(world.stored(), Vec::<String>::new());
    let stored = world.send(id, vec![bytes[..3].to_vec(), bytes[3..].to_vec()]).await.expect("stored");
    let Actor::SignedIn(SignedIn { account, .. }) = world.editor else { panic!("signed in") };
    assert_eq!((stored.id, stored.profile, stored.uploaded_by), (id, world.profile, account));
    assert_eq!((stored.purpose, stored.name.as_str(), stored.size), (Purpose::Fact, "事业单位法人证书.pdf", 17));
    assert_eq!(stored.media_type, "application/pdf");
    assert_eq!(stored.sha256, "1ba23231407febc154ac80b96dc8721a8ecc2c6f350875f6e4aeb128e191588f");
    // Under its id and as it came.
    assert_eq!(world.stored(), [id.to_string()]);
    assert_eq!(std::fs::read(world.folder.join("evidence").join(id.to_string())).expect("the file"), bytes);
    assert_eq!(content(&world.platform, &world.owner, id).await, bytes);
    assert_eq!(evidence::find(&world.platform, &world.owner, id).await.expect("found"), stored);
    let listed = evidence::of_profile(&world.platform, &world.owner, world.profile).await.expect("listed");
    assert_eq!(listed, std::slice::from_ref(&stored));
    // The history tells of it, but not what it is called.
    let connection = world.platform.database().connection();
    let records = audit_record::Entity::find().all(connection).await.expect("rows");
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((record.action.as_str(), record.actor), ("EVIDENCE_STORED", Some(account.0)));
    assert_eq!(record.profile_id, Some(world.profile.0));
    assert!(record.details.contains(&stored.sha256) && !record.details.contains("证书"), "{}", record.details);
}

async fn a_file_comes_in_parts(place: Place) {
    let world = World::new(&place).await;
    let bytes = pdf(12 * 1024 * 1024 + 7);
    let id = world.stage("large.pdf", bytes.len()).await;
    let chunks = bytes.chunks(60_000).map(<[u8]>::to_vec).collect();
    let stored = world.send(id, chunks).await.expect("stored");
    assert_eq!(stored.size, 12_582_919);
    assert_eq!(stored.sha256, "1b11f65772860edfabe3eec90449187aa720f2a40c69183f8ebe5bbfbeb856e4");
    assert_eq!(content(&world.platform, &world.editor, id).await, bytes);
}

async fn only_documents_are_taken_whatever_they_are_called(place: Place) {
    let world = World::new(&place).await;
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let mut page = b"<html><script>alert(1)</script>%PDF-1.7\n".to_vec();
    page.resize(9_000, b' ');
    let refused: Vec<(&str, Vec<u8>)> = vec![
        ("zip", b"PK\x03\x04\x14\0\0\0\x08\0bomb".to_vec()),
        ("docx", b"PK\x03\x04\x14\0\x06\0[Content_Types].xml word/document.xml".to_vec()),
        ("html", b"<!DOCTYPE html><html><body></body></html>".to_vec()),
        ("html that is a PDF to some", page),
        ("svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>".to_vec()),
        ("exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff".to_vec()),
        ("elf", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0".repeat(10)),
        ("gif", b"GIF89a\x01\0\x01\0".to_vec()),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0".to_vec()),
        ("tar", tar),
        ("shell", b"#!/bin/sh\nrm -rf /\n".to_vec()),
        ("text", b"This is a PDF.".to_vec()),
        ("almost a PDF", b" %PDF-1.7\n".to_vec()),
        ("one byte", b"%".to_vec()),
    ];
    for (kind, bytes) in refused {
        let id = world.stage("licence.pdf", bytes.len()).await;
        let outcome = world.send(id, bytes.chunks(7).map(<[u8]>::to_vec).collect()).await;
        assert_eq!(code(outcome), problem(ProblemCode::UnknownValue, ""), "{kind}");
        world.assert_nothing_of(id).await;
    }
    let accepted: [(&str, &[u8]); 3] = [
        ("application/pdf", b"%PDF-2.0\n"),
        ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
    ];
    for (media_type, bytes) in accepted {
        let id = world.stage("page.html", bytes.len()).await;
        let stored = world.send(id, vec![bytes.to_vec()]).await.expect("stored");
        assert_eq!((stored.media_type.as_str(), stored.name.as_str()), (media_type, "page.html"));
    }
}

async fn what_is_not_what_was_announced_leaves_nothing(place: Place) {
    let world = World::new(&place).await;
    let bytes = pdf(6 * 1024 * 1024);
    let id = world.stage("licence.pdf", bytes.len()).await;
    // Cut off, in the second part.
    let cut = bytes.chunks(1_000_000).map(|chunk| Ok(chunk.to_vec().into())).take(6).chain([Err(())]);
    let outcome = evidence::receive(&world.platform, id, stream::iter(cut)).await;
    assert_eq!(code(outcome), problem(ProblemCode::InvalidValue, ""));
    world.assert_nothing_of(id).await;
    // Ended too early.
    for kept in [0, 1, bytes.len() - 1] {
        let outcome = world.send(id, vec![bytes[..kept].to_vec()]).await;
        assert_eq!(code(outcome), problem(ProblemCode::InvalidValue, ""), "{kept}");
        world.assert_nothing_of(id).await;
    }
    // Too large: what comes after the announced bytes is not even asked for.
    let endless = stream::repeat_with(|| Ok(vec![b'%'; 1_000_000].into())).take(1_000).inspect({
        let mut left = 8;
        move |_| {
            left -= 1;
            assert!(left > 0, "it stops reading");
        }
    });
    let outcome = evidence::receive(&world.platform, id, stream::iter([Ok(pdf(5_000).into())]).chain(endless)).await;
    assert_eq!(code(outcome), problem(ProblemCode::Limit, ""));
    world.assert_nothing_of(id).await;
    // And the right one is taken after all.
    let stored = world.send(id, vec![bytes.clone()]).await.expect("stored");
    assert_eq!(stored.size, 6 * 1024 * 1024);
    assert_eq!(content(&world.platform, &world.editor, id).await, bytes);
}

async fn an_upload_whose_sender_goes_away_leaves_nothing(place: Place) {
    let world = World::new(&place).await;
    let bytes = pdf(6 * 1024 * 1024);
    let id = world.stage("licence.pdf", bytes.len()).await;
    let sent = stream::iter([Ok(bytes[..bytes.len() - 1].to_vec().into())]).chain(stream::pending());
    tokio::select! {
        outcome = evidence::receive(&world.platform, id, sent) => panic!("it waits for the last byte: {outcome:?}"),
        () = until(|| world.stored().len() == 1) => {}
    }
    // It is taken back in the background.
    until(|| world.stored().is_empty()).await;
    world.assert_nothing_of(id).await;
    world.send(id, vec![bytes]).await.expect("stored");
}

async fn a_file_that_is_there_is_not_replaced(place: Place) {
    let world = World::new(&place).await;
    let bytes = pdf(100);
    let id = world.stage("licence.pdf", bytes.len()).await;
    let stored = world.send(id, vec![bytes.clone()]).await.expect("stored");
    let mut other = bytes.clone();
    other[50] ^= 1;
    assert_eq!(code(world.send(id, vec![other]).await), (UserErrorCode::WrongState, String::new()));
    assert_eq!(content(&world.platform, &world.editor, id).await, bytes);
    assert_eq!(evidence::find(&world.platform, &world.editor, id).await.expect("found"), stored);
    assert_eq!(world.stored(), [id.to_string()]);
}

async fn of_two_uploads_at_once_one_is_taken(place: Place) {
    let world = World::new(&place).await;
    let ours = pdf(5_000);
    let mut theirs = ours.clone();
    theirs[4_999] ^= 1;
    for _ in 0..10 {
        let id = world.stage("licence.pdf", ours.len()).await;
        let send = |bytes: &[u8]| world.send(id, bytes.chunks(500).map(<[u8]>::to_vec).collect());
        let outcomes = tokio::join!(send(&ours), send(&theirs));
        let (taken, stored, refused) = match outcomes {
            (Ok(stored), refused) => (&ours, stored, refused),
            (refused, Ok(stored)) => (&theirs, stored, refused),
            neither => panic!("{neither:?}"),
        };
        assert_eq!(code(refused), (UserErrorCode::WrongState, String::new()));
        assert_eq!(&content(&world.platform, &world.editor, id).await, taken);
        let row = world.row(id).await.expect("the file");
        let hash: String = row.sha256.expect("a hash").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, stored.sha256);
    }
    assert_eq!(world.stored().len(), 10, "nothing unfinished is left");
}

async fn who_may_announce_a_file(place: Place) {
    let world = World::new(&place).await;
    let nobody = ProfileId(Uuid::now_v7());
    let actors =
        [Actor::Anonymous, world.outsider, world.viewer, world.editor, world.owner, world.moderator, Actor::System];
    for (purpose, may) in [
        (Purpose::Fact, [false, false, false, true, true, false, false]),
        (Purpose::Claim, [false, true, true, true, true, true, false]),
        (Purpose::Appeal, [false, false, false, false, true, false, false]),
    ] {
        for (actor, may) in actors.iter().zip(may) {
            let before = world.rows().await;
            let outcome = evidence::stage(&world.platform, actor, world.profile, purpose, "a.pdf", 10).await;
            assert_eq!(outcome.is_ok(), may, "{purpose:?} {actor:?} {outcome:?}");
            assert_eq!(world.rows().await - before, u64::from(may), "{purpose:?} {actor:?}");
            let unknown = evidence::stage(&world.platform, actor, nobody, purpose, "a.pdf", 10).await;
            // Whoever has not signed in is told no more than that.
            let is_hidden = match actor {
                Actor::Anonymous => matches!(unknown, Err(Refusal::Unauthenticated)),
                _ => matches!(unknown, Err(Refusal::NotFound)),
            };
            assert!(is_hidden, "{purpose:?} {actor:?} {unknown:?}");
        }
    }
    // A profile that is not listed is not there for others.
    profiles::Entity::update_many()
        .col_expr(profiles::Column::Status, Expr::value(profiles::Status::Draft))
        .col_expr(profiles::Column::PublishedRevision, Expr::value(None::<i32>))
        .exec(world.platform.database().connection())
        .await
        .expect("changed");
    let before = world.rows().await;
    let outcome = evidence::stage(&world.platform, &world.outsider, world.profile, Purpose::Claim, "a.pdf", 10).await;
    assert!(matches!(outcome, Err(Refusal::NotFound)), "{outcome:?}");
    assert_eq!(world.rows().await, before);
}

async fn who_may_read_a_file(place: Place) {
    let world = World::new(&place).await;
    let bytes = pdf(64);
    let unsure = with_role(world.outsider, GlobalRole::Moderator, false);
    for purpose in [Purpose::Fact, Purpose::Claim] {
        let uploader = match purpose {
            Purpose::Fact => world.editor,
            _ => world.viewer,
        };
        let staged = evidence::stage(&world.platform, &uploader, world.profile, purpose, "a.pdf", 64).await;
        let id = staged.expect("announced").evidence;
        // Nobody reads what is not there yet.
        for actor in [uploader, world.owner, world.moderator] {
            assert!(matches!(evidence::find(&world.platform, &actor, id).await, Err(Refusal::NotFound)));
        }
        world.send(id, vec![bytes.clone()]).await.expect("stored");
        for actor in [uploader, world.moderator, Actor::System] {
            assert_eq!(content(&world.platform, &actor, id).await, bytes, "{actor:?}");
        }
        let (members, others) = match purpose {
            Purpose::Fact => (vec![world.owner], vec![world.viewer, world.outsider]),
            _ => (vec![], vec![world.owner, world.editor, world.outsider]),
        };
        for actor in members {
            assert_eq!(content(&world.platform, &actor, id).await, bytes, "{actor:?}");
        }
        for actor in others {
            let outcome = evidence::read(&world.platform, &actor, id).await.map(|(file, _)| file);
            assert!(matches!(outcome, Err(Refusal::NotFound)), "{purpose:?} {actor:?} {outcome:?}");
        }
        let outcome = evidence::find(&world.platform, &unsure, id).await;
        assert!(matches!(outcome, Err(Refusal::SecondFactorRequired)), "{outcome:?}");
        // Whoever is not signed in learns nothing at all.
        for id in [id, EvidenceId(Uuid::now_v7())] {
            let outcome = evidence::find(&world.platform, &Actor::Anonymous, id).await;
            assert!(matches!(outcome, Err(Refusal::Unauthenticated)), "{outcome:?}");
        }
    }
    let unknown = evidence::find(&world.platform, &world.outsider, EvidenceId(Uuid::now_v7())).await;
    assert!(matches!(unknown, Err(Refusal::NotFound)));
    // The list is of facts only, and for owners and moderators.
    let list = async |actor: &Actor| evidence::of_profile(&world.platform, actor, world.profile).await;
    for actor in [world.owner, world.moderator] {
        let listed = list(&actor).await.expect("listed");
        assert_eq!(listed.iter().map(|file| file.purpose).collect::<Vec<_>>(), [Purpose::Fact]);
    }
    for actor in [world.editor, world.viewer, world.outsider] {
        assert!(matches!(list(&actor).await, Err(Refusal::Forbidden(_))));
    }
    assert!(matches!(list(&Actor::Anonymous).await, Err(Refusal::Unauthenticated)));
}

async fn what_cannot_be_announced(place: Place) {
    let world = World::new(&place).await;
    let stage = async |name: &str, size: u64| {
        evidence::stage(&world.platform, &world.editor, world.profile, Purpose::Fact, name, size).await
    };
    for name in ["", " ", ".", "..", "a/..", "dir/", "C:\\", "\u{0}\n", "\u{202e}", ". ."] {
        assert_eq!(code(stage(name, 10).await), problem(ProblemCode::Missing, "name"), "{name:?}");
    }
    let most = 20 * 1024 * 1024;
    for size in [0, most + 1, u64::MAX] {
        assert_eq!(code(stage("a.pdf", size).await), problem(ProblemCode::Limit, "size"), "{size}");
    }
    assert_eq!(world.rows().await, 0);
    for (name, kept) in [
        ("../../etc/passwd", "passwd"),
        ("/a/b\\c.pdf", "c.pdf"),
        (" a\r\nb\u{7}.pdf ", "ab.pdf"),
        ("con\u{0}fig.pdf", "config.pdf"),
        (&"字".repeat(300), &"字".repeat(255)),
        ("..pdf", "..pdf"),
    ] {
        let staged = stage(name, most).await.expect("announced");
        assert_eq!(world.row(staged.evidence).await.expect("the row").name, kept);
    }
    // Enough for a day.
    for _ in 6..100 {
        stage("a.pdf", 10).await.expect("announced");
    }
    assert_eq!(code(stage("a.pdf", 10).await), problem(ProblemCode::Limit, ""));
    assert_eq!(world.rows().await, 100);
    // For this account.
    evidence::stage(&world.platform, &world.owner, world.profile, Purpose::Fact, "a.pdf", 10).await.expect("announced");
}

async fn whoever_no_longer_may_cannot_upload(place: Place) {
    let world = World::new(&place).await;
    let bytes = pdf(64);
    let id = world.stage("licence.pdf", bytes.len()).await;
    let role = |role: membership::Role| {
        membership::Entity::update_many()
            .col_expr(membership::Column::Role, Expr::value(role))
            .filter(membership::Column::Role.ne(membership::Role::Owner))
            .exec(world.platform.database().connection())
    };
    role(membership::Role::Viewer).await.expect("changed");
    let outcome = world.send(id, vec![bytes.clone()]).await;
    assert!(matches!(outcome, Err(Refusal::Forbidden(_))), "{outcome:?}");
    role(membership::Role::Editor).await.expect("changed");
    world.assert_nothing_of(id).await;
    world.send(id, vec![bytes]).await.expect("stored");
}

async fn an_announcement_ends_and_is_swept(place: Place) {
    let world = World::new(&place).await;
    let bytes = pdf(64);
    let (late, old, done) =
        (world.stage("a.pdf", 64).await, world.stage("b.pdf", 64).await, world.stage("c.pdf", 64).await);
    let fresh = world.stage("d.pdf", 64).await;
    world.send(done, vec![bytes.clone()]).await.expect("stored");
    let expires_at = world.row(late).await.expect("the row").expires_at;
    assert_eq!(expires_at - world.row(late).await.expect("the row").created_at, 15 * 60 * 1_000);
    const DAY: i64 = 86_400_000;
    for (id, earlier) in [(late, DAY / 2), (old, 2 * DAY), (done, 2 * DAY)] {
        files::Entity::update_many()
            .col_expr(files::Column::ExpiresAt, Expr::value(expires_at - earlier))
            .filter(files::Column::Id.eq(id.0))
            .exec(world.platform.database().connection())
            .await
            .expect("changed");
    }
    for id in [late, old, EvidenceId(Uuid::now_v7())] {
        let outcome = world.send(id, vec![bytes.clone()]).await;
        assert_eq!(code(outcome), (UserErrorCode::InvalidToken, String::new()));
    }
    assert_eq!(world.stored(), [done.to_string()]);
    // As a crash between the store and the database leaves it.
    std::fs::write(world.folder.join("evidence").join(old.to_string()), &bytes).expect("written");
    world.platform.keep_up().await.expect("swept");
    assert!(world.row(old).await.is_none());
    for id in [late, done, fresh] {
        assert!(world.row(id).await.is_some());
    }
    assert_eq!(world.stored(), [done.to_string()]);
    assert_eq!(content(&world.platform, &world.editor, done).await, bytes);
}
