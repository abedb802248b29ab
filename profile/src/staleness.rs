//! Facts that nobody has confirmed for long, and the verdicts that rest on them.

use eligibility::{Library, Outcome, RoleReport, Verdict};

use crate::completeness::mandatory;
use crate::content::{Assurance, Profile};

const MILLISECONDS_OF_A_DAY: i64 = 86_400_000;

/// The names of the facts that an institution itself declared, if it confirmed its profile longer ago than so many days; times
/// are milliseconds since 1970 (UTC). A profile that was never confirmed has nobody to ask, and nothing stale.
pub fn stale_facts(profile: &Profile, confirmed_at: Option<i64>, now: i64, after_days: u32) -> Vec<&str> {
    let age = confirmed_at.map(|confirmed_at| now.saturating_sub(confirmed_at));
    if age.is_none_or(|age| age <= i64::from(after_days) * MILLISECONDS_OF_A_DAY) {
        return Vec::new();
    }
    let declared = profile.facts.iter().filter(|(_, stated)| stated.assurance == Assurance::SelfDeclared);
    declared.map(|(fact, _)| fact.as_str()).collect()
}

/// Of some facts, by their names below `member.`, those that a report's verdict rests on: of an institution that could not take
/// the role, the facts that rule it out; else all that its mandatory findings read.
pub fn rests_on(library: &Library, report: &RoleReport, facts: &[&str]) -> Vec<String> {
    let decides = |outcome| report.verdict != Verdict::Ineligible || outcome == Outcome::Violated;
    let mut found: Vec<String> = Vec::new();
    for finding in mandatory(library, report).filter(|finding| decides(finding.outcome)) {
        for read in report.evidence(finding) {
            let Some(definition) = library.vocabulary.definition(read.fact) else { continue };
            let name = definition.short_name();
            if facts.contains(&name) && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use eligibility::Role;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::content::Stated;
    use crate::judge::member;
    use crate::support::LIBRARY;

    const DAY: i64 = MILLISECONDS_OF_A_DAY;

    fn text(text: &str) -> Stated {
        Stated::Text(text.to_owned())
    }

    fn of(facts: &[(&str, Stated, Assurance)]) -> Profile {
        let mut profile = Profile::default();
        for (fact, value, assurance) in facts {
            profile.state(fact, value.clone(), *assurance);
        }
        profile
    }

    #[test]
    fn declared_facts_are_stale_once_a_year_has_passed() {
        let profile = of(&[
            ("country", text("CN"), Assurance::Imported),
            ("independent_legal_person", Stated::Bool(true), Assurance::SelfDeclared),
            ("kind", text("UNIVERSITY"), Assurance::SelfDeclared),
            ("registered_on", text("1911"), Assurance::Verified),
        ]);
        let now = 1_795_311_000_000;
        let declared = ["independent_legal_person", "kind"];
        assert_eq!(stale_facts(&profile, Some(now - 365 * DAY - 1), now, 365), declared);
        assert!(stale_facts(&profile, Some(now - 365 * DAY), now, 365).is_empty());
        assert!(stale_facts(&profile, Some(now + DAY), now, 365).is_empty());
        assert!(stale_facts(&profile, None, now, 365).is_empty());
        assert_eq!(stale_facts(&profile, Some(now - 1), now, 0), declared);
        assert_eq!(stale_facts(&profile, Some(i64::MIN), i64::MAX, u32::MAX), declared);
    }

    fn rested(profile: &Profile, direction: &str, role: Role, facts: &[&str]) -> (Verdict, Vec<String>) {
        let member = member(&LIBRARY, profile, Assurance::Imported).expect("facts");
        let id = LIBRARY.find_direction(None, direction).expect("a direction");
        let reports = LIBRARY.check_institution(&member, None);
        let report = reports.iter().find(|report| report.direction == id && report.role == role).expect("a report");
        (report.verdict, rests_on(&LIBRARY, report, facts))
    }

    const ALL: [&str; 6] = [
        "country",
        "hk_status",
        "independent_legal_person",
        "kind",
        "principal_investigator.riken_staff",
        "registered_on",
    ];

    #[test]
    fn a_verdict_rests_on_the_facts_that_decided_it() {
        let profile = |country: &str, date: &str| {
            of(&[
                ("country", text(country), Assurance::SelfDeclared),
                ("independent_legal_person", Stated::Bool(true), Assurance::SelfDeclared),
                ("kind", text("UNIVERSITY"), Assurance::SelfDeclared),
                ("registered_on", text(date), Assurance::SelfDeclared),
                ("hk_status", text("NONE"), Assurance::SelfDeclared),
            ])
        };
        let rested = |profile: &Profile, facts: &[&str]| rested(profile, "cn-arab-labs", Role::Partner, facts);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let four = names(&["country", "registered_on", "kind", "independent_legal_person"]);
        assert_eq!(rested(&profile("SA", "1957"), &ALL), (Verdict::Eligible, four));
        assert_eq!(rested(&profile("SA", "1957"), &["kind"]), (Verdict::Eligible, names(&["kind"])));
        assert_eq!(rested(&profile("SA", "1957"), &[]), (Verdict::Eligible, names(&[])));
        assert_eq!(rested(&profile("SA", "2022"), &ALL), (Verdict::Ineligible, names(&["registered_on"])));
        assert_eq!(rested(&profile("SA", "2022"), &["kind"]), (Verdict::Ineligible, names(&[])));
        assert_eq!(rested(&profile("FR", "2022"), &ALL), (Verdict::Ineligible, names(&["country", "registered_on"])));
    }

    fn word(words: &'static [&'static str]) -> impl Strategy<Value = Option<Stated>> {
        option::of(prop::sample::select(words.to_vec()).prop_map(text))
    }

    fn profile() -> impl Strategy<Value = Profile> {
        let facts = (
            word(&["CN", "HK", "JP", "SA", "EG", "NZ", "BE", "DE", "IL", "US"]),
            word(&["BE-WAL", "BE-BRU"]),
            word(&["UNIVERSITY", "RESEARCH_INSTITUTE", "ENTERPRISE", "HOSPITAL", "GOVERNMENT_AGENCY", "OTHER"]),
            option::of(any::<bool>().prop_map(Stated::Bool)),
            word(&["1911", "2019-06", "2020", "2020-06-05", "2022-08"]),
            word(&["RD_CENTRE", "DESIGNATED_PUBLIC_RESEARCH_INSTITUTE", "NONE"]),
            word(&["FULL_RESEARCHER", "VISITING", "NONE"]),
            option::of(Just(Stated::List(Vec::new()))),
        );
        facts.prop_map(|(country, subdivision, kind, person, date, hong_kong, riken, founders)| {
            let is_belgian = country == Some(text("BE"));
            let facts = [
                ("country", country),
                ("subdivision", subdivision.filter(|_| is_belgian)),
                ("kind", kind),
                ("independent_legal_person", person),
                ("registered_on", date),
                ("hk_status", hong_kong),
                ("principal_investigator.riken_staff", riken),
                ("founded_by", founders),
            ];
            let stated = facts.into_iter().filter_map(|(fact, value)| Some((fact, value?, Assurance::SelfDeclared)));
            of(&stated.collect::<Vec<_>>())
        })
    }

    proptest! {
        /// The facts that a verdict rests on bear it alone.
        #[test]
        fn the_other_facts_can_be_unknown(profile in profile()) {
            let whole = member(&LIBRARY, &profile, Assurance::Imported).expect("facts");
            let names: Vec<&str> = profile.facts.keys().map(String::as_str).collect();
            for report in LIBRARY.check_institution(&whole, None) {
                let rests = rests_on(&LIBRARY, &report, &names);
                let mut less = profile.clone();
                less.facts.retain(|fact, _| rests.contains(fact));
                let less = member(&LIBRARY, &less, Assurance::Imported).expect("facts");
                let again = LIBRARY.check_institution(&less, None);
                let again = again.iter().find(|other| other.direction == report.direction && other.role == report.role);
                prop_assert_eq!(again.map(|again| again.verdict), Some(report.verdict), "{:?}", report.role);
            }
        }
    }
}
