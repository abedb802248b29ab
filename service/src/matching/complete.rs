//! Whom to add to a consortium: candidates for each open slot, and whole sets that make its composition valid.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use eligibility::date::Date;
use eligibility::repair::Slot;
use eligibility::{
    Class, CompletionLimits, Composition, DirectionId, FactValue, Join, Library, Localized, Member, Outcome, Parties,
    Pool, Requirement, Role, Side, Truth,
};
use profile::{Profile, ProfileId};
use search::{RankRequest, RankedClass, RankedPlace, Snapshot};

use super::score::{Score, Scoring, Wish};
use crate::actor::{Actor, ConsortiumId};
use crate::consortia;
use crate::error::Error;
use crate::listing::Listing;
use crate::partners;
use crate::platform::Platform;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::reports::{self, Judged};

/// Additions in one set, at most: further ones are no proposal that anybody could act on.
pub(super) const SIZE_AT_MOST: usize = 5;
/// Sets given, at most.
const SETS_AT_MOST: usize = 50;
/// Candidates given for a slot, at most.
const CANDIDATES_AT_MOST: usize = 100;
/// Steps of the search for sets, so that no consortium keeps a processor busy.
const STEPS: usize = 400_000;
/// Names that are looked up because facts refer to them, at most.
const PARTIES_AT_MOST: usize = 64;

/// The classes of fact sets, by direction and day: facts never change what they mean, so what was found once is kept.
#[derive(Debug, Default)]
pub(super) struct Classes(Mutex<HashMap<(DirectionId, Date), SharedTable>>);

type SharedTable = Arc<Mutex<Table>>;

/// Directions and days that are kept; what was asked of other days is found again.
const TABLES_AT_MOST: usize = 32;

#[derive(Debug, Default)]
struct Table {
    /// The class of each fact set; `None` for one that cannot be read.
    of_facts: HashMap<Box<str>, Option<u32>>,
    numbers: HashMap<(Class, Option<Side>), u32>,
    classes: Vec<(Class, Option<Side>)>,
}

impl Classes {
    fn table(&self, direction: DirectionId, day: Date) -> SharedTable {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tables.len() >= TABLES_AT_MOST && !tables.contains_key(&(direction, day)) {
            tables.clear();
        }
        Arc::clone(tables.entry((direction, day)).or_default())
    }
}

impl Table {
    fn class(&mut self, library: &Library, composition: &Composition<'_>, day: Date, facts: &str) -> Option<u32> {
        if let Some(known) = self.of_facts.get(facts) {
            return *known;
        }
        let number = profile::member_of_key(library, facts).map(|member| {
            let side = side_of(library, &member);
            let class = (composition.class(day, &member, &Parties::default()), side);
            match self.numbers.get(&class) {
                Some(number) => *number,
                None => {
                    let number = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
                    self.classes.push(class.clone());
                    self.numbers.insert(class, number);
                    number
                }
            }
        });
        self.of_facts.insert(facts.into(), number);
        number
    }
}

/// The side that an institution joins: mainland units the Chinese one, those from abroad the other. Units from Hong Kong, Macao
/// and Taiwan may be on either, depending on the direction.
fn side_of(library: &Library, member: &Member) -> Option<Side> {
    let (country, _) = library.vocabulary.find("member.country")?;
    let Some(FactValue::Country(country)) = member.facts.get(country.slot) else { return None };
    match country.as_str() {
        "CN" => Some(Side::Chinese),
        "HK" | "MO" | "TW" => None,
        _ => Some(Side::Partner),
    }
}

/// As what the member of a slot may join: on the side that the slot is on, and as its lead where the slot asks for that.
fn joins_of(library: &Library, slot: &Slot) -> Vec<Join> {
    let asked = |name: &str| {
        let (fact, _) = library.vocabulary.find(name)?;
        let is_asked = slot.properties.iter().any(|(known, _)| *known == fact);
        slot.example.facts.get(fact.slot).filter(|_| is_asked)
    };
    let (side, lead) = (asked("member.side"), asked("member.lead"));
    let fits = |join: &Join| {
        let member = library.joined(&Member::default(), *join);
        let is = |name: &str, wanted: Option<&FactValue>| {
            let fact = library.vocabulary.find(name).map(|(fact, _)| fact);
            wanted.is_none() || fact.and_then(|fact| member.facts.get(fact.slot)) == wanted
        };
        is("member.side", side) && is("member.lead", lead)
    };
    Join::ALL.into_iter().filter(fits).collect()
}

/// A candidate.
#[derive(Debug)]
pub struct Candidate {
    /// What everybody sees of it.
    pub listing: Listing,
    /// The side that it would join.
    pub side: Side,
    /// Whether it would lead that side.
    pub is_lead: bool,
    /// The direction that it would take part in.
    pub direction: DirectionId,
    /// The role that it would take there.
    pub role: Role,
    /// Why it stands where it stands.
    pub score: Score,
    /// The same in one sentence.
    pub why: Localized,
}

/// A place in a consortium that somebody has to fill.
#[derive(Debug)]
pub struct OpenSlot {
    /// The requirement that asks for it.
    pub requirement: Arc<Requirement>,
    /// The key of its call.
    pub guide: String,
    /// How that stands now.
    pub outcome: Outcome,
    /// The member in whose place it is, if not a further one.
    pub replaces: Option<ProfileId>,
    /// What its member must be, as people read it.
    pub text: Localized,
    /// Candidates that fill it, the best first.
    pub candidates: Vec<Candidate>,
    /// How many there are.
    pub total: usize,
    /// Candidates that may fill it, if facts that are missing say so, the best first.
    pub possible: Vec<Candidate>,
    /// How many there are.
    pub possible_total: usize,
}

/// How completions are looked for.
#[derive(Clone, Debug)]
pub struct CompletionOptions {
    /// At most so many additions.
    pub size: usize,
    /// At most so many sets.
    pub sets: usize,
    /// Whether candidates are proposed of whom facts are missing.
    pub allow_undetermined: bool,
    /// The day the composition is judged for; the consortium's own, if not given.
    pub as_of: Option<Date>,
}

/// A set of additions.
#[derive(Debug)]
pub struct Completion {
    /// Whom to add.
    pub additions: Vec<Candidate>,
    /// The sum of their points.
    pub total: u64,
    /// Requirements that depend on facts of the additions that are missing.
    pub undetermined: Vec<Arc<Requirement>>,
}

/// Sets of additions, the smallest first, then the best.
#[derive(Debug, Default)]
pub struct Completions {
    /// The key of the call.
    pub guide: String,
    /// The sets; one empty set where nobody is missing.
    pub sets: Vec<Completion>,
    /// Requirements that nobody who is added can mend: another change is needed.
    pub unmendable: Vec<Arc<Requirement>>,
    /// Requirements that depend on facts of members already there that are missing.
    pub blocked: Vec<Arc<Requirement>>,
    /// All sets of so many additions were considered.
    pub searched: usize,
}

/// What both questions begin with: the consortium as it stands, and everybody who could join it, by class.
struct Ground<'a> {
    platform: &'a Platform,
    judged: Judged,
    composition: Composition<'a>,
    snapshot: Arc<Snapshot>,
    day: Date,
    known: Arc<super::known::Known>,
    board: Arc<partners::Board>,
    seeker: ProfileId,
    content: Profile,
    own_role: Role,
    exclude: HashSet<ProfileId>,
    /// What the members are called.
    names: Vec<Localized>,
    /// Whether the asker may know the topic: candidates are not ranked by what is kept from whoever reads of them.
    knows_topic: bool,
}

/// Candidates that are alike, the best first.
struct Group {
    class: Class,
    side: Option<Side>,
    places: Vec<RankedPlace>,
    /// How many there are.
    total: usize,
}

impl<'a> Ground<'a> {
    async fn of(platform: &'a Platform, actor: &Actor, id: ConsortiumId, as_of: Option<Date>) -> Result<Self, Refusal> {
        let connection = platform.database().connection();
        let standing = consortia::find(connection, actor, id, Action::ReadConsortium).await?;
        let loaded = consortia::load(connection, id).await?;
        let judged = reports::judge(platform, &loaded, None, as_of).await?;
        let seeker = standing.acting_for(actor, Action::ReadConsortium, None)?;
        let seat = loaded.seats.iter().find(|seat| seat.profile_id == seeker.0);
        let own_role = match seat {
            Some(seat) if seat.side == entity::consortium_member::Side::Partner => Role::Partner,
            Some(seat) if !seat.is_lead => Role::Participant,
            _ => Role::Lead,
        };
        let mut exclude = partners::dismissed(connection, seeker).await?;
        exclude.extend(standing.seats.iter().map(|seat| ProfileId(seat.profile_id)));
        let names = loaded.profiles.values().map(|member| member.content.display_names()).collect();
        let content = loaded.profiles.get(&seeker).map(|member| member.content.clone()).unwrap_or_default();
        let library = platform.directory().library();
        let direction = judged.consortium.direction;
        let composition = library.composition(direction).ok_or(Refusal::NotFound)?;
        Ok(Self {
            platform,
            day: judged.report.as_of,
            composition,
            snapshot: platform.directory().snapshot(),
            known: platform.matching().known.now(platform).await?,
            board: partners::board(platform).await?,
            seeker,
            content,
            own_role,
            exclude,
            names,
            knows_topic: !consortia::hidden(&loaded, &standing).project("topic"),
            judged,
        })
    }

    fn library(&self) -> &'a Arc<Library> {
        self.platform.directory().library()
    }

    /// The key of the call.
    fn guide(&self) -> String {
        self.library().guide_of(self.judged.consortium.direction).map(|guide| guide.id.clone()).unwrap_or_default()
    }

    fn scoring(&self) -> Scoring<'_> {
        let consortium = &self.judged.consortium;
        let topic = consortium.project.known().find_map(|(_, value)| match value {
            FactValue::Topic(key) if self.knows_topic => Some(key.as_str()),
            _ => None,
        });
        let wish = Wish {
            seeker: self.seeker,
            content: &self.content,
            direction: consortium.direction,
            topic,
            own_role: self.own_role,
            role: None,
        };
        let settings = self.platform.settings();
        Scoring::new(self.platform.directory(), settings.matching, &self.known, &self.board, &wish)
    }

    /// Everybody who could join, in groups of those that are alike; of each the best.
    fn groups(&self, request: &RankRequest, each: usize) -> Result<Vec<Group>, Refusal> {
        let direction = self.judged.consortium.direction;
        let library = self.library();
        let referred = self.referred()?;
        let mut request = request.clone();
        request.exclude.extend(referred.keys());
        let table = self.platform.matching().classes.table(direction, self.day);
        let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
        let mut class = |facts: &str| table.class(library, &self.composition, self.day, facts);
        let by_class = self.snapshot.best_by_class(&request, &mut class, each).map_err(Error::Query)?;
        let by_class: BTreeMap<u32, RankedClass> = by_class.into_iter().collect();
        let mut groups: Vec<Group> = by_class
            .into_iter()
            .filter_map(|(number, RankedClass { places, total })| {
                let (class, side) = table.classes.get(usize::try_from(number).ok()?)?.clone();
                Some(Group { class, side, places, total })
            })
            .collect();
        drop(table);
        // Those whom facts refer to by name are alike to nobody.
        for (id, (class, side)) in referred {
            let mut only = RankRequest { exclude: self.exclude.clone(), ..request.clone() };
            only.filter.ids = Some(vec![id]);
            let found = self.snapshot.best_by_class(&only, &mut |_| Some(0), 1).map_err(Error::Query)?;
            let group = |RankedClass { places, total }| Group { class: class.clone(), side, places, total };
            groups.extend(found.into_values().map(group));
        }
        Ok(groups)
    }

    /// Candidates that facts refer to, by id or name, where the direction asks for that: with the class of each.
    fn referred(&self) -> Result<BTreeMap<ProfileId, (Class, Option<Side>)>, Refusal> {
        if !self.composition.refers() {
            return Ok(BTreeMap::new());
        }
        let library = self.library();
        let sets = self.snapshot.fact_sets();
        let listing = sets
            .iter()
            .filter(|facts| facts.contains("\"list\""))
            .filter_map(|facts| profile::member_of_key(library, facts));
        let candidates: Vec<Member> = listing.collect();
        let members = self.judged.consortium.members.iter().chain(&candidates);
        let parties = self.composition.parties(members.map(|member| &member.facts));
        let mut referred = BTreeMap::new();
        // The same ones each time, whatever the order of the set.
        let mut named: Vec<&str> = parties.named().collect();
        named.sort_unstable();
        for party in named.into_iter().take(PARTIES_AT_MOST) {
            let mut ids: Vec<ProfileId> = party.parse().into_iter().collect();
            let request = search::Request { text: Some(party.to_owned()), first: 5, ..search::Request::default() };
            if let Ok(page) = self.snapshot.search(&request) {
                ids.extend(page.hits.into_iter().map(|hit| hit.id));
            }
            for id in ids.into_iter().filter(|id| !self.exclude.contains(id)) {
                let Some(card) = self.snapshot.get(id).map_err(Error::Query)? else { continue };
                let Some(listing) = Listing::of_card(&card) else { continue };
                let Ok(mut member) = profile::member(library, &listing.profile, profile::Assurance::Imported) else {
                    continue;
                };
                member.key = id.to_string();
                let class = self.composition.class(self.day, &member, &parties);
                // Nobody refers to it after all: it is like the others.
                if class == self.composition.class(self.day, &member, &Parties::default()) {
                    continue;
                }
                referred.insert(id, (class, side_of(library, &member)));
            }
        }
        Ok(referred)
    }

    /// Reads candidates: the card of each, and its points.
    fn candidates(
        &self,
        scoring: &Scoring<'_>,
        request: &RankRequest,
        chosen: &[(RankedPlace, Join)],
        certain: bool,
    ) -> Result<Vec<Candidate>, Refusal> {
        let places: Vec<RankedPlace> = chosen.iter().map(|(place, _)| *place).collect();
        let hits = self.snapshot.ranked_hits(request, &places).map_err(Error::Query)?;
        let stands = if certain {
            Localized::new("补上这一空缺", "fills the slot")
        } else {
            Localized::new("可能补上这一空缺，尚缺部分事实", "may fill the slot; some facts are missing")
        };
        let read = hits.into_iter().zip(chosen).filter_map(|(hit, (_, join))| {
            let listing = Listing::of_card(&hit.card)?;
            let score = scoring.score(&hit, listing.profile.country());
            let role = match join {
                Join { side: Side::Partner, .. } => Role::Partner,
                Join { lead: true, .. } => Role::Lead,
                Join { lead: false, .. } => Role::Participant,
            };
            Some(Candidate {
                listing,
                side: join.side,
                is_lead: join.lead,
                direction: self.judged.consortium.direction,
                role,
                why: score.why(&stands),
                score,
            })
        });
        Ok(read.collect())
    }
}

/// The open slots of a consortium: of each composition requirement that is violated or undetermined, who would fill it.
///
/// # Errors
/// `NotFound` for a consortium that the actor may not know of; what the actor lacks; whatever the database says.
pub async fn open_slots(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    first: usize,
) -> Result<Vec<OpenSlot>, Refusal> {
    let ground = Ground::of(platform, actor, id, None).await?;
    let first = first.min(CANDIDATES_AT_MOST);
    let library = ground.library();
    let consortium = &ground.judged.consortium;
    let Some(direction) = library.direction(consortium.direction) else { return Ok(Vec::new()) };
    let asked: HashSet<usize> = ground.composition.requirements().collect();
    let open: Vec<_> = ground
        .judged
        .report
        .findings
        .iter()
        .filter(|finding| asked.contains(&finding.requirement))
        .filter(|finding| matches!(finding.outcome, Outcome::Violated | Outcome::Undetermined))
        .collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let scoring = ground.scoring();
    let request = RankRequest { exclude: ground.exclude.clone(), ..scoring.request() };
    let groups = ground.groups(&request, first.max(1))?;
    let mut slots = Vec::new();
    for finding in open {
        let Some(requirement) = direction.requirements.get(finding.requirement) else { continue };
        for slot in library.open_slots(consortium, &ground.judged.report, finding) {
            let mut found: [(Vec<(RankedPlace, Join)>, usize); 2] = Default::default();
            let fits = joins_of(library, &slot.slot);
            for group in &groups {
                let joins = Join::ALL.into_iter().filter(|join| group.side.is_none_or(|side| side == join.side));
                let joins = joins.filter(|join| fits.contains(join));
                let best = joins
                    .map(|join| {
                        let fills = ground.composition.fills(
                            consortium,
                            ground.day,
                            finding.requirement,
                            slot.replaces,
                            &group.class,
                            join,
                        );
                        (fills, join)
                    })
                    .fold(None::<(Truth, Join)>, |best, next| match best {
                        Some(best) if best.0 >= next.0 => Some(best),
                        _ => Some(next),
                    });
                let Some((fills, join)) = best else { continue };
                let [certain, possible] = &mut found;
                let into = match fills {
                    Truth::True => certain,
                    Truth::Unknown => possible,
                    Truth::False => continue,
                };
                into.0.extend(group.places.iter().map(|place| (*place, join)));
                into.1 += group.total;
            }
            let [(mut certain, total), (mut possible, possible_total)] = found;
            for list in [&mut certain, &mut possible] {
                list.sort_unstable_by_key(|(place, _)| *place);
                list.truncate(first);
            }
            slots.push(OpenSlot {
                requirement: Arc::clone(requirement),
                guide: ground.guide(),
                outcome: finding.outcome,
                replaces: slot.replaces.and_then(|member| ground.judged.seats.get(member).copied()),
                text: reports::in_both_languages(library.slot_text(consortium, &slot.slot), &ground.names),
                candidates: ground.candidates(&scoring, &request, &certain, true)?,
                total,
                possible: ground.candidates(&scoring, &request, &possible, false)?,
                possible_total,
            });
        }
    }
    Ok(slots)
}

/// Sets of additions that make the composition of a consortium valid: exact, the smallest first, then the best.
///
/// # Errors
/// `NotFound` for a consortium that the actor may not know of; what the actor lacks; whatever the database says.
pub async fn completions(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    options: CompletionOptions,
) -> Result<Completions, Refusal> {
    let ground = Ground::of(platform, actor, id, options.as_of).await?;
    let library = ground.library();
    let limits = CompletionLimits {
        size: options.size.min(SIZE_AT_MOST),
        sets: options.sets.min(SETS_AT_MOST),
        steps: STEPS,
        allow_undetermined: options.allow_undetermined,
    };
    let scoring = ground.scoring();
    let request = RankRequest { exclude: ground.exclude.clone(), ..scoring.request() };
    let groups = ground.groups(&request, limits.sets + limits.size)?;
    let pools: Vec<Pool> = groups
        .iter()
        .map(|group| Pool {
            class: group.class.clone(),
            scores: group.places.iter().map(RankedPlace::total).collect(),
            side: group.side,
        })
        .collect();
    let consortium = &ground.judged.consortium;
    let found = ground.composition.complete(consortium, ground.day, &pools, limits);
    let requirements = library.direction(consortium.direction).map(|direction| direction.requirements.as_slice());
    let named = |places: &[usize]| -> Vec<Arc<Requirement>> {
        places.iter().filter_map(|place| requirements?.get(*place).cloned()).collect()
    };
    let mut sets = Vec::with_capacity(found.sets.len());
    for set in &found.sets {
        let chosen: Vec<(RankedPlace, Join)> = set
            .additions
            .iter()
            .filter_map(|addition| {
                let place = groups.get(addition.pool)?.places.get(addition.nth)?;
                Some((*place, addition.join))
            })
            .collect();
        sets.push(Completion {
            additions: ground.candidates(&scoring, &request, &chosen, set.undetermined.is_empty())?,
            total: set.score,
            undetermined: named(&set.undetermined),
        });
    }
    let mut blocked = found.blocked;
    if sets.is_empty() && found.unmendable.is_empty() {
        // Nobody can be added as long as it is not known what those already there leave open.
        let asked: HashSet<usize> = ground.composition.requirements().collect();
        let findings = ground.judged.report.findings.iter().filter(|finding| finding.outcome == Outcome::Undetermined);
        blocked.extend(findings.map(|finding| finding.requirement).filter(|requirement| asked.contains(requirement)));
        blocked.sort_unstable();
        blocked.dedup();
    }
    Ok(Completions {
        guide: ground.guide(),
        sets,
        unmendable: named(&found.unmendable),
        blocked: named(&blocked),
        searched: found.searched,
    })
}
