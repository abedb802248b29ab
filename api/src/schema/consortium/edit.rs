//! What a consortium plans, as its members write it.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use eligibility::Localized;
use eligibility::date::parse_day;
use eligibility::problem::ProblemCode;
use profile::Stated;
use profile::edit::Patch;
use service::consortia::{self, Edit, FactEdit, SideFileEdit};
use service::{EvidenceId, Refusal, UserErrorCode};

use super::{ConsortiumObject, SideOf, changed, consortium_of, named};
use crate::schema::caller::{actor, platform};
use crate::schema::manage::{key_of, payload, profile_of};
use crate::schema::profile::{patch, stated};
use crate::schema::scalars::{Date, FactValue};

/// A fact of a project.
/// 项目事实。
#[derive(InputObject)]
pub(crate) struct ConsortiumFactInput {
    /// Its name, such as `project.title`; `facts` of the schema lists them.
    /// 名称，如 `project.title`；可用 `facts` 查询全部事实。
    fact: String,
    /// What is stated; null takes the fact back. Institutions are named by the ids of their profiles, or by names.
    /// 取值；null 表示删除。单位以其资料 ID 或名称填写。
    value: Option<FactValue>,
    /// Whether only the institution it is entered for, and the lead of its side, are to see it; left out, it stays as it was.
    /// 是否保密（仅填写单位及其所属方牵头单位可见）；不填时保持不变。
    confidential: Option<bool>,
    /// The file that proves it, for facts, of an institution of the caller; null takes it away.
    /// 证明材料 ID（调用者所在单位的、用于事实的文件）；null 表示去除。
    evidence: MaybeUndefined<ID>,
}

/// A consortium to be opened.
/// 创建联合体。
#[derive(InputObject)]
pub(crate) struct CreateConsortiumInput {
    /// The profile of the institution that opens it, and leads its side.
    /// 发起单位的资料 ID，该单位即为本方牵头单位。
    profile: ID,
    /// The side that the institution is on.
    /// 发起单位所属方。
    side: SideOf,
    /// The key of the call; the newest that has the direction, if left out.
    /// 指南的键；不填时取含有该方向的最新一份。
    guide: Option<String>,
    /// The direction: its key (`cn-nz`) or clause prefix (`1.1`, `HK1.1`).
    /// 方向：键（`cn-nz`）或条款编号前缀（`1.1`、`HK1.1`）。
    direction: String,
    /// What its members will call it.
    /// 名称。
    name: String,
    /// What is known of the project.
    /// 项目的已知事实。
    facts: Option<Vec<ConsortiumFactInput>>,
}

/// Changes of what a consortium plans; what is left out stays.
/// 修改联合体的内容；未填写的保持不变。
#[derive(InputObject)]
pub(crate) struct EditConsortiumInput {
    /// The consortium.
    /// 联合体 ID。
    consortium: ID,
    /// The version that the change is made of.
    /// 修改所依据的版本序号。
    version: i32,
    /// The institution that it is entered for; the caller's institution with most to say, without it.
    /// 填写单位；不填时取调用者权限最高的单位。
    profile: Option<ID>,
    /// What it is called; for leads.
    /// 名称（须为牵头单位）。
    name: Option<String>,
    /// The day it is judged for; for leads. Null for the call's own day.
    /// 检查所依据的日期（须为牵头单位）；null 表示指南自身日期。
    as_of: MaybeUndefined<Date>,
    /// Facts of the project to enter or to take back.
    /// 填写或删除的项目事实。
    facts: Option<Vec<ConsortiumFactInput>>,
}

/// The person who leads the project on one side.
/// 一方的项目负责人。
#[derive(InputObject)]
pub(crate) struct ConsortiumLeaderInput {
    /// The person's name.
    /// 姓名。
    name: String,
    /// The person's ORCID iD.
    /// ORCID iD。
    orcid: Option<String>,
}

/// Changes of what the application of a side says; what is left out stays, null takes it away.
/// 修改一方申报书的内容；未填写的保持不变，null 表示删除。
#[derive(InputObject)]
pub(crate) struct EditSideFileInput {
    /// The consortium.
    /// 联合体 ID。
    consortium: ID,
    /// The version that the change is made of.
    /// 修改所依据的版本序号。
    version: i32,
    /// The side.
    /// 所属方。
    side: SideOf,
    /// The title, in Chinese.
    /// 中文题目。
    title: MaybeUndefined<String>,
    /// The title, in English.
    /// 英文题目。
    title_en: MaybeUndefined<String>,
    /// The institutions that it names, as it names them.
    /// 参与单位，按申报书的写法。
    participants: MaybeUndefined<Vec<String>>,
    /// The person whom it names as leader on the Chinese side.
    /// 申报书所列中方项目负责人。
    chinese_leader: MaybeUndefined<ConsortiumLeaderInput>,
    /// The person whom it names as leader on the partner side.
    /// 申报书所列合作方项目负责人。
    partner_leader: MaybeUndefined<ConsortiumLeaderInput>,
    /// The day on which the project begins.
    /// 项目起始日期。
    begins_on: MaybeUndefined<Date>,
    /// How many months it takes.
    /// 项目周期（月）。
    months: MaybeUndefined<u32>,
}

/// A consortium to be put away.
/// 归档联合体。
#[derive(InputObject)]
pub(crate) struct ArchiveConsortiumInput {
    /// The consortium.
    /// 联合体 ID。
    consortium: ID,
}

/// A consortium to be taken up again.
/// 恢复联合体。
#[derive(InputObject)]
pub(crate) struct ReopenConsortiumInput {
    /// The consortium.
    /// 联合体 ID。
    consortium: ID,
}

payload! {
    /// What became of a consortium that was to be opened.
    /// 创建联合体的结果。
    CreateConsortiumPayload {
        /// The consortium; null if it was refused.
        /// 联合体；被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

payload! {
    /// What became of changes of what a consortium plans.
    /// 修改联合体的结果。
    EditConsortiumPayload {
        /// The consortium now, also where a newer version stands against the change; null if it was refused otherwise.
        /// 联合体现状（版本冲突时为最新版本）；因其他原因被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

payload! {
    /// What became of changes of what the application of a side says.
    /// 修改申报书的结果。
    EditSideFilePayload {
        /// The consortium now, also where a newer version stands against the change; null if it was refused otherwise.
        /// 联合体现状（版本冲突时为最新版本）；因其他原因被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

payload! {
    /// What became of a consortium that was to be put away.
    /// 归档联合体的结果。
    ArchiveConsortiumPayload {
        /// The consortium now; null if it was refused.
        /// 联合体现状；被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

payload! {
    /// What became of a consortium that was to be taken up again.
    /// 恢复联合体的结果。
    ReopenConsortiumPayload {
        /// The consortium now; null if it was refused.
        /// 联合体现状；被拒绝时为 null。
        consortium: ConsortiumObject
    }
}

/// A value as it is kept: institutions that are named by their ids, by the keys that judgements know them by.
pub(crate) fn kept(value: FactValue) -> Stated {
    match stated(value.0) {
        Stated::List(items) => {
            let item = |item: String| match profile_of(&ID(item.clone())) {
                Ok(profile) => profile.to_string(),
                Err(_) => item,
            };
            Stated::List(items.into_iter().map(item).collect())
        }
        other => other,
    }
}

fn facts(inputs: Option<Vec<ConsortiumFactInput>>) -> Result<Vec<FactEdit>, Refusal> {
    let fact = |(index, input): (usize, ConsortiumFactInput)| {
        let field = format!("facts[{index}].evidence");
        let evidence = match input.evidence {
            MaybeUndefined::Undefined => Patch::Unchanged,
            MaybeUndefined::Null => Patch::Removed,
            MaybeUndefined::Value(id) => Patch::Set(key_of::<EvidenceId>(&id, "Evidence", &field)?),
        };
        let (fact, value) = (input.fact, input.value.map(kept));
        Ok(FactEdit { fact, value, confidential: input.confidential, evidence })
    };
    inputs.unwrap_or_default().into_iter().enumerate().map(fact).collect()
}

/// A day of an input.
fn day(field: &str, day: MaybeUndefined<Date>) -> Result<Patch<eligibility::date::Date>, Refusal> {
    match day {
        MaybeUndefined::Undefined => Ok(Patch::Unchanged),
        MaybeUndefined::Null => Ok(Patch::Removed),
        MaybeUndefined::Value(day) => parse_day(&day.0).map(Patch::Set).ok_or_else(|| {
            let message =
                Localized::new("不是日历上存在的日期（如 2023-06-05）", "not a day of the calendar such as 2023-06-05");
            Refusal::invalid(UserErrorCode::Problem(ProblemCode::InvalidValue), field, message.zh, message.en)
        }),
    }
}

async fn create(context: &Context<'_>, input: CreateConsortiumInput) -> async_graphql::Result<CreateConsortiumPayload> {
    let platform = platform(context)?;
    let library = platform.directory().library();
    let parts = (|| {
        let direction = library.find_direction(input.guide.as_deref(), &input.direction).ok_or_else(|| {
            Refusal::invalid(
                UserErrorCode::Problem(ProblemCode::UnknownValue),
                "direction",
                "没有此方向；可用 `directions` 查询全部方向",
                "there is no such direction; `directions` lists them",
            )
        })?;
        Ok((direction, profile_of(&input.profile)?, facts(input.facts)?))
    })();
    let result = match parts {
        Ok((direction, profile, facts)) => {
            let actor = actor(context)?;
            consortia::create(platform, actor, profile, input.side.into(), direction, &input.name, facts).await
        }
        Err(refusal) => Err(refusal),
    };
    Ok(changed(context, None, result).await?.into())
}

async fn edit(context: &Context<'_>, input: EditConsortiumInput) -> async_graphql::Result<EditConsortiumPayload> {
    let id = consortium_of(&input.consortium);
    let edit = (|| {
        Ok(Edit {
            version: input.version,
            profile: named(input.profile.as_ref())?,
            name: input.name,
            as_of: day("asOf", input.as_of)?,
            facts: facts(input.facts)?,
        })
    })();
    let known = id.as_ref().ok().copied();
    let result = match (id, edit) {
        (Ok(id), Ok(edit)) => consortia::edit(platform(context)?, actor(context)?, id, edit).await,
        (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
    };
    Ok(changed(context, known, result).await?.into())
}

async fn edit_file(context: &Context<'_>, input: EditSideFileInput) -> async_graphql::Result<EditSideFilePayload> {
    let id = consortium_of(&input.consortium);
    let edit = (|| {
        Ok(SideFileEdit {
            version: input.version,
            side: input.side.into(),
            title: patch(input.title, |title| title),
            title_en: patch(input.title_en, |title| title),
            participants: patch(input.participants, |names| names),
            chinese_leader: patch(input.chinese_leader, |leader| (leader.name, leader.orcid)),
            partner_leader: patch(input.partner_leader, |leader| (leader.name, leader.orcid)),
            begins_on: day("beginsOn", input.begins_on)?,
            months: patch(input.months, |months| months),
        })
    })();
    let known = id.as_ref().ok().copied();
    let result = match (id, edit) {
        (Ok(id), Ok(edit)) => consortia::edit_file(platform(context)?, actor(context)?, id, edit).await,
        (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
    };
    Ok(changed(context, known, result).await?.into())
}

#[derive(Default)]
pub(crate) struct EditMutation;

#[Object]
impl EditMutation {
    /// Opens a consortium for a direction. The institution, whose profile has to be listed, leads the side that it takes.
    /// Needs: an editor or owner of the profile.
    /// 为某一方向创建联合体；发起单位的资料须已公开，该单位即为所选一方的牵头单位。
    /// 权限：资料的编辑或所有者。
    async fn create_consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consortium.\n联合体。")] input: CreateConsortiumInput,
    ) -> async_graphql::Result<CreateConsortiumPayload> {
        create(context, input).await
    }

    /// Changes what a consortium plans. Leads of either side enter every fact that is not hidden to them, other members what nobody has
    /// entered or they have entered themselves. All of it is saved or nothing.
    /// Needs: an editor or owner of the profile of a member institution of the consortium.
    /// 修改联合体的内容：牵头单位可填写不对其保密的任何事实，其他成员可填写尚无人填写或由其自己填写的事实；全部保存或全不保存。
    /// 权限：联合体成员单位资料的编辑或所有者。
    async fn edit_consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The changes.\n修改内容。")] input: EditConsortiumInput,
    ) -> async_graphql::Result<EditConsortiumPayload> {
        edit(context, input).await
    }

    /// Changes what a side's own application says; for the lead of that side.
    /// Needs: an editor or owner of the profile of the lead institution of either side.
    /// 修改本方申报书的内容；须为该方牵头单位。
    /// 权限：任一方牵头单位资料的编辑或所有者。
    async fn edit_side_file(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The changes.\n修改内容。")] input: EditSideFileInput,
    ) -> async_graphql::Result<EditSideFilePayload> {
        edit_file(context, input).await
    }

    /// Puts a consortium away. Invitations are taken back; members still see it.
    /// Needs: an editor or owner of the profile of the lead institution of the Chinese side.
    /// 归档联合体：待答复的邀请随之撤回，成员仍可查看。
    /// 权限：中方牵头单位资料的编辑或所有者。
    async fn archive_consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consortium.\n联合体。")] input: ArchiveConsortiumInput,
    ) -> async_graphql::Result<ArchiveConsortiumPayload> {
        let result = match consortium_of(&input.consortium) {
            Ok(id) => consortia::archive(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, None, result).await?.into())
    }

    /// Takes a consortium up again that was put away.
    /// Needs: an editor or owner of the profile of the lead institution of the Chinese side.
    /// 恢复已归档的联合体。
    /// 权限：中方牵头单位资料的编辑或所有者。
    async fn reopen_consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consortium.\n联合体。")] input: ReopenConsortiumInput,
    ) -> async_graphql::Result<ReopenConsortiumPayload> {
        let result = match consortium_of(&input.consortium) {
            Ok(id) => consortia::reopen(platform(context)?, actor(context)?, id).await,
            Err(refusal) => Err(refusal),
        };
        Ok(changed(context, None, result).await?.into())
    }
}
