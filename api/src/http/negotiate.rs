//! What a client accepts: media types, languages.

use eligibility::Lang;

/// The media types a response may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/graphql-response+json`: the status code tells what became of the request.
    GraphqlResponse,
    /// `application/json`: for clients that take any other status than 200 for no answer at all.
    Json,
}

impl Media {
    /// The value of `content-type`.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// A range of a header with weights: its words, its weight in thousandths, its parameters.
struct Range<'h> {
    name: &'h str,
    weight: u16,
    parameters: Vec<(&'h str, &'h str)>,
}

fn ranges(header: &str) -> impl Iterator<Item = Range<'_>> {
    header.split(',').filter_map(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let name = pieces.next().filter(|name| !name.is_empty())?;
        let mut range = Range { name, weight: 1_000, parameters: Vec::new() };
        for piece in pieces {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (key, value) = (key.trim(), value.trim().trim_matches('"'));
            if key.eq_ignore_ascii_case("q") {
                range.weight = weight(value);
            } else {
                range.parameters.push((key, value));
            }
        }
        Some(range)
    })
}

/// A weight in thousandths; one that is no number counts as none.
fn weight(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u16>(), fraction.parse::<u16>()) {
        (Ok(whole), Ok(fraction)) => whole.saturating_mul(1_000).saturating_add(fraction).min(1_000),
        _ => 0,
    }
}

/// The media type for a client that sends these `accept` headers; `None` if none will do.
///
/// Of types of the same weight the one named first is taken. Without the header, and where a wildcard decides, it is
/// `application/json`, as the specification asks for the sake of older clients.
pub(crate) fn media<'h>(headers: impl Iterator<Item = &'h str>) -> Option<Media> {
    let headers: Vec<&str> = headers.collect();
    if headers.iter().all(|header| header.trim().is_empty()) {
        return Some(Media::Json);
    }
    // The weight and place of the most specific range that speaks of each type.
    let mut json: Option<(u8, u16, usize)> = None;
    let mut graphql: Option<(u8, u16, usize)> = None;
    for (place, range) in headers.iter().flat_map(|header| ranges(header)).enumerate() {
        let charset = range.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case("charset"));
        if charset.is_some_and(|(_, value)| !is_utf8(value)) {
            continue;
        }
        let name = range.name.to_ascii_lowercase();
        let (specific, of_json, of_graphql) = match name.as_str() {
            "application/json" => (2, true, false),
            "application/graphql-response+json" => (2, false, true),
            "application/*" => (1, true, true),
            "*/*" => (0, true, true),
            _ => continue,
        };
        for (speaks, found) in [(of_json, &mut json), (of_graphql, &mut graphql)] {
            if speaks && found.is_none_or(|(known, ..)| known < specific) {
                *found = Some((specific, range.weight, place));
            }
        }
    }
    let acceptable = |found: Option<(u8, u16, usize)>| found.filter(|(_, weight, _)| *weight > 0);
    match (acceptable(json), acceptable(graphql)) {
        (None, None) => None,
        (Some(_), None) => Some(Media::Json),
        (None, Some(_)) => Some(Media::GraphqlResponse),
        (Some((_, weight, place)), Some((_, other_weight, other_place))) => {
            let is_graphql = other_weight > weight || (other_weight == weight && other_place < place);
            Some(if is_graphql { Media::GraphqlResponse } else { Media::Json })
        }
    }
}

/// Whether a media type is that of a body that is read: JSON in UTF-8.
pub(crate) fn is_json(content_type: &str) -> bool {
    let mut pieces = content_type.split(';').map(str::trim);
    let is_json = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    is_json
        && pieces
            .filter_map(|piece| piece.split_once('='))
            .all(|(key, value)| !key.trim().eq_ignore_ascii_case("charset") || is_utf8(value.trim().trim_matches('"')))
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// The language for a client that sends this `accept-language`: English unless it prefers Chinese.
pub(crate) fn language<'h>(headers: impl Iterator<Item = &'h str>) -> Lang {
    let (mut best, mut best_weight) = (Lang::default(), 0);
    for range in headers.flat_map(ranges) {
        let primary = range.name.split('-').next().unwrap_or_default();
        let lang = match () {
            () if primary.eq_ignore_ascii_case("zh") => Lang::Zh,
            () if primary.eq_ignore_ascii_case("en") => Lang::En,
            () => continue,
        };
        if range.weight > best_weight {
            (best, best_weight) = (lang, range.weight);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_chosen_by_weight_then_by_place() {
        const GRAPHQL: &str = "application/graphql-response+json";
        for (accept, expected) in [
            ("", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            (GRAPHQL, Some(Media::GraphqlResponse)),
            ("Application/GraphQL-Response+JSON; charset=UTF-8", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json, application/json;q=0.9", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json;q=0.8, application/json;q=0.9", Some(Media::Json)),
            ("application/json, application/graphql-response+json", Some(Media::Json)),
            ("application/graphql-response+json, application/json", Some(Media::GraphqlResponse)),
            ("text/html, application/xml;q=0.9, */*;q=0.8", Some(Media::Json)),
            ("*/*, application/json;q=0", Some(Media::GraphqlResponse)),
            ("application/json;q=0", None),
            ("text/html", None),
            ("application/json; charset=iso-8859-1", None),
        ] {
            assert_eq!(media(std::iter::once(accept)), expected, "{accept}");
        }
        assert_eq!(media(std::iter::empty()), Some(Media::Json));
        assert_eq!(media(["text/html", GRAPHQL].into_iter()), Some(Media::GraphqlResponse));
    }

    #[test]
    fn bodies_are_json_in_utf8() {
        for content_type in ["application/json", "Application/JSON ; charset=\"UTF-8\"", "application/json; profile=x"]
        {
            assert!(is_json(content_type), "{content_type}");
        }
        for content_type in
            ["", "text/plain", "application/json; charset=gbk", "application/graphql", "application/jsonx"]
        {
            assert!(!is_json(content_type), "{content_type}");
        }
    }

    #[test]
    fn the_language_is_the_heavier_one() {
        for (header, expected) in [
            ("", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en, zh;q=0.5", Lang::En),
            ("zh;q=0.5, en;q=0.501", Lang::En),
            ("ru, zh-Hans;q=0.1", Lang::Zh),
            ("zh;q=0", Lang::En),
            ("*", Lang::En),
        ] {
            assert_eq!(language(std::iter::once(header)), expected, "{header}");
        }
    }
}
