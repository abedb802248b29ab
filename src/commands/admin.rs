//! `lianhe admin`: what whoever runs the service does with accounts.

use std::io::{BufRead, IsTerminal, Read};

use eligibility::{Lang, Localized};
use service::accounts::{Account, SignUp, admin};
use service::{Actor, GlobalRole};

use crate::cli::{AdminCommand, Common};
use crate::commands::Answered;
use crate::config::Configuration;
use crate::failure::{Exit, Failure};
use crate::render::page::visible;
use crate::render::words::said;
use crate::store::{self, Store};

/// Bytes of a password that are read from standard input at most.
const PASSWORD_AT_MOST: u64 = 4096;

/// Makes an administrator, gives a role, or takes a lost second factor from an account.
pub(super) fn run(command: &AdminCommand, common: &Common, lang: Lang) -> Answered {
    let configuration = store::configuration(common, None)?;
    let password = match command {
        AdminCommand::Create { .. } => Some(password(lang)?),
        AdminCommand::Role { .. } | AdminCommand::ResetSecondFactor { .. } => None,
    };
    let store = Store::open_database(&configuration)?;
    let platform = store.platform(&configuration)?;
    let text = match command {
        AdminCommand::Create { email, name } => {
            let password = password.unwrap_or_default();
            let input = SignUp { email: email.clone(), password, name: name.clone(), lang };
            let account = store.settle(admin::create(&platform, input, GlobalRole::Administrator))?;
            created(&account, &configuration, lang)
        }
        AdminCommand::Role { email, role } => {
            let role = GlobalRole::from(*role);
            let account = store.settle(admin::set_role(&platform, &Actor::System, email, role))?;
            has_role(&account, lang)
        }
        AdminCommand::ResetSecondFactor { email } => {
            let account = store.settle(admin::reset_second_factor(&platform, &Actor::System, email))?;
            let email = visible(&account.email).into_owned();
            match lang {
                Lang::Zh => format!("已停用 {email} 的两步验证，其所有会话均已结束；本人会收到邮件通知。\n"),
                Lang::En => format!(
                    "the second factor of {email} is switched off, and its sessions have ended; the owner is told by mail\n"
                ),
            }
        }
    };
    Ok((text, Exit::Done))
}

/// The password of a new account: typed unseen and twice at a terminal, else the first line of standard input.
fn password(lang: Lang) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::internal(Localized::new(
            format!("无法读取密码：{error}"),
            format!("the password cannot be read: {error}"),
        ))
    };
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().take(PASSWORD_AT_MOST).read_line(&mut line).map_err(unreadable)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let password = rpassword::prompt_password(said(lang, "密码：", "Password: ")).map_err(unreadable)?;
    let again = rpassword::prompt_password(said(lang, "再次输入密码：", "Password again: ")).map_err(unreadable)?;
    if password == again {
        return Ok(password);
    }
    Err(Failure::usage(Localized::new("两次输入的密码不一致", "the passwords differ")))
}

/// What was made, and what to do next.
fn created(account: &Account, configuration: &Configuration, lang: Lang) -> String {
    let email = visible(&account.email).into_owned();
    let explorer = format!("{}/explorer", configuration.people.public_url);
    match lang {
        Lang::Zh => format!(
            "已创建管理员 {email}。设置两步验证之前，不具有管理员权限。请在服务运行时：\n\
             1. 打开 {explorer}，用 signIn 登录，此后随请求附上所得的 accessToken；\n\
             2. 运行 beginSecondFactor，将返回的 uri 或 secret 添加到验证应用；\n\
             3. 用应用显示的验证码运行 confirmSecondFactor，再用 refreshSession 换取新令牌。\n"
        ),
        Lang::En => format!(
            "made the administrator {email}. It has no administrator's power until a second factor is set up. While the service \
             runs:\n\
             1. open {explorer}, sign in with signIn, and from then on send the accessToken with every request;\n\
             2. run beginSecondFactor, and add its uri or secret to an authenticator app;\n\
             3. run confirmSecondFactor with the code that the app shows, and get new tokens with refreshSession.\n"
        ),
    }
}

fn has_role(account: &Account, lang: Lang) -> String {
    let email = visible(&account.email).into_owned();
    let role = match account.role {
        GlobalRole::None => said(lang, "没有全局角色", "no global role"),
        GlobalRole::Moderator => said(lang, "是审核员", "the role of a moderator"),
        GlobalRole::Administrator => said(lang, "是管理员", "the role of an administrator"),
    };
    let lacks_factor = account.role != GlobalRole::None && !account.has_second_factor;
    match lang {
        Lang::Zh => {
            let then = if lacks_factor { "；设置两步验证后方可行使权限" } else { "" };
            format!("{email} 现{role}{then}。\n")
        }
        Lang::En => {
            let then = if lacks_factor { "; it takes effect once a second factor is set up" } else { "" };
            format!("{email} has {role} now{then}\n")
        }
    }
}
