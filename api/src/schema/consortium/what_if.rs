//! How a consortium would do with other members and facts, on another day, in another direction.

use async_graphql::{Context, ID, InputObject, SimpleObject};
use eligibility::date::parse_day;
use eligibility::problem::ProblemCode;
use profile::ProfileId;
use service::consortia::Shown;
use service::reports::{self, Fit, Joining, WhatIf};
use service::{Refusal, UserErrorCode};

use super::SideOf;
use crate::fault::shortened;
use crate::schema::caller::{platform, refused, settled};
use crate::schema::direction::DirectionObject;
use crate::schema::library;
use crate::schema::manage::{key_of, profile_of};
use crate::schema::profile::stated;
use crate::schema::report::{Mask, ReportObject, Verdict};
use crate::schema::scalars::{Date, FactValue};
use crate::schema::user_error::UserError;

/// Changes to try. Nothing is saved.
/// 拟试算的变动；不保存任何内容。
#[derive(InputObject)]
pub(crate) struct WhatIfInput {
    /// Judge for this day.
    /// 按该日期检查。
    as_of: Option<Date>,
    /// Judge in this direction of the same call: its id, its key (`cn-nz`) or its clause prefix (`1.1`, `HK1.1`).
    /// 按同一指南的该方向检查：方向 ID、键（`cn-nz`）或条款编号前缀（`1.1`、`HK1.1`）。
    direction: Option<ID>,
    /// Institutions that would join.
    /// 拟增加的单位。
    #[graphql(default, validator(max_items = 50))]
    add_members: Vec<WhatIfMemberInput>,
    /// The profiles of members that would no longer be in it.
    /// 拟减去的成员单位（资料 ID）。
    #[graphql(default, validator(max_items = 50))]
    remove_members: Vec<ID>,
    /// Facts of the project that would be others.
    /// 拟改变的项目事实。
    #[graphql(default, validator(max_items = 100))]
    facts: Vec<WhatIfFactInput>,
}

/// An institution that would join: a listed one, or one of which only some facts are given.
/// 拟增加的单位：已公开的单位资料，或仅给出若干事实。
#[derive(InputObject)]
pub(crate) struct WhatIfMemberInput {
    /// Its profile; it is judged by what everybody sees of it.
    /// 单位资料 ID；按公开内容判断。
    profile: Option<ID>,
    /// Facts of it, in place of those of the profile.
    /// 该单位的事实，优先于资料中的内容。
    #[graphql(default, validator(max_items = 100))]
    facts: Vec<WhatIfFactInput>,
    /// The side it would be on.
    /// 所属方。
    side: SideOf,
    /// Whether it would lead that side, in place of whoever does.
    /// 是否作为本方牵头单位（取代现牵头单位）。
    #[graphql(default)]
    lead: bool,
}

/// A fact to try.
/// 拟试算的一项事实。
#[derive(InputObject)]
pub(crate) struct WhatIfFactInput {
    /// Its name, as `facts` lists it; `project.` or `member.` may be left out.
    /// 事实名称（见 `facts`）；可省略 `project.` 或 `member.`。
    fact: String,
    /// What it would be; null makes it unknown.
    /// 拟取的值；null 表示未知。
    value: Option<FactValue>,
}

/// How a consortium would do, as far as the reader may know. Findings that rest on confidential facts of others are left out: one
/// change tried after the other would tell them.
/// 试算结果（以读者可知为限）。依据他方保密事实的判定一概略去，以免通过反复试算推知。
#[derive(SimpleObject)]
pub(crate) struct WhatIfReport {
    /// What would be found. Its verdict rests on what is shown.
    /// 检查报告；结论仅依据所显示的内容。
    report: ReportObject,
    /// Whether requirements of the call are left out, so that the verdict is not the whole one. Rules around the call have no part in it.
    /// 是否略去了部分指南要求（此时结论不完整；通用申报要求不影响结论）。
    is_partial: bool,
    /// How many findings are left out, rules around the call included.
    /// 略去的判定个数（含通用申报要求）。
    withheld: usize,
}

/// What trying changes gives.
/// 试算的结果。
#[derive(SimpleObject)]
pub(crate) struct WhatIfResult {
    /// How the consortium would do; null if the input has errors.
    /// 试算结果；输入有误时为 null。
    result: Option<WhatIfReport>,
    /// What is wrong with the input.
    /// 输入中的问题。
    user_errors: Vec<UserError>,
}

/// How a team and its project would do in a direction.
/// 该团队及项目在某一方向的符合情况。
#[derive(SimpleObject)]
pub(crate) struct DirectionFit {
    /// The direction.
    /// 方向。
    direction: DirectionObject,
    /// Whether it is the one that the consortium is planned for.
    /// 是否为联合体当前的方向。
    is_own: bool,
    /// Whether the consortium could apply there, by the findings that are not left out.
    /// 能否申报（仅依据未略去的判定）。
    verdict: Verdict,
    /// How many mandatory requirements are violated.
    /// 不符合的必须要求个数。
    violated: usize,
    /// How many mandatory requirements are undetermined.
    /// 尚不能判定的必须要求个数。
    undetermined: usize,
    /// Whether requirements of the call that rest on confidential facts of others are left out, so that the verdict is not the whole
    /// one. Rules around the call have no part in it. Of the consortium's own direction nothing is left out.
    /// 是否略去了依据他方保密事实的指南要求（此时结论不完整；通用申报要求不影响结论）；当前方向不略去任何判定。
    is_partial: bool,
    /// How many findings are left out, rules around the call included.
    /// 略去的判定个数（含通用申报要求）。
    withheld: usize,
    /// The whole report.
    /// 完整的检查报告。
    report: ReportObject,
}

fn shown_fit(context: &Context<'_>, shown: &Shown, fit: Fit) -> async_graphql::Result<Option<ReportObject>> {
    let mask = Mask {
        facts: fit.hidden,
        withheld: fit.withheld,
        withheld_common: fit.withheld_common,
        verdict: Some(fit.verdict),
        names: shown.names.values().cloned().chain(fit.names).collect(),
        refuted: None,
    };
    Ok(ReportObject::new(library(context)?, fit.consortium, fit.report, fit.common, mask))
}

fn read(context: &Context<'_>, shown: &Shown, input: WhatIfInput) -> async_graphql::Result<Result<WhatIf, Refusal>> {
    let library = library(context)?;
    let day = match input.as_of.map(|day| parse_day(&day.0).ok_or(())) {
        None => None,
        Some(Ok(day)) => Some(day),
        Some(Err(())) => {
            let code = UserErrorCode::Problem(ProblemCode::InvalidValue);
            let (zh, en) = ("不是日历上存在的日期（如 2023-06-05）", "not a day of the calendar such as 2023-06-05");
            return Ok(Err(Refusal::invalid(code, "asOf", zh, en)));
        }
    };
    let direction = match input.direction {
        None => None,
        Some(id) => {
            let key: Option<String> = key_of(&id, "Direction", "direction").ok();
            let of_call = key.as_deref().and_then(|key| key.split_once('/'));
            let guide = shown.loaded.row.guide.as_str();
            let direction = match of_call {
                Some((of, direction)) => (of == guide).then_some(direction),
                None => Some(id.as_str()),
            };
            match direction.and_then(|direction| library.find_direction(Some(guide), direction)) {
                Some(direction) => Some(direction),
                None => {
                    let told = library.unknown_direction(&shortened(direction.unwrap_or(id.as_str())));
                    return Ok(Err(Refusal::invalid(UserErrorCode::NotFound, "direction", told.zh, told.en)));
                }
            }
        }
    };
    let mut add = Vec::with_capacity(input.add_members.len());
    for (place, member) in input.add_members.into_iter().enumerate() {
        let profile = match member.profile.map(|id| profile_of(&id)) {
            None => None,
            Some(Ok(profile)) => Some(profile),
            Some(Err(_)) => return Ok(Err(Refusal::not_found(&format!("addMembers[{place}].profile")))),
        };
        let facts = member.facts.into_iter().filter_map(|fact| Some((fact.fact, stated(fact.value?.0))));
        add.push(Joining { profile, facts: facts.collect(), side: member.side.into(), lead: member.lead });
    }
    let mut remove: Vec<ProfileId> = Vec::with_capacity(input.remove_members.len());
    for (place, id) in input.remove_members.iter().enumerate() {
        match profile_of(id) {
            Ok(profile) => remove.push(profile),
            Err(_) => return Ok(Err(Refusal::not_found(&format!("removeMembers[{place}]")))),
        }
    }
    let given = |value: FactValue| Some(value.0).filter(|value| *value != async_graphql::Value::Null).map(stated);
    let facts = input.facts.into_iter().map(|fact| (fact.fact, fact.value.and_then(given))).collect();
    Ok(Ok(WhatIf { as_of: day, direction, add, remove, facts }))
}

/// How a consortium would do with some changes.
pub(crate) fn what_if(context: &Context<'_>, shown: &Shown, input: WhatIfInput) -> async_graphql::Result<WhatIfResult> {
    let fit = read(context, shown, input)?.and_then(|changes| {
        let platform = platform(context).map_err(|_| Refusal::NotFound)?;
        reports::what_if(platform, shown, &changes)
    });
    let (fit, user_errors) = settled(fit)?;
    let result = match fit {
        Some(fit) => {
            let (withheld, is_partial) = (fit.withheld_count(), fit.is_partial());
            shown_fit(context, shown, fit)?.map(|report| WhatIfReport { report, is_partial, withheld })
        }
        None => None,
    };
    Ok(WhatIfResult { result, user_errors })
}

/// How a consortium would do in each direction of its call, the best first.
pub(crate) fn directions(context: &Context<'_>, shown: &Shown) -> async_graphql::Result<Vec<DirectionFit>> {
    let library = library(context)?;
    let fits = match reports::directions(platform(context)?, shown) {
        Ok(fits) => fits,
        Err(Refusal::Invalid(_)) => return Ok(Vec::new()),
        Err(refusal) => return Err(refused(refusal)),
    };
    let own = shown.loaded.direction(library);
    let mut shown_fits = Vec::with_capacity(fits.len());
    for (id, fit) in fits {
        let (violated, undetermined, verdict) = (fit.violated, fit.undetermined, fit.verdict.into());
        let (withheld, is_partial) = (fit.withheld_count(), fit.is_partial());
        let Some(report) = shown_fit(context, shown, fit)? else { continue };
        let Some(direction) = DirectionObject::of(library, id) else { continue };
        let is_own = Some(id) == own;
        shown_fits.push(DirectionFit {
            direction,
            is_own,
            verdict,
            violated,
            undetermined,
            is_partial,
            withheld,
            report,
        });
    }
    Ok(shown_fits)
}
