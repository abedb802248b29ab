//! Where a page ends, as an opaque text.
//!
//! A cursor holds the sort key of its hit, not a position, and the plan by which the text was met: later pages are scored by
//! the same function whatever is written in between. Its check value covers the request, so that it fits no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::QueryError;
use crate::query::Plan;
use crate::request::Request;

const CHECK_BYTES: usize = 8;
/// No text makes a longer one.
const LENGTH_AT_MOST: usize = 64 * 1024;

/// Where a hit stands in the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Position {
    /// By a number, the lowest first.
    Number(u64),
    /// By a country's rank (0 when names alone decide) and a name.
    Name(u32, String),
}

/// What a cursor says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    pub(crate) position: Position,
    pub(crate) id: u128,
    pub(crate) plan: Option<Plan>,
}

/// What of a request a cursor depends on.
pub(crate) fn fingerprint(request: &Request) -> [u8; 32] {
    let Request { text, filter, order, first: _, after: _, facets: _, prefer, boost } = request;
    Sha256::digest(format!("{text:?} {filter:?} {order:?} {prefer:?} {boost:?}")).into()
}

fn check(fingerprint: &[u8; 32], payload: &[u8]) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(fingerprint);
    digest.update(payload);
    digest.finalize().iter().take(CHECK_BYTES).copied().collect()
}

impl Cursor {
    pub(crate) fn write(&self, fingerprint: &[u8; 32]) -> String {
        let mut bytes = postcard::to_stdvec(self).unwrap_or_default();
        let check = check(fingerprint, &bytes);
        bytes.extend(check);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn read(text: &str, fingerprint: &[u8; 32]) -> Result<Self, QueryError> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (payload, told) = bytes.split_at_checked(bytes.len().checked_sub(CHECK_BYTES)?)?;
            let cursor: Self = (check(fingerprint, payload) == told).then(|| postcard::from_bytes(payload).ok())??;
            cursor.plan.as_ref().is_none_or(Plan::is_plausible).then_some(cursor)
        };
        if text.len() > LENGTH_AT_MOST {
            return Err(QueryError::Cursor);
        }
        read().ok_or(QueryError::Cursor)
    }
}
