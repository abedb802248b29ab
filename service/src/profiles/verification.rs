//! Facts verified on evidence: a moderator says so, until a day, and the owner's next change of the fact ends it.

use std::collections::BTreeSet;

use eligibility::date::{Date, parse_day};
use entity::{evidence, verification};
use profile::{Assurance, Profile, ProfileId, Stamp};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::json;

use super::find;
use super::work::Work;
use crate::actor::{AccountId, Actor, EvidenceId};
use crate::audit::{self, Entry};
use crate::clock;
use crate::error::Error;
use crate::notices;
use crate::platform::Platform;
use crate::policy::{Action, ProfileRole};
use crate::refusal::{Refusal, UserErrorCode};

/// Verifications that are ended at once when they expire.
const ENDED_AT_ONCE: u64 = 500;

/// A verification of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedFact {
    /// The fact below `member.`.
    pub fact: String,
    /// The evidence.
    pub evidence: Option<EvidenceId>,
    /// The moderator.
    pub by: AccountId,
    /// When, milliseconds since 1970 (UTC).
    pub at: i64,
    /// Its last day, if it has one.
    pub expires_on: Option<Date>,
    /// When it ended, milliseconds since 1970 (UTC).
    pub ended_at: Option<i64>,
}

/// The verifications of a profile's facts, the newest first; those that have ended as well.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn verifications(platform: &Platform, actor: &Actor, id: ProfileId) -> Result<Vec<VerifiedFact>, Refusal> {
    let connection = platform.database().connection();
    find(connection, actor, id, Action::ReadDraft).await?;
    let rows = verification::Entity::find()
        .filter(verification::Column::ProfileId.eq(id.0))
        .order_by_desc(verification::Column::Id)
        .limit(200)
        .all(connection)
        .await?;
    let verified = |row: verification::Model| VerifiedFact {
        fact: row.fact,
        evidence: row.evidence_id.map(EvidenceId),
        by: AccountId(row.verified_by),
        at: row.verified_at,
        expires_on: row.expires_on.as_deref().and_then(parse_day),
        ended_at: row.ended_at,
    };
    Ok(rows.into_iter().map(verified).collect())
}

/// Verifies a fact on evidence. `revision` is the newest one, as the moderator has seen it.
///
/// # Errors
/// `CONFLICT`, what is wrong with the input, what the actor lacks, or whatever the database says.
pub async fn verify(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    revision: i32,
    fact: &str,
    file: EvidenceId,
    expires_on: Option<Date>,
) -> Result<(), Refusal> {
    let fact = fact.strip_prefix("member.").unwrap_or(fact);
    let today = clock::today();
    if expires_on.is_some_and(|day| day <= today) {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::InvalidValue),
            "expiresOn",
            "有效期须晚于今天",
            "it must expire after today",
        ));
    }
    let mut work = Work::begin(platform, actor, id, Action::VerifyFact).await?;
    work.expect(revision)?;
    let Some(moderator) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let found = evidence::Entity::find_by_id(file.0)
        .filter(evidence::Column::ProfileId.eq(id.0))
        .filter(evidence::Column::Purpose.eq(evidence::Purpose::Fact))
        .filter(evidence::Column::State.eq(evidence::State::Stored))
        .one(&work.transaction)
        .await?;
    if found.is_none() {
        return Err(Refusal::not_found("evidence"));
    }
    let Some(stated) = work.newest().await?.facts.get(fact).cloned() else {
        return Err(Refusal::not_found("fact"));
    };
    let stamp = Stamp { on: today, until: expires_on };
    work.amend(|profile| {
        if profile.facts.get(fact).is_none_or(|known| known.value != stated.value) {
            return false;
        }
        profile.verify(fact, stamp)
    })
    .await?;
    // One that is verified anew: the old verification has ended, for no fault of anybody.
    for row in open(&work.transaction, id).await?.into_iter().filter(|row| row.fact == fact) {
        end(&work, row, None).await?;
    }
    let row = verification::ActiveModel {
        id: Set(clock::new_id()),
        profile_id: Set(id.0),
        fact: Set(fact.to_owned()),
        value: Set(serde_json::to_string(&stated.value).map_err(Error::Content)?),
        evidence_id: Set(Some(file.0)),
        verified_by: Set(moderator.0),
        verified_at: Set(work.now),
        expires_on: Set(expires_on.map(|day| day.to_string())),
        ended_at: Set(None),
        ended_because: Set(None),
    };
    verification::Entity::insert(row).exec_without_returning(&work.transaction).await?;
    let details = json!({ "fact": fact, "evidence": file, "expiresOn": expires_on.map(|day| day.to_string()) });
    let sequence = work.record(audit::Action::FactVerified, details).await?;
    let owners = work.others(ProfileRole::Editor).await?;
    work.tell_of_fact(&owners, notices::Kind::FactVerified, sequence, fact, None).await?;
    work.finish().await?;
    Ok(())
}

/// Withdraws the verification of a fact: it is as its owner declared it.
///
/// # Errors
/// `NOT_FOUND`, what the actor lacks, or whatever the database says.
pub async fn withdraw_verification(
    platform: &Platform,
    actor: &Actor,
    id: ProfileId,
    fact: &str,
    message: Option<String>,
) -> Result<(), Refusal> {
    let message = super::view::statement("message", message)?;
    let fact = fact.strip_prefix("member.").unwrap_or(fact);
    let work = Work::begin(platform, actor, id, Action::VerifyFact).await?;
    if !unverify(work, fact, verification::Ended::Withdrawn, message.as_deref()).await? {
        return Err(Refusal::not_found("fact"));
    }
    Ok(())
}

/// Ends the verification of a fact; returns whether there was one.
async fn unverify(
    mut work: Work<'_>,
    fact: &str,
    because: verification::Ended,
    message: Option<&str>,
) -> Result<bool, Refusal> {
    let rows = open(&work.transaction, work.id()).await?;
    let Some(row) = rows.into_iter().find(|row| row.fact == fact) else { return Ok(false) };
    work.amend(|profile| profile.unverify(fact)).await?;
    end(&work, row, Some(because)).await?;
    let details = json!({ "fact": fact, "because": because_word(because) });
    let sequence = work.record(audit::Action::VerificationEnded, details).await?;
    let owners = work.others(ProfileRole::Editor).await?;
    work.tell_of_fact(&owners, notices::Kind::VerificationEnded, sequence, fact, message).await?;
    work.finish().await?;
    Ok(true)
}

fn because_word(because: verification::Ended) -> &'static str {
    match because {
        verification::Ended::Edited => "EDITED",
        verification::Ended::Withdrawn => "WITHDRAWN",
        verification::Ended::Expired => "EXPIRED",
    }
}

/// The facts that a revision had verified and the next has not.
pub(super) fn dropped(before: &Profile, after: &Profile) -> Vec<String> {
    let after: BTreeSet<&str> = verified(after).collect();
    verified(before).filter(|fact| !after.contains(fact)).map(str::to_owned).collect()
}

fn verified(profile: &Profile) -> impl Iterator<Item = &str> {
    let facts = profile.facts.iter().filter(|(_, stated)| stated.assurance == Assurance::Verified);
    facts.map(|(fact, _)| fact.as_str())
}

/// Ends the verifications of facts that neither what is published nor what is being written has verified any more.
pub(super) async fn end_dropped(work: &Work<'_>) -> Result<(), Refusal> {
    let rows = open(&work.transaction, work.id()).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut contents = vec![work.newest().await?];
    if let Some(published) = work.row.published_revision {
        contents.push(work.content(published).await?);
    }
    let kept: BTreeSet<&str> = contents.iter().flat_map(verified).collect();
    for row in rows.into_iter().filter(|row| !kept.contains(row.fact.as_str())) {
        let details = json!({ "fact": row.fact, "because": because_word(verification::Ended::Edited) });
        end(work, row, Some(verification::Ended::Edited)).await?;
        work.append(Entry::new(work.actor, audit::Action::VerificationEnded).with(details)).await?;
    }
    Ok(())
}

/// The verifications of a profile that have not ended.
async fn open(connection: &impl ConnectionTrait, id: ProfileId) -> Result<Vec<verification::Model>, Error> {
    let rows = verification::Entity::find()
        .filter(verification::Column::ProfileId.eq(id.0))
        .filter(verification::Column::EndedAt.is_null());
    Ok(rows.all(connection).await?)
}

async fn end(work: &Work<'_>, row: verification::Model, because: Option<verification::Ended>) -> Result<(), Error> {
    let mut row = row.into_active_model();
    row.ended_at = Set(Some(work.now));
    row.ended_because = Set(because);
    row.update(&work.transaction).await?;
    Ok(())
}

/// Ends the verifications whose last day has passed.
pub(super) async fn expire(platform: &Platform) -> Result<(), Refusal> {
    let today = clock::today().to_string();
    let due = verification::Entity::find()
        .filter(verification::Column::EndedAt.is_null())
        .filter(verification::Column::ExpiresOn.lt(today))
        .limit(ENDED_AT_ONCE)
        .all(platform.database().connection())
        .await?;
    for row in due {
        let work = Work::begin(platform, &Actor::System, ProfileId(row.profile_id), Action::VerifyFact).await?;
        unverify(work, &row.fact, verification::Ended::Expired, None).await?;
    }
    Ok(())
}
