//! Accounts and sessions, as the service offers them: coming in, proving who one is, going; and whoever tries to get around it.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "support/database.rs"]
mod database;
#[path = "support/directory.rs"]
mod opening;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use database::{Place, on_both};
use eligibility::Lang;
use entity::{
    account, audit_record, invitation, membership, notification, one_time_token, outbox, profile as profiles,
    refresh_token, review_case, revision, session, signing_key, throttle,
};
use futures_util::StreamExt;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use profile::{Assurance, Name, NameKind, Profile};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Database, DatabaseConnection, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, Set,
};
use serde_json::{Value, json};
use service::accounts::{self, Changes, MailChoice, PermitUse, SignIn, SignUp, SignedInSession, TokenFault, admin};
use service::{Actor, GlobalRole, Platform, Refusal, SessionId, Settings, SignedIn, UserErrorCode, audit};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

on_both!(
    somebody_comes_in_and_goes,
    whoever_signs_up_last_is_whom_the_link_is_for,
    no_forged_token_is_accepted,
    a_refresh_token_works_once,
    ten_thousand_wrong_passwords_are_stopped,
    nothing_tells_who_has_an_account,
    mails_are_limited,
    a_second_factor_is_asked_for_and_each_code_works_once,
    a_forgotten_password_is_replaced_by_its_link,
    a_password_is_changed_by_who_knows_it,
    an_address_is_changed_by_who_reads_it,
    roles_are_given_by_administrators_only,
    what_is_personal_goes_with_the_account,
    all_that_is_held_is_exported,
    who_has_not_signed_in_can_do_nothing,
    other_nodes_learn_what_was_ended,
    what_has_expired_is_cleared_away,
);

// --- helpers

const EMAIL: &str = "wang.xiaoming@example.edu.cn";
const PASSWORD: &str = "granite otter lamp violet";
const OTHER_PASSWORD: &str = "harbour pencil monsoon thirteen";
const FROM: &str = "203.0.113.9";

struct House {
    platform: Arc<Platform>,
    connection: DatabaseConnection,
}

/// A service over a new database.
async fn open(place: &Place) -> House {
    let platform = node(place, "one").await;
    let connection = Database::connect(place.address()).await.expect("a connection");
    House { platform, connection }
}

/// A node of the service.
async fn node(place: &Place, name: &str) -> Arc<Platform> {
    let directory = Arc::new(opening::open(place.address(), &place.path(&format!("{name}-index"))).await);
    let settings = Settings::below(place.path(name));
    Arc::new(Platform::open(directory, settings).await.expect("a platform"))
}

impl House {
    async fn sign_up(&self, email: &str, password: &str) {
        let input = SignUp {
            email: email.to_owned(),
            password: password.to_owned(),
            name: "王小明 Wang Xiaoming".to_owned(),
            lang: Lang::En,
        };
        // From wherever no mail came from before.
        let from = format!("2001:db8:0:{:x}::1", self.mails(None).await.len());
        accounts::sign_up(&self.platform, input, &from).await.expect("signed up");
    }

    /// An account with a verified address.
    async fn account(&self, email: &str) {
        self.sign_up(email, PASSWORD).await;
        accounts::verify_email(&self.platform, &self.token(email).await).await.expect("verified");
    }

    async fn try_sign_in(&self, email: &str, password: &str, code: Option<String>) -> Result<SignedInSession, Refusal> {
        let input = SignIn { email: email.to_owned(), password: password.to_owned(), code };
        accounts::sign_in(&self.platform, input, FROM).await
    }

    async fn sign_in(&self, email: &str) -> SignedInSession {
        self.try_sign_in(email, PASSWORD, None).await.expect("signed in")
    }

    /// Who acts with a session.
    fn actor(&self, session: &SignedInSession) -> Actor {
        Actor::SignedIn(self.verified(session).expect("a token that is accepted"))
    }

    fn verified(&self, session: &SignedInSession) -> Result<SignedIn, TokenFault> {
        accounts::authenticate(&self.platform, &session.access_token).map(|verified| verified.signed_in)
    }

    /// Mails that wait to be sent, the oldest first.
    async fn mails(&self, to: Option<&str>) -> Vec<outbox::Model> {
        let mut query = outbox::Entity::find().order_by_asc(outbox::Column::Id);
        if let Some(to) = to {
            query = query.filter(outbox::Column::ToAddress.eq(to));
        }
        query.all(&self.connection).await.expect("mails")
    }

    /// The token of the last link that was sent to an address.
    async fn token(&self, to: &str) -> String {
        let mails = self.mails(Some(to)).await;
        let text = &mails.last().expect("a mail").text;
        let (_, after) = text.rsplit_once("token=").expect("a link");
        let token: String =
            after.chars().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_')).collect();
        assert_eq!(token.len(), 43, "{text}");
        token
    }

    async fn subjects(&self, to: &str) -> Vec<String> {
        self.mails(Some(to)).await.into_iter().map(|mail| mail.subject).collect()
    }

    async fn row(&self, email: &str) -> account::Model {
        let query = account::Entity::find().filter(account::Column::Email.eq(email));
        query.one(&self.connection).await.expect("read").expect("an account")
    }

    /// What the history tells of an account.
    async fn history(&self, id: Uuid) -> Vec<String> {
        let query = audit_record::Entity::find().filter(audit_record::Column::AccountId.eq(id));
        let rows = query.order_by_asc(audit_record::Column::Sequence).all(&self.connection).await.expect("records");
        rows.into_iter().map(|row| row.action).collect()
    }

    /// Lets the time of all limits be over.
    async fn let_limits_pass(&self) {
        throttle::Entity::update_many()
            .col_expr(throttle::Column::ResetsAt, Expr::value(1_i64))
            .exec(&self.connection)
            .await
            .expect("changed");
    }

    /// Sets up a second factor; what shows its codes, and the code that was used.
    async fn second_factor(&self, actor: &Actor) -> (Totp, String) {
        let new = accounts::begin_second_factor(&self.platform, actor, PASSWORD).await.expect("begun");
        assert!(new.uri.starts_with("otpauth://totp/Lianhe:") && new.uri.contains(&new.secret), "{}", new.uri);
        let secret = Secret::try_from_base32(&new.secret).expect("base32");
        let totp = Builder::new().with_secret(secret).build().expect("a generator");
        let code = totp.generate_current().to_string();
        accounts::confirm_second_factor(&self.platform, actor, &code).await.expect("confirmed");
        (totp, code)
    }

    /// Lets the codes that were used be old ones: as if half a minute had passed.
    async fn let_codes_pass(&self) {
        account::Entity::update_many()
            .col_expr(account::Column::TotpLastStep, Expr::value(1_i64))
            .filter(account::Column::TotpLastStep.is_not_null())
            .exec(&self.connection)
            .await
            .expect("changed");
    }

    /// An administrator who has signed in with a second factor.
    async fn administrator(&self, email: &str) -> Actor {
        admin::create_administrator(&self.platform, email, "Admin", PASSWORD).await.expect("made");
        let actor = self.actor(&self.sign_in(email).await);
        let (totp, _) = self.second_factor(&actor).await;
        self.let_codes_pass().await;
        let code = totp.generate_current().to_string();
        let session = self.try_sign_in(email, PASSWORD, Some(code)).await.expect("signed in");
        self.actor(&session)
    }

    /// A profile with members.
    async fn profile(&self, name: &str, members: &[(Uuid, membership::Role)]) -> Uuid {
        let id = Uuid::now_v7();
        let count = profiles::Entity::find().count(&self.connection).await.expect("counted");
        let row = profiles::ActiveModel {
            id: Set(id),
            status: Set(profiles::Status::Draft),
            published_revision: Set(None),
            latest_revision: Set(1),
            change: Set(i64::try_from(count).expect("few") + 1),
            created_at: Set(1),
            changed_at: Set(1),
            confirmed_at: Set(None),
            reminded_at: Set(None),
        };
        profiles::Entity::insert(row).exec_without_returning(&self.connection).await.expect("a profile");
        let name = Name {
            text: name.to_owned(),
            lang: Some("en".to_owned()),
            kind: NameKind::Label,
            display: true,
            assurance: Assurance::SelfDeclared,
        };
        let content = Profile { names: vec![name], ..Profile::default() };
        let row = revision::ActiveModel {
            profile_id: Set(id),
            number: Set(1),
            content: Set(serde_json::to_string(&content).expect("JSON")),
            created_at: Set(1),
            author: Set(members.first().map(|(account, _)| *account)),
        };
        revision::Entity::insert(row).exec_without_returning(&self.connection).await.expect("a revision");
        for (account, role) in members {
            let row = membership::ActiveModel {
                profile_id: Set(id),
                account_id: Set(*account),
                role: Set(*role),
                created_at: Set(1),
            };
            membership::Entity::insert(row).exec_without_returning(&self.connection).await.expect("a member");
        }
        id
    }
}

/// The codes and fields of what has to be mended.
fn said<T>(result: Result<T, Refusal>) -> Vec<(UserErrorCode, String)> {
    match result {
        Err(Refusal::Invalid(errors)) => errors.into_iter().map(|error| (error.code, error.field)).collect(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}

fn one(code: UserErrorCode, field: &str) -> Vec<(UserErrorCode, String)> {
    vec![(code, field.to_owned())]
}

/// Everything that a refusal tells.
fn told<T>(result: Result<T, Refusal>) -> String {
    match result {
        Ok(_) => "accepted".to_owned(),
        Err(refusal) => format!("{refusal:?}"),
    }
}

async fn whole(house: &House) {
    let verified = audit::verify(house.platform.database()).await.expect("read");
    assert!(matches!(verified, audit::Verification::Whole { .. }), "{verified:?}");
}

// --- coming in and going

async fn somebody_comes_in_and_goes(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.sign_up(EMAIL, PASSWORD).await;
    let id = house.row(EMAIL).await.id;
    assert_eq!(house.row(EMAIL).await.email_verified_at, None);
    assert!(house.row(EMAIL).await.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let wrong = one(UserErrorCode::WrongCredentials, "");
    assert_eq!(said(house.try_sign_in(EMAIL, PASSWORD, None).await), wrong, "the address is not verified");

    let token = house.token(EMAIL).await;
    let link = format!("{}/account/verify?token={token}", platform.settings().public_url);
    let mails = house.mails(Some(EMAIL)).await;
    assert!(mails[0].text.contains(&link) && mails[0].html.contains(&link));
    let kept = one_time_token::Entity::find().all(&house.connection).await.expect("tokens");
    assert!(kept.iter().all(|row| row.hash != token.as_bytes()), "the token itself is not kept");
    let invalid = one(UserErrorCode::InvalidToken, "token");
    assert_eq!(said(accounts::verify_email(platform, "nonsense").await), invalid);
    assert_eq!(said(accounts::reset_password(platform, &token, OTHER_PASSWORD).await), invalid, "of another purpose");
    accounts::verify_email(platform, &token).await.expect("verified");
    assert_eq!(said(accounts::verify_email(platform, &token).await), invalid, "a second time");

    // As people type it.
    let session = house.try_sign_in(" Wang.Xiaoming@EXAMPLE.edu.cn ", PASSWORD, None).await.expect("signed in");
    assert_eq!(session.expires_in_seconds, 600);
    assert_eq!(session.account.email, EMAIL);
    let signed_in = house.verified(&session).expect("accepted");
    assert_eq!((signed_in.account.0, signed_in.role, signed_in.second_factor), (id, GlobalRole::None, false));
    let actor = Actor::SignedIn(signed_in);
    assert_eq!(accounts::find(platform, &actor).await.expect("found"), session.account);
    let changes = Changes { name: Some(" Wang ".to_owned()), lang: Some(Lang::Zh), mail: Some(MailChoice::Digest) };
    let changed = accounts::update_account(platform, &actor, changes).await.expect("changed");
    assert_eq!((changed.name.as_str(), changed.lang, changed.mail), ("Wang", Lang::Zh, MailChoice::Digest));
    let nothing = accounts::update_account(platform, &actor, Changes::default()).await.expect("unchanged");
    assert_eq!(nothing, changed);
    let unseen = Changes { name: Some("\u{202e}gnaW".to_owned()), ..Changes::default() };
    let unseen = said(accounts::update_account(platform, &actor, unseen).await);
    assert_eq!(unseen.iter().map(|(_, field)| field.as_str()).collect::<Vec<_>>(), ["name"]);

    let other = house.sign_in(EMAIL).await;
    let sessions = accounts::sessions(platform, &actor).await.expect("sessions");
    let current: Vec<bool> = sessions.iter().map(|session| session.is_current).collect();
    assert_eq!(current, [false, true], "the newest first");
    accounts::revoke_session(platform, &actor, sessions[0].id).await.expect("ended");
    assert_eq!(house.verified(&other), Err(TokenFault::Revoked));
    let missing = one(UserErrorCode::NotFound, "session");
    assert_eq!(said(accounts::revoke_session(platform, &actor, sessions[0].id).await), missing, "a second time");
    assert_eq!(said(accounts::revoke_session(platform, &actor, SessionId(Uuid::now_v7())).await), missing);
    assert_eq!(
        said(accounts::refresh(platform, &other.refresh_token).await),
        one(UserErrorCode::InvalidToken, "refreshToken")
    );

    house.account("li@example.org").await;
    let stranger = house.actor(&house.sign_in("li@example.org").await);
    assert_eq!(said(accounts::revoke_session(platform, &stranger, sessions[1].id).await), missing, "somebody else's");

    accounts::sign_out(platform, &actor).await.expect("signed out");
    assert_eq!(house.verified(&session), Err(TokenFault::Revoked));
    let (third, fourth) = (house.sign_in(EMAIL).await, house.sign_in(EMAIL).await);
    assert_eq!(accounts::sign_out_everywhere(platform, &house.actor(&third)).await.expect("signed out"), 2);
    assert_eq!(house.verified(&third), Err(TokenFault::Revoked));
    assert_eq!(house.verified(&fourth), Err(TokenFault::Revoked));
    assert!(house.verified(&house.sign_in("li@example.org").await).is_ok(), "nobody else is concerned");
    assert_eq!(
        house.history(id).await,
        [
            "SIGNED_UP",
            "EMAIL_VERIFIED",
            "SIGNED_IN",
            "ACCOUNT_CHANGED",
            "SIGNED_IN",
            "SESSIONS_REVOKED",
            "SIGNED_OUT",
            "SIGNED_IN",
            "SIGNED_IN",
            "SESSIONS_REVOKED",
        ]
    );
    whole(&house).await;
}

async fn whoever_signs_up_last_is_whom_the_link_is_for(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    // A stranger signs up with the address, and waits for its owner to use the link.
    house.sign_up(EMAIL, OTHER_PASSWORD).await;
    let first = house.token(EMAIL).await;
    house.sign_up(EMAIL, PASSWORD).await;
    let second = house.token(EMAIL).await;
    assert_eq!(said(accounts::verify_email(platform, &first).await), one(UserErrorCode::InvalidToken, "token"));
    accounts::verify_email(platform, &second).await.expect("verified");
    let wrong = one(UserErrorCode::WrongCredentials, "");
    assert_eq!(said(house.try_sign_in(EMAIL, OTHER_PASSWORD, None).await), wrong);
    house.sign_in(EMAIL).await;

    // Now it is somebody's: signing up with it changes nothing, and its owner is told.
    let before = house.row(EMAIL).await;
    house.sign_up(EMAIL, OTHER_PASSWORD).await;
    assert_eq!(house.row(EMAIL).await, before);
    assert_eq!(
        house.subjects(EMAIL).await,
        ["Confirm your e-mail address", "Confirm your e-mail address", "You already have an account"]
    );

    // What is wrong is told, all at once, and nothing is sent.
    let input = SignUp { email: "nobody".into(), password: PASSWORD.into(), name: " ".into(), lang: Lang::Zh };
    let fields: Vec<String> = said(accounts::sign_up(platform, input, FROM).await).into_iter().map(|it| it.1).collect();
    assert_eq!(fields, ["email", "name"]);
    let weak =
        SignUp { email: "li@example.org".into(), password: "li@example.org".into(), name: "Li".into(), lang: Lang::Zh };
    assert_eq!(said(accounts::sign_up(platform, weak, FROM).await), one(UserErrorCode::WeakPassword, "password"));
    assert_eq!(house.mails(Some("li@example.org")).await, []);

    // Many at once make one account.
    let at_once = (0..8).map(|number| {
        let input =
            SignUp { email: "li@example.org".into(), password: PASSWORD.into(), name: "Li".into(), lang: Lang::Zh };
        async move { accounts::sign_up(platform, input, &format!("198.51.100.{number}")).await }
    });
    let done = futures_util::future::join_all(at_once).await;
    let (accepted, refused): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    assert_eq!((accepted.len(), refused.len()), (3, 5), "an address gets three mails an hour");
    assert!(refused.iter().all(|it| matches!(it, Err(Refusal::Throttled { .. }))), "{refused:?}");
    accounts::verify_email(platform, &house.token("li@example.org").await).await.expect("the last link is good");
    let count = account::Entity::find().count(&house.connection).await.expect("counted");
    assert_eq!(count, 2);
}

// --- tokens

async fn no_forged_token_is_accepted(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    let session = house.sign_in(EMAIL).await;
    let who = house.verified(&session).expect("accepted");
    let good = session.access_token.as_str();
    let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");

    let row = signing_key::Entity::find().one(&house.connection).await.expect("read").expect("a key");
    let stranger = open(&Place::sqlite()).await;
    let strangers = signing_key::Entity::find().one(&stranger.connection).await.expect("read").expect("a key");
    let now = i64::try_from(jsonwebtoken::get_current_timestamp()).expect("a time");
    let claims = json!({
        "iss": platform.settings().public_url, "aud": "lianhe", "sub": who.account, "sid": who.session,
        "iat": now, "nbf": now, "exp": now + 600, "role": "NONE", "mfa": false,
    });
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let sign = |claims: &Value, change: &dyn Fn(&mut Header), by: &signing_key::Model| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(row.id.clone());
        change(&mut header);
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&by.private)).expect("a token")
    };
    let truly = |claims: &Value| sign(claims, &|_| {}, &row);
    let hashed = |secret: &[u8]| {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(row.id.clone());
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).expect("a token")
    };
    assert_eq!(
        accounts::authenticate(platform, &truly(&claims)).map(|it| it.signed_in),
        Ok(who),
        "the forger knows how"
    );
    let permit = accounts::sign_permit(platform, PermitUse::Upload, Uuid::nil(), &who).expect("a permit");
    // {"typ":"at+jwt","alg":"none"}
    let none = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0";
    let ended = house.sign_in(EMAIL).await;
    accounts::sign_out(platform, &house.actor(&ended)).await.expect("signed out");

    let invalid = TokenFault::Invalid;
    let (first, rest) = signature.split_at(1);
    let forged = format!("{head}.{body}.{}{rest}", if first == "A" { "B" } else { "A" });
    let table = [
        ("forged signature", forged, invalid),
        ("expired", truly(&with("exp", json!(now - 1))), TokenFault::Expired),
        ("not yet valid", truly(&with("nbf", json!(now + 60))), TokenFault::NotYetValid),
        ("wrong audience", truly(&with("aud", json!("lianhe-upload"))), invalid),
        ("wrong issuer", truly(&with("iss", json!("https://others.example"))), invalid),
        ("alg none", format!("{none}.{body}."), invalid),
        ("alg none with a signature", format!("{none}.{body}.{signature}"), invalid),
        ("HS256 with the public key", hashed(&row.public), invalid),
        ("unknown key", sign(&claims, &|header| header.kid = Some(strangers.id.clone()), &strangers), invalid),
        ("another key under this one's name", sign(&claims, &|_| {}, &strangers), invalid),
        ("no key's name", sign(&claims, &|header| header.kid = None, &row), invalid),
        ("wrong type", sign(&claims, &|header| header.typ = Some("JWT".to_owned()), &row), invalid),
        ("permit", permit.clone(), invalid),
        ("revoked", ended.access_token.clone(), TokenFault::Revoked),
        ("refresh token", session.refresh_token.clone(), invalid),
        ("malformed", format!("{head}.{body}"), invalid),
        ("nothing", String::new(), invalid),
    ];
    let statements = platform.database().statements();
    for (name, token, fault) in table {
        assert_eq!(accounts::authenticate(platform, &token), Err(fault), "{name}");
    }
    assert!(accounts::authenticate(platform, good).is_ok());
    let fault = accounts::verify_permit(platform, PermitUse::Upload, good);
    assert_eq!(fault, Err(invalid), "a token is no permit");
    assert_eq!(accounts::verify_permit(platform, PermitUse::Download, &permit), Err(invalid));
    assert_eq!(accounts::verify_permit(platform, PermitUse::Upload, &permit).expect("a permit").subject, Uuid::nil());
    assert_eq!(platform.database().statements(), statements, "no token asks the database");

    let set: Value = serde_json::from_str(&accounts::jwks(platform)).expect("JSON");
    let kids: Vec<&str> = set["keys"].as_array().expect("keys").iter().filter_map(|key| key["kid"].as_str()).collect();
    assert_eq!(kids, [row.id.as_str()]);
    assert!(set["keys"][0].get("d").is_none(), "the private key is nobody's to know");

    accounts::sign_out(platform, &Actor::SignedIn(who)).await.expect("signed out");
    assert_eq!(accounts::verify_permit(platform, PermitUse::Upload, &permit), Err(TokenFault::Revoked));
}

async fn a_refresh_token_works_once(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    let id = house.row(EMAIL).await.id;
    let first = house.sign_in(EMAIL).await;
    let untouched = house.sign_in(EMAIL).await;
    let second = accounts::refresh(platform, &first.refresh_token).await.expect("refreshed");
    let third = accounts::refresh(platform, &second.refresh_token).await.expect("refreshed");
    let sessions: BTreeSet<Uuid> =
        [&first, &second, &third].map(|it| house.verified(it).expect("accepted").session.0).into();
    assert_eq!(sessions.len(), 1, "it is one session");
    let kept = refresh_token::Entity::find().all(&house.connection).await.expect("tokens");
    assert!(kept.iter().all(|row| row.hash.len() == 32 && row.hash != third.refresh_token.as_bytes()));

    // Somebody has a copy of the second.
    let invalid = one(UserErrorCode::InvalidToken, "refreshToken");
    assert_eq!(said(accounts::refresh(platform, &second.refresh_token).await), invalid);
    for session in [&first, &second, &third] {
        assert_eq!(house.verified(session), Err(TokenFault::Revoked));
    }
    assert_eq!(said(accounts::refresh(platform, &third.refresh_token).await), invalid, "all of its tokens are void");
    assert!(house.verified(&untouched).is_ok(), "other sessions go on");
    let reused = |history: Vec<String>| history.into_iter().filter(|action| action == "REFRESH_TOKEN_REUSED").count();
    assert_eq!(reused(house.history(id).await), 1);
    assert_eq!(said(accounts::refresh(platform, &second.refresh_token).await), invalid);
    assert_eq!(reused(house.history(id).await), 1, "it has ended already");

    // Two use the same token at once: one gets the next, and then the session ends for both.
    let raced = house.sign_in(EMAIL).await;
    let (one_side, other_side) = tokio::join!(
        accounts::refresh(platform, &raced.refresh_token),
        accounts::refresh(platform, &raced.refresh_token),
    );
    let won: Vec<SignedInSession> = [one_side, other_side].into_iter().filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(house.verified(&won[0]), Err(TokenFault::Revoked));

    // A session that has expired is not carried on.
    session::Entity::update_many()
        .col_expr(session::Column::ExpiresAt, Expr::value(1_i64))
        .exec(&house.connection)
        .await
        .expect("changed");
    assert_eq!(said(accounts::refresh(platform, &untouched.refresh_token).await), invalid);
    for nonsense in ["", "nonsense", untouched.access_token.as_str()] {
        assert_eq!(said(accounts::refresh(platform, nonsense).await), invalid);
    }
}

// --- guessing

async fn ten_thousand_wrong_passwords_are_stopped(place: Place) {
    const EACH: u32 = 5_000;
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    let guess = async |email: String, from: String| {
        let input = SignIn { email, password: "not the password".to_owned(), code: None };
        match accounts::sign_in(platform, input, &from).await {
            Err(Refusal::Throttled { seconds }) => {
                assert!((1..=900).contains(&seconds), "{seconds}");
                false
            }
            refused => {
                assert_eq!(said(refused), one(UserErrorCode::WrongCredentials, ""));
                true
            }
        }
    };
    let guesses = async |email: &dyn Fn(u32) -> String, from: &dyn Fn(u32) -> String| {
        let all = futures_util::stream::iter(0..EACH).map(|number| guess(email(number), from(number)));
        all.buffer_unordered(64).filter(|was_compared| std::future::ready(*was_compared)).count().await
    };
    let anywhere = |number: u32| format!("2001:db8:{:x}:{:x}::1", number >> 8, number & 0xff);
    assert_eq!(guesses(&|_| EMAIL.to_owned(), &anywhere).await, 10, "of one account, from everywhere");
    let anybody = |number: u32| format!("somebody{number}@example.org");
    assert_eq!(guesses(&anybody, &|_| FROM.to_owned()).await, 60, "from one address, of everybody");

    // Whoever was not guessed at is not locked out by it.
    let elsewhere = async |email: &str, password: &str| {
        let input = SignIn { email: email.to_owned(), password: password.to_owned(), code: None };
        accounts::sign_in(platform, input, "192.0.2.1").await
    };
    house.account("li@example.org").await;
    elsewhere("li@example.org", PASSWORD).await.expect("signed in");
    assert!(
        matches!(elsewhere(EMAIL, PASSWORD).await, Err(Refusal::Throttled { .. })),
        "even the right one has to wait"
    );

    // A new password by mail opens it at once.
    accounts::request_password_reset(platform, EMAIL, "192.0.2.1").await.expect("asked");
    accounts::reset_password(platform, &house.token(EMAIL).await, OTHER_PASSWORD).await.expect("reset");
    elsewhere(EMAIL, OTHER_PASSWORD).await.expect("signed in");

    // And so does time.
    for _ in 0..10 {
        assert_eq!(said(elsewhere(EMAIL, PASSWORD).await), one(UserErrorCode::WrongCredentials, ""));
    }
    assert!(matches!(elsewhere(EMAIL, OTHER_PASSWORD).await, Err(Refusal::Throttled { .. })));
    house.let_limits_pass().await;
    for _ in 0..12 {
        elsewhere(EMAIL, OTHER_PASSWORD).await.expect("what succeeds does not count");
    }
    let keys = throttle::Entity::find().all(&house.connection).await.expect("rows");
    let is_hash = |key: &str| key.len() == 64 && key.chars().all(|it| it.is_ascii_hexdigit());
    assert!(keys.iter().all(|row| is_hash(&row.key)), "the table tells nobody who it was");
}

async fn nothing_tells_who_has_an_account(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    house.sign_up("li@example.org", PASSWORD).await;
    house.account("zhao@example.org").await;
    let zhao = house.actor(&house.sign_in("zhao@example.org").await);
    house.let_limits_pass().await;
    let mails = house.mails(None).await.len();

    // With an account, with one that is not verified, with none.
    let addresses = [EMAIL, "li@example.org", "nobody@example.org"];
    let mut answers: Vec<BTreeSet<String>> = Vec::new();
    for address in addresses {
        let input = |password: &str| SignIn { email: address.into(), password: password.into(), code: None };
        let sign_up = SignUp { email: address.into(), password: PASSWORD.into(), name: "Li".into(), lang: Lang::Zh };
        answers.push(BTreeSet::from([
            format!("wrong {}", told(accounts::sign_in(platform, input("not the password"), FROM).await)),
            format!("reset {}", told(accounts::request_password_reset(platform, address, FROM).await)),
            format!("again {}", told(accounts::resend_verification(platform, address, FROM).await)),
            format!("sign up {}", told(accounts::sign_up(platform, sign_up, FROM).await)),
        ]));
        house.let_limits_pass().await;
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[0].iter().filter(|answer| answer.ends_with(" accepted")).count(), 3, "{:?}", answers[0]);
    for address in addresses {
        let asked = accounts::request_email_change(platform, &zhao, PASSWORD, address).await;
        assert_eq!(told(asked), "accepted", "{address}");
        house.let_limits_pass().await;
    }
    // A password that is right for an address that is not verified is told like a wrong one.
    let unverified = told(house.try_sign_in("li@example.org", PASSWORD, None).await);
    assert_eq!(unverified, told(house.try_sign_in("nobody@example.org", PASSWORD, None).await));
    assert_eq!(unverified, told(house.try_sign_in(EMAIL, "not the password", Some("123456".to_owned())).await));

    // Who reads the mails is told; who has no account gets none but for signing up.
    assert!(house.mails(None).await.len() > mails);
    assert_eq!(
        house.subjects(EMAIL).await[1..],
        ["Set a new password", "You already have an account", "You already have an account"]
    );
    assert_eq!(house.subjects("nobody@example.org").await, ["请验证您的电子邮箱", "Confirm your new e-mail address"]);
}

async fn mails_are_limited(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    // To one address, whether it has an account or not, from wherever it is asked for.
    house.account(EMAIL).await;
    house.let_limits_pass().await;
    for address in [EMAIL, "nobody@example.org"] {
        for number in 0..5 {
            let asked = accounts::request_password_reset(platform, address, &format!("198.51.100.{number}")).await;
            assert_eq!(asked.is_ok(), number < 3, "{address} {number} {asked:?}");
        }
    }
    assert_eq!(house.mails(Some(EMAIL)).await.len(), 1 + 3);
    assert_eq!(house.mails(Some("nobody@example.org")).await, []);
    // The last link counts.
    let links = one_time_token::Entity::find().count(&house.connection).await.expect("counted");
    assert_eq!(links, 1);

    // From one address, to whomever.
    let mut accepted = 0;
    for number in 0..30 {
        let asked = accounts::resend_verification(platform, &format!("somebody{number}@example.org"), FROM).await;
        assert!(matches!(asked, Ok(()) | Err(Refusal::Throttled { .. })), "{asked:?}");
        accepted += u32::from(asked.is_ok());
    }
    assert_eq!(accepted, 20);
    // By one account, to whomever.
    let actor = house.actor(&house.sign_in(EMAIL).await);
    let mut accepted = 0;
    for number in 0..30 {
        let address = format!("another{number}@example.org");
        accepted += u32::from(accounts::request_email_change(platform, &actor, PASSWORD, &address).await.is_ok());
    }
    assert_eq!(accepted, 20);
}

// --- credentials

async fn a_second_factor_is_asked_for_and_each_code_works_once(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    let id = house.row(EMAIL).await.id;
    let first = house.sign_in(EMAIL).await;
    let actor = house.actor(&first);
    let wrong = |field: &str| one(UserErrorCode::WrongCredentials, field);
    let state = one(UserErrorCode::WrongState, "");
    assert_eq!(said(accounts::confirm_second_factor(platform, &actor, "123456").await), state, "none was begun");
    assert_eq!(said(accounts::begin_second_factor(platform, &actor, "not it").await), wrong("password"));
    accounts::begin_second_factor(platform, &actor, PASSWORD).await.expect("begun");
    assert_eq!(said(accounts::confirm_second_factor(platform, &actor, "abcdef").await), wrong("code"));
    house.sign_in(EMAIL).await;
    assert!(house.row(EMAIL).await.totp_confirmed_at.is_none(), "it counts only once it is confirmed");

    let (totp, used) = house.second_factor(&actor).await;
    assert!(accounts::find(platform, &actor).await.expect("found").has_second_factor);
    let next = accounts::refresh(platform, &first.refresh_token).await.expect("refreshed");
    assert!(house.verified(&next).expect("accepted").second_factor, "the session has shown it");
    assert_eq!(said(accounts::begin_second_factor(platform, &actor, PASSWORD).await), state, "there is one");
    let code = || Some(totp.generate_current().to_string());
    assert_eq!(said(house.try_sign_in(EMAIL, PASSWORD, Some(used)).await), wrong(""), "the code was used to confirm");
    house.let_codes_pass().await;

    assert_eq!(said(house.try_sign_in(EMAIL, PASSWORD, None).await), one(UserErrorCode::SecondFactorRequired, "code"));
    assert_eq!(said(house.try_sign_in(EMAIL, "not it", None).await), wrong(""), "a wrong password asks for nothing");
    assert_eq!(said(house.try_sign_in(EMAIL, "not it", code()).await), wrong(""));
    assert_eq!(said(house.try_sign_in(EMAIL, PASSWORD, Some("000000".into())).await), wrong(""));
    let right = code();
    let (one_side, other_side) = tokio::join!(
        house.try_sign_in(EMAIL, PASSWORD, right.clone()),
        house.try_sign_in(EMAIL, PASSWORD, right.clone()),
    );
    let won: Vec<SignedInSession> = [one_side, other_side].into_iter().filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1, "a code works once, also at the same time");
    assert!(house.verified(&won[0]).expect("accepted").second_factor);

    // Wrong codes count like wrong passwords.
    house.let_limits_pass().await;
    for _ in 0..10 {
        assert_eq!(said(house.try_sign_in(EMAIL, PASSWORD, Some("000000".into())).await), wrong(""));
    }
    assert!(matches!(house.try_sign_in(EMAIL, PASSWORD, code()).await, Err(Refusal::Throttled { .. })));
    house.let_limits_pass().await;

    house.let_codes_pass().await;
    let current = code().expect("a code");
    let disable =
        async |password: &str, code: &str| accounts::disable_second_factor(platform, &actor, password, code).await;
    assert_eq!(said(disable("not it", &current).await), wrong("password"));
    assert_eq!(said(disable(PASSWORD, "000000").await), wrong("code"));
    assert!(!disable(PASSWORD, &current).await.expect("switched off").has_second_factor);
    assert_eq!(said(disable(PASSWORD, &current).await), state);
    assert_eq!(house.row(EMAIL).await.totp_secret, None);
    assert_eq!(house.verified(&won[0]), Err(TokenFault::Revoked));
    assert!(!house.verified(&house.sign_in(EMAIL).await).expect("accepted").second_factor);
    let last = accounts::refresh(platform, &next.refresh_token).await.expect("refreshed");
    assert!(!house.verified(&last).expect("accepted").second_factor, "what the session has shown counts no longer");
    let history: Vec<String> = house.history(id).await.into_iter().filter(|it| it.starts_with("SECOND")).collect();
    assert_eq!(history, ["SECOND_FACTOR_ENABLED", "SECOND_FACTOR_DISABLED"]);
}

async fn a_forgotten_password_is_replaced_by_its_link(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    let (one_session, other_session) = (house.sign_in(EMAIL).await, house.sign_in(EMAIL).await);
    accounts::request_password_reset(platform, EMAIL, FROM).await.expect("asked");
    let token = house.token(EMAIL).await;
    let weak = accounts::reset_password(platform, &token, "password123").await;
    assert_eq!(said(weak), one(UserErrorCode::WeakPassword, "password"), "and the link is left");
    accounts::reset_password(platform, &token, OTHER_PASSWORD).await.expect("reset");
    let invalid = one(UserErrorCode::InvalidToken, "token");
    assert_eq!(said(accounts::reset_password(platform, &token, PASSWORD).await), invalid, "a second time");
    for session in [&one_session, &other_session] {
        assert_eq!(house.verified(session), Err(TokenFault::Revoked));
        let refreshed = accounts::refresh(platform, &session.refresh_token).await;
        assert_eq!(said(refreshed), one(UserErrorCode::InvalidToken, "refreshToken"));
    }
    assert_eq!(said(house.try_sign_in(EMAIL, PASSWORD, None).await), one(UserErrorCode::WrongCredentials, ""));
    house.try_sign_in(EMAIL, OTHER_PASSWORD, None).await.expect("signed in");
    assert_eq!(
        house.subjects(EMAIL).await,
        ["Confirm your e-mail address", "Set a new password", "Your password was changed"]
    );

    // Links that have expired are void, and so is one that a newer one follows.
    accounts::request_password_reset(platform, EMAIL, FROM).await.expect("asked");
    let older = house.token(EMAIL).await;
    accounts::request_password_reset(platform, EMAIL, "198.51.100.7").await.expect_err("three mails an hour");
    house.let_limits_pass().await;
    accounts::request_password_reset(platform, EMAIL, FROM).await.expect("asked");
    assert_eq!(said(accounts::reset_password(platform, &older, PASSWORD).await), invalid);
    one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::ExpiresAt, Expr::value(1_i64))
        .exec(&house.connection)
        .await
        .expect("changed");
    let newer = house.token(EMAIL).await;
    assert_eq!(said(accounts::reset_password(platform, &newer, PASSWORD).await), invalid);

    // The link proves the address of an account that was not verified.
    house.sign_up("li@example.org", OTHER_PASSWORD).await;
    accounts::request_password_reset(platform, "li@example.org", FROM).await.expect("asked");
    accounts::reset_password(platform, &house.token("li@example.org").await, PASSWORD).await.expect("reset");
    house.sign_in("li@example.org").await;
}

async fn a_password_is_changed_by_who_knows_it(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    let (kept, other) = (house.sign_in(EMAIL).await, house.sign_in(EMAIL).await);
    accounts::request_password_reset(platform, EMAIL, FROM).await.expect("asked");
    let link = house.token(EMAIL).await;
    let actor = house.actor(&kept);
    let change = async |current: &str, new: &str| accounts::change_password(platform, &actor, current, new).await;
    let before = house.row(EMAIL).await;
    let wrong = one(UserErrorCode::WrongCredentials, "currentPassword");
    assert_eq!(said(change("not it", OTHER_PASSWORD).await), wrong);
    assert_eq!(said(change(PASSWORD, "王小明 Wang Xiaoming").await), one(UserErrorCode::WeakPassword, "newPassword"));
    assert_eq!(house.row(EMAIL).await, before);
    change(PASSWORD, OTHER_PASSWORD).await.expect("changed");
    assert!(house.verified(&kept).is_ok(), "who changed it stays");
    assert_eq!(house.verified(&other), Err(TokenFault::Revoked));
    let invalid = one(UserErrorCode::InvalidToken, "token");
    assert_eq!(said(accounts::reset_password(platform, &link, PASSWORD).await), invalid, "older links are void");
    house.try_sign_in(EMAIL, OTHER_PASSWORD, None).await.expect("signed in");
    for _ in 0..9 {
        assert_eq!(said(change("not it", PASSWORD).await), wrong);
    }
    assert!(matches!(change(OTHER_PASSWORD, PASSWORD).await, Err(Refusal::Throttled { .. })), "guesses count here too");
    assert!(house.history(before.id).await.contains(&"PASSWORD_CHANGED".to_owned()));

    // A hash that was made in another way is made anew at the next sign-in.
    house.let_limits_pass().await;
    let weaker = "$argon2id$v=19$m=8192,t=1,p=1$5+aEWfhkg3COhAFq0RQ6Pw$X/Pj/eMndrV9hI1nx9EFqAxPry3ZXDfc8KcUz2jmvmE";
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(weaker))
        .exec(&house.connection)
        .await
        .expect("changed");
    assert_eq!(said(house.try_sign_in(EMAIL, OTHER_PASSWORD, None).await), one(UserErrorCode::WrongCredentials, ""));
    assert_eq!(house.row(EMAIL).await.password_hash, weaker);
    house.sign_in(EMAIL).await;
    let anew = house.row(EMAIL).await.password_hash;
    assert!(anew.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{anew}");
    house.sign_in(EMAIL).await;
    assert_eq!(house.row(EMAIL).await.password_hash, anew);
}

async fn an_address_is_changed_by_who_reads_it(place: Place) {
    const NEW: &str = "wang@institute.example.org";
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    let id = house.row(EMAIL).await.id;
    let session = house.sign_in(EMAIL).await;
    let actor = house.actor(&session);
    let ask =
        async |password: &str, email: &str| accounts::request_email_change(platform, &actor, password, email).await;
    assert_eq!(said(ask("not it", NEW).await), one(UserErrorCode::WrongCredentials, "password"));
    assert_eq!(said(ask(PASSWORD, EMAIL).await), one(UserErrorCode::Taken, "email"));
    assert_eq!(house.mails(Some(NEW)).await, []);
    ask(PASSWORD, NEW).await.expect("asked");
    assert_eq!(house.row(EMAIL).await.id, id, "nothing has changed yet");
    let token = house.token(NEW).await;
    accounts::request_password_reset(platform, EMAIL, FROM).await.expect("asked");
    let old_link = house.token(EMAIL).await;

    // Meanwhile a stranger signs up with the new address, but cannot read its mails.
    house.sign_up(NEW, OTHER_PASSWORD).await;
    accounts::confirm_email_change(platform, &token).await.expect("changed");
    assert_eq!(house.row(NEW).await.id, id);
    assert_eq!(house.verified(&session), Err(TokenFault::Revoked));
    let invalid = one(UserErrorCode::InvalidToken, "token");
    assert_eq!(said(accounts::confirm_email_change(platform, &token).await), invalid, "a second time");
    assert_eq!(
        said(accounts::reset_password(platform, &old_link, OTHER_PASSWORD).await),
        invalid,
        "sent to the old one"
    );
    assert_eq!(said(house.try_sign_in(EMAIL, PASSWORD, None).await), one(UserErrorCode::WrongCredentials, ""));
    let actor = house.actor(&house.sign_in(NEW).await);
    let subject = "The e-mail address of your account was changed";
    assert_eq!(house.subjects(EMAIL).await.last().map(String::as_str), Some(subject));
    assert!(house.history(id).await.contains(&"EMAIL_CHANGED".to_owned()));

    // Somebody else has the address by the time the link is used.
    accounts::request_email_change(platform, &actor, PASSWORD, "shared@example.org").await.expect("asked");
    let late = house.token("shared@example.org").await;
    house.account("shared@example.org").await;
    assert_eq!(said(accounts::confirm_email_change(platform, &late).await), invalid);
    assert_eq!(house.row(NEW).await.id, id);
}

// --- roles

async fn roles_are_given_by_administrators_only(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    house.account("li@example.org").await;
    let admin = house.administrator("admin@example.org").await;
    let taken = admin::create_administrator(platform, EMAIL, "Wang", PASSWORD).await;
    assert_eq!(said(taken), one(UserErrorCode::Taken, "email"));
    let weak = admin::create_administrator(platform, "second@example.org", "Second", "password").await;
    assert_eq!(said(weak), one(UserErrorCode::WeakPassword, "password"));

    let session = house.sign_in(EMAIL).await;
    let member = house.actor(&session);
    let Actor::SignedIn(signed_in) = admin else { panic!("signed in") };
    let without_factor = Actor::SignedIn(SignedIn { second_factor: false, ..signed_in });
    let before = account::Entity::find().order_by_asc(account::Column::Id).all(&house.connection).await.expect("rows");
    let set = async |actor: &Actor, email: &str| admin::set_role(platform, actor, email, GlobalRole::Moderator).await;
    let reset = async |actor: &Actor, email: &str| admin::reset_second_factor(platform, actor, email).await;
    for (actor, refused) in
        [(Actor::Anonymous, "Unauthenticated"), (member, "Forbidden"), (without_factor, "SecondFactorRequired")]
    {
        assert!(told(set(&actor, "li@example.org").await).starts_with(refused));
        assert!(told(reset(&actor, "li@example.org").await).starts_with(refused));
    }
    assert_eq!(said(set(&admin, "admin@example.org").await), one(UserErrorCode::WrongState, "email"), "one's own");
    assert_eq!(said(reset(&admin, "admin@example.org").await), one(UserErrorCode::WrongState, "email"));
    assert_eq!(said(set(&admin, "nobody@example.org").await), one(UserErrorCode::NotFound, "email"));
    let after = account::Entity::find().order_by_asc(account::Column::Id).all(&house.connection).await.expect("rows");
    assert_eq!(after, before, "nothing has changed");

    assert_eq!(set(&admin, EMAIL).await.expect("set").role, GlobalRole::Moderator);
    assert_eq!(house.verified(&session), Err(TokenFault::Revoked), "the old token would say the old role");
    let session = house.sign_in(EMAIL).await;
    assert_eq!(house.verified(&session).expect("accepted").role, GlobalRole::Moderator);
    set(&admin, EMAIL).await.expect("as it is");
    assert!(house.verified(&session).is_ok(), "what changes nothing ends nothing");

    // Moderators keep their second factor, until an administrator takes it.
    let moderator = house.actor(&session);
    assert_eq!(said(reset(&admin, EMAIL).await), one(UserErrorCode::WrongState, "email"), "there is none yet");
    let (totp, _) = house.second_factor(&moderator).await;
    house.let_codes_pass().await;
    let code = totp.generate_current().to_string();
    let disabled = accounts::disable_second_factor(platform, &moderator, PASSWORD, &code).await;
    assert_eq!(said(disabled), one(UserErrorCode::WrongState, ""));
    assert!(!reset(&admin, EMAIL).await.expect("reset").has_second_factor);
    assert_eq!(house.verified(&session), Err(TokenFault::Revoked));
    let subject = "The second factor of your account was reset";
    assert_eq!(house.subjects(EMAIL).await.last().map(String::as_str), Some(subject));
    house.sign_in(EMAIL).await;

    // The service itself may as well: from the command line.
    let by_system = admin::set_role(platform, &Actor::System, EMAIL, GlobalRole::None).await.expect("set");
    assert_eq!(by_system.role, GlobalRole::None);
    let id = house.row(EMAIL).await.id;
    let query = audit_record::Entity::find().filter(audit_record::Column::AccountId.eq(id));
    let roles =
        query.filter(audit_record::Column::Action.eq("ROLE_CHANGED")).order_by_asc(audit_record::Column::Sequence);
    let roles = roles.all(&house.connection).await.expect("records");
    let by: Vec<Option<Uuid>> = roles.iter().map(|row| row.actor).collect();
    assert_eq!(by, [Some(signed_in.account.0), None]);
    whole(&house).await;
}

// --- privacy

async fn what_is_personal_goes_with_the_account(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    house.account("li@example.org").await;
    let (wang, li) = (house.row(EMAIL).await.id, house.row("li@example.org").await.id);
    let session = house.sign_in(EMAIL).await;
    let actor = house.actor(&session);
    house.second_factor(&actor).await;
    let shared =
        house.profile("Institute of Ships", &[(wang, membership::Role::Owner), (li, membership::Role::Editor)]).await;
    let alone = house.profile("Institute of Tides", &[(wang, membership::Role::Owner)]).await;
    let sent_to = |email: &str| invitation::ActiveModel {
        id: Set(Uuid::now_v7()),
        profile_id: Set(alone),
        email: Set(email.to_owned()),
        role: Set(membership::Role::Viewer),
        token_hash: Set(email.as_bytes().iter().copied().cycle().take(32).collect()),
        invited_by: Set(li),
        state: Set(invitation::State::Open),
        created_at: Set(1),
        expires_at: Set(i64::MAX),
        answered_at: Set(None),
    };
    for email in [EMAIL, "zhao@example.org"] {
        invitation::Entity::insert(sent_to(email)).exec_without_returning(&house.connection).await.expect("invited");
    }
    for account in [wang, li] {
        let row = notification::ActiveModel {
            id: Set(Uuid::now_v7()),
            account_id: Set(account),
            kind: Set("PUBLISHED".to_owned()),
            profile_id: Set(None),
            case_id: Set(None),
            payload: Set("{}".to_owned()),
            sequence: Set(1),
            created_at: Set(1),
            read_at: Set(None),
            mailed_at: Set(None),
        };
        notification::Entity::insert(row).exec_without_returning(&house.connection).await.expect("told");
    }
    let case = review_case::Model {
        id: Uuid::now_v7(),
        kind: review_case::Kind::Claim,
        profile_id: shared,
        revision: None,
        opened_by: wang,
        opened_at: 1,
        priority: 0,
        assigned_to: Some(li),
        state: review_case::State::Open,
        statement: Some("I work there".to_owned()),
        evidence: "[]".to_owned(),
        appeals: None,
        decision: None,
        reasons: "[]".to_owned(),
        message: None,
        scores: "{}".to_owned(),
        decided_by: None,
        decided_at: None,
    };
    let assigned = review_case::Model { id: Uuid::now_v7(), opened_by: li, assigned_to: Some(wang), ..case.clone() };
    for case in [&case, &assigned] {
        let row = case.clone().into_active_model().reset_all();
        review_case::Entity::insert(row).exec_without_returning(&house.connection).await.expect("a case");
    }
    accounts::request_password_reset(platform, EMAIL, FROM).await.expect("asked");
    let link = house.token(EMAIL).await;

    let before = house.row(EMAIL).await;
    let wrong = accounts::delete_account(platform, &actor, "not it").await;
    assert_eq!(said(wrong), one(UserErrorCode::WrongCredentials, "password"));
    let Err(Refusal::Invalid(errors)) = accounts::delete_account(platform, &actor, PASSWORD).await else {
        panic!("the only owner cannot leave the others alone")
    };
    assert_eq!(errors[0].code, UserErrorCode::WrongState);
    assert!(errors[0].message.en.contains("Institute of Ships") && !errors[0].message.en.contains("Tides"));
    assert_eq!(house.row(EMAIL).await, before);
    assert!(house.verified(&session).is_ok());

    membership::ActiveModel {
        profile_id: Set(shared),
        account_id: Set(li),
        role: Set(membership::Role::Owner),
        ..Default::default()
    }
    .update(&house.connection)
    .await
    .expect("handed over");
    accounts::delete_account(platform, &actor, PASSWORD).await.expect("deleted");

    assert_eq!(house.verified(&session), Err(TokenFault::Revoked));
    assert_eq!(said(house.try_sign_in(EMAIL, PASSWORD, None).await), one(UserErrorCode::WrongCredentials, ""));
    assert_eq!(
        said(accounts::reset_password(platform, &link, PASSWORD).await),
        one(UserErrorCode::InvalidToken, "token")
    );
    let row = account::Entity::find_by_id(wang).one(&house.connection).await.expect("read").expect("the row stays");
    assert!(row.deleted_at.is_some());
    let emptied = account::Model {
        email: None,
        email_verified_at: None,
        password_hash: String::new(),
        name: String::new(),
        totp_secret: None,
        totp_confirmed_at: None,
        totp_last_step: None,
        mail: account::Mail::Off,
        deleted_at: row.deleted_at,
        ..before
    };
    assert_eq!(row, emptied);
    let memberships = membership::Entity::find().all(&house.connection).await.expect("rows");
    assert_eq!(memberships.iter().map(|row| (row.profile_id, row.account_id)).collect::<Vec<_>>(), [(shared, li)]);
    assert!(profiles::Entity::find_by_id(alone).one(&house.connection).await.expect("read").is_some());
    let invited = invitation::Entity::find().all(&house.connection).await.expect("rows");
    assert_eq!(invited.iter().map(|row| row.email.as_str()).collect::<Vec<_>>(), ["zhao@example.org"]);
    let told = notification::Entity::find().all(&house.connection).await.expect("rows");
    assert_eq!(told.iter().map(|row| row.account_id).collect::<Vec<_>>(), [li]);
    let claim = review_case::Entity::find_by_id(case.id).one(&house.connection).await.expect("read").expect("a case");
    assert_eq!(claim.state, review_case::State::Withdrawn);
    let given_back = review_case::Entity::find_by_id(assigned.id).one(&house.connection).await.expect("read");
    assert_eq!(given_back.map(|row| (row.state, row.assigned_to)), Some((review_case::State::Open, None)));
    let tokens = one_time_token::Entity::find().filter(one_time_token::Column::AccountId.eq(wang));
    assert_eq!(tokens.count(&house.connection).await.expect("counted"), 0);
    assert_eq!(house.subjects(EMAIL).await, ["Your account was deleted"], "what was to be sent before is not");
    let history = house.history(wang).await;
    assert_eq!(history[history.len() - 3..], ["MEMBER_REMOVED", "MEMBER_REMOVED", "ACCOUNT_DELETED"]);
    whole(&house).await;

    // Nothing of the history tells who it was, and the address is free.
    let records = audit_record::Entity::find().all(&house.connection).await.expect("records");
    for secret in [EMAIL, "li@example.org", "Wang", "王", PASSWORD, "argon2", &session.refresh_token] {
        assert!(records.iter().all(|record| !record.details.contains(secret)), "{secret}");
    }
    house.let_limits_pass().await;
    house.account(EMAIL).await;
    assert_ne!(house.row(EMAIL).await.id, wang);
}

async fn all_that_is_held_is_exported(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    house.account("li@example.org").await;
    let (wang, li) = (house.row(EMAIL).await, house.row("li@example.org").await);
    let session = house.sign_in(EMAIL).await;
    house.sign_in("li@example.org").await;
    let actor = house.actor(&session);
    house.second_factor(&actor).await;
    let profile = house
        .profile("Institute of Ships", &[(wang.id, membership::Role::Owner), (li.id, membership::Role::Editor)])
        .await;
    let export = accounts::export(platform, &actor).await.expect("exported");
    let account = &export["account"];
    assert_eq!(
        (&account["email"], &account["name"], &account["role"]),
        (&json!(EMAIL), &json!(wang.name), &json!("NONE"))
    );
    assert_eq!(export["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        export["memberships"],
        json!([{
            "profile": profile, "name": { "zh": "Institute of Ships", "en": "Institute of Ships" }, "role": "OWNER",
            "since": "1970-01-01T00:00:00.001Z",
        }])
    );
    assert_eq!(
        export["revisions"],
        json!([{ "profile": profile, "number": 1, "createdAt": "1970-01-01T00:00:00.001Z" }])
    );
    assert_eq!(export["mails"].as_array().map(Vec::len), Some(1));
    let actions: Vec<&str> =
        export["history"].as_array().expect("a list").iter().filter_map(|record| record["action"].as_str()).collect();
    assert_eq!(actions, ["SIGNED_UP", "EMAIL_VERIFIED", "SIGNED_IN", "SECOND_FACTOR_ENABLED", "DATA_EXPORTED"]);
    let parts: BTreeSet<&str> = export.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "account",
        "cases",
        "consortiumComments",
        "consortiumVersions",
        "evidence",
        "exportedAt",
        "history",
        "interests",
        "invitations",
        "mails",
        "memberships",
        "notifications",
        "revisions",
        "sessions",
        "verifications",
        "watches",
    ];
    assert_eq!(parts, BTreeSet::from(expected));
    let text = export.to_string();
    let row = house.row(EMAIL).await;
    let secret = totp_rs::Secret::from(row.totp_secret.clone().expect("a secret")).to_base32();
    for hidden in ["li@example.org", &row.password_hash, &secret, &session.refresh_token, &li.id.to_string()] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

async fn who_has_not_signed_in_can_do_nothing(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    let before = house.row(EMAIL).await;
    let statements = platform.database().statements();
    let nobody = &Actor::Anonymous;
    let answers = [
        told(accounts::find(platform, nobody).await),
        told(accounts::sessions(platform, nobody).await),
        told(accounts::export(platform, nobody).await),
        told(accounts::sign_out(platform, nobody).await),
        told(accounts::sign_out_everywhere(platform, nobody).await),
        told(accounts::revoke_session(platform, nobody, SessionId(Uuid::nil())).await),
        told(accounts::change_password(platform, nobody, PASSWORD, OTHER_PASSWORD).await),
        told(accounts::request_email_change(platform, nobody, PASSWORD, "a@example.org").await),
        told(accounts::update_account(platform, nobody, Changes::default()).await),
        told(accounts::delete_account(platform, nobody, PASSWORD).await),
        told(accounts::begin_second_factor(platform, nobody, PASSWORD).await),
        told(accounts::confirm_second_factor(platform, nobody, "123456").await),
        told(accounts::disable_second_factor(platform, nobody, PASSWORD, "123456").await),
        told(accounts::find(platform, &Actor::System).await),
    ];
    assert!(answers.iter().all(|answer| answer == "Unauthenticated"), "{answers:?}");
    assert_eq!(platform.database().statements(), statements, "nothing was asked of the database");
    assert_eq!(house.row(EMAIL).await, before);

    // Whose account is gone has not signed in either, however good the token.
    let ghost = Actor::SignedIn(SignedIn {
        account: service::AccountId(Uuid::now_v7()),
        session: SessionId(Uuid::now_v7()),
        role: GlobalRole::None,
        second_factor: false,
    });
    assert_eq!(told(accounts::find(platform, &ghost).await), "Unauthenticated");
    assert_eq!(told(accounts::export(platform, &ghost).await), "Unauthenticated");
    assert_eq!(told(accounts::update_account(platform, &ghost, Changes::default()).await), "Unauthenticated");
}

// --- time

async fn other_nodes_learn_what_was_ended(place: Place) {
    let house = open(&place).await;
    house.account(EMAIL).await;
    let session = house.sign_in(EMAIL).await;
    let earlier = house.sign_in(EMAIL).await;
    accounts::sign_out(&house.platform, &house.actor(&earlier)).await.expect("signed out");

    let other = node(&place, "two").await;
    let verify = |session: &SignedInSession| {
        accounts::authenticate(&other, &session.access_token).map(|verified| verified.signed_in)
    };
    let who = verify(&session).expect("its keys are the same");
    assert_eq!(verify(&earlier), Err(TokenFault::Revoked), "ended before it began");
    let mut ended = other.revocations();
    accounts::sign_out_everywhere(&house.platform, &Actor::SignedIn(who)).await.expect("signed out");
    tokio::select! {
        told = tokio::time::timeout(Duration::from_secs(5), ended.recv()) => {
            assert_eq!(told.expect("in time"), Ok(who.session));
        }
        () = Arc::clone(&other).run() => panic!("a node never ends"),
    }
    assert_eq!(verify(&session), Err(TokenFault::Revoked));
    assert!(accounts::is_revoked(&other, who.session));
}

async fn what_has_expired_is_cleared_away(place: Place) {
    let house = open(&place).await;
    let platform = &house.platform;
    house.account(EMAIL).await;
    house.sign_up("unverified@example.org", PASSWORD).await;
    house.sign_up("late@example.org", PASSWORD).await;
    house.sign_in(EMAIL).await;
    let ended = house.sign_in(EMAIL).await;
    accounts::sign_out(platform, &house.actor(&ended)).await.expect("signed out");
    platform.keep_up().await.expect("kept up");
    let count = async || {
        (
            account::Entity::find().count(&house.connection).await.expect("counted"),
            session::Entity::find().count(&house.connection).await.expect("counted"),
            refresh_token::Entity::find().count(&house.connection).await.expect("counted"),
            one_time_token::Entity::find().count(&house.connection).await.expect("counted"),
            throttle::Entity::find().count(&house.connection).await.expect("counted"),
        )
    };
    assert_eq!(count().await, (3, 2, 2, 2, 8), "nothing has expired yet");
    let week = 7 * 86_400_000;
    account::Entity::update_many()
        .col_expr(account::Column::CreatedAt, Expr::col(account::Column::CreatedAt).sub(week + 1_000))
        .filter(account::Column::Email.ne("late@example.org"))
        .exec(&house.connection)
        .await
        .expect("changed");
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(1_i64))
        .filter(session::Column::RevokedAt.is_not_null())
        .exec(&house.connection)
        .await
        .expect("changed");
    house.let_limits_pass().await;
    platform.keep_up().await.expect("kept up");
    assert_eq!(count().await, (2, 1, 1, 1, 0));
    house.row(EMAIL).await;
    house.row("late@example.org").await;
}
