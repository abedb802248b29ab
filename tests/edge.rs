//! Who is known at the edge: tokens over HTTP and WebSocket, the keys to verify them with, files of evidence by permit.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "support/directory.rs"]
mod directory;
#[path = "support/wire.rs"]
mod wire;

use std::io::Write;
use std::net::Shutdown;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use api::{RunningServer, ServerConfig};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use service::accounts::{self, PermitUse, SignIn, admin};
use service::{Actor, EvidenceId, Platform, Settings, registry};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use wire::{Response, connect, receive, send};

const PASSWORD: &str = "granite otter lamp violet";
const MINE: &str = "{ myProfiles { id } }";

/// The institutions of the demo, and what they live in.
struct World {
    platform: Arc<Platform>,
    runtime: Runtime,
    _folder: TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let address = format!("sqlite://{}", folder.path().join("demo.db").display());
    let platform = runtime.block_on(async {
        let directory = directory::open(&address, &folder.path().join("index")).await;
        let table = include_str!("../demo/institutions.csv");
        let records = registry::csv_text(table, directory.library(), directory.taxonomy());
        directory.import("demo", records, |_| {}).await.expect("imported");
        let settings = Settings::below(folder.path().to_owned());
        Platform::open(Arc::new(directory), settings).await.expect("a platform")
    });
    World { platform: Arc::new(platform), runtime, _folder: folder }
});

fn platform() -> &'static Arc<Platform> {
    &WORLD.platform
}

fn wait<F: Future>(future: F) -> F::Output {
    WORLD.runtime.block_on(future)
}

/// A server on a free port of this machine.
fn start(config: ServerConfig, platform: &Arc<Platform>) -> RunningServer {
    let listen = ([127, 0, 0, 1], 0).into();
    let config = ServerConfig { listen, workers: 1, shutdown_timeout: Duration::from_secs(1), ..config };
    api::start(config, Arc::clone(platform)).expect("the server starts")
}

fn stop(server: RunningServer) {
    server.stop_handle().stop();
    server.wait().expect("the server ends well");
}

/// Somebody who has signed in.
struct Person {
    actor: Actor,
    token: String,
}

impl Person {
    fn header(&self) -> String {
        format!("authorization: Bearer {}", self.token)
    }
}

/// Somebody new, signed in to a platform.
fn person_of(platform: &Platform) -> Person {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let email = format!("person{}@example.org", NUMBER.fetch_add(1, Ordering::Relaxed));
    wait(async {
        admin::create_administrator(platform, &email, "王小明 Wang Xiaoming", PASSWORD).await.expect("an account");
        let input = SignIn { email, password: PASSWORD.to_owned(), code: None };
        let session = accounts::sign_in(platform, input, "192.0.2.1").await.expect("signed in");
        let verified = accounts::authenticate(platform, &session.access_token).expect("a token that verifies");
        Person { actor: Actor::SignedIn(verified.signed_in), token: session.access_token }
    })
}

fn person() -> Person {
    person_of(platform())
}

fn ask(server: &RunningServer, headers: &[&str], query: &str) -> Response {
    let headers: Vec<&str> = ["content-type: application/json"].into_iter().chain(headers.iter().copied()).collect();
    send(server, "POST /graphql", &headers, json!({ "query": query }).to_string().as_bytes())
}

fn serving(config: ServerConfig, test: impl FnOnce(&RunningServer)) {
    let server = start(config, platform());
    test(&server);
    stop(server);
}

/// Answers taken from those that are kept.
fn hits(server: &RunningServer) -> u32 {
    let text = send(server, "GET /metrics", &[], b"").text().to_owned();
    let line = "lianhe_cache_lookups_total{cache=\"responses\",result=\"hit\"} ";
    text.lines().find_map(|found| found.strip_prefix(line)?.parse().ok()).unwrap_or(0)
}

#[test]
fn a_token_says_who_asks_until_its_session_ends() {
    serving(ServerConfig::default(), |server| {
        let person = person();
        let header = person.header();
        assert_eq!(ask(server, &[], MINE).code(), "UNAUTHENTICATED");
        let mine = ask(server, &[&header], MINE);
        assert_eq!((mine.status, mine.text()), (200, r#"{"data":{"myProfiles":[]}}"#));
        // The scheme has no case.
        assert_eq!(ask(server, &[&header.replace("Bearer", "bearer")], MINE).text(), mine.text());
        let by_get = send(server, "GET /graphql?query=%7BmyProfiles%7Bid%7D%7D", &[&header], b"");
        assert_eq!(by_get.text(), mine.text());
        wait(accounts::sign_out(platform(), &person.actor)).expect("signed out");
        let ended = ask(server, &[&header, "accept: application/graphql-response+json"], MINE);
        assert_eq!((ended.status, ended.code().as_str()), (401, "INVALID_TOKEN"));
        assert_eq!(ended.header("www-authenticate").as_deref(), Some("Bearer error=\"invalid_token\""));
        assert_eq!(ended.json()["errors"][0]["message"], json!("the session has ended; sign in again"));
    });
}

#[test]
fn answers_to_somebody_are_not_kept_but_those_to_everybody_are() {
    serving(ServerConfig::default(), |server| {
        let (one, other) = (person(), person());
        assert_eq!(ask(server, &[&one.header()], MINE).status, 200);
        assert_eq!(ask(server, &[&one.header()], MINE).status, 200);
        assert_eq!(ask(server, &[&other.header()], MINE).status, 200);
        assert_eq!(ask(server, &[], MINE).code(), "UNAUTHENTICATED");
        assert_eq!(hits(server), 0);
        let public = "{ directions(first: 1) { totalCount } }";
        let first = ask(server, &[&one.header()], public);
        let second = ask(server, &[], public);
        let third = ask(server, &[&other.header()], public);
        assert_eq!((hits(server), &second.body, &third.body), (2, &first.body, &first.body));
        // Nor is what a mutation gave, whoever asks.
        let mutation = "mutation { markNotificationsRead(input: {}) { userErrors { code } } }";
        for _ in 0..2 {
            ask(server, &[], mutation);
        }
        assert_eq!(hits(server), 2);
    });
}

/// A platform whose tokens live for a second at most, on the same database.
fn short_lived() -> Arc<Platform> {
    let settings = Settings { access_token_seconds: 1, ..platform().settings().clone() };
    Arc::new(wait(Platform::open(Arc::clone(platform().directory()), settings)).expect("a platform"))
}

#[test]
fn a_token_that_has_expired_is_told_apart() {
    let platform = short_lived();
    let server = start(ServerConfig::default(), &platform);
    let header = person_of(&platform).header();
    let started = Instant::now();
    let response = loop {
        let response = ask(&server, &[&header], MINE);
        if response.status != 200 || started.elapsed() > Duration::from_secs(20) {
            break response;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((response.status, response.code().as_str()), (401, "TOKEN_EXPIRED"));
    assert_eq!(response.header("www-authenticate").as_deref(), Some("Bearer error=\"invalid_token\""));
    // A socket that was opened with one ends with it.
    let header = person_of(&platform).header();
    let token = header.strip_prefix("authorization: ").expect("a header").to_owned();
    let said = socket(&server, json!({ "authorization": token }), None, || {});
    assert_eq!(said.last(), Some(&json!([4403, "Forbidden"])));
    stop(server);
}

/// All that a socket hears after its init and one operation, in the end how it is closed. Once the operation runs, `then` is done.
fn socket(server: &RunningServer, init: Value, query: Option<&str>, then: impl FnOnce()) -> Vec<Value> {
    let mut request = format!("ws://{}/graphql", server.local_addr()).into_client_request().expect("a request");
    let protocol = "graphql-transport-ws".parse().expect("a value");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut socket = runtime.block_on(connect_async(request)).expect("a socket").0;
    let mut say = |message: Value| runtime.block_on(socket.send(Message::text(message.to_string()))).expect("sent");
    say(json!({ "type": "connection_init", "payload": init }));
    if let Some(query) = query {
        say(json!({ "id": "1", "type": "subscribe", "payload": { "query": query } }));
    }
    say(json!({ "type": "ping" }));
    let (mut heard, mut then) = (Vec::new(), Some(then));
    loop {
        let next = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), socket.next()).await });
        match next.expect("in time").expect("a message").expect("no failure") {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                // The answer to the ping: whatever came before it has begun.
                if message["type"] == "pong" {
                    then.take().expect("once")();
                } else {
                    heard.push(message);
                }
            }
            Message::Close(Some(close)) => {
                heard.push(json!([u16::from(close.code), close.reason.as_str()]));
                return heard;
            }
            _ => {}
        }
    }
}

#[test]
fn a_socket_ends_with_the_session_it_was_opened_in() {
    serving(ServerConfig::default(), |server| {
        let (person, other) = (person(), person());
        let init = |key: &str| json!({ key: format!("Bearer {}", person.token) });
        let subscription = Some("subscription { notifications { id } }");
        let heard = socket(server, init("authorization"), subscription, || {
            wait(accounts::sign_out(platform(), &other.actor)).expect("signed out");
            wait(accounts::sign_out(platform(), &person.actor)).expect("signed out");
        });
        assert_eq!(heard, [json!({ "type": "connection_ack" }), json!([4403, "Forbidden"])]);
        // It opens none any more.
        assert_eq!(socket(server, init("Authorization"), None, || {}), [json!([4403, "Forbidden"])]);
    });
}

#[test]
fn a_subscription_that_is_not_for_the_caller_never_begins() {
    serving(ServerConfig::default(), |server| {
        let query = Some("subscription { notifications { id } }");
        let heard = socket(server, json!({}), query, || server.stop_handle().stop());
        let error = heard.get(1).expect("an error");
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("1")), "{error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], json!("UNAUTHENTICATED"));
        assert_eq!(heard.get(2..), Some(&[json!([1001, "Going away"])][..]));
    });
}

#[test]
fn the_keys_are_public() {
    serving(ServerConfig::default(), |server| {
        let response = send(server, "GET /.well-known/jwks.json", &[], b"");
        assert_eq!(
            (response.status, response.header("content-type").as_deref()),
            (200, Some("application/jwk-set+json"))
        );
        assert_eq!(response.header("cache-control").as_deref(), Some("max-age=300"));
        let keys = response.json();
        let key = &keys["keys"][0];
        assert_eq!((&key["kty"], &key["crv"], key.get("d")), (&json!("OKP"), &json!("Ed25519"), None), "{keys}");
        let head = send(server, "HEAD /.well-known/jwks.json", &[], b"");
        assert_eq!((head.status, head.text()), (200, ""));
        let post = send(server, "POST /.well-known/jwks.json", &[], b"");
        assert_eq!((post.status, post.header("allow").as_deref()), (405, Some("GET, HEAD")));
    });
}

/// Announces a file of so many bytes, and gives its id.
fn staged(server: &RunningServer, person: &Person, size: usize) -> (EvidenceId, String) {
    let listed = ask(server, &[], "{ profiles(first: 1) { nodes { id } } }").json();
    let profile = &listed["data"]["profiles"]["nodes"][0]["id"];
    let query = "mutation S($input: StageEvidenceInput!) {
        stageEvidence(input: $input) { staged { uploadUrl } userErrors { code field message { en } } } }";
    let input = json!({ "profile": profile, "purpose": "CLAIM", "name": "证明 \"1\".pdf", "size": size });
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let headers = ["content-type: application/json", &person.header()];
    let answer = send(server, "POST /graphql", &headers, body.as_bytes()).json();
    let url = answer["data"]["stageEvidence"]["staged"]["uploadUrl"].as_str().unwrap_or_else(|| wrong(&answer));
    let path = url.strip_prefix("http://127.0.0.1:8080").expect("the public address").to_owned();
    let id = path.strip_prefix("/evidence/").and_then(|rest| rest.split('?').next()?.parse().ok());
    (id.expect("an id"), path)
}

#[expect(clippy::panic, reason = "a test that cannot go on fails")]
fn wrong<T>(answer: &Value) -> T {
    panic!("{answer}")
}

/// The path under which a file can be sent or fetched.
fn permitted(person: &Person, of: PermitUse, id: EvidenceId) -> String {
    let Actor::SignedIn(signed_in) = &person.actor else { return wrong(&json!("nobody")) };
    let permit = accounts::sign_permit(platform(), of, id.0, signed_in).expect("a permit");
    format!("/evidence/{id}?permit={permit}")
}

const FILE: &[u8] = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n";

#[test]
fn a_file_is_sent_once_and_fetched_as_an_attachment() {
    serving(ServerConfig::default(), |server| {
        let person = person();
        let (id, path) = staged(server, &person, FILE.len());
        let sent = send(server, &format!("PUT {path}"), &["content-type: text/html"], FILE);
        assert_eq!(sent.status, 201, "{}", sent.text());
        let sha256 = sent.json()["sha256"].as_str().map(str::len);
        assert_eq!(
            (&sent.json()["mediaType"], &sent.json()["size"], sha256),
            (&json!("application/pdf"), &json!(FILE.len()), Some(64))
        );
        let again = send(server, &format!("PUT {path}"), &["accept-language: zh"], FILE);
        assert_eq!((again.status, again.code().as_str()), (409, "CONFLICT"));
        assert_eq!(again.json()["errors"][0]["message"], json!("该文件已上传，不能替换；请另行上传"));

        let path = permitted(&person, PermitUse::Download, id);
        let fetched = send(server, &format!("GET {path}"), &["accept-encoding: gzip"], b"");
        assert_eq!((fetched.status, fetched.body.as_slice()), (200, FILE));
        for (name, value) in [
            ("content-type", "application/octet-stream"),
            ("content-disposition", "attachment; filename*=UTF-8''%E8%AF%81%E6%98%8E%20%221%22.pdf"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-store"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(fetched.header(name).as_deref(), Some(value), "{name}");
        }
        assert_eq!(fetched.header("content-length"), Some(FILE.len().to_string()));
        let head = send(server, &format!("HEAD {path}"), &[], b"");
        assert_eq!((head.status, head.text(), head.header("content-length")), (200, "", Some(FILE.len().to_string())));
    });
}

#[test]
fn a_permit_is_for_one_file_one_use_and_one_session() {
    serving(ServerConfig::default(), |server| {
        let person = person();
        let (id, path) = staged(server, &person, FILE.len());
        let (other, _) = staged(server, &person, FILE.len());
        let download = permitted(&person, PermitUse::Download, id);
        let (_, permit) = path.split_once('?').expect("a permit");
        for path in [
            download.clone(),
            format!("/evidence/{id}"),
            format!("/evidence/{id}?permit="),
            format!("/evidence/{id}?permit={}", person.token),
            format!("/evidence/{id}?{permit}&{permit}"),
            format!("/evidence/{other}?{permit}"),
            format!("/evidence/nothing?{permit}"),
            format!("{path}x"),
        ] {
            let refused = send(server, &format!("PUT {path}"), &[], FILE);
            assert_eq!((refused.status, refused.code().as_str()), (403, "INVALID_PERMIT"), "{path}");
        }
        let refused = send(server, &format!("GET {path}"), &[], b"");
        assert_eq!((refused.status, refused.code().as_str()), (403, "INVALID_PERMIT"));
        // There is nothing to fetch yet.
        let missing = send(server, &format!("GET {download}"), &[], b"");
        assert_eq!((missing.status, missing.code().as_str()), (404, "NOT_FOUND"));
        assert_eq!(send(server, &format!("PUT {path}"), &[], FILE).status, 201);
        wait(accounts::sign_out(platform(), &person.actor)).expect("signed out");
        let refused = send(server, &format!("GET {download}"), &[], b"");
        assert_eq!((refused.status, refused.code().as_str()), (403, "INVALID_PERMIT"));
    });
}

#[test]
fn a_file_that_is_none_or_does_not_come_leaves_nothing() {
    let config = ServerConfig { upload_gap: Duration::from_millis(200), ..ServerConfig::default() };
    serving(config, |server| {
        let person = person();
        let (id, path) = staged(server, &person, FILE.len());
        let put = format!("PUT {path}");
        let page = format!("{:<1$}", "<html><script>", FILE.len());
        for (headers, body, status, code) in [
            (&[][..], page.as_bytes(), 415, "UNSUPPORTED_MEDIA_TYPE"),
            (&["content-encoding: gzip"], FILE, 415, "UNSUPPORTED_MEDIA_TYPE"),
            (&[], &FILE[..20], 400, "INVALID_REQUEST"),
            (&[], &[FILE, b" "].concat(), 413, "BODY_TOO_LARGE"),
        ] {
            let refused = send(server, &put, headers, body);
            assert_eq!((refused.status, refused.code().as_str()), (status, code));
        }
        let begin = |length: usize, part: &[u8]| {
            let mut stream = connect(server);
            let head = format!("{put} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).expect("sent");
            stream.write_all(part).expect("sent");
            stream
        };
        // Refused before a byte of it is there.
        let limit = platform().settings().evidence_bytes;
        let refused = receive(&mut begin(usize::try_from(limit + 1).expect("a size"), b""));
        assert_eq!((refused.status, refused.code().as_str()), (413, "BODY_TOO_LARGE"));
        assert_eq!(refused.json()["errors"][0]["extensions"]["limit"], json!(limit));
        // One that pauses for too long.
        let refused = receive(&mut begin(FILE.len(), &FILE[..20]));
        assert_eq!((refused.status, refused.code().as_str()), (408, "REQUEST_TIMEOUT"));
        // One whose sender goes away.
        begin(FILE.len(), &FILE[..20]).shutdown(Shutdown::Both).expect("closed");
        let missing = send(server, &format!("GET {}", permitted(&person, PermitUse::Download, id)), &[], b"");
        assert_eq!(missing.status, 404);
        assert_eq!(send(server, &put, &[], FILE).status, 201);
    });
    let config = ServerConfig { upload_timeout: Duration::from_millis(200), ..ServerConfig::default() };
    serving(config, |server| {
        let (_, path) = staged(server, &person(), FILE.len());
        let mut stream = connect(server);
        let head = format!("PUT {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n%", FILE.len());
        stream.write_all(head.as_bytes()).expect("sent");
        let refused = receive(&mut stream);
        assert_eq!((refused.status, refused.code().as_str()), (408, "REQUEST_TIMEOUT"));
    });
}

#[test]
fn pages_of_configured_origins_may_send_files_and_tokens() {
    let config = ServerConfig { allowed_origins: vec!["https://portal.example".to_owned()], ..ServerConfig::default() };
    serving(config, |server| {
        let preflight = ["origin: https://portal.example", "access-control-request-method: PUT"];
        let response = send(server, "OPTIONS /evidence/x", &preflight, b"");
        assert_eq!((response.status, response.header("allow").as_deref()), (204, Some("GET, HEAD, PUT, OPTIONS")));
        assert_eq!(response.header("access-control-allow-methods").as_deref(), Some("GET, HEAD, PUT"));
        assert_eq!(response.header("access-control-allow-origin").as_deref(), Some("https://portal.example"));
        let refused = send(server, "PUT /evidence/x", &preflight[..1], FILE);
        assert_eq!(refused.status, 403);
        assert_eq!(refused.header("access-control-allow-origin").as_deref(), Some("https://portal.example"));
        let other = send(server, "DELETE /evidence/x", &[], b"");
        assert_eq!((other.status, other.header("allow").as_deref()), (405, Some("GET, HEAD, PUT, OPTIONS")));
    });
}
