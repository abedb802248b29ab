//! How the history stands, for people and for programs.

use eligibility::{Lang, Localized};
use serde::Serialize;
use service::audit::{ChainFault, Verification};

use crate::failure::Failure;
use crate::render::json::{Texts, pretty};
use crate::render::words::counted;

/// One line for the chain, and one for a hash that it should hold and does not.
pub(crate) fn text(verification: &Verification, is_there: Option<bool>, lang: Lang) -> String {
    let mut text = match verification {
        Verification::Whole { records, head } => {
            let records = usize::try_from(*records).unwrap_or_default();
            let counted = counted(lang, records, "条记录", "record", "records");
            match lang {
                Lang::Zh => format!("{counted}，链尾 {head}\n"),
                Lang::En => format!("{counted}, head {head}\n"),
            }
        }
        Verification::Broken { sequence, fault } => format!("{}\n", message(*sequence, *fault).text(lang)),
    };
    if is_there == Some(false) {
        text.push_str(missing().text(lang));
        text.push('\n');
    }
    text
}

fn message(sequence: i64, fault: ChainFault) -> Localized {
    match fault {
        ChainFault::Changed => Localized::new(
            format!("历史记录已被改动：第 {sequence} 条与写入时不符"),
            format!("the history was tampered with: record {sequence} is not as it was written"),
        ),
        ChainFault::Unlinked => Localized::new(
            format!("历史记录已被改动：第 {sequence} 条与前一条不衔接，有记录被删除、插入或替换"),
            format!(
                "the history was tampered with: record {sequence} does not follow the one before; records were taken out, put in \
                 or replaced"
            ),
        ),
        ChainFault::Cut => Localized::new(
            format!("历史记录已被改动：自第 {sequence} 条起与链尾不符，末尾有记录被删除或添加"),
            format!(
                "the history was tampered with: from record {sequence} on it does not agree with its head; records were cut off or \
                 added at the end"
            ),
        ),
    }
}

fn missing() -> Localized {
    Localized::new(
        "链中没有所给的链尾：历史记录在其之前已被重写，或不是同一数据库",
        "the head that was expected is not in the chain: what came before it was written anew, or it is another database",
    )
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    whole: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<&'a str>,
    /// The first record that is not what it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Texts>,
    /// Whether the head that was expected is in the chain; absent when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_is_there: Option<bool>,
}

/// How the chain stands, for programs.
pub(crate) fn json(verification: &Verification, is_there: Option<bool>) -> Result<String, Failure> {
    let expected_is_there = is_there;
    pretty(&match verification {
        Verification::Whole { records, head } => Answer {
            whole: true,
            records: Some(*records),
            head: Some(head),
            record: None,
            fault: None,
            message: None,
            expected_is_there,
        },
        Verification::Broken { sequence, fault } => Answer {
            whole: false,
            records: None,
            head: None,
            record: Some(*sequence),
            fault: Some(match fault {
                ChainFault::Changed => "CHANGED",
                ChainFault::Unlinked => "UNLINKED",
                ChainFault::Cut => "CUT",
            }),
            message: Some(message(*sequence, *fault).into()),
            expected_is_there,
        },
    })
}
