//! The schema from inside: what it answers, that its inputs keep up with the vocabulary, and that its descriptions say whom each
//! field is for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use async_graphql::{Request, Variables};
use eligibility::vocabulary::{FactType, Scope};
use eligibility::{Lang, Library, SourceFile};
use serde_json::{Value, json};
use service::policy::{self, Action};

use super::{Schema, build};
use crate::config::Limits;

static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| {
    fn walk(folder: &Path, base: &Path, files: &mut Vec<SourceFile>) {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mut entries: Vec<PathBuf> = entries.collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, base, files);
                continue;
            }
            let name = path.strip_prefix(base).expect("below").to_str().expect("UTF-8").to_owned();
            files.push(SourceFile { path: name, text: fs::read_to_string(&path).expect("a text") });
        }
    }
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides");
    let mut files = Vec::new();
    walk(&base, &base, &mut files);
    Arc::new(Library::load(&files).expect("the calls load"))
});

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| build(Arc::clone(&LIBRARY), None, &Limits::default()));

async fn ask_with(query: &str, variables: Value) -> Value {
    let request = Request::new(query).variables(Variables::from_json(variables)).data(Lang::En);
    let response = SCHEMA.execute(request).await;
    assert_eq!(response.errors, Vec::new(), "{query}");
    response.data.into_json().expect("JSON")
}

async fn ask(query: &str) -> Value {
    ask_with(query, json!({})).await
}

/// `registered_on` as inputs write it.
fn camel(name: &str) -> String {
    super::input::camel(name)
}

/// The input fields of a type with the names of their types.
async fn input_fields(name: &str) -> Vec<(String, String)> {
    let query =
        format!("{{ __type(name: \"{name}\") {{ inputFields {{ name type {{ name ofType {{ name }} }} }} }} }}");
    let answer = ask(&query).await;
    let fields = answer["__type"]["inputFields"].as_array().expect("input fields").clone();
    let text = |value: &Value| value.as_str().map(String::from);
    fields
        .iter()
        .map(|field| {
            let of = text(&field["type"]["name"]).or_else(|| text(&field["type"]["ofType"]["name"]));
            (text(&field["name"]).expect("a name"), of.unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn every_fact_of_the_vocabulary_has_an_input_and_every_value_of_a_choice_an_enum_value() {
    for (scope, input) in [(Scope::Member, "MemberInput"), (Scope::Project, "ProjectInput")] {
        for fact in LIBRARY.vocabulary.facts(scope) {
            let path: Vec<&str> = fact.short_name().split('.').collect();
            let (mut of, mut found) = (input.to_owned(), String::new());
            for segment in &path {
                let fields = input_fields(&of).await;
                let field = fields.iter().find(|(name, _)| *name == camel(segment));
                found = field.unwrap_or_else(|| panic!("{of} has no field for {}", fact.name)).1.clone();
                of = found.clone();
            }
            if let FactType::Choice(choices) = &fact.fact_type {
                let query = format!("{{ __type(name: \"{found}\") {{ enumValues {{ name }} }} }}");
                let answer = ask(&query).await;
                let values = answer["__type"]["enumValues"].as_array().expect("enum values").clone();
                let mut values: Vec<&str> = values.iter().filter_map(|value| value["name"].as_str()).collect();
                let mut expected: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
                values.sort_unstable();
                expected.sort_unstable();
                assert_eq!(values, expected, "{}", fact.name);
            }
        }
    }
}

const CHECK: &str = "query ($input: CheckConsortiumInput!) { checkConsortium(input: $input) {
    userErrors { code field message { en } }
    report { verdict asOf violated undetermined warned direction { prefix }
        findings(outcomes: [VIOLATED, UNDETERMINED]) {
            requirement { key } outcome missingFacts { path } repairs { text { en } changes { kind member fact { name value } slot { name } } } } } } }";

#[tokio::test]
async fn a_consortium_is_judged_and_its_repairs_are_told() {
    let input = json!({ "direction": "cn-nz", "members": [
        { "key": "c1", "side": "CHINESE", "lead": true, "country": "CN", "kind": "UNIVERSITY" },
        { "key": "p1", "side": "PARTNER", "country": "TW" } ],
        "project": { "topic": "food-science", "durationMonths": 48 } });
    let answer = ask_with(CHECK, json!({ "input": input })).await;
    assert_eq!(
        answer["checkConsortium"],
        json!({ "userErrors": [], "report": {
            "verdict": "INELIGIBLE", "asOf": "2023-06-05", "violated": ["1.1"], "undetermined": [], "warned": ["GEN"],
            "direction": { "prefix": "1.1" },
            "findings": [
                { "requirement": { "key": "1.1#partner-country" }, "outcome": "VIOLATED", "missingFacts": [],
                  "repairs": [{ "text": { "en": "add a partner (country or region of registration: New Zealand)" },
                    "changes": [{ "kind": "ADD_MEMBER", "member": null, "fact": null,
                        "slot": [{ "name": "member.side" }, { "name": "member.country" }] }] }] },
                { "requirement": { "key": "1.1#both-submit" }, "outcome": "UNDETERMINED",
                  "missingFacts": [{ "path": "project.counterpart_application" }],
                  "repairs": [{ "text": { "en": "supply application on the partner side (must be submitted)" },
                    "changes": [{ "kind": "SUPPLY_FACT", "member": null,
                        "fact": { "name": "project.counterpart_application", "value": "SUBMITTED" }, "slot": [] }] }] },
                { "requirement": { "key": "1.1#single-side-void" }, "outcome": "UNDETERMINED",
                  "missingFacts": [{ "path": "project.counterpart_application" }],
                  "repairs": [{ "text": { "en": "supply application on the partner side (must be submitted)" },
                    "changes": [{ "kind": "SUPPLY_FACT", "member": null,
                        "fact": { "name": "project.counterpart_application", "value": "SUBMITTED" }, "slot": [] }] }] },
                { "requirement": { "key": "GEN#duration" }, "outcome": "VIOLATED", "missingFacts": [],
                  "repairs": [{ "text": { "en": "change project period to 24 to 36 months" },
                    "changes": [{ "kind": "CHANGE_FACT", "member": null,
                        "fact": { "name": "project.duration_months", "value": "36" }, "slot": [] }] }] }
            ] } })
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_input_is_told_with_its_place() {
    let errors = |input: Value| async move {
        let answer = ask_with(CHECK, json!({ "input": input })).await;
        assert_eq!(answer["checkConsortium"]["report"], Value::Null);
        let errors = answer["checkConsortium"]["userErrors"].as_array().expect("errors").clone();
        let one = |error: &Value| {
            let part = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}: {}", part("code"), part("field"), error["message"]["en"].as_str().unwrap_or_default())
        };
        errors.iter().map(one).collect::<Vec<_>>()
    };
    let member = |more: Value| {
        let mut member = json!({ "key": "p1", "side": "PARTNER" });
        for (name, value) in more.as_object().expect("an object") {
            member[name] = value.clone();
        }
        json!({ "direction": "cn-nz", "members": [member] })
    };
    assert_eq!(
        errors(json!({ "direction": "cn-nzz", "members": [{ "key": "a", "side": "CHINESE" }] })).await,
        [
            "UNKNOWN_VALUE direction: unknown direction `cn-nzz`; did you mean `cn-nz`? (allowed: `cn-nz`, `cn-us`, `cn-riken`, `cn-eg`, `cn-il`, `cn-arab-labs`, `cn-africa-labs`, `cn-uk-onehealth`, `cn-mt`, `cn-europe-labs`, `cn-it`, `cn-asean`, `mainland-hk`); or the number of its clauses: `1.1`, `1.2`, `1.3`, `1.4`, `1.5`, `1.6`, `1.7`, `1.8`, `1.9`, `2.0`, `2.1`, `2.2`, `HK1.1`"
        ]
    );
    assert_eq!(
        errors(member(json!({ "country": "UK", "registeredOn": "2020-02-30" }))).await,
        [
            "UNKNOWN_VALUE members[0].country: country or region `UK` is not an ISO 3166-1 alpha-2 code; did you mean `GB`?",
            "INVALID_VALUE members[0].registeredOn: expected a day, month or year of the calendar (2015-03-01, 2015-03, 2015), found `2020-02-30`"
        ]
    );
    assert_eq!(
        errors(json!({ "direction": "cn-nz", "members": [] })).await,
        ["MISSING members: no members; list at least one unit"]
    );
    let mut negative = member(json!({}));
    negative["project"] = json!({ "requestedGrantCny": -5, "topic": "food-sience" });
    assert_eq!(
        errors(negative).await,
        [
            "UNKNOWN_VALUE project.topic: unknown topic of this direction `food-sience`; did you mean `food-science`? (allowed: `food-science`, `health-biomedicine`, `environmental-science`, `OTHER`)",
            "INVALID_VALUE project.requestedGrantCny: -5 is negative; expected a whole number of at least 0"
        ]
    );
    let mut twice = member(json!({ "country": "NZ", "otherFacts": [
        { "fact": "member.country", "value": "CN" }, { "fact": "member.key", "value": "z" }] }));
    twice["asOf"] = json!("2023-06");
    twice["project"] = json!({ "requestedGrantCny": 1.5 });
    assert_eq!(
        errors(twice).await,
        [
            "INVALID_VALUE asOf: expected a day of the calendar such as 2023-06-05, found `2023-06`",
            "DUPLICATE members[0]: fact `member.country` is given twice",
            "UNKNOWN_KEY members[0]: unknown key `member.key` (allowed: `key`, `name`, `side`, `lead`, `country`, `subdivision`, `kind`, `independent_legal_person`, `registered_on`, `founded_by`, `hk_status`, `principal_investigator`, `serious_research_misconduct`)",
            "INVALID_VALUE project.requestedGrantCny: expected a whole number of at least 0, found `1.5`"
        ]
    );
    let mut other = member(json!({}));
    other["project"] = json!({ "otherFacts": [{ "fact": "project.snow", "value": 3 }] });
    let told = errors(other).await;
    assert!(told[0].starts_with("UNKNOWN_KEY project: unknown key `snow`"), "{told:?}");
}

#[tokio::test]
async fn facts_can_be_given_by_name() {
    let input = json!({ "direction": "cn-nz", "members": [
        { "key": "c1", "side": "CHINESE", "country": "CN" }, { "key": "p1", "side": "PARTNER",
          "otherFacts": [{ "fact": "member.country", "value": "NZ" }] } ],
        "project": { "otherFacts": [
            { "fact": "project.topic", "value": "food-science" },
            { "fact": "project.counterpart_application", "value": "SUBMITTED" }] } });
    let answer = ask_with(CHECK, json!({ "input": input })).await;
    assert_eq!(answer["checkConsortium"]["report"]["verdict"], json!("ELIGIBLE"));
}

#[tokio::test]
async fn directions_are_filtered_by_partner_topic_and_own_kind() {
    let prefixes = |filter: &str| {
        let query = format!("{{ directions(filter: {{{filter}}}) {{ totalCount nodes {{ prefix }} }} }}");
        async move {
            let answer = ask(&query).await;
            let nodes = answer["directions"]["nodes"].as_array().expect("nodes").clone();
            nodes.iter().filter_map(|node| node["prefix"].as_str().map(String::from)).collect::<Vec<_>>()
        }
    };
    assert_eq!(prefixes("partnerCountry: \"EG\"").await, ["1.3", "1.4", "1.6", "1.7"]);
    assert_eq!(prefixes("partnerCountry: \"IT\"").await, ["1.3", "2.0", "2.1"]);
    assert_eq!(prefixes("partnerGroup: \"asean\"").await, ["1.3", "2.2"]);
    assert_eq!(prefixes("topic: \"polar\"").await, ["1.5", "1.7", "2.1"]);
    assert_eq!(prefixes("topic: \"再生医药\"").await, ["1.5", "1.7", "HK1.1"]);
    assert_eq!(prefixes("leadKind: UNIVERSITY, partnerCountry: \"IL\"").await, ["1.3"]);
    assert_eq!(prefixes("leadKind: ENTERPRISE, partnerCountry: \"GB\"").await, ["1.3", "2.0"]);
}

#[tokio::test]
async fn pages_follow_one_another_and_ids_lead_back() {
    let answer =
        ask("{ directions(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { id prefix } } }").await;
    let page = &answer["directions"];
    assert_eq!((page["totalCount"].as_i64(), page["pageInfo"]["hasNextPage"].as_bool()), (Some(13), Some(true)));
    let next = format!(
        "{{ directions(first: 100, after: {}) {{ pageInfo {{ hasNextPage hasPreviousPage }} nodes {{ prefix }} }} }}",
        page["pageInfo"]["endCursor"]
    );
    let answer = ask(&next).await;
    assert_eq!(answer["directions"]["nodes"].as_array().map(Vec::len), Some(11));
    assert_eq!(answer["directions"]["pageInfo"], json!({ "hasNextPage": false, "hasPreviousPage": true }));
    let node = format!("{{ node(id: {}) {{ id ... on Direction {{ prefix }} }} }}", page["nodes"][1]["id"]);
    assert_eq!(ask(&node).await["node"]["prefix"], json!("1.2"));
    let requirement = ask("{ direction(key: \"1.6\") { requirements(first: 3) { nodes { id key quote } } } }").await;
    let first = &requirement["direction"]["requirements"]["nodes"][0];
    let node = format!("{{ node(id: {}) {{ ... on Requirement {{ key quote directionKeys }} }} }}", first["id"]);
    assert_eq!(ask(&node).await["node"]["key"], first["key"]);
}

#[tokio::test]
async fn an_institution_sees_its_roles() {
    let query = "query ($input: CheckInstitutionInput!) { checkInstitution(input: $input, verdicts: [ELIGIBLE, UNDETERMINED]) {
        userErrors { code } roles { role verdict direction { prefix } findings(outcomes: [UNDETERMINED]) { facts { path } } } } }";
    let input = json!({ "institution": { "country": "KE", "kind": "UNIVERSITY", "registeredOn": "2020-06",
        "independentLegalPerson": true, "hkStatus": "NONE", "principalInvestigator": { "rikenStaff": "NONE" } } });
    let answer = ask_with(query, json!({ "input": input })).await;
    assert_eq!(
        answer["checkInstitution"],
        json!({ "userErrors": [], "roles": [{ "role": "PARTNER", "verdict": "UNDETERMINED", "direction": { "prefix": "1.7" },
            "findings": [{ "facts": [{ "path": "members[institution].registered_on" }] }] }] })
    );
}

/// The root fields that are for everybody and say nothing of it, one a line.
const PUBLIC_FIELDS: &str = include_str!("../../../tests/public_fields.txt");

/// The description of every field that a request can begin with, by `Query.profiles` and the like, as the schema prints it.
fn root_fields() -> BTreeMap<String, String> {
    let document = parse_schema(SCHEMA.sdl()).expect("the schema is well-formed");
    let mut fields = BTreeMap::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(of) = definition else { continue };
        let of = of.node;
        let (TypeKind::Object(object), "Query" | "Mutation" | "Subscription") = (of.kind, of.name.node.as_str()) else {
            continue;
        };
        for field in object.fields {
            let description = field.node.description.map(|it| it.node).unwrap_or_default();
            fields.insert(format!("{}.{}", of.name.node, field.node.name.node), description);
        }
    }
    fields
}

#[test]
fn every_root_field_is_guarded_or_on_the_public_list() {
    let fields = root_fields();
    let roots: BTreeSet<&str> = fields.keys().filter_map(|field| field.split_once('.')).map(|(root, _)| root).collect();
    assert_eq!(roots, BTreeSet::from(["Mutation", "Query", "Subscription"]));

    let public: Vec<&str> = PUBLIC_FIELDS.lines().collect();
    let sorted: BTreeSet<&str> = public.iter().copied().collect();
    assert_eq!(public, sorted.iter().copied().collect::<Vec<_>>(), "one a line, in order, each once");
    let stale: Vec<&&str> = sorted.iter().filter(|field| !fields.contains_key(**field)).collect();
    assert_eq!(stale, Vec::<&&str>::new(), "on the list, and not in the schema");

    let texts: BTreeSet<(String, String)> =
        Action::ALL.iter().map(|action| policy::needed(*action)).map(|needed| (needed.en, needed.zh)).collect();
    let mut faults = Vec::new();
    for (field, description) in &fields {
        // Whatever looks like a permission counts as one, so that a misspelt one is a fault and not a public field.
        let told = |word: &str| description.lines().filter(|line| line.contains(word)).collect::<Vec<_>>();
        let (english, chinese) = (told("Needs:"), told("权限："));
        let is_guarded = match (english.as_slice(), chinese.as_slice()) {
            ([], []) => false,
            ([en], [zh])
                if texts
                    .iter()
                    .any(|needed| *en == format!("Needs: {}.", needed.0) && *zh == format!("权限：{}。", needed.1)) =>
            {
                true
            }
            _ => {
                faults.push(format!("{field} says what no action of the policy needs: {english:?} {chinese:?}"));
                continue;
            }
        };
        match (is_guarded, sorted.contains(field.as_str())) {
            (true, true) => faults.push(format!("{field} is guarded and on the public list")),
            (false, false) => faults.push(format!("{field} is neither guarded nor on the public list")),
            _ => {}
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}
