//! What consortia have in common that they must not, for administrators.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use eligibility::Library;
use service::Refusal;
use service::reports::{self, Shared};

use super::report::{KnownConsortium, OverlapKind, requirement};
use crate::schema::caller::{actor, platform, refused};
use crate::schema::connection::{Listed, Page, connection, price};
use crate::schema::direction::DirectionObject;
use crate::schema::library;
use crate::schema::node;
use crate::schema::requirement::RequirementObject;

/// Something that several open consortia have in common and must not, or in principle should not.
/// 多个筹建中的联合体之间不得（或原则上不宜）重复的一项内容。
#[derive(Clone)]
pub(crate) struct OverlapObject {
    library: Arc<Library>,
    shared: Arc<Shared>,
}

connection!(OverlapObject, SharedOverlapConnection, SharedOverlapEdge);

impl Listed for OverlapObject {
    fn key(&self) -> String {
        self.shared.key.clone()
    }
}

async fn all(context: &Context<'_>) -> async_graphql::Result<Result<Vec<OverlapObject>, Refusal>> {
    let library = library(context)?;
    let found = reports::overlaps(platform(context)?, actor(context)?).await;
    Ok(found.map(|found| {
        let object = |shared| OverlapObject { library: Arc::clone(library), shared: Arc::new(shared) };
        found.into_iter().map(object).collect()
    }))
}

impl OverlapObject {
    /// What has the key in a global id, for administrators; nothing for anybody else.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        match all(context).await? {
            Ok(found) => Ok(found.into_iter().find(|of| of.shared.key == key)),
            Err(Refusal::Failed(error)) => Err(refused(error.into())),
            Err(_) => Ok(None),
        }
    }
}

/// Something that several open consortia have in common and must not, or in principle should not.
/// 多个筹建中的联合体之间不得（或原则上不宜）重复的一项内容。
#[Object(name = "SharedOverlap", cache_control(private))]
impl OverlapObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("SharedOverlap", &self.shared.key)
    }

    /// What it is.
    /// 类型。
    async fn kind(&self) -> OverlapKind {
        self.shared.kind.into()
    }

    /// The requirement that speaks of it.
    /// 相关条款。
    async fn requirement(&self) -> Option<RequirementObject> {
        requirement(&self.library, &self.shared.guide, &self.shared.requirement)
    }

    /// The consortia, the oldest first.
    /// 所涉联合体，先建立的在前。
    async fn consortia(&self) -> Vec<KnownConsortium> {
        self.shared.consortia.iter().cloned().map(KnownConsortium::from).collect()
    }

    /// The directions that they are planned for, each once.
    /// 所涉方向（不重复）。
    async fn directions(&self) -> Vec<DirectionObject> {
        let mut keys: Vec<&str> = Vec::new();
        for of in &self.shared.consortia {
            if !keys.contains(&of.direction.as_str()) {
                keys.push(&of.direction);
            }
        }
        let find = |key: &str| DirectionObject::find(&self.library, &format!("{}/{key}", self.shared.guide));
        keys.into_iter().filter_map(find).collect()
    }
}

#[derive(Default)]
pub(crate) struct OverlapQuery;

#[Object]
impl OverlapQuery {
    /// Everything that open consortia have in common and must not, or in principle should not.
    /// Needs: an administrator with a second factor.
    /// 筹建中的联合体之间不得（或原则上不宜）重复的全部内容。
    /// 权限：管理员（须两步验证）。
    #[graphql(complexity = "price(first, child_complexity)")]
    async fn consortium_overlaps(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<SharedOverlapConnection> {
        let found = all(context).await?.map_err(refused)?;
        Page::of(found, first, after.as_deref()).map(Into::into)
    }
}
