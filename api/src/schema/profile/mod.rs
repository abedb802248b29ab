//! Published profiles: what everybody may see of an institution.

mod content;
mod feed;
mod filter;
mod page;
mod queries;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use eligibility::Library;
use eligibility::date::timestamp;
use profile::{Assurance as ProfileAssurance, NameKind as ProfileNameKind, RegistryType as ProfileRegistryType};
use profile::{Identifier, Link, ProfileId, Relation as ProfileRelation, Scheme as ProfileScheme};
use search::QueryError;
use service::{Directory, Listing};

pub(crate) use self::content::{Contact, ContactInput, ProfileContent, ProfileInput, VerificationStamp, patch, stated};
pub(crate) use self::feed::{FeedQuery, ProfileChange};
pub(crate) use self::filter::ProfileFilter;
pub(crate) use self::queries::ProfileQuery;
use crate::fault::{Code, Fault};
use crate::schema::caller::{self, platform};
use crate::schema::connection::Listed;
use crate::schema::direction;
use crate::schema::fact::FactObject;
use crate::schema::input::MemberKind;
use crate::schema::institution::{ReportBasis, Role, RoleReportObject};
use crate::schema::node;
use crate::schema::partners::ResponseTime;
use crate::schema::place::CountryObject;
use crate::schema::report::Verdict;
use crate::schema::scalars::{DateTime, FactValue, PartialDate, SubdivisionCode, Url};
use crate::schema::text::LocalizedText;

/// Who vouches for a statement.
/// 内容的核实程度。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ProfileAssurance")]
pub(crate) enum Assurance {
    /// Taken from a public registry.
    /// 取自公开登记库。
    Imported,
    /// Declared by the institution itself.
    /// 单位自行申报。
    SelfDeclared,
    /// Verified by a moderator on evidence.
    /// 经审核员依据证明材料核实。
    Verified,
}

/// What kind of name a name is.
/// 名称的种类。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ProfileNameKind")]
pub(crate) enum NameKind {
    /// The name it goes by, in some language.
    /// 正式名称（某一语言）。
    Label,
    /// Another or former name.
    /// 别名或曾用名。
    Alias,
    /// An acronym or short form.
    /// 缩写或简称。
    Acronym,
}

/// A type of organisation as the Research Organization Registry has it; an institution can have several.
/// 研究机构登记库（ROR）中的机构类型；一家单位可有多种。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ProfileRegistryType")]
pub(crate) enum RegistryType {
    /// Universities and similar bodies that teach and do research.
    /// 高等学校等教育机构。
    Education,
    /// Funders of research.
    /// 科研资助机构。
    Funder,
    /// Hospitals and other places of medical care.
    /// 医疗机构。
    Healthcare,
    /// Companies.
    /// 公司。
    Company,
    /// Libraries, museums, archives.
    /// 图书馆、博物馆、档案馆。
    Archive,
    /// Non-profit and non-governmental organisations.
    /// 非营利、非政府组织。
    Nonprofit,
    /// Governmental bodies.
    /// 政府机构。
    Government,
    /// Specialised research institutes, laboratories and large facilities.
    /// 专门的研究所、实验室和大型设施。
    Facility,
    /// None of these.
    /// 其他。
    Other,
}

/// Who gives an identifier.
/// 标识符的颁发体系。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ProfileScheme")]
pub(crate) enum IdentifierScheme {
    /// Research Organization Registry.
    /// 研究机构登记库（ROR）。
    Ror,
    /// Unified social credit code of mainland China (GB 32100-2015).
    /// 统一社会信用代码（GB 32100-2015）。
    CreditCode,
    /// International Standard Name Identifier (ISO 27729).
    /// 国际标准名称标识符（ISO 27729）。
    Isni,
    /// Wikidata item.
    /// Wikidata 条目。
    Wikidata,
    /// Global Research Identifier Database, closed in 2021.
    /// GRID（2021 年停止更新）。
    Grid,
    /// Crossref Funder ID.
    /// Crossref 资助机构 ID。
    Fundref,
    /// ORCID iD of a person.
    /// 个人的 ORCID iD。
    Orcid,
}

/// How another organisation stands to an institution.
/// 另一机构与本单位的关系。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ProfileRelation")]
pub(crate) enum Relation {
    /// The other one is above it.
    /// 上级机构。
    Parent,
    /// The other one is below it.
    /// 下级机构。
    Child,
    /// The other one founded it, alone or with others.
    /// 创办机构。
    Founder,
    /// The other one works closely with it.
    /// 关联机构。
    Related,
    /// The other one took its place.
    /// 继任机构。
    Successor,
    /// It took the place of the other one.
    /// 前身机构。
    Predecessor,
}

/// A name of an institution.
/// 单位的一个名称。
#[derive(SimpleObject)]
pub(crate) struct ProfileName {
    /// The name.
    /// 名称。
    value: String,
    /// Its language, ISO 639-1; null if not known.
    /// 语言（ISO 639-1）；不详时为 null。
    lang: Option<String>,
    /// What kind of name it is.
    /// 种类。
    kind: NameKind,
    /// Who vouches for it.
    /// 核实程度。
    assurance: Assurance,
}

/// An identifier of an institution.
/// 单位的一个标识符。
#[derive(SimpleObject)]
pub(crate) struct ProfileIdentifier {
    /// Who gives it.
    /// 颁发体系。
    scheme: IdentifierScheme,
    /// Its normal form.
    /// 规范写法。
    value: String,
    /// Where its registry shows it; null where it has no page.
    /// 登记库中的网址；没有网页时为 null。
    url: Option<Url>,
    /// Who vouches for it.
    /// 核实程度。
    assurance: Assurance,
}

/// What is known of an institution, and who vouches for it.
/// 单位的一项已知事实及其核实程度。
#[derive(SimpleObject)]
pub(crate) struct ProfileFact {
    /// The fact.
    /// 事实。
    fact: FactObject,
    /// What is known.
    /// 取值。
    value: FactValue,
    /// Who vouches for it.
    /// 核实程度。
    assurance: Assurance,
}

/// A research field of the OECD's Fields of Research and Development (Frascati Manual 2015).
/// 经合组织研究与发展领域（《弗拉斯卡蒂手册》2015）中的一个领域。
#[derive(SimpleObject)]
pub(crate) struct ResearchField {
    /// Its code: `2`, `2.7`.
    /// 代码：`2`、`2.7`。
    code: String,
    /// What it is called.
    /// 名称。
    label: LocalizedText,
}

impl ResearchField {
    pub(crate) fn of(directory: &Directory, code: &str) -> Option<Self> {
        let (_, field) = directory.taxonomy().field(code)?;
        Some(Self { code: field.code.clone(), label: LocalizedText::from(&field.label) })
    }
}

/// Another organisation that an institution is linked to.
/// 与单位有关联的另一机构。
pub(crate) struct ProfileLink {
    link: Link,
}

/// Another organisation that an institution is linked to.
/// 与单位有关联的另一机构。
#[Object]
impl ProfileLink {
    /// How the other one stands to it.
    /// 关系。
    async fn relation(&self) -> Relation {
        self.link.relation.into()
    }

    /// What the other one is called.
    /// 对方名称。
    async fn name(&self) -> &str {
        &self.link.name
    }

    /// The ROR id of the other one, as an address.
    /// 对方的 ROR ID（网址）。
    async fn ror_id(&self) -> Option<Url> {
        (self.link.target.scheme() == ProfileScheme::Ror).then(|| self.link.target.url().map(Url))?
    }

    /// The profile of the other one; null if it has none.
    /// 对方的资料；没有时为 null。
    #[graphql(cache_control(max_age = 1))]
    async fn profile(&self, context: &Context<'_>) -> async_graphql::Result<Option<ProfileObject>> {
        ProfileObject::find_identifier(directory(context)?, &self.link.target)
    }
}

/// A published profile of an institution.
/// 一家单位的公开资料。
#[derive(Clone)]
pub(crate) struct ProfileObject {
    directory: Arc<Directory>,
    listing: Arc<Listing>,
}

impl Listed for ProfileObject {
    fn key(&self) -> String {
        self.listing.id.to_string()
    }
}

impl ProfileObject {
    pub(crate) fn new(directory: &Arc<Directory>, listing: Listing) -> Self {
        Self { directory: Arc::clone(directory), listing: Arc::new(listing) }
    }

    /// The profile of the key in a global id.
    pub(crate) fn find_key(directory: &Arc<Directory>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse::<ProfileId>() else { return Ok(None) };
        let listing = directory.listing(id).map_err(refused)?;
        Ok(listing.map(|listing| Self::new(directory, listing)))
    }

    /// The profile of a global id; nothing for the id of another object.
    pub(crate) fn find_id(directory: &Arc<Directory>, id: &ID) -> async_graphql::Result<Option<Self>> {
        let (kind, key) = node::parts(id)?;
        if kind == "Profile" { Self::find_key(directory, &key) } else { Ok(None) }
    }

    /// The profile with an identifier.
    pub(crate) fn find_identifier(
        directory: &Arc<Directory>,
        identifier: &Identifier,
    ) -> async_graphql::Result<Option<Self>> {
        let listing = directory.find(identifier).map_err(refused)?;
        Ok(listing.map(|listing| Self::new(directory, listing)))
    }

    fn library(&self) -> &Arc<Library> {
        self.directory.library()
    }

    /// Every role in every direction, by facts of a basis.
    fn roles(&self, basis: ReportBasis) -> Vec<RoleReportObject> {
        let library = self.library();
        let least = match basis {
            ReportBasis::Declared => ProfileAssurance::Imported,
            ReportBasis::Verified => ProfileAssurance::Verified,
        };
        // Facts of a vocabulary that is no longer loaded cannot be judged; the profile is shown all the same.
        let Ok(member) = profile::member(library, &self.listing.profile, least) else {
            return Vec::new();
        };
        RoleReportObject::all(library, Arc::new(member), None)
    }

    /// The facts that were not confirmed for too long, below `member.`.
    fn stale(&self, context: &Context<'_>) -> async_graphql::Result<Arc<[String]>> {
        let days = platform(context)?.settings().stale_after_days;
        let Listing { profile, confirmed_at, .. } = &*self.listing;
        let stale = profile::stale_facts(profile, *confirmed_at, service::now(), days);
        Ok(stale.into_iter().map(str::to_owned).collect())
    }

    /// Every role in every direction, and which stale facts that rests on.
    fn reports(
        &self,
        context: &Context<'_>,
        basis: Option<ReportBasis>,
    ) -> async_graphql::Result<Vec<RoleReportObject>> {
        let basis = basis.unwrap_or_default();
        Ok(RoleReportObject::of_profile(self.roles(basis), basis, &self.stale(context)?))
    }

    /// Its report in one role of one direction.
    pub(crate) fn role(
        &self,
        direction: eligibility::DirectionId,
        role: eligibility::Role,
    ) -> Option<RoleReportObject> {
        self.roles(ReportBasis::Declared).into_iter().find(|report| report.is_of(direction, role))
    }

    fn url_of(&self, scheme: ProfileScheme) -> Option<Url> {
        self.listing.profile.identifier(scheme).and_then(Identifier::url).map(Url)
    }
}

/// A published profile of an institution: what everybody may see of it.
/// 一家单位的公开资料：任何人均可查看的内容。
#[Object(name = "Profile", cache_control(max_age = 1))]
impl ProfileObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Profile", &self.listing.id.to_string())
    }

    /// The name to show it under: in each language its label there, or else the one its registry shows.
    /// 显示名称：各语言的正式名称；没有时取登记库的显示名称。
    async fn name(&self) -> LocalizedText {
        self.listing.profile.display_names().into()
    }

    /// All its names, the one its registry shows first.
    /// 全部名称，登记库的显示名称在前。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn names(&self) -> Vec<ProfileName> {
        content::names(&self.listing.profile)
    }

    /// Its ROR id, as an address; null if it has none.
    /// ROR ID（网址）；没有时为 null。
    async fn ror_id(&self) -> Option<Url> {
        self.url_of(ProfileScheme::Ror)
    }

    /// Its unified social credit code; null if it has none or it is not known.
    /// 统一社会信用代码；没有或不详时为 null。
    async fn credit_code(&self) -> Option<&str> {
        self.listing.profile.identifier(ProfileScheme::CreditCode).map(Identifier::value)
    }

    /// All its identifiers.
    /// 全部标识符。
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn identifiers(&self) -> Vec<ProfileIdentifier> {
        content::identifiers(&self.listing.profile)
    }

    /// The country or region where it is registered; null if not known.
    /// 注册国家/地区；不详时为 null。
    async fn country(&self) -> Option<CountryObject> {
        CountryObject::of(self.library(), self.listing.profile.country()?)
    }

    /// The subdivision it is in; null if not known.
    /// 所在行政区；不详时为 null。
    async fn subdivision(&self) -> Option<SubdivisionCode> {
        self.listing.profile.subdivision().map(|subdivision| SubdivisionCode(subdivision.as_str().to_owned()))
    }

    /// The town; null if not known.
    /// 所在城市；不详时为 null。
    async fn city(&self) -> Option<&str> {
        self.listing.profile.city.as_ref().map(|city| city.value.as_str())
    }

    /// What kind of institution it is, as requirements ask for it; null if not known.
    /// 单位类型（各项要求所用）；不详时为 null。
    async fn kind(&self) -> Option<MemberKind> {
        MemberKind::of_word(self.listing.profile.kind()?)
    }

    /// Its types in the Research Organization Registry; empty if it is not there.
    /// 在研究机构登记库（ROR）中的类型；未登记时为空。
    async fn registry_types(&self) -> Vec<RegistryType> {
        self.listing.profile.registry_types.iter().copied().map(RegistryType::from).collect()
    }

    /// When it was registered; of imported records, when it was founded. Null if not known.
    /// 注册日期；导入记录为成立时间。不详时为 null。
    async fn registered_on(&self) -> Option<PartialDate> {
        self.listing.profile.registered_on().map(|date| PartialDate(date.to_string()))
    }

    /// Whether it is an independent legal person; null if not known.
    /// 是否具有独立法人资格；不详时为 null。
    async fn independent_legal_person(&self) -> Option<bool> {
        self.listing.profile.legal_person()
    }

    /// What is known of it that requirements ask about. A fact that is not here is unknown.
    /// 各项要求所涉的已知事实；未列出的即为未知。
    #[graphql(complexity = "1 + 6 * child_complexity")]
    async fn facts(&self) -> Vec<ProfileFact> {
        content::facts(&self.directory, &self.listing.profile)
    }

    /// The research fields it names.
    /// 所填研究领域。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn fields(&self) -> Vec<ResearchField> {
        let fields = self.listing.profile.fields.iter();
        fields.filter_map(|field| ResearchField::of(&self.directory, &field.value)).collect()
    }

    /// Its keywords.
    /// 关键词。
    async fn keywords(&self) -> Vec<&str> {
        self.listing.profile.keywords.iter().map(|keyword| keyword.value.as_str()).collect()
    }

    /// Where it belongs and what became of it: parents, founders, predecessors and successors.
    /// 隶属与沿革：上级、创办、前身和继任机构。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn links(
        &self,
        #[graphql(desc = "Only those of these relations.\n仅列这些关系。")] relations: Option<Vec<Relation>>,
    ) -> Vec<ProfileLink> {
        let links = self.listing.profile.links.iter();
        let links = links.filter(|link| relations.as_ref().is_none_or(|of| of.contains(&link.relation.into())));
        links.map(|link| ProfileLink { link: link.clone() }).collect()
    }

    /// Domains of its e-mail addresses.
    /// 邮箱域名。
    async fn domains(&self) -> &[String] {
        &self.listing.profile.domains
    }

    /// Its web site; null if not known.
    /// 网站；不详时为 null。
    async fn website(&self) -> Option<Url> {
        self.listing.profile.website.as_ref().map(|website| Url(website.value.clone()))
    }

    /// What it offers to a joint project; null if it says nothing.
    /// 可为合作项目提供的条件；未填写时为 null。
    async fn offers(&self) -> Option<&str> {
        self.listing.profile.offers.as_ref().map(|offers| offers.value.as_str())
    }

    /// What it seeks in a partner; null if it says nothing.
    /// 对合作方的期望；未填写时为 null。
    async fn seeks(&self) -> Option<&str> {
        self.listing.profile.seeks.as_ref().map(|seeks| seeks.value.as_str())
    }

    /// The number of the published revision, from 1.
    /// 已发布版本的序号，自 1 起。
    async fn revision(&self) -> i32 {
        self.listing.revision
    }

    /// When it last changed.
    /// 最近变更时间。
    async fn changed_at(&self) -> DateTime {
        DateTime(timestamp(self.listing.changed_at))
    }

    /// Which roles it could take in which directions, on each call's own day, as far as that depends on itself.
    /// 可承担哪些方向的哪些角色（按各指南自身日期，仅就其自身条件而言）。
    #[graphql(complexity = "5 + 40 * child_complexity")]
    async fn directions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only these roles.\n仅列这些角色。")] roles: Option<Vec<Role>>,
        #[graphql(desc = "Only roles of these verdicts.\n仅列这些结论的角色。")] verdicts: Option<Vec<Verdict>>,
        #[graphql(
            desc = "Which facts are used; all that are declared, without it.\n依据的事实范围；默认为全部已申报的事实。"
        )]
        basis: Option<ReportBasis>,
    ) -> async_graphql::Result<Vec<RoleReportObject>> {
        Ok(RoleReportObject::only(self.reports(context, basis)?, roles.as_deref(), verdicts.as_deref()))
    }

    /// When its verified facts were verified, and until when that holds.
    /// 已核实事实的核实日期和有效期。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn verifications(&self) -> Vec<VerificationStamp> {
        VerificationStamp::all(&self.directory, &self.listing.profile)
    }

    /// When its owner last confirmed it; null where it has no owner who ever did.
    /// 所有者最近一次确认的时间；从未由所有者确认时为 null。
    async fn confirmed_at(&self) -> Option<DateTime> {
        self.listing.confirmed_at.map(|at| DateTime(timestamp(at)))
    }

    /// How it has answered expressions of interest over the last two years; null below three answers.
    /// 近两年答复合作意向的情况；答复不足三份时为 null。
    #[graphql(complexity = "10 + child_complexity", cache_control(no_cache))]
    async fn response_time(&self, context: &Context<'_>) -> async_graphql::Result<Option<ResponseTime>> {
        let answers = service::matching::answers(platform(context)?, self.listing.id).await;
        let answers = answers.map_err(|error| caller::refused(error.into()))?;
        Ok(answers.map(ResponseTime::from))
    }

    /// The declared facts that its owner has not confirmed for too long.
    /// 所有者久未确认、视为过期的自行申报事实。
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn stale_facts(&self, context: &Context<'_>) -> async_graphql::Result<Vec<FactObject>> {
        let stale = self.stale(context)?;
        Ok(stale.iter().filter_map(|name| FactObject::find(self.library(), &format!("member.{name}"))).collect())
    }
}

/// The directory, from a resolver's context.
pub(crate) fn directory<'c>(context: &Context<'c>) -> async_graphql::Result<&'c Arc<Directory>> {
    context.data::<Arc<Directory>>()
}

/// What is told of a question that the index does not answer.
fn refused(error: QueryError) -> async_graphql::Error {
    match &error {
        QueryError::TooLong => Fault::of(Code::InvalidArgument, error.message()).into(),
        QueryError::Cursor => Fault::of(Code::InvalidCursor, error.message()).into(),
        // Without a code, it is logged and told by an id.
        QueryError::Storage(_) => async_graphql::Error::new(error.to_string()),
    }
}

/// The direction of a key, or what is wrong with the key.
pub(crate) fn direction_of(
    library: &Arc<Library>,
    guide: Option<&str>,
    key: &str,
) -> Result<eligibility::DirectionId, Fault> {
    library.find_direction(guide, key).ok_or_else(|| direction::unknown(library, guide, key))
}
