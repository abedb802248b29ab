//! Whom to add to a consortium: candidates for each open slot, and whole sets that make its composition valid.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use eligibility::date::Date;
use eligibility::repair::Slot;
use eligibility::vocabulary::FactId;
use eligibility::{
    Class, CompletionLimits, CompletionSet, Composition, DirectionId, FactValue, Join, Library, Localized, Member,
    Outcome, Parties, Pool, Requirement, Role, Side, Truth,
};
use profile::{Profile, ProfileId};
use search::{RankRequest, RankedClass, RankedPlace, Snapshot};

use super::score::{Score, Scoring, Wish};
use super::seek::{nobody_answers, only_looked_after};
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
    /// Its facts that would decide, where that depends on some that are missing.
    pub missing: Vec<FactId>,
    /// Whether somebody looks after its profile, so that it can be invited.
    pub is_looked_after: bool,
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
    /// Whether only institutions are proposed that somebody looks after.
    pub looked_after: bool,
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
    /// Whether there are sets of institutions of whom facts are missing, where none is given.
    pub has_undetermined: bool,
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
    names: BTreeMap<ProfileId, Localized>,
    /// Whether the asker may know the topic: candidates are not ranked by what is kept from whoever reads of them.
    knows_topic: bool,
}

/// Facts that are missing and would decide.
#[derive(Debug, Default)]
struct Lacking {
    /// Of the one that is added.
    own: Vec<FactId>,
    /// Of members that are there already, by their places.
    there: Vec<(usize, FactId)>,
}

/// Who is added, and what that has to mend.
struct Addition<'r> {
    chosen: &'r [(RankedPlace, Join)],
    /// Whether all of them are added, and not one of them.
    together: bool,
    /// The member in whose place one is added.
    replaces: Option<usize>,
    /// The requirements that are to be satisfied with that.
    requirements: &'r [usize],
    /// Whether they are known to be.
    certain: bool,
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
        let names = loaded.profiles.iter().map(|(id, member)| (*id, member.content.display_names())).collect();
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

    /// What candidates are ranked by: all, or those that somebody looks after.
    async fn request(&self, scoring: &Scoring<'_>, looked_after: bool) -> Result<RankRequest, Refusal> {
        let mut request = RankRequest { exclude: self.exclude.clone(), ..scoring.request() };
        if looked_after {
            only_looked_after(self.platform.database().connection(), &mut request.filter).await?;
        }
        Ok(request)
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
            if only.filter.ids.as_ref().is_some_and(|ids| !ids.contains(&id)) {
                continue;
            }
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

    /// Reads candidates: the card of each, its points, and what they depend on.
    async fn candidates(
        &self,
        scoring: &Scoring<'_>,
        request: &RankRequest,
        addition: &Addition<'_>,
    ) -> Result<Vec<Candidate>, Refusal> {
        let places: Vec<RankedPlace> = addition.chosen.iter().map(|(place, _)| *place).collect();
        let hits = self.snapshot.ranked_hits(request, &places).map_err(Error::Query)?;
        let ids = hits.iter().map(|hit| hit.id).collect();
        let looked_after = consortia::looked_after(self.platform.database().connection(), Some(ids)).await?;
        let read = hits.into_iter().zip(addition.chosen);
        let read: Vec<_> =
            read.filter_map(|(hit, (_, join))| Some((Listing::of_card(&hit.card)?, hit, *join))).collect();
        let members: Vec<Member> = read.iter().map(|(listing, _, join)| self.joined(listing, *join)).collect();
        let lacking: Vec<Lacking> = match (addition.certain, addition.together) {
            (true, _) => read.iter().map(|_| Lacking::default()).collect(),
            (false, true) => self.lacking(addition, &members).0,
            (false, false) => members.chunks(1).flat_map(|one| self.lacking(addition, one).0).collect(),
        };
        let candidates = read.into_iter().zip(lacking).map(|((listing, hit, join), lacking)| {
            let is_looked_after = looked_after.contains(&listing.id);
            let mut stands = self.stands(addition.certain, &lacking);
            if !is_looked_after {
                stands = nobody_answers(&stands);
            }
            let score = scoring.score(&hit, listing.profile.country());
            let why = score.why(&stands);
            let (side, is_lead, missing) = (join.side, join.lead, lacking.own);
            Candidate { listing, side, is_lead, missing, is_looked_after, why, score }
        });
        Ok(candidates.collect())
    }

    /// A candidate as a member.
    fn joined(&self, listing: &Listing, join: Join) -> Member {
        // What cannot be read is unknown.
        let read = profile::member(self.library(), &listing.profile, profile::Assurance::Imported);
        let mut member = read.unwrap_or_default();
        member.key = listing.id.to_string();
        self.library().joined(&member, join)
    }

    /// What each of some additions leaves open, and the requirements that depend on members that are there already.
    fn lacking(&self, addition: &Addition<'_>, added: &[Member]) -> (Vec<Lacking>, Vec<usize>) {
        let (library, mut team) = (self.library(), self.judged.consortium.clone());
        if let Some(replaced) = addition.replaces.filter(|member| *member < team.members.len()) {
            team.members.remove(replaced);
        }
        let there = team.members.len();
        team.members.extend(added.iter().cloned());
        team.as_of = Some(self.day);
        let mut lacking: Vec<Lacking> = added.iter().map(|_| Lacking::default()).collect();
        let mut blocked = Vec::new();
        let Some(report) = library.check(&team) else { return (lacking, blocked) };
        let open = report.findings.iter().filter(|finding| finding.outcome == Outcome::Undetermined);
        for finding in open.filter(|finding| addition.requirements.contains(&finding.requirement)) {
            for missing in library.missing_facts(&team, report.evidence(finding)) {
                let Some(member) = missing.member else { continue };
                match member.checked_sub(there) {
                    Some(place) => lacking.get_mut(place).into_iter().for_each(|of| add(&mut of.own, missing.fact)),
                    None => {
                        let shift = usize::from(addition.replaces.is_some_and(|replaced| replaced <= member));
                        lacking.iter_mut().for_each(|of| add(&mut of.there, (member + shift, missing.fact)));
                        add(&mut blocked, finding.requirement);
                    }
                }
            }
        }
        (lacking, blocked)
    }

    /// How a candidate stands to what it is added for.
    fn stands(&self, certain: bool, lacking: &Lacking) -> Localized {
        if certain {
            return Localized::new("可填补该空缺", "fills the slot");
        }
        let label = |fact: FactId| self.library().vocabulary.definition(fact).map(|of| of.label.clone());
        let own: Vec<Localized> = lacking.own.iter().filter_map(|fact| label(*fact)).collect();
        let there: Vec<Localized> = lacking
            .there
            .iter()
            .filter_map(|(member, fact)| {
                let name = self.names.get(self.judged.seats.get(*member)?)?;
                let label = label(*fact)?;
                Some(Localized::new(format!("“{}”的{}", name.zh, label.zh), format!("{} of {}", label.en, name.en)))
            })
            .collect();
        let (own, there) = (Localized::join(&own, "、", ", "), Localized::join(&there, "、", ", "));
        match (own.zh.is_empty(), there.zh.is_empty()) {
            (true, true) => Localized::new("可能填补该空缺，尚缺部分事实", "may fill the slot; some facts are missing"),
            (false, true) => Localized::new(
                format!("可能填补该空缺，取决于其尚缺的事实：{}", own.zh),
                format!("may fill the slot, depending on facts of it that are missing: {}", own.en),
            ),
            (true, false) => Localized::new(
                format!("可能填补该空缺，取决于现有成员尚缺的事实：{}", there.zh),
                format!("may fill the slot, depending on facts of members that are missing: {}", there.en),
            ),
            (false, false) => Localized::new(
                format!("可能填补该空缺，取决于其尚缺的事实：{}，及现有成员尚缺的事实：{}", own.zh, there.zh),
                format!("may fill the slot, depending on facts that are missing: of it {}; {}", own.en, there.en),
            ),
        }
    }
}

/// Adds what is not there yet.
fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
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
    looked_after: bool,
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
    let request = ground.request(&scoring, looked_after).await?;
    let groups = ground.groups(&request, first.max(1))?;
    let names: Vec<Localized> = ground.names.values().cloned().collect();
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
            // What the others leave open already is nothing that the candidate is to mend.
            let decided = |place: usize| {
                let before = ground.judged.report.findings.iter().find(|of| of.requirement == place);
                before.is_none_or(|before| before.outcome != Outcome::Undetermined)
            };
            let requirements: Vec<usize> =
                asked.iter().copied().filter(|place| *place == finding.requirement || decided(*place)).collect();
            let of = |chosen, certain| Addition {
                chosen,
                together: false,
                replaces: slot.replaces,
                requirements: &requirements,
                certain,
            };
            slots.push(OpenSlot {
                requirement: Arc::clone(requirement),
                guide: ground.guide(),
                outcome: finding.outcome,
                replaces: slot.replaces.and_then(|member| ground.judged.seats.get(member).copied()),
                text: reports::in_both_languages(library.slot_text(consortium, &slot.slot), &names),
                candidates: ground.candidates(&scoring, &request, &of(&certain, true)).await?,
                total,
                possible: ground.candidates(&scoring, &request, &of(&possible, false)).await?,
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
    let request = ground.request(&scoring, options.looked_after).await?;
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
    let chosen = |set: &CompletionSet| -> Vec<(RankedPlace, Join)> {
        let chosen = set.additions.iter().filter_map(|addition| {
            let place = groups.get(addition.pool)?.places.get(addition.nth)?;
            Some((*place, addition.join))
        });
        chosen.collect()
    };
    let mut sets = Vec::with_capacity(found.sets.len());
    for set in &found.sets {
        let (chosen, certain) = (chosen(set), set.undetermined.is_empty());
        let requirements = &set.undetermined;
        let addition = Addition { chosen: &chosen, together: true, replaces: None, requirements, certain };
        sets.push(Completion {
            additions: ground.candidates(&scoring, &request, &addition).await?,
            total: set.score,
            undetermined: named(&set.undetermined),
        });
    }
    let mut blocked = found.blocked;
    let mut has_undetermined = false;
    if sets.is_empty() && found.unmendable.is_empty() && !limits.allow_undetermined {
        // Whether there would be some, were more known; and whether that is of members which are there already.
        let looser = CompletionLimits { sets: 1, allow_undetermined: true, ..limits };
        if let Some(set) = ground.composition.complete(consortium, ground.day, &pools, looser).sets.first() {
            has_undetermined = true;
            let (chosen, requirements) = (chosen(set), &set.undetermined);
            let addition = Addition { chosen: &chosen, together: true, replaces: None, requirements, certain: false };
            let places: Vec<RankedPlace> = chosen.iter().map(|(place, _)| *place).collect();
            let hits = ground.snapshot.ranked_hits(&request, &places).map_err(Error::Query)?;
            let added = hits
                .iter()
                .zip(&chosen)
                .filter_map(|(hit, (_, join))| Some(ground.joined(&Listing::of_card(&hit.card)?, *join)));
            let added: Vec<Member> = added.collect();
            ground.lacking(&addition, &added).1.into_iter().for_each(|requirement| add(&mut blocked, requirement));
            blocked.sort_unstable();
        }
    }
    Ok(Completions {
        guide: ground.guide(),
        sets,
        unmendable: named(&found.unmendable),
        blocked: named(&blocked),
        has_undetermined,
        searched: found.searched,
    })
}
