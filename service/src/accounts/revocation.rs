//! Sessions that were ended while their access tokens were still valid, as this node knows them: no request asks the database.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};

use entity::session;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::actor::SessionId;
use crate::error::Error;

/// How far back each reading looks, in milliseconds: for clocks that differ, and transactions that were long.
const OVERLAP: i64 = 30_000;
/// Ended sessions that may wait for a listener.
const CAPACITY: usize = 1_024;

/// Sessions that were ended.
#[derive(Debug)]
pub(crate) struct Revocations {
    /// When they were ended.
    sessions: RwLock<HashMap<SessionId, i64>>,
    /// When the table was last read.
    read_at: AtomicI64,
    /// How long a token may outlive its session, in milliseconds.
    life: i64,
    tell: broadcast::Sender<SessionId>,
}

impl Revocations {
    /// Knows of none yet.
    pub(crate) fn new(life: i64) -> Self {
        let (tell, _) = broadcast::channel(CAPACITY);
        Self { sessions: RwLock::default(), read_at: AtomicI64::new(i64::MIN), life, tell }
    }

    /// Whether a session was ended.
    pub(crate) fn contains(&self, session: SessionId) -> bool {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).contains_key(&session)
    }

    /// Sessions that end from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<SessionId> {
        self.tell.subscribe()
    }

    /// Takes note of sessions that were ended here.
    pub(crate) fn add(&self, ended: impl IntoIterator<Item = SessionId>, now: i64) {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        for session in ended {
            if sessions.insert(session, now).is_none() {
                // It fails only when nobody listens.
                let _ = self.tell.send(session);
            }
        }
    }

    /// Takes note of sessions that were ended anywhere since the last time, and forgets those whose tokens have expired.
    pub(crate) async fn refresh(&self, connection: &impl ConnectionTrait, now: i64) -> Result<(), Error> {
        let since = self.read_at.load(Ordering::Relaxed).max(now - self.life) - OVERLAP;
        let ended: Vec<(Uuid, Option<i64>)> = session::Entity::find()
            .select_only()
            .columns([session::Column::Id, session::Column::RevokedAt])
            .filter(session::Column::RevokedAt.gte(since))
            .into_tuple()
            .all(connection)
            .await?;
        for (session, at) in ended {
            self.add([SessionId(session)], at.unwrap_or(now));
        }
        let kept = now - self.life - 2 * OVERLAP;
        self.sessions.write().unwrap_or_else(PoisonError::into_inner).retain(|_, at| *at >= kept);
        self.read_at.store(now, Ordering::Relaxed);
        Ok(())
    }
}
