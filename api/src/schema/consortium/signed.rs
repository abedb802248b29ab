//! Signed reports: made, shown, compared with today, and verified by anybody.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use eligibility::date::{parse_day, timestamp};
use eligibility::guide::Modality as EngineModality;
use eligibility::problem::ProblemCode;
use eligibility::{Localized, Outcome as EngineOutcome, Verdict as EngineVerdict};
use service::accounts::{self, PermitUse};
use service::reports::{
    self, DifferencePart, FindingPart, MemberPart, OverlapPart, Reason, Refused as ServiceRefused, Said, Signed,
    Statement as ServiceStatement,
};
use service::{Actor, ConsortiumId, Refusal, UserErrorCode};

use crate::fault::{Code, Fault};
use crate::schema::caller::{actor, platform, refused, seen, settled};
use crate::schema::library;
use crate::schema::manage::{key_of, payload};
use crate::schema::node;
use crate::schema::report::{Outcome, Verdict};
use crate::schema::requirement::{Modality, RequirementObject};
use crate::schema::scalars::{CountryCode, Date, DateTime, Url};
use crate::schema::text::LocalizedText;

/// A report that was frozen and signed. Nothing changes it.
/// 已冻结并签名的检查报告，内容不再改变。
#[derive(Clone)]
pub(crate) struct SignedReportObject {
    signed: Signed,
}

impl SignedReportObject {
    pub(crate) fn new(signed: Signed) -> Self {
        Self { signed }
    }

    /// The report of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse() else { return Ok(None) };
        match reports::signed(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated | Refusal::Forbidden(_)) => Ok(None),
            other => Ok(seen(other)?.map(Self::new)),
        }
    }
}

/// The signed reports of a consortium, the newest first.
pub(crate) async fn of_consortium(
    context: &Context<'_>,
    id: ConsortiumId,
) -> async_graphql::Result<Vec<SignedReportObject>> {
    let found = reports::of_consortium(platform(context)?, actor(context)?, id).await.map_err(refused)?;
    Ok(found.into_iter().map(SignedReportObject::new).collect())
}

fn verdict(word: &str) -> Option<Verdict> {
    let all = [EngineVerdict::Eligible, EngineVerdict::Ineligible, EngineVerdict::Undetermined];
    all.into_iter().find(|verdict| verdict.as_str() == word).map(Into::into)
}

fn outcome(word: &str) -> Option<Outcome> {
    let all = [
        EngineOutcome::Satisfied,
        EngineOutcome::Violated,
        EngineOutcome::Undetermined,
        EngineOutcome::NotApplicable,
        EngineOutcome::ForReview,
    ];
    all.into_iter().find(|outcome| outcome.as_str() == word).map(Into::into)
}

fn modality(word: &str) -> Option<Modality> {
    let all = [
        EngineModality::Mandatory,
        EngineModality::InPrinciple,
        EngineModality::Encouraged,
        EngineModality::Informational,
    ];
    all.into_iter().find(|modality| modality.as_str().eq_ignore_ascii_case(word)).map(Into::into)
}

fn text(said: &Said) -> LocalizedText {
    Localized::from(said).into()
}

/// A report that was frozen and signed. Nothing changes it.
/// 已冻结并签名的检查报告，内容不再改变。
#[Object(name = "SignedReport", cache_control(private))]
impl SignedReportObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("SignedReport", &self.signed.id.to_string())
    }

    /// The report as a JSON Web Signature in compact form: what anybody can verify with the keys at
    /// `/.well-known/report-keys.json`.
    /// 紧凑格式的 JSON Web Signature；任何人都可用 `/.well-known/report-keys.json` 公布的密钥核验。
    async fn jws(&self) -> &str {
        &self.signed.jws
    }

    /// The report for programs: a JSON object of `jws` and `report`.
    /// 供程序使用的 JSON 对象，含 `jws` 和 `report`。
    async fn json(&self) -> String {
        self.signed.json()
    }

    /// What it says.
    /// 报告内容。
    async fn statement(&self) -> SignedStatement {
        SignedStatement::new(&self.signed.statement)
    }

    /// Whether the consortium may apply, as it was signed.
    /// 签署时的结论。
    async fn verdict(&self) -> Option<Verdict> {
        verdict(&self.signed.statement.verdict)
    }

    /// The number of the version of the consortium that was judged.
    /// 所检查的联合体版本号。
    async fn version(&self) -> i32 {
        self.signed.statement.consortium.version
    }

    /// The day it was judged for.
    /// 检查所依据的日期。
    async fn as_of(&self) -> Date {
        Date::from(self.signed.statement.as_of)
    }

    /// When it was signed.
    /// 签署时间。
    async fn signed_at(&self) -> DateTime {
        DateTime(timestamp(self.signed.signed_at))
    }

    /// Until when it counts.
    /// 有效期至。
    async fn expires_at(&self) -> DateTime {
        DateTime(timestamp(self.signed.expires_at))
    }

    /// A page of it made for printing, in both languages; whoever has the address can read it for the next ten minutes.
    /// 适于打印的中英双语页面；持有此地址者十分钟内可查看。
    async fn page_url(&self, context: &Context<'_>) -> async_graphql::Result<Url> {
        let platform = platform(context)?;
        let Actor::SignedIn(signed_in) = actor(context)? else { return Err(refused(Refusal::Unauthenticated)) };
        let id = self.signed.id;
        let permit = accounts::sign_permit(platform, PermitUse::Report, id.0, signed_in).map_err(refused)?;
        Ok(Url(format!("{}/reports/{id}?permit={permit}", platform.settings().public_url)))
    }

    /// What is another today than when it was signed, and why. The report itself stays as it is.
    /// 与签署时相比有何变化及其原因；报告本身不变。
    #[graphql(complexity = "20 + child_complexity")]
    async fn changes(&self, context: &Context<'_>) -> async_graphql::Result<Option<ReportChanges>> {
        let library = library(context)?;
        let changes = match reports::changes(platform(context)?, actor(context)?, self.signed.id).await {
            // A call that is no longer loaded judges nothing.
            Err(Refusal::Invalid(_) | Refusal::NotFound) => return Ok(None),
            other => other.map_err(refused)?,
        };
        let guide = &self.signed.statement.guide.id;
        let findings = changes.findings.iter().map(|change| FindingChange {
            clause: change.clause.clone(),
            key: change.requirement.clone(),
            requirement: RequirementObject::find(library, &format!("{guide}/{}", change.requirement)),
            before: change.before.as_deref().and_then(outcome),
            after: change.after.as_deref().and_then(outcome),
            reasons: change.reasons.iter().map(|reason| (*reason).into()).collect(),
            facts: change.facts.clone(),
        });
        Ok(Some(ReportChanges {
            verdict_before: verdict(&changes.verdict_before),
            verdict_after: verdict(&changes.verdict_after),
            reasons: changes.reasons.iter().map(|reason| (*reason).into()).collect(),
            guide_version_before: changes.guide_before.clone(),
            guide_version_after: changes.guide_after.clone(),
            version_before: changes.version_before,
            version_after: changes.version_after,
            findings: findings.collect(),
        }))
    }
}

/// What a signed report says. It holds no values of facts.
/// 签名报告的内容；不含事实的取值。
#[derive(SimpleObject)]
pub(crate) struct SignedStatement {
    /// Who signed it: the address of the service.
    /// 签署方（服务地址）。
    issuer: String,
    /// Names the report for ever.
    /// 报告编号。
    report_id: String,
    /// What the consortium is called.
    /// 联合体名称。
    consortium: String,
    /// The number of the version of the consortium that was judged.
    /// 所检查的联合体版本号。
    version: i32,
    /// Its members.
    /// 成员单位。
    members: Vec<SignedMember>,
    /// The title of the call.
    /// 指南标题。
    guide: LocalizedText,
    /// The version of the call's data.
    /// 指南数据版本。
    guide_version: String,
    /// The title of the direction.
    /// 方向标题。
    direction: LocalizedText,
    /// The number of the direction, as printed.
    /// 方向编号。
    direction_number: String,
    /// The day it was judged for.
    /// 检查所依据的日期。
    as_of: Date,
    /// When it was signed.
    /// 签署时间。
    signed_at: DateTime,
    /// Until when it counts.
    /// 有效期至。
    expires_at: DateTime,
    /// Whether the consortium may apply.
    /// 结论。
    verdict: Option<Verdict>,
    /// The digest of the facts that were judged.
    /// 所依据事实的摘要。
    facts_digest: String,
    /// What was found by each requirement, then by the rules around the call.
    /// 各条要求及通用规则的判定。
    findings: Vec<SignedFinding>,
    /// How the applications of the two sides compared, without what rests on confidential facts.
    /// 双方申报书的核对结果（不含涉及保密事实的）。
    differences: Vec<SignedDifference>,
    /// What it had in common with other consortia.
    /// 与其他联合体的重复情况。
    overlaps: Vec<SignedOverlap>,
}

/// How the applications of two sides compared in one thing.
/// 签名报告中双方申报书一项内容的核对结果。
#[derive(SimpleObject)]
pub(crate) struct SignedDifference {
    /// How it ended.
    /// 核对结果。
    outcome: Option<Outcome>,
    /// The requirements that ask for it, by their keys within the call.
    /// 相关要求的键。
    requirements: Vec<String>,
    /// What was found, in words.
    /// 文字说明。
    message: LocalizedText,
}

/// What a consortium had in common with others.
/// 签名报告中与其他联合体的一项重复。
#[derive(SimpleObject)]
pub(crate) struct SignedOverlap {
    /// The requirement that speaks of it, by its key within the call.
    /// 相关要求的键。
    requirement: String,
    /// Its clause.
    /// 条款编号。
    clause: String,
    /// With how many others.
    /// 涉及的其他联合体个数。
    others: usize,
    /// What was found, in words.
    /// 文字说明。
    message: LocalizedText,
}

/// A member of the consortium of a signed report.
/// 签名报告所列成员单位。
#[derive(SimpleObject)]
pub(crate) struct SignedMember {
    /// Its profile.
    /// 资料 ID。
    profile_id: ID,
    /// What it is called.
    /// 名称。
    name: LocalizedText,
    /// Where it is registered, if known.
    /// 注册国家/地区（如已知）。
    country: Option<CountryCode>,
    /// `CHINESE` or `PARTNER`.
    /// 所属方：`CHINESE` 或 `PARTNER`。
    side: String,
    /// Whether it leads its side.
    /// 是否为本方牵头单位。
    is_lead: bool,
}

/// What a signed report says of one requirement.
/// 签名报告中一条要求的判定。
#[derive(SimpleObject)]
pub(crate) struct SignedFinding {
    /// Its key within the call.
    /// 要求在指南内的键。
    key: String,
    /// Its clause.
    /// 条款编号。
    clause: String,
    /// How strongly it binds.
    /// 约束程度。
    modality: Option<Modality>,
    /// Whether it is a rule around the call: those do not change the verdict.
    /// 是否为通用申报要求（不影响结论）。
    is_common_rule: bool,
    /// How it stands.
    /// 判定结果。
    outcome: Option<Outcome>,
    /// What it says.
    /// 要求内容。
    statement: LocalizedText,
    /// The words of the source, in Chinese; null for a rule around the call.
    /// 指南原文；通用规则为 null。
    quote: Option<String>,
    /// The facts that decided it, by name.
    /// 据以判定的事实（仅名称）。
    facts: Vec<String>,
}

impl SignedStatement {
    fn new(statement: &ServiceStatement) -> Self {
        let moment = |seconds: i64| DateTime(timestamp(seconds.saturating_mul(1_000)));
        let member = |part: &MemberPart| SignedMember {
            profile_id: node::id("Profile", &part.profile.to_string()),
            name: text(&part.name),
            country: part.country.clone().map(CountryCode),
            side: part.side.clone(),
            is_lead: part.lead,
        };
        let finding = |part: &FindingPart, is_common_rule: bool| SignedFinding {
            key: part.requirement.clone(),
            clause: part.clause.clone(),
            modality: modality(&part.modality),
            is_common_rule,
            outcome: outcome(&part.outcome),
            statement: text(&part.statement),
            quote: Some(part.quote.clone()).filter(|quote| !quote.is_empty()),
            facts: part.facts.clone(),
        };
        let difference = |part: &DifferencePart| SignedDifference {
            outcome: outcome(&part.outcome),
            requirements: part.requirements.clone(),
            message: text(&part.message),
        };
        let overlap = |part: &OverlapPart| SignedOverlap {
            requirement: part.requirement.clone(),
            clause: part.clause.clone(),
            others: part.others,
            message: text(&part.message),
        };
        Self {
            issuer: statement.iss.clone(),
            report_id: statement.jti.to_string(),
            consortium: statement.consortium.name.clone(),
            version: statement.consortium.version,
            members: statement.consortium.members.iter().map(member).collect(),
            guide: text(&statement.guide.title),
            guide_version: statement.guide.version.clone(),
            direction: text(&statement.direction.title),
            direction_number: statement.direction.number.clone(),
            as_of: Date::from(statement.as_of),
            signed_at: moment(statement.iat),
            expires_at: moment(statement.exp),
            verdict: verdict(&statement.verdict),
            facts_digest: statement.facts_digest.clone(),
            findings: statement
                .findings
                .iter()
                .map(|part| finding(part, false))
                .chain(statement.common_rules.iter().map(|part| finding(part, true)))
                .collect(),
            differences: statement.differences.iter().map(difference).collect(),
            overlaps: statement.across.iter().map(overlap).collect(),
        }
    }
}

/// Why something is another today than when a report was signed.
/// 与签署时不同的原因。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "Reason")]
pub(crate) enum ChangeReason {
    /// The data of the call were corrected.
    /// 指南数据已修订。
    Guide,
    /// It is judged for another day.
    /// 检查日期不同。
    Day,
    /// Members came or went, or have other places.
    /// 成员单位或其所属方、牵头关系有变动。
    Members,
    /// Facts are others.
    /// 事实有变动。
    Facts,
}

/// What is another today than when a report was signed.
/// 与签署时相比的变化。
#[derive(SimpleObject)]
pub(crate) struct ReportChanges {
    /// The verdict that was signed.
    /// 签署时的结论。
    verdict_before: Option<Verdict>,
    /// The verdict today.
    /// 今日的结论。
    verdict_after: Option<Verdict>,
    /// Why the verdict is another; empty if it is the same.
    /// 结论变化的原因；未变时为空。
    reasons: Vec<ChangeReason>,
    /// The version of the call's data that was judged by.
    /// 签署时的指南数据版本。
    guide_version_before: String,
    /// The version of the call's data today.
    /// 今日的指南数据版本。
    guide_version_after: String,
    /// The version of the consortium that was judged.
    /// 签署时的联合体版本。
    version_before: i32,
    /// The version of the consortium today.
    /// 今日的联合体版本。
    version_after: i32,
    /// The findings that are others today.
    /// 有变化的判定。
    findings: Vec<FindingChange>,
}

/// A finding that is another today.
/// 一条有变化的判定。
#[derive(SimpleObject)]
pub(crate) struct FindingChange {
    /// The clause.
    /// 条款编号。
    clause: String,
    /// The key of the requirement within the call.
    /// 要求在指南内的键。
    key: String,
    /// The requirement as it is today; null if it is no longer there.
    /// 今日的要求；已不存在时为 null。
    requirement: Option<RequirementObject>,
    /// How it stood; null if it was not judged.
    /// 原判定；当时未判定时为 null。
    before: Option<Outcome>,
    /// How it stands today; null if it is no longer judged.
    /// 现判定；不再判定时为 null。
    after: Option<Outcome>,
    /// Why.
    /// 原因。
    reasons: Vec<ChangeReason>,
    /// The facts that are others, by name, where they are among the reasons.
    /// 有变动的事实（仅名称）；仅在原因包括事实变动时列出。
    facts: Vec<String>,
}

/// Why a report is not accepted.
/// 报告不被接受的原因。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceRefused")]
pub(crate) enum ReportRefusal {
    /// It is no signed report: cut off, too large, or something else.
    /// 不是完整的签名报告。
    Malformed,
    /// It is a token for another use.
    /// 是其他用途的令牌。
    WrongType,
    /// It names another algorithm than EdDSA, or none.
    /// 签名算法不是 EdDSA。
    WrongAlgorithm,
    /// It names a key that this service has not published.
    /// 所用密钥不在公布之列。
    UnknownKey,
    /// It was changed since it was signed, or was signed by somebody else.
    /// 签署后被改动，或不是本服务签署。
    Altered,
    /// It was truly signed, and its time is over.
    /// 签名有效，但已过期。
    Expired,
}

/// What verifying a report gives.
/// 核验的结果。
#[derive(SimpleObject)]
pub(crate) struct ReportVerification {
    /// Whether the report is as this service signed it, and still counts.
    /// 报告是否确由本服务签署、未被改动且在有效期内。
    is_valid: bool,
    /// Why it is not accepted; null if it is.
    /// 不被接受的原因；被接受时为 null。
    reason: Option<ReportRefusal>,
    /// The same in words; null if it is accepted.
    /// 原因的文字表述；被接受时为 null。
    message: Option<LocalizedText>,
    /// What it says; null unless it was truly signed.
    /// 报告内容；签名不符时为 null。
    statement: Option<SignedStatement>,
}

/// A report to be signed.
/// 待签署的报告。
#[derive(InputObject)]
pub(crate) struct SignConsortiumReportInput {
    /// The consortium.
    /// 联合体 ID。
    consortium: ID,
    /// The number of its newest version, as the caller has seen it.
    /// 调用方所见的最新版本号。
    version: i32,
    /// The day to judge for; without it, the consortium's own.
    /// 检查日期；默认为联合体设定的日期。
    as_of: Option<Date>,
}

payload! {
    /// What became of a report that was to be signed.
    /// 签署的结果。
    SignConsortiumReportPayload {
        /// The signed report; null if it was refused.
        /// 签名报告；被拒绝时为 null。
        report: SignedReportObject
    }
}

#[derive(Default)]
pub(crate) struct SignedReportMutation;

#[Object]
impl SignedReportMutation {
    /// Freezes the report on a consortium and signs it.
    /// Needs: an editor or owner of the profile of the lead institution of either side.
    /// 冻结联合体的检查报告并签名。
    /// 权限：任一方牵头单位资料的编辑或所有者。
    async fn sign_consortium_report(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The report.\n报告。")] input: SignConsortiumReportInput,
    ) -> async_graphql::Result<SignConsortiumReportPayload> {
        let day = input.as_of.map(|day| parse_day(&day.0).ok_or(()));
        let result = match (key_of(&input.consortium, "Consortium", "consortium"), day) {
            (Err(refusal), _) => Err(refusal),
            (_, Some(Err(()))) => Err(Refusal::invalid(
                UserErrorCode::Problem(ProblemCode::InvalidValue),
                "asOf",
                "不是日历上存在的日期（如 2023-06-05）",
                "not a day of the calendar such as 2023-06-05",
            )),
            (Ok(id), day) => {
                let day = day.and_then(Result::ok);
                match reports::sign(platform(context)?, actor(context)?, id, input.version, day).await {
                    Err(Refusal::NotFound) => Err(Refusal::not_found("consortium")),
                    other => other,
                }
            }
        };
        let (signed, user_errors) = settled(result)?;
        Ok((signed.map(SignedReportObject::new), user_errors).into())
    }
}

#[derive(Default)]
pub(crate) struct SignedReportQuery;

#[Object]
impl SignedReportQuery {
    /// Whether a report is as this service signed it. Anybody may ask.
    /// 核验报告是否确由本服务签署且未被改动；任何人均可使用。
    #[graphql(complexity = "20 + child_complexity")]
    async fn verify_report(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The report: compact, or JSON with it as `jws`.\n报告：紧凑格式，或含有 `jws` 的 JSON。")] jws: String,
    ) -> async_graphql::Result<ReportVerification> {
        let sealed = reports::verify(platform(context)?, &jws).await.map_err(|error| {
            tracing::error!(error = %error.message().en, "the keys of reports cannot be read");
            Fault::new(
                Code::Internal,
                "暂时无法核验，请稍后再试",
                "it cannot be verified at the moment; try again later",
            )
        })?;
        Ok(ReportVerification {
            is_valid: sealed.refused.is_none(),
            message: sealed.refused.map(|reason| reason.text().into()),
            reason: sealed.refused.map(Into::into),
            statement: sealed.statement.as_ref().map(SignedStatement::new),
        })
    }
}
