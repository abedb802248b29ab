//! The second factor: codes that change every 30 seconds (TOTP, RFC 6238). Each code is accepted once.

use totp_rs::{Algorithm, Builder, Totp};

use crate::accounts::secrets;
use crate::error::Error;

/// What apps show beside the codes.
const ISSUER: &str = "Lianhe";
/// Seconds that a code lasts.
const STEP: u64 = 30;
/// How many codes before and after the current one are accepted, for clocks that differ.
const SKEW: u16 = 1;

/// A new secret of 160 bits.
pub(crate) fn new_secret() -> Vec<u8> {
    secrets::random::<20>().to_vec()
}

/// The secret as people type it, and the address that apps read it from.
pub(crate) fn shown(secret: &[u8], email: &str) -> Result<(String, String), Error> {
    let totp = totp(secret, email)?;
    let url = totp.to_url().map_err(|_| Error::Cryptography("the secret of a second factor"))?;
    Ok((totp.secret().to_base32(), url))
}

/// The time step of a code, if it is one of the current codes and newer than the last that was accepted.
pub(crate) fn accepted(secret: &[u8], code: &str, last: Option<i64>, now: i64) -> Result<Option<i64>, Error> {
    let digits: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let seconds = u64::try_from(now.div_euclid(1_000)).unwrap_or_default();
    let step = totp(secret, "")?.check(&digits, seconds).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| last.is_none_or(|last| *step > last)))
}

fn totp(secret: &[u8], email: &str) -> Result<Totp, Error> {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(SKEW)
        .with_step_duration(STEP)
        .with_secret(secret)
        .with_issuer(Some(ISSUER))
        .with_account_name(email);
    totp.build().map_err(|_| Error::Cryptography("the secret of a second factor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B; its codes are the last six of the eight digits there.
    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64, code: &str, last: Option<i64>) -> Option<i64> {
        accepted(SECRET, code, last, seconds * 1_000).expect("a secret")
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            assert_eq!(at(seconds, code, None), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_accepted_around_its_time_and_once() {
        assert_eq!(at(59 + 30, "287082", None), Some(1), "one step late");
        assert_eq!(at(59 - 30, "287082", None), Some(1), "one step early");
        assert_eq!(at(59 + 31, "287082", None), None, "two steps late");
        assert_eq!(at(59, "287 082", None), Some(1), "as apps show it");
        assert_eq!(at(59, "287082", Some(1)), None, "a second time");
        assert_eq!(at(59, "287082", Some(0)), Some(1));
        for wrong in ["", "287083", "28708", "2870820", "287o82", "２８７０８２"] {
            assert_eq!(at(59, wrong, None), None, "{wrong}");
        }
    }

    #[test]
    fn the_secret_is_shown_as_apps_read_it() {
        let (text, url) = shown(SECRET, "wang@example.edu").expect("shown");
        assert_eq!(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            url,
            "otpauth://totp/Lianhe:wang%40example.edu?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Lianhe"
        );
        assert_eq!(new_secret().len(), 20);
    }
}
