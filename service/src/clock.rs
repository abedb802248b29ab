//! The clock and the source of ids: nothing else here reads either.

use std::time::{SystemTime, UNIX_EPOCH};

use eligibility::date::{Date, day_in_china};
use profile::ProfileId;
use uuid::Uuid;

/// Now, milliseconds since 1970 (UTC).
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A name for something new, in the order of the making.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// A name for a new profile.
pub(crate) fn new_profile_id() -> ProfileId {
    ProfileId(Uuid::now_v7())
}

/// Today, in China.
pub fn today() -> Date {
    day_in_china(now())
}
