//! Consortia from outside: who comes and goes, who sees what, and that nothing is lost.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/app.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod app;
#[path = "support/database.rs"]
mod database;
#[path = "support/people.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod people;

use std::collections::BTreeSet;
use std::time::Duration;

use app::{App, Person, record, ror_id};
use database::{Place, on_both};
use entity::{consortium, consortium_member, consortium_version, membership, profile as profile_rows};
use futures_util::{SinkExt, StreamExt};
use people::{PDF, file, join, text};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use serde_json::{Value, json};
use service::policy::{self, Action};
use service::{GlobalRole, registry};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

on_both!(
    members_come_and_go,
    bad_input_is_told,
    of_two_at_once_one_is_first,
    what_is_confidential_stays_so,
    no_edit_is_lost,
    what_moves_is_heard,
    members_talk,
    each_field_has_its_people,
);

const PATIENCE: Duration = Duration::from_secs(20);

/// All that a member can read of a consortium.
const WHOLE: &str = "id name status version asOf direction { key } myRoles { role profileRole } \
    members { memberId profileId name { en } side isLead isListed } \
    invitations { invitationId name { en } side isLead message } \
    facts { fact { name } value text { zh en } isHidden confidential name { en } enteredBy hasEvidence } \
    files { side title titleEn participants chineseLeader { name orcid } partnerLeader { name orcid } beginsOn months enteredBy } \
    comments { nodes { author text about } totalCount } \
    history { nodes { number author changes { kind text { zh en } before after isHidden memberChange side } } totalCount }";

/// Institutions and who acts for them.
struct World {
    app: App,
    profiles: Vec<String>,
    people: Vec<Person>,
}

/// Names of institutions, which become people's addresses too.
const NAMES: [&str; 5] = [
    "Shandong Institute of Ocean Energy",
    "Bangkok Institute of Waves",
    "Hanoi Institute of Rivers",
    "Qingdao School of Ships",
    "Phuket School of Sand",
];

impl World {
    /// Institutions, each with an owner whose address is of its domain.
    async fn new(place: &Place) -> Self {
        let records: Vec<Value> = NAMES.iter().zip(7..).map(|(name, number)| record(number, name)).collect();
        let app = App::start(place, &records).await;
        let emails: Vec<String> =
            (7..).take(NAMES.len()).map(|number| format!("office{number}@n{number}.example.org")).collect();
        let emails: [&str; 5] = [&emails[0], &emails[1], &emails[2], &emails[3], &emails[4]];
        let people: Vec<Person> = join(&app, emails).into();
        let mut profiles = Vec::new();
        for (person, number) in people.iter().zip(7..) {
            let profile = found(&app, number);
            app.change(Some(&person.token), "claimProfile", "profile { role }", &json!({ "profile": profile }));
            profiles.push(profile);
        }
        Self { app, profiles, people }
    }

    fn token(&self, who: usize) -> Option<&str> {
        Some(self.people[who].token.as_str())
    }

    /// A consortium that the first institution opens, as lead of the Chinese side.
    fn open(&self) -> String {
        let input =
            json!({ "profile": self.profiles[0], "side": "CHINESE", "direction": "2.2", "name": "Monsoon waves" });
        let created = self.app.change(self.token(0), "createConsortium", "consortium { id version }", &input);
        assert_eq!(created["consortium"]["version"], 1);
        text(&created, "/consortium/id").to_owned()
    }

    fn invite(&self, id: &str, who: usize, side: &str, lead: bool) -> String {
        let input = json!({ "consortium": id, "profile": self.profiles[who], "side": side, "lead": lead,
            "message": "Join us." });
        let fields = "consortium { invitations { invitationId name { en } } }";
        let invited = self.app.change(self.token(0), "inviteToConsortium", fields, &input);
        let all = invited["consortium"]["invitations"].as_array().expect("invitations");
        let own = all.iter().find(|one| one["name"]["en"] == NAMES[who]).expect("the invitation");
        text(own, "/invitationId").to_owned()
    }

    fn answer(&self, invitation: &str, who: usize, accept: bool) {
        let input = json!({ "invitation": invitation, "accept": accept, "reason": (!accept).then_some("No time.") });
        let done =
            self.app.change(self.token(who), "answerConsortiumInvitation", "isAnswered consortium { id }", &input);
        assert_eq!((&done["isAnswered"], done["consortium"].is_object()), (&json!(true), accept));
    }

    /// Has an institution join.
    fn admit(&self, id: &str, who: usize, side: &str, lead: bool) {
        let invitation = self.invite(id, who, side, lead);
        self.answer(&invitation, who, true);
    }

    fn read(&self, token: Option<&str>, id: &str) -> Value {
        let query = format!("query($id: ID!) {{ consortium(id: $id) {{ {WHOLE} }} }}");
        self.app.ask(token, &query, &json!({ "id": id }))["consortium"].clone()
    }

    fn seen(&self, who: usize, id: &str) -> Value {
        self.read(self.token(who), id)
    }

    /// The id of a member in a consortium.
    fn member(&self, id: &str, who: usize) -> String {
        let seen = self.seen(0, id);
        let members = seen["members"].as_array().expect("members");
        let own = members.iter().find(|member| member["profileId"] == json!(self.profiles[who])).expect("a member");
        text(own, "/memberId").to_owned()
    }

    /// Who is in, on which side, and who leads.
    fn members(&self, id: &str) -> Vec<(String, String, bool)> {
        let seen = self.seen(0, id);
        let members = seen["members"].as_array().expect("members").iter();
        members
            .map(|one| (text(one, "/name/en").to_owned(), text(one, "/side").to_owned(), one["isLead"] == true))
            .collect()
    }

    /// The kinds of what somebody was told, the newest first.
    fn told(&self, who: usize) -> Vec<String> {
        let inbox = self.app.ask(self.token(who), "{ inbox { nodes { kind } } }", &json!({}));
        let nodes = inbox["inbox"]["nodes"].as_array().expect("entries").clone();
        nodes.iter().map(|node| text(node, "/kind").to_owned()).collect()
    }

    fn edit(&self, who: usize, id: &str, version: i32, facts: &Value) -> Value {
        let input = json!({ "consortium": id, "version": version, "facts": facts });
        self.app.try_change(self.token(who), "editConsortium", "consortium { version }", &input)
    }

    /// The newest version.
    fn version(&self, id: &str) -> i32 {
        i32::try_from(self.seen(0, id)["version"].as_i64().expect("a version")).expect("few")
    }

    /// Enters facts on the newest version; nothing is to be mended.
    fn enter(&self, who: usize, id: &str, facts: &Value) {
        let done = self.edit(who, id, self.version(id), facts);
        assert_eq!(done["userErrors"], json!([]), "{facts}");
    }
}

/// The id of a listed profile.
fn found(app: &App, number: u64) -> String {
    let query = "query($ror: String!) { profile(rorId: $ror) { id } }";
    text(&app.ask(None, query, &json!({ "ror": ror_id(number) })), "/profile/id").to_owned()
}

/// The code and the place of the one thing that has to be mended.
fn fault(payload: &Value) -> (String, String) {
    let errors = payload["userErrors"].as_array().expect("errors");
    assert_eq!(errors.len(), 1, "{payload}");
    (text(&errors[0], "/code").to_owned(), errors[0]["field"].as_str().unwrap_or_default().to_owned())
}

fn mended(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

/// Does the same several times at once; gives back what each was told.
fn at_once<T: Send>(times: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let act = &act;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..times).map(|index| scope.spawn(move || act(index))).collect();
        threads.into_iter().map(|thread| thread.join().expect("ended well")).collect()
    })
}

/// A subscriber.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Follows a consortium; whatever happens from now on is heard.
    async fn follow(app: &App, token: Option<&str>, id: &str, fields: &str) -> Self {
        let url = format!("ws://{}/graphql", app.server().local_addr());
        let mut request = url.into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (stream, _) = connect_async(request).await.expect("a socket");
        let mut socket = Self(stream);
        let token = format!("Bearer {}", token.unwrap_or_default());
        socket.send(json!({ "type": "connection_init", "payload": { "authorization": token } })).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        let query = format!("subscription($id: ID!) {{ consortiumChanged(consortium: $id) {{ {fields} }} }}");
        let payload = json!({ "query": query, "variables": { "id": id } });
        socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
        socket.send(json!({ "type": "ping" })).await;
        loop {
            let message = socket.next().await;
            if message["type"] == "pong" {
                // The operation looks first whether the caller may hear; that takes a moment.
                tokio::time::sleep(Duration::from_millis(300)).await;
                return socket;
            }
        }
    }

    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("sent");
    }

    async fn next(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("in time").expect("a message").expect("no failure") {
                Message::Text(text) => return serde_json::from_str(text.as_str()).expect("JSON"),
                Message::Close(close) => return json!({ "close": close.map(|close| u16::from(close.code)) }),
                _ => {}
            }
        }
    }

    /// What a change looks like.
    async fn heard(&mut self) -> Value {
        let message = self.next().await;
        assert_eq!(message["type"], "next", "{message}");
        message["payload"]["data"]["consortiumChanged"].clone()
    }
}

/// Sets when an invitation ends.
async fn expire(app: &App) {
    let changed = consortium_member::Entity::update_many()
        .col_expr(consortium_member::Column::ExpiresAt, Expr::value(1_i64))
        .filter(consortium_member::Column::Status.eq(consortium_member::Status::Invited))
        .exec(app.platform.database().connection())
        .await
        .expect("changed");
    assert_eq!(changed.rows_affected, 1);
}

async fn members_come_and_go(place: Place) {
    let world = World::new(&place).await;
    let (app, id) = (&world.app, world.open());
    let invitation = world.invite(&id, 1, "PARTNER", true);

    // Who is invited sees the invitation and nothing else; others see neither.
    let query = "query($p: ID!) { consortiumInvitations(profile: $p) { id name side isLead memberNames { en } invitedBy message \
                 direction { key } } }";
    let invited = app.ask(world.token(1), query, &json!({ "p": world.profiles[1] }));
    let own = &invited["consortiumInvitations"][0];
    assert_eq!(
        (&own["id"], &own["name"], &own["side"], &own["isLead"], &own["message"], &own["invitedBy"]),
        (
            &json!(invitation),
            &json!("Monsoon waves"),
            &json!("PARTNER"),
            &json!(true),
            &json!("Join us."),
            &json!("office7")
        )
    );
    assert_eq!(own["memberNames"], json!([{ "en": NAMES[0] }]));
    assert_eq!(world.seen(1, &id), Value::Null);
    assert_eq!(world.told(1)[0], "CONSORTIUM_INVITED");
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(app.ask(world.token(1), node, &json!({ "id": invitation }))["node"]["id"], json!(invitation));
    assert_eq!(app.ask(world.token(2), node, &json!({ "id": invitation }))["node"], Value::Null);

    world.answer(&invitation, 1, true);
    assert_eq!(world.told(0)[0], "CONSORTIUM_JOINED");
    let of = |side: &str, who: usize, leads| (NAMES[who].to_owned(), side.to_owned(), leads);
    assert_eq!(world.members(&id), [of("CHINESE", 0, true), of("PARTNER", 1, true)]);
    let again = json!({ "invitation": invitation, "accept": true });
    assert_eq!(app.mended(world.token(1), "answerConsortiumInvitation", &again), "WRONG_STATE");

    // Declined, with the reason; asked again; taken back.
    let invitation = world.invite(&id, 2, "PARTNER", false);
    world.answer(&invitation, 2, false);
    let inbox = app.ask(world.token(0), "{ inbox { nodes { kind message text { en } } } }", &json!({}));
    let newest = &inbox["inbox"]["nodes"][0];
    assert_eq!((&newest["kind"], &newest["message"]), (&json!("CONSORTIUM_DECLINED"), &json!("No time.")));
    let told = format!("{} has declined the invitation to the consortium Monsoon waves", NAMES[2]);
    assert_eq!(newest["text"]["en"], told);
    let invitation = world.invite(&id, 2, "PARTNER", false);
    app.change(world.token(0), "revokeConsortiumInvitation", "", &json!({ "invitation": invitation }));
    assert_eq!(world.told(2)[0], "CONSORTIUM_INVITATION_REVOKED");
    let late = json!({ "invitation": invitation, "accept": true });
    assert_eq!(app.mended(world.token(2), "answerConsortiumInvitation", &late), "WRONG_STATE");
    assert_eq!(
        app.mended(world.token(0), "revokeConsortiumInvitation", &json!({ "invitation": invitation })),
        "WRONG_STATE"
    );

    // Not answered in time: nobody can accept it, and the side that asked is told.
    let invitation = world.invite(&id, 2, "PARTNER", false);
    expire(app).await;
    let late = json!({ "invitation": invitation, "accept": true });
    assert_eq!(app.mended(world.token(2), "answerConsortiumInvitation", &late), "WRONG_STATE");
    app.platform.keep_up().await.expect("kept up");
    assert_eq!(world.told(0)[0], "CONSORTIUM_INVITATION_EXPIRED");
    assert_eq!(world.seen(0, &id)["invitations"], json!([]));
    assert_eq!(app.mended(world.token(2), "answerConsortiumInvitation", &late), "WRONG_STATE");

    // Removed: it sees nothing any more, the answer to its old invitation says why.
    let invitation = world.invite(&id, 2, "PARTNER", false);
    world.answer(&invitation, 2, true);
    assert_eq!(world.seen(2, &id)["name"], "Monsoon waves");
    let member = world.member(&id, 2);
    assert_eq!(
        app.refused(
            world.token(1),
            "mutation($i: RemoveConsortiumMemberInput!) { removeConsortiumMember(input: $i) \
        { userErrors { code } } }",
            &json!({ "i": { "member": member, "reason": "x" } })
        ),
        "FORBIDDEN"
    );
    let removal = json!({ "member": member, "reason": "It moved away." });
    app.change(world.token(0), "removeConsortiumMember", "", &removal);
    assert_eq!(app.mended(world.token(0), "removeConsortiumMember", &removal), "WRONG_STATE");
    assert_eq!(world.told(2)[0], "CONSORTIUM_REMOVED");
    assert_eq!(world.told(1)[0], "CONSORTIUM_REMOVED");
    assert_eq!(world.seen(2, &id), Value::Null);
    let late = json!({ "invitation": invitation, "accept": true });
    assert_eq!(app.mended(world.token(2), "answerConsortiumInvitation", &late), "WRONG_STATE");

    // The coordinator hands over before it leaves; the old lead steps down in the same step.
    let leave = json!({ "consortium": id, "reason": "We have another project." });
    assert_eq!(app.mended(world.token(0), "leaveConsortium", &leave), "WRONG_STATE");
    let coordinator = json!({ "member": world.member(&id, 0), "reason": "x" });
    assert_eq!(app.mended(world.token(0), "removeConsortiumMember", &coordinator), "WRONG_STATE");
    world.admit(&id, 3, "CHINESE", false);
    let hand_over = json!({ "member": world.member(&id, 3), "lead": true });
    app.change(world.token(0), "changeConsortiumMember", "", &hand_over);
    assert_eq!(world.members(&id), [of("CHINESE", 0, false), of("PARTNER", 1, true), of("CHINESE", 3, true)]);
    assert_eq!(world.told(1)[0], "CONSORTIUM_ROLE_CHANGED");
    app.change(world.token(0), "leaveConsortium", "leftConsortiumId", &leave);
    assert_eq!(world.seen(0, &id), Value::Null);
    let seen = world.seen(3, &id);
    assert_eq!(seen["myRoles"], json!([{ "role": "COORDINATOR", "profileRole": "OWNER" }]));
    let whole: Vec<String> = seen["history"]["nodes"]
        .as_array()
        .expect("versions")
        .iter()
        .flat_map(|version| version["changes"].as_array().expect("changes"))
        .map(|change| text(change, "/text/en").to_owned())
        .collect();
    assert_eq!(
        whole,
        [
            "Shandong Institute of Ocean Energy left",
            "Shandong Institute of Ocean Energy is member of the Chinese side now",
            "Qingdao School of Ships is lead of the Chinese side now",
            "Qingdao School of Ships joined as member of the Chinese side",
            "Hanoi Institute of Rivers was removed",
            "Hanoi Institute of Rivers joined as member of the partner side",
            "Bangkok Institute of Waves joined as lead of the partner side",
            "the consortium was opened",
        ]
    );

    // The last one puts it away by leaving; nobody sees it then.
    let partner = json!({ "consortium": id, "reason": "Over." });
    app.change(world.token(1), "leaveConsortium", "", &partner);
    app.change(world.token(3), "leaveConsortium", "", &partner);
    let row = consortium::Entity::find().one(app.platform.database().connection()).await.expect("read").expect("a row");
    assert_eq!(row.status, consortium::Status::Archived);
    assert_eq!(world.seen(3, &id), Value::Null);
    world.app.stop().await;
}

async fn bad_input_is_told(place: Place) {
    let world = World::new(&place).await;
    let (app, id) = (&world.app, world.open());
    let moderator = app.office("mo@lianhe.example", "Mo", GlobalRole::Moderator).await;
    let invitation = |who: usize, side: &str, lead: bool| json!({ "consortium": id, "profile": world.profiles[who], "side": side, "lead": lead });
    let invite = |who: usize, side: &str, lead: bool| {
        fault(&app.try_change(world.token(0), "inviteToConsortium", "consortium { id }", &invitation(who, side, lead)))
    };
    assert_eq!(invite(0, "CHINESE", false), mended("TAKEN", "profile"));
    assert_eq!(invite(3, "CHINESE", true), mended("TAKEN", "lead"));
    world.admit(&id, 1, "PARTNER", true);
    assert_eq!(invite(1, "PARTNER", false), mended("TAKEN", "profile"));
    assert_eq!(invite(2, "PARTNER", true), mended("TAKEN", "lead"));
    world.invite(&id, 2, "PARTNER", false);
    assert_eq!(invite(2, "PARTNER", false), mended("TAKEN", "profile"));
    let suspension = json!({ "profile": world.profiles[4], "reasons": ["OUT_OF_DATE"], "message": "Gone." });
    app.change(Some(&moderator.token), "suspendProfile", "", &suspension);
    assert_eq!(invite(4, "PARTNER", false), mended("WRONG_STATE", "profile"));
    let opened = json!({ "profile": world.profiles[4], "side": "PARTNER", "direction": "2.2", "name": "Sand" });
    assert_eq!(app.mended(world.token(4), "createConsortium", &opened), "WRONG_STATE");
    let draft = app.change(
        world.token(4),
        "createProfile",
        "profile { profileId }",
        &json!({ "content": { "names": [{ "value": "Krabi School of Cliffs", "lang": "en" }] } }),
    );
    let unknown = json!({ "consortium": id, "profile": draft["profile"]["profileId"], "side": "PARTNER" });
    assert_eq!(app.mended(world.token(0), "inviteToConsortium", &unknown), "NOT_FOUND");

    // How to reach somebody is for those who work together.
    let advertised = json!({ "consortium": id, "profile": world.profiles[3], "side": "CHINESE", "lead": false,
        "message": "Write to office@spam.example.com." });
    let refused = app.try_change(world.token(0), "inviteToConsortium", "consortium { id }", &advertised);
    assert_eq!(fault(&refused), mended("INVALID_VALUE", "message"));

    // Whoever has declined twice is left alone.
    let other = world.open();
    for _ in 0..2 {
        let invitation = world.invite(&other, 3, "CHINESE", false);
        world.answer(&invitation, 3, false);
    }
    let third = json!({ "consortium": other, "profile": world.profiles[3], "side": "CHINESE", "lead": false });
    let refused = app.try_change(world.token(0), "inviteToConsortium", "consortium { id }", &third);
    assert_eq!(fault(&refused), mended("WRONG_STATE", "profile"));

    // One that is suspended before it answers cannot join.
    let invitation = world.invite(&id, 3, "CHINESE", false);
    let suspension = json!({ "profile": world.profiles[3], "reasons": ["OUT_OF_DATE"], "message": "Gone." });
    app.change(Some(&moderator.token), "suspendProfile", "", &suspension);
    let late = json!({ "invitation": invitation, "accept": true });
    assert_eq!(app.mended(world.token(3), "answerConsortiumInvitation", &late), "WRONG_STATE");

    // What a consortium is opened with.
    let open = |direction: &str, name: &str, facts: Value| {
        let input = json!({ "profile": world.profiles[0], "side": "CHINESE", "direction": direction, "name": name, "facts": facts });
        fault(&app.try_change(world.token(0), "createConsortium", "consortium { id }", &input))
    };
    assert_eq!(open("9.9", "Waves", json!([])), mended("UNKNOWN_VALUE", "direction"));
    assert_eq!(open("2.2", " … ", json!([])), mended("MISSING", "name"));
    assert_eq!(open("2.2", &"x".repeat(301), json!([])), mended("LIMIT", "name"));
    let long = json!([{ "fact": "project.title", "value": "x".repeat(2_001) }]);
    assert_eq!(open("2.2", "Waves", long), mended("LIMIT", "facts[0].value"));

    // Facts, in the words of the reader of facts; nothing is saved of an edit in which something is wrong.
    let version = world.version(&id);
    let entered = |facts: Value| fault(&world.edit(0, &id, version, &facts));
    let title = json!({ "fact": "project.title", "value": "Waves" });
    assert_eq!(
        entered(json!([title, { "fact": "project.colour", "value": "blue" }])),
        mended("UNKNOWN_KEY", "facts[1].fact")
    );
    assert_eq!(entered(json!([{ "fact": "project.colour", "value": null }])), mended("UNKNOWN_KEY", "facts[0].fact"));
    assert_eq!(entered(json!([{ "fact": "member.country", "value": "CN" }])), mended("UNKNOWN_KEY", "facts[0].fact"));
    assert_eq!(
        entered(json!([{ "fact": "project.joint_lab", "value": "x" }])),
        mended("INVALID_VALUE", "facts[0].value")
    );
    assert_eq!(
        entered(json!([{ "fact": "project.requested_grant_cny", "value": -1 }])),
        mended("INVALID_VALUE", "facts[0].value")
    );
    assert_eq!(
        entered(json!([{ "fact": "project.basic_research", "value": "maybe" }])),
        mended("INVALID_VALUE", "facts[0].value")
    );
    assert_eq!(
        entered(json!([{ "fact": "project.topic", "value": "moon-landing" }])),
        mended("UNKNOWN_VALUE", "facts[0].value")
    );
    assert_eq!(entered(json!([title, title])), mended("DUPLICATE", "facts[1].fact"));
    assert_eq!(world.version(&id), version);

    // Evidence is a file for facts of one's own.
    let own = file(app, &world.people[0].token, &world.profiles[0], "FACT");
    let others = file(app, &world.people[1].token, &world.profiles[1], "FACT");
    let with = |evidence: &str| json!([{ "fact": "project.title", "value": "Waves", "evidence": evidence }]);
    assert_eq!(entered(with(&others)), mended("NOT_FOUND", "facts[0].evidence"));
    assert_eq!(entered(with(&world.profiles[0])), mended("NOT_FOUND", "facts[0].evidence"));
    world.enter(0, &id, &with(&own));
    let version = world.version(&id);

    // A member that leads no side does not change what others have entered, nor the name.
    let invitations = world.seen(0, &id)["invitations"].clone();
    let of_third =
        invitations.as_array().expect("a list").iter().find(|one| one["name"]["en"] == NAMES[2]).expect("one");
    world.answer(text(of_third, "/invitationId"), 2, true);
    assert_eq!(
        fault(&world.edit(2, &id, version, &json!([{ "fact": "project.title", "value": "Mine" }]))),
        mended("TAKEN", "facts[0].fact")
    );
    let named = json!({ "i": { "consortium": id, "version": version, "name": "Mine" } });
    let rename = "mutation($i: EditConsortiumInput!) { editConsortium(input: $i) { userErrors { code } } }";
    assert_eq!(app.refused(world.token(2), rename, &named), "FORBIDDEN");
    // That somebody joined is no reason to refuse an edit; a version that is to come is.
    let joined = world.version(&id);
    assert_eq!(joined, version + 1);
    assert_eq!(
        world.edit(2, &id, version, &json!([{ "fact": "project.patents", "value": 3 }]))["userErrors"],
        json!([])
    );
    let stale = world.edit(0, &id, version, &json!([{ "fact": "project.title", "value": "Late" }]));
    assert_eq!(fault(&stale), mended("CONFLICT", "version"));
    assert_eq!(stale["consortium"]["version"], joined + 1);
    assert_eq!(fault(&world.edit(0, &id, joined + 2, &json!([]))), mended("CONFLICT", "version"));

    // Each side's application is its lead's.
    let side = |who: usize, side: &str, part: Value| {
        let mut input = json!({ "consortium": id, "version": joined + 1, "side": side });
        input.as_object_mut().expect("an object").extend(part.as_object().expect("an object").clone());
        app.try_change(
            world.token(who),
            "editSideFile",
            "consortium { version files { side titleEn months partnerLeader { orcid } } }",
            &input,
        )
    };
    assert_eq!(fault(&side(1, "CHINESE", json!({ "titleEn": "Waves" }))), mended("WRONG_STATE", "side"));
    assert_eq!(fault(&side(1, "PARTNER", json!({ "months": 0 }))), mended("INVALID_VALUE", "months"));
    assert_eq!(fault(&side(1, "PARTNER", json!({ "beginsOn": "2024-02-30" }))), mended("INVALID_VALUE", "beginsOn"));
    let leader = json!({ "partnerLeader": { "name": "Somchai", "orcid": "0000-0002-1825-0098" } });
    assert_eq!(fault(&side(1, "PARTNER", leader)), mended("INVALID_VALUE", "partnerLeader.orcid"));
    let right = json!({ "titleEn": "Waves", "months": 36, "partnerLeader": { "name": "Somchai", "orcid": "0000-0002-1825-0097" } });
    let done = side(1, "PARTNER", right);
    assert_eq!(
        done["consortium"]["files"],
        json!([{ "side": "PARTNER", "titleEn": "Waves", "months": 36, "partnerLeader": { "orcid": "0000-0002-1825-0097" } }])
    );

    // What is put away is not changed, until it is taken up again.
    app.change(world.token(0), "archiveConsortium", "consortium { status }", &json!({ "consortium": id }));
    assert_eq!(world.told(1)[0], "CONSORTIUM_ARCHIVED");
    let version = world.version(&id);
    assert_eq!(fault(&world.edit(0, &id, version, &json!([]))), mended("WRONG_STATE", "consortium"));
    assert_eq!(invite(2, "PARTNER", false), mended("WRONG_STATE", "consortium"));
    assert_eq!(app.mended(world.token(0), "archiveConsortium", &json!({ "consortium": id })), "WRONG_STATE");
    assert_eq!(app.mended(world.token(3), "answerConsortiumInvitation", &late), "WRONG_STATE");
    let reopened =
        app.change(world.token(0), "reopenConsortium", "consortium { status }", &json!({ "consortium": id }));
    assert_eq!(reopened["consortium"]["status"], "OPEN");
    assert_eq!(app.mended(world.token(0), "reopenConsortium", &json!({ "consortium": id })), "WRONG_STATE");

    // Nobody plans thirty in a day.
    let input = json!({ "profile": world.profiles[0], "side": "CHINESE", "direction": "2.2", "name": "One more" });
    for _ in 2..30 {
        app.change(world.token(0), "createConsortium", "", &input);
    }
    let (query, variables) = app::mutation("createConsortium", "", &input);
    assert_eq!(app.refused(world.token(0), &query, &variables), "RATE_LIMITED");
    world.app.stop().await;
}

async fn of_two_at_once_one_is_first(place: Place) {
    let records: Vec<Value> = (100..153).map(|number| record(number, &format!("Institute No {number}"))).collect();
    let app = App::start(&place, &records).await;
    let [owner] = join(&app, ["office@n100.example.org"]);
    let token = Some(owner.token.as_str());
    let profiles: Vec<String> = (100..153).map(|number| found(&app, number)).collect();
    app.change(token, "claimProfile", "profile { role }", &json!({ "profile": profiles[0] }));
    // Somebody acts for each, so that it can be invited.
    let connection = app.platform.database().connection();
    let own = membership::Entity::find().one(connection).await.expect("rows").expect("the owner");
    let others = profile_rows::Entity::find().all(connection).await.expect("profiles").into_iter();
    let rows = others.filter(|other| other.id != own.profile_id).map(|other| membership::ActiveModel {
        profile_id: Set(other.id),
        ..own.clone().into_active_model().reset_all()
    });
    membership::Entity::insert_many(rows).exec_without_returning(connection).await.expect("members");
    let input = json!({ "profile": profiles[0], "side": "CHINESE", "direction": "2.2", "name": "Many" });
    let id = text(&app.change(token, "createConsortium", "consortium { id }", &input), "/consortium/id").to_owned();
    let invite = |profile: &str, lead: bool| {
        let input = json!({ "consortium": id, "profile": profile, "side": "PARTNER", "lead": lead });
        let told = app.try_change(token, "inviteToConsortium", "consortium { id }", &input);
        told["userErrors"][0]["code"].as_str().unwrap_or("DONE").to_owned()
    };
    let sorted = |mut told: Vec<String>| {
        told.sort();
        told
    };
    // The same institution twice, two leads of one side.
    assert_eq!(sorted(at_once(2, |_| invite(&profiles[1], false))), ["DONE", "TAKEN"]);
    assert_eq!(sorted(at_once(2, |index| invite(&profiles[2 + index], true))), ["DONE", "TAKEN"]);
    // With it are two invited; more until one place is left.
    let mut invited = 2;
    for profile in &profiles[4..] {
        if invited < 48 {
            assert_eq!(invite(profile, false), "DONE");
            invited += 1;
        }
    }
    let last = &profiles[profiles.len() - 2..];
    let codes = sorted(at_once(2, |index| invite(&last[index], false)));
    let seats = consortium_member::Entity::find().count(app.platform.database().connection()).await.expect("counted");
    assert_eq!((codes, seats), (vec!["DONE".to_owned(), "LIMIT".to_owned()], 50));
    app.stop().await;
}

async fn what_is_confidential_stays_so(place: Place) {
    let world = World::new(&place).await;
    let (app, id) = (&world.app, world.open());
    world.admit(&id, 1, "PARTNER", true);
    world.admit(&id, 2, "PARTNER", false);
    world.admit(&id, 3, "CHINESE", false);
    let mut follower = Socket::follow(app, world.token(3), &id, WHOLE).await;
    // The Vietnamese institute enters what it does not show the Chinese side, with a file; first openly, then as confidential.
    let evidence = file(app, &world.people[2].token, &world.profiles[2], "FACT");
    world.enter(2, &id, &json!([{ "fact": "project.lab_agreement.signed_on", "value": "2021-04-17" }]));
    assert!(follower.heard().await.to_string().contains("2021-04-17"));
    let secret = json!([
        { "fact": "project.lab_agreement.signed_on", "value": "2022-08-19", "confidential": true, "evidence": evidence },
        { "fact": "project.enterprise_matching_cny", "value": 7_654_321, "confidential": true },
        { "fact": "project.lab_agreement.signatories", "value": [world.profiles[1], "Ministry of Tides"], "confidential": false },
    ]);
    world.enter(2, &id, &secret);
    world.enter(2, &id, &json!([{ "fact": "project.enterprise_matching_cny", "value": 8_765_432 }]));
    let is_told = |seen: &Value| {
        ["2021-04-17", "2022-08-19", "7654321", "7,654,321", "8765432", "8,765,432"]
            .map(|secret| seen.to_string().contains(secret))
    };
    // Its own people and the lead of its side see all of it; what was open before is hidden from the others as well.
    assert_eq!(is_told(&world.seen(2, &id)), [true; 6]);
    assert_eq!(is_told(&world.seen(1, &id)), [true; 6]);
    for who in [0, 3] {
        let seen = world.seen(who, &id);
        assert_eq!(is_told(&seen), [false; 6], "{who}: {seen}");
        let hidden: Vec<&Value> =
            seen["facts"].as_array().expect("facts").iter().filter(|fact| fact["isHidden"] == true).collect();
        assert_eq!(hidden.len(), 2);
        for fact in hidden {
            assert_eq!(
                (&fact["value"], &fact["text"], &fact["hasEvidence"], &fact["name"]["en"], &fact["enteredBy"]),
                (&Value::Null, &Value::Null, &Value::Null, &json!(NAMES[2]), &json!("office9"))
            );
        }
        // Institutions are told by their names.
        let open = seen["facts"].as_array().expect("facts").iter().find(|fact| fact["isHidden"] == false).expect("one");
        assert_eq!(open["value"], json!([world.profiles[1], "Ministry of Tides"]));
        assert_eq!(open["text"]["en"], format!("{}, Ministry of Tides", NAMES[1]));
    }
    for _ in 0..2 {
        assert_eq!(is_told(&follower.heard().await), [false; 6]);
    }

    // The file goes to whoever sees the fact.
    let query = "query($c: ID!) { consortiumEvidence(consortium: $c, fact: \"project.lab_agreement.signed_on\") \
                 { name downloadUrl } }";
    for (who, sees) in [(0, false), (1, true), (2, true), (3, false)] {
        let found = app.ask(world.token(who), query, &json!({ "c": id }))["consortiumEvidence"].clone();
        assert_eq!(found.is_object(), sees, "{who}: {found}");
        if sees {
            let response = app.transfer("GET", text(&found, "/downloadUrl"), &[], b"");
            assert_eq!((response.status, response.body.as_slice()), (200, PDF));
        }
    }
    // A version by its id, and what is held on a person, tell no more.
    let seen = app.ask(
        world.token(0),
        "query($id: ID!) { consortium(id: $id) { history { nodes { id } } } }",
        &json!({ "id": id }),
    );
    let node = "query($id: ID!) { node(id: $id) { ... on ConsortiumVersion { number changes { text { en zh } before after } } } }";
    let versions = seen["consortium"]["history"]["nodes"].as_array().expect("versions").clone();
    assert_eq!(versions.len(), 7);
    for version in &versions {
        let found = app.ask(world.token(0), node, &json!({ "id": version["id"] }));
        assert!(found["node"]["number"].is_number(), "{found}");
        assert_eq!(is_told(&found), [false; 6], "{found}");
    }

    // Whoever does not see it does not enter it anew, and is told whose it is; whoever does may.
    let version = world.version(&id);
    let anew = json!([{ "fact": "project.enterprise_matching_cny", "value": 1 }]);
    let told = world.edit(0, &id, version, &anew);
    assert_eq!(fault(&told), mended("TAKEN", "facts[0].fact"));
    assert!(text(&told, "/userErrors/0/message/en").starts_with(NAMES[2]), "{told}");
    let cleared = json!([{ "fact": "project.enterprise_matching_cny", "value": null }]);
    assert_eq!(fault(&world.edit(3, &id, version, &cleared)), mended("TAKEN", "facts[0].fact"));
    assert_eq!(world.edit(1, &id, version, &cleared)["userErrors"], json!([]));
    // What is gone stays hidden.
    assert_eq!(is_told(&world.seen(0, &id)), [false; 6]);

    // Strangers, moderators and administrators learn nothing, not even that it is there.
    let moderator = app.office("mo@lianhe.example", "Mo", GlobalRole::Moderator).await;
    let administrator = app.office("ada@lianhe.example", "Ada", GlobalRole::Administrator).await;
    for token in [world.token(4), Some(moderator.token.as_str()), Some(administrator.token.as_str())] {
        assert_eq!(world.read(token, &id), Value::Null);
        assert_eq!(
            app.ask(token, "query($id: ID!) { node(id: $id) { id } }", &json!({ "id": id }))["node"],
            Value::Null
        );
        assert_eq!(app.ask(token, query, &json!({ "c": id }))["consortiumEvidence"], Value::Null);
        for version in &versions {
            assert_eq!(app.ask(token, node, &json!({ "id": version["id"] }))["node"], Value::Null);
        }
        let edit = json!({ "consortium": id, "version": 1, "facts": [] });
        assert_eq!(app.mended(token, "editConsortium", &edit), "NOT_FOUND");
    }
    let anonymous = "query($id: ID!) { consortium(id: $id) { name } }";
    assert_eq!(app.refused(None, anonymous, &json!({ "id": id })), "UNAUTHENTICATED");

    // The lead of a side corrects what a member keeps to itself, and makes none of it known.
    let lifted = json!([{ "fact": "project.lab_agreement.signed_on", "value": "2022-08-19", "confidential": false }]);
    let version = world.version(&id);
    assert_eq!(fault(&world.edit(1, &id, version, &lifted)), mended("TAKEN", "facts[0].confidential"));

    // Whom a side has trusted as its lead nobody takes from it: neither who manages all of it, nor that one by going.
    let removal = json!({ "member": world.member(&id, 1), "reason": "Another will do." });
    assert_eq!(app.mended(world.token(0), "removeConsortiumMember", &removal), "WRONG_STATE");
    let leaving = json!({ "consortium": id, "reason": "Over." });
    assert_eq!(app.mended(world.token(1), "leaveConsortium", &leaving), "WRONG_STATE");
    let resigned = json!({ "member": world.member(&id, 1), "lead": false });
    assert_eq!(app.mended(world.token(1), "changeConsortiumMember", &resigned), "WRONG_STATE");

    // Nobody makes another the lead of a side but that lead itself, not even who manages all of it.
    let moved = json!({ "member": world.member(&id, 2), "lead": true });
    assert_eq!(app.mended(world.token(0), "changeConsortiumMember", &moved), "WRONG_STATE");
    app.change(world.token(1), "changeConsortiumMember", "", &moved);
    // Who leads no longer sees no more than others do.
    assert!(!is_told(&world.seen(1, &id))[1]);
    let back = json!({ "member": world.member(&id, 1), "lead": true });
    assert_eq!(app.mended(world.token(0), "changeConsortiumMember", &back), "WRONG_STATE");
    app.change(world.token(2), "changeConsortiumMember", "", &back);
    assert!(is_told(&world.seen(1, &id))[1]);
    // What an institution kept to itself goes with it.
    let leave = json!({ "consortium": id, "reason": "Over." });
    app.change(world.token(2), "leaveConsortium", "", &leave);
    assert!(!is_told(&world.seen(1, &id))[1]);
    assert_eq!(is_told(&world.seen(0, &id)), [false; 6]);
    world.app.stop().await;
}

async fn no_edit_is_lost(place: Place) {
    let world = World::new(&place).await;
    let (app, id) = (&world.app, world.open());
    world.admit(&id, 1, "PARTNER", true);
    let version = world.version(&id);
    // Eight make something of the same version at once: one is first, the others see what it made.
    let told = at_once(8, |index| {
        let facts = json!([{ "fact": "project.title", "value": format!("Waves {index}") }]);
        let done = world.edit(index % 2, &id, version, &facts);
        assert_eq!(done["consortium"]["version"], version + 1, "{done}");
        done["userErrors"][0]["code"].as_str().map(str::to_owned)
    });
    let winners: Vec<usize> =
        told.iter().enumerate().filter(|(_, code)| code.is_none()).map(|(index, _)| index).collect();
    assert_eq!(winners.len(), 1, "{told:?}");
    assert!(told.iter().flatten().all(|code| code == "CONFLICT"), "{told:?}");
    assert_eq!(world.seen(0, &id)["facts"][0]["value"], format!("Waves {}", winners[0]));

    // Each who goes on from the newest version until it is saved loses nothing.
    let facts = ["project.patents", "project.young_scholars", "project.events.count", "project.duration_months"];
    at_once(facts.len(), |index| {
        loop {
            let done = world.edit(0, &id, world.version(&id), &json!([{ "fact": facts[index], "value": index + 1 }]));
            if done["userErrors"] == json!([]) {
                break;
            }
            assert_eq!(fault(&done), mended("CONFLICT", "version"));
        }
    });
    let seen = world.seen(0, &id);
    let entered: BTreeSet<String> = seen["facts"]
        .as_array()
        .expect("facts")
        .iter()
        .map(|fact| format!("{} {}", text(fact, "/fact/name"), fact["value"]))
        .collect();
    for (index, fact) in facts.iter().enumerate() {
        assert!(entered.contains(&format!("{fact} {}", index + 1)), "{entered:?}");
    }
    let versions =
        consortium_version::Entity::find().count(app.platform.database().connection()).await.expect("counted");
    assert_eq!((seen["version"].as_u64(), versions), (Some(7), 7));
    // What changes nothing makes no version.
    world.enter(0, &id, &json!([{ "fact": "project.patents", "value": 1 }]));
    assert_eq!(world.version(&id), 7);
    world.app.stop().await;
}

async fn what_moves_is_heard(place: Place) {
    let world = World::new(&place).await;
    let (app, id) = (&world.app, world.open());
    world.admit(&id, 1, "PARTNER", true);
    let moderator = app.office("mo@lianhe.example", "Mo", GlobalRole::Moderator).await;
    let fields = "version members { name { en } isListed } facts { fact { name } value }";
    let mut lead = Socket::follow(app, world.token(0), &id, fields).await;
    let mut partner = Socket::follow(app, world.token(1), &id, fields).await;

    // Whoever has nothing to do with it hears nothing.
    let mut stranger = Socket::follow(app, world.token(4), &id, fields).await;
    world.enter(0, &id, &json!([{ "fact": "project.title", "value": "Waves" }]));
    for socket in [&mut lead, &mut partner] {
        let heard = socket.heard().await;
        assert_eq!((&heard["version"], &heard["facts"][0]["value"]), (&json!(3), &json!("Waves")));
    }
    stranger.send(json!({ "type": "ping" })).await;
    let answered = stranger.next().await;
    assert_eq!(answered["type"], "pong", "{answered}");

    // A member's profile is suspended: the others are told, and hear it; its place stays.
    let suspension = json!({ "profile": world.profiles[1], "reasons": ["OUT_OF_DATE"], "message": "Gone." });
    app.change(Some(&moderator.token), "suspendProfile", "", &suspension);
    for socket in [&mut lead, &mut partner] {
        let heard = socket.heard().await;
        assert_eq!(heard["members"][1], json!({ "name": { "en": NAMES[1] }, "isListed": false }));
    }
    assert_eq!(world.told(0)[0], "CONSORTIUM_MEMBER_UNLISTED");
    assert!(!world.told(1).contains(&"CONSORTIUM_MEMBER_UNLISTED".to_owned()), "it is not told of itself");
    app.change(Some(&moderator.token), "restoreProfile", "", &json!({ "profile": world.profiles[1] }));
    for socket in [&mut lead, &mut partner] {
        assert_eq!(socket.heard().await["members"][1]["isListed"], true);
    }

    // Its profile says something else, and is published.
    let edit = json!({ "profile": world.profiles[1], "revision": 1, "content": { "keywords": ["tidal energy"] } });
    let edited = app.change(world.token(1), "editProfile", "profile { revision }", &edit);
    let submit = json!({ "profile": world.profiles[1], "revision": edited["profile"]["revision"] });
    let submitted = app.change(world.token(1), "submitProfile", "profile { cases { id } }", &submit);
    let before = world.told(0).len();
    let decision = json!({ "case": submitted["profile"]["cases"][0]["id"], "revision": edited["profile"]["revision"],
        "decision": "APPROVED" });
    app.change(Some(&moderator.token), "decideCase", "case { state }", &decision);
    assert_eq!((world.told(0).len(), world.told(0)[0].as_str()), (before + 1, "CONSORTIUM_FACTS_MOVED"));
    lead.heard().await;
    partner.heard().await;

    // The registry says something else of it: whoever looks after the service has the others told of that as well, once.
    app.platform.keep_up().await.expect("kept up");
    assert_eq!(world.told(0).len(), before + 1);
    let mut later = record(8, NAMES[1]);
    later["established"] = json!(1931);
    later["admin"]["last_modified"]["date"] = json!("2025-05-06");
    let path = place.path("later.jsonl");
    std::fs::write(&path, format!("{later}\n")).expect("written");
    let directory = app.platform.directory();
    let source = registry::ror(&path, directory.library(), directory.taxonomy()).expect("a file of records");
    let report = directory.import("ror", source, |_| {}).await.expect("imported");
    assert_eq!((report.updated, report.refused), (1, 0), "{report:?}");
    for _ in 0..2 {
        app.platform.keep_up().await.expect("kept up");
        assert_eq!((world.told(0).len(), world.told(0)[0].as_str()), (before + 2, "CONSORTIUM_FACTS_MOVED"));
    }
    lead.heard().await;
    partner.heard().await;

    // Whoever is removed hears of it no more, and why.
    let removal = json!({ "member": world.member(&id, 1), "reason": "Over." });
    app.change(world.token(0), "removeConsortiumMember", "", &removal);
    assert_eq!(lead.heard().await["members"].as_array().map(Vec::len), Some(1));
    let ended = partner.next().await;
    assert!(ended.to_string().contains("FORBIDDEN"), "{ended}");
    assert_eq!(partner.next().await["type"], "complete");
    world.app.stop().await;
}

async fn members_talk(place: Place) {
    let world = World::new(&place).await;
    let (app, id) = (&world.app, world.open());
    world.admit(&id, 1, "PARTNER", true);
    let comment = |who: usize, about: Value, text: &str| {
        let input = json!({ "consortium": id, "about": about, "text": text });
        app.try_change(world.token(who), "commentOnConsortium", "comment { id author text about name { en } }", &input)
    };
    let first = comment(0, Value::Null, "Who brings the ship?");
    let second = comment(1, json!("project.title"), "We do.\nIts name is in the title.");
    assert_eq!(
        second["comment"],
        json!({ "id": second["comment"]["id"], "author": "office8", "text": "We do.\nIts name is in the title.",
            "about": "project.title", "name": { "en": NAMES[1] } })
    );
    assert_eq!(fault(&comment(1, json!("project.colour"), "Blue.")), mended("NOT_FOUND", "about"));
    assert_eq!(fault(&comment(1, Value::Null, " ")), mended("MISSING", "text"));
    assert_eq!(fault(&comment(1, Value::Null, &"x".repeat(5_001))), mended("LIMIT", "text"));
    // Pages, the newest first.
    let query = "query($id: ID!, $after: String) { consortium(id: $id) { comments(first: 1, after: $after) { nodes { text } \
                 totalCount pageInfo { hasNextPage endCursor } } } }";
    let page = app.ask(world.token(0), query, &json!({ "id": id }))["consortium"]["comments"].clone();
    assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(2), &json!(true)));
    let next = app.ask(world.token(0), query, &json!({ "id": id, "after": page["pageInfo"]["endCursor"] }));
    assert_eq!(next["consortium"]["comments"]["nodes"], json!([{ "text": "Who brings the ship?" }]));
    let other = json!({ "id": id, "after": "bm9uc2Vuc2U" });
    assert_eq!(app.refused(world.token(0), query, &other), "INVALID_CURSOR");

    // One takes back what is one's own: the words go, the place stays.
    let own = json!({ "comment": first["comment"]["id"] });
    assert_eq!(app.mended(world.token(1), "deleteConsortiumComment", &own), "NOT_FOUND");
    app.change(world.token(0), "deleteConsortiumComment", "", &own);
    app.change(world.token(0), "deleteConsortiumComment", "", &own);
    let seen = world.seen(1, &id);
    assert_eq!(seen["comments"]["nodes"][1], json!({ "author": "office7", "text": null, "about": null }));
    assert_eq!(app.mended(world.token(4), "deleteConsortiumComment", &own), "NOT_FOUND");

    // Whoever deletes the account leaves the consortium whole, without a name.
    let [editor] = join(app, ["editor@n8.example.org"]);
    let input = json!({ "profile": world.profiles[1], "email": editor.email, "role": "EDITOR" });
    app.change(world.token(1), "inviteMember", "", &input);
    let invitation = people::invitation(app, &editor.email);
    app.change(Some(&editor.token), "acceptInvitation", "", &json!({ "token": invitation }));
    let version = world.version(&id);
    let facts = json!({ "consortium": id, "version": version, "facts": [{ "fact": "project.patents", "value": 3 }] });
    app.change(Some(&editor.token), "editConsortium", "", &facts);
    let input = json!({ "consortium": id, "text": "Three patents." });
    app.change(Some(&editor.token), "commentOnConsortium", "", &input);
    app.change(Some(&editor.token), "deleteAccount", "", &json!({ "password": app::PASSWORD }));
    let seen = world.seen(0, &id);
    assert_eq!(seen["facts"][0]["value"], 3);
    assert_eq!(
        (&seen["facts"][0]["enteredBy"], &seen["comments"]["nodes"][0], &seen["history"]["nodes"][0]["author"]),
        (&Value::Null, &json!({ "author": null, "text": "Three patents.", "about": null }), &Value::Null)
    );
    world.app.stop().await;
}

/// What each field says of who may use it, and that those who may less are told so.
async fn each_field_has_its_people(place: Place) {
    let world = World::new(&place).await;
    let (app, id) = (&world.app, world.open());
    world.admit(&id, 1, "PARTNER", true);
    world.admit(&id, 2, "PARTNER", false);
    let invitation = world.invite(&id, 3, "CHINESE", false);
    let [viewer] = join(app, ["viewer@n7.example.org"]);
    let input = json!({ "profile": world.profiles[0], "email": viewer.email, "role": "VIEWER" });
    app.change(world.token(0), "inviteMember", "", &input);
    let token = people::invitation(app, &viewer.email);
    app.change(Some(&viewer.token), "acceptInvitation", "", &json!({ "token": token }));
    let viewer = Some(viewer.token.as_str());
    let (lead, member, invited, stranger) = (world.token(1), world.token(2), world.token(3), world.token(4));
    let (member_id, version) = (world.member(&id, 1), world.version(&id));
    let comment = app.change(
        world.token(0),
        "commentOnConsortium",
        "comment { id }",
        &json!({ "consortium": id, "text": "Hm." }),
    );
    let of = json!({ "consortium": id });

    // The field, its action, an input, and those who may know of it but may not.
    type Row<'a> = (&'a str, Action, Value, Vec<Option<&'a str>>);
    let mutations: Vec<Row<'_>> = vec![
        (
            "inviteToConsortium",
            Action::ManageConsortium,
            json!({ "consortium": id, "profile": world.profiles[4], "side": "PARTNER" }),
            vec![viewer, lead, member],
        ),
        (
            "signConsortiumReport",
            Action::SignReport,
            json!({ "consortium": id, "version": version }),
            vec![viewer, member],
        ),
        (
            "revokeConsortiumInvitation",
            Action::ManageConsortium,
            json!({ "invitation": invitation }),
            vec![viewer, lead, member],
        ),
        (
            "removeConsortiumMember",
            Action::ManageConsortium,
            json!({ "member": member_id, "reason": "x" }),
            vec![viewer, lead, member],
        ),
        (
            "changeConsortiumMember",
            Action::ManageConsortium,
            json!({ "member": member_id, "lead": false }),
            vec![viewer, member],
        ),
        ("archiveConsortium", Action::ManageConsortium, of.clone(), vec![viewer, lead, member]),
        ("reopenConsortium", Action::ManageConsortium, of.clone(), vec![viewer, lead, member]),
        (
            "editSideFile",
            Action::EditConsortium,
            json!({ "consortium": id, "version": version, "side": "PARTNER" }),
            vec![viewer, member],
        ),
        ("editConsortium", Action::WorkInConsortium, json!({ "consortium": id, "version": version }), vec![viewer]),
        ("leaveConsortium", Action::WorkInConsortium, json!({ "consortium": id, "reason": "x" }), vec![viewer]),
        ("commentOnConsortium", Action::WorkInConsortium, json!({ "consortium": id, "text": "x" }), vec![viewer]),
        ("deleteConsortiumComment", Action::ReadConsortium, json!({ "comment": comment["comment"]["id"] }), vec![]),
        (
            "answerConsortiumInvitation",
            Action::AnswerConsortiumInvitation,
            json!({ "invitation": invitation, "accept": true }),
            vec![],
        ),
        (
            "createConsortium",
            Action::OpenConsortium,
            json!({ "profile": world.profiles[0], "side": "CHINESE", "direction": "2.2", "name": "x" }),
            vec![viewer, stranger],
        ),
    ];
    let schema = app.ask(
        None,
        "{ __schema { mutationType { fields { name description } } queryType { fields { name description } } } }",
        &json!({}),
    );
    let describes = |root: &str, name: &str, action: Action| {
        let fields = schema["__schema"][root]["fields"].as_array().expect("fields");
        let field = fields.iter().find(|field| field["name"] == name).expect(name);
        let needed = policy::needed(action);
        for line in [format!("Needs: {}.", needed.en), format!("权限：{}。", needed.zh)] {
            assert!(
                text(field, "/description").lines().any(|told| told == line),
                "{name} does not say {line}: {field}"
            );
        }
    };
    let newest = consortium_version::Entity::find().count(app.platform.database().connection()).await.expect("counted");
    for (name, action, input, barred) in &mutations {
        describes("mutationType", name, *action);
        let (query, variables) = app::mutation(name, "", input);
        assert_eq!(app.refused(None, &query, &variables), "UNAUTHENTICATED", "{name}");
        for token in barred {
            assert_eq!(app.refused(*token, &query, &variables), "FORBIDDEN", "{name}");
        }
        if *name != "createConsortium" {
            assert_eq!(app.mended(stranger, name, input), "NOT_FOUND", "{name}");
            if *action != Action::AnswerConsortiumInvitation {
                assert_eq!(app.mended(invited, name, input), "NOT_FOUND", "{name}");
            }
        }
    }
    let queries = [
        ("openSlots", Action::ReadConsortium, "query($id: ID!) { openSlots(consortium: $id) { text { en } } }", &id),
        ("completions", Action::ReadConsortium, "query($id: ID!) { completions(consortium: $id) { searched } }", &id),
        ("consortium", Action::ReadConsortium, "query($id: ID!) { consortium(id: $id) { id } }", &id),
        (
            "consortiumEvidence",
            Action::ReadConsortium,
            "query($id: ID!) { consortiumEvidence(consortium: $id, fact: \"project.title\") { id } }",
            &id,
        ),
    ];
    for (name, action, query, about) in queries {
        describes("queryType", name, action);
        assert_eq!(app.refused(None, query, &json!({ "id": about })), "UNAUTHENTICATED", "{name}");
        for token in [stranger, invited] {
            assert_eq!(app.ask(token, query, &json!({ "id": about }))[name], Value::Null, "{name}");
        }
    }
    for name in ["consortia", "consortiumInvitations"] {
        describes("queryType", name, Action::SeekPartners);
        let fields = if name == "consortia" { "nodes { id }" } else { "id" };
        let query = format!("query($id: ID!) {{ {name}(profile: $id) {{ {fields} }} }}");
        assert_eq!(app.refused(None, &query, &json!({ "id": world.profiles[0] })), "UNAUTHENTICATED", "{name}");
        assert_eq!(app.refused(stranger, &query, &json!({ "id": world.profiles[0] })), "FORBIDDEN", "{name}");
    }
    let query = "query($id: ID!) { consortia(profile: $id) { nodes { id name } totalCount } }";
    let own = app.ask(viewer, query, &json!({ "id": world.profiles[0] }));
    assert_eq!(own["consortia"], json!({ "nodes": [{ "id": id, "name": "Monsoon waves" }], "totalCount": 1 }));
    // None that the list of them has is left out.
    let mut asked: Vec<String> = mutations.iter().map(|(name, ..)| format!("Mutation.{name}")).collect();
    asked.extend(
        ["consortium", "consortiumEvidence", "consortia", "consortiumInvitations", "openSlots", "completions"]
            .map(|name| format!("Query.{name}")),
    );
    asked.sort();
    assert_eq!(asked, include_str!("consortium_fields.txt").lines().collect::<Vec<_>>());
    // Nothing of that did anything.
    let versions =
        consortium_version::Entity::find().count(app.platform.database().connection()).await.expect("counted");
    assert_eq!(versions, newest);
    assert_eq!(world.seen(0, &id)["invitations"][0]["message"], "Join us.");
    assert_eq!(world.seen(2, &id)["invitations"][0]["message"], Value::Null);
    world.app.stop().await;
}
