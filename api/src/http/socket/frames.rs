//! Bounds what a client sends before it is gathered: a frame says how long it is, and the reader of frames would wait for all of
//! it before it looks at the length.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};

/// Bytes of a connection, up to the head of a frame that is over the limit.
pub(super) struct Bounded {
    bytes: dev::Payload,
    frames: Frames,
}

/// Where in its frames a stream of bytes is.
#[derive(Debug)]
struct Frames {
    at_most: u64,
    /// What is known of the head of the frame.
    head: Vec<u8>,
    /// Bytes until the next frame begins.
    left: u64,
}

impl Bounded {
    pub(super) fn new(bytes: dev::Payload, at_most: usize) -> Self {
        let at_most = u64::try_from(at_most).unwrap_or(u64::MAX);
        Self { bytes, frames: Frames { at_most, head: Vec::new(), left: 0 } }
    }
}

impl Stream for Bounded {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.bytes.poll_next_unpin(context);
        if let Poll::Ready(Some(Ok(bytes))) = &polled
            && !self.frames.pass(bytes)
        {
            return Poll::Ready(Some(Err(PayloadError::Overflow)));
        }
        polled
    }
}

impl Frames {
    /// Goes on by some bytes; false once a frame is over the limit.
    fn pass(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let skipped = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            bytes = bytes.get(skipped..).unwrap_or_default();
            self.left -= u64::try_from(skipped).unwrap_or(0);
            let Some((first, rest)) = bytes.split_first() else { return true };
            bytes = rest;
            self.head.push(*first);
            if let Some(length) = length(&self.head) {
                if length > self.at_most {
                    return false;
                }
                let is_masked = self.head.get(1).is_some_and(|byte| byte & 0x80 != 0);
                self.left = length + if is_masked { 4 } else { 0 };
                self.head.clear();
            }
        }
    }
}

/// How long the payload of a frame is, once its head says so (RFC 6455, 5.2).
fn length(head: &[u8]) -> Option<u64> {
    match (head.get(1)? & 0x7F, head.get(2..).unwrap_or_default()) {
        (126, rest) => rest.try_into().ok().map(|bytes| u64::from(u16::from_be_bytes(bytes))),
        (127, rest) => rest.try_into().ok().map(u64::from_be_bytes),
        (short, _) => Some(u64::from(short)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame: its head, then so many bytes.
    fn frame(length: u64, written: usize) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match length {
            0..=125 => bytes.push(0x80 | u8::try_from(length).expect("short")),
            126..=0xFFFF => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(length).expect("longer").to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        bytes.extend([0xFF; 4]);
        bytes.extend(vec![0xFF; written]);
        bytes
    }

    fn passes(at_most: u64, bytes: &[u8], part: usize) -> bool {
        let mut frames = Frames { at_most, head: Vec::new(), left: 0 };
        bytes.chunks(part).all(|part| frames.pass(part))
    }

    #[test]
    fn frames_within_the_limit_pass_however_they_are_cut() {
        let bytes: Vec<u8> = [0, 1, 125, 126, 300, 70_000]
            .iter()
            .flat_map(|length| frame(*length, usize::try_from(*length).expect("a size")))
            .collect();
        for part in [1, 2, 3, 7, 1_000, bytes.len()] {
            assert!(passes(70_000, &bytes, part), "{part}");
            assert!(!passes(69_999, &bytes, part), "{part}");
        }
    }

    #[test]
    fn a_frame_over_the_limit_is_known_by_its_head() {
        for part in [1, 5, 100] {
            assert!(!passes(1_000, &frame(u64::MAX, 0), part));
            assert!(!passes(1_000, &frame(1_001, 0), part));
            assert!(passes(1_000, &frame(1_000, 10), part));
        }
    }
}
