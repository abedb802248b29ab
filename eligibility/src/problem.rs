//! What is wrong with an input: where, what, and what is allowed.

use std::fmt;

use crate::text::{Lang, Localized};

/// The kind of a problem, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// Not well-formed YAML or JSON.
    Syntax,
    /// Over a limit of size, depth or number.
    Limit,
    /// A key that is not known here.
    UnknownKey,
    /// A value outside the list of allowed values.
    UnknownValue,
    /// Something that must be given is not.
    Missing,
    /// A value of the wrong type or outside its range.
    InvalidValue,
    /// The same thing given twice.
    Duplicate,
    /// Two facts that cannot both be true.
    Inconsistent,
    /// Data of a call that breaks a rule of guide data.
    Guide,
}

impl ProblemCode {
    /// The code as programs see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "SYNTAX",
            Self::Limit => "LIMIT",
            Self::UnknownKey => "UNKNOWN_KEY",
            Self::UnknownValue => "UNKNOWN_VALUE",
            Self::Missing => "MISSING",
            Self::InvalidValue => "INVALID_VALUE",
            Self::Duplicate => "DUPLICATE",
            Self::Inconsistent => "INCONSISTENT",
            Self::Guide => "GUIDE",
        }
    }
}

/// One problem of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub code: ProblemCode,
    /// The file it is in; empty when the input was no file.
    pub file: String,
    /// Line, from 1; 0 when the input was no text.
    pub line: usize,
    /// Column in characters, from 1; 0 when the input was no text.
    pub column: usize,
    /// Path within the document, such as `members[1].country`; empty for the document itself.
    pub path: String,
    /// What is wrong and what is allowed.
    pub message: Localized,
}

impl Problem {
    /// The problem as one line: place, path, message.
    pub fn text(&self, lang: Lang) -> String {
        let mut text = String::new();
        if !self.file.is_empty() {
            text.push_str(&self.file);
            text.push_str(": ");
        }
        if self.line > 0 {
            text.truncate(text.trim_end_matches(": ").len());
            text.push_str(&format!("{}{}:{}: ", if self.file.is_empty() { "" } else { ":" }, self.line, self.column));
        }
        if !self.path.is_empty() {
            text.push_str(&format!("`{}`: ", self.path));
        }
        text.push_str(self.message.text(lang));
        text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for Problem {}

/// The nearest of some words to a misspelt one, if any is near enough to be meant.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    words
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.chars().count().min(word.chars().count()) / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Longer lists are left out where a near word is suggested, and never printed beyond [`LISTED_AT_MOST`].
const LISTED_BESIDE_A_SUGGESTION: usize = 16;
const LISTED_AT_MOST: usize = 60;

/// The message for a word that is none of the allowed ones.
pub fn not_allowed(what: &Localized, word: &str, allowed: &[&str]) -> Localized {
    let shown: String = word.chars().take(60).collect();
    let near = if word.chars().count() <= 60 { nearest(word, allowed.iter().copied()) } else { None };
    let mut zh = format!("未知的{}：`{shown}`", what.zh);
    let mut en = format!("unknown {} `{shown}`", what.en);
    if let Some(near) = near {
        zh.push_str(&format!("；是否想写 `{near}`？"));
        en.push_str(&format!("; did you mean `{near}`?"));
    }
    let listed = if near.is_some() { LISTED_BESIDE_A_SUGGESTION } else { LISTED_AT_MOST };
    if (1..=listed).contains(&allowed.len()) {
        let list = allowed.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>();
        zh.push_str(&format!("（可用：{}）", list.join("、")));
        en.push_str(&format!(" (allowed: {})", list.join(", ")));
    }
    Localized { zh, en }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_only_when_near() {
        assert_eq!(nearest("cuntry", ["country", "kind"]), Some("country"));
        assert_eq!(nearest("zz", ["country", "kind"]), None);
        assert_eq!(nearest("cn-asaen", ["cn-asean", "cn-arab-labs"]), Some("cn-asean"));
    }
}
