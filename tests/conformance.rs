//! Suites of others: GraphQL over HTTP against a server, the rules of Relay and of schema design against the schema.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and says what a suite said"
)]

mod support;

use std::path::PathBuf;
use std::process::Command;

use api::ServerConfig;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// Runs a suite; without what it needs, says what is missing and goes on, except where everything has to be checked.
fn run(script: &str, argument: &str) {
    if !folder().join("node_modules").is_dir() {
        let missing = "left out: the suites need Node.js 20 or newer and `npm ci` in tests/conformance";
        assert!(std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("{missing}");
        return;
    }
    let output = Command::new("node").arg(script).arg(argument).current_dir(folder()).output().expect("node runs");
    let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{said}");
    assert!(output.status.success(), "{said}{failed}");
}

#[test]
fn the_server_speaks_graphql_over_http() {
    let server = support::start(ServerConfig::default());
    run("http.js", &format!("http://{}/graphql", server.local_addr()));
    support::stop(server);
}

#[test]
fn the_schema_follows_the_rules_of_relay() {
    let schema = folder().join("../../schema.graphql");
    run("schema.js", schema.to_str().expect("UTF-8"));
}
