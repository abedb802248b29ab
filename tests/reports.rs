//! What is found of consortia, from outside: live, what if, across consortia, between two applications, and signed.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/app.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod app;
#[path = "support/database.rs"]
mod database;
#[path = "support/people.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod people;
#[path = "support/program.rs"]
mod program;

use app::{App, Person, record, ror_id};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use database::{Place, on_both};
use entity::{report_key, signed_report};
use jsonwebtoken::{Algorithm, EncodingKey};
use people::{appoint, join, text};
use program::{finish, lianhe};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use service::GlobalRole;

on_both!(
    a_report_is_signed_and_anybody_can_verify_it,
    what_is_confidential_is_in_no_report,
    what_consortia_share_is_found_without_naming_them,
    two_applications_are_compared,
    changes_are_tried_without_being_saved,
);

/// Names and countries of institutions.
const INSTITUTIONS: [(&str, &str); 5] = [
    ("Shandong Institute of Ocean Energy", "CN"),
    ("Nile University of Waves", "EG"),
    ("Qingdao School of Ships", "CN"),
    ("Cairo School of Sand", "EG"),
    ("Kowloon Institute of Rivers", "HK"),
];

/// All that a report says.
const REPORT: &str = "report { version problems { code message { zh en } } \
    report { verdict violated undetermined warned guideVersion \
        findings { requirement { key } outcome isConfidential facts { path name value text { zh en } } \
            missingFacts { path value text { zh en } } \
            repairs { text { zh en } changes { text { zh en } fact { name value wanted { zh en } } slot { value wanted { en } } } } } \
        commonRules { requirement { key } outcome isConfidential facts { name value text { en } } repairs { text { en } } } } \
    differences { matter between outcome chinese partner project requirements { key } message { zh en } } \
    overlaps { kind others requirement { key modality } known { consortiumId name } message { zh en } } }";

/// Institutions and who acts for them.
struct World {
    app: App,
    profiles: Vec<String>,
    people: Vec<Person>,
}

impl World {
    async fn new(place: &Place) -> Self {
        let records: Vec<Value> = INSTITUTIONS
            .iter()
            .zip(7..)
            .map(|((name, country), number)| {
                let mut record = record(number, name);
                record["locations"][0]["geonames_details"] =
                    json!({ "name": "Town", "country_code": country, "lat": 1.5, "lng": 2.5 });
                record
            })
            .collect();
        let app = App::start(place, &records).await;
        let emails: Vec<String> = (7..12).map(|number| format!("office{number}@n{number}.example.org")).collect();
        let emails: [&str; 5] = [&emails[0], &emails[1], &emails[2], &emails[3], &emails[4]];
        let people: Vec<Person> = join(&app, emails).into();
        let mut profiles = Vec::new();
        for (person, number) in people.iter().zip(7..) {
            let query = "query($ror: String!) { profile(rorId: $ror) { id } }";
            let found = app.ask(None, query, &json!({ "ror": ror_id(number) }));
            let profile = text(&found, "/profile/id").to_owned();
            app.change(Some(&person.token), "claimProfile", "profile { role }", &json!({ "profile": profile }));
            profiles.push(profile);
        }
        Self { app, profiles, people }
    }

    fn token(&self, who: usize) -> Option<&str> {
        Some(self.people[who].token.as_str())
    }

    /// A consortium of two institutions, each of which leads its side.
    fn open(&self, chinese: usize, partner: usize, direction: &str, name: &str) -> String {
        let input =
            json!({ "profile": self.profiles[chinese], "side": "CHINESE", "direction": direction, "name": name });
        let created = self.app.change(self.token(chinese), "createConsortium", "consortium { id }", &input);
        let id = text(&created, "/consortium/id").to_owned();
        self.admit(&id, chinese, partner, "PARTNER", true);
        id
    }

    fn admit(&self, id: &str, by: usize, who: usize, side: &str, lead: bool) {
        let input = json!({ "consortium": id, "profile": self.profiles[who], "side": side, "lead": lead });
        self.app.change(self.token(by), "inviteToConsortium", "", &input);
        let query = "query($id: ID!) { consortiumInvitations(profile: $id) { id } }";
        let open = self.app.ask(self.token(who), query, &json!({ "id": self.profiles[who] }));
        let input = json!({ "invitation": text(&open, "/consortiumInvitations/0/id"), "accept": true });
        self.app.change(self.token(who), "answerConsortiumInvitation", "isAnswered", &input);
    }

    fn seen(&self, who: usize, id: &str, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ consortium(id: $id) {{ {fields} }} }}");
        self.app.ask(self.token(who), &query, &json!({ "id": id }))["consortium"].take()
    }

    fn report(&self, who: usize, id: &str) -> Value {
        self.seen(who, id, REPORT)["report"].take()
    }

    fn version(&self, who: usize, id: &str) -> i64 {
        self.seen(who, id, "version")["version"].as_i64().expect("a version")
    }

    fn enter(&self, who: usize, id: &str, facts: &Value) {
        let input = json!({ "consortium": id, "version": self.version(who, id), "facts": facts });
        self.app.change(self.token(who), "editConsortium", "", &input);
    }

    fn file(&self, who: usize, id: &str, side: &str, says: &Value) {
        let mut input = json!({ "consortium": id, "version": self.version(who, id), "side": side });
        for (name, value) in says.as_object().expect("an object") {
            input[name] = value.clone();
        }
        self.app.change(self.token(who), "editSideFile", "", &input);
    }

    fn what_if(&self, who: usize, id: &str, input: &Value) -> Value {
        let query = format!(
            "query($id: ID!, $input: WhatIfInput!) {{ consortium(id: $id) {{ whatIf(input: $input) {{ \
             userErrors {{ code field }} result {{ isPartial withheld {} }} }} }} }}",
            "report { verdict asOf direction { key } violated undetermined \
             findings { requirement { key } outcome facts { name value } } commonRules { requirement { key } outcome } }"
        );
        let mut answer = self.app.ask(self.token(who), &query, &json!({ "id": id, "input": input }));
        answer["consortium"]["whatIf"].take()
    }

    fn sign(&self, who: usize, id: &str, fields: &str) -> Value {
        let input = json!({ "consortium": id, "version": self.version(who, id) });
        let fields = format!("report {{ {fields} }}");
        self.app.change(self.token(who), "signConsortiumReport", &fields, &input)["report"].take()
    }

    /// Whether a report is accepted, and why not; anybody may ask.
    fn verify(&self, jws: &str) -> (bool, Option<String>) {
        let query = "query($jws: String!) { verifyReport(jws: $jws) { isValid reason message { zh en } } }";
        let answer = self.app.ask(None, query, &json!({ "jws": jws }));
        let of = &answer["verifyReport"];
        assert_eq!(of["message"].is_null(), of["isValid"] == true);
        (of["isValid"] == true, of["reason"].as_str().map(str::to_owned))
    }

    fn refused(&self, jws: &str) -> String {
        let (is_valid, reason) = self.verify(jws);
        assert!(!is_valid);
        reason.expect("a reason")
    }
}

/// The finding of a requirement.
fn finding<'r>(report: &'r Value, key: &str) -> Option<&'r Value> {
    let findings = report["findings"].as_array().expect("findings").iter();
    findings.into_iter().find(|finding| finding["requirement"]["key"] == key)
}

fn outcome(report: &Value, key: &str) -> Value {
    finding(report, key).map_or(Value::Null, |finding| finding["outcome"].clone())
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn opened(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// A report with any header and claims, truly signed by a key.
fn forged(header: &Value, claims: &Value, key: &report_key::Model) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let private = EncodingKey::from_ed_der(&key.private);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &private, Algorithm::EdDSA).expect("a signature");
    format!("{message}.{signature}")
}

async fn a_report_is_signed_and_anybody_can_verify_it(place: Place) {
    let world = World::new(&place).await;
    let id = world.open(0, 1, "1.7", "Waves <b>& tides</b>");
    world.enter(
        0,
        &id,
        &json!([
            { "fact": "project.visiting_researchers.count", "value": 4, "confidential": true },
            { "fact": "project.lab_agreement.signatories", "value": [world.profiles[0], "Nile University of Waves"] },
            { "fact": "project.title", "value": "中埃波浪能联合实验室", "confidential": true },
        ]),
    );
    let live = world.report(0, &id);
    assert_eq!(outcome(&live["report"], "1.7(5)#visitors-count"), "VIOLATED");
    assert_eq!(outcome(&live["report"], "1.7(6)#lab-agreement"), "SATISFIED", "parties are found by id and by name");

    let fields = "id jws json verdict version asOf signedAt expiresAt pageUrl statement { guideVersion factsDigest \
        members { name { en } country side isLead } findings { key outcome facts } }";
    let signed = world.sign(0, &id, fields);
    assert_eq!((&signed["verdict"], &signed["version"]), (&live["report"]["verdict"], &live["version"]));
    assert_eq!(signed["statement"]["guideVersion"], live["report"]["guideVersion"]);
    assert_eq!(signed["statement"]["members"][1]["country"], "EG");
    let jws = text(&signed, "/jws").to_owned();
    assert_eq!(world.verify(&jws), (true, None));
    assert_eq!(world.verify(text(&signed, "/json")), (true, None), "the JSON form holds the signed one");

    // Facts by name, and no value of any.
    let [head, body, signature] = jws.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let claims = opened(body);
    assert!(!claims.to_string().contains("波浪能联合实验室"), "{claims}");
    let of_visitors = claims["findings"].as_array().expect("findings").iter();
    let of_visitors =
        of_visitors.into_iter().find(|it| it["requirement"] == "1.7(5)#visitors-count").expect("it is there");
    assert_eq!(of_visitors["facts"], json!(["project.visiting_researchers.count"]));
    assert_eq!(of_visitors["outcome"], "VIOLATED");
    assert!(text(&claims, "/factsDigest").starts_with("sha-256:"));
    assert_eq!(claims["exp"].as_i64().expect("a time") - claims["iat"].as_i64().expect("a time"), 365 * 86_400);

    // Every way to make it say something else.
    let connection = world.app.platform.database().connection();
    let key = report_key::Entity::find().one(connection).await.expect("read").expect("the key");
    let header = opened(head);
    assert_eq!(header, json!({ "typ": "lianhe-report+jwt", "alg": "EdDSA", "kid": key.id }));
    let with = |mut value: Value, name: &str, changed: Value| {
        value[name] = changed;
        value
    };
    let better = part(&with(claims.clone(), "verdict", json!("ELIGIBLE")));
    assert_eq!(world.refused(&format!("{head}.{better}.{signature}")), "ALTERED");
    let (first, rest) = signature.split_at(1);
    let other = if first == "A" { "B" } else { "A" };
    assert_eq!(world.refused(&format!("{head}.{body}.{other}{rest}")), "ALTERED");
    assert_eq!(world.refused(&format!("{head}.{body}.")), "ALTERED");
    let none = part(&with(header.clone(), "alg", json!("none")));
    assert_eq!(world.refused(&format!("{none}.{body}.")), "WRONG_ALGORITHM");
    let hashed = part(&with(header.clone(), "alg", json!("HS256")));
    assert_eq!(world.refused(&format!("{hashed}.{body}.{signature}")), "WRONG_ALGORITHM");
    assert_eq!(world.refused(&forged(&with(header.clone(), "kid", json!("nobody")), &claims, &key)), "UNKNOWN_KEY");
    assert_eq!(world.refused(&forged(&with(header.clone(), "typ", json!("at+jwt")), &claims, &key)), "WRONG_TYPE");
    assert_eq!(world.refused(&forged(&with(header.clone(), "crit", json!(["b64"])), &claims, &key)), "WRONG_ALGORITHM");
    assert_eq!(world.refused(&world.people[0].token), "WRONG_TYPE", "a token of an account is no report");
    assert_eq!(world.refused(&format!("{head}.{body}")), "MALFORMED");
    assert_eq!(world.refused(""), "MALFORMED");
    assert_eq!(world.refused("{\"report\": {}}"), "MALFORMED");
    assert_eq!(world.refused(&format!("{{\"jws\":\"{jws}\",\"jws\":\"{jws}\"}}")), "MALFORMED");
    assert_eq!(world.refused(&format!("{{\"jws\":\"{jws}\",\"verdict\":\"ELIGIBLE\"}}")), "MALFORMED");
    let twice = text(&signed, "/json").replacen("\"verdict\"", "\"verdict\":\"ELIGIBLE\",\"verdict\"", 1);
    assert_eq!(world.refused(&twice), "ALTERED", "readers differ in which of two they take");
    assert_eq!(world.refused(&forged(&header, &json!({ "verdict": "ELIGIBLE" }), &key)), "MALFORMED");
    let over = with(claims.clone(), "exp", json!(claims["iat"]));
    let expired = forged(&header, &over, &key);
    assert_eq!(world.refused(&expired), "EXPIRED");
    assert_eq!(world.verify(&forged(&header, &claims, &key)), (true, None), "the forger of this test is right");

    // The published keys, and the program.
    let published = world.app.transfer("GET", &address(&world, "/.well-known/report-keys.json"), &[], b"");
    assert_eq!(published.header("content-type").as_deref(), Some("application/jwk-set+json"));
    assert_eq!(published.json()["keys"][0]["kid"], json!(key.id));
    assert_eq!(published.json()["keys"].as_array().map(Vec::len), Some(1));
    assert!(!published.text().contains("\"d\""), "no private part");
    let (keys, report) = (place.path("keys.json"), place.path("report.jws"));
    std::fs::write(&keys, &published.body).expect("written");
    let (keys, report) = (keys.to_str().expect("UTF-8"), report.to_str().expect("UTF-8"));
    let verify = |said: &str, more: &[&str]| {
        std::fs::write(report, said).expect("written");
        let mut arguments = vec!["report", "verify", report];
        arguments.extend(more);
        finish(lianhe(&place, &arguments))
    };
    let run = verify(&jws, &["--keys", keys]);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{}", run.out);
    assert!(run.out.contains("Waves <b>& tides</b>, version") && run.out.contains("INELIGIBLE"), "{}", run.out);
    let run = verify(text(&signed, "/json"), &["--lang", "zh"]);
    assert_eq!(run.status, 0, "{}", run.err);
    assert!(run.out.contains("报告有效") && run.out.contains("结论：不符合申报要求"), "{}", run.out);
    for (wrong, status, reason) in [
        (format!("{head}.{better}.{signature}"), 1, "ALTERED"),
        (expired.clone(), 1, "EXPIRED"),
        (forged(&with(header.clone(), "kid", json!("nobody")), &claims, &key), 1, "UNKNOWN_KEY"),
        (world.people[0].token.clone(), 1, "WRONG_TYPE"),
        (format!("{head}.{body}"), 65, "MALFORMED"),
    ] {
        let run = verify(&wrong, &["--keys", keys, "--format", "json"]);
        let answer: Value = serde_json::from_str(&run.out).expect("JSON");
        assert_eq!((run.status, &answer["valid"], &answer["reason"]), (status, &json!(false), &json!(reason)));
    }
    assert_eq!(verify(&"x".repeat(2 * 1024 * 1024), &["--keys", keys]).status, 65, "too large to be read");
    assert_eq!(verify(&jws, &["--keys", report]).status, 65, "no set of keys");
    assert_eq!(verify(&jws, &["--keys", "/nowhere/keys.json"]).status, 66);

    // The page.
    let page = world.app.transfer("GET", text(&signed, "/pageUrl"), &[], b"");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Waves &#60;b&#62;&#38; tides&#60;/b&#62;"), "what people write is escaped");
    assert!(page.text().contains("埃及 <span lang=\"en\">Egypt</span>") && page.text().contains("北京时间"));
    assert!(page.text().contains("不符合") && page.text().contains("Not met") && page.text().contains(&jws));
    assert!(!page.text().contains("<script"));
    assert_eq!(page.header("cache-control").as_deref(), Some("private, no-store"));
    let (path, _) = text(&signed, "/pageUrl").split_once('?').expect("a permit");
    assert_eq!(world.app.transfer("GET", path, &[], b"").status, 403);
    assert_eq!(world.app.transfer("GET", &format!("{path}?permit={}", world.people[0].token), &[], b"").status, 403);
    assert_eq!(world.app.transfer("GET", &address(&world, "/assets/report.css"), &[], b"").status, 200);

    // Who sees it, and who signs.
    let node = "query($id: ID!) { node(id: $id) { id } }";
    let report_id = json!({ "id": signed["id"] });
    assert_eq!(world.app.ask(world.token(1), node, &report_id)["node"]["id"], signed["id"]);
    assert_eq!(world.app.ask(world.token(2), node, &report_id)["node"], Value::Null);
    assert_eq!(world.app.ask(None, node, &report_id)["node"], Value::Null);
    world.admit(&id, 0, 2, "CHINESE", false);
    let (query, variables) = app::mutation("signConsortiumReport", "", &json!({ "consortium": id, "version": 1 }));
    assert_eq!(world.app.refused(world.token(2), &query, &variables), "FORBIDDEN");
    assert_eq!(world.app.mended(world.token(0), "signConsortiumReport", &variables["input"]), "CONFLICT");
    assert_eq!(world.app.mended(world.token(3), "signConsortiumReport", &variables["input"]), "NOT_FOUND");

    // What is another since, and why; the report stays as it was.
    let changes = "id jws changes { verdictBefore verdictAfter reasons versionBefore versionAfter guideVersionBefore \
        guideVersionAfter findings { key before after reasons facts } }";
    let again = |fields: &str| world.seen(1, &id, &format!("signedReports {{ {fields} }}"))["signedReports"][0].take();
    let before = again(changes);
    let turned =
        |changed: &Value| -> Vec<Value> { changed["changes"]["findings"].as_array().expect("findings").clone() };
    assert!(turned(&before).iter().all(|change| change["reasons"] == json!(["MEMBERS"])), "{before}");
    assert_eq!(before["changes"]["guideVersionBefore"], before["changes"]["guideVersionAfter"]);
    world.enter(0, &id, &json!([{ "fact": "project.visiting_researchers.count", "value": 5 }]));
    let after = again(changes);
    let visitors =
        turned(&after).into_iter().find(|change| change["key"] == "1.7(5)#visitors-count").expect("it turned");
    assert_eq!(
        visitors,
        json!({ "key": "1.7(5)#visitors-count", "before": "VIOLATED", "after": "SATISFIED", "reasons": ["FACTS"],
            "facts": ["project.visiting_researchers.count"] })
    );
    assert_eq!(after["jws"], json!(jws));
    assert_eq!(after["changes"]["verdictAfter"], world.report(0, &id)["report"]["verdict"]);
    let rows = signed_report::Entity::find().all(connection).await.expect("rows");
    assert_eq!(rows.iter().map(|row| row.jws.as_str()).collect::<Vec<_>>(), [jws.as_str()]);
    world.app.stop().await;
}

fn address(world: &World, path: &str) -> String {
    format!("{}{path}", world.app.platform.settings().public_url)
}

async fn what_is_confidential_is_in_no_report(place: Place) {
    let world = World::new(&place).await;
    let id = world.open(0, 4, "HK1.1", "Rivers and waves");
    let facts = |matching: i64| {
        json!([
            { "fact": "project.requested_grant_cny", "value": 9_876_500, "confidential": true },
            { "fact": "project.enterprise_matching_cny", "value": matching, "confidential": true },
        ])
    };
    let key = "HK1.1(3)#matching-10pct";
    for (matching, expected) in [(986_663, "VIOLATED"), (987_650, "SATISFIED")] {
        world.enter(0, &id, &facts(matching));
        let own = world.report(0, &id);
        let shown = finding(&own["report"], key).expect("it is there");
        assert_eq!((&shown["outcome"], &shown["isConfidential"]), (&json!(expected), &json!(false)));
        assert!(shown.to_string().contains(&matching.to_string()), "{shown}");
        assert_eq!(shown["repairs"].as_array().map(Vec::is_empty), Some(expected == "SATISFIED"));

        let others = world.report(4, &id);
        let shown = finding(&others["report"], key).expect("it is there");
        assert_eq!((&shown["outcome"], &shown["isConfidential"]), (&json!(expected), &json!(true)));
        assert_eq!(shown["repairs"], json!([]));
        let names: Vec<&Value> = shown["facts"].as_array().expect("facts").iter().map(|fact| &fact["name"]).collect();
        assert_eq!(names, ["project.enterprise_matching_cny", "project.requested_grant_cny"]);
        assert!(shown["facts"].as_array().expect("facts").iter().all(|fact| fact["value"].is_null()));
        assert!(text(shown, "/facts/0/text/en").ends_with("confidential"));
        assert!(text(shown, "/facts/0/text/zh").ends_with("保密"));
        let whole = others.to_string();
        for secret in ["9876500", "9,876,500", "986663", "986,663", "987650", "987,650"] {
            assert!(!whole.contains(secret), "{secret} in {whole}");
        }
    }

    // Nor by trying: what rests on them is left out, until the reader puts facts of their own in their place.
    let tried =
        world.what_if(4, &id, &json!({ "facts": [{ "fact": "project.requested_grant_cny", "value": 9_000_000 }] }));
    assert_eq!(tried["result"]["isPartial"], true);
    assert_eq!(finding(&tried["result"]["report"], key), None, "the other fact is still confidential");
    let input = json!({ "facts": [{ "fact": "requested_grant_cny", "value": 1000 },
        { "fact": "project.enterprise_matching_cny", "value": 99 }] });
    let tried = world.what_if(4, &id, &input);
    assert_eq!(outcome(&tried["result"]["report"], key), "VIOLATED");
    let directions = "directions { direction { key } isOwn isPartial withheld verdict violated undetermined }";
    let of_others = world.seen(4, &id, directions)["directions"].take();
    let own = of_others.as_array().expect("directions").iter().find(|fit| fit["isOwn"] == true).expect("its own");
    // Of its own direction they say what the report says.
    assert_eq!((&own["isPartial"], &own["direction"]["key"]), (&json!(false), &json!("mainland-hk")));
    assert_eq!((&own["withheld"], &own["verdict"]), (&json!(0), &world.report(4, &id)["report"]["verdict"]));

    // A signed report holds no values, whoever reads it.
    let signed = world.sign(4, &id, "jws");
    let body = text(&signed, "/jws").split('.').nth(1).expect("a body");
    let claims = opened(body).to_string();
    assert!(!claims.contains("9876500") && !claims.contains("987650"), "{claims}");
    assert!(claims.contains("project.enterprise_matching_cny"));
    world.app.stop().await;
}

async fn what_consortia_share_is_found_without_naming_them(place: Place) {
    let world = World::new(&place).await;
    let africa = world.open(0, 1, "1.7", "First team");
    assert_eq!(world.report(0, &africa)["overlaps"], json!([]));
    let arab = world.open(0, 1, "1.6", "Second team");
    let other = world.open(2, 3, "1.7", "Third team");
    for (who, id) in [(0, &africa), (2, &other)] {
        let leader = json!({ "chineseLeader": { "name": "王小明", "orcid": "0000-0002-1825-0097" } });
        world.file(who, id, "CHINESE", &leader);
    }
    let overlaps = |who: usize, id: &str| -> Vec<(String, i64, String, String)> {
        let report = world.report(who, id);
        let found = report["overlaps"].as_array().expect("overlaps").iter();
        let row = |of: &Value| {
            let known = of["known"].as_array().expect("a list").iter().map(|one| text(one, "/name").to_owned());
            let known: Vec<String> = known.collect();
            let (kind, key) = (text(of, "/kind"), text(of, "/requirement/key"));
            (kind.to_owned(), of["others"].as_i64().expect("a number"), key.to_owned(), known.join(","))
        };
        found.map(row).collect()
    };
    let row =
        |kind: &str, others: i64, key: &str, known: &str| (kind.to_owned(), others, key.to_owned(), known.to_owned());
    assert_eq!(
        overlaps(0, &africa),
        [
            row("COOPERATION", 1, "1.7(3)#one-route", "Second team"),
            row("COUNTRY", 1, "1.7#one-per-country", ""),
            row("LEADER", 1, "COMMON#leader-one-application", ""),
        ]
    );
    assert_eq!(overlaps(0, &arab), [row("COOPERATION", 1, "1.7(3)#one-route", "First team")]);
    assert_eq!(
        overlaps(2, &other),
        [row("COUNTRY", 1, "1.7#one-per-country", ""), row("LEADER", 1, "COMMON#leader-one-application", "")]
    );
    let told = world.report(2, &other).to_string();
    for secret in ["First team", "Second team", "Shandong", "Nile"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }

    // Administrators see the whole list; nobody else does.
    let query = "{ consortiumOverlaps { totalCount nodes { id kind consortia { name } directions { number } } } }";
    assert_eq!(world.app.refused(world.token(0), query, &json!({})), "FORBIDDEN");
    let [admin] = join(&world.app, ["admin@lianhe.example"]);
    let unproved = appoint(&world.app, &admin, GlobalRole::Administrator, false).await;
    assert_eq!(world.app.refused(Some(&unproved.token), query, &json!({})), "SECOND_FACTOR_REQUIRED");
    let admin = appoint(&world.app, &unproved, GlobalRole::Administrator, true).await;
    let list = |token: &str| -> Vec<(String, Vec<String>)> {
        let answer = world.app.ask(Some(token), query, &json!({}));
        let nodes = answer["consortiumOverlaps"]["nodes"].as_array().expect("nodes").clone();
        let names = |node: &Value| {
            let consortia = node["consortia"].as_array().expect("consortia").iter();
            consortia.map(|one| text(one, "/name").to_owned()).collect()
        };
        nodes.iter().map(|node| (text(node, "/kind").to_owned(), names(node))).collect()
    };
    let both = |kind: &str, one: &str, two: &str| (kind.to_owned(), vec![one.to_owned(), two.to_owned()]);
    assert_eq!(
        list(&admin.token),
        [
            both("COOPERATION", "First team", "Second team"),
            both("COUNTRY", "First team", "Third team"),
            both("LEADER", "First team", "Third team"),
        ]
    );
    let answer = world.app.ask(Some(&admin.token), query, &json!({}));
    let id = json!({ "id": answer["consortiumOverlaps"]["nodes"][0]["id"] });
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(world.app.ask(Some(&admin.token), node, &id)["node"]["id"], id["id"]);
    assert_eq!(world.app.ask(world.token(0), node, &id)["node"], Value::Null);

    // What is put away no longer counts.
    world.app.change(world.token(0), "archiveConsortium", "", &json!({ "consortium": africa }));
    assert_eq!(overlaps(2, &other), []);
    assert_eq!(overlaps(0, &arab), []);
    assert_eq!(list(&admin.token), []);

    // One agreement in two applications of 2.0.
    let agreement = json!([
        { "fact": "project.lab_agreement.signatories", "value": [world.profiles[0], world.profiles[4]] },
        { "fact": "project.lab_agreement.signed_on", "value": "2022-05-06" },
    ]);
    let one = world.open(0, 4, "2.0", "Fourth team");
    let two = world.open(0, 4, "2.0", "Fifth team");
    world.enter(0, &one, &agreement);
    assert_eq!(overlaps(0, &one), []);
    let names = json!([
        { "fact": "project.lab_agreement.signatories", "value": ["Kowloon institute of  Rivers", world.profiles[0]] },
        { "fact": "project.lab_agreement.signed_on", "value": "2022-05-06" },
    ]);
    world.enter(0, &two, &names);
    assert_eq!(overlaps(0, &one), [row("LAB_AGREEMENT", 1, "2.0(2)#one-agreement-one-application", "Fifth team")]);
    world.enter(0, &two, &json!([{ "fact": "project.lab_agreement.signed_on", "value": "2022-05-07" }]));
    assert_eq!(overlaps(0, &one), []);
    // What is confidential is compared for administrators alone: members could find it by trying.
    let sealed = json!([{ "fact": "project.lab_agreement.signed_on", "value": "2022-05-07", "confidential": true }]);
    world.enter(0, &one, &sealed);
    assert_eq!((overlaps(0, &one), overlaps(0, &two)), (Vec::new(), Vec::new()));
    assert_eq!(list(&admin.token), [both("LAB_AGREEMENT", "Fourth team", "Fifth team")]);
    world.app.stop().await;
}

async fn two_applications_are_compared(place: Place) {
    let world = World::new(&place).await;
    let id = world.open(0, 4, "HK1.1", "Rivers and waves");
    assert_eq!(world.report(0, &id)["differences"], json!([]));
    world.enter(
        0,
        &id,
        &json!([{ "fact": "project.title", "value": "潮汐 电站" }, { "fact": "project.duration_months", "value": 24 }]),
    );
    let chinese = json!({ "title": "潮汐电站", "titleEn": "Tidal Power", "months": 24, "beginsOn": "2024-01-01",
        "participants": ["Shandong Institute of Ocean Energy", "Kowloon Institute of Rivers"],
        "chineseLeader": { "name": "王小明", "orcid": "0000-0002-1825-0097" }, "partnerLeader": { "name": "CHAN Siu-ming" } });
    world.file(0, &id, "CHINESE", &chinese);
    let compared = |who: usize| -> Vec<(String, String, String)> {
        let report = world.report(who, &id);
        let all = report["differences"].as_array().expect("a list").iter();
        let of = |one: &Value| {
            assert_eq!(one["requirements"], json!([{ "key": "HK1.1(4)#applications-consistent" }]));
            let part = |name: &str| text(one, name).to_owned();
            (part("/matter"), part("/between"), part("/outcome"))
        };
        all.map(of).collect()
    };
    let all = |rows: &[(&str, &str, &str)]| -> Vec<(String, String, String)> {
        rows.iter().map(|(one, two, three)| ((*one).to_owned(), (*two).to_owned(), (*three).to_owned())).collect()
    };
    let open = [
        ("TITLE", "SIDES", "UNDETERMINED"),
        ("TITLE_IN_ENGLISH", "SIDES", "UNDETERMINED"),
        ("PARTICIPANTS", "SIDES", "UNDETERMINED"),
        ("CHINESE_LEADER", "SIDES", "UNDETERMINED"),
        ("PARTNER_LEADER", "SIDES", "UNDETERMINED"),
        ("BEGIN", "SIDES", "UNDETERMINED"),
        ("PERIOD", "SIDES", "UNDETERMINED"),
        ("PARTICIPANTS", "CHINESE_AND_PROJECT", "SATISFIED"),
        ("TITLE", "CHINESE_AND_PROJECT", "SATISFIED"),
        ("PERIOD", "CHINESE_AND_PROJECT", "SATISFIED"),
    ];
    assert_eq!(compared(4), all(&open));
    // Width, case, white space, traditional characters and order make no difference, nor does where a family name stands; an ORCID iD counts more than how a name is written.
    let partner = json!({ "title": "潮汐　電站", "titleEn": "ｔｉｄａｌ power", "months": 23, "beginsOn": "2024-02-01",
        "participants": ["The kowloon institute of rivers ", "SHANDONG Institute　of Ocean Energy"],
        "chineseLeader": { "name": "Wang Xiaoming", "orcid": "0000-0002-1825-0097" },
        "partnerLeader": { "name": "Siuming Chan" } });
    world.file(4, &id, "PARTNER", &partner);
    let both = [
        ("TITLE", "SIDES", "SATISFIED"),
        ("TITLE_IN_ENGLISH", "SIDES", "SATISFIED"),
        ("PARTICIPANTS", "SIDES", "SATISFIED"),
        ("CHINESE_LEADER", "SIDES", "SATISFIED"),
        ("PARTNER_LEADER", "SIDES", "SATISFIED"),
        ("BEGIN", "SIDES", "VIOLATED"),
        ("PERIOD", "SIDES", "VIOLATED"),
        ("PARTICIPANTS", "CHINESE_AND_PROJECT", "SATISFIED"),
        ("TITLE", "CHINESE_AND_PROJECT", "SATISFIED"),
        ("PERIOD", "CHINESE_AND_PROJECT", "SATISFIED"),
        ("PARTICIPANTS", "PARTNER_AND_PROJECT", "SATISFIED"),
        ("TITLE", "PARTNER_AND_PROJECT", "SATISFIED"),
        ("PERIOD", "PARTNER_AND_PROJECT", "VIOLATED"),
    ];
    assert_eq!(compared(0), all(&both));
    // Where the files differ, the declaration that they agree counts as no.
    let declared = json!([{ "fact": "project.applications_consistent", "value": true }]);
    world.enter(0, &id, &declared);
    let report = world.report(0, &id)["report"].clone();
    assert_eq!(outcome(&report, "HK1.1(4)#applications-consistent"), "VIOLATED");
    let others = json!({ "chineseLeader": { "name": "Wang Xiaoming" }, "partnerLeader": { "name": "Chan Tai-man" },
        "participants": ["Another"] });
    world.file(4, &id, "PARTNER", &others);
    let changed: Vec<String> = compared(0).into_iter().map(|row| row.2).collect();
    assert_eq!(changed[2], "VIOLATED");
    assert_eq!(changed[3], "UNDETERMINED", "without an iD names in two scripts are for a person to compare");
    assert_eq!(changed[4], "VIOLATED", "without an iD the names are compared");
    // The history says what it said before.
    let history = world.seen(0, &id, "history(first: 1) { nodes { changes { kind side text { zh en } } } }");
    let changes = json!([{ "kind": "FILE", "side": "PARTNER", "text": {
        "zh": "合作方申报书：合作单位由“The kowloon institute of rivers; SHANDONG Institute\u{3000}of Ocean Energy”改为“Another”；\
               中方负责人由“Wang Xiaoming (0000-0002-1825-0097)”改为“Wang Xiaoming”；合作方负责人由“Siuming Chan”改为“Chan Tai-man”",
        "en": "the application of the partner side: institutions changed from “The kowloon institute of rivers; SHANDONG \
               Institute\u{3000}of Ocean Energy” to “Another”; leader on the Chinese side changed from “Wang Xiaoming \
               (0000-0002-1825-0097)” to “Wang Xiaoming”; leader on the partner side changed from “Siuming Chan” to \
               “Chan Tai-man”" } }]);
    assert_eq!(history["history"]["nodes"][0]["changes"], changes);

    // What the project keeps to itself is not compared before others.
    let hidden = json!([{ "fact": "project.duration_months", "value": 23, "confidential": true }]);
    world.enter(0, &id, &hidden);
    let between: Vec<String> = compared(4).into_iter().filter(|row| row.0 == "PERIOD").map(|row| row.1).collect();
    assert_eq!(between, ["SIDES"]);
    world.app.stop().await;
}

async fn changes_are_tried_without_being_saved(place: Place) {
    let world = World::new(&place).await;
    let id = world.open(0, 4, "2.2", "Rivers and waves");
    let before = (world.version(0, &id), world.report(0, &id));
    let own = world.what_if(0, &id, &json!({}));
    assert_eq!(own["userErrors"], json!([]));
    let asean: Vec<String> = before.1["report"]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|of| of["outcome"] == "VIOLATED")
        .map(|of| text(of, "/requirement/key").to_owned())
        .collect();
    assert!(asean.iter().any(|key| key.starts_with("2.2(1)#")), "{asean:?}");
    // Two made-up partners, of two ASEAN states, in the place of the one from Hong Kong.
    let add = |country: &str, lead: bool| json!({ "side": "PARTNER", "lead": lead, "facts": [{ "fact": "country", "value": country }] });
    let input = json!({ "removeMembers": [world.profiles[4]], "addMembers": [add("TH", true), add("VN", false)] });
    let tried = world.what_if(0, &id, &input);
    assert_eq!(tried["userErrors"], json!([]));
    for key in asean.iter().filter(|key| key.starts_with("2.2(1)#")) {
        assert_eq!(outcome(&tried["result"]["report"], key), "SATISFIED", "{key}");
    }
    let elsewhere =
        world.what_if(0, &id, &json!({ "direction": direction(&world, "mainland-hk"), "asOf": "2023-06-01" }));
    let report = &elsewhere["result"]["report"];
    assert_eq!((&report["direction"]["key"], &report["asOf"]), (&json!("mainland-hk"), &json!("2023-06-01")));
    assert_eq!(outcome(report, "HK1.1#partner-country"), "SATISFIED");
    let listed = world.what_if(0, &id, &json!({ "addMembers": [{ "profile": world.profiles[1], "side": "PARTNER" }] }));
    assert_eq!(listed["userErrors"], json!([]));

    // What is wrong is said, with its place.
    for (input, code, field) in [
        (json!({ "asOf": "2023-02-30" }), "INVALID_VALUE", "asOf"),
        (json!({ "direction": world.profiles[0] }), "NOT_FOUND", "direction"),
        (json!({ "removeMembers": [world.profiles[2]] }), "NOT_FOUND", "removeMembers[0]"),
        (
            json!({ "addMembers": [{ "profile": world.profiles[4], "side": "PARTNER" }] }),
            "TAKEN",
            "addMembers[0].profile",
        ),
        (json!({ "addMembers": [{ "side": "PARTNER" }] }), "MISSING", "addMembers[0].profile"),
        (json!({ "removeMembers": [world.profiles[0], world.profiles[4]] }), "LIMIT", "addMembers"),
        (json!({ "facts": [{ "fact": "project.colour", "value": "red" }] }), "NOT_FOUND", "facts[0].fact"),
        (
            json!({ "facts": [{ "fact": "project.duration_months", "value": "long" }] }),
            "INVALID_VALUE",
            "facts[0].value",
        ),
    ] {
        let refused = world.what_if(0, &id, &input);
        assert_eq!(refused["userErrors"], json!([{ "code": code, "field": field }]), "{input}");
        assert_eq!(refused["result"], Value::Null);
    }
    assert_eq!((world.version(0, &id), world.report(0, &id)), before, "nothing is saved");

    // The best direction for the team comes first.
    let fits =
        world.seen(0, &id, "directions { direction { key } isOwn verdict violated undetermined }")["directions"].take();
    let fits = fits.as_array().expect("directions");
    assert_eq!(fits.len(), 13);
    let rank = |fit: &Value| {
        let verdict = ["ELIGIBLE", "UNDETERMINED", "INELIGIBLE"].iter().position(|one| fit["verdict"] == *one);
        (verdict, fit["violated"].as_i64(), fit["undetermined"].as_i64())
    };
    assert!(fits.windows(2).all(|pair| rank(&pair[0]) <= rank(&pair[1])), "{fits:?}");
    assert_eq!(fits.iter().filter(|fit| fit["isOwn"] == true).count(), 1);
    world.app.stop().await;
}

fn direction(world: &World, key: &str) -> Value {
    let query = "{ guides { nodes { directions(first: 50) { nodes { id key } } } } }";
    let answer = world.app.ask(None, query, &json!({}));
    let all = answer["guides"]["nodes"][0]["directions"]["nodes"].as_array().expect("directions").clone();
    all.into_iter().find(|one| one["key"] == key).expect("the direction")["id"].take()
}
