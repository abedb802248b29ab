//! Profiles over HTTP: what a portal's program asks and gets, on the institutions of the demo.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod support;
#[path = "support/wire.rs"]
mod wire;

use std::collections::BTreeSet;

use api::{RunningServer, ServerConfig};
use serde_json::{Value, json};
use support::{demo, start, stop};
use wire::{Response, send};

const JSON: &str = "content-type: application/json";

fn serving(test: impl FnOnce(&RunningServer)) {
    let server = start(ServerConfig::default());
    test(&server);
    stop(server);
}

fn send_query(server: &RunningServer, query: &str, variables: &Value) -> Response {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let response = send(server, "POST /graphql", &[JSON], body.as_bytes());
    assert_eq!((response.status, response.header("content-language").as_deref()), (200, Some("en")));
    response
}

fn ask_with(server: &RunningServer, query: &str, variables: &Value) -> Value {
    send_query(server, query, variables).json()
}

/// The data of an answer without errors.
fn ask(server: &RunningServer, query: &str) -> Value {
    let mut answer = ask_with(server, query, &json!({}));
    assert!(answer.get("errors").is_none(), "{query}: {answer}");
    answer.get_mut("data").expect("data").take()
}

/// Code and message of the one error of an answer.
fn refused(server: &RunningServer, query: &str) -> (String, String) {
    let response = send_query(server, query, &json!({}));
    let answer = response.json();
    let errors = answer["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), 1, "{query}: {answer}");
    (response.code(), errors[0]["message"].as_str().expect("a text").to_owned())
}

fn texts(list: &Value, pointer: &str) -> Vec<String> {
    let items = list.as_array().expect("a list").iter();
    items.map(|item| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_profile_says_all_that_is_public() {
    serving(|server| {
        let query = r#"{ profile(creditCode: "12100000400000624D") { __typename name { zh en } names { value lang kind assurance }
            rorId creditCode identifiers { scheme value url assurance } country { code } subdivision city kind registryTypes
            registeredOn independentLegalPerson facts { fact { name } value assurance } fields { code label { zh en } } keywords
            links { relation name rorId profile { id } } domains website offers seeks revision } }"#;
        let profile = &ask(server, query)["profile"];
        assert_eq!(profile["name"], json!({ "zh": "清华大学", "en": "Tsinghua University" }));
        assert_eq!(profile["rorId"], "https://ror.org/03cve4549");
        assert_eq!((&profile["country"]["code"], &profile["subdivision"]), (&json!("CN"), &json!("CN-BJ")));
        assert_eq!((&profile["kind"], &profile["registeredOn"]), (&json!("UNIVERSITY"), &json!("1911")));
        assert_eq!(profile["revision"], 1);
        let identifiers = profile["identifiers"].as_array().expect("a list");
        let ror = json!({ "scheme": "ROR", "value": "03cve4549", "url": "https://ror.org/03cve4549", "assurance": "IMPORTED" });
        assert!(identifiers.contains(&ror), "{identifiers:?}");
        let facts = profile["facts"].as_array().expect("a list");
        let kind = json!({ "fact": { "name": "member.kind" }, "value": "UNIVERSITY", "assurance": "IMPORTED" });
        assert!(facts.contains(&kind), "{facts:?}");
        let legal =
            json!({ "fact": { "name": "member.independent_legal_person" }, "value": true, "assurance": "IMPORTED" });
        assert!(facts.contains(&legal), "{facts:?}");
    });
}

#[test]
fn a_profile_is_found_by_each_of_its_keys() {
    serving(|server| {
        let by_code = ask(server, r#"{ profile(creditCode: "12100000400000624d") { id changedAt } }"#);
        let id = by_code["profile"]["id"].as_str().expect("an id");
        for asked in [
            r#"profile(rorId: "https://ror.org/03cve4549")"#.to_owned(),
            r#"profile(rorId: "03CVE4549")"#.to_owned(),
            format!("profile(id: \"{id}\")"),
        ] {
            assert_eq!(ask(server, &format!("{{ profile: {asked} {{ id }} }}"))["profile"]["id"], id, "{asked}");
        }
        let node = ask(server, &format!("{{ node(id: \"{id}\") {{ id ... on Profile {{ name {{ en }} }} }} }}"));
        assert_eq!(node["node"]["name"]["en"], "Tsinghua University");
        assert_eq!(ask(server, r#"{ profile(rorId: "000000195") { id } }"#)["profile"], Value::Null);
        let guide = ask(server, r#"{ guides(first: 1) { nodes { id } } }"#);
        let guide = guide["guides"]["nodes"][0]["id"].as_str().expect("an id");
        assert_eq!(ask(server, &format!("{{ profile(id: \"{guide}\") {{ id }} }}"))["profile"], Value::Null);
        for (asked, said) in [
            ("profile(rorId: \"03cve4548\")", "check digits"),
            ("profile(creditCode: \"1\")", "looks like"),
            ("profile", "exactly one"),
            ("profile(rorId: \"03cve4549\", creditCode: \"12100000400000624D\")", "exactly one"),
        ] {
            let (code, message) = refused(server, &format!("{{ {asked} {{ id }} }}"));
            assert_eq!(code, "INVALID_ARGUMENT");
            assert!(message.contains(said), "{message}");
        }
    });
}

#[test]
fn nothing_private_is_in_the_schema() {
    serving(|server| {
        let fields = ask(server, r#"{ __type(name: "Profile") { fields { name } } }"#);
        let fields: BTreeSet<String> = texts(&fields["__type"]["fields"], "/name").into_iter().collect();
        for private in ["contact", "contacts", "people", "email", "phone"] {
            assert!(!fields.contains(private), "{private} is public");
        }
    });
}

#[test]
fn words_are_found_in_both_languages_and_told_why() {
    serving(|server| {
        for words in ["清华大学", "清華大學", "Tsinghua University", "qinghua daxue", "tsingua university", "清华"]
        {
            let answer = ask_with(
                server,
                "query($q: String) { profiles(query: $q, first: 1) { nodes { rorId } matching corrections { typed used } edges { \
                 score { total parts { reason points } } highlights { name ranges { start end } } } } }",
                &json!({ "q": words }),
            );
            let found = &answer["data"]["profiles"];
            assert_eq!(found["nodes"][0]["rorId"], "https://ror.org/03cve4549", "{words}: {answer}");
            let expected = if words.starts_with("tsingua") { "CORRECTED" } else { "EXACT" };
            assert_eq!(found["matching"], expected, "{words}");
            let score = &found["edges"][0]["score"];
            let parts = score["parts"].as_array().expect("parts").iter();
            let sum: i64 = parts.map(|part| part["points"].as_i64().expect("points")).sum();
            assert_eq!(score["total"], sum, "{words}");
        }
        let answer = ask(
            server,
            r#"{ profiles(query: "清華", first: 1) { edges { highlights { name ranges { start end } } } } }"#,
        );
        let highlights = answer["profiles"]["edges"][0]["highlights"].as_array().expect("a list").clone();
        // 清华 is short for the whole name.
        let chinese = json!({ "name": "清华大学", "ranges": [{ "start": 0, "end": 4 }] });
        assert!(highlights.contains(&chinese), "{highlights:?}");
    });
}

#[test]
fn every_filter_limits_and_an_empty_list_is_met_by_none() {
    serving(|server| {
        let all =
            ask(server, "{ profiles(first: 0) { totalCount } }")["profiles"]["totalCount"].as_i64().expect("a number");
        assert_eq!(usize::try_from(all).expect("a count"), demo().snapshot().len());
        let count = |filter: &str| {
            let answer = ask(server, &format!("{{ profiles(filter: {filter}, first: 0) {{ totalCount }} }}"));
            answer["profiles"]["totalCount"].as_i64().expect("a number")
        };
        assert_eq!(count("{}"), all);
        for empty in [
            "countries",
            "groups",
            "subdivisions",
            "kinds",
            "registryTypes",
            "independentLegalPerson",
            "fields",
            "topics",
            "identifiers",
            "ids",
            "assurances",
        ] {
            assert_eq!(count(&format!("{{ {empty}: [] }}")), 0, "{empty}");
        }
        assert_eq!(count("{ couldTake: [] }"), all);
        let limits = [
            "{ countries: [\"VN\"] }",
            "{ groups: [\"asean\"] }",
            "{ subdivisions: [\"BE-WAL\"] }",
            "{ kinds: [ENTERPRISE] }",
            "{ independentLegalPerson: [YES] }",
            "{ registeredBefore: \"1900-01-01\" }",
            "{ yearsRegistered: 100 }",
            "{ fields: [\"2\"] }",
            "{ topics: [\"太阳能\"] }",
            "{ topics: [\"renewable-energy\"] }",
            "{ identifiers: [\"03cve4549\", \"914403001922038216\"] }",
            "{ assurances: [VERIFIED] }",
            "{ couldTake: [{ direction: \"2.2\", role: PARTNER }] }",
            "{ couldTake: [{ direction: \"2.2\", role: PARTNER, certain: true }] }",
        ];
        for filter in limits {
            assert!(count(filter) < all, "{filter}");
        }
        assert_eq!(count("{ identifiers: [\"03cve4549\", \"914403001922038216\"] }"), 2);
        assert_eq!(count("{ assurances: [VERIFIED] }"), 0);
        assert!(count("{ groups: [\"asean\"] }") >= count("{ countries: [\"VN\", \"TH\"] }"));
        assert_eq!(count("{ countries: [\"VN\"], groups: [\"asean\"] }"), count("{ countries: [\"VN\"] }"));
        assert_eq!(count("{ countries: [\"VN\"], kinds: [] }"), 0);
        for (filter, said) in [
            ("{ countries: [\"XX\"] }", "`filter.countries`"),
            ("{ groups: [\"asaen\"] }", "did you mean `asean`"),
            ("{ subdivisions: [\"BE-XX\"] }", "`filter.subdivisions`"),
            ("{ fields: [\"9\"] }", "`filter.fields`"),
            ("{ topics: [\"zzz\"] }", "`filter.topics`"),
            ("{ identifiers: [\"123\"] }", "`filter.identifiers`"),
            ("{ registeredBefore: \"2023-02-30\" }", "filter.registeredBefore"),
            ("{ yearsRegistered: -1 }", "`filter.yearsRegistered`"),
            ("{ couldTake: [{ direction: \"9.9\", role: LEAD }] }", "direction"),
        ] {
            let (code, message) = refused(server, &format!("{{ profiles(filter: {filter}) {{ totalCount }} }}"));
            assert_eq!(code, "INVALID_ARGUMENT", "{filter}");
            assert!(message.contains(said), "{filter}: {message}");
        }
    });
}

#[test]
fn pages_of_every_order_add_up_to_the_whole() {
    serving(|server| {
        let total = demo().snapshot().len();
        for order in ["RELEVANCE", "NAME", "COUNTRY", "REGISTERED_ON", "CHANGED_AT"] {
            for descending in [false, true] {
                let mut seen = BTreeSet::new();
                let mut after = Value::Null;
                loop {
                    let answer = ask_with(
                        server,
                        "query($o: ProfileOrderBy!, $d: Boolean!, $a: String) { profiles(orderBy: { by: $o, descending: $d }, \
                         first: 37, after: $a) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }",
                        &json!({ "o": order, "d": descending, "a": after }),
                    );
                    let page = &answer["data"]["profiles"];
                    assert_eq!(page["pageInfo"]["hasPreviousPage"], !seen.is_empty(), "{order} {descending}: {answer}");
                    for id in texts(&page["nodes"], "/id") {
                        assert!(seen.insert(id), "{order} {descending}: twice");
                    }
                    if page["pageInfo"]["hasNextPage"] == false {
                        break;
                    }
                    after = page["pageInfo"]["endCursor"].clone();
                }
                assert_eq!(seen.len(), total, "{order} {descending}");
            }
        }
    });
}

#[test]
fn a_cursor_from_elsewhere_or_altered_is_refused() {
    serving(|server| {
        let answer = ask(server, "{ profiles(query: \"university\", first: 2) { pageInfo { endCursor } } }");
        let cursor = answer["profiles"]["pageInfo"]["endCursor"].as_str().expect("a cursor").to_owned();
        let changes = ask(server, "{ profileChanges(first: 1) { pageInfo { endCursor } } }");
        let of_feed = changes["profileChanges"]["pageInfo"]["endCursor"].as_str().expect("a cursor").to_owned();
        let mut altered: Vec<String> = (0..cursor.len())
            .map(|place| {
                let swap = |(at, letter)| if at == place { if letter == 'A' { 'B' } else { 'A' } } else { letter };
                cursor.chars().enumerate().map(swap).collect()
            })
            .collect();
        altered.retain(|other| *other != cursor);
        altered.extend([String::new(), "x".to_owned(), "é".to_owned(), of_feed.clone(), cursor.repeat(2)]);
        for wrong in altered {
            let query = format!("{{ profiles(query: \"university\", after: {}) {{ totalCount }} }}", json!(wrong));
            assert_eq!(refused(server, &query).0, "INVALID_CURSOR", "{wrong}");
        }
        for other in [
            format!("profiles(query: \"institute\", after: \"{cursor}\")"),
            format!("profiles(query: \"university\", filter: {{ countries: [\"CN\"] }}, after: \"{cursor}\")"),
            format!("profiles(query: \"university\", orderBy: {{ by: NAME }}, after: \"{cursor}\")"),
        ] {
            assert_eq!(refused(server, &format!("{{ {other} {{ totalCount }} }}")).0, "INVALID_CURSOR", "{other}");
        }
        for wrong in [cursor.as_str(), "", "é", "MTIz"] {
            let query = format!("{{ profileChanges(after: {}) {{ nodes {{ kind }} }} }}", json!(wrong));
            assert_eq!(refused(server, &query).0, "INVALID_CURSOR", "{wrong}");
        }
    });
}

#[test]
fn facets_count_the_whole_answer() {
    serving(|server| {
        let answer = ask(
            server,
            r#"{ profiles(query: "university", first: 1) { totalCount facets { countries { country { code } count }
               kinds { kind count } legalPersons { independentLegalPerson count } assurances { assurance count }
               roles { direction { key } role eligible undetermined } } } }"#,
        );
        let found = &answer["profiles"];
        let total = found["totalCount"].as_i64().expect("a number");
        for facet in ["countries", "kinds", "legalPersons", "assurances"] {
            let counts = found["facets"][facet].as_array().expect("a list").iter();
            let sum: i64 = counts.map(|count| count["count"].as_i64().expect("a number")).sum();
            assert_eq!(sum, total, "{facet}");
        }
        let first = &found["facets"]["countries"][0];
        let (code, count) = (first["country"]["code"].as_str().expect("a code"), first["count"].as_i64());
        let narrowed = ask(
            server,
            &format!("{{ profiles(query: \"university\", filter: {{ countries: [\"{code}\"] }}) {{ totalCount }} }}"),
        );
        assert_eq!(narrowed["profiles"]["totalCount"].as_i64(), count);
        for role in found["facets"]["roles"].as_array().expect("a list") {
            let (direction, name) =
                (role["direction"]["key"].as_str().expect("a key"), role["role"].as_str().expect("a role"));
            let at_all =
                role["eligible"].as_i64().expect("a number") + role["undetermined"].as_i64().expect("a number");
            for (certain, expected) in [(true, role["eligible"].as_i64().expect("a number")), (false, at_all)] {
                let narrowed = ask(
                    server,
                    &format!(
                        "{{ profiles(query: \"university\", filter: {{ couldTake: [{{ direction: \"{direction}\", role: {name}, \
                         certain: {certain} }}] }}, first: 0) {{ totalCount }} }}"
                    ),
                );
                assert_eq!(narrowed["profiles"]["totalCount"].as_i64(), Some(expected), "{direction} {name} {certain}");
            }
        }
    });
}

#[test]
fn every_direction_has_somebody_for_every_role() {
    serving(|server| {
        let directions = ask(server, "{ directions(first: 100) { nodes { key } } }");
        for direction in texts(&directions["directions"]["nodes"], "/key") {
            for role in ["LEAD", "PARTICIPANT", "PARTNER"] {
                let answer = ask(
                    server,
                    &format!(
                        "{{ partnersFor(direction: \"{direction}\", role: {role}, first: 5) {{ totalCount edges {{ verdict \
                         missingFacts {{ name }} node {{ directions(roles: [{role}]) {{ direction {{ key }} verdict }} }} }} }} }}"
                    ),
                );
                let found = &answer["partnersFor"];
                assert!(found["totalCount"].as_i64() >= Some(2), "{direction} {role}: {found}");
                let edges = found["edges"].as_array().expect("a list");
                let verdicts = texts(&found["edges"], "/verdict");
                let mut sorted = verdicts.clone();
                sorted.sort();
                assert_eq!(verdicts, sorted, "the eligible come first: {direction} {role}");
                for edge in edges {
                    let own = edge["node"]["directions"].as_array().expect("a list").iter();
                    let own: Vec<_> = own.filter(|report| report["direction"]["key"] == direction).collect();
                    assert_eq!(own.len(), 1);
                    assert_eq!(own[0]["verdict"], edge["verdict"]);
                    let missing = edge["missingFacts"].as_array().expect("a list");
                    assert_eq!(missing.is_empty(), edge["verdict"] == "ELIGIBLE", "{direction} {role}: {edge}");
                }
            }
        }
    });
}

#[test]
fn directions_for_a_profile_name_the_facts_that_would_decide() {
    serving(|server| {
        let huawei = ask(server, r#"{ profile(creditCode: "914403001922038216") { id } }"#);
        let id = huawei["profile"]["id"].as_str().expect("an id");
        let answer = ask(
            server,
            &format!(
                "{{ directionsFor(profile: \"{id}\") {{ direction {{ key }} role verdict missingFacts {{ name }} }} }}"
            ),
        );
        let reports = answer["directionsFor"].as_array().expect("a list");
        assert_eq!(reports.len(), 39, "thirteen directions, three roles");
        for report in reports {
            let missing = report["missingFacts"].as_array().expect("a list");
            assert_eq!(missing.is_empty(), report["verdict"] != "UNDETERMINED", "{report}");
        }
        let hong_kong =
            reports.iter().find(|report| report["direction"]["key"] == "mainland-hk" && report["role"] == "LEAD");
        assert_eq!(hong_kong.expect("a report")["verdict"], "ELIGIBLE");
        assert_eq!(ask(server, r#"{ directionsFor(profile: "UHJvZmlsZTp4") { role } }"#)["directionsFor"], Value::Null);
        assert_eq!(refused(server, r#"{ directionsFor(profile: "!") { role } }"#).0, "INVALID_ID");
    });
}

#[test]
fn a_portal_that_follows_the_feed_has_the_whole_directory() {
    serving(|server| {
        let mut after = Value::Null;
        let mut ids = BTreeSet::new();
        loop {
            let answer = ask_with(
                server,
                "query($a: String) { profileChanges(first: 50, after: $a) { nodes { kind profileId changedAt profile { id name { en } \
                 } } pageInfo { hasNextPage endCursor } } }",
                &json!({ "a": after }),
            );
            let page = &answer["data"]["profileChanges"];
            for change in page["nodes"].as_array().expect("a list") {
                assert_eq!(change["kind"], "LISTED");
                assert_eq!(change["profile"]["id"], change["profileId"]);
                assert!(ids.insert(change["profileId"].as_str().expect("an id").to_owned()), "twice: {change}");
            }
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(ids.len(), demo().snapshot().len());
        // Nothing new: an empty page, and the cursor stays good.
        let answer = ask_with(
            server,
            "query($a: String) { profileChanges(after: $a) { nodes { kind } pageInfo { hasNextPage endCursor } } }",
            &json!({ "a": after }),
        );
        assert_eq!(answer["data"]["profileChanges"]["nodes"], json!([]));
    });
}

#[test]
fn searches_send_no_statement_to_the_database_and_the_feed_one() {
    let server = start(ServerConfig { response_cache_bytes: 0, ..ServerConfig::default() });
    let cost = |query: &str| {
        let before = demo().database().statements();
        ask(&server, query);
        demo().database().statements() - before
    };
    let node =
        "name { zh en } names { value } rorId country { code } kind links { name profile { id } } facts { value }";
    for first in [1, 50, 100] {
        let query = format!(
            "{{ profiles(query: \"university\", filter: {{ countries: [\"CN\", \"HK\"], kinds: [UNIVERSITY] }}, first: {first}) {{ \
             totalCount nodes {{ {node} }} facets {{ countries {{ count }} }} }} }}"
        );
        assert_eq!(cost(&query), 0, "{first}");
    }
    assert_eq!(
        cost("{ partnersFor(direction: \"2.2\", role: PARTNER) { nodes { name { zh } } edges { verdict } } }"),
        0
    );
    assert_eq!(cost(&format!("{{ profile(rorId: \"03cve4549\") {{ {node} directions {{ verdict }} }} }}")), 0);
    for first in [1, 50] {
        let query = format!("{{ profileChanges(first: {first}) {{ nodes {{ profile {{ {node} }} }} }} }}");
        assert_eq!(cost(&query), 1, "{first}");
    }
    stop(server);
}

#[test]
fn hostile_words_are_answered_or_refused_and_never_crash() {
    serving(|server| {
        let none = |words: &str| {
            let answer =
                ask_with(server, "query($q: String) { profiles(query: $q) { totalCount } }", &json!({ "q": words }));
            assert_eq!(answer["data"]["profiles"]["totalCount"], 0, "{words}: {answer}");
        };
        for words in ["!!!", "。，、", "()[]{}", "***", "\u{0}", "\u{202e}", "\"", "😀", "-", "???*"] {
            none(words);
        }
        for words in
            ["*university*", "univ?rsity*", "(university", "university)", "university AND", "name:university^3~2"]
        {
            let answer =
                ask_with(server, "query($q: String) { profiles(query: $q) { totalCount } }", &json!({ "q": words }));
            assert!(answer["data"]["profiles"]["totalCount"].is_i64(), "{words}: {answer}");
        }
        for long in ["(".repeat(5_000), "x".repeat(10_000), "大学".repeat(5_000), "a ".repeat(300)] {
            let answer =
                ask_with(server, "query($q: String) { profiles(query: $q) { totalCount } }", &json!({ "q": long }));
            assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_ARGUMENT", "{}", answer);
        }
        let scripts = "Ελλάδα Москва القاهرة תל־אביב 서울대학교 東京 とうきょう トウキョウ กรุงเทพ ฮานอย हिन्दी தமிழ் ქართული Հայաստան";
        for words in scripts.split(' ').chain([scripts]) {
            let answer =
                ask_with(server, "query($q: String) { profiles(query: $q) { totalCount } }", &json!({ "q": words }));
            assert!(answer["data"]["profiles"]["totalCount"].is_i64(), "{words}: {answer}");
        }
        let all = ask(
            server,
            "{ a: profiles(query: \"\", first: 0) { totalCount } b: profiles(query: \"  \", first: 0) { totalCount } }",
        );
        assert_eq!(all["a"], all["b"]);
        assert_eq!(
            usize::try_from(all["a"]["totalCount"].as_i64().expect("a number")).expect("a count"),
            demo().snapshot().len()
        );
    });
}

#[test]
fn a_question_in_a_sentence_names_places_and_subject() {
    serving(|server| {
        for words in [
            "universities or institutes in Vietnam or Thailand working on solar energy",
            "越南、泰国从事太阳能研究的大学或研究所",
            "泰国 太阳能",
        ] {
            let answer = ask_with(
                server,
                "query($q: String) { profiles(query: $q) { totalCount matching nodes { country { code } } } }",
                &json!({ "q": words }),
            );
            let found = &answer["data"]["profiles"];
            let countries: BTreeSet<String> = texts(&found["nodes"], "/country/code").into_iter().collect();
            let wanted = BTreeSet::from(["TH".to_owned(), "VN".to_owned()]);
            assert!(countries.is_subset(&wanted) && !countries.is_empty(), "{words}: {answer}");
        }
    });
}

#[test]
fn an_identifier_as_the_query_finds_what_it_names() {
    serving(|server| {
        for words in ["03cve4549", "https://ror.org/03cve4549", "12100000400000624D", "Q16955"] {
            let answer = ask_with(
                server,
                "query($q: String) { profiles(query: $q) { totalCount nodes { name { en } } } }",
                &json!({ "q": words }),
            );
            let expected = json!({ "totalCount": 1, "nodes": [{ "name": { "en": "Tsinghua University" } }] });
            assert_eq!(answer["data"]["profiles"], expected, "{words}");
        }
    });
}

#[test]
fn only_riken_can_be_the_partner_of_the_riken_direction() {
    serving(|server| {
        let answer =
            ask(server, r#"{ partnersFor(direction: "1.3", role: PARTNER, first: 100) { nodes { name { en } } } }"#);
        let names = texts(&answer["partnersFor"]["nodes"], "/name/en");
        assert!(!names.is_empty() && names.iter().all(|name| name.contains("RIKEN")), "{names:?}");
    });
}

#[test]
fn many_searches_in_one_request_are_too_expensive() {
    serving(|server| {
        let searches: String = (0..50).map(|place| format!("a{place}: profiles(first: 0) {{ totalCount }} ")).collect();
        let answer = ask_with(server, &format!("{{ {searches} }}"), &json!({}));
        assert_eq!(answer["errors"][0]["extensions"]["code"], "TOO_EXPENSIVE", "{answer}");
        // One character that folds to eighteen letters.
        let long = "\u{fdfa}".repeat(500);
        let answer =
            ask_with(server, "query($q: String) { profiles(query: $q) { totalCount } }", &json!({ "q": long }));
        assert_eq!(answer["data"]["profiles"]["totalCount"], 0);
    });
}
