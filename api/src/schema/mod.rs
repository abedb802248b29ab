//! The GraphQL schema: objects that convert what [`eligibility`] knows, and inputs that it reads. No rule lives here.

mod account;
pub(crate) mod caller;
mod connection;
mod consortium;
mod direction;
mod fact;
mod guide;
mod input;
mod institution;
mod manage;
mod matching;
pub(crate) mod node;
mod partners;
mod place;
mod profile;
mod report;
mod requirement;
mod scalars;
#[cfg(test)]
mod tests;
mod text;
mod user_error;

use std::sync::Arc;

use async_graphql::{MergedObject, MergedSubscription};
use eligibility::Library;
use service::Platform;

use crate::config::Limits;

/// The schema of this service.
pub(crate) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// What can be asked.
/// 可查询的内容。
#[derive(Default, MergedObject)]
pub(crate) struct Query(
    guide::GuideQuery,
    direction::DirectionQuery,
    place::PlaceQuery,
    fact::FactQuery,
    report::CheckQuery,
    institution::InstitutionQuery,
    profile::ProfileQuery,
    profile::FeedQuery,
    People,
    matching::MatchingQuery,
    consortium::ConsortiumQuery,
    partners::PartnerQuery,
    node::NodeQuery,
);

/// What can be asked by people who are known.
#[derive(Default, MergedObject)]
pub(crate) struct People(
    account::ViewerQuery,
    manage::ManagedProfileQuery,
    manage::ReviewQuery,
    manage::HistoryQuery,
    manage::InboxQuery,
);

/// What can be changed.
/// 可执行的操作。
#[derive(Default, MergedObject)]
pub(crate) struct Mutation(
    account::AccountMutation,
    manage::OwnerMutation,
    manage::MemberMutation,
    manage::EvidenceMutation,
    manage::ReviewMutation,
    manage::InboxMutation,
    consortium::ConsortiumMutation,
    partners::PartnerMutation,
);

/// What can be heard of as it happens, over WebSocket.
/// 可通过 WebSocket 实时接收的变化。
#[derive(Default, MergedSubscription)]
pub(crate) struct Subscription(
    manage::InboxSubscription,
    manage::ReviewSubscription,
    consortium::ConsortiumSubscription,
);

/// The schema over the calls of a library; what is asked of profiles is asked of the directory.
pub(crate) fn build(library: Arc<Library>, platform: Option<Arc<Platform>>, limits: &Limits) -> Schema {
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_depth(limits.depth)
        .limit_complexity(usize::try_from(limits.cost).unwrap_or(usize::MAX))
        .data(library);
    match platform {
        Some(platform) => schema.data(Arc::clone(platform.directory())).data(platform).finish(),
        None => schema.finish(),
    }
}

/// The calls, from a resolver's context.
fn library<'c>(context: &async_graphql::Context<'c>) -> async_graphql::Result<&'c Arc<Library>> {
    context.data::<Arc<Library>>()
}
