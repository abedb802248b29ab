//! What is missing of a profile to judge it, direction by direction.

use std::collections::BTreeSet;

use eligibility::guide::Modality;
use eligibility::vocabulary::FactDefinition;
use eligibility::{DirectionId, Finding, Library, Member, Outcome, Problem, Role, RoleReport, Verdict};

use crate::content::{Assurance, Profile};
use crate::edit::ROLE_FACTS;
use crate::judge::member;

/// What is missing to judge an institution in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectionCompleteness {
    /// The direction.
    pub direction: DirectionId,
    /// Each role in it.
    pub roles: Vec<RoleCompleteness>,
    /// The names of the facts that are missing for any of the roles, sorted, each once.
    pub missing: Vec<String>,
}

/// What is missing to judge an institution in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleCompleteness {
    /// The role.
    pub role: Role,
    /// Whether the institution could take it, as far as is known.
    pub verdict: Verdict,
    /// The names of the facts that would decide it, below `member.`; none unless it is undetermined.
    pub missing: Vec<String>,
}

/// What is missing to judge a profile in each direction, on each call's own day, by the facts that are vouched for by at least
/// `assurance`.
///
/// # Errors
/// Facts that the vocabulary does not have, or whose values it does not know.
pub fn completeness(
    library: &Library,
    profile: &Profile,
    assurance: Assurance,
) -> Result<Vec<DirectionCompleteness>, Vec<Problem>> {
    let member = member(library, profile, assurance)?;
    let mut directions: Vec<DirectionCompleteness> = Vec::new();
    for report in library.check_institution(&member, None) {
        let missing = missing_facts(library, &member, &report);
        let missing = missing.into_iter().map(|definition| definition.short_name().to_owned()).collect();
        let role = RoleCompleteness { role: report.role, verdict: report.verdict, missing };
        match directions.last_mut().filter(|last| last.direction == report.direction) {
            Some(last) => last.roles.push(role),
            None => directions.push(DirectionCompleteness {
                direction: report.direction,
                roles: vec![role],
                missing: Vec::new(),
            }),
        }
    }
    for direction in &mut directions {
        let missing: BTreeSet<&String> = direction.roles.iter().flat_map(|role| &role.missing).collect();
        direction.missing = missing.into_iter().cloned().collect();
    }
    Ok(directions)
}

/// The facts that would decide a report, each once, in the order of the requirements that ask for them; none unless it is
/// undetermined. Facts that the role itself brings are not asked for.
pub fn missing_facts<'l>(library: &'l Library, member: &Member, report: &RoleReport) -> Vec<&'l FactDefinition> {
    if report.verdict != Verdict::Undetermined {
        return Vec::new();
    }
    let alone = library.alone(member, report);
    let mut missing: Vec<&FactDefinition> = Vec::new();
    for finding in mandatory(library, report).filter(|finding| finding.outcome == Outcome::Undetermined) {
        for fact in library.missing_facts(&alone, report.evidence(finding)) {
            let Some(definition) = library.vocabulary.definition(fact.fact) else { continue };
            let is_new = !missing.iter().any(|known| known.name == definition.name);
            if is_new && !ROLE_FACTS.contains(&definition.short_name()) {
                missing.push(definition);
            }
        }
    }
    missing
}

/// The findings that a verdict depends on.
pub(crate) fn mandatory<'r>(library: &'r Library, report: &'r RoleReport) -> impl Iterator<Item = &'r Finding> {
    let requirements = library.direction(report.direction).map(|direction| direction.requirements.as_slice());
    let requirements = requirements.unwrap_or_default();
    report.findings.iter().filter(|finding| {
        requirements.get(finding.requirement).is_some_and(|requirement| requirement.modality == Modality::Mandatory)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Stated;
    use crate::support::LIBRARY;

    fn of(facts: &[(&str, Stated, Assurance)]) -> Profile {
        let mut profile = Profile::default();
        for (fact, value, assurance) in facts {
            profile.state(fact, value.clone(), *assurance);
        }
        profile
    }

    fn text(text: &str) -> Stated {
        Stated::Text(text.to_owned())
    }

    fn of_direction(profile: &Profile, assurance: Assurance, direction: &str) -> DirectionCompleteness {
        let id = LIBRARY.find_direction(None, direction).expect("a direction");
        let all = completeness(&LIBRARY, profile, assurance).expect("facts of the vocabulary");
        all.into_iter().find(|found| found.direction == id).expect("the direction")
    }

    #[test]
    fn every_direction_has_each_role_once() {
        let all = completeness(&LIBRARY, &Profile::default(), Assurance::Imported).expect("no facts");
        let directions: Vec<DirectionId> = LIBRARY.directions().map(|(id, _, _)| id).collect();
        assert_eq!(all.iter().map(|found| found.direction).collect::<Vec<_>>(), directions);
        for found in all {
            assert_eq!(found.roles.iter().map(|role| role.role).collect::<Vec<_>>(), Role::ALL);
        }
    }

    #[test]
    fn what_is_missing_is_told_role_by_role() {
        let role = |role, verdict, missing: &[&str]| RoleCompleteness {
            role,
            verdict,
            missing: missing.iter().map(|name| (*name).to_owned()).collect(),
        };
        let nothing = of_direction(&Profile::default(), Assurance::Imported, "cn-europe-labs");
        let all = ["country", "registered_on", "kind", "independent_legal_person"];
        assert_eq!(
            nothing.roles,
            [
                role(Role::Lead, Verdict::Undetermined, &["country"]),
                role(Role::Participant, Verdict::Undetermined, &["country"]),
                role(Role::Partner, Verdict::Undetermined, &all),
            ]
        );
        assert_eq!(nothing.missing, ["country", "independent_legal_person", "kind", "registered_on"]);

        let profile = of(&[
            ("country", text("SA"), Assurance::Verified),
            ("kind", text("UNIVERSITY"), Assurance::SelfDeclared),
            ("independent_legal_person", Stated::Bool(true), Assurance::SelfDeclared),
            // Too vague: three years before the day of the call are over for a part of the year.
            ("registered_on", text("2020"), Assurance::Imported),
        ]);
        for (assurance, missing) in [
            (Assurance::Imported, ["registered_on"].as_slice()),
            (Assurance::SelfDeclared, &["registered_on"]),
            (Assurance::Verified, &["registered_on", "kind", "independent_legal_person"]),
        ] {
            let found = of_direction(&profile, assurance, "cn-arab-labs");
            assert_eq!(
                found.roles,
                [
                    role(Role::Lead, Verdict::Ineligible, &[]),
                    role(Role::Participant, Verdict::Ineligible, &[]),
                    role(Role::Partner, Verdict::Undetermined, missing),
                ],
                "{assurance:?}"
            );
        }
    }

    #[test]
    fn a_role_that_is_decided_misses_nothing() {
        let mut facts = vec![
            ("country", text("SA"), Assurance::Verified),
            ("kind", text("UNIVERSITY"), Assurance::Verified),
            ("independent_legal_person", Stated::Bool(true), Assurance::Verified),
            ("registered_on", text("1957"), Assurance::Verified),
        ];
        let found = of_direction(&of(&facts), Assurance::Verified, "cn-arab-labs");
        assert_eq!(
            found.roles[2],
            RoleCompleteness { role: Role::Partner, verdict: Verdict::Eligible, missing: vec![] }
        );
        assert_eq!(found.missing, Vec::<String>::new());
        facts.truncate(1);
        facts.push(("registered_on", text("2022"), Assurance::Verified));
        let found = of_direction(&of(&facts), Assurance::Verified, "cn-arab-labs");
        assert_eq!(
            found.roles[2],
            RoleCompleteness { role: Role::Partner, verdict: Verdict::Ineligible, missing: vec![] }
        );
    }

    #[test]
    fn facts_that_cannot_be_read_are_told() {
        let profile = of(&[("kind", text("SCHOOL"), Assurance::SelfDeclared)]);
        let problems = completeness(&LIBRARY, &profile, Assurance::Imported).expect_err("a problem");
        assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), ["kind"]);
        assert!(completeness(&LIBRARY, &profile, Assurance::Verified).is_ok());
    }
}
