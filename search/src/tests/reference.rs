//! Random profiles and requests: the index against the plainest reading of what it promises.

use std::collections::{BTreeMap, BTreeSet};

use eligibility::place::Place;
use eligibility::{Lang, Role};
use profile::{Assurance, RegistryType, RolePossibility};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::support::{LIBRARY, Made, country, day, id, index, numbers, put};
use crate::{By, Filter, Matching, Order, Request, RoleFilter};

/// None is the beginning of another, and none is long enough to be corrected.
const WORDS: [&str; 8] = ["kiv", "nab", "pox", "qeb", "ruk", "tyg", "wem", "zog"];
const COUNTRIES: [&str; 3] = ["CN", "US", "FR"];
const KINDS: [&str; 3] = ["UNIVERSITY", "HOSPITAL", "ENTERPRISE"];
const DATES: [&str; 4] = ["1990", "1990-06", "1990-06-15", "2001"];
const TYPES: [RegistryType; 2] = [RegistryType::Education, RegistryType::Funder];
const ASSURANCES: [Assurance; 3] = Assurance::ALL;

#[derive(Clone, Debug)]
struct Plain {
    words: Vec<&'static str>,
    country: Option<&'static str>,
    kind: Option<&'static str>,
    date: Option<&'static str>,
    legal_person: Option<bool>,
    types: Vec<RegistryType>,
    assurance: Assurance,
    possibility: RolePossibility,
    gone: bool,
}

impl Plain {
    fn made(&self, number: u128) -> Made {
        let mut made = Made::new(number).label(&self.words.join(" "));
        for (fact, value) in [("country", self.country), ("kind", self.kind), ("registered_on", self.date)] {
            if let Some(value) = value {
                made = made.fact(fact, value, self.assurance);
            }
        }
        if let Some(value) = self.legal_person {
            made = made.legal_person(value);
        }
        for one in &self.types {
            made = made.registry_type(*one);
        }
        made.able("cn-nz", Role::Partner, self.possibility)
    }

    fn weakest(&self) -> Assurance {
        let told = self.country.is_some() || self.kind.is_some() || self.date.is_some();
        if told { self.assurance } else { Assurance::Imported }
    }

    fn passes(&self, filter: &Wanted) -> bool {
        let dates = self.date.map(|date| match date {
            "1990" => ("1990-01-01", "1990-12-31"),
            "1990-06" => ("1990-06-01", "1990-06-30"),
            "2001" => ("2001-01-01", "2001-12-31"),
            whole => (whole, whole),
        });
        filter.countries.as_ref().is_none_or(|wanted| self.country.is_some_and(|known| wanted.contains(&known)))
            && filter.kinds.as_ref().is_none_or(|wanted| self.kind.is_some_and(|known| wanted.contains(&known)))
            && filter.legal_person.as_ref().is_none_or(|wanted| wanted.contains(&self.legal_person))
            && filter.types.as_ref().is_none_or(|wanted| wanted.iter().any(|one| self.types.contains(one)))
            && filter.assurance.as_ref().is_none_or(|wanted| wanted.contains(&self.weakest()))
            && filter.before.is_none_or(|day| dates.is_some_and(|(_, last)| last < day))
            && filter.since.is_none_or(|day| dates.is_some_and(|(first, _)| first >= day))
            && filter.at_least.is_none_or(|least| self.possibility >= least)
    }
}

#[derive(Clone, Debug)]
struct Wanted {
    words: Option<Vec<&'static str>>,
    countries: Option<Vec<&'static str>>,
    kinds: Option<Vec<&'static str>>,
    legal_person: Option<Vec<Option<bool>>>,
    types: Option<Vec<RegistryType>>,
    assurance: Option<Vec<Assurance>>,
    before: Option<&'static str>,
    since: Option<&'static str>,
    at_least: Option<RolePossibility>,
}

impl Wanted {
    fn request(&self) -> Request {
        let direction = LIBRARY.find_direction(None, "cn-nz").expect("a direction");
        let role = |at_least| RoleFilter { direction, role: Role::Partner, at_least };
        Request {
            text: self.words.as_ref().map(|words| words.join(" ")),
            filter: Filter {
                places: self
                    .countries
                    .iter()
                    .map(|codes| codes.iter().map(|code| Place::Country(country(code))).collect())
                    .collect(),
                kinds: self.kinds.as_ref().map(|kinds| kinds.iter().map(|&kind| kind.to_owned()).collect()),
                legal_person: self.legal_person.clone(),
                registry_types: self.types.clone(),
                assurance: self.assurance.clone(),
                registered_before: self.before.map(day),
                registered_since: self.since.map(day),
                roles: self.at_least.map(role).into_iter().collect(),
                ..Filter::default()
            },
            first: 100,
            facets: true,
            ..Request::default()
        }
    }
}

fn possibility() -> impl Strategy<Value = RolePossibility> {
    select(vec![RolePossibility::No, RolePossibility::Possible, RolePossibility::Eligible])
}

fn rarely<T: Clone + std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.25, of)
}

fn plain() -> impl Strategy<Value = Plain> {
    let known = (
        proptest::option::of(select(&COUNTRIES[..])),
        proptest::option::of(select(&KINDS[..])),
        proptest::option::of(select(&DATES[..])),
        proptest::option::of(any::<bool>()),
    );
    let types = vec(select(&TYPES[..]), 0..2);
    (vec(select(&WORDS[..]), 1..4), known, types, select(&ASSURANCES[..]), possibility(), proptest::bool::weighted(0.2))
        .prop_map(|(words, (country, kind, date, legal_person), types, assurance, possibility, gone)| Plain {
            words,
            country,
            kind,
            date,
            legal_person,
            types,
            assurance,
            possibility,
            gone,
        })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let days = ["1990-06-15", "1990-07-01", "1991-01-01", "2001-01-01"];
    (
        proptest::option::weighted(0.8, vec(select(&WORDS[..]), 1..4)),
        rarely(vec(select(&COUNTRIES[..]), 0..3)),
        rarely(vec(select(&KINDS[..]), 0..3)),
        rarely(vec(proptest::option::of(any::<bool>()), 0..3)),
        rarely(vec(select(&TYPES[..]), 0..2)),
        rarely(vec(select(&ASSURANCES[..]), 0..3)),
        rarely(select(days.to_vec())),
        rarely(select(days.to_vec())),
        rarely(possibility()),
    )
        .prop_map(|(words, countries, kinds, legal_person, types, assurance, before, since, at_least)| Wanted {
            words,
            countries,
            kinds,
            legal_person,
            types,
            assurance,
            before,
            since,
            at_least,
        })
}

/// The documents that a text should meet, and how.
fn meets(documents: &[Plain], words: Option<&Vec<&'static str>>) -> (Vec<usize>, Matching) {
    let Some(words) = words else {
        return ((0..documents.len()).filter(|at| !documents[*at].gone).collect(), Matching::Exact);
    };
    let words: BTreeSet<&str> = words.iter().copied().collect();
    let count =
        |plain: &Plain| if plain.gone { 0 } else { words.iter().filter(|word| plain.words.contains(word)).count() };
    let most = documents.iter().map(count).max().unwrap_or_default();
    let met = (0..documents.len()).filter(|at| most > 0 && count(&documents[*at]) == most).collect();
    (met, if most == words.len() { Matching::Exact } else { Matching::Partial })
}

fn sum<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_answers_as_the_plain_reading_does(documents in vec(plain(), 1..24), requests in vec(wanted(), 12)) {
        let made: Vec<Made> = documents.iter().zip(1..).map(|(plain, number)| plain.made(number)).collect();
        let index = index(&made);
        let mut writer = index.writer().expect("a writer");
        for (plain, number) in documents.iter().zip(1_u128..) {
            if plain.gone {
                writer.remove(id(number)).expect("removed");
            } else if number % 3 == 0 {
                put(&mut writer, &plain.made(number));
            }
        }
        writer.commit(100).expect("a commit");
        for wanted in requests {
            let request = wanted.request();
            let page = index.snapshot().search(&request).expect("a page");
            let (met, matching) = meets(&documents, wanted.words.as_ref());
            let met: Vec<(u128, &Plain)> = met
                .into_iter()
                .map(|at| (u128::try_from(at + 1).expect("small"), &documents[at]))
                .filter(|(_, plain)| plain.passes(&wanted))
                .collect();
            let mut found = numbers(&page);
            found.sort_unstable();
            prop_assert_eq!(&found, &met.iter().map(|(number, _)| *number).collect::<Vec<_>>());
            prop_assert_eq!(page.total, met.len());
            prop_assert_eq!(page.matching, matching);
            let scores: Vec<u32> = page.hits.iter().map(|hit| hit.score.total).collect();
            prop_assert!(scores.is_sorted_by(|a, b| a >= b));
            for hit in &page.hits {
                prop_assert_eq!(hit.score.total, hit.score.parts.iter().map(|part| part.points).sum::<u32>());
            }

            let facets = page.facets.expect("facets");
            let plain = || met.iter().map(|(_, plain)| *plain);
            let countries: BTreeMap<Option<String>, usize> = facets
                .countries.iter().map(|one| (one.value.map(|value| value.to_string()), one.count)).collect();
            prop_assert_eq!(countries, sum(plain().map(|plain| plain.country.map(str::to_owned))));
            let kinds: BTreeMap<Option<String>, usize> =
                facets.kinds.iter().map(|one| (one.value.clone(), one.count)).collect();
            prop_assert_eq!(kinds, sum(plain().map(|plain| plain.kind.map(str::to_owned))));
            let legal: BTreeMap<Option<bool>, usize> =
                facets.legal_person.iter().map(|one| (one.value, one.count)).collect();
            prop_assert_eq!(legal, sum(plain().map(|plain| plain.legal_person)));
            let types: BTreeMap<RegistryType, usize> =
                facets.registry_types.iter().map(|one| (one.value, one.count)).collect();
            prop_assert_eq!(types, sum(plain().flat_map(|plain| plain.types.iter().copied())));
            let assurance: BTreeMap<Assurance, usize> =
                facets.assurance.iter().map(|one| (one.value, one.count)).collect();
            prop_assert_eq!(assurance, sum(plain().map(Plain::weakest)));
            let direction = LIBRARY.find_direction(None, "cn-nz").expect("a direction");
            let roles: Vec<(usize, usize)> = facets
                .roles
                .iter()
                .filter(|one| one.direction == direction && one.role == Role::Partner)
                .map(|one| (one.eligible, one.possible))
                .collect();
            let could = |wanted| plain().filter(|plain| plain.possibility == wanted).count();
            prop_assert_eq!(roles, [(could(RolePossibility::Eligible), could(RolePossibility::Possible))]);

            let order = Order { by: By::Name(Lang::En), descending: false };
            let mut walked = Vec::new();
            let mut after = None;
            loop {
                let page = index
                    .snapshot()
                    .search(&Request { order, first: 3, after, facets: false, ..request.clone() })
                    .expect("a page");
                walked.extend(numbers(&page));
                after = page.hits.last().filter(|_| page.has_next).map(|hit| hit.cursor.clone());
                if after.is_none() {
                    break;
                }
            }
            let mut named: Vec<(String, u128)> =
                met.iter().map(|(number, plain)| (plain.words.join(" "), *number)).collect();
            named.sort_unstable();
            prop_assert_eq!(walked, named.into_iter().map(|(_, number)| number).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}", name in "\\PC{0,40}") {
        let index = index(&[Made::new(1).label(&name), Made::new(2).label("University 大学 センター")]);
        let request = Request { text: Some(text.clone()), first: 5, facets: true, ..Request::default() };
        if let Ok(page) = index.snapshot().search(&request) {
            for hit in &page.hits {
                let next = Request { after: Some(hit.cursor.clone()), ..request.clone() };
                index.snapshot().search(&next).expect("its own cursor");
            }
        }
        for range in super::LEXICON.highlight(&text, &name) {
            prop_assert!(name.get(range.clone()).is_some_and(|part| !part.is_empty()), "{range:?}");
        }
    }
}
