//! What moderators are asked to decide.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use eligibility::date::timestamp;
use service::profiles::{
    self, Case, CaseKind as ServiceCaseKind, CaseState as ServiceCaseState, Criterion as ServiceCriterion,
    DecisionKind as ServiceDecisionKind, Reason as ServiceReason,
};

use super::ManagedProfileObject;
use super::evidence::EvidenceObject;
use crate::schema::caller::{actor, platform, seen};
use crate::schema::node;
use crate::schema::scalars::DateTime;
use crate::schema::text::LocalizedText;

/// What is asked for.
/// 事项种类。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceCaseKind", name = "ReviewCaseKind")]
pub(crate) enum CaseKind {
    /// A revision is to be published.
    /// 送审：发布一个版本。
    Revision,
    /// Somebody wants to take a profile over.
    /// 认领：成为资料的所有者。
    Claim,
    /// A decision is to be looked at again.
    /// 申诉：复核一项决定。
    Appeal,
}

/// How far a case has come.
/// 事项的进展。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceCaseState", name = "ReviewCaseState")]
pub(crate) enum CaseState {
    /// Waiting for a decision.
    /// 待处理。
    Open,
    /// Decided.
    /// 已处理。
    Decided,
    /// Taken back before it was decided.
    /// 已撤回。
    Withdrawn,
}

/// What is decided.
/// 审核决定。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceDecisionKind", name = "ReviewDecision")]
pub(crate) enum DecisionKind {
    /// What was asked for is given.
    /// 批准。
    Approved,
    /// A revision or a request for partners is sent back to be mended.
    /// 退回修改（适用于送审的资料和合作需求）。
    ChangesRequested,
    /// A claim or an appeal is not granted, a request for partners is not to be shown.
    /// 拒绝（适用于认领、申诉和合作需求）。
    Refused,
}

/// Why a moderator decides as they do.
/// 决定的理由。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceReason", name = "ReviewReason")]
pub(crate) enum Reason {
    /// Something that a direction asks for is not said.
    /// 内容不完整。
    Incomplete,
    /// Parts of it contradict each other, or a registry.
    /// 内容相互矛盾或与登记信息不符。
    Inconsistent,
    /// It is not shown who the institution is.
    /// 单位身份未得到证明。
    IdentityUnproven,
    /// It is not shown that the person speaks for the institution.
    /// 未证明有权代表单位。
    AuthorityUnproven,
    /// There is another profile of the institution.
    /// 该单位已有资料。
    Duplicate,
    /// It is no institution that does research.
    /// 不是从事科研的单位。
    NotAnInstitution,
    /// Evidence is missing, cannot be read, or does not show what it should.
    /// 证明材料缺失、无法辨认或不足以证明。
    EvidenceInsufficient,
    /// Evidence or a statement is out of date.
    /// 证明材料或内容已过期。
    OutOfDate,
    /// Advertising, or nothing to do with joint research.
    /// 广告或与合作研究无关。
    Spam,
    /// Ways to reach people stand where everybody reads them.
    /// 公开内容中含有联系方式。
    ContactInText,
    /// Something else; the message says what.
    /// 其他（见说明）。
    Other,
}

/// What a score sheet scores.
/// 评分项。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceCriterion", name = "ReviewCriterion")]
pub(crate) enum Criterion {
    /// Whether everything is said that directions ask for.
    /// 完整性：各方向所需内容是否齐全。
    Completeness,
    /// Whether its parts agree with each other and with registries.
    /// 一致性：内容之间、与登记信息是否一致。
    Consistency,
    /// Whether it is clear who the institution is.
    /// 身份：单位身份是否明确。
    Identity,
    /// Whether the evidence shows what it should.
    /// 证明：材料是否足以证明。
    Evidence,
    /// Whether what it offers and seeks is of use to partners.
    /// 有用性：所供所求对合作方是否有用。
    Usefulness,
}

/// One score of a score sheet.
/// 一项评分。
#[derive(Clone, Copy, SimpleObject)]
pub(crate) struct ReviewScore {
    /// What is scored.
    /// 评分项。
    criterion: Criterion,
    /// From 0 to 5.
    /// 0～5 分。
    score: i32,
}

/// One score of a score sheet.
/// 一项评分。
#[derive(Clone, Copy, InputObject)]
pub(crate) struct ReviewScoreInput {
    /// What is scored.
    /// 评分项。
    pub(crate) criterion: Criterion,
    /// From 0 to 5.
    /// 0～5 分。
    pub(crate) score: i32,
}

/// Something that moderators are, or were, asked to decide.
/// 提交审核员处理的事项。
#[derive(Clone)]
pub(crate) struct ReviewCaseObject {
    case: Case,
}

impl ReviewCaseObject {
    pub(crate) fn new(case: Case) -> Self {
        Self { case }
    }

    /// The case of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        Ok(seen(profiles::case(platform(context)?, actor(context)?, id).await)?.map(Self::new))
    }
}

/// Something that moderators are, or were, asked to decide.
/// 提交审核员处理的事项。
#[Object(name = "ReviewCase", cache_control(private))]
impl ReviewCaseObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("ReviewCase", &self.case.id.to_string())
    }

    /// What is asked for.
    /// 种类。
    async fn kind(&self) -> CaseKind {
        self.case.kind.into()
    }

    /// The id of the profile.
    /// 资料 ID。
    async fn profile_id(&self) -> ID {
        node::id("Profile", &self.case.profile.to_string())
    }

    /// What the newest revision of the profile calls the institution.
    /// 资料最新版本中的单位名称。
    async fn name(&self) -> LocalizedText {
        LocalizedText::from(&self.case.name)
    }

    /// The profile as moderators see it; null for whoever may not.
    /// 审核员所见的资料；无权查看时为 null。
    async fn profile(&self, context: &Context<'_>) -> async_graphql::Result<Option<ManagedProfileObject>> {
        ManagedProfileObject::find(context, self.case.profile).await
    }

    /// The number of the newest revision of the profile; a decision names it.
    /// 资料最新版本的序号；作出决定时须注明。
    async fn newest_revision(&self) -> i32 {
        self.case.newest_revision
    }

    /// The revision that is to be published; null where something else is asked for.
    /// 送审的版本；其他事项为 null。
    async fn revision(&self) -> Option<i32> {
        self.case.revision
    }

    /// What the person who asks is called; empty once the account is deleted.
    /// 提交人姓名；账户已删除时为空。
    async fn opened_by(&self) -> &str {
        &self.case.opened_by_name
    }

    /// Since when it waits, or waited.
    /// 提交时间。
    async fn opened_at(&self) -> DateTime {
        DateTime(timestamp(self.case.opened_at))
    }

    /// 0 normal, 1 high, 2 urgent.
    /// 优先级：0 普通，1 优先，2 紧急。
    async fn priority(&self) -> i32 {
        self.case.priority
    }

    /// The moderator who has taken it on; null if nobody has, and for whoever is no moderator.
    /// 负责的审核员；无人负责或调用者不是审核员时为 null。
    async fn assigned_to(&self, context: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        let sees = service::policy::is_allowed(service::policy::Action::ReadQueue, actor(context)?, None);
        Ok(self.case.assigned_to_name.as_deref().filter(|_| sees))
    }

    /// How far it has come.
    /// 进展。
    async fn state(&self) -> CaseState {
        self.case.state.into()
    }

    /// What the person who asks says.
    /// 提交人的说明。
    async fn statement(&self) -> Option<&str> {
        self.case.statement.as_deref()
    }

    /// The evidence that came with it.
    /// 随附的证明材料。
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn evidence(&self, context: &Context<'_>) -> async_graphql::Result<Vec<EvidenceObject>> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let mut files = Vec::new();
        for id in &self.case.evidence {
            let file = service::evidence::find(platform, actor, *id).await;
            files.extend(file.ok().map(EvidenceObject::new));
        }
        Ok(files)
    }

    /// What was decided; null while it waits.
    /// 决定；待处理时为 null。
    async fn decision(&self) -> Option<DecisionKind> {
        self.case.decision.map(DecisionKind::from)
    }

    /// Why.
    /// 理由。
    async fn reasons(&self) -> Vec<Reason> {
        self.case.reasons.iter().copied().map(Reason::from).collect()
    }

    /// What the person who asked was told.
    /// 审核员的说明。
    async fn message(&self) -> Option<&str> {
        self.case.message.as_deref()
    }

    /// The score sheet; empty where there is none.
    /// 评分表；没有时为空。
    async fn scores(&self) -> Vec<ReviewScore> {
        let scores = self.case.scores.iter();
        scores
            .map(|(criterion, score)| ReviewScore { criterion: (*criterion).into(), score: (*score).into() })
            .collect()
    }

    /// When it was decided; null while it waits.
    /// 处理时间；待处理时为 null。
    async fn decided_at(&self) -> Option<DateTime> {
        self.case.decided_at.map(|at| DateTime(timestamp(at)))
    }
}
