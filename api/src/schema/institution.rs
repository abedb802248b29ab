//! The check of one institution: which roles it could take.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use eligibility::date::Date;
use eligibility::{DirectionId, Library, Member, Role as EngineRole, RoleReport};

use crate::schema::direction::DirectionObject;
use crate::schema::fact::FactObject;
use crate::schema::input::{CheckInstitutionInput, institution_node};
use crate::schema::library;
use crate::schema::report::{FactReading, Outcome, Verdict};
use crate::schema::requirement::RequirementObject;
use crate::schema::user_error::UserError;

/// A role an institution could take.
/// 单位可承担的角色。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "EngineRole")]
pub(crate) enum Role {
    /// Lead unit of the Chinese side.
    /// 中方牵头单位。
    Lead,
    /// Another unit of the Chinese side.
    /// 中方参加单位。
    Participant,
    /// Lead unit of the partner side.
    /// 合作方（牵头）单位。
    Partner,
}

/// Whether an institution could take a role in a direction, as far as that depends on itself.
/// 单位能否在某一方向承担某一角色（仅就其自身条件而言）。
pub(crate) struct RoleReportObject {
    library: Arc<Library>,
    institution: Arc<Member>,
    report: RoleReport,
    basis: ReportBasis,
    /// The facts among those it may rest on that were not confirmed for too long, below `member.`.
    stale: Arc<[String]>,
}

/// Which facts of a profile a report uses.
/// 报告所依据的事实范围。
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub(crate) enum ReportBasis {
    /// All that is declared: taken from a registry, declared by the institution, or verified.
    /// 全部已申报的事实：登记库导入、单位自行申报或已核实的。
    #[default]
    Declared,
    /// Only those that a moderator has verified on evidence; all others count as unknown.
    /// 仅经审核员依据证明材料核实的事实；其余视为未知。
    Verified,
}

impl RoleReportObject {
    /// A report for every role in every direction.
    pub(crate) fn all(library: &Arc<Library>, institution: Arc<Member>, as_of: Option<Date>) -> Vec<Self> {
        let reports = library.check_institution(&institution, as_of).into_iter();
        let stale: Arc<[String]> = Arc::new([]);
        let report = |report| Self {
            library: Arc::clone(library),
            institution: Arc::clone(&institution),
            report,
            basis: ReportBasis::Declared,
            stale: Arc::clone(&stale),
        };
        reports.map(report).collect()
    }

    /// The same reports, of a profile: with which of its facts they use, and which of those are stale.
    pub(crate) fn of_profile(reports: Vec<Self>, basis: ReportBasis, stale: &Arc<[String]>) -> Vec<Self> {
        reports.into_iter().map(|report| Self { basis, stale: Arc::clone(stale), ..report }).collect()
    }

    /// Those of some roles and verdicts.
    pub(crate) fn only(reports: Vec<Self>, roles: Option<&[Role]>, verdicts: Option<&[Verdict]>) -> Vec<Self> {
        let wanted = |report: &Self| {
            roles.is_none_or(|of| of.contains(&report.report.role.into()))
                && verdicts.is_none_or(|of| of.contains(&report.report.verdict.into()))
        };
        reports.into_iter().filter(wanted).collect()
    }

    /// Whether it is that of one role in one direction.
    pub(crate) fn is_of(&self, direction: DirectionId, role: EngineRole) -> bool {
        self.report.direction == direction && self.report.role == role
    }

    /// Whether the institution could take the role.
    pub(crate) fn settled(&self) -> Verdict {
        self.report.verdict.into()
    }

    /// Of some facts, those that the verdict rests on.
    pub(crate) fn resting(&self, facts: &[String]) -> Vec<FactObject> {
        let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
        let resting = profile::rests_on(&self.library, &self.report, &facts);
        resting.iter().filter_map(|name| FactObject::find(&self.library, &format!("member.{name}"))).collect()
    }

    /// The facts that would decide it, each once; none unless it is undetermined.
    pub(crate) fn missing(&self) -> Vec<FactObject> {
        let missing = profile::missing_facts(&self.library, &self.institution, &self.report);
        missing.into_iter().filter_map(|fact| FactObject::find(&self.library, &fact.name)).collect()
    }
}

/// Whether an institution could take a role in a direction, as far as that depends on itself.
/// 单位能否在某一方向承担某一角色（仅就其自身条件而言）。
#[Object(name = "RoleReport")]
impl RoleReportObject {
    /// The direction.
    /// 方向。
    async fn direction(&self) -> Option<DirectionObject> {
        DirectionObject::of(&self.library, self.report.direction)
    }

    /// The role.
    /// 角色。
    async fn role(&self) -> Role {
        self.report.role.into()
    }

    /// Whether it could take it.
    /// 能否承担。
    async fn verdict(&self) -> Verdict {
        self.report.verdict.into()
    }

    /// Which facts it uses.
    /// 所依据的事实范围。
    async fn basis(&self) -> ReportBasis {
        self.basis
    }

    /// The facts that the verdict rests on and that their owner has not confirmed for too long; the verdict holds only if they still
    /// do.
    /// 结论所依据、但所有者久未确认的事实；这些事实仍属实时，结论才成立。
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn stale_facts(&self) -> Vec<FactObject> {
        self.resting(&self.stale)
    }

    /// The facts that would decide it; empty unless it is undetermined.
    /// 可据以判定的尚缺事实；仅在尚不能判定时列出。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn missing_facts(&self) -> Vec<FactObject> {
        self.missing()
    }

    /// The findings that bear on it.
    /// 相关判定。
    #[graphql(complexity = "1 + 6 * child_complexity")]
    async fn findings(
        &self,
        #[graphql(desc = "Only those of these outcomes.\n仅列这些结果的判定。")] outcomes: Option<Vec<Outcome>>,
    ) -> Vec<RoleFinding> {
        let Some(direction) = self.library.direction(self.report.direction) else { return Vec::new() };
        let guide = self.library.guide_of(self.report.direction).map(|guide| guide.id.as_str()).unwrap_or_default();
        let alone = self.library.alone(&self.institution, &self.report);
        let findings = self.report.findings.iter();
        findings
            .filter(|finding| outcomes.as_ref().is_none_or(|of| of.contains(&finding.outcome.into())))
            .filter_map(|finding| {
                let requirement = direction.requirements.get(finding.requirement)?;
                let facts = self.report.evidence(finding).iter();
                Some(RoleFinding {
                    requirement: RequirementObject::new(&self.library, guide, requirement),
                    outcome: finding.outcome.into(),
                    facts: facts.map(|fact| FactReading::new(&self.library, &alone, *fact)).collect(),
                })
            })
            .collect()
    }
}

/// How a requirement stands for an institution in a role.
/// 单位在某一角色下对一条要求的判定。
#[derive(SimpleObject)]
pub(crate) struct RoleFinding {
    /// The requirement.
    /// 要求。
    requirement: RequirementObject,
    /// How it stands.
    /// 判定结果。
    outcome: Outcome,
    /// The facts that decided it; of an undetermined one, those that would.
    /// 据以判定的事实；尚不能判定时，为可据以判定的事实。
    facts: Vec<FactReading>,
}

/// What a check of an institution gives.
/// 单位检查的结果。
#[derive(SimpleObject)]
pub(crate) struct CheckInstitutionPayload {
    /// A report for each role in each direction asked for; empty if the input has errors.
    /// 每个方向、每种角色各一份报告；输入有误时为空。
    roles: Vec<RoleReportObject>,
    /// What is wrong with the input; empty if there are reports.
    /// 输入中的问题；有报告时为空。
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct InstitutionQuery;

#[Object]
impl InstitutionQuery {
    /// Judges one institution in each role of every direction. Nothing is stored.
    /// 检查一家单位可在各方向承担哪些角色。不保存任何内容。
    #[graphql(complexity = "20 + 40 * child_complexity")]
    async fn check_institution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The institution.\n单位。")] input: CheckInstitutionInput,
        #[graphql(name = "roles", desc = "Only these roles.\n仅检查这些角色。")] roles_wanted: Option<Vec<Role>>,
        #[graphql(desc = "Only roles of these verdicts.\n仅列这些结论的角色。")] verdicts: Option<Vec<Verdict>>,
    ) -> async_graphql::Result<CheckInstitutionPayload> {
        let library = library(context)?;
        let institution = match library.read_institution("", &institution_node(&input)) {
            Ok(institution) => Arc::new(institution),
            Err(problems) => {
                let user_errors = problems
                    .into_iter()
                    .map(|mut problem| {
                        problem.path = format!("institution.{}", problem.path).trim_end_matches('.').to_owned();
                        UserError::from(problem)
                    })
                    .collect();
                return Ok(CheckInstitutionPayload { roles: Vec::new(), user_errors });
            }
        };
        let as_of = input.as_of.map(|day| day.day("input.asOf")).transpose()?;
        let roles = RoleReportObject::all(library, institution, as_of);
        let roles = RoleReportObject::only(roles, roles_wanted.as_deref(), verdicts.as_deref());
        Ok(CheckInstitutionPayload { roles, user_errors: Vec::new() })
    }
}
