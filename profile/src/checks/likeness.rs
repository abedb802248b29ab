//! Names against names, kinds and scripts.

use crate::content::Name;

/// Names that share less of what tells them apart are unlike.
const LIKE_AT_LEAST: f64 = 0.4;

/// Words of names that say what an institution is, not which.
const COMMON_WORDS: [&str; 44] = [
    "a",
    "academy",
    "and",
    "at",
    "center",
    "centre",
    "co",
    "college",
    "company",
    "corporation",
    "de",
    "del",
    "der",
    "department",
    "des",
    "di",
    "du",
    "faculty",
    "for",
    "foundation",
    "hospital",
    "in",
    "inc",
    "institut",
    "institute",
    "la",
    "laboratory",
    "limited",
    "ltd",
    "ministry",
    "national",
    "of",
    "research",
    "school",
    "science",
    "sciences",
    "technology",
    "the",
    "universidad",
    "universita",
    "universitat",
    "universite",
    "university",
    "und",
];

/// The same of Chinese names, the longest first.
const COMMON_WORDS_ZH: [&str; 19] = [
    "有限责任公司",
    "有限公司",
    "研究中心",
    "实验室",
    "研究所",
    "研究院",
    "基金会",
    "集团",
    "股份",
    "公司",
    "大学",
    "学院",
    "学校",
    "医院",
    "中心",
    "学会",
    "协会",
    "科技",
    "技术",
];

/// Whether a name is unlike every one of some names in its own script; not, if there is none to compare it with.
pub(super) fn is_unlike(name: &str, others: &[&str]) -> bool {
    let is_han = has_han(name);
    let mut others = others.iter().filter(|other| has_han(other) == is_han).peekable();
    if others.peek().is_none() {
        return false;
    }
    if is_han {
        let own = telling_zh(name);
        others.all(|other| {
            let other = telling_zh(other);
            !own.contains(&other) && !other.contains(&own) && !are_alike(&own, &other)
        })
    } else {
        let own = telling(name);
        others.all(|other| {
            let other = telling(other);
            let within = |one: &[String], other: &[String]| one.iter().all(|word| other.contains(word));
            !within(&own, &other) && !within(&other, &own) && !are_alike(&own.join(" "), &other.join(" "))
        })
    }
}

fn are_alike(one: &str, other: &str) -> bool {
    strsim::sorensen_dice(one, other) >= LIKE_AT_LEAST
}

/// The words of a name that tell it apart, in small letters and sorted; all of them, if none does.
fn telling(name: &str) -> Vec<String> {
    let name = name.to_lowercase();
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    let is_common = |word: &String| COMMON_WORDS.contains(&word.as_str());
    if !words.iter().all(is_common) {
        words.retain(|word| !is_common(word));
    }
    words.sort_unstable();
    words
}

fn telling_zh(name: &str) -> String {
    let plain: String = name.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let mut telling = plain.clone();
    for word in COMMON_WORDS_ZH {
        telling = telling.replace(word, "");
    }
    if telling.is_empty() { plain } else { telling }
}

/// Endings of Chinese names that name a kind, and the kinds that may bear them. Such names are regulated; those in other languages
/// are not: an English Ltd may be a charity, a German GmbH a university.
const ENDINGS: [(&[&str], &[&str]); 4] = [
    (&["有限公司", "有限责任公司", "股份公司"], &["ENTERPRISE", "RESEARCH_INSTITUTE", "HOSPITAL", "OTHER"]),
    (&["大学"], &["UNIVERSITY", "OTHER"]),
    (&["医院"], &["HOSPITAL", "ENTERPRISE", "RESEARCH_INSTITUTE", "NON_PROFIT", "OTHER"]),
    (&["基金会"], &["FOUNDATION", "NON_PROFIT", "GOVERNMENT_AGENCY", "OTHER"]),
];

/// Whether the end of a Chinese name names another kind than a word of the fact `member.kind`.
pub(super) fn says_another_kind(name: &str, kind: &str) -> bool {
    let named = ENDINGS.iter().find(|(endings, _)| endings.iter().any(|ending| name.ends_with(ending)));
    named.is_some_and(|(_, kinds)| !kinds.contains(&kind))
}

/// Whether a word of a name has both Latin and Cyrillic letters: many of them look alike.
pub(super) fn mixes_scripts(name: &str) -> bool {
    let is_cyrillic = |letter: char| matches!(letter, '\u{400}'..='\u{52f}');
    let is_latin = |letter: char| letter.is_ascii_alphabetic() || matches!(letter, '\u{c0}'..='\u{24f}');
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| word.contains(is_cyrillic) && word.contains(is_latin))
}

/// Whether it is a Chinese name: said to be one, or written so where nothing is said.
pub(super) fn is_chinese(name: &Name) -> bool {
    match name.lang.as_deref() {
        Some(lang) => lang == "zh",
        None => has_han(&name.text) && !name.text.chars().any(|letter| matches!(letter, '\u{3040}'..='\u{30ff}')),
    }
}

/// Whether it is an English name: said to be one, or in plain Latin letters where nothing is said.
pub(super) fn is_english(name: &Name) -> bool {
    match name.lang.as_deref() {
        Some(lang) => lang == "en",
        None => name.text.is_ascii() && name.text.contains(|letter: char| letter.is_ascii_alphabetic()),
    }
}

fn has_han(text: &str) -> bool {
    text.contains(
        |letter: char| matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Assurance, NameKind};

    #[test]
    fn names_are_compared_by_what_tells_them_apart() {
        for (name, others, expected) in [
            ("Peking University", vec!["Nanjing University"], true),
            ("北京大学", vec!["南京大学", "Nanjing University"], true),
            ("University of Tokyo", vec!["Tokyo University", "東京大学"], false),
            ("清华大学深圳国际研究生院", vec!["清华大学"], false),
            ("Tsinghua University", vec!["清华大学"], false),
            ("Beijing Institute of Technology", vec!["Beijing Institut of Technology"], false),
            ("Best Online Casino", vec!["University of Auckland", "Waipapa Taumata Rau"], true),
            ("The University", vec!["University"], false),
            ("I.P. Co., Ltd. (Japan)", vec!["I.P. Co., Ltd."], false),
            ("Anything", vec![], false),
        ] {
            assert_eq!(is_unlike(name, &others), expected, "{name}");
        }
    }

    #[test]
    fn the_end_of_a_name_names_a_kind() {
        for (name, kind, expected) in [
            ("北京某某科技有限公司", "UNIVERSITY", true),
            ("北京某某科技有限公司", "ENTERPRISE", false),
            ("中国建筑科学研究院有限公司", "RESEARCH_INSTITUTE", false),
            ("清华大学", "ENTERPRISE", true),
            ("清华大学", "UNIVERSITY", false),
            ("清华大学出版社", "ENTERPRISE", false),
            ("Fachhochschule Salzburg GmbH", "UNIVERSITY", false),
            ("北京大学第三医院", "HOSPITAL", false),
            ("北京大学第三医院", "GOVERNMENT_AGENCY", true),
            ("中国科学技术发展基金会", "ENTERPRISE", true),
        ] {
            assert_eq!(says_another_kind(name, kind), expected, "{name} {kind}");
        }
    }

    #[test]
    fn letters_that_look_alike_are_found_in_one_word_only() {
        assert!(mixes_scripts("M\u{430}ssey University"));
        assert!(!mixes_scripts("Massey University"));
        assert!(!mixes_scripts("МГУ Lomonosov"));
        assert!(!mixes_scripts("μSR Facility"));
    }

    #[test]
    fn languages_of_names() {
        let name = |text: &str, lang: Option<&str>| Name {
            text: text.into(),
            lang: lang.map(str::to_owned),
            kind: NameKind::Label,
            display: true,
            assurance: Assurance::SelfDeclared,
        };
        assert!(is_chinese(&name("清华大学", None)));
        assert!(is_chinese(&name("Qinghua", Some("zh"))));
        assert!(!is_chinese(&name("東京大学", Some("ja"))));
        assert!(!is_chinese(&name("理研ビタミン", None)));
        assert!(is_english(&name("Massey University", None)));
        assert!(!is_english(&name("Universität Wien", None)));
        assert!(!is_english(&name("Universitat de Barcelona", Some("ca"))));
    }
}
