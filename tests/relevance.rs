//! What people type, and what they must see: real queries over the records of the Research Organization Registry.
//!
//! The queries are in `relevance/queries.yaml`. The records are those of `LIANHE_ROR`, or of `../shared/data`; without them
//! the test says so and is left out.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/directory.rs"]
mod directory;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use eligibility::date::parse_day;
use eligibility::place::{Country, Place, Subdivision};
use eligibility::yaml::{self, Limits, Node, Value};
use eligibility::{Library, Role};
use profile::{Identifier, Profile, RolePossibility, Scheme};
use search::{Filter, Request, RoleFilter};
use service::{Directory, Found, registry, today};

const QUERIES: &str = "tests/relevance/queries.yaml";
const AT_LEAST: usize = 120;
const TEN: usize = 10;
const KINDS: [&str; 9] = ["zh", "en", "pinyin", "acronym", "traditional", "misspelt", "topic", "filter", "script"];

/// A query and what it must find.
struct Query {
    line: usize,
    kind: String,
    text: String,
    filter: Filter,
    first: Option<String>,
    within: Vec<String>,
}

#[test]
fn people_find_what_they_look_for() {
    let records = records();
    if !records.is_file() {
        println!("left out: no records at {}; set LIANHE_ROR", records.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let address = format!("sqlite://{}", folder.path().join("lianhe.db").display());
    let directory = runtime.block_on(directory::open(&address, &folder.path().join("index")));
    let queries = queries(directory.library());
    let incoming = registry::ror(&records, directory.library(), directory.taxonomy()).expect("the records open");
    let report = runtime.block_on(directory.import("ror", incoming, |_| {})).expect("the records come in");
    assert_eq!(report.refused, 0);

    let mut failures = String::new();
    let mut failed = 0;
    for query in &queries {
        let request =
            Request { text: Some(query.text.clone()), filter: query.filter.clone(), first: TEN, ..Request::default() };
        let found = directory.search(&request).expect("an answer");
        if let Some(failure) = failure(&directory, query, &found) {
            failures.push_str(&failure);
            failed += 1;
        }
    }
    println!("{}", summary(&queries));
    assert!(failed == 0, "{failed} of {} queries fail:\n{failures}", queries.len());
}

/// The queries are well formed whether or not there are records.
#[test]
fn the_queries_are_many_and_of_every_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let address = format!("sqlite://{}", folder.path().join("lianhe.db").display());
    let directory = runtime.block_on(directory::open(&address, &folder.path().join("index")));
    let queries = queries(directory.library());
    assert!(queries.len() >= AT_LEAST, "{} queries; at least {AT_LEAST}", queries.len());
    let kinds: BTreeSet<&str> = queries.iter().map(|query| query.kind.as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(KINDS));
}

fn records() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ror-v2-records.ndjson.gz");
    std::env::var_os("LIANHE_ROR").map_or_else(default, PathBuf::from)
}

fn summary(queries: &[Query]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for query in queries {
        *counts.entry(&query.kind).or_default() += 1;
    }
    let counts: Vec<String> =
        KINDS.iter().map(|kind| format!("{kind} {}", counts.get(kind).copied().unwrap_or_default())).collect();
    format!("{} queries: {}", queries.len(), counts.join(", "))
}

/// What was expected and what came, unless it is the same.
fn failure(directory: &Directory, query: &Query, found: &Found) -> Option<String> {
    let ids: Vec<&str> = found.hits.iter().map(|hit| ror(&hit.listing.profile)).collect();
    let is_first = query.first.as_deref().is_none_or(|first| ids.first() == Some(&first));
    let missing: Vec<&String> = query.within.iter().filter(|id| !ids.contains(&id.as_str())).collect();
    if is_first && missing.is_empty() {
        return None;
    }
    let mut text = format!("\n{QUERIES}:{} {} {:?}\n", query.line, query.kind, query.text);
    for (what, id) in
        query.first.iter().filter(|_| !is_first).map(|id| ("first", id)).chain(missing.iter().map(|id| ("within", *id)))
    {
        let identifier = Identifier::parse(Scheme::Ror, id).expect("an id");
        let listing = directory.find(&identifier).expect("the index answers");
        let name = listing.map_or_else(|| "not listed".to_owned(), |listing| name(&listing.profile).to_owned());
        writeln!(text, "  expected {what}: {id} {name}").expect("a text");
    }
    writeln!(text, "  {:?}, {} matches, corrections {:?}", found.matching, found.total, found.corrections)
        .expect("a text");
    for hit in &found.hits {
        let parts: Vec<String> = hit
            .score
            .parts
            .iter()
            .map(|part| {
                format!(
                    "{:?}{} {}",
                    part.reason,
                    part.term.as_ref().map(|term| format!(" {term}")).unwrap_or_default(),
                    part.points
                )
            })
            .collect();
        let profile = &hit.listing.profile;
        writeln!(text, "  {:>5} {} {} ({})", hit.score.total, ror(profile), name(profile), parts.join(", "))
            .expect("a text");
    }
    Some(text)
}

fn ror(profile: &Profile) -> &str {
    profile.identifier(Scheme::Ror).map(Identifier::value).unwrap_or_default()
}

fn name(profile: &Profile) -> &str {
    profile.names.iter().find(|name| name.display).map(|name| name.text.as_str()).unwrap_or_default()
}

/// All queries of the file; what it must not hold fails the test and is named with its line.
fn queries(library: &Library) -> Vec<Query> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(QUERIES);
    let text = std::fs::read_to_string(&path).expect("the queries are readable");
    let root = yaml::parse(QUERIES, &text, Limits::default()).unwrap_or_else(|problem| panic!("{problem:?}"));
    let entries = map(&root, &["queries"]);
    let queries = entries.get("queries").expect("`queries`");
    list(queries).iter().map(|node| query(library, node)).collect()
}

fn query(library: &Library, node: &Node) -> Query {
    let entries = map(node, &["kind", "query", "filter", "first", "within", "note"]);
    let text = |key: &str| entries.get(key).map(|node| word(node).to_owned());
    let id = |node: &Node| {
        let parsed = Identifier::parse(Scheme::Ror, word(node));
        parsed.unwrap_or_else(|error| bad(node, &error.en)).value().to_owned()
    };
    let query = Query {
        line: node.line,
        kind: text("kind").unwrap_or_else(|| bad(node, "no `kind`")),
        text: text("query").unwrap_or_else(|| bad(node, "no `query`")),
        filter: entries.get("filter").map(|node| filter(library, node)).unwrap_or_default(),
        first: entries.get("first").map(|node| id(node)),
        within: entries.get("within").map(|node| list(node).iter().map(id).collect()).unwrap_or_default(),
    };
    if !KINDS.contains(&query.kind.as_str()) {
        bad::<()>(node, "this kind is not known");
    }
    if query.first.is_none() && query.within.is_empty() || query.within.len() > TEN {
        bad::<()>(node, "expects nothing, or more than ten");
    }
    query
}

/// A filter, written as in the API.
fn filter(library: &Library, node: &Node) -> Filter {
    let entries =
        map(node, &["countries", "groups", "subdivisions", "kinds", "fields", "registeredBefore", "couldTake"]);
    let mut filter = Filter::default();
    let country = |node: &Node| {
        let country = Country::parse(word(node)).unwrap_or_else(|| bad(node, "no such country"));
        Place::Country(country)
    };
    let group = |node: &Node| {
        let (_, group) = library.places.find_group(word(node)).unwrap_or_else(|| bad(node, "no such group"));
        group.members_on(today()).collect::<Vec<Place>>()
    };
    filter.places.extend(entries.get("countries").map(|node| list(node).iter().map(country).collect()));
    filter.places.extend(entries.get("groups").map(|node| list(node).iter().flat_map(group).collect()));
    let subdivision = |node: &Node| Subdivision::parse(word(node)).unwrap_or_else(|| bad(node, "no such subdivision"));
    filter.subdivisions = entries.get("subdivisions").map(|node| list(node).iter().map(subdivision).collect());
    let words = |node: &Node| list(node).iter().map(|node| word(node).to_owned()).collect();
    filter.kinds = entries.get("kinds").map(|node| words(node));
    filter.fields = entries.get("fields").map(|node| words(node));
    filter.registered_before =
        entries.get("registeredBefore").map(|node| parse_day(word(node)).unwrap_or_else(|| bad(node, "no day")));
    let role = |node: &Node| {
        let entries = map(node, &["direction", "role", "certain"]);
        let direction = entries.get("direction").map(|node| word(node)).unwrap_or_default();
        let direction = library.find_direction(None, direction).unwrap_or_else(|| bad(node, "no such direction"));
        let role = match entries.get("role").map(|node| word(node)) {
            Some("LEAD") => Role::Lead,
            Some("PARTICIPANT") => Role::Participant,
            Some("PARTNER") => Role::Partner,
            _ => bad(node, "no such role"),
        };
        let at_least = match entries.get("certain").map(|node| word(node)) {
            Some("true") => RolePossibility::Eligible,
            Some("false") | None => RolePossibility::Possible,
            _ => bad(node, "`certain` is true or false"),
        };
        RoleFilter { direction, role, at_least }
    };
    filter.roles = entries.get("couldTake").map(|node| list(node).iter().map(role).collect()).unwrap_or_default();
    filter
}

/// The entries of a mapping, which may have these keys and no others.
fn map<'n>(node: &'n Node, allowed: &[&str]) -> BTreeMap<&'n str, &'n Node> {
    let Value::Map(entries) = &node.value else { return bad(node, "not a mapping") };
    if let Some((key, _)) = entries.iter().find(|(key, _)| !allowed.contains(&key.text.as_str())) {
        bad::<()>(node, &format!("`{}` is not one of {allowed:?}", key.text));
    }
    entries.iter().map(|(key, node)| (key.text.as_str(), node)).collect()
}

fn list(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(nodes) => nodes,
        _ => bad(node, "not a list"),
    }
}

fn word(node: &Node) -> &str {
    match &node.value {
        Value::Plain(word) | Value::Text(word) => word,
        _ => bad(node, "not a word"),
    }
}

fn bad<T>(node: &Node, what: &str) -> T {
    panic!("{QUERIES}:{}:{}: {what}", node.line, node.column)
}
