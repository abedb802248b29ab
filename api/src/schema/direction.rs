//! Directions.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use eligibility::guide::{self, Direction, DirectionId, Guide, Named, Quota, Topic};
use eligibility::place::Country;
use eligibility::problem::not_allowed;
use eligibility::vocabulary::FactType;
use eligibility::{FactValue, Library, Localized, Member, Role, Verdict};

use crate::fault::{Code, Fault, shortened};
use crate::schema::connection::{Listed, Page, connection, price};
use crate::schema::guide::{Confidence, GuideObject};
use crate::schema::input::MemberKind;
use crate::schema::library;
use crate::schema::node;
use crate::schema::place::CountryObject;
use crate::schema::requirement::{Binds, DecidedBy, Modality, RequirementConnection, RequirementObject, Stage};
use crate::schema::scalars::{Cny, CountryCode, Date, Url};
use crate::schema::text::LocalizedText;

/// A direction of a call: the partners, fields, money and requirements of one kind of project.
/// 指南的一个方向：合作方、领域、经费和要求。
#[derive(Clone)]
pub(crate) struct DirectionObject {
    library: Arc<Library>,
    guide: Arc<Guide>,
    direction: Arc<Direction>,
    id: DirectionId,
}

connection!(DirectionObject, DirectionConnection, DirectionEdge);

impl Listed for DirectionObject {
    fn key(&self) -> String {
        format!("{}/{}", self.guide.id, self.direction.id)
    }
}

impl DirectionObject {
    pub(crate) fn of(library: &Arc<Library>, id: DirectionId) -> Option<Self> {
        let (guide, direction) = (library.guide_of(id)?, library.direction(id)?);
        Some(Self { library: Arc::clone(library), guide: Arc::clone(guide), direction: Arc::clone(direction), id })
    }

    /// The direction of a key such as `2023-second-batch/cn-nz`.
    pub(crate) fn find(library: &Arc<Library>, key: &str) -> Option<Self> {
        let (guide, direction) = key.split_once('/')?;
        Self::of(library, library.find_direction(Some(guide), direction)?)
    }

    pub(crate) fn of_guide(library: &Arc<Library>, guide: &str) -> Vec<Self> {
        let of = library.directions().filter(|(_, of, _)| of.id == guide);
        of.filter_map(|(id, _, _)| Self::of(library, id)).collect()
    }

    /// The verdicts on a partner from each country or region, by its country alone.
    fn open_to(&self, country: Country) -> bool {
        let member = placed(&self.library, country);
        self.library.check_institution(&member, None).iter().any(|report| {
            report.direction == self.id && report.role == Role::Partner && report.verdict != Verdict::Ineligible
        })
    }
}

/// An institution of which only the country or region is known.
fn placed(library: &Library, country: Country) -> Member {
    let mut member = Member::default();
    if let Some((fact, _)) = library.vocabulary.find("member.country") {
        member.facts.set(fact.slot, Some(FactValue::Country(country)));
    }
    member
}

/// A direction of a call: the partners, fields, money and requirements of one kind of project.
/// 指南的一个方向：合作方、领域、经费和要求。
#[Object(name = "Direction")]
impl DirectionObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Direction", &self.key())
    }

    /// Its key within the call, such as `cn-nz`.
    /// 方向在指南内的键，如 `cn-nz`。
    #[graphql(name = "key")]
    async fn own_key(&self) -> &str {
        &self.direction.id
    }

    /// Its number as printed, such as `1.1`; two sections of a call may print the same one.
    /// 原文编号，如 `1.1`；不同部分可能重复。
    async fn number(&self) -> &str {
        &self.direction.number
    }

    /// The first part of its clause references, unique in the call, such as `HK1.1`.
    /// 条款编号前缀，在指南内唯一，如 `HK1.1`。
    async fn prefix(&self) -> &str {
        &self.direction.prefix
    }

    /// Its title.
    /// 标题。
    async fn title(&self) -> LocalizedText {
        LocalizedText::from(&self.direction.title)
    }

    /// The call it belongs to.
    /// 所属指南。
    async fn guide(&self) -> GuideObject {
        GuideObject::new(&self.library, &self.guide)
    }

    /// What it rests on.
    /// 依据。
    async fn basis(&self) -> Basis {
        let basis = &self.direction.basis;
        Basis {
            kind: if basis.commitment { BasisKind::Commitment } else { BasisKind::Agreement },
            documents: basis.documents.iter().map(LocalizedText::from).collect(),
        }
    }

    /// Who accepts applications on the Chinese side.
    /// 中方受理部门。
    async fn chinese_authority(&self) -> LocalizedText {
        LocalizedText::from(&self.direction.chinese_authority)
    }

    /// Who does on the partner side, where the text names it.
    /// 合作方受理部门（如原文载明）。
    async fn partner_authority(&self) -> Option<LocalizedText> {
        self.direction.partner_authority.as_ref().map(LocalizedText::from)
    }

    /// Fields and topics.
    /// 领域方向。
    #[graphql(complexity = "1 + 8 * child_complexity")]
    async fn topics(&self) -> Topics {
        let topics = &self.direction.topics;
        Topics {
            list: topics.list.into(),
            level: topics.level.into(),
            items: topics.items.iter().map(TopicObject::from).collect(),
            exclusions: named(&topics.exclusions),
        }
    }

    /// How many projects are to be supported.
    /// 拟支持项目数。
    async fn quota(&self) -> QuotaObject {
        QuotaObject::from(&self.direction.quota)
    }

    /// State grant for all of its projects, in whole CNY.
    /// 国拨经费总概算（元）。
    async fn budget(&self) -> Cny {
        Cny::from(self.direction.budget_cny)
    }

    /// The project period, where the direction states its own.
    /// 项目执行期（方向单独规定时）。
    async fn period(&self) -> Option<ProjectPeriod> {
        let period = self.direction.period.as_ref()?;
        Some(ProjectPeriod { min_months: period.min_months, max_months: period.max_months })
    }

    /// Whom to ask.
    /// 联系方式。
    async fn contacts(&self) -> Vec<ContactObject> {
        self.direction.contacts.iter().map(ContactObject::from).collect()
    }

    /// Templates to download.
    /// 可下载的模板。
    async fn templates(&self) -> Vec<TemplateObject> {
        let templates = self.direction.templates.iter();
        templates
            .map(|template| TemplateObject {
                name: LocalizedText::from(&template.name),
                url: Url(template.url.clone()),
            })
            .collect()
    }

    /// Every requirement that binds it: its own first, then the general ones.
    /// 约束本方向的全部要求：先列本方向的，后列总体的。
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    #[graphql(complexity = "price(first, child_complexity)")]
    async fn requirements(
        &self,
        #[graphql(desc = "Only those that bind so strongly.\n仅列这些约束程度的要求。")] modality: Option<
            Vec<Modality>,
        >,
        #[graphql(desc = "Only those of these stages.\n仅列这些环节的要求。")] stage: Option<Vec<Stage>>,
        #[graphql(desc = "Only those that bind these.\n仅列约束这些对象的要求。")] binds: Option<Vec<Binds>>,
        #[graphql(desc = "Only those decided so.\n仅列以这些方式判定的要求。")] decided_by: Option<Vec<DecidedBy>>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<RequirementConnection> {
        let fits = |requirement: &guide::Requirement| {
            modality.as_ref().is_none_or(|of| of.contains(&requirement.modality.into()))
                && stage.as_ref().is_none_or(|of| of.contains(&requirement.stage.into()))
                && binds.as_ref().is_none_or(|of| of.contains(&requirement.binds.into()))
                && decided_by.as_ref().is_none_or(|of| of.contains(&DecidedBy::from(&requirement.decision)))
        };
        let of = self.direction.requirements.iter().filter(|requirement| fits(requirement));
        let all = of.map(|requirement| RequirementObject::new(&self.library, &self.guide.id, requirement)).collect();
        Page::of(all, first, after.as_deref()).map(Into::into)
    }

    /// Countries and regions from which a partner may come, by the country alone, on the call's own day.
    /// 合作方可来自的国家和地区（按指南自身日期，仅依国别判断）。
    #[graphql(complexity = "50 + 60 * child_complexity")]
    async fn partner_countries(&self) -> Vec<CountryObject> {
        let countries = self.library.places.countries().iter().filter(|info| self.open_to(info.country));
        countries.filter_map(|info| CountryObject::find(&self.library, info.country.as_str())).collect()
    }

    /// The organisations that the call designates for it; null if it designates none.
    /// 指南为本方向指定的机构；没有时为 null。
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn designations(&self) -> Option<DesignationsObject> {
        let designations =
            self.guide.designations.as_ref().filter(|designations| designations.direction == self.direction.id)?;
        Some(DesignationsObject {
            note: LocalizedText::from(&designations.note),
            organisations: designations.organisations.iter().map(DesignatedOrganisation::from).collect(),
        })
    }
}

/// The kind of what a direction rests on.
/// 方向依据的类型。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum BasisKind {
    /// Agreements between governments or organisations.
    /// 政府间或机构间协议。
    Agreement,
    /// Diplomatic commitments and initiatives.
    /// 外交承诺和倡议。
    Commitment,
}

/// What a direction rests on.
/// 方向的依据。
#[derive(SimpleObject)]
pub(crate) struct Basis {
    /// Whether agreements or commitments.
    /// 协议或承诺。
    kind: BasisKind,
    /// The titles of the documents.
    /// 文件名称。
    documents: Vec<LocalizedText>,
}

/// How far a list of fields is closed.
/// 领域列举的封闭程度。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "guide::TopicList")]
pub(crate) enum TopicList {
    /// Only what is listed.
    /// 仅限所列领域。
    Closed,
    /// The list ends in 等 (“and others”): other fields are for a person to judge.
    /// 以“等”结尾：其他领域需人工判断。
    Open,
    /// Any field.
    /// 不限领域。
    Any,
}

/// The level at which a list of fields is closed.
/// 领域列举在哪一级封闭。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "guide::TopicLevel")]
pub(crate) enum TopicLevel {
    /// The fields.
    /// 领域。
    Topic,
    /// Their sub-topics.
    /// 子领域。
    Subtopic,
}

/// The fields of a direction.
/// 方向的领域。
#[derive(SimpleObject)]
pub(crate) struct Topics {
    /// How far the list is closed.
    /// 列举的封闭程度。
    list: TopicList,
    /// The level at which it is.
    /// 在哪一级封闭。
    level: TopicLevel,
    /// The fields; empty where any is welcome.
    /// 各领域；不限领域时为空。
    items: Vec<TopicObject>,
    /// What the direction does not support, whatever the field.
    /// 本方向不支持的内容（不论领域）。
    exclusions: Vec<NamedKey>,
}

/// A field of a direction.
/// 一个领域。
#[derive(SimpleObject)]
#[graphql(name = "Topic")]
pub(crate) struct TopicObject {
    /// Its key: what the topic of a project names.
    /// 键，即项目 `topic` 的取值。
    key: String,
    /// Its name.
    /// 名称。
    name: LocalizedText,
    /// The sub-topics it consists of.
    /// 所含子领域。
    subtopics: Vec<NamedKey>,
    /// What it is mainly about.
    /// 重点关注的内容。
    focus: Vec<NamedKey>,
    /// What is not supported within it.
    /// 该领域内不支持的内容。
    exclusions: Vec<NamedKey>,
    /// Projects to be supported in it, where printed by field.
    /// 该领域拟支持项目数（如原文分领域载明）。
    quota: Option<QuotaObject>,
    /// State grant for it in whole CNY, where printed by field.
    /// 该领域国拨经费（元；如原文分领域载明）。
    budget: Option<Cny>,
}

impl From<&Topic> for TopicObject {
    fn from(topic: &Topic) -> Self {
        let Topic { key, name, subtopics, focus, exclusions, quota, budget_cny } = topic;
        Self {
            key: key.clone(),
            name: LocalizedText::from(name),
            subtopics: named(subtopics),
            focus: named(focus),
            exclusions: named(exclusions),
            quota: quota.as_ref().map(QuotaObject::from),
            budget: budget_cny.map(Cny::from),
        }
    }
}

/// Something with a key and a name: a sub-topic, a focus, an exclusion.
/// 带键和名称的条目：子领域、重点或不支持内容。
#[derive(SimpleObject)]
pub(crate) struct NamedKey {
    /// Its key.
    /// 键。
    key: String,
    /// Its name.
    /// 名称。
    name: LocalizedText,
}

fn named(list: &[Named]) -> Vec<NamedKey> {
    list.iter().map(|named| NamedKey { key: named.key.clone(), name: LocalizedText::from(&named.name) }).collect()
}

/// How exact a number of projects is.
/// 项目数的确切程度。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "guide::Bound")]
pub(crate) enum QuotaBound {
    /// So many.
    /// 确定数。
    Exact,
    /// About so many.
    /// 左右。
    About,
    /// Not more than so many.
    /// 不超过。
    AtMost,
}

/// How many projects are to be supported.
/// 拟支持项目数。
#[derive(SimpleObject)]
#[graphql(name = "Quota")]
pub(crate) struct QuotaObject {
    /// The number of projects.
    /// 项目数。
    projects: i64,
    /// How exact it is.
    /// 确切程度。
    bound: QuotaBound,
    /// In principle not more projects than this for one country; null: not stated.
    /// 原则上每个国别的项目数上限；null 表示未规定。
    per_country: Option<i64>,
}

impl From<&Quota> for QuotaObject {
    fn from(quota: &Quota) -> Self {
        Self { projects: quota.projects, bound: quota.bound.into(), per_country: quota.per_country }
    }
}

/// A project period, in months.
/// 项目执行期（月）。
#[derive(SimpleObject)]
pub(crate) struct ProjectPeriod {
    /// At least so many months; null: not stated.
    /// 最短月数；null 表示未规定。
    min_months: Option<i64>,
    /// At most so many months; null: not stated.
    /// 最长月数；null 表示未规定。
    max_months: Option<i64>,
}

/// Whom to ask about a direction.
/// 方向的联系方式。
#[derive(SimpleObject)]
#[graphql(name = "Contact")]
pub(crate) struct ContactObject {
    /// The organisation.
    /// 单位。
    organisation: LocalizedText,
    /// Its department.
    /// 部门。
    department: Option<LocalizedText>,
    /// The person, as printed.
    /// 联系人（按原文）。
    person: Option<String>,
    /// Mail addresses.
    /// 电子邮箱。
    emails: Vec<String>,
    /// Telephone numbers, as printed.
    /// 电话（按原文）。
    phones: Vec<String>,
    /// Pages.
    /// 网页。
    urls: Vec<Url>,
}

impl From<&guide::Contact> for ContactObject {
    fn from(contact: &guide::Contact) -> Self {
        let guide::Contact { organisation, department, person, emails, phones, urls } = contact;
        Self {
            organisation: LocalizedText::from(organisation),
            department: department.as_ref().map(LocalizedText::from),
            person: person.clone(),
            emails: emails.clone(),
            phones: phones.clone(),
            urls: urls.iter().cloned().map(Url).collect(),
        }
    }
}

/// A template to download.
/// 可下载的模板。
#[derive(SimpleObject)]
#[graphql(name = "Template")]
pub(crate) struct TemplateObject {
    /// What it is for.
    /// 名称。
    name: LocalizedText,
    /// Where it is.
    /// 网址。
    url: Url,
}

/// The organisations that a call designates.
/// 指南指定的机构。
#[derive(SimpleObject)]
#[graphql(name = "Designations")]
pub(crate) struct DesignationsObject {
    /// As of when, and how complete.
    /// 截止时间和完整程度。
    note: LocalizedText,
    /// The organisations.
    /// 各机构。
    organisations: Vec<DesignatedOrganisation>,
}

/// An organisation that a call designates.
/// 一个指定机构。
#[derive(SimpleObject)]
pub(crate) struct DesignatedOrganisation {
    /// Its key.
    /// 键。
    key: String,
    /// Its name.
    /// 名称。
    name: LocalizedText,
    /// Its acronym.
    /// 缩写。
    acronym: Option<String>,
    /// What it is designated as: a value of the fact that the direction asks for, such as `RD_CENTRE`.
    /// 指定身份，即方向所问事实的取值，如 `RD_CENTRE`。
    status: String,
    /// Its ROR id.
    /// ROR 标识。
    ror: Option<Url>,
    /// First day; null: not recorded.
    /// 起始日；null 表示未记载。
    #[graphql(name = "from")]
    since: Option<Date>,
    /// First day without it; null: none.
    /// 终止日（当日起不再是）；null 表示没有。
    until: Option<Date>,
    /// Where it is taken from.
    /// 来源。
    source: Url,
    /// How sure it is.
    /// 可信程度。
    confidence: Confidence,
}

impl From<&guide::Designation> for DesignatedOrganisation {
    fn from(designation: &guide::Designation) -> Self {
        let guide::Designation { key, name, acronym, status, ror, from, until, source, confidence } = designation;
        Self {
            key: key.clone(),
            name: LocalizedText::from(name),
            acronym: acronym.clone(),
            status: status.clone(),
            ror: ror.clone().map(Url),
            since: from.map(Date::from),
            until: until.map(Date::from),
            source: Url(source.clone()),
            confidence: (*confidence).into(),
        }
    }
}

/// Which directions are wanted; what is not given does not limit them.
/// 方向的筛选条件；未给出的不作限制。
#[derive(Default, InputObject)]
pub(crate) struct DirectionFilter {
    /// Only directions in which a partner may come from this country or region.
    /// 仅列合作方可来自该国家/地区的方向。
    partner_country: Option<CountryCode>,
    /// Only directions in which a partner may come from a member of this group, on the call's own day; a key of
    /// `countryGroups`, such as `asean`.
    /// 仅列合作方可来自该国家组成员（按指南自身日期）的方向；取值为 `countryGroups` 的键，如 `asean`。
    partner_group: Option<String>,
    /// Only directions with the topic of this key, or whose topics' names (Chinese or English) hold these words; directions
    /// open to any field are kept.
    /// 仅列含有该领域的方向，按键或中英文名称中的文字匹配；不限领域的方向一并保留。
    topic: Option<String>,
    /// Only directions in which an institution of this kind could take part on the Chinese side, as lead or participant.
    /// 仅列该类单位可作为中方牵头或参加单位的方向。
    own_kind: Option<MemberKind>,
    /// Only directions that an institution of this kind could lead on the Chinese side.
    /// 仅列该类单位可作为中方牵头单位的方向。
    lead_kind: Option<MemberKind>,
    /// Only directions of the call of this key, such as `2023-second-batch`.
    /// 仅列该指南的方向，取值为指南的键，如 `2023-second-batch`。
    guide: Option<String>,
}

impl DirectionFilter {
    /// The directions that meet it.
    fn of(&self, library: &Arc<Library>) -> async_graphql::Result<Vec<DirectionObject>> {
        let mut wanted: Vec<DirectionId> = library
            .directions()
            .filter(|(_, guide, _)| self.guide.as_ref().is_none_or(|key| guide.id == *key))
            .filter(|(_, _, direction)| self.topic.as_ref().is_none_or(|topic| has_topic(&direction.topics, topic)))
            .map(|(id, _, _)| id)
            .collect();
        if let Some(CountryCode(code)) = &self.partner_country {
            let country = Country::parse(code).ok_or_else(|| {
                Fault::new(
                    Code::InvalidArgument,
                    format!("`partnerCountry`：`{code}` 不是 ISO 3166-1 两位代码，如 `NZ`"),
                    format!("`partnerCountry`: `{code}` is not an ISO 3166-1 alpha-2 code such as `NZ`"),
                )
            })?;
            let open = roles(library, &placed(library, country), &[Role::Partner]);
            wanted.retain(|id| open.contains(id));
        }
        if let Some(key) = &self.partner_group {
            let (_, group) = library.places.find_group(key).ok_or_else(|| {
                let known: Vec<&str> = library.places.groups().iter().map(|group| group.key.as_str()).collect();
                Fault::new(
                    Code::InvalidArgument,
                    format!("`partnerGroup`：没有国家组 `{key}`；可用：{}", known.join("、")),
                    format!("`partnerGroup`: there is no group `{key}`; there are: {}", known.join(", ")),
                )
            })?;
            wanted.retain(|id| {
                let Some(day) = library.guide_of(*id).map(|guide| guide.as_of) else { return false };
                group.members_on(day).any(|place| {
                    let (eligibility::place::Place::Country(country)
                    | eligibility::place::Place::Subdivision(_, country)) = place;
                    roles(library, &placed(library, country), &[Role::Partner]).contains(id)
                })
            });
        }
        for (kind, as_roles) in
            [(self.own_kind, &[Role::Lead, Role::Participant][..]), (self.lead_kind, &[Role::Lead][..])]
        {
            let Some(kind) = kind else { continue };
            let mut member = Member::default();
            if let Some((fact, definition)) = library.vocabulary.find("member.kind")
                && let FactType::Choice(choices) = &definition.fact_type
            {
                let word = kind.word();
                let place = choices.iter().position(|choice| choice.value == word);
                member.facts.set(fact.slot, place.map(FactValue::Choice));
            }
            let open = roles(library, &member, as_roles);
            wanted.retain(|id| open.contains(id));
        }
        Ok(wanted.into_iter().filter_map(|id| DirectionObject::of(library, id)).collect())
    }
}

/// The directions in which an institution could take one of some roles, as far as is known of it.
fn roles(library: &Library, member: &Member, roles: &[Role]) -> Vec<DirectionId> {
    let reports = library.check_institution(member, None);
    let open = reports.iter().filter(|report| roles.contains(&report.role) && report.verdict != Verdict::Ineligible);
    open.map(|report| report.direction).collect()
}

fn has_topic(topics: &guide::Topics, wanted: &str) -> bool {
    let words = wanted.trim().to_lowercase();
    let names = |name: &eligibility::Localized| {
        name.zh.to_lowercase().contains(&words) || name.en.to_lowercase().contains(&words)
    };
    topics.list == guide::TopicList::Any
        || topics.items.iter().any(|topic| {
            let below = || topic.subtopics.iter().chain(&topic.focus);
            topic.key == wanted || names(&topic.name) || below().any(|named| named.key == wanted || names(&named.name))
        })
}

/// What is told of a direction that no call has.
pub(crate) fn unknown(library: &Library, guide: Option<&str>, key: &str) -> Fault {
    if let Some(guide) = guide.filter(|guide| library.find_guide(guide).is_none()) {
        let known: Vec<&str> = library.guides.iter().map(|guide| guide.id.as_str()).collect();
        let said = not_allowed(&Localized::new("指南", "guide"), &shortened(guide), &known);
        return Fault::of(Code::InvalidArgument, said);
    }
    Fault::of(Code::InvalidArgument, library.unknown_direction(&shortened(key)))
}

#[derive(Default)]
pub(crate) struct DirectionQuery;

#[Object]
impl DirectionQuery {
    /// The directions of all calls, in the order of their texts.
    /// 各指南的方向，按原文顺序。
    #[graphql(complexity = "price(first, child_complexity)")]
    async fn directions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which directions; all without it.\n筛选条件；不填时列出全部。")] filter: Option<
            DirectionFilter,
        >,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<DirectionConnection> {
        let all = filter.unwrap_or_default().of(library(context)?)?;
        Page::of(all, first, after.as_deref()).map(Into::into)
    }

    /// The direction of a key (`cn-nz`) or a clause prefix (`1.1`, `HK1.1`), of one call or of the newest that has it; null
    /// if there is none.
    /// 按键（`cn-nz`）或条款编号前缀（`1.1`、`HK1.1`）查找方向；未指定指南时取最新一份；不存在时为 null。
    async fn direction(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its key or clause prefix.\n方向的键或条款编号前缀。")] key: String,
        #[graphql(desc = "The key of the call.\n指南的键。")] guide: Option<String>,
    ) -> async_graphql::Result<Option<DirectionObject>> {
        let library = library(context)?;
        let id = library.find_direction(guide.as_deref(), &key);
        Ok(id.and_then(|id| DirectionObject::of(library, id)))
    }
}
