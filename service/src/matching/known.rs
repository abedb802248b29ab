//! What the platform itself has seen of institutions: who worked with whom, who answers, who looks for whom. Kept in memory,
//! read again when any of it has changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use ::matching::{Joint, Ties};
use eligibility::DirectionId;
use entity::{consortium, consortium_member, interest};
use profile::ProfileId;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock;
use crate::error::Error;
use crate::platform::Platform;

/// How long an answer says something of whoever gave it, in milliseconds: two years.
const ANSWERS_COUNT_FOR: i64 = 2 * 365 * 86_400_000;
/// How long a consortium was put away before it counts for what others are told, in milliseconds: half a year.
const QUIET_FOR: i64 = 182 * 86_400_000;
/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// Answers from which on something is said about whoever gave them.
pub(super) const ANSWERS_NEEDED: u32 = 3;

/// How an institution answers those who are interested in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Expressions of interest that it answered, or let expire.
    pub asked: u32,
    /// Those that it answered.
    pub answered: u32,
    /// The hours within which it answered half of them.
    pub median_hours: u32,
}

impl Answers {
    /// How much of the weight it gets, in hundredths; half of it while too little is known.
    pub(super) fn hundredths(self) -> u32 {
        if self.asked < ANSWERS_NEEDED {
            return 50;
        }
        let answered = 100 * self.answered / self.asked;
        // An answer on the day counts for all, one after thirty days for half.
        let days = (self.median_hours / 24).min(30);
        answered * (60 - days) / 60
    }
}

/// What changes when any of it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Edition {
    answered: (i64, Option<i64>),
    joined: (i64, Option<i64>),
    /// Consortia that were put away.
    archived: (i64, Option<i64>),
    /// What is long over, and which answers still count, is another thing each day.
    day: i32,
}

/// A moment as a number of days, as ties count them.
pub(super) fn day(at: i64) -> i32 {
    i32::try_from(at / DAY).unwrap_or(i32::MAX)
}

/// What the platform has seen of institutions.
#[derive(Default)]
pub(super) struct Known {
    edition: Edition,
    /// Who worked with whom. Of it everybody may learn only what they were in themselves.
    pub(super) ties: Ties<ProfileId, DirectionId>,
    /// The part of it that is long over: of what others plan now, nothing is told.
    pub(super) past: Ties<ProfileId, DirectionId>,
    answers: HashMap<ProfileId, Answers>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("edition", &self.edition).finish_non_exhaustive()
    }
}

impl Known {
    /// How an institution answers.
    pub(super) fn answers(&self, id: ProfileId) -> Answers {
        self.answers.get(&id).copied().unwrap_or_default()
    }

    /// Everybody of whom it is known how they answer.
    pub(super) fn all_answers(&self) -> impl Iterator<Item = (ProfileId, Answers)> {
        self.answers.iter().map(|(id, answers)| (*id, *answers))
    }
}

/// What is known, as this node read it last.
#[derive(Debug, Default)]
pub(super) struct Memory(RwLock<Arc<Known>>);

impl Memory {
    /// What is known now.
    pub(super) async fn now(&self, platform: &Platform) -> Result<Arc<Known>, Error> {
        let edition = edition(platform).await?;
        let known = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        if known.edition == edition {
            return Ok(known);
        }
        let read = Arc::new(read(platform, edition).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&read);
        Ok(read)
    }
}

/// How an institution answers expressions of interest, over two years; `None` while it has answered too few to say anything of
/// one of them.
///
/// # Errors
/// Whatever the database says.
pub async fn answers(platform: &Platform, id: ProfileId) -> Result<Option<Answers>, Error> {
    let known = platform.matching().known.now(platform).await?;
    Ok(Some(known.answers(id)).filter(|answers| answers.answered >= ANSWERS_NEEDED))
}

async fn edition(platform: &Platform) -> Result<Edition, Error> {
    let connection = platform.database().connection();
    let answered = interest::Entity::find()
        .filter(is_answered())
        .select_only()
        .expr(Func::count(Expr::col(interest::Column::Id)))
        .expr(Func::max(Expr::col(interest::Column::AnsweredAt)))
        .into_tuple::<(i64, Option<i64>)>()
        .one(connection)
        .await?;
    let joined = consortium_member::Entity::find()
        .filter(has_joined())
        .select_only()
        .expr(Func::count(Expr::col(consortium_member::Column::Id)))
        .expr(Func::max(Expr::col(consortium_member::Column::AnsweredAt)))
        .into_tuple::<(i64, Option<i64>)>()
        .one(connection)
        .await?;
    let archived = consortium::Entity::find()
        .filter(consortium::Column::Status.eq(consortium::Status::Archived))
        .select_only()
        .expr(Func::count(Expr::col(consortium::Column::Id)))
        .expr(Func::max(Expr::col(consortium::Column::ChangedAt)))
        .into_tuple::<(i64, Option<i64>)>()
        .one(connection)
        .await?;
    Ok(Edition {
        answered: answered.unwrap_or_default(),
        joined: joined.unwrap_or_default(),
        archived: archived.unwrap_or_default(),
        day: day(clock::now()),
    })
}

fn is_answered() -> Condition {
    let statuses = [interest::Status::Accepted, interest::Status::Declined, interest::Status::Expired];
    Condition::all().add(interest::Column::Status.is_in(statuses))
}

fn has_joined() -> Condition {
    // Whoever has left did not see it through.
    let statuses = [consortium_member::Status::Accepted];
    Condition::all().add(consortium_member::Column::Status.is_in(statuses))
}

async fn read(platform: &Platform, edition: Edition) -> Result<Known, Error> {
    let connection = platform.database().connection();
    let since = clock::now() - ANSWERS_COUNT_FOR;
    let interests = interest::Entity::find()
        .filter(is_answered())
        .filter(interest::Column::SentAt.gt(since))
        .select_only()
        .columns([interest::Column::ToProfileId, interest::Column::SentAt, interest::Column::AnsweredAt])
        .column(interest::Column::Status)
        .into_tuple::<(Uuid, i64, Option<i64>, interest::Status)>()
        .all(connection)
        .await?;
    let mut hours: HashMap<ProfileId, (u32, Vec<i64>)> = HashMap::new();
    for (to, sent, answered, status) in interests {
        let (asked, hours) = hours.entry(ProfileId(to)).or_default();
        *asked += 1;
        if let (Some(answered), true) = (answered, status != interest::Status::Expired) {
            hours.push((answered - sent).max(0) / HOUR);
        }
    }
    let answers = hours.into_iter().map(|(id, (asked, mut hours))| {
        hours.sort_unstable();
        let median = hours.get(hours.len() / 2).copied().unwrap_or_default();
        let answered = u32::try_from(hours.len()).unwrap_or(u32::MAX);
        (id, Answers { asked, answered, median_hours: u32::try_from(median).unwrap_or(u32::MAX) })
    });
    let answers = answers.collect();

    let members = consortium_member::Entity::find()
        .find_also_related(consortium::Entity)
        .filter(has_joined())
        .order_by_asc(consortium_member::Column::ConsortiumId)
        .all(connection)
        .await?;
    let library = platform.directory().library();
    let mut joints: BTreeMap<Uuid, (bool, Joint<ProfileId, DirectionId>)> = BTreeMap::new();
    for (member, consortium) in members {
        let Some(consortium) = consortium else { continue };
        let (_, joint) = joints.entry(consortium.id).or_insert_with(|| {
            let is_past =
                consortium.status == consortium::Status::Archived && consortium.changed_at < clock::now() - QUIET_FOR;
            let joint = Joint {
                parties: Vec::new(),
                lead: None,
                subjects: library.find_direction(Some(&consortium.guide), &consortium.direction).into_iter().collect(),
                on: day(consortium.created_at),
            };
            (is_past, joint)
        });
        let party = ProfileId(member.profile_id);
        joint.parties.push(party);
        if member.is_lead && member.side == consortium_member::Side::Chinese {
            joint.lead = Some(party);
        }
    }
    let (mut ties, mut past) = (Ties::default(), Ties::default());
    for (is_past, joint) in joints.into_values().filter(|(_, joint)| joint.parties.len() > 1) {
        ties.add(&joint);
        if is_past {
            past.add(&joint);
        }
    }
    Ok(Known { edition, ties, past, answers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_soon_gets_more_and_who_is_new_is_not_last() {
        let of = |asked, answered, median_hours| Answers { asked, answered, median_hours }.hundredths();
        assert_eq!(of(0, 0, 0), 50);
        assert_eq!(of(2, 0, 0), 50);
        assert_eq!(of(3, 3, 5), 100);
        assert_eq!(of(4, 3, 5), 75);
        assert_eq!(of(10, 10, 24 * 30), 50);
        assert_eq!(of(10, 10, 24 * 300), 50);
        assert_eq!(of(3, 0, 0), 0);
    }
}
