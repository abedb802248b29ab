//! How long completions take: `cargo bench -p eligibility --bench completion`.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on fails")]

#[expect(clippy::panic, reason = "shared with the tests, which use all of it")]
#[path = "../tests/it/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use eligibility::{Class, CompletionLimits, Library, Member, Parties, Pool, yaml};

use support::{LIBRARY, case};

/// Six members that lack a Hong Kong lead, a mainland enterprise and nothing else.
const HONG_KONG: &str = "
direction: mainland-hk
members:
- {key: c1, side: CHINESE, lead: true, country: CN, kind: UNIVERSITY, founded_by: []}
- {key: c2, side: CHINESE, lead: false, country: CN, kind: RESEARCH_INSTITUTE, founded_by: []}
- {key: c3, side: CHINESE, lead: false, country: CN, kind: HOSPITAL, founded_by: []}
- {key: c4, side: CHINESE, lead: false, country: CN, kind: UNIVERSITY, founded_by: []}
- {key: p1, side: PARTNER, lead: false, country: HK, kind: HOSPITAL, hk_status: NONE}
- {key: p2, side: PARTNER, lead: false, country: MO, kind: UNIVERSITY, hk_status: NONE}
";

/// Six members without a Chinese applicant and without a member of an ASEAN state: three slots.
const ASEAN: &str = "
direction: cn-asean
members:
- {key: c1, side: CHINESE, lead: true, country: US, kind: UNIVERSITY}
- {key: c2, side: CHINESE, lead: false, country: FR, kind: UNIVERSITY}
- {key: p1, side: PARTNER, lead: true, country: DE, kind: UNIVERSITY}
- {key: p2, side: PARTNER, lead: false, country: FR, kind: UNIVERSITY}
- {key: p3, side: PARTNER, lead: false, country: JP, kind: UNIVERSITY}
- {key: p4, side: PARTNER, lead: false, country: KR, kind: UNIVERSITY}
";

/// Candidates of every country, kind, status and age.
fn candidates(library: &Library) -> Vec<Member> {
    let mut candidates = Vec::new();
    for country in library.places.countries() {
        for kind in ["UNIVERSITY", "RESEARCH_INSTITUTE", "ENTERPRISE", "HOSPITAL"] {
            for rest in
                ["founded_by: []", "hk_status: RD_CENTRE", "hk_status: RD_CENTRE, founded_by: [m1]", "lead: true"]
            {
                for date in ["1998", "2020", "2023"] {
                    let text = format!("{{country: {}, kind: {kind}, registered_on: {date}, {rest}}}", country.country);
                    let node = yaml::parse("candidate", &text, yaml::Limits::default()).expect("valid YAML");
                    candidates.push(library.read_institution("candidate", &node).expect("an institution"));
                }
            }
        }
    }
    candidates
}

fn completion(criterion: &mut Criterion) {
    let library: &Library = &LIBRARY;
    let candidates = candidates(library);
    for (name, text) in [("2.2", ASEAN), ("HK1.1", HONG_KONG)] {
        let consortium = case(library, text).consortium;
        let composition = library.composition(consortium.direction).expect("a direction");
        let day = library.guide_of(consortium.direction).expect("a call").as_of;
        let parties = Parties::default();
        let mut classes: BTreeMap<Class, Vec<u32>> = BTreeMap::new();
        for (number, candidate) in candidates.iter().enumerate() {
            let score = u32::try_from(number.wrapping_mul(7919) % 1000).expect("below a thousand");
            classes.entry(composition.class(day, candidate, &parties)).or_default().push(score);
        }
        // As if each class were met in several variants: 300 pools.
        let pools: Vec<Pool> = classes
            .into_iter()
            .map(|(class, mut scores)| {
                scores.sort_unstable_by_key(|score| std::cmp::Reverse(*score));
                scores.truncate(14);
                Pool { class, scores, side: None }
            })
            .collect();
        let pools: Vec<Pool> = pools.iter().cycle().take(300).cloned().collect();
        for allow_undetermined in [false, true] {
            let limits = CompletionLimits { allow_undetermined, ..CompletionLimits::default() };
            let found = composition.complete(&consortium, day, &pools, limits);
            assert!(!found.sets.is_empty(), "a benchmark of a search that finds nothing says nothing");
            let least = found.sets.first().map_or(0, |set| set.additions.len());
            let name = format!("complete/{name}, six members, {least} slots, 300 pools, open {allow_undetermined}");
            criterion.bench_function(&name, |bencher| {
                bencher.iter(|| composition.complete(black_box(&consortium), day, &pools, limits));
            });
            let all = CompletionLimits { sets: 1_000, ..limits };
            criterion.bench_function(&format!("{name}, 1000 sets"), |bencher| {
                bencher.iter(|| composition.complete(black_box(&consortium), day, &pools, all));
            });
        }
        criterion.bench_function(&format!("class/{name}"), |bencher| {
            bencher.iter(|| candidates.first().map(|candidate| composition.class(day, black_box(candidate), &parties)));
        });
    }
}

criterion_group!(benches, completion);
criterion_main!(benches);
