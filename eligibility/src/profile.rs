//! One institution against all directions: which roles it could take.

use crate::date::Date;
use crate::evaluate::{Evidence, FactRef, Scene};
use crate::facts::{Consortium, FactValue, Facts, Member};
use crate::guide::{Binds, DirectionId, Library, Modality, Requirement, Stage};
use crate::report::{Finding, Outcome, Verdict, outcome};
use crate::vocabulary::FactType;

/// A role an institution could take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Lead unit of the Chinese side.
    Lead,
    /// Another unit of the Chinese side.
    Participant,
    /// Lead unit of the partner side.
    Partner,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lead, Self::Participant, Self::Partner];

    /// The role as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "LEAD",
            Self::Participant => "PARTICIPANT",
            Self::Partner => "PARTNER",
        }
    }

    /// Whether what binds these bears on an institution in this role.
    fn is_bound_by(self, binds: Binds) -> bool {
        match binds {
            Binds::ChineseLead => self == Self::Lead,
            Binds::ChineseSide => matches!(self, Self::Lead | Self::Participant),
            Binds::PartnerLead | Binds::Partner => self == Self::Partner,
            Binds::BothSides | Binds::Project | Binds::Authority => false,
        }
    }

    fn side(self) -> &'static str {
        match self {
            Self::Lead | Self::Participant => "CHINESE",
            Self::Partner => "PARTNER",
        }
    }
}

/// Whether an institution could take a role in a direction, as far as that depends on itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleReport {
    /// The direction.
    pub direction: DirectionId,
    /// The role.
    pub role: Role,
    /// Whether it could.
    pub verdict: Verdict,
    /// The findings that bear on it.
    pub findings: Vec<Finding>,
    evidence: Evidence,
}

impl RoleReport {
    /// The facts that decided a finding; member 0 is the institution.
    pub fn evidence(&self, finding: &Finding) -> &[FactRef] {
        self.evidence.get(finding.range()).unwrap_or_default()
    }
}

impl Library {
    /// Judges an institution in every role of every direction, by the requirements of stage `profile` that bind the role.
    ///
    /// What several members meet together (two ASEAN states, say) counts as met by an institution that contributes to it.
    pub fn check_institution(&self, institution: &Member, as_of: Option<Date>) -> Vec<RoleReport> {
        let Some(core) = self.core else { return Vec::new() };
        let mut reports = Vec::new();
        let side = |word: &str| match &self.vocabulary.definition(core.side)?.fact_type {
            FactType::Choice(choices) => choices.iter().position(|choice| choice.value == word).map(FactValue::Choice),
            _ => None,
        };
        let cast = Role::ALL.map(|role| {
            let mut member = institution.clone();
            member.facts.set(core.side.slot, side(role.side()));
            member.facts.set(core.lead.slot, Some(FactValue::Bool(role != Role::Participant)));
            (role, vec![member])
        });
        let nothing = Facts::default();
        for (id, guide, direction) in self.directions() {
            let day = as_of.unwrap_or(guide.as_of);
            for (role, members) in &cast {
                let scene =
                    Scene { places: &self.places, core, topics: &direction.topics, day, members, project: &nothing };
                reports.push(judge_role(&scene, id, *role, &direction.requirements));
            }
        }
        reports
    }

    /// A consortium of the institution alone in a role, to name the facts of a [`RoleReport`] by.
    pub fn alone(&self, institution: &Member, report: &RoleReport) -> Consortium {
        Consortium {
            direction: report.direction,
            as_of: None,
            members: vec![institution.clone()],
            project: Facts::default(),
        }
    }
}

fn judge_role(
    scene: &Scene<'_>,
    direction: DirectionId,
    role: Role,
    requirements: &[std::sync::Arc<Requirement>],
) -> RoleReport {
    let mut evidence = Evidence::new();
    let mut findings = Vec::new();
    let mut verdict = Verdict::Eligible;
    for (index, requirement) in requirements.iter().enumerate() {
        let bears = requirement.stage == Stage::Profile && role.is_bound_by(requirement.binds);
        if !bears || requirement.decision.predicate().is_none() {
            continue;
        }
        let begin = evidence.len();
        let outcome = alone(scene, requirement, &mut evidence);
        if requirement.modality == Modality::Mandatory {
            verdict = match (outcome, verdict) {
                (Outcome::Violated, _) | (_, Verdict::Ineligible) => Verdict::Ineligible,
                (Outcome::Undetermined, _) | (_, Verdict::Undetermined) => Verdict::Undetermined,
                _ => Verdict::Eligible,
            };
        }
        findings.push(Finding::new(index, outcome, begin..evidence.len()));
    }
    RoleReport { direction, role, verdict, findings, evidence }
}

/// A requirement of a single institution: of what several members meet together, its own share.
fn alone(scene: &Scene<'_>, requirement: &Requirement, evidence: &mut Evidence) -> Outcome {
    use crate::predicate::Predicate;
    use crate::truth::Truth;
    match requirement.decision.predicate() {
        Some(Predicate::Distinct { filter, .. } | Predicate::Count { filter, at_most: None, .. }) => {
            match scene.evaluate(filter, Some(0), evidence) {
                Truth::True => Outcome::Satisfied,
                Truth::Unknown => Outcome::Undetermined,
                Truth::False => Outcome::Violated,
            }
        }
        _ => outcome(scene, requirement, evidence),
    }
}
