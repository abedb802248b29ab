//! What happens on any node, as nodes tell their subscribers: the history is followed from its last record on.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use entity::{audit_record, notification};
use futures_util::future::{Either, select};
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::broadcast;
use tokio::time::{sleep, timeout};

use crate::actor::{AccountId, CaseId, ConsortiumId, NotificationId};
use crate::audit;
use crate::consortia;
use crate::error::Error;
use crate::platform::Platform;

/// Events that may wait for a subscriber; one that is slower misses the oldest, and is told so.
pub(crate) const CAPACITY: usize = 1_024;
/// How often the history is looked at where the database does not tell of new records.
const EVERY: Duration = Duration::from_millis(500);
/// Records taken at once.
const BATCH: u64 = 500;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An account has a new entry in its inbox.
    Inbox {
        /// Whose inbox.
        account: AccountId,
        /// The entry.
        notification: NotificationId,
    },
    /// A case was opened, or is no longer what it was.
    Case(CaseId),
    /// A consortium, or what is known of its members, is no longer what it was.
    Consortium(ConsortiumId),
}

/// Follows the history for ever, and tells of it. Also takes note of sessions that were ended elsewhere.
pub(crate) async fn follow(platform: Arc<Platform>, tell: broadcast::Sender<Event>) {
    let mut after = None;
    let mut listener = None;
    loop {
        if let Err(error) = step(&platform, &tell, &mut after).await {
            tracing::error!(error = %error.message().en, "the history cannot be followed");
        }
        if listener.is_none() {
            listener = listen(&platform).await;
        }
        // Woken by this node, by another one, or after a while all the same.
        let woken = platform.recorded().notified();
        match &mut listener {
            Some(told) => {
                let is_lost = timeout(EVERY, select(pin!(woken), pin!(told.recv())))
                    .await
                    .is_ok_and(|heard| matches!(heard, Either::Right((Err(_), _))));
                if is_lost {
                    listener = None;
                    sleep(EVERY).await;
                }
            }
            None => {
                // Whether it was woken or waited long enough, it looks again.
                let _ = timeout(EVERY, woken).await;
            }
        }
    }
}

/// What hears PostgreSQL tell of new records; nothing with another database.
async fn listen(platform: &Platform) -> Option<PgListener> {
    let address = platform.database().postgres()?;
    let mut listener = PgListener::connect(address).await.ok()?;
    listener.listen(audit::CHANNEL).await.ok()?;
    Some(listener)
}

/// Takes over what was recorded since the last time; the first time, only where the history stands.
async fn step(platform: &Platform, tell: &broadcast::Sender<Event>, after: &mut Option<i64>) -> Result<(), Error> {
    let connection = platform.database().connection();
    platform.accounts().refresh(platform.database()).await?;
    let head = audit::head(connection).await?.sequence;
    let Some(last) = after else {
        *after = Some(head);
        return Ok(());
    };
    while *last < head {
        let records = audit_record::Entity::find()
            .filter(audit_record::Column::Sequence.gt(*last))
            .order_by_asc(audit_record::Column::Sequence)
            .limit(BATCH)
            .all(connection)
            .await?;
        let Some(newest) = records.last().map(|record| record.sequence) else { break };
        // Nobody listens: there is nothing to look up.
        if tell.receiver_count() > 0 {
            let entries = notification::Entity::find()
                .filter(notification::Column::Sequence.gt(*last))
                .filter(notification::Column::Sequence.lte(newest))
                .order_by_asc(notification::Column::Id)
                .all(connection)
                .await?;
            let cases = records.iter().filter_map(|record| record.case_id).map(|case| Event::Case(CaseId(case)));
            let consortia = consortia::moved(connection, &records).await?.into_iter().map(Event::Consortium);
            let inboxes = entries.into_iter().map(|entry| Event::Inbox {
                account: AccountId(entry.account_id),
                notification: NotificationId(entry.id),
            });
            for event in cases.chain(consortia).chain(inboxes) {
                // It fails only when nobody listens any more.
                let _ = tell.send(event);
            }
        }
        *last = newest;
    }
    // The database was put back to an older state.
    *last = (*last).min(head);
    Ok(())
}
