//! A mail server on a free port of this machine: it speaks SMTP (RFC 5321) as far as a sender needs it, and keeps what it is sent.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mail_parser::MessageParser;

/// How long a test waits for a mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail as its reader sees it.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// Whom it was delivered to.
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// A mail as it came.
#[derive(Debug)]
struct Raw {
    to: String,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Inbox {
    mails: Mutex<Vec<Raw>>,
    arrived: Condvar,
    refuses: AtomicBool,
    is_over: AtomicBool,
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    inbox: Arc<Inbox>,
}

impl Server {
    /// Starts on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Self { address, inbox: Arc::default() };
        server.refuse(false);
        let inbox = Arc::clone(&server.inbox);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if inbox.is_over.load(Ordering::Acquire) {
                    break;
                }
                let (Ok(stream), inbox) = (stream, Arc::clone(&inbox)) else { continue };
                // A sender that goes away in the middle ends its conversation only.
                thread::spawn(move || Conversation::new(&inbox).hold(&stream));
            }
        });
        server
    }

    /// Its address, as a setting has it.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Whether it answers 451 to everything from now on.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.inbox.refuses.store(refuses, Ordering::Release);
    }

    /// How many mails are here.
    pub(crate) fn count(&self) -> usize {
        self.inbox.mails.lock().expect("the mails").len()
    }

    /// The oldest mail to an address; it is here no longer then.
    pub(crate) fn wait_for(&self, to: &str) -> Mail {
        let until = Instant::now() + PATIENCE;
        let mut mails = self.inbox.mails.lock().expect("the mails");
        loop {
            if let Some(place) = mails.iter().position(|mail| mail.to.eq_ignore_ascii_case(to)) {
                return read(mails.remove(place));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(mails);
                nothing_came(to, self.count());
            }
            mails = self.inbox.arrived.wait_timeout(mails, left).expect("the mails").0;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.inbox.is_over.store(true, Ordering::Release);
        // The listener looks up.
        let _ = TcpStream::connect(self.address);
    }
}

#[expect(clippy::panic, reason = "a test that cannot go on fails")]
fn nothing_came(to: &str, others: usize) -> ! {
    panic!("no mail to {to} within {} s; {others} mails to others", PATIENCE.as_secs())
}

/// Reads a mail that has a text and the same as HTML.
fn read(raw: Raw) -> Mail {
    let message = MessageParser::new().parse(&raw.bytes).expect("a mail");
    let header = message.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("a reader");
    assert_eq!(header, raw.to, "it says whom it is for");
    assert!(message.from().and_then(|from| from.first()).is_some_and(|from| from.address().is_some()), "a sender");
    assert!(message.date().is_some() && message.message_id().is_some(), "a date and an id");
    assert_eq!((message.text_body.len(), message.html_body.len()), (1, 1), "a text and HTML");
    let lines = |text: String| text.replace("\r\n", "\n");
    let mail = Mail {
        subject: message.subject().expect("a subject").to_owned(),
        text: lines(message.body_text(0).expect("a text").into_owned()),
        html: lines(message.body_html(0).expect("HTML").into_owned()),
        to: raw.to,
    };
    assert!(mail.html.starts_with("<!DOCTYPE html>") && !mail.text.contains("<html"), "{mail:?}");
    assert!(mail.to.contains('@') && !mail.subject.contains('\n'), "{mail:?}");
    mail
}

/// What was said in one connection.
struct Conversation<'a> {
    inbox: &'a Inbox,
    has_greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl<'a> Conversation<'a> {
    fn new(inbox: &'a Inbox) -> Self {
        Self { inbox, has_greeted: false, from: None, to: Vec::new() }
    }

    fn hold(mut self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let say = |line: &str| (&*stream).write_all(format!("{line}\r\n").as_bytes()).ok();
        say(if self.refuses() { "451 try again later" } else { "220 localhost ESMTP" })?;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            let verb = verb.to_ascii_uppercase();
            if verb == "QUIT" {
                return say("221 goodbye");
            }
            if self.refuses() {
                say("451 try again later")?;
                continue;
            }
            let answer = match verb.as_str() {
                "EHLO" | "HELO" if rest.is_empty() => "501 a name is missing",
                "EHLO" | "HELO" => {
                    self.reset();
                    self.has_greeted = true;
                    if verb == "EHLO" { "250-localhost\r\n250-8BITMIME\r\n250 SMTPUTF8" } else { "250 localhost" }
                }
                "NOOP" => "250 here",
                "RSET" => {
                    self.reset();
                    "250 forgotten"
                }
                "MAIL" if !self.has_greeted || self.from.is_some() => "503 not now",
                "MAIL" => match path(rest, "FROM:") {
                    Some(from) => {
                        self.from = Some(from);
                        "250 noted"
                    }
                    None => "501 not an address",
                },
                "RCPT" if self.from.is_none() => "503 not now",
                "RCPT" => match path(rest, "TO:").filter(|to| to.contains('@')) {
                    Some(to) => {
                        self.to.push(to);
                        "250 noted"
                    }
                    None => "501 not an address",
                },
                "DATA" if self.to.is_empty() => "503 not now",
                "DATA" => {
                    say("354 end with a dot on a line of its own")?;
                    let bytes = data(&mut reader)?;
                    if self.refuses() {
                        "451 try again later"
                    } else {
                        self.keep(&bytes);
                        self.reset();
                        "250 kept"
                    }
                }
                "VRFY" => "252 who knows",
                _ => "500 not understood",
            };
            say(answer)?;
        }
    }

    fn refuses(&self) -> bool {
        self.inbox.refuses.load(Ordering::Acquire)
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    fn keep(&self, bytes: &[u8]) {
        let mut mails = self.inbox.mails.lock().expect("the mails");
        mails.extend(self.to.iter().map(|to| Raw { to: to.clone(), bytes: bytes.to_vec() }));
        self.inbox.arrived.notify_all();
    }
}

/// The address in `FROM:<address> …`.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let (head, rest) = rest.split_at_checked(keyword.len())?;
    let address = rest.trim_start().strip_prefix('<')?.split_once('>')?.0;
    head.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}

/// The lines up to the one that is a dot; another dot at the beginning of a line stands for none (RFC 5321, 4.5.2).
fn data(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
