//! Expressions of interest and watches from outside: contacts come with acceptance only, nobody is pestered, and whoever watches is
//! told once.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/app.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod app;
#[path = "support/database.rs"]
mod database;
#[path = "support/people.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod people;

use app::{App, Person, mutation, record, ror_id};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use database::{Place, on_both};
use entity::interest::{self, Status};
use entity::partner_request;
use people::{invitation, join, text};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use service::GlobalRole;
use service::policy::{self, Action};
use uuid::Uuid;

on_both!(
    contacts_come_with_acceptance,
    what_is_wrong_is_told,
    nobody_is_pestered,
    of_two_at_once_one_is_first,
    how_soon_they_answer_is_shown,
    a_vietnamese_partner_is_told_of_once,
    requests_are_watched_too,
    a_watch_is_its_owners,
);

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

const NAMES: [&str; 4] = [
    "Shandong Institute of Ocean Energy",
    "Bangkok Institute of Waves",
    "Hanoi Institute of Rivers",
    "Lima School of Rain",
];
const COUNTRIES: [&str; 4] = ["CN", "TH", "VN", "PE"];

/// All that can be read of an expression of interest.
const WHOLE: &str = "id status box fromName { en } toName { en } requestId direction { key } message reply answeredAt \
    contact { name email phone }";

/// Institutions; the first three have owners.
struct World {
    app: App,
    moderator: Person,
    profiles: Vec<String>,
    owners: Vec<Person>,
}

impl World {
    async fn new(place: &Place) -> Self {
        let records = NAMES.iter().zip(COUNTRIES).zip(7..).map(|((name, country), number)| {
            let mut record = record(number, name);
            let place = &mut record["locations"][0]["geonames_details"];
            place["country_code"] = json!(country);
            place["country_subdivision_code"] = Value::Null;
            record
        });
        let app = App::start(place, &records.collect::<Vec<_>>()).await;
        let moderator = app.office("mo@lianhe.example", "Mo", GlobalRole::Moderator).await;
        let emails = ["office@n7.example.org", "office@n8.example.org", "office@n9.example.org"];
        let owners: Vec<Person> = join(&app, emails).into();
        let profiles: Vec<String> = (7..=10).map(|number| found(&app, number)).collect();
        for (owner, profile) in owners.iter().zip(&profiles) {
            app.change(Some(&owner.token), "claimProfile", "", &json!({ "profile": profile }));
        }
        Self { app, moderator, profiles, owners }
    }

    fn token(&self, who: usize) -> Option<&str> {
        Some(self.owners[who].token.as_str())
    }

    /// Has a profile say something, and a moderator approve it.
    fn publish(&self, token: Option<&str>, profile: &str, content: &Value) {
        let query = "query($id: ID!) { managedProfile(id: $id) { revision } }";
        let now = self.app.ask(token, query, &json!({ "id": profile }));
        let edit = json!({ "profile": profile, "revision": now["managedProfile"]["revision"], "content": content });
        let edited = self.app.change(token, "editProfile", "profile { revision }", &edit);
        self.approve(token, profile, &edited["profile"]["revision"]);
    }

    fn approve(&self, token: Option<&str>, profile: &str, revision: &Value) {
        let submit = json!({ "profile": profile, "revision": revision });
        let submitted = self.app.change(token, "submitProfile", "profile { cases { id } }", &submit);
        let case = &submitted["profile"]["cases"][0]["id"];
        let decision = json!({ "case": case, "revision": revision, "decision": "APPROVED" });
        self.app.change(Some(&self.moderator.token), "decideCase", "", &decision);
    }

    /// A new institution that is published.
    fn appears(&self, who: usize, name: &str, country: &str) -> String {
        let content = json!({ "names": [{ "value": name, "lang": "en" }],
            "facts": [{ "fact": "member.country", "value": country }, { "fact": "member.registered_on", "value": "1999" }] });
        let fields = "profile { profileId revision }";
        let created = self.app.change(self.token(who), "createProfile", fields, &json!({ "content": content }));
        let profile = text(&created, "/profile/profileId").to_owned();
        self.approve(self.token(who), &profile, &created["profile"]["revision"]);
        profile
    }

    fn interest(&self, from: usize, to: usize) -> Value {
        json!({ "from": self.profiles[from], "to": self.profiles[to], "direction": "2.2",
            "message": "Let us look at waves.", "contact": { "email": "projects@contact.example.org" } })
    }

    fn express(&self, from: usize, to: usize) -> String {
        let sent = self.app.change(self.token(from), "expressInterest", "interest { id }", &self.interest(from, to));
        text(&sent, "/interest/id").to_owned()
    }

    /// Code, field and English text of the one thing that has to be mended.
    fn fault(&self, who: usize, name: &str, input: &Value) -> (String, String, String) {
        let payload = self.app.try_change(self.token(who), name, "", input);
        assert_eq!(payload["userErrors"].as_array().map(Vec::len), Some(1), "{name} {input}: {payload}");
        let error = &payload["userErrors"][0];
        let field = error["field"].as_str().unwrap_or_default().to_owned();
        (text(error, "/code").to_owned(), field, text(error, "/message/en").to_owned())
    }

    fn seen(&self, token: Option<&str>, id: &str) -> Value {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Interest {{ {WHOLE} }} }} }}");
        self.app.ask(token, &query, &json!({ "id": id }))["node"].clone()
    }

    fn list(&self, token: Option<&str>, profile: &str, mailbox: &str, status: Option<&str>) -> Value {
        let query = "query($profile: ID!, $box: InterestBox!, $status: InterestStatus) { \
                     interests(profile: $profile, box: $box, status: $status) { totalCount nodes { status } } }";
        self.app.ask(token, query, &json!({ "profile": profile, "box": mailbox, "status": status }))["interests"]
            .clone()
    }

    /// What somebody was told of one kind, the newest first.
    fn told(&self, who: usize, kind: &str) -> Vec<Value> {
        let query = "{ inbox(first: 100) { nodes { kind message profileId interestId watchId text { en } } } }";
        let inbox = self.app.ask(self.token(who), query, &json!({}));
        let nodes = inbox["inbox"]["nodes"].as_array().expect("entries");
        nodes.iter().filter(|node| node["kind"] == kind).cloned().collect()
    }

    /// Puts rows into the database as if they had been sent and answered.
    async fn earlier(&self, from: usize, to: usize, status: Status, sent_ago: i64, answered_after: Option<i64>) {
        let key = |id: &str| -> Uuid {
            let id = String::from_utf8(URL_SAFE_NO_PAD.decode(id).expect("an id")).expect("UTF-8");
            id.strip_prefix("Profile:").expect("a profile").parse().expect("a UUID")
        };
        let sent_at = service::now() - sent_ago;
        let row = interest::ActiveModel {
            id: Set(Uuid::now_v7()),
            from_profile_id: Set(key(&self.profiles[from])),
            to_profile_id: Set(key(&self.profiles[to])),
            request_id: Set(None),
            direction: Set(None),
            message: Set("Earlier.".to_owned()),
            reply: Set(None),
            status: Set(status),
            open_key: Set(None),
            sent_by: Set(Uuid::nil()),
            sent_at: Set(sent_at),
            answered_by: Set(None),
            answered_at: Set(answered_after.map(|after| sent_at + after)),
            expires_at: Set(sent_at + 30 * DAY),
            from_contact: Set(None),
            to_contact: Set(None),
        };
        let connection = self.app.platform.database().connection();
        interest::Entity::insert(row).exec_without_returning(connection).await.expect("inserted");
    }

    /// Has the time of everything that waits be over.
    async fn let_time_pass(&self) {
        interest::Entity::update_many()
            .col_expr(interest::Column::ExpiresAt, Expr::value(service::now() - 1))
            .filter(interest::Column::Status.eq(Status::Sent))
            .exec(self.app.platform.database().connection())
            .await
            .expect("changed");
    }

    fn watch(&self, who: usize, name: &str, criteria: &Value) -> String {
        let input = json!({ "name": name, "criteria": criteria });
        let made = self.app.change(self.token(who), "createWatch", "watch { id isActive toldAt }", &input);
        assert_eq!((&made["watch"]["isActive"], &made["watch"]["toldAt"]), (&json!(true), &Value::Null));
        text(&made, "/watch/id").to_owned()
    }
}

fn found(app: &App, number: u64) -> String {
    let query = "query($ror: String!) { profile(rorId: $ror) { id } }";
    text(&app.ask(None, query, &json!({ "ror": ror_id(number) })), "/profile/id").to_owned()
}

async fn contacts_come_with_acceptance(place: Place) {
    let world = World::new(&place).await;
    let app = &world.app;
    // One side says in its profile how to reach it, the other with what it sends.
    let contact = json!({ "contact": { "name": "Somchai", "email": "1@contact.example.org" } });
    world.publish(world.token(1), &world.profiles[1], &contact);
    let [viewer] = join(app, ["viewer@n8.example.org"]);
    let input = json!({ "profile": world.profiles[1], "email": viewer.email, "role": "VIEWER" });
    app.change(world.token(1), "inviteMember", "", &input);
    let token = invitation(app, &viewer.email);
    app.change(Some(&viewer.token), "acceptInvitation", "", &json!({ "token": token }));
    let viewer = Some(viewer.token.as_str());

    let id = world.express(0, 1);
    let told = world.told(1, "INTEREST_RECEIVED");
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["interestId"], &told[0]["message"]), (&json!(id), &json!("Let us look at waves.")));
    assert_eq!(told[0]["text"]["en"], format!("{} is interested in working with you; accept or decline", NAMES[0]));

    // Both see it, without contacts; nobody else knows of it.
    let mut expected = json!({ "id": id, "status": "SENT", "box": "RECEIVED", "fromName": { "en": NAMES[0] },
        "toName": { "en": NAMES[1] }, "requestId": null, "direction": { "key": "asean" },
        "message": "Let us look at waves.", "reply": null, "answeredAt": null, "contact": null });
    let received = world.seen(world.token(1), &id);
    expected["direction"] = received["direction"].clone();
    assert!(expected["direction"]["key"].is_string(), "{received}");
    assert_eq!(received, expected);
    assert_eq!(world.seen(viewer, &id), expected);
    assert_eq!(world.seen(world.token(0), &id)["contact"], Value::Null);
    assert_eq!(world.seen(world.token(0), &id)["box"], "SENT");
    for stranger in [None, world.token(2), Some(world.moderator.token.as_str())] {
        assert_eq!(world.seen(stranger, &id), Value::Null);
    }
    let lists = "query($p: ID!) { interests(profile: $p, box: RECEIVED) { totalCount } }";
    let of = json!({ "p": world.profiles[1] });
    assert_eq!(app.refused(None, lists, &of), "UNAUTHENTICATED");
    assert_eq!(app.refused(world.token(2), lists, &of), "FORBIDDEN");
    assert_eq!(app.refused(Some(&world.moderator.token), lists, &of), "FORBIDDEN");
    assert_eq!(app.ask(viewer, lists, &of)["interests"]["totalCount"], 1);

    // Who may not answer, does not: each field says who may.
    let schema = app.ask(None, "{ __schema { mutationType { fields { name description } } } }", &json!({}));
    for (name, input) in
        [("answerInterest", json!({ "interest": id, "accept": true })), ("withdrawInterest", json!({ "interest": id }))]
    {
        let fields = schema["__schema"]["mutationType"]["fields"].as_array().expect("fields");
        let field = fields.iter().find(|field| field["name"] == name).expect(name);
        let needed = policy::needed(Action::ExpressInterest);
        for line in [format!("Needs: {}.", needed.en), format!("权限：{}。", needed.zh)] {
            assert!(text(field, "/description").lines().any(|told| told == line), "{name}: {line}");
        }
        let (query, variables) = mutation(name, "", &input);
        assert_eq!(app.refused(None, &query, &variables), "UNAUTHENTICATED");
        assert_eq!(app.refused(viewer, &query, &variables), "FORBIDDEN");
        let other = if name == "answerInterest" { world.token(0) } else { world.token(1) };
        assert_eq!(app.refused(other, &query, &variables), "FORBIDDEN");
        for stranger in [world.token(2), Some(world.moderator.token.as_str())] {
            assert_eq!(app.mended(stranger, name, &input), "NOT_FOUND");
        }
    }

    let accepted = json!({ "interest": id, "accept": true, "reply": "Gladly." });
    let fields = "interest { status reply contact { name email phone } }";
    let answered = app.change(world.token(1), "answerInterest", fields, &accepted);
    let sent = json!({ "name": null, "email": "projects@contact.example.org", "phone": null });
    assert_eq!(answered["interest"], json!({ "status": "ACCEPTED", "reply": "Gladly.", "contact": sent }));
    let in_profile = json!({ "name": "Somchai", "email": "1@contact.example.org", "phone": null });
    assert_eq!(world.seen(world.token(0), &id)["contact"], in_profile);
    assert_eq!(world.seen(viewer, &id)["contact"], sent);
    for stranger in [None, world.token(2), Some(world.moderator.token.as_str())] {
        assert_eq!(world.seen(stranger, &id), Value::Null);
    }
    let told = world.told(0, "INTEREST_ACCEPTED");
    assert_eq!((told.len(), &told[0]["message"]), (1, &json!("Gladly.")));

    // Once is enough.
    assert_eq!(app.mended(world.token(1), "answerInterest", &accepted), "WRONG_STATE");
    assert_eq!(app.mended(world.token(0), "withdrawInterest", &json!({ "interest": id })), "WRONG_STATE");
    world.app.stop().await;
}

async fn what_is_wrong_is_told(place: Place) {
    let world = World::new(&place).await;
    let app = &world.app;
    let fault = |input: &Value| {
        let (code, field, _) = world.fault(0, "expressInterest", input);
        (code, field)
    };
    let expected = |code: &str, field: &str| (code.to_owned(), field.to_owned());
    let with = |field: &str, value: Value| {
        let mut input = world.interest(0, 1);
        input[field] = value;
        input
    };
    assert_eq!(fault(&world.interest(0, 0)), expected("INVALID_VALUE", "to"));
    assert_eq!(fault(&world.interest(0, 3)), expected("WRONG_STATE", "to"), "nobody has claimed it");
    assert_eq!(fault(&with("to", json!("bm9uZQ"))), expected("NOT_FOUND", "to"));
    assert_eq!(fault(&with("message", json!(" \n"))), expected("MISSING", "message"));
    assert_eq!(fault(&with("message", json!("x".repeat(2_001)))), expected("LIMIT", "message"));
    assert_eq!(fault(&with("message", json!("Write to me@waves.example.org"))), expected("INVALID_VALUE", "message"));
    assert_eq!(fault(&with("contact", Value::Null)), expected("MISSING", "contact"), "nobody could reach it");
    assert_eq!(fault(&with("contact", json!({ "name": "Wang Fang" }))), expected("MISSING", "contact"));
    assert_eq!(fault(&with("contact", json!({ "email": "office" }))), expected("INVALID_VALUE", "contact.email"));
    let request = URL_SAFE_NO_PAD.encode(format!("PartnerRequest:{}", Uuid::now_v7()));
    assert_eq!(fault(&with("request", json!(request))), expected("NOT_FOUND", "request"));
    let (query, variables) = mutation("expressInterest", "", &with("direction", json!("9.9")));
    assert_eq!(app.refused(world.token(0), &query, &variables), "INVALID_ARGUMENT");

    // A draft is nobody's partner, and neither is who is suspended.
    let content = json!({ "names": [{ "value": "Krabi School of Cliffs", "lang": "en" }] });
    let created = app.change(world.token(0), "createProfile", "profile { profileId }", &json!({ "content": content }));
    assert_eq!(fault(&with("from", created["profile"]["profileId"].clone())), expected("WRONG_STATE", "from"));
    let id = world.express(0, 1);
    let suspension = json!({ "profile": world.profiles[1], "reasons": ["OUT_OF_DATE"], "message": "Gone." });
    app.change(Some(&world.moderator.token), "suspendProfile", "", &suspension);
    assert_eq!(fault(&world.interest(0, 1)), expected("NOT_FOUND", "to"));
    let accepted = json!({ "interest": id, "accept": true });
    assert_eq!(app.mended(world.token(1), "answerInterest", &accepted), "WRONG_STATE");
    app.change(Some(&world.moderator.token), "restoreProfile", "", &json!({ "profile": world.profiles[1] }));

    let (code, field, _) = world.fault(1, "answerInterest", &accepted);
    assert_eq!((code, field), expected("MISSING", "contact"), "who accepts says how to reach it");

    // Another one waits, whoever sends the next.
    let (code, _, said) = world.fault(0, "expressInterest", &world.interest(0, 1));
    assert_eq!((code.as_str(), said.as_str()), ("TAKEN", "you have told it so already, and it has not answered yet"));
    let (code, _, said) = world.fault(1, "expressInterest", &world.interest(1, 0));
    assert_eq!((code.as_str(), said.as_str()), ("TAKEN", "it has told you that it is interested; answer that"));

    // What was taken back cannot be answered, nor can what nobody answered in time.
    app.change(world.token(0), "withdrawInterest", "", &json!({ "interest": id }));
    assert_eq!(world.fault(1, "answerInterest", &accepted).2, "it was withdrawn");
    let second = world.express(0, 1);
    world.let_time_pass().await;
    assert_eq!(world.seen(world.token(1), &second)["status"], "EXPIRED", "before anybody has written it down");
    assert_eq!(world.fault(1, "answerInterest", &json!({ "interest": second, "accept": true })).2, "it has expired");
    let count = |status| world.list(world.token(0), &world.profiles[0], "SENT", status)["totalCount"].clone();
    assert_eq!((count(Some("EXPIRED")), count(Some("SENT")), count(None)), (json!(1), json!(0), json!(2)));
    app.platform.keep_up().await.expect("kept up");
    app.platform.keep_up().await.expect("kept up");
    let told = world.told(0, "INTEREST_EXPIRED");
    assert_eq!((told.len(), &told[0]["interestId"]), (1, &json!(second)));
    assert_eq!((count(Some("EXPIRED")), count(Some("WITHDRAWN")), count(Some("SENT"))), (json!(1), json!(1), json!(0)));
    world.app.stop().await;
}

async fn nobody_is_pestered(place: Place) {
    let world = World::new(&place).await;
    let app = &world.app;
    let id = world.express(0, 1);
    let declined = |reply: Value| json!({ "interest": id, "accept": false, "reply": reply });
    let (code, field, _) = world.fault(1, "answerInterest", &declined(json!(" ")));
    assert_eq!((code.as_str(), field.as_str()), ("MISSING", "reply"), "a reason is due");
    app.change(world.token(1), "answerInterest", "", &declined(json!("No ships.")));
    assert_eq!(world.told(0, "INTEREST_DECLINED")[0]["message"], "No ships.");
    assert_eq!(world.seen(world.token(0), &id)["contact"], Value::Null);
    let (code, field, said) = world.fault(0, "expressInterest", &world.interest(0, 1));
    assert_eq!((code.as_str(), field.as_str()), ("WRONG_STATE", "to"));
    let begins = "it has declined not long ago; you can tell it again from 2";
    assert!(said.starts_with(begins), "{said}");

    // After thirty days it may be told again; the other way round at once.
    let back = world.express(1, 0);
    app.change(world.token(1), "withdrawInterest", "", &json!({ "interest": back }));
    interest::Entity::update_many()
        .col_expr(interest::Column::AnsweredAt, Expr::value(service::now() - 31 * DAY))
        .col_expr(interest::Column::SentAt, Expr::value(service::now() - 31 * DAY))
        .filter(interest::Column::Status.eq(Status::Declined))
        .exec(app.platform.database().connection())
        .await
        .expect("changed");
    for _ in 0..3 {
        let id = world.express(0, 1);
        app.change(world.token(0), "withdrawInterest", "", &json!({ "interest": id }));
    }
    let (code, field, said) = world.fault(0, "expressInterest", &world.interest(0, 1));
    assert_eq!((code.as_str(), field.as_str()), ("WRONG_STATE", "to"));
    assert!(said.starts_with("the same institution is told at most 3 times within 30 days"), "{said}");

    // Thirty a day.
    for _ in 0..27 {
        world.earlier(0, 3, Status::Withdrawn, HOUR, Some(1)).await;
    }
    let (query, variables) = mutation("expressInterest", "", &world.interest(0, 2));
    let answer = app.answer(world.token(0), &query, &variables);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED", "{answer}");
    let seconds = answer["errors"][0]["extensions"]["details"]["retryAfterSeconds"].as_i64();
    let seconds = seconds.or_else(|| answer["errors"][0]["extensions"]["retryAfterSeconds"].as_i64()).expect("seconds");
    assert!((23 * 3_600 - 60..=23 * 3_600 + 1).contains(&seconds), "{seconds}: the first of them was sent an hour ago");

    // A hundred that wait.
    for _ in 0..100 {
        world.earlier(2, 3, Status::Sent, 2 * DAY, None).await;
    }
    let (code, field, _) = world.fault(2, "expressInterest", &world.interest(2, 1));
    assert_eq!((code.as_str(), field.as_str()), ("WRONG_STATE", "from"));
    let page = "query($p: ID!, $after: String) { interests(profile: $p, box: SENT, first: 60, after: $after) { totalCount \
                nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }";
    let first = app.ask(world.token(2), page, &json!({ "p": world.profiles[2] }))["interests"].clone();
    let after = first["pageInfo"]["endCursor"].clone();
    let second = app.ask(world.token(2), page, &json!({ "p": world.profiles[2], "after": after }))["interests"].clone();
    let counted = |page: &Value| (page["totalCount"].clone(), page["nodes"].as_array().map(Vec::len));
    assert_eq!((counted(&first), counted(&second)), ((json!(100), Some(60)), (json!(100), Some(40))));
    assert_eq!((&first["pageInfo"]["hasNextPage"], &second["pageInfo"]["hasNextPage"]), (&json!(true), &json!(false)));
    world.app.stop().await;
}

async fn of_two_at_once_one_is_first(place: Place) {
    let world = World::new(&place).await;
    let said: Vec<String> = std::thread::scope(|scope| {
        let ask = |from, to| {
            let world = &world;
            scope.spawn(move || {
                let payload = world.app.try_change(world.token(from), "expressInterest", "", &world.interest(from, to));
                payload["userErrors"][0]["code"].as_str().unwrap_or("SENT").to_owned()
            })
        };
        let threads = [ask(0, 1), ask(1, 0), ask(0, 1), ask(1, 0)];
        threads.into_iter().map(|thread| thread.join().expect("ended well")).collect()
    });
    assert_eq!(said.iter().filter(|said| *said == "SENT").count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|said| *said == "TAKEN").count(), 3, "{said:?}");
    world.app.stop().await;
}

async fn how_soon_they_answer_is_shown(place: Place) {
    let world = World::new(&place).await;
    let shown = || {
        let query = "query($id: ID!) { profile(id: $id) { responseTime { answered rate medianHours } } }";
        world.app.ask(None, query, &json!({ "id": world.profiles[1] }))["profile"]["responseTime"].clone()
    };
    assert_eq!(shown(), Value::Null);
    world.earlier(0, 1, Status::Accepted, 40 * DAY, Some(2 * HOUR)).await;
    world.earlier(2, 1, Status::Declined, 40 * DAY, Some(9 * HOUR)).await;
    world.earlier(2, 1, Status::Expired, 40 * DAY, None).await;
    world.earlier(2, 1, Status::Withdrawn, 40 * DAY, Some(HOUR)).await;
    assert_eq!(shown(), Value::Null, "two answers could be told apart");
    world.earlier(0, 1, Status::Accepted, 39 * DAY, Some(5 * HOUR)).await;
    assert_eq!(shown(), json!({ "answered": 3, "rate": 0.75, "medianHours": 5 }));
    // What is long past no longer counts.
    world.earlier(0, 1, Status::Accepted, 800 * DAY, Some(500 * HOUR)).await;
    assert_eq!(shown(), json!({ "answered": 3, "rate": 0.75, "medianHours": 5 }));
    world.app.stop().await;
}

async fn a_vietnamese_partner_is_told_of_once(place: Place) {
    let world = World::new(&place).await;
    let criteria = json!({ "among": ["PROFILES"], "direction": "2.2", "role": "PARTNER", "countries": ["VN"] });
    let watch = world.watch(0, "A Vietnamese partner for 2.2", &criteria);

    // The Thai one is none; the one that was there before is no news, whatever it says.
    world.appears(1, "Phuket School of Sand", "TH");
    world.publish(world.token(2), &world.profiles[2], &json!({ "offers": "Rivers." }));
    let new = world.appears(2, "Hue Institute of Lagoons", "VN");
    let told = world.app.until(|| Some(world.told(0, "WATCH_MET")).filter(|told| !told.is_empty()));
    assert_eq!(told.len(), 1, "{told:?}");
    let name = "Hue Institute of Lagoons newly meets your watch “A Vietnamese partner for 2.2”";
    assert_eq!((&told[0]["watchId"], &told[0]["text"]["en"]), (&json!(watch), &json!(name)));
    let listed = |id: &str| {
        let key = String::from_utf8(URL_SAFE_NO_PAD.decode(id).expect("an id")).expect("UTF-8");
        key.split_once(':').expect("a kind").1.to_owned()
    };
    assert_eq!(listed(text(&told[0], "/profileId")), listed(&new));

    // An edit of it is no news, nor is its coming back; the next one is.
    world.publish(world.token(2), &new, &json!({ "offers": "Lagoons." }));
    world.app.change(world.token(2), "archiveProfile", "", &json!({ "profile": new }));
    world.app.change(world.token(2), "reopenProfile", "", &json!({ "profile": new }));
    world.appears(2, "Hue Institute of Tides", "VN");
    let told = world.app.until(|| Some(world.told(0, "WATCH_MET")).filter(|told| told.len() > 1));
    assert_eq!(told.len(), 2, "{told:?}");

    // While it rests nothing is told, and nothing of that later.
    let change = |is_active: bool| {
        let input = json!({ "watch": watch, "isActive": is_active, "name": "Vietnam" });
        let changed = world.app.change(world.token(0), "updateWatch", "watch { name isActive }", &input);
        assert_eq!(changed["watch"], json!({ "name": "Vietnam", "isActive": is_active }));
    };
    change(false);
    let missed = world.appears(2, "Hue Institute of Sleep", "VN");
    let query = "query($ids: [ID!]) { profiles(filter: { ids: $ids }) { totalCount } }";
    let id = URL_SAFE_NO_PAD.encode(format!("Profile:{}", listed(&missed)));
    world
        .app
        .until(|| (world.app.ask(None, query, &json!({ "ids": [id] }))["profiles"]["totalCount"] == 1).then_some(()));
    change(true);
    world.appears(2, "Hue Institute of Dawn", "VN");
    let told = world.app.until(|| Some(world.told(0, "WATCH_MET")).filter(|told| told.len() > 2));
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0]["text"]["en"], "Hue Institute of Dawn newly meets your watch “Vietnam”");
    world.app.stop().await;
}

async fn requests_are_watched_too(place: Place) {
    let world = World::new(&place).await;
    // Of partners: what they post looks for whoever leads on the Chinese side.
    let criteria = json!({ "among": ["REQUESTS"], "direction": "2.2", "role": "PARTNER", "countries": ["CN", "TH"],
        "text": "太阳能" });
    let watch = world.watch(0, "Sun", &criteria);
    let post = async |who: usize, title: &str| {
        let key = String::from_utf8(URL_SAFE_NO_PAD.decode(&world.profiles[who]).expect("an id")).expect("UTF-8");
        let profile: Uuid = key.strip_prefix("Profile:").expect("a profile").parse().expect("a UUID");
        let wanted = json!({ "direction": null, "topic": null, "title": title, "offers": "A roof.",
            "seeks": "Somebody who knows.", "role": "LEAD", "countries": [], "expires_on": "2099-01-01" });
        let now = service::now();
        let row = partner_request::ActiveModel {
            id: Set(Uuid::now_v7()),
            profile_id: Set(profile),
            status: Set(partner_request::Status::Published),
            version: Set(1),
            content: Set(wanted.to_string()),
            published: Set(Some(wanted.to_string())),
            expires_on: Set("2099-01-01".to_owned()),
            author: Set(Uuid::nil()),
            created_at: Set(now),
            changed_at: Set(now),
            published_at: Set(Some(now)),
            decided_by: Set(None),
            reason: Set(None),
        };
        let connection = world.app.platform.database().connection();
        partner_request::Entity::insert(row).exec_without_returning(connection).await.expect("inserted");
    };
    post(2, "Solar energy on a river").await;
    post(0, "Solar energy on a hill").await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    post(1, "Wind on a beach").await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    post(1, "Solar energy on a beach").await;
    let told = world.app.until(|| Some(world.told(0, "WATCH_MET")).filter(|told| !told.is_empty()));
    assert_eq!((told.len(), &told[0]["message"]), (1, &json!("Solar energy on a beach")));
    assert_eq!((&told[0]["profileId"], &told[0]["watchId"]), (&json!(world.profiles[1]), &json!(watch)));
    post(1, "Solar energy at night").await;
    let told = world.app.until(|| Some(world.told(0, "WATCH_MET")).filter(|told| told.len() > 1));
    assert_eq!((told.len(), &told[0]["message"]), (2, &json!("Solar energy at night")));
    world.app.stop().await;
}

async fn a_watch_is_its_owners(place: Place) {
    let world = World::new(&place).await;
    let app = &world.app;
    let whole =
        "watch { id name isActive criteria { among direction { key } role countries { code } fields { code } text } }";
    let criteria = json!({ "among": ["PROFILES", "REQUESTS"], "direction": "2.2", "role": "PARTNER",
        "countries": ["VN", "TH"], "fields": ["2.7"], "text": " solar " });
    let input = json!({ "name": "Sun", "criteria": criteria });
    let made = app.change(world.token(0), "createWatch", whole, &input)["watch"].clone();
    let key = made["criteria"]["direction"]["key"].clone();
    assert!(key.is_string(), "{made}");
    assert_eq!(
        made["criteria"],
        json!({ "among": ["PROFILES", "REQUESTS"], "direction": { "key": key }, "role": "PARTNER",
            "countries": [{ "code": "VN" }, { "code": "TH" }], "fields": [{ "code": "2.7" }], "text": "solar" })
    );
    let id = text(&made, "/id");
    let node = "query($id: ID!) { node(id: $id) { ... on Watch { name } } }";
    assert_eq!(app.ask(world.token(0), node, &json!({ "id": id }))["node"]["name"], "Sun");
    for other in [None, world.token(1), Some(world.moderator.token.as_str())] {
        assert_eq!(app.ask(other, node, &json!({ "id": id }))["node"], Value::Null);
    }
    assert_eq!(app.mended(world.token(1), "updateWatch", &json!({ "watch": id, "name": "Mine" })), "NOT_FOUND");
    assert_eq!(app.mended(world.token(1), "deleteWatch", &json!({ "watch": id })), "NOT_FOUND");

    // What is wrong with it is told.
    for (criteria, code, field) in [
        (json!({ "among": [] }), "MISSING", "criteria"),
        (json!({ "among": ["PROFILES"], "text": " " }), "MISSING", "criteria"),
        (json!({ "among": ["PROFILES"], "role": "PARTNER" }), "MISSING", "criteria.direction"),
        (json!({ "among": ["PROFILES"], "direction": "9.9" }), "UNKNOWN_VALUE", "criteria.direction"),
        (json!({ "among": ["PROFILES"], "countries": ["XX"] }), "UNKNOWN_VALUE", "criteria.countries"),
        (json!({ "among": ["PROFILES"], "fields": ["99"] }), "UNKNOWN_VALUE", "criteria.fields"),
        (json!({ "among": ["PROFILES"], "text": "x ".repeat(300) }), "LIMIT", "criteria.text"),
    ] {
        let told = world.fault(0, "createWatch", &json!({ "name": "x", "criteria": criteria }));
        assert_eq!((told.0.as_str(), told.1.as_str()), (code, field), "{criteria}");
    }
    assert_eq!(world.fault(0, "createWatch", &json!({ "name": " ", "criteria": criteria })).1, "name");

    // Fifty, and no more.
    for number in 1..50 {
        world.watch(0, &number.to_string(), &json!({ "among": ["REQUESTS"] }));
    }
    assert_eq!(world.fault(0, "createWatch", &input).0, "LIMIT");
    assert_eq!(
        app.change(world.token(0), "deleteWatch", "deletedWatchId", &json!({ "watch": id }))["deletedWatchId"],
        id
    );
    assert_eq!(app.mended(world.token(0), "deleteWatch", &json!({ "watch": id })), "NOT_FOUND");
    let all = app.ask(world.token(0), "{ watches { name } }", &json!({}))["watches"].clone();
    assert_eq!((all.as_array().map(Vec::len), &all[0]["name"]), (Some(49), &json!("1")));
    assert_eq!(app.refused(None, "{ watches { name } }", &json!({})), "UNAUTHENTICATED");

    // They go with their owner.
    let owned = || async {
        let rows = entity::watch::Entity::find().all(app.platform.database().connection()).await;
        rows.expect("rows").len()
    };
    assert_eq!(owned().await, 49);
    app.change(world.token(0), "deleteAccount", "", &json!({ "password": app::PASSWORD }));
    assert_eq!(owned().await, 0);
    world.app.stop().await;
}
