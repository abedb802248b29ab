//! The rooms stay apart: what a crate may not reach, it does not reach, however many crates lie between.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::process::Command;

/// The crates a package is built from, itself included.
fn crates_of(package: &str) -> Vec<String> {
    tree(package, "999")
}

/// The crates a package names itself, and itself.
fn dependencies_of(package: &str) -> Vec<String> {
    tree(package, "1")
}

fn tree(package: &str, depth: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}", "--offline"])
        .args(["--depth", depth])
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
fn profiles_and_the_index_know_nothing_of_databases_servers_or_graphql() {
    for package in ["profile", "search"] {
        let crates = crates_of(package);
        assert!(crates.contains(&"eligibility".to_owned()));
        for barred in ["tokio", "actix-web", "async-graphql", "sea-orm", "sqlx"] {
            assert!(!crates.contains(&barred.to_owned()), "{package} reaches {barred}");
        }
    }
}

#[test]
fn matching_knows_nothing_of_databases_servers_or_graphql() {
    let crates = crates_of("matching");
    assert!(crates.contains(&"serde".to_owned()));
    for barred in ["tokio", "actix-web", "async-graphql", "sea-orm", "sqlx", "serde_json", "service", "api", "lianhe"] {
        assert!(!crates.contains(&barred.to_owned()), "matching reaches {barred}");
    }
}

#[test]
fn the_use_cases_know_nothing_of_graphql_or_http() {
    let crates = crates_of("service");
    assert!(crates.contains(&"entity".to_owned()));
    for barred in ["async-graphql", "actix-web", "api", "lianhe"] {
        assert!(!crates.contains(&barred.to_owned()), "service reaches {barred}");
    }
}

#[test]
fn the_graphql_layer_asks_the_use_cases_and_not_the_database() {
    let own = dependencies_of("api");
    assert!(own.contains(&"service".to_owned()));
    for barred in ["sea-orm", "sqlx", "entity", "migration", "lianhe"] {
        assert!(!own.contains(&barred.to_owned()), "api depends on {barred}");
    }
}
