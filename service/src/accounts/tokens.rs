//! Access tokens and permits: JSON Web Tokens that this service signs for itself.
//!
//! An access token says who acts; a permit lets its bearer do one thing, such as send one file. Their types and audiences differ,
//! so that one is never taken for the other. Nothing is looked up in the database to verify either.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts::keys::Ring;
use crate::accounts::secrets;
use crate::actor::{AccountId, GlobalRole, SessionId, SignedIn};
use crate::error::Error;

/// Whom access tokens are for.
const AUDIENCE: &str = "lianhe";
/// The type of access tokens (RFC 9068).
const ACCESS: &str = "at+jwt";
/// The type of permits.
const PERMIT: &str = "permit+jwt";
/// How long a permit lives, in seconds.
pub(crate) const PERMIT_SECONDS: i64 = 600;
/// How far the clock of another node may be ahead, in milliseconds.
const LEEWAY: i64 = 5_000;
/// Bytes that a token may have. Those of this service have about 450.
const TOKEN_AT_MOST: usize = 2_048;
/// Verified tokens that are remembered.
const REMEMBERED: usize = 10_000;

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It is no token of this service for this use.
    #[error("the token is not valid")]
    Invalid,
    /// It is no longer valid.
    #[error("the token has expired")]
    Expired,
    /// It is not valid yet.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Its session was ended.
    #[error("the session of the token was ended")]
    Revoked,
}

/// What an access token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: AccountId,
    sid: SessionId,
    iat: i64,
    nbf: i64,
    exp: i64,
    role: GlobalRole,
    mfa: bool,
}

/// What a permit says.
#[derive(Debug, Serialize, Deserialize)]
struct PermitClaims {
    iss: String,
    aud: String,
    sub: Uuid,
    act: AccountId,
    sid: SessionId,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Who a token proves to act, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who acts.
    pub signed_in: SignedIn,
    /// From when, milliseconds since 1970 (UTC).
    pub valid_from: i64,
    /// Until when, milliseconds since 1970 (UTC).
    pub expires_at: i64,
}

/// What a permit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitUse {
    /// To send the bytes of a file.
    Upload,
    /// To fetch the bytes of a file.
    Download,
    /// To read the page of a signed report.
    Report,
}

impl PermitUse {
    fn audience(self) -> &'static str {
        match self {
            Self::Upload => "lianhe-upload",
            Self::Download => "lianhe-download",
            Self::Report => "lianhe-report",
        }
    }
}

/// What somebody may do for a short while, whoever sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The id of what it is about.
    pub subject: Uuid,
    /// The account that it was given to.
    pub account: AccountId,
    /// The sign-in that it was given to: it ends with it.
    pub session: SessionId,
}

/// Signs an access token.
pub(crate) fn sign(ring: &Ring, issuer: &str, who: &SignedIn, seconds: u32, now: i64) -> Result<String, Error> {
    let issued = now.div_euclid(1_000);
    let claims = Claims {
        iss: issuer.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: who.account,
        sid: who.session,
        iat: issued,
        nbf: issued,
        exp: issued + i64::from(seconds),
        role: who.role,
        mfa: who.second_factor,
    };
    encode(ring, ACCESS, &claims, now)
}

/// Verifies an access token but for its times and its session.
fn read(ring: &Ring, issuer: &str, token: &str) -> Result<Verified, TokenFault> {
    let claims: Claims = decode(ring, ACCESS, issuer, AUDIENCE, token)?;
    let signed_in = SignedIn { account: claims.sub, session: claims.sid, role: claims.role, second_factor: claims.mfa };
    Ok(Verified { signed_in, valid_from: milliseconds(claims.nbf), expires_at: milliseconds(claims.exp) })
}

/// Signs a permit.
pub(crate) fn sign_permit(
    ring: &Ring,
    issuer: &str,
    of: PermitUse,
    permit: &Permit,
    now: i64,
) -> Result<String, Error> {
    let issued = now.div_euclid(1_000);
    let claims = PermitClaims {
        iss: issuer.to_owned(),
        aud: of.audience().to_owned(),
        sub: permit.subject,
        act: permit.account,
        sid: permit.session,
        iat: issued,
        nbf: issued,
        exp: issued + PERMIT_SECONDS,
    };
    encode(ring, PERMIT, &claims, now)
}

/// Verifies a permit but for its session.
pub(crate) fn read_permit(
    ring: &Ring,
    issuer: &str,
    of: PermitUse,
    permit: &str,
    now: i64,
) -> Result<Permit, TokenFault> {
    let claims: PermitClaims = decode(ring, PERMIT, issuer, of.audience(), permit)?;
    in_time(milliseconds(claims.nbf), milliseconds(claims.exp), now)?;
    Ok(Permit { subject: claims.sub, account: claims.act, session: claims.sid })
}

fn milliseconds(seconds: i64) -> i64 {
    seconds.saturating_mul(1_000)
}

fn in_time(valid_from: i64, expires_at: i64, now: i64) -> Result<(), TokenFault> {
    if now >= expires_at {
        return Err(TokenFault::Expired);
    }
    if now.saturating_add(LEEWAY) < valid_from {
        return Err(TokenFault::NotYetValid);
    }
    Ok(())
}

/// Signs claims with the key that signs now.
pub(crate) fn encode(ring: &Ring, of_type: &str, claims: &impl Serialize, now: i64) -> Result<String, Error> {
    let failed = Error::Cryptography("no key to sign with");
    let (id, key) = ring.signing(now).ok_or(failed)?;
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(of_type.to_owned());
    header.kid = Some(id.to_owned());
    jsonwebtoken::encode(&header, claims, key).map_err(|_| Error::Cryptography("a token cannot be signed"))
}

/// What a token says, if this service signed it for this use. What its header says decides nothing but which of the known keys
/// it has to be signed with.
fn decode<C: DeserializeOwned>(
    ring: &Ring,
    of_type: &str,
    issuer: &str,
    audience: &str,
    token: &str,
) -> Result<C, TokenFault> {
    let invalid = |_| TokenFault::Invalid;
    if token.len() > TOKEN_AT_MOST {
        return Err(TokenFault::Invalid);
    }
    let header = jsonwebtoken::decode_header(token).map_err(invalid)?;
    let is_ours = header.alg == Algorithm::EdDSA && header.typ.as_deref() == Some(of_type) && header.crit.is_none();
    let key = header.kid.as_deref().filter(|_| is_ours).and_then(|id| ring.verifying(id)).ok_or(TokenFault::Invalid)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    // Times are compared here, also for a token that is remembered.
    validation.validate_exp = false;
    Ok(jsonwebtoken::decode(token, key, &validation).map_err(invalid)?.claims)
}

/// Tokens that were verified: the next request with one costs a hash and a look-up.
#[derive(Default)]
pub(crate) struct Remembered(RwLock<HashMap<[u8; 32], Verified>>);

impl Remembered {
    /// Verifies an access token but for its session.
    pub(crate) fn verify(&self, ring: &Ring, issuer: &str, token: &str, now: i64) -> Result<Verified, TokenFault> {
        if token.len() > TOKEN_AT_MOST {
            return Err(TokenFault::Invalid);
        }
        let hash = secrets::sha256(token.as_bytes());
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&hash).copied();
        let verified = match known {
            Some(verified) => verified,
            None => {
                let verified = read(ring, issuer, token)?;
                in_time(verified.valid_from, verified.expires_at, now)?;
                self.remember(hash, verified, now);
                verified
            }
        };
        in_time(verified.valid_from, verified.expires_at, now)?;
        Ok(verified)
    }

    fn remember(&self, hash: [u8; 32], verified: Verified, now: i64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, verified| verified.expires_at > now);
            if known.len() >= REMEMBERED {
                known.clear();
            }
        }
        known.insert(hash, verified);
    }

    /// Forgets all: the keys are others now.
    pub(crate) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl std::fmt::Debug for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::Ed25519KeyPair;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use entity::signing_key;
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};

    use super::*;
    use crate::accounts::keys;

    const ISSUER: &str = "https://lianhe.example";
    /// 2026-11-22, in seconds.
    const NOW: i64 = 1_795_300_000;

    fn somebody() -> SignedIn {
        SignedIn {
            account: AccountId(Uuid::from_u128(1)),
            session: SessionId(Uuid::from_u128(2)),
            role: GlobalRole::Moderator,
            second_factor: true,
        }
    }

    fn key() -> (signing_key::Model, Ring) {
        let row = keys::generate(0).expect("a key");
        let ring = Ring::of(vec![row.clone()]).expect("a ring");
        (row, ring)
    }

    fn verify(ring: &Ring, token: &str, now: i64) -> Result<SignedIn, TokenFault> {
        let verified = Remembered::default().verify(ring, ISSUER, token, now * 1_000)?;
        Ok(verified.signed_in)
    }

    fn part(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// A token with any header and claims, truly signed by a key.
    fn signed(header: &Value, claims: &Value, by: &signing_key::Model) -> String {
        let message = format!("{}.{}", part(header), part(claims));
        let pair = Ed25519KeyPair::from_pkcs8(&by.private).expect("a key");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes())))
    }

    fn header(row: &signing_key::Model) -> Value {
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": row.id })
    }

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "aud": "lianhe", "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2),
            "iat": NOW, "nbf": NOW, "exp": NOW + 600, "role": "MODERATOR", "mfa": true,
        })
    }

    /// Header or claims with one thing changed, or taken out by `null`.
    fn with(mut value: Value, name: &str, changed: Value) -> Value {
        let entries = value.as_object_mut().expect("an object");
        if changed.is_null() {
            entries.remove(name);
        } else {
            entries.insert(name.to_owned(), changed);
        }
        value
    }

    #[test]
    fn a_token_says_who_acts_for_its_time() {
        let (row, ring) = key();
        let token = sign(&ring, ISSUER, &somebody(), 600, NOW * 1_000).expect("a token");
        assert_eq!(verify(&ring, &token, NOW), Ok(somebody()));
        assert_eq!(verify(&ring, &token, NOW - 5), Ok(somebody()), "another node's clock may be ahead");
        assert_eq!(verify(&ring, &token, NOW - 6), Err(TokenFault::NotYetValid));
        assert_eq!(verify(&ring, &token, NOW + 599), Ok(somebody()));
        assert_eq!(verify(&ring, &token, NOW + 600), Err(TokenFault::Expired));
        assert_eq!(
            verify(&ring, &signed(&header(&row), &claims(), &row), NOW),
            Ok(somebody()),
            "the forger of these tests is right"
        );
    }

    #[test]
    fn a_token_that_is_remembered_is_not_remembered_too_long() {
        let (_, ring) = key();
        let remembered = Remembered::default();
        let token = sign(&ring, ISSUER, &somebody(), 600, NOW * 1_000).expect("a token");
        let verify =
            |ring: &Ring, now: i64| remembered.verify(ring, ISSUER, &token, now * 1_000).map(|it| it.signed_in);
        assert_eq!(verify(&ring, NOW), Ok(somebody()));
        let (_, others) = key();
        assert_eq!(verify(&others, NOW), Ok(somebody()), "it is not verified a second time");
        assert_eq!(verify(&ring, NOW + 600), Err(TokenFault::Expired));
        assert_eq!(verify(&ring, NOW - 6), Err(TokenFault::NotYetValid));
        remembered.forget();
        assert_eq!(verify(&others, NOW), Err(TokenFault::Invalid), "its key is gone");
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let remembered = Remembered::default();
        let verified = |expires_at| Verified { signed_in: somebody(), valid_from: 0, expires_at };
        for number in 0..REMEMBERED {
            let expires_at = if number < 10 { 1 } else { 100 };
            remembered.remember(secrets::sha256(&number.to_be_bytes()), verified(expires_at), 0);
        }
        let held = || remembered.0.read().expect("unpoisoned").len();
        assert_eq!(held(), REMEMBERED);
        remembered.remember([0; 32], verified(100), 50);
        assert_eq!(held(), REMEMBERED - 9, "those that have expired go first");
        for number in 0..10_u32 {
            remembered.remember(secrets::sha256(&number.to_le_bytes()), verified(100), 50);
        }
        assert!(held() <= REMEMBERED);
    }

    #[test]
    fn every_attack_on_a_token_fails() {
        let (row, _) = key();
        let (other, _) = key();
        let (stranger, strangers) = key();
        let ring = Ring::of(vec![row.clone(), other.clone()]).expect("a ring");
        let good = sign(&ring, ISSUER, &somebody(), 600, NOW * 1_000).expect("a token");
        let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
        let permit = Permit { subject: Uuid::from_u128(3), account: somebody().account, session: somebody().session };
        let permit = sign_permit(&ring, ISSUER, PermitUse::Upload, &permit, NOW * 1_000).expect("a permit");
        let truly = |claims: Value| signed(&header(&row), &claims, &row);
        let headed = |header: Value| signed(&header, &claims(), &row);
        let hashed = |secret: &[u8]| {
            let mut header = Header::new(Algorithm::HS256);
            header.typ = Some(ACCESS.to_owned());
            header.kid = Some(row.id.clone());
            jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).expect("a token")
        };
        // The first character of the signature; the last may hold bits that mean nothing.
        let (first, rest) = signature.split_at(1);
        let forged = format!("{head}.{body}.{}{rest}", if first == "A" { "B" } else { "A" });
        let more = part(&with(claims(), "role", json!("ADMINISTRATOR")));
        let none = json!({ "typ": "at+jwt", "alg": "none", "kid": row.id });
        let invalid = TokenFault::Invalid;
        let table = [
            ("forged signature", forged, invalid),
            ("another's signature", format!("{head}.{body}.{}", permit.rsplit('.').next().expect("a part")), invalid),
            ("changed claims", format!("{head}.{more}.{signature}"), invalid),
            ("expired", truly(with(with(claims(), "exp", json!(NOW)), "nbf", json!(NOW - 600))), TokenFault::Expired),
            ("expired long ago", truly(with(claims(), "exp", json!(0))), TokenFault::Expired),
            ("not yet valid", truly(with(claims(), "nbf", json!(NOW + 6))), TokenFault::NotYetValid),
            ("not valid for ages", truly(with(claims(), "nbf", json!(i64::MAX))), TokenFault::NotYetValid),
            ("wrong audience", truly(with(claims(), "aud", json!("others"))), invalid),
            ("many audiences", truly(with(claims(), "aud", json!(["lianhe", "others"]))), invalid),
            ("wrong issuer", truly(with(claims(), "iss", json!("https://others.example"))), invalid),
            ("no issuer", truly(with(claims(), "iss", Value::Null)), invalid),
            ("no audience", truly(with(claims(), "aud", Value::Null)), invalid),
            ("no subject", truly(with(claims(), "sub", Value::Null)), invalid),
            ("no session", truly(with(claims(), "sid", Value::Null)), invalid),
            ("no expiry", truly(with(claims(), "exp", Value::Null)), invalid),
            ("no beginning", truly(with(claims(), "nbf", Value::Null)), invalid),
            ("expiry as text", truly(with(claims(), "exp", json!("2099"))), invalid),
            ("negative expiry", truly(with(claims(), "exp", json!(-1))), invalid),
            ("unknown role", truly(with(claims(), "role", json!("ROOT"))), invalid),
            ("subject that is no id", truly(with(claims(), "sub", json!("1"))), invalid),
            ("alg none", format!("{}.{}.", part(&none), part(&claims())), invalid),
            ("alg none, signed", signed(&none, &claims(), &row), invalid),
            ("alg None", signed(&with(none, "alg", json!("None")), &claims(), &row), invalid),
            ("HS256 with the public key", hashed(&row.public), invalid),
            ("HS256 with the public key as text", hashed(URL_SAFE_NO_PAD.encode(&row.public).as_bytes()), invalid),
            ("HS256 in the header", headed(with(header(&row), "alg", json!("HS256"))), invalid),
            ("RS256 in the header", headed(with(header(&row), "alg", json!("RS256"))), invalid),
            ("ES256 in the header", headed(with(header(&row), "alg", json!("ES256"))), invalid),
            ("unknown key", signed(&header(&stranger), &claims(), &stranger), invalid),
            ("unknown key under a known name", signed(&header(&row), &claims(), &stranger), invalid),
            ("another key's name", signed(&header(&other), &claims(), &row), invalid),
            ("no key's name", headed(with(header(&row), "kid", Value::Null)), invalid),
            ("key's name that is a path", headed(with(header(&row), "kid", json!("../../dev/null"))), invalid),
            (
                "key in the header",
                signed(
                    &with(
                        header(&stranger),
                        "jwk",
                        json!({
                            "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&stranger.public),
                        }),
                    ),
                    &claims(),
                    &stranger,
                ),
                invalid,
            ),
            ("wrong type", headed(with(header(&row), "typ", json!("JWT"))), invalid),
            ("no type", headed(with(header(&row), "typ", Value::Null)), invalid),
            ("what must be understood", headed(with(header(&row), "crit", json!(["b64"]))), invalid),
            ("permit", permit.clone(), invalid),
            (
                "permit with the audience of tokens",
                signed(
                    &with(header(&row), "typ", json!(PERMIT)),
                    &with(claims(), "act", json!(Uuid::from_u128(1))),
                    &row,
                ),
                invalid,
            ),
            ("nothing", String::new(), invalid),
            ("dots", "..".to_owned(), invalid),
            ("two parts", format!("{head}.{body}"), invalid),
            ("no signature", format!("{head}.{body}."), invalid),
            ("four parts", format!("{good}.{signature}"), invalid),
            ("padding", format!("{good}="), invalid),
            ("space", format!("{good} "), invalid),
            ("not base64", format!("{head}.{{}}.{signature}"), invalid),
            ("not ASCII", format!("{head}.{body}.{signature}合"), invalid),
            ("too long", signed(&header(&row), &with(claims(), "x", json!("x".repeat(TOKEN_AT_MOST))), &row), invalid),
        ];
        for (name, token, fault) in table {
            assert_eq!(verify(&ring, &token, NOW), Err(fault), "{name}");
        }
        assert_eq!(verify(&ring, &good, NOW), Ok(somebody()));
        assert!(verify(&strangers, &good, NOW).is_err(), "another service does not accept it");
    }

    #[test]
    fn a_permit_is_for_one_thing_and_a_short_while() {
        let (_, ring) = key();
        let permit = Permit { subject: Uuid::from_u128(3), account: somebody().account, session: somebody().session };
        let token = sign_permit(&ring, ISSUER, PermitUse::Upload, &permit, NOW * 1_000).expect("a permit");
        let read = |of, token: &str, now: i64| read_permit(&ring, ISSUER, of, token, now * 1_000);
        assert_eq!(read(PermitUse::Upload, &token, NOW), Ok(permit));
        assert_eq!(read(PermitUse::Upload, &token, NOW + 599), Ok(permit));
        assert_eq!(read(PermitUse::Upload, &token, NOW + 600), Err(TokenFault::Expired));
        assert_eq!(read(PermitUse::Upload, &token, NOW - 6), Err(TokenFault::NotYetValid));
        assert_eq!(read(PermitUse::Download, &token, NOW), Err(TokenFault::Invalid));
        let access = sign(&ring, ISSUER, &somebody(), 600, NOW * 1_000).expect("a token");
        assert_eq!(read(PermitUse::Upload, &access, NOW), Err(TokenFault::Invalid), "a token is no permit");
        assert_eq!(read(PermitUse::Download, &access, NOW), Err(TokenFault::Invalid));
    }
}
