//! Consortia that are being planned, as their members and those who are invited see them.

mod comments;
mod edit;
mod history;
mod live;
mod members;
mod overlaps;
mod report;
mod signed;
mod what_if;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, MergedObject, Object, SimpleObject, Value};
use eligibility::Localized;
use eligibility::date::timestamp;
use profile::{ProfileId, Stated};
use service::consortia::{self, Entry, Leader, Shown, Side, SideFile, Status as ServiceStatus};
use service::policy::ConsortiumRole as ServiceRole;
use service::{CommentId, ConsortiumId, Refusal, UserErrorCode};

use self::comments::CommentMutation;
pub(crate) use self::comments::ConsortiumCommentObject;
use self::edit::EditMutation;
pub(crate) use self::history::ConsortiumVersionObject;
pub(crate) use self::live::ConsortiumSubscription;
pub(crate) use self::members::ConsortiumInvitationObject;
use self::members::MembershipMutation;
pub(crate) use self::overlaps::OverlapObject;
use self::overlaps::OverlapQuery;
use self::report::ConsortiumReport;
pub(crate) use self::signed::SignedReportObject;
use self::signed::{SignedReportMutation, SignedReportQuery};
use self::what_if::{DirectionFit, WhatIfInput, WhatIfResult};
use super::caller::{actor, platform, refused, seen};
use super::connection::{self, Page, PageInfo, connection, invalid_cursor};
use super::direction::DirectionObject;
use super::fact::FactObject;
use super::manage::{EvidenceObject, MemberRole, key_of, profile_of};
use super::node;
use super::profile::ProfileObject;
use super::scalars::{Date, DateTime, FactValue};
use super::text::LocalizedText;
use super::user_error::UserError;

/// A side of a consortium.
/// 联合体的一方。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "Side", name = "ConsortiumSide")]
pub(crate) enum SideOf {
    /// The Chinese (mainland) side.
    /// 中方（内地）。
    Chinese,
    /// The partner side.
    /// 合作方。
    Partner,
}

impl From<eligibility::Side> for SideOf {
    fn from(side: eligibility::Side) -> Self {
        match side {
            eligibility::Side::Chinese => Self::Chinese,
            eligibility::Side::Partner => Self::Partner,
        }
    }
}

/// Where a consortium stands.
/// 联合体的状态。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceStatus", name = "ConsortiumStatus")]
pub(crate) enum StatusOf {
    /// It is being planned.
    /// 筹建中。
    Open,
    /// It was put away.
    /// 已归档。
    Archived,
}

/// What an institution is to a consortium.
/// 单位在联合体中的角色。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceRole", name = "ConsortiumRole")]
pub(crate) enum RoleOf {
    /// It was asked to join.
    /// 受邀单位。
    Invited,
    /// It is a member.
    /// 成员单位。
    Member,
    /// It leads its side.
    /// 本方牵头单位。
    SideLead,
    /// It manages the consortium: it leads the Chinese side, or, while that has no lead, the partner side.
    /// 联合体牵头单位：中方牵头单位；中方尚无牵头单位时为合作方牵头单位。
    Coordinator,
}

/// What the caller's institution is to a consortium.
/// 调用者所在单位在联合体中的角色。
#[derive(SimpleObject)]
pub(crate) struct ConsortiumOwnRole {
    /// The institution.
    /// 单位的资料 ID。
    profile_id: ID,
    /// What it is to the consortium.
    /// 单位在联合体中的角色。
    role: RoleOf,
    /// What the caller may do for it.
    /// 调用者在该单位资料中的角色。
    profile_role: MemberRole,
}

/// A member of a consortium.
/// 联合体成员单位。
#[derive(SimpleObject)]
pub(crate) struct ConsortiumMember {
    /// Its id in the consortium, for mutations.
    /// 成员 ID（用于操作）。
    member_id: ID,
    /// The id of its profile.
    /// 资料 ID。
    profile_id: ID,
    /// What it is called.
    /// 名称。
    name: LocalizedText,
    /// The side it is on.
    /// 所属方。
    side: SideOf,
    /// Whether it leads its side.
    /// 是否为本方牵头单位。
    is_lead: bool,
    /// Since when it is a member.
    /// 加入时间。
    since: DateTime,
    /// Whether everybody sees its profile. While it is suspended or archived its facts count as unknown.
    /// 其资料是否公开可见；暂停展示或归档期间，其事实视为未知。
    is_listed: bool,
    /// Its profile; null while it is not listed.
    /// 公开的资料；未列出时为 null。
    profile: Option<ProfileObject>,
}

/// An invitation to a consortium that waits for an answer, as members see it.
/// 待答复的联合体邀请（成员所见）。
#[derive(SimpleObject)]
pub(crate) struct ConsortiumOpenInvitation {
    /// Its id, for mutations.
    /// 邀请 ID（用于操作）。
    invitation_id: ID,
    /// The id of the profile that is invited.
    /// 受邀单位的资料 ID。
    profile_id: ID,
    /// What the institution is called.
    /// 受邀单位名称。
    name: LocalizedText,
    /// The side it would be on.
    /// 拟加入哪一方。
    side: SideOf,
    /// Whether it would lead that side.
    /// 是否拟为该方牵头单位。
    is_lead: bool,
    /// What the invitation says; null for members that lead no side.
    /// 邀请说明；非牵头单位为 null。
    message: Option<String>,
    /// Who invited; null once the account is deleted.
    /// 邀请人；账户已删除时为 null。
    invited_by: Option<String>,
    /// When it was sent.
    /// 发出时间。
    invited_at: DateTime,
    /// Until when it can be answered.
    /// 答复期限。
    expires_at: DateTime,
}

/// A fact of the project, and who entered it.
/// 项目事实及其填写者。
#[derive(SimpleObject)]
pub(crate) struct ConsortiumFact {
    /// The fact.
    /// 事实。
    fact: FactObject,
    /// What is stated; null where it is hidden.
    /// 取值；保密时为 null。
    value: Option<FactValue>,
    /// How it reads; null where it is hidden.
    /// 取值的文字表述；保密时为 null。
    text: Option<LocalizedText>,
    /// Whether the caller does not see what is stated.
    /// 调用者是否无权查看其取值。
    is_hidden: bool,
    /// Whether only the institution it was entered for, and the lead of that one's side, see what is stated.
    /// 是否保密（仅填写单位及其所属方牵头单位可见）。
    confidential: bool,
    /// The id of the profile it was entered for.
    /// 填写单位的资料 ID。
    profile_id: ID,
    /// What that institution is called.
    /// 填写单位名称。
    name: LocalizedText,
    /// Who entered it; null once the account is deleted.
    /// 填写人；账户已删除时为 null。
    entered_by: Option<String>,
    /// When.
    /// 填写时间。
    entered_at: DateTime,
    /// Whether there is a file that proves it; null where it is hidden.
    /// 是否附有证明材料；保密时为 null。
    has_evidence: Option<bool>,
}

/// The person who leads the project on one side.
/// 一方的项目负责人。
#[derive(SimpleObject)]
pub(crate) struct ConsortiumLeader {
    /// The person's name.
    /// 姓名。
    name: String,
    /// The person's ORCID iD.
    /// ORCID iD。
    orcid: Option<String>,
}

impl ConsortiumLeader {
    fn of(leader: &Leader) -> Self {
        Self { name: leader.name.clone(), orcid: leader.orcid.as_ref().map(|orcid| orcid.value().to_owned()) }
    }
}

/// What the application of one side says.
/// 一方申报书的内容。
#[derive(SimpleObject)]
pub(crate) struct ConsortiumFile {
    /// The side.
    /// 所属方。
    side: SideOf,
    /// The title, in Chinese.
    /// 中文题目。
    title: Option<String>,
    /// The title, in English.
    /// 英文题目。
    title_en: Option<String>,
    /// The institutions that it names; null if that is not entered.
    /// 参与单位（按其写法）；未填写时为 null。
    participants: Option<Vec<String>>,
    /// The person whom it names as leader on the Chinese side.
    /// 申报书所列中方项目负责人。
    chinese_leader: Option<ConsortiumLeader>,
    /// The person whom it names as leader on the partner side.
    /// 申报书所列合作方项目负责人。
    partner_leader: Option<ConsortiumLeader>,
    /// The day on which the project begins.
    /// 项目起始日期。
    begins_on: Option<Date>,
    /// How many months it takes.
    /// 项目周期（月）。
    months: Option<u32>,
    /// Who entered it last; null once the account is deleted.
    /// 最近填写人；账户已删除时为 null。
    entered_by: Option<String>,
    /// When.
    /// 最近填写时间。
    entered_at: DateTime,
}

/// A consortium that is being planned, as one of its members sees it.
/// 筹建中的联合体（成员单位所见）。
#[derive(Clone)]
pub(crate) struct ConsortiumObject {
    /// The consortium and what is hidden of it.
    pub(crate) shown: Arc<Shown>,
}

/// A value as callers write it: institutions by the ids that they know them by.
pub(crate) fn fact_value(stated: &Stated) -> FactValue {
    FactValue(match stated {
        Stated::Bool(value) => (*value).into(),
        Stated::Text(text) => match text.parse::<i64>() {
            Ok(number) if number.to_string() == *text => number.into(),
            _ => text.as_str().into(),
        },
        Stated::List(items) => {
            let item = |item: &String| match item.parse::<ProfileId>() {
                Ok(profile) => Value::String(node::id("Profile", &profile.to_string()).0),
                Err(_) => Value::String(item.clone()),
            };
            Value::List(items.iter().map(item).collect())
        }
    })
}

/// How a value reads, institutions by their names.
pub(crate) fn fact_text(
    library: &eligibility::Library,
    direction: Option<eligibility::DirectionId>,
    fact: &str,
    stated: &Stated,
    name: &dyn Fn(ProfileId) -> Option<Localized>,
) -> Localized {
    let Stated::List(items) = stated else { return consortia::shown_value(library, direction, fact, stated) };
    let named = |lang: fn(Localized) -> String| {
        let items = items.iter().map(|item| item.parse().ok().and_then(name).map_or_else(|| item.clone(), lang));
        Stated::List(items.collect())
    };
    let (zh, en) = (named(|name| name.zh), named(|name| name.en));
    let (zh, en) =
        (consortia::shown_value(library, direction, fact, &zh), consortia::shown_value(library, direction, fact, &en));
    Localized::new(zh.zh, en.en)
}

impl ConsortiumObject {
    pub(crate) fn new(shown: Shown) -> Self {
        Self { shown: Arc::new(shown) }
    }

    /// The consortium of an id; nothing for whoever may not see it.
    pub(crate) async fn find(context: &Context<'_>, id: ConsortiumId) -> async_graphql::Result<Option<Self>> {
        match consortia::shown(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated | Refusal::Forbidden(_)) => Ok(None),
            other => Ok(seen(other)?.map(Self::new)),
        }
    }

    /// The consortium of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        match key.parse() {
            Ok(id) => Self::find(context, id).await,
            Err(_) => Ok(None),
        }
    }

    fn name_of(&self, profile: ProfileId) -> LocalizedText {
        self.shown.names.get(&profile).cloned().unwrap_or_default().into()
    }

    fn fact(&self, library: &Arc<eligibility::Library>, fact: &str, entry: &Entry) -> Option<ConsortiumFact> {
        let shown = &self.shown;
        let is_hidden = shown.hidden.project(fact);
        let direction = shown.loaded.direction(library);
        let name = |profile: ProfileId| shown.names.get(&profile).cloned();
        Some(ConsortiumFact {
            fact: FactObject::find(library, &format!("project.{fact}"))?,
            value: (!is_hidden).then(|| fact_value(&entry.value)),
            text: (!is_hidden).then(|| fact_text(library, direction, fact, &entry.value, &name).into()),
            is_hidden,
            confidential: entry.confidential,
            profile_id: node::id("Profile", &entry.profile.to_string()),
            name: self.name_of(entry.profile),
            entered_by: shown.people.get(&entry.account.0).cloned(),
            entered_at: DateTime(timestamp(entry.at)),
            has_evidence: (!is_hidden).then_some(entry.evidence.is_some()),
        })
    }

    fn file(&self, side: Side, file: &SideFile) -> ConsortiumFile {
        ConsortiumFile {
            side: side.into(),
            title: file.title.clone(),
            title_en: file.title_en.clone(),
            participants: file.participants.clone(),
            chinese_leader: file.chinese_leader.as_ref().map(ConsortiumLeader::of),
            partner_leader: file.partner_leader.as_ref().map(ConsortiumLeader::of),
            begins_on: file.begins_on.map(Into::into),
            months: file.months,
            entered_by: self.shown.people.get(&file.account.0).cloned(),
            entered_at: DateTime(timestamp(file.at)),
        }
    }
}

impl connection::Listed for ConsortiumObject {
    fn key(&self) -> String {
        self.shown.id().to_string()
    }
}

connection!(ConsortiumObject, ConsortiumConnection, ConsortiumEdge);
connection!(ConsortiumCommentObject, ConsortiumCommentConnection, ConsortiumCommentEdge);
connection!(ConsortiumVersionObject, ConsortiumVersionConnection, ConsortiumVersionEdge);

/// A page of a list that is read from a place on, with one item more than it shows where more follow.
fn page<T>(mut found: Vec<T>, size: usize, is_first: bool, total: u64, cursor: impl Fn(&T) -> String) -> Page<T> {
    let has_next = found.len() > size;
    found.truncate(size);
    let items: Vec<(String, T)> = found.into_iter().map(|item| (cursor(&item), item)).collect();
    let at = |item: Option<&(String, T)>| item.map(|(cursor, _)| cursor.clone());
    let page_info = PageInfo::new(!is_first, has_next, at(items.first()), at(items.last()));
    Page { items, page_info, total: usize::try_from(total).unwrap_or(usize::MAX) }
}

/// The cursor of a place in a list.
fn cursor(list: &str, key: impl std::fmt::Display) -> String {
    node::id(list, &key.to_string()).0
}

/// The place of a cursor that a list gave.
fn place<T: std::str::FromStr>(list: &str, cursor: Option<&String>) -> async_graphql::Result<Option<T>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let key = key_of::<T>(&ID(cursor.clone()), list, "after").map_err(|_| invalid_cursor())?;
    Ok(Some(key))
}

/// How many items a page shows, and how many are read for that.
fn sizes(first: Option<i32>) -> async_graphql::Result<(usize, u64)> {
    let size = connection::size(first)?;
    Ok((size, u64::try_from(size).unwrap_or_default() + 1))
}

/// A consortium that is being planned, as one of its members sees it.
/// 筹建中的联合体（成员单位所见）。
#[Object(name = "Consortium", cache_control(private))]
impl ConsortiumObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Consortium", &self.shown.id().to_string())
    }

    /// What its members call it.
    /// 名称。
    async fn name(&self) -> &str {
        &self.shown.loaded.row.name
    }

    /// The direction it is planned for; null if its call is no longer there.
    /// 所申报的方向；指南已不再提供时为 null。
    async fn direction(&self, context: &Context<'_>) -> async_graphql::Result<Option<DirectionObject>> {
        let row = &self.shown.loaded.row;
        let library = platform(context)?.directory().library();
        Ok(DirectionObject::find(library, &format!("{}/{}", row.guide, row.direction)))
    }

    /// Where it stands.
    /// 状态。
    async fn status(&self) -> StatusOf {
        self.shown.loaded.row.status.into()
    }

    /// The number of its newest version; an edit names it.
    /// 最新版本的序号；修改时须注明。
    async fn version(&self) -> i32 {
        self.shown.loaded.row.version
    }

    /// The day it is judged for; null for the call's own day.
    /// 检查所依据的日期；null 表示指南自身日期。
    async fn as_of(&self) -> Option<Date> {
        self.shown.loaded.content.as_of.map(Into::into)
    }

    /// What the caller's institutions are to it.
    /// 调用者所在单位的角色。
    async fn my_roles(&self) -> Vec<ConsortiumOwnRole> {
        let acting = self.shown.standing.acting.iter();
        acting
            .map(|(profile, role, profile_role)| ConsortiumOwnRole {
                profile_id: node::id("Profile", &profile.to_string()),
                role: (*role).into(),
                profile_role: (*profile_role).into(),
            })
            .collect()
    }

    /// Its members, the oldest first. A member whose profile is suspended or archived keeps its place.
    /// 成员单位，加入早者在前；资料被暂停展示或归档的成员保留其席位。
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn members(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ConsortiumMember>> {
        let directory = platform(context)?.directory();
        let loaded = &self.shown.loaded;
        let mut members = Vec::new();
        for seat in &loaded.seats {
            let profile = ProfileId(seat.profile_id);
            members.push(ConsortiumMember {
                member_id: node::id("ConsortiumMember", &seat.id.to_string()),
                profile_id: node::id("Profile", &profile.to_string()),
                name: self.name_of(profile),
                side: seat.side.into(),
                is_lead: seat.is_lead,
                since: DateTime(timestamp(seat.answered_at.unwrap_or(seat.invited_at))),
                is_listed: loaded.profiles.get(&profile).is_some_and(|found| found.is_listed),
                profile: ProfileObject::find_key(directory, &profile.to_string())?,
            });
        }
        Ok(members)
    }

    /// The invitations that wait for an answer, the oldest first.
    /// 待答复的邀请，早者在前。
    #[graphql(complexity = "5 + 2 * child_complexity")]
    async fn invitations(&self) -> Vec<ConsortiumOpenInvitation> {
        let shown = &self.shown;
        let invitation = shown.invited().map(|seat| ConsortiumOpenInvitation {
            invitation_id: node::id("ConsortiumInvitation", &seat.id.to_string()),
            profile_id: node::id("Profile", &seat.profile_id.to_string()),
            name: self.name_of(ProfileId(seat.profile_id)),
            side: seat.side.into(),
            is_lead: seat.is_lead,
            message: seat.message.clone().filter(|_| shown.is_lead()),
            invited_by: shown.people.get(&seat.invited_by).cloned(),
            invited_at: DateTime(timestamp(seat.invited_at)),
            expires_at: DateTime(timestamp(seat.expires_at)),
        });
        invitation.collect()
    }

    /// The facts of the project that are entered. Of one that is hidden the caller sees that it is there, who entered it and when.
    /// 已填写的项目事实；对调用者保密的，只显示有此事实及填写单位、填写人和时间。
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn facts(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ConsortiumFact>> {
        let library = platform(context)?.directory().library();
        let facts = self.shown.loaded.content.facts.iter();
        Ok(facts.filter_map(|(fact, entry)| self.fact(library, fact, entry)).collect())
    }

    /// What the applications of the two sides say, as far as that is entered.
    /// 双方申报书的内容（已填写者）。
    #[graphql(complexity = "2 + 2 * child_complexity")]
    async fn files(&self) -> Vec<ConsortiumFile> {
        let content = &self.shown.loaded.content;
        let of = |side| content.file(side).map(|file| self.file(side, file));
        [Side::Chinese, Side::Partner].into_iter().filter_map(of).collect()
    }

    /// What members say to each other, the newest first.
    /// 评论，新者在前。
    #[graphql(complexity = "connection::price(first, child_complexity)")]
    async fn comments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<ConsortiumCommentConnection> {
        let (size, read) = sizes(first)?;
        let before = place::<CommentId>("comments", after.as_ref())?;
        let (platform, actor) = (platform(context)?, actor(context)?);
        let (found, total) =
            consortia::comments(platform, actor, self.shown.id(), before, read).await.map_err(refused)?;
        let found = found.into_iter().map(ConsortiumCommentObject).collect();
        let page =
            page(found, size, before.is_none(), total, |it: &ConsortiumCommentObject| cursor("comments", it.key()));
        Ok(page.into())
    }

    /// What became of it, version by version, the newest first: what was entered, and who came and went.
    /// 版本历史，新者在前：填写内容及成员变动。
    #[graphql(complexity = "connection::price(first, child_complexity)")]
    async fn history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<ConsortiumVersionConnection> {
        let (size, read) = sizes(first)?;
        let before = place::<i32>("versions", after.as_ref())?;
        let (platform, actor) = (platform(context)?, actor(context)?);
        let found = consortia::versions(platform, actor, self.shown.id(), before, read).await.map_err(refused)?;
        let direction = self.shown.loaded.direction(platform.directory().library());
        let found = found.into_iter().map(|version| ConsortiumVersionObject::new(version, direction)).collect();
        let total = u64::try_from(self.shown.loaded.row.version).unwrap_or_default();
        let number = |it: &ConsortiumVersionObject| cursor("versions", it.number_of());
        Ok(page(found, size, before.is_none(), total, number).into())
    }

    /// What is found of it as it is planned now; null if its call is no longer there.
    /// 按当前方案得出的检查结果；指南已不再提供时为 null。
    #[graphql(complexity = "30 + child_complexity")]
    async fn report(&self, context: &Context<'_>) -> async_graphql::Result<Option<ConsortiumReport>> {
        report::of(context, &self.shown).await
    }

    /// How it would do with some changes, on another day or in another direction. Nothing is saved.
    /// 试算：变动成员或事实、换一天或换一个方向后的检查结果；不保存任何内容。
    #[graphql(complexity = "100 + child_complexity")]
    async fn what_if(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The changes.\n变动。")] input: WhatIfInput,
    ) -> async_graphql::Result<WhatIfResult> {
        what_if::what_if(context, &self.shown, input)
    }

    /// How the team and its project would do in each direction of the call, the best first.
    /// 该团队及项目在指南各方向的符合情况，最符合的在前。
    #[graphql(complexity = "400 + 14 * child_complexity")]
    async fn directions(&self, context: &Context<'_>) -> async_graphql::Result<Vec<DirectionFit>> {
        what_if::directions(context, &self.shown)
    }

    /// Its signed reports, the newest first; at most fifty.
    /// 签名报告，新者在前，最多 50 份。
    #[graphql(complexity = "50 + 50 * child_complexity")]
    async fn signed_reports(&self, context: &Context<'_>) -> async_graphql::Result<Vec<SignedReportObject>> {
        signed::of_consortium(context, self.shown.id()).await
    }

    /// When it was opened.
    /// 创建时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.shown.loaded.row.created_at))
    }

    /// When it was last changed.
    /// 最近修改时间。
    async fn changed_at(&self) -> DateTime {
        DateTime(timestamp(self.shown.loaded.row.changed_at))
    }
}

/// The consortium after a change; where it was refused for a newer version, that.
async fn changed(
    context: &Context<'_>,
    id: Option<ConsortiumId>,
    result: Result<ConsortiumId, Refusal>,
) -> async_graphql::Result<(Option<ConsortiumObject>, Vec<UserError>)> {
    let is_conflict = |errors: &[service::UserError]| errors.iter().any(|error| error.code == UserErrorCode::Conflict);
    let (shown, errors) = match result {
        Ok(id) => (Some(id), Vec::new()),
        Err(Refusal::Invalid(errors)) => (id.filter(|_| is_conflict(&errors)), errors),
        Err(Refusal::NotFound) => match Refusal::not_found("consortium") {
            Refusal::Invalid(errors) => (None, errors),
            _ => (None, Vec::new()),
        },
        Err(refusal) => return Err(refused(refusal)),
    };
    let shown = match shown {
        Some(id) => ConsortiumObject::find(context, id).await?,
        None => None,
    };
    Ok((shown, errors.into_iter().map(UserError::from).collect()))
}

/// The consortium of a global id, as mutations take it.
pub(crate) fn consortium_of(id: &ID) -> Result<ConsortiumId, Refusal> {
    key_of(id, "Consortium", "consortium")
}

/// An institution that is named, if one is.
fn named(profile: Option<&ID>) -> Result<Option<ProfileId>, Refusal> {
    profile.map(profile_of).transpose()
}

#[derive(Default)]
pub(crate) struct WorkspaceQuery;

#[Object]
impl WorkspaceQuery {
    /// A consortium; null for whoever is no member of one of its member institutions, moderators and administrators included.
    /// Needs: a member of the profile of a member institution of the consortium.
    /// 联合体；非成员单位的人（含审核员和管理员）得到 null。
    /// 权限：联合体成员单位资料成员。
    #[graphql(cache_control(private))]
    async fn consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id of the consortium.\n联合体 ID。")] id: ID,
    ) -> async_graphql::Result<Option<ConsortiumObject>> {
        let Ok(id) = consortium_of(&id) else { return Ok(None) };
        Ok(seen(consortia::shown(platform(context)?, actor(context)?, id).await)?.map(ConsortiumObject::new))
    }

    /// The consortia that an institution is a member of, the newest first.
    /// Needs: a member of the profile.
    /// 单位参加的联合体，新者在前。
    /// 权限：资料成员。
    #[graphql(complexity = "connection::price(first, child_complexity)", cache_control(private))]
    async fn consortia(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile of the institution.\n单位的资料 ID。")] profile: ID,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<Option<ConsortiumConnection>> {
        let (size, _) = sizes(first)?;
        let after = place::<ConsortiumId>("consortia", after.as_ref())?;
        let Ok(profile) = profile_of(&profile) else { return Ok(None) };
        let (platform, actor) = (platform(context)?, actor(context)?);
        let Some(all) = seen(consortia::mine(platform, actor, profile).await)? else { return Ok(None) };
        let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let mut found = Vec::new();
        for id in all.into_iter().filter(|id| after.is_none_or(|after| *id < after)).take(size + 1) {
            // One that was left since is left out.
            found.extend(seen(consortia::shown(platform, actor, id).await)?.map(ConsortiumObject::new));
        }
        let key = |it: &ConsortiumObject| cursor("consortia", it.shown.id());
        Ok(Some(page(found, size, after.is_none(), total, key).into()))
    }

    /// The invitations of an institution to consortia that wait for an answer, the newest first.
    /// Needs: a member of the profile.
    /// 单位收到的待答复的联合体邀请，新者在前。
    /// 权限：资料成员。
    #[graphql(complexity = "5 + 5 * child_complexity", cache_control(private))]
    async fn consortium_invitations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile of the institution.\n单位的资料 ID。")] profile: ID,
    ) -> async_graphql::Result<Option<Vec<ConsortiumInvitationObject>>> {
        let Ok(profile) = profile_of(&profile) else { return Ok(None) };
        let found = seen(consortia::invitations(platform(context)?, actor(context)?, profile).await)?;
        Ok(found.map(|found| found.into_iter().map(ConsortiumInvitationObject::new).collect()))
    }

    /// The file that proves a fact of the project, for those to whom the fact is not hidden.
    /// Needs: a member of the profile of a member institution of the consortium.
    /// 项目事实的证明材料；对调用者保密的事实得到 null。
    /// 权限：联合体成员单位资料成员。
    #[graphql(cache_control(private))]
    async fn consortium_evidence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consortium.\n联合体 ID。")] consortium: ID,
        #[graphql(
            desc = "The fact, such as `project.lab_agreement.signed_on`.\n事实，如 `project.lab_agreement.signed_on`。"
        )]
        fact: String,
    ) -> async_graphql::Result<Option<EvidenceObject>> {
        let Ok(id) = consortium_of(&consortium) else { return Ok(None) };
        let found = consortia::evidence(platform(context)?, actor(context)?, id, &fact).await;
        Ok(seen(found)?.map(EvidenceObject::new))
    }
}

/// What can be asked of consortia.
#[derive(Default, MergedObject)]
pub(crate) struct ConsortiumQuery(WorkspaceQuery, SignedReportQuery, OverlapQuery);

/// What can be changed of consortia.
#[derive(Default, MergedObject)]
pub(crate) struct ConsortiumMutation(MembershipMutation, EditMutation, CommentMutation, SignedReportMutation);
