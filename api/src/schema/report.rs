//! The check of a consortium: report, findings, repairs.
//!
//! Of a finding that rests on a fact which the reader may not see, the requirement, the outcome and the names of the facts are shown;
//! neither values nor repairs, which would tell them.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use eligibility::guide::Modality;
use eligibility::vocabulary::FactId;
use eligibility::{
    Change, CommonReport, Consortium, FactRef, Finding, Library, Localized, Outcome as EngineOutcome, Repair, Report,
    Requirement, Slot, Verdict as EngineVerdict, Wanted,
};
use profile::ProfileId;
use service::reports;

use crate::fault::Fault;
use crate::schema::direction::DirectionObject;
use crate::schema::input::{CheckConsortiumInput, consortium_node};
use crate::schema::library;
use crate::schema::requirement::RequirementObject;
use crate::schema::scalars::Date;
use crate::schema::text::LocalizedText;
use crate::schema::user_error::UserError;

/// Whether a consortium may apply, or an institution could take a role.
/// 联合体能否申报，或单位能否承担某一角色。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "EngineVerdict")]
pub(crate) enum Verdict {
    /// Every mandatory requirement that facts can decide is met.
    /// 凡可由事实判定的必须满足的要求均已满足。
    Eligible,
    /// A mandatory requirement is violated.
    /// 有必须满足的要求不符合。
    Ineligible,
    /// None is violated, but one or more depend on facts that are not known.
    /// 没有不符合的，但有要求取决于尚不清楚的事实。
    Undetermined,
}

/// How a requirement stands.
/// 一条要求的判定结果。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "EngineOutcome")]
pub(crate) enum Outcome {
    /// It is met.
    /// 符合。
    Satisfied,
    /// It is not met.
    /// 不符合。
    Violated,
    /// That depends on facts that are not known, or on a person.
    /// 取决于尚不清楚的事实或人工判断。
    Undetermined,
    /// It does not bear on this consortium.
    /// 不适用。
    NotApplicable,
    /// Only a person can judge it.
    /// 须由人工判断。
    ForReview,
}

/// A consortium with what was found of it.
struct Checked {
    library: Arc<Library>,
    guide: String,
    consortium: Consortium,
    report: Report,
    common: Option<CommonReport>,
    mask: Mask,
}

/// What a reader of a report sees of it, and how.
#[derive(Default)]
pub(crate) struct Mask {
    /// The facts whose values are hidden.
    pub(crate) facts: Vec<FactRef>,
    /// Requirements whose findings are left out, by their places.
    pub(crate) withheld: BTreeSet<usize>,
    /// Rules around the call whose findings are left out, by their places.
    pub(crate) withheld_common: BTreeSet<usize>,
    /// The verdict, where findings are left out: of those that are shown.
    pub(crate) verdict: Option<EngineVerdict>,
    /// What members are called in both languages, where they are institutions of the directory.
    pub(crate) names: Vec<Localized>,
    /// The fact that both applications agree, where they do not.
    pub(crate) refuted: Option<FactId>,
}

impl Checked {
    fn requirement(&self, finding: &Finding, is_common: bool) -> Option<&Arc<Requirement>> {
        let requirements = if is_common {
            &self.library.guide_of(self.report.direction)?.common_rules.as_ref()?.rules
        } else {
            &self.library.direction(self.report.direction)?.requirements
        };
        requirements.get(finding.requirement)
    }

    fn evidence(&self, finding: &Finding, is_common: bool) -> &[FactRef] {
        match (&self.common, is_common) {
            (Some(common), true) => common.evidence(finding),
            _ => self.report.evidence(finding),
        }
    }

    /// Whether a finding rests on facts that are hidden. What a condition read of the project and did not keep counts as well.
    fn is_hidden(&self, finding: &Finding, is_common: bool) -> bool {
        let hidden = &self.mask.facts;
        if hidden.is_empty() {
            return false;
        }
        let of_project: Vec<FactRef> = hidden.iter().copied().filter(|fact| fact.member.is_none()).collect();
        self.evidence(finding, is_common).iter().any(|fact| hidden.contains(fact))
            || self.requirement(finding, is_common).is_some_and(|of| reports::asks_for(of, &of_project))
    }

    fn shows(&self, finding: &Finding) -> bool {
        !self.mask.withheld.contains(&finding.requirement)
    }

    fn shows_common(&self, finding: &Finding) -> bool {
        !self.mask.withheld_common.contains(&finding.requirement)
    }

    /// The clauses of the findings that are shown.
    fn clauses(&self, modalities: &[Modality], outcome: EngineOutcome) -> BTreeSet<&str> {
        let shown = self.report.findings.iter().filter(|finding| self.shows(finding) && finding.outcome == outcome);
        let of = shown.filter_map(|finding| self.requirement(finding, false));
        of.filter(|of| modalities.contains(&of.modality)).map(|of| of.clause.as_str()).collect()
    }

    /// A text about members as people read it: by their names, where their keys are ids of profiles.
    fn named(&self, mut text: Localized) -> Localized {
        for member in &self.consortium.members {
            if let Some(name) = member.name.as_ref().filter(|_| member.key.parse::<ProfileId>().is_ok()) {
                let with_key = format!("{} ({name})", member.key);
                text = Localized::new(text.zh.replace(&with_key, name), text.en.replace(&with_key, name));
            }
        }
        service::reports::in_both_languages(text, &self.mask.names)
    }

    fn reading(&self, fact: FactRef, is_hidden: bool) -> FactReading {
        let mut reading = FactReading::new(&self.library, &self.consortium, fact);
        if is_hidden {
            let definition = self.library.vocabulary.definition(fact.fact);
            let label = definition.map(|definition| definition.label.clone()).unwrap_or_default();
            let member = fact.member.and_then(|member| self.consortium.members.get(member));
            let (zh, en) = member.map_or_else(Default::default, |member| {
                let name = member.display_name();
                (format!("{name}："), format!("{name}: "))
            });
            reading.value = None;
            let text = Localized::new(format!("{zh}{}：保密", label.zh), format!("{en}{}: confidential", label.en));
            reading.text = text.into();
        } else {
            let mut text = self.named(self.library.fact_text(&self.consortium, fact));
            if self.mask.refuted == Some(fact.fact) {
                text.zh.push_str("（双方申报书所填内容不一致）");
                text.en.push_str(" (they differ)");
            }
            reading.text = text.into();
        }
        reading
    }
}

/// The report on a consortium in one direction on one day.
/// 联合体在某一方向、某一日期的检查报告。
#[derive(Clone)]
pub(crate) struct ReportObject(Arc<Checked>);

impl ReportObject {
    /// A report as somebody may see it; `None` if its direction is not of the library.
    pub(crate) fn new(
        library: &Arc<Library>,
        consortium: Consortium,
        report: Report,
        common: Option<CommonReport>,
        mask: Mask,
    ) -> Option<Self> {
        let guide = library.guide_of(report.direction)?.id.clone();
        Some(Self(Arc::new(Checked { library: Arc::clone(library), guide, consortium, report, common, mask })))
    }
}

/// The report on a consortium in one direction on one day.
/// 联合体在某一方向、某一日期的检查报告。
#[Object(name = "Report")]
impl ReportObject {
    /// The direction it was judged in.
    /// 所检查的方向。
    async fn direction(&self) -> Option<DirectionObject> {
        DirectionObject::of(&self.0.library, self.0.report.direction)
    }

    /// The day it was judged for.
    /// 检查所依据的日期。
    async fn as_of(&self) -> Date {
        Date::from(self.0.report.as_of)
    }

    /// Whether the consortium may apply.
    /// 能否申报。
    async fn verdict(&self) -> Verdict {
        self.0.mask.verdict.unwrap_or(self.0.report.verdict).into()
    }

    /// The version of the call's data that it was judged by.
    /// 检查所依据的指南数据版本。
    async fn guide_version(&self) -> Option<&str> {
        self.0.library.guide_of(self.0.report.direction).map(|guide| guide.version.as_str())
    }

    /// Clauses with a mandatory requirement that is violated, sorted.
    /// 含有不符合的必须要求的条款（已排序）。
    async fn violated(&self) -> Vec<&str> {
        self.0.clauses(&[Modality::Mandatory], EngineOutcome::Violated).into_iter().collect()
    }

    /// Clauses with one that is undetermined, none of theirs being violated, sorted.
    /// 含有尚不能判定的必须要求、且没有不符合的条款（已排序）。
    async fn undetermined(&self) -> Vec<&str> {
        let violated = self.0.clauses(&[Modality::Mandatory], EngineOutcome::Violated);
        let undetermined = self.0.clauses(&[Modality::Mandatory], EngineOutcome::Undetermined);
        undetermined.into_iter().filter(|clause| !violated.contains(clause)).collect()
    }

    /// Clauses with an in-principle or encouraged requirement known to be unmet, sorted.
    /// 含有明确未满足的原则性或鼓励性要求的条款（已排序）。
    async fn warned(&self) -> Vec<&str> {
        let modalities = [Modality::InPrinciple, Modality::Encouraged];
        self.0.clauses(&modalities, EngineOutcome::Violated).into_iter().collect()
    }

    /// A finding for each requirement of the direction.
    /// 对本方向每条要求的判定。
    #[graphql(complexity = "1 + 50 * child_complexity")]
    async fn findings(
        &self,
        #[graphql(desc = "Only those of these outcomes.\n仅列这些结果的判定。")] outcomes: Option<Vec<Outcome>>,
    ) -> Vec<FindingObject> {
        let findings = self.0.report.findings.iter();
        findings
            .filter(|finding| self.0.shows(finding))
            .filter(|finding| outcomes.as_ref().is_none_or(|of| of.contains(&finding.outcome.into())))
            .map(|finding| FindingObject { checked: Arc::clone(&self.0), finding: finding.clone(), common: false })
            .collect()
    }

    /// Findings under the rules around the call, which never change the verdict; null unless they were asked for and are in
    /// force on the day.
    /// 按通用规则的判定，不影响结论；未要求检查或当日未生效时为 null。
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn common_rules(
        &self,
        #[graphql(desc = "Only those of these outcomes.\n仅列这些结果的判定。")] outcomes: Option<Vec<Outcome>>,
    ) -> Option<Vec<FindingObject>> {
        let findings = self.0.common.as_ref()?.findings.iter();
        Some(
            findings
                .filter(|finding| self.0.shows_common(finding))
                .filter(|finding| outcomes.as_ref().is_none_or(|of| of.contains(&finding.outcome.into())))
                .map(|finding| FindingObject { checked: Arc::clone(&self.0), finding: finding.clone(), common: true })
                .collect(),
        )
    }
}

/// How one requirement stands, and why.
/// 一条要求的判定结果及原因。
pub(crate) struct FindingObject {
    checked: Arc<Checked>,
    finding: Finding,
    common: bool,
}

impl FindingObject {
    fn of(&self) -> Option<&Arc<Requirement>> {
        self.checked.requirement(&self.finding, self.common)
    }

    fn evidence(&self) -> &[FactRef] {
        self.checked.evidence(&self.finding, self.common)
    }

    fn hides(&self) -> bool {
        self.checked.is_hidden(&self.finding, self.common)
    }

    fn readings(&self, facts: impl IntoIterator<Item = FactRef>) -> Vec<FactReading> {
        // Each once: how often a fact was looked at depends on its value.
        let mut seen = BTreeSet::new();
        let once = facts.into_iter().filter(|fact| seen.insert(*fact));
        once.map(|fact| self.checked.reading(fact, self.checked.mask.facts.contains(&fact))).collect()
    }
}

/// How one requirement stands, and why.
/// 一条要求的判定结果及原因。
#[Object(name = "Finding")]
impl FindingObject {
    /// The requirement.
    /// 要求。
    async fn requirement(&self) -> Option<RequirementObject> {
        self.of().map(|of| RequirementObject::new(&self.checked.library, &self.checked.guide, of))
    }

    /// How it stands.
    /// 判定结果。
    async fn outcome(&self) -> Outcome {
        self.finding.outcome.into()
    }

    /// The facts that decided it; of an undetermined one, those it depends on.
    /// 据以判定的事实；尚不能判定时，为其所取决的事实。
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn facts(&self) -> Vec<FactReading> {
        self.readings(self.evidence().iter().copied())
    }

    /// The facts to supply: unknown, or known too vaguely. Empty unless it is undetermined.
    /// 应补充的事实：未知或不够确切的；仅在尚不能判定时列出。
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn missing_facts(&self) -> Vec<FactReading> {
        if self.finding.outcome != EngineOutcome::Undetermined {
            return Vec::new();
        }
        // Of a fact that is hidden it is not told whether it is known too vaguely.
        let hidden = &self.checked.mask.facts;
        let missing = self.checked.library.missing_facts(&self.checked.consortium, self.evidence());
        let is_told =
            |fact: &FactRef| !hidden.contains(fact) || self.checked.consortium.fact(fact.member, fact.fact).is_none();
        self.readings(missing.into_iter().filter(is_told))
    }

    /// Whether it rests on confidential facts that the reader may not see: then no values are shown, and no repairs.
    /// 是否依据读者无权查看的保密事实；若是，则不显示取值和改动建议。
    async fn is_confidential(&self) -> bool {
        self.hides()
    }

    /// The smallest changes that would satisfy it, smallest first; empty unless it is violated or undetermined.
    /// 使其符合的最小改动，由小到大；仅在不符合或尚不能判定时列出。
    #[graphql(complexity = "5 + 4 * child_complexity")]
    async fn repairs(&self) -> Vec<RepairObject> {
        let checked = &self.checked;
        if self.hides() {
            return Vec::new();
        }
        let repairs = if self.common {
            checked.library.common_repairs(&checked.consortium, &self.finding)
        } else {
            checked.library.repairs(&checked.consortium, &checked.report, &self.finding)
        };
        let touches = |change: &Change| match change {
            Change::Set { at, .. } => checked.mask.facts.contains(at),
            _ => false,
        };
        let told = repairs.into_iter().filter(|repair| !repair.changes.iter().any(touches));
        told.map(|repair| RepairObject { checked: Arc::clone(checked), repair }).collect()
    }
}

/// What is known of a fact.
/// 一项事实的已知情况。
#[derive(SimpleObject)]
pub(crate) struct FactReading {
    /// Its path, as files write it: `members[p1].registered_on`, `project.title`.
    /// 路径（文件中的写法）：`members[p1].registered_on`、`project.title`。
    path: String,
    /// The name of the fact, as `facts` lists it.
    /// 事实名称（见 `facts`）。
    name: String,
    /// The key of the member; null for a fact of the project.
    /// 成员代号；项目的事实为 null。
    member: Option<String>,
    /// What is known of it, as files write it; null: unknown.
    /// 已知取值（文件中的写法）；null 表示未知。
    value: Option<String>,
    /// The same in words.
    /// 文字表述。
    text: LocalizedText,
}

impl FactReading {
    pub(crate) fn new(library: &Library, consortium: &Consortium, fact: FactRef) -> Self {
        let definition = library.vocabulary.definition(fact.fact);
        let value = consortium.fact(fact.member, fact.fact);
        Self {
            path: library.fact_name(consortium, fact),
            name: definition.map_or_else(String::new, |definition| definition.name.clone()),
            member: fact.member.and_then(|member| consortium.members.get(member)).map(|member| member.key.clone()),
            value: definition.zip(value).map(|(definition, value)| definition.code(value)),
            text: library.fact_text(consortium, fact).into(),
        }
    }
}

/// Changes that together make a finding satisfied.
/// 合在一起即可使该条符合的改动。
pub(crate) struct RepairObject {
    checked: Arc<Checked>,
    repair: Repair,
}

/// Changes that together make a finding satisfied.
/// 合在一起即可使该条符合的改动。
#[Object(name = "Repair")]
impl RepairObject {
    /// The changes.
    /// 各项改动。
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn changes(&self) -> Vec<ChangeObject> {
        let changes = self.repair.changes.iter();
        changes
            .map(|change| {
                let mut object = ChangeObject::new(&self.checked.library, &self.checked.consortium, change);
                object.text = self.words(change).into();
                object
            })
            .collect()
    }

    /// The same in words, as a clause without its full stop.
    /// 文字表述（不带句号）。
    async fn text(&self) -> LocalizedText {
        let changes: Vec<Localized> = self.repair.changes.iter().map(|change| self.words(change)).collect();
        (&Localized::join(&changes, "；并", "; and ")).into()
    }
}

impl RepairObject {
    fn words(&self, change: &Change) -> Localized {
        match change {
            // It is not what is declared that has to be changed.
            Change::Set { at, .. } if self.checked.mask.refuted == Some(at.fact) => Localized::new(
                "修改双方申报书，使报告所列不一致之处（differences）一致",
                "change the applications so that they agree where the report says that they differ (`differences`)",
            ),
            _ => self.checked.named(self.checked.library.change_text(&self.checked.consortium, change)),
        }
    }
}

/// What a change does.
/// 改动的类型。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// Supply a fact that is unknown.
    /// 补充未知的事实。
    SupplyFact,
    /// Change a fact that is known.
    /// 改变已知的事实。
    ChangeFact,
    /// Add a member: an open slot.
    /// 增加成员（空缺位置）。
    AddMember,
    /// Do without a member.
    /// 减去成员。
    DropMember,
    /// Put another in a member's place.
    /// 替换成员。
    ReplaceMember,
}

/// One change.
/// 一项改动。
#[derive(SimpleObject)]
#[graphql(name = "Change")]
pub(crate) struct ChangeObject {
    /// What it does.
    /// 类型。
    kind: ChangeKind,
    /// The key of the member it is about; null for the project and for a member to add.
    /// 所涉成员代号；涉及项目或新增成员时为 null。
    member: Option<String>,
    /// The fact to supply or change; null for other kinds.
    /// 应补充或改变的事实；其他类型为 null。
    fact: Option<WantedFact>,
    /// What the new member must be; empty for other kinds.
    /// 新成员应具备的条件；其他类型为空。
    slot: Vec<WantedFact>,
    /// The same in words, as a clause without its full stop.
    /// 文字表述（不带句号）。
    text: LocalizedText,
}

/// A fact and what it must be.
/// 一项事实及其应有取值。
#[derive(SimpleObject)]
pub(crate) struct WantedFact {
    /// The name of the fact, as `facts` lists it.
    /// 事实名称（见 `facts`）。
    name: String,
    /// What it must be, in words.
    /// 应有取值（文字表述）。
    wanted: LocalizedText,
    /// A value that will do, the nearest to the known one, as files write it.
    /// 一个可行的取值（与现值最接近；文件中的写法）。
    value: String,
}

impl ChangeObject {
    fn new(library: &Library, consortium: &Consortium, change: &Change) -> Self {
        let key = |member: usize| consortium.members.get(member).map(|member| member.key.clone());
        let wanted = |fact: FactId, wanted: &Wanted, value: Option<String>| WantedFact {
            name: library.vocabulary.definition(fact).map_or_else(String::new, |definition| definition.name.clone()),
            wanted: library.wanted_text(consortium, fact, wanted).into(),
            value: value.unwrap_or_default(),
        };
        let slot = |slot: &Slot| -> Vec<WantedFact> {
            let properties = slot.properties.iter();
            properties
                .map(|(fact, of)| {
                    let example = slot.example.facts.get(fact.slot);
                    let definition = library.vocabulary.definition(*fact);
                    wanted(*fact, of, definition.zip(example).map(|(definition, value)| definition.code(value)))
                })
                .collect()
        };
        let (kind, member, fact, slot) = match change {
            Change::Set { at, known, wanted: of, value } => {
                let kind = if *known { ChangeKind::ChangeFact } else { ChangeKind::SupplyFact };
                let definition = library.vocabulary.definition(at.fact);
                let value = definition.map(|definition| definition.code(value));
                (kind, at.member.and_then(key), Some(wanted(at.fact, of, value)), Vec::new())
            }
            Change::Add(of) => (ChangeKind::AddMember, None, None, slot(of)),
            Change::Drop { member } => (ChangeKind::DropMember, key(*member), None, Vec::new()),
            Change::Replace { member, slot: of } => (ChangeKind::ReplaceMember, key(*member), None, slot(of)),
        };
        Self { kind, member, fact, slot, text: library.change_text(consortium, change).into() }
    }
}

/// What a check of a consortium gives.
/// 联合体检查的结果。
#[derive(SimpleObject)]
pub(crate) struct CheckConsortiumPayload {
    /// The report; null if the input has errors.
    /// 报告；输入有误时为 null。
    report: Option<ReportObject>,
    /// What is wrong with the input; empty if there is a report.
    /// 输入中的问题；有报告时为空。
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct CheckQuery;

#[Object]
impl CheckQuery {
    /// Judges a planned consortium in a direction, clause by clause. Nothing is stored.
    /// 逐条检查拟组建的联合体是否符合某一方向的要求。不保存任何内容。
    #[graphql(complexity = "20 + child_complexity")]
    async fn check_consortium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consortium.\n联合体。")] input: CheckConsortiumInput,
    ) -> async_graphql::Result<CheckConsortiumPayload> {
        let library = library(context)?;
        let case = match library.read_case("", &consortium_node(&input)) {
            Ok(case) => case,
            Err(problems) => {
                let user_errors = problems.into_iter().map(UserError::from).collect();
                return Ok(CheckConsortiumPayload { report: None, user_errors });
            }
        };
        let consortium = case.consortium;
        let report = library.check(&consortium).ok_or_else(|| Fault::internal("report"))?;
        let common = if input.common_rules { library.check_common_rules(&consortium) } else { None };
        let report = ReportObject::new(library, consortium, report, common, Mask::default());
        Ok(CheckConsortiumPayload { report, user_errors: Vec::new() })
    }
}
