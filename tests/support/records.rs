//! Records of the Research Organization Registry, schema v2, written by hand.

use serde_json::{Value, json};

/// The ROR id of a number below 32⁶, with its check digits (ISO 7064 MOD 97-10 over Crockford's base 32).
pub(crate) fn ror_id(number: u64) -> String {
    let alphabet: Vec<char> = "0123456789abcdefghjkmnpqrstvwxyz".chars().collect();
    let digit = |place: u32| alphabet[usize::try_from(number / 32_u64.pow(place) % 32).expect("small")];
    let head: String = (0..7).rev().map(digit).collect();
    format!("{head}{:02}", 98 - number * 100 % 97)
}

/// A record that is active and says a little of everything.
pub(crate) fn record(number: u64, name: &str) -> Value {
    json!({
        "id": format!("https://ror.org/{}", ror_id(number)),
        "status": "active",
        "names": [{"value": name, "lang": "en", "types": ["ror_display", "label"]}],
        "types": ["education"],
        "established": 1950 + number % 70,
        "locations": [{"geonames_id": 1, "geonames_details": {"name": "Bangkok", "country_code": "TH",
            "country_subdivision_code": "10", "lat": 13.75, "lng": 100.5}}],
        "external_ids": [],
        "relationships": [],
        "domains": [format!("n{number}.example.org")],
        "links": [{"type": "website", "value": format!("https://n{number}.example.org")}],
        "admin": {"created": {"date": "2020-01-01"}, "last_modified": {"date": "2024-05-06"}}
    })
}

/// A record a line.
pub(crate) fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}
