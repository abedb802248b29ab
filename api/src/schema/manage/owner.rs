//! What owners and editors do with a profile.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use service::profiles::{self, Claimed, Created, NewProfile};

use super::{DuplicateProfile, ManagedProfileObject, ReviewCaseObject, changed, key_of, payload, profile_of};
use crate::schema::caller::{actor, platform, seen, settled};
use crate::schema::profile::ProfileInput;
use crate::schema::user_error::UserError;

/// A new profile.
/// 新建资料。
#[derive(InputObject)]
pub(crate) struct CreateProfileInput {
    /// What it says.
    /// 内容。
    content: ProfileInput,
    /// Whether the caller has looked at the similar profiles that are there, and it is none of them.
    /// 是否已核对相似的资料并确认是另一家单位。
    #[graphql(default)]
    not_a_duplicate: bool,
}

/// A change of a profile.
/// 修改资料。
#[derive(InputObject)]
pub(crate) struct EditProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// The revision that the change was made of: the newest one.
    /// 修改所依据的版本：最新版本的序号。
    revision: i32,
    /// What changes.
    /// 修改的内容。
    content: ProfileInput,
}

/// A profile to be sent to review.
/// 送审。
#[derive(InputObject)]
pub(crate) struct SubmitProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// The revision that is to be published: the newest one.
    /// 送审的版本：最新版本的序号。
    revision: i32,
    /// What the moderators should know, at most 5,000 characters.
    /// 给审核员的说明，最多 5000 个字符。
    statement: Option<String>,
}

/// Changes to be discarded.
/// 放弃修改。
#[derive(InputObject)]
pub(crate) struct DiscardProfileChangesInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// The revision that is discarded: the newest one.
    /// 放弃的版本：最新版本的序号。
    revision: i32,
}

/// A profile.
/// 一份资料。
#[derive(InputObject)]
pub(crate) struct WithdrawProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
}

/// A profile.
/// 一份资料。
#[derive(InputObject)]
pub(crate) struct ArchiveProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
}

/// A profile.
/// 一份资料。
#[derive(InputObject)]
pub(crate) struct ReopenProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
}

/// A profile.
/// 一份资料。
#[derive(InputObject)]
pub(crate) struct ConfirmProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
}

/// A profile to be taken over.
/// 认领资料。
#[derive(InputObject)]
pub(crate) struct ClaimProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// How the caller belongs to the institution; needed where the address of the account does not show it. At most 5,000
    /// characters.
    /// 与该单位的关系；账户邮箱不足以证明时必填。最多 5000 个字符。
    statement: Option<String>,
    /// Evidence that the caller has put on file for it.
    /// 已上传的证明材料 ID。
    evidence: Option<Vec<ID>>,
}

/// An appeal.
/// 申诉。
#[derive(InputObject)]
pub(crate) struct AppealInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// Why the decision was wrong, at most 5,000 characters.
    /// 申诉理由，最多 5000 个字符。
    statement: String,
}

/// What became of a new profile.
/// 新建资料的结果。
#[derive(SimpleObject)]
pub(crate) struct CreateProfilePayload {
    /// The profile, a draft; null if it was not made.
    /// 资料（草稿）；未创建时为 null。
    profile: Option<ManagedProfileObject>,
    /// Similar profiles, for which it was not made.
    /// 因相似而未创建时，已有的资料。
    duplicates: Vec<DuplicateProfile>,
    /// What has to be mended; empty where it was made.
    /// 需要改正之处；已创建时为空。
    user_errors: Vec<UserError>,
}

/// What became of a claim.
/// 认领的结果。
#[derive(SimpleObject)]
pub(crate) struct ClaimProfilePayload {
    /// The profile, if the caller is an owner of it now.
    /// 资料；已成为所有者时返回。
    profile: Option<ManagedProfileObject>,
    /// The case, if a moderator has to decide.
    /// 审核事项；须由审核员决定时返回。
    case: Option<ReviewCaseObject>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

payload! {
    /// What became of a change.
    /// 修改的结果。
    EditProfilePayload {
        /// The profile now; of a conflict, with the newer revision; null if it was refused.
        /// 资料现状；冲突时为更新的版本；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of discarded changes.
    /// 放弃修改的结果。
    DiscardProfileChangesPayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of a submission.
    /// 送审的结果。
    SubmitProfilePayload {
        /// The profile now; of a conflict, with the newer revision; null if it was refused.
        /// 资料现状；冲突时为更新的版本；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of a withdrawal.
    /// 撤回送审的结果。
    WithdrawProfilePayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of a profile to be archived.
    /// 归档的结果。
    ArchiveProfilePayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of a profile to be reopened.
    /// 恢复的结果。
    ReopenProfilePayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of a confirmation.
    /// 确认的结果。
    ConfirmProfilePayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of an appeal.
    /// 申诉的结果。
    AppealPayload {
        /// The case; null if it was refused.
        /// 审核事项；被拒绝时为 null。
        case: ReviewCaseObject
    }
}

#[derive(Default)]
pub(crate) struct OwnerMutation;

#[Object]
impl OwnerMutation {
    /// Makes a profile, a draft of which the caller is the owner, unless similar ones are there.
    /// Needs: anybody who has signed in.
    /// 新建资料（草稿），调用者为所有者；已有相似资料时不创建。
    /// 权限：已登录者。
    #[graphql(complexity = "1000 + child_complexity")]
    async fn create_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: CreateProfileInput,
    ) -> async_graphql::Result<CreateProfilePayload> {
        let platform = platform(context)?;
        let new = NewProfile { edit: input.content.into(), not_a_duplicate: input.not_a_duplicate };
        let (created, mut user_errors) = settled(profiles::create(platform, actor(context)?, new).await)?;
        let mut payload = CreateProfilePayload { profile: None, duplicates: Vec::new(), user_errors: Vec::new() };
        match created {
            Some(Created::Draft(id)) => payload.profile = ManagedProfileObject::find(context, id).await?,
            Some(Created::Duplicates(duplicates)) => {
                user_errors.push(duplicates_error(&duplicates).into());
                payload.duplicates = duplicates.into_iter().map(DuplicateProfile::from).collect();
            }
            None => {}
        }
        payload.user_errors = user_errors;
        Ok(payload)
    }

    /// Changes what a profile says. What is published stays so until the change is reviewed. Of somebody else's change meanwhile
    /// it gives `CONFLICT` and the newer revision.
    /// Needs: an editor or owner of the profile.
    /// 修改资料；审核通过前，已发布的内容不变。他人已作修改时返回 `CONFLICT` 及最新版本。
    /// 权限：资料的编辑或所有者。
    async fn edit_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The change.\n修改。")] input: EditProfileInput,
    ) -> async_graphql::Result<EditProfilePayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => {
                profiles::edit(platform(context)?, actor(context)?, id, input.revision, input.content.into()).await
            }
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Goes back to what is published.
    /// Needs: an editor or owner of the profile.
    /// 放弃未发布的修改，恢复为已发布的内容。
    /// 权限：资料的编辑或所有者。
    async fn discard_profile_changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: DiscardProfileChangesInput,
    ) -> async_graphql::Result<DiscardProfileChangesPayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => profiles::discard(platform(context)?, actor(context)?, id, input.revision).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Sends the newest revision to review.
    /// Needs: an editor or owner of the profile.
    /// 将最新版本送审。
    /// 权限：资料的编辑或所有者。
    async fn submit_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: SubmitProfileInput,
    ) -> async_graphql::Result<SubmitProfilePayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => profiles::submit(platform(context)?, actor(context)?, id, input.revision, input.statement).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Takes a profile back from review.
    /// Needs: an editor or owner of the profile.
    /// 撤回送审。
    /// 权限：资料的编辑或所有者。
    async fn withdraw_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: WithdrawProfileInput,
    ) -> async_graphql::Result<WithdrawProfilePayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => profiles::withdraw(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Takes a profile off the list. What waited for review is withdrawn.
    /// Needs: an owner of the profile.
    /// 下架资料；待审核的修改一并撤回。
    /// 权限：资料的所有者。
    async fn archive_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: ArchiveProfileInput,
    ) -> async_graphql::Result<ArchiveProfilePayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => profiles::archive(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Puts an archived profile back: on the list if its newest revision was published, else as a draft.
    /// Needs: an owner of the profile.
    /// 恢复已归档的资料：最新版本已发布的重新列出，否则为草稿。
    /// 权限：资料的所有者。
    async fn reopen_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: ReopenProfileInput,
    ) -> async_graphql::Result<ReopenProfilePayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => profiles::reopen(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Confirms that what is published still holds: its declared facts are fresh again.
    /// Needs: an editor or owner of the profile.
    /// 确认已发布的内容仍然属实：自行申报的事实不再视为过期。
    /// 权限：资料的编辑或所有者。
    async fn confirm_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: ConfirmProfileInput,
    ) -> async_graphql::Result<ConfirmProfilePayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => profiles::confirm(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Asks to become an owner of a profile: at once where it has none and the address of the account is of one of the
    /// institution's domains; else a moderator decides.
    /// Needs: anybody who has signed in.
    /// 认领资料：尚无所有者且账户邮箱属于该单位登记域名时立即生效，否则由审核员决定。
    /// 权限：已登录者。
    async fn claim_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The claim.\n认领。")] input: ClaimProfileInput,
    ) -> async_graphql::Result<ClaimProfilePayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let files: Result<Vec<_>, _> =
            input.evidence.unwrap_or_default().iter().map(|id| key_of(id, "Evidence", "evidence")).collect();
        let result = match (profile_of(&input.profile), files) {
            (Ok(id), Ok(files)) => {
                profiles::claim(platform, actor, id, input.statement, &files).await.map(|claimed| (id, claimed))
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        let (claimed, user_errors) = settled(result)?;
        let mut payload = ClaimProfilePayload { profile: None, case: None, user_errors };
        match claimed {
            Some((id, Claimed::Owner)) => payload.profile = ManagedProfileObject::find(context, id).await?,
            Some((_, Claimed::Requested(case))) => {
                payload.case = seen(profiles::case(platform, actor, case).await)?.map(ReviewCaseObject::new);
            }
            None => {}
        }
        Ok(payload)
    }

    /// Appeals against a suspension, or against changes that were asked for; another moderator decides.
    /// Needs: an owner of the profile.
    /// 就暂停展示或退回修改提出申诉，由另一位审核员处理。
    /// 权限：资料的所有者。
    async fn appeal(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appeal.\n申诉。")] input: AppealInput,
    ) -> async_graphql::Result<AppealPayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => profiles::appeal(platform(context)?, actor(context)?, id, &input.statement).await,
            Err(refusal) => Err(refusal),
        };
        let (case, user_errors) = settled(result)?;
        Ok((case.map(ReviewCaseObject::new), user_errors).into())
    }
}

/// What is told beside similar profiles.
fn duplicates_error(duplicates: &[profiles::Duplicate]) -> service::UserError {
    let is_certain = duplicates.iter().any(profiles::Duplicate::is_certain);
    let (zh, en) = if is_certain {
        (
            "该单位已有资料（标识符相同）；请认领该资料，而不是新建",
            "the institution has a profile already, with the same identifier; claim that one instead",
        )
    } else {
        (
            "已有相似的资料；请核对，确为另一家单位时以 notADuplicate: true 再次提交",
            "similar profiles are there; look at them, and if it is another institution, send it again with notADuplicate: true",
        )
    };
    service::UserError {
        code: service::UserErrorCode::Duplicates,
        field: "content".to_owned(),
        message: eligibility::Localized::new(zh, en),
    }
}
