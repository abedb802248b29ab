//! Who is in a consortium, and how institutions come and go.

use std::collections::BTreeSet;

use entity::consortium_member::Status as Seated;
use entity::{consortium, consortium_member, membership, profile as profiles};
use profile::ProfileId;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QuerySelect, RelationTrait,
};
use serde_json::json;

use super::content::{MemberChange, side_word};
use super::work::{self, Work};
use super::{Side, people, role_of};
use crate::actor::{AccountId, Actor, ConsortiumId, ConsortiumMemberId};
use crate::audit;
use crate::clock;
use crate::error::Error;
use crate::notices::{self, Notice, Subject};
use crate::partners;
use crate::platform::Platform;
use crate::policy::{self, Action, ConsortiumRole, ProfileRole};
use crate::profiles::is_listed;
use crate::refusal::{Refusal, UserErrorCode};
use crate::reports;

const DAY: i64 = 86_400_000;
/// How long an institution that has declined as often is left alone, in milliseconds.
const LEFT_ALONE_FOR: i64 = 30 * DAY;
const DECLINED_AT_MOST: u64 = 2;
/// Invitations of one account to one institution within that time, whatever became of them.
const ASKED_AT_MOST: u64 = 10;
/// How long an invitation can be answered, in milliseconds: two weeks.
pub(super) const ANSWER_WITHIN: i64 = 14 * DAY;
/// Invitations that one account sends within a day.
const INVITED_IN_A_DAY: u64 = 200;
/// Invitations that are looked at at once when their time is over.
const EXPIRED_AT_ONCE: u64 = 200;
/// Members whose profiles are followed at once.
const FOLLOWED_AT_ONCE: u64 = 200;
/// Members and open invitations of a consortium: no call judges more.
const MEMBERS_AT_MOST: usize = eligibility::facts::MEMBERS_AT_MOST;

/// An answer to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The consortium.
    pub consortium: ConsortiumId,
    /// Whether the institution is a member now.
    pub is_member: bool,
}

/// A place that is not refused: the profile is shown to everybody now.
pub(super) async fn listed(
    connection: &impl ConnectionTrait,
    profile: ProfileId,
    field: &str,
) -> Result<profiles::Model, Refusal> {
    let row = profiles::Entity::find_by_id(profile.0).one(connection).await?;
    match row {
        Some(row) if is_listed(&row) => Ok(row),
        // What was never published nobody else knows of.
        Some(row) if row.published_revision.is_some() => Err(Refusal::wrong_state(
            field,
            "该单位的资料已暂停展示或已归档，目前不能加入联合体",
            "the profile of the institution is suspended or archived; it cannot join a consortium now",
        )),
        _ => Err(Refusal::not_found(field)),
    }
}

fn second_lead(side: Side) -> Refusal {
    let (zh, en) = match side {
        Side::Chinese => ("中方", "the Chinese side"),
        Side::Partner => ("合作方", "the partner side"),
    };
    Refusal::invalid(
        UserErrorCode::Taken,
        "lead",
        format!("{zh}已有牵头单位，或已邀请单位牵头；每方只能有一个牵头单位"),
        format!("{en} has a lead, or one was invited to be; there is one lead a side"),
    )
}

/// Invites an institution. The invitation can be answered for two weeks.
///
/// # Errors
/// What is wrong with it: one's own institution, one that is in or invited, one that is not listed, a second lead of a side, more
/// than 50; `Throttled`; what the actor lacks, or whatever the database says.
pub async fn invite(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    profile: ProfileId,
    side: Side,
    is_lead: bool,
    message: Option<String>,
) -> Result<ConsortiumId, Refusal> {
    let message = super::edit::statement("message", message)?;
    let message = message.map(|message| partners::without_contact("message", message)).transpose()?;
    let mut work = Work::begin_open(platform, actor, id, Action::ManageConsortium, None).await?;
    let inviter = actor.account().map(|account| account.0).unwrap_or_default();
    if work.standing.acting.iter().any(|(own, of, _)| *own == profile && *of >= ConsortiumRole::Member) {
        return Err(Refusal::invalid(
            UserErrorCode::Taken,
            "profile",
            "不能邀请本单位：本单位已是成员",
            "an institution cannot invite itself: yours is a member already",
        ));
    }
    listed(&work.transaction, profile, "profile").await?;
    if let Some(seat) = work.standing.seats.iter().find(|seat| seat.profile_id == profile.0) {
        let (zh, en) = match seat.status {
            Seated::Accepted => ("该单位已是成员", "the institution is a member already"),
            _ => ("该单位已受邀，尚未答复", "the institution is invited already and has not answered"),
        };
        return Err(Refusal::invalid(UserErrorCode::Taken, "profile", zh, en));
    }
    if people(&work.transaction, &Actor::System, [profile], ProfileRole::Editor).await?.is_empty() {
        return Err(Refusal::wrong_state(
            "profile",
            "该单位的资料来自登记库，尚无人认领，无人可以答复邀请；请先请该单位在本服务认领其资料",
            "the profile comes from a registry and nobody has claimed it, so nobody could answer; ask the institution to claim it first",
        ));
    }
    let declined = consortium_member::Entity::find()
        .filter(consortium_member::Column::ConsortiumId.eq(id.0))
        .filter(consortium_member::Column::ProfileId.eq(profile.0))
        .filter(consortium_member::Column::Status.eq(Seated::Declined))
        .filter(consortium_member::Column::AnsweredAt.gt(work.now - LEFT_ALONE_FOR))
        .count(&work.transaction)
        .await?;
    if declined >= DECLINED_AT_MOST {
        return Err(Refusal::wrong_state(
            "profile",
            "该单位 30 天内已两次谢绝本联合体的邀请，请勿再邀请",
            "the institution has declined twice within 30 days; leave it alone for that time",
        ));
    }
    let asked = consortium_member::Entity::find()
        .filter(consortium_member::Column::InvitedBy.eq(inviter))
        .filter(consortium_member::Column::ProfileId.eq(profile.0))
        .filter(consortium_member::Column::InvitedAt.gt(work.now - LEFT_ALONE_FOR))
        .count(&work.transaction)
        .await?;
    if asked >= ASKED_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Limit),
            "profile",
            format!("30 天内向同一单位最多发出 {ASKED_AT_MOST} 次邀请，包括已撤回的"),
            format!("at most {ASKED_AT_MOST} invitations to one institution within 30 days, those taken back included"),
        ));
    }
    if work.standing.seats.len() >= MEMBERS_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Limit),
            "",
            format!("成员和待答复的邀请合计最多 {MEMBERS_AT_MOST} 个"),
            format!("a consortium has at most {MEMBERS_AT_MOST} members and open invitations"),
        ));
    }
    if is_lead && work.lead_of(side).is_some() {
        return Err(second_lead(side));
    }
    let sent = consortium_member::Entity::find()
        .filter(consortium_member::Column::InvitedBy.eq(inviter))
        .filter(consortium_member::Column::InvitedAt.gt(work.now - DAY))
        .count(&work.transaction)
        .await?;
    if sent >= INVITED_IN_A_DAY {
        return Err(Refusal::Throttled { seconds: 3_600 });
    }
    let seat = consortium_member::Model {
        id: clock::new_id(),
        consortium_id: id.0,
        profile_id: profile.0,
        side,
        is_lead,
        status: Seated::Invited,
        message: message.clone(),
        reason: None,
        open_key: None,
        lead_key: None,
        invited_by: inviter,
        invited_at: work.now,
        expires_at: work.now + ANSWER_WITHIN,
        answered_at: None,
        ended_at: None,
        profile_change: None,
    };
    let details = json!({ "member": seat.id, "side": side_word(side), "lead": is_lead });
    // The history before what refers to the profile: in the order in which a change of a profile locks them.
    let sequence = work.record(audit::Action::ConsortiumInvited, details).await?;
    work.seat(seat).await?;
    let invited = people(&work.transaction, actor, [profile], ProfileRole::Viewer).await?;
    let kind = notices::Kind::ConsortiumInvited;
    work.tell(&invited, kind, sequence, Some(profile), message.as_deref()).await?;
    work.finish().await
}

/// The place of an id, which names a consortium.
async fn place(
    connection: &impl ConnectionTrait,
    id: ConsortiumMemberId,
    field: &str,
) -> Result<consortium_member::Model, Refusal> {
    let row = consortium_member::Entity::find_by_id(id.0).one(connection).await?;
    row.ok_or_else(|| Refusal::not_found(field))
}

/// Begins to change the place of an institution, for the coordinator.
async fn begin<'a>(
    platform: &'a Platform,
    actor: &'a Actor,
    id: ConsortiumMemberId,
    field: &str,
    action: Action,
) -> Result<(Work<'a>, consortium_member::Model), Refusal> {
    // Whoever has not signed in is told so, whether there is such a place or not.
    if matches!(actor, Actor::Anonymous) {
        return Err(Refusal::Unauthenticated);
    }
    let seat = place(platform.database().connection(), id, field).await?;
    let consortium = ConsortiumId(seat.consortium_id);
    let work = match Work::begin_open(platform, actor, consortium, action, None).await {
        Err(Refusal::NotFound) => return Err(Refusal::not_found(field)),
        other => other?,
    };
    let seat = place(&work.transaction, id, field).await?;
    Ok((work, seat))
}

/// Takes an invitation back.
///
/// # Errors
/// `WRONG_STATE` for one that was answered, revoked or has expired; what the actor lacks, or whatever the database says.
pub async fn revoke_invitation(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumMemberId,
) -> Result<ConsortiumId, Refusal> {
    let (mut work, mut seat) = begin(platform, actor, id, "invitation", Action::ManageConsortium).await?;
    if seat.status != Seated::Invited {
        return Err(not_answerable(seat.status, "invitation"));
    }
    let profile = ProfileId(seat.profile_id);
    seat.status = Seated::Revoked;
    seat.ended_at = Some(work.now);
    work.put(seat).await?;
    let details = json!({ "member": id, "answer": "REVOKED" });
    let sequence = work.record(audit::Action::ConsortiumInvited, details).await?;
    let invited = people(&work.transaction, actor, [profile], ProfileRole::Viewer).await?;
    let kind = notices::Kind::ConsortiumInvitationRevoked;
    work.tell(&invited, kind, sequence, Some(profile), None).await?;
    work.finish().await
}

/// Why an invitation can no longer be answered.
fn not_answerable(status: Seated, field: &str) -> Refusal {
    let (zh, en) = match status {
        Seated::Invited => {
            ("邀请已过期；可请牵头单位重新邀请", "the invitation has expired; the lead can invite again")
        }
        Seated::Accepted => ("邀请已接受", "the invitation was accepted"),
        Seated::Declined => ("邀请已谢绝", "the invitation was declined"),
        Seated::Revoked => ("邀请已撤回", "the invitation was taken back"),
        Seated::Expired => {
            ("邀请已过期；可请牵头单位重新邀请", "the invitation has expired; the lead can invite again")
        }
        Seated::Left => {
            ("该单位已退出联合体；可请牵头单位重新邀请", "the institution has left; the lead can invite again")
        }
        Seated::Removed => ("该单位已被移出联合体", "the institution was removed from the consortium"),
    };
    Refusal::wrong_state(field, zh, en)
}

/// Accepts or declines an invitation, for the institution that was invited.
///
/// # Errors
/// `WRONG_STATE` for an invitation that was answered or taken back, has expired, or is to a consortium that was put away, and for an
/// institution that is not listed; what the actor lacks, or whatever the database says.
pub async fn answer(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumMemberId,
    accepts: bool,
    reason: Option<String>,
) -> Result<Answered, Refusal> {
    let action = Action::AnswerConsortiumInvitation;
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let reason = super::edit::statement("reason", reason)?;
    let connection = platform.database().connection();
    let seat = place(connection, id, "invitation").await?;
    let membership = membership::Entity::find_by_id((seat.profile_id, account.0)).one(connection).await?;
    // An invitation is nobody's business but that of those who were invited.
    let membership = membership.ok_or_else(|| Refusal::not_found("invitation"))?;
    policy::authorize(action, actor, Some(membership.role.into()))?;
    // Whoever is no longer invited has nothing to do with the consortium any more, and is told what became of the invitation.
    if seat.status != Seated::Invited {
        return Err(not_answerable(seat.status, "invitation"));
    }
    let (consortium, profile) = (ConsortiumId(seat.consortium_id), ProfileId(seat.profile_id));
    let begun = Work::begin_open(platform, actor, consortium, action, Some(profile)).await;
    let mut work = match begun {
        Err(Refusal::NotFound) => {
            return Err(not_answerable(place(connection, id, "invitation").await?.status, "invitation"));
        }
        other => other?,
    };
    let mut seat = place(&work.transaction, id, "invitation").await?;
    if seat.status != Seated::Invited || seat.expires_at <= work.now {
        return Err(not_answerable(seat.status, "invitation"));
    }
    if accepts {
        seat.profile_change = Some(listed(&work.transaction, profile, "invitation").await?.change);
    }
    seat.status = if accepts { Seated::Accepted } else { Seated::Declined };
    seat.answered_at = Some(work.now);
    seat.reason = if accepts { None } else { reason.clone() };
    if accepts {
        work.note_member(&seat, MemberChange::Joined);
    }
    let inviter = AccountId(seat.invited_by);
    work.put(seat).await?;
    let details = json!({ "member": id, "answer": if accepts { "ACCEPTED" } else { "DECLINED" } });
    let sequence = work.record(audit::Action::ConsortiumAnswered, details).await?;
    if accepts {
        let others = work.members(Some(profile)).await?;
        work.tell(&others, notices::Kind::ConsortiumJoined, sequence, Some(profile), None).await?;
    } else {
        let to = inviters(&work, inviter).await?;
        work.tell(&to, notices::Kind::ConsortiumDeclined, sequence, Some(profile), reason.as_deref()).await?;
    }
    work.finish().await?;
    Ok(Answered { consortium, is_member: accepts })
}

/// Whoever invited, as long as they act for a member still, and the others of the institution that manages.
async fn inviters(work: &Work<'_>, inviter: AccountId) -> Result<Vec<AccountId>, Error> {
    let seats = &work.standing.seats;
    let managing = seats.iter().filter(|seat| role_of(seats, seat) == ConsortiumRole::Coordinator);
    let managing = managing.map(|seat| ProfileId(seat.profile_id));
    let mut to = people(&work.transaction, work.actor, managing, ProfileRole::Editor).await?;
    if !to.contains(&inviter) && work.members(None).await?.contains(&inviter) {
        to.push(inviter);
    }
    Ok(to)
}

/// Removes a member.
///
/// # Errors
/// `WRONG_STATE` for the coordinator itself and for one that is no member; `MISSING` without a reason; what the actor lacks, or
/// whatever the database says.
pub async fn remove_member(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumMemberId,
    reason: String,
) -> Result<ConsortiumId, Refusal> {
    let reason = super::edit::said("reason", reason)?;
    let (mut work, mut seat) = begin(platform, actor, id, "member", Action::ManageConsortium).await?;
    if seat.status != Seated::Accepted {
        return Err(no_member("member"));
    }
    let profile = ProfileId(seat.profile_id);
    if role_of(&work.standing.seats, &seat) == ConsortiumRole::Coordinator {
        return Err(Refusal::wrong_state(
            "member",
            "不能移除牵头单位；须由其先移交牵头",
            "the lead that manages the consortium cannot be removed; it hands the lead over first",
        ));
    }
    if leaves_side_alone(&work, &seat) {
        return Err(Refusal::wrong_state(
            "member",
            "该单位是本方牵头单位，且该方另有成员；须由其先移交本方牵头，或先由该方其他成员退出",
            "it leads a side that has other members: it hands the lead of its side over first, or the others go first",
        ));
    }
    work.note_member(&seat, MemberChange::Removed);
    seat.status = Seated::Removed;
    seat.reason = Some(reason.clone());
    seat.ended_at = Some(work.now);
    work.put(seat).await?;
    let details = json!({ "member": id, "how": "REMOVED" });
    let sequence = work.record(audit::Action::ConsortiumLeft, details).await?;
    let mut told = people(&work.transaction, actor, [profile], ProfileRole::Viewer).await?;
    for other in work.members(Some(profile)).await? {
        if !told.contains(&other) {
            told.push(other);
        }
    }
    work.tell(&told, notices::Kind::ConsortiumRemoved, sequence, Some(profile), Some(&reason)).await?;
    work.finish().await
}

/// Whether a side would lose its lead while it has other members. What they keep to themselves they have entrusted to that lead: whom
/// the other side would name in its place they have not.
fn leaves_side_alone(work: &Work<'_>, lead: &consortium_member::Model) -> bool {
    let is_other = |seat: &&consortium_member::Model| {
        seat.id != lead.id && seat.side == lead.side && seat.status == Seated::Accepted
    };
    lead.is_lead && work.standing.seats.iter().any(|seat| is_other(&seat))
}

fn no_member(field: &str) -> Refusal {
    Refusal::wrong_state(field, "该单位不是联合体的成员", "the institution is no member of the consortium")
}

/// Leaves a consortium. The last member puts it away with that.
///
/// # Errors
/// `WRONG_STATE` for the coordinator while others are in; `MISSING` without a reason; what the actor lacks, or whatever the database
/// says.
pub async fn leave(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    profile: Option<ProfileId>,
    reason: String,
) -> Result<ConsortiumId, Refusal> {
    let reason = super::edit::said("reason", reason)?;
    // Also from one that was put away: nobody has to stay.
    let mut work = Work::begin(platform, actor, id, Action::WorkInConsortium, profile).await?;
    let profile = work.profile.ok_or_else(|| no_member("consortium"))?;
    let Some(mut seat) = work.standing.member(profile).cloned() else { return Err(no_member("consortium")) };
    let is_alone = work.standing.seats.iter().filter(|seat| seat.status == Seated::Accepted).count() == 1;
    if !is_alone && role_of(&work.standing.seats, &seat) == ConsortiumRole::Coordinator {
        return Err(Refusal::wrong_state(
            "consortium",
            "牵头单位退出前，须先将牵头移交给其他成员",
            "hand the lead over to another member before you leave",
        ));
    }
    if leaves_side_alone(&work, &seat) {
        return Err(Refusal::wrong_state(
            "consortium",
            "本单位是本方牵头单位，且本方另有成员；退出前须先将牵头移交给其中一家",
            "you lead a side that has other members; hand the lead over to one of them before you leave",
        ));
    }
    work.note_member(&seat, MemberChange::Left);
    seat.status = Seated::Left;
    seat.reason = Some(reason.clone());
    seat.ended_at = Some(work.now);
    let member = seat.id;
    work.put(seat).await?;
    let sequence = work.record(audit::Action::ConsortiumLeft, json!({ "member": member, "how": "LEFT" })).await?;
    let others = work.members(None).await?;
    work.tell(&others, notices::Kind::ConsortiumMemberLeft, sequence, Some(profile), Some(&reason)).await?;
    if is_alone {
        revoke_all(&mut work, sequence).await?;
        work.standing.row.status = consortium::Status::Archived;
        work.record(audit::Action::ConsortiumArchived, json!({ "status": "ARCHIVED" })).await?;
    }
    work.finish().await
}

/// Takes back the invitations to a consortium that is put away.
pub(super) async fn revoke_all(work: &mut Work<'_>, sequence: i64) -> Result<(), Refusal> {
    let open: Vec<_> = work.standing.seats.iter().filter(|seat| seat.status == Seated::Invited).cloned().collect();
    for mut seat in open {
        let profile = ProfileId(seat.profile_id);
        seat.status = Seated::Revoked;
        seat.ended_at = Some(work.now);
        work.put(seat).await?;
        let invited = people(&work.transaction, work.actor, [profile], ProfileRole::Viewer).await?;
        let kind = notices::Kind::ConsortiumInvitationRevoked;
        work.tell(&invited, kind, sequence, Some(profile), None).await?;
    }
    Ok(())
}

/// Makes a member lead its side, or not. Whoever led that side hands over; where nobody does, the lead of the other side decides.
///
/// # Errors
/// `WRONG_STATE` where nobody would manage the consortium any more and for one that is no member; what the actor lacks, or whatever
/// the database says.
pub async fn change_member(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumMemberId,
    leads: bool,
) -> Result<ConsortiumId, Refusal> {
    let (mut work, mut seat) = begin(platform, actor, id, "member", Action::EditConsortium).await?;
    let manages = work.standing.acting_for(actor, Action::ManageConsortium, None);
    let leads_that_side = work.standing.acting.iter().any(|(profile, of, role)| {
        *of >= ConsortiumRole::SideLead
            && *role >= ProfileRole::Editor
            && work.standing.member(*profile).is_some_and(|own| own.side == seat.side)
    });
    if !leads_that_side {
        manages?;
    }
    if seat.status != Seated::Accepted {
        return Err(no_member("member"));
    }
    let before = seat.clone();
    seat.is_lead = leads;
    if seat == before {
        return Ok(work.id());
    }
    // What a side keeps to itself its lead may see. So nobody changes sides without being asked anew, and a lead is replaced by
    // itself.
    let leading = work.lead_of(seat.side).filter(|lead| lead.status == Seated::Accepted);
    if let Some(lead) = leading
        && !work
            .standing
            .acting
            .iter()
            .any(|(profile, _, role)| profile.0 == lead.profile_id && *role >= ProfileRole::Editor)
    {
        return Err(Refusal::wrong_state(
            "lead",
            "该方已有牵头单位；须由该牵头单位自行移交",
            "this side has a lead, and only that lead can hand over",
        ));
    }
    let stepping_down = work.lead_of(seat.side).filter(|lead| seat.is_lead && lead.id != seat.id).cloned();
    if before.is_lead && !leads && leaves_side_alone(&work, &before) {
        return Err(Refusal::wrong_state(
            "lead",
            "本方另有成员，须有牵头单位；请直接指定接任的单位",
            "a side with other members has a lead; name the one that takes over instead",
        ));
    }
    // One that was only invited to lead has not come to do so.
    if let Some(mut lead) = stepping_down {
        lead.is_lead = false;
        if lead.status == Seated::Accepted {
            work.note_member(&lead, MemberChange::Moved);
        }
        work.put(lead).await?;
    }
    work.note_member(&seat, MemberChange::Moved);
    let details = json!({ "member": id, "side": side_word(seat.side), "lead": seat.is_lead });
    work.put(seat).await?;
    let seats = &work.standing.seats;
    if !seats.iter().any(|seat| role_of(seats, seat) == ConsortiumRole::Coordinator) {
        return Err(Refusal::wrong_state(
            "lead",
            "联合体须有牵头单位；请直接指定接任的牵头单位",
            "a consortium has a lead; name the member that takes the lead over instead",
        ));
    }
    let sequence = work.record(audit::Action::ConsortiumMemberChanged, details).await?;
    let everybody = work.members(None).await?;
    let moved = ProfileId(before.profile_id);
    work.tell(&everybody, notices::Kind::ConsortiumRoleChanged, sequence, Some(moved), None).await?;
    work.finish().await
}

/// Notes in every consortium that an institution is a member of that its profile is another than before, and tells the others, in
/// the transaction that changes the profile.
pub(crate) async fn facts_moved(
    platform: &Platform,
    transaction: &DatabaseTransaction,
    actor: &Actor,
    profile: ProfileId,
) -> Result<bool, Error> {
    let rows = consortium_member::Entity::find()
        .find_also_related(consortium::Entity)
        .filter(consortium_member::Column::ProfileId.eq(profile.0))
        .filter(consortium_member::Column::Status.eq(Seated::Accepted))
        .filter(consortium::Column::Status.eq(consortium::Status::Open))
        .all(transaction)
        .await?;
    let mut has_moved = false;
    let of = profiles::Entity::find_by_id(profile.0).one(transaction).await?;
    let is_shown = of.as_ref().is_some_and(is_listed);
    let kind = if is_shown { notices::Kind::ConsortiumFactsMoved } else { notices::Kind::ConsortiumMemberUnlisted };
    for row in rows.into_iter().filter_map(|(_, row)| row) {
        let id = ConsortiumId(row.id);
        let action = audit::Action::ConsortiumFactsMoved;
        let sequence = work::record(transaction, actor, id, action, json!({ "profile": profile })).await?;
        let others = super::seats(transaction, id).await?;
        let others = others.iter().filter(|seat| seat.status == Seated::Accepted && seat.profile_id != profile.0);
        let others = others.map(|seat| ProfileId(seat.profile_id));
        let to = people(transaction, actor, others, ProfileRole::Viewer).await?;
        let notice = Notice {
            kind,
            profile: Some((profile, work::name_of(transaction, profile).await?)),
            fact: None,
            case: None,
            message: None,
            subject: Some(Subject::Consortium(id, row.name)),
        };
        notices::tell(platform, transaction, &to, &notice, sequence).await?;
        // Where the institution is, and what it is called, may be what other consortia have in common with this one.
        reports::store_keys(platform, transaction, &super::load(transaction, id).await?).await?;
        has_moved = true;
    }
    if has_moved {
        followed(transaction, profile).await?;
    }
    Ok(has_moved)
}

/// Notes that the consortia of an institution have followed its profile up to now.
async fn followed(transaction: &DatabaseTransaction, profile: ProfileId) -> Result<(), Error> {
    let Some(row) = profiles::Entity::find_by_id(profile.0).one(transaction).await? else { return Ok(()) };
    let open = Query::select()
        .column(consortium::Column::Id)
        .from(consortium::Entity)
        .and_where(consortium::Column::Status.eq(consortium::Status::Open))
        .take();
    consortium_member::Entity::update_many()
        .col_expr(consortium_member::Column::ProfileChange, Expr::value(row.change))
        .filter(consortium_member::Column::ProfileId.eq(profile.0))
        .filter(consortium_member::Column::Status.eq(Seated::Accepted))
        .filter(consortium_member::Column::ConsortiumId.in_subquery(open))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Follows profiles that were changed by whoever knows of no consortia, as an import does.
async fn follow_profiles(platform: &Platform) -> Result<(), Refusal> {
    let rows = behind(platform.database().connection(), None).await?;
    let moved: BTreeSet<ProfileId> = rows.into_iter().map(|row| ProfileId(row.profile_id)).collect();
    for profile in moved {
        let transaction = platform.write().await?;
        // Another node may have been first.
        if behind(&transaction, Some(profile)).await?.is_empty() {
            continue;
        }
        facts_moved(platform, &transaction, &Actor::System, profile).await?;
        transaction.commit().await?;
        platform.recorded().notify_one();
    }
    Ok(())
}

/// Members of open consortia that have not followed their profiles: of all, or of one profile.
async fn behind(
    connection: &impl ConnectionTrait,
    profile: Option<ProfileId>,
) -> Result<Vec<consortium_member::Model>, Error> {
    let behind = Expr::col(consortium_member::Column::ProfileChange.as_column_ref())
        .lt(Expr::col(profiles::Column::Change.as_column_ref()));
    let behind = Condition::any().add(consortium_member::Column::ProfileChange.is_null()).add(behind);
    let mut query = consortium_member::Entity::find()
        .join(JoinType::InnerJoin, consortium_member::Relation::Profile.def())
        .join(JoinType::InnerJoin, consortium_member::Relation::Consortium.def())
        .filter(consortium_member::Column::Status.eq(Seated::Accepted))
        .filter(consortium::Column::Status.eq(consortium::Status::Open))
        .filter(behind);
    if let Some(profile) = profile {
        query = query.filter(consortium_member::Column::ProfileId.eq(profile.0));
    }
    Ok(query.limit(FOLLOWED_AT_ONCE).all(connection).await?)
}

/// What nobody asks for: invitations that were not answered in time end, and profiles that an import changed are followed.
pub(crate) async fn keep_up(platform: &Platform) -> Result<(), Refusal> {
    follow_profiles(platform).await?;
    let due = consortium_member::Entity::find()
        .filter(consortium_member::Column::Status.eq(Seated::Invited))
        .filter(consortium_member::Column::ExpiresAt.lte(clock::now()))
        .limit(EXPIRED_AT_ONCE)
        .all(platform.database().connection())
        .await?;
    for seat in due {
        let id = ConsortiumMemberId(seat.id);
        let consortium = ConsortiumId(seat.consortium_id);
        let mut work =
            Work::begin(platform, &Actor::System, consortium, Action::AnswerConsortiumInvitation, None).await?;
        // It may have been answered meanwhile, or another node was there first.
        let mut seat = place(&work.transaction, id, "invitation").await?;
        if seat.status != Seated::Invited {
            continue;
        }
        let (profile, inviter) = (ProfileId(seat.profile_id), AccountId(seat.invited_by));
        seat.status = Seated::Expired;
        seat.ended_at = Some(work.now);
        work.put(seat).await?;
        let details = json!({ "member": id, "answer": "EXPIRED" });
        let sequence = work.record(audit::Action::ConsortiumAnswered, details).await?;
        let to = inviters(&work, inviter).await?;
        work.tell(&to, notices::Kind::ConsortiumInvitationExpired, sequence, Some(profile), None).await?;
        work.finish().await?;
    }
    Ok(())
}
