//! What words mean here: concepts in two languages, short names, names of places.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use eligibility::place::{Country, Subdivision};
use eligibility::vocabulary::FactType;
use eligibility::{DirectionId, Library, Localized, Role};
use profile::{ConceptId, Taxonomy};
use sha2::{Digest, Sha256};

use crate::analysis::{self, Atom, Piece};

/// Changes whenever what the index holds changes.
const FORMAT: u32 = 4;

/// Names of countries that people type and no list of countries has.
const USUAL: [(&str, &str); 5] = [("GB", "uk"), ("GB", "britain"), ("US", "usa"), ("US", "america"), ("AE", "uae")];

/// Chinese names of the provinces, municipalities and regions of the mainland.
const PROVINCES: [(&str, &str); 31] = [
    ("CN-AH", "安徽"),
    ("CN-BJ", "北京"),
    ("CN-CQ", "重庆"),
    ("CN-FJ", "福建"),
    ("CN-GD", "广东"),
    ("CN-GS", "甘肃"),
    ("CN-GX", "广西"),
    ("CN-GZ", "贵州"),
    ("CN-HA", "河南"),
    ("CN-HB", "湖北"),
    ("CN-HE", "河北"),
    ("CN-HI", "海南"),
    ("CN-HL", "黑龙江"),
    ("CN-HN", "湖南"),
    ("CN-JL", "吉林"),
    ("CN-JS", "江苏"),
    ("CN-JX", "江西"),
    ("CN-LN", "辽宁"),
    ("CN-NM", "内蒙古"),
    ("CN-NX", "宁夏"),
    ("CN-QH", "青海"),
    ("CN-SC", "四川"),
    ("CN-SD", "山东"),
    ("CN-SH", "上海"),
    ("CN-SN", "陕西"),
    ("CN-SX", "山西"),
    ("CN-TJ", "天津"),
    ("CN-XJ", "新疆"),
    ("CN-XZ", "西藏"),
    ("CN-YN", "云南"),
    ("CN-ZJ", "浙江"),
];

/// What a phrase stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Concept(ConceptId),
    /// A short name, by its place in the list.
    Short(usize),
}

#[derive(Clone, Debug)]
struct Phrase {
    /// The atoms after the first.
    rest: Vec<String>,
    meanings: Vec<Meaning>,
}

impl Phrase {
    /// Whether these atoms go on as it does after its first.
    fn begins(&self, rest: &[Atom<'_>]) -> bool {
        rest.len() >= self.rest.len() && self.rest.iter().zip(rest).all(|(wanted, atom)| wanted == atom.text)
    }
}

/// A phrase found in a text.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The atoms it takes.
    pub(crate) atoms: Range<usize>,
    /// The concepts it is a word for.
    pub(crate) concepts: Vec<ConceptId>,
    /// The places of the short names it is, in the list.
    pub(crate) short_names: Vec<usize>,
}

/// Short names of an institution as the index has them.
#[derive(Clone, Debug)]
struct ShortName {
    short: String,
    full: String,
}

/// Analyses text: words, spellings, concepts, short names. Share one.
#[derive(Debug)]
pub struct Lexicon {
    library: Arc<Library>,
    taxonomy: Arc<Taxonomy>,
    phrases: HashMap<String, Vec<Phrase>>,
    short_names: Vec<ShortName>,
    short_words: HashSet<String>,
    /// Places in `short_names` by the whole form of the full name.
    short_by_full: HashMap<String, Vec<usize>>,
    concept_fields: Vec<u64>,
    kinds: Vec<Vec<String>>,
    directions: Vec<DirectionId>,
    country_terms: HashMap<Country, Vec<String>>,
    /// Those that were asked for.
    subdivision_terms: Mutex<HashMap<Subdivision, Arc<[String]>>>,
    fingerprint: String,
}

impl Lexicon {
    /// A lexicon of some calls and a taxonomy.
    pub fn new(library: Arc<Library>, taxonomy: Arc<Taxonomy>) -> Self {
        let kinds = match library.vocabulary.find("member.kind").map(|(_, definition)| &definition.fact_type) {
            Some(FactType::Choice(choices)) => choices
                .iter()
                .map(|choice| std::iter::once(choice.value.clone()).chain(choice.also.iter().cloned()).collect())
                .collect(),
            _ => Vec::new(),
        };
        let directions = library.directions().map(|(id, ..)| id).collect();
        let concept_fields = taxonomy
            .concepts()
            .map(|(_, concept)| concept.fields.iter().fold(0, |mask, code| mask | with_upper(&taxonomy, code)))
            .collect();
        let mut lexicon = Self {
            fingerprint: fingerprint(&library, &taxonomy),
            phrases: HashMap::new(),
            short_names: Vec::new(),
            short_words: HashSet::new(),
            short_by_full: HashMap::new(),
            concept_fields,
            kinds,
            directions,
            country_terms: HashMap::new(),
            subdivision_terms: Mutex::default(),
            library,
            taxonomy,
        };
        lexicon.read_phrases();
        lexicon.read_countries();
        lexicon
    }

    fn read_phrases(&mut self) {
        let taxonomy = Arc::clone(&self.taxonomy);
        for (id, concept) in taxonomy.concepts() {
            for word in concept.zh.iter().chain(&concept.en) {
                self.add_phrase(word, Meaning::Concept(id));
            }
        }
        for (place, (short, full)) in taxonomy.short_names().enumerate() {
            self.add_phrase(short, Meaning::Short(place));
            self.short_words.insert(analysis::whole(&analysis::pieces(short)));
            let whole = analysis::whole(&analysis::pieces(full));
            self.short_by_full.entry(whole).or_default().push(place);
            self.short_names.push(ShortName { short: short.to_owned(), full: full.to_owned() });
        }
        for phrases in self.phrases.values_mut() {
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
        }
    }

    fn add_phrase(&mut self, text: &str, meaning: Meaning) {
        let pieces = analysis::pieces(text);
        let mut atoms = analysis::atoms(&pieces).into_iter().map(|atom| atom.text.to_owned());
        let Some(first) = atoms.next() else { return };
        let rest: Vec<String> = atoms.collect();
        // One Chinese character is part of too many words.
        if rest.is_empty() && first.chars().count() < 2 {
            return;
        }
        let phrases = self.phrases.entry(first).or_default();
        match phrases.iter_mut().find(|phrase| phrase.rest == rest) {
            Some(phrase) => {
                if !phrase.meanings.contains(&meaning) {
                    phrase.meanings.push(meaning);
                }
            }
            None => phrases.push(Phrase { rest, meanings: vec![meaning] }),
        }
    }

    fn read_countries(&mut self) {
        for info in self.library.places.countries() {
            let mut terms = HashSet::new();
            let long = info.short.iter().filter(|name| name.chars().count() > 1);
            let usual = USUAL.iter().filter(|(code, _)| *code == info.country.as_str()).map(|(_, name)| *name);
            for name in
                [info.name.zh.as_str(), info.name.en.as_str()].into_iter().chain(long.map(String::as_str)).chain(usual)
            {
                terms.extend(index_terms(&analysis::pieces(name)));
            }
            let mut terms: Vec<String> = terms.into_iter().filter(|term| !analysis::is_stop_word(term)).collect();
            terms.sort_unstable();
            self.country_terms.insert(info.country, terms);
        }
    }

    /// Tells indexes apart that were made with other calls, another taxonomy or another form of the index.
    pub fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    /// The taxonomy.
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// The concepts that a text has words for, by their places.
    pub fn concepts_in(&self, text: &str) -> Vec<ConceptId> {
        let mut concepts = self.concepts_of(&analysis::pieces(text));
        concepts.sort_unstable();
        concepts.dedup();
        concepts
    }

    /// What a concept is usually called.
    pub fn concept_name(&self, concept: ConceptId) -> Option<Localized> {
        let concept = self.taxonomy.concept(concept)?;
        Some(Localized::new(concept.zh.first()?.as_str(), concept.en.first()?.as_str()))
    }

    /// The codes of the fields that the concepts of a text belong to, in the order of the taxonomy.
    pub fn fields_in(&self, text: &str) -> Vec<&str> {
        let mask = self.concepts_in(text).into_iter().fold(0, |mask, concept| mask | self.fields_of(concept));
        self.field_codes(mask).collect()
    }

    fn concepts_of(&self, pieces: &[Piece]) -> Vec<ConceptId> {
        let atoms = analysis::atoms(pieces);
        self.phrases_in(pieces, &atoms).into_iter().flat_map(|found| found.concepts).collect()
    }

    /// The concepts under which a name is found: those of its phrases and of the phrases within them.
    pub(crate) fn all_concepts_of(&self, pieces: &[Piece]) -> Vec<ConceptId> {
        let atoms = analysis::atoms(pieces);
        self.all_phrases_in(pieces, &atoms).into_iter().flat_map(|found| found.concepts).collect()
    }

    /// The phrases of a text, and with each the shorter ones inside it that share a field with it: agriculture is in
    /// agricultural engineering, energy is not in high energy physics.
    fn all_phrases_in(&self, pieces: &[Piece], atoms: &[Atom<'_>]) -> Vec<Found> {
        let mut all = self.phrases_in(pieces, atoms);
        let mut within = Vec::new();
        for found in &all {
            let fields = found.concepts.iter().fold(0, |mask, concept| mask | self.fields_of(*concept));
            for start in found.atoms.clone() {
                let Some((first, rest)) = atoms.get(start..found.atoms.end).and_then(<[Atom<'_>]>::split_first) else {
                    continue;
                };
                for phrase in self.phrases.get(first.text).into_iter().flatten().filter(|phrase| phrase.begins(rest)) {
                    let place = start..start + 1 + phrase.rest.len();
                    let concepts = phrase.meanings.iter().filter_map(|meaning| match meaning {
                        Meaning::Concept(id) if self.fields_of(*id) & fields != 0 => Some(*id),
                        Meaning::Concept(_) | Meaning::Short(_) => None,
                    });
                    let concepts: Vec<ConceptId> = concepts.collect();
                    if place != found.atoms && !concepts.is_empty() {
                        within.push(Found { atoms: place, concepts, short_names: Vec::new() });
                    }
                }
            }
        }
        all.append(&mut within);
        all
    }

    /// The phrases of a text, from its beginning, always the longest; none reaches into another.
    pub(crate) fn phrases_in(&self, pieces: &[Piece], atoms: &[Atom<'_>]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some((first, rest)) = atoms.get(at..).and_then(<[Atom<'_>]>::split_first) {
            let begun = self.phrases.get(first.text).into_iter().flatten().filter(|phrase| phrase.begins(rest));
            let next = begun.into_iter().find_map(|phrase| {
                let place = at..at + 1 + phrase.rest.len();
                let mut found = Found { atoms: place, concepts: Vec::new(), short_names: Vec::new() };
                for meaning in &phrase.meanings {
                    match meaning {
                        Meaning::Concept(id) => found.concepts.push(*id),
                        Meaning::Short(place) => found.short_names.push(*place),
                    }
                }
                if !found.short_names.is_empty() && !stands_alone(pieces, atoms.get(found.atoms.clone())) {
                    found.short_names.clear();
                }
                (!found.concepts.is_empty() || !found.short_names.is_empty()).then_some(found)
            });
            let Some(next) = next else {
                at += 1;
                continue;
            };
            let end = next.atoms.end;
            found.push(next);
            at = end;
        }
        found
    }

    /// Whether a word found in Chinese text is only how two others meet: the short name 北大 in 东北大学, unlike 清华 in 清华大学.
    pub(crate) fn is_chance(&self, word: &str, pieces: &[Piece]) -> bool {
        let own = |piece: &Piece| match piece {
            Piece::Han(han) => han.words().iter().any(|(known, _)| known.starts_with(word)),
            Piece::Word(known) => known.term == word || known.words().any(|(known, _)| known == word),
            Piece::Grams(_) => false,
        };
        self.short_words.contains(word) && !pieces.iter().any(own)
    }

    /// The full name that a short name stands for.
    pub(crate) fn full_name(&self, place: usize) -> Option<&str> {
        self.short_names.get(place).map(|name| name.full.as_str())
    }

    /// The short names of the institution whose name this is, in its whole form.
    pub(crate) fn short_names_of(&self, whole: &str) -> impl Iterator<Item = &str> {
        let places = self.short_by_full.get(whole).into_iter().flatten();
        places.filter_map(|&place| self.short_names.get(place)).map(|name| name.short.as_str())
    }

    /// The fields of a concept, as bits by their places in the taxonomy; upper fields included.
    pub(crate) fn fields_of(&self, concept: ConceptId) -> u64 {
        self.concept_fields.get(usize::from(concept.0)).copied().unwrap_or_default()
    }

    /// The bits of a declared field and the one above it.
    pub(crate) fn declared_field(&self, code: &str) -> u64 {
        with_upper(&self.taxonomy, code)
    }

    /// The bit of one field.
    pub(crate) fn field_bit(&self, code: &str) -> u64 {
        field_bit(&self.taxonomy, code)
    }

    pub(crate) fn field_codes(&self, mask: u64) -> impl Iterator<Item = &str> {
        let fields = self.taxonomy.fields().iter().enumerate();
        fields
            .filter(move |(place, _)| mask.checked_shr(u32::try_from(*place).unwrap_or(64)).unwrap_or(0) & 1 == 1)
            .map(|(_, field)| field.code.as_str())
    }

    /// The number of a kind, from 1; 0 for one that the vocabulary does not have.
    pub(crate) fn kind_number(&self, kind: &str) -> u8 {
        let place = self.kinds.iter().position(|words| words.iter().any(|word| word == kind));
        place.and_then(|place| u8::try_from(place + 1).ok()).unwrap_or_default()
    }

    /// The word of a kind's number.
    pub(crate) fn kind_word(&self, number: u8) -> Option<&str> {
        self.kinds.get(usize::from(number).checked_sub(1)?)?.first().map(String::as_str)
    }

    /// The directions, in the order of the role bits.
    pub(crate) fn directions(&self) -> &[DirectionId] {
        &self.directions
    }

    /// Where the two bits of a role stand: the word and the shift.
    pub(crate) fn role_place(&self, direction: DirectionId, role: Role) -> Option<(usize, u32)> {
        let direction = self.directions.iter().position(|known| *known == direction)?;
        let role = Role::ALL.iter().position(|known| *known == role)?;
        let place = direction * Role::ALL.len() + role;
        Some((place / 32, u32::try_from(place % 32).ok()? * 2))
    }

    /// How many words of 64 bits the roles take.
    pub(crate) fn role_words(&self) -> usize {
        (self.directions.len() * Role::ALL.len()).div_ceil(32).max(1)
    }

    /// The terms of a country or region.
    pub(crate) fn country_terms(&self, country: Country) -> &[String] {
        self.country_terms.get(&country).map(Vec::as_slice).unwrap_or_default()
    }

    /// The terms of a subdivision.
    pub(crate) fn subdivision_terms(&self, subdivision: Subdivision) -> Arc<[String]> {
        let mut known = self.subdivision_terms.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(subdivision).or_insert_with(|| Self::read_subdivision(subdivision)))
    }

    fn read_subdivision(subdivision: Subdivision) -> Arc<[String]> {
        let code = subdivision.as_str();
        let chinese = PROVINCES.iter().filter(|(known, _)| *known == code).map(|(_, name)| *name);
        let english = rust_iso3166::iso3166_2::from_code(code).map(|known| known.name);
        chinese.chain(english).flat_map(|name| index_terms(&analysis::pieces(name))).collect()
    }

    /// Where a name meets a query: ranges of bytes in `candidate`, in order, none touching another.
    ///
    /// Met are the same words however they are spelt, in either Chinese script, as pinyin, by concept or by short name.
    pub fn highlight(&self, query: &str, candidate: &str) -> Vec<Range<usize>> {
        let asked = analysis::pieces(query);
        let mut terms: HashSet<String> = index_terms(&asked).into_iter().collect();
        let joined: String = query_syllables(&asked);
        if !joined.is_empty() {
            terms.insert(joined);
        }
        let asked_atoms = analysis::atoms(&asked);
        let mut concepts: HashSet<ConceptId> = HashSet::new();
        for found in self.phrases_in(&asked, &asked_atoms) {
            concepts.extend(found.concepts);
            for full in found.short_names.into_iter().filter_map(|place| self.full_name(place)) {
                terms.extend(index_terms(&analysis::pieces(full)));
            }
        }
        let all_stop = terms.iter().all(|term| analysis::is_stop_word(term));
        terms.retain(|term| !term.starts_with(analysis::PAIR) && (all_stop || !analysis::is_stop_word(term)));

        let pieces = analysis::pieces(candidate);
        let mut ranges = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Word(word) => {
                    if terms.contains(&word.term) {
                        ranges.push(word.range.clone());
                    }
                    let met = word.parts.iter().filter(|part| terms.contains(&part.term));
                    ranges.extend(met.map(|part| part.range.clone()));
                }
                Piece::Grams(grams) => {
                    let met = grams.parts.iter().filter(|part| terms.contains(&part.term));
                    ranges.extend(met.map(|part| part.range.clone()));
                }
                Piece::Han(han) => {
                    let spelt = |word: &str| analysis::pinyin(word).iter().any(|written| terms.contains(written));
                    let met = han
                        .all_words()
                        .into_iter()
                        .filter(|(word, _)| terms.contains(*word) || (word.chars().count() > 1 && spelt(word)));
                    ranges.extend(met.map(|(_, characters)| han.range(characters)));
                    let whole = han.len() > 1
                        && (spelt(&han.text)
                            || analysis::initials(&han.text).iter().any(|short| terms.contains(short)));
                    if whole {
                        ranges.push(han.range(0..han.len()));
                    }
                }
            }
        }
        let atoms = analysis::atoms(&pieces);
        for found in self.all_phrases_in(&pieces, &atoms) {
            if found.concepts.iter().any(|concept| concepts.contains(concept)) {
                ranges.extend(atoms.get(found.atoms).unwrap_or_default().iter().map(|atom| atom_range(&pieces, atom)));
            }
        }
        merge(ranges)
    }
}

/// The terms under which the index holds a text.
pub(crate) fn index_terms(pieces: &[Piece]) -> Vec<String> {
    let mut terms = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Word(word) => {
                terms.push(word.term.clone());
                terms.extend(word.parts.iter().map(|part| part.term.clone()));
                if word.parts.len() > 2 {
                    let pairs = word.parts.iter().zip(word.parts.iter().skip(1));
                    terms.extend(pairs.map(|(first, second)| format!("{}{}", first.term, second.term)));
                }
            }
            Piece::Han(han) => {
                terms.extend(han.all_words().into_iter().map(|(word, _)| word.to_owned()));
                terms.extend(han.pairs());
            }
            Piece::Grams(grams) => terms.extend(grams.parts.iter().map(|part| part.term.clone())),
        }
    }
    terms
}

/// The syllables of a query that is nothing else, joined; a word may be of several, as in `beijing daxue`.
pub(crate) fn query_syllables(pieces: &[Piece]) -> String {
    let syllables: Option<Vec<&str>> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Word(word) if analysis::is_pinyin(&word.folded) => Some(word.folded.as_str()),
            Piece::Word(_) | Piece::Han(_) | Piece::Grams(_) => None,
        })
        .collect();
    syllables.unwrap_or_default().concat()
}

/// Whether Chinese characters are words by themselves where they stand: 北大 is, and not within 东北大学.
fn stands_alone(pieces: &[Piece], atoms: Option<&[Atom<'_>]>) -> bool {
    let (Some(first), Some(last)) = (atoms.and_then(<[_]>::first), atoms.and_then(<[_]>::last)) else { return false };
    let words = |piece: usize| match pieces.get(piece) {
        Some(Piece::Han(han)) => Some(han.words()),
        _ => None,
    };
    words(first.piece).is_none_or(|words| words.iter().any(|(_, place)| place.start == first.place))
        && words(last.piece).is_none_or(|words| words.iter().any(|(_, place)| place.end == last.place + 1))
}

fn atom_range(pieces: &[Piece], atom: &Atom<'_>) -> Range<usize> {
    match pieces.get(atom.piece) {
        Some(Piece::Word(word)) => word.words().nth(atom.place).map_or(0..0, |(_, range)| range),
        Some(Piece::Han(han)) => han.range(atom.place..atom.place + 1),
        Some(Piece::Grams(grams)) => grams.range.clone(),
        None => 0..0,
    }
}

fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged.retain(|range| !range.is_empty());
    merged
}

fn field_bit(taxonomy: &Taxonomy, code: &str) -> u64 {
    let place = taxonomy.field(code).and_then(|(place, _)| u32::try_from(place).ok());
    place.and_then(|place| 1_u64.checked_shl(place)).unwrap_or_default()
}

fn with_upper(taxonomy: &Taxonomy, code: &str) -> u64 {
    let upper = code.split_once('.').map_or(0, |(above, _)| field_bit(taxonomy, above));
    field_bit(taxonomy, code) | upper
}

fn fingerprint(library: &Library, taxonomy: &Taxonomy) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    };
    add(&format!("format {FORMAT}"));
    for definition in library.vocabulary.facts(eligibility::vocabulary::Scope::Member) {
        add(&format!("{definition:?}"));
    }
    for info in library.places.countries() {
        add(&format!("{info:?}"));
    }
    for group in library.places.groups() {
        add(&format!("{group:?}"));
    }
    for (_, guide, direction) in library.directions() {
        add(&format!("{} {} {}", guide.id, guide.as_of, direction.id));
        for requirement in &direction.requirements {
            let eligibility::Requirement { id, modality, stage, binds, when, decision, .. } = requirement.as_ref();
            add(&format!("{id} {modality:?} {stage:?} {binds:?} {when:?} {decision:?}"));
        }
    }
    for field in taxonomy.fields() {
        add(&field.code);
    }
    for (_, concept) in taxonomy.concepts() {
        add(&format!("{concept:?}"));
    }
    for (short, full) in taxonomy.short_names() {
        add(short);
        add(full);
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
