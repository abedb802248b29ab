//! The language of the person at the terminal, known before the command line is read so that even its help speaks it.

use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

use eligibility::Lang;

static OF_PROCESS: OnceLock<Lang> = OnceLock::new();

/// Settles the language of this process from its arguments and environment.
pub(crate) fn settle(arguments: &[OsString]) -> Lang {
    *OF_PROCESS.get_or_init(|| asked_for(arguments).unwrap_or_else(|| of_locale(|name| std::env::var_os(name))))
}

/// A text in the language of this process.
pub(crate) fn say(zh: &'static str, en: &'static str) -> &'static str {
    match OF_PROCESS.get().copied().unwrap_or_default() {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// What `--lang` asks for; a wrong value is left for the command line to refuse.
fn asked_for(arguments: &[OsString]) -> Option<Lang> {
    let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let own = arguments.iter().position(|argument| *argument == "--").unwrap_or(arguments.len());
    let mut asked = None;
    for (index, argument) in arguments.iter().take(own).enumerate() {
        let value = match argument.strip_prefix("--lang") {
            Some("") => arguments.get(index + 1).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        asked = match value {
            Some("zh") => Some(Lang::Zh),
            Some("en") => Some(Lang::En),
            _ => asked,
        };
    }
    asked
}

/// The language of the locale: of `LC_ALL`, `LC_MESSAGES` and `LANG` the first that is set decides.
fn of_locale(variable: impl Fn(&str) -> Option<OsString>) -> Lang {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    let chinese = locale.is_some_and(|locale| starts_with_zh(&locale));
    if chinese { Lang::Zh } else { Lang::En }
}

fn starts_with_zh(locale: &OsStr) -> bool {
    locale.to_str().is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_last_language_asked_for_wins_and_wrong_ones_are_left_alone() {
        assert_eq!(asked_for(&arguments(&["lianhe", "check", "f"])), None);
        assert_eq!(asked_for(&arguments(&["lianhe", "--lang", "zh", "check", "f"])), Some(Lang::Zh));
        assert_eq!(asked_for(&arguments(&["lianhe", "--lang=zh", "check", "f", "--lang=en"])), Some(Lang::En));
        assert_eq!(asked_for(&arguments(&["lianhe", "--lang", "fr"])), None);
        assert_eq!(asked_for(&arguments(&["lianhe", "check", "--", "--lang=zh"])), None);
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        let locale = |set: &[(&str, &str)]| {
            let set: Vec<(String, OsString)> = set.iter().map(|(name, value)| ((*name).into(), value.into())).collect();
            of_locale(|name| set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
        };
        assert_eq!(locale(&[]), Lang::En);
        assert_eq!(locale(&[("LANG", "zh_CN.UTF-8")]), Lang::Zh);
        assert_eq!(locale(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]), Lang::En);
        assert_eq!(locale(&[("LANG", "C"), ("LC_MESSAGES", "zh_TW"), ("LC_ALL", "")]), Lang::Zh);
    }
}
