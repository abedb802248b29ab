//! Completions: whom to add so that the composition of a consortium is valid.
//!
//! A *composition requirement* is mandatory, decided by facts, and asks only about members: no fact of the project. Each is
//! a Boolean tree over quantifiers, and each quantifier adds up what the members contribute: how many satisfy a condition,
//! how many different values they bring, what holds of whoever leads. So candidates that contribute the same are
//! interchangeable (a [`Class`]), and a search over few kinds of contribution is a search over every candidate.
//!
//! "At least true" and "at least unknown" of Kleene's logic are each two-valued, with `not` turning one into the other. The
//! search asks only such questions, so that what an unknown fact could contribute is never mistaken for what it does.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::date::Date;
use crate::evaluate::{Evidence, Scene, letters};
use crate::facts::{Consortium, FactValue, Facts, MEMBERS_AT_MOST, Member, OTHER_TOPIC};
use crate::guide::{Direction, DirectionId, Library, Modality, Requirement, TopicList, Topics};
use crate::predicate::{Predicate, Test};
use crate::repair::{Change, Slot};
use crate::report::{Finding, Report};
use crate::truth::Truth;
use crate::vocabulary::{CoreFacts, FactType, Scope};

/// A side of a consortium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The Chinese side.
    Chinese,
    /// The partner side.
    Partner,
}

impl Side {
    /// The value of `member.side`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chinese => "CHINESE",
            Self::Partner => "PARTNER",
        }
    }
}

/// How a candidate joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Join {
    /// On which side.
    pub side: Side,
    /// Whether it is marked as the side's lead.
    pub lead: bool,
}

impl Join {
    /// Every way to join. Those that claim no lead come first.
    pub const ALL: [Self; 4] = [
        Self { side: Side::Chinese, lead: false },
        Self { side: Side::Partner, lead: false },
        Self { side: Side::Chinese, lead: true },
        Self { side: Side::Partner, lead: true },
    ];
}

/// The names by which members and candidates are referred to, as founders for example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    keys: HashSet<String>,
    names: HashSet<String>,
}

impl Parties {
    /// Whether nobody is referred to.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The names, as they were written.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }
}

/// All that the composition requirements of a direction can see of a candidate on a day, in each way to join.
///
/// It does not depend on the consortium. Candidates of one class are interchangeable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class {
    signatures: [Signature; 4],
    ties: Ties,
}

/// What a member contributes to each condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Signature {
    /// Its side, as the place of the choice; `None` if unknown.
    side: Option<usize>,
    /// 2 if it is marked as lead, 1 if that is unknown, 0 if it does not lead.
    rank: u8,
    /// What holds of it, for each condition.
    truths: Vec<Truth>,
    /// The value it brings to each count of different values, where it may count.
    values: Vec<Option<String>>,
}

/// Whom a member refers to, and by what it is referred to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Ties {
    /// The lists of the facts in [`Composition::parties`].
    parties: Vec<Option<Vec<String>>>,
    key: Option<String>,
    name: Option<String>,
}

impl Ties {
    fn is_named(&self, party: &str) -> bool {
        self.key.as_deref() == Some(party) || self.name.as_ref().is_some_and(|name| *name == letters(party))
    }
}

/// Candidates of one class, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Their class.
    pub class: Class,
    /// Their scores, descending. The best [`CompletionLimits::sets`] + [`CompletionLimits::size`] are enough.
    pub scores: Vec<u32>,
    /// The only side they may join, if not either.
    pub side: Option<Side>,
}

/// How far to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletionLimits {
    /// Add at most so many members.
    pub size: usize,
    /// Give at most so many sets.
    pub sets: usize,
    /// Give up after so many steps; the answer says what was searched completely.
    pub steps: usize,
    /// Whether what is not known of the added members may leave requirements undetermined; see [`Composition::complete`].
    pub allow_undetermined: bool,
}

impl Default for CompletionLimits {
    fn default() -> Self {
        Self { size: 4, sets: 10, steps: 1_000_000, allow_undetermined: false }
    }
}

/// One candidate to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addition {
    /// The place of its pool.
    pub pool: usize,
    /// Its place among the scores of the pool.
    pub nth: usize,
    /// How it joins.
    pub join: Join,
}

/// Candidates that together make the composition valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletionSet {
    /// Whom to add.
    pub additions: Vec<Addition>,
    /// The sum of their scores.
    pub score: u64,
    /// Requirements, by their place in the direction, that depend on what is not known of the added members.
    pub undetermined: Vec<usize>,
}

/// The best sets of additions, and what none can mend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// The sets: fewest additions first, then the highest score.
    pub sets: Vec<CompletionSet>,
    /// Requirements that stay violated whoever is added, by their place in the direction.
    pub unmendable: Vec<usize>,
    /// Requirements that stay undetermined whoever is added, for facts of members already there are unknown.
    pub blocked: Vec<usize>,
    /// Every set of up to so many additions was considered.
    pub searched: usize,
}

/// An open slot of a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSlot {
    /// The member in whose place it is, if not a further one.
    pub replaces: Option<usize>,
    /// What a member must be to fill it.
    pub slot: Slot,
}

/// The composition requirements of a direction, made ready to search.
#[derive(Clone, Debug)]
pub struct Composition<'a> {
    library: &'a Library,
    topics: &'a Topics,
    core: CoreFacts,
    sides: [usize; 2],
    requirements: Vec<(usize, Tree)>,
    atoms: Vec<Atom>,
    /// Conditions on one member that depend on no other.
    conditions: Vec<Predicate>,
    /// The slots of facts that list parties, where a condition refers to them.
    parties: Vec<usize>,
}

/// A requirement: quantifiers under Boolean operators.
#[derive(Clone, Debug)]
enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Atom(usize),
}

/// A quantifier. `every` is "not at least one that fails", `at most n` is "not at least n + 1".
#[derive(Clone, Debug)]
enum Atom {
    AtLeast { number: usize, is: Condition },
    Distinct { number: usize, is: Condition, fact: usize, value: usize },
    Lead { side: usize, is: Condition },
}

impl Atom {
    fn condition(&self) -> &Condition {
        match self {
            Self::AtLeast { is, .. } | Self::Distinct { is, .. } | Self::Lead { is, .. } => is,
        }
    }

    /// Whether what a member contributes depends on the others.
    fn is_relational(&self) -> bool {
        !matches!(self.condition(), Condition::Own(_))
    }

    /// Whether a further member never makes it less true.
    fn rises(&self) -> bool {
        !matches!(self, Self::Lead { .. }) && self.condition().rises(true)
    }
}

/// A condition on one member.
#[derive(Clone, Debug)]
enum Condition {
    /// It depends on that member alone: the place in [`Composition::conditions`].
    Own(usize),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// Some member that satisfies `is` is named in the list.
    Refers {
        parties: usize,
        is: Box<Condition>,
    },
}

impl Condition {
    fn rises(&self, positive: bool) -> bool {
        match self {
            Self::Own(_) => true,
            Self::All(parts) | Self::Any(parts) => parts.iter().all(|part| part.rises(positive)),
            Self::Not(inner) => inner.rises(!positive),
            Self::Refers { is, .. } => positive && is.rises(positive),
        }
    }

    fn own(&self, into: &mut BTreeSet<usize>) {
        match self {
            Self::Own(index) => {
                into.insert(*index);
            }
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.own(into)),
            Self::Not(inner) | Self::Refers { is: inner, .. } => inner.own(into),
        }
    }
}

/// What a predicate on a member looks at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// That member.
    Member,
    /// Others that it names, too.
    Parties,
    /// The project, or all members again.
    Beyond,
}

fn reach(predicate: &Predicate) -> Reach {
    let widest = |parts: &[Predicate]| parts.iter().map(reach).max().unwrap_or(Reach::Member);
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => widest(parts),
        Predicate::Not(inner) => reach(inner),
        Predicate::If(condition, then) => reach(condition).max(reach(then)),
        Predicate::Fact(fact, _) if fact.scope == Scope::Project => Reach::Beyond,
        Predicate::Fact(_, Test::RefersTo(inner)) => reach(inner).max(Reach::Parties),
        Predicate::Fact(..) | Predicate::InGroup(_) => Reach::Member,
        Predicate::Some(_)
        | Predicate::Every { .. }
        | Predicate::Count { .. }
        | Predicate::Distinct { .. }
        | Predicate::Lead { .. }
        | Predicate::NamedIn(_)
        | Predicate::Ratio { .. }
        | Predicate::Title { .. } => Reach::Beyond,
    }
}

impl Library {
    /// The composition requirements of a direction, made ready to search.
    ///
    /// `None` only if the direction is not of this library.
    pub fn composition(&self, direction: DirectionId) -> Option<Composition<'_>> {
        let direction: &Direction = self.direction(direction)?;
        let core = self.core?;
        let mut composition = Composition {
            library: self,
            topics: &direction.topics,
            core,
            sides: [self.side(core, Side::Chinese)?, self.side(core, Side::Partner)?],
            requirements: Vec::new(),
            atoms: Vec::new(),
            conditions: Vec::new(),
            parties: Vec::new(),
        };
        for (index, requirement) in direction.requirements.iter().enumerate() {
            if requirement.modality == Modality::Mandatory {
                composition.prepare(index, requirement);
            }
        }
        Some(composition)
    }

    fn side(&self, core: CoreFacts, side: Side) -> Option<usize> {
        match &self.vocabulary.definition(core.side)?.fact_type {
            FactType::Choice(choices) => choices.iter().position(|choice| choice.value == side.as_str()),
            _ => None,
        }
    }

    /// A candidate as a member that joins so.
    pub fn joined(&self, candidate: &Member, join: Join) -> Member {
        let mut member = candidate.clone();
        if let Some(core) = self.core {
            member.facts.set(core.side.slot, self.side(core, join.side).map(FactValue::Choice));
            member.facts.set(core.lead.slot, Some(FactValue::Bool(join.lead)));
        }
        member
    }

    /// The open slots of a finding: those of its smallest repair that only adds members; or else of the smallest that also
    /// puts others in members' places. Empty where no such repair is known.
    pub fn open_slots(&self, consortium: &Consortium, report: &Report, finding: &Finding) -> Vec<OpenSlot> {
        let repairs = self.repairs(consortium, report, finding);
        let adds = |change: &Change| matches!(change, Change::Add(_));
        let fills = |change: &Change| matches!(change, Change::Add(_) | Change::Replace { .. });
        let smallest = repairs
            .iter()
            .find(|repair| repair.changes.iter().all(adds))
            .or_else(|| repairs.iter().find(|repair| repair.changes.iter().all(fills)));
        let changes = smallest.map_or([].as_slice(), |repair| repair.changes.as_slice());
        changes
            .iter()
            .filter_map(|change| match change {
                Change::Add(slot) => Some(OpenSlot { replaces: None, slot: slot.clone() }),
                Change::Replace { member, slot } => Some(OpenSlot { replaces: Some(*member), slot: slot.clone() }),
                Change::Set { .. } | Change::Drop { .. } => None,
            })
            .collect()
    }

    /// The same team and project in another direction. A topic, and exclusions, that the other direction does not know
    /// become unknown; so does a list of exclusions that names one of them.
    pub fn transfer(&self, consortium: &Consortium, direction: DirectionId) -> Option<Consortium> {
        let topics = &self.direction(direction)?.topics;
        let mut moved = Consortium { direction, ..consortium.clone() };
        for (slot, value) in consortium.project.known() {
            let known = match value {
                FactValue::Topic(key) => {
                    key == OTHER_TOPIC || topics.list == TopicList::Any || topics.field_of(key).is_some()
                }
                FactValue::Exclusions(keys) => {
                    keys.iter().all(|key| topics.all_exclusions().any(|named| named.key == *key))
                }
                _ => true,
            };
            if !known {
                moved.project.set(slot, None);
            }
        }
        Some(moved)
    }
}

impl Composition<'_> {
    /// The composition requirements, by their place in the direction.
    pub fn requirements(&self) -> impl Iterator<Item = usize> {
        self.requirements.iter().map(|(requirement, _)| *requirement)
    }

    /// Whether what a member may be depends on whom it refers to: then a candidate's key and name may count.
    pub fn refers(&self) -> bool {
        !self.parties.is_empty()
    }

    /// Whom members and candidates refer to, so far as it matters in this direction.
    ///
    /// Give the facts of all members and of all candidates: a candidate's key and name count in its class only where they
    /// are among these.
    pub fn parties<'f>(&self, facts: impl IntoIterator<Item = &'f Facts>) -> Parties {
        let mut parties = Parties::default();
        if self.parties.is_empty() {
            return parties;
        }
        for facts in facts {
            for slot in &self.parties {
                if let Some(FactValue::Parties(named)) = facts.get(*slot) {
                    parties.keys.extend(named.iter().cloned());
                    parties.names.extend(named.iter().map(|name| letters(name)));
                }
            }
        }
        parties
    }

    /// The class of a candidate on a day.
    ///
    /// The side and lead that its facts may hold do not count. Its key and name count where `parties` has them, and nowhere
    /// else; without `parties` they do not depend on anybody else and the class can be kept.
    pub fn class(&self, day: Date, candidate: &Member, parties: &Parties) -> Class {
        let mut members = [candidate.clone()];
        let signatures = Join::ALL.map(|join| {
            for member in &mut members {
                member.facts.set(self.core.side.slot, Some(FactValue::Choice(self.choice(join.side))));
                member.facts.set(self.core.lead.slot, Some(FactValue::Bool(join.lead)));
            }
            self.signature(day, &members)
        });
        let mut ties = self.ties(candidate);
        ties.key = ties.key.filter(|key| parties.keys.contains(key));
        ties.name = ties.name.filter(|name| parties.names.contains(name));
        Class { signatures, ties }
    }

    /// The best sets of additions that make the composition valid on a day.
    ///
    /// A set is a *completion* if with it no composition requirement is violated, every one that is not blocked is
    /// satisfied (or does not bear on the consortium), and no proper subset of the additions is a completion. A valid
    /// composition has one completion, the empty set. Where a requirement is unmendable there is none.
    ///
    /// With `allow_undetermined` a requirement that is not blocked may also be undetermined, if it would be satisfied were
    /// each condition that is open for an added member decided in its favour, and those of members already there left as
    /// they are. Where a condition refers from one member to another (founders), undetermined is enough.
    ///
    /// A candidate joins either side, and is marked as lead only where nobody of the side is. The same candidates are
    /// proposed once, in one of the ways that do, if possible without a lead. Ties go to the earlier pool.
    ///
    /// Blocked and unmendable are judged part by part of a requirement: what holds or fails whoever is added.
    pub fn complete(
        &self,
        consortium: &Consortium,
        day: Date,
        pools: &[Pool],
        limits: CompletionLimits,
    ) -> Completions {
        let members = self.members(day, &consortium.members);
        let base: Vec<Standing<'_>> = members.iter().map(|(signature, ties)| Standing { signature, ties }).collect();
        let mut completions = Completions::default();
        let mut board = Board::new(self);
        for (requirement, tree) in &self.requirements {
            let best = |threshold| {
                let mut one = Board::new(self);
                one.ask(tree, threshold, threshold);
                one.all(&one.tallies(&base, base.len())).best
            };
            if !best(Truth::Unknown) {
                completions.unmendable.push(*requirement);
                continue;
            }
            let blocked = !best(Truth::True);
            if blocked {
                completions.blocked.push(*requirement);
            }
            let mut asked = Board::new(self);
            if blocked || limits.allow_undetermined {
                asked.ask(tree, Truth::Unknown, Truth::Unknown);
            } else {
                asked.ask(tree, Truth::True, Truth::True);
            }
            if limits.allow_undetermined && !blocked && !self.is_relational(tree) {
                asked.ask(tree, Truth::True, Truth::Unknown);
            }
            // What holds whoever is added is asked no more: candidates that differ only there are alike.
            if !asked.all(&asked.tallies(&base, base.len())).worst {
                board.join(asked);
            }
        }
        let size = limits.size.min(MEMBERS_AT_MOST.saturating_sub(base.len()));
        completions.searched = size;
        if !completions.unmendable.is_empty() || limits.sets == 0 {
            return completions;
        }
        let start = board.tallies(&base, base.len());
        if board.all(&start).now {
            completions.sets.push(CompletionSet { additions: Vec::new(), score: 0, undetermined: Vec::new() });
            return completions;
        }
        let mut search = Search::new(board, base, pools, limits);
        for size in 1..=size {
            let complete = search.sets_of(size);
            let room = limits.sets.saturating_sub(completions.sets.len());
            completions.sets.extend(search.best(&complete, room));
            if search.steps == 0 {
                completions.searched = size - 1;
                break;
            }
            if completions.sets.len() >= limits.sets {
                completions.searched = size;
                break;
            }
        }
        for set in &mut completions.sets {
            set.undetermined = search.undetermined(set, pools);
            set.undetermined.retain(|requirement| !completions.blocked.contains(requirement));
        }
        completions
    }

    /// Whether a candidate that joins so fills an open slot of a composition requirement: with it, in the place of the
    /// member that it replaces, less is missing.
    ///
    /// Unknown if that depends on what is not known of the candidate, or if another requirement that could be satisfied
    /// would stay undetermined. False if another requirement would be violated for good.
    pub fn fills(
        &self,
        consortium: &Consortium,
        day: Date,
        requirement: usize,
        replaces: Option<usize>,
        class: &Class,
        join: Join,
    ) -> Truth {
        let members = self.members(day, &consortium.members);
        let before: Vec<Standing<'_>> = members.iter().map(|(signature, ties)| Standing { signature, ties }).collect();
        let mut after = before.clone();
        if let Some(member) = replaces.filter(|member| *member < after.len()) {
            after.remove(member);
        }
        let there = after.len();
        after.extend(class.standing(join));
        let mut fills = Truth::False;
        let mut harms_none = Truth::True;
        for (index, tree) in &self.requirements {
            let asked = |base, added| {
                let mut one = Board::new(self);
                one.ask(tree, base, added);
                one
            };
            if *index == requirement {
                let falls = |added| {
                    let board = asked(Truth::True, added);
                    let missing = |team: &[Standing<'_>], there| board.missing(&board.tallies(team, there));
                    missing(&after, there) < missing(&before, before.len())
                };
                fills = Truth::from_bounds(falls(Truth::Unknown), falls(Truth::True));
                continue;
            }
            let spoils = |threshold| {
                let board = asked(threshold, threshold);
                let best = |team: &[Standing<'_>], there| board.all(&board.tallies(team, there)).best;
                best(&before, before.len()) && !best(&after, there)
            };
            harms_none = harms_none.min(Truth::from_bounds(!spoils(Truth::Unknown), !spoils(Truth::True)));
        }
        fills.min(harms_none)
    }

    fn members(&self, day: Date, members: &[Member]) -> Vec<(Signature, Ties)> {
        members.iter().map(|member| (self.signature(day, std::slice::from_ref(member)), self.ties(member))).collect()
    }

    fn choice(&self, side: Side) -> usize {
        let [chinese, partner] = self.sides;
        match side {
            Side::Chinese => chinese,
            Side::Partner => partner,
        }
    }

    /// What the only member of a team contributes.
    fn signature(&self, day: Date, only: &[Member]) -> Signature {
        let project = Facts::default();
        let places = &self.library.places;
        let scene = Scene { places, core: self.core, topics: self.topics, day, members: only, project: &project };
        let mut evidence = Evidence::new();
        let truths: Vec<Truth> = self
            .conditions
            .iter()
            .map(|condition| {
                evidence.clear();
                scene.evaluate(condition, Some(0), &mut evidence)
            })
            .collect();
        let fact = |slot: usize| only.first().and_then(|member| member.facts.get(slot));
        let values = self.atoms.iter().filter_map(|atom| match atom {
            Atom::Distinct { is: Condition::Own(own), .. } if truths.get(*own) == Some(&Truth::False) => Some(None),
            Atom::Distinct { fact: slot, .. } => Some(fact(*slot).map(|value| format!("{value:?}"))),
            Atom::AtLeast { .. } | Atom::Lead { .. } => None,
        });
        let values = values.collect();
        let side = match fact(self.core.side.slot) {
            Some(FactValue::Choice(side)) => Some(*side),
            _ => None,
        };
        let rank = match fact(self.core.lead.slot) {
            Some(FactValue::Bool(true)) => 2,
            None => 1,
            Some(_) => 0,
        };
        Signature { side, rank, truths, values }
    }

    fn ties(&self, member: &Member) -> Ties {
        if self.parties.is_empty() {
            return Ties::default();
        }
        let parties = self.parties.iter().map(|slot| match member.facts.get(*slot) {
            Some(FactValue::Parties(named)) => Some(named.clone()),
            _ => None,
        });
        Ties { parties: parties.collect(), key: Some(member.key.clone()), name: member.name.as_deref().map(letters) }
    }

    fn is_relational(&self, tree: &Tree) -> bool {
        match tree {
            Tree::All(parts) | Tree::Any(parts) => parts.iter().any(|part| self.is_relational(part)),
            Tree::Not(inner) => self.is_relational(inner),
            Tree::Atom(atom) => self.atoms.get(*atom).is_some_and(Atom::is_relational),
        }
    }

    /// Takes up a requirement if it asks about members only.
    fn prepare(&mut self, index: usize, requirement: &Requirement) {
        let marks = (self.atoms.len(), self.conditions.len(), self.parties.len());
        let tree = (|| {
            let tree = self.tree(requirement.decision.predicate()?)?;
            // A requirement that does not bear on a consortium leaves it valid, as one that is satisfied does.
            match &requirement.when {
                Some(when) => Some(Tree::Any(vec![Tree::Not(Box::new(self.tree(when)?)), tree])),
                None => Some(tree),
            }
        })();
        match tree {
            Some(tree) => self.requirements.push((index, tree)),
            None => {
                self.atoms.truncate(marks.0);
                self.conditions.truncate(marks.1);
                self.parties.truncate(marks.2);
            }
        }
    }

    fn tree(&mut self, predicate: &Predicate) -> Option<Tree> {
        match predicate {
            Predicate::All(parts) => Some(Tree::All(self.trees(parts)?)),
            Predicate::Any(parts) => Some(Tree::Any(self.trees(parts)?)),
            Predicate::Not(inner) => Some(Tree::Not(Box::new(self.tree(inner)?))),
            Predicate::If(condition, then) => {
                Some(Tree::Any(vec![Tree::Not(Box::new(self.tree(condition)?)), self.tree(then)?]))
            }
            Predicate::Some(inner) => self.at_least(1, inner),
            Predicate::Every { filter, is } => {
                let fails = Predicate::All(vec![(**filter).clone(), Predicate::Not(is.clone())]);
                Some(Tree::Not(Box::new(self.at_least(1, &fails)?)))
            }
            Predicate::Count { filter, at_least, at_most } => {
                let enough = self.at_least(*at_least, filter)?;
                let Some(most) = at_most else { return Some(enough) };
                let too_many = self.at_least(most.saturating_add(1), filter)?;
                Some(Tree::All(vec![enough, Tree::Not(Box::new(too_many))]))
            }
            Predicate::Distinct { fact, filter, at_least } => {
                let is = self.condition(filter)?;
                let value = self.atoms.iter().filter(|atom| matches!(atom, Atom::Distinct { .. })).count();
                Some(self.atom(Atom::Distinct { number: *at_least, is, fact: fact.slot, value }))
            }
            Predicate::Lead { side: FactValue::Choice(side), is } => {
                let is = self.condition(is)?;
                Some(self.atom(Atom::Lead { side: *side, is }))
            }
            Predicate::Lead { .. }
            | Predicate::Fact(..)
            | Predicate::InGroup(_)
            | Predicate::NamedIn(_)
            | Predicate::Ratio { .. }
            | Predicate::Title { .. } => None,
        }
    }

    fn trees(&mut self, parts: &[Predicate]) -> Option<Vec<Tree>> {
        parts.iter().map(|part| self.tree(part)).collect()
    }

    fn at_least(&mut self, number: usize, predicate: &Predicate) -> Option<Tree> {
        let is = self.condition(predicate)?;
        Some(self.atom(Atom::AtLeast { number, is }))
    }

    fn atom(&mut self, atom: Atom) -> Tree {
        self.atoms.push(atom);
        Tree::Atom(self.atoms.len() - 1)
    }

    fn condition(&mut self, predicate: &Predicate) -> Option<Condition> {
        match reach(predicate) {
            Reach::Beyond => return None,
            Reach::Member => {
                self.conditions.push(predicate.clone());
                return Some(Condition::Own(self.conditions.len() - 1));
            }
            Reach::Parties => {}
        }
        let mut each =
            |parts: &[Predicate]| parts.iter().map(|part| self.condition(part)).collect::<Option<Vec<Condition>>>();
        match predicate {
            Predicate::All(parts) => Some(Condition::All(each(parts)?)),
            Predicate::Any(parts) => Some(Condition::Any(each(parts)?)),
            Predicate::Not(inner) => Some(Condition::Not(Box::new(self.condition(inner)?))),
            Predicate::If(condition, then) => {
                let (condition, then) = (self.condition(condition)?, self.condition(then)?);
                Some(Condition::Any(vec![Condition::Not(Box::new(condition)), then]))
            }
            Predicate::Fact(fact, Test::RefersTo(inner)) => {
                let is = Box::new(self.condition(inner)?);
                let known = self.parties.iter().position(|slot| *slot == fact.slot);
                let parties = known.unwrap_or_else(|| {
                    self.parties.push(fact.slot);
                    self.parties.len() - 1
                });
                Some(Condition::Refers { parties, is })
            }
            _ => None,
        }
    }
}

impl Class {
    fn standing(&self, join: Join) -> Option<Standing<'_>> {
        let mut joins = Join::ALL.iter().zip(&self.signatures);
        joins.find(|(known, _)| **known == join).map(|(_, signature)| Standing { signature, ties: &self.ties })
    }
}

/// A member of a team as the search sees it.
#[derive(Clone, Copy)]
struct Standing<'a> {
    signature: &'a Signature,
    ties: &'a Ties,
}

/// Whether a condition of `team` member `at` holds; the same answers as the engine's.
fn truth(condition: &Condition, at: Standing<'_>, team: &[Standing<'_>]) -> Truth {
    match condition {
        Condition::Own(index) => at.signature.truths.get(*index).copied().unwrap_or(Truth::Unknown),
        Condition::All(parts) => parts.iter().map(|part| truth(part, at, team)).min().unwrap_or(Truth::True),
        Condition::Any(parts) => parts.iter().map(|part| truth(part, at, team)).max().unwrap_or(Truth::False),
        Condition::Not(inner) => !truth(inner, at, team),
        Condition::Refers { parties, is } => {
            let holds = |other: &Standing<'_>| truth(is, *other, team);
            match at.ties.parties.get(*parties) {
                Some(Some(named)) => team
                    .iter()
                    .filter(|other| named.iter().any(|party| other.ties.is_named(party)))
                    .map(holds)
                    .max()
                    .unwrap_or(Truth::False),
                _ if team.iter().any(|other| holds(other) != Truth::False) => Truth::Unknown,
                _ => Truth::False,
            }
        }
    }
}

/// A quantifier asked whether it is at least true, or at least unknown; of members there and of those added, each with a
/// threshold of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct View {
    atom: usize,
    there: Truth,
    added: Truth,
    /// Whether it is under an even number of `not`.
    positive: bool,
}

/// A requirement that asks views.
#[derive(Clone, Debug)]
enum Question {
    All(Vec<Question>),
    Any(Vec<Question>),
    Not(Box<Question>),
    View(usize),
}

/// What one member contributes to a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Contribution<'a> {
    Nothing,
    One,
    Value(&'a str),
    /// A lead of this rank, of whom the condition holds or not.
    Lead(u8, bool),
}

/// What the members contribute to a view together.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tally<'a> {
    Count(usize),
    Distinct {
        values: Vec<&'a str>,
        more: usize,
    },
    /// The highest rank so far, and whether the condition holds of all, and of any, with that rank.
    Lead {
        rank: Option<u8>,
        all: bool,
        any: bool,
    },
}

impl<'a> Tally<'a> {
    fn add(&mut self, contribution: Contribution<'a>) {
        match (self, contribution) {
            (Self::Count(number), Contribution::One) => *number += 1,
            (Self::Distinct { more, .. }, Contribution::One) => *more += 1,
            (Self::Distinct { values, .. }, Contribution::Value(value)) => {
                // Sorted, so that teams of the same values are equal.
                if let Err(place) = values.binary_search(&value) {
                    values.insert(place, value);
                }
            }
            (Self::Lead { rank, all, any }, Contribution::Lead(new, holds)) => {
                match rank.map(|known| new.cmp(&known)) {
                    Some(std::cmp::Ordering::Less) => {}
                    Some(std::cmp::Ordering::Equal) => (*all, *any) = (*all && holds, *any || holds),
                    None | Some(std::cmp::Ordering::Greater) => (*rank, *all, *any) = (Some(new), holds, holds),
                }
            }
            _ => {}
        }
    }
}

/// What is known of a question: its answer now, and the least and the most that it can become when members are added.
#[derive(Clone, Copy, Debug)]
struct Answer {
    worst: bool,
    now: bool,
    best: bool,
}

/// The questions that a team must answer with yes.
#[derive(Clone, Debug)]
struct Board<'a> {
    composition: &'a Composition<'a>,
    views: Vec<View>,
    questions: Vec<Question>,
}

impl<'a> Board<'a> {
    fn new(composition: &'a Composition<'a>) -> Self {
        Self { composition, views: Vec::new(), questions: Vec::new() }
    }

    /// Asks whether a requirement is at least so true.
    fn ask(&mut self, tree: &Tree, there: Truth, added: Truth) {
        let question = self.question(tree, there, added, true);
        self.questions.push(question);
    }

    fn question(&mut self, tree: &Tree, there: Truth, added: Truth, positive: bool) -> Question {
        let mut each = |parts: &[Tree]| parts.iter().map(|part| self.question(part, there, added, positive)).collect();
        match tree {
            Tree::All(parts) => Question::All(each(parts)),
            Tree::Any(parts) => Question::Any(each(parts)),
            Tree::Not(inner) => {
                // Not x is at least true where x is not even unknown, and at least unknown where x is not true.
                let turned = |threshold| if threshold == Truth::True { Truth::Unknown } else { Truth::True };
                Question::Not(Box::new(self.question(inner, turned(there), turned(added), !positive)))
            }
            Tree::Atom(atom) => {
                self.views.push(View { atom: *atom, there, added, positive });
                Question::View(self.views.len() - 1)
            }
        }
    }

    /// Takes over the questions of another board.
    fn join(&mut self, other: Self) {
        let by = self.views.len();
        self.views.extend(other.views);
        self.questions.extend(other.questions.into_iter().map(|question| question.moved(by)));
    }

    fn atom(&self, view: &View) -> Option<&'a Atom> {
        self.composition.atoms.get(view.atom)
    }

    fn contribution<'s>(&self, view: &View, at: Standing<'s>, team: &[Standing<'s>], added: bool) -> Contribution<'s> {
        let Some(atom) = self.atom(view) else { return Contribution::Nothing };
        let threshold = if added { view.added } else { view.there };
        let holds = || truth(atom.condition(), at, team) >= threshold;
        match atom {
            Atom::AtLeast { .. } if holds() => Contribution::One,
            Atom::Distinct { value, .. } if holds() => match at.signature.values.get(*value) {
                Some(Some(value)) => Contribution::Value(value),
                _ if threshold == Truth::Unknown => Contribution::One,
                _ => Contribution::Nothing,
            },
            Atom::Lead { side, .. } if at.signature.side.is_none_or(|known| known == *side) => {
                Contribution::Lead(at.signature.rank, holds())
            }
            _ => Contribution::Nothing,
        }
    }

    fn nothing<'s>(&self, view: &View) -> Tally<'s> {
        match self.atom(view) {
            Some(Atom::Distinct { .. }) => Tally::Distinct { values: Vec::new(), more: 0 },
            Some(Atom::Lead { .. }) => Tally::Lead { rank: None, all: false, any: false },
            Some(Atom::AtLeast { .. }) | None => Tally::Count(0),
        }
    }

    /// What a team contributes to a view; the first so many members are there already.
    fn tally<'s>(&self, view: &View, team: &[Standing<'s>], there: usize) -> Tally<'s> {
        let mut tally = self.nothing(view);
        for (index, at) in team.iter().enumerate() {
            tally.add(self.contribution(view, *at, team, index >= there));
        }
        tally
    }

    fn tallies<'s>(&self, team: &[Standing<'s>], there: usize) -> Vec<Tally<'s>> {
        self.views.iter().map(|view| self.tally(view, team, there)).collect()
    }

    /// All questions together.
    fn all(&self, tallies: &[Tally<'_>]) -> Answer {
        let answers = self.questions.iter().map(|question| self.answer(question, tallies));
        answers.fold(Answer { worst: true, now: true, best: true }, |all, one| Answer {
            worst: all.worst && one.worst,
            now: all.now && one.now,
            best: all.best && one.best,
        })
    }

    fn answer(&self, question: &Question, tallies: &[Tally<'_>]) -> Answer {
        match question {
            Question::All(parts) => parts.iter().map(|part| self.answer(part, tallies)).fold(
                Answer { worst: true, now: true, best: true },
                |all, one| Answer {
                    worst: all.worst && one.worst,
                    now: all.now && one.now,
                    best: all.best && one.best,
                },
            ),
            Question::Any(parts) => parts.iter().map(|part| self.answer(part, tallies)).fold(
                Answer { worst: false, now: false, best: false },
                |any, one| Answer {
                    worst: any.worst || one.worst,
                    now: any.now || one.now,
                    best: any.best || one.best,
                },
            ),
            Question::Not(inner) => {
                let inner = self.answer(inner, tallies);
                Answer { worst: !inner.best, now: !inner.now, best: !inner.worst }
            }
            Question::View(view) => self.look(*view, tallies),
        }
    }

    fn look(&self, index: usize, tallies: &[Tally<'_>]) -> Answer {
        let open = Answer { worst: false, now: false, best: true };
        let (Some(view), Some(tally)) = (self.views.get(index), tallies.get(index)) else { return open };
        let Some(atom) = self.atom(view) else { return open };
        let now = match (atom, tally) {
            (Atom::AtLeast { number, .. }, Tally::Count(count)) => count >= number,
            (Atom::Distinct { number, .. }, Tally::Distinct { values, more }) => values.len() + more >= *number,
            // At least true: somebody leads, and it holds of whoever may. At least unknown: it does not fail of all.
            (Atom::Lead { .. }, Tally::Lead { rank, all, .. }) if view.there == Truth::True => rank.is_some() && *all,
            (Atom::Lead { .. }, Tally::Lead { rank, any, .. }) => rank.is_none() || *any,
            _ => return open,
        };
        // A side has one lead: once it is marked, no addition changes who leads.
        let settled = matches!(tally, Tally::Lead { rank: Some(2), .. }) && !atom.is_relational();
        // A count never falls, so neither does what it gives: members are added, never taken away.
        let worst = now && (settled || atom.rises());
        Answer { worst, now, best: now || !settled }
    }

    /// How much is missing; 0 if all questions are answered with yes.
    fn missing(&self, tallies: &[Tally<'_>]) -> usize {
        self.questions.iter().map(|question| self.lacks(question, tallies, true)).fold(0, usize::saturating_add)
    }

    fn lacks(&self, question: &Question, tallies: &[Tally<'_>], want: bool) -> usize {
        let each = |parts: &[Question]| parts.iter().map(|part| self.lacks(part, tallies, want)).collect::<Vec<_>>();
        match (question, want) {
            (Question::All(parts), true) | (Question::Any(parts), false) => {
                each(parts).into_iter().fold(0, usize::saturating_add)
            }
            (Question::Any(parts), true) | (Question::All(parts), false) => {
                each(parts).into_iter().min().unwrap_or(usize::MAX)
            }
            (Question::Not(inner), _) => self.lacks(inner, tallies, !want),
            (Question::View(view), _) => {
                if self.look(*view, tallies).now == want {
                    return 0;
                }
                let number = match self.views.get(*view).and_then(|view| self.atom(view)) {
                    Some(Atom::AtLeast { number, .. } | Atom::Distinct { number, .. }) => *number,
                    Some(Atom::Lead { .. }) | None => return 1,
                };
                let count = match tallies.get(*view) {
                    Some(Tally::Count(count)) => *count,
                    Some(Tally::Distinct { values, more }) => values.len() + more,
                    Some(Tally::Lead { .. }) | None => 0,
                };
                if want { number.saturating_sub(count) } else { (count + 1).saturating_sub(number) }
            }
        }
    }
}

impl Question {
    fn moved(self, by: usize) -> Self {
        let each = |parts: Vec<Self>| parts.into_iter().map(|part| part.moved(by)).collect();
        match self {
            Self::All(parts) => Self::All(each(parts)),
            Self::Any(parts) => Self::Any(each(parts)),
            Self::Not(inner) => Self::Not(Box::new(inner.moved(by))),
            Self::View(view) => Self::View(view + by),
        }
    }
}

/// Candidates, and ways to join, that nothing still asked can tell apart.
struct Kind<'a> {
    standing: Standing<'a>,
    contributions: Vec<Contribution<'a>>,
    leads: Option<Side>,
    /// Additions and their scores, best first.
    candidates: Vec<(u32, Addition)>,
}

/// What tells kinds apart.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Visible<'a> {
    contributions: Vec<Contribution<'a>>,
    relations: Option<Relations>,
}

/// What tells kinds apart where members refer to one another.
type Relations = (Option<(Option<usize>, u8)>, Vec<Truth>, Ties);

/// A set of kinds that is a completion, with the best score that it can have.
struct CompleteKinds {
    kinds: Vec<usize>,
    bound: u64,
}

struct Search<'a> {
    board: Board<'a>,
    base: Vec<Standing<'a>>,
    start: Vec<Tally<'a>>,
    kinds: Vec<Kind<'a>>,
    /// Views that depend on how members refer to one another: they are counted anew for each team.
    relational: Vec<usize>,
    /// Whether an addition that changes no other view can still be of use.
    idle_may_help: bool,
    steps: usize,
}

impl<'a> Search<'a> {
    fn new(board: Board<'a>, base: Vec<Standing<'a>>, pools: &'a [Pool], limits: CompletionLimits) -> Self {
        let is_relational = |view: &View| board.atom(view).is_some_and(Atom::is_relational);
        let relational: Vec<usize> =
            board.views.iter().enumerate().filter(|(_, view)| is_relational(view)).map(|(index, _)| index).collect();
        let idle_may_help = board
            .views
            .iter()
            .any(|view| is_relational(view) && (view.positive || !board.atom(view).is_some_and(Atom::rises)));
        let start = board.tallies(&base, base.len());
        let kinds = Vec::new();
        let mut search = Self { board, base, start, kinds, relational, idle_may_help, steps: limits.steps };
        search.sort_into_kinds(pools, limits);
        search
    }

    fn sort_into_kinds(&mut self, pools: &'a [Pool], limits: CompletionLimits) {
        let related = self.related(pools);
        let mut places: HashMap<(Option<Side>, Visible<'a>), usize> = HashMap::new();
        for (pool, of) in pools.iter().enumerate() {
            let mut ways: Vec<(Side, Visible<'a>)> = Vec::new();
            for join in Join::ALL {
                let Some(standing) = of.class.standing(join) else { continue };
                if of.side.is_some_and(|side| side != join.side) || (join.lead && self.has_lead(join.side)) {
                    continue;
                }
                let visible = Visible {
                    contributions: self.board.views.iter().map(|view| self.contribution(view, standing)).collect(),
                    relations: related.as_ref().map(|related| related.of(standing)),
                };
                // Where nothing asks who leads, the mark is of no use.
                let way = (join.side, visible.clone());
                if join.lead && ways.contains(&way) {
                    continue;
                }
                ways.push(way);
                let leads = join.lead.then_some(join.side);
                let place = *places.entry((leads, visible)).or_insert_with_key(|(leads, visible)| {
                    let contributions = visible.contributions.clone();
                    self.kinds.push(Kind { standing, contributions, leads: *leads, candidates: Vec::new() });
                    self.kinds.len() - 1
                });
                if let Some(kind) = self.kinds.get_mut(place)
                    && !kind.candidates.iter().any(|(_, addition)| addition.pool == pool)
                {
                    let scores = of.scores.iter().enumerate().take(limits.sets.saturating_add(limits.size));
                    kind.candidates.extend(scores.map(|(nth, score)| (*score, Addition { pool, nth, join })));
                }
            }
        }
        for kind in &mut self.kinds {
            kind.candidates.sort_by_key(|(score, addition)| (std::cmp::Reverse(*score), addition.pool, addition.nth));
            // A set with a later one has as many better sets as are asked for: each earlier one that it does not hold yet,
            // in the later one's place.
            kind.candidates.truncate(limits.sets.saturating_add(limits.size));
        }
        // An addition after which a question can no longer be answered with yes is out for good.
        let dead: Vec<bool> = (0..self.kinds.len())
            .map(|kind| self.with(&self.start, &[kind]).is_none_or(|tallies| !self.board.all(&tallies).best))
            .collect();
        let mut dead = dead.into_iter();
        self.kinds.retain(|kind| !dead.next().unwrap_or(true) && !kind.candidates.is_empty());
    }

    /// Whether a side has a member that is marked as its lead.
    fn has_lead(&self, side: Side) -> bool {
        let choice = self.board.composition.choice(side);
        self.base
            .iter()
            .any(|member| member.signature.rank == 2 && member.signature.side.is_none_or(|known| known == choice))
    }

    /// What a candidate contributes to a view that does not depend on the others.
    fn contribution(&self, view: &View, standing: Standing<'a>) -> Contribution<'a> {
        if self.board.atom(view).is_none_or(Atom::is_relational) {
            return Contribution::Nothing;
        }
        self.board.contribution(view, standing, &[], true)
    }

    /// What can tell candidates apart by how they refer to one another; `None` if no question asks for it.
    fn related(&self, pools: &'a [Pool]) -> Option<Related> {
        if self.relational.is_empty() {
            return None;
        }
        let mut related = Related::default();
        for view in self.relational.iter().filter_map(|view| self.board.views.get(*view)) {
            if let Some(atom) = self.board.atom(view) {
                atom.condition().own(&mut related.own);
                related.leads |= matches!(atom, Atom::Lead { .. });
            }
        }
        let everybody = || self.base.iter().map(|member| member.ties).chain(pools.iter().map(|pool| &pool.class.ties));
        for ties in everybody() {
            related.keys.extend(ties.key.clone());
            related.names.extend(ties.name.clone());
            related.parties.extend(ties.parties.iter().flatten().flatten().cloned());
        }
        related.letters = related.parties.iter().map(|party| letters(party)).collect();
        Some(related)
    }

    /// The tallies with the last of the chosen kinds added; `None` if it cannot be, or changes nothing.
    ///
    /// Tallies add up in any order. An addition that leaves them as they are therefore leaves those of every larger set as
    /// they are too: no set that holds it is a smallest one. A view that only ever counts against a set need not be looked
    /// at for that.
    fn with(&self, before: &[Tally<'a>], chosen: &[usize]) -> Option<Vec<Tally<'a>>> {
        let (last, rest) = chosen.split_last()?;
        let kind = self.kinds.get(*last)?;
        let leads_already = |other: &&usize| self.kinds.get(**other).is_some_and(|other| other.leads == kind.leads);
        let times = rest.iter().filter(|other| *other == last).count();
        if times >= kind.candidates.len() || (kind.leads.is_some() && rest.iter().any(|other| leads_already(&other))) {
            return None;
        }
        let mut tallies = before.to_vec();
        for (index, contribution) in kind.contributions.iter().enumerate() {
            if let (Some(tally), Some(view)) = (tallies.get_mut(index), self.board.views.get(index)) {
                self.add(view, tally, *contribution);
            }
        }
        let useful = self.idle_may_help
            || tallies
                .iter()
                .zip(before)
                .enumerate()
                .any(|(index, (now, then))| now != then && !self.relational.contains(&index));
        if !useful {
            return None;
        }
        if !self.relational.is_empty() {
            let chosen = chosen.iter().filter_map(|kind| self.kinds.get(*kind)).map(|kind| kind.standing);
            let team: Vec<Standing<'a>> = self.base.iter().copied().chain(chosen).collect();
            for index in &self.relational {
                if let (Some(view), Some(tally)) = (self.board.views.get(*index), tallies.get_mut(*index)) {
                    *tally = self.board.tally(view, &team, self.base.len());
                }
            }
        }
        Some(tallies)
    }

    /// Adds a contribution. More than enough is as good as enough.
    fn add(&self, view: &View, tally: &mut Tally<'a>, contribution: Contribution<'a>) {
        let enough = match (self.board.atom(view), &*tally) {
            (Some(Atom::AtLeast { number, .. }), Tally::Count(count)) => count >= number,
            (Some(Atom::Distinct { number, .. }), Tally::Distinct { values, more }) => values.len() + more >= *number,
            _ => false,
        };
        if !enough {
            tally.add(contribution);
        }
    }

    /// Every set of so many kinds that is a completion.
    fn sets_of(&mut self, size: usize) -> Vec<CompleteKinds> {
        let mut found = Vec::new();
        let start = self.start.clone();
        self.extend(0, &mut Vec::new(), &start, size, &mut found);
        found
    }

    fn extend(
        &mut self,
        from: usize,
        chosen: &mut Vec<usize>,
        before: &[Tally<'a>],
        size: usize,
        found: &mut Vec<CompleteKinds>,
    ) {
        for kind in from..self.kinds.len() {
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 {
                return;
            }
            chosen.push(kind);
            if let Some(tallies) = self.with(before, chosen) {
                let answer = self.board.all(&tallies);
                if chosen.len() < size {
                    // Whatever is added to a completion is one too many.
                    if answer.best && !answer.now {
                        self.extend(kind, chosen, &tallies, size, found);
                    }
                } else if answer.now && self.is_smallest(chosen) {
                    let bound = self.bound(chosen);
                    found.push(CompleteKinds { kinds: chosen.clone(), bound });
                }
            }
            chosen.pop();
        }
    }

    /// Whether no proper subset of a completion is one.
    fn is_smallest(&self, chosen: &[usize]) -> bool {
        let all = (1_u32 << chosen.len().min(31)) - 1;
        (1..all).all(|subset| {
            let team = chosen.iter().enumerate().filter(|(place, _)| subset & (1_u32 << place) != 0);
            let team: Vec<Standing<'a>> = self
                .base
                .iter()
                .copied()
                .chain(team.filter_map(|(_, kind)| self.kinds.get(*kind)).map(|kind| kind.standing))
                .collect();
            !self.board.all(&self.board.tallies(&team, self.base.len())).now
        })
    }

    fn bound(&self, kinds: &[usize]) -> u64 {
        let best = kinds.iter().filter_map(|kind| self.kinds.get(*kind)?.candidates.first());
        best.map(|(score, _)| u64::from(*score)).sum()
    }

    /// The best sets of candidates for sets of kinds.
    fn best(&self, complete: &[CompleteKinds], room: usize) -> Vec<CompletionSet> {
        let mut order: Vec<&CompleteKinds> = complete.iter().collect();
        let leads = |of: &CompleteKinds| {
            of.kinds.iter().filter(|kind| self.kinds.get(**kind).is_some_and(|kind| kind.leads.is_some())).count()
        };
        order.sort_by_cached_key(|of| (std::cmp::Reverse(of.bound), leads(of), of.kinds.clone()));
        let mut best = Best { room, sets: Vec::new() };
        for of in order {
            if !best.wants(of.bound) {
                break;
            }
            self.assign(&of.kinds, 0, &mut Vec::new(), 0, of.bound, &mut best);
        }
        best.sets.into_iter().map(|(_, set)| set).collect()
    }

    /// Puts candidates in the places of kinds, the best first, as long as they can be among the best sets.
    fn assign(
        &self,
        kinds: &[usize],
        from: usize,
        additions: &mut Vec<Addition>,
        score: u64,
        bound: u64,
        best: &mut Best,
    ) {
        let Some((first, rest)) = kinds.split_first() else {
            best.take(additions, score);
            return;
        };
        let Some(kind) = self.kinds.get(*first) else { return };
        let top = kind.candidates.first().map_or(0, |(score, _)| u64::from(*score));
        for (place, (own, addition)) in kind.candidates.iter().enumerate().skip(from) {
            let bound = bound - top + u64::from(*own);
            if !best.wants(bound) {
                return;
            }
            if additions.iter().any(|taken| taken.pool == addition.pool && taken.nth == addition.nth) {
                continue;
            }
            // Candidates of one kind are taken in their order, so that each set comes once.
            let next = if rest.first() == Some(first) { place + 1 } else { 0 };
            additions.push(*addition);
            self.assign(rest, next, additions, score + u64::from(*own), bound, best);
            additions.pop();
        }
    }

    /// The requirements that are undetermined with a set.
    fn undetermined(&self, set: &CompletionSet, pools: &'a [Pool]) -> Vec<usize> {
        let added = set.additions.iter().filter_map(|addition| pools.get(addition.pool)?.class.standing(addition.join));
        let team: Vec<Standing<'a>> = self.base.iter().copied().chain(added).collect();
        let composition = self.board.composition;
        let open = composition.requirements.iter().filter(|(_, tree)| {
            let mut one = Board::new(composition);
            one.ask(tree, Truth::True, Truth::True);
            !one.all(&one.tallies(&team, self.base.len())).now
        });
        open.map(|(requirement, _)| *requirement).collect()
    }
}

/// What can tell candidates apart by how they refer to one another.
#[derive(Default)]
struct Related {
    leads: bool,
    own: BTreeSet<usize>,
    keys: HashSet<String>,
    names: HashSet<String>,
    parties: HashSet<String>,
    letters: HashSet<String>,
}

impl Related {
    fn of(&self, standing: Standing<'_>) -> Relations {
        let Standing { signature, ties } = standing;
        let truths = self.own.iter().filter_map(|own| signature.truths.get(*own).copied()).collect();
        let is_somebody = |party: &&String| self.keys.contains(*party) || self.names.contains(&letters(party));
        let named = |parties: &Vec<String>| parties.iter().filter(is_somebody).cloned().collect();
        let ties = Ties {
            parties: ties.parties.iter().map(|parties| parties.as_ref().map(named)).collect(),
            key: ties.key.clone().filter(|key| self.parties.contains(key)),
            name: ties.name.clone().filter(|name| self.letters.contains(name)),
        };
        (self.leads.then_some((signature.side, signature.rank)), truths, ties)
    }
}

/// The best sets so far, best first, each with the candidates that it holds.
struct Best {
    room: usize,
    sets: Vec<(Vec<(usize, usize)>, CompletionSet)>,
}

impl Best {
    fn wants(&self, score: u64) -> bool {
        self.sets.len() < self.room || self.sets.last().is_some_and(|(_, worst)| score > worst.score)
    }

    fn take(&mut self, additions: &[Addition], score: u64) {
        let mut held: Vec<(usize, usize)> = additions.iter().map(|addition| (addition.pool, addition.nth)).collect();
        held.sort_unstable();
        if self.sets.iter().any(|(known, _)| *known == held) {
            return;
        }
        let mut additions = additions.to_vec();
        additions.sort_by_key(|addition| (addition.join.side, !addition.join.lead, addition.pool, addition.nth));
        let place = self.sets.partition_point(|(_, better)| better.score >= score);
        self.sets.insert(place, (held, CompletionSet { additions, score, undetermined: Vec::new() }));
        self.sets.truncate(self.room);
    }
}
