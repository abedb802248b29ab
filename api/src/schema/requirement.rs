//! Requirements, with their quotes.

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, SimpleObject};
use eligibility::Library;
use eligibility::guide::{
    Binds as EngineBinds, Decision, Modality as EngineModality, Requirement, Stage as EngineStage,
};

use crate::schema::connection::{Listed, connection};
use crate::schema::guide::Confidence;
use crate::schema::node;
use crate::schema::scalars::Url;
use crate::schema::text::LocalizedText;

/// How strongly a requirement binds.
/// 要求的约束程度。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "EngineModality")]
pub(crate) enum Modality {
    /// It must be met (必须, 须, 应, 不得, 仅限); only these decide the verdict.
    /// 必须满足（必须、须、应、不得、仅限）；只有这类要求决定结论。
    Mandatory,
    /// In principle, as a rule (原则上, 一般, 重点); known to be unmet, it is warned of.
    /// 原则上、一般、重点；明确不满足时给出提醒。
    InPrinciple,
    /// Encouraged (鼓励, 建议); known to be unmet, it is warned of.
    /// 鼓励、建议；明确不满足时给出提醒。
    Encouraged,
    /// To know.
    /// 说明性内容。
    Informational,
}

/// What a requirement bears on.
/// 要求所涉环节。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "EngineStage")]
pub(crate) enum Stage {
    /// What an institution is by itself; `checkInstitution` judges these.
    /// 单位自身条件，即 `checkInstitution` 检查的内容。
    Profile,
    /// Who takes part together.
    /// 联合体组成。
    Composition,
    /// The project.
    /// 项目。
    Project,
    /// What is submitted.
    /// 申报材料。
    Documents,
    /// What is done once the project runs.
    /// 项目执行。
    Execution,
}

/// Whom a requirement binds.
/// 要求的约束对象。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "EngineBinds")]
pub(crate) enum Binds {
    /// The lead unit of the Chinese side.
    /// 中方牵头单位。
    ChineseLead,
    /// Every unit of the Chinese side, or the side as a whole.
    /// 中方各单位或中方整体。
    ChineseSide,
    /// The lead unit of the partner side.
    /// 合作方牵头单位。
    PartnerLead,
    /// Every unit of the partner side, or the side as a whole.
    /// 合作方各单位或合作方整体。
    Partner,
    /// Both sides.
    /// 双方。
    BothSides,
    /// The project.
    /// 项目。
    Project,
    /// The authority that selects projects.
    /// 项目主管部门。
    Authority,
}

/// How a requirement is decided.
/// 要求的判定方式。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum DecidedBy {
    /// By facts.
    /// 按事实判定。
    Check,
    /// By facts that only the applicant can declare.
    /// 按申报人的声明判定。
    Declaration,
    /// By a person.
    /// 由人工判断。
    Review,
}

impl From<&Decision> for DecidedBy {
    fn from(decision: &Decision) -> Self {
        match decision {
            Decision::Check(_) => Self::Check,
            Decision::Declaration(_) => Self::Declaration,
            Decision::Review => Self::Review,
        }
    }
}

/// One thing that a call demands, recommends or tells; or a rule around it.
/// 指南中的一条要求、建议或说明；或一条通用规则。
#[derive(Clone)]
pub(crate) struct RequirementObject {
    library: Arc<Library>,
    guide: String,
    requirement: Arc<Requirement>,
}

connection!(RequirementObject, RequirementConnection, RequirementEdge);

impl Listed for RequirementObject {
    fn key(&self) -> String {
        self.requirement.id.clone()
    }
}

impl RequirementObject {
    pub(crate) fn new(library: &Arc<Library>, guide: &str, requirement: &Arc<Requirement>) -> Self {
        Self { library: Arc::clone(library), guide: guide.to_owned(), requirement: Arc::clone(requirement) }
    }

    /// The requirement of a key such as `2023-second-batch/1.6(7)#registered-3y`.
    pub(crate) fn find(library: &Arc<Library>, key: &str) -> Option<Self> {
        let (guide, id) = key.split_once('/')?;
        let of = library.find_guide(guide)?;
        let rules = of.common_rules.iter().flat_map(|layer| &layer.rules);
        let mut all = of.directions.iter().flat_map(|direction| &direction.requirements).chain(rules);
        all.find(|requirement| requirement.id == id).map(|requirement| Self::new(library, guide, requirement))
    }
}

/// One thing that a call demands, recommends or tells; or a rule around it.
/// 指南中的一条要求、建议或说明；或一条通用规则。
#[Object(name = "Requirement")]
impl RequirementObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Requirement", &format!("{}/{}", self.guide, self.requirement.id))
    }

    /// Its key within the call: clause, `#`, a name, such as `1.6(7)#registered-3y`.
    /// 在指南内的键：条款编号、`#` 和名称，如 `1.6(7)#registered-3y`。
    async fn key(&self) -> &str {
        &self.requirement.id
    }

    /// The clause reference, such as `1.6(7)`; what reports list.
    /// 条款编号，如 `1.6(7)`，即报告所列编号。
    async fn clause(&self) -> &str {
        &self.requirement.clause
    }

    /// The exact words of the source, in Chinese; null for a common rule.
    /// 原文引文；通用规则为 null。
    async fn quote(&self) -> Option<&str> {
        Some(self.requirement.quote.as_str()).filter(|quote| !quote.is_empty())
    }

    /// What it says.
    /// 要求的内容。
    async fn statement(&self) -> LocalizedText {
        LocalizedText::from(&self.requirement.statement)
    }

    /// How strongly it binds.
    /// 约束程度。
    async fn modality(&self) -> Modality {
        self.requirement.modality.into()
    }

    /// What it bears on.
    /// 所涉环节。
    async fn stage(&self) -> Stage {
        self.requirement.stage.into()
    }

    /// Whom it binds.
    /// 约束对象。
    async fn binds(&self) -> Binds {
        self.requirement.binds.into()
    }

    /// How it is decided.
    /// 判定方式。
    async fn decided_by(&self) -> DecidedBy {
        DecidedBy::from(&self.requirement.decision)
    }

    /// The reading it rests on, where the text leaves room.
    /// 文字有解释余地时所依据的理解。
    async fn note(&self) -> Option<LocalizedText> {
        self.requirement.note.as_ref().map(LocalizedText::from)
    }

    /// The directions it binds, by key; empty for a common rule, which binds all.
    /// 所约束方向的键；通用规则约束全部方向，此处为空。
    async fn direction_keys(&self) -> Vec<String> {
        let directions = self.library.find_guide(&self.guide).map(|guide| guide.directions.as_slice());
        directions
            .unwrap_or_default()
            .iter()
            .filter(|direction| direction.requirements.iter().any(|of| of.id == self.requirement.id))
            .map(|direction| direction.id.clone())
            .collect()
    }

    /// Where a common rule is taken from; null for what the call itself says.
    /// 通用规则的来源；指南自身的要求为 null。
    async fn source(&self) -> Option<RuleSource> {
        let origin = self.requirement.origin.as_ref()?;
        Some(RuleSource {
            title: LocalizedText::from(&origin.title),
            url: origin.url.clone().map(Url),
            confidence: origin.confidence.into(),
        })
    }
}

/// Where a common rule is taken from, and how sure it is.
/// 通用规则的来源及可信程度。
#[derive(SimpleObject)]
pub(crate) struct RuleSource {
    /// The title of the page.
    /// 页面标题。
    title: LocalizedText,
    /// Its address.
    /// 网址。
    url: Option<Url>,
    /// How sure the rule is.
    /// 可信程度。
    confidence: Confidence,
}
