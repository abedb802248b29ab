//! Ranks partners: everybody who passes gets points, the best come first. No words are asked for.
//!
//! What depends on a shape or a combination of fields is decided once for each; a document then costs a few look-ups.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use eligibility::{DirectionId, Role};
use profile::{Assurance, ConceptId, ProfileId, RolePossibility};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use tantivy::postings::SegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, TERMINATED, Term};

use crate::columns::{Columns, Shape, at};
use crate::cursor::{Cursor, Position};
use crate::document::{concept_term, offer_term, seek_term};
use crate::error::QueryError;
use crate::execute::{Begin, Checks, Walk, has, open_limits, walk};
use crate::index::{Segment, Snapshot};
use crate::request::Filter;

/// Who is to be ranked, and for what they get points.
#[derive(Clone, Debug, Default)]
pub struct RankRequest {
    /// Only those of exactly this possibility for this role.
    pub role: Option<(DirectionId, Role, RolePossibility)>,
    /// What else a profile must be.
    pub filter: Filter,
    /// Not these.
    pub exclude: HashSet<ProfileId>,
    /// Points for codes of fields. The best one counts that the profile has, itself or one below.
    pub fields: Vec<(String, u32)>,
    /// Points for concepts, each named once. All count that the profile has in its names or keywords.
    pub concepts: Vec<(ConceptId, u32)>,
    /// No more points than these for concepts together.
    pub concepts_at_most: u32,
    /// Points for concepts of what a profile offers, each named once.
    pub offers: Vec<(ConceptId, u32)>,
    /// Points for concepts of what a profile seeks, each named once.
    pub seeks: Vec<(ConceptId, u32)>,
    /// No more points than these for what is offered and sought together.
    pub exchange_at_most: u32,
    /// Points for each assurance, the weakest first.
    pub assurance: [u32; 3],
    /// Points of a profile of which all is known; of which a part is, that part of them.
    pub completeness: u32,
    /// Points of profiles made at this moment or later, in milliseconds since 1970.
    pub newcomer: Option<(i64, u32)>,
    /// Points for what the index does not know.
    pub extra: HashMap<ProfileId, u32>,
    /// What those get who are not in [`RankRequest::extra`].
    pub everyone: u32,
    /// Decides who comes first of those with the same points: another seed, another order. The same for all pages.
    pub seed: u64,
    /// At most so many hits.
    pub first: usize,
    /// Only what follows the hit with this cursor.
    pub after: Option<String>,
}

/// A page of the ranking.
#[derive(Clone, Debug, Default)]
pub struct RankedPage {
    /// The hits, the best first.
    pub hits: Vec<RankedHit>,
    /// How many are ranked, on all pages.
    pub total: usize,
    /// Whether more follow.
    pub has_next: bool,
    /// Whether some come before.
    pub has_previous: bool,
}

/// A profile in a ranking, and what it got its points for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedHit {
    /// Its id.
    pub id: ProfileId,
    /// The bytes that it was indexed with.
    pub card: Vec<u8>,
    /// The sum of the points.
    pub total: u32,
    /// The best field, and its points.
    pub field: Option<(String, u32)>,
    /// The concepts it has, and the points of each; together they count for no more than was asked.
    pub concepts: Vec<(ConceptId, u32)>,
    /// The concepts of what it offers, and the points of each; together with those of what it seeks they count for no more than was
    /// asked.
    pub offers: Vec<(ConceptId, u32)>,
    /// The concepts of what it seeks, and the points of each.
    pub seeks: Vec<(ConceptId, u32)>,
    /// For its assurance.
    pub assurance: u32,
    /// For what is known of it.
    pub completeness: u32,
    /// For being new.
    pub newcomer: u32,
    /// For what the index does not know.
    pub extra: u32,
    /// Where the next page begins if this is the last hit of its page.
    pub cursor: String,
}

impl RankRequest {
    /// What of a request a cursor depends on. Points are not part of it: they may change while somebody turns the pages, and the
    /// cursor's own points still say where to go on.
    fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(format!("rank {:?} {:?} {}", self.role, self.filter, self.seed)).into()
    }

    fn after(&self) -> Result<Option<Begin>, QueryError> {
        let Some(text) = &self.after else { return Ok(None) };
        let cursor = Cursor::read(text, &self.fingerprint())?;
        match cursor.position {
            Position::Number(key) => Ok(Some(Begin { key, id: Some(cursor.id) })),
            Position::Name(..) => Err(QueryError::Cursor),
        }
    }

    fn assurance_points(&self, assurance: Assurance) -> u32 {
        let [imported, self_declared, verified] = self.assurance;
        match assurance {
            Assurance::Imported => imported,
            Assurance::SelfDeclared => self_declared,
            Assurance::Verified => verified,
        }
    }

    fn completeness_points(&self, hundredths: u8) -> u32 {
        let points = u64::from(self.completeness) * u64::from(hundredths.min(100)) / 100;
        u32::try_from(points).unwrap_or(self.completeness)
    }

    fn newcomer_points(&self, created_at: i64) -> u32 {
        self.newcomer.filter(|(since, _)| created_at >= *since).map_or(0, |(_, points)| points)
    }
}

/// A profile in a ranking that is not read yet: where it is in one snapshot. The best is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RankedPlace {
    key: u64,
    id: u128,
    segment: usize,
    doc: DocId,
}

impl RankedPlace {
    /// The profile's id.
    pub fn id(&self) -> ProfileId {
        ProfileId(uuid::Uuid::from_u128(self.id))
    }

    /// The sum of its points.
    pub fn total(&self) -> u32 {
        u32::MAX - u32::try_from(self.key >> 32).unwrap_or(u32::MAX)
    }
}

/// Those of one class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RankedClass {
    /// The best of them, the best first.
    pub places: Vec<RankedPlace>,
    /// How many there are.
    pub total: usize,
}

/// The best of what is offered, so many of them.
struct Best {
    at_most: usize,
    heap: BinaryHeap<RankedPlace>,
}

impl Best {
    fn new(at_most: usize) -> Self {
        Self { at_most, heap: BinaryHeap::new() }
    }

    /// Whether there is certainly no place for so many points.
    fn refuses(&self, total: u32) -> bool {
        self.heap.len() >= self.at_most && self.heap.peek().is_none_or(|worst| key(total, u32::MIN) > worst.key)
    }

    fn offer(&mut self, place: RankedPlace) {
        if self.heap.len() < self.at_most {
            self.heap.push(place);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && place < *worst
        {
            *worst = place;
        }
    }
}

/// The number that orders a document, the lowest first: by points, then as the seed says.
fn key(total: u32, shuffled: u32) -> u64 {
    u64::from(u32::MAX - total) << 32 | u64::from(shuffled)
}

/// A number that depends on every bit of an id and of a seed (the finalizer of SplitMix64, once for each half of the id).
fn shuffle(id: u128, seed: u64) -> u32 {
    let mix = |mut bits: u64| {
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    };
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
    let mixed = mix(half(id) ^ mix(half(id >> 64) ^ mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15))));
    u32::try_from(mixed >> 32).unwrap_or_default()
}

/// A request made ready for all segments.
struct Ranking<'r> {
    request: &'r RankRequest,
    checks: Checks<'r>,
    /// Word and shift of the role, and its bits; all bits at once where nobody can have it.
    role: Option<(usize, u32, u64)>,
    /// The bit of each field.
    fields: Vec<(u64, u32)>,
    /// Points of each profile that the request names; none for those that are excluded.
    named: FxHashMap<u128, Option<u32>>,
}

impl<'r> Ranking<'r> {
    fn new(snapshot: &Snapshot, request: &'r RankRequest) -> Self {
        let lexicon = &snapshot.lexicon;
        let bits = |possibility| match possibility {
            RolePossibility::No => 0,
            RolePossibility::Possible => 1,
            RolePossibility::Eligible => 2,
        };
        let extra = request.extra.iter().map(|(id, points)| (id.0.as_u128(), Some(*points)));
        let excluded = request.exclude.iter().map(|id| (id.0.as_u128(), None));
        Self {
            request,
            checks: Checks::new(lexicon, &request.filter),
            role: request.role.map(|(direction, role, possibility)| {
                let (word, shift) = lexicon.role_place(direction, role).unwrap_or((usize::MAX, 0));
                (word, shift, bits(possibility))
            }),
            fields: request.fields.iter().map(|(code, points)| (lexicon.field_bit(code), *points)).collect(),
            named: extra.chain(excluded).collect(),
        }
    }

    /// The points of a shape; `None` if it does not pass.
    fn shape(&self, columns: &Columns, shape: &Shape) -> Option<u32> {
        let has_role = self.role.is_none_or(|(word, shift, wanted)| {
            let bits = columns.patterns.get(shape.pattern).and_then(|pattern| pattern.get(word));
            bits.is_some_and(|bits| bits >> shift & 3 == wanted)
        });
        let passes = has_role && self.checks.shape(columns, shape);
        passes.then(|| self.request.assurance_points(shape.assurance))
    }

    /// The best field of some, by its place in the request.
    fn field(&self, topic: u64) -> Option<(usize, u32)> {
        let met = self.fields.iter().enumerate().filter(|(_, (bit, _))| topic & bit != 0);
        met.map(|(place, (_, points))| (place, *points)).max_by_key(|(place, points)| (*points, Reverse(*place)))
    }

    /// The points of a profile for what the index does not know; `None` if it is excluded.
    fn extra(&self, id: u128) -> Option<u32> {
        self.named.get(&id).copied().unwrap_or(Some(self.request.everyone))
    }
}

/// The points of a segment's documents.
struct Points<'a> {
    ranking: &'a Ranking<'a>,
    columns: &'a Columns,
    shapes: Vec<Option<u32>>,
    topics: Vec<u32>,
    completeness: Vec<u32>,
    /// For concepts, by document; empty without any.
    concepts: Vec<u32>,
    /// For what is offered and sought, by document; empty without any.
    exchange: Vec<u32>,
}

impl<'a> Points<'a> {
    fn new(snapshot: &Snapshot, segment: &'a Segment, ranking: &'a Ranking<'a>) -> Result<Self, QueryError> {
        let columns = segment.columns.as_ref();
        let request = ranking.request;
        let opened = |wanted, term| open_concepts(snapshot, segment, wanted, term);
        let mut exchanged = opened(&request.offers, offer_term)?;
        exchanged.extend(opened(&request.seeks, seek_term)?);
        let concepts = opened(&request.concepts, concept_term)?;
        Ok(Self {
            ranking,
            columns,
            shapes: columns.shapes.iter().map(|shape| ranking.shape(columns, shape)).collect(),
            topics: columns.topics.iter().map(|topic| ranking.field(*topic).map_or(0, |(_, points)| points)).collect(),
            completeness: (0..=u8::MAX).map(|hundredths| request.completeness_points(hundredths)).collect(),
            concepts: sums(columns, concepts, request.concepts_at_most),
            exchange: sums(columns, exchanged, request.exchange_at_most),
        })
    }

    fn of_shape(&self, doc: DocId) -> Option<u32> {
        *at(&self.shapes, *at(&self.columns.shape, doc)?)?
    }

    /// The sum of the points of a document that passes.
    fn total(&self, doc: DocId, extra: u32) -> u32 {
        let columns = self.columns;
        let known = |points: Option<&u32>| points.copied().unwrap_or_default();
        let hundredths = at(&columns.rank, doc).map_or(0, |rank| rank.completeness);
        [
            known(at(&columns.topic, doc).and_then(|topic| at(&self.topics, *topic))),
            known(at(&self.concepts, doc)),
            known(at(&self.exchange, doc)),
            known(self.completeness.get(usize::from(hundredths))),
            at(&columns.created_at, doc).map_or(0, |created| self.ranking.request.newcomer_points(*created)),
            extra,
        ]
        .into_iter()
        .fold(self.of_shape(doc).unwrap_or_default(), u32::saturating_add)
    }
}

/// The documents that have a concept, and what each gets for it.
struct Concept {
    id: ConceptId,
    points: u32,
    docs: SegmentPostings,
}

/// Opens the concepts that the segment has.
fn open_concepts(
    snapshot: &Snapshot,
    segment: &Segment,
    wanted: &[(ConceptId, u32)],
    term: fn(ConceptId) -> String,
) -> Result<Vec<Concept>, QueryError> {
    let mut opened = Vec::new();
    for &(id, points) in wanted {
        let term = Term::from_field_text(snapshot.fields.term, &term(id));
        let docs = segment.postings(&term, IndexRecordOption::Basic)?;
        opened.extend(docs.map(|docs| Concept { id, points, docs }));
    }
    Ok(opened)
}

/// What each document gets for some concepts together; empty without any.
fn sums(columns: &Columns, concepts: Vec<Concept>, at_most: u32) -> Vec<u32> {
    let mut sums = vec![0_u32; if concepts.is_empty() { 0 } else { columns.id.len() }];
    for Concept { points, mut docs, .. } in concepts {
        let mut doc = docs.doc();
        while doc != TERMINATED {
            if let Some(sum) = usize::try_from(doc).ok().and_then(|doc| sums.get_mut(doc)) {
                *sum = sum.saturating_add(points).min(at_most);
            }
            doc = docs.advance();
        }
    }
    sums
}

/// The concepts that a document has; documents must come in ascending order.
fn met(concepts: &mut [Concept], doc: DocId) -> Vec<(ConceptId, u32)> {
    let met =
        concepts.iter_mut().filter_map(|concept| has(&mut concept.docs, doc).then_some((concept.id, concept.points)));
    met.collect()
}

impl Snapshot {
    /// Ranks all profiles that pass.
    ///
    /// # Errors
    /// The cursor is not one of this request, or the index cannot be read.
    pub fn rank(&self, request: &RankRequest) -> Result<RankedPage, QueryError> {
        let begin = request.after()?;
        let ranking = Ranking::new(self, request);
        let mut best = Best::new(request.first);
        let (mut total, mut before) = (0, 0);
        for (place, segment) in self.segments.iter().enumerate() {
            self.walk_ranked(&ranking, segment, |doc, id, points| {
                total += 1;
                if begin.is_none() && best.refuses(points) {
                    return;
                }
                let key = key(points, shuffle(id, request.seed));
                if begin.is_some_and(|begin| !begin.precedes(key, id)) {
                    before += 1;
                    return;
                }
                best.offer(RankedPlace { key, id, segment: place, doc });
            })?;
        }
        let hits = self.ranked_hits(request, &best.heap.into_sorted_vec())?;
        Ok(RankedPage { total, has_next: total - before > hits.len(), has_previous: before > 0, hits })
    }

    /// Ranks all profiles that pass in classes of their own: of each the best, at most `each`. The class of a set of facts is asked
    /// for once in each segment; where it has none, those profiles are left out. Which page the request asks for has no meaning here, and
    /// nothing is read: see [`Snapshot::ranked_hits`].
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn best_by_class(
        &self,
        request: &RankRequest,
        class: &mut dyn FnMut(&str) -> Option<u32>,
        each: usize,
    ) -> Result<HashMap<u32, RankedClass>, QueryError> {
        let ranking = Ranking::new(self, request);
        let mut classes: Vec<(u32, Best, usize)> = Vec::new();
        let mut places: HashMap<u32, usize> = HashMap::new();
        for (place, segment) in self.segments.iter().enumerate() {
            let columns = segment.columns.as_ref();
            // Of each set of facts, once it is known, the place of its class.
            let mut decided: Vec<Option<Option<usize>>> = vec![None; columns.fact_sets.len()];
            self.walk_ranked(&ranking, segment, |doc, id, points| {
                let Some(&facts) = at(&columns.facts, doc) else { return };
                let Some(decided) = usize::try_from(facts).ok().and_then(|facts| decided.get_mut(facts)) else {
                    return;
                };
                let of_facts = decided.get_or_insert_with(|| {
                    let class = class(at(&columns.fact_sets, facts)?)?;
                    Some(*places.entry(class).or_insert_with(|| {
                        classes.push((class, Best::new(each), 0));
                        classes.len() - 1
                    }))
                });
                let Some((_, best, total)) = of_facts.and_then(|place| classes.get_mut(place)) else { return };
                *total += 1;
                if !best.refuses(points) {
                    let key = key(points, shuffle(id, request.seed));
                    best.offer(RankedPlace { key, id, segment: place, doc });
                }
            })?;
        }
        let class = |(class, best, total): (u32, Best, usize)| {
            (class, RankedClass { places: best.heap.into_sorted_vec(), total })
        };
        Ok(classes.into_iter().map(class).collect())
    }

    /// Every set of facts that a profile has, each once, in the order of the texts.
    pub fn fact_sets(&self) -> BTreeSet<&str> {
        let mut sets = BTreeSet::new();
        for segment in &self.segments {
            let columns = segment.columns.as_ref();
            let mut seen = vec![false; columns.fact_sets.len()];
            for doc in segment.reader.doc_ids_alive() {
                let place = at(&columns.facts, doc).and_then(|facts| usize::try_from(*facts).ok());
                if let Some(seen) = place.and_then(|place| seen.get_mut(place)) {
                    *seen = true;
                }
            }
            let sets_here = columns.fact_sets.iter().zip(seen).filter(|(_, seen)| *seen);
            sets.extend(sets_here.map(|(set, _)| set.as_ref()));
        }
        sets
    }

    /// Shows each document of a segment that passes: itself, its profile, its points.
    fn walk_ranked(
        &self,
        ranking: &Ranking<'_>,
        segment: &Segment,
        mut visit: impl FnMut(DocId, u128, u32),
    ) -> Result<(), QueryError> {
        let columns = segment.columns.as_ref();
        let points = Points::new(self, segment, ranking)?;
        let limits = open_limits(self, segment, &ranking.request.filter)?;
        let passes = |doc| points.of_shape(doc).is_some() && ranking.checks.passes(columns, doc);
        walk(Walk { segment, plan: None, slots: Vec::new(), limits, partial_at_most: 0 }, passes, |doc, _| {
            let id = at(&columns.id, doc).copied().unwrap_or_default();
            if let Some(extra) = ranking.extra(id) {
                visit(doc, id, points.total(doc, extra));
            }
            true
        });
        Ok(())
    }

    /// Reads what a request found in this snapshot, in the order given: cards, points part by part, cursors.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn ranked_hits(&self, request: &RankRequest, places: &[RankedPlace]) -> Result<Vec<RankedHit>, QueryError> {
        let ranking = Ranking::new(self, request);
        let print = request.fingerprint();
        let mut hits: Vec<(usize, RankedHit)> = Vec::with_capacity(places.len());
        for (number, segment) in self.segments.iter().enumerate() {
            let mut here: Vec<(usize, &RankedPlace)> =
                places.iter().enumerate().filter(|(_, place)| place.segment == number).collect();
            if here.is_empty() {
                continue;
            }
            // Postings are read forwards only.
            here.sort_unstable_by_key(|(_, place)| place.doc);
            let columns = segment.columns.as_ref();
            let opened = |wanted, term| open_concepts(self, segment, wanted, term);
            let mut concepts = opened(&request.concepts, concept_term)?;
            let mut offers = opened(&request.offers, offer_term)?;
            let mut seeks = opened(&request.seeks, seek_term)?;
            for (order, place) in here {
                let doc = place.doc;
                let topic = at(&columns.topic, doc).and_then(|topic| at(&columns.topics, *topic)).copied();
                let field = topic.and_then(|topic| ranking.field(topic)).and_then(|(field, points)| {
                    let (code, _) = request.fields.get(field)?;
                    Some((code.clone(), points))
                });
                let rank = at(&columns.rank, doc).copied().unwrap_or_default();
                let position = Position::Number(place.key);
                let address = DocAddress::new(u32::try_from(number).unwrap_or(u32::MAX), doc);
                let hit = RankedHit {
                    id: place.id(),
                    card: self.card(address)?,
                    total: place.total(),
                    field,
                    concepts: met(&mut concepts, doc),
                    offers: met(&mut offers, doc),
                    seeks: met(&mut seeks, doc),
                    assurance: columns.shape_of(doc).map_or(0, |shape| request.assurance_points(shape.assurance)),
                    completeness: request.completeness_points(rank.completeness),
                    newcomer: at(&columns.created_at, doc).map_or(0, |created| request.newcomer_points(*created)),
                    extra: ranking.extra(place.id).unwrap_or_default(),
                    cursor: Cursor { position, id: place.id, plan: None }.write(&print),
                };
                hits.push((order, hit));
            }
        }
        hits.sort_unstable_by_key(|(order, _)| *order);
        Ok(hits.into_iter().map(|(_, hit)| hit).collect())
    }
}
