//! Records of the Research Organization Registry, schema v2, as profiles.

use std::collections::HashMap;

use eligibility::date::{Date, parse_day};
use eligibility::place::{Country, Subdivision};
use eligibility::vocabulary::FactType;
use eligibility::{Library, Localized};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::content::{Assurance, Attested, Link, Name, NameKind, Profile, RegistryType, Relation, Stated, fact};
use crate::identifier::{Identifier, Scheme};

/// RIKEN itself.
const RIKEN: &str = "01sjwvz98";

/// No institution that does research is older; a smaller number is a typing error.
const EARLIEST_YEAR: i64 = 500;

/// Shorter acronyms are too common to name one institution.
const ACRONYM_AT_LEAST: usize = 4;

/// Whether the registry still stands by a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordStatus {
    /// The organisation exists.
    Active,
    /// It has ceased.
    Inactive,
    /// The record should never have been made.
    Withdrawn,
}

/// A record that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What it says.
    pub profile: Profile,
    /// Whether the registry still stands by it.
    pub status: RecordStatus,
    /// The day it was last changed, if it says so: of two versions of a record the later one holds.
    pub modified: Option<Date>,
    /// What it says that could not be taken over.
    pub skipped: Vec<SkippedValue>,
}

/// A value of a record that could not be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedValue {
    /// Where it stands: `established`, `external_ids.isni`, …
    pub what: String,
    /// Why.
    pub message: Localized,
}

/// Reads records, and recognises the institutions that calls treat apart.
#[derive(Clone, Debug)]
pub struct Recogniser {
    /// Words of the fact `member.hk_status`, by ROR id.
    by_ror: HashMap<String, String>,
    /// The same by plain name or acronym, for those whose ROR id is not known; only for records of Hong Kong.
    by_name: HashMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Record {
    id: Option<String>,
    status: Option<String>,
    names: Option<Vec<RecordName>>,
    types: Option<Vec<String>>,
    established: Option<i64>,
    locations: Option<Vec<Location>>,
    external_ids: Option<Vec<ExternalId>>,
    relationships: Option<Vec<Relationship>>,
    domains: Option<Vec<String>>,
    links: Option<Vec<WebLink>>,
    admin: Option<Admin>,
    // Of schema v1.
    name: Option<IgnoredAny>,
    country: Option<IgnoredAny>,
    labels: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct RecordName {
    value: String,
    lang: Option<String>,
    #[serde(default)]
    types: Vec<String>,
}

#[derive(Deserialize)]
struct Location {
    geonames_details: Geonames,
}

#[derive(Deserialize)]
struct Geonames {
    name: Option<String>,
    country_code: Option<String>,
    country_subdivision_code: Option<String>,
    country_subdivision_name: Option<String>,
    lat: Option<f64>,
    lng: Option<f64>,
}

#[derive(Deserialize)]
struct ExternalId {
    #[serde(rename = "type")]
    scheme: String,
    preferred: Option<String>,
    all: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Relationship {
    #[serde(rename = "type")]
    relation: String,
    id: String,
    label: Option<String>,
}

#[derive(Deserialize)]
struct WebLink {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

#[derive(Deserialize)]
struct Admin {
    last_modified: Option<LastModified>,
}

#[derive(Deserialize)]
struct LastModified {
    date: Option<String>,
}

impl Recogniser {
    /// Knows the organisations that the calls designate, each call's on its own day; where calls differ, the newest holds.
    pub fn new(library: &Library) -> Self {
        let mut by_ror = HashMap::new();
        let mut by_name = HashMap::new();
        let known = |word: &str| match library.vocabulary.find("member.hk_status").map(|(_, fact)| &fact.fact_type) {
            Some(FactType::Choice(choices)) => choices.iter().any(|choice| choice.value == word),
            _ => false,
        };
        let mut guides: Vec<_> = library.guides.iter().collect();
        guides.sort_by_key(|guide| guide.as_of);
        for guide in guides {
            let Some(designations) = &guide.designations else { continue };
            for organisation in &designations.organisations {
                let begun = organisation.from.is_none_or(|from| from <= guide.as_of);
                let ended = organisation.until.is_some_and(|until| until <= guide.as_of);
                if !begun || ended || !known(&organisation.status) {
                    continue;
                }
                let status = &organisation.status;
                match organisation.ror.as_deref().map(|ror| Identifier::parse(Scheme::Ror, ror)) {
                    Some(Ok(ror)) => {
                        by_ror.insert(ror.value().to_owned(), status.clone());
                    }
                    Some(Err(_)) | None => {
                        let acronym = organisation.acronym.iter().filter(|text| text.len() >= ACRONYM_AT_LEAST);
                        for name in [&organisation.name.zh, &organisation.name.en].into_iter().chain(acronym) {
                            by_name.insert(plain(name), status.clone());
                        }
                    }
                }
            }
        }
        Self { by_ror, by_name }
    }

    /// Reads one record.
    ///
    /// # Errors
    /// Why it is no record of schema v2: not JSON, schema v1, or without `id`, `names` or `status`.
    pub fn read(&self, json: &[u8]) -> Result<Read, Localized> {
        let mut skipped = Vec::new();
        let record = match serde_json::from_slice::<Record>(json) {
            Ok(record) => record,
            Err(_) => read_by_parts(json, &mut skipped)?,
        };
        self.profile(record, skipped)
    }

    fn profile(&self, record: Record, mut skipped: Vec<SkippedValue>) -> Result<Read, Localized> {
        let names = names(record.names.unwrap_or_default());
        if names.is_empty() && (record.name.is_some() || record.country.is_some() || record.labels.is_some()) {
            return Err(Localized::new(
                "这是 ROR 第 1 版格式（schema v1）的记录；需要第 2 版（schema v2）",
                "this is a record of ROR schema v1; schema v2 is needed",
            ));
        }
        let id = record.id.ok_or_else(|| missing("id"))?;
        let id = Identifier::parse(Scheme::Ror, &id)?;
        if names.is_empty() {
            return Err(missing("names"));
        }
        let status = match record.status.as_deref() {
            Some("active") => RecordStatus::Active,
            Some("inactive") => RecordStatus::Inactive,
            Some("withdrawn") => RecordStatus::Withdrawn,
            Some(other) => {
                return Err(Localized::new(
                    format!("`status` 的值 `{other}` 未知（可用：`active`、`inactive`、`withdrawn`）"),
                    format!("unknown `status` `{other}` (allowed: `active`, `inactive`, `withdrawn`)"),
                ));
            }
            None => return Err(missing("status")),
        };
        let modified = record.admin.and_then(|admin| admin.last_modified?.date);
        let modified = modified.as_deref().and_then(|text| {
            let day = parse_day(text);
            if day.is_none() {
                let message = Localized::new(format!("`{text}` 不是日期"), format!("`{text}` is no day"));
                skip(&mut skipped, "admin.last_modified", message);
            }
            day
        });

        let mut profile = Profile { names, ..Profile::default() };
        profile.registry_types = registry_types(record.types.unwrap_or_default(), &mut skipped);
        if let Some(kind) = kind(&profile.registry_types, &profile.names) {
            state(&mut profile, fact::KIND, kind);
        }
        if let Some(year) = record.established {
            let latest = modified.map_or(9999, |day| i64::from(day.year()));
            if (EARLIEST_YEAR..=latest).contains(&year) {
                state(&mut profile, fact::REGISTERED_ON, format!("{year:04}"));
            } else {
                let message = Localized::new(
                    format!("成立年份 {year} 不可能"),
                    format!("the organisation cannot have been established in {year}"),
                );
                skip(&mut skipped, "established", message);
            }
        }
        let locations = record.locations.unwrap_or_default();
        let in_hong_kong =
            locations.iter().any(|location| location.geonames_details.country_code.as_deref() == Some("HK"));
        place(&mut profile, locations, &mut skipped);
        profile.identifiers.push(Attested::imported(id.clone()));
        identifiers(&mut profile, record.external_ids.unwrap_or_default(), &mut skipped);
        links(&mut profile, record.relationships.unwrap_or_default(), &mut skipped);
        for domain in record.domains.unwrap_or_default() {
            let domain = domain.trim().to_lowercase();
            if !domain.is_empty() && !profile.domains.contains(&domain) {
                profile.domains.push(domain);
            }
        }
        website(&mut profile, record.links.unwrap_or_default(), &mut skipped);

        if let Some(word) = self.designation(Some(&id), &profile.names, in_hong_kong) {
            state(&mut profile, fact::HK_STATUS, word);
        }
        if !belongs_to_riken(&profile) {
            state(&mut profile, fact::RIKEN_STAFF, "NONE");
        }
        Ok(Read { profile, status, modified, skipped })
    }

    /// The word of the fact `member.hk_status` that the calls' lists give an institution.
    pub(crate) fn designation(&self, id: Option<&Identifier>, names: &[Name], in_hong_kong: bool) -> Option<&str> {
        let by_name = || names.iter().filter(|_| in_hong_kong).find_map(|name| self.by_name.get(&plain(&name.text)));
        id.and_then(|id| self.by_ror.get(id.value())).or_else(by_name).map(String::as_str)
    }
}

fn skip(skipped: &mut Vec<SkippedValue>, what: &str, message: Localized) {
    skipped.push(SkippedValue { what: what.to_owned(), message });
}

fn missing(what: &str) -> Localized {
    Localized::new(format!("记录缺少 `{what}`"), format!("the record has no `{what}`"))
}

fn state(profile: &mut Profile, fact: &str, word: impl Into<String>) {
    profile.state(fact, Stated::Text(word.into()), Assurance::Imported);
}

/// A record some part of which has another type than the schema says: the part is skipped, not the record.
fn read_by_parts(json: &[u8], skipped: &mut Vec<SkippedValue>) -> Result<Record, Localized> {
    let value: Value = serde_json::from_slice(json).map_err(|error| {
        Localized::new(format!("不是有效的 JSON：{error}"), format!("this is not valid JSON: {error}"))
    })?;
    let Value::Object(mut parts) = value else {
        return Err(Localized::new("记录应为 JSON 对象", "a record must be a JSON object"));
    };
    let mut part = |key: &str| parts.remove(key).filter(|value| !value.is_null());
    Ok(Record {
        id: part("id").and_then(|value| one(value, "id", skipped)),
        status: part("status").and_then(|value| one(value, "status", skipped)),
        names: part("names").map(|value| each(value, "names", skipped)),
        types: part("types").map(|value| each(value, "types", skipped)),
        established: part("established").and_then(|value| one(value, "established", skipped)),
        locations: part("locations").map(|value| each(value, "locations", skipped)),
        external_ids: part("external_ids").map(|value| each(value, "external_ids", skipped)),
        relationships: part("relationships").map(|value| each(value, "relationships", skipped)),
        domains: part("domains").map(|value| each(value, "domains", skipped)),
        links: part("links").map(|value| each(value, "links", skipped)),
        admin: part("admin").and_then(|value| one(value, "admin", skipped)),
        name: part("name").map(|_| IgnoredAny),
        country: part("country").map(|_| IgnoredAny),
        labels: part("labels").map(|_| IgnoredAny),
    })
}

fn one<T: DeserializeOwned>(value: Value, what: &str, skipped: &mut Vec<SkippedValue>) -> Option<T> {
    serde_json::from_value(value)
        .map_err(|error| {
            let message = Localized::new(
                format!("与 ROR 第 2 版格式不符：{error}"),
                format!("it is not as ROR schema v2 has it: {error}"),
            );
            skip(skipped, what, message);
        })
        .ok()
}

fn each<T: DeserializeOwned>(value: Value, what: &str, skipped: &mut Vec<SkippedValue>) -> Vec<T> {
    let items: Option<Vec<Value>> = one(value, what, skipped);
    items.into_iter().flatten().filter_map(|item| one(item, what, skipped)).collect()
}

/// One line without outer or doubled white space, without control characters and without marks that turn the direction of writing:
/// a terminal or a page would obey them.
pub(crate) fn tidy(text: &str) -> String {
    let is_mark =
        |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown: String = text
        .chars()
        .filter(|letter| letter.is_whitespace() || !letter.is_control())
        .filter(|letter| !is_mark(*letter))
        .collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A longer name is none: the longest in the registry has some 300 characters.
pub(crate) const NAME_AT_MOST: usize = 500;

/// A name as names are compared: in small letters, without the article.
fn plain(text: &str) -> String {
    let text = text.to_lowercase();
    text.strip_prefix("the ").unwrap_or(&text).to_owned()
}

fn names(listed: Vec<RecordName>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::with_capacity(listed.len());
    for RecordName { value, lang, types } in listed {
        let text = tidy(&value);
        if text.is_empty() || text.chars().count() > NAME_AT_MOST {
            continue;
        }
        let is = |kind: &str| types.iter().any(|listed| listed == kind);
        let display = is("ror_display");
        // An acronym that is also listed as another name is most of all an acronym.
        let kind = if display || is("label") {
            NameKind::Label
        } else if is("acronym") {
            NameKind::Acronym
        } else {
            NameKind::Alias
        };
        let lang = lang.map(|lang| lang.trim().to_lowercase()).filter(|lang| !lang.is_empty());
        let name = Name { text, lang, kind, display, assurance: Assurance::Imported };
        match names.iter_mut().find(|known| known.text == name.text) {
            // The stronger one of two takes the place: shown before not shown, then by kind, then with a language.
            Some(known) => {
                let strength = |name: &Name| (!name.display, name.kind, name.lang.is_none());
                if strength(&name) < strength(known) {
                    *known = name;
                }
            }
            None => names.push(name),
        }
    }
    names.sort_by_key(|name| !name.display);
    names
}

fn registry_type(text: &str) -> Option<RegistryType> {
    match text {
        "education" => Some(RegistryType::Education),
        "funder" => Some(RegistryType::Funder),
        "healthcare" => Some(RegistryType::Healthcare),
        "company" => Some(RegistryType::Company),
        "archive" => Some(RegistryType::Archive),
        "nonprofit" => Some(RegistryType::Nonprofit),
        "government" => Some(RegistryType::Government),
        "facility" => Some(RegistryType::Facility),
        "other" => Some(RegistryType::Other),
        _ => None,
    }
}

fn registry_types(listed: Vec<String>, skipped: &mut Vec<SkippedValue>) -> Vec<RegistryType> {
    let mut types = Vec::with_capacity(listed.len());
    for text in listed {
        match registry_type(&text) {
            Some(known) if types.contains(&known) => {}
            Some(known) => types.push(known),
            None => {
                let message =
                    Localized::new(format!("机构类型 `{text}` 未知"), format!("unknown type of organisation `{text}`"));
                skip(skipped, "types", message);
            }
        }
    }
    types.sort_unstable();
    types
}

/// The word of the fact `member.kind`.
///
/// Where several types are given, what a place of research is called counts most: a facility that is also education is a
/// university's observatory or institute, one that is also healthcare a clinical research centre, one that is also
/// government a national laboratory; but a company's laboratory is a company.
fn kind(types: &[RegistryType], names: &[Name]) -> Option<&'static str> {
    use RegistryType as Type;
    let is = |wanted: Type| types.contains(&wanted);
    let bears_a_kind = |kind: &&Type| !matches!(kind, Type::Funder | Type::Nonprofit | Type::Other);
    if is(Type::Funder) && !types.iter().any(|kind| bears_a_kind(&kind)) && names.iter().any(is_called_foundation) {
        return Some("FOUNDATION");
    }
    let precedence = [
        (Type::Company, "ENTERPRISE"),
        (Type::Facility, "RESEARCH_INSTITUTE"),
        (Type::Education, "UNIVERSITY"),
        (Type::Healthcare, "HOSPITAL"),
        (Type::Government, "GOVERNMENT_AGENCY"),
        (Type::Nonprofit, "NON_PROFIT"),
        (Type::Archive, "OTHER"),
        (Type::Other, "OTHER"),
    ];
    precedence.into_iter().find(|(kind, _)| is(*kind)).map(|(_, word)| word)
}

/// Whether a name says that its bearer is a foundation. "Fund" does not: a fund may be somebody's programme.
fn is_called_foundation(name: &Name) -> bool {
    const WORDS: [&str; 28] = [
        "foundation",
        "fondation",
        "stiftung",
        "stiftelse",
        "stichting",
        "fonds",
        "fonden",
        "fondet",
        "fundação",
        "fundación",
        "fundació",
        "fundacion",
        "fundacja",
        "fondazione",
        "fundația",
        "säätiö",
        "zaklada",
        "nadace",
        "nadácia",
        "alapítvány",
        "vakfı",
        "yayasan",
        "фонд",
        "基金会",
        "基金會",
        "財団",
        "财团",
        "재단",
    ];
    let text = name.text.to_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

/// Country, subdivision and town: of the first location. Rules ask for one place of registration, and the registry lists
/// the seat first.
fn place(profile: &mut Profile, locations: Vec<Location>, skipped: &mut Vec<SkippedValue>) {
    let mut locations = locations.into_iter().map(|location| location.geonames_details);
    let Some(seat) = locations.next() else { return };
    for other in locations {
        let town = other.name.as_deref().unwrap_or("?");
        let code = other.country_code.as_deref().unwrap_or("?");
        let message = Localized::new(
            format!("另有所在地 {town}（{code}），只取第一个所在地"),
            format!("another location, {town} ({code}); only the first is taken over"),
        );
        skip(skipped, "locations", message);
    }
    profile.city = seat.name.as_deref().map(tidy).filter(|town| !town.is_empty()).map(Attested::imported);
    let Some(code) = seat.country_code.as_deref().map(str::trim).filter(|code| !code.is_empty()) else { return };
    let Some(country) = Country::parse(code) else {
        let message = Localized::new(
            format!("国家/地区代码 `{code}` 不在 ISO 3166-1 中"),
            format!("country or region `{code}` is not in ISO 3166-1"),
        );
        skip(skipped, "locations", message);
        return;
    };
    state(profile, fact::COUNTRY, country.as_str());
    if let Some(known) = subdivision(country, &seat, skipped) {
        state(profile, fact::SUBDIVISION, known.as_str());
    }
}

fn subdivision(country: Country, seat: &Geonames, skipped: &mut Vec<SkippedValue>) -> Option<Subdivision> {
    let code = seat.country_subdivision_code.as_deref().map(str::trim).filter(|code| !code.is_empty());
    let name = seat.country_subdivision_name.as_deref().map(tidy).filter(|name| !name.is_empty());
    let by_code = code.and_then(|code| Subdivision::parse(&format!("{country}-{code}")));
    let found = by_code.or_else(|| Subdivision::named(country, name.as_deref()?));
    if let (None, Some(code)) = (found, code) {
        let message = Localized::new(
            format!("{country} 的行政区代码 `{code}` 不在 ISO 3166-2 中"),
            format!("subdivision code `{code}` of {country} is not in ISO 3166-2"),
        );
        skip(skipped, "locations", message);
    }
    if country.as_str() != "BE" {
        return found;
    }
    let region = match found.map(|known| known.as_str()) {
        Some("BE-VAN" | "BE-VBR" | "BE-VLI" | "BE-VOV" | "BE-VWV") => "BE-VLG",
        Some("BE-WBR" | "BE-WHT" | "BE-WLG" | "BE-WLX" | "BE-WNA") => "BE-WAL",
        Some(region) => region,
        None => belgian_region(seat.lat?, seat.lng?)?,
    };
    Subdivision::parse(region)
}

/// The region that a point of Belgium is in, where that cannot be mistaken.
///
/// No part of Flanders reaches south of 50.67° N, and no part of Wallonia north of 50.82°. The Brussels region lies within
/// 50.76° to 50.92° N and 4.24° to 4.49° E, and holds all around the Grand-Place (50.8467, 4.3525) for 0.03° of latitude
/// and 0.045° of longitude. Between these, the language border winds.
fn belgian_region(lat: f64, lng: f64) -> Option<&'static str> {
    let near_brussels = (50.76..=50.92).contains(&lat) && (4.24..=4.49).contains(&lng);
    if (lat - 50.8467).abs() <= 0.03 && (lng - 4.3525).abs() <= 0.045 {
        Some("BE-BRU")
    } else if near_brussels {
        None
    } else if lat > 50.82 {
        Some("BE-VLG")
    } else if lat < 50.67 {
        Some("BE-WAL")
    } else {
        None
    }
}

fn identifiers(profile: &mut Profile, listed: Vec<ExternalId>, skipped: &mut Vec<SkippedValue>) {
    for ExternalId { scheme: name, preferred, all } in listed {
        let what = format!("external_ids.{name}");
        let scheme = match name.as_str() {
            "isni" => Scheme::Isni,
            "wikidata" => Scheme::Wikidata,
            "grid" => Scheme::Grid,
            "fundref" => Scheme::Fundref,
            _ => {
                let message =
                    Localized::new(format!("标识符类型 `{name}` 未知"), format!("unknown type of identifier `{name}`"));
                skip(skipped, "external_ids", message);
                continue;
            }
        };
        // The preferred one first: it is the one that is shown.
        let mut texts: Vec<String> = preferred.into_iter().collect();
        for text in all.into_iter().flatten() {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        for text in texts {
            match Identifier::parse(scheme, &text) {
                Ok(identifier) if profile.identifiers.iter().any(|known| known.value == identifier) => {}
                Ok(identifier) => profile.identifiers.push(Attested::imported(identifier)),
                Err(message) => skip(skipped, &what, message),
            }
        }
    }
}

fn links(profile: &mut Profile, listed: Vec<Relationship>, skipped: &mut Vec<SkippedValue>) {
    profile.links.reserve_exact(listed.len());
    for Relationship { relation, id, label } in listed {
        let relation = match relation.to_ascii_lowercase().as_str() {
            "parent" => Relation::Parent,
            "child" => Relation::Child,
            "related" => Relation::Related,
            "successor" => Relation::Successor,
            "predecessor" => Relation::Predecessor,
            other => {
                let message =
                    Localized::new(format!("机构关系 `{other}` 未知"), format!("unknown relationship `{other}`"));
                skip(skipped, "relationships", message);
                continue;
            }
        };
        match Identifier::parse(Scheme::Ror, &id) {
            Ok(target) => {
                let name = label.as_deref().map(tidy).filter(|name| !name.is_empty());
                let name = name.unwrap_or_else(|| target.value().to_owned());
                if !profile.links.iter().any(|known| known.relation == relation && known.target == target) {
                    profile.links.push(Link { relation, target, name, assurance: Assurance::Imported });
                }
            }
            Err(message) => skip(skipped, "relationships", message),
        }
    }
}

fn website(profile: &mut Profile, listed: Vec<WebLink>, skipped: &mut Vec<SkippedValue>) {
    for WebLink { kind, value } in listed {
        let address = value.trim();
        if kind != "website" {
            continue;
        }
        if !is_web_address(address) {
            let message = Localized::new(
                format!("`{address}` 不是网址"),
                format!("`{address}` is not the address of a web page"),
            );
            skip(skipped, "links", message);
        } else if profile.website.is_none() {
            profile.website = Some(Attested::imported(address.to_owned()));
        } else {
            let message = Localized::new(
                format!("另有网站 {address}，只取第一个"),
                format!("another web site, {address}; only the first is taken over"),
            );
            skip(skipped, "links", message);
        }
    }
}

/// Whether a text can be shown as a link: anything but HTTP might run in the reader's browser.
pub(crate) fn is_web_address(text: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.chars().any(|character| character.is_whitespace()))
}

/// Whether an institution is RIKEN, or one of its centres: then its people may be RIKEN's.
pub(crate) fn belongs_to_riken(profile: &Profile) -> bool {
    let below_riken = profile
        .links
        .iter()
        .any(|link| link.relation == Relation::Parent && (link.target.value() == RIKEN || names_riken(&link.name)));
    // Companies bear the name as a surname or brand; those that are RIKEN's own have it as their parent.
    let is_company = profile.registry_types.contains(&RegistryType::Company);
    let is_riken = profile.identifier(Scheme::Ror).is_some_and(|id| id.value() == RIKEN);
    is_riken || below_riken || (!is_company && profile.names.iter().any(|name| names_riken(&name.text)))
}

/// Whether a name names RIKEN: as a word of its own, in Japanese or Chinese not as the end of another institute's name
/// (生物物理化学研究所).
fn names_riken(text: &str) -> bool {
    let mut words = text.split(|character: char| !character.is_alphanumeric());
    if words.any(|word| word.eq_ignore_ascii_case("riken")) {
        return true;
    }
    ["理化学研究所", "理化學研究所"].iter().any(|name| {
        text.match_indices(name).any(|(place, _)| {
            let before = text.get(..place).unwrap_or_default();
            before.is_empty()
                || before.ends_with([' ', '　', '（', '(', '・'])
                || before.ends_with("法人")
                || before.ends_with("日本")
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::File;
    use std::io::{BufRead, BufReader};
    use std::path::PathBuf;
    use std::sync::LazyLock;

    use super::*;
    use crate::member;
    use crate::support::LIBRARY;

    static RECOGNISER: LazyLock<Recogniser> = LazyLock::new(|| Recogniser::new(&LIBRARY));

    fn read(json: &str) -> Read {
        RECOGNISER.read(json.as_bytes()).unwrap_or_else(|message| panic!("{}", message.en))
    }

    /// A record with a few keys beside the essential ones.
    fn record(rest: &str) -> String {
        format!(
            r#"{{"id":"https://ror.org/03cve4549","status":"active","names":[{{"value":"Tsinghua University","lang":"en",
            "types":["ror_display","label"]}}]{}{rest}}}"#,
            if rest.is_empty() { "" } else { "," }
        )
    }

    fn place_of(details: &str) -> (Option<String>, Option<String>, usize) {
        let read = read(&record(&format!(r#""locations":[{{"geonames_details":{details},"geonames_id":1}}]"#)));
        let word = |fact| read.profile.word(fact).map(str::to_owned);
        (word("country"), word("subdivision"), read.skipped.len())
    }

    fn shown(names: &[Name]) -> Vec<(&str, Option<&str>, NameKind, bool)> {
        names.iter().map(|name| (name.text.as_str(), name.lang.as_deref(), name.kind, name.display)).collect()
    }

    #[test]
    fn a_whole_record_becomes_a_profile() {
        let read = read(
            r#"{"admin":{"created":{"date":"2018-11-14","schema_version":"1.0"},
            "last_modified":{"date":"2026-02-24","schema_version":"2.1"}},
            "domains":[" TSINGHUA.edu.cn","tsinghua.edu.cn"],"established":1911,
            "external_ids":[{"type":"isni","preferred":"0000 0001 0662 3178","all":["0000 0001 0662 3179","0000 0001 0662 3178"]},
            {"type":"grid","preferred":null,"all":["grid.12527.33"]},{"type":"viaf","preferred":null,"all":["1"]}],
            "id":"https://ror.org/03cve4549",
            "links":[{"type":"wikipedia","value":"https://en.wikipedia.org/wiki/Tsinghua_University"},
            {"type":"website","value":"https://www.tsinghua.edu.cn"},{"type":"website","value":"javascript:alert(1)"}],
            "locations":[{"geonames_details":{"continent_code":"AS","country_code":"CN","country_name":"China",
            "country_subdivision_code":"BJ","country_subdivision_name":"Beijing","lat":39.9075,"lng":116.39723,
            "name":"Beijing"},"geonames_id":1816670}],
            "names":[{"lang":null,"types":["acronym"],"value":"THU "},{"lang":"ZH","types":["label"],"value":"清华大学"},
            {"lang":"en","types":["ror_display","label"],"value":"Tsinghua  University"},
            {"lang":"en","types":["alias"],"value":"Tsinghua University"}],
            "relationships":[{"label":"Tsinghua–Berkeley Shenzhen Institute","type":"child","id":"https://ror.org/02hhwwz97"},
            {"label":"RIKEN","type":"related","id":"https://ror.org/01sjwvz98"}],
            "status":"active","types":["education","funder"],"new_key_of_a_later_schema":{}}"#,
        );
        assert_eq!(read.status, RecordStatus::Active);
        assert_eq!(read.modified, parse_day("2026-02-24"));
        assert_eq!(
            shown(&read.profile.names),
            [
                ("Tsinghua University", Some("en"), NameKind::Label, true),
                ("THU", None, NameKind::Acronym, false),
                ("清华大学", Some("zh"), NameKind::Label, false),
            ]
        );
        let facts: Vec<(&str, &Stated)> =
            read.profile.facts.iter().map(|(fact, stated)| (fact.as_str(), &stated.value)).collect();
        let text = |text: &str| Stated::Text(text.to_owned());
        assert_eq!(
            facts,
            [
                ("country", &text("CN")),
                ("kind", &text("UNIVERSITY")),
                ("principal_investigator.riken_staff", &text("NONE")),
                ("registered_on", &text("1911")),
                ("subdivision", &text("CN-BJ")),
            ]
        );
        let identifiers: Vec<String> = read.profile.identifiers.iter().map(|known| known.value.to_string()).collect();
        assert_eq!(identifiers, ["03cve4549", "0000000106623178", "grid.12527.33"]);
        assert_eq!(read.profile.city, Some(Attested::imported("Beijing".to_owned())));
        assert_eq!(read.profile.website, Some(Attested::imported("https://www.tsinghua.edu.cn".to_owned())));
        assert_eq!(read.profile.domains, ["tsinghua.edu.cn"]);
        assert_eq!(read.profile.registry_types, [RegistryType::Education, RegistryType::Funder]);
        let links: Vec<(Relation, &str)> =
            read.profile.links.iter().map(|link| (link.relation, link.target.value())).collect();
        assert_eq!(links, [(Relation::Related, "01sjwvz98")]);
        let skipped: Vec<&str> = read.skipped.iter().map(|skipped| skipped.what.as_str()).collect();
        assert_eq!(skipped, ["external_ids.isni", "external_ids", "relationships", "links"]);
        assert!(read.skipped[0].message.en.contains("check digits"), "{}", read.skipped[0].message.en);
    }

    #[test]
    fn what_is_essential_is_missed_and_nothing_else() {
        let bare = read(&record(""));
        assert_eq!(bare.profile.display_name(eligibility::Lang::En), "Tsinghua University");
        assert_eq!((bare.modified, bare.skipped), (None, Vec::new()));
        for (json, en) in [
            (r#"{"names":[{"value":"A"}],"status":"active"}"#, "the record has no `id`"),
            (
                r#"{"id":"https://ror.org/03cve4549","names":[{"value":" "}],"status":"active"}"#,
                "the record has no `names`",
            ),
            (r#"{"id":"https://ror.org/03cve4549","names":[{"value":"A"}]}"#, "the record has no `status`"),
            (
                r#"{"id":"https://ror.org/03cve4549","names":[{"value":"A"}],"status":"new"}"#,
                "unknown `status` `new` (allowed: `active`, `inactive`, `withdrawn`)",
            ),
            (
                r#"{"id":"https://ror.org/03cve4548","names":[{"value":"A"}],"status":"active"}"#,
                "the check digits of a ROR id `https://ror.org/03cve4548` do not fit; look for a typing error",
            ),
            (
                r#"{"id":"https://ror.org/03cve4549","name":"A","country":{"country_code":"CN"},"labels":[]}"#,
                "this is a record of ROR schema v1; schema v2 is needed",
            ),
            ("[]", "a record must be a JSON object"),
            ("{", "this is not valid JSON: EOF while parsing an object at line 1 column 1"),
        ] {
            assert_eq!(RECOGNISER.read(json.as_bytes()).expect_err(json).en, en);
        }
    }

    #[test]
    fn a_part_of_another_type_is_skipped_alone() {
        let read = read(&record(r#""established":"1911","domains":null,"types":["education",7,"school"],"links":{}"#));
        let skipped: Vec<&str> = read.skipped.iter().map(|skipped| skipped.what.as_str()).collect();
        assert_eq!(skipped, ["types", "established", "links", "types"]);
        assert_eq!(read.profile.kind(), Some("UNIVERSITY"));
    }

    #[test]
    fn of_two_names_with_one_text_the_stronger_stays() {
        let name = |text: &str, lang: Option<&str>, types: &[&str]| RecordName {
            value: text.into(),
            lang: lang.map(str::to_owned),
            types: types.iter().map(|&kind| kind.to_owned()).collect(),
        };
        let names = names(vec![
            name("Nature Canada", Some("fr"), &["label"]),
            name("NC", None, &["alias", "acronym"]),
            name("Nature Canada", Some("en"), &["label", "ror_display"]),
            name("NC", Some("en"), &["acronym"]),
        ]);
        assert_eq!(
            shown(&names),
            [("Nature Canada", Some("en"), NameKind::Label, true), ("NC", Some("en"), NameKind::Acronym, false)]
        );
    }

    #[test]
    fn types_become_one_kind() {
        for (types, name, expected) in [
            (r#"["education","facility"]"#, "Observatory", Some("RESEARCH_INSTITUTE")),
            (r#"["facility","company"]"#, "Laboratory", Some("ENTERPRISE")),
            (r#"["government","healthcare"]"#, "Health Service", Some("HOSPITAL")),
            (r#"["funder","government"]"#, "国家自然科学基金委员会", Some("GOVERNMENT_AGENCY")),
            (r#"["archive","funder"]"#, "Museum Foundation", Some("OTHER")),
            (r#"["nonprofit"]"#, "Research Foundation", Some("NON_PROFIT")),
            (r#"["nonprofit","funder"]"#, "Research Foundation", Some("FOUNDATION")),
            (r#"["funder"]"#, "公益財団法人 研究振興財団", Some("FOUNDATION")),
            (r#"["funder"]"#, "Research Fund", None),
            ("[]", "Foundation", None),
        ] {
            let json = format!(
                r#"{{"id":"03cve4549","status":"active","types":{types},"names":[{{"value":"{name}","types":["label"]}}]}}"#
            );
            assert_eq!(read(&json).profile.kind(), expected, "{types} {name}");
        }
    }

    #[test]
    fn years_that_cannot_be_are_skipped() {
        for (year, stated) in [(1911, Some("1911")), (970, Some("0970")), (191, None), (2027, None), (-5, None)] {
            let read =
                read(&record(&format!(r#""established":{year},"admin":{{"last_modified":{{"date":"2026-02-24"}}}}"#)));
            assert_eq!(read.profile.word("registered_on"), stated);
            assert_eq!(read.skipped.len(), usize::from(stated.is_none()));
        }
    }

    #[test]
    fn places_are_those_of_iso_3166() {
        let some = |country: &str, subdivision: Option<&str>, skipped| {
            (Some(country.to_owned()), subdivision.map(str::to_owned), skipped)
        };
        for (details, expected) in [
            (r#"{"country_code":"TW"}"#, some("TW", None, 0)),
            (r#"{"country_code":"XK","country_subdivision_code":"1"}"#, (None, None, 1)),
            (
                r#"{"country_code":"HK","country_subdivision_code":"NST","country_subdivision_name":"Sha Tin"}"#,
                some("HK", None, 1),
            ),
            (
                r#"{"country_code":"GT","country_subdivision_code":"GU","country_subdivision_name":"Guatemala"}"#,
                some("GT", Some("GT-01"), 0),
            ),
            (r#"{"country_code":"BE","country_subdivision_code":"WAL"}"#, some("BE", Some("BE-WAL"), 0)),
            (r#"{"country_code":"BE","country_subdivision_code":"WLG"}"#, some("BE", Some("BE-WAL"), 0)),
            (r#"{"country_code":"BE","country_subdivision_name":"Antwerpen"}"#, some("BE", Some("BE-VLG"), 0)),
            (r#"{"country_code":"BE","lat":50.63373,"lng":5.56749}"#, some("BE", Some("BE-WAL"), 0)),
            (r#"{"country_code":"BE","lat":50.85045,"lng":4.34878}"#, some("BE", Some("BE-BRU"), 0)),
            (r#"{"country_code":"BE","lat":51.05,"lng":3.71667}"#, some("BE", Some("BE-VLG"), 0)),
            // Zaventem lies beside Brussels, Wavre and Ronse near the language border.
            (r#"{"country_code":"BE","lat":50.88365,"lng":4.47298}"#, some("BE", None, 0)),
            (r#"{"country_code":"BE","lat":50.71717,"lng":4.60138}"#, some("BE", None, 0)),
            (r#"{"country_code":"BE","lat":50.74574,"lng":3.60052}"#, some("BE", None, 0)),
            (r#"{"country_code":"BE"}"#, some("BE", None, 0)),
        ] {
            assert_eq!(place_of(details), expected, "{details}");
        }
        let two = read(&record(
            r#""locations":[{"geonames_details":{"country_code":"EE","name":"Tallinn"}},
            {"geonames_details":{"country_code":"IN","name":"Delhi"}}]"#,
        ));
        assert_eq!(two.profile.word("country"), Some("EE"));
        assert_eq!(two.skipped[0].message.en, "another location, Delhi (IN); only the first is taken over");
    }

    #[test]
    fn designated_institutions_of_hong_kong_are_recognised() {
        let status = |id: &str, name: &str, country: &str| {
            let json = format!(
                r#"{{"id":"{id}","status":"active","names":[{{"value":"{name}","types":["label"]}}],
                "locations":[{{"geonames_details":{{"country_code":"{country}"}}}}]}}"#
            );
            read(&json).profile.word("hk_status").map(str::to_owned)
        };
        let designated = Some("DESIGNATED_PUBLIC_RESEARCH_INSTITUTE".to_owned());
        let centre = Some("RD_CENTRE".to_owned());
        // By ROR id.
        assert_eq!(status("02zhqgq86", "HKU", "HK"), designated);
        // By name or acronym, for want of a ROR id; only in Hong Kong.
        assert_eq!(status("03cve4549", "Education University of Hong Kong", "HK"), designated);
        assert_eq!(status("03cve4549", "ASTRI", "HK"), centre);
        assert_eq!(status("03cve4549", "ASTRI", "DE"), None);
        assert_eq!(status("03cve4549", "Tung Wah College", "HK"), designated);
        assert_eq!(status("03cve4549", "TWC", "HK"), None);
        // Designated only after the call's day.
        assert_eq!(status("03cve4549", "Saint Francis University", "HK"), None);
        assert_eq!(status("03cve4549", "Some Institute", "HK"), None);
    }

    #[test]
    fn only_riken_has_people_of_riken() {
        let stated = |id: &str, name: &str, rest: &str| {
            let json =
                format!(r#"{{"id":"{id}","status":"active","names":[{{"value":"{name}","types":["label"]}}]{rest}}}"#);
            read(&json).profile.word("principal_investigator.riken_staff").map(str::to_owned)
        };
        let parent =
            |id: &str, label: &str| format!(r#","relationships":[{{"type":"parent","id":"{id}","label":"{label}"}}]"#);
        let none = Some("NONE".to_owned());
        let company = r#","types":["company"]"#;
        assert_eq!(stated("01sjwvz98", "Institute of Physical and Chemical Research", ""), None);
        assert_eq!(stated("01d1kv753", "SPring-8", &parent("https://ror.org/01sjwvz98", "RIKEN")), None);
        assert_eq!(stated("03cve4549", "SACLA", &parent("https://ror.org/01d1kv753", "RIKEN SPring-8 Center")), None);
        assert_eq!(stated("03cve4549", "RIKEN-MIT Center", ""), None);
        assert_eq!(stated("03cve4549", "国立研究開発法人理化学研究所", ""), None);
        assert_eq!(stated("03cve4549", "湘南情報数理化学研究所", ""), none);
        assert_eq!(stated("03cve4549", "中国科学院生物物理化学研究所", ""), none);
        assert_eq!(stated("03cve4549", "Riken Keiki (Japan)", company), none);
        assert_eq!(stated("03cve4549", "Striken", ""), none);
        let child = parent("https://ror.org/01sjwvz98", "RIKEN").replace("parent", "child");
        assert_eq!(stated("02ex6cf31", "Brookhaven National Laboratory", &child), none);
    }

    /// Every record of the real file, wherever it is (`LIANHE_ROR`): nothing but what the registry itself has wrong is lost.
    #[test]
    fn a_real_file_is_read_whole() {
        let path = std::env::var_os("LIANHE_ROR").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ror-v2-records.ndjson.gz"),
            PathBuf::from,
        );
        let Ok(file) = File::open(&path) else {
            println!("skipped: there is no {}", path.display());
            return;
        };
        let mut statuses: BTreeMap<RecordStatus, usize> = BTreeMap::new();
        let mut regions: BTreeMap<String, usize> = BTreeMap::new();
        let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        let mut riken = Vec::new();
        let mut designated = Vec::new();
        for line in BufReader::new(flate2::read::GzDecoder::new(file)).lines() {
            let line = line.expect("a line");
            let read = read(&line);
            *statuses.entry(read.status).or_default() += 1;
            for value in &read.skipped {
                *skipped.entry(value.what.clone()).or_default() += 1;
            }
            if read.profile.word("country") == Some("BE") {
                *regions.entry(read.profile.word("subdivision").unwrap_or("?").to_owned()).or_default() += 1;
            }
            if read.profile.word("principal_investigator.riken_staff").is_none() {
                riken.push(read.profile.identifiers[0].value.to_string());
            }
            if read.profile.word("hk_status").is_some() {
                designated.push(read.profile.identifiers[0].value.to_string());
            }
            *kinds.entry(read.profile.kind().unwrap_or("?").to_owned()).or_default() += 1;
            assert!(read.profile.names[0].display);
            if read.status == RecordStatus::Active {
                member(&LIBRARY, &read.profile, Assurance::Imported)
                    .unwrap_or_else(|problems| panic!("{line}: {problems:?}"));
            }
        }
        let counted = |status| statuses.get(&status).copied().unwrap_or_default();
        let total: usize = statuses.values().sum();
        assert_eq!(total, 35_990);
        assert_eq!(counted(RecordStatus::Active), 35_075);
        assert_eq!(counted(RecordStatus::Inactive), 725);
        assert_eq!(counted(RecordStatus::Withdrawn), 190);
        assert_eq!(riken, ["01sjwvz98", "022hvg611"]);
        assert_eq!(designated.len(), 13, "{designated:?}");
        let counts = |counted: &BTreeMap<String, usize>| {
            counted.iter().map(|(key, count)| format!("{key} {count}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(counts(&regions), "BE-BRU 111, BE-VLG 71, BE-WAL 24");
        assert_eq!(
            counts(&skipped),
            "external_ids.fundref 4, external_ids.grid 1, external_ids.isni 1, links 2, locations 253"
        );
        assert_eq!(
            counts(&kinds),
            "? 71, ENTERPRISE 5093, FOUNDATION 936, GOVERNMENT_AGENCY 2899, HOSPITAL 2952, NON_PROFIT 4143, OTHER 2638, \
             RESEARCH_INSTITUTE 6627, UNIVERSITY 10631"
        );
    }
}
