//! Properties of the logic:
//!
//! 1. Knowing less never turns met into violated nor violated into met: forgetting facts can only leave a finding as it is
//!    or make it undetermined.
//! 2. Conditions on one member are met by one member: two that each meet half do not.
//! 3. A partial date decides only when every day it can mean gives the same answer.
//! 4. The lead of a side that is not marked is any of its members.

use eligibility::{Consortium, Outcome};

use crate::random::sample;
use crate::support::{LIBRARY, case};

/// The consortium with every `nth` known fact of what may be unknown forgotten.
fn forget(consortium: &Consortium, nth: usize) -> Consortium {
    let side = LIBRARY.vocabulary.find("member.side").expect("a fact").0.slot;
    let mut less = consortium.clone();
    let mut seen = 0;
    for member in &mut less.members {
        let known: Vec<usize> = member.facts.known().map(|(slot, _)| slot).filter(|slot| *slot != side).collect();
        for slot in known {
            seen += 1;
            if seen % nth == 0 {
                member.facts.set(slot, None);
            }
        }
    }
    let known: Vec<usize> = less.project.known().map(|(slot, _)| slot).collect();
    for slot in known {
        seen += 1;
        if seen % nth == 0 {
            less.project.set(slot, None);
        }
    }
    less
}

#[test]
fn knowing_less_never_turns_a_finding_round() {
    for (id, _, direction) in LIBRARY.directions() {
        for consortium in sample(&LIBRARY, id, 150) {
            let full = LIBRARY.check(&consortium).expect("a report");
            for nth in 1..5 {
                let less = LIBRARY.check(&forget(&consortium, nth)).expect("a report");
                for (known, forgotten) in full.findings.iter().zip(&less.findings) {
                    let met = |outcome| matches!(outcome, Outcome::Satisfied | Outcome::NotApplicable);
                    let turned = (met(known.outcome) && forgotten.outcome == Outcome::Violated)
                        || (known.outcome == Outcome::Violated && met(forgotten.outcome));
                    let id = &direction.requirements.get(known.requirement).expect("a requirement").id;
                    assert!(!turned, "{id}: {:?} became {:?}", known.outcome, forgotten.outcome);
                }
            }
        }
    }
}

/// The outcome of a requirement of a consortium written as YAML.
fn outcome(requirement: &str, text: &str) -> Outcome {
    let consortium = case(&LIBRARY, text).consortium;
    let report = LIBRARY.check(&consortium).expect("a report");
    let direction = LIBRARY.direction(consortium.direction).expect("a direction");
    let index = direction.requirements.iter().position(|of| of.id == requirement).expect("the requirement");
    report.findings.get(index).expect("its finding").outcome
}

#[test]
fn two_members_that_each_meet_half_do_not_meet_the_whole() {
    // An enterprise that is not of the mainland, and a mainland unit that is no enterprise.
    let halves = "{direction: mainland-hk, members: [
        {key: a, side: CHINESE, lead: true, country: CN, kind: UNIVERSITY},
        {key: b, side: CHINESE, country: HK, kind: ENTERPRISE}]}";
    assert_eq!(outcome("HK1.1(3)#mainland-enterprise", halves), Outcome::Violated);
    let whole = halves.replace("country: HK", "country: CN");
    assert_eq!(outcome("HK1.1(3)#mainland-enterprise", &whole), Outcome::Satisfied);
    let unknown = halves.replace("country: HK, ", "");
    assert_eq!(outcome("HK1.1(3)#mainland-enterprise", &unknown), Outcome::Undetermined);
}

#[test]
fn a_partial_date_decides_only_when_every_day_of_it_agrees() {
    let registered = |date: &str| {
        let text = format!(
            "{{direction: cn-arab-labs, members: [
                {{key: p, side: PARTNER, country: SA, registered_on: '{date}'}}]}}"
        );
        outcome("1.6(7)#registered-3y", &text)
    };
    for (date, expected) in [
        ("2019", Outcome::Satisfied),
        ("2020", Outcome::Undetermined),
        ("2021", Outcome::Violated),
        ("2020-05", Outcome::Satisfied),
        ("2020-06", Outcome::Undetermined),
        ("2020-07", Outcome::Violated),
        ("2020-06-05", Outcome::Satisfied),
        ("2020-06-06", Outcome::Violated),
    ] {
        assert_eq!(registered(date), expected, "{date}");
    }
}

#[test]
fn an_unmarked_lead_is_any_member_of_its_side() {
    let lead = |kinds: [&str; 2], marks: [&str; 2]| {
        let text = format!(
            "{{direction: cn-il, members: [
                {{key: a, side: CHINESE, kind: {}, lead: {}}},
                {{key: b, side: CHINESE, kind: {}, lead: {}}}]}}",
            kinds[0], marks[0], kinds[1], marks[1]
        );
        outcome("1.5(1)#lead-enterprise", &text)
    };
    assert_eq!(lead(["ENTERPRISE", "UNIVERSITY"], ["false", "false"]), Outcome::Undetermined);
    assert_eq!(lead(["ENTERPRISE", "ENTERPRISE"], ["null", "null"]), Outcome::Satisfied);
    assert_eq!(lead(["UNIVERSITY", "UNIVERSITY"], ["null", "null"]), Outcome::Violated);
    assert_eq!(lead(["ENTERPRISE", "UNIVERSITY"], ["true", "false"]), Outcome::Satisfied);
    assert_eq!(lead(["ENTERPRISE", "UNIVERSITY"], ["false", "true"]), Outcome::Violated);
}

#[test]
fn a_title_names_partner_countries_and_then_a_field() {
    let titled = |countries: &[&str], title: &str| {
        let partners: Vec<String> = countries
            .iter()
            .enumerate()
            .map(|(index, code)| format!("{{key: p{index}, side: PARTNER, country: {code}}}"))
            .collect();
        let text =
            format!("{{direction: cn-africa-labs, members: [{}], project: {{title: '{title}'}}}}", partners.join(", "));
        outcome("1.7(3)#title-format", &text)
    };
    for (countries, title, expected) in [
        (&["EG"][..], "中埃农业联合实验室", Outcome::Satisfied),
        (&["EG"], "中埃及农业联合实验室", Outcome::Satisfied),
        (&["EG"], "中 埃及 农业 联合实验室", Outcome::Satisfied),
        (&["EG"], "中埃塞俄比亚农业联合实验室", Outcome::Violated),
        (&["ET"], "中埃塞俄比亚农业联合实验室", Outcome::Satisfied),
        (&["ZA"], "中南非农业联合实验室", Outcome::Satisfied),
        (&["ZA"], "中南苏丹农业联合实验室", Outcome::Violated),
        (&["ZA"], "中南苏云金芽孢杆菌联合实验室", Outcome::Satisfied),
        (&["CG"], "中刚金属矿产联合实验室", Outcome::Satisfied),
        (&["SS"], "中南非农业联合实验室", Outcome::Violated),
        (&["NE"], "中尼日利亚农业联合实验室", Outcome::Violated),
        (&["SA"], "中沙特联合实验室", Outcome::Violated),
        (&["EG", "KE"], "中埃肯农业联合实验室", Outcome::Satisfied),
        (&["EG", "KE"], "中埃肯联合实验室", Outcome::Violated),
        (&["EG"], "中国—埃及农业联合实验室", Outcome::Violated),
        (&["EG"], "中埃农业联合实验室项目", Outcome::Violated),
        (&["null"], "中埃农业联合实验室", Outcome::Undetermined),
        (&["null"], "中农业联合实验室", Outcome::Violated),
    ] {
        assert_eq!(titled(countries, title), expected, "{countries:?} {title}");
    }
}

#[test]
fn a_finding_names_the_facts_that_decided_it() {
    let text = "{direction: cn-nz, members: [
        {key: c, side: CHINESE, lead: true, country: CN},
        {key: p, side: PARTNER, name: Example, country: FR},
        {key: q, side: PARTNER}]}";
    let consortium = case(&LIBRARY, text).consortium;
    let report = LIBRARY.check(&consortium).expect("a report");
    let direction = LIBRARY.direction(consortium.direction).expect("a direction");
    let facts = |requirement: &str| {
        let index = direction.requirements.iter().position(|of| of.id == requirement).expect("the requirement");
        let evidence = report.evidence(report.findings.get(index).expect("its finding"));
        evidence.iter().map(|fact| LIBRARY.fact_name(&consortium, *fact)).collect::<Vec<_>>()
    };
    // Undetermined because of the partner whose country is not known; the French one decides nothing.
    assert_eq!(facts("1.1#partner-country"), ["members[q].country"]);
    assert_eq!(facts("1.1#both-submit"), ["project.counterpart_application"]);
}
