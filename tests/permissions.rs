//! Who may do what, from outside: every field that a request can begin with, asked by everybody who may not and by everybody who
//! may. Whoever may not is told what is lacking, or, of what they may not know of, what they would be told if it did not exist;
//! and nothing has changed then.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/app.rs"]
#[expect(dead_code, reason = "others need more of it")]
mod app;
#[path = "support/database.rs"]
mod database;
#[path = "support/people.rs"]
mod people;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use app::{App, PASSWORD, Person, mutation, record, ror_id};
use database::{Place, on_both};
use people::{appoint, file, join, text};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, Statement};
use serde_json::{Value, json};
use service::policy::{self, Action, ProfileRole};
use service::{AccountId, Actor, GlobalRole, Refusal, SessionId, SignedIn};
use uuid::Uuid;

on_both!(permissions_hold);

/// Who asks: what they are to everybody, and to the profile that is asked about first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Anonymous,
    Outsider,
    Viewer,
    Editor,
    Owner,
    ModeratorWithoutFactor,
    Moderator,
    ModeratorWhoOwnsIt,
    AdministratorWithoutFactor,
    Administrator,
}

impl Who {
    const ALL: [Self; 10] = [
        Self::Anonymous,
        Self::Outsider,
        Self::Viewer,
        Self::Editor,
        Self::Owner,
        Self::ModeratorWithoutFactor,
        Self::Moderator,
        Self::ModeratorWhoOwnsIt,
        Self::AdministratorWithoutFactor,
        Self::Administrator,
    ];

    /// The actor as the policy sees it.
    fn actor(self) -> Actor {
        let (role, second_factor) = match self {
            Self::Anonymous => return Actor::Anonymous,
            Self::Outsider | Self::Viewer | Self::Editor | Self::Owner => (GlobalRole::None, false),
            Self::ModeratorWithoutFactor => (GlobalRole::Moderator, false),
            Self::Moderator | Self::ModeratorWhoOwnsIt => (GlobalRole::Moderator, true),
            Self::AdministratorWithoutFactor => (GlobalRole::Administrator, false),
            Self::Administrator => (GlobalRole::Administrator, true),
        };
        let (account, session) = (AccountId(Uuid::nil()), SessionId(Uuid::nil()));
        Actor::SignedIn(SignedIn { account, session, role, second_factor })
    }

    /// What the actor is to the profile.
    fn role(self) -> Option<ProfileRole> {
        match self {
            Self::Viewer => Some(ProfileRole::Viewer),
            Self::Editor => Some(ProfileRole::Editor),
            Self::Owner | Self::ModeratorWhoOwnsIt => Some(ProfileRole::Owner),
            _ => None,
        }
    }

    /// Whether somebody may know of every profile.
    fn is_in_office(self) -> bool {
        matches!(self.actor(), Actor::SignedIn(signed_in) if signed_in.role >= GlobalRole::Moderator)
    }
}

/// What a request is about.
#[derive(Clone, Debug)]
struct Target {
    profile: String,
    revision: Value,
    case: String,
    invitation: String,
    evidence: String,
    /// A request for partners, and the version of it.
    request: String,
    version: Value,
    /// A member, who is to lose what they are.
    member: String,
    /// Whoever asks.
    me: String,
}

/// People, and what they have to do with each other.
struct World {
    app: App,
    people: BTreeMap<Who, Person>,
    /// The ids of their accounts.
    ids: BTreeMap<Who, String>,
    /// Somebody with an account and nothing else, who may lose it.
    spare: Person,
    /// A session of that account.
    session: String,
    /// Somebody who is given global roles.
    candidate: String,
    /// A listed profile, of which some of the people are members.
    own: String,
    /// Another listed profile.
    partner: String,
    /// A draft that was never published and waits for review, of which none of them is a member.
    other: Target,
    /// A draft like that one, which was taken out of the database.
    gone: Target,
    /// Counts edits, lest two say the same.
    edits: Cell<u32>,
    /// Reads every row of every table.
    rows: Statement,
}

const MANAGED: &str = "query($id: ID!) { managedProfile(id: $id) { status revision cases { id state kind } \
    invitations { invitationId email } evidence { id } members { accountId name role } verifications { endedAt } } }";

/// The id of a watch that is not there.
const NO_WATCH: &str = "V2F0Y2g6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw";
const CONTENT: &str = "Deep water and a ship that goes there.";

impl World {
    async fn new(place: &Place) -> Self {
        let mut imported = record(7, "Institute of Ocean Energy");
        imported["locations"][0]["geonames_details"]["country_code"] = json!("CN");
        imported["locations"][0]["geonames_details"]["country_subdivision_code"] = json!("SD");
        let app = App::start(place, &[imported, record(8, "Institute of River Energy")]).await;
        let joined = join(
            &app,
            [
                "outsider@mail.example.net",
                "viewer@n7.example.org",
                "editor@n7.example.org",
                "owner@n7.example.org",
                "without@lianhe.example",
                "moderator@lianhe.example",
                "both@n7.example.org",
                "chief@lianhe.example",
                "administrator@lianhe.example",
                "spare@mail.example.net",
                "stranger@mail.example.net",
                "candidate@mail.example.net",
            ],
        );
        let [
            outsider,
            viewer,
            editor,
            owner,
            without,
            moderator,
            both,
            chief,
            administrator,
            spare,
            stranger,
            candidate,
        ] = joined;
        let mut people = BTreeMap::from([
            (Who::Outsider, outsider),
            (Who::Viewer, viewer),
            (Who::Editor, editor),
            (Who::Owner, owner),
        ]);
        for (who, person, role, has_factor) in [
            (Who::ModeratorWithoutFactor, without, GlobalRole::Moderator, false),
            (Who::Moderator, moderator, GlobalRole::Moderator, true),
            (Who::ModeratorWhoOwnsIt, both, GlobalRole::Moderator, true),
            (Who::AdministratorWithoutFactor, chief, GlobalRole::Administrator, false),
            (Who::Administrator, administrator, GlobalRole::Administrator, true),
        ] {
            people.insert(who, appoint(&app, &person, role, has_factor).await);
        }
        let id = |person: &Person| {
            let found = app.ask(Some(&person.token), "{ viewer { id } }", &json!({}));
            text(&found, "/viewer/id").to_owned()
        };
        let ids = people.iter().map(|(who, person)| (*who, id(person))).collect();
        let query = "query($ror: String!) { profile(rorId: $ror) { id } }";
        let listed = |number| text(&app.ask(None, query, &json!({ "ror": ror_id(number) })), "/profile/id").to_owned();
        let (own, partner) = (listed(7), listed(8));
        let viewer = app.ask(Some(&spare.token), "{ viewer { sessions { id } } }", &json!({}));
        let session = text(&viewer, "/viewer/sessions/0/id").to_owned();
        let other = draft(&app, &stranger, "Bangkok School of Waves").await;
        let gone = draft(&app, &stranger, "Phuket School of Sand").await;
        let rows = rows_of(app.platform.database().connection()).await;
        let edits = Cell::new(0);
        let world = Self {
            app,
            people,
            ids,
            spare,
            session,
            candidate: candidate.email,
            own,
            partner,
            other,
            gone,
            edits,
            rows,
        };
        // The draft goes out of the database with all that refers to it.
        let newest =
            entity::profile::Entity::find().all(world.app.platform.database().connection()).await.expect("rows");
        let newest = newest.iter().max_by_key(|row| row.change).expect("the last profile that was made").id;
        let connection = world.app.platform.database().connection();
        entity::profile::Entity::delete_by_id(newest).exec(connection).await.expect("deleted");

        // The owner takes the profile over, invites the others, and publishes a revision with facts of its own.
        let owner = world.token(Who::Owner);
        world.app.change(owner, "claimProfile", "", &json!({ "profile": world.own }));
        for (who, role) in [(Who::Viewer, "VIEWER"), (Who::Editor, "EDITOR"), (Who::ModeratorWhoOwnsIt, "OWNER")] {
            let input = json!({ "profile": world.own, "email": world.people[&who].email, "role": role });
            world.app.change(owner, "inviteMember", "", &input);
        }
        for who in [Who::Viewer, Who::Editor, Who::ModeratorWhoOwnsIt] {
            let token = people::invitation(&world.app, &world.people[&who].email);
            world.app.change(world.token(who), "acceptInvitation", "", &json!({ "token": token }));
        }
        file(&world.app, &world.people[&Who::Owner].token, &world.own, "FACT");
        world.prepare(&[Step::Status("DRAFT"), Step::Status("PUBLISHED"), Step::Invited]);
        world
    }

    fn token(&self, who: Who) -> Option<&str> {
        self.people.get(&who).map(|person| person.token.as_str())
    }

    fn managed(&self) -> Value {
        let found = self.app.ask(self.token(Who::ModeratorWhoOwnsIt), MANAGED, &json!({ "id": self.own }));
        found["managedProfile"].clone()
    }

    /// The listed profile as it is now.
    fn target(&self) -> Target {
        let managed = self.managed();
        let member = |name: &str| {
            let members = managed["members"].as_array().expect("members").iter();
            members.filter(|member| member["name"] == name).map(|member| text(member, "/accountId").to_owned()).next()
        };
        let first = |pointer: &str| managed.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let case = managed["cases"].as_array().expect("cases").iter().find(|case| case["kind"] == "REVISION");
        let request = request_of(&self.app, self.token(Who::ModeratorWhoOwnsIt), &self.own);
        Target {
            request: request["id"].as_str().unwrap_or_default().to_owned(),
            version: request["version"].clone(),
            profile: self.own.clone(),
            revision: managed["revision"].clone(),
            case: case.map(|case| text(case, "/id").to_owned()).unwrap_or_default(),
            invitation: first("/invitations/0/invitationId"),
            evidence: first("/evidence/0/id"),
            member: member("spare").or(member("viewer")).unwrap_or_default(),
            me: String::new(),
        }
    }

    /// Brings the listed profile to where a request makes sense.
    fn prepare(&self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Status(status) => self.bring(status),
                Step::Requested(status) => self.request(status),
                Step::Dismissed => {
                    let input = json!({ "profile": self.own, "partner": self.partner });
                    self.app.change(self.token(Who::Owner), "dismissPartner", "", &input);
                }
                Step::Invited if self.managed()["invitations"] == json!([]) => {
                    let input = json!({ "profile": self.own, "email": "new@mail.example.net", "role": "VIEWER" });
                    self.app.change(self.token(Who::Owner), "inviteMember", "", &input);
                }
                Step::Joined if !self.managed()["members"].to_string().contains("\"spare\"") => {
                    let token = Some(self.spare.token.as_str());
                    self.app.change(token, "acceptInvitation", "", &json!({ "token": self.invited() }));
                }
                Step::Verified if !self.managed()["verifications"].to_string().contains("\"endedAt\":null") => {
                    let input = verification(&self.target());
                    self.app.change(self.token(Who::Moderator), "verifyFact", "", &input);
                }
                Step::Invited | Step::Joined | Step::Verified => {}
            }
        }
    }

    /// Brings the newest request for partners to a status.
    fn request(&self, wanted: &str) {
        let (app, owner) = (&self.app, self.token(Who::Owner));
        for _ in 0..4 {
            let request = request_of(app, owner, &self.own);
            let (id, version) = (&request["id"], &request["version"]);
            let content = self.wish();
            match request["status"].as_str() {
                Some(status) if status == wanted => return,
                Some("SUBMITTED") => {
                    let input = json!({ "request": id, "version": version, "decision": "APPROVED" });
                    app.change(self.token(Who::Moderator), "decidePartnerRequest", "", &input)
                }
                Some("PUBLISHED") => {
                    let input = json!({ "request": id, "version": version, "content": content });
                    app.change(owner, "editPartnerRequest", "", &input)
                }
                _ => app.change(owner, "postPartnerRequest", "", &json!({ "profile": self.own, "content": content })),
            };
        }
        panic!("no request is {wanted}");
    }

    /// What a request for partners says; something new each time.
    fn wish(&self) -> Value {
        self.edits.set(self.edits.get() + 1);
        let last = eligibility::date::day_in_china(service::now() + 30 * 86_400_000).to_string();
        let title = format!("Waves {}", self.edits.get());
        json!({ "direction": "2.2", "title": title, "offers": "A ship.", "seeks": "A coast.", "expiresOn": last })
    }

    /// The token of a new invitation of somebody.
    fn invited(&self) -> String {
        let input = json!({ "profile": self.own, "email": self.spare.email, "role": "VIEWER" });
        self.app.change(self.token(Who::Owner), "inviteMember", "", &input);
        people::invitation(&self.app, &self.spare.email)
    }

    fn bring(&self, wanted: &str) {
        let (app, owner, moderator) = (&self.app, self.token(Who::Owner), self.token(Who::Moderator));
        for _ in 0..6 {
            let target = self.target();
            let (profile, revision, case) = (&target.profile, &target.revision, &target.case);
            let managed = self.managed();
            let decide = |decision: &str| {
                let input = json!({ "case": case, "revision": revision, "decision": decision, "reasons": ["INCOMPLETE"],
                    "message": "Say more." });
                app.change(moderator, "decideCase", "", &input);
            };
            match (text(&managed, "/status"), wanted) {
                (status, wanted) if status == wanted => return,
                ("SUSPENDED", _) => app.change(moderator, "restoreProfile", "", &json!({ "profile": profile })),
                (_, "SUSPENDED") => app.change(moderator, "suspendProfile", "", &suspension(profile)),
                ("ARCHIVED", _) => app.change(owner, "reopenProfile", "", &json!({ "profile": profile })),
                (_, "ARCHIVED") => app.change(owner, "archiveProfile", "", &json!({ "profile": profile })),
                ("PUBLISHED", _) => app.change(owner, "editProfile", "", &self.edit(&target)),
                ("SUBMITTED", "DRAFT") => app.change(owner, "withdrawProfile", "", &json!({ "profile": profile })),
                ("SUBMITTED", "CHANGES_REQUESTED") => {
                    decide("CHANGES_REQUESTED");
                    Value::Null
                }
                ("SUBMITTED", _) => {
                    decide("APPROVED");
                    Value::Null
                }
                _ => app.change(owner, "submitProfile", "", &json!({ "profile": profile, "revision": revision })),
            };
        }
        panic!("it does not become {wanted}");
    }

    /// An edit that says something new.
    fn edit(&self, target: &Target) -> Value {
        self.edits.set(self.edits.get() + 1);
        let offers = format!("{CONTENT} {}", self.edits.get());
        json!({ "profile": target.profile, "revision": target.revision, "content": { "offers": offers,
            "facts": [{ "fact": "member.registered_on", "value": "2005-03-01" }],
            "contact": { "email": "office@n7.example.org" } } })
    }

    /// Every row of every table.
    async fn everything(&self) -> BTreeSet<String> {
        let rows = self.app.platform.database().connection().query_all_raw(self.rows.clone()).await.expect("rows");
        rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("a row")).collect()
    }
}

/// The newest request for partners of a profile, for somebody who may see it; null if there is none.
fn request_of(app: &App, token: Option<&str>, profile: &str) -> Value {
    let query = "query($id: ID!) { managedPartnerRequests(profile: $id, first: 1) { nodes { id version status } } }";
    app.ask(token, query, &json!({ "id": profile }))["managedPartnerRequests"]["nodes"][0].clone()
}

/// Gives the profile that was made last a request for partners, which no draft can post.
async fn request_newest(app: &App) {
    let connection = app.platform.database().connection();
    let profiles = entity::profile::Entity::find().all(connection).await.expect("rows");
    let newest = profiles.into_iter().max_by_key(|row| row.change).expect("the last profile that was made");
    let content = json!({ "direction": null, "topic": "Sand", "title": "Sand", "offers": "Sand.", "seeks": "Sand.",
        "role": null, "countries": [], "expires_on": "2099-12-31" });
    let row = entity::partner_request::Model {
        id: Uuid::now_v7(),
        profile_id: newest.id,
        status: entity::partner_request::Status::Submitted,
        version: 1,
        content: content.to_string(),
        published: None,
        expires_on: "2099-12-31".to_owned(),
        author: Uuid::now_v7(),
        created_at: 1,
        changed_at: 1,
        published_at: None,
        decided_by: None,
        reason: None,
    };
    let row = row.into_active_model().reset_all();
    entity::partner_request::Entity::insert(row).exec_without_returning(connection).await.expect("written");
}

/// A draft that waits for review, and all that can be about it.
async fn draft(app: &App, owner: &Person, name: &str) -> Target {
    let token = Some(owner.token.as_str());
    let content = json!({ "names": [{ "value": name, "lang": "en" }],
        "facts": [{ "fact": "member.registered_on", "value": "1999" }] });
    let created = app.change(token, "createProfile", "profile { profileId }", &json!({ "content": content }));
    let profile = text(&created, "/profile/profileId").to_owned();
    let evidence = file(app, &owner.token, &profile, "FACT");
    let input = json!({ "profile": profile, "email": "friend@mail.example.net", "role": "VIEWER" });
    let invited = app.change(token, "inviteMember", "invitation { invitationId }", &input);
    let submitted = json!({ "profile": profile, "revision": 1 });
    let submitted =
        app.change(token, "submitProfile", "profile { revision cases { id } members { accountId } }", &submitted);
    request_newest(app).await;
    let request = request_of(app, token, &profile);
    Target {
        request: text(&request, "/id").to_owned(),
        version: request["version"].clone(),
        profile,
        revision: submitted["profile"]["revision"].clone(),
        case: text(&submitted, "/profile/cases/0/id").to_owned(),
        invitation: text(&invited, "/invitation/invitationId").to_owned(),
        evidence,
        member: text(&submitted, "/profile/members/0/accountId").to_owned(),
        me: String::new(),
    }
}

fn suspension(profile: &str) -> Value {
    json!({ "profile": profile, "reasons": ["OUT_OF_DATE"], "message": "It moved away." })
}

fn verification(target: &Target) -> Value {
    json!({ "profile": target.profile, "revision": target.revision, "fact": "member.registered_on",
        "evidence": target.evidence })
}

/// The statement that reads every row of every table as one text, but for what changes by itself: mails that are sent, attempts
/// that are counted, and when a session was last used.
async fn rows_of(connection: &impl ConnectionTrait) -> Statement {
    let backend = connection.get_database_backend();
    let (tables, quoted) = match backend {
        DbBackend::Sqlite => (
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1, c.cid",
            "quote",
        ),
        _ => (
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = current_schema() ORDER BY 1, ordinal_position",
            "quote_nullable",
        ),
    };
    let columns = connection.query_all_raw(Statement::from_string(backend, tables)).await.expect("columns");
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for column in columns {
        let name = |index| column.try_get_by_index::<String>(index).expect("a name");
        let (table, column) = (name(0), name(1));
        if !matches!((table.as_str(), column.as_str()), ("outbox" | "throttle", _) | ("session", "last_used_at")) {
            let cast = if backend == DbBackend::Postgres { "::text" } else { "" };
            tables.entry(table).or_default().push(format!("{quoted}(\"{column}\"{cast})"));
        }
    }
    assert!(tables.len() >= 18 && tables.contains_key("audit_record"), "{:?}", tables.keys());
    let selects = tables
        .iter()
        .map(|(table, columns)| format!("SELECT '{table} ' || {} FROM \"{table}\"", columns.join(" || ' ' || ")));
    Statement::from_string(backend, selects.collect::<Vec<_>>().join(" UNION ALL "))
}

/// What has to be so before a request makes sense.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The profile has a status.
    Status(&'static str),
    /// An invitation waits for an answer.
    Invited,
    /// The spare account is a member.
    Joined,
    /// A fact is verified.
    Verified,
    /// The newest request for partners has a status.
    Requested(&'static str),
    /// The other listed profile is not to be suggested.
    Dismissed,
}

/// What a field is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Coming in: nobody is refused.
    Nothing,
    /// One's own account.
    Account,
    /// The service as a whole.
    Service,
    /// A profile.
    Profile,
}

type Request = fn(&World, &Target) -> (String, Value);

/// What is asked, and who may.
struct Entry {
    field: &'static str,
    /// What the policy calls it.
    action: Action,
    /// The action that the description names, if another; the least that some input of the field needs.
    told: Option<Action>,
    about: About,
    steps: &'static [Step],
    request: Request,
    /// What is answered to whoever is not allowed to, if not `FORBIDDEN`.
    forbidden: Option<&'static str>,
    /// The same, for a moderator whose own profile it is.
    forbidden_own: Option<&'static str>,
    /// What is answered to whoever has not signed in, if not `UNAUTHENTICATED`.
    anonymous: &'static str,
    /// What is answered to whoever may not know of it.
    hidden: &'static str,
    /// What is answered to the first who may: nothing to be mended.
    outcome: &'static str,
}

impl Entry {
    fn new(field: &'static str, action: Action, about: About, request: Request) -> Self {
        let hidden = if field.starts_with("Query.") { "NULL" } else { "NOT_FOUND" };
        Self {
            field,
            action,
            told: None,
            about,
            steps: &[],
            request,
            forbidden: None,
            forbidden_own: None,
            anonymous: "UNAUTHENTICATED",
            hidden,
            outcome: "",
        }
    }

    fn enter(field: &'static str, outcome: &'static str, request: Request) -> Self {
        Self { outcome, ..Self::new(field, Action::Enter, About::Nothing, request) }
    }

    fn account(field: &'static str, outcome: &'static str, request: Request) -> Self {
        Self { outcome, ..Self::new(field, Action::UseAccount, About::Account, request) }
    }

    fn service(field: &'static str, action: Action, request: Request) -> Self {
        Self::new(field, action, About::Service, request)
    }

    fn profile(field: &'static str, action: Action, steps: &'static [Step], request: Request) -> Self {
        Self { steps, ..Self::new(field, action, About::Profile, request) }
    }

    /// Whether everybody may know of the profile then.
    fn is_listed(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step, Step::Status("SUSPENDED" | "ARCHIVED")))
    }

    /// What the answer to whoever the policy refuses has to be; `None` for whoever is let through.
    fn refusal(&self, who: Who, role: Option<ProfileRole>) -> Option<&'static str> {
        match policy::authorize(self.action, &who.actor(), role) {
            Ok(()) => None,
            Err(Refusal::Unauthenticated) => Some(self.anonymous),
            Err(Refusal::SecondFactorRequired) => Some("SECOND_FACTOR_REQUIRED"),
            Err(_) if who == Who::ModeratorWhoOwnsIt && role.is_some() && self.forbidden_own.is_some() => {
                self.forbidden_own
            }
            Err(_) => Some(self.forbidden.unwrap_or("FORBIDDEN")),
        }
    }
}

/// What an answer says: the code of what was refused or has to be mended, `NULL` for nothing, or nothing.
fn outcome(answer: &Value) -> String {
    if let Some(code) = answer.pointer("/errors/0/extensions/code").and_then(Value::as_str) {
        return code.to_owned();
    }
    assert!(answer.get("errors").is_none(), "{answer}");
    let data = answer["data"].as_object().expect("data").values().next().expect("a field");
    let errors = [data.pointer("/userErrors/0/code"), data.pointer("/results/0/userErrors/0/code")];
    match errors.into_iter().flatten().next().and_then(Value::as_str) {
        Some(code) => code.to_owned(),
        None if data.is_null() => "NULL".to_owned(),
        None => String::new(),
    }
}

/// A mutation with the fields of its payload.
fn asked(name: &str, input: &Value) -> (String, Value) {
    let fields = if name == "decideCases" { "results { userErrors { code } }" } else { "" };
    mutation(name, fields, input)
}

fn of_profile(fields: &str, target: &Target) -> (String, Value) {
    (format!("query($id: ID!) {{ {fields} }}"), json!({ "id": target.profile }))
}

const DRAFT: &[Step] = &[Step::Status("DRAFT")];
const SUBMITTED: &[Step] = &[Step::Status("SUBMITTED")];
const PUBLISHED: &[Step] = &[Step::Status("PUBLISHED")];
const INVITED: &[Step] = &[Step::Status("PUBLISHED"), Step::Invited];
const JOINED: &[Step] = &[Step::Status("PUBLISHED"), Step::Joined];
const VERIFIED: &[Step] = &[Step::Status("PUBLISHED"), Step::Verified];
const SUSPENDED: &[Step] = &[Step::Status("SUSPENDED")];
const REQUESTED: &[Step] = &[Step::Status("PUBLISHED"), Step::Requested("SUBMITTED")];
const SHOWN: &[Step] = &[Step::Status("PUBLISHED"), Step::Requested("PUBLISHED")];
const DISMISSED: &[Step] = &[Step::Status("PUBLISHED"), Step::Dismissed];

/// What can be asked.
fn table() -> Vec<Entry> {
    let mut table = entering();
    table.extend(of_members());
    table.extend(of_moderators());
    table.extend(of_readers());
    table.extend(of_partners());
    table.extend(of_accounts());
    // Last, for whoever leaves is a member no longer.
    table.push(Entry::profile("Mutation.removeMember", Action::LeaveProfile, PUBLISHED, |_, target| {
        asked("removeMember", &json!({ "profile": target.profile, "member": target.me }))
    }));
    table
}

fn entering() -> Vec<Entry> {
    vec![
        Entry::enter("Mutation.signUp", "", |_, _| {
            let input = json!({ "email": "new@mail.example.net", "password": PASSWORD, "name": "New" });
            mutation("signUp", "", &input)
        }),
        Entry::enter("Mutation.verifyEmail", "INVALID_TOKEN", |_, _| {
            mutation("verifyEmail", "", &json!({ "token": "x" }))
        }),
        Entry::enter("Mutation.resendVerification", "", |_, _| {
            mutation("resendVerification", "", &json!({ "email": "new@mail.example.net" }))
        }),
        Entry::enter("Mutation.signIn", "WRONG_CREDENTIALS", |_, _| {
            mutation("signIn", "", &json!({ "email": "new@mail.example.net", "password": "x" }))
        }),
        Entry::enter("Mutation.refreshSession", "INVALID_TOKEN", |_, _| {
            mutation("refreshSession", "", &json!({ "refreshToken": "x" }))
        }),
        Entry::enter("Mutation.requestPasswordReset", "", |world, _| {
            mutation("requestPasswordReset", "", &json!({ "email": world.spare.email }))
        }),
        Entry::enter("Mutation.resetPassword", "INVALID_TOKEN", |_, _| {
            mutation("resetPassword", "", &json!({ "token": "x", "password": PASSWORD }))
        }),
        Entry::enter("Mutation.confirmEmailChange", "INVALID_TOKEN", |_, _| {
            mutation("confirmEmailChange", "", &json!({ "token": "x" }))
        }),
        Entry::enter("Mutation.declineInvitation", "INVALID_TOKEN", |_, _| {
            mutation("declineInvitation", "", &json!({ "token": "x" }))
        }),
    ]
}

fn of_accounts() -> Vec<Entry> {
    vec![
        Entry::account("Query.viewer", "", |_, _| ("{ viewer { email } }".to_owned(), json!({}))),
        Entry::account("Query.myProfiles", "", |_, _| ("{ myProfiles { id } }".to_owned(), json!({}))),
        Entry::account("Query.inbox", "", |_, _| ("{ inbox { nodes { id } unreadCount } }".to_owned(), json!({}))),
        Entry::account("Query.watches", "", |_, _| ("{ watches { id } }".to_owned(), json!({}))),
        Entry::account("Mutation.createWatch", "", |_, _| {
            mutation("createWatch", "", &json!({ "name": "New", "criteria": { "among": ["REQUESTS"] } }))
        }),
        Entry::account("Mutation.updateWatch", "NOT_FOUND", |_, _| {
            mutation("updateWatch", "", &json!({ "watch": NO_WATCH, "name": "Old" }))
        }),
        Entry::account("Mutation.deleteWatch", "NOT_FOUND", |_, _| {
            mutation("deleteWatch", "", &json!({ "watch": NO_WATCH }))
        }),
        Entry::account("Mutation.updateAccount", "", |_, _| mutation("updateAccount", "", &json!({ "name": "spare" }))),
        Entry::account("Mutation.markNotificationsRead", "", |_, _| mutation("markNotificationsRead", "", &json!({}))),
        Entry::account("Mutation.createProfile", "", |_, _| {
            mutation("createProfile", "", &json!({ "content": { "names": [{ "value": "Krabi School of Cliffs" }] } }))
        }),
        Entry::account("Mutation.beginSecondFactor", "", |_, _| {
            mutation("beginSecondFactor", "", &json!({ "password": PASSWORD }))
        }),
        Entry::account("Mutation.confirmSecondFactor", "WRONG_CREDENTIALS", |_, _| {
            mutation("confirmSecondFactor", "", &json!({ "code": "000000" }))
        }),
        Entry::account("Mutation.disableSecondFactor", "WRONG_STATE", |_, _| {
            mutation("disableSecondFactor", "", &json!({ "password": PASSWORD, "code": "000000" }))
        }),
        Entry::account("Mutation.requestEmailChange", "", |_, _| {
            mutation("requestEmailChange", "", &json!({ "password": PASSWORD, "email": "else@mail.example.net" }))
        }),
        Entry::account("Mutation.revokeSession", "", |world, _| {
            mutation("revokeSession", "", &json!({ "session": world.session }))
        }),
        Entry::account("Mutation.changePassword", "WEAK_PASSWORD", |_, _| {
            mutation("changePassword", "", &json!({ "currentPassword": PASSWORD, "newPassword": "short" }))
        }),
        Entry::account("Mutation.signOut", "", |_, _| {
            ("mutation { signOut { userErrors { code } } }".to_owned(), json!({}))
        }),
        Entry::account("Mutation.signOutEverywhere", "", |_, _| {
            ("mutation { signOutEverywhere { userErrors { code } } }".to_owned(), json!({}))
        }),
        Entry::account("Mutation.deleteAccount", "", |_, _| {
            mutation("deleteAccount", "", &json!({ "password": PASSWORD }))
        }),
        Entry::service("Mutation.setRole", Action::AppointModerators, |world, _| {
            mutation("setRole", "", &json!({ "email": world.candidate, "role": "MODERATOR" }))
        }),
        Entry {
            outcome: "WRONG_STATE",
            ..Entry::service("Mutation.resetSecondFactor", Action::AppointModerators, |world, _| {
                mutation("resetSecondFactor", "", &json!({ "email": world.candidate }))
            })
        },
    ]
}

fn of_members() -> Vec<Entry> {
    use Action::{ArchiveProfile, EditProfile, ManageMembers, SubmitProfile};
    vec![
        Entry::account("Mutation.acceptInvitation", "", |world, _| {
            mutation("acceptInvitation", "", &json!({ "token": world.invited() }))
        }),
        Entry::profile("Query.interests", Action::SeekPartners, PUBLISHED, |_, target| {
            of_profile("interests(profile: $id, box: RECEIVED) { totalCount }", target)
        }),
        // Nobody is interested in oneself: whoever may is told so.
        Entry {
            outcome: "INVALID_VALUE",
            ..Entry::profile("Mutation.expressInterest", Action::ExpressInterest, PUBLISHED, |_, target| {
                let input = json!({ "from": target.profile, "to": target.profile, "message": "Hello." });
                mutation("expressInterest", "", &input)
            })
        },
        Entry::profile("Mutation.editProfile", EditProfile, PUBLISHED, |world, target| {
            asked("editProfile", &world.edit(target))
        }),
        Entry::profile("Mutation.discardProfileChanges", EditProfile, DRAFT, |_, target| {
            asked("discardProfileChanges", &json!({ "profile": target.profile, "revision": target.revision }))
        }),
        Entry::profile("Mutation.submitProfile", SubmitProfile, DRAFT, |_, target| {
            asked("submitProfile", &json!({ "profile": target.profile, "revision": target.revision }))
        }),
        Entry::profile("Mutation.withdrawProfile", SubmitProfile, SUBMITTED, |_, target| {
            asked("withdrawProfile", &json!({ "profile": target.profile }))
        }),
        Entry::profile("Mutation.confirmProfile", EditProfile, PUBLISHED, |_, target| {
            asked("confirmProfile", &json!({ "profile": target.profile }))
        }),
        Entry::profile("Mutation.reopenProfile", ArchiveProfile, &[Step::Status("ARCHIVED")], |_, target| {
            asked("reopenProfile", &json!({ "profile": target.profile }))
        }),
        Entry::profile("Mutation.archiveProfile", ArchiveProfile, PUBLISHED, |_, target| {
            asked("archiveProfile", &json!({ "profile": target.profile }))
        }),
        Entry::profile("Mutation.claimProfile", Action::ClaimProfile, PUBLISHED, |_, target| {
            asked("claimProfile", &json!({ "profile": target.profile, "statement": "I am the director." }))
        }),
        Entry::profile("Mutation.appeal", Action::Appeal, SUSPENDED, |_, target| {
            asked("appeal", &json!({ "profile": target.profile, "statement": "It did not move away." }))
        }),
        Entry {
            told: Some(Action::ClaimProfile),
            ..Entry::profile("Mutation.stageEvidence", Action::StageEvidence, PUBLISHED, |_, target| {
                let input = json!({ "profile": target.profile, "purpose": "FACT", "name": "a.pdf", "size": 100 });
                asked("stageEvidence", &input)
            })
        },
        Entry {
            told: Some(Action::ClaimProfile),
            ..Entry::profile("Mutation.stageEvidence", Action::Appeal, PUBLISHED, |_, target| {
                let input = json!({ "profile": target.profile, "purpose": "APPEAL", "name": "a.pdf", "size": 100 });
                asked("stageEvidence", &input)
            })
        },
        Entry::profile("Mutation.stageEvidence", Action::ClaimProfile, PUBLISHED, |_, target| {
            let input = json!({ "profile": target.profile, "purpose": "CLAIM", "name": "a.pdf", "size": 100 });
            asked("stageEvidence", &input)
        }),
        Entry::profile("Mutation.inviteMember", ManageMembers, PUBLISHED, |_, target| {
            let input = json!({ "profile": target.profile, "email": "another@mail.example.net", "role": "EDITOR" });
            asked("inviteMember", &input)
        }),
        Entry {
            forbidden: Some("NOT_FOUND"),
            ..Entry::profile("Mutation.revokeInvitation", ManageMembers, INVITED, |_, target| {
                asked("revokeInvitation", &json!({ "invitation": target.invitation }))
            })
        },
        Entry::profile("Mutation.changeMemberRole", ManageMembers, JOINED, |world, target| {
            world.edits.set(world.edits.get() + 1);
            let role = if world.edits.get() % 2 == 0 { "VIEWER" } else { "EDITOR" };
            let input = json!({ "profile": target.profile, "member": target.member, "role": role });
            asked("changeMemberRole", &input)
        }),
        Entry {
            told: Some(Action::LeaveProfile),
            ..Entry::profile("Mutation.removeMember", ManageMembers, JOINED, |_, target| {
                asked("removeMember", &json!({ "profile": target.profile, "member": target.member }))
            })
        },
    ]
}

fn of_moderators() -> Vec<Entry> {
    use Action::{DecideCase, SuspendProfile, VerifyFact};
    // Whoever is no moderator is told so, whatever case they ask for.
    let of_case = |entry: Entry| Entry { hidden: "FORBIDDEN", ..entry };
    vec![
        of_case(Entry::profile("Mutation.assignCase", DecideCase, SUBMITTED, |_, target| {
            asked("assignCase", &json!({ "case": target.case }))
        })),
        of_case(Entry::profile("Mutation.prioritiseCase", DecideCase, SUBMITTED, |_, target| {
            asked("prioritiseCase", &json!({ "case": target.case, "priority": 2 }))
        })),
        of_case(Entry::profile("Mutation.decideCase", DecideCase, SUBMITTED, |_, target| {
            let input = json!({ "case": target.case, "revision": target.revision, "decision": "APPROVED" });
            asked("decideCase", &input)
        })),
        of_case(Entry {
            // One that is the moderator's own does not stand in the way of others.
            forbidden_own: Some("WRONG_STATE"),
            ..Entry::profile("Mutation.decideCases", DecideCase, SUBMITTED, |_, target| {
                let case = json!({ "case": target.case, "revision": target.revision });
                asked("decideCases", &json!({ "cases": [case], "decision": "APPROVED" }))
            })
        }),
        Entry::profile("Mutation.suspendProfile", SuspendProfile, PUBLISHED, |_, target| {
            asked("suspendProfile", &suspension(&target.profile))
        }),
        Entry::profile("Mutation.restoreProfile", SuspendProfile, SUSPENDED, |_, target| {
            asked("restoreProfile", &json!({ "profile": target.profile }))
        }),
        Entry::profile("Mutation.verifyFact", VerifyFact, PUBLISHED, |_, target| {
            asked("verifyFact", &verification(target))
        }),
        Entry::profile("Mutation.withdrawVerification", VerifyFact, VERIFIED, |_, target| {
            let input = json!({ "profile": target.profile, "fact": "member.registered_on" });
            asked("withdrawVerification", &input)
        }),
    ]
}

fn of_readers() -> Vec<Entry> {
    use Action::{ReadAudit, ReadDraft, ReadEvidence, ReadHistory, ReadQueue, UseAccount};
    let null = |entry: Entry| Entry { forbidden: Some("NULL"), ..entry };
    let node = |entry: Entry| Entry { anonymous: "NULL", forbidden: Some("NULL"), ..entry };
    vec![
        Entry::service("Query.reviewQueue", ReadQueue, |_, _| {
            ("{ reviewQueue { totalCount nodes { id } } }".to_owned(), json!({}))
        }),
        Entry::service("Query.consortiumOverlaps", Action::ReadOverlaps, |_, _| {
            ("{ consortiumOverlaps { totalCount nodes { id } } }".to_owned(), json!({}))
        }),
        Entry {
            told: Some(ReadHistory),
            ..Entry::service("Query.history", ReadAudit, |_, _| {
                ("{ history { nodes { id action } } }".to_owned(), json!({}))
            })
        },
        Entry::profile("Query.history", ReadHistory, PUBLISHED, |_, target| {
            of_profile("history(profile: $id) { nodes { id action } }", target)
        }),
        Entry::profile("Query.matchesFor", Action::SeekPartners, PUBLISHED, |_, target| {
            of_profile("matchesFor(profile: $id, direction: \"2.2\", role: LEAD) { totalCount nodes { id } }", target)
        }),
        null(Entry::profile("Query.managedProfile", ReadDraft, PUBLISHED, |_, target| {
            of_profile("managedProfile(id: $id) { status content { offers } members { name } cases { id } }", target)
        })),
        Entry {
            told: Some(UseAccount),
            ..null(Entry::profile("Query.reviewCase", ReadDraft, SUBMITTED, |_, target| {
                ("query($id: ID!) { reviewCase(id: $id) { state } }".to_owned(), json!({ "id": target.case }))
            }))
        },
        node(Entry::profile("Query.node", ReadDraft, SUBMITTED, |_, target| {
            ("query($id: ID!) { node(id: $id) { id __typename } }".to_owned(), json!({ "id": target.case }))
        })),
        node(Entry::profile("Query.node", ReadEvidence, PUBLISHED, |_, target| {
            let query = "query($id: ID!) { node(id: $id) { ... on Evidence { name downloadUrl } } }";
            (query.to_owned(), json!({ "id": target.evidence }))
        })),
    ]
}

fn of_partners() -> Vec<Entry> {
    use Action::{DecideRequest, DismissPartner, PostRequest, ReadDraft, ReadQueue, SeekPartners};
    vec![
        Entry::profile("Mutation.postPartnerRequest", PostRequest, PUBLISHED, |world, target| {
            asked("postPartnerRequest", &json!({ "profile": target.profile, "content": world.wish() }))
        }),
        Entry::profile("Mutation.editPartnerRequest", PostRequest, SHOWN, |world, target| {
            let input = json!({ "request": target.request, "version": target.version, "content": world.wish() });
            asked("editPartnerRequest", &input)
        }),
        Entry::profile("Mutation.closePartnerRequest", PostRequest, SHOWN, |_, target| {
            asked("closePartnerRequest", &json!({ "request": target.request }))
        }),
        Entry {
            // Whoever is no moderator is told so, whatever request they ask for.
            hidden: "FORBIDDEN",
            ..Entry::profile("Mutation.decidePartnerRequest", DecideRequest, REQUESTED, |_, target| {
                let input = json!({ "request": target.request, "version": target.version, "decision": "APPROVED" });
                asked("decidePartnerRequest", &input)
            })
        },
        Entry::service("Query.partnerRequestsToReview", ReadQueue, |_, _| {
            ("{ partnerRequestsToReview { totalCount nodes { id } } }".to_owned(), json!({}))
        }),
        Entry::profile("Query.managedPartnerRequests", ReadDraft, SHOWN, |_, target| {
            of_profile("managedPartnerRequests(profile: $id) { totalCount nodes { id reason } }", target)
        }),
        Entry {
            anonymous: "NULL",
            forbidden: Some("NULL"),
            ..Entry::profile("Query.node", ReadDraft, SHOWN, |_, target| {
                let query = "query($id: ID!) { node(id: $id) { ... on ManagedPartnerRequest { status reason } } }";
                (query.to_owned(), json!({ "id": target.request }))
            })
        },
        Entry::profile("Query.dismissedPartners", SeekPartners, DISMISSED, |_, target| {
            of_profile("dismissedPartners(profile: $id) { totalCount nodes { id } }", target)
        }),
        Entry::profile("Mutation.restorePartner", DismissPartner, DISMISSED, |world, target| {
            asked("restorePartner", &json!({ "profile": target.profile, "partner": world.partner }))
        }),
        Entry::profile("Mutation.dismissPartner", DismissPartner, PUBLISHED, |world, target| {
            asked("dismissPartner", &json!({ "profile": target.profile, "partner": world.partner }))
        }),
    ]
}

/// What is wrong so far.
type Faults = Vec<String>;

impl World {
    /// The answer to one request.
    fn ask(&self, entry: &Entry, token: Option<&str>, target: &Target) -> Value {
        let (query, variables) = (entry.request)(self, target);
        self.app.answer(token, &query, &variables)
    }

    /// Somebody asks in vain: the answer is as expected, and nothing has changed.
    async fn refuse(&self, entry: &Entry, who: Who, target: &Target, expected: &str, faults: &mut Faults) -> Value {
        let target = Target { me: self.ids.get(&who).unwrap_or(&target.member).clone(), ..target.clone() };
        let (query, variables) = (entry.request)(self, &target);
        let before = self.everything().await;
        let answer = self.app.answer(self.token(who), &query, &variables);
        let after = self.everything().await;
        let said = outcome(&answer);
        if said != expected {
            faults.push(format!(
                "{} {:?}: {who:?} is told {said:?}, not {expected}: {answer}",
                entry.field, entry.action
            ));
        }
        if before != after {
            let changed: Vec<_> = before.symmetric_difference(&after).collect();
            faults.push(format!("{} {:?}: {who:?} changed {changed:#?}", entry.field, entry.action));
        }
        answer
    }

    /// Somebody who may not know of what is asked about: the answer is the same if it is not there at all.
    async fn hide(&self, entry: &Entry, who: Who, target: &Target, expected: &str, faults: &mut Faults) {
        let answer = self.refuse(entry, who, target, expected, faults).await;
        let of_nothing = self.refuse(entry, who, &self.gone, expected, faults).await;
        if answer != of_nothing {
            faults.push(format!("{} tells {who:?} that there is something: {answer}, not {of_nothing}", entry.field));
        }
    }

    async fn check(&self, entry: &Entry, faults: &mut Faults) {
        self.prepare(entry.steps);
        let target = self.target();
        let is_hidden = |who: Who| !entry.is_listed() && who.role().is_none() && !who.is_in_office();
        let mut allowed = Vec::new();
        for who in Who::ALL {
            match entry.about {
                About::Nothing => {}
                About::Account if who != Who::Anonymous => {}
                About::Account | About::Service => match entry.refusal(who, None) {
                    Some(expected) => {
                        self.refuse(entry, who, &target, expected, faults).await;
                    }
                    None => allowed.push(who),
                },
                About::Profile if who == Who::Anonymous => {
                    self.hide(entry, who, &target, entry.anonymous, faults).await;
                }
                About::Profile if is_hidden(who) => self.hide(entry, who, &target, entry.hidden, faults).await,
                About::Profile => match entry.refusal(who, who.role()) {
                    Some(expected) => {
                        self.refuse(entry, who, &target, expected, faults).await;
                    }
                    None => allowed.push(who),
                },
            }
        }
        if entry.about == About::Profile {
            // Nobody here is a member of the other one.
            for who in Who::ALL {
                if who == Who::Anonymous {
                    self.hide(entry, who, &self.other, entry.anonymous, faults).await;
                } else if !who.is_in_office() {
                    self.hide(entry, who, &self.other, entry.hidden, faults).await;
                } else if let Some(expected) = entry.refusal(who, None) {
                    self.refuse(entry, who, &self.other, expected, faults).await;
                }
            }
        }
        self.let_through(entry, &allowed, faults).await;
    }

    /// Whoever may is let through: the first one does what is asked for, the others are not refused.
    async fn let_through(&self, entry: &Entry, allowed: &[Who], faults: &mut Faults) {
        match entry.about {
            About::Nothing => self.expect(entry, None, &self.target(), faults),
            About::Account => {
                let person = self.app.sign_in(&self.spare.email, None);
                self.expect(entry, Some(&person.token), &self.target(), faults);
            }
            About::Service | About::Profile => {
                assert!(!allowed.is_empty(), "{} is for nobody", entry.field);
                for (index, who) in allowed.iter().enumerate() {
                    self.prepare(entry.steps);
                    let target = Target { me: self.ids[who].clone(), ..self.target() };
                    if index == 0 {
                        let before = self.everything().await;
                        self.expect(entry, self.token(*who), &target, faults);
                        let is_done = entry.outcome.is_empty() && entry.field.starts_with("Mutation.");
                        if is_done && before == self.everything().await {
                            faults.push(format!("{} {:?}: {who:?} changed nothing", entry.field, entry.action));
                        }
                        continue;
                    }
                    let said = outcome(&self.ask(entry, self.token(*who), &target));
                    let refused = ["UNAUTHENTICATED", "FORBIDDEN", "SECOND_FACTOR_REQUIRED", "NOT_FOUND", "NULL"];
                    if refused.contains(&said.as_str()) {
                        faults.push(format!("{} {:?}: {who:?} is told {said}", entry.field, entry.action));
                    }
                }
            }
        }
    }

    fn expect(&self, entry: &Entry, token: Option<&str>, target: &Target, faults: &mut Faults) {
        let answer = self.ask(entry, token, target);
        let said = outcome(&answer);
        if said != entry.outcome {
            faults.push(format!("{} {:?}: {said:?}, not {:?}: {answer}", entry.field, entry.action, entry.outcome));
        }
    }

    /// Every field that a request can begin with is in the table or on the public list, and says who may.
    fn check_descriptions(&self, table: &[Entry], faults: &mut Faults) {
        let query = "{ __schema { queryType { ...fields } mutationType { ...fields } } } \
                     fragment fields on __Type { name fields { name description } }";
        let schema = self.app.ask(None, query, &json!({}));
        // What is about a consortium is for its members, whatever they are to a profile: tests/consortia.rs asks for those.
        // What answers another profile is asked for in tests/interests.rs.
        let answers = ["Mutation.answerInterest", "Mutation.withdrawInterest"];
        let elsewhere = include_str!("consortium_fields.txt").lines().chain(answers);
        let public: BTreeSet<&str> = include_str!("public_fields.txt").lines().chain(elsewhere).collect();
        let mut seen = BTreeSet::new();
        for root in ["queryType", "mutationType"] {
            let root = &schema["__schema"][root];
            for field in root["fields"].as_array().expect("fields") {
                let name = format!("{}.{}", text(root, "/name"), text(field, "/name"));
                let entries: Vec<&Entry> = table.iter().filter(|entry| entry.field == name).collect();
                if entries.is_empty() && !public.contains(name.as_str()) {
                    faults.push(format!("{name} is not in the table"));
                }
                for entry in entries.iter().filter(|_| !public.contains(name.as_str())) {
                    let needed = policy::needed(entry.told.unwrap_or(entry.action));
                    let description = text(field, "/description");
                    let lines = [format!("Needs: {}.", needed.en), format!("权限：{}。", needed.zh)];
                    if lines.iter().any(|line| !description.lines().any(|told| told == line)) {
                        faults.push(format!("{name} does not say {lines:?}: {description}"));
                    }
                }
                seen.insert(name);
            }
        }
        let stale = table.iter().filter(|entry| !seen.contains(entry.field));
        faults.extend(stale.map(|entry| format!("{} is no field", entry.field)));
    }

    /// How to reach the institution is for its members only; other parts of a managed profile have their own readers.
    fn check_parts(&self, faults: &mut Faults) {
        let parts = [
            ("content { contact { email } }", Action::ReadContact),
            ("contentOf(revision: 2) { contact { email } }", Action::ReadContact),
            ("invitations { email }", Action::ManageMembers),
            ("evidence { name }", Action::ReadEvidence),
        ];
        for who in Who::ALL {
            let may_read = policy::is_allowed(Action::ReadDraft, &who.actor(), who.role());
            for (part, action) in parts.iter().filter(|_| may_read) {
                let query = format!("query($id: ID!) {{ managedProfile(id: $id) {{ {part} }} }}");
                let answer = self.app.answer(self.token(who), &query, &json!({ "id": self.own }));
                let is_shown = ["office@n7.example.org", "mail.example.net", "paper.pdf"]
                    .iter()
                    .any(|shown| answer.to_string().contains(shown));
                if is_shown != policy::is_allowed(*action, &who.actor(), who.role()) {
                    faults.push(format!("{part} {action:?}: {who:?} is told {answer}"));
                }
            }
        }
        // Nobody is told of what was never published, not even that it is there.
        let changes = self.app.ask(None, "{ profileChanges(first: 100) { nodes { profileId } } }", &json!({}));
        if changes.to_string().contains(&self.other.profile) {
            faults.push(format!("the feed tells of a draft: {changes}"));
        }
    }
}

async fn permissions_hold(place: Place) {
    let world = World::new(&place).await;
    let table = table();
    let mut faults = Vec::new();
    world.check_descriptions(&table, &mut faults);
    world.prepare(INVITED);
    world.check_parts(&mut faults);
    for entry in &table {
        world.check(entry, &mut faults).await;
    }
    world.app.stop().await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
