//! Requests that are written byte by byte, and the responses as they come.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use api::RunningServer;

/// A response as it came.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The value of a header; several of one name are joined by commas.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| unreadable(&error, self.text()))
    }

    /// The code of the first error.
    pub(crate) fn code(&self) -> String {
        let json = self.json();
        let code = json.pointer("/errors/0/extensions/code").and_then(serde_json::Value::as_str);
        code.unwrap_or_default().to_owned()
    }
}

#[expect(clippy::panic, reason = "a test that cannot go on fails")]
fn unreadable(error: &serde_json::Error, text: &str) -> serde_json::Value {
    panic!("{error}: {text}")
}

/// Opens a connection that gives up after half a minute.
pub(crate) fn connect(server: &RunningServer) -> TcpStream {
    let stream = TcpStream::connect(server.local_addr()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time limit");
    stream
}

/// Sends a request on a connection of its own: method and target, headers a line, body.
pub(crate) fn send(server: &RunningServer, line: &str, headers: &[&str], body: &[u8]) -> Response {
    let mut stream = connect(server);
    let mut head = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    if !body.is_empty() {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).expect("the head is sent");
    stream.write_all(body).expect("the body is sent");
    receive(&mut stream)
}

/// Reads the response that ends with its connection.
pub(crate) fn receive(stream: &mut TcpStream) -> Response {
    let mut bytes = Vec::new();
    // A server that refuses a body closes the connection while it is still being sent; what it said stands before that.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the head");
    let (head, rest) = bytes.split_at(end);
    let head = std::str::from_utf8(head).expect("UTF-8");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let rest = rest.get(4..).unwrap_or_default();
    let is_chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if is_chunked { joined(rest) } else { rest.to_vec() };
    Response { status, headers, body }
}

fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(rest.get(..end).unwrap_or_default()).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        let from = end + 2;
        body.extend_from_slice(rest.get(from..from + size).unwrap_or_default());
        rest = rest.get(from + size + 2..).unwrap_or_default();
    }
    body
}
