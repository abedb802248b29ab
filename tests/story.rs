//! The whole story, over HTTP: an institution takes over its profile, a moderator reviews it and verifies a fact, a stranger finds
//! it, and the history proves it all.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/app.rs"]
mod app;
#[path = "support/database.rs"]
mod database;
#[path = "support/program.rs"]
mod program;

use app::{App, Person, record, ror_id};
use database::{Place, on_both};
use entity::audit_record;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, Database, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use service::GlobalRole;

on_both!(an_institution_takes_over_its_profile);

/// A small document, as a scanner makes it.
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

const PROFILE: &str = "profile { id status isListed revision publishedRevision }";

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).expect(pointer)
}

/// The one case that waits about a profile, with its newest revision.
fn waiting(app: &App, moderator: &Person, profile: &str) -> (String, i64) {
    let query = "query($id: ID!) { reviewQueue(filter: { profile: $id }) { nodes { id newestRevision profile { checks { code } \
                 differences { part fact { name } before after } } } } }";
    let queue = app.ask(Some(&moderator.token), query, &json!({ "id": profile }));
    let nodes = queue["reviewQueue"]["nodes"].as_array().expect("a list").clone();
    assert_eq!(nodes.len(), 1, "{nodes:?}");
    (text(&nodes[0], "/id").to_owned(), nodes[0]["newestRevision"].as_i64().expect("a number"))
}

/// What everybody sees of a fact: its value and who vouches for it.
fn public_fact(app: &App, profile: &str, fact: &str) -> Option<(Value, String)> {
    let query = "query($id: ID!) { profile(id: $id) { facts { fact { name } value assurance } } }";
    let found = app.ask(None, query, &json!({ "id": profile }));
    let facts = found["profile"]["facts"].as_array().expect("facts").clone();
    let found = facts.into_iter().find(|stated| stated["fact"]["name"] == fact)?;
    Some((found["value"].clone(), text(&found, "/assurance").to_owned()))
}

/// The verdicts of a profile as lead of direction 2.0, by all facts and by verified facts only.
fn verdicts(app: &App, profile: &str) -> Vec<(String, String)> {
    let query = "query($id: ID!) { declared: directionsFor(profile: $id, roles: [LEAD]) { ...report } \
                 verified: directionsFor(profile: $id, roles: [LEAD], basis: VERIFIED) { ...report } } \
                 fragment report on RoleReport { basis verdict direction { number } missingFacts { name } }";
    let found = app.ask(None, query, &json!({ "id": profile }));
    let of = |name: &str| {
        let reports = found[name].as_array().expect("reports").iter();
        let report = reports.into_iter().find(|report| report["direction"]["number"] == "2.0").expect("2.0");
        (text(report, "/basis").to_owned(), text(report, "/verdict").to_owned())
    };
    vec![of("declared"), of("verified")]
}

async fn an_institution_takes_over_its_profile(place: Place) {
    let mut imported = record(7, "Institute of Ocean Energy");
    imported["locations"][0]["geonames_details"] = json!({ "name": "Qingdao", "country_code": "CN",
        "country_subdivision_code": "SD", "lat": 36.07, "lng": 120.38 });
    let app = App::start(&place, &[imported, record(8, "Bangkok School of Waves")]).await;
    let moderator = app.office("mo@lianhe.example", "Mo", GlobalRole::Moderator).await;

    // Somebody of the institution signs up, follows the link of the mail, and finds the profile that the registry brought.
    let owner = app.join("office@n7.example.org", "Li Hua");
    let own = Some(owner.token.as_str());
    let found =
        app.ask(None, "query($ror: String!) { profile(rorId: $ror) { id revision } }", &json!({ "ror": ror_id(7) }));
    let profile = text(&found, "/profile/id").to_owned();

    // The address is of the institution's domain: the claim is granted at once. That of somebody else is not.
    let stranger = app.join("somebody@mail.example.net", "Somebody");
    let foreign = Some(stranger.token.as_str());
    assert_eq!(app.mended(foreign, "claimProfile", &json!({ "profile": profile })), "MISSING");
    let claimed =
        app.change(own, "claimProfile", "profile { role status revision } case { id }", &json!({ "profile": profile }));
    assert_eq!(claimed["profile"], json!({ "role": "OWNER", "status": "PUBLISHED", "revision": 1 }));
    assert_eq!(claimed["case"], Value::Null);

    // It completes the profile. An edit of an older revision is told the newer one, and nothing is lost.
    let edit = json!({ "profile": profile, "revision": 1, "content": {
        "names": [{ "value": "海洋能源研究所", "lang": "zh" }, { "value": "Institute of Ocean Energy", "lang": "en" }],
        "facts": [{ "fact": "member.registered_on", "value": "2005-03-01" },
            { "fact": "independent_legal_person", "value": true }, { "fact": "kind", "value": "RESEARCH_INSTITUTE" }],
        "keywords": ["tidal energy", "潮汐能"], "offers": "A test basin with waves up to two metres.",
        "contact": { "name": "Li Hua", "email": "office@n7.example.org" } } });
    let edited = app.change(own, "editProfile", PROFILE, &edit);
    assert_eq!(edited["profile"]["status"], "DRAFT");
    assert_eq!((&edited["profile"]["isListed"], &edited["profile"]["publishedRevision"]), (&json!(true), &json!(1)));
    let stale = app.try_change(own, "editProfile", "profile { revision content { keywords } }", &edit);
    assert_eq!(stale["userErrors"][0]["code"], "CONFLICT");
    assert_eq!(stale["profile"], json!({ "revision": 2, "content": { "keywords": ["tidal energy", "潮汐能"] } }));

    // What everybody sees is still what was published.
    let public = "query($id: ID!) { profile(id: $id) { name { zh } revision keywords offers } }";
    let seen = app.ask(foreign, public, &json!({ "id": profile }));
    assert_eq!(
        seen["profile"],
        json!({ "name": { "zh": "Institute of Ocean Energy" }, "revision": 1, "keywords": [], "offers": null })
    );
    let managed = "query($id: ID!) { managedProfile(id: $id) { completeness { direction { number } missingCount } } }";
    assert_eq!(app.ask(foreign, managed, &json!({ "id": profile }))["managedProfile"], Value::Null);
    let completeness = app.ask(own, managed, &json!({ "id": profile }));
    let directions = completeness["managedProfile"]["completeness"].as_array().expect("directions");
    assert!(directions.len() >= 10, "{completeness}");

    // It submits; a moderator asks for changes, with a reason and a message.
    let submitted = app.change(own, "submitProfile", PROFILE, &json!({ "profile": profile, "revision": 2 }));
    assert_eq!(submitted["profile"]["status"], "SUBMITTED");
    let (case, revision) = waiting(&app, &moderator, &profile);
    let office = Some(moderator.token.as_str());
    let asked = json!({ "case": case, "revision": revision, "decision": "CHANGES_REQUESTED", "reasons": ["INCOMPLETE"],
        "message": "Please say what you seek in a partner.", "scores": [{ "criterion": "COMPLETENESS", "score": 2 }] });
    let decided =
        app.change(office, "decideCase", "case { state decision reasons scores { criterion score } }", &asked);
    assert_eq!(
        decided["case"],
        json!({ "state": "DECIDED", "decision": "CHANGES_REQUESTED", "reasons": ["INCOMPLETE"],
        "scores": [{ "criterion": "COMPLETENESS", "score": 2 }] })
    );
    let mail = app.mails.wait_for(&owner.email);
    assert!(mail.text.contains("Please say what you seek in a partner."), "{}", mail.text);
    let inbox = app.ask(own, "{ inbox { unreadCount nodes { kind message text { en } readAt } } }", &json!({}));
    assert_eq!(
        inbox["inbox"]["nodes"][0],
        json!({ "kind": "CHANGES_REQUESTED", "readAt": null,
        "message": "Please say what you seek in a partner.",
        "text": { "en": "The profile of Institute of Ocean Energy needs changes before it can be published" } })
    );

    // It mends that and submits again; the moderator publishes it, and a second decision is one too many.
    let seeks = json!({ "profile": profile, "revision": 2, "content": { "seeks": "Partners in ASEAN with a coast." } });
    let edited = app.change(own, "editProfile", PROFILE, &seeks);
    assert_eq!(
        (&edited["profile"]["status"], &edited["profile"]["revision"]),
        (&json!("CHANGES_REQUESTED"), &json!(3))
    );
    app.change(own, "submitProfile", PROFILE, &json!({ "profile": profile, "revision": 3 }));
    let (case, revision) = waiting(&app, &moderator, &profile);
    let approve = json!({ "case": case, "revision": revision, "decision": "APPROVED" });
    app.change(office, "decideCase", "case { state }", &approve);
    assert_eq!(app.mended(office, "decideCase", &approve), "CONFLICT");

    // A stranger finds it in a search, by a word that was not there before; nobody sees the contact.
    let search = "{ profiles(query: \"潮汐能\") { nodes { id revision seeks } } }";
    let hit = app.until(|| {
        let found = app.ask(None, search, &json!({}));
        found["profiles"]["nodes"].as_array().expect("a list").iter().find(|hit| hit["id"] == profile.as_str()).cloned()
    });
    assert_eq!((&hit["revision"], &hit["seeks"]), (&json!(3), &json!("Partners in ASEAN with a coast.")));
    let fact = "member.registered_on";
    assert_eq!(public_fact(&app, &profile, fact), Some((json!("2005-03-01"), "SELF_DECLARED".to_owned())));
    let expected = |declared: &str, verified: &str| {
        vec![("DECLARED".to_owned(), declared.to_owned()), ("VERIFIED".to_owned(), verified.to_owned())]
    };
    let before = verdicts(&app, &profile);
    assert_eq!(before[1], ("VERIFIED".to_owned(), "UNDETERMINED".to_owned()));

    // It puts a certificate on file; the moderator reads it and verifies the facts on it.
    let file = json!({ "profile": profile, "purpose": "FACT", "name": "../证书.pdf", "size": PDF.len() });
    let staged = app.change(own, "stageEvidence", "staged { evidenceId uploadUrl expiresAt }", &file);
    let upload = text(&staged, "/staged/uploadUrl");
    let response = app.transfer("PUT", upload, &["content-type: application/pdf"], PDF);
    assert!(matches!(response.status, 200 | 201 | 204), "{} {}", response.status, response.text());
    let evidence = text(&staged, "/staged/evidenceId").to_owned();
    let node = "query($id: ID!) { node(id: $id) { ... on Evidence { name mediaType size sha256 downloadUrl } } }";
    assert_eq!(app.ask(foreign, node, &json!({ "id": evidence }))["node"], Value::Null);
    assert_eq!(app.ask(None, node, &json!({ "id": evidence }))["node"], Value::Null);
    let read = app.ask(office, node, &json!({ "id": evidence }));
    assert_eq!((&read["node"]["name"], &read["node"]["mediaType"]), (&json!("证书.pdf"), &json!("application/pdf")));
    let fetched = app.transfer("GET", text(&read, "/node/downloadUrl"), &[], b"");
    assert_eq!((fetched.status, fetched.body.as_slice()), (200, PDF));
    assert!(fetched.header("content-disposition").is_some_and(|how| how.starts_with("attachment")));
    for fact in ["member.registered_on", "member.independent_legal_person", "member.kind"] {
        let newest =
            app.ask(office, "query($id: ID!) { managedProfile(id: $id) { revision } }", &json!({ "id": profile }));
        let input = json!({ "profile": profile, "revision": newest["managedProfile"]["revision"], "fact": fact,
            "evidence": evidence, "expiresOn": "2040-12-31" });
        app.change(office, "verifyFact", PROFILE, &input);
    }
    assert_eq!(public_fact(&app, &profile, fact), Some((json!("2005-03-01"), "VERIFIED".to_owned())));
    let stamps = app.ask(
        None,
        "query($id: ID!) { profile(id: $id) { verifications { fact { name } until } } }",
        &json!({ "id": profile }),
    );
    assert_eq!(stamps["profile"]["verifications"].as_array().map(Vec::len), Some(3), "{stamps}");

    let told = app.ask(own, "{ inbox(first: 1) { nodes { text { zh en } } } }", &json!({}));
    assert_eq!(
        told["inbox"]["nodes"][0]["text"]["en"],
        "A fact of the profile of Institute of Ocean Energy was verified (kind of institution)"
    );

    // A verdict on verified facts only, which says so.
    let verified = verdicts(&app, &profile);
    assert_eq!(verified[0], before[0]);
    assert_eq!(verified, expected(&before[0].1, &verified[1].1));
    let query = "query($id: ID!) { directionsFor(profile: $id, roles: [LEAD], basis: VERIFIED) { direction { number } \
                 missingFacts { name } } }";
    let reports = app.ask(None, query, &json!({ "id": profile }));
    let report =
        reports["directionsFor"].as_array().expect("a list").iter().find(|one| one["direction"]["number"] == "2.0");
    assert!(!report.expect("2.0")["missingFacts"].to_string().contains(fact), "{report:?}");

    // The owner changes the fact: the verification is dropped from the draft at once, from what everybody sees when it is published.
    let newest = app.ask(own, "query($id: ID!) { managedProfile(id: $id) { revision } }", &json!({ "id": profile }));
    let revision = newest["managedProfile"]["revision"].as_i64().expect("a number");
    let change = json!({ "profile": profile, "revision": revision,
        "content": { "facts": [{ "fact": fact, "value": "2006-03-01" }] } });
    let fields =
        "profile { revision content { facts { fact { name } value assurance } verifications { fact { name } } } }";
    let edited = app.change(own, "editProfile", fields, &change);
    let facts = edited["profile"]["content"]["facts"].as_array().expect("facts");
    let stated = facts.iter().find(|stated| stated["fact"]["name"] == fact).expect("the fact");
    assert_eq!((&stated["value"], &stated["assurance"]), (&json!("2006-03-01"), &json!("SELF_DECLARED")));
    assert_eq!(edited["profile"]["content"]["verifications"].as_array().map(Vec::len), Some(2));
    assert_eq!(public_fact(&app, &profile, fact), Some((json!("2005-03-01"), "VERIFIED".to_owned())));
    let revision = edited["profile"]["revision"].clone();
    app.change(own, "submitProfile", PROFILE, &json!({ "profile": profile, "revision": revision }));
    let (case, revision) = waiting(&app, &moderator, &profile);
    app.change(
        office,
        "decideCase",
        "case { state }",
        &json!({ "case": case, "revision": revision, "decision": "APPROVED" }),
    );
    assert_eq!(public_fact(&app, &profile, fact), Some((json!("2006-03-01"), "SELF_DECLARED".to_owned())));

    // The history shows it all, to the owner and not to others.
    let history = "query($id: ID) { history(profile: $id, first: 100) { nodes { action details } } }";
    let told = app.ask(own, history, &json!({ "id": profile }));
    let records = told["history"]["nodes"].as_array().expect("records");
    let actions: Vec<&str> = records.iter().rev().map(|record| text(record, "/action")).collect();
    assert_eq!(
        actions,
        [
            "MEMBER_CHANGED",
            "PROFILE_EDITED",
            "PROFILE_SUBMITTED",
            "CHANGES_REQUESTED",
            "PROFILE_EDITED",
            "PROFILE_SUBMITTED",
            "PROFILE_PUBLISHED",
            "EVIDENCE_STORED",
            "FACT_VERIFIED",
            "FACT_VERIFIED",
            "FACT_VERIFIED",
            "PROFILE_EDITED",
            "PROFILE_SUBMITTED",
            "VERIFICATION_ENDED",
            "PROFILE_PUBLISHED",
        ]
    );
    let all = told.to_string();
    assert!(!all.contains("n7.example.org") && !all.contains("Li Hua"), "the history holds nothing personal");
    assert_eq!(app.refused(foreign, history, &json!({ "id": profile })), "FORBIDDEN");
    assert_eq!(app.refused(None, history, &json!({ "id": profile })), "UNAUTHENTICATED");
    assert_eq!(app.refused(own, history, &json!({ "id": null })), "FORBIDDEN");
    app.stop().await;

    // The chain is whole; with one byte changed it is not.
    let verify = || program::finish(program::lianhe(&place, &["audit", "verify"]));
    let whole = verify();
    assert_eq!((whole.status, whole.err.as_str()), (0, ""), "{}", whole.out);
    let connection = Database::connect(place.address()).await.expect("a connection");
    let row = audit_record::Entity::find().filter(audit_record::Column::Action.eq("FACT_VERIFIED"));
    let row = row.one(&connection).await.expect("read").expect("a record");
    let (sequence, details) = (row.sequence, row.details.replacen("2040", "2041", 1));
    assert_ne!(details, row.details);
    let mut row = row.into_active_model();
    row.details = Set(details);
    row.update(&connection).await.expect("changed");
    connection.close().await.expect("closed");
    let broken = verify();
    assert_ne!(broken.status, 0, "{}", broken.out);
    assert!(broken.out.contains(&sequence.to_string()) || broken.err.contains(&sequence.to_string()), "{broken:?}");
}
