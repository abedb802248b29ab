//! Profiles as those who own and review them work on them.

mod claims;
mod edit;
mod lifecycle;
mod members;
mod review;
mod verification;
mod view;
pub(crate) mod work;

pub use entity::profile::Status;
use entity::{audit_record, membership, profile as profiles};
use profile::{Profile, ProfileId};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

pub use self::claims::{Claimed, claim};
pub(crate) use self::edit::contact;
pub use self::edit::{Created, NewProfile, archive, confirm, create, discard, edit, reopen, submit, withdraw};
pub use self::lifecycle::{Publication, Step, is_listed, next};
pub use self::members::{
    Invitation, Member, accept_invitation, change_member, decline_invitation, invitations, invite, members,
    remove_member, revoke_invitation,
};
pub use self::review::{
    Assignment, Case, CaseKind, CaseState, Criterion, Decision, DecisionKind, Queue, QueueFilter, QueuePlace, Reason,
    appeal, assign, case, cases_of, decide, decide_all, prioritise, queue, queue_size, restore, suspend,
};
pub use self::verification::{VerifiedFact, verifications, verify, withdraw_verification};
pub use self::view::{Duplicate, Managed, Resemblance, duplicates, managed, mine, revision};
use crate::actor::{Actor, GlobalRole};
use crate::audit;
use crate::error::Error;
use crate::platform::Platform;
use crate::policy::{self, Action, ProfileRole};
use crate::refusal::Refusal;

impl From<membership::Role> for ProfileRole {
    fn from(role: membership::Role) -> Self {
        match role {
            membership::Role::Viewer => Self::Viewer,
            membership::Role::Editor => Self::Editor,
            membership::Role::Owner => Self::Owner,
        }
    }
}

impl From<ProfileRole> for membership::Role {
    fn from(role: ProfileRole) -> Self {
        match role {
            ProfileRole::Viewer => Self::Viewer,
            ProfileRole::Editor => Self::Editor,
            ProfileRole::Owner => Self::Owner,
        }
    }
}

/// A profile, and what the actor is to it.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) row: profiles::Model,
    pub(crate) role: Option<ProfileRole>,
}

/// A profile that the actor may do something with.
///
/// # Errors
/// `NotFound` also for one that the actor may not know of; what the actor lacks for the action.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    id: ProfileId,
    action: Action,
) -> Result<Standing, Refusal> {
    // Whoever has not signed in is told so, whether there is such a profile or not.
    if matches!(actor, Actor::Anonymous) {
        policy::authorize(action, actor, None)?;
    }
    let row = profiles::Entity::find_by_id(id.0).one(connection).await?.ok_or(Refusal::NotFound)?;
    let role = match actor.account() {
        Some(account) => {
            let row = membership::Entity::find_by_id((id.0, account.0)).one(connection).await?;
            row.map(|row| row.role.into())
        }
        None => None,
    };
    let reviews = matches!(actor, Actor::SignedIn(signed_in) if signed_in.role >= GlobalRole::Moderator);
    let may_know = role.is_some() || reviews || matches!(actor, Actor::System) || is_listed(&row);
    if !may_know {
        return Err(Refusal::NotFound);
    }
    policy::authorize(action, actor, role)?;
    if action.allowed().excludes_involved() && was_involved(connection, actor, id).await? {
        return Err(Refusal::Forbidden(policy::needed(action)));
    }
    Ok(Standing { row, role })
}

/// What the newest revision of a profile says.
pub(crate) async fn newest(connection: &impl ConnectionTrait, row: &profiles::Model) -> Result<Profile, Error> {
    work::content(connection, ProfileId(row.id), row.latest_revision).await
}

/// Whether an actor ever was a member of a profile, or wrote of it: nobody stops being partial by leaving.
async fn was_involved(connection: &impl ConnectionTrait, actor: &Actor, id: ProfileId) -> Result<bool, Refusal> {
    let Some(account) = actor.account() else { return Ok(false) };
    let wrote = Condition::all().add(audit_record::Column::Actor.eq(account.0)).add(
        audit_record::Column::Action
            .is_in([audit::Action::ProfileCreated, audit::Action::ProfileEdited].map(audit::Action::as_str)),
    );
    let joined = Condition::all().add(audit_record::Column::AccountId.eq(account.0)).add(
        audit_record::Column::Action.is_in(
            [audit::Action::MemberChanged, audit::Action::MemberRemoved, audit::Action::ClaimGranted]
                .map(audit::Action::as_str),
        ),
    );
    let found = audit_record::Entity::find()
        .filter(audit_record::Column::ProfileId.eq(id.0))
        .filter(Condition::any().add(wrote).add(joined))
        .select_only()
        .column(audit_record::Column::Sequence)
        .into_tuple::<i64>()
        .one(connection)
        .await?;
    Ok(found.is_some())
}

/// What time alone changes: verifications that expire, members who have to confirm facts.
pub(crate) async fn keep_up(platform: &Platform) -> Result<(), Refusal> {
    verification::expire(platform).await?;
    edit::ask_for_confirmation(platform).await
}
