//! The index as its users see it, on a few real institutions.

mod rank;
mod reference;
mod support;
mod words;

use std::sync::Arc;

use eligibility::place::{Place, Subdivision};
use eligibility::{Lang, Role};
use profile::{Assurance, ConceptId, Identifier, RegistryType, RolePossibility, Scheme, Stated};

use crate::{By, Filter, Index, IndexError, Matching, Order, Page, QueryError, Reason, Request, RoleFilter};
use support::{LEXICON, LIBRARY, Made, country, day, id, known, numbers, put};

fn ask(index: &Index, text: &str) -> Page {
    let request = Request { text: Some(text.to_owned()), first: 50, ..Request::default() };
    index.snapshot().search(&request).expect("a page")
}

fn found(index: &Index, text: &str) -> Vec<u128> {
    numbers(&ask(index, text))
}

fn filtered(index: &Index, filter: Filter) -> Vec<u128> {
    let order = Order { by: By::ChangedAt, descending: false };
    let request = Request { filter, first: 50, order, ..Request::default() };
    numbers(&index.snapshot().search(&request).expect("a page"))
}

#[test]
fn one_institution_is_found_in_every_spelling() {
    let index = known();
    for (text, expected) in [
        ("清华大学", 1),
        ("清華大學", 1),
        ("tsinghua", 1),
        ("TSINGHUA universities", 1),
        ("qinghua", 1),
        ("qing hua da xue", 1),
        ("qing hua", 1),
        ("qinghuadaxue", 1),
        ("qhdx", 1),
        ("xiamen", 2),
        ("厦门", 2),
        ("chongqing daxue", 3),
        ("科技大学", 4),
        ("HUST", 4),
        ("MIT", 5),
        ("massachusetts", 5),
        ("A&M", 6),
        ("texas am", 6),
        ("Texas A M", 6),
        ("東京大学", 7),
        ("东京大学", 7),
        ("东京", 7),
        ("universite liège", 8),
        ("wallonne", 8),
        ("中科院", 9),
        ("zhongguo kexueyuan", 9),
        ("childrens hospital", 12),
        ("children's", 12),
        ("St Mary", 12),
        ("香港大学", 13),
        ("香港大學", 13),
        ("max planck", 14),
        ("MaxPlanck", 14),
        ("Max-Planck-Institut", 14),
        ("北海道药科大学", 15),
        ("北海道薬科大学", 15),
        ("서울대학교", 16),
        ("Vietnam", 10),
        ("越南", 10),
        ("越南 institute", 10),
        ("重庆大", 3),
    ] {
        let page = ask(&index, text);
        assert_eq!(numbers(&page), [expected], "{text}: {page:?}");
        assert_eq!(page.matching, Matching::Exact, "{text}");
        assert_eq!(page.total, 1);
    }
}

#[test]
fn all_words_must_be_met_and_the_name_itself_comes_first() {
    let index = known();
    assert_eq!(found(&index, "大学").len(), 7);
    let page = ask(&index, "university tokyo");
    assert_eq!(numbers(&page), [7]);
    let first = page.hits.first().expect("a hit");
    let reasons: Vec<Reason> = first.score.parts.iter().map(|part| part.reason).collect();
    assert!(reasons.contains(&Reason::WholeLabel) && reasons.contains(&Reason::Label), "{reasons:?}");
    assert_eq!(first.score.total, first.score.parts.iter().map(|part| part.points).sum::<u32>());
    assert_eq!(first.card, b"card 7");
    // The stop word is not asked for.
    assert_eq!(found(&index, "the university of tokyo"), [7]);
    // Unless there is nothing else.
    let mut names = found(&index, "of the");
    names.sort_unstable();
    assert_eq!(names, [7, 13]);
}

#[test]
fn a_better_origin_gives_more_points() {
    let index = support::index(&[
        Made::new(1).label("Alpha Institute"),
        Made::new(2).alias("Alpha House").label("Beta Centre"),
        Made::new(3).label("Gamma Works").keyword("alpha"),
        Made::new(4).label("Delta Works").city("Alpha"),
        Made::new(5).label("阿法学院").label_zh("阿尔法"),
    ]);
    assert_eq!(found(&index, "alpha"), [1, 2, 3, 4]);
    let reasons: Vec<Reason> = ask(&index, "alpha").hits.iter().map(|hit| hit.score.parts[0].reason).collect();
    assert_eq!(reasons, [Reason::Label, Reason::Alias, Reason::Keyword, Reason::Place]);
    let page = ask(&index, "aerfa");
    assert_eq!(numbers(&page), [5]);
    let reasons: Vec<Reason> = page.hits[0].score.parts.iter().map(|part| part.reason).collect();
    assert_eq!(reasons, [Reason::Pinyin, Reason::WholePinyin, Reason::Prominence]);
}

#[test]
fn misspelt_words_are_corrected_and_told() {
    let index = known();
    for (text, expected, used) in [
        ("tsinghau", 1, "tsinghua"),
        ("masachusets", 5, "massachusett"),
        ("hokaido", 15, "hokkaido"),
        ("massach", 5, "massachusett"),
    ] {
        let page = ask(&index, text);
        assert_eq!(page.matching, Matching::Corrected, "{text}: {page:?}");
        assert_eq!(numbers(&page), [expected], "{text}");
        assert_eq!(page.corrections, [(text.to_owned(), vec![used.to_owned()])]);
    }
    let page = ask(&index, "zzz qqq");
    assert_eq!((page.total, page.matching), (0, Matching::Partial));
    // A word may be misspelt in a name too.
    let index = support::index(&[
        Made::new(1).label("Institute of Oceanography"),
        Made::new(2).label("Centre of Physics").alias("Insitute of Physics"),
    ]);
    let page = ask(&index, "insitute of oceanografy");
    assert_eq!((numbers(&page), page.matching), (vec![1], Matching::Corrected));
    assert_eq!(numbers(&ask(&index, "insitute of physics")), [2]);
}

#[test]
fn most_of_the_words_when_nothing_has_all() {
    let index = known();
    let page = ask(&index, "tsinghua xyzzyplugh university");
    assert_eq!((numbers(&page), page.matching), (vec![1], Matching::Partial));
    let page = ask(&index, "tsinghua massachusetts institute technology");
    assert_eq!((numbers(&page), page.matching), (vec![5], Matching::Partial));
    // How much of the name the text is counts only where all of the text is met.
    assert!(!page.hits[0].score.parts.iter().any(|part| part.reason == Reason::Coverage), "{page:?}");
}

#[test]
fn a_filter_does_not_change_how_the_text_is_met() {
    let index = known();
    let filter = Filter { places: vec![vec![Place::Country(country("US"))]], ..Filter::default() };
    let request = Request { text: Some("tsinghua".to_owned()), filter, first: 5, ..Request::default() };
    let page = index.snapshot().search(&request).expect("a page");
    assert_eq!((page.total, page.matching), (0, Matching::Exact));
}

#[test]
fn text_without_words_finds_nothing_and_no_text_everything() {
    let index = known();
    for text in ["()", "***", "🧪", "\0"] {
        assert_eq!(ask(&index, text).total, 0, "{text:?}");
    }
    for text in ["", "  ", "\u{3000}\n"] {
        assert_eq!(ask(&index, text).total, 16, "{text:?}");
    }
}

#[test]
fn concepts_are_met_in_the_other_language() {
    let index = known();
    assert_eq!(found(&index, "再生医学"), [11, 10]);
    assert_eq!(found(&index, "再生醫學"), [11, 10]);
    let mut english = found(&index, "regenerative medicine");
    english.sort_unstable();
    assert_eq!(english, [10, 11]);
    assert_eq!(found(&index, "regenerative medicine vietnam"), [10]);
    assert_eq!(found(&index, "干细胞"), [11]);
    assert_eq!(LEXICON.concepts_in("Regenerative  medicines"), [ConceptId(0)]);
    assert_eq!(LEXICON.concepts_in("太阳能电池与再生医学"), [ConceptId(0), ConceptId(1)]);
    assert_eq!(LEXICON.concepts_in("regenerative thoughts"), []);
    assert_eq!(LEXICON.fields_in("solar energy"), ["2", "2.7"]);
    let filter = |concepts| Filter { concepts: Some(concepts), ..Filter::default() };
    assert_eq!(filtered(&index, filter(vec![ConceptId(0)])), [10, 11]);
    assert_eq!(filtered(&index, filter(vec![ConceptId(0), ConceptId(1)])), [6, 10, 11]);
    assert_eq!(filtered(&index, filter(vec![])), [0; 0]);
}

#[test]
fn a_short_name_is_no_part_of_another_word() {
    let index = support::index(&[Made::new(1).label_zh("北京大学"), Made::new(2).label_zh("东北大学")]);
    assert_eq!(found(&index, "北大"), [1]);
    assert_eq!(found(&index, "东北大学"), [2]);
    assert_eq!(ask(&index, "北大").hits[0].score.parts[1].reason, Reason::WholeAcronym);
}

#[test]
fn a_short_name_in_letters_stays_the_acronym_of_others() {
    let index = support::index(&[
        Made::new(1).label_zh("香港城市大学").label("City University of Hong Kong"),
        Made::new(2).label("City University of Macau").acronym("CityU"),
    ]);
    let mut both = found(&index, "cityu");
    both.sort_unstable();
    assert_eq!(both, [1, 2]);
}

#[test]
fn pinyin_is_read_however_it_is_parted() {
    let index = support::index(&[
        Made::new(1).label_zh("北京大学"),
        Made::new(2).label_zh("北京工业大学").label("Beijing Daxue of Technology"),
    ]);
    for text in ["beijing daxue", "bei jing da xue", "beijingdaxue", "beida"] {
        assert_eq!(found(&index, text).first(), Some(&1), "{text}");
        let parts = &ask(&index, text).hits[0].score.parts;
        assert!(parts.iter().any(|part| part.reason == Reason::WholePinyin), "{text}: {parts:?}");
    }
}

#[test]
fn names_are_found_as_citation_indexes_shorten_them() {
    let index = known();
    for (text, expected) in
        [("Chinese Acad Sci", 9), ("Huazhong Univ Sci & Technol", 4), ("Massachusetts Inst. Technol.", 5)]
    {
        let page = ask(&index, text);
        assert_eq!((numbers(&page), page.matching), (vec![expected], Matching::Exact), "{text}");
    }
}

#[test]
fn a_longer_phrase_holds_the_shorter_ones_of_its_field() {
    let index = support::index(&[
        Made::new(1).label("Solar Energy Institute"),
        Made::new(2).label("Laboratory of Human Energy Expenditure"),
        Made::new(3).label("Energy Council"),
    ]);
    assert_eq!(found(&index, "能源"), [1, 3]);
    assert_eq!(found(&index, "太阳能"), [1]);
    assert_eq!(found(&index, "能量消耗"), [2]);
    // What is asked for is the longer one alone.
    assert_eq!(LEXICON.concepts_in("solar energy"), [ConceptId(1)]);
    let name = "Solar Energy Institute";
    let ranges = LEXICON.highlight("能源", name);
    assert_eq!(ranges.into_iter().filter_map(|range| name.get(range)).collect::<Vec<_>>(), ["Energy"]);
}

#[test]
fn filters_limit_and_empty_lists_are_met_by_nobody() {
    let index = known();
    let place = |code: &str| match Subdivision::parse(code) {
        Some(within) => Place::Subdivision(within, within.country().expect("its country")),
        None => Place::Country(country(code)),
    };
    let wallonia = Subdivision::parse("BE-WAL").expect("Wallonia");
    let ror = |value| Identifier::parse(Scheme::Ror, value).expect("a ROR id");
    let everything = Filter::default;
    let cases: Vec<(Filter, Vec<u128>)> = vec![
        (Filter { places: vec![vec![place("US"), place("BE-WAL")]], ..everything() }, vec![5, 6, 8]),
        (Filter { places: vec![vec![place("US"), place("CN")], vec![place("US")]], ..everything() }, vec![5, 6]),
        (Filter { places: vec![vec![]], ..everything() }, vec![]),
        (Filter { subdivisions: Some(vec![wallonia]), ..everything() }, vec![8]),
        (Filter { subdivisions: Some(vec![]), ..everything() }, vec![]),
        (Filter { kinds: Some(vec!["HOSPITAL".to_owned()]), ..everything() }, vec![12]),
        (Filter { kinds: Some(vec!["NO_SUCH_KIND".to_owned()]), ..everything() }, vec![]),
        (Filter { kinds: Some(vec![]), ..everything() }, vec![]),
        (Filter { registry_types: Some(vec![RegistryType::Healthcare]), ..everything() }, vec![12]),
        (Filter { registry_types: Some(vec![]), ..everything() }, vec![]),
        (Filter { legal_person: Some(vec![Some(true)]), ..everything() }, vec![1]),
        (Filter { legal_person: Some(vec![Some(false), Some(true)]), ..everything() }, vec![1, 2]),
        (Filter { legal_person: Some(vec![]), ..everything() }, vec![]),
        // 1911 may be its last day; 1921-04-06 is certain.
        (Filter { registered_before: Some(day("1911-12-31")), ..everything() }, vec![]),
        (Filter { registered_before: Some(day("1912-01-01")), ..everything() }, vec![1]),
        (Filter { registered_since: Some(day("1921-04-06")), ..everything() }, vec![2, 3]),
        (Filter { registered_since: Some(day("1921-04-07")), ..everything() }, vec![3]),
        (Filter { fields: Some(vec!["2".to_owned()]), ..everything() }, vec![3, 6]),
        (Filter { fields: Some(vec!["2.7".to_owned()]), ..everything() }, vec![3, 6]),
        (Filter { fields: Some(vec!["3".to_owned()]), ..everything() }, vec![4, 10, 11]),
        (Filter { fields: Some(vec!["3.1".to_owned()]), ..everything() }, vec![10, 11]),
        (Filter { fields: Some(vec!["9".to_owned()]), ..everything() }, vec![]),
        (Filter { fields: Some(vec![]), ..everything() }, vec![]),
        (Filter { identifiers: Some(vec![ror("03cve4549")]), ..everything() }, vec![1]),
        (Filter { identifiers: Some(vec![]), ..everything() }, vec![]),
        (Filter { ids: Some(vec![id(3), id(99), id(2)]), ..everything() }, vec![2, 3]),
        (Filter { ids: Some(vec![]), ..everything() }, vec![]),
        (Filter { assurance: Some(vec![Assurance::Verified]), ..everything() }, vec![1]),
        (Filter { assurance: Some(vec![]), ..everything() }, vec![]),
    ];
    for (filter, expected) in cases {
        let shown = format!("{filter:?}");
        assert_eq!(filtered(&index, filter), expected, "{shown}");
    }
    assert_eq!(index.snapshot().find(&ror("03cve4549")).expect("found"), [id(1)]);
    assert_eq!(index.snapshot().get(id(5)).expect("read").as_deref(), Some(&b"card 5"[..]));
    assert_eq!(index.snapshot().get(id(99)).expect("read"), None);
}

#[test]
fn roles_limit_and_preferred_ones_come_first() {
    let index = known();
    let direction = LIBRARY.find_direction(None, "cn-nz").expect("a direction");
    let role = |role, at_least| Filter { roles: vec![RoleFilter { direction, role, at_least }], ..Filter::default() };
    assert_eq!(filtered(&index, role(Role::Lead, RolePossibility::Eligible)), [2]);
    assert_eq!(filtered(&index, role(Role::Lead, RolePossibility::Possible)), [1, 2]);
    assert_eq!(filtered(&index, role(Role::Partner, RolePossibility::Possible)), [0; 0]);
    let request = Request {
        text: Some("university".to_owned()),
        prefer: Some((direction, Role::Lead)),
        first: 3,
        facets: true,
        ..Request::default()
    };
    let page = index.snapshot().search(&request).expect("a page");
    assert_eq!(numbers(&page)[..2], [2, 1]);
    let roles = page.facets.expect("facets").roles;
    let lead = roles.iter().find(|one| one.direction == direction && one.role == Role::Lead).expect("the role");
    assert_eq!((lead.eligible, lead.possible), (1, 1));
    let boosted = Request { boost: vec![ConceptId(1)], first: 1, ..Request::default() };
    let page = index.snapshot().search(&boosted).expect("a page");
    assert_eq!(numbers(&page), [6]);
    assert_eq!(page.total, 16);
}

#[test]
fn every_order_walks_through_all_once() {
    let index = known();
    let snapshot = index.snapshot();
    let orders = [By::Relevance, By::Name(Lang::Zh), By::Name(Lang::En), By::Country, By::RegisteredOn, By::ChangedAt];
    for text in [None, Some("university"), Some("univercity")] {
        for by in orders {
            for descending in [false, true] {
                let mut request = Request {
                    text: text.map(str::to_owned),
                    order: Order { by, descending },
                    first: 100,
                    ..Request::default()
                };
                let all = snapshot.search(&request).expect("a page");
                assert!(all.hits.len() == all.total && !all.has_next && !all.has_previous && all.total > 5);
                for size in [1, 3] {
                    request.first = size;
                    request.after = None;
                    let mut walked = Vec::new();
                    loop {
                        let page = snapshot.search(&request).expect("a page");
                        assert_eq!((page.total, page.matching), (all.total, all.matching));
                        assert_eq!(page.has_previous, !walked.is_empty());
                        walked.extend(numbers(&page));
                        assert_eq!(page.has_next, walked.len() < all.total);
                        request.after = page.hits.last().map(|hit| hit.cursor.clone());
                        if !page.has_next {
                            break;
                        }
                    }
                    assert_eq!(walked, numbers(&all), "{by:?} {descending}");
                }
            }
        }
    }
}

#[test]
fn orders_are_as_told() {
    let index = support::index(&[
        Made::new(1).label("Zeta").country("US").registered("2001-05"),
        Made::new(2).label("Éta").country("DE"),
        Made::new(3).label("清华").registered("1999"),
        Made::new(4).label("alpha").country("US").registered("2001-05-02"),
        Made::new(5).label("Zeta").country("US").registered("1800-01-01"),
    ]);
    let order = |by, descending| {
        let request = Request { order: Order { by, descending }, first: 9, ..Request::default() };
        numbers(&index.snapshot().search(&request).expect("a page"))
    };
    assert_eq!(order(By::Name(Lang::En), false), [4, 2, 3, 1, 5]);
    assert_eq!(order(By::Name(Lang::En), true), [1, 5, 3, 2, 4]);
    assert_eq!(order(By::Country, false), [2, 4, 1, 5, 3]);
    assert_eq!(order(By::Country, true), [1, 5, 4, 2, 3]);
    assert_eq!(order(By::RegisteredOn, false), [5, 3, 1, 4, 2]);
    assert_eq!(order(By::RegisteredOn, true), [4, 1, 3, 5, 2]);
    assert_eq!(order(By::ChangedAt, false), [1, 2, 3, 4, 5]);
    assert_eq!(order(By::ChangedAt, true), [5, 4, 3, 2, 1]);
}

#[test]
fn altered_and_foreign_cursors_are_refused() {
    let index = known();
    let snapshot = index.snapshot();
    let request = Request { text: Some("university".to_owned()), first: 2, ..Request::default() };
    let page = snapshot.search(&request).expect("a page");
    let cursor = page.hits[1].cursor.clone();
    let with = |request: &Request, cursor: &str| {
        snapshot.search(&Request { after: Some(cursor.to_owned()), ..request.clone() }).map(|page| page.hits.len())
    };
    assert_eq!(with(&Request { first: 1, facets: true, ..request.clone() }, &cursor).expect("a page"), 1);
    for place in 0..cursor.len() {
        let mut altered: Vec<char> = cursor.chars().collect();
        altered[place] = if altered[place] == 'A' { 'B' } else { 'A' };
        let altered: String = altered.into_iter().collect();
        assert!(matches!(with(&request, &altered), Err(QueryError::Cursor)), "{place}");
    }
    let other = |request: Request| assert!(matches!(with(&request, &cursor), Err(QueryError::Cursor)), "{request:?}");
    other(Request { text: Some("institute".to_owned()), ..request.clone() });
    other(Request { text: None, ..request.clone() });
    other(Request { filter: Filter { ids: Some(vec![]), ..Filter::default() }, ..request.clone() });
    other(Request { order: Order { by: By::Country, descending: false }, ..request.clone() });
    other(Request { boost: vec![ConceptId(0)], ..request.clone() });
    for text in ["", "x", "!!!", "AAAAAAAAAAAAAAAA", &"A".repeat(100_000)] {
        assert!(matches!(with(&request, text), Err(QueryError::Cursor)));
    }
}

/// Other profiles come and go between the pages, so that words become rarer and more frequent.
#[test]
fn pages_are_stable_while_others_change() {
    for by in [By::Relevance, By::Name(Lang::En), By::Country, By::RegisteredOn] {
        for text in ["university", "univercity"] {
            let index = known();
            let mut request = Request {
                text: Some(text.to_owned()),
                order: Order { by, descending: false },
                first: 2,
                ..Request::default()
            };
            let before = numbers(&index.snapshot().search(&Request { first: 50, ..request.clone() }).expect("a page"));
            let mut walked = Vec::new();
            let mut next = 100;
            loop {
                let page = index.snapshot().search(&request).expect("a page");
                walked.extend(numbers(&page).into_iter().filter(|number| *number < 100));
                request.after = page.hits.last().map(|hit| hit.cursor.clone());
                if !page.has_next {
                    break;
                }
                let mut writer = index.writer().expect("a writer");
                for _ in 0..3 {
                    let label = format!("University {next}");
                    put(&mut writer, &Made::new(next).label(&label).country("FR").registered("1950"));
                    writer.remove(id(next - 4)).expect("removed");
                    next += 1;
                }
                writer.commit(u64::try_from(next).expect("small")).expect("a commit");
                if next > 118 {
                    // Newcomers that stand behind the page are walked through as well; these are enough.
                    for number in 100..next {
                        writer.remove(id(number)).expect("removed");
                    }
                    writer.commit(1_000).expect("a commit");
                    break;
                }
            }
            while let Some(after) = request.after.take() {
                request.after = Some(after);
                let page = index.snapshot().search(&request).expect("a page");
                walked.extend(numbers(&page).into_iter().filter(|number| *number < 100));
                request.after = page.hits.last().filter(|_| page.has_next).map(|hit| hit.cursor.clone());
            }
            assert_eq!(walked, before, "{by:?} {text}");
        }
    }
}

#[test]
fn too_long_a_text_is_refused_and_garbage_is_not() {
    let index = known();
    let search = |text: String| {
        index.snapshot().search(&Request { text: Some(text), first: 5, facets: true, ..Request::default() })
    };
    assert!(matches!(search("a".repeat(501)), Err(QueryError::TooLong)));
    assert!(matches!(search("(".repeat(5_000)), Err(QueryError::TooLong)));
    let words: Vec<String> = (0..41).map(|number| format!("w{number}")).collect();
    assert!(matches!(search(words.join(" ")), Err(QueryError::TooLong)));
    assert_eq!(search("(".repeat(500)).expect("a page").total, 0);
    for text in [
        "大".repeat(39),
        "清华大学".repeat(30),
        "a-".repeat(20),
        "\"AND OR NOT [* TO *] ~2^5 id:1 #0 ~清华".to_owned(),
        "\u{202e}ytisrevinu\u{202c} جامعة בית ספר".to_owned(),
        "🧪\0𠀀𪚥👨‍👩‍👧‍👦 ｾﾝﾀｰ ㈱ ﷽ Z̸̡͓a̷l̵g̶o̴".to_owned(),
        "a e i o u de la le les".to_owned(),
        "ba ".repeat(40),
    ] {
        search(text.clone()).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn names_show_where_they_are_met() {
    for (query, name, expected) in [
        ("universities tokyo", "The University of Tokyo", vec!["University", "Tokyo"]),
        ("清华", "清華大學", vec!["清華大學"]),
        ("厦门", "廈門大學", vec!["廈門"]),
        ("qinghua", "清华大学", vec!["清华"]),
        ("qing hua da xue", "清华大学", vec!["清华大学"]),
        ("qhdx", "清华大学", vec!["清华大学"]),
        ("regenerative medicine", "干细胞与再生医学研究院", vec!["再生医学"]),
        ("再生医学", "Institute of Regenerative Medicine", vec!["Regenerative", "Medicine"]),
        ("中科院", "中国科学院物理研究所", vec!["中国科学院"]),
        ("liege", "Université de Liège", vec!["Liège"]),
        ("planck", "Max-Planck-Institut", vec!["Planck"]),
        ("of", "University of Tokyo", vec!["of"]),
        ("センター", "研究センター", vec!["センター"]),
        ("xyz", "University", vec![]),
        ("", "University", vec![]),
    ] {
        let ranges = LEXICON.highlight(query, name);
        let shown: Vec<&str> = ranges.into_iter().filter_map(|range| name.get(range)).collect();
        assert_eq!(shown, expected, "{query} in {name}");
    }
}

#[test]
fn documents_are_replaced_and_removed() {
    let index = support::index(&[Made::new(1).label("Alpha Institute"), Made::new(2).label("Beta Institute")]);
    let before = index.snapshot();
    assert_eq!((before.change(), before.len()), (2, 2));
    let mut writer = index.writer().expect("a writer");
    assert!(matches!(index.writer(), Err(IndexError::Locked)));
    put(&mut writer, &Made::new(1).label("Gamma Institute"));
    writer.remove(id(2)).expect("removed");
    assert_eq!(found(&index, "beta"), [2]);
    writer.commit(7).expect("a commit");
    drop(writer);
    assert_eq!(found(&index, "institute"), [1]);
    assert_eq!(found(&index, "gamma"), [1]);
    let after = index.snapshot();
    assert_eq!((after.change(), after.len(), index.change()), (7, 1, 7));
    assert_ne!(before.generation(), after.generation());
    // Who still looks at the old one sees it as it was.
    assert_eq!(before.len(), 2);
    assert_eq!(before.get(id(2)).expect("read").as_deref(), Some(&b"card 2"[..]));
}

#[test]
fn a_folder_keeps_the_index_and_another_or_damaged_one_starts_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |instance: &str| Index::open(folder.path(), Arc::clone(&LEXICON), instance).expect("an index");
    let fill = |index: &Index| {
        let mut writer = index.writer().expect("a writer");
        put(&mut writer, &Made::new(1).label("Alpha Institute"));
        writer.commit(5).expect("a commit");
    };
    let index = open("one");
    assert_eq!(index.change(), 0);
    fill(&index);
    // Written and never committed: lost, and the commit before is whole.
    let mut writer = index.writer().expect("a writer");
    put(&mut writer, &Made::new(2).label("Beta Institute"));
    drop(writer);
    drop(index);
    let index = open("one");
    assert_eq!((index.change(), found(&index, "institute")), (5, vec![1]));
    let writer = index.writer().expect("a writer");
    assert!(matches!(Index::open(folder.path(), Arc::clone(&LEXICON), "two"), Err(IndexError::Locked)));
    drop(writer);
    drop(index);
    let index = open("two");
    assert_eq!((index.change(), index.snapshot().len()), (0, 0));
    fill(&index);
    drop(index);
    let other = Arc::new(crate::Lexicon::new(Arc::clone(&LIBRARY), Arc::default()));
    assert_ne!(other.fingerprint(), LEXICON.fingerprint());
    let index = Index::open(folder.path(), other, "two").expect("an index");
    assert_eq!(index.change(), 0);
    drop(index);
    for damage in ["store", "idx", "term", "fast", "json"] {
        let index = open("three");
        fill(&index);
        assert_eq!(open("three").change(), 5);
        drop(index);
        for entry in std::fs::read_dir(folder.path()).expect("the folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == damage) {
                let mut bytes = std::fs::read(&path).expect("bytes");
                let middle = bytes.len() / 3;
                bytes[middle] ^= 0xff;
                bytes.truncate(bytes.len().max(2) - 1);
                std::fs::write(&path, bytes).expect("written");
            }
        }
        let index = open("three");
        assert_eq!((index.change(), index.snapshot().len()), (0, 0), "{damage}");
    }
}

#[test]
fn facts_of_the_fingerprint_are_the_same_each_time() {
    let again = crate::Lexicon::new(Arc::clone(&LIBRARY), Arc::new(support::taxonomy()));
    assert_eq!(again.fingerprint(), LEXICON.fingerprint());
    assert_eq!(LEXICON.fingerprint().len(), 32);
}

#[test]
fn a_subdivision_tells_the_country() {
    let mut made = Made::new(1).label("Alpha");
    made.profile.state("subdivision", Stated::Text("BE-WAL".to_owned()), Assurance::Imported);
    let index = support::index(&[made]);
    let filter = Filter { places: vec![vec![Place::Country(country("BE"))]], ..Filter::default() };
    assert_eq!(filtered(&index, filter), [1]);
}
