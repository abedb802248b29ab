//! Partners that an institution does not want suggested.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use service::partners;

use crate::schema::caller::{actor, platform, seen, settled};
use crate::schema::connection::{self, Page, connection};
use crate::schema::manage::{key_of, profile_of};
use crate::schema::profile::{ProfileObject, directory};
use crate::schema::user_error::UserError;

connection!(ProfileObject, DismissedPartnerConnection, DismissedPartnerEdge);

/// A partner that is not to be suggested.
/// 忽略推荐的单位。
#[derive(InputObject)]
pub(crate) struct DismissPartnerInput {
    /// The profile that does not want it suggested.
    /// 本单位的资料 ID。
    profile: ID,
    /// The profile that is not to be suggested.
    /// 不再推荐的单位的资料 ID。
    partner: ID,
}

/// A partner that may be suggested again.
/// 恢复推荐。
#[derive(InputObject)]
pub(crate) struct RestorePartnerInput {
    /// The profile that had it dismissed.
    /// 本单位的资料 ID。
    profile: ID,
    /// The profile that may be suggested again.
    /// 恢复推荐的单位的资料 ID。
    partner: ID,
}

/// What became of a partner that was to be dismissed.
/// 忽略单位的结果。
#[derive(SimpleObject)]
pub(crate) struct DismissPartnerPayload {
    /// Whether it is not suggested from now on; null if it was refused.
    /// 是否已不再推荐；被拒绝时为 null。
    is_dismissed: Option<bool>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

/// What became of a partner that was to be suggested again.
/// 恢复推荐的结果。
#[derive(SimpleObject)]
pub(crate) struct RestorePartnerPayload {
    /// Whether it may be suggested from now on; null if it was refused.
    /// 是否已恢复推荐；被拒绝时为 null。
    is_restored: Option<bool>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct DismissalQuery;

#[Object]
impl DismissalQuery {
    /// The partners that are not to be suggested to a profile, the one dismissed last first; without those that are no longer
    /// listed. Null for a profile that the caller may not know of.
    /// Needs: a member of the profile.
    /// 本单位已忽略、不再推荐的单位，最近忽略者在前；不含已不再公开的单位。资料不可见时为 null。
    /// 权限：资料成员。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(private))]
    async fn dismissed_partners(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料 ID。")] profile: ID,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<Option<DismissedPartnerConnection>> {
        let Ok(profile) = profile_of(&profile) else { return Ok(None) };
        let found = partners::dismissed_partners(platform(context)?, actor(context)?, profile).await;
        let Some(ids) = seen(found)? else { return Ok(None) };
        let directory = directory(context)?;
        let mut listed = Vec::with_capacity(ids.len());
        for id in ids {
            listed.extend(ProfileObject::find_key(directory, &id.to_string())?);
        }
        Ok(Some(Page::of(listed, first, after.as_deref())?.into()))
    }
}

#[derive(Default)]
pub(crate) struct DismissalMutation;

#[Object]
impl DismissalMutation {
    /// Has a partner no longer suggested to a profile.
    /// Needs: an editor or owner of the profile.
    /// 忽略某单位，不再向本单位推荐。
    /// 权限：资料的编辑或所有者。
    async fn dismiss_partner(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The partner.\n单位。")] input: DismissPartnerInput,
    ) -> async_graphql::Result<DismissPartnerPayload> {
        let result = match (profile_of(&input.profile), key_of(&input.partner, "Profile", "partner")) {
            (Ok(profile), Ok(partner)) => {
                partners::dismiss(platform(context)?, actor(context)?, profile, partner).await
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        let (done, user_errors) = settled(result)?;
        Ok(DismissPartnerPayload { is_dismissed: done.map(|()| true), user_errors })
    }

    /// Has a partner suggested to a profile again.
    /// Needs: an editor or owner of the profile.
    /// 恢复推荐已忽略的单位。
    /// 权限：资料的编辑或所有者。
    async fn restore_partner(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The partner.\n单位。")] input: RestorePartnerInput,
    ) -> async_graphql::Result<RestorePartnerPayload> {
        let result = match (profile_of(&input.profile), key_of(&input.partner, "Profile", "partner")) {
            (Ok(profile), Ok(partner)) => {
                partners::restore(platform(context)?, actor(context)?, profile, partner).await
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        let (done, user_errors) = settled(result)?;
        Ok(RestorePartnerPayload { is_restored: done.map(|()| true), user_errors })
    }
}
