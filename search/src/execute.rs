//! Carries out a plan: walks postings, checks filters, counts, scores, and keeps the best.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use eligibility::place::{Country, Place, Subdivision};
use eligibility::{Lang, Role};
use profile::{ProfileId, RegistryType, RolePossibility};
use tantivy::columnar::TermOrdHit;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, TERMINATED, Term};

use crate::columns::{Columns, Shape, at};
use crate::cursor::{self, Cursor, Position};
use crate::document::{self, concept_term, origin, whole};
use crate::error::QueryError;
use crate::index::{Segment, Snapshot};
use crate::lexicon::Lexicon;
use crate::query::{self, Plan, Slot};
use crate::request::{By, Count, Facets, Filter, Hit, Matching, Page, Reason, Request, RoleCount, Score, ScorePart};

/// Points above anything that words give.
const ELIGIBLE: u32 = 20_000;
const POSSIBLE: u32 = 10_000;
const BOOST: u32 = 30;
const COVERAGE: u32 = 60;
/// Documents looked at for the most words they meet, when none meets all.
const PARTIAL_AT_MOST: u32 = 40_000;

/// The points of a word by its origin, for each unit of its weight, and what to call them.
fn origin_points(origin: u8) -> (u32, Reason) {
    match origin {
        0..=origin::PINYIN => (3, Reason::Pinyin),
        origin::PLACE => (4, Reason::Place),
        origin::KEYWORD => (6, Reason::Keyword),
        origin::ALIAS => (8, Reason::Alias),
        origin::LABEL.. => (10, Reason::Label),
    }
}

fn whole_points(frequency: u32) -> (u32, Reason) {
    match u8::try_from(frequency).unwrap_or(u8::MAX) {
        0..=whole::INITIALS => (120, Reason::WholeInitials),
        whole::PINYIN => (180, Reason::WholePinyin),
        whole::ALIAS => (240, Reason::WholeAlias),
        whole::ACRONYM => (300, Reason::WholeAcronym),
        whole::LABEL.. => (400, Reason::WholeLabel),
    }
}

/// Documents in ascending order.
enum Docs {
    Postings(Box<SegmentPostings>),
    Fixed(std::iter::Peekable<std::vec::IntoIter<DocId>>),
}

impl Docs {
    /// Moves to a document or the first after it.
    fn seek(&mut self, target: DocId) -> DocId {
        match self {
            Self::Postings(postings) => {
                let doc = postings.doc();
                if doc >= target {
                    doc
                } else if doc + 1 == target {
                    postings.advance()
                } else {
                    postings.seek(target)
                }
            }
            Self::Fixed(docs) => {
                while docs.peek().is_some_and(|doc| *doc < target) {
                    docs.next();
                }
                docs.peek().copied().unwrap_or(TERMINATED)
            }
        }
    }

    fn frequency(&mut self) -> u32 {
        match self {
            Self::Postings(postings) => postings.term_freq(),
            Self::Fixed(_) => 1,
        }
    }

    fn size(&self) -> u32 {
        match self {
            Self::Postings(postings) => postings.doc_freq(),
            Self::Fixed(docs) => u32::try_from(docs.len()).unwrap_or(u32::MAX),
        }
    }
}

/// Documents that have all of some terms.
struct All {
    docs: Vec<Docs>,
    percent: u32,
}

impl All {
    fn seek(&mut self, mut target: DocId) -> DocId {
        if let [docs] = self.docs.as_mut_slice() {
            return docs.seek(target);
        }
        loop {
            let mut reached = target;
            for docs in &mut self.docs {
                reached = docs.seek(target);
                if reached > target {
                    break;
                }
            }
            if reached == target || reached == TERMINATED {
                return reached;
            }
            target = reached;
        }
    }

    fn size(&self) -> u32 {
        self.docs.iter().map(Docs::size).min().unwrap_or_default()
    }
}

/// Documents that meet a slot.
pub(crate) struct Any {
    alternatives: Vec<All>,
    weight: u32,
    /// The place of the slot in the plan; none for what only limits.
    slot: Option<usize>,
}

impl Any {
    fn seek(&mut self, target: DocId) -> DocId {
        match self.alternatives.as_mut_slice() {
            [one] => one.seek(target),
            several => several.iter_mut().map(|one| one.seek(target)).min().unwrap_or(TERMINATED),
        }
    }

    /// The list of documents, if it is only one.
    fn single(&mut self) -> Option<&mut SegmentPostings> {
        match self.alternatives.as_mut_slice() {
            [All { docs, .. }] => match docs.as_mut_slice() {
                [Docs::Postings(postings)] => Some(postings),
                _ => None,
            },
            _ => None,
        }
    }

    fn size(&self) -> u32 {
        self.alternatives.iter().fold(0, |sum, one| sum.saturating_add(one.size()))
    }

    /// The points of the best alternative of a document that [`Any::seek`] stopped at.
    fn points(&mut self, doc: DocId) -> (u32, Reason) {
        let mut best = (0, Reason::Label);
        for one in &mut self.alternatives {
            if one.seek(doc) != doc {
                continue;
            }
            let origin = one.docs.iter_mut().map(|docs| origin::of(docs.frequency())).min().unwrap_or_default();
            let (points, reason) = origin_points(origin);
            let points = points * self.weight * one.percent / 100;
            if points > best.0 {
                best = (points, reason);
            }
        }
        best
    }
}

/// The points that do not come from words.
struct Extras {
    wholes: Vec<SegmentPostings>,
    boosts: Vec<SegmentPostings>,
    prefer: Option<(usize, u32)>,
    /// The words of the text, and whether they are Chinese.
    words: Option<(u32, bool)>,
}

pub(crate) fn has(postings: &mut SegmentPostings, doc: DocId) -> bool {
    let current = postings.doc();
    current == doc || (current < doc && postings.seek(doc) == doc)
}

impl Extras {
    fn open(
        snapshot: &Snapshot,
        segment: &Segment,
        request: &Request,
        plan: Option<&Plan>,
    ) -> Result<Self, QueryError> {
        let open =
            |field, term: &str| segment.postings(&Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
        let mut extras = Self { wholes: Vec::new(), boosts: Vec::new(), prefer: None, words: None };
        for name in plan.into_iter().flat_map(|plan| &plan.wholes) {
            extras.wholes.extend(open(snapshot.fields.whole, name)?);
        }
        for concept in &request.boost {
            extras.boosts.extend(open(snapshot.fields.term, &concept_term(*concept))?);
        }
        extras.prefer = request.prefer.and_then(|(direction, role)| snapshot.lexicon.role_place(direction, role));
        // How much of a name a text is says nothing where only some of the text is met.
        let whole = plan.filter(|plan| plan.matching != Matching::Partial);
        extras.words = whole.map(|plan| (u32::from(plan.words), plan.chinese));
        Ok(extras)
    }

    /// Adds the points of a document; documents must come in ascending order.
    fn add(&mut self, columns: &Columns, doc: DocId, mut add: impl FnMut(u32, Reason)) {
        let best = self.wholes.iter_mut().filter_map(|postings| has(postings, doc).then(|| postings.term_freq())).max();
        if let Some(frequency) = best {
            let (points, reason) = whole_points(frequency);
            add(points, reason);
        }
        let rank = at(&columns.rank, doc).copied().unwrap_or_default();
        if let Some((words, chinese)) = self.words {
            let label = u32::from(if chinese { rank.chinese_words } else { rank.other_words });
            let share = (COVERAGE * words.min(label)).checked_div(label);
            add(share.unwrap_or_default(), Reason::Coverage);
        }
        add(u32::from(rank.prominence), Reason::Prominence);
        if let Some((word, shift)) = self.prefer {
            let bits = columns.shape_of(doc).and_then(|shape| columns.patterns.get(shape.pattern)?.get(word));
            match bits.map_or(0, |bits| bits >> shift & 3) {
                0 => {}
                1 => add(POSSIBLE, Reason::Possible),
                _ => add(ELIGIBLE, Reason::Eligible),
            }
        }
        for postings in &mut self.boosts {
            if has(postings, doc) {
                add(BOOST, Reason::Boost);
            }
        }
    }
}

/// A filter made ready for the columns.
pub(crate) struct Checks<'r> {
    filter: &'r Filter,
    kinds: Option<Vec<u8>>,
    registry_types: Option<u16>,
    fields: Option<u64>,
    before: Option<i32>,
    since: Option<i32>,
    /// Word, shift and lowest bits of each role; `None` where nobody can have it.
    roles: Vec<Option<(usize, u32, u64)>>,
}

impl<'r> Checks<'r> {
    pub(crate) fn new(lexicon: &Lexicon, filter: &'r Filter) -> Self {
        let roles = filter.roles.iter().filter(|wanted| wanted.at_least != RolePossibility::No);
        Self {
            filter,
            kinds: filter
                .kinds
                .as_ref()
                .map(|kinds| kinds.iter().map(|kind| lexicon.kind_number(kind)).filter(|number| *number > 0).collect()),
            registry_types: filter
                .registry_types
                .as_ref()
                .map(|types| types.iter().fold(0, |bits, one| bits | document::registry_bit(*one))),
            fields: filter
                .fields
                .as_ref()
                .map(|codes| codes.iter().fold(0, |bits, code| bits | lexicon.field_bit(code))),
            before: filter.registered_before.map(document::day_number),
            since: filter.registered_since.map(document::day_number),
            roles: roles
                .map(|wanted| {
                    let (word, shift) = lexicon.role_place(wanted.direction, wanted.role)?;
                    Some((word, shift, if wanted.at_least == RolePossibility::Eligible { 2 } else { 1 }))
                })
                .collect(),
        }
    }

    pub(crate) fn shape(&self, columns: &Columns, shape: &Shape) -> bool {
        let filter = self.filter;
        let within = |place: &Place| match place {
            Place::Country(country) => shape.country == Some(*country),
            Place::Subdivision(subdivision, _) => shape.subdivision == Some(*subdivision),
        };
        let among = |wanted: &Option<Vec<_>>| {
            wanted.as_ref().is_none_or(|wanted| shape.subdivision.is_some_and(|known| wanted.contains(&known)))
        };
        filter.places.iter().all(|places| places.iter().any(within))
            && among(&filter.subdivisions)
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&shape.kind))
            && self.registry_types.is_none_or(|wanted| wanted & shape.registry_types != 0)
            && filter.legal_person.as_ref().is_none_or(|wanted| wanted.contains(&shape.legal_person))
            && filter.assurance.as_ref().is_none_or(|wanted| wanted.contains(&shape.assurance))
            && self.roles.iter().all(|wanted| {
                let bits = wanted.and_then(|(word, shift, least)| {
                    let bits = columns.patterns.get(shape.pattern)?.get(word)? >> shift & 3;
                    Some(bits >= least)
                });
                bits.unwrap_or(false)
            })
    }

    /// Whether a document passes, apart from its shape.
    pub(crate) fn passes(&self, columns: &Columns, doc: DocId) -> bool {
        if let Some(wanted) = self.fields {
            let fields = at(&columns.topic, doc).and_then(|topic| at(&columns.topics, *topic)).copied();
            if fields.unwrap_or_default() & wanted == 0 {
                return false;
            }
        }
        if self.before.is_some() || self.since.is_some() {
            let Some((first, last)) = at(&columns.registered, doc).copied().flatten() else { return false };
            if self.before.is_some_and(|day| last >= day) || self.since.is_some_and(|day| first < day) {
                return false;
            }
        }
        true
    }
}

/// Opens what a slot stands for in a segment.
fn open_slot(snapshot: &Snapshot, segment: &Segment, slot: &Slot, place: usize) -> Result<Any, QueryError> {
    let mut alternatives = Vec::new();
    'alternatives: for one in &slot.alternatives {
        let mut docs = Vec::new();
        for term in &one.terms {
            let term = Term::from_field_text(snapshot.fields.term, term);
            let Some(postings) = segment.postings(&term, IndexRecordOption::WithFreqs)? else { continue 'alternatives };
            docs.push(Docs::Postings(Box::new(postings)));
        }
        docs.sort_by_key(Docs::size);
        alternatives.push(All { docs, percent: u32::from(one.percent) });
    }
    Ok(Any { alternatives, weight: u32::from(slot.weight), slot: Some(place) })
}

/// What limits the documents beside the columns: ids, identifiers, concepts.
pub(crate) fn open_limits(snapshot: &Snapshot, segment: &Segment, filter: &Filter) -> Result<Vec<Any>, QueryError> {
    let mut limits = Vec::new();
    let fixed = |terms: Vec<Term>| -> Result<Any, QueryError> {
        let mut docs = Vec::new();
        for term in terms {
            docs.extend(segment.docs(&term)?);
        }
        docs.sort_unstable();
        docs.dedup();
        let docs = vec![Docs::Fixed(docs.into_iter().peekable())];
        Ok(Any { alternatives: vec![All { docs, percent: 0 }], weight: 0, slot: None })
    };
    if let Some(ids) = &filter.ids {
        let term = |id: &ProfileId| Term::from_field_bytes(snapshot.fields.id, id.0.as_bytes());
        limits.push(fixed(ids.iter().map(term).collect())?);
    }
    if let Some(identifiers) = &filter.identifiers {
        let terms = identifiers.iter().map(document::identifier_term);
        limits.push(fixed(terms.map(|term| Term::from_field_text(snapshot.fields.identifier, &term)).collect())?);
    }
    if let Some(concepts) = &filter.concepts {
        let mut alternatives = Vec::new();
        for concept in concepts {
            let term = Term::from_field_text(snapshot.fields.term, &concept_term(*concept));
            let postings = segment.postings(&term, IndexRecordOption::Basic)?;
            let docs = postings.map(|postings| All { docs: vec![Docs::Postings(Box::new(postings))], percent: 0 });
            alternatives.extend(docs);
        }
        limits.push(Any { alternatives, weight: 0, slot: None });
    }
    Ok(limits)
}

/// What is walked: the open postings of a plan and of the limits.
pub(crate) struct Walk<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) plan: Option<&'a Plan>,
    pub(crate) slots: Vec<Any>,
    pub(crate) limits: Vec<Any>,
    /// Documents of the leading slots when some of the slots are enough.
    pub(crate) partial_at_most: u32,
}

/// Walks the documents of a segment that meet a plan and limits and pass. The visitor says whether to go on.
pub(crate) fn walk(
    walk: Walk<'_>,
    mut passes: impl FnMut(DocId) -> bool,
    mut visit: impl FnMut(DocId, &mut [Any]) -> bool,
) {
    let Walk { segment, plan, mut slots, limits, partial_at_most } = walk;
    let needed = plan.map_or(0, |plan| plan.at_least);
    if plan.is_some_and(|plan| plan.slots.is_empty()) {
        return;
    }
    if needed == slots.len() {
        slots.extend(limits);
        if slots.is_empty() {
            for doc in 0..segment.reader.max_doc() {
                if passes(doc) && !segment.reader.is_deleted(doc) && !visit(doc, &mut slots) {
                    return;
                }
            }
            return;
        }
        let has_deletes = segment.reader.has_deletes();
        let gone = |doc| has_deletes && segment.reader.is_deleted(doc);
        if let [slot] = slots.as_mut_slice()
            && slot.single().is_some()
        {
            // One list of documents, the longest there are: nothing is done twice.
            while let Some(doc) = slots.first_mut().and_then(Any::single).and_then(|docs| next(docs, &mut passes)) {
                if !gone(doc) && !visit(doc, &mut slots) {
                    return;
                }
                if let Some(docs) = slots.first_mut().and_then(Any::single) {
                    docs.advance();
                }
            }
            return;
        }
        slots.sort_by_key(Any::size);
        let mut target = 0;
        loop {
            let mut reached = target;
            for slot in &mut slots {
                reached = slot.seek(target);
                if reached > target {
                    break;
                }
            }
            if reached == TERMINATED {
                return;
            }
            if reached == target {
                if passes(target) && !gone(target) && !visit(target, &mut slots) {
                    return;
                }
                target += 1;
            } else {
                target = reached;
            }
        }
    }
    // Some of the slots: the rarest lead, the others are asked.
    slots.sort_by_key(Any::size);
    let mut sum = 0_u32;
    let leads = slots.iter().take_while(|slot| {
        let before = sum;
        sum = sum.saturating_add(slot.size());
        before == 0 || sum <= partial_at_most
    });
    let leads = leads.count();
    let mut limits = limits;
    let mut target = 0;
    loop {
        let reached = slots.iter_mut().take(leads).map(|slot| slot.seek(target)).min().unwrap_or(TERMINATED);
        if reached == TERMINATED {
            return;
        }
        target = reached + 1;
        if !passes(reached) {
            continue;
        }
        let met = slots.iter_mut().filter_map(|slot| (slot.seek(reached) == reached).then_some(())).count();
        let within = limits.iter_mut().all(|limit| limit.seek(reached) == reached);
        if met >= needed && within && !segment.reader.is_deleted(reached) && !visit(reached, &mut slots) {
            return;
        }
    }
}

/// The first document from where a list stands that passes; the list stands there then.
fn next(docs: &mut SegmentPostings, passes: &mut impl FnMut(DocId) -> bool) -> Option<DocId> {
    let mut doc = docs.doc();
    while doc != TERMINATED && !passes(doc) {
        doc = docs.advance();
    }
    (doc != TERMINATED).then_some(doc)
}

/// A hit before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    key: u64,
    id: u128,
    doc: DocId,
}

/// Where a page begins in one segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin {
    pub(crate) key: u64,
    /// Documents with this key follow if their id is greater; all do without one.
    pub(crate) id: Option<u128>,
}

impl Begin {
    pub(crate) fn precedes(self, key: u64, id: u128) -> bool {
        match key.cmp(&self.key) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => self.id.is_none_or(|before| id > before),
        }
    }
}

/// The number that orders a document within its segment, the lowest first.
fn key(request: &Request, columns: &Columns, doc: DocId, score: impl FnOnce() -> u32) -> u64 {
    let descending = request.order.descending;
    let name = |lang| {
        let ordinal = columns.name_ordinal(lang, doc);
        u64::from(if descending { u32::MAX - ordinal } else { ordinal })
    };
    match request.order.by {
        By::Relevance => u64::from(u32::MAX - score()),
        By::Name(lang) => name(lang),
        By::Country => {
            let rank = columns.shape_of(doc).map_or(u16::MAX, |shape| shape.country_rank);
            u64::from(country_part(rank, descending)) << 32 | name(Lang::En)
        }
        By::RegisteredOn => match at(&columns.registered, doc).copied().flatten() {
            None => u64::MAX,
            Some((first, _)) => {
                let day = u64::from(first.cast_unsigned() ^ 1 << 31);
                if descending { u64::from(u32::MAX) - day } else { day }
            }
        },
        By::ChangedAt => {
            let moment = at(&columns.changed_at, doc).copied().unwrap_or_default().cast_unsigned() ^ 1 << 63;
            if descending { !moment } else { moment }
        }
    }
}

fn country_part(rank: u16, descending: bool) -> u32 {
    u32::from(if descending && rank != u16::MAX { u16::MAX - 1 - rank } else { rank })
}

fn begin(request: &Request, columns: &Columns, cursor: &Cursor) -> Result<Begin, QueryError> {
    let lang = match request.order.by {
        By::Name(lang) => lang,
        By::Country | By::Relevance | By::RegisteredOn | By::ChangedAt => Lang::En,
    };
    match &cursor.position {
        Position::Number(key) => Ok(Begin { key: *key, id: Some(cursor.id) }),
        Position::Name(part, name) => {
            let Some(names) = columns.names(lang) else { return Ok(Begin { key: 0, id: None }) };
            let part = u64::from(*part) << 32;
            let last = u64::from(u32::MAX);
            Ok(match (names.dictionary().term_ord_or_next(name)?, request.order.descending) {
                (TermOrdHit::Exact(ordinal), false) => Begin { key: part | ordinal, id: Some(cursor.id) },
                (TermOrdHit::Exact(ordinal), true) => Begin { key: part | (last - ordinal), id: Some(cursor.id) },
                // A next one may lie beyond the last.
                (TermOrdHit::Next(ordinal), false) => Begin { key: part | ordinal.min(last), id: None },
                (TermOrdHit::Next(ordinal), true) => {
                    Begin { key: part.saturating_add((last + 1).saturating_sub(ordinal)), id: None }
                }
            })
        }
    }
}

/// A candidate with the key that orders it among those of all segments.
struct Ranked {
    position: Position,
    id: u128,
    segment: usize,
    doc: DocId,
}

fn compare(a: &Ranked, b: &Ranked, descending: bool) -> Ordering {
    let by_position = match (&a.position, &b.position) {
        (Position::Number(a), Position::Number(b)) => a.cmp(b),
        (Position::Name(a_part, a), Position::Name(b_part, b)) => {
            let names = if descending { b.cmp(a) } else { a.cmp(b) };
            a_part.cmp(b_part).then(names)
        }
        (Position::Number(_), Position::Name(..)) => Ordering::Less,
        (Position::Name(..), Position::Number(_)) => Ordering::Greater,
    };
    by_position.then(a.id.cmp(&b.id))
}

fn position(request: &Request, columns: &Columns, candidate: &Candidate) -> Result<Position, QueryError> {
    let lang = match request.order.by {
        By::Name(lang) => lang,
        By::Country => Lang::En,
        By::Relevance | By::RegisteredOn | By::ChangedAt => return Ok(Position::Number(candidate.key)),
    };
    let mut name = String::new();
    if let Some(names) = columns.names(lang) {
        names.ord_to_str(u64::from(columns.name_ordinal(lang, candidate.doc)), &mut name)?;
    }
    Ok(Position::Name(u32::try_from(candidate.key >> 32).unwrap_or(u32::MAX), name))
}

/// Counts of a segment, by shape and by combination of fields.
struct Counts {
    shapes: Vec<u32>,
    topics: Vec<u32>,
}

impl Snapshot {
    /// Answers a request.
    ///
    /// # Errors
    /// The text is too long, the cursor is not one of this request, or the index cannot be read.
    pub fn search(&self, request: &Request) -> Result<Page, QueryError> {
        let print = cursor::fingerprint(request);
        let after = request.after.as_deref().map(|text| Cursor::read(text, &print)).transpose()?;
        let text = request.text.as_deref().filter(|text| !query::is_blank(text));
        let plan = match (&after, text) {
            (Some(cursor), text) if cursor.plan.is_some() == text.is_some() => cursor.plan.clone(),
            (Some(_), _) => return Err(QueryError::Cursor),
            (None, None) => None,
            (None, Some(text)) => Some(query::plan(self, text, |plan| self.meets(plan), |plan| self.most(plan))?),
        };
        let wants_name = matches!(request.order.by, By::Name(_) | By::Country);
        if after.as_ref().is_some_and(|cursor| matches!(cursor.position, Position::Name(..)) != wants_name) {
            return Err(QueryError::Cursor);
        }
        let checks = Checks::new(&self.lexicon, &request.filter);
        let mut ranked = Vec::new();
        let mut counts = Vec::new();
        let (mut total, mut before) = (0, 0);
        for (place, segment) in self.segments.iter().enumerate() {
            let found = self.search_segment(request, plan.as_ref(), after.as_ref(), &checks, segment)?;
            total += found.total;
            before += found.before;
            counts.push(found.counts);
            for candidate in found.candidates {
                let position = position(request, &segment.columns, &candidate)?;
                ranked.push(Ranked { position, id: candidate.id, segment: place, doc: candidate.doc });
            }
        }
        ranked.sort_unstable_by(|a, b| compare(a, b, request.order.descending));
        ranked.truncate(request.first);
        let hits = self.hits(request, plan.as_ref(), &print, &ranked)?;
        Ok(Page {
            total,
            facets: request.facets.then(|| self.facets(&counts)),
            matching: plan.as_ref().map_or(Matching::Exact, |plan| plan.matching),
            has_next: total - before > hits.len(),
            has_previous: before > 0,
            corrections: plan.map(|plan| plan.corrections).unwrap_or_default(),
            hits,
        })
    }

    fn open_slots(&self, segment: &Segment, plan: Option<&Plan>) -> Result<Vec<Any>, QueryError> {
        let slots = plan.into_iter().flat_map(|plan| &plan.slots).enumerate();
        slots.map(|(place, slot)| open_slot(self, segment, slot, place)).collect()
    }

    /// A segment's share of the documents that are looked at for the most words they meet.
    fn partial_at_most(&self, segment: &Segment) -> u32 {
        let all: u64 = self.segments.iter().map(|segment| u64::from(segment.reader.max_doc())).sum();
        let share = u64::from(PARTIAL_AT_MOST) * u64::from(segment.reader.max_doc()) / all.max(1);
        u32::try_from(share).unwrap_or(PARTIAL_AT_MOST)
    }

    /// All documents of a segment that meet a plan.
    fn unlimited<'a>(&self, segment: &'a Segment, plan: &'a Plan) -> Result<Walk<'a>, QueryError> {
        Ok(Walk {
            segment,
            plan: Some(plan),
            slots: self.open_slots(segment, Some(plan))?,
            limits: Vec::new(),
            partial_at_most: self.partial_at_most(segment),
        })
    }

    /// Whether any document meets a plan, whatever the filter.
    fn meets(&self, plan: &Plan) -> Result<bool, QueryError> {
        let mut met = false;
        for segment in &self.segments {
            let everything = |_| true;
            walk(self.unlimited(segment, plan)?, everything, |_, _| {
                met = true;
                false
            });
            if met {
                break;
            }
        }
        Ok(met)
    }

    /// The most slots of a plan that one document meets, whatever the filter.
    fn most(&self, plan: &Plan) -> Result<usize, QueryError> {
        let mut most = 0;
        let one = Plan { at_least: 1, ..plan.clone() };
        for segment in &self.segments {
            let everything = |_| true;
            walk(self.unlimited(segment, &one)?, everything, |doc, slots| {
                let met = slots.iter_mut().filter_map(|slot| (slot.seek(doc) == doc).then_some(())).count();
                most = most.max(met);
                most < one.slots.len()
            });
        }
        Ok(most)
    }

    fn search_segment(
        &self,
        request: &Request,
        plan: Option<&Plan>,
        after: Option<&Cursor>,
        checks: &Checks<'_>,
        segment: &Segment,
    ) -> Result<Found, QueryError> {
        let columns = segment.columns.as_ref();
        let begin = after.map(|cursor| begin(request, columns, cursor)).transpose()?;
        let slots = self.open_slots(segment, plan)?;
        let limits = open_limits(self, segment, &request.filter)?;
        let mut extras = Extras::open(self, segment, request, plan)?;
        let counted = |values: usize| if request.facets { vec![0; values] } else { Vec::new() };
        let mut found = Found {
            total: 0,
            before: 0,
            candidates: Vec::new(),
            counts: Counts { shapes: counted(columns.shapes.len()), topics: counted(columns.topics.len()) },
        };
        let mut decided: Vec<Option<bool>> = vec![None; columns.shapes.len()];
        let mut best: BinaryHeap<Candidate> = BinaryHeap::new();
        let passes = |doc: DocId| {
            let Some(&shape) = at(&columns.shape, doc) else { return false };
            let Some(decision) = usize::try_from(shape).ok().and_then(|shape| decided.get_mut(shape)) else {
                return false;
            };
            let of_shape = *decision
                .get_or_insert_with(|| at(&columns.shapes, shape).is_some_and(|shape| checks.shape(columns, shape)));
            of_shape && checks.passes(columns, doc)
        };
        let partial_at_most = self.partial_at_most(segment);
        walk(Walk { segment, plan, slots, limits, partial_at_most }, passes, |doc, slots| {
            found.total += 1;
            if request.facets {
                count(&mut found.counts.shapes, at(&columns.shape, doc).copied());
                count(&mut found.counts.topics, at(&columns.topic, doc).copied());
            }
            let key = key(request, columns, doc, || {
                let mut score: u32 = slots.iter_mut().map(|slot| met(slot, doc)).sum();
                extras.add(columns, doc, |points, _| score += points);
                score
            });
            // Most documents are worse than the worst that is kept: their ids are not read.
            let full = best.len() >= request.first;
            if begin.is_none() && full && best.peek().is_none_or(|worst| key > worst.key) {
                return true;
            }
            let id = at(&columns.id, doc).copied().unwrap_or_default();
            if begin.is_some_and(|begin| !begin.precedes(key, id)) {
                found.before += 1;
                return true;
            }
            let candidate = Candidate { key, id, doc };
            if !full {
                best.push(candidate);
            } else if let Some(mut worst) = best.peek_mut()
                && candidate < *worst
            {
                *worst = candidate;
            }
            true
        });
        found.candidates = best.into_vec();
        Ok(found)
    }

    /// Reads the hits: their scores part by part, their cards, their cursors.
    fn hits(
        &self,
        request: &Request,
        plan: Option<&Plan>,
        print: &[u8; 32],
        ranked: &[Ranked],
    ) -> Result<Vec<Hit>, QueryError> {
        let mut hits: Vec<(usize, Hit)> = Vec::with_capacity(ranked.len());
        for (place, segment) in self.segments.iter().enumerate() {
            let mut here: Vec<(usize, &Ranked)> =
                ranked.iter().enumerate().filter(|(_, one)| one.segment == place).collect();
            if here.is_empty() {
                continue;
            }
            // Postings are read forwards only.
            here.sort_unstable_by_key(|(_, one)| one.doc);
            let mut slots = self.open_slots(segment, plan)?;
            let mut extras = Extras::open(self, segment, request, plan)?;
            for (order, one) in here {
                let mut score = Score::default();
                for slot in &mut slots {
                    if slot.seek(one.doc) == one.doc {
                        let (points, reason) = slot.points(one.doc);
                        let of = slot.slot.and_then(|place| plan?.slots.get(place));
                        score.add(points, reason, of.map(|slot| slot.typed.clone()));
                    }
                }
                extras.add(&segment.columns, one.doc, |points, reason| score.add(points, reason, None));
                let cursor = Cursor { position: one.position.clone(), id: one.id, plan: plan.cloned() };
                let address = DocAddress::new(u32::try_from(place).unwrap_or(u32::MAX), one.doc);
                let hit = Hit {
                    id: ProfileId(uuid::Uuid::from_u128(one.id)),
                    score,
                    cursor: cursor.write(print),
                    card: self.card(address)?,
                };
                hits.push((order, hit));
            }
        }
        hits.sort_by_key(|(order, _)| *order);
        Ok(hits.into_iter().map(|(_, hit)| hit).collect())
    }

    fn facets(&self, counts: &[Counts]) -> Facets {
        let mut facets = Facets::default();
        let lexicon = &self.lexicon;
        let mut fields = vec![0_usize; lexicon.taxonomy().fields().len()];
        let directions = lexicon.directions();
        facets.roles = directions
            .iter()
            .flat_map(|direction| {
                Role::ALL.map(|role| RoleCount { direction: *direction, role, eligible: 0, possible: 0 })
            })
            .collect();
        let mut kinds: Vec<Count<u8>> = Vec::new();
        let mut countries: HashMap<Option<Country>, usize> = HashMap::new();
        let mut subdivisions: HashMap<Subdivision, usize> = HashMap::new();
        for (segment, counts) in self.segments.iter().zip(counts) {
            let columns = segment.columns.as_ref();
            let mut patterns = vec![0_usize; columns.patterns.len()];
            let mut places = vec![0_usize; columns.places.len()];
            for (shape, count) in columns.shapes.iter().zip(&counts.shapes) {
                let Some(count) = usize::try_from(*count).ok().filter(|count| *count > 0) else { continue };
                if let Some(of) = places.get_mut(shape.place) {
                    *of += count;
                }
                add_count(&mut kinds, shape.kind, count);
                add_count(&mut facets.legal_person, shape.legal_person, count);
                add_count(&mut facets.assurance, shape.assurance, count);
                for one in RegistryType::ALL {
                    if shape.registry_types & document::registry_bit(one) != 0 {
                        add_count(&mut facets.registry_types, one, count);
                    }
                }
                if let Some(of) = patterns.get_mut(shape.pattern) {
                    *of += count;
                }
            }
            for ((country, subdivision), count) in columns.places.iter().zip(places).filter(|(_, count)| *count > 0) {
                *countries.entry(*country).or_default() += count;
                if let Some(subdivision) = subdivision {
                    *subdivisions.entry(*subdivision).or_default() += count;
                }
            }
            for (pattern, count) in columns.patterns.iter().zip(patterns).filter(|(_, count)| *count > 0) {
                let bits = pattern.iter().flat_map(|word| (0..32).map(move |place| word >> (2 * place) & 3));
                for (role, bits) in facets.roles.iter_mut().zip(bits) {
                    match bits {
                        0 => {}
                        1 => role.possible += count,
                        _ => role.eligible += count,
                    }
                }
            }
            for (topic, count) in columns.topics.iter().zip(&counts.topics).filter(|(_, count)| **count > 0) {
                for (place, of) in fields.iter_mut().enumerate() {
                    let bit = u32::try_from(place).ok().and_then(|place| topic.checked_shr(place)).unwrap_or_default();
                    if bit & 1 == 1 {
                        *of += usize::try_from(*count).unwrap_or_default();
                    }
                }
            }
        }
        let coded = lexicon.taxonomy().fields().iter().zip(fields).filter(|(_, count)| *count > 0);
        facets.fields = coded.map(|(field, count)| Count { value: field.code.clone(), count }).collect();
        facets.kinds = kinds
            .into_iter()
            .map(|one| Count { value: lexicon.kind_word(one.value).map(str::to_owned), count: one.count })
            .collect();
        facets.countries = countries.into_iter().map(|(value, count)| Count { value, count }).collect();
        facets.subdivisions = subdivisions.into_iter().map(|(value, count)| Count { value, count }).collect();
        facets.countries.sort_by(|a, b| b.count.cmp(&a.count).then(a.value.cmp(&b.value)));
        facets.subdivisions.sort_by(|a, b| b.count.cmp(&a.count).then(a.value.cmp(&b.value)));
        facets.kinds.sort_by(|a, b| b.count.cmp(&a.count).then(a.value.cmp(&b.value)));
        facets.registry_types.sort_by(|a, b| b.count.cmp(&a.count).then(a.value.cmp(&b.value)));
        facets.fields.sort_by_key(|one| std::cmp::Reverse(one.count));
        facets.legal_person.sort_by(|a, b| b.count.cmp(&a.count).then(a.value.cmp(&b.value)));
        facets.assurance.sort_by(|a, b| b.count.cmp(&a.count).then(a.value.cmp(&b.value)));
        facets
    }
}

/// What a segment gives.
struct Found {
    total: usize,
    /// Matches that stand before the page.
    before: usize,
    candidates: Vec<Candidate>,
    counts: Counts,
}

fn met(slot: &mut Any, doc: DocId) -> u32 {
    if slot.slot.is_some() && slot.seek(doc) == doc { slot.points(doc).0 } else { 0 }
}

fn count(counts: &mut [u32], value: Option<u32>) {
    let place = value.and_then(|value| usize::try_from(value).ok());
    if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
        *count += 1;
    }
}

fn add_count<T: PartialEq>(counts: &mut Vec<Count<T>>, value: T, count: usize) {
    match counts.iter_mut().find(|known| known.value == value) {
        Some(known) => known.count += count,
        None => counts.push(Count { value, count }),
    }
}

impl Score {
    fn add(&mut self, points: u32, reason: Reason, term: Option<String>) {
        if points > 0 {
            self.total += points;
            self.parts.push(ScorePart { reason, term, points });
        }
    }
}
