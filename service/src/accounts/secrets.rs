//! Secrets that people and programs hold: random, shown once, and kept only as their hash.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A new secret.
pub(crate) struct Secret(String);

impl Secret {
    /// What its holder is given: 32 random bytes as base64url, 43 characters.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        hash(&self.0)
    }
}

/// A secret that nobody can guess.
pub(crate) fn secret() -> Secret {
    Secret(URL_SAFE_NO_PAD.encode(random::<32>()))
}

/// What is kept of a secret: it has 256 random bits, so a plain hash is as good as a slow one.
pub(crate) fn hash(text: &str) -> Vec<u8> {
    sha256(text.as_bytes()).to_vec()
}

/// A password that nobody can guess, for somebody who is given one: 20 letters and digits in groups, none of which looks like
/// another.
pub fn random_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut password = String::new();
    for (place, byte) in random::<20>().into_iter().enumerate() {
        if place > 0 && place % 5 == 0 {
            password.push('-');
        }
        // As many values of a byte fall on each letter.
        let letter = LETTERS.iter().cycle().nth(usize::from(byte));
        password.extend(letter.copied().map(char::from));
    }
    password
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// Random bytes.
#[expect(
    clippy::expect_used,
    reason = "a system that has no random numbers can keep no secrets; ids fail there as well"
)]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system gives random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_given_is_long_and_new() {
        let [one, other] = [random_password(), random_password()];
        assert_ne!(one, other);
        let groups: Vec<&str> = one.split('-').collect();
        assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 5), "{one}");
        assert!(zxcvbn::zxcvbn(&one, &[]).score() == zxcvbn::Score::Four, "{one}");
    }

    #[test]
    fn a_secret_is_kept_as_its_hash() {
        let kept = secret();
        assert_eq!(kept.text().len(), 43);
        assert_eq!(hash(kept.text()), kept.hash());
        assert_ne!(secret().text(), kept.text());
        // The hash of nothing, as FIPS 180 gives it.
        assert_eq!(
            crate::audit::hexadecimal(&hash("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
