//! The history, for owners and administrators.

use async_graphql::{Context, ID, Object, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eligibility::date::timestamp;
use service::audit::{self, Filter, Record};
use service::{AccountId, Refusal};

use super::{key_of, profile_of};
use crate::schema::caller::{actor, platform, refused, seen};
use crate::schema::connection::{self, PageInfo, invalid_cursor};
use crate::schema::node;
use crate::schema::scalars::DateTime;

/// A record of the history.
/// 历史记录的一条。
#[derive(Clone)]
pub(crate) struct AuditRecordObject {
    record: Record,
}

impl AuditRecordObject {
    /// The record of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(sequence) = key.parse() else { return Ok(None) };
        let record = seen(audit::record(platform(context)?, actor(context)?, sequence).await)?;
        Ok(record.map(|record| Self { record }))
    }
}

/// A record of the history.
/// 历史记录的一条。
#[Object(name = "AuditRecord", cache_control(private))]
impl AuditRecordObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("AuditRecord", &self.record.sequence.to_string())
    }

    /// Its number, from 1; without gaps.
    /// 序号，自 1 起，连续无缺。
    async fn sequence(&self) -> i64 {
        self.record.sequence
    }

    /// When it was written.
    /// 时间。
    async fn at(&self) -> DateTime {
        DateTime(timestamp(self.record.at))
    }

    /// What was done, such as `FACT_VERIFIED`.
    /// 事件，如 `FACT_VERIFIED`。
    async fn action(&self) -> &str {
        &self.record.action
    }

    /// The account that did it; null for the service itself.
    /// 操作者的账户 ID；服务自身为 null。
    async fn actor_id(&self) -> Option<ID> {
        self.record.actor.map(|id| node::id("Account", &id.to_string()))
    }

    /// The profile it is about.
    /// 所涉资料 ID。
    async fn profile_id(&self) -> Option<ID> {
        self.record.profile.map(|id| node::id("Profile", &id.to_string()))
    }

    /// The account it is about.
    /// 所涉账户 ID。
    async fn account_id(&self) -> Option<ID> {
        self.record.account.map(|id| node::id("Account", &id.to_string()))
    }

    /// The case it is about.
    /// 所涉事项 ID。
    async fn case_id(&self) -> Option<ID> {
        self.record.case.map(|id| node::id("ReviewCase", &id.to_string()))
    }

    /// More of it, a JSON object.
    /// 详情（JSON 对象）。
    async fn details(&self) -> String {
        self.record.details.to_string()
    }
}

/// A page of the history, the newest first.
/// 历史记录的一页，新者在前。
#[derive(SimpleObject)]
pub(crate) struct AuditRecordConnection {
    /// The records of the page with their cursors.
    /// 本页记录及游标。
    edges: Vec<AuditRecordEdge>,
    /// The records of the page.
    /// 本页记录。
    nodes: Vec<AuditRecordObject>,
    /// Where the page stands.
    /// 分页信息。
    page_info: PageInfo,
}

/// A record and its cursor.
/// 一条记录及其游标。
#[derive(SimpleObject)]
pub(crate) struct AuditRecordEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    cursor: String,
    /// The record.
    /// 记录。
    node: AuditRecordObject,
}

fn cursor(record: &Record) -> String {
    URL_SAFE_NO_PAD.encode(format!("audit:{}", record.sequence))
}

fn place(cursor: &str) -> Option<i64> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()?.strip_prefix("audit:")?.parse().ok()
}

#[derive(Default)]
pub(crate) struct HistoryQuery;

#[Object]
impl HistoryQuery {
    /// The history, the newest first: of a profile, for its owners and for moderators; of everything, for administrators.
    /// Needs: an owner of the profile, or a moderator with a second factor.
    /// 历史记录，新者在前：单份资料的记录供其所有者和审核员查看，全部记录仅供管理员查看。
    /// 权限：资料的所有者，或审核员（须两步验证）。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(private))]
    async fn history(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Only records about this profile; without it, all, for administrators.\n仅列关于此资料的记录；不填时列出全部（仅管理员）。"
        )]
        profile: Option<ID>,
        #[graphql(desc = "Only records by or about this account.\n仅列此账户操作或涉及此账户的记录。")] account: Option<
            ID,
        >,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<Option<AuditRecordConnection>> {
        let size = connection::size(first)?;
        let before = match &after {
            None => None,
            Some(cursor) => Some(place(cursor).ok_or_else(invalid_cursor)?),
        };
        let filter = (|| {
            let profile = profile.as_ref().map(profile_of).transpose()?;
            let account = account.as_ref().map(|id| key_of::<AccountId>(id, "Account", "account")).transpose()?;
            Ok::<_, Refusal>(Filter { profile, account })
        })();
        let limit = u64::try_from(size).unwrap_or_default() + 1;
        let filter = filter.map_err(refused)?;
        let records = match audit::records(platform(context)?, actor(context)?, filter, before, limit).await {
            // Nothing that the caller may know of.
            Err(Refusal::NotFound) => return Ok(None),
            other => other.map_err(refused)?,
        };
        let has_next = records.len() > size;
        let edges: Vec<AuditRecordEdge> = records
            .into_iter()
            .take(size)
            .map(|record| AuditRecordEdge { cursor: cursor(&record), node: AuditRecordObject { record } })
            .collect();
        let at = |edge: Option<&AuditRecordEdge>| edge.map(|edge| edge.cursor.clone());
        let page_info = PageInfo::new(before.is_some(), has_next, at(edges.first()), at(edges.last()));
        let nodes = edges.iter().map(|edge| edge.node.clone()).collect();
        Ok(Some(AuditRecordConnection { edges, nodes, page_info }))
    }
}
