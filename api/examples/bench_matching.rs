//! Measures ranked partners, completions, and how soon a subscriber has the report after a change, over HTTP and WebSocket with an
//! access token. Import the records first; accounts and consortia are added to that database.
//!
//! `cargo run --release --package api --example bench_matching -- DATA_FOLDER`
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot go on ends")]

mod calls;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::ServerConfig;
use calls::calls;
use entity::membership;
use futures_util::{SinkExt, StreamExt};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use search::{Filter, Request};
use serde_json::{Value, json};
use service::accounts::{self, SignIn, admin};
use service::{AccountId, Directory, Options, Platform, Settings};
use tokio::net::TcpStream as AsyncStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PASSWORD: &str = "granite otter lamp violet";
/// Subscribers that hear of each change.
const SUBSCRIBERS: usize = 20;
/// Directions and roles of those who seek.
const SEEKERS: [(&str, &str); 8] = [
    ("1.1", "LEAD"),
    ("1.3", "LEAD"),
    ("1.6", "LEAD"),
    ("1.7", "LEAD"),
    ("2.0", "LEAD"),
    ("2.2", "LEAD"),
    ("HK1.1", "LEAD"),
    ("2.2", "PARTICIPANT"),
];
const MATCHES: &str = "query($p: ID!, $d: String!, $r: Role!, $u: Boolean!) { matchesFor(profile: $p, direction: $d, role: $r, \
     undetermined: $u, first: 20) { totalCount edges { node { id name { zh en } } why { zh en } verdict \
     score { total parts { reason points } } } } }";
const COMPLETIONS: &str = "query($c: ID!, $u: Boolean!) { completions(consortium: $c, undetermined: $u) { searched \
     sets { total additions { side isLead profile { id name { en } } why { en } } undetermined { key } } } }";
const SLOTS: &str = "query($c: ID!) { openSlots(consortium: $c) { requirement { key } text { en } candidatesTotal \
     possibleCandidatesTotal candidates { profile { id } } possibleCandidates { profile { id } } } }";

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let data = PathBuf::from(std::env::args().nth(1).expect("the data folder"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (library, taxonomy) = calls();
    let options = Options {
        database: format!("sqlite://{}", data.join("lianhe.db").display()),
        index: Some(data.join("index")),
        library,
        taxonomy,
    };
    let (platform, token, account) = runtime.block_on(async {
        let directory = Arc::new(Directory::open(options).await.expect("the directory opens"));
        directory.catch_up().await.expect("the index is there");
        let platform = Arc::new(Platform::open(directory, Settings::below(data)).await.expect("the platform opens"));
        let email = format!("bench-{}@lianhe.example", service::now());
        admin::create_administrator(&platform, &email, "Bench", PASSWORD).await.expect("an account");
        let sign_in = SignIn { email, password: PASSWORD.to_owned(), code: None };
        let session = accounts::sign_in(&platform, sign_in, "").await.expect("signed in");
        let verified = accounts::authenticate(&platform, &session.access_token).expect("a token");
        (platform, session.access_token, verified.signed_in.account)
    });
    runtime.spawn(Arc::clone(&platform).run());
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = api::start(ServerConfig { listen, ..ServerConfig::default() }, Arc::clone(&platform));
    let address = server.expect("the server starts").local_addr();
    let mut client = Client { stream: BufReader::new(TcpStream::connect(address).expect("a connection")), token };
    client.stream.get_mut().set_nodelay(true).expect("no delay");
    println!("{} profiles", platform.directory().snapshot().len());

    let universities = runtime.block_on(owned(&platform, account, "university", 24));
    let mut times = Vec::new();
    for (direction, role) in SEEKERS {
        for profile in &universities {
            for undetermined in [false, true] {
                let variables = json!({ "p": profile, "d": direction, "r": role, "u": undetermined });
                times.push(client.timed(MATCHES, &variables).0);
            }
        }
    }
    tell("matchesFor, 20 partners with why and score", times);

    let six: Vec<&str> = universities.iter().take(6).map(String::as_str).collect();
    let mut heard = None;
    for direction in ["HK1.1", "2.2", "1.6"] {
        let consortium = client.consortium(direction, &six);
        let of = json!({ "c": consortium });
        let slots = client.timed(SLOTS, &of).1;
        let open = slots.pointer("/openSlots").and_then(Value::as_array).map_or(0, Vec::len);
        let mut times: Vec<Duration> = (0..30).map(|_| client.timed(SLOTS, &of).0).collect();
        times.sort();
        tell(&format!("openSlots of {direction}, six members, {open} open"), times);
        for undetermined in [false, true] {
            let variables = json!({ "c": consortium, "u": undetermined });
            let first = client.timed(COMPLETIONS, &variables).1;
            let sets = first.pointer("/completions/sets").and_then(Value::as_array).map_or(0, Vec::len);
            let times: Vec<Duration> = (0..30).map(|_| client.timed(COMPLETIONS, &variables).0).collect();
            tell(&format!("completions of {direction}, undetermined {undetermined}: {sets} sets"), times);
        }
        heard = Some(consortium);
    }
    let consortium = heard.expect("a consortium");
    let (times, all) = runtime.block_on(live(address, &mut client, &consortium));
    tell(&format!("report at the first of {SUBSCRIBERS} subscribers, from the mutation's being sent"), times);
    tell("report at the last of them", all);
}

fn tell(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len() - 1)).copied().unwrap_or_default();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!("{name}: p50 {:.1} ms  p99 {:.1} ms  ({})", milliseconds(at(50)), milliseconds(at(99)), times.len());
}

/// Chinese institutions that a word finds, which somebody owns from now on.
async fn owned(platform: &Platform, account: AccountId, word: &str, first: usize) -> Vec<String> {
    use base64::Engine;
    let china = eligibility::place::Country::parse("CN").expect("a code");
    let places = vec![vec![eligibility::place::Place::Country(china)]];
    let filter = Filter { places, ..Filter::default() };
    let request = Request { text: Some(word.to_owned()), filter, first, ..Request::default() };
    let found = platform.directory().search(&request).expect("a search");
    let mut ids = Vec::new();
    for hit in found.hits {
        let id = hit.listing.id;
        let row = membership::ActiveModel {
            profile_id: Set(id.0),
            account_id: Set(account.0),
            role: Set(membership::Role::Owner),
            created_at: Set(service::now()),
        };
        let connection = platform.database().connection();
        membership::Entity::insert(row).exec_without_returning(connection).await.expect("an owner");
        ids.push(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("Profile:{id}")));
    }
    ids
}

type Socket = WebSocketStream<MaybeTlsStream<AsyncStream>>;

async fn subscribe(address: SocketAddr, token: &str, consortium: &str) -> Socket {
    let mut request = format!("ws://{address}/graphql").into_client_request().expect("a request");
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    let (mut socket, _) = connect_async(request).await.expect("a socket");
    let query = format!(
        "subscription {{ consortiumChanged(consortium: \"{consortium}\") {{ version report {{ report {{ verdict violated \
         findings {{ outcome requirement {{ key }} }} }} }} }} }}"
    );
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    let subscription = json!({ "type": "subscribe", "id": "1", "payload": { "query": query } });
    for message in [init, subscription, json!({ "type": "ping" })] {
        socket.send(Message::text(message.to_string())).await.expect("sent");
    }
    // The acknowledgement, and the answer to the ping: the subscription has begun.
    for _ in 0..2 {
        socket.next().await.expect("a message").expect("no failure");
    }
    socket
}

/// How long after a change is sent the first and the last subscriber have the report.
async fn live(address: SocketAddr, client: &mut Client, consortium: &str) -> (Vec<Duration>, Vec<Duration>) {
    let mut sockets = Vec::new();
    for _ in 0..SUBSCRIBERS {
        sockets.push(subscribe(address, &client.token, consortium).await);
    }
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for months in 1..=60 {
        let query = "query($c: ID!) { consortium(id: $c) { version } }";
        let version = client.timed(query, &json!({ "c": consortium })).1;
        let input = json!({ "consortium": consortium, "version": version.pointer("/consortium/version"),
            "facts": [{ "fact": "project.duration_months", "value": months }] });
        let query = "mutation($input: EditConsortiumInput!) { editConsortium(input: $input) { userErrors { code } } }";
        let begun = Instant::now();
        client.send(query, &json!({ "input": input }));
        let mut heard = Vec::new();
        for socket in &mut sockets {
            let message = socket.next().await.expect("a message").expect("no failure");
            assert!(message.to_text().expect("a text").contains("verdict"), "{message}");
            heard.push(begun.elapsed());
        }
        client.receive();
        first.extend(heard.first());
        last.extend(heard.last());
    }
    (first, last)
}

/// One connection that asks one question after the other.
struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    /// A consortium of several institutions, led by the first.
    fn consortium(&mut self, direction: &str, members: &[&str]) -> String {
        let (lead, others) = members.split_first().expect("a lead");
        let input = json!({ "profile": lead, "side": "CHINESE", "direction": direction, "name": "Bench" });
        let query = "mutation($input: CreateConsortiumInput!) { createConsortium(input: $input) { consortium { id } userErrors { message { en } } } }";
        let created = self.timed(query, &json!({ "input": input })).1;
        let id = created.pointer("/createConsortium/consortium/id").and_then(Value::as_str).expect("an id").to_owned();
        for member in others {
            let input = json!({ "consortium": id, "profile": member, "side": "CHINESE" });
            let query = "mutation($input: InviteToConsortiumInput!) { inviteToConsortium(input: $input) { userErrors { message { en } } } }";
            self.timed(query, &json!({ "input": input }));
            let query = "query($p: ID!) { consortiumInvitations(profile: $p) { id } }";
            let open = self.timed(query, &json!({ "p": member })).1;
            let input = json!({ "invitation": open.pointer("/consortiumInvitations/0/id"), "accept": true });
            let query = "mutation($input: AnswerConsortiumInvitationInput!) { answerConsortiumInvitation(input: $input) { isAnswered userErrors { message { en } } } }";
            self.timed(query, &json!({ "input": input }));
        }
        id
    }

    /// Asks, and tells how long the answer took.
    fn timed(&mut self, query: &str, variables: &Value) -> (Duration, Value) {
        let begun = Instant::now();
        self.send(query, variables);
        let text = self.receive();
        let elapsed = begun.elapsed();
        let mut answer: Value = serde_json::from_str(&text).expect("JSON");
        assert!(answer.get("errors").is_none() && !text.contains("\"userErrors\":[{"), "{query} {variables}: {text}");
        (elapsed, answer.get_mut("data").expect("data").take())
    }

    fn send(&mut self, query: &str, variables: &Value) {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {}\r\n\
             content-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("sent");
    }

    fn receive(&mut self) -> String {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a line");
            if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).expect("an answer");
        String::from_utf8(answer).expect("UTF-8")
    }
}
