//! What verifying a signed report gives, for people and for programs.

use eligibility::date::timestamp;
use eligibility::{Lang, Localized};
use serde::Serialize;
use service::reports::{Said, Sealed, Statement};

use crate::failure::Failure;
use crate::render::json::{Texts, pretty};
use crate::render::page::visible;
use crate::render::words::said;

/// Whether the report holds, and who signed what about whom, when, with which verdict.
pub(crate) fn text(sealed: &Sealed, lang: Lang) -> String {
    let mut text = match sealed.refused {
        None => said(
            lang,
            "报告有效：签名相符，未被改动，在有效期内\n",
            "the report is valid: truly signed, unaltered, in its time\n",
        )
        .to_owned(),
        Some(refused) => match lang {
            Lang::Zh => format!("报告无效：{}\n", refused.text().zh),
            Lang::En => format!("the report is not valid: {}\n", refused.text().en),
        },
    };
    if let Some(key) = &sealed.key {
        text.push_str(&line(lang, "密钥", "key", key));
    }
    if let Some(statement) = &sealed.statement {
        text.push_str(&lines(statement, lang));
    }
    text
}

fn line(lang: Lang, zh: &str, en: &str, value: &str) -> String {
    match lang {
        Lang::Zh => format!("{zh}：{}\n", visible(value)),
        Lang::En => format!("{en}: {}\n", visible(value)),
    }
}

fn lines(statement: &Statement, lang: Lang) -> String {
    let moment = |seconds: i64| timestamp(seconds.saturating_mul(1_000));
    let name = |said: &Said| Localized::from(said).text(lang).to_owned();
    let of = &statement.consortium;
    let verdict = match statement.verdict.as_str() {
        "ELIGIBLE" => said(lang, "符合申报要求", "ELIGIBLE"),
        "INELIGIBLE" => said(lang, "不符合申报要求", "INELIGIBLE"),
        _ => said(lang, "尚不能判定", "UNDETERMINED"),
    };
    let version = match lang {
        Lang::Zh => format!("{}，第 {} 版", of.name, of.version),
        Lang::En => format!("{}, version {}", of.name, of.version),
    };
    let members: Vec<String> = of.members.iter().map(|member| name(&member.name)).collect();
    let direction = format!("{} {}", statement.direction.number, name(&statement.direction.title));
    let guide = format!("{} ({})", statement.guide.id, statement.guide.version);
    let mut text = line(lang, "签署方", "signed by", &statement.iss);
    text.push_str(&line(lang, "报告编号", "report", &statement.jti.to_string()));
    text.push_str(&line(lang, "签署时间", "signed", &moment(statement.iat)));
    text.push_str(&line(lang, "有效期至", "counts until", &moment(statement.exp)));
    text.push_str(&line(lang, "联合体", "consortium", &version));
    text.push_str(&line(lang, "成员单位", "members", &members.join(said(lang, "、", "; "))));
    text.push_str(&line(lang, "指南（数据版本）", "call (version of its data)", &guide));
    text.push_str(&line(lang, "方向", "direction", &direction));
    text.push_str(&line(lang, "检查日期", "judged for", &statement.as_of.to_string()));
    text.push_str(&line(lang, "事实摘要", "digest of the facts", &statement.facts_digest));
    text.push_str(&line(lang, "结论", "verdict", verdict));
    text
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Texts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    /// What it says; absent unless its signature is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a Statement>,
}

/// The same for programs.
pub(crate) fn json(sealed: &Sealed) -> Result<String, Failure> {
    pretty(&Answer {
        valid: sealed.refused.is_none(),
        reason: sealed.refused.map(reason),
        message: sealed.refused.map(|refused| refused.text().into()),
        key: sealed.key.as_deref(),
        report: sealed.statement.as_ref(),
    })
}

fn reason(refused: service::reports::Refused) -> &'static str {
    refused.as_str()
}
