//! Requests for partners: what an institution offers and seeks.

use eligibility::date::Date;
use eligibility::{DirectionId, Library};
use serde::{Deserialize, Serialize};

/// What a request says, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// The call and the direction, by their keys.
    pub(crate) direction: Option<(String, String)>,
    /// The key of the direction's topic, or a topic in free words.
    pub(crate) topic: Option<String>,
    /// Its title.
    pub(crate) title: String,
    /// What is offered.
    pub(crate) offers: String,
    /// What is sought.
    pub(crate) seeks: String,
    /// The role of whoever is sought, as programs write it.
    pub(crate) role: Option<String>,
    /// Codes of the countries and regions they should be from.
    pub(crate) countries: Vec<String>,
    /// The last day on which it is shown.
    pub(crate) expires_on: Date,
}

impl Wanted {
    /// The direction, if its call is still loaded.
    pub(crate) fn direction(&self, library: &Library) -> Option<DirectionId> {
        let (guide, direction) = self.direction.as_ref()?;
        library.find_direction(Some(guide), direction)
    }
}
