//! One's inbox, and what happens as it happens.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Subscription};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eligibility::date::timestamp;
use futures_util::{Stream, StreamExt, stream};
use service::notices::{self, Kind as ServiceKind, Notification, Subject};
use service::policy::{self, Action};
use service::{Actor, Event, NotificationId, Platform};
use tokio::sync::broadcast::error::RecvError;

use super::key_of;
use crate::fault::{Code, Fault};
use crate::schema::caller::{actor, caller, platform, refused, seen, settled};
use crate::schema::connection::{self, PageInfo, invalid_cursor};
use crate::schema::node;
use crate::schema::scalars::DateTime;
use crate::schema::text::LocalizedText;
use crate::schema::user_error::UserError;

/// What a notification tells of.
/// 通知的种类。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceKind")]
pub(crate) enum NotificationKind {
    /// A revision was published.
    /// 资料已发布。
    Published,
    /// A reviewer asks for changes.
    /// 需修改。
    ChangesRequested,
    /// A profile was suspended.
    /// 资料被暂停展示。
    Suspended,
    /// A suspension was lifted.
    /// 资料已恢复。
    Restored,
    /// A claim was granted.
    /// 认领获批准。
    ClaimGranted,
    /// A claim was refused.
    /// 认领未获批准。
    ClaimRefused,
    /// Somebody else claims a profile.
    /// 有人申请认领。
    ClaimRequested,
    /// An appeal was granted.
    /// 申诉成立。
    AppealGranted,
    /// An appeal was refused.
    /// 申诉未获支持。
    AppealRefused,
    /// A fact was verified.
    /// 事实已核实。
    FactVerified,
    /// A verification ended.
    /// 核实已失效。
    VerificationEnded,
    /// Somebody accepted an invitation.
    /// 受邀人已加入。
    MemberJoined,
    /// Somebody declined an invitation.
    /// 邀请被谢绝。
    InvitationDeclined,
    /// Somebody is invited to a profile; the link is in a mail.
    /// 受邀加入资料（链接在邮件中）。
    Invited,
    /// A member has another role.
    /// 角色已变更。
    RoleChanged,
    /// A member was removed.
    /// 已被移出成员。
    MemberRemoved,
    /// An account has another global role.
    /// 在本服务中的角色已变更。
    GlobalRoleChanged,
    /// Facts have become stale.
    /// 事实已过期，需确认。
    ConfirmationAsked,
    /// A request for partners is shown to everybody.
    /// 合作需求已发布。
    RequestPublished,
    /// A reviewer asks for changes of a request for partners.
    /// 合作需求需修改。
    RequestChangesRequested,
    /// A request for partners was refused.
    /// 合作需求未获批准。
    RequestRefused,
    /// Another institution is interested.
    /// 收到合作意向。
    InterestReceived,
    /// An expression of interest was accepted.
    /// 合作意向被接受。
    InterestAccepted,
    /// An expression of interest was declined.
    /// 合作意向被谢绝。
    InterestDeclined,
    /// An expression of interest was not answered in time.
    /// 合作意向逾期未获答复。
    InterestExpired,
    /// Something new meets a search that is watched.
    /// 关注的条件有新的匹配。
    WatchMet,
    /// An institution is invited to a consortium.
    /// 受邀加入联合体。
    ConsortiumInvited,
    /// An institution has joined a consortium.
    /// 受邀单位已加入联合体。
    ConsortiumJoined,
    /// An institution has declined an invitation to a consortium.
    /// 受邀单位谢绝了邀请。
    ConsortiumDeclined,
    /// An institution has not answered an invitation to a consortium in time.
    /// 受邀单位逾期未答复。
    ConsortiumInvitationExpired,
    /// An invitation to a consortium was taken back.
    /// 联合体邀请已撤回。
    ConsortiumInvitationRevoked,
    /// A member left a consortium.
    /// 有成员单位退出联合体。
    ConsortiumMemberLeft,
    /// A member was removed from a consortium.
    /// 有成员单位被移出联合体。
    ConsortiumRemoved,
    /// Sides or leads of a consortium were changed.
    /// 联合体的所属方或牵头关系变更。
    ConsortiumRoleChanged,
    /// What is known of a member of a consortium has changed.
    /// 联合体成员单位的资料有变动。
    ConsortiumFactsMoved,
    /// The profile of a member of a consortium is not public any more.
    /// 联合体成员单位的资料已不再公开。
    ConsortiumMemberUnlisted,
    /// A consortium was put away.
    /// 联合体已归档。
    ConsortiumArchived,
}

/// An entry of an inbox.
/// 收件箱中的一条通知。
#[derive(Clone)]
pub(crate) struct NotificationObject {
    notification: Notification,
}

impl NotificationObject {
    fn new(notification: Notification) -> Self {
        Self { notification }
    }

    /// The entry of the key in a global id; nothing for whoever it is not for.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        Ok(seen(notices::notification(platform(context)?, actor(context)?, id).await)?.map(Self::new))
    }
}

/// An entry of an inbox.
/// 收件箱中的一条通知。
#[Object(name = "Notification", cache_control(private))]
impl NotificationObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Notification", &self.notification.id.to_string())
    }

    /// What it tells of.
    /// 种类。
    async fn kind(&self) -> NotificationKind {
        self.notification.kind.into()
    }

    /// What it tells.
    /// 内容。
    async fn text(&self) -> LocalizedText {
        LocalizedText::from(&self.notification.text)
    }

    /// What a moderator says, in the moderator's words.
    /// 审核员的说明（原文）。
    async fn message(&self) -> Option<&str> {
        self.notification.message.as_deref()
    }

    /// The id of the profile it is about.
    /// 所涉资料 ID。
    async fn profile_id(&self) -> Option<ID> {
        self.notification.profile.map(|id| node::id("Profile", &id.to_string()))
    }

    /// The id of the case it is about.
    /// 所涉事项 ID。
    async fn case_id(&self) -> Option<ID> {
        self.notification.case.map(|id| node::id("ReviewCase", &id.to_string()))
    }

    /// The id of the request for partners it is about.
    /// 所涉合作需求 ID。
    async fn request_id(&self) -> Option<ID> {
        match &self.notification.subject {
            Some(Subject::Request(id)) => Some(node::id("ManagedPartnerRequest", &id.to_string())),
            _ => None,
        }
    }

    /// The id of the expression of interest it is about.
    /// 所涉合作意向 ID。
    async fn interest_id(&self) -> Option<ID> {
        match &self.notification.subject {
            Some(Subject::Interest(id)) => Some(node::id("Interest", &id.to_string())),
            _ => None,
        }
    }

    /// The id of the watch it is about.
    /// 所涉关注条件 ID。
    async fn watch_id(&self) -> Option<ID> {
        match &self.notification.subject {
            Some(Subject::Watch(id, _)) => Some(node::id("Watch", &id.to_string())),
            _ => None,
        }
    }

    /// The id of the consortium it is about.
    /// 所涉联合体 ID。
    async fn consortium_id(&self) -> Option<ID> {
        match &self.notification.subject {
            Some(Subject::Consortium(id, _)) => Some(node::id("Consortium", &id.to_string())),
            _ => None,
        }
    }

    /// When it came.
    /// 时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.notification.created_at))
    }

    /// When it was read; null if it was not.
    /// 阅读时间；未读时为 null。
    async fn read_at(&self) -> Option<DateTime> {
        self.notification.read_at.map(|at| DateTime(timestamp(at)))
    }
}

/// A page of an inbox, the newest first.
/// 收件箱的一页，新者在前。
pub(crate) struct NotificationConnection {
    notifications: Vec<Notification>,
    has_next: bool,
    is_first: bool,
}

/// An entry and its cursor.
/// 一条通知及其游标。
#[derive(SimpleObject)]
pub(crate) struct NotificationEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    cursor: String,
    /// The entry.
    /// 通知。
    node: NotificationObject,
}

fn cursor(notification: &Notification) -> String {
    URL_SAFE_NO_PAD.encode(format!("inbox:{}", notification.id))
}

fn place(cursor: &str) -> Option<NotificationId> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()?.strip_prefix("inbox:")?.parse().ok()
}

/// A page of an inbox, the newest first.
/// 收件箱的一页，新者在前。
#[Object(cache_control(private))]
impl NotificationConnection {
    /// The entries of the page with their cursors.
    /// 本页通知及游标。
    async fn edges(&self) -> Vec<NotificationEdge> {
        let entries = self.notifications.iter().cloned();
        entries.map(|entry| NotificationEdge { cursor: cursor(&entry), node: NotificationObject::new(entry) }).collect()
    }

    /// The entries of the page.
    /// 本页通知。
    async fn nodes(&self) -> Vec<NotificationObject> {
        self.notifications.iter().cloned().map(NotificationObject::new).collect()
    }

    /// Where the page stands.
    /// 分页信息。
    async fn page_info(&self) -> PageInfo {
        let entries = &self.notifications;
        PageInfo::new(!self.is_first, self.has_next, entries.first().map(cursor), entries.last().map(cursor))
    }

    /// How many entries of the whole inbox have not been read.
    /// 全部未读条数。
    async fn unread_count(&self, context: &Context<'_>) -> async_graphql::Result<u64> {
        notices::unread(platform(context)?, actor(context)?).await.map_err(refused)
    }
}

#[derive(Default)]
pub(crate) struct InboxQuery;

#[Object]
impl InboxQuery {
    /// The caller's inbox, the newest first.
    /// Needs: anybody who has signed in.
    /// 调用者的收件箱，新者在前。
    /// 权限：已登录者。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(private))]
    async fn inbox(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only what was not read.\n仅列未读。", default)] unread_only: bool,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<NotificationConnection> {
        let size = connection::size(first)?;
        let before = match &after {
            None => None,
            Some(cursor) => Some(place(cursor).ok_or_else(invalid_cursor)?),
        };
        let limit = u64::try_from(size).unwrap_or_default() + 1;
        let found = notices::inbox(platform(context)?, actor(context)?, unread_only, before, limit).await;
        let mut notifications = found.map_err(refused)?;
        let has_next = notifications.len() > size;
        notifications.truncate(size);
        Ok(NotificationConnection { notifications, has_next, is_first: after.is_none() })
    }
}

/// Entries that were read.
/// 标为已读。
#[derive(InputObject)]
pub(crate) struct MarkNotificationsReadInput {
    /// The entries, at most 100; all of the inbox, without it.
    /// 各通知 ID，最多 100 条；不填时为全部。
    notifications: Option<Vec<ID>>,
}

/// What became of entries that were read.
/// 标为已读的结果。
#[derive(SimpleObject)]
pub(crate) struct MarkNotificationsReadPayload {
    /// How many were not read before; null if it was refused.
    /// 由未读变为已读的条数；被拒绝时为 null。
    read_count: Option<u64>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct InboxMutation;

#[Object]
impl InboxMutation {
    /// Marks entries of the caller's inbox as read.
    /// Needs: anybody who has signed in.
    /// 将调用者收件箱中的通知标为已读。
    /// 权限：已登录者。
    async fn mark_notifications_read(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The entries.\n通知。")] input: MarkNotificationsReadInput,
    ) -> async_graphql::Result<MarkNotificationsReadPayload> {
        let ids = input.notifications.map(|ids| {
            let ids = ids.iter().take(100);
            ids.map(|id| key_of::<NotificationId>(id, "Notification", "notifications")).collect::<Result<Vec<_>, _>>()
        });
        let result = match ids.transpose() {
            Ok(ids) => notices::mark_read(platform(context)?, actor(context)?, ids.as_deref()).await,
            Err(refusal) => Err(refusal),
        };
        let (read_count, user_errors) = settled(result)?;
        Ok(MarkNotificationsReadPayload { read_count, user_errors })
    }
}

/// What happens from now on; an error where some of it was missed.
pub(crate) fn events(platform: &Arc<Platform>) -> impl Stream<Item = async_graphql::Result<Event>> + use<> {
    stream::unfold(platform.events(), |mut events| async move {
        match events.recv().await {
            Ok(event) => Some((Ok(event), events)),
            Err(RecvError::Lagged(missed)) => {
                let fault = Fault::new(
                    Code::EventsMissed,
                    format!("有 {missed} 条变化未能送达；请重新查询"),
                    format!("{missed} events were missed; ask for what there is"),
                );
                Some((Err(fault.into()), events))
            }
            Err(RecvError::Closed) => None,
        }
    })
}

#[derive(Default)]
pub(crate) struct InboxSubscription;

#[Subscription]
impl InboxSubscription {
    /// Entries of the caller's inbox as they come.
    /// Needs: anybody who has signed in.
    /// 调用者收件箱的新通知。
    /// 权限：已登录者。
    async fn notifications<'c>(
        &self,
        context: &Context<'c>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<NotificationObject>> + 'c> {
        let (platform, caller) = (platform(context)?.clone(), caller(context)?.clone());
        policy::authorize(Action::UseAccount, caller.actor(), None).map_err(refused)?;
        let own = match caller.actor() {
            Actor::SignedIn(signed_in) => Some(signed_in.account),
            Actor::Anonymous | Actor::System => None,
        };
        let stream = events(&platform).filter_map(move |event| {
            let (platform, caller) = (platform.clone(), caller.clone());
            async move {
                let id = match event {
                    Ok(Event::Inbox { account, notification }) if Some(account) == own => notification,
                    Ok(_) => return None,
                    Err(missed) => return Some(Err(missed)),
                };
                let found = notices::notification(&platform, caller.actor(), id).await;
                seen(found).map(|found| found.map(NotificationObject::new)).transpose()
            }
        });
        Ok(stream)
    }
}
