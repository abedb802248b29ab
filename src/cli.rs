//! The command line. Its help and its complaints speak the language of the process.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use eligibility::date::{Date, parse_day};
use eligibility::problem::nearest;
use eligibility::{Lang, Localized};
use service::GlobalRole;

use crate::language::say;

/// What was asked of the program.
#[derive(Debug, Parser)]
#[command(
    name = "lianhe",
    version,
    about = say(
        "联合：查找科研合作单位；对照项目申报指南，逐条判断中外联合体是否符合申报要求",
        "Lianhe: finds research partners, and judges consortia against a call's directions, clause by clause"
    ),
    after_help = say(
        "退出状态：0 成功，或符合；1 不符合，或案例不一致，或历史记录被改动，或签名报告无效；2 尚不能判定；64 用法错误；65 文件内容有误；\
         66 文件无法读取；70 内部错误。",
        "Exit status: 0 done, or eligible; 1 ineligible, or a case differs, or the history was tampered with, or a signed report \
         is not valid; 2 undetermined; 64 usage; 65 bad data in a file; 66 a file cannot be read; 70 internal fault."
    ),
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Whether a program reads the answer.
    pub(crate) fn wants_json(&self) -> bool {
        let format = match &self.command {
            Command::Check(check) => check.answer.form.format,
            Command::Profile(profile) => profile.answer.form.format,
            Command::Guide { command: GuideCommand::List { form } | GuideCommand::Show { form, .. } } => form.format,
            Command::Audit { command: AuditCommand::Verify { form, .. } } => form.format,
            Command::Report { command: ReportCommand::Verify { form, .. } } => form.format,
            _ => Format::Text,
        };
        format == Format::Json
    }
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    #[arg(
        long,
        global = true,
        value_enum,
        hide_possible_values = true,
        value_name = say("语言", "LANG"),
        help = say(
            "界面语言：zh 或 en（默认按 LC_ALL、LC_MESSAGES、LANG）",
            "Language: zh or en (default: by LC_ALL, LC_MESSAGES, LANG)"
        )
    )]
    pub(crate) lang: Option<Language>,
    #[arg(
        long,
        global = true,
        env = "LIANHE_GUIDES",
        hide_env = true,
        value_name = say("文件夹", "DIR"),
        help = say(
            "增加或替换指南：单个指南的文件夹，或含有多个指南的文件夹（也可用环境变量 LIANHE_GUIDES）",
            "Add or replace calls: the folder of a call, or a folder of such folders (also LIANHE_GUIDES)"
        )
    )]
    pub(crate) guides: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        value_name = say("地址", "URL"),
        help = say(
            "数据库：sqlite://文件 或 postgres://用户@主机/数据库，优先于配置（默认：数据文件夹中的 lianhe.db）",
            "Database: sqlite://FILE or postgres://user@host/database; outranks the configuration (default: lianhe.db in the \
             data folder)"
        )
    )]
    pub(crate) database: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = say("文件夹", "DIR"),
        help = say(
            "数据文件夹：索引和 SQLite 数据库所在处，优先于配置（默认：lianhe-data）",
            "Data folder, where the index and the SQLite database lie; outranks the configuration (default: lianhe-data)"
        )
    )]
    pub(crate) data: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        env = "LIANHE_CONFIG",
        hide_env = true,
        value_name = say("文件", "FILE"),
        help = say(
            "TOML 配置文件（也可用环境变量 LIANHE_CONFIG）；各项说明见 config.default.toml",
            "Configuration in TOML (also LIANHE_CONFIG); config.default.toml describes every key"
        )
    )]
    pub(crate) config: Option<PathBuf>,
}

/// A language as the command line writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Zh,
    En,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// What to judge by and how to answer.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Answer {
    #[arg(
        long,
        value_parser = day,
        value_name = say("日期", "DAY"),
        help = say(
            "按哪一天判断，如 2023-06-05（默认：文件中的 as_of，否则为指南的截止日）",
            "Day to judge for, such as 2023-06-05 (default: `as_of` of the file, else the call's own day)"
        )
    )]
    pub(crate) as_of: Option<Date>,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// How to answer.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Form {
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true,
        value_name = say("格式", "FORMAT"),
        help = say("输出格式：text（默认）或 json", "Form of the answer: text (default) or json")
    )]
    pub(crate) format: Format,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(about = say("判断一个联合体是否符合申报要求", "Judge a consortium"))]
    Check(Check),
    #[command(about = say("查看、检查和测试指南", "Look at calls, validate and test them"))]
    #[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
    Guide {
        #[command(subcommand)]
        command: GuideCommand,
    },
    #[command(about = say("一个单位可以承担哪些方向的哪些角色", "Which roles in which directions an institution could take"))]
    Profile(Profile),
    #[command(about = say("启动 GraphQL 服务", "Serve the GraphQL API"))]
    Serve(Serve),
    #[command(about = say(
        "试用：在临时数据库中载入约 250 家知名机构、账户和审核队列并启动服务",
        "Try it: serve some 250 well-known institutions from a temporary database, with accounts and a review queue"
    ))]
    Demo(Serve),
    #[command(about = say("导入单位", "Import institutions"))]
    #[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
    Import {
        #[command(subcommand)]
        command: ImportCommand,
    },
    #[command(about = say("由数据库重建检索索引", "Build the search index anew from the database"))]
    Reindex,
    #[command(about = say("账户：管理员、角色、遗失的两步验证", "Accounts: administrators, roles, lost second factors"))]
    #[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    #[command(about = say("历史记录", "The history of decisions and changes"))]
    #[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    #[command(about = say("签名的联合体检查报告", "Signed reports on consortia"))]
    #[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
    Report {
        #[command(subcommand)]
        command: ReportCommand,
    },
    #[command(about = say("打印 GraphQL 模式", "Print the GraphQL schema"))]
    Schema,
    #[command(hide = true)]
    Help { commands: Vec<OsString> },
}

/// `lianhe check`.
#[derive(Args, Debug)]
pub(crate) struct Check {
    #[arg(
        value_name = say("文件", "FILE"),
        help = say("联合体文件，YAML 或 JSON；- 表示标准输入", "File of a consortium, YAML or JSON; - is standard input")
    )]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) answer: Answer,
    #[arg(
        long,
        help = say(
            "另外对照指南之外的通用申报要求（不影响结论）",
            "Judge by the rules around the call as well (they do not change the verdict)"
        )
    )]
    pub(crate) common_rules: bool,
    #[arg(
        long,
        help = say(
            "列出全部条款，包括已满足的和须由人工判断的",
            "List every requirement, also those met and those for a person to judge"
        )
    )]
    pub(crate) all: bool,
}

/// `lianhe guide`.
#[derive(Debug, Subcommand)]
pub(crate) enum GuideCommand {
    #[command(about = say("列出全部指南方向", "List all directions"))]
    List {
        #[command(flatten)]
        form: Form,
    },
    #[command(about = say("显示一个方向及其全部要求", "Show a direction with all its requirements"))]
    Show {
        #[arg(
            value_name = say("方向", "DIRECTION"),
            help = say("方向的代号或编号，如 cn-nz 或 1.1", "Key or number of the direction, such as cn-nz or 1.1")
        )]
        direction: String,
        #[command(flatten)]
        form: Form,
    },
    #[command(about = say("检查一批指南的数据", "Check the data of a call"))]
    Validate {
        #[arg(
            value_name = say("文件夹", "DIR"),
            help = say("单个指南的文件夹，或含有多个指南的文件夹", "Folder of a call, or a folder of such folders")
        )]
        folder: PathBuf,
    },
    #[command(about = say("运行案例文件并报告差异", "Run files of cases and report every difference"))]
    Test {
        #[arg(
            required = true,
            value_name = say("案例文件", "CASES"),
            help = say(
                "案例文件（含 cases 列表），或带 expect 的联合体文件",
                "Files of cases (a `cases` list), or files of one consortium with `expect`"
            )
        )]
        files: Vec<PathBuf>,
    },
}

/// `lianhe profile`.
#[derive(Args, Debug)]
pub(crate) struct Profile {
    #[arg(
        value_name = say("文件", "FILE"),
        help = say("一个单位的情况，YAML 或 JSON；- 表示标准输入", "Facts of one institution, YAML or JSON; - is standard input")
    )]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// `lianhe serve` and `lianhe demo`.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[arg(
        long,
        value_name = say("地址:端口", "ADDR:PORT"),
        help = say("监听地址，优先于配置", "Address to listen on; outranks the configuration")
    )]
    pub(crate) listen: Option<String>,
}

/// `lianhe import`.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    #[command(about = say(
        "导入研究机构登记库（ROR）数据，模式 v2",
        "Import the Research Organization Registry (ROR), schema v2"
    ))]
    Ror {
        #[arg(
            value_name = say("文件", "FILE"),
            help = say(
                "发布的 .json 或 .zip，或每行一条的 .ndjson；均可为 .gz",
                "The released .json or .zip, or .ndjson with a record a line; each also as .gz"
            )
        )]
        file: PathBuf,
    },
    #[command(about = say("导入门户的单位表（CSV）", "Import a portal's table of institutions (CSV)"))]
    Csv {
        #[arg(
            value_name = say("文件", "FILE"),
            help = say("CSV 文件，首行为列名；列的说明见 docs/import.md", "CSV with a header; docs/import.md lists the columns")
        )]
        file: PathBuf,
        #[arg(
            long,
            default_value = "csv",
            hide_default_value = true,
            value_name = say("名称", "NAME"),
            help = say(
                "来源名称，再次导入时据此识别同一来源的记录（默认：csv）",
                "Name of the source, by which a later import knows its records again (default: csv)"
            )
        )]
        source: String,
    },
}

/// `lianhe admin`.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    #[command(about = say(
        "创建管理员；在终端中提示输入密码，否则读取标准输入的第一行",
        "Make an administrator; the password is asked for at a terminal, else it is the first line of standard input"
    ))]
    Create {
        #[arg(long, value_name = say("邮箱", "EMAIL"), help = say("邮箱，用于登录", "E-mail address, to sign in with"))]
        email: String,
        #[arg(
            long,
            value_name = say("姓名", "NAME"),
            help = say("姓名；邮件使用 --lang 的语言", "Name of the person; mails are in the language of --lang")
        )]
        name: String,
    },
    #[command(about = say("授予或撤销账户的全局角色", "Give an account a global role, or take it away"))]
    Role {
        #[arg(long, value_name = say("邮箱", "EMAIL"), help = say("账户的邮箱", "E-mail address of the account"))]
        email: String,
        #[arg(
            long,
            value_enum,
            hide_possible_values = true,
            value_name = say("角色", "ROLE"),
            help = say("moderator（审核员）、administrator（管理员）或 none（无）", "moderator, administrator or none")
        )]
        role: RoleName,
    },
    #[command(about = say("停用账户遗失的两步验证", "Switch off a second factor that an account has lost"))]
    ResetSecondFactor {
        #[arg(long, value_name = say("邮箱", "EMAIL"), help = say("账户的邮箱", "E-mail address of the account"))]
        email: String,
    },
}

/// A global role as the command line writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    Moderator,
    Administrator,
    None,
}

impl From<RoleName> for GlobalRole {
    fn from(role: RoleName) -> Self {
        match role {
            RoleName::Moderator => Self::Moderator,
            RoleName::Administrator => Self::Administrator,
            RoleName::None => Self::None,
        }
    }
}

/// `lianhe audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    #[command(about = say("核验历史记录是否完整、未被改动", "Verify that the history is whole and was not tampered with"))]
    Verify {
        #[arg(
            long,
            value_parser = hash,
            value_name = say("链尾", "HASH"),
            help = say("此前核验时打印的链尾，须仍在链中", "A head that was printed earlier; it has to be in the chain still")
        )]
        expect: Option<String>,
        #[command(flatten)]
        form: Form,
    },
}

/// `lianhe report`.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    #[command(about = say(
        "核验签名报告是否确由所公布的密钥签署、未被改动且未过期",
        "Verify that a report was signed with a published key, is as it was signed, and has not expired"
    ))]
    Verify {
        #[arg(
            value_name = say("文件", "FILE"),
            help = say(
                "报告文件：紧凑格式的 JWS，或含有 jws 的 JSON；- 表示标准输入",
                "File of a report: a compact JWS, or JSON with it as `jws`; - is standard input"
            )
        )]
        file: PathBuf,
        #[arg(
            long,
            value_name = say("密钥文件", "JWKS"),
            help = say(
                "公布的密钥（JSON Web Key Set，即 /.well-known/report-keys.json 的内容）；不给出时使用数据库中的密钥",
                "The published keys, a JSON Web Key Set as /.well-known/report-keys.json gives it; without it, those of the database"
            )
        )]
        keys: Option<PathBuf>,
        #[command(flatten)]
        form: Form,
    },
}

/// Why there is nothing to run.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Help or version was asked for: print this.
    Say(String),
    /// The command line is wrong.
    Wrong(Localized),
    /// No command was given: this help says which there are.
    Help(String),
}

/// Reads the command line.
pub(crate) fn parse(arguments: &[OsString], lang: Lang) -> Result<Cli, Stop> {
    let cli = matches(arguments, lang)?;
    match cli.command {
        Command::Help { commands } => {
            let program = arguments.first().cloned();
            let asked: Vec<OsString> = program.into_iter().chain(commands).chain([OsString::from("--help")]).collect();
            matches(&asked, lang)
        }
        _ => Ok(cli),
    }
}

fn matches(arguments: &[OsString], lang: Lang) -> Result<Cli, Stop> {
    let matches = command(lang).try_get_matches_from(arguments);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Stop::Say(rendered(&error)),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Stop::Help(rendered(&error)),
        _ => Stop::Wrong(complaint(&error)),
    })
}

fn rendered(error: &clap::Error) -> String {
    let text = error.render().ansi().to_string();
    text.replace("[OPTIONS]", say("[选项]", "[OPTIONS]"))
}

/// The command with clap's own words put into the language of the process.
fn command(lang: Lang) -> clap::Command {
    let command = Cli::command();
    translate(command, lang)
}

fn translate(mut command: clap::Command, lang: Lang) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |below| translate(below, lang));
    }
    let has_version = command.get_version().is_some();
    command = command.disable_help_flag(true).disable_version_flag(true).arg(
        clap::Arg::new("help").short('h').long("help").action(ArgAction::Help).help(say("显示帮助", "Print help")),
    );
    if has_version {
        let version = clap::Arg::new("version").short('V').long("version").action(ArgAction::Version);
        command = command.arg(version.help(say("显示版本", "Print version")));
    }
    if lang == Lang::En {
        return command;
    }
    command = command.mut_args(|argument| {
        let heading = if argument.is_positional() { "参数" } else { "选项" };
        argument.help_heading(heading)
    });
    let template = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";
    command.subcommand_help_heading("命令").subcommand_value_name("命令").help_template(template)
}

fn day(text: &str) -> Result<Date, String> {
    parse_day(text).ok_or_else(|| {
        say("应为日历上存在的日期，如 2023-06-05", "expected a day of the calendar such as 2023-06-05").to_owned()
    })
}

fn hash(text: &str) -> Result<String, String> {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash
        .then(|| text.to_owned())
        .ok_or_else(|| say("应为 64 位十六进制数字", "expected 64 hexadecimal digits").to_owned())
}

/// What is wrong with a command line, and what would be right.
fn complaint(error: &clap::Error) -> Localized {
    let context = |kind| error.get(kind).map(words).unwrap_or_default();
    let mut argument = context(ContextKind::InvalidArg).join(" ");
    let value = context(ContextKind::InvalidValue).join(" ");
    let mut message = match error.kind() {
        ErrorKind::UnknownArgument => {
            Localized::new(format!("没有选项或参数 `{argument}`"), format!("unexpected argument `{argument}`"))
        }
        ErrorKind::InvalidSubcommand => {
            argument = context(ContextKind::InvalidSubcommand).join(" ");
            let name = &argument;
            Localized::new(format!("没有命令 `{name}`"), format!("no such command `{name}`"))
        }
        ErrorKind::MissingRequiredArgument => {
            Localized::new(format!("缺少 {argument}"), format!("{argument} is missing"))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            Localized::new(format!("`{argument}` 缺少值"), format!("`{argument}` needs a value"))
        }
        ErrorKind::InvalidValue => Localized::new(
            format!("`{argument}` 不能是 `{value}`"),
            format!("`{value}` is not allowed for `{argument}`"),
        ),
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            Localized::new(
                format!("`{argument}` 的值 `{value}` 有误：{reason}"),
                format!("wrong value `{value}` for `{argument}`: {reason}"),
            )
        }
        ErrorKind::ArgumentConflict => Localized::new(
            format!("`{argument}` 重复，或不能与其他选项同用"),
            format!("`{argument}` is given twice, or cannot be used with the others"),
        ),
        ErrorKind::InvalidUtf8 => Localized::new("参数不是合法的 UTF-8", "an argument is not valid UTF-8"),
        _ => Localized::same(error.to_string().trim_start_matches("error: ").trim_end()),
    };
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let near: Vec<String> = near.into_iter().flat_map(context).collect();
    let meant = nearest(&argument, near.iter().map(String::as_str)).or(near.last().map(String::as_str));
    if let Some(near) = meant {
        message.zh.push_str(&format!("；是否想写 `{near}`？"));
        message.en.push_str(&format!("; did you mean `{near}`?"));
    }
    let allowed: Vec<String> =
        context(ContextKind::ValidValue).into_iter().chain(context(ContextKind::ValidSubcommand)).collect();
    if !allowed.is_empty() {
        let list = |separator| allowed.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(separator);
        message.zh.push_str(&format!("（可用：{}）", list("、")));
        message.en.push_str(&format!(" (allowed: {})", list(", ")));
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.trim().trim_start_matches("Usage:").trim();
        message.zh.push_str(&format!("\n用法：{}", usage.replace("[OPTIONS]", "[选项]")));
        message.en.push_str(&format!("\nUsage: {usage}"));
    }
    message
}

fn words(value: &ContextValue) -> Vec<String> {
    match value {
        ContextValue::String(word) => vec![word.clone()],
        ContextValue::Strings(words) => words.clone(),
        ContextValue::StyledStr(word) => vec![word.to_string()],
        ContextValue::StyledStrs(words) => words.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command(Lang::Zh).debug_assert();
        command(Lang::En).debug_assert();
    }

    #[test]
    fn every_argument_and_command_has_help() {
        fn walk(command: &clap::Command) {
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
                assert!(below.get_about().is_some(), "{}", below.get_name());
                walk(below);
            }
        }
        walk(&command(Lang::En));
    }
}
