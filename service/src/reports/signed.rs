//! Reports that are frozen and signed: what was found, of which reading of the call, on which day, of which facts. No fact is in
//! it: whoever is shown a report learns what was found, and can hold the facts against their digest.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eligibility::date::Date;
use eligibility::vocabulary::Scope;
use eligibility::{Consortium, DirectionId, FactRef, FactValue, Facts, Finding, Library, Localized, Member};
use entity::consortium::Status;
use entity::consortium_member::Side;
use entity::signed_report;
use profile::{Attested, Profile, ProfileId, Stated};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::seal::seal;
use super::{Judged, consortium_of, content, judge_on, member_of, no_call, requirement_of};
use crate::actor::{Actor, ConsortiumId, SignedReportId};
use crate::audit::{self, Entry, hexadecimal};
use crate::clock;
use crate::consortia::{self, Loaded};
use crate::error::Error;
use crate::platform::Platform;
use crate::policy::Action;
use crate::refusal::{Refusal, UserErrorCode};

/// The version of what a statement holds.
const SCHEMA: u32 = 1;
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// Signed reports of a consortium that are listed, the newest first.
const LISTED_AT_MOST: u64 = 50;
/// Reports of one consortium that are signed within a day.
const SIGNED_IN_A_DAY: u64 = 50;

/// A text in both languages, as statements hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl From<&Localized> for Said {
    fn from(text: &Localized) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

impl From<&Said> for Localized {
    fn from(said: &Said) -> Self {
        Self::new(said.zh.clone(), said.en.clone())
    }
}

/// The call that a report judges by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuidePart {
    /// Its key.
    pub id: String,
    /// Its title.
    pub title: Said,
    /// The version of its data.
    pub version: String,
}

/// The direction that a report judges in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectionPart {
    /// Its key.
    pub id: String,
    /// The number that its clauses begin with: `2.2`, `HK1.1`.
    pub number: String,
    /// Its title.
    pub title: Said,
}

/// The consortium that a report judges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsortiumPart {
    /// Names it for ever.
    pub id: ConsortiumId,
    /// What its members call it.
    pub name: String,
    /// The number of the version that was judged.
    pub version: i32,
    /// Its members.
    pub members: Vec<MemberPart>,
}

/// A country or region, ISO 3166-1 alpha-2.
pub type Country = String;

/// A member of the consortium that a report judges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPart {
    /// Names its profile for ever.
    pub profile: ProfileId,
    /// What it is called.
    pub name: Said,
    /// Where it is registered, if known.
    pub country: Option<Country>,
    /// `CHINESE` or `PARTNER`.
    pub side: String,
    /// Whether it leads its side.
    pub lead: bool,
    /// Whether its profile was public; the facts of one that was not counted as unknown.
    pub listed: bool,
}

/// What was found by one requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingPart {
    /// Its id.
    pub requirement: String,
    /// Its clause.
    pub clause: String,
    /// How strongly it binds.
    pub modality: String,
    /// How it stands.
    pub outcome: String,
    /// What it says.
    pub statement: Said,
    /// The words of the source; empty for a rule around the call.
    pub quote: String,
    /// The facts that decided it, by name. Their values are not told.
    pub facts: Vec<String>,
}

/// How the applications of the two sides compare in one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DifferencePart {
    /// What is compared.
    pub matter: String,
    /// Between what.
    pub between: String,
    /// How it ends, as an outcome.
    pub outcome: String,
    /// The requirements that ask for it, by their ids.
    pub requirements: Vec<String>,
    /// What was found.
    pub message: Said,
}

/// What the consortium has in common with others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlapPart {
    /// What it is.
    pub kind: String,
    /// The requirement, by its id.
    pub requirement: String,
    /// Its clause.
    pub clause: String,
    /// How strongly it binds.
    pub modality: String,
    /// With how many others.
    pub others: usize,
    /// What was found.
    pub message: Said,
}

/// What a signed report says: the claims of its JSON Web Token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// Who signed it: the address of the service.
    pub iss: String,
    /// Names the report for ever.
    pub jti: SignedReportId,
    /// When it was signed, seconds since 1970 (UTC).
    pub iat: i64,
    /// Until when it counts, seconds since 1970 (UTC).
    pub exp: i64,
    /// The version of what a statement holds.
    pub schema: u32,
    /// The call.
    pub guide: GuidePart,
    /// The direction.
    pub direction: DirectionPart,
    /// The day it was judged for.
    pub as_of: Date,
    /// The consortium.
    pub consortium: ConsortiumPart,
    /// The digest of the facts that were judged: `sha-256:` and 64 hexadecimal digits.
    pub facts_digest: String,
    /// Whether the consortium may apply.
    pub verdict: String,
    /// What was found by each requirement of the direction, in its order.
    pub findings: Vec<FindingPart>,
    /// What was found by the rules around the call; empty where none were in force.
    pub common_rules: Vec<FindingPart>,
    /// How the applications of the two sides compare.
    pub differences: Vec<DifferencePart>,
    /// What the consortium has in common with others.
    pub across: Vec<OverlapPart>,
}

/// A signed report.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// Names it for ever.
    pub id: SignedReportId,
    /// The consortium.
    pub consortium: ConsortiumId,
    /// The report in compact form.
    pub jws: String,
    /// What it says.
    pub statement: Statement,
    /// When it was signed, milliseconds since 1970 (UTC).
    pub signed_at: i64,
    /// Until when it counts, milliseconds since 1970 (UTC).
    pub expires_at: i64,
}

impl Signed {
    fn of(row: signed_report::Model) -> Result<Self, Error> {
        let body = row.jws.split('.').nth(1).and_then(|body| URL_SAFE_NO_PAD.decode(body).ok());
        let statement = serde_json::from_slice(&body.unwrap_or_default()).map_err(content)?;
        Ok(Self {
            id: SignedReportId(row.id),
            consortium: ConsortiumId(row.consortium_id),
            jws: row.jws,
            statement,
            signed_at: row.signed_at,
            expires_at: row.expires_at,
        })
    }

    /// The report for programs: the signed form, and what it says.
    pub fn json(&self) -> String {
        json!({ "jws": self.jws, "report": self.statement }).to_string()
    }
}

/// The facts that were judged, in an order that is always the same: their digest can be made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Frozen {
    /// Random, and never told: without it, what the digest covers could be guessed and tried.
    salt: String,
    /// The day that was asked for, if another than the consortium's own.
    asked: Option<Date>,
    /// The day it was judged for.
    day: Date,
    members: Vec<FrozenMember>,
    project: BTreeMap<String, Stated>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FrozenMember {
    key: String,
    name: Option<String>,
    facts: BTreeMap<String, Stated>,
}

fn stated(library: &Library, scope: Scope, facts: &Facts) -> BTreeMap<String, Stated> {
    let definitions = library.vocabulary.facts(scope);
    let known = facts.known().filter_map(|(slot, value)| Some((definitions.get(slot)?, value)));
    known
        .map(|(definition, value)| {
            let stated = match value {
                FactValue::Bool(value) => Stated::Bool(*value),
                FactValue::Parties(items) | FactValue::Exclusions(items) => Stated::List(items.clone()),
                value => Stated::Text(definition.code(value)),
            };
            (definition.short_name().to_owned(), stated)
        })
        .collect()
}

impl Frozen {
    fn of(library: &Library, consortium: &Consortium, day: Date, asked: Option<Date>) -> Self {
        let members = consortium.members.iter().map(|member| FrozenMember {
            key: member.key.clone(),
            name: member.name.clone(),
            facts: stated(library, Scope::Member, &member.facts),
        });
        let salt = crate::accounts::secret().text().to_owned();
        Self {
            salt,
            asked,
            day,
            members: members.collect(),
            project: stated(library, Scope::Project, &consortium.project),
        }
    }

    fn digest(text: &str) -> String {
        format!("sha-256:{}", hexadecimal(&Sha256::digest(text)))
    }

    /// The consortium again, so far as today's vocabulary can read it.
    fn thaw(&self, library: &Library, direction: DirectionId) -> Consortium {
        let members = self.members.iter().map(|frozen| {
            let facts = frozen.facts.iter();
            let facts = facts.map(|(fact, value)| (fact.clone(), Attested::imported(value.clone())));
            let mut member = member_of(library, &Profile { facts: facts.collect(), ..Profile::default() });
            member.key.clone_from(&frozen.key);
            member.name.clone_from(&frozen.name);
            member
        });
        let mut project = Facts::default();
        for (fact, value) in &self.project {
            if let Ok((id, value)) = consortia::read_fact(library, direction, fact, value) {
                project.set(id.slot, Some(value));
            }
        }
        Consortium { direction, as_of: Some(self.day), members: members.collect(), project }
    }
}

fn finding(
    library: &Library,
    judged: &Judged,
    finding: &Finding,
    facts: &[FactRef],
    is_common: bool,
) -> Option<FindingPart> {
    let requirement = requirement_of(library, judged.report.direction, finding, is_common)?;
    let mut names: Vec<String> = facts.iter().map(|fact| library.fact_name(&judged.consortium, *fact)).collect();
    names.dedup();
    Some(FindingPart {
        requirement: requirement.id.clone(),
        clause: requirement.clause.clone(),
        modality: requirement.modality.as_str().to_uppercase(),
        outcome: finding.outcome.as_str().to_owned(),
        statement: (&requirement.statement).into(),
        quote: requirement.quote.clone(),
        facts: names,
    })
}

/// What a report will say, but for its times.
fn statement(library: &Library, loaded: &Loaded, judged: &Judged) -> Option<Statement> {
    let (report, id) = (&judged.report, judged.report.direction);
    let (guide, direction) = (library.guide_of(id)?, library.direction(id)?);
    let members = loaded.seats.iter().zip(&judged.consortium.members).map(|(seat, member)| {
        let profile = ProfileId(seat.profile_id);
        let known = library.vocabulary.find("member.country").and_then(|(fact, _)| member.facts.get(fact.slot));
        MemberPart {
            profile,
            name: loaded.profiles.get(&profile).map(|of| (&of.content.display_names()).into()).unwrap_or_default(),
            country: match known {
                Some(FactValue::Country(country)) => Some(country.as_str().to_owned()),
                _ => None,
            },
            side: match seat.side {
                Side::Chinese => "CHINESE",
                Side::Partner => "PARTNER",
            }
            .to_owned(),
            lead: seat.is_lead,
            listed: !judged.not_listed.contains(&profile),
        }
    });
    let findings = report.findings.iter();
    let findings = findings.filter_map(|of| finding(library, judged, of, report.evidence(of), false)).collect();
    let common = judged.common.iter().flat_map(|common| common.findings.iter().map(move |of| (common, of)));
    let common = common.filter_map(|(common, of)| finding(library, judged, of, common.evidence(of), true)).collect();
    Some(Statement {
        iss: String::new(),
        jti: SignedReportId(clock::new_id()),
        iat: 0,
        exp: 0,
        schema: SCHEMA,
        guide: GuidePart { id: guide.id.clone(), title: (&guide.title).into(), version: guide.version.clone() },
        direction: DirectionPart {
            id: direction.id.clone(),
            number: direction.prefix.clone(),
            title: (&direction.title).into(),
        },
        as_of: report.as_of,
        consortium: ConsortiumPart {
            id: loaded.id(),
            name: loaded.row.name.clone(),
            version: loaded.row.version,
            members: members.collect(),
        },
        facts_digest: String::new(),
        verdict: report.verdict.as_str().to_owned(),
        findings,
        common_rules: common,
        // A report goes to anybody: how something compares with what one side keeps to itself is left out.
        differences: judged
            .differences
            .iter()
            .filter(|of| of.fact.is_none_or(|fact| !is_confidential(loaded, fact)))
            .map(|of| DifferencePart {
                matter: of.matter.as_str().to_owned(),
                between: of.between.as_str().to_owned(),
                outcome: of.agreement.outcome().as_str().to_owned(),
                requirements: of.requirements.clone(),
                message: (&of.message).into(),
            })
            .collect(),
        across: judged
            .overlaps
            .iter()
            .map(|of| OverlapPart {
                kind: of.kind.as_str().to_owned(),
                requirement: of.requirement.clone(),
                clause: of.clause.clone(),
                modality: of.modality.as_str().to_uppercase(),
                others: of.others.len(),
                message: (&of.message).into(),
            })
            .collect(),
    })
}

/// Whether a fact of the project was entered as confidential.
fn is_confidential(loaded: &Loaded, fact: &str) -> bool {
    let fact = fact.strip_prefix("project.").unwrap_or(fact);
    loaded.content.facts.get(fact).is_some_and(|entry| entry.confidential)
}

/// Freezes the report on a version of a consortium, on its day or another, and signs it.
///
/// # Errors
/// `Conflict` for a version that is no longer the newest, `WrongState` for a consortium that is put away; what the actor lacks;
/// whatever the database says.
pub async fn sign(
    platform: &Platform,
    actor: &Actor,
    id: ConsortiumId,
    version: i32,
    as_of: Option<Date>,
) -> Result<Signed, Refusal> {
    let library = platform.directory().library();
    let transaction = platform.write().await?;
    let standing = consortia::find(&transaction, actor, id, Action::SignReport).await?;
    let profile = standing.acting_for(actor, Action::SignReport, None)?;
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    if standing.row.status != Status::Open {
        return Err(Refusal::wrong_state(
            "consortium",
            "联合体已归档；请先恢复",
            "the consortium is put away; take it up again first",
        ));
    }
    let newest = standing.row.version;
    if version != newest {
        return Err(Refusal::invalid(
            UserErrorCode::Conflict,
            "version",
            format!("联合体已有更新的版本（第 {newest} 版）；请核对后再签署"),
            format!("there is a newer version, {newest}; look at that before you have it signed"),
        ));
    }
    let signed = signed_report::Entity::find()
        .filter(signed_report::Column::ConsortiumId.eq(id.0))
        .filter(signed_report::Column::SignedAt.gt(clock::now() - DAY))
        .count(&transaction)
        .await?;
    if signed >= SIGNED_IN_A_DAY {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Limit),
            "",
            format!("每个联合体每天最多签署 {SIGNED_IN_A_DAY} 份报告；请明天再试，或使用已签署的报告"),
            format!(
                "a consortium has at most {SIGNED_IN_A_DAY} reports signed within a day; try again tomorrow, or use one that is there"
            ),
        ));
    }
    let loaded = consortia::load(&transaction, id).await?;
    let judged = judge_on(&transaction, library, &loaded, None, as_of).await?;
    let now = clock::now();
    let frozen = Frozen::of(library, &judged.consortium, judged.report.as_of, as_of);
    let facts = serde_json::to_string(&frozen).map_err(content)?;
    let signed_at = now.div_euclid(1_000) * 1_000;
    let expires_at = signed_at + i64::from(platform.settings().report_days) * DAY;
    let statement = Statement {
        iss: platform.settings().public_url.clone(),
        iat: signed_at.div_euclid(1_000),
        exp: expires_at.div_euclid(1_000),
        facts_digest: Frozen::digest(&facts),
        ..statement(library, &loaded, &judged).ok_or_else(no_call)?
    };
    let jws = seal(&transaction, &statement, now).await?;
    let row = signed_report::ActiveModel {
        id: Set(statement.jti.0),
        consortium_id: Set(id.0),
        version: Set(version),
        verdict: Set(statement.verdict.clone()),
        jws: Set(jws.clone()),
        facts: Set(facts),
        signed_by: Set(account.0),
        profile_id: Set(profile.0),
        signed_at: Set(signed_at),
        expires_at: Set(expires_at),
    };
    signed_report::Entity::insert(row).exec_without_returning(&transaction).await?;
    let details = json!({
        "consortium": id, "report": statement.jti, "version": version, "verdict": statement.verdict,
        "guideVersion": statement.guide.version,
    });
    // It names no profile: the history of a profile is for others.
    let entry = Entry::new(actor, audit::Action::ConsortiumReportSigned).with(details);
    audit::append(&transaction, entry).await?;
    transaction.commit().await.map_err(Error::from)?;
    platform.recorded().notify_one();
    Ok(Signed { id: statement.jti, consortium: id, jws, statement, signed_at, expires_at })
}

async fn row(connection: &impl ConnectionTrait, id: SignedReportId) -> Result<signed_report::Model, Refusal> {
    let row = signed_report::Entity::find_by_id(id.0).one(connection).await?;
    row.ok_or(Refusal::NotFound)
}

/// A signed report, for members of its consortium.
///
/// # Errors
/// `NotFound`, what the actor lacks, or whatever the database says.
pub async fn signed(platform: &Platform, actor: &Actor, id: SignedReportId) -> Result<Signed, Refusal> {
    let connection = platform.database().connection();
    let row = row(connection, id).await?;
    consortia::find(connection, actor, ConsortiumId(row.consortium_id), Action::ReadConsortium).await?;
    Ok(Signed::of(row)?)
}

/// A signed report, for whoever has a permit to read it.
///
/// # Errors
/// `NotFound`, or whatever the database says.
pub async fn of_permit(platform: &Platform, id: SignedReportId) -> Result<Signed, Refusal> {
    Ok(Signed::of(row(platform.database().connection(), id).await?)?)
}

/// The signed reports of a consortium, the newest first.
///
/// # Errors
/// `NotFound`, what the actor lacks, or whatever the database says.
pub async fn of_consortium(platform: &Platform, actor: &Actor, id: ConsortiumId) -> Result<Vec<Signed>, Refusal> {
    let connection = platform.database().connection();
    consortia::find(connection, actor, id, Action::ReadConsortium).await?;
    let rows = signed_report::Entity::find()
        .filter(signed_report::Column::ConsortiumId.eq(id.0))
        .order_by_desc(signed_report::Column::Id)
        .limit(LISTED_AT_MOST)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(Signed::of).collect::<Result<_, _>>()?)
}

/// Why a finding is another today than when it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The data of the call are read otherwise today.
    Guide,
    /// It is judged for another day today.
    Day,
    /// Members came or went, or have other places.
    Members,
    /// Facts are others today.
    Facts,
}

/// A finding that is another today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The requirement, by its id.
    pub requirement: String,
    /// Its clause.
    pub clause: String,
    /// Whether it is a rule around the call.
    pub is_common: bool,
    /// How it stood when it was signed; `None` for a requirement that was not there.
    pub before: Option<String>,
    /// How it stands today; `None` for a requirement that is no longer there.
    pub after: Option<String>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Where facts are among the reasons: those of today's finding that are others than then, by name.
    pub facts: Vec<String>,
}

/// What is another today than when a report was signed. The report itself stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The verdict that was signed.
    pub verdict_before: String,
    /// The verdict today.
    pub verdict_after: String,
    /// The version of the call's data that was judged by.
    pub guide_before: String,
    /// The version of the call's data today.
    pub guide_after: String,
    /// The version of the consortium that was judged.
    pub version_before: i32,
    /// The version of the consortium today.
    pub version_after: i32,
    /// Why the verdict is another; empty if it is the same.
    pub reasons: Vec<Reason>,
    /// The findings that are others today.
    pub findings: Vec<Change>,
}

/// Outcomes by requirement: of the rules around the call last.
struct Outcomes {
    verdict: String,
    of: BTreeMap<(bool, String), (String, &'static str, Vec<FactRef>)>,
}

fn outcomes(library: &Library, consortium: &Consortium) -> Option<Outcomes> {
    let report = library.check(consortium)?;
    let common = library.check_common_rules(consortium);
    let mut of = BTreeMap::new();
    let mut note = |found: &Finding, facts: &[FactRef], is_common| {
        if let Some(requirement) = requirement_of(library, report.direction, found, is_common) {
            let entry = (requirement.clause.clone(), found.outcome.as_str(), facts.to_vec());
            of.insert((is_common, requirement.id.clone()), entry);
        }
    };
    report.findings.iter().for_each(|found| note(found, report.evidence(found), false));
    if let Some(common) = &common {
        common.findings.iter().for_each(|found| note(found, common.evidence(found), true));
    }
    Some(Outcomes { verdict: report.verdict.as_str().to_owned(), of })
}

/// Judges the consortium of a signed report again, and tells what is another and why. One thing after the other is made as it is
/// today: the data of the call, the day, the members, the facts; what turns a finding is a reason.
///
/// # Errors
/// `NotFound`, `WrongState` if its call is no longer loaded; what the actor lacks; whatever the database says.
pub async fn changes(platform: &Platform, actor: &Actor, id: SignedReportId) -> Result<Changes, Refusal> {
    let (connection, library) = (platform.database().connection(), platform.directory().library());
    let row = row(connection, id).await?;
    let consortium = ConsortiumId(row.consortium_id);
    consortia::find(connection, actor, consortium, Action::ReadConsortium).await?;
    let loaded = consortia::load(connection, consortium).await?;
    let frozen: Frozen = serde_json::from_str(&row.facts).map_err(content)?;
    let statement = Signed::of(row)?.statement;
    compared(library, &loaded, &frozen, &statement).ok_or_else(no_call)
}

fn compared(library: &Library, loaded: &Loaded, frozen: &Frozen, statement: &Statement) -> Option<Changes> {
    let direction = library.find_direction(Some(&statement.guide.id), &statement.direction.id)?;
    let guide = library.guide_of(direction)?;
    let today = consortium_of(library, loaded, Some(direction), frozen.asked).ok()?;
    let by_guide = frozen.thaw(library, direction);
    let by_day = Consortium { as_of: today.as_of.or(Some(guide.as_of)), ..by_guide.clone() };
    // Whoever has the same place as then still has the facts of then.
    let stays = |member: &Member| by_guide.members.iter().find(|then| has_same_place(library, then, member));
    let members = today.members.iter().map(|member| stays(member).unwrap_or(member).clone());
    let by_members = Consortium { members: members.collect(), ..by_day.clone() };
    let steps = [
        (Reason::Guide, outcomes(library, &by_guide)?),
        (Reason::Day, outcomes(library, &by_day)?),
        (Reason::Members, outcomes(library, &by_members)?),
        (Reason::Facts, outcomes(library, &today)?),
    ];
    let last = steps.last().map(|(_, outcomes)| outcomes)?;
    let signed = |is_common: bool, parts: &[FindingPart]| -> BTreeMap<(bool, String), (String, String)> {
        let of =
            |part: &FindingPart| ((is_common, part.requirement.clone()), (part.clause.clone(), part.outcome.clone()));
        parts.iter().map(of).collect()
    };
    let mut then = signed(false, &statement.findings);
    then.extend(signed(true, &statement.common_rules));
    let all: BTreeSet<&(bool, String)> = then.keys().chain(last.of.keys()).collect();
    let mut findings = Vec::new();
    for key in all {
        let before = then.get(key).map(|(_, outcome)| outcome.clone());
        let after = last.of.get(key).map(|(_, outcome, _)| (*outcome).to_owned());
        if before == after {
            continue;
        }
        let mut reasons = Vec::new();
        let mut was = before.as_deref();
        for (reason, outcomes) in &steps {
            let is = outcomes.of.get(key).map(|(_, outcome, _)| *outcome);
            if is != was {
                reasons.push(*reason);
            }
            was = is;
        }
        let clause = then.get(key).map(|(clause, _)| clause).or_else(|| last.of.get(key).map(|(clause, ..)| clause));
        let rests_on = last.of.get(key).map(|(_, _, facts)| facts.as_slice()).unwrap_or_default();
        let moved = rests_on.iter().filter(|fact| has_moved(&by_members, &today, **fact));
        let moved: BTreeSet<String> = moved.map(|fact| library.fact_name(&today, *fact)).collect();
        findings.push(Change {
            requirement: key.1.clone(),
            clause: clause.cloned().unwrap_or_default(),
            is_common: key.0,
            before,
            after,
            facts: if reasons.contains(&Reason::Facts) { moved.into_iter().collect() } else { Vec::new() },
            reasons,
        });
    }
    let mut reasons = Vec::new();
    let mut was = statement.verdict.as_str();
    for (reason, outcomes) in &steps {
        if outcomes.verdict != was {
            reasons.push(*reason);
        }
        was = &outcomes.verdict;
    }
    Some(Changes {
        verdict_before: statement.verdict.clone(),
        verdict_after: last.verdict.clone(),
        guide_before: statement.guide.version.clone(),
        guide_after: guide.version.clone(),
        version_before: statement.consortium.version,
        version_after: loaded.row.version,
        reasons: if last.verdict == statement.verdict { Vec::new() } else { reasons },
        findings,
    })
}

/// Whether a member is the same one, on the same side, and leads that as before.
fn has_same_place(library: &Library, one: &Member, other: &Member) -> bool {
    let same = |name: &str| {
        let slot = library.vocabulary.find(name).map(|(fact, _)| fact.slot);
        slot.is_none_or(|slot| one.facts.get(slot) == other.facts.get(slot))
    };
    one.key == other.key && same("member.side") && same("member.lead")
}

/// Whether a fact is another in two consortia with the same members.
fn has_moved(one: &Consortium, other: &Consortium, fact: FactRef) -> bool {
    one.fact(fact.member, fact.fact) != other.fact(fact.member, fact.fact)
}
