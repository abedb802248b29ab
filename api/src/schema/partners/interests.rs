//! Expressions of interest, and how institutions answer them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eligibility::date::timestamp;
use profile::Contact as ProfileContact;
use service::matching::Answers;
use service::partners::{self, Answer, Interest, InterestStatus as ServiceStatus, Mailbox, NewInterest};
use service::{InterestId, Refusal, RequestId};

use crate::schema::caller::{actor, platform, seen, settled};
use crate::schema::connection::{self, PageInfo, invalid_cursor};
use crate::schema::direction::DirectionObject;
use crate::schema::library;
use crate::schema::manage::{key_of, payload, profile_of};
use crate::schema::node;
use crate::schema::profile::{Contact, ContactInput, direction_of};
use crate::schema::scalars::DateTime;
use crate::schema::text::LocalizedText;

/// Where an expression of interest stands.
/// 合作意向的状态。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceStatus")]
pub(crate) enum InterestStatus {
    /// Waiting for an answer.
    /// 待答复。
    Sent,
    /// Accepted: both sides see how to reach each other.
    /// 已接受：双方联系方式互相开放。
    Accepted,
    /// Declined.
    /// 已谢绝。
    Declined,
    /// Taken back before it was answered.
    /// 已撤回。
    Withdrawn,
    /// Not answered within 30 days.
    /// 30 天内未获答复，已过期。
    Expired,
}

/// Which expressions of interest are asked for.
/// 合作意向的收发。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "Mailbox")]
pub(crate) enum InterestBox {
    /// Those that others sent to the profile.
    /// 收到的。
    Received,
    /// Those that the profile sent to others.
    /// 发出的。
    Sent,
}

/// An expression of interest: one institution tells another that it would like to work with it. Members of both profiles see it.
/// 合作意向：一家单位向另一家单位表示希望合作。双方资料成员可见。
#[derive(Clone)]
pub(crate) struct InterestObject {
    interest: Interest,
}

impl InterestObject {
    fn new(interest: Interest) -> Self {
        Self { interest }
    }

    /// The expression of interest of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        match partners::interest(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated) => Ok(None),
            found => Ok(seen(found)?.map(Self::new)),
        }
    }
}

/// An expression of interest: one institution tells another that it would like to work with it. Members of both profiles see it.
/// 合作意向：一家单位向另一家单位表示希望合作。双方资料成员可见。
#[Object(name = "Interest", cache_control(private))]
impl InterestObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Interest", &self.interest.id.to_string())
    }

    /// The id of the profile that is interested.
    /// 表达意向的单位资料 ID。
    async fn from_profile_id(&self) -> ID {
        node::id("Profile", &self.interest.from.to_string())
    }

    /// What the institution is called that is interested.
    /// 表达意向的单位。
    #[graphql(name = "fromName")]
    async fn sender_name(&self) -> LocalizedText {
        LocalizedText::from(&self.interest.from_name)
    }

    /// The id of the profile it is interested in.
    /// 意向对象的资料 ID。
    async fn to_profile_id(&self) -> ID {
        node::id("Profile", &self.interest.to.to_string())
    }

    /// What the institution is called that it is interested in.
    /// 意向对象。
    async fn to_name(&self) -> LocalizedText {
        LocalizedText::from(&self.interest.to_name)
    }

    /// Whether the caller's institution received it or sent it.
    /// 调用者所在单位是收到方还是发出方。
    #[graphql(name = "box")]
    async fn mailbox(&self) -> InterestBox {
        self.interest.mailbox.into()
    }

    /// The id of the partner request that it answers.
    /// 所回应的合作需求 ID。
    async fn request_id(&self) -> Option<ID> {
        self.interest.request.map(|id| node::id("PartnerRequest", &id.to_string()))
    }

    /// The direction it is about.
    /// 所涉方向。
    async fn direction(&self, context: &Context<'_>) -> async_graphql::Result<Option<DirectionObject>> {
        let library = library(context)?;
        Ok(self.interest.direction.and_then(|id| DirectionObject::of(library, id)))
    }

    /// What it says.
    /// 留言。
    async fn message(&self) -> &str {
        &self.interest.message
    }

    /// What the other one answered; where it was declined, the reason.
    /// 答复；谢绝时为理由。
    async fn reply(&self) -> Option<&str> {
        self.interest.reply.as_deref()
    }

    /// Where it stands.
    /// 状态。
    async fn status(&self) -> InterestStatus {
        self.interest.status.into()
    }

    /// When it was sent.
    /// 发出时间。
    async fn sent_at(&self) -> DateTime {
        DateTime(timestamp(self.interest.sent_at))
    }

    /// When it was answered or withdrawn.
    /// 答复或撤回时间。
    async fn answered_at(&self) -> Option<DateTime> {
        self.interest.answered_at.map(|at| DateTime(timestamp(at)))
    }

    /// Until when it can be answered.
    /// 答复期限。
    async fn expires_at(&self) -> DateTime {
        DateTime(timestamp(self.interest.expires_at))
    }

    /// How to reach the other institution; null until it is accepted, and where the institution says nothing.
    /// 对方联系方式；接受之前，或对方未填写时为 null。
    async fn contact(&self) -> Option<Contact> {
        self.interest.contact.clone().map(Contact::from)
    }
}

/// Expressions of interest of a profile, the newest first.
/// 一份资料的合作意向，新者在前。
#[derive(SimpleObject)]
pub(crate) struct InterestConnection {
    /// The items of the page with their cursors.
    /// 本页条目及游标。
    edges: Vec<InterestEdge>,
    /// The items of the page.
    /// 本页条目。
    nodes: Vec<InterestObject>,
    /// Where the page stands in the list.
    /// 分页信息。
    page_info: PageInfo,
    /// How many items the whole list has.
    /// 列表总条数。
    total_count: u64,
}

/// An expression of interest and its cursor.
/// 一份合作意向及其游标。
#[derive(SimpleObject)]
pub(crate) struct InterestEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    cursor: String,
    /// The expression of interest.
    /// 合作意向。
    node: InterestObject,
}

fn cursor(interest: &Interest) -> String {
    URL_SAFE_NO_PAD.encode(format!("interest:{}", interest.id))
}

fn place(cursor: &str) -> Option<InterestId> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()?.strip_prefix("interest:")?.parse().ok()
}

#[derive(Default)]
pub(crate) struct InterestQuery;

#[Object]
impl InterestQuery {
    /// The expressions of interest that a profile received or sent, the newest first; null for a profile that the caller may not
    /// know of.
    /// Needs: a member of the profile.
    /// 一份资料收到或发出的合作意向，新者在前；无权知悉该资料时为 null。
    /// 权限：资料成员。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(private))]
    async fn interests(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料 ID。")] profile: ID,
        #[graphql(name = "box", desc = "Those received, or those sent.\n收到的或发出的。")] mailbox: InterestBox,
        #[graphql(desc = "Only those that stand there.\n仅列该状态的。")] status: Option<InterestStatus>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<Option<InterestConnection>> {
        let size = connection::size(first)?;
        let before = match &after {
            None => None,
            Some(cursor) => Some(place(cursor).ok_or_else(invalid_cursor)?),
        };
        let Some(profile) = profile_of(&profile).ok() else { return Ok(None) };
        let limit = u64::try_from(size).unwrap_or_default() + 1;
        let (platform, actor) = (platform(context)?, actor(context)?);
        let status = status.map(ServiceStatus::from);
        let found = partners::interests(platform, actor, profile, mailbox.into(), status, before, limit).await;
        let Some((mut found, total_count)) = seen(found)? else { return Ok(None) };
        let has_next = found.len() > size;
        found.truncate(size);
        let page_info = PageInfo::new(after.is_some(), has_next, found.first().map(cursor), found.last().map(cursor));
        let nodes: Vec<InterestObject> = found.into_iter().map(InterestObject::new).collect();
        let edges =
            nodes.iter().map(|node| InterestEdge { cursor: cursor(&node.interest), node: node.clone() }).collect();
        Ok(Some(InterestConnection { edges, nodes, page_info, total_count }))
    }
}

/// An expression of interest to be sent.
/// 表达合作意向。
#[derive(InputObject)]
pub(crate) struct ExpressInterestInput {
    /// The profile that is interested; it is listed.
    /// 表达意向的资料 ID（须已发布）。
    from: ID,
    /// The profile it is interested in; it is listed and has an owner or editor.
    /// 意向对象的资料 ID（须已发布并已有人认领）。
    to: ID,
    /// The partner request of that profile that it answers.
    /// 所回应的该单位的合作需求 ID。
    request: Option<ID>,
    /// The direction it is about: its key (`cn-asean`) or clause prefix (`2.2`); that of the request, without it.
    /// 所涉方向：键（如 `cn-asean`）或条款编号前缀（如 `2.2`）；不填时取合作需求的方向。
    direction: Option<String>,
    /// The key of the call; the newest that has the direction, without it.
    /// 指南的键；不填时取含有该方向的最新一份。
    guide: Option<String>,
    /// What it says, at most 2000 characters.
    /// 留言，最多 2000 个字符。
    message: String,
    /// How to reach the institution for this; the other one sees it on acceptance only. The contact of the profile, without it; one of
    /// the two is needed.
    /// 就此事联系本单位的方式，对方接受后可见；不填时取资料中的联系方式，两者须有其一。
    contact: Option<ContactInput>,
}

/// An answer to an expression of interest.
/// 答复合作意向。
#[derive(InputObject)]
pub(crate) struct AnswerInterestInput {
    /// The expression of interest.
    /// 合作意向 ID。
    interest: ID,
    /// Whether it is accepted: then both sides see how to reach each other.
    /// 是否接受；接受后双方联系方式互相开放。
    accept: bool,
    /// What to answer, at most 2000 characters; to decline, the reason is needed.
    /// 答复，最多 2000 个字符；谢绝时须说明理由。
    reply: Option<String>,
    /// How to reach the institution for this; the other one sees it once it is accepted. The contact of the profile, without it; one
    /// of the two is needed to accept.
    /// 就此事联系本单位的方式，接受后对方可见；不填时取资料中的联系方式，接受时两者须有其一。
    contact: Option<ContactInput>,
}

/// An expression of interest to be taken back.
/// 撤回合作意向。
#[derive(InputObject)]
pub(crate) struct WithdrawInterestInput {
    /// The expression of interest.
    /// 合作意向 ID。
    interest: ID,
}

payload! {
    /// What became of an expression of interest.
    /// 表达合作意向的结果。
    ExpressInterestPayload {
        /// The expression of interest; null if it was refused.
        /// 合作意向；被拒绝时为 null。
        interest: InterestObject
    }
}

payload! {
    /// What became of an answer.
    /// 答复的结果。
    AnswerInterestPayload {
        /// The expression of interest now; null if it was refused.
        /// 合作意向现状；被拒绝时为 null。
        interest: InterestObject
    }
}

payload! {
    /// What became of an expression of interest to be taken back.
    /// 撤回合作意向的结果。
    WithdrawInterestPayload {
        /// The expression of interest now; null if it was refused.
        /// 合作意向现状；被拒绝时为 null。
        interest: InterestObject
    }
}

/// What an input says, as the use case takes it.
fn read(context: &Context<'_>, input: ExpressInterestInput) -> async_graphql::Result<Result<NewInterest, Refusal>> {
    let direction = match &input.direction {
        Some(direction) => Some(direction_of(library(context)?, input.guide.as_deref(), direction)?),
        None => None,
    };
    let read = || {
        Ok(NewInterest {
            from: profile_of(&input.from).map_err(|_| Refusal::not_found("from"))?,
            to: profile_of(&input.to).map_err(|_| Refusal::not_found("to"))?,
            request: input
                .request
                .as_ref()
                .map(|id| key_of::<RequestId>(id, "PartnerRequest", "request"))
                .transpose()?,
            direction,
            message: input.message.clone(),
            contact: input.contact.clone().map(ProfileContact::from),
        })
    };
    Ok(read())
}

/// The expression of interest after a change.
async fn changed<P>(context: &Context<'_>, result: Result<InterestId, Refusal>) -> async_graphql::Result<P>
where
    P: From<(Option<InterestObject>, Vec<crate::schema::user_error::UserError>)>,
{
    let (id, user_errors) = settled(result)?;
    let interest = match id {
        Some(id) => InterestObject::find_key(context, &id.to_string()).await?,
        None => None,
    };
    Ok((interest, user_errors).into())
}

#[derive(Default)]
pub(crate) struct InterestMutation;

#[Object]
impl InterestMutation {
    /// Tells another institution that one would like to work with it. It can be answered for 30 days. One waits at a time between two
    /// profiles; a profile sends 30 a day, and has 100 that wait; who has declined is left alone for 30 days.
    /// Needs: an editor or owner of the profile.
    /// 向另一家单位表达合作意向，30 天内可答复。两份资料之间同时只能有一份待答复；每份资料每天最多 30 份、待答复最多 100 份；对方谢绝后 30
    /// 天内不能再次表达。
    /// 权限：资料的编辑或所有者。
    async fn express_interest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The expression of interest.\n合作意向。")] input: ExpressInterestInput,
    ) -> async_graphql::Result<ExpressInterestPayload> {
        let result = match read(context, input)? {
            Ok(new) => partners::express(platform(context)?, actor(context)?, new).await,
            Err(refusal) => Err(refusal),
        };
        changed(context, result).await
    }

    /// Accepts or declines an expression of interest that a profile received. Accepted, both sides see how to reach each other.
    /// Needs: an editor or owner of the profile.
    /// 接受或谢绝收到的合作意向；接受后双方联系方式互相开放。
    /// 权限：资料的编辑或所有者。
    async fn answer_interest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The answer.\n答复。")] input: AnswerInterestInput,
    ) -> async_graphql::Result<AnswerInterestPayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let result = match key_of(&input.interest, "Interest", "interest") {
            Ok(id) => {
                let contact = input.contact.map(ProfileContact::from);
                let answer = Answer { is_accepted: input.accept, reply: input.reply, contact };
                partners::answer(platform, actor, id, answer).await
            }
            Err(refusal) => Err(refusal),
        };
        changed(context, result).await
    }

    /// Takes back an expression of interest that a profile sent and that was not answered yet.
    /// Needs: an editor or owner of the profile.
    /// 撤回已发出、尚未获答复的合作意向。
    /// 权限：资料的编辑或所有者。
    async fn withdraw_interest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The expression of interest.\n合作意向。")] input: WithdrawInterestInput,
    ) -> async_graphql::Result<WithdrawInterestPayload> {
        let result = match key_of(&input.interest, "Interest", "interest") {
            Ok(id) => partners::withdraw(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        changed(context, result).await
    }
}

/// How an institution has answered expressions of interest, over the last two years.
/// 单位近两年答复合作意向的情况。
#[derive(SimpleObject)]
pub(crate) struct ResponseTime {
    /// How many it answered.
    /// 已答复的份数。
    answered: u32,
    /// The share it answered of those that were answered or have expired, from 0 to 1.
    /// 答复率（已答复份数占已答复与过期未答复之和的比例），0 至 1。
    rate: f64,
    /// The hours within which it answered half of those that it answered.
    /// 答复用时的中位数（小时）。
    median_hours: u32,
}

impl From<Answers> for ResponseTime {
    fn from(answers: Answers) -> Self {
        let rate = f64::from(answers.answered) / f64::from(answers.asked.max(1));
        Self { answered: answers.answered, rate, median_hours: answers.median_hours }
    }
}
