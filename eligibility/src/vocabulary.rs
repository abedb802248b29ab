//! The facts a call may ask about: names, types, labels. Data, so that a new call can bring facts of its own.

use std::collections::HashMap;

use crate::problem::{Problem, ProblemCode};
use crate::reader::Reader;
use crate::text::Localized;
use crate::yaml::Node;

/// Whose fact it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A member's.
    Member,
    /// The project's.
    Project,
}

/// The number of a fact: its scope and its place among the facts of that scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId {
    /// Whose fact it is.
    pub scope: Scope,
    /// Its place in [`crate::facts::Facts`].
    pub slot: usize,
}

/// A value of a choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The value as files and programs write it.
    pub value: String,
    /// What it is called.
    pub label: Localized,
    /// Other spellings that files may use.
    pub also: Vec<String>,
}

/// The type of a fact.
#[derive(Clone, Debug)]
pub enum FactType {
    /// Yes or no.
    Bool,
    /// A whole number of at least 0, with its unit.
    Integer(Option<Localized>),
    /// Whole CNY.
    Money,
    /// A partial date.
    Date,
    /// A text.
    Text,
    /// One of several values.
    Choice(Vec<Choice>),
    /// ISO 3166-1.
    Country,
    /// ISO 3166-2.
    Subdivision,
    /// Member keys or names.
    Parties,
    /// A topic key of the direction, or `OTHER`.
    Topic,
    /// Exclusion keys of the direction.
    Exclusions,
}

/// A fact that can be asked about.
#[derive(Clone, Debug)]
pub struct FactDefinition {
    /// `member.…` or `project.…`.
    pub name: String,
    /// Its type.
    pub fact_type: FactType,
    /// Whether it is what an institution or person *is*: such a fact, once known, is not changed by a repair.
    pub identity: bool,
    /// What it is called.
    pub label: Localized,
    /// What it means.
    pub help: Localized,
}

impl FactDefinition {
    /// The name without its scope, as files write it below a member or the project.
    pub fn short_name(&self) -> &str {
        self.name.split_once('.').map_or(self.name.as_str(), |(_, name)| name)
    }
}

/// The facts that the engine itself reads: sides and leads for `lead`, places for groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoreFacts {
    pub(crate) side: FactId,
    pub(crate) lead: FactId,
    pub(crate) country: FactId,
    pub(crate) subdivision: FactId,
}

/// All facts that can be asked about.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    member: Vec<FactDefinition>,
    project: Vec<FactDefinition>,
    by_name: HashMap<String, FactId>,
}

impl Vocabulary {
    /// The facts of a scope, by slot.
    pub fn facts(&self, scope: Scope) -> &[FactDefinition] {
        match scope {
            Scope::Member => &self.member,
            Scope::Project => &self.project,
        }
    }

    /// The fact with a full name such as `project.title`.
    pub fn find(&self, name: &str) -> Option<(FactId, &FactDefinition)> {
        let id = *self.by_name.get(name)?;
        Some((id, self.definition(id)?))
    }

    /// The definition of a fact.
    pub fn definition(&self, id: FactId) -> Option<&FactDefinition> {
        self.facts(id.scope).get(id.slot)
    }

    /// All full names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.member.iter().chain(&self.project).map(|definition| definition.name.as_str())
    }

    /// The facts the engine reads; `None` if the vocabulary lacks one.
    pub(crate) fn core(&self) -> Option<CoreFacts> {
        let id = |name: &str| self.by_name.get(name).copied();
        Some(CoreFacts {
            side: id("member.side")?,
            lead: id("member.lead")?,
            country: id("member.country")?,
            subdivision: id("member.subdivision")?,
        })
    }

    pub(crate) fn read(&mut self, file: &str, node: &Node) -> Result<(), Vec<Problem>> {
        let mut reader = Reader::new(file);
        let read = self.read_facts(&mut reader, node);
        reader.finish(read)
    }

    fn read_facts(&mut self, reader: &mut Reader, node: &Node) -> Option<()> {
        let mut fields = reader.map(node)?;
        let facts = fields.required(reader, "facts", |reader, node| {
            reader.list(node, |reader, node| {
                let definition = read_definition(reader, node)?;
                let scope = match definition.name.split_once('.') {
                    Some(("member", rest)) if !rest.is_empty() => Scope::Member,
                    Some(("project", rest)) if !rest.is_empty() => Scope::Project,
                    _ => {
                        let message = Localized::new(
                            format!("事实名 `{}` 应以 `member.` 或 `project.` 开头", definition.name),
                            format!("fact name `{}` must start with `member.` or `project.`", definition.name),
                        );
                        return reader.wrong(node, ProblemCode::InvalidValue, message);
                    }
                };
                if self.by_name.contains_key(&definition.name) {
                    let message = Localized::new(
                        format!("事实 `{}` 已经定义", definition.name),
                        format!("fact `{}` is already defined", definition.name),
                    );
                    return reader.wrong(node, ProblemCode::Duplicate, message);
                }
                let facts = match scope {
                    Scope::Member => &mut self.member,
                    Scope::Project => &mut self.project,
                };
                self.by_name.insert(definition.name.clone(), FactId { scope, slot: facts.len() });
                facts.push(definition);
                Some(())
            })
        });
        fields.finish(reader)?;
        facts.map(|_| ())
    }
}

fn read_definition(reader: &mut Reader, node: &Node) -> Option<FactDefinition> {
    #[derive(Clone, Copy)]
    enum Type {
        Bool,
        Integer,
        Money,
        Date,
        Text,
        Choice,
        Country,
        Subdivision,
        Parties,
        Topic,
        Exclusions,
    }
    const TYPES: [(&str, Type); 11] = [
        ("bool", Type::Bool),
        ("integer", Type::Integer),
        ("money", Type::Money),
        ("date", Type::Date),
        ("text", Type::Text),
        ("choice", Type::Choice),
        ("country", Type::Country),
        ("subdivision", Type::Subdivision),
        ("parties", Type::Parties),
        ("topic", Type::Topic),
        ("exclusions", Type::Exclusions),
    ];
    let mut fields = reader.map(node)?;
    let name = fields.required(reader, "fact", Reader::text);
    let fact_type =
        fields.required(reader, "type", |reader, node| reader.word(node, ("事实类型", "type of fact"), &TYPES));
    let identity = fields.optional(reader, "identity", Reader::bool);
    let unit = fields.optional(reader, "unit", Reader::localized);
    let label = fields.required(reader, "label", Reader::localized);
    let help = fields.required(reader, "help", Reader::localized);
    let fact_type = match fact_type {
        Some(Type::Choice) => fields.required(reader, "values", |reader, node| {
            reader
                .list(node, |reader, node| {
                    let mut fields = reader.map(node)?;
                    let value = fields.required(reader, "value", Reader::text);
                    let label = fields.required(reader, "label", Reader::localized);
                    let also = fields.optional(reader, "also", |reader, node| reader.list(node, Reader::text));
                    fields.finish(reader)?;
                    Some(Choice { value: value?, label: label?, also: also?.unwrap_or_default() })
                })
                .map(FactType::Choice)
        }),
        Some(Type::Integer) => unit.clone().map(FactType::Integer),
        Some(Type::Bool) => Some(FactType::Bool),
        Some(Type::Money) => Some(FactType::Money),
        Some(Type::Date) => Some(FactType::Date),
        Some(Type::Text) => Some(FactType::Text),
        Some(Type::Country) => Some(FactType::Country),
        Some(Type::Subdivision) => Some(FactType::Subdivision),
        Some(Type::Parties) => Some(FactType::Parties),
        Some(Type::Topic) => Some(FactType::Topic),
        Some(Type::Exclusions) => Some(FactType::Exclusions),
        None => None,
    };
    fields.finish(reader)?;
    unit?;
    Some(FactDefinition {
        name: name?,
        fact_type: fact_type?,
        identity: identity?.unwrap_or(false),
        label: label?,
        help: help?,
    })
}
