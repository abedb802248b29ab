//! What consortia have in common that they must not, found by digests: no team's data is read to answer another.

use std::collections::{BTreeMap, BTreeSet};

use eligibility::guide::Modality;
use eligibility::vocabulary::{FactId, Scope};
use eligibility::{Consortium, DirectionId, FactValue, Guide, Library, Localized, Outcome, Requirement};
use entity::consortium_member::Side;
use entity::{consortium, consortium_key, consortium_member, evidence, membership};
use profile::ProfileId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait,
};
use sha2::{Digest, Sha256};

use super::{consortium_of, plain};
use crate::actor::{Actor, ConsortiumId};
use crate::audit::hexadecimal;
use crate::consortia::{self, Loaded};
use crate::error::Error;
use crate::platform::Platform;
use crate::policy::{self, Action};
use crate::refusal::Refusal;

/// The name of the requirement that one project a country is supported in principle. Only the authority can decide it, so it asks
/// for no fact by which it could be told.
const ONE_A_COUNTRY: &str = "#one-per-country";
/// Facts of a laboratory agreement, below `project.`.
const LAB_AGREEMENT: &str = "lab_agreement.";
const SIGNATORIES: &str = "project.lab_agreement.signatories";
const SIGNED_ON: &str = "project.lab_agreement.signed_on";

/// What consortia have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OverlapKind {
    /// One agreement to build a joint laboratory.
    LabAgreement,
    /// One cooperation of two institutions, in both laboratory routes.
    Cooperation,
    /// A partner country, of which one project is supported in principle.
    Country,
    /// The Chinese project leader.
    Leader,
}

impl OverlapKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LabAgreement, Self::Cooperation, Self::Country, Self::Leader];

    /// The kind as programs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LabAgreement => "LAB_AGREEMENT",
            Self::Cooperation => "COOPERATION",
            Self::Country => "COUNTRY",
            Self::Leader => "LEADER",
        }
    }

    /// The fact that applicants declare of it.
    fn declared(self) -> Option<&'static str> {
        match self {
            Self::LabAgreement => Some("project.lab_agreement.reused_in_other_application"),
            Self::Cooperation => Some("project.other_route_application"),
            Self::Leader => Some("project.leader_other_applications"),
            Self::Country => None,
        }
    }

    fn message(self, count: usize) -> Localized {
        let (zh, en) = match self {
            Self::LabAgreement => {
                ("使用同一份共建联合实验室合作协议", "the same agreement to build a joint laboratory")
            }
            Self::Cooperation => (
                "以同一对中外单位的合作申报另一联合实验室途径",
                "the cooperation of the same institutions in the other joint-laboratory route",
            ),
            Self::Country => ("在本方向面向同一合作国", "the same partner country in this direction"),
            Self::Leader => ("由同一中方项目负责人申报", "the same Chinese project leader"),
        };
        let others =
            if count == 1 { "1 other consortium has".to_owned() } else { format!("{count} other consortia have") };
        Localized::new(format!("另有 {count} 个筹建中的联合体{zh}"), format!("{others} {en}"))
    }
}

/// What a consortium has in common with others that it must not, or in principle should not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// What it is.
    pub kind: OverlapKind,
    /// The requirement, by its id.
    pub requirement: String,
    /// Its clause.
    pub clause: String,
    /// How strongly it binds.
    pub modality: Modality,
    /// What was found, without naming the others.
    pub message: Localized,
    /// The others. Whoever is told of them has to be a member of them too; everybody else is told how many.
    pub others: Vec<ConsortiumId>,
}

/// What several consortia have in common, for administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Names it in a list.
    pub key: String,
    /// What it is.
    pub kind: OverlapKind,
    /// The call.
    pub guide: String,
    /// The requirement, by its id.
    pub requirement: String,
    /// Its clause.
    pub clause: String,
    /// How strongly it binds.
    pub modality: Modality,
    /// The consortia, the oldest first.
    pub consortia: Vec<KnownConsortium>,
}

/// A consortium that somebody may know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownConsortium {
    /// Names it.
    pub id: ConsortiumId,
    /// What its members call it.
    pub name: String,
    /// The key of the direction it is planned for.
    pub direction: String,
    /// What its members are called.
    pub members: Vec<Localized>,
}

/// Consortia with what their members are called.
async fn with_members(
    connection: &impl ConnectionTrait,
    of: &[&consortium::Model],
) -> Result<Vec<KnownConsortium>, Error> {
    let seats = consortium_member::Entity::find()
        .filter(consortium_member::Column::ConsortiumId.is_in(of.iter().map(|row| row.id)))
        .filter(consortium_member::Column::Status.eq(consortium_member::Status::Accepted))
        .order_by_asc(consortium_member::Column::Id)
        .all(connection)
        .await?;
    let profiles = consortia::profiles_of(connection, seats.iter().map(|seat| seat.profile_id)).await?;
    let known = of.iter().map(|row| {
        let members = seats.iter().filter(|seat| seat.consortium_id == row.id);
        let members = members.filter_map(|seat| profiles.get(&ProfileId(seat.profile_id)));
        KnownConsortium {
            id: ConsortiumId(row.id),
            name: row.name.clone(),
            direction: row.direction.clone(),
            members: members.map(|member| member.content.display_names()).collect(),
        }
    });
    Ok(known.collect())
}

/// A key of a consortium.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    kind: OverlapKind,
    value: String,
    /// Whether it rests on what is confidential. Administrators compare those; members could find a value by trying.
    is_sealed: bool,
}

/// Before the kind of a sealed key.
const SEALED: &str = "SEALED_";

impl Key {
    /// How a row calls its kind.
    fn kind_word(&self) -> String {
        format!("{}{}", if self.is_sealed { SEALED } else { "" }, self.kind.as_str())
    }
}

/// A digest of some parts, each after its length.
fn digest<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    hexadecimal(&digest.finalize())
}

fn fact(library: &Library, name: &str) -> Option<FactId> {
    library.vocabulary.find(name).map(|(fact, _)| fact)
}

/// The requirement of a direction, or the rule around its call, that something must not be in common.
fn rule<'l>(
    library: &'l Library,
    guide: &'l Guide,
    direction: DirectionId,
    kind: OverlapKind,
) -> Option<&'l Requirement> {
    let of_direction = library.direction(direction)?;
    let asks = |requirement: &&'l std::sync::Arc<Requirement>| {
        kind.declared().and_then(|name| fact(library, name)).is_some_and(|fact| requirement.mentions(fact))
    };
    let found = match kind {
        OverlapKind::LabAgreement | OverlapKind::Cooperation => of_direction.requirements.iter().find(asks),
        OverlapKind::Leader => guide.common_rules.as_ref()?.rules.iter().find(asks),
        OverlapKind::Country => {
            of_direction.quota.per_country?;
            of_direction.requirements.iter().find(|requirement| requirement.id.ends_with(ONE_A_COUNTRY))
        }
    };
    found.map(AsRef::as_ref)
}

/// Of each kind the requirement that speaks of it, if that bears on a consortium.
fn bindings<'l>(library: &'l Library, consortium: &Consortium) -> BTreeMap<OverlapKind, &'l Requirement> {
    let mut binding = BTreeMap::new();
    let (Some(guide), Some(direction)) =
        (library.guide_of(consortium.direction), library.direction(consortium.direction))
    else {
        return binding;
    };
    let report = library.check(consortium).map(|report| report.findings).unwrap_or_default();
    let common = library.check_common_rules(consortium).map(|report| report.findings).unwrap_or_default();
    let rules = guide.common_rules.as_ref().map_or([].as_slice(), |common| common.rules.as_slice());
    for kind in OverlapKind::ALL {
        let (requirements, findings) = match kind {
            OverlapKind::Leader => (rules, &common),
            _ => (direction.requirements.as_slice(), &report),
        };
        let Some(rule) = rule(library, guide, consortium.direction, kind) else { continue };
        let place = requirements.iter().position(|of| of.id == rule.id);
        let finding = place.and_then(|place| findings.get(place));
        if finding.is_some_and(|finding| finding.outcome != Outcome::NotApplicable) {
            binding.insert(kind, rule);
        }
    }
    binding
}

/// The keys of a consortium.
pub(super) async fn keys(
    connection: &impl ConnectionTrait,
    library: &Library,
    loaded: &Loaded,
    consortium: &Consortium,
) -> Result<BTreeSet<Key>, Error> {
    let mut keys = BTreeSet::new();
    let is_sealed =
        loaded.content.facts.iter().any(|(fact, entry)| fact.starts_with(LAB_AGREEMENT) && entry.confidential);
    let mut add = |kind, value: String| {
        keys.insert(Key { kind, value, is_sealed: is_sealed && kind == OverlapKind::LabAgreement });
    };
    let project = |name: &str| consortium.project.get(fact(library, name)?.slot);
    if let (Some(FactValue::Parties(parties)), Some(FactValue::Date(day))) = (project(SIGNATORIES), project(SIGNED_ON))
        && !parties.is_empty()
    {
        let identity = |party: &String| {
            let is_it = |key: &str, name: &str| key == party || plain(name) == plain(party);
            let known = consortium.members.iter().find(|member| is_it(&member.key, member.display_name()));
            known.map_or_else(|| plain(party), |member| member.key.clone())
        };
        let parties: BTreeSet<String> = parties.iter().map(identity).collect();
        let day = day.to_string();
        add(OverlapKind::LabAgreement, digest(parties.iter().map(String::as_str).chain([day.as_str()])));
    }
    let of_agreement = loaded.content.facts.iter().filter(|(fact, _)| fact.starts_with(LAB_AGREEMENT));
    let files: BTreeSet<_> = of_agreement.filter_map(|(_, entry)| Some(entry.evidence?.0)).collect();
    if !files.is_empty() {
        let rows = evidence::Entity::find().filter(evidence::Column::Id.is_in(files)).all(connection).await?;
        for content in rows.into_iter().filter_map(|row| row.sha256) {
            add(OverlapKind::LabAgreement, digest(["file", hexadecimal(&content).as_str()]));
        }
    }
    let seats = |side: Side| loaded.seats.iter().filter(move |seat| seat.side == side);
    for chinese in seats(Side::Chinese) {
        for partner in seats(Side::Partner) {
            let pair = [chinese.profile_id.to_string(), partner.profile_id.to_string()];
            add(OverlapKind::Cooperation, digest(pair.iter().map(String::as_str)));
        }
    }
    let country = library.vocabulary.find("member.country").filter(|(id, _)| id.scope == Scope::Member);
    for (member, seat) in consortium.members.iter().zip(&loaded.seats).filter(|(_, seat)| seat.side == Side::Partner) {
        debug_assert_eq!(member.key, seat.profile_id.to_string());
        if let Some(FactValue::Country(country)) = country.and_then(|(id, _)| member.facts.get(id.slot)) {
            add(OverlapKind::Country, country.as_str().to_owned());
        }
    }
    if let Some(leader) = loaded.content.file(Side::Chinese).and_then(|file| file.chinese_leader.as_ref()) {
        match &leader.orcid {
            Some(orcid) => add(OverlapKind::Leader, digest(["orcid", orcid.value()])),
            None => {
                // Without an iD, a person is somebody of that name at that institution.
                if let Some(lead) = seats(Side::Chinese).find(|seat| seat.is_lead) {
                    let (name, institution) = (plain(&leader.name), lead.profile_id.to_string());
                    add(OverlapKind::Leader, digest(["name", name.as_str(), institution.as_str()]));
                }
            }
        }
    }
    // What does not bear on the consortium is no key of it: others must not be told that it is. Whether an agreement does is known only
    // once there are two.
    let binding = bindings(library, consortium);
    keys.retain(|key| key.kind == OverlapKind::LabAgreement || binding.contains_key(&key.kind));
    Ok(keys)
}

fn scope_of(row: &consortium::Model) -> String {
    format!("{}/{}", row.guide, row.direction)
}

/// Writes down the keys of a consortium as it is now, in place of those it had. For each change of what it plans or of its members.
///
/// # Errors
/// Whatever the database says.
pub async fn store_keys(platform: &Platform, transaction: &DatabaseTransaction, loaded: &Loaded) -> Result<(), Error> {
    let library = platform.directory().library();
    consortium_key::Entity::delete_many()
        .filter(consortium_key::Column::ConsortiumId.eq(loaded.row.id))
        .exec(transaction)
        .await?;
    // A call that is no longer loaded asks for nothing.
    let Ok(consortium) = consortium_of(library, loaded, None, None) else { return Ok(()) };
    let keys = keys(transaction, library, loaded, &consortium).await?;
    if keys.is_empty() {
        return Ok(());
    }
    let rows = keys.into_iter().map(|key| consortium_key::ActiveModel {
        consortium_id: Set(loaded.row.id),
        kind: Set(key.kind_word()),
        value: Set(key.value),
        scope: Set(scope_of(&loaded.row)),
    });
    consortium_key::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    Ok(())
}

/// What a consortium has in common with other open ones of its call.
pub(super) async fn found(
    connection: &impl ConnectionTrait,
    library: &Library,
    own: ConsortiumId,
    consortium: &Consortium,
    keys: &BTreeSet<Key>,
) -> Result<Vec<Overlap>, Error> {
    let (Some(guide), Some(direction)) =
        (library.guide_of(consortium.direction), library.direction(consortium.direction))
    else {
        return Ok(Vec::new());
    };
    let open_keys = || keys.iter().filter(|key| !key.is_sealed);
    if open_keys().next().is_none() {
        return Ok(Vec::new());
    }
    let is_one = open_keys().fold(Condition::any(), |any, key| {
        let of_kind = Condition::all().add(consortium_key::Column::Kind.eq(key.kind.as_str()));
        any.add(of_kind.add(consortium_key::Column::Value.eq(key.value.as_str())))
    });
    let rows = consortium_key::Entity::find()
        .filter(is_one)
        .filter(consortium_key::Column::ConsortiumId.ne(own.0))
        .filter(consortium_key::Column::Scope.starts_with(format!("{}/", guide.id)))
        .order_by_asc(consortium_key::Column::ConsortiumId)
        .all(connection)
        .await?;
    let open = consortium::Entity::find()
        .filter(consortium::Column::Id.is_in(rows.iter().map(|row| row.consortium_id)))
        .filter(consortium::Column::Status.eq(consortium::Status::Open))
        .all(connection)
        .await?;
    let open: BTreeSet<_> = open.into_iter().map(|row| row.id).collect();
    let scope = format!("{}/{}", guide.id, direction.id);
    let mut overlaps = Vec::new();
    for (kind, rule) in bindings(library, consortium) {
        let mut others = BTreeSet::new();
        for key in open_keys().filter(|key| key.kind == kind) {
            let same = rows.iter().filter(|row| {
                let is_same = row.kind == kind.as_str() && row.value == key.value && open.contains(&row.consortium_id);
                let counts = match kind {
                    OverlapKind::LabAgreement | OverlapKind::Leader => true,
                    OverlapKind::Cooperation => row.scope != scope,
                    OverlapKind::Country => row.scope == scope,
                };
                is_same && counts
            });
            let same: BTreeSet<_> = same.map(|row| ConsortiumId(row.consortium_id)).collect();
            if same.len() >= allowed(direction.quota.per_country, kind) {
                others.extend(same);
            }
        }
        if !others.is_empty() {
            overlaps.push(Overlap {
                kind,
                requirement: rule.id.clone(),
                clause: rule.clause.clone(),
                modality: rule.modality,
                message: kind.message(others.len()),
                others: others.into_iter().collect(),
            });
        }
    }
    Ok(overlaps)
}

/// From how many others on it is too many.
fn allowed(per_country: Option<i64>, kind: OverlapKind) -> usize {
    match kind {
        OverlapKind::Country => per_country.and_then(|most| usize::try_from(most).ok()).unwrap_or(1).max(1),
        _ => 1,
    }
}

/// Of the other consortia of an overlap, those that the actor is a member of.
///
/// # Errors
/// Whatever the database says.
pub async fn visible(platform: &Platform, actor: &Actor, overlap: &Overlap) -> Result<Vec<KnownConsortium>, Refusal> {
    let connection = platform.database().connection();
    let Some(account) = actor.account() else { return Ok(Vec::new()) };
    // Whoever is a member of a profile that is in it may read a consortium.
    let rows = consortium::Entity::find()
        .join(JoinType::InnerJoin, consortium_member::Relation::Consortium.def().rev())
        .join(JoinType::InnerJoin, consortium_member::Relation::Profile.def())
        .join(JoinType::InnerJoin, membership::Relation::Profile.def().rev())
        .filter(membership::Column::AccountId.eq(account.0))
        .filter(consortium_member::Column::Status.eq(consortium_member::Status::Accepted))
        .filter(consortium::Column::Id.is_in(overlap.others.iter().map(|id| id.0)))
        .order_by_asc(consortium::Column::Id)
        .distinct()
        .all(connection)
        .await?;
    Ok(with_members(connection, &rows.iter().collect::<Vec<_>>()).await?)
}

/// Everything that open consortia have in common that they must not, for administrators.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn overlaps(platform: &Platform, actor: &Actor) -> Result<Vec<Shared>, Refusal> {
    policy::authorize(Action::ReadOverlaps, actor, None)?;
    let (connection, library) = (platform.database().connection(), platform.directory().library());
    let open = consortium::Entity::find()
        .filter(consortium::Column::Status.eq(consortium::Status::Open))
        .all(connection)
        .await?;
    let open: BTreeMap<_, _> = open.into_iter().map(|row| (row.id, row)).collect();
    let mut groups: BTreeMap<(OverlapKind, String, String), Vec<&consortium::Model>> = BTreeMap::new();
    for row in consortium_key::Entity::find().order_by_asc(consortium_key::Column::ConsortiumId).all(connection).await?
    {
        let word = row.kind.strip_prefix(SEALED).unwrap_or(&row.kind);
        let kind = OverlapKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        let (Some(kind), Some(of)) = (kind, open.get(&row.consortium_id)) else { continue };
        // A country counts within its direction, everything else within the call.
        let scope = if kind == OverlapKind::Country { row.scope } else { of.guide.clone() };
        groups.entry((kind, scope, row.value)).or_default().push(of);
    }
    let mut found = Vec::new();
    // The same consortia may have several keys of a kind in common, as several institutions in both routes.
    let mut told = BTreeSet::new();
    for ((kind, scope, value), consortia) in groups {
        let directions = || {
            let found = consortia.iter().filter_map(|of| library.find_direction(Some(&of.guide), &of.direction));
            found.filter_map(|id| Some((id, library.guide_of(id)?, library.direction(id)?)))
        };
        let Some((rule, most, guide)) = directions().find_map(|(id, guide, direction)| {
            Some((rule(library, guide, id, kind)?, allowed(direction.quota.per_country, kind), guide))
        }) else {
            continue;
        };
        let routes: BTreeSet<&str> = consortia.iter().map(|of| of.direction.as_str()).collect();
        let is_too_many = match kind {
            OverlapKind::Cooperation => routes.len() > 1,
            _ => consortia.len() > most,
        };
        if is_too_many && told.insert((kind, consortia.iter().map(|of| of.id).collect::<Vec<_>>())) {
            found.push(Shared {
                key: format!("{}:{scope}:{value}", kind.as_str()),
                kind,
                guide: guide.id.clone(),
                requirement: rule.id.clone(),
                clause: rule.clause.clone(),
                modality: rule.modality,
                consortia: with_members(connection, &consortia).await?,
            });
        }
    }
    Ok(found)
}
