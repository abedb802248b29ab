//! What institutions look for, how they answer each other, and what people watch.

mod dismissals;
mod interests;
mod requests;
mod watches;

use async_graphql::MergedObject;

pub(crate) use self::interests::{InterestObject, ResponseTime};
pub(crate) use self::requests::{ManagedPartnerRequestObject, PartnerRequestObject};
pub(crate) use self::watches::WatchObject;

/// What can be asked of partners.
#[derive(Default, MergedObject)]
pub(crate) struct PartnerQuery(
    requests::RequestQuery,
    dismissals::DismissalQuery,
    interests::InterestQuery,
    watches::WatchQuery,
);

/// What can be changed.
#[derive(Default, MergedObject)]
pub(crate) struct PartnerMutation(
    requests::RequestMutation,
    dismissals::DismissalMutation,
    interests::InterestMutation,
    watches::WatchMutation,
);
