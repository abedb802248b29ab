//! Accounts: who asks, how people come in, prove who they are, and go.

mod admin;
mod credentials;
mod entry;
mod sessions;

use async_graphql::{Context, Enum, ID, MergedObject, Object, SimpleObject};
use eligibility::Lang;
use eligibility::date::timestamp;
use service::accounts::{self, Account, MailChoice as ServiceMailChoice, Session};
use service::{Actor, GlobalRole as ServiceGlobalRole};

use crate::schema::caller::{actor, platform, refused, seen};
use crate::schema::node;
use crate::schema::scalars::DateTime;
use crate::schema::text::Language;

/// What can be done with accounts.
#[derive(Default, MergedObject)]
pub(crate) struct AccountMutation(
    entry::EntryMutation,
    sessions::SessionMutation,
    credentials::CredentialMutation,
    admin::AdministrationMutation,
);

/// What an account may do for everybody.
/// 账户的全局角色。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceGlobalRole")]
pub(crate) enum GlobalRole {
    /// Nothing.
    /// 无。
    None,
    /// Reviews profiles and verifies facts, given a second factor.
    /// 审核员：审核资料、核实事实（须两步验证）。
    Moderator,
    /// Appoints moderators and sees the whole history, given a second factor; a moderator as well.
    /// 管理员：任免审核员、查看全部历史记录（须两步验证），同时也是审核员。
    Administrator,
}

/// Which mails of the inbox somebody wants.
/// 通知邮件的发送方式。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceMailChoice")]
pub(crate) enum MailChoice {
    /// One for each entry, at once.
    /// 每条通知即时发送。
    Immediate,
    /// One a day that gathers them.
    /// 每日汇总。
    Digest,
    /// None.
    /// 不发送。
    Off,
}

/// An account, as its owner sees it.
/// 账户（仅本人可见）。
#[derive(Clone)]
pub(crate) struct AccountObject {
    account: Account,
    /// Its owner.
    actor: Actor,
}

impl AccountObject {
    fn new(account: Account, actor: Actor) -> Self {
        Self { account, actor }
    }
}

/// An account, as its owner sees it.
/// 账户（仅本人可见）。
#[Object(name = "Account", cache_control(private))]
impl AccountObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    async fn id(&self) -> ID {
        id_of(&self.account)
    }

    /// The e-mail address, in lower case.
    /// 邮箱（小写）。
    async fn email(&self) -> &str {
        &self.account.email
    }

    /// What the person is called.
    /// 姓名。
    async fn name(&self) -> &str {
        &self.account.name
    }

    /// The language of mails.
    /// 邮件语言。
    async fn language(&self) -> Language {
        match self.account.lang {
            Lang::Zh => Language::Zh,
            Lang::En => Language::En,
        }
    }

    /// What it may do for everybody.
    /// 全局角色。
    async fn role(&self) -> GlobalRole {
        self.account.role.into()
    }

    /// Which mails of the inbox are wanted.
    /// 通知邮件的发送方式。
    async fn mail(&self) -> MailChoice {
        self.account.mail.into()
    }

    /// Whether it has a second factor.
    /// 是否已启用两步验证。
    async fn has_second_factor(&self) -> bool {
        self.account.has_second_factor
    }

    /// When it was made.
    /// 注册时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.account.created_at))
    }

    /// Its sign-ins that have not ended, the newest first.
    /// 仍有效的登录会话，最新者在前。
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn sessions(&self, context: &Context<'_>) -> async_graphql::Result<Vec<SessionObject>> {
        let sessions = accounts::sessions(platform(context)?, &self.actor).await.map_err(refused)?;
        Ok(sessions.into_iter().map(SessionObject::from).collect())
    }

    /// All that is held on the person, a JSON document as text: account, sessions, memberships, invitations, notifications, cases,
    /// evidence, verifications, revisions, mails that wait, and the history. That it was asked for is recorded.
    /// 系统保存的全部个人数据（JSON 文本）：账户、会话、成员身份、邀请、通知、审核事项、证明材料、核实、修订、待发邮件和历史记录。导出本身也会记录。
    #[graphql(complexity = 500)]
    async fn export(&self, context: &Context<'_>) -> async_graphql::Result<String> {
        let export = accounts::export(platform(context)?, &self.actor).await.map_err(refused)?;
        Ok(export.to_string())
    }
}

fn id_of(account: &Account) -> ID {
    node::id("Account", &account.id.to_string())
}

/// A sign-in of an account.
/// 登录会话。
#[derive(SimpleObject)]
#[graphql(name = "Session", cache_control(private))]
pub(crate) struct SessionObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    id: ID,
    /// When it began.
    /// 登录时间。
    created_at: DateTime,
    /// When it last got a token.
    /// 最近一次换取令牌的时间。
    last_used_at: DateTime,
    /// When it ends by itself.
    /// 自动失效时间。
    expires_at: DateTime,
    /// Whether the second factor was shown.
    /// 是否经过两步验证。
    has_second_factor: bool,
    /// Whether it is the one that asks.
    /// 是否为当前会话。
    is_current: bool,
}

impl From<Session> for SessionObject {
    fn from(session: Session) -> Self {
        Self {
            id: node::id("Session", &session.id.to_string()),
            created_at: DateTime(timestamp(session.created_at)),
            last_used_at: DateTime(timestamp(session.last_used_at)),
            expires_at: DateTime(timestamp(session.expires_at)),
            has_second_factor: session.second_factor,
            is_current: session.is_current,
        }
    }
}

#[derive(Default)]
pub(crate) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// The account that asks.
    /// Needs: anybody who has signed in.
    /// 当前账户。
    /// 权限：已登录者。
    #[graphql(cache_control(private))]
    async fn viewer(&self, context: &Context<'_>) -> async_graphql::Result<Option<AccountObject>> {
        let actor = *actor(context)?;
        let account = seen(accounts::find(platform(context)?, &actor).await)?;
        Ok(account.map(|account| AccountObject::new(account, actor)))
    }
}
