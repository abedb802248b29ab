//! Who fits whom: ranked partners, candidates for open slots, and whole sets of them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use eligibility::problem::not_allowed;
use eligibility::{DirectionId, Library, Localized, Requirement};
use profile::Assurance;
use service::matching::{
    self, Candidate, CompletionOptions, Completions, Match, Matches, OpenSlot, Part, Reason as ServiceReason, Score,
    Seeking,
};
use service::{ConsortiumId, Directory, Refusal};

use super::caller::{actor, platform, seen};
use super::connection::{PageInfo, price, size};
use super::consortium::SideOf;
use super::fact::FactObject;
use super::institution::{Role, RoleReportObject};
use super::manage::key_of;
use super::profile::{ProfileFilter, ProfileObject, direction_of, directory};
use super::report::{Outcome, Verdict};
use super::requirement::RequirementObject;
use super::scalars::Date;
use super::text::LocalizedText;
use crate::fault::{Code, Fault};

/// What a ranking costs beside its page: some milliseconds of a processor.
const RANKING: usize = 300;
/// What a search for whole sets costs.
const SEARCH: usize = 800;

/// What points of a match are given for.
/// 匹配计分的理由。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ServiceReason")]
pub(crate) enum MatchReason {
    /// It works on the subjects that are looked for.
    /// 从事所寻求的研究主题。
    Subjects,
    /// It works in a field of the seeker.
    /// 与本单位同属一个研究领域。
    Field,
    /// It offers what the seeker looks for.
    /// 能提供本单位所寻求的。
    Offers,
    /// It looks for what the seeker offers.
    /// 正寻求本单位所能提供的。
    Seeks,
    /// It has posted a request that the seeker answers.
    /// 其发布的合作需求与本单位相符。
    SeeksSuchAs,
    /// It answers a request of the seeker.
    /// 符合本单位发布的合作需求。
    IsSought,
    /// It has worked with the seeker.
    /// 曾与本单位合作。
    WorkedTogether,
    /// It has worked with partners of the seeker.
    /// 与本单位有共同的合作伙伴。
    CommonPartners,
    /// It has been in consortia of this direction or related ones.
    /// 有本方向或相近方向的组队经验。
    Experience,
    /// Its facts are declared by itself, or verified.
    /// 事实由其自行申报或已核实。
    Assurance,
    /// What decides about its roles is known.
    /// 判定资格所需的事实较完整。
    Completeness,
    /// How it answers expressions of interest.
    /// 对合作意向的答复情况。
    Responsiveness,
    /// It is new here.
    /// 新近加入。
    Newcomer,
}

/// A part of a match's score.
/// 匹配得分的一项。
#[derive(SimpleObject)]
pub(crate) struct MatchPart {
    /// What it is given for.
    /// 理由。
    reason: MatchReason,
    /// The points.
    /// 分值。
    points: u32,
    /// The same in words, without a full stop.
    /// 文字说明（不带句号）。
    text: LocalizedText,
}

/// A score and its parts. Scores of one question can be compared, those of different questions cannot. None of its parts rests
/// on a person.
/// 匹配得分及其构成：同一次查询内可比；任何一项均不取决于个人。
#[derive(SimpleObject)]
pub(crate) struct MatchScore {
    /// The sum.
    /// 总分。
    total: u32,
    /// The parts, the greatest first.
    /// 各项，分值高者在前。
    parts: Vec<MatchPart>,
}

impl From<Score> for MatchScore {
    fn from(score: Score) -> Self {
        let part =
            |part: Part| MatchPart { reason: part.reason.into(), points: part.points, text: (&part.text).into() };
        Self { total: score.total, parts: score.parts.into_iter().map(part).collect() }
    }
}

/// A partner that fits, and its cursor.
/// 匹配的合作单位及其游标。
pub(crate) struct MatchEdge {
    cursor: String,
    node: ProfileObject,
    score: Option<Score>,
    why: eligibility::Localized,
    is_claimed: bool,
    direction: DirectionId,
    role: eligibility::Role,
}

/// A partner that fits, and its cursor.
/// 匹配的合作单位及其游标。
#[Object(cache_control(private))]
impl MatchEdge {
    /// The cursor: pass it as `after` to go on from here.
    /// 游标：作为 `after` 传入即从此处继续。
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The partner.
    /// 合作单位。
    async fn node(&self) -> &ProfileObject {
        &self.node
    }

    /// Why it is suggested, in one sentence.
    /// 推荐理由（一句话）。
    async fn why(&self) -> LocalizedText {
        (&self.why).into()
    }

    /// Why it stands where it stands, part by part.
    /// 排序得分及其构成。
    #[graphql(complexity = "1 + 6 * child_complexity")]
    async fn score(&self) -> MatchScore {
        self.score.clone().unwrap_or_default().into()
    }

    /// Whether somebody looks after its profile, so that it can answer. Others would have to claim it first.
    /// 其资料是否已有人认领并维护，因而能够答复；否则须先由该单位认领。
    async fn is_claimed(&self) -> bool {
        self.is_claimed
    }

    /// Whether it could take the role: `ELIGIBLE`, or `UNDETERMINED` if that depends on facts that are missing.
    /// 能否承担该角色：`ELIGIBLE`（符合），或 `UNDETERMINED`（取决于尚缺的事实）。
    #[graphql(complexity = "5")]
    async fn verdict(&self) -> Verdict {
        self.node.role(self.direction, self.role).map_or(Verdict::Undetermined, |report| report.settled())
    }

    /// The facts that would decide it; empty if it is decided.
    /// 可据以判定的尚缺事实；已能判定时为空。
    #[graphql(complexity = "5 + 3 * child_complexity")]
    async fn missing_facts(&self) -> Vec<FactObject> {
        self.node.role(self.direction, self.role).map_or_else(Vec::new, |report| report.missing())
    }
}

/// Partners that fit, the best first.
/// 匹配的合作单位，得分高者在前。
pub(crate) struct MatchConnection {
    edges: Vec<MatchEdge>,
    own: Option<RoleReportObject>,
    total: usize,
    has_previous: bool,
    has_next: bool,
}

impl MatchConnection {
    fn new(
        directory: &Arc<Directory>,
        page: Matches,
        direction: DirectionId,
        own_role: eligibility::Role,
        role: eligibility::Role,
    ) -> Self {
        let Matches { matches, seeker, total, has_previous, has_next } = page;
        let library = directory.library();
        // Facts of a vocabulary that is no longer loaded cannot be judged.
        let own = profile::member(library, &seeker, Assurance::Imported).ok().and_then(|member| {
            let reports = RoleReportObject::all(library, Arc::new(member), None);
            reports.into_iter().find(|report| report.is_of(direction, own_role))
        });
        let edge = |found: Match| MatchEdge {
            cursor: found.cursor,
            node: ProfileObject::new(directory, found.listing),
            score: Some(found.score),
            why: found.why,
            is_claimed: found.is_looked_after,
            direction,
            role,
        };
        Self { edges: matches.into_iter().map(edge).collect(), own, total, has_previous, has_next }
    }
}

/// Partners that fit, the best first.
/// 匹配的合作单位，得分高者在前。
#[Object(cache_control(private))]
impl MatchConnection {
    /// The partners of the page with why they are suggested.
    /// 本页单位及推荐理由。
    async fn edges(&self) -> &[MatchEdge] {
        &self.edges
    }

    /// The partners of the page.
    /// 本页单位。
    async fn nodes(&self) -> Vec<&ProfileObject> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where the page stands in the list.
    /// 分页信息。
    async fn page_info(&self) -> PageInfo {
        let cursor = |edge: Option<&MatchEdge>| edge.map(|edge| edge.cursor.clone());
        PageInfo::new(self.has_previous, self.has_next, cursor(self.edges.first()), cursor(self.edges.last()))
    }

    /// How many there are on all pages.
    /// 总数。
    async fn total_count(&self) -> usize {
        self.total
    }

    /// How the profile that asks stands in its own role, by the newest of what it says: a partner that fits is no use to one that may
    /// not take part. Null where that cannot be judged any more.
    /// 查询单位自身（按其最新填写内容）能否承担所选角色；无法判定时为 null。
    #[graphql(complexity = "5 + child_complexity")]
    async fn own_report(&self) -> Option<&RoleReportObject> {
        self.own.as_ref()
    }
}

/// Who could join a consortium, and how.
/// 可加入联合体的候选单位。
#[derive(SimpleObject)]
#[graphql(name = "Candidate")]
pub(crate) struct CandidateObject {
    /// The institution.
    /// 单位。
    profile: ProfileObject,
    /// The side it would join.
    /// 加入哪一方。
    side: SideOf,
    /// Whether it would lead that side.
    /// 是否作为该方牵头单位。
    is_lead: bool,
    /// Why it is suggested, in one sentence.
    /// 推荐理由（一句话）。
    why: LocalizedText,
    /// Why it stands where it stands.
    /// 排序得分及其构成。
    score: MatchScore,
    /// Its facts that would decide whether it fills the place; empty where that is known. What of members already there would decide is
    /// said in `why`.
    /// 可据以判定其能否填补空缺的、其自身尚缺的事实；已能判定时为空。取决于现有成员的，见 `why`。
    missing_facts: Vec<FactObject>,
    /// Whether somebody looks after its profile, so that it can be invited. Others would have to claim it first.
    /// 其资料是否已有人认领并维护，因而可以受邀；否则须先由该单位认领。
    is_claimed: bool,
}

impl CandidateObject {
    fn new(directory: &Arc<Directory>, candidate: Candidate) -> Self {
        let library = directory.library();
        Self {
            profile: ProfileObject::new(directory, candidate.listing),
            side: candidate.side.into(),
            is_lead: candidate.is_lead,
            missing_facts: candidate.missing.iter().filter_map(|fact| FactObject::of(library, *fact)).collect(),
            is_claimed: candidate.is_looked_after,
            why: (&candidate.why).into(),
            score: candidate.score.into(),
        }
    }

    fn all(directory: &Arc<Directory>, candidates: Vec<Candidate>) -> Vec<Self> {
        candidates.into_iter().map(|candidate| Self::new(directory, candidate)).collect()
    }
}

/// A place in a consortium that somebody has to fill.
/// 联合体中的空缺位置。
#[derive(SimpleObject)]
#[graphql(name = "OpenSlot")]
pub(crate) struct OpenSlotObject {
    /// The requirement that asks for it.
    /// 提出该空缺的要求。
    requirement: RequirementObject,
    /// How that stands now.
    /// 该要求目前的判定结果。
    outcome: Outcome,
    /// What its member must be, in words.
    /// 应具备的条件（文字表述）。
    text: LocalizedText,
    /// The member in whose place it is; null for a further one.
    /// 拟替换的成员；增加成员时为 null。
    replaces: Option<ProfileObject>,
    /// Candidates that fill it, the best first.
    /// 可补上空缺的候选单位，得分高者在前。
    candidates: Vec<CandidateObject>,
    /// How many there are in all.
    /// 候选单位总数。
    candidates_total: usize,
    /// Candidates that may fill it, depending on facts that are missing, the best first.
    /// 可能补上空缺（取决于尚缺的事实）的候选单位，得分高者在前。
    possible_candidates: Vec<CandidateObject>,
    /// How many there are in all.
    /// 可能的候选单位总数。
    possible_candidates_total: usize,
}

/// A set of institutions to add.
/// 一组拟增加的单位。
#[derive(SimpleObject)]
pub(crate) struct CompletionSet {
    /// Whom to add; empty where nobody is missing.
    /// 拟增加的单位；无须增加时为空。
    additions: Vec<CandidateObject>,
    /// The sum of their points.
    /// 得分之和。
    total: u64,
    /// Requirements that depend on facts of theirs that are missing.
    /// 取决于其尚缺事实的要求。
    undetermined: Vec<RequirementObject>,
}

/// Sets of institutions that make the composition of a consortium valid.
/// 可使联合体组成符合要求的各组单位。
#[derive(SimpleObject)]
#[graphql(name = "Completions")]
pub(crate) struct CompletionsObject {
    /// The sets: the smallest first, then those with the most points.
    /// 各组：增加单位少者在前，其次得分高者在前。
    sets: Vec<CompletionSet>,
    /// Requirements that nobody who is added can mend; the repairs in the report say what else would.
    /// 增加单位无法补救的要求；可参看报告中的改动建议。
    unmendable: Vec<RequirementObject>,
    /// Requirements that depend on facts of members already there that are missing: enter those first.
    /// 取决于现有成员尚缺事实的要求；须先补齐这些事实。
    blocked: Vec<RequirementObject>,
    /// Whether there are sets if institutions of whom facts are missing are proposed as well (`undetermined: true`), where none is given.
    /// 未得出任何一组时，若一并考虑尚缺事实的单位（`undetermined: true`），是否有可行的组合。
    has_undetermined: bool,
    /// All sets of at most so many additions were considered.
    /// 已穷尽的增加单位数。
    searched: usize,
}

fn requirements(library: &Arc<Library>, guide: &str, all: &[Arc<Requirement>]) -> Vec<RequirementObject> {
    all.iter().map(|requirement| RequirementObject::new(library, guide, requirement)).collect()
}

/// A number of things that a caller asks for.
fn number(name: &str, value: Option<i32>, usual: usize, most: usize) -> Result<usize, Fault> {
    let Some(value) = value else { return Ok(usual) };
    usize::try_from(value).ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| {
        Fault::new(
            Code::InvalidArgument,
            format!("`{name}` 为 {value}；应在 1 至 {most} 之间"),
            format!("`{name}` is {value}; it must be from 1 to {most}"),
        )
    })
}

/// The consortium of an id; none for whatever this service did not give.
fn consortium(id: &ID) -> Option<ConsortiumId> {
    key_of(id, "Consortium", "consortium").ok()
}

#[derive(Default)]
pub(crate) struct MatchingQuery;

#[Object]
impl MatchingQuery {
    /// Partners that could take the complementary role in a direction, ranked, each with why. Those whose eligibility depends on
    /// missing facts are listed apart. Null for a profile that the caller may not see.
    /// Needs: a member of the profile.
    /// 在某一方向可承担互补角色的合作单位，按匹配程度排序并说明理由；资格取决于尚缺事实的单位另列。资料不可见时为 null。
    /// 权限：资料成员。
    #[graphql(complexity = "RANKING + price(first, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn matches_for(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The profile that seeks partners.\n寻求合作方的资料 ID。")] profile: ID,
        #[graphql(
            desc = "The direction: its key (`cn-nz`) or clause prefix (`1.1`, `HK1.1`).\n方向：键（`cn-nz`）或条款编号前缀（`1.1`、`HK1.1`）。"
        )]
        direction: String,
        #[graphql(
            desc = "The key of the call; the newest that has the direction, without it.\n指南的键；不填时取含有该方向的最新一份。"
        )]
        guide: Option<String>,
        #[graphql(desc = "The role that the profile takes.\n本单位承担的角色。")] role: Role,
        #[graphql(
            desc = "The role of those who are looked for; without it, `PARTNER` for a Chinese unit and `LEAD` for a partner.\n所寻单位的角色；不填时，中方单位寻 `PARTNER`，合作方寻 `LEAD`。"
        )]
        seeks: Option<Role>,
        #[graphql(
            desc = "The project's topic, if it is settled: its key or its name.\n项目领域（如已确定）：键或名称。"
        )]
        topic: Option<String>,
        #[graphql(
            desc = "Whether to list those whose eligibility depends on missing facts, instead of those who are eligible.\n是否改为列出资格取决于尚缺事实的单位。",
            default = false
        )]
        undetermined: bool,
        #[graphql(
            desc = "Whether to list only institutions whose profiles somebody looks after, so that they can answer.\n是否仅列出资料已有人认领、能够答复的单位。",
            default = false
        )]
        claimed: bool,
        #[graphql(desc = "Which profiles.\n筛选条件。")] filter: Option<ProfileFilter>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<Option<MatchConnection>> {
        let directory = directory(context)?;
        let direction = direction_of(directory.library(), guide.as_deref(), &direction)?;
        let Ok(profile) =
            key_of(&profile, "Profile", "profile").or_else(|_| key_of(&profile, "ManagedProfile", "profile"))
        else {
            return Ok(None);
        };
        let topic = match (&topic, directory.library().direction(direction)) {
            (Some(text), Some(of)) => {
                let known = || -> Vec<&str> { of.topics.items.iter().map(|topic| topic.key.as_str()).collect() };
                let what = Localized::new("本方向领域", "topic of this direction");
                let found = of.topics.find(text).map(str::to_owned);
                Some(found.ok_or_else(|| Fault::of(Code::InvalidArgument, not_allowed(&what, text, &known())))?)
            }
            _ => None,
        };
        let role: eligibility::Role = role.into();
        let wanted = seeks.map_or_else(|| matching::complement(role), Into::into);
        let seeking = Seeking {
            profile,
            direction,
            role,
            wanted: Some(wanted),
            topic,
            undetermined,
            filter: filter.unwrap_or_default().read(directory)?,
            looked_after: claimed,
            first: size(first)?,
            after,
        };
        let page = match matching::matches_for(platform(context)?, actor(context)?, seeking).await {
            Err(Refusal::Invalid(errors)) if errors.iter().any(|error| error.field == "after") => {
                let error = errors.into_iter().next().map(|error| error.message).unwrap_or_default();
                return Err(Fault::of(Code::InvalidCursor, error).into());
            }
            other => seen(other)?,
        };
        Ok(page.map(|page| MatchConnection::new(directory, page, direction, role, wanted)))
    }

    /// The open slots of a consortium: what each composition requirement that is violated or undetermined still asks for, with ranked
    /// candidates. Null for a consortium that the caller may not see.
    /// Needs: a member of the profile of a member institution of the consortium.
    /// 联合体的空缺位置：每条尚不符合或尚不能判定的组成要求还需要什么样的成员，并按匹配程度列出候选单位。联合体不可见时为 null。
    /// 权限：联合体成员单位资料成员。
    #[graphql(complexity = "SEARCH + 3 * price(first, child_complexity)")]
    async fn open_slots(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consortium.\n联合体 ID。")] consortium: ID,
        #[graphql(
            desc = "How many candidates a slot, from 1 to 100; 10 without it.\n每个空缺列出的候选单位数，1 至 100；默认 10。"
        )]
        first: Option<i32>,
        #[graphql(
            desc = "Whether to list only institutions whose profiles somebody looks after, so that they can answer.\n是否仅列出资料已有人认领、能够答复的单位。",
            default = false
        )]
        claimed: bool,
    ) -> async_graphql::Result<Option<Vec<OpenSlotObject>>> {
        let Some(id) = self::consortium(&consortium) else { return Ok(None) };
        let first = number("first", first, 10, 100)?;
        let slots = seen(matching::open_slots(platform(context)?, actor(context)?, id, first, claimed).await)?;
        let Some(slots) = slots else { return Ok(None) };
        let directory = directory(context)?;
        let mut objects = Vec::with_capacity(slots.len());
        for slot in slots {
            let OpenSlot { requirement, guide, outcome, replaces, text, candidates, total, possible, possible_total } =
                slot;
            let replaces = match replaces {
                Some(id) => ProfileObject::find_key(directory, &id.to_string())?,
                None => None,
            };
            objects.push(OpenSlotObject {
                requirement: RequirementObject::new(directory.library(), &guide, &requirement),
                outcome: outcome.into(),
                text: (&text).into(),
                replaces,
                candidates: CandidateObject::all(directory, candidates),
                candidates_total: total,
                possible_candidates: CandidateObject::all(directory, possible),
                possible_candidates_total: possible_total,
            });
        }
        Ok(Some(objects))
    }

    /// Whole sets of institutions to add that make the composition of a consortium valid: exact, the smallest first, then those that
    /// fit best. Null for a consortium that the caller may not see.
    /// Needs: a member of the profile of a member institution of the consortium.
    /// 可使联合体组成符合要求的各组拟增单位：精确求解，增加少者在前，其次匹配程度高者在前。联合体不可见时为 null。
    /// 权限：联合体成员单位资料成员。
    #[graphql(complexity = "SEARCH + price(first, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn completions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The consortium.\n联合体 ID。")] consortium: ID,
        #[graphql(desc = "Additions in one set, from 1 to 5; 4 without it.\n每组最多增加的单位数，1 至 5；默认 4。")]
        size: Option<i32>,
        #[graphql(desc = "How many sets, from 1 to 50; 10 without it.\n组数，1 至 50；默认 10。")] first: Option<i32>,
        #[graphql(
            desc = "Whether to propose institutions of whom facts are missing as well.\n是否也列出尚缺事实的单位。",
            default = false
        )]
        undetermined: bool,
        #[graphql(
            desc = "The day it is judged for; the consortium's own without it.\n检查所依据的日期；不填时为联合体自身的日期。"
        )]
        as_of: Option<Date>,
        #[graphql(
            desc = "Whether to list only institutions whose profiles somebody looks after, so that they can answer.\n是否仅列出资料已有人认领、能够答复的单位。",
            default = false
        )]
        claimed: bool,
    ) -> async_graphql::Result<Option<CompletionsObject>> {
        let Some(id) = self::consortium(&consortium) else { return Ok(None) };
        let options = CompletionOptions {
            size: number("size", size, 4, 5)?,
            sets: number("first", first, 10, 50)?,
            allow_undetermined: undetermined,
            as_of: as_of.map(|day| day.day("asOf")).transpose()?,
            looked_after: claimed,
        };
        let found = seen(matching::completions(platform(context)?, actor(context)?, id, options).await)?;
        let Some(found) = found else { return Ok(None) };
        let directory = directory(context)?;
        let library = directory.library();
        let Completions { guide, sets, unmendable, blocked, has_undetermined, searched } = found;
        let sets = sets.into_iter().map(|set| CompletionSet {
            additions: CandidateObject::all(directory, set.additions),
            total: set.total,
            undetermined: requirements(library, &guide, &set.undetermined),
        });
        Ok(Some(CompletionsObject {
            sets: sets.collect(),
            unmendable: requirements(library, &guide, &unmendable),
            blocked: requirements(library, &guide, &blocked),
            has_undetermined,
            searched,
        }))
    }
}
