//! Profiles as those who own and review them work on them.

mod cases;
mod evidence;
mod history;
mod inbox;
mod members;
mod owner;
mod review;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use eligibility::date::timestamp;
use profile::checks::{self, Severity as CheckSeverity};
use profile::difference::{Difference as ProfileDifference, Part};
use profile::{Assurance as ProfileAssurance, ProfileId};
use service::policy::ProfileRole;
use service::profiles::{self, Duplicate as ProfileDuplicate, Managed, Resemblance as ProfileResemblance};
use service::{Refusal, UserErrorCode};

pub(crate) use self::cases::{DecisionKind, ReviewCaseObject};
pub(crate) use self::evidence::{EvidenceMutation, EvidenceObject};
pub(crate) use self::history::{AuditRecordObject, HistoryQuery};
pub(crate) use self::inbox::events;
pub(crate) use self::inbox::{InboxMutation, InboxQuery, InboxSubscription, NotificationObject};
pub(crate) use self::members::MemberMutation;
pub(crate) use self::owner::OwnerMutation;
pub(crate) use self::review::{ReviewMutation, ReviewQuery, ReviewSubscription};
use crate::schema::caller::{actor, platform, refused, seen};
use crate::schema::direction::DirectionObject;
use crate::schema::fact::FactObject;
use crate::schema::institution::Role;
use crate::schema::node;
use crate::schema::profile::{Assurance, ProfileContent, ProfileObject};
use crate::schema::report::Verdict;
use crate::schema::scalars::DateTime;
use crate::schema::text::LocalizedText;
use crate::schema::user_error::UserError;

/// A payload: what was changed, and what the caller has to mend.
macro_rules! payload {
    ($(#[doc = $doc:literal])+ $name:ident { $(#[doc = $field_doc:literal])+ $field:ident: $type:ty }) => {
        $(#[doc = $doc])+
        #[derive(async_graphql::SimpleObject)]
        pub(crate) struct $name {
            $(#[doc = $field_doc])+
            pub(crate) $field: Option<$type>,
            /// What has to be mended; empty where it was done.
            /// 需要改正之处；已完成时为空。
            pub(crate) user_errors: Vec<$crate::schema::user_error::UserError>,
        }

        impl From<(Option<$type>, Vec<$crate::schema::user_error::UserError>)> for $name {
            fn from((value, user_errors): (Option<$type>, Vec<$crate::schema::user_error::UserError>)) -> Self {
                Self { $field: value, user_errors }
            }
        }
    };
}
pub(crate) use payload;

/// Where a profile stands in its life: what its newest revision is.
/// 资料的状态（就其最新版本而言）。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "profiles::Status")]
pub(crate) enum ProfileStatus {
    /// Being written by its owner.
    /// 草稿。
    Draft,
    /// Waiting for review.
    /// 待审核。
    Submitted,
    /// Sent back to its owner.
    /// 退回修改。
    ChangesRequested,
    /// The newest revision is published.
    /// 最新版本已发布。
    Published,
    /// Taken off the list by a moderator.
    /// 已被审核员暂停展示。
    Suspended,
    /// Taken off the list by its owner, or no longer kept up by its registry.
    /// 已归档（所有者下架，或登记库不再收录）。
    Archived,
}

/// What a member of a profile may do.
/// 资料成员的角色。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ProfileRole")]
pub(crate) enum MemberRole {
    /// Sees what is not public of it.
    /// 查看者：可查看未公开的内容。
    Viewer,
    /// Edits and submits it.
    /// 编辑：可修改和送审。
    Editor,
    /// Decides about it, its members included.
    /// 所有者：可决定资料及其成员。
    Owner,
}

/// How much a finding of an automatic check matters.
/// 自动检查结果的严重程度。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "CheckSeverity")]
pub(crate) enum Severity {
    /// Good to know.
    /// 提示。
    Info,
    /// To be looked at.
    /// 需核对。
    Warning,
    /// Wrong.
    /// 有误。
    Error,
}

/// What an automatic check found in a profile.
/// 资料自动检查的一项结果。
#[derive(SimpleObject)]
pub(crate) struct ProfileCheck {
    /// Its kind, for programs, such as `CREDIT_CODE_AGAINST_KIND`.
    /// 种类代码（供程序使用），如 `CREDIT_CODE_AGAINST_KIND`。
    code: String,
    /// How much it matters.
    /// 严重程度。
    severity: Severity,
    /// What was found.
    /// 说明。
    message: LocalizedText,
    /// What it is about: facts, or parts of a profile.
    /// 涉及的事实或部分。
    about: Vec<String>,
}

/// What differs in one part of a profile.
/// 资料某一部分的差异。
#[derive(SimpleObject)]
pub(crate) struct ProfileDifferencePart {
    /// The part: `NAME`, `FACT`, `OFFERS`…
    /// 部分：`NAME`、`FACT`、`OFFERS` 等。
    part: String,
    /// The fact, where it is one.
    /// 所涉事实（如有）。
    fact: Option<FactObject>,
    /// What it was; null if it was not there.
    /// 原内容；原先没有时为 null。
    before: Option<String>,
    /// What it is; null if it is no longer there.
    /// 现内容；已删除时为 null。
    after: Option<String>,
    /// Who vouched for it before.
    /// 原核实程度。
    assurance_before: Option<Assurance>,
    /// Who vouches for it now.
    /// 现核实程度。
    assurance_after: Option<Assurance>,
}

/// Why a profile may be of the same institution.
/// 判断可能重复的依据。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ProfileResemblance")]
pub(crate) enum Resemblance {
    /// It has an identifier that is one institution's alone.
    /// 唯一标识符相同。
    Identifier,
    /// It has the same name.
    /// 名称相同。
    Name,
    /// It has the same domain.
    /// 域名相同。
    Domain,
}

/// A profile that may be of the same institution.
/// 可能重复的资料。
#[derive(SimpleObject)]
pub(crate) struct DuplicateProfile {
    /// Its id.
    /// 资料 ID。
    profile_id: ID,
    /// What it is called.
    /// 名称。
    name: LocalizedText,
    /// Why it may be the same, the strongest reason first.
    /// 依据，最有力者在前。
    resemblances: Vec<Resemblance>,
}

impl From<ProfileDuplicate> for DuplicateProfile {
    fn from(duplicate: ProfileDuplicate) -> Self {
        Self {
            profile_id: node::id("Profile", &duplicate.profile.to_string()),
            name: duplicate.name.into(),
            resemblances: duplicate.resemblance.into_iter().map(Resemblance::from).collect(),
        }
    }
}

/// What is missing to judge a profile in a direction.
/// 在某一方向上尚缺的事实。
#[derive(SimpleObject)]
pub(crate) struct DirectionCompleteness {
    /// The direction.
    /// 方向。
    direction: DirectionObject,
    /// How many facts are missing, for any role.
    /// 尚缺事实的数量（就各角色合计）。
    missing_count: usize,
    /// The facts that are missing, for any role.
    /// 尚缺的事实。
    missing_facts: Vec<FactObject>,
    /// How it stands in each role.
    /// 各角色的情况。
    roles: Vec<RoleCompleteness>,
}

/// What is missing to judge a profile in a role.
/// 在某一角色上尚缺的事实。
#[derive(SimpleObject)]
pub(crate) struct RoleCompleteness {
    /// The role.
    /// 角色。
    role: Role,
    /// Whether it could take it, as far as is known.
    /// 就已知事实能否承担。
    verdict: Verdict,
    /// The facts that would decide it.
    /// 可据以判定的尚缺事实。
    missing_facts: Vec<FactObject>,
}

/// A member of a profile.
/// 资料成员。
#[derive(SimpleObject)]
pub(crate) struct ProfileMember {
    /// The account's id.
    /// 账户 ID。
    account_id: ID,
    /// The person's name.
    /// 姓名。
    name: String,
    /// What the member may do.
    /// 角色。
    role: MemberRole,
    /// Since when.
    /// 加入时间。
    since: DateTime,
}

/// An invitation to a profile that waits for an answer.
/// 待答复的邀请。
#[derive(SimpleObject)]
pub(crate) struct ProfileInvitation {
    /// Names it, to revoke it.
    /// 邀请 ID，用于撤回。
    invitation_id: ID,
    /// Whom it was sent to.
    /// 受邀邮箱。
    email: String,
    /// What the member will be able to do.
    /// 角色。
    role: MemberRole,
    /// When it was sent.
    /// 发送时间。
    sent_at: DateTime,
    /// Until when it can be answered.
    /// 答复期限。
    expires_at: DateTime,
}

impl From<profiles::Invitation> for ProfileInvitation {
    fn from(invitation: profiles::Invitation) -> Self {
        Self {
            invitation_id: node::id("Invitation", &invitation.id.to_string()),
            email: invitation.email,
            role: invitation.role.into(),
            sent_at: DateTime(timestamp(invitation.created_at)),
            expires_at: DateTime(timestamp(invitation.expires_at)),
        }
    }
}

/// A verification of a fact.
/// 一项事实的核实记录。
#[derive(SimpleObject)]
pub(crate) struct FactVerification {
    /// The fact.
    /// 事实。
    fact: FactObject,
    /// The id of the evidence.
    /// 证明材料 ID。
    evidence_id: Option<ID>,
    /// When it was verified.
    /// 核实时间。
    verified_at: DateTime,
    /// The last day of it; null if it has none.
    /// 有效期的最后一天；无期限时为 null。
    expires_on: Option<crate::schema::scalars::Date>,
    /// When it ended; null while it holds.
    /// 失效时间；有效时为 null。
    ended_at: Option<DateTime>,
}

/// A profile as its members and the moderators see it: its newest revision, and what is not public.
/// 成员和审核员所见的资料：最新版本及未公开内容。
pub(crate) struct ManagedProfileObject {
    managed: Managed,
}

impl ManagedProfileObject {
    pub(crate) fn new(managed: Managed) -> Self {
        Self { managed }
    }

    /// The managed profile of the key in a global id; nothing for whoever may not see it.
    pub(crate) async fn find_key(context: &Context<'_>, key: &str) -> async_graphql::Result<Option<Self>> {
        let Ok(id) = key.parse::<ProfileId>() else { return Ok(None) };
        match profiles::managed(platform(context)?, actor(context)?, id).await {
            Err(Refusal::Unauthenticated | Refusal::Forbidden(_)) => Ok(None),
            other => Ok(seen(other)?.map(Self::new)),
        }
    }

    pub(crate) async fn find(context: &Context<'_>, id: ProfileId) -> async_graphql::Result<Option<Self>> {
        match profiles::managed(platform(context)?, actor(context)?, id).await {
            // Whoever may not see it learns no more than that a published profile is there.
            Err(Refusal::Forbidden(_)) => Ok(None),
            other => Ok(seen(other)?.map(Self::new)),
        }
    }
}

/// A profile as its members and the moderators see it: its newest revision, and what is not public.
/// 成员和审核员所见的资料：最新版本及未公开内容。
#[Object(name = "ManagedProfile", cache_control(private))]
impl ManagedProfileObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("ManagedProfile", &self.managed.id.to_string())
    }

    /// The id of the profile, which everybody knows once it is published.
    /// 资料 ID（发布后公开）。
    async fn profile_id(&self) -> ID {
        node::id("Profile", &self.managed.id.to_string())
    }

    /// What everybody sees; null while it is not listed.
    /// 公开的资料；未列出时为 null。
    async fn profile(&self, context: &Context<'_>) -> async_graphql::Result<Option<ProfileObject>> {
        ProfileObject::find_key(platform(context)?.directory(), &self.managed.id.to_string())
    }

    /// Where it stands.
    /// 状态。
    async fn status(&self) -> ProfileStatus {
        self.managed.status.into()
    }

    /// Whether everybody sees its published revision.
    /// 已发布版本是否公开可见。
    async fn is_listed(&self) -> bool {
        self.managed.is_listed
    }

    /// The number of the newest revision; an edit names it.
    /// 最新版本的序号；修改时须注明。
    async fn revision(&self) -> i32 {
        self.managed.revision
    }

    /// The number of the published revision; null if there is none.
    /// 已发布版本的序号；没有时为 null。
    async fn published_revision(&self) -> Option<i32> {
        self.managed.published_revision
    }

    /// What the caller may do with it; null for moderators who are no members.
    /// 调用者的角色；非成员的审核员为 null。
    async fn role(&self) -> Option<MemberRole> {
        self.managed.role.map(MemberRole::from)
    }

    /// What the newest revision says.
    /// 最新版本的内容。
    async fn content(&self, context: &Context<'_>) -> async_graphql::Result<ProfileContent> {
        Ok(ProfileContent::new(platform(context)?.directory(), self.managed.content.clone()))
    }

    /// What a revision says; null if there is none of that number.
    /// 某一版本的内容；没有该版本时为 null。
    async fn content_of(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The number of the revision, from 1.\n版本序号，自 1 起。")] revision: i32,
    ) -> async_graphql::Result<Option<ProfileContent>> {
        let platform = platform(context)?;
        let content = seen(profiles::revision(platform, actor(context)?, self.managed.id, revision).await)?;
        Ok(content.map(|content| ProfileContent::new(platform.directory(), content)))
    }

    /// What changed since the published revision; everything, if none is published.
    /// 与已发布版本相比的变更；从未发布时为全部内容。
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn differences(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ProfileDifferencePart>> {
        let platform = platform(context)?;
        let published = match self.managed.published_revision {
            Some(number) if number == self.managed.revision => return Ok(Vec::new()),
            Some(number) => seen(profiles::revision(platform, actor(context)?, self.managed.id, number).await)?,
            None => None,
        };
        let differences = profile::difference::difference(published.as_ref(), &self.managed.content);
        let library = platform.directory().library();
        let part = |difference: ProfileDifference| ProfileDifferencePart {
            part: difference.part.as_str().to_owned(),
            fact: match &difference.part {
                Part::Fact(name) | Part::Verification(name) => FactObject::find(library, &format!("member.{name}")),
                _ => None,
            },
            before: difference.before,
            after: difference.after,
            assurance_before: difference.assurance_before.map(Assurance::from),
            assurance_after: difference.assurance_after.map(Assurance::from),
        };
        Ok(differences.into_iter().map(part).collect())
    }

    /// What automatic checks find in the newest revision.
    /// 对最新版本的自动检查结果。
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn checks(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ProfileCheck>> {
        let platform = platform(context)?;
        let published = match self.managed.published_revision {
            Some(number) => seen(profiles::revision(platform, actor(context)?, self.managed.id, number).await)?,
            None => None,
        };
        let library = platform.directory().library();
        let found = checks::checks(&self.managed.content, published.as_ref(), library, service::today());
        // Whoever does not see the contact is not told whether there is one.
        let sees_contact = self.managed.role.is_some();
        let found = found.into_iter().filter(|check| sees_contact || check.code.as_str() != "CONTACT_MISSING");
        let check = |check: checks::Check| ProfileCheck {
            code: check.code.as_str().to_owned(),
            severity: check.severity.into(),
            message: check.message.into(),
            about: check.facts,
        };
        Ok(found.map(check).collect())
    }

    /// Listed profiles that may be of the same institution.
    /// 可能重复的公开资料。
    #[graphql(complexity = "400 + 5 * child_complexity")]
    async fn duplicates(&self, context: &Context<'_>) -> async_graphql::Result<Vec<DuplicateProfile>> {
        let found = profiles::duplicates(platform(context)?, actor(context)?, self.managed.id).await;
        Ok(seen(found)?.unwrap_or_default().into_iter().map(DuplicateProfile::from).collect())
    }

    /// What is missing to judge the newest revision in each direction.
    /// 就最新版本，在各方向上尚缺的事实。
    #[graphql(complexity = "10 + 13 * child_complexity")]
    async fn completeness(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Counts only facts vouched for at least so well.\n仅计入至少达到该核实程度的事实。",
            default_with = "Assurance::Imported"
        )]
        assurance: Assurance,
    ) -> async_graphql::Result<Vec<DirectionCompleteness>> {
        let library = platform(context)?.directory().library();
        let least = ProfileAssurance::from(assurance);
        // Facts of a vocabulary that is no longer loaded cannot be judged.
        let Ok(all) = profile::completeness(library, &self.managed.content, least) else { return Ok(Vec::new()) };
        let facts = |names: &[String]| -> Vec<FactObject> {
            names.iter().filter_map(|name| FactObject::find(library, &format!("member.{name}"))).collect()
        };
        let completeness = |one: profile::DirectionCompleteness| {
            Some(DirectionCompleteness {
                direction: DirectionObject::of(library, one.direction)?,
                missing_count: one.missing.len(),
                missing_facts: facts(&one.missing),
                roles: one
                    .roles
                    .iter()
                    .map(|role| RoleCompleteness {
                        role: role.role.into(),
                        verdict: role.verdict.into(),
                        missing_facts: facts(&role.missing),
                    })
                    .collect(),
            })
        };
        Ok(all.into_iter().filter_map(completeness).collect())
    }

    /// Its members, the oldest first.
    /// 成员，加入早者在前。
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn members(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ProfileMember>> {
        let members = profiles::members(platform(context)?, actor(context)?, self.managed.id).await;
        let member = |member: profiles::Member| ProfileMember {
            account_id: node::id("Account", &member.account.to_string()),
            name: member.name,
            role: member.role.into(),
            since: DateTime(timestamp(member.since)),
        };
        Ok(seen(members)?.unwrap_or_default().into_iter().map(member).collect())
    }

    /// Invitations that wait for an answer; for owners.
    /// 待答复的邀请；仅所有者可见。
    #[graphql(complexity = "5 + 5 * child_complexity")]
    async fn invitations(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ProfileInvitation>> {
        let open = profiles::invitations(platform(context)?, actor(context)?, self.managed.id).await;
        Ok(open.map_err(refused)?.into_iter().map(ProfileInvitation::from).collect())
    }

    /// What moderators were and are asked to decide about it, the newest first.
    /// 提交审核的事项，新者在前。
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn cases(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ReviewCaseObject>> {
        let cases = profiles::cases_of(platform(context)?, actor(context)?, self.managed.id).await;
        Ok(seen(cases)?.unwrap_or_default().into_iter().map(ReviewCaseObject::new).collect())
    }

    /// The verifications of its facts, the newest first; those that have ended as well.
    /// 事实的核实记录（含已失效者），新者在前。
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn verifications(&self, context: &Context<'_>) -> async_graphql::Result<Vec<FactVerification>> {
        let platform = platform(context)?;
        let verified = profiles::verifications(platform, actor(context)?, self.managed.id).await;
        let library = platform.directory().library();
        let verification = |one: profiles::VerifiedFact| {
            Some(FactVerification {
                fact: FactObject::find(library, &format!("member.{}", one.fact))?,
                evidence_id: one.evidence.map(|id| node::id("Evidence", &id.to_string())),
                verified_at: DateTime(timestamp(one.at)),
                expires_on: one.expires_on.map(Into::into),
                ended_at: one.ended_at.map(|at| DateTime(timestamp(at))),
            })
        };
        Ok(seen(verified)?.unwrap_or_default().into_iter().filter_map(verification).collect())
    }

    /// The evidence for its facts that is on file.
    /// 已存证明材料。
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn evidence(&self, context: &Context<'_>) -> async_graphql::Result<Vec<EvidenceObject>> {
        let files = service::evidence::of_profile(platform(context)?, actor(context)?, self.managed.id).await;
        Ok(files.map_err(refused)?.into_iter().map(EvidenceObject::new).collect())
    }

    /// When it was made.
    /// 创建时间。
    async fn created_at(&self) -> DateTime {
        DateTime(timestamp(self.managed.created_at))
    }

    /// When what is published was last confirmed; null if it never was.
    /// 已发布内容的最近确认时间；从未确认时为 null。
    async fn confirmed_at(&self) -> Option<DateTime> {
        self.managed.confirmed_at.map(|at| DateTime(timestamp(at)))
    }

    /// The declared facts that were not confirmed for too long.
    /// 久未确认、视为过期的自行申报事实。
    async fn stale_facts(&self, context: &Context<'_>) -> async_graphql::Result<Vec<FactObject>> {
        let platform = platform(context)?;
        let library = platform.directory().library();
        let days = platform.settings().stale_after_days;
        let stale = profile::stale_facts(&self.managed.content, self.managed.confirmed_at, service::now(), days);
        Ok(stale.into_iter().filter_map(|name| FactObject::find(library, &format!("member.{name}"))).collect())
    }
}

/// The profile of a global id, as mutations take it.
///
/// # Errors
/// `userErrors` with `NOT_FOUND` for the id of anything else.
pub(crate) fn profile_of(id: &ID) -> Result<ProfileId, Refusal> {
    let parts = node::parts(id).map_err(|_| Refusal::not_found("profile"))?;
    let is_profile = matches!(parts.0.as_str(), "Profile" | "ManagedProfile");
    let key = parts.1.parse().ok().filter(|_| is_profile);
    key.ok_or_else(|| Refusal::not_found("profile"))
}

/// The key of a global id of a kind, as mutations take it.
///
/// # Errors
/// `userErrors` with `NOT_FOUND` for the id of anything else.
pub(crate) fn key_of<T: std::str::FromStr>(id: &ID, kind: &str, field: &str) -> Result<T, Refusal> {
    let parts = node::parts(id).map_err(|_| Refusal::not_found(field))?;
    let key = parts.1.parse().ok().filter(|_| parts.0 == kind);
    key.ok_or_else(|| Refusal::not_found(field))
}

/// The profile after a change; where it was refused for a newer revision, that.
pub(crate) async fn changed<T>(
    context: &Context<'_>,
    id: &ID,
    result: Result<T, Refusal>,
) -> async_graphql::Result<(Option<ManagedProfileObject>, Vec<UserError>)> {
    let is_conflict = |errors: &[service::UserError]| errors.iter().any(|error| error.code == UserErrorCode::Conflict);
    let (is_shown, errors) = match result {
        Ok(_) => (true, Vec::new()),
        Err(Refusal::Invalid(errors)) => (is_conflict(&errors), errors),
        Err(Refusal::NotFound) => match Refusal::not_found("profile") {
            Refusal::Invalid(errors) => (false, errors),
            _ => (false, Vec::new()),
        },
        Err(refusal) => return Err(refused(refusal)),
    };
    let shown = match profile_of(id) {
        Ok(id) if is_shown => ManagedProfileObject::find(context, id).await?,
        _ => None,
    };
    Ok((shown, errors.into_iter().map(UserError::from).collect()))
}

#[derive(Default)]
pub(crate) struct ManagedProfileQuery;

#[Object]
impl ManagedProfileQuery {
    /// The profiles that the caller is a member of, the newest first.
    /// Needs: anybody who has signed in.
    /// 调用者参与的资料，新者在前。
    /// 权限：已登录者。
    #[graphql(complexity = "5 + 10 * child_complexity", cache_control(private))]
    async fn my_profiles(&self, context: &Context<'_>) -> async_graphql::Result<Vec<ManagedProfileObject>> {
        let mine = profiles::mine(platform(context)?, actor(context)?).await.map_err(refused)?;
        Ok(mine.into_iter().map(ManagedProfileObject::new).collect())
    }

    /// A profile as its members and the moderators see it; null for everybody else.
    /// Needs: a member of the profile, or a moderator with a second factor.
    /// 成员和审核员所见的资料；其他人得到 null。
    /// 权限：资料成员，或审核员（须两步验证）。
    #[graphql(cache_control(private))]
    async fn managed_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id of the profile.\n资料 ID。")] id: ID,
    ) -> async_graphql::Result<Option<ManagedProfileObject>> {
        match profile_of(&id) {
            Ok(id) => ManagedProfileObject::find(context, id).await,
            Err(_) => Ok(None),
        }
    }
}
