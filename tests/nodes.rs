//! Two nodes over one database: what happens on one is heard on the other, and what is ended on one is over on the other.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/app.rs"]
mod app;
#[path = "support/database.rs"]
mod database;

use std::time::{Duration, Instant};

use app::{App, Person, record, ror_id};
use database::{Place, on_both};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use service::GlobalRole;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

on_both!(what_happens_on_one_node_is_heard_on_the_other);

const PATIENCE: Duration = Duration::from_secs(20);

/// A subscriber.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Subscribes at a node.
    async fn subscribe(app: &App, person: &Person, query: &str) -> Self {
        let url = format!("ws://{}/graphql", app.server().local_addr());
        let mut request = url.into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (stream, _) = connect_async(request).await.expect("a socket");
        let mut socket = Self(stream);
        let token = format!("Bearer {}", person.token);
        socket.send(json!({ "type": "connection_init", "payload": { "authorization": token } })).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket.send(json!({ "type": "subscribe", "id": "1", "payload": { "query": query } })).await;
        socket
    }

    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    /// The next message, or how the server closes the socket.
    async fn next(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("in time").expect("a message").expect("no failure") {
                Message::Text(text) => return serde_json::from_str(text.as_str()).expect("JSON"),
                Message::Close(close) => return json!({ "close": close.map(|close| u16::from(close.code)) }),
                _ => {}
            }
        }
    }
}

async fn what_happens_on_one_node_is_heard_on_the_other(place: Place) {
    let one = App::start(&place, &[record(7, "Institute of Ocean Energy")]).await;
    let other = App::node(&place, "other", Some(&one)).await;
    let moderator = one.office("mo@lianhe.example", "Mo", GlobalRole::Moderator).await;
    let owner = one.join("office@n7.example.org", "Li Hua");
    let own = Some(owner.token.as_str());
    let found = one.ask(None, "query($ror: String!) { profile(rorId: $ror) { id } }", &json!({ "ror": ror_id(7) }));
    let profile = found["profile"]["id"].clone();
    one.change(own, "claimProfile", "profile { role }", &json!({ "profile": profile }));

    // A token of one node is good at the other: they hold the same keys.
    let viewer = "{ viewer { email } }";
    assert_eq!(other.ask(own, viewer, &json!({}))["viewer"]["email"], "office@n7.example.org");

    // The other node's subscribers hear of what is done here.
    let mut queue = Socket::subscribe(
        &other,
        &moderator,
        "subscription { reviewQueueChanges { case { id kind state name { en } } } }",
    )
    .await;
    let mut inbox = Socket::subscribe(&other, &owner, "subscription { notifications { kind message } }").await;
    // An operation has begun once the next message of its socket is answered.
    for socket in [&mut queue, &mut inbox] {
        socket.send(json!({ "type": "ping" })).await;
        assert_eq!(socket.next().await["type"], "pong");
    }
    let edit = json!({ "profile": profile, "revision": 1, "content": { "keywords": ["tidal energy"] } });
    one.change(own, "editProfile", "profile { revision }", &edit);
    one.change(own, "submitProfile", "profile { status }", &json!({ "profile": profile, "revision": 2 }));
    let heard = queue.next().await;
    let case = heard["payload"]["data"]["reviewQueueChanges"]["case"].clone();
    assert_eq!(
        (&case["kind"], &case["state"], &case["name"]["en"]),
        (&json!("REVISION"), &json!("OPEN"), &json!("Institute of Ocean Energy"))
    );
    let decision = json!({ "case": case["id"], "revision": 2, "decision": "APPROVED", "message": "Well done." });
    one.change(Some(&moderator.token), "decideCase", "case { state }", &decision);
    assert_eq!(queue.next().await["payload"]["data"]["reviewQueueChanges"]["case"]["state"], "DECIDED");
    let heard = inbox.next().await;
    assert_eq!(heard["payload"]["data"]["notifications"], json!({ "kind": "PUBLISHED", "message": "Well done." }));
    // And its searches find it.
    other.until(|| {
        let found = other.ask(None, "{ profiles(query: \"tidal energy\") { totalCount } }", &json!({}));
        (found["profiles"]["totalCount"] == 1).then_some(())
    });

    // What is ended here is over there within five seconds, for sockets and for requests; no database is asked for that.
    let begun = Instant::now();
    one.ask(own, "mutation { signOutEverywhere { __typename } }", &json!({}));
    assert_eq!(one.send(own, viewer, &json!({})).status, 401);
    assert_eq!(inbox.next().await, json!({ "close": 4403 }));
    other.until(|| (other.send(own, viewer, &json!({})).status == 401).then_some(()));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    one.stop().await;
    other.stop().await;
}
