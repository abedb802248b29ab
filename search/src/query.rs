//! From a text to a plan: what must be found, under which terms, and what it is worth.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use profile::ConceptId;
use serde::{Deserialize, Serialize};
use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use crate::analysis::{self, Atom, PAIR, Piece};
use crate::document::concept_term;
use crate::error::QueryError;
use crate::index::Snapshot;
use crate::lexicon::{self, Lexicon};
use crate::request::Matching;

const CHARACTERS_AT_MOST: usize = 500;
const SLOTS_AT_MOST: usize = 40;
/// Correcting walks the vocabulary: so many words of a text, the others count as not found.
const CORRECTED_AT_MOST: usize = 4;
/// Nor is a longer word corrected: one character can fold to many letters.
const CORRECTED_LETTERS: usize = 40;
/// A word of more documents than this is not a misspelling of another.
const MISSPELT_AT_MOST: u64 = 8;
/// So many words of the index are taken for one that is not in it.
const REPLACEMENTS: usize = 6;
/// So many words that begin alike are looked at.
const BEGINNINGS_AT_MOST: usize = 4_000;
/// More syllables are not taken for one word.
const SYLLABLES_AT_MOST: usize = 16;

/// Terms of which a document must have all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alternative {
    pub(crate) terms: Vec<String>,
    /// How much of the points it gives.
    pub(crate) percent: u8,
}

/// Something that a document must have, in one of several ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) typed: String,
    pub(crate) alternatives: Vec<Alternative>,
    /// The rarer, the more points.
    pub(crate) weight: u8,
}

/// What a text asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) slots: Vec<Slot>,
    /// How many of the slots a document must meet.
    pub(crate) at_least: usize,
    pub(crate) matching: Matching,
    pub(crate) corrections: Vec<(String, Vec<String>)>,
    /// The text as a whole name, and its syllables joined.
    pub(crate) wholes: Vec<String>,
    /// How many words it has, and whether they are in Chinese characters.
    pub(crate) words: u8,
    pub(crate) chinese: bool,
}

impl Plan {
    /// Whether it is one that a text of the longest length can have.
    pub(crate) fn is_plausible(&self) -> bool {
        let alternatives = self.slots.iter().map(|slot| slot.alternatives.len()).sum::<usize>();
        let terms = self.slots.iter().flat_map(|slot| &slot.alternatives).map(|one| one.terms.len()).sum::<usize>();
        self.slots.len() <= SLOTS_AT_MOST
            && (1..=self.slots.len().max(1)).contains(&self.at_least)
            && alternatives <= 600
            && terms <= 2_000
            && self.wholes.len() <= 2
            && self
                .slots
                .iter()
                .flat_map(|slot| &slot.alternatives)
                .all(|one| !one.terms.is_empty() && one.percent <= 100)
    }
}

/// A word of a query before it becomes a slot.
struct Unit {
    atoms: Range<usize>,
    range: Range<usize>,
    alternatives: Vec<Alternative>,
    /// Used when the word itself is not in the index.
    fallback: Vec<Alternative>,
    /// The term, of a word that may be misspelt.
    word: Option<String>,
    syllable: Option<String>,
    stop: bool,
}

fn alternative(terms: Vec<String>, percent: u8) -> Alternative {
    Alternative { terms, percent }
}

/// A slot that is not yet looked up.
#[derive(Clone)]
struct Draft {
    slot: Slot,
    fallback: Vec<Alternative>,
    word: Option<String>,
    last: bool,
}

/// Whether a text is none: nothing but white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// The plan for a text. `meets` tells whether any document meets a plan.
pub(crate) fn plan(
    snapshot: &Snapshot,
    text: &str,
    meets: impl Fn(&Plan) -> Result<bool, QueryError>,
    most: impl Fn(&Plan) -> Result<usize, QueryError>,
) -> Result<Plan, QueryError> {
    if text.chars().count() > CHARACTERS_AT_MOST {
        return Err(QueryError::TooLong);
    }
    let pieces = analysis::pieces(text);
    let mut drafts = drafts(snapshot, text, &pieces)?;
    if drafts.len() > SLOTS_AT_MOST {
        return Err(QueryError::TooLong);
    }
    let (words, chinese) = crate::document::count_words(&pieces);
    let mut wholes = vec![analysis::whole(&pieces)];
    let joined = lexicon::query_syllables(&pieces);
    if !joined.is_empty() && !wholes.contains(&joined) {
        wholes.push(joined);
    }
    let base = Plan { wholes, words: u8::try_from(words).unwrap_or(u8::MAX), chinese, ..Plan::default() };
    let mut frequencies = frequencies(snapshot, &mut drafts)?;
    let all = |drafts: &[Draft], matching, corrections: &[(String, Vec<String>)]| {
        let slots: Vec<Slot> = drafts.iter().map(|draft| draft.slot.clone()).collect();
        Plan { at_least: slots.len(), slots, matching, corrections: corrections.to_vec(), ..base.clone() }
    };
    if frequencies.iter().all(|frequency| *frequency > 0) {
        let exact = all(&drafts, Matching::Exact, &[]);
        if exact.slots.is_empty() || meets(&exact)? {
            return Ok(exact);
        }
    }
    let missing_only = frequencies.contains(&0);
    if !missing_only && drafts.iter().any(|draft| !draft.fallback.is_empty()) {
        // Words may have been parted here otherwise than in the name.
        for draft in &mut drafts {
            draft.slot.alternatives.append(&mut draft.fallback);
        }
        let exact = all(&drafts, Matching::Exact, &[]);
        if meets(&exact)? {
            return Ok(exact);
        }
    }
    let mut corrections = Vec::new();
    let mut tried = 0;
    // First the words that are nowhere; then also those that are in so few names that they may be misspelt there too.
    let rounds: &[u64] = if missing_only { &[0, MISSPELT_AT_MOST] } else { &[MISSPELT_AT_MOST] };
    // Where not all words are met after all, words that are in the index stay what they are.
    let mut certain = (drafts.clone(), frequencies.clone(), corrections.clone());
    for right in rounds {
        let before = corrections.len();
        for (draft, frequency) in drafts.iter_mut().zip(&mut frequencies) {
            if *frequency > *right || tried >= CORRECTED_AT_MOST {
                continue;
            }
            let Some(word) = draft.word.take().filter(|word| word.chars().count() <= CORRECTED_LETTERS) else {
                continue;
            };
            tried += 1;
            let replacements = replacements(snapshot, &word, draft.last)?;
            if replacements.is_empty() {
                continue;
            }
            corrections.push((draft.slot.typed.clone(), replacements.iter().map(|(term, _)| term.clone()).collect()));
            for (term, percent) in replacements {
                draft.slot.alternatives.push(alternative(vec![term], percent));
            }
            let found = frequency_of(snapshot, &draft.slot)?;
            draft.slot.weight = weight(snapshot, found);
            *frequency = found;
        }
        if corrections.len() > before && frequencies.iter().all(|frequency| *frequency > 0) {
            let corrected = all(&drafts, Matching::Corrected, &corrections);
            if meets(&corrected)? {
                return Ok(corrected);
            }
        }
        if *right == 0 {
            certain = (drafts.clone(), frequencies.clone(), corrections.clone());
        }
    }
    let (mut drafts, frequencies, corrections) = certain;
    let mut frequency = frequencies.iter();
    drafts.retain(|_| frequency.next().is_some_and(|frequency| *frequency > 0));
    let mut partial = all(&drafts, Matching::Partial, &corrections);
    partial.at_least = 1;
    if !partial.slots.is_empty() {
        partial.at_least = most(&partial)?.max(1);
    }
    Ok(partial)
}

fn drafts(snapshot: &Snapshot, text: &str, pieces: &[Piece]) -> Result<Vec<Draft>, QueryError> {
    let lexicon = &snapshot.lexicon;
    let atoms = analysis::atoms(pieces);
    let phrases = lexicon.phrases_in(pieces, &atoms);
    let borders: HashSet<usize> = phrases.iter().flat_map(|found| [found.atoms.start, found.atoms.end]).collect();
    let units = units(pieces, &atoms, &borders);
    let all_stop = units.iter().all(|unit| unit.stop);
    let typed = |units: &[Unit]| {
        let start = units.first().map_or(0, |unit| unit.range.start);
        let end = units.last().map_or(0, |unit| unit.range.end);
        text.get(start..end).unwrap_or_default().to_owned()
    };
    let mut drafts: Vec<Draft> = Vec::new();
    let mut end = 0;
    let mut rest = units.as_slice();
    while let Some(first) = rest.first() {
        let phrase = phrases.iter().find_map(|found| {
            let length = rest.iter().position(|unit| unit.atoms.end == found.atoms.end)? + 1;
            (found.atoms.start == first.atoms.start).then_some((found, length))
        });
        let is_syllable = |unit: &&Unit| {
            unit.syllable.is_some() && !phrases.iter().any(|found| found.atoms.start == unit.atoms.start)
        };
        let syllables = rest.iter().take_while(is_syllable).take(SYLLABLES_AT_MOST).count();
        let length = match phrase {
            Some((_, length)) => length,
            None if syllables > 1 => syllables,
            None => 1,
        };
        let (group, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = after;
        let stop = group.iter().all(|unit| unit.stop) && phrase.is_none();
        if stop && !all_stop {
            continue;
        }
        let between = text.get(end..first.range.start).unwrap_or_default();
        end = group.last().map_or(end, |unit| unit.range.end);
        let mut draft = match group {
            [unit] => Draft {
                slot: Slot { typed: typed(group), alternatives: unit.alternatives.clone(), weight: 1 },
                fallback: unit.fallback.clone(),
                word: unit.word.clone(),
                last: false,
            },
            several => grouped(several, typed(group)),
        };
        match phrase {
            Some((found, _)) => add_meanings(lexicon, &mut draft.slot, &found.concepts, &found.short_names),
            None if length > 1 => add_syllables(snapshot, &mut draft.slot, group)?,
            None => {}
        }
        if let Some(before) = drafts.last_mut().filter(|_| is_or(between)) {
            // One of them is enough.
            before.slot.typed = format!("{} / {}", before.slot.typed, draft.slot.typed);
            before.slot.alternatives.append(&mut draft.slot.alternatives);
            before.fallback.append(&mut draft.fallback);
            before.word = None;
            continue;
        }
        // The same word twice asks for nothing more.
        if !drafts.iter().any(|known| known.slot.alternatives == draft.slot.alternatives) {
            drafts.push(draft);
        }
    }
    if let Some(last) = drafts.last_mut() {
        last.last = true;
    }
    Ok(drafts)
}

/// Whether what stands between two words leaves the choice between them.
fn is_or(between: &str) -> bool {
    let word = |word: &str| word.eq_ignore_ascii_case("or");
    between.contains(['、', '或']) || between.split(|letter: char| !letter.is_alphanumeric()).any(word)
}

/// Several words as one slot: all of them, by their first alternatives.
fn grouped(units: &[Unit], typed: String) -> Draft {
    let all_stop = units.iter().all(|unit| unit.stop);
    let told = || units.iter().filter(|unit| all_stop || !unit.stop);
    let firsts = told().filter_map(|unit| unit.alternatives.first());
    let terms: Vec<String> = firsts.flat_map(|one| one.terms.iter().cloned()).collect();
    let mut fallback = Vec::new();
    for unit in told() {
        let one = unit.fallback.first().or(unit.alternatives.first());
        fallback.extend(one.into_iter().flat_map(|one| one.terms.iter().cloned()));
    }
    let fallback = if fallback == terms { Vec::new() } else { vec![alternative(fallback, 80)] };
    Draft {
        slot: Slot { typed, alternatives: vec![alternative(terms, 100)], weight: 1 },
        fallback,
        word: None,
        last: false,
    }
}

fn add_meanings(lexicon: &Lexicon, slot: &mut Slot, concepts: &[ConceptId], short_names: &[usize]) {
    for concept in concepts {
        slot.alternatives.push(alternative(vec![concept_term(*concept)], 100));
    }
    for full in short_names.iter().filter_map(|place| lexicon.full_name(*place)) {
        let pieces = analysis::pieces(full);
        let atoms = analysis::atoms(&pieces);
        let units = units(&pieces, &atoms, &HashSet::new());
        let firsts = units.iter().filter(|unit| !unit.stop).filter_map(|unit| unit.alternatives.first());
        let terms: Vec<String> = firsts.flat_map(|one| one.terms.iter().cloned()).collect();
        if !terms.is_empty() {
            slot.alternatives.push(alternative(terms, 100));
        }
    }
}

/// Syllables as words of pinyin: all in one, and parted into the longest words that the index has.
fn add_syllables(snapshot: &Snapshot, slot: &mut Slot, units: &[Unit]) -> Result<(), QueryError> {
    let syllables: Vec<&str> = units.iter().filter_map(|unit| unit.syllable.as_deref()).collect();
    slot.alternatives.push(alternative(vec![syllables.concat()], 100));
    let mut terms = Vec::new();
    let mut rest = syllables.as_slice();
    while !rest.is_empty() {
        let mut length = rest.len().min(6);
        while length > 1 {
            let joined = rest.get(..length).unwrap_or_default().concat();
            if snapshot.frequency(&joined)? > 0 {
                break;
            }
            length -= 1;
        }
        terms.push(rest.get(..length).unwrap_or_default().concat());
        rest = rest.get(length..).unwrap_or_default();
    }
    if terms.len() > 1 && terms.len() < syllables.len() {
        slot.alternatives.push(alternative(terms, 100));
    }
    Ok(())
}

fn units(pieces: &[Piece], atoms: &[Atom<'_>], borders: &HashSet<usize>) -> Vec<Unit> {
    let mut first_atoms = BTreeMap::new();
    for (place, atom) in atoms.iter().enumerate() {
        first_atoms.entry(atom.piece).or_insert(place);
    }
    let mut units = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        let first = first_atoms.get(&place).copied().unwrap_or_default();
        match piece {
            Piece::Word(word) => {
                let count = word.words().count();
                let mut alternatives = vec![alternative(vec![word.term.clone()], 100)];
                let long = analysis::written_out(&word.term).iter();
                alternatives.extend(long.map(|long| alternative(vec![(*long).to_owned()], 90)));
                if !word.parts.is_empty() {
                    let told = |part: &&analysis::Part| !analysis::is_stop_word(&part.term);
                    let parts: Vec<String> = word.parts.iter().filter(told).map(|part| part.term.clone()).collect();
                    if !parts.is_empty() && parts.as_slice() != std::slice::from_ref(&word.term) {
                        alternatives.push(alternative(parts, 95));
                    }
                }
                let numeric = word.term.chars().all(|character| character.is_ascii_digit());
                let simple = word.parts.is_empty();
                units.push(Unit {
                    atoms: first..first + count,
                    range: word.range.clone(),
                    alternatives,
                    fallback: Vec::new(),
                    word: (!numeric).then(|| word.term.clone()),
                    syllable: (simple && analysis::is_syllable(&word.folded)).then(|| word.folded.clone()),
                    stop: analysis::is_stop_word(&word.term),
                });
            }
            Piece::Grams(grams) => {
                let terms: Vec<String> = grams.parts.iter().map(|part| part.term.clone()).collect();
                if !terms.is_empty() {
                    units.push(Unit {
                        atoms: first..first + 1,
                        range: grams.range.clone(),
                        alternatives: vec![alternative(terms, 100)],
                        fallback: Vec::new(),
                        word: None,
                        syllable: None,
                        stop: false,
                    });
                }
            }
            Piece::Han(han) => {
                let characters: Vec<char> = han.text.chars().collect();
                let mut start = 0;
                for end in 1..=han.len() {
                    if end != han.len() && !borders.contains(&(first + end)) {
                        continue;
                    }
                    for (word, within) in han.words_in(start..end) {
                        units.push(Unit {
                            atoms: first + within.start..first + within.end,
                            range: han.range(within.clone()),
                            alternatives: vec![alternative(vec![word.to_owned()], 100)],
                            fallback: pairs(&characters, &within),
                            word: None,
                            syllable: None,
                            stop: analysis::is_stop_word(word),
                        });
                    }
                    start = end;
                }
            }
        }
    }
    units
}

/// The pairs of characters that a word consists of; of a single character, those that it forms with its neighbours.
fn pairs(characters: &[char], within: &Range<usize>) -> Vec<Alternative> {
    let pair = |at: usize| match characters.get(at..at + 2) {
        Some([first, second]) => Some(format!("{PAIR}{first}{second}")),
        _ => None,
    };
    if within.len() > 1 {
        let terms: Vec<String> = (within.start..within.end - 1).filter_map(pair).collect();
        return vec![alternative(terms, 80)];
    }
    let before = within.start.checked_sub(1).and_then(pair);
    before.into_iter().chain(pair(within.start)).map(|term| alternative(vec![term], 80)).collect()
}

/// In how many documents each slot is found, at most. Words that are in none get their fallback.
fn frequencies(snapshot: &Snapshot, drafts: &mut [Draft]) -> Result<Vec<u64>, QueryError> {
    let mut frequencies = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mut frequency = frequency_of(snapshot, &draft.slot)?;
        if frequency == 0 && !draft.fallback.is_empty() {
            draft.slot.alternatives.append(&mut draft.fallback);
            frequency = frequency_of(snapshot, &draft.slot)?;
        }
        draft.slot.weight = weight(snapshot, frequency);
        frequencies.push(frequency);
    }
    Ok(frequencies)
}

fn frequency_of(snapshot: &Snapshot, slot: &Slot) -> Result<u64, QueryError> {
    let mut sum = 0;
    for one in &slot.alternatives {
        let mut least = u64::MAX;
        for term in &one.terms {
            least = least.min(snapshot.frequency(term)?);
        }
        sum += if least == u64::MAX { 0 } else { least };
    }
    Ok(sum)
}

/// One more than the binary logarithm of how many documents there are for one that has it.
fn weight(snapshot: &Snapshot, frequency: u64) -> u8 {
    let all = u64::try_from(snapshot.len()).unwrap_or(u64::MAX);
    let rarity = (all / frequency.max(1)).max(1).ilog2() + 1;
    u8::try_from(rarity.min(20)).unwrap_or(20)
}

/// Words of the index that may be meant by one that it does not have, the best first, and how much they are worth.
fn replacements(snapshot: &Snapshot, word: &str, last: bool) -> Result<Vec<(String, u8)>, QueryError> {
    let length = word.chars().count();
    let distances = match length {
        0..=3 => 0..=0,
        4..=7 => 1..=1,
        _ => 1..=2_u8,
    };
    let mut found: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    // The second wrong letter costs ten times the first: only when one explains nothing.
    for distance in distances.filter(|distance| *distance > 0) {
        if !found.is_empty() {
            break;
        }
        let query = FuzzyTermQuery::new(Term::from_field_text(snapshot.fields.term, word), distance, true);
        let automaton = query.automaton()?;
        for segment in &snapshot.segments {
            let inverted = segment.reader.inverted_index(snapshot.fields.term)?;
            let mut stream = inverted.terms().search(&automaton).into_stream()?;
            while stream.advance() {
                let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
                if term.starts_with([PAIR, '#']) || term == word {
                    continue;
                }
                let (_, count) = found.entry(term.to_owned()).or_insert_with(|| (edits(word, term), 0));
                *count += u64::from(stream.value().doc_freq);
            }
        }
    }
    if last && length > 2 {
        for segment in &snapshot.segments {
            let inverted = segment.reader.inverted_index(snapshot.fields.term)?;
            let mut stream = inverted.terms().range().ge(word).into_stream()?;
            let mut seen = 0;
            while seen < BEGINNINGS_AT_MOST && stream.advance() {
                seen += 1;
                let Some(term) = std::str::from_utf8(stream.key()).ok().filter(|term| term.starts_with(word)) else {
                    break;
                };
                if term != word {
                    // A longer word costs as much as one wrong letter.
                    let (edits, count) = found.entry(term.to_owned()).or_insert((1, 0));
                    if *edits == 1 {
                        *count += u64::from(stream.value().doc_freq);
                    }
                }
            }
        }
    }
    let mut best: Vec<(String, usize, u64)> =
        found.into_iter().map(|(term, (edits, count))| (term, edits, count)).collect();
    best.sort_by(|a, b| (a.1, std::cmp::Reverse(a.2), &a.0).cmp(&(b.1, std::cmp::Reverse(b.2), &b.0)));
    best.truncate(REPLACEMENTS);
    Ok(best.into_iter().map(|(term, edits, _)| (term, if edits <= 1 { 70 } else { 50 })).collect())
}

/// Insertions, deletions, replacements and exchanges of neighbours that make one word another.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    let mut before = None;
    for (line, character) in from.chars().enumerate() {
        let mut next = vec![line + 1];
        let mut left = None;
        for (column, other) in to.iter().enumerate() {
            let cost = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (cost(&row, column) + usize::from(character != *other))
                .min(cost(&row, column + 1) + 1)
                .min(cost(&next, column) + 1);
            if before == Some(*other) && left == Some(character) && column > 0 {
                best = best.min(cost(&above, column - 1) + 1);
            }
            next.push(best);
            left = Some(*other);
        }
        before = Some(character);
        above = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

impl Snapshot {
    /// In how many documents a term is, those taken out but not yet merged away included.
    pub(crate) fn frequency(&self, term: &str) -> Result<u64, QueryError> {
        let term = Term::from_field_text(self.fields.term, term);
        let mut sum = 0;
        for segment in &self.segments {
            sum += u64::from(segment.reader.inverted_index(self.fields.term)?.doc_freq(&term)?);
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn edits_count_exchanged_neighbours_once() {
        for (from, to, count) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("univeristy", "university", 1),
            ("ab", "bca", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(edits(from, to), count, "{from} {to}");
        }
    }
}
