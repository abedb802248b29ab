//! Mails that are to be sent, in the database: kept until they are sent, by whichever node comes first.

use entity::outbox;
use futures_util::{StreamExt as _, stream};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::letter::Rendered;
use super::transport::{Outgoing, Transport};
use crate::clock;
use crate::database::Database;
use crate::error::Error;

const SECOND: i64 = 1_000;
/// Mails that a node takes at once, and how many of them it sends at the same time. Five rounds of 20 s at most end before the
/// lease does.
const BATCH: u64 = 20;
const AT_ONCE: usize = 4;
/// How long a node has a mail for itself.
const LEASE: i64 = 120 * SECOND;
/// How long to wait after a mail could not be sent: twice as long each time.
const WAIT_AT_FIRST: i64 = 10 * SECOND;
const WAIT_AT_MOST: i64 = 3_600 * SECOND;
/// After how long a mail is given up.
const GIVE_UP_AFTER: i64 = 7 * 86_400 * SECOND;

/// Puts a letter into the outbox.
pub(super) async fn put(transaction: &DatabaseTransaction, to: &str, letter: Rendered) -> Result<(), Error> {
    let now = clock::now();
    let row = outbox::ActiveModel {
        id: Set(clock::new_id()),
        to_address: Set(to.to_owned()),
        subject: Set(letter.subject),
        text: Set(letter.text),
        html: Set(letter.html),
        created_at: Set(now),
        not_before: Set(now),
        attempts: Set(0),
        last_error: Set(None),
        leased_until: Set(None),
    };
    outbox::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Sends mails that are due, at most 20; returns how many were sent. What cannot be sent now is tried again later.
///
/// # Errors
/// Whatever the database says.
pub async fn deliver_due(database: &Database, transport: &Transport) -> Result<usize, Error> {
    deliver(database, transport, clock::now()).await
}

async fn deliver(database: &Database, transport: &Transport, now: i64) -> Result<usize, Error> {
    let mails = lease(database, now).await?;
    let outcomes = stream::iter(mails).map(|mail| async move {
        let outcome = transport.send(Outgoing {
            id: mail.id,
            to: &mail.to_address,
            subject: &mail.subject,
            text: &mail.text,
            html: &mail.html,
        });
        match outcome.await {
            Ok(()) => delete(database, mail.id).await.map(|()| true),
            Err(reason) => put_off(database, &mail, reason, now).await.map(|()| false),
        }
    });
    let outcomes: Vec<Result<bool, Error>> = outcomes.buffer_unordered(AT_ONCE).collect().await;
    let mut sent = 0;
    for outcome in outcomes {
        sent += usize::from(outcome?);
    }
    Ok(sent)
}

/// Takes mails that are due, so that no other node sends them meanwhile. A node that ends while it has them loses them to another.
async fn lease(database: &Database, now: i64) -> Result<Vec<outbox::Model>, Error> {
    let free = Condition::any().add(outbox::Column::LeasedUntil.is_null()).add(outbox::Column::LeasedUntil.lte(now));
    let due = Condition::all().add(outbox::Column::NotBefore.lte(now)).add(free);
    // Most of the time nothing is due, and nothing is written.
    let any = outbox::Entity::find().select_only().column(outbox::Column::Id).filter(due.clone());
    if any.into_tuple::<Uuid>().one(database.connection()).await?.is_none() {
        return Ok(Vec::new());
    }
    let first = Query::select()
        .column(outbox::Column::Id)
        .from(outbox::Entity)
        .cond_where(due.clone())
        .order_by(outbox::Column::NotBefore, sea_orm::Order::Asc)
        .order_by(outbox::Column::Id, sea_orm::Order::Asc)
        .limit(BATCH)
        .take();
    // One statement. A node that waits for another here looks at the lease again before it writes its own.
    let mails = outbox::Entity::update_many()
        .col_expr(outbox::Column::LeasedUntil, Expr::value(now + LEASE))
        .filter(outbox::Column::Id.in_subquery(first))
        .filter(due)
        .exec_with_returning(database.connection())
        .await?;
    Ok(mails)
}

async fn delete(database: &Database, id: Uuid) -> Result<(), Error> {
    outbox::Entity::delete_by_id(id).exec(database.connection()).await?;
    Ok(())
}

/// Takes note that a mail could not be sent, or gives it up.
async fn put_off(database: &Database, mail: &outbox::Model, reason: String, now: i64) -> Result<(), Error> {
    let attempts = mail.attempts.saturating_add(1);
    if now - mail.created_at >= GIVE_UP_AFTER {
        tracing::error!(mail = %mail.id, attempts, reason, "a mail is given up");
        return delete(database, mail.id).await;
    }
    tracing::warn!(mail = %mail.id, attempts, reason, "a mail could not be sent; it is tried again");
    outbox::Entity::update_many()
        .col_expr(outbox::Column::Attempts, Expr::value(attempts))
        .col_expr(outbox::Column::NotBefore, Expr::value(now + wait(attempts)))
        .col_expr(outbox::Column::LastError, Expr::value(reason))
        .col_expr(outbox::Column::LeasedUntil, Expr::value(None::<i64>))
        .filter(outbox::Column::Id.eq(mail.id))
        // A node that took too long leaves it to the one that has it now.
        .filter(outbox::Column::LeasedUntil.eq(mail.leased_until))
        .exec(database.connection())
        .await?;
    Ok(())
}

/// How long to wait after so many attempts.
fn wait(attempts: i32) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    2_i64.saturating_pow(doublings).saturating_mul(WAIT_AT_FIRST).min(WAIT_AT_MOST)
}

#[cfg(test)]
mod tests {
    use std::fmt::{self, Write as _};
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use eligibility::Lang;
    use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, TransactionTrait as _};
    use tempfile::TempDir;
    use tracing::field::{Field, Visit};
    use tracing::span;

    use super::*;
    use crate::mail::{Letter, MailSettings, post};

    const TO: &str = "reader@example.org";
    const LINK: &str = "https://lianhe.example.org/verify?token=secret";

    async fn database(folder: &TempDir) -> Database {
        let address = format!("sqlite://{}", folder.path().join("lianhe.db").display());
        Database::open(&address).await.expect("a database")
    }

    /// Mails go into the folder `mail`. While a file is in its place they cannot.
    fn transport(folder: &TempDir) -> Transport {
        let settings = MailSettings {
            smtp: None,
            from: "Lianhe 联合 <no-reply@example.org>".to_owned(),
            folder: folder.path().join("mail"),
        };
        Transport::new(&settings).expect("a transport")
    }

    fn fail(folder: &TempDir, is_down: bool) {
        let path = folder.path().join("mail");
        if is_down {
            std::fs::remove_dir_all(&path).expect("removed");
            std::fs::write(&path, "in the way").expect("written");
        } else {
            std::fs::remove_file(&path).expect("removed");
        }
    }

    fn mails(folder: &Path) -> usize {
        std::fs::read_dir(folder).map(Iterator::count).unwrap_or(0)
    }

    async fn post_one(database: &Database) {
        let transaction = database.connection().begin().await.expect("a transaction");
        post(&transaction, Lang::Zh, TO, &Letter::VerifyEmail { link: LINK.to_owned() }).await.expect("posted");
        transaction.commit().await.expect("committed");
    }

    async fn rows(database: &Database) -> Vec<outbox::Model> {
        outbox::Entity::find().all(database.connection()).await.expect("rows")
    }

    #[tokio::test]
    async fn a_letter_goes_out_if_what_it_tells_of_happened() {
        let folder = tempfile::tempdir().expect("a folder");
        let (database, transport) = (database(&folder).await, transport(&folder));
        let transaction = database.connection().begin().await.expect("a transaction");
        post(&transaction, Lang::En, TO, &Letter::PasswordChanged).await.expect("posted");
        transaction.rollback().await.expect("rolled back");
        assert_eq!(deliver_due(&database, &transport).await.expect("nothing to do"), 0);
        post_one(&database).await;
        post_one(&database).await;
        let waiting = rows(&database).await;
        assert_eq!(waiting.len(), 2);
        assert!(
            waiting.iter().all(|row| row.to_address == TO && row.subject == "请验证您的电子邮箱" && row.attempts == 0)
        );
        assert!(waiting.iter().all(|row| row.text.contains(LINK) && row.html.contains(LINK)));
        assert_eq!(deliver_due(&database, &transport).await.expect("sent"), 2);
        assert_eq!(deliver_due(&database, &transport).await.expect("nothing left"), 0);
        assert_eq!((rows(&database).await.len(), mails(&folder.path().join("mail"))), (0, 2));
    }

    #[tokio::test]
    async fn what_cannot_be_sent_waits_ever_longer_and_is_not_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let (database, transport) = (database(&folder).await, transport(&folder));
        post_one(&database).await;
        fail(&folder, true);
        let mut now = clock::now();
        for (attempts, seconds) in [(1, 10), (2, 20), (3, 40)] {
            assert_eq!(deliver(&database, &transport, now).await.expect("put off"), 0);
            let row = rows(&database).await.remove(0);
            assert_eq!((row.attempts, row.not_before, row.leased_until), (attempts, now + seconds * SECOND, None));
            let error = row.last_error.expect("a reason");
            assert!(error.starts_with("the folder cannot be written") && !error.contains('@'), "{error}");
            // Not before its time.
            assert_eq!(deliver(&database, &transport, row.not_before - 1).await.expect("nothing due"), 0);
            assert_eq!(rows(&database).await.remove(0).attempts, attempts);
            now = row.not_before;
        }
        fail(&folder, false);
        assert_eq!(deliver(&database, &transport, now).await.expect("sent"), 1);
        assert_eq!((rows(&database).await.len(), mails(&folder.path().join("mail"))), (0, 1));
    }

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let waits: Vec<i64> = (1..=11).map(|attempts| wait(attempts) / SECOND).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
        assert_eq!((wait(0), wait(i32::MAX)), (10 * SECOND, 3600 * SECOND));
    }

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<String>>);

    struct Line<'a>(&'a mut String);

    impl Visit for Line<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            let _ = write!(self.0, "{}={value:?} ", field.name());
        }
    }

    impl tracing::Subscriber for Log {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            metadata.target().starts_with(env!("CARGO_PKG_NAME"))
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &tracing::Event<'_>) {
            let mut log = self.0.lock().expect("the log");
            let _ = write!(log, "{} ", event.metadata().level());
            event.record(&mut Line(&mut log));
            log.push('\n');
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[tokio::test]
    async fn after_a_week_it_is_given_up_and_the_log_says_so_without_an_address() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = database(&folder).await;
        let log = Log::default();
        let _logging = tracing::subscriber::set_default(log.clone());
        let transport = transport(&folder);
        post_one(&database).await;
        fail(&folder, true);
        let created = rows(&database).await.remove(0).created_at;
        assert_eq!(deliver(&database, &transport, created + GIVE_UP_AFTER - 1).await.expect("put off"), 0);
        let row = rows(&database).await.remove(0);
        assert_eq!(row.attempts, 1);
        assert_eq!(deliver(&database, &transport, created + GIVE_UP_AFTER + WAIT_AT_FIRST).await.expect("given up"), 0);
        assert!(rows(&database).await.is_empty());
        let log = log.0.lock().expect("the log").clone();
        let levels: Vec<&str> = log.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(levels, ["WARN", "WARN", "ERROR"], "{log}");
        assert!(log.contains(&format!("message=a mail is given up mail={} attempts=2", row.id)), "{log}");
        for secret in ["reader", "example.org", "token", "请验证"] {
            assert!(!log.contains(secret), "{log}");
        }
    }

    #[tokio::test]
    async fn a_mail_is_with_one_node_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = database(&folder).await;
        for _ in 0..25 {
            post_one(&database).await;
        }
        let now = clock::now();
        let first = lease(&database, now).await.expect("leased");
        assert_eq!(first.len(), 20);
        assert!(first.iter().all(|mail| mail.leased_until == Some(now + LEASE)));
        let second = lease(&database, now).await.expect("leased");
        assert_eq!(second.len(), 5);
        assert!(second.iter().all(|mail| first.iter().all(|other| other.id != mail.id)));
        assert_eq!(lease(&database, now + LEASE - 1).await.expect("nothing free").len(), 0);
        // The first node has ended meanwhile: another one takes what it had.
        let third = lease(&database, now + LEASE).await.expect("leased");
        assert_eq!(third.len(), 20);
        // And if it has not ended, it no longer says what becomes of them.
        let late = first.iter().find(|mail| third.iter().any(|other| other.id == mail.id)).expect("one of them");
        put_off(&database, late, "late".to_owned(), now).await.expect("too late");
        let row = rows(&database).await.into_iter().find(|row| row.id == late.id).expect("there");
        assert_eq!((row.attempts, row.last_error, row.leased_until), (0, None, Some(now + LEASE + LEASE)));
    }

    #[tokio::test]
    async fn what_nobody_can_send_holds_up_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let (database, transport) = (database(&folder).await, transport(&folder));
        for _ in 0..3 {
            post_one(&database).await;
        }
        let mut broken: outbox::ActiveModel = rows(&database).await.remove(0).into();
        broken.to_address = Set("no address".to_owned());
        broken.update(database.connection()).await.expect("changed");
        assert_eq!(deliver_due(&database, &transport).await.expect("sent"), 2);
        let left = rows(&database).await;
        assert_eq!(left.len(), 1);
        assert_eq!(left.first().and_then(|row| row.last_error.as_deref()), Some("the reader's address is none"));
        database.connection().execute_unprepared("DELETE FROM outbox").await.expect("deleted");
        assert_eq!(deliver_due(&database, &transport).await.expect("nothing to do"), 0);
    }
}
