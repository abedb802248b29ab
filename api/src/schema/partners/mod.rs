//! What institutions look for, how they answer each other, and what people watch.

mod interests;
mod watches;

use async_graphql::MergedObject;

pub(crate) use self::interests::{InterestObject, ResponseTime};
pub(crate) use self::watches::WatchObject;

/// What can be asked of partners.
#[derive(Default, MergedObject)]
pub(crate) struct PartnerQuery(interests::InterestQuery, watches::WatchQuery);

/// What can be changed.
#[derive(Default, MergedObject)]
pub(crate) struct PartnerMutation(interests::InterestMutation, watches::WatchMutation);
