//! The tables: every step goes up and down, has names of ours, fits the entities, and refuses what it should.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/database.rs"]
mod database;

use database::{Place, on_both};
use entity::profile::Status;
use entity::{directory, identifier, profile as profiles, revision, source_record};
use migration::{Migrator, MigratorTrait};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, PaginatorTrait, QueryFilter,
    Schema, Statement,
};
use uuid::Uuid;

on_both!(
    every_step_goes_up_down_and_up,
    every_key_index_and_check_has_a_name_of_ours,
    the_entities_are_the_tables,
    what_cannot_be_is_refused_by_name,
    a_profile_takes_along_what_is_its_own,
    a_second_run_of_all_steps_changes_nothing,
);

async fn connect(place: &Place) -> DatabaseConnection {
    let address = if place.address().starts_with("sqlite") {
        format!("sqlite://{}?mode=rwc", place.path("lianhe.db").display())
    } else {
        place.address().to_owned()
    };
    let connection = Database::connect(address).await.expect("a connection");
    if is_sqlite(&connection) {
        connection.execute_unprepared("PRAGMA foreign_keys = ON").await.expect("foreign keys");
    }
    connection
}

async fn migrated(place: &Place) -> DatabaseConnection {
    let connection = connect(place).await;
    Migrator::up(&connection, None).await.expect("all steps");
    connection
}

fn is_sqlite(connection: &DatabaseConnection) -> bool {
    connection.get_database_backend() == DbBackend::Sqlite
}

/// The rows of a question whose one column is a text.
async fn texts(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.expect(sql);
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

/// Everything that a database says of its tables, in a fixed order; nothing of the list of steps.
async fn dump(connection: &DatabaseConnection) -> Vec<String> {
    if is_sqlite(connection) {
        let sql = "SELECT type || ' ' || name || ' ' || tbl_name || ': ' || coalesce(sql, '') FROM sqlite_master \
                   WHERE tbl_name <> 'seaql_migrations' ORDER BY 1";
        return texts(connection, sql).await;
    }
    let mut dump = texts(
        connection,
        "SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, character_maximum_length, is_nullable, \
         column_default) FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' ORDER BY 1",
    )
    .await;
    let constraints = "SELECT concat_ws(' ', conrelid::regclass::text, conname, pg_get_constraintdef(oid)) FROM pg_constraint \
                       WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'seaql_migrations' ORDER BY 1";
    dump.extend(texts(connection, constraints).await);
    let indexes =
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' ORDER BY 1";
    dump.extend(texts(connection, indexes).await);
    dump
}

async fn every_step_goes_up_down_and_up(place: Place) {
    let connection = connect(&place).await;
    Migrator::install(&connection).await.expect("a list of steps");
    assert_eq!(dump(&connection).await, Vec::<String>::new());
    let steps = Migrator::migrations().len();
    assert!(steps >= 5, "{steps}");
    for step in 1..=steps {
        let before = dump(&connection).await;
        Migrator::up(&connection, Some(1)).await.expect("up");
        let after = dump(&connection).await;
        assert_ne!(before, after, "step {step} changes nothing");
        Migrator::down(&connection, Some(1)).await.expect("down");
        assert_eq!(dump(&connection).await, before, "step {step} down");
        Migrator::up(&connection, Some(1)).await.expect("up again");
        assert_eq!(dump(&connection).await, after, "step {step} up again");
    }
    let whole = dump(&connection).await;
    Migrator::down(&connection, None).await.expect("all the way down");
    assert_eq!(dump(&connection).await, Vec::<String>::new());
    Migrator::up(&connection, None).await.expect("all the way up");
    assert_eq!(dump(&connection).await, whole);
    assert_eq!(directory::Entity::find().count(&connection).await.expect("rows"), 1, "the one row is there again");
}

async fn a_second_run_of_all_steps_changes_nothing(place: Place) {
    let connection = migrated(&place).await;
    let (whole, rows) = (dump(&connection).await, directory::Entity::find().all(&connection).await.expect("rows"));
    Migrator::up(&connection, None).await.expect("nothing to do");
    assert_eq!(dump(&connection).await, whole);
    assert_eq!(directory::Entity::find().all(&connection).await.expect("rows"), rows, "the instance stays");
}

const NAMES: [&str; 16] = [
    "ck_directory_change",
    "ck_directory_one_row",
    "ck_identifier_scheme",
    "ck_profile_published_has_revision",
    "ck_profile_status",
    "ck_revision_number",
    "fk_identifier_profile",
    "fk_revision_profile",
    "fk_source_record_profile",
    "ix_identifier_profile",
    "ix_source_record_profile",
    "pk_directory",
    "pk_identifier",
    "pk_profile",
    "pk_revision",
    "pk_source_record",
];

async fn every_key_index_and_check_has_a_name_of_ours(place: Place) {
    let connection = migrated(&place).await;
    let mut expected: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    expected.push("uq_profile_change".to_owned());
    let mut names = if is_sqlite(&connection) {
        let tables = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name <> 'seaql_migrations'";
        let tables = texts(&connection, tables).await.join("\n");
        let named: Vec<String> = tables
            .split("CONSTRAINT \"")
            .skip(1)
            .map(|rest| rest.split('"').next().expect("a name").to_owned())
            .collect();
        // Every constraint there is, is one of those that have a name. SQLite never tells the name of a foreign key.
        expected.retain(|name| !name.starts_with("fk_"));
        let all: usize = ["PRIMARY KEY", "CHECK", "UNIQUE"].iter().map(|word| tables.matches(word).count()).sum();
        assert_eq!(named.len(), all, "{tables}");
        let indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL \
                       AND tbl_name <> 'seaql_migrations'";
        named.into_iter().chain(texts(&connection, indexes).await).collect()
    } else {
        // From version 18 on PostgreSQL lists NOT NULL among the constraints.
        let sql = "SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' \
                   AND conrelid::regclass::text <> 'seaql_migrations' \
                   UNION SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' \
                   AND tablename <> 'seaql_migrations'";
        texts(&connection, sql).await
    };
    names.sort();
    assert_eq!(names, expected);
}

/// Columns with type, whether they may be empty, and place in the primary key, as the database has them.
async fn columns(connection: &DatabaseConnection, table: &str) -> Vec<String> {
    let sql = if is_sqlite(connection) {
        // A length is no part of a type in SQLite, and an entity need not say it.
        format!(
            "SELECT name || ' ' || lower(substr(type, 1, instr(type || '(', '(') - 1)) || ' ' || \"notnull\" || ' ' || pk \
             FROM pragma_table_info('{table}') ORDER BY 1"
        )
    } else {
        format!(
            "SELECT concat_ws(' ', a.attname, a.atttypid::regtype::text, a.attnotnull, array_position(i.indkey, a.attnum)) \
             FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
             WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1"
        )
    };
    texts(connection, &sql).await
}

async fn the_entities_are_the_tables(place: Place) {
    let tables = ["directory", "profile", "revision", "identifier", "source_record"];
    let connection = migrated(&place).await;
    let mut migrated = Vec::new();
    for table in tables {
        let columns = columns(&connection, table).await;
        assert!(columns.len() >= 3, "{table}: {columns:?}");
        migrated.push(columns);
    }
    Migrator::down(&connection, None).await.expect("down");
    let schema = Schema::new(connection.get_database_backend());
    let statements = [
        schema.create_table_from_entity(directory::Entity),
        schema.create_table_from_entity(revision::Entity),
        schema.create_table_from_entity(profiles::Entity),
        schema.create_table_from_entity(identifier::Entity),
        schema.create_table_from_entity(source_record::Entity),
    ];
    for statement in &statements {
        connection.execute(statement).await.expect("the entity's table");
    }
    for (table, migrated) in tables.into_iter().zip(migrated) {
        assert_eq!(columns(&connection, table).await, migrated, "{table}");
    }
}

/// Two profiles, one with everything.
async fn filled(connection: &DatabaseConnection) -> [Uuid; 2] {
    let ids = [Uuid::now_v7(), Uuid::now_v7()];
    for (id, change) in ids.into_iter().zip(1..) {
        let profile = profiles::ActiveModel {
            id: Set(id),
            status: Set(Status::Published),
            published_revision: Set(Some(1)),
            change: Set(change),
            created_at: Set(1),
            changed_at: Set(1),
        };
        profiles::Entity::insert(profile).exec_without_returning(connection).await.expect("a profile");
    }
    let [id, _] = ids;
    let revision = revision::ActiveModel {
        profile_id: Set(id),
        number: Set(1),
        content: Set("{}".to_owned()),
        created_at: Set(1),
    };
    revision::Entity::insert(revision).exec_without_returning(connection).await.expect("a revision");
    let identifier = identifier::ActiveModel {
        scheme: Set("ROR".to_owned()),
        value: Set("03cve4549".to_owned()),
        profile_id: Set(id),
    };
    identifier::Entity::insert(identifier).exec_without_returning(connection).await.expect("an identifier");
    let record = source_record::ActiveModel {
        source: Set("ror".to_owned()),
        key: Set("03cve4549".to_owned()),
        profile_id: Set(id),
        digest: Set(vec![7; 16]),
        modified: Set(None),
    };
    source_record::Entity::insert(record).exec_without_returning(connection).await.expect("a record");
    ids
}

async fn what_cannot_be_is_refused_by_name(place: Place) {
    let connection = migrated(&place).await;
    filled(&connection).await;
    let other = "(SELECT id FROM profile WHERE change = 2)";
    let nobody = "(SELECT instance FROM directory)";
    let another_owner = format!("INSERT INTO identifier SELECT scheme, value, {other} FROM identifier");
    let another_record =
        format!("INSERT INTO source_record SELECT source, key, {other}, digest, modified FROM source_record");
    let same_profile =
        "INSERT INTO profile SELECT id, status, published_revision, change + 10, created_at, changed_at FROM profile";
    let nobodys = |table: &str| format!("UPDATE {table} SET profile_id = {nobody}");
    let (nobodys_revision, nobodys_identifier, nobodys_record) =
        (nobodys("revision"), nobodys("identifier"), nobodys("source_record"));
    // SQLite names checks; of keys it names the columns, of foreign keys nothing.
    let foreign = "FOREIGN KEY constraint failed";
    let refused: [(&str, &str, &str); 19] = [
        ("UPDATE directory SET id = 2", "ck_directory_one_row", "ck_directory_one_row"),
        ("UPDATE directory SET change = -1", "ck_directory_change", "ck_directory_change"),
        ("INSERT INTO directory SELECT id, instance, change FROM directory", "pk_directory", "directory.id"),
        ("UPDATE profile SET status = 'LISTED'", "ck_profile_status", "ck_profile_status"),
        ("UPDATE profile SET status = 'published'", "ck_profile_status", "ck_profile_status"),
        (
            "UPDATE profile SET published_revision = NULL",
            "ck_profile_published_has_revision",
            "ck_profile_published_has_revision",
        ),
        ("UPDATE profile SET change = 1", "uq_profile_change", "profile.change"),
        ("UPDATE profile SET change = NULL", "\"change\"", "profile.change"),
        (same_profile, "pk_profile", "profile.id"),
        ("UPDATE revision SET number = 0", "ck_revision_number", "ck_revision_number"),
        ("UPDATE revision SET content = NULL", "\"content\"", "revision.content"),
        ("INSERT INTO revision SELECT * FROM revision", "pk_revision", "revision.profile_id, revision.number"),
        (&nobodys_revision, "fk_revision_profile", foreign),
        ("UPDATE identifier SET scheme = 'ISNI'", "ck_identifier_scheme", "ck_identifier_scheme"),
        (&another_owner, "pk_identifier", "identifier.scheme, identifier.value"),
        (&nobodys_identifier, "fk_identifier_profile", foreign),
        (&another_record, "pk_source_record", "source_record.source, source_record.key"),
        (&nobodys_record, "fk_source_record_profile", foreign),
        ("UPDATE source_record SET digest = NULL", "\"digest\"", "source_record.digest"),
    ];
    for (sql, in_postgres, in_sqlite) in refused {
        let named = if is_sqlite(&connection) { in_sqlite } else { in_postgres };
        match connection.execute_unprepared(sql).await {
            Ok(_) => panic!("`{sql}` is let through"),
            Err(error) => assert!(error.to_string().contains(named), "`{sql}`: {error}"),
        }
    }
    // And what may be is let through.
    for sql in [
        "UPDATE profile SET status = 'ARCHIVED', published_revision = NULL WHERE change = 2",
        "UPDATE identifier SET scheme = 'CREDIT_CODE'",
        "UPDATE directory SET change = 0",
    ] {
        connection.execute_unprepared(sql).await.expect(sql);
    }
}

async fn a_profile_takes_along_what_is_its_own(place: Place) {
    let connection = migrated(&place).await;
    let [id, other] = filled(&connection).await;
    profiles::Entity::delete_by_id(id).exec(&connection).await.expect("deleted");
    assert_eq!(revision::Entity::find().count(&connection).await.expect("rows"), 0);
    assert_eq!(identifier::Entity::find().count(&connection).await.expect("rows"), 0);
    assert_eq!(source_record::Entity::find().count(&connection).await.expect("rows"), 0);
    let left = profiles::Entity::find().filter(profiles::Column::Id.eq(other)).count(&connection).await.expect("rows");
    assert_eq!(left, 1);
}
