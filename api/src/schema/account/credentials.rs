//! Passwords, addresses and second factors, and how each is replaced.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use service::accounts::{self, NewSecondFactor};

use super::AccountObject;
use crate::schema::caller::{actor, caller, platform, settled};
use crate::schema::manage::payload;
use crate::schema::user_error::UserError;

/// Who forgot the password.
/// 忘记密码。
#[derive(InputObject)]
pub(crate) struct RequestPasswordResetInput {
    /// The e-mail address.
    /// 邮箱。
    email: String,
}

/// A new password for one that was forgotten.
/// 重设密码。
#[derive(InputObject)]
pub(crate) struct ResetPasswordInput {
    /// The token of the link in the mail.
    /// 邮件链接中的令牌。
    token: String,
    /// The new password: at least 10 characters, and hard to guess.
    /// 新密码：至少 10 个字符，且不易被猜出。
    password: String,
}

/// Another password.
/// 更改密码。
#[derive(InputObject)]
pub(crate) struct ChangePasswordInput {
    /// The password until now.
    /// 当前密码。
    current_password: String,
    /// The new one: at least 10 characters, and hard to guess.
    /// 新密码：至少 10 个字符，且不易被猜出。
    new_password: String,
}

/// Another address.
/// 更改邮箱。
#[derive(InputObject)]
pub(crate) struct RequestEmailChangeInput {
    /// The password.
    /// 密码。
    password: String,
    /// The new address; a link is sent there.
    /// 新邮箱；确认链接将发送至此。
    email: String,
}

/// A link that confirms another address.
/// 确认新邮箱。
#[derive(InputObject)]
pub(crate) struct ConfirmEmailChangeInput {
    /// The token of the link in the mail.
    /// 邮件链接中的令牌。
    token: String,
}

/// That a second factor is to be set up.
/// 开始设置两步验证。
#[derive(InputObject)]
pub(crate) struct BeginSecondFactorInput {
    /// The password.
    /// 密码。
    password: String,
}

/// A code that shows that the second factor works.
/// 确认两步验证。
#[derive(InputObject)]
pub(crate) struct ConfirmSecondFactorInput {
    /// The code of six digits that the authenticator shows.
    /// 验证应用显示的 6 位验证码。
    code: String,
}

/// That the second factor is to be switched off.
/// 停用两步验证。
#[derive(InputObject)]
pub(crate) struct DisableSecondFactorInput {
    /// The password.
    /// 密码。
    password: String,
    /// The code of six digits that the authenticator shows.
    /// 验证应用显示的 6 位验证码。
    code: String,
}

/// What became of a password that was forgotten.
/// 申请重设密码的结果。
#[derive(SimpleObject)]
pub(crate) struct RequestPasswordResetPayload {
    /// Whether it was accepted; a mail is sent if the address has an account.
    /// 是否已受理；邮箱确有账户时会发送邮件。
    is_accepted: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of a new password.
/// 重设密码的结果。
#[derive(SimpleObject)]
pub(crate) struct ResetPasswordPayload {
    /// Whether the password is the new one now.
    /// 是否已改为新密码。
    is_reset: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of another password.
/// 更改密码的结果。
#[derive(SimpleObject)]
pub(crate) struct ChangePasswordPayload {
    /// Whether the password is the new one now.
    /// 是否已改为新密码。
    is_changed: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of another address that was asked for.
/// 申请更改邮箱的结果。
#[derive(SimpleObject)]
pub(crate) struct RequestEmailChangePayload {
    /// Whether it was accepted; what is next is in a mail to the new address.
    /// 是否已受理；后续步骤见发往新邮箱的邮件。
    is_accepted: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of another address that was confirmed.
/// 确认新邮箱的结果。
#[derive(SimpleObject)]
pub(crate) struct ConfirmEmailChangePayload {
    /// Whether the account has the new address now; sign in again with it.
    /// 账户是否已改用新邮箱；请用新邮箱重新登录。
    is_changed: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// A second factor that is being set up. Its secret is shown once.
/// 正在设置的两步验证；密钥只显示一次。
#[derive(SimpleObject)]
#[graphql(name = "NewSecondFactor", cache_control(private))]
pub(crate) struct NewSecondFactorObject {
    /// The secret as people type it, in base32.
    /// 密钥（Base32），供手工输入。
    secret: String,
    /// The address that authenticators read the secret from, often as a QR code: `otpauth://…`.
    /// 供验证应用读取密钥的地址（常显示为二维码）：`otpauth://…`。
    uri: String,
}

impl From<NewSecondFactor> for NewSecondFactorObject {
    fn from(new: NewSecondFactor) -> Self {
        Self { secret: new.secret, uri: new.uri }
    }
}

payload! {
    /// What became of a second factor that is to be set up.
    /// 开始设置两步验证的结果。
    BeginSecondFactorPayload {
        /// What to give to an authenticator; null if it was refused.
        /// 填入验证应用的内容；被拒绝时为 null。
        second_factor: NewSecondFactorObject
    }
}

payload! {
    /// What became of a second factor that was set up.
    /// 启用两步验证的结果。
    ConfirmSecondFactorPayload {
        /// The account now; null if it was refused.
        /// 账户现状；被拒绝时为 null。
        account: AccountObject
    }
}

payload! {
    /// What became of a second factor that was switched off.
    /// 停用两步验证的结果。
    DisableSecondFactorPayload {
        /// The account now; null if it was refused.
        /// 账户现状；被拒绝时为 null。
        account: AccountObject
    }
}

#[derive(Default)]
pub(crate) struct CredentialMutation;

#[Object]
impl CredentialMutation {
    /// Sends a link that sets a new password. The answer is the same if the address has no account.
    /// Needs: everybody.
    /// 发送重设密码的链接。邮箱没有账户时，返回内容相同。
    /// 权限：所有人。
    async fn request_password_reset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who forgot it.\n邮箱。")] input: RequestPasswordResetInput,
    ) -> async_graphql::Result<RequestPasswordResetPayload> {
        let from = caller(context)?.address();
        let result = accounts::request_password_reset(platform(context)?, &input.email, &from).await;
        let (done, user_errors) = settled(result)?;
        Ok(RequestPasswordResetPayload { is_accepted: done.is_some(), user_errors })
    }

    /// Sets a new password with the token of a link, and ends all sessions.
    /// Needs: everybody.
    /// 凭邮件中的链接设置新密码，并终止所有会话。
    /// 权限：所有人。
    async fn reset_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Link and password.\n链接与新密码。")] input: ResetPasswordInput,
    ) -> async_graphql::Result<ResetPasswordPayload> {
        let result = accounts::reset_password(platform(context)?, &input.token, &input.password).await;
        let (done, user_errors) = settled(result)?;
        Ok(ResetPasswordPayload { is_reset: done.is_some(), user_errors })
    }

    /// Changes one's password, and ends all other sessions.
    /// Needs: anybody who has signed in.
    /// 更改密码，并终止其他会话。
    /// 权限：已登录者。
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The passwords.\n当前密码与新密码。")] input: ChangePasswordInput,
    ) -> async_graphql::Result<ChangePasswordPayload> {
        let ChangePasswordInput { current_password, new_password } = input;
        let (platform, actor) = (platform(context)?, actor(context)?);
        let result = accounts::change_password(platform, actor, &current_password, &new_password).await;
        let (done, user_errors) = settled(result)?;
        Ok(ChangePasswordPayload { is_changed: done.is_some(), user_errors })
    }

    /// Sends a link to another address, which becomes one's own when it is used.
    /// Needs: anybody who has signed in.
    /// 向新邮箱发送确认链接；打开链接后，账户改用新邮箱。
    /// 权限：已登录者。
    async fn request_email_change(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address.\n新邮箱。")] input: RequestEmailChangeInput,
    ) -> async_graphql::Result<RequestEmailChangePayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let result = accounts::request_email_change(platform, actor, &input.password, &input.email).await;
        let (done, user_errors) = settled(result)?;
        Ok(RequestEmailChangePayload { is_accepted: done.is_some(), user_errors })
    }

    /// Makes the address of a link the account's, and ends all sessions; the old address is told.
    /// Needs: everybody.
    /// 凭邮件中的链接确认新邮箱，并终止所有会话；原邮箱会收到通知。
    /// 权限：所有人。
    async fn confirm_email_change(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The link.\n链接。")] input: ConfirmEmailChangeInput,
    ) -> async_graphql::Result<ConfirmEmailChangePayload> {
        let (done, user_errors) = settled(accounts::confirm_email_change(platform(context)?, &input.token).await)?;
        Ok(ConfirmEmailChangePayload { is_changed: done.is_some(), user_errors })
    }

    /// Begins to set up a second factor; it counts once a code of it was given.
    /// Needs: anybody who has signed in.
    /// 开始设置两步验证；输入一次验证码后生效。
    /// 权限：已登录者。
    async fn begin_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password.\n密码。")] input: BeginSecondFactorInput,
    ) -> async_graphql::Result<BeginSecondFactorPayload> {
        let result = accounts::begin_second_factor(platform(context)?, actor(context)?, &input.password).await;
        let (new, user_errors) = settled(result)?;
        Ok((new.map(NewSecondFactorObject::from), user_errors).into())
    }

    /// Sets up the second factor with a code of it. The next access token of this session says so.
    /// Needs: anybody who has signed in.
    /// 输入验证码，启用两步验证；当前会话换取下一个访问令牌后即视为已验证。
    /// 权限：已登录者。
    async fn confirm_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.\n验证码。")] input: ConfirmSecondFactorInput,
    ) -> async_graphql::Result<ConfirmSecondFactorPayload> {
        let actor = *actor(context)?;
        let result = accounts::confirm_second_factor(platform(context)?, &actor, &input.code).await;
        let (account, user_errors) = settled(result)?;
        Ok((account.map(|account| AccountObject::new(account, actor)), user_errors).into())
    }

    /// Switches the second factor off, and ends all other sessions. Moderators and administrators need theirs.
    /// Needs: anybody who has signed in.
    /// 停用两步验证，并终止其他会话；审核员和管理员不得停用。
    /// 权限：已登录者。
    async fn disable_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Password and code.\n密码与验证码。")] input: DisableSecondFactorInput,
    ) -> async_graphql::Result<DisableSecondFactorPayload> {
        let actor = *actor(context)?;
        let DisableSecondFactorInput { password, code } = input;
        let result = accounts::disable_second_factor(platform(context)?, &actor, &password, &code).await;
        let (account, user_errors) = settled(result)?;
        Ok((account.map(|account| AccountObject::new(account, actor)), user_errors).into())
    }
}
