//! A profile as the index holds it: terms with the class of their best origin, and a row of values.

use std::collections::HashMap;

use eligibility::place::{Country, Subdivision};
use profile::{
    Ability, Assurance, Attested, ConceptId, Identifier, NameKind, Profile, ProfileId, RegistryType, Relation,
    RolePossibility, Scheme,
};

use crate::analysis::{self, Piece};
use crate::lexicon::{Lexicon, index_terms};

/// A published profile, to be indexed.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The profile's id; the document replaces another of the same id.
    pub id: ProfileId,
    /// The number of the change that published it.
    pub change: u64,
    /// When it was published, in milliseconds since 1970.
    pub changed_at: i64,
    /// When the profile was made, in milliseconds since 1970.
    pub created_at: i64,
    /// The profile.
    pub profile: &'a Profile,
    /// Which roles the institution could take.
    pub abilities: &'a [Ability],
    /// How many hundredths of the facts that it needs are known.
    pub completeness: u8,
    /// All that requirements may read of it, as one text: the same for all of whom they read the same.
    pub facts: &'a str,
    /// Bytes that come back with each hit.
    pub card: &'a [u8],
}

/// Where a term of a document comes from; the best origin is the highest.
pub(crate) mod origin {
    pub(crate) const PINYIN: u8 = 1;
    pub(crate) const PLACE: u8 = 2;
    pub(crate) const KEYWORD: u8 = 3;
    pub(crate) const ALIAS: u8 = 4;
    pub(crate) const LABEL: u8 = 5;

    /// The origins in the order of the frequencies, from 1, by which the index keeps them. Writing a term costs time as often
    /// as it is repeated, so the most usual origins come first.
    const BY_FREQUENCY: [u8; 5] = [LABEL, PLACE, ALIAS, KEYWORD, PINYIN];

    /// How often a term of an origin is written.
    pub(crate) fn frequency(origin: u8) -> usize {
        BY_FREQUENCY.iter().position(|known| *known == origin).map_or(1, |place| place + 1)
    }

    /// The origin of a term that was written so often.
    pub(crate) fn of(frequency: u32) -> u8 {
        let place = usize::try_from(frequency).ok().and_then(|frequency| frequency.checked_sub(1));
        place.and_then(|place| BY_FREQUENCY.get(place)).copied().unwrap_or(PINYIN)
    }
}

/// Of what kind a whole name is, as the frequency that the index keeps with it.
pub(crate) mod whole {
    pub(crate) const INITIALS: u8 = 1;
    pub(crate) const PINYIN: u8 = 2;
    pub(crate) const ALIAS: u8 = 3;
    pub(crate) const ACRONYM: u8 = 4;
    pub(crate) const LABEL: u8 = 5;
}

/// A longer whole name is never typed.
const WHOLE_AT_MOST: usize = 400;
/// A longer name is not spelt in pinyin as a whole.
const SPELT_AT_MOST: usize = 24;

/// The values of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: u128,
    pub(crate) country: Option<Country>,
    pub(crate) subdivision: Option<Subdivision>,
    pub(crate) kind: u8,
    pub(crate) legal_person: Option<bool>,
    pub(crate) assurance: Assurance,
    pub(crate) registry_types: u16,
    pub(crate) roles: Vec<u64>,
    pub(crate) fields: u64,
    /// Days since 1970; the last day first to come when unknown.
    pub(crate) registered: Option<(i32, i32)>,
    pub(crate) changed_at: i64,
    pub(crate) created_at: i64,
    pub(crate) prominence: u8,
    pub(crate) completeness: u8,
    /// Words of the shortest label in Chinese characters, and of the shortest other label; 0 without one.
    pub(crate) label_words: [u8; 2],
    pub(crate) order_keys: [String; 2],
}

/// A document taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) terms: HashMap<String, u8>,
    pub(crate) wholes: HashMap<String, u8>,
    pub(crate) identifiers: Vec<String>,
    pub(crate) row: Row,
}

/// The term of a concept.
pub(crate) fn concept_term(concept: ConceptId) -> String {
    format!("#{}", concept.0)
}

/// The term of a concept that a profile offers.
pub(crate) fn offer_term(concept: ConceptId) -> String {
    format!(">{}", concept.0)
}

/// The term of a concept that a profile seeks.
pub(crate) fn seek_term(concept: ConceptId) -> String {
    format!("<{}", concept.0)
}

/// The term of an identifier.
pub(crate) fn identifier_term(identifier: &Identifier) -> String {
    format!("{}:{}", identifier.scheme().as_str(), identifier.value())
}

/// The term of a domain.
pub(crate) fn domain_term(domain: &str) -> String {
    format!("DOMAIN:{}", domain.to_lowercase())
}

/// The bit of a registry type.
pub(crate) fn registry_bit(wanted: RegistryType) -> u16 {
    let place = RegistryType::ALL.iter().position(|known| *known == wanted);
    place.and_then(|place| 1_u16.checked_shl(u32::try_from(place).ok()?)).unwrap_or_default()
}

/// Days since 1970.
pub(crate) fn day_number(day: eligibility::date::Date) -> i32 {
    // Civil days by the months' lengths from March on (H. Hinnant, days_from_civil).
    let (year, month, date) = (i32::from(day.year()), i32::from(day.month()), i32::from(day.day()));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

struct Terms<'l> {
    lexicon: &'l Lexicon,
    terms: HashMap<String, u8>,
    wholes: HashMap<String, u8>,
    concepts: Vec<ConceptId>,
}

impl Terms<'_> {
    fn raise(of: &mut HashMap<String, u8>, term: String, class: u8) {
        if term.is_empty() || term.len() > WHOLE_AT_MOST {
            return;
        }
        let known = of.entry(term).or_default();
        *known = class.max(*known);
    }

    fn text(&mut self, pieces: &[Piece], class: u8) {
        for term in index_terms(pieces) {
            if !self.lexicon.is_chance(&term, pieces) {
                Self::raise(&mut self.terms, term, class);
            }
        }
    }

    fn name(&mut self, pieces: &[Piece], kind: NameKind) {
        let (origin, rank) = match kind {
            NameKind::Label => (origin::LABEL, whole::LABEL),
            NameKind::Acronym => (origin::ALIAS, whole::ACRONYM),
            NameKind::Alias => (origin::ALIAS, whole::ALIAS),
        };
        self.text(pieces, origin);
        self.concepts.extend(self.lexicon.all_concepts_of(pieces));
        let form = analysis::whole(pieces);
        for short in self.lexicon.short_names_of(&form) {
            let short = analysis::pieces(short);
            Self::raise(&mut self.wholes, analysis::whole(&short), whole::ACRONYM);
            for term in index_terms(&short) {
                Self::raise(&mut self.terms, term, origin::ALIAS);
            }
            // Not by initials: those of a short name are those of too many others.
            if let [Piece::Han(han)] = short.as_slice() {
                self.spelt(analysis::pinyin(&han.text), whole::PINYIN);
            }
        }
        Self::raise(&mut self.wholes, form, rank);
        self.spell(pieces);
    }

    fn spell(&mut self, pieces: &[Piece]) {
        let mut joined = String::new();
        let mut characters = 0;
        let mut others = false;
        for piece in pieces {
            match piece {
                Piece::Han(han) => {
                    for (word, place) in han.all_words() {
                        if place.len() > 1 && place.len() <= SPELT_AT_MOST && !self.lexicon.is_chance(word, pieces) {
                            for spelt in analysis::pinyin(word) {
                                Self::raise(&mut self.terms, spelt, origin::PINYIN);
                            }
                        }
                    }
                    joined.push_str(&han.text);
                    characters += han.len();
                }
                Piece::Word(_) | Piece::Grams(_) => others = true,
            }
        }
        if others || !(2..=SPELT_AT_MOST).contains(&characters) {
            return;
        }
        self.spelt(analysis::pinyin(&joined), whole::PINYIN);
        self.spelt(analysis::initials(&joined), whole::INITIALS);
    }

    /// A whole name in the ways that it is spelt.
    fn spelt(&mut self, ways: Vec<String>, rank: u8) {
        for spelt in ways {
            Self::raise(&mut self.terms, spelt.clone(), origin::PINYIN);
            Self::raise(&mut self.wholes, spelt, rank);
        }
    }
}

/// Four times the binary logarithm of one more than a count.
fn logarithm(count: usize) -> u32 {
    let count = u64::try_from(count.min(4_000)).unwrap_or_default();
    (count + 1).pow(4).ilog2()
}

fn prominence(profile: &Profile) -> u8 {
    let below = profile.links.iter().filter(|link| link.relation == Relation::Child).count();
    let known = |scheme| if profile.identifier(scheme).is_some() { 6 } else { 0 };
    let points = logarithm(profile.names.len())
        + logarithm(below)
        + logarithm(profile.links.len()) / 2
        + known(Scheme::Wikidata)
        + known(Scheme::Isni)
        + known(Scheme::Fundref);
    u8::try_from(points).unwrap_or(u8::MAX)
}

/// How many words a name has that say something, and whether it is in Chinese characters.
pub(crate) fn count_words(pieces: &[Piece]) -> (usize, bool) {
    let mut count = 0;
    let mut chinese = false;
    for piece in pieces {
        match piece {
            Piece::Word(word) => count += usize::from(!analysis::is_stop_word(&word.term)),
            Piece::Grams(_) => count += 1,
            Piece::Han(han) => {
                chinese = true;
                count += han.words().len();
            }
        }
    }
    (count, chinese)
}

/// Takes a document apart.
pub(crate) fn prepare(lexicon: &Lexicon, document: &Document<'_>) -> Prepared {
    let profile = document.profile;
    let mut terms = Terms { lexicon, terms: HashMap::new(), wholes: HashMap::new(), concepts: Vec::new() };
    let mut label_words = [0_u8; 2];
    for name in &profile.names {
        let pieces = analysis::pieces(&name.text);
        terms.name(&pieces, name.kind);
        if name.kind == NameKind::Label {
            let (count, chinese) = count_words(&pieces);
            let count = u8::try_from(count).unwrap_or(u8::MAX);
            let [chinese_words, other_words] = &mut label_words;
            let shortest = if chinese { chinese_words } else { other_words };
            if count > 0 && (*shortest == 0 || count < *shortest) {
                *shortest = count;
            }
        }
    }
    for keyword in &profile.keywords {
        let pieces = analysis::pieces(&keyword.value);
        terms.text(&pieces, origin::KEYWORD);
        terms.concepts.extend(lexicon.all_concepts_of(&pieces));
    }
    let mut fields = profile.fields.iter().fold(0, |mask, code| mask | lexicon.declared_field(&code.value));
    let concepts = std::mem::take(&mut terms.concepts);
    for concept in concepts {
        Terms::raise(&mut terms.terms, concept_term(concept), origin::KEYWORD);
        fields |= lexicon.fields_of(concept);
    }
    // What is offered or sought is no word to be found by.
    let concepts = |text: &Option<Attested<String>>| {
        text.as_ref().map(|text| lexicon.concepts_in(&text.value)).unwrap_or_default().into_iter()
    };
    for term in concepts(&profile.offers).map(offer_term).chain(concepts(&profile.seeks).map(seek_term)) {
        Terms::raise(&mut terms.terms, term, origin::KEYWORD);
    }
    let subdivision = profile.subdivision();
    let country = profile.country().or_else(|| subdivision.and_then(|within| within.country()));
    if let Some(city) = &profile.city {
        let pieces = analysis::pieces(&city.value);
        terms.text(&pieces, origin::PLACE);
        terms.concepts.extend(lexicon.all_concepts_of(&pieces));
    }
    if let Some(subdivision) = subdivision {
        for term in lexicon.subdivision_terms(subdivision).iter() {
            Terms::raise(&mut terms.terms, term.clone(), origin::PLACE);
        }
    }
    for term in country.map(|country| lexicon.country_terms(country)).unwrap_or_default() {
        Terms::raise(&mut terms.terms, term.clone(), origin::PLACE);
    }
    let judged = ["country", "kind", "registered_on"];
    let assurance = judged.iter().filter_map(|fact| profile.facts.get(*fact)).map(|fact| fact.assurance).min();
    let mut roles = vec![0_u64; lexicon.role_words()];
    for ability in document.abilities {
        let bits = match ability.possibility {
            RolePossibility::No => 0,
            RolePossibility::Possible => 1_u64,
            RolePossibility::Eligible => 2,
        };
        if let Some((word, shift)) = lexicon.role_place(ability.direction, ability.role)
            && let Some(word) = roles.get_mut(word)
        {
            *word |= bits << shift;
        }
    }
    let row = Row {
        id: document.id.0.as_u128(),
        country,
        subdivision,
        kind: profile.kind().map(|kind| lexicon.kind_number(kind)).unwrap_or_default(),
        legal_person: profile.legal_person(),
        assurance: assurance.unwrap_or_default(),
        registry_types: profile.registry_types.iter().fold(0, |bits, one| bits | registry_bit(*one)),
        roles,
        fields,
        registered: profile.registered_on().map(|on| (day_number(on.first()), day_number(on.last()))),
        changed_at: document.changed_at,
        created_at: document.created_at,
        prominence: prominence(profile),
        completeness: document.completeness,
        label_words,
        order_keys: [
            analysis::order_key(profile.display_name(eligibility::Lang::Zh)),
            analysis::order_key(profile.display_name(eligibility::Lang::En)),
        ],
    };
    let identifiers = profile.identifiers.iter().map(|attested| identifier_term(&attested.value));
    // A domain is found as an identifier is, though it is not one institution's alone.
    let domains = profile.domains.iter().map(|domain| domain_term(domain));
    Prepared { terms: terms.terms, wholes: terms.wholes, identifiers: identifiers.chain(domains).collect(), row }
}
