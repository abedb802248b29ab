//! Which language a reader gets.

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT_LANGUAGE;
use eligibility::Lang;

/// The language a request asks for: by `?lang=`, or else by `Accept-Language`.
pub(super) fn of(request: &HttpRequest) -> Lang {
    let accepted: Vec<&str> =
        request.headers().get_all(ACCEPT_LANGUAGE).filter_map(|value| value.to_str().ok()).collect();
    named(request.query_string()).unwrap_or_else(|| preferred(&accepted.join(",")))
}

/// As `<html lang>` and `Content-Language` name it.
pub(super) fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh-Hans",
        Lang::En => "en",
    }
}

/// As `?lang=` names it.
pub(super) fn parameter(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh",
        Lang::En => "en",
    }
}

/// The one that is not this.
pub(super) fn other(lang: Lang) -> Lang {
    match lang {
        Lang::Zh => Lang::En,
        Lang::En => Lang::Zh,
    }
}

/// A text of a page.
pub(super) fn said<'t>(lang: Lang, zh: &'t str, en: &'t str) -> &'t str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// What templates say of the language of a page and of the other one.
pub(super) fn choice(lang: Lang) -> [(&'static str, &'static str); 5] {
    let other = other(lang);
    [
        ("lang", tag(lang)),
        ("here", parameter(lang)),
        ("switch", parameter(other)),
        ("other", tag(other)),
        ("name", said(other, "中文", "English")),
    ]
}

fn spoken(tag: &str) -> Option<Lang> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    if primary.eq_ignore_ascii_case("zh") {
        Some(Lang::Zh)
    } else if primary.eq_ignore_ascii_case("en") {
        Some(Lang::En)
    } else {
        None
    }
}

fn named(query: &str) -> Option<Lang> {
    query.split('&').filter_map(|pair| pair.strip_prefix("lang=")).find_map(spoken)
}

/// The language of the greatest weight, the first of equals; English for readers of neither.
fn preferred(accepted: &str) -> Lang {
    let mut best: Option<(f32, Lang)> = None;
    for range in accepted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let Some(lang) = parts.next().and_then(spoken) else { continue };
        let weight = parts
            .filter_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")))
            .map(|weight| weight.parse::<f32>().unwrap_or(0.0))
            .next()
            .unwrap_or(1.0);
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, lang));
        }
    }
    best.map_or(Lang::En, |(_, lang)| lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_weight_wins_and_the_first_of_equals() {
        for (accepted, lang) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-GB, zh;q=0.9", Lang::En),
            ("fr, zh;q=0.3, en;q=0.2", Lang::Zh),
            ("en;q=0.2, ZH-hans ; q=0.7", Lang::Zh),
            ("zh;q=0, en;q=0.1", Lang::En),
            ("zh;q=much, en;q=0.1", Lang::En),
            ("zh;q=NaN", Lang::En),
            ("zho, mi", Lang::En),
            ("", Lang::En),
            ("*", Lang::En),
        ] {
            assert_eq!(preferred(accepted), lang, "{accepted}");
        }
    }

    #[test]
    fn the_address_may_name_a_language() {
        assert_eq!(named("lang=zh"), Some(Lang::Zh));
        assert_eq!(named("a=b&lang=en-US"), Some(Lang::En));
        assert_eq!(named("lang=fr"), None);
        assert_eq!(named("language=zh"), None);
        assert_eq!(named(""), None);
    }
}
