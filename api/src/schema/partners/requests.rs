//! Requests for partners: what everybody sees of them, and how they come and go.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eligibility::date::timestamp;
use eligibility::{Library, Localized};
use profile::ProfileId;
use service::partners::{
    self, PartnerRequest, PartnerRequests, PublishedRequest, RequestDraft, RequestFilter,
    RequestStatus as ServiceStatus, Wanted,
};
use service::{Directory, Refusal, RequestId, UserErrorCode};

use crate::fault::{Code, Fault};
use crate::schema::caller::{actor, caller, platform, refused, seen};
use crate::schema::connection::{self, PageInfo, invalid_cursor};
use crate::schema::direction::DirectionObject;
use crate::schema::institution::Role;
use crate::schema::manage::{DecisionKind, payload, profile_of};
use crate::schema::node;
use crate::schema::place::CountryObject;
use crate::schema::profile::{ProfileObject, direction_of, directory};
use crate::schema::scalars::{CountryCode, Date, DateTime};
use crate::schema::text::LocalizedText;
use crate::schema::user_error::UserError;

/// Characters of the words that are looked for.
const TEXT_AT_MOST: usize = 500;
/// Countries and regions that are looked for at once.
const COUNTRIES_AT_MOST: usize = 300;

/// Where a request for partners stands: what its newest content is.
/// 合作需求的状态（就其最新内容而言）。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceStatus")]
pub(crate) enum PartnerRequestStatus {
    /// Waiting for review.
    /// 待审核。
    Submitted,
    /// Sent back to its author.
    /// 退回修改。
    ChangesRequested,
    /// Shown to everybody.
    /// 已发布。
    Published,
    /// Not to be shown.
    /// 未获批准。
    Refused,
    /// Taken off the list by its author.
    /// 已关闭。
    Closed,
    /// Its last day has passed.
    /// 已过期。
    Expired,
}

/// What a request for partners says.
/// 合作需求的内容。
#[derive(Clone)]
pub(crate) struct PartnerRequestContent {
    library: Arc<Library>,
    said: PublishedRequest,
}

impl PartnerRequestContent {
    fn of(library: &Arc<Library>, request: &PartnerRequest, wanted: &Wanted) -> Self {
        let said = PublishedRequest {
            id: request.id,
            profile: request.profile,
            direction: wanted.direction(library),
            topic: wanted.topic.clone(),
            title: wanted.title.clone(),
            offers: wanted.offers.clone(),
            seeks: wanted.seeks.clone(),
            role: wanted.role(),
            countries: wanted.countries(),
            expires_on: wanted.expires_on,
            published_at: request.published_at.unwrap_or(request.changed_at),
        };
        Self { library: Arc::clone(library), said }
    }
}

/// What a request for partners says.
/// 合作需求的内容。
#[Object]
impl PartnerRequestContent {
    /// The direction it is for; null for one that is for none in particular.
    /// 所针对的方向；不限方向时为 null。
    async fn direction(&self) -> Option<DirectionObject> {
        DirectionObject::of(&self.library, self.said.direction?)
    }

    /// The key of one of the direction's topics, or a topic in free words.
    /// 方向下领域的键，或自拟主题。
    async fn topic(&self) -> Option<&str> {
        self.said.topic.as_deref()
    }

    /// The topic as people read it; one in free words stands in both languages as it was written.
    /// 主题名称；自拟主题在两种语言中均为原文。
    async fn topic_name(&self) -> Option<LocalizedText> {
        let topic = self.said.topic.as_deref()?;
        let name = partners::topic_name(&self.library, self.said.direction, topic);
        Some(name.unwrap_or_else(|| Localized::new(topic, topic)).into())
    }

    /// Its title, in Chinese or English.
    /// 标题（中文或英文）。
    async fn title(&self) -> &str {
        &self.said.title
    }

    /// What is offered.
    /// 可提供的条件。
    async fn offers(&self) -> &str {
        &self.said.offers
    }

    /// What is sought.
    /// 所寻求的合作。
    async fn seeks(&self) -> &str {
        &self.said.seeks
    }

    /// The role of whoever is sought; null for any.
    /// 所寻求单位的角色；不限时为 null。
    async fn role(&self) -> Option<Role> {
        self.said.role.map(Role::from)
    }

    /// Where they should be from; anywhere, if empty.
    /// 所寻求单位的国家/地区；空表示不限。
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn countries(&self) -> Vec<CountryObject> {
        let countries = self.said.countries.iter();
        countries.filter_map(|country| CountryObject::of(&self.library, *country)).collect()
    }

    /// The last day on which it is shown.
    /// 展示的最后一天。
    async fn expires_on(&self) -> Date {
        self.said.expires_on.into()
    }
}

/// A request for partners, as everybody sees it.
/// 公开的合作需求。
#[derive(Clone)]
pub(crate) struct PartnerRequestObject {
    directory: Arc<Directory>,
    request: Arc<PublishedRequest>,
}

impl PartnerRequestObject {
    fn new(directory: &Arc<Directory>, request: Arc<PublishedRequest>) -> Self {
        Self { directory: Arc::clone(directory), request }
    }

    /// The request of the key in a global id; nothing for one that is not shown.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        // Requests come and go without a change of the directory: no answer with one of them is kept.
        caller(context)?.actor();
        let Ok(id) = key.parse() else { return Ok(None) };
        Self::find(context, id).await
    }

    async fn find(context: &Context<'_>, id: RequestId) -> async_graphql::Result<Option<Self>> {
        let found = partners::published(platform(context)?, id).await.map_err(|error| refused(error.into()))?;
        let directory = directory(context)?;
        Ok(found.map(|request| Self::new(directory, request)))
    }
}

/// A request for partners, as everybody sees it.
/// 公开的合作需求。
#[Object(name = "PartnerRequest", cache_control(no_cache))]
impl PartnerRequestObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("PartnerRequest", &self.request.id.to_string())
    }

    /// The profile of the institution that posts it.
    /// 发布单位的资料。
    async fn profile(&self) -> async_graphql::Result<Option<ProfileObject>> {
        ProfileObject::find_key(&self.directory, &self.request.profile.to_string())
    }

    /// What it says.
    /// 内容。
    async fn content(&self) -> PartnerRequestContent {
        PartnerRequestContent { library: Arc::clone(self.directory.library()), said: self.request.as_ref().clone() }
    }

    /// When it was first shown.
    /// 首次发布时间。
    async fn published_at(&self) -> DateTime {
        DateTime(timestamp(self.request.published_at))
    }
}

/// A request for partners, as members of its profile and moderators see it.
/// 资料成员和审核员所见的合作需求。
#[derive(Clone)]
pub(crate) struct ManagedPartnerRequestObject {
    library: Arc<Library>,
    request: Arc<PartnerRequest>,
}

impl ManagedPartnerRequestObject {
    fn new(library: &Arc<Library>, request: PartnerRequest) -> Self {
        Self { library: Arc::clone(library), request: Arc::new(request) }
    }

    /// The request of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        let found = match partners::request(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated | Refusal::Forbidden(_)) => return Ok(None),
            other => seen(other)?,
        };
        let library = directory(context)?.library();
        Ok(found.map(|request| Self::new(library, request)))
    }

    fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.request.changed_at, self.request.id))
    }
}

/// A request for partners, as members of its profile and moderators see it.
/// 资料成员和审核员所见的合作需求。
#[Object(name = "ManagedPartnerRequest", cache_control(private))]
impl ManagedPartnerRequestObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("ManagedPartnerRequest", &self.request.id.to_string())
    }

    /// What everybody sees of it; null while it is not shown.
    /// 公开的内容；未展示时为 null。
    async fn shown(&self, context: &Context<'_>) -> async_graphql::Result<Option<PartnerRequestObject>> {
        PartnerRequestObject::find(context, self.request.id).await
    }

    /// The id of the profile that posts it.
    /// 发布单位的资料 ID。
    async fn profile_id(&self) -> ID {
        node::id("Profile", &self.request.profile.to_string())
    }

    /// What the institution is called.
    /// 单位名称。
    async fn name(&self) -> LocalizedText {
        LocalizedText::from(&self.request.name)
    }

    /// Where it stands; that of its newest content.
    /// 状态（就其最新内容而言）。
    async fn status(&self) -> PartnerRequestStatus {
        self.request.status.into()
    }

    /// How often its content was written; an edit and a decision name it.
    /// 版本序号；修改和审核时须注明。
    async fn version(&self) -> i32 {
        self.request.version
    }

    /// What it says.
    /// 最新内容。
    async fn content(&self) -> PartnerRequestContent {
        PartnerRequestContent::of(&self.library, &self.request, &self.request.content)
    }

    /// What was approved of it last; null before that.
    /// 最近一次获批准的内容；尚未获批准时为 null。
    async fn approved(&self) -> Option<PartnerRequestContent> {
        let published = self.request.published.as_ref()?;
        Some(PartnerRequestContent::of(&self.library, &self.request, published))
    }

    /// What the moderator said who decided last, in the moderator's words.
    /// 最近一次审核的说明（原文）。
    async fn reason(&self) -> Option<&str> {
        self.request.reason.as_deref()
    }

    /// When it was made.
    /// 创建时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.request.created_at))
    }

    /// When it was last changed.
    /// 最近变更时间。
    async fn changed_at(&self) -> DateTime {
        DateTime(timestamp(self.request.changed_at))
    }

    /// When it was first shown; null before that.
    /// 首次发布时间；尚未发布时为 null。
    async fn published_at(&self) -> Option<DateTime> {
        self.request.published_at.map(|at| DateTime(timestamp(at)))
    }
}

/// A page of requests for partners.
/// 合作需求的一页。
#[derive(SimpleObject)]
#[graphql(cache_control(no_cache))]
pub(crate) struct PartnerRequestConnection {
    /// The requests of the page with their cursors.
    /// 本页合作需求及游标。
    edges: Vec<PartnerRequestEdge>,
    /// The requests of the page.
    /// 本页合作需求。
    nodes: Vec<PartnerRequestObject>,
    /// Where the page stands.
    /// 分页信息。
    page_info: PageInfo,
    /// How many requests there are on all pages.
    /// 总条数。
    total_count: usize,
}

/// A request and its cursor.
/// 一条合作需求及其游标。
#[derive(SimpleObject)]
pub(crate) struct PartnerRequestEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    cursor: String,
    /// The request.
    /// 合作需求。
    node: PartnerRequestObject,
}

/// A page of requests for partners, as members and moderators see them.
/// 成员和审核员所见合作需求的一页。
#[derive(SimpleObject)]
#[graphql(cache_control(private))]
pub(crate) struct ManagedPartnerRequestConnection {
    /// The requests of the page with their cursors.
    /// 本页合作需求及游标。
    edges: Vec<ManagedPartnerRequestEdge>,
    /// The requests of the page.
    /// 本页合作需求。
    nodes: Vec<ManagedPartnerRequestObject>,
    /// Where the page stands.
    /// 分页信息。
    page_info: PageInfo,
    /// How many requests there are on all pages.
    /// 总条数。
    total_count: u64,
}

/// A request and its cursor.
/// 一条合作需求及其游标。
#[derive(SimpleObject)]
pub(crate) struct ManagedPartnerRequestEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    cursor: String,
    /// The request.
    /// 合作需求。
    node: ManagedPartnerRequestObject,
}

impl ManagedPartnerRequestConnection {
    fn new(library: &Arc<Library>, page: PartnerRequests, has_previous: bool) -> Self {
        let nodes: Vec<_> =
            page.requests.into_iter().map(|request| ManagedPartnerRequestObject::new(library, request)).collect();
        let cursor = |node: Option<&ManagedPartnerRequestObject>| node.map(ManagedPartnerRequestObject::cursor);
        let page_info = PageInfo::new(has_previous, page.has_next, cursor(nodes.first()), cursor(nodes.last()));
        let edges = nodes.iter().map(|node| ManagedPartnerRequestEdge { cursor: node.cursor(), node: node.clone() });
        Self { edges: edges.collect(), page_info, total_count: page.total, nodes }
    }
}

/// The place in a list that a cursor names: a moment, and the request.
fn place(after: Option<&str>) -> Result<Option<(i64, RequestId)>, Fault> {
    let Some(cursor) = after else { return Ok(None) };
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.split_once(':'));
    let place = parts.and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    place.map(Some).ok_or_else(invalid_cursor)
}

/// Which requests for partners are wanted. What is not given does not limit them.
/// 合作需求的筛选条件；未填写的不作限制。
#[derive(Default, InputObject)]
pub(crate) struct PartnerRequestFilter {
    /// Only those of this profile.
    /// 仅列此资料发布的需求。
    profile: Option<ID>,
    /// Only those for this direction: its key (`cn-asean`) or clause prefix (`2.2`).
    /// 方向：键（如 `cn-asean`）或条款编号前缀（如 `2.2`）。
    direction: Option<String>,
    /// The key of the call; the newest that has the direction, if left out.
    /// 指南的键；不填时取含有该方向的最新一份。
    guide: Option<String>,
    /// Only those that look for this role, or for any.
    /// 仅列寻求此角色或不限角色的需求。
    role: Option<Role>,
    /// Only those that look for partners from one of these countries or regions, or from anywhere.
    /// 仅列寻求这些国家/地区之一的单位、或不限国家/地区的需求。
    countries: Option<Vec<CountryCode>>,
    /// Only those that say all of this, in Chinese or English; at most 500 characters.
    /// 仅列含有这些内容的需求，中英文均可；最多 500 个字符。
    text: Option<String>,
}

fn invalid(argument: &str, zh: &str, en: &str) -> Fault {
    Fault::new(Code::InvalidArgument, format!("`{argument}`：{zh}"), format!("`{argument}`: {en}"))
}

impl PartnerRequestFilter {
    /// The filter; nothing for the profile of an id that is none.
    fn read(self, library: &Arc<Library>) -> Result<Option<RequestFilter>, Fault> {
        let direction = match self.direction {
            Some(key) => Some(direction_of(library, self.guide.as_deref(), &key)?),
            None => None,
        };
        if self.text.as_ref().is_some_and(|text| text.chars().count() > TEXT_AT_MOST) {
            let (zh, en) = (format!("最多 {TEXT_AT_MOST} 个字符"), format!("at most {TEXT_AT_MOST} characters"));
            return Err(invalid("text", &zh, &en));
        }
        let country = |CountryCode(code): CountryCode| {
            let shown: String = code.chars().take(20).collect();
            eligibility::place::Country::parse(&code).ok_or_else(|| {
                let en = format!("`{shown}` is not an ISO 3166-1 alpha-2 code such as `NZ`");
                invalid("countries", &format!("`{shown}` 不是 ISO 3166-1 两位代码，如 `NZ`"), &en)
            })
        };
        let countries = self.countries.map(|codes| {
            if codes.len() > COUNTRIES_AT_MOST {
                let (zh, en) = (format!("最多 {COUNTRIES_AT_MOST} 个"), format!("at most {COUNTRIES_AT_MOST}"));
                return Err(invalid("countries", &zh, &en));
            }
            codes.into_iter().map(country).collect::<Result<Vec<_>, _>>()
        });
        let profile = match self.profile.as_ref().map(profile_of).transpose() {
            Ok(profile) => profile,
            Err(_) => return Ok(None),
        };
        Ok(Some(RequestFilter {
            profile,
            direction,
            role: self.role.map(Into::into),
            countries: countries.transpose()?,
            text: self.text.filter(|text| !text.trim().is_empty()),
        }))
    }
}

#[derive(Default)]
pub(crate) struct RequestQuery;

#[Object]
impl RequestQuery {
    /// Requests for partners that are shown to everybody, the newest first. Words are found in Chinese and English.
    /// 公开的合作需求，新者在前；支持中英文检索。
    #[graphql(complexity = "20 + connection::price(first, child_complexity)", cache_control(no_cache))]
    async fn partner_requests(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which requests.\n筛选条件。")] filter: Option<PartnerRequestFilter>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<PartnerRequestConnection> {
        let directory = directory(context)?;
        let size = connection::size(first)?;
        let after = place(after.as_deref())?;
        let all = match filter.unwrap_or_default().read(directory.library())? {
            Some(filter) => {
                let board = partners::board(platform(context)?).await.map_err(|error| refused(error.into()))?;
                board.find(directory.lexicon(), &filter)
            }
            None => Vec::new(),
        };
        let of = |request: &PublishedRequest| (request.published_at, request.id);
        let total_count = all.len();
        let skip = after.map_or(0, |place| all.iter().take_while(|request| of(request) >= place).count());
        let requests: Vec<_> = all.into_iter().skip(skip).take(size).collect();
        let cursor =
            |request: &PublishedRequest| URL_SAFE_NO_PAD.encode(format!("{}:{}", request.published_at, request.id));
        let page_info = PageInfo::new(
            skip > 0,
            skip + requests.len() < total_count,
            requests.first().map(|request| cursor(request)),
            requests.last().map(|request| cursor(request)),
        );
        let edge = |request: &Arc<PublishedRequest>| PartnerRequestEdge {
            cursor: cursor(request),
            node: PartnerRequestObject::new(directory, Arc::clone(request)),
        };
        let edges = requests.iter().map(edge).collect();
        let nodes = requests.into_iter().map(|request| PartnerRequestObject::new(directory, request)).collect();
        Ok(PartnerRequestConnection { edges, nodes, page_info, total_count })
    }

    /// The requests for partners of a profile, the newest first, whatever became of them; null for whoever may not see them.
    /// Needs: a member of the profile, or a moderator with a second factor.
    /// 一份资料的全部合作需求（含未发布和已结束的），新者在前；无权查看者得到 null。
    /// 权限：资料成员，或审核员（须两步验证）。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(private))]
    async fn managed_partner_requests(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile.\n资料 ID。")] profile: ID,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<Option<ManagedPartnerRequestConnection>> {
        let size = u64::try_from(connection::size(first)?).unwrap_or_default();
        let before = place(after.as_deref())?.map(|(_, id)| id);
        let Ok(profile) = profile_of(&profile) else { return Ok(None) };
        let found = partners::requests_of(platform(context)?, actor(context)?, profile, before, size).await;
        let library = directory(context)?.library();
        Ok(seen(found)?.map(|page| ManagedPartnerRequestConnection::new(library, page, after.is_some())))
    }

    /// The requests for partners that wait for review, the one that has waited longest first.
    /// Needs: a moderator with a second factor.
    /// 待审核的合作需求，等待久者在前。
    /// 权限：审核员（须两步验证）。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(private))]
    async fn partner_requests_to_review(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<ManagedPartnerRequestConnection> {
        let size = u64::try_from(connection::size(first)?).unwrap_or_default();
        let place = place(after.as_deref())?;
        let found = partners::requests_to_review(platform(context)?, actor(context)?, place, size).await;
        let library = directory(context)?.library();
        Ok(ManagedPartnerRequestConnection::new(library, found.map_err(refused)?, after.is_some()))
    }
}

/// What a request for partners is to say. E-mail addresses, telephone numbers and accounts of messengers have no place in it:
/// contacts are exchanged once an expression of interest is accepted.
/// 合作需求的内容。公开文字中不得含电子邮箱、电话号码或即时通讯账号：联系方式在合作意向被接受后互相开放。
#[derive(InputObject)]
pub(crate) struct PartnerRequestContentInput {
    /// The direction: its key (`cn-asean`) or clause prefix (`2.2`). Either this or a topic is given.
    /// 方向：键（如 `cn-asean`）或条款编号前缀（如 `2.2`）。方向和主题至少填写一项。
    direction: Option<String>,
    /// The key of the call; the newest that has the direction, if left out.
    /// 指南的键；不填时取含有该方向的最新一份。
    guide: Option<String>,
    /// The key of one of the direction's topics, or a topic in free words; at most 200 characters.
    /// 方向下领域的键，或自拟主题；最多 200 个字符。
    topic: Option<String>,
    /// Its title, in Chinese or English; at most 200 characters.
    /// 标题（中文或英文），最多 200 个字符。
    title: String,
    /// What is offered; at most 2,000 characters.
    /// 可提供的条件，最多 2000 个字符。
    offers: String,
    /// What is sought; at most 2,000 characters.
    /// 所寻求的合作，最多 2000 个字符。
    seeks: String,
    /// The role of whoever is sought; any, if left out.
    /// 所寻求单位的角色；不填表示不限。
    role: Option<Role>,
    /// Where they should be from; anywhere, if left out.
    /// 所寻求单位的国家/地区；不填表示不限。
    countries: Option<Vec<CountryCode>>,
    /// The last day on which it is shown, from today to 400 days ahead.
    /// 展示的最后一天，自今日起 400 天以内。
    expires_on: Date,
}

impl From<PartnerRequestContentInput> for RequestDraft {
    fn from(input: PartnerRequestContentInput) -> Self {
        Self {
            guide: input.guide,
            direction: input.direction,
            topic: input.topic,
            title: input.title,
            offers: input.offers,
            seeks: input.seeks,
            role: input.role.map(Into::into),
            countries: input.countries.unwrap_or_default().into_iter().map(|CountryCode(code)| code).collect(),
            expires_on: input.expires_on.0,
        }
    }
}

/// A request for partners to be posted.
/// 发布合作需求。
#[derive(InputObject)]
pub(crate) struct PostPartnerRequestInput {
    /// The profile that posts it; it has to be published.
    /// 发布单位的资料 ID；资料须已公开。
    profile: ID,
    /// What it says.
    /// 内容。
    content: PartnerRequestContentInput,
}

/// A request for partners to be written anew.
/// 修改合作需求。
#[derive(InputObject)]
pub(crate) struct EditPartnerRequestInput {
    /// The request.
    /// 合作需求 ID。
    request: ID,
    /// The version that was edited.
    /// 所依据的版本序号。
    version: i32,
    /// What it says, all of it.
    /// 完整的新内容。
    content: PartnerRequestContentInput,
}

/// A request for partners to be closed.
/// 关闭合作需求。
#[derive(InputObject)]
pub(crate) struct ClosePartnerRequestInput {
    /// The request.
    /// 合作需求 ID。
    request: ID,
}

/// A decision on a request for partners.
/// 审核合作需求。
#[derive(InputObject)]
pub(crate) struct DecidePartnerRequestInput {
    /// The request.
    /// 合作需求 ID。
    request: ID,
    /// The version that the moderator has seen.
    /// 审核员所见的版本序号。
    version: i32,
    /// What is decided.
    /// 决定。
    decision: DecisionKind,
    /// Why, as its authors are told; needed unless it is approved. At most 2,000 characters.
    /// 给发布单位的说明；未批准时必填，最多 2000 个字符。
    reason: Option<String>,
}

payload! {
    /// What became of a request for partners that was to be posted.
    /// 发布合作需求的结果。
    PostPartnerRequestPayload {
        /// The request; null if it was refused.
        /// 合作需求；被拒绝时为 null。
        request: ManagedPartnerRequestObject
    }
}

payload! {
    /// What became of a request for partners that was to be written anew.
    /// 修改合作需求的结果。
    EditPartnerRequestPayload {
        /// The request now, also where it was refused for a newer version; else null if it was refused.
        /// 合作需求现状；因已有更新的版本而被拒绝时亦返回，其他被拒绝情形为 null。
        request: ManagedPartnerRequestObject
    }
}

payload! {
    /// What became of a request for partners that was to be closed.
    /// 关闭合作需求的结果。
    ClosePartnerRequestPayload {
        /// The request now; null if it was refused.
        /// 合作需求现状；被拒绝时为 null。
        request: ManagedPartnerRequestObject
    }
}

payload! {
    /// What became of a decision on a request for partners.
    /// 审核合作需求的结果。
    DecidePartnerRequestPayload {
        /// The request now, also where it was refused for a newer version; else null if it was refused.
        /// 合作需求现状；因已有更新的版本而被拒绝时亦返回，其他被拒绝情形为 null。
        request: ManagedPartnerRequestObject
    }
}

/// The request of a global id, as mutations take it.
fn request_of(id: &ID) -> Result<RequestId, Refusal> {
    let parts = node::parts(id).map_err(|_| Refusal::not_found("request"))?;
    let is_request = matches!(parts.0.as_str(), "PartnerRequest" | "ManagedPartnerRequest");
    let key = parts.1.parse().ok().filter(|_| is_request);
    key.ok_or_else(|| Refusal::not_found("request"))
}

/// The request after a change; where it was refused for a newer version, that.
async fn changed<P>(
    context: &Context<'_>,
    id: Result<RequestId, Refusal>,
    result: Result<(), Refusal>,
) -> async_graphql::Result<P>
where
    P: From<(Option<ManagedPartnerRequestObject>, Vec<UserError>)>,
{
    let is_conflict = |errors: &[service::UserError]| errors.iter().any(|error| error.code == UserErrorCode::Conflict);
    let (is_shown, errors) = match result {
        Ok(()) => (true, Vec::new()),
        Err(Refusal::Invalid(errors)) => (is_conflict(&errors), errors),
        Err(Refusal::NotFound) => match Refusal::not_found("request") {
            Refusal::Invalid(errors) => (false, errors),
            _ => (false, Vec::new()),
        },
        Err(refusal) => return Err(refused(refusal)),
    };
    let request = match id {
        Ok(id) if is_shown => ManagedPartnerRequestObject::find_key(context, &id.to_string()).await?,
        _ => None,
    };
    Ok((request, errors.into_iter().map(UserError::from).collect()).into())
}

#[derive(Default)]
pub(crate) struct RequestMutation;

#[Object]
impl RequestMutation {
    /// Posts a request for partners. It is shown once a moderator has approved it. A profile has at most 20 at a time.
    /// Needs: an editor or owner of the profile.
    /// 发布合作需求，经审核员批准后公开。每份资料同时最多 20 条。
    /// 权限：资料的编辑或所有者。
    async fn post_partner_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The request.\n合作需求。")] input: PostPartnerRequestInput,
    ) -> async_graphql::Result<PostPartnerRequestPayload> {
        let profile: Result<ProfileId, Refusal> = profile_of(&input.profile);
        let result = match profile {
            Ok(profile) => {
                partners::post_request(platform(context)?, actor(context)?, profile, input.content.into()).await
            }
            Err(refusal) => Err(refusal),
        };
        let (id, result) = match result {
            Ok(id) => (Ok(id), Ok(())),
            Err(refusal) => (Err(Refusal::NotFound), Err(refusal)),
        };
        changed(context, id, result).await
    }

    /// Writes a request for partners anew. What was approved stays shown while the new content waits for review.
    /// Needs: an editor or owner of the profile.
    /// 修改合作需求；新内容待审核期间，原已批准的内容继续展示。
    /// 权限：资料的编辑或所有者。
    async fn edit_partner_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The change.\n修改。")] input: EditPartnerRequestInput,
    ) -> async_graphql::Result<EditPartnerRequestPayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let result = match request_of(&input.request) {
            Ok(id) => partners::edit_request(platform, actor, id, input.version, input.content.into()).await,
            Err(refusal) => Err(refusal),
        };
        changed(context, request_of(&input.request), result).await
    }

    /// Takes a request for partners off the list for good.
    /// Needs: an editor or owner of the profile.
    /// 关闭合作需求，不再展示，不可恢复。
    /// 权限：资料的编辑或所有者。
    async fn close_partner_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The request.\n合作需求。")] input: ClosePartnerRequestInput,
    ) -> async_graphql::Result<ClosePartnerRequestPayload> {
        let result = match request_of(&input.request) {
            Ok(id) => partners::close_request(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        changed(context, request_of(&input.request), result).await
    }

    /// Decides on a request for partners that waits for review. Refusing it takes also what was approved of it before off the list,
    /// for good.
    /// Needs: a moderator with a second factor who never was a member of the profile.
    /// 审核待处理的合作需求。拒绝后，此前已批准的内容也不再展示，且不可恢复。
    /// 权限：从未参与该资料的审核员（须两步验证）。
    async fn decide_partner_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision.\n决定。")] input: DecidePartnerRequestInput,
    ) -> async_graphql::Result<DecidePartnerRequestPayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let result = match request_of(&input.request) {
            Ok(id) => {
                let decision = input.decision.into();
                partners::decide_request(platform, actor, id, input.version, decision, input.reason).await
            }
            Err(refusal) => Err(refusal),
        };
        changed(context, request_of(&input.request), result).await
    }
}
