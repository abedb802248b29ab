//! A call as data: guides, directions, requirements, common rules; and the library that holds them.

use std::sync::Arc;

use crate::date::Date;
use crate::facts::OTHER_TOPIC;
use crate::place::Places;
use crate::predicate::Predicate;
use crate::problem::not_allowed;
use crate::reader::Reader;
use crate::text::Localized;
use crate::vocabulary::{CoreFacts, FactId, Vocabulary};
use crate::yaml::Node;

/// Numbers of directions that a message lists, at most.
const NUMBERS_AT_MOST: usize = 60;

/// One file of a folder of calls, read by the caller.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path with `/` between folders, below the folder of calls: `2023-second-batch/guide.yaml`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// All calls that are known, with the facts, places and groups that they speak of.
#[derive(Clone, Debug)]
pub struct Library {
    /// The facts that can be asked about.
    pub vocabulary: Vocabulary,
    /// Countries, regions and groups.
    pub places: Places,
    /// The calls.
    pub guides: Vec<Arc<Guide>>,
    pub(crate) core: Option<CoreFacts>,
}

/// The place of a direction in a [`Library`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DirectionId {
    pub(crate) guide: usize,
    pub(crate) direction: usize,
}

/// One call for projects.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Its key, the name of its folder.
    pub id: String,
    /// What its files say, those of all calls included, as the first twelve hexadecimal digits of a SHA-256: another reading of
    /// the call has another.
    pub version: String,
    /// Its title.
    pub title: Localized,
    /// The programme it belongs to.
    pub programme: Localized,
    /// Who publishes it.
    pub authority: Localized,
    /// The notice that opens it, if the source names one.
    pub notice: Option<String>,
    /// When applications are accepted, if known.
    pub window: Option<Window>,
    /// The day a check is made for unless the caller names another.
    pub as_of: Date,
    /// The whole source text.
    pub source: Arc<str>,
    /// General sections.
    pub parts: Vec<Part>,
    /// Directions, in the order of the text.
    pub directions: Vec<Arc<Direction>>,
    /// Organisations the call designates.
    pub designations: Option<Designations>,
    /// Rules around the call, apart from its text.
    pub common_rules: Option<CommonRules>,
    /// Sections in the order of the files, for the audit of quotes.
    pub(crate) sections: Vec<Section>,
}

/// When applications are accepted.
#[derive(Clone, Debug)]
pub struct Window {
    /// First moment, RFC 3339 to the minute.
    pub opens: String,
    /// Last moment, RFC 3339 to the minute.
    pub closes: String,
    /// Where the times come from and what they hold for.
    pub note: Localized,
}

/// A general section.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its key, the first part of its clause references.
    pub id: String,
    /// The totals it prints for its directions.
    pub totals: Totals,
    /// The directions its requirements or totals speak of.
    pub directions: Vec<String>,
}

/// Totals printed in the text.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    /// Number of directions.
    pub directions: i64,
    /// Number of projects.
    pub projects: i64,
    /// State grant in CNY.
    pub budget_cny: i64,
    /// Number of countries, regions and organisations, where printed.
    pub partners: Option<i64>,
}

/// A section of the source and what its file says of its text.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) file: String,
    pub(crate) begins: Quote,
    pub(crate) quotes: Vec<Quote>,
    pub(crate) part: Option<usize>,
}

/// A piece of the source text, and where a file quotes it.
#[derive(Clone, Debug)]
pub(crate) struct Quote {
    pub(crate) text: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// One direction of a call.
#[derive(Clone, Debug)]
pub struct Direction {
    /// Its key.
    pub id: String,
    /// Its number as printed.
    pub number: String,
    /// The first part of its clause references.
    pub prefix: String,
    /// Its title.
    pub title: Localized,
    /// What it rests on.
    pub basis: Basis,
    /// Who accepts applications on the Chinese side.
    pub chinese_authority: Localized,
    /// Who does on the partner side, where the text names it.
    pub partner_authority: Option<Localized>,
    /// Fields and topics.
    pub topics: Topics,
    /// How many projects are to be supported.
    pub quota: Quota,
    /// State grant for all of them, in CNY.
    pub budget_cny: i64,
    /// Project period where the direction states its own.
    pub period: Option<Period>,
    /// Whom to ask.
    pub contacts: Vec<Contact>,
    /// Templates to download.
    pub templates: Vec<Template>,
    /// Every requirement that binds it, its own first.
    pub requirements: Vec<Arc<Requirement>>,
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// Agreements or commitments a direction rests on.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Whether they are diplomatic commitments rather than agreements.
    pub commitment: bool,
    /// Their titles.
    pub documents: Vec<Localized>,
}

/// How far a list of fields is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicList {
    /// Only what is listed.
    Closed,
    /// The list ends in 等: others are for a person to judge.
    Open,
    /// No limit of fields.
    Any,
}

/// The level at which a list of fields is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicLevel {
    /// The fields.
    Topic,
    /// Their sub-topics.
    Subtopic,
}

/// The fields of a direction.
#[derive(Clone, Debug)]
pub struct Topics {
    /// How far the list is closed.
    pub list: TopicList,
    /// At which level.
    pub level: TopicLevel,
    /// The fields.
    pub items: Vec<Topic>,
    /// What the direction does not support, whatever the field.
    pub exclusions: Vec<Named>,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: Localized,
    /// The sub-topics it consists of.
    pub subtopics: Vec<Named>,
    /// What it is mainly about (重点关注).
    pub focus: Vec<Named>,
    /// What is not supported within it.
    pub exclusions: Vec<Named>,
    /// Projects to be supported in it, where printed by field.
    pub quota: Option<Quota>,
    /// State grant for it in CNY, where printed by field.
    pub budget_cny: Option<i64>,
}

/// Something with a key and a name.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: Localized,
}

/// How exact a number of projects is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// So many.
    Exact,
    /// About so many (左右).
    About,
    /// Not more (不超过).
    AtMost,
}

/// How many projects are to be supported.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// The number.
    pub projects: i64,
    /// How exact it is.
    pub bound: Bound,
    /// In principle not more than this for one country.
    pub per_country: Option<i64>,
}

/// A project period in months.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// At least.
    pub min_months: Option<i64>,
    /// At most.
    pub max_months: Option<i64>,
}

/// Whom to ask.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The organisation.
    pub organisation: Localized,
    /// Its department.
    pub department: Option<Localized>,
    /// The person, as printed.
    pub person: Option<String>,
    /// Mail addresses.
    pub emails: Vec<String>,
    /// Telephone numbers as printed.
    pub phones: Vec<String>,
    /// Pages.
    pub urls: Vec<String>,
}

/// A template to download.
#[derive(Clone, Debug)]
pub struct Template {
    /// What it is for.
    pub name: Localized,
    /// Where it is.
    pub url: String,
}

/// How strongly a requirement binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Modality {
    /// 必须, 须, 应, 不得, 仅限.
    Mandatory,
    /// 原则上, 一般, 重点.
    InPrinciple,
    /// 鼓励, 建议.
    Encouraged,
    /// To know.
    Informational,
}

/// What a requirement bears on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// What an institution is by itself.
    Profile,
    /// Who takes part together.
    Composition,
    /// The project.
    Project,
    /// What is submitted.
    Documents,
    /// What is done once it runs.
    Execution,
}

/// Whom a requirement binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binds {
    /// The lead unit of the Chinese side.
    ChineseLead,
    /// Every unit of the Chinese side, or the side as a whole.
    ChineseSide,
    /// The lead unit of the partner side.
    PartnerLead,
    /// Every unit of the partner side, or the side as a whole.
    Partner,
    /// Both sides.
    BothSides,
    /// The project.
    Project,
    /// The authority that selects projects.
    Authority,
}

/// How a requirement is decided.
#[derive(Clone, Debug)]
pub enum Decision {
    /// By facts.
    Check(Predicate),
    /// By facts that only the applicant can declare.
    Declaration(Predicate),
    /// By a person.
    Review,
}

impl Decision {
    /// The predicate that decides it, unless a person does.
    pub fn predicate(&self) -> Option<&Predicate> {
        match self {
            Self::Check(predicate) | Self::Declaration(predicate) => Some(predicate),
            Self::Review => None,
        }
    }
}

/// One thing a call demands, recommends or tells.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Clause reference, `#`, name.
    pub id: String,
    /// The clause reference.
    pub clause: String,
    /// The exact words of the source; empty for a common rule.
    pub quote: String,
    /// What it says.
    pub statement: Localized,
    /// How strongly it binds.
    pub modality: Modality,
    /// What it bears on.
    pub stage: Stage,
    /// Whom it binds.
    pub binds: Binds,
    /// It applies only if this holds.
    pub when: Option<Predicate>,
    /// How it is decided.
    pub decision: Decision,
    /// The reading it rests on.
    pub note: Option<Localized>,
    /// Where a common rule is taken from, and how sure it is.
    pub origin: Option<Origin>,
}

impl Requirement {
    /// Whether it asks for a fact, of whomever.
    pub fn mentions(&self, fact: FactId) -> bool {
        let predicates = self.when.iter().chain(self.decision.predicate());
        predicates.into_iter().any(|predicate| predicate.mentions(fact))
    }
}

/// Where a common rule is taken from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The title of the page.
    pub title: Localized,
    /// Its address.
    pub url: Option<String>,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// The directions it is about, by their keys; all of them, if none is named.
    pub directions: Vec<String>,
}

/// How sure something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// Read in a primary source.
    High,
    /// Nearly so.
    MediumHigh,
    /// Inferred, or from one secondary source.
    Medium,
    /// A guess worth mentioning.
    Low,
}

/// The rules around a call, a layer of its own.
#[derive(Clone, Debug)]
pub struct CommonRules {
    /// Its title.
    pub title: Localized,
    /// What it is and is not.
    pub note: Localized,
    /// First day it is in force.
    pub from: Option<Date>,
    /// First day it no longer is.
    pub until: Option<Date>,
    /// The rules.
    pub rules: Vec<Arc<Requirement>>,
}

/// Organisations that a call designates.
#[derive(Clone, Debug)]
pub struct Designations {
    /// The direction that designates them.
    pub direction: String,
    /// As of when, and how complete.
    pub note: Localized,
    /// The organisations.
    pub organisations: Vec<Designation>,
}

/// A designated organisation.
#[derive(Clone, Debug)]
pub struct Designation {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: Localized,
    /// Its acronym.
    pub acronym: Option<String>,
    /// The value of `member.hk_status`, or of whichever fact the direction tests.
    pub status: String,
    /// Its ROR id as a URL.
    pub ror: Option<String>,
    /// First day.
    pub from: Option<Date>,
    /// First day without it.
    pub until: Option<Date>,
    /// Where it is taken from.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

impl Topics {
    /// Every topic key with the key of its field.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &Topic)> {
        self.items.iter().flat_map(|topic| {
            let below = topic.subtopics.iter().chain(&topic.focus).map(|named| named.key.as_str());
            std::iter::once(topic.key.as_str()).chain(below).map(move |key| (key, topic))
        })
    }

    /// The key of the topic that a text names: by its key, or by its name in either language, with or without what stands in brackets
    /// after it.
    pub fn find(&self, text: &str) -> Option<&str> {
        let text = text.trim();
        let short = |name: &'_ str| name.find(['（', '(']).map_or(name.len(), |bracket| bracket);
        let is_name = |name: &Localized| {
            [&name.zh, &name.en].into_iter().any(|name| {
                let before_bracket = name.get(..short(name)).unwrap_or(name).trim();
                name.eq_ignore_ascii_case(text) || before_bracket.eq_ignore_ascii_case(text)
            })
        };
        let by_key = self.keys().map(|(key, _)| key).find(|key| *key == text);
        by_key.or_else(|| {
            let field = self.items.iter().find(|topic| is_name(&topic.name)).map(|topic| topic.key.as_str());
            let mut below = self.items.iter().flat_map(|topic| topic.subtopics.iter().chain(&topic.focus));
            field.or_else(|| below.find(|named| is_name(&named.name)).map(|named| named.key.as_str()))
        })
    }

    /// The field that a topic key names or belongs to.
    pub fn field_of(&self, key: &str) -> Option<&Topic> {
        self.keys().find(|(known, _)| *known == key).map(|(_, topic)| topic)
    }

    /// Every exclusion, of a field or of the direction.
    pub fn all_exclusions(&self) -> impl Iterator<Item = &Named> {
        self.items.iter().flat_map(|topic| &topic.exclusions).chain(&self.exclusions)
    }

    /// The key of the topic that a text names; in a direction with an open list any text will do.
    pub(crate) fn read_topic(&self, reader: &mut Reader, node: &Node, text: &str) -> Option<String> {
        if let Some(key) = self.find(text) {
            return Some(key.to_owned());
        }
        if text == OTHER_TOPIC || self.list == TopicList::Any {
            return Some(text.to_owned());
        }
        let mut known: Vec<&str> = self.keys().map(|(key, _)| key).collect();
        known.push(OTHER_TOPIC);
        reader.unknown(node, &Localized::new("本方向的领域", "topic of this direction"), text, &known)
    }

    pub(crate) fn check_exclusions(&self, reader: &mut Reader, node: &Node, keys: &[String]) -> Option<()> {
        let known: Vec<&str> = self.all_exclusions().map(|named| named.key.as_str()).collect();
        for key in keys {
            if !known.contains(&key.as_str()) {
                let what = Localized::new("本方向的不支持内容", "exclusion of this direction");
                return reader.unknown(node, &what, key, &known);
            }
        }
        Some(())
    }
}

impl Library {
    /// The call with this key.
    pub fn find_guide(&self, id: &str) -> Option<&Arc<Guide>> {
        self.guides.iter().find(|guide| guide.id == id)
    }

    /// The direction with this key or clause prefix (`cn-nz`, `1.1`, `HK1.1`), in one call or in the newest that has it.
    pub fn find_direction(&self, guide: Option<&str>, name: &str) -> Option<DirectionId> {
        self.directions()
            .filter(|(_, of, _)| guide.is_none_or(|guide| of.id == guide))
            .filter(|(_, _, direction)| {
                direction.id.eq_ignore_ascii_case(name) || direction.prefix.eq_ignore_ascii_case(name)
            })
            .max_by_key(|(_, guide, _)| guide.as_of)
            .map(|(id, _, _)| id)
    }

    /// What is told of a direction that no call has: what they are called, and that the numbers of their clauses do as well.
    pub fn unknown_direction(&self, name: &str) -> Localized {
        let keys: Vec<&str> = self.directions().map(|(_, _, direction)| direction.id.as_str()).collect();
        let mut told = not_allowed(&Localized::new("指南方向", "direction"), name, &keys);
        let prefixes: Vec<String> =
            self.directions().map(|(_, _, direction)| format!("`{}`", direction.prefix)).collect();
        if (1..=NUMBERS_AT_MOST).contains(&prefixes.len()) {
            told.zh.push_str(&format!("；也可写条款编号：{}", prefixes.join("、")));
            told.en.push_str(&format!("; or the number of its clauses: {}", prefixes.join(", ")));
        }
        told
    }

    /// All directions of all calls.
    pub fn directions(&self) -> impl Iterator<Item = (DirectionId, &Arc<Guide>, &Arc<Direction>)> {
        self.guides.iter().enumerate().flat_map(|(at, guide)| {
            guide
                .directions
                .iter()
                .enumerate()
                .map(move |(index, direction)| (DirectionId { guide: at, direction: index }, guide, direction))
        })
    }

    /// The call of a direction.
    pub fn guide_of(&self, id: DirectionId) -> Option<&Arc<Guide>> {
        self.guides.get(id.guide)
    }

    /// A direction.
    pub fn direction(&self, id: DirectionId) -> Option<&Arc<Direction>> {
        self.guides.get(id.guide)?.directions.get(id.direction)
    }
}

pub(crate) const MODALITIES: [(&str, Modality); 4] = [
    ("mandatory", Modality::Mandatory),
    ("in_principle", Modality::InPrinciple),
    ("encouraged", Modality::Encouraged),
    ("informational", Modality::Informational),
];

pub(crate) const STAGES: [(&str, Stage); 5] = [
    ("profile", Stage::Profile),
    ("composition", Stage::Composition),
    ("project", Stage::Project),
    ("documents", Stage::Documents),
    ("execution", Stage::Execution),
];

pub(crate) const BINDS: [(&str, Binds); 7] = [
    ("chinese_lead", Binds::ChineseLead),
    ("chinese_side", Binds::ChineseSide),
    ("partner_lead", Binds::PartnerLead),
    ("partner", Binds::Partner),
    ("both_sides", Binds::BothSides),
    ("project", Binds::Project),
    ("authority", Binds::Authority),
];

/// The word a closed list gives to a value.
fn word_of<T: Copy + PartialEq>(words: &'static [(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| word)
}

impl Modality {
    /// All of them, strongest first.
    pub const ALL: [Self; 4] = [Self::Mandatory, Self::InPrinciple, Self::Encouraged, Self::Informational];

    /// The word files use.
    pub fn as_str(self) -> &'static str {
        word_of(&MODALITIES, self)
    }
}

impl Stage {
    /// The word files use.
    pub fn as_str(self) -> &'static str {
        word_of(&STAGES, self)
    }
}

impl Binds {
    /// The word files use.
    pub fn as_str(self) -> &'static str {
        word_of(&BINDS, self)
    }
}
