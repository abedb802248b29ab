//! What an import leaves in the database, without what differs from run to run.

use std::collections::{BTreeMap, HashMap};

use entity::profile::Status;
use entity::{directory as head, identifier, profile as profiles, revision, source_record};
use sea_orm::{Database, EntityTrait};
use uuid::Uuid;

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) status: Status,
    published: Option<i32>,
    digest: Vec<u8>,
    /// Number and content.
    revisions: Vec<(i32, String)>,
    identifiers: Vec<String>,
}

/// All records of a database by their keys, and that nothing is in it beside them. One source only.
pub(crate) async fn rows(address: &str) -> BTreeMap<String, Row> {
    let connection = Database::connect(address).await.expect("a connection");
    let head = head::Entity::find_by_id(1).one(&connection).await.expect("read").expect("the row").change;
    let records = source_record::Entity::find().all(&connection).await.expect("rows");
    let of_profile: HashMap<Uuid, String> = records.iter().map(|row| (row.profile_id, row.key.clone())).collect();
    assert_eq!(of_profile.len(), records.len(), "a profile for each record");
    let mut rows = BTreeMap::new();
    let mut digests: HashMap<String, Vec<u8>> = records.into_iter().map(|row| (row.key, row.digest)).collect();
    let mut last = 0;
    for profile in profiles::Entity::find().all(&connection).await.expect("rows") {
        last = last.max(profile.change);
        let key = of_profile.get(&profile.id).expect("a record of the profile").clone();
        let digest = digests.remove(&key).expect("a digest");
        let (status, published) = (profile.status, profile.published_revision);
        rows.insert(key, Row { status, published, digest, revisions: Vec::new(), identifiers: Vec::new() });
    }
    assert_eq!(last, head, "the head of the feed is its last change");
    let key = |profile: Uuid| of_profile.get(&profile).expect("a record");
    for revision in revision::Entity::find().all(&connection).await.expect("rows") {
        let row: &mut Row = rows.get_mut(key(revision.profile_id)).expect("a row");
        row.revisions.push((revision.number, revision.content));
    }
    for identifier in identifier::Entity::find().all(&connection).await.expect("rows") {
        let row: &mut Row = rows.get_mut(key(identifier.profile_id)).expect("a row");
        row.identifiers.push(format!("{}:{}", identifier.scheme, identifier.value));
    }
    for row in rows.values_mut() {
        row.revisions.sort();
        row.identifiers.sort();
    }
    connection.close().await.expect("closed");
    rows
}
