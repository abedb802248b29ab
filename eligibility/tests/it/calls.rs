//! The data of the built-in calls.

use std::sync::Arc;

use eligibility::Direction;
use eligibility::guide::{Decision, Modality};

use crate::support::LIBRARY;

#[test]
fn every_call_passes_its_audit() {
    for guide in &LIBRARY.guides {
        let audit = LIBRARY.audit(guide);
        let problems: Vec<String> = audit.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(audit.covered, audit.characters);
    }
}

#[test]
fn the_call_of_2023_has_its_thirteen_directions_and_printed_totals() {
    let guide = LIBRARY.find_guide("2023-second-batch").expect("the call");
    let numbers: Vec<&str> = guide.directions.iter().map(|direction| direction.prefix.as_str()).collect();
    let expected = ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "2.0", "2.1", "2.2", "HK1.1"];
    assert_eq!(numbers, expected);
    let (intergovernmental, hong_kong) = guide.directions.split_at(12);
    let projects = |of: &[Arc<Direction>]| of.iter().map(|direction| direction.quota.projects).sum::<i64>();
    let budget = |of: &[Arc<Direction>]| of.iter().map(|direction| direction.budget_cny).sum::<i64>();
    assert_eq!((projects(intergovernmental), budget(intergovernmental)), (157, 314_800_000));
    assert_eq!((projects(hong_kong), budget(hong_kong)), (25, 50_000_000));
}

#[test]
fn only_a_person_decides_what_no_predicate_can_and_every_text_is_in_both_languages() {
    let han = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    for (_, _, direction) in LIBRARY.directions() {
        for requirement in &direction.requirements {
            let texts = [Some(&requirement.statement), requirement.note.as_ref()];
            for text in texts.into_iter().flatten() {
                assert!(han(&text.zh), "{}: {}", requirement.id, text.zh);
                assert!(
                    text.en.chars().filter(char::is_ascii_alphabetic).count() > 5,
                    "{}: {}",
                    requirement.id,
                    text.en
                );
            }
            // What is only to know can never decide a verdict, so it must not look as if it could.
            if requirement.modality == Modality::Informational {
                assert!(matches!(requirement.decision, Decision::Review), "{}", requirement.id);
            }
        }
    }
}

#[test]
fn groups_have_the_members_of_their_day() {
    let on = |group: &str, day: &str| {
        let (_, group) = LIBRARY.places.find_group(group).expect("a group");
        group.members_on(eligibility::date::parse_day(day).expect("a day")).count()
    };
    assert_eq!(on("asean", "2023-06-05"), 10);
    assert_eq!(on("asean", "2025-10-25"), 10);
    assert_eq!(on("asean", "2025-10-26"), 11);
    assert_eq!(on("arab-states-2023", "2023-06-05"), 22);
    assert_eq!(on("africa", "2023-06-05"), 54);
    assert_eq!(on("europe-labs-2023-countries", "2023-06-05"), 7);
    assert_eq!(LIBRARY.places.countries().len(), 249);
}

#[test]
fn the_version_of_a_call_is_of_what_its_files_say() {
    let version = |files: &[eligibility::SourceFile]| -> String {
        let library = eligibility::Library::load(files).expect("the calls load");
        library.find_guide("2023-second-batch").expect("the call").version.clone()
    };
    let files = crate::support::files(&crate::support::guides());
    let with = |path: &str, change: &dyn Fn(&str) -> String| {
        let mut files = files.clone();
        let file = files.iter_mut().find(|file| file.path == path).expect(path);
        file.text = change(&file.text);
        version(&files)
    };
    let now = version(&files);
    assert_eq!(now, LIBRARY.find_guide("2023-second-batch").expect("the call").version);
    assert!(now.len() == 12 && now.chars().all(|digit| digit.is_ascii_hexdigit()), "{now}");
    let direction = "2023-second-batch/2.2-cn-asean.yaml";
    assert_eq!(with(direction, &|text| format!("# a comment\n\n{text}")), now, "where it stands does not count");
    assert_ne!(with(direction, &|text| text.replace("at_least: 2}}", "at_least: 3}}")), now);
    assert_ne!(with("facts.yaml", &|text| text.replace("en: project title", "en: title of the project")), now);
    assert_ne!(with("2023-second-batch/source.zh.txt", &|text| format!("{text} ")), now);
}
