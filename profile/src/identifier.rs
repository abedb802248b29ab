//! Identifiers and their check digits.
//!
//! A right check digit proves form only, never that the identifier was given to anybody.

use std::fmt;

use eligibility::Localized;
use serde::{Deserialize, Serialize};

/// Who gives an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scheme {
    /// Research Organization Registry.
    Ror,
    /// Unified social credit code of mainland China (GB 32100-2015).
    CreditCode,
    /// International Standard Name Identifier (ISO 27729).
    Isni,
    /// Wikidata item.
    Wikidata,
    /// Global Research Identifier Database, closed in 2021.
    Grid,
    /// Crossref Funder ID.
    Fundref,
    /// ORCID iD of a person.
    Orcid,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Ror, Self::CreditCode, Self::Isni, Self::Wikidata, Self::Grid, Self::Fundref, Self::Orcid];

    /// Whether an identifier of it belongs to one profile only.
    pub fn is_exclusive(self) -> bool {
        matches!(self, Self::Ror | Self::CreditCode)
    }

    /// The scheme as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ror => "ROR",
            Self::CreditCode => "CREDIT_CODE",
            Self::Isni => "ISNI",
            Self::Wikidata => "WIKIDATA",
            Self::Grid => "GRID",
            Self::Fundref => "FUNDREF",
            Self::Orcid => "ORCID",
        }
    }
}

/// An identifier in its one normal form: `03cve4549`, `12100000400000624D`, `0000000106623178`, `Q16955`,
/// `0000-0002-1825-0097`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    scheme: Scheme,
    value: String,
}

impl Identifier {
    /// Reads an identifier as people write it: with the address of its registry, spaces or hyphens.
    ///
    /// # Errors
    /// What is wrong with it, and what one looks like.
    pub fn parse(scheme: Scheme, text: &str) -> Result<Self, Localized> {
        let value = match scheme {
            Scheme::Ror => ror(text),
            Scheme::CreditCode => credit_code(text),
            Scheme::Isni => isni(text),
            Scheme::Wikidata => wikidata(text),
            Scheme::Grid => grid(text),
            Scheme::Fundref => fundref(text),
            Scheme::Orcid => orcid(text),
        };
        value.map(|value| Self { scheme, value })
    }

    /// Who gave it.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Its normal form.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Where its registry shows it; a credit code has no such page.
    pub fn url(&self) -> Option<String> {
        let value = &self.value;
        match self.scheme {
            Scheme::Ror => Some(format!("https://ror.org/{value}")),
            Scheme::Isni => Some(format!("https://isni.org/isni/{value}")),
            Scheme::Wikidata => Some(format!("https://www.wikidata.org/wiki/{value}")),
            Scheme::Orcid => Some(format!("https://orcid.org/{value}")),
            Scheme::Fundref => Some(format!("https://doi.org/10.13039/{value}")),
            Scheme::CreditCode | Scheme::Grid => None,
        }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

/// The text without the address of its registry.
fn bare<'a>(text: &'a str, hosts: &[&str]) -> &'a str {
    let text = text.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    hosts.iter().find_map(|host| rest.strip_prefix(host)).unwrap_or(text).trim_end_matches('/')
}

fn wrong_form(name: (&str, &str), text: &str, example: &str) -> Localized {
    let shown: String = text.chars().take(60).collect();
    Localized::new(
        format!("`{shown}` 不是{}；应如 `{example}`", name.0),
        format!("`{shown}` is not {}; one looks like `{example}`", name.1),
    )
}

fn wrong_digit(name: (&str, &str), text: &str) -> Localized {
    let shown: String = text.chars().take(60).collect();
    Localized::new(
        format!("{} `{shown}` 的校验位不符，请核对是否有误", name.0),
        format!("the check digits of {} `{shown}` do not fit; look for a typing error", name.1),
    )
}

/// ISO 7064 MOD 97-10 over Crockford's base 32.
fn ror(text: &str) -> Result<String, Localized> {
    const ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";
    let name = ("ROR ID", "a ROR id");
    let text = text.to_ascii_lowercase();
    let text = text.as_str();
    let value = bare(text, &["ror.org/"]);
    let form = || wrong_form(name, text, "https://ror.org/03cve4549");
    let (head, check) = value.split_at_checked(7).ok_or_else(form)?;
    let fits = value.len() == 9 && value.starts_with('0') && check.bytes().all(|byte| byte.is_ascii_digit());
    let mut number: u64 = 0;
    for character in head.chars() {
        let digit = ALPHABET.find(character).and_then(|digit| u64::try_from(digit).ok()).ok_or_else(form)?;
        number = number * 32 + digit;
    }
    if !fits {
        return Err(form());
    }
    let check: u64 = check.parse().map_err(|_| form())?;
    if (number * 100 + check) % 97 == 1 { Ok(value.to_owned()) } else { Err(wrong_digit(name, text)) }
}

/// GB 32100-2015, and within it the organisation code of GB 11714.
fn credit_code(text: &str) -> Result<String, Localized> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let name = ("统一社会信用代码", "a unified social credit code");
    let value = text.trim().to_ascii_uppercase();
    let form = || wrong_form(name, text, "12100000400000624D");
    let digit = |character: char| ALPHABET.find(character).and_then(|digit| u64::try_from(digit).ok());
    let digits: Option<Vec<u64>> = value.chars().map(digit).collect();
    let digits = digits.filter(|digits| digits.len() == 18).ok_or_else(form)?;
    let mut weight = 1;
    let mut sum = 0;
    for digit in digits.iter().take(17) {
        sum += digit * weight;
        weight = weight * 3 % 31;
    }
    let whole = digits.last() == Some(&((31 - sum % 31) % 31));
    // The organisation code counts letters as 10 to 35, with none left out.
    let plain = |character: char| character.to_digit(36).map(u64::from);
    let inner: Vec<u64> = value.chars().skip(8).take(9).filter_map(plain).collect();
    let sum: u64 = inner.iter().zip([3, 7, 9, 10, 5, 8, 4, 2]).map(|(digit, weight)| digit * weight).sum();
    let expected = match 11 - sum % 11 {
        10 => 33,
        11 => 0,
        digit => digit,
    };
    if whole && inner.last() == Some(&expected) { Ok(value) } else { Err(wrong_digit(name, text)) }
}

/// ISO 7064 MOD 11-2 over fifteen digits; `X` is 10.
fn mod_11_2(value: &str) -> bool {
    let mut total = 0;
    let mut check = None;
    for (place, character) in value.chars().enumerate() {
        match (place, character.to_digit(10)) {
            (0..15, Some(digit)) => total = (total + digit) * 2,
            (15, Some(digit)) => check = Some(digit),
            (15, None) if character == 'X' => check = Some(10),
            _ => return false,
        }
    }
    check == Some((12 - total % 11) % 11)
}

fn sixteen(text: &str, hosts: &[&str]) -> Option<String> {
    let value = bare(text, hosts).replace([' ', '-'], "").to_ascii_uppercase();
    let digits = value.strip_suffix('X').unwrap_or(&value);
    (value.len() == 16 && digits.len() >= 15 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(value)
}

fn isni(text: &str) -> Result<String, Localized> {
    let name = ("ISNI", "an ISNI");
    let value = sixteen(text, &["isni.org/isni/"]).ok_or_else(|| wrong_form(name, text, "0000 0001 0662 3178"))?;
    if mod_11_2(&value) { Ok(value) } else { Err(wrong_digit(name, text)) }
}

fn orcid(text: &str) -> Result<String, Localized> {
    let name = ("ORCID iD", "an ORCID iD");
    let value = sixteen(text, &["orcid.org/"]).ok_or_else(|| wrong_form(name, text, "0000-0002-1825-0097"))?;
    if !mod_11_2(&value) {
        return Err(wrong_digit(name, text));
    }
    let mut parts = String::with_capacity(19);
    for (place, character) in value.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            parts.push('-');
        }
        parts.push(character);
    }
    Ok(parts)
}

fn wikidata(text: &str) -> Result<String, Localized> {
    let value = bare(text, &["wikidata.org/wiki/", "wikidata.org/entity/"]).to_ascii_uppercase();
    let number = value.strip_prefix('Q').filter(|number| !number.starts_with('0'));
    match number {
        Some(number) if (1..=12).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(value)
        }
        _ => Err(wrong_form(("Wikidata 条目", "a Wikidata item"), text, "Q16955")),
    }
}

fn grid(text: &str) -> Result<String, Localized> {
    let value = bare(text, &["grid.ac/institutes/"]).to_ascii_lowercase();
    let rest = value.strip_prefix("grid.").and_then(|rest| rest.split_once('.'));
    match rest {
        Some((number, check))
            if !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && !check.is_empty()
                && check.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            Ok(value)
        }
        _ => Err(wrong_form(("GRID ID", "a GRID id"), text, "grid.12527.33")),
    }
}

fn fundref(text: &str) -> Result<String, Localized> {
    let value = bare(text, &["doi.org/10.13039/", "dx.doi.org/10.13039/"]);
    let value = value.strip_prefix("10.13039/").unwrap_or(value);
    if (5..=15).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(value.to_owned())
    } else {
        Err(wrong_form(("Crossref 资助机构 ID", "a Crossref funder id"), text, "501100004147"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_identifiers_are_read_in_every_spelling() {
        for (scheme, text, value) in [
            (Scheme::Ror, "https://ror.org/03cve4549", "03cve4549"),
            (Scheme::Ror, " 03CVE4549 ", "03cve4549"),
            (Scheme::Ror, "HTTPS://ROR.ORG/03CVE4549/", "03cve4549"),
            (Scheme::CreditCode, "12100000400000624d", "12100000400000624D"),
            (Scheme::CreditCode, "12100000400002259P", "12100000400002259P"),
            (Scheme::CreditCode, "914403001922038216", "914403001922038216"),
            (Scheme::CreditCode, "9144030071526726XG", "9144030071526726XG"),
            (Scheme::Isni, "0000 0001 0662 3178", "0000000106623178"),
            (Scheme::Isni, "https://isni.org/isni/0000000106623178", "0000000106623178"),
            (Scheme::Orcid, "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
            (Scheme::Orcid, "000000021694233x", "0000-0002-1694-233X"),
            (Scheme::Orcid, "0000-0002-9079-593X", "0000-0002-9079-593X"),
            (Scheme::Wikidata, "https://www.wikidata.org/wiki/Q16955", "Q16955"),
            (Scheme::Grid, "grid.12527.33", "grid.12527.33"),
            (Scheme::Fundref, "10.13039/501100004147", "501100004147"),
        ] {
            let read = Identifier::parse(scheme, text).unwrap_or_else(|problem| panic!("{text}: {}", problem.en));
            assert_eq!(read.value(), value);
        }
    }

    #[test]
    fn one_wrong_character_is_found() {
        for (scheme, text) in [
            (Scheme::Ror, "03cve4548"),
            (Scheme::Ror, "03cve4459"),
            (Scheme::CreditCode, "12100000400000625D"),
            (Scheme::CreditCode, "12100000400000624E"),
            (Scheme::Isni, "0000 0001 0662 3179"),
            (Scheme::Orcid, "0000-0002-1825-0098"),
        ] {
            let problem = Identifier::parse(scheme, text).expect_err(text);
            assert!(problem.en.contains("check digits"), "{}", problem.en);
        }
    }

    #[test]
    fn what_has_another_form_is_told_by_an_example() {
        for (scheme, text) in [
            (Scheme::Ror, ""),
            (Scheme::Ror, "13cve4549"),
            (Scheme::Ror, "03cvé4549"),
            (Scheme::Ror, "03cve45499"),
            (Scheme::CreditCode, "12100000400000624I"),
            (Scheme::CreditCode, "1210000040000062"),
            (Scheme::Isni, "X000000106623178"),
            (Scheme::Orcid, "0000-0002-1825"),
            (Scheme::Wikidata, "Q0"),
            (Scheme::Wikidata, "P31"),
            (Scheme::Grid, "grid.x.1"),
            (Scheme::Fundref, "abc"),
        ] {
            let problem = Identifier::parse(scheme, text).expect_err(text);
            assert!(problem.en.contains("looks like"), "{}", problem.en);
        }
    }

    /// The standard's own example, its prefix and check character. Its organisation code is 1 to 9 wrong by design, so only the
    /// outer check is compared here.
    #[test]
    fn a_credit_code_whose_organisation_code_is_wrong_is_refused() {
        assert!(Identifier::parse(Scheme::CreditCode, "91350100M000100Y43").is_ok());
    }
}
