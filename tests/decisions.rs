//! What people do to each other's work: decisions, members, suspensions, what a registry and what time bring, over HTTP on both
//! databases.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/app.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod app;
#[path = "support/database.rs"]
mod database;
#[path = "support/people.rs"]
mod people;

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use app::{App, Person, record, ror_id};
use database::{Place, on_both};
use entity::{directory as head, outbox, profile as profiles, verification};
use people::{appoint, file, invitation, join, text};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use service::{GlobalRole, registry};

on_both!(
    a_case_is_decided_once,
    members_come_and_go,
    a_profile_can_be_recovered,
    what_is_suspended_is_hidden_until_another_moderator_restores_it,
    what_is_asked_for_can_be_appealed_against,
    a_draft_has_its_own_life,
    a_registry_speaks_while_a_draft_is_reviewed,
    what_was_verified_or_declared_grows_old,
    a_mail_server_that_is_down_loses_nothing,
    an_institution_has_one_profile,
    nobody_stops_being_partial_by_leaving,
);

/// The domain of the institutions and of those who work there.
const DOMAIN: &str = "uni.example.org";

/// People, and institutions that a registry brought.
struct World {
    app: App,
    owner: Person,
    friend: Person,
    stranger: Person,
    /// Two moderators.
    moderators: [Person; 2],
}

/// An institution of the domain.
fn institution(number: u64) -> Value {
    let mut record = record(number, &format!("Institute Number {number}"));
    record["domains"] = json!([DOMAIN]);
    record["locations"][0]["geonames_details"] = json!({ "name": "Qingdao", "country_code": "CN",
        "country_subdivision_code": "SD", "lat": 36.07, "lng": 120.38 });
    record
}

impl World {
    /// With so many institutions, the first of which are the owner's.
    async fn new(place: &Place, institutions: u64) -> (Self, Vec<String>) {
        let records: Vec<Value> = (1..=institutions).map(institution).collect();
        let app = App::start(place, &records).await;
        let [owner, friend, stranger, first, second] = join(
            &app,
            [
                "owner@uni.example.org",
                "friend@mail.example.net",
                "stranger@mail.example.net",
                "first@lianhe.example",
                "second@lianhe.example",
            ],
        );
        let first = appoint(&app, &first, GlobalRole::Moderator, true).await;
        let second = appoint(&app, &second, GlobalRole::Moderator, true).await;
        let world = Self { app, owner, friend, stranger, moderators: [first, second] };
        let profiles = (1..=institutions).map(|number| world.take_over(number)).collect();
        (world, profiles)
    }

    /// The owner claims an institution of the domain; returns the profile.
    fn take_over(&self, number: u64) -> String {
        let found = self.app.ask(
            None,
            "query($ror: String!) { profile(rorId: $ror) { id } }",
            &json!({ "ror": ror_id(number) }),
        );
        let profile = text(&found, "/profile/id").to_owned();
        self.change(&self.owner, "claimProfile", &json!({ "profile": profile }));
        profile
    }

    fn change(&self, who: &Person, name: &str, input: &Value) {
        self.app.change(Some(&who.token), name, "", input);
    }

    /// The code of what has to be mended.
    fn mended(&self, who: &Person, name: &str, input: &Value) -> String {
        self.app.mended(Some(&who.token), name, input)
    }

    /// Code and message of what has to be mended.
    fn told(&self, who: &Person, name: &str, input: &Value) -> (String, String) {
        let payload = self.app.try_change(Some(&who.token), name, "", input);
        (text(&payload, "/userErrors/0/code").to_owned(), text(&payload, "/userErrors/0/message/en").to_owned())
    }

    /// Parts of a profile as its owner sees it.
    fn managed(&self, who: &Person, profile: &str, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ managedProfile(id: $id) {{ {fields} }} }}");
        self.app.ask(Some(&who.token), &query, &json!({ "id": profile }))["managedProfile"].take()
    }

    /// Parts of a profile as everybody sees it.
    fn public(&self, profile: &str, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ profile(id: $id) {{ {fields} }} }}");
        self.app.ask(None, &query, &json!({ "id": profile }))["profile"].take()
    }

    fn revision(&self, profile: &str) -> Value {
        self.managed(&self.owner, profile, "revision")["revision"].take()
    }

    fn status(&self, profile: &str) -> String {
        text(&self.managed(&self.owner, profile, "status"), "/status").to_owned()
    }

    fn edit(&self, profile: &str, content: &Value) {
        let input = json!({ "profile": profile, "revision": self.revision(profile), "content": content });
        self.change(&self.owner, "editProfile", &input);
    }

    /// Sends a profile to review; returns the case and the revision.
    fn submit(&self, profile: &str) -> (String, Value) {
        let revision = self.revision(profile);
        self.change(&self.owner, "submitProfile", &json!({ "profile": profile, "revision": revision }));
        let cases = self.managed(&self.owner, profile, "cases { id state }");
        assert_eq!(cases["cases"][0]["state"], "OPEN");
        (text(&cases, "/cases/0/id").to_owned(), revision)
    }

    /// Decides a case; the code of what was wrong with that, and the case.
    fn decide(&self, who: &Person, (case, revision): &(String, Value), decision: &str) -> (String, Value) {
        let mut input = json!({ "case": case, "revision": revision, "decision": decision });
        if decision != "APPROVED" {
            input["reasons"] = json!(["INCOMPLETE"]);
            input["message"] = json!("Say what you seek.");
        }
        let fields = "case { state decision newestRevision }";
        let mut payload = self.app.try_change(Some(&who.token), "decideCase", fields, &input);
        let code = payload.pointer("/userErrors/0/code").and_then(Value::as_str).unwrap_or_default().to_owned();
        (code, payload["case"].take())
    }

    /// Changes a profile, and has that published.
    fn publish(&self, profile: &str, content: &Value) {
        self.edit(profile, content);
        let case = self.submit(profile);
        assert_eq!(self.decide(&self.moderators[0], &case, "APPROVED").0, "");
    }

    /// What somebody was told, the newest first: what of, and in whose words.
    fn inbox(&self, who: &Person) -> Vec<(String, Value)> {
        let mut inbox = self.app.ask(Some(&who.token), "{ inbox(first: 100) { nodes { kind message } } }", &json!({}));
        let Value::Array(entries) = inbox["inbox"]["nodes"].take() else { return Vec::new() };
        entries.into_iter().map(|mut entry| (text(&entry, "/kind").to_owned(), entry["message"].take())).collect()
    }

    /// How often somebody was told of something.
    fn times_told(&self, who: &Person, kind: &str) -> usize {
        self.inbox(who).iter().filter(|(of, _)| of == kind).count()
    }

    /// The members of a profile with their roles.
    fn members(&self, who: &Person, profile: &str) -> Vec<(String, String)> {
        let managed = self.managed(who, profile, "members { name role }");
        let members = managed["members"].as_array().expect("members").iter();
        let mut members: Vec<_> =
            members.map(|member| (text(member, "/name").to_owned(), text(member, "/role").to_owned())).collect();
        members.sort();
        members
    }

    /// The id of somebody's account.
    fn account(&self, who: &Person) -> String {
        text(&self.app.ask(Some(&who.token), "{ viewer { id } }", &json!({})), "/viewer/id").to_owned()
    }

    /// Invites somebody; returns the token of the mail.
    fn invite(&self, by: &Person, who: &Person, profile: &str, role: &str) -> String {
        self.change(by, "inviteMember", &json!({ "profile": profile, "email": who.email, "role": role }));
        invitation(&self.app, &who.email)
    }

    /// How many listings a search finds.
    fn hits(&self, words: &str) -> u64 {
        let query = "query($words: String!) { profiles(query: $words) { totalCount } }";
        let found = self.app.ask(None, query, &json!({ "words": words }));
        found["profiles"]["totalCount"].as_u64().expect("a number")
    }
}

/// The same two things, at the same moment.
fn at_once<T: Send>(one: impl FnOnce() -> T + Send, other: impl FnOnce() -> T + Send) -> [T; 2] {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let one = scope.spawn(|| {
            barrier.wait();
            one()
        });
        let other = scope.spawn(|| {
            barrier.wait();
            other()
        });
        [one.join().expect("an end"), other.join().expect("an end")]
    })
}

fn members(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, role)| ((*name).to_owned(), (*role).to_owned())).collect()
}

async fn a_case_is_decided_once(place: Place) {
    let (world, profiles) = World::new(&place, 24).await;
    let [first, second] = &world.moderators;
    let cases: Vec<(String, Value)> = profiles
        .iter()
        .map(|profile| {
            world.edit(profile, &json!({ "keywords": ["tidal energy"] }));
            world.submit(profile)
        })
        .collect();

    // Two moderators decide the same case at the same moment, each another way: one is first, and the other is told how.
    for (profile, case) in profiles.iter().zip(&cases).take(4) {
        let decisions =
            at_once(|| world.decide(first, case, "APPROVED"), || world.decide(second, case, "CHANGES_REQUESTED"));
        let codes: Vec<&str> = decisions.iter().map(|(code, _)| code.as_str()).collect();
        let (status, decision) = match codes.as_slice() {
            ["", "CONFLICT"] => ("PUBLISHED", "APPROVED"),
            ["CONFLICT", ""] => ("CHANGES_REQUESTED", "CHANGES_REQUESTED"),
            other => unreachable!("exactly one of them decides: {other:?}"),
        };
        for (_, case) in &decisions {
            assert_eq!((&case["state"], &case["decision"]), (&json!("DECIDED"), &json!(decision)));
        }
        assert_eq!(world.status(profile), status);
        let told = world.inbox(&world.owner);
        assert_eq!(told[0].0, status, "the owner is told of the one");
    }
    assert_eq!(world.inbox(&world.owner).len(), 4, "and of nothing else");

    // Twenty are decided together; one of them was decided by somebody else meanwhile.
    let rest = &cases[4..];
    assert_eq!(world.decide(second, &rest[7], "CHANGES_REQUESTED").0, "");
    let asked: Vec<Value> = rest.iter().map(|(case, revision)| json!({ "case": case, "revision": revision })).collect();
    let fields = "results { case { id decision } userErrors { code } }";
    let bulk = json!({ "cases": asked, "decision": "APPROVED" });
    let payload = world.app.change(Some(&first.token), "decideCases", fields, &bulk);
    let results = payload["results"].as_array().expect("results");
    assert_eq!(results.len(), 20);
    for (index, ((case, _), result)) in rest.iter().zip(results).enumerate() {
        let (decision, errors) = match index {
            7 => ("CHANGES_REQUESTED", json!([{ "code": "CONFLICT" }])),
            _ => ("APPROVED", json!([])),
        };
        assert_eq!(result, &json!({ "case": { "id": case, "decision": decision }, "userErrors": errors }));
    }
    let statuses: Vec<String> = profiles[4..].iter().map(|profile| world.status(profile)).collect();
    assert_eq!(statuses.iter().filter(|status| *status == "PUBLISHED").count(), 19);
    assert_eq!(statuses[7], "CHANGES_REQUESTED");
    let waiting = world.app.ask(Some(&first.token), "{ reviewQueue { totalCount } }", &json!({}));
    assert_eq!(waiting["reviewQueue"]["totalCount"], 0);

    // What is not approved says why, and what is decided fits what is asked for.
    world.edit(&profiles[11], &json!({ "keywords": ["tidal energy", "waves"] }));
    let (case, revision) = world.submit(&profiles[11]);
    for (input, code) in [
        (json!({ "decision": "CHANGES_REQUESTED", "message": "Say more." }), "MISSING"),
        (json!({ "decision": "CHANGES_REQUESTED", "reasons": ["INCOMPLETE"] }), "MISSING"),
        (json!({ "decision": "REFUSED", "message": "No.", "reasons": ["SPAM"] }), "UNKNOWN_VALUE"),
        (json!({ "decision": "APPROVED", "scores": [{ "criterion": "IDENTITY", "score": 6 }] }), "INVALID_VALUE"),
        (json!({ "decision": "APPROVED", "scores": [{ "criterion": "IDENTITY", "score": -1 }] }), "INVALID_VALUE"),
    ] {
        let mut input = input;
        input["case"] = json!(case);
        input["revision"] = revision.clone();
        assert_eq!(world.mended(first, "decideCase", &input), code, "{input}");
    }
    assert_eq!(world.status(&profiles[11]), "SUBMITTED");
    world.app.stop().await;
}

async fn members_come_and_go(place: Place) {
    let (world, profiles) = World::new(&place, 1).await;
    let World { owner, friend, stranger, .. } = &world;
    let profile = profiles[0].as_str();
    let accept = |who: &Person, token: &str| {
        let payload = world.app.try_change(Some(&who.token), "acceptInvitation", "", &json!({ "token": token }));
        payload.pointer("/userErrors/0/code").and_then(Value::as_str).unwrap_or_default().to_owned()
    };

    // An invitation is answered once, even by two at the same moment.
    let token = world.invite(owner, friend, profile, "EDITOR");
    assert_eq!(accept(stranger, &token), "WRONG_STATE", "it is for whom it was sent to");
    let mut answers = at_once(|| accept(friend, &token), || accept(friend, &token));
    answers.sort();
    assert_eq!(answers, ["", "INVALID_TOKEN"]);
    let (joined, other) = (friend, stranger);
    assert_eq!(accept(joined, &token), "INVALID_TOKEN");
    assert_eq!(accept(other, &token), "INVALID_TOKEN");
    assert_eq!(world.members(owner, profile).len(), 2);
    assert_eq!(world.managed(other, profile, "id"), Value::Null);
    assert_eq!(world.times_told(owner, "MEMBER_JOINED"), 1);
    let joined_as = |role: &str| json!({ "profile": profile, "member": world.account(joined), "role": role });

    // One that was taken back, or replaced by a new one, is void.
    let old = world.invite(owner, other, profile, "VIEWER");
    let new = world.invite(owner, other, profile, "VIEWER");
    assert_eq!(accept(other, &old), "INVALID_TOKEN");
    let open = world.managed(owner, profile, "invitations { invitationId email }");
    assert_eq!(open["invitations"].as_array().map(Vec::len), Some(1));
    let revoked = json!({ "invitation": open["invitations"][0]["invitationId"] });
    world.change(owner, "revokeInvitation", &revoked);
    assert_eq!(accept(other, &new), "INVALID_TOKEN");
    assert_eq!(world.mended(owner, "revokeInvitation", &revoked), "WRONG_STATE");
    let declined = world.invite(owner, other, profile, "VIEWER");
    world.app.change(None, "declineInvitation", "isDeclined", &json!({ "token": declined }));
    assert_eq!(accept(other, &declined), "INVALID_TOKEN");
    assert_eq!(world.times_told(owner, "INVITATION_DECLINED"), 1);
    assert_eq!(world.members(owner, profile).len(), 2);

    // There is always an owner: the last one can neither leave nor step down.
    let own = world.account(owner);
    let leave = json!({ "profile": profile, "member": own });
    let step_down = json!({ "profile": profile, "member": own, "role": "VIEWER" });
    let (code, message) = world.told(owner, "removeMember", &leave);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("WRONG_STATE", "a profile has at least one owner; make another member owner first")
    );
    assert_eq!(world.mended(owner, "changeMemberRole", &step_down), "WRONG_STATE");

    // Of two owners who leave at the same moment, one stays.
    world.change(owner, "changeMemberRole", &joined_as("OWNER"));
    assert_eq!(world.times_told(joined, "ROLE_CHANGED"), 1);
    let demote = |by: &Person, who: &str| {
        let input = json!({ "profile": profile, "member": who, "role": "VIEWER" });
        let payload = world.app.try_change(Some(&by.token), "changeMemberRole", "", &input);
        payload.pointer("/userErrors/0/code").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let other_account = world.account(joined);
    let mut codes = at_once(|| demote(owner, &own), || demote(joined, &other_account));
    let (stays, leaves) = if codes[0].is_empty() { (joined, owner) } else { (owner, joined) };
    codes.sort();
    assert_eq!(codes.each_ref().map(String::as_str), ["", "WRONG_STATE"]);
    let roles: Vec<String> = world.members(stays, profile).into_iter().map(|(_, role)| role).collect();
    assert_eq!(roles.iter().filter(|role| *role == "OWNER").count(), 1, "{roles:?}");

    // Whoever handed it over manages nothing any more, and may leave.
    let input = json!({ "profile": profile, "email": "x@mail.example.net", "role": "VIEWER" });
    let (query, variables) = app::mutation("inviteMember", "", &input);
    assert_eq!(world.app.refused(Some(&leaves.token), &query, &variables), "FORBIDDEN");
    world.change(leaves, "removeMember", &json!({ "profile": profile, "member": world.account(leaves) }));
    assert_eq!(world.members(stays, profile).len(), 1);
    assert_eq!(world.managed(leaves, profile, "id"), Value::Null);
    world.app.stop().await;
}

async fn a_profile_can_be_recovered(place: Place) {
    let (world, profiles) = World::new(&place, 1).await;
    let World { owner, friend, stranger, moderators: [first, _], .. } = &world;
    let profile = profiles[0].as_str();
    let claim = |statement: Option<&str>, evidence: &[&str]| json!({ "profile": profile, "statement": statement, "evidence": evidence });

    // Somebody else asks for it, with evidence of their own; its owners are told, and see nothing of it otherwise.
    assert_eq!(world.mended(owner, "claimProfile", &claim(Some("It is mine."), &[])), "TAKEN");
    assert_eq!(world.mended(stranger, "claimProfile", &claim(None, &[])), "MISSING");
    let theirs = file(&world.app, &friend.token, profile, "CLAIM");
    assert_eq!(world.mended(stranger, "claimProfile", &claim(Some("I am the director."), &[&theirs])), "NOT_FOUND");
    let own = file(&world.app, &stranger.token, profile, "CLAIM");
    let fields = "profile { id } case { id kind newestRevision evidence { id } }";
    let input = claim(Some("I am the director."), &[&own]);
    let claimed = world.app.change(Some(&stranger.token), "claimProfile", fields, &input);
    assert_eq!(claimed["profile"], Value::Null);
    assert_eq!((&claimed["case"]["kind"], &claimed["case"]["evidence"]), (&json!("CLAIM"), &json!([{ "id": own }])));
    assert_eq!(world.mended(stranger, "claimProfile", &input), "TAKEN", "one claim at a time");
    assert_eq!(world.times_told(owner, "CLAIM_REQUESTED"), 1);
    assert_eq!(world.managed(owner, profile, "cases { id }")["cases"], json!([]));
    let case = (text(&claimed, "/case/id").to_owned(), claimed["case"]["newestRevision"].clone());
    let seen = "query($id: ID!) { reviewCase(id: $id) { statement } }";
    assert_eq!(world.app.ask(Some(&owner.token), seen, &json!({ "id": case.0 }))["reviewCase"], Value::Null);

    // It is refused, with reasons: nothing has changed, and whoever asked is told.
    assert_eq!(world.decide(first, &case, "CHANGES_REQUESTED").0, "UNKNOWN_VALUE");
    assert_eq!(world.decide(first, &case, "REFUSED").0, "");
    assert_eq!(world.members(owner, profile), members(&[("owner", "OWNER")]));
    assert_eq!(world.inbox(stranger), [("CLAIM_REFUSED".to_owned(), json!("Say what you seek."))]);

    // It is asked for again, and granted: there are two owners, who can settle the rest between them.
    let claimed = world.app.change(Some(&stranger.token), "claimProfile", fields, &input);
    let case = (text(&claimed, "/case/id").to_owned(), claimed["case"]["newestRevision"].clone());
    assert_eq!(world.decide(first, &case, "APPROVED").0, "");
    assert_eq!(world.members(owner, profile), members(&[("owner", "OWNER"), ("stranger", "OWNER")]));
    assert_eq!(world.inbox(stranger)[0].0, "CLAIM_GRANTED");
    assert_eq!(world.times_told(owner, "CLAIM_REQUESTED"), 2);
    world.change(stranger, "removeMember", &json!({ "profile": profile, "member": world.account(owner) }));
    assert_eq!(world.members(stranger, profile), members(&[("stranger", "OWNER")]));
    assert_eq!(world.times_told(owner, "MEMBER_REMOVED"), 1);
    world.app.stop().await;
}

async fn what_is_suspended_is_hidden_until_another_moderator_restores_it(place: Place) {
    let (world, profiles) = World::new(&place, 1).await;
    let World { owner, moderators: [first, second], .. } = &world;
    let profile = profiles[0].as_str();
    world.publish(profile, &json!({ "keywords": ["hydrothermal"] }));
    assert_eq!(world.hits("hydrothermal"), 1);
    world.edit(profile, &json!({ "keywords": ["hydrothermal", "vents"] }));
    let (_, revision) = world.submit(profile);

    // At once nobody sees it any more, and what waited for review waits no longer.
    let suspended = json!({ "profile": profile, "reasons": ["OUT_OF_DATE"], "message": "It moved away." });
    world.change(first, "suspendProfile", &suspended);
    assert_eq!((world.public(profile, "id"), world.hits("hydrothermal")), (Value::Null, 0));
    let changes = world.app.ask(None, "{ profileChanges { nodes { kind profile { id } } } }", &json!({}));
    assert_eq!(changes["profileChanges"]["nodes"], json!([{ "kind": "UNLISTED", "profile": null }]));
    assert_eq!(world.status(profile), "SUSPENDED");
    let cases = world.managed(owner, profile, "cases { state }");
    assert_eq!(cases["cases"][0]["state"], "WITHDRAWN");
    assert_eq!(world.inbox(owner)[0], ("SUSPENDED".to_owned(), json!("It moved away.")));
    assert_eq!(world.mended(first, "suspendProfile", &suspended), "WRONG_STATE");

    // The owner is told what to do about it.
    let edit = json!({ "profile": profile, "revision": revision, "content": { "offers": "Ships." } });
    let (code, message) = world.told(owner, "editProfile", &edit);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("WRONG_STATE", "the profile is suspended; you can appeal against the suspension")
    );

    // An appeal is decided by another moderator than the one who suspended it.
    let appeal = json!({ "profile": profile, "statement": "It did not." });
    let appealed = world.app.change(Some(&owner.token), "appeal", "case { id kind priority }", &appeal);
    assert_eq!((&appealed["case"]["kind"], &appealed["case"]["priority"]), (&json!("APPEAL"), &json!(1)));
    assert_eq!(world.mended(owner, "appeal", &appeal), "TAKEN");
    let case = (text(&appealed, "/case/id").to_owned(), revision);
    assert_eq!(world.decide(first, &case, "APPROVED").0, "WRONG_STATE");
    assert_eq!(world.decide(first, &case, "REFUSED").0, "WRONG_STATE");
    assert_eq!((world.status(profile).as_str(), world.hits("hydrothermal")), ("SUSPENDED", 0));
    assert_eq!(world.decide(second, &case, "APPROVED").0, "");
    assert_eq!(world.status(profile), "DRAFT", "its change was not reviewed");
    assert_eq!(
        (world.public(profile, "keywords"), world.hits("hydrothermal")),
        (json!({ "keywords": ["hydrothermal"] }), 1)
    );
    assert_eq!(world.inbox(owner)[0].0, "APPEAL_GRANTED");

    // One that is refused leaves it as it is; whoever suspended it may lift that.
    world.change(first, "suspendProfile", &suspended);
    let appealed = world.app.change(Some(&owner.token), "appeal", "case { id }", &appeal);
    let case = (text(&appealed, "/case/id").to_owned(), world.revision(profile));
    assert_eq!(world.decide(second, &case, "REFUSED").0, "");
    assert_eq!(world.inbox(owner)[0], ("APPEAL_REFUSED".to_owned(), json!("Say what you seek.")));
    assert_eq!((world.status(profile).as_str(), world.hits("hydrothermal")), ("SUSPENDED", 0));
    world.change(first, "restoreProfile", &json!({ "profile": profile, "message": "Agreed." }));
    assert_eq!(world.hits("hydrothermal"), 1);
    assert_eq!(world.inbox(owner)[0], ("RESTORED".to_owned(), json!("Agreed.")));
    world.app.stop().await;
}

async fn what_is_asked_for_can_be_appealed_against(place: Place) {
    let (world, profiles) = World::new(&place, 2).await;
    let World { owner, moderators: [first, second], .. } = &world;
    let queue = |profile: &str| {
        let query = "query($id: ID!) { reviewQueue(filter: { profile: $id }) { nodes { id kind openedBy revision } } }";
        world.app.ask(Some(&first.token), query, &json!({ "id": profile }))["reviewQueue"]["nodes"].take()
    };
    let send_back = |profile: &str, keyword: &str| {
        world.edit(profile, &json!({ "keywords": [keyword] }));
        let case = world.submit(profile);
        assert_eq!(world.decide(first, &case, "CHANGES_REQUESTED").0, "");
        let appeal = json!({ "profile": profile, "statement": "It is said on our web site." });
        let appealed = world.app.change(Some(&owner.token), "appeal", "case { id }", &appeal);
        (text(&appealed, "/case/id").to_owned(), world.revision(profile))
    };

    // Granted, it goes back into the queue as it is, as its owner's; anybody decides it then but its members.
    let profile = profiles[0].as_str();
    assert_eq!(world.mended(owner, "appeal", &json!({ "profile": profile, "statement": "Why?" })), "WRONG_STATE");
    let appeal = send_back(profile, "geothermal");
    assert_eq!(world.decide(first, &appeal, "APPROVED").0, "WRONG_STATE");
    assert_eq!(world.decide(second, &appeal, "APPROVED").0, "");
    assert_eq!(world.status(profile), "SUBMITTED");
    let waiting = queue(profile);
    let revision = world.revision(profile);
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting}");
    assert_eq!(
        (&waiting[0]["kind"], &waiting[0]["openedBy"], &waiting[0]["revision"]),
        (&json!("REVISION"), &json!("owner"), &revision)
    );
    assert_eq!(world.decide(second, &(text(&waiting, "/0/id").to_owned(), revision), "APPROVED").0, "");
    assert_eq!(world.status(profile), "PUBLISHED");

    // Whoever mends it after all appeals no longer.
    let profile = profiles[1].as_str();
    let appeal = send_back(profile, "geothermal");
    world.edit(profile, &json!({ "seeks": "Partners with a volcano." }));
    let case = world.submit(profile);
    assert_eq!(queue(profile).as_array().map(Vec::len), Some(1), "{}", queue(profile));
    assert_eq!(world.decide(second, &appeal, "APPROVED").0, "CONFLICT");
    assert_eq!(world.decide(first, &case, "APPROVED").0, "");
    send_back(profile, "volcanic");
    let discarded = json!({ "profile": profile, "revision": world.revision(profile) });
    world.change(owner, "discardProfileChanges", &discarded);
    assert_eq!(queue(profile), json!([]));
    world.app.stop().await;
}

async fn a_draft_has_its_own_life(place: Place) {
    let (world, profiles) = World::new(&place, 1).await;
    let World { owner, moderators: [first, _], .. } = &world;
    let profile = profiles[0].as_str();
    world.publish(profile, &json!({ "keywords": ["hydrothermal"], "offers": "A ship." }));

    // What is being reviewed is not written on; the owner is told what to do.
    world.edit(profile, &json!({ "offers": "Two ships." }));
    let case = world.submit(profile);
    let edit = json!({ "profile": profile, "revision": case.1, "content": { "offers": "Three ships." } });
    let (code, message) = world.told(owner, "editProfile", &edit);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("WRONG_STATE", "the profile is waiting for review; withdraw it from review first")
    );
    let again = json!({ "profile": profile, "revision": case.1 });
    assert_eq!(world.mended(owner, "submitProfile", &again), "WRONG_STATE");
    assert_eq!(world.mended(owner, "discardProfileChanges", &again), "WRONG_STATE");
    world.change(owner, "withdrawProfile", &json!({ "profile": profile }));
    assert_eq!(world.decide(first, &case, "APPROVED").0, "CONFLICT", "it was withdrawn");
    world.change(owner, "editProfile", &edit);

    // Discarded, it says what is published, under a new number: an edit of what was discarded is one of an older revision.
    let draft = world.revision(profile);
    world.change(owner, "discardProfileChanges", &json!({ "profile": profile, "revision": draft }));
    let now = world.managed(owner, profile, "status content { offers } differences { part }");
    assert_eq!(now, json!({ "status": "PUBLISHED", "content": { "offers": "A ship." }, "differences": [] }));
    assert_eq!(world.public(profile, "offers keywords"), json!({ "offers": "A ship.", "keywords": ["hydrothermal"] }));
    assert_eq!(
        world.mended(owner, "editProfile", &json!({ "profile": profile, "revision": draft, "content": {} })),
        "CONFLICT"
    );
    let newest = world.revision(profile);
    assert_eq!(world.mended(owner, "submitProfile", &json!({ "profile": profile, "revision": newest })), "WRONG_STATE");

    // Two edits of the same revision at the same moment: one is kept, the other is told.
    let write = |offers: &str| {
        let input = json!({ "profile": profile, "revision": newest, "content": { "offers": offers } });
        let payload = world.app.try_change(Some(&owner.token), "editProfile", "profile { content { offers } }", &input);
        let code = payload.pointer("/userErrors/0/code").and_then(Value::as_str).unwrap_or_default().to_owned();
        (code, text(&payload, "/profile/content/offers").to_owned())
    };
    let mut written = at_once(|| write("Four ships."), || write("Five ships."));
    written.sort();
    assert_eq!((written[0].0.as_str(), written[1].0.as_str()), ("", "CONFLICT"));
    assert_eq!(written[0].1, written[1].1, "the other is shown what was kept");

    // Archived, it is off the list at once, and what waited is withdrawn; reopened, what was published is back.
    let case = world.submit(profile);
    world.change(owner, "archiveProfile", &json!({ "profile": profile }));
    assert_eq!((world.public(profile, "id"), world.hits("hydrothermal")), (Value::Null, 0));
    assert_eq!(world.decide(first, &case, "APPROVED").0, "CONFLICT");
    let newest = world.revision(profile);
    let edit = json!({ "profile": profile, "revision": newest, "content": { "offers": "Boats." } });
    let (code, message) = world.told(owner, "editProfile", &edit);
    assert_eq!((code.as_str(), message.as_str()), ("WRONG_STATE", "the profile is archived; reopen it first"));
    assert_eq!(world.mended(owner, "confirmProfile", &json!({ "profile": profile })), "WRONG_STATE");
    world.change(owner, "reopenProfile", &json!({ "profile": profile }));
    assert_eq!(world.status(profile), "DRAFT");
    assert_eq!((world.public(profile, "offers"), world.hits("hydrothermal")), (json!({ "offers": "A ship." }), 1));
    assert_eq!(world.mended(owner, "reopenProfile", &json!({ "profile": profile })), "WRONG_STATE");
    world.app.stop().await;
}

/// Has the registry say something else of an institution.
async fn import(world: &World, place: &Place, record: &Value) {
    let path = place.path("later.jsonl");
    std::fs::write(&path, format!("{record}\n")).expect("written");
    let directory = world.app.platform.directory();
    let source = registry::ror(&path, directory.library(), directory.taxonomy()).expect("a file of records");
    let report = directory.import("ror", source, |_| {}).await.expect("imported");
    assert_eq!((report.updated, report.refused), (1, 0), "{report:?}");
}

async fn a_registry_speaks_while_a_draft_is_reviewed(place: Place) {
    let (world, profiles) = World::new(&place, 1).await;
    let World { owner, moderators: [first, _], .. } = &world;
    let profile = profiles[0].as_str();
    world.edit(
        profile,
        &json!({ "offers": "A ship.", "facts": [{ "fact": "member.registered_on", "value": "1960-05-01" }] }),
    );
    let case = world.submit(profile);

    let mut later = institution(1);
    later["established"] = json!(1999);
    later["locations"][0]["geonames_details"]["name"] = json!("Jinan");
    later["names"] = json!([{ "value": "Institute Number 1", "lang": "en", "types": ["ror_display", "label"] },
        { "value": "First Institute", "lang": "en", "types": ["alias"] }]);
    later["admin"]["last_modified"]["date"] = json!("2025-05-06");
    import(&world, &place, &later).await;

    // What is published says what the registry says; the draft says that too, and all that its owner has said.
    let registered = |content: &Value| {
        let facts = content["facts"].as_array().expect("facts").iter();
        facts.filter(|fact| fact["fact"]["name"] == "member.registered_on").map(|fact| fact["value"].clone()).next()
    };
    let fields = "city offers facts { fact { name } value } names { value }";
    let public = world.app.until(|| Some(world.public(profile, fields)).filter(|public| public["city"] == "Jinan"));
    assert_eq!(
        (&public["city"], &public["offers"], registered(&public)),
        (&json!("Jinan"), &Value::Null, Some(json!("1999")))
    );
    let managed = world.managed(owner, profile, &format!("status revision publishedRevision content {{ {fields} }}"));
    let draft = &managed["content"];
    assert_eq!(
        (&draft["city"], &draft["offers"], registered(draft)),
        (&json!("Jinan"), &json!("A ship."), Some(json!("1960-05-01")))
    );
    assert!(draft["names"].to_string().contains("First Institute"), "{draft}");
    let before = case.1.as_i64().expect("a number");
    assert_eq!(
        (&managed["status"], &managed["publishedRevision"], &managed["revision"]),
        (&json!("SUBMITTED"), &json!(before + 1), &json!(before + 2))
    );

    // The moderator has looked at the older revision; once at the newer one, it is published.
    let (code, shown) = world.decide(first, &case, "APPROVED");
    assert_eq!(
        (code.as_str(), &shown["state"], &shown["newestRevision"]),
        ("CONFLICT", &json!("OPEN"), &json!(before + 2))
    );
    let queue = world.app.ask(Some(&first.token), "{ reviewQueue { nodes { revision } } }", &json!({}));
    assert_eq!(queue["reviewQueue"]["nodes"], json!([{ "revision": before + 2 }]));
    assert_eq!(world.decide(first, &(case.0, json!(before + 2)), "APPROVED").0, "");
    let public = world.public(profile, fields);
    assert_eq!(
        (&public["city"], &public["offers"], registered(&public)),
        (&json!("Jinan"), &json!("A ship."), Some(json!("1960-05-01")))
    );
    world.app.stop().await;
}

async fn what_was_verified_or_declared_grows_old(place: Place) {
    let (world, profiles) = World::new(&place, 1).await;
    let World { owner, moderators: [first, _], .. } = &world;
    let (profile, platform) = (profiles[0].as_str(), &world.app.platform);
    let connection = platform.database().connection();
    world.publish(
        profile,
        &json!({ "facts": [{ "fact": "member.registered_on", "value": "1960-05-01" },
            { "fact": "member.independent_legal_person", "value": true }, { "fact": "member.kind", "value": "RESEARCH_INSTITUTE" }] }),
    );
    let evidence = file(&world.app, &owner.token, profile, "FACT");
    for fact in ["member.registered_on", "member.independent_legal_person"] {
        let input = json!({ "profile": profile, "revision": world.revision(profile), "fact": fact, "evidence": evidence,
            "expiresOn": "2099-12-31" });
        world.change(first, "verifyFact", &input);
    }
    let yesterday = json!({ "profile": profile, "revision": world.revision(profile), "fact": "member.kind",
        "evidence": evidence, "expiresOn": "2020-01-01" });
    assert_eq!(world.mended(first, "verifyFact", &yesterday), "INVALID_VALUE");
    let assurances = || {
        let public = world.public(profile, "facts { fact { name } assurance }");
        let of = |name: &str| {
            let facts = public["facts"].as_array().expect("facts").iter();
            facts.filter(|fact| fact["fact"]["name"] == name).map(|fact| text(fact, "/assurance").to_owned()).next()
        };
        [of("member.registered_on"), of("member.independent_legal_person")].map(Option::unwrap_or_default)
    };
    assert_eq!(assurances(), ["VERIFIED", "VERIFIED"]);

    // The last day of one verification has passed: the fact is its owner's word again, who is told, once.
    verification::Entity::update_many()
        .col_expr(verification::Column::ExpiresOn, Expr::value("2020-12-31"))
        .filter(verification::Column::Fact.eq("registered_on"))
        .exec(connection)
        .await
        .expect("changed");
    platform.keep_up().await.expect("kept up");
    platform.keep_up().await.expect("kept up");
    assert_eq!(assurances(), ["SELF_DECLARED", "VERIFIED"]);
    assert_eq!(world.times_told(owner, "VERIFICATION_ENDED"), 1);
    let verified = world.managed(owner, profile, "status verifications { fact { name } endedAt }");
    let ended: Vec<(&str, bool)> = verified["verifications"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (text(one, "/fact/name"), !one["endedAt"].is_null()))
        .collect();
    assert_eq!(
        (text(&verified, "/status"), ended),
        ("PUBLISHED", vec![("member.independent_legal_person", false), ("member.registered_on", true)])
    );

    // Nobody has confirmed it for more than a year: what its owner declared is stale, what was verified is not.
    let names = |list: &Value| -> Vec<String> {
        list.as_array().expect("facts").iter().map(|fact| text(fact, "/name").to_owned()).collect()
    };
    let stale = || names(&world.public(profile, "staleFacts { name }")["staleFacts"]);
    let reports = || {
        let query = "query($id: ID!) { directionsFor(profile: $id, roles: [LEAD]) { verdict staleFacts { name } } }";
        let found = world.app.ask(None, query, &json!({ "id": profile }));
        let reports = found["directionsFor"].as_array().expect("reports").clone();
        let facts: BTreeSet<String> = reports.iter().flat_map(|report| names(&report["staleFacts"])).collect();
        facts.into_iter().collect::<Vec<_>>()
    };
    // Who leads direction 1.8 depends on what kind of institution it is, but not on when it was registered.
    let partner = || {
        let query = "{ partnersFor(direction: \"1.8\", role: LEAD) { edges { node { id } staleFacts { name } } } }";
        let found = world.app.ask(None, query, &json!({}));
        assert_eq!(found["partnersFor"]["edges"][0]["node"]["id"], profile);
        names(&found["partnersFor"]["edges"][0]["staleFacts"])
    };
    assert_eq!((stale(), reports(), partner()), (vec![], vec![], vec![]));
    platform.keep_up().await.expect("kept up");
    assert_eq!(world.times_told(owner, "CONFIRMATION_ASKED"), 0);
    let change = head::Entity::find_by_id(1).one(connection).await.expect("read").expect("the row").change + 1;
    let long_ago = service::now() - 400 * 86_400_000;
    profiles::Entity::update_many()
        .col_expr(profiles::Column::ConfirmedAt, Expr::value(long_ago))
        .col_expr(profiles::Column::Change, Expr::value(change))
        .exec(connection)
        .await
        .expect("changed");
    let update = head::Entity::update_many().col_expr(head::Column::Change, Expr::value(change));
    update.exec(connection).await.expect("changed");
    let mut found = world.app.until(|| Some(stale()).filter(|stale| !stale.is_empty()));
    found.sort();
    let declared = ["member.kind", "member.registered_on"];
    assert_eq!(found, declared);
    assert_eq!((reports(), partner()), (vec!["member.kind".to_owned()], vec!["member.kind".to_owned()]));
    assert_eq!(names(&world.managed(owner, profile, "staleFacts { name }")["staleFacts"]).len(), 2);

    // The owner is asked once, and confirms: all is fresh again.
    platform.keep_up().await.expect("kept up");
    platform.keep_up().await.expect("kept up");
    assert_eq!(world.times_told(owner, "CONFIRMATION_ASKED"), 1);
    world.change(owner, "confirmProfile", &json!({ "profile": profile }));
    assert_eq!((stale(), reports(), partner()), (vec![], vec![], vec![]));
    platform.keep_up().await.expect("kept up");
    assert_eq!(world.times_told(owner, "CONFIRMATION_ASKED"), 1);
    assert_eq!(assurances(), ["SELF_DECLARED", "VERIFIED"]);
    world.app.stop().await;
}

async fn a_mail_server_that_is_down_loses_nothing(place: Place) {
    let (world, profiles) = World::new(&place, 1).await;
    let World { app, owner, friend, moderators: [first, _], .. } = &world;
    let profile = profiles[0].as_str();
    let connection = app.platform.database().connection();
    let waiting = async || outbox::Entity::find().all(connection).await.expect("rows");
    while !waiting().await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let arrived = app.mails.count();

    // What people do is done all the same; the mails about it wait.
    app.mails.refuse(true);
    world.change(owner, "inviteMember", &json!({ "profile": profile, "email": friend.email, "role": "EDITOR" }));
    world.edit(profile, &json!({ "offers": "A ship." }));
    let case = world.submit(profile);
    assert_eq!(world.decide(first, &case, "CHANGES_REQUESTED").0, "");
    let begun = std::time::Instant::now();
    while waiting().await.iter().filter(|mail| mail.attempts > 0).count() < 2 {
        assert!(begun.elapsed().as_secs() < 20, "{:?}", waiting().await);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!((waiting().await.len(), app.mails.count()), (2, arrived));
    assert!(waiting().await.iter().all(|mail| mail.last_error.is_some()));

    // The server is back: each mail comes, once. That is tried after a while; here the while is over.
    app.mails.refuse(false);
    let due = outbox::Entity::update_many().col_expr(outbox::Column::NotBefore, Expr::value(service::now()));
    due.exec(connection).await.expect("changed");
    let token = invitation(app, &friend.email);
    let notice = loop {
        let mail = app.mails.wait_for(&owner.email);
        if mail.text.contains("Say what you seek.") {
            break mail;
        }
    };
    assert_eq!(notice.subject, "The profile of Institute Number 1 needs changes before it can be published");
    world.change(friend, "acceptInvitation", &json!({ "token": token }));
    while outbox::Entity::find().filter(outbox::Column::Attempts.gt(0)).count(connection).await.expect("rows") > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    world.app.stop().await;
}

async fn an_institution_has_one_profile(place: Place) {
    let (world, profiles) = World::new(&place, 1).await;
    let World { app, friend, stranger, moderators: [first, _], .. } = &world;
    let known = profiles[0].as_str();
    let create = |who: &Person, content: Value, is_another: bool| {
        let input = json!({ "content": content, "notADuplicate": is_another });
        let fields = "profile { profileId } duplicates { profileId name { en } resemblances }";
        let payload = app.try_change(Some(&who.token), "createProfile", fields, &input);
        let code = payload.pointer("/userErrors/0/code").and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = payload.pointer("/profile/profileId").and_then(Value::as_str).map(str::to_owned);
        (code, payload["duplicates"].clone(), id)
    };
    let names = |name: &str| json!([{ "value": name, "lang": "en" }]);
    let like = |resemblances: &[&str]| json!([{ "profileId": known, "name": { "en": "Institute Number 1" }, "resemblances": resemblances }]);
    let own = |who: &Person| {
        let mine = app.ask(Some(&who.token), "{ myProfiles { profileId } }", &json!({}));
        mine["myProfiles"].as_array().map(Vec::len)
    };

    // The same identifier is the same institution, whatever the caller says.
    let same = json!({ "names": names("Another Name"), "identifiers": [{ "scheme": "ROR", "value": ror_id(1) }] });
    for is_another in [false, true] {
        assert_eq!(create(friend, same.clone(), is_another), ("DUPLICATES".to_owned(), like(&["IDENTIFIER"]), None));
    }
    // The same name or the same domain may be another one: the caller looks, and says so.
    let name = json!({ "names": names("institute number 1") });
    assert_eq!(create(friend, name.clone(), false), ("DUPLICATES".to_owned(), like(&["NAME"]), None));
    let site = json!({ "names": names("Faculty of Rocks"), "website": "https://www.uni.example.org/rocks" });
    assert_eq!(create(friend, site.clone(), false), ("DUPLICATES".to_owned(), like(&["DOMAIN"]), None));
    let both = json!({ "names": names("Institute Number 1"), "website": "https://uni.example.org" });
    assert_eq!(create(friend, both, false), ("DUPLICATES".to_owned(), like(&["NAME", "DOMAIN"]), None));
    assert_eq!(own(friend), Some(0), "none was made");
    let (code, duplicates, made) = create(friend, site, true);
    assert_eq!((code.as_str(), duplicates, made.is_some()), ("", json!([]), true));
    assert_eq!(own(friend), Some(1));

    // Two drafts with one identifier: the first that is published has it.
    let draft = |who: &Person, name: &str| {
        let content = json!({ "names": names(name),
            "identifiers": [{ "scheme": "CREDIT_CODE", "value": "914403001922038216" }] });
        let (code, _, id) = create(who, content, false);
        assert_eq!(code, "", "{name}");
        let id = id.expect("a profile");
        let input = json!({ "profile": id, "revision": 1 });
        let sent = app.change(Some(&who.token), "submitProfile", "profile { cases { id } }", &input);
        (text(&sent, "/profile/cases/0/id").to_owned(), json!(1))
    };
    let (one, other) = (draft(friend, "Barnacle Works"), draft(stranger, "Seagull House"));
    assert_eq!(world.decide(first, &one, "APPROVED").0, "");
    let (code, case) = world.decide(first, &other, "APPROVED");
    assert_eq!((code.as_str(), case), ("TAKEN", Value::Null));
    assert_eq!(world.hits("Seagull House"), 0);
    assert_eq!(world.decide(first, &other, "CHANGES_REQUESTED").0, "", "it still waits for a decision");
    world.app.stop().await;
}

async fn nobody_stops_being_partial_by_leaving(place: Place) {
    let (world, profiles) = World::new(&place, 2).await;
    let (profile, other, [first, second]) = (profiles[0].as_str(), profiles[1].as_str(), &world.moderators);
    // One of the moderators was a member for a while.
    let token = world.invite(&world.owner, first, profile, "EDITOR");
    world.change(first, "acceptInvitation", &json!({ "token": token }));
    world.change(first, "removeMember", &json!({ "profile": profile, "member": world.account(first) }));
    world.edit(profile, &json!({ "city": "Qingdao", "keywords": ["waves"] }));
    let (case, revision) = world.submit(profile);
    let decision = json!({ "case": case, "revision": revision, "decision": "APPROVED" });
    let evidence = file(&world.app, &world.owner.token, profile, "FACT");
    let fact = json!({ "profile": profile, "revision": revision, "fact": "country", "evidence": evidence });
    let suspended = json!({ "profile": profile, "reasons": ["OTHER"], "message": "x" });
    for (name, input) in [
        ("decideCase", &decision),
        ("verifyFact", &fact),
        ("suspendProfile", &suspended),
        ("assignCase", &json!({ "case": case })),
    ] {
        let (query, variables) = app::mutation(name, "", input);
        assert_eq!(world.app.refused(Some(&first.token), &query, &variables), "FORBIDDEN", "{name}");
    }
    assert_eq!(world.status(profile), "SUBMITTED");
    world.change(second, "decideCase", &decision);
    // What one moderator has taken on, another does not take away.
    world.edit(other, &json!({ "keywords": ["tides"] }));
    let (case, _) = world.submit(other);
    world.change(second, "assignCase", &json!({ "case": case }));
    assert_eq!(world.mended(first, "assignCase", &json!({ "case": case })), "CONFLICT");
    world.change(second, "assignCase", &json!({ "case": case, "toMe": false }));
    world.change(first, "assignCase", &json!({ "case": case }));
    world.app.stop().await;
}
