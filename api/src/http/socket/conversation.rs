//! One socket from its opening to its end: what the protocol `graphql-transport-ws` asks of a server.
//!
//! One task does all of it. What a client is sent waits in a short queue; while something waits there, no operation is asked for
//! more, so that whoever reads slowly slows its own operations down, and in the end loses its socket.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;

use actix_web::error::PayloadError;
use actix_ws::{AggregatedMessage, CloseReason, Message, ProtocolError};
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::{LocalBoxStream, SelectAll};
use futures_util::{Sink, SinkExt, Stream, StreamExt, future, stream};
use service::{Actor, SessionId};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Duration, Instant, sleep_until, timeout};

use crate::config::Sockets;
use crate::fault::{Code, Fault};
use crate::graphql::Answer;
use crate::http::socket::message::{self, Close, Incoming};

/// Messages that wait to be sent before no more are read.
const WAITING: usize = 32;
/// How long the last word may take.
const LAST_WORD: Duration = Duration::from_secs(1);

/// What a conversation is about.
pub(super) trait Host {
    /// Who holds some credentials, if they are good; without any it is nobody who is known.
    fn admit(&self, authorization: Option<&str>) -> Option<Admitted>;

    /// The answers to a request; or how the socket is closed over it.
    fn operate(&self, payload: &str, actor: Actor) -> Result<LocalBoxStream<'static, Answer>, Close>;

    /// The answer that tells of a fault.
    fn refusal(&self, fault: &Fault) -> Answer;
}

/// Somebody who may ask, and until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admitted {
    pub(super) actor: Actor,
    pub(super) until: Option<Instant>,
}

/// What ends sockets from outside.
pub(super) struct Ends {
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) revoked: broadcast::Receiver<SessionId>,
}

/// How a conversation ends.
enum End {
    /// Nobody is there any more.
    Gone,
    /// With a last word.
    Closed(Option<CloseReason>),
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Closed(Some(close.into_reason()))
    }
}

/// What an operation has to say.
enum Said {
    Answer(Answer),
    End,
}

struct Conversation<H> {
    host: H,
    terms: Sockets,
    /// What was given to be admitted, and who it was.
    admitted: Option<(Option<String>, Admitted)>,
    operations: SelectAll<LocalBoxStream<'static, (Rc<str>, Said)>>,
    running: HashMap<Rc<str>, AbortHandle>,
    waiting: VecDeque<Message>,
    /// Whether a message is on its way out.
    is_sending: bool,
    /// When the first of what waits has to be taken.
    unread_by: Instant,
    init_by: Instant,
    ping_at: Instant,
    /// Whether a ping is without an answer.
    is_asked: bool,
}

/// Talks with a client until one of the two has had enough.
pub(super) async fn converse<I, O, H>(mut incoming: I, mut outgoing: O, host: H, terms: Sockets, mut ends: Ends)
where
    I: Stream<Item = Result<AggregatedMessage, ProtocolError>> + Unpin,
    O: Sink<Message> + Unpin,
    H: Host,
{
    let end = Conversation::new(host, terms).run(&mut incoming, &mut outgoing, &mut ends).await;
    if let End::Closed(reason) = end {
        // Whoever does not take it will find the connection closed.
        let _ = timeout(LAST_WORD, outgoing.send(Message::Close(reason))).await;
    }
}

impl<H: Host> Conversation<H> {
    fn new(host: H, terms: Sockets) -> Self {
        let now = Instant::now();
        Self {
            host,
            terms,
            admitted: None,
            operations: SelectAll::new(),
            running: HashMap::new(),
            waiting: VecDeque::new(),
            is_sending: false,
            unread_by: now,
            init_by: now + terms.init_timeout,
            ping_at: now + terms.ping_interval,
            is_asked: false,
        }
    }

    async fn run<I, O>(&mut self, incoming: &mut I, outgoing: &mut O, ends: &mut Ends) -> End
    where
        I: Stream<Item = Result<AggregatedMessage, ProtocolError>> + Unpin,
        O: Sink<Message> + Unpin,
    {
        loop {
            let (wake, is_idle, has_more) = (self.next_time(), self.is_idle(), !self.waiting.is_empty());
            let sent = poll_fn(|context| match has_more {
                true => outgoing.poll_ready_unpin(context),
                false => outgoing.poll_flush_unpin(context),
            });
            let end = tokio::select! {
                _ = ends.stopping.wait_for(|stopping| *stopping) => Some(Close::GOING_AWAY.into()),
                revoked = ends.revoked.recv() => self.check(revoked),
                () = sleep_until(wake) => self.pass_time(Instant::now()),
                sent = sent, if !is_idle => {
                    let next = self.waiting.pop_front();
                    self.is_sending = next.is_some();
                    self.unread_by = Instant::now() + self.terms.unread_timeout;
                    let sent = sent.and_then(|()| next.map_or(Ok(()), |next| outgoing.start_send_unpin(next)));
                    sent.err().map(|_| End::Gone)
                }
                message = incoming.next(), if self.waiting.len() < WAITING => self.hear(message),
                Some((id, said)) = self.operations.next(), if is_idle => {
                    self.tell(&id, &said);
                    None
                }
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Whether all that was said is on its way to the client.
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.is_sending
    }

    /// When something is due even if nobody says a word.
    fn next_time(&self) -> Instant {
        let (unread_by, init_by, until) = self.limits_of_time();
        [unread_by, init_by, until].into_iter().flatten().fold(self.ping_at, Instant::min)
    }

    /// Until when what waits has to be taken, an init has to come, and the caller may stay.
    fn limits_of_time(&self) -> (Option<Instant>, Option<Instant>, Option<Instant>) {
        let unread_by = (!self.is_idle()).then_some(self.unread_by);
        let init_by = self.admitted.is_none().then_some(self.init_by);
        (unread_by, init_by, self.admitted.as_ref().and_then(|(_, admitted)| admitted.until))
    }

    fn pass_time(&mut self, now: Instant) -> Option<End> {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let (unread_by, init_by, until) = self.limits_of_time();
        if is_due(until) {
            return Some(Close::FORBIDDEN.into());
        }
        if is_due(init_by) {
            return Some(Close::INIT_TIMEOUT.into());
        }
        if is_due(unread_by) {
            return Some(Close::TOO_SLOW.into());
        }
        if self.ping_at <= now {
            if self.is_asked {
                return Some(End::Gone);
            }
            self.is_asked = true;
            self.ping_at = now + self.terms.ping_interval;
            self.send(Message::Ping(actix_web::web::Bytes::new()));
        }
        None
    }

    /// Looks at a session that has ended. Whoever has missed some looks at its own.
    fn check(&mut self, revoked: Result<SessionId, RecvError>) -> Option<End> {
        let (authorization, admitted) = self.admitted.as_ref()?;
        let is_over = match (revoked, admitted.actor) {
            (Ok(session), Actor::SignedIn(signed_in)) => session == signed_in.session,
            (Ok(_), _) => false,
            (Err(_), _) => self.host.admit(authorization.as_deref()).is_none(),
        };
        is_over.then(|| Close::FORBIDDEN.into())
    }

    fn hear(&mut self, message: Option<Result<AggregatedMessage, ProtocolError>>) -> Option<End> {
        let message = match message {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Some(of_protocol(&error)),
            None => return Some(End::Gone),
        };
        self.is_asked = false;
        self.ping_at = Instant::now() + self.terms.ping_interval;
        let heard = match message {
            AggregatedMessage::Text(text) => Incoming::read(&text).and_then(|message| self.take(message)),
            AggregatedMessage::Binary(_) => Err(Close::invalid("not a text")),
            AggregatedMessage::Ping(bytes) => {
                self.send(Message::Pong(bytes));
                Ok(())
            }
            AggregatedMessage::Pong(_) => Ok(()),
            AggregatedMessage::Close(reason) => {
                return Some(End::Closed(reason.map(|reason| CloseReason { code: reason.code, description: None })));
            }
        };
        heard.err().map(End::from)
    }

    fn take(&mut self, message: Incoming<'_>) -> Result<(), Close> {
        match message {
            Incoming::Init { authorization } => self.init(authorization),
            Incoming::Ping(payload) => {
                self.say(message::pong(payload));
                Ok(())
            }
            Incoming::Pong => Ok(()),
            Incoming::Subscribe { id, payload } => self.subscribe(id, payload),
            Incoming::Complete { id } => {
                // It may have ended while the client was writing.
                if let Some(operation) = self.running.remove(id.as_str()) {
                    operation.abort();
                }
                Ok(())
            }
        }
    }

    fn init(&mut self, authorization: Option<String>) -> Result<(), Close> {
        if self.admitted.is_some() {
            return Err(Close::TOO_MANY_INITS);
        }
        let admitted = self.host.admit(authorization.as_deref()).ok_or(Close::FORBIDDEN)?;
        self.admitted = Some((authorization, admitted));
        self.say(message::ACKNOWLEDGEMENT.to_owned());
        Ok(())
    }

    fn subscribe(&mut self, id: String, payload: &str) -> Result<(), Close> {
        let Some((_, admitted)) = &self.admitted else { return Err(Close::UNAUTHORIZED) };
        if self.running.contains_key(id.as_str()) {
            return Err(Close::subscriber_exists(&id));
        }
        let limit = self.terms.operations;
        if self.running.len() >= limit {
            let text = (
                format!("此 WebSocket 上同时进行的操作过多；上限 {limit} 个"),
                format!("too many operations run on this WebSocket; at most {limit}"),
            );
            let refusal = self.host.refusal(&Fault::limit(Code::TooManyOperations, limit, text));
            self.say(message::answer(&id, &refusal));
            return Ok(());
        }
        let answers = self.host.operate(payload, admitted.actor)?;
        let id: Rc<str> = id.into();
        let (operation, registration) = AbortHandle::new_pair();
        self.running.insert(Rc::clone(&id), operation);
        let said = answers.map(Said::Answer).chain(stream::once(future::ready(Said::End)));
        let said = said.map(move |said| (Rc::clone(&id), said));
        self.operations.push(Abortable::new(said, registration).boxed_local());
        Ok(())
    }

    fn tell(&mut self, id: &Rc<str>, said: &Said) {
        let is_last = match said {
            Said::Answer(answer) => {
                self.say(message::answer(id, answer));
                answer.errors_alone().is_some()
            }
            Said::End => {
                self.say(message::complete(id));
                true
            }
        };
        if is_last && let Some(operation) = self.running.remove(id) {
            operation.abort();
        }
    }

    fn say(&mut self, text: String) {
        self.send(Message::Text(text.into()));
    }

    fn send(&mut self, message: Message) {
        if self.is_idle() {
            self.unread_by = Instant::now() + self.terms.unread_timeout;
        }
        self.waiting.push_back(message);
    }
}

/// How a conversation ends over bytes that are no messages.
fn of_protocol(error: &ProtocolError) -> End {
    let ProtocolError::Io(error) = error else {
        return match error {
            ProtocolError::Overflow => Close::TOO_BIG.into(),
            _ => Close::PROTOCOL_ERROR.into(),
        };
    };
    if error.kind() == std::io::ErrorKind::InvalidData {
        return Close::NOT_TEXT.into();
    }
    match error.get_ref().and_then(|inner| inner.downcast_ref::<PayloadError>()) {
        // One frame, or several that are one message, over the limit.
        Some(PayloadError::Overflow) | None => Close::TOO_BIG.into(),
        Some(_) => End::Gone,
    }
}

#[cfg(test)]
mod tests;
