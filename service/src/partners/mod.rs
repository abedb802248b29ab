//! What institutions look for, how they answer each other, and what people watch.

mod board;
mod dismissals;
mod interests;
mod requests;
mod watches;

pub use self::board::{Board, PublishedRequest, RequestFilter, board, published};
pub(crate) use self::dismissals::dismissed;
pub use self::dismissals::{dismiss, dismissed_partners, restore};
pub(crate) use self::interests::without_contact;
pub use self::interests::{
    Answer, Interest, Mailbox, NewInterest, Status as InterestStatus, answer, express, interest, interests, withdraw,
};
pub use self::requests::{
    PartnerRequest, PartnerRequests, RequestDraft, RequestStatus, Wanted, close as close_request,
    decide as decide_request, edit as edit_request, post as post_request, request, requests_of, requests_to_review,
    topic_name,
};
pub use self::watches::{Criteria, Watch, delete_watch, find_watch, update_watch, watch, watches};
pub(crate) use self::watches::{Seen, look};
use crate::platform::Platform;
use crate::refusal::Refusal;

/// What this module keeps in memory.
#[derive(Debug, Default)]
pub(crate) struct State {
    board: board::Memory,
}

/// What time alone changes: requests whose last day has passed, expressions of interest that nobody answered.
pub(crate) async fn keep_up(platform: &Platform) -> Result<(), Refusal> {
    requests::expire(platform).await?;
    interests::expire(platform).await
}
