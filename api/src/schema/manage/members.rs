//! Who works on a profile.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use service::profiles;
use service::{AccountId, Refusal};

use super::{ManagedProfileObject, MemberRole, ProfileInvitation, changed, key_of, payload, profile_of};
use crate::schema::caller::{actor, platform, settled};
use crate::schema::node;
use crate::schema::user_error::UserError;

/// An invitation to a profile.
/// 邀请成员。
#[derive(InputObject)]
pub(crate) struct InviteMemberInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// Whom to invite; a link is sent there.
    /// 受邀人邮箱；链接将发送至此。
    email: String,
    /// What the member will be able to do.
    /// 角色。
    role: MemberRole,
}

/// An invitation to be revoked.
/// 撤回邀请。
#[derive(InputObject)]
pub(crate) struct RevokeInvitationInput {
    /// The invitation.
    /// 邀请 ID。
    invitation: ID,
}

/// An invitation to be accepted.
/// 接受邀请。
#[derive(InputObject)]
pub(crate) struct AcceptInvitationInput {
    /// The token of the link in the mail.
    /// 邮件链接中的令牌。
    token: String,
}

/// An invitation to be declined.
/// 谢绝邀请。
#[derive(InputObject)]
pub(crate) struct DeclineInvitationInput {
    /// The token of the link in the mail.
    /// 邮件链接中的令牌。
    token: String,
}

/// Another role for a member.
/// 更改成员角色。
#[derive(InputObject)]
pub(crate) struct ChangeMemberRoleInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// The account of the member.
    /// 成员的账户 ID。
    member: ID,
    /// What the member may do from now on.
    /// 新角色。
    role: MemberRole,
}

/// A member to be removed.
/// 移除成员。
#[derive(InputObject)]
pub(crate) struct RemoveMemberInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// The account of the member; one's own, to leave.
    /// 成员的账户 ID；填本人即为退出。
    member: ID,
}

payload! {
    /// What became of an invitation.
    /// 邀请的结果。
    InviteMemberPayload {
        /// The invitation; null if it was refused.
        /// 邀请；被拒绝时为 null。
        invitation: ProfileInvitation
    }
}

/// What became of an invitation that was to be revoked.
/// 撤回邀请的结果。
#[derive(SimpleObject)]
pub(crate) struct RevokeInvitationPayload {
    /// The id of the profile; null if it was refused.
    /// 资料 ID；被拒绝时为 null。
    profile_id: Option<ID>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

payload! {
    /// What became of an invitation that was to be accepted.
    /// 接受邀请的结果。
    AcceptInvitationPayload {
        /// The profile, of which the caller is a member now; null if it was refused.
        /// 调用者已加入的资料；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

/// What became of an invitation that was to be declined.
/// 谢绝邀请的结果。
#[derive(SimpleObject)]
pub(crate) struct DeclineInvitationPayload {
    /// Whether it was declined.
    /// 是否已谢绝。
    is_declined: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

payload! {
    /// What became of a role.
    /// 更改角色的结果。
    ChangeMemberRolePayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

/// What became of a member who was to be removed.
/// 移除成员的结果。
#[derive(SimpleObject)]
pub(crate) struct RemoveMemberPayload {
    /// The account that is no longer a member; null if it was refused.
    /// 已移除的账户 ID；被拒绝时为 null。
    removed_account_id: Option<ID>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Invites somebody by mail. Who was invited before gets a new link, and the old one is void.
    /// Needs: an owner of the profile.
    /// 以邮件邀请成员；再次邀请同一邮箱时，原链接作废。
    /// 权限：资料的所有者。
    async fn invite_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invitation.\n邀请。")] input: InviteMemberInput,
    ) -> async_graphql::Result<InviteMemberPayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => {
                let (platform, actor) = (platform(context)?, actor(context)?);
                profiles::invite(platform, actor, id, &input.email, input.role.into()).await
            }
            Err(refusal) => Err(refusal),
        };
        let (invitation, user_errors) = settled(result)?;
        Ok((invitation.map(ProfileInvitation::from), user_errors).into())
    }

    /// Takes an invitation back.
    /// Needs: an owner of the profile.
    /// 撤回邀请。
    /// 权限：资料的所有者。
    async fn revoke_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invitation.\n邀请。")] input: RevokeInvitationInput,
    ) -> async_graphql::Result<RevokeInvitationPayload> {
        let result = match key_of(&input.invitation, "Invitation", "invitation") {
            Ok(id) => profiles::revoke_invitation(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        let (profile, user_errors) = settled(result)?;
        let profile_id = profile.map(|id| node::id("Profile", &id.to_string()));
        Ok(RevokeInvitationPayload { profile_id, user_errors })
    }

    /// Accepts an invitation.
    /// Needs: anybody who has signed in.
    /// 接受邀请。
    /// 权限：已登录者。
    async fn accept_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invitation.\n邀请。")] input: AcceptInvitationInput,
    ) -> async_graphql::Result<AcceptInvitationPayload> {
        let result = profiles::accept_invitation(platform(context)?, actor(context)?, &input.token).await;
        let (id, user_errors) = settled(result)?;
        let profile = match id {
            Some(id) => ManagedProfileObject::find(context, id).await?,
            None => None,
        };
        Ok((profile, user_errors).into())
    }

    /// Declines an invitation; the link is enough, nobody has to sign up to say no.
    /// Needs: everybody.
    /// 谢绝邀请；凭链接即可，无须注册。
    /// 权限：所有人。
    async fn decline_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invitation.\n邀请。")] input: DeclineInvitationInput,
    ) -> async_graphql::Result<DeclineInvitationPayload> {
        let result = profiles::decline_invitation(platform(context)?, actor(context)?, &input.token).await;
        let (done, user_errors) = settled(result)?;
        Ok(DeclineInvitationPayload { is_declined: done.is_some(), user_errors })
    }

    /// Gives a member another role. To hand a profile over, make another member owner, then step down. There is always an owner.
    /// Needs: an owner of the profile.
    /// 更改成员角色。移交资料时，先将另一位成员设为所有者，再更改自己的角色；资料至少须有一位所有者。
    /// 权限：资料的所有者。
    async fn change_member_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The role.\n角色。")] input: ChangeMemberRoleInput,
    ) -> async_graphql::Result<ChangeMemberRolePayload> {
        let member = key_of::<AccountId>(&input.member, "Account", "member");
        let result = match (profile_of(&input.profile), member) {
            (Ok(id), Ok(member)) => {
                let (platform, actor) = (platform(context)?, actor(context)?);
                profiles::change_member(platform, actor, id, member, input.role.into()).await
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Removes a member; members may remove themselves. There is always an owner.
    /// Needs: a member of the profile.
    /// 移除成员（须为所有者），或本人退出；资料至少须有一位所有者。
    /// 权限：资料成员。
    async fn remove_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The member.\n成员。")] input: RemoveMemberInput,
    ) -> async_graphql::Result<RemoveMemberPayload> {
        let member = key_of::<AccountId>(&input.member, "Account", "member");
        let result: Result<(), Refusal> = match (profile_of(&input.profile), member) {
            (Ok(id), Ok(member)) => profiles::remove_member(platform(context)?, actor(context)?, id, member).await,
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        let (done, user_errors) = settled(result)?;
        Ok(RemoveMemberPayload { removed_account_id: done.map(|()| input.member), user_errors })
    }
}
