//! The configuration of the server: a TOML file, the environment, and the defaults of `config.default.toml`, which is its
//! manual. Everything that is wrong is found before anything starts.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use api::{Limits, ServerConfig, Sockets};
use eligibility::problem::{ProblemCode, not_allowed};
use eligibility::{Localized, Problem};
use service::mail::MailSettings;
use service::matching::{WEIGHT_AT_MOST, Weights};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use tracing::Level;

use crate::failure::{Exit, Failure};
use crate::input;

/// The manual, and the values of whatever is not set elsewhere.
const DEFAULTS: &str = include_str!("../config.default.toml");
const PREFIX: &str = "LIANHE_";
/// Variables of the command line's own options.
const OTHER_VARIABLES: [&str; 1] = ["LIANHE_CONFIG"];

/// How the server runs and logs.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    pub(crate) server: ServerConfig,
    /// How it treats people and what they own.
    pub(crate) people: service::Settings,
    pub(crate) log: Log,
    /// The caller's own calls.
    pub(crate) guides: Option<PathBuf>,
    /// The address of the database.
    pub(crate) database: String,
    /// Where the index lies, and whatever else has no place of its own.
    pub(crate) data: PathBuf,
}

impl Configuration {
    /// Takes a free port now, where any will do and people are sent to the address that is listened on: links have to name it
    /// before anybody listens. The port is kept free for the server as long as the listener lives.
    pub(crate) fn take_port(&mut self) -> io::Result<Option<TcpListener>> {
        let any = self.server.listen;
        if any.port() != 0 || self.people.public_url != at(any) {
            return Ok(None);
        }
        let listener = TcpListener::bind(any)?;
        self.server.listen = listener.local_addr()?;
        self.people.public_url = at(self.server.listen);
        Ok(Some(listener))
    }
}

/// Where a server that listens on an address is reached.
fn at(listen: SocketAddr) -> String {
    format!("http://{listen}")
}

/// What the command line sets; it outranks everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) listen: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) data: Option<PathBuf>,
}

/// How to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) json: bool,
    pub(crate) level: Level,
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Number(i64),
    Switch(bool),
    List(Vec<String>),
}

/// Where a value is from.
#[derive(Clone, Debug, Default)]
struct Place {
    file: String,
    line: usize,
    column: usize,
    /// The key, or the variable.
    name: String,
}

/// Values by key, and what is wrong with them.
#[derive(Debug, Default)]
struct Settings {
    values: BTreeMap<String, (Value, Place)>,
    problems: Vec<Problem>,
}

/// Reads the configuration: of a file, the environment's variables and the command line, the later outranks the earlier.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    overrides: Overrides,
) -> Result<Configuration, Failure> {
    let mut settings = Settings::default();
    settings.read_file("config.default.toml", DEFAULTS, true);
    if let Some(path) = file {
        let text = input::text(path, input::PLAN)?;
        settings.read_file(&path.display().to_string(), &text, false);
    }
    settings.read_environment(environment);
    let Overrides { listen, database, data } = overrides;
    let data = data.map(|folder| folder.to_string_lossy().into_owned());
    for (key, value) in [("listen", listen), ("database", database), ("data", data)] {
        if let Some(value) = value {
            settings.set(key, Value::Text(value), Place { name: format!("--{key}"), ..Place::default() });
        }
    }
    let configuration = settings.configuration();
    match configuration {
        Some(configuration) if settings.problems.is_empty() => Ok(configuration),
        _ => {
            let in_file = settings.problems.iter().any(|problem| !problem.file.is_empty());
            let exit = if in_file { Exit::Data } else { Exit::Usage };
            Err(Failure { exit, problems: settings.problems })
        }
    }
}

impl Settings {
    fn read_file(&mut self, file: &str, text: &str, is_manual: bool) {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let (line, column) = place_of(text, error.span().map_or(0, |span| span.start));
            let place = Place { file: file.to_owned(), line, column, name: String::new() };
            let detail = error.message().trim();
            self.wrong(
                &place,
                ProblemCode::Syntax,
                Localized::new(format!("不是合法的 TOML：{detail}"), format!("not valid TOML: {detail}")),
            );
        }
        if errors.is_empty() {
            self.read_table(file, text, "", table.get_ref(), is_manual);
        }
    }

    fn read_table(&mut self, file: &str, text: &str, prefix: &str, table: &DeTable<'_>, is_manual: bool) {
        for (key, value) in table.iter() {
            let name = format!("{prefix}{}", key.get_ref());
            let (line, column) = place_of(text, key.span().start);
            let place = Place { file: file.to_owned(), line, column, name: name.clone() };
            let nested = format!("{name}.");
            match value.get_ref() {
                DeValue::Table(inner) if is_manual || self.values.keys().any(|known| known.starts_with(&nested)) => {
                    self.read_table(file, text, &nested, inner, is_manual);
                }
                _ if is_manual || self.values.contains_key(&name) => match read_value(value) {
                    Some(value) => self.set(&name, value, place),
                    None => self.wrong(&place, ProblemCode::InvalidValue, mistyped(self.values.get(&name))),
                },
                _ => {
                    let message = self.unknown(&name);
                    self.wrong(&Place { name: String::new(), ..place }, ProblemCode::UnknownKey, message);
                }
            }
        }
    }

    fn read_environment(&mut self, environment: impl Iterator<Item = (String, String)>) {
        let mut variables: Vec<(String, String)> = environment
            .filter(|(name, _)| name.starts_with(PREFIX) && !OTHER_VARIABLES.contains(&name.as_str()))
            .collect();
        variables.sort();
        let known: BTreeMap<String, String> = self.values.keys().map(|key| (variable(key), key.clone())).collect();
        for (name, text) in variables {
            let place = Place { name: name.clone(), ..Place::default() };
            let Some(key) = known.get(&name) else {
                let variables: Vec<&str> = known.keys().map(String::as_str).collect();
                let message = not_allowed(&Localized::new("环境变量", "variable"), &name, &variables);
                self.wrong(&Place::default(), ProblemCode::UnknownKey, message);
                continue;
            };
            let value = match self.values.get(key) {
                Some((Value::Number(_), _)) => text.trim().parse().ok().map(Value::Number),
                Some((Value::Switch(_), _)) => text.trim().parse().ok().map(Value::Switch),
                Some((Value::List(_), _)) => {
                    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                    Some(Value::List(items.map(str::to_owned).collect()))
                }
                _ => Some(Value::Text(text)),
            };
            match value {
                Some(value) => self.set(key, value, place),
                None => self.wrong(&place, ProblemCode::InvalidValue, mistyped(self.values.get(key))),
            }
        }
    }

    fn set(&mut self, key: &str, value: Value, place: Place) {
        let fits = match (self.values.get(key), &value) {
            (Some((Value::Text(_), _)), Value::Text(_))
            | (Some((Value::Number(_), _)), Value::Number(_))
            | (Some((Value::Switch(_), _)), Value::Switch(_))
            | (Some((Value::List(_), _)), Value::List(_))
            | (None, _) => true,
            (Some(_), _) => false,
        };
        if fits {
            self.values.insert(key.to_owned(), (value, place));
        } else {
            self.wrong(&place, ProblemCode::InvalidValue, mistyped(self.values.get(key)));
        }
    }

    fn unknown(&self, name: &str) -> Localized {
        let (section, _) = name.rsplit_once('.').unwrap_or(("", name));
        let beside = |key: &&String| key.rsplit_once('.').map_or("", |(section, _)| section) == section;
        let known: Vec<&str> = self.values.keys().filter(beside).map(String::as_str).collect();
        not_allowed(&Localized::new("键", "key"), name, &known)
    }

    fn wrong(&mut self, place: &Place, code: ProblemCode, message: Localized) {
        self.problems.push(Problem {
            code,
            file: place.file.clone(),
            line: place.line,
            column: place.column,
            path: place.name.clone(),
            message,
        });
    }

    /// The typed configuration; `None`, with problems, if any value will not do.
    fn configuration(&mut self) -> Option<Configuration> {
        let listen = self.text(
            "listen",
            "IP 地址:端口，如 127.0.0.1:8080",
            "IP address and port such as 127.0.0.1:8080",
            |text| text.parse::<SocketAddr>().ok(),
        );
        let workers = self.number("workers", 0..=256);
        let behind_proxy = self.switch("behind_proxy");
        let guides =
            self.text("guides", "文件夹", "a folder", |text| Some((!text.is_empty()).then(|| PathBuf::from(text))));
        let data = self.text("data", "文件夹", "a folder", |text| (!text.is_empty()).then(|| PathBuf::from(text)));
        let database = self.text("database", "数据库地址", "a database address", |text| {
            let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
            (text.is_empty() || known).then(|| text.to_owned())
        });
        let allowed_origins = self.origins("allowed_origins");
        let shutdown_timeout = self.seconds("shutdown_timeout_seconds", 0..=600);
        let request_timeout = self.seconds("request_timeout_seconds", 1..=600);
        let keep_alive = self.seconds("keep_alive_seconds", 1..=3600);
        let response_cache_bytes = self.number("response_cache_bytes", 0..=1_073_741_824);
        let json = self.text("log.format", "`text` 或 `json`", "`text` or `json`", |text| match text {
            "text" => Some(false),
            "json" => Some(true),
            _ => None,
        });
        let levels = "`error`, `warn`, `info`, `debug`, `trace`";
        let level = self.text("log.level", levels, levels, |text| match text {
            "error" => Some(Level::ERROR),
            "warn" => Some(Level::WARN),
            "info" => Some(Level::INFO),
            "debug" => Some(Level::DEBUG),
            "trace" => Some(Level::TRACE),
            _ => None,
        });
        let limits = self.limits();
        let sockets = self.sockets();
        let upload_timeout = self.seconds("evidence.upload_timeout_seconds", 10..=3600);
        let upload_gap = self.seconds("evidence.upload_gap_seconds", 1..=600);
        let people = self.people(listen, data.as_deref());
        Some(Configuration {
            server: ServerConfig {
                listen: listen?,
                workers: match workers? {
                    0 => ServerConfig::default().workers,
                    workers => workers,
                },
                limits: limits?,
                allowed_origins: allowed_origins?,
                behind_proxy: behind_proxy?,
                stop_on_signals: true,
                shutdown_timeout: shutdown_timeout?,
                request_timeout: request_timeout?,
                keep_alive: keep_alive?,
                response_cache_bytes: response_cache_bytes?,
                sockets: sockets?,
                upload_timeout: upload_timeout?,
                upload_gap: upload_gap?,
            },
            people: people?,
            log: Log { json: json?, level: level? },
            guides: guides?,
            database: match database? {
                address if address.is_empty() => format!("sqlite://{}", data.as_ref()?.join("lianhe.db").display()),
                address => address,
            },
            data: data?,
        })
    }

    /// What counts for how much when partners are ranked.
    fn weights(&mut self) -> Option<Weights> {
        let mut weight = |name: &str| self.number(&format!("matching.{name}"), 0..=i64::from(WEIGHT_AT_MOST));
        let (subjects, field, requests) = (weight("subjects"), weight("field"), weight("requests"));
        let (collaboration, assurance) = (weight("collaboration"), weight("assurance"));
        let (completeness, responsiveness) = (weight("completeness"), weight("responsiveness"));
        let newcomer = weight("newcomer");
        Some(Weights {
            subjects: subjects?,
            field: field?,
            requests: requests?,
            collaboration: collaboration?,
            assurance: assurance?,
            completeness: completeness?,
            responsiveness: responsiveness?,
            newcomer: newcomer?,
        })
    }

    /// How people and what they own are treated.
    fn people(&mut self, listen: Option<SocketAddr>, data: Option<&Path>) -> Option<service::Settings> {
        let below = |name: &str| data.map(|data| data.join(name));
        let public_url = self.text(
            "public_url",
            "http:// 或 https:// 开头的地址，不带路径和末尾的 /，如 https://lianhe.example",
            "an http:// or https:// address without path or / at its end, such as https://lianhe.example",
            |text| (text.is_empty() || is_origin(text)).then(|| text.to_owned()),
        );
        let access_token_seconds = self.number("accounts.access_token_seconds", 60..=3600);
        let session_days = self.number("accounts.session_days", 1..=365);
        let key_days = self.number("accounts.key_days", 1..=365);
        let smtp = self.text(
            "mail.smtp",
            "smtps://用户:密码@主机 或 smtp://主机:端口",
            "smtps://user:password@host or smtp://host:port",
            |text| {
                let known = ["smtp://", "smtps://"].iter().any(|scheme| text.starts_with(scheme));
                (text.is_empty() || known).then(|| Some(text.to_owned()).filter(|text| !text.is_empty()))
            },
        );
        let from = self.text("mail.from", "发件人", "a sender", |text| text.contains('@').then(|| text.to_owned()));
        let folder = self.text("mail.folder", "文件夹", "a folder", |text| Some(text.to_owned()));
        let store = self.text(
            "evidence.store",
            "文件夹或 s3://存储桶/前缀",
            "a folder or s3://bucket/prefix",
            |text| {
                let is_place =
                    !text.contains("://") || text.strip_prefix("s3://").is_some_and(|bucket| !bucket.is_empty());
                is_place.then(|| text.to_owned())
            },
        );
        let evidence_bytes = self.number("evidence.max_bytes", 1024..=1_073_741_824);
        let stale_after_days = self.number("profiles.stale_after_days", 1..=3650);
        let report_days = self.number("reports.valid_days", 1..=3650);
        let matching = self.weights();
        Some(service::Settings {
            public_url: match public_url? {
                address if address.is_empty() => at(listen?),
                address => address,
            },
            access_token_seconds: access_token_seconds?,
            session_days: session_days?,
            key_days: key_days?,
            mail: MailSettings {
                smtp: smtp?,
                from: from?,
                folder: match folder? {
                    folder if folder.is_empty() => below("mail")?,
                    folder => PathBuf::from(folder),
                },
            },
            evidence: match store? {
                store if store.is_empty() => below("evidence")?.display().to_string(),
                store => store,
            },
            evidence_bytes: evidence_bytes?,
            stale_after_days: stale_after_days?,
            report_days: report_days?,
            matching: matching?,
        })
    }

    fn sockets(&mut self) -> Option<Sockets> {
        let init_timeout = self.seconds("sockets.init_timeout_seconds", 1..=600);
        let ping_interval = self.seconds("sockets.ping_interval_seconds", 1..=3600);
        let unread_timeout = self.seconds("sockets.unread_timeout_seconds", 1..=600);
        let operations = self.number("sockets.operations", 1..=1000);
        Some(Sockets {
            init_timeout: init_timeout?,
            ping_interval: ping_interval?,
            unread_timeout: unread_timeout?,
            operations: operations?,
        })
    }

    fn limits(&mut self) -> Option<Limits> {
        let body_bytes = self.number("limits.body_bytes", 1024..=16_777_216);
        let query_bytes = self.number("limits.query_bytes", 256..=1_048_576);
        let brackets = self.number("limits.brackets", 4..=100);
        let tokens = self.number("limits.tokens", 100..=100_000);
        let depth = self.number("limits.depth", 13..=64);
        let cost = self.number("limits.cost", 100..=1_000_000);
        let selections = self.number("limits.selections", 100..=100_000);
        let aliases = self.number("limits.aliases", 0..=10_000);
        let directives = self.number("limits.directives", 0..=10_000);
        let errors = self.number("limits.errors", 1..=1_000);
        let cache_bytes = self.number("limits.cache_bytes", 0..=1_073_741_824);
        Some(Limits {
            body_bytes: body_bytes?,
            query_bytes: query_bytes?,
            brackets: brackets?,
            tokens: tokens?,
            depth: depth?,
            cost: cost?,
            selections: selections?,
            aliases: aliases?,
            directives: directives?,
            errors: errors?,
            cache_bytes: cache_bytes?,
        })
    }

    fn text<T>(&mut self, key: &str, zh: &str, en: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (Value::Text(text), place) = self.values.get(key)?.clone() else { return None };
        let value = read(&text);
        if value.is_none() {
            // What should have been an address may hold a password all the same.
            let found = service::without_password(&text);
            let message =
                Localized::new(format!("应为 {zh}，实际是 `{found}`"), format!("expected {en}, found `{found}`"));
            self.wrong(&place, ProblemCode::InvalidValue, message);
        }
        value
    }

    fn number<T: TryFrom<i64>>(&mut self, key: &str, range: RangeInclusive<i64>) -> Option<T> {
        let (Value::Number(number), place) = self.values.get(key)?.clone() else { return None };
        if range.contains(&number) {
            return T::try_from(number).ok();
        }
        let (least, most) = range.into_inner();
        let message = Localized::new(
            format!("应为 {least}～{most} 的整数，实际是 {number}"),
            format!("expected a whole number from {least} to {most}, found {number}"),
        );
        self.wrong(&place, ProblemCode::InvalidValue, message);
        None
    }

    fn switch(&mut self, key: &str) -> Option<bool> {
        match self.values.get(key)? {
            (Value::Switch(value), _) => Some(*value),
            _ => None,
        }
    }

    fn seconds(&mut self, key: &str, range: RangeInclusive<i64>) -> Option<Duration> {
        self.number(key, range).map(Duration::from_secs)
    }

    fn origins(&mut self, key: &str) -> Option<Vec<String>> {
        let (Value::List(origins), place) = self.values.get(key)?.clone() else { return None };
        let Some(wrong) = origins.iter().find(|origin| !is_origin(origin)) else { return Some(origins) };
        let message = Localized::new(
            format!("`{wrong}` 不是来源；应为协议和主机，如 https://portal.example"),
            format!("`{wrong}` is no origin; expected scheme and host such as https://portal.example"),
        );
        self.wrong(&place, ProblemCode::InvalidValue, message);
        None
    }
}

/// Scheme, host and perhaps port, as browsers write an origin.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && host.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.:[]".contains(letter))
    })
}

/// The variable of a key.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

fn read_value(value: &Spanned<DeValue<'_>>) -> Option<Value> {
    match value.get_ref() {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(Value::Number),
        DeValue::Boolean(value) => Some(Value::Switch(*value)),
        DeValue::Array(items) => {
            items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<_>>().map(Value::List)
        }
        _ => None,
    }
}

fn mistyped(known: Option<&(Value, Place)>) -> Localized {
    match known {
        Some((Value::Number(_), _)) => Localized::new("应为整数", "expected a whole number"),
        Some((Value::Switch(_), _)) => Localized::new("应为 true 或 false", "expected true or false"),
        Some((Value::List(_), _)) => Localized::new("应为文字的列表", "expected a list of texts"),
        Some((Value::Text(_), _)) | None => Localized::new("应为文字", "expected a text"),
    }
}

/// Line and column, from 1, of a byte.
fn place_of(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before.get(start..).map_or(0, |line| line.chars().count()) + 1)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn loaded(file: &str, environment: &[(&str, &str)]) -> Result<Configuration, Failure> {
        let mut written = tempfile::NamedTempFile::new().expect("a file");
        written.write_all(file.as_bytes()).expect("written");
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load(Some(written.path()), environment, Overrides::default()).map_err(|failure| {
            let file = written.path().display().to_string();
            let problems = failure.problems.into_iter().map(|problem| match problem.file == file {
                true => Problem { file: "f.toml".into(), ..problem },
                false => problem,
            });
            Failure { problems: problems.collect(), ..failure }
        })
    }

    fn messages(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
        loaded(file, environment).expect_err("refused").problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_manual_holds_the_servers_own_defaults() {
        let configuration = load(None, std::iter::empty(), Overrides::default()).expect("the defaults are valid");
        assert_eq!(configuration.server, ServerConfig { stop_on_signals: true, ..ServerConfig::default() });
        assert_eq!(configuration.log, Log { json: false, level: Level::INFO });
        assert_eq!(configuration.guides, None);
        let below = service::Settings::below(PathBuf::from("lianhe-data"));
        assert_eq!(format!("{:?}", configuration.people), format!("{below:?}"));
    }

    #[test]
    fn what_concerns_people_is_read_and_checked() {
        let file = "public_url = 'https://lianhe.example'\nbehind_proxy = true\ndata = 'd'\n[accounts]\nsession_days = 7\n\
                    [mail]\nsmtp = 'smtps://me:secret@mail.example'\n[evidence]\nstore = 's3://bucket/a'\nmax_bytes = 4096\n\
                    upload_gap_seconds = 5\n[profiles]\nstale_after_days = 30\n[sockets]\noperations = 3\n";
        let environment = [("LIANHE_ACCOUNTS_KEY_DAYS", "9"), ("LIANHE_BEHIND_PROXY", "false")];
        let configuration = loaded(file, &environment).expect("valid");
        let people = &configuration.people;
        assert_eq!(people.public_url, "https://lianhe.example");
        assert_eq!((people.access_token_seconds, people.session_days, people.key_days), (600, 7, 9));
        assert_eq!(people.mail.smtp.as_deref(), Some("smtps://me:secret@mail.example"));
        assert_eq!(people.mail.folder, Path::new("d").join("mail"));
        assert_eq!(
            (people.evidence.as_str(), people.evidence_bytes, people.stale_after_days),
            ("s3://bucket/a", 4096, 30)
        );
        let server = &configuration.server;
        assert!(!server.behind_proxy);
        assert_eq!((server.upload_gap, server.sockets.operations), (Duration::from_secs(5), 3));
        assert!(!format!("{configuration:?}").contains("secret"));
        let file = "public_url = 'https://lianhe.example/'\nbehind_proxy = 'yes'\n[accounts]\naccess_token_seconds = 59\n[mail]\n\
                    smtp = 'http://me:secret@mail.example'\n[evidence]\nstore = 's3://'\n";
        assert_eq!(
            messages(file, &[("LIANHE_BEHIND_PROXY", "perhaps")]),
            [
                "f.toml:2:1: `behind_proxy`: expected true or false",
                "`LIANHE_BEHIND_PROXY`: expected true or false",
                "f.toml:1:1: `public_url`: expected an http:// or https:// address without path or / at its end, such as \
                 https://lianhe.example, found `https://lianhe.example/`",
                "f.toml:4:1: `accounts.access_token_seconds`: expected a whole number from 60 to 3600, found 59",
                "f.toml:6:1: `mail.smtp`: expected smtps://user:password@host or smtp://host:port, found \
                 `http://me@mail.example`",
                "f.toml:8:1: `evidence.store`: expected a folder or s3://bucket/prefix, found `s3://`",
            ]
        );
    }

    #[test]
    fn links_name_the_port_that_is_taken() {
        let listen = |address: &str| Overrides { listen: Some(address.to_owned()), ..Overrides::default() };
        let mut any = load(None, std::iter::empty(), listen("127.0.0.1:0")).expect("valid");
        let listener = any.take_port().expect("a port").expect("taken");
        let taken = listener.local_addr().expect("an address");
        assert_ne!(taken.port(), 0);
        assert_eq!((any.server.listen, any.people.public_url), (taken, format!("http://{taken}")));
        let mut fixed = load(None, std::iter::empty(), listen("127.0.0.1:81")).expect("valid");
        assert!(fixed.take_port().expect("nothing to take").is_none());
        assert_eq!(fixed.people.public_url, "http://127.0.0.1:81");
        let elsewhere = [("LIANHE_PUBLIC_URL".to_owned(), "https://lianhe.example".to_owned())].into_iter();
        let mut elsewhere = load(None, elsewhere, listen("127.0.0.1:0")).expect("valid");
        assert!(elsewhere.take_port().expect("nothing to take").is_none());
        assert_eq!(elsewhere.server.listen.port(), 0);
    }

    #[test]
    fn every_key_of_the_manual_has_its_comments() {
        let lines: Vec<&str> = DEFAULTS.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(lines[index - 1].starts_with("# ") && lines[index - 2].starts_with("# "), "{line}");
            }
        }
    }

    #[test]
    fn the_environment_outranks_the_file() {
        let file = "listen = '0.0.0.0:1'\nallowed_origins = ['https://a.example']\n[log]\nlevel = 'warn'\n[limits]\ncost = 500\n";
        let environment =
            [("LIANHE_LISTEN", "[::1]:2"), ("LIANHE_LIMITS_COST", "600"), ("LIANHE_CONFIG", "x"), ("HOME", "/")];
        let configuration = loaded(file, &environment).expect("valid");
        assert_eq!(configuration.server.listen.to_string(), "[::1]:2");
        assert_eq!(configuration.server.limits.cost, 600);
        assert_eq!(configuration.log.level, Level::WARN);
        assert_eq!(configuration.server.allowed_origins, ["https://a.example"]);
        let several = [("LIANHE_ALLOWED_ORIGINS", "https://a.example, http://b.example:8080")];
        let configuration = loaded("", &several).expect("valid");
        assert_eq!(configuration.server.allowed_origins, ["https://a.example", "http://b.example:8080"]);
        let listen = [("LIANHE_LISTEN".to_owned(), "127.0.0.1:9".to_owned())].into_iter();
        let overrides = Overrides { listen: Some("127.0.0.1:1".to_owned()), ..Overrides::default() };
        let configuration = load(None, listen, overrides).expect("valid");
        assert_eq!(configuration.server.listen.to_string(), "127.0.0.1:1");
    }

    #[test]
    fn every_problem_names_its_place_and_what_is_allowed() {
        let file = "lisen = 1\nlisten = 5\nworkers = 1000\n[limit]\ncost = 1\n[limits]\ndepht = 16\n";
        let limits = "`limits.aliases`, `limits.body_bytes`, `limits.brackets`, `limits.cache_bytes`, `limits.cost`, \
                      `limits.depth`, `limits.directives`, `limits.errors`, `limits.query_bytes`, `limits.selections`, \
                      `limits.tokens`";
        let top = "`allowed_origins`, `behind_proxy`, `data`, `database`, `guides`, `keep_alive_seconds`, `listen`, `public_url`, \
                   `request_timeout_seconds`, `response_cache_bytes`, `shutdown_timeout_seconds`, `workers`";
        assert_eq!(
            messages(file, &[("LIANHE_LISTN", "x"), ("LIANHE_LOG_LEVEL", "loud"), ("LIANHE_LIMITS_COST", "many")])
                .iter()
                .map(|message| message.split(" (allowed: `LIANHE").next().expect("a part"))
                .collect::<Vec<_>>(),
            [
                format!("f.toml:4:2: unknown key `limit` (allowed: {top})"),
                format!("f.toml:7:1: unknown key `limits.depht`; did you mean `limits.depth`? (allowed: {limits})"),
                format!("f.toml:1:1: unknown key `lisen`; did you mean `listen`? (allowed: {top})"),
                "f.toml:2:1: `listen`: expected a text".to_owned(),
                "`LIANHE_LIMITS_COST`: expected a whole number".to_owned(),
                "unknown variable `LIANHE_LISTN`; did you mean `LIANHE_LISTEN`?".to_owned(),
                "f.toml:3:1: `workers`: expected a whole number from 0 to 256, found 1000".to_owned(),
                "`LIANHE_LOG_LEVEL`: expected `error`, `warn`, `info`, `debug`, `trace`, found `loud`".to_owned(),
            ]
        );
        assert_eq!(messages("listen = \n", &[]).len(), 1);
        assert_eq!(
            messages("allowed_origins = ['https://a.example/x']\n", &[]),
            ["f.toml:1:1: `allowed_origins`: `https://a.example/x` is no origin; expected scheme and host such as \
              https://portal.example"]
        );
    }
}
