//! What moderators do: the queue, decisions, suspensions, verified facts.

use std::collections::BTreeMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Subscription};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{Stream, StreamExt};
use service::profiles::{self, Assignment as ServiceAssignment, Decision, Queue, QueueFilter, QueuePlace};
use service::{CaseId, Event, Refusal, UserErrorCode};

use super::cases::{CaseKind, CaseState, DecisionKind, Reason, ReviewScoreInput};
use super::inbox::events;
use super::{ManagedProfileObject, ReviewCaseObject, changed, key_of, payload, profile_of};
use crate::schema::caller::{actor, caller, platform, refused, seen, settled};
use crate::schema::connection::{self, PageInfo, invalid_cursor};
use crate::schema::scalars::{Date, DateTime};
use crate::schema::user_error::UserError;

/// Whom a case is assigned to.
/// 事项由谁负责。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceAssignment", name = "ReviewAssignment")]
pub(crate) enum Assignment {
    /// The moderator who asks.
    /// 本人。
    Me,
    /// Nobody.
    /// 无人。
    Nobody,
    /// Any moderator.
    /// 任一审核员。
    Somebody,
}

/// Which cases of the queue. What is not given does not matter.
/// 审核队列的筛选条件；未填写的不作限制。
#[derive(Default, InputObject)]
pub(crate) struct ReviewQueueFilter {
    /// Only of these kinds.
    /// 仅列这些种类。
    kinds: Option<Vec<CaseKind>>,
    /// Only those assigned so.
    /// 按负责人筛选。
    assigned: Option<Assignment>,
    /// Only of at least this priority: 0 normal, 1 high, 2 urgent.
    /// 最低优先级：0 普通，1 优先，2 紧急。
    priority_at_least: Option<i32>,
    /// Only those that have waited for at least so many days.
    /// 至少已等待的天数。
    waiting_days: Option<u32>,
    /// Only those about this profile.
    /// 仅列关于此资料的事项。
    profile: Option<ID>,
    /// Those of another state instead of those that wait.
    /// 列出其他进展的事项（默认仅列待处理者）。
    state: Option<CaseState>,
}

impl ReviewQueueFilter {
    fn read(self) -> Result<QueueFilter, Refusal> {
        let waiting = self.waiting_days.map(|days| service::now() - i64::from(days) * 86_400_000);
        Ok(QueueFilter {
            kinds: self.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
            assigned: self.assigned.map(ServiceAssignment::from),
            priority: self.priority_at_least,
            opened_before: waiting,
            profile: self.profile.as_ref().map(profile_of).transpose()?,
            state: self.state.map(Into::into),
        })
    }
}

/// A page of the review queue: the most urgent first, and of those the one that has waited longest.
/// 审核队列的一页：优先级高者在前，同级中等待久者在前。
pub(crate) struct ReviewCaseConnection {
    filter: QueueFilter,
    queue: Queue,
    is_first: bool,
}

/// A case and its cursor.
/// 一个事项及其游标。
#[derive(SimpleObject)]
pub(crate) struct ReviewCaseEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    cursor: String,
    /// The case.
    /// 事项。
    node: ReviewCaseObject,
}

fn cursor(case: &profiles::Case) -> String {
    let place = QueuePlace { priority: case.priority, opened_at: case.opened_at, id: case.id };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&place).unwrap_or_default())
}

/// A page of the review queue: the most urgent first, and of those the one that has waited longest.
/// 审核队列的一页：优先级高者在前，同级中等待久者在前。
#[Object(cache_control(private))]
impl ReviewCaseConnection {
    /// The cases of the page with their cursors.
    /// 本页事项及游标。
    async fn edges(&self) -> Vec<ReviewCaseEdge> {
        let cases = self.queue.cases.iter();
        cases.map(|case| ReviewCaseEdge { cursor: cursor(case), node: ReviewCaseObject::new(case.clone()) }).collect()
    }

    /// The cases of the page.
    /// 本页事项。
    async fn nodes(&self) -> Vec<ReviewCaseObject> {
        self.queue.cases.iter().cloned().map(ReviewCaseObject::new).collect()
    }

    /// Where the page stands.
    /// 分页信息。
    async fn page_info(&self) -> PageInfo {
        let cases = &self.queue.cases;
        PageInfo::new(!self.is_first, self.queue.has_next, cases.first().map(cursor), cases.last().map(cursor))
    }

    /// How many cases in all.
    /// 总条数。
    async fn total_count(&self, context: &Context<'_>) -> async_graphql::Result<u64> {
        profiles::queue_size(platform(context)?, actor(context)?, &self.filter).await.map_err(refused)
    }
}

#[derive(Default)]
pub(crate) struct ReviewQuery;

#[Object]
impl ReviewQuery {
    /// The review queue: the most urgent first, and of those the one that has waited longest.
    /// Needs: a moderator with a second factor.
    /// 审核队列：优先级高者在前，同级中等待久者在前。
    /// 权限：审核员（须两步验证）。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(private))]
    async fn review_queue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which cases.\n筛选条件。")] filter: Option<ReviewQueueFilter>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<ReviewCaseConnection> {
        let filter = filter.unwrap_or_default().read().map_err(refused)?;
        let first = u64::try_from(connection::size(first)?).unwrap_or_default();
        let place = match &after {
            None => None,
            Some(cursor) => {
                let place = URL_SAFE_NO_PAD.decode(cursor).ok();
                let place = place.and_then(|bytes| serde_json::from_slice::<QueuePlace>(&bytes).ok());
                Some(place.ok_or_else(invalid_cursor)?)
            }
        };
        let queue = profiles::queue(platform(context)?, actor(context)?, &filter, place, first).await;
        Ok(ReviewCaseConnection { filter, queue: queue.map_err(refused)?, is_first: after.is_none() })
    }

    /// A case, for moderators, for whoever opened it, and, but for claims, for members of the profile; null for everybody else.
    /// Needs: anybody who has signed in.
    /// 一个审核事项：审核员、提交人可见；除认领外，资料成员亦可见；其他人得到 null。
    /// 权限：已登录者。
    #[graphql(cache_control(private))]
    async fn review_case(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id of the case.\n事项 ID。")] id: ID,
    ) -> async_graphql::Result<Option<ReviewCaseObject>> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        service::policy::authorize(service::policy::Action::UseAccount, actor, None).map_err(refused)?;
        match key_of(&id, "ReviewCase", "id") {
            Ok(id) => Ok(seen(profiles::case(platform, actor, id).await)?.map(ReviewCaseObject::new)),
            Err(_) => Ok(None),
        }
    }
}

/// A case to be taken on.
/// 领取事项。
#[derive(InputObject)]
pub(crate) struct AssignCaseInput {
    /// The case.
    /// 事项 ID。
    case: ID,
    /// Whether the caller takes it on; false gives it back.
    /// 是否由本人负责；false 表示退回。
    #[graphql(default = true)]
    to_me: bool,
}

/// A priority.
/// 优先级。
#[derive(InputObject)]
pub(crate) struct PrioritiseCaseInput {
    /// The case.
    /// 事项 ID。
    case: ID,
    /// 0 normal, 1 high, 2 urgent.
    /// 0 普通，1 优先，2 紧急。
    priority: i32,
}

/// A case, and the revision of the profile that the moderator has seen.
/// 事项及审核员所见的资料版本。
#[derive(InputObject)]
pub(crate) struct CaseToDecideInput {
    /// The case.
    /// 事项 ID。
    case: ID,
    /// The newest revision of the profile, as the moderator has seen it.
    /// 审核员所见的资料最新版本的序号。
    revision: i32,
}

/// A decision.
/// 决定。
#[derive(InputObject)]
pub(crate) struct DecideCaseInput {
    /// The case.
    /// 事项 ID。
    case: ID,
    /// The newest revision of the profile, as the moderator has seen it.
    /// 审核员所见的资料最新版本的序号。
    revision: i32,
    /// What is decided.
    /// 决定。
    decision: DecisionKind,
    /// Why; needed unless it is approved.
    /// 理由；未批准时必填。
    #[graphql(default)]
    reasons: Vec<Reason>,
    /// What the person who asked is told; needed unless it is approved. At most 5,000 characters.
    /// 给提交人的说明；未批准时必填，最多 5000 个字符。
    message: Option<String>,
    /// The score sheet.
    /// 评分表。
    #[graphql(default)]
    scores: Vec<ReviewScoreInput>,
}

/// One decision about several cases.
/// 对多个事项作出同一决定。
#[derive(InputObject)]
pub(crate) struct DecideCasesInput {
    /// The cases, at most 100.
    /// 各事项，最多 100 个。
    cases: Vec<CaseToDecideInput>,
    /// What is decided.
    /// 决定。
    decision: DecisionKind,
    /// Why; needed unless they are approved.
    /// 理由；未批准时必填。
    #[graphql(default)]
    reasons: Vec<Reason>,
    /// What those who asked are told; needed unless they are approved. At most 5,000 characters.
    /// 给提交人的说明；未批准时必填，最多 5000 个字符。
    message: Option<String>,
}

/// A profile to be suspended.
/// 暂停展示。
#[derive(InputObject)]
pub(crate) struct SuspendProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// Why.
    /// 理由。
    reasons: Vec<Reason>,
    /// What the members are told, at most 5,000 characters.
    /// 给成员的说明，最多 5000 个字符。
    message: String,
}

/// A suspension to be lifted.
/// 解除暂停。
#[derive(InputObject)]
pub(crate) struct RestoreProfileInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// What the members are told, at most 5,000 characters.
    /// 给成员的说明，最多 5000 个字符。
    message: Option<String>,
}

/// A fact to be verified.
/// 核实事实。
#[derive(InputObject)]
pub(crate) struct VerifyFactInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// The newest revision of the profile, as the moderator has seen it.
    /// 审核员所见的资料最新版本的序号。
    revision: i32,
    /// The fact, such as `member.registered_on`.
    /// 事实，如 `member.registered_on`。
    fact: String,
    /// The evidence that shows it.
    /// 证明材料 ID。
    evidence: ID,
    /// The last day of the verification; without it, it does not expire.
    /// 有效期的最后一天；不填时无期限。
    expires_on: Option<Date>,
}

/// A verification to be withdrawn.
/// 撤回核实。
#[derive(InputObject)]
pub(crate) struct WithdrawVerificationInput {
    /// The profile.
    /// 资料 ID。
    profile: ID,
    /// The fact, such as `member.registered_on`.
    /// 事实，如 `member.registered_on`。
    fact: String,
    /// What the owners are told, at most 5,000 characters.
    /// 给所有者的说明，最多 5000 个字符。
    message: Option<String>,
}

payload! {
    /// What became of a case that was to be taken on.
    /// 领取事项的结果。
    AssignCasePayload {
        /// The case now; null if it was refused.
        /// 事项现状；被拒绝时为 null。
        case: ReviewCaseObject
    }
}

payload! {
    /// What became of a priority.
    /// 设置优先级的结果。
    PrioritiseCasePayload {
        /// The case now; null if it was refused.
        /// 事项现状；被拒绝时为 null。
        case: ReviewCaseObject
    }
}

payload! {
    /// What became of a decision.
    /// 决定的结果。
    DecideCasePayload {
        /// The case now; of a conflict, as others have decided it or with the newer revision; null if it was refused.
        /// 事项现状；冲突时为他人处理的结果或更新的版本；被拒绝时为 null。
        case: ReviewCaseObject
    }
}

/// What became of a decision about several cases.
/// 批量决定的结果。
#[derive(SimpleObject)]
pub(crate) struct DecideCasesPayload {
    /// What became of each case, in their order.
    /// 各事项的结果，顺序不变。
    results: Vec<DecideCasePayload>,
    /// What has to be mended in the input as a whole.
    /// 输入整体需要改正之处。
    user_errors: Vec<UserError>,
}

payload! {
    /// What became of a suspension.
    /// 暂停展示的结果。
    SuspendProfilePayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of a suspension that was to be lifted.
    /// 解除暂停的结果。
    RestoreProfilePayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of a fact that was to be verified.
    /// 核实事实的结果。
    VerifyFactPayload {
        /// The profile now; of a conflict, with the newer revision; null if it was refused.
        /// 资料现状；冲突时为更新的版本；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

payload! {
    /// What became of a verification that was to be withdrawn.
    /// 撤回核实的结果。
    WithdrawVerificationPayload {
        /// The profile now; null if it was refused.
        /// 资料现状；被拒绝时为 null。
        profile: ManagedProfileObject
    }
}

fn decision(
    kind: DecisionKind,
    reasons: Vec<Reason>,
    message: Option<String>,
    scores: Vec<ReviewScoreInput>,
) -> Decision {
    let scores: BTreeMap<_, _> = scores
        .into_iter()
        // What is out of range is told by the use case.
        .map(|score| (score.criterion.into(), u8::try_from(score.score).unwrap_or(u8::MAX)))
        .collect();
    Decision { kind: kind.into(), reasons: reasons.into_iter().map(Into::into).collect(), message, scores }
}

/// The case after a decision; where somebody else was first, as it is now.
async fn decided(
    context: &Context<'_>,
    id: &ID,
    result: Result<profiles::Case, Refusal>,
) -> async_graphql::Result<DecideCasePayload> {
    let is_conflict = matches!(&result, Err(Refusal::Invalid(errors))
        if errors.iter().any(|error| error.code == UserErrorCode::Conflict));
    let (case, user_errors) = settled(result)?;
    let mut case = case.map(ReviewCaseObject::new);
    if let (true, Ok(id)) = (is_conflict, key_of::<CaseId>(id, "ReviewCase", "case")) {
        case = seen(profiles::case(platform(context)?, actor(context)?, id).await)?.map(ReviewCaseObject::new);
    }
    Ok((case, user_errors).into())
}

#[derive(Default)]
pub(crate) struct ReviewMutation;

#[Object]
impl ReviewMutation {
    /// Takes a case on, or gives it back.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 领取或退回事项。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    async fn assign_case(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The case.\n事项。")] input: AssignCaseInput,
    ) -> async_graphql::Result<AssignCasePayload> {
        let result = match key_of(&input.case, "ReviewCase", "case") {
            Ok(id) => profiles::assign(platform(context)?, actor(context)?, id, input.to_me).await,
            Err(refusal) => Err(refusal),
        };
        let (case, user_errors) = settled(result)?;
        Ok((case.map(ReviewCaseObject::new), user_errors).into())
    }

    /// Gives a case a priority.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 设置事项的优先级。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    async fn prioritise_case(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The priority.\n优先级。")] input: PrioritiseCaseInput,
    ) -> async_graphql::Result<PrioritiseCasePayload> {
        let result = match key_of(&input.case, "ReviewCase", "case") {
            Ok(id) => profiles::prioritise(platform(context)?, actor(context)?, id, input.priority).await,
            Err(refusal) => Err(refusal),
        };
        let (case, user_errors) = settled(result)?;
        Ok((case.map(ReviewCaseObject::new), user_errors).into())
    }

    /// Decides a case. Of what somebody else has decided meanwhile, or of a newer revision, it gives `CONFLICT`.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 处理事项。他人已处理或资料已有更新版本时返回 `CONFLICT`。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    async fn decide_case(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision.\n决定。")] input: DecideCaseInput,
    ) -> async_graphql::Result<DecideCasePayload> {
        let wanted = decision(input.decision, input.reasons, input.message, input.scores);
        let result = match key_of(&input.case, "ReviewCase", "case") {
            Ok(id) => profiles::decide(platform(context)?, actor(context)?, id, input.revision, &wanted).await,
            Err(refusal) => Err(refusal),
        };
        decided(context, &input.case, result).await
    }

    /// Decides several cases alike; each succeeds or fails by itself.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 对多个事项作出同一决定；各事项分别成功或失败。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    #[graphql(complexity = "10 + input.cases.len() * child_complexity")]
    async fn decide_cases(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision.\n决定。")] input: DecideCasesInput,
    ) -> async_graphql::Result<DecideCasesPayload> {
        let wanted = decision(input.decision, input.reasons, input.message, Vec::new());
        let keys: Vec<Result<CaseId, Refusal>> =
            input.cases.iter().map(|asked| key_of(&asked.case, "ReviewCase", "case")).collect();
        let known = input.cases.iter().zip(&keys);
        let cases: Vec<(CaseId, i32)> =
            known.filter_map(|(asked, key)| Some((*key.as_ref().ok()?, asked.revision))).collect();
        let all = profiles::decide_all(platform(context)?, actor(context)?, &cases, &wanted).await;
        let (all, user_errors) = settled(all)?;
        let mut results = Vec::new();
        let Some(all) = all else { return Ok(DecideCasesPayload { results, user_errors }) };
        let mut all = all.into_iter();
        for (asked, key) in input.cases.iter().zip(keys) {
            let result = match key {
                Err(refusal) => Err(refusal),
                Ok(_) => all.next().map_or_else(|| Err(Refusal::not_found("case")), |(_, result)| result),
            };
            let result = match result {
                // One that is the caller's own does not stand in the way of the others.
                Err(Refusal::Forbidden(needed)) => {
                    Err(Refusal::wrong_state("case", format!("须为{}", needed.zh), format!("it takes {}", needed.en)))
                }
                other => other,
            };
            results.push(decided(context, &asked.case, result).await?);
        }
        Ok(DecideCasesPayload { results, user_errors })
    }

    /// Takes a profile off the list; its members are told why, and can appeal.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 暂停展示资料；告知成员理由，成员可申诉。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    async fn suspend_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: SuspendProfileInput,
    ) -> async_graphql::Result<SuspendProfilePayload> {
        let reasons: Vec<_> = input.reasons.into_iter().map(Into::into).collect();
        let result = match profile_of(&input.profile) {
            Ok(id) => {
                let message = Some(input.message);
                profiles::suspend(platform(context)?, actor(context)?, id, &reasons, message).await
            }
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Lifts a suspension.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 解除暂停。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    async fn restore_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料。")] input: RestoreProfileInput,
    ) -> async_graphql::Result<RestoreProfilePayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => profiles::restore(platform(context)?, actor(context)?, id, input.message).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Verifies a fact on evidence. The owner's next change of the fact ends it.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 依据证明材料核实一项事实；所有者修改该事实后，核实即失效。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    async fn verify_fact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The fact.\n事实。")] input: VerifyFactInput,
    ) -> async_graphql::Result<VerifyFactPayload> {
        let expires_on = input.expires_on.map(|day| day.day("input.expiresOn")).transpose()?;
        let file = key_of(&input.evidence, "Evidence", "evidence");
        let result = match (profile_of(&input.profile), file) {
            (Ok(id), Ok(file)) => {
                let (platform, actor) = (platform(context)?, actor(context)?);
                profiles::verify(platform, actor, id, input.revision, &input.fact, file, expires_on).await
            }
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }

    /// Withdraws the verification of a fact.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 撤回对一项事实的核实。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    async fn withdraw_verification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The fact.\n事实。")] input: WithdrawVerificationInput,
    ) -> async_graphql::Result<WithdrawVerificationPayload> {
        let result = match profile_of(&input.profile) {
            Ok(id) => {
                let (platform, actor) = (platform(context)?, actor(context)?);
                profiles::withdraw_verification(platform, actor, id, &input.fact, input.message).await
            }
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, &input.profile, result).await?.into())
    }
}

/// A case of the review queue that was opened, taken on, or decided.
/// 新提交、已领取或已处理的审核事项。
#[derive(SimpleObject)]
pub(crate) struct ReviewQueueChange {
    /// The case as it is now.
    /// 事项现状。
    case: ReviewCaseObject,
    /// When it was looked up.
    /// 查询时间。
    at: DateTime,
}

#[derive(Default)]
pub(crate) struct ReviewSubscription;

#[Subscription]
impl ReviewSubscription {
    /// Cases of the review queue as they are opened, taken on and decided.
    /// Needs: a moderator with a second factor.
    /// 审核队列的变化：新提交、领取和处理。
    /// 权限：审核员（须两步验证）。
    async fn review_queue_changes<'c>(
        &self,
        context: &Context<'c>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ReviewQueueChange>> + 'c> {
        let (platform, caller) = (platform(context)?.clone(), caller(context)?.clone());
        service::policy::authorize(service::policy::Action::ReadQueue, caller.actor(), None).map_err(refused)?;
        let stream = events(&platform).filter_map(move |event| {
            let (platform, caller) = (platform.clone(), caller.clone());
            async move {
                let case = match event {
                    Ok(Event::Case(case)) => case,
                    Ok(_) => return None,
                    Err(missed) => return Some(Err(missed)),
                };
                let found = profiles::case(&platform, caller.actor(), case).await;
                let change = |case| ReviewQueueChange {
                    case: ReviewCaseObject::new(case),
                    at: DateTime(eligibility::date::timestamp(service::now())),
                };
                seen(found).map(|found| found.map(change)).transpose()
            }
        });
        Ok(stream)
    }
}
