//! A repair applied to the facts makes its finding satisfied: for every requirement of every direction.
//!
//! Consortia are drawn at random over the whole vocabulary, unknown facts included, so that each requirement is met,
//! missed and left open in many ways.

use std::collections::BTreeMap;

use eligibility::date::PartialDate;
use eligibility::vocabulary::{FactDefinition, FactType, Scope};
use eligibility::{Consortium, DirectionId, FactValue, Facts, Library, Member, Outcome};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::LIBRARY;

const CONSORTIA_PER_DIRECTION: u32 = 400;

fn value(definition: &FactDefinition, library: &Library, direction: DirectionId) -> BoxedStrategy<FactValue> {
    let topics = &library.direction(direction).expect("a direction").topics;
    match &definition.fact_type {
        FactType::Bool => any::<bool>().prop_map(FactValue::Bool).boxed(),
        FactType::Integer(_) => (0_i64..60).prop_map(FactValue::Integer).boxed(),
        FactType::Money => {
            prop_oneof![Just(0), Just(200_000), Just(2_000_000), 0_i64..5_000_000].prop_map(FactValue::Integer).boxed()
        }
        FactType::Date => prop::sample::select(vec![
            "1998", "2019-05", "2020", "2020-06", "2020-06-05", "2020-06-06", "2022-12", "2022-12-31", "2023",
            "2023-01-01", "2023-12", "2023-12-31", "2024-02-29",
        ])
        .prop_map(|text| FactValue::Date(PartialDate::parse(text).expect("a date")))
        .boxed(),
        FactType::Text => prop::sample::select(vec![
            "中沙人工智能联合实验室", "中肯联合实验室", "中法先进材料联合实验室", "合作研究", "中 意 文化遗产联合实验室",
        ])
        .prop_map(|text| FactValue::Text(text.to_owned()))
        .boxed(),
        FactType::Choice(choices) => (0..choices.len()).prop_map(FactValue::Choice).boxed(),
        FactType::Country => prop::sample::select(vec![
            "CN", "HK", "NZ", "US", "JP", "EG", "IL", "SA", "KE", "MA", "GB", "MT", "FR", "BE", "IT", "TH", "MY", "TL", "IR",
        ])
        .prop_map(|code| FactValue::Country(eligibility::place::Country::parse(code).expect("a country")))
        .boxed(),
        // Drawn apart from the country it would often contradict it, which a reader refuses; so only Belgian ones, rarely.
        FactType::Subdivision => prop::sample::select(vec!["BE-WAL", "BE-VLG"])
            .prop_map(|code| FactValue::Subdivision(eligibility::place::Subdivision::parse(code).expect("a region")))
            .boxed(),
        FactType::Parties => prop::collection::vec(prop::sample::select(vec!["m0", "m1", "m2", "m3", "市政府"]), 0..3)
            .prop_map(|keys| FactValue::Parties(keys.into_iter().map(String::from).collect()))
            .boxed(),
        FactType::Topic => {
            let mut keys: Vec<String> = topics.keys().map(|(key, _)| key.to_owned()).collect();
            keys.push("OTHER".to_owned());
            prop::sample::select(keys).prop_map(FactValue::Topic).boxed()
        }
        FactType::Exclusions => {
            let keys: Vec<String> = topics.all_exclusions().map(|named| named.key.clone()).collect();
            if keys.is_empty() {
                return Just(FactValue::Exclusions(Vec::new())).boxed();
            }
            prop::collection::vec(prop::sample::select(keys), 0..3).prop_map(FactValue::Exclusions).boxed()
        }
    }
}

fn facts(scope: Scope, library: &'static Library, direction: DirectionId) -> impl Strategy<Value = Facts> {
    let each: Vec<_> = library
        .vocabulary
        .facts(scope)
        .iter()
        .map(|definition| {
            let known = if matches!(definition.fact_type, FactType::Subdivision) { 0.1 } else { 0.75 };
            prop::option::weighted(known, value(definition, library, direction))
        })
        .collect();
    each.prop_map(move |values| {
        let mut facts = Facts::default();
        for (slot, value) in values.into_iter().enumerate() {
            facts.set(slot, value);
        }
        let country = library.vocabulary.find("member.country").expect("a fact").0.slot;
        let subdivision = library.vocabulary.find("member.subdivision").expect("a fact").0.slot;
        if scope == Scope::Member
            && let Some(FactValue::Subdivision(region)) = facts.get(subdivision)
        {
            let within = region.country().map(FactValue::Country);
            facts.set(country, within);
        }
        facts
    })
}

fn consortia(library: &'static Library, direction: DirectionId) -> impl Strategy<Value = Consortium> {
    let side = library.vocabulary.find("member.side").expect("a fact").0.slot;
    let member = (facts(Scope::Member, library, direction), 0_usize..2);
    (prop::collection::vec(member, 1..5), facts(Scope::Project, library, direction)).prop_map(move |(members, project)| {
        let members = members.into_iter().enumerate().map(|(index, (mut facts, of))| {
            facts.set(side, Some(FactValue::Choice(of)));
            Member { key: format!("m{index}"), name: None, facts }
        });
        Consortium { direction, as_of: None, members: members.collect(), project }
    })
}

#[test]
fn a_repair_makes_its_finding_satisfied() {
    // How often each requirement was repaired: a requirement that never was would not be tested.
    let mut repaired: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unrepaired: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, _, direction) in LIBRARY.directions() {
        let config = Config { cases: CONSORTIA_PER_DIRECTION, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let mut seen: Vec<(usize, bool)> = Vec::new();
        for _ in 0..CONSORTIA_PER_DIRECTION {
            let tree = consortia(&LIBRARY, id).new_tree(&mut runner).expect("a consortium");
            let consortium = tree.current();
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
