//! The rooms stay apart: what a crate may not reach, it does not reach, however many crates lie between.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::process::Command;

/// The crates a package is built from, itself included.
fn crates_of(package: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().filter_map(|line| line.split(' ').next()).map(String::from).collect()
}

#[test]
fn the_rules_know_nothing_of_io_servers_databases_or_graphql() {
    let crates = crates_of("eligibility");
    assert!(crates.contains(&"eligibility".to_owned()));
    for barred in ["tokio", "actix-web", "async-graphql", "sea-orm", "serde_json", "tracing"] {
        assert!(!crates.contains(&barred.to_owned()), "eligibility reaches {barred}");
    }
}

#[test]
fn the_graphql_layer_knows_nothing_of_the_database() {
    let crates = crates_of("api");
    assert!(crates.contains(&"eligibility".to_owned()));
    for barred in ["sea-orm", "sqlx", "lianhe"] {
        assert!(!crates.contains(&barred.to_owned()), "api reaches {barred}");
    }
}
