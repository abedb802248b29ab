//! The questions about profiles.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use eligibility::Lang;
use profile::{Identifier, RolePossibility, Scheme};
use search::{Request, RoleFilter};
use service::Directory;

use super::filter::{ProfileFilter, ProfileOrder};
use super::page::{Pages, PartnerConnection, ProfileConnection};
use super::{ProfileObject, direction_of, directory, refused};
use crate::fault::{Code, Fault};
use crate::schema::connection::{price, size};
use crate::schema::institution::{ReportBasis, Role, RoleReportObject};
use crate::schema::report::Verdict;

/// What a search costs beside its page: words that nobody has are the dearest, some milliseconds of a processor.
const SEARCH: usize = 400;

/// Asks the index. A query that is an identifier asks for what it names.
fn find(
    context: &Context<'_>,
    directory: &Arc<Directory>,
    mut request: Request,
    first: Option<i32>,
) -> async_graphql::Result<Pages> {
    request.first = size(first)?;
    if let Some(identifier) = request.text.as_deref().and_then(identified) {
        request.text = None;
        request
            .filter
            .identifiers
            .get_or_insert_with(|| vec![identifier.clone()])
            .retain(|wanted| *wanted == identifier);
    }
    request.facets = context.look_ahead().field("facets").exists();
    let found = directory.search(&request).map_err(refused)?;
    Ok(Pages { directory: Arc::clone(directory), found, words: request.text.map(Arc::from) })
}

/// The identifier that a query is as a whole, by schemes whose identifiers no name looks like.
fn identified(text: &str) -> Option<Identifier> {
    const UNMISTAKABLE: [Scheme; 5] = [Scheme::Ror, Scheme::CreditCode, Scheme::Isni, Scheme::Wikidata, Scheme::Grid];
    UNMISTAKABLE.into_iter().find_map(|scheme| Identifier::parse(scheme, text).ok())
}

fn lang(context: &Context<'_>) -> Lang {
    context.data_opt::<Lang>().copied().unwrap_or_default()
}

#[derive(Default)]
pub(crate) struct ProfileQuery;

#[Object]
impl ProfileQuery {
    /// Published profiles that answer a query. Words are found in Chinese and English, simplified and traditional, in pinyin, by
    /// acronym, and with small typing errors. Cursors stay right while profiles change.
    /// 检索公开的单位资料。支持中英文、简繁体、拼音、缩写以及轻微的拼写错误；资料变动时游标仍然有效。
    #[graphql(complexity = "SEARCH + price(first, child_complexity)", cache_control(max_age = 1))]
    async fn profiles(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Words, in Chinese or English, at most 500 characters; all profiles without it.\n查询词，中英文均可，最多 500 个字符；不填时为全部单位。"
        )]
        query: Option<String>,
        #[graphql(desc = "Which profiles.\n筛选条件。")] filter: Option<ProfileFilter>,
        #[graphql(desc = "In which order; by relevance without it.\n排列顺序；默认按相关度。")] order_by: Option<
            ProfileOrder,
        >,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<ProfileConnection> {
        let directory = directory(context)?;
        let request = Request {
            text: query,
            filter: filter.unwrap_or_default().read(directory)?,
            order: ProfileOrder::of(order_by, lang(context)),
            after,
            ..Request::default()
        };
        find(context, directory, request, first).map(Into::into)
    }

    /// The published profile of an id, a ROR id or a unified social credit code, exactly one of which is given; null if there is
    /// none.
    /// 按 ID、ROR ID 或统一社会信用代码（任选其一）查找公开的单位资料；不存在时为 null。
    #[graphql(cache_control(max_age = 1))]
    async fn profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.\nID。")] id: Option<ID>,
        #[graphql(desc = "Its ROR id, with or without the address.\nROR ID，带不带网址均可。")] ror_id: Option<String>,
        #[graphql(desc = "Its unified social credit code.\n统一社会信用代码。")] credit_code: Option<String>,
    ) -> async_graphql::Result<Option<ProfileObject>> {
        let directory = directory(context)?;
        let by_code = |scheme, argument: &str, text: &str| {
            let wrong = |problem: eligibility::Localized| {
                let eligibility::Localized { zh, en } = problem;
                Fault::new(Code::InvalidArgument, format!("`{argument}`：{zh}"), format!("`{argument}`: {en}"))
            };
            let identifier = Identifier::parse(scheme, text).map_err(wrong)?;
            ProfileObject::find_identifier(directory, &identifier)
        };
        match (id, ror_id, credit_code) {
            (Some(id), None, None) => ProfileObject::find_id(directory, &id),
            (None, Some(ror), None) => by_code(Scheme::Ror, "rorId", &ror),
            (None, None, Some(code)) => by_code(Scheme::CreditCode, "creditCode", &code),
            _ => Err(Fault::new(
                Code::InvalidArgument,
                "`id`、`rorId`、`creditCode` 须且只须填写一项",
                "exactly one of `id`, `rorId` and `creditCode` must be given",
            )
            .into()),
        }
    }

    /// Which roles an institution could take in which directions, on each call's own day, as far as that depends on itself, with the
    /// facts that would decide what is undetermined; null if the profile is not there.
    /// 一家单位可承担哪些方向的哪些角色（按各指南自身日期，仅就其自身条件而言），以及可据以判定的尚缺事实；资料不存在时为 null。
    #[graphql(complexity = "5 + 40 * child_complexity", cache_control(max_age = 1))]
    async fn directions_for(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id of the profile.\n单位资料的 ID。")] profile: ID,
        #[graphql(desc = "Only these roles.\n仅列这些角色。")] roles: Option<Vec<Role>>,
        #[graphql(desc = "Only roles of these verdicts.\n仅列这些结论的角色。")] verdicts: Option<Vec<Verdict>>,
        #[graphql(
            desc = "Which facts are used; all that are declared, without it.\n依据的事实范围；默认为全部已申报的事实。"
        )]
        basis: Option<ReportBasis>,
    ) -> async_graphql::Result<Option<Vec<RoleReportObject>>> {
        let Some(found) = ProfileObject::find_id(directory(context)?, &profile)? else { return Ok(None) };
        let reports = found.reports(context, basis)?;
        Ok(Some(RoleReportObject::only(reports, roles.as_deref(), verdicts.as_deref())))
    }

    /// Profiles that could take a role in a direction: those known to be eligible first, then those that work on its topics, then the
    /// best known; with a query, those that answer it best.
    /// 可在某一方向承担某一角色的单位：已知符合条件者在前，其次为从事该方向领域者，再次为知名者；有查询词时兼顾相关度。
    #[graphql(complexity = "SEARCH + price(first, child_complexity)", cache_control(max_age = 1))]
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn partners_for(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The direction: its key (`cn-nz`) or clause prefix (`1.1`, `HK1.1`).\n方向：键（`cn-nz`）或条款编号前缀（`1.1`、`HK1.1`）。"
        )]
        direction: String,
        #[graphql(
            desc = "The key of the call; the newest that has the direction, without it.\n指南的键；不填时取含有该方向的最新一份。"
        )]
        guide: Option<String>,
        #[graphql(desc = "The role.\n角色。")] role: Role,
        #[graphql(
            desc = "Words, in Chinese or English, at most 500 characters.\n查询词，中英文均可，最多 500 个字符。"
        )]
        query: Option<String>,
        #[graphql(desc = "Which profiles.\n筛选条件。")] filter: Option<ProfileFilter>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<PartnerConnection> {
        let directory = directory(context)?;
        let id = direction_of(directory.library(), guide.as_deref(), &direction)?;
        let role = role.into();
        let mut filter = filter.unwrap_or_default().read(directory)?;
        filter.roles.push(RoleFilter { direction: id, role, at_least: RolePossibility::Possible });
        let request = Request {
            text: query,
            filter,
            after,
            prefer: Some((id, role)),
            boost: directory.topic_concepts(id, None),
            ..Request::default()
        };
        let page = find(context, directory, request, first)?;
        Ok(PartnerConnection::of(page, id, role))
    }
}
