//! Which profiles are wanted, and in which order.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject};
use eligibility::Library;
use eligibility::date::{day_after, years_before};
use eligibility::place::{Country, Place, Subdivision};
use eligibility::problem::not_allowed;
use eligibility::{Lang, Localized};
use profile::{ConceptId, Identifier, ProfileId, RolePossibility, Scheme};
use search::{By, Filter, Order, RoleFilter};
use service::{Directory, today};

use super::{Assurance, RegistryType, direction_of};
use crate::fault::{Code, Fault, shortened};
use crate::schema::input::MemberKind;
use crate::schema::institution::Role;
use crate::schema::node;
use crate::schema::scalars::{CountryCode, Date, SubdivisionCode};

/// Values of one list at most.
const VALUES_AT_MOST: usize = 300;

/// Which profiles are wanted. What is not given does not limit them; of a list, any value is enough; of several conditions, all
/// must hold; an empty list is met by none.
/// 单位的筛选条件。未给出的不作限制；列表中满足任一值即可；各条件须同时满足；空列表不匹配任何单位。
#[derive(Default, InputObject)]
pub(crate) struct ProfileFilter {
    /// Registered in one of these countries or regions.
    /// 注册于这些国家/地区之一。
    countries: Option<Vec<CountryCode>>,
    /// Registered in a place that belongs to one of these groups today; keys of `countryGroups`, such as `asean`.
    /// 注册地今日属于这些国家组之一；取值为 `countryGroups` 的键，如 `asean`。
    groups: Option<Vec<String>>,
    /// In one of these subdivisions.
    /// 位于这些行政区之一。
    subdivisions: Option<Vec<SubdivisionCode>>,
    /// Of one of these kinds.
    /// 属于这些单位类型之一。
    kinds: Option<Vec<MemberKind>>,
    /// With one of these types in the Research Organization Registry.
    /// 在研究机构登记库（ROR）中具有这些类型之一。
    registry_types: Option<Vec<RegistryType>>,
    /// By whether it is an independent legal person.
    /// 按独立法人资格筛选。
    independent_legal_person: Option<Vec<LegalPersonality>>,
    /// Certainly registered before this day.
    /// 确定在该日之前注册。
    registered_before: Option<Date>,
    /// Certainly registered for at least so many full years today; 0 to 1000.
    /// 至今日确定注册满若干年；0 至 1000。
    years_registered: Option<i32>,
    /// Active in one of these research fields or in one below, codes of the OECD such as `2` or `2.7`: it says so, or its names or
    /// keywords do.
    /// 从事这些研究领域（或其下级领域）之一，取值为经合组织领域代码，如 `2`、`2.7`；以单位自填或其名称、关键词为准。
    fields: Option<Vec<String>>,
    /// Working on one of these subjects, evident from its names or keywords: keys of topics of directions such as
    /// `renewable-energy`, or words for a subject in Chinese or English.
    /// 由其名称、关键词可看出从事这些主题之一：取值为方向所列领域的键（如 `renewable-energy`），或主题的中英文词语。
    topics: Option<Vec<String>>,
    /// With one of these identifiers, in any spelling: ROR id, unified social credit code, ISNI, Wikidata, GRID, Crossref Funder
    /// ID.
    /// 具有这些标识符之一，写法不限：ROR ID、统一社会信用代码、ISNI、Wikidata、GRID、Crossref 资助机构 ID。
    identifiers: Option<Vec<String>>,
    /// One of these profiles.
    /// 属于这些单位之一。
    ids: Option<Vec<ID>>,
    /// By who vouches for its country, kind and registration; the weakest of the three counts.
    /// 按其国家/地区、类型和注册信息的核实程度筛选，以三者中最低的为准。
    assurances: Option<Vec<Assurance>>,
    /// Able to take each of these roles, as far as that depends on itself.
    /// 就其自身条件而言，能够承担所列的每一角色。
    could_take: Option<Vec<RoleInput>>,
}

/// Whether a unit is an independent legal person.
/// 独立法人资格。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum LegalPersonality {
    /// It is.
    /// 具有。
    Yes,
    /// It is not.
    /// 不具有。
    No,
    /// That is not known.
    /// 不详。
    Unknown,
}

/// A role in a direction.
/// 某一方向的某一角色。
#[derive(InputObject)]
pub(crate) struct RoleInput {
    /// The direction: its key (`cn-nz`) or clause prefix (`1.1`, `HK1.1`).
    /// 方向：键（`cn-nz`）或条款编号前缀（`1.1`、`HK1.1`）。
    direction: String,
    /// The key of the call; the newest that has the direction, if left out.
    /// 指南的键；不填时取含有该方向的最新一份。
    guide: Option<String>,
    /// The role.
    /// 角色。
    role: Role,
    /// Only those known to be eligible; otherwise also those for which that depends on facts that are missing.
    /// 仅列已知符合条件的；否则也列取决于尚缺事实的。
    #[graphql(default)]
    certain: bool,
}

/// The order of profiles. Equal ones come in an order of their own that stays.
/// 单位的排列顺序；相同的按固定顺序排列。
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct ProfileOrder {
    /// By what.
    /// 依据。
    by: ProfileOrderBy,
    /// Whether the last come first; relevance knows only the best first.
    /// 是否倒序；相关度只有由高到低一种。
    #[graphql(default)]
    descending: bool,
}

/// What profiles are put in order by.
/// 单位的排序依据。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ProfileOrderBy {
    /// How well they answer the query, the best first; without a query, the best known first.
    /// 与查询的相关度，由高到低；没有查询词时知名者在前。
    Relevance,
    /// Their names in the language of the request (Accept-Language); Chinese by pinyin.
    /// 请求语言（Accept-Language）下的名称；中文按拼音。
    Name,
    /// Their country or region by code, then by name; those of which it is not known last.
    /// 国家/地区代码，其次名称；不详的在最后。
    Country,
    /// The first day on which they can have been registered; those of which nothing is known last.
    /// 可能的最早注册日；不详的在最后。
    RegisteredOn,
    /// When they last changed.
    /// 最近变更时间。
    ChangedAt,
}

impl ProfileOrder {
    pub(crate) fn of(asked: Option<Self>, lang: Lang) -> Order {
        let Some(Self { by, descending }) = asked else { return Order::default() };
        let by = match by {
            ProfileOrderBy::Relevance => By::Relevance,
            ProfileOrderBy::Name => By::Name(lang),
            ProfileOrderBy::Country => By::Country,
            ProfileOrderBy::RegisteredOn => By::RegisteredOn,
            ProfileOrderBy::ChangedAt => By::ChangedAt,
        };
        Order { by, descending }
    }
}

fn invalid(name: &str, zh: &str, en: &str) -> Fault {
    Fault::new(Code::InvalidArgument, format!("`filter.{name}`：{zh}"), format!("`filter.{name}`: {en}"))
}

/// Each value of a list read, or what is wrong with the first that cannot be.
fn each<T, R>(name: &str, values: Vec<T>, read: impl Fn(&T) -> Result<R, Fault>) -> Result<Vec<R>, Fault> {
    let count = values.len();
    if count > VALUES_AT_MOST {
        let zh = format!("有 {count} 个值；最多 {VALUES_AT_MOST} 个");
        return Err(invalid(name, &zh, &format!("{count} values; at most {VALUES_AT_MOST} are accepted")));
    }
    values.iter().map(read).collect()
}

fn country(CountryCode(code): &CountryCode) -> Result<Place, Fault> {
    Country::parse(code).map(Place::Country).ok_or_else(|| {
        let shown = shortened(code);
        let en = format!("`{shown}` is not an ISO 3166-1 alpha-2 code such as `NZ`");
        invalid("countries", &format!("`{shown}` 不是 ISO 3166-1 两位代码，如 `NZ`"), &en)
    })
}

fn subdivision(SubdivisionCode(code): &SubdivisionCode) -> Result<Subdivision, Fault> {
    Subdivision::parse(code).ok_or_else(|| {
        let shown = shortened(code);
        let en = format!("`{shown}` is not an ISO 3166-2 code such as `BE-WAL`");
        invalid("subdivisions", &format!("`{shown}` 不是 ISO 3166-2 代码，如 `BE-WAL`"), &en)
    })
}

fn group(library: &Library, key: &str) -> Result<Vec<Place>, Fault> {
    let groups = &library.places;
    groups.find_group(key).map(|(_, group)| group.members_on(today()).collect()).ok_or_else(|| {
        let known: Vec<&str> = groups.groups().iter().map(|group| group.key.as_str()).collect();
        let said = not_allowed(&Localized::new("国家组", "group"), &shortened(key), &known);
        invalid("groups", &said.zh, &said.en)
    })
}

fn identifier(text: &str) -> Result<Identifier, Fault> {
    let schemes = Scheme::ALL.into_iter().filter(|scheme| *scheme != Scheme::Orcid);
    schemes.clone().find_map(|scheme| Identifier::parse(scheme, text).ok()).ok_or_else(|| {
        let shown = shortened(text);
        invalid(
            "identifiers",
            &format!("`{shown}` 不是 ROR ID、统一社会信用代码、ISNI、Wikidata、GRID 或 Crossref 资助机构 ID，或校验位不符"),
            &format!(
                "`{shown}` is no ROR id, credit code, ISNI, Wikidata item, GRID id or Crossref funder id, or its check digits do \
                 not fit"
            ),
        )
    })
}

fn profile_id(id: &ID) -> Result<ProfileId, Fault> {
    let (kind, key) = node::parts(id)?;
    let key = (kind == "Profile").then(|| key.parse().ok()).flatten();
    key.ok_or_else(|| {
        let shown = shortened(id);
        Fault::new(
            Code::InvalidId,
            format!("`{shown}` 不是单位资料的 ID"),
            format!("`{shown}` is not the id of a profile"),
        )
    })
}

/// The concepts of a topic: of the topics of this key in any direction, or of words.
fn topic(directory: &Directory, text: &str) -> Result<Vec<ConceptId>, Fault> {
    let library = directory.library();
    let mut found = BTreeSet::new();
    for (_, _, direction) in library.directions() {
        let named = direction.topics.items.iter().flat_map(|topic| {
            let below = topic.subtopics.iter().chain(&topic.focus).map(|named| (&named.key, &named.name));
            std::iter::once((&topic.key, &topic.name)).chain(below)
        });
        for (_, name) in named.filter(|(key, _)| key.as_str() == text) {
            found.extend(directory.lexicon().concepts_in(&name.zh));
            found.extend(directory.lexicon().concepts_in(&name.en));
        }
    }
    if found.is_empty() {
        found.extend(directory.lexicon().concepts_in(text));
    }
    if found.is_empty() {
        let shown = shortened(text);
        let zh = format!("不识别主题 `{shown}`；可填方向所列领域的键，或如“太阳能”“solar energy”的词语");
        let en =
            format!("the topic `{shown}` is not known; name the key of a topic, or a subject such as `solar energy`");
        return Err(invalid("topics", &zh, &en));
    }
    Ok(found.into_iter().collect())
}

impl ProfileFilter {
    /// The filter as the index takes it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` or `INVALID_ID` for the first value that is none.
    pub(crate) fn read(self, directory: &Arc<Directory>) -> Result<Filter, Fault> {
        let Self {
            countries,
            groups,
            subdivisions,
            kinds,
            registry_types,
            independent_legal_person,
            registered_before,
            years_registered,
            fields,
            topics,
            identifiers,
            ids,
            assurances,
            could_take,
        } = self;
        let library = directory.library();
        let mut filter = Filter::default();
        if let Some(countries) = countries {
            filter.places.push(each("countries", countries, country)?);
        }
        if let Some(groups) = groups {
            let members = each("groups", groups, |key| group(library, key))?;
            filter.places.push(members.into_iter().flatten().collect());
        }
        filter.subdivisions = subdivisions.map(|codes| each("subdivisions", codes, subdivision)).transpose()?;
        filter.kinds = kinds.map(|kinds| kinds.into_iter().map(MemberKind::word).collect());
        filter.registry_types = registry_types.map(|types| types.into_iter().map(Into::into).collect());
        filter.legal_person = independent_legal_person.map(|wanted| {
            let known = |wanted| match wanted {
                LegalPersonality::Yes => Some(true),
                LegalPersonality::No => Some(false),
                LegalPersonality::Unknown => None,
            };
            wanted.into_iter().map(known).collect()
        });
        let before = registered_before.map(|day| day.day("filter.registeredBefore")).transpose()?;
        // Registered for n years today: on this day n years ago, or before it.
        let since_years = years_registered
            .map(|years| match i16::try_from(years) {
                Ok(years @ 0..=1000) => Ok(day_after(years_before(today(), years))),
                _ => Err(invalid(
                    "yearsRegistered",
                    &format!("{years} 应在 0 至 1000 之间"),
                    &format!("{years} must be from 0 to 1000"),
                )),
            })
            .transpose()?;
        filter.registered_before = before.into_iter().chain(since_years).min();
        filter.fields = fields
            .map(|codes| {
                each("fields", codes, |code| {
                    let known = directory.taxonomy();
                    known.field(code).map(|_| code.clone()).ok_or_else(|| {
                        let known: Vec<&str> = known.fields().iter().map(|field| field.code.as_str()).collect();
                        let said = not_allowed(&Localized::new("研究领域", "field"), &shortened(code), &known);
                        invalid("fields", &said.zh, &said.en)
                    })
                })
            })
            .transpose()?;
        filter.concepts = topics
            .map(|topics| each("topics", topics, |text| topic(directory, text)))
            .transpose()?
            .map(|concepts| concepts.into_iter().flatten().collect());
        filter.identifiers =
            identifiers.map(|texts| each("identifiers", texts, |text| identifier(text))).transpose()?;
        filter.ids = ids.map(|ids| each("ids", ids, profile_id)).transpose()?;
        filter.assurance = assurances.map(|assurances| assurances.into_iter().map(Into::into).collect());
        if let Some(roles) = could_take {
            filter.roles = each("couldTake", roles, |wanted| {
                Ok(RoleFilter {
                    direction: direction_of(library, wanted.guide.as_deref(), &wanted.direction)?,
                    role: wanted.role.into(),
                    at_least: if wanted.certain { RolePossibility::Eligible } else { RolePossibility::Possible },
                })
            })?;
        }
        Ok(filter)
    }
}
