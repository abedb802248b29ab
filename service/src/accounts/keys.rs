//! The keys that sign tokens: Ed25519, kept in the database, so that every node signs with the same and knows them all.
//!
//! A key that is old enough is followed by a new one. The new one signs only after a while, when every node has read it; the old
//! one goes when the last token that it signed has expired.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::signing_key;
use jsonwebtoken::{DecodingKey, EncodingKey};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use serde_json::json;

use crate::accounts::secrets;
use crate::database::Database;
use crate::error::Error;

/// A new key signs once it is this old: nodes read the keys several times meanwhile.
const SIGNS_AFTER: i64 = 60_000;
/// A key that no longer signs is kept for so long beyond the life of its tokens, for nodes that learn late that it has a successor.
const SLACK: i64 = 10 * 60_000;
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A key, and what it is called in tokens.
struct Key {
    id: String,
    created_at: i64,
    signs: EncodingKey,
    verifies: DecodingKey,
}

impl Key {
    fn of(row: &signing_key::Model) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_pkcs8(&row.private).map_err(|_| Error::Cryptography("a signing key"))?;
        let public = pair.public_key().as_ref();
        if public != row.public || id_of(public) != row.id {
            return Err(Error::Cryptography("a signing key that is another than its row says"));
        }
        Ok(Self {
            id: row.id.clone(),
            created_at: row.created_at,
            signs: EncodingKey::from_ed_der(&row.private),
            verifies: DecodingKey::from_ed_der(public),
        })
    }
}

/// What a key is called: told by itself, so that two keys never share a name.
fn id_of(public: &[u8]) -> String {
    let hash = secrets::sha256(public);
    URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or(&hash))
}

/// A new key.
pub(crate) fn generate(now: i64) -> Result<signing_key::Model, Error> {
    let failed = |_| Error::Cryptography("a new signing key");
    let private = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(failed)?;
    let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).map_err(|_| Error::Cryptography("a new signing key"))?;
    let public = pair.public_key().as_ref().to_vec();
    Ok(signing_key::Model { id: id_of(&public), private: private.as_ref().to_vec(), public, created_at: now })
}

/// The keys at one time, the newest first.
pub(crate) struct Ring {
    keys: Vec<Key>,
    jwks: String,
}

impl Ring {
    /// The keys of the table.
    pub(crate) fn of(mut rows: Vec<signing_key::Model>) -> Result<Self, Error> {
        rows.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        let keys = rows.iter().map(Key::of).collect::<Result<Vec<_>, _>>()?;
        let public: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "use": "sig",
                    "alg": "EdDSA",
                    "kid": row.id,
                    "x": URL_SAFE_NO_PAD.encode(&row.public),
                })
            })
            .collect();
        Ok(Self { keys, jwks: json!({ "keys": public }).to_string() })
    }

    /// The key that signs now, and what it is called: the newest that is old enough, or the first of all.
    pub(crate) fn signing(&self, now: i64) -> Option<(&str, &EncodingKey)> {
        let known = self.keys.iter().find(|key| key.created_at + SIGNS_AFTER <= now);
        known.or(self.keys.last()).map(|key| (key.id.as_str(), &key.signs))
    }

    /// What verifies the signatures of a key.
    pub(crate) fn verifying(&self, id: &str) -> Option<&DecodingKey> {
        self.keys.iter().find(|key| key.id == id).map(|key| &key.verifies)
    }

    /// The public keys, as a JSON Web Key Set (RFC 7517, RFC 8037).
    pub(crate) fn jwks(&self) -> &str {
        &self.jwks
    }

    fn is_of(&self, other: &Self) -> bool {
        self.keys.iter().map(|key| &key.id).eq(other.keys.iter().map(|key| &key.id))
    }
}

/// The keys as this node knows them.
pub(crate) struct Keys {
    ring: RwLock<Arc<Ring>>,
    /// After how many milliseconds a key is followed by a new one.
    turn: i64,
    /// How long a token lives that they sign, at most, in milliseconds.
    life: i64,
}

impl Keys {
    /// Reads the keys; makes the first, if there is none.
    pub(crate) async fn open(database: &Database, days: u32, life: i64, now: i64) -> Result<Self, Error> {
        let keys = Self { ring: RwLock::new(Arc::new(Ring::of(Vec::new())?)), turn: i64::from(days) * DAY, life };
        keys.turn(database, now).await?;
        Ok(keys)
    }

    /// The keys now.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys again; whether they are others than before.
    pub(crate) async fn refresh(&self, database: &Database) -> Result<bool, Error> {
        let ring = Ring::of(signing_key::Entity::find().all(database.connection()).await?)?;
        let mut held = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        let changed = !ring.is_of(&held);
        *held = Arc::new(ring);
        Ok(changed)
    }

    /// Makes a new key where it is time to, drops those whose tokens have all expired, and reads what is there then.
    pub(crate) async fn turn(&self, database: &Database, now: i64) -> Result<bool, Error> {
        let rows = newest_first(database.connection()).await?;
        if self.is_due(&rows, now) {
            let immediate = Some(SqliteTransactionMode::Immediate);
            let options = TransactionOptions { sqlite_transaction_mode: immediate, ..TransactionOptions::default() };
            let transaction = database.connection().begin_with_options(options).await?;
            if transaction.get_database_backend() == DbBackend::Postgres {
                // Two nodes that start together make one key.
                transaction.execute_unprepared("LOCK TABLE signing_key IN EXCLUSIVE MODE").await?;
            }
            if self.is_due(&newest_first(&transaction).await?, now) {
                generate(now)?.into_active_model().insert(&transaction).await?;
            }
            transaction.commit().await?;
        }
        for gone in self.gone(&newest_first(database.connection()).await?, now) {
            signing_key::Entity::delete_many()
                .filter(signing_key::Column::Id.eq(gone))
                .exec(database.connection())
                .await?;
        }
        self.refresh(database).await
    }

    /// Whether a new key has to be made, from the rows with the newest first.
    fn is_due(&self, rows: &[signing_key::Model], now: i64) -> bool {
        rows.first().is_none_or(|newest| newest.created_at + self.turn <= now)
    }

    /// Those that signed nothing that is still valid.
    fn gone(&self, rows: &[signing_key::Model], now: i64) -> Vec<String> {
        let followed = rows.iter().zip(rows.iter().skip(1));
        let over = followed.filter(|(next, _)| next.created_at + SIGNS_AFTER + self.life + SLACK <= now);
        over.map(|(_, key)| key.id.clone()).collect()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

async fn newest_first(connection: &impl ConnectionTrait) -> Result<Vec<signing_key::Model>, Error> {
    let query = signing_key::Entity::find().order_by_desc(signing_key::Column::CreatedAt);
    Ok(query.order_by_desc(signing_key::Column::Id).all(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    async fn database() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite://{}", folder.path().join("keys.db").display());
        let database = Database::open(&address).await.expect("a database");
        (folder, database)
    }

    fn signing(keys: &Keys, now: i64) -> String {
        keys.ring().signing(now).expect("a key").0.to_owned()
    }

    fn known(keys: &Keys) -> Vec<String> {
        keys.ring().keys.iter().map(|key| key.id.clone()).collect()
    }

    #[tokio::test]
    async fn keys_follow_each_other_without_a_token_that_nobody_can_verify() {
        let (_folder, database) = database().await;
        let start = 1_000 * DAY;
        let keys = Keys::open(&database, 30, 10 * MINUTE, start).await.expect("keys");
        let first = signing(&keys, start);
        assert_eq!(known(&keys), std::slice::from_ref(&first), "the first signs at once");

        assert!(!keys.turn(&database, start + 30 * DAY - 1).await.expect("turned"), "it is not yet time");
        let turned = start + 30 * DAY;
        assert!(keys.turn(&database, turned).await.expect("turned"));
        let [second, old] = known(&keys).try_into().expect("two keys");
        assert_eq!(old, first);
        assert_eq!(signing(&keys, turned + SIGNS_AFTER - 1), first, "other nodes may not know the new one");
        assert_eq!(signing(&keys, turned + SIGNS_AFTER), second);
        assert!(!keys.turn(&database, turned + 1).await.expect("turned"), "one new key, not one each time");

        let last = turned + SIGNS_AFTER + 10 * MINUTE + SLACK;
        assert!(!keys.turn(&database, last - 1).await.expect("turned"), "its tokens may still be valid");
        assert!(keys.turn(&database, last).await.expect("turned"));
        assert_eq!(known(&keys), [second]);

        let other = Keys::open(&database, 30, 10 * MINUTE, last).await.expect("keys");
        assert_eq!(known(&other), known(&keys), "another node has the same");
    }

    #[tokio::test]
    async fn nodes_that_start_together_make_one_key() {
        let (_folder, database) = database().await;
        let open = || Keys::open(&database, 30, 10 * MINUTE, DAY);
        let (one, two) = tokio::join!(open(), open());
        assert_eq!(known(&one.expect("keys")).len(), 1);
        assert_eq!(known(&two.expect("keys")).len(), 1);
    }

    #[test]
    fn the_public_keys_are_a_set_that_others_can_read() {
        // The key pair of RFC 8037, appendix A.
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").expect("base64");
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key");
        let private = pair.to_pkcs8().expect("PKCS #8").as_ref().to_vec();
        let public = pair.public_key().as_ref().to_vec();
        let row = signing_key::Model { id: id_of(&public), private, public, created_at: 0 };
        let set: serde_json::Value =
            serde_json::from_str(Ring::of(vec![row.clone()]).expect("a key").jwks()).expect("JSON");
        assert_eq!(
            set,
            json!({"keys": [{
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": row.id,
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }]})
        );
        assert_eq!(row.id.len(), 16);

        let other = generate(0).expect("a key");
        let mixed = signing_key::Model { private: other.private, ..row };
        assert!(Ring::of(vec![mixed]).is_err(), "a private key beside another's public key is refused");
    }
}
