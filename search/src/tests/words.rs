//! What short texts say, met by queries in either language.

use super::support::LEXICON;
use crate::{Asked, Words};

fn meets(query: &str, text: &str) -> bool {
    Asked::new(&LEXICON, query).is_met_by(&Words::of(&LEXICON, text))
}

#[test]
fn a_text_is_met_by_words_of_either_language() {
    let english = "We offer wave tanks and look for a partner in solar energy from Vietnam.";
    let chinese = "寻求越南太阳能领域的合作单位，可提供波浪水槽。";
    for query in ["太阳能", "solar energy", "SOLAR POWER"] {
        assert!(meets(query, english), "{query}");
        assert!(meets(query, chinese), "{query}");
    }
    for query in ["wave tank", "partner vietnam", "solar power partner", "the 太阳能 tank", "and", ""] {
        assert!(meets(query, english), "{query}");
    }
    for query in ["波浪水槽", "合作单位", "越南 solar energy", "越南太阳能"] {
        assert!(meets(query, chinese), "{query}");
    }
}

#[test]
fn all_of_a_query_is_asked_for() {
    let english = "We offer wave tanks and look for a partner in solar energy from Vietnam.";
    for query in ["robotics", "solar energy robotics", "机器人", "wave energy robot", "tanker", "泰国"] {
        assert!(!meets(query, english), "{query}");
    }
    assert!(!meets("泰国太阳能", "寻求越南太阳能领域的合作单位"));
}
