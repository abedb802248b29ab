//! The GraphQL schema: objects that convert what [`eligibility`] knows, and inputs that it reads. No rule lives here.

mod connection;
mod direction;
mod fact;
mod guide;
mod input;
mod institution;
mod node;
mod place;
mod profile;
mod report;
mod requirement;
mod scalars;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, MergedObject};
use eligibility::Library;
use service::Directory;

use crate::config::Limits;

/// The schema of this service.
pub(crate) type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

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
    node::NodeQuery,
);

/// The schema over the calls of a library; what is asked of profiles is asked of the directory.
pub(crate) fn build(library: Arc<Library>, directory: Option<Arc<Directory>>, limits: &Limits) -> Schema {
    let schema = Schema::build(Query::default(), EmptyMutation, EmptySubscription)
        .limit_depth(limits.depth)
        .limit_complexity(usize::try_from(limits.cost).unwrap_or(usize::MAX))
        .data(library);
    match directory {
        Some(directory) => schema.data(directory).finish(),
        None => schema.finish(),
    }
}

/// The calls, from a resolver's context.
fn library<'c>(context: &async_graphql::Context<'c>) -> async_graphql::Result<&'c Arc<Library>> {
    context.data::<Arc<Library>>()
}
