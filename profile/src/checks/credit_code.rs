//! What a credit code says of its bearer (GB 32100-2015): legal form and administrative division.

/// How a kind of institution goes with a legal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// As usual.
    Usual,
    /// It happens.
    Seldom,
    /// It cannot be.
    Never,
}

/// A legal form: who registers it (first character) and what it is (second).
#[derive(Debug)]
pub(super) struct LegalForm {
    code: &'static str,
    /// What it is called, in Chinese and English.
    pub(super) name: (&'static str, &'static str),
    usual: &'static [&'static str],
    seldom: &'static [&'static str],
    /// Whether it is a legal person, where the law says so of all of them.
    pub(super) legal_person: Option<bool>,
}

impl LegalForm {
    pub(super) fn fit(&self, kind: &str) -> Fit {
        if self.usual.contains(&kind) {
            Fit::Usual
        } else if self.seldom.contains(&kind) {
            Fit::Seldom
        } else {
            Fit::Never
        }
    }
}

/// What the first two characters say.
#[derive(Debug)]
pub(super) enum Form {
    /// A form that says something of its bearer.
    Known(&'static LegalForm),
    /// One of the many that do not: “other” of a department, and departments whose forms amendments of the standard number
    /// differently.
    Open,
    /// One that the standard does not have.
    Unknown,
}

const FORMS: [LegalForm; 9] = [
    LegalForm {
        code: "11",
        name: ("机关", "a state organ"),
        usual: &["GOVERNMENT_AGENCY"],
        seldom: &["OTHER"],
        legal_person: None,
    },
    // Public institutions are most universities, institutes and hospitals; the National Natural Science Foundation is one too.
    LegalForm {
        code: "12",
        name: ("事业单位", "a public institution"),
        usual: &["UNIVERSITY", "RESEARCH_INSTITUTE", "HOSPITAL", "GOVERNMENT_AGENCY", "OTHER"],
        seldom: &["NON_PROFIT", "FOUNDATION"],
        legal_person: None,
    },
    LegalForm {
        code: "13",
        name: ("群众团体", "a people's organisation"),
        usual: &["NON_PROFIT", "GOVERNMENT_AGENCY", "OTHER"],
        seldom: &["FOUNDATION", "RESEARCH_INSTITUTE"],
        legal_person: None,
    },
    LegalForm {
        code: "51",
        name: ("社会团体", "an association"),
        usual: &["NON_PROFIT", "OTHER"],
        seldom: &["RESEARCH_INSTITUTE"],
        legal_person: Some(true),
    },
    // Private universities and hospitals register so, and many of the new kind of research institutes.
    LegalForm {
        code: "52",
        name: ("民办非企业单位", "a private non-enterprise unit"),
        usual: &["UNIVERSITY", "RESEARCH_INSTITUTE", "HOSPITAL", "NON_PROFIT", "OTHER"],
        seldom: &[],
        legal_person: None,
    },
    LegalForm {
        code: "53",
        name: ("基金会", "a foundation"),
        usual: &["FOUNDATION", "NON_PROFIT"],
        seldom: &["OTHER"],
        legal_person: Some(true),
    },
    // Former institutes of ministries became companies and kept their names; schools and hospitals may be for profit. Branches
    // and partnerships have the same form, and are no legal persons.
    LegalForm {
        code: "91",
        name: ("企业", "an enterprise"),
        usual: &["ENTERPRISE", "HOSPITAL", "OTHER"],
        seldom: &["RESEARCH_INSTITUTE", "UNIVERSITY"],
        legal_person: None,
    },
    LegalForm {
        code: "92",
        name: ("个体工商户", "an individual business"),
        usual: &["ENTERPRISE", "OTHER"],
        seldom: &["HOSPITAL"],
        legal_person: Some(false),
    },
    LegalForm {
        code: "93",
        name: ("农民专业合作社", "a farmers' cooperative"),
        usual: &["ENTERPRISE", "OTHER"],
        seldom: &["NON_PROFIT"],
        legal_person: Some(true),
    },
];

pub(super) fn form(code: &str) -> Form {
    if let Some(form) = FORMS.iter().find(|form| code.starts_with(form.code)) {
        return Form::Known(form);
    }
    // Of the departments 1, 5 and 9 all forms are known: 1 to 3, and 9 for others.
    match code.as_bytes() {
        [b'1' | b'5' | b'9', b'9', ..] => Form::Open,
        [b'1' | b'5' | b'9', ..] => Form::Unknown,
        _ => Form::Open,
    }
}

/// Where the department is that gave a code.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Division {
    /// One of the whole country.
    National,
    /// One of a province: its code of ISO 3166-2.
    Province(&'static str),
    /// In no province.
    Unknown,
}

/// Provinces by the first two digits of their divisions (GB/T 2260).
const PROVINCES: [(&str, &str); 31] = [
    ("11", "CN-BJ"),
    ("12", "CN-TJ"),
    ("13", "CN-HE"),
    ("14", "CN-SX"),
    ("15", "CN-NM"),
    ("21", "CN-LN"),
    ("22", "CN-JL"),
    ("23", "CN-HL"),
    ("31", "CN-SH"),
    ("32", "CN-JS"),
    ("33", "CN-ZJ"),
    ("34", "CN-AH"),
    ("35", "CN-FJ"),
    ("36", "CN-JX"),
    ("37", "CN-SD"),
    ("41", "CN-HA"),
    ("42", "CN-HB"),
    ("43", "CN-HN"),
    ("44", "CN-GD"),
    ("45", "CN-GX"),
    ("46", "CN-HI"),
    ("50", "CN-CQ"),
    ("51", "CN-SC"),
    ("52", "CN-GZ"),
    ("53", "CN-YN"),
    ("54", "CN-XZ"),
    ("61", "CN-SN"),
    ("62", "CN-GS"),
    ("63", "CN-QH"),
    ("64", "CN-NX"),
    ("65", "CN-XJ"),
];

pub(super) fn division(code: &str) -> Division {
    match code.get(2..4) {
        Some("10") => Division::National,
        Some(province) => PROVINCES
            .iter()
            .find(|(known, _)| *known == province)
            .map_or(Division::Unknown, |(_, subdivision)| Division::Province(subdivision)),
        None => Division::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use eligibility::place::Subdivision;
    use eligibility::vocabulary::FactType;

    use super::*;
    use crate::support::LIBRARY;

    #[test]
    fn the_tables_speak_the_words_of_the_vocabulary_and_of_iso_3166() {
        let kind = LIBRARY.vocabulary.find("member.kind").expect("a fact").1;
        let FactType::Choice(choices) = &kind.fact_type else { panic!("a choice") };
        for word in FORMS.iter().flat_map(|form| form.usual.iter().chain(form.seldom)) {
            assert!(choices.iter().any(|choice| choice.value == *word), "{word}");
        }
        for (_, subdivision) in PROVINCES {
            assert!(Subdivision::parse(subdivision).is_some(), "{subdivision}");
        }
    }

    #[test]
    fn forms_and_divisions_are_read() {
        let name = |code| match form(code) {
            Form::Known(form) => form.name.1,
            Form::Open => "open",
            Form::Unknown => "unknown",
        };
        for (code, expected) in [
            ("12100000400000624D", "a public institution"),
            ("914403001922038216", "an enterprise"),
            ("19", "open"),
            ("94", "unknown"),
            ("1A", "unknown"),
            ("31110000", "open"),
            ("Y1", "open"),
        ] {
            assert_eq!(name(code), expected, "{code}");
        }
        assert_eq!(division("12100000400000624D"), Division::National);
        assert_eq!(division("914403001922038216"), Division::Province("CN-GD"));
        assert_eq!(division("91990000"), Division::Unknown);
        assert_eq!(division("9"), Division::Unknown);
    }
}
