//! The directory over SQLite and over PostgreSQL: what an import does, the feed, and the index that follows it.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "support/database.rs"]
mod database;
#[path = "support/directory.rs"]
mod opening;
#[path = "support/records.rs"]
mod records;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use database::{Place, on_both};
use eligibility::Lang;
use entity::profile::Status;
use entity::{directory as head, identifier, profile as profiles, revision, source_record};
use opening::open;
use profile::{Assurance, Attested, Identifier, Profile, ProfileId, Scheme, Stated};
use records::{lines, record, ror_id};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, TransactionTrait,
};
use search::Request;
use serde_json::{Value, json};
use service::{CaughtUp, Change, Directory, Error, ImportReport, registry};
use uuid::Uuid;

on_both!(
    well_known_institutions_are_imported_and_found,
    a_second_import_changes_nothing,
    a_changed_row_is_a_new_revision_at_the_end_of_the_feed,
    what_the_owner_declared_outlives_a_release,
    an_institution_that_ends_is_taken_off_the_list_and_comes_back,
    inactive_records_are_never_listed,
    an_older_version_of_a_record_is_not_used,
    a_record_of_a_known_institution_joins_it,
    an_identifier_that_moves_is_never_held_twice,
    a_record_that_is_twice_in_a_file_is_told,
    pages_of_the_feed_add_up_to_the_whole,
    a_reader_of_the_feed_misses_nothing_while_others_write,
    of_two_imports_at_once_one_is_told_to_wait,
    an_index_far_behind_catches_up,
    an_index_whose_folder_went_is_built_again,
    an_index_of_another_database_is_not_used,
    a_damaged_index_is_built_again,
    an_index_ahead_of_its_database_is_built_again,
    a_new_index_gives_the_same_answers,
    two_nodes_see_each_others_changes,
    a_writer_elsewhere_breaks_nothing,
);

const HEADER: &str = "key,name_en,name_zh,country,ror,credit_code,offers";

// --- helpers

async fn node(place: &Place) -> Directory {
    open(place.address(), &place.path("index")).await
}

async fn import_csv(directory: &Directory, source: &str, text: &str) -> ImportReport {
    let records = registry::csv_text(text, directory.library(), directory.taxonomy());
    directory.import(source, records, |_| {}).await.expect("an import")
}

async fn import_ror(directory: &Directory, records: &[Value]) -> ImportReport {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), lines(records)).expect("written");
    let records = registry::ror(file.path(), directory.library(), directory.taxonomy()).expect("records");
    directory.import("ror", records, |_| {}).await.expect("an import")
}

/// Institutions with a number and a name made of it.
fn many(numbers: std::ops::Range<u64>) -> Vec<Value> {
    numbers.map(|number| record(number, &format!("Institute {number}"))).collect()
}

/// What a report counts, without what is 0.
fn counts(report: &ImportReport) -> String {
    let counts = [
        ("read", report.read),
        ("added", report.added),
        ("updated", report.updated),
        ("unchanged", report.unchanged),
        ("archived", report.archived),
        ("inactive", report.inactive),
        ("withdrawn", report.withdrawn),
        ("outdated", report.outdated),
        ("refused", report.refused),
        ("skipped", report.values_skipped),
    ];
    let counts = counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}"));
    counts.collect::<Vec<_>>().join(", ")
}

fn connection(directory: &Directory) -> &DatabaseConnection {
    directory.database().connection()
}

/// The number of the last change.
async fn last(directory: &Directory) -> i64 {
    head::Entity::find_by_id(1).one(connection(directory)).await.expect("read").expect("the row").change
}

async fn whole_feed(directory: &Directory) -> Vec<Change> {
    let mut changes = Vec::new();
    loop {
        let after = changes.last().map_or(0, |change: &Change| change.number);
        let page = directory.changes(after, service::CHANGES_AT_MOST).await.expect("changes");
        if page.is_empty() {
            return changes;
        }
        changes.extend(page);
    }
}

async fn revisions(directory: &Directory, id: ProfileId) -> Vec<revision::Model> {
    let of_profile = revision::Column::ProfileId.eq(id.0);
    let found = revision::Entity::find().filter(of_profile).order_by_asc(revision::Column::Number);
    found.all(connection(directory)).await.expect("revisions")
}

fn ror(number: u64) -> Identifier {
    Identifier::parse(Scheme::Ror, &ror_id(number)).expect("a ROR id")
}

fn found(directory: &Directory, number: u64) -> Option<service::Listing> {
    directory.find(&ror(number)).expect("the index is read")
}

/// The English names that a text finds, the best first.
fn names(directory: &Directory, text: &str) -> Vec<String> {
    let request = Request { text: Some(text.to_owned()), first: 100, ..Request::default() };
    let found = directory.search(&request).expect("an answer");
    found.hits.iter().map(|hit| hit.listing.profile.display_name(Lang::En).to_owned()).collect()
}

/// That the index holds exactly what is listed, each as the database has it, and finds it.
async fn assert_whole(directory: &Directory) {
    let feed = whole_feed(directory).await;
    let listed: Vec<&service::Listing> = feed.iter().filter_map(|change| change.listing.as_ref()).collect();
    let snapshot = directory.snapshot();
    assert_eq!(snapshot.len(), listed.len());
    assert_eq!(i64::try_from(snapshot.change()).expect("small"), last(directory).await);
    for change in &feed {
        assert_eq!(directory.listing(change.id).expect("read"), change.listing, "{}", change.id);
    }
    for listing in &listed {
        let id = listing.profile.identifier(Scheme::Ror).expect("a ROR id");
        let found = directory.find(id).expect("read").expect("found by its ROR id");
        assert_eq!(found, **listing);
    }
    let mut request = Request { first: 1_000, ..Request::default() };
    let mut searched = BTreeSet::new();
    loop {
        let page = directory.search(&request).expect("an answer");
        assert_eq!(page.total, listed.len());
        searched.extend(page.hits.iter().map(|hit| hit.listing.id));
        match page.hits.last() {
            Some(hit) if page.has_next => request.after = Some(hit.cursor.clone()),
            _ => break,
        }
    }
    assert_eq!(searched, listed.iter().map(|listing| listing.id).collect());
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for file in files(from) {
        fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("copied");
    }
}

// --- import

async fn well_known_institutions_are_imported_and_found(place: Place) {
    let directory = node(&place).await;
    let text = include_str!("../demo/institutions.csv");
    // None of them has a line break in a cell.
    let rows = text.lines().count() - 1;
    assert!(rows > 200, "{rows}");
    let report = import_csv(&directory, "csv", text).await;
    assert_eq!(counts(&report), format!("read {rows}, added {rows}"));
    assert_eq!(report.faults, []);
    assert_eq!(directory.snapshot().len(), rows);
    for (text, expected) in [
        ("University of Auckland", "University of Auckland"),
        ("奥克兰大学", "University of Auckland"),
        ("清华大学", "Tsinghua University"),
        ("Tsinghua", "Tsinghua University"),
    ] {
        assert_eq!(names(&directory, text).first().map(String::as_str), Some(expected), "{text}");
    }
    for (scheme, value, expected) in [
        (Scheme::Ror, "https://ror.org/03b94tp07", "奥克兰大学"),
        (Scheme::Ror, "03cve4549", "清华大学"),
        (Scheme::CreditCode, "12100000400000624D", "清华大学"),
        (Scheme::Wikidata, "Q492467", "奥克兰大学"),
    ] {
        let identifier = Identifier::parse(scheme, value).expect(value);
        let listing = directory.find(&identifier).expect("read").expect(value);
        assert_eq!(listing.profile.display_name(Lang::Zh), expected);
        assert_eq!(listing.revision, 1);
    }
    let nobody = Identifier::parse(Scheme::Ror, &ror_id(1)).expect("a ROR id");
    assert_eq!(directory.find(&nobody).expect("read"), None);
}

async fn a_second_import_changes_nothing(place: Place) {
    let directory = node(&place).await;
    let text = include_str!("../demo/institutions.csv");
    let rows = import_csv(&directory, "csv", text).await.added;
    let (head, generation) = (last(&directory).await, directory.snapshot().generation());
    let report = import_csv(&directory, "csv", text).await;
    assert_eq!(counts(&report), format!("read {rows}, unchanged {rows}"));
    assert_eq!(last(&directory).await, head);
    assert_eq!(u64::try_from(head).expect("positive"), rows);
    assert_eq!(directory.snapshot().generation(), generation);
    let revisions = revision::Entity::find().count(connection(&directory)).await.expect("rows");
    assert_eq!(revisions, rows);
}

async fn a_changed_row_is_a_new_revision_at_the_end_of_the_feed(place: Place) {
    let directory = node(&place).await;
    let rows = ["a,Alpha,阿尔法,CN,,,pumps", "b,Beta,贝塔,CN,,,valves", "c,Gamma,伽马,CN,,,pipes"];
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    assert_eq!(counts(&import_csv(&directory, "csv", &text).await), "read 3, added 3");
    let before = whole_feed(&directory).await;
    let alpha = before[0].id;
    let first = revisions(&directory, alpha).await;

    let report = import_csv(&directory, "csv", &text.replace("pumps", "reactors")).await;
    assert_eq!(counts(&report), "read 3, updated 1, unchanged 2");
    let after = whole_feed(&directory).await;
    let order = |changes: &[Change]| changes.iter().map(|change| (change.number, change.id)).collect::<Vec<_>>();
    assert_eq!(order(&after), [order(&before)[1], order(&before)[2], (4, alpha)]);
    let listing = after[2].listing.as_ref().expect("listed");
    assert_eq!((listing.revision, listing.change), (2, 4));
    let offers = listing.profile.offers.as_ref().map(|offers| offers.value.as_str());
    assert_eq!(offers, Some("reactors"));
    assert_eq!(directory.listing(alpha).expect("read").as_ref(), Some(listing));
    let now = revisions(&directory, alpha).await;
    assert_eq!(now.len(), 2);
    assert_eq!(now[..1], first);
    assert!(now[0].content.contains("pumps") && now[1].content.contains("reactors"));
}

/// Publishes a new revision of a profile, as its owner would.
async fn declare(directory: &Directory, id: ProfileId, say: impl FnOnce(&mut Profile)) {
    let transaction = connection(directory).begin().await.expect("a transaction");
    let change = Expr::col(head::Column::Change).add(1);
    head::Entity::update_many().col_expr(head::Column::Change, change).exec(&transaction).await.expect("the head");
    let number = head::Entity::find_by_id(1).one(&transaction).await.expect("read").expect("the row").change;
    let row = profiles::Entity::find_by_id(id.0).one(&transaction).await.expect("read").expect("a profile");
    let published = row.published_revision.expect("published");
    let current = revision::Entity::find_by_id((id.0, published)).one(&transaction).await.expect("read");
    let mut profile: Profile = serde_json::from_str(&current.expect("a revision").content).expect("a profile");
    say(&mut profile);
    let content = serde_json::to_string(&profile).expect("JSON");
    let next = revision::ActiveModel {
        profile_id: Set(id.0),
        number: Set(published + 1),
        content: Set(content),
        created_at: Set(1),
        author: Set(None),
    };
    next.insert(&transaction).await.expect("a revision");
    let mut row = row.into_active_model();
    row.published_revision = Set(Some(published + 1));
    row.latest_revision = Set(published + 1);
    row.change = Set(number);
    row.update(&transaction).await.expect("the profile");
    transaction.commit().await.expect("committed");
}

async fn what_the_owner_declared_outlives_a_release(place: Place) {
    let directory = node(&place).await;
    let mut release = record(7, "Seventh Institute");
    release["established"] = json!(1957);
    import_ror(&directory, std::slice::from_ref(&release)).await;
    let id = found(&directory, 7).expect("listed").id;
    declare(&directory, id, |profile| {
        profile.state("registered_on", Stated::Text("1956-03-01".to_owned()), Assurance::SelfDeclared);
        profile.offers = Some(Attested { value: "A wind tunnel".to_owned(), assurance: Assurance::SelfDeclared });
        profile.keywords.push(Attested { value: "风洞".to_owned(), assurance: Assurance::SelfDeclared });
    })
    .await;
    assert_eq!(directory.catch_up().await.expect("caught up"), CaughtUp::With(1));

    release["established"] = json!(1960);
    release["types"] = json!(["company"]);
    release["names"][0]["value"] = json!("Seventh Institute of Technology");
    release["admin"]["last_modified"]["date"] = json!("2025-01-01");
    let report = import_ror(&directory, std::slice::from_ref(&release)).await;
    assert_eq!(counts(&report), "read 1, updated 1");
    let listing = found(&directory, 7).expect("listed");
    let profile = &listing.profile;
    assert_eq!((listing.id, listing.revision), (id, 3));
    assert_eq!(profile.word("registered_on"), Some("1956-03-01"));
    assert_eq!(profile.facts["registered_on"].assurance, Assurance::SelfDeclared);
    assert_eq!(profile.display_name(Lang::En), "Seventh Institute of Technology");
    assert_eq!(profile.kind(), Some("ENTERPRISE"));
    assert_eq!(profile.facts["kind"].assurance, Assurance::Imported);
    assert_eq!(profile.offers.as_ref().map(|offers| offers.value.as_str()), Some("A wind tunnel"));
    assert_eq!(names(&directory, "风洞"), ["Seventh Institute of Technology"]);
    // A registry does not take a profile off the list that its owner keeps up.
    release["status"] = json!("inactive");
    release["admin"]["last_modified"]["date"] = json!("2025-02-01");
    let report = import_ror(&directory, std::slice::from_ref(&release)).await;
    assert_eq!(counts(&report), "read 1, unchanged 1");
    assert_eq!(found(&directory, 7), Some(listing));
}

async fn an_institution_that_ends_is_taken_off_the_list_and_comes_back(place: Place) {
    let directory = node(&place).await;
    let mut release = many(1..4);
    import_ror(&directory, &release).await;
    let id = found(&directory, 2).expect("listed").id;
    for status in ["inactive", "withdrawn"] {
        let before = last(&directory).await;
        release[1]["status"] = json!(status);
        release[1]["admin"]["last_modified"]["date"] = json!("2024-06-01");
        assert_eq!(counts(&import_ror(&directory, &release).await), "read 3, unchanged 2, archived 1");
        assert_eq!(found(&directory, 2), None);
        assert_eq!(directory.listing(id).expect("read"), None);
        assert!(!names(&directory, "Institute 2").contains(&"Institute 2".to_owned()));
        let entry = whole_feed(&directory).await.pop().expect("an entry");
        assert_eq!((entry.id, entry.number, entry.listing), (id, before + 1, None));
        let row = profiles::Entity::find_by_id(id.0).one(connection(&directory)).await.expect("read").expect("a row");
        assert_eq!((row.status, row.published_revision), (Status::Archived, Some(1)));
        assert_whole(&directory).await;
        assert_eq!(counts(&import_ror(&directory, &release).await), "read 3, unchanged 3");

        release[1]["status"] = json!("active");
        assert_eq!(counts(&import_ror(&directory, &release).await), "read 3, updated 1, unchanged 2");
        let listing = found(&directory, 2).expect("listed again");
        assert_eq!((listing.id, listing.revision, listing.change), (id, 1, before + 2));
        assert!(names(&directory, "Institute 2").contains(&"Institute 2".to_owned()));
        assert_whole(&directory).await;
    }
}

async fn inactive_records_are_never_listed(place: Place) {
    let directory = node(&place).await;
    let mut release = many(1..6);
    release[0]["status"] = json!("inactive");
    release[3]["status"] = json!("withdrawn");
    release[4]["status"] = json!("withdrawn");
    assert_eq!(counts(&import_ror(&directory, &release).await), "read 5, added 2, inactive 1, withdrawn 2");
    assert_eq!(profiles::Entity::find().count(connection(&directory)).await.expect("rows"), 2);
    assert_eq!(source_record::Entity::find().count(connection(&directory)).await.expect("rows"), 2);
    assert_whole(&directory).await;
}

async fn an_older_version_of_a_record_is_not_used(place: Place) {
    let directory = node(&place).await;
    let newer = record(5, "New Name");
    let mut older = record(5, "Old Name");
    older["admin"]["last_modified"]["date"] = json!("2024-05-05");
    import_ror(&directory, std::slice::from_ref(&newer)).await;
    let head = last(&directory).await;
    assert_eq!(counts(&import_ror(&directory, std::slice::from_ref(&older)).await), "read 1, outdated 1");
    assert_eq!(last(&directory).await, head);
    assert_eq!(found(&directory, 5).expect("listed").profile.display_name(Lang::En), "New Name");
    // Of the same day the later import holds, and so does one that names no day.
    for (name, day) in [("Same Day", json!("2024-05-06")), ("No Day", Value::Null)] {
        let mut other = record(5, name);
        other["admin"]["last_modified"]["date"] = day;
        assert_eq!(counts(&import_ror(&directory, &[other]).await), "read 1, updated 1");
        assert_eq!(found(&directory, 5).expect("listed").profile.display_name(Lang::En), name);
    }
}

async fn a_record_of_a_known_institution_joins_it(place: Place) {
    let directory = node(&place).await;
    let id = ror_id(9);
    let text = format!("{HEADER}\nx,Ninth Institute,第九研究所,CN,{id},12100000400000624D,pumps\n");
    assert_eq!(counts(&import_csv(&directory, "portal", &text).await), "read 1, added 1");
    let first = found(&directory, 9).expect("listed").id;
    let report = import_ror(&directory, &[record(8, "Eighth Institute"), record(9, "Institute Nine")]).await;
    assert_eq!(counts(&report), "read 2, added 1, updated 1");
    // A third source knows it by its credit code only.
    let text = format!("{HEADER}\nz,Ninth,,CN,,12100000400000624D,valves\n");
    import_csv(&directory, "other", &text).await;
    assert_eq!(profiles::Entity::find().count(connection(&directory)).await.expect("rows"), 2);
    let listing = found(&directory, 9).expect("listed");
    assert_eq!(listing.id, first);
    let records = source_record::Entity::find().filter(source_record::Column::ProfileId.eq(first.0));
    let mut records: Vec<(String, String)> =
        records.all(connection(&directory)).await.expect("rows").into_iter().map(|row| (row.source, row.key)).collect();
    records.sort();
    let expected = [("other", "key:z"), ("portal", "key:x"), ("ror", id.as_str())];
    assert_eq!(records, expected.map(|(source, key)| (source.to_owned(), key.to_owned())));
    // What one source says is not lost for another.
    assert_eq!(listing.profile.display_name(Lang::Zh), "第九研究所");
    assert_eq!(listing.profile.offers.as_ref().map(|offers| offers.value.as_str()), Some("pumps"));
    assert_eq!(listing.profile.city.as_ref().map(|city| city.value.as_str()), Some("Bangkok"));
    for query in ["第九研究所", "Institute Nine"] {
        assert_eq!(
            directory
                .search(&Request { text: Some(query.to_owned()), first: 1, ..Request::default() })
                .expect("an answer")
                .hits
                .first()
                .map(|hit| hit.listing.id),
            Some(first),
            "{query}"
        );
    }
    let held = identifier::Entity::find().filter(identifier::Column::ProfileId.eq(first.0));
    assert_eq!(held.count(connection(&directory)).await.expect("rows"), 2);
    assert_whole(&directory).await;
}

async fn an_identifier_that_moves_is_never_held_twice(place: Place) {
    let directory = node(&place).await;
    let (one, two) = (ror_id(1), ror_id(2));
    let table = |first: &str, second: &str| format!("{HEADER}\na,Alpha,,CN,{first},,\nb,Beta,,CN,{second},,\n");
    assert_eq!(counts(&import_csv(&directory, "csv", &table(&one, &two)).await), "read 2, added 2");
    let alpha = found(&directory, 1).expect("listed").id;
    // Both claim it: it stays with the one that has it.
    assert_eq!(counts(&import_csv(&directory, "csv", &table(&one, &one)).await), "read 2, updated 1, unchanged 1");
    let holder = |value: String| {
        let connection = connection(&directory).clone();
        async move {
            let row = identifier::Entity::find_by_id(("ROR".to_owned(), value)).one(&connection).await.expect("read");
            row.map(|row| ProfileId(row.profile_id))
        }
    };
    assert_eq!(holder(one.clone()).await, Some(alpha));
    assert_eq!(holder(two.clone()).await, None);
    assert_eq!(profiles::Entity::find().count(connection(&directory)).await.expect("rows"), 2);
    // Swapped, at the end each has its own.
    import_csv(&directory, "csv", &table(&two, &one)).await;
    assert_eq!(holder(two).await, Some(alpha));
    assert_eq!(profiles::Entity::find().count(connection(&directory)).await.expect("rows"), 2);
}

async fn a_record_that_is_twice_in_a_file_is_told(place: Place) {
    let directory = node(&place).await;
    let mut release = many(1..4);
    release.push(record(2, "Another Second"));
    release.push(record(4, "Institute 4"));
    let report = import_ror(&directory, &release).await;
    assert_eq!(counts(&report), "read 5, added 4, refused 1");
    let [fault] = report.faults.as_slice() else { panic!("{:?}", report.faults) };
    assert_eq!((fault.line, fault.part.as_deref(), fault.key.as_deref()), (4, None, Some(ror_id(2).as_str())));
    assert_eq!(fault.message.en, format!("`{}` is in this file twice; the first one is used", ror_id(2)));
    assert_eq!(fault.message.zh, format!("`{}` 在本文件中重复出现；只采用第一条", ror_id(2)));
    assert_eq!(found(&directory, 2).expect("listed").profile.display_name(Lang::En), "Institute 2");
    // Also when the two are batches apart.
    let mut release = many(1..1_200);
    release.push(record(1, "Institute 1"));
    let report = import_ror(&directory, &release).await;
    assert_eq!(counts(&report), "read 1200, added 1195, unchanged 4, refused 1");
    assert_eq!(report.faults[0].line, 1_200);
}

// --- feed

async fn pages_of_the_feed_add_up_to_the_whole(place: Place) {
    let directory = node(&place).await;
    let mut release = many(0..1_100);
    import_ror(&directory, &release).await;
    for place in [3, 500, 1_099] {
        release[place]["established"] = json!(1900);
    }
    release[20]["status"] = json!("inactive");
    assert_eq!(counts(&import_ror(&directory, &release).await), "read 1100, updated 3, unchanged 1096, archived 1");
    let whole = whole_feed(&directory).await;
    assert_eq!(whole.len(), 1_100);
    assert!(whole.is_sorted_by(|one, next| one.number < next.number));
    assert_eq!(whole.last().map(|change| change.number), Some(1_104));
    let ids: BTreeSet<ProfileId> = whole.iter().map(|change| change.id).collect();
    assert_eq!(ids.len(), 1_100, "each profile once");
    assert_eq!(whole.iter().filter(|change| change.listing.is_none()).count(), 1);
    assert_eq!(directory.changes(0, u64::MAX).await.expect("changes").len(), 1_000);
    assert_eq!(directory.changes(0, 0).await.expect("changes").len(), 0);
    assert_eq!(directory.changes(1_104, 10).await.expect("changes").len(), 0);
    for size in [1, 7, 333, 1_000] {
        let (mut after, mut numbers) = (0, Vec::new());
        // Pages of one are tried on the end only: they are many.
        if size == 1 {
            after = 1_050;
            numbers.extend(whole.iter().map(|change| change.number).take_while(|number| *number <= after));
        }
        loop {
            let page = directory.changes(after, size).await.expect("changes");
            let Some(last) = page.last() else { break };
            assert!(u64::try_from(page.len()).expect("small") <= size);
            after = last.number;
            numbers.extend(page.iter().map(|change| change.number));
        }
        assert_eq!(numbers, whole.iter().map(|change| change.number).collect::<Vec<_>>(), "{size}");
    }
}

/// Adds a profile as any writer must: the head first, then the profile, all in one transaction that takes its time.
async fn add(connection: &DatabaseConnection, pause: Duration) {
    let transaction = connection.begin().await.expect("a transaction");
    let change = Expr::col(head::Column::Change).add(1);
    head::Entity::update_many().col_expr(head::Column::Change, change).exec(&transaction).await.expect("the head");
    let number = head::Entity::find_by_id(1).one(&transaction).await.expect("read").expect("the row").change;
    tokio::time::sleep(pause).await;
    let profile = profiles::ActiveModel {
        id: Set(Uuid::now_v7()),
        status: Set(Status::Archived),
        published_revision: Set(Some(1)),
        latest_revision: Set(1),
        change: Set(number),
        created_at: Set(1),
        changed_at: Set(1),
        confirmed_at: Set(None),
        reminded_at: Set(None),
    };
    profiles::Entity::insert(profile).exec_without_returning(&transaction).await.expect("a profile");
    transaction.commit().await.expect("committed");
}

async fn a_reader_of_the_feed_misses_nothing_while_others_write(place: Place) {
    let directory = Arc::new(node(&place).await);
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (directory, done) = (Arc::clone(&directory), Arc::clone(&done));
        tokio::spawn(async move {
            let mut seen: Vec<i64> = Vec::new();
            loop {
                // Asked before it reads, so that what was written before the end is read.
                let is_last = done.load(Ordering::Acquire);
                let page = directory.changes(seen.last().copied().unwrap_or(0), 5).await.expect("changes");
                let is_empty = page.is_empty();
                seen.extend(page.iter().map(|change| change.number));
                if is_last && is_empty {
                    return seen;
                }
            }
        })
    };
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let connection = connection(&directory).clone();
        writers.spawn(async move {
            for turn in 0..15 {
                add(&connection, Duration::from_millis((writer * 3 + turn) % 7)).await;
            }
        });
    }
    for source in ["one", "two", "three"] {
        let directory = Arc::clone(&directory);
        writers.spawn(async move {
            let rows: String = (0..20).map(|row| format!("{row},{source} {row},,TH,,,\n")).collect();
            let text = format!("{HEADER}\n{rows}");
            // There is one import at a time: the others try again.
            loop {
                let records = registry::csv_text(&text, directory.library(), directory.taxonomy());
                match directory.import(source, records, |_| {}).await {
                    Ok(report) => break assert_eq!(counts(&report), "read 20, added 20"),
                    Err(Error::ImportRunning) => tokio::time::sleep(Duration::from_millis(5)).await,
                    Err(error) => panic!("{error:?}"),
                }
            }
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.expect("a writer ends well");
    }
    done.store(true, Ordering::Release);
    // Every number was seen, in order: nobody changed a profile twice, so none was skipped.
    assert_eq!(reader.await.expect("the reader ends well"), (1..=120).collect::<Vec<i64>>());
    assert_eq!(last(&directory).await, 120);
    directory.catch_up().await.expect("caught up");
    assert_eq!(directory.snapshot().len(), 60, "drafts are not listed");
}

async fn of_two_imports_at_once_one_is_told_to_wait(place: Place) {
    let directory = node(&place).await;
    let other = open(place.address(), &place.path("other")).await;
    let (begin, begun) = tokio::sync::oneshot::channel::<()>();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let text = format!("{HEADER}\na,Alpha,,CN,{},,\n", ror_id(1));
    let mut begin = Some(begin);
    // Its records are read once it has the right to import.
    let slow = registry::csv_text(&text, directory.library(), directory.taxonomy()).inspect(move |_| {
        begin.take().map(|begin| begin.send(()));
        let _ = wait.recv();
    });
    let quick = async {
        begun.await.expect("the first one begins");
        let records = registry::csv_text(&format!("{HEADER}\n"), other.library(), other.taxonomy());
        let result = other.import("csv", records, |_| {}).await;
        assert!(matches!(result, Err(Error::ImportRunning)), "{result:?}");
        let message = Error::ImportRunning.message();
        assert_eq!(message.en, "another import is writing to this database; try again when it has ended");
        assert_eq!(message.zh, "另一个导入正在写入此数据库；请等它结束后再试");
        go.send(()).expect("the first one waits");
    };
    let (report, ()) = tokio::join!(directory.import("csv", slow, |_| {}), quick);
    assert_eq!(counts(&report.expect("an import")), "read 1, added 1");
    // It is free again.
    assert_eq!(
        counts(&import_csv(&other, "csv", &format!("{HEADER}\na,Alpha,,CN,{},,\n", ror_id(1))).await),
        "read 1, unchanged 1"
    );
    assert_whole(&other).await;
}

// --- index

async fn an_index_far_behind_catches_up(place: Place) {
    let directory = node(&place).await;
    let behind = open(place.address(), &place.path("behind")).await;
    import_ror(&directory, &many(0..10)).await;
    assert_eq!(behind.catch_up().await.expect("caught up"), CaughtUp::With(10));
    let mut release = many(0..2_500);
    release[4]["status"] = json!("inactive");
    import_ror(&directory, &release).await;
    assert_eq!(behind.snapshot().len(), 10, "what is not asked for does not come");
    assert_eq!(behind.catch_up().await.expect("caught up"), CaughtUp::With(2_491));
    assert_eq!(behind.catch_up().await.expect("caught up"), CaughtUp::With(0));
    assert_eq!(behind.snapshot().len(), 2_499);
    assert_whole(&behind).await;
    drop(behind);
    let again = open(place.address(), &place.path("behind")).await;
    assert_eq!(again.catch_up().await.expect("caught up"), CaughtUp::With(0), "it was kept");
    assert_eq!(again.snapshot().len(), 2_499);
}

async fn an_index_whose_folder_went_is_built_again(place: Place) {
    let directory = node(&place).await;
    import_ror(&directory, &many(0..30)).await;
    drop(directory);
    fs::remove_dir_all(place.path("index")).expect("removed");
    let directory = node(&place).await;
    assert_eq!(directory.snapshot().len(), 0);
    assert_eq!(directory.catch_up().await.expect("caught up"), CaughtUp::With(30));
    assert_whole(&directory).await;
}

async fn an_index_of_another_database_is_not_used(place: Place) {
    let directory = node(&place).await;
    import_ror(&directory, &many(0..30)).await;
    drop(directory);
    let other = Place::sqlite();
    copy_folder(&place.path("index"), &other.path("index"));
    let directory = node(&other).await;
    assert_eq!(directory.snapshot().len(), 0, "nothing of the other one is shown");
    import_ror(&directory, &many(100..130)).await;
    assert_whole(&directory).await;
    assert_eq!(found(&directory, 3), None);
    // And back: the same folder under the first database.
    drop(directory);
    let directory = open(place.address(), &other.path("index")).await;
    assert_eq!(directory.catch_up().await.expect("caught up"), CaughtUp::With(30));
    assert_whole(&directory).await;
}

async fn a_damaged_index_is_built_again(place: Place) {
    let directory = node(&place).await;
    import_ror(&directory, &many(0..12)).await;
    drop(directory);
    let whole = place.path("whole");
    copy_folder(&place.path("index"), &whole);
    let names: Vec<PathBuf> =
        files(&whole).into_iter().filter(|file| fs::metadata(file).is_ok_and(|data| data.len() > 0)).collect();
    assert!(names.len() > 6, "{names:?}");
    let damages: [fn(&Path, &[u8]); 4] = [
        |file, bytes| fs::write(file, &bytes[..bytes.len() / 2]).expect("cut off"),
        |file, _| fs::write(file, b"").expect("emptied"),
        |file, bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            fs::write(file, bytes).expect("garbled");
        },
        |file, _| fs::remove_file(file).expect("removed"),
    ];
    for name in &names {
        let bytes = fs::read(name).expect("read");
        let name = name.file_name().expect("a name");
        for (kind, damage) in damages.iter().enumerate() {
            fs::remove_dir_all(place.path("index")).expect("removed");
            copy_folder(&whole, &place.path("index"));
            damage(&place.path("index").join(name), &bytes);
            let directory = node(&place).await;
            directory.catch_up().await.unwrap_or_else(|error| panic!("{name:?} {kind}: {error:?}"));
            assert_eq!(directory.snapshot().len(), 12, "{name:?} {kind}");
            assert_whole(&directory).await;
        }
    }
}

/// A database that was restored from an older copy has less than its index.
async fn an_index_ahead_of_its_database_is_built_again(place: Place) {
    let directory = node(&place).await;
    import_ror(&directory, &many(0..10)).await;
    import_ror(&directory, &many(10..25)).await;
    let connection = connection(&directory);
    profiles::Entity::delete_many().filter(profiles::Column::Change.gt(10)).exec(connection).await.expect("deleted");
    let back = Expr::value(10_i64);
    head::Entity::update_many().col_expr(head::Column::Change, back).exec(connection).await.expect("the head");
    directory.catch_up().await.expect("caught up");
    assert_whole(&directory).await;
    assert_eq!(found(&directory, 20), None);
}

async fn a_new_index_gives_the_same_answers(place: Place) {
    let directory = node(&place).await;
    import_csv(&directory, "csv", include_str!("../demo/institutions.csv")).await;
    let answers = || {
        let texts =
            ["", "大学", "太阳能", "university", "Tsinhua", "marine biology", "清华", "institute of technology"];
        texts.map(|text| {
            let request = Request { text: Some(text.to_owned()), first: 20, facets: true, ..Request::default() };
            let found = directory.search(&request).expect("an answer");
            let hits: Vec<(ProfileId, u32)> = found.hits.iter().map(|hit| (hit.listing.id, hit.score.total)).collect();
            (hits, found.total, found.facets, found.matching, found.corrections)
        })
    };
    let before = answers();
    assert!(before.iter().all(|answer| answer.1 > 0), "{before:?}");
    let (count, generation) = (directory.snapshot().len(), directory.snapshot().generation());
    let mut told = 0;
    let rebuilt = directory.reindex(|done| told = done).await.expect("rebuilt");
    assert_eq!(rebuilt, CaughtUp::With(u64::try_from(count).expect("small")));
    assert_eq!(told, u64::try_from(count).expect("small"));
    assert!(directory.snapshot().generation() > generation);
    assert_eq!(directory.snapshot().len(), count);
    assert_eq!(answers(), before);
}

async fn two_nodes_see_each_others_changes(place: Place) {
    let one = node(&place).await;
    let two = open(place.address(), &place.path("two")).await;
    import_ror(&one, &many(0..5)).await;
    two.catch_up().await.expect("caught up");
    assert_eq!(found(&two, 3), found(&one, 3));
    assert_whole(&two).await;
    let mut release = many(0..5);
    release[3]["names"][0]["value"] = json!("Renamed College");
    release[4]["status"] = json!("inactive");
    import_ror(&two, &release).await;
    one.catch_up().await.expect("caught up");
    assert_whole(&one).await;
    assert_whole(&two).await;
    assert_eq!(found(&one, 3).expect("listed").profile.display_name(Lang::En), "Renamed College");
    assert_eq!(found(&one, 4), None);
    assert_eq!(one.instance(), two.instance());
    // Two processes may also share one folder: the one that does not write sees what the other wrote.
    let three = node(&place).await;
    import_ror(&one, &many(0..8)).await;
    assert_eq!(three.catch_up().await.expect("caught up"), CaughtUp::With(0));
    assert_whole(&three).await;
}

async fn a_writer_elsewhere_breaks_nothing(place: Place) {
    let directory = node(&place).await;
    import_ror(&directory, &many(0..5)).await;
    // What the index is of stands in what it says of its last commit.
    let meta: Value = serde_json::from_slice(&fs::read(place.path("index/meta.json")).expect("read")).expect("JSON");
    let of = meta["payload"].as_str().and_then(|payload| payload.splitn(3, ' ').nth(2)).expect("what it is of");
    let elsewhere = search::Index::open(&place.path("index"), Arc::clone(directory.lexicon()), of);
    let elsewhere = elsewhere.expect("the same folder opens");
    assert_eq!(elsewhere.snapshot().len(), 5);
    let writer = elsewhere.writer().expect("the writer");
    let report = import_ror(&directory, &many(0..9)).await;
    assert_eq!(counts(&report), "read 9, added 4, unchanged 5");
    assert_eq!(directory.catch_up().await.expect("no fault"), CaughtUp::Elsewhere);
    assert_eq!(directory.reindex(|_| {}).await.expect("no fault"), CaughtUp::Elsewhere);
    assert_eq!(directory.snapshot().len(), 5, "it answers from what it has");
    assert_eq!(names(&directory, "Institute 2").first().map(String::as_str), Some("Institute 2"));
    drop(writer);
    assert_eq!(directory.catch_up().await.expect("caught up"), CaughtUp::With(4));
    assert_whole(&directory).await;
}
