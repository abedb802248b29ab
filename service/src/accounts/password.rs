//! Passwords: argon2id, away from the threads that answer requests, and no more at once than there are processors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use zxcvbn::{Score, zxcvbn};

use crate::error::Error;
use crate::refusal::{Refusal, UserErrorCode};

/// Memory of one hash in KiB, passes, lanes: what OWASP recommends at least for argon2id.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Characters that a password has at least and at most, and its bytes.
const CHARACTERS_AT_LEAST: usize = 10;
const CHARACTERS_AT_MOST: usize = 200;
const BYTES_AT_MOST: usize = 1_024;
/// Passwords that may wait; with more, whoever comes is asked to come again.
const WAITING_AT_MOST: usize = 200;

/// What hashes passwords.
#[derive(Clone, Debug)]
pub(crate) struct Hashing {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    /// A hash that no password has: compared with, where there is no account, so that the answer takes as long.
    nobody: Arc<str>,
}

/// Whether a password is the one that was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    /// It is.
    pub(crate) is_right: bool,
    /// It was hashed in another way than new ones are.
    pub(crate) is_old: bool,
}

impl Hashing {
    /// As many at once as there are processors.
    pub(crate) fn new() -> Result<Self, Error> {
        let turns = thread::available_parallelism().map_or(1, usize::from);
        // Random, so that nobody can know a password of it.
        let nobody = hash_now(crate::accounts::secrets::secret().text())?;
        Ok(Self { turns: Arc::new(Semaphore::new(turns)), waiting: Arc::default(), nobody: nobody.into() })
    }

    /// The hash of a new password, as a PHC string.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Refusal> {
        let password = password.to_owned();
        Ok(self.in_turn(move || hash_now(&password)).await??)
    }

    /// Compares a password with a hash; with none, it takes as long and is wrong.
    pub(crate) async fn compare(&self, password: &str, hash: Option<&str>) -> Result<Compared, Refusal> {
        let is_somebody = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        // No password is longer; hashing whatever is sent would cost what its sender likes.
        let may_be = password.len() <= BYTES_AT_MOST;
        let password = if may_be { password.to_owned() } else { String::new() };
        let compared = self.in_turn(move || compare_now(&password, &hash)).await??;
        Ok(Compared { is_right: compared.is_right && is_somebody && may_be, ..compared })
    }

    /// Refuses a password that is easy to guess by somebody who knows these things about its owner.
    pub(crate) async fn check(&self, password: &str, field: &str, about: Vec<String>) -> Result<(), Refusal> {
        let count = password.chars().count();
        if count < CHARACTERS_AT_LEAST {
            return Err(weak(
                field,
                format!("密码至少 {CHARACTERS_AT_LEAST} 个字符，目前 {count} 个；可用几个互不相关的词组成一句话"),
                format!(
                    "a password has at least {CHARACTERS_AT_LEAST} characters, this one has {count}; a few unrelated words make a \
                     good one"
                ),
            ));
        }
        if count > CHARACTERS_AT_MOST || password.len() > BYTES_AT_MOST {
            return Err(weak(
                field,
                format!("密码至多 {CHARACTERS_AT_MOST} 个字符；请缩短"),
                format!("a password has at most {CHARACTERS_AT_MOST} characters; use a shorter one"),
            ));
        }
        let password = password.to_owned();
        let score = self
            .in_turn(move || {
                let known: Vec<&str> = about.iter().map(String::as_str).collect();
                zxcvbn(&password, &known).score()
            })
            .await?;
        if score < Score::Three {
            return Err(weak(
                field,
                "密码容易被猜出：请避免常见密码、姓名、邮箱、日期、键盘连续按键和重复字符，可用几个互不相关的词组成一句话",
                "the password is easy to guess: avoid common passwords, your name or address, dates, rows of keys and repeated \
                 characters; a few unrelated words make a good one",
            ));
        }
        Ok(())
    }

    /// Does what takes a processor for a while, when one is free.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let waiting = Waiting::join(&self.waiting).ok_or(Refusal::Throttled { seconds: 1 })?;
        let closed = |_| Error::Cryptography("no processor to hash passwords");
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(closed)?;
        drop(waiting);
        let working = spawn_blocking(move || {
            // Kept until it is done, also if nobody waits for it any more.
            let _turn = turn;
            work()
        });
        Ok(working.await.map_err(|_| Error::Cryptography("a password could not be hashed"))?)
    }
}

/// A place among those that wait.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn join(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < WAITING_AT_MOST).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn weak(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::invalid(UserErrorCode::WeakPassword, field, zh, en)
}

fn parameters() -> Result<Params, Error> {
    Params::new(MEMORY, PASSES, LANES, None).map_err(|_| Error::Cryptography("the parameters of argon2"))
}

fn hash_now(password: &str) -> Result<String, Error> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters()?);
    let hash = argon2.hash_password(password.as_bytes());
    Ok(hash.map_err(|_| Error::Cryptography("a password could not be hashed"))?.to_string())
}

fn compare_now(password: &str, hash: &str) -> Result<Compared, Error> {
    let hash = PasswordHash::new(hash).map_err(|_| Error::Cryptography("a password's hash that cannot be read"))?;
    // The hash says how it was made.
    let is_right = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
    let is_new = hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into())
        && Params::try_from(&hash)
            .is_ok_and(|made| (made.m_cost(), made.t_cost(), made.p_cost()) == (MEMORY, PASSES, LANES));
    Ok(Compared { is_right, is_old: !is_new })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(result: Result<(), Refusal>) -> Option<String> {
        match result {
            Ok(()) => None,
            Err(Refusal::Invalid(errors)) => {
                let [error] = errors.try_into().expect("one error");
                assert_eq!((error.code, error.field.as_str()), (UserErrorCode::WeakPassword, "password"));
                Some(error.message.en)
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn a_password_is_the_one_that_was_hashed_or_wrong() {
        let hashing = Hashing::new().expect("hashing");
        let hash = hashing.hash("correct horse 电池 staple").await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let compare =
            async |password: &str, hash: Option<&str>| hashing.compare(password, hash).await.expect("compared");
        let right = Compared { is_right: true, is_old: false };
        let wrong = Compared { is_right: false, is_old: false };
        assert_eq!(compare("correct horse 电池 staple", Some(&hash)).await, right);
        assert_eq!(compare("correct horse 电池 stapl", Some(&hash)).await, wrong);
        assert_eq!(compare("", Some(&hash)).await, wrong);
        assert_eq!(compare(&"x".repeat(2_000), Some(&hash)).await, wrong);
        assert_eq!(compare("correct horse 电池 staple", None).await, wrong, "nobody's password is right");
        assert_ne!(hashing.hash("correct horse 电池 staple").await.expect("a hash"), hash, "each has its own salt");
    }

    #[tokio::test]
    async fn an_old_hash_is_told() {
        let weaker = Params::new(8_192, 1, 1, None).expect("parameters");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, weaker);
        let hash = argon2.hash_password(b"correct horse battery").expect("a hash").to_string();
        let compared = Hashing::new().expect("hashing").compare("correct horse battery", Some(&hash)).await;
        assert_eq!(compared.expect("compared"), Compared { is_right: true, is_old: true });
    }

    #[tokio::test]
    async fn a_password_that_is_easy_to_guess_is_refused() {
        let hashing = Hashing::new().expect("hashing");
        let about = crate::accounts::entry::about("wang.xiaoming@example.edu", "Wang Xiaoming");
        let check = async |password: &str| refused(hashing.check(password, "password", about.clone()).await);
        for easy in [
            "password1234",
            "qwertyuiop",
            "1234567890",
            "aaaaaaaaaaaaaa",
            "wangxiaoming1",
            "iloveyou2020",
            "Wang Xiaoming",
        ] {
            assert!(
                check(easy).await.is_some_and(|message| message.starts_with("the password is easy to guess")),
                "{easy}"
            );
        }
        assert!(check("k8#Vq").await.is_some_and(|message| message.contains("this one has 5")));
        // Ten characters, not ten bytes.
        assert!(check("合作研究合").await.is_some_and(|message| message.contains("this one has 5")));
        assert!(check(&"长".repeat(201)).await.is_some_and(|message| message.contains("at most 200")));
        assert_eq!(check("granite otter lamp violet").await, None);
        assert_eq!(check("春江潮水连海平海上明月").await, None);
    }

    #[tokio::test]
    async fn whoever_comes_when_too_many_wait_is_asked_to_come_again() {
        let hashing = Hashing::new().expect("hashing");
        hashing.waiting.store(WAITING_AT_MOST, Ordering::Relaxed);
        assert!(matches!(hashing.hash("granite otter lamp").await, Err(Refusal::Throttled { seconds: 1 })));
        assert_eq!(hashing.waiting.load(Ordering::Relaxed), WAITING_AT_MOST, "it left no trace");
        hashing.waiting.store(WAITING_AT_MOST - 1, Ordering::Relaxed);
        assert!(hashing.hash("granite otter lamp").await.is_ok());
    }
}
