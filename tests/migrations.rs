//! The tables: every step goes up and down, has names of ours, fits the entities, and refuses what it should.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/database.rs"]
mod database;

use database::{Place, on_both};
use entity::profile::Status;
use entity::{
    account, audit_head, audit_record, consortium, consortium_comment, consortium_key, consortium_member,
    consortium_version, directory, dismissal, evidence, identifier, interest, invitation, membership, notification,
    one_time_token, outbox, partner_request, profile as profiles, refresh_token, report_key, review_case, revision,
    session, signed_report, signing_key, source_record, throttle, verification, watch,
};
use migration::{Migrator, MigratorTrait};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, Schema, Statement,
};
use uuid::Uuid;

on_both!(
    every_step_goes_up_down_and_up,
    every_key_index_and_check_has_a_name_of_ours,
    the_entities_are_the_tables,
    what_cannot_be_is_refused_by_name,
    a_profile_takes_along_what_is_its_own,
    an_account_takes_along_what_is_its_own,
    profiles_from_before_know_their_newest_revision,
    the_chain_begins_with_zeros,
    the_queue_is_read_in_its_order,
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
    // A column that is added again has a number of its own; its place among the others is the same.
    let mut dump = texts(
        connection,
        "SELECT concat_ws(' ', table_name, row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position), \
         column_name, data_type, character_maximum_length, is_nullable, column_default) FROM information_schema.columns \
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

const NAMES: [&str; 124] = [
    "ck_account_lang",
    "ck_account_mail",
    "ck_account_role",
    "ck_audit_head_one_row",
    "ck_consortium_member_side",
    "ck_consortium_member_status",
    "ck_consortium_status",
    "ck_directory_change",
    "ck_directory_one_row",
    "ck_evidence_purpose",
    "ck_evidence_state",
    "ck_identifier_scheme",
    "ck_interest_status",
    "ck_invitation_role",
    "ck_invitation_state",
    "ck_membership_role",
    "ck_one_time_token_purpose",
    "ck_partner_request_status",
    "ck_profile_published_has_revision",
    "ck_profile_status",
    "ck_review_case_decision",
    "ck_review_case_kind",
    "ck_review_case_priority",
    "ck_review_case_state",
    "ck_revision_number",
    "ck_verification_ended_because",
    "fk_consortium_comment_consortium",
    "fk_consortium_key_consortium",
    "fk_consortium_member_consortium",
    "fk_consortium_member_profile",
    "fk_consortium_version_consortium",
    "fk_dismissal_dismissed",
    "fk_dismissal_profile",
    "fk_evidence_profile",
    "fk_identifier_profile",
    "fk_interest_from_profile",
    "fk_interest_request",
    "fk_interest_to_profile",
    "fk_invitation_profile",
    "fk_membership_account",
    "fk_membership_profile",
    "fk_notification_account",
    "fk_one_time_token_account",
    "fk_partner_request_profile",
    "fk_refresh_token_session",
    "fk_review_case_profile",
    "fk_revision_profile",
    "fk_session_account",
    "fk_signed_report_consortium",
    "fk_source_record_profile",
    "fk_verification_profile",
    "fk_watch_account",
    "ix_audit_record_account",
    "ix_audit_record_profile",
    "ix_consortium_comment_consortium",
    "ix_consortium_direction",
    "ix_consortium_key_value",
    "ix_consortium_member_consortium",
    "ix_consortium_member_profile",
    "ix_dismissal_dismissed",
    "ix_evidence_profile",
    "ix_evidence_uploader",
    "ix_identifier_profile",
    "ix_interest_expires_at",
    "ix_interest_from_profile",
    "ix_interest_request",
    "ix_interest_to_profile",
    "ix_invitation_profile",
    "ix_membership_account",
    "ix_notification_inbox",
    "ix_notification_sequence",
    "ix_one_time_token_account",
    "ix_outbox_not_before",
    "ix_partner_request_changed_at",
    "ix_partner_request_profile",
    "ix_partner_request_queue",
    "ix_refresh_token_session",
    "ix_review_case_assigned",
    "ix_review_case_profile",
    "ix_review_case_queue",
    "ix_session_account",
    "ix_session_revoked",
    "ix_signed_report_consortium",
    "ix_source_record_profile",
    "ix_verification_profile",
    "ix_watch_account",
    "ix_watch_after_change",
    "pk_account",
    "pk_audit_head",
    "pk_audit_record",
    "pk_consortium",
    "pk_consortium_comment",
    "pk_consortium_key",
    "pk_consortium_member",
    "pk_consortium_version",
    "pk_directory",
    "pk_dismissal",
    "pk_evidence",
    "pk_identifier",
    "pk_interest",
    "pk_invitation",
    "pk_membership",
    "pk_notification",
    "pk_one_time_token",
    "pk_outbox",
    "pk_partner_request",
    "pk_profile",
    "pk_refresh_token",
    "pk_report_key",
    "pk_review_case",
    "pk_revision",
    "pk_session",
    "pk_signed_report",
    "pk_signing_key",
    "pk_source_record",
    "pk_throttle",
    "pk_verification",
    "pk_watch",
    "uq_account_email",
    "uq_consortium_member_lead_key",
    "uq_consortium_member_open_key",
    "uq_interest_open_key",
    "uq_invitation_token_hash",
    "uq_profile_change",
];

async fn every_key_index_and_check_has_a_name_of_ours(place: Place) {
    let connection = migrated(&place).await;
    let mut expected: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
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
    let connection = migrated(&place).await;
    let schema = Schema::new(connection.get_database_backend());
    // What is referred to comes first.
    let entities = [
        ("directory", schema.create_table_from_entity(directory::Entity)),
        ("revision", schema.create_table_from_entity(revision::Entity)),
        ("profile", schema.create_table_from_entity(profiles::Entity)),
        ("identifier", schema.create_table_from_entity(identifier::Entity)),
        ("source_record", schema.create_table_from_entity(source_record::Entity)),
        ("account", schema.create_table_from_entity(account::Entity)),
        ("session", schema.create_table_from_entity(session::Entity)),
        ("refresh_token", schema.create_table_from_entity(refresh_token::Entity)),
        ("one_time_token", schema.create_table_from_entity(one_time_token::Entity)),
        ("throttle", schema.create_table_from_entity(throttle::Entity)),
        ("signing_key", schema.create_table_from_entity(signing_key::Entity)),
        ("membership", schema.create_table_from_entity(membership::Entity)),
        ("invitation", schema.create_table_from_entity(invitation::Entity)),
        ("review_case", schema.create_table_from_entity(review_case::Entity)),
        ("evidence", schema.create_table_from_entity(evidence::Entity)),
        ("verification", schema.create_table_from_entity(verification::Entity)),
        ("audit_record", schema.create_table_from_entity(audit_record::Entity)),
        ("audit_head", schema.create_table_from_entity(audit_head::Entity)),
        ("notification", schema.create_table_from_entity(notification::Entity)),
        ("outbox", schema.create_table_from_entity(outbox::Entity)),
        ("partner_request", schema.create_table_from_entity(partner_request::Entity)),
        ("interest", schema.create_table_from_entity(interest::Entity)),
        ("dismissal", schema.create_table_from_entity(dismissal::Entity)),
        ("watch", schema.create_table_from_entity(watch::Entity)),
        ("consortium", schema.create_table_from_entity(consortium::Entity)),
        ("consortium_member", schema.create_table_from_entity(consortium_member::Entity)),
        ("consortium_version", schema.create_table_from_entity(consortium_version::Entity)),
        ("consortium_comment", schema.create_table_from_entity(consortium_comment::Entity)),
        ("consortium_key", schema.create_table_from_entity(consortium_key::Entity)),
        ("report_key", schema.create_table_from_entity(report_key::Entity)),
        ("signed_report", schema.create_table_from_entity(signed_report::Entity)),
    ];
    let sql = if is_sqlite(&connection) {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'seaql_migrations' ORDER BY 1"
    } else {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' ORDER BY 1"
    };
    let mut tables: Vec<&str> = entities.iter().map(|(table, _)| *table).collect();
    tables.sort_unstable();
    assert_eq!(texts(&connection, sql).await, tables, "an entity for each table");
    let mut migrated = Vec::new();
    for (table, _) in &entities {
        let columns = columns(&connection, table).await;
        assert!(columns.len() >= 3, "{table}: {columns:?}");
        migrated.push(columns);
    }
    Migrator::down(&connection, None).await.expect("down");
    for ((table, statement), migrated) in entities.iter().zip(migrated) {
        connection.execute(statement).await.expect("the entity's table");
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
            latest_revision: Set(1),
            confirmed_at: Set(None),
            reminded_at: Set(None),
        };
        profiles::Entity::insert(profile).exec_without_returning(connection).await.expect("a profile");
    }
    let [id, _] = ids;
    let revision = revision::ActiveModel {
        profile_id: Set(id),
        number: Set(1),
        content: Set("{}".to_owned()),
        created_at: Set(1),
        author: Set(None),
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
    people(connection, id).await;
    ids
}

/// Two accounts, one with everything, and all that a profile has through people.
async fn people(connection: &DatabaseConnection, profile: Uuid) {
    let accounts = [Uuid::now_v7(), Uuid::now_v7()];
    for (id, email) in accounts.into_iter().zip(["first@example.org", "second@example.org"]) {
        let account = account::ActiveModel {
            id: Set(id),
            email: Set(Some(email.to_owned())),
            password_hash: Set("$argon2id$".to_owned()),
            name: Set("Somebody".to_owned()),
            lang: Set(account::Lang::Zh),
            role: Set(account::Role::Moderator),
            mail: Set(account::Mail::Immediate),
            totp_secret: Set(Some(vec![1; 20])),
            created_at: Set(1),
            ..Default::default()
        };
        account::Entity::insert(account).exec_without_returning(connection).await.expect("an account");
    }
    let [id, _] = accounts;
    let first = session::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(id),
        created_at: Set(1),
        expires_at: Set(2),
        last_used_at: Set(1),
        second_factor: Set(true),
        ..Default::default()
    };
    let session = first.id.clone();
    session::Entity::insert(first).exec_without_returning(connection).await.expect("a session");
    let token = refresh_token::ActiveModel {
        hash: Set(vec![2; 32]),
        session_id: session,
        issued_at: Set(1),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(token).exec_without_returning(connection).await.expect("a refresh token");
    let token = one_time_token::ActiveModel {
        hash: Set(vec![3; 32]),
        purpose: Set(one_time_token::Purpose::VerifyEmail),
        account_id: Set(id),
        created_at: Set(1),
        expires_at: Set(2),
        ..Default::default()
    };
    one_time_token::Entity::insert(token).exec_without_returning(connection).await.expect("a one-time token");
    let throttle = throttle::ActiveModel { key: Set("sign-in".to_owned()), count: Set(1), resets_at: Set(2) };
    throttle::Entity::insert(throttle).exec_without_returning(connection).await.expect("a throttle");
    let key = signing_key::ActiveModel {
        id: Set("2026-11".to_owned()),
        private: Set(vec![4; 48]),
        public: Set(vec![5; 32]),
        created_at: Set(1),
    };
    signing_key::Entity::insert(key).exec_without_returning(connection).await.expect("a key");
    let member = membership::ActiveModel {
        profile_id: Set(profile),
        account_id: Set(id),
        role: Set(membership::Role::Owner),
        created_at: Set(1),
    };
    membership::Entity::insert(member).exec_without_returning(connection).await.expect("a member");
    let invitation = invitation::ActiveModel {
        id: Set(Uuid::now_v7()),
        profile_id: Set(profile),
        email: Set("third@example.org".to_owned()),
        role: Set(membership::Role::Editor),
        token_hash: Set(vec![6; 32]),
        invited_by: Set(id),
        state: Set(invitation::State::Open),
        created_at: Set(1),
        expires_at: Set(2),
        answered_at: Set(None),
    };
    invitation::Entity::insert(invitation).exec_without_returning(connection).await.expect("an invitation");
    let case = review_case::ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(review_case::Kind::Revision),
        profile_id: Set(profile),
        revision: Set(Some(1)),
        opened_by: Set(id),
        opened_at: Set(1),
        priority: Set(0),
        state: Set(review_case::State::Open),
        ..Default::default()
    };
    review_case::Entity::insert(case).exec_without_returning(connection).await.expect("a case");
    let case = review_case::Entity::find().one(connection).await.expect("read").expect("the case");
    assert_eq!([case.evidence, case.reasons, case.scores], ["[]", "[]", "{}"], "nothing is said by default");
    let file = evidence::ActiveModel {
        id: Set(Uuid::now_v7()),
        profile_id: Set(profile),
        uploaded_by: Set(id),
        purpose: Set(evidence::Purpose::Fact),
        name: Set("licence.pdf".to_owned()),
        state: Set(evidence::State::Staged),
        created_at: Set(1),
        expires_at: Set(2),
        ..Default::default()
    };
    evidence::Entity::insert(file).exec_without_returning(connection).await.expect("a file");
    let verified = verification::ActiveModel {
        id: Set(Uuid::now_v7()),
        profile_id: Set(profile),
        fact: Set("registered_on".to_owned()),
        value: Set("{}".to_owned()),
        verified_by: Set(id),
        verified_at: Set(1),
        ..Default::default()
    };
    verification::Entity::insert(verified).exec_without_returning(connection).await.expect("a verification");
    let record = audit_record::ActiveModel {
        sequence: Set(1),
        at: Set(1),
        action: Set("SIGNED_UP".to_owned()),
        account_id: Set(Some(id)),
        profile_id: Set(Some(profile)),
        details: Set("{}".to_owned()),
        previous: Set(vec![0; 32]),
        hash: Set(vec![7; 32]),
        ..Default::default()
    };
    audit_record::Entity::insert(record).exec_without_returning(connection).await.expect("a record");
    let entry = notification::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(id),
        kind: Set("DECIDED".to_owned()),
        profile_id: Set(Some(profile)),
        payload: Set("{}".to_owned()),
        sequence: Set(1),
        created_at: Set(1),
        ..Default::default()
    };
    notification::Entity::insert(entry).exec_without_returning(connection).await.expect("a notification");
    let mail = outbox::ActiveModel {
        id: Set(Uuid::now_v7()),
        to_address: Set("first@example.org".to_owned()),
        subject: Set("Subject".to_owned()),
        text: Set("Text".to_owned()),
        html: Set("<p>Text</p>".to_owned()),
        created_at: Set(1),
        not_before: Set(1),
        attempts: Set(0),
        ..Default::default()
    };
    outbox::Entity::insert(mail).exec_without_returning(connection).await.expect("a mail");
}

async fn what_cannot_be_is_refused_by_name(place: Place) {
    let connection = migrated(&place).await;
    filled(&connection).await;
    let other = "(SELECT id FROM profile WHERE change = 2)";
    let nobody = "(SELECT instance FROM directory)";
    let another_owner = format!("INSERT INTO identifier SELECT scheme, value, {other} FROM identifier");
    let another_record =
        format!("INSERT INTO source_record SELECT source, key, {other}, digest, modified FROM source_record");
    let same_profile = "INSERT INTO profile (id, status, published_revision, change, created_at, changed_at) \
                        SELECT id, status, published_revision, change + 10, created_at, changed_at FROM profile";
    let same_account = "INSERT INTO account (id, password_hash, name, lang, role, mail, created_at) \
                        SELECT id, password_hash, name, lang, role, mail, created_at FROM account";
    let same_token = format!(
        "INSERT INTO invitation (id, profile_id, email, role, token_hash, invited_by, state, created_at, expires_at) \
         SELECT {nobody}, profile_id, email, role, token_hash, invited_by, state, created_at, expires_at FROM invitation"
    );
    let nobodys = |table: &str| format!("UPDATE {table} SET profile_id = {nobody}");
    let of_nobody = |table: &str| format!("UPDATE {table} SET account_id = {nobody}");
    let (nobodys_revision, nobodys_identifier, nobodys_record) =
        (nobodys("revision"), nobodys("identifier"), nobodys("source_record"));
    let (nobodys_membership, nobodys_invitation, nobodys_case) =
        (nobodys("membership"), nobodys("invitation"), nobodys("review_case"));
    let (nobodys_evidence, nobodys_verification) = (nobodys("evidence"), nobodys("verification"));
    let (session_of_nobody, token_of_nobody, member_nobody, inbox_of_nobody) =
        (of_nobody("session"), of_nobody("one_time_token"), of_nobody("membership"), of_nobody("notification"));
    let no_session = format!("UPDATE refresh_token SET session_id = {nobody}");
    // SQLite names checks; of keys it names the columns, of foreign keys nothing.
    let foreign = "FOREIGN KEY constraint failed";
    let refused: &[(&str, &str, &str)] = &[
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
        ("UPDATE account SET lang = 'fr'", "ck_account_lang", "ck_account_lang"),
        ("UPDATE account SET role = 'OWNER'", "ck_account_role", "ck_account_role"),
        ("UPDATE account SET mail = 'WEEKLY'", "ck_account_mail", "ck_account_mail"),
        ("UPDATE account SET email = 'same@example.org'", "uq_account_email", "account.email"),
        ("UPDATE account SET password_hash = NULL", "\"password_hash\"", "account.password_hash"),
        (same_account, "pk_account", "account.id"),
        (&session_of_nobody, "fk_session_account", foreign),
        ("UPDATE session SET second_factor = NULL", "\"second_factor\"", "session.second_factor"),
        (&no_session, "fk_refresh_token_session", foreign),
        ("INSERT INTO refresh_token SELECT * FROM refresh_token", "pk_refresh_token", "refresh_token.hash"),
        ("UPDATE one_time_token SET purpose = 'SIGN_IN'", "ck_one_time_token_purpose", "ck_one_time_token_purpose"),
        ("INSERT INTO one_time_token SELECT * FROM one_time_token", "pk_one_time_token", "one_time_token.hash"),
        (&token_of_nobody, "fk_one_time_token_account", foreign),
        ("INSERT INTO throttle SELECT * FROM throttle", "pk_throttle", "throttle.key"),
        ("INSERT INTO signing_key SELECT * FROM signing_key", "pk_signing_key", "signing_key.id"),
        ("UPDATE membership SET role = 'MODERATOR'", "ck_membership_role", "ck_membership_role"),
        (
            "INSERT INTO membership SELECT * FROM membership",
            "pk_membership",
            "membership.profile_id, membership.account_id",
        ),
        (&nobodys_membership, "fk_membership_profile", foreign),
        (&member_nobody, "fk_membership_account", foreign),
        ("UPDATE invitation SET role = 'NONE'", "ck_invitation_role", "ck_invitation_role"),
        ("UPDATE invitation SET state = 'EXPIRED'", "ck_invitation_state", "ck_invitation_state"),
        (&same_token, "uq_invitation_token_hash", "invitation.token_hash"),
        (&nobodys_invitation, "fk_invitation_profile", foreign),
        ("UPDATE review_case SET kind = 'FACT'", "ck_review_case_kind", "ck_review_case_kind"),
        ("UPDATE review_case SET priority = 3", "ck_review_case_priority", "ck_review_case_priority"),
        ("UPDATE review_case SET priority = -1", "ck_review_case_priority", "ck_review_case_priority"),
        ("UPDATE review_case SET state = 'CLOSED'", "ck_review_case_state", "ck_review_case_state"),
        ("UPDATE review_case SET decision = 'MAYBE'", "ck_review_case_decision", "ck_review_case_decision"),
        (&nobodys_case, "fk_review_case_profile", foreign),
        ("UPDATE evidence SET purpose = 'FUN'", "ck_evidence_purpose", "ck_evidence_purpose"),
        ("UPDATE evidence SET state = 'LOST'", "ck_evidence_state", "ck_evidence_state"),
        (&nobodys_evidence, "fk_evidence_profile", foreign),
        (
            "UPDATE verification SET ended_because = 'WHIM'",
            "ck_verification_ended_because",
            "ck_verification_ended_because",
        ),
        (&nobodys_verification, "fk_verification_profile", foreign),
        ("INSERT INTO audit_record SELECT * FROM audit_record", "pk_audit_record", "audit_record.sequence"),
        ("UPDATE audit_head SET id = 2", "ck_audit_head_one_row", "ck_audit_head_one_row"),
        ("UPDATE audit_head SET hash = NULL", "\"hash\"", "audit_head.hash"),
        (&inbox_of_nobody, "fk_notification_account", foreign),
        ("UPDATE notification SET payload = NULL", "\"payload\"", "notification.payload"),
        ("INSERT INTO outbox SELECT * FROM outbox", "pk_outbox", "outbox.id"),
        ("UPDATE profile SET latest_revision = NULL", "\"latest_revision\"", "profile.latest_revision"),
    ];
    for (sql, in_postgres, in_sqlite) in refused {
        let named = *if is_sqlite(&connection) { in_sqlite } else { in_postgres };
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
        "UPDATE account SET email = NULL, role = 'NONE', lang = 'en', mail = 'OFF', deleted_at = 2",
        "UPDATE membership SET role = 'VIEWER'",
        "UPDATE review_case SET priority = 2, state = 'DECIDED', decision = 'CHANGES_REQUESTED', decided_at = 2",
        "UPDATE evidence SET state = 'STORED', purpose = 'APPEAL'",
        "UPDATE verification SET ended_because = 'EXPIRED', ended_at = 2",
    ] {
        connection.execute_unprepared(sql).await.expect(sql);
    }
}

/// How many rows a table has.
async fn rows(connection: &DatabaseConnection, table: &str) -> usize {
    texts(connection, &format!("SELECT 'row' FROM {table}")).await.len()
}

async fn a_profile_takes_along_what_is_its_own(place: Place) {
    let connection = migrated(&place).await;
    let [id, other] = filled(&connection).await;
    let own = [
        "revision",
        "identifier",
        "source_record",
        "membership",
        "invitation",
        "review_case",
        "evidence",
        "verification",
    ];
    for table in own {
        assert_eq!(rows(&connection, table).await, 1, "{table}");
    }
    profiles::Entity::delete_by_id(id).exec(&connection).await.expect("deleted");
    for table in own {
        assert_eq!(rows(&connection, table).await, 0, "{table}");
    }
    let left = profiles::Entity::find().filter(profiles::Column::Id.eq(other)).count(&connection).await.expect("rows");
    assert_eq!(left, 1);
    // What was done to it is still known, and who did it.
    for (table, count) in [("audit_record", 1), ("notification", 1), ("account", 2)] {
        assert_eq!(rows(&connection, table).await, count, "{table}");
    }
}

async fn an_account_takes_along_what_is_its_own(place: Place) {
    let connection = migrated(&place).await;
    filled(&connection).await;
    let own = ["session", "refresh_token", "one_time_token", "membership", "notification"];
    for table in own {
        assert_eq!(rows(&connection, table).await, 1, "{table}");
    }
    connection.execute_unprepared("DELETE FROM account").await.expect("deleted");
    for table in own {
        assert_eq!(rows(&connection, table).await, 0, "{table}");
    }
    for (table, count) in
        [("audit_record", 1), ("review_case", 1), ("evidence", 1), ("verification", 1), ("profile", 2)]
    {
        assert_eq!(rows(&connection, table).await, count, "{table}");
    }
}

async fn profiles_from_before_know_their_newest_revision(place: Place) {
    let connection = connect(&place).await;
    let steps = Migrator::migrations();
    let upkeep = steps.iter().position(|step| step.name().ends_with("_upkeep")).expect("the step");
    Migrator::up(&connection, Some(u32::try_from(upkeep).expect("few"))).await.expect("the steps before");
    let ids = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let backend = connection.get_database_backend();
    for ((id, change), revisions) in ids.into_iter().zip(1_i64..).zip([3, 1, 0]) {
        let sql = "INSERT INTO profile (id, status, change, created_at, changed_at) VALUES ($1, 'DRAFT', $2, 1, 1)";
        let profile = Statement::from_sql_and_values(backend, sql, [id.into(), change.into()]);
        connection.execute_raw(profile).await.expect("a profile");
        for number in 1..=revisions {
            let sql = "INSERT INTO revision (profile_id, number, content, created_at) VALUES ($1, $2, '{}', 1)";
            let revision = Statement::from_sql_and_values(backend, sql, [id.into(), number.into()]);
            connection.execute_raw(revision).await.expect("a revision");
        }
    }
    Migrator::up(&connection, None).await.expect("the steps after");
    let rows = profiles::Entity::find().order_by_asc(profiles::Column::Change).all(&connection).await.expect("rows");
    let rows: Vec<_> = rows.iter().map(|row| (row.latest_revision, row.confirmed_at, row.reminded_at)).collect();
    assert_eq!(rows, [(3, None, None), (1, None, None), (1, None, None)]);
    let revisions = revision::Entity::find().all(&connection).await.expect("rows");
    assert!(revisions.len() == 4 && revisions.iter().all(|revision| revision.author.is_none()));
}

async fn the_chain_begins_with_zeros(place: Place) {
    let connection = migrated(&place).await;
    let heads = audit_head::Entity::find().all(&connection).await.expect("rows");
    assert_eq!(heads, [audit_head::Model { id: 1, sequence: 0, hash: vec![0; 32] }]);
}

/// The first page of the queue is read from its index in order: nothing is sorted.
async fn the_queue_is_read_in_its_order(place: Place) {
    let connection = migrated(&place).await;
    let sql = "SELECT id FROM review_case WHERE state = 'OPEN' ORDER BY priority DESC, opened_at, id LIMIT 50";
    let plan = if is_sqlite(&connection) {
        let statement = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = connection.query_all_raw(statement).await.expect("a plan");
        rows.iter().map(|row| row.try_get::<String>("", "detail").expect("a text")).collect()
    } else {
        // Of an empty table PostgreSQL would read all.
        connection.execute_unprepared("SET enable_seqscan = off; SET enable_bitmapscan = off").await.expect("set");
        texts(&connection, &format!("EXPLAIN {sql}")).await
    };
    let plan = plan.join("\n");
    assert!(plan.contains("ix_review_case_queue") && !plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
}
