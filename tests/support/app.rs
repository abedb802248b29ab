//! The whole service in this process, as people and programs meet it: over HTTP, with a mail server of its own.

#[path = "directory.rs"]
mod opening;
#[path = "records.rs"]
mod records;
#[path = "smtp.rs"]
mod smtp;
#[path = "wire.rs"]
mod wire;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::{RunningServer, ServerConfig};
use serde_json::{Value, json};
use service::{Directory, Platform, Settings, registry};
use tokio::task::JoinHandle;
use totp_rs::{Builder, Secret};

pub(crate) use self::records::ror_id;
pub(crate) use self::wire::Response;
use crate::database::Place;

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "granite otter lamp violet";

/// A service that runs.
pub(crate) struct App {
    pub(crate) platform: Arc<Platform>,
    pub(crate) mails: Arc<smtp::Server>,
    server: Option<RunningServer>,
    tasks: Vec<JoinHandle<()>>,
}

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) token: String,
}

impl App {
    /// Starts over the database of a place, with some institutions that a registry brought: those of `records`.
    pub(crate) async fn start(place: &Place, records: &[Value]) -> Self {
        let app = Self::node(place, "index", None).await;
        if !records.is_empty() {
            import(app.platform.directory(), place.path("records.jsonl"), records).await;
        }
        app
    }

    /// Starts a node over the database of a place, with an index of its own; people reach all nodes under the address of the first.
    pub(crate) async fn node(place: &Place, index: &str, first: Option<&Self>) -> Self {
        let mails = first.map_or_else(|| Arc::new(smtp::Server::start()), |first| Arc::clone(&first.mails));
        let directory = Arc::new(opening::open(place.address(), &place.path(index)).await);
        let port = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port();
        let mut settings = Settings::below(place.path("data"));
        settings.public_url = match first {
            Some(first) => first.platform.settings().public_url.clone(),
            None => format!("http://127.0.0.1:{port}"),
        };
        settings.mail.smtp = Some(mails.url());
        let platform = Arc::new(Platform::open(Arc::clone(&directory), settings).await.expect("a platform"));
        let config = ServerConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], port)),
            workers: 1,
            shutdown_timeout: Duration::from_secs(1),
            ..ServerConfig::default()
        };
        let server = api::start(config, Arc::clone(&platform)).expect("the server starts");
        let following = async move { directory.follow(Duration::from_millis(100)).await };
        let tasks = vec![tokio::spawn(Arc::clone(&platform).run()), tokio::spawn(following)];
        Self { platform, mails, server: Some(server), tasks }
    }

    pub(crate) fn server(&self) -> &RunningServer {
        self.server.as_ref().expect("a server")
    }

    /// The response to a request to the API.
    pub(crate) fn send(&self, token: Option<&str>, query: &str, variables: &Value) -> Response {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut headers = vec!["content-type: application/json".to_owned(), "accept-language: en".to_owned()];
        headers.extend(token.map(|token| format!("authorization: Bearer {token}")));
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        wire::send(self.server(), "POST /graphql", &headers, body.as_bytes())
    }

    /// The whole answer.
    pub(crate) fn answer(&self, token: Option<&str>, query: &str, variables: &Value) -> Value {
        self.send(token, query, variables).json()
    }

    /// The data of an answer without errors.
    pub(crate) fn ask(&self, token: Option<&str>, query: &str, variables: &Value) -> Value {
        let mut answer = self.answer(token, query, variables);
        assert!(answer.get("errors").is_none(), "{query} {variables}: {answer}");
        answer.get_mut("data").expect("data").take()
    }

    /// What one mutation gave; it has nothing to be mended. Fields are those of the payload.
    pub(crate) fn change(&self, token: Option<&str>, name: &str, fields: &str, input: &Value) -> Value {
        let payload = self.try_change(token, name, fields, input);
        assert_eq!(payload.get("userErrors"), Some(&json!([])), "{name} {input}");
        payload
    }

    /// What one mutation gave, with what has to be mended.
    pub(crate) fn try_change(&self, token: Option<&str>, name: &str, fields: &str, input: &Value) -> Value {
        let (query, variables) = mutation(name, fields, input);
        self.ask(token, &query, &variables).get_mut(name).expect("a payload").take()
    }

    /// The code of the one error with which a field was refused.
    pub(crate) fn refused(&self, token: Option<&str>, query: &str, variables: &Value) -> String {
        let response = self.send(token, query, variables);
        let answer = response.json();
        let errors = answer.get("errors").and_then(Value::as_array).map(Vec::len);
        assert_eq!(errors, Some(1), "{query} {variables}: {answer}");
        response.code()
    }

    /// The code of the one thing that a mutation's input has to mend.
    pub(crate) fn mended(&self, token: Option<&str>, name: &str, input: &Value) -> String {
        let payload = self.try_change(token, name, "", input);
        let errors = payload.get("userErrors").and_then(Value::as_array).expect("a list");
        assert_eq!(errors.len(), 1, "{name} {input}: {payload}");
        errors.first().and_then(|error| error.get("code")?.as_str()).expect("a code").to_owned()
    }

    /// Sends bytes to an address of the service, or fetches them.
    pub(crate) fn transfer(&self, method: &str, url: &str, headers: &[&str], body: &[u8]) -> Response {
        let path = url.strip_prefix(&self.platform.settings().public_url).expect("an address of the service");
        wire::send(self.server(), &format!("{method} {path}"), headers, body)
    }

    /// The token of the link in the next mail to an address.
    pub(crate) fn mailed_token(&self, to: &str) -> String {
        let mail = self.mails.wait_for(to);
        let (_, after) = mail.text.rsplit_once("token=").expect("a link");
        after.chars().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_')).collect()
    }

    /// Somebody who signs up, follows the link of the mail that comes, and signs in.
    pub(crate) fn join(&self, email: &str, name: &str) -> Person {
        let input = json!({ "email": email, "password": PASSWORD, "name": name, "language": "EN" });
        self.change(None, "signUp", "isAccepted", &input);
        let token = self.mailed_token(email);
        self.change(None, "verifyEmail", "isVerified", &json!({ "token": token }));
        self.sign_in(email, None)
    }

    /// Signs in.
    pub(crate) fn sign_in(&self, email: &str, secret: Option<String>) -> Person {
        let code = secret.as_deref().map(code);
        let input = json!({ "email": email, "password": PASSWORD, "code": code });
        let session = self.change(None, "signIn", "session { accessToken }", &input);
        let text = |pointer: &str| session.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned();
        Person { email: email.to_owned(), token: text("/session/accessToken") }
    }

    /// Somebody with a global role who has signed in with a second factor.
    pub(crate) async fn office(&self, email: &str, name: &str, role: service::GlobalRole) -> Person {
        use sea_orm::sea_query::Expr;
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
        let person = self.join(email, name);
        let begun = self.change(
            Some(&person.token),
            "beginSecondFactor",
            "secondFactor { secret }",
            &json!({ "password": PASSWORD }),
        );
        let secret = begun.pointer("/secondFactor/secret").and_then(Value::as_str).expect("a secret").to_owned();
        self.change(Some(&person.token), "confirmSecondFactor", "", &json!({ "code": code(&secret) }));
        service::accounts::admin::set_role(&self.platform, &service::Actor::System, email, role).await.expect("a role");
        // Each code works once; half a minute later there is another.
        entity::account::Entity::update_many()
            .col_expr(entity::account::Column::TotpLastStep, Expr::value(1_i64))
            .filter(entity::account::Column::Email.eq(email))
            .exec(self.platform.database().connection())
            .await
            .expect("changed");
        self.sign_in(email, Some(secret))
    }

    /// Asks until an answer has what is looked for; what a search shows follows within a second.
    pub(crate) fn until<T>(&self, mut asked: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = asked() {
                return found;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not come");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops it.
    pub(crate) async fn stop(mut self) {
        for task in &self.tasks {
            task.abort();
        }
        if let Some(server) = self.server.take() {
            server.stop_handle().stop();
            tokio::task::spawn_blocking(move || server.wait()).await.expect("joined").expect("the server ends well");
        }
    }
}

/// A mutation with one input.
pub(crate) fn mutation(name: &str, fields: &str, input: &Value) -> (String, Value) {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase()).expect("a name");
    let kind = format!("{first}{}Input", letters.as_str());
    let query = format!(
        "mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code field message {{ en }} }} }} }}"
    );
    (query, json!({ "input": input }))
}

/// The code that a second factor shows now.
pub(crate) fn code(secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).expect("base32");
    Builder::new().with_secret(secret).build().expect("a generator").generate_current().to_string()
}

/// A record of a registry, for an institution with a domain.
pub(crate) fn record(number: u64, name: &str) -> Value {
    records::record(number, name)
}

async fn import(directory: &Directory, file: PathBuf, all: &[Value]) {
    std::fs::write(&file, records::lines(all)).expect("written");
    let source = registry::ror(&file, directory.library(), directory.taxonomy()).expect("a file of records");
    let report = directory.import("ror", source, |_| {}).await.expect("imported");
    assert_eq!(report.added, u64::try_from(all.len()).expect("few"), "{:?}", report.faults);
}
