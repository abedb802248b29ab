//! Measures indexing and searching on the records of the Research Organization Registry.
//!
//! `cargo run --release -p search --example bench_search -- 1 28` measures 1 and 28 copies (about 36,000 and 1,000,000
//! profiles; the names of the copies differ). The records are `LIANHE_ROR`, gunzipped lines of schema v2.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a tool for developers"
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eligibility::place::{Country, Place};
use eligibility::{Library, Role, SourceFile, yaml};
use profile::{
    Assurance, Attested, ConceptId, Identifier, Link, Name, NameKind, Profile, ProfileId, RegistryType, Relation,
    RolePossibility, Scheme, Standing, Stated, Taxonomy,
};
use search::{Document, Filter, Index, Lexicon, RankRequest, Request};
use serde_json::Value;

const QUERIES: [&str; 40] = [
    "university",
    "institute",
    "research center",
    "hospital",
    "Tsinghua University",
    "清华大学",
    "大学",
    "中国科学院",
    "北京 大学",
    "qinghua",
    "qing hua da xue",
    "上海交通大学",
    "MIT",
    "CNRS",
    "Max-Planck",
    "university of california",
    "universty",
    "tsinghau university",
    "東京大学",
    "国立大学",
    "regenerative medicine",
    "再生医学",
    "solar energy",
    "materials science institute",
    "université",
    "Universität München",
    "Vietnam",
    "越南",
    "agricultural university",
    "农业大学",
    "National Institute of Technology",
    "xiamen",
    "chongqing",
    "polytechnic",
    "laboratory of physics",
    "zzzz qqqq university",
    "센터",
    "государственный университет",
    "of the",
    "department of chemistry university of oxford",
];

fn main() {
    if let Some(folder) = std::env::var_os("BENCH_OPEN") {
        return reopen(Path::new(&folder));
    }
    let copies: Vec<usize> = std::env::args().skip(1).map(|text| text.parse().expect("a number of copies")).collect();
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ror-v2-records.ndjson.gz");
    let path = std::env::var_os("LIANHE_ROR").map_or(default, PathBuf::from);
    if !path.exists() {
        println!("no records at {}: set LIANHE_ROR", path.display());
        return;
    }
    let library = Arc::new(library());
    let lexicon = Arc::new(Lexicon::new(Arc::clone(&library), Arc::new(taxonomy())));
    let profiles: Vec<Profile> = records(&path).map(|record| read(&record)).collect();
    let begun = Instant::now();
    let standing = |profile: Profile| {
        let standing = profile::member(&library, &profile, Assurance::Imported)
            .map(|member| profile::standing(&library, &member))
            .unwrap_or_default();
        (profile, standing)
    };
    let profiles: Vec<(Profile, Standing)> = profiles.into_iter().map(standing).collect();
    println!("judged in {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    println!("{} records; {} MB", profiles.len(), resident());
    for copies in if copies.is_empty() { vec![1] } else { copies } {
        measure(&library, &lexicon, &profiles, copies);
    }
}

fn measure(library: &Library, lexicon: &Arc<Lexicon>, profiles: &[(Profile, Standing)], copies: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path(), Arc::clone(lexicon), "bench").expect("an index");
    let card = vec![b'x'; 400];
    let begun = Instant::now();
    let worked = processor_time();
    let mut writer = index.writer().expect("a writer");
    let mut number = 0;
    for copy in 0..copies {
        for (profile, standing) in profiles {
            number += 1;
            let mut altered;
            let profile = if copy == 0 {
                profile
            } else {
                altered = profile.clone();
                for name in &mut altered.names {
                    name.text = format!("{} {}", name.text, word(copy));
                }
                &altered
            };
            put(&mut writer, number, profile, standing, &card);
        }
    }
    let put_in = begun.elapsed().as_secs_f64();
    writer.commit(number).expect("a commit");
    let committed = begun.elapsed().as_secs_f64();
    writer.close().expect("merged");
    let taken = begun.elapsed();
    let worked = processor_time() - worked;
    println!(
        "\nput in {put_in:.2} s, committed after {committed:.2} s; {worked:.2} s of processor time in all threads"
    );
    println!(
        "{number} profiles: indexed in {:.1} s ({:.0}/s); {} MB on disk; {} MB resident",
        taken.as_secs_f64(),
        number as f64 / taken.as_secs_f64(),
        size(folder.path()) / 1_000_000,
        resident()
    );
    let mut single = Vec::new();
    let mut writer = index.writer().expect("a writer");
    for (change, (profile, standing)) in profiles.iter().take(30).enumerate() {
        let begun = Instant::now();
        put(&mut writer, change as u64 + 1, profile, standing, &card);
        writer.commit(number + change as u64 + 1).expect("a commit");
        single.push(begun.elapsed());
    }
    writer.close().expect("merged");
    show("commit of one change", &mut single);
    rank(library, lexicon, &index);
    let country = |code| Place::Country(Country::parse(code).expect("a country"));
    let filtered = Filter {
        places: vec![vec![country("CN"), country("JP"), country("US")]],
        kinds: Some(vec!["UNIVERSITY".to_owned(), "RESEARCH_INSTITUTE".to_owned()]),
        ..Filter::default()
    };
    for (what, filter, facets) in [
        ("text", Filter::default(), false),
        ("text, country, kind, facets", filtered.clone(), true),
        ("text, facets", Filter::default(), true),
    ] {
        let mut all = Vec::new();
        let mut slowest = Vec::new();
        for text in QUERIES {
            let request = Request {
                text: Some(text.to_owned()),
                filter: filter.clone(),
                first: 20,
                facets,
                ..Request::default()
            };
            let mut here = Vec::new();
            for _ in 0..25 {
                let begun = Instant::now();
                let page = index.snapshot().search(&request).expect("a page");
                here.push(begun.elapsed());
                std::hint::black_box(page.total);
            }
            here.sort_unstable();
            let total = index.snapshot().search(&request).expect("a page").total;
            slowest.push((here[here.len() / 2], text, total));
            all.extend(here);
        }
        show(what, &mut all);
        slowest.sort_by_key(|(taken, ..)| std::cmp::Reverse(*taken));
        for (taken, text, total) in slowest.iter().take(6) {
            println!("    {:8.3} ms  {text} ({total})", taken.as_secs_f64() * 1e3);
        }
    }
    for (what, filter) in [("no text, facets", Filter::default()), ("no text, country, kind, facets", filtered)] {
        let request = Request { filter, first: 20, facets: true, ..Request::default() };
        let mut taken = Vec::new();
        for _ in 0..50 {
            let begun = Instant::now();
            std::hint::black_box(index.snapshot().search(&request).expect("a page").total);
            taken.push(begun.elapsed());
        }
        show(what, &mut taken);
    }
    println!("{} MB resident", resident());
    drop(index);
    let itself = std::env::current_exe().expect("a path");
    Command::new(itself).env("BENCH_OPEN", folder.path()).status().expect("it runs");
    let index = Index::open(folder.path(), Arc::clone(lexicon), "bench").expect("an index");
    if copies == 1 {
        for text in
            ["university", "清华大学", "qinghua daxue", "MIT", "tsinghau", "beijing university", "東京大学", "科技大学"]
        {
            let request = Request { text: Some(text.to_owned()), first: 4, ..Request::default() };
            let page = index.snapshot().search(&request).expect("a page");
            println!("{text}: {} {:?} {:?}", page.total, page.matching, page.corrections);
            for hit in page.hits {
                let of = &profiles[hit.id.0.as_u128() as usize - 1].0;
                let parts: Vec<String> =
                    hit.score.parts.iter().map(|part| format!("{:?} {}", part.reason, part.points)).collect();
                println!("    {} {} [{}]", hit.score.total, of.display_name(eligibility::Lang::En), parts.join(", "));
            }
        }
    }
}

/// Ranking partners, and the best of many classes.
fn rank(library: &Library, lexicon: &Lexicon, index: &Index) {
    let snapshot = index.snapshot();
    let concepts: Vec<(ConceptId, u32)> =
        lexicon.taxonomy().concepts().step_by(8).take(12).map(|(id, _)| (id, 30)).collect();
    let ids = |step: usize| (1..=snapshot.len() as u128).step_by(step).map(|id| ProfileId(uuid::Uuid::from_u128(id)));
    let extra = ids((snapshot.len() / 5_000).max(1)).zip((1..200).cycle()).collect();
    let base = RankRequest {
        exclude: ids((snapshot.len() / 100).max(1)).collect(),
        fields: vec![("1".to_owned(), 40), ("2".to_owned(), 60), ("2.7".to_owned(), 100), ("3.2".to_owned(), 90)],
        concepts,
        concepts_at_most: 90,
        assurance: [0, 20, 50],
        completeness: 50,
        newcomer: Some((snapshot.len() as i64 * 9 / 10, 20)),
        extra,
        everyone: 25,
        first: 20,
        ..RankRequest::default()
    };
    println!("{} concepts, {} extra, {} excluded", base.concepts.len(), base.extra.len(), base.exclude.len());
    for possibility in [RolePossibility::Eligible, RolePossibility::Possible] {
        let mut all = Vec::new();
        let mut most = 0;
        for (direction, ..) in library.directions() {
            for role in [Role::Participant, Role::Partner] {
                let request = RankRequest { role: Some((direction, role, possibility)), ..base.clone() };
                for _ in 0..20 {
                    let begun = Instant::now();
                    let page = snapshot.rank(&request).expect("a page");
                    all.push(begun.elapsed());
                    most = most.max(page.total);
                }
            }
        }
        show(&format!("rank, {possibility:?}, up to {most} ranked"), &mut all);
    }
    let sets = snapshot.fact_sets();
    println!("{} fact sets, {} bytes", sets.len(), sets.iter().map(|set| set.len()).sum::<usize>());
    let classes: HashMap<String, u32> =
        sets.iter().enumerate().map(|(place, set)| ((*set).to_owned(), (place % 500) as u32)).collect();
    for each in [1, 4] {
        let mut all = Vec::new();
        for _ in 0..100 {
            let begun = Instant::now();
            let best = snapshot.best_by_class(&base, &mut |set| classes.get(set).copied(), each).expect("classes");
            all.push(begun.elapsed());
            assert!(best.len() <= 500);
        }
        show(&format!("best {each} of each of 500 classes"), &mut all);
    }
    let begun = Instant::now();
    let read = sets.iter().filter(|set| profile::member_of_key(library, set).is_some()).count();
    println!("{read} fact sets read in {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
}

/// The memory of a process that only searches, and of one that then writes a change.
fn reopen(folder: &Path) {
    let lexicon = Arc::new(Lexicon::new(Arc::new(library()), Arc::new(taxonomy())));
    println!("reopened: {} MB resident with the lexicon alone", resident());
    let begun = Instant::now();
    let index = Index::open(folder, lexicon, "bench").expect("an index");
    println!("    opened {} profiles in {:.0} ms", index.snapshot().len(), begun.elapsed().as_secs_f64() * 1e3);
    for text in QUERIES {
        let request = Request { text: Some(text.to_owned()), first: 20, facets: true, ..Request::default() };
        std::hint::black_box(index.snapshot().search(&request).expect("a page").total);
    }
    println!("    {} MB resident after {} searches", resident(), QUERIES.len());
    let mut writer = index.writer().expect("a writer");
    put(&mut writer, 1, &Profile::default(), &Standing::default(), b"");
    writer.commit(1).expect("a commit");
    println!("    {} MB resident with a writer after a commit", resident());
}

fn put(writer: &mut search::Writer, number: u64, profile: &Profile, standing: &Standing, card: &[u8]) {
    let id = ProfileId(uuid::Uuid::from_u128(u128::from(number)));
    let document = Document {
        id,
        change: number,
        changed_at: number as i64,
        created_at: number as i64,
        profile,
        abilities: &standing.abilities,
        completeness: standing.completeness,
        facts: &profile::fact_key(profile),
        card,
    };
    writer.put(&document).expect("put");
}

/// A word for a copy: `ba`, `be`, …
fn word(copy: usize) -> String {
    let letter = |from: &str, at: usize| from.chars().nth(at % from.len()).expect("a letter");
    format!("x{}{}z", letter("bdfgklmnprt", copy), letter("aeiou", copy / 11))
}

fn show(what: &str, taken: &mut [Duration]) {
    taken.sort_unstable();
    let at = |share: usize| taken[(taken.len() * share / 100).min(taken.len() - 1)].as_secs_f64() * 1e3;
    println!("{what}: p50 {:.3} ms, p90 {:.3} ms, p99 {:.3} ms", at(50), at(90), at(99));
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default() / 1000
}

/// Seconds that all threads have worked, at 100 ticks a second.
fn processor_time() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks =
        |at| after_name.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

fn size(folder: &Path) -> u64 {
    std::fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

fn library() -> Library {
    fn walk(folder: &Path, base: &Path, files: &mut Vec<SourceFile>) {
        for entry in std::fs::read_dir(folder).expect("the calls") {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, files);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                files.push(SourceFile { path: path.strip_prefix(base).unwrap().to_str().unwrap().to_owned(), text });
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides");
    let mut files = Vec::new();
    walk(&folder, &folder, &mut files);
    Library::load(&files).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn taxonomy() -> Taxonomy {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides");
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        yaml::parse(name, &text, yaml::Limits { ..yaml::Limits::default() }).ok()
    };
    match (read("fields.yaml"), read("glossary.yaml")) {
        (Some(fields), Some(glossary)) => {
            Taxonomy::load(&fields, &glossary).unwrap_or_else(|problems| panic!("{problems:?}"))
        }
        _ => {
            println!("no glossary yet: without concepts");
            Taxonomy::default()
        }
    }
}

fn records(path: &Path) -> impl Iterator<Item = Value> {
    let unpacked = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs").stdout;
    let lines = BufReader::new(Cursor::new(unpacked)).lines();
    lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("a record"))
}

fn read(record: &Value) -> Profile {
    let mut profile = Profile::default();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for name in list(&record["names"]) {
        let types: Vec<String> = list(&name["types"]).iter().map(text).collect();
        let has = |wanted: &str| types.iter().any(|one| one == wanted);
        let kind = if has("label") {
            NameKind::Label
        } else if has("acronym") {
            NameKind::Acronym
        } else {
            NameKind::Alias
        };
        profile.names.push(Name {
            text: text(&name["value"]),
            lang: name["lang"].as_str().map(str::to_owned),
            kind,
            display: has("ror_display"),
            assurance: Assurance::Imported,
        });
    }
    let place = &record["locations"][0]["geonames_details"];
    let country = text(&place["country_code"]);
    profile.city = Some(Attested::imported(text(&place["name"])));
    if let Some(code) = place["country_subdivision_code"].as_str() {
        profile.state("subdivision", Stated::Text(format!("{country}-{code}")), Assurance::Imported);
        if profile.subdivision().is_none() {
            profile.facts.remove("subdivision");
        }
    }
    profile.state("country", Stated::Text(country), Assurance::Imported);
    if let Some(year) = record["established"].as_i64() {
        profile.state("registered_on", Stated::Text(format!("{year:04}")), Assurance::Imported);
    }
    for one in list(&record["types"]) {
        if let Ok(one) = serde_json::from_value::<RegistryType>(one) {
            profile.registry_types.push(one);
        }
    }
    let has = |wanted| profile.registry_types.contains(&wanted);
    let kind = if has(RegistryType::Education) {
        "UNIVERSITY"
    } else if has(RegistryType::Company) {
        "ENTERPRISE"
    } else if has(RegistryType::Healthcare) {
        "HOSPITAL"
    } else if has(RegistryType::Facility) {
        "RESEARCH_INSTITUTE"
    } else if has(RegistryType::Government) {
        "GOVERNMENT_AGENCY"
    } else {
        "OTHER"
    };
    profile.state("kind", Stated::Text(kind.to_owned()), Assurance::Imported);
    for other in list(&record["external_ids"]) {
        let scheme = match other["type"].as_str() {
            Some("wikidata") => Scheme::Wikidata,
            Some("isni") => Scheme::Isni,
            Some("grid") => Scheme::Grid,
            Some("fundref") => Scheme::Fundref,
            _ => continue,
        };
        for value in list(&other["all"]) {
            profile.identifiers.extend(Identifier::parse(scheme, &text(&value)).map(Attested::imported));
        }
    }
    let ror = Identifier::parse(Scheme::Ror, &text(&record["id"])).expect("a ROR id");
    profile.identifiers.push(Attested::imported(ror));
    for link in list(&record["relationships"]) {
        let relation = match link["type"].as_str() {
            Some("child") => Relation::Child,
            Some("parent") => Relation::Parent,
            _ => Relation::Related,
        };
        if let Ok(target) = Identifier::parse(Scheme::Ror, &text(&link["id"])) {
            profile.links.push(Link { relation, target, name: text(&link["label"]), assurance: Assurance::Imported });
        }
    }
    profile
}
