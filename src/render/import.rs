//! What an import did, for people.

use eligibility::Lang;
use service::ImportReport;

use crate::render::page::visible;
use crate::render::words::said;

/// The report: counts, then the first of what could not be used.
pub(crate) fn text(file: &str, database: &str, report: &ImportReport, lang: Lang) -> String {
    // Every count is named, so that a new one is not left out.
    let ImportReport {
        read,
        added,
        updated,
        unchanged,
        archived,
        inactive,
        withdrawn,
        outdated,
        refused,
        values_skipped,
        faults,
        elapsed,
    } = report;
    let mut text = match lang {
        Lang::Zh => format!("已将 {} 导入 {}\n", visible(file), visible(database)),
        Lang::En => format!("imported {} into {}\n", visible(file), visible(database)),
    };
    let counts = [
        (*read, "读取记录", "records read"),
        (*added, "新增单位", "profiles added"),
        (*updated, "更新单位", "profiles updated"),
        (*unchanged, "没有变化", "unchanged"),
        (*archived, "登记库已停用，不再列出", "no longer kept up, taken off the list"),
        (*inactive, "登记库已停用，未列出", "inactive, not listed"),
        (*withdrawn, "登记库已撤回，未列出", "withdrawn, not listed"),
        (*outdated, "早于已导入的版本，未采用", "older than what was imported before, not used"),
        (*refused, "无法使用的记录", "records that could not be used"),
        (
            *values_skipped,
            "无法使用的个别内容（其余内容已导入）",
            "single values that could not be used (the rest was imported)",
        ),
    ];
    for (place, (count, zh, en)) in counts.into_iter().enumerate() {
        if count > 0 || place < 2 {
            text.push_str(&format!("{count:>10}  {}\n", said(lang, zh, en)));
        }
    }
    let seconds = elapsed.as_secs_f64();
    text.push_str(&match lang {
        Lang::Zh => format!("用时 {seconds:.1} 秒\n"),
        Lang::En => format!("in {seconds:.1} s\n"),
    });
    for fault in faults {
        let place = [
            Some(match lang {
                Lang::Zh => format!("第 {} 行", fault.line),
                Lang::En => format!("line {}", fault.line),
            }),
            fault.part.clone(),
            fault.key.clone(),
        ];
        let place: Vec<String> = place.into_iter().flatten().collect();
        let place = place.join(said(lang, "，", ", "));
        let colon = said(lang, "：", ": ");
        text.push_str(&format!("{}{colon}{}\n", visible(&place), visible(fault.message.text(lang))));
    }
    let shown = u64::try_from(faults.len()).unwrap_or_default();
    let left_out = (refused + values_skipped).saturating_sub(shown);
    if left_out > 0 {
        text.push_str(&match lang {
            Lang::Zh => format!("……另有 {left_out} 处未列出\n"),
            Lang::En => format!("… and {left_out} more\n"),
        });
    }
    text
}
