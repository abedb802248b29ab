//! Ranked partners from outside: who is in, in which order, and why.
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
use people::{join, text};
use serde_json::{Value, json};

on_both!(partners_are_ranked_with_reasons, who_may_fit_is_listed_apart);

const MATCHES: &str = "totalCount pageInfo { hasNextPage endCursor } edges { node { id name { en } } verdict missingFacts { name } \
    why { zh en } score { total parts { reason points text { zh en } } } }";

fn placed(number: u64, name: &str, country: &str) -> Value {
    let mut record = record(number, name);
    record["established"] = json!(1960);
    record["locations"][0]["geonames_details"] =
        json!({ "name": "Town", "country_code": country, "lat": 1.5, "lng": 2.5 });
    record
}

fn profile(app: &App, number: u64) -> String {
    let query = "query($ror: String!) { profile(rorId: $ror) { id } }";
    text(&app.ask(None, query, &json!({ "ror": ror_id(number) })), "/profile/id").to_owned()
}

/// Somebody of an institution takes its profile over.
fn owner(app: &App, number: u64) -> (Person, String) {
    let email = format!("office@n{number}.example.org");
    let [person] = join(app, [email.as_str()]);
    let profile = profile(app, number);
    app.change(Some(&person.token), "claimProfile", "profile { role }", &json!({ "profile": profile }));
    (person, profile)
}

fn matches(app: &App, token: &str, profile: &str, arguments: &str) -> Value {
    let query = format!("query($id: ID!) {{ matchesFor(profile: $id, {arguments}) {{ {MATCHES} }} }}");
    app.ask(Some(token), &query, &json!({ "id": profile }))["matchesFor"].take()
}

fn names(matches: &Value) -> Vec<&str> {
    matches["edges"].as_array().expect("edges").iter().map(|edge| text(edge, "/node/name/en")).collect()
}

fn reasons(edge: &Value) -> Vec<&str> {
    edge["score"]["parts"].as_array().expect("parts").iter().map(|part| text(part, "/reason")).collect()
}

async fn partners_are_ranked_with_reasons(place: Place) {
    let app = App::start(
        &place,
        &[
            placed(1, "University of Solar Cells", "CN"),
            placed(2, "Bangkok School of Music", "TH"),
            placed(3, "Hanoi Institute of Solar Energy", "VN"),
            placed(4, "Kyoto Institute of Solar Energy", "JP"),
            placed(5, "Beijing Solar Laboratory", "CN"),
            placed(6, "Jakarta School of Dance", "ID"),
        ],
    )
    .await;
    let (seeker, own) = owner(&app, 1);
    let asked = "direction: \"2.2\", role: LEAD";

    // Partners of 2.2 are those of ASEAN's states; the one that works on the subject comes first, and says so in both languages.
    let found = matches(&app, &seeker.token, &own, asked);
    assert_eq!(found["totalCount"], 3, "{found}");
    assert_eq!(names(&found)[0], "Hanoi Institute of Solar Energy");
    let best = &found["edges"][0];
    assert_eq!((&best["verdict"], &best["missingFacts"]), (&json!("ELIGIBLE"), &json!([])));
    assert_eq!(reasons(best)[0], "SUBJECTS", "{best}");
    assert!(text(best, "/why/en").contains("solar energy"), "{best}");
    assert!(text(best, "/why/zh").contains("太阳能"), "{best}");
    for edge in found["edges"].as_array().expect("edges") {
        let parts = edge["score"]["parts"].as_array().expect("parts");
        let sum: u64 = parts.iter().map(|part| part["points"].as_u64().expect("points")).sum();
        assert_eq!(edge["score"]["total"], json!(sum), "the parts are the whole: {edge}");
    }

    // Page by page it is the same list.
    let mut paged: Vec<String> = Vec::new();
    let mut after = String::new();
    loop {
        let page = matches(&app, &seeker.token, &own, &format!("{asked}, first: 1{after}"));
        paged.extend(names(&page).into_iter().map(str::to_owned));
        if page["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
    assert_eq!(paged, names(&found));

    // Who worked with the seeker before comes up.
    let (partner, dancers) = owner(&app, 6);
    let input = json!({ "profile": own, "side": "CHINESE", "direction": "2.2", "name": "Sun and dance" });
    let created = app.change(Some(&seeker.token), "createConsortium", "consortium { id }", &input);
    let input = json!({ "consortium": created["consortium"]["id"], "profile": dancers, "side": "PARTNER" });
    app.change(Some(&seeker.token), "inviteToConsortium", "", &input);
    let before = names(&matches(&app, &seeker.token, &own, asked)).iter().position(|name| name.contains("Dance"));
    let query = "query($id: ID!) { consortiumInvitations(profile: $id) { id } }";
    let open = app.ask(Some(&partner.token), query, &json!({ "id": dancers }));
    let input = json!({ "invitation": text(&open, "/consortiumInvitations/0/id"), "accept": true });
    app.change(Some(&partner.token), "answerConsortiumInvitation", "isAnswered", &input);
    let found = matches(&app, &seeker.token, &own, asked);
    let after = names(&found).iter().position(|name| name.contains("Dance")).expect("it is there");
    assert!(after <= before.expect("it was there"), "{found}");
    let edge = &found["edges"][after];
    assert!(reasons(edge).contains(&"WORKED_TOGETHER"), "{edge}");
    assert!(text(edge, "/why/zh").contains("曾与贵单位共同组建联合体"), "{edge}");

    // Who is dismissed is not suggested, to this institution, until it is restored.
    let hanoi = text(&found, "/edges/0/node/id").to_owned();
    let input = json!({ "profile": own, "partner": hanoi });
    app.change(Some(&seeker.token), "dismissPartner", "", &input);
    let found = matches(&app, &seeker.token, &own, asked);
    assert_eq!(found["totalCount"], 2, "{found}");
    assert!(found["edges"].as_array().expect("edges").iter().all(|edge| edge["node"]["id"] != hanoi.as_str()));
    app.change(Some(&seeker.token), "restorePartner", "", &input);
    assert_eq!(matches(&app, &seeker.token, &own, asked)["totalCount"], 3);

    // What cannot be asked is told.
    let refused = |arguments: &str| {
        let query = format!("query($id: ID!) {{ matchesFor(profile: $id, {arguments}) {{ totalCount }} }}");
        app.refused(Some(&seeker.token), &query, &json!({ "id": own }))
    };
    assert_eq!(refused("direction: \"9.9\", role: LEAD"), "INVALID_ARGUMENT");
    assert_eq!(refused("direction: \"2.2\", role: LEAD, topic: \"cheese\""), "INVALID_ARGUMENT");
    assert_eq!(refused("direction: \"2.2\", role: LEAD, first: 101"), "INVALID_ARGUMENT");
    assert_eq!(refused("direction: \"2.2\", role: LEAD, after: \"nothing\""), "INVALID_CURSOR");
    app.stop().await;
}

async fn who_may_fit_is_listed_apart(place: Place) {
    let app = App::start(
        &place,
        &[
            placed(1, "University of Water", "CN"),
            placed(2, "Nile University", "EG"),
            placed(3, "Riyadh College", "SA"),
        ],
    )
    .await;
    let (seeker, own) = owner(&app, 1);
    let certain = matches(&app, &seeker.token, &own, "direction: \"1.6\", role: LEAD");
    assert_eq!(certain["totalCount"], 0, "{certain}");
    let possible = matches(&app, &seeker.token, &own, "direction: \"1.6\", role: LEAD, undetermined: true");
    assert_eq!(possible["totalCount"], 2, "{possible}");
    for edge in possible["edges"].as_array().expect("edges") {
        assert_eq!(edge["verdict"], "UNDETERMINED");
        assert_eq!(edge["missingFacts"], json!([{ "name": "member.independent_legal_person" }]));
        assert!(text(edge, "/why/en").starts_with("May be eligible for the role; some facts are missing"), "{edge}");
    }
    let egypt = "direction: \"1.6\", role: LEAD, undetermined: true, filter: { countries: [\"EG\"] }";
    assert_eq!(names(&matches(&app, &seeker.token, &own, egypt)), ["Nile University"]);
    app.stop().await;
}
