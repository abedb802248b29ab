//! What members of a consortium say to each other.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use eligibility::date::timestamp;
use service::Refusal;
use service::consortia::{self, Comment};

use super::{ConsortiumObject, changed, consortium_of, named};
use crate::schema::caller::{actor, platform, seen, settled};
use crate::schema::manage::{key_of, payload};
use crate::schema::node;
use crate::schema::scalars::DateTime;
use crate::schema::text::LocalizedText;
use crate::schema::user_error::UserError;

/// A comment on a consortium.
/// 对联合体的评论。
#[derive(Clone)]
pub(crate) struct ConsortiumCommentObject(pub(super) Comment);

impl ConsortiumCommentObject {
    pub(super) fn key(&self) -> String {
        self.0.id.to_string()
    }

    /// The comment of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        let comment = match consortia::find_comment(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated | Refusal::Forbidden(_)) => return Ok(None),
            other => seen(other)?,
        };
        Ok(comment.map(Self))
    }
}

/// A comment on a consortium.
/// 对联合体的评论。
#[Object(name = "ConsortiumComment", cache_control(private))]
impl ConsortiumCommentObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("ConsortiumComment", &self.key())
    }

    /// The id of the profile of the institution that the person spoke for.
    /// 评论人所代表单位的资料 ID。
    async fn profile_id(&self) -> ID {
        node::id("Profile", &self.0.profile.to_string())
    }

    /// What that institution is called.
    /// 评论人所代表的单位。
    async fn name(&self) -> LocalizedText {
        LocalizedText::from(&self.0.name)
    }

    /// Who wrote it; null once the account is deleted.
    /// 评论人；账户已删除时为 null。
    async fn author(&self) -> Option<&str> {
        self.0.author_name.as_deref()
    }

    /// The fact or requirement that it is about.
    /// 所涉事实或要求。
    async fn about(&self) -> Option<&str> {
        self.0.about.as_deref()
    }

    /// What it says; null once it is taken back.
    /// 内容；已撤回时为 null。
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// When.
    /// 时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.0.at))
    }
}

/// A comment.
/// 发表评论。
#[derive(InputObject)]
pub(crate) struct CommentOnConsortiumInput {
    /// The consortium.
    /// 联合体 ID。
    consortium: ID,
    /// The institution to speak for; the caller's institution with most to say, without it.
    /// 所代表的单位；不填时取调用者权限最高的单位。
    profile: Option<ID>,
    /// The fact (`project.title`) or requirement (its key) that it is about.
    /// 所涉事实（如 `project.title`）或要求（其键）。
    about: Option<String>,
    /// What it says.
    /// 内容。
    text: String,
}

/// A comment to be taken back.
/// 撤回评论。
#[derive(InputObject)]
pub(crate) struct DeleteConsortiumCommentInput {
    /// The comment.
    /// 评论 ID。
    comment: ID,
}

payload! {
    /// What became of a comment.
    /// 发表评论的结果。
    CommentOnConsortiumPayload {
        /// The comment; null if it was refused.
        /// 评论；被拒绝时为 null。
        comment: ConsortiumCommentObject
    }
}

/// What became of a comment that was to be taken back.
/// 撤回评论的结果。
#[derive(SimpleObject)]
pub(crate) struct DeleteConsortiumCommentPayload {
    /// The consortium now; null if it was refused.
    /// 联合体现状；被拒绝时为 null。
    consortium: Option<ConsortiumObject>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct CommentMutation;

#[Object]
impl CommentMutation {
    /// Comments on a consortium, or on a fact or requirement of it. All its members read it.
    /// Needs: an editor or owner of the profile of a member institution of the consortium.
    /// 对联合体或其某项事实、要求发表评论；全体成员可见。
    /// 权限：联合体成员单位资料的编辑或所有者。
    async fn comment_on_consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The comment.\n评论。")] input: CommentOnConsortiumInput,
    ) -> async_graphql::Result<CommentOnConsortiumPayload> {
        let result = match (consortium_of(&input.consortium), named(input.profile.as_ref())) {
            (Ok(id), Ok(profile)) => {
                let (platform, actor) = (platform(context)?, actor(context)?);
                consortia::comment(platform, actor, id, profile, input.about, input.text).await
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        let (id, user_errors) = settled(result)?;
        let comment = match id {
            Some(id) => ConsortiumCommentObject::find_key(context, &id.to_string()).await?,
            None => None,
        };
        Ok((comment, user_errors).into())
    }

    /// Takes one's own comment back: what it says goes, its place stays.
    /// Needs: a member of the profile of a member institution of the consortium.
    /// 撤回本人的评论：内容删除，位置保留。
    /// 权限：联合体成员单位资料成员。
    async fn delete_consortium_comment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The comment.\n评论。")] input: DeleteConsortiumCommentInput,
    ) -> async_graphql::Result<DeleteConsortiumCommentPayload> {
        let result = match key_of(&input.comment, "ConsortiumComment", "comment") {
            Ok(id) => consortia::delete_comment(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        let (consortium, user_errors) = changed(context, None, result).await?;
        Ok(DeleteConsortiumCommentPayload { consortium, user_errors })
    }
}
