//! The server from outside: statuses, headers, bodies; what could end the process; the schema as it is printed.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod support;
#[path = "support/wire.rs"]
mod wire;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use api::{Limits, RunningServer, ServerConfig};
use serde_json::{Value, json};
use support::{demo, start, stop};
use wire::{Response, connect, receive, send};

const JSON: &str = "content-type: application/json";
const ACCEPT_GRAPHQL: &str = "accept: application/graphql-response+json";
const GRAPHQL_TYPE: &str = "application/graphql-response+json; charset=utf-8";
const JSON_TYPE: &str = "application/json; charset=utf-8";

fn post(server: &RunningServer, headers: &[&str], body: &str) -> Response {
    let headers: Vec<&str> = [JSON].into_iter().chain(headers.iter().copied()).collect();
    send(server, "POST /graphql", &headers, body.as_bytes())
}

fn ask(server: &RunningServer, query: &str) -> Response {
    post(server, &[ACCEPT_GRAPHQL], &json!({ "query": query }).to_string())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn get(server: &RunningServer, query: &str) -> Response {
    send(server, &format!("GET /graphql?query={}", encoded(query)), &[ACCEPT_GRAPHQL], b"")
}

fn serving(test: impl FnOnce(&RunningServer)) {
    serving_with(ServerConfig::default(), test);
}

fn serving_with(config: ServerConfig, test: impl FnOnce(&RunningServer)) {
    let server = start(config);
    test(&server);
    stop(server);
}

#[test]
fn a_query_is_answered_by_post_get_and_head() {
    serving(|server| {
        let body = r#"{"data":{"__typename":"Query"}}"#;
        for response in [ask(server, "{ __typename }"), get(server, "{ __typename }")] {
            assert_eq!((response.status, response.text()), (200, body));
            assert_eq!(response.header("content-type").as_deref(), Some(GRAPHQL_TYPE));
            assert_eq!(response.header("content-length").as_deref(), Some("31"));
            assert_eq!(response.header("content-language").as_deref(), Some("en"));
            assert_eq!(response.header("vary").as_deref(), Some("accept, accept-language, authorization"));
            assert_eq!(response.header("x-content-type-options").as_deref(), Some("nosniff"));
            assert_eq!(response.header("referrer-policy").as_deref(), Some("no-referrer"));
            let policy = "default-src 'none'; frame-ancestors 'none'";
            assert_eq!(response.header("content-security-policy").as_deref(), Some(policy));
            assert_eq!(response.header("x-request-id").map(|id| id.len()), Some(36));
        }
        let head = send(server, &format!("HEAD /graphql?query={}", encoded("{ __typename }")), &[ACCEPT_GRAPHQL], b"");
        assert_eq!((head.status, head.text()), (200, ""));
        assert_eq!(head.header("content-type").as_deref(), Some(GRAPHQL_TYPE));
        assert_eq!(head.header("content-length").as_deref(), Some("31"));
    });
}

#[test]
fn accept_decides_the_media_type_and_the_statuses() {
    serving(|server| {
        for (accept, media) in [
            (None, JSON_TYPE),
            (Some("accept: */*"), JSON_TYPE),
            (Some("accept: application/graphql-response+json, application/json;q=0.9"), GRAPHQL_TYPE),
            (Some("accept: application/graphql-response+json;q=0.1, application/json"), JSON_TYPE),
        ] {
            let headers: Vec<&str> = accept.into_iter().collect();
            let fine = post(server, &headers, r#"{"query":"{ __typename }"}"#);
            assert_eq!((fine.status, fine.header("content-type").as_deref()), (200, Some(media)), "{accept:?}");
            let wrong = post(server, &headers, r#"{"query":"{ nothing }"}"#);
            assert_eq!(wrong.status, if media == JSON_TYPE { 200 } else { 400 }, "{accept:?}");
            assert_eq!(wrong.header("content-type").as_deref(), Some(media));
            assert_eq!((wrong.code().as_str(), wrong.json().get("data")), ("INVALID_QUERY", None));
            let no_json = post(server, &headers, "{");
            assert_eq!((no_json.status, no_json.code().as_str()), (400, "INVALID_JSON"));
            assert_eq!(no_json.header("content-type").as_deref(), Some(media));
        }
        let refused = post(server, &["accept: text/html"], r#"{"query":"{ __typename }"}"#);
        assert_eq!((refused.status, refused.header("content-type").as_deref()), (406, Some(JSON_TYPE)));
        assert_eq!(
            refused.text(),
            "{\"errors\":[{\"message\":\"only application/graphql-response+json and application/json can be given \
             (UTF-8)\",\"extensions\":{\"code\":\"NOT_ACCEPTABLE\"}}]}"
        );
    });
}

#[test]
fn methods_are_refused_with_those_that_are_taken() {
    serving(|server| {
        for (line, allow) in [
            ("PUT /graphql", "GET, HEAD, POST, OPTIONS"),
            ("DELETE /graphql", "GET, HEAD, POST, OPTIONS"),
            ("POST /healthz", "GET, HEAD"),
            ("POST /readyz", "GET, HEAD"),
            ("DELETE /metrics", "GET, HEAD"),
        ] {
            let response = send(server, line, &[], b"");
            assert_eq!((response.status, response.header("allow").as_deref()), (405, Some(allow)), "{line}");
            assert_eq!(response.code(), "METHOD_NOT_ALLOWED");
        }
        let response = get(server, "mutation { __typename }");
        assert_eq!((response.status, response.header("allow").as_deref()), (405, Some("POST")));
        assert_eq!(
            response.text(),
            r#"{"errors":[{"message":"GET runs queries only; use POST","extensions":{"code":"METHOD_NOT_ALLOWED"}}]}"#
        );
        let named = "query A { __typename } mutation B { __typename }";
        let target = |name: &str| format!("GET /graphql?query={}&operationName={name}", encoded(named));
        assert_eq!(send(server, &target("B"), &[], b"").status, 405);
        let by_post = ask(server, "mutation { __typename }");
        assert_eq!((by_post.status, by_post.text()), (200, r#"{"data":{"__typename":"Mutation"}}"#));
        let missing = send(server, "GET /graphq", &["accept-language: zh-CN"], b"");
        assert_eq!(
            (missing.status, missing.text()),
            (
                404,
                "{\"errors\":[{\"message\":\"没有此路径；GraphQL 接口为 /graphql\",\"extensions\":{\"code\":\"NOT_FOUND\"}}]}"
            )
        );
    });
}

#[test]
fn only_json_in_utf8_is_read() {
    serving(|server| {
        let body = r#"{"query":"{ __typename }"}"#.as_bytes();
        for (headers, status) in [
            (&["content-type: application/json; charset=UTF-8"][..], 200),
            (&[][..], 415),
            (&["content-type: text/plain"], 415),
            (&["content-type: application/x-www-form-urlencoded"], 415),
            (&["content-type: application/graphql"], 415),
            (&["content-type: application/json; charset=gbk"], 415),
            (&[JSON, "content-type: text/plain"], 415),
            (&[JSON, "content-encoding: gzip"], 415),
            (&[JSON, "content-encoding: identity"], 200),
        ] {
            let response = send(server, "POST /graphql", headers, body);
            assert_eq!(response.status, status, "{headers:?}");
            if status == 415 {
                assert_eq!(response.code(), "UNSUPPORTED_MEDIA_TYPE");
            }
        }
    });
}

#[test]
fn what_is_no_request_says_why() {
    serving(|server| {
        for (body, code, message) in [
            ("", "INVALID_JSON", "the body is not valid JSON (line 1, column 0)"),
            ("[]", "BATCH_NOT_ACCEPTED", "batches are not accepted; send one request at a time"),
            (
                r#"[{"query":"{ __typename }"}]"#,
                "BATCH_NOT_ACCEPTED",
                "batches are not accepted; send one request at a time",
            ),
            ("{}", "INVALID_REQUEST", "`query` is required"),
            (r#"{"query":1}"#, "INVALID_REQUEST", "`query` must be a string, found a number"),
            (r#"{"query":"a","variables":[]}"#, "INVALID_REQUEST", "`variables` must be an object, found a list"),
            (r#"{"query":"a","extensions":""}"#, "INVALID_REQUEST", "`extensions` must be an object, found a string"),
            (
                r#"{"query":"a","operationName":{}}"#,
                "INVALID_REQUEST",
                "`operationName` must be a string, found an object",
            ),
        ] {
            let response = post(server, &["content-length: 0"][..usize::from(body.is_empty())], body);
            let expected = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
            assert_eq!((response.status, response.json()), (400, expected), "{body}");
        }
        let invalid = send(server, "POST /graphql", &[JSON], b"{\"query\":\"{ a(b: \\\"\xff\\\") }\"}");
        assert_eq!((invalid.status, invalid.code().as_str()), (400, "INVALID_UTF8"));
        let invalid = send(server, "GET /graphql?query=%FF", &[], b"");
        assert_eq!((invalid.status, invalid.code().as_str()), (400, "INVALID_UTF8"));
        let missing = send(server, "GET /graphql", &[], b"");
        assert_eq!((missing.status, missing.code().as_str()), (400, "INVALID_REQUEST"));
        let chinese = post(server, &["accept-language: zh"], "{}");
        assert_eq!(chinese.json()["errors"][0]["message"], json!("缺少 `query`"));
    });
}

#[test]
fn what_is_wrong_with_a_document_has_a_code_of_its_own() {
    serving(|server| {
        let typed = "query T($name: String!) { __type(name: $name) { name } }";
        let paged = "query P($first: Int!) { directions(first: $first) { totalCount } }";
        let check = "query C($input: CheckConsortiumInput!) { checkConsortium(input: $input) { report { verdict } } }";
        for (body, code) in [
            (json!({ "query": "{" }), "SYNTAX"),
            (json!({ "query": "{ nothing }" }), "INVALID_QUERY"),
            (json!({ "query": "subscription { nothing }" }), "INVALID_QUERY"),
            (json!({ "query": "query A { __typename } query B { __typename }" }), "UNKNOWN_OPERATION"),
            (json!({ "query": "query A { __typename }", "operationName": "B" }), "UNKNOWN_OPERATION"),
            (json!({ "query": typed }), "INVALID_VARIABLE"),
            (json!({ "query": typed, "variables": { "name": null } }), "INVALID_VARIABLE"),
            (json!({ "query": typed, "variables": { "name": 7 } }), "INVALID_VARIABLE"),
            (
                json!({ "query": typed.replace("name }", "nothing }"), "variables": { "name": "Query" } }),
                "INVALID_QUERY",
            ),
            (json!({ "query": typed.replace("name }", "nothing }") }), "INVALID_QUERY"),
            (json!({ "query": paged }), "INVALID_VARIABLE"),
            (json!({ "query": paged, "variables": { "first": "3" } }), "INVALID_VARIABLE"),
            (json!({ "query": paged.replace("totalCount", "nothing"), "variables": { "first": 3 } }), "INVALID_QUERY"),
            (
                json!({ "query": check, "variables": { "input": { "direction": 5, "members": [] } } }),
                "INVALID_VARIABLE",
            ),
            (json!({ "query": format!("{{ __typename {} }}", "@skip(if: false)".repeat(60)) }), "TOO_MANY_DIRECTIVES"),
        ] {
            let response = post(server, &[ACCEPT_GRAPHQL], &body.to_string());
            assert_eq!((response.status, response.code().as_str()), (400, code), "{body}");
            assert_eq!(response.json().get("data"), None, "{body}");
            assert_eq!(post(server, &[], &body.to_string()).status, 200, "{body}");
        }
        let response = ask(server, "query T($name: String!) { __type(name: $name) { name } }");
        assert_eq!(
            response.text(),
            "{\"errors\":[{\"message\":\"variable `$name` is required (String!)\",\"locations\":[{\"line\":1,\
             \"column\":9}],\"extensions\":{\"code\":\"INVALID_VARIABLE\"}}]}"
        );
        let many = ask(server, &format!("{{ {} }}", (0..50).map(|n| format!("nothing{n} ")).collect::<String>()));
        assert_eq!(many.json()["errors"].as_array().map(Vec::len), Some(Limits::default().errors));
    });
}

#[test]
fn a_query_over_the_limits_is_told_its_measure_and_the_limit() {
    let config =
        ServerConfig { limits: Limits { cost: 150, depth: 13, ..Limits::default() }, ..ServerConfig::default() };
    serving_with(config, |server| {
        let response = ask(
            server,
            "query Q($n: Int) { directions(first: $n) { nodes { id } } a: directions(first: 100) { nodes { id } } }",
        );
        let extensions = response.json()["errors"][0]["extensions"].clone();
        assert_eq!((response.status, &extensions["code"]), (400, &json!("TOO_EXPENSIVE")));
        assert!(extensions["cost"].as_u64().is_some_and(|cost| cost > 150), "{extensions}");
        assert_eq!(extensions["limit"], json!(150));
        let deep = format!("{{ __schema {} }}", "{ types { fields { type ".repeat(5) + "{ name }" + &"} } }".repeat(5));
        let response = ask(server, &deep);
        let extensions = &response.json()["errors"][0]["extensions"];
        assert_eq!((response.status, extensions), (400, &json!({ "code": "TOO_DEEP", "actual": 17, "limit": 13 })));
    });
}

#[test]
fn a_fields_error_leaves_the_others_their_data() {
    serving(|server| {
        let body = json!({ "query": "{ __typename node(id: \"?\") { id } }" }).to_string();
        let response = post(server, &[ACCEPT_GRAPHQL], &body);
        assert_eq!(response.status, 200);
        assert_eq!(
            response.json(),
            json!({
                "errors": [{
                    "message": "`?` is not an id that this service gave",
                    "locations": [{ "line": 1, "column": 14 }],
                    "path": ["node"],
                    "extensions": { "code": "INVALID_ID" },
                }],
                "data": { "__typename": "Query", "node": null },
            })
        );
        let alone = ask(server, "{ node(id: \"?\") { id } }");
        assert_eq!((alone.status, &alone.json()["data"]), (200, &json!({ "node": null })));
        let chinese = post(server, &["accept-language: zh"], &body);
        assert_eq!(chinese.json()["errors"][0]["message"], json!("`?` 不是本服务给出的 ID"));
        assert_eq!(chinese.header("content-language").as_deref(), Some("zh-Hans"));
    });
}

/// Whoever sends a token means to be somebody: it is never answered as if nobody had asked.
#[test]
fn a_token_that_does_not_verify_is_refused() {
    serving(|server| {
        let body = r#"{"query":"{ __typename }"}"#;
        // Kept for everybody, and still not given to a caller who cannot be who they say.
        assert_eq!(post(server, &[], body).status, 200);
        for header in [
            "authorization: Bearer nothing",
            "authorization: bearer a.b.c",
            "authorization: Bearer",
            "authorization: Bearer a b",
            "authorization:",
            "authorization: Basic dXNlcjpwYXNzd29yZA==",
            "authorization: 令牌",
        ] {
            let response = post(server, &[header], body);
            assert_eq!((response.status, response.code().as_str()), (401, "INVALID_TOKEN"), "{header}");
            assert_eq!(
                response.header("www-authenticate").as_deref(),
                Some("Bearer error=\"invalid_token\""),
                "{header}"
            );
            assert_eq!(response.header("content-type").as_deref(), Some(JSON_TYPE));
            assert_eq!(response.json().get("data"), None);
        }
        let by_get =
            send(server, "GET /graphql?query=%7B__typename%7D", &["authorization: Bearer x", ACCEPT_GRAPHQL], b"");
        assert_eq!((by_get.status, by_get.code().as_str()), (401, "INVALID_TOKEN"));
        assert_eq!(by_get.header("content-type").as_deref(), Some(GRAPHQL_TYPE));
        let chinese = post(server, &["authorization: Bearer x", "accept-language: zh"], body);
        assert_eq!(chinese.json()["errors"][0]["message"], json!("访问令牌无效"));
        let twice = post(server, &["authorization: Bearer x", "authorization: Bearer x"], body);
        assert_eq!((twice.status, twice.code().as_str()), (400, "INVALID_REQUEST"));
    });
}

#[test]
fn a_subscription_needs_a_websocket() {
    serving(|server| {
        let response = ask(server, "subscription { notifications { id } }");
        assert_eq!((response.status, response.code().as_str()), (400, "WEBSOCKET_REQUIRED"));
        // What could not run there either is told first.
        let response = ask(server, "subscription { nothing }");
        assert_eq!((response.status, response.code().as_str()), (400, "INVALID_QUERY"));
        assert_eq!(get(server, "subscription { notifications { id } }").status, 405);
    });
}

/// What has ended such servers: literals nested deep, fragments that double, thousands of aliases.
#[test]
fn no_document_ends_the_process() {
    serving(|server| {
        let literal = format!("{{ node(id: {}1{}) {{ id }} }}", "[".repeat(5_000), "]".repeat(5_000));
        let object = format!("{{ node(id: {}1{}) {{ id }} }}", "{a:".repeat(5_000), "}".repeat(5_000));
        let mut fragments = "{ ...F0 }".to_owned();
        for step in 0..40 {
            fragments.push_str(&format!(" fragment F{step} on Query {{ ...F{0} ...F{0} }}", step + 1));
        }
        fragments.push_str(" fragment F40 on Query { __typename }");
        let aliases: String = (0..10_000).map(|n| format!("a{n}:__typename ")).collect();
        let some: String = (0..200).map(|n| format!("a{n}:__typename ")).collect();
        for (document, code) in [
            (literal, "NESTED_TOO_DEEP"),
            (object, "NESTED_TOO_DEEP"),
            (fragments, "TOO_MANY_SELECTIONS"),
            (format!("{{ {some} }}"), "TOO_MANY_ALIASES"),
            (format!("{{ {aliases} }}"), "QUERY_TOO_LONG"),
        ] {
            let started = Instant::now();
            let response = ask(server, &document);
            assert_eq!((response.status, response.code().as_str()), (400, code));
            // The address of the longest does not fit into a request's head; it is refused before it is read whole.
            if document.len() < 30_000 {
                let target = document.replace(' ', "+");
                let response = send(server, &format!("GET /graphql?query={target}"), &[ACCEPT_GRAPHQL], b"");
                let expected = if document.len() > Limits::default().query_bytes { "QUERY_TOO_LONG" } else { code };
                assert_eq!((response.status, response.code().as_str()), (400, expected));
            }
            assert!(started.elapsed() < Duration::from_secs(5), "{code} took {:?}", started.elapsed());
        }
        let nested = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        let query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let body = format!("{{\"query\":\"{query}\",\"variables\":{{\"ids\":{nested}}}}}");
        let response = post(server, &[], &body);
        assert_eq!((response.status, response.code().as_str()), (400, "NESTED_TOO_DEEP"));
        let target = format!("GET /graphql?query={}&variables=%7B%22ids%22:{nested}%7D", encoded(query));
        let response = send(server, &target, &[], b"");
        assert_eq!((response.status, response.code().as_str()), (400, "NESTED_TOO_DEEP"));
        let many: Vec<String> = (0..10_000).map(|n| format!("x{n}")).collect();
        let response = post(server, &[], &json!({ "query": query, "variables": { "ids": many } }).to_string());
        assert_eq!((response.status, response.code().as_str()), (200, "INVALID_ARGUMENT"));
        assert_eq!(ask(server, "{ __typename }").text(), r#"{"data":{"__typename":"Query"}}"#);
    });
}

#[test]
fn a_body_over_the_limit_is_refused_unread() {
    serving(|server| {
        let started = Instant::now();
        let mut stream = connect(server);
        let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 52428800\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("sent");
        // Not a byte of the body is sent; the answer comes all the same.
        let response = receive(&mut stream);
        assert_eq!((response.status, response.code().as_str()), (413, "BODY_TOO_LARGE"));
        assert_eq!(response.json()["errors"][0]["extensions"]["limit"], json!(Limits::default().body_bytes));
        assert_eq!(response.header("connection").as_deref(), Some("close"));

        // A body that does not say how long it is, sent until the server has had enough.
        let mut stream = connect(server);
        let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("sent");
        let mut writer = stream.try_clone().expect("a second handle");
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        let writing = thread::spawn(move || {
            let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
            while counter.fetch_add(1, Ordering::Relaxed) < 800 && writer.write_all(chunk.as_bytes()).is_ok() {}
        });
        let mut start = [0; 4096];
        let length = stream.read(&mut start).expect("an answer");
        let sent = sent.load(Ordering::Relaxed);
        // Whatever is still on its way is of no interest to either side.
        stream.shutdown(Shutdown::Both).expect("closed");
        writing.join().expect("ends");
        let answer = String::from_utf8_lossy(&start[..length]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("BODY_TOO_LARGE"), "{answer}");
        assert!(sent < 400, "{sent} of 800 parts were sent before the answer");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        assert_eq!(ask(server, "{ __typename }").status, 200);
    });
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let config = ServerConfig { request_timeout: Duration::from_millis(300), ..ServerConfig::default() };
    serving_with(config, |server| {
        let mut stream = connect(server);
        let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{";
        stream.write_all(head.as_bytes()).expect("sent");
        let response = receive(&mut stream);
        assert_eq!((response.status, response.code().as_str()), (408, "REQUEST_TIMEOUT"));
    });
}

#[test]
fn origins_that_are_configured_may_call_from_a_browser() {
    let preflight = [
        "origin: https://portal.example",
        "access-control-request-method: POST",
        "access-control-request-headers: content-type",
    ];
    serving(|server| {
        let response = send(server, "OPTIONS /graphql", &preflight, b"");
        assert_eq!((response.status, response.text()), (204, ""));
        assert_eq!(response.header("allow").as_deref(), Some("GET, HEAD, POST, OPTIONS"));
        assert_eq!(response.header("access-control-allow-origin"), None);
        assert_eq!(response.header("access-control-allow-methods"), None);
    });
    let config = ServerConfig { allowed_origins: vec!["https://portal.example".to_owned()], ..ServerConfig::default() };
    serving_with(config, |server| {
        let response = send(server, "OPTIONS /graphql", &preflight, b"");
        assert_eq!(response.status, 204);
        assert_eq!(response.header("access-control-allow-origin").as_deref(), Some("https://portal.example"));
        assert_eq!(response.header("access-control-allow-methods").as_deref(), Some("GET, HEAD, POST"));
        assert_eq!(
            response.header("access-control-allow-headers").as_deref(),
            Some("accept, accept-language, authorization, content-type, x-request-id")
        );
        assert_eq!(response.header("access-control-max-age").as_deref(), Some("7200"));
        let body = r#"{"query":"{ __typename }"}"#;
        let response = post(server, &["origin: https://portal.example"], body);
        assert_eq!(response.header("access-control-allow-origin").as_deref(), Some("https://portal.example"));
        assert_eq!(response.header("access-control-expose-headers").as_deref(), Some("x-request-id"));
        assert_eq!(response.header("vary").as_deref(), Some("accept, accept-language, authorization, origin"));
        let other = post(server, &["origin: https://other.example"], body);
        assert_eq!((other.status, other.header("access-control-allow-origin")), (200, None));
        assert_eq!(other.header("vary").as_deref(), Some("accept, accept-language, authorization, origin"));
        let other = send(server, "OPTIONS /graphql", &["origin: https://other.example", preflight[1]], b"");
        assert_eq!((other.status, other.header("access-control-allow-methods")), (204, None));
    });
}

#[test]
fn a_request_keeps_the_id_it_came_with() {
    serving(|server| {
        let body = r#"{"query":"{ __typename }"}"#;
        let response = post(server, &["x-request-id: ab-1.2_C"], body);
        assert_eq!(response.header("x-request-id").as_deref(), Some("ab-1.2_C"));
        let response = post(server, &["x-request-id: <script>"], body);
        assert_eq!(response.header("x-request-id").map(|id| id.len()), Some(36));
        let missing = send(server, "GET /nothing", &["x-request-id: q"], b"");
        assert_eq!(missing.header("x-request-id").as_deref(), Some("q"));
    });
}

#[test]
fn probes_and_metrics_are_there() {
    serving(|server| {
        for (line, text) in [("GET /healthz", "ok\n"), ("GET /readyz", "ready\n"), ("HEAD /readyz", "")] {
            let response = send(server, line, &[], b"");
            assert_eq!((response.status, response.text()), (200, text), "{line}");
            assert_eq!(response.header("x-content-type-options").as_deref(), Some("nosniff"));
        }
        for _ in 0..3 {
            ask(server, "{ __typename }");
        }
        ask(server, "{ nothing }");
        ask(server, "{ nothing }");
        let response = send(server, "GET /metrics", &[], b"");
        let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!((response.status, response.header("content-type").as_deref()), (200, Some(media)));
        for line in [
            "lianhe_http_requests_total{route=\"/graphql\",status=\"200\"} 3",
            "lianhe_http_requests_total{route=\"/graphql\",status=\"400\"} 2",
            "lianhe_http_request_duration_seconds_count{route=\"/graphql\"} 5",
            "lianhe_graphql_errors_total{code=\"INVALID_QUERY\"} 2",
            "lianhe_cache_lookups_total{cache=\"responses\",result=\"hit\"} 2",
            "lianhe_cache_lookups_total{cache=\"responses\",result=\"miss\"} 3",
            "lianhe_cache_lookups_total{cache=\"documents\",result=\"hit\"} 1",
            "lianhe_cache_lookups_total{cache=\"documents\",result=\"miss\"} 2",
            "lianhe_build_info{version=\"0.1.0\"} 1",
        ] {
            assert!(response.text().lines().any(|found| found == line), "{line}\n{}", response.text());
        }
    });
}

#[test]
fn answers_are_kept_for_what_is_the_same_and_only_for_that() {
    let query = "{ directions(first: 1) { nodes { title { text } } } }";
    let body = json!({ "query": query }).to_string();
    let hits = |server: &RunningServer| {
        let text = send(server, "GET /metrics", &[], b"").text().to_owned();
        let line = "lianhe_cache_lookups_total{cache=\"responses\",result=\"hit\"} ";
        text.lines().find_map(|found| found.strip_prefix(line)?.parse::<u32>().ok()).unwrap_or(0)
    };
    serving(|server| {
        let first = post(server, &[], &body);
        let second = post(server, &[], &body);
        assert_eq!((first.status, &first.body, hits(server)), (200, &second.body, 1));
        assert_eq!(first.header("content-language"), second.header("content-language"));
        let chinese = post(server, &["accept-language: zh"], &body);
        assert_ne!(chinese.body, first.body);
        let other = post(server, &[ACCEPT_GRAPHQL], &body);
        assert_eq!((&other.body, other.header("content-type").as_deref()), (&first.body, Some(GRAPHQL_TYPE)));
        assert_eq!(hits(server), 1);
    });
    serving_with(ServerConfig { response_cache_bytes: 0, ..ServerConfig::default() }, |server| {
        assert_eq!(post(server, &[], &body).body, post(server, &[], &body).body);
        assert_eq!(hits(server), 0);
    });
}

#[test]
fn answers_are_compressed_for_who_reads_it() {
    serving(|server| {
        let query = "{ __schema { types { name description fields { name description } } } }";
        let plain = ask(server, query);
        let body = json!({ "query": query }).to_string();
        let packed = post(server, &[ACCEPT_GRAPHQL, "accept-encoding: gzip"], &body);
        assert_eq!((packed.status, packed.header("content-encoding").as_deref()), (200, Some("gzip")));
        assert_eq!(packed.body.first_chunk(), Some(&[0x1f, 0x8b]));
        let (packed_size, size) = (packed.body.len(), plain.body.len());
        assert!(packed_size * 2 < size, "{packed_size} of {size}");
        assert!(packed.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("accept-encoding")));
    });
}

#[test]
fn a_connection_serves_many_requests() {
    serving(|server| {
        let mut stream = connect(server);
        let body = r#"{"query":"{ __typename }"}"#;
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let last = request.replace("\r\nhost", "\r\nconnection: close\r\nhost");
        stream.write_all(format!("{request}{request}{last}").as_bytes()).expect("sent");
        let response = receive(&mut stream);
        assert_eq!(response.text().matches("HTTP/1.1 200 OK").count() + 1, 3);
    });
}

/// `UPDATE_SCHEMA=1 cargo test --test http` writes it anew.
#[test]
fn the_schema_is_the_one_in_the_repository() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let printed = api::schema_sdl(demo().library());
    if std::env::var_os("UPDATE_SCHEMA").is_some_and(|value| value == "1") {
        std::fs::write(&path, &printed).expect("written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let place = known.lines().zip(printed.lines()).position(|(known, printed)| known != printed);
    assert!(
        known == printed,
        "schema.graphql differs from the code at line {:?}; UPDATE_SCHEMA=1 writes it anew",
        place.map(|line| line + 1)
    );
}

#[test]
fn a_real_question_is_answered() {
    serving(|server| {
        let query = "query C($input: CheckConsortiumInput!) { checkConsortium(input: $input) { userErrors { code } report { verdict } } }";
        let input = json!({ "direction": "cn-nz", "members": [
            { "key": "c1", "side": "CHINESE", "country": "CN", "kind": "UNIVERSITY" },
            { "key": "p1", "side": "PARTNER", "country": "NZ" },
        ] });
        let body = json!({ "query": query, "variables": { "input": input } });
        let response = post(server, &[], &body.to_string());
        assert_eq!(response.status, 200);
        let answer: Value = response.json();
        assert!(answer["data"]["checkConsortium"]["report"]["verdict"].is_string(), "{answer}");
    });
}
