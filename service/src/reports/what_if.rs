//! How a consortium would do: with other members and facts, on another day, in another direction. Nothing is saved.
//!
//! What rests on facts that the actor may not see is left out: by trying one change after the other, an outcome would tell them.

use std::collections::BTreeSet;

use eligibility::completion::Join;
use eligibility::date::Date;
use eligibility::guide::Modality;
use eligibility::{
    CommonReport, Consortium, DirectionId, FactRef, Library, Localized, Outcome, Report, Requirement, Verdict,
};
use entity::consortium_member::Side;
use profile::{Attested, Profile, ProfileId, Stated};

use super::{
    asks_for, consortium_of, differences, engine_side, hidden_facts, name_of, name_parties, names_of, no_call,
};
use crate::consortia::{self, Hidden, Loaded, Shown};
use crate::error::Error;
use crate::platform::Platform;
use crate::refusal::{Refusal, UserError, UserErrorCode};

/// Who would join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    /// A listed institution, judged by what everybody sees of it.
    pub profile: Option<ProfileId>,
    /// Or, beside that, facts by their names below `member.`.
    pub facts: Vec<(String, Stated)>,
    /// The side it would be on.
    pub side: Side,
    /// Whether it would lead that.
    pub lead: bool,
}

/// What would be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// Judged for another day.
    pub as_of: Option<Date>,
    /// Judged in another direction.
    pub direction: Option<DirectionId>,
    /// Who would join.
    pub add: Vec<Joining>,
    /// Who would no longer be in it.
    pub remove: Vec<ProfileId>,
    /// Facts of the project by their names, with or without `project.`; `None` makes one unknown.
    pub facts: Vec<(String, Option<Stated>)>,
}

/// How a consortium would do, so far as the actor may know.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The consortium as it would be.
    pub consortium: Consortium,
    /// What would be found.
    pub report: Report,
    /// What would be found by the rules around the call.
    pub common: Option<CommonReport>,
    /// The facts that the actor may not see.
    pub hidden: Vec<FactRef>,
    /// The requirements that are left out, by their places in the direction.
    pub withheld: BTreeSet<usize>,
    /// The rules around the call that are left out, by their places.
    pub withheld_common: BTreeSet<usize>,
    /// The verdict, of what is not left out.
    pub verdict: Verdict,
    /// How many mandatory requirements are violated, of those that are not left out.
    pub violated: usize,
    /// How many mandatory requirements are undetermined, of those that are not left out.
    pub undetermined: usize,
    /// What those are called who would join.
    pub names: Vec<Localized>,
}

impl Fit {
    /// How many findings are left out.
    pub fn withheld_count(&self) -> usize {
        self.withheld.len() + self.withheld_common.len()
    }

    /// Whether the verdict rests on some of the requirements only. Rules around the call have no part in it.
    pub fn is_partial(&self) -> bool {
        !self.withheld.is_empty()
    }

    /// Findings that rest on what is hidden are left out, but for a consortium `as_it_is`: those its report tells.
    fn of(library: &Library, consortium: Consortium, hidden: Vec<FactRef>, as_it_is: bool) -> Option<Self> {
        let report = library.check(&consortium)?;
        let common = library.check_common_rules(&consortium);
        let requirements = &library.direction(consortium.direction)?.requirements;
        let rules = library.guide_of(consortium.direction)?.common_rules.as_ref();
        let places = |requirements: &[std::sync::Arc<Requirement>]| -> BTreeSet<usize> {
            let rests_on_hidden = |requirement: &Requirement| !as_it_is && asks_for(requirement, &hidden);
            let places = requirements.iter().enumerate().filter(|(_, requirement)| rests_on_hidden(requirement));
            places.map(|(place, _)| place).collect()
        };
        let withheld = places(requirements);
        let withheld_common = match (&common, rules) {
            (Some(_), Some(layer)) => places(&layer.rules),
            _ => BTreeSet::new(),
        };
        let count = |outcome: Outcome| {
            let findings = report.findings.iter().filter(|finding| {
                let requirement = requirements.get(finding.requirement);
                finding.outcome == outcome
                    && !withheld.contains(&finding.requirement)
                    && requirement.is_some_and(|requirement| requirement.modality == Modality::Mandatory)
            });
            findings.count()
        };
        let (violated, undetermined) = (count(Outcome::Violated), count(Outcome::Undetermined));
        let verdict = match (violated, undetermined) {
            (0, 0) => Verdict::Eligible,
            (0, _) => Verdict::Undetermined,
            _ => Verdict::Ineligible,
        };
        Some(Self {
            consortium,
            report,
            common,
            hidden,
            withheld,
            withheld_common,
            verdict,
            violated,
            undetermined,
            names: Vec::new(),
        })
    }
}

fn wrong(field: String, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::invalid(UserErrorCode::NotFound, &field, zh, en)
}

/// How a consortium that the actor sees would do with some changes.
///
/// # Errors
/// What is wrong with the changes; whatever the index says.
pub fn what_if(platform: &Platform, shown: &Shown, input: &WhatIf) -> Result<Fit, Refusal> {
    let (library, loaded) = (platform.directory().library(), &shown.loaded);
    let own = loaded.direction(library).ok_or_else(no_call)?;
    let direction = input.direction.unwrap_or(own);
    let mut consortium = consortium_of(library, loaded, Some(direction), input.as_of)?;
    consortium = differences::applied(library, loaded, consortium);
    for (place, gone) in input.remove.iter().enumerate() {
        let key = gone.to_string();
        if !consortium.members.iter().any(|member| member.key == key) {
            return Err(wrong(
                format!("removeMembers[{place}]"),
                "该单位不是联合体成员，或在列表中出现两次",
                "it is no member of the consortium, or is named twice",
            ));
        }
        consortium.members.retain(|member| member.key != key);
    }
    let mut joined: Vec<(String, Vec<String>)> = Vec::new();
    let mut called: Vec<Localized> = Vec::new();
    for (place, joining) in input.add.iter().enumerate() {
        let (member, names, name) = joining_member(platform, library, joining, place)?;
        called.push(name);
        if consortium.members.iter().any(|known| known.key == member.key) {
            return Err(Refusal::invalid(
                UserErrorCode::Taken,
                &format!("addMembers[{place}].profile"),
                "该单位已在联合体中",
                "it is in the consortium already",
            ));
        }
        joined.push((member.key.clone(), names));
        let join = Join { side: engine_side(joining.side), lead: joining.lead };
        if joining.lead {
            step_down(library, &mut consortium, joining.side);
        }
        consortium.members.push(library.joined(&member, join));
    }
    if consortium.members.is_empty() || consortium.members.len() > eligibility::facts::MEMBERS_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Limit),
            "addMembers",
            format!("联合体须有 1～{} 个成员", eligibility::facts::MEMBERS_AT_MOST),
            format!("a consortium has 1 to {} members", eligibility::facts::MEMBERS_AT_MOST),
        ));
    }
    let mut given = BTreeSet::new();
    for (place, (fact, value)) in input.facts.iter().enumerate() {
        let fact = fact.strip_prefix("project.").unwrap_or(fact);
        set(library, &mut consortium, fact, value.as_ref(), place)?;
        given.insert(fact);
    }
    name_parties(library, &mut consortium, |member| {
        let known = member.key.parse().ok().and_then(|id: ProfileId| loaded.profiles.get(&id));
        let joining = || joined.iter().find(|(key, _)| *key == member.key).map(|(_, names)| names.clone());
        known.map(|profile| names_of(&profile.content)).or_else(joining).unwrap_or_default()
    });
    // What the actor has put in another's place is the actor's own.
    let is_given = |fact: &FactRef| {
        let definition = library.vocabulary.definition(fact.fact);
        fact.member.is_none() && definition.is_some_and(|definition| given.contains(definition.short_name()))
    };
    let hidden = facts_hidden(library, &consortium, loaded, &shown.hidden);
    let hidden = hidden.into_iter().filter(|fact| !is_given(fact)).collect();
    let fit = Fit::of(library, consortium, hidden, false).ok_or_else(no_call)?;
    Ok(Fit { names: called, ..fit })
}

/// What of a consortium is hidden: of members as they are now; who would only join is judged by what everybody sees.
fn facts_hidden(library: &Library, consortium: &Consortium, loaded: &Loaded, hidden: &Hidden) -> Vec<FactRef> {
    let is_member = |fact: &FactRef| {
        let member = fact.member.and_then(|place| consortium.members.get(place));
        member.is_none_or(|member| loaded.seats.iter().any(|seat| seat.profile_id.to_string() == member.key))
    };
    hidden_facts(library, consortium, hidden).into_iter().filter(is_member).collect()
}

fn joining_member(
    platform: &Platform,
    library: &Library,
    joining: &Joining,
    place: usize,
) -> Result<(eligibility::Member, Vec<String>, Localized), Refusal> {
    let field = |name: &str| format!("addMembers[{place}].{name}");
    let mut profile = Profile::default();
    let mut key = format!("new-{}", place + 1);
    if let Some(id) = joining.profile {
        let listing = platform.directory().listing(id).map_err(Error::Query)?;
        let Some(listing) = listing else {
            return Err(wrong(field("profile"), "没有这个公开的单位资料", "no institution is listed under this id"));
        };
        profile = listing.profile;
        key = id.to_string();
    } else if joining.facts.is_empty() {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Missing),
            &field("profile"),
            "请指定单位资料，或给出事实",
            "name a profile, or give facts",
        ));
    }
    for (fact, value) in &joining.facts {
        let fact = fact.strip_prefix("member.").unwrap_or(fact);
        profile.facts.insert(fact.to_owned(), Attested::imported(value.clone()));
    }
    let read = profile::member(library, &profile, profile::Assurance::Imported);
    let mut member = read.map_err(|problems| {
        let errors = problems.into_iter().map(|problem| UserError {
            code: UserErrorCode::Problem(problem.code),
            field: field(&format!("facts.{}", problem.path)),
            message: problem.message,
        });
        Refusal::Invalid(errors.collect())
    })?;
    member.key = key;
    member.name = name_of(&profile);
    Ok((member, names_of(&profile), profile.display_names()))
}

/// There is one lead a side: whoever leads it now would no longer.
fn step_down(library: &Library, consortium: &mut Consortium, side: Side) {
    let Some((lead, _)) = library.vocabulary.find("member.lead") else { return };
    let Some((of_side, _)) = library.vocabulary.find("member.side") else { return };
    let example = library.joined(&eligibility::Member::default(), Join { side: engine_side(side), lead: false });
    for member in &mut consortium.members {
        if member.facts.get(of_side.slot) == example.facts.get(of_side.slot) {
            member.facts.set(lead.slot, Some(eligibility::FactValue::Bool(false)));
        }
    }
}

fn set(
    library: &Library,
    consortium: &mut Consortium,
    fact: &str,
    value: Option<&Stated>,
    place: usize,
) -> Result<(), Refusal> {
    let Some((id, _)) = library.vocabulary.find(&format!("project.{fact}")) else {
        return Err(wrong(format!("facts[{place}].fact"), "没有这项项目事实", "there is no such fact of a project"));
    };
    let value = match value {
        None => None,
        Some(stated) => {
            let read = consortia::read_fact(library, consortium.direction, fact, stated);
            let (_, value) = read.map_err(|problems| {
                let errors = problems.into_iter().map(|problem| UserError {
                    code: UserErrorCode::Problem(problem.code),
                    field: format!("facts[{place}].value"),
                    message: problem.message,
                });
                Refusal::Invalid(errors.collect())
            })?;
            Some(value)
        }
    };
    consortium.project.set(id.slot, value);
    Ok(())
}

/// How the team and its project would do in each direction of its call, the best first: those in which it could apply, then those
/// that are undetermined, then by how much is violated and undetermined.
///
/// # Errors
/// `WrongState` if its call is no longer loaded.
pub fn directions(platform: &Platform, shown: &Shown) -> Result<Vec<(DirectionId, Fit)>, Refusal> {
    let (library, loaded) = (platform.directory().library(), &shown.loaded);
    let own = loaded.direction(library).ok_or_else(no_call)?;
    let guide = library.guide_of(own).ok_or_else(no_call)?;
    let mut fits = Vec::new();
    for (id, ..) in library.directions().filter(|(_, of, _)| of.id == guide.id) {
        let consortium = differences::applied(library, loaded, consortium_of(library, loaded, Some(id), None)?);
        let hidden = facts_hidden(library, &consortium, loaded, &shown.hidden);
        fits.push((id, Fit::of(library, consortium, hidden, id == own).ok_or_else(no_call)?));
    }
    let rank = |verdict: Verdict| match verdict {
        Verdict::Eligible => 0,
        Verdict::Undetermined => 1,
        Verdict::Ineligible => 2,
    };
    // The team's own direction comes first among equals; the others stay in the order of the call.
    fits.sort_by_key(|(id, fit)| (rank(fit.verdict), fit.violated, fit.undetermined, *id != own));
    Ok(fits)
}
