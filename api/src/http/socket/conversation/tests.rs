use std::cell::RefCell;
use std::future::Future;

use actix_web::web::Bytes;
use actix_ws::CloseCode;
use eligibility::Lang;
use service::{AccountId, GlobalRole, SignedIn};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::*;
use crate::graphql::{Fate, Lasting, refusal};

const SOON: Duration = Duration::from_millis(50);
const FAR: Duration = Duration::from_secs(60);
const ANSWER: &str = r#"{"id":"1","type":"next","payload":{"data":1}}"#;

/// Gives each operation the answers that its payload names: a channel of them, or one.
#[derive(Default)]
struct Fake {
    streams: RefCell<HashMap<&'static str, LocalBoxStream<'static, Answer>>>,
    /// Whether tokens are good no more.
    is_over: std::rc::Rc<std::cell::Cell<bool>>,
    until: Option<Instant>,
}

impl Host for Fake {
    fn admit(&self, authorization: Option<&str>) -> Option<Admitted> {
        let actor = match authorization {
            None => Actor::Anonymous,
            Some("good") if !self.is_over.get() => Actor::SignedIn(SignedIn {
                account: AccountId(Uuid::nil()),
                session: session(1),
                role: GlobalRole::None,
                second_factor: false,
            }),
            Some(_) => return None,
        };
        Some(Admitted { actor, until: self.until })
    }

    fn operate(&self, payload: &str, actor: Actor) -> Result<LocalBoxStream<'static, Answer>, Close> {
        assert!(!matches!(actor, Actor::System));
        match payload {
            "{}" => Ok(stream::once(future::ready(done())).boxed_local()),
            "{\"wrong\":1}" => Err(Close::invalid("wrong")),
            "{\"refused\":1}" => {
                let refused = self.refusal(&Fault::new(Code::Syntax, "x", "y"));
                Ok(stream::iter([refused, done()]).boxed_local())
            }
            "{\"endless\":1}" => Ok(stream::repeat_with(done).boxed_local()),
            name => Ok(self.streams.borrow_mut().remove(name).expect("a stream")),
        }
    }

    fn refusal(&self, fault: &Fault) -> Answer {
        refusal(std::slice::from_ref(fault), Fate::Refused, Lang::En, 1)
    }
}

fn session(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

fn done() -> Answer {
    let body = b"{\"data\":1}".to_vec();
    Answer { body, fate: Fate::Done, codes: Vec::new(), operation: None, lasting: Lasting::Never }
}

/// The other end of a conversation.
struct Client {
    say: mpsc::UnboundedSender<Result<AggregatedMessage, ProtocolError>>,
    hear: futures_util::stream::BoxStream<'static, Message>,
    stop: watch::Sender<bool>,
    revoke: broadcast::Sender<SessionId>,
}

impl Client {
    fn say(&self, text: &str) {
        self.send(AggregatedMessage::Text(text.to_owned().into()));
    }

    fn send(&self, message: AggregatedMessage) {
        self.say.send(Ok(message)).expect("somebody listens");
    }

    /// The next message; nothing once the conversation has ended.
    async fn hear(&mut self) -> Option<Message> {
        timeout(FAR, self.hear.next()).await.expect("in time")
    }

    async fn hear_text(&mut self) -> String {
        match self.hear().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("unexpected {other:?}"),
        }
    }

    async fn hear_close(&mut self) -> (u16, String) {
        let Some(Message::Close(Some(reason))) = self.hear().await else { panic!("no close") };
        assert_eq!(self.hear().await, None, "a close is the last word");
        (reason.code.into(), reason.description.unwrap_or_default())
    }

    async fn open(&mut self, token: Option<&str>) {
        match token {
            Some(token) => {
                self.say(&format!(r#"{{"type":"connection_init","payload":{{"authorization":"{token}"}}}}"#));
            }
            None => self.say(r#"{"type":"connection_init"}"#),
        }
        assert_eq!(self.hear_text().await, message::ACKNOWLEDGEMENT);
    }

    fn subscribe(&self, id: &str, payload: &str) {
        self.say(&format!(r#"{{"id":"{id}","type":"subscribe","payload":{payload}}}"#));
    }
}

fn terms() -> Sockets {
    Sockets { init_timeout: FAR, ping_interval: FAR, unread_timeout: FAR, operations: 2 }
}

/// A conversation with a client whose side takes so many messages before it reads.
fn opened(host: Fake, terms: Sockets, room: usize) -> (Client, impl Future<Output = ()>) {
    let (say, mut said) = mpsc::unbounded_channel();
    let (tell, mut told) = mpsc::channel::<Message>(room);
    let outgoing = futures_util::sink::unfold(tell, |tell, message| async move {
        tell.send(message).await.map(|()| tell).map_err(|_| ())
    });
    let (stop, stopping) = watch::channel(false);
    let (revoke, revoked) = broadcast::channel(2);
    let ends = Ends { stopping, revoked };
    let incoming = stream::poll_fn(move |context| said.poll_recv(context));
    let conversation = async move {
        let outgoing = std::pin::pin!(outgoing);
        converse(incoming, outgoing, host, terms, ends).await;
    };
    let hear = stream::poll_fn(move |context| told.poll_recv(context)).boxed();
    (Client { say, hear, stop, revoke }, conversation)
}

/// Runs a conversation beside its client.
async fn talk<F: Future<Output = Client>>(host: Fake, terms: Sockets, client: impl FnOnce(Client) -> F) {
    let (other, conversation) = opened(host, terms, 16);
    let (client, ()) = futures_util::join!(client(other), conversation);
    drop(client);
}

#[tokio::test]
async fn operations_have_answers_and_ends() {
    talk(Fake::default(), terms(), |mut client| async move {
        client.open(None).await;
        client.subscribe("1", "{}");
        assert_eq!(client.hear_text().await, ANSWER);
        assert_eq!(client.hear_text().await, r#"{"id":"1","type":"complete"}"#);
        // The id is free again.
        client.subscribe("1", "{\"refused\":1}");
        let error = r#"{"id":"1","type":"error","payload":[{"message":"y","extensions":{"code":"SYNTAX"}}]}"#;
        assert_eq!(client.hear_text().await, error);
        client.subscribe("1", "{}");
        assert_eq!(client.hear_text().await, ANSWER, "nothing follows an error");
        assert_eq!(client.hear_text().await, r#"{"id":"1","type":"complete"}"#);
        client.send(AggregatedMessage::Close(Some(CloseReason { code: CloseCode::Normal, description: None })));
        assert_eq!(client.hear_close().await, (1000, String::new()));
        client
    })
    .await;
}

#[tokio::test]
async fn a_client_can_end_an_operation_and_use_its_id_again() {
    let (answers, mut source) = mpsc::channel(1);
    let host = Fake::default();
    let asked = stream::poll_fn(move |context| source.poll_recv(context)).boxed_local();
    host.streams.borrow_mut().insert("{\"a\":1}", asked);
    talk(host, terms(), |mut client| async move {
        client.open(None).await;
        client.subscribe("1", "{\"a\":1}");
        answers.send(done()).await.expect("it runs");
        assert_eq!(client.hear_text().await, ANSWER);
        client.say(r#"{"id":"1","type":"complete"}"#);
        // What the answers came from is let go of.
        timeout(FAR, answers.closed()).await.expect("the operation ends");
        client.subscribe("1", "{}");
        assert_eq!(client.hear_text().await, ANSWER);
        assert_eq!(client.hear_text().await, r#"{"id":"1","type":"complete"}"#);
        // An operation that is not there can be completed as well.
        client.say(r#"{"id":"1","type":"complete"}"#);
        client.say(r#"{"type":"ping"}"#);
        assert_eq!(client.hear_text().await, r#"{"type":"pong"}"#);
        client.stop.send_replace(true);
        assert_eq!(client.hear_close().await, (1001, "Going away".to_owned()));
        client
    })
    .await;
}

#[tokio::test]
async fn an_id_that_is_in_use_closes_the_socket_and_all_that_runs_on_it() {
    let (answers, mut source) = mpsc::channel(1);
    let host = Fake::default();
    let asked = stream::poll_fn(move |context| source.poll_recv(context)).boxed_local();
    host.streams.borrow_mut().insert("{\"a\":1}", asked);
    talk(host, terms(), |mut client| async move {
        client.open(None).await;
        client.subscribe("x", "{\"a\":1}");
        client.subscribe("x", "{}");
        assert_eq!(client.hear_close().await, (4409, "Subscriber for x already exists".to_owned()));
        assert!(answers.is_closed());
        client
    })
    .await;
}

#[tokio::test]
async fn operations_over_the_limit_are_refused_one_by_one() {
    let (host, mut kept) = (Fake::default(), Vec::new());
    for name in ["{\"a\":1}", "{\"b\":1}"] {
        let (answers, mut source) = mpsc::channel::<Answer>(1);
        let asked = stream::poll_fn(move |context| source.poll_recv(context)).boxed_local();
        host.streams.borrow_mut().insert(name, asked);
        kept.push(answers);
    }
    talk(host, terms(), |mut client| async move {
        client.open(None).await;
        client.subscribe("1", "{\"a\":1}");
        client.subscribe("2", "{\"b\":1}");
        client.subscribe("3", "{}");
        let text = client.hear_text().await;
        assert_eq!(
            text,
            r#"{"id":"3","type":"error","payload":[{"message":"too many operations run on this WebSocket; at most 2","extensions":{"code":"TOO_MANY_OPERATIONS","limit":2}}]}"#
        );
        kept.pop();
        assert_eq!(client.hear_text().await, r#"{"id":"2","type":"complete"}"#);
        client.subscribe("1", "{}");
        assert_eq!(client.hear_close().await.0, 4409);
        client
    })
    .await;
}

#[tokio::test]
async fn what_breaks_the_protocol_closes_the_socket() {
    let init = r#"{"type":"connection_init"}"#;
    let subscribe = r#"{"id":"1","type":"subscribe","payload":{"wrong":1}}"#;
    let bad_token = r#"{"type":"connection_init","payload":{"authorization":"bad"}}"#;
    for (said, code, reason) in [
        (&["x"][..], 4400, "Invalid message: not a JSON object"),
        (&[init, init], 4429, "Too many initialisation requests"),
        (&[subscribe], 4401, "Unauthorized"),
        (&[init, subscribe], 4400, "Invalid message: wrong"),
        (&[bad_token], 4403, "Forbidden"),
    ] {
        talk(Fake::default(), terms(), |mut client| async move {
            for said in said {
                client.say(said);
            }
            loop {
                match client.hear().await {
                    Some(Message::Text(text)) => assert_eq!(&*text, message::ACKNOWLEDGEMENT),
                    Some(Message::Close(Some(close))) => {
                        assert_eq!((u16::from(close.code), close.description.as_deref()), (code, Some(reason)));
                        break;
                    }
                    other => panic!("unexpected {other:?}"),
                }
            }
            client
        })
        .await;
    }
}

#[tokio::test]
async fn bytes_that_are_no_messages_close_the_socket() {
    let io =
        |kind, error: Box<dyn std::error::Error + Send + Sync>| ProtocolError::Io(std::io::Error::new(kind, error));
    use std::io::ErrorKind::{InvalidData, Other};
    for (error, code) in [
        (ProtocolError::Overflow, 1009),
        (io(Other, Box::new(PayloadError::Overflow)), 1009),
        (io(Other, "several frames".into()), 1009),
        (io(InvalidData, "not UTF-8".into()), 1007),
        (ProtocolError::UnmaskedFrame, 1002),
    ] {
        talk(Fake::default(), terms(), |mut client| async move {
            client.say.send(Err(error)).expect("somebody listens");
            assert_eq!(client.hear_close().await.0, code);
            client
        })
        .await;
    }
    talk(Fake::default(), terms(), |mut client| async move {
        client.send(AggregatedMessage::Binary(Bytes::from_static(b"{}")));
        assert_eq!(client.hear_close().await, (4400, "Invalid message: not a text".to_owned()));
        client
    })
    .await;
    talk(Fake::default(), terms(), |mut client| async move {
        let gone = io(Other, Box::new(PayloadError::Incomplete(None)));
        client.say.send(Err(gone)).expect("somebody listens");
        assert_eq!(client.hear().await, None);
        client
    })
    .await;
}

#[tokio::test]
async fn pings_are_answered_on_both_levels() {
    talk(Fake::default(), terms(), |mut client| async move {
        // Also before the connection is initialised.
        client.say(r#"{"type":"ping","payload":{"a":1}}"#);
        assert_eq!(client.hear_text().await, r#"{"type":"pong","payload":{"a":1}}"#);
        client.say(r#"{"type":"pong"}"#);
        client.send(AggregatedMessage::Ping(Bytes::from_static(b"x")));
        assert_eq!(client.hear().await, Some(Message::Pong(Bytes::from_static(b"x"))));
        client.send(AggregatedMessage::Close(None));
        assert_eq!(client.hear().await, Some(Message::Close(None)));
        client
    })
    .await;
}

#[tokio::test]
async fn an_init_that_does_not_come_is_not_waited_for() {
    talk(Fake::default(), Sockets { init_timeout: SOON, ..terms() }, |mut client| async move {
        assert_eq!(client.hear_close().await, (4408, "Connection initialisation timeout".to_owned()));
        client
    })
    .await;
}

#[tokio::test]
async fn who_is_silent_is_asked_and_then_dropped() {
    talk(Fake::default(), Sockets { ping_interval: SOON, ..terms() }, |mut client| async move {
        client.open(None).await;
        for _ in 0..2 {
            assert_eq!(client.hear().await, Some(Message::Ping(Bytes::new())));
            client.send(AggregatedMessage::Pong(Bytes::new()));
        }
        assert_eq!(client.hear().await, Some(Message::Ping(Bytes::new())));
        assert_eq!(client.hear().await, None);
        client
    })
    .await;
}

#[tokio::test]
async fn who_does_not_read_is_dropped() {
    let terms = Sockets { unread_timeout: SOON, ..terms() };
    let (mut client, conversation) = opened(Fake::default(), terms, 4);
    let talk = async {
        client.open(None).await;
        client.subscribe("1", "{\"endless\":1}");
        tokio::time::sleep(SOON * 3).await;
        // Those that fitted are there, and the last word took a place of its own.
        let mut texts = 0;
        loop {
            match client.hear().await {
                Some(Message::Text(_)) => texts += 1,
                Some(Message::Close(Some(reason))) => break (texts, u16::from(reason.code)),
                other => panic!("unexpected {other:?}"),
            }
        }
    };
    let ((texts, code), ()) = futures_util::join!(talk, conversation);
    assert!((4..=8).contains(&texts), "{texts}");
    assert_eq!(code, 1013);
}

#[tokio::test]
async fn a_session_that_ends_takes_its_sockets_with_it() {
    talk(Fake::default(), terms(), |mut client| async move {
        client.open(Some("good")).await;
        client.revoke.send(session(2)).expect("somebody listens");
        client.say(r#"{"type":"ping"}"#);
        assert_eq!(client.hear_text().await, r#"{"type":"pong"}"#);
        client.revoke.send(session(1)).expect("somebody listens");
        assert_eq!(client.hear_close().await, (4403, "Forbidden".to_owned()));
        client
    })
    .await;
    // Nobody's session is everybody's.
    talk(Fake::default(), terms(), |mut client| async move {
        client.open(None).await;
        client.revoke.send(session(1)).expect("somebody listens");
        client.say(r#"{"type":"ping"}"#);
        assert_eq!(client.hear_text().await, r#"{"type":"pong"}"#);
        client.send(AggregatedMessage::Close(None));
        assert_eq!(client.hear().await, Some(Message::Close(None)));
        client
    })
    .await;
}

#[tokio::test]
async fn sessions_that_ended_unheard_are_looked_up() {
    let host = Fake::default();
    let is_over = std::rc::Rc::clone(&host.is_over);
    talk(host, terms(), |mut client| async move {
        client.open(Some("good")).await;
        is_over.set(true);
        for number in 2..6 {
            client.revoke.send(session(number)).expect("somebody listens");
        }
        assert_eq!(client.hear_close().await, (4403, "Forbidden".to_owned()));
        client
    })
    .await;
}

#[tokio::test]
async fn a_token_is_good_until_it_expires() {
    let host = Fake { until: Some(Instant::now() + SOON), ..Fake::default() };
    talk(host, terms(), |mut client| async move {
        client.open(Some("good")).await;
        assert_eq!(client.hear_close().await, (4403, "Forbidden".to_owned()));
        client
    })
    .await;
}
