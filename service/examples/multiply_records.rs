//! Makes a large directory out of a real one, to measure with: every record of a file of the Research Organization Registry so many
//! times, the copies under names and ids of their own, one a line.
//!
//! `cargo run --release --package service --example multiply_records -- FILE COPIES > large.ndjson`
#![expect(clippy::expect_used, reason = "a tool that cannot go on ends")]

use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};
use service::source::Source;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The ROR id of a number below 32^6: its digits in base 32 after a zero, and the check digits of ISO 7064 MOD 97-10.
fn ror_id(number: u64) -> String {
    let digit = |place: u32| {
        let digit = usize::try_from(number / 32_u64.pow(place) % 32).expect("below 32");
        char::from(*ALPHABET.get(digit).expect("a digit"))
    };
    let head: String = (0..6).rev().map(digit).collect();
    format!("https://ror.org/0{head}{:02}", 98 - number * 100 % 97)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("the file");
    let copies: u64 = arguments.next().and_then(|copies| copies.parse().ok()).expect("how many copies");
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut number = 0;
    for copy in 0..copies {
        for raw in Source::open(Path::new(&file)).expect("a file of records").flatten() {
            let mut record: Value = serde_json::from_slice(&raw.bytes).expect("JSON");
            if copy > 0 {
                number += 1;
                let entry = record.as_object_mut().expect("an object");
                entry.insert("id".to_owned(), json!(ror_id(number)));
                for name in entry.get_mut("names").and_then(Value::as_array_mut).expect("names") {
                    let text = name.get("value").and_then(Value::as_str).expect("a name").to_owned();
                    name.as_object_mut()
                        .expect("an object")
                        .insert("value".to_owned(), json!(format!("{text} {copy}")));
                }
            }
            serde_json::to_writer(&mut out, &record).expect("written");
            out.write_all(b"\n").expect("written");
        }
    }
    out.flush().expect("written");
}
