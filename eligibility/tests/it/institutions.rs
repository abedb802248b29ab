//! One institution against all directions and roles.

use eligibility::{Role, Verdict, yaml};

use crate::support::LIBRARY;

/// The roles of a verdict, as `prefix role`.
fn roles(text: &str, verdict: Verdict) -> Vec<String> {
    let node = yaml::parse("institution.yaml", text, yaml::Limits::default()).expect("valid YAML");
    let institution = LIBRARY.read_institution("institution.yaml", &node).expect("an institution");
    let reports = LIBRARY.check_institution(&institution, None);
    assert_eq!(reports.len(), 13 * Role::ALL.len());
    reports
        .iter()
        .filter(|report| report.verdict == verdict)
        .map(|report| {
            format!("{} {}", LIBRARY.direction(report.direction).expect("a direction").prefix, report.role.as_str())
        })
        .collect()
}

#[test]
fn a_thai_university_can_be_a_partner_of_2_2_alone() {
    let thai = "{name: Example, country: TH, kind: UNIVERSITY, independent_legal_person: true, registered_on: 1917,
        principal_investigator: {riken_staff: NONE}, hk_status: NONE}";
    assert_eq!(roles(thai, Verdict::Eligible), ["2.2 PARTNER"]);
    assert_eq!(roles(thai, Verdict::Undetermined), Vec::<String>::new());
}

#[test]
fn a_young_saudi_company_waits_for_its_registration_date() {
    let saudi = "{country: SA, kind: ENTERPRISE, independent_legal_person: true, registered_on: '2020-06',
        principal_investigator: {riken_staff: NONE}, hk_status: NONE}";
    assert_eq!(roles(saudi, Verdict::Eligible), Vec::<String>::new());
    assert_eq!(roles(saudi, Verdict::Undetermined), ["1.6 PARTNER"]);
}

#[test]
fn a_chinese_enterprise_leads_everywhere_but_in_1_8() {
    let enterprise = "{country: CN, kind: ENTERPRISE, principal_investigator: {riken_staff: NONE}, hk_status: NONE}";
    let possible = roles(enterprise, Verdict::Eligible);
    assert!(!possible.contains(&"1.8 LEAD".to_owned()));
    assert!(possible.contains(&"1.8 PARTICIPANT".to_owned()));
    assert_eq!(possible.iter().filter(|role| role.ends_with("LEAD")).count(), 12);
    assert_eq!(possible.iter().filter(|role| role.ends_with("PARTNER")).count(), 0);
}

#[test]
fn a_hong_kong_university_of_unknown_status_may_become_the_main_applicant() {
    let hong_kong = "{country: HK, kind: UNIVERSITY, principal_investigator: {riken_staff: NONE}}";
    assert_eq!(roles(hong_kong, Verdict::Undetermined), ["HK1.1 PARTNER"]);
}
