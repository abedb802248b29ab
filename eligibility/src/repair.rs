//! Repairs: the smallest changes that would satisfy a finding, derived from its predicate.
//!
//! A plan is searched for by asking each part of the predicate what would make it true, one part after the other on the
//! consortium as the parts before have left it. Each plan is then applied to the facts and judged: only plans that make the
//! finding satisfied are kept, so a repair is right by test and not by argument.

use crate::date::{Date, PartialDate, years_before};
use crate::evaluate::{Evidence, FactRef, Scene};
use crate::facts::{Consortium, FactValue, Facts, Member};
use crate::guide::{Library, Requirement, Topics};
use crate::place::{Country, GroupId, Place, longest_prefix};
use crate::predicate::{Predicate, Test};
use crate::report::{Finding, Outcome, Report, outcome};
use crate::truth::Truth;
use crate::vocabulary::{CoreFacts, FactId, FactType, Scope};

/// Changes that together make a finding satisfied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The changes.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Supply or change a fact.
    Set {
        /// The fact.
        at: FactRef,
        /// Whether a value is known already, so that it would be changed and not supplied.
        known: bool,
        /// What it must be.
        wanted: Wanted,
        /// The nearest value that will do.
        value: FactValue,
    },
    /// Add a member.
    Add(Slot),
    /// Do without a member.
    Drop {
        /// Its place in the consortium.
        member: usize,
    },
    /// Put another in a member's place.
    Replace {
        /// Its place in the consortium.
        member: usize,
        /// Who would do.
        slot: Slot,
    },
}

/// An open slot: what a member must be to fill it, what the others already cover left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// What its facts must be.
    pub properties: Vec<(FactId, Wanted)>,
    /// A member that would do.
    pub example: Member,
}

/// What a fact must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One of these.
    OneOf(Vec<FactValue>),
    /// Anything but these.
    NoneOf(Vec<FactValue>),
    /// At least this number.
    AtLeast(i64),
    /// At most this number.
    AtMost(i64),
    /// Between these numbers, both included.
    Between(i64, i64),
    /// At least this share of another number of the project that is not known yet.
    AtLeastShare {
        /// The share, in hundredths.
        percent: i64,
        /// Of what.
        of: FactId,
    },
    /// Not after this day.
    OnOrBefore(Date),
    /// Not before this day.
    OnOrAfter(Date),
    /// Between these days, both included.
    Within(Date, Date),
    /// A place in a group, other than these.
    InGroup {
        /// The group.
        group: GroupId,
        /// Members of it that would not do.
        except: Vec<Country>,
        /// Whether it must also differ from the places of the others that are added.
        apart: bool,
    },
    /// A list that names these.
    Includes(Vec<String>),
    /// A list that does not name these.
    Excludes(Vec<String>),
    /// A title built so.
    Title {
        /// How it starts.
        starts: String,
        /// Short names of countries that may follow.
        names: Vec<String>,
        /// How it ends.
        ends: String,
    },
}

/// How the keys of members begin that a repair adds; a number follows.
const ADDED: &str = "new";

/// Whether a key that no member has is of one that a repair adds.
pub(crate) fn is_added(key: &str) -> bool {
    key.strip_prefix(ADDED).is_some_and(|number| number.parse::<usize>().is_ok())
}

/// Whether a repair makes all the changes of another.
fn is_within(small: &Repair, large: &Repair) -> bool {
    let mut left: Vec<&Change> = large.changes.iter().collect();
    small.changes.iter().all(|change| match left.iter().position(|other| *other == change) {
        Some(place) => {
            left.swap_remove(place);
            true
        }
        None => false,
    })
}

/// Plans kept while searching.
const PLANS_AT_MOST: usize = 24;
/// Repairs given for one finding.
const REPAIRS_AT_MOST: usize = 4;

impl Library {
    /// The smallest changes that would satisfy a finding of a report, smallest first.
    ///
    /// Empty for findings that are neither violated nor undetermined, and where no change of facts would help.
    pub fn repairs(&self, consortium: &Consortium, report: &Report, finding: &Finding) -> Vec<Repair> {
        let Some(direction) = self.direction(report.direction) else { return Vec::new() };
        match direction.requirements.get(finding.requirement) {
            Some(requirement) => self.repairs_of(consortium, requirement, finding, report.as_of),
            None => Vec::new(),
        }
    }

    /// The smallest changes that would satisfy a finding under the rules around the call.
    pub fn common_repairs(&self, consortium: &Consortium, finding: &Finding) -> Vec<Repair> {
        let guide = self.guide_of(consortium.direction);
        let rules = guide.and_then(|guide| guide.common_rules.as_ref());
        match (guide, rules.and_then(|rules| rules.rules.get(finding.requirement))) {
            (Some(guide), Some(rule)) => {
                self.repairs_of(consortium, rule, finding, consortium.as_of.unwrap_or(guide.as_of))
            }
            _ => Vec::new(),
        }
    }

    fn repairs_of(
        &self,
        consortium: &Consortium,
        requirement: &Requirement,
        finding: &Finding,
        day: Date,
    ) -> Vec<Repair> {
        let open = matches!(finding.outcome, Outcome::Violated | Outcome::Undetermined);
        let (Some(predicate), Some(core), Some(direction), true) =
            (requirement.decision.predicate(), self.core, self.direction(consortium.direction), open)
        else {
            return Vec::new();
        };
        let search = Search { library: self, core, topics: &direction.topics, day, original: consortium };
        let start = Plan { state: consortium.clone(), steps: Vec::new() };
        let mut repairs: Vec<(usize, Repair)> = Vec::new();
        for plan in search.make(predicate, true, start, None) {
            let scene = search.scene(&plan.state);
            if outcome(&scene, requirement, &mut Evidence::new()) != Outcome::Satisfied {
                continue;
            }
            let repair = search.repair(&plan);
            if !repair.changes.is_empty() && !repairs.iter().any(|(_, known)| *known == repair) {
                repairs.push((plan.cost(), repair));
            }
        }
        repairs.sort_by_key(|(cost, _)| *cost);
        // One that does all that another does, and more, is not smallest.
        let all: Vec<Repair> = repairs.iter().map(|(_, repair)| repair.clone()).collect();
        repairs.retain(|(_, repair)| !all.iter().any(|other| other != repair && is_within(other, repair)));
        repairs.truncate(REPAIRS_AT_MOST);
        repairs.into_iter().map(|(_, repair)| repair).collect()
    }

    /// The consortium with a repair carried out, each wanted fact at its nearest value.
    pub fn apply(&self, consortium: &Consortium, repair: &Repair) -> Consortium {
        let mut changed = consortium.clone();
        let mut dropped = Vec::new();
        for change in &repair.changes {
            match change {
                Change::Set { at, value, .. } => match at.member {
                    Some(member) => {
                        if let Some(member) = changed.members.get_mut(member) {
                            member.facts.set(at.fact.slot, Some(value.clone()));
                        }
                    }
                    None => changed.project.set(at.fact.slot, Some(value.clone())),
                },
                Change::Add(slot) => changed.members.push(slot.example.clone()),
                Change::Drop { member } => dropped.push(*member),
                Change::Replace { member, slot } => {
                    dropped.push(*member);
                    changed.members.push(slot.example.clone());
                }
            }
        }
        dropped.sort_unstable();
        for member in dropped.into_iter().rev() {
            if member < changed.members.len() {
                changed.members.remove(member);
            }
        }
        changed
    }
}

/// A step of a plan. Members are named by key: their places shift while a plan is made.
#[derive(Clone, Debug)]
enum Step {
    Set { member: Option<String>, fact: FactId, wanted: Wanted, value: FactValue },
    Add { key: String, replaces: Option<String> },
    Drop { key: String },
}

#[derive(Clone, Debug)]
struct Plan {
    state: Consortium,
    steps: Vec<Step>,
}

impl Plan {
    /// Facts of members that are new cost nothing: their slot does.
    fn cost(&self) -> usize {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Set { member: Some(member), .. } if self.is_new(member) => 0,
                Step::Set { .. } => 2,
                Step::Add { replaces: None, .. } => 5,
                Step::Add { replaces: Some(_), .. } => 7,
                Step::Drop { .. } => 6,
            })
            .sum()
    }

    fn is_new(&self, key: &str) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Add { key: added, .. } if added == key))
    }

    fn set(mut self, member: Option<usize>, fact: FactId, wanted: Wanted, value: FactValue) -> Self {
        let key = match (fact.scope, member) {
            (Scope::Member, Some(member)) => match self.state.members.get_mut(member) {
                Some(member) => {
                    member.facts.set(fact.slot, Some(value.clone()));
                    Some(member.key.clone())
                }
                None => return self,
            },
            (Scope::Member, None) => return self,
            (Scope::Project, _) => {
                self.state.project.set(fact.slot, Some(value.clone()));
                None
            }
        };
        self.steps.push(Step::Set { member: key, fact, wanted, value });
        self
    }

    fn drop_member(mut self, member: usize) -> Self {
        if member < self.state.members.len() {
            let key = self.state.members.remove(member).key;
            self.steps.push(Step::Drop { key });
        }
        self
    }

    fn add(mut self, replaces: Option<usize>) -> (Self, usize) {
        let replaces = replaces.filter(|member| *member < self.state.members.len());
        let replaces = replaces.map(|member| self.state.members.remove(member).key);
        let mut number = 1;
        let mut key = format!("{ADDED}{number}");
        while self.state.members.iter().any(|member| member.key == key) {
            number += 1;
            key = format!("{ADDED}{number}");
        }
        self.state.members.push(Member { key: key.clone(), name: None, facts: Facts::default() });
        self.steps.push(Step::Add { key, replaces });
        let member = self.state.members.len() - 1;
        (self, member)
    }
}

struct Search<'a> {
    library: &'a Library,
    core: CoreFacts,
    topics: &'a Topics,
    day: Date,
    original: &'a Consortium,
}

impl<'a> Search<'a> {
    fn scene<'s>(&'s self, state: &'s Consortium) -> Scene<'s> {
        Scene::new(&self.library.places, self.core, self.topics, self.day, state)
    }

    fn truth(&self, predicate: &Predicate, plan: &Plan, member: Option<usize>) -> Truth {
        self.scene(&plan.state).evaluate(predicate, member, &mut Evidence::new())
    }

    /// Plans that go on from `plan` and make the predicate true (or false, if `want` is false).
    fn make(&self, predicate: &Predicate, want: bool, plan: Plan, member: Option<usize>) -> Vec<Plan> {
        if self.truth(predicate, &plan, member) == Truth::from(want) {
            return vec![plan];
        }
        match (predicate, want) {
            (Predicate::All(parts), true) | (Predicate::Any(parts), false) => {
                self.each(parts.iter(), plan, |part, plan| self.make(part, want, plan, member))
            }
            (Predicate::Any(parts), true) | (Predicate::All(parts), false) => {
                smallest(parts.iter().flat_map(|part| self.make(part, want, plan.clone(), member)).collect())
            }
            (Predicate::Not(inner), _) => self.make(inner, !want, plan, member),
            (Predicate::If(condition, then), true) => {
                let mut plans = self.make(then, true, plan.clone(), member);
                plans.extend(self.make(condition, false, plan, member));
                smallest(plans)
            }
            (Predicate::If(condition, then), false) => {
                let plans = self.make(condition, true, plan, member);
                smallest(plans.into_iter().flat_map(|plan| self.make(then, false, plan, member)).collect())
            }
            (Predicate::Some(inner), true) => self.make_some(&[(inner, true)], plan),
            (Predicate::Some(inner), false) => {
                let offenders = self.keys(&plan, |member| self.truth(inner, &plan, Some(member)) != Truth::False);
                self.each(offenders.iter(), plan, |key, plan| {
                    let Some(member) = position(&plan, key) else { return vec![plan] };
                    let mut plans = self.make(inner, false, plan.clone(), Some(member));
                    plans.push(plan.drop_member(member));
                    plans
                })
            }
            (Predicate::Every { filter, is }, true) => self.make_every(filter, is, plan),
            (Predicate::Every { filter, is }, false) => self.make_some(&[(filter, true), (is, false)], plan),
            (Predicate::Count { filter, at_least, at_most }, true) => {
                self.make_count(filter, *at_least, *at_most, plan)
            }
            (Predicate::Distinct { fact, filter, at_least }, true) => {
                self.make_distinct(*fact, filter, *at_least, plan)
            }
            (Predicate::Lead { side, is }, true) => self.make_lead(side, is, plan),
            (Predicate::Count { .. } | Predicate::Distinct { .. } | Predicate::Lead { .. }, false) => Vec::new(),
            (Predicate::Fact(fact, test), _) => self.make_fact(*fact, test, want, plan, member),
            (Predicate::InGroup(group), true) => self.make_in_group(*group, plan, member, &[]),
            (Predicate::InGroup(_), false) => Vec::new(),
            (Predicate::NamedIn(fact), true) => self.make_named(*fact, plan, member),
            (Predicate::NamedIn(_), false) => Vec::new(),
            (Predicate::Ratio { of, to, at_least_percent }, true) => self.make_ratio(*of, *to, *at_least_percent, plan),
            (Predicate::Ratio { .. } | Predicate::Title { .. }, false) => Vec::new(),
            (Predicate::Title { fact, starts, names, ends }, true) => self.make_title(*fact, starts, names, ends, plan),
        }
    }

    /// Makes each item true, one after the other.
    fn each<T>(&self, items: impl Iterator<Item = T>, plan: Plan, make: impl Fn(&T, Plan) -> Vec<Plan>) -> Vec<Plan> {
        let mut plans = vec![plan];
        for (index, item) in items.enumerate() {
            plans = smallest(plans.into_iter().flat_map(|plan| make(&item, plan)).collect());
            // Many parts that each leave a choice: keep the best few, or the search would grow with their number.
            plans.truncate((PLANS_AT_MOST / (index + 1)).max(2));
        }
        plans
    }

    fn keys(&self, plan: &Plan, which: impl Fn(usize) -> bool) -> Vec<String> {
        let members = plan.state.members.iter().enumerate();
        members.filter(|(index, _)| which(*index)).map(|(_, member)| member.key.clone()).collect()
    }

    /// Plans that give one member all the properties: one that is there, or a new one.
    fn make_some(&self, properties: &[(&Predicate, bool)], plan: Plan) -> Vec<Plan> {
        let fill = |plan: Plan, member: usize| {
            self.each(properties.iter(), plan, |(part, want), plan| self.make(part, *want, plan, Some(member)))
        };
        let mut plans = Vec::new();
        for member in 0..plan.state.members.len() {
            plans.extend(fill(plan.clone(), member));
        }
        let (with_new, member) = plan.add(None);
        plans.extend(fill(with_new, member));
        smallest(plans)
    }

    fn make_every(&self, filter: &Predicate, is: &Predicate, plan: Plan) -> Vec<Plan> {
        let offends = |member: usize| {
            self.truth(filter, &plan, Some(member)) != Truth::False
                && self.truth(is, &plan, Some(member)) != Truth::True
        };
        let offenders = self.keys(&plan, offends);
        self.each(offenders.iter(), plan.clone(), |key, plan| {
            let Some(member) = position(&plan, key) else { return vec![plan] };
            let mut plans = self.make(is, true, plan.clone(), Some(member));
            if self.truth(filter, &plan, Some(member)) == Truth::Unknown {
                plans.extend(self.make(filter, false, plan.clone(), Some(member)));
            }
            let (replaced, new) = plan.clone().add(Some(member));
            plans.extend(
                self.make(filter, true, replaced, Some(new))
                    .into_iter()
                    .flat_map(|plan| self.make(is, true, plan, Some(new))),
            );
            plans.push(plan.drop_member(member));
            plans
        })
    }

    fn make_count(&self, filter: &Predicate, at_least: usize, at_most: Option<usize>, plan: Plan) -> Vec<Plan> {
        let certain = (0..plan.state.members.len())
            .filter(|member| self.truth(filter, &plan, Some(*member)) == Truth::True)
            .count();
        if certain < at_least {
            return self.each(certain..at_least, plan, |_, plan| {
                let mut plans = Vec::new();
                for member in 0..plan.state.members.len() {
                    if self.truth(filter, &plan, Some(member)) != Truth::True {
                        plans.extend(self.make(filter, true, plan.clone(), Some(member)));
                    }
                }
                let (with_new, member) = plan.add(None);
                plans.extend(self.make(filter, true, with_new, Some(member)));
                plans
            });
        }
        let most = at_most.unwrap_or(usize::MAX);
        let counted = self.keys(&plan, |member| self.truth(filter, &plan, Some(member)) != Truth::False);
        let surplus = counted.len().saturating_sub(most);
        self.each(counted.iter().rev().take(surplus), plan, |key, plan| match position(&plan, key) {
            Some(member) => {
                let mut plans = self.make(filter, false, plan.clone(), Some(member));
                plans.push(plan.drop_member(member));
                plans
            }
            None => vec![plan],
        })
    }

    fn make_distinct(&self, fact: FactId, filter: &Predicate, at_least: usize, plan: Plan) -> Vec<Plan> {
        let covered = |plan: &Plan| {
            let mut values: Vec<FactValue> = Vec::new();
            for (index, member) in plan.state.members.iter().enumerate() {
                let value = member.facts.get(fact.slot);
                if self.truth(filter, plan, Some(index)) == Truth::True
                    && let Some(value) = value
                    && !values.contains(value)
                {
                    values.push(value.clone());
                }
            }
            values
        };
        let missing = at_least.saturating_sub(covered(&plan).len());
        self.each(0..missing, plan, |_, plan| {
            let values = covered(&plan);
            let mut plans = Vec::new();
            let mut fill = |plan: Plan, member: usize| {
                for plan in self.make_apart(filter, fact, &values, plan, member) {
                    let value = plan.state.members.get(member).and_then(|member| member.facts.get(fact.slot));
                    if value.is_some_and(|value| !values.contains(value)) {
                        plans.push(plan);
                    }
                }
            };
            for member in 0..plan.state.members.len() {
                if self.truth(filter, &plan, Some(member)) == Truth::Unknown {
                    fill(plan.clone(), member);
                }
            }
            let (with_new, member) = plan.add(None);
            fill(with_new, member);
            plans
        })
    }

    /// Makes a filter true of a member whose fact must differ from the values that are covered already.
    fn make_apart(
        &self,
        filter: &Predicate,
        fact: FactId,
        values: &[FactValue],
        plan: Plan,
        member: usize,
    ) -> Vec<Plan> {
        let countries: Vec<Country> = values
            .iter()
            .filter_map(|value| match value {
                FactValue::Country(country) => Some(*country),
                _ => None,
            })
            .collect();
        let parts = match filter {
            Predicate::All(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let plans = self.each(parts.iter(), plan, |part, plan| match part {
            Predicate::InGroup(group) if fact == self.core.country => {
                self.make_in_group(*group, plan, Some(member), &countries)
            }
            part => self.make(part, true, plan, Some(member)),
        });
        plans
            .into_iter()
            .flat_map(|plan| self.make_fact(fact, &Test::NoneOf(values.to_vec()), true, plan, Some(member)))
            .collect()
    }

    fn make_lead(&self, side: &FactValue, is: &Predicate, plan: Plan) -> Vec<Plan> {
        let candidates: Vec<usize> = self.scene(&plan.state).lead_candidates(side).collect();
        let lead = |plan: Plan, member: usize, value: bool| {
            let value = FactValue::Bool(value);
            plan.set(Some(member), self.core.lead, Wanted::OneOf(vec![value.clone()]), value)
        };
        // Whoever leads now no longer does when another is to lead.
        let demote = |plan: Plan, except: Option<usize>| {
            candidates.iter().copied().filter(|member| Some(*member) != except).fold(plan, |plan, member| {
                let facts = plan.state.members.get(member).map(|member| &member.facts);
                let marked = facts.and_then(|facts| facts.get(self.core.lead.slot)) == Some(&FactValue::Bool(true));
                if marked { lead(plan, member, false) } else { plan }
            })
        };
        let mut plans = Vec::new();
        if let [only] = candidates.as_slice() {
            plans.extend(self.make(is, true, plan.clone(), Some(*only)));
            let (replaced, new) = plan.clone().add(Some(*only));
            let replaced = self.of_side(side, lead(replaced, new, true), new);
            plans.extend(self.make(is, true, replaced, Some(new)));
        }
        // Hand the lead to, or mark as lead, a member of the side that would do.
        for member in 0..plan.state.members.len() {
            let of_side = plan
                .state
                .members
                .get(member)
                .is_some_and(|member| member.facts.get(self.core.side.slot) == Some(side));
            if !of_side || candidates == [member] {
                continue;
            }
            let with = demote(plan.clone(), Some(member));
            plans.extend(self.make(is, true, with, Some(member)).into_iter().map(|plan| lead(plan, member, true)));
        }
        if candidates.len() != 1 {
            let (with_new, new) = demote(plan, None).add(None);
            let with_new = self.of_side(side, lead(with_new, new, true), new);
            plans.extend(self.make(is, true, with_new, Some(new)));
        }
        smallest(plans)
    }

    fn of_side(&self, side: &FactValue, plan: Plan, member: usize) -> Plan {
        plan.set(Some(member), self.core.side, Wanted::OneOf(vec![side.clone()]), side.clone())
    }

    /// Supplies or changes a fact; what an institution is, once known, is not changed.
    fn make_fact(&self, fact: FactId, test: &Test, want: bool, plan: Plan, member: Option<usize>) -> Vec<Plan> {
        let reference = FactRef { member: if fact.scope == Scope::Member { member } else { None }, fact };
        let Some(definition) = self.library.vocabulary.definition(fact) else { return Vec::new() };
        let value = self.scene(&plan.state).value(reference).cloned();
        let truth = self.truth(&Predicate::Fact(fact, test.clone()), &plan, member);
        if truth == Truth::from(want) {
            return vec![plan];
        }
        if let Test::RefersTo(related) = test {
            let known = want || value.is_some();
            return if known { Vec::new() } else { vec![self.unrelated(fact, related, plan, member)] };
        }
        let Some((wanted, nearest)) = self.wanted(&definition.fact_type, test, want, value.as_ref()) else {
            return Vec::new();
        };
        let nearest = match (&value, &nearest) {
            // A partial date may turn out to be a day that will do: then it is supplied, not changed.
            (Some(FactValue::Date(known)), FactValue::Date(PartialDate::Day(day))) if truth == Truth::Unknown => {
                let within = (*day).clamp(known.first(), known.last());
                FactValue::Date(PartialDate::Day(within))
            }
            (Some(_), _) if definition.identity => return Vec::new(),
            _ => nearest,
        };
        vec![plan.set(member, fact, wanted, nearest)]
    }

    /// An unknown list of parties turns out to name none of those that it must not refer to.
    fn unrelated(&self, fact: FactId, related: &Predicate, plan: Plan, member: Option<usize>) -> Plan {
        let members = plan.state.members.iter().enumerate();
        let barred = members
            .filter(|(index, _)| Some(*index) != member && self.truth(related, &plan, Some(*index)) != Truth::False);
        let names = barred.map(|(_, other)| other.key.clone()).collect();
        plan.set(member, fact, Wanted::Excludes(names), FactValue::Parties(Vec::new()))
    }

    /// What a test wants of a fact, and the value nearest to the known one that meets it.
    fn wanted(
        &self,
        fact_type: &FactType,
        test: &Test,
        want: bool,
        value: Option<&FactValue>,
    ) -> Option<(Wanted, FactValue)> {
        let one_of = |values: &[FactValue]| {
            let first = values.first()?.clone();
            Some((Wanted::OneOf(values.to_vec()), first))
        };
        let none_of = |banned: &[FactValue]| {
            let candidates: Vec<FactValue> = match fact_type {
                FactType::Bool => vec![FactValue::Bool(true), FactValue::Bool(false)],
                FactType::Choice(choices) => (0..choices.len()).map(FactValue::Choice).collect(),
                FactType::Country => {
                    self.library.places.countries().iter().map(|info| FactValue::Country(info.country)).collect()
                }
                FactType::Topic => self.topics.keys().map(|(key, _)| FactValue::Topic(key.to_owned())).collect(),
                _ => Vec::new(),
            };
            let left: Vec<FactValue> = candidates.into_iter().filter(|value| !banned.contains(value)).collect();
            let first = left.first()?.clone();
            // Two values: the other one is meant.
            let wanted = if left.len() == 1 { Wanted::OneOf(left) } else { Wanted::NoneOf(banned.to_vec()) };
            Some((wanted, first))
        };
        let date = |day: Date| FactValue::Date(PartialDate::Day(day));
        match (test, want) {
            (Test::OneOf { values, .. }, true) => one_of(values),
            (Test::NoneOf(values), false) => one_of(values),
            (Test::OneOf { values, .. }, false) | (Test::NoneOf(values), true) => none_of(values),
            (Test::Between { at_least, at_most }, true) => {
                let known = match value {
                    Some(FactValue::Integer(number)) => *number,
                    _ => at_least.or(*at_most)?,
                };
                let nearest = known.max(at_least.unwrap_or(i64::MIN)).min(at_most.unwrap_or(i64::MAX));
                let wanted = match (*at_least, *at_most) {
                    (Some(least), Some(most)) => Wanted::Between(least, most),
                    (Some(least), None) => Wanted::AtLeast(least),
                    (None, Some(most)) => Wanted::AtMost(most),
                    (None, None) => return None,
                };
                Some((wanted, FactValue::Integer(nearest)))
            }
            (Test::Within { from, to }, true) => match (*from, *to) {
                (Some(from), Some(to)) => Some((Wanted::Within(from, to), date(to))),
                (Some(from), None) => Some((Wanted::OnOrAfter(from), date(from))),
                (None, Some(to)) => Some((Wanted::OnOrBefore(to), date(to))),
                (None, None) => None,
            },
            (Test::YearsAtLeast(years), true) => {
                let last = years_before(self.day, *years);
                Some((Wanted::OnOrBefore(last), date(last)))
            }
            (Test::Contains(key), true) | (Test::Lacks(key), false) => {
                let mut keys = match value {
                    Some(FactValue::Exclusions(keys)) => keys.clone(),
                    _ => Vec::new(),
                };
                keys.push(key.clone());
                Some((Wanted::Includes(vec![key.clone()]), FactValue::Exclusions(keys)))
            }
            (Test::Lacks(key), true) | (Test::Contains(key), false) => {
                let mut keys = match value {
                    Some(FactValue::Exclusions(keys)) => keys.clone(),
                    _ => Vec::new(),
                };
                keys.retain(|known| known != key);
                Some((Wanted::Excludes(vec![key.clone()]), FactValue::Exclusions(keys)))
            }
            (Test::Listed, true) => {
                let listed: Vec<FactValue> = self.listed_topics(value).map(FactValue::Topic).collect();
                one_of(&listed)
            }
            (
                Test::Between { .. } | Test::Within { .. } | Test::YearsAtLeast(_) | Test::RefersTo(_) | Test::Listed,
                _,
            ) => None,
        }
    }

    /// The topics at the level at which the list is closed, those of a known field first and alone.
    fn listed_topics(&self, value: Option<&FactValue>) -> impl Iterator<Item = String> {
        let field = match value {
            Some(FactValue::Topic(key)) => self.topics.field_of(key).map(|topic| topic.key.clone()),
            _ => None,
        };
        let by_subtopic = self.topics.level == crate::guide::TopicLevel::Subtopic;
        self.topics.items.iter().filter(move |topic| field.as_ref().is_none_or(|field| topic.key == *field)).flat_map(
            move |topic| {
                let whole = (!by_subtopic).then(|| topic.key.clone());
                let below = topic.subtopics.iter().filter(move |_| by_subtopic).map(|named| named.key.clone());
                whole.into_iter().chain(below)
            },
        )
    }

    fn make_in_group(&self, group: GroupId, plan: Plan, member: Option<usize>, except: &[Country]) -> Vec<Plan> {
        let truth = self.truth(&Predicate::InGroup(group), &plan, member);
        let (Some(index), Some(of)) = (member, self.library.places.group(group)) else { return Vec::new() };
        let Some(facts) = plan.state.members.get(index).map(|member| &member.facts) else { return Vec::new() };
        let country = facts.get(self.core.country.slot).cloned();
        match truth {
            Truth::True => return vec![plan],
            Truth::False => return Vec::new(),
            Truth::Unknown => {}
        }
        let within = |place: &Place| match (place, &country) {
            (Place::Country(_), None) => true,
            (Place::Subdivision(_, of), Some(FactValue::Country(country))) => of == country,
            (Place::Country(_) | Place::Subdivision(..), _) => false,
        };
        let candidates: Vec<Place> = of.members_on(self.day).filter(within).collect();
        let except: Vec<Country> = except
            .iter()
            .copied()
            .filter(|country| of.members_on(self.day).any(|place| place == Place::Country(*country)))
            .collect();
        let allowed = |place: &&Place| !matches!(place, Place::Country(country) if except.contains(country));
        match candidates.iter().find(allowed) {
            Some(Place::Country(country)) => {
                let wanted = Wanted::InGroup { group, except, apart: false };
                vec![plan.set(member, self.core.country, wanted, FactValue::Country(*country))]
            }
            Some(Place::Subdivision(subdivision, _)) => {
                let wanted = Wanted::InGroup { group, except, apart: false };
                vec![plan.set(member, self.core.subdivision, wanted, FactValue::Subdivision(*subdivision))]
            }
            None => Vec::new(),
        }
    }

    fn make_named(&self, fact: FactId, plan: Plan, member: Option<usize>) -> Vec<Plan> {
        let Some(key) = member.and_then(|member| plan.state.members.get(member)).map(|member| member.key.clone())
        else {
            return Vec::new();
        };
        let mut parties = match plan.state.project.get(fact.slot) {
            Some(FactValue::Parties(parties)) => parties.clone(),
            _ => Vec::new(),
        };
        parties.push(key.clone());
        vec![plan.set(None, fact, Wanted::Includes(vec![key]), FactValue::Parties(parties))]
    }

    fn make_ratio(&self, of: FactId, to: FactId, percent: i64, plan: Plan) -> Vec<Plan> {
        let amount = |fact: FactId| match plan.state.project.get(fact.slot) {
            Some(FactValue::Integer(amount)) => Some(*amount),
            _ => None,
        };
        let needed = |against: i64| i64::try_from((i128::from(against) * i128::from(percent) + 99) / 100).ok();
        let carried = |amount: i64| i64::try_from(i128::from(amount) * 100 / i128::from(percent.max(1))).ok();
        let raise = |plan: Plan, against: i64| {
            let least = needed(against)?;
            Some(plan.set(None, of, Wanted::AtLeast(least), FactValue::Integer(least)))
        };
        let lower = |plan: Plan, amount: i64| {
            let most = carried(amount)?;
            Some(plan.set(None, to, Wanted::AtMost(most), FactValue::Integer(most)))
        };
        let plans = match (amount(of), amount(to)) {
            (Some(have), Some(against)) => {
                let lowered = if have > 0 { lower(plan.clone(), have) } else { None };
                vec![raise(plan, against), lowered]
            }
            (None, Some(against)) => vec![raise(plan, against)],
            (Some(have), None) => vec![lower(plan, have)],
            (None, None) => {
                // Neither is known: both must be supplied, in this proportion to each other, whatever they are.
                let against = 1_000_000;
                let first = plan.set(None, to, Wanted::NoneOf(Vec::new()), FactValue::Integer(against));
                let share = Wanted::AtLeastShare { percent, of: to };
                vec![needed(against).map(|least| first.set(None, of, share, FactValue::Integer(least)))]
            }
        };
        plans.into_iter().flatten().collect()
    }

    fn make_title(&self, fact: FactId, starts: &str, filter: &Predicate, ends: &str, plan: Plan) -> Vec<Plan> {
        if let Some(plan) = self.with_title(fact, starts, filter, ends, plan.clone()) {
            return vec![plan];
        }
        // No country to name yet: a partner from the one that the title names already, or from any that has a short name,
        // must be known, or found, first.
        let named = self.countries_named(fact, starts, &plan);
        let country = if named.is_empty() {
            let nameless = self.library.places.countries().iter().filter(|info| info.short.is_empty());
            Test::NoneOf(nameless.map(|info| FactValue::Country(info.country)).collect())
        } else {
            Test::OneOf { values: named.into_iter().map(FactValue::Country).collect(), otherwise: Truth::False }
        };
        let title = Predicate::Title {
            fact,
            starts: starts.to_owned(),
            names: Box::new(filter.clone()),
            ends: ends.to_owned(),
        };
        let partner = [(filter, true), (&Predicate::Fact(self.core.country, country), true)];
        let plans = self.make_some(&partner, plan).into_iter();
        plans
            .filter_map(|plan| match self.truth(&title, &plan, None) {
                Truth::True => Some(plan),
                _ => self.with_title(fact, starts, filter, ends, plan),
            })
            .collect()
    }

    /// The countries whose short name, the longest there is, follows the start of the title.
    fn countries_named(&self, fact: FactId, starts: &str, plan: &Plan) -> Vec<Country> {
        let Some(FactValue::Text(title)) = plan.state.project.get(fact.slot) else { return Vec::new() };
        let Some(words) = title.trim().strip_prefix(starts) else { return Vec::new() };
        let lengths = self.library.places.countries().iter().filter_map(|info| {
            let length = longest_prefix(words, &info.short)?;
            Some((length, info.country))
        });
        let lengths: Vec<(usize, Country)> = lengths.collect();
        let longest = lengths.iter().map(|(length, _)| *length).max();
        lengths.into_iter().filter(|(length, _)| Some(*length) == longest).map(|(_, country)| country).collect()
    }

    /// The plan with a title that names a country of a member, if there is one to name.
    fn with_title(&self, fact: FactId, starts: &str, filter: &Predicate, ends: &str, plan: Plan) -> Option<Plan> {
        let mut names = Vec::new();
        for (index, member) in plan.state.members.iter().enumerate() {
            let country = member.facts.get(self.core.country.slot);
            if self.truth(filter, &plan, Some(index)) == Truth::True
                && let Some(FactValue::Country(country)) = country
                && let Some(info) = self.library.places.country(*country)
                && let Some(shortest) = info.short.last()
                && !names.contains(shortest)
            {
                names.push(shortest.clone());
            }
        }
        let name = names.first()?;
        let topic = plan.state.project.known().find_map(|(_, value)| match value {
            FactValue::Topic(key) => self.topics.field_of(key).map(|topic| topic.name.zh.as_str()),
            _ => None,
        });
        let title = format!("{starts}{name}{}{ends}", topic.unwrap_or("研究领域"));
        let wanted = Wanted::Title { starts: starts.to_owned(), names, ends: ends.to_owned() };
        Some(plan.set(None, fact, wanted, FactValue::Text(title)))
    }

    /// The steps of a plan as changes to the consortium it began with.
    fn repair(&self, plan: &Plan) -> Repair {
        let place = |key: &str| self.original.members.iter().position(|member| member.key == key);
        let mut changes: Vec<Change> = Vec::new();
        for step in &plan.steps {
            match step {
                Step::Set { member: Some(key), .. } if plan.is_new(key) => {}
                Step::Set { member, fact, wanted, value } => {
                    let index = member.as_deref().and_then(place);
                    if member.is_some() && index.is_none() {
                        continue;
                    }
                    let at = FactRef { member: index, fact: *fact };
                    if plan
                        .steps
                        .iter()
                        .any(|step| matches!((step, member), (Step::Drop { key }, Some(member)) if key == member))
                    {
                        continue;
                    }
                    let earlier = changes.iter_mut().find_map(|change| match change {
                        Change::Set { at: known, wanted, value, .. } if *known == at => Some((wanted, value)),
                        _ => None,
                    });
                    match earlier {
                        Some((earlier_wanted, earlier_value)) => {
                            *earlier_wanted = both(earlier_wanted, wanted);
                            *earlier_value = value.clone();
                        }
                        None => {
                            let before = self.original.fact(index, *fact);
                            let partial = matches!(
                                (before, value),
                                (Some(FactValue::Date(known)), FactValue::Date(new))
                                    if known.first() != known.last() && known.first() <= new.first() && new.last() <= known.last()
                            );
                            let known = before.is_some() && !partial;
                            changes.push(Change::Set { at, known, wanted: wanted.clone(), value: value.clone() });
                        }
                    }
                }
                Step::Add { key, replaces } => {
                    let Some(example) = plan.state.members.iter().find(|member| member.key == *key) else { continue };
                    let slot = Slot { properties: self.properties(plan, key), example: example.clone() };
                    changes.push(match replaces.as_deref().and_then(place) {
                        Some(member) => Change::Replace { member, slot },
                        None => Change::Add(slot),
                    });
                }
                Step::Drop { key } => changes.extend(place(key).map(|member| Change::Drop { member })),
            }
        }
        Repair { changes }
    }

    /// What a new member's facts must be.
    fn properties(&self, plan: &Plan, key: &str) -> Vec<(FactId, Wanted)> {
        let mut properties: Vec<(FactId, Wanted)> = Vec::new();
        for step in &plan.steps {
            if let Step::Set { member: Some(of), fact, wanted, .. } = step
                && of == key
            {
                match properties.iter_mut().find(|(known, _)| known == fact) {
                    Some((_, known)) => *known = both(known, wanted),
                    None => properties.push((*fact, wanted.clone())),
                }
            }
        }
        // The country of another new member is an example only: what counts is that the two differ.
        let members = &self.original.members;
        for (_, wanted) in &mut properties {
            if let Wanted::InGroup { except, apart, .. } = wanted {
                let before = except.len();
                except.retain(|country| {
                    let taken = FactValue::Country(*country);
                    members.iter().any(|member| member.facts.get(self.core.country.slot) == Some(&taken))
                });
                *apart = except.len() < before;
            }
        }
        properties
    }
}

/// What is wanted of a fact twice over.
fn both(first: &Wanted, second: &Wanted) -> Wanted {
    match (first, second) {
        (Wanted::Includes(first), Wanted::Includes(second)) => {
            let mut all = first.clone();
            all.extend(second.iter().filter(|name| !first.contains(name)).cloned());
            Wanted::Includes(all)
        }
        (Wanted::Excludes(first), Wanted::Excludes(second)) => {
            let mut all = first.clone();
            all.extend(second.iter().filter(|name| !first.contains(name)).cloned());
            Wanted::Excludes(all)
        }
        _ => second.clone(),
    }
}

fn position(plan: &Plan, key: &str) -> Option<usize> {
    plan.state.members.iter().position(|member| member.key == key)
}

/// The smallest plans, in a stable order.
fn smallest(mut plans: Vec<Plan>) -> Vec<Plan> {
    plans.sort_by_key(Plan::cost);
    plans.truncate(PLANS_AT_MOST);
    plans
}
