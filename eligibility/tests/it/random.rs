//! Consortia drawn at random over the whole vocabulary, unknown facts included.

use eligibility::date::PartialDate;
use eligibility::vocabulary::{FactDefinition, FactType, Scope};
use eligibility::{Consortium, DirectionId, FactValue, Facts, Library, Member};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// So many consortia for a direction, always the same ones.
pub(crate) fn sample(library: &'static Library, direction: DirectionId, number: usize) -> Vec<Consortium> {
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = consortia(library, direction);
    (0..number).map(|_| strategy.new_tree(&mut runner).expect("a consortium").current()).collect()
}

fn value(definition: &FactDefinition, library: &Library, direction: DirectionId) -> BoxedStrategy<FactValue> {
    let topics = &library.direction(direction).expect("a direction").topics;
    match &definition.fact_type {
        FactType::Bool => any::<bool>().prop_map(FactValue::Bool).boxed(),
        FactType::Integer(_) => (0_i64..60).prop_map(FactValue::Integer).boxed(),
        FactType::Money => {
            prop_oneof![Just(0), Just(200_000), Just(2_000_000), 0_i64..5_000_000].prop_map(FactValue::Integer).boxed()
        }
        FactType::Date => prop::sample::select(vec![
            "1998",
            "2019-05",
            "2020",
            "2020-06",
            "2020-06-05",
            "2020-06-06",
            "2022-12",
            "2022-12-31",
            "2023",
            "2023-01-01",
            "2023-12",
            "2023-12-31",
            "2024-02-29",
        ])
        .prop_map(|text| FactValue::Date(PartialDate::parse(text).expect("a date")))
        .boxed(),
        FactType::Text => prop::sample::select(vec![
            "中沙人工智能联合实验室",
            "中肯联合实验室",
            "中法先进材料联合实验室",
            "合作研究",
            "中 意 文化遗产联合实验室",
        ])
        .prop_map(|text| FactValue::Text(text.to_owned()))
        .boxed(),
        FactType::Choice(choices) => (0..choices.len()).prop_map(FactValue::Choice).boxed(),
        FactType::Country => prop::sample::select(vec![
            "CN", "HK", "NZ", "US", "JP", "EG", "IL", "SA", "KE", "MA", "GB", "MT", "FR", "BE", "IT", "TH", "MY", "TL",
            "IR",
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
    (prop::collection::vec(member, 1..5), facts(Scope::Project, library, direction)).prop_map(
        move |(members, project)| {
            let members = members.into_iter().enumerate().map(|(index, (mut facts, of))| {
                facts.set(side, Some(FactValue::Choice(of)));
                Member { key: format!("m{index}"), name: None, facts }
            });
            Consortium { direction, as_of: None, members: members.collect(), project }
        },
    )
}
