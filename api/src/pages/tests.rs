use std::path::Path;

use ::profile::{Identifier, Scheme, Taxonomy};
use actix_web::http::StatusCode;
use actix_web::{App, test};
use async_graphql::{Request, Variables};
use eligibility::{SourceFile, yaml};
use service::{Directory, Options, Platform, Settings, registry};

use super::*;
use crate::config::Limits;
use crate::schema::node;

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
    answered(None, request).await
}

/// What the pages answer where there are profiles.
async fn get_from(platform: &Platform, request: test::TestRequest) -> Got {
    answered(Some(Arc::clone(platform.directory())), request).await
}

async fn answered(directory: Option<Arc<Directory>>, request: test::TestRequest) -> Got {
    let app = App::new().app_data(web::Data::new(library())).configure(|config| {
        if let Some(directory) = directory {
            config.app_data(web::Data::new(directory));
        }
    });
    let app = test::init_service(app.configure(configure)).await;
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
    paths.extend(people::ALL.iter().map(|page| (page.path, HTML)));
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
        ("/account/verify?token=a", "zh-TW", "zh-Hans"),
        ("/invitation?token=a&lang=en", "zh", "en"),
    ] {
        let got = get(at(uri).insert_header((header::ACCEPT_LANGUAGE, accepted))).await;
        assert!(got.body.contains(&format!("<html lang=\"{tag}\">")), "{uri}");
        assert_eq!((got.header("content-language"), got.header("vary")), (tag, "Accept-Language"), "{uri}");
    }
}

#[actix_web::test]
async fn no_page_holds_a_script_a_style_or_an_address_elsewhere() {
    let linked = people::ALL.iter().map(|page| page.path);
    for uri in ["/?lang=zh", "/?lang=en", "/explorer"].into_iter().chain(linked) {
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

/// What a page is asked for with a token is in nothing that it links to or loads.
#[actix_web::test]
async fn a_token_of_a_link_is_in_no_page() {
    for page in &people::ALL {
        for lang in ["zh", "en"] {
            let got = get(at(&format!("{}?token=s3cret&lang={lang}", page.path))).await;
            assert_eq!(got.status, StatusCode::OK, "{}", page.path);
            assert_eq!(got.header("referrer-policy"), "no-referrer", "{}", page.path);
            assert!(!got.body.contains("s3cret"), "{}", page.path);
            assert_eq!(got.body, get(at(&format!("{}?lang={lang}", page.path))).await.body, "{}", page.path);
        }
    }
}

/// A form that is sent before its script runs must not put a password into an address.
#[actix_web::test]
async fn no_form_sends_what_is_typed_in_an_address() {
    let mut forms = 0;
    for page in &people::ALL {
        let body = get(at(page.path)).await.body;
        forms += body.matches("<form").count();
        assert_eq!(
            body.matches("<form").count(),
            body.matches("<form method=\"post\" novalidate").count(),
            "{}",
            page.path
        );
        let post = get(at(page.path).method(Method::POST)).await;
        assert_eq!((post.status, post.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"), "{}", page.path);
    }
    assert_eq!(forms, 15);
}

/// Every control has a label or words of its own, and every text of a page and its script is there in both languages.
#[actix_web::test]
async fn people_pages_are_labelled_and_said_whole() {
    let texts = include_str!("../../assets/texts.js");
    let mut used = Vec::new();
    for page in &people::ALL {
        let body = get(at(page.path)).await.body;
        for tag in ["<input id=\"", "<select id=\""] {
            for control in body.split(tag).skip(1) {
                let (id, _) = control.split_once('"').expect("an id");
                assert_eq!(body.matches(&format!("<label for=\"{id}\" data-text=")).count(), 1, "{} {id}", page.path);
                assert_eq!(body.matches(&format!(" id=\"{id}\"")).count(), 1, "{} {id}", page.path);
            }
        }
        used.extend(between_all(&body, "data-text=\""));
    }
    for script in ["account.js", "profile.js", "explorer.js", "editor.js", "schema.js"] {
        used.extend(between_all(&get(at(&format!("/assets/{script}"))).await.body, "say(\""));
    }
    assert!(used.len() > 150, "{}", used.len());
    for key in used {
        assert_eq!(texts.matches(&format!("\n  {key}: [\"")).count(), 1, "{key}");
    }
}

fn between_all(text: &str, begin: &str) -> Vec<String> {
    text.split(begin).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
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
    let script = get(at("/assets/account.js")).await.body;
    for keeps in ["localStorage", "sessionStorage", "cookie", "indexedDB", "store.js", "pushState", "console."] {
        assert!(!script.contains(keeps), "{keeps}");
    }
    assert!(script.contains("given.delete(\"token\");"));
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
async fn a_profile_is_shown_by_either_of_its_ids_and_one_that_is_not_listed_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = demo(folder.path()).await;
    let code = Identifier::parse(Scheme::CreditCode, "12100000400000624D").expect("a code");
    let listing = platform.directory().find(&code).expect("the index").expect("Tsinghua University");
    let global = node::id("Profile", &listing.id.to_string());
    for id in [listing.id.to_string(), global.to_string()] {
        let path = format!("/profiles/{id}");
        let got = get_from(&platform, at(&format!("{path}?lang=zh"))).await;
        assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, HTML));
        assert_eq!(got.header("content-security-policy"), CONTENT_SECURITY_POLICY);
        assert_eq!(got.header("referrer-policy"), "no-referrer");
        assert!(got.body.contains("<html lang=\"zh-Hans\">") && got.body.contains("<h1>清华大学</h1>"), "{}", got.body);
        assert!(got.body.contains("<p class=\"second\" lang=\"en\">Tsinghua University</p>"));
        assert!(got.body.contains(&format!("data-id=\"{}\"", *global)));
        let again = get_from(
            &platform,
            at(&format!("{path}?lang=zh")).insert_header((header::IF_NONE_MATCH, got.header("etag"))),
        )
        .await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        let english = get_from(&platform, at(&path).insert_header((header::ACCEPT_LANGUAGE, "en"))).await;
        assert!(english.body.contains("<title>Tsinghua University · Lianhe 联合</title>"));
        let post = get_from(&platform, at(&path).method(Method::POST)).await;
        assert_eq!((post.status, post.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
    }
    let unknown = node::id("Direction", &listing.id.to_string());
    for id in ["00000000-0000-7000-8000-000000000000", "%3Cscript%3E", unknown.as_str()] {
        let got = get_from(&platform, at(&format!("/profiles/{id}?lang=zh"))).await;
        assert_eq!((got.status, got.header("content-type")), (StatusCode::NOT_FOUND, HTML), "{id}");
        assert!(got.body.contains("<h1>没有公开的资料</h1>") && !got.body.contains("<script>"), "{id}");
        assert!(!got.body.contains("{{") && got.header("etag").is_empty(), "{id}");
    }
}

/// Names come from registries and from people.
#[actix_web::test]
async fn names_of_a_profile_are_escaped() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = demo(folder.path()).await;
    let code = Identifier::parse(Scheme::CreditCode, "12100000400000624D").expect("a code");
    let mut listing = platform.directory().find(&code).expect("the index").expect("Tsinghua University");
    for name in &mut listing.profile.names {
        name.text = format!("<script>{}\"{{{{title}}}}", name.text);
    }
    let page = super::profile::render(Some(&listing), "/profiles/\"><b>", Lang::Zh);
    assert!(page.contains("<h1>&lt;script&gt;清华大学&quot;{{title}}</h1>"), "{page}");
    assert!(!page.contains("<script>") && !page.contains("<b>"));
}

#[actix_web::test]
async fn the_questions_of_the_profile_page_are_within_the_limits() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = demo(folder.path()).await;
    let code = Identifier::parse(Scheme::CreditCode, "12100000400000624D").expect("a code");
    let listing = platform.directory().find(&code).expect("the index").expect("Tsinghua University");
    let query = between(include_str!("../../assets/profile.js"), "const QUERY = `", "`;");
    let schema = crate::schema::build(library(), Some(platform), &Limits::default());
    for basis in ["DECLARED", "VERIFIED"] {
        let variables = serde_json::json!({ "id": *node::id("Profile", &listing.id.to_string()), "basis": basis });
        let response = schema.execute(Request::new(query).variables(Variables::from_json(variables))).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        let data = response.data.into_json().expect("JSON");
        assert_eq!(data["profile"]["country"]["code"], "CN");
        assert!(data["profile"]["directions"].as_array().is_some_and(|reports| reports.len() > 10), "{data}");
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
