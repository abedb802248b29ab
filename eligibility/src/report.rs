//! The report on a consortium: a verdict, and a finding for each requirement.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::date::Date;
use crate::evaluate::{Evidence, FactRef, Scene};
use crate::facts::Consortium;
use crate::guide::{DirectionId, Library, Modality, Requirement};
use crate::predicate::Predicate;
use crate::truth::Truth;

/// Whether a consortium may apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Every mandatory requirement that facts can decide is met.
    Eligible,
    /// A mandatory requirement is violated.
    Ineligible,
    /// None is violated, but one or more depend on facts that are not known.
    Undetermined,
}

impl Verdict {
    /// The verdict as files and programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eligible => "ELIGIBLE",
            Self::Ineligible => "INELIGIBLE",
            Self::Undetermined => "UNDETERMINED",
        }
    }
}

/// How one requirement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is met.
    Satisfied,
    /// It is not met.
    Violated,
    /// That depends on facts that are not known, or on a person.
    Undetermined,
    /// It does not bear on this consortium.
    NotApplicable,
    /// Only a person can judge it.
    ForReview,
}

impl Outcome {
    /// The outcome as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Satisfied => "SATISFIED",
            Self::Violated => "VIOLATED",
            Self::Undetermined => "UNDETERMINED",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::ForReview => "FOR_REVIEW",
        }
    }
}

/// How one requirement stands, and the facts that decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its place in [`crate::Direction::requirements`], or in the common rules.
    pub requirement: usize,
    /// How it stands.
    pub outcome: Outcome,
    evidence: Range<usize>,
}

impl Finding {
    pub(crate) fn new(requirement: usize, outcome: Outcome, evidence: Range<usize>) -> Self {
        Self { requirement, outcome, evidence }
    }

    pub(crate) fn range(&self) -> Range<usize> {
        self.evidence.clone()
    }
}

/// The report on a consortium in one direction on one day.
///
/// It holds numbers, not texts: whoever shows it looks up what it wants to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The direction.
    pub direction: DirectionId,
    /// The day it was judged for.
    pub as_of: Date,
    /// Whether the consortium may apply.
    pub verdict: Verdict,
    /// A finding for each requirement of the direction, in its order.
    pub findings: Vec<Finding>,
    evidence: Evidence,
}

/// Findings under the rules around a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonReport {
    /// A finding for each rule, in its order.
    pub findings: Vec<Finding>,
    evidence: Evidence,
}

impl Report {
    /// The facts that decided a finding; for an undetermined one, those it depends on.
    pub fn evidence(&self, finding: &Finding) -> &[FactRef] {
        self.evidence.get(finding.range()).unwrap_or_default()
    }
}

impl CommonReport {
    /// The facts that decided a finding; for an undetermined one, those it depends on.
    pub fn evidence(&self, finding: &Finding) -> &[FactRef] {
        self.evidence.get(finding.range()).unwrap_or_default()
    }
}

/// The clause references of a report, as sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clauses<'a> {
    /// Clauses with a mandatory requirement that is violated.
    pub violated: BTreeSet<&'a str>,
    /// Clauses with one that is undetermined, none being violated.
    pub undetermined: BTreeSet<&'a str>,
    /// Clauses with an encouraged or in-principle requirement known to be unmet.
    pub warned: BTreeSet<&'a str>,
}

impl Library {
    /// Judges a consortium in its direction, on its day or the call's.
    ///
    /// `None` only if the direction is not of this library.
    pub fn check(&self, consortium: &Consortium) -> Option<Report> {
        let direction = self.direction(consortium.direction)?;
        let as_of = consortium.as_of.or_else(|| Some(self.guide_of(consortium.direction)?.as_of))?;
        let scene = Scene::new(&self.places, self.core?, &direction.topics, as_of, consortium);
        let (findings, evidence) = judge(&scene, &direction.requirements, |_| true);
        let verdict = verdict(&findings, &direction.requirements);
        Some(Report { direction: consortium.direction, as_of, verdict, findings, evidence })
    }

    /// Judges a consortium under the rules around its call, if they are in force on the day.
    pub fn check_common_rules(&self, consortium: &Consortium) -> Option<CommonReport> {
        let direction = self.direction(consortium.direction)?;
        let guide = self.guide_of(consortium.direction)?;
        let day = consortium.as_of.unwrap_or(guide.as_of);
        let layer = guide.common_rules.as_ref()?;
        if layer.from.is_some_and(|from| day < from) || layer.until.is_some_and(|until| day >= until) {
            return None;
        }
        let scene = Scene::new(&self.places, self.core?, &direction.topics, day, consortium);
        let is_about = |rule: &Requirement| {
            let only = rule.origin.as_ref().map_or([].as_slice(), |origin| origin.directions.as_slice());
            only.is_empty() || only.contains(&direction.id)
        };
        let (findings, evidence) = judge(&scene, &layer.rules, is_about);
        Some(CommonReport { findings, evidence })
    }

    /// The clause references of a report.
    pub fn clauses(&self, report: &Report) -> Clauses<'_> {
        let mut clauses = Clauses::default();
        let Some(direction) = self.direction(report.direction) else { return clauses };
        for finding in &report.findings {
            let Some(requirement) = direction.requirements.get(finding.requirement) else { continue };
            let clause = requirement.clause.as_str();
            match (requirement.modality, finding.outcome) {
                (Modality::Mandatory, Outcome::Violated) => clauses.violated.insert(clause),
                (Modality::Mandatory, Outcome::Undetermined) => clauses.undetermined.insert(clause),
                (Modality::InPrinciple | Modality::Encouraged, Outcome::Violated) => clauses.warned.insert(clause),
                _ => false,
            };
        }
        clauses.undetermined.retain(|clause| !clauses.violated.contains(clause));
        clauses
    }
}

/// A finding for each requirement, and the facts that decided them; those that are not about the direction do not apply.
fn judge(
    scene: &Scene<'_>,
    requirements: &[Arc<Requirement>],
    is_about: impl Fn(&Requirement) -> bool,
) -> (Vec<Finding>, Evidence) {
    let mut evidence = Evidence::with_capacity(requirements.len() * 2);
    let findings = requirements
        .iter()
        .enumerate()
        .map(|(requirement, of)| {
            let begin = evidence.len();
            let outcome = if is_about(of) { outcome(scene, of, &mut evidence) } else { Outcome::NotApplicable };
            Finding::new(requirement, outcome, begin..evidence.len())
        })
        .collect();
    (findings, evidence)
}

/// How one requirement stands.
pub(crate) fn outcome(scene: &Scene<'_>, requirement: &Requirement, evidence: &mut Evidence) -> Outcome {
    let mark = evidence.len();
    let applies = requirement.when.as_ref().map_or(Truth::True, |when| scene.evaluate(when, None, evidence));
    if applies == Truth::False {
        return Outcome::NotApplicable;
    }
    if applies == Truth::True {
        evidence.truncate(mark);
    }
    let Some(predicate) = requirement.decision.predicate() else { return Outcome::ForReview };
    if let Predicate::Every { filter, .. } = predicate
        && !bears_on_someone(scene, filter)
    {
        return Outcome::NotApplicable;
    }
    match (applies, scene.evaluate(predicate, None, evidence)) {
        (_, Truth::True) => Outcome::Satisfied,
        (Truth::True, Truth::False) => Outcome::Violated,
        _ => Outcome::Undetermined,
    }
}

fn bears_on_someone(scene: &Scene<'_>, filter: &Predicate) -> bool {
    let mut ignored = Evidence::new();
    (0..scene.members.len()).any(|member| {
        ignored.clear();
        scene.evaluate(filter, Some(member), &mut ignored) != Truth::False
    })
}

/// The verdict that mandatory findings give.
pub(crate) fn verdict(findings: &[Finding], requirements: &[Arc<Requirement>]) -> Verdict {
    let mut verdict = Verdict::Eligible;
    for finding in findings {
        let mandatory = requirements.get(finding.requirement).is_some_and(|of| of.modality == Modality::Mandatory);
        match finding.outcome {
            Outcome::Violated if mandatory => return Verdict::Ineligible,
            Outcome::Undetermined if mandatory => verdict = Verdict::Undetermined,
            _ => {}
        }
    }
    verdict
}
