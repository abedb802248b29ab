//! Searches that people watch.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use eligibility::Localized;
use eligibility::date::timestamp;
use eligibility::place::Country;
use eligibility::problem::{ProblemCode, not_allowed};
use service::partners::{self, Criteria, Watch};
use service::{Directory, Refusal, UserErrorCode, WatchId};

use crate::fault::shortened;
use crate::schema::caller::{actor, platform, refused, seen, settled};
use crate::schema::direction::DirectionObject;
use crate::schema::institution::Role;
use crate::schema::manage::{key_of, payload};
use crate::schema::node;
use crate::schema::place::CountryObject;
use crate::schema::profile::ResearchField;
use crate::schema::scalars::{CountryCode, DateTime};
use crate::schema::user_error::UserError;

/// What a watch looks among.
/// 关注的对象。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum WatchedKind {
    /// Profiles.
    /// 单位资料。
    Profiles,
    /// Requests for partners.
    /// 合作需求。
    Requests,
}

/// What is watched for. What is not given does not limit it; of a list, any value is enough; at least one thing is given.
/// 关注的条件。未填写的不作限制；列表中满足任一值即可；至少填写一项。
#[derive(InputObject)]
pub(crate) struct WatchCriteriaInput {
    /// Among what.
    /// 关注的对象。
    among: Vec<WatchedKind>,
    /// The direction: its key (`cn-asean`) or clause prefix (`2.2`).
    /// 方向：键（如 `cn-asean`）或条款编号前缀（如 `2.2`）。
    direction: Option<String>,
    /// The key of the call; the newest that has the direction, without it.
    /// 指南的键；不填时取含有该方向的最新一份。
    guide: Option<String>,
    /// The role in the direction that a profile could take, also where that depends on missing facts; of a request, who posted it.
    /// Any, without it.
    /// 单位在该方向可承担的角色（含取决于尚缺事实的）；需求以发布单位为准；不填时不限。
    role: Option<Role>,
    /// Registered in one of these countries or regions; of a request, who posted it.
    /// 注册于这些国家/地区之一；需求以发布单位为准。
    countries: Option<Vec<CountryCode>>,
    /// Active in one of these research fields, codes of the OECD such as `2.7`; of a request, who posted it.
    /// 从事这些研究领域之一，取值为经合组织领域代码，如 `2.7`；需求以发布单位为准。
    fields: Option<Vec<String>>,
    /// Words in Chinese or English, at most 200 characters.
    /// 词语，中英文均可，最多 200 个字符。
    text: Option<String>,
}

/// A search to be watched.
/// 新建关注。
#[derive(InputObject)]
pub(crate) struct CreateWatchInput {
    /// What to call it, at most 100 characters.
    /// 名称，最多 100 个字符。
    name: String,
    /// What is watched for.
    /// 条件。
    criteria: WatchCriteriaInput,
}

/// What to change of a watch; what is left out stays.
/// 修改关注；未填的保持不变。
#[derive(InputObject)]
pub(crate) struct UpdateWatchInput {
    /// The watch.
    /// 关注 ID。
    watch: ID,
    /// What to call it, at most 100 characters.
    /// 名称，最多 100 个字符。
    name: Option<String>,
    /// Whether its owner is told. What came while it rested is not told later.
    /// 是否通知；停用期间的变化不补发。
    is_active: Option<bool>,
}

/// A watch to be deleted.
/// 删除关注。
#[derive(InputObject)]
pub(crate) struct DeleteWatchInput {
    /// The watch.
    /// 关注 ID。
    watch: ID,
}

/// What is watched for.
/// 关注的条件。
#[derive(SimpleObject)]
pub(crate) struct WatchCriteria {
    /// Among what.
    /// 关注的对象。
    among: Vec<WatchedKind>,
    /// The direction.
    /// 方向。
    direction: Option<DirectionObject>,
    /// The role in it.
    /// 角色。
    role: Option<Role>,
    /// The countries and regions; any, if empty.
    /// 国家/地区；为空时不限。
    countries: Vec<CountryObject>,
    /// The research fields; any, if empty.
    /// 研究领域；为空时不限。
    fields: Vec<ResearchField>,
    /// The words.
    /// 词语。
    text: Option<String>,
}

/// A search that its owner is told of: once of each partner and each request that newly meets it.
/// 关注：每有新的单位或合作需求符合条件，通知一次。
pub(crate) struct WatchObject {
    watch: Watch,
}

impl WatchObject {
    fn new(watch: Watch) -> Self {
        Self { watch }
    }

    /// The watch of the key in a global id; nothing for whoever does not own it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        match partners::find_watch(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated) => Ok(None),
            other => Ok(seen(other)?.map(Self::new)),
        }
    }
}

/// A search that its owner is told of: once of each partner and each request that newly meets it.
/// 关注：每有新的单位或合作需求符合条件，通知一次。
#[Object(name = "Watch", cache_control(private))]
impl WatchObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Watch", &self.watch.id.to_string())
    }

    /// What its owner calls it.
    /// 名称。
    async fn name(&self) -> &str {
        &self.watch.name
    }

    /// What is watched for.
    /// 条件。
    async fn criteria(&self, context: &Context<'_>) -> async_graphql::Result<WatchCriteria> {
        let directory = platform(context)?.directory();
        let library = directory.library();
        let criteria = &self.watch.criteria;
        let among = [(criteria.profiles, WatchedKind::Profiles), (criteria.requests, WatchedKind::Requests)];
        Ok(WatchCriteria {
            among: among.into_iter().filter(|(is_among, _)| *is_among).map(|(_, kind)| kind).collect(),
            direction: criteria.direction.and_then(|id| DirectionObject::of(library, id)),
            role: criteria.role.map(Role::from),
            countries: criteria.countries.iter().filter_map(|country| CountryObject::of(library, *country)).collect(),
            fields: criteria.fields.iter().filter_map(|code| ResearchField::of(directory, code)).collect(),
            text: criteria.text.clone(),
        })
    }

    /// Whether its owner is told.
    /// 是否通知。
    async fn is_active(&self) -> bool {
        self.watch.is_active
    }

    /// When it was made.
    /// 创建时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.watch.created_at))
    }

    /// When its owner was told last; null if never.
    /// 最近一次通知时间；从未通知时为 null。
    async fn told_at(&self) -> Option<DateTime> {
        self.watch.told_at.map(|at| DateTime(timestamp(at)))
    }
}

payload! {
    /// What became of a search to be watched.
    /// 新建关注的结果。
    CreateWatchPayload {
        /// The watch; null if it was refused.
        /// 关注；被拒绝时为 null。
        watch: WatchObject
    }
}

payload! {
    /// What became of a change of a watch.
    /// 修改关注的结果。
    UpdateWatchPayload {
        /// The watch now; null if it was refused.
        /// 关注现状；被拒绝时为 null。
        watch: WatchObject
    }
}

/// What became of a watch to be deleted.
/// 删除关注的结果。
#[derive(SimpleObject)]
pub(crate) struct DeleteWatchPayload {
    /// The id of the watch that is gone; null if it was refused.
    /// 已删除的关注 ID；被拒绝时为 null。
    deleted_watch_id: Option<ID>,
    /// What has to be mended; empty where it was done.
    /// 需要改正之处；已完成时为空。
    user_errors: Vec<UserError>,
}

fn unknown(field: &str, message: Localized) -> Refusal {
    Refusal::invalid(UserErrorCode::Problem(ProblemCode::UnknownValue), field, message.zh, message.en)
}

/// The criteria as the use case takes them.
fn read(directory: &Directory, input: WatchCriteriaInput) -> Result<Criteria, Refusal> {
    let library = directory.library();
    let direction = input.direction.map(|key| {
        library.find_direction(input.guide.as_deref(), &key).ok_or_else(|| {
            let said = (
                "没有这个方向；可填其键或条款编号前缀，如 2.2",
                "no such direction; name its key or prefix such as 2.2",
            );
            unknown("criteria.direction", Localized::new(said.0, said.1))
        })
    });
    let country = |CountryCode(code): CountryCode| {
        let known = Country::parse(&code).filter(|country| library.places.country(*country).is_some());
        known.ok_or_else(|| {
            let shown = shortened(&code);
            let zh = format!("`{shown}` 不是国家/地区代码（如 VN）");
            unknown(
                "criteria.countries",
                Localized::new(zh, format!("`{shown}` is not the code of a country or region such as VN")),
            )
        })
    };
    let field = |code: String| match directory.taxonomy().field(&code) {
        Some(_) => Ok(code),
        None => {
            let known: Vec<&str> = directory.taxonomy().fields().iter().map(|field| field.code.as_str()).collect();
            Err(unknown(
                "criteria.fields",
                not_allowed(&Localized::new("研究领域", "field"), &shortened(&code), &known),
            ))
        }
    };
    Ok(Criteria {
        profiles: input.among.contains(&WatchedKind::Profiles),
        requests: input.among.contains(&WatchedKind::Requests),
        direction: direction.transpose()?,
        role: input.role.map(Into::into),
        countries: input.countries.unwrap_or_default().into_iter().map(country).collect::<Result<_, _>>()?,
        fields: input.fields.unwrap_or_default().into_iter().map(field).collect::<Result<_, _>>()?,
        text: input.text,
    })
}

#[derive(Default)]
pub(crate) struct WatchQuery;

#[Object]
impl WatchQuery {
    /// The searches that the caller watches, the oldest first.
    /// Needs: anybody who has signed in.
    /// 调用者的关注，早者在前。
    /// 权限：已登录者。
    #[graphql(complexity = "5 + 10 * child_complexity", cache_control(private))]
    async fn watches(&self, context: &Context<'_>) -> async_graphql::Result<Vec<WatchObject>> {
        let watches = partners::watches(platform(context)?, actor(context)?).await.map_err(refused)?;
        Ok(watches.into_iter().map(WatchObject::new).collect())
    }
}

#[derive(Default)]
pub(crate) struct WatchMutation;

#[Object]
impl WatchMutation {
    /// Watches for partners or requests that are new from now on; the inbox tells of each once. At most 50.
    /// Needs: anybody who has signed in.
    /// 关注今后新出现的伙伴或合作需求，每项在收件箱通知一次；每人最多 50 项。
    /// 权限：已登录者。
    async fn create_watch(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The search.\n关注。")] input: CreateWatchInput,
    ) -> async_graphql::Result<CreateWatchPayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        service::policy::authorize(service::policy::Action::UseAccount, actor, None).map_err(refused)?;
        let result = match read(platform.directory(), input.criteria) {
            Ok(criteria) => partners::watch(platform, actor, &input.name, criteria).await,
            Err(refusal) => Err(refusal),
        };
        let (watch, user_errors) = settled(result)?;
        Ok((watch.map(WatchObject::new), user_errors).into())
    }

    /// Calls a watch something else, has it rest, or takes it up again.
    /// Needs: anybody who has signed in.
    /// 为关注改名、停用或重新启用。
    /// 权限：已登录者。
    async fn update_watch(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.\n修改内容。")] input: UpdateWatchInput,
    ) -> async_graphql::Result<UpdateWatchPayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let result = match key_of::<WatchId>(&input.watch, "Watch", "watch") {
            Ok(id) => partners::update_watch(platform, actor, id, input.name.as_deref(), input.is_active).await,
            Err(refusal) => Err(refusal),
        };
        let (watch, user_errors) = settled(result)?;
        Ok((watch.map(WatchObject::new), user_errors).into())
    }

    /// Watches no longer.
    /// Needs: anybody who has signed in.
    /// 删除关注。
    /// 权限：已登录者。
    async fn delete_watch(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The watch.\n关注。")] input: DeleteWatchInput,
    ) -> async_graphql::Result<DeleteWatchPayload> {
        let (platform, actor) = (platform(context)?, actor(context)?);
        let result = match key_of::<WatchId>(&input.watch, "Watch", "watch") {
            Ok(id) => partners::delete_watch(platform, actor, id).await,
            Err(refusal) => Err(refusal),
        };
        let (deleted, user_errors) = settled(result)?;
        Ok(DeleteWatchPayload { deleted_watch_id: deleted.map(|id| node::id("Watch", &id.to_string())), user_errors })
    }
}
