//! Measures the first page of a review queue of 50,000 cases, over HTTP with an access token.
//!
//! `cargo run --release --package api --example bench_queue`
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot go on ends")]

mod calls;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::ServerConfig;
use calls::calls;
use entity::{profile as profiles, review_case, revision};
use sea_orm::ActiveValue::Set;
use sea_orm::{Database, DatabaseConnection, EntityTrait, TransactionTrait};
use service::accounts::{self, SignIn, admin};
use service::{Actor, Directory, Options, Platform, Settings};
use totp_rs::{Builder, Secret};
use uuid::Uuid;

const CASES: usize = 50_000;
const PASSWORD: &str = "granite otter lamp violet";
const EMAIL: &str = "moderator@lianhe.example";
const PAGE: &str = r#"{"query":"{ reviewQueue(first: 20) { totalCount pageInfo { hasNextPage } nodes { id kind name { zh en } priority openedBy openedAt assignedTo state newestRevision } } }"}"#;
const FILTERED: &str = r#"{"query":"{ reviewQueue(first: 20, filter: { kinds: [REVISION], assigned: NOBODY }) { nodes { id name { zh en } openedAt } } }"}"#;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (library, taxonomy) = calls();
    let database = format!("sqlite://{}", folder.path().join("queue.db").display());
    let (platform, token) = runtime.block_on(async {
        let options = Options { database: database.clone(), index: None, library, taxonomy };
        let directory = Arc::new(Directory::open(options).await.expect("the directory opens"));
        let settings = Settings::below(folder.path().to_owned());
        let platform = Arc::new(Platform::open(directory, settings).await.expect("the platform opens"));
        let token = moderator(&platform).await;
        let connection = Database::connect(&database).await.expect("a connection");
        fill(&connection).await;
        (platform, token)
    });
    let address = serve(&platform, ServerConfig::default());
    println!("a review queue of {CASES} cases, over HTTP, one request after the other:");
    for (name, body) in [("first page with the total", PAGE), ("first page, filtered", FILTERED)] {
        let mut times: Vec<Duration> = Vec::new();
        let mut client = Client::connect(address);
        for _ in 0..300 {
            let begun = Instant::now();
            let answer = client.ask(body, &token);
            times.push(begun.elapsed());
            assert!(answer.contains("\"nodes\":[{"), "{answer}");
        }
        times.sort();
        let at = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3);
        println!("  {name:26} p50 {:5.1} ms  p99 {:5.1} ms", at(50), at(99));
    }
}

/// The access token of somebody who reviews.
async fn moderator(platform: &Platform) -> String {
    admin::create_administrator(platform, EMAIL, "Moderator", PASSWORD).await.expect("an account");
    let sign_in = |code| SignIn { email: EMAIL.to_owned(), password: PASSWORD.to_owned(), code };
    let session = accounts::sign_in(platform, sign_in(None), "").await.expect("signed in");
    let verified = accounts::authenticate(platform, &session.access_token).expect("a token");
    let actor = Actor::SignedIn(verified.signed_in);
    let new = accounts::begin_second_factor(platform, &actor, PASSWORD).await.expect("begun");
    let secret = Secret::try_from_base32(&new.secret).expect("base 32");
    let code = Builder::new().with_secret(secret).build().expect("a generator").generate_current().to_string();
    accounts::confirm_second_factor(platform, &actor, &code).await.expect("confirmed");
    let session = accounts::refresh(platform, &session.refresh_token).await.expect("refreshed");
    session.access_token
}

/// Profiles that wait for review.
async fn fill(connection: &DatabaseConnection) {
    let transaction = connection.begin().await.expect("a transaction");
    for begin in (0..CASES).step_by(1_000) {
        let numbers = begin..begin + 1_000;
        let ids: Vec<Uuid> = numbers.clone().map(|_| Uuid::now_v7()).collect();
        let at = |number: usize| i64::try_from(number * 7_919 % CASES).unwrap_or_default() + 1_700_000_000_000;
        let rows = numbers.clone().zip(&ids).map(|(number, id)| profiles::ActiveModel {
            id: Set(*id),
            status: Set(profiles::Status::Submitted),
            published_revision: Set(None),
            latest_revision: Set(1),
            change: Set(i64::try_from(number).unwrap_or_default() + 1),
            created_at: Set(at(number)),
            changed_at: Set(at(number)),
            confirmed_at: Set(None),
            reminded_at: Set(None),
        });
        profiles::Entity::insert_many(rows).exec_without_returning(&transaction).await.expect("profiles");
        let rows = numbers.clone().zip(&ids).map(|(number, id)| revision::ActiveModel {
            profile_id: Set(*id),
            number: Set(1),
            content: Set(format!(
                "{{\"names\":[{{\"text\":\"Institute {number}\",\"lang\":\"en\",\"kind\":\"LABEL\",\"assurance\":\"SELF_DECLARED\"}}]}}"
            )),
            created_at: Set(at(number)),
            author: Set(None),
        });
        revision::Entity::insert_many(rows).exec_without_returning(&transaction).await.expect("revisions");
        let rows = numbers.clone().zip(&ids).map(|(number, id)| review_case::ActiveModel {
            id: Set(Uuid::now_v7()),
            kind: Set(if number % 10 == 0 { review_case::Kind::Claim } else { review_case::Kind::Revision }),
            profile_id: Set(*id),
            revision: Set(Some(1)),
            opened_by: Set(*id),
            opened_at: Set(at(number)),
            priority: Set(i32::from(number % 50 == 0)),
            assigned_to: Set((number % 3 == 0).then_some(*id)),
            state: Set(review_case::State::Open),
            statement: Set(None),
            evidence: Set("[]".to_owned()),
            appeals: Set(None),
            decision: Set(None),
            reasons: Set("[]".to_owned()),
            message: Set(None),
            scores: Set("{}".to_owned()),
            decided_by: Set(None),
            decided_at: Set(None),
        });
        review_case::Entity::insert_many(rows).exec_without_returning(&transaction).await.expect("cases");
    }
    transaction.commit().await.expect("committed");
}

fn serve(platform: &Arc<Platform>, config: ServerConfig) -> SocketAddr {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = api::start(ServerConfig { listen, ..config }, Arc::clone(platform)).expect("the server starts");
    server.local_addr()
}

/// One connection that asks one question after the other.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self(BufReader::new(stream))
    }

    fn ask(&mut self, body: &str, token: &str) -> String {
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes()).expect("sent");
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("a line");
            if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer).expect("an answer");
        String::from_utf8(answer).expect("UTF-8")
    }
}
