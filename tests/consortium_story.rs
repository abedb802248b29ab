//! Two consortia from their first day to a signed report, over HTTP: China–ASEAN with a slot to fill, and Hong Kong with matching
//! funds a hair too small.
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

use std::time::Duration;

use app::{App, Person, record, ror_id};
use database::{Place, on_both};
use futures_util::{SinkExt, StreamExt};
use people::{file, join, text};
use program::{finish, lianhe};
use serde_json::{Value, json};
use service::GlobalRole;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

on_both!(a_china_asean_consortium_finds_its_second_state, a_hong_kong_consortium_raises_its_matching_funds);

const PATIENCE: Duration = Duration::from_secs(20);

/// A registry's record of an institution in a place.
fn placed(number: u64, name: &str, country: &str, kind: &str) -> Value {
    let mut record = record(number, name);
    record["types"] = json!([kind]);
    record["established"] = json!(1960);
    record["locations"][0]["geonames_details"] =
        json!({ "name": "Town", "country_code": country, "lat": 1.5, "lng": 2.5 });
    record
}

/// Somebody of an institution, who owns its profile.
struct Office {
    person: Person,
    profile: String,
}

impl Office {
    fn token(&self) -> Option<&str> {
        Some(self.person.token.as_str())
    }
}

/// People of institutions sign up with addresses of their domains and take the profiles over.
fn offices<const N: usize>(app: &App, numbers: [u64; N]) -> [Office; N] {
    let emails = numbers.map(|number| format!("office@n{number}.example.org"));
    let people = join(app, std::array::from_fn(|place| emails[place].as_str()));
    let mut numbers = numbers.into_iter();
    people.map(|person| {
        let number = numbers.next().expect("a number for each");
        let query = "query($ror: String!) { profile(rorId: $ror) { id } }";
        let found = app.ask(None, query, &json!({ "ror": ror_id(number) }));
        let profile = text(&found, "/profile/id").to_owned();
        app.change(Some(&person.token), "claimProfile", "profile { role }", &json!({ "profile": profile }));
        Office { person, profile }
    })
}

/// An office says more of its institution, and a moderator publishes that.
fn publish(app: &App, moderator: &Person, office: &Office, content: &Value) {
    let query = "query($id: ID!) { managedProfile(id: $id) { revision } }";
    let managed = app.ask(office.token(), query, &json!({ "id": office.profile }));
    let input =
        json!({ "profile": office.profile, "revision": managed["managedProfile"]["revision"], "content": content });
    let edited = app.change(office.token(), "editProfile", "profile { revision }", &input);
    let revision = &edited["profile"]["revision"];
    let input = json!({ "profile": office.profile, "revision": revision });
    app.change(office.token(), "submitProfile", "profile { status }", &input);
    let query = "query($id: ID!) { reviewQueue(filter: { profile: $id }) { nodes { id newestRevision } } }";
    let queue = app.ask(Some(&moderator.token), query, &json!({ "id": office.profile }));
    let case = &queue["reviewQueue"]["nodes"][0];
    let input = json!({ "case": case["id"], "revision": case["newestRevision"], "decision": "APPROVED" });
    app.change(Some(&moderator.token), "decideCase", "case { state }", &input);
}

const REPORT: &str = "version report { report { verdict violated undetermined \
    findings(outcomes: [VIOLATED, UNDETERMINED]) { requirement { key clause } outcome repairs { text { en } } } } }";

fn seen(app: &App, office: &Office, id: &str, fields: &str) -> Value {
    let query = format!("query($id: ID!) {{ consortium(id: $id) {{ {fields} }} }}");
    app.ask(office.token(), &query, &json!({ "id": id }))["consortium"].take()
}

fn report(app: &App, office: &Office, id: &str) -> Value {
    seen(app, office, id, REPORT)["report"]["report"].take()
}

/// Writes facts of the project, on the newest version.
fn enter(app: &App, office: &Office, id: &str, facts: &[(&str, Value)]) {
    let version = seen(app, office, id, "version")["version"].clone();
    let facts: Vec<Value> = facts.iter().map(|(fact, value)| json!({ "fact": fact, "value": value })).collect();
    let input = json!({ "consortium": id, "version": version, "facts": facts });
    app.change(office.token(), "editConsortium", "consortium { version }", &input);
}

fn open(app: &App, office: &Office, direction: &str, name: &str) -> String {
    let input = json!({ "profile": office.profile, "side": "CHINESE", "direction": direction, "name": name });
    let created = app.change(office.token(), "createConsortium", "consortium { id }", &input);
    text(&created, "/consortium/id").to_owned()
}

/// Invites an institution; returns the invitation as that finds it.
fn invite(app: &App, by: &Office, whom: &Office, id: &str, side: &str, lead: bool) -> String {
    let input = json!({ "consortium": id, "profile": whom.profile, "side": side, "lead": lead,
        "message": "We would like you to join." });
    app.change(by.token(), "inviteToConsortium", "", &input);
    let query = "query($id: ID!) { consortiumInvitations(profile: $id) { id message name } }";
    let found = app.ask(whom.token(), query, &json!({ "id": whom.profile }));
    assert_eq!(text(&found, "/consortiumInvitations/0/message"), "We would like you to join.");
    text(&found, "/consortiumInvitations/0/id").to_owned()
}

fn accept(app: &App, office: &Office, invitation: &str) {
    let input = json!({ "invitation": invitation, "accept": true });
    let answered = app.change(office.token(), "answerConsortiumInvitation", "isAnswered", &input);
    assert_eq!(answered["isAnswered"], true);
}

/// A subscriber.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn subscribe(app: &App, office: &Office, query: &str) -> Self {
        let url = format!("ws://{}/graphql", app.server().local_addr());
        let mut request = url.into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (stream, _) = connect_async(request).await.expect("a socket");
        let mut socket = Self(stream);
        let token = format!("Bearer {}", office.person.token);
        socket.send(json!({ "type": "connection_init", "payload": { "authorization": token } })).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket.send(json!({ "type": "subscribe", "id": "1", "payload": { "query": query } })).await;
        // What comes after a ping is heard: the subscription has begun by then.
        socket.send(json!({ "type": "ping" })).await;
        assert_eq!(socket.next().await["type"], "pong");
        socket
    }

    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    async fn next(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("in time").expect("a message").expect("no failure") {
                Message::Text(text) => return serde_json::from_str(text.as_str()).expect("JSON"),
                Message::Close(close) => panic!("closed: {close:?}"),
                _ => {}
            }
        }
    }

    /// The first report that comes with a verdict.
    async fn until_verdict(&mut self, verdict: &str) -> Value {
        loop {
            let message = self.next().await;
            let report = &message["payload"]["data"]["consortiumChanged"]["report"]["report"];
            if report["verdict"] == verdict {
                return report.clone();
            }
        }
    }
}

/// What the program says of a report in a file, and how it ends.
fn verified(folder: &Place, jws: &str, keys: &str) -> (i32, Value) {
    let (report, jwks) = (folder.path("report.jws"), folder.path("keys.json"));
    std::fs::write(&report, jws).expect("written");
    std::fs::write(&jwks, keys).expect("written");
    let command =
        ["report", "verify", &report.display().to_string(), "--keys", &jwks.display().to_string(), "--format", "json"];
    let run = finish(lianhe(folder, &command));
    (run.status, serde_json::from_str(&run.out).unwrap_or_else(|_| json!(run.err)))
}

/// The report with another letter in the middle of what it says.
fn altered(jws: &str) -> String {
    let mut parts: Vec<String> = jws.split('.').map(str::to_owned).collect();
    let middle = parts[1].len() / 2;
    let other = |letter: char| if letter == 'A' { 'B' } else { 'A' };
    parts[1] = parts[1].char_indices().map(|(at, letter)| if at == middle { other(letter) } else { letter }).collect();
    parts.join(".")
}

async fn a_china_asean_consortium_finds_its_second_state(place: Place) {
    let app = App::start(
        &place,
        &[
            placed(1, "University of Solar Engineering", "CN", "education"),
            placed(2, "Bangkok Solar Institute", "TH", "facility"),
            placed(3, "Hanoi Institute of Solar Energy", "VN", "facility"),
            placed(4, "Hanoi Museum of Glass", "VN", "archive"),
            placed(5, "Chiang Mai School of Solar Energy", "TH", "education"),
            placed(6, "Kyoto Institute of Solar Energy", "JP", "facility"),
        ],
    )
    .await;
    let [chinese, thai, vietnamese] = offices(&app, [1, 2, 3]);

    // A university opens a consortium and brings its partner from Thailand in.
    let id = open(&app, &chinese, "2.2", "Sun over the Mekong");
    accept(&app, &thai, &invite(&app, &chinese, &thai, &id, "PARTNER", true));
    enter(&app, &chinese, &id, &[("project.topic", json!("clean-energy")), ("project.duration_months", json!(36))]);

    // The report names the clause, and the place that is open.
    let before = report(&app, &chinese, &id);
    assert_eq!((&before["verdict"], &before["violated"]), (&json!("INELIGIBLE"), &json!(["2.2(1)"])));
    let query = "query($id: ID!) { openSlots(consortium: $id) { requirement { key clause } outcome text { zh en } replaces { id } \
                 candidates { profile { id name { en } } side isLead why { zh en } score { total parts { reason points } } } \
                 candidatesTotal possibleCandidatesTotal } }";
    let slots = app.ask(chinese.token(), query, &json!({ "id": id }));
    let slots = slots["openSlots"].as_array().expect("slots").clone();
    assert_eq!(slots.len(), 1, "{slots:?}");
    let slot = &slots[0];
    assert_eq!(
        (&slot["requirement"]["key"], &slot["outcome"], &slot["replaces"]),
        (&json!("2.2(1)#two-states"), &json!("VIOLATED"), &Value::Null)
    );
    assert!(text(slot, "/text/en").contains("ASEAN"), "{slot}");
    assert!(text(slot, "/text/en").contains("other than Thailand"), "{slot}");
    assert!(text(slot, "/text/zh").contains("东盟") && text(slot, "/text/zh").contains("泰国"), "{slot}");

    // Candidates: those from Vietnam, the one that works on the subject first, each with why. Nobody from Thailand or Japan.
    let candidates = slot["candidates"].as_array().expect("candidates");
    let names: Vec<&str> = candidates.iter().map(|one| text(one, "/profile/name/en")).collect();
    assert_eq!(names, ["Hanoi Institute of Solar Energy", "Hanoi Museum of Glass"]);
    assert_eq!((&slot["candidatesTotal"], &slot["possibleCandidatesTotal"]), (&json!(2), &json!(0)));
    assert_eq!((&candidates[0]["side"], &candidates[0]["isLead"]), (&json!("PARTNER"), &json!(false)));
    assert!(text(&candidates[0], "/why/en").contains("solar"), "{}", candidates[0]);
    assert!(text(&candidates[0], "/why/zh").contains("太阳能"), "{}", candidates[0]);
    let query = "query($id: ID!) { completions(consortium: $id) { sets { additions { profile { id } side } total undetermined { key } } \
                 unmendable { key } blocked { key } searched } }";
    let found = app.ask(chinese.token(), query, &json!({ "id": id }));
    let sets = found["completions"]["sets"].as_array().expect("sets");
    assert_eq!(sets.len(), 2, "one more is enough: {found}");
    assert_eq!(sets[0]["additions"], json!([{ "profile": { "id": vietnamese.profile }, "side": "PARTNER" }]));
    assert_eq!(found["completions"]["unmendable"], json!([]));
    // Nobody else may ask.
    assert_eq!(app.ask(vietnamese.token(), query, &json!({ "id": id }))["completions"], Value::Null);

    // The partner finds out why it would be asked: it seeks the lead, and the university is suggested.
    let query = "query($id: ID!) { matchesFor(profile: $id, direction: \"2.2\", role: PARTNER, undetermined: true) { totalCount \
                 edges { node { name { en } } why { en } verdict } } }";
    let matches = app.ask(vietnamese.token(), query, &json!({ "id": vietnamese.profile }));
    let edges = matches["matchesFor"]["edges"].as_array().expect("edges").clone();
    let query = query.replace("undetermined: true", "undetermined: false");
    let certain = app.ask(vietnamese.token(), &query, &json!({ "id": vietnamese.profile }));
    let all: Vec<Value> =
        edges.into_iter().chain(certain["matchesFor"]["edges"].as_array().expect("edges").clone()).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(text(&all[0], "/node/name/en"), "University of Solar Engineering");
    assert_eq!(app.refused(chinese.token(), &query, &json!({ "id": vietnamese.profile })), "FORBIDDEN");

    // It is invited and accepts; the subscription tells that the finding has turned, and the verdict.
    let subscription = format!("subscription {{ consortiumChanged(consortium: \"{id}\") {{ {REPORT} }} }}");
    let mut socket = Socket::subscribe(&app, &thai, &subscription).await;
    let invitation = invite(&app, &chinese, &vietnamese, &id, "PARTNER", false);
    accept(&app, &vietnamese, &invitation);
    let told = socket.until_verdict("ELIGIBLE").await;
    assert_eq!((&told["violated"], &told["undetermined"]), (&json!([]), &json!([])));
    let after = report(&app, &chinese, &id);
    assert_eq!((&after["verdict"], &after["findings"]), (&json!("ELIGIBLE"), &json!([])));
    let query = "query($id: ID!) { openSlots(consortium: $id) { text { en } } completions(consortium: $id) { sets { additions { side } } } }";
    let nothing = app.ask(chinese.token(), query, &json!({ "id": id }));
    assert_eq!(nothing, json!({ "openSlots": [], "completions": { "sets": [{ "additions": [] }] } }));

    // The report is signed. Anybody can verify it with the published keys; altered, it is refused.
    let version = seen(&app, &chinese, &id, "version")["version"].clone();
    let input = json!({ "consortium": id, "version": version });
    let signed = app.change(chinese.token(), "signConsortiumReport", "report { id jws verdict }", &input);
    assert_eq!(signed["report"]["verdict"], "ELIGIBLE");
    let jws = text(&signed, "/report/jws").to_owned();
    let url = format!("{}/.well-known/report-keys.json", app.platform.settings().public_url);
    let keys = app.transfer("GET", &url, &[], b"");
    let (exit, said) = verified(&place, &jws, keys.text());
    assert_eq!(exit, 0, "{said}");
    let (exit, said) = verified(&place, &altered(&jws), keys.text());
    assert_ne!(exit, 0, "{said}");
    let query = "query($jws: String!) { verifyReport(jws: $jws) { isValid reason statement { verdict } } }";
    let good = app.ask(None, query, &json!({ "jws": jws }));
    assert_eq!(
        good["verifyReport"],
        json!({ "isValid": true, "reason": null, "statement": { "verdict": "ELIGIBLE" } })
    );
    let bad = app.ask(None, query, &json!({ "jws": altered(&jws) }));
    assert_eq!((&bad["verifyReport"]["isValid"], &bad["verifyReport"]["statement"]), (&json!(false), &Value::Null));
    app.stop().await;
}

async fn a_hong_kong_consortium_raises_its_matching_funds(place: Place) {
    let app = App::start(
        &place,
        &[
            placed(1, "Shenzhen University of Sensors", "CN", "education"),
            placed(2, "Shenzhen Sensor Works", "CN", "company"),
            placed(3, "Kowloon Sensor Centre", "HK", "facility"),
        ],
    )
    .await;
    let moderator = app.office("mo@lianhe.example", "Mo", GlobalRole::Moderator).await;
    let [university, enterprise, centre] = offices(&app, [1, 2, 3]);
    let founded_by_nobody = json!({ "facts": [{ "fact": "founded_by", "value": [] }] });
    publish(&app, &moderator, &enterprise, &founded_by_nobody);
    publish(&app, &moderator, &centre, &json!({ "facts": [{ "fact": "hk_status", "value": "RD_CENTRE" }] }));

    let id = open(&app, &university, "HK1.1", "Sensors on both banks");
    // As long as nobody knows who founded the university, it is said that this is what everything waits for.
    let query = "query($id: ID!) { completions(consortium: $id) { sets { additions { profile { id } side isClaimed missingFacts { name } } } \
                 unmendable { key } blocked { key } hasUndetermined } }";
    let completions = || app.ask(university.token(), query, &json!({ "id": id }))["completions"].take();
    let blocked = json!([{ "key": "HK1.1(6)#no-branch-with-founder" }]);
    let waiting = json!({ "sets": [], "unmendable": [], "blocked": blocked, "hasUndetermined": true });
    assert_eq!(completions(), waiting);
    accept(&app, &centre, &invite(&app, &university, &centre, &id, "PARTNER", true));
    publish(&app, &moderator, &university, &founded_by_nobody);
    let addition =
        json!({ "profile": { "id": enterprise.profile }, "side": "CHINESE", "isClaimed": true, "missingFacts": [] });
    let found =
        json!({ "sets": [{ "additions": [addition] }], "unmendable": [], "blocked": [], "hasUndetermined": false });
    assert_eq!(completions(), found);
    accept(&app, &enterprise, &invite(&app, &university, &enterprise, &id, "CHINESE", false));
    let evidence = file(&app, university.token().expect("a token"), &university.profile, "FACT");
    let topic = {
        let query = "{ direction(key: \"HK1.1\") { topics { items { key subtopics { key } } } } }";
        let found = app.ask(None, query, &json!({}));
        text(&found, "/direction/topics/items/0/subtopics/0/key").to_owned()
    };
    enter(
        &app,
        &university,
        &id,
        &[
            ("project.topic", json!(topic)),
            ("project.duration_months", json!(24)),
            ("project.counterpart_application", json!("SUBMITTED")),
            ("project.cooperation_agreement.signed", json!(true)),
            ("project.cooperation_agreement.has_ip_terms", json!(true)),
            ("project.hk_application_form", json!(true)),
            ("project.applications_consistent", json!(true)),
            ("project.basic_cooperation", json!(true)),
            ("project.topic_exclusions_declared", json!([])),
            ("project.requested_grant_cny", json!(10_000_000)),
        ],
    );

    // The enterprise enters its funds itself: 9.99 %, with the letter that proves it.
    let version = seen(&app, &enterprise, &id, "version")["version"].clone();
    let own = file(&app, enterprise.token().expect("a token"), &enterprise.profile, "FACT");
    let fact = |amount: i64, evidence: &str| json!([{ "fact": "project.enterprise_matching_cny", "value": amount, "confidential": true, "evidence": evidence }]);
    let input = json!({ "consortium": id, "version": version, "facts": fact(999_000, &own) });
    app.change(enterprise.token(), "editConsortium", "consortium { version }", &input);
    let short = report(&app, &enterprise, &id);
    assert_eq!((&short["verdict"], &short["violated"]), (&json!("INELIGIBLE"), &json!(["HK1.1(3)"])), "{short}");
    let repairs = short["findings"].to_string();
    assert!(repairs.contains("1,000,000") || repairs.contains("1000000"), "{repairs}");

    // Of the funds, which are confidential, the other side learns what is found, not how much they are.
    let seen_by_centre = seen(&app, &centre, &id, &format!("{REPORT} facts {{ fact {{ name }} value isHidden }}"));
    assert_eq!(seen_by_centre["report"]["report"]["violated"], json!(["HK1.1(3)"]));
    assert!(!seen_by_centre.to_string().contains("999"), "{seen_by_centre}");
    let facts = seen_by_centre["facts"].as_array().expect("facts");
    let funds = facts.iter().find(|one| one["fact"]["name"] == "project.enterprise_matching_cny").expect("the funds");
    assert_eq!((&funds["value"], &funds["isHidden"]), (&Value::Null, &json!(true)));

    // A university has other files than the enterprise: it cannot prove the enterprise's funds with them without being its member.
    let version = seen(&app, &enterprise, &id, "version")["version"].clone();
    let foreign = json!({ "consortium": id, "version": version, "facts": fact(1_000_000, &evidence) });
    assert_eq!(app.mended(enterprise.token(), "editConsortium", &foreign), "NOT_FOUND");

    // At exactly 10 % the verdict turns.
    let input = json!({ "consortium": id, "version": version, "facts": fact(1_000_000, &own) });
    app.change(enterprise.token(), "editConsortium", "consortium { version }", &input);
    let enough = report(&app, &university, &id);
    assert_eq!(
        (&enough["verdict"], &enough["violated"], &enough["undetermined"]),
        (&json!("ELIGIBLE"), &json!([]), &json!([])),
        "{enough}"
    );
    app.stop().await;
}
