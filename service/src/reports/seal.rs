//! The keys that sign reports, and how anybody verifies what they signed.
//!
//! They are keys of their own: a report is verified for as long as anybody keeps it, so that its key is never taken away, while
//! those of tokens go within weeks. A new one follows each year.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eligibility::Localized;
use entity::{report_key, signing_key};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::signed::Statement;
use crate::accounts::{self, Ring};
use crate::clock;
use crate::error::Error;
use crate::platform::Platform;

/// The type of signed reports.
const TYPE: &str = "lianhe-report+jwt";
/// Bytes that a report may have. One of fifty members and a hundred findings has about 150,000.
pub const REPORT_AT_MOST: usize = 1024 * 1024;
/// A new key follows after so many milliseconds: a year.
const TURN: i64 = 365 * 86_400_000;

/// Why a report is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// It is no signed report: cut off, too large, or something else.
    Malformed,
    /// It is a token for another use.
    WrongType,
    /// It names another algorithm than EdDSA, or none.
    WrongAlgorithm,
    /// It names a key that is not among those that it is verified with.
    UnknownKey,
    /// It was changed since it was signed, or signed by somebody else.
    Altered,
    /// It was truly signed, and its time is over.
    Expired,
}

impl Refused {
    /// The reason as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "MALFORMED",
            Self::WrongType => "WRONG_TYPE",
            Self::WrongAlgorithm => "WRONG_ALGORITHM",
            Self::UnknownKey => "UNKNOWN_KEY",
            Self::Altered => "ALTERED",
            Self::Expired => "EXPIRED",
        }
    }

    /// The reason in words.
    pub fn text(self) -> Localized {
        match self {
            Self::Malformed => Localized::new(
                "不是完整的签名报告：内容被截断、过大，或不是报告",
                "no whole signed report: it was cut off, is too large, or is something else",
            ),
            Self::WrongType => {
                Localized::new("不是检查报告，而是其他用途的令牌", "no report, but a token for another use")
            }
            Self::WrongAlgorithm => {
                Localized::new("签名算法不是 EdDSA，不予接受", "not signed with EdDSA, so it is not accepted")
            }
            Self::UnknownKey => Localized::new(
                "签名所用的密钥不在公布的密钥之中",
                "the key that it names is not among the published ones",
            ),
            Self::Altered => Localized::new(
                "签名不符：报告在签署后被改动，或不是由该密钥签署",
                "the signature does not fit: the report was altered since, or was not signed by that key",
            ),
            Self::Expired => Localized::new("签名有效，但报告已过期", "truly signed, but the report has expired"),
        }
    }
}

/// What verifying a report gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// Why it is not accepted; `None` for one that is.
    pub refused: Option<Refused>,
    /// What it says, if its signature is right.
    pub statement: Option<Statement>,
    /// The key that it names.
    pub key: Option<String>,
}

/// Keys that reports are verified with.
#[derive(Clone)]
pub struct PublicKeys(JwkSet);

impl PublicKeys {
    /// Reads a JSON Web Key Set (RFC 7517); `None` if it is none.
    pub fn parse(set: &str) -> Option<Self> {
        serde_json::from_str(set).ok().map(Self)
    }

    fn find(&self, id: &str) -> Option<DecodingKey> {
        self.0.find(id).and_then(|key| DecodingKey::from_jwk(key).ok())
    }
}

impl fmt::Debug for PublicKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKeys({})", self.0.keys.len())
    }
}

/// The keys of a table, as the signer of tokens has its own.
fn ring(rows: Vec<report_key::Model>) -> Result<Ring, Error> {
    let as_signing = |row: report_key::Model| signing_key::Model {
        id: row.id,
        private: row.private,
        public: row.public,
        created_at: row.created_at,
    };
    Ring::of(rows.into_iter().map(as_signing).collect())
}

/// The public keys of signed reports, as a JSON Web Key Set.
///
/// # Errors
/// Whatever the database says.
pub(super) async fn jwks(connection: &impl ConnectionTrait) -> Result<String, Error> {
    Ok(ring(report_key::Entity::find().all(connection).await?)?.jwks().to_owned())
}

/// Signs a statement; makes the first key, or the next, where it is time to.
pub(super) async fn seal(transaction: &DatabaseTransaction, statement: &Statement, now: i64) -> Result<String, Error> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Two that sign the first report make one key.
        transaction.execute_unprepared("LOCK TABLE report_key IN EXCLUSIVE MODE").await?;
    }
    let mut rows = report_key::Entity::find().all(transaction).await?;
    if rows.iter().all(|row| row.created_at + TURN <= now) {
        let made = accounts::generate(now)?;
        let row =
            report_key::Model { id: made.id, private: made.private, public: made.public, created_at: made.created_at };
        row.clone().into_active_model().insert(transaction).await?;
        rows.push(row);
    }
    accounts::encode(&ring(rows)?, TYPE, statement, now)
}

/// Verifies a report with the keys of this service.
///
/// # Errors
/// Whatever the database says.
pub async fn verify(platform: &Platform, text: &str) -> Result<Sealed, Error> {
    let set = jwks(platform.database().connection()).await?;
    let keys = PublicKeys::parse(&set).ok_or(Error::Cryptography("the keys of reports"))?;
    Ok(verify_with(text, &keys, clock::now()))
}

/// Verifies a report: in compact form, or as JSON with the compact form as its `jws`. What its header says decides nothing but which
/// of the known keys it has to be signed with. `now` is in milliseconds since 1970 (UTC).
pub fn verify_with(text: &str, keys: &PublicKeys, now: i64) -> Sealed {
    let mut key = None;
    match read(text, keys, &mut key) {
        Ok(statement) => {
            let is_over = statement.exp.saturating_mul(1_000) <= now;
            Sealed { refused: is_over.then_some(Refused::Expired), statement: Some(statement), key }
        }
        Err(refused) => Sealed { refused: Some(refused), statement: None, key },
    }
}

/// A report as JSON: nothing but what was signed, for people to read, and the compact form of it. A member that is there twice is
/// refused: readers differ in which of the two they take.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'t> {
    jws: String,
    #[serde(borrow)]
    report: Option<&'t RawValue>,
}

fn read(text: &str, keys: &PublicKeys, named: &mut Option<String>) -> Result<Statement, Refused> {
    if text.len() > REPORT_AT_MOST {
        return Err(Refused::Malformed);
    }
    let text = text.trim();
    let wrapped: Option<Wrapped<'_>> = match text.starts_with('{') {
        true => Some(serde_json::from_str(text).map_err(|_| Refused::Malformed)?),
        false => None,
    };
    let compact = wrapped.as_ref().map_or_else(|| text.to_owned(), |wrapped| wrapped.jws.clone());
    let mut parts = compact.split('.');
    let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refused::Malformed);
    };
    let json = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let header = json(head).filter(Value::is_object).ok_or(Refused::Malformed)?;
    let says = |name: &str| header.get(name).and_then(Value::as_str);
    if says("alg") != Some("EdDSA") || header.get("crit").is_some() {
        return Err(Refused::WrongAlgorithm);
    }
    if says("typ") != Some(TYPE) {
        return Err(Refused::WrongType);
    }
    let id = says("kid").ok_or(Refused::UnknownKey)?;
    *named = Some(id.chars().take(64).collect());
    let key = keys.find(id).ok_or(Refused::UnknownKey)?;
    let message = format!("{head}.{body}");
    let is_right = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::EdDSA);
    if !matches!(is_right, Ok(true)) {
        return Err(Refused::Altered);
    }
    // What stands beside the signature, for people to read, has to be what was signed.
    if let Some(beside) = wrapped.and_then(|wrapped| wrapped.report) {
        let read: Option<Value> = serde_json::from_str(beside.get()).ok();
        // A value keeps the last of two members of one name; a statement takes neither.
        let is_once = serde_json::from_str::<Statement>(beside.get()).is_ok();
        if !is_once || read != json(body) {
            return Err(Refused::Altered);
        }
    }
    let statement = URL_SAFE_NO_PAD.decode(body).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    statement.ok_or(Refused::Malformed)
}
