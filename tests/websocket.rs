//! GraphQL over WebSocket from outside: the handshake, the protocol `graphql-transport-ws`, its limits and its close codes.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod support;
#[path = "support/wire.rs"]
mod wire;

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::{Limits, RunningServer, ServerConfig, Sockets};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use support::{start, stop};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wire::send;

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
const FAR: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_millis(100);

/// The client's side of a socket.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn send(&mut self, message: impl ToString) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    /// The next message but pings.
    async fn next(&mut self) -> Message {
        loop {
            match timeout(FAR, self.0.next()).await.expect("in time").expect("a message").expect("no failure") {
                Message::Ping(_) => {}
                other => return other,
            }
        }
    }

    async fn json(&mut self) -> Value {
        let message = self.next().await;
        serde_json::from_str(message.to_text().expect("a text")).unwrap_or_else(|error| unexpected(&error, &message))
    }

    /// How the server closes it.
    async fn close(&mut self) -> (u16, String) {
        match self.next().await {
            Message::Close(Some(close)) => (close.code.into(), close.reason.to_string()),
            other => unexpected(&"no close", &other),
        }
    }

    async fn init(&mut self) {
        self.send(json!({ "type": "connection_init" })).await;
        assert_eq!(self.json().await, json!({ "type": "connection_ack" }));
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    /// The code of the errors with which an operation ends.
    async fn error(&mut self, id: &str) -> String {
        let message = self.json().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)), "{message}");
        message["payload"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

#[expect(clippy::panic, reason = "a test that cannot go on fails")]
fn unexpected<T>(why: &impl std::fmt::Display, found: &impl std::fmt::Debug) -> T {
    panic!("{why}: {found:?}")
}

async fn handshake(server: &RunningServer, headers: &[(&str, &str)]) -> tungstenite::Result<(Socket, Response)> {
    let mut request = format!("ws://{}/graphql", server.local_addr()).into_client_request().expect("a request");
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a name");
        request.headers_mut().append(name, HeaderValue::from_str(value).expect("a value"));
    }
    connect_async(request).await.map(|(stream, response)| (Socket(stream), response))
}

async fn open(server: &RunningServer) -> Socket {
    handshake(server, &[PROTOCOL]).await.expect("a socket").0
}

/// The status and the code with which a handshake is refused.
async fn refused(server: &RunningServer, headers: &[(&str, &str)]) -> (u16, String) {
    match handshake(server, headers).await {
        Err(tungstenite::Error::Http(response)) => {
            let body: Value =
                serde_json::from_slice(response.body().as_deref().unwrap_or_default()).unwrap_or_default();
            let code = body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
            (response.status().as_u16(), code)
        }
        Err(other) => unexpected(&"no answer", &other),
        Ok((_, response)) => unexpected(&"not refused", &response),
    }
}

fn serving<F: Future<Output = ()>>(config: ServerConfig, test: impl FnOnce(Arc<RunningServer>) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = Arc::new(start(config));
    runtime.block_on(test(Arc::clone(&server)));
    stop(Arc::into_inner(server).expect("nobody else holds it"));
}

fn open_sockets(server: &RunningServer) -> u32 {
    let metrics = send(server, "GET /metrics", &[], b"");
    let line = metrics.text().lines().find_map(|line| line.strip_prefix("lianhe_websockets "));
    line.and_then(|count| count.parse().ok()).expect("a count")
}

/// Waits until so many sockets are open.
async fn until_open(server: &RunningServer, count: u32) {
    let started = Instant::now();
    while open_sockets(server) != count {
        assert!(started.elapsed() < FAR, "{} sockets are open", open_sockets(server));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_query_is_answered_once_and_completed() {
    serving(ServerConfig::default(), |server| async move {
        let (mut socket, response) = handshake(&server, &[PROTOCOL]).await.expect("a socket");
        assert_eq!(response.status(), 101);
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        socket.init().await;
        socket.subscribe("a", "query Q { __typename }").await;
        let next = json!({ "id": "a", "type": "next", "payload": { "data": { "__typename": "Query" } } });
        assert_eq!(socket.json().await, next);
        assert_eq!(socket.json().await, json!({ "id": "a", "type": "complete" }));
        // Variables and the choice of an operation are those of HTTP.
        let query = "query A { __typename } query B($id: ID!) { node(id: $id) { id } }";
        let payload = json!({ "query": query, "operationName": "B", "variables": { "id": "?" }, "extensions": {} });
        socket.send(json!({ "id": "a", "type": "subscribe", "payload": payload })).await;
        let next = socket.json().await;
        assert_eq!((&next["type"], &next["payload"]["data"]), (&json!("next"), &json!({ "node": null })));
        assert_eq!(next["payload"]["errors"][0]["extensions"]["code"], json!("INVALID_ID"));
        assert_eq!(socket.json().await, json!({ "id": "a", "type": "complete" }));
        socket.subscribe("b", "mutation { __typename }").await;
        assert_eq!(socket.json().await["payload"], json!({ "data": { "__typename": "Mutation" } }));
        assert_eq!(socket.json().await, json!({ "id": "b", "type": "complete" }));
        until_open(&server, 1).await;
        socket.0.close(None).await.expect("closed");
        until_open(&server, 0).await;
    });
}

#[test]
fn requests_that_do_not_run_end_with_the_errors_of_http() {
    let config = ServerConfig { limits: Limits { cost: 100, ..Limits::default() }, ..ServerConfig::default() };
    serving(config, |server| async move {
        let mut socket = open(&server).await;
        socket.init().await;
        for (query, code) in [
            ("{".to_owned(), "SYNTAX"),
            ("{ nothing }".to_owned(), "INVALID_QUERY"),
            ("mutation { nothing }".to_owned(), "INVALID_QUERY"),
            ("subscription { nothing }".to_owned(), "INVALID_QUERY"),
            ("subscription { notifications { id } reviewQueueChanges { __typename } }".to_owned(), "INVALID_QUERY"),
            ("subscription { ...F } fragment F on Subscription { notifications { id } }".to_owned(), "INVALID_QUERY"),
            ("subscription { notifications { id } }".to_owned(), "UNAUTHENTICATED"),
            ("query A { __typename } query B { __typename }".to_owned(), "UNKNOWN_OPERATION"),
            ("query T($name: String!) { __type(name: $name) { name } }".to_owned(), "INVALID_VARIABLE"),
            ("{ directions(first: 100) { nodes { id title { text } } } }".to_owned(), "TOO_EXPENSIVE"),
            (format!("{{ node(id: {}1{}) {{ id }} }}", "[".repeat(5_000), "]".repeat(5_000)), "NESTED_TOO_DEEP"),
            (
                format!("{{ {} }}", (0..200).map(|n| format!("a{n}:__typename ")).collect::<String>()),
                "TOO_MANY_ALIASES",
            ),
            ("a ".repeat(20_000), "QUERY_TOO_LONG"),
        ] {
            socket.subscribe("1", &query).await;
            assert_eq!(socket.error("1").await, code, "{}", query.chars().take(60).collect::<String>());
        }
        let nested = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        let text =
            format!(r#"{{"id":"1","type":"subscribe","payload":{{"query":"{{a}}","variables":{{"x":{nested}}}}}}}"#);
        socket.send(text).await;
        assert_eq!(socket.error("1").await, "NESTED_TOO_DEEP");
        // Nothing follows an error, and the socket goes on.
        socket.subscribe("1", "{ __typename }").await;
        assert_eq!(socket.json().await["type"], json!("next"));
        assert_eq!(socket.json().await["type"], json!("complete"));
    });
}

#[test]
fn messages_are_in_the_language_of_the_handshake() {
    serving(ServerConfig::default(), |server| async move {
        let (mut socket, _) = handshake(&server, &[PROTOCOL, ("accept-language", "zh-CN")]).await.expect("a socket");
        socket.init().await;
        socket.subscribe("1", "{ node(id: \"?\") { id } }").await;
        let next = socket.json().await;
        assert_eq!(next["payload"]["errors"][0]["message"], json!("`?` 不是本服务给出的 ID"));
    });
}

#[test]
fn what_breaks_the_protocol_closes_the_socket_with_its_code() {
    serving(ServerConfig::default(), |server| async move {
        let init = r#"{"type":"connection_init"}"#;
        let subscribe = r#"{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}"#;
        let token = |token: &str| format!(r#"{{"type":"connection_init","payload":{{"authorization":"{token}"}}}}"#);
        let (wrong, unschemed, empty) = (token("Bearer x"), token("x"), token(""));
        let capital = r#"{"type":"connection_init","payload":{"Authorization":"Bearer x"}}"#;
        for (messages, code, reason) in [
            (&["hello"][..], 4400, "Invalid message: not a JSON object"),
            (&["{"], 4400, "Invalid message: not JSON"),
            (&[r#"{"type":"start"}"#], 4400, "Invalid message: this `type` is not one that a client sends"),
            (
                &[init, r#"{"type":"connection_ack"}"#],
                4400,
                "Invalid message: this `type` is not one that a client sends",
            ),
            (&[init, r#"{"id":"1","type":"subscribe","payload":{}}"#], 4400, "Invalid message: `query` is required"),
            (
                &[init, r#"{"id":"1","type":"subscribe","payload":{"query":"a","variables":7}}"#],
                4400,
                "Invalid message: `variables` must be an object, found a number",
            ),
            (&[subscribe], 4401, "Unauthorized"),
            (&[&wrong], 4403, "Forbidden"),
            (&[&unschemed], 4403, "Forbidden"),
            (&[&empty], 4403, "Forbidden"),
            (&[capital], 4403, "Forbidden"),
            (&[init, init], 4429, "Too many initialisation requests"),
        ] {
            let mut socket = open(&server).await;
            for message in messages {
                socket.send(message).await;
            }
            if messages.first() == Some(&init) {
                assert_eq!(socket.json().await, json!({ "type": "connection_ack" }));
            }
            assert_eq!(socket.close().await, (code, reason.to_owned()), "{messages:?}");
        }
        let mut socket = open(&server).await;
        socket.0.send(Message::binary(init)).await.expect("sent");
        assert_eq!(socket.close().await, (4400, "Invalid message: not a text".to_owned()));
        let (mut socket, _) = handshake(&server, &[PROTOCOL, ("authorization", "Bearer x")]).await.expect("a socket");
        socket.send(init).await;
        assert_eq!(socket.close().await, (4403, "Forbidden".to_owned()));
        until_open(&server, 0).await;
    });
}

#[test]
fn the_subprotocol_is_the_one_that_is_spoken() {
    serving(ServerConfig::default(), |server| async move {
        let (mut socket, response) = handshake(&server, &[]).await.expect("a socket");
        assert_eq!(response.headers().get("sec-websocket-protocol"), None);
        assert_eq!(socket.close().await, (4406, "Subprotocol not acceptable".to_owned()));
        let (mut socket, response) =
            handshake(&server, &[("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")])
                .await
                .expect("a socket");
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        socket.init().await;
    });
}

#[test]
fn handshakes_of_other_origins_or_without_sense_are_refused() {
    let config = ServerConfig { allowed_origins: vec!["https://portal.example".to_owned()], ..ServerConfig::default() };
    serving(config, |server| async move {
        let own = format!("http://{}", server.local_addr());
        for origin in ["https://portal.example", &own, "http://127.0.0.1:8080"] {
            let (mut socket, _) = handshake(&server, &[PROTOCOL, ("origin", origin)]).await.expect(origin);
            socket.init().await;
        }
        for origin in ["https://evil.example", "null", "https://portal.example.evil.example"] {
            let found = refused(&server, &[PROTOCOL, ("origin", origin)]).await;
            assert_eq!(found, (403, "ORIGIN_NOT_ALLOWED".to_owned()), "{origin}");
        }
        let twice = [PROTOCOL, ("authorization", "Bearer x"), ("authorization", "Bearer x")];
        assert_eq!(refused(&server, &twice).await, (400, "INVALID_REQUEST".to_owned()));
        let old = send(&server, "GET /graphql", &["upgrade: websocket", "sec-websocket-version: 8"], b"");
        assert_eq!((old.status, old.code().as_str()), (400, "INVALID_REQUEST"));
        assert_eq!(old.header("content-type").as_deref(), Some("application/json; charset=utf-8"));
        // Another upgrade, such as that to HTTP/2, is passed by.
        let other = send(&server, "GET /graphql?query=%7B__typename%7D", &["upgrade: h2c"], b"");
        assert_eq!(other.text(), r#"{"data":{"__typename":"Query"}}"#);
    });
}

#[test]
fn pings_are_answered_and_sent() {
    let sockets = Sockets { ping_interval: SOON, ..Sockets::default() };
    serving(ServerConfig { sockets, ..ServerConfig::default() }, |server| async move {
        let mut socket = open(&server).await;
        socket.send(json!({ "type": "ping" })).await;
        assert_eq!(socket.json().await, json!({ "type": "pong" }));
        socket.send(json!({ "type": "ping", "payload": { "at": [1] } })).await;
        assert_eq!(socket.json().await, json!({ "type": "pong", "payload": { "at": [1] } }));
        socket.send(json!({ "type": "pong", "payload": {} })).await;
        socket.0.send(Message::Ping(b"x".as_slice().into())).await.expect("sent");
        loop {
            match timeout(FAR, socket.0.next()).await.expect("in time").expect("a message").expect("no failure") {
                Message::Pong(payload) => break assert_eq!(&payload[..], b"x"),
                Message::Ping(_) => {}
                other => unexpected(&"no pong", &other),
            }
        }
        // Whoever is silent is asked; the answer goes out with the next reading.
        let asked = timeout(FAR, socket.0.next()).await.expect("in time").expect("a message").expect("no failure");
        assert!(asked.is_ping(), "{asked:?}");
        socket.init().await;
        // Whoever does not answer is dropped: nothing is read here, so nothing is answered.
        until_open(&server, 0).await;
    });
}

#[test]
fn an_init_that_does_not_come_is_not_waited_for() {
    let sockets = Sockets { init_timeout: SOON, ..Sockets::default() };
    serving(ServerConfig { sockets, ..ServerConfig::default() }, |server| async move {
        let mut socket = open(&server).await;
        assert_eq!(socket.close().await, (4408, "Connection initialisation timeout".to_owned()));
    });
}

#[test]
fn messages_over_the_limit_are_not_waited_for() {
    let config = ServerConfig { limits: Limits { body_bytes: 10_000, ..Limits::default() }, ..ServerConfig::default() };
    serving(config, |server| async move {
        let too_big = (1009, "Message too big".to_owned());
        let fine = format!(r#"{{"type":"ping","payload":{{"a":"{}"}}}}"#, "x".repeat(9_900));
        let mut socket = open(&server).await;
        socket.send(&fine).await;
        assert_eq!(socket.json().await["type"], json!("pong"));
        socket.send(fine.replace('x', "xx")).await;
        assert_eq!(socket.close().await, too_big);
        // In many frames.
        let mut socket = open(&server).await;
        for part in 0..20 {
            let code = if part == 0 { Data::Text } else { Data::Continue };
            let frame = Frame::message(vec![b' '; 1_000], OpCode::Data(code), part == 19);
            socket.0.send(Message::Frame(frame)).await.expect("sent");
        }
        assert_eq!(socket.close().await, too_big);
        // A frame that says it is a gigabyte, of which nothing comes.
        let mut socket = open(&server).await;
        let MaybeTlsStream::Plain(stream) = socket.0.get_mut() else { return unexpected(&"encrypted", &"") };
        let mut head = vec![0x81, 0xFF];
        head.extend(1_000_000_000_u64.to_be_bytes());
        head.extend([0; 4]);
        tokio::io::AsyncWriteExt::write_all(stream, &head).await.expect("sent");
        assert_eq!(socket.close().await, too_big);
        // A text that is none.
        let mut socket = open(&server).await;
        let frame = Frame::message(vec![0xFF], OpCode::Data(Data::Text), true);
        socket.0.send(Message::Frame(frame)).await.expect("sent");
        assert_eq!(socket.close().await, (1007, "Not UTF-8".to_owned()));
    });
}

#[test]
fn whoever_does_not_read_loses_the_socket() {
    let sockets = Sockets { unread_timeout: SOON, operations: 1_000, ..Sockets::default() };
    serving(ServerConfig { sockets, ..ServerConfig::default() }, |server| async move {
        let mut socket = open(&server).await;
        socket.init().await;
        let query = "{ __schema { types { name description fields { name description } } } }";
        let subscribe = |id: usize| {
            let payload = json!({ "query": query });
            Message::text(json!({ "id": id.to_string(), "type": "subscribe", "payload": payload }).to_string())
        };
        // More than all buffers on the way hold. The last of them may find the socket closed.
        for id in 0..500 {
            if timeout(SOON, socket.0.send(subscribe(id))).await.is_err() {
                break;
            }
        }
        until_open(&server, 0).await;
    });
}

#[test]
fn sockets_end_when_the_server_stops() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = start(ServerConfig::default());
    runtime.block_on(async {
        let mut socket = open(&server).await;
        socket.init().await;
        let mut silent = open(&server).await;
        server.stop_handle().stop();
        for socket in [&mut socket, &mut silent] {
            assert_eq!(socket.close().await, (1001, "Going away".to_owned()));
        }
    });
    drop(runtime);
    stop(server);
}

#[test]
fn a_client_closes_as_it_likes() {
    serving(ServerConfig::default(), |server| async move {
        let mut socket = open(&server).await;
        socket.init().await;
        let close = tungstenite::protocol::CloseFrame { code: CloseCode::Normal, reason: "done".into() };
        socket.0.send(Message::Close(Some(close))).await.expect("sent");
        assert_eq!(socket.close().await.0, 1000);
        let mut socket = open(&server).await;
        socket.init().await;
        // Without a word.
        drop(socket);
        until_open(&server, 0).await;
    });
}
