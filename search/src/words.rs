//! What a short text says, kept to be met by queries: for lists that are too small for an index of their own.

use std::collections::HashSet;

use profile::ConceptId;

use crate::analysis::{self, PAIR, Piece};
use crate::lexicon::{Lexicon, index_terms};

/// The words of a text, and what they mean.
#[derive(Clone, Debug, Default)]
pub struct Words {
    terms: HashSet<String>,
    concepts: HashSet<ConceptId>,
}

impl Words {
    /// The words of a text.
    pub fn of(lexicon: &Lexicon, text: &str) -> Self {
        let pieces = analysis::pieces(text);
        let concepts = lexicon.all_concepts_of(&pieces).into_iter().collect();
        Self { terms: index_terms(&pieces).into_iter().collect(), concepts }
    }
}

/// A word or a phrase of a query: met by any of its concepts, or by all terms of one of its forms.
#[derive(Clone, Debug)]
struct Slot {
    concepts: Vec<ConceptId>,
    forms: Vec<Vec<String>>,
}

/// What a query asks for: all of its words, those that are phrases in any language.
#[derive(Clone, Debug)]
pub struct Asked(Vec<Slot>);

impl Asked {
    /// What a query asks for.
    pub fn new(lexicon: &Lexicon, query: &str) -> Self {
        let pieces = analysis::pieces(query);
        let atoms = analysis::atoms(&pieces);
        let mut slots = Vec::new();
        let mut taken: HashSet<(usize, usize)> = HashSet::new();
        for found in lexicon.phrases_in(&pieces, &atoms) {
            let atoms = atoms.get(found.atoms).unwrap_or_default();
            taken.extend(atoms.iter().map(|atom| (atom.piece, atom.place)));
            let texts: Vec<&str> = atoms.iter().map(|atom| atom.text).collect();
            let gap = if texts.iter().all(|text| text.is_ascii()) { " " } else { "" };
            let typed = terms_of(&analysis::pieces(&texts.join(gap)));
            let full = found.short_names.iter().filter_map(|place| lexicon.full_name(*place));
            let full = full.map(|name| terms_of(&analysis::pieces(name)));
            slots.push(Slot { concepts: found.concepts, forms: std::iter::once(typed).chain(full).collect() });
        }
        for (place, piece) in pieces.iter().enumerate() {
            let is_free = |at: usize| !taken.contains(&(place, at));
            let mut free = |terms: Vec<String>| slots.push(Slot { concepts: Vec::new(), forms: vec![terms] });
            match piece {
                Piece::Word(word) if word.words().enumerate().all(|(at, _)| is_free(at)) => {
                    free(vec![word.term.clone()])
                }
                Piece::Word(_) => {}
                Piece::Han(han) => {
                    let words = han.words().into_iter().filter(|(_, at)| at.clone().all(is_free));
                    words.for_each(|(word, _)| free(vec![word.to_owned()]));
                }
                Piece::Grams(grams) if is_free(0) => free(grams.parts.iter().map(|part| part.term.clone()).collect()),
                Piece::Grams(_) => {}
            }
        }
        // Words such as “and” are asked for only where nothing else is.
        let is_stop = |slot: &Slot| {
            slot.concepts.is_empty() && slot.forms.iter().flatten().all(|term| analysis::is_stop_word(term))
        };
        if !slots.iter().all(is_stop) {
            slots.retain(|slot| !is_stop(slot));
        }
        Self(slots)
    }

    /// Whether a text has all that is asked for. A query without a word is met by every text.
    pub fn is_met_by(&self, words: &Words) -> bool {
        self.0.iter().all(|slot| {
            slot.concepts.iter().any(|concept| words.concepts.contains(concept))
                || slot.forms.iter().any(|form| !form.is_empty() && form.iter().all(|term| words.terms.contains(term)))
        })
    }
}

/// The words of a name, without those that say nothing and the pairs of characters.
fn terms_of(pieces: &[Piece]) -> Vec<String> {
    let terms = index_terms(pieces).into_iter();
    terms.filter(|term| !term.starts_with(PAIR) && !analysis::is_stop_word(term)).collect()
}
