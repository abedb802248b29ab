//! `lianhe demo`: well-known institutions, people who look after them and cases to be reviewed, served from a temporary database.

mod cast;
mod document;

use std::fmt::Write as _;
use std::path::Path;

use eligibility::{Lang, Localized};
use service::{Settings, registry};

use self::cast::Person;
use crate::cli::{Common, Serve};
use crate::commands::{Answered, serve};
use crate::failure::Failure;
use crate::render::words::said;
use crate::store::{self, Store};

/// Well-known institutions, written by hand.
const INSTITUTIONS: &str = include_str!("../../../demo/institutions.csv");

/// Three questions worth asking, each with what it shows.
const QUERIES: [(&str, &str, &str); 3] = [
    (
        "越南、泰国从事太阳能研究、可参加中国—东盟项目的单位",
        "who works on solar energy in Vietnam or Thailand and could join a China–ASEAN project",
        "{ profiles(query: \"太阳能\", filter: { countries: [\"VN\", \"TH\"], couldTake: [{ direction: \"2.2\", role: PARTNER }] }) { \
         totalCount nodes { name { zh en } country { name { zh en } } rorId } } }",
    ),
    (
        "清华大学可承担哪些方向的哪些角色，还缺哪些事实",
        "which roles Tsinghua University could take in which directions, and which facts would decide",
        "{ profile(creditCode: \"12100000400000624D\") { name { zh en } directions(verdicts: [ELIGIBLE, UNDETERMINED]) { \
         direction { number title { zh en } } role verdict missingFacts { name label { zh en } } } } }",
    ),
    (
        "内地与香港项目的香港合作机构，按与该方向的契合程度排列",
        "Hong Kong partners for the Mainland–Hong Kong direction, ranked",
        "{ partnersFor(direction: \"mainland-hk\", role: PARTNER, first: 5) { totalCount edges { verdict node { name { zh en } } \
         score { total } } facets { kinds { kind count } } } }",
    ),
];

/// How somebody signs in.
const SIGN_IN: &str = "mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } \
                       userErrors { code message { zh en } } } }";

/// What people ask once they have signed in, each with what it shows.
const OWN: [(&str, &str, &str); 3] = [
    (
        "单位：自己的资料和收件箱",
        "as the institution: its own profile and inbox",
        "{ inbox { unreadCount nodes { text { zh en } message createdAt } } myProfiles { status revision content { name { zh en } } \
         verifications { fact { name } verifiedAt } evidence { name downloadUrl } } }",
    ),
    (
        "单位：筹建中的联合体，还缺哪样的成员，有哪些候选单位",
        "as the institution, its consortium: the verdict, who is missing, who could fill the place",
        "{ consortium(id: \"CONSORTIUM\") { name members { name { zh en } side } report { report { verdict } } } \
         openSlots(consortium: \"CONSORTIUM\", first: 5) { requirement { key } text { zh en } candidatesTotal \
         candidates { profile { name { zh en } } why { zh en } } } }",
    ),
    (
        "审核员：审核队列，以及各份资料的改动、自动检查结果和疑似重复的单位",
        "as the moderator: the review queue, what has changed, what checks found, likely duplicates",
        "{ reviewQueue { totalCount nodes { id kind priority name { zh en } statement evidence { name downloadUrl } newestRevision \
         profile { differences { part before after } checks { severity message { zh en } } duplicates { name { zh en } } } } } }",
    ),
];

/// Serves the institutions until it is told to stop; nothing is kept.
pub(super) fn run(asked: Serve, common: Common, lang: Lang) -> Answered {
    if common.data.is_some() || common.database.is_some() {
        return Err(Failure::usage(Localized::new(
            "demo 只使用临时文件夹，不读写 --data 或 --database；要使用自己的数据，请运行 `lianhe serve`",
            "the demo keeps what it has in a temporary folder, not in --data or --database; `lianhe serve` serves your own data",
        )));
    }
    let mut configuration = store::configuration(&common, asked.listen)?;
    let folder = tempfile::tempdir().map_err(|error| {
        Failure::internal(Localized::new(
            format!("无法建立临时文件夹：{error}"),
            format!("no temporary folder can be made: {error}"),
        ))
    })?;
    configuration.database = format!("sqlite://{}", folder.path().join("demo.db").display());
    configuration.data = folder.path().to_owned();
    // Mails of the demo are for nobody: some of its addresses are real ones.
    let Settings { mail, evidence, .. } = Settings::below(folder.path().to_owned());
    let mails = mail.folder.clone();
    (configuration.people.mail, configuration.people.evidence) = (mail, evidence);
    serve::start_log(configuration.log);
    let port = serve::take_port(&mut configuration)?;
    let store = Store::open(&configuration)?;
    let platform = store.platform(&configuration)?;
    let directory = &store.directory;
    let records = registry::csv_text(INSTITUTIONS, directory.library(), directory.taxonomy());
    let report = store.wait(directory.import("demo", records, |_| {}))?;
    store.wait(directory.catch_up())?;
    let (people, consortium) = store.settle(cast::assemble(&platform, lang))?;
    let consortium = api::consortium_id(consortium);
    serve::serve(configuration.server, port, &store, platform, lang, |address| {
        greeting(address, report.added, &people, &consortium, &mails, lang)
    })
}

/// What there is to try, and how.
fn greeting(address: &str, added: u64, people: &[Person], consortium: &str, mails: &Path, lang: Lang) -> String {
    let mut text = match lang {
        Lang::Zh => {
            format!("已在临时数据库中载入 {added} 家机构，停止后自动删除。请用浏览器打开 {address}/explorer\n\n")
        }
        Lang::En => format!(
            "{added} institutions in a temporary database that goes when it stops. In a browser, open {address}/explorer\n\n"
        ),
    };
    for (zh, en, query) in QUERIES {
        // It finds the same in either language.
        let query = query.replace("太阳能", said(lang, "太阳能", "solar energy"));
        let _ = write!(text, "# {}\n{query}\n\n", said(lang, zh, en));
    }
    text.push_str(said(
        lang,
        "# 账户；密码和密钥每次启动随机生成\n",
        "# accounts; passwords and secrets are new at every start\n",
    ));
    for Person { part, email, password, second_factor } in people {
        let _ = writeln!(text, "{}{}{email}  {password}", part.text(lang), said(lang, "：", ": "));
        let Some(factor) = second_factor else { continue };
        let (code, secret) = (factor.code(), &factor.secret);
        text.push_str(&match lang {
            Lang::Zh => format!("    验证码 {code}（一分钟内有效）；之后用验证应用或 oathtool --totp -b {secret}\n"),
            Lang::En => {
                format!(
                    "    code {code} (for a minute); later by an authenticator app or oathtool --totp -b {secret}\n"
                )
            }
        });
    }
    text.push_str(said(
        lang,
        "\n# 登录\n1. 运行此变更，并填入变量（审核员和管理员另加 \"code\": \"验证码\"）：\n",
        "\n# to sign in\n1. run this mutation with its variables (moderator and administrator add \"code\": \"…\"):\n",
    ));
    let variables = people.first().map(|Person { email, password, .. }| {
        format!("{{\"input\": {{\"email\": \"{email}\", \"password\": \"{password}\"}}}}")
    });
    let _ = writeln!(text, "   {SIGN_IN}\n   {}", variables.unwrap_or_default());
    text.push_str(said(
        lang,
        "2. 将所得的 accessToken 填入页面上方的“访问令牌”（程序以 Authorization: Bearer 发送）。\n3. 查看：\n",
        "2. put its accessToken into “Access token” at the top of the page (programs send it as Authorization: Bearer)\n3. look:\n",
    ));
    for (zh, en, query) in OWN {
        let query = query.replace("CONSORTIUM", consortium);
        let _ = writeln!(text, "   # {}\n   {query}", said(lang, zh, en));
    }
    let _ = writeln!(text, "\n{}{}\n", said(lang, "# 邮件写入 ", "# mails are written to "), mails.display());
    text
}
