//! What short texts say, met by queries in either language.

use super::support::LEXICON;
use crate::{Asked, Words};

fn meets(query: &str, text: &str) -> bool {
    Asked::new(&LEXICON, query).is_met_by(&Words::of(&LEXICON, text))
}

#[test]
fn a_text_is_met_by_words_of_either_language() {
    let english = "We offer wave tanks and look for a partner in renewable energy from Vietnam.";
    let chinese = "寻求越南可再生能源领域的合作单位，可提供波浪水槽。";
    for query in ["可再生能源", "renewable energy", "RENEWABLE ENERGIES"] {
        assert!(meets(query, english), "{query}");
        assert!(meets(query, chinese), "{query}");
    }
    for query in ["wave tank", "partner vietnam", "renewable energy partner", "可再生能源 tank", "the", ""] {
        assert!(meets(query, english), "{query}");
    }
    for query in ["波浪水槽", "合作单位", "越南 renewable energy", "越南可再生能源"] {
        assert!(meets(query, chinese), "{query}");
    }
}

#[test]
fn all_of_a_query_is_asked_for() {
    let english = "We offer wave tanks and look for a partner in renewable energy from Vietnam.";
    for query in ["robotics", "renewable energy robotics", "机器人", "wave energy robot", "tanker", "泰国"] {
        assert!(!meets(query, english), "{query}");
    }
    assert!(!meets("泰国可再生能源", "寻求越南可再生能源领域的合作单位"));
}
