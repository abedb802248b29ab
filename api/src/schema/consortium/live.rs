//! A consortium, followed as it changes.

use std::sync::Arc;

use async_graphql::{Context, ID, Subscription};
use futures_util::{Stream, StreamExt, stream};
use service::consortia;
use service::{ConsortiumId, Event, Platform, Refusal};

use super::{ConsortiumObject, consortium_of};
use crate::fault::{Code, Fault};
use crate::schema::caller::{Caller, caller, platform, refused};
use crate::schema::manage::events;

/// What a subscriber is told who is no longer in a consortium.
fn ended() -> Fault {
    Fault::new(
        Code::Forbidden,
        "贵单位已不在该联合体中，订阅结束",
        "your institution is no longer in the consortium; the subscription has ended",
    )
}

/// The consortium after each change, until the caller is no longer in it.
fn changes(
    platform: Arc<Platform>,
    caller: Arc<Caller>,
    id: ConsortiumId,
) -> impl Stream<Item = async_graphql::Result<ConsortiumObject>> {
    let events = Box::pin(events(&platform));
    stream::unfold(Some(events), move |events| {
        let (platform, caller) = (Arc::clone(&platform), Arc::clone(&caller));
        async move {
            let mut events = events?;
            loop {
                match events.next().await? {
                    Ok(Event::Consortium(changed)) if changed == id => {}
                    Ok(_) => continue,
                    Err(missed) => return Some((Err(missed), Some(events))),
                }
                return Some(match consortia::shown(&platform, caller.actor(), id).await {
                    Ok(shown) => (Ok(ConsortiumObject::new(shown)), Some(events)),
                    Err(Refusal::NotFound | Refusal::Forbidden(_)) => (Err(ended().into()), None),
                    Err(refusal) => (Err(refused(refusal)), None),
                });
            }
        }
    })
}

#[derive(Default)]
pub(crate) struct ConsortiumSubscription;

#[Subscription]
impl ConsortiumSubscription {
    /// A consortium after each change of it, of its members and of their profiles. Ends with an error once the caller is no longer
    /// in it.
    /// Needs: a member of the profile of a member institution of the consortium.
    /// 联合体、其成员及成员资料每次变动后的联合体；调用者不再属于该联合体时以错误结束。
    /// 权限：联合体成员单位资料成员。
    async fn consortium_changed<'c>(
        &self,
        context: &Context<'c>,
        #[graphql(desc = "The consortium.\n联合体 ID。")] consortium: ID,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ConsortiumObject>> + 'c> {
        let (platform, caller) = (Arc::clone(platform(context)?), Arc::clone(caller(context)?));
        let id = consortium_of(&consortium).map_err(refused)?;
        // What happens from now on is heard, and whoever may not hear it is told so at once.
        let changes = changes(Arc::clone(&platform), Arc::clone(&caller), id);
        consortia::shown(&platform, caller.actor(), id).await.map_err(refused)?;
        Ok(changes)
    }
}
