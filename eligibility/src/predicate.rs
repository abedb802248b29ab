//! The predicate language in which a call's requirements are written, and its reader.
//!
//! A predicate is a closed, typed tree: a new kind of requirement is one new variant here, one arm in `evaluate` and one in
//! `repair`. `docs/guide-format.md` describes the language for authors.

use crate::date::{Date, PartialDate, day_after, day_before};
use crate::facts::FactValue;
use crate::place::{GroupId, Places};
use crate::problem::ProblemCode;
use crate::reader::{Fields, Reader, unknown_key};
use crate::text::Localized;
use crate::truth::Truth;
use crate::vocabulary::{FactDefinition, FactId, FactType, Scope, Vocabulary};
use crate::yaml::{Key, Node, Value};

/// A condition over the facts of a consortium.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// All hold.
    All(Vec<Predicate>),
    /// At least one holds.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// The first does not hold, or the second does.
    If(Box<Predicate>, Box<Predicate>),
    /// At least one member satisfies it, all of it on that same member.
    Some(Box<Predicate>),
    /// Each member that satisfies `filter` satisfies `is`.
    Every {
        /// Which members.
        filter: Box<Predicate>,
        /// What each of them must satisfy.
        is: Box<Predicate>,
    },
    /// So many members satisfy `filter`.
    Count {
        /// Which members are counted.
        filter: Box<Predicate>,
        /// At least so many.
        at_least: usize,
        /// At most so many.
        at_most: Option<usize>,
    },
    /// The members that satisfy `filter` have so many different values of a fact.
    Distinct {
        /// The member fact whose values are counted.
        fact: FactId,
        /// Which members are counted.
        filter: Box<Predicate>,
        /// At least so many.
        at_least: usize,
    },
    /// The lead of a side satisfies `is`.
    Lead {
        /// The side, a value of `member.side`.
        side: FactValue,
        /// What its lead must satisfy.
        is: Box<Predicate>,
    },
    /// A fact of the member at hand, or of the project, meets a test.
    Fact(FactId, Test),
    /// The place of the member at hand belongs to a group on the day of the check.
    InGroup(GroupId),
    /// The member at hand is named, by key or name, in a list of the project.
    NamedIn(FactId),
    /// One amount is at least a share of another.
    Ratio {
        /// The amount.
        of: FactId,
        /// What it is measured against.
        to: FactId,
        /// The share in percent.
        at_least_percent: i64,
    },
    /// A title is built as: a start, short names of members' countries, some words, an end.
    Title {
        /// The project fact that holds the title.
        fact: FactId,
        /// How it starts.
        starts: String,
        /// The members whose countries it may name.
        names: Box<Predicate>,
        /// How it ends.
        ends: String,
    },
}

impl Predicate {
    /// Whether it asks for a fact, of whomever. Places that it reads to decide about a group do not count.
    pub fn mentions(&self, fact: FactId) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.mentions(fact)),
            Self::Not(inner) | Self::Some(inner) => inner.mentions(fact),
            Self::If(condition, then) => condition.mentions(fact) || then.mentions(fact),
            Self::Every { filter, is } => filter.mentions(fact) || is.mentions(fact),
            Self::Count { filter, .. } => filter.mentions(fact),
            Self::Distinct { fact: counted, filter, .. } => *counted == fact || filter.mentions(fact),
            Self::Lead { is, .. } => is.mentions(fact),
            Self::Fact(asked, test) => *asked == fact || test.mentions(fact),
            Self::InGroup(_) => false,
            Self::NamedIn(list) => *list == fact,
            Self::Ratio { of, to, .. } => *of == fact || *to == fact,
            Self::Title { fact: title, names, .. } => *title == fact || names.mentions(fact),
        }
    }
}

/// A test of one fact.
#[derive(Clone, Debug)]
pub enum Test {
    /// One of these values; any other known value gives `otherwise`.
    OneOf {
        /// The values.
        values: Vec<FactValue>,
        /// False, or unknown where the list is open.
        otherwise: Truth,
    },
    /// None of these values.
    NoneOf(Vec<FactValue>),
    /// A number within bounds, both included.
    Between {
        /// The least.
        at_least: Option<i64>,
        /// The most.
        at_most: Option<i64>,
    },
    /// A date within bounds, both included.
    Within {
        /// The first day.
        from: Option<Date>,
        /// The last day.
        to: Option<Date>,
    },
    /// So many full years lie between the date and the day of the check.
    YearsAtLeast(i16),
    /// Some member that satisfies the predicate is named in the list.
    RefersTo(Box<Predicate>),
    /// The list contains the key.
    Contains(String),
    /// The list does not contain the key.
    Lacks(String),
    /// The topic is within the direction's list.
    Listed,
}

impl Test {
    fn mentions(&self, fact: FactId) -> bool {
        matches!(self, Self::RefersTo(inner) if inner.mentions(fact))
    }
}

/// What is said of a test that no value can meet.
fn never() -> Localized {
    Localized::new("此条件永远不能成立；请检查上下限或列表", "this can never hold; check its bounds or its list")
}

/// Longer periods are slips of the pen.
const YEARS_AT_MOST: i16 = 500;

/// What a predicate's words refer to.
pub(crate) struct Words<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) places: &'a Places,
}

impl Words<'_> {
    /// Reads a predicate that stands outside any quantifier.
    pub(crate) fn predicate(&self, reader: &mut Reader, node: &Node) -> Option<Predicate> {
        self.read(reader, node, false)
    }

    fn read(&self, reader: &mut Reader, node: &Node, member: bool) -> Option<Predicate> {
        let fields = reader.map(node)?;
        let entries = fields.entries();
        if entries.is_empty() {
            let message = Localized::new("条件不能为空", "a predicate must have at least one entry");
            return reader.wrong(node, ProblemCode::Missing, message);
        }
        let mut parts = Vec::with_capacity(entries.len());
        let mut complete = true;
        for (key, value) in entries {
            if key.text == "then" && node.get("if").is_some() {
                continue;
            }
            match reader.inside(&key.text, |reader| self.entry(reader, node, key, value, member)) {
                Some(part) => parts.push(part),
                None => complete = false,
            }
        }
        if !complete {
            return None;
        }
        match parts.len() {
            1 => parts.pop(),
            _ => Some(Predicate::All(parts)),
        }
    }

    fn entry(&self, reader: &mut Reader, whole: &Node, key: &Key, node: &Node, member: bool) -> Option<Predicate> {
        let boxed = |predicate| Some(Box::new(predicate));
        match key.text.as_str() {
            "all" => self.parts(reader, node, member).map(Predicate::All),
            "any" => self.parts(reader, node, member).map(Predicate::Any),
            "not" => self.read(reader, node, member).and_then(boxed).map(Predicate::Not),
            "if" => {
                let condition = self.read(reader, node, member);
                let Some(then) = whole.get("then") else {
                    let message = Localized::new("`if` 缺少 `then`", "`if` needs a `then` beside it");
                    return reader.wrong(node, ProblemCode::Missing, message);
                };
                let then = self.read(reader, then, member);
                Some(Predicate::If(Box::new(condition?), Box::new(then?)))
            }
            "some" => self.read(reader, node, true).and_then(boxed).map(Predicate::Some),
            "every" => {
                let mut fields = reader.map(node)?;
                let filter = self.filter(reader, &mut fields);
                let is = fields.required(reader, "is", |reader, node| self.read(reader, node, true));
                fields.finish(reader)?;
                Some(Predicate::Every { filter: Box::new(filter?), is: Box::new(is?) })
            }
            "count" => {
                let mut fields = reader.map(node)?;
                let filter = self.filter(reader, &mut fields);
                let at_least = fields.optional(reader, "at_least", Reader::count)?;
                let at_most = fields.optional(reader, "at_most", Reader::count)?;
                let exactly = fields.optional(reader, "exactly", Reader::count)?;
                fields.finish(reader)?;
                if at_least.or(at_most).or(exactly).is_none() {
                    let message = Localized::new(
                        "需要 `at_least`、`at_most` 或 `exactly`",
                        "needs `at_least`, `at_most` or `exactly`",
                    );
                    return reader.wrong(node, ProblemCode::Missing, message);
                }
                if exactly.or(at_most).is_some_and(|most| exactly.or(at_least).is_some_and(|least| least > most)) {
                    return reader.wrong(node, ProblemCode::Guide, never());
                }
                Some(Predicate::Count {
                    filter: Box::new(filter?),
                    at_least: exactly.or(at_least).unwrap_or(0),
                    at_most: exactly.or(at_most),
                })
            }
            "distinct" => {
                let mut fields = reader.map(node)?;
                let fact = fields.required(reader, "fact", |reader, node| {
                    let name = reader.text(node)?;
                    self.fact(reader, node, &format!("member.{name}")).map(|(id, _)| id)
                });
                let filter = self.filter(reader, &mut fields);
                let at_least = fields.required(reader, "at_least", Reader::count);
                fields.finish(reader)?;
                Some(Predicate::Distinct { fact: fact?, filter: Box::new(filter?), at_least: at_least? })
            }
            "lead" if matches!(node.value, Value::Map(_)) => {
                let mut fields = reader.map(node)?;
                let side = fields.required(reader, "side", |reader, node| {
                    let (_, definition) = self.fact(reader, node, "member.side")?;
                    self.value(reader, node, definition)
                });
                let is = fields.required(reader, "is", |reader, node| self.read(reader, node, true));
                fields.finish(reader)?;
                Some(Predicate::Lead { side: side?, is: Box::new(is?) })
            }
            "in_group" if member => {
                let name = reader.text(node)?;
                match self.places.find_group(&name) {
                    Some((id, _)) => Some(Predicate::InGroup(id)),
                    None => {
                        let known: Vec<&str> = self.places.groups().iter().map(|group| group.key.as_str()).collect();
                        reader.unknown(node, &Localized::new("国家组", "group"), &name, &known)
                    }
                }
            }
            "named_in" if member => {
                self.typed_fact(reader, node, |kind| matches!(kind, FactType::Parties)).map(Predicate::NamedIn)
            }
            "ratio" => {
                let mut fields = reader.map(node)?;
                let amount = |kind: &FactType| matches!(kind, FactType::Money | FactType::Integer(_));
                let of = fields.required(reader, "of", |reader, node| self.typed_fact(reader, node, amount));
                let to = fields.required(reader, "to", |reader, node| self.typed_fact(reader, node, amount));
                let at_least_percent = fields.required(reader, "at_least", |reader, node| {
                    let text = reader.text(node)?;
                    text.strip_suffix('%').and_then(|number| number.parse::<u16>().ok()).map(i64::from).or_else(|| {
                        let message =
                            Localized::new("应为百分数，如 `10%`", "expected a whole percentage such as `10%`");
                        reader.wrong(node, ProblemCode::InvalidValue, message)
                    })
                });
                fields.finish(reader)?;
                Some(Predicate::Ratio { of: of?, to: to?, at_least_percent: at_least_percent? })
            }
            "title" => {
                let mut fields = reader.map(node)?;
                let fact = fields.required(reader, "fact", |reader, node| {
                    self.typed_fact(reader, node, |kind| matches!(kind, FactType::Text))
                });
                let starts = fields.required(reader, "starts", Reader::text);
                let names = fields.required(reader, "names", |reader, node| {
                    let mut fields = reader.map(node)?;
                    let filter = self.filter(reader, &mut fields);
                    fields.finish(reader)?;
                    filter
                });
                let ends = fields.required(reader, "ends", Reader::text);
                fields.finish(reader)?;
                Some(Predicate::Title { fact: fact?, starts: starts?, names: Box::new(names?), ends: ends? })
            }
            name if name.starts_with("project.") => {
                let (id, definition) = self.fact(reader, node, name)?;
                self.test(reader, node, definition).map(|test| Predicate::Fact(id, test))
            }
            name if member && self.vocabulary.find(&format!("member.{name}")).is_some() => {
                let (id, definition) = self.fact(reader, node, &format!("member.{name}"))?;
                self.test(reader, node, definition).map(|test| Predicate::Fact(id, test))
            }
            name => {
                if !member && self.vocabulary.find(&format!("member.{name}")).is_some() {
                    let message = Localized::new(
                        format!("`{name}` 是成员的事实，只能用在 `some`、`every` 等之内"),
                        format!("`{name}` is a member's fact: use it inside `some`, `every` and the like"),
                    );
                    return reader.problem(ProblemCode::InvalidValue, key.line, key.column, message);
                }
                self.unknown_entry(reader, key, member);
                None
            }
        }
    }

    fn parts(&self, reader: &mut Reader, node: &Node, member: bool) -> Option<Vec<Predicate>> {
        let parts = reader.list(node, |reader, node| self.read(reader, node, member))?;
        if parts.is_empty() {
            let message = Localized::new("列表不能为空", "the list must not be empty");
            return reader.wrong(node, ProblemCode::Guide, message);
        }
        Some(parts)
    }

    fn unknown_entry(&self, reader: &mut Reader, key: &Key, member: bool) {
        let mut allowed =
            vec!["all", "any", "not", "if", "some", "every", "count", "distinct", "lead", "ratio", "title"];
        if member {
            allowed.extend(["in_group", "named_in"]);
            allowed.extend(self.vocabulary.facts(Scope::Member).iter().map(FactDefinition::short_name));
        }
        if key.text.starts_with("project.") {
            allowed = self.vocabulary.facts(Scope::Project).iter().map(|fact| fact.name.as_str()).collect();
        }
        unknown_key(reader, key, &allowed);
    }

    fn filter(&self, reader: &mut Reader, fields: &mut Fields<'_>) -> Option<Predicate> {
        fields.required(reader, "where", |reader, node| self.read(reader, node, true))
    }

    fn fact(&self, reader: &mut Reader, node: &Node, name: &str) -> Option<(FactId, &FactDefinition)> {
        self.vocabulary.find(name).or_else(|| {
            let scope = name.split_once('.').map_or("", |(scope, _)| scope);
            let known: Vec<&str> = self.vocabulary.names().filter(|known| known.starts_with(scope)).collect();
            reader.unknown(node, &Localized::new("事实", "fact"), name, &known)
        })
    }

    fn typed_fact(&self, reader: &mut Reader, node: &Node, fits: impl Fn(&FactType) -> bool) -> Option<FactId> {
        let name = reader.text(node)?;
        let (id, definition) = self.fact(reader, node, &name)?;
        if id.scope == Scope::Project && fits(&definition.fact_type) {
            return Some(id);
        }
        let fitting: Vec<&str> = self
            .vocabulary
            .facts(Scope::Project)
            .iter()
            .filter(|definition| fits(&definition.fact_type))
            .map(|definition| definition.name.as_str())
            .collect();
        reader.unknown(node, &Localized::new("此处可用的事实", "fact for this place"), &name, &fitting)
    }

    fn test(&self, reader: &mut Reader, node: &Node, definition: &FactDefinition) -> Option<Test> {
        match &node.value {
            Value::List(_) => {
                let values = reader.list(node, |reader, node| self.value(reader, node, definition))?;
                if values.is_empty() {
                    return reader.wrong(node, ProblemCode::Guide, never());
                }
                Some(Test::OneOf { values, otherwise: Truth::False })
            }
            Value::Map(_) => self.operators(reader, node, definition),
            _ => match self.value(reader, node, definition)? {
                FactValue::Integer(number) => Some(Test::Between { at_least: Some(number), at_most: Some(number) }),
                FactValue::Date(date) => Some(Test::Within { from: Some(date.first()), to: Some(date.last()) }),
                value => Some(Test::OneOf { values: vec![value], otherwise: Truth::False }),
            },
        }
    }

    fn operators(&self, reader: &mut Reader, node: &Node, definition: &FactDefinition) -> Option<Test> {
        let mut fields = reader.map(node)?;
        let values =
            |reader: &mut Reader, node: &Node| reader.list(node, |reader, node| self.value(reader, node, definition));
        let test = match &definition.fact_type {
            FactType::Integer(_) | FactType::Money => {
                let at_least = fields.optional(reader, "at_least", Reader::integer);
                let at_most = fields.optional(reader, "at_most", Reader::integer);
                fields.finish(reader)?;
                Test::Between { at_least: at_least?, at_most: at_most? }
            }
            FactType::Date => {
                let before = fields.optional(reader, "before", Reader::day);
                let to = fields.optional(reader, "on_or_before", Reader::day);
                let after = fields.optional(reader, "after", Reader::day);
                let from = fields.optional(reader, "on_or_after", Reader::day);
                let years = fields.optional(reader, "years_at_least", Reader::years);
                fields.finish(reader)?;
                match years? {
                    Some(years) => Test::YearsAtLeast(years),
                    None => Test::Within { from: from?.or(after?.map(day_after)), to: to?.or(before?.map(day_before)) },
                }
            }
            FactType::Parties => {
                let refers = fields.required(reader, "refers_to", |reader, node| self.read(reader, node, true));
                fields.finish(reader)?;
                Test::RefersTo(Box::new(refers?))
            }
            FactType::Exclusions => {
                let contains = fields.optional(reader, "contains", Reader::text);
                let lacks = fields.optional(reader, "lacks", Reader::text);
                fields.finish(reader)?;
                match (contains?, lacks?) {
                    (Some(key), None) => Test::Contains(key),
                    (None, Some(key)) => Test::Lacks(key),
                    _ => {
                        let message =
                            Localized::new("需要 `contains` 或 `lacks` 之一", "needs one of `contains` and `lacks`");
                        return reader.wrong(node, ProblemCode::Missing, message);
                    }
                }
            }
            FactType::Topic if node.get("listed").is_some() => {
                let listed = fields.required(reader, "listed", Reader::bool);
                fields.finish(reader)?;
                if listed? {
                    Test::Listed
                } else {
                    let message = Localized::new("`listed` 只能为 true", "`listed` can only be true");
                    return reader.wrong(node, ProblemCode::InvalidValue, message);
                }
            }
            FactType::Bool
            | FactType::Text
            | FactType::Choice(_)
            | FactType::Country
            | FactType::Subdivision
            | FactType::Topic => {
                let one_of = fields.optional(reader, "one_of", values);
                let none_of = fields.optional(reader, "none_of", values);
                let not = fields.optional(reader, "not", |reader, node| self.value(reader, node, definition));
                let otherwise = fields.optional(reader, "else", |reader, node| {
                    reader.word(node, ("`else` 的值", "value of `else`"), &[("undetermined", Truth::Unknown)])
                });
                fields.finish(reader)?;
                match (one_of?, none_of?, not?) {
                    (Some(values), None, None) => Test::OneOf { values, otherwise: otherwise?.unwrap_or(Truth::False) },
                    (None, Some(values), None) => Test::NoneOf(values),
                    (None, None, Some(value)) => Test::NoneOf(vec![value]),
                    _ => {
                        let message = Localized::new(
                            "需要 `one_of`、`none_of`、`not` 之一",
                            "needs one of `one_of`, `none_of` and `not`",
                        );
                        return reader.wrong(node, ProblemCode::Missing, message);
                    }
                }
            }
        };
        let message = match &test {
            Test::Between { at_least: None, at_most: None } | Test::Within { from: None, to: None } => {
                Localized::new("需要一个界限", "needs at least one bound")
            }
            Test::Between { at_least: Some(least), at_most: Some(most) } if least > most => never(),
            Test::Within { from: Some(from), to: Some(to) } if from > to => never(),
            Test::OneOf { values, .. } if values.is_empty() => never(),
            _ => return Some(test),
        };
        reader.wrong(node, ProblemCode::Guide, message)
    }

    /// A value as predicates write it.
    fn value(&self, reader: &mut Reader, node: &Node, definition: &FactDefinition) -> Option<FactValue> {
        reader.fact_value(node, definition)
    }
}

impl Reader {
    fn count(&mut self, node: &Node) -> Option<usize> {
        self.integer(node).and_then(|number| usize::try_from(number).ok())
    }

    fn years(&mut self, node: &Node) -> Option<i16> {
        let years = self.integer(node)?;
        i16::try_from(years).ok().filter(|years| *years <= YEARS_AT_MOST).or_else(|| {
            let message = Localized::new(
                format!("应为 0 至 {YEARS_AT_MOST} 之间的年数"),
                format!("expected a number of years from 0 to {YEARS_AT_MOST}"),
            );
            self.wrong(node, ProblemCode::InvalidValue, message)
        })
    }

    /// A value of a fact's type. Keys of topics and exclusions are taken as they stand.
    pub(crate) fn fact_value(&mut self, node: &Node, definition: &FactDefinition) -> Option<FactValue> {
        match &definition.fact_type {
            FactType::Bool => self.bool(node).map(FactValue::Bool),
            FactType::Integer(_) | FactType::Money => self.integer(node).map(FactValue::Integer),
            FactType::Date => self.partial_date(node).map(FactValue::Date),
            FactType::Text => self.text(node).map(FactValue::Text),
            FactType::Choice(choices) => {
                let text = self.text(node)?;
                let found = choices.iter().position(|choice| choice.value == text || choice.also.contains(&text));
                found.map(FactValue::Choice).or_else(|| {
                    let allowed: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
                    self.unknown(node, &definition.label, &text, &allowed)
                })
            }
            FactType::Country => self.country(node).map(FactValue::Country),
            FactType::Subdivision => self.subdivision(node).map(FactValue::Subdivision),
            FactType::Parties => self.list(node, Self::text).map(FactValue::Parties),
            FactType::Topic => self.text(node).map(FactValue::Topic),
            FactType::Exclusions => self.list(node, Self::text).map(FactValue::Exclusions),
        }
    }
}

/// The parts of a date test that a partial date must be held against: the days it can mean, first and last.
pub(crate) fn within(date: PartialDate, from: Option<Date>, to: Option<Date>) -> Truth {
    let begins_after = |from: Date| Truth::from_bounds(date.last() >= from, date.first() >= from);
    let ends_before = |to: Date| Truth::from_bounds(date.first() <= to, date.last() <= to);
    from.map_or(Truth::True, begins_after).min(to.map_or(Truth::True, ends_before))
}
