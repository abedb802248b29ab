//! Measures the server with `wrk`, which has to be installed: a fixed body from the same HTTP server, `checkConsortium` with the
//! answers kept, and without, each also with an access token. One run, one machine, so that the ratios mean something.
//!
//! `cargo run --release --package api --example bench_http [SECONDS]`
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot go on ends")]

mod calls;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, mpsc};
use std::thread;

use actix_web::{App, HttpResponse, HttpServer, web};
use api::ServerConfig;
use calls::calls;
use service::accounts::{self, SignIn, admin};
use service::{Directory, Options, Platform, Settings};

/// Connections for each processor.
const CONNECTIONS: usize = 2;

const QUERY: &str = "query Check($input: CheckConsortiumInput!) { checkConsortium(input: $input) { \
     userErrors { code message { en } } report { verdict violated undetermined warned \
     findings(outcomes: [VIOLATED, UNDETERMINED]) { outcome requirement { key clause } \
     missingFacts { path } repairs { text { zh en } } } } } }";

const INPUT: &str = r#"{ "direction": "cn-nz", "members": [
    { "key": "c1", "side": "CHINESE", "lead": true, "country": "CN", "kind": "UNIVERSITY" },
    { "key": "p1", "side": "PARTNER", "country": "NZ" } ],
    "project": { "topic": "food-science", "durationMonths": 48 } }"#;

fn main() {
    let seconds = std::env::args().nth(1).unwrap_or_else(|| "5".to_owned());
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let input: serde_json::Value = serde_json::from_str(INPUT).expect("JSON");
    let body = serde_json::json!({ "query": QUERY, "variables": { "input": input } }).to_string();
    let quoted = serde_json::to_string(&body).expect("JSON").replace("\\u", "\\\\u");
    let lua = format!(
        "wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\n\
         wrk.headers['accept'] = 'application/graphql-response+json'\nwrk.body = {quoted}\n"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (library, taxonomy) = calls();
    let database = format!("sqlite://{}", folder.path().join("empty.db").display());
    let options = Options { database, index: None, library, taxonomy };
    let directory = Arc::new(runtime.block_on(Directory::open(options)).expect("the directory opens"));
    let settings = Settings { access_token_seconds: 3_600, ..Settings::below(folder.path().to_owned()) };
    let platform = Arc::new(runtime.block_on(Platform::open(directory, settings)).expect("a platform"));
    let token = runtime.block_on(token(&platform));
    let (anonymous, known) = (folder.path().join("anonymous.lua"), folder.path().join("known.lua"));
    fs::write(&anonymous, &lua).expect("the script is written");
    fs::write(&known, format!("{lua}wrk.headers['authorization'] = 'Bearer {token}'\n"))
        .expect("the script is written");
    let kept = serve(&platform, ServerConfig::default());
    let not_kept = serve(&platform, ServerConfig { response_cache_bytes: 0, ..ServerConfig::default() });
    let answer = answer_of(&kept.to_string(), &body);
    println!("question: {} bytes, answer: {} bytes", body.len(), answer.len());
    let fixed = serve_fixed(answer, processors);

    let mut first = None;
    for (name, address, script) in [
        ("a fixed body", fixed, &anonymous),
        ("checkConsortium, answers kept", kept, &anonymous),
        ("the same with a token", kept, &known),
        ("checkConsortium, none kept", not_kept, &anonymous),
        ("the same with a token", not_kept, &known),
    ] {
        let rate = measure(address, script, &seconds, CONNECTIONS * processors);
        let of = rate / *first.get_or_insert(rate);
        println!("{name:32} {rate:10.0} requests/s  {:6.1} %", of * 100.0);
    }
}

/// The access token of somebody who has signed in.
async fn token(platform: &Platform) -> String {
    let (email, password) = ("bench@example.org", "granite otter lamp violet");
    admin::create_administrator(platform, email, "Bench", password).await.expect("an account");
    let input = SignIn { email: email.to_owned(), password: password.to_owned(), code: None };
    accounts::sign_in(platform, input, "").await.expect("signed in").access_token
}

fn serve(platform: &Arc<Platform>, config: ServerConfig) -> SocketAddr {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = api::start(ServerConfig { listen, ..config }, Arc::clone(platform)).expect("the server starts");
    server.local_addr()
}

/// Serves the same bytes whatever is asked, by the HTTP server that the API stands on.
fn serve_fixed(body: String, workers: usize) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    let body = web::Bytes::from(body);
    let run = move || async move {
        let server = HttpServer::new(move || {
            let body = body.clone();
            let answer = move |_: web::Bytes| {
                let body = body.clone();
                async move { HttpResponse::Ok().content_type("application/graphql-response+json").body(body) }
            };
            App::new().route("/graphql", web::post().to(answer))
        });
        let server = server.workers(workers).bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        tell.send(server.addrs().first().copied()).expect("somebody waits");
        server.run().await
    };
    thread::spawn(move || actix_web::rt::System::new().block_on(run()));
    told.recv().expect("the server starts").expect("an address")
}

fn answer_of(address: &str, body: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let (_, answer) = text.split_once("\r\n\r\n").expect("a body");
    assert!(answer.contains("\"verdict\""), "{answer}");
    answer.to_owned()
}

/// Requests a second.
fn measure(address: SocketAddr, script: &Path, seconds: &str, connections: usize) -> f64 {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &connections.to_string(), "--duration", &format!("{seconds}s")])
        .arg("--script")
        .arg(script)
        .arg(format!("http://{address}/graphql"))
        .output()
        .expect("wrk runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("Non-2xx"), "{text}");
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse().ok());
    rate.expect("a rate")
}
