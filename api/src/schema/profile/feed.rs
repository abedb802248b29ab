//! The feed of changes, for portals that keep a copy.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eligibility::date::timestamp;
use service::{Change, Directory};

use super::{ProfileObject, directory};
use crate::fault::Fault;
use crate::schema::connection::{self, PageInfo, invalid_cursor};
use crate::schema::node;
use crate::schema::scalars::DateTime;

/// What became of a profile.
/// 单位资料的变更。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ProfileChangeKind {
    /// It is listed, newly or with other content.
    /// 已列出（新增或内容有变）。
    Listed,
    /// It is no longer listed.
    /// 不再列出。
    Unlisted,
}

/// The last change of a profile.
/// 一家单位资料的最近变更。
#[derive(Clone)]
pub(crate) struct ProfileChange {
    directory: Arc<Directory>,
    change: Arc<Change>,
}

impl ProfileChange {
    /// The last change of the profile of a key.
    pub(crate) async fn find_key(directory: &Arc<Directory>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        let change = directory.change(id).await.map_err(failed)?;
        Ok(change.map(|change| Self { directory: Arc::clone(directory), change: Arc::new(change) }))
    }
}

/// Without a code, it is logged and told by an id.
fn failed(error: service::Error) -> async_graphql::Error {
    async_graphql::Error::new(error.message().en)
}

/// The last change of a profile.
/// 一家单位资料的最近变更。
#[Object(cache_control(no_cache))]
impl ProfileChange {
    /// The id, opaque; it stays the same: it is that of the profile's last change, whichever that is.
    /// ID（不透明，保持不变）：指该单位资料的最近一次变更。
    pub(crate) async fn id(&self) -> ID {
        node::id("ProfileChange", &self.change.id.to_string())
    }

    /// What became of it.
    /// 变更种类。
    async fn kind(&self) -> ProfileChangeKind {
        match self.change.listing {
            Some(_) => ProfileChangeKind::Listed,
            None => ProfileChangeKind::Unlisted,
        }
    }

    /// The id of the profile, also of one that is no longer listed.
    /// 资料 ID；不再列出的也有。
    async fn profile_id(&self) -> ID {
        node::id("Profile", &self.change.id.to_string())
    }

    /// When it changed.
    /// 变更时间。
    async fn changed_at(&self) -> DateTime {
        DateTime(timestamp(self.change.changed_at))
    }

    /// What is listed now; null if it is no longer listed.
    /// 现在列出的资料；不再列出时为 null。
    async fn profile(&self) -> Option<ProfileObject> {
        self.change.listing.clone().map(|listing| ProfileObject::new(&self.directory, listing))
    }
}

/// A page of changes, the oldest first.
/// 变更的一页，由旧到新。
#[derive(SimpleObject)]
pub(crate) struct ProfileChangeConnection {
    /// The changes of the page with their cursors.
    /// 本页变更及游标。
    edges: Vec<ProfileChangeEdge>,
    /// The changes of the page.
    /// 本页变更。
    nodes: Vec<ProfileChange>,
    /// Where the page stands. Keep `endCursor` and ask again with it later: what changed since follows. Of an empty page it is the
    /// cursor that was asked with.
    /// 分页信息。保存 `endCursor`，以后据此继续查询即可得到其后的变更。
    page_info: PageInfo,
}

/// A change and its cursor.
/// 一项变更及其游标。
#[derive(SimpleObject)]
pub(crate) struct ProfileChangeEdge {
    /// The cursor: pass it as `after` to go on from here, at any later time.
    /// 游标：以后任何时候作为 `after` 传入即从此处继续。
    cursor: String,
    /// The change.
    /// 变更。
    node: ProfileChange,
}

/// A cursor of the feed: the number of a change, and the database it is of.
fn cursor(instance: &str, number: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{instance}:{number}"))
}

fn number(instance: &str, cursor: &str) -> Result<i64, Fault> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.split_once(':'));
    let number = parts.filter(|(of, _)| *of == instance).and_then(|(_, number)| number.parse().ok());
    number.filter(|number| *number > 0).ok_or_else(invalid_cursor)
}

#[derive(Default)]
pub(crate) struct FeedQuery;

#[Object]
impl FeedQuery {
    /// The feed of changes for portals that keep a copy: each profile once, at its last change, in the order of the changes. Start
    /// without `after`, go on while there is a next page, keep the last cursor, and ask again with it from time to time.
    /// 供保存副本的门户使用的变更流：每家单位只在其最近一次变更处出现一次，按变更顺序排列。首次不填 `after`，逐页读完后保存最后的游标，
    /// 以后定期据此继续查询。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(no_cache))]
    async fn profile_changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
    ) -> async_graphql::Result<ProfileChangeConnection> {
        let directory = directory(context)?;
        let size = connection::size(first)?;
        let instance = directory.instance();
        let asked = after;
        let after = asked.as_deref().map(|after| number(instance, after)).transpose()?.unwrap_or(0);
        // One more tells whether there is a next page.
        let limit = u64::try_from(size).unwrap_or_default() + 1;
        let mut changes = directory.changes(after, limit).await.map_err(failed)?;
        let has_next = changes.len() > size;
        changes.truncate(size);
        let node = |change: Change| ProfileChange { directory: Arc::clone(directory), change: Arc::new(change) };
        let nodes: Vec<ProfileChange> = changes.into_iter().map(node).collect();
        let edge = |node: &ProfileChange| ProfileChangeEdge {
            cursor: cursor(instance, node.change.number),
            node: node.clone(),
        };
        let edges: Vec<ProfileChangeEdge> = nodes.iter().map(edge).collect();
        let at = |edge: Option<&ProfileChangeEdge>| edge.map(|edge| edge.cursor.clone());
        let page_info = PageInfo::new(after > 0, has_next, at(edges.first()), at(edges.last()).or(asked));
        Ok(ProfileChangeConnection { edges, nodes, page_info })
    }
}
