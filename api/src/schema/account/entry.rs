//! How people come in.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use service::Actor;
use service::accounts::{self, SignIn, SignUp, SignedInSession};
use service::{Platform, Refusal};

use super::AccountObject;
use crate::schema::caller::{caller, platform, settled};
use crate::schema::manage::payload;
use crate::schema::text::Language;
use crate::schema::user_error::UserError;

/// What somebody signs up with.
/// 注册信息。
#[derive(InputObject)]
pub(crate) struct SignUpInput {
    /// The e-mail address; a link is sent there.
    /// 邮箱；验证链接将发送至此。
    email: String,
    /// The password: at least 10 characters, and hard to guess.
    /// 密码：至少 10 个字符，且不易被猜出。
    password: String,
    /// What the person is called.
    /// 姓名。
    name: String,
    /// The language of mails.
    /// 邮件语言。
    #[graphql(default_with = "Language::Zh")]
    language: Language,
}

/// A link that verifies an address.
/// 验证邮箱。
#[derive(InputObject)]
pub(crate) struct VerifyEmailInput {
    /// The token of the link in the mail.
    /// 邮件链接中的令牌。
    token: String,
}

/// Whom to send the link once more.
/// 重新发送验证链接。
#[derive(InputObject)]
pub(crate) struct ResendVerificationInput {
    /// The e-mail address.
    /// 邮箱。
    email: String,
}

/// What somebody signs in with.
/// 登录信息。
#[derive(InputObject)]
pub(crate) struct SignInInput {
    /// The e-mail address.
    /// 邮箱。
    email: String,
    /// The password.
    /// 密码。
    password: String,
    /// The code of the second factor, if the account has one.
    /// 两步验证码（账户已启用时）。
    code: Option<String>,
}

/// A session to be carried on.
/// 换取新令牌。
#[derive(InputObject)]
pub(crate) struct RefreshSessionInput {
    /// The refresh token; it works once.
    /// 刷新令牌，只能使用一次。
    refresh_token: String,
}

/// Tokens of a sign-in.
/// 登录令牌。
#[derive(SimpleObject)]
#[graphql(name = "SignedInSession", cache_control(private))]
pub(crate) struct SignedInSessionObject {
    /// Proves who asks: send it as `Authorization: Bearer`.
    /// 访问令牌：以 `Authorization: Bearer` 发送。
    access_token: String,
    /// Gives the next pair of tokens, once. Keep it secret.
    /// 刷新令牌：用于换取下一对令牌，只能使用一次，请妥善保管。
    refresh_token: String,
    /// How long the access token lives, in seconds.
    /// 访问令牌的有效秒数。
    expires_in_seconds: u32,
    /// Who has signed in.
    /// 已登录的账户。
    account: Option<AccountObject>,
}

impl SignedInSessionObject {
    fn new(platform: &Platform, session: SignedInSession) -> Self {
        // Its account is the one that the new token proves, whoever sent the request.
        let verified = accounts::authenticate(platform, &session.access_token).ok();
        let account = verified.map(|verified| AccountObject::new(session.account, Actor::SignedIn(verified.signed_in)));
        Self {
            access_token: session.access_token,
            refresh_token: session.refresh_token,
            expires_in_seconds: session.expires_in_seconds,
            account,
        }
    }
}

/// What became of a sign-up.
/// 注册结果。
#[derive(SimpleObject)]
pub(crate) struct SignUpPayload {
    /// Whether it was accepted; what is next is in a mail, also if the address has an account already.
    /// 是否已受理；后续步骤见邮件（邮箱已有账户时也会发送）。
    is_accepted: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of an address that was to be verified.
/// 验证邮箱的结果。
#[derive(SimpleObject)]
pub(crate) struct VerifyEmailPayload {
    /// Whether it is verified now.
    /// 是否已验证。
    is_verified: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of a link that was to be sent once more.
/// 重新发送验证链接的结果。
#[derive(SimpleObject)]
pub(crate) struct ResendVerificationPayload {
    /// Whether it was accepted; a mail is sent if there is an address to verify.
    /// 是否已受理；确有待验证的邮箱时会发送邮件。
    is_accepted: bool,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

payload! {
    /// What became of a sign-in.
    /// 登录结果。
    SignInPayload {
        /// The tokens; null if it was refused.
        /// 令牌；被拒绝时为 null。
        session: SignedInSessionObject
    }
}

payload! {
    /// What became of a session that was to be carried on.
    /// 换取新令牌的结果。
    RefreshSessionPayload {
        /// The next tokens; null if it was refused.
        /// 新的令牌；被拒绝时为 null。
        session: SignedInSessionObject
    }
}

#[derive(Default)]
pub(crate) struct EntryMutation;

#[Object]
impl EntryMutation {
    /// Signs somebody up: a mail with a link follows. The answer is the same if the address has an account.
    /// Needs: everybody.
    /// 注册账户：随后会收到带验证链接的邮件。邮箱已有账户时，返回内容相同。
    /// 权限：所有人。
    async fn sign_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to sign up with.\n注册信息。")] input: SignUpInput,
    ) -> async_graphql::Result<SignUpPayload> {
        let SignUpInput { email, password, name, language } = input;
        let sign_up = SignUp { email, password, name, lang: language.into() };
        let (done, user_errors) =
            settled(accounts::sign_up(platform(context)?, sign_up, &caller(context)?.address()).await)?;
        Ok(SignUpPayload { is_accepted: done.is_some(), user_errors })
    }

    /// Verifies the address that a link was sent to.
    /// Needs: everybody.
    /// 凭邮件中的链接验证邮箱。
    /// 权限：所有人。
    async fn verify_email(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The link.\n链接。")] input: VerifyEmailInput,
    ) -> async_graphql::Result<VerifyEmailPayload> {
        let (done, user_errors) = settled(accounts::verify_email(platform(context)?, &input.token).await)?;
        Ok(VerifyEmailPayload { is_verified: done.is_some(), user_errors })
    }

    /// Sends the link that verifies an address once more. The answer is the same if there is nothing to verify.
    /// Needs: everybody.
    /// 重新发送验证链接。没有待验证的邮箱时，返回内容相同。
    /// 权限：所有人。
    async fn resend_verification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom to send it.\n收件邮箱。")] input: ResendVerificationInput,
    ) -> async_graphql::Result<ResendVerificationPayload> {
        let from = caller(context)?.address();
        let result = accounts::resend_verification(platform(context)?, &input.email, &from).await;
        let (done, user_errors) = settled(result)?;
        Ok(ResendVerificationPayload { is_accepted: done.is_some(), user_errors })
    }

    /// Signs somebody in. Whatever is wrong, the answer is the same; that a code is needed is told only with the right password.
    /// Needs: everybody.
    /// 登录。无论何处有误，返回内容相同；仅在密码正确时提示需要两步验证码。
    /// 权限：所有人。
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to sign in with.\n登录信息。")] input: SignInInput,
    ) -> async_graphql::Result<SignInPayload> {
        let SignInInput { email, password, code } = input;
        let from = caller(context)?.address();
        let result = accounts::sign_in(platform(context)?, SignIn { email, password, code }, &from).await;
        Ok(session(context, result)?.into())
    }

    /// Gives the next pair of tokens for a refresh token. A token that was used before ends its session.
    /// Needs: everybody.
    /// 用刷新令牌换取下一对令牌。重复使用同一刷新令牌会使该会话失效。
    /// 权限：所有人。
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session.\n会话。")] input: RefreshSessionInput,
    ) -> async_graphql::Result<RefreshSessionPayload> {
        let result = accounts::refresh(platform(context)?, &input.refresh_token).await;
        Ok(session(context, result)?.into())
    }
}

fn session(
    context: &Context<'_>,
    result: Result<SignedInSession, Refusal>,
) -> async_graphql::Result<(Option<SignedInSessionObject>, Vec<UserError>)> {
    let platform = platform(context)?;
    let (session, user_errors) = settled(result)?;
    Ok((session.map(|session| SignedInSessionObject::new(platform, session)), user_errors))
}
