//! What is found of a consortium as it is planned now.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, SimpleObject};
use eligibility::{Library, Outcome as EngineOutcome};
use service::consortia::Shown;
use service::reports::{self, Agreement, Between, Difference, Judged, Matter, Overlap, OverlapKind as ServiceKind};

use crate::schema::caller::{actor, platform, refused};
use crate::schema::library;
use crate::schema::node;
use crate::schema::report::{Mask, Outcome, ReportObject};
use crate::schema::requirement::RequirementObject;
use crate::schema::text::LocalizedText;

/// What is found of a consortium as it is planned now.
/// 按联合体当前方案得出的检查结果。
#[derive(Clone, SimpleObject)]
pub(crate) struct ConsortiumReport {
    /// The number of the version that was judged.
    /// 所检查的版本号。
    version: i32,
    /// What is found by the call, as far as the reader may see.
    /// 按指南的检查报告（以读者可见为限）。
    report: ReportObject,
    /// What keeps the report from resting on everything that is there.
    /// 影响检查依据的问题。
    problems: Vec<ConsortiumProblem>,
    /// How the applications of the two sides compare with each other and with the project; empty while neither is entered.
    /// 双方申报书之间、以及与项目信息的核对结果；双方均未填写时为空。
    differences: Vec<ApplicationDifference>,
    /// What the consortium has in common with other consortia that it must not, or in principle should not.
    /// 与其他联合体之间不得（或原则上不宜）重复的内容。
    overlaps: Vec<ConsortiumOverlap>,
}

/// What kind of problem a consortium has beside the requirements.
/// 问题类型。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ConsortiumProblemCode {
    /// The profile of a member is not public now; its facts count as unknown.
    /// 成员单位的资料目前未公开，其事实按未知处理。
    NotListed,
}

/// What keeps a report from resting on everything that is there.
/// 影响检查依据的一个问题。
#[derive(Clone, SimpleObject)]
pub(crate) struct ConsortiumProblem {
    /// Its kind.
    /// 类型。
    code: ConsortiumProblemCode,
    /// The profile of the member that it is about.
    /// 所涉成员单位的资料 ID。
    profile_id: ID,
    /// The same in words.
    /// 说明。
    message: LocalizedText,
}

/// What the applications of two sides are compared in.
/// 双方申报书的核对项目。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "Matter")]
pub(crate) enum ApplicationMatter {
    /// The title in Chinese.
    /// 项目名称（中文）。
    Title,
    /// The title in English.
    /// 项目名称（英文）。
    TitleInEnglish,
    /// The institutions that take part.
    /// 合作单位。
    Participants,
    /// The person who leads the project on the Chinese side.
    /// 中方项目负责人。
    ChineseLeader,
    /// The person who leads the project on the partner side.
    /// 合作方项目负责人。
    PartnerLeader,
    /// The day on which the project begins.
    /// 项目开始日期。
    Begin,
    /// How many months it takes.
    /// 项目执行期。
    Period,
}

/// What is compared with what.
/// 核对的双方。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "Between")]
pub(crate) enum ComparedBetween {
    /// The applications of both sides.
    /// 中方与合作方的申报书。
    Sides,
    /// The application of the Chinese side and the facts of the project.
    /// 中方申报书与项目信息。
    ChineseAndProject,
    /// The application of the partner side and the facts of the project.
    /// 合作方申报书与项目信息。
    PartnerAndProject,
}

/// One thing that two applications, or one of them and the project, should say alike.
/// 两份申报书之间（或其一与项目信息之间）应当一致的一项内容。
#[derive(Clone, SimpleObject)]
pub(crate) struct ApplicationDifference {
    /// What is compared.
    /// 核对项目。
    matter: ApplicationMatter,
    /// What is compared with what.
    /// 核对的双方。
    between: ComparedBetween,
    /// `SATISFIED` where both say the same, `VIOLATED` where they differ, `UNDETERMINED` while one has not entered it.
    /// 一致为 `SATISFIED`，不一致为 `VIOLATED`，一方尚未填写为 `UNDETERMINED`。
    outcome: Outcome,
    /// What the application of the Chinese side says; null if it is not compared or not entered.
    /// 中方申报书的内容；不参与核对或未填写时为 null。
    chinese: Option<String>,
    /// What the application of the partner side says; null if it is not compared or not entered.
    /// 合作方申报书的内容；不参与核对或未填写时为 null。
    partner: Option<String>,
    /// What the facts of the project say; null if they are not compared.
    /// 项目信息的内容；不参与核对时为 null。
    project: Option<String>,
    /// The requirements that ask for it; empty where the call does not say so, and both should agree all the same.
    /// 作出此要求的条款；指南未作规定时为空，但仍宜一致。
    requirements: Vec<RequirementObject>,
    /// The same in words.
    /// 说明。
    message: LocalizedText,
}

/// What consortia have in common.
/// 联合体之间重复的内容。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceKind")]
pub(crate) enum OverlapKind {
    /// One agreement to build a joint laboratory, in two applications.
    /// 同一份共建联合实验室合作协议用于多个申报。
    LabAgreement,
    /// The same cooperation, in both joint-laboratory routes.
    /// 同一合作分别通过两个联合实验室途径申报。
    Cooperation,
    /// The same partner country, of which one project is supported in principle.
    /// 同一合作国（原则上每个国别不超过 1 个项目）。
    Country,
    /// The same Chinese project leader.
    /// 同一中方项目负责人。
    Leader,
}

/// What a consortium has in common with others. Neither they nor their members are told, but to those who are members of them too.
/// 与其他联合体重复的一项内容。除非读者同时是对方成员，否则不透露对方联合体及其成员。
#[derive(Clone, SimpleObject)]
pub(crate) struct ConsortiumOverlap {
    /// What it is.
    /// 类型。
    kind: OverlapKind,
    /// The requirement that speaks of it; `modality` says whether it is mandatory or holds in principle.
    /// 相关条款；是否为必须要求见其 `modality`。
    requirement: Option<RequirementObject>,
    /// With how many others.
    /// 涉及的其他联合体个数。
    others: usize,
    /// Those of the others that the reader is a member of.
    /// 其中读者所在的联合体。
    known: Vec<KnownConsortium>,
    /// The same in words.
    /// 说明。
    message: LocalizedText,
}

/// A consortium by its name.
/// 联合体的名称。
#[derive(Clone, SimpleObject)]
pub(crate) struct KnownConsortium {
    /// Its id.
    /// 联合体 ID。
    consortium_id: ID,
    /// What its members call it.
    /// 名称。
    name: String,
    /// What its members are called.
    /// 成员单位的名称。
    member_names: Vec<LocalizedText>,
}

impl From<reports::KnownConsortium> for KnownConsortium {
    fn from(of: reports::KnownConsortium) -> Self {
        Self {
            consortium_id: node::id("Consortium", &of.id.to_string()),
            name: of.name,
            member_names: of.members.iter().map(LocalizedText::from).collect(),
        }
    }
}

fn outcome(agreement: Agreement) -> Outcome {
    EngineOutcome::into(agreement.outcome())
}

pub(super) fn requirement(library: &Arc<Library>, guide: &str, id: &str) -> Option<RequirementObject> {
    RequirementObject::find(library, &format!("{guide}/{id}"))
}

/// What is found of a consortium, as somebody sees it who sees the consortium.
pub(crate) async fn of(context: &Context<'_>, shown: &Shown) -> async_graphql::Result<Option<ConsortiumReport>> {
    let (library, platform) = (library(context)?, platform(context)?);
    let judged = match reports::judge(platform, &shown.loaded, None, None).await {
        Ok(judged) => judged,
        // A call that is no longer loaded judges nothing.
        Err(service::Refusal::Invalid(_)) => return Ok(None),
        Err(refusal) => return Err(refused(refusal)),
    };
    let mut overlaps = Vec::with_capacity(judged.overlaps.len());
    for overlap in &judged.overlaps {
        let known = reports::visible(platform, actor(context)?, overlap).await.map_err(refused)?;
        overlaps.push(overlap_of(library, &shown.loaded.row.guide, overlap, known));
    }
    Ok(object(library, shown, judged, overlaps))
}

fn object(
    library: &Arc<Library>,
    shown: &Shown,
    judged: Judged,
    overlaps: Vec<ConsortiumOverlap>,
) -> Option<ConsortiumReport> {
    let guide = &shown.loaded.row.guide;
    let names = shown.names.values().cloned().collect();
    let mask = Mask {
        facts: judged.hidden_facts(library, &shown.hidden),
        names,
        refuted: reports::refuted(library, &judged.differences),
        ..Mask::default()
    };
    let problems = judged.not_listed.iter().map(|profile| {
        let name = shown.names.get(profile).cloned().unwrap_or_default();
        ConsortiumProblem {
            code: ConsortiumProblemCode::NotListed,
            profile_id: node::id("Profile", &profile.to_string()),
            message: reports::not_listed_text(&name).into(),
        }
    });
    let is_hidden = |difference: &&Difference| difference.fact.is_some_and(|fact| shown.hidden.project(fact));
    let differences = judged.differences.iter().filter(|difference| !is_hidden(difference));
    let differences = differences.map(|difference| ApplicationDifference {
        matter: difference.matter.into(),
        between: difference.between.into(),
        outcome: outcome(difference.agreement),
        chinese: difference.chinese.clone(),
        partner: difference.partner.clone(),
        project: difference.project.clone(),
        requirements: difference.requirements.iter().filter_map(|id| requirement(library, guide, id)).collect(),
        message: (&difference.message).into(),
    });
    Some(ConsortiumReport {
        version: shown.loaded.row.version,
        problems: problems.collect(),
        differences: differences.collect(),
        overlaps,
        report: ReportObject::new(library, judged.consortium, judged.report, judged.common, mask)?,
    })
}

fn overlap_of(
    library: &Arc<Library>,
    guide: &str,
    overlap: &Overlap,
    known: Vec<reports::KnownConsortium>,
) -> ConsortiumOverlap {
    ConsortiumOverlap {
        kind: overlap.kind.into(),
        requirement: requirement(library, guide, &overlap.requirement),
        others: overlap.others.len(),
        known: known.into_iter().map(KnownConsortium::from).collect(),
        message: (&overlap.message).into(),
    }
}
