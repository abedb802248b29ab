use std::path::Path;

use actix_web::http::StatusCode;
use actix_web::{App, test};
use async_graphql::{Request, Variables};
use eligibility::{SourceFile, yaml};
use profile::Taxonomy;
use service::{Directory, Options, Platform, Settings, registry};

use super::*;
use crate::config::Limits;

fn files() -> Vec<SourceFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guides");
    let mut files = Vec::new();
    collect(&folder, "", &mut files);
    files
}

fn library() -> Arc<Library> {
    Arc::new(Library::load(&files()).expect("the calls are valid"))
}

/// The institutions of the demo, with their database in a folder.
async fn demo(folder: &Path) -> Arc<Platform> {
    let files = files();
    let tree = |name: &str| {
        let file = files.iter().find(|file| file.path == name).expect(name);
        yaml::parse(name, &file.text, yaml::Limits::default()).expect(name)
    };
    let taxonomy = Taxonomy::load(&tree("fields.yaml"), &tree("glossary.yaml")).expect("a taxonomy");
    let database = format!("sqlite://{}", folder.join("demo.db").display());
    let options = Options { database, index: None, library: library(), taxonomy: Arc::new(taxonomy) };
    let directory = Directory::open(options).await.expect("the directory opens");
    let table = include_str!("../../../demo/institutions.csv");
    let records = registry::csv_text(table, directory.library(), directory.taxonomy());
    directory.import("demo", records, |_| {}).await.expect("imported");
    Arc::new(Platform::open(Arc::new(directory), Settings::below(folder.to_owned())).await.expect("a platform"))
}

fn collect(folder: &Path, below: &str, files: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push(SourceFile { path: name, text: std::fs::read_to_string(entry.path()).expect("UTF-8") });
        }
    }
}

struct Got {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

async fn get(request: test::TestRequest) -> Got {
    let app = App::new().app_data(web::Data::new(library())).configure(configure);
    let app = test::init_service(app).await;
    let response = test::call_service(&app, request.to_request()).await;
    let headers = response.headers().iter();
    Got {
        status: response.status(),
        headers: headers.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned())).collect(),
        body: String::from_utf8(test::read_body(response).await.to_vec()).expect("UTF-8"),
    }
}

fn at(uri: &str) -> test::TestRequest {
    test::TestRequest::get().uri(uri)
}

#[actix_web::test]
async fn everything_is_served_with_its_type_and_the_same_protection() {
    let mut paths = vec![("/", HTML), ("/explorer", HTML), ("/assets/examples.json", JSON)];
    paths.extend(ASSETS.iter().map(|asset| (asset.path, asset.media_type)));
    for (path, media_type) in paths {
        let got = get(at(path)).await;
        assert_eq!(got.status, StatusCode::OK, "{path}");
        assert_eq!(got.header("content-type"), media_type, "{path}");
        assert_eq!(got.header("content-security-policy"), CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(got.header("cache-control"), "no-cache", "{path}");
        assert!(!got.body.is_empty(), "{path}");
        let again = get(at(path).insert_header((header::IF_NONE_MATCH, got.header("etag")))).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        assert_eq!(again.header("etag"), got.header("etag"), "{path}");
    }
}

#[actix_web::test]
async fn only_reading_is_allowed() {
    let head = get(at("/").method(Method::HEAD)).await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    let post = get(at("/explorer").method(Method::POST)).await;
    assert_eq!((post.status, post.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
    assert_eq!(get(at("/assets/other.js")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(at("/assets/../Cargo.toml")).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_reader_chooses_the_language() {
    for (uri, accepted, tag) in [
        ("/", "zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("/", "de", "en"),
        ("/?lang=zh", "en", "zh-Hans"),
        ("/explorer", "zh", "zh-Hans"),
        ("/explorer?lang=en", "zh", "en"),
    ] {
        let got = get(at(uri).insert_header((header::ACCEPT_LANGUAGE, accepted))).await;
        assert!(got.body.contains(&format!("<html lang=\"{tag}\">")), "{uri}");
        assert_eq!((got.header("content-language"), got.header("vary")), (tag, "Accept-Language"), "{uri}");
    }
}

#[actix_web::test]
async fn no_page_holds_a_script_a_style_or_an_address_elsewhere() {
    for uri in ["/?lang=zh", "/?lang=en", "/explorer"] {
        let page = get(at(uri)).await.body;
        for barred in ["<style", " style=", "javascript:", "http://", "https://", "src=\"//", "{{", "}}"] {
            assert!(!page.contains(barred), "{uri} holds {barred}");
        }
        assert_eq!(
            page.matches("<script").count(),
            page.matches("<script type=\"module\" src=\"/assets/").count(),
            "{uri}"
        );
        let linked = page.split(['"', '\'']).filter(|text| text.starts_with("/assets/"));
        for path in linked {
            assert!(ASSETS.iter().any(|asset| asset.path == path), "{uri} names {path}");
        }
    }
}

/// Scripts that keep something could keep a token as well.
#[actix_web::test]
async fn a_token_is_typed_unseen_and_kept_nowhere() {
    let page = get(at("/explorer")).await.body;
    assert!(page.contains("<input type=\"password\" id=\"token\" autocomplete=\"off\""));
    let script = get(at("/assets/explorer.js")).await.body;
    let uses: Vec<&str> = script.lines().filter(|line| line.contains("\"token\"")).map(str::trim).collect();
    assert_eq!(
        uses,
        [
            "return by(\"token\").value.trim().replace(/^bearer\\s+/i, \"\");",
            "by(\"token\").placeholder = say(\"tokenKept\");",
        ]
    );
    let calls: Vec<&str> = script.lines().filter(|line| line.contains("token()")).map(str::trim).collect();
    assert!(matches!(calls[..], ["function token() {", sends] if sends.contains("await ask(")), "{calls:?}");
    assert!(!get(at("/assets/store.js")).await.body.contains("token"));
}

#[actix_web::test]
async fn texts_of_a_call_are_escaped() {
    let mut library = Library::clone(&library());
    let guide = Arc::make_mut(library.guides.first_mut().expect("a call"));
    guide.title.en = "<script>&\"".to_owned();
    let page = home::render(&library, Lang::En);
    assert!(page.contains("&lt;script&gt;&amp;&quot;") && !page.contains("<script>"));
}

#[actix_web::test]
async fn every_direction_is_linked_with_a_query_of_its_own() {
    let library = library();
    for lang in [Lang::Zh, Lang::En] {
        let page = home::render(&library, lang);
        for (_, guide, direction) in library.directions() {
            assert!(page.contains(&html::escape(direction.title.text(lang))), "{}", direction.id);
            let variables = format!("{{\"guide\":\"{}\",\"key\":\"{}\"}}", guide.id, direction.id);
            assert!(page.contains(&html::encode(&variables)), "{}", direction.id);
        }
    }
}

#[actix_web::test]
async fn every_example_runs_without_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = demo(folder.path()).await;
    let schema = crate::schema::build(library(), Some(platform), &Limits::default());
    for example in examples::ALL {
        let variables: serde_json::Value = serde_json::from_str(example.variables).expect("JSON");
        let request = Request::new(example.query).variables(Variables::from_json(variables));
        let response = schema.execute(request).await;
        assert!(response.errors.is_empty(), "{}: {:?}", example.key, response.errors);
        let data = response.data.into_json().expect("JSON").to_string();
        assert!(!data.contains("\"userErrors\":[{"), "{}: {data}", example.key);
        assert!(data.len() > 200, "{}: {data}", example.key);
    }
}

#[actix_web::test]
async fn the_explorer_can_read_the_schema_within_the_limits() {
    let script = include_str!("../../assets/graphql.js");
    let types = between(script, "const TYPE = \"", "\";");
    let query = between(script, "INTROSPECTION = `", "`;").replace("${TYPE}", types);
    let response = crate::schema::build(library(), None, &Limits::default()).execute(query).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(begin).expect("its beginning");
    rest.split_once(end).expect("its end").0
}
