//! How sessions end, and accounts with them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use service::SessionId;
use service::accounts::{self, Changes};

use super::{AccountObject, MailChoice};
use crate::schema::caller::{actor, platform, settled};
use crate::schema::manage::{key_of, payload};
use crate::schema::text::Language;
use crate::schema::user_error::UserError;

/// A session to be ended.
/// 终止会话。
#[derive(InputObject)]
pub(crate) struct RevokeSessionInput {
    /// The session.
    /// 会话 ID。
    session: ID,
}

/// What to change of one's account; what is left out stays.
/// 修改账户信息；未填的保持不变。
#[derive(InputObject)]
pub(crate) struct UpdateAccountInput {
    /// What the person is called.
    /// 姓名。
    name: Option<String>,
    /// The language of mails.
    /// 邮件语言。
    language: Option<Language>,
    /// Which mails of the inbox are wanted.
    /// 通知邮件的发送方式。
    mail: Option<MailChoice>,
}

/// That one's account is to be deleted.
/// 删除账户。
#[derive(InputObject)]
pub(crate) struct DeleteAccountInput {
    /// The password.
    /// 密码。
    password: String,
}

/// What became of a sign-out.
/// 退出登录的结果。
#[derive(SimpleObject)]
pub(crate) struct SignOutPayload {
    /// Whether the session has ended.
    /// 会话是否已终止。
    is_signed_out: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of a sign-out everywhere.
/// 在所有设备上退出登录的结果。
#[derive(SimpleObject)]
pub(crate) struct SignOutEverywherePayload {
    /// How many sessions have ended.
    /// 已终止的会话数。
    ended_sessions: usize,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of a session that was to be ended.
/// 终止会话的结果。
#[derive(SimpleObject)]
pub(crate) struct RevokeSessionPayload {
    /// The session that has ended; null if it was refused.
    /// 已终止的会话 ID；被拒绝时为 null。
    revoked_session_id: Option<ID>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

payload! {
    /// What became of changes to one's account.
    /// 修改账户信息的结果。
    UpdateAccountPayload {
        /// The account now; null if it was refused.
        /// 账户现状；被拒绝时为 null。
        account: AccountObject
    }
}

/// What became of an account that was to be deleted.
/// 删除账户的结果。
#[derive(SimpleObject)]
pub(crate) struct DeleteAccountPayload {
    /// Whether it is deleted.
    /// 是否已删除。
    is_deleted: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Ends the session that asks.
    /// Needs: anybody who has signed in.
    /// 退出登录（终止当前会话）。
    /// 权限：已登录者。
    async fn sign_out(&self, context: &Context<'_>) -> async_graphql::Result<SignOutPayload> {
        let (done, user_errors) = settled(accounts::sign_out(platform(context)?, actor(context)?).await)?;
        Ok(SignOutPayload { is_signed_out: done.is_some(), user_errors })
    }

    /// Ends all sessions of the account, also the one that asks.
    /// Needs: anybody who has signed in.
    /// 在所有设备上退出登录（包括当前会话）。
    /// 权限：已登录者。
    async fn sign_out_everywhere(&self, context: &Context<'_>) -> async_graphql::Result<SignOutEverywherePayload> {
        let result = accounts::sign_out_everywhere(platform(context)?, actor(context)?).await;
        let (ended, user_errors) = settled(result)?;
        Ok(SignOutEverywherePayload { ended_sessions: ended.unwrap_or_default(), user_errors })
    }

    /// Ends one session of the account.
    /// Needs: anybody who has signed in.
    /// 终止账户的某一会话。
    /// 权限：已登录者。
    async fn revoke_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session.\n会话。")] input: RevokeSessionInput,
    ) -> async_graphql::Result<RevokeSessionPayload> {
        let result = match key_of::<SessionId>(&input.session, "Session", "session") {
            Ok(session) => accounts::revoke_session(platform(context)?, actor(context)?, session).await,
            Err(refusal) => Err(refusal),
        };
        let (done, user_errors) = settled(result)?;
        Ok(RevokeSessionPayload { revoked_session_id: done.map(|()| input.session), user_errors })
    }

    /// Changes name, language or mails of one's account.
    /// Needs: anybody who has signed in.
    /// 修改姓名、邮件语言或通知邮件的发送方式。
    /// 权限：已登录者。
    async fn update_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The changes.\n修改内容。")] input: UpdateAccountInput,
    ) -> async_graphql::Result<UpdateAccountPayload> {
        let UpdateAccountInput { name, language, mail } = input;
        let changes = Changes { name, lang: language.map(Into::into), mail: mail.map(Into::into) };
        let actor = *actor(context)?;
        let (account, user_errors) = settled(accounts::update_account(platform(context)?, &actor, changes).await)?;
        Ok((account.map(|account| AccountObject::new(account, actor)), user_errors).into())
    }

    /// Deletes one's account with all that is personal. Refused while it is the only owner of a profile that has other members;
    /// profiles without other members stay, and can be claimed.
    /// Needs: anybody who has signed in.
    /// 删除账户及全部个人数据。若为某份资料的唯一所有者且该资料还有其他成员，须先移交；没有其他成员的资料会保留，可重新认领。
    /// 权限：已登录者。
    async fn delete_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password.\n密码。")] input: DeleteAccountInput,
    ) -> async_graphql::Result<DeleteAccountPayload> {
        let result = accounts::delete_account(platform(context)?, actor(context)?, &input.password).await;
        let (done, user_errors) = settled(result)?;
        Ok(DeleteAccountPayload { is_deleted: done.is_some(), user_errors })
    }
}
