//! Who is in a consortium, and how institutions come and go.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use eligibility::date::timestamp;
use service::consortia::{self, Invitation};
use service::{ConsortiumMemberId, Refusal};

use super::{ConsortiumObject, SideOf, changed, consortium_of, named};
use crate::schema::caller::{actor, platform, seen, settled};
use crate::schema::direction::DirectionObject;
use crate::schema::manage::{key_of, payload, profile_of};
use crate::schema::node;
use crate::schema::scalars::DateTime;
use crate::schema::text::LocalizedText;
use crate::schema::user_error::UserError;

/// An invitation to a consortium, as those see it who are invited.
/// 加入联合体的邀请（受邀单位所见）。
#[derive(Clone)]
pub(crate) struct ConsortiumInvitationObject {
    invitation: Invitation,
}

impl ConsortiumInvitationObject {
    pub(super) fn new(invitation: Invitation) -> Self {
        Self { invitation }
    }

    /// The invitation of the key in a global id; nothing for whoever is not invited.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        match consortia::invitation(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated | Refusal::Forbidden(_)) => Ok(None),
            other => Ok(seen(other)?.map(Self::new)),
        }
    }
}

/// An invitation to a consortium, as those see it who are invited.
/// 加入联合体的邀请（受邀单位所见）。
#[Object(name = "ConsortiumInvitation", cache_control(private))]
impl ConsortiumInvitationObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("ConsortiumInvitation", &self.invitation.id.to_string())
    }

    /// The id of the profile that is invited.
    /// 受邀单位的资料 ID。
    async fn profile_id(&self) -> ID {
        node::id("Profile", &self.invitation.profile.to_string())
    }

    /// What the consortium is called.
    /// 联合体名称。
    async fn name(&self) -> &str {
        &self.invitation.name
    }

    /// The direction it is planned for; null if its call is no longer there.
    /// 所申报的方向；指南已不再提供时为 null。
    async fn direction(&self, context: &Context<'_>) -> async_graphql::Result<Option<DirectionObject>> {
        let library = platform(context)?.directory().library();
        let key = format!("{}/{}", self.invitation.guide, self.invitation.direction);
        Ok(DirectionObject::find(library, &key))
    }

    /// The side that the institution would be on.
    /// 拟加入哪一方。
    async fn side(&self) -> SideOf {
        self.invitation.side.into()
    }

    /// Whether it would lead that side.
    /// 是否拟为该方牵头单位。
    async fn is_lead(&self) -> bool {
        self.invitation.is_lead
    }

    /// What the members are called.
    /// 成员单位名称。
    async fn member_names(&self) -> Vec<LocalizedText> {
        self.invitation.members.iter().map(LocalizedText::from).collect()
    }

    /// Who invites; null once the account is deleted.
    /// 邀请人；账户已删除时为 null。
    async fn invited_by(&self) -> Option<&str> {
        self.invitation.invited_by.as_deref()
    }

    /// What the invitation says.
    /// 邀请说明。
    async fn message(&self) -> Option<&str> {
        self.invitation.message.as_deref()
    }

    /// When it was sent.
    /// 发出时间。
    async fn invited_at(&self) -> DateTime {
        DateTime(timestamp(self.invitation.at))
    }

    /// Until when it can be answered.
    /// 答复期限。
    async fn expires_at(&self) -> DateTime {
        DateTime(timestamp(self.invitation.expires_at))
    }
}

/// An invitation to a consortium.
/// 邀请单位加入联合体。
#[derive(InputObject)]
pub(crate) struct InviteToConsortiumInput {
    /// The consortium.
    /// 联合体 ID。
    consortium: ID,
    /// The profile of the institution to invite.
    /// 受邀单位的资料 ID。
    profile: ID,
    /// The side it would be on.
    /// 拟加入哪一方。
    side: SideOf,
    /// Whether it would lead that side.
    /// 是否拟为该方牵头单位。
    #[graphql(default)]
    lead: bool,
    /// What to tell it.
    /// 邀请说明。
    message: Option<String>,
}

/// An answer to an invitation.
/// 答复联合体邀请。
#[derive(InputObject)]
pub(crate) struct AnswerConsortiumInvitationInput {
    /// The invitation.
    /// 邀请 ID。
    invitation: ID,
    /// Whether it is accepted.
    /// 是否接受。
    accept: bool,
    /// Why not, for those who invited.
    /// 谢绝理由（告知邀请方）。
    reason: Option<String>,
}

/// An invitation to be taken back.
/// 撤回联合体邀请。
#[derive(InputObject)]
pub(crate) struct RevokeConsortiumInvitationInput {
    /// The invitation.
    /// 邀请 ID。
    invitation: ID,
}

/// A member to be removed.
/// 移出成员单位。
#[derive(InputObject)]
pub(crate) struct RemoveConsortiumMemberInput {
    /// The member, by its id in the consortium.
    /// 成员 ID。
    member: ID,
    /// Why; the member and the others are told.
    /// 理由（告知该单位和其他成员）。
    reason: String,
}

/// A consortium to be left.
/// 退出联合体。
#[derive(InputObject)]
pub(crate) struct LeaveConsortiumInput {
    /// The consortium.
    /// 联合体 ID。
    consortium: ID,
    /// The institution that leaves; needed where the caller acts for several.
    /// 退出的单位；调用者代表多个单位时须填写。
    profile: Option<ID>,
    /// Why; the others are told.
    /// 理由（告知其他成员）。
    reason: String,
}

/// Who is to lead a side.
/// 变更牵头关系。
#[derive(InputObject)]
pub(crate) struct ChangeConsortiumMemberInput {
    /// The member, by its id in the consortium.
    /// 成员 ID。
    member: ID,
    /// Whether it is to lead its side; whoever leads that hands over.
    /// 是否为本方牵头单位；须由现任牵头单位移交。
    lead: bool,
}

payload! {
    /// What became of an invitation to a consortium.
    /// 邀请的结果。
    InviteToConsortiumPayload {
        /// The consortium now; null if it was refused.
        /// 联合体现状；被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

/// What became of an answer to an invitation.
/// 答复邀请的结果。
#[derive(SimpleObject)]
pub(crate) struct AnswerConsortiumInvitationPayload {
    /// The consortium, of which the institution is a member now; null if the invitation was declined, and if the answer was refused.
    /// 已加入的联合体；谢绝或操作被拒绝时为 null。
    consortium: Option<ConsortiumObject>,
    /// Whether the answer was taken.
    /// 答复是否已生效。
    is_answered: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

payload! {
    /// What became of an invitation that was to be taken back.
    /// 撤回邀请的结果。
    RevokeConsortiumInvitationPayload {
        /// The consortium now; null if it was refused.
        /// 联合体现状；被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

payload! {
    /// What became of a member that was to be removed.
    /// 移出成员单位的结果。
    RemoveConsortiumMemberPayload {
        /// The consortium now; null if it was refused.
        /// 联合体现状；被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

/// What became of a consortium that was to be left.
/// 退出联合体的结果。
#[derive(SimpleObject)]
pub(crate) struct LeaveConsortiumPayload {
    /// The id of the consortium that the institution is no longer in; null if it was refused.
    /// 已退出的联合体 ID；被拒绝时为 null。
    left_consortium_id: Option<ID>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

payload! {
    /// What became of another place for a member.
    /// 变更成员的结果。
    ChangeConsortiumMemberPayload {
        /// The consortium now; null if it was refused.
        /// 联合体现状；被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

#[derive(Default)]
pub(crate) struct MembershipMutation;

#[Object]
impl MembershipMutation {
    /// Invites an institution to a consortium. It can answer for two weeks. A consortium has at most 50 members and open invitations.
    /// Needs: an editor or owner of the profile of the lead institution of the Chinese side.
    /// 邀请单位加入联合体，两周内可答复。成员和待答复的邀请合计最多 50 个；中方尚无牵头单位时，由合作方牵头单位邀请。
    /// 权限：中方牵头单位资料的编辑或所有者。
    async fn invite_to_consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invitation.\n邀请。")] input: InviteToConsortiumInput,
    ) -> async_graphql::Result<InviteToConsortiumPayload> {
        let result = match (consortium_of(&input.consortium), profile_of(&input.profile)) {
            (Ok(id), Ok(profile)) => {
                let (platform, actor, side) = (platform(context)?, actor(context)?, input.side.into());
                consortia::invite(platform, actor, id, profile, side, input.lead, input.message).await
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        Ok(changed(context, None, result).await?.into())
    }

    /// Accepts or declines an invitation to a consortium.
    /// Needs: an editor or owner of the profile of an institution that is invited.
    /// 接受或谢绝联合体的邀请。
    /// 权限：受邀单位资料的编辑或所有者。
    async fn answer_consortium_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The answer.\n答复。")] input: AnswerConsortiumInvitationInput,
    ) -> async_graphql::Result<AnswerConsortiumInvitationPayload> {
        let result = match key_of(&input.invitation, "ConsortiumInvitation", "invitation") {
            Ok(id) => {
                let (platform, actor) = (platform(context)?, actor(context)?);
                consortia::answer(platform, actor, id, input.accept, input.reason).await
            }
            Err(refusal) => Err(refusal),
        };
        let (answered, user_errors) = settled(result)?;
        let consortium = match answered.filter(|answered| answered.is_member) {
            Some(answered) => ConsortiumObject::find(context, answered.consortium).await?,
            None => None,
        };
        Ok(AnswerConsortiumInvitationPayload { consortium, is_answered: answered.is_some(), user_errors })
    }

    /// Takes an invitation to a consortium back.
    /// Needs: an editor or owner of the profile of the lead institution of the Chinese side.
    /// 撤回联合体的邀请。
    /// 权限：中方牵头单位资料的编辑或所有者。
    async fn revoke_consortium_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invitation.\n邀请。")] input: RevokeConsortiumInvitationInput,
    ) -> async_graphql::Result<RevokeConsortiumInvitationPayload> {
        let result = match key_of(&input.invitation, "ConsortiumInvitation", "invitation") {
            Ok(id) => consortia::revoke_invitation(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, None, result).await?.into())
    }

    /// Removes a member from a consortium.
    /// Needs: an editor or owner of the profile of the lead institution of the Chinese side.
    /// 将成员单位移出联合体。
    /// 权限：中方牵头单位资料的编辑或所有者。
    async fn remove_consortium_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The member.\n成员。")] input: RemoveConsortiumMemberInput,
    ) -> async_graphql::Result<RemoveConsortiumMemberPayload> {
        let result = match key_of::<ConsortiumMemberId>(&input.member, "ConsortiumMember", "member") {
            Ok(id) => consortia::remove_member(platform(context)?, actor(context)?, id, input.reason).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, None, result).await?.into())
    }

    /// Leaves a consortium. Whoever manages it hands the lead over first; the last member puts it away by leaving.
    /// Needs: an editor or owner of the profile of a member institution of the consortium.
    /// 退出联合体。牵头单位须先移交牵头；最后一个成员退出时联合体随之归档。
    /// 权限：联合体成员单位资料的编辑或所有者。
    async fn leave_consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consortium.\n联合体。")] input: LeaveConsortiumInput,
    ) -> async_graphql::Result<LeaveConsortiumPayload> {
        let result = match (consortium_of(&input.consortium), named(input.profile.as_ref())) {
            (Ok(id), Ok(profile)) => {
                consortia::leave(platform(context)?, actor(context)?, id, profile, input.reason).await
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        let (left, user_errors) = settled(result)?;
        Ok(LeaveConsortiumPayload { left_consortium_id: left.map(|_| input.consortium), user_errors })
    }

    /// Makes a member lead its side, or not. A lead is handed over in one step, and by the lead itself where the side has one; a member
    /// stays on the side that it agreed to.
    /// Needs: an editor or owner of the profile of the lead institution of the Chinese side.
    /// 变更牵头关系：已有牵头单位的一方由其自行移交；成员所属方不变。
    /// 权限：中方牵头单位资料的编辑或所有者。
    async fn change_consortium_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The member.\n成员。")] input: ChangeConsortiumMemberInput,
    ) -> async_graphql::Result<ChangeConsortiumMemberPayload> {
        let result = match key_of::<ConsortiumMemberId>(&input.member, "ConsortiumMember", "member") {
            Ok(id) => {
                let (platform, actor) = (platform(context)?, actor(context)?);
                consortia::change_member(platform, actor, id, input.lead).await
            }
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, None, result).await?.into())
    }
}
