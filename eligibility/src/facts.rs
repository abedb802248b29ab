//! A consortium: its members, its project, and what is known of them.

use std::collections::HashSet;

use crate::date::Date;
use crate::date::PartialDate;
use crate::guide::{DirectionId, Library, Topics};
use crate::place::{Country, Subdivision};
use crate::problem::{Problem, ProblemCode};
use crate::reader::{Fields, Reader, unknown_key};
use crate::report::Verdict;
use crate::text::Localized;
use crate::vocabulary::{FactDefinition, FactId, FactType, Scope, Vocabulary};
use crate::yaml::{Key, Node, Value};

/// A consortium may have so many members.
pub const MEMBERS_AT_MOST: usize = 50;

/// The topic that says: outside every listed field.
pub const OTHER_TOPIC: &str = "OTHER";

/// The known value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactValue {
    /// Yes or no.
    Bool(bool),
    /// A number, or an amount in CNY.
    Integer(i64),
    /// A partial date.
    Date(PartialDate),
    /// A text.
    Text(String),
    /// The place of a value in its choice.
    Choice(usize),
    /// A country or region.
    Country(Country),
    /// A subdivision.
    Subdivision(Subdivision),
    /// Member keys or names.
    Parties(Vec<String>),
    /// A topic key or [`OTHER_TOPIC`].
    Topic(String),
    /// Exclusion keys.
    Exclusions(Vec<String>),
}

/// The facts of one scope by slot; what is not there is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(Vec<Option<FactValue>>);

impl Facts {
    /// What is known of a fact.
    pub fn get(&self, slot: usize) -> Option<&FactValue> {
        self.0.get(slot)?.as_ref()
    }

    /// Makes a fact known, or unknown.
    pub fn set(&mut self, slot: usize, value: Option<FactValue>) {
        if self.0.len() <= slot {
            self.0.resize(slot + 1, None);
        }
        if let Some(place) = self.0.get_mut(slot) {
            *place = value;
        }
    }

    /// The known facts.
    pub fn known(&self) -> impl Iterator<Item = (usize, &FactValue)> {
        self.0.iter().enumerate().filter_map(|(slot, value)| Some((slot, value.as_ref()?)))
    }
}

/// A member of a consortium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its key within the consortium.
    pub key: String,
    /// Its name.
    pub name: Option<String>,
    /// What is known of it.
    pub facts: Facts,
}

impl Member {
    /// What to call it: its name, or else its key.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.key)
    }
}

/// A consortium planned for a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consortium {
    /// The direction it is judged in.
    pub direction: DirectionId,
    /// The day it is judged for; the call's own day, if not given.
    pub as_of: Option<Date>,
    /// Its members.
    pub members: Vec<Member>,
    /// What is known of the project.
    pub project: Facts,
}

impl Consortium {
    /// What is known of a fact of a member, or of the project.
    pub fn fact(&self, member: Option<usize>, fact: FactId) -> Option<&FactValue> {
        match (fact.scope, member) {
            (Scope::Member, Some(member)) => self.members.get(member)?.facts.get(fact.slot),
            (Scope::Member, None) => None,
            (Scope::Project, _) => self.project.get(fact.slot),
        }
    }
}

/// A consortium as a file holds it, with what a file of cases adds.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of a case.
    pub id: Option<String>,
    /// The consortium.
    pub consortium: Consortium,
    /// What a case expects.
    pub expect: Option<Expectation>,
}

/// What a case expects of its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// `ELIGIBLE`, `INELIGIBLE` or `UNDETERMINED`.
    pub verdict: String,
    /// Clauses violated.
    pub violated: Vec<String>,
    /// Clauses undetermined.
    pub undetermined: Vec<String>,
    /// Clauses warned of.
    pub warned: Vec<String>,
}

impl Library {
    /// Reads one consortium.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read_case(&self, file: &str, node: &Node) -> Result<Case, Vec<Problem>> {
        let mut reader = Reader::new(file);
        let case = self.case(&mut reader, node);
        reader.finish(case)
    }

    /// Reads a file of cases (`cases: [...]`), each on its own: one that cannot be read does not hide the others.
    ///
    /// # Errors
    /// What is wrong with the file itself; what is wrong with a case stands in its place.
    pub fn read_cases(&self, file: &str, node: &Node) -> Result<Vec<Result<Case, Vec<Problem>>>, Vec<Problem>> {
        let mut reader = Reader::new(file);
        let cases = (|| {
            let mut fields = reader.map(node)?;
            let cases = fields.required(&mut reader, "cases", |reader, node| {
                reader.list(node, |_, node| Some(self.read_case(file, node)))
            });
            fields.finish(&mut reader)?;
            cases
        })();
        reader.finish(cases)
    }

    /// Reads the facts of one institution, to be judged by itself.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with its place.
    pub fn read_institution(&self, file: &str, node: &Node) -> Result<Member, Vec<Problem>> {
        let mut reader = Reader::new(file);
        let member = (|| {
            let mut fields = reader.map(node)?;
            let key = fields.optional(&mut reader, "key", Reader::text);
            let name = fields.optional(&mut reader, "name", Reader::text);
            let facts = self.facts(&mut reader, fields, Scope::Member, &["key", "name"], None);
            Some(Member { key: key?.unwrap_or_else(|| "institution".to_owned()), name: name?, facts: facts? })
        })();
        reader.finish(member)
    }

    fn case(&self, reader: &mut Reader, node: &Node) -> Option<Case> {
        let mut fields = reader.map(node)?;
        let id = fields.optional(reader, "id", Reader::text);
        let guide = fields.optional(reader, "guide", |reader, node| {
            let text = reader.text(node)?;
            self.find_guide(&text).map(|_| text.clone()).or_else(|| {
                let known: Vec<&str> = self.guides.iter().map(|guide| guide.id.as_str()).collect();
                reader.unknown(node, &Localized::new("指南", "guide"), &text, &known)
            })
        });
        let direction = fields.required(reader, "direction", |reader, node| {
            let text = reader.text(node)?;
            let guide = guide.as_ref().and_then(|guide| guide.as_deref());
            self.find_direction(guide, &text)
                .or_else(|| reader.wrong(node, ProblemCode::UnknownValue, self.unknown_direction(&text)))
        });
        let as_of = fields.optional(reader, "as_of", Reader::day);
        // Without a direction, nothing more can be said of topics; the other facts still can.
        let topics = direction.and_then(|id| self.direction(id)).map(|direction| &direction.topics);
        let members = fields.required(reader, "members", |reader, node| self.members(reader, node));
        let project = match fields.get("project") {
            None => Some(Facts::default()),
            Some(node) => reader.inside("project", |reader| {
                let fields = reader.map(node)?;
                self.facts(reader, fields, Scope::Project, &[], topics)
            }),
        };
        let expect = fields.optional(reader, "expect", expectation);
        for note in ["note", "targets", "ambiguous", "ambiguous_in", "alternatives"] {
            fields.get(note);
        }
        fields.finish(reader)?;
        guide?;
        let consortium = Consortium { direction: direction?, as_of: as_of?, members: members?, project: project? };
        Some(Case { id: id?, consortium, expect: expect? })
    }

    fn members(&self, reader: &mut Reader, node: &Node) -> Option<Vec<Member>> {
        if let Value::List(items) = &node.value {
            if items.is_empty() {
                let message = Localized::new("没有成员；请至少列出一个单位", "no members; list at least one unit");
                return reader.wrong(node, ProblemCode::Missing, message);
            }
            if items.len() > MEMBERS_AT_MOST {
                let message = Localized::new(
                    format!("{} 个成员；最多 {MEMBERS_AT_MOST} 个", items.len()),
                    format!("{} members; at most {MEMBERS_AT_MOST} are accepted", items.len()),
                );
                return reader.wrong(node, ProblemCode::Limit, message);
            }
        }
        let mut keys = HashSet::new();
        reader.list(node, |reader, node| {
            let mut fields = reader.map(node)?;
            let key = fields.required(reader, "key", |reader, node| {
                let key = reader.text(node)?;
                if keys.insert(key.clone()) {
                    return Some(key);
                }
                let message = Localized::new(
                    format!("成员 `{key}` 出现两次；每个成员的 key 必须不同"),
                    format!("member `{key}` is given twice; each member needs a key of its own"),
                );
                reader.wrong(node, ProblemCode::Duplicate, message)
            });
            let name = fields.optional(reader, "name", Reader::text);
            fields.required(reader, "side", |_, _| Some(()));
            let facts = self.facts(reader, fields, Scope::Member, &["key", "name"], None);
            Some(Member { key: key?, name: name?, facts: facts? })
        })
    }

    fn facts(
        &self,
        reader: &mut Reader,
        fields: Fields<'_>,
        scope: Scope,
        beside: &[&str],
        topics: Option<&Topics>,
    ) -> Option<Facts> {
        let mut facts = Facts::default();
        let read = self.fact_entries(reader, fields.entries(), scope, "", beside, topics, &mut facts);
        read?;
        let country = self.core.map(|core| facts.get(core.country.slot));
        let subdivision = self.core.map(|core| facts.get(core.subdivision.slot));
        if scope == Scope::Member
            && let (Some(Some(FactValue::Country(country))), Some(Some(FactValue::Subdivision(subdivision)))) =
                (country, subdivision)
            && subdivision.country() != Some(*country)
        {
            let message = Localized::new(
                format!("行政区 {} 不属于 {country}", subdivision.as_str()),
                format!("subdivision {} does not belong to {country}", subdivision.as_str()),
            );
            let (line, column) = fields.entries().first().map_or((0, 0), |(key, _)| (key.line, key.column));
            return reader.problem(ProblemCode::Inconsistent, line, column, message);
        }
        Some(facts)
    }

    #[expect(clippy::too_many_arguments, reason = "one recursive walk over nested fact names")]
    fn fact_entries(
        &self,
        reader: &mut Reader,
        entries: &[(Key, Node)],
        scope: Scope,
        prefix: &str,
        beside: &[&str],
        topics: Option<&Topics>,
        facts: &mut Facts,
    ) -> Option<()> {
        let vocabulary = &self.vocabulary;
        let mut complete = true;
        for (key, node) in entries {
            if beside.contains(&key.text.as_str()) {
                continue;
            }
            let scope_name = match scope {
                Scope::Member => "member",
                Scope::Project => "project",
            };
            let name = format!("{scope_name}.{prefix}{}", key.text);
            if let Some((id, definition)) = vocabulary.find(&name) {
                if node.value == Value::Null {
                    continue;
                }
                let value = reader.inside(&key.text, |reader| {
                    let value = reader.fact_value(node, definition)?;
                    match (&value, topics) {
                        (FactValue::Topic(topic), Some(topics)) => {
                            return topics.read_topic(reader, node, topic).map(FactValue::Topic);
                        }
                        (FactValue::Exclusions(keys), Some(topics)) => topics.check_exclusions(reader, node, keys)?,
                        _ => {}
                    }
                    Some(value)
                });
                match value {
                    Some(_) if facts.get(id.slot).is_some() => {
                        complete = false;
                        let message = Localized::new(
                            format!("事实 `{name}` 给出了两次"),
                            format!("fact `{name}` is given twice"),
                        );
                        let _: Option<()> = reader.wrong(node, ProblemCode::Duplicate, message);
                    }
                    Some(value) => facts.set(id.slot, Some(value)),
                    None => complete = false,
                }
                continue;
            }
            let nested = format!("{name}.");
            if vocabulary.names().any(|known| known.starts_with(&nested)) {
                if node.value == Value::Null {
                    continue;
                }
                let read = reader.inside(&key.text, |reader| {
                    let fields = reader.map(node)?;
                    let prefix = format!("{prefix}{}.", key.text);
                    self.fact_entries(reader, fields.entries(), scope, &prefix, &[], topics, facts)
                });
                complete &= read.is_some();
                continue;
            }
            complete = false;
            unknown_key(reader, key, &allowed_keys(vocabulary, scope, prefix, beside));
        }
        complete.then_some(())
    }
}

/// The keys that may stand at one level of nested fact names.
fn allowed_keys<'a>(vocabulary: &'a Vocabulary, scope: Scope, prefix: &str, beside: &[&'a str]) -> Vec<&'a str> {
    let mut allowed: Vec<&str> = beside.to_vec();
    for definition in vocabulary.facts(scope) {
        let Some(rest) = definition.short_name().strip_prefix(prefix) else { continue };
        let key = rest.split_once('.').map_or(rest, |(key, _)| key);
        if !allowed.contains(&key) {
            allowed.push(key);
        }
    }
    allowed
}

fn expectation(reader: &mut Reader, node: &Node) -> Option<Expectation> {
    let mut fields = reader.map(node)?;
    let verdict = fields.required(reader, "verdict", |reader, node| {
        let verdicts = [Verdict::Eligible, Verdict::Ineligible, Verdict::Undetermined];
        let words = verdicts.map(|verdict| (verdict.as_str(), verdict));
        reader.word(node, ("结论", "verdict"), &words).map(|verdict| verdict.as_str().to_owned())
    });
    let clauses = |reader: &mut Reader, node: &Node| reader.list(node, Reader::text);
    let violated = fields.required(reader, "violated", clauses);
    let undetermined = fields.required(reader, "undetermined", clauses);
    let warned = fields.required(reader, "warned", clauses);
    let sorted = |mut clauses: Vec<String>| {
        clauses.sort();
        clauses
    };
    Some(Expectation {
        verdict: verdict?,
        violated: sorted(violated?),
        undetermined: sorted(undetermined?),
        warned: sorted(warned?),
    })
}

impl FactDefinition {
    /// How a value of this fact reads; files and programs see the same word in both languages.
    pub fn show(&self, value: &FactValue) -> Localized {
        match value {
            FactValue::Bool(true) => Localized::new("是", "yes"),
            FactValue::Bool(false) => Localized::new("否", "no"),
            FactValue::Integer(number) => match &self.fact_type {
                FactType::Money => {
                    let amount = thousands(*number);
                    Localized::new(format!("{amount} 元"), format!("CNY {amount}"))
                }
                FactType::Integer(Some(unit)) => {
                    // English units are plural: one of them is not.
                    let unit_en = if *number == 1 { unit.en.trim_end_matches('s') } else { &unit.en };
                    Localized::new(format!("{number} {}", unit.zh), format!("{number} {unit_en}"))
                }
                _ => Localized::same(number.to_string()),
            },
            FactValue::Date(date) => Localized::same(date.to_string()),
            FactValue::Text(text) => Localized::new(format!("“{text}”"), format!("“{text}”")),
            FactValue::Choice(index) => match &self.fact_type {
                FactType::Choice(choices) => {
                    choices.get(*index).map_or_else(Localized::default, |choice| choice.label.clone())
                }
                _ => Localized::default(),
            },
            FactValue::Country(country) => Localized::same(country.as_str()),
            FactValue::Subdivision(subdivision) => Localized::same(subdivision.as_str()),
            FactValue::Parties(keys) | FactValue::Exclusions(keys) if keys.is_empty() => Localized::new("无", "none"),
            FactValue::Parties(keys) | FactValue::Exclusions(keys) => Localized::new(keys.join("、"), keys.join(", ")),
            FactValue::Topic(key) => Localized::same(key.clone()),
        }
    }

    /// The value as files write it.
    pub fn code(&self, value: &FactValue) -> String {
        match value {
            FactValue::Bool(value) => value.to_string(),
            FactValue::Integer(number) => number.to_string(),
            FactValue::Text(text) | FactValue::Topic(text) => text.clone(),
            FactValue::Choice(index) => match &self.fact_type {
                FactType::Choice(choices) => {
                    choices.get(*index).map_or_else(String::new, |choice| choice.value.clone())
                }
                _ => String::new(),
            },
            FactValue::Parties(keys) | FactValue::Exclusions(keys) => keys.join(", "),
            FactValue::Date(_) | FactValue::Country(_) | FactValue::Subdivision(_) => self.show(value).en,
        }
    }
}

/// A number with its thousands set apart.
pub fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
