//! Mails on their way: from the outbox over a real mail server to a reader, once each, whatever happens in between.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/database.rs"]
mod database;
#[path = "support/smtp.rs"]
mod smtp;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use database::{Place, on_both};
use entity::outbox;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, EntityTrait};
use service::Database;
use service::mail::{MailSettings, Transport, deliver_due};
use uuid::Uuid;

on_both!(a_mail_arrives_as_it_was_written, two_nodes_send_each_mail_once, a_server_that_is_down_loses_nothing,);

fn transport(place: &Place, url: String) -> Transport {
    let settings = MailSettings {
        smtp: Some(url),
        from: "Lianhe 联合 <no-reply@example.org>".to_owned(),
        folder: place.path("mail"),
    };
    Transport::new(&settings).expect("a transport")
}

async fn put(database: &Database, to: &str, text: &str) {
    let row = outbox::ActiveModel {
        id: Set(Uuid::now_v7()),
        to_address: Set(to.to_owned()),
        subject: Set(
            "请验证您的电子邮箱 – a subject that is so long that it has to be folded, once or even twice".to_owned()
        ),
        text: Set(text.to_owned()),
        html: Set(format!("<!DOCTYPE html>\n<p>{text}</p>\n")),
        created_at: Set(1),
        not_before: Set(1),
        attempts: Set(0),
        last_error: Set(None),
        leased_until: Set(None),
    };
    outbox::Entity::insert(row).exec_without_returning(database.connection()).await.expect("put");
}

async fn waiting(database: &Database) -> Vec<outbox::Model> {
    outbox::Entity::find().all(database.connection()).await.expect("rows")
}

async fn a_mail_arrives_as_it_was_written(place: Place) {
    let (server, database) = (smtp::Server::start(), Database::open(place.address()).await.expect("a database"));
    let transport = transport(&place, server.url());
    let text = format!(
        "您好：\n\n.\n..two dots\nhttps://example.org/verify?token={}&x=%E4%B8%AD\n\n{}\n",
        "Ab-_".repeat(40),
        "一行很长的中文。".repeat(60)
    );
    put(&database, "Reader.One@Example.org", &text).await;
    put(&database, "two@example.org", "plain").await;
    assert_eq!(deliver_due(&database, &transport).await.expect("sent"), 2);
    let mail = server.wait_for("Reader.One@Example.org");
    assert_eq!(mail.to, "Reader.One@Example.org");
    assert_eq!(
        mail.subject,
        "请验证您的电子邮箱 – a subject that is so long that it has to be folded, once or even twice"
    );
    assert_eq!(mail.text, text);
    assert_eq!(mail.html, format!("<!DOCTYPE html>\n<p>{text}</p>\n"));
    assert_eq!(server.wait_for("two@example.org").text, "plain");
    assert_eq!((server.count(), waiting(&database).await.len()), (0, 0));
}

async fn two_nodes_send_each_mail_once(place: Place) {
    let server = smtp::Server::start();
    let nodes = [
        Database::open(place.address()).await.expect("a database"),
        Database::open(place.address()).await.expect("a database"),
    ];
    let transport = transport(&place, server.url());
    for number in 0..50 {
        put(&nodes[0], &format!("reader{number}@example.org"), "text").await;
    }
    let send = async |database: &Database| {
        let mut sent = 0;
        loop {
            match deliver_due(database, &transport).await.expect("sent") {
                0 => return sent,
                more => sent += more,
            }
        }
    };
    let (first, second) = tokio::join!(send(&nodes[0]), send(&nodes[1]));
    assert_eq!(first + second, 50);
    assert_eq!(server.count(), 50);
    for number in 0..50 {
        server.wait_for(&format!("reader{number}@example.org"));
    }
}

async fn a_server_that_is_down_loses_nothing(place: Place) {
    let (server, database) = (smtp::Server::start(), Database::open(place.address()).await.expect("a database"));
    let transport = transport(&place, server.url());
    server.refuse(true);
    for number in 0..3 {
        put(&database, &format!("reader{number}@example.org"), "text").await;
    }
    // The mails are written just now.
    outbox::Entity::update_many()
        .col_expr(outbox::Column::CreatedAt, Expr::value(i64::MAX / 2))
        .exec(database.connection())
        .await
        .expect("changed");
    assert_eq!(deliver_due(&database, &transport).await.expect("put off"), 0);
    let rows = waiting(&database).await;
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!((row.attempts, row.leased_until), (1, None));
        assert_eq!(row.last_error.as_deref(), Some("the mail server answers 451"));
    }
    server.refuse(false);
    // Not yet.
    assert_eq!(deliver_due(&database, &transport).await.expect("nothing due"), 0);
    assert_eq!(server.count(), 0);
    outbox::Entity::update_many()
        .col_expr(outbox::Column::NotBefore, Expr::value(1))
        .exec(database.connection())
        .await
        .expect("changed");
    assert_eq!(deliver_due(&database, &transport).await.expect("sent"), 3);
    for number in 0..3 {
        assert_eq!(server.wait_for(&format!("reader{number}@example.org")).text, "text");
    }
    assert_eq!((server.count(), waiting(&database).await.len()), (0, 0));
}

/// The tests' own server answers as the standard says: what it lets through, others would.
#[test]
fn the_server_of_the_tests_is_strict() {
    let server = smtp::Server::start();
    let url = server.url();
    let mut stream = TcpStream::connect(url.strip_prefix("smtp://").expect("its address")).expect("a connection");
    let mut answers = BufReader::new(stream.try_clone().expect("the connection"));
    let mut answer = || loop {
        let mut line = String::new();
        answers.read_line(&mut line).expect("an answer");
        if line.as_bytes().get(3) == Some(&b' ') {
            return line.get(..3).expect("a code").to_owned();
        }
    };
    assert_eq!(answer(), "220");
    for (line, code) in [
        ("MAIL FROM:<a@example.org>", "503"),
        ("EHLO", "501"),
        ("EHLO there", "250"),
        ("DATA", "503"),
        ("RCPT TO:<b@example.org>", "503"),
        ("MAIL FROM: a@example.org", "501"),
        ("mail from:<a@example.org> BODY=8BITMIME", "250"),
        ("MAIL FROM:<a@example.org>", "503"),
        ("DATA", "503"),
        ("RCPT TO:<nobody>", "501"),
        ("RCPT TO:<b@example.org>", "250"),
        ("RSET", "250"),
        ("DATA", "503"),
        ("NOOP", "250"),
        ("XYZZY", "500"),
        ("QUIT", "221"),
    ] {
        stream.write_all(format!("{line}\r\n").as_bytes()).expect("sent");
        assert_eq!(answer(), code, "{line}");
    }
    assert_eq!(server.count(), 0);
}
