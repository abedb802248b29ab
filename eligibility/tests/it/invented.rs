//! A call that no line of Rust knows: read from a folder, judged, repaired.

use std::path::Path;

use eligibility::{Library, Outcome, Verdict};

use crate::support::{case, files, guides, load};

fn library() -> Library {
    let mut sources = files(&guides());
    sources.extend(files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invented-call")));
    load(&sources).expect("the calls load")
}

const CONSORTIUM: &str = "
direction: cn-alps
members:
- {key: c, side: CHINESE, lead: true, country: CN, kind: RESEARCH_INSTITUTE}
- {key: a, side: PARTNER, country: AT, kind: UNIVERSITY}
- {key: b, side: PARTNER, country: SI, kind: UNIVERSITY}
project: {topic: ice-cores, station_altitude_m: 3106}
";

#[test]
fn an_invented_call_is_judged_by_its_own_facts_groups_and_days() {
    let library = library();
    let judged = |text: &str| {
        let consortium = case(&library, text).consortium;
        let report = library.check(&consortium).expect("a report");
        let clauses = library.clauses(&report);
        let sets = [clauses.violated, clauses.undetermined];
        (report.verdict, sets.map(|set| set.into_iter().map(String::from).collect::<Vec<_>>()))
    };
    assert_eq!(judged(CONSORTIUM), (Verdict::Eligible, [vec![], vec![]]));
    let low = CONSORTIUM.replace("3106", "2999");
    assert_eq!(judged(&low), (Verdict::Ineligible, [vec!["G1(2)".to_owned()], vec![]]));
    // Slovenia belongs to the group from the call's own day on, not the day before.
    let day_before = format!("as_of: 2031-02-28{CONSORTIUM}");
    assert_eq!(judged(&day_before), (Verdict::Ineligible, [vec!["G1(1)".to_owned()], vec![]]));
    let unknown = CONSORTIUM.replace(", station_altitude_m: 3106", "");
    assert_eq!(judged(&unknown), (Verdict::Undetermined, [vec![], vec!["G1(2)".to_owned()]]));
}

#[test]
fn an_open_slot_leaves_out_what_the_members_already_cover() {
    let library = library();
    let one_state = CONSORTIUM.replace("country: SI", "country: AT");
    let consortium = case(&library, &one_state).consortium;
    let report = library.check(&consortium).expect("a report");
    let violated = report.findings.iter().find(|finding| finding.outcome == Outcome::Violated).expect("a violation");
    let repairs = library.repairs(&consortium, &report, violated);
    let texts: Vec<String> = repairs.iter().map(|repair| library.repair_text(&consortium, repair).en).collect();
    assert_eq!(
        texts,
        ["add a partner (country or region of registration: in the group “Alpine states”, other than Austria)"]
    );
}
