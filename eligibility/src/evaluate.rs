//! Evaluates predicates over a consortium in Kleene logic, and keeps the facts that decided.

use std::borrow::Cow;

use crate::date::{Date, years_before};
use crate::facts::{Consortium, FactValue, Member, OTHER_TOPIC};
use crate::guide::{TopicLevel, TopicList, Topics};
use crate::place::{Places, longest_prefix};
use crate::predicate::{Predicate, Test, within};
use crate::truth::Truth;
use crate::vocabulary::{CoreFacts, FactId, Scope};

/// A fact of a member, or of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactRef {
    /// The member's place in the consortium; `None` for the project.
    pub member: Option<usize>,
    /// The fact.
    pub fact: FactId,
}

/// What a predicate is evaluated against.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) places: &'a Places,
    pub(crate) core: CoreFacts,
    pub(crate) topics: &'a Topics,
    pub(crate) day: Date,
    pub(crate) members: &'a [Member],
    pub(crate) project: &'a crate::facts::Facts,
}

/// Facts that decided, in the order they were read.
///
/// Of a conjunction that fails only the failing parts are kept, of one that holds all; of a disjunction the reverse. The
/// known side of a member is never kept: it says which members are meant, not why.
pub(crate) type Evidence = Vec<FactRef>;

impl<'a> Scene<'a> {
    pub(crate) fn new(
        places: &'a Places,
        core: CoreFacts,
        topics: &'a Topics,
        day: Date,
        consortium: &'a Consortium,
    ) -> Self {
        Self { places, core, topics, day, members: &consortium.members, project: &consortium.project }
    }

    pub(crate) fn value(&self, reference: FactRef) -> Option<&'a FactValue> {
        match (reference.fact.scope, reference.member) {
            (Scope::Member, Some(member)) => self.members.get(member)?.facts.get(reference.fact.slot),
            (Scope::Member, None) => None,
            (Scope::Project, _) => self.project.get(reference.fact.slot),
        }
    }

    fn at(fact: FactId, member: Option<usize>) -> FactRef {
        FactRef { member: if fact.scope == Scope::Member { member } else { None }, fact }
    }

    /// Evaluates a predicate; `member` is the member at hand inside a quantifier.
    pub(crate) fn evaluate(&self, predicate: &Predicate, member: Option<usize>, evidence: &mut Evidence) -> Truth {
        match predicate {
            Predicate::All(parts) => {
                fold(parts.iter(), Truth::True, evidence, |part, evidence| self.evaluate(part, member, evidence))
            }
            Predicate::Any(parts) => {
                fold(parts.iter(), Truth::False, evidence, |part, evidence| self.evaluate(part, member, evidence))
            }
            Predicate::Not(inner) => !self.evaluate(inner, member, evidence),
            Predicate::If(condition, then) => {
                let mark = evidence.len();
                let condition = self.evaluate(condition, member, evidence);
                if condition == Truth::False {
                    return Truth::True;
                }
                if condition == Truth::True {
                    evidence.truncate(mark);
                }
                let then = self.evaluate(then, member, evidence);
                (!condition).max(then)
            }
            Predicate::Some(inner) => fold(0..self.members.len(), Truth::False, evidence, |member, evidence| {
                self.evaluate(inner, Some(member), evidence)
            }),
            Predicate::Every { filter, is } => {
                fold(0..self.members.len(), Truth::True, evidence, |member, evidence| {
                    self.where_then(filter, is, member, evidence)
                })
            }
            Predicate::Count { filter, at_least, at_most } => {
                let (mut certain, mut possible) = (0_usize, 0_usize);
                for member in 0..self.members.len() {
                    let mark = evidence.len();
                    match self.evaluate(filter, Some(member), evidence) {
                        Truth::True => {
                            certain += 1;
                            possible += 1;
                        }
                        Truth::Unknown => possible += 1,
                        Truth::False => evidence.truncate(mark),
                    }
                }
                let enough = Truth::from_bounds(possible >= *at_least, certain >= *at_least);
                let within = at_most.map_or(Truth::True, |most| Truth::from_bounds(certain <= most, possible <= most));
                enough.min(within)
            }
            Predicate::Distinct { fact, filter, at_least } => self.distinct(*fact, filter, *at_least, evidence),
            Predicate::Lead { side, is } => {
                let mark = evidence.len();
                let (mut any, mut least, mut most) = (false, Truth::True, Truth::False);
                for member in self.lead_candidates(side) {
                    let truth = self.evaluate(is, Some(member), evidence);
                    (any, least, most) = (true, least.min(truth), most.max(truth));
                }
                if any && least == most {
                    return least;
                }
                if most != Truth::Unknown && least != most {
                    // The candidates differ: what is missing is who leads.
                    evidence.truncate(mark);
                    evidence.extend(self.lead_candidates(side).map(|member| Self::at(self.core.lead, Some(member))));
                }
                Truth::Unknown
            }
            Predicate::Fact(fact, test) => {
                let reference = Self::at(*fact, member);
                let value = self.value(reference);
                if *fact != self.core.side || value.is_none() {
                    evidence.push(reference);
                }
                self.test(test, value, evidence)
            }
            Predicate::InGroup(group) => {
                let Some(group) = self.places.group(*group) else { return Truth::Unknown };
                let country = Self::at(self.core.country, member);
                let subdivision = Self::at(self.core.subdivision, member);
                let country_value = match self.value(country) {
                    Some(FactValue::Country(value)) => Some(*value),
                    _ => None,
                };
                let subdivision_value = match self.value(subdivision) {
                    Some(FactValue::Subdivision(value)) => Some(*value),
                    _ => None,
                };
                let truth = group.contains(country_value, subdivision_value, self.day);
                if country_value.is_some() || subdivision_value.is_none() {
                    evidence.push(country);
                }
                if subdivision_value.is_some() || (truth == Truth::Unknown && country_value.is_some()) {
                    evidence.push(subdivision);
                }
                truth
            }
            Predicate::NamedIn(fact) => {
                let reference = Self::at(*fact, None);
                evidence.push(reference);
                match (self.value(reference), member.and_then(|member| self.members.get(member))) {
                    (Some(FactValue::Parties(parties)), Some(member)) => Truth::from(names(parties, member)),
                    _ => Truth::Unknown,
                }
            }
            Predicate::Ratio { of, to, at_least_percent } => {
                let (of, to) = (Self::at(*of, None), Self::at(*to, None));
                evidence.extend([of, to]);
                match (self.value(of), self.value(to)) {
                    (Some(FactValue::Integer(amount)), Some(FactValue::Integer(against))) => {
                        let share = i128::from(*against) * i128::from(*at_least_percent);
                        Truth::from(i128::from(*amount) * 100 >= share)
                    }
                    _ => Truth::Unknown,
                }
            }
            Predicate::Title { fact, starts, names, ends } => {
                evidence.push(Self::at(*fact, None));
                match self.value(Self::at(*fact, None)) {
                    Some(FactValue::Text(title)) => self.title(title, starts, names, ends, evidence),
                    _ => Truth::Unknown,
                }
            }
        }
    }

    /// `is` for a member that satisfies `filter`; the filter's own facts count only while they are unknown.
    fn where_then(&self, filter: &Predicate, is: &Predicate, member: usize, evidence: &mut Evidence) -> Truth {
        let mark = evidence.len();
        let applies = self.evaluate(filter, Some(member), evidence);
        if applies != Truth::Unknown {
            evidence.truncate(mark);
        }
        if applies == Truth::False {
            return Truth::True;
        }
        let holds = self.evaluate(is, Some(member), evidence);
        (!applies).max(holds)
    }

    fn distinct(&self, fact: FactId, filter: &Predicate, at_least: usize, evidence: &mut Evidence) -> Truth {
        let mut certain: Vec<&FactValue> = Vec::new();
        let mut possible: Vec<&FactValue> = Vec::new();
        let mut unknown = 0_usize;
        for member in 0..self.members.len() {
            let mark = evidence.len();
            let applies = self.evaluate(filter, Some(member), evidence);
            if applies == Truth::False {
                evidence.truncate(mark);
                continue;
            }
            let reference = Self::at(fact, Some(member));
            if !evidence.iter().skip(mark).any(|read| *read == reference) {
                evidence.push(reference);
            }
            match self.value(reference) {
                Some(value) if applies == Truth::True && !certain.contains(&value) => certain.push(value),
                Some(value) if applies == Truth::Unknown && !possible.contains(&value) => possible.push(value),
                Some(_) => {}
                None => unknown += 1,
            }
        }
        let more = possible.iter().filter(|value| !certain.contains(value)).count();
        Truth::from_bounds(certain.len() + more + unknown >= at_least, certain.len() >= at_least)
    }

    /// The members that may be the lead of a side: those marked as lead; or else those of whom it is not known; or else,
    /// where all are said not to lead, any of them.
    pub(crate) fn lead_candidates(&self, side: &FactValue) -> impl Iterator<Item = usize> {
        let core = self.core;
        let of_side = move |member: &Member| member.facts.get(core.side.slot).is_none_or(|known| known == side);
        let rank = move |member: &Member| match member.facts.get(core.lead.slot) {
            Some(FactValue::Bool(true)) => 2,
            None => 1,
            Some(_) => 0,
        };
        let highest = self.members.iter().filter(|member| of_side(member)).map(rank).max();
        self.members
            .iter()
            .enumerate()
            .filter(move |(_, member)| of_side(member) && Some(rank(member)) == highest)
            .map(|(index, _)| index)
    }

    fn test(&self, test: &Test, value: Option<&FactValue>, evidence: &mut Evidence) -> Truth {
        let Some(value) = value else { return self.test_unknown(test, evidence) };
        match (test, value) {
            (Test::OneOf { values, otherwise }, value) => {
                if values.iter().any(|allowed| self.same(allowed, value)) {
                    Truth::True
                } else {
                    *otherwise
                }
            }
            (Test::NoneOf(values), value) => Truth::from(!values.iter().any(|banned| self.same(banned, value))),
            (Test::Between { at_least, at_most }, FactValue::Integer(number)) => {
                Truth::from(at_least.is_none_or(|least| *number >= least) && at_most.is_none_or(|most| *number <= most))
            }
            (Test::Within { from, to }, FactValue::Date(date)) => within(*date, *from, *to),
            (Test::YearsAtLeast(years), FactValue::Date(date)) => {
                within(*date, None, Some(years_before(self.day, *years)))
            }
            (Test::RefersTo(inner), FactValue::Parties(parties)) => {
                if parties.is_empty() {
                    return Truth::False;
                }
                fold(0..self.members.len(), Truth::False, evidence, |member, evidence| match self.members.get(member) {
                    Some(named) if names(parties, named) => self.evaluate(inner, Some(member), evidence),
                    _ => Truth::False,
                })
            }
            (Test::Contains(key), FactValue::Exclusions(keys)) => Truth::from(keys.contains(key)),
            (Test::Lacks(key), FactValue::Exclusions(keys)) => Truth::from(!keys.contains(key)),
            (Test::Listed, FactValue::Topic(key)) => self.listed(key),
            // A test that the reader lets stand only beside a fact of its type.
            (
                Test::Between { .. }
                | Test::Within { .. }
                | Test::YearsAtLeast(_)
                | Test::RefersTo(_)
                | Test::Contains(_)
                | Test::Lacks(_)
                | Test::Listed,
                _,
            ) => Truth::Unknown,
        }
    }

    /// A test of an unknown fact: open, unless no value at all could meet it.
    fn test_unknown(&self, test: &Test, evidence: &mut Evidence) -> Truth {
        let Test::RefersTo(inner) = test else { return Truth::Unknown };
        let mark = evidence.len();
        let someone =
            (0..self.members.len()).any(|member| self.evaluate(inner, Some(member), evidence) != Truth::False);
        evidence.truncate(mark);
        if someone { Truth::Unknown } else { Truth::False }
    }

    /// Equality; a topic also equals the field it belongs to.
    fn same(&self, wanted: &FactValue, value: &FactValue) -> bool {
        match (wanted, value) {
            (FactValue::Topic(field), FactValue::Topic(key)) => {
                field == key || self.topics.field_of(key).is_some_and(|topic| topic.key == *field)
            }
            _ => wanted == value,
        }
    }

    fn listed(&self, key: &str) -> Truth {
        let otherwise = match self.topics.list {
            TopicList::Any => return Truth::True,
            TopicList::Open => Truth::Unknown,
            TopicList::Closed => Truth::False,
        };
        if key == OTHER_TOPIC {
            return otherwise;
        }
        match (self.topics.field_of(key), self.topics.level) {
            (None, _) => otherwise,
            (Some(_), TopicLevel::Topic) => Truth::True,
            // The field is known, the sub-topic at which the list is closed is not.
            (Some(topic), TopicLevel::Subtopic) if topic.key == key => Truth::Unknown,
            (Some(_), TopicLevel::Subtopic) => Truth::True,
        }
    }

    fn title(&self, title: &str, starts: &str, filter: &Predicate, ends: &str, evidence: &mut Evidence) -> Truth {
        let title = without_white_space(title);
        let Some(words) = title.strip_prefix(starts).and_then(|rest| rest.strip_suffix(ends)) else {
            return Truth::False;
        };
        let mark = evidence.len();
        let mut countries: Vec<&[String]> = Vec::new();
        let mut open = self.members.is_empty();
        let mut any = false;
        for member in 0..self.members.len() {
            let mark = evidence.len();
            let applies = self.evaluate(filter, Some(member), evidence);
            evidence.truncate(mark);
            if applies == Truth::False {
                continue;
            }
            any = true;
            let reference = Self::at(self.core.country, Some(member));
            evidence.push(reference);
            match (applies, self.value(reference)) {
                (Truth::True, Some(FactValue::Country(country))) => {
                    countries.extend(self.places.country(*country).map(|info| info.short.as_slice()));
                }
                _ => open = true,
            }
        }
        if names_then_words(words, &countries, self.places) {
            evidence.truncate(mark);
            return Truth::True;
        }
        if !open && any {
            return Truth::False;
        }
        let all: Vec<&[String]> = self.places.countries().iter().map(|info| info.short.as_slice()).collect();
        if names_then_words(words, &all, self.places) { Truth::Unknown } else { Truth::False }
    }
}

/// Whether a text starts with one or more of the countries' short names, each country once, and goes on after them.
///
/// A name counts only where no other country has a longer unmistakable one: 埃塞俄比亚 is not 埃 (Egypt) followed by other words.
fn names_then_words(text: &str, countries: &[&[String]], places: &Places) -> bool {
    let mut rest = text;
    let mut used: Vec<usize> = Vec::new();
    loop {
        let named = countries
            .iter()
            .enumerate()
            .filter(|(index, _)| !used.contains(index))
            .filter_map(|(index, names)| Some((index, longest_prefix(rest, names)?)))
            .max_by_key(|(_, length)| *length)
            .filter(|(_, length)| places.longest_short_name(rest).is_none_or(|other| other <= *length));
        match named.and_then(|(index, length)| Some((index, rest.get(length..)?))) {
            Some((index, after)) => {
                used.push(index);
                rest = after;
            }
            None => return !used.is_empty() && !rest.is_empty(),
        }
    }
}

fn without_white_space(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_whitespace) {
        Cow::Owned(text.chars().filter(|letter| !letter.is_whitespace()).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn names(parties: &[String], member: &Member) -> bool {
    parties.iter().any(|party| *party == member.key || member.name.as_ref().is_some_and(|name| same_name(party, name)))
}

/// Names are the same whatever their capitals and white space.
fn same_name(one: &str, other: &str) -> bool {
    one == other || letters(one) == letters(other)
}

/// What counts of a name when it is compared.
pub(crate) fn letters(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The minimum (`start` true) or maximum (`start` false) of the items' truths, keeping the evidence of those that gave it.
fn fold<T>(
    items: impl Iterator<Item = T>,
    start: Truth,
    evidence: &mut Evidence,
    mut evaluate: impl FnMut(T, &mut Evidence) -> Truth,
) -> Truth {
    let begin = evidence.len();
    let mut result = start;
    for item in items {
        let mark = evidence.len();
        let truth = evaluate(item, evidence);
        let decides = if start == Truth::True { truth < result } else { truth > result };
        if decides {
            evidence.drain(begin..mark);
            result = truth;
        } else if truth != result {
            evidence.truncate(mark);
        }
    }
    result
}
