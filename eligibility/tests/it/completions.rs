//! Completions against the report itself: what is proposed is valid, and trying every set of a small directory finds no other.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use eligibility::date::PartialDate;
use eligibility::place::{Country, Subdivision};
use eligibility::{
    Addition, Class, CompletionLimits, CompletionSet, Completions, Composition, Consortium, DirectionId, FactRef,
    FactValue, Facts, Join, Library, Member, Outcome, Pool, Side, Truth,
};

use crate::support::{case, files, guides, load};

/// The calls of this repository and the invented one.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let mut sources = files(&guides());
    sources.extend(files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invented-call")));
    load(&sources).expect("the calls load")
});

/// Numbers that are the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % limit
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

fn slot(name: &str) -> usize {
    LIBRARY.vocabulary.find(&format!("member.{name}")).expect("a fact").0.slot
}

fn choice(name: &str, value: &str) -> FactValue {
    let (_, definition) = LIBRARY.vocabulary.find(&format!("member.{name}")).expect("a fact");
    let eligibility::vocabulary::FactType::Choice(choices) = &definition.fact_type else { panic!("{name}") };
    FactValue::Choice(choices.iter().position(|choice| choice.value == value).expect("a value"))
}

/// The partner countries that a direction asks for.
fn partners(direction: &str) -> &'static [&'static str] {
    match direction {
        "cn-nz" => &["NZ"],
        "cn-us" => &["US"],
        "cn-riken" => &["JP"],
        "cn-eg" => &["EG"],
        "cn-il" => &["IL"],
        "cn-arab-labs" => &["SA", "EG", "MA"],
        "cn-africa-labs" => &["KE", "EG", "MA"],
        "cn-uk-onehealth" => &["GB"],
        "cn-mt" => &["MT"],
        "cn-europe-labs" => &["FR", "BE", "IT"],
        "cn-it" => &["IT"],
        "cn-asean" => &["TH", "VN", "MY"],
        "mainland-hk" => &["HK"],
        _ => &["AT", "SI", "CH"],
    }
}

/// An institution with facts of every kind, most of them such as the direction asks for, some unknown.
fn institution(draw: &mut Draw, direction: &str, key: String) -> Member {
    let mut facts = Facts::default();
    let known = |draw: &mut Draw| draw.below(9) != 0;
    if known(draw) {
        let code = match draw.below(8) {
            0..=2 => "CN",
            3..=6 => draw.of(partners(direction)),
            _ => draw.of(&["HK", "US", "TH", "IR", "BE", "GB"]),
        };
        facts.set(slot("country"), Country::parse(code).map(FactValue::Country));
        if code == "BE" && known(draw) {
            let region = Subdivision::parse(draw.of(&["BE-WAL", "BE-VLG", "BE-BRU"])).map(FactValue::Subdivision);
            facts.set(slot("subdivision"), region);
        }
    }
    if known(draw) {
        let kind = draw.of(&["UNIVERSITY", "RESEARCH_INSTITUTE", "ENTERPRISE", "ENTERPRISE", "HOSPITAL"]);
        facts.set(slot("kind"), Some(choice("kind", kind)));
    }
    if known(draw) {
        facts.set(slot("independent_legal_person"), Some(FactValue::Bool(draw.below(6) != 0)));
    }
    if known(draw) {
        let date = draw.of(&["1998", "1998", "2019-05", "2020", "2020-06", "2020-06-05", "2020-06-06", "2023"]);
        facts.set(slot("registered_on"), PartialDate::parse(date).map(FactValue::Date));
    }
    if known(draw) {
        let staff = draw.of(&["FULL_RESEARCHER", "FULL_RESEARCHER", "VISITING", "NONE"]);
        facts
            .set(slot("principal_investigator.riken_staff"), Some(choice("principal_investigator.riken_staff", staff)));
    }
    if known(draw) {
        let status = draw.of(&["RD_CENTRE", "DESIGNATED_PUBLIC_RESEARCH_INSTITUTE", "NONE"]);
        facts.set(slot("hk_status"), Some(choice("hk_status", status)));
    }
    if known(draw) {
        let named = match draw.below(3) {
            0 => vec![draw.of(&["m0", "m1", "c0", "c1", "c3", "第 1 研究院", "c2研究院", "市政府"]).to_owned()],
            _ => Vec::new(),
        };
        facts.set(slot("founded_by"), Some(FactValue::Parties(named)));
    }
    let name = match draw.below(3) {
        0 => Some(format!("第{}研究院", draw.below(3))),
        1 => Some(format!("{} 研究院", key.to_uppercase())),
        _ => None,
    };
    Member { key, name, facts }
}

fn consortium(draw: &mut Draw, id: DirectionId, direction: &str) -> Consortium {
    let members = (0..draw.below(4))
        .map(|index| {
            let mut member = institution(draw, direction, format!("m{index}"));
            let chinese =
                member.facts.get(slot("country")) == Some(&FactValue::Country(Country::parse("CN").expect("CN")));
            let side = match draw.below(8) {
                0 => None,
                1 => Some("PARTNER"),
                _ if chinese => Some("CHINESE"),
                _ => Some("PARTNER"),
            };
            member.facts.set(slot("side"), side.map(|side| choice("side", side)));
            let lead = match draw.below(3) {
                0 => None,
                1 => Some(FactValue::Bool(false)),
                _ => Some(FactValue::Bool(true)),
            };
            member.facts.set(slot("lead"), lead);
            member
        })
        .collect();
    Consortium { direction: id, as_of: None, members, project: Facts::default() }
}

/// A small directory: candidates with their scores, sorted into pools.
struct Directory {
    candidates: Vec<(Member, u32)>,
    pools: Vec<Pool>,
    places: Vec<Vec<usize>>,
}

impl Directory {
    fn new(composition: &Composition<'_>, consortium: &Consortium, candidates: Vec<(Member, u32)>) -> Self {
        let day = LIBRARY.guide_of(consortium.direction).expect("a call").as_of;
        let everybody = consortium.members.iter().chain(candidates.iter().map(|(member, _)| member));
        let parties = composition.parties(everybody.map(|member| &member.facts));
        let mut classes: BTreeMap<Class, Vec<usize>> = BTreeMap::new();
        for (place, (member, _)) in candidates.iter().enumerate() {
            classes.entry(composition.class(day, member, &parties)).or_default().push(place);
        }
        let (mut pools, mut places) = (Vec::new(), Vec::new());
        for (class, mut of) in classes {
            of.sort_by_key(|place| std::cmp::Reverse(candidates[*place].1));
            pools.push(Pool { class, scores: of.iter().map(|place| candidates[*place].1).collect(), side: None });
            places.push(of);
        }
        Self { candidates, pools, places }
    }

    fn with(&self, consortium: &Consortium, additions: &[(usize, Join)]) -> Consortium {
        let mut team = consortium.clone();
        team.members.extend(additions.iter().map(|(place, join)| LIBRARY.joined(&self.candidates[*place].0, *join)));
        team
    }

    fn chosen(&self, set: &CompletionSet) -> Vec<(usize, Join)> {
        set.additions.iter().map(|Addition { pool, nth, join }| (self.places[*pool][*nth], *join)).collect()
    }
}

/// The outcomes of the composition requirements.
fn outcomes(composition: &Composition<'_>, consortium: &Consortium) -> BTreeMap<usize, Outcome> {
    let report = LIBRARY.check(consortium).expect("a report");
    composition.requirements().map(|index| (index, report.findings[index].outcome)).collect()
}

fn met(outcomes: &BTreeMap<usize, Outcome>, blocked: &[usize]) -> bool {
    outcomes.iter().all(|(index, outcome)| match outcome {
        Outcome::Satisfied | Outcome::NotApplicable => true,
        Outcome::Undetermined => blocked.contains(index),
        _ => false,
    })
}

/// Every set of up to so many candidates in every way to join, smaller sets first.
fn every_set(directory: &Directory, consortium: &Consortium, size: usize) -> Vec<Vec<(usize, Join)>> {
    let marked = |side: Side| {
        consortium.members.iter().any(|member| {
            member.facts.get(slot("lead")) == Some(&FactValue::Bool(true))
                && member.facts.get(slot("side")).is_none_or(|of| *of == choice("side", side.as_str()))
        })
    };
    let joins: Vec<Join> = Join::ALL.into_iter().filter(|join| !join.lead || !marked(join.side)).collect();
    let mut sets: Vec<Vec<(usize, Join)>> = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..size {
        let to = sets.len();
        for index in from..to {
            let next = sets[index].last().map_or(0, |(place, _)| place + 1);
            for place in next..directory.candidates.len() {
                for join in &joins {
                    if join.lead && sets[index].iter().any(|(_, other)| other == join) {
                        continue;
                    }
                    let mut set = sets[index].clone();
                    set.push((place, *join));
                    sets.push(set);
                }
            }
        }
        from = to;
    }
    sets
}

/// The sizes and scores of the best sets, by trying every one.
fn by_trying(
    composition: &Composition<'_>,
    directory: &Directory,
    consortium: &Consortium,
    limits: CompletionLimits,
    answer: &Completions,
) -> Vec<(usize, u64)> {
    let mut complete: Vec<Vec<(usize, Join)>> = Vec::new();
    let mut found: BTreeSet<(usize, std::cmp::Reverse<u64>, Vec<usize>)> = BTreeSet::new();
    for set in every_set(directory, consortium, limits.size) {
        let outcomes = outcomes(composition, &directory.with(consortium, &set));
        for index in &answer.unmendable {
            assert_eq!(outcomes[index], Outcome::Violated);
        }
        for index in &answer.blocked {
            assert!(matches!(outcomes[index], Outcome::Undetermined | Outcome::Violated));
        }
        let smallest = || !complete.iter().any(|known| known.iter().all(|addition| set.contains(addition)));
        if met(&outcomes, &answer.blocked) && smallest() {
            let score = set.iter().map(|(place, _)| u64::from(directory.candidates[*place].1)).sum();
            let places: Vec<usize> = set.iter().map(|(place, _)| *place).collect();
            found.insert((set.len(), std::cmp::Reverse(score), places));
            complete.push(set);
        }
    }
    found.into_iter().take(limits.sets).map(|(size, score, _)| (size, score.0)).collect()
}

#[test]
fn trying_every_set_finds_the_same() {
    let mut draw = Draw(20_231_122);
    let mut completed: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for (id, _, direction) in LIBRARY.directions() {
        let composition = LIBRARY.composition(id).expect("a composition");
        for round in 0..80 {
            let (number, size) = if round % 4 == 0 { (5, 3) } else { (5 + round % 4, 2) };
            let mut consortium = consortium(&mut draw, id, &direction.id);
            if round % 3 == 0 {
                consortium.members.truncate(round % 2);
            }
            let candidates = (0..number)
                .map(|index| {
                    (institution(&mut draw, &direction.id, format!("c{index}")), [3, 5, 5, 7, 11][draw.below(5)])
                })
                .collect();
            let directory = Directory::new(&composition, &consortium, candidates);
            let day = LIBRARY.guide_of(id).expect("a call").as_of;
            let limits = CompletionLimits { size, sets: 1 + round % 5, ..CompletionLimits::default() };
            let answer = composition.complete(&consortium, day, &directory.pools, limits);
            for set in &answer.sets {
                let team = directory.with(&consortium, &directory.chosen(set));
                assert!(met(&outcomes(&composition, &team), &answer.blocked), "{}: {set:?}", direction.id);
                assert_eq!(set.undetermined, Vec::<usize>::new());
            }
            let expected = by_trying(&composition, &directory, &consortium, limits, &answer);
            let found: Vec<(usize, u64)> = answer.sets.iter().map(|set| (set.additions.len(), set.score)).collect();
            assert_eq!(found, expected, "{} round {round}: {consortium:?}", direction.id);
            if let Some((size, _)) = found.first() {
                completed.entry(direction.id.clone()).or_default()[*size] += 1;
            }
            looser(&composition, &directory, &consortium, limits, &answer);
        }
    }
    // In every direction, sets of no, one and two additions were found, so that each was put to the test.
    for (direction, sizes) in &completed {
        assert!(sizes[1] > 3 && sizes[1] + sizes[2] + sizes[3] > 8, "{direction}: {sizes:?}");
    }
    assert_eq!(completed.len(), LIBRARY.directions().count());
    let of_size = |size: usize| completed.values().map(|sizes| sizes[size]).sum::<usize>();
    assert!(of_size(2) > 200 && of_size(3) >= 10, "{completed:?}");
}

/// Sets that may leave open what is not known of the additions: no finding is violated, and what is open is said.
fn looser(
    composition: &Composition<'_>,
    directory: &Directory,
    consortium: &Consortium,
    limits: CompletionLimits,
    strict: &Completions,
) {
    let day = LIBRARY.guide_of(consortium.direction).expect("a call").as_of;
    let limits = CompletionLimits { allow_undetermined: true, ..limits };
    let answer = composition.complete(consortium, day, &directory.pools, limits);
    assert_eq!((&answer.blocked, &answer.unmendable), (&strict.blocked, &strict.unmendable));
    if let Some(first) = strict.sets.first() {
        assert!(answer.sets.first().is_some_and(|set| set.additions.len() <= first.additions.len()));
    }
    for set in &answer.sets {
        let team = directory.with(consortium, &directory.chosen(set));
        let report = LIBRARY.check(&team).expect("a report");
        let mut open = Vec::new();
        for (index, outcome) in outcomes(composition, &team) {
            assert_ne!(outcome, Outcome::Violated);
            if outcome == Outcome::Undetermined && !answer.blocked.contains(&index) {
                open.push(index);
                // It depends on somebody who was added, or on whom a member there was founded by.
                let there = consortium.members.len();
                let evidence = report.evidence(&report.findings[index]);
                let bears = |at: &FactRef| {
                    at.member >= Some(there) || (at.member.is_some() && at.fact.slot == slot("founded_by"))
                };
                assert!(evidence.iter().any(bears), "{evidence:?}");
            }
        }
        assert_eq!(set.undetermined, open);
    }
}

/// Candidates by key and score, and the completions of a consortium with them, as keys with marks.
fn complete(text: &str, candidates: &[(&str, u32)], limits: CompletionLimits) -> (Vec<(String, u64)>, Completions) {
    let consortium = case(&LIBRARY, text).consortium;
    let composition = LIBRARY.composition(consortium.direction).expect("a composition");
    let candidates = candidates.iter().map(|(facts, score)| (institution_of(facts), *score)).collect();
    let directory = Directory::new(&composition, &consortium, candidates);
    let day = LIBRARY.guide_of(consortium.direction).expect("a call").as_of;
    let answer = composition.complete(&consortium, day, &directory.pools, limits);
    let sets = answer.sets.iter().map(|set| {
        let names = directory.chosen(set).into_iter().map(|(place, join)| {
            let lead = if join.lead { "*" } else { "" };
            format!("{}:{}{lead}", directory.candidates[place].0.key, join.side.as_str())
        });
        (names.collect::<Vec<_>>().join(" "), set.score)
    });
    (sets.collect(), answer)
}

fn institution_of(facts: &str) -> Member {
    let node = eligibility::yaml::parse("candidate", facts, eligibility::yaml::Limits::default()).expect("YAML");
    LIBRARY.read_institution("candidate", &node).expect("an institution")
}

fn requirement(direction: DirectionId, id: &str) -> usize {
    let direction = LIBRARY.direction(direction).expect("a direction");
    direction.requirements.iter().position(|of| of.id == id).expect("a requirement")
}

#[test]
fn the_composition_requirements_ask_about_members_only() {
    let ids = |direction: &str| {
        let id = LIBRARY.find_direction(None, direction).expect("a direction");
        let requirements = &LIBRARY.direction(id).expect("a direction").requirements;
        let composition = LIBRARY.composition(id).expect("a composition");
        composition.requirements().map(|index| requirements[index].id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(ids("1.1"), ["1.1#chinese-applicant", "1.1#partner-country"]);
    assert_eq!(ids("1.5"), ["1.5#chinese-applicant", "1.5#partner-country", "1.5(1)#lead-enterprise"]);
    assert_eq!(ids("2.2"), ["2.2#chinese-applicant", "2.2(1)#two-states"]);
    assert_eq!(
        ids("HK1.1"),
        [
            "HK1.1#chinese-applicant",
            "HK1.1#partner-country",
            "HK1.1(2)#hk-main-applicant",
            "HK1.1(3)#mainland-enterprise",
            "HK1.1(6)#no-branch-with-founder"
        ]
    );
    let europe = ids("2.0");
    assert!(europe.contains(&"2.0(1)#belgium-regions"));
    assert!(!europe.contains(&"2.0(2)#lead-is-signatory"), "it reads the agreement of the project");
}

const THAI: &str = "{direction: cn-asean, members: [
    {key: c, side: CHINESE, lead: true, country: CN, kind: UNIVERSITY},
    {key: p, side: PARTNER, lead: true, country: TH, kind: UNIVERSITY}]}";

#[test]
fn a_second_asean_state_completes_2_2() {
    let candidates = [
        ("{key: hanoi, country: VN}", 40),
        ("{key: bangkok, country: TH}", 90),
        ("{key: somewhere}", 80),
        ("{key: penang, country: MY}", 60),
        ("{key: berlin, country: DE}", 70),
    ];
    let (sets, answer) = complete(THAI, &candidates, CompletionLimits::default());
    assert_eq!(sets, [("penang:PARTNER".to_owned(), 60), ("hanoi:PARTNER".to_owned(), 40)]);
    assert_eq!((answer.unmendable, answer.blocked, answer.searched), (vec![], vec![], 4));
    let open = CompletionLimits { allow_undetermined: true, sets: 2, ..CompletionLimits::default() };
    let (sets, answer) = complete(THAI, &candidates, open);
    assert_eq!(sets, [("somewhere:PARTNER".to_owned(), 80), ("penang:PARTNER".to_owned(), 60)]);
    let id = LIBRARY.find_direction(None, "2.2").expect("2.2");
    assert_eq!(answer.sets[0].undetermined, [requirement(id, "2.2(1)#two-states")]);
    assert_eq!(answer.searched, 1);
    let valid = THAI.replace("]}", ", {key: q, side: PARTNER, country: LA}]}");
    assert_eq!(complete(&valid, &candidates, CompletionLimits::default()).0, [(String::new(), 0)]);
}

#[test]
fn one_candidate_may_fill_two_slots_of_1_5() {
    let candidates = [
        ("{key: enterprise, country: CN, kind: ENTERPRISE}", 10),
        ("{key: university, country: CN, kind: UNIVERSITY}", 99),
        ("{key: technion, country: IL, kind: UNIVERSITY}", 5),
        ("{key: startup, country: IL, kind: ENTERPRISE}", 4),
    ];
    let empty = "{direction: cn-il, members: [{key: p, side: PARTNER, country: IL}]}";
    let (sets, _) = complete(empty, &candidates, CompletionLimits::default());
    assert_eq!(
        sets,
        [
            // It is Chinese and an enterprise; being alone it leads.
            ("enterprise:CHINESE".to_owned(), 10),
            // Two of them: the enterprise has to be marked as lead.
            ("startup:CHINESE* university:CHINESE".to_owned(), 103),
        ]
    );
    let led = "{direction: cn-il, members: [{key: c, side: CHINESE, lead: true, country: CN, kind: UNIVERSITY}]}";
    let (sets, answer) = complete(led, &candidates, CompletionLimits::default());
    let id = LIBRARY.find_direction(None, "1.5").expect("1.5");
    assert_eq!(sets, []);
    assert_eq!(answer.unmendable, [requirement(id, "1.5(1)#lead-enterprise")]);
    let unknown = led.replace(", kind: UNIVERSITY", "");
    let (sets, answer) = complete(&unknown, &candidates, CompletionLimits::default());
    assert_eq!(answer.blocked, [requirement(id, "1.5(1)#lead-enterprise")]);
    assert_eq!(sets, [("technion:PARTNER".to_owned(), 5), ("startup:PARTNER".to_owned(), 4)]);
}

#[test]
fn in_hong_kong_one_choice_excludes_another() {
    let candidates = [
        (
            "{key: hku, name: 香港大学, country: HK, kind: UNIVERSITY, hk_status: DESIGNATED_PUBLIC_RESEARCH_INSTITUTE, founded_by: []}",
            50,
        ),
        ("{key: astri, country: HK, kind: RESEARCH_INSTITUTE, hk_status: RD_CENTRE, founded_by: []}", 20),
        ("{key: branch, country: CN, kind: ENTERPRISE, founded_by: [香港大学]}", 40),
        ("{key: maker, country: CN, kind: ENTERPRISE, founded_by: []}", 15),
    ];
    let lone = "{direction: mainland-hk, members: [
        {key: c, side: CHINESE, lead: true, country: CN, kind: UNIVERSITY, founded_by: []}]}";
    let (sets, _) = complete(lone, &candidates, CompletionLimits::default());
    assert_eq!(
        sets,
        [
            ("maker:CHINESE hku:PARTNER".to_owned(), 65),
            ("branch:CHINESE astri:PARTNER".to_owned(), 60),
            ("maker:CHINESE astri:PARTNER".to_owned(), 35),
        ]
    );
}

#[test]
fn a_partner_that_breaks_a_clause_is_not_proposed() {
    let candidates = [
        ("{key: young, country: SA, kind: UNIVERSITY, registered_on: 2022, independent_legal_person: true}", 90),
        ("{key: old, country: SA, kind: UNIVERSITY, registered_on: 1957, independent_legal_person: true}", 10),
    ];
    let lone =
        "{direction: cn-arab-labs, members: [{key: c, side: CHINESE, lead: true, country: CN, kind: UNIVERSITY}]}";
    let (sets, _) = complete(lone, &candidates, CompletionLimits::default());
    assert_eq!(sets, [("old:PARTNER".to_owned(), 10)]);
    let broken = lone.replace("]}", ", {key: p, side: PARTNER, country: SA, kind: UNIVERSITY, registered_on: 2022}]}");
    let (sets, answer) = complete(&broken, &candidates, CompletionLimits::default());
    let id = LIBRARY.find_direction(None, "1.6").expect("1.6");
    assert_eq!(sets, []);
    assert_eq!(answer.unmendable, [requirement(id, "1.6(7)#registered-3y")]);
    assert_eq!(answer.blocked, [requirement(id, "1.6(7)#legal-person")]);
}

#[test]
fn a_search_that_is_cut_short_says_so() {
    let candidates = [("{key: hanoi, country: VN}", 40), ("{key: penang, country: MY}", 60)];
    let lone = THAI.replace("country: TH", "country: DE");
    let limits = CompletionLimits { steps: 4, ..CompletionLimits::default() };
    let (_, answer) = complete(&lone, &candidates, limits);
    assert_eq!(answer.searched, 1);
    let (sets, answer) = complete(&lone, &candidates, CompletionLimits::default());
    assert_eq!(sets.iter().map(|(_, score)| *score).collect::<Vec<_>>(), [100]);
    assert_eq!(answer.searched, 4);
    let full: String = (0..49).map(|number| format!(", {{key: m{number}, side: CHINESE, country: CN}}")).collect();
    let full = format!("{{direction: cn-asean, members: [{{key: c, side: CHINESE, country: CN}}{full}]}}");
    let (sets, answer) = complete(&full, &candidates, CompletionLimits::default());
    assert_eq!((sets, answer.searched), (vec![], 0));
}

#[test]
fn an_open_slot_is_filled_by_whoever_leaves_less_missing() {
    let partner = |lead| Join { side: Side::Partner, lead };
    let fills = |text: &str, id: &str, replaces: Option<usize>, candidate: &str, join: Join| {
        let consortium = case(&LIBRARY, text).consortium;
        let composition = LIBRARY.composition(consortium.direction).expect("a composition");
        let day = LIBRARY.guide_of(consortium.direction).expect("a call").as_of;
        let candidate = institution_of(candidate);
        let facts = consortium.members.iter().map(|member| &member.facts).chain([&candidate.facts]);
        let class = composition.class(day, &candidate, &composition.parties(facts));
        composition.fills(&consortium, day, requirement(consortium.direction, id), replaces, &class, join)
    };
    let asean = |text: &str, candidate: &str| fills(text, "2.2(1)#two-states", None, candidate, partner(false));
    assert_eq!(asean(THAI, "{country: VN}"), Truth::True);
    assert_eq!(asean(THAI, "{country: TH}"), Truth::False);
    assert_eq!(asean(THAI, "{kind: UNIVERSITY}"), Truth::Unknown);
    // One of two slots.
    assert_eq!(asean(&THAI.replace("TH", "DE"), "{country: VN}"), Truth::True);
    let arab = "{direction: cn-arab-labs, members: [{key: c, side: CHINESE, lead: true, country: CN},
        {key: p, side: PARTNER, country: SA, kind: UNIVERSITY, registered_on: 2022, independent_legal_person: true}]}";
    let old = "{country: EG, kind: UNIVERSITY, registered_on: 1908, independent_legal_person: true}";
    let age = "1.6(7)#registered-3y";
    assert_eq!(fills(arab, age, Some(1), old, partner(false)), Truth::True);
    assert_eq!(fills(arab, age, None, old, partner(false)), Truth::False);
    assert_eq!(fills(arab, age, Some(1), &old.replace("1908", "2023"), partner(false)), Truth::False);
    assert_eq!(fills(arab, age, Some(1), &old.replace("registered_on: 1908, ", ""), partner(false)), Truth::Unknown);
    // It would do, but for another clause.
    assert_eq!(fills(arab, age, Some(1), &old.replace("EG", "FR"), partner(false)), Truth::False);
    assert_eq!(fills(arab, age, Some(1), &old.replace("country: EG, ", ""), partner(false)), Truth::Unknown);
    let consortium = case(&LIBRARY, THAI).consortium;
    let report = LIBRARY.check(&consortium).expect("a report");
    let finding = &report.findings[requirement(consortium.direction, "2.2(1)#two-states")];
    let slots = LIBRARY.open_slots(&consortium, &report, finding);
    assert_eq!(slots.len(), 1);
    assert_eq!(slots[0].replaces, None);
    let country = slots[0].slot.properties.iter().find(|(fact, _)| fact.slot == slot("country")).expect("a country");
    let eligibility::Wanted::InGroup { except, .. } = &country.1 else { panic!("{:?}", country.1) };
    assert_eq!(except, &[Country::parse("TH").expect("TH")]);
    let arab = case(&LIBRARY, arab).consortium;
    let report = LIBRARY.check(&arab).expect("a report");
    let slots = LIBRARY.open_slots(&arab, &report, &report.findings[requirement(arab.direction, age)]);
    assert_eq!(slots.iter().map(|slot| slot.replaces).collect::<Vec<_>>(), [Some(1)]);
}

#[test]
fn a_team_moves_to_another_direction_without_its_topic() {
    let consortium = case(
        &LIBRARY,
        "{direction: cn-asean, members: [{key: c, side: CHINESE, country: CN}],
          project: {topic: clean-energy, duration_months: 36}}",
    );
    let consortium = consortium.consortium;
    let hong_kong = LIBRARY.find_direction(None, "HK1.1").expect("HK1.1");
    let moved = LIBRARY.transfer(&consortium, hong_kong).expect("a direction");
    assert_eq!((moved.direction, &moved.members), (hong_kong, &consortium.members));
    let project = |consortium: &Consortium, name: &str| {
        consortium.project.get(LIBRARY.vocabulary.find(name).expect("a fact").0.slot).cloned()
    };
    assert_eq!(project(&moved, "project.topic"), None);
    assert_eq!(project(&moved, "project.duration_months"), Some(FactValue::Integer(36)));
    assert_eq!(LIBRARY.transfer(&consortium, consortium.direction), Some(consortium));
}
