//! What administrators do with the accounts of others.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use service::accounts::{Account, admin};

use super::{GlobalRole, id_of};
use crate::schema::caller::{actor, platform, settled};
use crate::schema::manage::payload;

/// Another global role for an account.
/// 设置全局角色。
#[derive(InputObject)]
pub(crate) struct SetRoleInput {
    /// The e-mail address of the account.
    /// 账户邮箱。
    email: String,
    /// The role from now on.
    /// 新角色。
    role: GlobalRole,
}

/// A second factor that its owner has lost.
/// 重置两步验证。
#[derive(InputObject)]
pub(crate) struct ResetSecondFactorInput {
    /// The e-mail address of the account.
    /// 账户邮箱。
    email: String,
}

/// An account, as administrators see it.
/// 账户（管理员所见）。
#[derive(SimpleObject)]
#[graphql(cache_control(private))]
pub(crate) struct AdministeredAccount {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    id: ID,
    /// The e-mail address, in lower case.
    /// 邮箱（小写）。
    email: String,
    /// What the person is called.
    /// 姓名。
    name: String,
    /// What it may do for everybody.
    /// 全局角色。
    role: GlobalRole,
    /// Whether it has a second factor.
    /// 是否已启用两步验证。
    has_second_factor: bool,
}

impl From<Account> for AdministeredAccount {
    fn from(account: Account) -> Self {
        Self {
            id: id_of(&account),
            email: account.email,
            name: account.name,
            role: account.role.into(),
            has_second_factor: account.has_second_factor,
        }
    }
}

payload! {
    /// What became of a role.
    /// 设置全局角色的结果。
    SetRolePayload {
        /// The account now; null if it was refused.
        /// 账户现状；被拒绝时为 null。
        account: AdministeredAccount
    }
}

payload! {
    /// What became of a second factor that was lost.
    /// 重置两步验证的结果。
    ResetSecondFactorPayload {
        /// The account now; null if it was refused.
        /// 账户现状；被拒绝时为 null。
        account: AdministeredAccount
    }
}

#[derive(Default)]
pub(crate) struct AdministrationMutation;

#[Object]
impl AdministrationMutation {
    /// Gives an account another global role, and ends its sessions. Nobody changes their own.
    /// Needs: an administrator with a second factor.
    /// 设置账户的全局角色，并终止其所有会话；不得更改自己的角色。
    /// 权限：管理员（须两步验证）。
    async fn set_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Account and role.\n账户与角色。")] input: SetRoleInput,
    ) -> async_graphql::Result<SetRolePayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let (account, user_errors) = settled(admin::set_role(platform, actor, &input.email, input.role.into()).await)?;
        Ok((account.map(AdministeredAccount::from), user_errors).into())
    }

    /// Takes a lost second factor from an account, and ends its sessions; its owner is told by mail.
    /// Needs: an administrator with a second factor.
    /// 停用他人遗失的两步验证，并终止其所有会话；本人会收到邮件通知。
    /// 权限：管理员（须两步验证）。
    async fn reset_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The account.\n账户。")] input: ResetSecondFactorInput,
    ) -> async_graphql::Result<ResetSecondFactorPayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let (account, user_errors) = settled(admin::reset_second_factor(platform, actor, &input.email).await)?;
        Ok((account.map(AdministeredAccount::from), user_errors).into())
    }
}
