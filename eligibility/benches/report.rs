//! How long a judgement takes: `cargo bench -p eligibility`.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on fails")]

#[expect(clippy::panic, reason = "shared with the tests, which use all of it")]
#[path = "../tests/it/support.rs"]
mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use eligibility::{Library, yaml};

use support::{LIBRARY, case, files, guides};

/// Six members in direction 2.0, with a violation, an unknown and a warning among them.
const SIX_MEMBERS: &str = "
direction: cn-europe-labs
members:
- {key: c1, side: CHINESE, lead: true, name: 四川大学, country: CN, kind: UNIVERSITY, independent_legal_person: true, registered_on: 1896, founded_by: []}
- {key: c2, side: CHINESE, lead: false, name: 成都理工大学, country: CN, kind: UNIVERSITY, independent_legal_person: true, registered_on: 1956, founded_by: []}
- {key: c3, side: CHINESE, lead: false, name: 示例科技有限公司, country: CN, kind: ENTERPRISE, independent_legal_person: true, registered_on: 2015-03, founded_by: []}
- {key: p1, side: PARTNER, lead: true, name: Université de Liège, country: BE, subdivision: BE-WLG, kind: UNIVERSITY, independent_legal_person: true, registered_on: 1817}
- {key: p2, side: PARTNER, lead: false, name: CNRS, country: FR, kind: RESEARCH_INSTITUTE, independent_legal_person: true, registered_on: 1939-10-19}
- {key: p3, side: PARTNER, lead: false, name: Example Lab, country: IT, kind: ENTERPRISE, independent_legal_person: true, registered_on: 2020-06}
project:
  title: 中比法先进材料联合实验室
  topic: advanced-materials
  duration_months: 30
  joint_lab: {established_on: 2019-05-10, belt_and_road_approved: false}
  lab_agreement: {signed_on: 2019-04-02, signatories: [c1, p1], has_ip_terms: true, reused_in_other_application: false}
  government_endorsement: {issued_by: GOVERNMENT}
  lab_plan: true
  cooperation_agreement: {signed: true, has_ip_terms: true}
  patents: 4
  basic_research: false
  events: {count: 3}
  young_scholars: 6
  basic_cooperation: true
";

fn report(criterion: &mut Criterion) {
    let library: &Library = &LIBRARY;
    let six = case(library, SIX_MEMBERS).consortium;
    criterion.bench_function("report/six members, direction 2.0", |bencher| {
        bencher.iter(|| library.check(black_box(&six)));
    });
    let institution = six.members.first().expect("a member").clone();
    criterion.bench_function("institution/13 directions, three roles each", |bencher| {
        bencher.iter(|| library.check_institution(black_box(&institution), None));
    });
    let judged = library.check(&six).expect("a report");
    criterion.bench_function("repairs/all findings of the six-member report", |bencher| {
        bencher.iter(|| {
            judged
                .findings
                .iter()
                .map(|finding| library.repairs(black_box(&six), &judged, finding).len())
                .sum::<usize>()
        });
    });
    let crowd: String =
        (0..50).map(|number| format!("- {{key: m{number}, side: PARTNER, country: BE, kind: HOSPITAL}}\n")).collect();
    let crowd = case(library, &format!("direction: cn-europe-labs\nmembers:\n{crowd}")).consortium;
    let crowded = library.check(&crowd).expect("a report");
    criterion.bench_function("repairs/all findings of fifty members that all fail", |bencher| {
        bencher.iter(|| {
            let repairs = crowded.findings.iter().map(|finding| library.repairs(black_box(&crowd), &crowded, finding));
            repairs.map(|repairs| repairs.len()).sum::<usize>()
        });
    });
    let node = yaml::parse("case.yaml", SIX_MEMBERS, yaml::Limits::default()).expect("valid YAML");
    criterion.bench_function("read/case from YAML text", |bencher| {
        bencher.iter(|| yaml::parse("case.yaml", black_box(SIX_MEMBERS), yaml::Limits::default()));
    });
    criterion.bench_function("read/case from tree", |bencher| {
        bencher.iter(|| library.read_case("case.yaml", black_box(&node)).map(|case| case.consortium.members.len()));
    });
    let sources = files(&guides());
    criterion.bench_function("load/all calls", |bencher| {
        bencher.iter(|| Library::load(black_box(&sources)).map(|library| library.guides.len()));
    });
}

criterion_group!(benches, report);
criterion_main!(benches);
