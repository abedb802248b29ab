//! Calls.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use eligibility::Library;
use eligibility::guide::{CommonRules, Confidence as EngineConfidence, Guide};

use crate::schema::connection::{Listed, Page, connection, price};
use crate::schema::direction::{DirectionConnection, DirectionObject};
use crate::schema::library;
use crate::schema::node;
use crate::schema::requirement::RequirementObject;
use crate::schema::scalars::{Cny, Date, DateTime};
use crate::schema::text::LocalizedText;

/// A call for joint projects: its text as data, direction by direction.
/// 一份联合项目申报指南，按方向整理为数据。
#[derive(Clone)]
pub(crate) struct GuideObject {
    library: Arc<Library>,
    guide: Arc<Guide>,
}

connection!(GuideObject, GuideConnection, GuideEdge);

impl Listed for GuideObject {
    fn key(&self) -> String {
        self.guide.id.clone()
    }
}

impl GuideObject {
    pub(crate) fn new(library: &Arc<Library>, guide: &Arc<Guide>) -> Self {
        Self { library: Arc::clone(library), guide: Arc::clone(guide) }
    }

    pub(crate) fn find(library: &Arc<Library>, key: &str) -> Option<Self> {
        library.find_guide(key).map(|guide| Self::new(library, guide))
    }
}

/// A call for joint projects: its text as data, direction by direction.
/// 一份联合项目申报指南，按方向整理为数据。
#[Object(name = "Guide")]
impl GuideObject {
    /// The id, opaque; it stays the same.
    /// ID（不透明，保持不变）。
    pub(crate) async fn id(&self) -> ID {
        node::id("Guide", &self.guide.id)
    }

    /// Its key, such as `2023-second-batch`.
    /// 指南的键，如 `2023-second-batch`。
    async fn key(&self) -> &str {
        &self.guide.id
    }

    /// The version of its data: twelve hexadecimal digits that are others once its texts are read otherwise.
    /// 数据版本：十二位十六进制数字，指南数据一经修订即不同。
    async fn version(&self) -> &str {
        &self.guide.version
    }

    /// Its title.
    /// 标题。
    async fn title(&self) -> LocalizedText {
        LocalizedText::from(&self.guide.title)
    }

    /// The programme it belongs to.
    /// 所属专项。
    async fn programme(&self) -> LocalizedText {
        LocalizedText::from(&self.guide.programme)
    }

    /// Who publishes it.
    /// 发布部门。
    async fn authority(&self) -> LocalizedText {
        LocalizedText::from(&self.guide.authority)
    }

    /// The number of the notice that opens it, if known.
    /// 发布通知的文号（如已知）。
    async fn notice(&self) -> Option<&str> {
        self.guide.notice.as_deref()
    }

    /// When applications are accepted, if known.
    /// 申报受理时间（如已知）。
    async fn window(&self) -> Option<AcceptanceWindow> {
        self.guide.window.as_ref().map(|window| AcceptanceWindow {
            opens: DateTime(window.opens.clone()),
            closes: DateTime(window.closes.clone()),
            note: LocalizedText::from(&window.note),
        })
    }

    /// The day a check is made for unless the caller names another.
    /// 未另行指定时，检查所依据的日期。
    async fn as_of(&self) -> Date {
        Date::from(self.guide.as_of)
    }

    /// Its directions, in the order of the text.
    /// 各方向，按原文顺序。
    #[graphql(complexity = "price(first, child_complexity)")]
    async fn directions(
        &self,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<DirectionConnection> {
        let all = DirectionObject::of_guide(&self.library, &self.guide.id);
        Page::of(all, first, after.as_deref()).map(Into::into)
    }

    /// Its general sections, with the totals they print.
    /// 各总体部分及其所载总数。
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn sections(&self) -> Vec<GuideSection> {
        let parts = self.guide.parts.iter();
        parts
            .map(|part| GuideSection {
                key: part.id.clone(),
                directions: part.totals.directions,
                projects: part.totals.projects,
                budget: Cny::from(part.totals.budget_cny),
                partners: part.totals.partners,
            })
            .collect()
    }

    /// The rules around the call, a layer of its own, if recorded.
    /// 指南以外的通用规则层（如有）。
    async fn common_rules(&self) -> Option<CommonRulesObject> {
        self.guide.common_rules.as_ref()?;
        Some(CommonRulesObject { library: Arc::clone(&self.library), guide: Arc::clone(&self.guide) })
    }

    /// The whole source text, in Chinese: what quotes are taken from.
    /// 指南原文全文，即引文出处。
    async fn source_text(&self) -> &str {
        &self.guide.source
    }
}

/// When applications are accepted.
/// 申报受理时间。
#[derive(SimpleObject)]
pub(crate) struct AcceptanceWindow {
    /// First moment.
    /// 开始时间。
    opens: DateTime,
    /// Last moment.
    /// 截止时间。
    closes: DateTime,
    /// Where the times come from and what they hold for.
    /// 时间的出处和适用范围。
    note: LocalizedText,
}

/// A general section of a call, with the totals it prints for its directions.
/// 指南的总体部分及其所载总数。
#[derive(SimpleObject)]
pub(crate) struct GuideSection {
    /// Its key: the first part of its clause references, such as `GEN`.
    /// 键，即条款编号前缀，如 `GEN`。
    key: String,
    /// Number of directions.
    /// 方向数。
    directions: i64,
    /// Number of projects.
    /// 项目数。
    projects: i64,
    /// State grant, in whole CNY.
    /// 国拨经费（元）。
    budget: Cny,
    /// Number of countries, regions and organisations, where printed.
    /// 合作国家、地区和机构数（如载明）。
    partners: Option<i64>,
}

/// The rules around a call: not part of its text, collected from notices, judged only when asked for.
/// 指南以外的通用规则：不属于指南正文，整理自公开通知，仅在要求时检查。
pub(crate) struct CommonRulesObject {
    library: Arc<Library>,
    guide: Arc<Guide>,
}

impl CommonRulesObject {
    fn layer(&self) -> Option<&CommonRules> {
        self.guide.common_rules.as_ref()
    }
}

/// The rules around a call: not part of its text, collected from notices, judged only when asked for.
/// 指南以外的通用规则：不属于指南正文，整理自公开通知，仅在要求时检查。
#[Object(name = "CommonRules")]
impl CommonRulesObject {
    /// Its title.
    /// 标题。
    async fn title(&self) -> Option<LocalizedText> {
        self.layer().map(|rules| LocalizedText::from(&rules.title))
    }

    /// What it is and what it is not.
    /// 性质说明。
    async fn note(&self) -> Option<LocalizedText> {
        self.layer().map(|rules| LocalizedText::from(&rules.note))
    }

    /// First day it is in force; null: not stated.
    /// 生效首日；null 表示未载明。
    async fn from(&self) -> Option<Date> {
        self.layer()?.from.map(Date::from)
    }

    /// First day it no longer is; null: none.
    /// 失效首日；null 表示没有。
    async fn until(&self) -> Option<Date> {
        self.layer()?.until.map(Date::from)
    }

    /// The rules.
    /// 各条规则。
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn rules(&self) -> Vec<RequirementObject> {
        let rules = self.layer().map(|layer| layer.rules.as_slice()).unwrap_or_default();
        rules.iter().map(|rule| RequirementObject::new(&self.library, &self.guide.id, rule)).collect()
    }
}

/// How sure something is.
/// 可信程度。
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "EngineConfidence")]
pub(crate) enum Confidence {
    /// Read in a primary source.
    /// 见于一手来源。
    High,
    /// Nearly so.
    /// 较高。
    MediumHigh,
    /// Inferred, or from one secondary source.
    /// 推断所得，或仅见于一处二手来源。
    Medium,
    /// A guess worth mentioning.
    /// 仅供参考。
    Low,
}

#[derive(Default)]
pub(crate) struct GuideQuery;

#[Object]
impl GuideQuery {
    /// The calls, the newest first.
    /// 各指南，新的在前。
    #[graphql(complexity = "price(first, child_complexity)")]
    async fn guides(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 0 to 100; 20 without it.\n项数，0 至 100；默认 20。")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.\n从该游标之后开始。")] after: Option<String>,
    ) -> async_graphql::Result<GuideConnection> {
        let library = library(context)?;
        let mut guides: Vec<GuideObject> =
            library.guides.iter().map(|guide| GuideObject::new(library, guide)).collect();
        guides.sort_by(|a, b| b.guide.as_of.cmp(&a.guide.as_of).then_with(|| a.guide.id.cmp(&b.guide.id)));
        Page::of(guides, first, after.as_deref()).map(Into::into)
    }

    /// The call of a key; null if there is none.
    /// 按键查找指南；不存在时为 null。
    async fn guide(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its key, such as `2023-second-batch`.\n指南的键，如 `2023-second-batch`。")] key: String,
    ) -> async_graphql::Result<Option<GuideObject>> {
        Ok(GuideObject::find(library(context)?, &key))
    }
}
