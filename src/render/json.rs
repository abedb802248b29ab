//! Answers for programs. Every text in both languages; names of facts as files write them.

use eligibility::guide::Confidence;
use eligibility::{Change, CommonReport, Consortium, FactRef, Library, Localized, Repair, Requirement, Slot};
use serde::Serialize;

use crate::failure::Failure;
use crate::render::findings::{Item, View};
use crate::render::words::decision_key;

/// A text in both languages.
#[derive(Debug, Serialize)]
pub(crate) struct Texts {
    zh: String,
    en: String,
}

impl From<&Localized> for Texts {
    fn from(text: &Localized) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

impl From<Localized> for Texts {
    fn from(text: Localized) -> Self {
        Self { zh: text.zh, en: text.en }
    }
}

#[derive(Debug, Serialize)]
struct Check<'a> {
    guide: &'a str,
    direction: &'a str,
    number: &'a str,
    prefix: &'a str,
    title: Texts,
    as_of: String,
    verdict: &'static str,
    violated: Vec<&'a str>,
    undetermined: Vec<&'a str>,
    warned: Vec<&'a str>,
    findings: Vec<Finding<'a>>,
    /// Absent when not asked for, `null` when none are in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    common_rules: Option<Option<CommonRules<'a>>>,
}

#[derive(Debug, Serialize)]
struct CommonRules<'a> {
    title: Texts,
    note: Texts,
    in_force_from: Option<String>,
    in_force_until: Option<String>,
    findings: Vec<Finding<'a>>,
}

/// How one requirement stands.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    #[serde(flatten)]
    requirement: Head<'a>,
    outcome: &'static str,
    decided_by: Vec<Fact>,
    missing: Vec<Fact>,
    repairs: Vec<Way>,
}

/// A requirement.
#[derive(Debug, Serialize)]
pub(crate) struct Head<'a> {
    requirement: &'a str,
    clause: &'a str,
    modality: &'static str,
    stage: &'static str,
    binds: &'static str,
    decision: &'static str,
    statement: Texts,
    #[serde(skip_serializing_if = "str::is_empty")]
    quote: &'a str,
    note: Option<Texts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Source<'a> {
    title: Texts,
    url: Option<&'a str>,
}

/// A fact of a member or of the project.
#[derive(Debug, Serialize)]
pub(crate) struct Fact {
    /// `members[p1].registered_on`, `project.title`.
    fact: String,
    /// The key of the member it is of.
    member: Option<String>,
    label: Texts,
    /// As files write it; `null` when not known.
    value: Option<String>,
    /// Member, label and value as one text.
    text: Texts,
}

#[derive(Debug, Serialize)]
struct Way {
    text: Texts,
    changes: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    kind: &'static str,
    text: Texts,
    /// The fact to supply or to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    fact: Option<String>,
    /// The nearest value that will do, as files write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// The member to leave out or to replace.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    /// What a member to add must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<Vec<Property>>,
}

#[derive(Debug, Serialize)]
struct Property {
    fact: String,
    wanted: Texts,
}

/// A confidence as files write it.
pub(crate) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::MediumHigh => "medium_high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

impl<'a> From<&'a Requirement> for Head<'a> {
    fn from(requirement: &'a Requirement) -> Self {
        let origin = requirement.origin.as_ref();
        Self {
            requirement: &requirement.id,
            clause: &requirement.clause,
            modality: requirement.modality.as_str(),
            stage: requirement.stage.as_str(),
            binds: requirement.binds.as_str(),
            decision: decision_key(&requirement.decision),
            statement: Texts::from(&requirement.statement),
            quote: &requirement.quote,
            note: requirement.note.as_ref().map(Texts::from),
            source: origin.map(|origin| Source { title: Texts::from(&origin.title), url: origin.url.as_deref() }),
            confidence: origin.map(|origin| confidence(origin.confidence)),
        }
    }
}

impl Fact {
    /// What is known of a fact.
    pub(crate) fn new(library: &Library, consortium: &Consortium, fact: FactRef) -> Self {
        let definition = library.vocabulary.definition(fact.fact);
        let value = consortium.fact(fact.member, fact.fact);
        let member = fact.member.and_then(|member| consortium.members.get(member));
        Self {
            fact: library.fact_name(consortium, fact),
            member: member.map(|member| member.key.clone()),
            label: definition.map_or_else(|| Texts::from(Localized::default()), |found| Texts::from(&found.label)),
            value: definition.zip(value).map(|(definition, value)| definition.code(value)),
            text: library.fact_text(consortium, fact).into(),
        }
    }
}

fn finding<'a>(view: &View<'_>, item: &Item<'a>) -> Finding<'a> {
    let facts = |facts: &[FactRef]| facts.iter().map(|fact| Fact::new(view.library, view.consortium, *fact)).collect();
    Finding {
        requirement: Head::from(item.requirement),
        outcome: item.outcome.as_str(),
        decided_by: facts(&item.known()),
        missing: facts(&item.missing),
        repairs: item.repairs.iter().map(|repair| way(view, repair)).collect(),
    }
}

fn way(view: &View<'_>, repair: &Repair) -> Way {
    let View { library, consortium, .. } = view;
    let key = |member: usize| consortium.members.get(member).map(|member| member.key.clone());
    let steps = repair.changes.iter().map(|change| {
        let mut step = Step {
            kind: Library::change_kind(change),
            text: library.change_text(consortium, change).into(),
            fact: None,
            value: None,
            member: None,
            slot: None,
        };
        let properties = |slot: &Slot| {
            let properties = slot.properties.iter().filter_map(|(fact, wanted)| {
                let name = library.vocabulary.definition(*fact)?.name.clone();
                Some(Property { fact: name, wanted: library.wanted_text(consortium, *fact, wanted).into() })
            });
            properties.collect()
        };
        match change {
            Change::Set { at, value, .. } => {
                step.fact = Some(library.fact_name(consortium, *at));
                step.value = library.vocabulary.definition(at.fact).map(|definition| definition.code(value));
            }
            Change::Add(slot) => step.slot = Some(properties(slot)),
            Change::Drop { member } => step.member = key(*member),
            Change::Replace { member, slot } => {
                step.member = key(*member);
                step.slot = Some(properties(slot));
            }
        }
        step
    });
    Way { text: library.repair_text(consortium, repair).into(), changes: steps.collect() }
}

/// The answer of `check`.
pub(crate) fn check(view: &View<'_>, common: Option<&Option<CommonReport>>) -> Result<String, Failure> {
    let common_items = common.and_then(Option::as_ref).map(|common| view.common_items(common));
    let layer = view.guide.common_rules.as_ref();
    let common_rules = common.map(|_| {
        let (items, layer) = common_items.as_ref().zip(layer)?;
        Some(CommonRules {
            title: Texts::from(&layer.title),
            note: Texts::from(&layer.note),
            in_force_from: layer.from.map(|day| day.to_string()),
            in_force_until: layer.until.map(|day| day.to_string()),
            findings: items.iter().map(|item| finding(view, item)).collect(),
        })
    });
    pretty(&Check {
        guide: &view.guide.id,
        direction: &view.direction.id,
        number: &view.direction.number,
        prefix: &view.direction.prefix,
        title: Texts::from(&view.direction.title),
        as_of: view.report.as_of.to_string(),
        verdict: view.report.verdict.as_str(),
        violated: view.clauses.violated.iter().copied().collect(),
        undetermined: view.clauses.undetermined.iter().copied().collect(),
        warned: view.clauses.warned.iter().copied().collect(),
        findings: view.items.iter().map(|item| finding(view, item)).collect(),
        common_rules,
    })
}

/// JSON with a line feed at its end.
pub(crate) fn pretty(value: &impl Serialize) -> Result<String, Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::internal(Localized::same(error.to_string())))?;
    Ok(text + "\n")
}
