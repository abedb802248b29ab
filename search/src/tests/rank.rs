//! Who comes first among partners, and why.

use std::collections::HashMap;

use eligibility::Role;
use eligibility::place::Place;
use profile::{Assurance, ConceptId, RolePossibility};
use proptest::prelude::*;

use super::support::{self, LEXICON, LIBRARY, Made, country, day, id};
use crate::{Filter, Index, QueryError, RankRequest, RankedHit, RankedPage, RankedPlace, Request};

const PARTNER: Role = Role::Partner;

fn role(possibility: RolePossibility) -> Option<(eligibility::DirectionId, Role, RolePossibility)> {
    Some((LIBRARY.find_direction(None, "cn-nz").expect("a direction"), PARTNER, possibility))
}

fn eligible() -> RankRequest {
    RankRequest { role: role(RolePossibility::Eligible), first: 50, ..RankRequest::default() }
}

fn concept(text: &str) -> ConceptId {
    let [concept] = LEXICON.concepts_in(text)[..] else { panic!("one concept") };
    concept
}

fn ranked(index: &Index, request: &RankRequest) -> RankedPage {
    index.snapshot().rank(request).expect("a page")
}

fn numbers(hits: &[RankedHit]) -> Vec<u128> {
    hits.iter().map(|hit| hit.id.0.as_u128()).collect()
}

fn totals(hits: &[RankedHit]) -> Vec<(u128, u32)> {
    hits.iter().map(|hit| (hit.id.0.as_u128(), hit.total)).collect()
}

/// Eligible but for 5 and 6, in two segments.
fn partners() -> Index {
    let able = |made: Made| made.able("cn-nz", PARTNER, RolePossibility::Eligible);
    support::index(&[
        able(Made::new(1).label("Solar Power Centre").field("2").country("NZ").completeness(100).created_at(100)),
        able(Made::new(2).label("Works").keyword("太阳能").keyword("再生医学").country("NZ").completeness(75)),
        able(Made::new(3).label("House").field("3.1").fact("country", "AU", Assurance::Verified).created_at(99)),
        able(Made::new(4).label("Yard").fact("country", "NZ", Assurance::SelfDeclared).completeness(33)),
        Made::new(5).label("Perhaps").country("NZ").able("cn-nz", PARTNER, RolePossibility::Possible),
        Made::new(6).label("Never").country("FR").able("cn-nz", PARTNER, RolePossibility::No),
    ])
}

#[test]
fn points_are_given_for_what_fits_and_told() {
    let index = partners();
    let (solar, regenerative) = (concept("solar energy"), concept("再生医学"));
    let request = RankRequest {
        fields: vec![("2".to_owned(), 10), ("2.7".to_owned(), 40), ("3".to_owned(), 40)],
        concepts: vec![(solar, 30), (regenerative, 25)],
        concepts_at_most: 50,
        assurance: [0, 3, 7],
        completeness: 10,
        newcomer: Some((100, 5)),
        extra: HashMap::from([(id(4), 90), (id(2), 0)]),
        everyone: 2,
        ..eligible()
    };
    let page = ranked(&index, &request);
    let hit = |number: u128, hit: RankedHit| RankedHit {
        id: id(number),
        card: format!("card {number}").into_bytes(),
        cursor: String::new(),
        ..hit
    };
    let nothing = || RankedHit {
        id: id(0),
        card: Vec::new(),
        total: 0,
        field: None,
        concepts: Vec::new(),
        offers: Vec::new(),
        seeks: Vec::new(),
        assurance: 0,
        completeness: 0,
        newcomer: 0,
        extra: 0,
        cursor: String::new(),
    };
    let expected = [
        // The best field of those with the same points is the one that is named first; concepts bring fields; 55 points for
        // concepts are 50; three quarters of 10 are 7.
        hit(
            2,
            RankedHit {
                total: 97,
                field: Some(("2.7".to_owned(), 40)),
                concepts: vec![(solar, 30), (regenerative, 25)],
                completeness: 7,
                ..nothing()
            },
        ),
        hit(4, RankedHit { total: 96, assurance: 3, completeness: 3, extra: 90, ..nothing() }),
        hit(
            1,
            RankedHit {
                total: 87,
                field: Some(("2.7".to_owned(), 40)),
                concepts: vec![(solar, 30)],
                completeness: 10,
                newcomer: 5,
                extra: 2,
                ..nothing()
            },
        ),
        hit(3, RankedHit { total: 49, field: Some(("3".to_owned(), 40)), assurance: 7, extra: 2, ..nothing() }),
    ];
    let told: Vec<RankedHit> = page.hits.iter().map(|hit| RankedHit { cursor: String::new(), ..hit.clone() }).collect();
    assert_eq!(told, expected);
    assert_eq!((page.total, page.has_next, page.has_previous), (4, false, false));
}

#[test]
fn what_one_offers_is_matched_with_what_the_other_seeks() {
    let index = support::index(&[
        Made::new(1).label("One").offers("太阳能电站，兆瓦级").seeks("regenerative medicine"),
        Made::new(2).label("Two").offers("A laboratory for regenerative medicine and solar power."),
        Made::new(3).label("Three").seeks("Solar energy"),
        Made::new(4).label("Four").keyword("solar power"),
    ]);
    let (solar, regenerative) = (concept("solar energy"), concept("再生医学"));
    let request = RankRequest {
        role: None,
        offers: vec![(regenerative, 20), (solar, 9)],
        seeks: vec![(regenerative, 8)],
        exchange_at_most: 25,
        concepts: vec![(solar, 3)],
        concepts_at_most: 3,
        ..eligible()
    };
    let page = ranked(&index, &request);
    assert_eq!(totals(&page.hits), [(2, 25), (1, 17), (4, 3), (3, 0)]);
    let parts: Vec<_> = page.hits.iter().map(|hit| (&hit.offers[..], &hit.seeks[..], &hit.concepts[..])).collect();
    assert_eq!(
        parts,
        [
            (&[(regenerative, 20), (solar, 9)][..], &[][..], &[][..]),
            (&[(solar, 9)], &[(regenerative, 8)], &[]),
            (&[], &[], &[(solar, 3)]),
            (&[], &[], &[]),
        ]
    );
    // They are found by their names and keywords alone.
    let search = Request { text: Some("太阳能".to_owned()), first: 9, ..Request::default() };
    assert_eq!(support::numbers(&index.snapshot().search(&search).expect("a page")), [4]);
}

#[test]
fn both_possibilities_are_apart_and_a_role_is_not_needed() {
    let index = partners();
    let of = |possibility| {
        let request = RankRequest { role: role(possibility), ..eligible() };
        let mut numbers = numbers(&ranked(&index, &request).hits);
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(of(RolePossibility::Eligible), [1, 2, 3, 4]);
    assert_eq!(of(RolePossibility::Possible), [5]);
    assert_eq!(of(RolePossibility::No), [6]);
    assert_eq!(ranked(&index, &RankRequest { role: None, ..eligible() }).total, 6);
}

#[test]
fn filters_and_exclusions_leave_nobody_else_out() {
    let index = partners();
    let extra: HashMap<_, _> = (1..=6).map(|number| (id(number), u32::try_from(number).expect("small"))).collect();
    let of = |filter: Filter, exclude: &[u128]| {
        let exclude = exclude.iter().map(|number| id(*number)).collect();
        let page = ranked(&index, &RankRequest { filter, exclude, extra: extra.clone(), ..eligible() });
        assert_eq!(page.total, page.hits.len());
        numbers(&page.hits)
    };
    let new_zealand = Filter { places: vec![vec![Place::Country(country("NZ"))]], ..Filter::default() };
    assert_eq!(of(Filter::default(), &[]), [4, 3, 2, 1]);
    assert_eq!(of(Filter::default(), &[3, 6, 77]), [4, 2, 1]);
    assert_eq!(of(new_zealand.clone(), &[]), [4, 2, 1]);
    assert_eq!(of(new_zealand, &[4]), [2, 1]);
    let solar = Filter { concepts: Some(vec![concept("太阳能")]), ..Filter::default() };
    assert_eq!(of(solar, &[]), [2, 1]);
    assert_eq!(of(Filter { ids: Some(vec![id(3), id(5), id(1)]), ..Filter::default() }, &[]), [3, 1]);
    assert_eq!(of(Filter { fields: Some(vec!["3".to_owned()]), ..Filter::default() }, &[]), [3, 2]);
    assert_eq!(of(Filter { registered_before: Some(day("2020-01-01")), ..Filter::default() }, &[]), []);
}

fn alike(count: u128) -> Index {
    let able = |number| Made::new(number).label("Alike").able("cn-nz", PARTNER, RolePossibility::Eligible);
    support::index(&(1..=count).map(able).collect::<Vec<_>>())
}

#[test]
fn pages_go_on_where_the_last_one_ended_among_equals() {
    let index = alike(11);
    let all = RankRequest { seed: 7, everyone: 1, ..eligible() };
    let whole = ranked(&index, &all);
    assert_eq!((whole.total, whole.hits.len(), whole.has_next, whole.has_previous), (11, 11, false, false));
    let mut seen = Vec::new();
    let mut after = None;
    for (count, next, previous) in [(4, true, false), (4, true, true), (3, false, true)] {
        let page = ranked(&index, &RankRequest { first: 4, after: after.take(), ..all.clone() });
        assert_eq!((page.total, page.hits.len(), page.has_next, page.has_previous), (11, count, next, previous));
        after = page.hits.last().map(|hit| hit.cursor.clone());
        seen.extend(page.hits);
    }
    assert_eq!(seen, whole.hits);
    let nothing = ranked(&index, &RankRequest { after, ..all.clone() });
    assert_eq!((nothing.total, nothing.hits, nothing.has_next, nothing.has_previous), (11, vec![], false, true));
    let none = ranked(&index, &RankRequest { first: 0, ..all });
    assert_eq!((none.total, none.hits, none.has_next), (11, vec![], true));
}

#[test]
fn who_is_excluded_meanwhile_is_missing_from_later_pages_only() {
    let index = alike(8);
    let all = RankRequest { seed: 7, first: 3, ..eligible() };
    let whole = numbers(&ranked(&index, &RankRequest { first: 8, ..all.clone() }).hits);
    let first = ranked(&index, &all);
    let request = RankRequest {
        exclude: [id(whole[1]), id(whole[4])].into(),
        after: first.hits.last().map(|hit| hit.cursor.clone()),
        ..all
    };
    let second = ranked(&index, &request);
    assert_eq!(numbers(&second.hits), [whole[3], whole[5], whole[6]]);
    assert_eq!((second.total, second.has_next, second.has_previous), (6, true, true));
}

#[test]
fn a_cursor_is_of_its_ranking_alone() {
    let index = alike(3);
    let first = RankRequest { first: 1, ..eligible() };
    let cursor = ranked(&index, &first).hits[0].cursor.clone();
    let refused = |request: RankRequest| {
        let request = RankRequest { after: Some(cursor.clone()), ..request };
        matches!(index.snapshot().rank(&request), Err(QueryError::Cursor))
    };
    assert!(!refused(first.clone()));
    assert!(!refused(RankRequest { everyone: 4, first: 2, ..first.clone() }));
    assert!(refused(RankRequest { seed: 1, ..first.clone() }));
    assert!(refused(RankRequest { role: role(RolePossibility::Possible), ..first.clone() }));
    assert!(refused(RankRequest { filter: Filter { kinds: Some(vec![]), ..Filter::default() }, ..first.clone() }));
    let search = Request { first: 1, ..Request::default() };
    let other = index.snapshot().search(&search).expect("a page").hits[0].cursor.clone();
    for text in [other, String::new(), "AAAA".to_owned(), "!".repeat(70_000)] {
        let request = RankRequest { after: Some(text), ..first.clone() };
        assert!(matches!(index.snapshot().rank(&request), Err(QueryError::Cursor)));
    }
}

#[test]
fn equals_come_in_another_order_for_another_seed() {
    let index = alike(4);
    let mut first = HashMap::new();
    for seed in 0..400 {
        let hits = ranked(&index, &RankRequest { seed, ..eligible() }).hits;
        let mut sorted = numbers(&hits);
        sorted.sort_unstable();
        assert_eq!(sorted, [1, 2, 3, 4]);
        *first.entry(hits[0].id).or_insert(0) += 1;
    }
    // Each would come first a hundred times, give or take thirty.
    assert_eq!(first.len(), 4);
    assert!(first.values().all(|count| (70..=130).contains(count)), "{first:?}");
}

#[test]
fn classes_are_asked_once_a_segment_and_hold_their_best() {
    let made = |number, code: &str| Made::new(number).label("Alike").country(code);
    // Segments of four.
    let index = support::index(&[
        made(1, "NZ"),
        made(2, "NZ"),
        made(3, "NZ"),
        made(4, "AU"),
        made(5, "AU"),
        made(6, "FR"),
        made(7, "FR"),
        made(8, "KI"),
        Made::new(9).label("Unknown"),
    ]);
    let snapshot = index.snapshot();
    let set = |code: &str| format!(r#"{{"country":{{"text":"{code}"}}}}"#);
    let sets: Vec<String> = ["AU", "FR", "KI", "NZ"].into_iter().map(set).chain(["{}".to_owned()]).collect();
    assert_eq!(snapshot.fact_sets().into_iter().collect::<Vec<_>>(), sets);

    let request = RankRequest {
        role: None,
        exclude: [id(8)].into(),
        extra: (1..=9).map(|number| (id(number), u32::try_from(number % 7).expect("small"))).collect(),
        ..eligible()
    };
    let mut asked = Vec::new();
    let mut class = |set: &str| {
        asked.push(set.to_owned());
        [("NZ", 3), ("AU", 3), ("FR", 40)].into_iter().find(|(code, _)| set.contains(code)).map(|(_, class)| class)
    };
    let best = snapshot.best_by_class(&request, &mut class, 2).expect("classes");
    let placed = |places: &[RankedPlace]| places.iter().map(|one| (one.id().0.as_u128(), one.total())).collect();
    let found: HashMap<u32, Vec<(u128, u32)>> =
        best.iter().map(|(class, best)| (*class, placed(&best.places))).collect();
    assert_eq!((best[&3].total, best[&40].total), (5, 2));
    assert_eq!(found, HashMap::from([(3, vec![(5, 5), (4, 4)]), (40, vec![(6, 6), (7, 0)])]));
    let hits = snapshot.ranked_hits(&request, &[best[&40].places[1], best[&3].places[0]]).expect("hits");
    assert_eq!(totals(&hits), [(7, 0), (5, 5)]);
    assert_eq!((hits[0].card.as_slice(), hits[1].card.as_slice(), hits[1].extra), (&b"card 7"[..], &b"card 5"[..], 5));
    asked.sort_unstable();
    assert_eq!(asked, [set("AU"), set("AU"), set("FR"), set("NZ"), "{}".to_owned()]);
    assert_eq!(snapshot.best_by_class(&request, &mut |_| None, 2).expect("classes"), HashMap::new());
    let none = snapshot.best_by_class(&request, &mut |_| Some(1), 0).expect("classes");
    assert_eq!(none.values().map(|class| class.places.len()).collect::<Vec<_>>(), [0]);
}

#[test]
fn the_sets_of_profiles_that_are_gone_are_gone() {
    let index = support::index(&[Made::new(1).country("NZ"), Made::new(2).country("AU"), Made::new(3).country("NZ")]);
    let mut writer = index.writer().expect("a writer");
    writer.remove(id(1)).expect("removed");
    writer.remove(id(2)).expect("removed");
    writer.commit(4).expect("a commit");
    let snapshot = index.snapshot();
    assert_eq!(snapshot.fact_sets().into_iter().collect::<Vec<_>>(), [r#"{"country":{"text":"NZ"}}"#]);
    let page = snapshot.rank(&RankRequest { role: None, ..eligible() }).expect("a page");
    assert_eq!((numbers(&page.hits), page.total), (vec![3], 1));
}

#[test]
fn a_concept_has_a_name_in_both_languages() {
    let name = LEXICON.concept_name(concept("solar power")).expect("a name");
    assert_eq!((name.zh.as_str(), name.en.as_str()), ("太阳能", "solar energy"));
    assert_eq!(LEXICON.concept_name(ConceptId(4)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Pages of any length, put together, are the whole ranking: by points, everybody once.
    #[test]
    fn pages_are_the_ranking_cut(
        points in proptest::collection::vec(0_u32..4, 1..14),
        completeness in proptest::collection::vec(0_u8..=100, 14),
        first in 1_usize..6,
        seed: u64,
    ) {
        let made = |(number, hundredths): (u128, &u8)| Made::new(number).label("Alike").completeness(*hundredths);
        let index = support::index(&(1..).zip(&completeness).take(points.len()).map(made).collect::<Vec<_>>());
        let extra: HashMap<_, _> = (1..).map(id).zip(points.iter().copied()).collect();
        let all = RankRequest { role: None, extra, completeness: 3, seed, ..eligible() };
        let whole = ranked(&index, &all).hits;
        let mut expected: Vec<(u128, u32)> = (1..)
            .zip(points.iter().zip(&completeness))
            .map(|(number, (points, hundredths))| (number, points + u32::from(*hundredths) * 3 / 100))
            .collect();
        prop_assert!(whole.is_sorted_by_key(|hit| std::cmp::Reverse(hit.total)));
        let mut told = totals(&whole);
        told.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(told, expected);
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = ranked(&index, &RankRequest { first, after, ..all.clone() });
            prop_assert_eq!(page.total, points.len());
            prop_assert_eq!(page.has_previous, !seen.is_empty());
            after = page.hits.last().map(|hit| hit.cursor.clone());
            seen.extend(page.hits);
            prop_assert_eq!(page.has_next, seen.len() < points.len());
            if !page.has_next {
                break;
            }
        }
        prop_assert_eq!(seen, whole);
    }
}
