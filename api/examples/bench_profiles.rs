//! Measures `profiles` in this process, without HTTP: words, two filters, facets, and 20 hits with their names.
//!
//! Import the records first, then: `cargo run --release --package api --example bench_profiles -- DATA_FOLDER [ROUNDS]`
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that cannot go on ends")]

mod calls;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::{InProcess, Limits};
use calls::calls;
use service::{Directory, Options, Platform, Settings};

const QUERY: &str = "query Q($q: String!, $c: [CountryCode!], $k: [RegistryType!]) { profiles(query: $q, filter: { countries: $c, \
     registryTypes: $k }, first: 20) { totalCount edges { cursor node { rorId name { zh en } registeredOn registryTypes \
     names { value lang } } } facets { countries { count } kinds { kind count } registryTypes { registryType count } \
     fields { count } roles { eligible undetermined } } } }";

/// Words, country, type: the most frequent ones are the dearest.
const MIX: [(&str, &str, &str); 40] = [
    ("university", "US", "EDUCATION"),
    ("university", "JP", "EDUCATION"),
    ("institute", "DE", "FACILITY"),
    ("research", "FR", "FACILITY"),
    ("hospital", "GB", "HEALTHCARE"),
    ("national", "IN", "FACILITY"),
    ("center", "US", "NONPROFIT"),
    ("foundation", "US", "FUNDER"),
    ("college", "IN", "EDUCATION"),
    ("technology", "CN", "EDUCATION"),
    ("health", "CA", "GOVERNMENT"),
    ("society", "GB", "NONPROFIT"),
    ("university", "CN", "EDUCATION"),
    ("ltd", "JP", "COMPANY"),
    ("medical center", "US", "HEALTHCARE"),
    ("institute of technology", "IN", "EDUCATION"),
    ("science", "KR", "FACILITY"),
    ("museum", "FR", "ARCHIVE"),
    ("agricultural", "JP", "FACILITY"),
    ("national laboratory", "US", "FACILITY"),
    ("大学", "CN", "EDUCATION"),
    ("研究所", "JP", "FACILITY"),
    ("中国科学院", "CN", "FACILITY"),
    ("大學", "TW", "EDUCATION"),
    ("医院", "CN", "HEALTHCARE"),
    ("再生医学", "JP", "FACILITY"),
    ("太阳能", "CN", "FACILITY"),
    ("qinghua daxue", "CN", "EDUCATION"),
    ("zhejiang", "CN", "EDUCATION"),
    ("univeristy", "GB", "EDUCATION"),
    ("Tsingua University", "CN", "EDUCATION"),
    ("solar energy", "DE", "FACILITY"),
    ("regenerative medicine", "US", "FACILITY"),
    ("HKUST", "HK", "EDUCATION"),
    ("Universite de Lyon", "FR", "EDUCATION"),
    ("university of science and technology", "KR", "EDUCATION"),
    ("marine biology", "US", "FACILITY"),
    ("department of agriculture", "US", "GOVERNMENT"),
    ("institute of the chinese academy of sciences", "CN", "FACILITY"),
    ("national university of medicine and health research center", "JP", "EDUCATION"),
];

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let data = PathBuf::from(arguments.next().expect("the data folder"));
    let rounds: usize = arguments.next().map_or(50, |rounds| rounds.parse().expect("a number"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let begun = Instant::now();
    let (library, taxonomy) = calls();
    let options = Options {
        database: format!("sqlite://{}", data.join("lianhe.db").display()),
        index: Some(data.join("index")),
        library,
        taxonomy,
    };
    let directory = runtime.block_on(Directory::open(options)).expect("the directory opens");
    let directory = Arc::new(directory);
    runtime.block_on(directory.catch_up()).expect("the index is there");
    let platform = Platform::open(Arc::clone(&directory), Settings::below(data));
    let platform = runtime.block_on(platform).expect("a platform");
    let answers = InProcess::new(Arc::new(platform), Limits::default());
    let ask = |body: &str| runtime.block_on(answers.answer(body.as_bytes()));
    let bodies: Vec<String> = MIX
        .iter()
        .map(|(q, c, k)| serde_json::json!({ "query": QUERY, "variables": { "q": q, "c": [c], "k": [k] } }).to_string())
        .collect();
    let first = ask(bodies.first().expect("a question"));
    println!("{} profiles, opened and first answered in {:?}", directory.snapshot().len(), begun.elapsed());
    assert!(!String::from_utf8_lossy(&first).contains("\"errors\""), "{}", String::from_utf8_lossy(&first));
    let mut all = Vec::new();
    let mut slowest: Vec<(Duration, usize)> = Vec::new();
    for (place, body) in bodies.iter().enumerate() {
        let mut times: Vec<Duration> = (0..rounds)
            .map(|_| {
                let begun = Instant::now();
                ask(body);
                begun.elapsed()
            })
            .collect();
        times.sort();
        slowest.push((*times.get(rounds / 2).expect("a time"), place));
        all.extend(times);
    }
    all.sort();
    let at = |share: f64| {
        let count = u32::try_from(all.len()).expect("few");
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the list"
        )]
        let place = (f64::from(count - 1) * share) as usize;
        all.get(place).copied().unwrap_or_default()
    };
    println!("p50 {:?}  p90 {:?}  p99 {:?}  max {:?}  ({} questions)", at(0.5), at(0.9), at(0.99), at(1.0), all.len());
    slowest.sort_by_key(|(median, _)| std::cmp::Reverse(*median));
    for (median, place) in slowest.iter().take(5) {
        println!("  median {median:?}: {:?}", MIX.get(*place));
    }
}
