//! The data of the built-in calls.

use crate::support::LIBRARY;

#[test]
fn every_call_passes_its_audit() {
    for guide in &LIBRARY.guides {
        let audit = LIBRARY.audit(guide);
        let problems: Vec<String> = audit.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(audit.covered, audit.characters);
        assert!(audit.characters > 7_000, "the whole source is read");
    }
}
