//! Countries and regions (ISO 3166-1), subdivisions (ISO 3166-2) and groups of them with dated membership.

use std::collections::HashMap;
use std::fmt;

use crate::date::Date;
use crate::problem::{Problem, ProblemCode};
use crate::reader::Reader;
use crate::text::Localized;
use crate::truth::Truth;
use crate::yaml::Node;

/// A country or region by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The country or region with this code, in capitals.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 2] = code.as_bytes().try_into().ok()?;
        rust_iso3166::from_alpha2(code).filter(|country| country.alpha2 == code).map(|_| Self(bytes))
    }

    /// Its code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A subdivision by its ISO 3166-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subdivision(&'static str);

impl Subdivision {
    /// The subdivision with this code, in capitals.
    pub fn parse(code: &str) -> Option<Self> {
        rust_iso3166::iso3166_2::from_code(code).filter(|found| found.code == code).map(|found| Self(found.code))
    }

    /// The subdivision of a country or region that ISO 3166-2 has under exactly this name, in whatever case.
    pub fn named(country: Country, name: &str) -> Option<Self> {
        let country = rust_iso3166::from_alpha2(country.as_str())?;
        let name = name.to_lowercase();
        country.subdivisions()?.iter().find(|found| found.name.to_lowercase() == name).map(|found| Self(found.code))
    }

    /// Its code.
    pub fn as_str(&self) -> &'static str {
        self.0
    }

    /// The country or region it belongs to.
    pub fn country(&self) -> Option<Country> {
        Country::parse(self.0.split_once('-')?.0)
    }
}

/// What the service knows of a country or region.
#[derive(Clone, Debug)]
pub struct CountryInfo {
    /// Its code.
    pub country: Country,
    /// Its name; Hong Kong, Macao and Taiwan are named as regions of China.
    pub name: Localized,
    /// Short names by which a Chinese project title may call it, longest first.
    pub short: Vec<String>,
}

/// A place that can belong to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A whole country or region.
    Country(Country),
    /// One subdivision.
    Subdivision(Subdivision, Country),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => country.fmt(f),
            Self::Subdivision(subdivision, _) => f.write_str(subdivision.as_str()),
        }
    }
}

/// One membership in a group.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Who is a member.
    pub place: Place,
    /// First day of membership; always, if not given.
    pub from: Option<Date>,
    /// First day without it; never, if not given.
    pub until: Option<Date>,
}

impl Membership {
    /// Whether it holds on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

/// A group of countries, regions or subdivisions.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: Localized,
    /// Where its membership is taken from.
    pub source: String,
    /// Memberships, ended ones included.
    pub members: Vec<Membership>,
}

impl Group {
    /// Those who belong to it on a day.
    pub fn members_on(&self, day: Date) -> impl Iterator<Item = Place> {
        self.members.iter().filter(move |membership| membership.holds_on(day)).map(|membership| membership.place)
    }

    /// Whether a place belongs to it on a day; unknown when that depends on what is not known of the place.
    pub fn contains(&self, country: Option<Country>, subdivision: Option<Subdivision>, day: Date) -> Truth {
        let Some(country) = country.or_else(|| subdivision.and_then(|known| known.country())) else {
            return Truth::Unknown;
        };
        let mut truth = Truth::False;
        for membership in self.members.iter().filter(|membership| membership.holds_on(day)) {
            match membership.place {
                Place::Country(member) if member == country => return Truth::True,
                Place::Subdivision(member, within) if within == country => match subdivision {
                    Some(known) if known == member => return Truth::True,
                    Some(_) => {}
                    None => truth = Truth::Unknown,
                },
                Place::Country(_) | Place::Subdivision(..) => {}
            }
        }
        truth
    }
}

/// The number of a group in [`Places`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupId(usize);

/// Countries, regions and groups.
#[derive(Clone, Debug, Default)]
pub struct Places {
    countries: Vec<CountryInfo>,
    groups: Vec<Group>,
    by_key: HashMap<String, GroupId>,
    /// Every unmistakable short name by its first letter, longest first.
    short_names: HashMap<char, Vec<String>>,
}

impl Places {
    /// All countries and regions, by code.
    pub fn countries(&self) -> &[CountryInfo] {
        &self.countries
    }

    /// What is known of one country or region.
    pub fn country(&self, country: Country) -> Option<&CountryInfo> {
        let index = self.countries.binary_search_by_key(&country, |info| info.country).ok()?;
        self.countries.get(index)
    }

    /// The name of a country or region, or its code.
    pub fn name(&self, country: Country) -> Localized {
        self.country(country).map_or_else(|| Localized::same(country.as_str()), |info| info.name.clone())
    }

    /// The length in bytes of the longest unmistakable short name, of any country, that a text starts with.
    pub(crate) fn longest_short_name(&self, text: &str) -> Option<usize> {
        longest_prefix(text, self.short_names.get(&text.chars().next()?)?)
    }

    /// All groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group with this key.
    pub fn find_group(&self, key: &str) -> Option<(GroupId, &Group)> {
        let id = *self.by_key.get(key)?;
        Some((id, self.group(id)?))
    }

    /// A group.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id.0)
    }

    pub(crate) fn read_countries(&mut self, file: &str, node: &Node) -> Result<(), Vec<Problem>> {
        let mut reader = Reader::new(file);
        let countries = (|| {
            let reader = &mut reader;
            let mut fields = reader.map(node)?;
            let countries = fields.required(reader, "countries", |reader, node| {
                reader.list(node, |reader, node| {
                    let mut fields = reader.map(node)?;
                    let country = fields.required(reader, "country", Reader::country);
                    let name = fields.required(reader, "name", Reader::localized);
                    let short = fields.optional(reader, "short", |reader, node| reader.list(node, Reader::text));
                    fields.finish(reader)?;
                    Some(CountryInfo { country: country?, name: name?, short: short?.unwrap_or_default() })
                })
            });
            fields.finish(reader)?;
            countries
        })();
        self.countries = reader.finish(countries)?;
        for info in &mut self.countries {
            info.short.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
        }
        self.countries.sort_by_key(|info| info.country);
        // Only names that are unmistakable: 巴新 is also how 巴 (Palestine) and 新能源 (new energy) meet.
        let unmistakable = self
            .countries
            .iter()
            .flat_map(|info| info.short.iter().filter(|name| **name == info.name.zh || name.chars().count() > 2));
        for name in unmistakable {
            if let Some(first) = name.chars().next() {
                self.short_names.entry(first).or_default().push(name.clone());
            }
        }
        for names in self.short_names.values_mut() {
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        }
        Ok(())
    }

    pub(crate) fn read_groups(&mut self, file: &str, node: &Node) -> Result<(), Vec<Problem>> {
        let mut reader = Reader::new(file);
        let read = self.groups_of(&mut reader, node);
        reader.finish(read)
    }

    fn groups_of(&mut self, reader: &mut Reader, node: &Node) -> Option<()> {
        let mut fields = reader.map(node)?;
        let groups = fields.required(reader, "groups", |reader, node| {
            reader.list(node, |reader, node| {
                let mut fields = reader.map(node)?;
                let key = fields.required(reader, "group", Reader::text);
                let name = fields.required(reader, "name", Reader::localized);
                let source = fields.required(reader, "source", Reader::text);
                let members = fields.required(reader, "members", |reader, node| reader.list(node, Reader::membership));
                fields.finish(reader)?;
                let group = Group { key: key?, name: name?, source: source?, members: members? };
                if self.by_key.contains_key(&group.key) {
                    let message = Localized::new(
                        format!("国家组 `{}` 已经定义", group.key),
                        format!("group `{}` is already defined", group.key),
                    );
                    return reader.wrong(node, ProblemCode::Duplicate, message);
                }
                self.by_key.insert(group.key.clone(), GroupId(self.groups.len()));
                self.groups.push(group);
                Some(())
            })
        });
        fields.finish(reader)?;
        groups.map(|_| ())
    }
}

/// The length in bytes of the first of some names, longest first, that a text starts with.
pub(crate) fn longest_prefix(text: &str, names: &[String]) -> Option<usize> {
    names.iter().find(|name| text.starts_with(name.as_str())).map(String::len)
}

impl Reader {
    pub(crate) fn country(&mut self, node: &Node) -> Option<Country> {
        let text = self.text(node)?;
        Country::parse(&text).or_else(|| {
            let upper = text.to_uppercase();
            let hint = Country::parse(&upper)
                .map(|country| country.as_str().to_owned())
                .or_else(|| rust_iso3166::from_alpha3(&upper).map(|country| country.alpha2.to_owned()))
                .or_else(|| match upper.as_str() {
                    "UK" => Some("GB".to_owned()),
                    "EL" => Some("GR".to_owned()),
                    _ => rust_iso3166::ALL
                        .iter()
                        .find(|country| country.name.eq_ignore_ascii_case(&text))
                        .map(|country| country.alpha2.to_owned()),
                });
            match hint {
                Some(code) => self.wrong(
                    node,
                    ProblemCode::UnknownValue,
                    Localized::new(
                        format!("国家/地区 `{text}` 不是 ISO 3166-1 两位代码；是否想写 `{code}`？"),
                        format!("country or region `{text}` is not an ISO 3166-1 alpha-2 code; did you mean `{code}`?"),
                    ),
                ),
                None => self.unknown(
                    node,
                    &Localized::new(
                        "国家/地区代码（ISO 3166-1 两位代码）",
                        "country or region (ISO 3166-1 alpha-2 code)",
                    ),
                    &text,
                    &[],
                ),
            }
        })
    }

    pub(crate) fn subdivision(&mut self, node: &Node) -> Option<Subdivision> {
        let text = self.text(node)?;
        Subdivision::parse(&text).or_else(|| {
            self.wrong(
                node,
                ProblemCode::UnknownValue,
                Localized::new(
                    format!("`{text}` 不是 ISO 3166-2 行政区代码（如 BE-WAL）"),
                    format!("`{text}` is not an ISO 3166-2 subdivision code (such as BE-WAL)"),
                ),
            )
        })
    }

    fn membership(&mut self, node: &Node) -> Option<Membership> {
        let mut fields = self.map(node)?;
        let place = fields.required(self, "place", |reader, node| {
            let text = reader.text(node)?;
            if text.contains('-') {
                let subdivision = reader.subdivision(node)?;
                Some(Place::Subdivision(subdivision, subdivision.country()?))
            } else {
                reader.country(node).map(Place::Country)
            }
        });
        let from = fields.optional(self, "from", Self::day);
        let until = fields.optional(self, "until", Self::day);
        fields.finish(self)?;
        Some(Membership { place: place?, from: from?, until: until? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::parse_day;

    #[test]
    fn every_subdivision_the_guide_needs_is_known() {
        for code in ["BE-WAL", "BE-BRU", "BE-WHT", "GB-NIR", "HK-HCW", "CN-SC"] {
            let known = Subdivision::parse(code).is_some();
            assert_eq!(known, code != "HK-HCW", "{code}");
        }
        let guatemala = Country::parse("GT").expect("a country");
        assert_eq!(Subdivision::named(guatemala, "guatemala").map(|found| found.as_str()), Some("GT-01"));
        assert_eq!(Subdivision::named(guatemala, "Lorraine"), None);
        assert_eq!(Country::parse("gb"), None);
        assert_eq!(Country::parse("XX"), None);
    }

    #[test]
    fn membership_is_dated_and_may_depend_on_the_subdivision() {
        let country = |code| Country::parse(code).expect(code);
        let wallonia = Subdivision::parse("BE-WAL").expect("Wallonia");
        let flanders = Subdivision::parse("BE-VLG").expect("Flanders");
        let day = |text| parse_day(text).expect("a day");
        let group = Group {
            key: "g".into(),
            name: Localized::same("g"),
            source: "test".into(),
            members: vec![
                Membership { place: Place::Country(country("TL")), from: Some(day("2025-10-26")), until: None },
                Membership { place: Place::Subdivision(wallonia, country("BE")), from: None, until: None },
            ],
        };
        let on = day("2025-10-26");
        assert_eq!(group.contains(Some(country("TL")), None, day("2025-10-25")), Truth::False);
        assert_eq!(group.contains(Some(country("TL")), None, on), Truth::True);
        assert_eq!(group.contains(Some(country("BE")), None, on), Truth::Unknown);
        assert_eq!(group.contains(Some(country("BE")), Some(wallonia), on), Truth::True);
        assert_eq!(group.contains(None, Some(wallonia), on), Truth::True);
        assert_eq!(group.contains(Some(country("BE")), Some(flanders), on), Truth::False);
        assert_eq!(group.contains(None, None, on), Truth::Unknown);
    }
}
