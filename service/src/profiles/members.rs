//! Who may work on a profile: members, their roles, and how others become members.

use entity::{account, invitation, membership};
use profile::ProfileId;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use serde_json::json;

use super::find;
use super::work::Work;
use crate::accounts;
use crate::actor::{AccountId, Actor, InvitationId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::error::Error;
use crate::mail::{self, Letter};
use crate::notices;
use crate::platform::Platform;
use crate::policy::{self, Action, ProfileRole};
use crate::refusal::{Refusal, UserErrorCode};

/// How long an invitation can be answered, in milliseconds: two weeks.
const ANSWER_WITHIN: i64 = mail::INVITATION_DAYS * 86_400_000;
/// Invitations that one account sends within a day, lest it send mails to people who do not want them.
const INVITED_IN_A_DAY: u64 = 50;
const DAY: i64 = 86_400_000;
/// Invitations that one address is sent within an hour, by whomever.
const INVITED_IN_AN_HOUR: u64 = 3;
const HOUR: i64 = 3_600_000;
/// Members and open invitations that a profile has at most.
const MEMBERS_AT_MOST: u64 = 100;

/// A member of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// The person's name.
    pub name: String,
    /// What the member may do.
    pub role: ProfileRole,
    /// Since when, milliseconds since 1970 (UTC).
    pub since: i64,
}

/// An invitation that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Names it.
    pub id: InvitationId,
    /// The profile.
    pub profile: ProfileId,
    /// Whom it was sent to.
    pub email: String,
    /// What the member will be able to do.
    pub role: ProfileRole,
    /// When it was sent, milliseconds since 1970 (UTC).
    pub created_at: i64,
    /// Until when it can be answered, milliseconds since 1970 (UTC).
    pub expires_at: i64,
}

impl From<invitation::Model> for Invitation {
    fn from(row: invitation::Model) -> Self {
        Self {
            id: InvitationId(row.id),
            profile: ProfileId(row.profile_id),
            email: row.email,
            role: row.role.into(),
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// The members of a profile, the oldest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn members(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<Vec<Member>, Refusal> {
    let connection = platform.database().connection();
    find(connection, actor, id, Action::ReadDraft).await?;
    let rows = membership::Entity::find()
        .find_also_related(account::Entity)
        .filter(membership::Column::ProfileId.eq(id.0))
        .order_by_asc(membership::Column::CreatedAt)
        .order_by_asc(membership::Column::AccountId)
        .all(connection)
        .await?;
    let member = |(row, account): (membership::Model, Option<account::Model>)| Member {
        account: AccountId(row.account_id),
        name: account.map(|account| account.name).unwrap_or_default(),
        role: row.role.into(),
        since: row.created_at,
    };
    Ok(rows.into_iter().map(member).collect())
}

/// The invitations to a profile that wait for an answer, the oldest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn invitations(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<Vec<Invitation>, Refusal> {
    let connection = platform.database().connection();
    find(connection, actor, id, Action::ManageMembers).await?;
    let rows = invitation::Entity::find()
        .filter(invitation::Column::ProfileId.eq(id.0))
        .filter(is_open(clock::now()))
        .order_by_asc(invitation::Column::Id)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

fn is_open(now: i64) -> sea_orm::sea_query::SimpleExpr {
    invitation::Column::State.eq(invitation::State::Open).and(invitation::Column::ExpiresAt.gt(now))
}

/// Invites somebody by mail. Who was invited before gets a new link, and the old one is void.
///
/// # Errors
/// What is wrong with the address, what the actor lacks, or whatever the database says.
pub async fn invite(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    email: &str,
    role: ProfileRole,
) -> Result<Invitation, Refusal> {
    let email = accounts::address("email", email)?;
    let work = Work::begin(platform, actor, id, Action::ManageMembers).await?;
    let inviter = actor.account().map(|account| account.0).unwrap_or_default();
    let sent = invitation::Entity::find()
        .filter(invitation::Column::InvitedBy.eq(inviter))
        .filter(invitation::Column::CreatedAt.gt(work.now - DAY))
        .count(&work.transaction)
        .await?;
    let to_same = invitation::Entity::find()
        .filter(invitation::Column::Email.eq(&email))
        .filter(invitation::Column::CreatedAt.gt(work.now - HOUR))
        .count(&work.transaction)
        .await?;
    if sent >= INVITED_IN_A_DAY || to_same >= INVITED_IN_AN_HOUR {
        return Err(Refusal::Throttled { seconds: 3_600 });
    }
    let invited = account::Entity::find().filter(account::Column::Email.eq(&email)).one(&work.transaction).await?;
    if let Some(invited) = &invited {
        let member = membership::Entity::find_by_id((id.0, invited.id)).one(&work.transaction).await?;
        if member.is_some() {
            return Err(Refusal::invalid(
                UserErrorCode::Taken,
                "email",
                "此人已是成员；可直接更改其角色",
                "is a member already; change the role instead",
            ));
        }
    }
    let of_profile = invitation::Column::ProfileId.eq(id.0);
    invitation::Entity::update_many()
        .col_expr(invitation::Column::State, Expr::value(invitation::State::Revoked))
        .col_expr(invitation::Column::AnsweredAt, Expr::value(work.now))
        .filter(of_profile.clone())
        .filter(invitation::Column::Email.eq(&email))
        .filter(invitation::Column::State.eq(invitation::State::Open))
        .exec(&work.transaction)
        .await?;
    let members =
        membership::Entity::find().filter(membership::Column::ProfileId.eq(id.0)).count(&work.transaction).await?;
    let open = invitation::Entity::find().filter(of_profile).filter(is_open(work.now)).count(&work.transaction).await?;
    if members + open >= MEMBERS_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Limit),
            "",
            format!("成员和待答复的邀请合计最多 {MEMBERS_AT_MOST} 个"),
            format!("a profile has at most {MEMBERS_AT_MOST} members and open invitations"),
        ));
    }
    let secret = accounts::secret();
    let row = invitation::Model {
        id: clock::new_id(),
        profile_id: id.0,
        email: email.clone(),
        role: role.into(),
        token_hash: secret.hash(),
        invited_by: inviter,
        state: invitation::State::Open,
        created_at: work.now,
        expires_at: work.now + ANSWER_WITHIN,
        answered_at: None,
    };
    invitation::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(&work.transaction)
        .await?;
    let inviter = account::Entity::find_by_id(inviter).one(&work.transaction).await?;
    // Of somebody who is not known here, the inviter's language is the best guess.
    let lang = accounts::lang(invited.as_ref().or(inviter.as_ref()).map(|account| account.lang));
    let content = work.newest().await?;
    let letter = Letter::Invitation {
        profile: content.display_name(lang).to_owned(),
        inviter: inviter.map(|inviter| inviter.name).unwrap_or_default(),
        role,
        link: format!("{}/invitation?token={}", platform.settings().public_url, secret.text()),
    };
    mail::post(&work.transaction, lang, &email, &letter).await?;
    let entry = Entry::new(actor, audit::Action::MemberInvited);
    // Not whom: that would tell the owner whether the address has an account.
    let sequence = work.append(entry.with(json!({ "invitation": row.id, "role": role_word(role) }))).await?;
    if let Some(invited) = invited {
        // The mail was sent above, with the link.
        work.tell(&[AccountId(invited.id)], notices::Kind::Invited, sequence, None, None).await?;
    }
    work.finish().await?;
    Ok(row.into())
}

/// A role as records of the history write it.
pub(super) fn role_word(role: ProfileRole) -> &'static str {
    match role {
        ProfileRole::Viewer => "VIEWER",
        ProfileRole::Editor => "EDITOR",
        ProfileRole::Owner => "OWNER",
    }
}

/// The invitation of a token, if it can be answered.
async fn answerable(connection: &impl ConnectionTrait, token: &str) -> Result<invitation::Model, Refusal> {
    let row = invitation::Entity::find()
        .filter(invitation::Column::TokenHash.eq(accounts::hash(token)))
        .filter(is_open(clock::now()))
        .one(connection)
        .await?;
    row.ok_or_else(|| {
        Refusal::invalid(
            UserErrorCode::InvalidToken,
            "token",
            "邀请无效、已答复、已撤回或已过期；可请邀请人重新发送",
            "the invitation is not valid, was answered or revoked, or has expired; ask for another one",
        )
    })
}

/// Accepts an invitation, with an account of the address that it was sent to.
///
/// # Errors
/// `INVALID_TOKEN`, also for the second time; what the actor lacks, or whatever the database says.
pub async fn accept_invitation(platform: &Platform, actor: &Actor, token: &str) -> Result<ProfileId, Refusal> {
    policy::authorize(Action::AnswerInvitation, actor, None)?;
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let found = answerable(platform.database().connection(), token).await?;
    let id = ProfileId(found.profile_id);
    // Who accepts is no member yet; what they may know of the profile, the invitation tells.
    let work = Work::begin(platform, &Actor::System, id, Action::ReadDraft).await?;
    let found = answerable(&work.transaction, token).await?;
    if membership::Entity::find_by_id((id.0, account.0)).one(&work.transaction).await?.is_some() {
        return Err(Refusal::invalid(
            UserErrorCode::Taken,
            "token",
            "您已是该资料的成员",
            "you are a member of the profile already",
        ));
    }
    let own = account::Entity::find_by_id(account.0).one(&work.transaction).await?;
    if own.and_then(|own| own.email).as_ref() != Some(&found.email) {
        return Err(Refusal::wrong_state(
            "token",
            "邀请发给了另一个邮箱；请用收到邀请的邮箱登录或注册",
            "the invitation was sent to another address; sign in or sign up with that one",
        ));
    }
    let (row_id, role, inviter) = (found.id, found.role, AccountId(found.invited_by));
    answer(&work, found, invitation::State::Accepted).await?;
    let member = membership::ActiveModel {
        profile_id: Set(id.0),
        account_id: Set(account.0),
        role: Set(role),
        created_at: Set(work.now),
    };
    membership::Entity::insert(member).exec_without_returning(&work.transaction).await?;
    let details = json!({ "invitation": row_id, "role": role_word(role.into()) });
    let entry = Entry::new(actor, audit::Action::MemberChanged).of_account(account).with(details);
    let sequence = work.append(entry).await?;
    work.tell(&[inviter], notices::Kind::MemberJoined, sequence, None, None).await?;
    work.finish().await?;
    Ok(id)
}

/// Declines an invitation. The link is enough; nobody has to sign up to say no.
///
/// # Errors
/// `INVALID_TOKEN`, or whatever the database says.
pub async fn decline_invitation(platform: &Platform, actor: &Actor, token: &str) -> Result<(), Refusal> {
    let found = answerable(platform.database().connection(), token).await?;
    let work = Work::begin(platform, &Actor::System, ProfileId(found.profile_id), Action::ReadDraft).await?;
    let found = answerable(&work.transaction, token).await?;
    let (row_id, inviter) = (found.id, AccountId(found.invited_by));
    answer(&work, found, invitation::State::Declined).await?;
    let entry = Entry::new(actor, audit::Action::InvitationAnswered);
    let sequence = work.append(entry.with(json!({ "invitation": row_id, "answer": "DECLINED" }))).await?;
    work.tell(&[inviter], notices::Kind::InvitationDeclined, sequence, None, None).await?;
    work.finish().await?;
    Ok(())
}

async fn answer(work: &Work<'_>, row: invitation::Model, state: invitation::State) -> Result<(), Error> {
    let mut row = row.into_active_model();
    row.state = Set(state);
    row.answered_at = Set(Some(work.now));
    row.update(&work.transaction).await?;
    Ok(())
}

/// Takes an invitation back.
///
/// # Errors
/// `NOT_FOUND`, what the actor lacks, or whatever the database says.
pub async fn revoke_invitation(platform: &Platform, actor: &Actor, id: InvitationId) -> Result<ProfileId, Refusal> {
    policy::authorize(Action::UseAccount, actor, None)?;
    let found = invitation::Entity::find_by_id(id.0).one(platform.database().connection()).await?;
    let found = found.ok_or_else(|| Refusal::not_found("invitation"))?;
    let profile = ProfileId(found.profile_id);
    let work = match Work::begin(platform, actor, profile, Action::ManageMembers).await {
        // An invitation is nobody's business but the owners'.
        Err(Refusal::Forbidden(_) | Refusal::NotFound) => return Err(Refusal::not_found("invitation")),
        other => other?,
    };
    let found = invitation::Entity::find_by_id(id.0).filter(is_open(work.now)).one(&work.transaction).await?;
    let found = found.ok_or_else(|| {
        Refusal::wrong_state("invitation", "邀请已答复、撤回或过期", "it was answered or revoked, or has expired")
    })?;
    answer(&work, found, invitation::State::Revoked).await?;
    let entry = Entry::new(actor, audit::Action::InvitationAnswered);
    work.append(entry.with(json!({ "invitation": id, "answer": "REVOKED" }))).await?;
    work.finish().await?;
    Ok(profile)
}

/// Gives a member another role. An owner who hands a profile over makes another one owner, and then steps down.
///
/// # Errors
/// `WRONG_STATE` for the last owner, `NOT_FOUND`, what the actor lacks, or whatever the database says.
pub async fn change_member(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    member: AccountId,
    role: ProfileRole,
) -> Result<(), Refusal> {
    let work = Work::begin(platform, actor, id, Action::ManageMembers).await?;
    let row = membership::Entity::find_by_id((id.0, member.0)).one(&work.transaction).await?;
    let row = row.ok_or_else(|| Refusal::not_found("member"))?;
    let before = ProfileRole::from(row.role);
    if before == role {
        return Ok(());
    }
    if before == ProfileRole::Owner {
        another_owner(&work, member).await?;
    }
    let mut row = row.into_active_model();
    row.role = Set(role.into());
    row.update(&work.transaction).await?;
    let details = json!({ "role": role_word(role), "before": role_word(before) });
    let entry = Entry::new(actor, audit::Action::MemberChanged).of_account(member).with(details);
    let sequence = work.append(entry).await?;
    if actor.account() != Some(member) {
        work.tell(&[member], notices::Kind::RoleChanged, sequence, None, None).await?;
    }
    work.finish().await?;
    Ok(())
}

/// Removes a member; anybody may remove themselves.
///
/// # Errors
/// `WRONG_STATE` for the last owner, `NOT_FOUND`, what the actor lacks, or whatever the database says.
pub async fn remove_member(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    member: AccountId,
) -> Result<(), Refusal> {
    let is_self = actor.account() == Some(member);
    let action = if is_self { Action::LeaveProfile } else { Action::ManageMembers };
    let work = Work::begin(platform, actor, id, action).await?;
    let row = membership::Entity::find_by_id((id.0, member.0)).one(&work.transaction).await?;
    let row = row.ok_or_else(|| Refusal::not_found("member"))?;
    if row.role == membership::Role::Owner {
        another_owner(&work, member).await?;
    }
    membership::Entity::delete_by_id((id.0, member.0)).exec(&work.transaction).await?;
    let entry = Entry::new(actor, audit::Action::MemberRemoved).of_account(member);
    let sequence = work.append(entry).await?;
    if !is_self {
        work.tell(&[member], notices::Kind::MemberRemoved, sequence, None, None).await?;
    }
    work.finish().await?;
    Ok(())
}

/// Refuses to leave a profile without an owner.
async fn another_owner(work: &Work<'_>, but: AccountId) -> Result<(), Refusal> {
    let others = membership::Entity::find()
        .filter(membership::Column::ProfileId.eq(work.row.id))
        .filter(membership::Column::Role.eq(membership::Role::Owner))
        .filter(membership::Column::AccountId.ne(but.0))
        .count(&work.transaction)
        .await?;
    if others > 0 {
        return Ok(());
    }
    Err(Refusal::wrong_state(
        "member",
        "资料至少须有一位所有者；请先将另一位成员设为所有者",
        "a profile has at least one owner; make another member owner first",
    ))
}
