//! Cases written from the text of a call: each states the verdict and the complete sets of clauses.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use eligibility::yaml;

use crate::support::LIBRARY;

/// Judges every case of a file; returns how many there are and what differs.
fn differences(path: &Path) -> (usize, Vec<String>) {
    let text = fs::read_to_string(path).expect("a file of cases");
    let node = yaml::parse("cases", &text, yaml::Limits::default()).expect("valid YAML");
    let cases = LIBRARY.read_cases("cases", &node).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    let mut different = Vec::new();
    for case in &cases {
        let case = case.as_ref().unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        let expect = case.expect.as_ref().expect("an expectation");
        let report = LIBRARY.check(&case.consortium).expect("a report");
        let clauses = LIBRARY.clauses(&report);
        let sorted = |set: &BTreeSet<&str>| set.iter().map(ToString::to_string).collect::<Vec<_>>();
        let actual = (
            report.verdict.as_str().to_owned(),
            sorted(&clauses.violated),
            sorted(&clauses.undetermined),
            sorted(&clauses.warned),
        );
        let expected =
            (expect.verdict.clone(), expect.violated.clone(), expect.undetermined.clone(), expect.warned.clone());
        if actual != expected {
            let id = case.id.as_deref().unwrap_or("?");
            different.push(format!("{id}: expected {expected:?}, found {actual:?}"));
        }
    }
    (cases.len(), different)
}

#[test]
fn every_case_of_the_repository_is_judged_as_it_expects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let mut judged = 0;
    for entry in fs::read_dir(folder).expect("the cases") {
        let (number, different) = differences(&entry.expect("an entry").path());
        assert_eq!(different, Vec::<String>::new());
        judged += number;
    }
    assert!(judged > 150, "{judged} cases");
}

#[test]
fn every_case_named_by_the_environment_is_judged_as_it_expects() {
    // Cases kept elsewhere: their file's path comes from the environment.
    let path = std::env::var_os("LIANHE_CASES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/sample.yaml"),
        |path| Path::new(&path).to_owned(),
    );
    if !path.exists() {
        println!("no cases at {}: set LIANHE_CASES to a file of cases", path.display());
        return;
    }
    assert_eq!(differences(&path).1, Vec::<String>::new());
}
