//! The values of a segment's documents in memory, by document number.
//!
//! Values with few combinations are kept once: a document holds the number of its shape. A filter is then decided once a
//! shape, and a facet is one count a document.

use std::collections::HashMap;

use eligibility::Lang;
use eligibility::place::{Country, Subdivision};
use profile::Assurance;
use tantivy::columnar::StrColumn;
use tantivy::{DocId, SegmentReader};

use crate::document::Row;

/// The names of the columns that every index has.
pub(crate) const PLACE: &str = "place";
pub(crate) const TRAITS: &str = "traits";
pub(crate) const REGISTERED: &str = "registered";
pub(crate) const FIELDS: &str = "fields";
pub(crate) const RANK: &str = "rank";
pub(crate) const CHANGED_AT: &str = "changed_at";
pub(crate) const CREATED_AT: &str = "created_at";
pub(crate) const ID_HIGH: &str = "id_high";
pub(crate) const ID_LOW: &str = "id_low";
pub(crate) const NAMES: [&str; 2] = ["name_zh", "name_en"];
pub(crate) const FACTS: &str = "facts";

/// The column of one word of role bits.
pub(crate) fn roles_column(word: usize) -> String {
    format!("roles_{word}")
}

/// The names of all number columns, in the order of [`pack`].
pub(crate) fn number_columns(role_words: usize) -> Vec<String> {
    let fixed = [ID_HIGH, ID_LOW, PLACE, TRAITS, REGISTERED, FIELDS, RANK, CHANGED_AT, CREATED_AT].map(str::to_owned);
    fixed.into_iter().chain((0..role_words).map(roles_column)).collect()
}

const UNKNOWN_DAYS: u64 = u64::MAX;

/// The numbers of a row, in the order of [`number_columns`].
pub(crate) fn pack(row: &Row) -> Vec<u64> {
    let country = row.country.map(|country| code_number(country.as_str())).unwrap_or_default();
    let subdivision = row.subdivision.map(|subdivision| code_number(subdivision.as_str())).unwrap_or_default();
    let legal_person = match row.legal_person {
        None => 0,
        Some(false) => 1,
        Some(true) => 2_u64,
    };
    let assurance = match row.assurance {
        Assurance::Imported => 0,
        Assurance::SelfDeclared => 1,
        Assurance::Verified => 2_u64,
    };
    let traits = u64::from(row.kind) | legal_person << 8 | assurance << 16 | u64::from(row.registry_types) << 24;
    let registered = row
        .registered
        .map_or(UNKNOWN_DAYS, |(first, last)| u64::from(first.cast_unsigned()) << 32 | u64::from(last.cast_unsigned()));
    let [chinese, other] = row.label_words;
    let rank = u64::from(row.prominence)
        | u64::from(chinese) << 8
        | u64::from(other) << 16
        | u64::from(row.completeness) << 24;
    let mut numbers = vec![
        high(row.id),
        low(row.id),
        country << 48 | subdivision,
        traits,
        registered,
        row.fields,
        rank,
        row.changed_at.cast_unsigned(),
        row.created_at.cast_unsigned(),
    ];
    numbers.extend(&row.roles);
    numbers
}

fn high(number: u128) -> u64 {
    u64::try_from(number >> 64).unwrap_or_default()
}

fn low(number: u128) -> u64 {
    u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default()
}

fn byte(number: u64, at: u32) -> u8 {
    number.to_le_bytes().get(usize::try_from(at).unwrap_or_default()).copied().unwrap_or_default()
}

/// A code of at most six letters as a number that sorts as it does among codes of its length.
fn code_number(code: &str) -> u64 {
    code.bytes().take(6).fold(0, |number, byte| number << 8 | u64::from(byte))
}

fn code_of(number: u64) -> String {
    number.to_be_bytes().into_iter().filter(|byte| *byte != 0).map(char::from).collect()
}

/// What many documents have in common.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) country: Option<Country>,
    /// The country's code as a number; above all others when unknown.
    pub(crate) country_rank: u16,
    pub(crate) subdivision: Option<Subdivision>,
    pub(crate) kind: u8,
    pub(crate) legal_person: Option<bool>,
    pub(crate) assurance: Assurance,
    pub(crate) registry_types: u16,
    /// The place in [`Columns::places`].
    pub(crate) place: usize,
    /// The place in [`Columns::patterns`].
    pub(crate) pattern: usize,
}

/// What the score reads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rank {
    pub(crate) prominence: u8,
    pub(crate) chinese_words: u8,
    pub(crate) other_words: u8,
    /// Hundredths.
    pub(crate) completeness: u8,
}

/// The columns of a segment.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) shape: Vec<u32>,
    pub(crate) shapes: Vec<Shape>,
    /// Countries and subdivisions that occur together.
    pub(crate) places: Vec<(Option<Country>, Option<Subdivision>)>,
    /// Role bits that occur together.
    pub(crate) patterns: Vec<Vec<u64>>,
    pub(crate) topic: Vec<u32>,
    /// Field bits that occur together.
    pub(crate) topics: Vec<u64>,
    pub(crate) registered: Vec<Option<(i32, i32)>>,
    pub(crate) rank: Vec<Rank>,
    pub(crate) changed_at: Vec<i64>,
    pub(crate) created_at: Vec<i64>,
    pub(crate) id: Vec<u128>,
    /// The place in [`Columns::fact_sets`].
    pub(crate) facts: Vec<u32>,
    /// Facts that occur together, as the documents' texts have them.
    pub(crate) fact_sets: Vec<Box<str>>,
    name_ordinals: [Vec<u32>; 2],
    names: [Option<StrColumn>; 2],
}

impl Columns {
    pub(crate) fn load(segment: &SegmentReader, role_words: usize) -> tantivy::Result<Self> {
        let count = usize::try_from(segment.max_doc()).unwrap_or_default();
        let numbers = |name: &str| -> tantivy::Result<Vec<u64>> {
            let mut values = vec![0; count];
            segment.fast_fields().column_first_or_default::<u64>(name)?.get_range(0, &mut values);
            Ok(values)
        };
        let mut columns = Self {
            shape: Vec::with_capacity(count),
            shapes: Vec::new(),
            places: Vec::new(),
            patterns: Vec::new(),
            topic: Vec::with_capacity(count),
            topics: Vec::new(),
            registered: numbers(REGISTERED)?.into_iter().map(days).collect(),
            rank: numbers(RANK)?.into_iter().map(rank).collect(),
            changed_at: numbers(CHANGED_AT)?.into_iter().map(u64::cast_signed).collect(),
            created_at: numbers(CREATED_AT)?.into_iter().map(u64::cast_signed).collect(),
            id: Vec::with_capacity(count),
            facts: Vec::new(),
            fact_sets: Vec::new(),
            name_ordinals: [Vec::new(), Vec::new()],
            names: [None, None],
        };
        let ids = numbers(ID_HIGH)?.into_iter().zip(numbers(ID_LOW)?);
        columns.id.extend(ids.map(|(high, low)| u128::from(high) << 64 | u128::from(low)));
        columns.load_shapes(&numbers, role_words)?;
        let mut topics: HashMap<u64, u32> = HashMap::new();
        for fields in numbers(FIELDS)? {
            let next = u32::try_from(topics.len()).unwrap_or(u32::MAX);
            columns.topic.push(*topics.entry(fields).or_insert_with(|| {
                columns.topics.push(fields);
                next
            }));
        }
        for (at, name) in NAMES.into_iter().enumerate() {
            let column = segment.fast_fields().str(name)?;
            if let Some(column) = &column
                && let Some(place) = columns.name_ordinals.get_mut(at)
            {
                *place = ordinals(column, count);
            }
            if let Some(place) = columns.names.get_mut(at) {
                *place = column;
            }
        }
        if let Some(column) = segment.fast_fields().str(FACTS)? {
            columns.facts = ordinals(&column, count);
            let mut texts = column.dictionary().stream()?;
            while texts.advance() {
                columns.fact_sets.push(String::from_utf8_lossy(texts.key()).into());
            }
        }
        Ok(columns)
    }

    fn load_shapes(
        &mut self,
        numbers: &impl Fn(&str) -> tantivy::Result<Vec<u64>>,
        role_words: usize,
    ) -> tantivy::Result<()> {
        let mut roles = (0..role_words)
            .map(|word| numbers(&roles_column(word)).map(Vec::into_iter))
            .collect::<tantivy::Result<Vec<_>>>()?;
        let mut patterns: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut shapes: HashMap<(u64, u64, usize), u32> = HashMap::new();
        let mut places: HashMap<u64, usize> = HashMap::new();
        let mut bits = Vec::with_capacity(role_words);
        for (place, traits) in numbers(PLACE)?.into_iter().zip(numbers(TRAITS)?) {
            bits.clear();
            bits.extend(roles.iter_mut().map(|word| word.next().unwrap_or_default()));
            let pattern = match patterns.get(&bits) {
                Some(pattern) => *pattern,
                None => {
                    let pattern = self.patterns.len();
                    self.patterns.push(bits.clone());
                    patterns.insert(bits.clone(), pattern);
                    pattern
                }
            };
            if let Some(shape) = shapes.get(&(place, traits, pattern)) {
                self.shape.push(*shape);
                continue;
            }
            let number = u32::try_from(shapes.len()).unwrap_or(u32::MAX);
            let mut made = shape(place, traits, pattern);
            made.place = *places.entry(place).or_insert_with(|| {
                self.places.push((made.country, made.subdivision));
                self.places.len() - 1
            });
            self.shapes.push(made);
            self.shape.push(number);
            shapes.insert((place, traits, pattern), number);
        }
        Ok(())
    }

    pub(crate) fn name_ordinal(&self, lang: Lang, doc: DocId) -> u32 {
        let [chinese, english] = &self.name_ordinals;
        let ordinals = if lang == Lang::Zh { chinese } else { english };
        at(ordinals, doc).copied().unwrap_or_default()
    }

    pub(crate) fn names(&self, lang: Lang) -> Option<&StrColumn> {
        let [chinese, english] = &self.names;
        if lang == Lang::Zh { chinese.as_ref() } else { english.as_ref() }
    }

    pub(crate) fn shape_of(&self, doc: DocId) -> Option<&Shape> {
        at(&self.shapes, *at(&self.shape, doc)?)
    }
}

/// The value of a document, or of another number of 32 bits.
pub(crate) fn at<T>(values: &[T], number: u32) -> Option<&T> {
    values.get(usize::try_from(number).ok()?)
}

/// The number of each document's text among the texts of a column in their order.
fn ordinals(column: &StrColumn, count: usize) -> Vec<u32> {
    let mut values = vec![0; count];
    column.ords().clone().first_or_default_col(0).get_range(0, &mut values);
    values.into_iter().map(|ordinal| u32::try_from(ordinal).unwrap_or(u32::MAX)).collect()
}

fn days(number: u64) -> Option<(i32, i32)> {
    if number == UNKNOWN_DAYS {
        return None;
    }
    let half = |shift: u32| u32::try_from(number >> shift & u64::from(u32::MAX)).unwrap_or_default().cast_signed();
    Some((half(32), half(0)))
}

fn rank(number: u64) -> Rank {
    Rank {
        prominence: byte(number, 0),
        chinese_words: byte(number, 1),
        other_words: byte(number, 2),
        completeness: byte(number, 3),
    }
}

fn shape(place: u64, traits: u64, pattern: usize) -> Shape {
    let country = Country::parse(&code_of(place >> 48));
    Shape {
        country,
        country_rank: country.map_or(u16::MAX, |_| u16::try_from(place >> 48).unwrap_or(u16::MAX)),
        subdivision: Subdivision::parse(&code_of(place & 0xffff_ffff_ffff)),
        kind: byte(traits, 0),
        legal_person: match byte(traits, 1) {
            1 => Some(false),
            2 => Some(true),
            _ => None,
        },
        assurance: match byte(traits, 2) {
            1 => Assurance::SelfDeclared,
            2 => Assurance::Verified,
            _ => Assurance::Imported,
        },
        registry_types: u16::from(byte(traits, 3)) | u16::from(byte(traits, 4)) << 8,
        place: 0,
        pattern,
    }
}
