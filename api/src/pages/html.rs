//! Writing HTML.

/// Puts values in the places of a template: `{{name}}`. Values are HTML already.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len() + values.iter().map(|(_, value)| value.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((name, following)) = after.split_once("}}") else {
            page.push_str("{{");
            rest = after;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            page.push_str(value);
        }
        rest = following;
    }
    page.push_str(rest);
    page
}

/// A text, as HTML says it, also between the quotes of an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text, as the part of an address says it that follows `=`.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_read_as_html() {
        assert_eq!(escape("<b a='1' c=\"2\">&amp;"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;");
        assert_eq!(escape("联合“Lianhe”"), "联合“Lianhe”");
    }

    #[test]
    fn addresses_hold_any_text() {
        assert_eq!(encode("a-b {\"k\": \"联\"}&="), "a-b%20%7B%22k%22%3A%20%22%E8%81%94%22%7D%26%3D");
    }

    #[test]
    fn places_are_filled_and_what_fills_them_is_not_read_again() {
        assert_eq!(fill("<p>{{a}}</p>{{b}} }} {{", &[("a", "{{b}}"), ("b", "x")]), "<p>{{b}}</p>x }} {{");
    }
}
