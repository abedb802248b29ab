//! The first page: what the service is, for those who will use it.

use eligibility::facts::thousands;
use eligibility::guide::{Bound, Guide, Quota};
use eligibility::{Direction, Lang, Library};

use super::examples::{self, Example};
use super::html::{escape, fill};
use super::language::{self, said};

const ZH: &str = include_str!("../../assets/home.zh.html");
const EN: &str = include_str!("../../assets/home.en.html");

/// The page in one language.
pub(super) fn render(library: &Library, lang: Lang) -> String {
    let mut guides: Vec<&Guide> = library.guides.iter().map(AsRef::as_ref).collect();
    guides.sort_by(|a, b| b.as_of.cmp(&a.as_of).then_with(|| a.id.cmp(&b.id)));
    let calls: String = guides.into_iter().map(|guide| call(guide, lang)).collect();
    let shown: String = examples::SHOWN.iter().map(|example| card(example, lang)).collect();
    let template = match lang {
        Lang::Zh => ZH,
        Lang::En => EN,
    };
    fill(template, &[("calls", &calls), ("examples", &shown)])
}

fn call(guide: &Guide, lang: Lang) -> String {
    let rows: String = guide.directions.iter().map(|direction| row(guide, direction, lang)).collect();
    let count = guide.directions.len();
    let about = match (lang, count) {
        (Lang::Zh, _) => format!("{count} 个方向"),
        (Lang::En, 1) => "1 direction".to_owned(),
        (Lang::En, _) => format!("{count} directions"),
    };
    let notice = guide.notice.as_deref().map(|notice| format!(" · <span lang=\"zh-Hans\">{}</span>", escape(notice)));
    format!(
        "<section class=\"call\"><h3>{title}</h3><p class=\"note\">{about}{notice}</p><ul class=\"directions\">{rows}</ul>\
         </section>\n",
        title = escape(guide.title.text(lang)),
        notice = notice.unwrap_or_default(),
    )
}

fn row(guide: &Guide, direction: &Direction, lang: Lang) -> String {
    let variables = serde_json::json!({ "key": direction.id, "guide": guide.id }).to_string();
    let address = examples::address(&examples::DIRECTION, language::parameter(lang), Some(&variables));
    let requirements = direction.requirements.len();
    let facts = match lang {
        Lang::Zh => format!(
            "{requirements} 条要求 · 支持{}项 · 国拨经费 {}",
            projects(lang, &direction.quota),
            money(lang, direction.budget_cny)
        ),
        Lang::En => format!(
            "{requirements} requirements ·{}projects · {}",
            projects(lang, &direction.quota),
            money(lang, direction.budget_cny)
        ),
    };
    format!(
        "<li><a href=\"{address}\"><span class=\"number\">{number}</span><span class=\"title\">{title}</span>\
         <span class=\"facts\">{facts}</span></a></li>",
        address = escape(&address),
        number = escape(&direction.prefix),
        title = escape(direction.title.text(lang)),
    )
}

/// The number with the spaces that each language sets around it.
fn projects(lang: Lang, quota: &Quota) -> String {
    match quota.bound {
        Bound::Exact => format!(" {} ", quota.projects),
        Bound::About => format!("{} {} ", said(lang, "约", " about"), quota.projects),
        Bound::AtMost => format!("{} {} ", said(lang, "不超过", " up to"), quota.projects),
    }
}

fn money(lang: Lang, cny: i64) -> String {
    match lang {
        Lang::Zh if cny % 10_000 == 0 => format!("{} 万元", thousands(cny / 10_000)),
        Lang::Zh => format!("{} 元", thousands(cny)),
        Lang::En => format!("CNY {}", thousands(cny)),
    }
}

fn card(example: &Example, lang: Lang) -> String {
    let (title, about) = (example.title(), example.about());
    format!(
        "<article class=\"card\"><h3>{title}</h3><p>{about}</p><details><summary>{see}</summary>\
         <pre tabindex=\"0\"><code>{query}</code></pre></details>\
         <p class=\"act\"><a class=\"button\" href=\"{address}\">{open}<span class=\"unseen\">{colon}{title}</span></a></p>\
         </article>\n",
        title = escape(title.text(lang)),
        about = escape(about.text(lang)),
        see = said(lang, "看查询语句", "See the query"),
        query = escape(example.query.trim_end()),
        address = escape(&examples::address(example, language::parameter(lang), None)),
        open = said(lang, "在查询器中打开", "Open in the explorer"),
        colon = said(lang, "：", ": "),
    )
}
