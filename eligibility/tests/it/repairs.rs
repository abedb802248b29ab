//! A repair applied to the facts makes its finding satisfied: for every requirement of every direction.
//!
//! Consortia are drawn at random over the whole vocabulary, unknown facts included, so that each requirement is met,
//! missed and left open in many ways.

use std::collections::BTreeMap;

use eligibility::{Consortium, Facts, Outcome};

use crate::random::sample;
use crate::support::{LIBRARY, case};

const CONSORTIA_PER_DIRECTION: usize = 400;

#[test]
fn a_repair_makes_its_finding_satisfied() {
    // How often each requirement was repaired: a requirement that never was would not be tested.
    let mut repaired: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unrepaired: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, _, direction) in LIBRARY.directions() {
        let mut seen: Vec<(usize, bool)> = Vec::new();
        for consortium in sample(&LIBRARY, id, CONSORTIA_PER_DIRECTION) {
            let report = LIBRARY.check(&consortium).expect("a report");
            for finding in &report.findings {
                if !matches!(finding.outcome, Outcome::Violated | Outcome::Undetermined) {
                    continue;
                }
                let repairs = LIBRARY.repairs(&consortium, &report, finding);
                seen.push((finding.requirement, !repairs.is_empty()));
                for repair in &repairs {
                    let mended = LIBRARY.apply(&consortium, repair);
                    let again = LIBRARY.check(&mended).expect("a report");
                    let outcome = again.findings.get(finding.requirement).map(|finding| finding.outcome);
                    let requirement = direction.requirements.get(finding.requirement).expect("a requirement");
                    assert_eq!(
                        outcome,
                        Some(Outcome::Satisfied),
                        "{}: {}",
                        requirement.id,
                        LIBRARY.repair_text(&consortium, repair).en
                    );
                }
            }
        }
        for (requirement, found) in seen {
            let requirement = direction.requirements.get(requirement).expect("a requirement");
            let counts = if found { &mut repaired } else { &mut unrepaired };
            *counts.entry(requirement.id.as_str()).or_default() += 1;
        }
        for requirement in direction.requirements.iter().filter(|of| of.decision.predicate().is_some()) {
            assert!(repaired.contains_key(requirement.id.as_str()), "{} was never repaired", requirement.id);
        }
    }
    assert_eq!(unrepaired, BTreeMap::new(), "findings without a repair");
}

#[test]
fn a_repair_satisfies_a_common_rule_too() {
    let mut repaired = 0;
    for (id, _, _) in LIBRARY.directions() {
        for consortium in sample(&LIBRARY, id, 40) {
            let Some(common) = LIBRARY.check_common_rules(&consortium) else { continue };
            for finding in &common.findings {
                for repair in LIBRARY.common_repairs(&consortium, finding) {
                    let mended = LIBRARY.apply(&consortium, &repair);
                    let again = LIBRARY.check_common_rules(&mended).expect("a report");
                    let outcome = again.findings.get(finding.requirement).map(|finding| finding.outcome);
                    assert_eq!(outcome, Some(Outcome::Satisfied), "{}", LIBRARY.repair_text(&consortium, &repair).en);
                    repaired += 1;
                }
            }
        }
    }
    assert!(repaired > 1_000, "{repaired} repairs");
}

#[test]
fn of_two_that_are_added_neither_is_told_the_others_example() {
    let text = "{direction: cn-asean, members: [{key: cn, side: CHINESE, lead: true, country: CN}]}";
    let consortium = case(&LIBRARY, text).consortium;
    let report = LIBRARY.check(&consortium).expect("a report");
    let requirements = &LIBRARY.direction(consortium.direction).expect("a direction").requirements;
    let two = report.findings.iter().find(|finding| {
        requirements[finding.requirement].id == "2.2(1)#two-states" && finding.outcome == Outcome::Violated
    });
    let slots = LIBRARY.open_slots(&consortium, &report, two.expect("two partners are missing"));
    let texts: Vec<String> = slots.iter().map(|slot| LIBRARY.slot_text(&consortium, &slot.slot).en).collect();
    let first = "a partner (country or region of registration: in the group “ASEAN member states”";
    assert_eq!(texts, [format!("{first})"), format!("{first}, and not that of another addition)")]);
}

#[test]
fn a_rule_about_one_direction_does_not_apply_in_another() {
    for (id, guide, direction) in LIBRARY.directions() {
        let consortium = Consortium { direction: id, as_of: None, members: Vec::new(), project: Facts::default() };
        let Some(common) = LIBRARY.check_common_rules(&consortium) else { continue };
        let rules = &guide.common_rules.as_ref().expect("rules").rules;
        for (rule, of) in [("window-hong-kong", "mainland-hk"), ("uk-expression-of-interest", "cn-uk-onehealth")] {
            let place = rules.iter().position(|known| known.id == format!("COMMON#{rule}")).expect(rule);
            let is_about = common.findings[place].outcome != Outcome::NotApplicable;
            assert_eq!(is_about, direction.id == of, "{rule} in {}", direction.id);
        }
    }
}

#[test]
fn of_two_amounts_that_nobody_knows_the_share_is_told() {
    let text =
        "{direction: mainland-hk, members: [{key: cn, side: CHINESE, lead: true, country: CN, kind: ENTERPRISE}]}";
    let consortium = case(&LIBRARY, text).consortium;
    let report = LIBRARY.check(&consortium).expect("a report");
    let requirements = &LIBRARY.direction(consortium.direction).expect("a direction").requirements;
    let share = report.findings.iter().find(|of| requirements[of.requirement].id == "HK1.1(3)#matching-10pct");
    let repairs = LIBRARY.repairs(&consortium, &report, share.expect("it is judged"));
    let texts: Vec<String> = repairs.iter().map(|repair| LIBRARY.repair_text(&consortium, repair).en).collect();
    assert_eq!(
        texts,
        [
            "supply state grant requested; and supply matching funds of mainland enterprises (must be at least 10% of the \
          state grant requested)"
        ]
    );
}
