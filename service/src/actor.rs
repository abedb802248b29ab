//! Who acts, and the ids of what they act on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub Uuid);

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }

            impl FromStr for $name {
                type Err = uuid::Error;

                fn from_str(text: &str) -> Result<Self, Self::Err> {
                    text.parse().map(Self)
                }
            }
        )+
    };
}

ids! {
    /// Names an account for ever, also once it is deleted.
    AccountId,
    /// Names one sign-in of an account.
    SessionId,
    /// Names a case of the review queue.
    CaseId,
    /// Names a file of evidence.
    EvidenceId,
    /// Names an invitation to a profile.
    InvitationId,
    /// Names an entry of an inbox.
    NotificationId,
    /// Names a request for partners.
    RequestId,
    /// Names an expression of interest.
    InterestId,
    /// Names a search that somebody watches.
    WatchId,
    /// Names a consortium.
    ConsortiumId,
    /// Names the place of an institution in a consortium: an invitation, then a membership.
    ConsortiumMemberId,
    /// Names a comment on a consortium.
    CommentId,
    /// Names a signed report.
    SignedReportId,
}

/// What an account may do for everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GlobalRole {
    /// Nothing.
    #[default]
    None,
    /// Reviews profiles and verifies facts.
    Moderator,
    /// Appoints moderators and sees the whole history; a moderator as well.
    Administrator,
}

/// Somebody who has signed in, with an e-mail address that is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The sign-in.
    pub session: SessionId,
    /// What the account may do for everybody, given the second factor.
    pub role: GlobalRole,
    /// Whether the sign-in had a second factor.
    pub second_factor: bool,
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody who is known.
    Anonymous,
    /// Somebody who has signed in.
    SignedIn(SignedIn),
    /// The service itself, or whoever runs it from the command line.
    System,
}

impl Actor {
    /// The account that acts; `None` for the service itself.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::SignedIn(signed_in) => Some(signed_in.account),
            Self::Anonymous | Self::System => None,
        }
    }
}
