//! Partners that an institution does not want suggested.

use std::collections::HashSet;

use entity::dismissal;
use profile::ProfileId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::actor::Actor;
use crate::clock;
use crate::error::Error;
use crate::platform::Platform;
use crate::policy::Action;
use crate::profiles;
use crate::refusal::{Refusal, UserErrorCode};

/// Partners that one profile dismisses, at most.
const DISMISSED_AT_MOST: u64 = 5_000;

/// The profiles that are not to be suggested to another.
pub(crate) async fn dismissed(
    connection: &impl ConnectionTrait,
    profile: ProfileId,
) -> Result<HashSet<ProfileId>, Error> {
    let ids: Vec<Uuid> = dismissal::Entity::find()
        .filter(dismissal::Column::ProfileId.eq(profile.0))
        .select_only()
        .column(dismissal::Column::DismissedId)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(ids.into_iter().map(ProfileId).collect())
}

/// The profiles that are not to be suggested to a profile, the newest first.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn dismissed_partners(
    platform: &Platform,
    actor: &Actor,
    profile: ProfileId,
) -> Result<Vec<ProfileId>, Refusal> {
    let connection = platform.database().connection();
    profiles::find(connection, actor, profile, Action::SeekPartners).await?;
    let ids: Vec<Uuid> = dismissal::Entity::find()
        .filter(dismissal::Column::ProfileId.eq(profile.0))
        .order_by_desc(dismissal::Column::CreatedAt)
        .order_by_asc(dismissal::Column::DismissedId)
        .select_only()
        .column(dismissal::Column::DismissedId)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(ids.into_iter().map(ProfileId).collect())
}

/// Has a partner no longer suggested to a profile. Twice is as good as once.
///
/// # Errors
/// A partner that is not listed, or the profile itself; what the actor lacks, or whatever the database says.
pub async fn dismiss(
    platform: &Platform,
    actor: &Actor,
    profile: ProfileId,
    partner: ProfileId,
) -> Result<(), Refusal> {
    let transaction = platform.write().await?;
    profiles::find(&transaction, actor, profile, Action::DismissPartner).await?;
    if profile == partner || platform.directory().listing(partner).map_err(Error::Query)?.is_none() {
        return Err(Refusal::not_found("partner"));
    }
    let count =
        dismissal::Entity::find().filter(dismissal::Column::ProfileId.eq(profile.0)).count(&transaction).await?;
    if count >= DISMISSED_AT_MOST {
        return Err(Refusal::invalid(
            UserErrorCode::Problem(eligibility::problem::ProblemCode::Limit),
            "partner",
            format!("最多忽略 {DISMISSED_AT_MOST} 家单位；可先恢复一些"),
            format!("at most {DISMISSED_AT_MOST} partners are dismissed; restore some first"),
        ));
    }
    let Some(account) = actor.account() else { return Err(Refusal::Unauthenticated) };
    let row = dismissal::ActiveModel {
        profile_id: Set(profile.0),
        dismissed_id: Set(partner.0),
        created_by: Set(account.0),
        created_at: Set(clock::now()),
    };
    let known =
        OnConflict::columns([dismissal::Column::ProfileId, dismissal::Column::DismissedId]).do_nothing().to_owned();
    dismissal::Entity::insert(row).on_conflict(known).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Has a partner suggested to a profile again.
///
/// # Errors
/// What the actor lacks, or whatever the database says.
pub async fn restore(
    platform: &Platform,
    actor: &Actor,
    profile: ProfileId,
    partner: ProfileId,
) -> Result<(), Refusal> {
    let transaction = platform.write().await?;
    profiles::find(&transaction, actor, profile, Action::DismissPartner).await?;
    dismissal::Entity::delete_by_id((profile.0, partner.0)).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}
