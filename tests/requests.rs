//! Requests for partners, and partners that are not to be suggested, from outside over HTTP on both databases.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/app.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod app;
#[path = "support/database.rs"]
mod database;
#[path = "support/people.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod people;

use app::{App, Person, record, ror_id};
use database::{Place, on_both};
use entity::partner_request;
use people::{appoint, join, text};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use service::GlobalRole;

on_both!(
    a_request_has_its_life,
    bad_input_is_told,
    requests_are_found_in_both_languages,
    time_and_suspension_take_requests_off_the_list,
    no_edit_and_no_decision_is_lost,
    two_nodes_show_the_same,
    the_dismissed_are_not_suggested,
);

/// Names of institutions; the address of whoever owns each is of its domain.
const NAMES: [&str; 2] = ["Shandong Institute of Ocean Energy", "Hanoi Institute of Rivers"];

/// All that members see of a request.
const MANAGED: &str = "request { id status version reason publishedAt name { en } profileId \
    content { title seeks direction { key } topic topicName { zh en } role countries { code } expiresOn } \
    approved { title } shown { id content { title } } }";

/// Institutions, who acts for them, and two moderators.
struct World {
    app: App,
    profiles: Vec<String>,
    people: Vec<Person>,
    moderators: [Person; 2],
}

impl World {
    async fn new(place: &Place) -> Self {
        let mut records: Vec<Value> = NAMES.iter().zip(7..).map(|(name, number)| record(number, name)).collect();
        records.push(record(9, "Phuket School of Sand"));
        let app = App::start(place, &records).await;
        let emails =
            ["office@n7.example.org", "office@n8.example.org", "first@lianhe.example", "partial@n7.example.org"];
        let [first, second, moderator, partial] = join(&app, emails);
        let people = vec![first, second];
        let mut profiles = Vec::new();
        for (person, number) in people.iter().zip(7..) {
            let profile = found(&app, number);
            app.change(Some(&person.token), "claimProfile", "profile { role }", &json!({ "profile": profile }));
            profiles.push(profile);
        }
        profiles.push(found(&app, 9));
        let input = json!({ "profile": profiles[0], "email": partial.email, "role": "VIEWER" });
        app.change(Some(&people[0].token), "inviteMember", "", &input);
        let token = people::invitation(&app, &partial.email);
        app.change(Some(&partial.token), "acceptInvitation", "", &json!({ "token": token }));
        let moderator = appoint(&app, &moderator, GlobalRole::Moderator, true).await;
        let partial = appoint(&app, &partial, GlobalRole::Moderator, true).await;
        Self { app, profiles, people, moderators: [moderator, partial] }
    }

    fn token(&self, who: usize) -> Option<&str> {
        Some(self.people[who].token.as_str())
    }

    fn moderator(&self) -> Option<&str> {
        Some(self.moderators[0].token.as_str())
    }

    fn try_post(&self, who: usize, content: &Value) -> Value {
        let input = json!({ "profile": self.profiles[who], "content": content });
        self.app.try_change(self.token(who), "postPartnerRequest", MANAGED, &input)
    }

    /// Posts a request; returns its id.
    fn post(&self, who: usize, content: &Value) -> String {
        let posted = self.try_post(who, content);
        assert_eq!(posted["userErrors"], json!([]), "{content}");
        text(&posted, "/request/id").to_owned()
    }

    /// Posts a request, which a moderator approves.
    fn publish(&self, who: usize, content: &Value) -> String {
        let id = self.post(who, content);
        self.decide(&id, 1, "APPROVED", None);
        id
    }

    fn try_decide(&self, id: &str, version: i32, decision: &str, reason: Option<&str>) -> Value {
        let input = json!({ "request": id, "version": version, "decision": decision, "reason": reason });
        self.app.try_change(self.moderator(), "decidePartnerRequest", MANAGED, &input)
    }

    fn decide(&self, id: &str, version: i32, decision: &str, reason: Option<&str>) -> Value {
        let decided = self.try_decide(id, version, decision, reason);
        assert_eq!(decided["userErrors"], json!([]), "{decision}");
        decided["request"].clone()
    }

    fn try_edit(&self, who: usize, id: &str, version: i32, content: &Value) -> Value {
        let input = json!({ "request": id, "version": version, "content": content });
        self.app.try_change(self.token(who), "editPartnerRequest", MANAGED, &input)
    }

    /// The titles of the requests that everybody finds.
    fn titles(&self, filter: &Value) -> Vec<String> {
        titles(&self.app, filter)
    }

    /// The kinds of what somebody was told, with the words of a moderator, the newest first.
    fn told(&self, who: usize) -> Vec<(String, Value, Value)> {
        let inbox = self.app.ask(self.token(who), "{ inbox { nodes { kind message requestId } } }", &json!({}));
        let nodes = inbox["inbox"]["nodes"].as_array().expect("entries").clone();
        nodes
            .iter()
            .map(|node| (text(node, "/kind").to_owned(), node["message"].clone(), node["requestId"].clone()))
            .collect()
    }
}

fn titles(app: &App, filter: &Value) -> Vec<String> {
    let query = "query($filter: PartnerRequestFilter) { partnerRequests(filter: $filter) \
        { totalCount nodes { content { title } } } }";
    let found = app.ask(None, query, &json!({ "filter": filter }))["partnerRequests"].clone();
    let titles: Vec<String> = found["nodes"]
        .as_array()
        .expect("requests")
        .iter()
        .map(|node| text(node, "/content/title").to_owned())
        .collect();
    assert_eq!(found["totalCount"], json!(titles.len()));
    titles
}

/// The id of a listed profile.
fn found(app: &App, number: u64) -> String {
    let query = "query($ror: String!) { profile(rorId: $ror) { id } }";
    text(&app.ask(None, query, &json!({ "ror": ror_id(number) })), "/profile/id").to_owned()
}

/// A day so many days from today.
fn in_days(days: i64) -> String {
    let today = service::now() + days * 86_400_000;
    eligibility::date::day_in_china(today).to_string()
}

fn content(title: &str) -> Value {
    json!({ "direction": "2.2", "title": title, "offers": "A wave tank of 50 m.", "seeks": "Field sites on a coast.",
        "role": "PARTNER", "countries": ["VN", "TH"], "expiresOn": in_days(90) })
}

/// The content with one thing said otherwise.
fn with(title: &str, key: &str, value: impl Into<Value>) -> Value {
    let mut content = content(title);
    content[key] = value.into();
    content
}

/// Codes and places of what has to be mended.
fn faults(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["userErrors"].as_array().expect("errors");
    let fault =
        |error: &Value| (text(error, "/code").to_owned(), error["field"].as_str().unwrap_or_default().to_owned());
    errors.iter().map(fault).collect()
}

fn fault(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

async fn a_request_has_its_life(place: Place) {
    let world = World::new(&place).await;
    let posted = world.try_post(0, &content("Waves and coasts"))["request"].clone();
    let id = text(&posted, "/id").to_owned();
    assert_eq!(
        (&posted["status"], &posted["version"], &posted["shown"], &posted["approved"]),
        (&json!("SUBMITTED"), &json!(1), &Value::Null, &Value::Null)
    );
    assert_eq!(posted["name"]["en"], NAMES[0]);
    assert_eq!(posted["content"]["direction"]["key"], "cn-asean");
    assert_eq!(posted["content"]["countries"], json!([{ "code": "TH" }, { "code": "VN" }]));
    assert_eq!(world.titles(&json!({})), Vec::<String>::new());

    // Whoever is no moderator, or ever was a member, does not decide; who cannot know of it does not see it.
    let decision = json!({ "request": id, "version": 1, "decision": "APPROVED" });
    let (query, variables) = app::mutation("decidePartnerRequest", "", &decision);
    for (token, code) in [
        (None, "UNAUTHENTICATED"),
        (world.token(0), "FORBIDDEN"),
        (world.token(1), "FORBIDDEN"),
        (Some(world.moderators[1].token.as_str()), "FORBIDDEN"),
    ] {
        assert_eq!(world.app.refused(token, &query, &variables), code);
    }
    let node = "query($id: ID!) { node(id: $id) { ... on ManagedPartnerRequest { status } } }";
    let seen = |token| world.app.ask(token, node, &json!({ "id": id }))["node"].clone();
    assert_eq!([seen(None), seen(world.token(1))], [Value::Null, Value::Null]);
    assert_eq!(
        [seen(world.token(0)), seen(world.moderator())],
        [json!({ "status": "SUBMITTED" }), json!({ "status": "SUBMITTED" })]
    );
    assert_eq!(world.app.mended(world.token(1), "closePartnerRequest", &json!({ "request": id })), "NOT_FOUND");

    // The queue has those that have waited longest first.
    let later = world.post(1, &content("Rivers"));
    let queue = "{ partnerRequestsToReview { totalCount nodes { id content { title } } } }";
    let queue = world.app.ask(world.moderator(), queue, &json!({}))["partnerRequestsToReview"].clone();
    assert_eq!(
        (&queue["totalCount"], &queue["nodes"][0]["id"], &queue["nodes"][1]["id"]),
        (&json!(2), &json!(id), &json!(later))
    );

    // Changes are asked for with a reason, made, and approved.
    assert_eq!(faults(&world.try_decide(&id, 1, "CHANGES_REQUESTED", Some(" "))), fault("MISSING", "reason"));
    world.decide(&id, 1, "CHANGES_REQUESTED", Some("Say which coast."));
    assert_eq!(world.told(0)[0], ("REQUEST_CHANGES_REQUESTED".to_owned(), json!("Say which coast."), json!(id)));
    assert_eq!(faults(&world.try_decide(&id, 1, "APPROVED", None)), fault("WRONG_STATE", "request"));
    let edited = world.try_edit(0, &id, 1, &content("Waves and the Gulf of Thailand"));
    assert_eq!((&edited["request"]["status"], &edited["request"]["version"]), (&json!("SUBMITTED"), &json!(2)));
    let approved = world.decide(&id, 2, "APPROVED", None);
    assert_eq!(approved["shown"]["content"]["title"], "Waves and the Gulf of Thailand");
    assert_eq!(world.told(0)[0].0, "REQUEST_PUBLISHED");
    assert_eq!(world.titles(&json!({})), ["Waves and the Gulf of Thailand"]);

    // What was approved stays shown while a change of it waits, and after changes of it are asked for.
    let shown = text(&approved, "/shown/id").to_owned();
    let title = |app: &App| {
        let query = "query($id: ID!) { node(id: $id) { ... on PartnerRequest { content { title } profile { id } } } }";
        app.ask(None, query, &json!({ "id": shown }))["node"].clone()
    };
    let everybody =
        json!({ "content": { "title": "Waves and the Gulf of Thailand" }, "profile": { "id": world.profiles[0] } });
    assert_eq!(title(&world.app), everybody);
    let edited = world.try_edit(0, &shown, 2, &content("Waves, coasts and robots"))["request"].clone();
    assert_eq!(
        (&edited["status"], &edited["approved"]["title"]),
        (&json!("SUBMITTED"), &json!("Waves and the Gulf of Thailand"))
    );
    assert_eq!(title(&world.app), everybody);
    world.decide(&id, 3, "CHANGES_REQUESTED", Some("No robots."));
    assert_eq!(title(&world.app), everybody);
    world.try_edit(0, &id, 3, &content("Waves and coasts of Asia"));
    world.decide(&id, 4, "APPROVED", None);
    assert_eq!(title(&world.app)["content"]["title"], "Waves and coasts of Asia");

    // Closed it is for good.
    let closed = world.app.change(world.token(0), "closePartnerRequest", MANAGED, &json!({ "request": id }));
    assert_eq!((&closed["request"]["status"], &closed["request"]["shown"]), (&json!("CLOSED"), &Value::Null));
    assert_eq!((title(&world.app), world.titles(&json!({}))), (Value::Null, Vec::new()));
    assert_eq!(world.app.mended(world.token(0), "closePartnerRequest", &json!({ "request": id })), "WRONG_STATE");
    assert_eq!(faults(&world.try_edit(0, &id, 4, &content("Again"))), fault("WRONG_STATE", "request"));

    // Refused it is gone, with what was approved before.
    world.decide(&later, 1, "APPROVED", None);
    world.try_edit(1, &later, 1, &content("Buy our boats"));
    assert_eq!(world.titles(&json!({})), ["Rivers"]);
    world.decide(&later, 2, "REFUSED", Some("Advertising."));
    assert_eq!(world.told(1)[0], ("REQUEST_REFUSED".to_owned(), json!("Advertising."), json!(later)));
    assert_eq!(world.titles(&json!({})), Vec::<String>::new());

    let own = "query($id: ID!) { managedPartnerRequests(profile: $id) { totalCount nodes { id status } } }";
    let own = |token| world.app.answer(token, own, &json!({ "id": world.profiles[0] }));
    assert_eq!(
        own(world.token(0))["data"]["managedPartnerRequests"],
        json!({ "totalCount": 1, "nodes": [{ "id": id, "status": "CLOSED" }] })
    );
    assert_eq!(own(world.token(1)).pointer("/errors/0/extensions/code"), Some(&json!("FORBIDDEN")));
    world.app.stop().await;
}

async fn bad_input_is_told(place: Place) {
    let world = World::new(&place).await;
    for (content, expected) in [
        (with("A", "direction", "9.9"), fault("UNKNOWN_VALUE", "content.direction")),
        (with("A", "direction", Value::Null), fault("MISSING", "content.direction")),
        (with("A", "countries", json!(["TH", "XX"])), fault("UNKNOWN_VALUE", "content.countries[1]")),
        (with("A", "expiresOn", in_days(-1)), fault("INVALID_VALUE", "content.expiresOn")),
        (with("A", "expiresOn", in_days(401)), fault("INVALID_VALUE", "content.expiresOn")),
        (with("A", "expiresOn", "2027-02-30"), fault("INVALID_VALUE", "content.expiresOn")),
        (with(" - ", "role", Value::Null), fault("MISSING", "content.title")),
        (with(&"a".repeat(201), "role", Value::Null), fault("LIMIT", "content.title")),
        (with("A", "offers", "b".repeat(2_001)), fault("LIMIT", "content.offers")),
        (with("A", "offers", "a\u{202e}b"), fault("INVALID_VALUE", "content.offers")),
        (with("A", "seeks", "Write to zhang@example.org."), fault("INVALID_VALUE", "content.seeks")),
        (with("A", "seeks", "邮箱：zhang＠example．com"), fault("INVALID_VALUE", "content.seeks")),
        (with("A", "offers", "电话 010-62781234"), fault("INVALID_VALUE", "content.offers")),
        (with("加微信详谈", "role", Value::Null), fault("INVALID_VALUE", "content.title")),
        (with("A", "topic", "+86 138 0013 8000"), fault("INVALID_VALUE", "content.topic")),
    ] {
        assert_eq!(faults(&world.try_post(0, &content)), expected, "{content}");
    }
    let all = json!({ "title": "", "offers": "", "seeks": "", "expiresOn": "soon" });
    let all = faults(&world.try_post(0, &all)).into_iter().map(|(_, field)| field).collect::<Vec<_>>();
    let fields = ["title", "offers", "seeks", "direction", "expiresOn"].map(|field| format!("content.{field}"));
    assert_eq!(all, fields);

    // Today is still a day, 400 days ahead is the last one, and a topic can do without a direction.
    world.post(0, &with("Today", "expiresOn", in_days(0)));
    world.post(0, &with("Far", "expiresOn", in_days(400)));
    let mut free = with("Free", "topic", "Tidal marshes");
    free["direction"] = Value::Null;
    let free = world.try_post(0, &free)["request"]["content"].clone();
    assert_eq!((&free["direction"], &free["topicName"]["zh"]), (&Value::Null, &json!("Tidal marshes")));

    // A profile that is not published posts none, nor does anybody for another one.
    let draft = json!({ "content": { "names": [{ "value": "Hue School of Boats", "lang": "en" }] } });
    let draft = world.app.change(world.token(0), "createProfile", "profile { profileId }", &draft);
    let input = json!({ "profile": draft["profile"]["profileId"], "content": content("A") });
    assert_eq!(world.app.mended(world.token(0), "postPartnerRequest", &input), "WRONG_STATE");
    assert_eq!(world.app.mended(world.token(1), "postPartnerRequest", &input), "NOT_FOUND");
    let (query, variables) =
        app::mutation("postPartnerRequest", "", &json!({ "profile": world.profiles[0], "content": content("A") }));
    assert_eq!(world.app.refused(world.token(1), &query, &variables), "FORBIDDEN");

    // Nothing twice, until whenever.
    let mut again = content("Number 3");
    world.post(0, &again);
    again["expiresOn"] = json!(in_days(30));
    assert_eq!(faults(&world.try_post(0, &again)), fault("TAKEN", "content"));

    // Twenty at a time.
    for number in 4..20 {
        world.post(0, &content(&format!("Number {number}")));
    }
    assert_eq!(faults(&world.try_post(0, &content("One too many"))), fault("LIMIT", "profile"));
    let own = "query($id: ID!) { managedPartnerRequests(profile: $id, first: 1) { totalCount nodes { id } } }";
    let own = world.app.ask(world.token(0), own, &json!({ "id": world.profiles[0] }))["managedPartnerRequests"].clone();
    assert_eq!(own["totalCount"], 20);
    world.app.change(world.token(0), "closePartnerRequest", "", &json!({ "request": own["nodes"][0]["id"] }));
    world.post(0, &content("Room again"));
    world.app.stop().await;
}

async fn requests_are_found_in_both_languages(place: Place) {
    let world = World::new(&place).await;
    let mut english = with("Partners for wind parks", "seeks", "Researchers in renewable energy.");
    english["topic"] = json!("Offshore wind");
    world.publish(0, &english);
    let mut chinese = with("寻求农业合作伙伴", "seeks", "可再生能源在农业中的应用，须有试验基地。");
    chinese["direction"] = json!("1.1");
    chinese["role"] = json!("LEAD");
    chinese["countries"] = json!(["CN"]);
    world.publish(1, &chinese);
    let mut open = with("Anybody, anywhere", "seeks", "Robots that swim.");
    open["role"] = Value::Null;
    open["countries"] = Value::Null;
    world.publish(1, &open);

    let (wind, farms, robots) = ("Partners for wind parks", "寻求农业合作伙伴", "Anybody, anywhere");
    for (filter, expected) in [
        (json!({}), vec![robots, farms, wind]),
        (json!({ "text": "可再生能源" }), vec![farms, wind]),
        (json!({ "text": "renewable energy" }), vec![farms, wind]),
        (json!({ "text": "renewable energy wind" }), vec![wind]),
        (json!({ "text": "agriculture" }), vec![farms]),
        (json!({ "text": "试验基地" }), vec![farms]),
        (json!({ "text": "OFFSHORE" }), vec![wind]),
        (json!({ "text": "机器人" }), vec![robots]),
        (json!({ "text": "robots on farms" }), vec![]),
        (json!({ "direction": "2.2" }), vec![robots, wind]),
        (json!({ "direction": "cn-asean", "text": "renewable energy" }), vec![wind]),
        (json!({ "role": "LEAD" }), vec![robots, farms]),
        (json!({ "countries": ["VN"] }), vec![robots, wind]),
        (json!({ "countries": [] }), vec![robots]),
        (json!({ "profile": world.profiles[1] }), vec![robots, farms]),
        (json!({ "profile": world.profiles[2] }), vec![]),
    ] {
        assert_eq!(world.titles(&filter), expected, "{filter}");
    }

    // Pages follow each other, also while a request that was a page's last goes.
    let query = "query($after: String) { partnerRequests(first: 1, after: $after) \
        { pageInfo { hasNextPage hasPreviousPage endCursor } nodes { id content { title } } } }";
    let page = |after: &Value| world.app.ask(None, query, &json!({ "after": after }))["partnerRequests"].clone();
    let first = page(&Value::Null);
    assert_eq!(first["pageInfo"]["hasPreviousPage"], false);
    world.app.change(world.token(1), "closePartnerRequest", "", &json!({ "request": first["nodes"][0]["id"] }));
    let second = page(&first["pageInfo"]["endCursor"]);
    let third = page(&second["pageInfo"]["endCursor"]);
    let titles = [&first, &second, &third].map(|page| page["nodes"][0]["content"]["title"].clone());
    assert_eq!(titles, [json!(robots), json!(farms), json!(wind)]);
    assert_eq!([&second, &third].map(|page| page["pageInfo"]["hasNextPage"].clone()), [json!(true), json!(false)]);
    let wrong = "{ partnerRequests(after: \"x\") { totalCount } }";
    assert_eq!(world.app.refused(None, wrong, &json!({})), "INVALID_CURSOR");
    let wrong = "{ partnerRequests(filter: { countries: [\"XX\"] }) { totalCount } }";
    assert_eq!(world.app.refused(None, wrong, &json!({})), "INVALID_ARGUMENT");
    world.app.stop().await;
}

async fn time_and_suspension_take_requests_off_the_list(place: Place) {
    let world = World::new(&place).await;
    let old = world.publish(0, &content("Old"));
    let waiting = world.post(0, &content("Waiting"));
    world.publish(1, &content("Of the suspended"));
    assert_eq!(world.titles(&json!({})), ["Of the suspended", "Old"]);

    let suspend = json!({ "profile": world.profiles[1], "reasons": ["OUT_OF_DATE"], "message": "It moved." });
    world.app.change(world.moderator(), "suspendProfile", "", &suspend);
    world.app.until(|| (world.titles(&json!({})) == ["Old"]).then_some(()));
    assert_eq!(faults(&world.try_post(1, &content("More"))), fault("WRONG_STATE", "profile"));
    world.app.change(world.moderator(), "restoreProfile", "", &json!({ "profile": world.profiles[1] }));
    world.app.until(|| (world.titles(&json!({})) == ["Of the suspended", "Old"]).then_some(()));

    // Their last day passes; the one that waits is decided on too late.
    let id = "query($id: ID!) { node(id: $id) { ... on ManagedPartnerRequest { status version } } }";
    let status = |id_of: &str| world.app.ask(world.token(0), id, &json!({ "id": id_of }))["node"]["status"].clone();
    partner_request::Entity::update_many()
        .col_expr(partner_request::Column::ExpiresOn, Expr::value(in_days(-1)))
        .filter(partner_request::Column::Content.not_like("%Of the suspended%"))
        .exec(world.app.platform.database().connection())
        .await
        .expect("changed");
    assert_eq!(faults(&world.try_decide(&waiting, 1, "APPROVED", None)), fault("WRONG_STATE", "request"));
    world.app.platform.keep_up().await.expect("kept up");
    assert_eq!([status(&old), status(&waiting)], [json!("EXPIRED"), json!("EXPIRED")]);
    assert_eq!(world.titles(&json!({})), ["Of the suspended"]);
    assert_eq!(faults(&world.try_edit(0, &old, 1, &content("New life"))), fault("WRONG_STATE", "request"));
    world.app.stop().await;
}

async fn no_edit_and_no_decision_is_lost(place: Place) {
    let world = World::new(&place).await;
    let id = world.post(0, &content("First"));
    world.try_edit(0, &id, 1, &content("Second"));
    let late = world.try_edit(0, &id, 1, &content("Other"));
    assert_eq!(faults(&late), fault("CONFLICT", "version"));
    assert_eq!((&late["request"]["version"], &late["request"]["content"]["title"]), (&json!(2), &json!("Second")));
    let late = world.try_decide(&id, 1, "APPROVED", None);
    assert_eq!((faults(&late), &late["request"]["version"]), (fault("CONFLICT", "version"), &json!(2)));

    // Of many at once, one is first.
    let world_of = &world;
    let id_of = id.as_str();
    let at_once = |act: &(dyn Fn(usize) -> Value + Sync)| {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|index| scope.spawn(move || act(index))).collect();
            threads.into_iter().map(|thread| thread.join().expect("ended well")).collect::<Vec<_>>()
        })
    };
    let edits = at_once(&|index| world_of.try_edit(0, id_of, 2, &content(&format!("At once {index}"))));
    let done = edits.iter().filter(|edit| edit["userErrors"] == json!([])).count();
    let lost = edits.iter().filter(|edit| faults(edit) == fault("CONFLICT", "version")).count();
    assert_eq!((done, lost), (1, 3));
    let decided = at_once(&|_| world_of.try_decide(id_of, 3, "APPROVED", None));
    let done = decided.iter().filter(|one| one["userErrors"] == json!([])).count();
    let late = decided.iter().filter(|one| faults(one) == fault("WRONG_STATE", "request")).count();
    assert_eq!((done, late), (1, 3));

    // Of those that are posted at once, no more than there is room for.
    for number in 1..18 {
        world.post(0, &content(&format!("Number {number}")));
    }
    let posted = at_once(&|index| world_of.try_post(0, &content(&format!("Last {index}"))));
    let done = posted.iter().filter(|one| one["userErrors"] == json!([])).count();
    assert_eq!(done, 2);
    world.app.stop().await;
}

async fn two_nodes_show_the_same(place: Place) {
    let world = World::new(&place).await;
    let other = App::node(&place, "other", Some(&world.app)).await;
    other.until(|| {
        let found = other.ask(None, "query($id: ID!) { profile(id: $id) { id } }", &json!({ "id": world.profiles[1] }));
        found["profile"].is_object().then_some(())
    });
    assert_eq!(titles(&other, &json!({})), Vec::<String>::new());
    let id = world.publish(0, &content("Waves"));
    assert_eq!(titles(&other, &json!({})), ["Waves"]);
    world.try_edit(0, &id, 1, &content("Tides"));
    assert_eq!(titles(&other, &json!({})), ["Waves"]);
    world.decide(&id, 2, "APPROVED", None);
    assert_eq!(titles(&other, &json!({})), ["Tides"]);
    other.change(world.token(0), "closePartnerRequest", "", &json!({ "request": id }));
    assert_eq!((world.titles(&json!({})), titles(&other, &json!({}))), (Vec::new(), Vec::new()));
    other.stop().await;
    world.app.stop().await;
}

async fn the_dismissed_are_not_suggested(place: Place) {
    let world = World::new(&place).await;
    let (own, others) = (&world.profiles[0], &world.profiles[1..]);
    let list = |token| {
        let query = "query($id: ID!) { dismissedPartners(profile: $id) { totalCount nodes { id } } }";
        world.app.answer(token, query, &json!({ "id": own }))
    };
    let dismissed = |token| list(token)["data"]["dismissedPartners"].clone();
    assert_eq!(dismissed(world.token(0)), json!({ "totalCount": 0, "nodes": [] }));
    let input = |partner: &str| json!({ "profile": own, "partner": partner });
    for partner in [&others[0], &others[1], &others[0]] {
        let done = world.app.change(world.token(0), "dismissPartner", "isDismissed", &input(partner));
        assert_eq!(done["isDismissed"], true);
    }
    assert_eq!(
        dismissed(world.token(0)),
        json!({ "totalCount": 2, "nodes": [{ "id": others[1] }, { "id": others[0] }] })
    );
    assert_eq!(list(world.token(1)).pointer("/errors/0/extensions/code"), Some(&json!("FORBIDDEN")));
    assert_eq!(list(None).pointer("/errors/0/extensions/code"), Some(&json!("UNAUTHENTICATED")));
    assert_eq!(world.app.mended(world.token(0), "dismissPartner", &input(own)), "NOT_FOUND");
    let (query, variables) = app::mutation("restorePartner", "", &input(&others[0]));
    assert_eq!(world.app.refused(world.token(1), &query, &variables), "FORBIDDEN");

    // What is dismissed is not among the matches.
    let matches = || {
        let of = |undetermined| {
            let query = "query($id: ID!, $undetermined: Boolean!) { matchesFor(profile: $id, direction: \"2.2\", \
                role: LEAD, undetermined: $undetermined) { nodes { id } } }";
            let variables = json!({ "id": own, "undetermined": undetermined });
            let found = world.app.ask(world.token(0), query, &variables)["matchesFor"]["nodes"].clone();
            found.as_array().expect("matches").iter().map(|node| text(node, "/id").to_owned()).collect::<Vec<_>>()
        };
        [of(false), of(true)].concat()
    };
    assert!(!matches().iter().any(|id| others.contains(id)));
    world.app.change(world.token(0), "restorePartner", "isRestored", &input(&others[0]));
    assert_eq!(dismissed(world.token(0)), json!({ "totalCount": 1, "nodes": [{ "id": others[1] }] }));
    assert!(matches().contains(&others[0]));
    world.app.stop().await;
}
