//! A listing: what everybody may see of a published profile, as the index keeps it.

use profile::{Profile, ProfileId};
use serde::{Deserialize, Serialize};

/// The version of how a listing is written down. To be raised with every change of [`Listing`] or of the types in it: an index whose
/// listings were written otherwise is built anew.
pub(crate) const LISTING_VERSION: u32 = 3;

/// What everybody may see of a published profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The profile.
    pub id: ProfileId,
    /// The number of the published revision, from 1.
    pub revision: i32,
    /// The number of its last change in the feed.
    pub change: i64,
    /// When it last changed, milliseconds since 1970 (UTC).
    pub changed_at: i64,
    /// When its owner last confirmed it, milliseconds since 1970 (UTC); `None` where it has no owner who ever did.
    pub confirmed_at: Option<i64>,
    /// What it says; nothing of it is private.
    pub profile: Profile,
}

impl Listing {
    /// The listing as the bytes of an index's card.
    pub(crate) fn to_card(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self)
    }

    /// The listing of a card; `None` if it is damaged.
    pub(crate) fn of_card(card: &[u8]) -> Option<Self> {
        postcard::from_bytes(card).ok()
    }
}
