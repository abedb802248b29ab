//! `lianhe demo`: well-known institutions, served from a temporary database.

use eligibility::{Lang, Localized};
use service::registry;

use crate::cli::{Common, Serve};
use crate::commands::{Answered, serve};
use crate::failure::Failure;
use crate::render::words::said;
use crate::store::{self, Store};

/// Well-known institutions, written by hand.
const INSTITUTIONS: &str = include_str!("../../demo/institutions.csv");

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

/// Serves the institutions until it is told to stop; nothing is kept.
pub(super) fn run(asked: Serve, common: Common, lang: Lang) -> Answered {
    let mut configuration = store::configuration(&common, asked.listen)?;
    let folder = tempfile::tempdir().map_err(|error| {
        Failure::internal(Localized::new(
            format!("无法建立临时文件夹：{error}"),
            format!("no temporary folder can be made: {error}"),
        ))
    })?;
    configuration.database = format!("sqlite://{}", folder.path().join("demo.db").display());
    configuration.data = folder.path().to_owned();
    serve::start_log(configuration.log);
    let store = Store::open(&configuration)?;
    let directory = &store.directory;
    let records = registry::csv_text(INSTITUTIONS, directory.library(), directory.taxonomy());
    let report = store.wait(directory.import("demo", records, |_| {}))?;
    let added = report.added;
    let about = match lang {
        Lang::Zh => format!("已在临时数据库中载入 {added} 家机构，停止后自动删除。请用浏览器打开 "),
        Lang::En => {
            format!("{added} institutions in a temporary database that goes when it stops. In a browser, open ")
        }
    };
    serve::serve(configuration, &store, lang, |address| {
        let mut greeting = format!("{about}{address}/explorer\n\n");
        for (zh, en, query) in QUERIES {
            // It finds the same in either language.
            let query = query.replace("太阳能", said(lang, "太阳能", "solar energy"));
            greeting.push_str(&format!("# {}\n{query}\n\n", said(lang, zh, en)));
        }
        greeting
    })
}
