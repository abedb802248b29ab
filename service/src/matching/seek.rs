//! Ranked partners for a role.

use eligibility::problem::ProblemCode;
use eligibility::{DirectionId, Localized, Role};
use profile::{Profile, ProfileId, RolePossibility};
use sea_orm::ConnectionTrait;
use search::{Filter, QueryError, RankRequest};

use super::score::{Score, Scoring, Wish};
use crate::actor::Actor;
use crate::consortia;
use crate::error::Error;
use crate::listing::Listing;
use crate::partners;
use crate::platform::Platform;
use crate::policy::Action;
use crate::profiles;
use crate::refusal::{Refusal, UserErrorCode};

/// Who seeks partners, and which.
#[derive(Clone, Debug)]
pub struct Seeking {
    /// The profile that seeks.
    pub profile: ProfileId,
    /// The direction.
    pub direction: DirectionId,
    /// The role that the seeker takes.
    pub role: Role,
    /// The role that is looked for; without it, the one that completes the seeker's.
    pub wanted: Option<Role>,
    /// The key of a topic of the direction, if it is settled.
    pub topic: Option<String>,
    /// Whether those are listed whose eligibility depends on facts that are missing, rather than those that are eligible.
    pub undetermined: bool,
    /// What else they must be.
    pub filter: Filter,
    /// Whether only those are listed that somebody looks after, so that they can answer.
    pub looked_after: bool,
    /// At most so many.
    pub first: usize,
    /// Only what follows the match with this cursor.
    pub after: Option<String>,
}

/// A partner that fits.
#[derive(Debug)]
pub struct Match {
    /// What everybody sees of it.
    pub listing: Listing,
    /// Why it stands where it stands, part by part.
    pub score: Score,
    /// The same in one sentence.
    pub why: Localized,
    /// Whether somebody looks after its profile, so that it can answer.
    pub is_looked_after: bool,
    /// Where it stands.
    pub cursor: String,
}

/// Partners that fit, the best first.
#[derive(Debug, Default)]
pub struct Matches {
    /// The matches of this page.
    pub matches: Vec<Match>,
    /// How many there are on all pages.
    pub total: usize,
    /// What the profile that asks says of itself.
    pub seeker: Profile,
    /// Whether some come before.
    pub has_previous: bool,
    /// Whether more follow.
    pub has_next: bool,
}

/// The role that completes another: a Chinese unit looks for a partner, a partner for the unit that leads the Chinese side.
pub fn complement(role: Role) -> Role {
    match role {
        Role::Lead | Role::Participant => Role::Partner,
        Role::Partner => Role::Lead,
    }
}

/// Partners that could take a role beside a profile, ranked. Eligibility decides who is in: those who are eligible, or, apart,
/// those of whom facts are missing. Those that the profile has dismissed are left out.
///
/// # Errors
/// `NotFound` for a profile that the actor may not know of; a cursor of another question; what the actor lacks; whatever the
/// database says.
pub async fn matches_for(platform: &Platform, actor: &Actor, seeking: Seeking) -> Result<Matches, Refusal> {
    let connection = platform.database().connection();
    let standing = profiles::find(connection, actor, seeking.profile, Action::SeekPartners).await?;
    let content = profiles::newest(connection, &standing.row).await?;
    let known = platform.matching().known.now(platform).await?;
    let board = partners::board(platform).await?;
    let dismissed = partners::dismissed(connection, seeking.profile).await?;
    let wanted = seeking.wanted.unwrap_or_else(|| complement(seeking.role));
    let wish = Wish {
        seeker: seeking.profile,
        content: &content,
        direction: seeking.direction,
        topic: seeking.topic.as_deref(),
        own_role: seeking.role,
        role: Some(wanted),
    };
    let directory = platform.directory();
    let scoring = Scoring::new(directory, platform.settings().matching, &known, &board, &wish);
    let possibility = if seeking.undetermined { RolePossibility::Possible } else { RolePossibility::Eligible };
    let mut exclude = dismissed;
    exclude.insert(seeking.profile);
    let mut filter = seeking.filter;
    if seeking.looked_after {
        only_looked_after(connection, &mut filter).await?;
    }
    let request = RankRequest {
        role: Some((seeking.direction, wanted, possibility)),
        filter,
        exclude,
        first: seeking.first,
        after: seeking.after,
        ..scoring.request()
    };
    let page = directory.snapshot().rank(&request).map_err(refused)?;
    let stands = standing_text(seeking.undetermined);
    let looked_after = consortia::looked_after(connection, Some(page.hits.iter().map(|hit| hit.id).collect())).await?;
    let found = page.hits.into_iter().filter_map(|hit| {
        let listing = Listing::of_card(&hit.card)?;
        let score = scoring.score(&hit, listing.profile.country());
        let is_looked_after = looked_after.contains(&listing.id);
        let why = score.why(&if is_looked_after { stands.clone() } else { nobody_answers(&stands) });
        Some(Match { listing, score, why, is_looked_after, cursor: hit.cursor })
    });
    Ok(Matches {
        matches: found.collect(),
        seeker: content,
        total: page.total,
        has_previous: page.has_previous,
        has_next: page.has_next,
    })
}

/// What of a question to the index its asker can mend.
fn refused(error: QueryError) -> Refusal {
    match error {
        QueryError::Cursor => Refusal::invalid(
            UserErrorCode::Problem(ProblemCode::InvalidValue),
            "after",
            "游标不属于此查询；请从头开始",
            "the cursor is not of this question; begin anew",
        ),
        error => Error::Query(error).into(),
    }
}

/// Limits candidates to those that somebody looks after.
pub(super) async fn only_looked_after(connection: &impl ConnectionTrait, filter: &mut Filter) -> Result<(), Error> {
    let looked_after = consortia::looked_after(connection, None).await?;
    match &mut filter.ids {
        Some(ids) => ids.retain(|id| looked_after.contains(id)),
        none => *none = Some(looked_after.into_iter().collect()),
    }
    Ok(())
}

/// How somebody stands, where nobody could answer for it.
pub(super) fn nobody_answers(stands: &Localized) -> Localized {
    Localized::new(
        format!("{}（其资料尚无人认领，暂无法答复）", stands.zh),
        format!("{} (nobody has claimed its profile yet, so nobody can answer)", stands.en),
    )
}

/// How a match stands to the requirements of the role.
pub(super) fn standing_text(undetermined: bool) -> Localized {
    if undetermined {
        Localized::new("可能符合该角色的条件，尚缺部分事实", "may be eligible for the role; some facts are missing")
    } else {
        Localized::new("符合该角色的条件", "is eligible for the role")
    }
}
