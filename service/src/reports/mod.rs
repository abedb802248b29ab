//! What is found of a consortium: live, what if, across consortia, and signed.
//!
//! The engine judges a consortium by the facts of its members and of its project. Beside that stand the findings that no single
//! consortium's facts can give: where the applications of its two sides differ, and what it has in common with other consortia.
//! These never change the verdict, which is the call's alone.

mod across;
mod differences;
mod seal;
mod signed;
mod what_if;

use eligibility::completion::{Join, Side as EngineSide};
use eligibility::date::Date;
use eligibility::vocabulary::{FactId, FactType, Scope};
use eligibility::{
    CommonReport, Consortium, DirectionId, FactRef, FactValue, Facts, Finding, Library, Localized, Member, Report,
    Requirement,
};
use entity::consortium_member::Side;
use profile::{Assurance, NameKind, Profile, ProfileId};
use sea_orm::ConnectionTrait;

pub use self::across::{KnownConsortium, Overlap, OverlapKind, Shared, visible};
pub use self::across::{overlaps, store_keys};
pub use self::differences::{Agreement, Between, Difference, Matter};
pub use self::seal::{PublicKeys, REPORT_AT_MOST, Refused, Sealed, verify, verify_with};
pub use self::signed::{
    Change, Changes, ConsortiumPart, Country, DifferencePart, DirectionPart, FindingPart, GuidePart, MemberPart,
    OverlapPart, Reason, Said, Signed, Statement, changes, of_consortium, of_permit, sign, signed,
};
pub use self::what_if::{Fit, Joining, WhatIf, directions, what_if};
use crate::consortia::{Hidden, Loaded};
use crate::database::Database;
use crate::error::Error;
use crate::platform::Platform;
use crate::refusal::Refusal;

/// A consortium with all that was found of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The consortium as it was judged. The key of a member is the id of its profile.
    pub consortium: Consortium,
    /// The institutions, in the order of the members.
    pub seats: Vec<ProfileId>,
    /// What was found by the requirements of the direction.
    pub report: Report,
    /// What was found by the rules around the call, if they are in force on the day.
    pub common: Option<CommonReport>,
    /// How the applications of the two sides compare.
    pub differences: Vec<Difference>,
    /// What the consortium has in common with others that it must not.
    pub overlaps: Vec<Overlap>,
    /// The members whose profiles are not public now: nothing of them counts but their place.
    pub not_listed: Vec<ProfileId>,
}

/// Judges a consortium in its own direction and on its own day, or in another or on another.
///
/// # Errors
/// `WrongState` if its call is no longer loaded; whatever the database says.
pub async fn judge(
    platform: &Platform,
    loaded: &Loaded,
    direction: Option<DirectionId>,
    as_of: Option<Date>,
) -> Result<Judged, Refusal> {
    judge_on(platform.database().connection(), platform.directory().library(), loaded, direction, as_of).await
}

/// The same, on a connection or within a transaction.
pub(crate) async fn judge_on(
    connection: &impl ConnectionTrait,
    library: &Library,
    loaded: &Loaded,
    direction: Option<DirectionId>,
    as_of: Option<Date>,
) -> Result<Judged, Refusal> {
    let consortium = consortium_of(library, loaded, direction, as_of)?;
    let keys = across::keys(connection, library, loaded, &consortium).await?;
    let overlaps = across::found(connection, library, loaded.id(), &consortium, &keys).await?;
    judged(library, loaded, consortium, overlaps)
}

fn judged(
    library: &Library,
    loaded: &Loaded,
    consortium: Consortium,
    overlaps: Vec<Overlap>,
) -> Result<Judged, Refusal> {
    let consortium = differences::applied(library, loaded, consortium);
    let report = library.check(&consortium).ok_or_else(no_call)?;
    let common = library.check_common_rules(&consortium);
    let differences = differences::compare(library, loaded, &consortium);
    let seats = loaded.seats.iter().map(|seat| ProfileId(seat.profile_id)).collect();
    Ok(Judged { seats, report, common, differences, overlaps, not_listed: not_listed(loaded), consortium })
}

fn no_call() -> Refusal {
    Refusal::wrong_state(
        "",
        "该联合体所属的指南或方向已不在本服务中，无法检查",
        "the call or the direction of this consortium is no longer here, so it cannot be judged",
    )
}

fn not_listed(loaded: &Loaded) -> Vec<ProfileId> {
    let seats = loaded.seats.iter().map(|seat| ProfileId(seat.profile_id));
    seats.filter(|profile| loaded.profiles.get(profile).is_none_or(|of| !of.is_listed)).collect()
}

/// The consortium as the rules read it.
pub(crate) fn consortium_of(
    library: &Library,
    loaded: &Loaded,
    direction: Option<DirectionId>,
    as_of: Option<Date>,
) -> Result<Consortium, Refusal> {
    let own = loaded.direction(library).ok_or_else(no_call)?;
    let mut members = Vec::with_capacity(loaded.seats.len());
    for seat in &loaded.seats {
        let id = ProfileId(seat.profile_id);
        let listed = loaded.profiles.get(&id).filter(|profile| profile.is_listed);
        let mut member = listed.map(|profile| member_of(library, &profile.content)).unwrap_or_default();
        member.key = id.to_string();
        // What an institution is called is no fact of it.
        member.name = loaded.profiles.get(&id).and_then(|profile| name_of(&profile.content));
        members.push(library.joined(&member, Join { side: engine_side(seat.side), lead: seat.is_lead }));
    }
    let as_of = as_of.or(loaded.content.as_of);
    let project = loaded.content.project(library, own);
    let mut consortium = Consortium { direction: own, as_of, members, project };
    name_parties(library, &mut consortium, |member| {
        let profile = member.key.parse().ok().and_then(|id: ProfileId| loaded.profiles.get(&id));
        profile.map(|profile| names_of(&profile.content)).unwrap_or_default()
    });
    match direction.filter(|direction| *direction != own) {
        Some(other) => library.transfer(&consortium, other).ok_or_else(no_call),
        None => Ok(consortium),
    }
}

/// The facts of a profile as the rules read them; nothing, where the vocabulary no longer has them.
fn member_of(library: &Library, profile: &Profile) -> Member {
    profile::member(library, profile, Assurance::Imported).unwrap_or_default()
}

fn name_of(profile: &Profile) -> Option<String> {
    Some(profile.display_names().zh).filter(|name| !name.is_empty())
}

/// Every name of an institution but its short forms, which many share.
fn names_of(profile: &Profile) -> Vec<String> {
    let names = profile.names.iter().filter(|name| name.kind != NameKind::Acronym);
    names.map(|name| plain_name(&name.text)).collect()
}

fn engine_side(side: Side) -> EngineSide {
    match side {
        Side::Chinese => EngineSide::Chinese,
        Side::Partner => EngineSide::Partner,
    }
}

/// Lists of parties name institutions by their ids or by any of their names. The rules know a member by one name, so that one takes
/// the place of the others.
fn name_parties(library: &Library, consortium: &mut Consortium, names: impl Fn(&Member) -> Vec<String>) {
    let known: Vec<(String, String, Vec<String>)> = consortium
        .members
        .iter()
        .map(|member| (member.key.clone(), member.display_name().to_owned(), names(member)))
        .collect();
    let named = |party: &String| {
        let by_key = known.iter().find(|(key, ..)| key == party);
        let mut by_name = known.iter().filter(|(_, _, names)| names.contains(&plain_name(party)));
        let found = match (by_key, by_name.next(), by_name.next()) {
            (Some(found), ..) | (None, Some(found), None) => found,
            _ => return party.clone(),
        };
        let (key, name, _) = found;
        // Of two with one name only the id says which is meant.
        let is_shared = known.iter().filter(|(_, other, _)| plain(other) == plain(name)).count() > 1;
        if is_shared { key.clone() } else { name.clone() }
    };
    let rename = |scope: Scope, facts: &mut Facts| {
        for (slot, definition) in library.vocabulary.facts(scope).iter().enumerate() {
            if !matches!(definition.fact_type, FactType::Parties) {
                continue;
            }
            if let Some(FactValue::Parties(parties)) = facts.get(slot) {
                let parties = parties.iter().map(named).collect();
                facts.set(slot, Some(FactValue::Parties(parties)));
            }
        }
    };
    rename(Scope::Project, &mut consortium.project);
    for member in &mut consortium.members {
        rename(Scope::Member, &mut member.facts);
    }
}

/// A text as it is compared: without white space, in full-width and half-width letters and in traditional and simplified characters
/// alike, in small letters.
pub(crate) fn plain(text: &str) -> String {
    let letters = text.chars().filter(|letter| !letter.is_whitespace());
    letters.map(search::simplified).flat_map(char::to_lowercase).collect()
}

/// The name of an institution as it is compared: with an article or without.
fn plain_name(name: &str) -> String {
    let name = name.trim();
    let rest = name.split_once(char::is_whitespace).filter(|(first, _)| first.eq_ignore_ascii_case("the"));
    plain(rest.map_or(name, |(_, rest)| rest))
}

impl Judged {
    /// The facts of the consortium that somebody may not see.
    pub fn hidden_facts(&self, library: &Library, hidden: &Hidden) -> Vec<FactRef> {
        hidden_facts(library, &self.consortium, hidden)
    }
}

/// The fact that both applications agree, where they do not: whatever is declared, it counts as no.
pub fn refuted(library: &Library, differences: &[Difference]) -> Option<FactId> {
    let differs = differences.iter().any(|of| of.between == Between::Sides && of.agreement == Agreement::Differs);
    library.vocabulary.find(differences::AGREE).map(|(fact, _)| fact).filter(|_| differs)
}

/// A text of the rules, which know each member by its Chinese name, with the English names in English.
pub fn in_both_languages(mut text: Localized, names: &[Localized]) -> Localized {
    let mut names: Vec<&Localized> = names.iter().filter(|name| !name.zh.is_empty() && !name.en.is_empty()).collect();
    // One name may begin with another.
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.zh.len()));
    for name in names {
        if text.en.contains(&name.zh) {
            text.en = text.en.replace(&name.zh, &name.en);
        }
    }
    text
}

/// The facts of a consortium that somebody may not see, those that are unknown included.
fn hidden_facts(library: &Library, consortium: &Consortium, hidden: &Hidden) -> Vec<FactRef> {
    let vocabulary = &library.vocabulary;
    let facts = |scope: Scope| {
        let definitions = vocabulary.facts(scope).iter();
        definitions.filter_map(|definition| vocabulary.find(&definition.name))
    };
    let project = facts(Scope::Project).filter(|(_, definition)| hidden.project(definition.short_name()));
    let mut refs: Vec<FactRef> = project.map(|(fact, _)| FactRef { member: None, fact }).collect();
    for (place, member) in consortium.members.iter().enumerate() {
        // Of whom nothing is known by a profile nothing is hidden.
        let Ok(profile) = member.key.parse::<ProfileId>() else { continue };
        let of_member = facts(Scope::Member).filter(|(_, definition)| hidden.member(profile, definition.short_name()));
        refs.extend(of_member.map(|(fact, _)| FactRef { member: Some(place), fact }));
    }
    refs
}

/// Whether a requirement asks for one of some facts.
pub fn asks_for(requirement: &Requirement, facts: &[FactRef]) -> bool {
    facts.iter().any(|fact| requirement.mentions(fact.fact))
}

/// The requirement of a finding, or the common rule.
pub(crate) fn requirement_of<'l>(
    library: &'l Library,
    direction: DirectionId,
    finding: &Finding,
    is_common: bool,
) -> Option<&'l Requirement> {
    let requirements = if is_common {
        &library.guide_of(direction)?.common_rules.as_ref()?.rules
    } else {
        &library.direction(direction)?.requirements
    };
    requirements.get(finding.requirement).map(AsRef::as_ref)
}

/// What a consortium lacks beside what the engine finds: members whose profiles are not public.
pub fn not_listed_text(name: &Localized) -> Localized {
    Localized::new(
        format!("成员单位“{}”的资料目前未公开（未发布、已暂停或已归档），其事实按未知处理", name.zh),
        format!(
            "the profile of the member {} is not public now (unpublished, suspended or archived); its facts count as unknown",
            name.en
        ),
    )
}

/// The public keys that signed reports are verified with, as a JSON Web Key Set.
///
/// # Errors
/// Whatever the database says.
pub async fn jwks(platform: &Platform) -> Result<String, Error> {
    seal::jwks(platform.database().connection()).await
}

/// The same, of a database that nothing else is done with.
///
/// # Errors
/// Whatever the database says.
pub async fn jwks_of(database: &Database) -> Result<String, Error> {
    seal::jwks(database.connection()).await
}

/// A failure that is nobody's input.
fn content(error: serde_json::Error) -> Error {
    Error::Content(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_without_what_does_not_count() {
        assert_eq!(plain("潮汐　电站"), "潮汐电站");
        assert_eq!(plain("  Ｔｉｄａｌ Power\n"), "tidalpower");
        assert_eq!(plain("（一）"), "(一)");
        assert_eq!(plain("聯合研發計劃"), "联合研发计划");
        assert_eq!(plain_name("The  Kowloon Institute"), plain_name("KOWLOON institute"));
        assert_eq!(plain_name("Theatre"), "theatre");
        assert_ne!(plain("潮汐电站"), plain("潮流电站"));
    }
}
